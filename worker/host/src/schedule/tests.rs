use adyton_engine::Engine;
use adyton_protocol::{
    manifest::Manifest,
    receipt::{Caller, ReceiptFields, SignedReceipt},
    schedule::name_digest,
};
use adyton_state::StoredAnswer;
use codec::{Decode, Encode};
use serde_json::Value;
use tokio::time::timeout;

use super::*;
use crate::{
    code::tests::manifest,
    contract::tests::{OWNER, open},
    idle::Held,
    road::{
        answer::{Answer, Asker, tests::fields},
        request::{Call, tests::plain},
        reserved,
        schedule::tests::{commit_changes, entries, set},
    },
    stop::tests::holding,
    view::tests::view,
    worker::Slot,
};

/// The chain's time in the views of the tests.
const NOW: u64 = 1_000_000;

fn granted() -> Manifest {
    Manifest { grants: vec![Capability::Schedule], ..manifest() }
}

/// A component that answers every request with status 200 and eight bytes.
pub fn answering() -> Vec<u8> {
    handling("(i32.const 16)")
}

/// A component whose handler has this body; at 16 is the answer of [`answering`].
pub fn handling(body: &str) -> Vec<u8> {
    let module = wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 1024))
            (data (i32.const 20) "\c8\00")
            (data (i32.const 32) "\10\00\00\00\08\00\00\00")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (global.get $next))
                (global.set $next (i32.add (global.get $next)
                    (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
                (local.get $at))
            (func (export "phat:contract/service@0.1.0#handle")
                (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {body}))"#
    ));
    let typed = adyton_component::embed_types(&module.expect("a module")).expect("types");
    adyton_component::from_core_module(&typed).expect("a component")
}

/// A contract that answers.
async fn ready(engine: &Engine) -> Arc<Contract> {
    let module = engine.compile(&answering(), &granted()).expect("it compiles");
    let code = module.code();
    let held = Held::new(module, adyton_admission::counter());
    Arc::new(Contract { code, module: held, ..open(engine, granted()).await })
}

/// A contract whose every call traps.
async fn trapping(engine: &Engine) -> Arc<Contract> {
    Arc::new(open(engine, granted()).await)
}

async fn worker() -> Arc<Worker> {
    Arc::new(holding(true, 1).await.0)
}

async fn sequence(contract: &Contract) -> u64 {
    contract.store.head().await.expect("reads").sequence
}

/// Runs what is due; nobody tells it to stop.
async fn run_due(worker: &Arc<Worker>, contract: &Arc<Contract>) -> Result<(), Refusal> {
    let (_stop, stopped) = watch::channel(false);
    super::run_due(worker, contract, &stopped).await
}

/// What the worker answers the owner of the contract.
async fn asked(worker: &Arc<Worker>, contract: &Arc<Contract>, path: &str) -> Result<Value, Refusal> {
    let call = Call { method: "GET".into(), path: path.into(), ..Call::read(&plain()).expect("reads") };
    let answer = reserved::answer(worker, contract, &call, Caller::Account(OWNER)).await?;
    Ok(serde_json::from_slice(&answer).expect("JSON"))
}

#[tokio::test]
async fn what_is_due_runs_once_with_a_receipt_that_says_so_and_the_rest_waits() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("now", NOW, None), set("later", NOW + 1, None)]).await;
    run_due(&worker, &contract).await.expect("runs");
    assert_eq!(entries(&contract.store).await, [("later".to_owned(), NOW + 1)]);
    assert_eq!(sequence(&contract).await, 2);
    assert!(!contract.schedule.is_due(NOW) && contract.schedule.is_due(NOW + 1));
    run_due(&worker, &contract).await.expect("finds nothing");
    assert_eq!(sequence(&contract).await, 2);
    let runs = contract.schedule.runs();
    let [run] = &runs[..] else { panic!("{runs:?}") };
    assert_eq!((run.name.as_str(), run.due_ms, run.status, run.code), ("now", NOW, Some(200), None));
    let stored = contract.store.answer(run.request_id).await.expect("reads").expect("is kept");
    let answer = Answer::decode(&mut &stored.bytes[..]).expect("reads");
    assert!(answer.fields.is_empty() && answer.content.is_empty(), "nobody can ask for what it says");
    let receipt = SignedReceipt::from_bytes(&answer.receipt).expect("reads");
    let said = receipt.verify(&worker.network, &|_, _, _| true).expect("is whole");
    let schedule = said.schedule.expect("it was a run");
    assert_eq!((schedule.name, schedule.due_ms), (name_digest(&worker.network, &contract.id, "now"), NOW));
    assert_eq!((said.after.sequence, said.caller, said.bytes_out), (2, Caller::Anonymous, 8));
    let head = contract.store.head().await.expect("reads");
    assert_eq!(worker.anchors.newest(&contract.id, contract.lease), Some(head), "it is anchored like a call");
}

#[tokio::test]
async fn a_run_that_was_committed_does_not_run_again_for_who_still_believes_it_due() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None)]).await;
    let mut transaction = contract.store.begin().await.expect("begins");
    let planned = schedule::first(&mut transaction).await.expect("reads").expect("there is one");
    assert!(schedule::run(&worker, &contract, &planned).await.expect("runs").is_some());
    assert!(schedule::run(&worker, &contract, &planned).await.expect("looks").is_none());
    assert_eq!(sequence(&contract).await, 2);
}

#[tokio::test]
async fn a_run_that_fails_is_over_goes_on_by_cron_and_is_told_to_the_owner_alone() {
    let worker = worker().await;
    let contract = trapping(&worker.engine).await;
    commit_changes(&contract.store, [set("once", NOW, None), set("often", NOW - 1, Some("* * * * *"))]).await;
    run_due(&worker, &contract).await.expect("goes on");
    assert_eq!(entries(&contract.store).await, [("often".to_owned(), 1_020_000)]);
    let runs = contract.schedule.runs();
    let runs: Vec<_> = runs.iter().map(|run| (run.name.as_str(), run.status, run.code)).collect();
    let failed = Some("contract-failed");
    assert_eq!(runs, [("often", None, failed), ("once", None, failed)]);
    let logs = contract.logs.lock().expect("no test panics with the lock").from(0, 100);
    let told = |name: &str| logs.iter().any(|line| line.message.contains(&format!("scheduled run of {name}, due at")));
    assert!(told("once") && told("often") && !told("never"), "{logs:?}");
}

#[tokio::test]
async fn a_worker_that_may_not_act_runs_nothing_and_what_was_due_stays_so() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None)]).await;
    let mut lost = view(Duration::from_secs(60)).await;
    lost.contracts.clear();
    worker.view.send_replace(Some(Arc::new(lost)));
    assert!(matches!(run_due(&worker, &contract).await, Err(Refusal::NotHeld(_))));
    assert_eq!((entries(&contract.store).await.len(), sequence(&contract).await), (1, 1));
    worker.view.send_replace(Some(Arc::new(view(Duration::from_secs(60)).await)));
    run_due(&worker, &contract).await.expect("runs");
    assert_eq!((entries(&contract.store).await.len(), sequence(&contract).await), (0, 2));
}

#[tokio::test]
async fn a_contract_without_room_stays_due() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None)]).await;
    let inside = contract.inside.acquire().await.expect("is open");
    assert_eq!(run_due(&worker, &contract).await, Err(Refusal::Busy));
    drop(inside);
    assert_eq!(entries(&contract.store).await.len(), 1);
    run_due(&worker, &contract).await.expect("runs");
    assert!(entries(&contract.store).await.is_empty());
}

#[tokio::test]
async fn a_contract_that_is_not_granted_it_is_not_looked_at_and_one_that_is_by_one_at_a_time() {
    let worker = worker().await;
    let other = Arc::new(open(&worker.engine, manifest()).await);
    assert!(Look::begin(other, NOW).is_none());
    let contract = ready(&worker.engine).await;
    let look = Look::begin(Arc::clone(&contract), NOW).expect("nobody has looked yet");
    assert!(Look::begin(Arc::clone(&contract), NOW).is_none());
    drop(look);
    contract.schedule.forget();
    assert!(Look::begin(Arc::clone(&contract), NOW).is_none(), "nothing is due");
    contract.schedule.no_later_than(NOW + 1);
    assert!(Look::begin(Arc::clone(&contract), NOW).is_none());
    assert!(Look::begin(contract, NOW + 1).is_some());
}

#[tokio::test]
async fn the_loop_runs_what_is_due_in_every_open_contract() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None)]).await;
    worker.set_slot(contract.id, Some(Slot::Ready(Arc::clone(&contract))));
    let (_stop, stopped) = watch::channel(false);
    let running = tokio::spawn(run(Arc::clone(&worker), stopped));
    let ran = async {
        while contract.schedule.runs().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), ran).await.expect("it runs");
    running.abort();
    assert!(entries(&contract.store).await.is_empty());
}

#[tokio::test]
async fn told_to_stop_a_run_under_way_is_committed_and_the_next_one_is_not_begun() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None), set("b", NOW, None)]).await;
    worker.set_slot(contract.id, Some(Slot::Ready(Arc::clone(&contract))));
    let turn = contract.turns.alone().await;
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(run(Arc::clone(&worker), stopped));
    let begun = async {
        while contract.inside.available_permits() > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), begun).await.expect("it begins, and waits for its turn");
    stop.send_replace(true);
    drop(turn);
    timeout(Duration::from_secs(30), running).await.expect("it ends").expect("and does not fail");
    assert_eq!(entries(&contract.store).await, [("b".to_owned(), NOW)]);
    let runs = contract.schedule.runs();
    assert_eq!((runs.len(), runs[0].name.as_str(), runs[0].status), (1, "a", Some(200)));
}

#[tokio::test]
async fn a_contract_whose_schedule_waits_is_left_alone_for_a_while_but_not_when_told_to_stop() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None)]).await;
    worker.set_slot(contract.id, Some(Slot::Ready(Arc::clone(&contract))));
    let mut lost = view(Duration::from_secs(60)).await;
    lost.contracts.clear();
    worker.view.send_replace(Some(Arc::new(lost)));
    let look = Look::begin(Arc::clone(&contract), NOW).expect("nobody has looked yet");
    let (stop, stopped) = watch::channel(false);
    let mut looking = tokio::spawn(look_at(Arc::clone(&worker), look, stopped));
    assert!(timeout(Duration::from_millis(200), &mut looking).await.is_err(), "it looks on");
    assert!(Look::begin(Arc::clone(&contract), NOW).is_none());
    stop.send_replace(true);
    timeout(Duration::from_secs(2), looking).await.expect("it ends at once").expect("and does not fail");
    assert!(contract.schedule.is_due(NOW));
    assert!(later(&Refusal::State("closed")) > later(&Refusal::Busy));
}

#[tokio::test]
async fn the_owner_sees_the_schedule_and_the_receipts_of_runs_and_of_no_other_call() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    commit_changes(&contract.store, [set("a", NOW, None), set("b", NOW * 2, Some("* * * * *"))]).await;
    run_due(&worker, &contract).await.expect("runs");
    let schedule = asked(&worker, &contract, "/.adyton/schedule").await.expect("is answered");
    assert_eq!(schedule["entries"], serde_json::json!([{ "name": "b", "due_ms": NOW * 2, "cron": "* * * * *" }]));
    let run = &schedule["runs"][0];
    let said = (run["name"].as_str(), run["due_ms"].as_u64(), run["status"].as_u64());
    assert_eq!(said, (Some("a"), Some(NOW), Some(200)));
    let id = run["request_id"].as_str().expect("an id");
    let kept = asked(&worker, &contract, &format!("/.adyton/schedule/{id}")).await.expect("is answered");
    let receipt = kept["receipt"].as_str().and_then(|text| text.strip_prefix("0x")).expect("a receipt");
    let receipt = SignedReceipt::from_bytes(&hex::decode(receipt).expect("hexadecimal")).expect("reads");
    assert_eq!((kept["request_id"].as_str(), receipt.leaves.len()), (Some(id), 19));
    // Another call's answer is nobody's but the caller's.
    let fields = ReceiptFields { network: worker.network, worker: worker.signing_key(), ..fields() };
    let other = Answer {
        request: fields.request,
        asker: Asker::NOBODY,
        status: 200,
        fields: Vec::new(),
        content: b"private".to_vec(),
        receipt: worker.boot.receipt(&fields).expect("signs").to_bytes(),
        sequence: 1,
    };
    let request = RequestId([9; 16]);
    let stored = StoredAnswer { request, bytes: other.encode().into(), expires_unix: NOW };
    let prepared = contract.store.prepare(contract.store.begin().await.expect("begins")).await.expect("prepares");
    contract.store.commit(prepared, Some(stored)).await.expect("commits");
    for path in [format!("schedule/{request}"), format!("schedule/{}", RequestId([8; 16])), "schedule2".into()] {
        let refused = asked(&worker, &contract, &format!("/.adyton/{path}")).await;
        assert_eq!(refused, Err(Refusal::NoSuchPath), "{path}");
    }
    let malformed = asked(&worker, &contract, "/.adyton/schedule/x").await;
    assert!(matches!(malformed, Err(Refusal::Malformed(_))));
}

#[test]
fn only_the_contracts_own_failures_end_a_run_at_once_and_only_the_workers_right_and_room_keep_it_due() {
    let guest = Refusal::Guest { case: "other", message: String::new() };
    for refusal in [guest, Refusal::Trapped(String::new()), Refusal::Exceeded("fuel"), Refusal::TooLarge("value")] {
        assert_eq!(Meaning::of(&refusal), Meaning::Over, "{refusal}");
    }
    for refusal in [
        Refusal::Busy,
        Refusal::NotHeld(String::new()),
        Refusal::State("closed"),
        Refusal::Expired,
        Refusal::PaymentRequired,
        Refusal::Underpriced,
        Refusal::GasBudget,
        Refusal::CallerCap(1),
    ] {
        assert_eq!(Meaning::of(&refusal), Meaning::NotNow, "{refusal}");
    }
    for refusal in [Refusal::Worker, Refusal::Conflict] {
        assert_eq!(Meaning::of(&refusal), Meaning::WorkerFailed, "{refusal}");
    }
}
