use adyton_engine::Engine;
use adyton_protocol::{
    ids::AccountId,
    manifest::Manifest,
    message::Payload,
    receipt::{Caller, SignedReceipt},
};
use codec::Decode;
use serde_json::Value;

use super::*;
use crate::{
    code::tests::manifest,
    contract::tests::{OWNER, open},
    idle::Held,
    road::{
        answer::Answer,
        request::{Call as Request, tests::plain},
        reserved,
    },
    schedule::tests::{answering, handling},
    stop::tests::holding,
    view::tests::CONTRACT,
};

fn listening() -> Manifest {
    Manifest { messages: true, ..manifest() }
}

/// A contract that answers.
async fn ready(engine: &Engine) -> Arc<Contract> {
    running(engine, &answering(), listening()).await
}

async fn running(engine: &Engine, component: &[u8], manifest: Manifest) -> Arc<Contract> {
    let module = engine.compile(component, &manifest).expect("it compiles");
    let code = module.code();
    let held = Held::new(module, adyton_admission::counter());
    Arc::new(Contract { code, module: held, ..open(engine, manifest).await })
}

/// The worker's newest view, by which these messages wait.
fn with_queue(worker: &Worker, queue: Queue) -> Arc<View> {
    let mut view = (*worker.view().expect("a view")).clone();
    view.contracts.get_mut(&CONTRACT).expect("is in the view").messages = Some(queue);
    let view = Arc::new(view);
    worker.view.send_replace(Some(Arc::clone(&view)));
    view
}

async fn worker() -> Arc<Worker> {
    Arc::new(holding(true, 1).await.0)
}

fn sent() -> Message {
    let payload = Payload::truncate_from(b"hello".to_vec());
    Message { sender: AccountId([8; 32]), block: 1, deposit: 1, payload }
}

async fn over(contract: &Contract) -> u64 {
    let mut transaction = contract.store.begin().await.expect("begins");
    road::over(&mut transaction).await.expect("reads")
}

async fn finished(worker: &Arc<Worker>, contract: &Arc<Contract>, number: u64) -> Finished {
    finish(worker, contract, number, &sent()).await.expect("comes to an end")
}

#[tokio::test]
async fn a_message_is_answered_once_with_a_receipt_that_names_it_and_its_sender() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    assert!(matches!(finished(&worker, &contract, 1).await, Finished::Answered(200)));
    assert_eq!(over(&contract).await, 1);
    assert!(matches!(finished(&worker, &contract, 1).await, Finished::Gone), "it is over");
    let id = road::request_id(&worker, &contract, 1);
    let stored = contract.store.answer(id).await.expect("reads").expect("is kept");
    let answer = Answer::decode(&mut &stored.bytes[..]).expect("reads");
    assert!(answer.fields.is_empty() && answer.content.is_empty(), "nobody can ask for what it says");
    let receipt = SignedReceipt::from_bytes(&answer.receipt).expect("reads");
    let said = receipt.verify(&worker.network, &|_, _, _| true).expect("is whole");
    assert_eq!((said.message, said.caller), (Some(1), Caller::Account(AccountId([8; 32]))));
    assert_eq!((said.request_id, said.bytes_in), (id, 5));
    assert_ne!(road::request_id(&worker, &contract, 2), id);
}

#[tokio::test]
async fn a_message_that_the_contract_fails_over_is_left_behind_and_the_owner_learns_why() {
    let worker = worker().await;
    // That of the tests traps.
    let contract = Arc::new(open(&worker.engine, listening()).await);
    let Finished::Failed(refusal) = finished(&worker, &contract, 1).await else { panic!("it fails") };
    assert_eq!(over(&contract).await, 0, "nothing of the run was committed");
    leave_behind(&worker, &contract, 1, 5, &refusal).await.expect("passes over");
    let lines = contract.logs.lock().expect("not poisoned").from(0, 10);
    assert!(lines.iter().any(|line| line.message.starts_with("the run of message 1 failed: ")));
    assert_eq!(over(&contract).await, 1);
    let head = contract.store.head().await.expect("reads");
    road::pass_over(&worker, &contract, 1).await.expect("has nothing to do");
    assert_eq!(contract.store.head().await.expect("reads"), head);
}

#[tokio::test]
async fn a_run_that_the_machine_may_have_slowed_down_is_not_over_until_an_hour_has_passed() {
    let worker = worker().await;
    let mut manifest = listening();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 20);
    let contract = running(&worker.engine, &handling("(loop (br 0)) unreachable"), manifest).await;
    let slow = Refusal::Exceeded(Limit::WallTime.name());
    for tries in 1..=2 {
        assert_eq!(finish(&worker, &contract, 1, &sent()).await.err(), Some(slow.clone()));
        assert_eq!(contract.inbox.unfinished.lock().expect("not poisoned").map(|found| found.tries), Some(tries));
    }
    assert_eq!(over(&contract).await, 0);
    let mut view = (*worker.view().expect("a view")).clone();
    view.chain_ms += GIVE_UP_MS;
    worker.view.send_replace(Some(Arc::new(view)));
    let Finished::Failed(refusal) = finished(&worker, &contract, 1).await else { panic!("it is given up") };
    assert_eq!(refusal, slow);
    // The next one has its own hour.
    assert_eq!(finish(&worker, &contract, 2, &sent()).await.err(), Some(slow));
}

#[test]
fn the_tries_of_a_message_are_counted_by_its_number_from_its_first_failure_on() {
    let inbox = Inbox::default();
    assert_eq!(inbox.unfinished(1, 1000), (1, false));
    assert_eq!(inbox.unfinished(1, 999 + GIVE_UP_MS), (2, false));
    assert_eq!(inbox.unfinished(1, 1000 + GIVE_UP_MS), (3, true));
    assert_eq!(inbox.unfinished(2, 1000 + GIVE_UP_MS), (1, false));
    assert_eq!(inbox.unfinished(2, 0), (2, false), "an older view");
}

#[test]
fn only_what_the_machine_cannot_bring_about_ends_a_message_at_once() {
    let guest = Refusal::Guest { case: "other", message: String::new() };
    for refusal in [guest, Refusal::Trapped(String::new()), Refusal::Exceeded("fuel"), Refusal::Exceeded("storage")] {
        assert_eq!(meaning(&refusal), Meaning::Over, "{refusal}");
    }
    for refusal in [Refusal::Worker, Refusal::Conflict, Refusal::Exceeded("wall time")] {
        assert_eq!(meaning(&refusal), Meaning::WorkerFailed, "{refusal}");
    }
    assert_eq!(meaning(&Refusal::State("closed")), Meaning::NotNow);
}

#[tokio::test]
async fn a_contract_at_its_storage_limit_comes_past_its_first_message() {
    let worker = worker().await;
    let mut manifest = listening();
    // One entry: its key, and what each counts.
    manifest.limits.storage = 4 + 32;
    let contract = running(&worker.engine, &answering(), manifest).await;
    let mut transaction = contract.store.begin().await.expect("begins");
    transaction.set(b"full", b"").expect("sets");
    let prepared = contract.store.prepare(transaction).await.expect("prepares");
    contract.store.commit(prepared, None).await.expect("commits");
    let Finished::Failed(refusal) = finished(&worker, &contract, 1).await else { panic!("there is no room") };
    assert_eq!(refusal, Refusal::Exceeded("storage"));
    road::pass_over(&worker, &contract, 1).await.expect("passes over");
    assert_eq!(over(&contract).await, 1);
    // The number is an entry now that is no larger with the next one.
    assert!(matches!(finished(&worker, &contract, 2).await, Finished::Answered(200)));
}

#[tokio::test]
async fn the_chain_is_told_of_those_before_a_message_that_has_to_wait() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    road::pass_over(&worker, &contract, 1).await.expect("passes over");
    let view = worker.view().expect("a view");
    let chain = ChainState::new(worker.chain.reader.clone(), view.head.header().clone());
    let waiting = Waiting { view, chain, queue: Queue { sent: 3, over: 0 } };
    let (_stop, stopped) = watch::channel(false);
    // The second one cannot be read: the views of the tests are of another chain than the one that the node serves.
    let refused = answer_queue(&worker, &contract, &waiting, &stopped).await;
    assert!(matches!(refused, Err(Refusal::NotFresh(_))), "{refused:?}");
    let sequence = contract.store.head().await.expect("reads").sequence;
    let untold = *contract.inbox.untold.lock().expect("not poisoned");
    assert_eq!(untold, Some(Untold { over: 1, sequence }));
    assert_eq!(contract.inbox.seen.load(Ordering::SeqCst), 0, "they are looked at again");
}

#[tokio::test]
async fn a_contract_that_takes_no_messages_is_not_looked_at_and_another_one_once_at_a_time() {
    let worker = worker().await;
    let waiting = Queue { sent: 2, over: 1 };
    let view = with_queue(&worker, waiting);
    let deaf = Arc::new(open(&worker.engine, manifest()).await);
    assert_eq!(queue(&view, &deaf), None);
    let contract = ready(&worker.engine).await;
    assert_eq!(queue(&view, &contract), Some(waiting));
    let told = Queue { over: 2, ..waiting };
    assert!(Look::begin(Arc::clone(&contract), 5, told).is_none(), "the chain knows that all are over");
    let look = Look::begin(Arc::clone(&contract), 5, waiting).expect("nobody has looked yet");
    assert!(Look::begin(Arc::clone(&contract), 5, waiting).is_none());
    drop(look);
    contract.inbox.seen.store(5, Ordering::SeqCst);
    assert!(Look::begin(Arc::clone(&contract), 5, waiting).is_none(), "nothing is new");
    assert!(Look::begin(contract, 6, waiting).is_some());
}

#[tokio::test]
async fn messages_that_cannot_be_proven_wait() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    let (_stop, stopped) = watch::channel(false);
    answer_all(&worker, &contract, &stopped).await.expect("a view that does not say what waits has nothing to do");
    with_queue(&worker, Queue { sent: 1, over: 0 });
    // The views of the tests are of another chain than the one that this worker's node serves.
    let refused = answer_all(&worker, &contract, &stopped).await;
    assert!(matches!(refused, Err(Refusal::NotFresh(_))), "{refused:?}");
    assert_eq!((over(&contract).await, contract.inbox.runs().len()), (0, 0));
    assert_eq!(contract.inbox.seen.load(Ordering::SeqCst), 0);
}

#[test]
fn the_chain_is_told_what_is_over_in_a_state_that_it_knows_and_nothing_else() {
    let inbox = Inbox::default();
    let queue = Queue { sent: 5, over: 2 };
    assert_eq!(inbox.tellable(&queue, 2, 9, 9), None, "it knows");
    assert_eq!(inbox.tellable(&queue, 4, 10, 9), None, "not anchored");
    // Later ones do not put off what waits.
    assert_eq!(inbox.tellable(&queue, 5, 20, 11), Some(4));
    let told = Queue { over: 4, ..queue };
    assert_eq!(inbox.tellable(&told, 5, 20, 11), None);
    assert_eq!(inbox.tellable(&told, 5, 30, 20), Some(5));
    let all = Queue { over: 5, ..queue };
    assert_eq!(inbox.tellable(&all, 5, 30, 30), None);
    // By an older view, fewer were sent than are over.
    assert_eq!(Inbox::default().tellable(&queue, 6, 1, 9), None);
}

#[tokio::test]
async fn the_owner_sees_the_runs_and_their_receipts() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    assert!(matches!(finished(&worker, &contract, 1).await, Finished::Answered(200)));
    note(&worker, &contract, 1, (Some(200), None));
    let asked = async |path: &str| {
        let call = Request { method: "GET".into(), path: path.into(), ..Request::read(&plain()).expect("reads") };
        let answer = reserved::answer(&worker, &contract, &call, Caller::Account(OWNER)).await?;
        Ok::<Value, Refusal>(serde_json::from_slice(&answer).expect("JSON"))
    };
    let said = asked("/.adyton/messages").await.expect("is answered");
    assert_eq!((said["over"].as_u64(), said["runs"][0]["number"].as_u64()), (Some(1), Some(1)));
    let id = said["runs"][0]["request_id"].as_str().expect("an id").to_owned();
    let kept = asked(&format!("/.adyton/messages/{id}")).await.expect("is answered");
    assert_eq!((kept["request_id"].as_str(), kept["status"].as_u64()), (Some(id.as_str()), Some(200)));
    // It was no run of the schedule.
    assert_eq!(asked(&format!("/.adyton/schedule/{id}")).await, Err(Refusal::NoSuchPath));
}
