//! What the calls of `adyton_pallet_validators` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `bond`.
    fn bond() -> Weight;
    /// Of `unbond`.
    fn unbond() -> Weight;
    /// Of `withdraw`.
    fn withdraw() -> Weight;
    /// Of `validate`.
    fn validate() -> Weight;
    /// Of `chill`.
    fn chill() -> Weight;
    /// Of `report_blocks`.
    fn report_blocks() -> Weight;
    /// Of `cancel_slash`.
    fn cancel_slash() -> Weight;
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `turn`.
    fn turn() -> Weight;
    /// Of `slash_due`.
    fn slash_due(n: u32) -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Balances.Holds: read and written
    // System.Account: read and written
    // Validators.Bonds: read and written
    // Validators.Candidates: read and written
    // Validators.Settings: read
    fn bond() -> Weight {
        Weight::from_parts(135_150_000, 20510)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Session.CurrentIndex: read
    // Validators.Bonds: read and written
    // Validators.Candidates: read and written
    // Validators.Settings: read
    fn unbond() -> Weight {
        Weight::from_parts(64_746_000, 18681)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(2))
    }
    // Balances.Holds: read and written
    // Session.CurrentIndex: read
    // System.Account: read and written
    // Validators.Bonds: read and written
    fn withdraw() -> Weight {
        Weight::from_parts(159_627_000, 6921)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Session.NextKeys: read
    // Validators.Bonds: read
    // Validators.Candidates: read and written
    // Validators.Settings: read
    fn validate() -> Weight {
        Weight::from_parts(68_862_000, 18748)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Validators.Candidates: read and written
    fn chill() -> Weight {
        Weight::from_parts(41_842_000, 13944)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Session.DisabledValidators: read and written
    // Session.Validators: read
    // Validators.Bonds: read and written
    // Validators.Candidates: read and written
    // Validators.Offenders: read and written
    // Validators.Pending: written
    // Validators.Served: read
    // Validators.SessionOf: read
    // Validators.Settings: read
    // Validators.Slashes: read and written
    fn report_blocks() -> Weight {
        Weight::from_parts(2_968_502_000, 198987)
            .saturating_add(T::DbWeight::get().reads(109))
            .saturating_add(T::DbWeight::get().writes(204))
    }
    // Validators.Bonds: read and written
    // Validators.Candidates: read and written
    // Validators.Offenders: read and written
    // Validators.Pending: read and written
    // Validators.SessionOf: read
    fn cancel_slash() -> Weight {
        Weight::from_parts(73_249_000, 20198)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Validators.Settings: written
    fn set_parameters() -> Weight {
        Weight::from_parts(8_072_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
    // Aura.Authorities: read and written
    // Aura.CurrentSlot: read
    // Grandpa.CurrentSetId: read and written
    // Grandpa.PendingChange: read and written
    // Grandpa.SetIdSession: written
    // Grandpa.Stalled: read and written
    // Session.CurrentIndex: read and written
    // Session.DisabledValidators: written
    // Session.NextKeys: read
    // Session.QueuedChanged: read and written
    // Session.QueuedKeys: read and written
    // Session.Validators: read and written
    // Validators.Authored: read and written
    // Validators.Began: read and written
    // Validators.Bonds: read and written
    // Validators.Candidates: read and written
    // Validators.Offenders: written
    // Validators.Oldest: read and written
    // Validators.Pending: written
    // Validators.Served: read and written
    // Validators.SessionOf: read and written
    // Validators.Settings: read
    // Validators.Slashes: read and written
    fn turn() -> Weight {
        Weight::from_parts(3_143_633_000, 619087)
            .saturating_add(T::DbWeight::get().reads(377))
            .saturating_add(T::DbWeight::get().writes(161))
    }
    // Balances.Holds: read and written
    // System.Account: read and written
    // Validators.Bonds: read and written
    // Validators.Candidates: read and written
    // Validators.Pending: read and written
    // Validators.Slashes: read and written
    fn slash_due(n: u32) -> Weight {
        Weight::from_parts(57_714_167, 15930)
            .saturating_add(Weight::from_parts(64_687_800, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(4_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(2))
            .saturating_add(T::DbWeight::get().writes(4_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 6527).saturating_mul(n.into()))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn bond() -> Weight {
        Weight::zero()
    }
    fn unbond() -> Weight {
        Weight::zero()
    }
    fn withdraw() -> Weight {
        Weight::zero()
    }
    fn validate() -> Weight {
        Weight::zero()
    }
    fn chill() -> Weight {
        Weight::zero()
    }
    fn report_blocks() -> Weight {
        Weight::zero()
    }
    fn cancel_slash() -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn turn() -> Weight {
        Weight::zero()
    }
    fn slash_due(_n: u32) -> Weight {
        Weight::zero()
    }
}
