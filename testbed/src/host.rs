//! The worker's side of a call, in memory: what a contract's store, secrets, keys and randomness are in a test.
//!
//! All of it is the same at each run. Nobody else has the keys' secrets, but nothing here is secret.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use adyton_engine::{Answer, Direction, Entry, Host, HostFailure, Scan, Scheme, Secret, Value};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A contract's store. Cloning it makes a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Store(Arc<BTreeMap<Vec<u8>, Value>>);

impl Store {
    /// One that holds `entries`, which do not end.
    pub fn of(entries: BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        Self(Arc::new(entries.into_iter().map(|(key, value)| (key, Value::lasting(value))).collect()))
    }

    /// The value of `key`, unless it has ended at `now_ms`.
    pub fn value(&self, key: &[u8], now_ms: u64) -> Option<&[u8]> {
        self.0.get(key).filter(|value| !value.ended(now_ms)).map(|value| value.bytes.as_slice())
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

    /// Removes what has ended at `now_ms`, as the worker does now and then: no call sees it either way.
    pub fn remove_ended(&mut self, now_ms: u64) {
        if self.0.values().any(|value| value.ended(now_ms)) {
            Arc::make_mut(&mut self.0).retain(|_, value| !value.ended(now_ms));
        }
    }

    /// The entries that `scan` is for.
    fn scan(&self, scan: Scan<'_>) -> Vec<Entry> {
        let Scan { prefix, from, direction, limit } = scan;
        let under = self.0.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        let under =
            under.take_while(|(key, _)| key.starts_with(prefix)).map(|(key, value)| (key.clone(), value.clone()));
        match direction {
            Direction::Ascending => {
                under.filter(|(key, _)| from.is_none_or(|after| key.as_slice() > after)).take(limit).collect()
            }
            Direction::Descending => {
                let mut found: Vec<Entry> =
                    under.filter(|(key, _)| from.is_none_or(|before| key.as_slice() < before)).collect();
                found.reverse();
                found.truncate(limit);
                found
            }
        }
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

/// Bytes that look random, and are the same at each run.
pub struct Random {
    seed: [u8; 32],
    block: u64,
}

impl Random {
    /// For the call of this number, and others for each.
    pub fn new(seed: &str, call: u64) -> Self {
        let mut hash = Sha256::new_with_prefix("adyton-testbed random");
        hash.update(call.to_le_bytes());
        hash.update(seed);
        Self { seed: hash.finalize().into(), block: 0 }
    }

    /// Bytes that follow from `parts`, at each run the same.
    fn of(what: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new_with_prefix(what);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self { seed: hash.finalize().into(), block: 0 }
    }

    fn bytes(mut self, length: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        self.fill(&mut bytes);
        bytes
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
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure> {
        Ok(self.store.0.get(key).cloned())
    }

    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<Entry>, HostFailure> {
        Ok(self.store.scan(scan))
    }

    async fn secret(&mut self, name: &str) -> Result<Option<Secret>, HostFailure> {
        let secret = self.secrets.get(name).cloned();
        Ok(secret.map(|value| Secret { version: 1, value: Zeroizing::new(value) }))
    }

    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        let scheme = match scheme {
            Scheme::Ed25519 => "ed25519",
            Scheme::Secp256k1 => "secp256k1",
            Scheme::P256 => "p256",
            Scheme::Sr25519 => "sr25519",
        };
        Ok(Zeroizing::new(Sha256::digest(format!("adyton-testbed key {scheme} {name}")).into()))
    }

    async fn encryption_key(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Ok(Zeroizing::new(Sha256::digest(format!("adyton-testbed encryption key {name}")).into()))
    }

    async fn derived_secret(
        &mut self,
        name: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Ok(Random::of("adyton-testbed secret", &[name.as_bytes(), context, &length.to_le_bytes()]).bytes(length))
    }

    async fn seeded_random(&mut self, seed: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Ok(Random::of("adyton-testbed seeded", &[seed]).bytes(length))
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure> {
        self.random.fill(buffer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(store: &Store, prefix: &[u8], from: Option<&[u8]>, direction: Direction) -> Vec<Vec<u8>> {
        let scan = Scan { prefix, from, direction, limit: 10 };
        store.scan(scan).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn entries_begin_behind_the_one_that_is_named_in_either_direction() {
        let store = Store::of(["a", "b", "ba", "bc", "c"].map(|key| (key.into(), Vec::new())).into());
        let up = |from| keys(&store, b"b", from, Direction::Ascending);
        assert_eq!(up(None), [b"b".to_vec(), b"ba".to_vec(), b"bc".to_vec()]);
        assert_eq!(up(Some(&b"b"[..])), [b"ba".to_vec(), b"bc".to_vec()]);
        assert_eq!(up(Some(&b"a"[..])), up(None));
        assert!(up(Some(&b"d"[..])).is_empty());
        let down = |from| keys(&store, b"b", from, Direction::Descending);
        assert_eq!(down(None), [b"bc".to_vec(), b"ba".to_vec(), b"b".to_vec()]);
        assert_eq!(down(Some(&b"ba"[..])), [b"b".to_vec()]);
        assert_eq!(down(Some(&b"d"[..])), down(None));
        assert!(down(Some(&b"a"[..])).is_empty());
    }

    #[test]
    fn what_has_ended_has_no_value_and_is_removed() {
        let mut store = Store(Arc::new([(b"a".to_vec(), Value { bytes: b"1".to_vec(), ends_ms: Some(10) })].into()));
        assert_eq!((store.value(b"a", 9), store.value(b"a", 10)), (Some(&b"1"[..]), None));
        store.remove_ended(9);
        assert_eq!(store.0.len(), 1);
        store.remove_ended(10);
        assert!(store.0.is_empty());
    }

    #[test]
    fn a_snapshot_does_not_see_what_is_committed_later() {
        let mut store = Store::default();
        let before = store.clone();
        let response = adyton_engine::Response { status: 200, fields: Vec::new(), body: Vec::new() };
        let writes = [(b"a".to_vec(), Some(Value::lasting(b"1".to_vec()))), (b"gone".to_vec(), None)].into();
        store.commit(&Answer { response, writes, report: None });
        assert_eq!((before.value(b"a", 0), store.value(b"a", 0)), (None, Some(&b"1"[..])));
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

    #[test]
    fn what_follows_from_parts_depends_on_each_of_them_and_on_where_they_are_cut() {
        let bytes = |what, parts: &[&[u8]], length| Random::of(what, parts).bytes(length).to_vec();
        let one = bytes("x", &[b"a", b"bc"], 40);
        assert_eq!(one, bytes("x", &[b"a", b"bc"], 40));
        assert_eq!(one[..8], bytes("x", &[b"a", b"bc"], 8));
        assert_ne!(one, bytes("x", &[b"ab", b"c"], 40));
        assert_ne!(one, bytes("y", &[b"a", b"bc"], 40));
    }
}
