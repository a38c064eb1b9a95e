//! What others need to run a call again: what each commit wrote, and what was asked.
//!
//! A store that is opened with [`StoreOptions::history`](super::StoreOptions::history) keeps a **record** of each commit,
//! of just what its digest is over, in the commit's own batch. Whoever has all records up to a head makes the state from
//! them ([`Replay`]), and knows by that head that it is that state: nothing that a record says is believed before.
//! A record is never removed. It counts against the store's quota like an entry, so that the quota bounds the whole.
//!
//! What was **asked** is kept until its time is over, beside a commit or without one, by its digest. It counts as well,
//! as long as it is kept.

use std::{collections::BTreeMap, ops::Bound};

use adyton_protocol::{
    ids::{ContractId, Digest},
    record::StateHead,
};
use bytes::Bytes;
use codec::{DecodeAll, Encode};
use slatedb::WriteBatch;

use super::{
    Inner, Order, Store,
    chain::{batch_digest, genesis, next_head},
    layout,
    quota::ENTRY_BYTES,
    transaction::Transaction,
};
use crate::StateError;

/// What a request that is kept counts for beside its bytes: its digest twice, its end twice, two spaces.
const ASKED_BYTES: u64 = 2 * (32 + 8) + 2;

/// A value, and when it ends, in Unix milliseconds; none: never.
pub type Lasting = (Vec<u8>, Option<u64>);
/// One write as a record has it: the key, and what it was set to; none: it was deleted.
type Recorded = (Vec<u8>, Option<Lasting>);

/// A request that is kept so that it can be run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its digest.
    pub digest: Digest,
    /// The request.
    pub bytes: Bytes,
    /// From when on it may be forgotten, in seconds of Unix time.
    pub expires_unix: u64,
}

/// A transaction's record.
pub(super) fn record(transaction: &Transaction) -> Bytes {
    let recorded = transaction.digest_writes();
    let recorded = recorded.map(|(key, set)| (key.to_vec(), set.map(|(value, ends_ms)| (value.to_vec(), ends_ms))));
    recorded.collect::<Vec<Recorded>>().encode().into()
}

/// What a record counts for.
pub(super) fn counted(record: &Bytes) -> u64 {
    (record.len() as u64).saturating_add(ENTRY_BYTES)
}

impl Store {
    /// Records of consecutive commits, the first of which is `from`: as many as have no more than `most_bytes` together,
    /// and one if there is one. None where the store keeps none, or none so late. Durable like the commits.
    pub async fn history(&self, from: u64, most_bytes: usize) -> Result<Vec<Bytes>, StateError> {
        let inner = &self.inner;
        inner.durability.check()?;
        let snapshot = inner.db.snapshot()?;
        let range = (Bound::Included(layout::record_key(from)), Bound::Included(layout::record_key(u64::MAX)));
        let mut stored = snapshot.scan(range).await?;
        let (mut records, mut bytes, mut next): (Vec<Bytes>, usize, u64) = (Vec::new(), 0, from);
        while let Some(found) = stored.next().await? {
            bytes = bytes.saturating_add(found.value.len());
            let follows = layout::from_record_key(&found.key)? == next;
            if !follows || (bytes > most_bytes && !records.is_empty()) {
                break;
            }
            records.push(found.value);
            next = next.saturating_add(1);
        }
        inner.durability.wait(&inner.db, snapshot.seq()).await?;
        Ok(records)
    }

    /// The request with this digest, if it is still kept. Durable.
    pub async fn asked(&self, digest: &Digest) -> Result<Option<Asked>, StateError> {
        let inner = &self.inner;
        inner.durability.check()?;
        let snapshot = inner.db.snapshot()?;
        let Some(stored) = snapshot.get(layout::asked_key(digest)).await? else { return Ok(None) };
        inner.durability.wait(&inner.db, snapshot.seq()).await?;
        layout::from_asked_value(*digest, &stored).map(Some)
    }

    /// Removes up to `limit` requests whose end lies before `now_unix`, in seconds of Unix time; gives how many.
    pub async fn forget_asked(&self, now_unix: u64, limit: usize) -> Result<usize, StateError> {
        self.inner.run(move |inner| async move { inner.forget_asked(now_unix, limit).await }).await
    }
}

impl Inner {
    /// How many bytes it takes to keep `asked`: none where it is kept already. Refused if those are too many beside
    /// the `stored` ones. Under the order lock.
    pub(super) async fn room_for(&self, asked: Option<&Asked>, stored: u64) -> Result<u64, StateError> {
        let Some(asked) = asked else { return Ok(0) };
        if self.db.get(layout::asked_key(&asked.digest)).await?.is_some() {
            return Ok(0);
        }
        let bytes = (asked.bytes.len() as u64).saturating_add(ASKED_BYTES);
        let after = stored.saturating_add(bytes);
        if after > self.quota {
            return Err(StateError::Quota { stored: after, quota: self.quota });
        }
        Ok(bytes)
    }

    /// Puts `asked` into `batch`. One that is kept already is kept for longer.
    pub(super) fn keep_asked(&self, batch: &mut WriteBatch, asked: &Asked, order: &mut Order) {
        batch.put_bytes(layout::asked_key(&asked.digest), layout::asked_value(asked));
        batch.put_bytes(layout::asked_end_key(asked.expires_unix, &asked.digest), Bytes::new());
        order.asked_from = order.asked_from.min(asked.expires_unix);
    }

    async fn forget_asked(&self, now_unix: u64, limit: usize) -> Result<usize, StateError> {
        let mut order = self.order.lock().await;
        self.durability.check()?;
        let first = Digest([0; 32]);
        let (start, end) = (layout::asked_end_key(order.asked_from, &first), layout::asked_end_key(now_unix, &first));
        if limit == 0 || start >= end {
            return Ok(0);
        }
        let mut ends = self.db.scan((Bound::Included(start), Bound::Excluded(end))).await?;
        let (mut batch, mut removed, mut freed, mut last) = (WriteBatch::new(), 0, 0_u64, now_unix);
        while let Some(stored) = ends.next().await? {
            let (expires, digest) = layout::from_asked_end_key(&stored.key)?;
            if removed == limit {
                last = expires;
                break;
            }
            batch.delete(&stored.key);
            removed += 1;
            let key = layout::asked_key(&digest);
            let Some(value) = self.db.get(&key).await? else { continue };
            let asked = layout::from_asked_value(digest, &value)?;
            // It may have been asked again, and is kept for longer.
            if asked.expires_unix == expires {
                batch.delete(key);
                freed = freed.saturating_add(asked.bytes.len() as u64).saturating_add(ASKED_BYTES);
            }
        }
        if removed > 0 {
            let left = order.meta.stored.checked_sub(freed);
            order.meta.stored = left.ok_or(StateError::Unreadable { what: "count of stored bytes" })?;
            batch.put(layout::META_KEY, order.meta.encode());
            let number = self.write(&order, batch).await?;
            self.durability.wait(&self.db, number).await?;
        }
        // Removed keys leave marks behind until the next compaction; do not walk over them again.
        order.asked_from = last;
        Ok(removed)
    }
}

/// A state that is made anew from a store's records. Whoever gives them is not believed: what comes out is the state of
/// a head that is known otherwise, or is thrown away.
#[derive(Debug)]
pub struct Replay {
    contract: ContractId,
    head: StateHead,
    entries: BTreeMap<Vec<u8>, Lasting>,
    /// Bytes of records that may still come.
    left: u64,
}

/// Why records are not those of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHistory {
    /// They have more bytes than the store they are said to be of may hold.
    #[error("the records have more bytes than the contract may store")]
    TooLarge,
    /// One of them is no record.
    #[error("the record of sequence {sequence} cannot be read")]
    Unreadable {
        /// Its sequence.
        sequence: u64,
    },
    /// They lead to another head.
    #[error("the records do not lead to the head at sequence {sequence}")]
    OtherHead {
        /// The sequence of the head that was expected.
        sequence: u64,
    },
}

impl Replay {
    /// Of a contract that has not committed anything, and may store `quota` bytes.
    pub fn new(contract: ContractId, quota: u64) -> Self {
        Self { contract, head: genesis(&contract), entries: BTreeMap::new(), left: quota }
    }

    /// The head so far.
    pub fn head(&self) -> StateHead {
        self.head
    }

    /// Takes the record of the next commit.
    pub fn apply(&mut self, record: &[u8]) -> Result<(), BadHistory> {
        let sequence = self.head.sequence.saturating_add(1);
        let left = self.left.checked_sub((record.len() as u64).saturating_add(ENTRY_BYTES));
        self.left = left.ok_or(BadHistory::TooLarge)?;
        let unreadable = BadHistory::Unreadable { sequence };
        let recorded = Vec::<Recorded>::decode_all(&mut &record[..]).map_err(|_| unreadable.clone())?;
        if !recorded.is_sorted_by(|(one, _), (other, _)| one < other) {
            return Err(unreadable);
        }
        let digest = batch_digest(
            recorded.iter().map(|(key, set)| (&key[..], set.as_ref().map(|(value, end)| (&value[..], *end)))),
        );
        self.head = next_head(&self.contract, &self.head, &digest).ok_or(unreadable)?;
        for (key, set) in recorded {
            match set {
                Some(set) => self.entries.insert(key, set),
                None => self.entries.remove(&key),
            };
        }
        Ok(())
    }

    /// The entries, if their state is that of `head`: values by the store's keys, each with its end.
    pub fn finish(self, head: &StateHead) -> Result<BTreeMap<Vec<u8>, Lasting>, BadHistory> {
        if self.head == *head { Ok(self.entries) } else { Err(BadHistory::OtherHead { sequence: head.sequence }) }
    }
}
