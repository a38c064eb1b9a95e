//! What the calls of `adyton_pallet_attestation` cost, as measured.
//!
//! Written by `make weights` (64.0.0) on 2026-11-21; do not edit. Since then, what is read and written was brought up to
//! date by hand: the times of the calls that have come to read the delay are that of `accept_measurement`, which reads
//! about as much, and those of calls that have come to read every root are not measured again.
//! Steps: 10, repetitions: 10, processor: Intel(R) Xeon(R) Processor @ 2.50GHz.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `submit_collateral`.
    fn submit_collateral() -> Weight;
    /// Of the call `submit_revocation_list`.
    fn submit_revocation_list() -> Weight;
    /// Of the call `add_root`.
    fn add_root() -> Weight;
    /// Of the call `add_root_snp`.
    fn add_root_snp() -> Weight;
    /// Of the call `add_root_nitro`.
    fn add_root_nitro() -> Weight;
    /// Of the call `remove_root`.
    fn remove_root() -> Weight;
    /// Of the call `accept_measurement`.
    fn accept_measurement() -> Weight;
    /// Of the call `revoke_measurement`.
    fn revoke_measurement() -> Weight;
    /// Of the call `raise_floor`.
    fn raise_floor() -> Weight;
    /// Of the call `set_machine_denied`.
    fn set_machine_denied() -> Weight;
    /// Of the call `set_operator_denied`.
    fn set_operator_denied() -> Weight;
    /// Of the call `set_frozen`.
    fn set_frozen() -> Weight;
    /// Of the call `set_capacity`.
    fn set_capacity() -> Weight;
    /// Of the call `set_policy`.
    fn set_policy() -> Weight;
    /// Of the call `remove_policy`.
    fn remove_policy() -> Weight;
    /// Of the call `cancel`.
    fn cancel() -> Weight;
    /// Of the call `set_provider_denied`.
    fn set_provider_denied() -> Weight;
    /// Of the call `set_class_capacity`.
    fn set_class_capacity() -> Weight;
    /// Of the call `set_allowed`.
    fn set_allowed() -> Weight;
    /// Of the call `end_verdicts`.
    fn end_verdicts() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:2 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RevocationFloors` (r:1 w:1)
    // Proof: `Attestation::RevocationFloors` (`max_values`: None, `max_size`: Some(72), added: 2547, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Collateral` (r:1 w:1)
    // Proof: `Attestation::Collateral` (`max_values`: None, `max_size`: Some(44041), added: 46516, mode: `MaxEncodedLen`)
    // Storage: `Attestation::NewestLists` (r:1 w:1)
    // Proof: `Attestation::NewestLists` (`max_values`: None, `max_size`: Some(61518), added: 63993, mode: `MaxEncodedLen`)
    // Storage: `Attestation::NewestGenerations` (r:1 w:1)
    // Proof: `Attestation::NewestGenerations` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:0 w:2)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    fn submit_collateral() -> Weight {
        Weight::from_parts(15_330_279_000, 64983)
            .saturating_add(T::DbWeight::get().reads(9_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RevocationLists` (r:1 w:1)
    // Proof: `Attestation::RevocationLists` (`max_values`: None, `max_size`: Some(8258), added: 10733, mode: `MaxEncodedLen`)
    // Storage: `Attestation::NewestGenerations` (r:1 w:1)
    // Proof: `Attestation::NewestGenerations` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:0 w:1)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    fn submit_revocation_list() -> Weight {
        Weight::from_parts(1_972_802_000, 11723)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Roots` (r:33 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::HighestMinimums` (r:1 w:0)
    // Proof: `Attestation::HighestMinimums` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:1)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    fn add_root() -> Weight {
        Weight::from_parts(2_354_008_000, 220044)
            .saturating_add(T::DbWeight::get().reads(38_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Roots` (r:33 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::HighestMinimums` (r:1 w:0)
    // Proof: `Attestation::HighestMinimums` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:1)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    fn add_root_snp() -> Weight {
        Weight::from_parts(20_704_574_000, 220044)
            .saturating_add(T::DbWeight::get().reads(38_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Roots` (r:33 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Policies` (r:1 w:0)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Attestation::HighestMinimums` (r:1 w:0)
    // Proof: `Attestation::HighestMinimums` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:1)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    fn add_root_nitro() -> Weight {
        Weight::from_parts(25_517_134_000, 220044)
            .saturating_add(T::DbWeight::get().reads(38_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Roots` (r:1 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:0 w:1)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    fn remove_root() -> Weight {
        Weight::from_parts(76_095_000, 7628)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Measurements` (r:1 w:1)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn accept_measurement() -> Weight {
        Weight::from_parts(56_061_000, 3721)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Measurements` (r:1 w:1)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    fn revoke_measurement() -> Weight {
        Weight::from_parts(44_999_000, 3721)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::EvaluationFloors` (r:1 w:1)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::NewestGenerations` (r:1 w:0)
    // Proof: `Attestation::NewestGenerations` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    fn raise_floor() -> Weight {
        Weight::from_parts(55_254_000, 3518)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::DeniedMachines` (r:1 w:1)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_machine_denied() -> Weight {
        Weight::from_parts(56_061_000, 3558)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::DeniedOperators` (r:1 w:1)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_operator_denied() -> Weight {
        Weight::from_parts(56_061_000, 3525)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Frozen` (r:1 w:1)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(12), added: 507, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_frozen() -> Weight {
        Weight::from_parts(56_061_000, 1497)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Capacities` (r:1 w:1)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ClassCapacities` (r:1 w:0)
    // Proof: `Attestation::ClassCapacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_capacity() -> Weight {
        Weight::from_parts(56_061_000, 3566)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Policies` (r:1 w:1)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::HighestMinimums` (r:1 w:1)
    // Proof: `Attestation::HighestMinimums` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:33 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::NewestGenerations` (r:32 w:0)
    // Proof: `Attestation::NewestGenerations` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_policy() -> Weight {
        Weight::from_parts(141_247_000, 220044)
            .saturating_add(T::DbWeight::get().reads(69_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Attestation::Policies` (r:1 w:1)
    // Proof: `Attestation::Policies` (`max_values`: None, `max_size`: Some(25513), added: 27988, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::HighestMinimums` (r:1 w:1)
    // Proof: `Attestation::HighestMinimums` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    fn remove_policy() -> Weight {
        Weight::from_parts(85_068_000, 28978)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Attestation::Roots` (r:1 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(2565), added: 5040, mode: `MaxEncodedLen`)
    fn cancel() -> Weight {
        Weight::from_parts(84_711_000, 7628)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Attestation::DeniedProviders` (r:1 w:1)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_provider_denied() -> Weight {
        Weight::from_parts(56_061_000, 3559)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::ClassCapacities` (r:1 w:1)
    // Proof: `Attestation::ClassCapacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DefaultCapacity` (r:1 w:0)
    // Proof: `Attestation::DefaultCapacity` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_class_capacity() -> Weight {
        Weight::from_parts(56_061_000, 3502)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Allowed` (r:1 w:1)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ChangeDelay` (r:1 w:0)
    // Proof: `Attestation::ChangeDelay` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_allowed() -> Weight {
        Weight::from_parts(56_061_000, 3560)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:0 w:1)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    fn end_verdicts() -> Weight {
        Weight::from_parts(93_441_000, 7628)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn submit_collateral() -> Weight {
        Weight::zero()
    }
    fn submit_revocation_list() -> Weight {
        Weight::zero()
    }
    fn add_root() -> Weight {
        Weight::zero()
    }
    fn add_root_snp() -> Weight {
        Weight::zero()
    }
    fn add_root_nitro() -> Weight {
        Weight::zero()
    }
    fn remove_root() -> Weight {
        Weight::zero()
    }
    fn accept_measurement() -> Weight {
        Weight::zero()
    }
    fn revoke_measurement() -> Weight {
        Weight::zero()
    }
    fn raise_floor() -> Weight {
        Weight::zero()
    }
    fn set_machine_denied() -> Weight {
        Weight::zero()
    }
    fn set_operator_denied() -> Weight {
        Weight::zero()
    }
    fn set_frozen() -> Weight {
        Weight::zero()
    }
    fn set_capacity() -> Weight {
        Weight::zero()
    }
    fn set_policy() -> Weight {
        Weight::zero()
    }
    fn remove_policy() -> Weight {
        Weight::zero()
    }
    fn cancel() -> Weight {
        Weight::zero()
    }
    fn set_provider_denied() -> Weight {
        Weight::zero()
    }
    fn set_class_capacity() -> Weight {
        Weight::zero()
    }
    fn set_allowed() -> Weight {
        Weight::zero()
    }
    fn end_verdicts() -> Weight {
        Weight::zero()
    }
}
