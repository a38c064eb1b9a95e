//! What comes out of a contract's signing secret: named keys, and bytes for the contract itself. The engine signs and
//! opens with the keys (`worker/engine`, `crypto`).
//!
//! All of it is HKDF-SHA256 (RFC 5869) of that secret; the info begins with a context of its own for each use, and
//! names the network, the contract, and everything that was asked for. The key epoch is in the secret already.

use adyton_protocol::{
    domain::{self, Domain},
    ids::Digest,
};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{ContractSecrets, KeysError};

/// The longest name of a key, in bytes.
const MAX_NAME: usize = 64;

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Ed25519 (RFC 8032): the secret is the seed.
    Ed25519,
    /// ECDSA over secp256k1: the secret is the scalar, big-endian.
    Secp256k1,
    /// ECDSA over P-256: the secret is the scalar, big-endian.
    P256,
    /// Schnorrkel over Ristretto255: the secret is the mini secret key.
    Sr25519,
}

impl Scheme {
    /// Its name inside the derivation; frozen.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Secp256k1 => "secp256k1",
            Self::P256 => "p256",
            Self::Sr25519 => "sr25519",
        }
    }

    /// Whether `secret` is a key: any 32 bytes are for the two schemes that hash them, and what is neither zero nor
    /// beyond the curve's order for the other two.
    fn takes(self, secret: &[u8; 32]) -> bool {
        match self {
            Self::Ed25519 | Self::Sr25519 => true,
            Self::Secp256k1 => k256::SecretKey::from_slice(secret).is_ok(),
            Self::P256 => p256::SecretKey::from_slice(secret).is_ok(),
        }
    }
}

/// The first attempt that is a key of the scheme, so that each key is as likely as any other.
pub(crate) fn named_secret(
    secrets: &ContractSecrets,
    scheme: Scheme,
    name: &str,
) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    check_name(name)?;
    let attempt = |number| key(secrets, domain::NAMED_KEY, &[scheme.name().as_bytes(), name.as_bytes(), &[number]]);
    let found = (0..=u8::MAX).map(attempt).find(|secret| scheme.takes(secret));
    Ok(found.expect("one attempt fails with a chance of 2^-32 under P-256 and less under the others, 256 never"))
}

pub(crate) fn encryption_secret(secrets: &ContractSecrets, name: &str) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    check_name(name)?;
    Ok(key(secrets, domain::ENCRYPTION_KEY, &[name.as_bytes()]))
}

pub(crate) fn derived_secret(
    secrets: &ContractSecrets,
    name: &str,
    context: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    check_name(name)?;
    // The length too, because HKDF's shorter output is the beginning of its longer one.
    let size = u32::try_from(length).map_err(|_| KeysError::Length)?.to_le_bytes();
    let mut secret = Zeroizing::new(vec![0; length]);
    expand(secrets, domain::DERIVED_SECRET, &[name.as_bytes(), context, &size], &mut secret)?;
    Ok(secret)
}

pub(crate) fn calling_secret(secrets: &ContractSecrets, request: &Digest) -> Zeroizing<[u8; 32]> {
    key(secrets, domain::CONTRACT_CALL, &[&request.0])
}

pub(crate) fn seeded_random(
    secrets: &ContractSecrets,
    seed: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    // A key of its own first: HKDF hashes its info once for each 32 bytes, and a seed may be long.
    let key = key(secrets, domain::SEEDED_RANDOM, &[seed]);
    let hkdf = Hkdf::<Sha256>::from_prk(&*key).expect("32 bytes are as long as HKDF-SHA256 wants them");
    let mut bytes = Zeroizing::new(vec![0; length]);
    hkdf.expand(&[], &mut bytes).map_err(|_| KeysError::Length)?;
    Ok(bytes)
}

fn check_name(name: &str) -> Result<(), KeysError> {
    if (1..=MAX_NAME).contains(&name.len()) { Ok(()) } else { Err(KeysError::KeyName) }
}

/// The 32 bytes for `parts` in this context.
fn key(secrets: &ContractSecrets, context: Domain, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    expand(secrets, context, parts, &mut *out).expect("32 bytes are below HKDF's limit of 8160");
    out
}

/// Fills `out` with what HKDF gives for `parts` in this context.
fn expand(secrets: &ContractSecrets, context: Domain, parts: &[&[u8]], out: &mut [u8]) -> Result<(), KeysError> {
    let mut all: Vec<&[u8]> = vec![&secrets.contract.0];
    all.extend_from_slice(parts);
    let info = domain::encode_bound(context, &secrets.network, &all);
    Hkdf::<Sha256>::new(None, secrets.signing.expose()).expand(&info, out).map_err(|_| KeysError::Length)
}
