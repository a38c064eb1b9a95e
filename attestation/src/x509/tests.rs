//! What every kind's certificates and lists have in common. Names, roles and chains are tested with the kinds.
#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use der::{Encode, asn1::ObjectIdentifier};
use proptest::prelude::*;

use super::{Fault, Window, certificate::Certificate, crl::RevocationList};
use crate::signature::{Portable, PublicKey, Scheme};

const MOST: usize = 4096;
/// AMD's root for Milan: RSA of 4096 bits with PSS.
const RSA: &[u8] = include_bytes!("../snp/amd/milan-ark.der");

#[test]
fn a_certificate_is_read_and_its_signature_checked() {
    let certificate = Certificate::parse(RSA, MOST, &[]).unwrap();
    assert_eq!(certificate.scheme, Scheme::RsaPssSha384);
    assert!(matches!(certificate.public_key, PublicKey::Rsa(_)));
    assert_eq!(certificate.common_name(), Ok("ARK-Milan"));
    assert_eq!(certificate.issuer, certificate.subject);
    assert_eq!((certificate.is_authority, certificate.path_length), (Some(true), None));
    assert_eq!(certificate.require_authority(u16::MAX), Ok(()));
    assert_eq!(certificate.require_leaf(), Err(Fault::Usage));
    let key = certificate.public_key;
    assert_eq!(certificate.require_issued_by(certificate.subject, key, &Portable), Ok(()));
    assert_eq!(certificate.require_issued_by(b"somebody", key, &Portable), Err(Fault::Issuer));
}

#[test]
fn an_authority_with_a_path_length_counts_those_below_it() {
    let certificate = Certificate::parse(include_bytes!("../snp/amd/milan-ask.der"), MOST, &[]).unwrap();
    assert_eq!(certificate.path_length, Some(0));
    assert_eq!(certificate.require_authority(0), Ok(()));
    assert_eq!(certificate.require_authority(1), Err(Fault::Usage));
}

#[test]
fn a_length_above_the_bound_is_refused_before_anything_is_read() {
    let fault = Certificate::parse(RSA, RSA.len() - 1, &[]).unwrap_err();
    assert_eq!(fault, Fault::TooLarge { found: 1639, most: 1638 });
    let fault = RevocationList::verify(&[0; 3], 2, &[], PublicKey::P256(&[0; 64]), &Portable).unwrap_err();
    assert_eq!(fault, Fault::TooLarge { found: 3, most: 2 });
}

#[test]
fn a_window_includes_both_ends() {
    let window = Window { not_before: 5, not_after: 9 };
    assert_eq!(window.require(4), Err(Fault::NotYetValid { not_before: 5, now: 4 }));
    assert_eq!(window.require(5), Ok(()));
    assert_eq!(window.require(9), Ok(()));
    assert_eq!(window.require(10), Err(Fault::Expired { not_after: 9, now: 10 }));
    let both = window.and(Window { not_before: 6, not_after: 20 });
    assert_eq!(both, Window { not_before: 6, not_after: 9 });
}

#[test]
fn critical_extensions_must_be_understood() {
    // The identifier of the basic constraints becomes another one, which stays critical.
    let at = RSA.windows(3).rposition(|bytes| bytes == [0x55, 0x1d, 0x13]).unwrap();
    let mut other = RSA.to_vec();
    other[at + 2] = 0x1e;
    assert_eq!(Certificate::parse(&other, MOST, &[]).unwrap_err(), Fault::Extension);
    let name_constraints = ObjectIdentifier::new_unwrap("2.5.29.30");
    let certificate = Certificate::parse(&other, MOST, &[name_constraints]).unwrap();
    assert!(certificate.extension(name_constraints).is_some());
    assert_eq!(certificate.require_authority(0), Err(Fault::Usage));
    // Or it becomes the key usage's, which is then there twice.
    other[at + 2] = 0x0f;
    assert_eq!(Certificate::parse(&other, MOST, &[]).unwrap_err(), Fault::Extension);
}

#[test]
fn other_algorithms_are_refused() {
    // SHA-384 becomes SHA-512 wherever it is named.
    let sha384 = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2").to_der().unwrap();
    let mut other = RSA.to_vec();
    while let Some(at) = other.windows(sha384.len()).position(|bytes| bytes == sha384) {
        other[at + sha384.len() - 1] = 3;
    }
    assert_eq!(Certificate::parse(&other, MOST, &[]).unwrap_err(), Fault::Algorithm);
}

#[test]
fn the_two_algorithm_identifiers_must_be_the_same() {
    // The outer one only: 1.2.840.113549.1.1.10 becomes …1.1.12, sha384WithRSAEncryption.
    let pss = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10").to_der().unwrap();
    let at = RSA.windows(pss.len()).rposition(|bytes| bytes == pss).unwrap();
    let mut other = RSA.to_vec();
    other[at + pss.len() - 1] = 12;
    assert!(Certificate::parse(&other, MOST, &[]).is_err());
}

#[test]
fn an_rsa_exponent_other_than_65537_is_refused() {
    let at = RSA.windows(5).position(|bytes| bytes == [2, 3, 1, 0, 1]).unwrap();
    let mut other = RSA.to_vec();
    other[at + 4] = 3;
    assert_eq!(Certificate::parse(&other, MOST, &[]).unwrap_err(), Fault::Algorithm);
}

#[test]
fn a_version_other_than_3_is_refused() {
    let at = RSA.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap();
    let mut other = RSA.to_vec();
    other[at + 4] = 1;
    assert_eq!(Certificate::parse(&other, MOST, &[]).unwrap_err(), Fault::Malformed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_is_refused_or_ends_the_signature(at in 0..RSA.len(), flip in 1u8..) {
        let mut other = RSA.to_vec();
        other[at] ^= flip;
        if let Ok(certificate) = Certificate::parse(&other, MOST, &[]) {
            let root = Certificate::parse(RSA, MOST, &[]).unwrap();
            prop_assert_eq!(certificate.require_signature(root.public_key, &Portable), Err(Fault::Signature));
        }
    }

    #[test]
    fn no_bytes_make_parsing_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Certificate::parse(&bytes, MOST, &[]);
        let _ = RevocationList::verify(&bytes, MOST, &[], PublicKey::P256(&[0; 64]), &Portable);
    }
}
