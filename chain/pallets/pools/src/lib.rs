//! Stake pools and vaults: who has put PHA behind which workers, what it earns, and what it loses.
//!
//! Anybody creates a pool, joins one, and leaves it in chunks, which are paid out by themselves when they are due and
//! the pool has stake that nothing binds. A pool's owner puts its stake behind workers; `rewards` says when they run
//! and what they earn, `usage` what their users pay, `slashing` what they lose. A vault is a pool that holds other
//! pools' shares instead of running workers. Stake never leaves its owner's account: it is held there, so that it still
//! votes, and the pools' numbers say whose losses it bears ([`books`](adyton_protocol::pools::books)).
//!
//! What must always hold: what is held in accounts is what the books say is theirs, and what slashes took of it and was
//! not burnt yet; the pallet's account has all rewards that nobody has claimed; a pool's owner loses before its
//! members, and what leaves loses like what stays; what is frozen is there, and who leaves meanwhile leaves their part of
//! it; chunks are paid in the order in which they could first have been.
//!
//! What it refuses: whatever would break one of these; a commission above what a pool began with, or raised without
//! notice; stake for workers of other operators; to bind stake while somebody waits for theirs. Nothing here goes
//! through all pools, members or workers: a block does a bounded number of steps, a vault is in a bounded number of
//! pools.
//!
//! Longer than files are here: the framework wants a pallet's storage, events, errors and calls in one module.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod assignment;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod invariants;
mod membership;
#[cfg(test)]
mod mock;
mod queue;
mod reward;
mod seat;
#[cfg(test)]
mod tests;
pub mod types;
mod vault;
pub mod weights;

use polkadot_sdk::{frame_support, frame_system};

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use crate::types::{
        Assigned, Chunk, Commission, Cooled, Description, Holder, MAX_TARGETS, Parameters, Pool, Position, Span,
        Targets, Totals, Vault, Waiter,
    };
    use adyton_pallet_traits::{PoolId, Running, Workers};
    use adyton_protocol::ids::{BlockNumber, WorkerId};
    use frame_support::{
        PalletId,
        pallet_prelude::*,
        traits::{
            fungible::{self, Inspect as _, Mutate as _, hold::Mutate as _},
            tokens::Precision,
        },
    };
    use frame_system::pallet_prelude::*;
    use polkadot_sdk::sp_runtime::{
        AccountId32, Perbill,
        traits::{AccountIdConversion, SaturatedConversion},
    };

    /// What the runtime gives this pallet.
    #[pallet::config]
    pub trait Config:
        polkadot_sdk::frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>>
    {
        /// Holds stake, issues and pays rewards, burns what slashes take.
        type Currency: fungible::Mutate<Self::AccountId, Balance = u128>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = u128>;
        /// Why something is held.
        type RuntimeHoldReason: From<HoldReason>;
        /// Knows the workers, and who runs each.
        type Workers: Workers;
        /// Stops workers.
        type Running: Running;
        /// Decides about [`Parameters`].
        type ParametersOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The shortest unbonding that may be decided: longer than a slash takes from the offence on.
        type LeastUnbonding: Get<BlockNumber>;
        /// The shortest cooling that may be decided: longer than an offence can be reported.
        type LeastCooling: Get<BlockNumber>;
        /// Whose account has the rewards that nobody has claimed.
        #[pallet::constant]
        type PalletId: Get<PalletId>;
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
        /// It is stake.
        Stake,
        /// A pool is there.
        Pool,
    }

    /// What governance has decided.
    #[pallet::storage]
    pub type PoolParameters<T: Config> = StorageValue<_, Parameters, ValueQuery>;

    /// How many pools were created so far.
    #[pallet::storage]
    pub type PoolCount<T: Config> = StorageValue<_, PoolId, ValueQuery>;

    /// The pools and vaults.
    #[pallet::storage]
    pub type Pools<T: Config> = StorageMap<_, Blake2_128Concat, PoolId, Pool, OptionQuery>;

    /// What pools say about themselves.
    #[pallet::storage]
    pub type Descriptions<T: Config> = StorageMap<_, Blake2_128Concat, PoolId, Description, OptionQuery>;

    /// Who may join a pool that not everybody may join.
    #[pallet::storage]
    pub type Allowed<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, PoolId, Blake2_128Concat, AccountId32, (), OptionQuery>;

    /// What each holder has in each pool.
    #[pallet::storage]
    pub type Positions<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, PoolId, Blake2_128Concat, Holder, Position, ValueQuery>;

    /// What leaves, by ascending number; numbers before [`DueChunks`]' first were due, and are over or wait.
    #[pallet::storage]
    pub type Chunks<T: Config> = StorageMap<_, Blake2_128Concat, u64, Chunk, OptionQuery>;

    /// The chunks that were not due yet.
    #[pallet::storage]
    pub type DueChunks<T: Config> = StorageValue<_, Span, ValueQuery>;

    /// Chunks that were due and could not be paid, by pool, in order.
    #[pallet::storage]
    pub type Waiting<T: Config> = StorageMap<_, Blake2_128Concat, (PoolId, u64), Waiter, OptionQuery>;

    /// The queue of each pool in which a chunk waits, or did when the pool was last visited.
    #[pallet::storage]
    pub type Lines<T: Config> = StorageMap<_, Blake2_128Concat, PoolId, Span, OptionQuery>;

    /// The pools in which a chunk waits, in the order in which they are visited.
    #[pallet::storage]
    pub type Visits<T: Config> = StorageMap<_, Blake2_128Concat, u64, PoolId, OptionQuery>;

    /// What of [`Visits`] is in use.
    #[pallet::storage]
    pub type VisitSpan<T: Config> = StorageValue<_, Span, ValueQuery>;

    /// What stands behind each worker.
    #[pallet::storage]
    pub type Assignments<T: Config> = StorageMap<_, Blake2_128Concat, WorkerId, Assigned, OptionQuery>;

    /// The workers of each pool that do not cool down.
    #[pallet::storage]
    pub type Backed<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, PoolId, Blake2_128Concat, WorkerId, (), OptionQuery>;

    /// The ends of workers' cooling down, in order.
    #[pallet::storage]
    pub type Coolings<T: Config> = StorageMap<_, Blake2_128Concat, u64, Cooled, OptionQuery>;

    /// What of [`Coolings`] is in use.
    #[pallet::storage]
    pub type CoolingSpan<T: Config> = StorageValue<_, Span, ValueQuery>;

    /// What the chain counts of all pools.
    #[pallet::storage]
    pub type PoolTotals<T: Config> = StorageValue<_, Totals, ValueQuery>;

    /// The genesis of pools.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// What holds at first.
        pub parameters: Parameters,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(self.parameters.are_possible(), "pools that nothing can be done with");
            PoolParameters::<T>::put(self.parameters);
            // So that rewards of any size can come and go.
            let least = T::Currency::minimum_balance();
            let account = Pallet::<T>::account();
            if T::Currency::balance(&account) < least {
                T::Currency::mint_into(&account, least).expect("there is room for one more account");
            }
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// There is a new pool, or vault.
        Created {
            /// Its number.
            pool: PoolId,
            /// Who decides about it.
            owner: AccountId32,
            /// Whether it is a vault.
            vault: bool,
        },
        /// A pool is gone, and its deposit given back.
        Closed {
            /// The pool.
            pool: PoolId,
        },
        /// A pool's commission changes.
        CommissionSet {
            /// The pool.
            pool: PoolId,
            /// What it has from now on, and what is announced.
            commission: Commission,
        },
        /// A pool takes more, or less.
        CapSet {
            /// The pool.
            pool: PoolId,
            /// The most stake that earns; none: any.
            cap: Option<u128>,
        },
        /// A pool says something else about itself.
        DescriptionSet {
            /// The pool.
            pool: PoolId,
        },
        /// Only those whom the owner allows may join, or everybody.
        RestrictedSet {
            /// The pool.
            pool: PoolId,
            /// Whether only those.
            restricted: bool,
        },
        /// Somebody may join a pool that not everybody may join, or no longer.
        AllowedSet {
            /// The pool.
            pool: PoolId,
            /// Who.
            account: AccountId32,
            /// Whether they may.
            allowed: bool,
        },
        /// Somebody joined.
        Joined {
            /// The pool.
            pool: PoolId,
            /// Who.
            holder: Holder,
            /// With how much.
            amount: u128,
            /// What they got.
            shares: u128,
        },
        /// Somebody leaves.
        Leaving {
            /// The pool.
            pool: PoolId,
            /// Who.
            holder: Holder,
            /// How much that is now.
            amount: u128,
            /// The chunk in which they do; none where all is lost.
            chunk: Option<u64>,
            /// From this block on it is paid out.
            due: BlockNumber,
        },
        /// A chunk is due, and waits until the pool has free stake.
        Waits {
            /// The pool.
            pool: PoolId,
            /// The chunk.
            chunk: u64,
        },
        /// A chunk was paid out.
        Paid {
            /// The pool.
            pool: PoolId,
            /// Whose it was.
            holder: Holder,
            /// The chunk.
            chunk: u64,
            /// How much.
            amount: u128,
        },
        /// Rewards were paid to somebody.
        Claimed {
            /// The pool.
            pool: PoolId,
            /// To whom.
            account: AccountId32,
            /// How much, with an owner's commission.
            amount: u128,
        },
        /// Anybody may join with somebody's rewards for them, or no longer.
        CompoundingSet {
            /// The pool.
            pool: PoolId,
            /// Who.
            account: AccountId32,
            /// Whether anybody may.
            compounding: bool,
        },
        /// What slashes had taken from a holder was burnt, or passed on to a vault's members.
        Settled {
            /// The pool.
            pool: PoolId,
            /// Who.
            holder: Holder,
            /// How much.
            amount: u128,
        },
        /// A pool's stake stands behind a worker.
        Assigned {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: WorkerId,
            /// How much, in all.
            stake: u128,
        },
        /// It does so no longer, and is free.
        Unassigned {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: WorkerId,
        },
        /// A worker has stopped, and its stake cools down.
        Cooling {
            /// The pool.
            pool: PoolId,
            /// The worker.
            worker: WorkerId,
            /// At this block the stake is free.
            until: BlockNumber,
        },
        /// A pool, or a vault, has earned something.
        Rewarded {
            /// Which.
            pool: PoolId,
            /// How much.
            amount: u128,
            /// What of it is the owner's commission.
            commission: u128,
        },
        /// A pool was slashed, or a vault has lost by a pool's slash.
        Slashed {
            /// Which.
            pool: PoolId,
            /// From the owner's own stake.
            own: u128,
            /// From everybody else's, with what those have lost for it who left before.
            shared: u128,
        },
        /// More of a pool's stake cannot leave it: a slash is decided about.
        Frozen {
            /// The pool.
            pool: PoolId,
            /// How much more.
            amount: u128,
        },
        /// It was decided.
        Thawed {
            /// The pool.
            pool: PoolId,
            /// How much less is frozen.
            amount: u128,
        },
        /// A vault goes to other pools.
        Split {
            /// The vault.
            vault: PoolId,
            /// To which.
            targets: Targets,
        },
        /// Other parameters hold.
        ParametersSet {
            /// Which.
            parameters: Parameters,
        },
    }

    /// Why something is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such pool.
        UnknownPool,
        /// Only the pool's owner does that.
        NotYourPool,
        /// That is for pools that run workers, and this is a vault.
        IsAVault,
        /// That is for vaults, and this is not one.
        NotAVault,
        /// The commission is above the maximum with which the pool was created.
        CommissionTooHigh,
        /// The pool still has members, rewards or workers: they leave, claim and are unassigned first.
        StillUsed,
        /// Less than the minimum. To leave with everything, name no amount.
        TooLittle,
        /// What would stay is less than the minimum: leave with less, or, naming no amount, with everything.
        TooLittleStays,
        /// The stake, or what is free of it, is less than that.
        TooMuch,
        /// The pool takes no more: its owner has set a cap.
        CapReached,
        /// The pool's owner does not let this account join.
        NotAllowed,
        /// A slash is decided about that others than the pool's owner may lose by: until it is, nobody joins, and who
        /// leaves waits, though no longer than for the patience.
        PoolFrozen,
        /// Everything was lost in the pool, or in what leaves it: those who are in it leave before others come.
        Bankrupt,
        /// This account has nothing in the pool.
        NothingThere,
        /// There is no reward to claim.
        NoReward,
        /// As many chunks leave as may: one has to be paid out first.
        TooManyChunks,
        /// The account did not say that anybody may compound for it.
        NotCompounding,
        /// There is no such worker.
        UnknownWorker,
        /// The worker's operator is not the pool's owner.
        NotYourWorker,
        /// Nothing is assigned to the worker.
        NotAssigned,
        /// Another pool stands behind the worker.
        AssignedElsewhere,
        /// The worker runs: it is stopped first, and cools down.
        WorkerRuns,
        /// The worker cools down.
        WorkerCools,
        /// Somebody waits for their stake: none is bound until they have it.
        SomebodyWaits,
        /// The targets are not pools in ascending order, each once, or have no weight.
        BadTargets,
        /// The vault is in too many pools: leave some first.
        TooManyTargets,
        /// No pool works with these parameters, or what leaves would be gone before a slash.
        BadParameters,
        /// A number is at its end.
        Overflow,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::work(queue::STEPS)
        }

        fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
            match Self::steps_within(remaining) {
                0 => Weight::zero(),
                steps => Self::work(steps),
            }
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Creates a pool, or a vault, against a deposit. The owner takes `commission` of what it earns (a vault's: of
        /// its gain), and never more than `maximum`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::create())]
        pub fn create(
            origin: OriginFor<T>,
            vault: bool,
            commission: Perbill,
            maximum: Perbill,
            cap: Option<u128>,
            restricted: bool,
            description: Description,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            ensure!(commission <= maximum, Error::<T>::CommissionTooHigh);
            let id = PoolCount::<T>::get().checked_add(1).ok_or(Error::<T>::Overflow)?;
            let deposit = PoolParameters::<T>::get().deposit;
            T::Currency::hold(&HoldReason::Pool.into(), &owner, deposit)?;
            let pool = Pool {
                owner: owner.clone(),
                vault: vault.then(Vault::default),
                commission: Commission { rate: commission, maximum, announced: None },
                cap,
                restricted,
                books: Default::default(),
                bound: 0,
                cooling: 0,
                frozen: 0,
                given: 0,
                fees: 0,
                deposit,
            };
            PoolCount::<T>::put(id);
            Pools::<T>::insert(id, pool);
            Descriptions::<T>::insert(id, description);
            Self::deposit_event(Event::Created { pool: id, owner, vault });
            Ok(())
        }

        /// Closes a pool in which nothing is left, and gives the deposit back. Whom it has allowed to join is
        /// disallowed first.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::close())]
        pub fn close(origin: OriginFor<T>, pool: PoolId) -> DispatchResult {
            let owned = Self::owned(origin, pool)?;
            Self::ensure_unused(pool, &owned)?;
            Pools::<T>::remove(pool);
            Descriptions::<T>::remove(pool);
            T::Currency::release(&HoldReason::Pool.into(), &owned.owner, owned.deposit, Precision::BestEffort)?;
            Self::deposit_event(Event::Closed { pool });
            Ok(())
        }

        /// Changes what the owner takes of rewards: less at once, more after the notice.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_commission().saturating_add(T::WeightInfo::revalue(MAX_TARGETS)))]
        pub fn set_commission(origin: OriginFor<T>, pool: PoolId, commission: Perbill) -> DispatchResultWithPostInfo {
            Self::owned(origin, pool)?;
            // What a vault has gained until now goes by what held until now.
            let mut owned = Self::current(pool)?;
            let notice = PoolParameters::<T>::get().notice;
            let changed = owned.commission.changed(commission, Self::block_number(), notice);
            owned.commission = changed.ok_or(Error::<T>::CommissionTooHigh)?;
            let commission = owned.commission;
            let weight = Self::with_revalue(T::WeightInfo::set_commission(), &owned);
            Pools::<T>::insert(pool, owned);
            Self::deposit_event(Event::CommissionSet { pool, commission });
            Ok(Some(weight).into())
        }

        /// Sets how much stake may earn in a pool. Who is in stays.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_cap())]
        pub fn set_cap(origin: OriginFor<T>, pool: PoolId, cap: Option<u128>) -> DispatchResult {
            let owned = Self::owned(origin, pool)?;
            Pools::<T>::insert(pool, Pool { cap, ..owned });
            Self::deposit_event(Event::CapSet { pool, cap });
            Ok(())
        }

        /// Sets what a pool says about itself.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_description())]
        pub fn set_description(origin: OriginFor<T>, pool: PoolId, description: Description) -> DispatchResult {
            Self::owned(origin, pool)?;
            Descriptions::<T>::insert(pool, description);
            Self::deposit_event(Event::DescriptionSet { pool });
            Ok(())
        }

        /// Lets only those join whom the owner allows, or everybody.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_restricted())]
        pub fn set_restricted(origin: OriginFor<T>, pool: PoolId, restricted: bool) -> DispatchResult {
            let owned = Self::owned(origin, pool)?;
            Pools::<T>::insert(pool, Pool { restricted, ..owned });
            Self::deposit_event(Event::RestrictedSet { pool, restricted });
            Ok(())
        }

        /// Lets an account join a pool that not everybody may join, or no longer. A vault joins by its owner's account.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_allowed())]
        pub fn set_allowed(origin: OriginFor<T>, pool: PoolId, account: AccountId32, allowed: bool) -> DispatchResult {
            Self::owned(origin, pool)?;
            Allowed::<T>::set(pool, &account, allowed.then_some(()));
            Self::deposit_event(Event::AllowedSet { pool, account, allowed });
            Ok(())
        }

        /// Joins a pool: `amount` is held in the account, earns, and is slashed with the pool.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::join().saturating_add(T::WeightInfo::revalue(MAX_TARGETS)))]
        pub fn join(origin: OriginFor<T>, pool: PoolId, amount: u128) -> DispatchResultWithPostInfo {
            let account = ensure_signed(origin)?;
            ensure!(amount >= PoolParameters::<T>::get().minimum, Error::<T>::TooLittle);
            let mut seat = Self::open(pool, Holder::Account(account))?;
            Self::enter(&mut seat, amount)?;
            let weight = Self::with_revalue(T::WeightInfo::join(), &seat.pool);
            Self::put(seat);
            Ok(Some(weight).into())
        }

        /// Leaves a pool with `amount`, or with everything. It earns nothing from now on, is still slashed with the
        /// pool, and is paid out by itself when the unbonding time is over and the pool has stake that no worker binds.
        #[pallet::call_index(8)]
        #[pallet::weight(Pallet::<T>::leave_weight(MAX_TARGETS))]
        pub fn leave(origin: OriginFor<T>, pool: PoolId, amount: Option<u128>) -> DispatchResultWithPostInfo {
            let account = ensure_signed(origin)?;
            let mut seat = Self::open(pool, Holder::Account(account))?;
            Self::exit(&mut seat, amount)?;
            let targets = seat.pool.vault.as_ref().map(|vault| vault.targets.len() as u32);
            Self::put(seat);
            let Some(targets) = targets else { return Ok(Some(T::WeightInfo::leave()).into()) };
            Self::withdraw(pool)?;
            Ok(Some(Self::leave_weight(targets)).into())
        }

        /// Pays the account what it has earned in a pool, and a pool's owner the commission.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::claim().saturating_add(T::WeightInfo::revalue(MAX_TARGETS)))]
        pub fn claim(origin: OriginFor<T>, pool: PoolId) -> DispatchResultWithPostInfo {
            let account = ensure_signed(origin)?;
            let mut seat = Self::open(pool, Holder::Account(account.clone()))?;
            Self::pay_out(&mut seat, &account)?;
            let weight = Self::with_revalue(T::WeightInfo::claim(), &seat.pool);
            Self::put(seat);
            Ok(Some(weight).into())
        }

        /// Joins a pool with what the account has earned in it.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::compound().saturating_add(T::WeightInfo::revalue(MAX_TARGETS)))]
        pub fn compound(origin: OriginFor<T>, pool: PoolId) -> DispatchResultWithPostInfo {
            let account = ensure_signed(origin)?;
            Self::join_with_reward(pool, account, false)
        }

        /// Lets anybody call [`Pallet::compound_for`] for the account, or no longer.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::set_compounding())]
        pub fn set_compounding(origin: OriginFor<T>, pool: PoolId, compounding: bool) -> DispatchResult {
            let account = ensure_signed(origin)?;
            let holder = Holder::Account(account.clone());
            Positions::<T>::try_mutate_exists(pool, &holder, |position| {
                let position = position.as_mut().ok_or(Error::<T>::NothingThere)?;
                position.compounding = compounding;
                Ok::<(), Error<T>>(())
            })?;
            Self::deposit_event(Event::CompoundingSet { pool, account, compounding });
            Ok(())
        }

        /// Like [`Pallet::compound`], for an account that has asked for it.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::compound().saturating_add(T::WeightInfo::revalue(MAX_TARGETS)))]
        pub fn compound_for(origin: OriginFor<T>, pool: PoolId, account: AccountId32) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::join_with_reward(pool, account, true)
        }

        /// Burns what slashes have taken from a holder; a vault's is taken from its members. Whatever else happens to a
        /// holder does the same.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::settle().saturating_add(T::WeightInfo::revalue(MAX_TARGETS)))]
        pub fn settle(origin: OriginFor<T>, pool: PoolId, holder: Holder) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            ensure!(Positions::<T>::contains_key(pool, &holder), Error::<T>::NothingThere);
            let seat = Self::open(pool, holder)?;
            let weight = Self::with_revalue(T::WeightInfo::settle(), &seat.pool);
            Self::put(seat);
            Ok(Some(weight).into())
        }

        /// Pays who waits in a pool first, if it has the stake; stops one of its workers if it does not and they have
        /// waited for longer than the patience. Every block does the same, pool by pool.
        #[pallet::call_index(14)]
        #[pallet::weight(Pallet::<T>::step_weight())]
        pub fn serve(origin: OriginFor<T>, pool: PoolId) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            ensure!(Self::somebody_waits(pool), Error::<T>::NothingThere);
            Ok(Some(Self::visit(pool)).into())
        }

        /// Puts `amount` more of a pool's stake behind a worker that its owner operates.
        #[pallet::call_index(15)]
        #[pallet::weight(T::WeightInfo::assign())]
        pub fn assign(origin: OriginFor<T>, pool: PoolId, worker: WorkerId, amount: u128) -> DispatchResult {
            let owned = Self::owned(origin, pool)?;
            Self::add_stake(pool, owned, worker, amount)
        }

        /// Frees the stake of a worker that was never started.
        #[pallet::call_index(16)]
        #[pallet::weight(T::WeightInfo::unassign())]
        pub fn unassign(origin: OriginFor<T>, worker: WorkerId) -> DispatchResult {
            let assigned = Assignments::<T>::get(worker).ok_or(Error::<T>::NotAssigned)?;
            Self::owned(origin, assigned.pool)?;
            Self::free_stake(worker, assigned)
        }

        /// Sets the pools that a vault is in and their weights. What is more than that in a pool leaves it; what is
        /// free joins.
        #[pallet::call_index(17)]
        #[pallet::weight(T::WeightInfo::spread(MAX_TARGETS).saturating_mul(2))]
        pub fn split(origin: OriginFor<T>, vault: PoolId, targets: Targets) -> DispatchResult {
            Self::owned(origin, vault)?;
            Self::redirect(vault, targets)
        }

        /// Has a vault leave its pools with what its members wait for, and join them with what is free.
        #[pallet::call_index(18)]
        #[pallet::weight(T::WeightInfo::spread(MAX_TARGETS).saturating_mul(2))]
        pub fn spread(origin: OriginFor<T>, vault: PoolId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::withdraw(vault)?;
            Self::place(vault)
        }

        /// Sets what pools work by. What leaves or cools already stays as it is.
        #[pallet::call_index(19)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::ParametersOrigin::ensure_origin(origin)?;
            let long_enough =
                parameters.unbonding >= T::LeastUnbonding::get() && parameters.cooling >= T::LeastCooling::get();
            ensure!(parameters.are_possible() && long_enough, Error::<T>::BadParameters);
            PoolParameters::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet { parameters });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// The account that has the rewards that nobody has claimed.
        pub fn account() -> AccountId32 {
            T::PalletId::get().into_account_truncating()
        }

        pub(crate) fn block_number() -> BlockNumber {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }

        /// The pool, if the origin is its owner.
        fn owned(origin: OriginFor<T>, pool: PoolId) -> Result<Pool, DispatchError> {
            let account = ensure_signed(origin)?;
            let pool = Pools::<T>::get(pool).ok_or(Error::<T>::UnknownPool)?;
            ensure!(pool.owner == account, Error::<T>::NotYourPool);
            Ok(pool)
        }

        /// Of leaving a vault with so many targets: it is looked at what it stands at before and after its member leaves.
        fn leave_weight(targets: u32) -> Weight {
            let vault = T::WeightInfo::revalue(targets).saturating_add(T::WeightInfo::spread(targets));
            T::WeightInfo::leave().saturating_add(vault)
        }

        /// Of a call that costs `base` besides looking at where a vault stands.
        pub(crate) fn with_revalue(base: Weight, pool: &Pool) -> Weight {
            match &pool.vault {
                Some(vault) => base.saturating_add(T::WeightInfo::revalue(vault.targets.len() as u32)),
                None => base,
            }
        }
    }
}
