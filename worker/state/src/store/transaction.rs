//! One call's view of the state: reads from a snapshot, its own writes on top, and a record of what it
//! read, by which a commit finds out whether a later one overtook it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use adyton_protocol::record::StateHead;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use slatedb::{DbIterator, DbSnapshot, IterationOrder, config::ScanOptions};

use super::{
    layout::{self, UserValue},
    options::Limits,
    quota::Stored,
};
use crate::StateError;

/// Above this many single reads, a transaction counts as having read everything.
const MAX_READ_KEYS: usize = 10_000;
/// Above this many scans, too.
const MAX_READ_RANGES: usize = 1000;
/// How many entries that a transaction replaces are looked up at once.
const LOOK_UPS: usize = 16;

/// A key's value, and the version it was written with. A version is never used twice in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
    /// Set anew by every write; for [`Transaction::compare_and_swap`].
    pub version: u64,
    /// When it ends, in Unix milliseconds. The store has no clock: it gives an entry until it is removed, and who
    /// reads it judges by the time that holds for them. See [`Store::prepare_removal`](super::Store::prepare_removal).
    pub ends_ms: Option<u64>,
}

/// What came of a [`Transaction::compare_and_swap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The value was set and has this version now.
    Done(u64),
    /// Nothing was set: the key has this version, or none.
    Differs(Option<u64>),
}

/// A call's transaction; see the module. It is dropped to give it up.
pub struct Transaction {
    snapshot: Arc<DbSnapshot>,
    pub(super) base: StateHead,
    versions: Arc<AtomicU64>,
    limits: Limits,
    reads: Reads,
    writes: BTreeMap<Bytes, Option<Written>>,
    written_bytes: usize,
    /// What contract's keys have in the snapshot, as far as it was looked up; none: nothing.
    before: BTreeMap<Bytes, Option<Stored>>,
    beyond_quota: bool,
}

#[derive(Clone)]
struct Written {
    value: Bytes,
    version: u64,
    ends_ms: Option<u64>,
}

/// A range of the database's keys.
type KeyRange = (Bound<Bytes>, Bound<Bytes>);

/// What a transaction read: it holds only as long as nobody changes any of it.
#[derive(Default)]
pub(super) struct Reads {
    keys: BTreeSet<Bytes>,
    ranges: Vec<KeyRange>,
    everything: bool,
}

impl Transaction {
    pub(super) fn new(snapshot: Arc<DbSnapshot>, base: StateHead, versions: Arc<AtomicU64>, limits: Limits) -> Self {
        let (reads, writes, before) = (Reads::default(), BTreeMap::new(), BTreeMap::new());
        Self { snapshot, base, versions, limits, reads, writes, written_bytes: 0, before, beyond_quota: false }
    }

    /// Lets it commit although it makes the state larger than its quota: for the few bytes of the worker's own without
    /// which a full contract could not go on. What it adds counts like everything else.
    pub fn beyond_quota(&mut self) {
        self.beyond_quota = true;
    }

    /// The head of the state that this transaction sees.
    pub fn base(&self) -> StateHead {
        self.base
    }

    /// Whether nothing was written so far.
    pub fn is_read_only(&self) -> bool {
        self.writes.is_empty()
    }

    /// The entry of `key`, as this transaction sees it.
    pub async fn get(&mut self, key: &[u8]) -> Result<Option<Entry>, StateError> {
        self.check_key(key)?;
        if let Some(written) = self.writes.get(key) {
            return Ok(written.as_ref().map(|written| written.entry(Bytes::copy_from_slice(key))));
        }
        self.reads.key(key);
        let stored = self.snapshot.get(layout::user_key(key)).await?;
        let key = Bytes::copy_from_slice(key);
        if self.before.len() < MAX_READ_KEYS {
            self.before.insert(key.clone(), Stored::read(&key, stored.clone())?);
        }
        stored.map(|stored| entry(key, &stored)).transpose()
    }

    /// Sets `key` and gives its new version. Does not count as having read it. The entry does not end, even if the one
    /// before did.
    pub fn set(&mut self, key: &[u8], value: &[u8]) -> Result<u64, StateError> {
        self.put(key, value, None)
    }

    /// [`Transaction::set`], of an entry that ends at `ends_ms`, in Unix milliseconds.
    pub fn set_until(&mut self, key: &[u8], value: &[u8], ends_ms: u64) -> Result<u64, StateError> {
        self.put(key, value, Some(ends_ms))
    }

    fn put(&mut self, key: &[u8], value: &[u8], ends_ms: Option<u64>) -> Result<u64, StateError> {
        self.check_key(key)?;
        check("a value's size in bytes", value.len(), self.limits.value_bytes)?;
        let version = self.versions.fetch_add(1, Ordering::Relaxed);
        self.write(key, Some(Written { value: Bytes::copy_from_slice(value), version, ends_ms }))?;
        Ok(version)
    }

    /// Sets `key` if it has the `expected` version, or does not exist where that is `None`.
    pub async fn compare_and_swap(
        &mut self,
        key: &[u8],
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<Swap, StateError> {
        let found = self.get(key).await?.map(|entry| entry.version);
        if found != expected {
            return Ok(Swap::Differs(found));
        }
        self.set(key, value).map(Swap::Done)
    }

    /// Deletes `key`, which need not exist. Does not count as having read it.
    pub fn delete(&mut self, key: &[u8]) -> Result<(), StateError> {
        self.check_key(key)?;
        self.write(key, None)
    }

    /// [`Transaction::delete`], of an entry that is there, does not end and has a value of `value_bytes` bytes, as an
    /// entry says that this transaction has read: so its value is not read to know how large the state is then, and is
    /// not among the [`Limits::replaced_bytes`](super::Limits::replaced_bytes). Wherever it says otherwise, the count of
    /// all entries' bytes goes wrong.
    pub fn delete_known(&mut self, key: &[u8], value_bytes: usize) -> Result<(), StateError> {
        self.delete(key)?;
        // What was read is known better.
        let stored = Some(Stored::lasting(key, value_bytes));
        self.before.entry(Bytes::copy_from_slice(key)).or_insert(stored);
        Ok(())
    }

    /// Up to `limit` entries whose keys begin with `prefix`, by ascending key, from behind `after`. Fewer
    /// than `limit` may come where the bounds on one scan are met: the end is reached only when none come.
    pub async fn scan(&mut self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Entry>, StateError> {
        check("a prefix's size in bytes", prefix.len(), self.limits.key_bytes)?;
        let limit = limit.min(self.limits.scan_entries);
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(layout::user_key(after)),
            _ => Bound::Included(layout::user_key(prefix)),
        };
        let end = layout::user_prefix_end(prefix);
        if limit == 0 || matches!(&start, Bound::Excluded(start) if *start >= end) {
            return Ok(Vec::new());
        }
        let range = (start, Bound::Excluded(end));
        let found = self.merged(&range, IterationOrder::Ascending, limit).await?;
        let (start, end) = range;
        let seen = found.stopped_at.map_or(end, |key| Bound::Included(layout::user_key(&key)));
        self.reads.range((start, seen));
        self.learn_scanned(&found.entries);
        Ok(found.entries)
    }

    /// [`Transaction::scan`] by descending key, from before `before`.
    pub async fn scan_back(
        &mut self,
        prefix: &[u8],
        before: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StateError> {
        check("a prefix's size in bytes", prefix.len(), self.limits.key_bytes)?;
        let limit = limit.min(self.limits.scan_entries);
        let start = layout::user_key(prefix);
        let end = layout::user_prefix_end(prefix);
        let end = before.map(layout::user_key).map_or(end.clone(), |before| before.min(end));
        if limit == 0 || start >= end {
            return Ok(Vec::new());
        }
        let range = (Bound::Included(start), Bound::Excluded(end));
        let found = self.merged(&range, IterationOrder::Descending, limit).await?;
        let (start, end) = range;
        let seen = found.stopped_at.map_or(start, |key| Bound::Included(layout::user_key(&key)));
        self.reads.range((seen, end));
        self.learn_scanned(&found.entries);
        Ok(found.entries)
    }

    async fn merged(&self, range: &KeyRange, order: IterationOrder, limit: usize) -> Result<Found, StateError> {
        let own = own_writes(&self.writes, range, order);
        let options = ScanOptions { order, ..ScanOptions::default() };
        let stored = self.snapshot.scan_with_options(range.clone(), &options).await?;
        Merge { stored, own, order, next: None }.take(limit, self.limits.scan_bytes).await
    }

    /// Deletes entries that end from `from` to `now_ms`, at most `limit`, which counts as no reading. Gives the time
    /// before which no entry ends any more.
    pub(super) async fn delete_ended(&mut self, from: u64, now_ms: u64, limit: usize) -> Result<u64, StateError> {
        // What ends at the last moment that there is never ends.
        let behind = now_ms.saturating_add(1);
        if from >= behind {
            return Ok(from);
        }
        let range = (Bound::Included(layout::end_key(from, b"")), Bound::Excluded(layout::end_key(behind, b"")));
        let mut ends = self.snapshot.scan(range).await?;
        let mut deleted = 0;
        while let Some(stored) = ends.next().await? {
            let (end, key) = layout::from_end_key(&stored.key)?;
            if deleted == limit {
                return Ok(end);
            }
            let stored = self.snapshot.get(layout::user_key(&key)).await?;
            let found = stored.map(|stored| UserValue::decode(&stored)).transpose()?;
            match found {
                Some(found) if found.ends_ms == Some(end) => self.learn(key.clone(), Some(Stored::of(&key, &found))),
                Some(_) | None => return Err(StateError::Unreadable { what: "entry's end" }),
            }
            self.delete(&key)?;
            deleted += 1;
        }
        Ok(behind)
    }

    fn write(&mut self, key: &[u8], written: Option<Written>) -> Result<(), StateError> {
        let size = |written: &Option<Written>| key.len() + written.as_ref().map_or(0, |written| written.value.len());
        let old = self.writes.get(key);
        let bytes = self.written_bytes + size(&written) - old.map_or(0, size);
        let keys = self.writes.len() + usize::from(old.is_none());
        check("the number of keys written", keys, self.limits.write_keys)?;
        check("the size of all writes in bytes", bytes, self.limits.write_bytes)?;
        self.written_bytes = bytes;
        self.writes.insert(Bytes::copy_from_slice(key), written);
        Ok(())
    }

    fn check_key(&self, key: &[u8]) -> Result<(), StateError> {
        check("a key's size in bytes", key.len(), self.limits.key_bytes)
    }

    /// Looks up what keys have that are written and were not read. Does not count as having read them. The database
    /// gives no size without the value: so it ends as soon as the values are more than a transaction may replace.
    pub(super) async fn measure(&mut self) -> Result<(), StateError> {
        let unknown: Vec<_> = self.writes.keys().filter(|key| !self.before.contains_key(*key)).cloned().collect();
        let snapshot = Arc::clone(&self.snapshot);
        let look_ups = unknown.into_iter().map(move |key| {
            let snapshot = Arc::clone(&snapshot);
            async move {
                let stored = snapshot.get(layout::user_key(&key)).await?;
                let value = stored.map(|stored| UserValue::decode(&stored)).transpose()?;
                Ok::<_, StateError>((key, value))
            }
        });
        let mut found = stream::iter(look_ups).buffer_unordered(LOOK_UPS);
        let mut replaced = 0_usize;
        while let Some((key, value)) = found.try_next().await? {
            replaced = replaced.saturating_add(value.as_ref().map_or(0, |value| value.value.len()));
            check("the size of all values replaced in bytes", replaced, self.limits.replaced_bytes)?;
            let stored = value.map(|value| Stored::of(&key, &value));
            self.learn(key, stored);
        }
        Ok(())
    }

    /// Notes how large the entries are that a scan found. One that the transaction wrote itself is not what is stored.
    fn learn_scanned(&mut self, entries: &[Entry]) {
        for Entry { key, value, version, ends_ms } in entries {
            if self.before.len() < MAX_READ_KEYS && !self.writes.contains_key(key) {
                let value = UserValue { version: *version, ends_ms: *ends_ms, value: value.clone() };
                self.before.insert(Bytes::copy_from_slice(key), Some(Stored::of(key, &value)));
            }
        }
    }

    /// Notes what a contract's `key` has in the newest state.
    pub(super) fn learn(&mut self, key: Bytes, stored: Option<Stored>) {
        self.before.insert(key, stored);
    }

    /// What a contract's `key` that is written had before, once that was looked up.
    pub(super) fn before(&self, key: &Bytes) -> Result<Option<Stored>, StateError> {
        self.before.get(key).copied().ok_or(StateError::Unreadable { what: "entry that is replaced" })
    }

    /// Whether [`Transaction::beyond_quota`] was called.
    pub(super) fn is_beyond_quota(&self) -> bool {
        self.beyond_quota
    }

    /// Whether a contract's `key` is written.
    pub(super) fn writes_key(&self, key: &Bytes) -> bool {
        self.writes.contains_key(key)
    }

    /// The database's number for the newest write that the snapshot contains.
    pub(super) fn seen(&self) -> u64 {
        self.snapshot.seq()
    }

    pub(super) fn reads(&self) -> &Reads {
        &self.reads
    }

    /// The writes by ascending key, for the digest.
    pub(super) fn digest_writes(&self) -> impl Iterator<Item = super::chain::Write<'_>> {
        self.writes.iter().map(|(key, written)| (&key[..], written.as_ref().map(Written::digested)))
    }

    /// The writes as they are stored, by the contract's keys.
    pub(super) fn stored_writes(&self) -> impl Iterator<Item = (&Bytes, Option<UserValue>)> {
        self.writes.iter().map(|(key, written)| (key, written.as_ref().map(Written::stored)))
    }
}

impl Written {
    fn entry(&self, key: Bytes) -> Entry {
        Entry { key, value: self.value.clone(), version: self.version, ends_ms: self.ends_ms }
    }

    fn digested(&self) -> super::chain::Written<'_> {
        (&self.value[..], self.ends_ms)
    }

    fn stored(&self) -> UserValue {
        UserValue { version: self.version, ends_ms: self.ends_ms, value: self.value.clone() }
    }
}

impl Reads {
    fn key(&mut self, key: &[u8]) {
        if self.keys.len() >= MAX_READ_KEYS {
            self.everything = true;
        } else if !self.everything {
            self.keys.insert(layout::user_key(key));
        }
    }

    fn range(&mut self, range: KeyRange) {
        if self.ranges.len() >= MAX_READ_RANGES {
            self.everything = true;
        } else if !self.everything {
            self.ranges.push(range);
        }
    }

    /// Whether any of `written`, which are the database's keys, was read.
    pub(super) fn touch<'a>(&self, written: impl IntoIterator<Item = &'a Bytes>) -> bool {
        let inside = |key: &Bytes| {
            self.keys.contains(key) || self.ranges.iter().any(|range| std::ops::RangeBounds::contains(range, key))
        };
        written.into_iter().any(|key| self.everything || inside(key))
    }
}

/// This transaction's writes in a range of the database's keys.
fn own_writes(
    writes: &BTreeMap<Bytes, Option<Written>>,
    range: &KeyRange,
    order: IterationOrder,
) -> std::vec::IntoIter<(Bytes, Option<Written>)> {
    let inside = |key: &Bytes| std::ops::RangeBounds::contains(range, &layout::user_key(key));
    let mut own: Vec<_> =
        writes.iter().filter(|(key, _)| inside(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    if let IterationOrder::Descending = order {
        own.reverse();
    }
    own.into_iter()
}

/// The stored entries and the transaction's own writes, merged by key; own ones win.
struct Merge {
    stored: DbIterator,
    own: std::vec::IntoIter<(Bytes, Option<Written>)>,
    order: IterationOrder,
    /// A stored entry that was read and not given yet.
    next: Option<Entry>,
}

struct Found {
    entries: Vec<Entry>,
    /// The last key looked at, if a bound ended the scan before its range did.
    stopped_at: Option<Bytes>,
}

impl Merge {
    async fn take(mut self, limit: usize, max_bytes: usize) -> Result<Found, StateError> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some(entry) = self.next().await? {
            bytes += entry.key.len() + entry.value.len();
            if bytes > max_bytes && !entries.is_empty() {
                return Ok(Found { entries, stopped_at: Some(entry.key) });
            }
            entries.push(entry);
            if entries.len() >= limit {
                let stopped_at = entries.last().map(|entry| entry.key.clone());
                return Ok(Found { entries, stopped_at });
            }
        }
        Ok(Found { entries, stopped_at: None })
    }

    async fn next(&mut self) -> Result<Option<Entry>, StateError> {
        loop {
            if self.next.is_none() {
                self.next = match self.stored.next().await? {
                    Some(found) => Some(entry(layout::from_user_key(&found.key)?, &found.value)?),
                    None => None,
                };
            }
            let own_first = match (self.own.as_slice().first(), &self.next) {
                (None, _) => return Ok(self.next.take()),
                (Some(_), None) => true,
                (Some((own, _)), Some(stored)) => match self.order {
                    IterationOrder::Ascending => *own <= stored.key,
                    IterationOrder::Descending => *own >= stored.key,
                },
            };
            if !own_first {
                return Ok(self.next.take());
            }
            let Some((key, written)) = self.own.next() else { continue };
            self.next.take_if(|stored| stored.key == key);
            if let Some(written) = written {
                return Ok(Some(written.entry(key)));
            }
        }
    }
}

fn entry(key: Bytes, stored: &Bytes) -> Result<Entry, StateError> {
    let UserValue { version, ends_ms, value } = UserValue::decode(stored)?;
    Ok(Entry { key, value, version, ends_ms })
}

pub(super) fn check(what: &'static str, size: usize, limit: usize) -> Result<(), StateError> {
    if size > limit { Err(StateError::TooLarge { what, size, limit }) } else { Ok(()) }
}
