//! The secrets of a contract's named signing keys. The engine signs with them (`worker/engine`, `crypto`).
//!
//! Each comes from the contract's signing secret by HKDF-SHA256 (RFC 5869); the info names the network, the
//! contract, the scheme and the key's name. The key epoch is in the secret already.

use adyton_protocol::domain;
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
}

impl Scheme {
    /// Its name inside the derivation; frozen.
    fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

pub(crate) fn named_secret(
    secrets: &ContractSecrets,
    scheme: Scheme,
    name: &str,
) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    if !(1..=MAX_NAME).contains(&name.len()) {
        return Err(KeysError::KeyName);
    }
    // The first attempt that is a key: for Ed25519 every one is, for secp256k1 what is below the curve's order and
    // not zero, in effect always attempt 0.
    let is_key = |bytes: &[u8; 32]| match scheme {
        Scheme::Ed25519 => true,
        Scheme::Secp256k1 => k256::SecretKey::from_slice(bytes).is_ok(),
    };
    let mut attempts = (0..=u8::MAX).map(|attempt| expand(secrets, scheme, name, attempt));
    Ok(attempts.find(|bytes| is_key(bytes)).expect("one attempt fails with a chance of 2^-128, 256 in a row never"))
}

fn expand(secrets: &ContractSecrets, scheme: Scheme, name: &str, attempt: u8) -> Zeroizing<[u8; 32]> {
    let parts: [&[u8]; 4] = [&secrets.contract.0, scheme.name().as_bytes(), name.as_bytes(), &[attempt]];
    let info = domain::encode_bound(domain::NAMED_KEY, &secrets.network, &parts);
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secrets.signing.expose())
        .expand(&info, &mut *out)
        .expect("32 bytes are below HKDF's limit of 8160");
    out
}
