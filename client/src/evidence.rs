//! The own evidence of a worker or keyholder, judged here ([`adyton_appraisal`]): under the user's roots, by the user's
//! policy, at this machine's clock.
//!
//! It stands beside the chain's verdict and takes nothing of it for granted. What must always hold: a
//! [`VerifiedEvidence`] exists only where authentic evidence is about a statement with the very keys, network, operator,
//! role and configuration of the proven record, and shows what that record says of it. It refuses everything
//! else, each with an [`EvidenceRefusal`]. What the chain says on top (denied machines, floors, ended verdicts) was
//! checked before there was a [`ProvenWorker`].

mod refusal;

use adyton_appraisal::{Shown, Terms, appraise, machine, require_same};
use adyton_attestation::{
    AcceptedMeasurements, BoundVerdict, IntelRoot, NamedMeasurement, Policy, Refusal,
    intel::{Contents, inspect},
    nitro,
    signature::Fastest,
    snp,
};
use adyton_protocol::{
    configuration, evidence::SnpEvidence, ids::Digest, record::EvidenceKind, registered::RegisteredEvidence,
    statement::AttestedStatement,
};

pub use adyton_appraisal::verifiers_kind;
pub use refusal::EvidenceRefusal;

use crate::worker::ProvenWorker;

/// What a user demands of the evidence.
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
    require_registered(worker, &registered)?;
    let recorded = &worker.record().verdict;
    let RegisteredEvidence { statement, evidence, collateral, .. } = &registered;
    let terms = Terms {
        kind: recorded.kind,
        now,
        // The record's generation, which is compared below, was held against the chain's floor with the record.
        floor: 0,
        lists: worker.lists().clone(),
        // What the statement names was held against it.
        profile: recorded.profile,
    };
    let shown = Shown { statement, evidence, collateral };
    let appraised = appraise(&Fastest::default(), &policy(worker, demand), &shown, &terms)?;
    let (verdict, facts) = appraised.into_parts();
    require_same(&facts, recorded)?;
    Ok(VerifiedEvidence { registered, verdict })
}

/// What Intel's quote that somebody says is `worker`'s registered one says, for whoever asks how its platform will stand
/// by other collateral. That the quote is authentic shows when it is judged by one.
///
/// # Errors
/// It is not the evidence that the chain's record is about.
pub fn registered_quote(worker: &ProvenWorker, registered: &RegisteredEvidence) -> Result<Contents, EvidenceRefusal> {
    require_registered(worker, registered)?;
    let recorded = &worker.record().verdict;
    // What stands in a quote is the same under every root.
    let contents = inspect(&registered.evidence, &IntelRoot::intel()).map_err(Refusal::from)?;
    let same = [
        ("kind", contents.kind == verifiers_kind(recorded.kind)),
        ("statement", contents.report_data == registered.statement.report_data()),
        ("measurement", contents.measurement_id == recorded.measurement.0),
        // Another machine's quote would say how that one stands.
        ("machine", machine(contents.machine).as_ref() == Some(&recorded.machine)),
    ];
    same.iter().find(|(_, same)| !same).map_or(Ok(contents), |(fact, _)| Err(EvidenceRefusal::Differs(fact)))
}

/// Requires that what somebody says is `worker`'s registered evidence, of AMD's or AWS's, is the very evidence that the
/// chain judged, for whoever asks what another policy makes of it.
///
/// # Errors
/// It is not, or it is of another kind.
pub fn require_judged(worker: &ProvenWorker, registered: &RegisteredEvidence) -> Result<(), EvidenceRefusal> {
    require_registered(worker, registered)?;
    let evidence = &registered.evidence;
    let id = match registered.kind {
        EvidenceKind::AmdSnp => {
            let parts = SnpEvidence::from_bytes(evidence).ok_or(EvidenceRefusal::Encoding("evidence"))?;
            snp::evidence_id(parts.report, parts.certificate).map_err(Refusal::from)?
        }
        EvidenceKind::AwsNitro => nitro::evidence_id(evidence).map_err(Refusal::from)?,
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => return Err(EvidenceRefusal::Differs("kind")),
    };
    if id == worker.record().verdict.evidence.0 { Ok(()) } else { Err(EvidenceRefusal::Differs("evidence")) }
}

/// Requires of what somebody says is the registered evidence of `worker` that its kind and statement are those of the
/// chain's record. Whether the evidence is about that statement is not looked at.
fn require_registered(worker: &ProvenWorker, registered: &RegisteredEvidence) -> Result<(), EvidenceRefusal> {
    if let Some(part) = registered.oversized() {
        return Err(EvidenceRefusal::TooLong(part));
    }
    if registered.kind != worker.record().verdict.kind {
        return Err(EvidenceRefusal::Differs("kind"));
    }
    require_statement(worker, &registered.statement)
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
