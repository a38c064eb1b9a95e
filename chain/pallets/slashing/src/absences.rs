//! Absences: the chain's own record shows them, and each step of one is charged once.

use adyton_pallet_traits::Presence;
use adyton_protocol::ids::{AccountId, WorkerId};
use frame_support::ensure;
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchResult, Perbill},
};

use crate::{
    Absences, Config, Error, Pallet,
    charges::Accusation,
    types::{Charge, Kind},
};

impl<T: Config> Pallet<T> {
    /// Charges what is due of the last absence of `worker` and was not charged yet.
    pub(crate) fn accuse_of_absence(reporter: AccountId, worker: WorkerId) -> DispatchResult {
        let absence = T::Presence::absence(&worker).ok_or(Error::<T>::NotAbsent)?;
        let (now, parameters) = (Self::block_number(), Self::parameters());
        let until = absence.until.map_or(now, |until| until.min(now));
        Self::require_recent(until)?;
        let away = until.saturating_sub(absence.since).saturating_sub(absence.paused);
        let late = away.checked_sub(parameters.offline_grace);
        let steps = late.map_or(0, |late| parameters.steps(late));
        ensure!(steps > 0, Error::<T>::WithinGrace);
        let last = Absences::<T>::get(worker);
        ensure!(last.is_none_or(|charge| charge.since <= absence.since), Error::<T>::AlreadyReported);
        let before = last.filter(|charge| charge.since == absence.since);
        let new = steps.saturating_sub(before.map_or(0, |charge| charge.steps));
        ensure!(new > 0, Error::<T>::AlreadyReported);
        let fraction = Perbill::from_parts(parameters.offline_step.deconstruct().saturating_mul(new));
        let fraction = fraction.min(parameters.offline_limit);
        let accusation = Accusation { worker, kind: Kind::Offline, fraction, block: until, reporter };
        let entry = Self::chargeable(accusation)?;
        Self::enter(entry)?;
        Absences::<T>::insert(worker, Charge { since: absence.since, steps });
        Ok(())
    }
}
