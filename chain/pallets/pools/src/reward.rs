//! What pools earn, and who gets it.
//!
//! Rewards lie in the pallet's account from the moment in which they are issued until somebody claims them.

use adyton_pallet_traits::PoolId;
use frame_support::{
    dispatch::DispatchResultWithPostInfo,
    ensure,
    traits::{fungible::Mutate as _, tokens::Preservation},
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchError, DispatchResult},
};

use crate::{
    Config, Error, Event, Pallet, PoolTotals, WeightInfo,
    seat::Seat,
    types::{Holder, Pool},
};

impl<T: Config> Pallet<T> {
    /// A pool's stake has earned `amount`, of which the owner takes the commission. False, and nothing has happened,
    /// where no stake is there to earn it.
    pub(crate) fn earn(id: PoolId, pool: &mut Pool, amount: u128) -> bool {
        let commission = pool.commission.at(Self::block_number()).mul_floor(amount);
        if !pool.books.earn(amount.saturating_sub(commission)) {
            return false;
        }
        pool.fees = pool.fees.saturating_add(commission);
        PoolTotals::<T>::mutate(|totals| totals.rewarded = totals.rewarded.saturating_add(amount));
        Self::deposit_event(Event::Rewarded { pool: id, amount, commission });
        true
    }

    /// A vault's pools have paid it `amount`. Of what makes good what it had lost, the owner takes nothing.
    pub(crate) fn gain(id: PoolId, pool: &mut Pool, amount: u128) {
        let rate = pool.commission.at(Self::block_number());
        let Some(vault) = pool.vault.as_mut() else { return };
        let restored = vault.losses.min(amount);
        vault.losses = vault.losses.saturating_sub(restored);
        let mut commission = rate.mul_floor(amount.saturating_sub(restored));
        // Where no member is there to earn it, it is the owner's.
        if !pool.books.earn(amount.saturating_sub(commission)) {
            commission = amount;
        }
        pool.fees = pool.fees.saturating_add(commission);
        Self::deposit_event(Event::Rewarded { pool: id, amount, commission });
    }

    /// Pays `account` its rewards in the pool, and the owner the commission. Returns how much that was.
    pub(crate) fn pay_out(seat: &mut Seat, account: &AccountId32) -> Result<u128, DispatchError> {
        let fees = if seat.pool.owner == *account { core::mem::take(&mut seat.pool.fees) } else { 0 };
        let amount = core::mem::take(&mut seat.position.reward).saturating_add(fees);
        ensure!(amount > 0, Error::<T>::NoReward);
        Self::pay(account, amount)?;
        Self::deposit_event(Event::Claimed { pool: seat.id, account: account.clone(), amount });
        Ok(amount)
    }

    /// Joins a pool with what `account` has earned in it: for somebody else, if it has asked for that.
    pub(crate) fn join_with_reward(id: PoolId, account: AccountId32, by_anybody: bool) -> DispatchResultWithPostInfo {
        let mut seat = Self::open(id, Holder::Account(account.clone()))?;
        ensure!(!by_anybody || seat.position.compounding, Error::<T>::NotCompounding);
        let amount = Self::pay_out(&mut seat, &account)?;
        Self::enter(&mut seat, amount)?;
        let weight = Self::with_revalue(T::WeightInfo::compound(), &seat.pool);
        Self::put(seat);
        Ok(Some(weight).into())
    }

    /// Pays from the pallet's account.
    fn pay(account: &AccountId32, amount: u128) -> DispatchResult {
        T::Currency::transfer(&Self::account(), account, amount, Preservation::Preserve)?;
        Ok(())
    }
}
