use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::executor::block_on;

use super::{
    shelf::{Done, MAX_CHANGED, MAX_REMOVED, MAX_SIZE, Told},
    *,
};
use crate::{
    capability::kv::Overlay,
    host::HostFailure,
    object::{OBJECT_PART, Objects, ObjectsChange, object_part_length, object_parts},
};

const PART: u64 = OBJECT_PART as u64;

/// What is committed.
#[derive(Default, Clone)]
struct Stored {
    finished: BTreeMap<String, Object>,
    unfinished: BTreeMap<u64, Object>,
    parts: BTreeMap<(u64, u32), Vec<u8>>,
    /// How many parts were read.
    reads: usize,
}

#[async_trait]
impl Objects for Stored {
    async fn finished_object(&mut self, name: &str) -> Result<Option<Object>, HostFailure> {
        Ok(self.finished.get(name).cloned())
    }

    async fn finished_objects(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Object>, HostFailure> {
        let wanted = |name: &str| name.starts_with(prefix) && after.is_none_or(|after| name > after);
        Ok(self.finished.values().filter(|object| wanted(&object.name)).take(limit).cloned().collect())
    }

    async fn unfinished_object(&mut self, handle: u64) -> Result<Option<Object>, HostFailure> {
        Ok(self.unfinished.get(&handle).cloned())
    }

    async fn unfinished_objects(&mut self, after: Option<u64>, limit: usize) -> Result<Vec<Object>, HostFailure> {
        let wanted = |object: &&Object| after.is_none_or(|after| object.handle > after);
        Ok(self.unfinished.values().filter(wanted).take(limit).cloned().collect())
    }

    async fn object_part(&mut self, handle: u64, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        self.reads += 1;
        Ok(self.parts.get(&(handle, number)).cloned())
    }
}

impl Stored {
    /// Commits a change, as a worker does, which knows the sizes of what it removes from the change alone.
    fn commit(&mut self, change: ObjectsChange) {
        for (handle, size) in change.removed {
            for number in 0..object_parts(size) as u32 {
                let part = self.parts.remove(&(handle, number)).expect("a part that is removed was there");
                assert_eq!(part.len(), object_part_length(size, number), "and was as long as is said");
            }
        }
        self.parts.extend(change.written);
        replace(&mut self.finished, change.finished);
        replace(&mut self.unfinished, change.unfinished);
    }

    /// Every part belongs to an object, and every object has its parts.
    fn check(&self) {
        let objects = self.finished.values().chain(self.unfinished.values());
        let expected: BTreeMap<_, _> = objects.flat_map(lengths).collect();
        let found: BTreeMap<_, _> = self.parts.iter().map(|(key, part)| (*key, part.len())).collect();
        assert_eq!(found, expected);
    }
}

fn lengths(object: &Object) -> Vec<((u64, u32), usize)> {
    let numbers = 0..object_parts(object.size) as u32;
    numbers.map(|number| ((object.handle, number), object_part_length(object.size, number))).collect()
}

fn replace<K: Ord>(all: &mut BTreeMap<K, Object>, changes: BTreeMap<K, Option<Object>>) {
    for (key, change) in changes {
        match change {
            Some(object) => all.insert(key, object),
            None => all.remove(&key),
        };
    }
}

/// One call: what it sees and changes.
struct Call {
    stored: Stored,
    shelf: Shelf,
    writes: Overlay,
}

impl Call {
    fn on(stored: &Stored) -> Self {
        Self::within(stored, u64::MAX / 2)
    }

    fn within(stored: &Stored, limit: u64) -> Self {
        Self { stored: stored.clone(), shelf: Shelf::default(), writes: Overlay::new(limit) }
    }

    fn create(&mut self, handle: u64, name: &str) -> Result<u64, Error> {
        let object = Object { handle, name: name.into(), content_type: Some("text/plain".into()), size: 0, at_ms: 1 };
        block_on(self.shelf.create(&mut self.stored, &mut self.writes, object)).expect("the host works")
    }

    fn append(&mut self, handle: u64, content: &[u8]) -> Result<u64, Error> {
        told(block_on(self.shelf.append(&mut self.stored, &mut self.writes, handle, content))).outcome
    }

    fn finish(&mut self, handle: u64) -> Result<(), Error> {
        told(block_on(self.shelf.finish(&mut self.stored, &mut self.writes, (handle, 2)))).outcome
    }

    fn discard(&mut self, handle: u64) -> Result<(), Error> {
        told(block_on(self.shelf.discard(&mut self.stored, &mut self.writes, handle))).outcome
    }

    fn remove(&mut self, name: &str) -> Result<(), Error> {
        told(block_on(self.shelf.remove(&mut self.stored, &mut self.writes, name))).outcome
    }

    fn read(&mut self, name: &str, offset: u64, length: u32) -> Done<Vec<u8>> {
        told(block_on(self.shelf.read(&mut self.stored, name, (offset, length))))
    }

    /// The whole content, read in pieces of `length`.
    fn whole(&mut self, name: &str, length: u32) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            match self.read(name, content.len() as u64, length).outcome {
                Ok(piece) if piece.is_empty() => return Some(content),
                Ok(piece) => content.extend(piece),
                Err(Error::NotFound) => return None,
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    fn finished(&mut self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<Object> {
        let found = self.shelf.finished_objects(&mut self.stored, (prefix, after), limit);
        told(block_on(found)).outcome.expect("a list")
    }

    fn unfinished(&mut self, after: Option<u64>, limit: usize) -> Vec<Object> {
        told(block_on(self.shelf.unfinished_objects(&mut self.stored, after, limit))).outcome.expect("a list")
    }

    fn commit(mut self, stored: &mut Stored) {
        stored.commit(self.shelf.change().map(|change| *change).unwrap_or_default());
        stored.check();
    }
}

fn told<T>(told: Told<T>) -> Done<T> {
    told.unwrap_or_else(|failure| panic!("{failure}"))
}

/// A store with the finished object `a` of this content, under the handle 1.
fn holding(content: &[u8]) -> Stored {
    let mut stored = Stored::default();
    let mut call = Call::on(&stored);
    call.create(1, "a").expect("begins");
    call.append(1, content).expect("appends");
    call.finish(1).expect("finishes");
    call.commit(&mut stored);
    stored
}

/// What objects are for a contract: names and handles with whole contents.
#[derive(Clone, Default)]
struct Model {
    finished: BTreeMap<String, (u64, Vec<u8>)>,
    unfinished: BTreeMap<u64, (String, Vec<u8>)>,
}

impl Model {
    fn check(&self, call: &mut Call) {
        for name in ["a", "ab", "b", "none"] {
            let expected = self.finished.get(name).map(|(_, content)| content.clone());
            assert_eq!(call.whole(name, 300_000), expected, "{name}");
        }
        for (prefix, limit) in [("", 100), ("a", 100), ("", 1), ("ab", 1)] {
            let names = self.finished.iter().filter(|(name, _)| name.starts_with(prefix));
            let expected: Vec<_> =
                names.map(|(name, (handle, content))| (name.clone(), *handle, content.len())).collect();
            let (mut found, mut after) = (Vec::new(), None::<String>);
            loop {
                let some = call.finished(prefix, after.as_deref(), limit);
                let ended = some.len() < limit;
                after = some.last().map(|object| object.name.clone());
                found.extend(some.into_iter().map(|object| (object.name, object.handle, object.size as usize)));
                if ended {
                    break;
                }
            }
            assert_eq!(found, expected, "{prefix} {limit}");
        }
        let expected: Vec<_> = self.unfinished.iter().map(|(handle, (_, content))| (*handle, content.len())).collect();
        let mut found: Vec<(u64, usize)> = Vec::new();
        while let Some(object) = call.unfinished(found.last().map(|(handle, _)| *handle), 1).pop() {
            found.push((object.handle, object.size as usize));
        }
        assert_eq!(found, expected);
    }
}

/// Numbers by a small fixed generator.
fn numbers(mut seed: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    }
}

#[test]
fn whatever_calls_do_objects_are_what_a_map_of_contents_would_be() {
    let lengths = [0, 1, 1000, PART - 1, PART, PART + 1, 2 * PART + 7];
    for seed in 0..4 {
        let mut next = numbers(seed);
        let (mut stored, mut model) = (Stored::default(), Model::default());
        for round in 0..30_u64 {
            let (mut call, mut seen) = (Call::on(&stored), model.clone());
            for step in 0..next(8) {
                let (name, handle) = (["a", "ab", "b"][next(3) as usize], next(6));
                match next(6) {
                    0 => {
                        let handle = call.create(handle, name).expect("begins");
                        assert!(!seen.unfinished.contains_key(&handle), "a handle is of one content");
                        seen.unfinished.insert(handle, (name.into(), Vec::new()));
                    }
                    1 | 2 => {
                        let content = vec![(round * 8 + step) as u8; lengths[next(7) as usize] as usize];
                        let found = call.append(handle, &content);
                        match seen.unfinished.get_mut(&handle) {
                            Some((_, whole)) => {
                                whole.extend(&content);
                                assert!(matches!(found, Ok(size) if size == whole.len() as u64), "{found:?}");
                            }
                            None => assert!(matches!(found, Err(Error::NotFound))),
                        }
                    }
                    3 => match (call.finish(handle), seen.unfinished.remove(&handle)) {
                        (Ok(()), Some((name, content))) => drop(seen.finished.insert(name, (handle, content))),
                        (Err(Error::NotFound), None) => {}
                        other => panic!("{other:?}"),
                    },
                    4 => {
                        call.discard(handle).expect("discards");
                        seen.unfinished.remove(&handle);
                    }
                    _ => {
                        call.remove(name).expect("removes");
                        seen.finished.remove(name);
                    }
                }
            }
            seen.check(&mut call);
            // A call that fails leaves nothing.
            if next(3) > 0 {
                call.commit(&mut stored);
                model = seen;
            }
            model.check(&mut Call::on(&stored));
        }
    }
}

#[test]
fn an_object_that_is_written_in_several_calls_is_seen_when_it_is_finished() {
    let mut stored = Stored::default();
    let mut call = Call::on(&stored);
    let handle = call.create(7, "a").expect("begins");
    assert_eq!(handle, 7);
    call.commit(&mut stored);
    for (number, size) in [(1, 300_000), (2, 600_000)] {
        let mut call = Call::on(&stored);
        assert!(matches!(call.append(handle, &[number; 300_000]), Ok(found) if found == size));
        assert_eq!(call.whole("a", 1000), None);
        call.commit(&mut stored);
    }
    let mut call = Call::on(&stored);
    assert!(matches!(call.append(handle, b""), Ok(600_000)), "to add nothing tells the size");
    call.finish(handle).expect("finishes");
    let object = call.finished("", None, 10).remove(0);
    assert_eq!((object.handle, object.size, object.at_ms), (handle, 600_000, 2));
    assert_eq!(object.content_type.as_deref(), Some("text/plain"));
    call.commit(&mut stored);
    let content = Call::on(&stored).whole("a", 1 << 20).expect("it is there");
    assert!(content[..300_000].iter().all(|byte| *byte == 1) && content[300_000..].iter().all(|byte| *byte == 2));
}

#[test]
fn a_handle_that_is_taken_is_not_given_again() {
    let mut stored = holding(b"x");
    let mut call = Call::on(&stored);
    assert!(matches!(call.create(1, "b"), Ok(2)), "one of a finished object");
    assert!(matches!(call.create(2, "b"), Ok(3)), "one of this call");
    call.discard(3).expect("discards");
    assert!(matches!(call.create(3, "b"), Ok(4)), "one that this call discarded");
    call.commit(&mut stored);
    assert!(matches!(Call::on(&stored).create(1, "b"), Ok(3)), "one of an unfinished object");
}

#[test]
fn an_unknown_handle_and_one_that_is_finished_are_refused() {
    let mut call = Call::on(&holding(b"x"));
    for handle in [1, 9] {
        assert!(matches!(call.append(handle, b"y"), Err(Error::NotFound)));
        assert!(matches!(call.append(handle, b""), Err(Error::NotFound)));
        assert!(matches!(call.finish(handle), Err(Error::NotFound)));
        assert!(call.discard(handle).is_ok());
    }
    call.create(9, "b").expect("begins");
    call.finish(9).expect("finishes");
    assert!(matches!(call.finish(9), Err(Error::NotFound)));
    assert!(matches!(call.append(9, b"y"), Err(Error::NotFound)));
    assert_eq!(call.whole("a", 10).as_deref(), Some(&b"x"[..]));
}

#[test]
fn a_read_behind_the_end_is_refused_and_one_at_the_end_gives_nothing() {
    let mut call = Call::on(&holding(b"content"));
    assert!(matches!(call.read("a", 7, 10).outcome, Ok(bytes) if bytes.is_empty()));
    assert!(matches!(call.read("a", 8, 10).outcome, Err(Error::Invalid(_))));
    assert!(matches!(call.read("a", u64::MAX, 10).outcome, Err(Error::Invalid(_))));
    assert!(matches!(call.read("a", 2, 3).outcome, Ok(bytes) if bytes == b"nte"));
    assert!(matches!(call.read("none", 0, 10).outcome, Err(Error::NotFound)));
}

#[test]
fn a_part_is_read_of_the_store_once_as_long_as_reads_stay_in_it() {
    let mut call = Call::on(&holding(&vec![1; OBJECT_PART + 10]));
    let paid = [0, 100, PART - 1, PART, 5].map(|offset| call.read("a", offset, 2).items);
    assert_eq!(paid, [1, 0, 1, 0, 1]);
    assert_eq!(call.stored.reads, 3);
}

#[test]
fn one_byte_more_than_an_object_may_have_is_refused() {
    let object = Object { handle: 1, name: "a".into(), content_type: None, size: MAX_SIZE - 1, at_ms: 1 };
    let last = (1, (object_parts(MAX_SIZE) - 1) as u32);
    let stored = Stored {
        unfinished: [(1, object)].into(),
        parts: [(last, vec![0; OBJECT_PART - 1])].into(),
        ..Stored::default()
    };
    let mut call = Call::on(&stored);
    assert!(matches!(call.append(1, &[1; 2]), Err(Error::Limit(_))));
    assert!(matches!(call.append(1, &[1]), Ok(MAX_SIZE)));
    assert!(matches!(call.append(1, &[1]), Err(Error::Limit(_))));
    let change = call.shelf.change().expect("a change");
    assert_eq!(change.written, [(last, [vec![0; OBJECT_PART - 1], vec![1]].concat())].into());
}

#[test]
fn what_is_appended_and_a_part_that_is_written_anew_count_as_written() {
    let stored = Stored::default();
    // Of the name and the content type there are 11 bytes.
    let mut call = Call::within(&stored, 75 + 75 + 100 + 74);
    call.create(1, "a").expect("begins");
    assert!(matches!(call.append(1, &[1; 101 + 74]), Err(Error::Limit(_))));
    call.append(1, &[1; 100]).expect("appends");
    assert!(matches!(call.append(1, b""), Ok(100)), "what was refused changed nothing");
    assert!(matches!(call.finish(1), Err(Error::Limit(_))));
    assert!(matches!(call.discard(1), Err(Error::Limit(_))));
    assert_eq!(call.unfinished(None, 10).len(), 1);
    let mut stored = stored;
    call.commit(&mut stored);
    let mut call = Call::on(&stored);
    let done = told(block_on(call.shelf.append(&mut call.stored, &mut call.writes, 1, &[2; 10])));
    assert_eq!((done.bytes, call.writes.used()), (100, 75 + 100 + 10));
    let done = told(block_on(call.shelf.append(&mut call.stored, &mut call.writes, 1, &[2; 10])));
    assert_eq!((done.bytes, call.writes.used()), (0, 2 * 75 + 100 + 20), "once in a call");
    // The one part that is committed.
    call.discard(1).expect("discards");
    assert_eq!(call.writes.used(), 3 * 75 + 120 + 16);
}

#[test]
fn more_objects_than_a_call_changes_are_refused_and_those_that_it_has_changed_are_not() {
    let mut call = Call::on(&Stored::default());
    for handle in 0..MAX_CHANGED as u64 {
        call.create(handle, &handle.to_string()).expect("begins");
    }
    assert!(matches!(call.create(1000, "one more"), Err(Error::Limit(_))));
    assert!(call.append(3, b"x").is_ok() && call.finish(3).is_ok());
    let mut names = Stored::default();
    for number in 0..=MAX_CHANGED as u64 {
        let object = Object { handle: number, name: number.to_string(), content_type: None, size: 0, at_ms: 1 };
        names.finished.insert(object.name.clone(), object);
    }
    let mut call = Call::on(&names);
    for number in 0..MAX_CHANGED {
        call.remove(&number.to_string()).expect("removes");
    }
    assert!(matches!(call.remove(&MAX_CHANGED.to_string()), Err(Error::Limit(_))));
    assert!(call.remove("0").is_ok(), "there is none any more");
}

#[test]
fn more_parts_than_a_call_removes_are_refused() {
    let mut stored = Stored::default();
    for number in 0..3_u64 {
        let object = Object { handle: number, name: number.to_string(), content_type: None, size: MAX_SIZE, at_ms: 1 };
        stored.finished.insert(object.name.clone(), object);
    }
    let mut call = Call::on(&stored);
    assert_eq!(object_parts(MAX_SIZE) * 2, MAX_REMOVED);
    let done = told(block_on(call.shelf.remove(&mut call.stored, &mut call.writes, "0")));
    assert_eq!(done.items, 4096);
    call.remove("1").expect("removes");
    assert!(matches!(call.remove("2"), Err(Error::Limit(_))));
    call.create(5, "2").expect("begins");
    assert!(matches!(call.finish(5), Err(Error::Limit(_))), "neither by taking its place");
    assert_eq!(call.finished("", None, 10).len(), 1);
}

#[test]
fn a_part_of_another_length_and_one_that_is_missing_are_the_hosts_failure() {
    let whole = holding(&vec![1; OBJECT_PART + 10]);
    let parts: [fn(&mut Stored); 4] = [
        |stored| drop(stored.parts.remove(&(1, 1))),
        |stored| drop(stored.parts.insert((1, 1), vec![1; 9])),
        |stored| drop(stored.parts.insert((1, 1), vec![1; 11])),
        |stored| drop(stored.parts.insert((1, 0), vec![1; 11])),
    ];
    for (number, change) in parts.into_iter().enumerate() {
        let mut stored = whole.clone();
        change(&mut stored);
        let mut call = Call::on(&stored);
        assert!(block_on(call.shelf.read(&mut call.stored, "a", (0, 1 << 20))).is_err(), "{number}");
    }
    let mut stored = whole;
    let object = stored.finished.remove("a").expect("it is there");
    stored.unfinished.insert(1, object);
    stored.parts.remove(&(1, 1));
    let mut call = Call::on(&stored);
    assert!(block_on(call.shelf.append(&mut call.stored, &mut call.writes, 1, b"x")).is_err());
}

#[test]
fn a_name_or_a_content_type_that_is_none_is_refused() {
    assert!(check_name("reports/2026 ä.pdf").is_ok() && check_name(&"n".repeat(MAX_NAME)).is_ok());
    for name in ["", "a\nb", "a\0", "\u{85}", &"n".repeat(MAX_NAME + 1), &"ä".repeat(MAX_NAME / 2 + 1)] {
        assert!(matches!(check_name(name), Err(Error::Invalid(_))), "{name:?}");
    }
    assert!(check_type(None).is_ok() && check_type(Some("text/plain; charset=utf-8")).is_ok());
    for kind in ["", "a\tb", "ä", &"t".repeat(MAX_TYPE + 1)] {
        assert!(matches!(check_type(Some(kind)), Err(Error::Invalid(_))), "{kind:?}");
    }
}

#[test]
fn a_list_of_none_or_too_many_is_refused() {
    assert!(check_limit(1).is_ok() && check_limit(MAX_LISTED).is_ok());
    assert!(check_limit(0).is_err() && check_limit(MAX_LISTED + 1).is_err());
}
