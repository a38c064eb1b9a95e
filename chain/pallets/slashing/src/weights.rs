//! What the calls of `adyton_pallet_slashing` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: to read a receipt and check its
//! signature at 400 microseconds, to hold, issue or give back at 100, each further entry at 25.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `report_absence`.
    fn report_absence() -> Weight;
    /// Of the call `report_expired`.
    fn report_expired() -> Weight;
    /// Of the call `note_revoked`.
    fn note_revoked() -> Weight;
    /// Of the call `report_revoked`.
    fn report_revoked() -> Weight;
    /// Of the call `report_two_histories`.
    fn report_two_histories() -> Weight;
    /// Of the call `report_rollback`.
    fn report_rollback() -> Weight;
    /// Of the call `commit_extraction`.
    fn commit_extraction() -> Weight;
    /// Of the call `withdraw_commitment`.
    fn withdraw_commitment() -> Weight;
    /// Of the call `reveal_extraction`.
    fn reveal_extraction() -> Weight;
    /// Of the call `apply`.
    fn apply() -> Weight;
    /// Of the call `cancel`.
    fn cancel() -> Weight;
    /// Of the call `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of a block's look at the next offence.
    fn pass() -> Weight;
    /// Of keeping a moment.
    fn sample() -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Rewards::Absences` (r:1 w:0), `Rewards::Paused` (r:1 w:0)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::Absences` (r:1 w:1)
    // Storage: `Pools::Assignments` (r:1 w:0)
    // Storage: `Slashing::Charges` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    fn report_absence() -> Weight {
        Weight::from_parts(600_000_000, 22_531)
            .saturating_add(T::DbWeight::get().reads(9_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::Samples` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:2 w:1)
    // Storage: `Pools::Assignments` (r:1 w:0)
    // Storage: `Slashing::Charges` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    fn report_expired() -> Weight {
        Weight::from_parts(900_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(11_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    // Storage: `Workers::Workers` (r:1 w:0)
    // Storage: what decides whether its evidence holds (r:10 w:0)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Slashing::Lapses` (r:1 w:1)
    // Storage: `Attestation::LastAdmission` (r:1 w:0)
    fn note_revoked() -> Weight {
        Weight::from_parts(400_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(14_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::Lapses` (r:1 w:0)
    // Storage: `Attestation::LastAdmission` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:2 w:1)
    // Storage: `Pools::Assignments` (r:1 w:0)
    // Storage: `Slashing::Charges` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    fn report_revoked() -> Weight {
        Weight::from_parts(900_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(12_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Workers::UsedKeys` (r:2 w:0)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:3 w:1)
    // Storage: `Pools::Assignments` (r:2 w:0)
    // Storage: `Slashing::Charges` (r:2 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Pools::Pools` (r:2 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Storage: `Contracts::Leases` (r:1 w:1)
    // Storage: `Contracts::Halted` (r:1 w:1)
    // Storage: `Contracts::Held` (r:0 w:1)
    // Storage: `Contracts::CounterForHalted` (r:1 w:1)
    // Storage: `Contracts::Vacant` (r:1 w:1)
    // Storage: `Contracts::CounterForVacant` (r:1 w:1)
    // Storage: `Contracts::Holders` (r:1 w:0)
    fn report_two_histories() -> Weight {
        Weight::from_parts(1_800_000_000, 23_036)
            .saturating_add(T::DbWeight::get().reads(22_u64))
            .saturating_add(T::DbWeight::get().writes(11_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Workers::Workers` (r:1 w:0)
    // Storage: `Contracts::Heads` (r:1 w:0)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:2 w:1)
    // Storage: `Pools::Assignments` (r:2 w:0)
    // Storage: `Slashing::Charges` (r:2 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Pools::Pools` (r:2 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Storage: `Contracts::Leases` (r:1 w:1)
    // Storage: `Contracts::Halted` (r:1 w:1)
    // Storage: `Contracts::Held` (r:0 w:1)
    // Storage: `Contracts::CounterForHalted` (r:1 w:1)
    // Storage: `Contracts::Vacant` (r:1 w:1)
    // Storage: `Contracts::CounterForVacant` (r:1 w:1)
    // Storage: `Contracts::Holders` (r:1 w:0)
    fn report_rollback() -> Weight {
        Weight::from_parts(1_200_000_000, 23_036)
            .saturating_add(T::DbWeight::get().reads(22_u64))
            .saturating_add(T::DbWeight::get().writes(11_u64))
    }
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::Commitments` (r:1 w:1)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Storage: `System::Account` (r:1 w:1)
    fn commit_extraction() -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Slashing::Commitments` (r:1 w:1)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Storage: `System::Account` (r:1 w:1)
    fn withdraw_commitment() -> Weight {
        Weight::from_parts(240_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Slashing::Commitments` (r:1 w:1)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:1 w:1)
    // Storage: `Pools::Assignments` (r:1 w:0)
    // Storage: `Slashing::Charges` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Storage: `System::Account` (r:1 w:1)
    // Storage: `Attestation::DeniedMachines` (r:1 w:1)
    // Storage: `Timestamp::Now` (r:1 w:0)
    fn reveal_extraction() -> Weight {
        Weight::from_parts(900_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(14_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    // Storage: `Slashing::Offences` (r:1 w:1)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: what a pool's own books take (r:4 w:4)
    // Storage: `Balances::TotalIssuance` (r:1 w:1)
    // Storage: `System::Account` (r:1 w:1)
    // Storage: `Slashing::Charges` (r:1 w:1)
    fn apply() -> Weight {
        Weight::from_parts(600_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    // Storage: `Slashing::Offences` (r:1 w:1)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: `Slashing::Charges` (r:1 w:1)
    fn cancel() -> Weight {
        Weight::from_parts(200_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Disputes::Parameters` (r:1 w:0)
    // Storage: `Slashing::SlashingParameters` (r:0 w:1)
    fn set_parameters() -> Weight {
        Weight::from_parts(150_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Slashing::LastOffence` (r:1 w:0)
    // Storage: `Slashing::Over` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:1 w:0)
    // Storage: `Slashing::VerdictPlaces` (r:1 w:1)
    // Storage: `Slashing::Verdicts` (r:1 w:1)
    fn pass() -> Weight {
        Weight::from_parts(50_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Storage: `Slashing::Samples` (r:0 w:1)
    fn sample() -> Weight {
        Weight::from_parts(30_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn report_absence() -> Weight {
        Weight::zero()
    }
    fn report_expired() -> Weight {
        Weight::zero()
    }
    fn note_revoked() -> Weight {
        Weight::zero()
    }
    fn report_revoked() -> Weight {
        Weight::zero()
    }
    fn report_two_histories() -> Weight {
        Weight::zero()
    }
    fn report_rollback() -> Weight {
        Weight::zero()
    }
    fn commit_extraction() -> Weight {
        Weight::zero()
    }
    fn withdraw_commitment() -> Weight {
        Weight::zero()
    }
    fn reveal_extraction() -> Weight {
        Weight::zero()
    }
    fn apply() -> Weight {
        Weight::zero()
    }
    fn cancel() -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn pass() -> Weight {
        Weight::zero()
    }
    fn sample() -> Weight {
        Weight::zero()
    }
}
