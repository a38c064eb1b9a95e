//! Carries what was metered to the chain: one extrinsic claims for many contracts, after the anchor that has the
//! receipts of what is claimed.

use std::{cmp::Reverse, sync::Arc, time::Duration};

use adyton_chain_client::{
    extrinsic::calls::{Call, Usage},
    facts::Facts,
};
use adyton_protocol::{
    ids::{BlockNumber, ContractId},
    storage,
    usage::{Claim, GasAccount, MAX_CLAIMS, Standing},
};
use anyhow::Context;
use tokio::time::{sleep, timeout};

use crate::{
    contract::Contract,
    view::View,
    worker::{Slot, Worker},
};

/// How often one claim is sent before another is made.
pub const TRIES: u32 = 5;
/// How long the anchor of the receipts, or the view that shows a claim, is waited for.
const WAIT: Duration = Duration::from_secs(60);
/// How often is looked whether the receipts are anchored.
const LOOK: Duration = Duration::from_millis(500);
/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Claims at each new view until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let mut views = worker.view.subscribe();
    while views.changed().await.is_ok() {
        let Some(view) = worker.view() else { continue };
        if let Err(error) = settle(&worker, &view).await {
            tracing::warn!(error = format!("{error:#}"), "claims were not taken; trying again");
            sleep(PAUSE).await;
        }
    }
}

/// Claims for what is ripe by `view`.
async fn settle(worker: &Worker, view: &View) -> anyhow::Result<()> {
    let claims = ripe(worker, view, MAX_CLAIMS as usize).await;
    let Some(first) = claims.first().copied() else { return Ok(()) };
    send(worker, claims).await?;
    wait_for(worker, &first).await;
    Ok(())
}

/// One extrinsic with at most [`MAX_CLAIMS`] claims.
async fn send(worker: &Worker, claims: Vec<Claim>) -> anyhow::Result<()> {
    let anchors = timeout(WAIT, anchored(worker)).await.context("the receipts were not anchored in time")??;
    let count = claims.len();
    worker.chain.call(Call::Usage(Usage::Claim { anchors, claims })).await?;
    tracing::info!(contracts = count, "claimed for gas");
    Ok(())
}

/// Claims once more before the process ends, by its last `view`: for the contracts of `leaving`, whose leases are given
/// back, for the last time, and for the others what is ripe.
pub async fn at_the_end(worker: &Worker, view: &View, leaving: &[ContractId]) -> anyhow::Result<()> {
    let mut claims = ripe(worker, view, usize::MAX).await;
    claims.retain(|claim| !leaving.contains(&claim.contract));
    for id in leaving {
        let Some(Slot::Ready(contract)) = worker.slot(id) else { continue };
        let Ok(stored) = contract.store.stored_bytes().await else { continue };
        claims.extend(last_of(worker, view, &contract, stored));
    }
    claims.sort_by_key(|claim| claim.contract);
    for some in claims.chunks(MAX_CLAIMS as usize) {
        send(worker, some.to_vec()).await?;
    }
    Ok(())
}

/// Claims for the last time under the lease of a contract with `stored` bytes of state, before it is given back.
pub async fn last(worker: &Worker, contract: &Contract, stored: u64) -> anyhow::Result<()> {
    let claim = worker.view().and_then(|view| last_of(worker, &view, contract, stored));
    match claim {
        Some(claim) => send(worker, vec![claim]).await,
        None => Ok(()),
    }
}

fn last_of(worker: &Worker, view: &View, contract: &Contract, stored: u64) -> Option<Claim> {
    let standing = standing(worker, view, contract)?;
    worker.gas.claim(contract.id, contract.lease, (stored, true), &standing)
}

/// How many anchors the worker has when the receipts of everything that is noted by now are under one. Others may come
/// all the time: of two anchors from now on, the second was begun later.
async fn anchored(worker: &Worker) -> anyhow::Result<u32> {
    let first = anchors(worker).await?;
    loop {
        let settled = worker.anchors.is_settled();
        let now = anchors(worker).await?;
        if settled || now >= first.saturating_add(2) {
            return Ok(now);
        }
        worker.anchors.hurry();
        sleep(LOOK).await;
    }
}

/// How many anchors the chain has of this worker.
async fn anchors(worker: &Worker) -> anyhow::Result<u32> {
    let values = worker.chain.reader.read(&[storage::receipt_anchors(&worker.id)]).await?.values;
    Ok(Facts::from(values).receipt_anchors(&worker.id)?.count)
}

/// What is to be claimed by `view`, ascending by contract: at most so many.
pub(super) async fn ripe(worker: &Worker, view: &View, most: usize) -> Vec<Claim> {
    let (now, window) = (view.block().number, view.prices.parameters.window);
    let paying_lease_of = |id: &ContractId| {
        let facts = view.contracts.get(id)?;
        let pays = |account: &GasAccount| account.terms_at(now).is_some() || account.ended(now, window).is_some();
        // What is left of terms that ended is never claimed by later ones.
        facts.lease.as_ref().filter(|_| facts.gas.as_ref().is_some_and(pays)).map(|lease| lease.number)
    };
    worker.gas.keep(|contract, lease| paying_lease_of(contract) == Some(lease));
    let waiting = worker.slots().into_iter().filter_map(|(_, slot)| {
        let Slot::Ready(contract) = slot else { return None };
        let standing = standing(worker, view, &contract)?;
        let blocks = standing.blocks();
        worker.gas.may_claim(contract.id, contract.lease, &standing).then_some((blocks, contract))
    });
    let mut claims = Vec::new();
    for contract in longest_first(waiting.collect()) {
        if claims.len() >= most {
            break;
        }
        let Some(standing) = standing(worker, view, &contract) else { continue };
        let Ok(stored) = contract.store.stored_bytes().await else { continue };
        claims.extend(worker.gas.claim(contract.id, contract.lease, (stored, false), &standing));
    }
    claims.sort_by_key(|claim| claim.contract);
    claims
}

/// By what the chain decides about claims for `contract` now; none where it takes none: one that it refuses stops all
/// that are sent with it.
fn standing<'a>(worker: &Worker, view: &'a View, contract: &'a Contract) -> Option<Standing<'a>> {
    let now = view.block().number;
    let facts = view.contracts.get(&contract.id)?;
    let (lease, account) = (facts.lease.as_ref()?, facts.gas.as_ref()?);
    let mine = view.may_act(&worker.id, &contract.id).is_ok_and(|number| number == contract.lease);
    let standing = Standing {
        parameters: &view.prices.parameters,
        account,
        limits: &contract.manifest.limits,
        ask: *view.prices.ask.at(now),
        since: lease.since,
        now,
    };
    (mine && lease.number > account.closed && standing.terms().is_some()).then_some(standing)
}

/// Those first that wait for more blocks: what waits for more than a window is lost.
pub(super) fn longest_first<T>(mut waiting: Vec<(BlockNumber, T)>) -> impl Iterator<Item = T> {
    waiting.sort_by_key(|(blocks, _)| Reverse(*blocks));
    waiting.into_iter().map(|(_, contract)| contract)
}

/// Waits a while until the view shows that a claim was settled, so that it is not sent twice.
async fn wait_for(worker: &Worker, claim: &Claim) {
    let mut views = worker.view.subscribe();
    let seen = views.wait_for(|view| {
        let facts = view.as_ref().and_then(|view| view.contracts.get(&claim.contract));
        let account = facts.and_then(|facts| facts.gas.as_ref());
        account.is_none_or(|account| account.settled_at != claim.after)
    });
    let _ = timeout(WAIT, seen).await;
}
