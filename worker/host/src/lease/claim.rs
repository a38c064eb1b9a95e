//! Finds contracts to lease. Which contracts there are is what the node says and proves nothing: a node that leaves
//! some out harms availability only. What is acted on is proven, and the chain decides each claim.
//!
//! The chain keeps a list of contracts that nobody holds and one of what each worker holds; both are short and
//! looked at often. That a holder died stands in no list: for that all contracts are looked at, but slowly.

use std::sync::Arc;

use adyton_chain_client::{
    extrinsic::calls::{Call, Contracts},
    facts::Facts,
};
use adyton_protocol::{
    ids::{BlockNumber, ContractId, WorkerId},
    record::LeaseRecord,
    storage,
};
use anyhow::Context;

use super::{leave, open, step::Step};
use crate::{
    follow::contract_facts,
    gas,
    view::{ContractFacts, View},
    worker::{Slot, Worker},
};

/// The most contracts looked at in one search.
const MAX_LISTED: usize = 10_000;

/// Where is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Contracts that nobody holds, and those that this worker holds.
    Listed,
    /// All.
    All,
}

impl Scope {
    fn prefixes(self, own: &WorkerId) -> Vec<Vec<u8>> {
        match self {
            Self::Listed => vec![storage::held_prefix(own), storage::vacant_prefix()],
            Self::All => vec![storage::contracts_prefix()],
        }
    }
}

/// The most contracts read in one proof.
const BATCH: usize = 128;

/// Claims what is free, and opens what is already this worker's.
pub async fn search(worker: &Arc<Worker>, scope: Scope) -> anyhow::Result<()> {
    let Some(view) = worker.view() else { return Ok(()) };
    let head = view.head.header();
    let mut ids = Vec::new();
    for prefix in scope.prefixes(&worker.id) {
        let keys = worker.chain.reader.unproven_keys(head, &prefix, MAX_LISTED).await?;
        ids.extend(keys.iter().filter_map(|key| contract_of(key)).filter(|id| worker.slot(id).is_none()));
    }
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

/// The contract at the end of a listed key.
fn contract_of(key: &[u8]) -> Option<ContractId> {
    key.split_last_chunk::<32>().map(|(_, id)| ContractId(*id))
}

async fn consider(worker: &Arc<Worker>, view: &View, id: ContractId, facts: ContractFacts) -> anyhow::Result<()> {
    if facts.lease.as_ref().is_some_and(|lease| lease.holder == worker.id && !lease.released) {
        if gas::leaves(&view.prices, &facts, view.block().number) {
            leave::unopened(worker, id);
            return Ok(());
        }
        worker.set_slot(id, Some(Slot::Opening(Step::Lease)));
        open::start(worker, id);
        return Ok(());
    }
    let admitted = view.invalid.is_none() && facts.record.policy.admits(&view.own, &view.devices).is_ok();
    let admitted = admitted && gas::pays_enough(&view.prices, &facts, view.block().number);
    if !admitted || !free(worker, view, &facts).await? {
        return Ok(());
    }
    if open::elsewhere(&worker.config.local.data, &id, &facts).await {
        return Ok(());
    }
    let worker = Arc::clone(worker);
    worker.set_slot(id, Some(Slot::Opening(Step::Claim)));
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
        return Ok(!given_back(lease, &worker.id, view.block().number, view.network.staleness_blocks));
    }
    let key = storage::workers(&lease.holder);
    let values = worker.chain.reader.read_at(view.head.header(), std::slice::from_ref(&key)).await?;
    let holder = Facts::from(values).worker(&lease.holder).context("reading a lease's holder")?;
    let until = holder.map_or(0, |holder| holder.active_until).saturating_add(view.network.staleness_blocks);
    Ok(view.block().number > until)
}

/// Whether `own` itself gave the lease back, and took it so shortly before that it may not take it again yet.
fn given_back(lease: &LeaseRecord, own: &WorkerId, now: BlockNumber, staleness: BlockNumber) -> bool {
    lease.holder == *own && now < lease.since.saturating_add(staleness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_worker_gave_back_it_claims_again_only_when_the_chain_lets_it() {
        let own = WorkerId([1; 32]);
        let lease = LeaseRecord { number: 1, holder: own, since: 10, released: true };
        assert!(given_back(&lease, &own, 14, 5));
        assert!(!given_back(&lease, &own, 15, 5));
        assert!(!given_back(&lease, &WorkerId([2; 32]), 11, 5), "another may take it at once");
    }

    #[test]
    fn a_contract_is_read_from_the_end_of_each_lists_keys() {
        let (worker, contract) = (WorkerId([1; 32]), ContractId([2; 32]));
        let listed = [storage::held(&worker, &contract), storage::vacant(&contract), storage::contracts(&contract)];
        let prefixes = [Scope::Listed.prefixes(&worker), Scope::All.prefixes(&worker)].concat();
        for (key, prefix) in listed.iter().zip(&prefixes) {
            assert!(key.starts_with(prefix));
            assert_eq!(contract_of(key), Some(contract));
        }
    }

    #[test]
    fn a_key_that_is_too_short_names_no_contract() {
        assert_eq!(contract_of(&[1; 31]), None);
    }
}
