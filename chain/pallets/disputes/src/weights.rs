//! What the calls of `adyton_pallet_disputes` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `dispute`.
    fn dispute() -> Weight;
    /// Of `commit`.
    fn commit() -> Weight;
    /// Of `reveal`.
    fn reveal() -> Weight;
    /// Of `share`.
    fn share() -> Weight;
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `pass`.
    fn pass(n: u32) -> Weight;
    /// Of `draw`.
    fn draw() -> Weight;
    /// Of `close`.
    fn close(n: u32) -> Weight;
    /// Of `forget`.
    fn forget(n: u32) -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Attestation.Network: read
    // Balances.Holds: read and written
    // Beacon.Latest: read
    // Beacon.Rounds: read
    // Beacon.Schedule: read
    // Contracts.Contracts: read
    // Disputes.Accusations: written
    // Disputes.Against: read and written
    // Disputes.Claims: read and written
    // Disputes.Contested: read and written
    // Disputes.Disputes: written
    // Disputes.LastDispute: read and written
    // Disputes.Manifests: written
    // Disputes.Open: read and written
    // Disputes.Parameters: read
    // Disputes.Withheld: read
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.LastOffence: read and written
    // Slashing.Offences: written
    // Slashing.Seen: read
    // Slashing.SlashingParameters: read
    // System.Account: read and written
    // Workers.UsedKeys: read
    fn dispute() -> Weight {
        Weight::from_parts(780_477_000, 35006)
            .saturating_add(T::DbWeight::get().reads(22))
            .saturating_add(T::DbWeight::get().writes(14))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Disputes.Ballots: read and written
    // Disputes.Disputes: read
    // Rewards.Sessions: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn commit() -> Weight {
        Weight::from_parts(122_452_000, 25602)
            .saturating_add(T::DbWeight::get().reads(15))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Network: read
    // Disputes.Ballots: read and written
    // Disputes.Disputes: read and written
    // Workers.UsedKeys: read
    fn reveal() -> Weight {
        Weight::from_parts(64_766_000, 7762)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.Network: read
    // Disputes.Rewards: read and written
    // Slashing.Offences: read
    // System.Account: read and written
    fn share() -> Weight {
        Weight::from_parts(942_398_000, 45050)
            .saturating_add(T::DbWeight::get().reads(29))
            .saturating_add(T::DbWeight::get().writes(27))
    }
    // Disputes.Parameters: written
    // Slashing.SlashingParameters: read
    // Slots.Duration: read
    fn set_parameters() -> Weight {
        Weight::from_parts(17_005_000, 3218)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Beacon.Latest: read
    // Beacon.Rounds: read
    // Disputes.Disputes: read
    // Disputes.Open: read
    fn pass(n: u32) -> Weight {
        Weight::from_parts(22_622_479, 4999)
            .saturating_add(Weight::from_parts(6_731_709, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 2026).saturating_mul(n.into()))
    }
    // Disputes.Disputes: written
    // Disputes.Parameters: read
    // Rewards.Totals: read
    fn draw() -> Weight {
        Weight::from_parts(24_266_000, 3720)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Network: read
    // Balances.Holds: read and written
    // Beacon.Latest: read
    // Beacon.Schedule: read
    // Contracts.Contracts: read
    // Contracts.Heads: read
    // Contracts.Leases: read
    // Devices.Shown: read
    // Disputes.Accusations: read and written
    // Disputes.Against: read and written
    // Disputes.Ballots: read and written
    // Disputes.Claims: written
    // Disputes.Contested: read and written
    // Disputes.Disputes: read and written
    // Disputes.Endings: written
    // Disputes.Manifests: written
    // Disputes.Open: read and written
    // Disputes.Parameters: read
    // Disputes.Remembered: written
    // Disputes.RememberedPlaces: read and written
    // Disputes.Withheld: read
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.LastOffence: read and written
    // Slashing.Offences: read and written
    // Slashing.Seen: read and written
    // Slashing.SlashingParameters: read
    // Slashing.VerdictPlaces: read and written
    // Slashing.Verdicts: written
    // Slots.Duration: read
    // System.Account: read and written
    // Workers.Workers: read
    fn close(n: u32) -> Weight {
        Weight::from_parts(442_141_735, 55636)
            .saturating_add(Weight::from_parts(43_761_846, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(33))
            .saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(25))
            .saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 5080).saturating_mul(n.into()))
    }
    // Disputes.Claims: written
    // Disputes.Endings: read and written
    // Disputes.Remembered: read and written
    // Disputes.RememberedPlaces: read and written
    fn forget(n: u32) -> Weight {
        Weight::from_parts(12_373_000, 3264)
            .saturating_add(Weight::from_parts(16_227_700, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 3066).saturating_mul(n.into()))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn dispute() -> Weight {
        Weight::zero()
    }
    fn commit() -> Weight {
        Weight::zero()
    }
    fn reveal() -> Weight {
        Weight::zero()
    }
    fn share() -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn pass(_n: u32) -> Weight {
        Weight::zero()
    }
    fn draw() -> Weight {
        Weight::zero()
    }
    fn close(_n: u32) -> Weight {
        Weight::zero()
    }
    fn forget(_n: u32) -> Weight {
        Weight::zero()
    }
}
