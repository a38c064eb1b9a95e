//! What the calls of `adyton_pallet_beacon` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `publish_key`.
    fn publish_key() -> Weight;
    /// Of `submit`.
    fn submit() -> Weight;
    /// Of `set_round_length`.
    fn set_round_length() -> Weight;
    /// Of `remove_key`.
    fn remove_key() -> Weight;
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
    // Beacon.Key: read and written
    // Beacon.Removed: read
    // Keys.Committee: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn publish_key() -> Weight {
        Weight::from_parts(1_226_860_000, 28471)
            .saturating_add(T::DbWeight::get().reads(15))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Roots: read
    // Beacon.Key: read
    // Beacon.Latest: read and written
    // Beacon.Refused: read
    // Beacon.Rounds: written
    // Beacon.Schedule: read
    // Keys.Committee: read
    // Rewards.Latest: read and written
    // Rewards.Parameters: read
    // Rewards.Rounds: written
    // Rewards.Totals: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn submit() -> Weight {
        Weight::from_parts(10_501_946_000, 37844)
            .saturating_add(T::DbWeight::get().reads(21))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Beacon.Schedule: read and written
    fn set_round_length() -> Weight {
        Weight::from_parts(12_078_000, 1528)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Beacon.Key: read and written
    // Beacon.Removed: written
    fn remove_key() -> Weight {
        Weight::from_parts(15_663_000, 1654)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(2))
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
