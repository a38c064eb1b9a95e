//! What the calls of `adyton_pallet_messages` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: to hold or give back at 100
//! microseconds, to read a manifest at 100, each further entry at 25, the question who holds a contract as in the
//! contracts' calls.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `send`.
    fn send() -> Weight;
    /// Of the call `finish`.
    fn finish(n: u32) -> Weight;
    /// Of the call `withdraw`.
    fn withdraw() -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Messages::Queues` (r:1 w:1)
    // Proof: `Messages::Queues` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Messages::Waiting` (r:0 w:1)
    // Proof: `Messages::Waiting` (`max_values`: None, `max_size`: Some(4206), added: 6681, mode: `MaxEncodedLen`)
    fn send() -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    // Who the worker is and whether it holds the contract: 14 reads, as `Keys::request_release` has them.
    // Storage: `Messages::Queues` (r:1 w:1)
    // Proof: `Messages::Queues` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Messages::Waiting` (r:n w:n)
    // Proof: `Messages::Waiting` (`max_values`: None, `max_size`: Some(4206), added: 6681, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:n w:n)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:n w:n)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn finish(n: u32) -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(Weight::from_parts(150_000_000, 11_862).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(15_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
    }
    // Storage: `Messages::Waiting` (r:1 w:1)
    // Proof: `Messages::Waiting` (`max_values`: None, `max_size`: Some(4206), added: 6681, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn withdraw() -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn send() -> Weight {
        Weight::zero()
    }
    fn finish(_: u32) -> Weight {
        Weight::zero()
    }
    fn withdraw() -> Weight {
        Weight::zero()
    }
}
