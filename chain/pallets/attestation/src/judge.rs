//! How evidence is judged by the present state.

use adyton_attestation::{
    CheckedCollateral, Claims, Details, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict, authority_of,
    nitro::{NitroBinding, NitroEndorsements, NitroPolicy, verify_nitro},
    snp::{SnpEndorsements, SnpExpected, SnpPolicy, verify_snp},
    verify_sgx, verify_tdx,
};
use adyton_pallet_traits::{Attestation, CollateralRef, Judged, LeaseTimes};
use adyton_protocol::{
    configuration,
    cpu::CpuModel,
    evidence::SnpEvidence,
    ids::{AccountId, BlockHash, Digest, NetworkId},
    record::{MachineId, Party, Provider, ValidityFacts, VerdictFacts, WorkerRecord},
    statement::AttestedStatement,
};
use frame_support::{ensure, traits::Get};
use polkadot_sdk::{
    frame_support,
    frame_system::{self, pallet_prelude::BlockNumberFor},
    pallet_timestamp,
    sp_runtime::{DispatchError, traits::Zero},
};

use crate::{
    Allowed, ChangeDelay, Collateral, Config, DeniedMachines, DeniedOperators, DeniedProviders, Error,
    EvaluationFloors, Frozen, JudgedSince, KindPolicy, Measurements, Network, Pallet, Policies, RevocationLists,
    RootKey, RootKeys, Roots,
};

/// Evidence, what it shall be judged by, and what it has to be about.
struct Case<'a> {
    evidence: &'a [u8],
    reference: &'a CollateralRef,
    root: RootKey,
    report_data: [u8; 64],
    now: u64,
}

/// What the verifier found, and the generation of the collateral that it was found by.
struct Found {
    claims: Claims,
    cpu: Option<CpuModel>,
    generation: u32,
}

impl Found {
    fn of(details: &Details, generation: u32) -> Self {
        Self { claims: details.claims(), cpu: adyton_appraisal::cpu_model(details), generation }
    }
}

/// The verifier's function for a kind of Intel's.
type IntelVerifier = fn(&[u8], &CheckedCollateral, &IntelRoot, &IntelPolicy, u64) -> Result<IntelVerdict, IntelRefusal>;

impl<T: Config> Pallet<T> {
    /// The chain's time in Unix seconds.
    pub fn now() -> u64 {
        pallet_timestamp::Now::<T>::get() / 1000
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

    /// Asks the verifier of the policy's kind.
    fn examine(case: &Case<'_>, policy: KindPolicy) -> Result<Found, Error<T>> {
        match policy {
            KindPolicy::IntelTdx(policy) => Self::examine_intel(case, policy, verify_tdx),
            KindPolicy::IntelSgx(policy) => Self::examine_intel(case, policy, verify_sgx),
            KindPolicy::AmdSnp(policy) => Self::examine_snp(case, &policy),
            KindPolicy::AwsNitro(policy) => Self::examine_nitro(case, &policy),
        }
    }

    fn examine_intel(case: &Case<'_>, policy: IntelPolicy, verify: IntelVerifier) -> Result<Found, Error<T>> {
        let RootKey::Intel(root) = &case.root else { return Err(Error::UnknownRoot) };
        // The verifier holds the two together: evidence of another authority than the collateral's is refused.
        let authority = authority_of(case.evidence)?;
        let checked = Collateral::<T>::get((*case.reference, authority)).ok_or(Error::UnknownCollateral)?;
        Self::require_lists(&checked)?;
        let floor = EvaluationFloors::<T>::get((case.reference.kind, case.reference.root));
        let policy = IntelPolicy { minimum_evaluation_number: policy.minimum_evaluation_number.max(floor), ..policy };
        let verdict = verify(case.evidence, &checked, root, &policy, case.now)?.bind(&case.report_data)?;
        let generation = verdict.evaluation_number;
        Ok(Found::of(&Details::Intel(verdict.into_facts()), generation))
    }

    fn examine_snp(case: &Case<'_>, policy: &SnpPolicy) -> Result<Found, Error<T>> {
        let RootKey::Snp(root) = &case.root else { return Err(Error::UnknownRoot) };
        let evidence = SnpEvidence::from_bytes(case.evidence).ok_or(Error::NotEvidence)?;
        let list = RevocationLists::<T>::get(case.reference.root);
        let endorsements = SnpEndorsements {
            vek: evidence.certificate,
            revocation_list: list.as_ref().map(|list| list.list.as_slice()),
            ..SnpEndorsements::default()
        };
        let roots = core::slice::from_ref(&**root);
        let verdict = verify_snp(evidence.report, &endorsements, roots, policy, case.now)?;
        let verdict = verdict.bind(&SnpExpected::of(case.report_data))?;
        let generation = list.map_or(0, |list| list.generation());
        Ok(Found::of(&Details::Snp(verdict.into_facts()), generation))
    }

    /// Nothing endorses a document of AWS's: it lives for hours.
    fn examine_nitro(case: &Case<'_>, policy: &NitroPolicy) -> Result<Found, Error<T>> {
        let RootKey::Nitro(root) = &case.root else { return Err(Error::UnknownRoot) };
        let verdict = verify_nitro(case.evidence, &NitroEndorsements::of_root(*root), policy, case.now)?;
        let about = NitroBinding { user_data: Some(&case.report_data), ..NitroBinding::default() };
        Ok(Found::of(&Details::Nitro(verdict.bind(&about)?.into_facts()), 0))
    }

    /// Requires that neither machine nor provider is denied, and that somebody answers for a machine without an
    /// identity.
    fn require_machine(machine: &MachineId, provider: Option<&Provider>, operator: &AccountId) -> Result<(), Error<T>> {
        ensure!(!Self::is_machine_denied(machine), Error::<T>::MachineDenied);
        ensure!(!Self::is_provider_denied(provider), Error::<T>::ProviderDenied);
        let is_identified = match machine {
            MachineId::None => false,
            MachineId::IntelPpid(_) | MachineId::AmdChip(_) | MachineId::Instance { .. } => true,
        };
        ensure!(is_identified || Self::may_be_unidentified(provider, operator), Error::<T>::MachineUnidentified);
        Ok(())
    }

    fn is_machine_denied(machine: &MachineId) -> bool {
        Self::is_on(DeniedMachines::<T>::get(machine).as_ref())
    }

    fn is_provider_denied(provider: Option<&Provider>) -> bool {
        provider.is_some_and(|name| Self::is_on(DeniedProviders::<T>::get(name).as_ref()))
    }

    fn is_operator_denied(operator: &AccountId) -> bool {
        Self::is_on(DeniedOperators::<T>::get(operator).as_ref())
    }

    /// Whether the operator or the provider may have workers on machines that nobody identifies.
    fn may_be_unidentified(provider: Option<&Provider>, operator: &AccountId) -> bool {
        let is_allowed = |party: Party| Self::is_on(Allowed::<T>::get(party).as_ref());
        let of_provider = || provider.is_some_and(|name| is_allowed(Party::Provider(name.clone())));
        is_allowed(Party::Operator(*operator)) || of_provider()
    }

    /// Unix seconds at which a verdict ends whose last good second is `last`.
    fn end_of(last: u64, now: u64) -> u64 {
        // The verifier names the last good second, the record the first bad one.
        last.saturating_add(1).min(now.saturating_add(T::MaxVerdictLife::get()))
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

    fn is_frozen() -> bool {
        Self::is_on(Frozen::<T>::get().as_ref())
    }

    fn change_delay() -> u64 {
        ChangeDelay::<T>::get()
    }

    fn judge(
        evidence: &[u8],
        collateral: &CollateralRef,
        statement: &AttestedStatement,
    ) -> Result<Judged, DispatchError> {
        ensure!(!Self::is_frozen(), Error::<T>::Frozen);
        let network = Self::network().ok_or(Error::<T>::NoNetwork)?;
        ensure!(statement.network == network, Error::<T>::AnotherNetwork);
        ensure!(!Self::is_operator_denied(&statement.operator), Error::<T>::OperatorDenied);
        let (kind, now, root) = (collateral.kind, Self::now(), (collateral.kind, collateral.root));
        ensure!(Roots::<T>::get(root).is_some_and(|root| root.at(now).is_some()), Error::<T>::UnknownRoot);
        ensure!(JudgedSince::<T>::get(root) < now, Error::<T>::VerdictsJustEnded);
        let policy = Policies::<T>::get(kind).and_then(|policy| policy.into_at(now)).ok_or(Error::<T>::NoPolicy)?;
        let root = RootKeys::<T>::get(root).ok_or(Error::<T>::UnknownRoot)?;
        let case = Case { evidence, reference: collateral, root, report_data: statement.report_data(), now };
        let Found { claims, cpu, generation } = Self::examine(&case, policy)?;
        let floor = EvaluationFloors::<T>::get((kind, collateral.root));
        ensure!(generation >= floor, Error::<T>::BelowFloor);

        let measurement = Digest(claims.measurement_id);
        let accepted = Measurements::<T>::get(measurement).and_then(|accepted| accepted.into_at(now));
        let accepted = accepted.ok_or(Error::<T>::UnknownMeasurement)?;
        ensure!(accepted.role == statement.role, Error::<T>::AnotherRole);
        let configuration = configuration::digest(&network, &Self::genesis(), &accepted.profile);
        ensure!(statement.config == configuration, Error::<T>::AnotherConfiguration);
        let machine = adyton_appraisal::machine(claims.machine).ok_or(Error::<T>::MachineUnidentified)?;
        let provider = claims.provider.map(|name| Provider::try_from(name.into_bytes())).transpose();
        // A name that is too long for the lists could not be denied.
        let provider = provider.map_err(|_| Error::<T>::ProviderDenied)?;
        Self::require_machine(&machine, provider.as_ref(), &statement.operator)?;
        let verdict = VerdictFacts {
            kind,
            root: Digest(claims.root.0),
            measurement,
            profile: accepted.profile,
            machine,
            provider,
            tier: claims.tier,
            evaluation: generation,
            judged_at: now,
            valid_until: Self::end_of(claims.valid_until, now),
            evidence: Digest(claims.evidence_id),
        };
        Ok(Judged { verdict, cpu })
    }

    fn facts(worker: &WorkerRecord) -> ValidityFacts {
        let (verdict, now) = (&worker.verdict, Self::now());
        ValidityFacts {
            now,
            root: Roots::<T>::get((verdict.kind, verdict.root)).and_then(|root| root.into_at(now)),
            measurement: Measurements::<T>::get(verdict.measurement).and_then(|accepted| accepted.into_at(now)),
            judged_since: JudgedSince::<T>::get((verdict.kind, verdict.root)),
            evaluation_floor: EvaluationFloors::<T>::get((verdict.kind, verdict.root)),
            unidentified_allowed: verdict.machine == MachineId::None
                && Self::may_be_unidentified(verdict.provider.as_ref(), &worker.operator),
            machine_denied: Self::is_machine_denied(&verdict.machine),
            provider_denied: Self::is_provider_denied(verdict.provider.as_ref()),
            operator_denied: Self::is_operator_denied(&worker.operator),
        }
    }

    fn capacity(machine: &MachineId) -> u32 {
        Self::machine_capacity(machine)
    }
}
