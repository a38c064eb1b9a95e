//! What is deployed, and who runs it.
//!
//! A contract is code by hash, a manifest and a policy, owned by an account. A registered worker whose operator
//! opted in and whom the policy admits claims the one lease of it. Under the lease it opens the contract's store,
//! anchors its heads, and reports calls that the contract wants dispatched as its own account. It asks `workers`
//! who a key belongs to, and `devices` which devices of a worker count; `keys` asks it who holds a lease.
//!
//! What must always hold: a contract has at most one living lease, and lease numbers only grow; a store's head
//! never moves back, nor sideways at the same sequence; each opening raises the incarnation; a report is
//! dispatched once, under a receipt that the lease holder's present key signed in the present incarnation; the id of a
//! contract that its owner ended is never used again; what this pallet has of code and contracts is paid for by a
//! deposit, which is given back when it goes; nobody holds a contract that `slashing` has halted, until its owner resumes
//! it. `retire` tells `messages`, `usage` and `keys`, and leaves an entry in `Retired`.
//!
//! What it refuses: whatever would break one of these. A worker's calls are free while their whole check passes,
//! and no call that is free can fail and be repeated.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod answers;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod costs;
mod deployments;
mod deposits;
mod halts;
mod heads;
mod leases;
#[cfg(test)]
mod mock;
mod reports;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use types::{MAX_BATCH, MAX_CODE, MAX_REPORT_RECEIPT, MAX_REPORTED_CALL, Pace, REMEMBERED_LEASES};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{Attestation, Devices, Retirement, Workers};
    use adyton_protocol::{
        ids::{AccountId as ProtocolAccount, BlockNumber, CodeHash, ContractId, Digest, WorkerId},
        policy::ContractPolicy,
        record::{Anchor, CodeRecord, ContractRecord, HeadRecord, LeaseRecord, Opening, RetiredRecord, StateHead},
    };
    use frame_support::{
        dispatch::{GetDispatchInfo, PostDispatchInfo},
        pallet_prelude::*,
        traits::{Contains, fungible},
    };
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::{AccountId32, traits::Dispatchable};

    /// A list of a batch.
    pub type Batch<E> = BoundedVec<E, ConstU32<MAX_BATCH>>;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// What a contract may have dispatched as its own account.
        type ReportedCall: Parameter
            + Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
            + GetDispatchInfo;
        /// Which of those calls are allowed.
        type ReportFilter: Contains<<Self as Config>::ReportedCall>;
        /// The most that one reported call may weigh.
        type MaxReportWeight: Get<Weight>;
        /// Blocks between two reports of one contract.
        type ReportPeriod: Get<BlockNumber>;
        /// Holds deposits.
        type Currency: fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>;
        /// Why this pallet holds.
        type RuntimeHoldReason: From<HoldReason>;
        /// What is held for an entry of the state.
        type EntryDeposit: Get<u128>;
        /// What is held for each byte of it.
        type ByteDeposit: Get<u128>;
        /// Knows the network.
        type Attestation: Attestation;
        /// Knows the workers.
        type Workers: Workers;
        /// Knows the workers' devices.
        type Devices: Devices;
        /// Has what ends with a contract.
        type Retirement: Retirement;
        /// What the calls cost.
        type WeightInfo: WeightInfo;
        /// Prepares the state in which benchmarks run.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: benchmarking::Helper;
    }

    /// Why money is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// A component is announced.
        Code,
        /// A contract is deployed, or was.
        Contract,
    }

    /// The form of this pallet's storage; it changes with a migration (specs/upgrades.md).
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Components that somebody announced.
    #[pallet::storage]
    pub type Codes<T: Config> = StorageMap<_, Blake2_128Concat, CodeHash, CodeRecord, OptionQuery>;

    /// Deployed contracts, and how many they are. Manifest and policy are bounded at deployment.
    #[pallet::storage]
    #[pallet::unbounded]
    pub type Contracts<T: Config> = CountedStorageMap<_, Blake2_128Concat, ContractId, ContractRecord, OptionQuery>;

    /// What is left of contracts that their owners ended.
    #[pallet::storage]
    pub type Retired<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, RetiredRecord, OptionQuery>;

    /// The last lease of each contract, alive or not.
    #[pallet::storage]
    pub type Leases<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, LeaseRecord, OptionQuery>;

    /// Who had the last leases of each contract; the last is that of [`Leases`].
    #[pallet::storage]
    pub type Holders<T: Config> =
        StorageMap<_, Blake2_128Concat, ContractId, BoundedVec<WorkerId, ConstU32<REMEMBERED_LEASES>>, ValueQuery>;

    /// The newest known head of each contract's store.
    #[pallet::storage]
    pub type Heads<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, HeadRecord, OptionQuery>;

    /// The number of each contract's last report.
    #[pallet::storage]
    pub type Reports<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, u64, ValueQuery>;

    /// The block of each contract's last report.
    #[pallet::storage]
    pub type ReportedAt<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, BlockNumber, OptionQuery>;

    /// The receipts that each worker anchored, over all its boots, as hashes that later heads still prove.
    #[pallet::storage]
    pub type ReceiptAnchors<T: Config> =
        StorageMap<_, Blake2_128Concat, WorkerId, adyton_protocol::anchor::ReceiptAnchors, ValueQuery>;

    /// When each worker opened and anchored last.
    #[pallet::storage]
    pub type Paces<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Pace, ValueQuery>;

    /// Contracts without a lease, or with one that was given back, and how many they are: where a worker looks for more.
    #[pallet::storage]
    pub type Vacant<T: Config> = CountedStorageMap<_, Blake2_128Concat, ContractId, (), OptionQuery>;

    /// Contracts of whose state two histories were shown, with the block in which they were halted, until their owners
    /// resume them, and how many they are: nobody takes their leases.
    #[pallet::storage]
    pub type Halted<T: Config> = CountedStorageMap<_, Blake2_128Concat, ContractId, BlockNumber, OptionQuery>;

    /// The contracts whose last lease is a worker's and was not given back: where it looks after a restart.
    #[pallet::storage]
    pub type Held<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, WorkerId, Blake2_128Concat, ContractId, (), OptionQuery>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A component is announced.
        CodeUploaded {
            /// SHA-256 of its bytes.
            code: CodeHash,
        },
        /// A contract is deployed.
        Deployed {
            /// The contract.
            contract: ContractId,
            /// Its owner.
            owner: ProtocolAccount,
            /// Its code.
            code: CodeHash,
        },
        /// A worker holds a contract.
        Leased {
            /// The contract.
            contract: ContractId,
            /// The worker.
            worker: WorkerId,
            /// The lease's number.
            lease: u64,
        },
        /// A worker gave a contract back.
        Released {
            /// The contract.
            contract: ContractId,
            /// The lease's number.
            lease: u64,
        },
        /// A store is open.
        Opened {
            /// The contract.
            contract: ContractId,
            /// The incarnation that begins.
            incarnation: u64,
            /// With which head.
            head: StateHead,
        },
        /// A worker anchored heads and receipts.
        Anchored {
            /// The worker.
            worker: WorkerId,
            /// How many heads.
            heads: u32,
            /// The root over the receipts.
            receipts: Digest,
        },
        /// A contract's call was dispatched.
        Reported {
            /// The contract.
            contract: ContractId,
            /// The report's number.
            number: u64,
            /// What came of the call.
            result: DispatchResult,
        },
        /// New code is announced.
        UpgradeAnnounced {
            /// The contract.
            contract: ContractId,
            /// The code.
            code: CodeHash,
            /// The first block at which it may be applied.
            effective: BlockNumber,
        },
        /// New code is in force.
        Upgraded {
            /// The contract.
            contract: ContractId,
            /// The code.
            code: CodeHash,
            /// Its version number.
            version: u32,
        },
        /// A component is announced no more, and its deposit given back.
        CodeRemoved {
            /// SHA-256 of its bytes.
            code: CodeHash,
        },
        /// A contract is gone, and its deposit given back.
        Retired {
            /// The contract.
            contract: ContractId,
        },
        /// Two histories of a contract's state were shown: nobody holds it until its owner resumes it.
        Halted {
            /// The contract.
            contract: ContractId,
        },
        /// Workers may take a halted contract again.
        Resumed {
            /// The contract.
            contract: ContractId,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The chain's genesis names no network.
        NoNetwork,
        /// The code's size is zero or above the bound.
        CodeSize,
        /// The code is announced already.
        CodeKnown,
        /// The code was never announced.
        UnknownCode,
        /// The manifest's encoding or one of its rules is broken.
        Manifest,
        /// A list of the policy is too long, or its demand for devices cannot be met.
        Policy,
        /// The contract is deployed already.
        AlreadyDeployed,
        /// There is no such contract.
        UnknownContract,
        /// The contract is somebody else's.
        NotYourContract,
        /// The origin is not the key of a valid worker's present boot.
        NotAWorker,
        /// The worker's leases have ended; a heartbeat comes first.
        NotActive,
        /// The policy does not accept the worker's kind of evidence.
        PolicyKind,
        /// The policy does not accept the worker's measurement.
        PolicyMeasurement,
        /// The policy does not accept the worker's operator.
        PolicyOperator,
        /// The worker has shown too few of the devices that the policy asks for, or they count no longer.
        PolicyDevices,
        /// The worker's operator did not opt in.
        NotOptedIn,
        /// The contract's lease is alive.
        LeaseAlive,
        /// The last lease ended, but the staleness limit has not passed.
        StalenessLimit,
        /// The worker does not hold a living lease of this number.
        NotYourLease,
        /// The list is empty, not ascending, or names a contract twice.
        Order,
        /// The head is behind the newest known one, or another one at the same sequence.
        Rollback,
        /// The first head of a contract is not that of an empty store.
        FirstHead,
        /// The store is not open under this lease, boot and incarnation.
        NotOpen,
        /// The worker or contract has just done this.
        TooSoon,
        /// The receipt does not verify.
        Receipt,
        /// The receipt is signed by another key than the worker's present one.
        ReceiptKey,
        /// The receipt is about another lease.
        ReceiptLease,
        /// The receipt is about another incarnation.
        ReceiptIncarnation,
        /// The receipt reports nothing, or another call than this.
        ReceiptReport,
        /// A report with this or a higher number was dispatched already.
        ReportNumber,
        /// The bytes are not a call.
        NotACall,
        /// Contracts may not have this call dispatched.
        CallNotAllowed,
        /// The call is too heavy.
        CallTooHeavy,
        /// The policy does not let the code change.
        Immutable,
        /// No new code is announced.
        NoUpgrade,
        /// The announced code has to wait.
        UpgradeTooEarly,
        /// A counter is exhausted.
        Overflow,
        /// The code was announced by somebody else.
        NotYourCode,
        /// A contract names the code, as its own or as announced code.
        CodeInUse,
        /// The contract's owner ended it, and its id is used up.
        Retired,
        /// Two histories of the contract's state were shown; its owner has to resume it.
        Halted,
        /// The contract is not halted.
        NotHalted,
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
        /// Announces a component of `size` bytes whose SHA-256 is `code`, against a deposit. Its bytes are kept elsewhere.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::upload_code())]
        pub fn upload_code(origin: OriginFor<T>, code: CodeHash, size: u32) -> DispatchResult {
            let uploader = ensure_signed(origin)?;
            Self::announce_code(types::protocol(&uploader), code, size)
        }

        /// Deploys announced code under a manifest and a policy, against a deposit for the contract's size.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::deploy())]
        pub fn deploy(
            origin: OriginFor<T>,
            code: CodeHash,
            manifest: BoundedVec<u8, ConstU32<{ adyton_protocol::manifest::MAX_MANIFEST as u32 }>>,
            policy: ContractPolicy,
            salt: [u8; 32],
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::found(types::protocol(&owner), code, manifest.into_inner(), policy, salt)
        }

        /// Takes the lease of a contract that nobody holds.
        #[pallet::call_index(2)]
        #[pallet::weight(costs::with_devices::<T>(T::WeightInfo::claim_lease()))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contract: &ContractId| -> bool {
            types::signer::<T>(origin).is_some_and(|key| Pallet::<T>::claimable(&key, contract).is_ok())
        })]
        pub fn claim_lease(origin: OriginFor<T>, contract: ContractId) -> DispatchResult {
            let key = types::protocol(&ensure_signed(origin)?);
            let claim = Self::claimable(&key, &contract)?;
            Self::claim(claim);
            Ok(())
        }

        /// Gives leases back, so that successors need not wait.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::release_leases(contracts.len() as u32))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contracts: &Batch<ContractId>| -> bool {
            types::signer::<T>(origin).is_some_and(|key| Pallet::<T>::releasable(&key, contracts).is_ok())
        })]
        pub fn release_leases(origin: OriginFor<T>, contracts: Batch<ContractId>) -> DispatchResult {
            let key = types::protocol(&ensure_signed(origin)?);
            let release = Self::releasable(&key, &contracts)?;
            Self::release(release);
            Ok(())
        }

        /// Says with which heads stores were opened.
        #[pallet::call_index(4)]
        #[pallet::weight(costs::with_devices::<T>(T::WeightInfo::open(openings.len() as u32)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, openings: &Batch<Opening>| -> bool {
            types::signer::<T>(origin).is_some_and(|key| Pallet::<T>::openable(&key, openings).is_ok())
        })]
        pub fn open(origin: OriginFor<T>, openings: Batch<Opening>) -> DispatchResult {
            let key = types::protocol(&ensure_signed(origin)?);
            let opened = Self::openable(&key, &openings)?;
            Self::apply_opening(opened);
            Ok(())
        }

        /// Moves heads forward, and commits to the receipts of the time since the last anchor.
        #[pallet::call_index(5)]
        #[pallet::weight(costs::with_devices::<T>(T::WeightInfo::anchor(anchors.len() as u32)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, anchors: &Batch<Anchor>, _receipts: &Digest| -> bool {
            types::signer::<T>(origin).is_some_and(|key| Pallet::<T>::anchorable(&key, anchors).is_ok())
        })]
        pub fn anchor(origin: OriginFor<T>, anchors: Batch<Anchor>, receipts: Digest) -> DispatchResultWithPostInfo {
            let key = types::protocol(&ensure_signed(origin)?);
            let anchored = Self::anchorable(&key, &anchors)?;
            // Workers do this often, and most have no devices.
            let less = || costs::without_devices::<T>(T::WeightInfo::anchor(anchors.len() as u32));
            let less = anchored.without_devices.then(less);
            Self::apply_anchor(anchored, receipts)?;
            Ok(less.into())
        }

        /// Dispatches what a contract reported, as the contract's own account. `receipt` is an
        /// [`adyton_protocol::receipt::OpenedReceipt`] with contract, lease, incarnation and report open; `call`
        /// the SCALE encoding that the report's digest is of. A call that fails is reported all the same.
        #[pallet::call_index(6)]
        #[pallet::weight(costs::with_devices::<T>(T::WeightInfo::report()).saturating_add(Pallet::<T>::reported_weight(call)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, receipt: &BoundedVec<u8, ConstU32<MAX_REPORT_RECEIPT>>, call: &BoundedVec<u8, ConstU32<MAX_REPORTED_CALL>>| -> bool {
            types::signer::<T>(origin).is_some_and(|key| Pallet::<T>::reportable(&key, receipt, call).is_ok())
        })]
        pub fn report(
            origin: OriginFor<T>,
            receipt: BoundedVec<u8, ConstU32<MAX_REPORT_RECEIPT>>,
            call: BoundedVec<u8, ConstU32<MAX_REPORTED_CALL>>,
        ) -> DispatchResult {
            let key = types::protocol(&ensure_signed(origin)?);
            let report = Self::reportable(&key, &receipt, &call)?;
            Self::dispatch_report(report);
            Ok(())
        }

        /// Announces new code. It may be applied when the delay of the contract's policy has passed.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::announce_upgrade())]
        pub fn announce_upgrade(origin: OriginFor<T>, contract: ContractId, code: CodeHash) -> DispatchResult {
            let owner = types::protocol(&ensure_signed(origin)?);
            Self::announce(&owner, contract, code)
        }

        /// Puts announced code into force.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::apply_upgrade())]
        pub fn apply_upgrade(origin: OriginFor<T>, contract: ContractId) -> DispatchResult {
            let owner = types::protocol(&ensure_signed(origin)?);
            Self::apply(&owner, contract)
        }

        /// Takes the announcement of a component back that no contract names, and gives its deposit back.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::remove_code())]
        pub fn remove_code(origin: OriginFor<T>, code: CodeHash) -> DispatchResult {
            let uploader = types::protocol(&ensure_signed(origin)?);
            Self::withdraw_code(&uploader, code)
        }

        /// Ends a contract for good, its lease and the messages to it with it, and gives its deposit back but for what is
        /// left: its id is used up.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::retire().saturating_add(T::Retirement::most()))]
        pub fn retire(origin: OriginFor<T>, contract: ContractId) -> DispatchResultWithPostInfo {
            let owner = types::protocol(&ensure_signed(origin)?);
            let elsewhere = Self::end(owner, contract)?;
            Ok(Some(T::WeightInfo::retire().saturating_add(elsewhere)).into())
        }

        /// Lets workers take a halted contract again: its owner knows of the two histories of its state that were shown.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::resume())]
        pub fn resume(origin: OriginFor<T>, contract: ContractId) -> DispatchResult {
            let owner = types::protocol(&ensure_signed(origin)?);
            Self::resume_contract(&owner, contract)
        }
    }
}
