//! Keys of the contract, by name, and signatures. Needs the grant `crypto`.

pub use crate::bindings::phat::contract::crypto::Scheme;
use crate::{Error, bindings::phat::contract::crypto};

/// The public key of the key called `name`.
pub fn public_key(scheme: Scheme, name: &str) -> Result<Vec<u8>, Error> {
    crypto::public_key(scheme, name)
}

/// Signs with the key called `name`. `message` is of any length for Ed25519, and a digest of 32 bytes for
/// secp256k1.
pub fn sign(scheme: Scheme, name: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
    crypto::sign(scheme, name, message)
}

/// Whether `signature` is the signature of `message` under `public_key`.
pub fn verify(scheme: Scheme, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    crypto::verify(scheme, public_key, message, signature)
}

/// A message to sign: a context that says what is signed, then parts, each with its length in front (one
/// byte for the context, 32 bits little-endian for a part), so that no two lists of parts give the same
/// bytes. A context has at most 255 bytes; more are cut off.
pub fn message(context: &str, parts: &[&[u8]]) -> Vec<u8> {
    let context = &context.as_bytes()[..context.len().min(255)];
    let mut out = vec![context.len() as u8];
    out.extend_from_slice(context);
    for part in parts {
        out.extend_from_slice(&(part.len() as u32).to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}
