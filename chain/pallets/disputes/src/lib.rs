//! Disputed results: who is drawn to judge them, and what follows.
//!
//! A contract that is disputable answers public calls alone, so that everybody can run them again. Whoever has a receipt
//! of one disputes it here, against a bond. The beacon draws jurors among the running workers; each runs the call again,
//! commits to what it got, and shows it later. If they do not agree, twice as many and one more are drawn. What they
//! decide, `slashing` charges. `specs/disputes.md` has the rules.
//!
//! What must always hold: what is held of an account is the bonds of its disputes; a claim is in one dispute at a time,
//! and in none again once it was decided; no two seats of a draw are one operator's, and none is the accused's or the
//! challenger's; a seat's ballot was drawn, by a value that nobody knew when its worker was started; jurors are paid no
//! more than the bond, or than the reporter's share of what was taken, and all of either goes somewhere; nothing can be
//! disputed for longer than what it may cost stays there, or than its history is kept.
//!
//! What it refuses: receipts above the bound, before anything in them is read; those of calls that not anybody could make,
//! of contracts that are not disputable, of long ago; more disputes than may be open; commitments and answers that are
//! early, late, of others, or a second time; that a contract is retired whose result is disputed. A block looks at the open
//! disputes, which are few, and ends one; what is over is forgotten in steps, when it can be disputed no more.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod finding;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
mod jury;
#[cfg(test)]
mod mock;
mod opening;
mod parameters;
pub mod past;
mod settlement;
#[cfg(test)]
mod tests;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use opening::{MAX_AGAINST, MAX_RECEIPT};
pub use pallet::*;
pub use parameters::production;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use crate::past::Past;
    use adyton_pallet_traits::{Beacon, BootKeys, Charging, Deployments, Histories, Leases, Running, Workers};
    use adyton_protocol::{
        dispute::{
            self, Answer, Ballots as BallotList, Dispute, Ending, ManifestBytes, OpenDisputes, Reward, SALT, Source,
        },
        ids::{AccountId as ProtocolAccount, BlockNumber, ContractId, Digest, NetworkId, WorkerId},
    };
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::{AccountId32, traits::SaturatedConversion};

    /// A receipt with [`dispute::LEAVES`] open: an [`adyton_protocol::receipt::OpenedReceipt`].
    pub type Receipt = BoundedVec<u8, ConstU32<MAX_RECEIPT>>;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Holds bonds, and pays of them.
        type Currency: fungible::Mutate<Self::AccountId, Balance = u128>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>
            + fungible::BalancedHold<Self::AccountId>;
        /// Why something is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// Decides about [`dispute::Parameters`].
        type ParametersOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The treasury's account.
        type Treasury: Get<Self::AccountId>;
        /// The network's identity; none on a chain whose genesis named none, where nothing can be disputed.
        type Network: Get<Option<NetworkId>>;
        /// Milliseconds from one block to the next.
        type SlotDuration: Get<u64>;
        /// Draws.
        type Beacon: Beacon;
        /// Knows the workers.
        type Workers: Workers;
        /// Knows whose a key is or was.
        type BootKeys: BootKeys;
        /// Knows which of them run.
        type Running: Running;
        /// Knows the contracts.
        type Deployments: Deployments;
        /// Knows who holds which.
        type Leases: Leases;
        /// Knows where their states were opened.
        type Histories: Histories;
        /// Charges what is decided.
        type Charging: Charging;
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

    /// Why PHA is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// For a dispute that is open.
        Bond,
    }

    /// Those of production, where storage says nothing.
    #[pallet::type_value]
    pub fn Production() -> dispute::Parameters {
        production()
    }

    /// The rules.
    #[pallet::storage]
    pub type Parameters<T: Config> = StorageValue<_, dispute::Parameters, ValueQuery, Production>;

    /// How many disputes there were so far.
    #[pallet::storage]
    pub type LastDispute<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// The disputes that are open, by ascending number.
    #[pallet::storage]
    pub type Open<T: Config> = StorageValue<_, OpenDisputes, ValueQuery>;

    /// Each of them.
    #[pallet::storage]
    pub type Disputes<T: Config> = StorageMap<_, Blake2_128Concat, u64, Dispute, OptionQuery>;

    /// The manifests under which their calls ran.
    #[pallet::storage]
    pub type Manifests<T: Config> = StorageMap<_, Blake2_128Concat, u64, ManifestBytes, OptionQuery>;

    /// Their jurors' ballots, by dispute and draw.
    #[pallet::storage]
    pub type Ballots<T: Config> = StorageMap<_, Blake2_128Concat, (u64, u8), BallotList, ValueQuery>;

    /// The offences that their workers are accused of, by their numbers with `slashing`.
    #[pallet::storage]
    pub type Accusations<T: Config> = StorageMap<_, Blake2_128Concat, u64, u64, OptionQuery>;

    /// Claims that are disputed, or were and are decided, with the dispute's number; as long as they could be disputed.
    #[pallet::storage]
    pub type Claims<T: Config> = StorageMap<_, Blake2_128Concat, Digest, u64, OptionQuery>;

    /// Claims whose history nobody got, with the dispute's number: their workers were charged for that.
    #[pallet::storage]
    pub type Withheld<T: Config> = StorageMap<_, Blake2_128Concat, Digest, u64, OptionQuery>;

    /// How many of each worker's results are disputed now.
    #[pallet::storage]
    pub type Against<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, u32, ValueQuery>;

    /// How many results of each contract are disputed now.
    #[pallet::storage]
    pub type Contested<T: Config> = StorageMap<_, Blake2_128Concat, ContractId, u32, ValueQuery>;

    /// What is remembered of disputes that are over, by places in the order of their ends.
    #[pallet::storage]
    pub type Remembered<T: Config> = StorageMap<_, Twox64Concat, u64, Past, OptionQuery>;

    /// The first place of [`Remembered`] that is taken, and the first that is free behind it.
    #[pallet::storage]
    pub type RememberedPlaces<T: Config> = StorageValue<_, (u64, u64), ValueQuery>;

    /// How the disputes that are over have ended, as long as that is remembered.
    #[pallet::storage]
    pub type Endings<T: Config> = StorageMap<_, Blake2_128Concat, u64, Ending, OptionQuery>;

    /// Who shares what is issued for the offences that were decided and not shared yet.
    #[pallet::storage]
    pub type Rewards<T: Config> = StorageMap<_, Blake2_128Concat, u64, Reward, OptionQuery>;

    /// The genesis of disputes.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The rules.
        pub parameters: dispute::Parameters,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self { parameters: production(), _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(Pallet::<T>::suit(&self.parameters).is_ok(), "the parameters of disputes can be followed");
            Parameters::<T>::put(&self.parameters);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A result is disputed.
        Disputed {
            /// The dispute's number.
            dispute: u64,
            /// Whose result it is.
            worker: WorkerId,
            /// Of which contract.
            contract: ContractId,
            /// Who disputes it.
            challenger: ProtocolAccount,
            /// The number of the offence that its worker is accused of.
            offence: u64,
        },
        /// A round of the beacon has drawn jurors.
        Drawn {
            /// The dispute.
            dispute: u64,
            /// The draw.
            draw: u8,
            /// How many seats it has.
            seats: u32,
            /// The bound of the draws that may take one.
            drawn_below: u64,
        },
        /// A juror has a seat.
        Seated {
            /// The dispute.
            dispute: u64,
            /// The draw.
            draw: u8,
            /// The juror.
            juror: WorkerId,
            /// Who has lost it by this.
            instead_of: Option<WorkerId>,
        },
        /// A juror has answered.
        Answered {
            /// The dispute.
            dispute: u64,
            /// The draw.
            draw: u8,
            /// The juror.
            juror: WorkerId,
            /// What it got.
            answer: Answer,
        },
        /// The jurors did not agree, or were too few: more are drawn.
        Redrawn {
            /// The dispute.
            dispute: u64,
            /// The draw.
            draw: u8,
            /// How many seats it has.
            seats: u32,
        },
        /// A dispute is over.
        Ended {
            /// The dispute.
            dispute: u64,
            /// How.
            ending: Ending,
            /// How many jurors were right.
            right: u32,
            /// How many were charged.
            charged: u32,
        },
        /// What was issued for an offence was shared.
        Shared {
            /// The dispute.
            dispute: u64,
            /// How much it was.
            amount: u128,
        },
        /// The rules are others.
        ParametersSet,
        /// Nobody got the history, and it was not the accused who had to show it: who holds the contract was charged.
        HolderCharged {
            /// The dispute.
            dispute: u64,
            /// Who holds the contract.
            holder: WorkerId,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The chain's genesis names no network.
        NoNetwork,
        /// No round of the beacon is due yet: nobody could be drawn.
        NoBeacon,
        /// A leaf is closed that has to be open, or has not its form.
        Receipt,
        /// The call is not one that anybody could make: an account or a contract called, or nobody did, or a later boot
        /// signed again.
        NotPlain,
        /// The bytes are no manifest, or another one than the receipt's.
        Manifest,
        /// The manifest does not say that the contract is disputable.
        NotDisputable,
        /// There is no such contract.
        UnknownContract,
        /// No worker was ever registered with the key.
        UnknownKey,
        /// The block is still to come.
        Future,
        /// The block that was acted on is too long ago.
        TooOld,
        /// The address is no `http` or `https` one.
        BadSource,
        /// It is disputed already, or was and is decided; or its history was withheld, and nothing is named where it is.
        AlreadyDisputed,
        /// As many disputes are open as may be.
        TooManyOpen,
        /// There is no such dispute, or it is over.
        UnknownDispute,
        /// The dispute is in another draw.
        AnotherDraw,
        /// The time for it has not come.
        TooEarly,
        /// The time for it is over.
        TooLate,
        /// The origin is not the key of a valid worker's present boot.
        NotAWorker,
        /// The worker does not run, or did not when it was disputed.
        NotRunning,
        /// The worker was not drawn.
        NotDrawn,
        /// The worker is the accused's operator's, or the challenger's.
        OwnCase,
        /// The worker, or another one of its operator's, has a seat in this draw.
        AlreadySeated,
        /// Those who have the seats have drawn lower.
        NoSeat,
        /// The worker has no seat in this draw.
        NotSeated,
        /// The juror has answered.
        AlreadyAnswered,
        /// The juror has committed to something else.
        AnotherCommitment,
        /// Nothing is to be shared of this dispute.
        NoReward,
        /// A time or number is zero, or too high, or a share above the whole.
        ImpossibleParameters,
        /// A counter is exhausted.
        Overflow,
        /// As many results of the worker are disputed as may be at a time.
        WorkerAccused,
        /// The window is longer than an offence can be reported, or a result could be disputed, and its call run again, later
        /// than its request is kept.
        Times,
        /// A result of the contract is disputed.
        Contested,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::go_on(now.saturated_into())
        }

        fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
            Self::forget_within(remaining)
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Disputes the result that a receipt claims, against a bond. [`dispute::LEAVES`] are open; `manifest` is the one
        /// that the receipt names, `source` where the history is, or empty.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::dispute())]
        pub fn dispute(
            origin: OriginFor<T>,
            receipt: Receipt,
            manifest: ManifestBytes,
            source: Source,
        ) -> DispatchResult {
            let challenger = ensure_signed(origin)?;
            Self::open(challenger, &receipt, manifest, source)
        }

        /// Takes a juror's seat, under the worker's key: `commitment` is [`dispute::commitment`] to its answer.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::commit())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, dispute: &u64, draw: &u8, _commitment: &Digest| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|key| Pallet::<T>::candidate(&key, *dispute, *draw).is_ok())
        })]
        pub fn commit(origin: OriginFor<T>, dispute: u64, draw: u8, commitment: Digest) -> DispatchResult {
            let key = ensure_signed(origin)?;
            Self::seat(Self::candidate(&key, dispute, draw)?, commitment)?;
            Ok(())
        }

        /// Shows a juror's answer, under the key of its present boot.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::reveal())]
        #[pallet::feeless_if(
            |origin: &OriginFor<T>, dispute: &u64, draw: &u8, answer: &Answer, salt: &[u8; SALT]| -> bool {
                ensure_signed(origin.clone())
                    .is_ok_and(|key| Pallet::<T>::shown(&key, *dispute, *draw, answer, salt).is_ok())
            }
        )]
        pub fn reveal(
            origin: OriginFor<T>,
            dispute: u64,
            draw: u8,
            answer: Answer,
            salt: [u8; SALT],
        ) -> DispatchResult {
            let key = ensure_signed(origin)?;
            let shown = Self::shown(&key, dispute, draw, &answer, &salt)?;
            Self::record(shown, answer);
            Ok(())
        }

        /// Shares what was issued for a decided offence among who disputed and the jurors who were right. For anybody.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::share())]
        pub fn share(origin: OriginFor<T>, dispute: u64) -> DispatchResult {
            ensure_signed(origin)?;
            Self::share_reward(dispute)
        }

        /// Sets the rules. Bonds, seats and times of disputes that are open stay.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: dispute::Parameters) -> DispatchResult {
            T::ParametersOrigin::ensure_origin(origin)?;
            Self::suit(&parameters)?;
            Parameters::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet);
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        pub(crate) fn block_number() -> BlockNumber {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }
    }

    /// The shortest window in which offences are reported with which whatever is disputed can be charged.
    pub struct LeastEvidenceWindow<T>(PhantomData<T>);

    impl<T: Config> Get<BlockNumber> for LeastEvidenceWindow<T> {
        fn get() -> BlockNumber {
            Parameters::<T>::get().window
        }
    }
}
