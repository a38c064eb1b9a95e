//! What the calls of `adyton_pallet_workers` cost, as measured.
//!
//! Written by `make weights` (64.0.0) on 2026-11-21; do not edit.
//! Steps: 20, repetitions: 10, processor: Intel(R) Xeon(R) Processor @ 2.50GHz.
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
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(642), added: 3117, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:2 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::UsedKeys` (r:1 w:1)
    // Proof: `Workers::UsedKeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Frozen` (r:1 w:0)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(2100), added: 4575, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Collateral` (r:1 w:0)
    // Proof: `Attestation::Collateral` (`max_values`: None, `max_size`: Some(44039), added: 46514, mode: `MaxEncodedLen`)
    // Storage: `Attestation::PlatformPolicy` (r:1 w:0)
    // Proof: `Attestation::PlatformPolicy` (`max_values`: Some(1), `max_size`: Some(19), added: 514, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(147), added: 2622, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Workers::Evidence` (r:1 w:1)
    // Proof: `Workers::Evidence` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Capacities` (r:1 w:0)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
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
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn register() -> Weight {
        Weight::from_parts(12_576_188_000, 47504)
            .saturating_add(T::DbWeight::get().reads(26_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Not measured yet: as of TDX.
    fn register_sgx() -> Weight {
        Self::register()
    }
    // Not measured yet: a report and its chain cost 17 ms where a TDX quote costs 10 (V8), and the revocation list
    // one RSA-4096 verification more.
    fn register_snp() -> Weight {
        Weight::from_parts(40_000_000_000, 47504)
            .saturating_add(T::DbWeight::get().reads(27_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Not measured yet: five P-384 verifications cost 55 ms where a TDX quote costs 10 (V8).
    fn register_nitro() -> Weight {
        Weight::from_parts(90_000_000_000, 47504)
            .saturating_add(T::DbWeight::get().reads(27_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(642), added: 3117, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(2100), added: 4575, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(147), added: 2622, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn heartbeat() -> Weight {
        Weight::from_parts(130_431_000, 5565)
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(642), added: 3117, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:1)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Workers::OnMachine` (r:1 w:1)
    // Proof: `Workers::OnMachine` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Workers::Deposits` (r:1 w:1)
    // Proof: `Workers::Deposits` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(67), added: 2542, mode: `MaxEncodedLen`)
    fn retire() -> Weight {
        Weight::from_parts(274_226_000, 6196)
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(642), added: 3117, mode: `MaxEncodedLen`)
    fn set_opt_in() -> Weight {
        Weight::from_parts(68_995_000, 4107)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:1)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(642), added: 3117, mode: `MaxEncodedLen`)
    fn set_endpoint() -> Weight {
        Weight::from_parts(49_709_000, 4107)
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
