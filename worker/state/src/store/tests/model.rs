//! The store against a model: a map, and for each open transaction what it saw, read and wrote.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::{
    chain::{batch_digest, next_head},
    *,
};

/// A value and when it ends.
type Value = (Vec<u8>, Option<u64>);
type Map = BTreeMap<Vec<u8>, Value>;

#[derive(Debug, Clone)]
enum Step {
    Begin(usize),
    Get(usize, u8),
    Set(usize, u8, u8),
    SetUntil(usize, u8, u8, u64),
    Swap(usize, u8, bool),
    Delete(usize, u8),
    Scan(usize, bool, Option<u8>, usize),
    ScanBack(usize, bool, Option<u8>, usize),
    RemoveEnded(u64, usize),
    Commit(usize),
    GiveUp(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let (call, key, end) = (0..3_usize, 0..8_u8, 0..6_u64);
    prop_oneof![
        2 => call.clone().prop_map(Step::Begin),
        3 => (call.clone(), key.clone()).prop_map(|(call, key)| Step::Get(call, key)),
        4 => (call.clone(), key.clone(), any::<u8>()).prop_map(|(call, key, value)| Step::Set(call, key, value)),
        3 => (call.clone(), key.clone(), any::<u8>(), end.clone())
            .prop_map(|(call, key, value, end)| Step::SetUntil(call, key, value, end)),
        2 => (call.clone(), key.clone(), any::<bool>()).prop_map(|(call, key, right)| Step::Swap(call, key, right)),
        2 => (call.clone(), key.clone()).prop_map(|(call, key)| Step::Delete(call, key)),
        3 => (call.clone(), any::<bool>(), proptest::option::of(key.clone()), 1..6_usize)
            .prop_map(|(call, all, after, limit)| Step::Scan(call, all, after, limit)),
        3 => (call.clone(), any::<bool>(), proptest::option::of(key), 1..6_usize)
            .prop_map(|(call, all, before, limit)| Step::ScanBack(call, all, before, limit)),
        2 => (end, 1..4_usize).prop_map(|(now, limit)| Step::RemoveEnded(now, limit)),
        4 => call.clone().prop_map(Step::Commit),
        1 => call.prop_map(Step::GiveUp),
        1 => Just(Step::Reopen),
    ]
}

/// Keys 0 to 3 share a prefix, and so do 4 to 7.
fn key(number: u8) -> Vec<u8> {
    vec![b'a' + number / 4, b'0' + number % 4]
}

/// A transaction and what the model thinks of it.
struct Call {
    real: Transaction,
    view: Map,
    read: BTreeSet<Vec<u8>>,
    writes: BTreeMap<Vec<u8>, Option<Value>>,
    /// Keys that others committed since it began.
    changed: BTreeSet<Vec<u8>>,
}

impl Call {
    fn write(&mut self, key: Vec<u8>, value: Option<Value>) {
        match &value {
            Some(value) => self.view.insert(key.clone(), value.clone()),
            None => self.view.remove(&key),
        };
        self.writes.insert(key, value);
    }

    /// Reading one's own write depends on nobody.
    fn reads(&mut self, key: Vec<u8>) {
        if !self.writes.contains_key(&key) {
            self.read.insert(key);
        }
    }
}

struct World {
    objects: Arc<dyn ObjectStore>,
    store: Store,
    state: Map,
    head: StateHead,
    calls: [Option<Call>; 3],
}

impl World {
    async fn new() -> Self {
        let (objects, store) = new_store().await;
        Self { objects, store, state: Map::new(), head: genesis(&CONTRACT), calls: [None, None, None] }
    }

    async fn run(&mut self, step: Step) {
        match step {
            Step::Begin(at) => {
                let real = self.store.begin().await.unwrap();
                assert_eq!(real.base(), self.head);
                let (read, writes, changed) = Default::default();
                self.calls[at] = Some(Call { real, view: self.state.clone(), read, writes, changed });
            }
            Step::GiveUp(at) => self.calls[at] = None,
            Step::Reopen => {
                self.calls = [None, None, None];
                self.store.close().await.unwrap();
                self.store = open(&self.objects).await;
                assert_eq!(self.store.head().await.unwrap(), self.head);
            }
            Step::Commit(at) => self.commit(at).await,
            Step::RemoveEnded(now, limit) => self.remove_ended(now, limit).await,
            Step::Get(at, _)
            | Step::Set(at, ..)
            | Step::SetUntil(at, ..)
            | Step::Swap(at, ..)
            | Step::Delete(at, _)
            | Step::Scan(at, ..)
            | Step::ScanBack(at, ..) => {
                if let Some(call) = &mut self.calls[at] {
                    call.run(step).await;
                }
            }
        }
    }

    async fn commit(&mut self, at: usize) {
        let Some(call) = self.calls[at].take() else { return };
        let conflict = !call.writes.is_empty() && !call.read.is_disjoint(&call.changed);
        let prepared = match self.store.prepare(call.real).await {
            Err(StateError::Conflict) => return assert!(conflict, "a conflict that nobody caused"),
            other => other.unwrap(),
        };
        assert!(!conflict, "a conflict was not found");
        let done = self.store.commit(prepared, None).await.unwrap();
        if call.writes.is_empty() {
            return assert_eq!(done.before, done.after);
        }
        self.committed(done, call.writes);
    }

    async fn remove_ended(&mut self, now: u64, limit: usize) {
        let ended = |(key, (_, end)): (&Vec<u8>, &Value)| end.filter(|end| *end <= now).map(|end| (end, key.clone()));
        let mut expected: Vec<_> = self.state.iter().filter_map(ended).collect();
        expected.sort();
        expected.truncate(limit);
        let prepared = self.store.prepare_removal(now, limit).await.unwrap();
        assert_eq!(prepared.is_none(), expected.is_empty());
        let Some(prepared) = prepared else { return };
        let done = self.store.commit(prepared, None).await.unwrap();
        self.committed(done, expected.into_iter().map(|(_, key)| (key, None)).collect());
    }

    fn committed(&mut self, done: Commit, writes: BTreeMap<Vec<u8>, Option<Value>>) {
        let digest = batch_digest(
            writes.iter().map(|(key, value)| (&key[..], value.as_ref().map(|(value, ends_ms)| (&value[..], *ends_ms)))),
        );
        assert_eq!(done, Commit { before: self.head, after: next_head(&CONTRACT, &self.head, &digest).unwrap() });
        self.head = done.after;
        for (key, value) in writes {
            for other in self.calls.iter_mut().flatten() {
                other.changed.insert(key.clone());
            }
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }
}

impl Call {
    async fn run(&mut self, step: Step) {
        match step {
            Step::Get(_, number) => {
                let key = key(number);
                let found = self.real.get(&key).await.unwrap();
                assert_eq!(found.map(|entry| (entry.value.to_vec(), entry.ends_ms)), self.view.get(&key).cloned());
                self.reads(key);
            }
            Step::Set(_, number, value) => {
                self.real.set(&key(number), &[value]).unwrap();
                self.write(key(number), Some((vec![value], None)));
            }
            Step::SetUntil(_, number, value, end) => {
                self.real.set_until(&key(number), &[value], end).unwrap();
                self.write(key(number), Some((vec![value], Some(end))));
            }
            Step::Delete(_, number) => {
                self.real.delete(&key(number)).unwrap();
                self.write(key(number), None);
            }
            Step::Swap(_, number, right) => {
                let key = key(number);
                let version = self.real.get(&key).await.unwrap().map(|entry| entry.version);
                self.reads(key.clone());
                let expected = if right { version } else { Some(u64::MAX) };
                let swap = self.real.compare_and_swap(&key, expected, b"swapped").await.unwrap();
                assert_eq!(matches!(swap, Swap::Done(_)), right);
                if right {
                    self.write(key, Some((b"swapped".to_vec(), None)));
                }
            }
            Step::Scan(_, all, after, limit) => self.scan(if all { b"" } else { b"b" }, after.map(key), limit).await,
            Step::ScanBack(_, all, before, limit) => {
                self.scan_back(if all { b"" } else { b"b" }, before.map(key), limit).await;
            }
            Step::Begin(_) | Step::Commit(_) | Step::GiveUp(_) | Step::Reopen | Step::RemoveEnded(..) => {
                unreachable!("not a call's step")
            }
        }
    }

    async fn scan(&mut self, prefix: &[u8], after: Option<Vec<u8>>, limit: usize) {
        let found = entries(self.real.scan(prefix, after.as_deref(), limit).await.unwrap());
        let inside = |key: &Vec<u8>| key.starts_with(prefix) && after.as_ref().is_none_or(|after| key > after);
        let expected: Vec<_> = self
            .view
            .iter()
            .filter(|(key, _)| inside(key))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        assert_eq!(found, expected);
        // What was looked at: up to the last one if the limit ended it, else the whole range. A scan counts
        // as a read of what it covers, own writes included.
        let last = (expected.len() == limit).then(|| expected[limit - 1].0.clone());
        let covered = (0..8).map(key).filter(|key| inside(key) && last.as_ref().is_none_or(|last| key <= last));
        self.read.extend(covered);
    }

    async fn scan_back(&mut self, prefix: &[u8], before: Option<Vec<u8>>, limit: usize) {
        let found = entries(self.real.scan_back(prefix, before.as_deref(), limit).await.unwrap());
        let inside = |key: &Vec<u8>| key.starts_with(prefix) && before.as_ref().is_none_or(|before| key < before);
        let view = self.view.iter().rev().filter(|(key, _)| inside(key)).take(limit);
        let expected: Vec<_> = view.map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(found, expected);
        let last = (expected.len() == limit).then(|| expected[limit - 1].0.clone());
        let covered = (0..8).map(key).filter(|key| inside(key) && last.as_ref().is_none_or(|last| key >= last));
        self.read.extend(covered);
    }
}

fn entries(found: Vec<Entry>) -> Vec<(Vec<u8>, Value)> {
    found.into_iter().map(|entry| (entry.key.to_vec(), (entry.value.to_vec(), entry.ends_ms))).collect()
}

/// The keys by the time of their ends, as the store keeps them, and how many it counts.
async fn ends(store: &Store) -> (Vec<(u64, Vec<u8>)>, u64) {
    let mut found = store.inner.db.scan(layout::end_key(0, b"")..).await.unwrap();
    let mut ends = Vec::new();
    while let Some(stored) = found.next().await.unwrap() {
        let (end, key) = layout::from_end_key(&stored.key).unwrap();
        ends.push((end, key.to_vec()));
    }
    (ends, store.inner.order.lock().await.meta.ending)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn the_store_behaves_like_a_map_with_transactions(steps in vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.run(step).await;
            }
            world.run(Step::Reopen).await;
            let found = world.store.begin().await.unwrap().scan(b"", None, 100).await.unwrap();
            assert_eq!(entries(found).into_iter().collect::<Map>(), world.state);
            let ending = world.state.iter().filter_map(|(key, (_, end))| end.map(|end| (end, key.clone())));
            let mut expected: Vec<_> = ending.collect();
            expected.sort();
            let count = expected.len() as u64;
            assert_eq!(ends(&world.store).await, (expected, count), "the ends that the store keeps");
            let bytes = world.state.iter().map(|(key, (value, end))| {
                let end = end.map_or(0, |_| 9 + key.len());
                (key.len() + value.len() + end) as u64 + ENTRY_BYTES
            });
            assert_eq!(world.store.stored_bytes().await.unwrap(), bytes.sum::<u64>(), "the bytes that the store counts");
        });
    }
}
