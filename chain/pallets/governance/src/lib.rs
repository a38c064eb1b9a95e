//! What the network's votes can decide, and how long a decision takes.
//!
//! Proposals, votes, tallies and enactment are polkadot-sdk's (`pallet_referenda`, `pallet_conviction_voting`). This
//! pallet has what they take from us: the origins with which less than everything can be decided, and the periods of
//! each track, in storage, so that a local network decides in seconds with the same runtime.
//!
//! What must always hold: a period that something waits for is at least one block; only root changes them.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use polkadot_sdk::{frame_support, frame_system};

pub use origins::{BigSpender, Economy, Emergency, SmallSpender, TeePolicy};
pub use pallet::*;
pub use periods::Periods;
pub use weights::WeightInfo;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod origins;
mod periods;
#[cfg(test)]
mod tests;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::Contains};
    use frame_system::pallet_prelude::*;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config: polkadot_sdk::frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The tracks that there are, by number.
        type Tracks: Contains<u16>;
        /// For how many blocks a vote of the lowest conviction locks, where storage says nothing.
        #[pallet::constant]
        type DefaultLock: Get<u32>;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
    }

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md). The second one is that of the
    /// runtime that tests upgrade to.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(if cfg!(feature = "next") { 2 } else { 1 });

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// With what a decision is made that is not root's.
    #[pallet::origin]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
    pub enum Origin {
        /// Changes which evidence is accepted: kinds, roots, measurements, floors, machines, devices.
        #[codec(index = 0)]
        TeePolicy,
        /// Freezes registrations, and denies machines, operators and providers. Nothing else, and not the end of it.
        #[codec(index = 1)]
        Emergency,
        /// Spends little of the treasury.
        #[codec(index = 2)]
        SmallSpender,
        /// Spends more of it.
        #[codec(index = 3)]
        BigSpender,
        /// Sets the parameters of stake, rewards, slashes, disputes, gas and validators, and cancels slashes.
        #[codec(index = 4)]
        Economy,
    }

    /// The periods of tracks that do not have the runtime's own.
    #[pallet::storage]
    pub type TrackPeriods<T: Config> = StorageMap<_, Twox64Concat, u16, Periods, OptionQuery>;

    /// For how many blocks a vote of the lowest conviction locks what it was given with.
    #[pallet::storage]
    pub type Lock<T: Config> = StorageValue<_, u32, ValueQuery, T::DefaultLock>;

    /// The genesis of decisions.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Periods of tracks, by number.
        pub periods: Vec<(u16, Periods)>,
        /// See [`Lock`]; none: the runtime's own.
        pub lock: Option<u32>,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for (track, periods) in &self.periods {
                assert!(T::Tracks::contains(track), "there is no track {track}");
                assert!(periods.are_possible(), "a decision takes at least a block: track {track}");
                TrackPeriods::<T>::insert(track, periods);
            }
            if let Some(lock) = self.lock {
                assert!(lock > 0, "a vote locks for at least a block");
                Lock::<T>::put(lock);
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(fn deposit_event)]
    pub enum Event<T: Config> {
        /// A track has other periods.
        PeriodsSet {
            /// The track.
            track: u16,
            /// Its periods; none: the runtime's own.
            periods: Option<Periods>,
        },
        /// Votes lock for another time.
        LockSet {
            /// In blocks.
            blocks: u32,
        },
    }

    /// Why a call fails.
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such track. The runtime's metadata lists them (`Referenda.Tracks`).
        UnknownTrack,
        /// A decision, its confirmation and its enactment take at least one block each, and a vote locks for one.
        TooShort,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// The invariants: periods are possible, and of tracks that exist.
        #[cfg(any(feature = "std", feature = "try-runtime"))]
        pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            for (track, periods) in TrackPeriods::<T>::iter() {
                ensure!(T::Tracks::contains(&track), "periods of a track that does not exist");
                ensure!(periods.are_possible(), "a decision that takes no time");
            }
            ensure!(Lock::<T>::get() > 0, "votes that lock nothing");
            Ok(())
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets how long a track's decisions take; none: as long as the runtime says. Decisions under way go by the new
        /// periods too.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_periods())]
        pub fn set_periods(origin: OriginFor<T>, track: u16, periods: Option<Periods>) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(T::Tracks::contains(&track), Error::<T>::UnknownTrack);
            ensure!(periods.is_none_or(|periods| periods.are_possible()), Error::<T>::TooShort);
            TrackPeriods::<T>::set(track, periods);
            Self::deposit_event(Event::PeriodsSet { track, periods });
            Ok(())
        }

        /// Sets for how many blocks a vote of the lowest conviction locks what it was given with, from the end of the
        /// decision on.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_lock())]
        pub fn set_lock(origin: OriginFor<T>, blocks: u32) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(blocks > 0, Error::<T>::TooShort);
            Lock::<T>::put(blocks);
            Self::deposit_event(Event::LockSet { blocks });
            Ok(())
        }
    }
}
