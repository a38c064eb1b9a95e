//! The keyholder's own judgement of a worker's evidence, under the roots in its own measured configuration.
//! What the chain accepted plays no part here; [`crate::decision`] compares the two afterwards.

use adyton_appraisal::{AppraisalRefusal, Shown, appraise};
use adyton_attestation::{IntelRefusal, Policy, signature::SignatureVerifier};
use adyton_protocol::{ids::Digest, record::VerdictFacts};
use adyton_threshold::release::ReleaseRequest;

pub use adyton_appraisal::Terms;

/// What evidence is judged by; part of the measured configuration.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The kinds and roots that this keyholder trusts, and what it accepts of platforms.
    pub policy: Policy,
}

/// Evidence that passed, and the statement it is about. Only [`Judge::judge`] makes one.
#[derive(Debug, Clone)]
pub struct Judged {
    statement: Digest,
    facts: VerdictFacts,
}

impl Judge {
    /// Judges the request's evidence by `terms`, which the chain proves: authentic to a trusted root, within the
    /// policy, and about the request's statement. `verifier` may be one that remembers workers who come back.
    ///
    /// # Errors
    /// The first [`AppraisalRefusal`] met.
    pub fn judge(
        &self,
        verifier: &impl SignatureVerifier,
        request: &ReleaseRequest,
        terms: &Terms,
    ) -> Result<Judged, AppraisalRefusal> {
        let ReleaseRequest { statement, evidence, collateral, .. } = request;
        let appraised = appraise(verifier, &self.policy, &Shown { statement, evidence, collateral }, terms)?;
        Ok(Judged { statement: statement.digest(), facts: appraised.into_parts().1 })
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

/// A short name of a refusal for programs; frozen.
pub fn code(refusal: &AppraisalRefusal) -> &'static str {
    match refusal {
        // What the worker has to do is the same as where the generation is older.
        AppraisalRefusal::Collateral(IntelRefusal::RevocationListOutdated { .. }) => "collateral-older",
        AppraisalRefusal::CollateralEncoding
        | AppraisalRefusal::EvidenceEncoding
        | AppraisalRefusal::NoRoot(_)
        | AppraisalRefusal::Collateral(_)
        | AppraisalRefusal::RevocationList(_)
        | AppraisalRefusal::BelowFloor { .. }
        | AppraisalRefusal::Evidence(_)
        | AppraisalRefusal::Unrecorded(_) => "evidence",
    }
}
