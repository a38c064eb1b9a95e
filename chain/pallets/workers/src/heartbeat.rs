//! How a worker shows that it is there, and what others learn about it.

use adyton_pallet_traits::{Attestation, BootKey, BootKeys, CpuModels as CpuModelsOf, Workers as WorkersOf};
use adyton_protocol::{
    cpu::CpuModel,
    ids::{AccountId as ProtocolAccount, SigningKey, WorkerId},
    record::{Heartbeat, WorkerRecord},
};
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::AccountId32};

use crate::{Config, CpuModels, Error, Event, Pallet, UsedKeys, WorkerOf, Workers};

/// A lease's length divided by this is the shortest time between two heartbeats.
const BEATS_PER_LEASE: u32 = 8;

/// A worker that may post a heartbeat now; only [`Pallet::beating`] makes one.
pub struct Beating {
    worker: WorkerId,
    record: WorkerRecord,
}

impl<T: Config> Pallet<T> {
    /// The worker with this key, if it is valid and has not just posted.
    pub(crate) fn beating(key: &AccountId32) -> Result<Beating, Error<T>> {
        let key = ProtocolAccount(*key.as_ref());
        let (worker, record) = Self::valid_worker(&key).ok_or(Error::<T>::NotAWorker)?;
        let period = (T::Attestation::lease_times().lease / BEATS_PER_LEASE).max(1);
        let last = record.heartbeat.block;
        ensure!(last == 0 || Self::block_number() >= last.saturating_add(period), Error::<T>::TooSoon);
        Ok(Beating { worker, record })
    }

    pub(crate) fn beat(beating: Beating, nonce: [u8; 32]) {
        let Beating { worker, record } = beating;
        let block = Self::block_number();
        let active_until = block.saturating_add(T::Attestation::lease_times().lease);
        Workers::<T>::insert(worker, WorkerRecord { active_until, heartbeat: Heartbeat { nonce, block }, ..record });
        Self::deposit_event(Event::Heartbeat { worker, active_until });
    }
}

impl<T: Config> WorkersOf for Pallet<T> {
    fn valid_worker(account: &ProtocolAccount) -> Option<(WorkerId, WorkerRecord)> {
        let worker = WorkerOf::<T>::get(SigningKey(account.0))?;
        let record = Workers::<T>::get(worker)?;
        record.valid(&T::Attestation::facts(&record)).ok()?;
        Some((worker, record))
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        Workers::<T>::get(worker)
    }
}

impl<T: Config> CpuModelsOf for Pallet<T> {
    fn cpu_model(worker: &WorkerId) -> Option<CpuModel> {
        CpuModels::<T>::get(worker)
    }
}

impl<T: Config> BootKeys for Pallet<T> {
    fn boot_key(key: &SigningKey) -> Option<BootKey> {
        UsedKeys::<T>::get(key)
    }
}
