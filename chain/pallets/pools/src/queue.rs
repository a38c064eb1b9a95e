//! What happens by itself: cooled stake gets free, chunks are paid when they are due, and where a pool has no free
//! stake for them, those who wait are served in order, in the end by stopping its workers.
//!
//! Each of these is a step, and a block does a bounded number of them.

use adyton_pallet_traits::{PoolId, Running};
use frame_support::{
    ensure,
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect as _, hold::Mutate as _},
        tokens::Precision,
    },
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchResult, Weight},
};

use crate::{
    Assignments, Backed, Chunks, Config, CoolingSpan, Coolings, DueChunks, Error, Event, HoldReason, Lines, Pallet,
    PoolParameters, PoolTotals, Pools, VisitSpan, Visits, Waiting, WeightInfo,
    seat::Seat,
    types::{Chunk, Holder, MAX_TARGETS, State, Waiter},
};

/// How many steps every block does, however full it is.
pub(crate) const STEPS: u32 = 4;
/// How many steps a block does at most in what nothing else has used of it.
const MOST_STEPS: u32 = 64;

impl<T: Config> Pallet<T> {
    /// How many steps fit into `room`.
    pub(crate) fn steps_within(room: Weight) -> u32 {
        let room = room.saturating_sub(T::WeightInfo::idle());
        let steps = room.checked_div_per_component(&Self::step_weight()).unwrap_or(u64::from(MOST_STEPS));
        steps.min(u64::from(MOST_STEPS)) as u32
    }

    /// Of the longest step.
    pub(crate) fn step_weight() -> Weight {
        let pay = T::WeightInfo::step().saturating_add(T::WeightInfo::revalue(MAX_TARGETS));
        pay.saturating_add(T::Running::stop_weight())
    }

    /// Does up to so many steps, and says what they took.
    pub(crate) fn work(steps: u32) -> Weight {
        let mut weight = T::WeightInfo::idle();
        // Each pool in which somebody waits is visited once.
        let mut visits = VisitSpan::<T>::get().len();
        for _ in 0..steps {
            let step = match Self::cool_down().or_else(Self::pay_due) {
                Some(step) => step,
                None if visits > 0 => {
                    visits = visits.saturating_sub(1);
                    Self::visit_next()
                }
                None => break,
            };
            weight = weight.saturating_add(step);
        }
        weight
    }

    /// Frees the stake of the worker that has cooled down first.
    fn cool_down() -> Option<Weight> {
        let mut span = CoolingSpan::<T>::get();
        let cooled = Coolings::<T>::get(span.first)?;
        if cooled.at > Self::block_number() {
            return None;
        }
        Coolings::<T>::remove(span.first);
        span.pop();
        CoolingSpan::<T>::put(span);
        // It may have been started again.
        if let Some(assigned) = Assignments::<T>::get(cooled.worker)
            && assigned.state == State::Cooling(cooled.at)
        {
            Assignments::<T>::remove(cooled.worker);
            Pools::<T>::mutate(assigned.pool, |pool| {
                if let Some(pool) = pool {
                    pool.bound = pool.bound.saturating_sub(assigned.stake);
                    pool.cooling = pool.cooling.saturating_sub(assigned.stake);
                }
            });
            Self::deposit_event(Event::Unassigned { pool: assigned.pool, worker: cooled.worker });
        }
        Some(T::WeightInfo::step())
    }

    /// Pays the chunk that is due first, or has it wait.
    fn pay_due() -> Option<Weight> {
        let mut span = DueChunks::<T>::get();
        if span.is_empty() {
            return None;
        }
        let number = span.first;
        let chunk = Chunks::<T>::get(number);
        if chunk.as_ref().is_some_and(|chunk| chunk.due > Self::block_number()) {
            return None;
        }
        span.pop();
        DueChunks::<T>::put(span);
        let Some(chunk) = chunk else { return Some(T::WeightInfo::step()) };
        let weight = Self::chunk_weight(&chunk);
        if Self::somebody_waits(chunk.pool) || !Self::pay_if_possible(number, &chunk, false) {
            Self::wait(number, chunk.pool);
        }
        Some(weight)
    }

    /// Of a step with this chunk: in a vault, it is first seen what the vault's stake is worth.
    fn chunk_weight(chunk: &Chunk) -> Weight {
        match Pools::<T>::get(chunk.pool) {
            Some(pool) => Self::with_revalue(T::WeightInfo::step(), &pool),
            None => T::WeightInfo::step(),
        }
    }

    /// Visits the pool that comes first among those in which somebody waits, and puts it last if somebody still does.
    fn visit_next() -> Weight {
        let mut span = VisitSpan::<T>::get();
        let visited = Visits::<T>::take(span.first);
        span.pop();
        VisitSpan::<T>::put(span);
        let Some(pool) = visited else { return T::WeightInfo::step() };
        let weight = Self::visit(pool);
        if Self::somebody_waits(pool) {
            Self::come_again(pool);
        } else {
            Lines::<T>::remove(pool);
        }
        weight
    }

    /// Whether somebody in the pool is due and could not be paid.
    pub(crate) fn somebody_waits(pool: PoolId) -> bool {
        Lines::<T>::get(pool).is_some_and(|line| !line.is_empty())
    }

    fn come_again(pool: PoolId) {
        let number = VisitSpan::<T>::mutate(|span| span.push());
        Visits::<T>::insert(number, pool);
    }

    /// A chunk is due and cannot be paid.
    fn wait(chunk: u64, pool: PoolId) {
        let line = Lines::<T>::get(pool);
        // A pool has a line as long as it is among those that are visited.
        if line.is_none() {
            Self::come_again(pool);
        }
        let mut line = line.unwrap_or_default();
        let waiter = Waiter { chunk, since: Self::block_number() };
        Waiting::<T>::insert((pool, line.push()), waiter);
        Lines::<T>::insert(pool, line);
        Self::deposit_event(Event::Waits { pool, chunk });
    }

    /// Pays who waits first in a pool; stops a worker of it where that cannot be, for longer than the patience.
    pub(crate) fn visit(id: PoolId) -> Weight {
        let Some(mut line) = Lines::<T>::get(id) else { return T::WeightInfo::step() };
        let waiter = Waiting::<T>::get((id, line.first));
        let mut weight = T::WeightInfo::step();
        if let Some(waiter) = waiter
            && let Some(chunk) = Chunks::<T>::get(waiter.chunk)
        {
            weight = Self::chunk_weight(&chunk);
            let patience = PoolParameters::<T>::get().patience;
            let waited = Self::block_number() >= waiter.since.saturating_add(patience);
            if !Self::pay_if_possible(waiter.chunk, &chunk, waited) {
                if waited {
                    Self::stop_for(id, &chunk);
                    weight = weight.saturating_add(T::Running::stop_weight());
                }
                return weight;
            }
        }
        Waiting::<T>::remove((id, line.first));
        line.pop();
        Lines::<T>::insert(id, line);
        weight
    }

    /// Stops a worker of the pool, unless what cools down is enough for the chunk.
    fn stop_for(id: PoolId, chunk: &Chunk) {
        let Some(pool) = Pools::<T>::get(id) else { return };
        let owed = pool.side(&chunk.holder).leaving.worth(chunk.shares);
        let running = pool.bound.saturating_sub(pool.cooling);
        if pool.books.total().saturating_sub(running) >= owed {
            return;
        }
        let Some(worker) = Backed::<T>::iter_key_prefix(id).next() else { return };
        let Some(assigned) = Assignments::<T>::get(worker) else { return };
        match assigned.state {
            State::Idle => Self::release_stake(worker, assigned),
            State::Running => {
                // Who runs it may have forgotten it; the stake cools down all the same.
                if with_storage_layer(|| T::Running::stop(&worker)).is_err() {
                    Self::cool_stake(&worker);
                }
            }
            State::Cooling(_) => {}
        }
    }

    /// Pays a chunk, if the pool has free stake for it and nothing of it is frozen, or it has `waited` long enough to be
    /// paid without what is. If not, nothing has happened.
    fn pay_if_possible(number: u64, chunk: &Chunk, waited: bool) -> bool {
        with_storage_layer(|| Self::pay_chunk(number, chunk, waited)).is_ok()
    }

    fn pay_chunk(number: u64, chunk: &Chunk, waited: bool) -> DispatchResult {
        let mut seat = Self::open(chunk.pool, chunk.holder.clone())?;
        let frozen = Self::frozen_in(seat.id, &seat.pool);
        seat.pool.given = seat.pool.given.min(frozen);
        let before = seat.pool.clone();
        let leaving = &mut seat.pool.side_mut(&chunk.holder).leaving;
        ensure!(leaving.worth(chunk.shares) <= before.free(), Error::<T>::TooMuch);
        let taken = leaving.take(&mut seat.position.leaving, chunk.shares);
        seat.position.chunks = seat.position.chunks.saturating_sub(1);
        // What rounding burns is gone like what is paid.
        let gone = before.books.total().saturating_sub(seat.pool.books.total());
        let given = before.held_back(frozen, before.is_own(&chunk.holder), gone);
        let amount = taken.worth.min(gone.saturating_sub(given));
        let lost = taken.worth.saturating_sub(amount);
        ensure!(lost == 0 || waited, Error::<T>::PoolFrozen);
        seat.pool.given = seat.pool.given.saturating_add(given);
        PoolTotals::<T>::mutate(|totals| totals.slashed = totals.slashed.saturating_add(lost));
        Self::lose(chunk.pool, &chunk.holder, taken.lost.saturating_add(lost))?;
        Self::hand_back(&seat, amount)?;
        Self::put(seat);
        Chunks::<T>::remove(number);
        Self::deposit_event(Event::Paid { pool: chunk.pool, holder: chunk.holder.clone(), chunk: number, amount });
        Ok(())
    }

    /// What has left is the account's own again; a vault's is free in the vault.
    fn hand_back(seat: &Seat, amount: u128) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        match &seat.holder {
            Holder::Account(account) => {
                let released = T::Currency::release(&HoldReason::Stake.into(), account, amount, Precision::Exact);
                if let Err(error) = released {
                    // An account that has nothing else cannot have less than the existential deposit: as elsewhere,
                    // that little is burnt, and nobody waits behind it.
                    ensure!(amount < T::Currency::minimum_balance(), error);
                    return Self::lose(seat.id, &seat.holder, amount);
                }
                PoolTotals::<T>::mutate(|totals| totals.held = totals.held.saturating_sub(amount));
            }
            Holder::Vault(vault) => Pools::<T>::mutate(vault, |vault| {
                if let Some(vault) = vault {
                    vault.bound = vault.bound.saturating_sub(amount);
                }
            }),
        }
        Ok(())
    }
}
