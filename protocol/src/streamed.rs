//! Responses in Binary HTTP of indeterminate length (RFC 9292 §3.2), written and read piece by piece.
//!
//! What is read so is provisional until the response's end is there and says, in its trailer, why it should be believed.
//! A response must end: what stops before the end of its trailer never becomes [`Part::End`], though RFC 9292 §3.8 lets
//! a message leave empty parts out.
//!
//! ```
//! use adyton_protocol::streamed::{self, Part, Reader};
//! let mut reader = Reader::default();
//! let mut parts = reader.read(&streamed::head(200, &vec![])).unwrap();
//! parts.extend(reader.read(&streamed::content(b"hello")).unwrap());
//! assert!(!reader.is_over());
//! parts.extend(reader.read(&streamed::end(&[])).unwrap());
//! assert_eq!(parts[1..], [Part::Content(b"hello".to_vec()), Part::End(vec![])]);
//! ```

use alloc::vec::Vec;
use core::{fmt, mem};

use crate::{
    call::{Fields, MAX_FIELD, MAX_FIELDS},
    framing::varint,
    receipt::MAX_RECEIPT,
};

/// The framing indicator of a response of indeterminate length.
const INDICATOR: u64 = 3;
/// The most bytes of a trailer field, name and value: it may be a receipt, as base64url.
const MAX_TRAILER: usize = MAX_RECEIPT / 3 * 4 + 64;

/// A response's beginning: its status and header fields.
pub fn head(status: u16, fields: &Fields) -> Vec<u8> {
    let mut out = Vec::new();
    write_number(&mut out, INDICATOR);
    write_number(&mut out, status.into());
    fields.iter().for_each(|(name, value)| write_field(&mut out, name, value));
    write_number(&mut out, 0);
    out
}

/// The next bytes of its content; none are nothing, because an empty chunk would end it.
pub fn content(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if !bytes.is_empty() {
        write_bytes(&mut out, bytes);
    }
    out
}

/// The end of its content, and its trailer.
pub fn end(trailer: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    write_number(&mut out, 0);
    trailer.iter().for_each(|(name, value)| write_field(&mut out, name.as_bytes(), value));
    write_number(&mut out, 0);
    out
}

fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    write_bytes(out, name);
    write_bytes(out, value);
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// As RFC 9000 §16 has it, in as few bytes as it takes.
fn write_number(out: &mut Vec<u8>, number: u64) {
    let (width, mark) = match number {
        0..=0x3f => (1, 0),
        0x40..=0x3fff => (2, 1 << 14),
        0x4000..=0x3fff_ffff => (4, 2 << 30),
        _ => (8, 3 << 62),
    };
    let bytes = (number | mark).to_be_bytes();
    out.extend_from_slice(bytes.get(8 - width..).unwrap_or_default());
}

/// A part of a response, in the order in which they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Its beginning: status and header fields.
    Head(u16, Fields),
    /// The next bytes of its content, at least one.
    Content(Vec<u8>),
    /// Its end, with the trailer.
    End(Fields),
}

/// Why a response is not read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamRefusal {
    /// It is no response of indeterminate length.
    NotStreamed,
    /// Its status is none of a final response.
    Status,
    /// There are more than [`MAX_FIELDS`] fields in its header or trailer.
    TooManyFields,
    /// A field is longer than allowed.
    LongField,
    /// A chunk says that it is longer than anything.
    LongChunk,
    /// Something other than zeros follows the end.
    Behind,
}

/// Reads a response as it comes. It keeps no more of it than a field.
#[derive(Debug, Default)]
pub struct Reader {
    stage: Stage,
    /// What came, and is too little to be read.
    unread: Vec<u8>,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Indicator,
    Status,
    Header(u16, Fields),
    Chunk,
    Content(usize),
    Trailer(Fields),
    Over,
}

/// A line of a section of fields.
enum Line {
    Field(Vec<u8>, Vec<u8>),
    End,
}

impl Reader {
    /// The parts that these next bytes make whole. After a refusal nothing more may be read.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Part>, StreamRefusal> {
        let mut all = mem::take(&mut self.unread);
        all.extend_from_slice(bytes);
        let rest = &mut &all[..];
        let mut parts = Vec::new();
        while self.step(rest, &mut parts)? {}
        let read = all.len() - rest.len();
        all.drain(..read);
        self.unread = all;
        Ok(parts)
    }

    /// Whether its end was there.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Reads one thing; false if there is not enough of it yet.
    fn step(&mut self, rest: &mut &[u8], parts: &mut Vec<Part>) -> Result<bool, StreamRefusal> {
        let next = match &mut self.stage {
            Stage::Indicator => match varint(rest) {
                None => return Ok(false),
                Some(INDICATOR) => Stage::Status,
                Some(_) => return Err(StreamRefusal::NotStreamed),
            },
            Stage::Status => match varint(rest).map(u16::try_from) {
                None => return Ok(false),
                Some(Ok(status @ 200..=599)) => Stage::Header(status, Fields::new()),
                Some(_) => return Err(StreamRefusal::Status),
            },
            Stage::Header(status, fields) => {
                if !read_fields(rest, fields, MAX_FIELD)? {
                    return Ok(false);
                }
                parts.push(Part::Head(*status, mem::take(fields)));
                Stage::Chunk
            }
            Stage::Chunk => match varint(rest).map(usize::try_from) {
                None => return Ok(false),
                Some(Ok(0)) => Stage::Trailer(Fields::new()),
                Some(Ok(left)) => Stage::Content(left),
                Some(Err(_)) => return Err(StreamRefusal::LongChunk),
            },
            Stage::Content(left) => {
                let (chunk, behind) = rest.split_at(rest.len().min(*left));
                if chunk.is_empty() {
                    return Ok(false);
                }
                *rest = behind;
                parts.push(Part::Content(chunk.to_vec()));
                match left.saturating_sub(chunk.len()) {
                    0 => Stage::Chunk,
                    left => Stage::Content(left),
                }
            }
            Stage::Trailer(fields) => {
                if !read_fields(rest, fields, MAX_TRAILER)? {
                    return Ok(false);
                }
                parts.push(Part::End(mem::take(fields)));
                Stage::Over
            }
            // RFC 9292 §3.8: zeros behind a message are padding.
            Stage::Over if mem::take(rest).iter().all(|byte| *byte == 0) => return Ok(false),
            Stage::Over => return Err(StreamRefusal::Behind),
        };
        self.stage = next;
        Ok(true)
    }
}

/// Adds the lines that are there to `fields`; whether the section's end is among them.
fn read_fields(rest: &mut &[u8], fields: &mut Fields, most: usize) -> Result<bool, StreamRefusal> {
    loop {
        match line(rest, most)? {
            None => return Ok(false),
            Some(Line::End) => return Ok(true),
            Some(Line::Field(..)) if fields.len() >= MAX_FIELDS => return Err(StreamRefusal::TooManyFields),
            Some(Line::Field(name, value)) => fields.push((name, value)),
        }
    }
}

/// The next line of a section, whose name and value have at most `most` bytes; nothing if it is not whole.
fn line(rest: &mut &[u8], most: usize) -> Result<Option<Line>, StreamRefusal> {
    let mut ahead = *rest;
    let Some(name) = piece(&mut ahead, most)? else { return Ok(None) };
    if name.is_empty() {
        *rest = ahead;
        return Ok(Some(Line::End));
    }
    let Some(value) = piece(&mut ahead, most.saturating_sub(name.len()))? else { return Ok(None) };
    *rest = ahead;
    Ok(Some(Line::Field(name.to_vec(), value.to_vec())))
}

/// Bytes with their length in front; nothing if they are not whole.
fn piece<'a>(rest: &mut &'a [u8], most: usize) -> Result<Option<&'a [u8]>, StreamRefusal> {
    let Some(length) = varint(rest) else { return Ok(None) };
    let length = usize::try_from(length).ok().filter(|length| *length <= most).ok_or(StreamRefusal::LongField)?;
    let Some((piece, behind)) = rest.split_at_checked(length) else { return Ok(None) };
    *rest = behind;
    Ok(Some(piece))
}

impl fmt::Display for StreamRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStreamed => "not a response of indeterminate length",
            Self::Status => "its status is none of a response",
            Self::TooManyFields => "too many header fields",
            Self::LongField => "a header field is too long",
            Self::LongChunk => "a chunk's length is none",
            Self::Behind => "bytes after the message",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use bhttp::{Message, StatusCode};

    fn fields() -> Fields {
        vec![(b"content-type".to_vec(), b"text/plain".to_vec()), (b"x-empty".to_vec(), vec![])]
    }

    /// A response in pieces, each of its own kind.
    fn pieces() -> Vec<Vec<u8>> {
        vec![
            head(201, &fields()),
            content(b"one"),
            content(&[7; 100]),
            content(b""),
            end(&[("adyton-receipt", b"abc")]),
        ]
    }

    fn whole() -> Vec<u8> {
        pieces().concat()
    }

    /// The parts of `bytes` that come `width` at a time, contents joined.
    fn read(bytes: &[u8], width: usize) -> Result<(Vec<Part>, bool), StreamRefusal> {
        let mut reader = Reader::default();
        let mut parts: Vec<Part> = Vec::new();
        for some in bytes.chunks(width) {
            for part in reader.read(some)? {
                match (parts.last_mut(), part) {
                    (Some(Part::Content(before)), Part::Content(more)) => before.extend(more),
                    (_, part) => parts.push(part),
                }
            }
        }
        Ok((parts, reader.is_over()))
    }

    fn refused(bytes: &[u8]) -> StreamRefusal {
        read(bytes, bytes.len()).expect_err("must be refused")
    }

    #[test]
    fn what_is_written_in_pieces_is_read_however_it_is_cut() {
        let content = [&b"one"[..], &[7; 100]].concat();
        let trailer = vec![(b"adyton-receipt".to_vec(), b"abc".to_vec())];
        let expected = vec![Part::Head(201, fields()), Part::Content(content), Part::End(trailer)];
        for width in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(read(&whole(), width), Ok((expected.clone(), true)), "{width}");
        }
    }

    #[test]
    fn the_standards_decoder_reads_the_same() {
        let message = Message::read_bhttp(&mut std::io::Cursor::new(whole())).expect("reads");
        assert_eq!(message.control().status().map(StatusCode::code), Some(201));
        let names: Vec<_> = message.header().fields().iter().map(|field| field.name().to_vec()).collect();
        assert_eq!(names, [b"content-type".to_vec(), b"x-empty".to_vec()]);
        assert_eq!(message.content(), [&b"one"[..], &[7; 100]].concat());
        assert_eq!(message.trailer().get(b"adyton-receipt"), Some(&b"abc"[..]));
    }

    #[test]
    fn what_stops_anywhere_before_its_end_is_not_over() {
        let whole = whole();
        for end in 0..whole.len() {
            let (parts, over) = read(&whole[..end], 5).expect("is no fault yet");
            assert!(!over && !parts.iter().any(|part| matches!(part, Part::End(_))), "{end}");
        }
    }

    #[test]
    fn a_message_of_known_length_and_a_request_are_refused() {
        for indicator in [0, 1, 2, 4] {
            assert_eq!(refused(&[indicator, 0x40, 200]), StreamRefusal::NotStreamed);
        }
    }

    #[test]
    fn an_informational_response_and_a_number_that_is_no_status_are_refused() {
        for status in [0, 100, 103, 199, 600, 65_000] {
            assert_eq!(refused(&head(status, &vec![])), StreamRefusal::Status, "{status}");
        }
        assert_eq!(refused(&[3, 0x80, 1, 0, 200]), StreamRefusal::Status);
    }

    #[test]
    fn as_many_fields_as_are_allowed_are_read_and_one_more_is_refused() {
        let many = |count| vec![(b"a".to_vec(), vec![]); count];
        assert!(read(&head(200, &many(MAX_FIELDS)), 100).is_ok());
        assert_eq!(refused(&head(200, &many(MAX_FIELDS + 1))), StreamRefusal::TooManyFields);
        let trailer = vec![("a", &b""[..]); MAX_FIELDS + 1];
        assert_eq!(refused(&[head(200, &vec![]), end(&trailer)].concat()), StreamRefusal::TooManyFields);
    }

    #[test]
    fn a_field_that_is_too_long_is_refused_before_it_is_there() {
        let long = |length: usize| head(200, &vec![(b"a".to_vec(), vec![0; length])]);
        assert!(read(&long(MAX_FIELD - 1), 1000).is_ok());
        assert_eq!(refused(&long(MAX_FIELD)[..20]), StreamRefusal::LongField);
        let trailer = |length: usize| [head(200, &vec![]), end(&[("a", &vec![0; length])])].concat();
        assert!(read(&trailer(MAX_TRAILER - 1), 1000).is_ok());
        assert_eq!(refused(&trailer(MAX_TRAILER)[..20]), StreamRefusal::LongField);
        // A name that says that it is longer than anything.
        assert_eq!(refused(&[3, 0x40, 200, 0xff, 255, 255, 255, 255, 255, 255, 255]), StreamRefusal::LongField);
    }

    #[test]
    fn padding_with_zeros_may_follow_the_end_and_nothing_else() {
        let padded = [whole(), vec![0; 10]].concat();
        assert_eq!(read(&padded, 9).map(|(_, over)| over), Ok(true));
        assert_eq!(read(&[padded, vec![1]].concat(), 9), Err(StreamRefusal::Behind));
    }
}
