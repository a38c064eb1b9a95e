//! The pinned root of Nitro documents, and what a caller gives beside a document.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{CheckedAuthorities, MAX_CERTIFICATE_BYTES, NitroCertificate, NitroRefusal, chain};
use crate::{
    RootId,
    domain::sha256,
    signature::{self, PublicKey},
};

/// A root of trust for Nitro documents: one P-384 key and the one certificate that carries it.
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
#[serde(deny_unknown_fields)]
pub struct NitroRoot {
    /// x ‖ y, big-endian.
    #[serde(with = "hex::serde")]
    public_key: [u8; 96],
    /// SHA-256 of the self-signed certificate's DER encoding.
    #[serde(with = "hex::serde")]
    certificate: [u8; 32],
}

impl NitroRoot {
    /// "aws.nitro-enclaves", the root G1 of AWS's commercial partitions, valid until October 2049.
    pub const fn aws() -> Self {
        Self { public_key: AWS_PUBLIC_KEY, certificate: AWS_CERTIFICATE }
    }

    /// The root in a self-signed DER certificate, which the caller trusts for reasons of its own.
    ///
    /// # Errors
    /// If it is not an authority's certificate, or its own signature does not verify.
    pub fn from_certificate(der: &[u8]) -> Result<Self, NitroRefusal> {
        let of_root = |fault| NitroRefusal::Certificate(NitroCertificate::Root, fault);
        let (certificate, public_key) = chain::parse(der).map_err(of_root)?;
        certificate.require_authority(0).map_err(of_root)?;
        let key = PublicKey::P384(public_key);
        certificate.require_issued_by(certificate.subject, key, &signature::Fastest::default()).map_err(of_root)?;
        Ok(Self { public_key: *public_key, certificate: sha256(der) })
    }

    /// The hash of the public key.
    pub fn id(&self) -> RootId {
        RootId(sha256(&self.public_key))
    }

    /// The public key, x ‖ y.
    pub const fn public_key(&self) -> &[u8; 96] {
        &self.public_key
    }

    /// Whether this is AWS's own root.
    pub fn is_aws(&self) -> bool {
        *self == Self::aws()
    }

    /// Whether `der` is this root's certificate.
    pub(super) fn is_certificate(&self, der: &[u8]) -> bool {
        der.len() <= MAX_CERTIFICATE_BYTES && sha256(der) == self.certificate
    }
}

/// What a document is verified against.
#[derive(Clone, Copy, Debug)]
pub struct NitroEndorsements<'a> {
    /// The root that the document's chain must begin with.
    pub root: NitroRoot,
    /// Revocation lists (DER). Those of authorities in the chain are used, others are not.
    pub revocation_lists: &'a [&'a [u8]],
    /// Authorities whose signatures were verified before; their times and revocation are checked all the same.
    pub checked_authorities: Option<&'a CheckedAuthorities>,
}

impl NitroEndorsements<'static> {
    /// AWS's own root, and nothing else.
    pub const fn aws() -> Self {
        Self::of_root(NitroRoot::aws())
    }

    /// `root`, and nothing else.
    pub const fn of_root(root: NitroRoot) -> Self {
        Self { root, revocation_lists: &[], checked_authorities: None }
    }
}

const AWS_PUBLIC_KEY: [u8; 96] = [
    0xfc, 0x02, 0x54, 0xeb, 0xa6, 0x08, 0xc1, 0xf3, 0x68, 0x70, 0xe2, 0x9a, 0xda, 0x90, 0xbe, 0x46, 0x38, 0x32, 0x92,
    0x73, 0x6e, 0x89, 0x4b, 0xff, 0xf6, 0x72, 0xd9, 0x89, 0x44, 0x4b, 0x50, 0x51, 0xe5, 0x34, 0xa4, 0xb1, 0xf6, 0xdb,
    0xe3, 0xc0, 0xbc, 0x58, 0x1a, 0x32, 0xb7, 0xb1, 0x76, 0x07, 0x0e, 0xde, 0x12, 0xd6, 0x9a, 0x3f, 0xea, 0x21, 0x1b,
    0x66, 0xe7, 0x52, 0xcf, 0x7d, 0xd1, 0xdd, 0x09, 0x5f, 0x6f, 0x13, 0x70, 0xf4, 0x17, 0x08, 0x43, 0xd9, 0xdc, 0x10,
    0x01, 0x21, 0xe4, 0xcf, 0x63, 0x01, 0x28, 0x09, 0x66, 0x44, 0x87, 0xc9, 0x79, 0x62, 0x84, 0x30, 0x4d, 0xc5, 0x3f,
    0xf4,
];

const AWS_CERTIFICATE: [u8; 32] = [
    0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46, 0x31, 0x95, 0xd6, 0x06, 0x31, 0x7e, 0xd7, 0xcd,
    0xcc, 0x3c, 0x17, 0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79, 0xbb, 0x5b,
];
