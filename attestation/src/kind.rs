//! Which trusted execution environment a piece of evidence comes from, and the one door over all of them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{CheckedCollateral, Policy, Refusal, Root, Verdict, verify_tdx};

/// The kind of a piece of evidence. Indexes are frozen: they stand on chain.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// An Intel TDX quote, version 4.
    #[codec(index = 0)]
    IntelTdx,
    /// An Intel SGX quote, version 3. Not verified yet.
    #[codec(index = 1)]
    IntelSgx,
    /// An AMD SEV-SNP attestation report with its certificate. Not verified yet.
    #[codec(index = 2)]
    AmdSnp,
    /// An AWS Nitro Enclaves attestation document. Not verified yet.
    #[codec(index = 3)]
    AwsNitro,
    /// An NVIDIA GPU attestation report; always beside the evidence of its host. Not verified yet.
    #[codec(index = 4)]
    NvidiaGpu,
    /// An Arm CCA token. Not verified yet.
    #[codec(index = 5)]
    ArmCca,
}

impl EvidenceKind {
    /// The kind's name as operators write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IntelTdx => "intel-tdx",
            Self::IntelSgx => "intel-sgx",
            Self::AmdSnp => "amd-snp",
            Self::AwsNitro => "aws-nitro",
            Self::NvidiaGpu => "nvidia-gpu",
            Self::ArmCca => "arm-cca",
        }
    }
}

/// What a vendor says about its platforms, already checked against the vendor's root.
#[derive(Clone, Copy, Debug)]
pub enum Endorsements<'a> {
    /// Intel's collateral for one platform family.
    Intel(&'a CheckedCollateral),
}

/// Verifies evidence of any kind: [`verify_tdx`] for [`EvidenceKind::IntelTdx`].
///
/// # Errors
/// [`Refusal::KindNotSupported`] for kinds that no module verifies yet; else what the kind's module says.
pub fn verify(
    kind: EvidenceKind,
    evidence: &[u8],
    endorsements: Endorsements<'_>,
    root: &Root,
    policy: &Policy,
    now: u64,
) -> Result<Verdict, Refusal> {
    match (kind, endorsements) {
        (EvidenceKind::IntelTdx, Endorsements::Intel(collateral)) => {
            verify_tdx(evidence, collateral, root, policy, now)
        }
        (EvidenceKind::IntelSgx, Endorsements::Intel(_))
        | (EvidenceKind::AmdSnp, Endorsements::Intel(_))
        | (EvidenceKind::AwsNitro, Endorsements::Intel(_))
        | (EvidenceKind::NvidiaGpu, Endorsements::Intel(_))
        | (EvidenceKind::ArmCca, Endorsements::Intel(_)) => Err(Refusal::KindNotSupported(kind)),
    }
}
