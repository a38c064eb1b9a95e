//! Every key of the infrastructure, derived from the seed and the key's name.

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

const CONTEXT: &[u8] = b"adyton/v1/development-root";

/// The name of a key. Equal names under one seed are equal keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(pub String);

impl Key {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// All keys of one seed.
#[derive(Clone)]
pub(crate) struct Keys(Zeroizing<[u8; 32]>);

impl Keys {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// x ‖ y.
    pub(crate) fn public(&self, key: &Key) -> [u8; 64] {
        let point = self.signing(key).verifying_key().to_encoded_point(false);
        let mut out = [0; 64];
        out.copy_from_slice(&point.as_bytes()[1..]);
        out
    }

    /// r ‖ s over SHA-256 of `message`; deterministic (RFC 6979).
    pub(crate) fn sign(&self, key: &Key, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.signing(key).sign(message);
        signature.to_bytes().into()
    }

    /// The same as a DER value.
    pub(crate) fn sign_der(&self, key: &Key, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.signing(key).sign(message);
        signature.to_der().as_bytes().to_vec()
    }

    /// 32 bytes for anything that is not a signing key.
    pub(crate) fn bytes(&self, purpose: &str, name: &str) -> [u8; 32] {
        hash::<Sha256>(&[CONTEXT, &*self.0, purpose.as_bytes(), name.as_bytes()]).into()
    }

    /// 48 bytes, the size of a measurement.
    pub(crate) fn measurement(&self, register: &str, role: &str) -> [u8; 48] {
        hash::<Sha384>(&[CONTEXT, &*self.0, register.as_bytes(), role.as_bytes()]).into()
    }

    fn signing(&self, key: &Key) -> SigningKey {
        (0u8..=u8::MAX)
            .find_map(|attempt| {
                let scalar: Zeroizing<[u8; 32]> = Zeroizing::new(
                    hash::<Sha256>(&[CONTEXT, &*self.0, b"signing-key", key.0.as_bytes(), &[attempt]]).into(),
                );
                SigningKey::from_slice(&*scalar).ok()
            })
            .expect("one of 256 hashes is below the order of p-256, of which each is with probability 1 - 2^-32")
    }
}

fn hash<D: Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
    let mut state = D::new();
    for part in parts {
        state.update((part.len() as u32).to_le_bytes());
        state.update(part);
    }
    state.finalize()
}
