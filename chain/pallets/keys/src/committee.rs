//! Who holds shares of the master secret.

use adyton_pallet_traits::{Keyholders, Workers};
use adyton_protocol::{
    ids::AccountId as ProtocolAccount, key_label::KeyEpoch, record::CommitteeRecord, statement::Role,
};
use frame_support::ensure;
use polkadot_sdk::frame_support;

use crate::{Committee, Config, DangerCommitteeOfOne, Error, Event, Pallet};

/// The key epoch of the first committee.
pub const FIRST_EPOCH: KeyEpoch = 0;

impl<T: Config> Pallet<T> {
    /// Checks that the keyholder with this key may publish `committee` now. One keyholder alone is the whole
    /// secret, so the genesis has to allow it.
    pub(crate) fn publishable(key: &ProtocolAccount, committee: &CommitteeRecord) -> Result<(), Error<T>> {
        let (keyholder, record) = T::Workers::valid_worker(key).ok_or(Error::<T>::NotAKeyholder)?;
        match record.role {
            Role::Keyholder => {}
            Role::Worker => return Err(Error::NotAKeyholder),
        }
        ensure!(!Committee::<T>::exists(), Error::<T>::AlreadyPublished);
        ensure!(committee.keyholders.len() <= 1, Error::<T>::CommitteeOfSeveral);
        ensure!(DangerCommitteeOfOne::<T>::get(), Error::<T>::CommitteeOfOneIsForDevelopment);
        let alone = committee.keyholders.as_slice() == [keyholder] && committee.threshold == 1;
        let complete = committee.epoch == FIRST_EPOCH && !committee.group.is_empty();
        if alone && complete { Ok(()) } else { Err(Error::Committee) }
    }

    pub(crate) fn publish(committee: CommitteeRecord) {
        let (epoch, threshold) = (committee.epoch, committee.threshold);
        let keyholders = committee.keyholders.len() as u32;
        Committee::<T>::put(committee);
        Self::deposit_event(Event::CommitteePublished { epoch, threshold, keyholders });
    }
}

impl<T: Config> Keyholders for Pallet<T> {
    fn committee() -> Option<CommitteeRecord> {
        Committee::<T>::get()
    }
}
