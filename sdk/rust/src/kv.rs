//! The contract's key-value store. Needs the grant `kv`.
//!
//! Writes of a call are committed together when it returns `Ok`, and not at all otherwise.

use serde::{Serialize, de::DeserializeOwned};

pub use crate::bindings::phat::contract::kv::{Entry, Page};
use crate::{Error, bindings::phat::contract::kv};

/// The value of `key`.
pub fn get(key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    kv::get(key)
}

/// Sets the value of `key`.
pub fn set(key: &[u8], value: &[u8]) -> Result<(), Error> {
    kv::set(key, value)
}

/// Sets the value of `key` if it is `expected`; `Error::Conflict` if not.
pub fn swap(key: &[u8], expected: Option<&[u8]>, value: &[u8]) -> Result<(), Error> {
    kv::swap(key, expected, value)
}

/// Removes `key`.
pub fn delete(key: &[u8]) -> Result<(), Error> {
    kv::delete(key)
}

/// A page of up to `limit` entries under `prefix`, after the key `after`.
pub fn scan(prefix: &[u8], after: Option<&[u8]>, limit: u32) -> Result<Page, Error> {
    kv::scan(prefix, after, limit)
}

/// The value of `key`, read as JSON.
pub fn get_json<T: DeserializeOwned>(key: &[u8]) -> Result<Option<T>, Error> {
    match get(key)? {
        Some(value) => Ok(Some(serde_json::from_slice(&value)?)),
        None => Ok(None),
    }
}

/// Sets the value of `key` to `value` as JSON.
pub fn set_json(key: &[u8], value: &impl Serialize) -> Result<(), Error> {
    set(key, &serde_json::to_vec(value)?)
}
