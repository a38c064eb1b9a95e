//! Why evidence or endorsements are refused: one enum for the whole crate.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    certificate::{MAX_CERTIFICATE_BYTES, PCK_NAME, ROOT_NAME, TCB_SIGNER_NAME},
    collateral::{MAX_QE_IDENTITY_BYTES, MAX_TCB_INFO_BYTES},
    collateral_json::MAX_COLLATERAL_FILE_BYTES,
    crl::MAX_CRL_BYTES,
    quote::MAX_QUOTE_BYTES,
    revocations::MAX_AUTHORITIES,
};
use crate::{Advisory, EvidenceKind, IntelCheck, RootId, TcbStatus, TcbStatusSet, identity::Hex};

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

    /// The most bytes that are read of it.
    const fn most_bytes(self) -> usize {
        match self {
            Self::Root | Self::PckCa | Self::PckCertificate | Self::TcbInfoSigner | Self::QeIdentitySigner => {
                MAX_CERTIFICATE_BYTES
            }
            Self::TcbInfo => MAX_TCB_INFO_BYTES,
            Self::QeIdentity => MAX_QE_IDENTITY_BYTES,
            Self::RootCrl | Self::PckCrl => MAX_CRL_BYTES,
            Self::QeReport | Self::Quote => MAX_QUOTE_BYTES,
            Self::CollateralFile => MAX_COLLATERAL_FILE_BYTES,
        }
    }

    /// The common name that its role has, if it is a certificate.
    const fn common_name(self) -> &'static str {
        match self {
            Self::Root => ROOT_NAME,
            Self::PckCa => "Intel SGX PCK Platform CA or Intel SGX PCK Processor CA",
            Self::PckCertificate => PCK_NAME,
            Self::TcbInfoSigner | Self::QeIdentitySigner => TCB_SIGNER_NAME,
            Self::TcbInfo
            | Self::QeIdentity
            | Self::RootCrl
            | Self::PckCrl
            | Self::QeReport
            | Self::Quote
            | Self::CollateralFile => "none",
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

/// Why something is refused. The SCALE indexes are frozen: [`IntelRefusal::code`] stands in the chain's events.
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
pub enum IntelRefusal {
    /// No module of this crate verifies that kind.
    #[error("evidence of kind {} is not supported", .0.name())]
    #[codec(index = 0)]
    KindNotSupported(EvidenceKind),
    /// The policy accepts no status at all, so nothing can pass it.
    #[error("the policy has no tier that accepts any tcb status, so nothing can pass")]
    #[codec(index = 1)]
    PolicyAcceptsNothing,

    /// Longer than the bound for it.
    #[error("the {0} has too many entries, or is longer than the {most} bytes that are read", most = .0.most_bytes())]
    #[codec(index = 10)]
    TooLarge(Document),
    /// Shorter than its own lengths say, or lengths that contradict each other.
    #[error("the quote is truncated, or its lengths contradict each other: each has to end where its contents do")]
    #[codec(index = 11)]
    QuoteLengths,
    /// Bytes other than zero padding after the declared end.
    #[error("the quote is followed by bytes, and nothing or zeros are wanted there")]
    #[codec(index = 12)]
    QuoteTrailingBytes,
    /// Only versions 4 and 5 are known for TDX, and version 3 for SGX.
    #[error("the quote has version {0}, and 4 or 5 is wanted for tdx, 3 for sgx")]
    #[codec(index = 13)]
    QuoteVersion(u16),
    /// Only ECDSA over P-256 (type 2) is known.
    #[error("the attestation key has type {0}, and 2 (ecdsa over p-256) is wanted")]
    #[codec(index = 14)]
    AttestationKeyType(u16),
    /// Of another environment than the one that was asked for, or of none that is known.
    #[error("the quote has tee type {0:#x}, and 0x81 is wanted for tdx, 0 for sgx")]
    #[codec(index = 15)]
    TeeType(u32),
    /// Not made by Intel's quoting enclave.
    #[error("the quoting enclave's vendor is {}, and intel's is wanted", Hex(.0))]
    #[codec(index = 16)]
    QeVendor(#[serde(with = "hex::serde")] [u8; 16]),
    /// Reserved bytes of the header or the quoting enclave's report are not zero.
    #[error("reserved bytes of the {0} are set, and zeros are wanted")]
    #[codec(index = 17)]
    ReservedBytes(Document),
    /// The outer certification data is not of type 6 (quoting enclave report).
    #[error("the certification data has type {0}, and 6 (quoting enclave report) is wanted")]
    #[codec(index = 18)]
    CertificationDataType(u16),
    /// The inner certification data is not of type 5 (certificate chain).
    #[error("the inner certification data has type {0}, and 5 (certificate chain) is wanted")]
    #[codec(index = 19)]
    ChainDataType(u16),
    /// Intel's quoting enclave authenticates exactly 32 bytes.
    #[error("the quoting enclave's authentication data has {0} bytes instead of 32")]
    #[codec(index = 20)]
    QeAuthenticationLength(u16),
    /// Not exactly three PEM certificates: platform, authority, root.
    #[error("the certificate chain is not three pem certificates in their plain form: platform, authority, root")]
    #[codec(index = 21)]
    ChainEncoding,
    /// Not decodable, or a field outside its bounds.
    #[error("the {0} is not well formed, or has a field outside its bounds")]
    #[codec(index = 22)]
    Malformed(Document),
    /// Not the report of a trust domain in a version that is known.
    #[error("the quote's body has type {0}, and 2, 3 or 4 (a trust domain's report) is wanted")]
    #[codec(index = 23)]
    QuoteBodyType(u16),
    /// The quote says another length of its body than its type has.
    #[error("the quote's body is said to have {found} bytes, and its type has {wanted}")]
    #[codec(index = 24)]
    QuoteBodyLength {
        /// What the quote says.
        found: u32,
        /// What its type has.
        wanted: u32,
    },

    /// The chain ends at another root than the pinned one.
    #[error("the certificate chain ends at a root whose key has the sha-256 {0}, and the pinned one is wanted")]
    #[codec(index = 30)]
    UntrustedRoot(RootId),
    /// The subject's common name is not that of its role.
    #[error("the common name in the {0} is another than its role's, which is {wanted}", wanted = .0.common_name())]
    #[codec(index = 31)]
    CertificateName(Document),
    /// Basic constraints or key usage do not fit the role.
    #[error("the {0} has basic constraints or a key usage that do not fit its role")]
    #[codec(index = 32)]
    CertificateUsage(Document),
    /// An extension is repeated, or unknown and critical.
    #[error("the {0} has a repeated or unknown critical extension")]
    #[codec(index = 33)]
    Extension(Document),
    /// Not issued by whom it has to be.
    #[error("the {0} names another issuer than the authority above it")]
    #[codec(index = 34)]
    Issuer(Document),
    /// The signature does not verify.
    #[error("the signature of the {0} does not verify with its signer's key")]
    #[codec(index = 35)]
    Signature(Document),
    /// The quoting enclave's report does not vouch for the attestation key.
    #[error("the quoting enclave's report does not vouch for the attestation key")]
    #[codec(index = 36)]
    AttestationKey,

    /// Whoever keeps revocation lists has those of as many other authorities under the root as there may be.
    #[error("lists of {} other authorities for platforms are kept under the root, and no more may be", MAX_AUTHORITIES)]
    #[codec(index = 39)]
    TooManyAuthorities,
    /// On a revocation list.
    #[error("the {0} is on its issuer's revocation list")]
    #[codec(index = 40)]
    Revoked(Document),
    /// Its time has not begun.
    #[error("the {document} is valid from {not_before}, and the time is {now}")]
    #[codec(index = 41)]
    NotYetValid {
        /// What is too young.
        document: Document,
        /// Its first second (Unix time).
        not_before: u64,
        /// The time of verification.
        now: u64,
    },
    /// Its time is over.
    #[error("the {document} was valid until {not_after}, and the time is {now}")]
    #[codec(index = 42)]
    Expired {
        /// What is too old.
        document: Document,
        /// Its last second (Unix time).
        not_after: u64,
        /// The time of verification.
        now: u64,
    },
    /// The collateral was checked against another root than the one given now.
    #[error("the collateral was checked against the root whose key has the sha-256 {0}, and not the one given now")]
    #[codec(index = 43)]
    CollateralRoot(RootId),
    /// Of another kind or format version than this evidence needs.
    #[error("the {0} is for another kind of evidence, or of another format version")]
    #[codec(index = 44)]
    WrongKind(Document),
    /// TCB information and quoting enclave identity are from different evaluations.
    #[error("the tcb information is of evaluation {tcb_info}, and the quoting enclave identity of {qe_identity}")]
    #[codec(index = 45)]
    EvaluationNumbersDiffer {
        /// The TCB information's number.
        tcb_info: u32,
        /// The identity's number.
        qe_identity: u32,
    },
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
    /// A revocation list was issued before one that revokes more.
    #[error("the {document} was issued at {issued_at} (unix time), and one of {floor} revokes more")]
    #[codec(index = 49)]
    RevocationListOutdated {
        /// Which list.
        document: Document,
        /// When it was issued.
        issued_at: u64,
        /// When the one was that revokes more.
        floor: u64,
    },

    /// The platform's family is not the collateral's.
    #[error("the platform's family (fmspc) is {}, and the collateral is for {}", Hex(.found), Hex(.wanted))]
    #[codec(index = 50)]
    Fmspc {
        /// The platform's.
        #[serde(with = "hex::serde")]
        found: [u8; 6],
        /// The collateral's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 6],
    },
    /// The platform's provisioning enclave is not the collateral's.
    #[error("the platform's pce id is {}, and the collateral is for {}", Hex(.found), Hex(.wanted))]
    #[codec(index = 51)]
    PceId {
        /// The platform's.
        #[serde(with = "hex::serde")]
        found: [u8; 2],
        /// The collateral's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 2],
    },
    /// The platform certificate is from another authority than the collateral's revocation list.
    #[error("the platform certificate is from another authority than the revocation list")]
    #[codec(index = 52)]
    PckCaMismatch,
    /// The platform is not of a kind that can run TDX.
    #[error("the platform certificate is not that of a tdx platform: multi-package, with scalable sgx")]
    #[codec(index = 53)]
    NotTdxPlatform,
    /// No level of the collateral matches: this is not "out of date", it is unknown.
    #[error("the versions of the {0} are below every tcb level of the collateral")]
    #[codec(index = 54)]
    NoMatchingLevel(Part),
    /// The TDX module's version has no identity in the collateral.
    #[error("the collateral has no identity for tdx module version {0}")]
    #[codec(index = 55)]
    UnknownTdxModule(u8),
    /// The TDX module's signer or attributes are not the expected ones.
    #[error("the tdx module's signer or attributes are not those of its identity in the collateral")]
    #[codec(index = 56)]
    TdxModuleIdentity,
    /// The quoting enclave's signer is not the expected one.
    #[error("the quoting enclave's signer is not that of its identity in the collateral")]
    #[codec(index = 57)]
    QeSigner,
    /// The quoting enclave's product number is not the expected one.
    #[error("the quoting enclave's product number is {found}, and {wanted} is wanted")]
    #[codec(index = 58)]
    QeProduct {
        /// The enclave's.
        found: u16,
        /// The identity's.
        wanted: u16,
    },
    /// The quoting enclave's attributes or miscellaneous selection are not the expected ones.
    #[error(
        "the quoting enclave's attributes or miscellaneous selection are not those of its identity in the collateral"
    )]
    #[codec(index = 59)]
    QeAttributes,
    /// The quoting enclave runs in debug mode.
    #[error("the quoting enclave can be debugged, which is never accepted")]
    #[codec(index = 60)]
    QeDebug,
    /// A part of the platform is revoked.
    #[error("the tcb level of the {0} is revoked, which is never accepted")]
    #[codec(index = 61)]
    TcbRevoked(Part),
    /// The status is not among those that the policy accepts.
    #[error("the tcb status is {}, and the policy accepts {wanted}", .found.name())]
    #[codec(index = 62)]
    TcbStatus {
        /// The platform's.
        found: TcbStatus,
        /// Those that any tier of the policy accepts.
        wanted: TcbStatusSet,
    },
    /// An advisory applies that no tier of the policy accepts with this status.
    #[error("{0} applies to the platform, which no tier of the policy accepts with its tcb status")]
    #[codec(index = 63)]
    Advisory(Advisory),
    /// A part has been out of date for longer than the policy accepts.
    #[error("an out-of-date part of the platform was accepted until {ended} (unix time), {days} days after its level")]
    #[codec(index = 64)]
    GraceOver {
        /// The last second.
        ended: u64,
        /// The days of grace.
        days: u16,
    },
    /// The certificate says a multi-package platform and its authority certifies single-package ones, or the reverse.
    #[error("the platform certificate does not describe a platform of the kind that its authority certifies")]
    #[codec(index = 65)]
    PlatformKind,

    /// The trust domain can be debugged.
    #[error("the trust domain can be debugged, which is never accepted")]
    #[codec(index = 70)]
    Debug,
    /// Another bit of the attributes' "untrusted" byte is set.
    #[error("the trust domain has the attributes {0:#04x}, which make it untrusted, and 0 is wanted")]
    #[codec(index = 71)]
    UntrustedAttributes(u8),
    /// `SEPT_VE_DISABLE` is not set: the host could make the guest's memory vanish unnoticed.
    #[error("the trust domain has not set sept_ve_disable (attribute 28), and it is wanted")]
    #[codec(index = 72)]
    SeptVeEnabled,
    /// Reserved or forbidden attributes, or some that the policy does not allow.
    #[error("the trust domain has attributes that are not allowed: {0:#018x}")]
    #[codec(index = 73)]
    Attributes(u64),
    /// Extended features that the policy does not allow, or the mandatory ones missing.
    #[error("the trust domain has the extended features {found:#x}: 0x3 must be set, and at most {allowed:#x} may be")]
    #[codec(index = 74)]
    Xfam {
        /// The trust domain's.
        found: u64,
        /// The policy's.
        allowed: u64,
    },
    /// The platform runs with multithreading and the policy does not allow it.
    #[error("the platform runs with simultaneous multithreading, which the policy does not allow")]
    #[codec(index = 75)]
    Smt,
    /// Packages can be added to the platform and the policy does not allow it.
    #[error("packages can be added to the platform, which the policy does not allow")]
    #[codec(index = 76)]
    DynamicPlatform,
    /// The platform's keys are kept by the registration service and the policy does not allow it.
    #[error("the platform's keys are kept by the registration service, which the policy does not allow")]
    #[codec(index = 77)]
    CachedKeys,
    /// The trust domain is bound to service domains that the policy does not accept.
    #[error("the trust domain is bound to a service domain (mrservicetd) that the policy does not accept")]
    #[codec(index = 78)]
    ServiceDomain,
    /// The report's fields about service domains contradict its attributes or each other.
    #[error("the report's fields about service domains contradict its attributes or each other")]
    #[codec(index = 79)]
    ServiceFields,
    /// The report is about a virtual machine inside the trust domain.
    #[error("the report is about virtual machine {0} inside the trust domain, and 0 (all of it) is wanted")]
    #[codec(index = 80)]
    VirtualMachine(u8),
    /// The trust domain trusts devices.
    #[error("the trust domain trusts devices, which nobody has checked")]
    #[codec(index = 81)]
    Devices,
    /// The enclave can be debugged.
    #[error("the enclave can be debugged, which is never accepted")]
    #[codec(index = 82)]
    EnclaveDebug,
    /// Mandatory attributes missing, or some that are reserved or not allowed.
    #[error("the enclave has the attributes {found:#x}: {wanted:#x} must be set, and at most {allowed:#x} may be")]
    #[codec(index = 83)]
    EnclaveAttributes {
        /// The enclave's.
        found: u64,
        /// Those that must be set.
        wanted: u64,
        /// Those that may be set.
        allowed: u64,
    },
    /// More is written into the enclave's memory than the policy allows.
    #[error("the enclave has the miscellaneous selection {found:#x}, and at most {allowed:#x} is allowed")]
    #[codec(index = 84)]
    MiscSelect {
        /// The enclave's.
        found: u32,
        /// The policy's.
        allowed: u32,
    },
    /// Extended features that the policy does not allow, or the mandatory ones missing.
    #[error("the enclave has the extended features {found:#x}: 0x3 must be set, and at most {allowed:#x} may be")]
    #[codec(index = 85)]
    Xfrm {
        /// The enclave's.
        found: u64,
        /// The policy's.
        allowed: u64,
    },

    /// The evidence speaks about something else than the caller's statement.
    #[error("the evidence is not about the expected statement (report data)")]
    #[codec(index = 90)]
    ReportData,
}

impl IntelRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> IntelCheck {
        match self {
            Self::KindNotSupported(_) | Self::PolicyAcceptsNothing => IntelCheck::Policy,
            Self::TooLarge(document) | Self::Malformed(document) | Self::ReservedBytes(document) => {
                IntelCheck::of_encoding(*document)
            }
            Self::QuoteLengths
            | Self::QuoteTrailingBytes
            | Self::QuoteVersion(_)
            | Self::QuoteBodyType(_)
            | Self::QuoteBodyLength { .. }
            | Self::AttestationKeyType(_)
            | Self::TeeType(_)
            | Self::QeVendor(_)
            | Self::CertificationDataType(_)
            | Self::ChainDataType(_)
            | Self::QeAuthenticationLength(_) => IntelCheck::QuoteFormat,
            Self::ChainEncoding | Self::UntrustedRoot(_) | Self::PckCaMismatch => IntelCheck::CertificateChain,
            Self::CertificateName(document)
            | Self::CertificateUsage(document)
            | Self::Extension(document)
            | Self::Issuer(document)
            | Self::Signature(document) => IntelCheck::of_signature(*document),
            Self::AttestationKey => IntelCheck::AttestationKey,
            Self::Revoked(_) | Self::RevocationListOutdated { .. } => IntelCheck::Revocation,
            Self::NotYetValid { document, .. } | Self::Expired { document, .. } => IntelCheck::of_time(*document),
            Self::CollateralRoot(_)
            | Self::WrongKind(_)
            | Self::EvaluationNumbersDiffer { .. }
            | Self::CollateralRollback
            | Self::CollateralSubject
            | Self::TooManyAuthorities => IntelCheck::Collateral,
            Self::EvaluationNumber { .. } => IntelCheck::EvaluationNumber,
            Self::Fmspc { .. } | Self::PceId { .. } | Self::NotTdxPlatform | Self::PlatformKind => IntelCheck::Platform,
            Self::QeSigner | Self::QeProduct { .. } | Self::QeAttributes | Self::QeDebug => IntelCheck::QuotingEnclave,
            Self::UnknownTdxModule(_) | Self::TdxModuleIdentity => IntelCheck::TdxModule,
            Self::NoMatchingLevel(_)
            | Self::TcbRevoked(_)
            | Self::TcbStatus { .. }
            | Self::Advisory(_)
            | Self::GraceOver { .. } => IntelCheck::TcbStatus,
            Self::Debug | Self::UntrustedAttributes(_) | Self::EnclaveDebug => IntelCheck::DebugOff,
            Self::SeptVeEnabled | Self::Attributes(_) | Self::EnclaveAttributes { .. } | Self::MiscSelect { .. } => {
                IntelCheck::Attributes
            }
            Self::ServiceDomain | Self::ServiceFields | Self::VirtualMachine(_) | Self::Devices => {
                IntelCheck::ServiceDomains
            }
            Self::Xfam { .. } | Self::Xfrm { .. } => IntelCheck::ExtendedFeatures,
            Self::Smt | Self::DynamicPlatform | Self::CachedKeys => IntelCheck::PlatformConfiguration,
            Self::ReportData => IntelCheck::ReportData,
        }
    }
}
