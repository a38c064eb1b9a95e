//! The bounty on keys: whoever has a worker's key outside its machine shows it, earns most of what the pool's owner
//! loses by it, and the machine is denied.
//!
//! First comes a commitment, some blocks later what it hides: what is in the pool of transactions helps nobody.

use adyton_pallet_traits::{Admission, Attestation, BootKeys};
use adyton_protocol::{
    extraction,
    ids::{AccountId, SigningKey},
};
use frame_support::{
    ensure,
    traits::{fungible::hold::Mutate, tokens::Precision},
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchResult},
};

use crate::{
    Commitments, Config, Error, Event, HoldReason, Pallet, Seen,
    charges::{Accusation, extracted},
    receipts::verifies,
    types::{Commitment, Kind},
};

impl<T: Config> Pallet<T> {
    /// Stores a commitment, against a deposit. Each account has one at a time.
    pub(crate) fn commit(reporter: AccountId32, hash: [u8; 32]) -> DispatchResult {
        ensure!(!Commitments::<T>::contains_key(&reporter), Error::<T>::AlreadyCommitted);
        let deposit = Self::parameters().commitment_deposit;
        T::Currency::hold(&HoldReason::Commitment.into(), &reporter, deposit)?;
        Commitments::<T>::insert(&reporter, Commitment { hash, block: Self::block_number(), deposit });
        Self::deposit_event(Event::Committed { reporter: AccountId(reporter.into()) });
        Ok(())
    }

    /// Takes a commitment back.
    pub(crate) fn withdraw(reporter: AccountId32) -> DispatchResult {
        let commitment = Commitments::<T>::take(&reporter).ok_or(Error::<T>::NoCommitment)?;
        Self::give_back(&reporter, &commitment)?;
        Self::deposit_event(Event::Withdrawn { reporter: AccountId(reporter.into()) });
        Ok(())
    }

    /// Opens a commitment: `signature` is the key's over what no worker signs.
    pub(crate) fn reveal(
        reporter: AccountId32,
        key: SigningKey,
        signature: [u8; 64],
        salt: [u8; extraction::SALT],
    ) -> DispatchResult {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let commitment = Commitments::<T>::get(&reporter).ok_or(Error::<T>::NoCommitment)?;
        let account = AccountId(reporter.clone().into());
        let opens = extraction::commitment(&network, &key, &account, &signature, &salt) == commitment.hash;
        ensure!(opens, Error::<T>::AnotherCommitment);
        let (now, parameters) = (Self::block_number(), Self::parameters());
        ensure!(now >= commitment.block.saturating_add(parameters.reveal_after), Error::<T>::TooEarly);
        let known = T::BootKeys::boot_key(&key).ok_or(Error::<T>::UnknownKey)?;
        // What a key of long ago could do is over, and so may be the stake of that time.
        let block = known.ended.unwrap_or(now);
        Self::require_recent(block)?;
        let mark = extracted(&key);
        Self::require_new(&mark)?;
        ensure!(verifies(&key, &extraction::message(&network, &key, &account), &signature), Error::<T>::Signature);

        let (worker, kind, fraction) = (known.worker, Kind::KeyExtracted, parameters.key_extracted);
        let accusation = Accusation { worker, kind, fraction, block, reporter: account };
        // The machine is denied though nothing stands behind the worker.
        let offence = Self::chargeable(accusation).ok().map(Self::enter).transpose()?;
        Seen::<T>::insert(mark, ());
        Commitments::<T>::remove(&reporter);
        Self::give_back(&reporter, &commitment)?;
        T::Admission::deny(&known.machine, &known.operator);
        Self::deposit_event(Event::KeyExtracted { worker, key, offence });
        Ok(())
    }

    fn give_back(reporter: &AccountId32, commitment: &Commitment) -> DispatchResult {
        let reason = HoldReason::Commitment.into();
        T::Currency::release(&reason, reporter, commitment.deposit, Precision::BestEffort).map(|_| ())
    }
}
