//! What must always hold of the pallet's storage and of the accounts.
#![cfg(any(feature = "std", feature = "try-runtime"))]

use adyton_pallet_traits::PoolId;
use adyton_protocol::pools::books::{Class, Stake};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{
    ensure,
    traits::fungible::{Inspect as _, hold::Inspect as _},
};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_runtime::{AccountId32, TryRuntimeError},
};

use crate::{
    Assignments, Backed, Chunks, Config, CoolingSpan, Coolings, Descriptions, DueChunks, HoldReason, Lines, Pallet,
    PoolCount, PoolTotals, Pools, Positions, VisitSpan, Visits, Waiting,
    types::{Holder, Pool, State},
};

type Outcome = Result<(), TryRuntimeError>;

impl<T: Config> Pallet<T> {
    /// The invariants: classes are the sums of their stakes, and stakes of their chunks; what is held in accounts is
    /// what the books say; the pallet's account has all rewards; what is bound is what stands behind workers, or a
    /// vault has in pools; what is frozen is there; every chunk is in one queue, and every pool with a queue is visited.
    pub fn do_try_state() -> Outcome {
        let bound = Self::bound_by_pool()?;
        for (id, pool) in Pools::<T>::iter() {
            ensure!(id > 0 && id <= PoolCount::<T>::get(), "a pool has a number that was never given");
            ensure!(Descriptions::<T>::contains_key(id), "a pool has no description");
            Self::try_classes(id, &pool)?;
            let (all, cooling) = bound.get(&id).copied().unwrap_or_default();
            ensure!(pool.bound == all, "something else is bound than stands behind workers or in pools");
            ensure!(pool.cooling == cooling, "something else cools down than is said");
            let there = pool.books.total() + pool.given;
            ensure!(pool.frozen <= there, "more is frozen than there is");
            ensure!(!pool.is_vault() || pool.frozen == 0, "a vault is frozen, and not its pools");
        }
        Self::try_chunks()?;
        Self::try_queues()?;
        Self::try_workers()?;
        Self::try_rewards()?;
        Self::try_holds()
    }

    fn try_classes(id: PoolId, pool: &Pool) -> Outcome {
        let mut sums = [Stake::default(); 4];
        let mut add = |index: usize, stake: &Stake| {
            sums[index].shares += stake.shares;
            sums[index].held += stake.held;
        };
        for (holder, position) in Positions::<T>::iter_prefix(id) {
            ensure!(!position.is_over(), "a position that is over is still there");
            let side = usize::from(pool.is_own(&holder)) * 2;
            add(side, &position.active);
            add(side + 1, &position.leaving);
        }
        let books = &pool.books;
        let classes = [books.shared.active, books.shared.leaving, books.own.active, books.own.leaving];
        for (class, sum) in classes.iter().zip(sums) {
            let Class { shares, value, unsettled } = *class;
            ensure!(sum.shares == shares, "a class has other shares than its stakes");
            ensure!(sum.held == value + unsettled, "for a class something else is held than its value and losses");
            ensure!(shares > 0 || value == 0, "a class without shares has a value");
        }
        Ok(())
    }

    /// What of each pool's stake is behind workers and what of that cools down, and of each vault's is in pools.
    fn bound_by_pool() -> Result<BTreeMap<PoolId, (u128, u128)>, TryRuntimeError> {
        let mut bound = BTreeMap::<PoolId, (u128, u128)>::new();
        for assigned in Assignments::<T>::iter_values() {
            let sums = bound.entry(assigned.pool).or_default();
            sums.0 += assigned.stake;
            if let State::Cooling(_) = assigned.state {
                sums.1 += assigned.stake;
            }
        }
        for (pool, holder, position) in Positions::<T>::iter() {
            let Holder::Vault(id) = holder else { continue };
            let vault = Pools::<T>::get(id).and_then(|pool| pool.vault).ok_or("what is no vault is in a pool")?;
            let is_target = vault.targets.iter().any(|target| target.pool == pool);
            ensure!(is_target, "a vault is in a pool that is not its target");
            bound.entry(id).or_default().0 += position.held();
        }
        Ok(bound)
    }

    fn try_chunks() -> Outcome {
        let mut sums = BTreeMap::<_, (u128, u32)>::new();
        for chunk in Chunks::<T>::iter_values() {
            let sum = sums.entry((chunk.pool, chunk.holder)).or_default();
            *sum = (sum.0 + chunk.shares, sum.1 + 1);
        }
        for (pool, holder, position) in Positions::<T>::iter() {
            let sum = sums.remove(&(pool, holder)).unwrap_or_default();
            ensure!(sum == (position.leaving.shares, position.chunks), "what leaves is not what the chunks say");
        }
        ensure!(sums.is_empty(), "a chunk is nobody's");
        Ok(())
    }

    fn try_queues() -> Outcome {
        let due = DueChunks::<T>::get();
        let mut waiting = BTreeSet::new();
        for ((pool, number), waiter) in Waiting::<T>::iter() {
            let line = Lines::<T>::get(pool).ok_or("somebody waits in no line")?;
            ensure!((line.first..line.next).contains(&number), "somebody waits outside of the line");
            let chunk = Chunks::<T>::get(waiter.chunk).ok_or("nothing waits")?;
            ensure!(chunk.pool == pool, "a chunk waits in another pool's line");
            ensure!(waiting.insert(waiter.chunk), "a chunk waits twice");
        }
        for (number, _) in Chunks::<T>::iter() {
            let later = (due.first..due.next).contains(&number);
            ensure!(later != waiting.contains(&number), "a chunk is in no queue, or in two");
        }
        let mut visited = BTreeSet::new();
        let span = VisitSpan::<T>::get();
        for (number, pool) in Visits::<T>::iter() {
            ensure!((span.first..span.next).contains(&number), "a visit is outside of its queue");
            ensure!(visited.insert(pool), "a pool is visited twice");
        }
        let lines = Lines::<T>::iter_keys().collect::<BTreeSet<_>>();
        ensure!(lines == visited, "a pool in which somebody waits is not visited, or another one is");
        Ok(())
    }

    fn try_workers() -> Outcome {
        let span = CoolingSpan::<T>::get();
        let mut ends = BTreeSet::new();
        for (number, cooled) in Coolings::<T>::iter() {
            ensure!((span.first..span.next).contains(&number), "the end of a cooling is outside of its queue");
            ends.insert((cooled.worker, cooled.at));
        }
        for (worker, assigned) in Assignments::<T>::iter() {
            ensure!(Pools::<T>::contains_key(assigned.pool), "a pool that is gone stands behind a worker");
            let backed = Backed::<T>::contains_key(assigned.pool, worker);
            match assigned.state {
                State::Idle | State::Running => ensure!(backed, "a worker is not among its pool's"),
                State::Cooling(at) => {
                    ensure!(!backed, "a worker that cools down is among its pool's");
                    ensure!(ends.contains(&(worker, at)), "a worker cools down for ever");
                }
            }
        }
        for (pool, worker, ()) in Backed::<T>::iter() {
            let assigned = Assignments::<T>::get(worker).ok_or("a pool has a worker that nothing stands behind")?;
            ensure!(assigned.pool == pool, "a pool has another one's worker");
        }
        Ok(())
    }

    fn try_rewards() -> Outcome {
        let mut owed = T::Currency::minimum_balance();
        for (id, pool) in Pools::<T>::iter() {
            owed += pool.fees + pool.books.own.rest + pool.books.shared.rest;
            for (holder, position) in Positions::<T>::iter_prefix(id) {
                owed += position.reward + pool.side(&holder).earned(position.active.shares, position.index);
            }
        }
        ensure!(T::Currency::balance(&Self::account()) >= owed, "rewards are owed that are not there");
        Ok(())
    }

    fn try_holds() -> Outcome {
        let mut stakes = BTreeMap::<AccountId32, u128>::new();
        for (id, holder, position) in Positions::<T>::iter() {
            ensure!(Pools::<T>::contains_key(id), "somebody has something in a pool that is gone");
            match holder {
                Holder::Account(account) => *stakes.entry(account).or_default() += position.held(),
                Holder::Vault(vault) => ensure!(Pools::<T>::contains_key(vault), "a vault that is gone has a stake"),
            }
        }
        let mut deposits = BTreeMap::<AccountId32, u128>::new();
        for pool in Pools::<T>::iter_values() {
            *deposits.entry(pool.owner).or_default() += pool.deposit;
        }
        let all = stakes.values().sum::<u128>();
        ensure!(PoolTotals::<T>::get().held == all, "the total of stake is not the sum of stakes");
        let accounts = frame_system::Account::<T>::iter_keys().collect::<BTreeSet<_>>();
        for account in accounts.iter().chain(stakes.keys()).chain(deposits.keys()) {
            for (reason, owed) in [(HoldReason::Stake, &stakes), (HoldReason::Pool, &deposits)] {
                let held = T::Currency::balance_on_hold(&reason.into(), account);
                let owed = owed.get(account).copied().unwrap_or_default();
                ensure!(held == owed, "what is held of an account is not what the books say");
            }
        }
        Ok(())
    }
}
