use adyton_engine::Engine;
use adyton_protocol::{
    ids::CodeHash,
    receipt::{Caller, SignedReceipt},
};
use codec::Decode;
use serde_json::Value;

use super::*;
use crate::{
    code::tests::{component, manifest},
    contract::tests::{OWNER, open},
    idle::Held,
    road::{
        answer::{Answer, Origin, answer},
        lifecycle::tests::set_mark,
        request::{Call, tests::plain},
        reserved, schedule,
        schedule::tests::{commit_changes, set},
    },
    stop::tests::holding,
    view::tests::{CONTRACT, view},
};

/// The function returns `ok`.
pub const YES: &str = "(i32.const 64)";
/// It returns an error of its own.
pub const NO: &str = "(i32.const 96)";
/// It traps, unless it migrates from version 1.
const FROM_ONE: &str = "(if (i32.ne (local.get 0) (i32.const 1)) (then unreachable)) (i32.const 64)";
/// The code of an earlier version.
const OTHER: CodeHash = CodeHash([9; 32]);

/// A component that answers every request with status 200, with these bodies of `init` and `migrate`.
pub fn guest(init: &str, migrate: &str) -> Vec<u8> {
    let module = wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 1024))
            (data (i32.const 20) "\c8\00")
            (data (i32.const 96) "\01\00\00\00\07\00\00\00\c8\00\00\00\0a\00\00\00")
            (data (i32.const 200) "not today!")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (global.get $next))
                (global.set $next (i32.add (global.get $next)
                    (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
                (local.get $at))
            (func (export "phat:contract/service@0.1.0#handle")
                (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 16))
            (func (export "phat:contract/lifecycle@0.1.0#init") (result i32) {init})
            (func (export "phat:contract/lifecycle@0.1.0#migrate") (param i32 i32 i32) (result i32) {migrate}))"#,
    ));
    let typed = adyton_component::embed_types(&module.expect("a module")).expect("types");
    adyton_component::from_core_module(&typed).expect("a component")
}

/// A contract of this component, as its worker has just opened it as `version`, after `before` it.
async fn opened(engine: &Engine, component: &[u8], version: u32, before: Option<(u32, CodeHash)>) -> Arc<Contract> {
    let module = engine.compile(component, &manifest()).expect("it compiles");
    let contract = open(engine, manifest()).await;
    if let Some((version, code)) = before {
        set_mark(&contract.store, version, code).await;
    }
    let life = Life::at(stage(&contract.store, &module, version).await.expect("reads"));
    let code = module.code();
    let module = Held::new(module, adyton_admission::counter());
    Arc::new(Contract { code, version, module, life, ..contract })
}

async fn worker() -> Arc<Worker> {
    Arc::new(holding(true, 1).await.0)
}

async fn sequence(contract: &Contract) -> u64 {
    contract.store.head().await.expect("reads").sequence
}

/// What a call by anybody comes to.
pub async fn called(worker: &Arc<Worker>, contract: &Arc<Contract>) -> Result<u16, Refusal> {
    let mut call = Call::read(&plain()).expect("reads");
    call.fields.not_after = 5000;
    let origin = Origin::of_call(Caller::Anonymous, true);
    answer(worker, contract, &call, origin, None).await.map(|answer| answer.status)
}

/// What the receipt of the run says that made the state ready.
async fn said(worker: &Worker, contract: &Contract) -> Option<Transition> {
    let mut transaction = contract.store.begin().await.expect("begins");
    let mark = lifecycle::mark(&mut transaction).await.expect("reads").expect("there is one");
    assert_eq!((mark.version, mark.code), (contract.version, contract.code));
    let stored = contract.store.answer(mark.request).await.expect("reads").expect("is kept");
    let answer = Answer::decode(&mut &stored.bytes[..]).expect("reads");
    let receipt = SignedReceipt::from_bytes(&answer.receipt).expect("reads");
    let said = receipt.verify(&worker.network, &|_, _, _| true).expect("is whole");
    assert_eq!((said.caller, said.schedule, answer.status), (Caller::Anonymous, None, 204));
    said.transition
}

#[tokio::test]
async fn init_runs_once_before_the_first_call_with_a_receipt_and_not_after_a_restart() {
    let worker = worker().await;
    let component = guest(YES, NO);
    let contract = opened(&worker.engine, &component, 1, None).await;
    assert_eq!(called(&worker, &contract).await, Err(Refusal::Initializing));
    assert!(settle(&worker, &contract).await);
    assert_eq!(sequence(&contract).await, 1);
    assert_eq!(said(&worker, &contract).await, Some(Transition::Init));
    let head = contract.store.head().await.expect("reads");
    assert_eq!(worker.anchors.newest(&contract.id, contract.lease), Some(head), "it is anchored like a call");
    assert_eq!(called(&worker, &contract).await, Ok(200));
    let module = worker.engine.compile(&component, &manifest()).expect("it compiles");
    assert_eq!(stage(&contract.store, &module, 1).await.expect("reads"), Stage::Settled);
    // Who still believes it owed finds the mark.
    contract.life.set(Stage::Owed(Transition::Init));
    assert!(settle(&worker, &contract).await);
    assert_eq!(sequence(&contract).await, 1);
}

#[tokio::test]
async fn an_init_that_fails_keeps_calls_and_schedule_out_and_says_why_and_leaves_nothing() {
    let worker = worker().await;
    for (init, why) in [(NO, "not today!"), ("unreachable", "unreachable")] {
        let contract = opened(&worker.engine, &guest(init, YES), 1, None).await;
        commit_changes(&contract.store, [set("a", 1, None)]).await;
        assert!(!settle(&worker, &contract).await);
        let refused = called(&worker, &contract).await.expect_err("is refused");
        assert!(matches!(&refused, Refusal::InitFailed(reason) if reason.contains(why)), "{refused}");
        let mut transaction = contract.store.begin().await.expect("begins");
        let planned = schedule::first(&mut transaction).await.expect("reads").expect("there is one");
        assert_eq!(lifecycle::mark(&mut transaction).await.expect("reads"), None);
        assert_eq!(schedule::run(&worker, &contract, &planned).await, Err(refused));
        assert_eq!(sequence(&contract).await, 1, "that is the schedule's");
        let lines = contract.logs.lock().expect("no test panics with the lock").from(0, 100);
        assert!(lines.iter().any(|line| line.message.starts_with("init failed: ") && line.message.contains(why)));
    }
}

#[tokio::test]
async fn the_owner_is_answered_while_a_contract_is_not_ready() {
    let worker = worker().await;
    let contract = opened(&worker.engine, &guest(NO, YES), 1, None).await;
    let asked = async |caller| {
        let call =
            Call { method: "GET".into(), path: "/.adyton/lifecycle".into(), ..Call::read(&plain()).expect("reads") };
        reserved::answer(&worker, &contract, &call, caller).await
    };
    assert!(!settle(&worker, &contract).await);
    let answer = asked(Caller::Account(OWNER)).await.expect("answers");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((answer["waits"]["code"].as_str(), answer["ready"].is_null()), (Some("init-failed"), true));
    assert_eq!(asked(Caller::Anonymous).await, Err(Refusal::OwnerOnly));
}

#[tokio::test]
async fn migrate_runs_after_a_change_of_the_code_and_is_told_from_which() {
    let worker = worker().await;
    let contract = opened(&worker.engine, &guest(NO, FROM_ONE), 3, Some((1, OTHER))).await;
    assert_eq!(called(&worker, &contract).await, Err(Refusal::Migrating));
    assert!(settle(&worker, &contract).await);
    assert_eq!(said(&worker, &contract).await, Some(Transition::Migrate { version: 1, code: OTHER }));
    assert_eq!(called(&worker, &contract).await, Ok(200));
    // From version 2 it traps.
    let contract = opened(&worker.engine, &guest(NO, FROM_ONE), 3, Some((2, OTHER))).await;
    assert!(!settle(&worker, &contract).await);
    assert!(matches!(called(&worker, &contract).await, Err(Refusal::MigrateFailed(_))));
    assert_eq!(sequence(&contract).await, 1, "the mark stands where it was");
}

#[tokio::test]
async fn the_same_code_under_a_later_version_migrates_because_what_came_between_may_have_changed_the_state() {
    let worker = worker().await;
    let component = guest(NO, FROM_ONE);
    let code = worker.engine.compile(&component, &manifest()).expect("it compiles").code();
    let same = opened(&worker.engine, &component, 1, Some((1, code))).await;
    assert_eq!(same.life.stage(), Stage::Settled);
    let later = opened(&worker.engine, &component, 3, Some((1, code))).await;
    assert_eq!(later.life.stage(), Stage::Owed(Transition::Migrate { version: 1, code }));
}

#[tokio::test]
async fn a_contract_without_the_interface_is_asked_for_nothing_and_has_no_mark() {
    let worker = worker().await;
    let contract = opened(&worker.engine, &component(), 1, None).await;
    assert_eq!(contract.life.check(), Ok(()));
    assert_eq!(lifecycle::run(&worker, &contract).await, Ok(None));
    assert_eq!(sequence(&contract).await, 0);
}

#[tokio::test]
async fn a_worker_that_may_not_act_runs_nothing_and_calls_that_no_failure_of_the_contracts() {
    let worker = worker().await;
    let contract = opened(&worker.engine, &guest(YES, YES), 1, None).await;
    let mut lost = view(Duration::from_secs(60)).await;
    lost.contracts.clear();
    worker.view.send_replace(Some(Arc::new(lost)));
    assert!(!settle(&worker, &contract).await);
    assert_eq!((contract.life.check(), sequence(&contract).await), (Err(Refusal::Initializing), 0));
    worker.view.send_replace(Some(Arc::new(view(Duration::from_secs(60)).await)));
    assert!(settle(&worker, &contract).await);
}

#[tokio::test]
async fn what_is_owed_runs_in_the_background_and_is_tried_again_at_once_when_something_changed() {
    let worker = worker().await;
    let contract = opened(&worker.engine, &guest(YES, YES), 1, None).await;
    worker.set_slot(CONTRACT, Some(Slot::Ready(contract.clone())));
    worker.view.send_replace(None);
    start(&worker, &contract);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(contract.life.check(), Err(Refusal::Initializing));
    worker.view.send_replace(Some(Arc::new(view(Duration::from_secs(60)).await)));
    contract.life.try_again();
    let settled = async {
        while contract.life.check().is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PAUSE / 2, settled).await.expect("does not wait for the pause");
}
