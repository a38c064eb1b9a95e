//! One holder's place in one pool, looked at and put back.
//!
//! Whoever looks at a place settles it: what it has earned is added up, what slashes have taken is burnt.

use adyton_pallet_traits::PoolId;
use frame_support::traits::{
    fungible::hold::Mutate as _,
    tokens::{Fortitude, Precision},
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchError, DispatchResult},
};

use crate::{
    Config, Error, Event, HoldReason, Pallet, PoolTotals, Pools, Positions,
    types::{Holder, Pool, Position},
};

/// A holder's place in a pool, as of now.
pub(crate) struct Seat {
    pub(crate) id: PoolId,
    pub(crate) pool: Pool,
    pub(crate) holder: Holder,
    pub(crate) position: Position,
}

impl<T: Config> Pallet<T> {
    /// The pool as of now: a vault has what it earned in its pools, and lost what it lost there.
    pub(crate) fn current(id: PoolId) -> Result<Pool, DispatchError> {
        let pool = Pools::<T>::get(id).ok_or(Error::<T>::UnknownPool)?;
        match &pool.vault {
            None => Ok(pool),
            Some(vault) => Self::revalue(id, &vault.targets),
        }
    }

    /// The place of `holder` in a pool. What is changed about it holds when it is [`Pallet::put`] back.
    pub(crate) fn open(id: PoolId, holder: Holder) -> Result<Seat, DispatchError> {
        let pool = Self::current(id)?;
        Self::seat(id, pool, holder)
    }

    /// Like [`Pallet::open`], in a pool that is as of now.
    pub(crate) fn seat(id: PoolId, mut pool: Pool, holder: Holder) -> Result<Seat, DispatchError> {
        let mut position = Positions::<T>::get(id, &holder);
        let side = pool.side_mut(&holder);
        let earned = side.earned(position.active.shares, position.index);
        position.reward = position.reward.saturating_add(earned);
        position.index = side.index;
        let active = side.active.settle(&mut position.active);
        let lost = side.leaving.settle(&mut position.leaving).saturating_add(active);
        Self::lose(id, &holder, lost)?;
        Ok(Seat { id, pool, holder, position })
    }

    /// Keeps what was changed.
    pub(crate) fn put(seat: Seat) {
        Pools::<T>::insert(seat.id, seat.pool);
        if seat.position.is_over() {
            Positions::<T>::remove(seat.id, &seat.holder);
        } else {
            Positions::<T>::insert(seat.id, &seat.holder, seat.position);
        }
    }

    /// What is frozen in the pool; of a vault, its part of what is in its pools.
    pub(crate) fn frozen_in(id: PoolId, pool: &Pool) -> u128 {
        let Some(vault) = &pool.vault else { return pool.frozen };
        vault.targets.iter().fold(0, |sum: u128, target| sum.saturating_add(Self::held_back_of(id, target.pool)))
    }

    /// What of a vault's stake in a pool is held back by what is frozen there.
    fn held_back_of(vault: PoolId, target: PoolId) -> u128 {
        let Some(pool) = Pools::<T>::get(target).filter(|pool| pool.frozen > 0) else { return 0 };
        let position = Positions::<T>::get(target, Holder::Vault(vault));
        let side = &pool.books.shared;
        let leaving = side.leaving.worth_of(&position.leaving);
        let worth = side.active.worth_of(&position.active).saturating_add(leaving);
        pool.held_back(pool.frozen, false, worth)
    }

    /// What was held for `holder` in a pool is no longer: an account's is burnt, a vault's is its members' loss.
    pub(crate) fn lose(id: PoolId, holder: &Holder, amount: u128) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        match holder {
            Holder::Account(account) => {
                let reason = HoldReason::Stake.into();
                T::Currency::burn_held(&reason, account, amount, Precision::Exact, Fortitude::Force)?;
                PoolTotals::<T>::mutate(|totals| totals.held = totals.held.saturating_sub(amount));
            }
            Holder::Vault(vault) => Self::pass_on(*vault, amount),
        }
        Self::deposit_event(Event::Settled { pool: id, holder: holder.clone(), amount });
        Ok(())
    }
}
