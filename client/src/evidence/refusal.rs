//! Why the evidence of a worker or keyholder is not accepted here.

use adyton_appraisal::{AppraisalRefusal, Difference, verifiers_kind};
use adyton_attestation::Refusal;
use adyton_protocol::{
    ids::{BlockNumber, WorkerId},
    record::Invalidity,
    statement::Role,
};

/// Why evidence is not accepted, whatever the chain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceRefusal {
    /// Nobody of that name.
    #[error("there is no {} {id} on this network", .role.name())]
    Missing {
        /// The name.
        id: WorkerId,
        /// In which role somebody was asked for.
        role: Role,
    },
    /// It has another role than the one that was asked for.
    #[error("{id} is registered as a {}; ask for it as one", .role.name())]
    OtherRole {
        /// Who.
        id: WorkerId,
        /// The role that it has.
        role: Role,
    },
    /// A keyholder that the proven committee in force does not name.
    #[error("the keyholder {0} has no seat in the committee in force")]
    NoSeat(WorkerId),
    /// The chain itself does not accept it any more.
    #[error("the chain does not accept its evidence as of block {block}: {why}")]
    Invalid {
        /// The block.
        block: BlockNumber,
        /// Why.
        why: Invalidity,
    },
    /// What came is too long; which part.
    #[error("the {0} is longer than it may be")]
    TooLong(&'static str),
    /// What came is not in the form in which its kind travels; which part.
    #[error("the {0} cannot be read")]
    Encoding(&'static str),
    /// The statement says something else than the chain's record; what.
    #[error("the statement that came with the evidence names another {0} than the chain's record")]
    Statement(&'static str),
    /// The statement is of this boot, but not the one whose digest is in the chain's record.
    #[error("the evidence is not the one that is registered; it may just have been renewed: try again")]
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
            Self::Missing { .. } | Self::OtherRole { .. } | Self::Invalid { .. } => "registration",
            Self::NoSeat(_) => "committee",
            Self::TooLong(_) | Self::Encoding(_) => "format",
            Self::Statement(_) | Self::NotRegistered => "statement",
            Self::Judged(_) => "evidence",
            Self::Differs(_) | Self::CollateralOlder { .. } => "chain-record",
        }
    }
}

impl From<AppraisalRefusal> for EvidenceRefusal {
    fn from(refusal: AppraisalRefusal) -> Self {
        match refusal {
            AppraisalRefusal::CollateralEncoding => Self::Encoding("collateral"),
            AppraisalRefusal::EvidenceEncoding => Self::Encoding("evidence"),
            AppraisalRefusal::NoRoot(kind) => Self::Judged(Refusal::NoRoot(verifiers_kind(kind))),
            AppraisalRefusal::Collateral(refusal) => Self::Judged(refusal.into()),
            AppraisalRefusal::RevocationList(refusal) => Self::Judged(refusal.into()),
            AppraisalRefusal::BelowFloor { found, floor } => Self::CollateralOlder { shown: found, judged: floor },
            AppraisalRefusal::Evidence(refusal) => Self::Judged(refusal),
            AppraisalRefusal::Unrecorded(fact) => Self::Differs(fact),
        }
    }
}

impl From<Difference> for EvidenceRefusal {
    fn from(difference: Difference) -> Self {
        match difference {
            Difference::Fact(fact) => Self::Differs(fact),
            Difference::CollateralOlder { shown, judged } => Self::CollateralOlder { shown, judged },
        }
    }
}

#[cfg(test)]
mod tests {
    use adyton_attestation::{EvidenceKind as Kind, IntelRefusal, snp::SnpRefusal};
    use adyton_protocol::evidence::EvidenceKind;

    use super::*;

    #[test]
    fn what_the_appraisal_refuses_is_refused_for_the_same_reason() {
        let (floor, judged) = (3, 3);
        for (refusal, expected) in [
            (AppraisalRefusal::CollateralEncoding, EvidenceRefusal::Encoding("collateral")),
            (AppraisalRefusal::EvidenceEncoding, EvidenceRefusal::Encoding("evidence")),
            (AppraisalRefusal::NoRoot(EvidenceKind::AmdSnp), EvidenceRefusal::Judged(Refusal::NoRoot(Kind::AmdSnp))),
            (
                AppraisalRefusal::Collateral(IntelRefusal::CollateralSubject),
                EvidenceRefusal::Judged(Refusal::Intel(IntelRefusal::CollateralSubject)),
            ),
            (
                AppraisalRefusal::RevocationList(SnpRefusal::Revoked),
                EvidenceRefusal::Judged(Refusal::Snp(SnpRefusal::Revoked)),
            ),
            (AppraisalRefusal::BelowFloor { found: 2, floor }, EvidenceRefusal::CollateralOlder { shown: 2, judged }),
            (
                AppraisalRefusal::Evidence(Refusal::MachineUnidentified),
                EvidenceRefusal::Judged(Refusal::MachineUnidentified),
            ),
            (AppraisalRefusal::Unrecorded("machine"), EvidenceRefusal::Differs("machine")),
        ] {
            assert_eq!(EvidenceRefusal::from(refusal), expected);
        }
    }
}
