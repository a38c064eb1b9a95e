//! One greedy contract and ten polite ones on one engine.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use adyton_engine::{CallContext, CallError, Ending, Engine, EngineConfig, Module};
use adyton_protocol::ids::ContractId;
use support::{ANSWER_NOTHING, MemoryHost, compile, context, manifest, request, wat};

/// Calls of the polite contracts together.
const CALLS: u64 = 600;

/// A guest that computes for about `loops` times ten units of fuel, and answers nothing.
fn busy(engine: &Engine, loops: u64) -> Module {
    let spin = format!(
        "(local $n i64) (loop (br_if 0 (i64.lt_u (local.tee $n (i64.add (local.get $n) (i64.const 1))) (i64.const {loops}))))"
    );
    let mut manifest = manifest();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 60_000);
    compile(engine, &wat("", &format!("{spin} {ANSWER_NOTHING}")), &manifest)
}

fn of(contract: u8) -> CallContext {
    CallContext { contract: ContractId([contract; 32]), ..context() }
}

/// What callers of an engine have got so far, until they are told to stop.
#[derive(Clone, Default)]
struct Served {
    calls: Arc<AtomicU64>,
    fuel: Arc<AtomicU64>,
    turned_away: Arc<AtomicU64>,
}

/// Calls `contract` again and again, until it is aborted.
fn caller(engine: &Engine, module: &Module, contract: u8, served: &Served) -> tokio::task::JoinHandle<()> {
    let (engine, module, served) = (engine.clone(), module.clone(), served.clone());
    tokio::spawn(async move {
        loop {
            let host = MemoryHost::default();
            match engine.call(&module, of(contract), host, request("GET", "/", b"")).await {
                Ok(outcome) => {
                    served.fuel.fetch_add(outcome.usage.fuel, Ordering::Relaxed);
                    served.calls.fetch_add(1, Ordering::Relaxed);
                }
                Err(CallError::Busy) => {
                    served.turned_away.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(other) => panic!("{other}"),
            }
        }
    })
}

/// The fuel of `polite` and of `greedy` at the moment at which the former has this many answers.
async fn fuel_when(polite: &Served, calls: u64, greedy: &Served) -> (u64, u64) {
    while polite.calls.load(Ordering::Relaxed) < calls {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (polite.fuel.load(Ordering::Relaxed), greedy.fuel.load(Ordering::Relaxed))
}

/// Counted in fuel, not in time: how busy the machine is does not matter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_greedy_contract_gets_no_more_than_its_share_beside_ten_polite_ones() {
    let config = EngineConfig { concurrent_calls: 32, processors: 2, ..EngineConfig::default() };
    let engine = Engine::new(config).expect("an engine");
    let module = busy(&engine, 400_000);
    let (greedy, polite) = (Served::default(), Served::default());
    // 400 at a time: more than may run and more than may wait.
    let mut callers: Vec<_> = (0..400).map(|_| caller(&engine, &module, 0, &greedy)).collect();
    callers.extend((1..=10).map(|contract| caller(&engine, &module, contract, &polite)));
    // Whoever came first has had all for itself for a while.
    let begun = fuel_when(&polite, CALLS / 10, &greedy).await;
    let ended = fuel_when(&polite, CALLS, &greedy).await;
    let share = (ended.1 - begun.1) as f64 / (ended.0 - begun.0) as f64;
    callers.iter().for_each(tokio::task::JoinHandle::abort);
    println!("a greedy contract gets {share:.2} of what ten polite ones get");
    assert_eq!(polite.turned_away.load(Ordering::Relaxed), 0, "there is a place for a polite contract");
    // Eleven contracts that want more all the time: 0.1 is its share. In the order in which they came it would be the
    // sixteen calls of it that run against ten, 1.6.
    assert!(share < 0.5, "{share:.2}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_with_too_many_calls_is_told_so_and_the_others_are_served() {
    let config = EngineConfig {
        concurrent_calls: 4,
        concurrent_calls_each: 2,
        waiting_calls_each: 3,
        processors: 2,
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).expect("an engine");
    let (quick, large) = (busy(&engine, 1), busy(&engine, 40_000_000));
    let calls = (0..20).map(|_| engine.call(&large, of(0), MemoryHost::default(), request("GET", "/", b"")));
    let many = futures::future::join_all(calls);
    let other = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        engine.call(&quick, of(1), MemoryHost::default(), request("GET", "/", b"")).await
    };
    let (many, other) = tokio::join!(many, other);
    let turned_away = many.iter().filter(|result| matches!(result, Err(CallError::Busy))).count();
    assert_eq!(turned_away, 20 - 2 - 3);
    assert!(many.iter().flatten().all(|outcome| matches!(outcome.ending, Ending::Answered(_))));
    assert!(matches!(other.expect("there is a place").ending, Ending::Answered(_)));
}
