//! What the calls of `adyton_pallet_contracts` cost, as measured.
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
    /// Of the call `upload_code`.
    fn upload_code() -> Weight;
    /// Of the call `deploy`.
    fn deploy() -> Weight;
    /// Of the call `claim_lease`.
    fn claim_lease() -> Weight;
    /// Of the call `release_leases`.
    fn release_leases(n: u32) -> Weight;
    /// Of the call `open`.
    fn open(n: u32) -> Weight;
    /// Of the call `anchor`.
    fn anchor(n: u32) -> Weight;
    /// Of the call `report`.
    fn report() -> Weight;
    /// Of the call `announce_upgrade`.
    fn announce_upgrade() -> Weight;
    /// Of the call `apply_upgrade`.
    fn apply_upgrade() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Contracts::Codes` (r:1 w:1)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(84), added: 2559, mode: `MaxEncodedLen`)
    fn upload_code() -> Weight {
        Weight::from_parts(25_106_000, 3549)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Codes` (r:1 w:0)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(84), added: 2559, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Vacant` (r:0 w:1)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn deploy() -> Weight {
        Weight::from_parts(96_037_000, 3840)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Leases` (r:1 w:1)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Held` (r:0 w:1)
    // Proof: `Contracts::Held` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Vacant` (r:0 w:1)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn claim_lease() -> Weight {
        Weight::from_parts(156_553_000, 17635)
            .saturating_add(T::DbWeight::get().reads(11_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Contracts::Leases` (r:64 w:64)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Held` (r:0 w:64)
    // Proof: `Contracts::Held` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Vacant` (r:0 w:64)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn release_leases(n: u32) -> Weight {
        Weight::from_parts(135_320_921, 5565)
            .saturating_add(Weight::from_parts(23_621_461, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(9_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 2568).saturating_mul(n.into()))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Contracts::Paces` (r:1 w:1)
    // Proof: `Contracts::Paces` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:64 w:0)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:64 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Heads` (r:64 w:64)
    // Proof: `Contracts::Heads` (`max_values`: None, `max_size`: Some(148), added: 2623, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn open(n: u32) -> Weight {
        Weight::from_parts(93_426_210, 15119)
            .saturating_add(Weight::from_parts(43_964_551, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 2646).saturating_mul(n.into()))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Contracts::Paces` (r:1 w:1)
    // Proof: `Contracts::Paces` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:64 w:0)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:64 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Heads` (r:64 w:64)
    // Proof: `Contracts::Heads` (`max_values`: None, `max_size`: Some(148), added: 2623, mode: `MaxEncodedLen`)
    // Storage: `Contracts::ReceiptAnchors` (r:1 w:1)
    // Proof: `Contracts::ReceiptAnchors` (`max_values`: None, `max_size`: Some(1081), added: 3556, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn anchor(n: u32) -> Weight {
        Weight::from_parts(210_427_380, 16345)
            .saturating_add(Weight::from_parts(41_477_805, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(12_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 2803).saturating_mul(n.into()))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Leases` (r:1 w:0)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Heads` (r:1 w:0)
    // Proof: `Contracts::Heads` (`max_values`: None, `max_size`: Some(148), added: 2623, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Reports` (r:1 w:1)
    // Proof: `Contracts::Reports` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Contracts::ReportedAt` (r:1 w:1)
    // Proof: `Contracts::ReportedAt` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0), counted by hand until the next `make weights`
    fn report() -> Weight {
        Weight::from_parts(457_829_000, 18009)
            .saturating_add(T::DbWeight::get().reads(15_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Codes` (r:1 w:0)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(84), added: 2559, mode: `MaxEncodedLen`)
    fn announce_upgrade() -> Weight {
        Weight::from_parts(78_352_000, 16161)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    fn apply_upgrade() -> Weight {
        Weight::from_parts(98_211_000, 16130)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn upload_code() -> Weight {
        Weight::zero()
    }
    fn deploy() -> Weight {
        Weight::zero()
    }
    fn claim_lease() -> Weight {
        Weight::zero()
    }
    fn release_leases(_n: u32) -> Weight {
        Weight::zero()
    }
    fn open(_n: u32) -> Weight {
        Weight::zero()
    }
    fn anchor(_n: u32) -> Weight {
        Weight::zero()
    }
    fn report() -> Weight {
        Weight::zero()
    }
    fn announce_upgrade() -> Weight {
        Weight::zero()
    }
    fn apply_upgrade() -> Weight {
        Weight::zero()
    }
}
