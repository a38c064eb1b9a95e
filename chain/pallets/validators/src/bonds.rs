//! Bonds and candidates.

use frame_support::{
    ensure,
    pallet_prelude::{DispatchError, DispatchResult},
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::Precision,
    },
};
use polkadot_sdk::{frame_support, sp_runtime::AccountId32};

use crate::{Bonds, Candidate, Candidates, Config, Error, Event, HoldReason, Leaving, Pallet, Sessions, Settings};

impl<T: Config> Pallet<T> {
    /// Adds to a bond.
    pub(crate) fn add(who: &AccountId32, amount: u128) -> DispatchResult {
        ensure!(amount > 0, Error::<T>::NothingToDo);
        let mut bond = Bonds::<T>::get(who).unwrap_or_default();
        bond.active = bond.active.checked_add(amount).ok_or(Error::<T>::TooMuch)?;
        ensure!(bond.active >= Settings::<T>::get().minimum, Error::<T>::BelowMinimum);
        T::Currency::hold(&HoldReason::Bond.into(), who, amount)?;
        Self::move_candidate(who, bond.active);
        Bonds::<T>::insert(who, bond);
        Self::deposit_event(Event::Bonded { who: who.clone(), amount });
        Ok(())
    }

    /// Lets a part of a bond leave.
    pub(crate) fn leave(who: &AccountId32, amount: u128) -> DispatchResult {
        let mut bond = Bonds::<T>::get(who).ok_or(Error::<T>::NotBonded)?;
        ensure!(amount > 0, Error::<T>::NothingToDo);
        bond.active = bond.active.checked_sub(amount).ok_or(Error::<T>::TooMuch)?;
        let settings = Settings::<T>::get();
        ensure!(!Self::is_candidate(who) || bond.active >= settings.minimum, Error::<T>::BelowMinimum);
        let free_in = T::Sessions::current().saturating_add(settings.unbonding);
        match bond.leaving.iter_mut().find(|part| part.free_in == free_in) {
            Some(part) => part.amount = part.amount.saturating_add(amount),
            None => {
                // Earlier parts may have been promised a later session, under other parameters.
                let at = bond.leaving.iter().position(|part| part.free_in > free_in).unwrap_or(bond.leaving.len());
                let part = Leaving { amount, free_in };
                bond.leaving.try_insert(at, part).map_err(|_| Error::<T>::TooManyLeaving)?;
            }
        }
        Self::move_candidate(who, bond.active);
        Bonds::<T>::insert(who, bond);
        Self::deposit_event(Event::Unbonded { who: who.clone(), amount, free_in });
        Ok(())
    }

    /// Gives back what has left.
    pub(crate) fn give_back(who: &AccountId32) -> DispatchResult {
        let mut bond = Bonds::<T>::get(who).ok_or(Error::<T>::NotBonded)?;
        ensure!(bond.slashes == 0, Error::<T>::SlashPending);
        let (session, before) = (T::Sessions::current(), bond.total());
        bond.leaving.retain(|part| part.free_in > session);
        let amount = before.saturating_sub(bond.total());
        ensure!(amount > 0, Error::<T>::NothingToDo);
        T::Currency::release(&HoldReason::Bond.into(), who, amount, Precision::Exact)?;
        if bond.total() == 0 {
            Bonds::<T>::remove(who);
        } else {
            Bonds::<T>::insert(who, bond);
        }
        Self::deposit_event(Event::Withdrawn { who: who.clone(), amount });
        Ok(())
    }

    /// Makes a bonded account a candidate; where all places are taken, in the place of the one with the least bond.
    pub(crate) fn stand(who: &AccountId32) -> DispatchResult {
        let bond = Bonds::<T>::get(who).ok_or(Error::<T>::NotBonded)?;
        ensure!(bond.slashes == bond.absences, Error::<T>::SlashPending);
        ensure!(bond.active >= Settings::<T>::get().minimum, Error::<T>::BelowMinimum);
        ensure!(T::Sessions::has_keys(who), Error::<T>::NoKeys);
        Self::insert_candidate(Candidate { who: who.clone(), bond: bond.active })?;
        Self::deposit_event(Event::Standing { who: who.clone() });
        Ok(())
    }

    fn insert_candidate(candidate: Candidate) -> Result<(), DispatchError> {
        Candidates::<T>::try_mutate(|list| {
            ensure!(list.iter().all(|other| other.who != candidate.who), Error::<T>::AlreadyCandidate);
            if list.is_full() {
                ensure!(list.last().is_some_and(|last| last.bond < candidate.bond), Error::<T>::NoPlace);
                if let Some(last) = list.pop() {
                    Self::deposit_event(Event::Chilled { who: last.who });
                }
            }
            // Behind those with as much: who came first stays first.
            let at = list.iter().position(|other| other.bond < candidate.bond).unwrap_or(list.len());
            list.try_insert(at, candidate).map_err(|_| Error::<T>::NoPlace)?;
            Ok(())
        })
    }

    /// Takes an account out of the candidates. Says whether it was one.
    pub(crate) fn remove_candidate(who: &AccountId32) -> bool {
        let removed = Candidates::<T>::mutate(|list| {
            let before = list.len();
            list.retain(|candidate| candidate.who != *who);
            list.len() < before
        });
        if removed {
            Self::deposit_event(Event::Chilled { who: who.clone() });
        }
        removed
    }

    pub(crate) fn is_candidate(who: &AccountId32) -> bool {
        Candidates::<T>::get().iter().any(|candidate| candidate.who == *who)
    }

    /// Puts a candidate where its new bond belongs; does nothing for who is none.
    pub(crate) fn move_candidate(who: &AccountId32, bond: u128) {
        Candidates::<T>::mutate(|list| {
            let Some(at) = list.iter().position(|candidate| candidate.who == *who) else { return };
            let candidate = Candidate { bond, ..list.remove(at) };
            let at = list.iter().position(|other| other.bond < bond).unwrap_or(list.len());
            // A place was free a line ago.
            let _inserted = list.try_insert(at, candidate);
        });
    }

    /// What is held of an account as its bond.
    pub(crate) fn held(who: &AccountId32) -> u128 {
        T::Currency::balance_on_hold(&HoldReason::Bond.into(), who)
    }
}
