//! What the calls of `adyton_pallet_usage` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: a transfer at 100
//! microseconds, to read a manifest at 100, each further entry at 25, the question who holds a contract as in the
//! contracts' calls, a reward to a pool at 200.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `fund`.
    fn fund() -> Weight;
    /// Of the call `take_back`.
    fn take_back() -> Weight;
    /// Of the call `set_terms`.
    fn set_terms() -> Weight;
    /// Of the call `set_ask`.
    fn set_ask() -> Weight;
    /// Of the call `claim`.
    fn claim(n: u32) -> Weight;
    /// Of the call `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of what a contract's end takes here.
    fn retired() -> Weight;
    /// Of the call `fill_purse`.
    fn fill_purse() -> Weight;
    /// Of the call `empty_purse`.
    fn empty_purse() -> Weight;
    /// Of the call `revoke`.
    fn revoke() -> Weight;
    /// Of the call `redeem`.
    fn redeem() -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Usage::Settings` (r:1 w:0)
    // Storage: `Usage::Accounts` (r:1 w:1)
    // Storage: `System::Account` (r:2 w:2)
    fn fund() -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Usage::Settings` (r:1 w:0)
    // Storage: `Usage::Accounts` (r:1 w:1)
    // Storage: `System::Account` (r:2 w:2)
    fn take_back() -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Usage::Settings` (r:1 w:0)
    // Storage: `Usage::Accounts` (r:1 w:1)
    fn set_terms() -> Weight {
        Weight::from_parts(140_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:0)
    // Storage: `Usage::Settings` (r:1 w:0)
    // Storage: `Usage::Asks` (r:1 w:1)
    fn set_ask() -> Weight {
        Weight::from_parts(60_000_000, 5_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Who the worker is, what it asks and has anchored, its last claims, the parameters: 16 reads. The pallet's account,
    // and those of pool and treasury with what the pool keeps of a reward: 8 reads and 8 writes.
    // Storage: `Usage::Executions` (r:1 w:1)
    // Of each claim: lease, holder, contract twice, account, receiver of the royalty.
    fn claim(n: u32) -> Weight {
        Weight::from_parts(700_000_000, 20_000)
            .saturating_add(Weight::from_parts(430_000_000, 22_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(25_u64))
            .saturating_add(T::DbWeight::get().reads((6_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(10_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(n.into())))
    }
    // Storage: `Usage::Settings` (r:0 w:1)
    fn set_parameters() -> Weight {
        Weight::from_parts(25_000_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Usage::Accounts` (r:1 w:1)
    // Storage: `Usage::Settings` (r:1 w:0)
    // Storage: `System::Account` (r:2 w:2)
    fn retired() -> Weight {
        Weight::from_parts(150_000_000, 5_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Usage::Settings` (r:1 w:0)
    // Storage: `Usage::Purses` (r:1 w:1)
    // Storage: `System::Account` (r:2 w:2)
    fn fill_purse() -> Weight {
        Weight::from_parts(160_000_000, 7_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Usage::Purses` (r:1 w:1)
    // Storage: `System::Account` (r:2 w:2)
    fn empty_purse() -> Weight {
        Weight::from_parts(150_000_000, 7_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Usage::Purses` (r:1 w:1)
    fn revoke() -> Weight {
        Weight::from_parts(40_000_000, 3_000)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Two signatures checked. Storage: `Attestation::Network` (r:1 w:0), `Usage::Settings` (r:1 w:0)
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Usage::Purses` (r:1 w:1)
    // Storage: `Usage::Accounts` (r:1 w:1)
    fn redeem() -> Weight {
        Weight::from_parts(340_000_000, 22_000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn fund() -> Weight {
        Weight::zero()
    }
    fn take_back() -> Weight {
        Weight::zero()
    }
    fn set_terms() -> Weight {
        Weight::zero()
    }
    fn set_ask() -> Weight {
        Weight::zero()
    }
    fn claim(_: u32) -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn retired() -> Weight {
        Weight::zero()
    }
    fn fill_purse() -> Weight {
        Weight::zero()
    }
    fn empty_purse() -> Weight {
        Weight::zero()
    }
    fn revoke() -> Weight {
        Weight::zero()
    }
    fn redeem() -> Weight {
        Weight::zero()
    }
}
