//! What is wrong with a response about a manifest's certificate: the same faults that refuse a response about a
//! device's, under a name of their own, so that a refusal does not blame the device.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{NvidiaCertificate, NvidiaRefusal};
use crate::x509::Fault;

/// What is wrong with a response of the revocation service. Indexes are frozen.
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
pub enum OcspFault {
    /// It is longer than is read.
    #[error("it has more than 8192 bytes")]
    #[codec(index = 0)]
    TooLarge,
    /// It is not the DER that it has to be.
    #[error("it is not well-formed der of its profile, or has a critical extension")]
    #[codec(index = 1)]
    Malformed,
    /// The responder could not answer.
    #[error("it has status {0}, not successful (0)")]
    #[codec(index = 2)]
    Status(u8),
    /// It names its certificate by a hash that is not known.
    #[error("it names its certificate by another hash than sha-256 or sha-384")]
    #[codec(index = 3)]
    Hash,
    /// Nobody who may has signed it.
    #[error("it is signed neither by the certificate's issuer nor by a responder that it certified")]
    #[codec(index = 4)]
    Signature,
    /// It is of a later time.
    #[error("it is of {this_update}, and the time is {now}")]
    #[codec(index = 5)]
    NotYetValid {
        /// Its first second.
        this_update: u64,
        /// The time of verification.
        now: u64,
    },
    /// It counts no longer.
    #[error("it counted until {not_after}, and the time is {now}")]
    #[codec(index = 6)]
    Expired {
        /// Its last second.
        not_after: u64,
        /// The time of verification.
        now: u64,
    },
    /// It has no nonce, or its request had none.
    #[error("it, or its request, has no nonce where one was wanted")]
    #[codec(index = 7)]
    NonceMissing,
    /// It has another nonce.
    #[error("it answers another nonce than the request's")]
    #[codec(index = 8)]
    Nonce,
    /// There are more than are read.
    #[error("there are {0} of them, and at most 32 are read")]
    #[codec(index = 9)]
    Count(u32),
    /// Its signer's certificate is at fault.
    #[error("of its responder's certificate, {0}")]
    #[codec(index = 10)]
    Responder(Fault),
}

impl NvidiaRefusal {
    /// The same refusal where the response is about a manifest's certificate. Other refusals name what they are about.
    pub(super) const fn of_manifest(self) -> Self {
        Self::ManifestResponse(match self {
            Self::OcspTooLarge => OcspFault::TooLarge,
            Self::OcspMalformed => OcspFault::Malformed,
            Self::OcspStatus(status) => OcspFault::Status(status),
            Self::OcspHash => OcspFault::Hash,
            Self::OcspSignature => OcspFault::Signature,
            Self::OcspNotYetValid { this_update, now } => OcspFault::NotYetValid { this_update, now },
            Self::OcspExpired { not_after, now } => OcspFault::Expired { not_after, now },
            Self::OcspNonceMissing => OcspFault::NonceMissing,
            Self::OcspNonce => OcspFault::Nonce,
            Self::OcspCount(count) => OcspFault::Count(count),
            Self::Certificate(NvidiaCertificate::Responder, fault) => OcspFault::Responder(fault),
            other => return other,
        })
    }
}
