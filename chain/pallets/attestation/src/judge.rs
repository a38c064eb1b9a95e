//! How evidence and collateral are judged by the present state.

use adyton_attestation::{CheckedCollateral, Collateral as RawCollateral, Policy, Root, verify_collateral, verify_tdx};
use adyton_pallet_traits::{Attestation, CollateralRef, LeaseTimes};
use adyton_protocol::{
    configuration,
    ids::{BlockHash, Digest, NetworkId},
    record::{EvidenceKind, MachineId, RootRecord, ValidityFacts, VerdictFacts, WorkerRecord},
    statement::AttestedStatement,
};
use frame_support::ensure;
use polkadot_sdk::{
    frame_support,
    frame_system::{self, pallet_prelude::BlockNumberFor},
    pallet_timestamp,
    sp_runtime::{DispatchError, traits::Zero},
};

use crate::{
    Capacities, Collateral, Config, DefaultCapacity, DeniedMachines, DeniedOperators, Error, EvaluationFloors, Event,
    Frozen, Measurements, Network, Pallet, PlatformPolicy, RootKeys, Roots, types,
};

impl<T: Config> Pallet<T> {
    /// The chain's time in Unix seconds.
    pub fn now() -> u64 {
        pallet_timestamp::Now::<T>::get() / 1000
    }

    /// Verifies raw collateral under `root` at `now`, holds it to the floor, and to what it would replace.
    pub(crate) fn check_collateral(root: &Root, raw: &RawCollateral, now: u64) -> Result<CheckedCollateral, Error<T>> {
        let checked = verify_collateral(raw, root, now)?;
        let floor = EvaluationFloors::<T>::get(EvidenceKind::IntelTdx);
        if checked.evaluation_number() < floor {
            let found = checked.evaluation_number();
            return Err(adyton_attestation::Refusal::EvaluationNumber { found, floor }.into());
        }
        let reference = CollateralRef { root: Digest(root.id().0), family: checked.fmspc() };
        if let Some(stored) = Collateral::<T>::get(reference) {
            checked.require_supersedes(&stored)?;
        }
        Ok(checked)
    }

    /// Stores what [`Pallet::check_collateral`] let pass.
    pub(crate) fn store_collateral(root: Digest, checked: CheckedCollateral) {
        let collateral = CollateralRef { root, family: checked.fmspc() };
        let (evaluation, valid_until) = (checked.evaluation_number(), checked.valid_until());
        Collateral::<T>::insert(collateral, checked);
        Self::deposit_event(Event::CollateralStored { collateral, evaluation, valid_until });
    }

    /// Stores a root of trust, and answers its identity.
    pub(crate) fn insert_root(record: RootRecord) -> Result<Digest, Error<T>> {
        let key = match record.kind {
            EvidenceKind::IntelTdx => Root::from_certificate(&record.certificate).map_err(|_| Error::NotARoot)?,
        };
        let root = Digest(key.id().0);
        RootKeys::<T>::insert(root, key);
        Roots::<T>::insert(root, record);
        Ok(root)
    }

    /// The policy with the floor of the present state.
    fn policy(kind: EvidenceKind) -> Option<Policy> {
        let policy = PlatformPolicy::<T>::get()?;
        let minimum_evaluation_number = policy.minimum_evaluation_number.max(EvaluationFloors::<T>::get(kind));
        Some(Policy { minimum_evaluation_number, ..policy })
    }

    /// The hash of this chain's first block, which the system never forgets.
    pub(crate) fn genesis() -> BlockHash {
        let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
        let mut bytes = [0; 32];
        // A chain with hashes of another length accepts no configuration.
        if hash.as_ref().len() == bytes.len() {
            bytes.copy_from_slice(hash.as_ref());
        }
        BlockHash(bytes)
    }

    /// The invariants: roots and their keys belong together, floors and collateral agree with what is stored,
    /// and a network with an identity has a readable name and leases that last.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        for (root, key) in RootKeys::<T>::iter() {
            ensure!(Roots::<T>::contains_key(root), "a root's key has no record");
            ensure!(Digest(key.id().0) == root, "a root's key stands under another identity");
        }
        for root in Roots::<T>::iter_keys() {
            ensure!(RootKeys::<T>::contains_key(root), "a root has no key");
        }
        for (reference, collateral) in Collateral::<T>::iter() {
            ensure!(collateral.root().0 == reference.root.0, "collateral stands under another root");
            ensure!(collateral.fmspc() == reference.family, "collateral stands under another family");
        }
        if let Some(network) = Network::<T>::get() {
            ensure!(core::str::from_utf8(&network.name).is_ok_and(|name| !name.is_empty()), "the network has no name");
            ensure!(network.lease_blocks > 0, "leases have no length");
        }
        Ok(())
    }
}

impl<T: Config> Attestation for Pallet<T> {
    fn network() -> Option<NetworkId> {
        Network::<T>::get().map(|network| network.id)
    }

    fn lease_times() -> LeaseTimes {
        let times = Network::<T>::get().map(|network| (network.lease_blocks, network.staleness_blocks));
        let (lease, staleness) = times.unwrap_or((0, 0));
        LeaseTimes { lease, staleness }
    }

    fn judge(
        evidence: &[u8],
        collateral: &CollateralRef,
        statement: &AttestedStatement,
    ) -> Result<VerdictFacts, DispatchError> {
        ensure!(!Frozen::<T>::get(), Error::<T>::Frozen);
        let network = Self::network().ok_or(Error::<T>::NoNetwork)?;
        ensure!(statement.network == network, Error::<T>::AnotherNetwork);
        ensure!(!DeniedOperators::<T>::contains_key(statement.operator), Error::<T>::OperatorDenied);
        let root = Roots::<T>::get(collateral.root).ok_or(Error::<T>::UnknownRoot)?;
        let key = RootKeys::<T>::get(collateral.root).ok_or(Error::<T>::UnknownRoot)?;
        let checked = Collateral::<T>::get(collateral).ok_or(Error::<T>::UnknownCollateral)?;
        let policy = Self::policy(root.kind).ok_or(Error::<T>::NoPolicy)?;

        let verdict = match root.kind {
            EvidenceKind::IntelTdx => verify_tdx(evidence, &checked, &key, &policy, Self::now()),
        };
        let facts = verdict.and_then(|verdict| verdict.bind(&statement.report_data())).map_err(Error::<T>::from)?;
        let facts = facts.into_facts();

        let measurement = Digest(facts.measurement_id);
        let accepted = Measurements::<T>::get(measurement).ok_or(Error::<T>::UnknownMeasurement)?;
        ensure!(accepted.role == statement.role, Error::<T>::AnotherRole);
        let configuration = configuration::digest(&network, &Self::genesis(), &accepted.profile);
        ensure!(statement.config == configuration, Error::<T>::AnotherConfiguration);
        let unsupported = || Error::<T>::Refused(adyton_attestation::Refusal::KindNotSupported(facts.kind).code());
        let machine = types::machine(facts.machine).ok_or_else(unsupported)?;
        ensure!(!DeniedMachines::<T>::contains_key(machine), Error::<T>::MachineDenied);
        Ok(VerdictFacts {
            kind: types::kind(facts.kind).ok_or_else(unsupported)?,
            root: Digest(facts.root.0),
            measurement,
            profile: accepted.profile,
            machine,
            evaluation: facts.evaluation_number,
            valid_until: facts.valid_until,
            evidence: Digest(facts.evidence_id),
        })
    }

    fn facts(worker: &WorkerRecord) -> ValidityFacts {
        ValidityFacts {
            now: Self::now(),
            root: Roots::<T>::get(worker.verdict.root),
            measurement: Measurements::<T>::get(worker.verdict.measurement),
            evaluation_floor: EvaluationFloors::<T>::get(worker.verdict.kind),
            machine_denied: DeniedMachines::<T>::contains_key(worker.verdict.machine),
            operator_denied: DeniedOperators::<T>::contains_key(worker.operator),
        }
    }

    fn capacity(machine: &MachineId) -> u32 {
        Capacities::<T>::get(machine).unwrap_or_else(|| match machine {
            MachineId::None => 0,
            MachineId::IntelPpid(_) => DefaultCapacity::<T>::get(),
        })
    }
}
