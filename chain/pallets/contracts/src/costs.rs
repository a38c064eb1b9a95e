//! What the calls cost of a worker that has devices. The weights are measured with one that has none.

use adyton_pallet_traits::Devices;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

use crate::Config;

/// Of a call that was measured as `measured` and asks for a worker's devices.
pub fn with_devices<T: Config>(measured: Weight) -> Weight {
    measured.saturating_add(reads::<T>(T::Devices::READS))
}

/// The same where it turned out that the worker has shown none: one read.
pub fn without_devices<T: Config>(measured: Weight) -> Weight {
    measured.saturating_add(reads::<T>(1))
}

fn reads<T: Config>(reads: u64) -> Weight {
    <T as frame_system::Config>::DbWeight::get().reads(reads)
}
