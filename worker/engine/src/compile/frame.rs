//! What the two processes say to each other.
//!
//! ```text
//! to the compiler   = secret 32 | length u64 | component
//! from the compiler = kind 1    | length u64 | payload
//! ```
//!
//! Lengths are little-endian. Kind 0 is sealed code, kind 1 what is wrong with the component, kind 2 why it could not be
//! compiled although nothing is known to be wrong with it; both in English.

use std::io::{self, Read, Write};

use adyton_precompiled::Sealer;
use zeroize::Zeroizing;

/// The longest reason, in bytes.
pub(super) const MAX_REASON: usize = 4096;

/// What the compiler says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Sealed code.
    Code(Vec<u8>),
    /// What is wrong with the component.
    Refused(String),
    /// Why there is none, which is no fault of the component.
    Failed(String),
}

/// The beginning of what the compiler is told.
pub(super) fn request_head(sealer: &Sealer, component: &[u8]) -> Zeroizing<[u8; 40]> {
    let mut head = Zeroizing::new([0; 40]);
    head[..32].copy_from_slice(sealer.to_send());
    head[32..].copy_from_slice(&(component.len() as u64).to_le_bytes());
    head
}

/// Reads what the compiler is told; a component of at most `max` bytes.
pub(super) fn read_request(from: &mut impl Read, max: usize) -> io::Result<(Sealer, Vec<u8>)> {
    let mut sealer = Zeroizing::new([0; 32]);
    from.read_exact(&mut sealer[..])?;
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    Ok((Sealer::received(sealer), read_bounded(from, u64::from_le_bytes(length), max)?))
}

/// Writes what the compiler says.
pub(super) fn write_reply(to: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let (kind, payload) = match reply {
        Reply::Code(code) => (0, code.as_slice()),
        Reply::Refused(reason) => (1, bounded(reason)),
        Reply::Failed(reason) => (2, bounded(reason)),
    };
    to.write_all(&[kind])?;
    to.write_all(&(payload.len() as u64).to_le_bytes())?;
    to.write_all(payload)?;
    to.flush()
}

/// As much of a reason as may be said.
fn bounded(reason: &str) -> &[u8] {
    &reason.as_bytes()[..reason.floor_char_boundary(MAX_REASON)]
}

/// What the first bytes of a reply announce: its kind and how many bytes follow, of at most `max`.
pub(super) fn reply_length(head: [u8; 9], max: usize) -> io::Result<(u8, usize)> {
    let [kind, length @ ..] = head;
    let max = match kind {
        0 => max,
        1 | 2 => MAX_REASON,
        _unknown => return Err(io::Error::new(io::ErrorKind::InvalidData, "an unknown kind of reply")),
    };
    let length = usize::try_from(u64::from_le_bytes(length)).ok().filter(|length| *length <= max);
    Ok((kind, length.ok_or_else(too_long)?))
}

/// A reply of a kind that [`reply_length`] has let pass.
pub(super) fn reply(kind: u8, payload: Vec<u8>) -> Reply {
    match kind {
        0 => Reply::Code(payload),
        1 => Reply::Refused(String::from_utf8_lossy(&payload).into_owned()),
        _failed => Reply::Failed(String::from_utf8_lossy(&payload).into_owned()),
    }
}

/// The buffer grows with what comes, not with what is announced.
fn read_bounded(from: &mut impl Read, length: u64, max: usize) -> io::Result<Vec<u8>> {
    if length > max as u64 {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "longer than allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(component: &[u8]) -> Vec<u8> {
        [request_head(&Sealer::received(Zeroizing::new([7; 32])), component).as_slice(), component].concat()
    }

    #[test]
    fn a_request_reads_as_it_was_written() {
        let (sealer, component) = read_request(&mut request(b"component").as_slice(), 9).expect("reads");
        assert_eq!((*sealer.to_send(), component.as_slice()), ([7; 32], b"component".as_slice()));
    }

    #[test]
    fn a_request_that_is_cut_or_too_long_is_refused() {
        let request = request(b"component");
        for length in [0, 31, 32, 39, 40, request.len() - 1] {
            assert!(read_request(&mut &request[..length], 9).is_err(), "{length}");
        }
        assert!(read_request(&mut request.as_slice(), 8).is_err());
    }

    #[test]
    fn a_reply_reads_as_it_was_written() {
        for said in [Reply::Code(b"code".to_vec()), Reply::Refused("why".into()), Reply::Failed("why".into())] {
            let mut bytes = Vec::new();
            write_reply(&mut bytes, &said).expect("writes");
            let (head, payload) = bytes.split_first_chunk().expect("a head");
            let (kind, length) = reply_length(*head, 4).expect("a reply");
            assert_eq!(length, payload.len());
            assert_eq!(reply(kind, payload.to_vec()), said);
        }
    }

    #[test]
    fn a_reply_of_an_unknown_kind_or_too_long_is_refused() {
        let head = |kind: u8, length: u64| {
            let mut head = [kind; 9];
            head[1..].copy_from_slice(&length.to_le_bytes());
            head
        };
        assert!(reply_length(head(0, 4), 4).is_ok());
        assert!(reply_length(head(0, 5), 4).is_err());
        assert!(reply_length(head(1, MAX_REASON as u64 + 1), usize::MAX).is_err());
        assert!(reply_length(head(3, 0), 4).is_err());
    }

    #[test]
    fn a_long_reason_is_cut_where_a_character_ends() {
        let mut bytes = Vec::new();
        write_reply(&mut bytes, &Reply::Refused("é".repeat(MAX_REASON))).expect("writes");
        assert_eq!(bytes.len(), 9 + MAX_REASON);
    }
}
