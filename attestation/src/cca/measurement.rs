//! What was measured into a realm.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::hash::{Hash, Hasher};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::domain;

/// A measurement or a signer: 32, 48 or 64 bytes. Realm managers fill a shorter hash up with zeros, so the length
/// does not tell the hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CcaDigest(BoundedVec<u8, ConstU32<64>>);

/// As `BoundedVec` has it, but only with the standard library.
impl Hash for CcaDigest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl CcaDigest {
    /// `None` if it has another length.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        matches!(bytes.len(), 32 | 48 | 64).then(|| Self(BoundedVec::truncate_from(bytes.to_vec())))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for CcaDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hex::serde::serialize(self.as_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for CcaDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: alloc::vec::Vec<u8> = hex::serde::deserialize(deserializer)?;
        Self::new(&bytes).ok_or_else(|| D::Error::invalid_length(bytes.len(), &"32, 48 or 64 bytes"))
    }
}

/// A hash, by its name in the IANA registry of textual hash names.
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
pub enum CcaHash {
    /// SHA-256.
    #[serde(rename = "sha-256")]
    #[codec(index = 0)]
    Sha256,
    /// SHA-384.
    #[serde(rename = "sha-384")]
    #[codec(index = 1)]
    Sha384,
    /// SHA-512.
    #[serde(rename = "sha-512")]
    #[codec(index = 2)]
    Sha512,
}

impl CcaHash {
    /// The hash of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha-256" => Some(Self::Sha256),
            "sha-384" => Some(Self::Sha384),
            "sha-512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Whether `digest` is this hash of `bytes`.
    pub(super) fn is_of(self, bytes: &[u8], digest: &[u8]) -> bool {
        match self {
            Self::Sha256 => Sha256::digest(bytes).as_slice() == digest,
            Self::Sha384 => Sha384::digest(bytes).as_slice() == digest,
            Self::Sha512 => Sha512::digest(bytes).as_slice() == digest,
        }
    }
}

/// What was measured into a realm. Source: RMM specification, "Realm measurement and attestation".
#[derive(
    Clone,
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
#[serde(deny_unknown_fields)]
pub struct CcaMeasurement {
    /// The hash that they are made with.
    pub hash: CcaHash,
    /// Initial memory and configuration (RIM).
    pub initial: CcaDigest,
    /// The registers that programs in the realm extend (REM), 0 to 3.
    pub extensible: [CcaDigest; 4],
    /// What the host said about the realm when it made it.
    #[serde(with = "hex::serde")]
    pub personalization: [u8; 64],
}

impl CcaMeasurement {
    /// SHA-256 over the hash's index, RIM, REM 0 to 3 and personalization, each length-prefixed, under a context of
    /// its own.
    pub fn id(&self) -> [u8; 32] {
        let [rem0, rem1, rem2, rem3] = &self.extensible;
        domain::hash(
            domain::CCA_MEASUREMENT,
            &[
                &self.hash.encode(),
                self.initial.as_bytes(),
                rem0.as_bytes(),
                rem1.as_bytes(),
                rem2.as_bytes(),
                rem3.as_bytes(),
                &self.personalization,
            ],
        )
    }
}
