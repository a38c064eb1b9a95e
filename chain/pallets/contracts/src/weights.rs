//! What the calls of `adyton_pallet_contracts` cost, as measured.
//!
//! Written by `make weights` (64.0.0) on 2026-11-21; do not edit. Since then brought up to date by hand: deposits, counts
//! of who names a code, `remove_code` and `retire` are not measured. To hold or give back is reckoned at 100 microseconds
//! (a worker's `retire`, measured, takes 314 with everything), and each further entry at 25.
//! Steps: 10, repetitions: 5, processor: Intel(R) Xeon(R) Processor @ 2.50GHz.
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
    /// Of the call `remove_code`.
    fn remove_code() -> Weight;
    /// Of the call `retire`.
    fn retire() -> Weight;
    /// Of the call `resume`.
    fn resume() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Contracts::Codes` (r:1 w:1)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn upload_code() -> Weight {
        Weight::from_parts(138_154_000, 3593)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Proof: `Attestation::Network` (`max_values`: Some(1), `max_size`: Some(106), added: 601, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Codes` (r:1 w:1)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Retired` (r:1 w:0)
    // Proof: `Contracts::Retired` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Vacant` (r:0 w:1)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn deploy() -> Weight {
        Weight::from_parts(248_176_000, 3939)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Halted` (r:1 w:0)
    // Proof: `Contracts::Halted` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:1 w:1)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Held` (r:0 w:1)
    // Proof: `Contracts::Held` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Vacant` (r:0 w:1)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Holders` (r:1 w:1)
    // Proof: `Contracts::Holders` (`max_values`: None, `max_size`: Some(561), added: 3036, mode: `MaxEncodedLen`)
    fn claim_lease() -> Weight {
        Weight::from_parts(188_034_000, 20953)
            .saturating_add(T::DbWeight::get().reads(16_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:64 w:64)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Held` (r:0 w:64)
    // Proof: `Contracts::Held` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Vacant` (r:0 w:64)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn release_leases(n: u32) -> Weight {
        Weight::from_parts(94_642_493, 7628)
            .saturating_add(Weight::from_parts(31_442_077, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(12_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 2568).saturating_mul(n.into()))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
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
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Paces` (r:1 w:1)
    // Proof: `Contracts::Paces` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:64 w:0)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:64 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Heads` (r:64 w:64)
    // Proof: `Contracts::Heads` (`max_values`: None, `max_size`: Some(148), added: 2623, mode: `MaxEncodedLen`)
    fn open(n: u32) -> Weight {
        Weight::from_parts(66_464_843, 15402)
            .saturating_add(Weight::from_parts(44_532_110, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(13_u64))
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
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
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
    fn anchor(n: u32) -> Weight {
        Weight::from_parts(405_671_661, 16627)
            .saturating_add(Weight::from_parts(48_481_604, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(15_u64))
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
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
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
    fn report() -> Weight {
        Weight::from_parts(798_172_000, 18291)
            .saturating_add(T::DbWeight::get().reads(18_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Codes` (r:2 w:2)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    fn announce_upgrade() -> Weight {
        Weight::from_parts(127_586_000, 16161)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Codes` (r:1 w:1)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    fn apply_upgrade() -> Weight {
        Weight::from_parts(123_835_000, 16130)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Contracts::Codes` (r:1 w:1)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn remove_code() -> Weight {
        Weight::from_parts(138_154_000, 3593)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:1)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Codes` (r:2 w:2)
    // Proof: `Contracts::Codes` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:1 w:1)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(103), added: 2578, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Held` (r:0 w:1)
    // Proof: `Contracts::Held` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Vacant` (r:0 w:1)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Heads` (r:0 w:1)
    // Proof: `Contracts::Heads` (`max_values`: None, `max_size`: Some(148), added: 2623, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Reports` (r:0 w:1)
    // Proof: `Contracts::Reports` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Contracts::ReportedAt` (r:0 w:1)
    // Proof: `Contracts::ReportedAt` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Retired` (r:0 w:1)
    // Proof: `Contracts::Retired` (`max_values`: None, `max_size`: Some(100), added: 2575, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Holders` (r:0 w:1)
    fn retire() -> Weight {
        Weight::from_parts(423_835_000, 16130)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(14_u64))
    }
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Contracts::Halted` (r:1 w:1)
    // Proof: `Contracts::Halted` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Contracts::CounterForHalted` (r:1 w:1)
    // Proof: `Contracts::CounterForHalted` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Contracts::Vacant` (r:1 w:1)
    // Proof: `Contracts::Vacant` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Contracts::CounterForVacant` (r:1 w:1)
    // Proof: `Contracts::CounterForVacant` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    fn resume() -> Weight {
        Weight::from_parts(123_835_000, 16130)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
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
    fn remove_code() -> Weight {
        Weight::zero()
    }
    fn retire() -> Weight {
        Weight::zero()
    }
    fn resume() -> Weight {
        Weight::zero()
    }
}
