//! Why a worker's evidence is not accepted here.

use adyton_attestation::Refusal;
use adyton_protocol::{
    ids::{BlockNumber, WorkerId},
    record::Invalidity,
};

/// Why a worker's evidence is not accepted, whatever the chain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceRefusal {
    /// Nobody of that name.
    #[error("there is no worker {0} on this network")]
    NoWorker(WorkerId),
    /// It shows its evidence to nobody.
    #[error("{0} is a keyholder; only workers show their evidence")]
    Keyholder(WorkerId),
    /// The chain itself does not accept it any more.
    #[error("the chain does not accept the worker as of block {block}: {why}")]
    Invalid {
        /// The block.
        block: BlockNumber,
        /// Why.
        why: Invalidity,
    },
    /// What came is too long; which part.
    #[error("the {0} is longer than a worker's may be")]
    TooLong(&'static str),
    /// What came is not in the form in which its kind travels; which part.
    #[error("the {0} cannot be read")]
    Encoding(&'static str),
    /// The statement says something else than the chain's record; what.
    #[error("the statement that came with the evidence names another {0} than the chain's record")]
    Statement(&'static str),
    /// The statement is of this boot, but not the one whose digest is in the chain's record.
    #[error("the evidence is not the one that is registered; the worker may just have been renewed: try again")]
    NotRegistered,
    /// The verifier refuses it.
    #[error("the evidence is refused: {0}")]
    Judged(#[from] Refusal),
    /// The evidence shows something else than the chain says; what.
    #[error("the evidence shows another {0} than the chain's record")]
    Differs(&'static str),
    /// The collateral is older than that by which the chain judged.
    #[error("the collateral that came with the evidence is of generation {shown}, and the chain judged by {judged}")]
    CollateralOlder {
        /// That of what came.
        shown: u32,
        /// That of the chain.
        judged: u32,
    },
}

impl EvidenceRefusal {
    /// The check that says no, as it is named among a verdict's checks.
    pub fn check(&self) -> &'static str {
        match self {
            Self::NoWorker(_) | Self::Keyholder(_) | Self::Invalid { .. } => "registration",
            Self::TooLong(_) | Self::Encoding(_) => "format",
            Self::Statement(_) | Self::NotRegistered => "statement",
            Self::Judged(_) => "evidence",
            Self::Differs(_) | Self::CollateralOlder { .. } => "chain-record",
        }
    }
}
