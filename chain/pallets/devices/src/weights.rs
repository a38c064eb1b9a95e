//! What the calls of `adyton_pallet_devices` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `check_signature`.
    fn check_signature() -> Weight;
    /// Of `submit_manifest`.
    fn submit_manifest(n: u32) -> Weight;
    /// Of `show`.
    fn show(n: u32) -> Weight;
    /// Of `add_root`.
    fn add_root() -> Weight;
    /// Of `remove_root`.
    fn remove_root() -> Weight;
    /// Of `set_policy`.
    fn set_policy() -> Weight;
    /// Of `remove_policy`.
    fn remove_policy() -> Weight;
    /// Of `cancel`.
    fn cancel() -> Weight;
    /// Of `set_denied`.
    fn set_denied() -> Weight;
    /// Of `end_verdicts`.
    fn end_verdicts() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Devices.NextPlace: read and written
    // Devices.Places: read and written
    // Devices.Signatures: read and written
    fn check_signature() -> Weight {
        Weight::from_parts(5_011_583_000, 4663)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Devices.Manifests: read and written
    // Devices.Policy: read
    // Devices.RootKeys: read
    // Devices.Roots: read
    // Devices.Signatures: read
    // Timestamp.Now: read
    fn submit_manifest(n: u32) -> Weight {
        Weight::from_parts(4_265_921_320, 64565)
            .saturating_add(Weight::from_parts(3_905_815_440, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(30))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.Frozen: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Roots: read
    // Devices.Denied: read
    // Devices.JudgedSince: read
    // Devices.Manifests: read
    // Devices.Policy: read
    // Devices.RootKeys: read
    // Devices.Roots: read
    // Devices.Shown: read and written
    // Devices.ShownBy: read and written
    // Devices.Signatures: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn show(n: u32) -> Weight {
        Weight::from_parts(2_796_935_120, 121295)
            .saturating_add(Weight::from_parts(3_635_608_666, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(50))
            .saturating_add(T::DbWeight::get().writes(19))
    }
    // Attestation.ChangeDelay: read
    // Devices.RootKeys: written
    // Devices.Roots: read and written
    // Timestamp.Now: read
    fn add_root() -> Weight {
        Weight::from_parts(9_185_113_000, 17082)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Devices.JudgedSince: written
    // Devices.RootKeys: written
    // Devices.Roots: read and written
    // Timestamp.Now: read
    fn remove_root() -> Weight {
        Weight::from_parts(40_590_000, 3235)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.ChangeDelay: read
    // Devices.Policy: read and written
    // Timestamp.Now: read
    fn set_policy() -> Weight {
        Weight::from_parts(22_233_000, 4682)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Devices.Policy: read and written
    fn remove_policy() -> Weight {
        Weight::from_parts(12_529_000, 1598)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Devices.RootKeys: written
    // Devices.Roots: read and written
    // Timestamp.Now: read
    fn cancel() -> Weight {
        Weight::from_parts(36_254_000, 3235)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Attestation.ChangeDelay: read
    // Devices.Denied: read and written
    // Timestamp.Now: read
    fn set_denied() -> Weight {
        Weight::from_parts(39_439_000, 4739)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Devices.JudgedSince: written
    // Devices.Roots: read
    // Timestamp.Now: read
    fn end_verdicts() -> Weight {
        Weight::from_parts(33_950_000, 3188)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn check_signature() -> Weight {
        Weight::zero()
    }
    fn submit_manifest(_n: u32) -> Weight {
        Weight::zero()
    }
    fn show(_n: u32) -> Weight {
        Weight::zero()
    }
    fn add_root() -> Weight {
        Weight::zero()
    }
    fn remove_root() -> Weight {
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
    fn set_denied() -> Weight {
        Weight::zero()
    }
    fn end_verdicts() -> Weight {
        Weight::zero()
    }
}
