//! Contracts of whose state two histories were shown: nobody holds them until their owners have decided how they go on.
//!
//! The chain cannot say which history is the true one where two operators held both. It can see to it that neither goes
//! on unseen: the lease ends at once, and no other begins before the staleness limit has passed and the owner has decided.

use adyton_pallet_traits::{Attestation, Histories};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, ContractId, WorkerId},
    record::{HeadRecord, LeaseRecord},
};
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::DispatchResult};

use crate::{Config, Contracts, Error, Event, Halted, Heads, Held, Holders, Leases, Pallet, Vacant};

impl<T: Config> Pallet<T> {
    /// Lets workers take the lease of a halted contract again, when nobody can still act under the one that ended: unlike
    /// who gives a lease back, its holder has not stopped before.
    pub(crate) fn resume_contract(owner: &ProtocolAccount, contract: ContractId) -> DispatchResult {
        Self::owned(owner, &contract)?;
        let halted = Halted::<T>::get(contract).ok_or(Error::<T>::NotHalted)?;
        let staleness = T::Attestation::lease_times().staleness;
        ensure!(Self::block_number() > halted.saturating_add(staleness), Error::<T>::StalenessLimit);
        Halted::<T>::remove(contract);
        Vacant::<T>::insert(contract, ());
        Self::deposit_event(Event::Resumed { contract });
        Ok(())
    }
}

impl<T: Config> Histories for Pallet<T> {
    fn opening(contract: &ContractId) -> Option<(HeadRecord, Option<WorkerId>)> {
        let head = Heads::<T>::get(contract)?;
        let lease = Leases::<T>::get(contract).filter(|lease| lease.number == head.lease);
        Some((head, lease.map(|lease| lease.holder)))
    }

    fn lease_holder(contract: &ContractId, lease: u64) -> Option<WorkerId> {
        let back = Leases::<T>::get(contract)?.number.checked_sub(lease)?;
        Holders::<T>::get(contract).iter().rev().nth(usize::try_from(back).ok()?).copied()
    }

    fn halt(contract: &ContractId) -> bool {
        if !Contracts::<T>::contains_key(contract) || Halted::<T>::contains_key(contract) {
            return false;
        }
        if let Some(lease) = Leases::<T>::get(contract) {
            Held::<T>::remove(lease.holder, contract);
            Leases::<T>::insert(contract, LeaseRecord { released: true, ..lease });
        }
        Vacant::<T>::remove(contract);
        Halted::<T>::insert(contract, Self::block_number());
        Self::deposit_event(Event::Halted { contract: *contract });
        true
    }
}
