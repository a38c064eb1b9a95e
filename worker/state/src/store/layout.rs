//! Where the store keeps what, in the database's one key space. The first byte of a key is its space, so
//! that no contract's key ever meets one of ours.

use adyton_protocol::{
    ids::{Digest, RequestId},
    record::StateHead,
};
use bytes::{BufMut, Bytes, BytesMut};
use codec::{Decode, DecodeAll, Encode};

use super::{Asked, StoredAnswer};
use crate::StateError;

/// The database's own folder under the store's root.
pub const DATABASE: &str = "db";
/// The folder of writers' claims under the store's root.
pub const WRITERS: &str = "writers";

const META: u8 = 0;
const USER: u8 = 1;
const ANSWER: u8 = 2;
const EXPIRY: u8 = 3;
const LINK: u8 = 4;
const END: u8 = 5;
const RECORD: u8 = 6;
const ASKED: u8 = 7;
const ASKED_END: u8 = 8;

/// The version of the whole layout.
const LAYOUT: u8 = 3;
/// The key of [`Meta`]. Its last byte is the version of the whole layout, so that no program takes one of another
/// version for an empty store, or reads its values in a wrong form.
pub const META_KEY: [u8; 3] = [META, b'm', LAYOUT];
/// The key of the pinned heads.
pub const PINS_KEY: [u8; 3] = [META, b'p', 1];

/// Where the store stands; written anew with every commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Meta {
    /// The newest commit.
    pub head: StateHead,
    /// The version that the next written value gets.
    pub next_version: u64,
    /// The newest lease that has written.
    pub lease: u64,
    /// How many entries have an end.
    pub ending: u64,
    /// Bytes of all entries, as `quota` counts them.
    pub stored: u64,
}

/// One commit's place in the chain of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// The head's hash after the commit.
    pub hash: Digest,
    /// The digest of the commit's writes.
    pub digest: Digest,
}

/// Decodes one of the records above, or the pins.
pub fn decode<T: Decode>(what: &'static str, bytes: &[u8]) -> Result<T, StateError> {
    T::decode_all(&mut &bytes[..]).map_err(|_| StateError::Unreadable { what })
}

/// A contract's key.
pub fn user_key(key: &[u8]) -> Bytes {
    concat(&[&[USER], key])
}

/// The contract's part of a [`user_key`].
pub fn from_user_key(key: &Bytes) -> Result<Bytes, StateError> {
    match key.first() {
        Some(&USER) => Ok(key.slice(1..)),
        _ => Err(StateError::Unreadable { what: "key" }),
    }
}

/// The first key behind all that begin with `prefix` in the contract's space.
pub fn user_prefix_end(prefix: &[u8]) -> Bytes {
    let mut end = user_key(prefix).to_vec();
    while end.last() == Some(&u8::MAX) {
        end.pop();
    }
    *end.last_mut().expect("the space's own byte is not the largest") += 1;
    end.into()
}

/// The version of the layout that a key like [`META_KEY`] names; none if it is another key.
pub fn layout_of(key: &[u8]) -> Option<u8> {
    match key {
        [META, b'm', version] => Some(*version),
        _other => None,
    }
}

/// A contract's value as it is stored: the version it was written with, whether it ends, when, and the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserValue {
    /// The version it was written with.
    pub version: u64,
    /// When it ends, in Unix milliseconds.
    pub ends_ms: Option<u64>,
    /// The value.
    pub value: Bytes,
}

impl UserValue {
    /// The version (u64), 0 or 1 and the end (u64), the value.
    pub fn encode(&self) -> Bytes {
        match self.ends_ms {
            None => concat(&[&self.version.to_le_bytes(), &[0], &self.value]),
            Some(end) => concat(&[&self.version.to_le_bytes(), &[1], &end.to_le_bytes(), &self.value]),
        }
    }

    /// Reads [`UserValue::encode`]'s bytes.
    pub fn decode(stored: &Bytes) -> Result<Self, StateError> {
        let unreadable = StateError::Unreadable { what: "value" };
        let (version, rest) = stored.split_first_chunk().ok_or(unreadable.clone())?;
        let version = u64::from_le_bytes(*version);
        match rest.split_first() {
            Some((0, _)) => Ok(Self { version, ends_ms: None, value: stored.slice(9..) }),
            Some((1, rest)) => {
                let (end, _) = rest.split_first_chunk().ok_or(unreadable)?;
                Ok(Self { version, ends_ms: Some(u64::from_le_bytes(*end)), value: stored.slice(17..) })
            }
            Some(_) | None => Err(unreadable),
        }
    }
}

/// The key under which it is found when the entry of a contract's `key` ends; in the order of time.
pub fn end_key(ends_ms: u64, key: &[u8]) -> Bytes {
    concat(&[&[END], &ends_ms.to_be_bytes(), key])
}

/// Time and contract's key of an [`end_key`].
pub fn from_end_key(key: &Bytes) -> Result<(u64, Bytes), StateError> {
    let unreadable = StateError::Unreadable { what: "entry's end" };
    let (_, rest) = key.split_first().ok_or(unreadable.clone())?;
    let (end, _) = rest.split_first_chunk().ok_or(unreadable)?;
    Ok((u64::from_be_bytes(*end), key.slice(9..)))
}

/// The key of a [`Link`]; in the order of sequences.
pub fn link_key(sequence: u64) -> Bytes {
    concat(&[&[LINK], &sequence.to_be_bytes()])
}

/// The sequence in a [`link_key`].
pub fn from_link_key(key: &[u8]) -> Result<u64, StateError> {
    let (_, sequence) = key.split_first().ok_or(StateError::Unreadable { what: "link" })?;
    sequence.try_into().map(u64::from_be_bytes).map_err(|_| StateError::Unreadable { what: "link" })
}

/// The key of a stored answer.
pub fn answer_key(request: &RequestId) -> Bytes {
    concat(&[&[ANSWER], &request.0])
}

/// A stored answer's value.
pub fn answer_value(answer: &StoredAnswer) -> Bytes {
    concat(&[&answer.expires_unix.to_le_bytes(), &answer.bytes])
}

/// A stored answer from its value.
pub fn from_answer_value(request: RequestId, stored: &Bytes) -> Result<StoredAnswer, StateError> {
    let (expires, _) = stored.split_first_chunk().ok_or(StateError::Unreadable { what: "answer" })?;
    Ok(StoredAnswer { request, expires_unix: u64::from_le_bytes(*expires), bytes: stored.slice(8..) })
}

/// The key under which an answer's end is found; in the order of time.
pub fn expiry_key(expires_unix: u64, request: &RequestId) -> Bytes {
    concat(&[&[EXPIRY], &expires_unix.to_be_bytes(), &request.0])
}

/// Time and request of an [`expiry_key`].
pub fn from_expiry_key(key: &[u8]) -> Result<(u64, RequestId), StateError> {
    let unreadable = StateError::Unreadable { what: "answer's end" };
    let (_, rest) = key.split_first().ok_or(unreadable.clone())?;
    let (expires, request) = rest.split_first_chunk().ok_or(unreadable.clone())?;
    let request = RequestId::try_from(request).map_err(|_| unreadable)?;
    Ok((u64::from_be_bytes(*expires), request))
}

/// The key of a commit's record; in the order of sequences.
pub fn record_key(sequence: u64) -> Bytes {
    concat(&[&[RECORD], &sequence.to_be_bytes()])
}

/// The sequence in a [`record_key`].
pub fn from_record_key(key: &[u8]) -> Result<u64, StateError> {
    let (_, sequence) = key.split_first().ok_or(StateError::Unreadable { what: "record" })?;
    sequence.try_into().map(u64::from_be_bytes).map_err(|_| StateError::Unreadable { what: "record" })
}

/// The key of a request that is kept.
pub fn asked_key(digest: &Digest) -> Bytes {
    concat(&[&[ASKED], &digest.0])
}

/// The value of a request that is kept.
pub fn asked_value(asked: &Asked) -> Bytes {
    concat(&[&asked.expires_unix.to_le_bytes(), &asked.bytes])
}

/// A request that is kept from its value.
pub fn from_asked_value(digest: Digest, stored: &Bytes) -> Result<Asked, StateError> {
    let (expires, _) = stored.split_first_chunk().ok_or(StateError::Unreadable { what: "request" })?;
    Ok(Asked { digest, expires_unix: u64::from_le_bytes(*expires), bytes: stored.slice(8..) })
}

/// The key under which the end of a request that is kept is found; in the order of time.
pub fn asked_end_key(expires_unix: u64, digest: &Digest) -> Bytes {
    concat(&[&[ASKED_END], &expires_unix.to_be_bytes(), &digest.0])
}

/// Time and digest of an [`asked_end_key`].
pub fn from_asked_end_key(key: &[u8]) -> Result<(u64, Digest), StateError> {
    let unreadable = StateError::Unreadable { what: "request's end" };
    let (_, rest) = key.split_first().ok_or(unreadable.clone())?;
    let (expires, digest) = rest.split_first_chunk().ok_or(unreadable.clone())?;
    let digest = digest.try_into().map(Digest).map_err(|_| unreadable)?;
    Ok((u64::from_be_bytes(*expires), digest))
}

fn concat(parts: &[&[u8]]) -> Bytes {
    let mut out = BytesMut::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| out.put_slice(part));
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_a_contract_is_one_of_the_stores_own() {
        for key in [
            &META_KEY[..],
            &PINS_KEY,
            &link_key(7),
            &answer_key(&RequestId([1; 16])),
            &expiry_key(1, &RequestId([1; 16])),
            &end_key(1, b""),
            &record_key(1),
            &asked_key(&Digest([1; 32])),
            &asked_end_key(1, &Digest([1; 32])),
        ] {
            assert!(!user_key(key).starts_with(key) && user_key(key)[0] != key[0]);
        }
    }

    #[test]
    fn the_end_of_a_prefix_lies_behind_its_keys_and_before_the_next() {
        assert!(user_key(b"ab\xff\xff\xff") < user_prefix_end(b"ab"));
        assert_eq!(user_prefix_end(b"ab"), user_key(b"ac"));
        assert_eq!(user_prefix_end(b"a\xff"), user_key(b"b"));
        assert_eq!(user_prefix_end(b"\xff\xff"), vec![USER + 1]);
        assert_eq!(user_prefix_end(b""), vec![USER + 1]);
    }

    #[test]
    fn a_value_reads_back_with_its_end_and_not_in_another_form() {
        for ends_ms in [None, Some(0), Some(u64::MAX)] {
            let value = UserValue { version: 7, ends_ms, value: Bytes::from_static(b"v") };
            assert_eq!(UserValue::decode(&value.encode()).unwrap(), value);
        }
        for bytes in [&[][..], &[0; 8], &[1; 9], &[1; 16], &[2; 40]] {
            let read = UserValue::decode(&Bytes::copy_from_slice(bytes));
            assert!(matches!(read, Err(StateError::Unreadable { what: "value" })), "{bytes:?}");
        }
    }

    #[test]
    fn ends_are_ordered_by_time_and_read_back() {
        assert!(end_key(255, b"z") < end_key(256, b"a"));
        assert_eq!(from_end_key(&end_key(7, b"key")).unwrap(), (7, Bytes::from_static(b"key")));
        assert!(from_end_key(&Bytes::from_static(&[END, 1, 2])).is_err());
    }

    #[test]
    fn records_and_ends_of_requests_are_ordered_and_read_back() {
        assert!(record_key(255) < record_key(256));
        assert_eq!(from_record_key(&record_key(7)).unwrap(), 7);
        let digest = Digest([3; 32]);
        assert!(asked_end_key(255, &digest) < asked_end_key(256, &Digest([0; 32])));
        assert_eq!(from_asked_end_key(&asked_end_key(7, &digest)).unwrap(), (7, digest));
        let asked = Asked { digest, bytes: Bytes::from_static(b"asked"), expires_unix: 9 };
        assert_eq!(from_asked_value(digest, &asked_value(&asked)).unwrap(), asked);
        assert!(from_record_key(&[RECORD, 1]).is_err() && from_asked_end_key(&[ASKED_END; 20]).is_err());
        assert!(from_asked_value(digest, &Bytes::from_static(&[1; 7])).is_err());
    }

    #[test]
    fn a_record_that_is_cut_or_has_bytes_behind_it_is_unreadable() {
        let link = Link { hash: Digest([1; 32]), digest: Digest([2; 32]) };
        let bytes = link.encode();
        assert_eq!(decode::<Link>("link", &bytes).unwrap(), link);
        assert!(matches!(decode::<Link>("link", &bytes[1..]), Err(StateError::Unreadable { what: "link" })));
        assert!(decode::<Link>("link", &[bytes.as_slice(), &[0]].concat()).is_err());
    }
}
