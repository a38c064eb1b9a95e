//! Keys of the contract, by name: signatures, what others seal to the contract, and secrets for its own use. Needs the
//! grant `crypto`.
//!
//! A name has 1 to 64 bytes, and names another key in each function and under each scheme. `Error::Invalid` for another
//! one.

pub use crate::bindings::phat::contract::crypto::Scheme;
use crate::{Error, bindings::phat::contract::crypto};

/// The public key of the signing key called `name`: 32 bytes for Ed25519 and sr25519, for which it is an account of
/// Substrate chains, and 33 bytes (SEC 1, compressed) for secp256k1 and P-256.
pub fn public_key(scheme: Scheme, name: &str) -> Result<Vec<u8>, Error> {
    crypto::public_key(scheme, name)
}

/// Signs with the key called `name`. `message` is of any length for Ed25519 and sr25519, and a digest of 32 bytes for
/// secp256k1 and P-256; `Error::Invalid` for another length. The signature has 64 bytes, and 65 for secp256k1.
pub fn sign(scheme: Scheme, name: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
    crypto::sign(scheme, name, message)
}

/// Whether `signature` is the signature of `message` under `public_key`; malformed ones are just not. Under P-256 two
/// signatures of a message hold, one with each of the two possible s.
pub fn verify(scheme: Scheme, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    crypto::verify(scheme, public_key, message, signature)
}

/// The public key to which anybody seals what only this contract opens, with [`decrypt`]: 32 bytes, X25519.
pub fn encryption_key(name: &str) -> Result<Vec<u8>, Error> {
    crypto::encryption_key(name)
}

/// Opens what was sealed to the encryption key called `name`: HPKE (RFC 9180), base mode, single-shot, with
/// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305. `sealed` is the encapsulated key (32 bytes), then the
/// ciphertext; `info` and `associated_data` are those of the sender and may be empty. Who sealed it, and whether it was
/// opened before, it does not say. `Error::Invalid` for whatever does not open.
pub fn decrypt(name: &str, info: &[u8], associated_data: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    crypto::decrypt(name, info, associated_data, sealed)
}

/// A secret of 1 to 64 bytes for the contract's own use, such as a key for its own encryption or a salt: the same
/// whenever name, context (at most 1024 bytes) and length are, and unrelated to any other and to all keys.
/// `Error::Invalid` for another length or a longer context.
pub fn derive(name: &str, context: &[u8], length: u32) -> Result<Vec<u8>, Error> {
    crypto::derive(name, context, length)
}

/// [`derive`] as an array.
pub fn derive_array<const N: usize>(name: &str, context: &[u8]) -> Result<[u8; N], Error> {
    let length = u32::try_from(N).map_err(|_| Error::Invalid("too long a secret".into()))?;
    derive(name, context, length)?.try_into().map_err(|_| Error::Other("another number of bytes than asked for".into()))
}

/// A message to sign: a context that says what is signed, then parts, each with its length in front (one
/// byte for the context, 32 bits little-endian for a part), so that no two lists of parts give the same
/// bytes. `Error::Invalid` for a context of more than 255 bytes.
pub fn message(context: &str, parts: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let too_long = |_| Error::Invalid("a context has at most 255 bytes".into());
    let mut out = vec![u8::try_from(context.len()).map_err(too_long)?];
    out.extend_from_slice(context.as_bytes());
    for part in parts {
        let length = u32::try_from(part.len()).map_err(|_| Error::Invalid("a part has less than 2^32 bytes".into()))?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(part);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_parts_give_the_same_message() {
        assert_eq!(message("ab", &[b"c", b""]).unwrap(), b"\x02ab\x01\0\0\0c\0\0\0\0");
        assert_ne!(message("a", &[b"bc"]).unwrap(), message("a", &[b"b", b"c"]).unwrap());
    }

    #[test]
    fn a_context_that_one_byte_cannot_say_the_length_of_is_refused_and_not_cut() {
        assert_eq!(message(&"a".repeat(255), &[]).unwrap().len(), 256);
        assert!(matches!(message(&"a".repeat(256), &[]), Err(Error::Invalid(_))));
    }
}
