//! What the calls of `adyton_pallet_messages` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `send`.
    fn send() -> Weight;
    /// Of `finish`.
    fn finish(n: u32) -> Weight;
    /// Of `withdraw`.
    fn withdraw() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Balances.Holds: read and written
    // Contracts.Contracts: read
    // Messages.Queues: read and written
    // Messages.Waiting: written
    // System.Account: read and written
    fn send() -> Weight {
        Weight::from_parts(162_601_000, 18870)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Balances.Holds: read and written
    // Contracts.Contracts: read
    // Contracts.Leases: read
    // Devices.Shown: read
    // Messages.Queues: read and written
    // Messages.Waiting: read and written
    // System.Account: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn finish(n: u32) -> Weight {
        Weight::from_parts(138_717_333, 38735)
            .saturating_add(Weight::from_parts(73_122_711, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(16))
            .saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 8825).saturating_mul(n.into()))
    }
    // Balances.Holds: read and written
    // Messages.Waiting: read and written
    // System.Account: read and written
    fn withdraw() -> Weight {
        Weight::from_parts(96_443_000, 9033)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn send() -> Weight {
        Weight::zero()
    }
    fn finish(_n: u32) -> Weight {
        Weight::zero()
    }
    fn withdraw() -> Weight {
        Weight::zero()
    }
}
