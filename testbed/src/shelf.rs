//! A contract's large objects, in memory.

use std::{collections::BTreeMap, sync::Arc};

use adyton_engine::{Object, ObjectsChange};

/// Finished objects by name, unfinished ones by handle, and parts of contents by handle and number.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// Finished objects.
    pub finished: BTreeMap<String, Object>,
    /// Unfinished ones.
    pub unfinished: BTreeMap<u64, Object>,
    /// Parts of contents; a snapshot shares them.
    pub parts: BTreeMap<(u64, u32), Arc<Vec<u8>>>,
}

impl Shelf {
    /// Commits what a call changed.
    pub fn commit(&mut self, change: &ObjectsChange) {
        self.parts.retain(|(handle, _), _| !change.removed.contains_key(handle));
        self.parts.extend(change.written.iter().map(|(key, part)| (*key, Arc::new(part.clone()))));
        for (name, object) in &change.finished {
            match object {
                Some(object) => self.finished.insert(name.clone(), object.clone()),
                None => self.finished.remove(name),
            };
        }
        for (handle, object) in &change.unfinished {
            match object {
                Some(object) => self.unfinished.insert(*handle, object.clone()),
                None => self.unfinished.remove(handle),
            };
        }
    }

    /// What records and parts count for against the manifest's limit of storage, as `specs/state.md` says.
    pub fn bytes(&self) -> u64 {
        // A text has its length before it, in one byte or in two.
        let text = |text: &str| text.len() as u64 + if text.len() < 64 { 1 } else { 2 };
        let kind = |object: &Object| 1 + object.content_type.as_deref().map_or(0, text);
        let finished = self.finished.values().map(|object| object.name.len() as u64 + kind(object) + 58);
        let unfinished = self.unfinished.values().map(|object| text(&object.name) + kind(object) + 58);
        let parts = self.parts.values().map(|part| part.len() as u64 + 46);
        finished.chain(unfinished).chain(parts).sum()
    }
}

#[cfg(test)]
pub mod tests {
    use adyton_engine::OBJECT_PART;

    use super::*;

    /// An object with a content type of ten bytes.
    pub fn object(handle: u64, name: &str, size: u64) -> Object {
        Object { handle, name: name.into(), content_type: Some("text/plain".into()), size, at_ms: 7 }
    }

    #[test]
    fn objects_count_for_as_much_as_on_a_worker_and_for_nothing_once_they_are_removed() {
        let (mut shelf, size) = (Shelf::default(), OBJECT_PART as u64 + 5);
        let written = [((1, 0), vec![0; OBJECT_PART]), ((1, 1), vec![0; 5])].into();
        let finished = [("a".to_owned(), Some(object(1, "a", size)))].into();
        shelf.commit(&ObjectsChange { finished, written, ..ObjectsChange::default() });
        // As the worker's own test has it: of the record 3 bytes of its key and 36 of its value.
        assert_eq!(shelf.bytes(), size + 2 * (14 + 32) + 3 + 36 + 32);
        let (finished, removed) = ([("a".to_owned(), None)].into(), [(1, size)].into());
        shelf.commit(&ObjectsChange { finished, removed, ..ObjectsChange::default() });
        assert_eq!(shelf.bytes(), 0);
        let unfinished = [(2, Some(object(2, &"n".repeat(64), 0)))].into();
        shelf.commit(&ObjectsChange { unfinished, ..ObjectsChange::default() });
        // Of the record 10 bytes of its key, and name, content type, size and time.
        assert_eq!(shelf.bytes(), 10 + (2 + 64) + 12 + 16 + 32);
    }
}
