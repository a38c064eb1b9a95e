//! What a store is opened with, and what bounds it.

use std::sync::Arc;

use adyton_protocol::{ids::ContractId, manifest, record::StateHead};

use crate::{BlockCache, EpochKeys};

/// Under which terms a contract's store is opened.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The contract.
    pub contract: ContractId,
    /// The contract's secrets for state.
    pub keys: EpochKeys,
    /// Who writes.
    pub writer: Writer,
    /// The newest head that is pinned on chain: the last anchor or opening, or
    /// [`genesis`](super::chain::genesis) if there is none. A store that does not contain it is refused.
    pub floor: StateHead,
}

/// The writer, by the number of its lease. One writes at a time; a newer one fences the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    pub(super) lease: u64,
    pub(super) again: bool,
}

impl Writer {
    /// The first opening under a new lease: refused unless the lease is newer than any the store has seen.
    pub fn first_under(lease: u64) -> Self {
        Self { lease, again: false }
    }

    /// An opening by a holder that may have opened before under the same lease, as after a restart. The
    /// opening before is fenced; a lease older than one the store has seen is refused.
    pub fn again_under(lease: u64) -> Self {
        Self { lease, again: true }
    }
}

/// Bounds on what one call may do, and what the store may hold in memory.
#[derive(Clone)]
pub struct StoreOptions {
    /// Bounds of one transaction.
    pub limits: Limits,
    /// Bytes that all entries may have together, each counted with its key, its value and
    /// [`ENTRY_BYTES`](super::ENTRY_BYTES), and if it ends with its key in the order of ends. A commit that leaves more
    /// than this, and more than there was, is refused.
    pub quota: u64,
    /// Whether a record of each commit is kept for ever, from which others make the state anew; see `history`. It counts
    /// against the quota. A store that was begun without is refused.
    pub history: bool,
    /// Opened blocks in memory; give all stores of a worker the same one.
    pub cache: Arc<BlockCache>,
    /// How much is collected in memory before it becomes a table, in bytes.
    pub table_bytes: usize,
    /// How often a failed operation of the storage below is repeated before the store gives up; the first
    /// time after 0.1 s, then after longer, up to 1 s.
    pub retries: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            quota: manifest::Limits::default().storage,
            history: false,
            cache: Arc::new(BlockCache::new(32 << 20)),
            table_bytes: 8 << 20,
            retries: 2,
        }
    }
}

/// Bounds of one transaction. A contract's manifest may set lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a key.
    pub key_bytes: usize,
    /// Bytes of a value.
    pub value_bytes: usize,
    /// Keys that a transaction writes.
    pub write_keys: usize,
    /// Bytes of keys and values that a transaction writes.
    pub write_bytes: usize,
    /// Bytes of the values that a transaction replaces or deletes without having read them: they are read to know what
    /// is left.
    pub replaced_bytes: usize,
    /// Entries that one scan gives.
    pub scan_entries: usize,
    /// Bytes of keys and values that one scan gives; one entry always fits.
    pub scan_bytes: usize,
    /// Bytes of a stored answer.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A contract's key of 1024 bytes, and the byte before it by which the worker tells it from its own.
            key_bytes: 1025,
            value_bytes: 1 << 20,
            // Of a call: 8192 keys of its own, 4087 pages of its database, 8192 parts of objects that it removes and
            // 832 other keys of objects, and some of the worker's.
            write_keys: 22_000,
            // What a call may write and answer under the network's ceilings for manifests, and some more: the worker
            // puts a byte before each key, and fields and a receipt around an answer.
            write_bytes: 17 << 20,
            // As `wit/kv.wit` says; a database's pages have been read, or are no more than what is written.
            replaced_bytes: 64 << 20,
            scan_entries: 1000,
            scan_bytes: 4 << 20,
            answer_bytes: 17 << 20,
        }
    }
}
