//! Evidence of every kind, with everything that endorses it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    CheckedCollateral,
    azure::{AzureEndorsements, AzureEvidence},
    cca::CcaReferenceValues,
    nitro::CheckedAuthorities,
    nvidia::{NvidiaEndorsements, NvidiaEvidence},
    snp::SnpEndorsements,
    tpm::{TpmEndorsements, TpmEvidence},
};

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
    /// An Intel TDX quote, version 4 or 5.
    #[codec(index = 0)]
    IntelTdx,
    /// An Intel SGX quote, version 3.
    #[codec(index = 1)]
    IntelSgx,
    /// An AMD SEV-SNP attestation report.
    #[codec(index = 2)]
    AmdSnp,
    /// An AWS Nitro Enclaves attestation document.
    #[codec(index = 3)]
    AwsNitro,
    /// The attestation report of an NVIDIA GPU or switch; it counts only beside the evidence of its host.
    #[codec(index = 4)]
    NvidiaGpu,
    /// An Arm CCA token. Tried on emulated evidence only.
    #[codec(index = 5)]
    ArmCca,
    /// An Azure confidential machine over Intel TDX.
    #[codec(index = 6)]
    AzureTdx,
    /// An Azure confidential machine over AMD SEV-SNP.
    #[codec(index = 7)]
    AzureSnp,
    /// A TPM 2.0 quote; alone it says nothing about memory that the host cannot read.
    #[codec(index = 8)]
    Tpm,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::IntelTdx,
        Self::IntelSgx,
        Self::AmdSnp,
        Self::AwsNitro,
        Self::NvidiaGpu,
        Self::ArmCca,
        Self::AzureTdx,
        Self::AzureSnp,
        Self::Tpm,
    ];

    /// The kind's name as operators write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IntelTdx => "intel-tdx",
            Self::IntelSgx => "intel-sgx",
            Self::AmdSnp => "amd-snp",
            Self::AwsNitro => "aws-nitro",
            Self::NvidiaGpu => "nvidia-gpu",
            Self::ArmCca => "arm-cca",
            Self::AzureTdx => "azure-tdx",
            Self::AzureSnp => "azure-snp",
            Self::Tpm => "tpm",
        }
    }
}

/// Evidence of one kind, and what endorses it. The roots that all of it has to lead to are the policy's; of Arm's
/// platforms these are the platforms' own keys.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// Intel TDX.
    Tdx {
        /// The quote.
        quote: &'a [u8],
        /// Intel's collateral for the platform's family, already checked.
        collateral: &'a CheckedCollateral,
    },
    /// Intel SGX.
    Sgx {
        /// The quote.
        quote: &'a [u8],
        /// Intel's collateral for the platform's family, already checked.
        collateral: &'a CheckedCollateral,
    },
    /// AMD SEV-SNP.
    Snp {
        /// The report.
        report: &'a [u8],
        /// Certificates and revocation list.
        endorsements: SnpEndorsements<'a>,
    },
    /// An Azure confidential machine over Intel TDX.
    AzureTdx {
        /// The machine's own evidence.
        machine: &'a AzureEvidence,
        /// What Microsoft says about its certificates.
        endorsements: &'a AzureEndorsements,
        /// The hardware's quote.
        quote: &'a [u8],
        /// Intel's collateral for the platform's family, already checked.
        collateral: &'a CheckedCollateral,
    },
    /// An Azure confidential machine over AMD SEV-SNP; the hardware's report is in the machine's evidence.
    AzureSnp {
        /// The machine's own evidence.
        machine: &'a AzureEvidence,
        /// What Microsoft says about its certificates.
        endorsements: &'a AzureEndorsements,
        /// AMD's certificates and revocation list.
        hardware: SnpEndorsements<'a>,
    },
    /// AWS Nitro Enclaves.
    Nitro {
        /// The document.
        document: &'a [u8],
        /// Revocation lists (DER) of authorities in its chain.
        revocation_lists: &'a [&'a [u8]],
        /// Authorities whose signatures were verified before.
        checked_authorities: Option<&'a CheckedAuthorities>,
    },
    /// An NVIDIA GPU or switch.
    Nvidia {
        /// Report and certificates.
        device: NvidiaEvidence<'a>,
        /// Manifests, already checked, and responses about revocation.
        endorsements: NvidiaEndorsements<'a>,
    },
    /// A TPM.
    Tpm {
        /// The quote.
        quote: &'a TpmEvidence,
        /// Revocation lists.
        endorsements: &'a TpmEndorsements,
    },
    /// Arm CCA.
    Cca {
        /// The token.
        token: &'a [u8],
        /// Reference values, which are the relying party's own: nothing above authenticates them, so that whoever sends
        /// the token must not choose them.
        reference_values: &'a CcaReferenceValues,
    },
}

impl Evidence<'_> {
    /// Its kind.
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::Tdx { .. } => EvidenceKind::IntelTdx,
            Self::Sgx { .. } => EvidenceKind::IntelSgx,
            Self::Snp { .. } => EvidenceKind::AmdSnp,
            Self::AzureTdx { .. } => EvidenceKind::AzureTdx,
            Self::AzureSnp { .. } => EvidenceKind::AzureSnp,
            Self::Nitro { .. } => EvidenceKind::AwsNitro,
            Self::Nvidia { .. } => EvidenceKind::NvidiaGpu,
            Self::Tpm { .. } => EvidenceKind::Tpm,
            Self::Cca { .. } => EvidenceKind::ArmCca,
        }
    }
}
