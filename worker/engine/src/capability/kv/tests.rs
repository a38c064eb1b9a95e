//! The merge of committed entries and a call's writes, against a model.

use super::{scan::MAX_PAGE_ENTRIES, *};
use crate::{
    capability::crypto::Scheme,
    host::{Host, SCAN_BYTES, Scan, Secret},
    object::{Object, Objects},
};
use async_trait::async_trait;
use zeroize::Zeroizing;

/// The time of the call.
const NOW: u64 = 100;

struct Stored(BTreeMap<Vec<u8>, Value>);

#[async_trait]
impl Objects for Stored {
    async fn finished_object(&mut self, _name: &str) -> Result<Option<Object>, HostFailure> {
        Ok(None)
    }

    async fn finished_objects(
        &mut self,
        _prefix: &str,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<Object>, HostFailure> {
        Ok(Vec::new())
    }

    async fn unfinished_object(&mut self, _handle: u64) -> Result<Option<Object>, HostFailure> {
        Ok(None)
    }

    async fn unfinished_objects(&mut self, _after: Option<u64>, _limit: usize) -> Result<Vec<Object>, HostFailure> {
        Ok(Vec::new())
    }

    async fn object_part(&mut self, _handle: u64, _number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        Ok(None)
    }
}

#[async_trait]
impl Host for Stored {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure> {
        Ok(self.0.get(key).cloned())
    }

    /// No more entries than have [`SCAN_BYTES`], as a worker's host.
    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<crate::Entry>, HostFailure> {
        let Scan { prefix, from, direction, limit } = scan;
        let behind = |key: &[u8], from: &[u8]| match direction {
            Direction::Ascending => key > from,
            Direction::Descending => key < from,
        };
        let wanted = |key: &[u8]| key.starts_with(prefix) && from.is_none_or(|from| behind(key, from));
        let mut entries: Vec<_> = self.0.iter().filter(|(key, _)| wanted(key)).collect();
        if direction == Direction::Descending {
            entries.reverse();
        }
        let mut bytes = 0;
        let room = |(key, value): &(&Vec<u8>, &Value)| {
            let room = bytes < SCAN_BYTES;
            bytes += key.len() + value.bytes.len();
            room
        };
        Ok(entries.into_iter().take(limit).take_while(room).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    async fn schedule(&mut self) -> Result<BTreeMap<String, crate::Scheduled>, HostFailure> {
        Ok(BTreeMap::new())
    }

    async fn database_pages(&mut self) -> Result<u32, HostFailure> {
        Ok(0)
    }

    async fn database_page(&mut self, _number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        Ok(None)
    }

    async fn chain_storage(&mut self, _keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, crate::Unread> {
        Err(crate::Unread::Unproven)
    }

    async fn call_contract(&mut self, _call: crate::ContractCall) -> Result<crate::ContractCalled, HostFailure> {
        Err(HostFailure::new("test", "no other contracts"))
    }

    async fn secret(&mut self, _name: &str) -> Result<Option<Secret>, HostFailure> {
        Ok(None)
    }

    async fn named_key(&mut self, _scheme: Scheme, _name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Err(HostFailure::new("test", "no keys"))
    }

    async fn encryption_key(&mut self, _name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Err(HostFailure::new("test", "no keys"))
    }

    async fn derived_secret(
        &mut self,
        _name: &str,
        _context: &[u8],
        _length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Err(HostFailure::new("test", "no keys"))
    }

    async fn seeded_random(&mut self, _seed: &[u8], _length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        Err(HostFailure::new("test", "no keys"))
    }

    fn random(&mut self, _buffer: &mut [u8]) -> Result<(), HostFailure> {
        Err(HostFailure::new("test", "no randomness"))
    }
}

fn page(host: &mut Stored, overlay: &Overlay, prefix: &[u8], from: Option<Vec<u8>>, limit: u32) -> Page {
    let range = Range::new(prefix.to_vec(), from, Direction::Ascending, limit).expect("a valid range");
    futures::executor::block_on(scan(host, overlay, &range, NOW)).expect("the host does not fail").page
}

/// Every entry, in pages of `limit`.
fn all(
    host: &mut Stored,
    overlay: &Overlay,
    (prefix, direction): (&[u8], Direction),
    limit: u32,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (mut out, mut from) = (Vec::new(), None);
    loop {
        let range = Range::new(prefix.to_vec(), from, direction, limit).expect("a valid range");
        let scanned = futures::executor::block_on(scan(host, overlay, &range, NOW)).expect("the host does not fail");
        let page = scanned.page;
        assert!(page.entries.len() <= limit as usize && page.entries.len() <= scanned.entries);
        out.extend(page.entries.into_iter().map(|entry| (entry.key, entry.value)));
        match page.next {
            Some(next) => from = Some(next),
            None => return out,
        }
    }
}

#[test]
fn pages_of_any_size_show_what_a_commit_would_leave() {
    // Every subset of eight keys, stored and written in different ways, by a small fixed generator.
    let mut seed: u64 = 1;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u8
    };
    for round in 0..200 {
        let (mut host, mut overlay) = (Stored(BTreeMap::new()), Overlay::new(1 << 20));
        // Some do not end, some ended before, at or after the call's time.
        let ends = [None, Some(NOW - 1), Some(NOW), Some(NOW + 1)];
        for _ in 0..next() % 12 {
            let ends_ms = ends[usize::from(next() % 4)];
            host.0.insert(vec![next() % 2, next() % 8], Value { bytes: vec![next()], ends_ms });
        }
        let mut expected = host.0.clone();
        expected.retain(|_, value| value.ends_ms.is_none_or(|end| end > NOW));
        for _ in 0..next() % 12 {
            let (key, value) = (vec![next() % 2, next() % 8], (next() % 3 > 0).then(|| Value::lasting(vec![next()])));
            match &value {
                Some(value) => expected.insert(key.clone(), value.clone()),
                None => expected.remove(&key),
            };
            overlay.write(key, value).expect("within the limit");
        }
        for prefix in [&[][..], &[0], &[1], &[1, 3]] {
            let model = expected.iter().filter(|(key, _)| key.starts_with(prefix));
            let mut model: Vec<_> = model.map(|(key, value)| (key.clone(), value.bytes.clone())).collect();
            for direction in [Direction::Ascending, Direction::Descending] {
                for limit in [1, 2, 3, 100] {
                    let found = all(&mut host, &overlay, (prefix, direction), limit);
                    assert_eq!(found, model, "round {round}, limit {limit}, {direction:?}");
                }
                model.reverse();
            }
        }
    }
}

#[test]
fn a_descending_scan_begins_before_the_key_that_is_named_and_stays_under_its_prefix() {
    let keys = [&b"a"[..], b"b1", b"b2", b"\xff", b"\xff\xff"];
    let mut overlay = Overlay::new(1 << 20);
    for key in keys {
        overlay.write(key.to_vec(), Some(Value::lasting(Vec::new()))).expect("within the limit");
    }
    let nothing = Overlay::new(0);
    for mut host in [Stored(BTreeMap::new()), Stored(overlay.writes.clone().into_iter().map(stored).collect())] {
        let mut back = |prefix: &[u8], before: Option<&[u8]>| -> Vec<Vec<u8>> {
            let range = Range::new(prefix.to_vec(), before.map(<[u8]>::to_vec), Direction::Descending, 10);
            let range = range.expect("a valid range");
            let overlay = if host.0.is_empty() { &overlay } else { &nothing };
            let scanned = futures::executor::block_on(scan(&mut host, overlay, &range, NOW));
            scanned.expect("the host does not fail").page.entries.into_iter().map(|entry| entry.key).collect()
        };
        assert_eq!(back(b"b", None), [b"b2", b"b1"]);
        assert_eq!(back(b"b", Some(b"z")), [b"b2", b"b1"]);
        assert_eq!(back(b"b", Some(b"b2")), [b"b1"]);
        assert!(back(b"b", Some(b"b")).is_empty() && back(b"b", Some(b"a")).is_empty());
        assert_eq!(back(b"\xff", None), [&b"\xff\xff"[..], b"\xff"]);
        assert_eq!(back(b"", Some(b"b2")), [&b"b1"[..], b"a"]);
    }
}

fn stored((key, value): (Vec<u8>, Option<Value>)) -> (Vec<u8>, Value) {
    (key, value.expect("a value"))
}

#[test]
fn a_page_passes_over_a_bounded_number_of_ended_entries_and_says_where_to_go_on() {
    let ended = Value { bytes: Vec::new(), ends_ms: Some(NOW) };
    let mut host = Stored((0..2500_u16).map(|key| (key.to_be_bytes().to_vec(), ended.clone())).collect());
    host.0.insert(vec![255, 255], Value::lasting(Vec::new()));
    let overlay = Overlay::new(0);
    let first = page(&mut host, &overlay, b"", None, 1);
    assert_eq!((first.entries.len(), &first.next), (0, &Some(999_u16.to_be_bytes().to_vec())));
    let second = page(&mut host, &overlay, b"", first.next, 1);
    let third = page(&mut host, &overlay, b"", second.next, 1);
    assert_eq!((second.entries.len(), third.entries.len(), third.next), (0, 1, None));
}

#[test]
fn a_write_between_ended_entries_is_not_passed_over_with_them() {
    let ended = Value { bytes: Vec::new(), ends_ms: Some(NOW) };
    let mut host = Stored((0..1500_u16).map(|key| (key.to_be_bytes().to_vec(), ended.clone())).collect());
    let mut overlay = Overlay::new(100);
    overlay.write(500_u16.to_be_bytes().to_vec(), Some(Value::lasting(Vec::new()))).expect("within the limit");
    let found = page(&mut host, &overlay, b"", None, 10);
    assert_eq!(found.entries[0].key, 500_u16.to_be_bytes());
    // The entry that the write hides was passed over, too.
    assert_eq!(found.next, Some(999_u16.to_be_bytes().to_vec()));
}

/// A page of `limit` entries of `host`, under these writes.
fn scanned(host: &mut Stored, overlay: &Overlay, from: Option<Vec<u8>>, direction: Direction) -> super::scan::Scanned {
    let range = Range::new(Vec::new(), from, direction, 1).expect("a valid range");
    futures::executor::block_on(scan(host, overlay, &range, NOW)).expect("the host does not fail")
}

#[test]
fn a_page_passes_over_a_bounded_number_of_entries_that_the_call_removed_and_says_where_to_go_on() {
    let mut overlay = Overlay::new(1 << 20);
    for key in 0..2500_u16 {
        overlay.write(key.to_be_bytes().to_vec(), None).expect("within the limit");
    }
    let last = vec![255, 255];
    let there = overlay.writes.keys().map(|key| (key.clone(), Value::lasting(vec![0; 8])));
    // Whether they were there before or not.
    for mut host in [Stored(there.collect()), Stored(BTreeMap::new())] {
        let bytes = if host.0.is_empty() { 2 } else { 10 };
        host.0.insert(last.clone(), Value::lasting(Vec::new()));
        let first = scanned(&mut host, &overlay, None, Direction::Ascending);
        assert_eq!((first.page.entries.len(), &first.page.next), (0, &Some(999_u16.to_be_bytes().to_vec())));
        assert_eq!((first.entries, first.bytes, first.hidden), (0, 0, (1000, 1000 * bytes)));
        assert_eq!(first.price(costs::KV_SCAN), 1000 * (costs::KV_SCAN.per_item + 2 * bytes as u64));
        let second = scanned(&mut host, &overlay, first.page.next, Direction::Ascending);
        let third = scanned(&mut host, &overlay, second.page.next, Direction::Ascending);
        assert_eq!((second.page.entries.len(), third.page.entries.len(), third.page.next), (0, 1, None));
        let back = scanned(&mut host, &overlay, Some(last.clone()), Direction::Descending);
        assert_eq!((back.page.entries.len(), back.page.next), (0, Some(1500_u16.to_be_bytes().to_vec())));
    }
}

#[test]
fn what_a_call_wrote_anew_or_removed_counts_with_its_committed_bytes_and_ends_a_page() {
    let large = Value::lasting(vec![0; MAX_VALUE / 2]);
    for written in [None, Some(Value::lasting(vec![1]))] {
        let mut host = Stored((0..5).map(|key| (vec![key], large.clone())).collect());
        let mut overlay = Overlay::new(1 << 20);
        for key in 0..4 {
            overlay.write(vec![key], written.clone()).expect("within the limit");
        }
        let range = Range::new(Vec::new(), None, Direction::Ascending, 100).expect("a valid range");
        let first = futures::executor::block_on(scan(&mut host, &overlay, &range, NOW));
        let first = first.expect("the host does not fail");
        assert_eq!((first.hidden, &first.page.next), ((2, 2 + MAX_VALUE), &Some(vec![1])));
        assert_eq!(first.page.entries.len(), if written.is_some() { 2 } else { 0 });
        let found = all(&mut host, &overlay, (&[], Direction::Ascending), 100);
        let keys: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, if written.is_some() { (0..5).map(|key| vec![key]).collect() } else { vec![vec![4]] });
    }
}

#[test]
fn a_page_of_ended_and_removed_entries_ends_though_both_together_step_over_the_bound() {
    let ended = Value { bytes: Vec::new(), ends_ms: Some(NOW) };
    let mut host = Stored((0..1500_u16).map(|key| (key.to_be_bytes().to_vec(), ended.clone())).collect());
    let mut overlay = Overlay::new(1 << 20);
    // The entry that the bound falls on is hidden by a write that is in the page.
    overlay.write(999_u16.to_be_bytes().to_vec(), Some(Value::lasting(Vec::new()))).expect("within the limit");
    let first = scanned(&mut host, &overlay, None, Direction::Ascending);
    assert_eq!((first.page.entries.len(), first.page.next), (1, Some(1000_u16.to_be_bytes().to_vec())));
}

#[test]
fn an_end_that_is_not_after_the_calls_time_is_refused() {
    assert!(matches!(ending(Vec::new(), NOW, NOW), Err(Error::Invalid(_))));
    assert!(ending(Vec::new(), NOW + 1, NOW).is_ok());
}

#[test]
fn writes_that_are_taken_back_leave_what_was_there_before() {
    let mut overlay = Overlay::new(100);
    overlay.write(vec![1], Some(Value::lasting(vec![1]))).expect("within the limit");
    let before = BTreeMap::from([(vec![1], Some(Some(Value::lasting(vec![1])))), (vec![2], None)]);
    overlay.write(vec![1], None).expect("within the limit");
    overlay.write(vec![2], Some(Value::lasting(vec![2]))).expect("within the limit");
    overlay.restore(2, before);
    assert_eq!((overlay.used(), overlay.writes), (2, BTreeMap::from([(vec![1], Some(Value::lasting(vec![1])))])));
}

#[test]
fn a_page_ends_when_its_bytes_do_and_says_where_to_go_on() {
    let value = Value::lasting(vec![0; MAX_VALUE / 2]);
    let mut host = Stored((0..4).map(|key| (vec![key], value.clone())).collect());
    let first = page(&mut host, &Overlay::new(0), b"", None, 100);
    assert_eq!((first.entries.len(), first.next), (2, Some(vec![1])));
}

#[test]
fn a_write_beyond_the_limit_is_refused_and_changes_nothing() {
    let mut overlay = Overlay::new(10);
    let value = |length| Some(Value::lasting(vec![0; length]));
    assert!(overlay.write(vec![1], value(9)).is_ok());
    assert!(matches!(overlay.write(vec![1], value(1)), Err(Error::Limit(_))));
    assert!(matches!(overlay.write(vec![1], None), Err(Error::Limit(_))));
    assert_eq!(overlay.writes, BTreeMap::from([(vec![1], value(9))]));
}

#[test]
fn a_key_beyond_the_most_that_a_call_writes_is_refused_and_one_of_those_is_not() {
    let mut overlay = Overlay::new(u64::MAX);
    for key in 0..MAX_KEYS_WRITTEN as u32 {
        overlay.write(key.to_be_bytes().to_vec(), None).expect("within the limit");
    }
    let used = overlay.used();
    assert!(matches!(overlay.write(b"one more".to_vec(), None), Err(Error::Limit(_))));
    assert_eq!((overlay.used(), overlay.writes.len()), (used, MAX_KEYS_WRITTEN));
    overlay.write(vec![0; 4], Some(Value::lasting(Vec::new()))).expect("its key is one of those");
}

#[test]
fn an_empty_or_oversized_key_and_an_oversized_value_are_refused() {
    let mut overlay = Overlay::new(u64::MAX);
    assert!(matches!(overlay.write(Vec::new(), None), Err(Error::Invalid(_))));
    assert!(matches!(overlay.write(vec![0; MAX_KEY + 1], None), Err(Error::Invalid(_))));
    let value = |length| Some(Value::lasting(vec![0; length]));
    assert!(matches!(overlay.write(vec![0], value(MAX_VALUE + 1)), Err(Error::Invalid(_))));
    assert!(overlay.write(vec![0; MAX_KEY], value(MAX_VALUE)).is_ok());
}

#[test]
fn a_page_of_no_or_too_many_entries_is_refused() {
    for limit in [0, MAX_PAGE_ENTRIES + 1] {
        assert!(Range::new(Vec::new(), None, Direction::Ascending, limit).is_err());
    }
    assert!(Range::new(vec![0; MAX_KEY + 1], None, Direction::Ascending, 1).is_err());
    assert!(Range::new(Vec::new(), Some(vec![0; MAX_KEY + 1]), Direction::Descending, 1).is_err());
}
