use std::sync::Arc;

use adyton_engine::OBJECT_PART;
use adyton_protocol::{
    ids::ContractId,
    manifest::{Capability, Manifest},
};
use adyton_state::{ENTRY_BYTES, EpochKeys, Limits, Store, StoreOptions, Terms, Writer, genesis};

use super::*;
use crate::{
    code::tests::manifest,
    error::Refusal,
    road::{
        answer::tests::store,
        contracts::tests::{called, guest, outside, put_under, worker},
        host::guest_key,
    },
    view::tests::CONTRACT,
};

fn object(handle: u64, name: &str, size: u64) -> Object {
    Object { handle, name: name.into(), content_type: Some("text/plain".into()), size, at_ms: 7 }
}

/// The parts of a content that is this byte again and again.
fn parts(object: &Object, byte: u8) -> Vec<((u64, u32), Vec<u8>)> {
    let numbers = 0..object_parts(object.size) as u32;
    let part = |number| ((object.handle, number), vec![byte; object_part_length(object.size, number)]);
    numbers.map(part).collect()
}

fn adding(object: &Object, byte: u8) -> ObjectsChange {
    let finished = [(object.name.clone(), Some(object.clone()))].into();
    ObjectsChange { finished, written: parts(object, byte).into_iter().collect(), ..ObjectsChange::default() }
}

fn removing(object: &Object) -> ObjectsChange {
    let (finished, removed) = ([(object.name.clone(), None)].into(), [(object.handle, object.size)].into());
    ObjectsChange { finished, removed, ..ObjectsChange::default() }
}

async fn commit(store: &Store, transaction: Transaction) -> Result<(), StateError> {
    let prepared = store.prepare(transaction).await?;
    store.commit(prepared, None).await.map(drop)
}

async fn change(store: &Store, change: &ObjectsChange) {
    let mut transaction = store.begin().await.expect("begins");
    write(&mut transaction, change).expect("writes");
    commit(store, transaction).await.expect("commits");
}

async fn open(objects: &Arc<object_store::memory::InMemory>, limits: Limits) -> Store {
    let (keys, floor) = (EpochKeys::new(0, [1; 32]), genesis(&CONTRACT));
    let terms = Terms { contract: CONTRACT, keys, writer: Writer::again_under(7), floor };
    let options = StoreOptions { limits, ..StoreOptions::default() };
    Store::open(objects.clone(), &"contracts/1".into(), terms, options).await.expect("opens")
}

#[tokio::test]
async fn objects_are_read_as_they_were_written_and_others_are_not_there() {
    let store = store().await;
    let (done, begun) = (object(1, "a", 600_000), object(2, "b", 5));
    let mut both = adding(&done, 1);
    both.unfinished.insert(2, Some(begun.clone()));
    both.written.extend(parts(&begun, 2));
    change(&store, &both).await;
    let mut call = store.begin().await.expect("begins");
    assert_eq!(finished(&mut call, "a").await.expect("reads"), Some(done.clone()));
    assert_eq!(unfinished(&mut call, 2).await.expect("reads"), Some(begun.clone()));
    assert_eq!(finished(&mut call, "b").await.expect("reads"), None);
    assert_eq!(unfinished(&mut call, 1).await.expect("reads"), None);
    assert_eq!(list_finished(&mut call, "", None, 10).await.expect("reads"), std::slice::from_ref(&done));
    assert_eq!(list_unfinished(&mut call, None, 10).await.expect("reads"), [begun]);
    for ((handle, number), content) in parts(&done, 1) {
        assert_eq!(part(&mut call, handle, number).await.expect("reads"), Some(content));
    }
    assert_eq!(part(&mut call, 1, 3).await.expect("reads"), None);
}

#[tokio::test]
async fn lists_are_ascending_and_go_on_behind_the_one_that_is_named() {
    let store = store().await;
    let mut many = ObjectsChange::default();
    for number in 0..1100_u64 {
        let name = format!("a/{number:04}");
        many.finished.insert(name.clone(), Some(object(number, &name, 0)));
        many.unfinished.insert(number, Some(object(number, "same", 0)));
    }
    many.finished.insert("b".into(), Some(object(2000, "b", 0)));
    change(&store, &many).await;
    let mut call = store.begin().await.expect("begins");
    let all = list_finished(&mut call, "a/", None, 2000).await.expect("reads");
    assert!(all.iter().map(|object| object.handle).eq(0..1100), "more than the store gives at once");
    let behind = list_finished(&mut call, "a/", Some("a/1097"), 2000).await.expect("reads");
    assert!(behind.iter().map(|object| object.handle).eq(1098..1100));
    assert_eq!(list_finished(&mut call, "", Some("a/1099"), 1).await.expect("reads")[0].name, "b");
    assert!(list_finished(&mut call, "a/", Some("b"), 1).await.expect("reads").is_empty());
    let behind = list_unfinished(&mut call, Some(254), 3).await.expect("reads");
    assert!(behind.iter().map(|object| object.handle).eq(255..258), "by number, not by any byte of it");
    assert!(list_unfinished(&mut call, Some(u64::MAX), 3).await.expect("reads").is_empty());
}

#[tokio::test]
async fn a_removed_content_is_no_longer_counted_and_is_not_read_for_that() {
    let objects = Arc::new(object_store::memory::InMemory::new());
    let store = open(&objects, Limits { replaced_bytes: 0, ..Limits::default() }).await;
    let done = object(1, "a", 600_000);
    change(&store, &adding(&done, 1)).await;
    // Of a part's key 14 bytes; of the record 3 of its key and 36 of its value.
    let expected = 600_000 + 3 * (14 + ENTRY_BYTES) + 3 + 36 + ENTRY_BYTES;
    assert_eq!(store.stored_bytes().await.expect("reads"), expected);
    let mut call = store.begin().await.expect("begins");
    finished(&mut call, "a").await.expect("reads");
    write(&mut call, &removing(&done)).expect("writes");
    commit(&store, call).await.expect("commits");
    assert_eq!(store.stored_bytes().await.expect("reads"), 0);
    let mut call = store.begin().await.expect("begins");
    for number in 0..3 {
        assert_eq!(part(&mut call, 1, number).await.expect("reads"), None);
    }
}

#[tokio::test]
async fn an_object_is_there_after_the_store_was_closed_and_opened_again() {
    let objects = Arc::new(object_store::memory::InMemory::new());
    let store = open(&objects, Limits::default()).await;
    let begun = object(3, "a", OBJECT_PART as u64);
    let unfinished_one = [(3, Some(begun.clone()))].into();
    let written = parts(&begun, 1).into_iter().collect();
    change(&store, &ObjectsChange { unfinished: unfinished_one, written, ..ObjectsChange::default() }).await;
    store.close().await.expect("closes");
    let store = open(&objects, Limits::default()).await;
    let mut call = store.begin().await.expect("begins");
    assert_eq!(unfinished(&mut call, 3).await.expect("reads"), Some(begun));
    assert_eq!(part(&mut call, 3, 0).await.expect("reads"), Some(vec![1; OBJECT_PART]));
}

#[tokio::test]
async fn a_call_is_overtaken_by_one_that_changed_an_object_that_it_has_read_or_looked_for() {
    let (a, b) = (object(1, "a", 10), object(2, "b", 10));
    for (read, changed, conflicts) in [
        ("its name", &a, true),
        ("its name", &b, false),
        ("a list", &a, true),
        ("a list", &b, true),
        ("a part", &a, true),
        ("another name", &a, false),
    ] {
        let store = store().await;
        let (mut first, mut second) = (store.begin().await.expect("begins"), store.begin().await.expect("begins"));
        match read {
            "its name" => drop(finished(&mut first, "a").await.expect("reads")),
            "a list" => drop(list_finished(&mut first, "", None, 10).await.expect("reads")),
            "a part" => drop(part(&mut first, 1, 0).await.expect("reads")),
            _ => drop(finished(&mut first, "c").await.expect("reads")),
        }
        first.set(b"other", b"1").expect("sets");
        write(&mut second, &adding(changed, 1)).expect("writes");
        commit(&store, second).await.expect("commits");
        let outcome = commit(&store, first).await;
        assert_eq!(matches!(outcome, Err(StateError::Conflict)), conflicts, "{read}, {}: {outcome:?}", changed.name);
    }
}

#[tokio::test]
async fn a_record_that_does_not_read_as_one_is_refused() {
    let store = store().await;
    let mut call = store.begin().await.expect("begins");
    let record = Finished { handle: 1, content_type: None, size: 2, at_ms: 3 }.encode();
    call.set(&finished_key("long"), &[record.as_slice(), &[0]].concat()).expect("sets");
    call.set(&finished_key("short"), &record[1..]).expect("sets");
    call.set(&[FINISHED, &[0xff]].concat(), &record).expect("sets");
    call.set(&[UNFINISHED, &[1, 2]].concat(), &record).expect("sets");
    for name in ["long", "short"] {
        assert!(matches!(finished(&mut call, name).await, Err(StateError::Unreadable { .. })), "{name}");
    }
    let behind = list_finished(&mut call, "", Some("z"), 10).await;
    assert!(matches!(behind, Err(StateError::Unreadable { .. })), "a name that is no text");
    let unfinished = list_unfinished(&mut call, None, 10).await;
    assert!(matches!(unfinished, Err(StateError::Unreadable { .. })), "a handle that is none");
}

#[test]
fn no_key_of_the_contract_is_one_of_its_objects_and_numbers_ascend_with_keys() {
    for key in [finished_key("a"), unfinished_key(1), part_key(1, 1)] {
        assert_ne!(guest_key(&[]).first(), key.first());
    }
    assert!(part_key(1, 255) < part_key(1, 256) && unfinished_key(255) < unfinished_key(256));
}

/// A guest that writes an object called `GET` with the content `GET/`, does `then`, and answers with its handle.
fn keeping(then: &str) -> Vec<u8> {
    let imports = r#"
        (import "phat:contract/objects@0.1.0" "create" (func $create (param i32 i32 i32 i32 i32 i32)))
        (import "phat:contract/objects@0.1.0" "append" (func $append (param i64 i32 i32 i32)))
        (import "phat:contract/objects@0.1.0" "finish" (func $finish (param i64 i32)))"#;
    // Of the result at 120, what stands at 128 is the handle.
    let body = format!(
        "(call $create (i32.const 96) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 120))
        (if (i32.load8_u (i32.const 120)) (then unreachable))
        (call $append (i64.load (i32.const 128)) (i32.const 96) (i32.const 4) (i32.const 160))
        (if (i32.load8_u (i32.const 160)) (then unreachable))
        (call $finish (i64.load (i32.const 128)) (i32.const 160))
        (if (i32.load8_u (i32.const 160)) (then unreachable))
        {then}"
    );
    guest(imports, &body)
}

#[tokio::test]
async fn what_a_call_does_with_objects_is_committed_with_its_answer_and_with_nothing_else() {
    let worker = worker().await;
    let granting = || Manifest { grants: vec![Capability::Objects], ..manifest() };
    let contract = put_under(&worker, ContractId([5; 32]), &keeping(""), granting()).await;
    let mut handles = Vec::new();
    for number in 1..=2_u8 {
        let answer = called(&worker, &contract, &outside(&worker, number)).await.expect("answers");
        let handle = u64::from_le_bytes(answer.content.try_into().expect("a handle"));
        let mut call = contract.store.begin().await.expect("begins");
        let found = finished(&mut call, "GET").await.expect("reads").expect("it is there");
        assert_eq!((answer.sequence, found.handle, found.size), (number.into(), handle, 4));
        assert_eq!(part(&mut call, handle, 0).await.expect("reads").as_deref(), Some(&b"GET/"[..]));
        handles.push(handle);
    }
    let mut call = contract.store.begin().await.expect("begins");
    assert_eq!(part(&mut call, handles[0], 0).await.expect("reads"), None, "the second took its place");
    let failing = put_under(&worker, ContractId([6; 32]), &keeping("unreachable"), granting()).await;
    let outcome = called(&worker, &failing, &outside(&worker, 1)).await;
    assert!(matches!(outcome, Err(Refusal::Trapped(_))), "{outcome:?}");
    let mut call = failing.store.begin().await.expect("begins");
    assert!(list_finished(&mut call, "", None, 10).await.expect("reads").is_empty());
    assert_eq!(failing.store.head().await.expect("reads").sequence, 0);
}
