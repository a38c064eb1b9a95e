//! What the calls of `adyton_pallet_contracts` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `upload_code`.
    fn upload_code() -> Weight;
    /// Of `deploy`.
    fn deploy() -> Weight;
    /// Of `claim_lease`.
    fn claim_lease() -> Weight;
    /// Of `release_leases`.
    fn release_leases(n: u32) -> Weight;
    /// Of `open`.
    fn open(n: u32) -> Weight;
    /// Of `anchor`.
    fn anchor(n: u32) -> Weight;
    /// Of `report`.
    fn report() -> Weight;
    /// Of `announce_upgrade`.
    fn announce_upgrade() -> Weight;
    /// Of `apply_upgrade`.
    fn apply_upgrade() -> Weight;
    /// Of `remove_code`.
    fn remove_code() -> Weight;
    /// Of `retire`.
    fn retire() -> Weight;
    /// Of `resume`.
    fn resume() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Balances.Holds: read and written
    // Contracts.Codes: read and written
    // System.Account: read and written
    fn upload_code() -> Weight {
        Weight::from_parts(88_771_000, 4655)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Attestation.Network: read
    // Balances.Holds: read and written
    // Contracts.Codes: read and written
    // Contracts.Contracts: read and written
    // Contracts.CounterForContracts: read and written
    // Contracts.CounterForVacant: read and written
    // Contracts.Retired: read
    // Contracts.Vacant: read and written
    // System.Account: read and written
    fn deploy() -> Weight {
        Weight::from_parts(215_430_000, 14133)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Contracts.Contracts: read
    // Contracts.CounterForVacant: read and written
    // Contracts.Halted: read
    // Contracts.Held: written
    // Contracts.Holders: read and written
    // Contracts.Leases: read and written
    // Contracts.Vacant: read and written
    // Devices.Shown: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn claim_lease() -> Weight {
        Weight::from_parts(147_879_000, 42967)
            .saturating_add(T::DbWeight::get().reads(19))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Contracts.CounterForVacant: read and written
    // Contracts.Held: written
    // Contracts.Leases: read and written
    // Contracts.Vacant: read and written
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn release_leases(n: u32) -> Weight {
        Weight::from_parts(137_247_772, 21441)
            .saturating_add(Weight::from_parts(21_723_614, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(13))
            .saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 3056).saturating_mul(n.into()))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Roots: read
    // Contracts.Contracts: read
    // Contracts.Heads: read and written
    // Contracts.Leases: read
    // Contracts.Paces: read and written
    // Devices.Shown: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn open(n: u32) -> Weight {
        Weight::from_parts(94_550_613, 35497)
            .saturating_add(Weight::from_parts(31_125_900, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(14))
            .saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 4626).saturating_mul(n.into()))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Roots: read
    // Contracts.Contracts: read
    // Contracts.Heads: read and written
    // Contracts.Leases: read
    // Contracts.Paces: read and written
    // Contracts.ReceiptAnchors: read and written
    // Devices.Shown: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn anchor(n: u32) -> Weight {
        Weight::from_parts(318_681_060, 39697)
            .saturating_add(Weight::from_parts(23_357_217, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(16))
            .saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(2))
            .saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 4783).saturating_mul(n.into()))
    }
    // Attestation.Allowed: read
    // Attestation.DeniedMachines: read
    // Attestation.DeniedOperators: read
    // Attestation.DeniedProviders: read
    // Attestation.EvaluationFloors: read
    // Attestation.JudgedSince: read
    // Attestation.Measurements: read
    // Attestation.Network: read
    // Attestation.Roots: read
    // Contracts.Contracts: read
    // Contracts.Heads: read
    // Contracts.Leases: read
    // Contracts.ReportedAt: read and written
    // Contracts.Reports: read and written
    // Devices.Shown: read
    // Timestamp.Now: read
    // Workers.WorkerOf: read
    // Workers.Workers: read
    fn report() -> Weight {
        Weight::from_parts(441_775_000, 43314)
            .saturating_add(T::DbWeight::get().reads(19))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Contracts.Codes: read and written
    // Contracts.Contracts: read and written
    fn announce_upgrade() -> Weight {
        Weight::from_parts(96_783_000, 17421)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Contracts.Codes: read and written
    // Contracts.Contracts: read and written
    fn apply_upgrade() -> Weight {
        Weight::from_parts(72_137_000, 15847)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Balances.Holds: read and written
    // Contracts.Codes: read and written
    // System.Account: read and written
    fn remove_code() -> Weight {
        Weight::from_parts(130_143_000, 4825)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Balances.Holds: read and written
    // Contracts.Codes: read and written
    // Contracts.Contracts: read and written
    // Contracts.CounterForContracts: read and written
    // Contracts.CounterForHalted: read and written
    // Contracts.Halted: read and written
    // Contracts.Heads: written
    // Contracts.Held: written
    // Contracts.Holders: written
    // Contracts.Leases: read and written
    // Contracts.ReportedAt: written
    // Contracts.Reports: written
    // Contracts.Retired: written
    // Contracts.Vacant: read and written
    // Disputes.Contested: read
    // Keys.Releases: read
    // Messages.Queues: read
    // System.Account: read and written
    // Usage.Accounts: read
    fn retire() -> Weight {
        Weight::from_parts(261_918_000, 34532)
            .saturating_add(T::DbWeight::get().reads(14))
            .saturating_add(T::DbWeight::get().writes(16))
    }
    // Attestation.Network: read
    // Contracts.Contracts: read
    // Contracts.CounterForHalted: read and written
    // Contracts.CounterForVacant: read and written
    // Contracts.Halted: read and written
    // Contracts.Vacant: read and written
    fn resume() -> Weight {
        Weight::from_parts(66_609_000, 22118)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(4))
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
