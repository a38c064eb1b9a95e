//! The worker's end, as one story, when the process is told to stop. It takes at most the configured time and no
//! longer than it has to: what is left undone is what a crash would leave, and the next boot copes with that.
//!
//! 1. No more contracts are claimed, no more calls taken and no more runs of schedules or for messages begun; those that
//!    run may end, for half of the time.
//! 2. The view of the chain is given up: without one, nothing is committed or answered any more.
//! 3. The newest heads and receipts are anchored, until a finalized block has them.
//! 4. What contracts with terms used is claimed: for leases that are given back for the last time, for the others where
//!    the period is over.
//! 5. The stores are closed.
//! 6. If the operator opted out, the leases are given back: other workers may open at once. Otherwise they stay with
//!    this worker, whose next boot goes on with them.

use std::time::Duration;

use adyton_chain_client::facts::Facts;
use adyton_protocol::{ids::ContractId, record::WorkerRecord, storage};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    gas::claims,
    lease::{self, release},
    view::View,
    worker::Worker,
};

/// Returns when `stop` says so, or when nobody is left who could.
pub async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Ends in order. `calls` ends when no call and no run of a schedule is under way any more; `following` keeps the view.
pub async fn end(worker: &Worker, calls: impl Future, following: JoinHandle<()>) {
    let limit = Duration::from_secs(worker.config.local.stop_seconds);
    let deadline = Instant::now() + limit;
    if timeout(limit / 2, calls).await.is_err() {
        tracing::warn!("calls that still run are cut off");
    }
    following.abort();
    let _ = following.await;
    let last = worker.view.send_replace(None);
    if timeout_at(deadline, worker.anchors.settle()).await.is_err() {
        tracing::warn!("the newest heads were not anchored in time; the next opening finalizes them");
    }
    let leaving = match &last {
        Some(last) => timeout_at(deadline, settled(worker, last)).await.unwrap_or_else(|_| {
            tracing::warn!("what contracts used was not claimed in time, and no lease is given back");
            Vec::new()
        }),
        None => Vec::new(),
    };
    if timeout_at(deadline, lease::close_all(worker)).await.is_err() {
        tracing::warn!("not every store could be closed in time; what was committed is on the disk");
        return;
    }
    if timeout_at(deadline, release::give_back(worker, &leaving)).await.is_err() {
        tracing::warn!("leases were not given back in time; they end by themselves");
    }
}

/// Claims what contracts used, by the worker's `last` view, and gives those whose leases are to be given back: all that
/// it held, if its operator opted out by now. They may have done it a moment before they stopped it.
async fn settled(worker: &Worker, last: &View) -> Vec<ContractId> {
    let leaving = match newest(worker).await {
        Ok(Some(own)) => release::due(&View { own, ..last.clone() }, &worker.id),
        Ok(None) => Vec::new(),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "whether to give leases back was not read");
            Vec::new()
        }
    };
    if let Err(error) = claims::at_the_end(worker, last, &leaving).await {
        tracing::warn!(error = format!("{error:#}"), "what contracts used was not claimed before the end");
    }
    leaving
}

/// This boot's record at the newest head.
async fn newest(worker: &Worker) -> anyhow::Result<Option<WorkerRecord>> {
    let tip = worker.chain.reader.read(&[storage::workers(&worker.id)]).await?;
    let own = Facts::from(tip.values).worker(&worker.id)?;
    Ok(own.filter(|own| own.signing_key == worker.signing_key()))
}

#[cfg(test)]
pub mod tests;
