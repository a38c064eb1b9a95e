//! The life of a lease on this worker: found and claimed ([`claim`]), opened ([`open`]), opened again when its store
//! failed, given up when the chain says that it is somebody else's, given back ([`leave`]) when it pays less than the
//! worker asks, and given back ([`release`]) when the worker of an operator who opted out is stopped. What is left of
//! contracts that were retired goes ([`retired`]).

mod claim;
mod leave;
mod open;
pub mod openings;
mod pace;
pub mod release;
pub mod retired;
pub mod step;

use std::{collections::HashMap, sync::Arc, time::Duration};

use adyton_admission::counter;
use adyton_protocol::ids::{CodeHash, ContractId};

use crate::{
    contract::Contract,
    view::ContractFacts,
    worker::{Slot, Worker},
};
use claim::Scope;
use pace::Pace;
use step::Step;

/// How often leases are looked at.
const TICK: Duration = Duration::from_millis(300);
/// How often the chain's lists are searched for contracts to lease.
const SEARCH: Duration = Duration::from_millis(900);
/// How often all contracts are searched for one whose holder died: it is free only after its holder's last block and
/// the staleness limit anyway.
const SEARCH_ALL: Duration = Duration::from_secs(60);

/// Looks after leases until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let (mut searched, mut searched_all) = (None, None);
    let mut paces = HashMap::new();
    loop {
        look_after(&worker, &mut paces);
        if due(&mut searched, SEARCH) {
            search(&worker, Scope::Listed).await;
        }
        // The first look waits for the first view, or it would come a minute late.
        if worker.view().is_some() && due(&mut searched_all, SEARCH_ALL) {
            search(&worker, Scope::All).await;
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Whether `every` is over since `last`, which is then set to now.
fn due(last: &mut Option<tokio::time::Instant>, every: Duration) -> bool {
    let due = last.is_none_or(|at| at.elapsed() >= every);
    if due {
        *last = Some(tokio::time::Instant::now());
    }
    due
}

async fn search(worker: &Arc<Worker>, scope: Scope) {
    if let Err(error) = claim::search(worker, scope).await {
        tracing::debug!(error = format!("{error:#}"), ?scope, "searching for contracts");
    }
}

/// Closes contracts that are no longer what they were opened with, and opens those again that are still this
/// worker's. Calls are refused by [`crate::view::View::may_act`] or by the store already.
fn look_after(worker: &Arc<Worker>, paces: &mut HashMap<ContractId, Pace>) {
    let Some(view) = worker.view() else { return };
    for (id, slot) in worker.slots() {
        let Slot::Ready(contract) = slot else { continue };
        // There is nothing of a contract that its owner retired.
        let Some(facts) = view.contracts.get(&id).filter(|facts| open::held(worker, facts)) else {
            tracing::info!(contract = %id, "the lease is no longer this worker's");
            paces.remove(&id);
            worker.set_slot(id, None);
            tokio::spawn(async move { close(&contract).await });
            continue;
        };
        // Who gives a disputable contract back cannot show its history any more, and would be charged for that.
        if !contract.manifest.disputable && leave::is_due(worker, &id) {
            paces.remove(&id);
            leave::start(worker, contract);
        } else if changed((contract.lease, contract.incarnation, contract.code), facts) {
            reopen(worker, contract, Duration::ZERO);
        } else if let Err(failure) = contract.store.check() {
            let pause = paces.entry(id).or_default().pause(counter());
            tracing::warn!(contract = %id, error = %failure, ?pause, "the store failed; it is opened again");
            reopen(worker, contract, pause);
        }
    }
}

/// Whether the chain shows another lease, code or later incarnation than those that the contract is open with. A
/// later one is there where an opening that was thought lost was taken after all: nothing under the earlier counts.
fn changed((lease, incarnation, code): (u64, u64, CodeHash), facts: &ContractFacts) -> bool {
    let later = facts.head.is_some_and(|head| head.incarnation > incarnation);
    facts.lease.as_ref().map(|lease| lease.number) != Some(lease) || facts.record.code != code || later
}

/// Closes the contract, and opens it again after `pause`.
fn reopen(worker: &Arc<Worker>, contract: Arc<Contract>, pause: Duration) {
    let (worker, id) = (Arc::clone(worker), contract.id);
    worker.set_slot(id, Some(Slot::Opening(Step::Again)));
    tokio::spawn(async move {
        close(&contract).await;
        drop(contract);
        tokio::time::sleep(pause).await;
        open::start(&worker, id);
    });
}

/// Closes every store for good, when nothing may be committed any more. Commits under way end first.
pub async fn close_all(worker: &Worker) {
    let closing = worker.slots().into_iter().filter_map(|(_, slot)| match slot {
        Slot::Ready(contract) => Some(async move { close_store(&contract).await }),
        Slot::Opening(_) | Slot::Failed(_) => None,
    });
    futures::future::join_all(closing).await;
}

async fn close(contract: &Contract) {
    // Calls under way end first: the next opening takes for its floor what they have noted by then.
    let _alone = contract.turns.alone().await;
    contract.turns.ended().await;
    close_store(contract).await;
}

async fn close_store(contract: &Contract) {
    if let Err(error) = contract.store.close().await {
        tracing::warn!(contract = %contract.id, %error, "closing a store");
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::record::{HeadRecord, StateHead};

    use super::*;
    use crate::{
        code::tests::manifest,
        contract::tests::open,
        road::answer::{Along, commit_noted},
        stop::tests::holding,
        view::tests::{CONTRACT, view},
    };

    #[allow(clippy::async_yields_async, reason = "the closing goes on outside")]
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_contract_is_closed_only_when_what_was_committed_is_noted_even_if_the_caller_went_away() {
        let (worker, _chain) = holding(true, 1).await;
        let contract = Arc::new(open(&worker.engine, manifest()).await);
        let worker = Arc::new(worker);
        let turn = contract.turns.beside().await;
        let mut transaction = contract.store.begin().await.expect("begins");
        transaction.set(b"key", b"value").expect("sets");
        let prepared = contract.store.prepare(transaction).await.expect("prepares");
        let after = prepared.after();
        let (noting, noted) = (Arc::clone(&worker), Arc::clone(&contract));
        let caller = tokio::spawn(async move { commit_noted(&noting, &noted, turn, prepared, Along::default()).await });
        let closing = tokio::task::block_in_place(|| {
            worker.anchors.hold(|| {
                tokio::runtime::Handle::current().block_on(async {
                    // Durable, and so the turn has ended; but it is not noted.
                    while contract.store.head().await.expect("reads") != after {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    caller.abort();
                    let (worker, contract) = (Arc::clone(&worker), Arc::clone(&contract));
                    let mut closing = tokio::spawn(async move {
                        close(&contract).await;
                        worker.anchors.newest(&contract.id, contract.lease)
                    });
                    let waits = tokio::time::timeout(Duration::from_millis(100), &mut closing).await;
                    assert!(waits.is_err(), "the next opening would miss the commit");
                    closing
                })
            })
        });
        assert_eq!(closing.await.expect("closes"), Some(after));
        contract.store.check().expect_err("it is closed");
    }

    #[tokio::test]
    async fn a_contract_that_its_owner_retired_is_closed_and_its_place_free() {
        let (worker, _chain) = holding(true, 1).await;
        let contract = Arc::new(open(&worker.engine, manifest()).await);
        let worker = Arc::new(worker);
        worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::clone(&contract))));
        let mut newest = view(Duration::from_secs(60)).await;
        newest.contracts.clear();
        worker.view.send_replace(Some(Arc::new(newest)));
        look_after(&worker, &mut HashMap::new());
        assert!(worker.slot(&CONTRACT).is_none());
        let closed = async {
            while contract.store.check().is_ok() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), closed).await.expect("its store is closed");
    }

    #[tokio::test]
    async fn a_contract_is_opened_again_when_its_lease_code_or_incarnation_is_another() {
        let mut facts = view(Duration::from_secs(60)).await.contracts.remove(&CONTRACT).expect("a contract");
        let head = StateHead::genesis(&CONTRACT);
        facts.head = Some(HeadRecord { incarnation: 3, lease: 7, boot: 1, opening: head, latest: head });
        let code = facts.record.code;
        assert!(!changed((7, 3, code), &facts));
        assert!(!changed((7, 4, code), &facts), "the view may be older than the opening");
        assert!(changed((7, 2, code), &facts));
        assert!(changed((6, 3, code), &facts));
        assert!(changed((7, 3, CodeHash([9; 32])), &facts));
    }
}
