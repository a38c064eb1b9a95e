//! Which stake stands behind which worker, and what others say about it: that the worker runs, earns, is slashed.

use adyton_pallet_traits::{Assignment, PoolId, Pools as PoolsOf, Slashed, Workers};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, BlockNumber, WorkerId},
    ratio::ratio,
};
use frame_support::{
    ensure,
    storage::with_storage_layer,
    traits::{fungible::Mutate as _, tokens::Preservation},
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchResult},
};

use crate::{
    Assignments, Backed, Config, CoolingSpan, Coolings, Error, Event, Pallet, PoolParameters, PoolTotals, Pools,
    types::{Assigned, Cooled, Pool, State},
};

impl<T: Config> Pallet<T> {
    /// Puts `amount` more of a pool's stake behind a worker of its owner's.
    pub(crate) fn add_stake(id: PoolId, pool: Pool, worker: WorkerId, amount: u128) -> DispatchResult {
        ensure!(!pool.is_vault(), Error::<T>::IsAVault);
        ensure!(amount > 0, Error::<T>::TooLittle);
        ensure!(!Self::somebody_waits(id), Error::<T>::SomebodyWaits);
        let record = T::Workers::worker(&worker).ok_or(Error::<T>::UnknownWorker)?;
        ensure!(AccountId32::new(record.operator.0) == pool.owner, Error::<T>::NotYourWorker);
        let assigned = Assignments::<T>::get(worker).unwrap_or(Assigned { pool: id, stake: 0, state: State::Idle });
        ensure!(assigned.pool == id, Error::<T>::AssignedElsewhere);
        ensure!(!matches!(assigned.state, State::Cooling(_)), Error::<T>::WorkerCools);
        let bound = pool.bound.checked_add(amount).ok_or(Error::<T>::Overflow)?;
        ensure!(bound <= pool.books.active(), Error::<T>::TooMuch);
        let stake = assigned.stake.checked_add(amount).ok_or(Error::<T>::Overflow)?;
        Pools::<T>::insert(id, Pool { bound, ..pool });
        Assignments::<T>::insert(worker, Assigned { stake, ..assigned });
        Backed::<T>::insert(id, worker, ());
        Self::deposit_event(Event::Assigned { pool: id, worker, stake });
        Ok(())
    }

    /// Frees the stake of a worker that was not started, by its pool's owner.
    pub(crate) fn free_stake(worker: WorkerId, assigned: Assigned) -> DispatchResult {
        match assigned.state {
            State::Idle => Self::release_stake(worker, assigned),
            State::Running => return Err(Error::<T>::WorkerRuns.into()),
            State::Cooling(_) => return Err(Error::<T>::WorkerCools.into()),
        }
        Ok(())
    }

    /// Nothing stands behind an idle worker any more.
    pub(crate) fn release_stake(worker: WorkerId, assigned: Assigned) {
        Assignments::<T>::remove(worker);
        Backed::<T>::remove(assigned.pool, worker);
        Pools::<T>::mutate(assigned.pool, |pool| {
            if let Some(pool) = pool {
                pool.bound = pool.bound.saturating_sub(assigned.stake);
            }
        });
        Self::deposit_event(Event::Unassigned { pool: assigned.pool, worker });
    }

    /// The stake of a running worker cools down.
    pub(crate) fn cool_stake(worker: &WorkerId) {
        let Some(assigned) = Assignments::<T>::get(worker) else { return };
        if assigned.state != State::Running {
            return;
        }
        let until = Self::block_number().saturating_add(PoolParameters::<T>::get().cooling);
        Assignments::<T>::insert(worker, Assigned { state: State::Cooling(until), ..assigned });
        Backed::<T>::remove(assigned.pool, worker);
        let number = CoolingSpan::<T>::mutate(|span| span.push());
        Coolings::<T>::insert(number, Cooled { worker: *worker, at: until });
        Pools::<T>::mutate(assigned.pool, |pool| {
            if let Some(pool) = pool {
                pool.cooling = pool.cooling.saturating_add(assigned.stake);
            }
        });
        Self::deposit_event(Event::Cooling { pool: assigned.pool, worker: *worker, until });
    }

    /// The pool behind `worker` earns `amount`, which `pay` brings into the pallet's account.
    fn earn_with(worker: &WorkerId, amount: u128, pay: impl FnOnce() -> DispatchResult) -> DispatchResult {
        let assigned = Assignments::<T>::get(worker).ok_or(Error::<T>::NotAssigned)?;
        let mut pool = Pools::<T>::get(assigned.pool).ok_or(Error::<T>::UnknownPool)?;
        with_storage_layer(|| {
            ensure!(Self::earn(assigned.pool, &mut pool, amount), Error::<T>::NothingThere);
            Pools::<T>::insert(assigned.pool, pool);
            pay()
        })
    }
}

impl<T: Config> PoolsOf for Pallet<T> {
    fn assignment(worker: &WorkerId) -> Option<Assignment> {
        let assigned = Assignments::<T>::get(worker)?;
        let pool = Pools::<T>::get(assigned.pool)?;
        // What is left of the pool's stake, where slashes left less than stands behind its workers.
        let there = pool.books.total().min(pool.bound);
        let stake = ratio(assigned.stake, there, pool.bound).unwrap_or_default();
        Some(Assignment { pool: assigned.pool, stake, running: assigned.state == State::Running })
    }

    fn owner(pool: PoolId) -> Option<ProtocolAccount> {
        Pools::<T>::get(pool).map(|pool| ProtocolAccount(pool.owner.into()))
    }

    fn bind(worker: &WorkerId) -> DispatchResult {
        let assigned = Assignments::<T>::get(worker).ok_or(Error::<T>::NotAssigned)?;
        ensure!(assigned.state != State::Running, Error::<T>::WorkerRuns);
        ensure!(!Self::somebody_waits(assigned.pool), Error::<T>::SomebodyWaits);
        if let State::Cooling(_) = assigned.state {
            Pools::<T>::mutate(assigned.pool, |pool| {
                if let Some(pool) = pool {
                    pool.cooling = pool.cooling.saturating_sub(assigned.stake);
                }
            });
            Backed::<T>::insert(assigned.pool, worker, ());
        }
        Assignments::<T>::insert(worker, Assigned { state: State::Running, ..assigned });
        Ok(())
    }

    fn cool(worker: &WorkerId) {
        Self::cool_stake(worker);
    }

    fn issue_reward(worker: &WorkerId, amount: u128) -> u128 {
        let issued = Self::earn_with(worker, amount, || {
            T::Currency::mint_into(&Self::account(), amount)?;
            Ok(())
        });
        if issued.is_ok() { amount } else { 0 }
    }

    fn pay_reward(worker: &WorkerId, payer: &ProtocolAccount, amount: u128) -> DispatchResult {
        let payer = AccountId32::new(payer.0);
        Self::earn_with(worker, amount, || {
            T::Currency::transfer(&payer, &Self::account(), amount, Preservation::Expendable)?;
            Ok(())
        })
    }

    fn unfrozen(pool: PoolId) -> u128 {
        Pools::<T>::get(pool).filter(|pool| !pool.is_vault()).map_or(0, |pool| pool.unfrozen())
    }

    fn frozen(pool: PoolId) -> u128 {
        Pools::<T>::get(pool).map_or(0, |pool| pool.frozen)
    }

    fn freeze(pool: PoolId, amount: u128) -> DispatchResult {
        Pools::<T>::try_mutate(pool, |frozen| {
            let frozen = frozen.as_mut().filter(|pool| !pool.is_vault()).ok_or(Error::<T>::UnknownPool)?;
            ensure!(amount <= frozen.unfrozen(), Error::<T>::TooMuch);
            frozen.frozen = frozen.frozen.checked_add(amount).ok_or(Error::<T>::Overflow)?;
            Self::deposit_event(Event::Frozen { pool, amount });
            Ok(())
        })
    }

    fn unbonding() -> BlockNumber {
        PoolParameters::<T>::get().unbonding
    }

    fn cooling() -> BlockNumber {
        PoolParameters::<T>::get().cooling
    }

    fn thaw(pool: PoolId, amount: u128) {
        Pools::<T>::mutate(pool, |thawed| {
            if let Some(thawed) = thawed.as_mut() {
                let amount = amount.min(thawed.frozen);
                thawed.thaw(amount);
                Self::deposit_event(Event::Thawed { pool, amount });
            }
        });
    }

    fn slash(pool: PoolId, amount: u128) -> Slashed {
        let Some(mut slashed) = Pools::<T>::get(pool).filter(|pool| !pool.is_vault()) else {
            return Slashed::default();
        };
        let thawed = amount.min(slashed.frozen);
        let (own, shared, given) = slashed.slash(amount);
        Pools::<T>::insert(pool, slashed);
        // What was given was counted then.
        let now = own.saturating_add(shared);
        PoolTotals::<T>::mutate(|totals| totals.slashed = totals.slashed.saturating_add(now));
        let shared = shared.saturating_add(given);
        Self::deposit_event(Event::Slashed { pool, own, shared });
        if thawed > 0 {
            Self::deposit_event(Event::Thawed { pool, amount: thawed });
        }
        Slashed { own, shared }
    }
}
