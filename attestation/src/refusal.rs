//! Why evidence or endorsements are refused: one enum for the whole crate.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{CheckName, EvidenceKind, TcbStatus};

/// The documents that a verdict rests on.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
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
pub enum Document {
    /// The vendor's root certificate.
    #[codec(index = 0)]
    Root,
    /// The certificate authority that issues platform certificates.
    #[codec(index = 1)]
    PckCa,
    /// The platform's provisioning certification key (PCK) certificate.
    #[codec(index = 2)]
    PckCertificate,
    /// The certificate that signs the TCB information.
    #[codec(index = 3)]
    TcbInfoSigner,
    /// The certificate that signs the quoting enclave's identity.
    #[codec(index = 4)]
    QeIdentitySigner,
    /// The TCB information of a platform family.
    #[codec(index = 5)]
    TcbInfo,
    /// The identity of the quoting enclave.
    #[codec(index = 6)]
    QeIdentity,
    /// The root's revocation list.
    #[codec(index = 7)]
    RootCrl,
    /// The platform authority's revocation list.
    #[codec(index = 8)]
    PckCrl,
    /// The quoting enclave's report inside a quote.
    #[codec(index = 9)]
    QeReport,
    /// The quote itself.
    #[codec(index = 10)]
    Quote,
    /// A file that holds a whole set of collateral.
    #[codec(index = 11)]
    CollateralFile,
}

impl Document {
    /// The document's name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root certificate",
            Self::PckCa => "platform certificate authority",
            Self::PckCertificate => "platform certificate",
            Self::TcbInfoSigner => "signer of the tcb information",
            Self::QeIdentitySigner => "signer of the quoting enclave identity",
            Self::TcbInfo => "tcb information",
            Self::QeIdentity => "quoting enclave identity",
            Self::RootCrl => "root revocation list",
            Self::PckCrl => "platform revocation list",
            Self::QeReport => "quoting enclave report",
            Self::Quote => "quote",
            Self::CollateralFile => "collateral file",
        }
    }
}

impl core::fmt::Display for Document {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The parts of a platform that each have a TCB level of their own.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
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
pub enum Part {
    /// Processor microcode and firmware.
    #[codec(index = 0)]
    Platform,
    /// The TDX module.
    #[codec(index = 1)]
    TdxModule,
    /// The quoting enclave.
    #[codec(index = 2)]
    QuotingEnclave,
}

impl core::fmt::Display for Part {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Platform => "platform",
            Self::TdxModule => "tdx module",
            Self::QuotingEnclave => "quoting enclave",
        })
    }
}

/// Why something is refused. The SCALE indexes are frozen: [`Refusal::code`] stands in the chain's events.
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
pub enum Refusal {
    /// No module of this crate verifies that kind.
    #[error("evidence of kind {} is not supported", .0.name())]
    #[codec(index = 0)]
    KindNotSupported(EvidenceKind),
    /// The policy accepts no status at all, so nothing can pass it.
    #[error("the policy accepts no tcb status, so nothing can pass")]
    #[codec(index = 1)]
    PolicyAcceptsNothing,

    /// Longer than the bound for it.
    #[error("the {0} is larger than allowed")]
    #[codec(index = 10)]
    TooLarge(Document),
    /// Shorter than its own lengths say, or lengths that contradict each other.
    #[error("the quote is truncated or its lengths contradict each other")]
    #[codec(index = 11)]
    QuoteLengths,
    /// Bytes other than zero padding after the declared end.
    #[error("the quote is followed by bytes that are not zero padding")]
    #[codec(index = 12)]
    QuoteTrailingBytes,
    /// Only version 4 is known.
    #[error("quote version {0} is not supported")]
    #[codec(index = 13)]
    QuoteVersion(u16),
    /// Only ECDSA over P-256 (type 2) is known.
    #[error("attestation key type {0} is not supported")]
    #[codec(index = 14)]
    AttestationKeyType(u16),
    /// Only TDX (0x81) is known.
    #[error("tee type {0:#x} is not tdx")]
    #[codec(index = 15)]
    TeeType(u32),
    /// Not made by Intel's quoting enclave.
    #[error("the quoting enclave's vendor is not intel")]
    #[codec(index = 16)]
    QeVendor,
    /// Reserved bytes of the header or the quoting enclave's report are not zero.
    #[error("reserved bytes are set in the {0}")]
    #[codec(index = 17)]
    ReservedBytes(Document),
    /// The outer certification data is not of type 6 (quoting enclave report).
    #[error("certification data type {0} is not a quoting enclave report")]
    #[codec(index = 18)]
    CertificationDataType(u16),
    /// The inner certification data is not of type 5 (certificate chain).
    #[error("inner certification data type {0} is not a certificate chain")]
    #[codec(index = 19)]
    ChainDataType(u16),
    /// Intel's quoting enclave authenticates exactly 32 bytes.
    #[error("the quoting enclave's authentication data has {0} bytes instead of 32")]
    #[codec(index = 20)]
    QeAuthenticationLength(u16),
    /// Not exactly three PEM certificates: platform, authority, root.
    #[error("the certificate chain is not three plain pem certificates")]
    #[codec(index = 21)]
    ChainEncoding,
    /// Not decodable, or a field outside its bounds.
    #[error("the {0} cannot be read")]
    #[codec(index = 22)]
    Malformed(Document),

    /// The chain ends at another root than the pinned one.
    #[error("the certificate chain does not end at the pinned root")]
    #[codec(index = 30)]
    UntrustedRoot,
    /// The subject's common name is not that of its role.
    #[error("the name in the {0} is not that of its role")]
    #[codec(index = 31)]
    CertificateName(Document),
    /// Basic constraints or key usage do not fit the role.
    #[error("the {0} is not allowed to be used as such")]
    #[codec(index = 32)]
    CertificateUsage(Document),
    /// An extension is repeated, or unknown and critical.
    #[error("the {0} has a repeated or unknown critical extension")]
    #[codec(index = 33)]
    Extension(Document),
    /// Not issued by whom it has to be.
    #[error("the {0} names another issuer")]
    #[codec(index = 34)]
    Issuer(Document),
    /// The signature does not verify.
    #[error("the signature of the {0} is wrong")]
    #[codec(index = 35)]
    Signature(Document),
    /// The quoting enclave's report does not vouch for the attestation key.
    #[error("the quoting enclave's report does not vouch for the attestation key")]
    #[codec(index = 36)]
    AttestationKey,

    /// On a revocation list.
    #[error("the {0} is revoked")]
    #[codec(index = 40)]
    Revoked(Document),
    /// Its time has not begun.
    #[error("the {0} is not valid yet")]
    #[codec(index = 41)]
    NotYetValid(Document),
    /// Its time is over.
    #[error("the {0} has expired")]
    #[codec(index = 42)]
    Expired(Document),
    /// The collateral was checked against another root than the one given now.
    #[error("the collateral was checked against another root")]
    #[codec(index = 43)]
    CollateralRoot,
    /// Of another kind or format version than TDX needs.
    #[error("the {0} is not the one for tdx")]
    #[codec(index = 44)]
    WrongKind(Document),
    /// TCB information and quoting enclave identity are from different evaluations.
    #[error("tcb information and quoting enclave identity are of different evaluations")]
    #[codec(index = 45)]
    EvaluationNumbersDiffer,
    /// The collateral is older than the policy's floor.
    #[error("evaluation number {found} is below the floor {floor}")]
    #[codec(index = 46)]
    EvaluationNumber {
        /// The collateral's number.
        found: u32,
        /// The policy's floor.
        floor: u32,
    },
    /// New collateral would step back behind what it replaces.
    #[error("the collateral is older than what it would replace")]
    #[codec(index = 47)]
    CollateralRollback,
    /// New collateral is for another platform family, authority or root than what it would replace.
    #[error("the collateral is for another platform family than what it would replace")]
    #[codec(index = 48)]
    CollateralSubject,

    /// The platform's family is not the collateral's.
    #[error("the platform family (fmspc) is not the collateral's")]
    #[codec(index = 50)]
    Fmspc,
    /// The platform's provisioning enclave is not the collateral's.
    #[error("the platform's pce id is not the collateral's")]
    #[codec(index = 51)]
    PceId,
    /// The platform certificate is from another authority than the collateral's revocation list.
    #[error("the platform certificate is from another authority than the revocation list")]
    #[codec(index = 52)]
    PckCaMismatch,
    /// The platform is not of a kind that can run TDX.
    #[error("the platform certificate is not that of a tdx platform")]
    #[codec(index = 53)]
    NotTdxPlatform,
    /// No level of the collateral matches: this is not "out of date", it is unknown.
    #[error("no tcb level matches the {0}")]
    #[codec(index = 54)]
    NoMatchingLevel(Part),
    /// The TDX module's version has no identity in the collateral.
    #[error("the collateral has no identity for tdx module version {0}")]
    #[codec(index = 55)]
    UnknownTdxModule(u8),
    /// The TDX module's signer or attributes are not the expected ones.
    #[error("the tdx module's signer or attributes are not the expected ones")]
    #[codec(index = 56)]
    TdxModuleIdentity,
    /// The quoting enclave's signer is not the expected one.
    #[error("the quoting enclave's signer is not the expected one")]
    #[codec(index = 57)]
    QeSigner,
    /// The quoting enclave's product number is not the expected one.
    #[error("the quoting enclave's product number is not the expected one")]
    #[codec(index = 58)]
    QeProduct,
    /// The quoting enclave's attributes or miscellaneous selection are not the expected ones.
    #[error("the quoting enclave's attributes are not the expected ones")]
    #[codec(index = 59)]
    QeAttributes,
    /// The quoting enclave runs in debug mode.
    #[error("the quoting enclave can be debugged")]
    #[codec(index = 60)]
    QeDebug,
    /// A part of the platform is revoked.
    #[error("the tcb of the {0} is revoked")]
    #[codec(index = 61)]
    TcbRevoked(Part),
    /// The status is not among those that the policy accepts.
    #[error("tcb status {} is not accepted", .0.name())]
    #[codec(index = 62)]
    TcbStatus(TcbStatus),

    /// The trust domain can be debugged.
    #[error("the trust domain can be debugged")]
    #[codec(index = 70)]
    Debug,
    /// Another bit of the attributes' "untrusted" byte is set.
    #[error("the trust domain has attributes that make it untrusted")]
    #[codec(index = 71)]
    UntrustedAttributes,
    /// `SEPT_VE_DISABLE` is not set: the host could make the guest's memory vanish unnoticed.
    #[error("the trust domain does not disable ept violations (sept_ve_disable)")]
    #[codec(index = 72)]
    SeptVeEnabled,
    /// Reserved or forbidden attributes, or some that the policy does not allow.
    #[error("the trust domain has attributes that are not allowed: {0:#018x}")]
    #[codec(index = 73)]
    Attributes(u64),
    /// Extended features that the policy does not allow, or the mandatory ones missing.
    #[error("the trust domain has extended features that are not allowed: {0:#018x}")]
    #[codec(index = 74)]
    Xfam(u64),
    /// The platform runs with multithreading and the policy does not allow it.
    #[error("the platform runs with simultaneous multithreading")]
    #[codec(index = 75)]
    Smt,
    /// Packages can be added to the platform and the policy does not allow it.
    #[error("packages can be added to the platform")]
    #[codec(index = 76)]
    DynamicPlatform,
    /// The platform's keys are kept by the registration service and the policy does not allow it.
    #[error("the platform's keys are kept by the registration service")]
    #[codec(index = 77)]
    CachedKeys,

    /// The evidence speaks about something else than the caller's statement.
    #[error("the evidence is not about the expected statement (report data)")]
    #[codec(index = 90)]
    ReportData,
}

impl Refusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> CheckName {
        match self {
            Self::KindNotSupported(_) | Self::PolicyAcceptsNothing => CheckName::Policy,
            Self::TooLarge(document) | Self::Malformed(document) | Self::ReservedBytes(document) => {
                CheckName::of_encoding(*document)
            }
            Self::QuoteLengths
            | Self::QuoteTrailingBytes
            | Self::QuoteVersion(_)
            | Self::AttestationKeyType(_)
            | Self::TeeType(_)
            | Self::QeVendor
            | Self::CertificationDataType(_)
            | Self::ChainDataType(_)
            | Self::QeAuthenticationLength(_) => CheckName::QuoteFormat,
            Self::ChainEncoding | Self::UntrustedRoot | Self::PckCaMismatch => CheckName::CertificateChain,
            Self::CertificateName(document)
            | Self::CertificateUsage(document)
            | Self::Extension(document)
            | Self::Issuer(document)
            | Self::Signature(document) => CheckName::of_signature(*document),
            Self::AttestationKey => CheckName::AttestationKey,
            Self::Revoked(_) => CheckName::Revocation,
            Self::NotYetValid(document) | Self::Expired(document) => CheckName::of_time(*document),
            Self::CollateralRoot
            | Self::WrongKind(_)
            | Self::EvaluationNumbersDiffer
            | Self::CollateralRollback
            | Self::CollateralSubject => CheckName::Collateral,
            Self::EvaluationNumber { .. } => CheckName::EvaluationNumber,
            Self::Fmspc | Self::PceId | Self::NotTdxPlatform => CheckName::Platform,
            Self::QeSigner | Self::QeProduct | Self::QeAttributes | Self::QeDebug => CheckName::QuotingEnclave,
            Self::UnknownTdxModule(_) | Self::TdxModuleIdentity => CheckName::TdxModule,
            Self::NoMatchingLevel(_) | Self::TcbRevoked(_) | Self::TcbStatus(_) => CheckName::TcbStatus,
            Self::Debug | Self::UntrustedAttributes => CheckName::DebugOff,
            Self::SeptVeEnabled | Self::Attributes(_) => CheckName::Attributes,
            Self::Xfam(_) => CheckName::ExtendedFeatures,
            Self::Smt | Self::DynamicPlatform | Self::CachedKeys => CheckName::PlatformConfiguration,
            Self::ReportData => CheckName::ReportData,
        }
    }
}
