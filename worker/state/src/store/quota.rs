//! How many bytes all entries have together, and how many they may have.
//!
//! The sum is part of the record of the head. It is written in the batch of every commit that changes entries, so that
//! it holds for just the state that is found, after a crash, in a copy or on another machine; it is never computed
//! anew. A commit adds what it writes and takes off what was there before, whose size has to be known: by the
//! transaction's own read of the key, if it made one, or because another entry tells it
//! ([`Transaction::delete_known`]); otherwise by one look-up for each key that is written, in the transaction's snapshot
//! and before the order lock is kept, many beside each other, of no more than
//! [`Limits::replaced_bytes`](super::Limits::replaced_bytes) together. Under the lock only keys that later commits
//! wrote are looked up again, each once; those are mostly in memory.
//!
//! Records of commits count, and are never removed; so do requests, as long as they are kept (`history`). Stored answers
//! and links are not counted: they are bounded by other means.

use std::collections::BTreeSet;

use adyton_protocol::record::StateHead;
use bytes::Bytes;

use super::{
    Inner, Order, Store,
    layout::{self, UserValue},
    transaction::Transaction,
};
use crate::StateError;

/// What an entry counts for beside its key and value: its space, its version, its end. Without it a great many short
/// entries would take much more than they count for.
pub const ENTRY_BYTES: u64 = 32;
/// What an entry that ends counts for beside that, and beside its key once more: the space and the time of its key in
/// the order of ends.
const END_BYTES: u64 = 9;

/// What the accounts know of a key's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    bytes: u64,
    /// When it ends, in Unix milliseconds.
    pub(super) ends_ms: Option<u64>,
}

impl Stored {
    /// Of a contract's `key` with this value.
    pub(super) fn of(key: &[u8], value: &UserValue) -> Self {
        let Self { bytes, .. } = Self::lasting(key, value.value.len());
        let end = value.ends_ms.map_or(0, |_| key.len() as u64 + END_BYTES);
        Self { bytes: bytes + end, ends_ms: value.ends_ms }
    }

    /// Of a contract's `key` with a value of `value_bytes` bytes that does not end.
    pub(super) fn lasting(key: &[u8], value_bytes: usize) -> Self {
        Self { bytes: key.len() as u64 + value_bytes as u64 + ENTRY_BYTES, ends_ms: None }
    }

    /// Of what the database has for a contract's `key`.
    pub(super) fn read(key: &[u8], stored: Option<Bytes>) -> Result<Option<Self>, StateError> {
        let value = stored.map(|stored| UserValue::decode(&stored)).transpose()?;
        Ok(value.map(|value| Self::of(key, &value)))
    }
}

impl Store {
    /// Bytes of all entries of the newest durable state, as they count against [`StoreOptions::quota`].
    ///
    /// [`StoreOptions::quota`]: super::StoreOptions::quota
    pub async fn stored_bytes(&self) -> Result<u64, StateError> {
        let inner = &self.inner;
        inner.durability.check()?;
        let snapshot = inner.db.snapshot()?;
        let meta = Self::meta_in(&snapshot).await?;
        inner.durability.wait(&inner.db, snapshot.seq()).await?;
        Ok(meta.stored)
    }
}

impl Inner {
    /// Looks up again what commits after the state that `transaction` saw have written of its keys. Under the order
    /// lock, of a transaction that nothing overtook.
    pub(super) async fn refresh(&self, transaction: &mut Transaction, order: &Order) -> Result<(), StateError> {
        let StateHead { sequence, .. } = transaction.base;
        // Many commits may have written the same key.
        let later: BTreeSet<_> = order.recent.keys_after(sequence).collect();
        for key in later {
            let key = layout::from_user_key(key)?;
            if transaction.writes_key(&key) {
                let stored = Stored::read(&key, self.db.get(layout::user_key(&key)).await?)?;
                transaction.learn(key, stored);
            }
        }
        Ok(())
    }

    /// Bytes of all entries after `transaction`, where there are `stored` before; refused if those are too many.
    /// Whoever leaves no more than there was may always commit, so that a state that is too large already can be made
    /// smaller; and what may go beyond, which counts as well. `recorded` is what the commit's record counts for.
    pub(super) fn stored_after(
        &self,
        stored: u64,
        transaction: &Transaction,
        recorded: u64,
    ) -> Result<u64, StateError> {
        let (mut freed, mut taken) = (0_u64, recorded);
        for (key, value) in transaction.stored_writes() {
            freed = freed.saturating_add(transaction.before(key)?.map_or(0, |before| before.bytes));
            taken = taken.saturating_add(value.map_or(0, |value| Stored::of(key, &value).bytes));
        }
        let left = stored.checked_sub(freed).ok_or(StateError::Unreadable { what: "count of stored bytes" })?;
        let after = left.saturating_add(taken);
        if after > self.quota && after > stored && !transaction.is_beyond_quota() {
            return Err(StateError::Quota { stored: after, quota: self.quota });
        }
        Ok(after)
    }
}
