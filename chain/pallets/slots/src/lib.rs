//! The length of a slot of block production, in storage.
//!
//! Aura and the timestamp read it from here, so that a local network and a public one run the same runtime.
//!
//! What must always hold: it is set once, at genesis, because a change under a running Aura would stop the
//! chain; it is never zero. There are no calls.
#![cfg_attr(not(feature = "std"), no_std)]

use polkadot_sdk::frame_support;

pub use pallet::*;

#[cfg(test)]
mod tests;

/// Milliseconds of a slot where genesis sets none.
pub const DEFAULT_DURATION: u64 = 6_000;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::{
        pallet_prelude::*,
        traits::{ConstU64, Get},
    };

    /// What the runtime gives this pallet: nothing beyond a system.
    #[pallet::config]
    pub trait Config: polkadot_sdk::frame_system::Config {}

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md).
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::hooks]
    impl<T: Config> Hooks<polkadot_sdk::frame_system::pallet_prelude::BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(
            _: polkadot_sdk::frame_system::pallet_prelude::BlockNumberFor<T>,
        ) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// The invariant: Aura can divide by a slot, and half of one is a time too.
        #[cfg(any(feature = "std", feature = "try-runtime"))]
        pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            ensure!(Duration::<T>::get() >= 2, "a slot has less than 2 milliseconds");
            Ok(())
        }
    }

    /// Milliseconds of one slot.
    #[pallet::storage]
    pub type Duration<T: Config> = StorageValue<_, u64, ValueQuery, ConstU64<DEFAULT_DURATION>>;

    /// The genesis of the clock.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Milliseconds of one slot; at least 2.
        pub duration: u64,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self { duration: DEFAULT_DURATION, _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(self.duration >= 2, "a slot has at least 2 milliseconds");
            Duration::<T>::put(self.duration);
        }
    }

    /// One slot in milliseconds, for Aura.
    pub struct WholeSlot<T>(PhantomData<T>);

    impl<T: Config> Get<u64> for WholeSlot<T> {
        fn get() -> u64 {
            Duration::<T>::get()
        }
    }

    /// Half a slot in milliseconds: the least time between two blocks, for the timestamp.
    pub struct HalfSlot<T>(PhantomData<T>);

    impl<T: Config> Get<u64> for HalfSlot<T> {
        fn get() -> u64 {
            Duration::<T>::get() / 2
        }
    }
}
