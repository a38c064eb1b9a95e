//! Why evidence of a GPU or switch, or what endorses it, is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    Architecture, ManifestSubject, NvidiaCheck, OcspFault, PassthroughMode,
    version::{DriverVersion, FirmwareVersion},
};
use crate::{CertificateHash, x509::Fault};

/// Whose chain of certificates.
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
pub enum Chain {
    /// The device's.
    #[codec(index = 0)]
    Device,
    /// That of a manifest's signer.
    #[codec(index = 1)]
    Manifest,
}

impl fmt::Display for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Device => "device",
            Self::Manifest => "manifest",
        })
    }
}

/// Which certificate.
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
pub enum NvidiaCertificate {
    /// The first of a chain: of the key that signs reports, or that signed a manifest.
    #[codec(index = 0)]
    Leaf(Chain),
    /// An authority, by its place above the leaf.
    #[codec(index = 1)]
    Authority(Chain, u8),
    /// The root.
    #[codec(index = 2)]
    Root(Chain),
    /// That of an OCSP responder.
    #[codec(index = 3)]
    Responder,
}

impl NvidiaCertificate {
    /// The certificate at a place of a chain below its root.
    pub(super) const fn at(chain: Chain, place: u8) -> Self {
        match place {
            0 => Self::Leaf(chain),
            place => Self::Authority(chain, place),
        }
    }

    const fn check(self) -> NvidiaCheck {
        match self {
            Self::Leaf(Chain::Device) | Self::Authority(Chain::Device, _) | Self::Root(Chain::Device) => {
                NvidiaCheck::CertificateChain
            }
            Self::Leaf(Chain::Manifest) | Self::Authority(Chain::Manifest, _) | Self::Root(Chain::Manifest) => {
                NvidiaCheck::ManifestChain
            }
            Self::Responder => NvidiaCheck::Revocation,
        }
    }

    const fn revocation_check(self) -> NvidiaCheck {
        match self {
            Self::Leaf(Chain::Manifest) | Self::Authority(Chain::Manifest, _) | Self::Root(Chain::Manifest) => {
                NvidiaCheck::ManifestRevocation
            }
            Self::Leaf(Chain::Device)
            | Self::Authority(Chain::Device, _)
            | Self::Root(Chain::Device)
            | Self::Responder => NvidiaCheck::Revocation,
        }
    }
}

impl fmt::Display for NvidiaCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(chain) => write!(formatter, "{chain} certificate"),
            Self::Authority(chain, place) => write!(formatter, "{chain} authority {place}"),
            Self::Root(chain) => write!(formatter, "{chain} root"),
            Self::Responder => formatter.write_str("ocsp responder's certificate"),
        }
    }
}

/// Why evidence is refused. Indexes are frozen.
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
#[expect(missing_docs, reason = "each variant's text says what was found and what was wanted")]
pub enum NvidiaRefusal {
    #[error("the policy accepts no architecture")]
    #[codec(index = 0)]
    PolicyAcceptsNothing,

    #[error("the report has {found} bytes, and at most 16384 are read")]
    #[codec(index = 10)]
    ReportTooLarge { found: u32 },
    #[error("the report's lengths do not add up to its end")]
    #[codec(index = 11)]
    ReportLengths,
    #[error("spdm version {0:#04x}, not 1.1 (0x11)")]
    #[codec(index = 12)]
    SpdmVersion(u8),
    #[error("the request begins with {0:02x?}, not [e0, 01, ff]: all measurements, signed")]
    #[codec(index = 13)]
    SpdmRequest([u8; 3]),
    #[error("the request is for certificate slot {0}, not 0")]
    #[codec(index = 14)]
    SpdmSlot(u8),
    #[error("the response begins with {0:02x?}, not [60, 00, 00]: measurements")]
    #[codec(index = 15)]
    SpdmResponse([u8; 3]),
    #[error("{count} measurement blocks in {length} bytes, not at least one in 55 bytes each")]
    #[codec(index = 16)]
    MeasurementLengths { count: u8, length: u32 },
    #[error("measurement {found} where {wanted} was to come")]
    #[codec(index = 17)]
    MeasurementIndex { found: u8, wanted: u8 },
    #[error("measurement specification {0}, not dmtf's (1)")]
    #[codec(index = 18)]
    MeasurementSpecification(u8),
    #[error("measurement type {0}, not a digest of mutable firmware (1)")]
    #[codec(index = 19)]
    MeasurementType(u8),
    #[error("measurement {index} says {block} and {value} bytes, not 51 and 48")]
    #[codec(index = 20)]
    MeasurementSize { index: u8, block: u16, value: u16 },
    #[error("the lengths of the opaque data do not add up to its end")]
    #[codec(index = 21)]
    OpaqueLengths,
    #[error("opaque field {0} is none that is known and accepted")]
    #[codec(index = 22)]
    OpaqueField(u16),
    #[error("opaque field {0} is there twice")]
    #[codec(index = 23)]
    RepeatedOpaqueField(u16),
    #[error("opaque field {0} has a value that is none of those known for it, or contradicts another field")]
    #[codec(index = 24)]
    OpaqueValue(u16),
    #[error("opaque field {0} is missing")]
    #[codec(index = 25)]
    MissingOpaqueField(u16),

    #[error("the certificate chain is not pem of certificates and nothing else, or has more than 16384 bytes")]
    #[codec(index = 30)]
    ChainEncoding,
    #[error("the {0} chain has {1} certificates, not 3 to 6")]
    #[codec(index = 31)]
    ChainLength(Chain, u8),
    #[error("the {0} chain ends at a certificate of sha-256 {1}, and the pinned root's is wanted")]
    #[codec(index = 32)]
    UntrustedRoot(Chain, CertificateHash),
    #[error("the {0}: {1}")]
    #[codec(index = 33)]
    Certificate(NvidiaCertificate, Fault),
    #[error("the device's certificates do not agree on a name for it")]
    #[codec(index = 34)]
    DeviceName,
    #[error("the chip is none that is known: not gh100, gb1xx, gb2xx or ls10")]
    #[codec(index = 35)]
    UnknownChip,
    #[error("the policy has no floor for {0} devices, so it refuses them")]
    #[codec(index = 36)]
    Architecture(Architecture),
    #[error("the certificate does not say in one of the two known forms which firmware has its key")]
    #[codec(index = 37)]
    FirmwareIdEncoding,
    #[error("the certificate names another device's key than its issuer's")]
    #[codec(index = 38)]
    DeviceKey,
    #[error("the report is by other firmware than that of the certificate (fwid)")]
    #[codec(index = 39)]
    FirmwareId,
    #[error("the report's signature does not verify with the device's key")]
    #[codec(index = 40)]
    ReportSignature,

    #[error("no response of the revocation service is about the {0}")]
    #[codec(index = 50)]
    MissingRevocation(NvidiaCertificate),
    #[error("an ocsp response has more than 8192 bytes")]
    #[codec(index = 51)]
    OcspTooLarge,
    #[error("an ocsp response is not well-formed der of its profile, or has a critical extension")]
    #[codec(index = 52)]
    OcspMalformed,
    #[error("an ocsp response has status {0}, not successful (0)")]
    #[codec(index = 53)]
    OcspStatus(u8),
    #[error("an ocsp response names its certificate by another hash than sha-256 or sha-384")]
    #[codec(index = 54)]
    OcspHash,
    #[error("an ocsp response is signed neither by the certificate's issuer nor by a responder that it certified")]
    #[codec(index = 55)]
    OcspSignature,
    #[error("an ocsp response is of {this_update}, and the time is {now}")]
    #[codec(index = 56)]
    OcspNotYetValid { this_update: u64, now: u64 },
    #[error("an ocsp response counted until {not_after}, and the time is {now}")]
    #[codec(index = 57)]
    OcspExpired { not_after: u64, now: u64 },
    #[error("an ocsp response, or its request, has no nonce where one was wanted")]
    #[codec(index = 58)]
    OcspNonceMissing,
    #[error("an ocsp response answers another nonce than the request's")]
    #[codec(index = 59)]
    OcspNonce,
    #[error("the {certificate} is revoked (reason {reason})")]
    #[codec(index = 60)]
    Revoked { certificate: NvidiaCertificate, reason: u8 },
    #[error("the {0} is on hold, and the policy does not allow it")]
    #[codec(index = 61)]
    OnHold(NvidiaCertificate),
    #[error("the revocation service does not know the {0}")]
    #[codec(index = 62)]
    UnknownToResponder(NvidiaCertificate),
    #[error("there are {0} ocsp responses, and at most 32 are read")]
    #[codec(index = 64)]
    OcspCount(u32),
    #[error("the {0} manifest was checked under a policy that demanded less about revocation than this one")]
    #[codec(index = 63)]
    ManifestRevocation(ManifestSubject),

    #[error("a response of the revocation service about a manifest's certificate is refused: {0}")]
    #[codec(index = 65)]
    ManifestResponse(OcspFault),

    #[error("the manifest has {found} bytes, and at most 65535 are read")]
    #[codec(index = 70)]
    ManifestTooLarge { found: u32 },
    #[error("the manifest is not xml in the one form of elements, attributes and plain text")]
    #[codec(index = 71)]
    ManifestXml,
    #[error("the manifest does not have the elements and attributes of a signed measurement manifest, in their order")]
    #[codec(index = 72)]
    ManifestForm,
    #[error("the manifest is signed by another method than ecdsa-sha384 over canonical xml 1.1, enveloped")]
    #[codec(index = 73)]
    ManifestAlgorithm,
    #[error("the manifest's contents are not those that were signed (digest)")]
    #[codec(index = 74)]
    ManifestDigest,
    #[error("the manifest's signature does not verify with its signer's key")]
    #[codec(index = 75)]
    ManifestSignature,
    #[error("entry {0} of the manifest is not a measurement with its digests")]
    #[codec(index = 76)]
    ManifestEntry(u16),
    #[error("the manifest has measurement {0} twice")]
    #[codec(index = 77)]
    RepeatedManifestEntry(u8),
    #[error("the manifest has no active measurement")]
    #[codec(index = 78)]
    ManifestEmpty,
    #[error("the manifest's version is neither a driver's nor a firmware's")]
    #[codec(index = 79)]
    ManifestVersionForm,
    #[error("the {0} manifest was checked against another root")]
    #[codec(index = 80)]
    ManifestRoot(ManifestSubject),
    #[error("the {0} manifest's time: {1}")]
    #[codec(index = 81)]
    ManifestTime(ManifestSubject, Fault),
    #[error("the {0} manifest is for another chip")]
    #[codec(index = 82)]
    ManifestChip(ManifestSubject),
    #[error("a manifest is for driver {found}, and the device has another or none")]
    #[codec(index = 83)]
    ManifestDriver { found: DriverVersion },
    #[error("a manifest is for firmware {found}, and the device has {device}")]
    #[codec(index = 84)]
    ManifestFirmware { found: FirmwareVersion, device: FirmwareVersion },
    #[error("there are two {0} manifests")]
    #[codec(index = 85)]
    RepeatedManifest(ManifestSubject),
    #[error("there is no {0} manifest")]
    #[codec(index = 86)]
    MissingManifest(ManifestSubject),
    #[error("both manifests say what measurement {0} has to be")]
    #[codec(index = 87)]
    ManifestConflict(u8),
    #[error("measurement {index} is none of those in the {subject} manifest")]
    #[codec(index = 88)]
    Measurement { subject: ManifestSubject, index: u8 },

    #[error("the device's certificate says that it is debugged, in recovery or not secure (flags {0:#010x})")]
    #[codec(index = 90)]
    Debug(u32),
    #[error("driver {found} is older than {floor}")]
    #[codec(index = 91)]
    Driver { found: DriverVersion, floor: DriverVersion },
    #[error("firmware {found} is older than {floor}")]
    #[codec(index = 92)]
    Firmware { found: FirmwareVersion, floor: FirmwareVersion },
    #[error("the device's mode is {0}, and the policy does not allow it")]
    #[codec(index = 93)]
    PassthroughMode(PassthroughMode),

    #[error("the evidence does not answer the expected nonce")]
    #[codec(index = 100)]
    Nonce,
    #[error("the same evidence counts once, and it is there twice")]
    #[codec(index = 101)]
    RepeatedEvidence,
    #[error("two pieces of evidence are of the same device")]
    #[codec(index = 102)]
    RepeatedDevice,
}

impl NvidiaRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> NvidiaCheck {
        match self {
            Self::PolicyAcceptsNothing => NvidiaCheck::Policy,
            Self::ReportTooLarge { .. }
            | Self::ReportLengths
            | Self::SpdmVersion(_)
            | Self::SpdmRequest(_)
            | Self::SpdmSlot(_)
            | Self::SpdmResponse(_)
            | Self::MeasurementLengths { .. }
            | Self::MeasurementIndex { .. }
            | Self::MeasurementSpecification(_)
            | Self::MeasurementType(_)
            | Self::MeasurementSize { .. }
            | Self::OpaqueLengths
            | Self::OpaqueField(_)
            | Self::RepeatedOpaqueField(_) => NvidiaCheck::ReportFormat,
            Self::OpaqueValue(_) | Self::MissingOpaqueField(_) | Self::FirmwareId => NvidiaCheck::Description,
            Self::ChainEncoding => NvidiaCheck::CertificateChain,
            Self::ChainLength(chain, _) | Self::UntrustedRoot(chain, _) => NvidiaCertificate::Root(*chain).check(),
            Self::Certificate(certificate, _) => certificate.check(),
            Self::DeviceName
            | Self::UnknownChip
            | Self::Architecture(_)
            | Self::FirmwareIdEncoding
            | Self::DeviceKey => NvidiaCheck::DeviceIdentity,
            Self::ReportSignature => NvidiaCheck::ReportSignature,
            Self::MissingRevocation(certificate)
            | Self::Revoked { certificate, .. }
            | Self::OnHold(certificate)
            | Self::UnknownToResponder(certificate) => certificate.revocation_check(),
            Self::OcspTooLarge
            | Self::OcspCount(_)
            | Self::OcspMalformed
            | Self::OcspStatus(_)
            | Self::OcspHash
            | Self::OcspSignature
            | Self::OcspNotYetValid { .. }
            | Self::OcspExpired { .. }
            | Self::OcspNonceMissing
            | Self::OcspNonce => NvidiaCheck::Revocation,
            Self::ManifestRevocation(_) | Self::ManifestResponse(_) => NvidiaCheck::ManifestRevocation,
            Self::ManifestTooLarge { .. }
            | Self::ManifestXml
            | Self::ManifestForm
            | Self::ManifestAlgorithm
            | Self::ManifestEntry(_)
            | Self::RepeatedManifestEntry(_)
            | Self::ManifestEmpty
            | Self::ManifestVersionForm => NvidiaCheck::ManifestFormat,
            Self::ManifestRoot(_) | Self::ManifestTime(..) => NvidiaCheck::ManifestChain,
            Self::ManifestDigest | Self::ManifestSignature => NvidiaCheck::ManifestSignature,
            Self::ManifestChip(_)
            | Self::ManifestDriver { .. }
            | Self::ManifestFirmware { .. }
            | Self::RepeatedManifest(_)
            | Self::MissingManifest(_)
            | Self::ManifestConflict(_)
            | Self::Measurement { .. } => NvidiaCheck::Measurements,
            Self::Debug(_) => NvidiaCheck::DebugOff,
            Self::Driver { .. } | Self::Firmware { .. } => NvidiaCheck::Versions,
            Self::PassthroughMode(_) => NvidiaCheck::PassthroughMode,
            Self::Nonce => NvidiaCheck::Nonce,
            Self::RepeatedEvidence | Self::RepeatedDevice => NvidiaCheck::Distinct,
        }
    }
}
