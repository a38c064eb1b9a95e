//! Runs a checked call, commits what it did, and writes the receipt.
//!
//! 1. A retry with a request id that was answered gets that answer; with another request, a refusal.
//! 2. The contract runs on a snapshot of its state. Where the caller wants it, they see parts of the response meanwhile
//!    ([`super::parts`]); all that follows is about the whole.
//! 3. What it wrote is prepared: the heads before and after are known, nothing is committed yet.
//! 4. The receipt is made over everything, and signed.
//! 5. Writes, head and answer are committed in one batch, durably, if the worker may still act: a call may have
//!    outlived the lease, the evidence or the view's freshness. The next call may begin when it can see them, and is
//!    answered when they are durable, too.
//! 6. Where the manifest says `anchored`, the head is finalized by the chain first.
//! 7. Only then the answer leaves, if the worker may still act; [`crate::api`] asks.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adyton_engine::{Ask, CallContext, CallError, Ending, Lease, Module, Outcome, Place, Principal, Request, Value};
use adyton_protocol::{
    call::{self, Fields},
    ids::{AccountId, Digest, RequestId},
    manifest::Durability,
    merkle,
    receipt::{
        Caller, EgressRecord, MAX_LEAF, MAX_RECEIPT, ReceiptFields, Report, ScheduleRun, SignedReceipt, Transition,
    },
    record::StateHead,
};
use adyton_state::{Asked, Commit, Prepared, StateError, Store, StoredAnswer, Transaction};
use codec::{Decode, Encode};
use tokio::{sync::Mutex, time::timeout};

use super::{
    chain::ChainState,
    contracts::{self, Reach, Within},
    database, history,
    host::{CallHost, Shared, WORKER, guest_key},
    objects,
    parts::Parts,
    request::Call,
    schedule,
};
use crate::{
    code,
    contract::Contract,
    error::Refusal,
    gas,
    turns::Turn,
    view::{Right, View},
    worker::Worker,
};

/// For how many seconds a stored answer outlives its call, so that a retry finds it.
const KEEP_ANSWER: u64 = 600;
/// For how many seconds an answer is kept whose report has to reach the chain.
const KEEP_REPORT: u64 = 7 * 24 * 3600;
/// For how many seconds the answer of a run that nobody called for is kept, with its receipt, for the contract's owner,
/// and that to a webhook's delivery, which may come again as long as its service tries.
const KEEP_RUN: u64 = 24 * 3600;
/// The store's key of the number of the last report.
const REPORT_NUMBER: &[u8] = &[WORKER, b'r', b'n'];

/// Who asked, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Asker {
    /// The account that signed the call, or the contract that made it; none for an anonymous one.
    pub account: Option<AccountId>,
    /// Whether the call was sealed. It was where an account signed it, and is never where a contract made it: so no
    /// account is taken for a contract.
    pub sealed: bool,
    /// Whether the call was a webhook's delivery. Its request id follows from what was signed, so that the same answer
    /// is that to every delivery of it, whatever else came with it.
    pub delivery: bool,
}

impl Asker {
    /// Of what nobody called for, or can ask for: no call has such an asker and an id that this one could have.
    pub const NOBODY: Self = Self { account: None, sealed: true, delivery: false };

    /// Of a call by `caller`.
    pub fn new(caller: &Caller, sealed: bool) -> Self {
        let account = match caller {
            Caller::Anonymous => None,
            Caller::Account(account) => Some(*account),
            Caller::Contract(contract) => {
                return Self { account: Some(AccountId(contract.0)), sealed: false, delivery: false };
            }
        };
        Self { account, sealed, delivery: false }
    }
}

/// What began a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Somebody called.
    Call,
    /// Somebody else's service signed it, for the manifest's webhook at this position.
    Webhook(u8),
    /// It is a run of the contract's schedule.
    Schedule(ScheduleRun),
    /// An account sent it on the chain, as the message of this number.
    Message(u64),
    /// It is the contract's own `init` or `migrate`.
    Life(Transition),
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Who called.
    pub caller: Caller,
    /// Who asked, and how.
    pub asker: Asker,
    /// What began it.
    pub trigger: Trigger,
}

impl Origin {
    /// Of a call by `caller`, in a seal or in none.
    pub fn of_call(caller: Caller, sealed: bool) -> Self {
        Self { caller, asker: Asker::new(&caller, sealed), trigger: Trigger::Call }
    }

    /// Of a delivery of the manifest's webhook at `position`.
    pub fn of_delivery(position: u8) -> Self {
        let asker = Asker { account: None, sealed: false, delivery: true };
        Self { caller: Caller::Anonymous, asker, trigger: Trigger::Webhook(position) }
    }
}

/// An answer with its receipt: what is sealed, and what is stored for a retry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Answer {
    /// Digest of the request that it answers.
    pub request: Digest,
    /// Who asked: nobody else gets it, though they know the request.
    pub asker: Asker,
    /// The contract's status.
    pub status: u16,
    /// The contract's fields; none of what nobody called for.
    pub fields: Fields,
    /// The contract's content; none of what nobody called for.
    pub content: Vec<u8>,
    /// [`adyton_protocol::receipt::SignedReceipt::to_bytes`].
    pub receipt: Vec<u8>,
    /// The state's sequence after the call.
    pub sequence: u64,
}

/// A report on its way to the chain: stored with the commit that made it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PendingReport {
    /// Its number.
    pub number: u64,
    /// The call whose stored answer has the receipt.
    pub request: RequestId,
    /// The call to dispatch.
    pub call: Vec<u8>,
}

/// The store's key of a pending report.
pub fn report_key(number: u64) -> Vec<u8> {
    [&[WORKER, b'r', b'p'], number.to_be_bytes().as_slice()].concat()
}

/// The prefix of all of them.
pub const REPORTS: &[u8] = &[WORKER, b'r', b'p'];

/// Answers `call`, or says why not. What the contract gives of its response before the end goes to `parts`.
pub async fn answer(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    call: &Call,
    origin: Origin,
    parts: Option<Parts>,
) -> Result<Answer, Refusal> {
    let before = if call.fresh { None } else { stored(&contract.store, call, &origin.asker).await? };
    let answer = match before {
        Some(answer) => answer,
        None => first_answer(worker, contract, call, origin, None, parts).await?,
    };
    if contract.manifest.durability == Durability::Anchored {
        worker.anchors.wait(contract, answer.sequence).await?;
    }
    Ok(answer)
}

/// The answer that this request id already got. The id is in every receipt, so it is no proof of having asked.
pub async fn stored(store: &Store, call: &Call, asker: &Asker) -> Result<Option<Answer>, Refusal> {
    let found = store.answer(call.fields.request_id).await.map_err(state)?;
    let Some(found) = found else { return Ok(None) };
    let answer = Answer::decode(&mut &found.bytes[..]).map_err(|_| Refusal::Worker)?;
    let same = answer.asker == *asker && (asker.delivery || answer.request == call.digest);
    if same { Ok(Some(answer)) } else { Err(Refusal::RequestIdUsed) }
}

/// The answer to a call that was not answered before; `within` are the calls that wait for it.
pub async fn first_answer(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    call: &Call,
    origin: Origin,
    within: Option<Within>,
    parts: Option<Parts>,
) -> Result<Answer, Refusal> {
    // Before its code is compiled for a call that nobody pays for; and before its life, which waits for the same.
    if let Some(view) = worker.view() {
        gas::Run::check(contract, &view, &origin, &worker.gas)?;
    }
    contract.life.check()?;
    let _inside = contract.inside.try_acquire().map_err(|_| Refusal::Busy)?;
    let module = code::of(worker, contract).await?;
    let (module, within, parts) = (&module, &within, &parts);
    let patience = if within.is_some() { contracts::PATIENCE } else { Duration::MAX };
    // A second run could give other parts than those that the caller has seen.
    let again = || !parts.as_ref().is_some_and(Parts::begun);
    in_turn_within(contract, (patience, again), |turn| async move {
        let begun = match within {
            None => Begun::new(worker, contract, call.fields.not_after, turn).await?,
            Some(within) => Begun::within(worker, contract, within.clone(), turn).await?,
        };
        carry_out(worker, contract, module, call, origin, Begun { parts: parts.clone(), ..begun }).await
    })
    .await
}

/// What `attempt` comes to in a turn of the contract's; where somebody else's commit changed what it read, in a second
/// one, with nobody beside it.
pub async fn in_turn<T, F>(contract: &Contract, attempt: impl Fn(Turn) -> F) -> Result<T, Refusal>
where
    F: Future<Output = Result<T, Refusal>>,
{
    in_turn_within(contract, (Duration::MAX, || true), attempt).await
}

/// [`in_turn`], where nobody waits for a turn for longer than `patience`, and there is a second one if `again` says so.
pub async fn in_turn_within<T, F>(
    contract: &Contract,
    (patience, again): (Duration, impl Fn() -> bool),
    attempt: impl Fn(Turn) -> F,
) -> Result<T, Refusal>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let turn = timeout(patience, contract.turns.take()).await.map_err(|_| Refusal::Busy)?;
    let beside = turn.is_beside();
    let outcome = attempt(turn).await;
    let overtaken = matches!(outcome, Err(Refusal::Conflict));
    if beside {
        contract.turns.note(overtaken);
    }
    if !overtaken || !again() {
        return outcome;
    }
    attempt(timeout(patience, contract.turns.alone()).await.map_err(|_| Refusal::Busy)?).await
}

/// A call that has its turn and its place, and what it sees.
pub struct Begun {
    turn: Turn,
    place: Arc<Place>,
    /// The call of another contract that waits for this one.
    within: Option<Within>,
    /// Where the parts of its response go before the end.
    parts: Option<Parts>,
    /// The view that it acts on.
    pub view: Arc<View>,
    /// The contract's state.
    pub transaction: Transaction,
}

impl Begun {
    /// Waits for a place.
    pub async fn new(
        worker: &Arc<Worker>,
        contract: &Arc<Contract>,
        not_after: u64,
        turn: Turn,
    ) -> Result<Self, Refusal> {
        // Before the snapshot, or that would be old when the call begins.
        let place = worker.engine.place(contract.id).await.map_err(not_begun)?;
        Self::placed(worker, contract, not_after, turn, place).await
    }

    /// Waits for the contract's next place, before the calls that wait: for a run of its schedule.
    pub async fn next(
        worker: &Arc<Worker>,
        contract: &Arc<Contract>,
        not_after: u64,
        turn: Turn,
    ) -> Result<Self, Refusal> {
        let place = worker.engine.next_place(contract.id).await.map_err(not_begun)?;
        Self::placed(worker, contract, not_after, turn, place).await
    }

    async fn placed(
        worker: &Arc<Worker>,
        contract: &Arc<Contract>,
        not_after: u64,
        turn: Turn,
        place: Place,
    ) -> Result<Self, Refusal> {
        let right = worker.right(contract);
        let (transaction, view) = seen(&contract.store, || begin(&right, not_after)).await?;
        Ok(Self { turn, place: Arc::new(place), within: None, parts: None, view, transaction })
    }

    /// Of a call in the place of another contract's, which was not too late when it began.
    pub async fn within(
        worker: &Arc<Worker>,
        contract: &Arc<Contract>,
        within: Within,
        turn: Turn,
    ) -> Result<Self, Refusal> {
        let right = worker.right(contract);
        let (transaction, view) = seen(&contract.store, || right.view()).await?;
        Ok(Self { turn, place: within.place(), within: Some(within), parts: None, view, transaction })
    }
}

/// Runs a call and commits what it did.
pub async fn carry_out(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    module: &Module,
    call: &Call,
    origin: Origin,
    begun: Begun,
) -> Result<Answer, Refusal> {
    let Begun { turn, place, within, parts, view: shown, transaction } = begun;
    let view = &*shown;
    let paid = gas::Run::of(contract, view, &origin);
    if let Some(paid) = &paid {
        worker.gas.admit(paid)?;
    }
    let shared: Shared = Arc::new(Mutex::new(transaction));
    let inside = (&place, within.as_ref(), module);
    let outcome = run(worker, contract, &shown, call, (&origin, &shared, parts), inside).await?;
    // Another call may begin while this one commits.
    drop(place);
    if let (Some(paid), Some(response)) = (&paid, response_bytes(&outcome.ending)) {
        worker.gas.note(paid, &outcome.usage, response);
    }
    if let Some(within) = &within {
        within.used(outcome.usage.fuel);
    }
    // The engine has dropped its host: the road is the only one left with the transaction.
    let transaction = Arc::try_unwrap(shared).map_err(|_| Refusal::Worker)?.into_inner();
    let at_ms = view.now_ms();
    let Outcome { ending, usage, logs, egress, kept, .. } = outcome;
    contract.turns.lasted(usage.wall);
    if let Ok(mut book) = contract.logs.lock() {
        book.append(at_ms, logs);
    }
    let done = match ending {
        Ending::Answered(done) => done,
        Ending::GuestError(error) => {
            let (case, message) = (adyton_engine::case(&error), adyton_engine::in_words(&error));
            return Err(Refusal::Guest { case, message });
        }
        Ending::Exceeded(limit) => return Err(Refusal::Exceeded(limit.name())),
        Ending::Trapped(reason) => return Err(Refusal::Trapped(reason)),
        Ending::HostFailed(reason) => {
            tracing::error!(contract = %contract.id, reason, "the worker failed during a call");
            return Err(Refusal::Worker);
        }
        Ending::HostBug => return Err(Refusal::Worker),
    };
    let mut transaction = transaction;
    write(&mut transaction, &done.writes)?;
    if let Some(change) = &done.database {
        database::write(&mut transaction, change).map_err(state)?;
    }
    if let Some(change) = &done.objects {
        objects::write(&mut transaction, change).map_err(state)?;
    }
    let due_ms = schedule::change(&mut transaction, &done.schedule).await?;
    let report = match &done.report {
        Some(bytes) => Some(report(&mut transaction, worker, contract, view, call, bytes).await?),
        None => None,
    };
    let keep = !transaction.is_read_only() || !egress.is_empty();
    let prepared = contract.store.prepare(transaction).await.map_err(state)?;
    let made = Made { response: done.response, fuel: usage.fuel, egress, origin, report };
    let (answer, leaf) = receipt(worker, contract, view, call, &prepared, made)?;
    let longer = match (&report, origin.trigger) {
        (Some(_), _) => KEEP_REPORT,
        (None, Trigger::Webhook(_) | Trigger::Schedule(_) | Trigger::Message(_) | Trigger::Life(_)) => KEEP_RUN,
        (None, Trigger::Call) => KEEP_ANSWER,
    };
    let stored = keep.then(|| StoredAnswer {
        request: call.fields.request_id,
        bytes: answer.encode().into(),
        expires_unix: call.fields.not_after.saturating_add(longer),
    });
    let along = Along { answer: stored, asked: history::kept(contract, call, &origin), receipt: Some(leaf), due_ms };
    match commit_noted(worker, contract, turn, prepared, along).await? {
        Some(_) => {
            if let Some(kept) = kept {
                kept.keep();
            }
            Ok(answer)
        }
        // The same request came twice at the same time: both get the one answer.
        None => self::stored(&contract.store, call, &origin.asker).await?.ok_or(Refusal::Worker),
    }
}

/// The view under which a call begins now that it has its place. It may have waited for that, or for its contract's
/// code: what was true when it came has to be true still, before it reaches out to others with the contract's secrets.
pub fn begin(right: &Right<'_>, not_after: u64) -> Result<Arc<View>, Refusal> {
    let view = right.view()?;
    if view.now_ms() / 1000 > not_after { Err(Refusal::Expired) } else { Ok(view) }
}

/// The state that a call sees, and then the view that it acts on. Not the other way round: between the two upkeep could
/// remove by a newer block's time what has not ended by the view's, which is all that a deterministic call has.
async fn seen(
    store: &Store,
    view: impl FnOnce() -> Result<Arc<View>, Refusal>,
) -> Result<(Transaction, Arc<View>), Refusal> {
    let transaction = store.begin().await;
    // Whoever lost the right hears that, and not that the store is closed, which follows from it.
    let view = view()?;
    Ok((transaction.map_err(state)?, view))
}

/// What goes along with a commit.
#[derive(Default)]
pub struct Along {
    /// The answer that is stored for a retry.
    pub answer: Option<StoredAnswer>,
    /// What was asked, for who runs it again.
    pub asked: Option<Asked>,
    /// The leaf of the receipt, for the next anchor.
    pub receipt: Option<merkle::Hash>,
    /// When the first of the entries of the schedule that it sets is due.
    pub due_ms: Option<u64>,
}

/// [`commit`]s, and notes the head and the receipt's leaf for the chain. The turn ends when the commit can be seen; the
/// contract is not closed, to be opened again, before it is noted: nothing that was answered may be missing from the
/// head that the store is opened against. So this goes on if the caller goes away, whose retry is answered from the
/// store; where nothing is written there is nothing to go on with, and no other thread is woken for it.
pub async fn commit_noted(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    turn: Turn,
    prepared: Prepared,
    along: Along,
) -> Result<Option<Commit>, Refusal> {
    let Along { answer, asked, receipt, due_ms } = along;
    let (worker, contract) = (Arc::clone(worker), Arc::clone(contract));
    let writes = answer.is_some() || asked.is_some() || prepared.before() != prepared.after();
    let noted = async move {
        // From within the turn until the end.
        let _under_way = contract.turns.under_way().await;
        let prepared = prepared.until_visible(turn).keeping(asked);
        let done = commit(&worker.right(&contract), &contract.store, prepared, answer).await?;
        if let Some(commit) = &done {
            worker.anchors.committed(&contract, commit.after, receipt);
            // After the commit can be seen: who looks at the schedule from here on finds it.
            if let Some(due_ms) = due_ms {
                contract.schedule.no_later_than(due_ms);
            }
        }
        Ok(done)
    };
    if writes { tokio::spawn(noted).await.unwrap_or(Err(Refusal::Worker)) } else { noted.await }
}

/// Commits, if the worker may act at this moment: the call that made `prepared` may have run for long. Nothing if
/// the request was answered already. In a task of its own, if it writes.
async fn commit(
    right: &Right<'_>,
    store: &Store,
    prepared: Prepared,
    answer: Option<StoredAnswer>,
) -> Result<Option<Commit>, Refusal> {
    right.check()?;
    match store.commit_in_task(prepared, answer).await {
        Ok(commit) => Ok(Some(commit)),
        Err(StateError::AlreadyAnswered) => Ok(None),
        Err(error) => Err(state(error)),
    }
}

async fn run(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    view: &Arc<View>,
    call: &Call,
    (origin, transaction, parts): (&Origin, &Shared, Option<Parts>),
    (place, within, module): (&Arc<Place>, Option<&Within>, &Module),
) -> Result<Outcome, Refusal> {
    let context = CallContext {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: Some(Lease { number: contract.lease, incarnation: contract.incarnation }),
        request_id: call.fields.request_id,
        caller: match origin.trigger {
            Trigger::Schedule(_) | Trigger::Life(_) => Principal::Contract(contract.id.0.to_vec()),
            Trigger::Call | Trigger::Webhook(_) | Trigger::Message(_) => match origin.caller {
                Caller::Anonymous => Principal::Anonymous,
                Caller::Account(account) => Principal::Account(account.0.to_vec()),
                Caller::Contract(caller) => Principal::Contract(caller.0.to_vec()),
            },
        },
        // After the call's snapshot was taken: what was removed before that has ended for the call.
        now_ms: contract.now_ms(view.now_ms()),
        block: view.block().number.into(),
        block_hash: view.block().hash,
        block_ms: view.chain_ms,
    };
    let ask = match origin.trigger {
        Trigger::Life(transition) => Ask::Transition(transition),
        Trigger::Call | Trigger::Webhook(_) | Trigger::Schedule(_) | Trigger::Message(_) => Ask::Answer(Request {
            method: call.method.clone(),
            path: call.path.clone(),
            fields: call.headers.clone(),
            body: call.content.clone(),
        }),
    };
    let chain = ChainState::new(worker.chain.reader.clone(), view.head.header().clone());
    let reach = Reach::new(worker, contract, call, origin, place, within);
    let host = CallHost::new(transaction.clone(), contract.secrets.clone(), chain, (reach, parts));
    let host = host.metered(gas::CutOff::new(worker, contract, view, origin));
    let outcome = match within {
        None => worker.engine.call_in(place, module, context, host, ask).await,
        Some(within) => worker.engine.call_within(place, module, context, host, (ask, within.fuel())).await,
    };
    outcome.map_err(not_begun)
}

/// Bytes of the response's content; none where the worker failed, for which nobody pays.
fn response_bytes(ending: &Ending) -> Option<usize> {
    match ending {
        Ending::Answered(done) => Some(done.response.body.len()),
        Ending::GuestError(_) | Ending::Exceeded(_) | Ending::Trapped(_) => Some(0),
        Ending::HostFailed(_) | Ending::HostBug => None,
    }
}

/// Why the engine did not begin a call.
fn not_begun(error: CallError) -> Refusal {
    match error {
        CallError::RequestTooLarge { .. } => Refusal::TooLarge("request's content"),
        CallError::Busy => Refusal::Busy,
    }
}

fn write(transaction: &mut Transaction, writes: &BTreeMap<Vec<u8>, Option<Value>>) -> Result<(), Refusal> {
    for (key, value) in writes {
        let key = guest_key(key);
        match value {
            Some(Value { bytes, ends_ms: None }) => transaction.set(&key, bytes).map(drop),
            Some(Value { bytes, ends_ms: Some(end) }) => transaction.set_until(&key, bytes, *end).map(drop),
            None => transaction.delete(&key),
        }
        .map_err(state)?;
    }
    Ok(())
}

/// Numbers the report, keeps it with the commit, and drops those that the chain has dispatched.
async fn report(
    transaction: &mut Transaction,
    worker: &Worker,
    contract: &Contract,
    view: &View,
    call: &Call,
    bytes: &[u8],
) -> Result<Report, Refusal> {
    let last = transaction.get(REPORT_NUMBER).await.map_err(state)?;
    let last = match last {
        None => 0,
        Some(entry) => u64::decode(&mut &entry.value[..]).map_err(|_| Refusal::Worker)?,
    };
    let number = last + 1;
    transaction.set(REPORT_NUMBER, &number.encode()).map_err(state)?;
    let pending = PendingReport { number, request: call.fields.request_id, call: bytes.to_vec() };
    transaction.set(&report_key(number), &pending.encode()).map_err(state)?;
    let reported = view.contracts.get(&contract.id).map_or(0, |facts| facts.reported);
    for old in transaction.scan(REPORTS, None, 64).await.map_err(state)? {
        if old.key < report_key(reported.saturating_add(1)) {
            transaction.delete(&old.key).map_err(state)?;
        }
    }
    Ok(Report { number, call: call::report_digest(&worker.network, &contract.id, number, bytes) })
}

/// What a call made, besides its writes.
struct Made {
    response: adyton_engine::Response,
    fuel: u64,
    egress: Vec<EgressRecord>,
    origin: Origin,
    report: Option<Report>,
}

fn receipt(
    worker: &Worker,
    contract: &Contract,
    view: &View,
    call: &Call,
    prepared: &Prepared,
    made: Made,
) -> Result<(Answer, merkle::Hash), Refusal> {
    let (before, after): (StateHead, StateHead) = (prepared.before(), prepared.after());
    let response = made.response;
    let (mut schedule, mut transition, mut webhook, mut message) = (None, None, None, None);
    match made.origin.trigger {
        Trigger::Call => {}
        Trigger::Webhook(position) => webhook = Some(position),
        Trigger::Schedule(run) => schedule = Some(run),
        Trigger::Message(number) => message = Some(number),
        Trigger::Life(own) => transition = Some(own),
    }
    let digest =
        call::response_digest(&worker.network, &call.digest, response.status, &response.fields, &response.body);
    let fields = ReceiptFields {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        version: contract.version,
        manifest: contract.manifest_digest,
        lease: contract.lease,
        incarnation: contract.incarnation,
        worker: worker.signing_key(),
        block: view.block(),
        request_id: call.fields.request_id,
        request: call.digest,
        response: digest,
        before,
        after,
        fuel: made.fuel,
        cost_table: Digest(adyton_engine::cost_table_hash()),
        bytes_in: call.content.len() as u64,
        bytes_out: response.body.len() as u64,
        egress: made.egress,
        caller: made.origin.caller,
        durability: contract.manifest.durability,
        report: made.report,
        earlier: None,
        schedule,
        transition,
        webhook,
        message,
    };
    let receipt = worker.boot.receipt(&fields).map_err(|_| Refusal::Worker)?;
    let (fields, content) = match made.origin.trigger {
        Trigger::Call | Trigger::Webhook(_) => (response.fields, response.body),
        // Nobody waits for what it says, or can ask for it.
        Trigger::Schedule(_) | Trigger::Message(_) | Trigger::Life(_) => Default::default(),
    };
    let answer = Answer {
        request: call.digest,
        asker: made.origin.asker,
        status: response.status,
        fields,
        content,
        receipt: bounded(&receipt)?,
        sequence: after.sequence,
    };
    Ok((answer, receipt.anchor_leaf()))
}

/// The receipt's encoding, if those who check it will read it: a call whose outgoing requests do not fit into their
/// leaf is refused while nothing of it is committed.
fn bounded(receipt: &SignedReceipt) -> Result<Vec<u8>, Refusal> {
    let bytes = receipt.to_bytes();
    if bytes.len() > MAX_RECEIPT || receipt.leaves.iter().any(|leaf| leaf.len() > MAX_LEAF) {
        return Err(Refusal::TooLarge("list of outgoing requests in the call's receipt"));
    }
    Ok(bytes)
}

/// What a failure of the store means to the caller.
pub fn state(error: StateError) -> Refusal {
    match error {
        StateError::Conflict => Refusal::Conflict,
        // The refusal's own words begin with the article.
        StateError::TooLarge { what, .. } => Refusal::TooLarge(what.strip_prefix("the ").unwrap_or(what)),
        StateError::Quota { .. } => Refusal::Exceeded("storage"),
        other => {
            tracing::error!(error = %other, "the store failed");
            Refusal::State(public(&other))
        }
    }
}

/// What everybody may know of a store's failure; the log has the rest.
fn public(error: &StateError) -> &'static str {
    match error {
        StateError::StorageFull => "the worker's disk is full",
        StateError::Fenced | StateError::Superseded { .. } => "another writer has taken over",
        StateError::Poisoned(failure) => public(failure),
        StateError::Closed => "its store is closed",
        _other => "its store failed",
    }
}

#[cfg(test)]
pub mod tests;
