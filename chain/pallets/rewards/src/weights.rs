//! What the calls of `adyton_pallet_rewards` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `set_capacity_cap`.
    fn set_capacity_cap() -> Weight;
    /// Of `set_model_cap`.
    fn set_model_cap() -> Weight;
    /// Of `start`.
    fn start() -> Weight;
    /// Of `stop`.
    fn stop(n: u32) -> Weight;
    /// Of `refresh`.
    fn refresh() -> Weight;
    /// Of `answer`.
    fn answer(n: u32) -> Weight;
    /// Of `report_absence`.
    fn report_absence() -> Weight;
    /// Of `measure`.
    fn measure() -> Weight;
    /// Of `measured`.
    fn measured() -> Weight;
    /// Of `on_round`.
    fn on_round() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Rewards.Parameters: read and written
    // Rewards.Totals: read and written
    fn set_parameters() -> Weight {
        Weight::from_parts(16_986_000, 3228)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Rewards.CapacityCaps: written
    fn set_capacity_cap() -> Weight {
        Weight::from_parts(10_436_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
    // Rewards.CounterForModelCaps: read and written
    // Rewards.ModelCaps: read and written
    fn set_model_cap() -> Weight {
        Weight::from_parts(42_122_000, 3117)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Pools.Assignments: read and written
    // Pools.Backed: written
    // Pools.Lines: read
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Rewards.Absences: read and written
    // Rewards.Capacities: read
    // Rewards.Latest: read
    // Rewards.Machines: read
    // Rewards.Owing: read and written
    // Rewards.Parameters: read
    // Rewards.Paused: read and written
    // Rewards.Sessions: read and written
    // Rewards.Totals: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn start() -> Weight {
        Weight::from_parts(189_421_000, 40829)
            .saturating_add(T::DbWeight::get().reads(25))
            .saturating_add(T::DbWeight::get().writes(8))
    }
    // Pools.Assignments: read and written
    // Pools.Backed: written
    // Pools.CoolingSpan: read and written
    // Pools.Coolings: written
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Rewards.Absences: written
    // Rewards.Latest: read
    // Rewards.Owing: written
    // Rewards.Parameters: read
    // Rewards.Rounds: read
    // Rewards.Sessions: read and written
    // Rewards.Totals: read and written
    fn stop(n: u32) -> Weight {
        Weight::from_parts(94_918_867, 13359)
            .saturating_add(Weight::from_parts(7_447_904, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(9))
            .saturating_add(Weight::from_parts(0, 1589).saturating_mul(n.into()))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Pools.Assignments: read
    // Pools.Pools: read
    // Rewards.Capacities: read
    // Rewards.Machines: read
    // Rewards.Parameters: read
    // Rewards.Sessions: read and written
    // Rewards.Totals: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn refresh() -> Weight {
        Weight::from_parts(128_050_000, 31818)
            .saturating_add(T::DbWeight::get().reads(19))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Pools.Assignments: read
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Rewards.Capacities: read and written
    // Rewards.Machines: read
    // Rewards.Parameters: read
    // Rewards.Rounds: read
    // Rewards.Sessions: read and written
    // Rewards.Totals: read and written
    // System.Account: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn answer(n: u32) -> Weight {
        Weight::from_parts(278_990_356, 38142)
            .saturating_add(Weight::from_parts(9_583_586, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(23))
            .saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(6))
            .saturating_add(Weight::from_parts(0, 1589).saturating_mul(n.into()))
    }
    // Rewards.Absences: written
    // Rewards.Parameters: read
    // Rewards.Rounds: read
    // Rewards.Sessions: read and written
    // Rewards.Totals: read and written
    fn report_absence() -> Weight {
        Weight::from_parts(48_131_000, 6739)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Rewards.Latest: read
    // Rewards.Machines: read and written
    // Rewards.Parameters: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn measure() -> Weight {
        Weight::from_parts(103_534_000, 24722)
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
    // Attestation.Roots: read
    // Pools.Assignments: read
    // Pools.Pools: read
    // Rewards.Capacities: read and written
    // Rewards.CapacityCaps: read
    // Rewards.Machines: read and written
    // Rewards.ModelCaps: read
    // Rewards.Parameters: read
    // Rewards.Rounds: read
    // Rewards.Sessions: read and written
    // Rewards.Totals: read and written
    // Timestamp.Now: read
    // Workers.CpuModels: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn measured() -> Weight {
        Weight::from_parts(232_785_000, 38028)
            .saturating_add(T::DbWeight::get().reads(23))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Rewards.Latest: read and written
    // Rewards.Parameters: read
    // Rewards.Rounds: written
    // Rewards.Totals: read and written
    // System.Account: read and written
    fn on_round() -> Weight {
        Weight::from_parts(64_576_000, 6570)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(4))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn set_capacity_cap() -> Weight {
        Weight::zero()
    }
    fn set_model_cap() -> Weight {
        Weight::zero()
    }
    fn start() -> Weight {
        Weight::zero()
    }
    fn stop(_n: u32) -> Weight {
        Weight::zero()
    }
    fn refresh() -> Weight {
        Weight::zero()
    }
    fn answer(_n: u32) -> Weight {
        Weight::zero()
    }
    fn report_absence() -> Weight {
        Weight::zero()
    }
    fn measure() -> Weight {
        Weight::zero()
    }
    fn measured() -> Weight {
        Weight::zero()
    }
    fn on_round() -> Weight {
        Weight::zero()
    }
}
