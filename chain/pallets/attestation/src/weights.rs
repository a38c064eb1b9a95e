//! What the calls of `attestation` cost.
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
    /// Of [`crate::Call::submit_collateral`].
    fn submit_collateral() -> Weight;
    /// Of [`crate::Call::add_root`].
    fn add_root() -> Weight;
    /// Of [`crate::Call::remove_root`].
    fn remove_root() -> Weight;
    /// Of [`crate::Call::accept_measurement`].
    fn accept_measurement() -> Weight;
    /// Of [`crate::Call::revoke_measurement`].
    fn revoke_measurement() -> Weight;
    /// Of [`crate::Call::raise_floor`].
    fn raise_floor() -> Weight;
    /// Of [`crate::Call::set_machine_denied`].
    fn set_machine_denied() -> Weight;
    /// Of [`crate::Call::set_operator_denied`].
    fn set_operator_denied() -> Weight;
    /// Of [`crate::Call::set_frozen`].
    fn set_frozen() -> Weight;
    /// Of [`crate::Call::set_capacity`].
    fn set_capacity() -> Weight;
}

/// The weights on the chain's reference machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn micros(micros: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), 0)
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn submit_collateral() -> Weight {
        micros(40000).saturating_add(T::DbWeight::get().reads_writes(5, 1))
    }

    fn add_root() -> Weight {
        micros(5000).saturating_add(T::DbWeight::get().reads_writes(0, 2))
    }

    fn remove_root() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(1, 2))
    }

    fn accept_measurement() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(0, 1))
    }

    fn revoke_measurement() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn raise_floor() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn set_machine_denied() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(0, 1))
    }

    fn set_operator_denied() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(0, 1))
    }

    fn set_frozen() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(0, 1))
    }

    fn set_capacity() -> Weight {
        micros(40).saturating_add(T::DbWeight::get().reads_writes(0, 1))
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
}
