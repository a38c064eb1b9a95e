//! `crypto`: signatures with the contract's named keys, and their verification.
//!
//! The worker gives 32 secret bytes for a scheme and a name; the key lives for one host function and is
//! erased. Ed25519 takes them as its seed (RFC 8032 §5.1.5), secp256k1 as its scalar (SEC 1 §3.2.1).

use ed25519_dalek::{Signer as _, SigningKey};
use k256::ecdsa::{self, RecoveryId, VerifyingKey, signature::hazmat::PrehashVerifier as _};
use wasmtime::component::Linker;
use zeroize::Zeroizing;

use super::{interface, secrets::check_name};
use crate::{
    bindings::phat::contract::types::Error,
    call::{CallState, charge_bytes},
    costs,
    host::HostFailure,
};

pub use crate::bindings::phat::contract::crypto::Scheme;

/// The bytes of the digest that ECDSA signs.
const DIGEST: usize = 32;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut crypto = linker.instance(&interface("crypto"))?;
    crypto.func_wrap_async("public-key", |mut store, (scheme, name): (Scheme, String)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_PUBLIC_KEY, 0).await?;
            if let Err(error) = check_name(&name) {
                return Ok((Err(error),));
            }
            let key = NamedKey::new(scheme, store.data_mut().host.named_key(scheme, &name).await?)?;
            Ok((Ok(key.public()),))
        })
    })?;
    crypto.func_wrap_async("sign", |mut store, (scheme, name, message): (Scheme, String, Vec<u8>)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_SIGN, message.len()).await?;
            if let Err(error) = check_name(&name).and_then(|()| check_message(scheme, &message)) {
                return Ok((Err(error),));
            }
            let key = NamedKey::new(scheme, store.data_mut().host.named_key(scheme, &name).await?)?;
            Ok((Ok(key.sign(&message)?),))
        })
    })?;
    type Verify = (Scheme, Vec<u8>, Vec<u8>, Vec<u8>);
    crypto.func_wrap_async("verify", |mut store, (scheme, public, message, signature): Verify| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_VERIFY, message.len()).await?;
            Ok((verify(scheme, &public, &message, &signature),))
        })
    })
}

/// A key made from its 32 secret bytes; both kinds erase themselves.
enum NamedKey {
    Ed25519(SigningKey),
    Secp256k1(ecdsa::SigningKey),
}

impl NamedKey {
    /// The key of `secret`. Fails for the one in 2^127 secrets that is no scalar of secp256k1.
    fn new(scheme: Scheme, secret: Zeroizing<[u8; 32]>) -> Result<Self, HostFailure> {
        match scheme {
            Scheme::Ed25519 => Ok(Self::Ed25519(SigningKey::from_bytes(&secret))),
            Scheme::Secp256k1 => ecdsa::SigningKey::from_slice(secret.as_slice())
                .map(Self::Secp256k1)
                .map_err(|_| HostFailure::new("deriving a named key", "the secret is no scalar of secp256k1")),
        }
    }

    /// The public key: 32 bytes for Ed25519, 33 compressed bytes for secp256k1.
    fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
        }
    }

    /// The signature: 64 bytes for Ed25519; r, s and the recovery number, 65 bytes, for secp256k1, whose
    /// `message` is a digest of 32 bytes.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, HostFailure> {
        match self {
            Self::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Self::Secp256k1(key) => {
                let (signature, recovery) = key
                    .sign_prehash_recoverable(message)
                    .map_err(|error| HostFailure::new("signing with secp256k1", error))?;
                let mut out = signature.to_bytes().to_vec();
                out.push(recovery.to_byte());
                Ok(out)
            }
        }
    }
}

fn check_message(scheme: Scheme, message: &[u8]) -> Result<(), Error> {
    match scheme {
        Scheme::Ed25519 => Ok(()),
        Scheme::Secp256k1 if message.len() == DIGEST => Ok(()),
        Scheme::Secp256k1 => {
            Err(Error::Invalid(format!("secp256k1 signs a digest of {DIGEST} bytes, not {} bytes", message.len())))
        }
    }
}

/// Whether `signature` over `message` is by `public`; the shapes are those of [`NamedKey`].
fn verify(scheme: Scheme, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match scheme {
        Scheme::Ed25519 => verify_ed25519(public, message, signature).is_some(),
        Scheme::Secp256k1 => verify_secp256k1(public, message, signature).is_some(),
    }
}

fn verify_ed25519(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}

/// The recovery number is part of the signature: another one is another signature, and not this key's.
fn verify_secp256k1(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    if public.len() != 33 || message.len() != DIGEST || signature.len() != 65 {
        return None;
    }
    let (scalars, recovery) = signature.split_at(64);
    let key = VerifyingKey::from_sec1_bytes(public).ok()?;
    let signature = ecdsa::Signature::from_slice(scalars).ok()?;
    let recovery = RecoveryId::from_byte(recovery[0])?;
    let low = signature.normalize_s().is_none();
    let recovered = VerifyingKey::recover_from_prehash(message, &signature, recovery).ok()?;
    key.verify_prehash(message, &signature).ok().filter(|()| low && recovered == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scheme: Scheme) -> NamedKey {
        NamedKey::new(scheme, Zeroizing::new([7; 32])).expect("7… is a scalar")
    }

    /// `specs/vectors/signatures.json`: what each scheme makes of a secret and a message.
    #[test]
    fn the_published_signature_vectors_are_what_this_code_makes() {
        let schemes = [(Scheme::Ed25519, "ed25519", &b"message"[..]), (Scheme::Secp256k1, "secp256k1", &[9; DIGEST])];
        let signed = schemes.map(|(scheme, name, message)| {
            let signature = key(scheme).sign(message).expect("a message of this scheme");
            serde_json::json!({
                "scheme": name, "secret": hex::encode([7; 32]), "public": hex::encode(key(scheme).public()),
                "message": hex::encode(message), "signature": hex::encode(signature),
            })
        });
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/signatures.json");
        let text = serde_json::to_string_pretty(&signed).expect("JSON") + "\n";
        if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
            std::fs::write(path, &text).expect("the vectors' folder is there");
        }
        assert_eq!(std::fs::read_to_string(path).expect("the file is there"), text, "{path} differs");
    }

    #[test]
    fn a_signature_verifies_under_its_own_key_and_message_only() {
        for scheme in [Scheme::Ed25519, Scheme::Secp256k1] {
            let (key, message) = (key(scheme), [3; 32]);
            let signature = key.sign(&message).expect("a digest");
            assert!(verify(scheme, &key.public(), &message, &signature));
            assert!(!verify(scheme, &key.public(), &[4; 32], &signature));
            let other = NamedKey::new(scheme, Zeroizing::new([8; 32])).expect("8… is a scalar");
            assert!(!verify(scheme, &other.public(), &message, &signature));
        }
    }

    #[test]
    fn malformed_keys_and_signatures_are_false_and_never_a_panic() {
        for scheme in [Scheme::Ed25519, Scheme::Secp256k1] {
            let (key, message) = (key(scheme), [3; 32]);
            let signature = key.sign(&message).expect("a digest");
            for length in 0..signature.len() {
                assert!(!verify(scheme, &key.public(), &message, &signature[..length]));
            }
            assert!(!verify(scheme, &[], &message, &signature));
            assert!(!verify(scheme, &[0xff; 33], &message, &signature));
            assert!(!verify(scheme, &key.public(), &message, &[0xff; 65]));
        }
    }

    #[test]
    fn a_changed_recovery_number_or_a_high_s_is_another_signature() {
        let (key, message) = (key(Scheme::Secp256k1), [3; 32]);
        let mut signature = key.sign(&message).expect("a digest");
        signature[64] ^= 1;
        assert!(!verify(Scheme::Secp256k1, &key.public(), &message, &signature));
        let scalars = ecdsa::Signature::from_slice(&signature[..64]).expect("our own");
        let high =
            ecdsa::Signature::from_scalars(scalars.r().to_bytes(), (-*scalars.s()).to_bytes()).expect("in range");
        signature[..64].copy_from_slice(&high.to_bytes());
        assert!(!verify(Scheme::Secp256k1, &key.public(), &message, &signature));
    }

    #[test]
    fn a_weak_ed25519_key_verifies_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!verify(Scheme::Ed25519, &identity, b"anything", &signature));
    }

    #[test]
    fn secp256k1_takes_a_digest_and_nothing_else() {
        assert!(check_message(Scheme::Secp256k1, &[0; 31]).is_err());
        assert!(check_message(Scheme::Ed25519, b"").is_ok());
    }
}
