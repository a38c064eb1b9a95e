//! Scans: the committed entries and the call's own writes, merged by key in either direction, without what has ended.

use std::{collections::VecDeque, ops::Bound};

use super::{MAX_KEY, MAX_PAGE_BYTES, Overlay};
use crate::{
    bindings::phat::contract::{
        kv::{Entry, Page},
        types::Error,
    },
    costs::Cost,
    host::{self, Direction, Host, HostFailure, SCAN_BYTES, Scan, Value},
};

/// The most entries of a page.
pub(super) const MAX_PAGE_ENTRIES: u32 = 1000;
/// The most entries that one scan passes over: ended ones, which the worker removes, but not at once, and those that
/// the call itself removed or wrote anew.
const MAX_PASSED: usize = 1000;

/// What a scan asks for.
pub(super) struct Range {
    prefix: Vec<u8>,
    /// The entries begin behind this key, in the scan's direction.
    from: Option<Vec<u8>>,
    direction: Direction,
    limit: usize,
}

impl Range {
    pub(super) fn new(prefix: Vec<u8>, from: Option<Vec<u8>>, direction: Direction, limit: u32) -> Result<Self, Error> {
        if prefix.len() > MAX_KEY || from.as_ref().is_some_and(|from| from.len() > MAX_KEY) {
            return Err(Error::Invalid(format!("a prefix, and the key to go on from, has at most {MAX_KEY} bytes")));
        }
        if limit == 0 || limit > MAX_PAGE_ENTRIES {
            return Err(Error::Invalid(format!("a limit of {limit}; it must be 1 to {MAX_PAGE_ENTRIES}")));
        }
        Ok(Self { prefix, from, direction, limit: limit as usize })
    }
}

/// A page, and what it took to read it.
pub(super) struct Scanned {
    pub(super) page: Page,
    /// Entries that were looked at: those of the page, and those that have ended.
    pub(super) entries: usize,
    /// The bytes of their keys and values.
    pub(super) bytes: usize,
    /// How many entries the call's own writes hid or removed, and their bytes: they were read, too.
    pub(super) hidden: (usize, usize),
}

impl Scanned {
    fn read(&mut self, key: &[u8], value: &[u8]) {
        self.entries += 1;
        self.bytes += key.len() + value.len();
    }

    /// What it costs beyond the base, at the price `cost`.
    pub(super) fn price(&self, cost: Cost) -> u64 {
        let (entries, bytes) = self.hidden;
        cost.of(self.bytes + bytes, self.entries + entries) - cost.base
    }

    fn hide(&mut self, key: &[u8], hidden: Option<&host::Entry>) {
        self.hidden.0 += 1;
        self.hidden.1 += key.len() + hidden.map_or(0, |(_, value)| value.bytes.len());
    }

    /// Whether the page ends after `passed` entries that are not in it.
    fn ends(&self, passed: usize) -> bool {
        passed >= MAX_PASSED || self.bytes >= MAX_PAGE_BYTES || self.hidden.1 >= MAX_PAGE_BYTES
    }
}

/// One page of the committed entries and the call's writes, as they are at `now_ms`: a write hides the entry of its
/// key.
pub(super) async fn scan(
    host: &mut dyn Host,
    overlay: &Overlay,
    range: &Range,
    now_ms: u64,
) -> Result<Scanned, HostFailure> {
    let mut written = under(overlay, range).peekable();
    let mut committed = Committed::new(range);
    let mut scanned = Scanned { page: Page { entries: Vec::new(), next: None }, entries: 0, bytes: 0, hidden: (0, 0) };
    loop {
        let stored = committed.peek(host, range).await?;
        let take_written = match (written.peek(), stored) {
            (None, None) => return Ok(scanned),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some((key, _)), Some(stored)) => match range.direction {
                Direction::Ascending => **key <= *stored,
                Direction::Descending => **key >= *stored,
            },
        };
        let entry = if take_written {
            let Some((key, value)) = written.next() else { return Ok(scanned) };
            let hidden = committed.skip(key);
            if hidden.is_some() || value.is_none() {
                scanned.hide(key, hidden.as_ref());
                committed.passed += 1;
            }
            if value.is_none() && scanned.ends(committed.passed) {
                scanned.page.next = Some(key.clone());
                return Ok(scanned);
            }
            value.as_ref().map(|value| (key.clone(), value.clone()))
        } else {
            committed.take()
        };
        let Some((key, value)) = entry else { continue };
        if value.ended(now_ms) {
            scanned.read(&key, &value.bytes);
            committed.passed += 1;
            if scanned.ends(committed.passed) {
                scanned.page.next = Some(key);
                return Ok(scanned);
            }
            continue;
        }
        let page = &mut scanned.page;
        if page.entries.len() == range.limit || scanned.bytes >= MAX_PAGE_BYTES {
            page.next = page.entries.last().map(|last: &Entry| last.key.clone());
            return Ok(scanned);
        }
        scanned.read(&key, &value.bytes);
        // What it hid may be more than a page is to read.
        let next = (scanned.hidden.1 >= MAX_PAGE_BYTES).then(|| key.clone());
        scanned.page.entries.push(Entry { key, value: value.bytes });
        if next.is_some() {
            scanned.page.next = next;
            return Ok(scanned);
        }
    }
}

/// A call's write: its key, and what it left there.
type Written<'a> = (&'a Vec<u8>, &'a Option<Value>);

/// The call's writes in `range`, in its direction.
fn under<'a>(overlay: &'a Overlay, range: &Range) -> Box<dyn Iterator<Item = Written<'a>> + Send + 'a> {
    let prefix = range.prefix.clone();
    let from = range.from.clone();
    match range.direction {
        Direction::Ascending => {
            let start = match from {
                Some(after) if after >= prefix => Bound::Excluded(after),
                Some(_) | None => Bound::Included(prefix.clone()),
            };
            let writes = overlay.writes.range((start, Bound::Unbounded));
            Box::new(writes.take_while(move |(key, _)| key.starts_with(&prefix)))
        }
        Direction::Descending => {
            let end = match (from, behind(&prefix)) {
                (Some(before), _) if before <= prefix => return Box::new(std::iter::empty()),
                (Some(before), Some(end)) => Bound::Excluded(before.min(end)),
                (Some(end), None) | (None, Some(end)) => Bound::Excluded(end),
                (None, None) => Bound::Unbounded,
            };
            Box::new(overlay.writes.range((Bound::Included(prefix), end)).rev())
        }
    }
}

/// The first key behind all that begin with `prefix`; none if there is no such key.
fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix.get(..=last)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}

/// Committed entries, fetched as needed.
struct Committed {
    fetched: VecDeque<host::Entry>,
    from: Option<Vec<u8>>,
    done: bool,
    /// How many of them had ended, or were hidden or removed by the call's own writes.
    passed: usize,
}

impl Committed {
    fn new(range: &Range) -> Self {
        Self { fetched: VecDeque::new(), from: range.from.clone(), done: false, passed: 0 }
    }

    /// The next key.
    async fn peek(&mut self, host: &mut dyn Host, range: &Range) -> Result<Option<&Vec<u8>>, HostFailure> {
        if self.fetched.is_empty() && !self.done {
            // After many that are not in the page, more at once: each fetch is a scan of the store.
            let limit = (range.limit + 1).max(self.passed);
            let Range { prefix, direction, .. } = range;
            let scan = Scan { prefix, from: self.from.as_deref(), direction: *direction, limit };
            let entries = host.kv_scan(scan).await?;
            let bytes: usize = entries.iter().map(|(key, value)| key.len() + value.bytes.len()).sum();
            self.done = entries.len() < limit && bytes < SCAN_BYTES;
            self.from = entries.last().map(|(key, _)| key.clone()).or(self.from.take());
            self.fetched = entries.into();
        }
        Ok(self.fetched.front().map(|(key, _)| key))
    }

    /// Drops the next entry if it is `key`'s, and gives it.
    fn skip(&mut self, key: &[u8]) -> Option<host::Entry> {
        self.fetched.pop_front_if(|(front, _)| front == key)
    }

    fn take(&mut self) -> Option<host::Entry> {
        self.fetched.pop_front()
    }
}
