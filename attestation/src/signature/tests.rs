//! All backends accept what was signed, refuse what was not, and agree on everything between.
#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use proptest::prelude::*;
use std::sync::LazyLock;

use super::{Portable, PublicKey, RsaModulus, Scheme, SignatureVerifier};
use insecure_rsa::InsecureRsaKey;

#[path = "../../tests/support/insecure_rsa.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod insecure_rsa;

const MESSAGE: &[u8] = b"a message of some length";

struct Signed {
    scheme: Scheme,
    key: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    fn public_key(&self) -> PublicKey<'_> {
        public_key(self.scheme, &self.key).unwrap()
    }
}

fn public_key(scheme: Scheme, bytes: &[u8]) -> Option<PublicKey<'_>> {
    match scheme {
        Scheme::EcdsaP256Sha256 => bytes.try_into().ok().map(PublicKey::P256),
        Scheme::EcdsaP384Sha384 => bytes.try_into().ok().map(PublicKey::P384),
        Scheme::EcdsaP521Sha512 => bytes.try_into().ok().map(PublicKey::P521),
        Scheme::RsaPssSha384 | Scheme::RsaPkcs1Sha256 | Scheme::RsaPkcs1Sha384 | Scheme::RsaPkcs1Sha512 => {
            RsaModulus::new(bytes).map(PublicKey::Rsa)
        }
    }
}

fn signed() -> &'static [Signed] {
    static SIGNED: LazyLock<Vec<Signed>> = LazyLock::new(|| {
        let mut all = ecdsa();
        for key in [InsecureRsaKey::bits_2048(), InsecureRsaKey::bits_3072(), InsecureRsaKey::bits_4096_a()] {
            for (scheme, signature) in [
                (Scheme::RsaPssSha384, key.sign_pss_sha384(MESSAGE)),
                (Scheme::RsaPkcs1Sha256, key.sign_pkcs1_sha256(MESSAGE)),
                (Scheme::RsaPkcs1Sha384, key.sign_pkcs1_sha384(MESSAGE)),
                (Scheme::RsaPkcs1Sha512, key.sign_pkcs1_sha512(MESSAGE)),
            ] {
                all.push(Signed { scheme, key: key.modulus.clone(), signature });
            }
        }
        all
    });
    &SIGNED
}

fn ecdsa() -> Vec<Signed> {
    let p256 = {
        use p256::ecdsa::{Signature, SigningKey, signature::Signer};
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let signature: Signature = key.sign(MESSAGE);
        let point = key.verifying_key().to_encoded_point(false);
        (point.as_bytes()[1..].to_vec(), signature.to_bytes().to_vec())
    };
    let p384 = {
        use p384::ecdsa::{Signature, SigningKey, signature::Signer};
        let key = SigningKey::from_slice(&[7; 48]).unwrap();
        let signature: Signature = key.sign(MESSAGE);
        (key.verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec(), signature.to_bytes().to_vec())
    };
    let p521 = {
        use p521::ecdsa::{Signature, SigningKey, signature::Signer};
        let mut secret = [7; 66];
        secret[0] = 0;
        let key = SigningKey::from_slice(&secret).unwrap();
        let signature: Signature = key.sign(MESSAGE);
        (key.verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec(), signature.to_bytes().to_vec())
    };
    [(Scheme::EcdsaP256Sha256, p256), (Scheme::EcdsaP384Sha384, p384), (Scheme::EcdsaP521Sha512, p521)]
        .map(|(scheme, (key, signature))| Signed { scheme, key, signature })
        .into()
}

/// What every backend of this build says, which must be the same.
fn verify(scheme: Scheme, key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
    let answer = Portable.verify(scheme, key, message, signature);
    #[cfg(feature = "ring")]
    assert_eq!(super::Ring.verify(scheme, key, message, signature), answer, "{scheme:?} {}", hex::encode(signature));
    #[cfg(feature = "aws-lc")]
    assert_eq!(super::AwsLc.verify(scheme, key, message, signature), answer, "{scheme:?} {}", hex::encode(signature));
    answer
}

#[test]
fn what_was_signed_is_accepted_and_another_message_is_not() {
    for one in signed() {
        assert!(verify(one.scheme, one.public_key(), MESSAGE, &one.signature), "{:?} {}", one.scheme, one.key.len());
        assert!(!verify(one.scheme, one.public_key(), b"another", &one.signature), "{:?}", one.scheme);
    }
}

#[test]
fn a_signature_counts_under_its_own_scheme_only() {
    for one in signed() {
        for other in signed().iter().filter(|other| other.scheme != one.scheme) {
            assert!(!verify(other.scheme, one.public_key(), MESSAGE, &one.signature), "{:?}", other.scheme);
            if other.key != one.key {
                assert!(!verify(one.scheme, other.public_key(), MESSAGE, &one.signature), "{:?}", one.scheme);
            }
        }
    }
}

#[test]
fn every_length_but_the_schemes_own_is_refused() {
    for one in signed() {
        for length in [0, 1, one.signature.len() - 1] {
            assert!(!verify(one.scheme, one.public_key(), MESSAGE, &one.signature[..length]));
        }
        assert!(!verify(one.scheme, one.public_key(), MESSAGE, &[&[0], one.signature.as_slice()].concat()));
        assert!(!verify(one.scheme, one.public_key(), MESSAGE, &[one.signature.as_slice(), &[0]].concat()));
    }
}

#[test]
fn zero_and_too_large_numbers_are_refused() {
    for one in signed() {
        let half = one.signature.len() / 2;
        let mut zero_r = one.signature.clone();
        zero_r[..half].fill(0);
        let mut zero_s = one.signature.clone();
        zero_s[half..].fill(0);
        for signature in [vec![0; half * 2], vec![0xff; half * 2], zero_r, zero_s] {
            assert!(!verify(one.scheme, one.public_key(), MESSAGE, &signature), "{:?}", one.scheme);
        }
    }
}

/// Vendors issue both values of s, so that a signature has a twin; evidence is never identified by it.
#[test]
fn the_negated_signature_is_accepted_too() {
    let one = &signed()[1];
    let (r, s) = one.signature.split_at(48);
    let order =
        hex::decode("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973");
    let mut borrow = 0i16;
    let mut negated: Vec<u8> = order
        .unwrap()
        .iter()
        .zip(s)
        .rev()
        .map(|(n, s)| {
            let digit = i16::from(*n) - i16::from(*s) - borrow;
            borrow = i16::from(digit < 0);
            (digit & 0xff) as u8
        })
        .collect();
    negated.reverse();
    assert_ne!(negated, s);
    assert!(verify(one.scheme, one.public_key(), MESSAGE, &[r, &negated].concat()));
}

#[test]
fn points_off_the_curve_are_refused() {
    for one in ecdsa() {
        let mut key = one.key.clone();
        *key.last_mut().unwrap() ^= 1;
        assert!(!verify(one.scheme, public_key(one.scheme, &key).unwrap(), MESSAGE, &one.signature));
        key.fill(0);
        assert!(!verify(one.scheme, public_key(one.scheme, &key).unwrap(), MESSAGE, &one.signature));
    }
}

#[test]
fn an_rsa_signature_not_below_its_modulus_is_refused() {
    let one = signed().iter().find(|one| one.scheme == Scheme::RsaPkcs1Sha256).unwrap();
    assert!(!verify(one.scheme, one.public_key(), MESSAGE, &one.key));
}

/// Signatures that are well made but for one rule of their padding.
#[test]
fn other_paddings_are_refused() {
    let key = InsecureRsaKey::bits_2048();
    let public = PublicKey::Rsa(RsaModulus::new(&key.modulus).unwrap());
    let digest = <sha2::Sha256 as sha2::Digest>::digest(MESSAGE);
    let prefix = super::rsa::SHA256_PREFIX;
    let block = |kind: u8, fill: usize, tail: &[u8]| {
        let mut block = [&[0, kind], vec![0xff; fill].as_slice(), &[0], &prefix, &digest, tail].concat();
        block.resize(256, 0x55);
        block
    };
    let full = 256 - 3 - prefix.len() - digest.len();
    assert!(verify(Scheme::RsaPkcs1Sha256, public, MESSAGE, &key.apply(&block(1, full, &[]))));
    assert!(!verify(Scheme::RsaPkcs1Sha256, public, MESSAGE, &key.apply(&block(2, full, &[]))));
    assert!(!verify(Scheme::RsaPkcs1Sha256, public, MESSAGE, &key.apply(&block(1, full - 8, &[1; 8]))));
    // DigestInfo without the NULL of its algorithm.
    let fill = vec![0xff; full + 2];
    let short: [&[u8]; 6] = [&[0, 1], &fill, &[0, 0x30, 0x2f, 0x30, 0x0b], &prefix[4..15], &[4, 0x20], &digest];
    assert!(!verify(Scheme::RsaPkcs1Sha256, public, MESSAGE, &key.apply(&short.concat())));
}

#[test]
fn moduli_out_of_bounds_are_no_keys() {
    let good = InsecureRsaKey::bits_2048().modulus;
    assert!(RsaModulus::new(&good).is_some());
    assert!(RsaModulus::new(&good[1..]).is_none());
    assert!(RsaModulus::new(&[&[0], good.as_slice()].concat()).is_none());
    assert!(RsaModulus::new(&[0xff; 513]).is_none());
    let mut even = good.clone();
    *even.last_mut().unwrap() &= 0xfe;
    assert!(RsaModulus::new(&even).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_is_refused_by_all_backends(which in 0usize..15, at in any::<prop::sample::Index>(), flip in 1u8..) {
        let one = &signed()[which];
        let mut signature = one.signature.clone();
        let at = at.index(signature.len());
        signature[at] ^= flip;
        prop_assert!(!verify(one.scheme, one.public_key(), MESSAGE, &signature));
    }

    #[test]
    fn backends_agree_on_any_key(which in 0usize..15, at in any::<prop::sample::Index>(), flip in 1u8..) {
        let one = &signed()[which];
        let mut key = one.key.clone();
        let at = at.index(key.len());
        key[at] ^= flip;
        if let Some(public) = public_key(one.scheme, &key) {
            prop_assert!(!verify(one.scheme, public, MESSAGE, &one.signature));
        }
    }
}
