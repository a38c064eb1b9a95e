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

use crate::{Config, CpuModels, Deposits, Error, Event, HoldReason, OnMachine, Pallet, WorkerOf, Workers};

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
        CpuModels::<T>::remove(worker);
        Self::uncount(record.role, &record.verdict);
        OnMachine::<T>::mutate_exists(record.verdict.machine, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        if let Some(deposit) = Deposits::<T>::take(worker) {
            T::Currency::release(&HoldReason::Registration.into(), operator, deposit, Precision::BestEffort)?;
        }
        Self::deposit_event(Event::Retired { worker });
        Ok(())
    }

    /// The invariants: each key in use is its worker's present key, each worker has a deposit that is held, a boot
    /// number and evidence of its own, a processor's model is such as its evidence names, what is remembered of keys
    /// and evidence is of workers that have booted, and each machine's count, and each of the census, is the number of
    /// such workers.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{Boots, Evidence, UsedKeys};
        use alloc::collections::BTreeMap;
        use polkadot_sdk::sp_runtime::traits::Zero;

        for (key, worker) in WorkerOf::<T>::iter() {
            let record = Workers::<T>::get(worker).ok_or("a key belongs to nobody")?;
            ensure!(record.signing_key == key, "a key is not its worker's present one");
        }
        let mut machines = BTreeMap::new();
        for (worker, record) in Workers::<T>::iter() {
            ensure!(Deposits::<T>::contains_key(worker), "a worker has no deposit");
            ensure!(Boots::<T>::get(worker) == record.boot, "a worker's boot is not its last");
            ensure!(Evidence::<T>::get(record.verdict.evidence) == Some(worker), "evidence is another worker's");
            let known = UsedKeys::<T>::get(record.signing_key).ok_or("a key is not kept as used")?;
            ensure!((known.worker, known.operator) == (worker, record.operator), "a key is kept as another worker's");
            ensure!(known.present.until == record.verdict.valid_until, "a key's verdict ends at two times");
            let present = WorkerOf::<T>::contains_key(record.signing_key);
            ensure!(known.ended.is_none() == present, "a key in use has ended, or one that is not has no end");
            *machines.entry(record.verdict.machine).or_insert(0u32) += 1;
        }
        for (machine, count) in OnMachine::<T>::iter() {
            ensure!(machines.remove(&machine).unwrap_or(0) == count, "a machine's count is wrong");
        }
        ensure!(machines.is_empty(), "a machine has no count");
        Self::try_census()?;
        Self::try_cpu_models()?;
        ensure!(Boots::<T>::iter_values().all(|boots| !boots.is_zero()), "a worker without a boot is remembered");
        let keys = UsedKeys::<T>::iter_values().map(|known| known.worker);
        let remembered = Evidence::<T>::iter_values().chain(keys);
        for worker in remembered {
            ensure!(Boots::<T>::contains_key(worker), "a key or evidence is of a worker that never booted");
        }
        Self::try_deposits()
    }

    /// A processor's model is that of a worker, and of the vendor whose evidence the worker has.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    fn try_cpu_models() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use adyton_protocol::{cpu::CpuModel, record::EvidenceKind};

        for (worker, model) in CpuModels::<T>::iter() {
            let record = Workers::<T>::get(worker).ok_or("a processor's model is kept for nobody")?;
            let is_named = match record.verdict.kind {
                EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => matches!(model, CpuModel::IntelFmspc(_)),
                EvidenceKind::AmdSnp => matches!(model, CpuModel::AmdCpuid { .. }),
                EvidenceKind::AwsNitro => false,
            };
            ensure!(is_named, "a processor's model is not such as its worker's evidence names");
        }
        Ok(())
    }

    /// What is held of each account is what its workers' deposits come to, and nothing is held of one without workers.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    fn try_deposits() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use alloc::collections::BTreeMap;
        use frame_support::traits::fungible::InspectHold;
        use polkadot_sdk::{frame_system::Account, sp_runtime::traits::Saturating};

        let mut owed = BTreeMap::<AccountId32, crate::BalanceOf<T>>::new();
        for (worker, deposit) in Deposits::<T>::iter() {
            let record = Workers::<T>::get(worker).ok_or("a deposit is held for nobody")?;
            let sum = owed.entry(AccountId32::new(record.operator.0)).or_default();
            *sum = sum.saturating_add(deposit);
        }
        for account in Account::<T>::iter_keys().chain(owed.keys().cloned()) {
            let held = T::Currency::balance_on_hold(&HoldReason::Registration.into(), &account);
            let owed = owed.get(&account).copied().unwrap_or_default();
            ensure!(held == owed, "what is held is not what the deposits come to");
        }
        Ok(())
    }
}
