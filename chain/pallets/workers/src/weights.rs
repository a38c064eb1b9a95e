//! What the calls of `workers` cost.
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
    /// Of [`crate::Call::register`].
    fn register() -> Weight;
    /// Of [`crate::Call::heartbeat`].
    fn heartbeat() -> Weight;
    /// Of [`crate::Call::retire`].
    fn retire() -> Weight;
    /// Of [`crate::Call::set_opt_in`].
    fn set_opt_in() -> Weight;
    /// Of [`crate::Call::set_endpoint`].
    fn set_endpoint() -> Weight;
}

/// The weights on the chain's reference machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn micros(micros: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), 0)
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn register() -> Weight {
        micros(40000).saturating_add(T::DbWeight::get().reads_writes(22, 12))
    }

    fn heartbeat() -> Weight {
        micros(200).saturating_add(T::DbWeight::get().reads_writes(9, 1))
    }

    fn retire() -> Weight {
        micros(200).saturating_add(T::DbWeight::get().reads_writes(6, 7))
    }

    fn set_opt_in() -> Weight {
        micros(60).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn set_endpoint() -> Weight {
        micros(60).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn register() -> Weight {
        Weight::zero()
    }

    fn heartbeat() -> Weight {
        Weight::zero()
    }

    fn retire() -> Weight {
        Weight::zero()
    }

    fn set_opt_in() -> Weight {
        Weight::zero()
    }

    fn set_endpoint() -> Weight {
        Weight::zero()
    }
}
