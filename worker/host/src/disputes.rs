//! This worker as a juror (`specs/disputes.md`): where the beacon draws it for a disputed receipt, it runs the call
//! again ([`rerun`]) from the history that others have ([`source`]), commits to what it got, and shows that when all have
//! committed.
//!
//! What is disputed, who is drawn, and until when, is read with proofs at the head of the worker's view, and so is the
//! time of the block that the call acted on. One call is run again at a time, and waits for a place like any other. The
//! salt of a commitment is kept in memory only: a juror that is started again in between shows nothing, and pays for it.
//! Who cannot judge (the code is not to be had, fuel is counted otherwise here, this machine decided how the call ended)
//! commits to nothing.

mod block;
pub mod command;
pub mod rerun;
pub mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adyton_chain_client::{
    extrinsic::calls::{Call, Disputes},
    facts::Facts,
};
use adyton_protocol::{
    dispute::{self, Answer, Ballot, Ballots, Claim, Dispute, ManifestBytes, OpenDisputes, SALT, Sitting, Stage},
    ids::{BlockNumber, Digest},
    manifest::Manifest,
    record::{LeaseRecord, WorkerRecord},
    storage,
};
use anyhow::{Context, ensure};
use codec::Decode;
use rand_core::{OsRng, RngCore};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use self::{
    rerun::{Again, State, no_answer, rerun},
    source::{Source, is_inside},
};
use crate::{
    code::{self, Code},
    road::history::Request,
    view::View,
    worker::Worker,
};

/// So many blocks before the last one for commitments, a juror that has no history says so, and begins nothing.
const SETTLE: BlockNumber = 6;
/// The pause before whoever may have a history is asked again.
const AGAIN: Duration = Duration::from_secs(10);
/// How long a block takes.
const BLOCK: Duration = Duration::from_secs(6);
/// How long one source of a history may take where no time is left: all of them fit into [`SETTLE`] blocks.
const LEAST: Duration = Duration::from_secs(3);
/// How long after a call nothing more of its kind is posted: the next view shows what became of it.
const PAUSE: Duration = Duration::from_secs(2);
/// How often a commitment is posted that the chain does not show.
const TRIES: u32 = 3;

/// What is read of the chain here.
const WHAT: &str = "a record of a dispute";

/// A dispute's number, and its draw's.
type Seat = (u64, u8);

/// Looks at each new view until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let mut views = worker.view.subscribe();
    let mut juror = Juror::default();
    while views.changed().await.is_ok() {
        let Some(view) = views.borrow_and_update().clone() else { continue };
        if let Err(error) = juror.look(&worker, &view).await {
            tracing::warn!(error = format!("{error:#}"), "the open disputes were not read; trying again");
        }
    }
}

/// What this juror has to do, and what it came to.
#[derive(Default)]
struct Juror {
    work: Option<(Seat, JoinHandle<anyhow::Result<Answer>>)>,
    verdicts: BTreeMap<Seat, Verdict>,
    /// Seats that it leaves empty.
    empty: BTreeSet<Seat>,
    busy: Arc<AtomicBool>,
}

/// What it answers, hidden by the salt until it is shown.
struct Verdict {
    answer: Answer,
    salt: [u8; SALT],
    commitment: Digest,
    tries: u32,
}

/// What is to be done for a seat next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    Judge,
    Commit,
    Show,
}

impl Juror {
    async fn look(&mut self, worker: &Arc<Worker>, view: &View) -> anyhow::Result<()> {
        self.conclude(worker).await;
        // The chain seats no worker that works for no reward, or did not when it was disputed, or whose evidence does not
        // hold; who has a seat already shows its answer all the same, or pays for its silence.
        let started = view.work.session.as_ref().map(|session| session.started_at).filter(|_| view.invalid.is_none());
        if started.is_none() && self.verdicts.is_empty() {
            return Ok(());
        }
        let open = open_disputes(worker, view).await?;
        let is_open = |seat: &Seat| open.iter().any(|(number, dispute)| *seat == (*number, dispute.draw));
        self.verdicts.retain(|seat, _| is_open(seat));
        self.empty.retain(is_open);
        // Its verdict would be nobody's, and others wait.
        if let Some((_, work)) = self.work.take_if(|(seat, _)| !is_open(&*seat)) {
            work.abort();
        }
        for (number, dispute) in open {
            let Some(sitting) = drawn(worker, view, number, &dispute) else { continue };
            let seat = (number, dispute.draw);
            let may_sit = started.is_some_and(|started| started <= dispute.opened);
            let ballot = match self.verdicts.get(&seat) {
                Some(_) => own_ballot(worker, view, seat).await?,
                None => None,
            };
            match self.step(seat, &sitting, view.block().number, ballot.as_ref()) {
                Step::Nothing => {}
                Step::Judge | Step::Commit if !may_sit => {}
                Step::Judge => {
                    tracing::info!(dispute = number, draw = dispute.draw, "this worker is drawn to run a call again");
                    let until = sitting.commit_until;
                    self.work = Some((seat, tokio::spawn(judge(Arc::clone(worker), number, dispute, until))));
                }
                Step::Commit => self.commit(worker, seat),
                Step::Show => self.show(worker, seat),
            }
        }
        Ok(())
    }

    fn step(&self, seat: Seat, sitting: &Sitting, head: BlockNumber, ballot: Option<&Ballot>) -> Step {
        let carried = head.saturating_add(1);
        let Some(verdict) = self.verdicts.get(&seat) else {
            let in_time = sitting.takes_commitments(carried.saturating_add(SETTLE));
            let free = self.work.is_none() && !self.empty.contains(&seat);
            return if in_time && free { Step::Judge } else { Step::Nothing };
        };
        match ballot {
            None if sitting.takes_commitments(carried) && verdict.tries < TRIES => Step::Commit,
            Some(ballot) if ballot.commitment == verdict.commitment && ballot.answer.is_none() => {
                if sitting.takes_answers(carried) { Step::Show } else { Step::Nothing }
            }
            None | Some(_) => Step::Nothing,
        }
    }

    /// Takes what the work came to, if it is over.
    async fn conclude(&mut self, worker: &Worker) {
        let Some((seat, work)) = self.work.take_if(|(_, work)| work.is_finished()) else { return };
        let judged = work.await.unwrap_or_else(|panicked| Err(panicked.into()));
        match judged.and_then(|answer| Verdict::new(worker, seat, answer)) {
            Ok(verdict) => {
                self.verdicts.insert(seat, verdict);
            }
            Err(error) => {
                tracing::warn!(dispute = seat.0, error = format!("{error:#}"), "this juror leaves its seat empty");
                self.empty.insert(seat);
            }
        }
    }

    fn commit(&mut self, worker: &Arc<Worker>, (dispute, draw): Seat) {
        let Some(verdict) = self.verdicts.get_mut(&(dispute, draw)) else { return };
        let commitment = verdict.commitment;
        if post(worker, &self.busy, Disputes::Commit { dispute, draw, commitment }, "committed to a verdict") {
            verdict.tries += 1;
        }
    }

    fn show(&self, worker: &Arc<Worker>, (dispute, draw): Seat) {
        let Some(Verdict { answer, salt, .. }) = self.verdicts.get(&(dispute, draw)) else { return };
        let call = Disputes::Reveal { dispute, draw, answer: *answer, salt: *salt };
        post(worker, &self.busy, call, "showed a verdict");
    }
}

impl Verdict {
    fn new(worker: &Worker, (number, draw): Seat, answer: Answer) -> anyhow::Result<Self> {
        let mut salt = [0; SALT];
        OsRng.try_fill_bytes(&mut salt)?;
        let commitment = dispute::commitment(&worker.network, number, draw, &worker.id, &answer, &salt);
        Ok(Self { answer, salt, commitment, tries: 0 })
    }
}

/// Posts `call`, if nothing is under way; whether it does.
fn post(worker: &Arc<Worker>, busy: &Arc<AtomicBool>, call: Disputes, done: &'static str) -> bool {
    if busy.swap(true, Ordering::SeqCst) {
        return false;
    }
    let (worker, busy) = (Arc::clone(worker), Arc::clone(busy));
    tokio::spawn(async move {
        match worker.chain.call(Call::Disputes(call)).await {
            Ok(()) => tracing::info!("{done}"),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "the chain did not take what a juror sent"),
        }
        sleep(PAUSE).await;
        busy.store(false, Ordering::SeqCst);
    });
    true
}

async fn open_disputes(worker: &Worker, view: &View) -> anyhow::Result<Vec<(u64, Dispute)>> {
    let open = read::<OpenDisputes>(worker, view, storage::open_disputes()).await?.unwrap_or_default();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = open.iter().map(|number| storage::disputes(*number)).collect();
    let facts = Facts::from(worker.chain.reader.read_at(view.head.header(), &keys).await?);
    let mut disputes = Vec::new();
    for (number, key) in open.iter().zip(&keys) {
        disputes.extend(facts.item::<Dispute>(key, WHAT)?.map(|dispute| (*number, dispute)));
    }
    Ok(disputes)
}

/// Who is drawn and until when, where this worker is among them.
fn drawn(worker: &Worker, view: &View, number: u64, dispute: &Dispute) -> Option<Sitting> {
    let Stage::Sitting(sitting) = dispute.stage else { return None };
    let value = dispute::drawn(&sitting.value, number, dispute.draw, &worker.id);
    let own_case = [dispute.operator, dispute.challenger].contains(&view.own.operator) || dispute.worker == worker.id;
    (value < sitting.drawn_below && !own_case).then_some(sitting)
}

async fn own_ballot(worker: &Worker, view: &View, (number, draw): Seat) -> anyhow::Result<Option<Ballot>> {
    let ballots = read::<Ballots>(worker, view, storage::ballots(number, draw)).await?.unwrap_or_default();
    Ok(ballots.into_iter().find(|ballot| ballot.worker == worker.id))
}

async fn read<T: Decode>(worker: &Worker, view: &View, key: Vec<u8>) -> anyhow::Result<Option<T>> {
    let values = worker.chain.reader.read_at(view.head.header(), std::slice::from_ref(&key)).await?;
    Ok(Facts::from(values).item(&key, WHAT)?)
}

/// Runs the disputed call again. An error is no verdict.
async fn judge(worker: Arc<Worker>, number: u64, dispute: Dispute, until: BlockNumber) -> anyhow::Result<Answer> {
    let claim = &dispute.claim;
    ensure!(claim.cost_table.0 == adyton_engine::cost_table_hash(), "fuel is counted otherwise here");
    let manifest = manifest(&worker, number, claim).await?;
    let (view, reader) = (worker.view().context("no view")?, &worker.chain.reader);
    if block::is_foreign(reader, view.head.header(), &claim.block).await? {
        return Ok(Answer::Outcome(no_answer(claim).digest()));
    }
    let block_ms = block::time_ms(reader, &claim.block).await.context("the time of the block that was acted on")?;
    let code = Code { hash: &claim.code, manifest: &manifest, sealed: None };
    let module = code::module(&worker, code, None).await?;
    let (state, request) = loop {
        if let Some(found) = gather(&worker, &dispute, &manifest, until).await? {
            break found;
        }
        let head = worker.view().map_or(BlockNumber::MAX, |view| view.block().number);
        if head.saturating_add(SETTLE) >= until {
            return Ok(Answer::Unavailable);
        }
        sleep(AGAIN).await;
    };
    let again = Again { network: worker.network, claim, request, state, block_ms };
    let outcome = rerun(&worker.engine, &module, again).await.context("this machine decided how the call ended")?;
    let agrees = outcome == claim.outcome;
    tracing::info!(dispute = number, agrees, "ran a disputed call again");
    Ok(Answer::Outcome(outcome.digest()))
}

async fn manifest(worker: &Worker, number: u64, claim: &Claim) -> anyhow::Result<Manifest> {
    let view = worker.view().context("no view")?;
    let bytes = read::<ManifestBytes>(worker, &view, storage::dispute_manifests(number)).await?;
    let manifest = Manifest::from_bytes(&bytes.context("the dispute is over")?)?;
    ensure!(manifest.digest() == claim.manifest && manifest.disputable, "not the manifest of a disputable contract");
    Ok(manifest)
}

/// State and request, from whoever has them; none where nobody has.
/// All of them get a share of the time until block `until`: one that answers slowly keeps no other from being asked.
async fn gather(
    worker: &Worker,
    dispute: &Dispute,
    manifest: &Manifest,
    until: BlockNumber,
) -> anyhow::Result<Option<(State, Request)>> {
    let claim = &dispute.claim;
    let inside = is_inside(&worker.config.local.endpoint).await;
    let mut sources = Vec::new();
    for url in addresses(worker, dispute).await? {
        match Source::new(&url, inside).await {
            Ok(source) => sources.push(source),
            Err(error) => tracing::debug!(url, error = format!("{error:#}"), "a source of a history is not asked"),
        }
    }
    let mut request = None;
    for (source, others) in sources.iter().zip((0..sources.len()).rev()) {
        if request.is_none() {
            let asked = source.request(&worker.network, claim, manifest);
            request = timeout(share(worker, until, others), asked).await.ok().and_then(Result::ok);
        }
    }
    let Some(request) = request else { return Ok(None) };
    for (source, others) in sources.iter().zip((0..sources.len()).rev()) {
        match timeout(share(worker, until, others), source.state(claim, manifest)).await {
            Ok(Ok(state)) => return Ok(Some((state, request))),
            Ok(Err(error)) => tracing::debug!(error = format!("{error:#}"), "no history from a source"),
            Err(_elapsed) => tracing::debug!("a source did not give its history in time"),
        }
    }
    Ok(None)
}

/// How long one source may take, if so many `others` are asked behind it.
fn share(worker: &Worker, until: BlockNumber, others: usize) -> Duration {
    let head = worker.view().map_or(BlockNumber::MAX, |view| view.block().number);
    let left = BLOCK.saturating_mul(until.saturating_sub(SETTLE).saturating_sub(head));
    let all = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
    (left / all).max(LEAST)
}

/// Who may have the history: whoever the challenger names, the worker that answered, and who has the lease now.
async fn addresses(worker: &Worker, dispute: &Dispute) -> anyhow::Result<Vec<String>> {
    let view = worker.view().context("no view")?;
    let mut addresses = vec![dispute.source.to_vec()];
    let lease = read::<LeaseRecord>(worker, &view, storage::leases(&dispute.claim.contract)).await?;
    let mut workers = vec![dispute.worker];
    workers.extend(lease.map(|lease| lease.holder).filter(|holder| *holder != dispute.worker));
    for id in workers {
        let record = read::<WorkerRecord>(worker, &view, storage::workers(&id)).await?;
        addresses.extend(record.map(|record| record.endpoint.to_vec()));
    }
    Ok(addresses.into_iter().filter_map(|url| String::from_utf8(url).ok()).filter(|url| !url.is_empty()).collect())
}

#[cfg(test)]
mod tests;
