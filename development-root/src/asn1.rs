//! Writing DER (ITU-T X.690), as far as certificates and revocation lists need it. It writes wrong things too,
//! if it is told to.

use der::{
    Encode,
    asn1::{GeneralizedTime, ObjectIdentifier, UtcTime},
};
use std::time::Duration;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0A;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0C;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// One value with its tag and length.
pub(crate) fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match contents.len() {
        length @ 0..=0x7F => out.push(length as u8),
        length @ 0x80..=0xFF => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(contents);
    out
}

pub(crate) fn sequence(fields: &[Vec<u8>]) -> Vec<u8> {
    value(SEQUENCE, &fields.concat())
}

pub(crate) fn set(fields: &[Vec<u8>]) -> Vec<u8> {
    value(SET, &fields.concat())
}

/// The context-specific constructed tag `number`.
pub(crate) fn tagged(number: u8, contents: &[u8]) -> Vec<u8> {
    value(0xA0 | number, contents)
}

pub(crate) fn oid(text: &str) -> Vec<u8> {
    let oid = ObjectIdentifier::new(text).expect("only constants of this crate and its tests come here");
    value(OBJECT_IDENTIFIER, oid.as_bytes())
}

/// A non-negative integer, in its shortest form.
pub(crate) fn integer(big_endian: &[u8]) -> Vec<u8> {
    let start = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
    let mut contents = big_endian[start..].to_vec();
    if contents.first().is_none_or(|byte| byte & 0x80 != 0) {
        contents.insert(0, 0);
    }
    value(INTEGER, &contents)
}

pub(crate) fn boolean(is_true: bool) -> Vec<u8> {
    value(BOOLEAN, &[if is_true { 0xFF } else { 0 }])
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    value(UTF8_STRING, text.as_bytes())
}

/// Whole octets.
pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], octets].concat())
}

/// UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).
pub(crate) fn time(unix_seconds: u64) -> Vec<u8> {
    let duration = Duration::from_secs(unix_seconds);
    let encoded = match UtcTime::from_unix_duration(duration) {
        Ok(time) => time.to_der(),
        Err(_) => GeneralizedTime::from_unix_duration(duration).and_then(|time| time.to_der()),
    };
    encoded.expect("dates before the year 10000 have an encoding")
}

pub(crate) fn ecdsa_with_sha256() -> Vec<u8> {
    sequence(&[oid("1.2.840.10045.4.3.2")])
}
