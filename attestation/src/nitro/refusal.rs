//! Why a Nitro document is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::NitroCheck;
use crate::{CertificateHash, Excerpt, cbor::CborFault, cose::CoseFault, x509::Fault};

/// A certificate of a document's chain.
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
pub enum NitroCertificate {
    /// The first of the bundle.
    #[codec(index = 0)]
    Root,
    /// One of the bundle, by its position after the root.
    #[codec(index = 1)]
    Authority(u8),
    /// The one whose key signs the document.
    #[codec(index = 2)]
    Document,
}

impl fmt::Display for NitroCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("root certificate"),
            Self::Authority(position) => write!(formatter, "authority {position} of the bundle"),
            Self::Document => formatter.write_str("document's certificate"),
        }
    }
}

/// A field of a document.
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
pub enum NitroField {
    /// Who issued the document: the parent instance and the enclave on it.
    #[codec(index = 0)]
    ModuleId,
    /// The hash that measurements are made with.
    #[codec(index = 1)]
    Digest,
    /// When the document was made.
    #[codec(index = 2)]
    Timestamp,
    /// The measurements.
    #[codec(index = 3)]
    Pcrs,
    /// The certificate whose key signs the document.
    #[codec(index = 4)]
    Certificate,
    /// The authorities, from the root down.
    #[codec(index = 5)]
    Cabundle,
    /// A key of the enclave's.
    #[codec(index = 6)]
    PublicKey,
    /// Whatever the enclave says.
    #[codec(index = 7)]
    UserData,
    /// What the relying party asked with.
    #[codec(index = 8)]
    Nonce,
}

impl NitroField {
    /// The field's name in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ModuleId => "module_id",
            Self::Digest => "digest",
            Self::Timestamp => "timestamp",
            Self::Pcrs => "pcrs",
            Self::Certificate => "certificate",
            Self::Cabundle => "cabundle",
            Self::PublicKey => "public_key",
            Self::UserData => "user_data",
            Self::Nonce => "nonce",
        }
    }
}

impl fmt::Display for NitroField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Why a Nitro document is refused. The SCALE indexes are frozen.
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
pub enum NitroRefusal {
    /// The policy accepts nothing, which is what a missing policy does.
    #[error("the policy accepts no documents (its maximum age is 0)")]
    #[codec(index = 0)]
    PolicyAcceptsNothing,

    /// The document is longer than is read.
    #[error("the document has {found} bytes, at most {most} are read")]
    #[codec(index = 10)]
    TooLarge {
        /// Its length.
        found: u32,
        /// The most that is read.
        most: u32,
    },
    /// The document is not a signed message in its one accepted form.
    #[error("the document is not the signed message that it should be: {0}")]
    #[codec(index = 11)]
    Message(CoseFault),
    /// The signed content is not the CBOR that it should be.
    #[error("the document's content is not the cbor that it should be: {0}")]
    #[codec(index = 12)]
    Content(CborFault),
    /// A field that every document has is missing.
    #[error("the document has no {0}, which every document has")]
    #[codec(index = 13)]
    MissingField(NitroField),
    /// A field that no document has.
    #[error("the document has a field {0}, which no document has")]
    #[codec(index = 14)]
    UnknownField(Excerpt),
    /// The module's identifier is empty, too long or not printable.
    #[error("the module id is empty, too long, or not printable ascii without spaces")]
    #[codec(index = 15)]
    ModuleId,
    /// Measurements under another hash.
    #[error("the digest is {0}, SHA384 was wanted")]
    #[codec(index = 16)]
    Digest(Excerpt),
    /// The document has no time.
    #[error("the timestamp is 0")]
    #[codec(index = 17)]
    Timestamp,
    /// No measurements, or more than there are registers.
    #[error("the document has {0} pcrs, 1 to 32 were wanted")]
    #[codec(index = 18)]
    PcrCount(u8),
    /// A register that does not exist.
    #[error("the document has a pcr {0}, they go from 0 to 31")]
    #[codec(index = 19)]
    PcrIndex(i64),
    /// A measurement that is not one of SHA-384.
    #[error("pcr {index} has {found} bytes, 48 (sha-384) were wanted")]
    #[codec(index = 20)]
    PcrLength {
        /// The register.
        index: u8,
        /// Its length.
        found: u32,
    },
    /// One of the registers that say what runs is missing.
    #[error("the document has no pcr {0}; pcr 0, 1 and 2 say what runs")]
    #[codec(index = 21)]
    PcrMissing(u8),
    /// No authorities, or more than are read.
    #[error("the bundle has {0} certificates, 1 to 8 were wanted")]
    #[codec(index = 22)]
    BundleLength(u8),
    /// A field is shorter or longer than AWS makes it.
    #[error("the {field} has {found} bytes, {least} to {most} were wanted")]
    #[codec(index = 23)]
    FieldLength {
        /// The field.
        field: NitroField,
        /// Its length.
        found: u32,
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },

    /// The bundle does not begin with the pinned root.
    #[error("the bundle begins with a certificate of sha-256 {0}, the pinned root's was wanted")]
    #[codec(index = 30)]
    UntrustedRoot(CertificateHash),
    /// A certificate of the chain is not what it has to be.
    #[error("{0}: {1}")]
    #[codec(index = 31)]
    Certificate(NitroCertificate, Fault),
    /// The document was made when a certificate of its chain was not valid.
    #[error("{certificate}: it is valid from {not_before} to {not_after}, and the document is of {timestamp}")]
    #[codec(index = 32)]
    TimestampOutside {
        /// The certificate.
        certificate: NitroCertificate,
        /// Its first second.
        not_before: u64,
        /// Its last second.
        not_after: u64,
        /// The document's time, in seconds.
        timestamp: u64,
    },

    /// The document's signature is not by its certificate's key.
    #[error("the document's signature does not verify with its certificate's key")]
    #[codec(index = 40)]
    Signature,

    /// A revocation list that was given is not what it has to be.
    #[error("revocation list {0} of those given: {1}")]
    #[codec(index = 50)]
    RevocationList(u8, Fault),
    /// A certificate names a revocation list, and none of its issuer's was given.
    #[error("{0}: it names a revocation list, and none of its issuer was given")]
    #[codec(index = 51)]
    RevocationListMissing(NitroCertificate),
    /// A certificate is revoked.
    #[error("{0}: its issuer has revoked it")]
    #[codec(index = 52)]
    Revoked(NitroCertificate),
    /// More revocation lists than are looked at.
    #[error("{0} revocation lists were given, at most 16 are looked at")]
    #[codec(index = 53)]
    RevocationListCount(u32),

    /// The document is from the future.
    #[error("the document is of {timestamp}, the time is {now}, and {tolerance} seconds of difference are allowed")]
    #[codec(index = 60)]
    FromTheFuture {
        /// The document's time, in seconds.
        timestamp: u64,
        /// The time of verification.
        now: u64,
        /// The policy's tolerance.
        tolerance: u64,
    },
    /// The document is older than the policy allows.
    #[error("the document is {age} seconds old, at most {most} are allowed")]
    #[codec(index = 61)]
    TooOld {
        /// Its age.
        age: u64,
        /// The policy's maximum.
        most: u64,
    },

    /// The enclave runs in debug mode, in which the host reads its console and nothing is measured.
    #[error("pcr {0} is all zero: the enclave runs in debug mode")]
    #[codec(index = 70)]
    Debug(u8),

    /// The enclave's image is not signed and the policy wants it to be.
    #[error("the enclave's image is not signed (pcr 8 is missing or all zero)")]
    #[codec(index = 80)]
    ImageSignature,

    /// The enclave's measurement is not one of the accepted ones.
    #[error("the measurement is not one of the {0} that are accepted")]
    #[codec(index = 90)]
    Measurement(u32),

    /// The caller expects nothing of the document.
    #[error("nothing was expected of public key, user data or nonce: the document would be about anything")]
    #[codec(index = 100)]
    NothingToBind,
    /// The document speaks about something else.
    #[error("the {0} is not the expected one")]
    #[codec(index = 101)]
    Binding(NitroField),
}

impl NitroRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }

    /// The check that failed.
    pub const fn check(&self) -> NitroCheck {
        match self {
            Self::PolicyAcceptsNothing => NitroCheck::Policy,
            Self::TooLarge { .. }
            | Self::Message(_)
            | Self::Content(_)
            | Self::MissingField(_)
            | Self::UnknownField(_)
            | Self::ModuleId
            | Self::Digest(_)
            | Self::Timestamp
            | Self::PcrCount(_)
            | Self::PcrIndex(_)
            | Self::PcrLength { .. }
            | Self::PcrMissing(_)
            | Self::BundleLength(_)
            | Self::FieldLength { .. } => NitroCheck::DocumentFormat,
            Self::UntrustedRoot(_) | Self::Certificate(..) | Self::TimestampOutside { .. } => {
                NitroCheck::CertificateChain
            }
            Self::Signature => NitroCheck::DocumentSignature,
            Self::RevocationList(..)
            | Self::RevocationListMissing(_)
            | Self::Revoked(_)
            | Self::RevocationListCount(_) => NitroCheck::Revocation,
            Self::FromTheFuture { .. } | Self::TooOld { .. } => NitroCheck::Freshness,
            Self::Debug(_) => NitroCheck::DebugOff,
            Self::ImageSignature => NitroCheck::ImageSignature,
            Self::Measurement(_) => NitroCheck::Measurement,
            Self::NothingToBind | Self::Binding(_) => NitroCheck::Binding,
        }
    }
}

impl From<CoseFault> for NitroRefusal {
    fn from(fault: CoseFault) -> Self {
        Self::Message(fault)
    }
}

impl From<CborFault> for NitroRefusal {
    fn from(fault: CborFault) -> Self {
        Self::Content(fault)
    }
}
