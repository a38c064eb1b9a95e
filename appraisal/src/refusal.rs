//! Why evidence is not taken for what is registered.

use adyton_attestation::{IntelRefusal, Refusal, snp::SnpRefusal};
use adyton_protocol::evidence::EvidenceKind;

/// Why evidence did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppraisalRefusal {
    /// The collateral does not decode.
    #[error("the collateral cannot be read")]
    CollateralEncoding,
    /// The evidence is not in the form in which its kind travels.
    #[error("the evidence is not a report with its certificate")]
    EvidenceEncoding,
    /// The policy trusts no root for this kind of evidence, so nothing passes.
    #[error("no root is trusted here for evidence of kind {0}")]
    NoRoot(EvidenceKind),
    /// The collateral was refused.
    #[error("the collateral is refused: {0}")]
    Collateral(IntelRefusal),
    /// The revocation list was refused.
    #[error("the revocation list is refused: {0}")]
    RevocationList(SnpRefusal),
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
    Evidence(#[from] Refusal),
    /// The chain's records have no word for what was found; of what.
    #[error("the chain registers nothing with such a {0}")]
    Unrecorded(&'static str),
}

/// What was found of evidence is not what the chain's record says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Another fact; which.
    #[error("the evidence shows another {0} than the chain's record")]
    Fact(&'static str),
    /// It was judged by collateral of an older generation than that by which the chain judged: what newer collateral
    /// revokes, this would let pass.
    #[error("the collateral is of generation {shown}, and the chain judged by {judged}")]
    CollateralOlder {
        /// That of what was shown.
        shown: u32,
        /// That of the chain.
        judged: u32,
    },
}
