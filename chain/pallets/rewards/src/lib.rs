//! Who works for a reward: challenges, capacity, and what it earns.
//!
//! The owner of a stake pool starts a worker that it has put stake behind. The beacon's rounds, of which `beacon` tells,
//! draw who has to answer under its attested key, and on which machines all workers have to do a fixed workload at the
//! same time. A budget per block is shared by weight, `tier * sqrt(stake * capacity)`, through an index that only grows;
//! `pools` issues what a worker is credited with. `specs/rewards.md` has the rules.
//!
//! What must always hold: the total of weights is the sum over the sessions; what was credited, what is accrued and what
//! the treasury gets are together no more than the budget of the blocks in which somebody worked; a worker is credited
//! only up to its answer, and with nothing for a time in which it missed a challenge; what the workers of one machine are
//! measured at is no more than its cap, which goes by the model of its processor, else by the kind of their evidence.
//!
//! What it refuses: answers and results that are late, from others, a second time, or that nobody asked for; a start
//! without stake, evidence or capacity; to show an absence that there was not. Nothing here goes through all workers, and
//! without the beacon nothing happens at all: nobody is challenged, and nobody is credited.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod budget;
mod caps;
mod invariants;
mod measurement;
#[cfg(test)]
mod mock;
mod parameters;
mod rounds;
mod session;
#[cfg(test)]
mod tests;
mod weighing;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use parameters::{MAX_MODELS, production};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use adyton_pallet_traits::{CpuModels, Pools, Workers};
    use adyton_protocol::{
        challenge::{Capacity, Machine, ROUNDS, Round},
        cpu::CpuModel,
        ids::{BlockNumber, Digest, WorkerId},
        record::EvidenceKind,
        rewards::{self, Away, Session},
    };
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::{AccountId32, traits::SaturatedConversion};

    /// The most rounds that one call looks at.
    const MOST: u32 = ROUNDS as u32;

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Who sets parameters and caps.
        type EconomyOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Issues the treasury's part.
        type Currency: fungible::Mutate<Self::AccountId, Balance = u128>;
        /// The treasury's account.
        type Treasury: Get<Self::AccountId>;
        /// Knows the workers.
        type Workers: Workers;
        /// Knows their machines' processors.
        type CpuModels: CpuModels;
        /// Has the stake, and issues the workers' part.
        type Pools: Pools;
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

    /// Those of production, where storage says nothing.
    #[pallet::type_value]
    pub fn Production() -> rewards::Parameters {
        production()
    }

    /// The rules.
    #[pallet::storage]
    pub type Parameters<T: Config> = StorageValue<_, rewards::Parameters, ValueQuery, Production>;

    /// The most capacity that counts of one machine whose processor's model has no cap of its own, by the kind of its
    /// workers' evidence.
    #[pallet::storage]
    pub type CapacityCaps<T: Config> = StorageMap<_, Blake2_128Concat, EvidenceKind, u64, ValueQuery>;

    /// The most capacity that counts of one machine whose processor is of this model; of at most [`MAX_MODELS`].
    #[pallet::storage]
    pub type ModelCaps<T: Config> = CountedStorageMap<_, Blake2_128Concat, CpuModel, u64, OptionQuery>;

    /// What all who work come to.
    #[pallet::storage]
    pub type Totals<T: Config> = StorageValue<_, rewards::Totals, ValueQuery>;

    /// The number of the newest round; 0: none has come.
    #[pallet::storage]
    pub type Latest<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// The last rounds, each under its number modulo how many are remembered.
    #[pallet::storage]
    pub type Rounds<T: Config> = StorageMap<_, Blake2_128Concat, u32, Round, OptionQuery>;

    /// The workers that are started and not stopped.
    #[pallet::storage]
    pub type Sessions<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Session, OptionQuery>;

    /// The last absence of each worker that was recorded.
    #[pallet::storage]
    pub type Absences<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Away, OptionQuery>;

    /// The workers that were stopped while they had a challenge to answer, and not started since; and since when each of
    /// them was away, if it was.
    #[pallet::storage]
    pub type Owing<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Option<BlockNumber>, OptionQuery>;

    /// For how many blocks a worker was stopped in the absence that began at this block: they do not count.
    #[pallet::storage]
    pub type Paused<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, (BlockNumber, BlockNumber), OptionQuery>;

    /// What workers were measured at.
    #[pallet::storage]
    pub type Capacities<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Capacity, OptionQuery>;

    /// The last measurement of each machine, and the one that is asked for.
    #[pallet::storage]
    pub type Machines<T: Config> = StorageMap<_, Blake2_128Concat, Digest, Machine, ValueQuery>;

    /// The genesis of rewards.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The rules.
        pub parameters: rewards::Parameters,
        /// The most capacity that counts of one machine whose processor's model has no cap of its own, by the kind of
        /// its workers' evidence.
        pub caps: Vec<(EvidenceKind, u64)>,
        /// The most capacity that counts of one machine, by the model of its processor, such as
        /// `intel-fmspc 0x00806f050000`.
        pub model_caps: Vec<(CpuModel, u64)>,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            let caps = EvidenceKind::ALL.map(|kind| (kind, parameters::cap(kind))).to_vec();
            Self { parameters: production(), caps, model_caps: Vec::new(), _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(parameters::are_possible(&self.parameters), "the parameters of rewards can be followed");
            Parameters::<T>::put(&self.parameters);
            for (kind, cap) in &self.caps {
                CapacityCaps::<T>::insert(kind, cap);
            }
            assert!(self.model_caps.len() <= MAX_MODELS as usize, "as many models have a cap as may");
            for (model, cap) in &self.model_caps {
                ModelCaps::<T>::insert(model, cap);
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The rules are others.
        ParametersSet,
        /// So much capacity counts of machines whose workers show this kind of evidence, and whose processor's model
        /// has no cap of its own.
        CapacityCapSet {
            /// The kind of evidence.
            kind: EvidenceKind,
            /// The most capacity of one machine.
            cap: u64,
        },
        /// A round has come.
        Came {
            /// Its number.
            round: u64,
            /// The bound of the draws that are challenged.
            challenged_below: u64,
        },
        /// A worker works for a reward.
        Started {
            /// The worker.
            worker: WorkerId,
            /// The pool behind it.
            pool: u32,
            /// Its weight.
            weight: u128,
        },
        /// A worker works no more.
        Stopped {
            /// The worker.
            worker: WorkerId,
        },
        /// A worker has another weight, or the same once more.
        Weighed {
            /// The worker.
            worker: WorkerId,
            /// Its weight.
            weight: u128,
        },
        /// A worker has answered a challenge, or came back by answering a round.
        Answered {
            /// The worker.
            worker: WorkerId,
            /// The round.
            round: u64,
            /// What its pool was credited with, in units of 10^-12 PHA.
            credited: u128,
        },
        /// A worker is away, as somebody has shown.
        Away {
            /// The worker.
            worker: WorkerId,
            /// The first block at which its answer was late.
            since: BlockNumber,
        },
        /// A worker that was away has answered, or was stopped.
        Returned {
            /// The worker.
            worker: WorkerId,
            /// Since when it was away.
            since: BlockNumber,
        },
        /// A machine is measured in the round that comes next.
        Ordered {
            /// What stands for the machine.
            machine: Digest,
            /// The newest round so far.
            after: u64,
        },
        /// A worker's capacity was measured.
        Measured {
            /// The worker.
            worker: WorkerId,
            /// The round.
            round: u64,
            /// The units of work that it did.
            units: u64,
            /// What of it counts as its capacity.
            capacity: u64,
        },
        /// Of machines whose processor is of this model so much capacity counts.
        ModelCapSet {
            /// The model.
            model: CpuModel,
            /// The most capacity of one machine; none: it goes by the kind of evidence.
            cap: Option<u64>,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// A share is above the whole, a length or count is zero, or the budget is above the most that there may be.
        ImpossibleParameters,
        /// No pool has put stake behind the worker; its operator's pool has to assign some.
        NoStake,
        /// The origin does not own the pool that stands behind the worker.
        NotYourPool,
        /// The worker runs already.
        RunsAlready,
        /// The worker does not run; its pool's owner has to start it.
        NotRunning,
        /// There is no such worker, or its evidence does not hold now; or the origin is no such worker's key.
        NotAWorker,
        /// The worker is not its operator's that asks.
        NotYourWorker,
        /// The worker's capacity was not measured on its machine, or has lapsed; its operator has to ask for a measurement.
        NoCapacity,
        /// The stake behind the worker is less than its capacity asks for.
        TooLittleStake,
        /// The round has not come, or is forgotten.
        UnknownRound,
        /// The round does not challenge the worker.
        NotChallenged,
        /// The worker's machine is not measured in this round.
        NotMeasured,
        /// The time for it is over.
        TooLate,
        /// The worker still has time to answer.
        NotLate,
        /// The worker has answered this round, or a later one.
        AnsweredAlready,
        /// The worker has given its result for this round, or its machine for a later one.
        MeasuredAlready,
        /// That the worker is away since then, or longer, is known.
        KnownAway,
        /// The machine was last measured too short a time ago.
        TooSoon,
        /// As many models of processors have a cap of their own as may; that of another one has to be removed first.
        TooManyModels,
        /// The model of a processor has no cap of its own that could be removed.
        UnknownModel,
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
        /// Sets the rules. Another budget, fall or period begins anew in this block; what was accrued stays.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: rewards::Parameters) -> DispatchResult {
            T::EconomyOrigin::ensure_origin(origin)?;
            ensure!(parameters::are_possible(&parameters), Error::<T>::ImpossibleParameters);
            let old = Parameters::<T>::get();
            let mut totals = Self::advanced(&old);
            let budget = |of: &rewards::Parameters| (of.budget, of.decay, of.decay_blocks);
            if budget(&old) != budget(&parameters) {
                totals.budget_since = Self::block_number();
            }
            Totals::<T>::put(totals);
            Parameters::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet);
            Ok(())
        }

        /// Sets how much capacity counts of one machine whose workers show this kind of evidence, and whose processor's
        /// model has no cap of its own. It holds from the next measurement on.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_capacity_cap())]
        pub fn set_capacity_cap(origin: OriginFor<T>, kind: EvidenceKind, cap: u64) -> DispatchResult {
            T::EconomyOrigin::ensure_origin(origin)?;
            CapacityCaps::<T>::insert(kind, cap);
            Self::deposit_event(Event::CapacityCapSet { kind, cap });
            Ok(())
        }

        /// Starts a worker that the owner's pool has put stake behind: it is challenged from the next round on.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::start())]
        pub fn start(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            Self::begin(&ensure_signed(origin)?, worker)
        }

        /// Stops a worker of the owner's pool: its stake cools down. What it has accrued since its last answer is lost.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::stop(MOST))]
        pub fn stop(origin: OriginFor<T>, worker: WorkerId) -> DispatchResultWithPostInfo {
            let owner = ensure_signed(origin)?;
            let session = Sessions::<T>::get(worker).ok_or(Error::<T>::NotRunning)?;
            Self::ensure_owner(&owner, session.pool)?;
            let looked_at = Self::end(&worker)?;
            Ok(Some(T::WeightInfo::stop(looked_at)).into())
        }

        /// Weighs a running worker anew, by its stake, capacity and evidence of now. For anybody.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::refresh())]
        pub fn refresh(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Self::weigh_again(&worker), Error::<T>::NotRunning);
            Ok(())
        }

        /// Answers this round's challenge, under the worker's key: its pool is credited with what the worker has accrued. A
        /// worker that has missed a challenge comes back by answering any later round, and is credited with nothing.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::answer(MOST))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &u64| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|key| Pallet::<T>::answerable(&key, *round).is_ok())
        })]
        pub fn answer(origin: OriginFor<T>, round: u64) -> DispatchResultWithPostInfo {
            let key = ensure_signed(origin)?;
            let looked_at = Self::answer_now(Self::answerable(&key, round)?);
            Ok(Some(T::WeightInfo::answer(looked_at)).into())
        }

        /// Shows that a worker has not answered this round's challenge in time. For anybody.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::report_absence())]
        pub fn report_absence(origin: OriginFor<T>, worker: WorkerId, round: u64) -> DispatchResult {
            ensure_signed(origin)?;
            Ok(Self::show_absence(worker, round)?)
        }

        /// Asks for a measurement of the machine of the operator's worker, and with it of all others on it, in the next
        /// round.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::measure())]
        pub fn measure(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            Ok(Self::order(&ensure_signed(origin)?, &worker)?)
        }

        /// Says, under the worker's key, how many units of work it has done in this round's measurement.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::measured())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &u64, _units: &u64| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|key| Pallet::<T>::measurable(&key, *round).is_ok())
        })]
        pub fn measured(origin: OriginFor<T>, round: u64, units: u64) -> DispatchResult {
            let key = ensure_signed(origin)?;
            Self::measure_now(Self::measurable(&key, round)?, units);
            Ok(())
        }

        /// Sets how much capacity counts of one machine whose processor is of this model, whatever kind of evidence its
        /// workers show; none: it goes by that kind again. It holds from the next measurement on.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::set_model_cap())]
        pub fn set_model_cap(origin: OriginFor<T>, model: CpuModel, cap: Option<u64>) -> DispatchResult {
            T::EconomyOrigin::ensure_origin(origin)?;
            Ok(Self::cap_model(model, cap)?)
        }
    }

    impl<T: Config> Pallet<T> {
        pub(crate) fn block_number() -> BlockNumber {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }
    }
}
