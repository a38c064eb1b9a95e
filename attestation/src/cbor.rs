//! Reading CBOR (RFC 8949) that a vendor encoded, one item after the other, borrowed from the input.
//!
//! Vendors order map keys as they like, so the order is not checked. Everything else that would give one value
//! two encodings, or a reader two values, is refused: lengths in other than the shortest form, indefinite
//! lengths, repeated keys, bytes after the end. Counts are compared with a bound before anything is allocated.

use alloc::{string::ToString as _, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::Excerpt;

/// What is wrong with a CBOR encoding.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum CborFault {
    /// The input ends inside an item.
    #[error("the input ends inside an item")]
    #[codec(index = 0)]
    Truncated,
    /// Bytes follow the one item that was wanted.
    #[error("there are bytes after the end of the item")]
    #[codec(index = 1)]
    TrailingBytes,
    /// An item of indefinite length, where lengths have to be told.
    #[error("an item has an indefinite length, a definite one was wanted")]
    #[codec(index = 2)]
    IndefiniteLength,
    /// A number or length in a longer form than it needs.
    #[error("a number or length is not in its shortest form")]
    #[codec(index = 3)]
    NotShortest,
    /// A reserved encoding, a floating-point number, or a simple value other than false, true and null.
    #[error("there is a reserved or floating-point value, which no evidence has")]
    #[codec(index = 4)]
    UnknownValue,
    /// A map has one key twice.
    #[error("a map has the same key twice")]
    #[codec(index = 5)]
    DuplicateKey,
    /// An item of another type than the one that stands there by specification.
    #[error("an item has another type than the one that was wanted")]
    #[codec(index = 6)]
    WrongType,
    /// A text that is not UTF-8.
    #[error("a text is not utf-8")]
    #[codec(index = 7)]
    NotUtf8,
    /// An array or a map with more entries than evidence can have.
    #[error("an array or map has more entries than evidence can have")]
    #[codec(index = 8)]
    TooMany,
    /// Items inside items, deeper than evidence goes.
    #[error("items are nested deeper than 8 levels")]
    #[codec(index = 9)]
    TooDeep,
    /// A number outside the range of what it stands for.
    #[error("a number is outside its range")]
    #[codec(index = 10)]
    OutOfRange,
}

/// How deep items may be nested below the one that is read.
const MOST_NESTED: u8 = 8;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

const INDEFINITE_MAP: u8 = 0xbf;
const BREAK: u8 = 0xff;
const NULL: u8 = 0xf6;

/// What is left to read.
pub(crate) struct Cbor<'a>(&'a [u8]);

impl<'a> Cbor<'a> {
    /// Reads `bytes` with `read`, which must leave nothing.
    pub(crate) fn whole<T, E: From<CborFault>>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut cbor = Self(bytes);
        let value = read(&mut cbor)?;
        if cbor.0.is_empty() { Ok(value) } else { Err(CborFault::TrailingBytes.into()) }
    }

    /// The number of the tag that comes next, if one does.
    pub(crate) fn tag(&mut self) -> Result<Option<u64>, CborFault> {
        match self.0.first() {
            Some(first) if first >> 5 == TAG => Ok(Some(self.argument(TAG)?)),
            _ => Ok(None),
        }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, CborFault> {
        self.argument(UNSIGNED)
    }

    pub(crate) fn integer(&mut self) -> Result<i64, CborFault> {
        let (major, argument) = self.head()?;
        let number = i64::try_from(argument).map_err(|_| CborFault::OutOfRange)?;
        match major {
            UNSIGNED => Ok(number),
            NEGATIVE => Ok(-1 - number),
            _ => Err(CborFault::WrongType),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], CborFault> {
        let length = self.argument(BYTES)?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, CborFault> {
        let length = self.argument(TEXT)?;
        core::str::from_utf8(self.take(length)?).map_err(|_| CborFault::NotUtf8)
    }

    /// Whether null comes next.
    pub(crate) fn is_null(&self) -> bool {
        self.0.first() == Some(&NULL)
    }

    /// The number of items in the array that comes next.
    pub(crate) fn array(&mut self, most: usize) -> Result<usize, CborFault> {
        self.count(ARRAY, most)
    }

    /// The map that comes next.
    pub(crate) fn map(&mut self, most: usize) -> Result<Map<'a>, CborFault> {
        let count = self.count(MAP, most)?;
        let mut map = Map(Vec::new());
        for _ in 0..count {
            map.read_entry(self)?;
        }
        Ok(map)
    }

    /// The map that comes next, whether or not it tells its length beforehand.
    pub(crate) fn map_of_any_length(&mut self, most: usize) -> Result<Map<'a>, CborFault> {
        if !self.step_over(INDEFINITE_MAP) {
            return self.map(most);
        }
        let mut map = Map(Vec::new());
        while !self.step_over(BREAK) {
            if map.0.len() == most {
                return Err(CborFault::TooMany);
            }
            map.read_entry(self)?;
        }
        Ok(map)
    }

    /// The encoding of the next item, whatever it is.
    fn item(&mut self) -> Result<&'a [u8], CborFault> {
        let start = self.0;
        self.skip(MOST_NESTED)?;
        let length = start.len() - self.0.len();
        start.get(..length).ok_or(CborFault::Truncated)
    }

    fn key(&mut self) -> Result<Key<'a>, CborFault> {
        match self.0.first().map(|first| first >> 5) {
            Some(TEXT) => self.text().map(Key::Text),
            Some(UNSIGNED | NEGATIVE) => self.integer().map(Key::Integer),
            Some(_) => Err(CborFault::WrongType),
            None => Err(CborFault::Truncated),
        }
    }

    fn skip(&mut self, levels: u8) -> Result<(), CborFault> {
        let levels = levels.checked_sub(1).ok_or(CborFault::TooDeep)?;
        let (major, argument) = self.head()?;
        match major {
            UNSIGNED | NEGATIVE => (),
            BYTES => _ = self.take(argument)?,
            TEXT => _ = core::str::from_utf8(self.take(argument)?).map_err(|_| CborFault::NotUtf8)?,
            // Every item takes a byte at least: a count beyond the input ends with the input.
            ARRAY => (0..argument).try_for_each(|_| self.skip(levels))?,
            MAP => (0..argument).try_for_each(|_| self.skip(levels).and_then(|()| self.skip(levels)))?,
            TAG => self.skip(levels)?,
            _ => (),
        }
        Ok(())
    }

    fn count(&mut self, major: u8, most: usize) -> Result<usize, CborFault> {
        let count = usize::try_from(self.argument(major)?).map_err(|_| CborFault::TooMany)?;
        if count > most { Err(CborFault::TooMany) } else { Ok(count) }
    }

    /// The argument of the next item, which must be of type `major`.
    fn argument(&mut self, major: u8) -> Result<u64, CborFault> {
        match self.head()? {
            (found, argument) if found == major => Ok(argument),
            _ => Err(CborFault::WrongType),
        }
    }

    /// Type and argument of the next item (RFC 8949 §3).
    fn head(&mut self) -> Result<(u8, u64), CborFault> {
        let (first, rest) = self.0.split_first().ok_or(CborFault::Truncated)?;
        let (major, low) = (first >> 5, first & 0x1f);
        // The width of the argument behind the first byte, and the least argument that needs it.
        let (width, least) = match low {
            0..=23 if major < 7 || (20..=22).contains(&low) => {
                self.0 = rest;
                return Ok((major, low.into()));
            }
            24 if major < 7 => (1, 24),
            25 if major < 7 => (2, 1 << 8),
            26 if major < 7 => (4, 1 << 16),
            27 if major < 7 => (8, 1 << 32),
            31 => return Err(CborFault::IndefiniteLength),
            _ => return Err(CborFault::UnknownValue),
        };
        let (digits, rest) = rest.split_at_checked(width).ok_or(CborFault::Truncated)?;
        self.0 = rest;
        let argument = digits.iter().fold(0, |value: u64, digit| value << 8 | u64::from(*digit));
        if argument < least { Err(CborFault::NotShortest) } else { Ok((major, argument)) }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CborFault> {
        let length = usize::try_from(length).map_err(|_| CborFault::Truncated)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(CborFault::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn step_over(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }
}

/// A key of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    Integer(i64),
    Text(&'a str),
}

impl Key<'_> {
    /// The key in a message.
    pub(crate) fn excerpt(&self) -> Excerpt {
        match self {
            Self::Integer(number) => Excerpt::of(&number.to_string()),
            Self::Text(text) => Excerpt::of(text),
        }
    }
}

/// A map's keys, each once, with what stands behind them.
pub(crate) struct Map<'a>(Vec<(Key<'a>, &'a [u8])>);

impl<'a> Map<'a> {
    /// The value behind `key`, which is no longer in the map.
    pub(crate) fn take(&mut self, key: Key<'_>) -> Option<Cbor<'a>> {
        let position = self.0.iter().position(|(found, _)| *found == key)?;
        Some(Cbor(self.0.swap_remove(position).1))
    }

    /// Whether no key is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One that is left.
    pub(crate) fn key(&self) -> Option<Key<'a>> {
        self.0.first().map(|(key, _)| *key)
    }

    /// What is left, in the order in which it was encoded if nothing was taken.
    pub(crate) fn into_entries(self) -> impl ExactSizeIterator<Item = (Key<'a>, Cbor<'a>)> {
        self.0.into_iter().map(|(key, value)| (key, Cbor(value)))
    }

    fn read_entry(&mut self, cbor: &mut Cbor<'a>) -> Result<(), CborFault> {
        let key = cbor.key()?;
        if self.0.iter().any(|(found, _)| *found == key) {
            return Err(CborFault::DuplicateKey);
        }
        self.0.push((key, cbor.item()?));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cbor, CborFault, Key};
    use proptest::prelude::*;

    fn unsigned(bytes: &[u8]) -> Result<u64, CborFault> {
        Cbor::whole(bytes, Cbor::unsigned)
    }

    fn keys(bytes: &[u8]) -> Result<usize, CborFault> {
        Cbor::whole(bytes, |cbor| Ok(cbor.map(4)?.into_entries().len()))
    }

    #[test]
    fn numbers_are_read_in_their_shortest_form_only() {
        for (bytes, number) in [
            (&[0x17][..], 23),
            (&[0x18, 24], 24),
            (&[0x19, 1, 0], 256),
            (&[0x1a, 0, 1, 0, 0], 65_536),
            (&[0x1b, 0, 0, 0, 1, 0, 0, 0, 0], 1 << 32),
            (&[0x1b, 255, 255, 255, 255, 255, 255, 255, 255], u64::MAX),
        ] {
            assert_eq!(unsigned(bytes), Ok(number));
        }
        for bytes in
            [&[0x18, 23][..], &[0x19, 0, 255], &[0x1a, 0, 0, 255, 255], &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255]]
        {
            assert_eq!(unsigned(bytes), Err(CborFault::NotShortest));
        }
    }

    #[test]
    fn integers_are_read_to_the_ends_of_their_range_and_not_beyond() {
        let integer = |bytes: &[u8]| Cbor::whole(bytes, Cbor::integer);
        assert_eq!(integer(&[0x38, 0x22]), Ok(-35));
        assert_eq!(integer(&[0x3b, 0x7f, 255, 255, 255, 255, 255, 255, 255]), Ok(i64::MIN));
        assert_eq!(integer(&[0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0]), Err(CborFault::OutOfRange));
        assert_eq!(integer(&[0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]), Err(CborFault::OutOfRange));
        assert_eq!(integer(&[0x40]), Err(CborFault::WrongType));
    }

    #[test]
    fn input_that_ends_early_or_late_is_refused() {
        assert_eq!(unsigned(&[]), Err(CborFault::Truncated));
        assert_eq!(unsigned(&[0x19, 1]), Err(CborFault::Truncated));
        assert_eq!(unsigned(&[0, 0]), Err(CborFault::TrailingBytes));
        assert_eq!(Cbor::whole(&[0x42, 1], Cbor::bytes), Err(CborFault::Truncated));
        assert_eq!(
            Cbor::whole(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255], Cbor::bytes),
            Err(CborFault::Truncated)
        );
    }

    /// Case 152, in parts.
    #[test]
    fn items_of_indefinite_length_are_refused_except_for_the_map_that_may_have_one() {
        assert_eq!(Cbor::whole(&[0x5f, 0x40, 0xff], Cbor::bytes), Err(CborFault::IndefiniteLength));
        assert_eq!(Cbor::whole(&[0x7f, 0xff], Cbor::text), Err(CborFault::IndefiniteLength));
        assert_eq!(Cbor::whole(&[0x9f, 0xff], |cbor| cbor.array(4)), Err(CborFault::IndefiniteLength));
        assert_eq!(keys(&[0xbf, 0xff]), Err(CborFault::IndefiniteLength));
        let open = |bytes: &[u8]| Cbor::whole(bytes, |cbor| Ok(cbor.map_of_any_length(1)?.into_entries().len()));
        assert_eq!(open(&[0xbf, 0xff]), Ok(0));
        assert_eq!(open(&[0xbf, 1, 2, 0xff]), Ok(1));
        assert_eq!(open(&[0xbf]), Err(CborFault::Truncated));
        assert_eq!(open(&[0xbf, 1]), Err(CborFault::Truncated));
        assert_eq!(open(&[0xbf, 1, 0xff]), Err(CborFault::IndefiniteLength));
        assert_eq!(open(&[0xbf, 1, 2, 3, 4, 0xff]), Err(CborFault::TooMany));
        assert_eq!(open(&[0xbf, 1, 0x9f, 0xff, 0xff]), Err(CborFault::IndefiniteLength));
    }

    /// Case 151, in parts.
    #[test]
    fn a_repeated_key_is_refused() {
        assert_eq!(keys(&[0xa2, 1, 2, 2, 2]), Ok(2));
        assert_eq!(keys(&[0xa2, 1, 2, 1, 2]), Err(CborFault::DuplicateKey));
        assert_eq!(keys(&[0xa2, 0x61, b'a', 2, 0x61, b'a', 3]), Err(CborFault::DuplicateKey));
    }

    /// Case 153, in parts.
    #[test]
    fn counts_beyond_the_bound_are_refused_before_anything_is_read() {
        let array = |bytes: &[u8]| Cbor::whole(bytes, |cbor| cbor.array(4));
        assert_eq!(array(&[0x85]), Err(CborFault::TooMany));
        assert_eq!(array(&[0x9b, 255, 255, 255, 255, 255, 255, 255, 255]), Err(CborFault::TooMany));
        assert_eq!(keys(&[0xbb, 255, 255, 255, 255, 255, 255, 255, 255]), Err(CborFault::TooMany));
        assert_eq!(keys(&[0xa1, 1, 0x9b, 255, 255, 255, 255, 255, 255, 255, 255]), Err(CborFault::Truncated));
    }

    #[test]
    fn values_that_no_evidence_has_are_refused() {
        assert_eq!(keys(&[0xa3, 1, 0xf4, 2, 0xf5, 3, 0xf6]), Ok(3));
        for value in [&[0xf7][..], &[0xe0], &[0xf8, 32], &[0xf9, 0, 0], &[0xfa, 0, 0, 0, 0], &[0x1c], &[0xfc]] {
            assert_eq!(keys(&[&[0xa1, 1], value].concat()), Err(CborFault::UnknownValue), "{value:x?}");
        }
        assert_eq!(keys(&[0xa1, 1, 0x61, 0xff]), Err(CborFault::NotUtf8));
        assert_eq!(keys(&[0xa1, 0x41, 1, 1]), Err(CborFault::WrongType));
    }

    #[test]
    fn nesting_ends_at_eight_levels() {
        let nested = |levels: usize| [vec![0xa1, 1], vec![0x81; levels - 1], vec![0]].concat();
        assert_eq!(keys(&nested(8)), Ok(1));
        assert_eq!(keys(&nested(9)), Err(CborFault::TooDeep));
        assert_eq!(keys(&[vec![0xa1, 1], vec![0xc1; 100_000]].concat()), Err(CborFault::TooDeep));
    }

    #[test]
    fn a_taken_key_is_gone() {
        let read = |cbor: &mut Cbor<'_>| -> Result<(), CborFault> {
            let mut map = cbor.map(4)?;
            assert_eq!(map.take(Key::Text("a")).unwrap().unsigned(), Ok(7));
            assert!(map.take(Key::Text("a")).is_none());
            assert!(!map.is_empty());
            assert!(map.take(Key::Integer(-1)).unwrap().is_null());
            assert!(map.is_empty());
            Ok(())
        };
        assert_eq!(Cbor::whole(&[0xa2, 0x61, b'a', 7, 0x20, 0xf6], read), Ok(()));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = keys(&bytes);
            let _ = Cbor::whole(&bytes, |cbor| Ok::<_, CborFault>(cbor.map_of_any_length(64)?.is_empty()));
            let _ = Cbor::whole(&bytes, |cbor| cbor.item().map(<[u8]>::len));
        }
    }
}
