//! The authorities that certify Intel's platforms, and which of them certified the one behind a quote.
//!
//! TCB information is about a platform family and names no authority: with that of either, and the list of that one, it
//! is genuine collateral. Which set a quote is judged by, the quote's own certificates say.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    certificate::{Certificate, PLATFORM_CA_NAME, PROCESSOR_CA_NAME, Role},
    quote::{Quote, environment_of},
};
use crate::{Document, IntelRefusal, domain, pem};

/// An authority for platforms' certificates: a hash of its public key and of what it certifies. Another key under the
/// same name is another authority, with lists of its own; so is the same key under the other name.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct AuthorityId(#[serde(with = "hex::serde")] pub [u8; 32]);

impl AuthorityId {
    fn of(kind: AuthorityKind, public_key: &[u8; 64]) -> Self {
        Self(domain::hash(domain::AUTHORITY, &[kind.name().as_bytes(), public_key]))
    }
}

/// The authority that issued the platforms' certificates and signed the list of revoked ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct Authority {
    pub(crate) kind: AuthorityKind,
    pub(crate) public_key: [u8; 64],
    /// SHA-256 of its DER encoding.
    pub(crate) certificate: [u8; 32],
}

/// Which of Intel's two authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) enum AuthorityKind {
    /// For multi-package platforms.
    Platform,
    /// For single-package platforms.
    Processor,
}

impl AuthorityKind {
    /// The one that `certificate` is of by its name, if it is an authority's. Who signed it is not looked at.
    fn of(certificate: &Certificate<'_>) -> Result<Self, IntelRefusal> {
        certificate.require_role(Role::PckCa)?;
        let is_named = |kind: &Self| kind.name() == certificate.common_name();
        let kind = [Self::Platform, Self::Processor].into_iter().find(is_named);
        kind.ok_or(IntelRefusal::CertificateName(Document::PckCa))
    }

    /// Its common name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Platform => PLATFORM_CA_NAME,
            Self::Processor => PROCESSOR_CA_NAME,
        }
    }
}

impl Authority {
    /// The one that `certificate` is about, whose encoding is `encoding`. Who signed it is not looked at.
    pub(crate) fn of(certificate: &Certificate<'_>, encoding: &[u8]) -> Result<Self, IntelRefusal> {
        Ok(Self {
            kind: AuthorityKind::of(certificate)?,
            public_key: certificate.public_key,
            certificate: domain::sha256(encoding),
        })
    }

    pub(crate) fn id(&self) -> AuthorityId {
        AuthorityId::of(self.kind, &self.public_key)
    }
}

/// The authority that a quote of either kind says it is from, by which its collateral is found.
///
/// Nothing is verified here, and nothing has to be: a quote passes [`crate::verify_tdx`] or [`crate::verify_sgx`] only
/// if this is the authority of the collateral that it is judged by, whose key the root has certified.
///
/// # Errors
/// A [`IntelRefusal`] if the quote or its certificate of the authority cannot be read.
pub fn authority_of(quote: &[u8]) -> Result<AuthorityId, IntelRefusal> {
    let quote = Quote::parse(quote, environment_of(quote)?)?;
    let encoding = pem::second_of_three_certificates(quote.chain).ok_or(IntelRefusal::ChainEncoding)?;
    let certificate = Certificate::parse(&encoding, Document::PckCa)?;
    Ok(AuthorityId::of(AuthorityKind::of(&certificate)?, &certificate.public_key))
}
