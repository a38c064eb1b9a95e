//! Signatures with the contract's named keys, and their verification.
//!
//! Of a key's 32 secret bytes Ed25519 makes its seed (RFC 8032 §5.1.5), secp256k1 and P-256 their scalar (SEC 1
//! §3.2.1), sr25519 its mini secret key, expanded as Substrate does it.

use ed25519_dalek::Signer as _;
use k256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use rand_core::{CryptoRng, RngCore};
use schnorrkel::{ExpansionMode, MiniSecretKey, context::attach_rng, signing_context};
use zeroize::Zeroizing;

use super::Scheme;
use crate::{bindings::phat::contract::types::Error, host::HostFailure};

/// The bytes of the digest that ECDSA signs.
const DIGEST: usize = 32;
/// The signing context of Substrate's chains for sr25519.
const SUBSTRATE: &[u8] = b"substrate";

/// A key made from its 32 secret bytes; all kinds erase themselves.
pub(super) enum NamedKey {
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
    P256(p256::ecdsa::SigningKey),
    Sr25519(schnorrkel::Keypair),
}

impl NamedKey {
    /// The key of `secret`. Fails for what is no scalar of the curve: a secret in 2^127 under secp256k1, in 2^32 under
    /// P-256.
    pub(super) fn new(scheme: Scheme, secret: Zeroizing<[u8; 32]>) -> Result<Self, HostFailure> {
        let no_scalar = |_| HostFailure::new("deriving a named key", "the secret is no scalar of its curve");
        match scheme {
            Scheme::Ed25519 => Ok(Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&secret))),
            Scheme::Secp256k1 => {
                k256::ecdsa::SigningKey::from_slice(secret.as_slice()).map(Self::Secp256k1).map_err(no_scalar)
            }
            Scheme::P256 => p256::ecdsa::SigningKey::from_slice(secret.as_slice()).map(Self::P256).map_err(no_scalar),
            Scheme::Sr25519 => {
                let secret = MiniSecretKey::from_bytes(secret.as_slice())
                    .map_err(|error| HostFailure::new("deriving a named key", error))?;
                Ok(Self::Sr25519(secret.expand_to_keypair(ExpansionMode::Ed25519)))
            }
        }
    }

    /// The public key: 32 bytes for Ed25519 and sr25519, 33 compressed bytes for secp256k1 and P-256.
    pub(super) fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            Self::P256(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            Self::Sr25519(key) => key.public.to_bytes().to_vec(),
        }
    }

    /// The signature. 64 bytes for Ed25519 and sr25519. For secp256k1 and P-256, whose `message` is a digest of 32
    /// bytes, r and s, and for secp256k1 the recovery number after them: 65 and 64 bytes.
    ///
    /// `draw` fills in random bytes; sr25519 alone asks for them. Its nonce also depends on the key and the message, so
    /// bad ones reveal nothing.
    pub(super) fn sign(
        &self,
        message: &[u8],
        draw: impl FnOnce(&mut [u8]) -> Result<(), HostFailure>,
    ) -> Result<Vec<u8>, HostFailure> {
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
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(message).map_err(|error| HostFailure::new("signing with P-256", error))?;
                Ok(signature.normalize_s().unwrap_or(signature).to_bytes().to_vec())
            }
            Self::Sr25519(key) => {
                let mut drawn = Drawn(Zeroizing::new([0; 32]));
                draw(&mut *drawn.0)?;
                let transcript = signing_context(SUBSTRATE).bytes(message);
                Ok(key.sign(attach_rng(transcript, drawn)).to_bytes().to_vec())
            }
        }
    }
}

/// Random bytes that were drawn before, as the generator that schnorrkel asks, once, for 32 of them.
struct Drawn(Zeroizing<[u8; 32]>);

impl RngCore for Drawn {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(self.0.len()) {
            chunk.copy_from_slice(&self.0[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}

impl CryptoRng for Drawn {}

/// Whether `scheme` signs a message of this length.
pub(super) fn check_message(scheme: Scheme, message: &[u8]) -> Result<(), Error> {
    let curve = match scheme {
        Scheme::Ed25519 | Scheme::Sr25519 => return Ok(()),
        Scheme::Secp256k1 => "secp256k1",
        Scheme::P256 => "P-256",
    };
    match message.len() {
        DIGEST => Ok(()),
        length => Err(Error::Invalid(format!("{curve} signs a digest of {DIGEST} bytes, not {length} bytes"))),
    }
}

/// Whether `signature` over `message` is by `public`; the shapes are those of [`NamedKey`].
pub(super) fn verify(scheme: Scheme, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match scheme {
        Scheme::Ed25519 => verify_ed25519(public, message, signature).is_some(),
        Scheme::Secp256k1 => verify_secp256k1(public, message, signature).is_some(),
        Scheme::P256 => verify_p256(public, message, signature).is_some(),
        Scheme::Sr25519 => verify_sr25519(public, message, signature).is_some(),
    }
}

fn verify_ed25519(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}

/// The recovery number is part of the signature: another one is another signature, and not this key's.
fn verify_secp256k1(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

    if public.len() != 33 || message.len() != DIGEST || signature.len() != 65 {
        return None;
    }
    let (scalars, recovery) = signature.split_at(64);
    let key = VerifyingKey::from_sec1_bytes(public).ok()?;
    let signature = Signature::from_slice(scalars).ok()?;
    let recovery = RecoveryId::from_byte(recovery[0])?;
    let low = signature.normalize_s().is_none();
    let recovered = VerifyingKey::recover_from_prehash(message, &signature, recovery).ok()?;
    key.verify_prehash(message, &signature).ok().filter(|()| low && recovered == key)
}

/// Takes the higher s too: passkeys and most other signers give either.
fn verify_p256(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    if public.len() != 33 || message.len() != DIGEST || signature.len() != 64 {
        return None;
    }
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(public).ok()?;
    let signature = p256::ecdsa::Signature::from_slice(signature).ok()?;
    key.verify_prehash(message, &signature).ok()
}

fn verify_sr25519(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    // The neutral element, encoded as zeros, is the one weak key: anybody makes its signatures.
    let weak = public.iter().all(|byte| *byte == 0);
    let key = schnorrkel::PublicKey::from_bytes(public).ok()?;
    let signature = schnorrkel::Signature::from_bytes(signature).ok()?;
    key.verify_simple(SUBSTRATE, message, &signature).ok().filter(|()| !weak)
}

#[cfg(test)]
mod tests;
