//! A contract's named signing keys.
//!
//! Each comes from the contract's signing secret by HKDF-SHA256 (RFC 5869); the info names the network, the
//! contract, the scheme and the key's name. The key epoch is in the secret already.

use adyton_protocol::domain;
use ed25519_dalek::Signer as _;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{ContractSecrets, KeysError};

/// The longest name of a key, in bytes.
const MAX_NAME: usize = 64;

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Ed25519 (RFC 8032) over a message of any length. Public key 32 bytes, signature 64.
    Ed25519,
    /// ECDSA over secp256k1 with nonces of RFC 6979, over a digest of 32 bytes. Public key 33 bytes (SEC 1,
    /// compressed); signature 65: r, s (the lower), the recovery number 0 or 1.
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

/// One key, derived when it is used and wiped after.
pub(crate) enum NamedKey {
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
}

impl NamedKey {
    pub(crate) fn derive(secrets: &ContractSecrets, scheme: Scheme, name: &str) -> Result<Self, KeysError> {
        if !(1..=MAX_NAME).contains(&name.len()) {
            return Err(KeysError::KeyName);
        }
        Ok(match scheme {
            Scheme::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&expand(secrets, scheme, name, 0))),
            Scheme::Secp256k1 => Self::Secp256k1(secp256k1(secrets, name)),
        })
    }

    pub(crate) fn secret(&self) -> Zeroizing<[u8; 32]> {
        match self {
            Self::Ed25519(key) => Zeroizing::new(key.to_bytes()),
            Self::Secp256k1(key) => Zeroizing::new(key.to_bytes().into()),
        }
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeysError> {
        match self {
            Self::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Self::Secp256k1(key) => {
                if message.len() != 32 {
                    return Err(KeysError::DigestLength(message.len()));
                }
                // The library gives the lower s and fits the recovery number to it. It fails for no digest of
                // 32 bytes but by a nonce or r of zero, which nobody has ever met.
                let (signature, recovery) =
                    key.sign_prehash_recoverable(message).map_err(|_| KeysError::DigestLength(message.len()))?;
                let mut out = signature.to_bytes().to_vec();
                out.push(recovery.to_byte());
                Ok(out)
            }
        }
    }
}

/// The first of the derived numbers that is below the curve's order and not zero: in effect always attempt 0.
fn secp256k1(secrets: &ContractSecrets, name: &str) -> k256::ecdsa::SigningKey {
    (0..=u8::MAX)
        .find_map(|attempt| {
            k256::ecdsa::SigningKey::from_slice(&*expand(secrets, Scheme::Secp256k1, name, attempt)).ok()
        })
        .expect("one attempt fails with a chance of 2^-128, 256 in a row never")
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
