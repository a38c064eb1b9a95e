//! What the beacon asks of this worker (`specs/rewards.md`): an answer in a round that challenges it, or in any once it
//! has missed one, and in one that measures its machine as much work as it can do until the measurement is over.
//!
//! Rounds are read with proofs, at the head of the worker's view. Every deadline is a block, and what is known of blocks
//! is what is finalized: a host that holds them back gets less work done in time, and no more. A worker that works for
//! no reward is asked nothing, but for a measurement that was ordered for its machine, or, if it has missed one, one by
//! lot; on a chain without a beacon nobody is.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adyton_chain_client::{
    extrinsic::calls::{Call, Rewards},
    facts::Facts,
};
use adyton_engine::Workload;
use adyton_protocol::{
    challenge::{ROUNDS, Round},
    ids::{BlockNumber, WorkerId},
    storage,
};
use tokio::time::{sleep, timeout};

use crate::{
    view::{View, Work},
    worker::Worker,
};

/// So many blocks before its last one a measurement's work ends: for the newest head to be finalized, and for the result
/// to come into a block.
const SETTLE: BlockNumber = 6;
/// The most rounds that are read back from the newest one: as many as the chain remembers.
const BACK: usize = ROUNDS as usize;
/// How long after a call nothing more of its kind is posted: the next view shows what became of it.
const PAUSE: Duration = Duration::from_secs(2);
/// How long work goes on without a newer view. It was for nothing then; what is counted has nothing to do with it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks at each new view until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let mut views = worker.view.subscribe();
    let mut challenges = Challenges::default();
    loop {
        let view = match timeout(PATIENCE, views.changed()).await {
            Ok(Ok(())) => views.borrow_and_update().clone(),
            Err(_elapsed) => None,
            Ok(Err(_gone)) => return,
        };
        match view {
            Some(view) => challenges.look(&worker, &view).await,
            None => challenges.give_up(),
        }
    }
}

/// What is still to be done, and what is being done.
#[derive(Default)]
struct Challenges {
    /// The newest round that was looked at.
    seen: u64,
    /// Rounds whose deadlines are not all over, by number.
    open: BTreeMap<u64, Round>,
    /// The newest round that challenged this worker and can be answered no more; 0: none. It was missed if it is not settled.
    late: u64,
    /// The work that is under way.
    work: Option<(Round, Workload)>,
    /// Units of work that the chain has not taken yet.
    result: Option<(Round, u64)>,
    answers: Way,
    results: Way,
}

impl Challenges {
    async fn look(&mut self, worker: &Arc<Worker>, view: &View) {
        let head = view.block().number;
        if is_asked(&view.work)
            && let Err(error) = self.learn(worker, view).await
        {
            tracing::warn!(error = format!("{error:#}"), "the beacon's rounds were not read; trying again");
        }
        self.late = self.late.max(late(&self.open, &worker.id, head));
        self.open.retain(|_, round| !(round.answer_is_late(next(head)) && round.result_is_late(next(head))));
        // The chain takes nothing from a worker whose evidence does not hold.
        let is_heard = view.invalid.is_none();
        if is_heard && let Some(round) = to_answer(&self.open, self.late, &worker.id, &view.work, head) {
            self.answers.post(worker, Rewards::Answer { round: round.number }, "answered a round");
        }
        self.end_work(view, head);
        if is_heard && let Some((round, units)) = &self.result {
            let call = Rewards::Measured { round: round.number, units: *units };
            self.results.post(worker, call, "this worker was measured");
        }
        if is_heard {
            self.begin_work(worker, view, head).await;
        }
    }

    /// Reads the rounds that came since the last look, back to the first that is settled and whose deadlines are over.
    async fn learn(&mut self, worker: &Worker, view: &View) -> anyhow::Result<()> {
        let (head, newest) = (view.head.header(), view.work.newest_round);
        let settled = view.work.session.as_ref().map_or(u64::MAX, |session| session.settled);
        let (mut number, mut rounds) = (newest, Vec::new());
        while number > self.seen && rounds.len() < BACK {
            let values = worker.chain.reader.read_at(head, &[storage::round(number)]).await?;
            let Some(round) = Facts::from(values).round(number)? else { break };
            let carried = next(head.number());
            if round.number <= settled && round.answer_is_late(carried) && round.result_is_late(carried) {
                break;
            }
            number = round.previous;
            rounds.push(round);
        }
        self.seen = self.seen.max(newest);
        self.open.extend(rounds.into_iter().map(|round| (round.number, round)));
        Ok(())
    }

    /// Stops the work when its last block is finalized; lets go of a result that the chain has, or can have no more.
    fn end_work(&mut self, view: &View, head: BlockNumber) {
        if let Some((round, workload)) = self.work.take_if(|(round, _)| head >= work_until(round)) {
            let units = workload.units();
            tracing::info!(round = round.number, units, "the work of a measurement is over");
            self.result = Some((round, units)).filter(|_| units > 0);
        }
        let over = |round: &Round| round.number <= measured(&view.work) || round.result_is_late(next(head));
        self.result.take_if(|(round, _)| over(round));
    }

    async fn begin_work(&mut self, worker: &Worker, view: &View, head: BlockNumber) {
        if self.work.is_some() {
            return;
        }
        let Some(round) = to_measure(&self.open, &view.work, head).cloned() else { return };
        match begin(round.value, worker.id).await {
            Ok(workload) => {
                tracing::info!(round = round.number, "this worker is being measured");
                self.work = Some((round, workload));
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(round = round.number, error, "a measurement was not begun; trying again");
            }
        }
    }

    /// There is no view any more under which the result could be posted.
    fn give_up(&mut self) {
        if let Some((round, _)) = self.work.take() {
            tracing::warn!(round = round.number, "a measurement is given up: the chain is not followed");
        }
    }
}

/// Starts a lane on each processor that this process may use.
async fn begin(value: [u8; 32], worker: WorkerId) -> anyhow::Result<Workload> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(tokio::task::spawn_blocking(move || Workload::start(&value, &worker, processors)).await??)
}

/// Whether any round can ask something of this worker.
fn is_asked(work: &Work) -> bool {
    is_drawn(work) || work.measurements.order.is_some()
}

/// Whether a measurement by lot is this worker's business: it works for a reward, or makes good that it missed one.
fn is_drawn(work: &Work) -> bool {
    work.session.is_some() || work.capacity.as_ref().is_some_and(|capacity| capacity.missed > 0)
}

/// The block after `head`: the first that can carry what is posted now.
fn next(head: BlockNumber) -> BlockNumber {
    head.saturating_add(1)
}

/// The newest round that challenges `worker` and can be answered no more; 0: none.
fn late(open: &BTreeMap<u64, Round>, worker: &WorkerId, head: BlockNumber) -> u64 {
    let late = |round: &&Round| round.answer_is_late(next(head)) && round.challenges(worker);
    open.values().rev().find(late).map_or(0, |round| round.number)
}

/// The newest round that waits for an answer of `worker`: with it those before it are settled that are not late. One that
/// is away, or has missed the round `late`, comes back by any round after it.
fn to_answer<'r>(
    open: &'r BTreeMap<u64, Round>,
    late: u64,
    worker: &WorkerId,
    work: &Work,
    head: BlockNumber,
) -> Option<&'r Round> {
    let session = work.session.as_ref()?;
    let waits = |round: &Round| round.number > session.settled && !round.answer_is_late(next(head));
    let comes_back = |round: &Round| session.away_since.is_some() || (session.settled < late && late < round.number);
    open.values().rev().find(|round| waits(round) && (round.challenges(worker) || comes_back(round)))
}

/// The newest round for which there is work to do: neither has the chain its result, nor that of a later one.
fn to_measure<'r>(open: &'r BTreeMap<u64, Round>, work: &Work, head: BlockNumber) -> Option<&'r Round> {
    let after = |round: &Round| round.number > measured(work) && round.number >= work.measurements.round;
    open.values().rev().find(|round| after(round) && asks_for_work(round, work) && head < work_until(round))
}

/// Whether the machine is measured in `round`, and the worker has something from it.
fn asks_for_work(round: &Round, work: &Work) -> bool {
    let order = work.measurements.order.as_ref();
    if is_drawn(work) {
        return round.measures(&work.machine, order);
    }
    Round { measured_below: 0, ..round.clone() }.measures(&work.machine, order)
}

/// The last round of which the chain has this worker's result, on this machine.
fn measured(work: &Work) -> u64 {
    work.capacity.as_ref().filter(|capacity| capacity.machine == work.machine).map_or(0, |capacity| capacity.round)
}

/// The head at which the work of a measurement ends: [`SETTLE`] before its last block, but half of a short one is left.
fn work_until(round: &Round) -> BlockNumber {
    let blocks = round.measure_until.saturating_sub(round.block);
    round.measure_until.saturating_sub(SETTLE.min(blocks / 2))
}

/// One call of a kind at a time.
#[derive(Default)]
struct Way {
    busy: Arc<AtomicBool>,
}

impl Way {
    /// Posts `call`, if nothing of its kind is under way. What is not taken the next look finds again.
    fn post(&self, worker: &Arc<Worker>, call: Rewards, done: &'static str) {
        if self.busy.swap(true, Ordering::SeqCst) {
            return;
        }
        let (worker, busy) = (Arc::clone(worker), Arc::clone(&self.busy));
        tokio::spawn(async move {
            match worker.chain.call(Call::Rewards(call.clone())).await {
                Ok(()) => tracing::info!(?call, "{done}"),
                Err(error) => tracing::warn!(?call, error = format!("{error:#}"), "the chain did not take it"),
            }
            sleep(PAUSE).await;
            busy.store(false, Ordering::SeqCst);
        });
    }
}

#[cfg(test)]
mod tests;
