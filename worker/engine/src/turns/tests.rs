use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures::{FutureExt as _, future, poll};

use super::*;
use crate::call::give_way;

const A: ContractId = ContractId([1; 32]);
const B: ContractId = ContractId([2; 32]);

/// Computes `slices` times for `each`, and counts them.
async fn compute(slices: u64, each: Duration, done: &AtomicU64) {
    for _ in 0..slices {
        let until = Instant::now() + each;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        done.fetch_add(1, Ordering::Relaxed);
        give_way().await;
    }
}

#[tokio::test]
async fn a_call_runs_to_its_end_and_leaves_nothing_behind() {
    let turns = Turns::new(1);
    let done = AtomicU64::new(0);
    turns.share(A, compute(10, Duration::ZERO, &done)).await;
    assert_eq!(done.load(Ordering::Relaxed), 10);
    let state = turns.state();
    assert!(state.calls.is_empty() && state.asked.is_empty());
}

#[tokio::test]
async fn a_call_that_waits_for_something_else_keeps_no_turn() {
    let turns = Turns::new(1);
    let sleeping = turns.share(A, tokio::time::sleep(Duration::from_millis(50)));
    let done = AtomicU64::new(0);
    let computing = turns.share(B, compute(3, Duration::ZERO, &done));
    let (computed_at, slept_at) = tokio::join!(
        async {
            computing.await;
            Instant::now()
        },
        async {
            sleeping.await;
            Instant::now()
        },
    );
    assert!(computed_at < slept_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_with_many_calls_gets_no_more_than_one_with_a_single_call() {
    let turns = Turns::new(2);
    let (greedy, polite) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let slice = Duration::from_micros(300);
    let spawn = |contract, slices, done: &Arc<AtomicU64>| {
        let (turns, done) = (turns.clone(), done.clone());
        tokio::spawn(async move { turns.share(contract, compute(slices, slice, &done)).await })
    };
    let many: Vec<_> = (0..16).map(|_| spawn(A, 100_000, &greedy)).collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let before = greedy.load(Ordering::Relaxed);
    spawn(B, 200, &polite).await.expect("no panic");
    let (during, own) = (greedy.load(Ordering::Relaxed) - before, polite.load(Ordering::Relaxed));
    many.iter().for_each(|call| call.abort());
    assert_eq!(own, 200);
    // Two processors, and one of the two contracts can use one only: the other has the second. In order of readiness
    // it would have had about sixteen slices for each of these.
    assert!(during < 4 * own, "{during} slices of the greedy contract beside {own}");
}

#[tokio::test]
async fn a_call_within_a_call_shares_its_turn() {
    let turns = Turns::new(1);
    let done = AtomicU64::new(0);
    let inner = turns.share(B, compute(3, Duration::ZERO, &done));
    let outer = turns.share(A, inner);
    tokio::time::timeout(Duration::from_secs(5), outer).await.expect("neither waits for the other");
    assert_eq!(done.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_call_that_is_given_up_gives_its_turn_to_the_next() {
    let turns = Turns::new(1);
    // Called, and never polled again.
    let mut first = Box::pin(turns.share(A, async {
        give_way().await;
        give_way().await;
    }));
    assert!(poll!(&mut first).is_pending());
    let second = tokio::spawn(turns.share(B, async {}));
    tokio::task::yield_now().await;
    drop(first);
    tokio::time::timeout(Duration::from_secs(5), second).await.expect("it is its turn").expect("no panic");
}

#[tokio::test]
async fn a_call_that_panics_gives_its_turn_to_the_next() {
    let turns = Turns::new(1);
    let panics = turns.share(A, async { panic!("a bug in the host") });
    assert!(AssertUnwindSafe(panics).catch_unwind().await.is_err());
    tokio::time::timeout(Duration::from_secs(5), turns.share(B, future::ready(()))).await.expect("it is its turn");
}
