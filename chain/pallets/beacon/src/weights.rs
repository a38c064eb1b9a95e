//! What the calls of `adyton_pallet_beacon` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet. Checking a signature is about
//! 29,000 multiplications in the field of 381 bits: the two loops of the pairing with their preparation 12,000, its final
//! exponentiation 9,000, the message's point 3,000, the signature's 1,600, the key's 3,500. At two microseconds each in
//! WebAssembly, which is what one takes there in the field of P-384 of the same width (`attestation`'s measured
//! `add_root_nitro`), that is 58 ms. To read a key is 7 ms; who the keyholder is, as in the keys' calls.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `publish_key`.
    fn publish_key() -> Weight;
    /// Of the call `submit`.
    fn submit() -> Weight;
    /// Of the call `set_round_length`.
    fn set_round_length() -> Weight;
    /// Of the call `remove_key`.
    fn remove_key() -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Who the keyholder is, and the committee: 13 reads, as `Keys::publish_committee` has them.
    // Storage: `Beacon::Key` (r:1 w:1)
    // Proof: `Beacon::Key` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `Beacon::Removed` (r:1 w:0)
    // Proof: `Beacon::Removed` (`max_values`: None, `max_size`: Some(4114), added: 6589, mode: `MaxEncodedLen`)
    fn publish_key() -> Weight {
        Weight::from_parts(7_300_000_000, 7628)
            .saturating_add(T::DbWeight::get().reads(15_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Who the keyholder is, and the committee: 13 reads, as `Keys::publish_committee` has them.
    // Storage: `Beacon::Schedule` (r:1 w:0)
    // Proof: `Beacon::Schedule` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Beacon::Latest` (r:1 w:1)
    // Proof: `Beacon::Latest` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Beacon::Refused` (r:1 w:1)
    // Proof: `Beacon::Refused` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Beacon::Key` (r:1 w:0)
    // Proof: `Beacon::Key` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Beacon::Rounds` (r:0 w:1)
    // Proof: `Beacon::Rounds` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    fn submit() -> Weight {
        Weight::from_parts(60_000_000_000, 7628)
            .saturating_add(T::DbWeight::get().reads(18_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Beacon::Schedule` (r:1 w:1)
    // Proof: `Beacon::Schedule` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    fn set_round_length() -> Weight {
        Weight::from_parts(50_000_000, 1501)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Beacon::Key` (r:1 w:1)
    // Proof: `Beacon::Key` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `Beacon::Removed` (r:0 w:1)
    // Proof: `Beacon::Removed` (`max_values`: None, `max_size`: Some(4114), added: 6589, mode: `MaxEncodedLen`)
    fn remove_key() -> Weight {
        Weight::from_parts(50_000_000, 5583)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn publish_key() -> Weight {
        Weight::zero()
    }
    fn submit() -> Weight {
        Weight::zero()
    }
    fn set_round_length() -> Weight {
        Weight::zero()
    }
    fn remove_key() -> Weight {
        Weight::zero()
    }
}
