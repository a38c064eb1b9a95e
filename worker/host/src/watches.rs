//! Has contracts answer changes of the chain's values that they watch ([`crate::road::watch`]): the values are read with
//! proofs at the newest finalized head, all of a contract's in one proof, and compared with what its state says that it
//! was told. A contract without watches costs nothing; one with a price pays for each block that is looked at, what reading
//! the values itself would cost ([`crate::gas`]), and nothing is looked at while it cannot pay.
//!
//! What may not run now is looked at again, with the values of a newer head. A run that ends without an answer is over;
//! one whose failure may be the machine's is begun again for [`GIVE_UP_MS`], as a message's is. When the process is told
//! to stop, runs under way may end, and none is begun.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use adyton_protocol::{ids::BlockNumber, watch::run_name};
use tokio::{sync::watch, time::sleep};

use crate::{
    contract::Contract,
    error::Refusal,
    gas,
    looks::with_each_view,
    messages::{GIVE_UP_MS, meaning},
    road::{
        answer::state,
        chain::ChainState,
        watch::{self as road, Change},
    },
    schedule::{Meaning, Run, later},
    stop::told,
    view::View,
    worker::Worker,
};

/// How far the values that a contract watches were looked at.
#[derive(Default)]
pub struct Watching {
    /// The block as of which it was told all changes.
    seen: AtomicU32,
    /// The block whose values were metered last: one block's count once, however often they are read.
    metered: AtomicU32,
    looking: AtomicBool,
    /// Since when the worker fails to finish a watch's run, by its name: the chain's time, Unix milliseconds.
    failing: Mutex<BTreeMap<String, u64>>,
}

impl Watching {
    /// Notes that the worker failed to finish a run of this watch at this time of the chain. Whether there is to be no
    /// more.
    fn failed(&self, name: &str, now_ms: u64) -> bool {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let since_ms = *failing.entry(name.into()).or_insert(now_ms);
        now_ms.saturating_sub(since_ms) >= GIVE_UP_MS
    }

    /// Notes that a change of this watch is over.
    fn over(&self, name: &str) {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// One look at the values that a contract watches, until it is dropped; there is no other at the same time.
struct Look(Arc<Contract>);

impl Look {
    /// If there are any, they were not looked at as of this block, and nobody looks.
    fn begin(contract: Arc<Contract>, block: BlockNumber) -> Option<Self> {
        let due = !contract.manifest.watches.is_empty() && contract.watching.seen.load(Ordering::SeqCst) < block;
        (due && !contract.watching.looking.swap(true, Ordering::SeqCst)).then(|| Self(contract))
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.0.watching.looking.store(false, Ordering::SeqCst);
    }
}

/// Has changes answered until `stop` says so, and comes back when the runs under way have ended.
pub async fn run(worker: Arc<Worker>, stop: watch::Receiver<bool>) {
    let begin = |view: &View, contract| {
        let look = Look::begin(contract, view.block().number)?;
        Some(look_at(Arc::clone(&worker), look, stop.clone()))
    };
    with_each_view(&worker, stop.clone(), begin).await;
}

/// Tells one contract what has changed. Where something has to wait, nobody looks at it for a while.
async fn look_at(worker: Arc<Worker>, look: Look, mut stop: watch::Receiver<bool>) {
    let contract = &look.0;
    let Err(refusal) = tell_all(&worker, contract, &stop).await else { return };
    tracing::debug!(contract = %contract.id, %refusal, "the contract's watches wait");
    tokio::select! {
        () = told(&mut stop) => {}
        () = sleep(later(&refusal)) => {}
    }
}

/// Tells the contract what has changed as of the newest view, until `stop` says so. One that has to wait keeps back no
/// other. An error: one has to wait.
async fn tell_all(worker: &Arc<Worker>, contract: &Arc<Contract>, stop: &watch::Receiver<bool>) -> Result<(), Refusal> {
    let view = worker.right(contract).view()?;
    let mut waits = None;
    for change in changes(worker, contract, &view).await? {
        if *stop.borrow() {
            return Ok(());
        }
        waits = tell(worker, contract, &change).await.err().or(waits);
    }
    match waits {
        Some(refusal) => Err(refusal),
        None => {
            contract.watching.seen.fetch_max(view.block().number, Ordering::SeqCst);
            Ok(())
        }
    }
}

/// What is not as the contract was told, as of `view`.
async fn changes(worker: &Worker, contract: &Contract, view: &Arc<View>) -> Result<Vec<Change>, Refusal> {
    let look = gas::Run::look(contract, view);
    if let Some(look) = &look {
        worker.gas.admit(look)?;
    }
    let watches = &contract.manifest.watches;
    let keys: Vec<Vec<u8>> = watches.iter().map(|watch| watch.what.key(&worker.network, &contract.id)).collect();
    let chain = ChainState::new(worker.chain.reader.clone(), view.head.header().clone());
    let values = chain.read(&keys).await;
    let values =
        values.map_err(|_| Refusal::NotFresh("the values that the contract watches could not be read".into()))?;
    let block = view.block().number;
    if let Some(look) = look.filter(|_| contract.watching.metered.fetch_max(block, Ordering::SeqCst) < block) {
        worker.gas.note_look(&look, size(&keys, &values));
    }
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let told = road::told(&mut transaction).await.map_err(state)?;
    let all = watches.iter().zip(keys.iter().zip(values));
    let all = all.map(|(watch, (key, value))| Change::new(worker, &watch.name, (key, value), view));
    Ok(all.filter(|change| change.is_news(&told)).collect())
}

/// How many values there are, and their bytes with those of their keys.
fn size(keys: &[Vec<u8>], values: &[Option<Vec<u8>>]) -> (usize, usize) {
    let bytes = keys.iter().chain(values.iter().flatten()).map(Vec::len);
    (values.len(), bytes.fold(0, usize::saturating_add))
}

/// Has the contract answer the change, or goes past one that it fails over. An error: not now.
async fn tell(worker: &Arc<Worker>, contract: &Arc<Contract>, change: &Change) -> Result<(), Refusal> {
    let refusal = match road::run(worker, contract, change).await {
        Ok(answer) => {
            contract.watching.over(&change.name);
            if let Some(answer) = answer {
                note(worker, contract, change, (Some(answer.status), None));
            }
            return Ok(());
        }
        Err(refusal) => refusal,
    };
    let is_over = match meaning(&refusal) {
        Meaning::NotNow => false,
        Meaning::Over => true,
        Meaning::WorkerFailed => {
            tracing::warn!(contract = %contract.id, name = change.name, %refusal, "a watch's run was not finished");
            contract.watching.failed(&change.name, change.view.chain_ms)
        }
    };
    if !is_over {
        return Err(refusal);
    }
    // The owner is told first, or a failure to go past would keep it from them.
    let text = format!("the run of the watch {} failed: {refusal}", change.name);
    contract.log_failure(change.view.chain_ms, &text);
    road::pass_over(worker, contract, change).await?;
    contract.watching.over(&change.name);
    note(worker, contract, change, (None, Some(refusal.code())));
    Ok(())
}

/// For the contract's owner, among the runs of the schedule.
fn note(worker: &Worker, contract: &Contract, change: &Change, (status, code): (Option<u16>, Option<&'static str>)) {
    let request_id = road::request_id(worker, contract, change);
    let due_ms = change.view.chain_ms;
    let at_ms = worker.view().map_or(due_ms, |view| view.chain_ms);
    contract.schedule.note(Run { name: run_name(&change.name), due_ms, at_ms, request_id, status, code });
}

#[cfg(test)]
mod tests;
