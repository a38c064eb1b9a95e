//! The keyholder's own judgement of a worker's evidence, under the roots in its own measured configuration.
//! What the chain accepted plays no part here; [`crate::decision`] compares the two afterwards.

use adyton_attestation::{
    BoundVerdict, CheckedCollateral, Cloud as VerifierCloud, Collateral, Evidence, EvidenceKind as Kind, IntelPolicy,
    IntelRefusal, ListFloors, MachineId as Machine, Policy,
    signature::{Fastest, SignatureVerifier},
    snp::SnpEndorsements,
    verify_collateral_with, verify_with,
};
use adyton_protocol::{
    evidence::SnpEvidence,
    ids::Digest,
    record::{Cloud, EvidenceKind, InstanceName, MachineId, Provider, VerdictFacts},
};
use adyton_threshold::release::ReleaseRequest;
use codec::DecodeAll;
use thiserror::Error;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// What evidence is judged by; part of the measured configuration.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The kinds and roots that this keyholder trusts, and what it accepts of platforms.
    pub policy: Policy,
}

/// What the chain says about the registration that the evidence is judged for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// As which kind of evidence it is registered.
    pub kind: EvidenceKind,
    /// The chain's time, Unix seconds.
    pub now: u64,
    /// The lowest generation of the root's collateral: of Intel's the evaluation number, where the higher of it and the
    /// policy's own counts; of AMD's the day of the revocation list.
    pub floor: u32,
    /// The oldest of Intel's revocation lists that count under the root, of each authority by its key: the worker may show
    /// an older one of the same evaluation number, in which what was revoked since is missing.
    pub lists: ListFloors,
    /// The configuration profile that the chain's record names: evidence does not show it; [`crate::decision`] holds it
    /// against the statement.
    pub profile: Digest,
}

/// Evidence that passed, and the statement it is about. Only [`Judge::judge`] makes one.
#[derive(Debug, Clone)]
pub struct Judged {
    statement: Digest,
    facts: VerdictFacts,
}

/// Why evidence did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum JudgeError {
    /// The collateral does not decode.
    #[error("the collateral cannot be read")]
    CollateralEncoding,
    /// The evidence is not in the form in which its kind travels.
    #[error("the evidence is not a report with its certificate")]
    EvidenceEncoding,
    /// No trusted root is one for this kind of evidence, so nothing passes.
    #[error("this keyholder trusts no root for evidence of kind {0}")]
    NoRoot(EvidenceKind),
    /// The collateral was refused.
    #[error("the collateral is refused: {0}")]
    Collateral(IntelRefusal),
    /// The revocation list was refused.
    #[error("the revocation list is refused: {0}")]
    RevocationList(adyton_attestation::snp::SnpRefusal),
    /// The revocation list is older than the chain's floor allows.
    #[error("the revocation list is of day {found} (unix time), and the chain's floor is day {floor}")]
    BelowFloor {
        /// The list's.
        found: u32,
        /// The chain's.
        floor: u32,
    },
    /// The evidence was refused.
    #[error("the evidence is refused: {0}")]
    Evidence(#[from] adyton_attestation::Refusal),
    /// The chain's records have no word for such a machine.
    #[error("machines of this kind are not registered on the chain")]
    Machine,
}

impl JudgeError {
    /// A short name for programs; frozen.
    pub fn code(&self) -> &'static str {
        match self {
            // What the worker has to do is the same as where the generation is older.
            Self::Collateral(IntelRefusal::RevocationListOutdated { .. }) => "collateral-older",
            Self::CollateralEncoding
            | Self::EvidenceEncoding
            | Self::NoRoot(_)
            | Self::Collateral(_)
            | Self::RevocationList(_)
            | Self::BelowFloor { .. }
            | Self::Evidence(_)
            | Self::Machine => "evidence",
        }
    }
}

impl Judge {
    /// Judges the request's evidence by `terms`, which the chain proves: authentic to a trusted root, within the
    /// policy, and about the request's statement.
    pub fn judge(&self, request: &ReleaseRequest, terms: &Terms) -> Result<Judged, JudgeError> {
        self.judge_with(&Fastest::default(), request, terms)
    }

    /// [`Judge::judge`] with a signature backend of the caller's choice: one that remembers workers who come back.
    pub fn judge_with(
        &self,
        verifier: &impl SignatureVerifier,
        request: &ReleaseRequest,
        terms: &Terms,
    ) -> Result<Judged, JudgeError> {
        match terms.kind {
            EvidenceKind::IntelTdx => {
                let collateral = &self.collateral(verifier, request, terms)?;
                let evidence = Evidence::Tdx { quote: &request.evidence, collateral };
                self.bound(verifier, &evidence, collateral.evaluation_number(), request, terms)
            }
            EvidenceKind::IntelSgx => {
                let collateral = &self.collateral(verifier, request, terms)?;
                let evidence = Evidence::Sgx { quote: &request.evidence, collateral };
                self.bound(verifier, &evidence, collateral.evaluation_number(), request, terms)
            }
            EvidenceKind::AmdSnp => {
                let evidence = SnpEvidence::from_bytes(&request.evidence).ok_or(JudgeError::EvidenceEncoding)?;
                let generation = self.require_list(verifier, &request.collateral, terms)?;
                let endorsements = SnpEndorsements {
                    vek: evidence.certificate,
                    revocation_list: Some(&request.collateral),
                    ..SnpEndorsements::default()
                };
                self.bound(
                    verifier,
                    &Evidence::Snp { report: evidence.report, endorsements },
                    generation,
                    request,
                    terms,
                )
            }
            EvidenceKind::AwsNitro => {
                if self.policy.roots.nitro().next().is_none() {
                    return Err(JudgeError::NoRoot(terms.kind));
                }
                let evidence =
                    Evidence::Nitro { document: &request.evidence, revocation_lists: &[], checked_authorities: None };
                self.bound(verifier, &evidence, 0, request, terms)
            }
        }
    }

    /// Intel's collateral under the first trusted root that it leads to, with revocation lists that count.
    fn collateral(
        &self,
        verifier: &impl SignatureVerifier,
        request: &ReleaseRequest,
        terms: &Terms,
    ) -> Result<CheckedCollateral, JudgeError> {
        let raw = Collateral::decode_all(&mut &request.collateral[..]).map_err(|_| JudgeError::CollateralEncoding)?;
        let mut error = JudgeError::NoRoot(terms.kind);
        for root in self.policy.roots.intel() {
            match verify_collateral_with(verifier, &raw, &root, terms.now) {
                Ok(checked) => {
                    checked.require_lists(&terms.lists).map_err(JudgeError::Collateral)?;
                    return Ok(checked);
                }
                Err(refusal) => error = JudgeError::Collateral(refusal),
            }
        }
        Err(error)
    }

    /// The generation of AMD's revocation list: the day on which a trusted root issued it.
    fn require_list(&self, verifier: &impl SignatureVerifier, list: &[u8], terms: &Terms) -> Result<u32, JudgeError> {
        let mut error = JudgeError::NoRoot(terms.kind);
        for root in self.policy.roots.snp().iter() {
            match root.check_revocation_list_with(verifier, list, terms.now) {
                Ok(window) => {
                    let found = u32::try_from(window.not_before / SECONDS_OF_A_DAY).unwrap_or(u32::MAX);
                    let floor = terms.floor;
                    return if found < floor { Err(JudgeError::BelowFloor { found, floor }) } else { Ok(found) };
                }
                Err(refusal) => error = JudgeError::RevocationList(refusal),
            }
        }
        Err(error)
    }

    fn bound(
        &self,
        verifier: &impl SignatureVerifier,
        evidence: &Evidence<'_>,
        generation: u32,
        request: &ReleaseRequest,
        terms: &Terms,
    ) -> Result<Judged, JudgeError> {
        let intel = &self.policy.intel;
        let minimum_evaluation_number = intel.minimum_evaluation_number.max(terms.floor);
        let intel = IntelPolicy { minimum_evaluation_number, ..intel.clone() };
        let policy = Policy { intel, ..self.policy.clone() };
        let verdict = verify_with(verifier, evidence, &policy, terms.now)?.bind(&request.statement.report_data())?;
        Ok(Judged { statement: request.statement.digest(), facts: facts(&verdict, generation, terms)? })
    }
}

fn facts(verdict: &BoundVerdict, generation: u32, terms: &Terms) -> Result<VerdictFacts, JudgeError> {
    let provider = verdict.provider.as_ref().map(|name| Provider::try_from(name.clone().into_bytes())).transpose();
    Ok(VerdictFacts {
        kind: kind(verdict.kind).ok_or(JudgeError::Machine)?,
        root: Digest(verdict.root.0),
        measurement: Digest(verdict.measurement_id),
        profile: terms.profile,
        machine: machine(verdict.machine).ok_or(JudgeError::Machine)?,
        provider: provider.map_err(|_| JudgeError::Machine)?,
        tier: verdict.tier,
        evaluation: generation,
        judged_at: terms.now,
        // The verdict names its last good second; the record the first bad one.
        valid_until: verdict.valid_until.saturating_add(1),
        evidence: Digest(verdict.evidence_id),
    })
}

fn kind(kind: Kind) -> Option<EvidenceKind> {
    match kind {
        Kind::IntelTdx => Some(EvidenceKind::IntelTdx),
        Kind::IntelSgx => Some(EvidenceKind::IntelSgx),
        Kind::AmdSnp => Some(EvidenceKind::AmdSnp),
        Kind::AwsNitro => Some(EvidenceKind::AwsNitro),
        Kind::NvidiaGpu | Kind::ArmCca | Kind::AzureTdx | Kind::AzureSnp | Kind::Tpm => None,
    }
}

fn machine(machine: Option<Machine>) -> Option<MachineId> {
    match machine {
        None => Some(MachineId::None),
        Some(Machine::IntelPpid(ppid)) => Some(MachineId::IntelPpid(ppid)),
        Some(Machine::AmdChip(chip)) => Some(MachineId::AmdChip(chip)),
        Some(Machine::Instance { cloud, name }) => {
            let cloud = match cloud {
                VerifierCloud::Aws => Cloud::Aws,
                VerifierCloud::Azure => Cloud::Azure,
            };
            Some(MachineId::Instance { cloud, name: InstanceName::new(name.as_str())? })
        }
        Some(Machine::NvidiaDevice(_) | Machine::ArmInstance(_)) => None,
    }
}

impl Judged {
    /// The digest of the statement that the evidence is about.
    pub fn statement(&self) -> Digest {
        self.statement
    }

    /// What was found.
    pub fn facts(&self) -> &VerdictFacts {
        &self.facts
    }

    #[cfg(test)]
    pub(crate) fn assumed(statement: Digest, facts: VerdictFacts) -> Self {
        Self { statement, facts }
    }
}
