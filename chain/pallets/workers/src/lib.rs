//! Who works: registration by evidence that is verified here, keys of the present boot, heartbeats.
//!
//! An operator registers a worker (or keyholder) with evidence about an attested statement; `attestation`
//! judges it. From then on the worker's own Ed25519 key of that boot is an account that may send feeless calls.
//! `contracts` and `keys` ask this pallet who a key belongs to and whether that worker is valid now.
//!
//! What must always hold: a key belongs to one worker; a worker belongs to one operator, who paid a refundable
//! deposit; a piece of evidence registers once; a statement names a block of this chain that is not old; no
//! machine has more workers than its capacity. A heartbeat is accepted once per period.
//!
//! What it refuses: evidence about anything but the statement, statements about another operator, name or
//! network, and keys that did not countersign.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod census;
mod costs;
mod heartbeat;
#[cfg(test)]
mod mock;
mod registration;
mod retirement;
#[cfg(test)]
mod tests;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use weights::WeightInfo;

/// The most bytes of evidence.
pub const MAX_EVIDENCE: u32 = 16 * 1024;
/// How many tiers there can be: as many as a verdict's byte has values.
const TIERS: u32 = 256;

// The call enum carries a registration by value, as the chain decodes it.
#[allow(clippy::large_enum_variant)]
#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{Attestation, BootKey, CollateralRef};
    use adyton_protocol::{
        cpu::CpuModel,
        ids::{AccountId as ProtocolAccount, BlockNumber, Digest, SigningKey, WorkerId},
        record::{EvidenceKind, MachineId, WorkerRecord},
        statement::AttestedStatement,
    };
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::AccountId32;

    /// An amount of the native token.
    pub type BalanceOf<T> =
        <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<
            AccountId = AccountId32,
            Hash = polkadot_sdk::sp_core::H256,
            RuntimeEvent: From<Event<Self>>,
        >
    {
        /// Judges evidence.
        type Attestation: Attestation;
        /// Holds deposits.
        type Currency: fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;
        /// Why this pallet holds.
        type RuntimeHoldReason: From<HoldReason>;
        /// How many blocks old the block in a statement may be; no more than the system remembers.
        type MaxStatementAge: Get<BlockNumber>;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
        /// Prepares the state in which benchmarks register.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: benchmarking::Helper<Self>;
    }

    /// Why money is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// A worker is registered.
        Registration,
    }

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md).
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Registered workers and keyholders.
    #[pallet::storage]
    pub type Workers<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, WorkerRecord, OptionQuery>;

    /// Whose key of the present boot a key is. A retiring worker has none here.
    #[pallet::storage]
    pub type WorkerOf<T: Config> = StorageMap<_, Blake2_128Concat, SigningKey, WorkerId, OptionQuery>;

    /// Evidence that has registered somebody; it registers nobody again.
    #[pallet::storage]
    pub type Evidence<T: Config> = StorageMap<_, Blake2_128Concat, Digest, WorkerId, OptionQuery>;

    /// Signing keys that were ever registered; a key belongs to one boot of one worker. Whose it was, and until when
    /// evidence vouched for it, is remembered for whoever has something that it signed.
    #[pallet::storage]
    pub type UsedKeys<T: Config> = StorageMap<_, Blake2_128Concat, SigningKey, BootKey, OptionQuery>;

    /// Boots of each worker so far; outlives retirement, so that a boot's number never comes again.
    #[pallet::storage]
    pub type Boots<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, u32, ValueQuery>;

    /// How many registered workers each machine has.
    #[pallet::storage]
    pub type OnMachine<T: Config> = StorageMap<_, Blake2_128Concat, MachineId, u32, ValueQuery>;

    /// The model of the processor of each worker's machine, as its newest evidence names it. None where that names
    /// none, and where it was judged before models were kept.
    #[pallet::storage]
    pub type CpuModels<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, CpuModel, OptionQuery>;

    /// How many registered workers, keyholders not among them, have evidence of a kind: by the tier of their platforms.
    #[pallet::storage]
    pub type Census<T: Config> =
        StorageMap<_, Blake2_128Concat, EvidenceKind, BoundedVec<u32, ConstU32<TIERS>>, ValueQuery>;

    /// What is held for each registered worker.
    #[pallet::storage]
    pub type Deposits<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, BalanceOf<T>, OptionQuery>;

    /// What a registration costs until it is given back.
    #[pallet::storage]
    pub type Deposit<T: Config> = StorageValue<_, BalanceOf<T>, ValueQuery>;

    /// The genesis of the pallet.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// What a registration costs until it is given back.
        pub deposit: BalanceOf<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Deposit::<T>::put(self.deposit);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A worker is registered, or has started again with new keys.
        Registered {
            /// The worker.
            worker: WorkerId,
            /// Who registered it.
            operator: ProtocolAccount,
            /// Its key.
            key: SigningKey,
            /// Which boot this is.
            boot: u32,
        },
        /// A worker's verdict was prolonged by new evidence of the same boot.
        Renewed {
            /// The worker.
            worker: WorkerId,
            /// Unix seconds at which the new verdict ends.
            valid_until: u64,
        },
        /// A worker showed that it is there.
        Heartbeat {
            /// The worker.
            worker: WorkerId,
            /// Its leases live up to and including this block.
            active_until: BlockNumber,
        },
        /// A worker's key no longer counts; its leases end.
        Retiring {
            /// The worker.
            worker: WorkerId,
        },
        /// A worker is gone, and its deposit given back.
        Retired {
            /// The worker.
            worker: WorkerId,
        },
        /// An operator lets a worker take leases, or no longer.
        OptInSet {
            /// The worker.
            worker: WorkerId,
            /// Whether it may.
            opt_in: bool,
        },
        /// A worker is reached elsewhere.
        EndpointSet {
            /// The worker.
            worker: WorkerId,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The statement names another operator than the one who signed.
        AnotherOperator,
        /// The worker's identity is not the one that this operator's name for it gives.
        AnotherName,
        /// The worker's name is empty or not UTF-8.
        Name,
        /// The block in the statement is not a block of this chain, or is too old.
        StaleBlock,
        /// The worker's key did not sign this registration.
        Countersignature,
        /// The evidence has registered somebody already.
        EvidenceUsed,
        /// The key was registered before.
        KeyUsed,
        /// A renewal has to come from the same program on the same machine with the same keys.
        RenewalDiffers,
        /// The worker is registered in another role.
        AnotherRole,
        /// The machine has as many workers as it may have.
        MachineFull,
        /// There is no such worker, or it is somebody else's.
        NotYourWorker,
        /// The origin is not the key of a valid worker's present boot.
        NotAWorker,
        /// The last heartbeat was too recent.
        TooSoon,
        /// The worker's leases have not ended.
        StillActive,
        /// A counter is exhausted.
        Overflow,
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
        /// Registers a worker, or its next boot, or renews the verdict of its present boot: the latter when the
        /// statement names the keys of the present boot, and then leases, boot number and deposit stay as they
        /// are. `evidence` is judged by the stored `collateral` for `statement`;
        /// `signature` is the worker's key over [`AttestedStatement::registration_message`]; `name` is what the
        /// operator calls it. The first registration holds a deposit.
        #[pallet::call_index(0)]
        #[pallet::weight(costs::register::<T::WeightInfo>(collateral.kind))]
        #[expect(clippy::too_many_arguments, reason = "each is a part of one registration")]
        pub fn register(
            origin: OriginFor<T>,
            statement: AttestedStatement,
            name: BoundedVec<u8, ConstU32<64>>,
            collateral: CollateralRef,
            evidence: BoundedVec<u8, ConstU32<MAX_EVIDENCE>>,
            signature: [u8; 64],
            endpoint: BoundedVec<u8, ConstU32<256>>,
            opt_in: bool,
        ) -> DispatchResult {
            let operator = ensure_signed(origin)?;
            let candidate = Self::admit(&operator, statement, &name, &collateral, &evidence, &signature)?;
            Self::enter(&operator, candidate, endpoint, opt_in)
        }

        /// Shows that the worker is there: posts its freshness nonce, and extends its leases.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::heartbeat())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, _nonce: &[u8; 32]| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|key| Pallet::<T>::beating(&key).is_ok())
        })]
        pub fn heartbeat(origin: OriginFor<T>, nonce: [u8; 32]) -> DispatchResult {
            let key = ensure_signed(origin)?;
            let beating = Self::beating(&key)?;
            Self::beat(beating, nonce);
            Ok(())
        }

        /// Ends a worker. While its leases may live, this takes its key away, so that they end; once they have
        /// ended, it removes the worker and gives the deposit back.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            let operator = ensure_signed(origin)?;
            Self::end(&operator, worker)
        }

        /// Lets a worker take leases, or no longer. Leases that it has stay.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_opt_in())]
        pub fn set_opt_in(origin: OriginFor<T>, worker: WorkerId, opt_in: bool) -> DispatchResult {
            let operator = ensure_signed(origin)?;
            let record = Self::owned(&operator, &worker)?;
            Workers::<T>::insert(worker, WorkerRecord { opted_in: opt_in, ..record });
            Self::deposit_event(Event::OptInSet { worker, opt_in });
            Ok(())
        }

        /// Says where a worker is reached.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_endpoint())]
        pub fn set_endpoint(
            origin: OriginFor<T>,
            worker: WorkerId,
            endpoint: BoundedVec<u8, ConstU32<256>>,
        ) -> DispatchResult {
            let operator = ensure_signed(origin)?;
            let record = Self::owned(&operator, &worker)?;
            Workers::<T>::insert(worker, WorkerRecord { endpoint, ..record });
            Self::deposit_event(Event::EndpointSet { worker });
            Ok(())
        }
    }
}
