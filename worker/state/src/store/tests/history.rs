use adyton_protocol::ids::Digest;
use futures::TryStreamExt;
use std::collections::BTreeMap;

use super::{
    chain::{batch_digest, next_head},
    *,
};

async fn refusal(objects: &Arc<dyn ObjectStore>, floor: StateHead) -> StateError {
    let terms = Terms { floor, ..terms(Writer::again_under(1)) };
    open_with(objects, terms).await.map(drop).unwrap_err()
}

async fn accept(objects: &Arc<dyn ObjectStore>, floor: StateHead) -> Store {
    open_with(objects, Terms { floor, ..terms(Writer::again_under(1)) }).await.unwrap()
}

#[tokio::test]
async fn each_commit_moves_the_head_as_the_chains_rule_says() {
    let (objects, store) = new_store().await;
    let mut call = store.begin().await.unwrap();
    call.set(b"b", b"2").unwrap();
    call.set(b"a", b"1").unwrap();
    call.delete(b"c").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let writes: [chain::Write; 3] = [(b"a", Some((b"1", None))), (b"b", Some((b"2", None))), (b"c", None)];
    let expected = next_head(&CONTRACT, &genesis(&CONTRACT), &batch_digest(writes)).unwrap();
    assert_eq!((prepared.before(), prepared.after()), (genesis(&CONTRACT), expected));
    let done = store.commit(prepared, None).await.unwrap();
    assert_eq!(done, Commit { before: genesis(&CONTRACT), after: expected });
    let second = put(&store, "a", "3").await.unwrap();
    assert_eq!(Some(second), next_head(&CONTRACT, &expected, &batch_digest([(&b"a"[..], Some((&b"3"[..], None)))])));
    store.close().await.unwrap();
    assert_eq!(open(&objects).await.head().await.unwrap(), second);
}

#[tokio::test]
async fn a_store_older_than_what_is_pinned_on_chain_is_refused() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    store.close().await.unwrap();
    let old = copy_of(&objects).await;
    let store = open(&objects).await;
    let pinned = put(&store, "a", "2").await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(refusal(&old, pinned).await, StateError::OlderThanFloor { found: 1, floor: 2 }));
    accept(&objects, pinned).await;
}

#[tokio::test]
async fn an_empty_store_is_refused_when_the_chain_knows_of_commits() {
    let (_, store) = new_store().await;
    let pinned = put(&store, "a", "1").await.unwrap();
    let empty: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    assert!(matches!(refusal(&empty, pinned).await, StateError::OlderThanFloor { found: 0, floor: 1 }));
}

#[tokio::test]
async fn a_store_that_went_another_way_than_the_chain_knows_is_refused() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    store.close().await.unwrap();
    let fork = copy_of(&objects).await;
    let (one, other) = (open(&objects).await, open(&fork).await);
    let pinned = put(&one, "a", "one way").await.unwrap();
    put(&other, "a", "another").await.unwrap();
    put(&other, "a", "and further").await.unwrap();
    other.close().await.unwrap();
    assert!(matches!(refusal(&fork, pinned).await, StateError::Forked { sequence: 2 }));
}

#[tokio::test]
async fn a_wrong_genesis_is_refused() {
    let (objects, store) = new_store().await;
    store.close().await.unwrap();
    let floor = genesis(&ContractId([9; 32]));
    assert!(matches!(refusal(&objects, floor).await, StateError::Forked { sequence: 0 }));
}

#[tokio::test]
async fn a_store_without_commits_whose_head_is_not_its_genesis_is_refused() {
    let (objects, store) = new_store().await;
    let head = StateHead { hash: Digest([9; 32]), ..genesis(&CONTRACT) };
    let mut batch = WriteBatch::new();
    batch.put(layout::META_KEY, Meta { head, next_version: 1, lease: 1, ending: 0, stored: 0 }.encode());
    store.inner.db.write(batch).await.unwrap();
    store.inner.db.flush().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(refusal(&objects, genesis(&CONTRACT)).await, StateError::BrokenChain { sequence: 0 }));
}

#[tokio::test]
async fn a_pinned_head_stays_known_however_many_commits_follow_and_another_old_one_does_not() {
    let (objects, store) = new_store().await;
    let (mut pinned, mut other) = (genesis(&CONTRACT), genesis(&CONTRACT));
    for at in 0..verify::LINKS + 40 {
        let head = put(&store, "a", "x").await.unwrap();
        match at {
            10 => other = head,
            20 => {
                pinned = head;
                store.pin(pinned).await.unwrap();
            }
            _ => {}
        }
    }
    let recent = store.head().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(refusal(&objects, other).await, StateError::FloorForgotten { sequence: 11 }));
    let wrong = StateHead { hash: other.hash, ..pinned };
    assert!(matches!(refusal(&objects, wrong).await, StateError::Forked { sequence: 21 }));
    accept(&objects, pinned).await.close().await.unwrap();
    accept(&objects, genesis(&CONTRACT)).await.close().await.unwrap();
    assert_eq!(accept(&objects, recent).await.head().await.unwrap(), recent);
}

#[tokio::test]
async fn a_head_that_the_store_never_had_cannot_be_pinned() {
    let (_, store) = new_store().await;
    let head = put(&store, "a", "1").await.unwrap();
    let other = StateHead { hash: genesis(&CONTRACT).hash, ..head };
    assert!(matches!(store.pin(other).await, Err(StateError::Forked { sequence: 1 })));
    assert!(store.pin(StateHead { sequence: 7, ..head }).await.is_err());
    store.pin(head).await.unwrap();
}

/// The log files by number, with what they hold.
async fn log(objects: &Arc<dyn ObjectStore>) -> BTreeMap<String, ObjectMeta> {
    let files: Vec<_> = objects.list(Some(&"contracts/one/db/wal".into())).try_collect().await.unwrap();
    files.into_iter().map(|meta| (meta.location.filename().unwrap().to_owned(), meta)).collect()
}

#[tokio::test]
async fn two_genuine_futures_of_a_store_cannot_be_mixed() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    drop(store);
    let fork = copy_of(&objects).await;
    let futures = [(&objects, "one"), (&fork, "other")];
    for (objects, way) in futures {
        let store = open(objects).await;
        put(&store, way, "2").await.unwrap();
        put(&store, way, "3").await.unwrap();
    }
    let (ours, theirs) = (log(&objects).await, log(&fork).await);
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    // The commit to sequence 2 comes from the other future; the commit to 3 stays.
    let second_last = ours.keys().nth_back(1).unwrap();
    let bytes = fork.get(&theirs[second_last].location).await.unwrap().bytes().await.unwrap();
    objects.put(&ours[second_last].location, bytes.into()).await.unwrap();
    assert!(matches!(refusal(&objects, genesis(&CONTRACT)).await, StateError::BrokenChain { sequence: 3 }));
}

#[tokio::test]
async fn a_log_file_missing_in_the_middle_is_refused() {
    let (objects, store) = new_store().await;
    for at in 0..5 {
        put(&store, &format!("{at}"), "x").await.unwrap();
    }
    drop(store);
    let files = log(&objects).await;
    objects.delete(&files.values().nth_back(2).unwrap().location).await.unwrap();
    let refused = open_with(&objects, terms(Writer::again_under(1))).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn any_altered_object_is_refused_on_opening_or_reading() {
    let (objects, store) = new_store().await;
    for at in 0..20 {
        put(&store, &format!("{at}"), "x").await.unwrap();
    }
    store.close().await.unwrap();
    let all: Vec<_> = objects.list(None).try_collect().await.unwrap();
    let mut refused = 0;
    for meta in all.iter().filter(|meta| !meta.location.as_ref().contains("gc")) {
        let copy = copy_of(&objects).await;
        let mut bytes = copy.get(&meta.location).await.unwrap().bytes().await.unwrap().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        copy.put(&meta.location, bytes.into()).await.unwrap();
        match open_with(&copy, terms(Writer::again_under(1))).await {
            Err(StateError::Tampered(_)) => refused += 1,
            Err(other) => panic!("{}: {other}", meta.location),
            // Not needed to open: then everything is there, and nothing else.
            Ok(store) => {
                let mut call = store.begin().await.unwrap();
                match call.scan(b"", None, 100).await {
                    Ok(found) => assert_eq!(found.len(), 20, "{}", meta.location),
                    Err(StateError::Tampered(_)) => refused += 1,
                    Err(other) => panic!("{}: {other}", meta.location),
                }
            }
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_store_of_another_contract_or_another_key_is_refused() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    store.close().await.unwrap();
    let other = ContractId([2; 32]);
    let swapped = Terms { contract: other, floor: genesis(&other), ..terms(Writer::again_under(1)) };
    let wrong_key = Terms { keys: EpochKeys::new(1, [8; 32]), ..terms(Writer::again_under(1)) };
    let unknown_epoch = Terms { keys: EpochKeys::new(2, SECRET), ..terms(Writer::again_under(1)) };
    for terms in [swapped, wrong_key] {
        let refused = open_with(&objects, terms).await;
        assert!(matches!(refused, Err(StateError::Tampered(SealError::Forged))), "{:?}", refused.err());
    }
    let refused = open_with(&objects, unknown_epoch).await;
    assert!(matches!(refused, Err(StateError::Tampered(SealError::UnknownKeyEpoch { epoch: 1 }))));
}

#[tokio::test]
async fn a_store_moved_to_another_root_opens_there() {
    let (objects, store) = new_store().await;
    let head = put(&store, "a", "1").await.unwrap();
    store.close().await.unwrap();
    for meta in objects.list(None).try_collect::<Vec<_>>().await.unwrap() {
        let to = Path::from(meta.location.as_ref().replace("contracts/one", "elsewhere"));
        objects.copy(&meta.location, &to).await.unwrap();
    }
    let moved = Store::open(objects, &"elsewhere".into(), terms(Writer::first_under(2)), options()).await.unwrap();
    assert_eq!(moved.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_new_key_epoch_is_used_at_once_and_both_are_needed_afterwards() {
    let (objects, store) = new_store().await;
    put(&store, "a", "1").await.unwrap();
    store.add_epoch(2, [9; 32]);
    put(&store, "b", "2").await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(
        refusal(&objects, genesis(&CONTRACT)).await,
        StateError::Tampered(SealError::UnknownKeyEpoch { epoch: 2 })
    ));
    let mut both = keys();
    both.insert(2, [9; 32]);
    let store = open_with(&objects, Terms { keys: both, ..terms(Writer::again_under(1)) }).await.unwrap();
    assert_eq!(value(&store, "b").await.as_deref(), Some("2"));
}
