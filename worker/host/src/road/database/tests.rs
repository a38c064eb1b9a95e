use std::sync::Arc;

use adyton_protocol::{
    ids::ContractId,
    manifest::{Capability, Manifest},
};
use adyton_state::{EpochKeys, Store, StoreOptions, Terms, Writer, genesis};

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

const COUNTER: ContractId = ContractId([5; 32]);

fn change(pages: u32, numbers: &[u32]) -> DatabaseChange {
    DatabaseChange { pages, written: numbers.iter().map(|number| (*number, vec![7; 4096])).collect() }
}

async fn commit(store: &Store, transaction: Transaction) -> Result<(), StateError> {
    let prepared = store.prepare(transaction).await?;
    store.commit(prepared, None).await.map(drop)
}

#[tokio::test]
async fn pages_are_read_as_they_were_written_and_others_are_not_there() {
    let store = store().await;
    let mut transaction = store.begin().await.expect("begins");
    assert_eq!(pages(&mut transaction).await.expect("reads"), 0);
    write(&mut transaction, &change(300, &[0, 299])).expect("writes");
    commit(&store, transaction).await.expect("commits");
    let mut transaction = store.begin().await.expect("begins");
    assert_eq!(pages(&mut transaction).await.expect("reads"), 300);
    assert_eq!(page(&mut transaction, 299).await.expect("reads"), Some(vec![7; 4096]));
    assert_eq!(page(&mut transaction, 1).await.expect("reads"), None);
}

#[tokio::test]
async fn a_call_that_used_the_database_is_overtaken_by_one_that_changed_it_and_by_no_other() {
    let store = store().await;
    for (uses, changes, conflicts) in [(true, true, true), (true, false, false), (false, true, false)] {
        let (mut first, mut second) = (store.begin().await.expect("begins"), store.begin().await.expect("begins"));
        if uses {
            pages(&mut first).await.expect("reads");
        }
        first.set(b"other", b"1").expect("sets");
        match changes {
            true => write(&mut second, &change(2, &[0])).expect("writes"),
            false => second.set(b"another", b"1").map(drop).expect("sets"),
        }
        commit(&store, second).await.expect("commits");
        let outcome = commit(&store, first).await;
        assert_eq!(matches!(outcome, Err(StateError::Conflict)), conflicts, "{uses} {changes}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_page_that_a_call_read_is_among_what_others_may_not_change() {
    let store = store().await;
    let (mut first, mut second) = (store.begin().await.expect("begins"), store.begin().await.expect("begins"));
    page(&mut first, 1).await.expect("reads");
    first.set(b"other", b"1").expect("sets");
    second.set(&page_key(1), &[7; 4096]).expect("sets");
    commit(&store, second).await.expect("commits");
    assert!(matches!(commit(&store, first).await, Err(StateError::Conflict)));
}

#[tokio::test]
async fn a_number_of_pages_that_is_none_is_refused() {
    let store = store().await;
    let mut transaction = store.begin().await.expect("begins");
    transaction.set(PAGES, b"12345").expect("sets");
    assert!(matches!(pages(&mut transaction).await, Err(PagesError::Length(5))));
}

#[test]
fn no_key_of_the_contract_is_one_of_its_database() {
    assert_ne!(guest_key(&[]).first(), PAGES.first());
    assert!(page_key(255) < page_key(256));
}

#[tokio::test]
async fn the_database_is_there_after_the_store_was_closed_and_opened_again() {
    let objects = Arc::new(object_store::memory::InMemory::new());
    let open = async |writer| {
        let (keys, floor) = (EpochKeys::new(0, [1; 32]), genesis(&CONTRACT));
        let terms = Terms { contract: CONTRACT, keys, writer, floor };
        Store::open(objects.clone(), &"contracts/1".into(), terms, StoreOptions::default()).await.expect("opens")
    };
    let store = open(Writer::first_under(7)).await;
    let mut transaction = store.begin().await.expect("begins");
    write(&mut transaction, &change(2, &[0, 1])).expect("writes");
    commit(&store, transaction).await.expect("commits");
    store.close().await.expect("closes");
    let store = open(Writer::again_under(7)).await;
    let mut transaction = store.begin().await.expect("begins");
    assert_eq!(pages(&mut transaction).await.expect("reads"), 2);
    assert_eq!(page(&mut transaction, 1).await.expect("reads"), Some(vec![7; 4096]));
}

/// A guest that makes a table and a row in it, does `then`, and answers with the row's number.
fn counting(then: &str) -> Vec<u8> {
    let (table, row) = ("CREATE TABLE IF NOT EXISTS t (a)", "INSERT INTO t VALUES (1)");
    let imports = format!(
        r#"(import "phat:contract/sql@0.1.0" "execute" (func $execute (param i32 i32 i32 i32 i32)))
        (data (i32.const 512) "{table}") (data (i32.const 640) "{row}")"#
    );
    // Of the result at 112, what stands at 128 is the number of the last row.
    let execute = |at: u32, text: &str| {
        format!(
            "(call $execute (i32.const {at}) (i32.const {}) (i32.const 0) (i32.const 0) (i32.const 112))
            (if (i32.load8_u (i32.const 112)) (then unreachable))",
            text.len()
        )
    };
    guest(&imports, &[execute(512, table), execute(640, row), then.to_owned()].concat())
}

#[tokio::test]
async fn what_a_call_does_in_its_database_is_committed_with_its_answer_and_with_nothing_else() {
    let worker = worker().await;
    let granting = || Manifest { grants: vec![Capability::Sql], ..manifest() };
    let contract = put_under(&worker, COUNTER, &counting(""), granting()).await;
    for number in 1..=3_u8 {
        let answer = called(&worker, &contract, &outside(&worker, number)).await.expect("answers");
        assert_eq!((answer.content, answer.sequence), (u64::from(number).to_le_bytes().to_vec(), number.into()));
    }
    let failing = put_under(&worker, ContractId([6; 32]), &counting("unreachable"), granting()).await;
    let outcome = called(&worker, &failing, &outside(&worker, 1)).await;
    assert!(matches!(outcome, Err(Refusal::Trapped(_))), "{outcome:?}");
    assert_eq!(failing.store.head().await.expect("reads").sequence, 0);
    let mut transaction = failing.store.begin().await.expect("begins");
    assert_eq!(pages(&mut transaction).await.expect("reads"), 0);
}
