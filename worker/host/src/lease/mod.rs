//! The life of a lease on this worker: found and claimed ([`claim`]), opened ([`open`]), and given up when the
//! chain says that it is somebody else's.

mod claim;
mod open;

use std::{sync::Arc, time::Duration};

use adyton_protocol::ids::ContractId;

use crate::worker::{Slot, Worker};

/// How often leases are looked at.
const TICK: Duration = Duration::from_millis(300);
/// How often the chain is searched for contracts to lease.
const SEARCH: Duration = Duration::from_millis(900);

/// Looks after leases until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let mut searched: Option<tokio::time::Instant> = None;
    loop {
        give_up(&worker).await;
        if searched.is_none_or(|at| at.elapsed() >= SEARCH) {
            searched = Some(tokio::time::Instant::now());
            if let Err(error) = claim::search(&worker).await {
                tracing::debug!(error = format!("{error:#}"), "searching for contracts");
            }
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Closes contracts whose lease, code or manifest is no longer what they were opened with. Calls are refused
/// by [`crate::view::View::may_act`] already; this frees the store for its successor.
async fn give_up(worker: &Arc<Worker>) {
    let Some(view) = worker.view() else { return };
    for (id, slot) in worker.slots() {
        let Slot::Ready(contract) = slot else { continue };
        let Some(facts) = view.contracts.get(&id) else { continue };
        let lease = facts.lease.as_ref().filter(|lease| lease.holder == worker.id && !lease.released);
        match lease {
            Some(lease) if lease.number == contract.lease && facts.record.code == contract.code => {}
            Some(_) => reopen(worker, id, &contract).await,
            None => {
                worker.set_slot(id, None);
                close(&contract).await;
                tracing::info!(contract = %id, "the lease is no longer this worker's");
            }
        }
    }
}

async fn reopen(worker: &Arc<Worker>, id: ContractId, contract: &crate::contract::Contract) {
    worker.set_slot(id, Some(Slot::Opening("its code or lease changed".into())));
    close(contract).await;
    open::start(worker, id);
}

async fn close(contract: &crate::contract::Contract) {
    // Calls under way end first: they hold the turn.
    let _alone = contract.turns.write().await;
    if let Err(error) = contract.store.close().await {
        tracing::warn!(contract = %contract.id, %error, "closing a store");
    }
}
