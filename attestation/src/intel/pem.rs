//! The certificate chain inside a quote: PEM (RFC 7468 §5.1, strict form), leaf first.

use alloc::{string::String, vec::Vec};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::certificate::MAX_CERTIFICATE_BYTES;
use crate::IntelRefusal;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----\n";
const END: &[u8] = b"-----END CERTIFICATE-----\n";
const LINE: usize = 64;
/// What older platforms' software broke the leaf into (RFC 2045 §6.8).
const LONG_LINE: usize = 76;

/// The DER encodings of exactly three certificates: lines of 64 characters, or all of 76, nothing before, between or
/// after them but the one NUL that Intel's library ends the text with.
pub(crate) fn three_certificates(text: &[u8]) -> Result<[Vec<u8>; 3], IntelRefusal> {
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    let (leaf, rest) = certificate(text).ok_or(IntelRefusal::ChainEncoding)?;
    let (authority, rest) = certificate(rest).ok_or(IntelRefusal::ChainEncoding)?;
    let (root, rest) = certificate(rest).ok_or(IntelRefusal::ChainEncoding)?;
    if rest.is_empty() { Ok([leaf, authority, root]) } else { Err(IntelRefusal::ChainEncoding) }
}

fn certificate(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(BEGIN)?;
    let mut characters = Vec::with_capacity(2048);
    let is_long = rest.get(LONG_LINE) == Some(&b'\n') && rest.get(LINE) != Some(&b'\n');
    let width = if is_long { LONG_LINE } else { LINE };
    let mut last_is_full = true;
    loop {
        if let Some(after) = rest.strip_prefix(END) {
            let der = STANDARD.decode(&characters).ok()?;
            return (!der.is_empty()).then_some((der, after));
        }
        let end = rest.iter().take(width + 1).position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at_checked(end)?;
        if line.is_empty() || !last_is_full || characters.len() > MAX_CERTIFICATE_BYTES * 4 / 3 {
            return None;
        }
        last_is_full = line.len() == width;
        characters.extend_from_slice(line);
        rest = after.get(1..)?;
    }
}

/// The DER encoding of the first certificate of a text whose lines may end in CR LF.
pub(crate) fn first_certificate(text: &str) -> Option<Vec<u8>> {
    let mut text = text.replace("\r\n", "\n");
    text.push('\n');
    certificate(text.trim_start().as_bytes()).map(|(der, _)| der)
}

/// One certificate as PEM.
pub(crate) fn encode(der: &[u8]) -> String {
    let characters = STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, character) in characters.chars().enumerate() {
        text.push(character);
        if (index + 1) % LINE == 0 {
            text.push('\n');
        }
    }
    if !characters.len().is_multiple_of(LINE) {
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}
