use super::*;

/// What an entry counts for.
fn size(key: &str, value: &str) -> u64 {
    (key.len() + value.len()) as u64 + ENTRY_BYTES
}

/// What one counts for that ends.
fn size_ending(key: &str, value: &str) -> u64 {
    size(key, value) + (9 + key.len()) as u64
}

async fn open_with_quota(objects: &Arc<dyn ObjectStore>, quota: u64) -> Store {
    let options = StoreOptions { quota, ..options() };
    Store::open(Arc::clone(objects), &root(), terms(Writer::again_under(1)), options).await.unwrap()
}

async fn open_with_replaced_bytes(objects: &Arc<dyn ObjectStore>, replaced_bytes: usize) -> Store {
    let options = StoreOptions { limits: Limits { replaced_bytes, ..Limits::default() }, ..options() };
    Store::open(Arc::clone(objects), &root(), terms(Writer::again_under(1)), options).await.unwrap()
}

async fn delete(store: &Store, key: &str) -> Result<(), StateError> {
    let mut call = store.begin().await?;
    call.delete(key.as_bytes())?;
    commit(store, call).await.map(drop)
}

#[tokio::test]
async fn the_sum_follows_what_is_set_replaced_and_deleted_and_survives_a_restart() {
    let (objects, store) = new_store().await;
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
    put(&store, "a", "123").await.unwrap();
    put(&store, "bb", "").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "123") + size("bb", ""));
    put(&store, "a", "1").await.unwrap();
    delete(&store, "never there").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "1") + size("bb", ""));
    store.close().await.unwrap();
    let store = open(&objects).await;
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "1") + size("bb", ""));
    delete(&store, "a").await.unwrap();
    delete(&store, "bb").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_that_one_call_reads_writes_and_deletes_counts_once() {
    let (_, store) = new_store().await;
    put(&store, "a", "123").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.get(b"a").await.unwrap();
    call.set(b"a", b"a longer value").unwrap();
    call.set(b"a", b"12").unwrap();
    call.set(b"b", b"gone again").unwrap();
    call.delete(b"b").unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "12"));
}

#[tokio::test]
async fn what_would_make_the_state_larger_than_it_may_be_is_refused_and_changes_nothing() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let quota = size("a", "1234") + size("b", "1");
    let store = open_with_quota(&objects, quota).await;
    put(&store, "a", "1234").await.unwrap();
    let head = put(&store, "b", "1").await.unwrap();
    let refused = put(&store, "b", "12").await;
    assert!(
        matches!(refused, Err(StateError::Quota { stored, quota: limit }) if stored == quota + 1 && limit == quota)
    );
    assert!(matches!(put(&store, "c", "").await, Err(StateError::Quota { .. })));
    assert_eq!((store.head().await.unwrap(), store.stored_bytes().await.unwrap()), (head, quota));
    assert_eq!(value(&store, "b").await.as_deref(), Some("1"));
    // What takes no more than there is goes on, and a deletion makes room.
    put(&store, "b", "2").await.unwrap();
    delete(&store, "a").await.unwrap();
    put(&store, "c", "123").await.unwrap();
}

#[tokio::test]
async fn what_may_go_beyond_a_full_quota_is_committed_and_counts() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_quota(&objects, size("a", "1234")).await;
    put(&store, "a", "1234").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.set(b"b", b"12").unwrap();
    call.beyond_quota();
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "1234") + size("b", "12"));
    assert!(matches!(put(&store, "b", "123").await, Err(StateError::Quota { .. })), "the next one may not");
    put(&store, "b", "21").await.unwrap();
}

#[tokio::test]
async fn one_call_may_take_as_much_as_it_gives_back() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_quota(&objects, size("a", "1234")).await;
    put(&store, "a", "1234").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.delete(b"a").unwrap();
    call.set(b"b", b"4321").unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("b", "4321"));
}

#[tokio::test]
async fn a_state_that_is_larger_than_a_lowered_quota_can_be_kept_and_made_smaller_and_not_larger() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1234").await.unwrap();
    put(&store, "b", "1234").await.unwrap();
    store.close().await.unwrap();
    let store = open_with_quota(&objects, 1).await;
    put(&store, "a", "4321").await.unwrap();
    put(&store, "a", "1").await.unwrap();
    assert!(matches!(put(&store, "a", "12").await, Err(StateError::Quota { .. })));
    delete(&store, "b").await.unwrap();
    delete(&store, "a").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn an_entry_that_has_ended_counts_until_it_is_removed() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_quota(&objects, size_ending("a", "1234")).await;
    let mut call = store.begin().await.unwrap();
    call.set_until(b"a", b"1234", 10).unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size_ending("a", "1234"));
    assert!(matches!(put(&store, "b", "").await, Err(StateError::Quota { .. })));
    let prepared = store.prepare_removal(10, 5).await.unwrap().unwrap();
    store.commit(prepared, None).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
    put(&store, "b", "").await.unwrap();
}

#[tokio::test]
async fn of_two_calls_that_write_a_key_without_reading_it_the_later_one_replaces_what_the_first_one_left() {
    let (_, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    let (mut one, mut other) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    one.set(b"a", b"12345678").unwrap();
    one.set_until(b"b", b"1", 10).unwrap();
    other.set(b"a", b"12").unwrap();
    other.delete(b"b").unwrap();
    commit(&store, one).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "12345678") + size_ending("b", "1"));
    commit(&store, other).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "12"));
    assert_eq!(store.inner.order.lock().await.meta.ending, 0);
}

#[tokio::test]
async fn an_older_copy_has_the_sum_of_its_own_commit() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    store.close().await.unwrap();
    let old = copy_of(&objects).await;
    let store = open(&objects).await;
    put(&store, "b", "22").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "1") + size("b", "22"));
    assert_eq!(open(&old).await.stored_bytes().await.unwrap(), size("a", "1"));
}

#[tokio::test]
async fn a_prepared_commit_that_is_given_up_or_refused_leaves_the_sum() {
    let (_, store) = new_store().await;
    let prepared = store.prepare(store.begin().await.unwrap()).await.unwrap();
    store.commit(prepared, Some(answer(1, b"first", 100))).await.unwrap();
    for retried in [false, true] {
        let mut call = store.begin().await.unwrap();
        call.set(b"a", b"1").unwrap();
        let prepared = store.prepare(call).await.unwrap();
        if retried {
            let refused = store.commit(prepared, Some(answer(1, b"second", 100))).await;
            assert!(matches!(refused, Err(StateError::AlreadyAnswered)));
        }
        assert_eq!(store.stored_bytes().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_commit_that_gives_back_more_than_was_counted_is_refused() {
    let (_, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    store.inner.order.lock().await.meta.stored = 1;
    let refused = delete(&store, "a").await;
    assert!(matches!(refused, Err(StateError::Unreadable { what: "count of stored bytes" })), "{refused:?}");
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn an_entry_that_ends_counts_with_its_key_in_the_order_of_ends_for_as_long_as_it_ends() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_quota(&objects, size_ending("a long key", "1")).await;
    let mut call = store.begin().await.unwrap();
    call.set_until(b"a long key", b"12", 10).unwrap();
    assert!(matches!(commit(&store, call).await, Err(StateError::Quota { .. })));
    let mut call = store.begin().await.unwrap();
    call.set_until(b"a long key", b"1", 10).unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size_ending("a long key", "1"));
    put(&store, "a long key", "1").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a long key", "1"));
}

#[tokio::test]
async fn what_many_later_commits_left_of_a_key_is_what_a_call_replaces_that_did_not_read_it() {
    let (_, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"12").unwrap();
    for value in ["123", "1234", "12345"] {
        put(&store, "a", value).await.unwrap();
        put(&store, "b", value).await.unwrap();
    }
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "12") + size("b", "12345"));
}

#[tokio::test]
async fn a_call_that_replaces_more_bytes_than_it_may_without_having_read_them_is_refused_and_changes_nothing() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_replaced_bytes(&objects, 8).await;
    put(&store, "a", "12345678").await.unwrap();
    let head = put(&store, "b", "1").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.delete(b"a").unwrap();
    call.set(b"b", b"2").unwrap();
    let refused = commit(&store, call).await;
    let too_large = matches!(
        refused,
        Err(StateError::TooLarge { what: "the size of all values replaced in bytes", size: 9, limit: 8 })
    );
    assert!(too_large, "{refused:?}");
    assert_eq!((store.head().await.unwrap(), value(&store, "b").await.as_deref()), (head, Some("1")));
    // In several calls it goes.
    delete(&store, "a").await.unwrap();
    delete(&store, "b").await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn a_call_may_replace_and_delete_whatever_it_has_read() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_replaced_bytes(&objects, 0).await;
    for way in ["get", "scan", "scan_back"] {
        put(&store, "a", "1234").await.unwrap();
        put(&store, "b", "1").await.unwrap();
        let mut call = store.begin().await.unwrap();
        call.set(b"a", b"12").unwrap();
        let refused = commit(&store, call).await;
        assert!(matches!(refused, Err(StateError::TooLarge { size: 4, limit: 0, .. })), "{refused:?}");
        let mut call = store.begin().await.unwrap();
        let read = match way {
            "get" => [call.get(b"a").await.unwrap(), call.get(b"b").await.unwrap()].into_iter().flatten().count(),
            "scan" => call.scan(b"", None, 10).await.unwrap().len(),
            _ => call.scan_back(b"", None, 10).await.unwrap().len(),
        };
        assert_eq!(read, 2);
        call.delete(b"a").unwrap();
        call.delete(b"b").unwrap();
        commit(&store, call).await.unwrap();
        assert_eq!(store.stored_bytes().await.unwrap(), 0, "{way}");
    }
}

#[tokio::test]
async fn a_scan_that_gives_what_the_call_wrote_itself_tells_nothing_of_what_that_replaces() {
    let (_, store) = new_store().await;
    put(&store, "a", "1234").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"12").unwrap();
    assert_eq!(call.scan(b"", None, 10).await.unwrap()[0].value, "12");
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), size("a", "12"));
}

#[tokio::test]
async fn ended_entries_are_removed_whatever_a_call_may_replace() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_replaced_bytes(&objects, 0).await;
    let mut call = store.begin().await.unwrap();
    call.set_until(b"a", b"1234", 10).unwrap();
    commit(&store, call).await.unwrap();
    let prepared = store.prepare_removal(10, 5).await.unwrap().unwrap();
    store.commit(prepared, None).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn a_call_that_was_overtaken_is_refused_for_that_before_what_it_replaces_is_read() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_replaced_bytes(&objects, 0).await;
    put(&store, "a", "1234").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.get(b"b").await.unwrap();
    call.delete(b"a").unwrap();
    put(&store, "b", "1").await.unwrap();
    // Were it measured first, it would be refused for its size.
    assert!(matches!(commit(&store, call).await, Err(StateError::Conflict)));
}

#[tokio::test]
async fn a_deletion_of_what_is_known_reads_nothing_and_counts_as_any_other() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open_with_replaced_bytes(&objects, 3).await;
    put(&store, "a", "1234").await.unwrap();
    put(&store, "b", "1").await.unwrap();
    assert!(matches!(delete(&store, "a").await, Err(StateError::TooLarge { .. })));
    let mut call = store.begin().await.unwrap();
    call.delete_known(b"a", 4).unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(value(&store, "a").await, None);
    assert_eq!(store.stored_bytes().await.unwrap(), size("b", "1"));
}

#[tokio::test]
async fn what_was_read_of_an_entry_counts_and_not_what_is_said_to_be_known_of_it() {
    let (_, store) = new_store().await;
    put(&store, "a", "1234").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.get(b"a").await.unwrap();
    call.delete_known(b"a", 1).unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(store.stored_bytes().await.unwrap(), 0);
}

#[tokio::test]
async fn a_deletion_of_what_is_known_is_overtaken_where_what_told_of_it_has_changed() {
    let (_, store) = new_store().await;
    put(&store, "record", "4").await.unwrap();
    put(&store, "a", "1234").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.get(b"record").await.unwrap();
    call.delete_known(b"a", 4).unwrap();
    let mut other = store.begin().await.unwrap();
    other.set(b"record", b"2").unwrap();
    other.set(b"a", b"12").unwrap();
    commit(&store, other).await.unwrap();
    assert!(matches!(commit(&store, call).await, Err(StateError::Conflict)));
    assert_eq!(store.stored_bytes().await.unwrap(), size("record", "2") + size("a", "12"));
}
