//! `TPMT_SIGNATURE`: how a quote is signed.

use alloc::vec::Vec;

use super::{
    hash::HashAlgorithm,
    key::AttestationKey,
    refusal::TpmRefusal,
    wire::{Cursor, Lengths},
};
use crate::signature::{Scheme, SignatureVerifier};

/// The longest signature that is read: RSA with 4096 bits.
pub const MAX_SIGNATURE_BYTES: usize = 8 + 512;

const RSASSA: u16 = 0x0014;
const RSAPSS: u16 = 0x0016;
const ECDSA: u16 = 0x0018;

/// A quote's signature, in one of the two forms that evidence has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuoteSignature {
    /// `TPMT_SIGNATURE`, as the TPM returns it: the scheme and the signature.
    Structured(Vec<u8>),
    /// Only the signature: RSASSA-PKCS1-v1_5 with SHA-256, which is what Azure's tools record.
    RsaPkcs1Sha256(Vec<u8>),
}

/// A signature with its scheme.
pub(super) struct Signature {
    scheme: Scheme,
    pub(super) hash: HashAlgorithm,
    bytes: Vec<u8>,
}

impl QuoteSignature {
    pub(super) fn parse(&self) -> Result<Signature, TpmRefusal> {
        let bytes = match self {
            Self::Structured(bytes) | Self::RsaPkcs1Sha256(bytes) => bytes,
        };
        if bytes.len() > MAX_SIGNATURE_BYTES {
            return Err(TpmRefusal::SignatureLengths);
        }
        match self {
            Self::Structured(bytes) => structured(bytes),
            Self::RsaPkcs1Sha256(bytes) => {
                Ok(Signature { scheme: Scheme::RsaPkcs1Sha256, hash: HashAlgorithm::Sha256, bytes: bytes.clone() })
            }
        }
    }
}

impl Signature {
    /// Requires that `key` signed `message` so.
    pub(super) fn require(
        &self,
        key: &AttestationKey,
        message: &[u8],
        verifier: &impl SignatureVerifier,
    ) -> Result<(), TpmRefusal> {
        let public_key = key.public_key().ok_or(TpmRefusal::KeyType)?;
        let fits = verifier.verify(self.scheme, public_key, message, &self.bytes);
        if fits { Ok(()) } else { Err(TpmRefusal::QuoteSignature) }
    }
}

fn structured(bytes: &[u8]) -> Result<Signature, TpmRefusal> {
    let lengths = |_: Lengths| TpmRefusal::SignatureLengths;
    let mut input = Cursor::new(bytes);
    let algorithm = input.u16().map_err(lengths)?;
    let hash = input.u16().map_err(lengths)?;
    let unsupported = TpmRefusal::SignatureScheme { algorithm, hash };
    let hash = HashAlgorithm::from_id(hash).ok_or(unsupported)?;
    let (scheme, bytes) = match (algorithm, hash) {
        (RSASSA, HashAlgorithm::Sha256) => (Scheme::RsaPkcs1Sha256, input.counted().map_err(lengths)?.to_vec()),
        (RSASSA, HashAlgorithm::Sha384) => (Scheme::RsaPkcs1Sha384, input.counted().map_err(lengths)?.to_vec()),
        (RSAPSS, HashAlgorithm::Sha384) => (Scheme::RsaPssSha384, input.counted().map_err(lengths)?.to_vec()),
        (ECDSA, HashAlgorithm::Sha256) => (Scheme::EcdsaP256Sha256, coordinates::<32>(&mut input)?),
        (ECDSA, HashAlgorithm::Sha384) => (Scheme::EcdsaP384Sha384, coordinates::<48>(&mut input)?),
        _ => return Err(unsupported),
    };
    if !input.rest().is_empty() {
        return Err(TpmRefusal::SignatureLengths);
    }
    Ok(Signature { scheme, hash, bytes })
}

/// r ‖ s, each left-padded with zeros to `N` bytes.
fn coordinates<const N: usize>(input: &mut Cursor<'_>) -> Result<Vec<u8>, TpmRefusal> {
    let mut bytes = Vec::with_capacity(2 * N);
    for _ in 0..2 {
        let number = input.counted().map_err(|_| TpmRefusal::SignatureLengths)?;
        let padding = N.checked_sub(number.len()).ok_or(TpmRefusal::SignatureLengths)?;
        bytes.resize(bytes.len() + padding, 0);
        bytes.extend_from_slice(number);
    }
    Ok(bytes)
}
