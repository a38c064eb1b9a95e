//! The pinned roots of trust.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    Document, IntelRefusal, RootId,
    domain::sha256,
    intel::certificate::{Certificate, ROOT_NAME, Role},
    signature::{self, SignatureVerifier},
};

/// A root of trust for Intel-shaped evidence: one P-256 key and the one certificate that carries it.
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
pub struct IntelRoot {
    /// x ‖ y, big-endian.
    #[serde(with = "hex::serde")]
    public_key: [u8; 64],
    /// SHA-256 of the self-signed certificate's DER encoding.
    #[serde(with = "hex::serde")]
    certificate: [u8; 32],
}

impl IntelRoot {
    /// "Intel SGX Root CA", valid until the end of 2049.
    pub const fn intel() -> Self {
        Self { public_key: INTEL_PUBLIC_KEY, certificate: INTEL_CERTIFICATE }
    }

    /// The root in a self-signed DER certificate, which the caller trusts for reasons of its own. Its name must
    /// be "Intel SGX Root CA", which is the role: the organisation in it may be anyone.
    ///
    /// # Errors
    /// If it is not such a certificate, or its own signature does not verify.
    pub fn from_certificate(der: &[u8]) -> Result<Self, IntelRefusal> {
        let certificate = Certificate::parse(der, Document::Root)?;
        certificate.require_role(Role::Root)?;
        if certificate.issuer != certificate.subject {
            return Err(IntelRefusal::Issuer(Document::Root));
        }
        certificate.require_signature(&signature::Fastest::default(), &certificate.public_key)?;
        Ok(Self { public_key: certificate.public_key, certificate: sha256(der) })
    }

    /// The hash of the public key.
    pub fn id(&self) -> RootId {
        RootId(sha256(&self.public_key))
    }

    /// The public key, x ‖ y.
    pub const fn public_key(&self) -> &[u8; 64] {
        &self.public_key
    }

    /// Whether this is Intel's own root.
    pub fn is_intel(&self) -> bool {
        *self == Self::intel()
    }

    /// Requires that `der` is this root's certificate, or another one that this root signed for its own key.
    pub(crate) fn require_certificate(
        &self,
        der: &[u8],
        verifier: &impl SignatureVerifier,
    ) -> Result<(), IntelRefusal> {
        if sha256(der) == self.certificate {
            return Ok(());
        }
        let certificate = Certificate::parse(der, Document::Root)?;
        if certificate.public_key != self.public_key {
            return Err(IntelRefusal::UntrustedRoot(RootId(sha256(&certificate.public_key))));
        }
        certificate.require_role(Role::Root)?;
        certificate.require_signature(verifier, &self.public_key)
    }
}

const _: () = assert!(ROOT_NAME.len() == 17);

const INTEL_PUBLIC_KEY: [u8; 64] = [
    0x0b, 0xa9, 0xc4, 0xc0, 0xc0, 0xc8, 0x61, 0x93, 0xa3, 0xfe, 0x23, 0xd6, 0xb0, 0x2c, 0xda, 0x10, 0xa8, 0xbb, 0xd4,
    0xe8, 0x8e, 0x48, 0xb4, 0x45, 0x85, 0x61, 0xa3, 0x6e, 0x70, 0x55, 0x25, 0xf5, 0x67, 0x91, 0x8e, 0x2e, 0xdc, 0x88,
    0xe4, 0x0d, 0x86, 0x0b, 0xd0, 0xcc, 0x4e, 0xe2, 0x6a, 0xac, 0xc9, 0x88, 0xe5, 0x05, 0xa9, 0x53, 0x55, 0x8c, 0x45,
    0x3f, 0x6b, 0x09, 0x04, 0xae, 0x73, 0x94,
];

const INTEL_CERTIFICATE: [u8; 32] = [
    0x44, 0xa0, 0x19, 0x6b, 0x2b, 0x99, 0xf8, 0x89, 0xb8, 0xe1, 0x49, 0xe9, 0x5b, 0x80, 0x7a, 0x35, 0x0e, 0x74, 0x24,
    0x96, 0x43, 0x99, 0xe8, 0x85, 0xa7, 0xcb, 0xb8, 0xcc, 0xfa, 0xb6, 0x74, 0xd3,
];
