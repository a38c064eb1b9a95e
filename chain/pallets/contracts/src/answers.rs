//! What other pallets ask about contracts.

use adyton_pallet_traits::Deployments;
use adyton_protocol::{ids::ContractId, manifest::Manifest};

use crate::{Config, Contracts, Pallet};

impl<T: Config> Deployments for Pallet<T> {
    fn takes_messages(contract: &ContractId) -> Option<bool> {
        let record = Contracts::<T>::get(contract)?;
        // Deployment has read it.
        Some(Manifest::from_bytes(&record.manifest).is_ok_and(|manifest| manifest.messages))
    }
}
