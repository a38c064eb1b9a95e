//! Records of commits, the state that is made of them, and requests that are kept.

use adyton_protocol::ids::Digest;

use super::*;

fn keeping() -> StoreOptions {
    StoreOptions { history: true, ..options() }
}

async fn open_keeping(objects: &Arc<dyn ObjectStore>, options: StoreOptions) -> Result<Store, StateError> {
    Store::open(Arc::clone(objects), &root(), terms(Writer::again_under(1)), options).await
}

async fn new_keeping() -> (Arc<dyn ObjectStore>, Store) {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_keeping(&objects, keeping()).await.unwrap();
    (objects, store)
}

/// Three commits: one sets, one lets end, one deletes.
async fn three(store: &Store) -> StateHead {
    put(store, "a", "1").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.set_until(b"b", b"2", 1000).unwrap();
    call.set(b"c", b"3").unwrap();
    commit(store, call).await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.delete(b"a").unwrap();
    call.set(b"c", b"4").unwrap();
    commit(store, call).await.unwrap().after
}

fn replayed(records: &[Bytes], head: &StateHead) -> Result<Vec<(Vec<u8>, Lasting)>, BadHistory> {
    let mut replay = Replay::new(CONTRACT, 1 << 20);
    for record in records {
        replay.apply(record)?;
    }
    replay.finish(head).map(|entries| entries.into_iter().collect())
}

#[tokio::test]
async fn the_records_of_all_commits_make_the_state_that_their_head_is_of() {
    let (objects, store) = new_keeping().await;
    let head = three(&store).await;
    let records = store.history(1, usize::MAX).await.unwrap();
    assert_eq!(records.len(), 3);
    let entries = replayed(&records, &head).unwrap();
    assert_eq!(entries, [(b"b".to_vec(), (b"2".to_vec(), Some(1000))), (b"c".to_vec(), (b"4".to_vec(), None))]);
    store.close().await.unwrap();
    let again = open_keeping(&objects, keeping()).await.unwrap();
    assert_eq!(again.history(1, usize::MAX).await.unwrap(), records);
}

#[tokio::test]
async fn an_altered_missing_or_exchanged_record_leads_to_another_head() {
    let (_, store) = new_keeping().await;
    let head = three(&store).await;
    let records = store.history(1, usize::MAX).await.unwrap();
    let other = Err(BadHistory::OtherHead { sequence: 3 });
    assert_eq!(replayed(&records[..2], &head), other);
    assert_eq!(replayed(&[records[1].clone(), records[0].clone(), records[2].clone()], &head), other);
    let mut altered = records[1].to_vec();
    // The last byte is that of the value `3`.
    let at = altered.iter().rposition(|byte| *byte == b'3').unwrap();
    altered[at] = b'4';
    assert_eq!(replayed(&[records[0].clone(), altered.into(), records[2].clone()], &head), other);
}

#[tokio::test]
async fn what_is_no_record_is_refused_and_more_than_the_store_may_hold_is_not_read() {
    let (_, store) = new_keeping().await;
    three(&store).await;
    let records = store.history(1, usize::MAX).await.unwrap();
    let unreadable = Err(BadHistory::Unreadable { sequence: 1 });
    let mut replay = Replay::new(CONTRACT, 1 << 20);
    assert_eq!(replay.apply(&records[1][1..]), unreadable);
    assert_eq!(replay.apply(&[&records[0][..], &[0]].concat()), unreadable);
    let unordered: Vec<(Vec<u8>, Option<Lasting>)> = vec![(b"b".to_vec(), None), (b"a".to_vec(), None)];
    assert_eq!(replay.apply(&unordered.encode()), unreadable);
    assert_eq!(replay.head(), genesis(&CONTRACT));
    let counted = records[0].len() as u64 + ENTRY_BYTES;
    assert_eq!(Replay::new(CONTRACT, counted - 1).apply(&records[0]), Err(BadHistory::TooLarge));
    assert_eq!(Replay::new(CONTRACT, counted).apply(&records[0]), Ok(()));
}

#[tokio::test]
async fn records_come_in_pages_that_are_bounded_and_never_empty_before_the_end() {
    let (_, store) = new_keeping().await;
    three(&store).await;
    let all = store.history(1, usize::MAX).await.unwrap();
    assert_eq!(store.history(1, 0).await.unwrap(), all[..1]);
    assert_eq!(store.history(2, all[1].len()).await.unwrap(), all[1..2]);
    assert_eq!(store.history(2, all[1].len() + all[2].len()).await.unwrap(), all[1..]);
    assert!(store.history(4, usize::MAX).await.unwrap().is_empty());
    assert!(store.history(0, usize::MAX).await.unwrap().is_empty(), "there is no commit 0");
}

#[tokio::test]
async fn a_store_that_was_begun_without_records_is_not_opened_with_them() {
    let (objects, store) = new_store().await;
    assert!(store.history(1, usize::MAX).await.unwrap().is_empty());
    put(&store, "a", "1").await.unwrap();
    assert!(store.history(1, usize::MAX).await.unwrap().is_empty());
    store.close().await.unwrap();
    let refused = open_keeping(&objects, keeping()).await.err();
    assert!(matches!(refused, Some(StateError::NoHistory { sequence: 1 })), "{refused:?}");
    open_keeping(&objects, options()).await.unwrap();
}

#[tokio::test]
async fn records_count_against_the_quota_and_are_never_freed() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_keeping(&objects, StoreOptions { quota: 300, ..keeping() }).await.unwrap();
    put(&store, "a", "1").await.unwrap();
    let one = store.stored_bytes().await.unwrap();
    let record = store.history(1, usize::MAX).await.unwrap()[0].len() as u64;
    assert_eq!(one, (2 + ENTRY_BYTES) + (record + ENTRY_BYTES));
    let mut call = store.begin().await.unwrap();
    call.delete(b"a").unwrap();
    commit(&store, call).await.unwrap();
    let both: u64 = store.history(1, usize::MAX).await.unwrap().iter().map(|record| record.len() as u64).sum();
    assert_eq!(store.stored_bytes().await.unwrap(), both + 2 * ENTRY_BYTES);
    let mut refused = None;
    for _ in 0..10 {
        refused = put(&store, "a", "1").await.err();
    }
    assert!(matches!(refused, Some(StateError::Quota { quota: 300, .. })), "{refused:?}");
}

fn asked(expires_unix: u64, bytes: &'static [u8]) -> Asked {
    Asked { digest: Digest([bytes[0]; 32]), bytes: Bytes::from_static(bytes), expires_unix }
}

async fn ask(store: &Store, asked: Asked) -> Result<Commit, StateError> {
    let prepared = store.prepare(store.begin().await?).await?;
    store.commit(prepared.keeping(Some(asked)), None).await
}

#[tokio::test]
async fn a_request_is_kept_with_and_without_a_commit_until_its_time_is_over() {
    let (objects, store) = new_keeping().await;
    let (alone, along) = (asked(10, b"alone"), asked(20, b"with a commit"));
    ask(&store, alone.clone()).await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    store.commit(prepared.keeping(Some(along.clone())), None).await.unwrap();
    store.close().await.unwrap();
    let store = open_keeping(&objects, keeping()).await.unwrap();
    assert_eq!(store.asked(&alone.digest).await.unwrap(), Some(alone.clone()));
    assert_eq!(store.asked(&along.digest).await.unwrap(), Some(along.clone()));
    assert_eq!(store.asked(&Digest([0; 32])).await.unwrap(), None);
    assert_eq!(store.forget_asked(10, 100).await.unwrap(), 0);
    assert_eq!(store.forget_asked(11, 100).await.unwrap(), 1);
    assert_eq!(store.asked(&alone.digest).await.unwrap(), None);
    assert_eq!(store.asked(&along.digest).await.unwrap(), Some(along));
    assert_eq!(store.forget_asked(1000, 100).await.unwrap(), 1);
    assert_eq!(store.forget_asked(1000, 100).await.unwrap(), 0);
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_request_that_comes_again_is_kept_for_longer_and_counts_once() {
    let (_, store) = new_keeping().await;
    ask(&store, asked(10, b"again")).await.unwrap();
    let once = store.stored_bytes().await.unwrap();
    assert!(once > 5);
    ask(&store, asked(20, b"again")).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), once);
    assert_eq!(store.forget_asked(15, 100).await.unwrap(), 1);
    assert_eq!(store.asked(&Digest([b'a'; 32])).await.unwrap().map(|asked| asked.expires_unix), Some(20));
    assert_eq!(store.stored_bytes().await.unwrap(), once);
    assert_eq!(store.forget_asked(21, 100).await.unwrap(), 1);
    assert_eq!(store.asked(&Digest([b'a'; 32])).await.unwrap(), None);
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn a_request_for_which_the_store_has_no_room_is_refused_and_commits_nothing() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_keeping(&objects, StoreOptions { quota: 200, ..keeping() }).await.unwrap();
    let large = || Asked { bytes: vec![1; 150].into(), ..asked(10, b"large") };
    assert!(matches!(ask(&store, large()).await, Err(StateError::Quota { quota: 200, .. })));
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let refused = store.commit(prepared.keeping(Some(large())), None).await;
    assert!(matches!(refused, Err(StateError::Quota { quota: 200, .. })), "{refused:?}");
    assert_eq!(store.head().await.unwrap(), genesis(&CONTRACT));
    // Nothing is broken by it.
    put(&store, "a", "1").await.unwrap();
    assert_eq!(store.asked(&large().digest).await.unwrap(), None);
}
