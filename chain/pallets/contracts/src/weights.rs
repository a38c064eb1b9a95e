//! What the calls of `contracts` cost.
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
    /// Of [`crate::Call::upload_code`].
    fn upload_code() -> Weight;
    /// Of [`crate::Call::deploy`].
    fn deploy() -> Weight;
    /// Of [`crate::Call::claim_lease`].
    fn claim_lease() -> Weight;
    /// Of [`crate::Call::release_leases`], by number of entries.
    fn release_leases(n: u32) -> Weight;
    /// Of [`crate::Call::open`], by number of entries.
    fn open(n: u32) -> Weight;
    /// Of [`crate::Call::anchor`], by number of entries.
    fn anchor(n: u32) -> Weight;
    /// Of [`crate::Call::report`].
    fn report() -> Weight;
    /// Of [`crate::Call::announce_upgrade`].
    fn announce_upgrade() -> Weight;
    /// Of [`crate::Call::apply_upgrade`].
    fn apply_upgrade() -> Weight;
}

/// The weights on the chain's reference machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn micros(micros: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), 0)
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn upload_code() -> Weight {
        micros(60).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn deploy() -> Weight {
        micros(500).saturating_add(T::DbWeight::get().reads_writes(3, 2))
    }

    fn claim_lease() -> Weight {
        micros(300).saturating_add(T::DbWeight::get().reads_writes(15, 4))
    }

    fn release_leases(n: u32) -> Weight {
        let entries = u64::from(n);
        micros(200u64.saturating_add(entries.saturating_mul(100))).saturating_add(
            T::DbWeight::get().reads_writes(entries.saturating_mul(2).saturating_add(9), entries.saturating_mul(3)),
        )
    }

    fn open(n: u32) -> Weight {
        let entries = u64::from(n);
        micros(200u64.saturating_add(entries.saturating_mul(100))).saturating_add(
            T::DbWeight::get().reads_writes(
                entries.saturating_mul(4).saturating_add(10),
                entries.saturating_mul(1).saturating_add(1),
            ),
        )
    }

    fn anchor(n: u32) -> Weight {
        let entries = u64::from(n);
        micros(200u64.saturating_add(entries.saturating_mul(100))).saturating_add(
            T::DbWeight::get().reads_writes(
                entries.saturating_mul(4).saturating_add(10),
                entries.saturating_mul(1).saturating_add(2),
            ),
        )
    }

    fn report() -> Weight {
        micros(2000).saturating_add(T::DbWeight::get().reads_writes(17, 2))
    }

    fn announce_upgrade() -> Weight {
        micros(100).saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }

    fn apply_upgrade() -> Weight {
        micros(100).saturating_add(T::DbWeight::get().reads_writes(1, 1))
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
}
