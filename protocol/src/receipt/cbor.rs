//! Deterministic CBOR (RFC 8949 §4.2.1) over `ciborium`: what is read must be what would have been written.

use alloc::vec::Vec;
use coset::cbor::value::Value;

use super::{MAX_LEAF, ReceiptError, SALT};

/// Encodes; the values used here are integers, byte strings, text, null and arrays, which `ciborium` writes in
/// the shortest form.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    coset::cbor::ser::into_writer(value, &mut out).expect("writing CBOR to memory does not fail");
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
    encode(&Value::Array(alloc::vec![Value::Bytes(salt.to_vec()), Value::from(label), value]))
}

pub(super) fn open_leaf(leaf: &[u8]) -> Result<(u8, Value), ReceiptError> {
    let [salt, label, value] = array(decode(leaf, MAX_LEAF)?)?;
    fixed::<SALT>(salt)?;
    let label = u8::try_from(unsigned(label)?).map_err(|_| ReceiptError::Encoding)?;
    Ok((label, value))
}
