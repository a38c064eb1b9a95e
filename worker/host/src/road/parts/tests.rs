use std::{sync::Arc, time::Duration};

use adyton_protocol::{
    ids::Digest,
    manifest::{Capability, Manifest},
    receipt::Caller,
};
use futures::FutureExt;

use super::*;
use crate::{
    code::tests::manifest,
    contract::Contract,
    error::Refusal,
    road::{
        answer::{self, Asker, Origin},
        contracts::tests::{guest, outside, put_under},
        host::guest_key,
        request::Call,
    },
    view::tests::CONTRACT,
    worker::Worker,
};

const IMPORTS: &str = r#"
    (import "phat:contract/reply@0.1.0" "begin" (func $begin (param i32 i32 i32 i32)))
    (import "phat:contract/reply@0.1.0" "write" (func $write (param i32 i32 i32)))
    (import "phat:contract/kv@0.1.0" "get" (func $get (param i32 i32 i32)))
    (import "phat:contract/kv@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;
/// Reads the key `GET`, and begins an answer.
const BEGIN: &str = "(call $get (i32.const 96) (i32.const 3) (i32.const 160))
    (call $begin (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 160))";
/// Goes on with `GET/`.
const WRITE: &str = "(call $write (i32.const 96) (i32.const 4) (i32.const 160))";
/// Sets the key.
const SET: &str = "(call $set (i32.const 96) (i32.const 3) (i32.const 96) (i32.const 3) (i32.const 160))";

/// A worker that holds a contract which does this before it returns its answer's end, eight zeros.
async fn holding(does: &[&str]) -> (Arc<Worker>, Arc<Contract>) {
    let worker = crate::road::contracts::tests::worker().await;
    let manifest = Manifest { grants: vec![Capability::Kv, Capability::Reply], ..manifest() };
    let contract = put_under(&worker, CONTRACT, &guest(IMPORTS, &does.concat()), manifest).await;
    (worker, contract)
}

async fn called(worker: &Arc<Worker>, contract: &Arc<Contract>, call: &Call, parts: Parts) -> Result<Answer, Refusal> {
    answer::answer(worker, contract, call, Origin::of_call(Caller::Anonymous, true), Some(parts)).await
}

/// All that waits to be taken of a call that is over.
async fn all(mut taken: mpsc::Receiver<Provisional>) -> Vec<Provisional> {
    let mut all = Vec::new();
    while let Some(part) = taken.recv().await {
        all.push(part);
    }
    all
}

fn blank() -> Provisional {
    Provisional::Head { status: 200, fields: vec![] }
}

pub(crate) fn head() -> Provisional {
    Provisional::Head { status: 200, fields: vec![(b"x-a".to_vec(), b"1".to_vec())] }
}

pub(crate) fn answer(content: &[u8]) -> Answer {
    Answer {
        request: Digest([1; 32]),
        asker: Asker::NOBODY,
        status: 200,
        fields: vec![(b"x-a".to_vec(), b"1".to_vec())],
        content: content.to_vec(),
        receipt: b"receipt".to_vec(),
        sequence: 1,
    }
}

fn content(bytes: &[u8]) -> Provisional {
    Provisional::Content(bytes.to_vec())
}

#[tokio::test]
async fn an_answer_goes_on_where_its_parts_ended_and_another_one_does_not() {
    let (parts, mut taken, shown) = parts();
    assert!(!parts.begun());
    assert_eq!(shown.of(&answer(b"one two")), Ok(None));
    parts.give(head()).await;
    assert!(parts.begun());
    assert_eq!(shown.of(&answer(b"one two")), Ok(Some(0)));
    parts.give(content(b"one ")).await;
    assert_eq!(shown.of(&answer(b"one two")), Ok(Some(4)));
    assert_eq!(shown.of(&answer(b"one ")), Ok(Some(4)));
    for other in [answer(b"one"), answer(b"One two"), answer(b"")] {
        assert_eq!(shown.of(&other), Err(Differs));
    }
    assert_eq!(shown.of(&Answer { status: 201, ..answer(b"one two") }), Err(Differs));
    assert_eq!(shown.of(&Answer { fields: vec![], ..answer(b"one two") }), Err(Differs));
    drop(parts);
    assert_eq!((taken.recv().await, taken.recv().await), (Some(head()), Some(content(b"one "))));
    assert_eq!(taken.recv().await, None);
}

#[tokio::test]
async fn a_caller_who_takes_nothing_keeps_the_call_waiting_and_few_bytes_waiting_for_it() {
    let (parts, mut taken, _shown) = parts();
    let large = vec![7; WAITING * PIECE + 1];
    let mut giving = Box::pin(parts.give(content(&large)));
    assert!(giving.as_mut().now_or_never().is_none());
    assert_eq!(taken.recv().await, Some(content(&large[..PIECE])));
    giving.await;
    assert_eq!(taken.len(), WAITING);
}

#[tokio::test]
async fn a_caller_who_takes_nothing_for_too_long_gets_what_comes_then_with_the_end() {
    let (parts, mut taken, shown) = parts();
    shown.lock().patience = Duration::from_millis(10);
    parts.give(head()).await;
    parts.give(content(&vec![7; 2 * PIECE])).await;
    // There is no room for these; nor is anything given behind them, when there is room again.
    parts.give(content(&[8, 9])).await;
    assert_eq!(taken.recv().await, Some(head()));
    parts.give(content(&[10])).await;
    drop(parts);
    assert_eq!(all(taken).await, [content(&[7; PIECE]), content(&[7; PIECE])]);
    let whole = [vec![7; 2 * PIECE], vec![8, 9, 10, 11]].concat();
    assert_eq!(shown.of(&answer(&whole)), Ok(Some(2 * PIECE)));
}

#[tokio::test]
async fn a_caller_who_is_gone_keeps_nobody_waiting() {
    let (parts, taken, _shown) = parts();
    drop(taken);
    assert!(parts.give(content(&vec![7; 10 * PIECE])).now_or_never().is_some());
}

#[tokio::test]
async fn after_many_small_pieces_the_rest_comes_in_large_ones() {
    let (parts, mut taken, shown) = parts();
    parts.give(head()).await;
    taken.recv().await;
    for _ in 0..SMALLER {
        parts.give(content(b"a")).await;
        assert_eq!(taken.recv().await, Some(content(b"a")));
    }
    parts.give(content(b"b")).await;
    assert!(taken.is_empty());
    let whole = [vec![b'a'; SMALLER], b"b".to_vec(), vec![b'c'; PIECE]].concat();
    assert_eq!(shown.of(&answer(&whole)), Ok(Some(SMALLER)));
    parts.give(content(&vec![b'c'; PIECE])).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(shown.of(&answer(&whole)), Ok(Some(SMALLER + PIECE)));
}

#[tokio::test]
async fn a_contracts_answer_is_shown_as_it_begins_it_and_a_retry_gets_the_whole_at_once() {
    let (worker, contract) = holding(&[BEGIN, WRITE, SET]).await;
    let (giving, taken, shown) = parts();
    let answer = called(&worker, &contract, &outside(&worker, 1), giving).await.expect("answers");
    assert_eq!(all(taken).await, [blank(), content(b"GET/")]);
    assert_eq!(answer.content, b"GET/\0\0\0\0\0\0\0\0");
    assert_eq!(shown.of(&answer), Ok(Some(4)));
    let (giving, taken, shown) = parts();
    let again = called(&worker, &contract, &outside(&worker, 1), giving).await.expect("answers");
    assert_eq!((&again, all(taken).await, shown.of(&again)), (&answer, vec![], Ok(None)));
}

#[tokio::test]
async fn a_contract_that_fails_after_it_began_its_answer_has_none() {
    let (worker, contract) = holding(&[BEGIN, SET, WRITE, "unreachable"]).await;
    let (giving, taken, _shown) = parts();
    let failed = called(&worker, &contract, &outside(&worker, 1), giving).await;
    assert!(matches!(failed, Err(Refusal::Trapped(_))), "{failed:?}");
    assert_eq!(all(taken).await, [blank(), content(b"GET/")]);
    assert_eq!(contract.store.head().await.expect("reads").sequence, 0);
}

#[tokio::test]
async fn a_call_that_was_overtaken_after_it_gave_parts_breaks_off_and_does_not_run_again() {
    let (worker, contract) = holding(&[BEGIN, SET, WRITE, WRITE, WRITE]).await;
    let (giving, taken, _shown) = parts();
    let (by, of) = (worker.clone(), contract.clone());
    let call = tokio::spawn(async move { called(&by, &of, &outside(&by, 1), giving).await });
    // It waits for its caller.
    while taken.len() < WAITING {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut transaction = contract.store.begin().await.expect("begins");
    transaction.set(&guest_key(b"GET"), b"other").expect("sets");
    let prepared = contract.store.prepare(transaction).await.expect("prepares");
    contract.store.commit(prepared, None).await.expect("commits");
    assert_eq!(all(taken).await, [blank(), content(b"GET/"), content(b"GET/"), content(b"GET/")]);
    assert_eq!(call.await.expect("ends"), Err(Refusal::Conflict));
    assert_eq!(contract.store.head().await.expect("reads").sequence, 1);
}
