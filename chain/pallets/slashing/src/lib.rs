//! Offences of workers: what shows them, what they cost, and how a wrong report is undone.
//!
//! It stands behind the other pallets and asks them: `pools` what stake is behind a worker, `rewards` who was absent,
//! `workers` whose a key is or was, `contracts` where a state was opened. Anybody reports, with the chain's own record or
//! a worker's own signature as the proof. From the report on the amount is frozen; after the appeal it is taken, by
//! itself or by anybody's call, and until then governance can cancel. What jurors decide about, `disputes` has it charge.
//! `specs/slashing.md` has the table and its limits.
//!
//! What must always hold: what was shown once is never charged again; all that a worker is charged with is never more
//! than what stood behind it; what a pool has frozen is what its open offences come to; what leaves a
//! pool takes longer than an offence from its day to its end; reporters are issued no more than pools' owners lose.
//!
//! What it refuses: receipts above the bound, before anything in them is read; what is no proof; what is too long ago;
//! what was reported before; to apply before the time; to cancel or change parameters, to all but governance. A block does
//! a bounded number of steps, and nothing goes through all workers or offences.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod absences;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod bounty;
mod charges;
mod clock;
pub mod histories;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod receipts;
#[cfg(test)]
mod tests;
pub mod types;
mod verdicts;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use types::Parameters;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use crate::types::{Charge, Charged, Commitment, Kind, Lapse, MAX_RECEIPT, Offence};
    use adyton_pallet_traits::{Admission, Attestation, BootKeys, Histories, PoolId, Pools, Presence, Workers};
    use adyton_protocol::{
        extraction,
        ids::{AccountId as ProtocolAccount, BlockNumber, ContractId, Digest, SigningKey, WorkerId},
    };
    use frame_support::{
        pallet_prelude::*,
        traits::{UnixTime, fungible},
    };
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::{AccountId32, traits::SaturatedConversion};

    /// The evidence that is a receipt: an [`adyton_protocol::receipt::OpenedReceipt`].
    pub type Receipt = BoundedVec<u8, ConstU32<MAX_RECEIPT>>;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Holds deposits, and issues reporters' shares.
        type Currency: fungible::Mutate<Self::AccountId, Balance = u128>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>;
        /// Why something is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// Decides about [`Parameters`].
        type ParametersOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Cancels offences before they are applied.
        type CancelOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The chain's time.
        type Time: UnixTime;
        /// After how many blocks a moment of it is kept, to know later which time it was at a block.
        type SampleInterval: Get<BlockNumber>;
        /// The shortest evidence window with which whatever is disputed can be charged.
        type LeastWindow: Get<BlockNumber>;
        /// Knows the network, and whether evidence holds.
        type Attestation: Attestation;
        /// Knows when more was let in, and denies machines.
        type Admission: Admission;
        /// Knows the workers.
        type Workers: Workers;
        /// Knows whose a key is or was.
        type BootKeys: BootKeys;
        /// Knows where contracts' states were opened, and halts them.
        type Histories: Histories;
        /// Has the stake.
        type Pools: Pools;
        /// Knows who was absent.
        type Presence: Presence;
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
        /// For a commitment to a signature by an extracted key.
        Commitment,
    }

    /// What governance has decided.
    #[pallet::storage]
    pub type SlashingParameters<T: Config> = StorageValue<_, Parameters, ValueQuery>;

    /// Offences that are neither applied nor cancelled, by ascending number.
    #[pallet::storage]
    pub type Offences<T: Config> = StorageMap<_, Blake2_128Concat, u64, Offence, OptionQuery>;

    /// How many offences were reported so far.
    #[pallet::storage]
    pub type LastOffence<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// All offences up to this number are over, or have their turn among [`Verdicts`].
    #[pallet::storage]
    pub type Over<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// Offences that jurors found, in the order of their verdicts, until they are over.
    #[pallet::storage]
    pub type Verdicts<T: Config> = StorageMap<_, Twox64Concat, u64, u64, OptionQuery>;

    /// The first place of [`Verdicts`] that is taken, and the first that is free behind it.
    #[pallet::storage]
    pub type VerdictPlaces<T: Config> = StorageValue<_, (u64, u64), ValueQuery>;

    /// What was shown, so that it is charged once.
    #[pallet::storage]
    pub type Seen<T: Config> = StorageMap<_, Blake2_128Concat, Digest, (), OptionQuery>;

    /// What each worker was charged with lately.
    #[pallet::storage]
    pub type Charges<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Charged, OptionQuery>;

    /// How much of each worker's last absence was charged.
    #[pallet::storage]
    pub type Absences<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Charge, OptionQuery>;

    /// Notes that the evidence behind a key did not hold.
    #[pallet::storage]
    pub type Lapses<T: Config> = StorageMap<_, Blake2_128Concat, SigningKey, Lapse, OptionQuery>;

    /// Commitments to signatures by extracted keys, by reporter.
    #[pallet::storage]
    pub type Commitments<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, Commitment, OptionQuery>;

    /// Blocks with a moment that their time is not before (Unix seconds), in a ring.
    #[pallet::storage]
    pub type Samples<T: Config> = StorageMap<_, Twox64Concat, u32, (BlockNumber, u64), OptionQuery>;

    /// The genesis of the pallet.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// What governance starts with; none: [`Parameters::default`].
        pub parameters: Option<Parameters>,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(parameters) = self.parameters {
                assert!(Pallet::<T>::suit(&parameters).is_ok(), "the parameters of slashing are not possible");
                SlashingParameters::<T>::put(parameters);
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An offence was shown: its amount is frozen.
        Reported {
            /// Its number.
            offence: u64,
            /// Whose.
            worker: WorkerId,
            /// The pool that pays for it.
            pool: PoolId,
            /// What it is.
            kind: Kind,
            /// What it costs.
            amount: u128,
            /// From which block on it is applied.
            apply_at: BlockNumber,
        },
        /// Jurors have decided about an offence.
        Decided {
            /// Its number.
            offence: u64,
            /// Whose.
            worker: WorkerId,
            /// What it is.
            kind: Kind,
            /// What it costs.
            amount: u128,
            /// From which block on it is applied.
            apply_at: BlockNumber,
        },
        /// An offence was applied.
        Applied {
            /// Its number.
            offence: u64,
            /// Whose.
            worker: WorkerId,
            /// What the pool's owner lost.
            own: u128,
            /// What all others lost.
            shared: u128,
            /// What the reporter was issued.
            reward: u128,
        },
        /// An offence was cancelled.
        Cancelled {
            /// Its number.
            offence: u64,
        },
        /// Two histories of a contract's state were shown, and nobody pays for them: two operators had one each, or nothing
        /// stands behind the workers.
        Flagged {
            /// The contract.
            contract: ContractId,
            /// The earlier incarnation.
            incarnation: u64,
            /// The workers, the later one last.
            workers: [WorkerId; 2],
            /// Whether it was halted by this.
            halted: bool,
        },
        /// It was noted that a worker's evidence does not hold.
        Noted {
            /// The worker.
            worker: WorkerId,
            /// Its key.
            key: SigningKey,
        },
        /// Somebody has committed to a signature.
        Committed {
            /// Who.
            reporter: ProtocolAccount,
        },
        /// Somebody has taken their commitment back.
        Withdrawn {
            /// Who.
            reporter: ProtocolAccount,
        },
        /// A key has left its machine, which is denied.
        KeyExtracted {
            /// Whose.
            worker: WorkerId,
            /// The key.
            key: SigningKey,
            /// The offence, where anything stands behind the worker.
            offence: Option<u64>,
        },
        /// There are other parameters.
        ParametersSet,
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The chain's genesis names no network.
        NoNetwork,
        /// The bytes are no receipt of this network that a key has signed, the key is known to have left its machine, or a
        /// leaf is closed that has to be open: block and extensions; of two histories contract, lease, incarnation, before
        /// and after, too.
        Receipt,
        /// The receipt was signed again by a later boot: show the first one.
        SignedAgain,
        /// No worker was ever registered with the key.
        UnknownKey,
        /// There is no such worker.
        UnknownWorker,
        /// The block is still to come.
        Future,
        /// The offence is longer ago than the evidence window.
        TooOld,
        /// Until when evidence vouched for the key at that block is not remembered.
        UnknownVerdict,
        /// Which time it was at that block is not remembered, or not known yet.
        UnknownTime,
        /// The verdict had not ended by the grace before that block.
        NotExpired,
        /// The worker's evidence holds, or has only ended by time, which needs no note.
        NotRevoked,
        /// It is noted already.
        AlreadyNoted,
        /// It was not noted that the key's evidence does not hold, or there is newer evidence, or the network has begun or
        /// will begin to accept more since: note it again.
        NotNoted,
        /// No absence of the worker is recorded.
        NotAbsent,
        /// The grace has not passed.
        WithinGrace,
        /// The receipts are of two contracts.
        AnotherContract,
        /// There is one history that has all of it, or nothing was anchored since the later opening.
        OneHistory,
        /// The chain does not know who opened the contract's state last.
        UnknownOpening,
        /// The worker whose key signed a receipt is not the one that had the lease which the receipt names, or who had it is
        /// not remembered.
        NotItsLease,
        /// It was reported before.
        AlreadyReported,
        /// No pool stands behind the worker.
        NoStake,
        /// The worker is charged with all that stands behind it.
        NothingLeft,
        /// The account has a commitment already: take it back first.
        AlreadyCommitted,
        /// The account has no commitment.
        NoCommitment,
        /// The commitment is to something else.
        AnotherCommitment,
        /// The signature is not the key's over the message that names its reporter.
        Signature,
        /// The time has not come.
        TooEarly,
        /// There is no such offence: it was never reported, or is over.
        UnknownOffence,
        /// A time, period or step is zero.
        Impossible,
        /// Evidence window and appeal together are not shorter than the pools' unbonding, or the window is not shorter than
        /// their cooling, or longer than times are remembered, or shorter than results can be disputed.
        Times,
        /// A counter is exhausted.
        Overflow,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            let now: BlockNumber = now.saturated_into();
            let sampled = if Self::sample(now) { T::WeightInfo::sample() } else { Weight::zero() };
            T::WeightInfo::pass().saturating_add(sampled).saturating_add(Self::apply_some(now))
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Reports the last recorded absence of a worker, as much of it as was not reported yet.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::report_absence())]
        pub fn report_absence(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            let reporter = reporter::<T>(origin)?;
            Self::accuse_of_absence(reporter, worker)
        }

        /// Reports a receipt that acts on a block after the end of its worker's verdict. Block and extensions are open.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::report_expired())]
        pub fn report_expired(origin: OriginFor<T>, receipt: Receipt) -> DispatchResult {
            let reporter = reporter::<T>(origin)?;
            Self::accuse_of_expiry(reporter, &receipt)
        }

        /// Notes that a worker's evidence does not hold, though its verdict has not ended: something that it rests on was
        /// revoked or denied. What the worker signs from then on can be reported.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::note_revoked())]
        pub fn note_revoked(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::note(worker)?;
            Ok(())
        }

        /// Reports a receipt that acts on a block after the note that its worker's evidence does not hold. Block and
        /// extensions are open.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::report_revoked())]
        pub fn report_revoked(origin: OriginFor<T>, receipt: Receipt) -> DispatchResult {
            let reporter = reporter::<T>(origin)?;
            Self::accuse_of_revocation(reporter, &receipt)
        }

        /// Reports two receipts that no one history of the contract's state has.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::report_two_histories())]
        pub fn report_two_histories(origin: OriginFor<T>, one: Receipt, other: Receipt) -> DispatchResult {
            let reporter = reporter::<T>(origin)?;
            Self::accuse_of_two_histories(reporter, &one, &other)
        }

        /// Reports a receipt of an earlier incarnation that is beyond the head at which the contract's state was opened last.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::report_rollback())]
        pub fn report_rollback(origin: OriginFor<T>, receipt: Receipt) -> DispatchResult {
            let reporter = reporter::<T>(origin)?;
            Self::accuse_of_rollback(reporter, &receipt)
        }

        /// Commits to a signature by an extracted key: `hash` is [`adyton_protocol::extraction::commitment`].
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::commit_extraction())]
        pub fn commit_extraction(origin: OriginFor<T>, hash: [u8; 32]) -> DispatchResult {
            let reporter = ensure_signed(origin)?;
            Self::commit(reporter, hash)
        }

        /// Takes a commitment back.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::withdraw_commitment())]
        pub fn withdraw_commitment(origin: OriginFor<T>) -> DispatchResult {
            let reporter = ensure_signed(origin)?;
            Self::withdraw(reporter)
        }

        /// Opens a commitment: `signature` is the key's over [`adyton_protocol::extraction::message`].
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::reveal_extraction())]
        pub fn reveal_extraction(
            origin: OriginFor<T>,
            key: SigningKey,
            signature: [u8; 64],
            salt: [u8; extraction::SALT],
        ) -> DispatchResult {
            let reporter = ensure_signed(origin)?;
            Self::reveal(reporter, key, signature, salt)
        }

        /// Applies an offence whose time has come.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::apply())]
        pub fn apply(origin: OriginFor<T>, offence: u64) -> DispatchResult {
            ensure_signed(origin)?;
            Self::apply_due(offence)?;
            Ok(())
        }

        /// Cancels an offence that was not applied yet. It cannot be reported again.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, offence: u64) -> DispatchResult {
            T::CancelOrigin::ensure_origin(origin)?;
            Self::undo(offence)?;
            Ok(())
        }

        /// Sets the parameters. Offences that were reported before keep their amounts and times.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::ParametersOrigin::ensure_origin(origin)?;
            Self::suit(&parameters)?;
            ensure!(parameters.evidence_window >= T::LeastWindow::get(), Error::<T>::Times);
            SlashingParameters::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet);
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Whether parameters are possible, and suit the pools' times and those that are remembered.
        pub(crate) fn suit(parameters: &Parameters) -> Result<(), Error<T>> {
            ensure!(parameters.are_possible(), Error::<T>::Impossible);
            ensure!(parameters.whole_time() < T::Pools::unbonding(), Error::<T>::Times);
            ensure!(parameters.evidence_window < T::Pools::cooling(), Error::<T>::Times);
            ensure!(parameters.evidence_window <= Self::remembered(), Error::<T>::Times);
            Ok(())
        }

        pub(crate) fn parameters() -> Parameters {
            SlashingParameters::<T>::get()
        }

        pub(crate) fn block_number() -> BlockNumber {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }
    }

    /// The shortest unbonding with which all stake of the moment of an offence is there at its end.
    pub struct LeastUnbonding<T>(PhantomData<T>);

    impl<T: Config> Get<BlockNumber> for LeastUnbonding<T> {
        fn get() -> BlockNumber {
            SlashingParameters::<T>::get().whole_time().saturating_add(1)
        }
    }

    /// The shortest cooling with which stake stands behind a worker that has stopped for as long as it can be reported.
    pub struct LeastCooling<T>(PhantomData<T>);

    impl<T: Config> Get<BlockNumber> for LeastCooling<T> {
        fn get() -> BlockNumber {
            SlashingParameters::<T>::get().evidence_window.saturating_add(1)
        }
    }

    fn reporter<T: Config>(origin: OriginFor<T>) -> Result<ProtocolAccount, DispatchError> {
        Ok(ProtocolAccount(ensure_signed(origin)?.into()))
    }
}
