//! Whose signatures count: the keyholders of the committee, under the key that they published.

use adyton_pallet_traits::{Keyholders, Workers};
use adyton_protocol::{
    beacon::Commitments,
    ids::{AccountId as ProtocolAccount, WorkerId},
    record::CommitteeRecord,
    statement::Role,
};
use frame_support::ensure;
use polkadot_sdk::frame_support;

use crate::{Config, Error, Event, Key, Pallet, PublicKey, Removed};

impl<T: Config> Pallet<T> {
    /// The keyholder with this key, if its evidence holds now.
    pub(crate) fn keyholder(account: &ProtocolAccount) -> Result<WorkerId, Error<T>> {
        let (keyholder, record) = T::Workers::valid_worker(account).ok_or(Error::<T>::NotAKeyholder)?;
        match record.role {
            Role::Keyholder => Ok(keyholder),
            Role::Worker => Err(Error::NotAKeyholder),
        }
    }

    /// The committee, if `keyholder` has a seat in it.
    pub(crate) fn seated(keyholder: &WorkerId) -> Result<CommitteeRecord, Error<T>> {
        let committee = T::Keyholders::committee().ok_or(Error::<T>::NoCommittee)?;
        ensure!(committee.keyholders.contains(keyholder), Error::<T>::NotSeated);
        Ok(committee)
    }

    /// Checks that the keyholder with this key may publish `commitments` as the beacon's key now. Only a committee of one
    /// may: one member of several would publish a key that it alone has.
    pub(crate) fn publishable(account: &ProtocolAccount, commitments: &Commitments) -> Result<WorkerId, Error<T>> {
        let keyholder = Self::keyholder(account)?;
        let committee = Self::seated(&keyholder)?;
        ensure!(committee.keyholders.len() == 1 && committee.threshold == 1, Error::<T>::CommitteeOfSeveral);
        ensure!(!Key::<T>::exists(), Error::<T>::AlreadyPublished);
        ensure!(!Removed::<T>::contains_key(commitments), Error::<T>::KeyWasRemoved);
        ensure!(PublicKey::of_one(commitments).is_some(), Error::<T>::NotAKey);
        Ok(keyholder)
    }

    pub(crate) fn publish(keyholder: WorkerId, commitments: Commitments) {
        Key::<T>::put(commitments);
        Self::deposit_event(Event::KeyPublished { keyholder });
    }
}
