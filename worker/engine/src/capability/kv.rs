//! `kv`: the contract's store, as it was when the call began, under what the call has written itself.
//!
//! Writes stay in the call's [`Overlay`] and leave it only with an answer, so that a call which fails leaves
//! nothing behind, whatever the store underneath can or cannot undo.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
};

use wasmtime::{StoreContextMut, component::Linker};

use super::{Reply, interface};
use crate::{
    bindings::phat::contract::{
        kv::{Entry, Page},
        types::Error,
    },
    call::{CallState, charge, charge_bytes},
    costs,
    host::{Host, HostFailure},
};

/// The longest key or prefix, in bytes.
pub(crate) const MAX_KEY: usize = 1024;
/// The longest value, in bytes.
pub(crate) const MAX_VALUE: usize = 1 << 20;
/// The most entries of a page.
const MAX_PAGE_ENTRIES: u32 = 1000;
/// A page ends when its keys and values reach this many bytes.
const MAX_PAGE_BYTES: usize = 1 << 20;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut kv = linker.instance(&interface("kv"))?;
    kv.func_wrap_async("get", |mut store, (key,): (Vec<u8>,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_GET, key.len()).await?;
            if let Err(error) = check_key(&key) {
                return Ok((Err(error),));
            }
            let value = read(&mut store, &key).await?;
            charge(&mut store, costs::KV_GET.bytes(value.as_ref().map_or(0, Vec::len))).await?;
            Ok((Ok(value),))
        })
    })?;
    kv.func_wrap_async("set", |mut store, (key, value): (Vec<u8>, Vec<u8>)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_SET, key.len() + value.len()).await?;
            Ok((store.data_mut().overlay.write(key, Some(value)),))
        })
    })?;
    type Swap = (Vec<u8>, Option<Vec<u8>>, Vec<u8>);
    kv.func_wrap_async("swap", |store, (key, expected, value): Swap| Box::new(swap(store, key, expected, value)))?;
    kv.func_wrap_async("delete", |mut store, (key,): (Vec<u8>,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_DELETE, key.len()).await?;
            Ok((store.data_mut().overlay.write(key, None),))
        })
    })?;
    type Scan = (Vec<u8>, Option<Vec<u8>>, u32);
    kv.func_wrap_async("scan", |mut store, (prefix, after, limit): Scan| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_SCAN, 0).await?;
            let range = match Range::new(prefix, after, limit) {
                Ok(range) => range,
                Err(error) => return Ok((Err(error),)),
            };
            let call = store.data_mut();
            let page = scan(call.host.as_mut(), &call.overlay, &range).await?;
            let bytes = page.entries.iter().map(|entry| entry.key.len() + entry.value.len()).sum();
            charge(&mut store, costs::KV_SCAN.of(bytes, page.entries.len()) - costs::KV_SCAN.base).await?;
            Ok((Ok(page),))
        })
    })
}

async fn swap(
    mut store: StoreContextMut<'_, CallState>,
    key: Vec<u8>,
    expected: Option<Vec<u8>>,
    value: Vec<u8>,
) -> Reply<()> {
    charge_bytes(&mut store, costs::KV_SWAP, key.len() + value.len()).await?;
    if let Err(error) = check_key(&key) {
        return Ok((Err(error),));
    }
    let found = read(&mut store, &key).await?;
    charge(&mut store, costs::KV_SWAP.bytes(found.as_ref().map_or(0, Vec::len))).await?;
    if found != expected {
        return Ok((Err(Error::Conflict),));
    }
    Ok((store.data_mut().overlay.write(key, Some(value)),))
}

/// The call's own write to `key`, or else the committed value.
async fn read(store: &mut StoreContextMut<'_, CallState>, key: &[u8]) -> Result<Option<Vec<u8>>, HostFailure> {
    let call = store.data_mut();
    match call.overlay.writes.get(key) {
        Some(written) => Ok(written.clone()),
        None => call.host.kv_get(key).await,
    }
}

fn check_key(key: &[u8]) -> Result<(), Error> {
    match key.len() {
        1..=MAX_KEY => Ok(()),
        length => Err(Error::Invalid(format!("a key of {length} bytes; it must have 1 to {MAX_KEY}"))),
    }
}

/// What a call has written so far.
pub(crate) struct Overlay {
    /// The last write to each key; none: removed.
    pub(crate) writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    limit: u64,
    used: u64,
}

impl Overlay {
    pub(crate) fn new(limit: u64) -> Self {
        Self { writes: BTreeMap::new(), limit, used: 0 }
    }

    /// Bytes written so far, each write counted.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// Takes a write, or refuses it and changes nothing.
    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), Error> {
        check_key(&key)?;
        let length = value.as_ref().map_or(0, Vec::len);
        if length > MAX_VALUE {
            return Err(Error::Invalid(format!("a value of {length} bytes; at most {MAX_VALUE}")));
        }
        let used = self.used + (key.len() + length) as u64;
        if used > self.limit {
            return Err(Error::Limit(format!("this call may write {} bytes in all", self.limit)));
        }
        self.used = used;
        self.writes.insert(key, value);
        Ok(())
    }

    /// The writes under `range`, ascending.
    fn under<'a>(&'a self, range: &Range) -> impl Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)> + use<'a> {
        let start = match &range.after {
            Some(after) if *after >= range.prefix => Bound::Excluded(after.clone()),
            Some(_) | None => Bound::Included(range.prefix.clone()),
        };
        let prefix = range.prefix.clone();
        self.writes.range((start, Bound::Unbounded)).take_while(move |(key, _)| key.starts_with(&prefix))
    }
}

/// What a scan asks for.
struct Range {
    prefix: Vec<u8>,
    after: Option<Vec<u8>>,
    limit: usize,
}

impl Range {
    fn new(prefix: Vec<u8>, after: Option<Vec<u8>>, limit: u32) -> Result<Self, Error> {
        if prefix.len() > MAX_KEY || after.as_ref().is_some_and(|after| after.len() > MAX_KEY) {
            return Err(Error::Invalid(format!("prefix and after have at most {MAX_KEY} bytes")));
        }
        if limit == 0 || limit > MAX_PAGE_ENTRIES {
            return Err(Error::Invalid(format!("a limit of {limit}; it must be 1 to {MAX_PAGE_ENTRIES}")));
        }
        Ok(Self { prefix, after, limit: limit as usize })
    }
}

/// One page of the committed entries and the call's writes, merged: a write hides the entry of its key.
async fn scan(host: &mut dyn Host, overlay: &Overlay, range: &Range) -> Result<Page, HostFailure> {
    let mut written = overlay.under(range).peekable();
    let mut committed = Committed::new(range);
    let mut page = Page { entries: Vec::new(), next: None };
    let mut bytes = 0;
    loop {
        let stored = committed.peek(host, range).await?;
        let take_written = match (written.peek(), stored) {
            (None, None) => return Ok(page),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some((key, _)), Some(stored)) => **key <= *stored,
        };
        let entry = if take_written {
            let Some((key, value)) = written.next() else { return Ok(page) };
            committed.skip(key);
            value.as_ref().map(|value| Entry { key: key.clone(), value: value.clone() })
        } else {
            committed.take()
        };
        let Some(entry) = entry else { continue };
        if page.entries.len() == range.limit || bytes >= MAX_PAGE_BYTES {
            page.next = page.entries.last().map(|last: &Entry| last.key.clone());
            return Ok(page);
        }
        bytes += entry.key.len() + entry.value.len();
        page.entries.push(entry);
    }
}

/// Committed entries, fetched as needed.
struct Committed {
    fetched: VecDeque<(Vec<u8>, Vec<u8>)>,
    after: Option<Vec<u8>>,
    done: bool,
}

impl Committed {
    fn new(range: &Range) -> Self {
        Self { fetched: VecDeque::new(), after: range.after.clone(), done: false }
    }

    /// The next key.
    async fn peek(&mut self, host: &mut dyn Host, range: &Range) -> Result<Option<&Vec<u8>>, HostFailure> {
        if self.fetched.is_empty() && !self.done {
            let wanted = range.limit + 1;
            let entries = host.kv_scan(&range.prefix, self.after.as_deref(), wanted).await?;
            self.done = entries.len() < wanted;
            self.after = entries.last().map(|(key, _)| key.clone()).or(self.after.take());
            self.fetched = entries.into();
        }
        Ok(self.fetched.front().map(|(key, _)| key))
    }

    /// Drops the next entry if it is `key`'s.
    fn skip(&mut self, key: &[u8]) {
        if self.fetched.front().is_some_and(|(front, _)| front == key) {
            self.fetched.pop_front();
        }
    }

    fn take(&mut self) -> Option<Entry> {
        self.fetched.pop_front().map(|(key, value)| Entry { key, value })
    }
}

#[cfg(test)]
mod tests;
