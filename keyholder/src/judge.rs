//! The keyholder's own judgement of a worker's evidence, under the roots in its own measured configuration.
//! What the chain accepted plays no part here; [`crate::decision`] compares the two afterwards.

use adyton_attestation::{
    Collateral, EvidenceKind as Kind, MachineId as Machine, Policy, Root, verify_collateral, verify_tdx,
};
use adyton_protocol::{
    ids::Digest,
    record::{EvidenceKind, MachineId, VerdictFacts},
};
use adyton_threshold::release::ReleaseRequest;
use codec::DecodeAll;
use thiserror::Error;

/// What evidence is judged by; part of the measured configuration.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The roots that this keyholder trusts.
    pub roots: Vec<Root>,
    /// What it accepts of a platform.
    pub policy: Policy,
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
    /// No root is trusted, so nothing passes.
    #[error("this keyholder trusts no root")]
    NoRoot,
    /// The evidence was refused.
    #[error("the evidence is refused: {0}")]
    Evidence(#[from] adyton_attestation::Refusal),
    /// The chain's records have no word for this kind of evidence yet.
    #[error("evidence of this kind is not registered on the chain")]
    Kind,
}

impl Judge {
    /// Judges the request's evidence at `now` (Unix seconds, proven by the chain): authentic to a trusted root,
    /// within the policy, and about the request's statement. `floor` is the chain's lowest evaluation number;
    /// the higher of it and the policy's own counts. `profile` is the configuration that the chain's record names:
    /// evidence does not show it; [`crate::decision`] holds it against the statement.
    pub fn judge(&self, request: &ReleaseRequest, now: u64, floor: u32, profile: Digest) -> Result<Judged, JudgeError> {
        let collateral =
            Collateral::decode_all(&mut &request.collateral[..]).map_err(|_| JudgeError::CollateralEncoding)?;
        let policy = Policy {
            minimum_evaluation_number: self.policy.minimum_evaluation_number.max(floor),
            ..self.policy.clone()
        };
        let mut refusal = JudgeError::NoRoot;
        for root in &self.roots {
            match judge_under(root, &policy, &collateral, request, now, profile) {
                Ok(judged) => return Ok(judged),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

fn judge_under(
    root: &Root,
    policy: &Policy,
    collateral: &Collateral,
    request: &ReleaseRequest,
    now: u64,
    profile: Digest,
) -> Result<Judged, JudgeError> {
    let checked = verify_collateral(collateral, root, now)?;
    let verdict = verify_tdx(&request.evidence, &checked, root, policy, now)?;
    let bound = verdict.bind(&request.statement.report_data())?;
    let kind = match bound.kind {
        Kind::IntelTdx => EvidenceKind::IntelTdx,
        Kind::IntelSgx | Kind::AmdSnp | Kind::AwsNitro | Kind::NvidiaGpu | Kind::ArmCca => {
            return Err(JudgeError::Kind);
        }
    };
    let machine = match bound.machine {
        None => MachineId::None,
        Some(Machine::IntelPpid(ppid)) => MachineId::IntelPpid(ppid),
        Some(Machine::AmdChip(_)) => return Err(JudgeError::Kind),
    };
    Ok(Judged {
        statement: request.statement.digest(),
        facts: VerdictFacts {
            kind,
            root: Digest(bound.root.0),
            measurement: Digest(bound.measurement_id),
            profile,
            machine,
            evaluation: bound.evaluation_number,
            // The verdict names its last good second; the record the first bad one.
            valid_until: bound.valid_until.saturating_add(1),
            evidence: Digest(bound.evidence_id),
        },
    })
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
