//! `kv`: the contract's store, as it was when the call began, under what the call has written itself.
//!
//! Writes stay in the call's [`Overlay`] and leave it only with an answer, so that a call which fails leaves
//! nothing behind, whatever the store underneath can or cannot undo.
//!
//! Entries may have an end. Whether one has ended is decided here alone, by the one time that holds for the call
//! ([`CallContext::now_ms`](crate::CallContext)): the store below has no clock.

mod scan;

use std::collections::BTreeMap;

use wasmtime::{StoreContextMut, component::Linker};

use self::scan::{Range, scan};
use super::{Reply, interface};
use crate::{
    bindings::phat::contract::{
        kv::{EndingEntry, Entry, Operation, Page, Replacement},
        types::Error,
    },
    call::{CallState, charge, charge_bytes},
    costs::{self, Cost},
    host::{Direction, HostFailure, Value},
};

/// The longest key or prefix, in bytes.
pub(crate) const MAX_KEY: usize = 1024;
/// The longest value, in bytes.
pub(crate) const MAX_VALUE: usize = 1 << 20;
/// A page ends when its keys and values reach this many bytes; several values that are read at once have no more.
const MAX_PAGE_BYTES: usize = 1 << 20;
/// The most keys of `get-many`.
const MAX_KEYS: usize = 100;
/// The most operations of `write`.
const MAX_OPERATIONS: usize = 1000;
/// The most keys that a call writes: fewer than a store takes in one commit.
const MAX_KEYS_WRITTEN: usize = 8192;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut kv = linker.instance(&interface("kv"))?;
    kv.func_wrap_async("get", |mut store, (key,): (Vec<u8>,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_GET, key.len()).await?;
            if let Err(error) = check_key(&key) {
                return Ok((Err(error),));
            }
            let (value, length) = read(&mut store, &key).await?;
            charge(&mut store, costs::KV_GET.bytes(length)).await?;
            Ok((Ok(value),))
        })
    })?;
    kv.func_wrap_async("get-many", |store, (keys,): (Vec<Vec<u8>>,)| Box::new(get_many(store, keys)))?;
    kv.func_wrap_async("set", |mut store, (key, value): (Vec<u8>, Vec<u8>)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_SET, key.len() + value.len()).await?;
            Ok((store.data_mut().overlay.write(key, Some(Value::lasting(value))),))
        })
    })?;
    kv.func_wrap_async("set-until", |mut store, (key, value, ends_ms): (Vec<u8>, Vec<u8>, u64)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::KV_SET_UNTIL, key.len() + value.len()).await?;
            let call = store.data_mut();
            let value = ending(value, ends_ms, call.context.now_ms);
            Ok((value.and_then(|value| call.overlay.write(key, Some(value))),))
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
    kv.func_wrap_async("write", |store, (operations,): (Vec<Operation>,)| Box::new(write(store, operations)))?;
    type Scan = (Vec<u8>, Option<Vec<u8>>, u32);
    kv.func_wrap_async("scan", |store, (prefix, after, limit): Scan| {
        let bytes = passed(&prefix, after.as_ref());
        Box::new(page(store, costs::KV_SCAN, bytes, Range::new(prefix, after, Direction::Ascending, limit)))
    })?;
    kv.func_wrap_async("scan-back", |store, (prefix, before, limit): Scan| {
        let bytes = passed(&prefix, before.as_ref());
        Box::new(page(store, costs::KV_SCAN_BACK, bytes, Range::new(prefix, before, Direction::Descending, limit)))
    })
}

/// Each value is paid for as soon as it is read, even if it has ended, and nothing is read beyond what may be returned.
async fn get_many(mut store: StoreContextMut<'_, CallState>, keys: Vec<Vec<u8>>) -> Reply<Vec<Option<Vec<u8>>>> {
    let bytes = keys.iter().map(Vec::len).sum();
    charge(&mut store, costs::KV_GET_MANY.of(bytes, keys.len())).await?;
    if keys.len() > MAX_KEYS {
        return Ok((Err(Error::Invalid(format!("{} keys at once; at most {MAX_KEYS}", keys.len()))),));
    }
    if let Some(error) = keys.iter().find_map(|key| check_key(key).err()) {
        return Ok((Err(error),));
    }
    let (mut values, mut bytes) = (Vec::with_capacity(keys.len()), 0);
    for key in &keys {
        let (value, length) = read(&mut store, key).await?;
        charge(&mut store, costs::KV_GET_MANY.bytes(length)).await?;
        bytes += value.as_ref().map_or(0, Vec::len);
        if bytes > MAX_PAGE_BYTES {
            return Ok((Err(Error::Limit(format!(
                "values read at once have at most {MAX_PAGE_BYTES} bytes together"
            ))),));
        }
        values.push(value);
    }
    Ok((Ok(values),))
}

/// Makes one write after the other; if one fails, those before it are taken back.
async fn write(mut store: StoreContextMut<'_, CallState>, operations: Vec<Operation>) -> Reply<()> {
    let bytes = operations.iter().map(size).sum();
    charge(&mut store, costs::KV_WRITE.of(bytes, operations.len())).await?;
    if operations.len() > MAX_OPERATIONS {
        let count = operations.len();
        return Ok((Err(Error::Invalid(format!("{count} operations at once; at most {MAX_OPERATIONS}"))),));
    }
    let (used, mut before) = (store.data().overlay.used, BTreeMap::new());
    for operation in operations {
        let key = key(&operation).clone();
        // What the call had written there, if anything: the first operation on a key finds it.
        before.entry(key.clone()).or_insert_with(|| store.data().overlay.writes.get(&key).cloned());
        if let Err(error) = operate(&mut store, operation).await? {
            store.data_mut().overlay.restore(used, before);
            return Ok((Err(error),));
        }
    }
    Ok((Ok(()),))
}

async fn operate(
    store: &mut StoreContextMut<'_, CallState>,
    operation: Operation,
) -> wasmtime::Result<Result<(), Error>> {
    let (key, value) = match operation {
        Operation::Set(Entry { key, value }) => (key, Some(Value::lasting(value))),
        Operation::SetUntil(EndingEntry { key, value, ends_ms }) => {
            match ending(value, ends_ms, store.data().context.now_ms) {
                Ok(value) => (key, Some(value)),
                Err(error) => return Ok(Err(error)),
            }
        }
        Operation::Swap(Replacement { key, expected, value }) => {
            if let Err(error) = check_key(&key) {
                return Ok(Err(error));
            }
            // It reads, which a write need not.
            charge(store, costs::KV_GET.base).await?;
            let (found, length) = read(store, &key).await?;
            charge(store, costs::KV_WRITE.bytes(length)).await?;
            if found != expected {
                return Ok(Err(Error::Conflict));
            }
            (key, Some(Value::lasting(value)))
        }
        Operation::Delete(key) => (key, None),
    };
    Ok(store.data_mut().overlay.write(key, value))
}

fn key(operation: &Operation) -> &Vec<u8> {
    match operation {
        Operation::Set(Entry { key, .. })
        | Operation::SetUntil(EndingEntry { key, .. })
        | Operation::Swap(Replacement { key, .. })
        | Operation::Delete(key) => key,
    }
}

/// The bytes of an operation's key and value.
fn size(operation: &Operation) -> usize {
    let value = match operation {
        Operation::Set(Entry { value, .. })
        | Operation::SetUntil(EndingEntry { value, .. })
        | Operation::Swap(Replacement { value, .. }) => value.len(),
        Operation::Delete(_) => 0,
    };
    key(operation).len() + value
}

/// A value that ends, if that is not yet.
fn ending(bytes: Vec<u8>, ends_ms: u64, now_ms: u64) -> Result<Value, Error> {
    let value = Value { bytes, ends_ms: Some(ends_ms) };
    match value.ended(now_ms) {
        true => Err(Error::Invalid(format!("an end at {ends_ms}; it must be after the call's time, {now_ms}"))),
        false => Ok(value),
    }
}

/// The bytes that a scan is passed.
fn passed(prefix: &[u8], from: Option<&Vec<u8>>) -> usize {
    prefix.len() + from.map_or(0, Vec::len)
}

/// A page of `range`, which was passed in `bytes` bytes, at the price `cost`.
async fn page(
    mut store: StoreContextMut<'_, CallState>,
    cost: Cost,
    bytes: usize,
    range: Result<Range, Error>,
) -> Reply<Page> {
    charge_bytes(&mut store, cost, bytes).await?;
    let range = match range {
        Ok(range) => range,
        Err(error) => return Ok((Err(error),)),
    };
    let call = store.data_mut();
    let scanned = scan(call.host.as_mut(), &call.overlay, &range, call.context.now_ms).await?;
    charge(&mut store, scanned.price(cost)).await?;
    Ok((Ok(scanned.page),))
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
    let (found, length) = read(&mut store, &key).await?;
    charge(&mut store, costs::KV_SWAP.bytes(length)).await?;
    if found != expected {
        return Ok((Err(Error::Conflict),));
    }
    Ok((store.data_mut().overlay.write(key, Some(Value::lasting(value))),))
}

/// The call's own write to `key`, or else the committed value, unless it has ended; and how many bytes were read, which
/// are also those of a value that has ended.
async fn read(store: &mut StoreContextMut<'_, CallState>, key: &[u8]) -> Result<(Option<Vec<u8>>, usize), HostFailure> {
    let call = store.data_mut();
    let value = match call.overlay.writes.get(key) {
        Some(written) => written.clone(),
        None => call.host.kv_get(key).await?,
    };
    let length = value.as_ref().map_or(0, |value| value.bytes.len());
    Ok((value.filter(|value| !value.ended(call.context.now_ms)).map(|value| value.bytes), length))
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
    pub(crate) writes: BTreeMap<Vec<u8>, Option<Value>>,
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

    /// Bytes that the call may still write.
    pub(super) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Counts what a call writes elsewhere, or refuses it.
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), Error> {
        let used = self.used + bytes as u64;
        if used > self.limit {
            return Err(Error::Limit(format!("this call may write {} bytes in all", self.limit)));
        }
        self.used = used;
        Ok(())
    }

    /// Takes a write, or refuses it and changes nothing.
    fn write(&mut self, key: Vec<u8>, value: Option<Value>) -> Result<(), Error> {
        check_key(&key)?;
        let length = value.as_ref().map_or(0, |value| value.bytes.len());
        if length > MAX_VALUE {
            return Err(Error::Invalid(format!("a value of {length} bytes; at most {MAX_VALUE}")));
        }
        let used = self.used + (key.len() + length) as u64;
        if used > self.limit {
            return Err(Error::Limit(format!("this call may write {} bytes in all", self.limit)));
        }
        if self.writes.len() >= MAX_KEYS_WRITTEN && !self.writes.contains_key(&key) {
            return Err(Error::Limit(format!("a call writes at most {MAX_KEYS_WRITTEN} keys")));
        }
        self.used = used;
        self.writes.insert(key, value);
        Ok(())
    }

    /// Takes writes back: what was written to each of these keys `before`, and how many bytes were `used` then.
    fn restore(&mut self, used: u64, before: BTreeMap<Vec<u8>, Option<Option<Value>>>) {
        self.used = used;
        for (key, written) in before {
            match written {
                Some(written) => self.writes.insert(key, written),
                None => self.writes.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests;
