//! Why SEV-SNP evidence is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    check::SnpCheck,
    flags::{GuestPolicy, PlatformInfo},
    product::{SnpCpu, SnpProduct},
    report::SnpKey,
    tcb::{SnpTcbName, SnpTcbPart},
};
use crate::{Advisory, CertificateHash, identity::Hex, x509::Fault};

/// The documents around a report.
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
)]
#[serde(rename_all = "kebab-case")]
pub enum SnpDocument {
    /// The root's certificate (ARK).
    #[codec(index = 0)]
    Root,
    /// The certificate of the authority for versioned keys (ASK, ASVK).
    #[codec(index = 1)]
    Authority,
    /// The certificate of a versioned key (VCEK, VLEK).
    #[codec(index = 2)]
    Vek,
    /// The root's revocation list.
    #[codec(index = 3)]
    RevocationList,
}

impl SnpDocument {
    /// What is wrong with it.
    pub(super) const fn refusal(self, fault: Fault) -> SnpRefusal {
        match self {
            Self::Root => SnpRefusal::Root(fault),
            Self::Authority => SnpRefusal::Authority(fault),
            Self::Vek => SnpRefusal::Vek(fault),
            Self::RevocationList => SnpRefusal::RevocationList(fault),
        }
    }
}

/// AMD's extensions in a versioned key's certificate.
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
)]
#[serde(rename_all = "kebab-case")]
pub enum SnpExtension {
    /// The product's name.
    #[codec(index = 0)]
    ProductName,
    /// The firmware versions.
    #[codec(index = 1)]
    Versions,
    /// The chip's identifier.
    #[codec(index = 2)]
    HardwareId,
    /// The cloud provider's name.
    #[codec(index = 3)]
    Provider,
}

impl core::fmt::Display for SnpExtension {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::ProductName => "product name",
            Self::Versions => "firmware versions",
            Self::HardwareId => "hardware identifier",
            Self::Provider => "cloud provider",
        })
    }
}

/// Two of a report's sets of versions, of which the first may never be above the second.
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
)]
pub struct SnpRelation {
    /// The one that has to be lower or the same.
    pub lower: SnpTcbName,
    /// The other one.
    pub upper: SnpTcbName,
    /// The part of the firmware.
    pub part: SnpTcbPart,
}

/// Why evidence is refused. The SCALE indexes are frozen: [`SnpRefusal::code`] stands in the chain's events.
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
pub enum SnpRefusal {
    /// No product line or no kind of key is accepted, so nothing can pass.
    #[error("the policy accepts no product line or no kind of key, so nothing can pass")]
    #[codec(index = 0)]
    PolicyAcceptsNothing,

    /// Not as long as a report is.
    #[error("the report has {0} bytes; it must have 1184")]
    #[codec(index = 10)]
    Length(u32),
    /// A version that is not known.
    #[error("the report is of version {0}; 2, 3 and 5 are known")]
    #[codec(index = 11)]
    Version(u32),
    /// An older version than the policy wants.
    #[error("the report is of version {found}; at least {floor} is wanted")]
    #[codec(index = 12)]
    VersionFloor {
        /// The report's.
        found: u32,
        /// The policy's.
        floor: u32,
    },
    /// A byte, or bit in it, that must be zero.
    #[error("the report's reserved byte at {0:#x} is set; it must be zero")]
    #[codec(index = 13)]
    ReservedByte(u16),
    /// The guest's policy has reserved bits set, or the one that must be set is not.
    #[error("the guest's policy is {0:#x}; bit 17 must be set in it, and bits 26 to 63 clear")]
    #[codec(index = 14)]
    GuestPolicyReserved(u64),
    /// The platform's setup has bits that are not known.
    #[error("the platform's information is {0:#x}; only bits 0 to 7 are known")]
    #[codec(index = 15)]
    PlatformInfoReserved(u64),
    /// Not one of the four levels; all bits set means that the host asked for the report.
    #[error("the report's level (vmpl) is {0:#x}; a guest's is 0 to 3")]
    #[codec(index = 16)]
    VmplRange(u32),
    /// Only ECDSA over P-384 with SHA-384 is known.
    #[error("the signature's algorithm is {0}; it must be 1 (ecdsa p-384 with sha-384)")]
    #[codec(index = 17)]
    SignatureAlgorithm(u32),
    /// Neither a chip's nor a provider's key.
    #[error("the signing key is of kind {0}; it must be a vcek (0) or vlek (1)")]
    #[codec(index = 18)]
    SigningKey(u8),
    /// The firmware was told not to sign with the chip's key.
    #[error("the report says that the chip's key is masked; it must not be")]
    #[codec(index = 19)]
    MaskedChipKey,
    /// r and s have 48 bytes; what follows each must be zero.
    #[error("the signature's unused bytes are set; they must be zero")]
    #[codec(index = 20)]
    SignaturePadding,

    /// The root that was given is not a pinned one.
    #[error("the root certificate has the sha-256 {0}; the pinned one is wanted")]
    #[codec(index = 30)]
    UntrustedRoot(CertificateHash),
    /// No pinned authority has the name that the certificate gives its issuer.
    #[error("the certificate's issuer is no pinned authority for a {0}")]
    #[codec(index = 31)]
    UnknownIssuer(SnpKey),
    /// The root's certificate.
    #[error("root certificate: {0}")]
    #[codec(index = 32)]
    Root(Fault),
    /// The certificate of the authority for versioned keys.
    #[error("authority's certificate: {0}")]
    #[codec(index = 33)]
    Authority(Fault),
    /// The versioned key's certificate.
    #[error("versioned key's certificate: {0}")]
    #[codec(index = 34)]
    Vek(Fault),
    /// An extension of AMD's is not there, or not as it has to be.
    #[error("the versioned key's certificate lacks its {0}, or it is malformed")]
    #[codec(index = 35)]
    Extension(SnpExtension),
    /// The report names another kind of key than the certificate.
    #[error("the report is signed with a {report}, and the certificate is for a {certificate}")]
    #[codec(index = 36)]
    KeyKind {
        /// In the report.
        report: SnpKey,
        /// In the certificate.
        certificate: SnpKey,
    },
    /// The policy does not accept this kind of key.
    #[error("the report is signed with a {0}, which the policy does not accept")]
    #[codec(index = 37)]
    KeyNotAccepted(SnpKey),

    /// The processor belongs to no product line that is known.
    #[error("the processor {:#x}/{:#x}/{:#x} belongs to no known product line", .0.family, .0.model, .0.stepping)]
    #[codec(index = 40)]
    UnknownProcessor(SnpCpu),
    /// The processor belongs to another product line than the certificate.
    #[error("the report is of a {report} processor, and the certificate of {certificate}")]
    #[codec(index = 41)]
    ProductMismatch {
        /// In the report.
        report: SnpProduct,
        /// Of the certificate's issuer.
        certificate: SnpProduct,
    },
    /// The certificate's product name is not of its issuer's product line.
    #[error("the certificate's product name is not of the line {0}, whose authority issued it")]
    #[codec(index = 42)]
    ProductName(SnpProduct),
    /// The policy does not name this product line.
    #[error("the policy does not accept {0}")]
    #[codec(index = 43)]
    ProductNotAccepted(SnpProduct),

    /// The report's signature.
    #[error("the report's signature does not verify with the versioned key")]
    #[codec(index = 50)]
    ReportSignature,

    /// There is no revocation list, and the policy wants one.
    #[error("the root's revocation list is missing; the policy wants it")]
    #[codec(index = 60)]
    RevocationListMissing,
    /// The revocation list.
    #[error("root's revocation list: {0}")]
    #[codec(index = 61)]
    RevocationList(Fault),
    /// The root has revoked the authority.
    #[error("the root has revoked the authority of the versioned key")]
    #[codec(index = 62)]
    Revoked,

    /// Another chip than the certificate's.
    #[error("the report is of the chip {}, and the certificate is for the chip {}", Hex(.found), Hex(.wanted))]
    #[codec(index = 70)]
    ChipId {
        /// The report's.
        #[serde(with = "hex::serde")]
        found: [u8; 64],
        /// The certificate's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 64],
    },
    /// The report does not name the chip.
    #[error("the report leaves the chip's identifier out; the policy wants it")]
    #[codec(index = 71)]
    MaskedChipId,

    /// A reserved byte in a set of firmware versions.
    #[error("the {0} firmware versions have reserved bytes set, or are those of another product line")]
    #[codec(index = 80)]
    VersionsReserved(SnpTcbName),
    /// The reported firmware is not what the certificate is for.
    #[error("the report claims {part} {found}, and the certificate is for {wanted}")]
    #[codec(index = 81)]
    VersionsMismatch {
        /// The part of the firmware.
        part: SnpTcbPart,
        /// In the report.
        found: u8,
        /// In the certificate.
        wanted: u8,
    },
    /// Two sets of versions contradict each other.
    #[error("the {} {} is above the {}", .0.lower, .0.part, .0.upper)]
    #[codec(index = 82)]
    VersionsOrder(SnpRelation),

    /// The firmware is older than a floor.
    #[error("the {name} {part} is {found}; {advisory} wants at least {floor}")]
    #[codec(index = 90)]
    BelowFloor {
        /// Which set of versions.
        name: SnpTcbName,
        /// The part of the firmware.
        part: SnpTcbPart,
        /// In the report.
        found: u8,
        /// The floor's.
        floor: u8,
        /// What applies.
        advisory: Advisory,
    },
    /// The firmware lacks mitigations.
    #[error("the firmware's mitigations are {found:#x}; {wanted:#x} are wanted")]
    #[codec(index = 91)]
    Mitigations {
        /// What the launched and the current firmware both have.
        found: u64,
        /// What the policy wants.
        wanted: u64,
    },
    /// The platform did not look for aliases in its memory.
    #[error(
        "the platform has not looked for memory aliases since its reset (AMD-SB-3015); the policy wants it up to date"
    )]
    #[codec(index = 92)]
    AliasCheck,
    /// An advisory applies that the policy does not accept.
    #[error("{0} applies to the platform; the policy does not accept that")]
    #[codec(index = 93)]
    Advisory(Advisory),
    /// An advisory applies for longer than the policy accepts.
    #[error("{advisory} applies to the platform; the policy accepted that until {ended}, {days} days after its date")]
    #[codec(index = 94)]
    GraceOver {
        /// The advisory.
        advisory: Advisory,
        /// The last second of the grace (Unix seconds).
        ended: u64,
        /// The policy's days.
        days: u16,
    },

    /// The host may debug the guest.
    #[error("the guest's policy lets the host debug it")]
    #[codec(index = 100)]
    Debug,
    /// A migration agent may move the guest.
    #[error("the guest's policy lets a migration agent move it; the policy does not allow that")]
    #[codec(index = 101)]
    MigrationAgent,
    /// The guest is bound to a migration agent although its policy permits none.
    #[error("the guest is bound to a migration agent, which its own policy does not permit")]
    #[codec(index = 102)]
    MigrationAgentBound,
    /// The guest's owner permits what the policy does not.
    #[error("the guest's policy permits what is not allowed: {0}")]
    #[codec(index = 103)]
    GuestPermits(GuestPolicy),
    /// The guest's owner does not demand what the policy wants.
    #[error("the guest's policy lacks what is wanted: {0}")]
    #[codec(index = 104)]
    GuestLacks(GuestPolicy),
    /// The guest runs on older firmware interfaces than the policy wants.
    #[error("the guest accepts firmware interface {}.{}; at least {}.{} is wanted", .found[0], .found[1], .floor[0], .floor[1])]
    #[codec(index = 105)]
    GuestAbi {
        /// Major and minor in the guest's policy.
        found: [u8; 2],
        /// The policy's.
        floor: [u8; 2],
    },
    /// The report comes from a level that is not privileged enough.
    #[error("the report comes from vmpl {found}; at most {most} is allowed")]
    #[codec(index = 106)]
    Vmpl {
        /// The report's.
        found: u8,
        /// The policy's.
        most: u8,
    },

    /// The platform runs with multithreading.
    #[error("the platform runs with multithreading; the policy does not allow it")]
    #[codec(index = 110)]
    PlatformSmt,
    /// The platform is not set up as the policy wants.
    #[error("the platform lacks what is wanted: {0}")]
    #[codec(index = 111)]
    PlatformLacks(PlatformInfo),

    /// Another guest than the caller expected.
    #[error("the guest's measurement is {}, and {} was expected", Hex(.found), Hex(.wanted))]
    #[codec(index = 120)]
    Measurement {
        /// The report's.
        #[serde(with = "hex::serde")]
        found: [u8; 48],
        /// The caller's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 48],
    },
    /// Another value from the host than the caller expected.
    #[error("the host's data is {}, and {} was expected", Hex(.found), Hex(.wanted))]
    #[codec(index = 121)]
    HostData {
        /// The report's.
        #[serde(with = "hex::serde")]
        found: [u8; 32],
        /// The caller's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 32],
    },
    /// Another key signed the guest's identity.
    #[error("the guest's identity block is signed with the key {}, and {} was expected", Hex(.found), Hex(.wanted))]
    #[codec(index = 122)]
    IdKey {
        /// The digest in the report.
        #[serde(with = "hex::serde")]
        found: [u8; 48],
        /// The caller's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 48],
    },
    /// Another key vouched for that key.
    #[error(
        "the identity block's key is vouched for by {} (zeros: by nobody), and {} was expected",
        Hex(.found),
        Hex(.wanted)
    )]
    #[codec(index = 123)]
    AuthorKey {
        /// The digest in the report; zeros if there is no such key.
        #[serde(with = "hex::serde")]
        found: [u8; 48],
        /// The caller's.
        #[serde(with = "hex::serde")]
        wanted: [u8; 48],
    },
    /// The evidence speaks about something else than the caller's statement.
    #[error("the evidence is not about the expected statement (report data)")]
    #[codec(index = 124)]
    ReportData,
}

impl SnpRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> SnpCheck {
        match self {
            Self::PolicyAcceptsNothing => SnpCheck::Policy,
            Self::Length(_)
            | Self::Version(_)
            | Self::VersionFloor { .. }
            | Self::ReservedByte(_)
            | Self::GuestPolicyReserved(_)
            | Self::PlatformInfoReserved(_)
            | Self::VmplRange(_)
            | Self::SignatureAlgorithm(_)
            | Self::SigningKey(_)
            | Self::MaskedChipKey
            | Self::SignaturePadding => SnpCheck::ReportFormat,
            Self::UntrustedRoot(_)
            | Self::UnknownIssuer(_)
            | Self::Root(_)
            | Self::Authority(_)
            | Self::Vek(_)
            | Self::Extension(_)
            | Self::KeyKind { .. }
            | Self::KeyNotAccepted(_) => SnpCheck::CertificateChain,
            Self::UnknownProcessor(_)
            | Self::ProductMismatch { .. }
            | Self::ProductName(_)
            | Self::ProductNotAccepted(_) => SnpCheck::Product,
            Self::ReportSignature => SnpCheck::ReportSignature,
            Self::RevocationListMissing | Self::RevocationList(_) | Self::Revoked => SnpCheck::Revocation,
            Self::ChipId { .. } | Self::MaskedChipId => SnpCheck::Chip,
            Self::VersionsReserved(_) | Self::VersionsMismatch { .. } | Self::VersionsOrder(_) => {
                SnpCheck::FirmwareVersions
            }
            Self::BelowFloor { .. }
            | Self::Mitigations { .. }
            | Self::AliasCheck
            | Self::Advisory(_)
            | Self::GraceOver { .. } => SnpCheck::TcbStatus,
            Self::Debug => SnpCheck::DebugOff,
            Self::MigrationAgent
            | Self::MigrationAgentBound
            | Self::GuestPermits(_)
            | Self::GuestLacks(_)
            | Self::GuestAbi { .. } => SnpCheck::GuestPolicy,
            Self::Vmpl { .. } => SnpCheck::Vmpl,
            Self::PlatformSmt | Self::PlatformLacks(_) => SnpCheck::PlatformConfiguration,
            Self::Measurement { .. } | Self::HostData { .. } | Self::IdKey { .. } | Self::AuthorKey { .. } => {
                SnpCheck::Measurement
            }
            Self::ReportData => SnpCheck::ReportData,
        }
    }
}
