//! What the calls of `adyton_pallet_governance` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `set_periods`.
    fn set_periods() -> Weight;
    /// Of `set_lock`.
    fn set_lock() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Governance.TrackPeriods: written
    fn set_periods() -> Weight {
        Weight::from_parts(11_027_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
    // Governance.Lock: written
    fn set_lock() -> Weight {
        Weight::from_parts(8_222_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn set_periods() -> Weight {
        Weight::zero()
    }
    fn set_lock() -> Weight {
        Weight::zero()
    }
}
