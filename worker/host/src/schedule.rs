//! Runs what is due in the schedules of open contracts: by the chain's time at the newest proven head, one run of a
//! contract after the other, each by the road of a call that is not sealed ([`crate::road::schedule`]).
//!
//! A contract's next time is in memory, so that one with nothing to do costs nothing. What may not run now, or finds no
//! room, stays due. A run that ends without an answer is over; one that the worker itself failed to finish is begun
//! again a few times first. When the process is told to stop, runs under way may end, and none is begun.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use adyton_protocol::{ids::RequestId, manifest::Capability, schedule::request_id};
use serde::Serialize;
use tokio::{sync::watch, time::sleep};

use crate::{
    contract::Contract,
    error::Refusal,
    looks::{Finished, Recent, with_each_view},
    road::{
        answer::state,
        schedule::{self, Planned},
    },
    stop::told,
    view::View,
    worker::Worker,
};

/// For how long a contract is left alone whose schedule has to wait.
const LATER: Duration = Duration::from_secs(5);
/// The same where its state cannot be read or its code is not ready, which takes longer to pass.
const MUCH_LATER: Duration = Duration::from_secs(10);
/// How often a run is begun again that the worker failed to finish, and the pause before.
const AGAIN: u32 = 3;
/// See [`AGAIN`].
pub const PAUSE: Duration = Duration::from_secs(1);

/// When a contract's schedule is looked at next, and what ran lately.
#[derive(Default)]
pub struct Watch {
    /// Unix milliseconds; at first 0, because nobody has looked yet.
    next_ms: AtomicU64,
    looking: AtomicBool,
    runs: Recent<Run>,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The entry's name; of a watch's run [`adyton_protocol::watch::run_name`].
    pub name: String,
    /// When it was due, Unix milliseconds.
    pub due_ms: u64,
    /// The chain's time when it was over, Unix milliseconds.
    pub at_ms: u64,
    /// The run's request id.
    pub request_id: RequestId,
    /// The status of the contract's answer; none if there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub code: Option<&'static str>,
}

impl Watch {
    /// Looks at `due_ms` at the latest.
    pub fn no_later_than(&self, due_ms: u64) {
        self.next_ms.fetch_min(due_ms, Ordering::SeqCst);
    }

    /// Forgets the next time. Who does it looks for it afterwards: what is set from here on counts.
    fn forget(&self) {
        self.next_ms.store(u64::MAX, Ordering::SeqCst);
    }

    fn is_due(&self, now_ms: u64) -> bool {
        self.next_ms.load(Ordering::SeqCst) <= now_ms
    }

    /// Remembers a run that is over.
    pub fn note(&self, run: Run) {
        self.runs.note(run);
    }

    /// The newest runs of this boot, the oldest first.
    pub fn runs(&self) -> Vec<Run> {
        self.runs.all()
    }
}

/// One look at a contract's schedule, until it is dropped; there is no other at the same time.
struct Look(Arc<Contract>);

impl Look {
    /// If something may be due, and nobody looks.
    fn begin(contract: Arc<Contract>, now_ms: u64) -> Option<Self> {
        let due = contract.manifest.grants(Capability::Schedule) && contract.schedule.is_due(now_ms);
        (due && !contract.schedule.looking.swap(true, Ordering::SeqCst)).then(|| Self(contract))
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.0.schedule.looking.store(false, Ordering::SeqCst);
    }
}

/// Runs what is due until `stop` says so, and comes back when the runs under way have ended.
pub async fn run(worker: Arc<Worker>, stop: watch::Receiver<bool>) {
    let begin = |view: &View, contract| {
        let look = Look::begin(contract, view.chain_ms)?;
        Some(look_at(Arc::clone(&worker), look, stop.clone()))
    };
    with_each_view(&worker, stop.clone(), begin).await;
}

/// Runs what is due of one contract. Where it has to wait, nobody looks at it for a while.
async fn look_at(worker: Arc<Worker>, look: Look, mut stop: watch::Receiver<bool>) {
    let contract = &look.0;
    let Err(refusal) = run_due(&worker, contract, &stop).await else { return };
    tracing::debug!(contract = %contract.id, %refusal, "the schedule waits");
    contract.schedule.no_later_than(0);
    tokio::select! {
        () = told(&mut stop) => {}
        () = sleep(later(&refusal)) => {}
    }
}

/// For how long a contract is left alone whose schedule waits because of `refusal`.
pub fn later(refusal: &Refusal) -> Duration {
    if matches!(refusal, Refusal::State(_) | Refusal::NotReady(_)) { MUCH_LATER } else { LATER }
}

/// Runs what is due, one after the other, until `stop` says so. An error: something is due still, or nobody knows.
async fn run_due(worker: &Arc<Worker>, contract: &Arc<Contract>, stop: &watch::Receiver<bool>) -> Result<(), Refusal> {
    loop {
        if *stop.borrow() {
            return Ok(());
        }
        let now_ms = worker.right(contract).view()?.chain_ms;
        contract.schedule.forget();
        let mut transaction = contract.store.begin().await.map_err(state)?;
        let Some(planned) = schedule::first(&mut transaction).await.map_err(state)? else { return Ok(()) };
        drop(transaction);
        contract.schedule.no_later_than(planned.due_ms);
        if planned.due_ms > now_ms {
            return Ok(());
        }
        let over = match finish(worker, contract, &planned, stop).await? {
            Finished::Answered(status) => (Some(status), None),
            Finished::Failed(refusal) => {
                schedule::pass_over(worker, contract, &planned).await?;
                let Planned { name, due_ms, .. } = &planned;
                let text = format!("the scheduled run of {name}, due at {due_ms}, failed: {refusal}");
                contract.log_failure(now_ms, &text);
                (None, Some(refusal.code()))
            }
            Finished::Gone => continue,
        };
        note(worker, contract, &planned, over);
    }
}

/// Runs the entry until that comes to an end. An error: not now.
async fn finish(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    planned: &Planned,
    stop: &watch::Receiver<bool>,
) -> Result<Finished, Refusal> {
    let mut left = AGAIN;
    loop {
        let refusal = match schedule::run(worker, contract, planned).await {
            Ok(Some(answer)) => return Ok(Finished::Answered(answer.status)),
            Ok(None) => return Ok(Finished::Gone),
            Err(refusal) => refusal,
        };
        match Meaning::of(&refusal) {
            Meaning::NotNow => return Err(refusal),
            Meaning::WorkerFailed if left > 0 => left -= 1,
            Meaning::WorkerFailed | Meaning::Over => return Ok(Finished::Failed(refusal)),
        }
        sleep(PAUSE).await;
        if *stop.borrow() {
            // It stays due for the next boot.
            return Err(refusal);
        }
    }
}

/// What a refusal means for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The worker may not act now, or has no room: the entry stays due.
    NotNow,
    /// The contract failed, or went beyond what it may: that was the run.
    Over,
    /// The worker failed, which may pass.
    WorkerFailed,
}

impl Meaning {
    /// Of `refusal`.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::NotHeld(_)
            | Refusal::NotReady(_)
            | Refusal::Initializing
            | Refusal::Migrating
            | Refusal::InitFailed(_)
            | Refusal::MigrateFailed(_)
            | Refusal::CodeKeyMissing
            | Refusal::SealedCodeRefused
            | Refusal::NotFresh(_)
            | Refusal::NotAdmitted(_)
            | Refusal::Overloaded
            | Refusal::Busy
            | Refusal::Expired
            | Refusal::PaymentRequired
            | Refusal::Underpriced
            | Refusal::GasBudget
            | Refusal::CallerCap(_)
            | Refusal::State(_) => Self::NotNow,
            Refusal::Guest { .. } | Refusal::Trapped(_) | Refusal::Exceeded(_) | Refusal::TooLarge(_) => Self::Over,
            // Whatever else there is, it does not hold up the entries behind this one for ever.
            _other => Self::WorkerFailed,
        }
    }
}

fn note(worker: &Worker, contract: &Contract, planned: &Planned, (status, code): (Option<u16>, Option<&'static str>)) {
    let Planned { name, due_ms, course } = planned;
    let request_id = request_id(&worker.network, &contract.id, name, *due_ms, &course.nonce);
    let at_ms = worker.view().map_or(*due_ms, |view| view.chain_ms);
    contract.schedule.note(Run { name: name.clone(), due_ms: *due_ms, at_ms, request_id, status, code });
}

#[cfg(test)]
pub mod tests;
