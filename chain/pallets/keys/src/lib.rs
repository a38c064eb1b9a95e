//! The keyholder committee, and the public log of key releases.
//!
//! Keyholders read from here, by proof, who may get a contract's keys: a request by the worker that holds the
//! contract's lease, recorded with the boot and key epoch it is for. Clients and workers read the committee's
//! public keys, and the pallet `beacon` who has a seat. It asks `workers` who a key belongs to and `contracts` who holds a
//! lease.
//!
//! What must always hold: the committee is published once per key epoch, by its own members; a release is
//! requested only by the holder of a living lease, once per lease, boot and epoch; the contracts that a worker asked
//! for in one epoch are numbered from 1 without a gap, so that a keyholder's cap outlives the keyholder's memory. With a
//! contract that its owner ended go the requests for its keys, in blocks with room for it; their numbers are not given again.
//!
//! What it refuses: a committee of one, unless the genesis says that this network is for development; larger
//! committees, until distributed key generation is here.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod committee;
#[cfg(test)]
mod mock;
mod releases;
mod retirement;
#[cfg(test)]
mod tests;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use committee::FIRST_EPOCH;
pub use pallet::*;
pub use retirement::MOST_AT_ONCE;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{Leases, Workers};
    use adyton_protocol::{
        ids::{AccountId as ProtocolAccount, ContractId, WorkerId},
        key_label::KeyEpoch,
        record::{CommitteeRecord, ReleaseRecord},
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::AccountId32;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Knows the workers.
        type Workers: Workers;
        /// Knows the leases.
        type Leases: Leases;
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

    /// The keyholders and the public side of their shares.
    #[pallet::storage]
    pub type Committee<T: Config> = StorageValue<_, CommitteeRecord, OptionQuery>;

    /// The last request for a contract's keys by each worker.
    #[pallet::storage]
    pub type Releases<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, ContractId, Blake2_128Concat, WorkerId, ReleaseRecord, OptionQuery>;

    /// Contracts that have ended, and of whose requests some are still there.
    #[pallet::storage]
    pub type Ended<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, (), OptionQuery>;

    /// Of how many contracts a worker asked for keys in the last epoch in which it asked for any.
    #[pallet::storage]
    pub type Asked<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, (KeyEpoch, u32), OptionQuery>;

    /// Whether one keyholder alone may be the committee: for development only.
    #[pallet::storage]
    pub type DangerCommitteeOfOne<T: Config> = StorageValue<_, bool, ValueQuery>;

    /// The genesis of the pallet.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Whether one keyholder alone may be the committee: for development only.
        pub danger_committee_of_one: bool,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            DangerCommitteeOfOne::<T>::put(self.danger_committee_of_one);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// There is a committee.
        CommitteePublished {
            /// Since this key epoch.
            epoch: KeyEpoch,
            /// Shares that are needed.
            threshold: u32,
            /// Keyholders that have one.
            keyholders: u32,
        },
        /// A worker asked for a contract's keys.
        ReleaseRequested {
            /// The contract.
            contract: ContractId,
            /// The worker.
            worker: WorkerId,
            /// Under which lease.
            lease: u64,
            /// In which boot.
            boot: u32,
            /// Of which key epoch.
            epoch: KeyEpoch,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The origin is not the key of a valid keyholder's present boot.
        NotAKeyholder,
        /// The origin is not the key of a valid worker's present boot.
        NotAWorker,
        /// There is a committee already.
        AlreadyPublished,
        /// The genesis does not let one keyholder alone be the committee.
        CommitteeOfOneIsForDevelopment,
        /// Committees of several keyholders come with distributed key generation, which is not here yet.
        CommitteeOfSeveral,
        /// The committee is not the one who publishes it, or its epoch, threshold or group is wrong.
        Committee,
        /// There is no committee yet.
        NoCommittee,
        /// The worker does not hold the contract's living lease.
        NotYourLease,
        /// These keys were requested already.
        AlreadyRequested,
        /// A number would overflow.
        Overflow,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
            Self::sweep_within(remaining)
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Publishes the committee and its public keys, once.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::publish_committee())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, committee: &CommitteeRecord| -> bool {
            Pallet::<T>::signer(origin).is_some_and(|key| Pallet::<T>::publishable(&key, committee).is_ok())
        })]
        pub fn publish_committee(origin: OriginFor<T>, committee: CommitteeRecord) -> DispatchResult {
            let key = ProtocolAccount(*ensure_signed(origin)?.as_ref());
            Self::publishable(&key, &committee)?;
            Self::publish(committee);
            Ok(())
        }

        /// Asks the keyholders for a contract's keys, for everybody to see.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::request_release().saturating_add(T::DbWeight::get().reads(T::Leases::DEVICE_READS)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contract: &ContractId| -> bool {
            Pallet::<T>::signer(origin).is_some_and(|key| Pallet::<T>::requestable(&key, contract).is_ok())
        })]
        pub fn request_release(origin: OriginFor<T>, contract: ContractId) -> DispatchResult {
            let key = ProtocolAccount(*ensure_signed(origin)?.as_ref());
            let request = Self::requestable(&key, &contract)?;
            Self::request(request);
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Who signed, if somebody did.
        pub(crate) fn signer(origin: &OriginFor<T>) -> Option<ProtocolAccount> {
            ensure_signed(origin.clone()).ok().map(|account| ProtocolAccount(*account.as_ref()))
        }
    }
}
