//! Texts of whoever made the evidence, in messages.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Bytes that are kept.
const BYTES: usize = 24;

/// The beginning of a text that somebody else wrote: at most 24 bytes of UTF-8, shown in quotes and with everything
/// escaped that is not printable ASCII.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct Excerpt {
    #[serde(with = "hex::serde")]
    bytes: [u8; BYTES],
    length: u8,
    is_cut: bool,
}

impl Excerpt {
    /// Of `text`.
    pub fn of(text: &str) -> Self {
        let end = text.floor_char_boundary(BYTES);
        let mut bytes = [0; BYTES];
        for (kept, byte) in bytes.iter_mut().zip(text.bytes().take(end)) {
            *kept = byte;
        }
        Self { bytes, length: u8::try_from(end).unwrap_or(u8::MAX), is_cut: end < text.len() }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes);
        let text = core::str::from_utf8(kept).unwrap_or_default();
        let rest = if self.is_cut { ".." } else { "" };
        write!(formatter, "\"{}{rest}\"", text.escape_default())
    }
}

#[cfg(test)]
mod tests {
    use super::Excerpt;
    use alloc::string::ToString;
    use codec::{DecodeAll, Encode};

    #[test]
    fn what_is_not_printable_is_escaped() {
        assert_eq!(Excerpt::of("a\u{1b}[2J\n\"ü").to_string(), r#""a\u{1b}[2J\n\"\u{fc}""#);
        assert_eq!(Excerpt::of("").to_string(), r#""""#);
    }

    #[test]
    fn what_is_longer_is_cut_between_two_characters() {
        assert_eq!(Excerpt::of(&"a".repeat(24)).to_string(), alloc::format!("\"{}\"", "a".repeat(24)));
        assert_eq!(Excerpt::of(&"a".repeat(25)).to_string(), alloc::format!("\"{}..\"", "a".repeat(24)));
        let cut = alloc::format!("{}ü", "a".repeat(23));
        assert_eq!(Excerpt::of(&cut).to_string(), alloc::format!("\"{}..\"", "a".repeat(23)));
    }

    #[test]
    fn any_encoding_is_shown() {
        let shown = |bytes: &[u8]| Excerpt::decode_all(&mut &bytes[..]).expect("has the length").to_string();
        assert_eq!(shown(&[&[0xff; 24][..], &[255, 0]].concat()), r#""""#);
        assert_eq!(shown(&Excerpt::of("a").encode()), r#""a""#);
    }
}
