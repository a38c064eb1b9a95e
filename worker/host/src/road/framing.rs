//! Counts the fields of a Binary HTTP request (RFC 9292 §3) before it is decoded.
//!
//! The decoder makes two vectors of each field, and a field takes three bytes: a sealed request of the largest size
//! would cost thirty times its size in memory, and nobody has to be known to send one. Counting takes no memory. A
//! message that ends too early is left to the decoder, which says what is wrong.

use adyton_protocol::call::MAX_FIELDS;

use crate::error::Refusal;

/// Framing indicators of requests: of known length, and of indeterminate length.
const KNOWN: u64 = 0;
const INDETERMINATE: u64 = 2;

/// Refuses what is no request, and more than [`MAX_FIELDS`] fields in its header or trailer.
pub fn bound_fields(message: &[u8]) -> Result<(), Refusal> {
    let rest = &mut &message[..];
    let framing = varint(rest);
    // Method, scheme, authority, path.
    let control = (0..4).all(|_| piece(rest).is_some());
    match framing {
        Some(KNOWN | INDETERMINATE) if !control => Ok(()),
        Some(KNOWN) => {
            count(&mut piece(rest).unwrap_or_default())?;
            let _content = piece(rest);
            count(&mut piece(rest).unwrap_or_default())
        }
        Some(INDETERMINATE) => {
            count(rest)?;
            while piece(rest).is_some_and(|chunk| !chunk.is_empty()) {}
            count(rest)
        }
        Some(_) | None => Err(Refusal::Malformed("not a request".into())),
    }
}

/// Counts fields up to the end, or to the empty name that ends a section of indeterminate length.
fn count(section: &mut &[u8]) -> Result<(), Refusal> {
    let mut fields = 0;
    while piece(section).is_some_and(|name| !name.is_empty()) {
        piece(section);
        fields += 1;
        if fields > MAX_FIELDS {
            return Err(Refusal::TooLarge("field section"));
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
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let width = 1 << (rest.first()? >> 6);
    let (number, after) = rest.split_at_checked(width)?;
    *rest = after;
    let number = number.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    Some(number & (u64::MAX >> (66 - 8 * width)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bhttp::{Message, Mode};

    fn request(fields: usize, trailer: usize, mode: Mode) -> Vec<u8> {
        let mut message = Message::request(b"POST".to_vec(), b"https".to_vec(), b"c".to_vec(), b"/".to_vec());
        (0..fields).for_each(|_| message.put_header("a", ""));
        (0..trailer).for_each(|_| message.put_trailer("a", ""));
        message.write_content(b"content".repeat(100));
        let mut out = Vec::new();
        message.write_bhttp(mode, &mut out).expect("writes");
        out
    }

    #[test]
    fn as_many_fields_as_are_allowed_are_counted_in_both_framings() {
        for mode in [Mode::KnownLength, Mode::IndeterminateLength] {
            assert_eq!(bound_fields(&request(MAX_FIELDS, 0, mode)), Ok(()));
            assert_eq!(bound_fields(&request(0, MAX_FIELDS, mode)), Ok(()));
        }
    }

    #[test]
    fn one_field_more_is_refused_before_it_is_decoded_in_header_and_trailer() {
        for mode in [Mode::KnownLength, Mode::IndeterminateLength] {
            let refused = Err(Refusal::TooLarge("field section"));
            assert_eq!(bound_fields(&request(MAX_FIELDS + 1, 0, mode)), refused);
            assert_eq!(bound_fields(&request(0, MAX_FIELDS + 1, mode)), refused);
        }
    }

    #[test]
    fn a_response_is_not_decoded() {
        for framing in [1, 3, 4] {
            assert!(matches!(bound_fields(&[framing, 0, 0, 0, 0, 0]), Err(Refusal::Malformed(_))));
        }
    }

    #[test]
    fn whatever_the_bytes_are_the_decoder_never_meets_more_fields_than_were_counted() {
        for mode in [Mode::KnownLength, Mode::IndeterminateLength] {
            let honest = request(MAX_FIELDS, 3, mode);
            for at in 0..honest.len() {
                for change in [0x01, 0x40, 0x80, 0xff] {
                    let mut altered = honest.clone();
                    altered[at] ^= change;
                    if bound_fields(&altered).is_ok()
                        && let Ok(message) = Message::read_bhttp(&mut std::io::Cursor::new(&altered[..]))
                    {
                        assert!(message.header().len() <= MAX_FIELDS && message.trailer().len() <= MAX_FIELDS);
                    }
                }
            }
        }
    }
}
