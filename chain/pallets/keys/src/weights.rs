//! What the calls of `keys` cost.
//!
//! These values are set by hand, above what the calls were seen to take; `make weights` measures them with
//! frame-omni-bencher on the benchmarks beside this file and replaces it.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{Weight, constants::WEIGHT_REF_TIME_PER_MICROS},
};
use polkadot_sdk::{frame_support, frame_system};

/// The cost of each call.
pub trait WeightInfo {
    /// Of [`crate::Call::publish_committee`].
    fn publish_committee() -> Weight;
    /// Of [`crate::Call::request_release`].
    fn request_release() -> Weight;
}

/// The weights on the chain's reference machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn micros(micros: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), 0)
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn publish_committee() -> Weight {
        micros(200).saturating_add(T::DbWeight::get().reads_writes(10, 1))
    }

    fn request_release() -> Weight {
        micros(300).saturating_add(T::DbWeight::get().reads_writes(15, 2))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn publish_committee() -> Weight {
        Weight::zero()
    }

    fn request_release() -> Weight {
        Weight::zero()
    }
}
