//! Where a contract's large objects are in its state: a record for each finished object by its name, one for each
//! unfinished one by its handle, and the parts of contents by handle and number. All of them are entries like others,
//! sealed, and read and written in the call's transaction: whoever reads an object conflicts with whoever changes it
//! meanwhile, and parts change only with their object's record.

use adyton_engine::{Object, ObjectsChange, object_part_length, object_parts};
use adyton_state::{Entry, StateError, Transaction};
use codec::{Decode, DecodeAll, Encode};

use super::host::OBJECTS;

const FINISHED: &[u8] = &[OBJECTS, b'f'];
const UNFINISHED: &[u8] = &[OBJECTS, b'u'];
const PART: &[u8] = &[OBJECTS, b'p'];
/// What cannot be read is not what this worker wrote.
const UNREADABLE: StateError = StateError::Unreadable { what: "record of an object" };

/// A finished object, as it is stored under its name.
#[derive(Encode, Decode)]
struct Finished {
    handle: u64,
    content_type: Option<String>,
    size: u64,
    at_ms: u64,
}

/// An unfinished object, as it is stored under its handle.
#[derive(Encode, Decode)]
struct Unfinished {
    name: String,
    content_type: Option<String>,
    size: u64,
    at_ms: u64,
}

/// The finished object of this name.
pub async fn finished(transaction: &mut Transaction, name: &str) -> Result<Option<Object>, StateError> {
    transaction.get(&finished_key(name)).await?.map(read_finished).transpose()
}

/// The finished objects whose names begin with `prefix` and come after `after`, at most `limit`.
pub async fn list_finished(
    transaction: &mut Transaction,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Object>, StateError> {
    let entries = scan(transaction, &finished_key(prefix), after.map(finished_key), limit).await?;
    entries.into_iter().map(read_finished).collect()
}

/// The unfinished object of this handle.
pub async fn unfinished(transaction: &mut Transaction, handle: u64) -> Result<Option<Object>, StateError> {
    transaction.get(&unfinished_key(handle)).await?.map(read_unfinished).transpose()
}

/// The unfinished objects whose handles come after `after`, at most `limit`.
pub async fn list_unfinished(
    transaction: &mut Transaction,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<Object>, StateError> {
    let entries = scan(transaction, UNFINISHED, after.map(unfinished_key), limit).await?;
    entries.into_iter().map(read_unfinished).collect()
}

/// A part of a content; none if there is none.
pub async fn part(transaction: &mut Transaction, handle: u64, number: u32) -> Result<Option<Vec<u8>>, StateError> {
    let found = transaction.get(&part_key(handle, number)).await?;
    Ok(found.map(|entry| entry.value.to_vec()))
}

/// Writes what a call changed. How large the parts are that it removes follows from the object's record, which the call
/// has read.
pub fn write(transaction: &mut Transaction, change: &ObjectsChange) -> Result<(), StateError> {
    for (handle, size) in &change.removed {
        // No object has more parts than a u32 counts.
        for number in 0..object_parts(*size) as u32 {
            transaction.delete_known(&part_key(*handle, number), object_part_length(*size, number))?;
        }
    }
    for ((handle, number), part) in &change.written {
        transaction.set(&part_key(*handle, *number), part)?;
    }
    for (name, object) in &change.finished {
        match object.clone() {
            Some(Object { handle, content_type, size, at_ms, .. }) => {
                let record = Finished { handle, content_type, size, at_ms };
                transaction.set(&finished_key(name), &record.encode())?;
            }
            None => transaction.delete(&finished_key(name))?,
        }
    }
    for (handle, object) in &change.unfinished {
        match object.clone() {
            Some(Object { name, content_type, size, at_ms, .. }) => {
                let record = Unfinished { name, content_type, size, at_ms };
                transaction.set(&unfinished_key(*handle), &record.encode())?;
            }
            None => transaction.delete(&unfinished_key(*handle))?,
        }
    }
    Ok(())
}

fn finished_key(name: &str) -> Vec<u8> {
    [FINISHED, name.as_bytes()].concat()
}

fn unfinished_key(handle: u64) -> Vec<u8> {
    [UNFINISHED, &handle.to_be_bytes()].concat()
}

fn part_key(handle: u64, number: u32) -> Vec<u8> {
    [PART, &handle.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// Entries under `prefix` from behind `after`. The store may give fewer than asked for; only nothing means the end.
async fn scan(
    transaction: &mut Transaction,
    prefix: &[u8],
    mut after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Vec<Entry>, StateError> {
    let mut found: Vec<Entry> = Vec::new();
    while found.len() < limit {
        let some = transaction.scan(prefix, after.as_deref(), limit - found.len()).await?;
        let Some(last) = some.last() else { break };
        after = Some(last.key.to_vec());
        found.extend(some);
    }
    Ok(found)
}

fn read_finished(entry: Entry) -> Result<Object, StateError> {
    let name = entry.key.strip_prefix(FINISHED).and_then(|name| String::from_utf8(name.to_vec()).ok());
    let Finished { handle, content_type, size, at_ms } = decode(&entry.value)?;
    Ok(Object { handle, name: name.ok_or(UNREADABLE)?, content_type, size, at_ms })
}

fn read_unfinished(entry: Entry) -> Result<Object, StateError> {
    let handle = entry.key.strip_prefix(UNFINISHED).and_then(|handle| handle.try_into().ok());
    let Unfinished { name, content_type, size, at_ms } = decode(&entry.value)?;
    Ok(Object { handle: u64::from_be_bytes(handle.ok_or(UNREADABLE)?), name, content_type, size, at_ms })
}

/// Decodes exactly one value.
fn decode<T: Decode>(mut bytes: &[u8]) -> Result<T, StateError> {
    T::decode_all(&mut bytes).map_err(|_| UNREADABLE)
}

#[cfg(test)]
mod tests;
