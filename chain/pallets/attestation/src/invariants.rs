//! What always holds of the pallet's state.

use adyton_protocol::{
    record::{CollateralRef, EvidenceKind},
    scheduled::Scheduled,
};
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::TryRuntimeError};

use crate::{
    Allowed, Capacities, ClassCapacities, Collateral, Config, DeniedMachines, DeniedOperators, DeniedProviders,
    EvaluationFloors, Frozen, HighestMinimums, JudgedSince, MAX_ROOTS, Measurements, Network, NewestGenerations,
    NewestLists, Pallet, Policies, RevocationFloors, RevocationLists, RootKeys, Roots,
};

impl<T: Config> Pallet<T> {
    /// The invariants: roots and their keys belong together and to their kind, nothing is accepted emptily, policies
    /// and collateral stand where they belong, what only moves forward has not been passed by, denials and the freeze
    /// hold until they end, nobody is kept on the list of who is allowed who is not, and a network with an identity has a
    /// readable name and leases that last. The delay has none: each value of it means something.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::try_roots()?;
        Self::try_policies()?;
        ensure!(Measurements::<T>::iter_values().all(|record| all(&record, |_| true)), "a measurement has no record");
        Self::try_endorsements()?;
        Self::try_marks()?;
        Self::try_admission()?;
        if let Some(network) = Network::<T>::get() {
            ensure!(core::str::from_utf8(&network.name).is_ok_and(|name| !name.is_empty()), "the network has no name");
            ensure!(network.lease_blocks > 0, "leases have no length");
        }
        Ok(())
    }

    fn try_roots() -> Result<(), TryRuntimeError> {
        for ((kind, root), key) in RootKeys::<T>::iter() {
            ensure!(Roots::<T>::contains_key((kind, root)), "a root's key has no record");
            ensure!(key.id() == root, "a root's key stands under another identity");
            ensure!(key.is_for(kind), "a root's key is for another kind");
        }
        ensure!(Roots::<T>::iter_keys().count() <= MAX_ROOTS as usize, "there are more roots than there may be");
        for (id, record) in Roots::<T>::iter() {
            ensure!(RootKeys::<T>::contains_key(id), "a root has no key");
            ensure!(all(&record, |record| record.kind == id.0), "a root's record is for another kind");
        }
        Ok(())
    }

    fn try_policies() -> Result<(), TryRuntimeError> {
        for (kind, policy) in Policies::<T>::iter() {
            ensure!(all(&policy, |policy| policy.kind() == kind), "a policy stands under another kind");
            let minimum = HighestMinimums::<T>::get(kind);
            ensure!(all(&policy, |policy| policy.minimum_evaluation() >= minimum), "a policy lowers its minimum");
        }
        let of_intel = |kind| matches!(kind, EvidenceKind::IntelTdx | EvidenceKind::IntelSgx);
        let has_some = |(kind, minimum)| minimum == 0 || of_intel(kind);
        ensure!(HighestMinimums::<T>::iter().all(has_some), "a kind without evaluations has a minimum");
        Ok(())
    }

    fn try_endorsements() -> Result<(), TryRuntimeError> {
        for ((reference, authority), collateral) in Collateral::<T>::iter() {
            ensure!(collateral.root().0 == reference.root.0, "collateral stands under another root");
            ensure!(collateral.fmspc() == reference.family, "collateral stands under another family");
            ensure!(collateral.authority_id() == authority, "collateral stands under another authority");
            ensure!(collateral.kind().name() == reference.kind.name(), "collateral stands under another kind");
            let CollateralRef { kind, root, .. } = reference;
            let newest = NewestGenerations::<T>::get((kind, root));
            ensure!(collateral.evaluation_number() <= newest, "collateral is newer than the newest");
            ensure!(NewestLists::<T>::get(root).covers(&collateral), "the lists of collateral were not noted");
        }
        for (root, list) in RevocationLists::<T>::iter() {
            ensure!(list.issued_at < list.valid_until, "a revocation list ends before it begins");
            let newest = NewestGenerations::<T>::get((EvidenceKind::AmdSnp, root));
            ensure!(list.generation() == newest, "a revocation list is not the newest");
        }
        Ok(())
    }

    fn try_marks() -> Result<(), TryRuntimeError> {
        let has_collateral = |(kind, _)| kind != EvidenceKind::AwsNitro;
        ensure!(EvaluationFloors::<T>::iter_keys().all(has_collateral), "a kind without collateral has a floor");
        let bounded = NewestGenerations::<T>::iter_keys().all(has_collateral);
        ensure!(bounded, "a kind without collateral has a generation");
        let reached = |(root, floors)| NewestLists::<T>::get(root).reach(&floors);
        ensure!(RevocationFloors::<T>::iter().all(reached), "no revocation list reaches a floor");
        let now = Self::now();
        ensure!(JudgedSince::<T>::iter_values().all(|since| since <= now), "verdicts of the future are ended");
        Ok(())
    }

    fn try_admission() -> Result<(), TryRuntimeError> {
        let denials = DeniedMachines::<T>::iter_values().chain(DeniedProviders::<T>::iter_values());
        let mut barred = denials.chain(DeniedOperators::<T>::iter_values()).chain(Frozen::<T>::get());
        ensure!(barred.all(|stored| is_barred(&stored)), "a denial or the freeze does not hold until it ends");
        let mut allowed = Allowed::<T>::iter_values();
        ensure!(allowed.all(|stored| all(&stored, |allowed| *allowed)), "somebody is listed who is not allowed");
        let mut capacities = Capacities::<T>::iter_values().chain(ClassCapacities::<T>::iter_values());
        let says_something = |stored: &Scheduled<Option<u32>>| *stored != Scheduled::holding(None);
        ensure!(capacities.all(|stored| all(&stored, |_| true) && says_something(&stored)), "a capacity says nothing");
        Ok(())
    }
}

/// Whether something is denied or frozen, with or without an end that is announced.
fn is_barred(stored: &Scheduled<bool>) -> bool {
    stored.present == Some(true) && stored.next.as_ref().is_none_or(|next| !next.value)
}

/// Whether there is something, and `holds` of all that is and will be.
fn all<V>(scheduled: &Scheduled<V>, holds: impl Fn(&V) -> bool) -> bool {
    let next = scheduled.next.as_ref().map(|next| &next.value);
    let is_there = scheduled.present.is_some() || next.is_some();
    is_there && scheduled.present.iter().chain(next).all(holds)
}
