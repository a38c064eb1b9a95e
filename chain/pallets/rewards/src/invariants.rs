//! What must always hold, checked over the whole state: for tests and tools.
#![cfg(any(feature = "std", feature = "try-runtime"))]

use adyton_protocol::{
    challenge::{Capacity, Round},
    ids::Digest,
    rewards::Away,
};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::TryRuntimeError};

use crate::{
    Absences, Capacities, Config, Latest, MAX_MODELS, Machines, ModelCaps, Owing, Pallet, Parameters, Rounds, Sessions,
    Totals, parameters::are_possible,
};

impl<T: Config> Pallet<T> {
    /// The invariants: totals are the sums over the sessions; what was and will be issued is no more than the budget; a
    /// session and its absence say the same; rounds are where they belong; measured capacity is no more than the machine
    /// has; no more models have a cap than may, and they are counted.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(are_possible(&Parameters::<T>::get()), "parameters that cannot be followed");
        Self::check_sessions()?;
        Self::check_rounds()?;
        Self::check_capacities()?;
        let models = ModelCaps::<T>::count();
        ensure!(models <= MAX_MODELS, "more models have a cap than may");
        ensure!(ModelCaps::<T>::iter_keys().count() == models as usize, "models with a cap are counted wrongly");
        Ok(())
    }

    fn check_sessions() -> Result<(), TryRuntimeError> {
        let totals = Totals::<T>::get();
        let (mut weight, mut accrued, mut capacity, mut running) = (0u128, 0u128, 0u64, 0u32);
        for (worker, session) in Sessions::<T>::iter() {
            weight = weight.checked_add(session.weight).ok_or("the weights are beyond all numbers")?;
            accrued = accrued.checked_add(session.accrued(totals.index)).ok_or("what is accrued is")?;
            capacity = capacity.checked_add(session.capacity).ok_or("the capacities are")?;
            running = running.checked_add(1).ok_or("the workers are")?;
            ensure!(session.index <= totals.index, "a session is ahead of the index");
            ensure!(session.settled <= Latest::<T>::get(), "a session is settled ahead of the rounds");
            let shown = Absences::<T>::get(worker).filter(|away| away.until.is_none());
            ensure!(shown.map(|Away { since, .. }| since) == session.away_since, "an absence is shown and not known");
            let idle = session.away_since.is_none() || (session.weight == 0 && session.pending == 0);
            ensure!(idle, "a worker that is away accrues");
        }
        ensure!((weight, capacity, running) == (totals.weight, totals.capacity, totals.running), "other totals");
        ensure!(!Owing::<T>::iter_keys().any(Sessions::<T>::contains_key), "a worker runs and is stopped");
        for (worker, away) in Absences::<T>::iter() {
            ensure!(away.until.is_some() || Sessions::<T>::contains_key(worker), "one is away that does not run");
        }
        let issued = [totals.credited, totals.to_treasury, totals.treasury_due];
        let all = issued.into_iter().try_fold(accrued, u128::checked_add).ok_or("what is issued is")?;
        ensure!(all <= totals.budgeted, "more is issued than the budget");
        Ok(())
    }

    fn check_rounds() -> Result<(), TryRuntimeError> {
        let latest = Latest::<T>::get();
        for (slot, round) in Rounds::<T>::iter() {
            ensure!(slot == Round::slot(round.number) && round.previous < round.number, "a round is out of place");
            ensure!(round.number <= latest, "a round after the newest");
        }
        ensure!(latest == 0 || Self::round(latest).is_some(), "the newest round is not there");
        Ok(())
    }

    fn check_capacities() -> Result<(), TryRuntimeError> {
        let mut measured = BTreeMap::<(Digest, u64), u64>::new();
        for Capacity { machine, round, capacity, .. } in Capacities::<T>::iter_values() {
            let sum = measured.entry((machine, round)).or_default();
            *sum = sum.saturating_add(capacity);
        }
        for (machine, record) in Machines::<T>::iter() {
            let sum = measured.get(&(machine, record.round)).copied().unwrap_or_default();
            ensure!(sum <= record.capacity, "a machine's workers have more than it was measured at");
        }
        Ok(())
    }
}
