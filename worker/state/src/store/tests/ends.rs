use super::*;

async fn put_until(store: &Store, key: &str, ends_ms: u64) {
    let mut call = store.begin().await.unwrap();
    call.set_until(key.as_bytes(), b"x", ends_ms).unwrap();
    commit(store, call).await.unwrap();
}

/// Removes what ended by `now`, in one commit; gives how far the head moved.
async fn remove(store: &Store, now: u64, limit: usize) -> u64 {
    let Some(prepared) = store.prepare_removal(now, limit).await.unwrap() else { return 0 };
    let done = store.commit(prepared, None).await.unwrap();
    done.after.sequence - done.before.sequence
}

async fn keys(store: &Store) -> Vec<String> {
    let found = store.begin().await.unwrap().scan(b"", None, 100).await.unwrap();
    found.into_iter().map(|entry| String::from_utf8(entry.key.to_vec()).unwrap()).collect()
}

#[tokio::test]
async fn an_entry_keeps_its_end_until_it_is_written_without_one() {
    let (objects, store) = new_store().await;
    put_until(&store, "a", 50).await;
    store.close().await.unwrap();
    let store = open(&objects).await;
    let end = async || store.begin().await.unwrap().get(b"a").await.unwrap().unwrap().ends_ms;
    assert_eq!(end().await, Some(50));
    put(&store, "a", "y").await.unwrap();
    assert_eq!(end().await, None);
    assert_eq!(remove(&store, u64::MAX, 10).await, 0, "it does not end any more");
    assert_eq!(keys(&store).await, ["a"]);
}

#[tokio::test]
async fn ended_entries_are_removed_in_commits_of_a_bounded_size_the_earliest_first() {
    let (objects, store) = new_store().await;
    for (key, end) in [("d", 10), ("c", 20), ("b", 30), ("a", 40)] {
        put_until(&store, key, end).await;
    }
    put(&store, "e", "stays").await.unwrap();
    assert_eq!(remove(&store, 9, 2).await, 0);
    assert_eq!(remove(&store, 30, 2).await, 1);
    assert_eq!(keys(&store).await, ["a", "b", "e"]);
    assert_eq!(remove(&store, 30, 2).await, 1);
    assert_eq!(remove(&store, 30, 2).await, 0);
    assert_eq!(keys(&store).await, ["a", "e"]);
    // One that ends before what was swept already is found as well.
    put_until(&store, "f", 5).await;
    assert_eq!(remove(&store, 30, 2).await, 1);
    let head = store.head().await.unwrap();
    store.close().await.unwrap();
    let store = open(&objects).await;
    assert_eq!((store.head().await.unwrap(), keys(&store).await), (head, vec!["a".into(), "e".into()]));
    assert_eq!(remove(&store, 40, 2).await, 1);
}

#[tokio::test]
async fn a_removal_that_is_given_up_removes_nothing_and_is_found_again() {
    let (_, store) = new_store().await;
    put_until(&store, "a", 10).await;
    drop(store.prepare_removal(10, 5).await.unwrap().unwrap());
    assert_eq!(keys(&store).await, ["a"]);
    assert_eq!(remove(&store, 10, 5).await, 1);
    assert!(keys(&store).await.is_empty());
}

#[tokio::test]
async fn a_call_that_read_an_entry_which_was_removed_meanwhile_is_a_conflict() {
    let (_, store) = new_store().await;
    put_until(&store, "a", 10).await;
    let mut call = store.begin().await.unwrap();
    call.get(b"a").await.unwrap();
    call.set(b"b", b"from a").unwrap();
    assert_eq!(remove(&store, 10, 5).await, 1);
    assert!(matches!(store.prepare(call).await, Err(StateError::Conflict)));
}

#[tokio::test]
async fn an_entry_that_was_set_anew_with_a_later_end_is_not_removed_at_its_first() {
    let (_, store) = new_store().await;
    put_until(&store, "a", 10).await;
    put_until(&store, "a", 20).await;
    assert_eq!(remove(&store, 19, 5).await, 0);
    assert_eq!(remove(&store, 20, 5).await, 1);
}

#[tokio::test]
async fn a_store_of_another_layout_is_refused_and_not_taken_for_an_empty_one() {
    let (objects, store) = new_store().await;
    let mut batch = WriteBatch::new();
    let [space, kind, version] = layout::META_KEY;
    batch.delete(layout::META_KEY);
    batch.put([space, kind, version - 1], b"of another form");
    store.inner.db.write(batch).await.unwrap();
    store.inner.db.flush().await.unwrap();
    store.close().await.unwrap();
    let refused = open_with(&objects, terms(Writer::again_under(1))).await.map(drop);
    assert!(matches!(refused, Err(StateError::OtherLayout { found }) if found == version - 1), "{refused:?}");
}

#[tokio::test]
async fn a_store_that_another_version_wrote_too_is_refused() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    let [space, kind, version] = layout::META_KEY;
    put_raw(&store, &[space, kind, version + 1], b"of another form").await;
    store.close().await.unwrap();
    let refused = open_with(&objects, terms(Writer::again_under(1))).await.map(drop);
    assert!(matches!(refused, Err(StateError::OtherLayout { found }) if found == version + 1), "{refused:?}");
}

/// Writes past the store, as only a program that is not this one would.
async fn put_raw(store: &Store, key: &[u8], value: &[u8]) {
    let mut batch = WriteBatch::new();
    batch.put(key, value);
    store.inner.db.write(batch).await.unwrap();
    store.inner.db.flush().await.unwrap();
}

#[tokio::test]
async fn an_end_that_is_not_its_entrys_removes_nothing() {
    for other in [None, Some(11)] {
        let (_, store) = new_store().await;
        put_until(&store, "counted", 50).await;
        let mut call = store.begin().await.unwrap();
        match other {
            None => call.set(b"a", b"1").unwrap(),
            Some(end) => call.set_until(b"a", b"1", end).unwrap(),
        };
        commit(&store, call).await.unwrap();
        put_raw(&store, &layout::end_key(10, b"a"), b"").await;
        let refused = store.prepare_removal(10, 5).await.map(drop);
        assert!(matches!(refused, Err(StateError::Unreadable { what: "entry's end" })), "{refused:?}");
        assert_eq!(keys(&store).await, ["a", "counted"]);
    }
}

#[tokio::test]
async fn more_ends_than_were_counted_are_refused() {
    let (_, store) = new_store().await;
    put_until(&store, "a", 10).await;
    put_until(&store, "b", 10).await;
    store.inner.order.lock().await.meta.ending = 1;
    let prepared = store.prepare_removal(10, 5).await.unwrap().unwrap();
    let refused = store.commit(prepared, None).await;
    assert!(matches!(refused, Err(StateError::Unreadable { what: "count of ends" })), "{refused:?}");
    assert_eq!(keys(&store).await, ["a", "b"]);
}

#[tokio::test]
async fn a_commit_that_is_refused_leaves_the_count_of_ends_and_where_they_begin() {
    let (_, store) = new_store().await;
    put_until(&store, "a", 50).await;
    let counted = async || {
        let order = store.inner.order.lock().await;
        (order.meta, order.ends_from)
    };
    let prepared = store.prepare(store.begin().await.unwrap()).await.unwrap();
    store.commit(prepared, Some(answer(1, b"first", 100))).await.unwrap();
    // So that an earlier end would move it.
    assert_eq!(remove(&store, 49, 5).await, 0);
    let before = counted().await;
    assert_eq!((before.0.ending, before.1), (1, 50));
    let mut call = store.begin().await.unwrap();
    call.set_until(b"b", b"x", 20).unwrap();
    call.delete(b"a").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let refused = store.commit(prepared, Some(answer(1, b"second", 100))).await;
    assert!(matches!(refused, Err(StateError::AlreadyAnswered)));
    assert_eq!(counted().await, before);
    assert_eq!(keys(&store).await, ["a"]);
}

#[tokio::test]
async fn of_several_writes_to_a_key_in_one_call_only_the_last_one_has_an_end() {
    let (_, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    for key in [&b"deleted"[..], b"lasting", b"ending"] {
        call.set_until(key, b"first", 10).unwrap();
    }
    call.delete(b"deleted").unwrap();
    call.set(b"lasting", b"x").unwrap();
    call.set_until(b"ending", b"x", 20).unwrap();
    commit(&store, call).await.unwrap();
    assert_eq!(store.inner.order.lock().await.meta.ending, 1);
    assert_eq!(keys(&store).await, ["ending", "lasting"]);
    assert_eq!(remove(&store, 19, 5).await, 0);
    assert_eq!(remove(&store, 20, 5).await, 1);
    assert_eq!(keys(&store).await, ["lasting"]);
    assert_eq!(store.inner.order.lock().await.meta.ending, 0);
}
