//! How much capacity counts of one machine, of all its workers together: by the model of its processor, else by the
//! kind of their evidence.
//!
//! A cap that changes holds from the next measurement on: what was measured before stays as it was counted.

use adyton_pallet_traits::CpuModels;
use adyton_protocol::{cpu::CpuModel, ids::WorkerId, record::EvidenceKind};
use frame_support::ensure;
use polkadot_sdk::frame_support;

use crate::{CapacityCaps, Config, Error, Event, MAX_MODELS, ModelCaps, Pallet};

impl<T: Config> Pallet<T> {
    /// Sets the cap of a model, or removes it.
    pub(crate) fn cap_model(model: CpuModel, cap: Option<u64>) -> Result<(), Error<T>> {
        let has_one = ModelCaps::<T>::contains_key(model);
        match cap {
            Some(_) => ensure!(has_one || ModelCaps::<T>::count() < MAX_MODELS, Error::<T>::TooManyModels),
            None => ensure!(has_one, Error::<T>::UnknownModel),
        }
        ModelCaps::<T>::set(model, cap);
        Self::deposit_event(Event::ModelCapSet { model, cap });
        Ok(())
    }

    /// The cap of the machine of `worker`, whose evidence is of this kind.
    pub(crate) fn cap_of(worker: &WorkerId, kind: EvidenceKind) -> u64 {
        let of_model = T::CpuModels::cpu_model(worker).and_then(ModelCaps::<T>::get);
        of_model.unwrap_or_else(|| CapacityCaps::<T>::get(kind))
    }
}
