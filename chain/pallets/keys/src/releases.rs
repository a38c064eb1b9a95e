//! Who asked for which contract's keys.

use adyton_pallet_traits::{Leases, Workers};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, ContractId, WorkerId},
    key_label::KeyEpoch,
    record::ReleaseRecord,
    statement::Role,
};
use frame_support::ensure;
use polkadot_sdk::{frame_support, frame_system, sp_runtime::traits::SaturatedConversion};

use crate::{Asked, Committee, Config, Error, Event, Pallet, Releases};

/// A request that may be recorded now; only [`Pallet::requestable`] makes one.
pub struct Request {
    contract: ContractId,
    worker: WorkerId,
    release: ReleaseRecord,
}

impl<T: Config> Pallet<T> {
    /// The request that the worker with this key may make for `contract` now.
    pub(crate) fn requestable(key: &ProtocolAccount, contract: &ContractId) -> Result<Request, Error<T>> {
        let (worker, record) = T::Workers::valid_worker(key).ok_or(Error::<T>::NotAWorker)?;
        match record.role {
            Role::Worker => {}
            Role::Keyholder => return Err(Error::NotAWorker),
        }
        let committee = Committee::<T>::get().ok_or(Error::<T>::NoCommittee)?;
        let lease = T::Leases::living_lease(contract).filter(|lease| lease.holder == worker);
        let lease = lease.ok_or(Error::<T>::NotYourLease)?;
        let (number, boot, epoch) = (lease.number, record.boot, committee.epoch);
        let last = Releases::<T>::get(contract, worker);
        let again = last.as_ref().is_some_and(|last| (last.lease, last.boot, last.epoch) == (number, boot, epoch));
        ensure!(!again, Error::<T>::AlreadyRequested);
        let ordinal = match last.filter(|last| last.epoch == epoch) {
            Some(last) => last.ordinal,
            None => Self::asked(&worker, epoch).checked_add(1).ok_or(Error::<T>::Overflow)?,
        };
        let requested_at = frame_system::Pallet::<T>::block_number().saturated_into();
        let release = ReleaseRecord { lease: number, boot, epoch, requested_at, ordinal };
        Ok(Request { contract: *contract, worker, release })
    }

    /// Of how many contracts `worker` asked for keys of `epoch`.
    fn asked(worker: &WorkerId, epoch: KeyEpoch) -> u32 {
        Asked::<T>::get(worker).filter(|(of, _)| *of == epoch).map_or(0, |(_, count)| count)
    }

    pub(crate) fn request(request: Request) {
        let Request { contract, worker, release } = request;
        let (lease, boot, epoch) = (release.lease, release.boot, release.epoch);
        Asked::<T>::insert(worker, (epoch, release.ordinal.max(Self::asked(&worker, epoch))));
        Releases::<T>::insert(contract, worker, release);
        Self::deposit_event(Event::ReleaseRequested { contract, worker, lease, boot, epoch });
    }

    /// The invariants: a committee has as many keyholders as its threshold at least, alone only where that is
    /// allowed; requests are of epochs that began; a worker's contracts of one epoch are numbered from 1 to their count;
    /// nobody holds a contract that has ended.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{DangerCommitteeOfOne, Ended};

        let committee = Committee::<T>::get();
        if let Some(committee) = &committee {
            let members = committee.keyholders.len();
            ensure!(members as u32 >= committee.threshold && committee.threshold > 0, "the threshold is out of reach");
            ensure!(members > 1 || DangerCommitteeOfOne::<T>::get(), "one keyholder alone is the committee");
        }
        for contract in Ended::<T>::iter_keys() {
            ensure!(T::Leases::living_lease(&contract).is_none(), "somebody holds a contract that has ended");
        }
        for (_, worker, release) in Releases::<T>::iter() {
            let began = committee.as_ref().is_some_and(|committee| release.epoch <= committee.epoch);
            ensure!(began, "keys were requested of an epoch to come");
            let (epoch, count) = Asked::<T>::get(worker).ok_or("requests of a worker were not counted")?;
            ensure!(release.epoch <= epoch, "a worker's newest epoch is not the one that is counted");
            let numbered = (1..=count).contains(&release.ordinal);
            ensure!(release.epoch < epoch || numbered, "a request has a number that was not counted");
        }
        Ok(())
    }
}
