//! What the calls of `adyton_pallet_workers` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `register`.
    fn register() -> Weight;
    /// Of `register_sgx`.
    fn register_sgx() -> Weight;
    /// Of `register_snp`.
    fn register_snp() -> Weight;
    /// Of `register_nitro`.
    fn register_nitro() -> Weight;
    /// Of `heartbeat`.
    fn heartbeat() -> Weight;
    /// Of `retire`.
    fn retire() -> Weight;
    /// Of `set_opt_in`.
    fn set_opt_in() -> Weight;
    /// Of `set_endpoint`.
    fn set_endpoint() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Attestation.Capacities: read
    // Attestation.ClassCapacities: read
    // Attestation.Collateral: read
    // Attestation.DefaultCapacity: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.EvaluationFloors: read
    // Attestation.Frozen: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Policies: read
    // Attestation.RevocationFloors: read
    // Attestation.RootKeys: read
    // Attestation.Roots: read
    // Balances.Holds: read and written
    // System.Account: read and written
    // System.BlockHash: read
    // Timestamp.Now: read
    // Workers.Boots: read and written
    // Workers.Census: read and written
    // Workers.CpuModels: written
    // Workers.Deposit: read
    // Workers.Deposits: written
    // Workers.Evidence: read and written
    // Workers.OnMachine: read and written
    // Workers.UsedKeys: read and written
    // Workers.WorkerOf: read and written
    // Workers.Workers: read and written
    fn register() -> Weight {
        Weight::from_parts(6_249_119_000, 45649)
            .saturating_add(T::DbWeight::get().reads(29))
            .saturating_add(T::DbWeight::get().writes(12))
    }
    // Attestation.Capacities: read
    // Attestation.ClassCapacities: read
    // Attestation.Collateral: read
    // Attestation.DefaultCapacity: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.EvaluationFloors: read
    // Attestation.Frozen: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Policies: read
    // Attestation.RevocationFloors: read
    // Attestation.RootKeys: read
    // Attestation.Roots: read
    // Balances.Holds: read and written
    // System.Account: read and written
    // System.BlockHash: read
    // Timestamp.Now: read
    // Workers.Boots: read and written
    // Workers.Census: read and written
    // Workers.CpuModels: written
    // Workers.Deposit: read
    // Workers.Deposits: written
    // Workers.Evidence: read and written
    // Workers.OnMachine: read and written
    // Workers.UsedKeys: read and written
    // Workers.WorkerOf: read and written
    // Workers.Workers: read and written
    fn register_sgx() -> Weight {
        Weight::from_parts(5_439_678_000, 45478)
            .saturating_add(T::DbWeight::get().reads(29))
            .saturating_add(T::DbWeight::get().writes(12))
    }
    // Attestation.Capacities: read
    // Attestation.ClassCapacities: read
    // Attestation.DefaultCapacity: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.EvaluationFloors: read
    // Attestation.Frozen: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Policies: read
    // Attestation.RevocationLists: read
    // Attestation.RootKeys: read
    // Attestation.Roots: read
    // Balances.Holds: read and written
    // System.Account: read and written
    // System.BlockHash: read
    // Timestamp.Now: read
    // Workers.Boots: read and written
    // Workers.Census: read and written
    // Workers.CpuModels: written
    // Workers.Deposit: read
    // Workers.Deposits: written
    // Workers.Evidence: read and written
    // Workers.OnMachine: read and written
    // Workers.UsedKeys: read and written
    // Workers.WorkerOf: read and written
    // Workers.Workers: read and written
    fn register_snp() -> Weight {
        Weight::from_parts(6_868_106_000, 54385)
            .saturating_add(T::DbWeight::get().reads(28))
            .saturating_add(T::DbWeight::get().writes(12))
    }
    // Attestation.Capacities: read
    // Attestation.ClassCapacities: read
    // Attestation.DefaultCapacity: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.Frozen: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Policies: read
    // Attestation.RootKeys: read
    // Attestation.Roots: read
    // Balances.Holds: read and written
    // System.Account: read and written
    // System.BlockHash: read
    // Timestamp.Now: read
    // Workers.Boots: read and written
    // Workers.Census: read and written
    // Workers.CpuModels: written
    // Workers.Deposit: read
    // Workers.Deposits: written
    // Workers.Evidence: read and written
    // Workers.OnMachine: read and written
    // Workers.UsedKeys: read and written
    // Workers.WorkerOf: read and written
    // Workers.Workers: read and written
    fn register_nitro() -> Weight {
        Weight::from_parts(19_927_446_000, 43054)
            .saturating_add(T::DbWeight::get().reads(28))
            .saturating_add(T::DbWeight::get().writes(12))
    }
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Roots: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read and written
    fn heartbeat() -> Weight {
        Weight::from_parts(80_490_000, 16836)
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Network: read
    // Balances.Holds: read and written
    // System.Account: read and written
    // Workers.Census: read and written
    // Workers.CpuModels: written
    // Workers.Deposits: read and written
    // Workers.OnMachine: read and written
    // Workers.UsedKeys: read and written
    // Workers.WorkerOf: read and written
    // Workers.Workers: read and written
    fn retire() -> Weight {
        Weight::from_parts(155_360_000, 16655)
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().writes(10))
    }
    // Workers.Workers: read and written
    fn set_opt_in() -> Weight {
        Weight::from_parts(32_909_000, 2154)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Workers.Workers: read and written
    fn set_endpoint() -> Weight {
        Weight::from_parts(33_509_000, 2154)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn register() -> Weight {
        Weight::zero()
    }
    fn register_sgx() -> Weight {
        Weight::zero()
    }
    fn register_snp() -> Weight {
        Weight::zero()
    }
    fn register_nitro() -> Weight {
        Weight::zero()
    }
    fn heartbeat() -> Weight {
        Weight::zero()
    }
    fn retire() -> Weight {
        Weight::zero()
    }
    fn set_opt_in() -> Weight {
        Weight::zero()
    }
    fn set_endpoint() -> Weight {
        Weight::zero()
    }
}
