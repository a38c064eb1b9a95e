use super::*;

#[tokio::test]
async fn a_transaction_sees_its_own_writes_and_nobody_else_does_until_it_commits() {
    let (_, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    assert_eq!(call.get(b"a").await.unwrap().unwrap().value, "1");
    assert_eq!(value(&store, "a").await, None);
    commit(&store, call).await.unwrap();
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let (_, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    drop(store.prepare(call).await.unwrap());
    assert_eq!(value(&store, "a").await, None);
    assert_eq!(store.head().await.unwrap(), genesis(&CONTRACT));
    put(&store, "a", "2").await.unwrap();
}

#[tokio::test]
async fn a_transaction_keeps_seeing_the_state_it_began_with() {
    let (_, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    let mut call = store.begin().await.unwrap();
    put(&store, "a", "2").await.unwrap();
    put(&store, "b", "2").await.unwrap();
    assert_eq!(call.get(b"a").await.unwrap().unwrap().value, "1");
    assert_eq!(call.scan(b"", None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_commit_whose_read_key_was_changed_meanwhile_is_a_conflict() {
    let (_, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.get(b"a").await.unwrap();
    call.set(b"b", b"from a").unwrap();
    put(&store, "a", "2").await.unwrap();
    assert!(matches!(store.prepare(call).await, Err(StateError::Conflict)));
    assert_eq!(value(&store, "b").await, None);
}

#[tokio::test]
async fn a_commit_whose_absent_key_was_created_meanwhile_is_a_conflict() {
    let (_, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    assert_eq!(call.get(b"a").await.unwrap(), None);
    call.set(b"b", b"1").unwrap();
    put(&store, "a", "2").await.unwrap();
    assert!(matches!(store.prepare(call).await, Err(StateError::Conflict)));
}

#[tokio::test]
async fn a_key_that_appears_in_a_scanned_range_is_a_conflict_and_one_outside_is_not() {
    let (_, store) = new_store().await;
    for key in ["list/1", "list/3", "list/5"] {
        put(&store, key, "x").await.unwrap();
    }
    let scanned = async |limit| {
        let mut call = store.begin().await.unwrap();
        call.scan(b"list/", None, limit).await.unwrap();
        call.set(b"sum", b"1").unwrap();
        call
    };
    let (all, first_two) = (scanned(10).await, scanned(2).await);
    put(&store, "list/4", "new").await.unwrap();
    put(&store, "other", "new").await.unwrap();
    assert!(matches!(store.prepare(all).await, Err(StateError::Conflict)));
    commit(&store, first_two).await.unwrap();
    let after = scanned(10).await;
    put(&store, "lisu", "new").await.unwrap();
    commit(&store, after).await.unwrap();
}

#[tokio::test]
async fn writes_without_reads_never_conflict_and_the_later_commit_wins() {
    let (_, store) = new_store().await;
    let (mut one, mut two) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    one.set(b"a", b"1").unwrap();
    two.set(b"a", b"2").unwrap();
    commit(&store, two).await.unwrap();
    commit(&store, one).await.unwrap();
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_transaction_without_writes_never_conflicts_and_touches_no_disk() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    put(&store, "a", "1").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.get(b"a").await.unwrap();
    let seen = put(&store, "a", "2").await.unwrap();
    let puts = objects.puts.load(Ordering::SeqCst);
    let done = commit(&store, call).await.unwrap();
    assert_eq!(done.before, done.after);
    assert_eq!(done.after.sequence + 1, seen.sequence);
    assert_eq!(objects.puts.load(Ordering::SeqCst), puts);
}

#[tokio::test]
async fn what_a_transaction_without_writes_saw_is_durable_before_it_is_acknowledged() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let gate = objects.gate.write().await;
    let writer = tokio::spawn({
        let store = store.clone();
        async move { put(&store, "a", "1").await }
    });
    while value(&store, "a").await.is_none() {
        tokio::task::yield_now().await;
    }
    let reader = store.begin().await.unwrap();
    assert_eq!(reader.base().sequence, 1);
    let mut reading = tokio::spawn({
        let store = store.clone();
        async move { commit(&store, reader).await }
    });
    let early = tokio::time::timeout(std::time::Duration::from_millis(50), &mut reading).await;
    assert!(early.is_err(), "acknowledged before the write it saw was durable");
    drop(gate);
    writer.await.unwrap().unwrap();
    assert_eq!(reading.await.unwrap().unwrap().after.sequence, 1);
}

#[tokio::test]
async fn compare_and_swap_sets_only_the_expected_version() {
    let (_, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    let Swap::Done(first) = call.compare_and_swap(b"a", None, b"1").await.unwrap() else { panic!() };
    assert_eq!(call.compare_and_swap(b"a", None, b"2").await.unwrap(), Swap::Differs(Some(first)));
    commit(&store, call).await.unwrap();

    let mut call = store.begin().await.unwrap();
    assert_eq!(call.get(b"a").await.unwrap().unwrap().version, first);
    assert_eq!(call.compare_and_swap(b"a", Some(first + 9), b"2").await.unwrap(), Swap::Differs(Some(first)));
    assert_eq!(call.compare_and_swap(b"b", Some(first), b"2").await.unwrap(), Swap::Differs(None));
    assert!(matches!(call.compare_and_swap(b"a", Some(first), b"2").await.unwrap(), Swap::Done(_)));
}

#[tokio::test]
async fn of_two_swaps_from_one_version_the_second_is_a_conflict() {
    let (_, store) = new_store().await;
    put(&store, "a", "0").await.unwrap();
    let (mut one, mut two) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    let version = one.get(b"a").await.unwrap().unwrap().version;
    assert!(matches!(one.compare_and_swap(b"a", Some(version), b"1").await.unwrap(), Swap::Done(_)));
    assert!(matches!(two.compare_and_swap(b"a", Some(version), b"2").await.unwrap(), Swap::Done(_)));
    commit(&store, one).await.unwrap();
    assert!(matches!(store.prepare(two).await, Err(StateError::Conflict)));
}

#[tokio::test]
async fn no_version_comes_back_after_deletion_or_reopening() {
    let (objects, store) = new_store().await;
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..4 {
        let store = if round == 2 {
            store.close().await.unwrap();
            open(&objects).await
        } else if round > 2 {
            open(&objects).await
        } else {
            store.clone()
        };
        let mut call = store.begin().await.unwrap();
        assert!(seen.insert(call.set(b"a", b"1").unwrap()));
        commit(&store, call).await.unwrap();
        let mut call = store.begin().await.unwrap();
        call.delete(b"a").unwrap();
        commit(&store, call).await.unwrap();
    }
}

#[tokio::test]
async fn a_scan_gives_keys_in_order_with_the_transactions_own_writes_among_them() {
    let (_, store) = new_store().await;
    for key in ["a/1", "a/2", "a/4", "b"] {
        put(&store, key, "stored").await.unwrap();
    }
    let mut call = store.begin().await.unwrap();
    call.set(b"a/3", b"own").unwrap();
    call.set(b"a/1", b"own").unwrap();
    call.delete(b"a/2").unwrap();
    let found = call.scan(b"a/", None, 10).await.unwrap();
    let found: Vec<_> = found.iter().map(|entry| (&entry.key[..], &entry.value[..])).collect();
    assert_eq!(found, [(&b"a/1"[..], &b"own"[..]), (b"a/3", b"own"), (b"a/4", b"stored")]);
    let behind = call.scan(b"a/", Some(b"a/1"), 1).await.unwrap();
    assert_eq!(behind[0].key, "a/3");
    assert!(call.scan(b"a/", Some(b"a/4"), 1).await.unwrap().is_empty());
    assert!(call.scan(b"a/", Some(b"zzz"), 1).await.unwrap().is_empty());
    assert_eq!(call.scan(b"a/", Some(b"A"), 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_contracts_keys_may_be_any_bytes_and_meet_none_of_the_stores_own() {
    let (objects, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    let odd: Vec<Vec<u8>> =
        [layout::META_KEY.to_vec(), layout::PINS_KEY.to_vec(), layout::link_key(1).to_vec(), vec![], vec![255; 5]]
            .into();
    for key in &odd {
        call.set(key, b"mine").unwrap();
    }
    assert_eq!(commit(&store, call).await.unwrap().after.sequence, 1);
    store.close().await.unwrap();
    let store = open(&objects).await;
    let mut call = store.begin().await.unwrap();
    assert_eq!(call.scan(b"", None, 100).await.unwrap().len(), odd.len());
}

#[tokio::test]
async fn a_transaction_above_its_limits_is_refused_before_it_writes() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let limits =
        Limits { key_bytes: 4, value_bytes: 8, write_keys: 2, write_bytes: 20, answer_bytes: 4, ..Limits::default() };
    let options = StoreOptions { limits, ..options() };
    let store = Store::open(objects, &root(), terms(Writer::first_under(1)), options).await.unwrap();
    let mut call = store.begin().await.unwrap();
    let too_large = |result: Result<u64, StateError>| matches!(result, Err(StateError::TooLarge { .. }));
    assert!(too_large(call.set(b"12345", b"")));
    assert!(too_large(call.set(b"1", b"123456789")));
    assert!(matches!(call.get(b"12345").await, Err(StateError::TooLarge { .. })));
    call.set(b"1", b"12345678").unwrap();
    call.set(b"2", b"12345678").unwrap();
    assert!(too_large(call.set(b"3", b"")));
    call.set(b"1", b"").unwrap();
    assert!(matches!(call.delete(b"3"), Err(StateError::TooLarge { .. })));
    let prepared = store.prepare(call).await.unwrap();
    let refused = store.commit(prepared, Some(answer(1, b"12345", 1))).await;
    assert!(matches!(refused, Err(StateError::TooLarge { .. })));
    assert_eq!(store.head().await.unwrap().sequence, 0);
}

#[tokio::test]
async fn a_scan_above_its_limits_gives_fewer_and_can_be_continued() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let limits = Limits { scan_bytes: 25, scan_entries: 4, ..Limits::default() };
    let store = Store::open(objects, &root(), terms(Writer::first_under(1)), StoreOptions { limits, ..options() })
        .await
        .unwrap();
    for key in ["1", "2", "3", "4", "5"] {
        put(&store, key, "123456789").await.unwrap();
    }
    let mut call = store.begin().await.unwrap();
    let (mut after, mut all) = (None::<Bytes>, Vec::new());
    loop {
        let found = call.scan(b"", after.as_deref(), 100).await.unwrap();
        let Some(last) = found.last() else { break };
        assert!(found.len() <= 2);
        after = Some(last.key.clone());
        all.extend(found.into_iter().map(|entry| entry.key));
    }
    assert_eq!(all, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn an_answer_is_kept_with_its_commit_and_a_second_one_is_refused() {
    let (objects, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    store.commit(prepared, Some(answer(1, b"first", 100))).await.unwrap();

    let mut again = store.begin().await.unwrap();
    again.set(b"a", b"2").unwrap();
    let prepared = store.prepare(again).await.unwrap();
    let refused = store.commit(prepared, Some(answer(1, b"second", 100))).await;
    assert!(matches!(refused, Err(StateError::AlreadyAnswered)));
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
    store.close().await.unwrap();

    let store = open(&objects).await;
    assert_eq!(store.answer(RequestId([1; 16])).await.unwrap(), Some(answer(1, b"first", 100)));
    assert_eq!(store.answer(RequestId([2; 16])).await.unwrap(), None);
    assert_eq!(store.head().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn an_answer_without_writes_is_kept_and_moves_no_head() {
    let (objects, store) = new_store().await;
    let call = store.begin().await.unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let done = store.commit(prepared, Some(answer(1, b"read", 100))).await.unwrap();
    assert_eq!(done.after, genesis(&CONTRACT));
    store.close().await.unwrap();
    let store = open(&objects).await;
    assert_eq!(store.answer(RequestId([1; 16])).await.unwrap().unwrap().bytes, "read");
}

#[tokio::test]
async fn ended_answers_are_forgotten_a_bounded_number_at_a_time() {
    let (_, store) = new_store().await;
    for request in 0..10 {
        let call = store.begin().await.unwrap();
        let prepared = store.prepare(call).await.unwrap();
        store.commit(prepared, Some(answer(request, b"x", 100 + u64::from(request)))).await.unwrap();
    }
    assert_eq!(store.forget_answers(100, 4).await.unwrap(), 0);
    assert_eq!(store.forget_answers(106, 4).await.unwrap(), 4);
    assert_eq!(store.forget_answers(106, 4).await.unwrap(), 2);
    assert_eq!(store.forget_answers(106, 4).await.unwrap(), 0);
    for request in 0..10 {
        let kept = store.answer(RequestId([request; 16])).await.unwrap().is_some();
        assert_eq!(kept, request >= 6, "{request}");
    }
    // One that ends before what was swept already is found as well.
    let call = store.begin().await.unwrap();
    let prepared = store.prepare(call).await.unwrap();
    store.commit(prepared, Some(answer(50, b"x", 3))).await.unwrap();
    assert_eq!(store.forget_answers(106, 4).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_concurrent_increments_lose_none_and_share_flushes() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let before = objects.puts.load(Ordering::SeqCst);
    let workers: Vec<_> = (0..32)
        .map(|worker| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    loop {
                        let mut call = store.begin().await.unwrap();
                        let count = call
                            .get(b"count")
                            .await
                            .unwrap()
                            .map_or(0, |entry| entry.value[0] as u32 * 256 + entry.value[1] as u32);
                        call.set(b"count", &((count + 1) as u16).to_be_bytes()).unwrap();
                        call.set(format!("own/{worker}").as_bytes(), b"x").unwrap();
                        match commit(&store, call).await {
                            Ok(_) => break,
                            Err(StateError::Conflict) => continue,
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let count = store.begin().await.unwrap().get(b"count").await.unwrap().unwrap().value;
    assert_eq!(count, 640_u16.to_be_bytes()[..]);
    assert_eq!(store.head().await.unwrap().sequence, 640);
    assert!(objects.puts.load(Ordering::SeqCst) - before <= 640 + 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_come_while_a_flush_is_under_way_share_the_next_one() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let before = objects.puts.load(Ordering::SeqCst);
    let gate = objects.gate.write().await;
    let calls: Vec<_> = (0..50)
        .map(|at| {
            let store = store.clone();
            tokio::spawn(async move { put(&store, &format!("{at}"), "x").await.unwrap() })
        })
        .collect();
    while store.begin().await.unwrap().base().sequence < 50 {
        tokio::task::yield_now().await;
    }
    drop(gate);
    for call in calls {
        call.await.unwrap();
    }
    assert!(objects.puts.load(Ordering::SeqCst) - before <= 4);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_a_whole_commit() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let gate = objects.gate.write().await;
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let gone =
        tokio::time::timeout(std::time::Duration::from_millis(20), store.commit(prepared, Some(answer(1, b"x", 1))))
            .await;
    assert!(gone.is_err());
    drop(gate);
    let next = put(&store, "b", "2").await.unwrap();
    assert_eq!(next.sequence, 2);
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
    assert!(store.answer(RequestId([1; 16])).await.unwrap().is_some());
}

/// A commit that is seen and not durable yet, because nothing reaches the disk while the gate is closed.
async fn on_its_way(store: &Store) -> tokio::task::JoinHandle<Result<Commit, StateError>> {
    let turns = Arc::new(tokio::sync::Mutex::new(()));
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    let turn = Arc::clone(&turns).lock_owned().await;
    let prepared = store.prepare(call).await.unwrap().until_visible(turn);
    assert!(turns.try_lock().is_err(), "let go before it is committed");
    let committing = tokio::spawn({
        let store = store.clone();
        async move { store.commit(prepared, None).await }
    });
    let _next = turns.lock().await;
    committing
}

#[tokio::test]
async fn who_waits_for_a_commits_turn_goes_on_when_it_is_seen_and_before_it_is_durable() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let gate = objects.gate.write().await;
    let committing = on_its_way(&store).await;
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
    assert_eq!(store.begin().await.unwrap().base().sequence, 1);
    assert!(!committing.is_finished(), "acknowledged before it was durable");
    drop(gate);
    assert_eq!(committing.await.unwrap().unwrap().after.sequence, 1);
}

#[tokio::test]
async fn calls_that_change_one_key_one_after_the_other_share_a_flush() {
    const CALLS: usize = 20;
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    put(&store, "count", "0").await.unwrap();
    let before = objects.puts.load(Ordering::SeqCst);
    let gate = objects.gate.write().await;
    let turns = Arc::new(tokio::sync::Mutex::new(()));
    let mut committing = Vec::new();
    for _ in 0..CALLS {
        let turn = Arc::clone(&turns).lock_owned().await;
        let mut call = store.begin().await.unwrap();
        let count = String::from_utf8(call.get(b"count").await.unwrap().unwrap().value.to_vec()).unwrap();
        call.set(b"count", (count.parse::<usize>().unwrap() + 1).to_string().as_bytes()).unwrap();
        let prepared = store.prepare(call).await.unwrap().until_visible(turn);
        let store = store.clone();
        committing.push(tokio::spawn(async move { store.commit(prepared, None).await }));
    }
    drop(turns.lock().await);
    drop(gate);
    for commit in committing {
        commit.await.unwrap().unwrap();
    }
    assert_eq!(value(&store, "count").await, Some(CALLS.to_string()));
    let puts = objects.puts.load(Ordering::SeqCst) - before;
    assert!(puts < CALLS / 2, "{puts} puts for {CALLS} commits");
}

#[tokio::test]
async fn a_turn_is_let_go_when_the_commit_is_dropped_refused_or_has_nothing_to_write() {
    let (_, store) = new_store().await;
    let turns = Arc::new(tokio::sync::Mutex::new(()));
    let prepared = async |key: Option<&[u8]>| {
        let mut call = store.begin().await.unwrap();
        if let Some(key) = key {
            call.set(key, b"1").unwrap();
        }
        let turn = Arc::clone(&turns).try_lock_owned().unwrap();
        store.prepare(call).await.unwrap().until_visible(turn)
    };
    drop(prepared(Some(&b"a"[..])).await);
    store.commit(prepared(None).await, None).await.unwrap();
    store.commit(prepared(Some(&b"a"[..])).await, Some(answer(1, b"first", 100))).await.unwrap();
    let second = store.commit(prepared(Some(&b"a"[..])).await, Some(answer(1, b"second", 100))).await;
    assert!(matches!(second, Err(StateError::AlreadyAnswered)));
    drop(turns.try_lock().unwrap());
}

#[tokio::test]
async fn a_commit_that_is_on_its_way_when_the_store_is_closed_is_acknowledged() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let gate = objects.gate.write().await;
    let committing = on_its_way(&store).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    tokio::task::yield_now().await;
    drop(gate);
    assert_eq!(committing.await.unwrap().unwrap().after.sequence, 1);
    closing.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_begins_on_the_head_of_the_state_that_it_sees_while_others_commit() {
    let (_, store) = new_store().await;
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for sequence in 1..=200u64 {
                assert_eq!(put(&store, "sequence", &sequence.to_string()).await.unwrap().sequence, sequence);
            }
        }
    });
    let mut seen = 0;
    while seen < 200 {
        let mut call = store.begin().await.unwrap();
        let stored = call.get(b"sequence").await.unwrap();
        seen = stored.map_or(0, |entry| String::from_utf8(entry.value.to_vec()).unwrap().parse().unwrap());
        assert_eq!(call.base().sequence, seen);
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn what_is_written_beside_commits_leaves_the_head_with_which_a_transaction_begins() {
    let (objects, store) = new_store().await;
    let head = put(&store, "a", "1").await.unwrap();
    let begins_there = async |store: &Store| assert_eq!(store.begin().await.unwrap().base(), head);
    begins_there(&store).await;
    let read_only = store.prepare(store.begin().await.unwrap()).await.unwrap();
    store.commit(read_only, Some(answer(1, b"read", 100))).await.unwrap();
    begins_there(&store).await;
    store.pin(head).await.unwrap();
    begins_there(&store).await;
    assert_eq!(store.forget_answers(101, 10).await.unwrap(), 1);
    begins_there(&store).await;
    store.close().await.unwrap();
    begins_there(&open(&objects).await).await;
}

#[tokio::test]
async fn a_descending_scan_sees_its_own_state_across_tables() {
    use slatedb::config::{FlushOptions, FlushType};
    let (objects, store) = new_store().await;
    let table = async || {
        store.inner.db.flush_with_options(FlushOptions { flush_type: FlushType::MemTable }).await.unwrap();
    };
    let all = async |call: &mut Transaction, limit: usize| {
        let (mut found, mut before) = (Vec::new(), None::<Bytes>);
        loop {
            let some = call.scan_back(b"k", before.as_deref(), limit).await.unwrap();
            let Some(last) = some.last() else { return found };
            before = Some(last.key.clone());
            found.extend(some.into_iter().map(|entry| [&entry.key[..], b"=", &entry.value].concat()));
        }
    };
    // Each key has versions in several tables; some are deleted in a later one, and set again in a still later one.
    for key in ["j", "k1", "k2", "k3", "k4", "l"] {
        put(&store, key, "1").await.unwrap();
    }
    table().await;
    put(&store, "k2", "2").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.delete(b"k3").unwrap();
    call.delete(b"k4").unwrap();
    commit(&store, call).await.unwrap();
    table().await;
    let mut held = store.begin().await.unwrap();
    put(&store, "k4", "3").await.unwrap();
    put(&store, "k2", "3").await.unwrap();
    table().await;
    put(&store, "k5", "4").await.unwrap();
    let mut call = store.begin().await.unwrap();
    call.delete(b"k1").unwrap();
    commit(&store, call).await.unwrap();
    for limit in [1, 2, 10] {
        assert_eq!(all(&mut held, limit).await, [b"k2=2", b"k1=1"], "limit {limit}");
        let now = all(&mut store.begin().await.unwrap(), limit).await;
        assert_eq!(now, [b"k5=4", b"k4=3", b"k2=3"], "limit {limit}");
    }
    drop(held);
    store.close().await.unwrap();
    let store = open(&objects).await;
    assert_eq!(all(&mut store.begin().await.unwrap(), 2).await, [b"k5=4", b"k4=3", b"k2=3"]);
}
