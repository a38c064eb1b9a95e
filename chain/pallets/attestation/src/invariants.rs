//! What always holds of the pallet's state.

use adyton_protocol::{record::EvidenceKind, scheduled::Scheduled};
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::TryRuntimeError};

use crate::{
    Collateral, Config, EvaluationFloors, Measurements, Network, Pallet, Policies, RevocationLists, RootKeys, Roots,
};

impl<T: Config> Pallet<T> {
    /// The invariants: roots and their keys belong together and to their kind, nothing is accepted emptily, policies
    /// and collateral stand where they belong, and a network with an identity has a readable name and leases that last.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::try_roots()?;
        for (kind, policy) in Policies::<T>::iter() {
            ensure!(all(&policy, |policy| policy.kind() == kind), "a policy stands under another kind");
        }
        ensure!(Measurements::<T>::iter_values().all(|record| all(&record, |_| true)), "a measurement has no record");
        Self::try_endorsements()?;
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
        for (id, record) in Roots::<T>::iter() {
            ensure!(RootKeys::<T>::contains_key(id), "a root has no key");
            ensure!(all(&record, |record| record.kind == id.0), "a root's record is for another kind");
        }
        Ok(())
    }

    fn try_endorsements() -> Result<(), TryRuntimeError> {
        for (reference, collateral) in Collateral::<T>::iter() {
            ensure!(collateral.root().0 == reference.root.0, "collateral stands under another root");
            ensure!(collateral.fmspc() == reference.family, "collateral stands under another family");
            ensure!(collateral.kind().name() == reference.kind.name(), "collateral stands under another kind");
        }
        for list in RevocationLists::<T>::iter_values() {
            ensure!(list.issued_at < list.valid_until, "a revocation list ends before it begins");
        }
        let floor = EvaluationFloors::<T>::get(EvidenceKind::AwsNitro);
        ensure!(floor == 0, "a kind without collateral has a floor");
        Ok(())
    }
}

/// Whether there is something, and `holds` of all that is and will be.
fn all<V>(scheduled: &Scheduled<V>, holds: impl Fn(&V) -> bool) -> bool {
    let next = scheduled.next.as_ref().map(|next| &next.value);
    let is_there = scheduled.present.is_some() || next.is_some();
    is_there && scheduled.present.iter().chain(next).all(holds)
}
