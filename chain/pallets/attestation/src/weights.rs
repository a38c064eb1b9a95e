//! What the calls of `adyton_pallet_attestation` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `submit_collateral`.
    fn submit_collateral() -> Weight;
    /// Of `submit_revocation_list`.
    fn submit_revocation_list() -> Weight;
    /// Of `add_root`.
    fn add_root() -> Weight;
    /// Of `add_root_snp`.
    fn add_root_snp() -> Weight;
    /// Of `add_root_nitro`.
    fn add_root_nitro() -> Weight;
    /// Of `remove_root`.
    fn remove_root() -> Weight;
    /// Of `accept_measurement`.
    fn accept_measurement() -> Weight;
    /// Of `revoke_measurement`.
    fn revoke_measurement() -> Weight;
    /// Of `raise_floor`.
    fn raise_floor() -> Weight;
    /// Of `set_machine_denied`.
    fn set_machine_denied() -> Weight;
    /// Of `set_operator_denied`.
    fn set_operator_denied() -> Weight;
    /// Of `set_frozen`.
    fn set_frozen() -> Weight;
    /// Of `set_capacity`.
    fn set_capacity() -> Weight;
    /// Of `set_policy`.
    fn set_policy() -> Weight;
    /// Of `remove_policy`.
    fn remove_policy() -> Weight;
    /// Of `cancel`.
    fn cancel() -> Weight;
    /// Of `set_provider_denied`.
    fn set_provider_denied() -> Weight;
    /// Of `set_class_capacity`.
    fn set_class_capacity() -> Weight;
    /// Of `set_allowed`.
    fn set_allowed() -> Weight;
    /// Of `end_verdicts`.
    fn end_verdicts() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Attestation.Collateral: read and written
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: written
    // Attestation.NewestGenerations: read and written
    // Attestation.NewestLists: read and written
    // Attestation.RevocationFloors: read and written
    // Attestation.RootKeys: read
    // Attestation.Roots: read
    // Timestamp.Now: read
    fn submit_collateral() -> Weight {
        Weight::from_parts(10_277_864_000, 117920)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(6))
    }
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: written
    // Attestation.NewestGenerations: read and written
    // Attestation.RevocationLists: read and written
    // Attestation.RootKeys: read
    // Attestation.Roots: read
    // Timestamp.Now: read
    fn submit_revocation_list() -> Weight {
        Weight::from_parts(1_558_772_000, 20771)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.ChangeDelay: read
    // Attestation.EvaluationFloors: read and written
    // Attestation.HighestMinimums: read
    // Attestation.LastAdmission: read and written
    // Attestation.Policies: read
    // Attestation.RootKeys: written
    // Attestation.Roots: read and written
    // Timestamp.Now: read
    fn add_root() -> Weight {
        Weight::from_parts(1_761_953_000, 72690)
            .saturating_add(T::DbWeight::get().reads(39))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Attestation.ChangeDelay: read
    // Attestation.EvaluationFloors: read and written
    // Attestation.HighestMinimums: read
    // Attestation.LastAdmission: read and written
    // Attestation.Policies: read
    // Attestation.RootKeys: written
    // Attestation.Roots: read and written
    // Timestamp.Now: read
    fn add_root_snp() -> Weight {
        Weight::from_parts(3_783_391_000, 72703)
            .saturating_add(T::DbWeight::get().reads(39))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Attestation.ChangeDelay: read
    // Attestation.EvaluationFloors: read and written
    // Attestation.HighestMinimums: read
    // Attestation.LastAdmission: read and written
    // Attestation.Policies: read
    // Attestation.RootKeys: written
    // Attestation.Roots: read and written
    // Timestamp.Now: read
    fn add_root_nitro() -> Weight {
        Weight::from_parts(4_811_957_000, 72690)
            .saturating_add(T::DbWeight::get().reads(39))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Attestation.JudgedSince: written
    // Attestation.RootKeys: written
    // Attestation.Roots: read and written
    // Timestamp.Now: read
    fn remove_root() -> Weight {
        Weight::from_parts(44_306_000, 4536)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.ChangeDelay: read
    // Attestation.LastAdmission: read and written
    // Attestation.Measurements: read and written
    // Timestamp.Now: read
    fn accept_measurement() -> Weight {
        Weight::from_parts(22_353_000, 6022)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.Measurements: read and written
    fn revoke_measurement() -> Weight {
        Weight::from_parts(28_622_000, 1672)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.EvaluationFloors: read and written
    // Attestation.NewestGenerations: read
    fn raise_floor() -> Weight {
        Weight::from_parts(21_742_000, 3125)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.ChangeDelay: read
    // Attestation.DeniedMachines: read and written
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_machine_denied() -> Weight {
        Weight::from_parts(26_159_000, 6132)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.ChangeDelay: read
    // Attestation.DeniedOperators: read and written
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_operator_denied() -> Weight {
        Weight::from_parts(22_263_000, 6099)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.ChangeDelay: read
    // Attestation.Frozen: read and written
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_frozen() -> Weight {
        Weight::from_parts(18_537_000, 6048)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.Capacities: read and written
    // Attestation.ChangeDelay: read
    // Attestation.ClassCapacities: read
    // Attestation.DefaultCapacity: read
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_capacity() -> Weight {
        Weight::from_parts(49_604_000, 9106)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.ChangeDelay: read
    // Attestation.HighestMinimums: read and written
    // Attestation.LastAdmission: read and written
    // Attestation.NewestGenerations: read
    // Attestation.Policies: read and written
    // Attestation.Roots: read
    // Timestamp.Now: read
    fn set_policy() -> Weight {
        Weight::from_parts(371_450_000, 120645)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.HighestMinimums: read and written
    // Attestation.Policies: read and written
    // Timestamp.Now: read
    fn remove_policy() -> Weight {
        Weight::from_parts(58_287_000, 17327)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.RootKeys: written
    // Attestation.Roots: read and written
    // Timestamp.Now: read
    fn cancel() -> Weight {
        Weight::from_parts(36_054_000, 4598)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.ChangeDelay: read
    // Attestation.DeniedProviders: read and written
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_provider_denied() -> Weight {
        Weight::from_parts(22_293_000, 6133)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.ChangeDelay: read
    // Attestation.ClassCapacities: read and written
    // Attestation.DefaultCapacity: read
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_class_capacity() -> Weight {
        Weight::from_parts(22_003_000, 7556)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.Allowed: read and written
    // Attestation.ChangeDelay: read
    // Attestation.LastAdmission: read and written
    // Timestamp.Now: read
    fn set_allowed() -> Weight {
        Weight::from_parts(19_409_000, 6022)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.JudgedSince: written
    // Attestation.Roots: read
    // Timestamp.Now: read
    fn end_verdicts() -> Weight {
        Weight::from_parts(44_075_000, 3223)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
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
