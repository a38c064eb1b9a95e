//! Who holds a contract.

use adyton_pallet_traits::{Attestation, Devices, Leases as LeasesOf, Workers};
use adyton_protocol::{
    device::ValidDevices,
    ids::{AccountId as ProtocolAccount, BlockNumber, ContractId, WorkerId},
    policy::{ContractPolicy, PolicyRefusal},
    record::{LeaseRecord, WorkerRecord},
    statement::Role,
};
use alloc::vec::Vec;
use frame_support::ensure;
use polkadot_sdk::{frame_support, frame_system, sp_runtime::traits::SaturatedConversion};

use crate::{Config, Contracts, Error, Event, Halted, Held, Holders, Leases, Pallet, Vacant};

/// A lease that may be taken now; only [`Pallet::claimable`] makes one.
pub struct Claim {
    contract: ContractId,
    previous: Option<WorkerId>,
    lease: LeaseRecord,
}

/// Leases that may be given back now; only [`Pallet::releasable`] makes one.
pub struct Release(Vec<(ContractId, LeaseRecord)>);

impl<T: Config> Pallet<T> {
    /// The lease that the worker with this key may take of `contract` now.
    pub(crate) fn claimable(key: &ProtocolAccount, contract: &ContractId) -> Result<Claim, Error<T>> {
        let (worker, record) = Self::valid_worker(key)?;
        let now = Self::block_number();
        ensure!(now <= record.active_until, Error::<T>::NotActive);
        let contract_record = Contracts::<T>::get(contract).ok_or(Error::<T>::UnknownContract)?;
        ensure!(!Halted::<T>::contains_key(contract), Error::<T>::Halted);
        let devices = T::Devices::valid_devices(&worker, &record);
        contract_record.policy.admits(&record, &devices).map_err(Self::refused)?;
        let last = Leases::<T>::get(contract);
        if let Some(last) = &last {
            Self::require_ended(last, &contract_record.policy, &worker, now)?;
        }
        let number = last.as_ref().map_or(0, |last| last.number).checked_add(1).ok_or(Error::<T>::Overflow)?;
        let previous = last.map(|last| last.holder);
        Ok(Claim {
            contract: *contract,
            previous,
            lease: LeaseRecord { number, holder: worker, since: now, released: false },
        })
    }

    /// Requires that nobody can still act under `last`: it was given back, or its holder's time and the
    /// staleness limit behind it have passed, or the holder is gone (which takes longer than both), or it came
    /// back as something that the policy does not accept, longer ago than the staleness limit. A holder whose devices
    /// count no longer can do nothing with its lease, but keeps it: since when they do not stands nowhere, and it may
    /// still act by a view of the chain from before.
    fn require_ended(
        last: &LeaseRecord,
        policy: &ContractPolicy,
        claimant: &WorkerId,
        now: BlockNumber,
    ) -> Result<(), Error<T>> {
        let staleness = T::Attestation::lease_times().staleness;
        if last.released {
            // Who gave a lease back may not take it again at once: claiming and releasing cost nothing.
            let again = last.holder == *claimant && now < last.since.saturating_add(staleness);
            return if again { Err(Error::TooSoon) } else { Ok(()) };
        }
        let Some(holder) = T::Workers::worker(&last.holder) else { return Ok(()) };
        if policy.accepts_worker(&holder).is_err() {
            ensure!(now > holder.registered_at.saturating_add(staleness), Error::<T>::StalenessLimit);
            return Ok(());
        }
        ensure!(now > holder.active_until, Error::<T>::LeaseAlive);
        ensure!(now > holder.active_until.saturating_add(staleness), Error::<T>::StalenessLimit);
        Ok(())
    }

    pub(crate) fn claim(claim: Claim) {
        let Claim { contract, previous, lease } = claim;
        let (worker, number) = (lease.holder, lease.number);
        if let Some(previous) = previous {
            Held::<T>::remove(previous, contract);
        }
        Vacant::<T>::remove(contract);
        Held::<T>::insert(worker, contract, ());
        Leases::<T>::insert(contract, lease);
        Holders::<T>::mutate(contract, |holders| {
            if holders.is_full() {
                holders.remove(0);
            }
            // There is room: the first was removed where there was none.
            let _ = holders.try_push(worker);
        });
        Self::deposit_event(Event::Leased { contract, worker, lease: number });
    }

    /// The leases that the worker with this key may give back now: all of `contracts`.
    pub(crate) fn releasable(key: &ProtocolAccount, contracts: &[ContractId]) -> Result<Release, Error<T>> {
        let (worker, record) = Self::valid_worker(key)?;
        Self::require_ascending(contracts)?;
        let leases = contracts.iter().map(|contract| {
            let lease = Self::leased(contract, &worker, &record)?;
            Ok((*contract, lease))
        });
        leases.collect::<Result<_, Error<T>>>().map(Release)
    }

    pub(crate) fn release(release: Release) {
        for (contract, lease) in release.0 {
            let (number, holder) = (lease.number, lease.holder);
            Held::<T>::remove(holder, contract);
            Vacant::<T>::insert(contract, ());
            Leases::<T>::insert(contract, LeaseRecord { released: true, ..lease });
            Self::deposit_event(Event::Released { contract, lease: number });
        }
    }

    /// The valid worker whose present key this is.
    pub(crate) fn valid_worker(key: &ProtocolAccount) -> Result<(WorkerId, WorkerRecord), Error<T>> {
        let (worker, record) = T::Workers::valid_worker(key).ok_or(Error::<T>::NotAWorker)?;
        match record.role {
            Role::Worker => Ok((worker, record)),
            Role::Keyholder => Err(Error::NotAWorker),
        }
    }

    /// The living lease of `contract`, if `worker` holds it and may still act under it: the contract's policy is
    /// asked again, because a holder may have come back under another measurement, or its `devices` be fewer now.
    pub(crate) fn held(
        contract: &ContractId,
        worker: &WorkerId,
        record: &WorkerRecord,
        devices: &ValidDevices,
    ) -> Result<LeaseRecord, Error<T>> {
        let lease = Self::leased(contract, worker, record)?;
        let policy = Contracts::<T>::get(contract).ok_or(Error::<T>::UnknownContract)?.policy;
        policy.accepts(record, devices).map_err(Self::refused)?;
        Ok(lease)
    }

    fn refused(refusal: PolicyRefusal) -> Error<T> {
        match refusal {
            PolicyRefusal::Kind => Error::PolicyKind,
            PolicyRefusal::Measurement => Error::PolicyMeasurement,
            PolicyRefusal::Operator => Error::PolicyOperator,
            PolicyRefusal::Devices => Error::PolicyDevices,
            PolicyRefusal::NotOptedIn => Error::NotOptedIn,
        }
    }

    /// The living lease of `contract`, if `worker` holds it.
    fn leased(contract: &ContractId, worker: &WorkerId, record: &WorkerRecord) -> Result<LeaseRecord, Error<T>> {
        let lease = Leases::<T>::get(contract).ok_or(Error::<T>::NotYourLease)?;
        let holds = lease.holder == *worker && lease.alive(record, Self::block_number());
        if holds { Ok(lease) } else { Err(Error::NotYourLease) }
    }

    /// Requires that a batch names something, each once, in order.
    pub(crate) fn require_ascending(contracts: &[ContractId]) -> Result<(), Error<T>> {
        let ascending = contracts.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
        if !contracts.is_empty() && ascending { Ok(()) } else { Err(Error::Order) }
    }

    /// The present block's number, as measured programs count it.
    pub(crate) fn block_number() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}

impl<T: Config> LeasesOf for Pallet<T> {
    const DEVICE_READS: u64 = T::Devices::READS;

    fn living_lease(contract: &ContractId) -> Option<LeaseRecord> {
        let lease = Leases::<T>::get(contract)?;
        let holder = T::Workers::worker(&lease.holder)?;
        let devices = T::Devices::valid_devices(&lease.holder, &holder);
        let accepted = Contracts::<T>::get(contract)?.policy.accepts(&holder, &devices).is_ok();
        (accepted && lease.alive(&holder, Self::block_number())).then_some(lease)
    }
}
