//! What open contracts need now and then: answers that no retry can ask for any more are forgotten, and entries that
//! have ended are removed.
//!
//! Both go by the chain's own time at a proven head. It may lag, and then something is kept for longer. It is never
//! ahead, and the time of a call that begins after a removal is no earlier: what is removed is nothing that it would
//! still see.

use std::{sync::Arc, time::Duration};

use adyton_state::{StateError, Store};
use tokio::time::timeout;

use crate::{
    contract::Contract,
    error::Refusal,
    road::answer::{Along, commit_noted, state},
    worker::{Slot, Worker},
};

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// The most answers that are forgotten in one commit.
const ANSWERS_AT_ONCE: usize = 1000;
/// The most entries that are removed in one commit: each is read first.
const ENTRIES_AT_ONCE: usize = 200;
/// The most such commits of one contract each time.
const ROUNDS: usize = 100;
/// How long one contract's turn is waited for, while others wait, too.
const TURN: Duration = Duration::from_secs(1);

/// Looks after open contracts until the process ends.
pub async fn run(worker: Arc<Worker>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(now_ms) = worker.view().map(|view| view.chain_ms) else { continue };
        let mut contracts = Vec::new();
        for (id, slot) in worker.slots() {
            let Slot::Ready(contract) = slot else { continue };
            if let Err(error) = forget(&contract.store, now_ms / 1000).await {
                tracing::debug!(contract = %id, %error, "forgetting answers");
            }
            if let Err(error) = forget_asked(&contract.store, now_ms / 1000).await {
                tracing::debug!(contract = %id, %error, "forgetting requests");
            }
            contracts.push(contract);
        }
        remove_all_ended(&worker, contracts, now_ms).await;
    }
}

/// Removes entries of these contracts that have ended. One commit of each in turn: nobody waits for all that another
/// one has to have removed. What is left after some is for the next time.
async fn remove_all_ended(worker: &Arc<Worker>, mut contracts: Vec<Arc<Contract>>, now_ms: u64) {
    for _ in 0..ROUNDS {
        let mut left = Vec::new();
        for contract in contracts {
            match remove_ended(worker, &contract, now_ms).await {
                Ok(true) => left.push(contract),
                Ok(false) => {}
                Err(error) => tracing::debug!(contract = %contract.id, %error, "removing ended entries"),
            }
        }
        if left.is_empty() {
            return;
        }
        contracts = left;
    }
}

/// Removes entries that have ended in one commit of the worker's own, under the same right as a call's. False if there
/// are none, or if the turn did not come.
async fn remove_ended(worker: &Arc<Worker>, contract: &Arc<Contract>, now_ms: u64) -> Result<bool, Refusal> {
    // A call that runs alone is overtaken by nothing.
    let Ok(turn) = timeout(TURN, contract.turns.beside()).await else { return Ok(false) };
    // Before anything is gone: for who finds that it is, it has ended.
    contract.now_ms(now_ms);
    match contract.store.prepare_removal(now_ms, ENTRIES_AT_ONCE).await.map_err(state)? {
        Some(prepared) => Ok(commit_noted(worker, contract, turn, prepared, Along::default()).await?.is_some()),
        None => Ok(false),
    }
}

/// Forgets all answers that end before `now`, in Unix seconds; gives how many.
async fn forget(store: &Store, now: u64) -> Result<usize, StateError> {
    let mut all = 0;
    loop {
        let some = store.forget_answers(now, ANSWERS_AT_ONCE).await?;
        all += some;
        if some < ANSWERS_AT_ONCE {
            return Ok(all);
        }
    }
}

/// [`forget`], of requests that nobody can dispute the answer of any more.
async fn forget_asked(store: &Store, now: u64) -> Result<usize, StateError> {
    let mut all = 0;
    loop {
        let some = store.forget_asked(now, ANSWERS_AT_ONCE).await?;
        all += some;
        if some < ANSWERS_AT_ONCE {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::ids::RequestId;
    use adyton_state::StoredAnswer;

    use super::*;
    use crate::{
        code::tests::manifest, contract::tests::open, road::answer::tests::store, stop::tests::holding,
        view::tests::view,
    };

    async fn worker() -> Arc<Worker> {
        Arc::new(holding(true, 1).await.0)
    }

    /// A contract with this many entries, which end at 1, 2 and so on.
    async fn ending(worker: &Worker, count: u64) -> Arc<Contract> {
        let contract = open(&worker.engine, manifest()).await;
        let mut transaction = contract.store.begin().await.expect("begins");
        for end in 1..=count {
            transaction.set_until(&end.to_be_bytes(), b"x", end).expect("sets");
        }
        let prepared = contract.store.prepare(transaction).await.expect("prepares");
        contract.store.commit(prepared, None).await.expect("commits");
        Arc::new(contract)
    }

    /// When the contract's first entries end.
    async fn ends(contract: &Contract) -> Vec<Option<u64>> {
        let mut transaction = contract.store.begin().await.expect("begins");
        let left = transaction.scan(b"", None, 10).await.expect("scans");
        left.iter().map(|entry| entry.ends_ms).collect()
    }

    #[tokio::test]
    async fn ended_entries_are_removed_in_commits_that_follow_each_other_and_are_noted() {
        let worker = worker().await;
        let now_ms = ENTRIES_AT_ONCE as u64 + 1;
        let contract = ending(&worker, now_ms + 1).await;
        for (removes, sequence) in [(true, 2), (true, 3), (false, 3)] {
            assert_eq!(remove_ended(&worker, &contract, now_ms).await, Ok(removes));
            let head = contract.store.head().await.expect("reads");
            assert_eq!(head.sequence, sequence);
            assert_eq!(worker.anchors.newest(&contract.id, contract.lease), Some(head));
        }
        assert_eq!(ends(&contract).await, [Some(now_ms + 1)]);
        assert_eq!(contract.now_ms(0), now_ms, "no later call has an earlier time");
        assert!(timeout(TURN, contract.turns.alone()).await.is_ok(), "the turns have ended");
    }

    #[tokio::test]
    async fn a_contract_whose_turn_does_not_come_holds_up_no_other_and_keeps_its_entries_till_the_next_time() {
        let worker = worker().await;
        let (busy, other) = (ending(&worker, 2).await, ending(&worker, ENTRIES_AT_ONCE as u64 + 2).await);
        let turn = busy.turns.alone().await;
        let now_ms = ENTRIES_AT_ONCE as u64 + 1;
        let all = || remove_all_ended(&worker, vec![Arc::clone(&busy), Arc::clone(&other)], now_ms);
        timeout(TURN * 30, all()).await.expect("does not wait for the turn");
        assert_eq!((ends(&busy).await, ends(&other).await), (vec![Some(1), Some(2)], vec![Some(now_ms + 1)]));
        drop(turn);
        all().await;
        assert!(ends(&busy).await.is_empty());
    }

    #[tokio::test]
    async fn a_removal_waits_for_a_call_that_runs_alone() {
        let worker = worker().await;
        let contract = ending(&worker, 1).await;
        let turn = contract.turns.alone().await;
        let (removed, ()) = tokio::join!(remove_ended(&worker, &contract, 1), async {
            tokio::time::sleep(TURN / 10).await;
            assert_eq!(ends(&contract).await, [Some(1)]);
            drop(turn);
        });
        assert_eq!(removed, Ok(true));
    }

    #[tokio::test]
    async fn a_worker_that_lost_its_right_removes_nothing() {
        let worker = worker().await;
        let contract = ending(&worker, 1).await;
        let mut later = view(Duration::from_secs(60)).await;
        later.contracts.clear();
        worker.view.send_replace(Some(Arc::new(later)));
        assert!(matches!(remove_ended(&worker, &contract, 10).await, Err(Refusal::NotHeld(_))));
        assert_eq!(contract.store.head().await.expect("reads").sequence, 1);
        assert_eq!(ends(&contract).await, [Some(1)]);
        assert_eq!(worker.anchors.newest(&contract.id, contract.lease), None);
    }

    #[tokio::test]
    async fn every_answer_whose_time_is_over_is_forgotten_and_no_other() {
        let store = store().await;
        for number in 0..5u8 {
            let prepared = store.prepare(store.begin().await.expect("begins")).await.expect("prepares");
            let request = RequestId([number; 16]);
            let answer = StoredAnswer { request, bytes: b"x".as_slice().into(), expires_unix: 100 + u64::from(number) };
            store.commit(prepared, Some(answer)).await.expect("commits");
        }
        assert_eq!(forget(&store, 103).await.expect("forgets"), 3);
        assert!(store.answer(RequestId([2; 16])).await.expect("reads").is_none());
        assert!(store.answer(RequestId([3; 16])).await.expect("reads").is_some());
        assert_eq!(forget(&store, 103).await.expect("forgets"), 0);
    }
}
