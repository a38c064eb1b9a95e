//! Follows the chain: at every new finalized head, reads what this worker depends on, all at that head, and
//! replaces the view. Posts a heartbeat in good time: it carries the freshness nonce and keeps leases alive.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adyton_admission::{counter, heartbeat};
use adyton_chain_client::{
    facts::{Facts, shown_device_keys, validity_keys},
    verifier::{FinalizedHeader, Freshness, ProvenValues},
};
use adyton_protocol::{
    challenge,
    ids::{ContractId, Digest, WorkerId},
    message, storage,
};
use anyhow::Context;

use crate::{
    view::{ContractFacts, Prices, View, Work},
    worker::{Slot, Worker},
};

/// How often the node is asked for a new head.
const POLL: Duration = Duration::from_millis(200);
/// How long after a heartbeat that was not taken the next is posted.
const AGAIN: Duration = Duration::from_secs(2);
/// The most keys read in one proof.
const KEYS: usize = 512;

/// Follows until the process ends. Errors are logged and tried again: while they last, the view grows old and
/// the worker stops answering by itself.
pub async fn run(worker: Arc<Worker>) {
    let mut freshness = Freshness::new(worker.id, worker.config.measured.freshness());
    let mut beat = Beat::default();
    let mut last = None;
    let mut quiet = true;
    loop {
        match step(&worker, &mut freshness, &mut beat, last).await {
            Ok(seen) => {
                last = Some(seen);
                quiet = true;
            }
            Err(error) if quiet => {
                quiet = false;
                tracing::warn!(error = format!("{error:#}"), "cannot follow the chain; trying again");
            }
            Err(error) => tracing::debug!(error = format!("{error:#}"), "cannot follow the chain"),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// When the last heartbeat was posted, by this process's counter, and whether it was not taken.
#[derive(Default)]
struct Beat {
    posted: Option<Duration>,
    failed: Arc<AtomicBool>,
}

impl Beat {
    /// Whether to post one now.
    fn due(&self, now: Duration, window: Duration) -> bool {
        let Some(posted) = self.posted else { return true };
        let since = now.saturating_sub(posted);
        since > window / 3 || (since > AGAIN && self.failed.load(Ordering::Relaxed))
    }
}

async fn step(
    worker: &Arc<Worker>,
    freshness: &mut Freshness,
    beat: &mut Beat,
    last: Option<u32>,
) -> anyhow::Result<u32> {
    let chain = &worker.chain.reader;
    let head = chain.head().await.context("reading the finalized head")?;
    let number = head.number();
    if last == Some(number) && worker.view().is_some() {
        return Ok(number);
    }
    let read_at = counter();
    let base = [freshness.key(), storage::timestamp(), storage::network(), storage::devices(&worker.id)];
    let values = chain.read_at(&head, &base).await.context("reading this worker's record")?;
    let proven = freshness.observe(&values, counter())?;
    let facts = Facts::from(values);
    let own = facts.worker(&worker.id)?.filter(|own| own.signing_key == worker.signing_key());
    let Some(own) = own else {
        worker.view.send_replace(None);
        return Ok(number);
    };
    // Its evidence stays at hand from here on, whatever else is offered meanwhile.
    worker.registrar.registered(&own.statement);
    if proven {
        tracing::debug!(number, "this worker's nonce is finalized");
    }
    post_heartbeat(worker, freshness, beat)?;
    let Ok(fresh) = freshness.accept(head.clone(), counter()) else {
        // Nothing is known to be fresh yet, or no longer: no view.
        return Ok(number);
    };
    let slots = worker.slots();
    let held: Vec<ContractId> = slots.iter().map(|(id, _)| *id).collect();
    let listening: Vec<ContractId> = slots.iter().filter(|(_, slot)| listens(slot)).map(|(id, _)| *id).collect();
    let mut keys = validity_keys(&own);
    keys.extend(shown_device_keys(facts.devices(&worker.id)?.as_ref()));
    let machine = challenge::machine(&own.verdict.machine, &worker.id);
    keys.extend(work_keys(&worker.id, &machine));
    keys.extend([storage::gas_parameters(), storage::gas_asks(&worker.id)]);
    keys.extend(contract_keys(&held));
    keys.extend(listening.iter().map(storage::message_queues));
    let facts = facts.and(read(worker, &head, &keys).await?)?;
    let invalid = own.valid(&facts.validity(&own)?).err().map(|reason| reason.to_string());
    // Whether devices under a development root are good enough, keyholders and callers decide.
    let devices = facts.valid_devices(&worker.id, &own, true)?;
    let mut contracts = HashMap::from_iter(contracts_in(&facts, &held)?);
    for id in &listening {
        let queue = message::queue(facts.values().value(&storage::message_queues(id))?);
        let queue = queue.context("a contract's messages are not what this worker reads")?;
        if let Some(of_contract) = contracts.get_mut(id) {
            of_contract.messages = Some(queue);
        }
    }
    let work = work_in(&facts, &worker.id, machine)?;
    let prices = Prices { parameters: facts.gas_parameters()?, ask: facts.gas_ask(&worker.id)? };
    let view = View {
        head: fresh,
        chain_ms: facts.time_ms()?,
        read_at,
        network: facts.network()?.context("the chain names no network")?,
        own,
        devices,
        invalid,
        work,
        prices,
        contracts,
    };
    anyhow::ensure!(view.network.id == worker.network, "the node follows another network");
    worker.view.send_replace(Some(Arc::new(view)));
    Ok(number)
}

/// Whether a contract is open here and takes messages.
fn listens(slot: &Slot) -> bool {
    match slot {
        Slot::Ready(contract) => contract.manifest.messages,
        Slot::Opening(_) | Slot::Failed(_) => false,
    }
}

/// Posts a nonce when a third of the window is over, and again soon when one was not taken: before the first is
/// proven, nothing is answered.
fn post_heartbeat(worker: &Arc<Worker>, freshness: &mut Freshness, beat: &mut Beat) -> anyhow::Result<()> {
    let (now, window) = (counter(), worker.config.measured.freshness());
    if !beat.due(now, window) {
        return Ok(());
    }
    let call = heartbeat(freshness)?;
    *beat = Beat { posted: Some(now), ..Beat::default() };
    let (worker, failed) = (Arc::clone(worker), Arc::clone(&beat.failed));
    tokio::spawn(async move {
        if let Err(error) = worker.chain.call(call).await {
            tracing::warn!(error = format!("{error:#}"), "a heartbeat was not taken");
            failed.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// What the chain says of `ids` at `head`; those that do not exist are left out.
pub async fn contract_facts(
    worker: &Worker,
    head: &FinalizedHeader,
    ids: &[ContractId],
) -> anyhow::Result<Vec<(ContractId, ContractFacts)>> {
    let values = read(worker, head, &contract_keys(ids)).await.context("reading contracts")?;
    contracts_in(&Facts::from(values), ids)
}

/// The values of `keys`, at least one, in proofs of bounded size.
async fn read(worker: &Worker, head: &FinalizedHeader, keys: &[Vec<u8>]) -> anyhow::Result<ProvenValues> {
    let (first, more) = keys.split_at(keys.len().min(KEYS));
    let mut values = worker.chain.reader.read_at(head, first).await?;
    for keys in more.chunks(KEYS) {
        values = values.and(worker.chain.reader.read_at(head, keys).await?)?;
    }
    Ok(values)
}

fn work_keys(worker: &WorkerId, machine: &Digest) -> [Vec<u8>; 4] {
    [storage::latest_round(), storage::session(worker), storage::capacity(worker), storage::machine(machine)]
}

fn work_in(facts: &Facts, worker: &WorkerId, machine: Digest) -> anyhow::Result<Work> {
    Ok(Work {
        newest_round: facts.latest_round()?,
        session: facts.session(worker)?,
        capacity: facts.capacity(worker)?,
        measurements: facts.machine(&machine)?.unwrap_or_default(),
        machine,
    })
}

fn contract_keys(ids: &[ContractId]) -> Vec<Vec<u8>> {
    ids.iter()
        .flat_map(|id| {
            let of_lease = [storage::contracts(id), storage::leases(id), storage::heads(id), storage::reports(id)];
            of_lease.into_iter().chain([storage::gas_accounts(id)])
        })
        .collect()
}

fn contracts_in(facts: &Facts, ids: &[ContractId]) -> anyhow::Result<Vec<(ContractId, ContractFacts)>> {
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(record) = facts.contract(id)? {
            let (lease, head) = (facts.lease(id)?, facts.head(id)?);
            let reported = facts.last_report(id)?;
            let gas = facts.gas_account(id)?;
            out.push((*id, ContractFacts { record, lease, head, reported, messages: None, gas }));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_comes_three_times_per_window_and_sooner_when_one_was_not_taken() {
        let (window, posted) = (Duration::from_secs(60), Duration::from_secs(1000));
        let beat = Beat { posted: Some(posted), ..Beat::default() };
        assert!(Beat::default().due(posted, window));
        assert!(!beat.due(posted + Duration::from_secs(19), window));
        assert!(beat.due(posted + Duration::from_secs(21), window));
        beat.failed.store(true, Ordering::Relaxed);
        assert!(!beat.due(posted + Duration::from_secs(1), window));
        assert!(beat.due(posted + Duration::from_secs(3), window));
    }
}
