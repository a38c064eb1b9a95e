//! Claims: what they have to be, and who is paid.

use adyton_pallet_traits::{Anchors, Deployments, Leases, Pools, Workers};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, WorkerId},
    usage::{
        self, Charge, Claim, ClaimRefusal, Claimed as ClaimedRecord, GasAccount, Parameters, Royalty, Spending,
        Standing,
    },
};
use alloc::vec::Vec;
use frame_support::{
    ensure,
    traits::{
        Get,
        fungible::Mutate,
        tokens::{Fortitude, Precision, Preservation},
    },
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchResult},
};

use crate::{Accounts, Asks, Claimed, Config, Error, Event, Executions, Pallet, Settings, accounts::protocol};

/// Claims that may be paid now; only [`Pallet::claimable`] makes one.
pub struct Settlement {
    worker: WorkerId,
    operator: ProtocolAccount,
    anchors: u32,
    parameters: Parameters,
    dues: Vec<Due>,
}

/// One good claim.
struct Due {
    claim: Claim,
    account: GasAccount,
    royalty: Option<Royalty>,
    charge: Charge,
}

/// What is paid out of one settlement, but for royalties.
#[derive(Default)]
struct Sums {
    worker: u128,
    treasury: u128,
    burnt: u128,
}

impl<T: Config> Pallet<T> {
    /// Checks the claims of the worker with this key.
    pub(crate) fn claimable(key: &AccountId32, anchors: u32, claims: &[Claim]) -> Result<Settlement, Error<T>> {
        let (worker, record) = T::Workers::valid_worker(&protocol(key)).ok_or(Error::<T>::NotAWorker)?;
        ensure!(usage::are_ascending(claims), Error::<T>::Order);
        let (last, now) = (Claimed::<T>::get(worker), Self::block_number());
        ensure!(last.block < now, Error::<T>::TooSoon);
        ensure!((last.anchors..=T::Anchors::anchors(&worker)).contains(&anchors), Error::<T>::Anchors);
        let (parameters, ask) = (Settings::<T>::get(), Asks::<T>::get(worker).map_or(0, |ask| *ask.at(now)));
        let dues = claims.iter().map(|claim| {
            let lease = T::Leases::living_lease(&claim.contract).ok_or(Error::<T>::NotYourLease)?;
            ensure!(lease.holder == worker && lease.number == claim.lease, Error::<T>::NotYourLease);
            let limits = T::Deployments::limits(&claim.contract).ok_or(Error::<T>::UnknownContract)?;
            let account = Accounts::<T>::get(claim.contract).ok_or(Error::<T>::NoTerms)?;
            let since = lease.since;
            let standing = Standing { parameters: &parameters, account: &account, limits: &limits, ask, since, now };
            let charge = standing.charge(claim).map_err(refused::<T>)?;
            let royalty = standing.terms().and_then(|terms| terms.royalty.clone());
            Ok(Due { claim: *claim, account, royalty, charge })
        });
        let dues = dues.collect::<Result<_, Error<T>>>()?;
        Ok(Settlement { worker, operator: record.operator, anchors, parameters, dues })
    }

    /// Pays what was claimed.
    pub(crate) fn settle(settlement: Settlement) -> DispatchResult {
        let Settlement { worker, operator, anchors, parameters, dues } = settlement;
        let now = Self::block_number();
        Claimed::<T>::insert(worker, ClaimedRecord { block: now, anchors });
        let (mut sums, mut executions) = (Sums::default(), Executions::<T>::get());
        for Due { claim, account, royalty, charge } in dues {
            executions = executions.saturating_add(claim.calls.into());
            let (contract, Charge { units, due, paid, until, blocks }) = (claim.contract, charge);
            let split = parameters.split(paid, royalty.as_ref());
            let balance = account.balance.checked_sub(paid).ok_or(Error::<T>::Overflow)?;
            let spent = account.spent.saturating_add(paid);
            let last = Some(Spending { units, paid, blocks });
            let closed = if claim.last { claim.lease } else { account.closed };
            Accounts::<T>::insert(contract, GasAccount { balance, settled_at: until, spent, last, closed, ..account });
            sums.worker = sums.worker.saturating_add(split.worker);
            sums.treasury = sums.treasury.saturating_add(split.treasury);
            sums.burnt = sums.burnt.saturating_add(split.burnt);
            if !royalty.is_some_and(|royalty| Self::pay(&AccountId32::new(royalty.to.0), split.royalty)) {
                sums.treasury = sums.treasury.saturating_add(split.royalty);
            }
            Self::deposit_event(Event::Paid { contract, worker, units, paid, missing: due.saturating_sub(paid) });
        }
        Executions::<T>::put(executions);
        Self::pay_out(&worker, &operator, sums)
    }

    /// Pays the worker's pool, or its operator where there is none, and the treasury; what none of them can take is
    /// burnt with what is burnt anyway.
    fn pay_out(worker: &WorkerId, operator: &ProtocolAccount, sums: Sums) -> DispatchResult {
        let Sums { worker: earned, mut treasury, mut burnt } = sums;
        let pooled = earned == 0 || T::Pools::pay_reward(worker, &protocol(&Self::account_id()), earned).is_ok();
        if !pooled && !Self::pay(&AccountId32::new(operator.0), earned) {
            treasury = treasury.saturating_add(earned);
        }
        if !Self::pay(&T::Treasury::get(), treasury) {
            burnt = burnt.saturating_add(treasury);
        }
        if burnt > 0 {
            let pot = Self::account_id();
            T::Currency::burn_from(&pot, burnt, Preservation::Preserve, Precision::Exact, Fortitude::Polite)?;
        }
        Ok(())
    }

    /// Whether `to` has got this: an account that would stay below the least that keeps it does not.
    fn pay(to: &AccountId32, amount: u128) -> bool {
        amount == 0 || T::Currency::transfer(&Self::account_id(), to, amount, Preservation::Preserve).is_ok()
    }
}

fn refused<T>(refusal: ClaimRefusal) -> Error<T> {
    match refusal {
        ClaimRefusal::NoTerms => Error::NoTerms,
        ClaimRefusal::Closed => Error::Closed,
        ClaimRefusal::Price => Error::Price,
        ClaimRefusal::NotNext => Error::NotNext,
        ClaimRefusal::TooSoon => Error::TooSoon,
        ClaimRefusal::Calls => Error::Calls,
        ClaimRefusal::Metered => Error::Metered,
        ClaimRefusal::Units => Error::Units,
    }
}
