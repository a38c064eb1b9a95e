//! What the calls of `adyton_pallet_usage` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `fund`.
    fn fund() -> Weight;
    /// Of `take_back`.
    fn take_back() -> Weight;
    /// Of `set_terms`.
    fn set_terms() -> Weight;
    /// Of `set_ask`.
    fn set_ask() -> Weight;
    /// Of `claim`.
    fn claim(n: u32) -> Weight;
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `fill_purse`.
    fn fill_purse() -> Weight;
    /// Of `empty_purse`.
    fn empty_purse() -> Weight;
    /// Of `revoke`.
    fn revoke() -> Weight;
    /// Of `redeem`.
    fn redeem() -> Weight;
    /// Of `retired`.
    fn retired() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Contracts.Contracts: read
    // System.Account: read and written
    // Usage.Accounts: read and written
    // Usage.Settings: read
    fn fund() -> Weight {
        Weight::from_parts(134_700_000, 20364)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Contracts.Contracts: read
    // System.Account: read and written
    // Usage.Accounts: read and written
    // Usage.Settings: read
    fn take_back() -> Weight {
        Weight::from_parts(115_591_000, 20649)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Contracts.Contracts: read
    // Usage.Accounts: read and written
    // Usage.Settings: read
    fn set_terms() -> Weight {
        Weight::from_parts(45_207_000, 17436)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Usage.Asks: read and written
    // Usage.Settings: read
    // Workers.Workers: read
    fn set_ask() -> Weight {
        Weight::from_parts(39_018_000, 5228)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Contracts.Contracts: read
    // Contracts.Leases: read
    // Contracts.ReceiptAnchors: read
    // Devices.Shown: read
    // Pools.Assignments: read
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // System.Account: read and written
    // Timestamp.Now: read
    // Usage.Accounts: read and written
    // Usage.Asks: read
    // Usage.Claimed: read and written
    // Usage.Executions: read and written
    // Usage.Settings: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn claim(n: u32) -> Weight {
        Weight::from_parts(348_900_882, 51627)
            .saturating_add(Weight::from_parts(111_945_411, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(24))
            .saturating_add(T::DbWeight::get().reads(4_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(7))
            .saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 6292).saturating_mul(n.into()))
    }
    // Usage.Settings: written
    fn set_parameters() -> Weight {
        Weight::from_parts(8_332_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
    // System.Account: read and written
    // Usage.Purses: read and written
    // Usage.Settings: read
    fn fill_purse() -> Weight {
        Weight::from_parts(89_913_000, 6183)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // System.Account: read and written
    // Usage.Purses: read and written
    fn empty_purse() -> Weight {
        Weight::from_parts(83_554_000, 4852)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Usage.Purses: read and written
    fn revoke() -> Weight {
        Weight::from_parts(14_912_000, 1527)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Network: read
    // Contracts.Contracts: read
    // Usage.Accounts: read and written
    // Usage.Purses: read and written
    // Usage.Settings: read
    fn redeem() -> Weight {
        Weight::from_parts(157_844_000, 20767)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // System.Account: read and written
    // Usage.Accounts: read and written
    // Usage.Settings: read
    fn retired() -> Weight {
        Weight::from_parts(96_293_000, 6473)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
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
    fn claim(_n: u32) -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
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
    fn retired() -> Weight {
        Weight::zero()
    }
}
