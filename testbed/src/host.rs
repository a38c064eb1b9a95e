//! The worker's side of a call, in memory: what a contract's store, secrets, keys and randomness are in a test.
//!
//! All of it is the same at each run. Nobody else has the keys' secrets, but nothing here is secret.

use std::{
    collections::{BTreeMap, btree_map::Range},
    ops::Bound,
    sync::Arc,
};

use adyton_engine::{Answer, Entry, Host, HostFailure, Scheme};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A contract's store. Cloning it makes a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Store(Arc<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Store {
    /// One that holds `entries`.
    pub fn of(entries: BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        Self(Arc::new(entries))
    }

    /// The value of `key`.
    pub fn value(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// Commits everything that the call of `answer` wrote.
    pub fn commit(&mut self, answer: &Answer) {
        let entries = Arc::make_mut(&mut self.0);
        for (key, value) in &answer.writes {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
    }

    /// The entries from the first one on that is greater than `after` and not before `prefix`.
    fn from(&self, prefix: &[u8], after: Option<&[u8]>) -> Range<'_, Vec<u8>, Vec<u8>> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            Some(_) | None => Bound::Included(prefix),
        };
        self.0.range::<[u8], _>((start, Bound::Unbounded))
    }
}

/// One call's host.
pub struct CallHost {
    store: Store,
    secrets: Arc<BTreeMap<String, Vec<u8>>>,
    random: Random,
}

impl CallHost {
    /// With the store as it is when the call begins.
    pub fn new(store: Store, secrets: Arc<BTreeMap<String, Vec<u8>>>, random: Random) -> Self {
        Self { store, secrets, random }
    }
}

/// Bytes that look random: those of each call are others, and at each run the same.
pub struct Random {
    seed: [u8; 32],
    block: u64,
}

impl Random {
    /// For the call of this number.
    pub fn new(seed: &str, call: u64) -> Self {
        let mut hash = Sha256::new_with_prefix("adyton-testbed random");
        hash.update(call.to_le_bytes());
        hash.update(seed);
        Self { seed: hash.finalize().into(), block: 0 }
    }

    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let mut hash = Sha256::new_with_prefix(self.seed);
            hash.update(self.block.to_le_bytes());
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
            self.block += 1;
        }
    }
}

#[async_trait]
impl Host for CallHost {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, HostFailure> {
        Ok(self.store.value(key).map(<[u8]>::to_vec))
    }

    async fn kv_scan(&mut self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Entry>, HostFailure> {
        let under = self.store.from(prefix, after).take_while(|(key, _)| key.starts_with(prefix));
        Ok(under.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn secret(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, HostFailure> {
        Ok(self.secrets.get(name).cloned().map(Zeroizing::new))
    }

    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        let scheme = match scheme {
            Scheme::Ed25519 => "ed25519",
            Scheme::Secp256k1 => "secp256k1",
        };
        Ok(Zeroizing::new(Sha256::digest(format!("adyton-testbed key {scheme} {name}")).into()))
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure> {
        self.random.fill(buffer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(store: &Store, prefix: &[u8], after: Option<&[u8]>) -> Vec<Vec<u8>> {
        store.from(prefix, after).map(|(key, _)| key.clone()).collect()
    }

    #[test]
    fn entries_begin_after_the_one_that_is_named() {
        let store = Store::of(["a", "b", "ba", "c"].map(|key| (key.into(), Vec::new())).into());
        assert_eq!(keys(&store, b"b", None), [b"b".to_vec(), b"ba".to_vec(), b"c".to_vec()]);
        assert_eq!(keys(&store, b"b", Some(b"b")), [b"ba".to_vec(), b"c".to_vec()]);
        assert_eq!(keys(&store, b"b", Some(b"a")), keys(&store, b"b", None));
        assert!(keys(&store, b"b", Some(b"d")).is_empty());
    }

    #[test]
    fn a_snapshot_does_not_see_what_is_committed_later() {
        let mut store = Store::default();
        let before = store.clone();
        let response = adyton_engine::Response { status: 200, fields: Vec::new(), body: Vec::new() };
        let writes = [(b"a".to_vec(), Some(b"1".to_vec())), (b"gone".to_vec(), None)].into();
        store.commit(&Answer { response, writes, report: None });
        assert_eq!((before.value(b"a"), store.value(b"a")), (None, Some(&b"1"[..])));
    }

    #[test]
    fn randomness_is_the_same_at_each_run_and_another_one_in_each_call() {
        let drawn = |seed, call| {
            let mut bytes = [0; 70];
            Random::new(seed, call).fill(&mut bytes);
            bytes
        };
        assert_eq!(drawn("a", 0), drawn("a", 0));
        assert!(drawn("a", 0) != drawn("a", 1) && drawn("a", 0) != drawn("b", 0));
        assert_ne!(drawn("a", 0)[..32], drawn("a", 0)[32..64]);
    }
}
