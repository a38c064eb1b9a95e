use adyton_listener::Listener;
use adyton_protocol::{
    call::CallFields,
    dispute::{Claim, Outcome},
    manifest::{Capability, Limits, MAX_DISPUTABLE_STORAGE, Manifest},
    receipt::{Caller, SignedReceipt},
};
use adyton_state::{BadHistory, Replay};

use super::*;
use crate::{
    api,
    code::tests::{component, manifest},
    contract::tests::open,
    disputes::{
        rerun::{Again, State, no_answer, rerun},
        source::Source,
    },
    road::{
        answer::{self, Answer},
        contracts::tests::{guest, put_under, worker},
        request::tests::fields,
    },
    view::tests::CONTRACT,
};

/// Writes the content under the path, if there is any; reads what begins with `/`; answers with the fuel that is left.
const IMPORTS: &str = r#"
    (import "phat:contract/kv@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))
    (import "phat:contract/kv@0.1.0" "scan" (func $scan (param i32 i32 i32 i32 i32 i32 i32)))
    (import "phat:contract/env@0.1.0" "gas-left" (func $left (result i64)))"#;
const BODY: &str = "
    (if (local.get 7) (then
        (call $set (local.get 2) (local.get 3) (local.get 6) (local.get 7) (i32.const 160))))
    (call $scan (i32.const 99) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 160))
    (i64.store (i32.const 128) (call $left))";
/// The time of the block that the views of the tests show.
pub const BLOCK_MS: u64 = 1_000_000;

/// The component of [`called_on`]'s contract.
pub fn called_component() -> Vec<u8> {
    guest(IMPORTS, BODY)
}

pub fn disputable() -> Manifest {
    let grants = vec![Capability::Kv];
    let limits = Limits { storage: MAX_DISPUTABLE_STORAGE, ..manifest().limits };
    let disputable =
        Manifest { grants, limits, deterministic: true, public_calls: true, disputable: true, ..manifest() };
    assert_eq!(disputable.validate(), Ok(()));
    disputable
}

fn call(worker: &Worker, contract: &Contract, number: u8, path: &str, content: &[u8]) -> Call {
    let fields = CallFields {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: contract.lease,
        request_id: RequestId([number; 16]),
        not_after: 5000,
        ..fields()
    };
    Call::own(fields, "POST".into(), path.into(), vec![(b"accept".to_vec(), b"*/*".to_vec())], content.to_vec())
}

async fn answered(worker: &Arc<Worker>, contract: &Arc<Contract>, call: &Call) -> Answer {
    let origin = Origin::of_call(Caller::Anonymous, false);
    answer::answer(worker, contract, call, origin, None).await.expect("it answers")
}

/// What the answer's receipt claims.
fn claim(worker: &Worker, answer: &Answer) -> Claim {
    let receipt = SignedReceipt::from_bytes(&answer.receipt).expect("reads");
    let said = receipt.verify(&worker.network, &|_, _, _| true).expect("is whole");
    Claim {
        contract: said.contract,
        code: said.code,
        manifest: said.manifest,
        block: said.block,
        request_id: said.request_id,
        request: said.request,
        before: said.before,
        outcome: Outcome { response: said.response, after: said.after, fuel: said.fuel },
        cost_table: said.cost_table,
    }
}

/// A worker that holds a disputable contract, which was called four times; what their receipts claim.
async fn called() -> (Arc<Worker>, Arc<Contract>, Vec<Claim>) {
    called_on(worker().await).await
}

pub async fn called_on(worker: Arc<Worker>) -> (Arc<Worker>, Arc<Contract>, Vec<Claim>) {
    let contract = put_under(&worker, CONTRACT, &guest(IMPORTS, BODY), disputable()).await;
    let mut claims = Vec::new();
    for (number, path, content) in [(1, "/a", "one"), (2, "/b", "two"), (3, "/c", ""), (4, "/a", "another one")] {
        let answer = answered(&worker, &contract, &call(&worker, &contract, number, path, content.as_bytes())).await;
        claims.push(claim(&worker, &answer));
    }
    (worker, contract, claims)
}

/// One more answer of the contract: its receipt, and what that claims.
pub async fn receipt(worker: &Arc<Worker>, contract: &Arc<Contract>) -> (Vec<u8>, Claim) {
    let answer = answered(worker, contract, &call(worker, contract, 9, "/d", b"more")).await;
    let claim = claim(worker, &answer);
    (answer.receipt, claim)
}

/// Serves the worker's interface; where.
pub async fn served(worker: &Arc<Worker>) -> String {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", socket.local_addr().expect("it is bound"));
    let (limits, router) = (worker.config.local.limits.listener(), api::router(Arc::clone(worker)));
    tokio::spawn(async move { Listener::new(limits).serve(socket, router, std::future::pending()).await });
    url
}

#[tokio::test]
async fn a_call_that_is_run_again_from_the_history_that_its_worker_serves_comes_to_what_its_receipt_says() {
    let (worker, contract, claims) = called().await;
    assert_eq!(claims.iter().map(|claim| claim.before.sequence).collect::<Vec<_>>(), [0, 1, 2, 2]);
    assert_eq!(claims[2].outcome.after, claims[2].before, "it wrote nothing");
    let source = Source::new(&served(&worker).await, true).await.expect("may be asked");
    // On a machine of its own, with code that was compiled there.
    let engine = crate::code::tests::engine();
    let module = engine.compile(&guest(IMPORTS, BODY), &disputable()).expect("it compiles");
    for claim in &claims {
        let state = source.state(claim, &contract.manifest).await.expect("the state before");
        let request = source.request(&worker.network, claim, &contract.manifest).await.expect("the request");
        let again = Again { network: worker.network, claim, request, state, block_ms: BLOCK_MS };
        assert_eq!(rerun(&engine, &module, again).await, Some(claim.outcome));
    }
    assert_ne!(claims[0].outcome.response, claims[1].outcome.response);
}

#[tokio::test]
async fn an_outcome_from_another_state_or_for_another_request_is_another_one() {
    let (worker, contract, claims) = called().await;
    let source = Source::new(&served(&worker).await, true).await.expect("may be asked");
    let module = worker.engine.compile(&guest(IMPORTS, BODY), &disputable()).expect("it compiles");
    let last = &claims[3];
    let state = source.state(last, &contract.manifest).await.expect("the state before");
    let request = source.request(&worker.network, last, &contract.manifest).await.expect("the request");
    let ran = async |state: &State, request: &Request| {
        let (state, request) = (state.clone(), request.clone());
        let again = Again { network: worker.network, claim: last, request, state, block_ms: BLOCK_MS };
        rerun(&worker.engine, &module, again).await.expect("it ends")
    };
    assert_eq!(ran(&state, &request).await, last.outcome);
    let mut without = state.clone();
    without.pop_first();
    assert_ne!(ran(&without, &request).await.response, last.outcome.response);
    let other = Request { content: b"something else".to_vec(), ..request };
    assert_ne!(ran(&state, &other).await.after, last.outcome.after);
}

#[tokio::test]
async fn an_altered_history_and_an_altered_request_are_refused() {
    let (worker, contract, claims) = called().await;
    let last = &claims[3];
    let page = page(&worker, &CONTRACT, 1).await.expect("is shown");
    let records = Vec::<Vec<u8>>::decode_all(&mut &page[..]).expect("a list of records");
    assert_eq!(records.len(), 3);
    let replayed = |records: &[Vec<u8>]| {
        let mut replay = Replay::new(CONTRACT, contract.manifest.limits.storage);
        records.iter().try_for_each(|record| replay.apply(record))?;
        replay.finish(&last.before)
    };
    assert!(replayed(&records[..2]).is_ok());
    let mut altered = records[..2].to_vec();
    *altered[0].iter_mut().find(|byte| **byte == b'o').expect("of `one`") = b'0';
    assert_eq!(replayed(&altered), Err(BadHistory::OtherHead { sequence: 2 }));
    assert_eq!(replayed(&records[..1]), Err(BadHistory::OtherHead { sequence: 2 }));

    let read = |bytes: &[u8], id: &RequestId| {
        Request::read(bytes, (&worker.network, &CONTRACT, id), &last.request).map(|request| request.content)
    };
    let kept = request(&worker, &CONTRACT, &last.request).await.expect("is shown");
    assert_eq!(read(&kept, &last.request_id), Some(b"another one".to_vec()));
    assert_eq!(read(&kept, &RequestId([9; 16])), None);
    assert_eq!(read(&kept[..kept.len() - 1], &last.request_id), None);
    let altered = [&kept[..kept.len() - 1], b"!"].concat();
    assert_eq!(read(&altered, &last.request_id), None);
}

#[tokio::test]
async fn a_call_that_gives_no_answer_wherever_it_is_run_has_an_outcome_that_no_receipt_claims() {
    let (worker, _, claims) = called().await;
    let module = worker.engine.compile(&component(), &disputable()).expect("it compiles");
    let answering = worker.engine.compile(&guest(IMPORTS, BODY), &disputable()).expect("it compiles");
    let too_large = vec![0; disputable().limits.request as usize + 1];
    for (module, content) in [(&module, vec![]), (&answering, too_large)] {
        let request = Request { method: "GET".into(), path: "/".into(), fields: vec![], content };
        let state = State::default();
        let again = Again { network: worker.network, claim: &claims[0], request, state, block_ms: BLOCK_MS };
        let outcome = rerun(&worker.engine, module, again).await.expect("it is no matter of the machine");
        assert_eq!(outcome, no_answer(&claims[0]));
        assert_ne!(outcome, claims[0].outcome);
    }
}

#[tokio::test]
async fn only_what_a_disputable_contract_that_is_open_here_keeps_is_shown() {
    let (worker, contract, claims) = called().await;
    let elsewhere = ContractId([77; 32]);
    assert!(matches!(page(&worker, &elsewhere, 1).await, Err(Refusal::NotHeld(_))));
    assert!(matches!(request(&worker, &elsewhere, &claims[0].request).await, Err(Refusal::NotHeld(_))));
    let unknown = request(&worker, &CONTRACT, &Digest([7; 32])).await;
    assert_eq!(unknown, Err(Refusal::NoHistory(KEEP_ASKED)));
    let none = page(&worker, &CONTRACT, 4).await.expect("there is nothing more");
    assert_eq!(none, Vec::<Vec<u8>>::new().encode());
    // What was asked is forgotten when nobody can dispute it any more, and the records are not.
    assert_eq!(contract.store.forget_asked(5000 + KEEP_ASKED + 1, 100).await.expect("forgets"), 4);
    let forgotten = request(&worker, &CONTRACT, &claims[0].request).await;
    assert_eq!(forgotten, Err(Refusal::NoHistory(KEEP_ASKED)));
    assert_eq!(contract.store.history(1, usize::MAX).await.expect("reads").len(), 3);

    let usual = open(&worker.engine, manifest()).await;
    assert_eq!(kept(&usual, &call(&worker, &usual, 1, "/", b""), &Origin::of_call(Caller::Anonymous, false)), None);
    worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::new(usual))));
    assert_eq!(page(&worker, &CONTRACT, 1).await, Err(Refusal::NoHistory(KEEP_ASKED)));
}
