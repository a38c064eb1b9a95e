//! What the calls of `adyton_pallet_workers` cost, as measured.
//!
//! Written by `make weights` (64.0.0) on 2026-11-21; do not edit.
//! Steps: 10, repetitions: 5, processor: Intel(R) Xeon(R) Processor @ 2.50GHz.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `register`.
    fn register() -> Weight;
    /// Of the call `register_sgx`.
    fn register_sgx() -> Weight;
    /// Of the call `register_snp`.
    fn register_snp() -> Weight;
    /// Of the call `register_nitro`.
    fn register_nitro() -> Weight;
    /// Of the call `heartbeat`.
    fn heartbeat() -> Weight;
    /// Of the call `retire`.
    fn retire() -> Weight;
    /// Of the call `set_opt_in`.
    fn set_opt_in() -> Weight;
    /// Of the call `set_endpoint`.
    fn set_endpoint() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:2 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::UsedKeys` (r:1 w:1)
    // Proof: `Workers::UsedKeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Frozen` (r:1 w:0)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Collateral` (r:1 w:0)
    // Proof: `Attestation::Collateral` (`max_values`: None, `max_size`: Some(44041), added: 46516, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RevocationFloors` (r:1 w:0)
    // Proof: `Attestation::RevocationFloors` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Workers::Evidence` (r:1 w:1)
    // Proof: `Workers::Evidence` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Capacities` (r:1 w:0)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ClassCapacities` (r:1 w:0)
    // Proof: `Attestation::ClassCapacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Workers::Boots` (r:1 w:1)
    // Proof: `Workers::Boots` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposit` (r:1 w:0)
    // Proof: `Workers::Deposit` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(67), added: 2542, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposits` (r:0 w:1)
    // Proof: `Workers::Deposits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    fn register() -> Weight {
        Weight::from_parts(12_846_768_000, 47506)
            .saturating_add(T::DbWeight::get().reads(28_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:2 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::UsedKeys` (r:1 w:1)
    // Proof: `Workers::UsedKeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Frozen` (r:1 w:0)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Collateral` (r:1 w:0)
    // Proof: `Attestation::Collateral` (`max_values`: None, `max_size`: Some(44041), added: 46516, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RevocationFloors` (r:1 w:0)
    // Proof: `Attestation::RevocationFloors` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Workers::Evidence` (r:1 w:1)
    // Proof: `Workers::Evidence` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Capacities` (r:1 w:0)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ClassCapacities` (r:1 w:0)
    // Proof: `Attestation::ClassCapacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Workers::Boots` (r:1 w:1)
    // Proof: `Workers::Boots` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposit` (r:1 w:0)
    // Proof: `Workers::Deposit` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(67), added: 2542, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposits` (r:0 w:1)
    // Proof: `Workers::Deposits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    fn register_sgx() -> Weight {
        Weight::from_parts(13_784_311_000, 47506)
            .saturating_add(T::DbWeight::get().reads(28_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:2 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::UsedKeys` (r:1 w:1)
    // Proof: `Workers::UsedKeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Frozen` (r:1 w:0)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RevocationLists` (r:1 w:0)
    // Proof: `Attestation::RevocationLists` (`max_values`: None, `max_size`: Some(8258), added: 10733, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Workers::Evidence` (r:1 w:1)
    // Proof: `Workers::Evidence` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Capacities` (r:1 w:0)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ClassCapacities` (r:1 w:0)
    // Proof: `Attestation::ClassCapacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Workers::Boots` (r:1 w:1)
    // Proof: `Workers::Boots` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposit` (r:1 w:0)
    // Proof: `Workers::Deposit` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(67), added: 2542, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposits` (r:0 w:1)
    // Proof: `Workers::Deposits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    fn register_snp() -> Weight {
        Weight::from_parts(16_084_611_000, 28978)
            .saturating_add(T::DbWeight::get().reads(27_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:2 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::UsedKeys` (r:1 w:1)
    // Proof: `Workers::UsedKeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Frozen` (r:1 w:0)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Workers::Evidence` (r:1 w:1)
    // Proof: `Workers::Evidence` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Capacities` (r:1 w:0)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ClassCapacities` (r:1 w:0)
    // Proof: `Attestation::ClassCapacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Workers::Boots` (r:1 w:1)
    // Proof: `Workers::Boots` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposit` (r:1 w:0)
    // Proof: `Workers::Deposit` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(67), added: 2542, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposits` (r:0 w:1)
    // Proof: `Workers::Deposits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    fn register_nitro() -> Weight {
        Weight::from_parts(44_606_123_000, 28978)
            .saturating_add(T::DbWeight::get().reads(27_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    fn heartbeat() -> Weight {
        Weight::from_parts(224_646_000, 7628)
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposits` (r:1 w:1)
    // Proof: `Workers::Deposits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(67), added: 2542, mode: `MaxEncodedLen`)
    fn retire() -> Weight {
        Weight::from_parts(314_220_000, 6196)
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    fn set_opt_in() -> Weight {
        Weight::from_parts(79_902_000, 4231)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    fn set_endpoint() -> Weight {
        Weight::from_parts(83_218_000, 4231)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
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
