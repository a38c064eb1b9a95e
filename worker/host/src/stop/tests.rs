use std::sync::Arc;

use adyton_admission::{ChainReader, Registrar};
use adyton_chain_client::{
    extrinsic::{
        SPECIFICATION_NAME, SPECIFICATION_VERSION,
        calls::{self, Call, Contracts},
    },
    facts::runtime_code_key,
    fixture::{FixtureChain, FixtureSource},
    rpc::Reader,
};
use adyton_engine::{Engine, EngineConfig, Usage};
use adyton_protocol::{
    ids::{AccountId, BlockHash, BlockRef, WorkerId},
    receipt::Caller,
    statement::{AttestedStatement, Role},
    storage,
    usage::{Claim, GasAccount, Metered, Noticed, Parameters, Terms, kib},
};
use codec::{Compact, Encode};
use tokio::sync::{Semaphore, watch};

use super::*;
use crate::{
    anchors::Anchors,
    chain::Chain,
    code::tests::manifest,
    code_cache::CodeCache,
    config::Config,
    contract::tests::open,
    gas,
    road::answer::Origin,
    view::tests::{CONTRACT, WORKER, own, view},
    worker::{BootKeys, Slot},
};

const SECONDS: u64 = 30;

/// A worker that holds [`CONTRACT`], and may end for `seconds`; and its chain.
pub async fn holding(opted_in: bool, seconds: u64) -> (Worker, Arc<FixtureSource>) {
    rustls::crypto::ring::default_provider().install_default().ok();
    let default = include_str!("../../worker.default.toml");
    let config = default.replace("stop_seconds = 30", &format!("stop_seconds = {seconds}"));
    let config = Config::parse(&config).expect("parses");
    let mut chain = FixtureChain::new(3);
    let boot = BootKeys::generate(config.local.max_contracts).expect("makes keys");
    // The operator may have opted in or out since the newest view.
    let record = WorkerRecord { opted_in, signing_key: boot.signing_key(), ..own() };
    chain.set(storage::workers(&WORKER), record.encode());
    chain.set(runtime_code_key(), (Compact(SPECIFICATION_VERSION), SPECIFICATION_NAME).encode());
    chain.seal(&[], &[]);
    let checkpoint = chain.checkpoint();
    let source = Arc::new(FixtureSource::new(chain));
    let reader: Arc<ChainReader> = Arc::new(Reader::new(source.clone(), checkpoint));
    let mut newest = view(Duration::from_secs(60)).await;
    newest.own.opted_in = !opted_in;
    let view = watch::Sender::new(Some(Arc::new(newest)));
    let worker = Worker {
        network: config.measured.network,
        id: WORKER,
        chain: Chain::new(reader.clone(), boot.signer()),
        registrar: registrar(&config, &boot, reader),
        boot,
        engine: Engine::new(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() }).expect("starts"),
        compiler: config.local.limits.compiler(),
        code: Arc::new(CodeCache::new(std::path::Path::new("/nonexistent"), 0).expect("nothing to remove")),
        trying: Semaphore::new(1),
        http: reqwest::Client::new(),
        disk: Arc::new(object_store::memory::InMemory::new()),
        cache: Arc::new(adyton_state::BlockCache::new(1 << 20)),
        anchors: Anchors::new(view.subscribe()),
        openings: Default::default(),
        gas: Default::default(),
        view,
        contracts: Default::default(),
        config,
    };
    (worker, source)
}

fn registrar(config: &Config, boot: &BootKeys, reader: Arc<ChainReader>) -> Registrar {
    let statement = AttestedStatement {
        network: config.measured.network,
        worker: WorkerId([1; 32]),
        operator: AccountId([1; 32]),
        role: Role::Worker,
        signing_key: boot.signing_key(),
        encryption_key: boot.seals.public(),
        config: config.measured.digest(),
        recent: BlockRef { number: 0, hash: BlockHash([0; 32]) },
    };
    // No evidence is asked for here.
    let platform = config.local.evidence.open().expect("opens");
    Registrar::new(platform, reader, statement, boot.signing.clone(), String::new(), String::new())
}

/// Puts what is submitted into blocks, as a chain does, for ever; `taken` has it afterwards.
async fn produce(worker: &Worker, source: &FixtureSource, taken: &mut Vec<Vec<u8>>) {
    produce_until(worker, source, taken, usize::MAX).await;
}

/// The same until there are so many.
pub async fn produce_until(worker: &Worker, source: &FixtureSource, taken: &mut Vec<Vec<u8>>, count: usize) {
    let account = AccountId(worker.signing_key().0);
    while taken.len() < count {
        let submitted: Vec<_> = source.pool().drain(..).collect();
        for extrinsic in submitted {
            taken.push(extrinsic.clone());
            let mut chain = source.chain();
            let info = ((taken.len() as u32, 0u32, 1u32, 0u32), (0u128, 0u128, 0u128, 0u128));
            chain.set(storage::account(&account), info.encode());
            chain.seal(&[], &[extrinsic]);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Stops the worker while `calls` run; what it sent to the chain, and how long it took.
async fn stopped(worker: &Worker, source: &FixtureSource, calls: impl Future) -> (Vec<Vec<u8>>, Duration) {
    let (mut taken, begun) = (Vec::new(), Instant::now());
    let following = tokio::spawn(std::future::pending());
    tokio::select! {
        () = end(worker, calls, following) => {}
        () = produce(worker, source, &mut taken) => unreachable!("blocks are made for ever"),
    }
    (taken, begun.elapsed())
}

#[tokio::test]
async fn a_worker_with_nothing_to_do_ends_at_once_and_keeps_its_leases() {
    let (worker, source) = holding(true, SECONDS).await;
    let (taken, took) = stopped(&worker, &source, async {}).await;
    assert!(taken.is_empty());
    assert!(took < Duration::from_secs(SECONDS) / 2, "{took:?}");
    assert!(worker.view().is_none(), "nothing is committed or answered any more");
}

#[tokio::test]
async fn a_worker_whose_operator_opted_out_gives_its_leases_back_when_it_is_stopped() {
    let (worker, source) = holding(false, SECONDS).await;
    let (taken, _) = stopped(&worker, &source, async {}).await;
    let release = Call::Contracts(Contracts::ReleaseLeases(vec![CONTRACT])).encoded();
    assert!(taken.len() == 1 && taken[0].ends_with(&release), "{taken:?}");
}

#[tokio::test]
async fn what_a_contract_used_is_claimed_for_the_last_time_before_its_lease_is_given_back() {
    let (worker, source) = holding(false, SECONDS).await;
    let contract = Arc::new(open(&worker.engine, manifest()).await);
    worker.set_slot(CONTRACT, Some(Slot::Ready(contract.clone())));
    let mut shown = View::clone(&*worker.view().expect("there is one"));
    shown.prices.parameters = Parameters { period: 1_000, window: 1, notice: 1, ..Parameters::default() };
    let facts = shown.contracts.get_mut(&CONTRACT).expect("is in the view");
    facts.lease.as_mut().expect("is held").since = 0;
    let terms = Terms { price: 1, units: 1_000, royalty: None, caller: None };
    facts.gas = Some(GasAccount { balance: 1_000, terms: Noticed::holding(Some(terms)), ..GasAccount::default() });
    let origin = Origin::of_call(Caller::Anonymous, true);
    let run = gas::Run::of(&contract, &shown, &origin).expect("it pays");
    worker.gas.note(&run, &Usage { fuel: 1_000_000, ..Usage::default() }, 0);
    worker.view.send_replace(Some(Arc::new(shown)));
    let storage = kib(contract.store.stored_bytes().await.expect("reads"));
    let (taken, _) = stopped(&worker, &source, async {}).await;
    let metered = Metered { fuel: 1_000_000, storage, ..Metered::default() };
    let claim = Claim { contract: CONTRACT, lease: 7, after: 0, calls: 1, metered, last: true };
    let claim = Call::Usage(calls::Usage::Claim { anchors: 0, claims: vec![claim] }).encoded();
    let release = Call::Contracts(Contracts::ReleaseLeases(vec![CONTRACT])).encoded();
    let [first, second] = &taken[..] else { panic!("{taken:?}") };
    assert!(first.ends_with(&claim) && second.ends_with(&release), "{taken:?}");
}

#[tokio::test]
async fn an_earlier_boot_gives_nothing_back() {
    let (worker, source) = holding(false, SECONDS).await;
    source.chain().set(storage::workers(&WORKER), WorkerRecord { opted_in: false, ..own() }.encode());
    source.chain().seal(&[], &[]);
    let (taken, _) = stopped(&worker, &source, async {}).await;
    assert!(taken.is_empty(), "another boot holds the leases now");
}

#[tokio::test]
async fn calls_that_do_not_end_are_cut_off_and_the_rest_is_done() {
    let (worker, source) = holding(false, 4).await;
    let (taken, took) = stopped(&worker, &source, std::future::pending::<()>()).await;
    assert!(took >= Duration::from_secs(2), "they had their half of the time: {took:?}");
    assert!(!taken.is_empty(), "the leases are given back all the same");
}

#[tokio::test]
async fn a_chain_that_stands_still_holds_up_the_end_no_longer_than_configured() {
    let (worker, _source) = holding(false, 1).await;
    let following = tokio::spawn(std::future::pending());
    tokio::time::timeout(Duration::from_secs(60), end(&worker, async {}, following)).await.expect("ends");
}
