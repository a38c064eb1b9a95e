//! What goes with a contract: the log of who asked for its keys.
//!
//! How many workers that were nobody bounds, so a retirement only notes the contract, and the requests go in blocks with
//! room to spare. No new ones come meanwhile: nobody holds a contract that has ended. What a worker's requests were
//! numbered with stays counted in [`Asked`](crate::Asked), so nothing here makes room under a keyholder's cap.

use adyton_pallet_traits::Retirement;
use adyton_protocol::ids::{AccountId as ProtocolAccount, ContractId};
use polkadot_sdk::{frame_support::weights::Weight, sp_runtime::DispatchError};

use crate::{Config, Ended, Pallet, Releases, WeightInfo};

/// The most requests that one block removes.
pub const MOST_AT_ONCE: u32 = 100;

impl<T: Config> Pallet<T> {
    /// Removes requests for the keys of one contract that has ended, as many as `room` lets; gives what that took.
    pub(crate) fn sweep_within(room: Weight) -> Weight {
        let Some(room) = room.checked_sub(&T::WeightInfo::sweep(0)) else { return Weight::zero() };
        let one = T::WeightInfo::sweep(1).saturating_sub(T::WeightInfo::sweep(0));
        let most = room.checked_div_per_component(&one).unwrap_or(u64::from(MOST_AT_ONCE));
        Self::sweep(most.min(u64::from(MOST_AT_ONCE)) as u32)
    }

    /// Removes up to `most` requests for the keys of one contract that has ended; gives what that took.
    pub(crate) fn sweep(most: u32) -> Weight {
        let Some(contract) = Ended::<T>::iter_keys().next() else { return T::WeightInfo::sweep(0) };
        let removed = Releases::<T>::drain_prefix(contract).take(most as usize).count() as u32;
        if removed < most {
            Ended::<T>::remove(contract);
        }
        T::WeightInfo::sweep(removed)
    }
}

impl<T: Config> Retirement for Pallet<T> {
    fn most() -> Weight {
        T::WeightInfo::retired()
    }

    fn retired(contract: &ContractId, _owner: &ProtocolAccount) -> Result<Weight, DispatchError> {
        if Releases::<T>::iter_key_prefix(contract).next().is_some() {
            Ended::<T>::insert(contract, ());
        }
        Ok(T::WeightInfo::retired())
    }
}
