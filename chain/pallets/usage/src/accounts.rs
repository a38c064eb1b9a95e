//! What contracts have and pay, and what workers ask.

use adyton_pallet_traits::{Deployments, Retirement, Workers};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, BlockNumber, ContractId, WorkerId},
    usage::{GasAccount, Noticed, Terms},
};
use frame_support::{
    ensure,
    traits::{
        Get,
        fungible::{Inspect, Mutate},
        tokens::Preservation,
    },
    weights::Weight,
};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_runtime::{
        AccountId32, DispatchError, DispatchResult,
        traits::{AccountIdConversion, SaturatedConversion, Zero},
    },
};

use crate::{Accounts, Asks, Config, Error, Event, Pallet, Settings, WeightInfo};

impl<T: Config> Pallet<T> {
    /// The account that has all balances.
    pub fn account_id() -> AccountId32 {
        T::PalletId::get().into_account_truncating()
    }

    pub(crate) fn fill(by: &AccountId32, contract: ContractId, amount: u128) -> DispatchResult {
        ensure!(T::Deployments::owner(&contract).is_some(), Error::<T>::UnknownContract);
        ensure!(amount >= Settings::<T>::get().minimum, Error::<T>::TooLittle);
        let account = Accounts::<T>::get(contract).unwrap_or_default();
        let balance = account.balance.checked_add(amount).ok_or(Error::<T>::Overflow)?;
        Self::receive(by, amount)?;
        Accounts::<T>::insert(contract, GasAccount { balance, ..account });
        Self::deposit_event(Event::Funded { contract, by: protocol(by), amount });
        Ok(())
    }

    /// Moves this to the pallet's own account.
    pub(crate) fn receive(by: &AccountId32, amount: u128) -> DispatchResult {
        let pot = Self::account_id();
        // Whatever is paid out later, this stays: an account with less is removed.
        let first = if T::Currency::balance(&pot).is_zero() { T::Currency::minimum_balance() } else { 0 };
        let sent = amount.checked_add(first).ok_or(Error::<T>::Overflow)?;
        T::Currency::transfer(by, &pot, sent, Preservation::Preserve)?;
        Ok(())
    }

    pub(crate) fn empty(owner: &AccountId32, contract: ContractId, amount: u128) -> DispatchResult {
        Self::owned(owner, &contract)?;
        let account = Accounts::<T>::get(contract).unwrap_or_default();
        let balance = account.balance.checked_sub(amount).ok_or(Error::<T>::TooMuch)?;
        let reserved = account.reserved(Self::block_number(), Settings::<T>::get().window);
        ensure!(balance >= reserved, Error::<T>::Reserved);
        T::Currency::transfer(&Self::account_id(), owner, amount, Preservation::Preserve)?;
        Accounts::<T>::insert(contract, GasAccount { balance, ..account });
        Self::deposit_event(Event::TakenBack { contract, amount });
        Ok(())
    }

    pub(crate) fn agree(owner: &AccountId32, contract: ContractId, terms: Option<Terms>) -> DispatchResult {
        Self::owned(owner, &contract)?;
        let (parameters, now) = (Settings::<T>::get(), Self::block_number());
        let possible = terms.as_ref().is_none_or(|terms| terms.are_possible(&parameters));
        ensure!(possible, Error::<T>::Terms);
        let account = Accounts::<T>::get(contract).unwrap_or_default();
        // Only two terms are known at a time.
        ensure!(account.ended(now, parameters.window).is_none(), Error::<T>::Unsettled);
        let (from, account) = match account.terms_at(now) {
            // What was used before there were terms costs nothing.
            None => (now, GasAccount { terms: Noticed::holding(terms), settled_at: now, ..account }),
            Some(_) => {
                let from = now.saturating_add(parameters.notice);
                let terms = account.terms.announcing(terms, now, from);
                (terms.next.as_ref().map_or(now, |(_, from)| *from), GasAccount { terms, ..account })
            }
        };
        Accounts::<T>::insert(contract, account);
        Self::deposit_event(Event::TermsSet { contract, from });
        Ok(())
    }

    pub(crate) fn ask(operator: &AccountId32, worker: WorkerId, price: u128) -> DispatchResult {
        let record = T::Workers::worker(&worker).ok_or(Error::<T>::NotYourWorker)?;
        ensure!(record.operator == protocol(operator), Error::<T>::NotYourWorker);
        let now = Self::block_number();
        let ask = match Asks::<T>::get(worker) {
            Some(before) if *before.at(now) < price => {
                before.announcing(price, now, now.saturating_add(Settings::<T>::get().notice))
            }
            Some(_) | None => Noticed::holding(price),
        };
        let from = ask.next.map_or(now, |(_, from)| from);
        Asks::<T>::insert(worker, ask);
        Self::deposit_event(Event::AskSet { worker, price, from });
        Ok(())
    }

    fn owned(owner: &AccountId32, contract: &ContractId) -> Result<(), Error<T>> {
        let found = T::Deployments::owner(contract).ok_or(Error::<T>::UnknownContract)?;
        if found == protocol(owner) { Ok(()) } else { Err(Error::NotYourContract) }
    }

    pub(crate) fn block_number() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}

/// The chain's account as the protocol writes it.
pub(crate) fn protocol(account: &AccountId32) -> ProtocolAccount {
    ProtocolAccount(*account.as_ref())
}

impl<T: Config> Retirement for Pallet<T> {
    fn most() -> Weight {
        T::WeightInfo::retired()
    }

    /// The balance goes to the owner. Refused while some of it may still be claimed: the owner takes the terms back
    /// first, and waits until they hold no longer and what was used on them is claimed, a window at most.
    fn retired(contract: &ContractId, owner: &ProtocolAccount) -> Result<Weight, DispatchError> {
        let Some(account) = Accounts::<T>::get(contract) else { return Ok(T::WeightInfo::retired()) };
        let reserved = account.reserved(Self::block_number(), Settings::<T>::get().window);
        ensure!(reserved == 0, Error::<T>::Reserved);
        if account.balance > 0 {
            let owner = AccountId32::new(owner.0);
            T::Currency::transfer(&Self::account_id(), &owner, account.balance, Preservation::Preserve)?;
            Self::deposit_event(Event::TakenBack { contract: *contract, amount: account.balance });
        }
        Accounts::<T>::remove(contract);
        Ok(T::WeightInfo::retired())
    }
}
