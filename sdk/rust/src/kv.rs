//! The contract's key-value store. Needs the grant `kv`.
//!
//! Writes of a call are committed together when it returns `Ok`, and not at all otherwise. An entry may have an end, in
//! Unix milliseconds: from then on nobody sees it, by the time that [`env::now_ms`](crate::env::now_ms) gives. The
//! values that a call replaces or deletes without having read them have at most 64 MiB together, or nothing of the call
//! is committed: to delete more takes several calls.

use serde::{Serialize, de::DeserializeOwned};

pub use crate::bindings::phat::contract::kv::{EndingEntry, Entry, Operation, Page, Replacement};
use crate::{Error, bindings::phat::contract::kv};

/// The value of `key`.
pub fn get(key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    kv::get(key)
}

/// The values of at most 100 keys, in their order; together at most 1 MiB, or `Error::Limit`.
pub fn get_many(keys: &[impl AsRef<[u8]>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.as_ref().to_vec()).collect();
    kv::get_many(&keys)
}

/// Sets the value of `key`. The entry does not end, even if the one before did.
pub fn set(key: &[u8], value: &[u8]) -> Result<(), Error> {
    kv::set(key, value)
}

/// Sets the value of `key` until `ends_ms`; `Error::Invalid` if that is not after the call's time.
pub fn set_until(key: &[u8], value: &[u8], ends_ms: u64) -> Result<(), Error> {
    kv::set_until(key, value, ends_ms)
}

/// Sets the value of `key` if it is `expected`; `Error::Conflict` if not.
pub fn swap(key: &[u8], expected: Option<&[u8]>, value: &[u8]) -> Result<(), Error> {
    kv::swap(key, expected, value)
}

/// Removes `key`.
pub fn delete(key: &[u8]) -> Result<(), Error> {
    kv::delete(key)
}

/// At most 1000 writes, in their order: all of them, or none and the error of the one that failed.
pub fn write(operations: &[Operation]) -> Result<(), Error> {
    kv::write(operations)
}

/// A page of up to `limit` entries under `prefix`, after the key `after`.
pub fn scan(prefix: &[u8], after: Option<&[u8]>, limit: u32) -> Result<Page, Error> {
    kv::scan(prefix, after, limit)
}

/// A page of up to `limit` entries under `prefix`, before the key `before`, by descending key.
pub fn scan_back(prefix: &[u8], before: Option<&[u8]>, limit: u32) -> Result<Page, Error> {
    kv::scan_back(prefix, before, limit)
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
