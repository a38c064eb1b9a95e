//! Bonded validators: who makes and finalizes blocks, and what it costs to lie.
//!
//! An account bonds PHA, sets its session keys (`pallet_session`) and stands as a candidate. At the beginning of each
//! session those with the most bond are chosen for the session after the next; `pallet_session` hands their keys to
//! Aura and GRANDPA. Two votes of one round, or two blocks of one slot, under one key are proof of a lie: anybody
//! reports them, nodes do so by themselves. The liar stops serving at once and loses a part of the bond after a time
//! in which the network's votes can cancel that.
//!
//! Who makes no block in a whole session is no candidate any more until it stands again, and loses a little.
//!
//! Whose a key was in a session is kept as it was then, for as long as bonds take to leave: setting new keys after a
//! lie does not hide it. So there is no need for proofs of it, nor for a history of sessions beside this one.
//!
//! What must always hold: a bond is what is held of its account, and nothing of it leaves earlier than an offence can
//! be reported that it answers for, nor while a slash of it is not decided; of what one account does in one term (the
//! sessions with the same authorities and keys) only the worst counts, once; candidates are in order of their bonds, at
//! most [`MAX_CANDIDATES`]; there is always somebody who serves; absence takes no more than a third of the places at once.
//!
//! What it refuses: a bond below the minimum, a candidate without keys, reports that do not hold, are too old or were
//! made already. No call or block goes through more than [`MAX_CANDIDATES`] entries.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod absence;
pub mod api;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod bonds;
mod equivocation;
#[cfg(test)]
mod mock;
mod offences;
mod sessions;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

use alloc::vec::Vec;
use polkadot_sdk::{
    frame_support, frame_system,
    sp_runtime::{AccountId32, Perbill},
    sp_staking::SessionIndex,
};

pub use absence::{ABSENCE, TURNS};
pub use equivocation::{BlockOffence, MAX_HEADER_BYTES};
pub use pallet::*;
pub use sessions::authority;
pub use types::*;
pub use weights::WeightInfo;

/// What this pallet asks of the sessions.
pub trait Sessions {
    /// The present session.
    fn current() -> SessionIndex;

    /// Who serves in it.
    fn validators() -> Vec<AccountId32>;

    /// Who made the present block.
    fn author() -> Option<AccountId32>;

    /// Who serves in the session that begins, with the keys for it.
    fn authorities() -> Vec<Authority>;

    /// Ends the present session, and begins the next.
    fn turn();

    /// Whether an account has set its keys.
    fn has_keys(who: &AccountId32) -> bool;

    /// Stops an account from serving in the present session, where enough others remain. `severity` says who comes first
    /// where not all can be stopped.
    fn disable(who: &AccountId32, severity: Perbill);
}

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::boxed::Box;
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Who sets the parameters, and cancels slashes.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Holds bonds.
        type Currency: fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>;
        /// Why something is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// Knows sessions and their keys.
        type Sessions: Sessions;
        /// The slot of the present block.
        type Slot: Get<u64>;
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
        /// It is bonded.
        Bond,
    }

    /// The parameters.
    #[pallet::storage]
    pub type Settings<T: Config> = StorageValue<_, Parameters, ValueQuery>;

    /// Everybody's bonds.
    #[pallet::storage]
    pub type Bonds<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, Bond, OptionQuery>;

    /// Who wants to serve, by descending bond.
    #[pallet::storage]
    pub type Candidates<T: Config> = StorageValue<_, BoundedVec<Candidate, ConstU32<MAX_CANDIDATES>>, ValueQuery>;

    /// The block in which the present session began.
    #[pallet::storage]
    pub type Began<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// Who has made a block in the present session.
    #[pallet::storage]
    pub type Authored<T: Config> = StorageMap<_, Twox64Concat, AccountId32, (), OptionQuery>;

    /// The sessions for which offences can be reported.
    #[pallet::storage]
    pub type SessionOf<T: Config> = StorageMap<_, Twox64Concat, SessionIndex, Session, OptionQuery>;

    /// The first session that may be in [`SessionOf`].
    #[pallet::storage]
    pub type Oldest<T: Config> = StorageValue<_, SessionIndex, ValueQuery>;

    /// Who served in a term, by its first session.
    #[pallet::storage]
    pub type Served<T: Config> =
        StorageMap<_, Twox64Concat, SessionIndex, BoundedVec<Authority, ConstU32<MAX_VALIDATORS>>, ValueQuery>;

    /// Who broke the rules in a term, by its first session.
    #[pallet::storage]
    pub type Offenders<T: Config> =
        StorageMap<_, Twox64Concat, SessionIndex, BoundedVec<Offender, ConstU32<MAX_VALIDATORS>>, ValueQuery>;

    /// Slashes that are not decided yet, by number.
    #[pallet::storage]
    pub type Pending<T: Config> = StorageMap<_, Twox64Concat, u32, Slash, OptionQuery>;

    /// Their numbers.
    #[pallet::storage]
    pub type Slashes<T: Config> = StorageValue<_, Queue, ValueQuery>;

    /// The genesis of validators. Their keys are in the genesis of `pallet_session`.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The parameters; none: the default ones.
        pub parameters: Option<Parameters>,
        /// The first candidates, with their bonds.
        pub validators: Vec<(AccountId32, u128)>,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let parameters = self.parameters.unwrap_or_default();
            assert!(parameters.are_possible(), "no network can live with these parameters of validators");
            Settings::<T>::put(parameters);
            for (who, bond) in &self.validators {
                Pallet::<T>::add(who, *bond).expect("a validator of the genesis has its bond");
                Pallet::<T>::stand(who).expect("a validator of the genesis has keys, a bond, and a place");
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// More is bonded.
        Bonded {
            /// Whose.
            who: AccountId32,
            /// How much more.
            amount: u128,
        },
        /// A part of a bond leaves.
        Unbonded {
            /// Whose.
            who: AccountId32,
            /// How much.
            amount: u128,
            /// The session from which on it may be withdrawn.
            free_in: SessionIndex,
        },
        /// What had left is the account's again.
        Withdrawn {
            /// Whose.
            who: AccountId32,
            /// How much.
            amount: u128,
        },
        /// An account is a candidate.
        Standing {
            /// Who.
            who: AccountId32,
        },
        /// An account is no candidate any more.
        Chilled {
            /// Who.
            who: AccountId32,
        },
        /// Somebody lied in a session.
        Offended {
            /// Who.
            who: AccountId32,
            /// In which session.
            session: SessionIndex,
            /// The part of the bond that this costs.
            fraction: Perbill,
        },
        /// A slash happens unless it is cancelled.
        SlashAnnounced {
            /// Its number.
            number: u32,
            /// Whose bond.
            who: AccountId32,
            /// How much of it.
            amount: u128,
            /// In which block.
            due: u32,
        },
        /// A slash does not happen.
        SlashCancelled {
            /// Its number.
            number: u32,
        },
        /// A part of a bond was burnt.
        Slashed {
            /// The slash's number.
            number: u32,
            /// Whose bond.
            who: AccountId32,
            /// What was burnt.
            amount: u128,
        },
        /// The parameters are others.
        ParametersSet {
            /// These.
            parameters: Parameters,
        },
        /// Somebody made no block in a session, and is no candidate any more.
        Absent {
            /// Who.
            who: AccountId32,
            /// In which session.
            session: SessionIndex,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The account has no bond.
        NotBonded,
        /// A bond, and a candidate's after a part of it has left, is at least the minimum.
        BelowMinimum,
        /// More than there is, or than can be counted.
        TooMuch,
        /// There is nothing to add, to let leave, or to withdraw yet.
        NothingToDo,
        /// As many parts of the bond leave as may. Withdraw what has left.
        TooManyLeaving,
        /// A slash of this bond is not decided yet. One for absence does not keep from standing.
        SlashPending,
        /// The account has no session keys.
        NoKeys,
        /// The account is a candidate already.
        AlreadyCandidate,
        /// The account is no candidate.
        NotCandidate,
        /// All places are taken by candidates with as much or more.
        NoPlace,
        /// There is no such slash, or it is decided.
        NoSuchSlash,
        /// With these parameters no network could live.
        Impossible,
        /// Nobody served with that key in that session, or that is too long ago.
        UnknownKeyOwner,
        /// The slot is not one of that session.
        OtherSession,
        /// A header is too large, or has no slot or no seal, or two slots.
        BadHeader,
        /// A header is of another slot.
        OtherSlot,
        /// A seal is not the key's.
        BadSeal,
        /// Both headers are of one block.
        SameBlock,
        /// The offender was reported for this term already.
        AlreadyReported,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Notes the author, before others serve. Slashes what is due, and turns sessions: `pallet_session` would take a
        /// whole block for that.
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::note_author();
            let slashed = Self::slash_due().saturating_add(T::DbWeight::get().reads_writes(5, 2));
            if !Self::is_over() {
                return slashed;
            }
            Self::rotate();
            slashed.saturating_add(T::WeightInfo::turn())
        }

        fn integrity_test() {
            assert!(Parameters::default().are_possible(), "the default parameters are impossible");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Bonds so much, or so much more.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::bond())]
        pub fn bond(origin: OriginFor<T>, amount: u128) -> DispatchResult {
            Self::add(&ensure_signed(origin)?, amount)
        }

        /// Lets so much of the bond leave. It can be slashed until it has left. A candidate keeps the minimum.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::unbond())]
        pub fn unbond(origin: OriginFor<T>, amount: u128) -> DispatchResult {
            Self::leave(&ensure_signed(origin)?, amount)
        }

        /// Takes back what has left.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        pub fn withdraw(origin: OriginFor<T>) -> DispatchResult {
            Self::give_back(&ensure_signed(origin)?)
        }

        /// Stands as a candidate, with the bond and the session keys that the account has.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::validate())]
        pub fn validate(origin: OriginFor<T>) -> DispatchResult {
            Self::stand(&ensure_signed(origin)?)
        }

        /// Stops being a candidate. Who serves does so for the rest of the session, and in the next.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::chill())]
        pub fn chill(origin: OriginFor<T>) -> DispatchResult {
            ensure!(Self::remove_candidate(&ensure_signed(origin)?), Error::<T>::NotCandidate);
            Ok(())
        }

        /// Reports two blocks of one slot by one authority, which served in `session`. Free where it holds. Nodes do so
        /// without a signature, for a block of their own.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::report_blocks())]
        pub fn report_blocks(
            origin: OriginFor<T>,
            evidence: Box<BlockEquivocation<HeaderFor<T>>>,
            session: SessionIndex,
        ) -> DispatchResultWithPostInfo {
            if ensure_none(origin.clone()).is_err() {
                ensure_signed(origin)?;
            }
            Self::report(&evidence, session)?;
            Ok(Pays::No.into())
        }

        /// Cancels a slash. What was bonded stays so; who it was may stand again.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::cancel_slash())]
        pub fn cancel_slash(origin: OriginFor<T>, number: u32) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::pardon(number)
        }

        /// Sets the parameters. What leaves already, and slashes that wait, keep their times.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(parameters.are_possible(), Error::<T>::Impossible);
            Settings::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet { parameters });
            Ok(())
        }
    }

    #[allow(deprecated)]
    #[pallet::validate_unsigned]
    impl<T: Config> ValidateUnsigned for Pallet<T> {
        type Call = Call<T>;

        /// Takes a report that holds, from this node itself or out of a block: from nobody else, for it costs nothing.
        fn validate_unsigned(source: TransactionSource, call: &Self::Call) -> TransactionValidity {
            let Call::report_blocks { evidence, session } = call else { return InvalidTransaction::Call.into() };
            match source {
                TransactionSource::Local | TransactionSource::InBlock => {}
                TransactionSource::External => return InvalidTransaction::Call.into(),
            }
            Self::check_report(evidence, *session)?;
            ValidTransaction::with_tag_prefix("AuraEquivocation")
                .priority(TransactionPriority::MAX)
                .and_provides((evidence.offender.clone(), *session))
                .propagate(false)
                .build()
        }

        fn pre_dispatch(call: &Self::Call) -> Result<(), TransactionValidityError> {
            let Call::report_blocks { evidence, session } = call else { return Err(InvalidTransaction::Call.into()) };
            Self::check_report(evidence, *session)
        }
    }
}
