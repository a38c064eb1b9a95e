//! The random beacon: one value a round, for challenges and whatever else nobody may foresee or choose.
//!
//! Every so many blocks a round is due. The keyholders sign its number with a threshold key that they have for nothing
//! else, and the signature, which is unique, gives the round's value. A keyholder brings it here; the runtime itself
//! verifies it. It asks `workers` whose a key is and `keys` who has a seat, and tells `rewards` of every round. Workers
//! read rounds with proofs.
//!
//! What must always hold: a round comes no sooner than its block, and only while it is the newest that is due, once; its
//! value follows from the committee's signature of its number on this network, and from nothing else; the last rounds
//! are remembered, and no more than [`REMEMBERED`](adyton_protocol::beacon::REMEMBERED).
//!
//! What it refuses: everything from those without a seat; a key or a signature in another encoding than the one, outside
//! its group, or at infinity; a second key before the first was removed, and one that was removed; a key of several, until
//! distributed key generation is here. A round that never comes holds up nothing: the next takes its place.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
pub mod bls;
mod committee;
#[cfg(test)]
mod mock;
mod rounds;
#[cfg(test)]
mod tests;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use bls::PublicKey;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{Keyholders, OnRound, Workers};
    use adyton_protocol::{
        beacon::{BeaconRound, Commitments, RoundSchedule, RoundSignature},
        ids::{AccountId as ProtocolAccount, BlockNumber, NetworkId, WorkerId},
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::AccountId32;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Changes the length of rounds, and removes the key.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The network's identity; none where the genesis named none.
        type Network: Get<Option<NetworkId>>;
        /// Knows the keyholders' keys.
        type Workers: Workers;
        /// Knows who has a seat in the committee.
        type Keyholders: Keyholders;
        /// Hears of every round.
        type OnRound: OnRound;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
        /// Prepares the state in which benchmarks run.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: benchmarking::Helper;
    }

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md).
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// The committee's commitments for the beacon's key.
    #[pallet::storage]
    pub type Key<T: Config> = StorageValue<_, Commitments, OptionQuery>;

    /// The keys that were removed: none of them is taken again.
    #[pallet::storage]
    pub type Removed<T: Config> = StorageMap<_, Blake2_128Concat, Commitments, (), OptionQuery>;

    /// When rounds are due.
    #[pallet::storage]
    pub type Schedule<T: Config> = StorageValue<_, RoundSchedule, OptionQuery>;

    /// The number of the newest round that has come.
    #[pallet::storage]
    pub type Latest<T: Config> = StorageValue<_, u64, OptionQuery>;

    /// The last rounds, each under its number modulo as many as are remembered.
    #[pallet::storage]
    pub type Rounds<T: Config> = StorageMap<_, Blake2_128Concat, u32, BeaconRound, OptionQuery>;

    /// The last round of which a keyholder brought a wrong signature.
    #[pallet::storage]
    pub type Refused<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, u64, OptionQuery>;

    /// The genesis of the beacon.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// How many blocks are between two rounds.
        pub round_length: BlockNumber,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        /// An hour, in blocks of 6 s.
        fn default() -> Self {
            Self { round_length: 600, _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let schedule = RoundSchedule::new(self.round_length);
            Schedule::<T>::put(schedule.expect("a round takes at least a block"));
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// There is a key.
        KeyPublished {
            /// By whom.
            keyholder: WorkerId,
        },
        /// There is none any more.
        KeyRemoved,
        /// A round has come.
        RoundCame {
            /// Its number.
            number: u64,
            /// Its value.
            value: [u8; 32],
        },
        /// A keyholder brought a signature that is not the committee's.
        SignatureRefused {
            /// Which one.
            keyholder: WorkerId,
            /// Of which round.
            number: u64,
        },
        /// Rounds take another time.
        Rescheduled {
            /// From which on, and how long.
            schedule: RoundSchedule,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The origin is not the key of a valid keyholder's present boot.
        NotAKeyholder,
        /// There is no committee yet.
        NoCommittee,
        /// The keyholder has no seat in the committee.
        NotSeated,
        /// A key of several keyholders comes with distributed key generation, which is not here yet.
        CommitteeOfSeveral,
        /// There is a key already.
        AlreadyPublished,
        /// The bytes are not the commitments of one keyholder, or not in their one encoding.
        NotAKey,
        /// There is no key.
        NoKey,
        /// The chain's genesis names no network.
        NoNetwork,
        /// The round is not due yet.
        NotDue,
        /// A newer round is due.
        Late,
        /// The round is there already.
        AlreadyThere,
        /// This keyholder's signature of the round was wrong.
        AlreadyRefused,
        /// A round takes at least a block, and its number and block must not overflow.
        Length,
        /// The key was removed; it takes another one.
        KeyWasRemoved,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Publishes the public side of the beacon's key, while there is none.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::publish_key())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, key: &Commitments| -> bool {
            Pallet::<T>::signer(origin).is_some_and(|account| Pallet::<T>::publishable(&account, key).is_ok())
        })]
        pub fn publish_key(origin: OriginFor<T>, key: Commitments) -> DispatchResult {
            let account = ProtocolAccount(*ensure_signed(origin)?.as_ref());
            let keyholder = Self::publishable(&account, &key)?;
            Self::publish(keyholder, key);
            Ok(())
        }

        /// Brings the committee's signature of the newest round that is due. A wrong one changes nothing but that its
        /// keyholder may not bring another of this round; that has to last, so the call does not fail.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::submit().saturating_add(T::OnRound::on_round_weight()))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, number: &u64, _signature: &RoundSignature| -> bool {
            Pallet::<T>::signer(origin).is_some_and(|account| Pallet::<T>::awaited(&account, *number).is_ok())
        })]
        pub fn submit(origin: OriginFor<T>, number: u64, signature: RoundSignature) -> DispatchResult {
            let account = ProtocolAccount(*ensure_signed(origin)?.as_ref());
            let awaited = Self::awaited(&account, number)?;
            Self::conclude(awaited, &signature)?;
            Ok(())
        }

        /// Gives the rounds after those that are due another length.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_round_length())]
        pub fn set_round_length(origin: OriginFor<T>, blocks: BlockNumber) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let now = Self::block_number();
            let schedule = match Schedule::<T>::get() {
                Some(schedule) => schedule.with_length(now, blocks),
                None => RoundSchedule::new(blocks).and_then(|schedule| schedule.with_length(now, blocks)),
            };
            let schedule = schedule.ok_or(Error::<T>::Length)?;
            Schedule::<T>::put(schedule);
            Self::deposit_event(Event::Rescheduled { schedule });
            Ok(())
        }

        /// Removes the key for good, so that the committee may publish another: where the share of it was lost, or told.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::remove_key())]
        pub fn remove_key(origin: OriginFor<T>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let key = Key::<T>::take().ok_or(Error::<T>::NoKey)?;
            Removed::<T>::insert(key, ());
            Self::deposit_event(Event::KeyRemoved);
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Who signed, if somebody did.
        fn signer(origin: &OriginFor<T>) -> Option<ProtocolAccount> {
            ensure_signed(origin.clone()).ok().map(|account| ProtocolAccount(*account.as_ref()))
        }
    }
}
