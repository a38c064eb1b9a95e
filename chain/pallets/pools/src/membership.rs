//! How stake comes into a pool and begins to leave it.

use adyton_pallet_traits::PoolId;
use frame_support::{ensure, traits::fungible::hold::Mutate as _};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchError, DispatchResult},
};

use crate::{
    Allowed, Backed, Chunks, Config, DueChunks, Error, Event, HoldReason, Pallet, PoolParameters, PoolTotals, Pools,
    Positions,
    seat::Seat,
    types::{Chunk, Holder, MAX_CHUNKS, Pool},
};

impl<T: Config> Pallet<T> {
    /// The holder joins with `amount`. Of an account, that is held; a vault says itself what it has put where.
    pub(crate) fn enter(seat: &mut Seat, amount: u128) -> DispatchResult {
        // Who comes has no part in what those who are here may lose.
        let frozen = Self::frozen_in(seat.id, &seat.pool);
        ensure!(seat.pool.exposed(frozen) == 0, Error::<T>::PoolFrozen);
        ensure!(Self::may_join(seat), Error::<T>::NotAllowed);
        let active = seat.pool.books.active().checked_add(amount).ok_or(Error::<T>::Overflow)?;
        ensure!(seat.pool.cap.is_none_or(|cap| active <= cap), Error::<T>::CapReached);
        Self::write_off(seat)?;
        let class = &mut seat.pool.side_mut(&seat.holder).active;
        ensure!(!class.is_bankrupt(), Error::<T>::Bankrupt);
        let shares = class.enter(&mut seat.position.active, amount).ok_or(Error::<T>::TooLittle)?;
        if let Holder::Account(account) = &seat.holder {
            T::Currency::hold(&HoldReason::Stake.into(), account, amount)?;
            PoolTotals::<T>::mutate(|totals| totals.held = totals.held.saturating_add(amount));
        }
        let (pool, holder) = (seat.id, seat.holder.clone());
        Self::deposit_event(Event::Joined { pool, holder, amount, shares });
        Ok(())
    }

    /// Whether the holder may join: a vault, by its owner.
    fn may_join(seat: &Seat) -> bool {
        let account = match &seat.holder {
            Holder::Account(account) => account.clone(),
            Holder::Vault(vault) => match Pools::<T>::get(vault) {
                Some(vault) => vault.owner,
                None => return false,
            },
        };
        !seat.pool.restricted || account == seat.pool.owner || Allowed::<T>::contains_key(seat.id, account)
    }

    /// Whoever has all shares of what is worth nothing any more begins anew.
    fn write_off(seat: &mut Seat) -> DispatchResult {
        let class = &mut seat.pool.side_mut(&seat.holder).active;
        let stake = &mut seat.position.active;
        if !class.is_bankrupt() || class.shares != stake.shares {
            return Ok(());
        }
        let shares = stake.shares;
        let lost = class.take(stake, shares).lost;
        Self::lose(seat.id, &seat.holder, lost)
    }

    /// The holder leaves with `amount`, or with everything.
    pub(crate) fn exit(seat: &mut Seat, amount: Option<u128>) -> DispatchResult {
        let shares = Self::leaving_shares(seat, amount)?;
        let before = seat.pool.books.total();
        let side = seat.pool.side_mut(&seat.holder);
        let taken = side.active.take(&mut seat.position.active, shares);
        let parameters = PoolParameters::<T>::get();
        let due = Self::block_number().saturating_add(parameters.unbonding);
        let chunk = if taken.worth > 0 {
            ensure!(seat.position.chunks < MAX_CHUNKS, Error::<T>::TooManyChunks);
            ensure!(!side.leaving.is_bankrupt(), Error::<T>::Bankrupt);
            let shares = side.leaving.enter(&mut seat.position.leaving, taken.worth).ok_or(Error::<T>::Overflow)?;
            seat.position.chunks = seat.position.chunks.saturating_add(1);
            let number = DueChunks::<T>::mutate(|span| span.push());
            let holder = seat.holder.clone();
            Chunks::<T>::insert(number, Chunk { pool: seat.id, holder, shares, due });
            Some(number)
        } else {
            None
        };
        if seat.pool.frozen > 0 {
            // What rounding burns is gone, and cannot be taken again.
            let burnt = before.saturating_sub(seat.pool.books.total());
            seat.pool.given = seat.pool.given.saturating_add(burnt);
        }
        Self::lose(seat.id, &seat.holder, taken.lost)?;
        let (pool, holder) = (seat.id, seat.holder.clone());
        Self::deposit_event(Event::Leaving { pool, holder, amount: taken.worth, chunk, due });
        Ok(())
    }

    /// With how many shares the holder leaves who leaves with `amount`.
    fn leaving_shares(seat: &Seat, amount: Option<u128>) -> Result<u128, DispatchError> {
        let class = &seat.pool.side(&seat.holder).active;
        let stake = &seat.position.active;
        ensure!(stake.shares > 0, Error::<T>::NothingThere);
        let Some(amount) = amount else { return Ok(stake.shares) };
        let minimum = PoolParameters::<T>::get().minimum;
        ensure!(amount >= minimum, Error::<T>::TooLittle);
        let worth = class.worth_of(stake);
        ensure!(amount <= worth, Error::<T>::TooMuch);
        ensure!(worth.saturating_sub(amount) >= minimum, Error::<T>::TooLittleStays);
        let shares = class.shares_for(amount).ok_or(Error::<T>::Bankrupt)?;
        Ok(shares.min(stake.shares))
    }

    /// Whether nobody has, or had, anything to do with a pool any more.
    pub(crate) fn ensure_unused(id: PoolId, pool: &Pool) -> DispatchResult {
        let mut targets = pool.vault.iter().flat_map(|vault| vault.targets.iter());
        let used = pool.bound > 0
            || targets.any(|target| Positions::<T>::contains_key(target.pool, Holder::Vault(id)))
            || pool.fees > 0
            || pool.frozen > 0
            || Positions::<T>::iter_key_prefix(id).next().is_some()
            || Allowed::<T>::iter_key_prefix(id).next().is_some()
            || Backed::<T>::iter_key_prefix(id).next().is_some();
        ensure!(!used, Error::<T>::StillUsed);
        Ok(())
    }
}
