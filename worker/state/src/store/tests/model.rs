//! The store against a model: a map, and for each open transaction what it saw, read and wrote.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::{
    chain::{batch_digest, next_head},
    *,
};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Debug, Clone)]
enum Step {
    Begin(usize),
    Get(usize, u8),
    Set(usize, u8, u8),
    Swap(usize, u8, bool),
    Delete(usize, u8),
    Scan(usize, bool, Option<u8>, usize),
    Commit(usize),
    GiveUp(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let (call, key) = (0..3_usize, 0..8_u8);
    prop_oneof![
        2 => call.clone().prop_map(Step::Begin),
        3 => (call.clone(), key.clone()).prop_map(|(call, key)| Step::Get(call, key)),
        4 => (call.clone(), key.clone(), any::<u8>()).prop_map(|(call, key, value)| Step::Set(call, key, value)),
        2 => (call.clone(), key.clone(), any::<bool>()).prop_map(|(call, key, right)| Step::Swap(call, key, right)),
        2 => (call.clone(), key.clone()).prop_map(|(call, key)| Step::Delete(call, key)),
        3 => (call.clone(), any::<bool>(), proptest::option::of(key), 1..6_usize)
            .prop_map(|(call, all, after, limit)| Step::Scan(call, all, after, limit)),
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
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Keys that others committed since it began.
    changed: BTreeSet<Vec<u8>>,
}

impl Call {
    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
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
            Step::Get(at, _) | Step::Set(at, ..) | Step::Swap(at, ..) | Step::Delete(at, _) | Step::Scan(at, ..) => {
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
        let digest = batch_digest(call.writes.iter().map(|(key, value)| (&key[..], value.as_deref())));
        assert_eq!(done, Commit { before: self.head, after: next_head(&CONTRACT, &self.head, &digest).unwrap() });
        self.head = done.after;
        for (key, value) in call.writes {
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
                assert_eq!(found.map(|entry| entry.value.to_vec()), self.view.get(&key).cloned());
                self.reads(key);
            }
            Step::Set(_, number, value) => {
                self.real.set(&key(number), &[value]).unwrap();
                self.write(key(number), Some(vec![value]));
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
                    self.write(key, Some(b"swapped".to_vec()));
                }
            }
            Step::Scan(_, all, after, limit) => self.scan(if all { b"" } else { b"b" }, after.map(key), limit).await,
            Step::Begin(_) | Step::Commit(_) | Step::GiveUp(_) | Step::Reopen => unreachable!("not a call's step"),
        }
    }

    async fn scan(&mut self, prefix: &[u8], after: Option<Vec<u8>>, limit: usize) {
        let found = self.real.scan(prefix, after.as_deref(), limit).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|entry| (entry.key.to_vec(), entry.value.to_vec())).collect();
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
            let found: Map = found.into_iter().map(|entry| (entry.key.to_vec(), entry.value.to_vec())).collect();
            assert_eq!(found, world.state);
        });
    }
}
