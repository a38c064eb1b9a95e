//! Deterministic CBOR (RFC 8949 §4.2.1) over `ciborium`: what is read must be what would have been written.

use alloc::vec::Vec;
use coset::cbor::value::Value;

use super::{MAX_LEAF, ReceiptError, SALT};

/// An unsigned integer, by its major type (RFC 8949 §3.1).
const UNSIGNED: u8 = 0;
/// A byte string.
const BYTES: u8 = 2;
/// An array.
const ARRAY: u8 = 4;
/// Most values of a receipt, and most leaves, are no longer: they take one piece of memory.
const USUAL: usize = 128;

/// Encodes; the values used here are integers, byte strings, text, null and arrays, which `ciborium` writes in
/// the shortest form.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL);
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    coset::cbor::ser::into_writer(value, out).expect("writing CBOR to memory does not fail");
}

/// What an item begins with, in the shortest form.
fn head(major: u8, argument: usize, out: &mut Vec<u8>) {
    let (major, argument) = (major << 5, argument as u64);
    match argument {
        0..=23 => out.push(major | argument as u8),
        24..=0xff => out.extend_from_slice(&[major | 24, argument as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&(argument as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&(argument as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    head(BYTES, bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// `[first, [byte string, …]]`, without a copy of each for [`encode`].
pub(super) fn bytes_and_list(first: &[u8], list: &[Vec<u8>]) -> Vec<u8> {
    // An item begins with nine bytes at most.
    let size = list.iter().fold(27 + first.len(), |size, item| size + 9 + item.len());
    let mut out = Vec::with_capacity(size);
    head(ARRAY, 2, &mut out);
    write_bytes(first, &mut out);
    head(ARRAY, list.len(), &mut out);
    list.iter().for_each(|item| write_bytes(item, &mut out));
    out
}

/// Decodes at most `limit` bytes, not nested deeper than 8, and only if encoding again gives the same bytes.
pub(crate) fn decode(bytes: &[u8], limit: usize) -> Result<Value, ReceiptError> {
    if bytes.len() > limit {
        return Err(ReceiptError::TooLong);
    }
    let value: Value =
        coset::cbor::de::from_reader_with_recursion_limit(bytes, 8).map_err(|_| ReceiptError::Encoding)?;
    if encode(&value) == bytes { Ok(value) } else { Err(ReceiptError::Encoding) }
}

pub(crate) fn array<const N: usize>(value: Value) -> Result<[Value; N], ReceiptError> {
    let items = value.into_array().map_err(|_| ReceiptError::Encoding)?;
    items.try_into().map_err(|_| ReceiptError::Encoding)
}

pub(crate) fn list(value: Value, most: usize) -> Result<Vec<Value>, ReceiptError> {
    let items = value.into_array().map_err(|_| ReceiptError::Encoding)?;
    if items.len() > most { Err(ReceiptError::TooLong) } else { Ok(items) }
}

pub(super) fn bytes(value: Value) -> Result<Vec<u8>, ReceiptError> {
    value.into_bytes().map_err(|_| ReceiptError::Encoding)
}

pub(crate) fn fixed<const N: usize>(value: Value) -> Result<[u8; N], ReceiptError> {
    bytes(value)?.try_into().map_err(|_| ReceiptError::Encoding)
}

pub(crate) fn unsigned(value: Value) -> Result<u64, ReceiptError> {
    let integer = value.into_integer().map_err(|_| ReceiptError::Encoding)?;
    integer.try_into().map_err(|_| ReceiptError::Encoding)
}

/// `[salt, label, value]`.
pub(super) fn leaf(salt: &[u8; SALT], label: u8, value: Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL);
    head(ARRAY, 3, &mut out);
    write_bytes(salt, &mut out);
    head(UNSIGNED, label.into(), &mut out);
    write(&value, &mut out);
    out
}

pub(super) fn open_leaf(leaf: &[u8]) -> Result<(u8, Value), ReceiptError> {
    let [salt, label, value] = array(decode(leaf, MAX_LEAF)?)?;
    fixed::<SALT>(salt)?;
    let label = u8::try_from(unsigned(label)?).map_err(|_| ReceiptError::Encoding)?;
    Ok((label, value))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn what_is_written_directly_is_what_the_library_writes() {
        for length in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
            let (first, list) = (vec![1; length], vec![vec![2; length]; length.min(300)]);
            let items = list.iter().map(|item| Value::Bytes(item.clone())).collect();
            let expected = encode(&Value::Array(vec![Value::Bytes(first.clone()), Value::Array(items)]));
            assert_eq!(bytes_and_list(&first, &list), expected, "{length}");
        }
        for label in [0, 23, 24, 255] {
            let value = Value::Text("value".into());
            let expected = vec![Value::Bytes(vec![3; SALT]), Value::from(label), value.clone()];
            assert_eq!(leaf(&[3; SALT], label, value), encode(&Value::Array(expected)), "{label}");
        }
        for length in [255, 256, 65_535, 65_536] {
            let items = Value::Array(vec![Value::Bytes(Vec::new()); length]);
            let expected = encode(&Value::Array(vec![Value::Bytes(Vec::new()), items]));
            assert_eq!(bytes_and_list(&[], &vec![Vec::new(); length]), expected, "{length} items");
        }
        // As 64-bit machines may have it.
        let mut long = Vec::new();
        head(UNSIGNED, usize::MAX, &mut long);
        assert_eq!(long, encode(&Value::from(usize::MAX as u64)));
    }

    #[test]
    fn what_an_item_begins_with_is_as_short_as_it_can_be_and_grows_where_it_must() {
        // RFC 8949 §3: the argument in the first byte, or in 1, 2, 4 bytes behind it.
        let arguments: [(usize, &[u8]); 8] = [
            (0, &[0x00]),
            (23, &[0x17]),
            (24, &[0x18, 24]),
            (255, &[0x18, 0xff]),
            (256, &[0x19, 1, 0]),
            (65_535, &[0x19, 0xff, 0xff]),
            (65_536, &[0x1a, 0, 1, 0, 0]),
            (u32::MAX as usize, &[0x1a, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (argument, expected) in arguments {
            for major in [UNSIGNED, BYTES, ARRAY] {
                let mut written = Vec::new();
                head(major, argument, &mut written);
                let (first, rest) = written.split_first().expect("there is a first byte");
                assert_eq!((first >> 5, first & 0x1f, rest), (major, expected[0], &expected[1..]), "{argument}");
            }
            assert_eq!(encode(&Value::from(argument as u64)), expected, "{argument}: by the library");
        }
    }

    #[test]
    fn an_argument_in_more_bytes_than_it_needs_is_not_read() {
        let longer: [&[u8]; 5] =
            [&[0x18, 23], &[0x19, 0, 0xff], &[0x1a, 0, 0, 0xff, 0xff], &[0x58, 1, 7], &[0x98, 1, 0]];
        for bytes in longer {
            assert_eq!(decode(bytes, 16).err(), Some(ReceiptError::Encoding), "{bytes:02x?}");
        }
        assert_eq!(decode(&[0x18, 24], 16).ok(), Some(Value::from(24_u8)));
    }
}
