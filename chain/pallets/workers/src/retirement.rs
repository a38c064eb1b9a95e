//! How a worker leaves, and what must hold of all of them.

use adyton_pallet_traits::Attestation;
use adyton_protocol::{ids::WorkerId, record::WorkerRecord};
use frame_support::{
    ensure,
    traits::{fungible::hold::Mutate, tokens::Precision},
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchResult},
};

use crate::{Config, Deposits, Error, Event, HoldReason, OnMachine, Pallet, WorkerOf, Workers};

impl<T: Config> Pallet<T> {
    /// The first call takes the key away; a call after the worker's last lease and the staleness limit removes
    /// it. In between, registering again undoes the first.
    pub(crate) fn end(operator: &AccountId32, worker: WorkerId) -> DispatchResult {
        let record = Self::owned(operator, &worker)?;
        let free_after = record.active_until.saturating_add(T::Attestation::lease_times().staleness);
        if Self::block_number() > free_after {
            return Self::remove(operator, worker, &record);
        }
        ensure!(WorkerOf::<T>::contains_key(record.signing_key), Error::<T>::StillActive);
        Self::forget_key(&record.signing_key);
        Workers::<T>::insert(worker, WorkerRecord { opted_in: false, ..record });
        Self::deposit_event(Event::Retiring { worker });
        Ok(())
    }

    fn remove(operator: &AccountId32, worker: WorkerId, record: &WorkerRecord) -> DispatchResult {
        Self::forget_key(&record.signing_key);
        Workers::<T>::remove(worker);
        OnMachine::<T>::mutate_exists(record.verdict.machine, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        if let Some(deposit) = Deposits::<T>::take(worker) {
            T::Currency::release(&HoldReason::Registration.into(), operator, deposit, Precision::BestEffort)?;
        }
        Self::deposit_event(Event::Retired { worker });
        Ok(())
    }

    /// The invariants: each key in use is its worker's present key, each worker has a deposit, a boot number and
    /// evidence of its own, and each machine's count is the number of workers on it.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{Boots, Evidence, UsedKeys};
        use alloc::collections::BTreeMap;

        for (key, worker) in WorkerOf::<T>::iter() {
            let record = Workers::<T>::get(worker).ok_or("a key belongs to nobody")?;
            ensure!(record.signing_key == key, "a key is not its worker's present one");
        }
        let mut machines = BTreeMap::new();
        for (worker, record) in Workers::<T>::iter() {
            ensure!(Deposits::<T>::contains_key(worker), "a worker has no deposit");
            ensure!(Boots::<T>::get(worker) == record.boot, "a worker's boot is not its last");
            ensure!(Evidence::<T>::get(record.verdict.evidence) == Some(worker), "evidence is another worker's");
            ensure!(UsedKeys::<T>::get(record.signing_key) == Some(worker), "a key is not kept as used");
            *machines.entry(record.verdict.machine).or_insert(0u32) += 1;
        }
        for worker in Deposits::<T>::iter_keys() {
            ensure!(Workers::<T>::contains_key(worker), "a deposit is held for nobody");
        }
        for (machine, count) in OnMachine::<T>::iter() {
            ensure!(machines.get(&machine).copied().unwrap_or(0) == count, "a machine's count is wrong");
        }
        Ok(())
    }
}
