//! What the calls of `adyton_pallet_keys` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `publish_committee`.
    fn publish_committee() -> Weight;
    /// Of `request_release`.
    fn request_release() -> Weight;
    /// Of `retired`.
    fn retired() -> Weight;
    /// Of `sweep`.
    fn sweep(n: u32) -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Keys.Committee: read and written
    // Keys.DangerCommitteeOfOne: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn publish_committee() -> Weight {
        Weight::from_parts(174_068_000, 22783)
            .saturating_add(T::DbWeight::get().reads(14))
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
    // Devices.Shown: read
    // Keys.Asked: read and written
    // Keys.Committee: read
    // Keys.Releases: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn request_release() -> Weight {
        Weight::from_parts(158_646_000, 33289)
            .saturating_add(T::DbWeight::get().reads(18))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Keys.Ended: written
    // Keys.Releases: read
    fn retired() -> Weight {
        Weight::from_parts(18_868_000, 1736)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Keys.Ended: read and written
    // Keys.Releases: read and written
    fn sweep(n: u32) -> Weight {
        Weight::from_parts(24_616_000, 3185)
            .saturating_add(Weight::from_parts(6_936_426, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 1564).saturating_mul(n.into()))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn publish_committee() -> Weight {
        Weight::zero()
    }
    fn request_release() -> Weight {
        Weight::zero()
    }
    fn retired() -> Weight {
        Weight::zero()
    }
    fn sweep(_n: u32) -> Weight {
        Weight::zero()
    }
}
