//! What other pallets ask about contracts.

use adyton_pallet_traits::{Anchors, Deployments};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, ContractId, WorkerId},
    manifest::{Limits, Manifest},
};

use crate::{Config, Contracts, Pallet, ReceiptAnchors};

impl<T: Config> Deployments for Pallet<T> {
    fn takes_messages(contract: &ContractId) -> Option<bool> {
        let record = Contracts::<T>::get(contract)?;
        // Deployment has read it.
        Some(Manifest::from_bytes(&record.manifest).is_ok_and(|manifest| manifest.messages))
    }

    fn owner(contract: &ContractId) -> Option<ProtocolAccount> {
        Contracts::<T>::get(contract).map(|record| record.owner)
    }

    fn limits(contract: &ContractId) -> Option<Limits> {
        let record = Contracts::<T>::get(contract)?;
        Manifest::from_bytes(&record.manifest).ok().map(|manifest| manifest.limits)
    }
}

impl<T: Config> Anchors for Pallet<T> {
    fn anchors(worker: &WorkerId) -> u32 {
        ReceiptAnchors::<T>::get(worker).count
    }
}
