//! Finds contracts to lease. The list of contracts comes from the node and proves nothing: a node that leaves
//! some out harms availability only. What is acted on is proven, and the chain decides each claim.

use std::sync::Arc;

use adyton_chain_client::{
    extrinsic::calls::{Call, Contracts},
    facts::Facts,
};
use adyton_protocol::{ids::ContractId, storage};
use anyhow::Context;

use super::open;
use crate::{
    follow::contract_facts,
    view::{ContractFacts, View},
    worker::{Slot, Worker},
};

/// The most contracts looked at in one search.
const MAX_LISTED: usize = 10_000;
/// The most contracts read in one proof.
const BATCH: usize = 128;

/// Claims what is free, and opens what is already this worker's.
pub async fn search(worker: &Arc<Worker>) -> anyhow::Result<()> {
    let Some(view) = worker.view() else { return Ok(()) };
    let head = view.head.header();
    let keys = worker.chain.reader.unproven_keys(head, &storage::contracts_prefix(), MAX_LISTED).await?;
    let ids: Vec<ContractId> = keys
        .iter()
        .filter_map(|key| ContractId::try_from(key.get(key.len().checked_sub(32)?..)?).ok())
        .filter(|id| worker.slot(id).is_none())
        .collect();
    for batch in ids.chunks(BATCH) {
        for (id, facts) in contract_facts(worker, head, batch).await? {
            if worker.slots().len() >= worker.config.local.max_contracts {
                return Ok(());
            }
            consider(worker, &view, id, facts).await?;
        }
    }
    Ok(())
}

async fn consider(worker: &Arc<Worker>, view: &View, id: ContractId, facts: ContractFacts) -> anyhow::Result<()> {
    if facts.lease.as_ref().is_some_and(|lease| lease.holder == worker.id && !lease.released) {
        worker.set_slot(id, Some(Slot::Opening("leased".into())));
        open::start(worker, id);
        return Ok(());
    }
    if view.invalid.is_some() || facts.record.policy.admits(&view.own).is_err() || !free(worker, view, &facts).await? {
        return Ok(());
    }
    let worker = Arc::clone(worker);
    worker.set_slot(id, Some(Slot::Opening("claiming the lease".into())));
    tokio::spawn(async move {
        match worker.chain.call(Call::Contracts(Contracts::ClaimLease(id))).await {
            Ok(()) => open::start(&worker, id),
            Err(error) => {
                // Somebody else was faster, or the chain knows better: look again at the next search.
                tracing::info!(contract = %id, error = format!("{error:#}"), "a lease was not granted");
                worker.set_slot(id, None);
            }
        }
    });
    Ok(())
}

/// Whether nobody holds the contract: no lease, a released one, or one whose holder's time and the staleness
/// limit are over.
async fn free(worker: &Worker, view: &View, facts: &ContractFacts) -> anyhow::Result<bool> {
    let Some(lease) = &facts.lease else { return Ok(true) };
    if lease.released {
        return Ok(true);
    }
    let key = storage::workers(&lease.holder);
    let values = worker.chain.reader.read_at(view.head.header(), std::slice::from_ref(&key)).await?;
    let holder = Facts::from(values).worker(&lease.holder).context("reading a lease's holder")?;
    let until = holder.map_or(0, |holder| holder.active_until).saturating_add(view.network.staleness_blocks);
    Ok(view.block().number > until)
}
