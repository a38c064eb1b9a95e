//! What must hold of all offences.

use adyton_pallet_traits::{PoolId, Pools};
use adyton_protocol::ids::WorkerId;
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{ensure, traits::fungible::hold::Inspect};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_runtime::{AccountId32, TryRuntimeError},
};

use crate::{
    Absences, Charges, Commitments, Config, HoldReason, Lapses, LastOffence, Offences, Over, Pallet, Samples,
    VerdictPlaces, Verdicts,
    types::{SAMPLES, UNDECIDED},
};

impl<T: Config> Pallet<T> {
    /// The invariants: each offence that is not over has a number that was given and an amount above nothing; what
    /// a worker is charged with is no more than what stood behind it, and no less than what is pending of it; what is held
    /// of an account is what its commitment says; pools have frozen what their offences come to; nothing is noted or kept of a block to come; an offence ends before
    /// what left at its time does.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let (over, last, now) = (Over::<T>::get(), LastOffence::<T>::get(), Self::block_number());
        ensure!(over <= last, "more offences are over than there were");
        let found_by_jurors: BTreeSet<u64> = Verdicts::<T>::iter_values().collect();
        let (first, end) = VerdictPlaces::<T>::get();
        let placed = Verdicts::<T>::iter_keys().all(|place| (first..end).contains(&place));
        ensure!(
            placed && Verdicts::<T>::iter().count() as u64 == end.saturating_sub(first),
            "verdicts are not one behind the other"
        );
        let mut pending = BTreeMap::<WorkerId, (u128, u32)>::new();
        let mut frozen = BTreeMap::<PoolId, u128>::new();
        for (number, offence) in Offences::<T>::iter() {
            let waits = over < number || offence.kind.is_for_jurors();
            ensure!(waits && number <= last, "an offence is there that is over, or was never reported");
            let found = offence.kind.is_for_jurors() && offence.apply_at != UNDECIDED;
            ensure!(!found || found_by_jurors.contains(&number), "what jurors found has no turn");
            ensure!(offence.amount > 0 && offence.block <= now, "an offence costs nothing, or is to come");
            let (sum, count) = pending.entry(offence.worker).or_default();
            (*sum, *count) = (sum.saturating_add(offence.amount), count.saturating_add(1));
            let sum = frozen.entry(offence.pool).or_default();
            *sum = sum.saturating_add(offence.amount);
        }
        let right = frozen.iter().all(|(pool, amount)| T::Pools::frozen(*pool) == *amount);
        ensure!(right, "a pool has frozen something else than its offences come to");
        for (worker, charged) in Charges::<T>::iter() {
            let (sum, count) = pending.remove(&worker).unwrap_or_default();
            ensure!(count == charged.pending, "a worker's offences are not counted right");
            ensure!(
                sum <= charged.amount && charged.amount <= charged.most,
                "a worker is charged with more than it had"
            );
            ensure!(charged.last <= now, "a worker was charged in a block to come");
        }
        ensure!(pending.is_empty(), "an offence is not charged");
        ensure!(Absences::<T>::iter_values().all(|charge| charge.since <= now), "an absence begins in a block to come");
        ensure!(Lapses::<T>::iter_values().all(|lapse| lapse.block <= now), "a note is of a block to come");
        let sampled = Samples::<T>::iter().all(|(place, (block, _))| place < SAMPLES && block <= now);
        ensure!(sampled, "a moment is kept of a block to come");
        ensure!(Self::suit(&Self::parameters()).is_ok(), "stake leaves before an offence ends");
        Self::try_deposits()
    }

    fn try_deposits() -> Result<(), TryRuntimeError> {
        let owed: BTreeMap<AccountId32, u128> =
            Commitments::<T>::iter().map(|(account, commitment)| (account, commitment.deposit)).collect();
        for account in frame_system::Account::<T>::iter_keys().chain(owed.keys().cloned()) {
            let held = T::Currency::balance_on_hold(&HoldReason::Commitment.into(), &account);
            let owed = owed.get(&account).copied().unwrap_or_default();
            ensure!(held == owed, "what is held is not what the commitment says");
        }
        Ok(())
    }
}
