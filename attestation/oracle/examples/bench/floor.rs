//! The floor under a verification: its signature checks and nothing else.

use std::cell::RefCell;

use adyton_attestation::signature::{PublicKey, RsaModulus, Scheme, SignatureVerifier};

/// A backend, whichever it is.
#[derive(Clone, Copy)]
pub struct Backend<'a>(pub &'a dyn SignatureVerifier);

impl SignatureVerifier for Backend<'_> {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(scheme, public_key, message, signature)
    }
}

/// One signature check, to be done again.
pub struct Check {
    scheme: Scheme,
    key: Key,
    message: Vec<u8>,
    signature: Vec<u8>,
}

enum Key {
    P256([u8; 64]),
    P384([u8; 96]),
    P521([u8; 132]),
    Rsa(Vec<u8>),
}

impl Check {
    /// Does it again.
    pub fn run(&self, backend: &Backend<'_>) -> bool {
        let key = match &self.key {
            Key::P256(point) => PublicKey::P256(point),
            Key::P384(point) => PublicKey::P384(point),
            Key::P521(point) => PublicKey::P521(point),
            Key::Rsa(modulus) => PublicKey::Rsa(RsaModulus::new(modulus).expect("it was one before")),
        };
        backend.verify(self.scheme, key, &self.message, &self.signature)
    }

    /// What it is called in the table.
    pub fn name(&self) -> &'static str {
        match self.scheme {
            Scheme::EcdsaP256Sha256 => "P-256",
            Scheme::EcdsaP384Sha384 => "P-384",
            Scheme::EcdsaP521Sha512 => "P-521",
            Scheme::RsaPssSha384 | Scheme::RsaPkcs1Sha256 | Scheme::RsaPkcs1Sha384 | Scheme::RsaPkcs1Sha512 => "RSA",
        }
    }
}

/// The checks that `work` does.
pub fn checks_of(backend: &Backend<'_>, work: &dyn Fn(&Backend<'_>) -> bool) -> Vec<Check> {
    let recorder = Recorder { backend: *backend, checks: RefCell::default() };
    assert!(work(&Backend(&recorder)), "it is good evidence");
    recorder.checks.into_inner()
}

/// Passes checks on, and remembers them.
struct Recorder<'a> {
    backend: Backend<'a>,
    checks: RefCell<Vec<Check>>,
}

impl SignatureVerifier for Recorder<'_> {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let key = match public_key {
            PublicKey::P256(point) => Key::P256(*point),
            PublicKey::P384(point) => Key::P384(*point),
            PublicKey::P521(point) => Key::P521(*point),
            PublicKey::Rsa(modulus) => Key::Rsa(modulus.as_bytes().to_vec()),
        };
        self.checks.borrow_mut().push(Check { scheme, key, message: message.to_vec(), signature: signature.to_vec() });
        self.backend.verify(scheme, public_key, message, signature)
    }
}
