//! Opened blocks of tables in memory, shared by all contracts of a worker: one bound for all of them.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use lru::LruCache;
use slatedb::db_cache::{CachedEntry, CachedKey, DbCache};

const SHARDS: usize = 16;
/// What an entry costs beside its content.
const OVERHEAD: usize = 128;

/// A cache of plaintext blocks that drops the least recently used ones above a number of bytes.
pub struct BlockCache {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    scopes: AtomicU64,
}

struct Shard {
    entries: LruCache<CachedKey, CachedEntry>,
    bytes: usize,
    limit: usize,
}

impl BlockCache {
    /// A cache of at most about `bytes` bytes in all.
    pub fn new(bytes: usize) -> Self {
        let shard = || Mutex::new(Shard { entries: LruCache::unbounded(), bytes: 0, limit: bytes / SHARDS });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::new(), scopes: AtomicU64::new(1) }
    }

    /// A number for one opening of one store, so that no two ever see each other's blocks.
    pub(crate) fn next_scope(&self) -> u64 {
        self.scopes.fetch_add(1, Ordering::Relaxed)
    }

    fn with<T>(&self, key: &CachedKey, run: impl FnOnce(&mut Shard) -> T) -> T {
        let shard = self.hasher.hash_one(key) as usize % SHARDS;
        run(&mut self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, key: &CachedKey) -> Result<Option<CachedEntry>, slatedb::Error> {
        Ok(self.with(key, |shard| shard.entries.get(key).cloned()))
    }
}

impl Shard {
    fn insert(&mut self, key: CachedKey, entry: CachedEntry) {
        self.bytes += cost(&entry);
        if let Some((_, replaced)) = self.entries.push(key, entry) {
            self.bytes -= cost(&replaced);
        }
        while self.bytes > self.limit {
            let Some((_, dropped)) = self.entries.pop_lru() else { break };
            self.bytes -= cost(&dropped);
        }
    }
}

fn cost(entry: &CachedEntry) -> usize {
    entry.size() + OVERHEAD
}

#[async_trait]
impl DbCache for BlockCache {
    async fn get_block(&self, key: &CachedKey) -> Result<Option<CachedEntry>, slatedb::Error> {
        self.find(key)
    }

    async fn get_index(&self, key: &CachedKey) -> Result<Option<CachedEntry>, slatedb::Error> {
        self.find(key)
    }

    async fn get_filter(&self, key: &CachedKey) -> Result<Option<CachedEntry>, slatedb::Error> {
        self.find(key)
    }

    async fn get_stats(&self, key: &CachedKey) -> Result<Option<CachedEntry>, slatedb::Error> {
        self.find(key)
    }

    async fn insert(&self, key: CachedKey, value: CachedEntry) {
        self.with(&key.clone(), |shard| shard.insert(key, value));
    }

    async fn remove(&self, key: &CachedKey) {
        self.with(key, |shard| {
            if let Some(dropped) = shard.entries.pop(key) {
                shard.bytes -= cost(&dropped);
            }
        });
    }

    fn entry_count(&self) -> u64 {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).entries.len() as u64).sum()
    }
}
