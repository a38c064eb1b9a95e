//! What the book needs of a store: the contract's own, and one in memory in the tests.

use adyton_sdk::{Error, kv, serde_json};
use serde::{Serialize, de::DeserializeOwned};

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Bytes to bytes, in the order of the keys. What a call writes remains if the call succeeds, and not otherwise.
pub trait Store {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error>;
    fn delete(&mut self, key: &[u8]) -> Result<(), Error>;
    /// The first `limit` entries under `prefix`, behind the key `after`.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: u32) -> Result<Vec<Entry>, Error>;

    fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        self.get(key)?.map(|value| decode(&value)).transpose()
    }

    fn write(&mut self, key: &[u8], value: &impl Serialize) -> Result<(), Error> {
        self.set(key, &serde_json::to_vec(value)?)
    }
}

/// A stored value. That it is malformed is nothing that a caller could change.
pub fn decode<T: DeserializeOwned>(value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value).map_err(|error| Error::Other(format!("a stored value cannot be read: {error}")))
}

/// The contract's store.
pub struct ContractStore;

impl Store for ContractStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        kv::get(key)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        kv::set(key, value)
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), Error> {
        kv::delete(key)
    }

    // One page: the entries here are far smaller than what would end it early.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: u32) -> Result<Vec<Entry>, Error> {
        let page = kv::scan(prefix, after, limit)?;
        Ok(page.entries.into_iter().map(|entry| (entry.key, entry.value)).collect())
    }
}
