//! Entries that end: which there are, by the time of their end, and removing those whose time is over.
//!
//! The store has no clock. It gives an ended entry until a commit removes it; who reads one judges by its own time. For
//! each entry with an end there is exactly one key in the order of time, kept by the commit that sets, changes or
//! removes the entry, so that a removal looks at nothing but what it removes.

use std::sync::Arc;

use bytes::Bytes;
use slatedb::WriteBatch;

use super::{Order, Prepared, Store, layout, transaction::Transaction};
use crate::StateError;

impl Store {
    /// Prepares a commit that deletes entries which ended by `now_ms`, in Unix milliseconds, at most `limit` of them,
    /// the earliest first; none if there are none. It is a commit like any other: it moves the head, and its digest
    /// covers the deletions. Call it now and then with a time that is trusted not to be ahead: what is removed is gone
    /// for who would still have seen it.
    pub async fn prepare_removal(&self, now_ms: u64, limit: usize) -> Result<Option<Prepared>, StateError> {
        let mut order = Arc::clone(&self.inner.order).lock_owned().await;
        self.inner.durability.check()?;
        if order.meta.ending == 0 || order.ends_from > now_ms {
            return Ok(None);
        }
        // Under the lock this sees the newest state, and nothing overtakes it.
        let mut transaction = self.begin().await?;
        let ends_from = transaction.delete_ended(order.ends_from, now_ms, limit).await?;
        if transaction.is_read_only() {
            // Removed keys leave marks behind until the next compaction; do not walk over them again.
            order.ends_from = ends_from;
            return Ok(None);
        }
        self.prepared(transaction, order, Some(ends_from)).map(Some)
    }
}

/// Puts into `batch` what changes in the order of ends.
pub(super) fn fill_ends(
    batch: &mut WriteBatch,
    transaction: &Transaction,
    order: &mut Order,
) -> Result<(), StateError> {
    // Counted aside: a commit that fails here leaves the record of the head as it was.
    let (mut ending, mut ends_from) = (order.meta.ending, order.ends_from);
    for (key, value) in transaction.stored_writes() {
        let before = transaction.before(key)?.and_then(|before| before.ends_ms);
        let after = value.and_then(|value| value.ends_ms);
        if before == after {
            continue;
        }
        if let Some(end) = before {
            batch.delete(layout::end_key(end, key));
            ending = ending.checked_sub(1).ok_or(StateError::Unreadable { what: "count of ends" })?;
        }
        if let Some(end) = after {
            batch.put_bytes(layout::end_key(end, key), Bytes::new());
            ending = ending.saturating_add(1);
            ends_from = ends_from.min(end);
        }
    }
    (order.meta.ending, order.ends_from) = (ending, ends_from);
    Ok(())
}
