//! The merge of committed entries and a call's writes, against a model.

use super::*;
use crate::capability::crypto::Scheme;
use async_trait::async_trait;
use zeroize::Zeroizing;

struct Stored(BTreeMap<Vec<u8>, Vec<u8>>);

#[async_trait]
impl Host for Stored {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, HostFailure> {
        Ok(self.0.get(key).cloned())
    }

    async fn kv_scan(
        &mut self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<crate::Entry>, HostFailure> {
        let wanted = |key: &[u8]| key.starts_with(prefix) && after.is_none_or(|after| key > after);
        Ok(self.0.iter().filter(|(key, _)| wanted(key)).take(limit).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    async fn secret(&mut self, _name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, HostFailure> {
        Ok(None)
    }

    async fn named_key(&mut self, _scheme: Scheme, _name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        Err(HostFailure::new("test", "no keys"))
    }

    fn random(&mut self, _buffer: &mut [u8]) -> Result<(), HostFailure> {
        Err(HostFailure::new("test", "no randomness"))
    }
}

fn page(host: &mut Stored, overlay: &Overlay, prefix: &[u8], after: Option<Vec<u8>>, limit: u32) -> Page {
    let range = Range::new(prefix.to_vec(), after, limit).expect("a valid range");
    futures::executor::block_on(scan(host, overlay, &range)).expect("the host does not fail")
}

fn all(host: &mut Stored, overlay: &Overlay, prefix: &[u8], limit: u32) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (mut out, mut after) = (Vec::new(), None);
    loop {
        let page = page(host, overlay, prefix, after, limit);
        assert!(page.entries.len() <= limit as usize);
        out.extend(page.entries.into_iter().map(|entry| (entry.key, entry.value)));
        match page.next {
            Some(next) => after = Some(next),
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
        for _ in 0..next() % 12 {
            host.0.insert(vec![next() % 2, next() % 8], vec![next()]);
        }
        let mut expected = host.0.clone();
        for _ in 0..next() % 12 {
            let (key, value) = (vec![next() % 2, next() % 8], (next() % 3 > 0).then(|| vec![next()]));
            match &value {
                Some(value) => expected.insert(key.clone(), value.clone()),
                None => expected.remove(&key),
            };
            overlay.write(key, value).expect("within the limit");
        }
        for prefix in [&[][..], &[0], &[1], &[1, 3]] {
            let model: Vec<_> = expected.clone().into_iter().filter(|(key, _)| key.starts_with(prefix)).collect();
            for limit in [1, 2, 3, 100] {
                assert_eq!(all(&mut host, &overlay, prefix, limit), model, "round {round}, limit {limit}");
            }
        }
    }
}

#[test]
fn a_page_ends_when_its_bytes_do_and_says_where_to_go_on() {
    let mut host = Stored((0..4).map(|key| (vec![key], vec![0; MAX_VALUE / 2])).collect());
    let first = page(&mut host, &Overlay::new(0), b"", None, 100);
    assert_eq!((first.entries.len(), first.next), (2, Some(vec![1])));
}

#[test]
fn a_write_beyond_the_limit_is_refused_and_changes_nothing() {
    let mut overlay = Overlay::new(10);
    assert!(overlay.write(vec![1], Some(vec![0; 9])).is_ok());
    assert!(matches!(overlay.write(vec![1], Some(vec![1])), Err(Error::Limit(_))));
    assert!(matches!(overlay.write(vec![1], None), Err(Error::Limit(_))));
    assert_eq!(overlay.writes, BTreeMap::from([(vec![1], Some(vec![0; 9]))]));
}

#[test]
fn an_empty_or_oversized_key_and_an_oversized_value_are_refused() {
    let mut overlay = Overlay::new(u64::MAX);
    assert!(matches!(overlay.write(Vec::new(), None), Err(Error::Invalid(_))));
    assert!(matches!(overlay.write(vec![0; MAX_KEY + 1], None), Err(Error::Invalid(_))));
    assert!(matches!(overlay.write(vec![0], Some(vec![0; MAX_VALUE + 1])), Err(Error::Invalid(_))));
    assert!(overlay.write(vec![0; MAX_KEY], Some(vec![0; MAX_VALUE])).is_ok());
}

#[test]
fn a_page_of_no_or_too_many_entries_is_refused() {
    for limit in [0, MAX_PAGE_ENTRIES + 1] {
        assert!(Range::new(Vec::new(), None, limit).is_err());
    }
    assert!(Range::new(vec![0; MAX_KEY + 1], None, 1).is_err());
}
