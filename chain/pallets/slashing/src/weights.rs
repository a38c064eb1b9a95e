//! What the calls of `adyton_pallet_slashing` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `report_absence`.
    fn report_absence() -> Weight;
    /// Of `report_expired`.
    fn report_expired() -> Weight;
    /// Of `note_revoked`.
    fn note_revoked() -> Weight;
    /// Of `report_revoked`.
    fn report_revoked() -> Weight;
    /// Of `report_two_histories`.
    fn report_two_histories() -> Weight;
    /// Of `report_rollback`.
    fn report_rollback() -> Weight;
    /// Of `commit_extraction`.
    fn commit_extraction() -> Weight;
    /// Of `withdraw_commitment`.
    fn withdraw_commitment() -> Weight;
    /// Of `reveal_extraction`.
    fn reveal_extraction() -> Weight;
    /// Of `apply`.
    fn apply() -> Weight;
    /// Of `cancel`.
    fn cancel() -> Weight;
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `pass`.
    fn pass() -> Weight;
    /// Of `sample`.
    fn sample() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Rewards.Absences: read
    // Rewards.Paused: read
    // Slashing.Absences: read and written
    // Slashing.Charges: read and written
    // Slashing.LastOffence: read and written
    // Slashing.Offences: written
    // Slashing.SlashingParameters: read
    fn report_absence() -> Weight {
        Weight::from_parts(89_242_000, 14495)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Attestation.Network: read
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.LastOffence: read and written
    // Slashing.Offences: written
    // Slashing.Samples: read
    // Slashing.Seen: read and written
    // Slashing.SlashingParameters: read
    // Workers.UsedKeys: read
    fn report_expired() -> Weight {
        Weight::from_parts(503_697_000, 18088)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.LastAdmission: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Slashing.Lapses: read and written
    // Timestamp.Now: read
    // Workers.UsedKeys: read
    // Workers.Workers: read
    fn note_revoked() -> Weight {
        Weight::from_parts(102_141_000, 23068)
            .saturating_add(T::DbWeight::get().reads(14))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.LastAdmission: read
    // Attestation.Network: read
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.Lapses: read
    // Slashing.LastOffence: read and written
    // Slashing.Offences: written
    // Slashing.Seen: read and written
    // Slashing.SlashingParameters: read
    // Workers.UsedKeys: read
    fn report_revoked() -> Weight {
        Weight::from_parts(477_007_000, 19719)
            .saturating_add(T::DbWeight::get().reads(12))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Attestation.Network: read
    // Contracts.Contracts: read
    // Contracts.CounterForHalted: read and written
    // Contracts.CounterForVacant: read and written
    // Contracts.Halted: read and written
    // Contracts.Held: written
    // Contracts.Holders: read
    // Contracts.Leases: read and written
    // Contracts.Vacant: read and written
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read
    // Slashing.Charges: read
    // Slashing.Seen: read and written
    // Slashing.SlashingParameters: read
    // Workers.UsedKeys: read
    fn report_two_histories() -> Weight {
        Weight::from_parts(883_290_000, 34483)
            .saturating_add(T::DbWeight::get().reads(21))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Attestation.Network: read
    // Contracts.Contracts: read
    // Contracts.CounterForHalted: read and written
    // Contracts.CounterForVacant: read and written
    // Contracts.Halted: read and written
    // Contracts.Heads: read
    // Contracts.Held: written
    // Contracts.Holders: read
    // Contracts.Leases: read and written
    // Contracts.Vacant: read and written
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read
    // Slashing.Charges: read
    // Slashing.Seen: read and written
    // Slashing.SlashingParameters: read
    // Workers.UsedKeys: read
    // Workers.Workers: read
    fn report_rollback() -> Weight {
        Weight::from_parts(576_244_000, 34927)
            .saturating_add(T::DbWeight::get().reads(21))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Balances.Holds: read and written
    // Slashing.Commitments: read and written
    // Slashing.SlashingParameters: read
    // System.Account: read and written
    fn commit_extraction() -> Weight {
        Weight::from_parts(89_833_000, 6237)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Balances.Holds: read and written
    // Slashing.Commitments: read and written
    // System.Account: read and written
    fn withdraw_commitment() -> Weight {
        Weight::from_parts(74_140_000, 4856)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.DeniedMachines: read and written
    // Attestation.Network: read
    // Balances.Holds: read and written
    // Pools.Assignments: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.Commitments: read and written
    // Slashing.LastOffence: read and written
    // Slashing.Offences: written
    // Slashing.Seen: read and written
    // Slashing.SlashingParameters: read
    // System.Account: read and written
    // Timestamp.Now: read
    // Workers.UsedKeys: read
    fn reveal_extraction() -> Weight {
        Weight::from_parts(254_677_000, 22999)
            .saturating_add(T::DbWeight::get().reads(14))
            .saturating_add(T::DbWeight::get().writes(9))
    }
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.Offences: read and written
    // Slashing.SlashingParameters: read
    // System.Account: read and written
    fn apply() -> Weight {
        Weight::from_parts(98_616_000, 10078)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Pools.Pools: read and written
    // Slashing.Charges: read and written
    // Slashing.Offences: read and written
    fn cancel() -> Weight {
        Weight::from_parts(45_838_000, 5524)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Disputes.Parameters: read
    // Pools.PoolParameters: read
    // Slashing.SlashingParameters: written
    fn set_parameters() -> Weight {
        Weight::from_parts(19_108_000, 3291)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Slashing.LastOffence: read
    // Slashing.Offences: read
    // Slashing.Over: read and written
    // Slashing.VerdictPlaces: read and written
    // Slashing.Verdicts: read and written
    fn pass() -> Weight {
        Weight::from_parts(40_940_000, 13891)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Slashing.Samples: written
    // Timestamp.Now: read
    fn sample() -> Weight {
        Weight::from_parts(4_998_000, 1491)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn report_absence() -> Weight {
        Weight::zero()
    }
    fn report_expired() -> Weight {
        Weight::zero()
    }
    fn note_revoked() -> Weight {
        Weight::zero()
    }
    fn report_revoked() -> Weight {
        Weight::zero()
    }
    fn report_two_histories() -> Weight {
        Weight::zero()
    }
    fn report_rollback() -> Weight {
        Weight::zero()
    }
    fn commit_extraction() -> Weight {
        Weight::zero()
    }
    fn withdraw_commitment() -> Weight {
        Weight::zero()
    }
    fn reveal_extraction() -> Weight {
        Weight::zero()
    }
    fn apply() -> Weight {
        Weight::zero()
    }
    fn cancel() -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn pass() -> Weight {
        Weight::zero()
    }
    fn sample() -> Weight {
        Weight::zero()
    }
}
