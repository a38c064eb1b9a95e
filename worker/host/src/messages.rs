//! Has contracts answer the messages that accounts sent them on the chain ([`crate::road::message`]): read with proofs
//! at the newest finalized head, one after the other, in the order of their numbers. Which there are is in the view, so
//! that a contract without any costs nothing.
//!
//! What is over is told to the chain when a head of the contract's state in which it is has been anchored: not before,
//! or a message could be gone from the chain whose run is lost with this machine. What may not run now stays there. A
//! run that ends without an answer is over; one whose failure may be the machine's is begun again for [`GIVE_UP_MS`],
//! so that who runs the machine cannot make messages vanish by a slow disk. When the process is told to stop, runs
//! under way may end, and none is begun.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use adyton_chain_client::extrinsic::calls::{Call, Messages};
use adyton_engine::Limit;
use adyton_protocol::{
    ids::{BlockNumber, RequestId},
    message::{self, Message, Queue},
    storage,
};
use serde::Serialize;
use tokio::{sync::watch, time::sleep};

use crate::{
    contract::Contract,
    error::Refusal,
    looks::{Finished, Recent, with_each_view},
    road::{answer::state, chain::ChainState, message as road},
    schedule::{Meaning, PAUSE, later},
    stop::told,
    view::View,
    worker::Worker,
};

/// For how many milliseconds of the chain's time since the first try a message is begun again whose run the worker
/// fails to finish. For ever would not do: a contract that makes the worker fail would hold up its own messages.
pub const GIVE_UP_MS: u64 = 60 * 60 * 1000;

/// How far a contract's messages were looked at, and what ran lately.
#[derive(Default)]
pub struct Inbox {
    /// The block as of which all messages that waited were answered.
    seen: AtomicU32,
    looking: AtomicBool,
    telling: AtomicBool,
    /// The message whose run the worker failed to finish lately.
    unfinished: Mutex<Option<Unfinished>>,
    /// What the chain is not told yet.
    untold: Mutex<Option<Untold>>,
    runs: Recent<Run>,
}

/// A message whose run the worker failed to finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unfinished {
    number: u64,
    /// The chain's time of the first failure, Unix milliseconds.
    since_ms: u64,
    tries: u32,
}

/// Messages that are over, and from which head of the state on they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Untold {
    over: u64,
    sequence: u64,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The message's number.
    pub number: u64,
    /// The chain's time when it was over, Unix milliseconds.
    pub at_ms: u64,
    /// The run's request id.
    pub request_id: RequestId,
    /// The status of the contract's answer; none if there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub code: Option<&'static str>,
}

impl Inbox {
    /// The newest runs of this boot, the oldest first.
    pub fn runs(&self) -> Vec<Run> {
        self.runs.all()
    }

    /// Notes that the worker failed to finish this message's run, at this time of the chain. The tries so far, and
    /// whether there are to be no more.
    fn unfinished(&self, number: u64, now_ms: u64) -> (u32, bool) {
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let before = unfinished.filter(|unfinished| unfinished.number == number);
        let since_ms = before.map_or(now_ms, |before| before.since_ms);
        let tries = before.map_or(0, |before| before.tries).saturating_add(1);
        *unfinished = Some(Unfinished { number, since_ms, tries });
        (tries, now_ms.saturating_sub(since_ms) >= GIVE_UP_MS)
    }

    /// What the chain may be told now that knows `queue` and the head of sequence `anchored`: of a state at `sequence`
    /// in which all up to `over` are over. What waits to be told is not replaced by later ones, or a contract whose
    /// state always moves on would never tell any.
    fn tellable(&self, queue: &Queue, over: u64, sequence: u64, anchored: u64) -> Option<u64> {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        if untold.is_some_and(|untold| untold.over <= queue.over) {
            *untold = None;
        }
        // No more than were sent: of a state that is ahead of this view the rest is told at a later one.
        if untold.is_none() && queue.over < over && over <= queue.sent {
            *untold = Some(Untold { over, sequence });
        }
        untold.filter(|untold| untold.sequence <= anchored).map(|untold| untold.over)
    }
}

/// One look at a contract's messages, until it is dropped; there is no other at the same time.
struct Look(Arc<Contract>);

impl Look {
    /// If by `queue`, as of `block`, there are messages of which the chain does not know that they are over, this block
    /// was not looked at, and nobody looks.
    fn begin(contract: Arc<Contract>, block: BlockNumber, queue: Queue) -> Option<Self> {
        let due = queue.over < queue.sent && contract.inbox.seen.load(Ordering::SeqCst) < block;
        (due && !contract.inbox.looking.swap(true, Ordering::SeqCst)).then(|| Self(contract))
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.0.inbox.looking.store(false, Ordering::SeqCst);
    }
}

/// Has messages answered until `stop` says so, and comes back when the runs under way have ended.
pub async fn run(worker: Arc<Worker>, stop: watch::Receiver<bool>) {
    let begin = |view: &View, contract: Arc<Contract>| {
        let queue = queue(view, &contract)?;
        let look = Look::begin(contract, view.block().number, queue)?;
        Some(look_at(Arc::clone(&worker), look, stop.clone()))
    };
    with_each_view(&worker, stop.clone(), begin).await;
}

/// Has what waits for one contract answered. Where it has to wait, nobody looks at it for a while.
async fn look_at(worker: Arc<Worker>, look: Look, mut stop: watch::Receiver<bool>) {
    let contract = &look.0;
    let Err(refusal) = answer_all(&worker, contract, &stop).await else { return };
    tracing::debug!(contract = %contract.id, %refusal, "the contract's messages wait");
    tokio::select! {
        () = told(&mut stop) => {}
        () = sleep(later(&refusal)) => {}
    }
}

/// Has answered what waits as of the newest view, until `stop` says so.
async fn answer_all(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    stop: &watch::Receiver<bool>,
) -> Result<(), Refusal> {
    let view = worker.right(contract).view()?;
    let Some(queue) = queue(&view, contract) else { return Ok(()) };
    let chain = ChainState::new(worker.chain.reader.clone(), view.head.header().clone());
    answer_queue(worker, contract, &Waiting { view, chain, queue }, stop).await
}

/// The contract's messages as of `view`; none if it takes none, or was not open when that was read.
fn queue(view: &View, contract: &Contract) -> Option<Queue> {
    view.contracts.get(&contract.id)?.messages.filter(|_| contract.manifest.messages)
}

/// What waits for a contract as of one view.
struct Waiting {
    view: Arc<View>,
    chain: ChainState,
    queue: Queue,
}

/// Has answered what waits, and tells the chain what is over: those before one that has to wait, too.
async fn answer_queue(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    waiting: &Waiting,
    stop: &watch::Receiver<bool>,
) -> Result<(), Refusal> {
    let drained = drain(worker, contract, waiting, stop).await;
    tell(worker, contract, &waiting.view, &waiting.queue).await?;
    if drained? {
        contract.inbox.seen.fetch_max(waiting.view.block().number, Ordering::SeqCst);
    }
    Ok(())
}

/// Has answered what waits, one after the other. False if `stop` said so before all were over; an error: one has to
/// wait.
async fn drain(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    Waiting { view, chain, queue }: &Waiting,
    stop: &watch::Receiver<bool>,
) -> Result<bool, Refusal> {
    loop {
        if *stop.borrow() {
            return Ok(false);
        }
        let mut transaction = contract.store.begin().await.map_err(state)?;
        let over = road::over(&mut transaction).await.map_err(state)?;
        drop(transaction);
        let Some(number) = queue.next(over) else { return Ok(true) };
        let Some(bytes) = read(chain, storage::messages(&contract.id, number)).await? else {
            // It was withdrawn.
            road::pass_over(worker, contract, number).await?;
            continue;
        };
        let message = message::message(&bytes).ok_or_else(unread)?;
        let outcome = match finish(worker, contract, number, &message).await? {
            Finished::Answered(status) => (Some(status), None),
            Finished::Failed(refusal) => {
                leave_behind(worker, contract, number, view.chain_ms, &refusal).await?;
                (None, Some(refusal.code()))
            }
            Finished::Gone => continue,
        };
        note(worker, contract, number, outcome);
    }
}

/// Goes past a message that the contract fails over. The owner is told first, or a failure to go past would keep it from
/// them.
async fn leave_behind(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    number: u64,
    at_ms: u64,
    refusal: &Refusal,
) -> Result<(), Refusal> {
    contract.log_failure(at_ms, &format!("the run of message {number} failed: {refusal}"));
    road::pass_over(worker, contract, number).await
}

/// The proven value, or nothing.
async fn read(chain: &ChainState, key: Vec<u8>) -> Result<Option<Vec<u8>>, Refusal> {
    let mut values = chain.read(&[key]).await.map_err(|_| unread())?;
    Ok(values.pop().flatten())
}

fn unread() -> Refusal {
    Refusal::NotFresh("the contract's messages could not be read".into())
}

/// Runs the message. An error: not now.
async fn finish(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    number: u64,
    message: &Message,
) -> Result<Finished, Refusal> {
    let refusal = match road::run(worker, contract, number, message).await {
        Ok(Some(answer)) => return Ok(Finished::Answered(answer.status)),
        Ok(None) => return Ok(Finished::Gone),
        Err(refusal) => refusal,
    };
    match meaning(&refusal) {
        Meaning::NotNow => Err(refusal),
        Meaning::Over => Ok(Finished::Failed(refusal)),
        Meaning::WorkerFailed => {
            let Some(view) = worker.view() else { return Err(refusal) };
            let (tries, is_last) = contract.inbox.unfinished(number, view.chain_ms);
            tracing::warn!(contract = %contract.id, number, tries, %refusal, "a message's run was not finished");
            if is_last { Ok(Finished::Failed(refusal)) } else { Err(refusal) }
        }
    }
}

/// What a refusal means for a message's run, and a watch's. How much time passes while it runs is in the hands of whoever
/// runs the machine.
pub fn meaning(refusal: &Refusal) -> Meaning {
    match refusal {
        Refusal::Exceeded(limit) if *limit == Limit::WallTime.name() => Meaning::WorkerFailed,
        other => Meaning::of(other),
    }
}

/// Tells the chain which messages are over, if it knows a head of the state in which they are. What fails here is tried
/// again at a later head.
async fn tell(worker: &Arc<Worker>, contract: &Arc<Contract>, view: &Arc<View>, queue: &Queue) -> Result<(), Refusal> {
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let over = road::over(&mut transaction).await.map_err(state)?;
    drop(transaction);
    // Read after that: no earlier than the state in which these are over.
    let sequence = contract.store.head().await.map_err(state)?.sequence;
    let head = view.contracts.get(&contract.id).and_then(|facts| facts.head);
    let anchored = head.filter(|head| head.incarnation == contract.incarnation).map_or(0, |head| head.latest.sequence);
    let Some(over) = contract.inbox.tellable(queue, over, sequence, anchored) else { return Ok(()) };
    if contract.inbox.telling.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let (worker, contract) = (Arc::clone(worker), Arc::clone(contract));
    tokio::spawn(async move {
        let call = Call::Messages(Messages::Finish { contract: contract.id, over });
        match worker.chain.call(call).await {
            Ok(()) => tracing::info!(contract = %contract.id, over, "messages are over"),
            Err(error) => {
                tracing::warn!(contract = %contract.id, error = format!("{error:#}"), "the chain was not told");
                sleep(PAUSE).await;
            }
        }
        contract.inbox.telling.store(false, Ordering::SeqCst);
    });
    Ok(())
}

fn note(worker: &Worker, contract: &Contract, number: u64, (status, code): (Option<u16>, Option<&'static str>)) {
    let request_id = road::request_id(worker, contract, number);
    let at_ms = worker.view().map_or(0, |view| view.chain_ms);
    contract.inbox.runs.note(Run { number, at_ms, request_id, status, code });
}

#[cfg(test)]
mod tests;
