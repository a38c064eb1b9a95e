//! What the calls of `adyton_pallet_attestation` cost, as measured.
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
    /// Of the call `submit_collateral`.
    fn submit_collateral() -> Weight;
    /// Of the call `add_root`.
    fn add_root() -> Weight;
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
    /// Of the call `submit_revocation_list`.
    fn submit_revocation_list() -> Weight;
    /// Of the call `add_root_snp`.
    fn add_root_snp() -> Weight;
    /// Of the call `add_root_nitro`.
    fn add_root_nitro() -> Weight;
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
    // Storage: `Attestation::RootKeys` (r:1 w:0)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Collateral` (r:1 w:1)
    // Proof: `Attestation::Collateral` (`max_values`: None, `max_size`: Some(44039), added: 46514, mode: `MaxEncodedLen`)
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn submit_collateral() -> Weight {
        Weight::from_parts(13_285_538_000, 47504)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Attestation::Roots` (r:0 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(2100), added: 4575, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn add_root() -> Weight {
        Weight::from_parts(2_616_701_000, 0)
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(T::DbWeight::get().reads(6_u64))
    }
    // Storage: `Attestation::Roots` (r:1 w:1)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(2100), added: 4575, mode: `MaxEncodedLen`)
    // Storage: `Attestation::RootKeys` (r:0 w:1)
    // Proof: `Attestation::RootKeys` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `MaxEncodedLen`)
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn remove_root() -> Weight {
        Weight::from_parts(77_855_000, 5565)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Measurements` (r:0 w:1)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(147), added: 2622, mode: `MaxEncodedLen`)
    fn accept_measurement() -> Weight {
        Weight::from_parts(20_688_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Measurements` (r:1 w:1)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(147), added: 2622, mode: `MaxEncodedLen`)
    fn revoke_measurement() -> Weight {
        Weight::from_parts(31_239_000, 3612)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::EvaluationFloors` (r:1 w:1)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(21), added: 2496, mode: `MaxEncodedLen`)
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn raise_floor() -> Weight {
        Weight::from_parts(36_547_000, 3486)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::DeniedMachines` (r:0 w:1)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    fn set_machine_denied() -> Weight {
        Weight::from_parts(22_308_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::DeniedOperators` (r:0 w:1)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn set_operator_denied() -> Weight {
        Weight::from_parts(19_378_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Frozen` (r:0 w:1)
    // Proof: `Attestation::Frozen` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
    fn set_frozen() -> Weight {
        Weight::from_parts(15_279_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Capacities` (r:0 w:1)
    // Proof: `Attestation::Capacities` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    fn set_capacity() -> Weight {
        Weight::from_parts(18_755_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Not measured yet: one RSA-4096 verification and a write.
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn submit_revocation_list() -> Weight {
        Weight::from_parts(10_000_000_000, 47504)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Not measured yet: three RSA-4096 verifications.
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn add_root_snp() -> Weight {
        Weight::from_parts(25_000_000_000, 5565)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Not measured yet: one P-384 verification.
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn add_root_nitro() -> Weight {
        Weight::from_parts(15_000_000_000, 5565)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Not measured yet: one item read and written.
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn set_policy() -> Weight {
        Weight::from_parts(80_000_000, 47504)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Not measured yet: one item.
    // Reads and writes that came since are counted by hand until the next `make weights`.
    fn remove_policy() -> Weight {
        Weight::from_parts(60_000_000, 47504)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Not measured yet: two items.
    fn cancel() -> Weight {
        Weight::from_parts(90_000_000, 5565)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Not measured yet: one item.
    fn set_provider_denied() -> Weight {
        Weight::from_parts(40_000_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Not measured yet: one item.
    fn set_class_capacity() -> Weight {
        Weight::from_parts(40_000_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Not measured yet: one item.
    fn set_allowed() -> Weight {
        Weight::from_parts(40_000_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Not measured yet: one item read, one written.
    fn end_verdicts() -> Weight {
        Weight::from_parts(60_000_000, 5565)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn submit_collateral() -> Weight {
        Weight::zero()
    }
    fn add_root() -> Weight {
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
    fn submit_revocation_list() -> Weight {
        Weight::zero()
    }
    fn add_root_snp() -> Weight {
        Weight::zero()
    }
    fn add_root_nitro() -> Weight {
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
