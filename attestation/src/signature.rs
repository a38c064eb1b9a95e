//! Signatures of every scheme that vendors sign evidence and endorsements with, behind one narrow trait whose
//! backends agree on every input.
//!
//! RSA is verified here over `crypto-bigint`: the `rsa` crate carries an advisory without a fix for its private
//! keys (RUSTSEC-2023-0071), which verification does not touch but which no build of ours shall have to except.

use sha2::{Digest, Sha256, Sha384, Sha512};

mod remembered;
mod rsa;
#[cfg(test)]
mod tests;

pub use remembered::{CheckedSignatures, RememberingVerifier};

/// What was signed how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// ECDSA over P-256 with SHA-256 (FIPS 186-5). Signature: r ‖ s, 64 bytes.
    EcdsaP256Sha256,
    /// ECDSA over P-384 with SHA-384. Signature: r ‖ s, 96 bytes.
    EcdsaP384Sha384,
    /// ECDSA over P-521 with SHA-512. Signature: r ‖ s, 132 bytes.
    EcdsaP521Sha512,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes (RFC 8017 §8.1).
    RsaPssSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
}

/// A public key, borrowed from what carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey<'a> {
    /// A point on P-256, x ‖ y, big-endian. Whether it is on the curve is the verifier's to say; also below.
    P256(&'a [u8; 64]),
    /// A point on P-384.
    P384(&'a [u8; 96]),
    /// A point on P-521.
    P521(&'a [u8; 132]),
    /// An RSA key with the exponent 65537.
    Rsa(RsaModulus<'a>),
}

impl<'a> PublicKey<'a> {
    /// The coordinates, or the modulus.
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::P256(point) => *point,
            Self::P384(point) => *point,
            Self::P521(point) => *point,
            Self::Rsa(modulus) => modulus.0,
        }
    }
}

/// An RSA modulus of 2048 to 4096 bits in whole bytes, big-endian, odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsaModulus<'a>(&'a [u8]);

impl<'a> RsaModulus<'a> {
    /// `None` if the size is out of bounds, a leading bit is not set, or the number is even.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let fits = matches!(bytes.len(), 256..=512)
            && bytes.first().is_some_and(|first| first & 0x80 != 0)
            && bytes.last().is_some_and(|last| last & 1 != 0);
        fits.then_some(Self(bytes))
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Verifies signatures.
///
/// An implementation returns `false` for a key or signature that does not fit the scheme, for points off the
/// curve, for r or s outside 1..n and for RSA signatures outside 0..n; it accepts both values of s, because
/// vendors issue both.
pub trait SignatureVerifier {
    /// Whether `signature` is one over `message` by `public_key` under `scheme`.
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool;
}

/// Portable: runs in the chain's runtime and in browsers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

impl SignatureVerifier for Portable {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        match (scheme, public_key) {
            (Scheme::EcdsaP256Sha256, PublicKey::P256(point)) => p256_sha256(point, message, signature),
            (Scheme::EcdsaP384Sha384, PublicKey::P384(point)) => p384_sha384(point, message, signature),
            (Scheme::EcdsaP521Sha512, PublicKey::P521(point)) => p521_sha512(point, message, signature),
            (Scheme::RsaPssSha384, PublicKey::Rsa(modulus)) => rsa::verify_pss_sha384(modulus, message, signature),
            (Scheme::RsaPkcs1Sha256, PublicKey::Rsa(modulus)) => {
                rsa::verify_pkcs1(modulus, &rsa::SHA256_PREFIX, &Sha256::digest(message), signature)
            }
            (Scheme::RsaPkcs1Sha384, PublicKey::Rsa(modulus)) => {
                rsa::verify_pkcs1(modulus, &rsa::SHA384_PREFIX, &Sha384::digest(message), signature)
            }
            (Scheme::RsaPkcs1Sha512, PublicKey::Rsa(modulus)) => {
                rsa::verify_pkcs1(modulus, &rsa::SHA512_PREFIX, &Sha512::digest(message), signature)
            }
            (
                Scheme::EcdsaP256Sha256
                | Scheme::EcdsaP384Sha384
                | Scheme::EcdsaP521Sha512
                | Scheme::RsaPssSha384
                | Scheme::RsaPkcs1Sha256
                | Scheme::RsaPkcs1Sha384
                | Scheme::RsaPkcs1Sha512,
                PublicKey::P256(_) | PublicKey::P384(_) | PublicKey::P521(_) | PublicKey::Rsa(_),
            ) => false,
        }
    }
}

fn p256_sha256(point: &[u8; 64], message: &[u8], signature: &[u8]) -> bool {
    use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};

    let Ok(key) = VerifyingKey::from_sec1_bytes(&uncompressed::<65>(point)) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    key.verify(message, &signature).is_ok()
}

fn p384_sha384(point: &[u8; 96], message: &[u8], signature: &[u8]) -> bool {
    use p384::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};

    let Ok(key) = VerifyingKey::from_sec1_bytes(&uncompressed::<97>(point)) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    key.verify_prehash(&Sha384::digest(message), &signature).is_ok()
}

fn p521_sha512(point: &[u8; 132], message: &[u8], signature: &[u8]) -> bool {
    use p521::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};

    let Ok(key) = VerifyingKey::from_sec1_bytes(&uncompressed::<133>(point)) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    key.verify_prehash(&Sha512::digest(message), &signature).is_ok()
}

/// A backend over a library with ring's interface. Neither is asked for P-521, which ring does not have.
#[cfg(any(feature = "ring", feature = "aws-lc"))]
macro_rules! native {
    ($backend:ident, $library:ident) => {
        impl SignatureVerifier for $backend {
            fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
                use $library::signature::{
                    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
                    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA384, RsaParameters,
                    RsaPublicKeyComponents, UnparsedPublicKey,
                };

                let rsa = |parameters: &'static RsaParameters, modulus: RsaModulus<'_>| {
                    let key = RsaPublicKeyComponents { n: modulus.as_bytes(), e: &[1, 0, 1][..] };
                    key.verify(parameters, message, signature).is_ok()
                };
                match (scheme, public_key) {
                    (Scheme::EcdsaP256Sha256, PublicKey::P256(point)) => {
                        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed::<65>(point));
                        key.verify(message, signature).is_ok()
                    }
                    (Scheme::EcdsaP384Sha384, PublicKey::P384(point)) => {
                        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, uncompressed::<97>(point));
                        key.verify(message, signature).is_ok()
                    }
                    (Scheme::RsaPssSha384, PublicKey::Rsa(modulus)) => rsa(&RSA_PSS_2048_8192_SHA384, modulus),
                    (Scheme::RsaPkcs1Sha256, PublicKey::Rsa(modulus)) => rsa(&RSA_PKCS1_2048_8192_SHA256, modulus),
                    (Scheme::RsaPkcs1Sha384, PublicKey::Rsa(modulus)) => rsa(&RSA_PKCS1_2048_8192_SHA384, modulus),
                    (Scheme::RsaPkcs1Sha512, PublicKey::Rsa(modulus)) => rsa(&RSA_PKCS1_2048_8192_SHA512, modulus),
                    (Scheme::EcdsaP521Sha512, _) => Portable.verify(scheme, public_key, message, signature),
                    (
                        Scheme::EcdsaP256Sha256
                        | Scheme::EcdsaP384Sha384
                        | Scheme::RsaPssSha384
                        | Scheme::RsaPkcs1Sha256
                        | Scheme::RsaPkcs1Sha384
                        | Scheme::RsaPkcs1Sha512,
                        PublicKey::P256(_) | PublicKey::P384(_) | PublicKey::P521(_) | PublicKey::Rsa(_),
                    ) => false,
                }
            }
        }
    };
}

/// Native: several times faster.
#[cfg(feature = "ring")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring;

#[cfg(feature = "ring")]
native!(Ring, ring);

/// Native: as fast as [`Ring`] for P-256, three times as fast for P-384, which AMD, AWS and NVIDIA sign with.
#[cfg(feature = "aws-lc")]
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLc;

#[cfg(feature = "aws-lc")]
native!(AwsLc, aws_lc_rs);

/// The fastest backend that this build has.
#[cfg(feature = "aws-lc")]
pub type Fastest = AwsLc;

/// The fastest backend that this build has.
#[cfg(all(feature = "ring", not(feature = "aws-lc")))]
pub type Fastest = Ring;

/// The fastest backend that this build has.
#[cfg(not(any(feature = "ring", feature = "aws-lc")))]
pub type Fastest = Portable;

/// SEC 1 §2.3.3: an uncompressed point, of `N` = 1 + the coordinates' bytes.
fn uncompressed<const N: usize>(coordinates: &[u8]) -> [u8; N] {
    let mut point = [4; N];
    point[1..].copy_from_slice(coordinates);
    point
}
