//! Why an Azure confidential machine's evidence is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{check::AzureCheck, hcl::HardwareKind};
use crate::{
    IntelRefusal,
    snp::SnpRefusal,
    tpm::{TpmCheck, TpmRefusal},
};

/// Why an Azure confidential machine's evidence is refused. The SCALE indexes are frozen.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum AzureRefusal {
    /// Longer than [`super::MAX_HCL_REPORT_BYTES`].
    #[error("the paravisor's report has {0} bytes; at most 8192 are read")]
    #[codec(index = 0)]
    TooLarge(u32),
    /// Shorter than its own lengths say.
    #[error("the paravisor's report is truncated")]
    #[codec(index = 1)]
    Truncated,
    /// It does not begin with "HCLA".
    #[error("the paravisor's report begins with {0:02x?}, not with \"HCLA\"")]
    #[codec(index = 2)]
    Magic([u8; 4]),
    /// Only versions 1 and 2 are known.
    #[error("version {0} of the paravisor's report is not supported; 1 and 2 are")]
    #[codec(index = 3)]
    Version(u32),
    /// A declared size that contradicts what is there.
    #[error("the paravisor's report declares {declared} bytes and has {found}")]
    #[codec(index = 4)]
    Size {
        /// What a header says.
        declared: u32,
        /// What the parts add up to.
        found: u32,
    },
    /// Not the answer to a request for attestation.
    #[error("the paravisor's report answers request {0}, not 2 (attestation)")]
    #[codec(index = 5)]
    Request(u32),
    /// The paravisor says that it failed.
    #[error("the paravisor's report has status {0}, not 0 (success)")]
    #[codec(index = 6)]
    Status(u32),
    /// Reserved bytes are set.
    #[error("reserved bytes are set in the paravisor's report")]
    #[codec(index = 7)]
    ReservedBytes,
    /// Bytes other than zeros after the declared end.
    #[error("the paravisor's report is followed by bytes that are not zero padding")]
    #[codec(index = 8)]
    TrailingBytes,
    /// Only version 1 of the runtime data's header is known.
    #[error("version {0} of the runtime data is not supported; 1 is")]
    #[codec(index = 9)]
    RuntimeDataVersion(u32),
    /// Hardware that is not known: neither SEV-SNP (2) nor TDX (4).
    #[error("report type {0} is neither sev-snp (2) nor tdx (4)")]
    #[codec(index = 10)]
    ReportType(u32),
    /// Only SHA-256 (1) binds runtime data.
    #[error("hash type {0} of the runtime data is not sha-256 (1)")]
    #[codec(index = 11)]
    HashType(u32),

    /// The report inside is not a `TDREPORT`.
    #[error("the report inside the paravisor's is not a tdreport")]
    #[codec(index = 12)]
    NotTdReport,

    /// The JSON cannot be read, or lacks something.
    #[error("the runtime data cannot be read")]
    #[codec(index = 20)]
    RuntimeData,
    /// Not exactly one signing key named "HCLAkPub", RSA with the exponent 65537.
    #[error("the runtime data has not exactly one usable attestation key (HCLAkPub)")]
    #[codec(index = 21)]
    RuntimeDataKey,

    /// The report data is not the hash of the runtime data, followed by zeros.
    #[error("the report data is not sha-256 of the runtime data followed by 32 zeros")]
    #[codec(index = 30)]
    RuntimeDataHash,

    /// The virtual TPM's quote is refused.
    #[error("virtual tpm: {0}")]
    #[codec(index = 40)]
    Quote(TpmRefusal),
    /// The policy wants a certificate of the attestation key and there is none.
    #[error("the policy requires a certificate of the attestation key, and there is none")]
    #[codec(index = 41)]
    CertificateMissing,

    /// Intel's evidence is refused.
    #[error("tdx: {0}")]
    #[codec(index = 50)]
    Tdx(IntelRefusal),

    /// AMD's evidence is refused.
    #[error("sev-snp: {0}")]
    #[codec(index = 51)]
    Snp(SnpRefusal),

    /// The paravisor says that it runs on other hardware than the evidence is of.
    #[error("the paravisor's report is over {found} and the evidence is of {wanted}")]
    #[codec(index = 60)]
    Hardware {
        /// What the paravisor says.
        found: HardwareKind,
        /// What was asked for.
        wanted: HardwareKind,
    },
    /// The `TDREPORT` is not the one that the quote was made of.
    #[error("the tdreport in the paravisor's report is not the one that the quote was made of")]
    #[codec(index = 61)]
    TdReport,
    /// The verified hardware evidence is about something else than the runtime data.
    #[error("the hardware's evidence is not about the runtime data (report data)")]
    #[codec(index = 62)]
    HardwareReportData,
    /// AMD's report is not there; runtime data alone can be verified only beside a TDX quote.
    #[error("the evidence has runtime data but no hardware report")]
    #[codec(index = 63)]
    NoHardwareReport,

    /// The machine did not start with secure boot.
    #[error("the machine did not start with secure boot")]
    #[codec(index = 70)]
    SecureBoot,
    /// The machine has no virtual TPM, so that nobody may have a quote of it.
    #[error("the machine says that it has no virtual tpm")]
    #[codec(index = 71)]
    NoTpm,
    /// The host's operator can reach a console of the machine.
    #[error("the machine says that its console is enabled, and the policy does not allow it")]
    #[codec(index = 72)]
    Console,

    /// The runtime data's user data is not what the caller expected.
    #[error("the runtime data is not about the expected statement (user data)")]
    #[codec(index = 80)]
    UserData,
}

impl From<TpmRefusal> for AzureRefusal {
    fn from(refusal: TpmRefusal) -> Self {
        Self::Quote(refusal)
    }
}

impl AzureRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> AzureCheck {
        match self {
            Self::TooLarge(_)
            | Self::Truncated
            | Self::Magic(_)
            | Self::Version(_)
            | Self::Size { .. }
            | Self::Request(_)
            | Self::Status(_)
            | Self::ReservedBytes
            | Self::TrailingBytes
            | Self::RuntimeDataVersion(_)
            | Self::ReportType(_)
            | Self::HashType(_)
            | Self::NotTdReport => AzureCheck::HclReport,
            Self::RuntimeData | Self::RuntimeDataKey => AzureCheck::RuntimeData,
            Self::RuntimeDataHash => AzureCheck::RuntimeDataHash,
            Self::Quote(refusal) => check_of_quote(refusal.check()),
            Self::CertificateMissing => AzureCheck::CertificateChain,
            Self::Tdx(_) | Self::Snp(_) => AzureCheck::Hardware,
            Self::Hardware { .. } | Self::TdReport | Self::HardwareReportData | Self::NoHardwareReport => {
                AzureCheck::HardwareBinding
            }
            Self::SecureBoot | Self::NoTpm | Self::Console => AzureCheck::Configuration,
            Self::UserData => AzureCheck::Nonce,
        }
    }
}

const fn check_of_quote(check: TpmCheck) -> AzureCheck {
    match check {
        TpmCheck::Policy => AzureCheck::Policy,
        TpmCheck::QuoteFormat => AzureCheck::QuoteFormat,
        TpmCheck::AttestationKey => AzureCheck::RuntimeData,
        TpmCheck::QuoteSignature => AzureCheck::QuoteSignature,
        TpmCheck::PcrSelection => AzureCheck::PcrSelection,
        TpmCheck::PcrDigest => AzureCheck::PcrDigest,
        TpmCheck::CertificateChain | TpmCheck::KeyTrust => AzureCheck::CertificateChain,
        TpmCheck::Revocation => AzureCheck::Revocation,
        TpmCheck::PcrValues => AzureCheck::PcrValues,
        TpmCheck::TpmState => AzureCheck::Configuration,
        TpmCheck::Nonce => AzureCheck::Nonce,
    }
}
