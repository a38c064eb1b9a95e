use std::time::Duration;

use adyton_protocol::{
    call::CallFields,
    ids::{BlockHash, BlockRef, CodeHash, ContractId, NetworkId, SigningKey},
    manifest::{Limits, Manifest},
    receipt::SALT,
};
use adyton_state::{EpochKeys, StoreOptions, Terms, Writer, genesis};
use tokio::sync::watch;

use super::*;
use crate::{
    code::tests::manifest,
    contract::tests::open,
    idle::Held,
    road::request::tests::fields as call_fields,
    schedule::tests::handling,
    stop::tests::holding,
    view::tests::{CONTRACT, right, view},
};

/// A contract's store in memory.
pub async fn store() -> Store {
    store_of(Limits::default().storage, false).await
}

/// One that may hold this many bytes, and keeps a record of each commit where that is asked for.
pub async fn store_of(quota: u64, history: bool) -> Store {
    let terms = Terms {
        contract: CONTRACT,
        keys: EpochKeys::new(0, [1; 32]),
        writer: Writer::first_under(7),
        floor: genesis(&CONTRACT),
    };
    let objects = Arc::new(object_store::memory::InMemory::new());
    let options = StoreOptions { quota, history, ..StoreOptions::default() };
    Store::open(objects, &"contracts/1".into(), terms, options).await.expect("opens")
}

async fn prepared(store: &Store) -> Prepared {
    let mut transaction = store.begin().await.expect("begins");
    transaction.set(b"key", b"value").expect("sets");
    store.prepare(transaction).await.expect("prepares")
}

#[tokio::test]
async fn a_call_that_outlives_the_lease_commits_nothing() {
    let (store, views) = (store().await, watch::Sender::new(Some(Arc::new(view(Duration::from_secs(60)).await))));
    let right = right(&views);
    right.check().expect("the lease is held when the call begins");
    let made = prepared(&store).await;
    let mut later = view(Duration::from_secs(60)).await;
    later.contracts.clear();
    views.send_replace(Some(Arc::new(later)));
    assert!(matches!(commit(&right, &store, made, None).await, Err(Refusal::NotHeld(_))));
    assert_eq!(store.head().await.expect("reads"), genesis(&CONTRACT));
}

#[tokio::test]
async fn a_call_that_outlives_the_views_freshness_commits_nothing() {
    let (store, views) = (store().await, watch::Sender::new(None));
    let made = prepared(&store).await;
    views.send_replace(Some(Arc::new(view(Duration::from_millis(200)).await)));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(matches!(commit(&right(&views), &store, made, None).await, Err(Refusal::NotFresh(_))));
    assert_eq!(store.head().await.expect("reads"), genesis(&CONTRACT));
}

#[tokio::test]
async fn a_call_that_waited_for_its_place_begins_only_under_what_holds_still() {
    let views = watch::Sender::new(Some(Arc::new(view(Duration::from_secs(60)).await)));
    let right = right(&views);
    let now = right.view().expect("the lease is held").now_ms() / 1000;
    begin(&right, now + 60).expect("nothing has changed");
    assert_eq!(begin(&right, now - 1).err(), Some(Refusal::Expired));
    let mut later = view(Duration::from_secs(60)).await;
    later.contracts.clear();
    views.send_replace(Some(Arc::new(later)));
    assert!(matches!(begin(&right, now + 60).err(), Some(Refusal::NotHeld(_))));
    views.send_replace(Some(Arc::new(view(Duration::from_millis(200)).await)));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(matches!(begin(&right, now + 60).err(), Some(Refusal::NotFresh(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_does_not_see_what_was_committed_after_its_state_was_taken_and_before_its_view() {
    let (store, newest) = (store().await, Arc::new(view(Duration::from_secs(60)).await));
    let committed = || {
        let commit = async { store.commit(prepared(&store).await, None).await.expect("commits") };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(commit));
        Ok(Arc::clone(&newest))
    };
    let (transaction, _) = seen(&store, committed).await.expect("begins");
    assert_eq!(transaction.base(), genesis(&CONTRACT));
    assert_eq!(store.head().await.expect("reads").sequence, 1);
}

#[tokio::test]
async fn a_call_whose_right_is_lost_hears_that_and_not_that_the_store_is_closed() {
    let (store, newest) = (store().await, Arc::new(view(Duration::from_secs(60)).await));
    store.close().await.expect("closes");
    let lost = seen(&store, || Err(Refusal::NotReady("the lease changed"))).await;
    assert_eq!(lost.err(), Some(Refusal::NotReady("the lease changed")));
    assert_eq!(seen(&store, || Ok(newest)).await.err(), Some(Refusal::State("its store is closed")));
}

#[tokio::test]
async fn a_call_under_a_held_lease_commits() {
    let (store, views) = (store().await, watch::Sender::new(Some(Arc::new(view(Duration::from_secs(60)).await))));
    let made = prepared(&store).await;
    let after = made.after();
    let committed = commit(&right(&views), &store, made, None).await.expect("commits").expect("is no second answer");
    assert_eq!((committed.after, store.head().await.expect("reads")), (after, after));
}

/// What the receipt of a small call says.
pub fn fields() -> ReceiptFields {
    let digest = Digest([1; 32]);
    let head = StateHead { sequence: 1, hash: digest };
    ReceiptFields {
        network: NetworkId([1; 32]),
        contract: ContractId([1; 32]),
        code: CodeHash([1; 32]),
        version: 1,
        manifest: digest,
        lease: 1,
        incarnation: 1,
        worker: SigningKey([1; 32]),
        block: BlockRef { number: 1, hash: BlockHash([1; 32]) },
        request_id: RequestId([1; 16]),
        request: digest,
        response: digest,
        before: head,
        after: head,
        fuel: 1,
        cost_table: digest,
        bytes_in: 1,
        bytes_out: 1,
        egress: vec![],
        caller: Caller::Anonymous,
        durability: Durability::Durable,
        report: None,
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    }
}

/// A receipt of a call that asked `requests` hosts whose names have `length` bytes.
fn receipt_of(requests: usize, length: usize) -> SignedReceipt {
    let digest = Digest([1; 32]);
    let egress =
        EgressRecord { host: "h".repeat(length), certificate: Some(digest), request: digest, response: digest };
    let fields = ReceiptFields { egress: vec![egress; requests], ..fields() };
    SignedReceipt::sign(&fields, || [0; SALT], |_| [0; 64])
}

#[test]
fn a_call_whose_outgoing_requests_do_not_fit_into_its_receipt_is_refused_before_it_commits() {
    assert!(matches!(bounded(&receipt_of(256, 250)), Err(Refusal::TooLarge(_))));
}

#[test]
fn a_receipt_that_is_given_out_can_be_read_again() {
    let bytes = bounded(&receipt_of(256, 100)).expect("fits");
    SignedReceipt::from_bytes(&bytes).expect("reads");
}

#[tokio::test]
async fn a_stored_answer_is_given_to_nobody_but_who_asked() {
    let store = store().await;
    let call = Call::read(&crate::road::request::tests::plain()).expect("reads");
    let alice = Asker { account: Some(AccountId([1; 32])), sealed: true, delivery: false };
    let answer = Answer {
        request: call.digest,
        asker: alice,
        status: 200,
        fields: Fields::new(),
        content: b"secret".to_vec(),
        receipt: vec![],
        sequence: 1,
    };
    let kept = StoredAnswer { request: call.fields.request_id, bytes: answer.encode().into(), expires_unix: 1000 };
    let prepared = store.prepare(store.begin().await.expect("begins")).await.expect("prepares");
    store.commit(prepared, Some(kept)).await.expect("commits");
    assert_eq!(stored(&store, &call, &alice).await, Ok(Some(answer)));
    for other in [
        Asker { account: Some(AccountId([2; 32])), ..alice },
        Asker::NOBODY,
        Asker { sealed: false, ..Asker::NOBODY },
        Asker { sealed: false, ..alice },
        Asker { delivery: true, ..alice },
    ] {
        assert_eq!(stored(&store, &call, &other).await, Err(Refusal::RequestIdUsed), "{other:?}");
    }
}

#[tokio::test]
async fn a_delivery_that_comes_again_with_other_fields_gets_its_stored_answer() {
    let store = store().await;
    let call = Call::read(&crate::road::request::tests::plain()).expect("reads");
    let asker = Origin::of_delivery(0).asker;
    let answer = Answer {
        request: call.digest,
        asker,
        status: 200,
        fields: Fields::new(),
        content: vec![],
        receipt: vec![],
        sequence: 1,
    };
    let kept = StoredAnswer { request: call.fields.request_id, bytes: answer.encode().into(), expires_unix: 1000 };
    let prepared = store.prepare(store.begin().await.expect("begins")).await.expect("prepares");
    store.commit(prepared, Some(kept)).await.expect("commits");
    let again = Call { digest: Digest([9; 32]), ..call };
    assert_eq!(stored(&store, &again, &asker).await, Ok(Some(answer)));
    let called = Asker { delivery: false, ..asker };
    assert_eq!(stored(&store, &again, &called).await, Err(Refusal::RequestIdUsed));
}

#[test]
fn a_call_for_which_there_is_no_room_is_told_apart_from_a_replay() {
    assert_eq!(not_begun(CallError::Busy), Refusal::Busy);
    assert_ne!(Refusal::Busy.code(), Refusal::Overloaded.code());
    let large = CallError::RequestTooLarge { size: 2, limit: 1 };
    assert!(matches!(not_begun(large), Refusal::TooLarge(_)));
}

#[test]
fn what_a_stores_failure_is_to_the_caller_stands_in_words_that_name_no_file() {
    let failed = || StateError::Storage(Arc::new(std::io::Error::other("/var/lib/adyton: input/output error")));
    for (error, words) in [
        (StateError::StorageFull, "the worker's disk is full"),
        (StateError::Poisoned(Arc::new(StateError::StorageFull)), "the worker's disk is full"),
        (StateError::Fenced, "another writer has taken over"),
        (StateError::Superseded { lease: 1, seen: 2 }, "another writer has taken over"),
        (StateError::Closed, "its store is closed"),
        (StateError::Poisoned(Arc::new(failed())), "its store failed"),
        (failed(), "its store failed"),
    ] {
        let refusal = state(error);
        let said = format!("the contract's state cannot be written: {words}; nothing was changed or answered");
        assert_eq!((refusal.to_string(), refusal.code(), refusal.status().as_u16()), (said, "state", 503));
    }
}

#[test]
fn a_conflict_and_a_value_that_is_too_large_are_the_calls_own_and_no_failure_of_the_store() {
    assert_eq!(state(StateError::Conflict), Refusal::Conflict);
    let large = StateError::TooLarge { what: "value", size: 2, limit: 1 };
    assert_eq!(state(large), Refusal::TooLarge("value"));
    let large = StateError::TooLarge { what: "the size of all values replaced in bytes", size: 2, limit: 1 };
    assert_eq!(state(large).to_string(), "the size of all values replaced in bytes is larger than allowed");
}

#[test]
fn a_state_that_would_be_larger_than_the_manifest_allows_is_told_like_any_other_limit_of_it() {
    let refusal = state(StateError::Quota { stored: 2, quota: 1 });
    assert_eq!((refusal.code(), refusal.status().as_u16()), ("limit-exceeded", 502));
    assert_eq!(refusal.to_string(), "the call used more storage than its manifest allows");
}

/// Each call of an instance answers with the status behind its last one's: 201, 202, ..
#[tokio::test]
async fn an_instance_whose_call_was_committed_answers_the_next_one_where_the_manifest_asks_for_that() {
    let counting =
        handling("(i32.store16 (i32.const 20) (i32.add (i32.load16_u (i32.const 20)) (i32.const 1))) (i32.const 16)");
    for (reuse, statuses) in [(false, [201, 201, 201]), (true, [201, 202, 203])] {
        let (worker, _chain) = holding(true, 1).await;
        let manifest = Manifest { reuse, ..manifest() };
        let module = worker.engine.compile(&counting, &manifest).expect("it compiles");
        let (code, module) = (module.code(), Held::new(module, adyton_admission::counter()));
        let contract = Arc::new(Contract { code, module, ..open(&worker.engine, manifest).await });
        let worker = Arc::new(worker);
        for (number, status) in (1..).zip(statuses) {
            let fields = CallFields { request_id: RequestId([number; 16]), not_after: 5000, ..call_fields() };
            let call = Call::own(fields, "GET".into(), "/".into(), vec![], vec![]);
            let origin = Origin::of_call(Caller::Anonymous, false);
            let answered = answer(&worker, &contract, &call, origin, None).await.expect("answers");
            assert_eq!(answered.status, status, "{reuse}");
        }
    }
}
