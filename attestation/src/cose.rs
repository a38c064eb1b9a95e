//! Signed messages: `COSE_Sign1` (RFC 9052 §4.2) in the one form that evidence has.
//!
//! The protected header says the algorithm and nothing else; the unprotected header, which nobody signs, is
//! empty; the payload is inside. A header that is not known is refused, whether or not it is marked critical.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    cbor::{Cbor, CborFault, Key},
    signature::{PublicKey, Scheme, SignatureVerifier},
};

/// What is wrong with a signed message.
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
    thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum CoseFault {
    /// Not the CBOR that it should be.
    #[error(transparent)]
    #[codec(index = 0)]
    Cbor(CborFault),
    /// Another tag than the one for `COSE_Sign1`.
    #[error("the message has the cbor tag {0}, 18 (cose_sign1) was wanted")]
    #[codec(index = 1)]
    Tag(u64),
    /// No tag, where one is required.
    #[error("the message has no cbor tag, 18 (cose_sign1) was wanted")]
    #[codec(index = 2)]
    Untagged,
    /// Not the four fields of a `COSE_Sign1`.
    #[error("the message has {0} fields, 4 were wanted")]
    #[codec(index = 3)]
    Fields(u8),
    /// The protected header says no algorithm.
    #[error("the protected header says no algorithm")]
    #[codec(index = 4)]
    NoAlgorithm,
    /// An algorithm that this evidence is not signed with.
    #[error("the algorithm is {0}, which this evidence is not signed with")]
    #[codec(index = 5)]
    Algorithm(i64),
    /// The protected header names critical headers.
    #[error("the protected header has a list of critical headers, none are known")]
    #[codec(index = 6)]
    CriticalHeaders,
    /// The protected header says something else than the algorithm.
    #[error("the protected header says more than the algorithm")]
    #[codec(index = 7)]
    ProtectedHeader,
    /// The unprotected header says an algorithm.
    #[error("the unprotected header says an algorithm, only the protected one may")]
    #[codec(index = 8)]
    UnprotectedAlgorithm,
    /// The unprotected header is not empty.
    #[error("the unprotected header is not empty")]
    #[codec(index = 9)]
    UnprotectedHeader,
    /// The payload is not in the message.
    #[error("the payload is not in the message")]
    #[codec(index = 10)]
    DetachedPayload,
    /// The signature does not have the algorithm's length.
    #[error("the signature has {found} bytes, {wanted} were wanted")]
    #[codec(index = 11)]
    SignatureLength {
        /// The bytes that are there.
        found: u32,
        /// The bytes that the algorithm makes.
        wanted: u32,
    },
}

impl From<CborFault> for CoseFault {
    fn from(fault: CborFault) -> Self {
        Self::Cbor(fault)
    }
}

/// The signature algorithms (RFC 9053 §2.1) that evidence has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Es384,
}

impl Algorithm {
    const fn from_number(number: i64) -> Option<Self> {
        match number {
            -7 => Some(Self::Es256),
            -35 => Some(Self::Es384),
            _ => None,
        }
    }

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Es384 => -35,
        }
    }

    /// r ‖ s.
    const fn signature_bytes(self) -> usize {
        match self {
            Self::Es256 => 64,
            Self::Es384 => 96,
        }
    }

    /// RFC 9053 leaves the curve open; evidence uses the one of the hash's strength.
    const fn scheme(self) -> Scheme {
        match self {
            Self::Es256 => Scheme::EcdsaP256Sha256,
            Self::Es384 => Scheme::EcdsaP384Sha384,
        }
    }
}

/// Whether a message has to carry the tag of `COSE_Sign1`.
#[derive(Clone, Copy)]
pub(crate) enum Tagging {
    Required,
    Optional,
}

/// A signed message, whose signature is not verified yet.
pub(crate) struct Sign1<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) payload: &'a [u8],
    protected: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Sign1<'a> {
    /// Parses a message that `bytes` consist of.
    pub(crate) fn parse(bytes: &'a [u8], tagging: Tagging) -> Result<Self, CoseFault> {
        Cbor::whole(bytes, |cbor| {
            match (cbor.tag()?, tagging) {
                (Some(TAG), _) | (None, Tagging::Optional) => (),
                (Some(other), _) => return Err(CoseFault::Tag(other)),
                (None, Tagging::Required) => return Err(CoseFault::Untagged),
            }
            match cbor.array(usize::from(u8::MAX))? {
                4 => (),
                other => return Err(CoseFault::Fields(u8::try_from(other).unwrap_or(u8::MAX))),
            }
            let protected = cbor.bytes()?;
            let algorithm = algorithm(protected)?;
            require_empty_unprotected(cbor)?;
            if cbor.is_null() {
                return Err(CoseFault::DetachedPayload);
            }
            let payload = cbor.bytes()?;
            let signature = cbor.bytes()?;
            if signature.len() != algorithm.signature_bytes() {
                let [found, wanted] = [signature.len(), algorithm.signature_bytes()]
                    .map(|length| u32::try_from(length).unwrap_or(u32::MAX));
                return Err(CoseFault::SignatureLength { found, wanted });
            }
            Ok(Self { algorithm, payload, protected, signature })
        })
    }

    /// Whether `key` signed it, without external data.
    pub(crate) fn is_signed_by(&self, key: PublicKey<'_>, verifier: &impl SignatureVerifier) -> bool {
        verifier.verify(self.algorithm.scheme(), key, &self.signed(), self.signature)
    }

    /// `Sig_structure` (RFC 9052 §4.4).
    fn signed(&self) -> Vec<u8> {
        const CONTEXT: &[u8] = b"\x84\x6aSignature1";
        const NO_EXTERNAL_DATA: u8 = 0x40;
        let mut signed = Vec::with_capacity(CONTEXT.len() + self.protected.len() + self.payload.len() + 19);
        signed.extend_from_slice(CONTEXT);
        push_bytes(&mut signed, self.protected);
        signed.push(NO_EXTERNAL_DATA);
        push_bytes(&mut signed, self.payload);
        signed
    }
}

const TAG: u64 = 18;
const ALGORITHM: Key<'static> = Key::Integer(1);
const CRITICAL: Key<'static> = Key::Integer(2);
const MOST_HEADERS: usize = 8;

fn algorithm(protected: &[u8]) -> Result<Algorithm, CoseFault> {
    if protected.is_empty() {
        return Err(CoseFault::NoAlgorithm); // the encoding of an empty header (RFC 9052 §3)
    }
    let mut header = Cbor::whole(protected, |cbor| cbor.map(MOST_HEADERS))?;
    if header.take(CRITICAL).is_some() {
        return Err(CoseFault::CriticalHeaders);
    }
    let number = header.take(ALGORITHM).ok_or(CoseFault::NoAlgorithm)?.integer()?;
    if !header.is_empty() {
        return Err(CoseFault::ProtectedHeader);
    }
    Algorithm::from_number(number).ok_or(CoseFault::Algorithm(number))
}

fn require_empty_unprotected(cbor: &mut Cbor<'_>) -> Result<(), CoseFault> {
    let mut header = cbor.map(MOST_HEADERS)?;
    if header.take(ALGORITHM).is_some() {
        return Err(CoseFault::UnprotectedAlgorithm);
    }
    if header.is_empty() { Ok(()) } else { Err(CoseFault::UnprotectedHeader) }
}

/// A byte string in its shortest form.
fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len() as u64;
    match length {
        0..=23 => out.push(0x40 | length as u8),
        24..=0xff => out.extend_from_slice(&[0x58, length as u8]),
        0x100..=0xffff => {
            out.push(0x59);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0x5a);
            out.extend_from_slice(&(length as u32).to_be_bytes());
        }
        _ => {
            out.push(0x5b);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(bytes);
}
