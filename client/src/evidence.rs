//! A worker's own evidence, judged here: under the user's roots, by the user's policy, at this machine's clock.
//!
//! It stands beside the chain's verdict and takes nothing of it for granted. What must always hold: a
//! [`VerifiedEvidence`] exists only where authentic evidence is about a statement with the very keys, network, operator,
//! role and configuration of the worker's proven record, and shows what that record says of it. It refuses everything
//! else, each with an [`EvidenceRefusal`]. What the chain says on top (denied machines, floors, ended verdicts) was
//! checked before there was a [`ProvenWorker`].

mod refusal;

use adyton_attestation::{
    AcceptedMeasurements, BoundVerdict, CheckedCollateral, Cloud as VerifierCloud, Collateral, Evidence,
    EvidenceKind as Kind, MachineId as Machine, NamedMeasurement, Policy, Refusal, Verdict, signature::Fastest,
    snp::SnpEndorsements, verify, verify_collateral,
};
use adyton_protocol::{
    configuration,
    evidence::{Cloud, EvidenceKind, InstanceName, MachineId, SnpEvidence},
    ids::Digest,
    record::VerdictFacts,
    registered::RegisteredEvidence,
    statement::AttestedStatement,
};
use codec::DecodeAll;

pub use refusal::EvidenceRefusal;

use crate::worker::ProvenWorker;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// What a user demands of a worker's evidence.
#[derive(Debug, Clone)]
pub struct Demand {
    /// The accepted kinds, roots, measurements, machines and platforms. A development network's root is added to the
    /// roots, because the network's file says that this is one.
    pub policy: Policy,
    /// What must have been measured, beside what the policy says.
    pub measurement: Option<Digest>,
}

impl Default for Demand {
    /// What `adyton attest verify` accepts: up to date, under the vendors' roots, with any measurement. That the network
    /// accepts the measurement is in the worker's proven record.
    fn default() -> Self {
        Self { policy: Policy::command(), measurement: None }
    }
}

/// Evidence that was judged here. Only [`judge`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedEvidence {
    registered: RegisteredEvidence,
    verdict: BoundVerdict,
}

impl VerifiedEvidence {
    /// The evidence with its statement.
    pub fn registered(&self) -> &RegisteredEvidence {
        &self.registered
    }

    /// The verdict, which is about the statement.
    pub fn verdict(&self) -> &BoundVerdict {
        &self.verdict
    }
}

/// Judges what somebody says is the registered evidence of `worker`, by what is demanded, at `now` (Unix seconds).
///
/// # Errors
/// The first [`EvidenceRefusal`] met.
pub fn judge(
    worker: &ProvenWorker,
    registered: RegisteredEvidence,
    demand: &Demand,
    now: u64,
) -> Result<VerifiedEvidence, EvidenceRefusal> {
    if let Some(part) = registered.oversized() {
        return Err(EvidenceRefusal::TooLong(part));
    }
    if registered.kind != worker.record().verdict.kind {
        return Err(EvidenceRefusal::Differs("kind"));
    }
    require_statement(worker, &registered.statement)?;
    let policy = policy(worker, demand);
    let (verdict, generation) = examine(worker, &registered, &policy, now)?;
    let verdict = verdict.bind(&registered.statement.report_data())?;
    require_same(&worker.record().verdict, &verdict, generation)?;
    Ok(VerifiedEvidence { registered, verdict })
}

/// Asks the verifier; gives the verdict and the generation of the collateral by which it was found.
fn examine(
    worker: &ProvenWorker,
    registered: &RegisteredEvidence,
    policy: &Policy,
    now: u64,
) -> Result<(Verdict, u32), EvidenceRefusal> {
    match registered.kind {
        EvidenceKind::IntelTdx => {
            let collateral = &intel_collateral(worker, registered, policy, now)?;
            let evidence = Evidence::Tdx { quote: &registered.evidence, collateral };
            Ok((verify(&evidence, policy, now)?, collateral.evaluation_number()))
        }
        EvidenceKind::IntelSgx => {
            let collateral = &intel_collateral(worker, registered, policy, now)?;
            let evidence = Evidence::Sgx { quote: &registered.evidence, collateral };
            Ok((verify(&evidence, policy, now)?, collateral.evaluation_number()))
        }
        EvidenceKind::AmdSnp => {
            let SnpEvidence { report, certificate: vek } =
                SnpEvidence::from_bytes(&registered.evidence).ok_or(EvidenceRefusal::Encoding("evidence"))?;
            let revocation_list = Some(&registered.collateral[..]);
            let generation = day_of_list(&registered.collateral, policy, now)?;
            let endorsements = SnpEndorsements { vek, revocation_list, ..SnpEndorsements::default() };
            Ok((verify(&Evidence::Snp { report, endorsements }, policy, now)?, generation))
        }
        EvidenceKind::AwsNitro => {
            let document = &registered.evidence;
            let evidence = Evidence::Nitro { document, revocation_lists: &[], checked_authorities: None };
            Ok((verify(&evidence, policy, now)?, 0))
        }
    }
}

/// Requires of a statement, whose digest the evidence will have to be about, that it says what the chain says.
fn require_statement(worker: &ProvenWorker, statement: &AttestedStatement) -> Result<(), EvidenceRefusal> {
    let (record, network) = (worker.record(), worker.network());
    let config = configuration::digest(&network, &worker.genesis(), &record.verdict.profile);
    let same = [
        ("network", statement.network == network),
        ("worker", statement.worker == worker.id()),
        ("operator", statement.operator == record.operator),
        ("role", statement.role == record.role),
        ("signing key", statement.signing_key == record.signing_key),
        ("encryption key", statement.encryption_key == record.encryption_key),
        ("configuration", statement.config == config),
    ];
    if let Some((field, _)) = same.iter().find(|(_, same)| !same) {
        return Err(EvidenceRefusal::Statement(field));
    }
    if statement.digest() == record.statement { Ok(()) } else { Err(EvidenceRefusal::NotRegistered) }
}

/// Requires that the chain's record says of the evidence what was found here, by collateral that is not older.
fn require_same(record: &VerdictFacts, found: &BoundVerdict, generation: u32) -> Result<(), EvidenceRefusal> {
    let provider = record.provider.as_ref().map(|provider| provider.as_slice());
    let same = [
        ("root", record.root.0 == found.root.0),
        ("measurement", record.measurement.0 == found.measurement_id),
        ("machine", Some(record.machine) == machine(found.machine)),
        ("provider", provider == found.provider.as_deref().map(str::as_bytes)),
        ("evidence", record.evidence.0 == found.evidence_id),
    ];
    if let Some((fact, _)) = same.iter().find(|(_, same)| !same) {
        return Err(EvidenceRefusal::Differs(fact));
    }
    // What a newer revocation list has, an older one would let pass.
    if generation < record.evaluation {
        return Err(EvidenceRefusal::CollateralOlder { shown: generation, judged: record.evaluation });
    }
    Ok(())
}

/// The user's policy with the development root, if there is one, and with the measurement that is demanded.
fn policy(worker: &ProvenWorker, demand: &Demand) -> Policy {
    let mut policy = demand.policy.clone();
    if let Some(root) = worker.development_root() {
        root.add_to(&mut policy.roots);
    }
    if let Some(wanted) = demand.measurement {
        let only = match policy.measurements {
            AcceptedMeasurements::Any => vec![NamedMeasurement { id: wanted.0, release: worker.release() }],
            AcceptedMeasurements::Only(accepted) => accepted.into_iter().filter(|one| one.id == wanted.0).collect(),
        };
        policy.measurements = AcceptedMeasurements::Only(only);
    }
    policy
}

/// Intel's collateral under the first of the policy's roots that it leads to, with revocation lists that still count.
fn intel_collateral(
    worker: &ProvenWorker,
    registered: &RegisteredEvidence,
    policy: &Policy,
    now: u64,
) -> Result<CheckedCollateral, EvidenceRefusal> {
    let raw = Collateral::decode_all(&mut &registered.collateral[..]);
    let raw = raw.map_err(|_| EvidenceRefusal::Encoding("collateral"))?;
    let mut refusal = Refusal::NoRoot(kind(registered.kind));
    for root in policy.roots.intel() {
        match verify_collateral(&raw, &root, now) {
            Ok(checked) => {
                checked.require_lists(worker.lists()).map_err(Refusal::from)?;
                return Ok(checked);
            }
            Err(other) => refusal = other.into(),
        }
    }
    Err(refusal.into())
}

/// The generation of AMD's revocation list: the day on which one of the policy's roots issued it.
fn day_of_list(list: &[u8], policy: &Policy, now: u64) -> Result<u32, EvidenceRefusal> {
    let mut refusal = Refusal::NoRoot(Kind::AmdSnp);
    for root in policy.roots.snp().iter() {
        match root.check_revocation_list_with(&Fastest::default(), list, now) {
            Ok(window) => return Ok(u32::try_from(window.not_before / SECONDS_OF_A_DAY).unwrap_or(u32::MAX)),
            Err(other) => refusal = other.into(),
        }
    }
    Err(refusal.into())
}

/// The verifier's name of a kind.
pub fn kind(kind: EvidenceKind) -> Kind {
    match kind {
        EvidenceKind::IntelTdx => Kind::IntelTdx,
        EvidenceKind::IntelSgx => Kind::IntelSgx,
        EvidenceKind::AmdSnp => Kind::AmdSnp,
        EvidenceKind::AwsNitro => Kind::AwsNitro,
    }
}

/// A machine as the chain names it; none for machines that are not registered there.
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
