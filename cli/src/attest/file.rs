//! Files as people have them: bytes, or the same as hexadecimal digits or Base64.

use std::{
    fs::File as Opened,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Result;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::output::misuse;

/// The most bytes of any file that is read: the longest collateral, with room.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// A file's content, and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it was read from.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl File {
    /// Reads all of it.
    pub fn read(path: &Path) -> Result<Self> {
        let file = Self::read_or_begin(path)?;
        match file.is_too_long() {
            true => Err(misuse(format!("{} has more than {MAX_FILE_BYTES} bytes", path.display()))),
            false => Ok(file),
        }
    }

    /// Reads all of it, or the beginning of one that is too long.
    pub fn read_or_begin(path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| misuse(format!("cannot read {}: {error}", path.display()));
        let mut bytes = Vec::new();
        Opened::open(path).map_err(unreadable)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// Whether only the beginning was read.
    pub fn is_too_long(&self) -> bool {
        self.bytes.len() as u64 > MAX_FILE_BYTES
    }

    /// The file's name, for messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// What begins with any of `first`, after white space.
    pub fn starts_with(&self, first: &[u8]) -> bool {
        self.bytes.trim_ascii_start().first().is_some_and(|byte| first.contains(byte))
    }

    /// The bytes that it stands for: decoded if it is all hexadecimal digits or all Base64, as they are otherwise.
    pub fn binary(&self) -> Vec<u8> {
        decoded(&self.bytes).unwrap_or_else(|| self.bytes.clone())
    }
}

/// What a text of hexadecimal digits (with or without `0x`) or of Base64 (either alphabet, padded or not, in lines)
/// stands for; `None` if it is neither.
fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
    const FOR_ADDRESSES: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?;
    let characters: String = text.split_ascii_whitespace().collect();
    if characters.is_empty() {
        return None;
    }
    digits(&characters).or_else(|| STANDARD.decode(&characters).ok()).or_else(|| FOR_ADDRESSES.decode(&characters).ok())
}

/// What hexadecimal digits, with or without `0x`, stand for; `None` if it is anything else.
pub fn digits(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// Bytes typed on the command line as hexadecimal digits.
pub fn typed_hex(text: &str, option: &str) -> Result<Vec<u8>> {
    digits(text).ok_or_else(|| misuse(format!("{option} takes pairs of hexadecimal digits")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(bytes: &[u8]) -> Vec<u8> {
        File { path: "test".into(), bytes: bytes.into() }.binary()
    }

    #[test]
    fn bytes_come_as_they_are_or_as_text() {
        let raw = [4, 0, 2, 0, 0x81, 0xff];
        assert_eq!(binary(&raw), raw);
        for text in ["0400020081ff", "0x0400020081FF\n", "0400\n0200\n81ff\n", "BAACAIH/", "BAACAIH_\n", "BAAC\nAIH/"] {
            assert_eq!(binary(text.as_bytes()), raw, "{text}");
        }
        assert_eq!(binary(b"BAACAIE"), [4, 0, 2, 0, 0x81]);
        for other in [&b""[..], b" \n", b"{\"quote\": 1}", b"0x04zz", "é".as_bytes()] {
            assert_eq!(binary(other), other);
        }
    }

    #[test]
    fn a_file_that_is_not_there_or_too_long_is_bad_use() {
        let folder = tempfile::tempdir().unwrap();
        assert!(File::read(&folder.path().join("none")).unwrap_err().to_string().contains("cannot read"));
        let long = folder.path().join("long");
        std::fs::File::create(&long).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(File::read(&long).unwrap_err().to_string().contains("more than"));
    }

    #[test]
    fn typed_digits_are_read_and_anything_else_is_bad_use() {
        assert_eq!(typed_hex("0x00ff", "--report-data").unwrap(), [0, 0xff]);
        for bad in ["0", "zz", "0x0"] {
            assert!(typed_hex(bad, "--report-data").unwrap_err().to_string().contains("--report-data"), "{bad}");
        }
    }
}
