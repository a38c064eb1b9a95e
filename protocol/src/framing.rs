//! Counts the fields of a Binary HTTP message (RFC 9292 §3) before it is decoded.
//!
//! A decoder makes two vectors of each field, and a field takes three bytes: a sealed message of the largest size
//! would cost thirty times its size in memory, on the worker's side sent by somebody who need not be known, on the
//! client's by a worker. Counting takes no memory. A message that ends too early is left to the decoder, which says
//! what is wrong.

use core::fmt;

use crate::call::MAX_FIELDS;

/// Requests and responses. Each has two framing indicators: of known length, and of indeterminate length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Indicators 0 and 2.
    Request,
    /// Indicators 1 and 3.
    Response,
}

/// Why a message is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramingRefusal {
    /// It is not of the kind that is expected.
    NotA(Kind),
    /// Informational responses come before the response.
    Informational,
    /// There are more than [`MAX_FIELDS`] fields in its header or trailer.
    TooManyFields,
}

/// Refuses a message that is not of `kind`, and more than [`MAX_FIELDS`] fields in its header or trailer.
pub fn bound_fields(kind: Kind, message: &[u8]) -> Result<(), FramingRefusal> {
    let rest = &mut &message[..];
    let known = match (kind, varint(rest)) {
        (Kind::Request, Some(0)) | (Kind::Response, Some(1)) => true,
        (Kind::Request, Some(2)) | (Kind::Response, Some(3)) => false,
        (Kind::Request | Kind::Response, _) => return Err(FramingRefusal::NotA(kind)),
    };
    let control = match kind {
        // Method, scheme, authority, path.
        Kind::Request => (0..4).all(|_| piece(rest).is_some()),
        Kind::Response => match varint(rest) {
            Some(100..=199) => return Err(FramingRefusal::Informational),
            status => status.is_some(),
        },
    };
    if !control {
        return Ok(());
    }
    if known {
        count(&mut piece(rest).unwrap_or_default())?;
        let _content = piece(rest);
        count(&mut piece(rest).unwrap_or_default())
    } else {
        count(rest)?;
        while piece(rest).is_some_and(|chunk| !chunk.is_empty()) {}
        count(rest)
    }
}

/// Counts fields up to the end, or to the empty name that ends a section of indeterminate length.
fn count(section: &mut &[u8]) -> Result<(), FramingRefusal> {
    let mut fields = 0;
    while piece(section).is_some_and(|name| !name.is_empty()) {
        piece(section);
        fields += 1;
        if fields > MAX_FIELDS {
            return Err(FramingRefusal::TooManyFields);
        }
    }
    Ok(())
}

/// Bytes with their length in front.
fn piece<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(rest)?).ok()?;
    let (piece, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(piece)
}

/// A number of one, two, four or eight bytes (RFC 9000 §16): its first two bits say how many.
pub fn varint(rest: &mut &[u8]) -> Option<u64> {
    let width = 1 << (rest.first()? >> 6);
    let (number, after) = rest.split_at_checked(width)?;
    *rest = after;
    let number = number.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    Some(number & (u64::MAX >> (66 - 8 * width)))
}

impl fmt::Display for FramingRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotA(Kind::Request) => "not a request",
            Self::NotA(Kind::Response) => "not a response",
            Self::Informational => "informational responses do not belong there",
            Self::TooManyFields => "too many header fields",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use bhttp::{Message, Mode, StatusCode};

    const MODES: [Mode; 2] = [Mode::KnownLength, Mode::IndeterminateLength];
    const KINDS: [Kind; 2] = [Kind::Request, Kind::Response];

    fn message(kind: Kind, fields: usize, trailer: usize, mode: Mode) -> Vec<u8> {
        let mut message = match kind {
            Kind::Request => Message::request(b"POST".to_vec(), b"https".to_vec(), b"c".to_vec(), b"/".to_vec()),
            Kind::Response => Message::response(StatusCode::OK),
        };
        (0..fields).for_each(|_| message.put_header("a", ""));
        (0..trailer).for_each(|_| message.put_trailer("a", ""));
        message.write_content(b"content".repeat(100));
        let mut out = Vec::new();
        message.write_bhttp(mode, &mut out).expect("writes");
        out
    }

    /// Each kind in each framing.
    fn each(mut test: impl FnMut(Kind, Mode)) {
        KINDS.into_iter().for_each(|kind| MODES.into_iter().for_each(|mode| test(kind, mode)));
    }

    #[test]
    fn as_many_fields_as_are_allowed_are_counted_in_both_framings() {
        each(|kind, mode| {
            assert_eq!(bound_fields(kind, &message(kind, MAX_FIELDS, 0, mode)), Ok(()));
            assert_eq!(bound_fields(kind, &message(kind, 0, MAX_FIELDS, mode)), Ok(()));
        });
    }

    #[test]
    fn one_field_more_is_refused_in_header_and_trailer() {
        each(|kind, mode| {
            let refused = Err(FramingRefusal::TooManyFields);
            assert_eq!(bound_fields(kind, &message(kind, MAX_FIELDS + 1, 0, mode)), refused);
            assert_eq!(bound_fields(kind, &message(kind, 0, MAX_FIELDS + 1, mode)), refused);
        });
    }

    #[test]
    fn a_request_is_no_response_and_a_response_no_request() {
        each(|kind, mode| {
            let other = if kind == Kind::Request { Kind::Response } else { Kind::Request };
            assert_eq!(bound_fields(other, &message(kind, 1, 1, mode)), Err(FramingRefusal::NotA(other)));
        });
        assert_eq!(bound_fields(Kind::Request, &[4, 0, 0, 0, 0]), Err(FramingRefusal::NotA(Kind::Request)));
        assert_eq!(bound_fields(Kind::Response, &[]), Err(FramingRefusal::NotA(Kind::Response)));
    }

    #[test]
    fn informational_responses_whose_fields_nobody_counts_are_refused() {
        // Known length, status 103, no fields; then the response itself.
        let message = [1, 0x40, 103, 0, 0x40, 200, 0, 0, 0];
        assert_eq!(bound_fields(Kind::Response, &message), Err(FramingRefusal::Informational));
    }

    #[test]
    fn whatever_the_bytes_are_the_decoder_never_meets_more_fields_than_were_counted() {
        each(|kind, mode| {
            let honest = message(kind, MAX_FIELDS, 3, mode);
            for at in 0..honest.len() {
                for change in [0x01, 0x40, 0x80, 0xff] {
                    let mut altered = honest.clone();
                    altered[at] ^= change;
                    if bound_fields(kind, &altered).is_ok()
                        && let Ok(message) = Message::read_bhttp(&mut std::io::Cursor::new(&altered[..]))
                    {
                        assert!(message.header().len() <= MAX_FIELDS && message.trailer().len() <= MAX_FIELDS);
                        assert!(message.informational().is_empty());
                    }
                }
            }
        });
    }
}
