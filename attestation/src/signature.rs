//! ECDSA over P-256 with SHA-256, behind one narrow trait with two backends that agree on every input.

/// Verifies ECDSA P-256 / SHA-256 signatures (FIPS 186-5).
///
/// An implementation returns `false` for points off the curve and for r or s outside 1..n; it accepts both
/// values of s, because vendors issue both.
pub trait SignatureVerifier {
    /// Whether `signature` (r ‖ s, big-endian) is one over `message` by `public_key` (x ‖ y, big-endian).
    fn verify(&self, public_key: &[u8; 64], message: &[u8], signature: &[u8; 64]) -> bool;
}

/// Portable: runs in the chain's runtime and in browsers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

impl SignatureVerifier for Portable {
    fn verify(&self, public_key: &[u8; 64], message: &[u8], signature: &[u8; 64]) -> bool {
        use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};

        let Ok(key) = VerifyingKey::from_sec1_bytes(&uncompressed(public_key)) else { return false };
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        key.verify(message, &signature).is_ok()
    }
}

/// Native: several times faster.
#[cfg(feature = "ring")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring;

#[cfg(feature = "ring")]
impl SignatureVerifier for Ring {
    fn verify(&self, public_key: &[u8; 64], message: &[u8], signature: &[u8; 64]) -> bool {
        use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(public_key)).verify(message, signature).is_ok()
    }
}

/// The fastest backend that this build has.
#[cfg(feature = "ring")]
pub type Fastest = Ring;

/// The fastest backend that this build has.
#[cfg(not(feature = "ring"))]
pub type Fastest = Portable;

/// SEC 1 §2.3.3: an uncompressed point.
fn uncompressed(public_key: &[u8; 64]) -> [u8; 65] {
    let mut point = [4; 65];
    point[1..].copy_from_slice(public_key);
    point
}
