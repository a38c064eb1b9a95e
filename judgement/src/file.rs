//! Files as people have them: bytes, or the same as hexadecimal digits or Base64.

use std::path::PathBuf;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::error::{Result, misuse};

/// The most bytes of any file that is read: the longest collateral, with room.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// A file's content, and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What the caller calls it: where it was read from.
    pub path: PathBuf,
    /// All of it, or of a longer one more than [`MAX_FILE_BYTES`].
    pub bytes: Vec<u8>,
}

impl File {
    /// The file, if it is not too long.
    ///
    /// # Errors
    /// It has more than [`MAX_FILE_BYTES`].
    pub fn bounded(self) -> Result<Self> {
        match self.is_too_long() {
            true => Err(misuse(format!("{} has more than {MAX_FILE_BYTES} bytes", self.name()))),
            false => Ok(self),
        }
    }

    /// Whether it is longer than any file that is read.
    pub fn is_too_long(&self) -> bool {
        self.bytes.len() > MAX_FILE_BYTES
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
pub(crate) fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
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
    fn a_file_that_is_too_long_is_bad_use() {
        let file = |length| File { path: "test".into(), bytes: vec![0; length] };
        assert!(file(MAX_FILE_BYTES).bounded().is_ok());
        assert!(file(MAX_FILE_BYTES + 1).bounded().unwrap_err().to_string().starts_with("test has more than"));
    }

    #[test]
    fn digits_are_pairs_of_hexadecimal_digits() {
        assert_eq!(digits("0x00ff").unwrap(), [0, 0xff]);
        assert!(["0", "zz", "0x0"].into_iter().all(|bad| digits(bad).is_none()));
    }
}
