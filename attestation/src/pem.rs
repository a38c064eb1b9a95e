//! Textual encodings (RFC 7468): the strict form that Intel's quotes have inside, and the forms in which files come.

use alloc::{format, string::String, vec::Vec};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::intel::MAX_CERTIFICATE_BYTES;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----\n";
const END: &[u8] = b"-----END CERTIFICATE-----\n";
const LINE: usize = 64;
/// What older platforms' software broke the leaf into (RFC 2045 §6.8).
const LONG_LINE: usize = 76;

/// The DER encodings of exactly three certificates in the strict form (§5.1): lines of 64 characters, or all of 76,
/// nothing before, between or after them but the one NUL that Intel's library ends the text with.
pub(crate) fn three_certificates(text: &[u8]) -> Option<[Vec<u8>; 3]> {
    let [leaf, authority, root] = three_blocks(text)?;
    Some([decoded(&leaf)?, decoded(&authority)?, decoded(&root)?])
}

/// The second of three certificates in that form. The other two are not decoded.
pub(crate) fn second_of_three_certificates(text: &[u8]) -> Option<Vec<u8>> {
    let [_, second, _] = three_blocks(text)?;
    decoded(&second)
}

/// The characters of three certificates in that form, without the ends of lines.
fn three_blocks(text: &[u8]) -> Option<[Vec<u8>; 3]> {
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    let (leaf, rest) = block(text)?;
    let (authority, rest) = block(rest)?;
    let (root, rest) = block(rest)?;
    rest.is_empty().then_some([leaf, authority, root])
}

fn decoded(characters: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(characters).ok().filter(|der| !der.is_empty())
}

/// The characters of the first certificate, and what stands behind it.
fn block(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(BEGIN)?;
    let mut characters = Vec::with_capacity(2048);
    let is_long = rest.get(LONG_LINE) == Some(&b'\n') && rest.get(LINE) != Some(&b'\n');
    let width = if is_long { LONG_LINE } else { LINE };
    let mut last_is_full = true;
    loop {
        if let Some(after) = rest.strip_prefix(END) {
            return Some((characters, after));
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
    block(text.trim_start().as_bytes()).and_then(|(characters, _)| decoded(&characters))
}

/// The DER encodings of the certificates in a text that has nothing else but white space, whose lines may be of any
/// length.
pub(crate) fn certificates(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    blocks(text, "CERTIFICATE")
}

/// The DER encoding of the one public key (§13) in a text like that.
pub(crate) fn public_key(text: &[u8]) -> Option<Vec<u8>> {
    match blocks(text, "PUBLIC KEY")?.as_mut_slice() {
        [only] => Some(core::mem::take(only)),
        _ => None,
    }
}

fn blocks(text: &[u8], label: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut blocks = Vec::new();
    let mut rest = core::str::from_utf8(text).ok()?.trim_ascii();
    while !rest.is_empty() {
        let (body, after) = rest.strip_prefix(begin.as_str())?.split_once(end.as_str())?;
        let characters: String = body.split_ascii_whitespace().collect();
        blocks.push(STANDARD.decode(characters).ok().filter(|der| !der.is_empty())?);
        rest = after.trim_ascii_start();
    }
    Some(blocks)
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
