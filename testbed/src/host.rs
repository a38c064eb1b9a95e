//! The worker's side of a call, in memory: what a contract's store, secrets, keys and randomness are in a test.
//!
//! All of it is the same at each run. Nobody else has the keys' secrets, but nothing here is secret.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, PoisonError},
};

use adyton_engine::{
    Answer, ContractCall, ContractCalled, ContractRefusal, Cron, Direction, Entry, Host, HostFailure, Object, Objects,
    Provisional, Request, Scan, Scheduled, ScheduledRequest, Scheme, Secret, Unread, Value,
};
use adyton_protocol::{ids::ContractId, schedule};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{outside::Outside, shelf::Shelf};

/// A contract's store and its schedule. Cloning it makes a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Store {
    entries: Arc<BTreeMap<Vec<u8>, Value>>,
    schedule: Arc<BTreeMap<String, (Scheduled, ScheduledRequest)>>,
    /// How many pages the database has, and those that were written.
    database: Arc<(u32, BTreeMap<u32, Vec<u8>>)>,
    objects: Arc<Shelf>,
}

/// An entry of the schedule that is due.
pub struct Due {
    /// Its name.
    pub name: String,
    /// When.
    pub at_ms: u64,
    /// What it asks.
    pub request: ScheduledRequest,
}

impl Due {
    /// The request as the contract gets it.
    pub fn into_request(self) -> Request {
        let ScheduledRequest { method, path, body } = self.request;
        Request { method, path, fields: schedule::fields(&self.name, self.at_ms), body }
    }
}

impl Store {
    /// One that holds `entries`, which do not end.
    pub fn of(entries: BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key, Value::lasting(value))).collect();
        Self { entries: Arc::new(entries), ..Self::default() }
    }

    /// The value of `key`, unless it has ended at `now_ms`.
    pub fn value(&self, key: &[u8], now_ms: u64) -> Option<&[u8]> {
        self.entries.get(key).filter(|value| !value.ended(now_ms)).map(|value| value.bytes.as_slice())
    }

    /// What entries, pages and objects count for against the manifest's limit of storage: as on a worker, which adds 32
    /// bytes to each, one to an entry's key, and five for a page's. What a worker keeps beside them, such as the schedule, is not
    /// counted here.
    fn bytes(&self) -> u64 {
        let entries = self.entries.iter().map(|(key, value)| (key.len() + value.bytes.len()) as u64 + 33);
        let pages = self.database.1.values().map(|page| page.len() as u64 + 37);
        entries.chain(pages).sum::<u64>() + self.objects.bytes()
    }

    /// [`Store::commit`]s, unless the state would count for more than `storage`, and for more than it does now. Gives
    /// whether it did.
    #[must_use]
    pub fn commit_within(&mut self, answer: &Answer, storage: u64) -> bool {
        let mut after = self.clone();
        after.commit(answer);
        let fits = after.bytes() <= storage.max(self.bytes());
        if fits {
            *self = after;
        }
        fits
    }

    /// Commits everything that the call of `answer` wrote, scheduled, and changed of the database and of objects.
    fn commit(&mut self, answer: &Answer) {
        let entries = Arc::make_mut(&mut self.entries);
        for (key, value) in &answer.writes {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        for (name, entry) in &answer.schedule {
            let schedule = Arc::make_mut(&mut self.schedule);
            match entry {
                Some(entry) => schedule.insert(name.clone(), entry.clone()),
                None => schedule.remove(name),
            };
        }
        if let Some(change) = &answer.database {
            let database = Arc::make_mut(&mut self.database);
            database.0 = change.pages;
            database.1.extend(change.written.clone());
        }
        if let Some(change) = &answer.objects {
            Arc::make_mut(&mut self.objects).commit(change);
        }
    }

    /// The first entry that is due by `now_ms`. It ends, or goes on to its next time.
    pub fn take_due(&mut self, now_ms: u64) -> Option<Due> {
        let first = self.schedule.iter().min_by_key(|(name, (when, _))| (when.due_ms, *name))?;
        let (name, (Scheduled { due_ms: at_ms, cron }, request)) = (first.0.clone(), first.1.clone());
        if at_ms > now_ms {
            return None;
        }
        let next = cron.as_deref().and_then(|cron| Cron::parse(cron).ok()?.next_after(at_ms));
        let schedule = Arc::make_mut(&mut self.schedule);
        match next {
            Some(due_ms) => schedule.insert(name.clone(), (Scheduled { due_ms, cron }, request.clone())),
            None => schedule.remove(&name),
        };
        Some(Due { name, at_ms, request })
    }

    /// Removes what has ended at `now_ms`, as the worker does now and then: no call sees it either way.
    pub fn remove_ended(&mut self, now_ms: u64) {
        if self.entries.values().any(|value| value.ended(now_ms)) {
            Arc::make_mut(&mut self.entries).retain(|_, value| !value.ended(now_ms));
        }
    }

    /// The entries that `scan` is for.
    fn scan(&self, scan: Scan<'_>) -> Vec<Entry> {
        let Scan { prefix, from, direction, limit } = scan;
        let under = self.entries.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        let under =
            under.take_while(|(key, _)| key.starts_with(prefix)).map(|(key, value)| (key.clone(), value.clone()));
        match direction {
            Direction::Ascending => {
                under.filter(|(key, _)| from.is_none_or(|after| key.as_slice() > after)).take(limit).collect()
            }
            Direction::Descending => {
                let mut found: Vec<Entry> =
                    under.filter(|(key, _)| from.is_none_or(|before| key.as_slice() < before)).collect();
                found.reverse();
                found.truncate(limit);
                found
            }
        }
    }
}

/// Pieces of an answer's content that a call gave before its end.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pieces {
    /// Those that there are.
    pub fn all(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[cfg(test)]
    pub fn of<const N: usize>(pieces: [Vec<u8>; N]) -> Self {
        Self(Arc::new(Mutex::new(pieces.into())))
    }

    fn add(&self, piece: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
    }
}

/// One call's host.
pub struct CallHost {
    store: Store,
    given: Given,
    random: Random,
    pieces: Pieces,
}

/// What a scenario gives the contract, besides its store: the same in every call.
#[derive(Clone)]
pub struct Given {
    /// The contract's secrets.
    pub secrets: Arc<BTreeMap<String, Vec<u8>>>,
    /// The chain's state.
    pub chain: Arc<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// The contract itself.
    pub contract: ContractId,
    /// What other contracts answer.
    pub outside: Arc<Outside>,
}

impl CallHost {
    /// With the store as it is when the call begins.
    pub fn new(store: Store, given: Given, random: Random) -> Self {
        Self { store, given, random, pieces: Pieces::default() }
    }

    /// What the call will have given before its end.
    pub fn pieces(&self) -> Pieces {
        self.pieces.clone()
    }
}

/// Bytes that look random, and are the same at each run.
pub struct Random {
    seed: [u8; 32],
    block: u64,
}

impl Random {
    /// For the call of this number, and others for each.
    pub fn new(seed: &str, call: u64) -> Self {
        let mut hash = Sha256::new_with_prefix("adyton-testbed random");
        hash.update(call.to_le_bytes());
        hash.update(seed);
        Self { seed: hash.finalize().into(), block: 0 }
    }

    /// Bytes that follow from `parts`, at each run the same.
    fn of(what: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new_with_prefix(what);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self { seed: hash.finalize().into(), block: 0 }
    }

    fn bytes(mut self, length: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let mut hash = Sha256::new_with_prefix(self.seed);
            hash.update(self.block.to_le_bytes());
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
            self.block += 1;
        }
    }
}

#[async_trait]
impl Objects for CallHost {
    async fn finished_object(&mut self, name: &str) -> Result<Option<Object>, HostFailure> {
        Ok(self.store.objects.finished.get(name).cloned())
    }

    async fn finished_objects(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Object>, HostFailure> {
        let wanted = |name: &str| name.starts_with(prefix) && after.is_none_or(|after| name > after);
        let all = self.store.objects.finished.values();
        Ok(all.filter(|object| wanted(&object.name)).take(limit).cloned().collect())
    }

    async fn unfinished_object(&mut self, handle: u64) -> Result<Option<Object>, HostFailure> {
        Ok(self.store.objects.unfinished.get(&handle).cloned())
    }

    async fn unfinished_objects(&mut self, after: Option<u64>, limit: usize) -> Result<Vec<Object>, HostFailure> {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        Ok(self.store.objects.unfinished.range(behind).take(limit).map(|(_, object)| object.clone()).collect())
    }

    async fn object_part(&mut self, handle: u64, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        Ok(self.store.objects.parts.get(&(handle, number)).map(|part| part.to_vec()))
    }
}

#[async_trait]
impl Host for CallHost {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure> {
        Ok(self.store.entries.get(key).cloned())
    }

    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<Entry>, HostFailure> {
        Ok(self.store.scan(scan))
    }

    async fn schedule(&mut self) -> Result<BTreeMap<String, Scheduled>, HostFailure> {
        Ok(self.store.schedule.iter().map(|(name, (when, _))| (name.clone(), when.clone())).collect())
    }

    async fn database_pages(&mut self) -> Result<u32, HostFailure> {
        Ok(self.store.database.0)
    }

    async fn database_page(&mut self, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        Ok(self.store.database.1.get(&number).cloned())
    }

    async fn chain_storage(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread> {
        Ok(keys.iter().map(|key| self.given.chain.get(key).cloned()).collect())
    }

    /// There is one contract on a bench: the scenario answers for the others.
    async fn call_contract(&mut self, call: ContractCall) -> Result<ContractCalled, HostFailure> {
        if call.contract == self.given.contract {
            return Ok(ContractCalled { outcome: Err(ContractRefusal::Reentrant), fuel: 0, digests: None });
        }
        Ok(self.given.outside.call(&call))
    }

    async fn provisional(&mut self, part: Provisional) -> Result<(), HostFailure> {
        match part {
            Provisional::Head { .. } => {}
            Provisional::Content(piece) => self.pieces.add(piece),
        }
        Ok(())
    }

    async fn secret(&mut self, name: &str) -> Result<Option<Secret>, HostFailure> {
        let secret = self.given.secrets.get(name).cloned();
        Ok(secret.map(|value| Secret { version: 1, value: Zeroizing::new(value) }))
    }

    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        let scheme = match scheme {
            Scheme::Ed25519 => "ed25519",
            Scheme::Secp256k1 => "secp256k1",
            Scheme::P256 => "p256",
            Scheme::Sr25519 => "sr25519",
        };
        Ok(Zeroizing::new(Sha256::digest(format!("adyton-testbed key {scheme} {name}")).into()))
    }

    async fn encryption_key(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Ok(Zeroizing::new(Sha256::digest(format!("adyton-testbed encryption key {name}")).into()))
    }

    async fn derived_secret(
        &mut self,
        name: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Ok(Random::of("adyton-testbed secret", &[name.as_bytes(), context, &length.to_le_bytes()]).bytes(length))
    }

    async fn seeded_random(&mut self, seed: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Ok(Random::of("adyton-testbed seeded", &[seed]).bytes(length))
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure> {
        self.random.fill(buffer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use adyton_engine::{DatabaseChange, ObjectsChange};

    use super::*;
    use crate::shelf::tests::object;

    fn keys(store: &Store, prefix: &[u8], from: Option<&[u8]>, direction: Direction) -> Vec<Vec<u8>> {
        let scan = Scan { prefix, from, direction, limit: 10 };
        store.scan(scan).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn entries_begin_behind_the_one_that_is_named_in_either_direction() {
        let store = Store::of(["a", "b", "ba", "bc", "c"].map(|key| (key.into(), Vec::new())).into());
        let up = |from| keys(&store, b"b", from, Direction::Ascending);
        assert_eq!(up(None), [b"b".to_vec(), b"ba".to_vec(), b"bc".to_vec()]);
        assert_eq!(up(Some(&b"b"[..])), [b"ba".to_vec(), b"bc".to_vec()]);
        assert_eq!(up(Some(&b"a"[..])), up(None));
        assert!(up(Some(&b"d"[..])).is_empty());
        let down = |from| keys(&store, b"b", from, Direction::Descending);
        assert_eq!(down(None), [b"bc".to_vec(), b"ba".to_vec(), b"b".to_vec()]);
        assert_eq!(down(Some(&b"ba"[..])), [b"b".to_vec()]);
        assert_eq!(down(Some(&b"d"[..])), down(None));
        assert!(down(Some(&b"a"[..])).is_empty());
    }

    #[test]
    fn what_has_ended_has_no_value_and_is_removed() {
        let entries = Arc::new([(b"a".to_vec(), Value { bytes: b"1".to_vec(), ends_ms: Some(10) })].into());
        let mut store = Store { entries, ..Store::default() };
        assert_eq!((store.value(b"a", 9), store.value(b"a", 10)), (Some(&b"1"[..]), None));
        store.remove_ended(9);
        assert_eq!(store.entries.len(), 1);
        store.remove_ended(10);
        assert!(store.entries.is_empty());
    }

    #[tokio::test]
    async fn a_contract_that_calls_itself_is_refused_whatever_the_scenario_says() {
        use crate::{databases::Databases, scenario::Scenario};

        let text = format!(
            "[[step]]\nrequest = \"GET /\"\n[[contract]]\nid = \"0x{}\"\nrequest = \"GET /\"\nanswer.status = 200\n\
             any_number = true",
            "07".repeat(32)
        );
        let outside = Outside::new(None, Databases::new(Vec::new(), &[]).expect("has no roots"));
        outside.begin(Vec::new(), Scenario::parse(&text).expect("a scenario").callees);
        let request = Request { method: "GET".into(), path: "/".into(), fields: Vec::new(), body: Vec::new() };
        let call = ContractCall { contract: ContractId([7; 32]), request, fuel: 1 };
        let mut given = Given {
            secrets: Arc::default(),
            chain: Arc::default(),
            contract: ContractId([8; 32]),
            outside: Arc::new(outside),
        };
        let other =
            CallHost::new(Store::default(), given.clone(), Random::new("", 0)).call_contract(call.clone()).await;
        assert!(other.expect("works").outcome.is_ok());
        given.contract = call.contract;
        let itself = CallHost::new(Store::default(), given, Random::new("", 0)).call_contract(call).await;
        assert!(matches!(itself.expect("works").outcome, Err(ContractRefusal::Reentrant)));
    }

    #[test]
    fn a_snapshot_does_not_see_what_is_committed_later() {
        let mut store = Store::default();
        let before = store.clone();
        let response = adyton_engine::Response { status: 200, fields: Vec::new(), body: Vec::new() };
        let writes = [(b"a".to_vec(), Some(Value::lasting(b"1".to_vec()))), (b"gone".to_vec(), None)].into();
        let database = Some(DatabaseChange { pages: 1, written: [(0, vec![0; 4096])].into() });
        let objects = ObjectsChange {
            unfinished: [(1, Some(object(1, "a", 3)))].into(),
            written: [((1, 0), b"abc".to_vec())].into(),
            ..ObjectsChange::default()
        };
        let objects = Some(Box::new(objects));
        store.commit(&Answer { response, writes, schedule: BTreeMap::new(), database, objects, report: None });
        assert_eq!((before.value(b"a", 0), store.value(b"a", 0)), (None, Some(&b"1"[..])));
        assert_eq!((before.database.0, store.database.0, store.database.1.len()), (0, 1, 1));
        assert_eq!((before.objects.parts.len(), store.objects.parts.len()), (0, 1));
    }

    #[test]
    fn what_makes_the_entries_too_large_is_not_committed_and_a_deletion_always_is() {
        let answer = |value: Option<&[u8]>| Answer {
            response: adyton_engine::Response { status: 200, fields: Vec::new(), body: Vec::new() },
            writes: [(b"a".to_vec(), value.map(|bytes| Value::lasting(bytes.to_vec())))].into(),
            schedule: BTreeMap::new(),
            database: None,
            objects: None,
            report: None,
        };
        let mut store = Store::default();
        assert!(store.commit_within(&answer(Some(b"123")), 37));
        assert!(!store.commit_within(&answer(Some(b"1234")), 37));
        assert_eq!(store.value(b"a", 0), Some(&b"123"[..]));
        assert!(store.commit_within(&answer(Some(b"321")), 1));
        assert!(store.commit_within(&answer(None), 1));
        assert_eq!(store.bytes(), 0);
    }

    #[test]
    fn what_is_due_is_taken_in_the_order_of_its_times_and_goes_on_where_it_does() {
        let entry = |due_ms, cron: Option<&str>| {
            let request = ScheduledRequest { method: "POST".into(), path: "/tick".into(), body: Vec::new() };
            (Scheduled { due_ms, cron: cron.map(str::to_owned) }, request)
        };
        let schedule =
            [("b", entry(70_000, None)), ("a", entry(70_000, None)), ("c", entry(60_000, Some("* * * * *")))];
        let schedule = Arc::new(schedule.map(|(name, entry)| (name.to_owned(), entry)).into());
        let mut store = Store { schedule, ..Store::default() };
        assert!(store.take_due(59_999).is_none());
        let mut taken = Vec::new();
        while let Some(due) = store.take_due(120_000) {
            taken.push((due.name, due.at_ms));
        }
        let expected = [("c", 60_000), ("a", 70_000), ("b", 70_000), ("c", 120_000)];
        assert_eq!(taken, expected.map(|(name, at_ms)| (name.to_owned(), at_ms)));
        assert_eq!(store.schedule.keys().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn randomness_is_the_same_at_each_run_and_another_one_in_each_call() {
        let drawn = |seed, call| {
            let mut bytes = [0; 70];
            Random::new(seed, call).fill(&mut bytes);
            bytes
        };
        assert_eq!(drawn("a", 0), drawn("a", 0));
        assert!(drawn("a", 0) != drawn("a", 1) && drawn("a", 0) != drawn("b", 0));
        assert_ne!(drawn("a", 0)[..32], drawn("a", 0)[32..64]);
    }

    #[test]
    fn what_follows_from_parts_depends_on_each_of_them_and_on_where_they_are_cut() {
        let bytes = |what, parts: &[&[u8]], length| Random::of(what, parts).bytes(length).to_vec();
        let one = bytes("x", &[b"a", b"bc"], 40);
        assert_eq!(one, bytes("x", &[b"a", b"bc"], 40));
        assert_eq!(one[..8], bytes("x", &[b"a", b"bc"], 8));
        assert_ne!(one, bytes("x", &[b"ab", b"c"], 40));
        assert_ne!(one, bytes("y", &[b"a", b"bc"], 40));
    }
}
