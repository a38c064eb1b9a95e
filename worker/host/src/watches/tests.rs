use std::time::Duration;

use adyton_engine::{Engine, Limit};
use adyton_protocol::{
    manifest::Manifest,
    receipt::{Caller, ScheduleRun, SignedReceipt},
    watch::{Watch, Watched, digest},
};
use codec::Decode;

use super::*;
use crate::{
    code::tests::manifest,
    contract::tests::open,
    gas::tests::{account, used},
    idle::Held,
    road::answer::Answer,
    schedule::tests::{answering, handling},
    stop::tests::holding,
    view::tests::{fresh, view_after},
};

const KEY: &[u8] = b"key";

fn watching() -> Manifest {
    let watch = |name: &str| Watch { name: name.into(), what: Watched::Key(KEY.to_vec()) };
    Manifest { watches: vec![watch("price"), watch("paid")], ..manifest() }
}

async fn running(engine: &Engine, component: &[u8], manifest: Manifest) -> Arc<Contract> {
    let module = engine.compile(component, &manifest).expect("it compiles");
    let code = module.code();
    let held = Held::new(module, adyton_admission::counter());
    Arc::new(Contract { code, module: held, ..open(engine, manifest).await })
}

async fn ready(engine: &Engine) -> Arc<Contract> {
    running(engine, &answering(), watching()).await
}

async fn worker() -> Arc<Worker> {
    Arc::new(holding(true, 1).await.0)
}

/// The worker's newest view is after so many blocks.
async fn at(worker: &Worker, blocks: u32) -> Arc<View> {
    let view = Arc::new(view_after(blocks).await);
    worker.view.send_replace(Some(Arc::clone(&view)));
    view
}

/// `price` is so after the block of `view`.
fn price(worker: &Worker, view: &Arc<View>, value: Option<&[u8]>) -> Change {
    Change::new(worker, "price", (KEY, value.map(<[u8]>::to_vec)), view)
}

async fn is_news(contract: &Contract, change: &Change) -> bool {
    let mut transaction = contract.store.begin().await.expect("begins");
    change.is_news(&road::told(&mut transaction).await.expect("reads"))
}

#[tokio::test]
async fn a_change_is_answered_once_with_a_receipt_that_names_the_watch_and_the_changes_block() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    let view = at(&worker, 2).await;
    let change = price(&worker, &view, Some(b"hello"));
    let newer = at(&worker, 3).await;
    tell(&worker, &contract, &change).await.expect("is answered");
    let runs = contract.schedule.runs();
    let id = road::request_id(&worker, &contract, &change);
    assert_eq!(runs.len(), 1);
    assert_eq!((&*runs[0].name, runs[0].due_ms, runs[0].status), ("watch:price", view.chain_ms, Some(200)));
    assert_eq!((runs[0].request_id, runs[0].at_ms), (id, newer.chain_ms));
    tell(&worker, &contract, &change).await.expect("has nothing to do");
    assert_eq!(contract.schedule.runs().len(), 1, "it is over");
    let stored = contract.store.answer(id).await.expect("reads").expect("is kept");
    let answer = Answer::decode(&mut &stored.bytes[..]).expect("reads");
    assert!(answer.fields.is_empty() && answer.content.is_empty(), "nobody can ask for what it says");
    let receipt = SignedReceipt::from_bytes(&answer.receipt).expect("reads");
    let said = receipt.verify(&worker.network, &|_, _, _| true).expect("is whole");
    let run = ScheduleRun { name: digest(&worker.network, &contract.id, "price"), due_ms: view.chain_ms };
    assert_eq!((said.schedule, said.caller, said.block), (Some(run), Caller::Anonymous, view.block()));
    assert_eq!((said.request_id, said.bytes_in), (id, 5));
    assert_ne!(road::request_id(&worker, &contract, &price(&worker, &newer, Some(b"hello"))), id);
}

#[tokio::test]
async fn only_another_value_after_a_later_block_is_news_and_that_there_is_none_any_more() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    let views = [at(&worker, 1).await, at(&worker, 2).await, at(&worker, 3).await];
    assert!(!is_news(&contract, &price(&worker, &views[1], None)).await, "there never was one");
    let first = price(&worker, &views[1], Some(b"1"));
    assert!(is_news(&contract, &first).await);
    tell(&worker, &contract, &first).await.expect("is answered");
    for (view, value, news) in [
        (0, Some("0"), false),
        (1, Some("2"), false),
        (2, Some("1"), false),
        (2, Some("2"), true),
        (2, Some(""), true),
        (2, None, true),
    ] {
        let change = price(&worker, &views[view], value.map(str::as_bytes));
        assert_eq!(is_news(&contract, &change).await, news, "{value:?} at {view}");
    }
    let other = Change::new(&worker, "paid", (KEY, Some(b"1".to_vec())), &views[0]);
    assert!(is_news(&contract, &other).await, "each watch has its own past");
    tell(&worker, &contract, &price(&worker, &views[2], None)).await.expect("is answered");
    assert!(!is_news(&contract, &price(&worker, &views[2], Some(b"1"))).await);
}

#[tokio::test]
async fn of_two_runs_of_one_change_only_one_is_committed() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    let view = at(&worker, 2).await;
    let change = price(&worker, &view, Some(b"1"));
    let (one, two) = tokio::join!(road::run(&worker, &contract, &change), road::run(&worker, &contract, &change));
    let answered = [one, two].into_iter().filter_map(|run| run.expect("comes to an end")).count();
    assert_eq!(answered, 1);
}

#[tokio::test]
async fn a_change_that_the_contract_fails_over_is_left_behind_and_the_owner_learns_why() {
    let worker = worker().await;
    // That of the tests traps.
    let contract = Arc::new(open(&worker.engine, watching()).await);
    let view = at(&worker, 2).await;
    let change = price(&worker, &view, Some(b"1"));
    tell(&worker, &contract, &change).await.expect("is passed over");
    let lines = contract.logs.lock().expect("not poisoned").from(0, 10);
    assert!(lines.iter().any(|line| line.message.starts_with("the run of the watch price failed: ")));
    assert!(!is_news(&contract, &change).await);
    let runs = contract.schedule.runs();
    assert_eq!((runs[0].status, runs[0].code), (None, Some("contract-failed")));
    let head = contract.store.head().await.expect("reads");
    road::pass_over(&worker, &contract, &change).await.expect("has nothing to do");
    assert_eq!(contract.store.head().await.expect("reads"), head);
}

#[tokio::test]
async fn a_run_that_the_machine_may_have_slowed_down_is_not_over_until_an_hour_has_passed() {
    let worker = worker().await;
    let mut manifest = watching();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 20);
    let contract = running(&worker.engine, &handling("(loop (br 0)) unreachable"), manifest).await;
    let slow = Refusal::Exceeded(Limit::WallTime.name());
    let view = at(&worker, 2).await;
    let change = price(&worker, &view, Some(b"1"));
    assert_eq!(tell(&worker, &contract, &change).await, Err(slow));
    assert!(is_news(&contract, &change).await);
    let mut later = (*view).clone();
    later.chain_ms += GIVE_UP_MS;
    let later = Arc::new(later);
    tell(&worker, &contract, &price(&worker, &later, Some(b"2"))).await.expect("is given up");
    assert!(!is_news(&contract, &price(&worker, &later, Some(b"2"))).await);
}

#[test]
fn the_hour_of_a_watch_begins_with_its_first_failure_and_again_when_a_change_is_over() {
    let watching = Watching::default();
    assert!(!watching.failed("price", 1000) && !watching.failed("paid", 2000));
    assert!(!watching.failed("price", 999 + GIVE_UP_MS));
    assert!(watching.failed("price", 1000 + GIVE_UP_MS) && !watching.failed("paid", 1000 + GIVE_UP_MS));
    watching.over("price");
    assert!(!watching.failed("price", 2000 + GIVE_UP_MS) && watching.failed("paid", 2000 + GIVE_UP_MS));
}

#[tokio::test]
async fn a_deterministic_contract_acts_on_the_newest_block_or_waits() {
    let worker = worker().await;
    let manifest = Manifest { deterministic: true, ..watching() };
    let contract = running(&worker.engine, &answering(), manifest).await;
    let view = at(&worker, 2).await;
    let change = price(&worker, &view, Some(b"1"));
    let newer = at(&worker, 3).await;
    let waits = tell(&worker, &contract, &change).await;
    assert!(matches!(waits, Err(Refusal::NotReady(_))), "{waits:?}");
    tell(&worker, &contract, &price(&worker, &newer, Some(b"1"))).await.expect("is answered");
    assert_eq!(contract.schedule.runs().len(), 1);
}

#[tokio::test]
async fn a_worker_whose_lease_or_whose_view_has_ended_runs_nothing() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    let mut lost = (*at(&worker, 2).await).clone();
    lost.contracts.clear();
    let refused = tell(&worker, &contract, &price(&worker, &Arc::new(lost), Some(b"1"))).await;
    assert!(matches!(refused, Err(Refusal::NotHeld(_))), "{refused:?}");
    let view = worker.view.send_replace(None).expect("a view");
    let refused = tell(&worker, &contract, &price(&worker, &view, Some(b"1"))).await;
    assert!(matches!(refused, Err(Refusal::NotFresh(_))), "{refused:?}");
    assert!(contract.schedule.runs().is_empty());
}

#[tokio::test]
async fn a_contract_at_its_storage_limit_comes_past_its_first_change() {
    let worker = worker().await;
    let mut manifest = watching();
    // One entry: its key, and what each counts.
    manifest.limits.storage = 4 + 32;
    let contract = running(&worker.engine, &answering(), manifest).await;
    let mut transaction = contract.store.begin().await.expect("begins");
    transaction.set(b"full", b"").expect("sets");
    let prepared = contract.store.prepare(transaction).await.expect("prepares");
    contract.store.commit(prepared, None).await.expect("commits");
    let view = at(&worker, 2).await;
    let change = price(&worker, &view, Some(b"1"));
    tell(&worker, &contract, &change).await.expect("is passed over");
    assert_eq!(contract.schedule.runs()[0].code, Some("limit-exceeded"));
    assert!(!is_news(&contract, &change).await);
}

#[tokio::test]
async fn values_that_the_node_does_not_prove_are_told_to_nobody_and_looked_at_again() {
    let worker = worker().await;
    let contract = ready(&worker.engine).await;
    let (_stop, stopped) = watch::channel(false);
    // The views of the tests are of another chain than the one that the node serves.
    let refused = tell_all(&worker, &contract, &stopped).await;
    assert!(matches!(refused, Err(Refusal::NotFresh(_))), "{refused:?}");
    assert!(contract.schedule.runs().is_empty());
    assert_eq!(contract.watching.seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_contract_with_a_price_pays_once_for_each_block_and_is_not_looked_at_while_it_cannot() {
    let (worker, source) = holding(true, 1).await;
    let watch = |name: &str, key: &[u8]| Watch { name: name.into(), what: Watched::Key(key.to_vec()) };
    let watches = vec![watch("price", KEY), watch("paid", b"none")];
    let contract = running(&worker.engine, &answering(), Manifest { watches, ..manifest() }).await;
    source.chain().set(KEY.to_vec(), b"hello".to_vec());
    // A block, what the account has, and then what was metered up to there.
    for (block, balance, metered) in [
        (2, None, (0, 0)),
        (2, Some(1_000), (1, 240_120)),
        (2, Some(1_000), (1, 240_120)),
        (3, Some(1_000), (2, 480_240)),
    ] {
        if source.chain().head().at.number < block {
            source.chain().seal(&[], &[]);
        }
        let head = fresh(&worker.chain.reader, Duration::from_secs(60)).await;
        let mut view = View { head, ..view_after(1).await };
        assert_eq!(view.block().number, block);
        let gas = balance.map(|balance| account(balance, None));
        view.contracts.get_mut(&contract.id).expect("is in the view").gas = gas;
        let news = changes(&worker, &contract, &Arc::new(view.clone())).await.expect("are read");
        assert_eq!(news.iter().map(|change| &*change.name).collect::<Vec<_>>(), ["price"]);
        assert_eq!(used(&worker.gas), metered, "{block} {balance:?}");
        view.contracts.get_mut(&contract.id).expect("is in the view").gas = Some(account(0, None));
        let refused = changes(&worker, &contract, &Arc::new(view)).await.err();
        assert_eq!(refused, Some(Refusal::PaymentRequired));
        assert_eq!(used(&worker.gas), metered, "nothing was read");
    }
}

#[tokio::test]
async fn a_contract_without_watches_is_not_looked_at_and_another_one_once_at_a_time() {
    let worker = worker().await;
    let blind = Arc::new(open(&worker.engine, manifest()).await);
    assert!(Look::begin(blind, 5).is_none());
    let contract = ready(&worker.engine).await;
    let look = Look::begin(Arc::clone(&contract), 5).expect("nobody has looked yet");
    assert!(Look::begin(Arc::clone(&contract), 5).is_none());
    drop(look);
    contract.watching.seen.store(5, Ordering::SeqCst);
    assert!(Look::begin(Arc::clone(&contract), 5).is_none(), "nothing is new");
    assert!(Look::begin(contract, 6).is_some());
}
