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
