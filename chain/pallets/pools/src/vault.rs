//! Vaults: pools that are in other pools.
//!
//! What a vault has in a pool is held in its members' accounts; here are only numbers. Whenever somebody touches a
//! vault, it takes what its pools have earned for it, and passes on to its members what it has lost in them.

use adyton_pallet_traits::PoolId;
use adyton_protocol::ratio::ratio;
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, storage::with_storage_layer};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchError, DispatchResult},
};

use crate::{
    Config, Error, Event, Pallet, PoolParameters, PoolTotals, Pools, Positions,
    seat::Seat,
    types::{Holder, MAX_CHUNKS, Pool, Target, Targets},
};

/// What a vault leaves its pools with beyond what its members wait for, so that rounding in between does not make it
/// too little: a millionth of a PHA.
const SLACK: u128 = 1_000_000;

impl<T: Config> Pallet<T> {
    /// The vault, with what it has earned and lost in its pools.
    pub(crate) fn revalue(id: PoolId, targets: &Targets) -> Result<Pool, DispatchError> {
        let mut gain = 0u128;
        for target in targets {
            let holder = Holder::Vault(id);
            let Some(pool) = Pools::<T>::get(target.pool) else { continue };
            let mut seat = Self::seat(target.pool, pool, holder)?;
            gain = gain.saturating_add(core::mem::take(&mut seat.position.reward));
            Self::put(seat);
        }
        let mut vault = Pools::<T>::get(id).ok_or(Error::<T>::UnknownPool)?;
        if gain > 0 {
            Self::gain(id, &mut vault, gain);
            Pools::<T>::insert(id, &vault);
        }
        Ok(vault)
    }

    /// A vault has lost `amount` of what it had in a pool: its members have, in proportion, but for what others have given
    /// for it when they left.
    pub(crate) fn pass_on(id: PoolId, amount: u128) {
        Pools::<T>::mutate(id, |vault| {
            let Some(vault) = vault else { return };
            let (own, shared, given) = vault.slash(amount);
            vault.bound = vault.bound.saturating_sub(amount);
            if let Some(vault) = &mut vault.vault {
                vault.losses = vault.losses.saturating_add(amount.saturating_sub(given));
            }
            if given > 0 {
                // That was counted when it was given.
                PoolTotals::<T>::mutate(|totals| totals.slashed = totals.slashed.saturating_sub(given));
            }
            Self::deposit_event(Event::Slashed { pool: id, own, shared: shared.saturating_add(given) });
        });
    }

    /// The vault's targets.
    fn targets(vault: &Pool) -> Result<Targets, Error<T>> {
        vault.vault.as_ref().map(|vault| vault.targets.clone()).ok_or(Error::<T>::NotAVault)
    }

    /// The vault goes to these pools: it leaves those in which it has more than its part, and joins with what is free.
    pub(crate) fn redirect(id: PoolId, targets: Targets) -> DispatchResult {
        let mut vault = Self::current(id)?;
        let targets = Self::merged(id, &Self::targets(&vault)?, targets)?;
        if let Some(vault) = &mut vault.vault {
            vault.targets = targets.clone();
        }
        let all = vault.books.active();
        Pools::<T>::insert(id, vault);
        let minimum = PoolParameters::<T>::get().minimum;
        for (target, part) in Self::parts(&targets, all) {
            let Some(pool) = Pools::<T>::get(target) else { continue };
            let mut seat = Self::seat(target, pool, Holder::Vault(id))?;
            let excess = Self::active_worth(&seat).saturating_sub(part);
            if part < minimum && seat.position.active.shares > 0 {
                Self::exit(&mut seat, None)?;
            } else if excess >= minimum {
                Self::exit(&mut seat, Some(excess))?;
            }
            Self::put(seat);
        }
        Self::deposit_event(Event::Split { vault: id, targets });
        Self::place(id)
    }

    /// The new targets, and of the old ones those in which the vault still is, with no weight.
    fn merged(id: PoolId, old: &Targets, new: Targets) -> Result<Targets, Error<T>> {
        ensure!(new.is_sorted_by(|one, next| one.pool < next.pool), Error::<T>::BadTargets);
        for target in &new {
            let pool = Pools::<T>::get(target.pool).ok_or(Error::<T>::UnknownPool)?;
            ensure!(!pool.is_vault(), Error::<T>::IsAVault);
        }
        let weightless = new.iter().all(|target| target.weight == 0);
        ensure!(new.is_empty() || !weightless, Error::<T>::BadTargets);
        let mut weights: BTreeMap<PoolId, u32> = new.iter().map(|target| (target.pool, target.weight)).collect();
        for target in old {
            if Positions::<T>::contains_key(target.pool, Holder::Vault(id)) {
                weights.entry(target.pool).or_insert(0);
            }
        }
        let merged: Vec<Target> = weights.into_iter().map(|(pool, weight)| Target { pool, weight }).collect();
        Targets::try_from(merged).map_err(|_| Error::<T>::TooManyTargets)
    }

    /// What of `all` each target gets by its weight.
    fn parts(targets: &Targets, all: u128) -> Vec<(PoolId, u128)> {
        let weights = targets.iter().fold(0u128, |sum, target| sum.saturating_add(target.weight.into()));
        let part = |weight: u32| ratio(all, weight.into(), weights).unwrap_or_default();
        targets.iter().map(|target| (target.pool, part(target.weight))).collect()
    }

    fn active_worth(seat: &Seat) -> u128 {
        seat.pool.side(&seat.holder).active.worth_of(&seat.position.active)
    }

    /// The vault leaves its pools with what its members leave it with, as far as it does not yet.
    pub(crate) fn withdraw(id: PoolId) -> DispatchResult {
        let vault = Self::current(id)?;
        let targets = Self::targets(&vault)?;
        let coming = targets.iter().fold(vault.free(), |sum, target| {
            sum.saturating_add(Positions::<T>::get(target.pool, Holder::Vault(id)).leaving.held)
        });
        let mut needed = vault.books.shared.leaving.value.saturating_sub(coming);
        if needed > 0 {
            needed = needed.saturating_add(SLACK);
        }
        for target in &targets {
            if needed == 0 {
                break;
            }
            // A pool that cannot be left now keeps nobody from leaving the others.
            let left = with_storage_layer(|| Self::withdraw_from(id, target.pool, needed));
            needed = needed.saturating_sub(left.unwrap_or_default());
        }
        Ok(())
    }

    /// The vault leaves one pool with `needed` or a little more, or with all that it has there. Returns how much.
    fn withdraw_from(id: PoolId, pool: PoolId, needed: u128) -> Result<u128, DispatchError> {
        let minimum = PoolParameters::<T>::get().minimum;
        let mut seat = Self::open(pool, Holder::Vault(id))?;
        let there = Self::active_worth(&seat);
        let amount = needed.max(minimum);
        let stays = there.saturating_sub(amount) >= minimum;
        let leaves = seat.position.active.shares > 0 && seat.position.chunks < MAX_CHUNKS;
        if leaves {
            Self::exit(&mut seat, stays.then_some(amount))?;
        }
        Self::put(seat);
        Ok(match (leaves, stays) {
            (false, _) => 0,
            (true, true) => amount,
            (true, false) => there,
        })
    }

    /// The vault joins its pools with what nobody waits for, as far as they take it.
    pub(crate) fn place(id: PoolId) -> DispatchResult {
        let vault = Self::current(id)?;
        let targets = Self::targets(&vault)?;
        let spare = vault.free().saturating_sub(vault.books.shared.leaving.value);
        let minimum = PoolParameters::<T>::get().minimum;
        for (pool, amount) in Self::parts(&targets, spare) {
            if amount >= minimum {
                // A pool that is full, closed or frozen gets nothing; what it would have got stays in the vault.
                let _ = with_storage_layer(|| Self::place_in(id, pool, amount));
            }
        }
        Ok(())
    }

    fn place_in(id: PoolId, pool: PoolId, amount: u128) -> DispatchResult {
        let mut seat = Self::open(pool, Holder::Vault(id))?;
        Self::enter(&mut seat, amount)?;
        Self::put(seat);
        Pools::<T>::mutate(id, |vault| {
            if let Some(vault) = vault {
                vault.bound = vault.bound.saturating_add(amount);
            }
        });
        Ok(())
    }
}
