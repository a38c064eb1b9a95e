//! Committing: in the order of the chain, in one batch, durable before it is acknowledged.
//!
//! 1. [`Store::prepare`] looks up what the writes replace, takes the order lock, checks that no later commit overtook
//!    the transaction, and computes the head. The caller can put both heads into a receipt; dropping the result
//!    commits nothing.
//! 2. [`Store::commit`] writes one batch: the writes, the head, the chain's link, the answer. The lock ends
//!    there, and with it what the caller gave to [`Prepared::until_visible`], so that the next commit can be made
//!    while this one is on its way to the disk.
//! 3. It waits for the flush. Commits that arrive together share one.
//!
//! From the second step on the work runs in a task of its own, or in one that the caller has for it
//! ([`Store::commit_in_task`]): a caller that goes away half-way leaves a commit that is whole, not one that is half known.
//! Should the work itself end in the middle, which it does in a panic or where such a task is dropped, the store has
//! failed until it is opened again, before anybody else has the order lock (see [`Changing`]).

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, PoisonError, atomic::Ordering},
};

use adyton_protocol::{
    ids::{Digest, RequestId},
    record::StateHead,
};
use bytes::Bytes;
use codec::Encode;
use slatedb::WriteBatch;
use tokio::sync::OwnedMutexGuard;

use super::{
    Inner, Order, Store,
    chain::{batch_digest, next_head},
    durable::Durability,
    ends::fill_ends,
    history::{self, Asked},
    layout::{self, Link, Meta},
    transaction::{Transaction, check},
    verify::LINKS,
};
use crate::StateError;

/// An answer that a retry of the same request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The request.
    pub request: RequestId,
    /// The sealed answer.
    pub bytes: Bytes,
    /// From when on it may be forgotten, in seconds of Unix time. No earlier than the request's own end.
    pub expires_unix: u64,
}

/// A transaction that will commit, with the heads it leads from and to. While one with writes exists, no
/// other transaction of the contract can commit: do only what needs the heads, and do not wait for others.
#[must_use = "nothing is committed until this is given to `Store::commit`"]
pub struct Prepared {
    transaction: Transaction,
    before: StateHead,
    after: StateHead,
    writes: Option<Writes>,
    /// See [`Prepared::until_visible`].
    turn: Option<Box<dyn Send>>,
    /// Of a removal of ended entries: before when all are removed then.
    ends_from: Option<u64>,
    /// See [`Prepared::keeping`].
    asked: Option<Asked>,
}

/// What a transaction's writes come to, and the lock under which that holds.
struct Writes {
    digest: Digest,
    /// Bytes of all entries after them.
    stored: u64,
    /// Their record, where the store keeps one.
    record: Option<Bytes>,
    order: OwnedMutexGuard<Order>,
}

/// What was committed, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    /// The head that the commit followed.
    pub before: StateHead,
    /// The head after it; the same one if nothing was written.
    pub after: StateHead,
}

impl Prepared {
    /// The head that the commit will follow. Of a transaction without writes: the state that it saw.
    pub fn before(&self) -> StateHead {
        self.before
    }

    /// The head that the commit will lead to; without writes, the same.
    pub fn after(&self) -> StateHead {
        self.after
    }

    /// Drops `turn` as soon as a transaction that begins then sees the commit, which is before it is durable: calls
    /// that take turns follow one another without waiting for the disk, and one flush is for all of them. Whoever
    /// sees the commit is not acknowledged before it is durable either.
    pub fn until_visible(self, turn: impl Send + 'static) -> Self {
        Self { turn: Some(Box::new(turn)), ..self }
    }

    /// Keeps what was asked along with the commit, even if nothing was written.
    pub fn keeping(self, asked: Option<Asked>) -> Self {
        Self { asked, ..self }
    }

    /// Whether it changes nothing in the store.
    fn is_nothing(&self) -> bool {
        self.writes.is_none() && self.asked.is_none()
    }
}

impl Store {
    /// Checks that `transaction` can commit, and computes its heads and how large it leaves the state. A transaction
    /// without writes always can. [`StateError::TooLarge`] if it replaces more than
    /// [`Limits::replaced_bytes`](super::Limits::replaced_bytes) that it has not read.
    pub async fn prepare(&self, mut transaction: Transaction) -> Result<Prepared, StateError> {
        let base = transaction.base;
        if transaction.is_read_only() {
            let (before, after) = (base, base);
            return Ok(Prepared { transaction, before, after, writes: None, turn: None, ends_from: None, asked: None });
        }
        // Whoever was overtaken already does not read what it replaces first.
        self.inner.order.lock().await.refuse_overtaken(&transaction)?;
        transaction.measure().await?;
        let order = Arc::clone(&self.inner.order).lock_owned().await;
        self.inner.durability.check()?;
        order.refuse_overtaken(&transaction)?;
        self.inner.refresh(&mut transaction, &order).await?;
        self.prepared(transaction, order, None)
    }

    /// Under the order lock, of a transaction that nothing overtook, and that knows what its writes replace.
    pub(super) fn prepared(
        &self,
        transaction: Transaction,
        order: OwnedMutexGuard<Order>,
        ends_from: Option<u64>,
    ) -> Result<Prepared, StateError> {
        let before = order.meta.head;
        let digest = batch_digest(transaction.digest_writes());
        let after = next_head(&self.inner.contract, &before, &digest).ok_or(StateError::Exhausted)?;
        let record = self.inner.history.then(|| history::record(&transaction));
        let recorded = record.as_ref().map_or(0, history::counted);
        let stored = self.inner.stored_after(order.meta.stored, &transaction, recorded)?;
        let writes = Some(Writes { digest, stored, record, order });
        Ok(Prepared { transaction, before, after, writes, turn: None, ends_from, asked: None })
    }

    /// Commits, together with an answer for retries; returns when it is durable.
    ///
    /// Without writes, answer and request this touches no disk, but waits if what the transaction saw is still on
    /// its way there. On any error but `AlreadyAnswered`, `TooLarge` and `Quota` it shows only after reopening
    /// whether the commit is in the store; it was not acknowledged.
    pub async fn commit(&self, prepared: Prepared, answer: Option<StoredAnswer>) -> Result<Commit, StateError> {
        if prepared.is_nothing() && answer.is_none() {
            return self.commit_in_task(prepared, answer).await;
        }
        self.inner.run(|inner| async move { Self { inner }.commit_in_task(prepared, answer).await }).await
    }

    /// [`Store::commit`] without a task of its own, for a caller that is in one. One that drops this in the middle of
    /// the work has to open the store again, as after a panic.
    pub async fn commit_in_task(&self, prepared: Prepared, answer: Option<StoredAnswer>) -> Result<Commit, StateError> {
        let inner = &self.inner;
        if let Some(answer) = &answer {
            check("an answer's size in bytes", answer.bytes.len(), inner.limits.answer_bytes)?;
        }
        let commit = Commit { before: prepared.before, after: prepared.after };
        if prepared.is_nothing() && answer.is_none() {
            // There is nothing to see.
            drop(prepared.turn);
            inner.durability.check()?;
            inner.durability.wait(&inner.db, prepared.transaction.seen()).await?;
            return Ok(commit);
        }
        Arc::clone(inner).commit(prepared, answer).await?;
        Ok(commit)
    }
}

/// The order while it says where the store will stand with a batch that the database does not have yet. Dropped before
/// the [end](Self::end), it fails the store, still under the lock: what is in memory and what is on disk may differ.
pub(super) struct Changing<'a> {
    order: OwnedMutexGuard<Order>,
    durability: &'a Durability,
    over: bool,
}

impl<'a> Changing<'a> {
    pub(super) fn begin(order: OwnedMutexGuard<Order>, durability: &'a Durability) -> Self {
        Self { order, durability, over: false }
    }

    /// The order is as the database has it.
    pub(super) fn end(mut self) {
        self.over = true;
    }
}

impl Deref for Changing<'_> {
    type Target = Order;

    fn deref(&self) -> &Order {
        &self.order
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut Order {
        &mut self.order
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.durability.give_up("a commit ended in the middle");
        }
    }
}

impl Order {
    /// Refuses `transaction` if a commit after the state that it saw changed what it read.
    fn refuse_overtaken(&self, transaction: &Transaction) -> Result<(), StateError> {
        let StateHead { sequence, .. } = transaction.base;
        let newer = self.meta.head.sequence != sequence;
        if newer && self.recent.overtook(sequence, transaction.reads()) { Err(StateError::Conflict) } else { Ok(()) }
    }
}

impl Inner {
    async fn commit(self: Arc<Self>, prepared: Prepared, answer: Option<StoredAnswer>) -> Result<(), StateError> {
        let Prepared { transaction, after, writes, turn, ends_from, asked, .. } = prepared;
        let seen = transaction.seen();
        let mut batch = WriteBatch::new();
        let mut order = match writes {
            Some(Writes { digest, stored, record, order }) => {
                self.bound_replay().await?;
                self.refuse_second_answer(&answer).await?;
                let stored = stored.saturating_add(self.room_for(asked.as_ref(), stored).await?);
                let mut order = Changing::begin(order, &self.durability);
                let keys = match self.fill(&mut batch, &transaction, (after, digest, stored), &mut order) {
                    Ok(keys) => keys,
                    Err(error) => {
                        // It changes nothing then.
                        order.end();
                        return Err(error);
                    }
                };
                if let Some(record) = record {
                    batch.put_bytes(layout::record_key(after.sequence), record);
                }
                order.recent.push(keys);
                order.ends_from = ends_from.unwrap_or(order.ends_from);
                order
            }
            None => {
                let order = Arc::clone(&self.order).lock_owned().await;
                self.durability.check()?;
                self.refuse_second_answer(&answer).await?;
                let kept = self.room_for(asked.as_ref(), order.meta.stored).await?;
                let mut order = Changing::begin(order, &self.durability);
                if kept > 0 {
                    order.meta.stored = order.meta.stored.saturating_add(kept);
                    batch.put(layout::META_KEY, order.meta.encode());
                }
                order
            }
        };
        drop(transaction);
        if let Some(answer) = &answer {
            batch.put_bytes(layout::answer_key(&answer.request), layout::answer_value(answer));
            batch.put_bytes(layout::expiry_key(answer.expires_unix, &answer.request), Bytes::new());
            order.answers_from = order.answers_from.min(answer.expires_unix);
        }
        if let Some(asked) = &asked {
            self.keep_asked(&mut batch, asked, &mut order);
        }
        let number = self.write(&order, batch).await?;
        order.end();
        drop(turn);
        // The batch may be older than what was read, where only an answer is written.
        self.durability.wait(&self.db, number.max(seen)).await
    }

    /// Puts a transaction's writes, the new head and what all entries have then into `batch`. Gives the keys.
    fn fill(
        &self,
        batch: &mut WriteBatch,
        transaction: &Transaction,
        (after, digest, stored): (StateHead, Digest, u64),
        order: &mut Order,
    ) -> Result<Vec<Bytes>, StateError> {
        fill_ends(batch, transaction, order)?;
        let mut keys = Vec::new();
        for (key, value) in transaction.stored_writes() {
            let key = layout::user_key(key);
            keys.push(key.clone());
            match value {
                Some(value) => batch.put_bytes(key, value.encode()),
                None => batch.delete(key),
            }
        }
        let meta = &mut order.meta;
        *meta = Meta { head: after, next_version: self.versions.load(Ordering::Relaxed), stored, ..*meta };
        batch.put(layout::META_KEY, meta.encode());
        batch.put(layout::link_key(after.sequence), Link { hash: after.hash, digest }.encode());
        if let Some(old) = after.sequence.checked_sub(LINKS).filter(|old| *old > 0) {
            batch.delete(layout::link_key(old));
        }
        Ok(keys)
    }

    async fn refuse_second_answer(&self, answer: &Option<StoredAnswer>) -> Result<(), StateError> {
        let Some(answer) = answer else { return Ok(()) };
        match self.db.get(layout::answer_key(&answer.request)).await? {
            Some(_) => Err(StateError::AlreadyAnswered),
            None => Ok(()),
        }
    }

    /// Hands a batch to the database; gives the database's number for it. It is not durable yet. The caller
    /// holds the order lock, under which `order` says where the store stands with this batch.
    pub(super) async fn write(&self, order: &Order, batch: WriteBatch) -> Result<u64, StateError> {
        let handle = self.db.write(batch).await.map_err(|error| self.durability.fail(error.into()))?;
        self.durability.wrote(handle.seqnum());
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = (handle.seqnum(), order.meta.head);
        Ok(handle.seqnum())
    }
}
