//! Why a certificate or revocation list is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::asn1::NotDer;

/// What is wrong with a certificate or revocation list. Which one it is stands in the refusal around it.
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
pub enum Fault {
    /// It is longer than is read.
    #[error("it has {found} bytes, and at most {most} are read")]
    #[codec(index = 0)]
    TooLarge {
        /// Its length.
        found: u32,
        /// The most that is read.
        most: u32,
    },
    /// It is not the DER that it has to be.
    #[error("it is not well-formed der of its profile")]
    #[codec(index = 1)]
    Malformed,
    /// Its signature algorithm or key is of a kind that is not used here.
    #[error("its signature algorithm or its key is not one that is accepted")]
    #[codec(index = 2)]
    Algorithm,
    /// It has the same extension twice, a critical one that is not understood, or too many.
    #[error("it has an extension that is repeated, or critical and not understood")]
    #[codec(index = 3)]
    Extension,
    /// It names another issuer.
    #[error("its issuer is not the authority that was expected")]
    #[codec(index = 4)]
    Issuer,
    /// Its signature does not verify with its issuer's key.
    #[error("its signature does not verify with its issuer's key")]
    #[codec(index = 5)]
    Signature,
    /// Its time has not begun.
    #[error("it is valid from {not_before}, and the time is {now}")]
    #[codec(index = 6)]
    NotYetValid {
        /// Its first second.
        not_before: u64,
        /// The time of verification.
        now: u64,
    },
    /// Its time is over.
    #[error("it was valid until {not_after}, and the time is {now}")]
    #[codec(index = 7)]
    Expired {
        /// Its last second.
        not_after: u64,
        /// The time of verification.
        now: u64,
    },
    /// Basic constraints or key usage do not fit what it is used for.
    #[error("its basic constraints or key usage do not fit what it is used for")]
    #[codec(index = 8)]
    Usage,
    /// Its subject is not who it has to be.
    #[error("its subject is not the one that was expected")]
    #[codec(index = 9)]
    Subject,
    /// Its issuer has revoked it.
    #[error("it is on its issuer's revocation list")]
    #[codec(index = 10)]
    Revoked,
}

impl From<NotDer> for Fault {
    fn from(_: NotDer) -> Self {
        Self::Malformed
    }
}

impl Fault {
    /// Requires that `encoding` has at most `most` bytes.
    pub(crate) fn require_length(encoding: &[u8], most: usize) -> Result<(), Self> {
        if encoding.len() <= most {
            return Ok(());
        }
        let count = |length| u32::try_from(length).unwrap_or(u32::MAX);
        Err(Self::TooLarge { found: count(encoding.len()), most: count(most) })
    }
}
