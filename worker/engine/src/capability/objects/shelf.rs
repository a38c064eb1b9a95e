//! A contract's objects as one call sees them: the committed ones, and over them what the call has changed.
//!
//! Each function checks and counts everything first and changes something only then, so that it takes effect as a whole
//! or not at all.

use std::collections::BTreeMap;

use crate::{
    bindings::phat::contract::types::Error,
    capability::kv::Overlay,
    host::HostFailure,
    object::{OBJECT_PART, Object, Objects, ObjectsChange, object_part_length, object_parts},
};

/// The most bytes of an object.
pub(super) const MAX_SIZE: u64 = 1 << 30;
/// The most finished objects that a call changes, and the most unfinished ones.
pub(super) const MAX_CHANGED: usize = 256;
/// The most parts of contents that a call removes.
pub(super) const MAX_REMOVED: u64 = 8192;
/// What a change counts for towards the limit of writes, besides name and content type.
const CHANGE_BYTES: usize = 64;
/// What a part that is removed counts for.
const REMOVED_BYTES: u64 = 16;
/// How many handles are tried that may be taken. Whoever draws them at random does not need the second one.
const MAX_TRIES: u64 = 1024;

const READING: &str = "reading an object";

/// What came of a function, and what it is paid for besides its base.
pub(super) struct Done<T> {
    pub(super) outcome: Result<T, Error>,
    pub(super) bytes: usize,
    pub(super) items: usize,
}

/// The outer error is the worker's.
pub(super) type Told<T> = Result<Done<T>, HostFailure>;

impl<T> Done<T> {
    fn of(outcome: Result<T, Error>, bytes: usize, items: usize) -> Self {
        Self { outcome, bytes, items }
    }

    fn refused(error: Error) -> Self {
        Self::of(Err(error), 0, 0)
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Shelf {
    change: ObjectsChange,
    /// Committed bytes of the contents that the call has begun or added to, by handle.
    committed: BTreeMap<u64, u64>,
    /// Parts of the contents that the call has removed.
    removed_parts: u64,
    /// The part that was read of the store last.
    kept: Option<((u64, u32), Vec<u8>)>,
}

impl Shelf {
    /// What the call has changed, if anything.
    pub(crate) fn change(&mut self) -> Option<Box<ObjectsChange>> {
        let change = std::mem::take(&mut self.change);
        (!change.is_empty()).then(|| Box::new(change))
    }

    /// Begins `object`, under its handle or the next one that is free.
    pub(super) async fn create(
        &mut self,
        host: &mut dyn Objects,
        writes: &mut Overlay,
        mut object: Object,
    ) -> Result<Result<u64, Error>, HostFailure> {
        for _ in 0..MAX_TRIES {
            if self.is_free(host, object.handle).await? {
                return Ok(self.begin(writes, object));
            }
            object.handle = object.handle.wrapping_add(1);
        }
        Err(HostFailure::new("drawing a handle", "those that were tried are taken"))
    }

    /// Whether nothing is or was written under this handle that is still there.
    async fn is_free(&mut self, host: &mut dyn Objects, handle: u64) -> Result<bool, HostFailure> {
        let known = self.change.unfinished.contains_key(&handle);
        // A finished object without content has no part, and none that could be mixed up with another one's.
        Ok(!known && host.unfinished_object(handle).await?.is_none() && host.object_part(handle, 0).await?.is_none())
    }

    fn begin(&mut self, writes: &mut Overlay, object: Object) -> Result<u64, Error> {
        self.check_changes(None, Some(object.handle))?;
        writes.count(weight(&object))?;
        let handle = object.handle;
        self.committed.insert(handle, 0);
        self.change.unfinished.insert(handle, Some(object));
        Ok(handle)
    }

    /// Adds to an unfinished object. Paid for are the bytes of a part that is written anew.
    pub(super) async fn append(
        &mut self,
        host: &mut dyn Objects,
        writes: &mut Overlay,
        handle: u64,
        content: &[u8],
    ) -> Told<u64> {
        let Some(mut object) = self.unfinished_object(host, handle).await? else {
            return Ok(Done::refused(Error::NotFound));
        };
        let before = object.size;
        let size = before.saturating_add(content.len() as u64);
        if content.is_empty() {
            return Ok(Done::of(Ok(before), 0, 0));
        }
        if size > MAX_SIZE {
            return Ok(Done::refused(Error::Limit(format!("an object has at most {MAX_SIZE} bytes"))));
        }
        let first = number_at(before);
        let anew = !before.is_multiple_of(OBJECT_PART as u64) && !self.change.written.contains_key(&(handle, first));
        let mut tail = if anew { committed_part(host, &object, first).await? } else { Vec::new() };
        let anew = tail.len();
        let counted = self
            .check_changes(None, Some(handle))
            .and_then(|()| writes.count(weight(&object).saturating_add(content.len()).saturating_add(anew)));
        if let Err(error) = counted {
            return Ok(Done::of(Err(error), anew, 0));
        }
        let (mut rest, mut number) = (content, first);
        while !rest.is_empty() {
            let part = self.change.written.entry((handle, number)).or_insert_with(|| std::mem::take(&mut tail));
            let (now, later) = rest.split_at(rest.len().min(OBJECT_PART - part.len()));
            part.extend_from_slice(now);
            (rest, number) = (later, number + 1);
        }
        self.committed.entry(handle).or_insert(before);
        object.size = size;
        self.change.unfinished.insert(handle, Some(object));
        Ok(Done::of(Ok(size), anew, 0))
    }

    /// Makes an unfinished object the one of its name. Paid for are its name and content type, and the parts of the one
    /// that it replaces.
    pub(super) async fn finish(
        &mut self,
        host: &mut dyn Objects,
        writes: &mut Overlay,
        (handle, now_ms): (u64, u64),
    ) -> Told<()> {
        let Some(mut object) = self.unfinished_object(host, handle).await? else {
            return Ok(Done::refused(Error::NotFound));
        };
        let bytes = text_bytes(&object);
        let replaced = self.finished_object(host, &object.name).await?;
        let items = replaced.as_ref().map_or(0, parts);
        if let Err(error) = self
            .check_changes(Some(&object.name), Some(handle))
            .and_then(|()| self.count_removal(writes, replaced.as_ref(), weight(&object)))
        {
            return Ok(Done::of(Err(error), bytes, items));
        }
        if let Some(replaced) = replaced {
            self.drop_content(&replaced);
        }
        object.at_ms = now_ms;
        self.change.unfinished.insert(handle, None);
        self.change.finished.insert(object.name.clone(), Some(object));
        Ok(Done::of(Ok(()), bytes, items))
    }

    /// Removes an unfinished object. Paid for are its parts.
    pub(super) async fn discard(&mut self, host: &mut dyn Objects, writes: &mut Overlay, handle: u64) -> Told<()> {
        let Some(object) = self.unfinished_object(host, handle).await? else {
            return Ok(Done::of(Ok(()), 0, 0));
        };
        let outcome = self
            .check_changes(None, Some(handle))
            .and_then(|()| self.count_removal(writes, Some(&object), weight(&object)));
        if outcome.is_ok() {
            self.drop_content(&object);
            self.change.unfinished.insert(handle, None);
        }
        Ok(Done::of(outcome, 0, parts(&object)))
    }

    /// Removes a finished object. Paid for are its parts.
    pub(super) async fn remove(&mut self, host: &mut dyn Objects, writes: &mut Overlay, name: &str) -> Told<()> {
        let Some(object) = self.finished_object(host, name).await? else {
            return Ok(Done::of(Ok(()), 0, 0));
        };
        let outcome = self
            .check_changes(Some(name), None)
            .and_then(|()| self.count_removal(writes, Some(&object), weight(&object)));
        if outcome.is_ok() {
            self.drop_content(&object);
            self.change.finished.insert(object.name.clone(), None);
        }
        Ok(Done::of(outcome, 0, parts(&object)))
    }

    /// The finished object of this name.
    pub(super) async fn finished_object(
        &self,
        host: &mut dyn Objects,
        name: &str,
    ) -> Result<Option<Object>, HostFailure> {
        match self.change.finished.get(name) {
            Some(changed) => Ok(changed.clone()),
            None => host.finished_object(name).await,
        }
    }

    async fn unfinished_object(&self, host: &mut dyn Objects, handle: u64) -> Result<Option<Object>, HostFailure> {
        match self.change.unfinished.get(&handle) {
            Some(changed) => Ok(changed.clone()),
            None => host.unfinished_object(handle).await,
        }
    }

    /// Reads of a finished object. Paid for are the bytes, and the parts that were read of the store.
    pub(super) async fn read(
        &mut self,
        host: &mut dyn Objects,
        name: &str,
        (offset, length): (u64, u32),
    ) -> Told<Vec<u8>> {
        let Some(object) = self.finished_object(host, name).await? else {
            return Ok(Done::refused(Error::NotFound));
        };
        let size = object.size;
        if offset > size {
            return Ok(Done::refused(Error::Invalid(format!("an offset of {offset} in an object of {size} bytes"))));
        }
        let length = (size - offset).min(length.into()) as usize;
        let (mut content, mut parts) = (Vec::with_capacity(length), 0);
        while content.len() < length {
            let at = offset + content.len() as u64;
            let from = (at % OBJECT_PART as u64) as usize;
            let to = OBJECT_PART.min(from + length - content.len());
            let (part, fetched) = self.part(host, &object, number_at(at)).await?;
            let some = part.get(from..to).ok_or_else(|| HostFailure::new(READING, "a part is too short"))?;
            content.extend_from_slice(some);
            parts += usize::from(fetched);
        }
        Ok(Done::of(Ok(content), length, parts))
    }

    /// A part of a finished object, and whether it was read of the store.
    async fn part(
        &mut self,
        host: &mut dyn Objects,
        object: &Object,
        number: u32,
    ) -> Result<(&[u8], bool), HostFailure> {
        let key = (object.handle, number);
        if let Some(written) = self.change.written.get(&key) {
            return Ok((written.as_slice(), false));
        }
        let fetched = self.kept.as_ref().is_none_or(|(kept, _)| *kept != key);
        if fetched {
            self.kept = Some((key, committed_part(host, object, number).await?));
        }
        Ok((self.kept.as_ref().map_or(&[][..], |(_, part)| part.as_slice()), fetched))
    }

    /// Finished objects. Paid for is what was read.
    pub(super) async fn finished_objects(
        &self,
        host: &mut dyn Objects,
        (prefix, after): (&str, Option<&str>),
        limit: usize,
    ) -> Told<Vec<Object>> {
        let wanted = |name: &str| name.starts_with(prefix) && after.is_none_or(|after| name > after);
        let changed: Vec<_> = self.change.finished.iter().filter(|(name, _)| wanted(name)).collect();
        let stored = host.finished_objects(prefix, after, limit + changed.len()).await?;
        let changed = changed.into_iter().map(|(name, object)| (name.clone(), object.clone()));
        Ok(merged(stored.into_iter().map(|object| (object.name.clone(), object)), changed, limit))
    }

    /// Unfinished objects. Paid for is what was read.
    pub(super) async fn unfinished_objects(
        &self,
        host: &mut dyn Objects,
        after: Option<u64>,
        limit: usize,
    ) -> Told<Vec<Object>> {
        let wanted = |handle: &u64| after.is_none_or(|after| *handle > after);
        let changed: Vec<_> = self.change.unfinished.iter().filter(|(handle, _)| wanted(handle)).collect();
        let stored = host.unfinished_objects(after, limit + changed.len()).await?;
        let changed = changed.into_iter().map(|(handle, object)| (*handle, object.clone()));
        Ok(merged(stored.into_iter().map(|object| (object.handle, object)), changed, limit))
    }

    /// Refuses to change one finished or unfinished object too many.
    fn check_changes(&self, name: Option<&str>, handle: Option<u64>) -> Result<(), Error> {
        let ObjectsChange { finished, unfinished, .. } = &self.change;
        let name = name.is_some_and(|name| finished.len() >= MAX_CHANGED && !finished.contains_key(name));
        let handle = handle.is_some_and(|handle| unfinished.len() >= MAX_CHANGED && !unfinished.contains_key(&handle));
        match name || handle {
            true => Err(Error::Limit(format!("a call changes at most {MAX_CHANGED} objects"))),
            false => Ok(()),
        }
    }

    /// Counts what is written where `object`'s content, if there is one, is removed, and `bytes` besides.
    fn count_removal(&self, writes: &mut Overlay, object: Option<&Object>, bytes: usize) -> Result<(), Error> {
        let removed = object.map_or(0, |object| object_parts(self.committed(object)));
        if self.removed_parts + removed > MAX_REMOVED {
            return Err(Error::Limit(format!("a call removes at most {MAX_REMOVED} parts of objects")));
        }
        // No more than a few thousand parts.
        writes.count(bytes.saturating_add((removed * REMOVED_BYTES) as usize))
    }

    /// How many bytes of an object's content are committed.
    fn committed(&self, object: &Object) -> u64 {
        self.committed.get(&object.handle).copied().unwrap_or(object.size)
    }

    fn drop_content(&mut self, object: &Object) {
        if object.size == 0 {
            return;
        }
        let committed = self.committed(object);
        self.change.written.retain(|(handle, _), _| *handle != object.handle);
        if committed > 0 {
            self.removed_parts += object_parts(committed);
            self.change.removed.insert(object.handle, committed);
        }
    }
}

/// The number of the part that has the byte at `offset`, which is no more than [`MAX_SIZE`].
fn number_at(offset: u64) -> u32 {
    (offset / OBJECT_PART as u64) as u32
}

fn parts(object: &Object) -> usize {
    object_parts(object.size) as usize
}

fn text_bytes(object: &Object) -> usize {
    object.name.len() + object.content_type.as_ref().map_or(0, String::len)
}

/// What a change of an object counts for towards the limit of writes.
fn weight(object: &Object) -> usize {
    text_bytes(object) + CHANGE_BYTES
}

/// A part of a content as it is in the store. Only the last part of one that grew in this call could be longer now, and
/// that one is not asked for here.
async fn committed_part(host: &mut dyn Objects, object: &Object, number: u32) -> Result<Vec<u8>, HostFailure> {
    let expected = object_part_length(object.size, number);
    match host.object_part(object.handle, number).await? {
        Some(part) if part.len() == expected => Ok(part),
        Some(part) => Err(HostFailure::new(READING, format!("a part has {} bytes, not {expected}", part.len()))),
        None => Err(HostFailure::new(READING, "a part is missing")),
    }
}

/// The first `limit` of the stored objects with the changes over them; of the stored ones at least as many more were
/// asked for as there are changes.
fn merged<K: Ord>(
    stored: impl Iterator<Item = (K, Object)>,
    changed: impl Iterator<Item = (K, Option<Object>)>,
    limit: usize,
) -> Done<Vec<Object>> {
    let (mut bytes, mut items) = (0, 0);
    let mut all = BTreeMap::new();
    for (key, object) in stored {
        (bytes, items) = (bytes + text_bytes(&object), items + 1);
        all.insert(key, object);
    }
    for (key, object) in changed {
        (bytes, items) = (bytes + object.as_ref().map_or(0, text_bytes), items + 1);
        match object {
            Some(object) => all.insert(key, object),
            None => all.remove(&key),
        };
    }
    Done::of(Ok(all.into_values().take(limit).collect()), bytes, items)
}
