//! A contract's schedule in its sealed state, and one run of an entry.
//!
//! An entry is two of the store's: by its time, when it is due and how it goes on; by its name, what it asks. So the
//! next one to run is the first, and the list of all is read without what they ask. Whatever changes an entry is part
//! of a call's one commit. A run's commit ends its entry or brings it to its next time: who finds the entry at the
//! run's time has not run it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adyton_engine::{Cron, Scheduled, ScheduledRequest};
use adyton_protocol::{
    call::CallFields,
    receipt::{Caller, ScheduleRun},
    schedule::{self, MAX_ENTRIES, Nonce},
};
use adyton_state::{Entry, StateError, Transaction};
use codec::{Decode, Encode};
use rand_core::{OsRng, RngCore};
use tokio::{sync::SemaphorePermit, time::timeout};

use super::{
    answer::{Along, Answer, Asker, Begun, Origin, Trigger, carry_out, commit_noted, in_turn, state},
    host::WORKER,
    request::Call,
};
use crate::{code, contract::Contract, error::Refusal, worker::Worker};

/// For how many seconds a run may wait for its place before it asks again.
pub const WAITS: u64 = 60;
/// How long a run waits until one of the contract's calls has ended, where there are as many as there may be.
const ROOM: Duration = Duration::from_secs(3);

/// An entry of the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// When it is due, Unix milliseconds.
    pub due_ms: u64,
    /// How it goes on.
    pub course: Course,
}

/// How an entry goes on, as it is stored under its time.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Course {
    /// The expression of the times after the next one; none: it ends with its run.
    pub cron: Option<String>,
    /// Drawn when the entry was set.
    pub nonce: Nonce,
}

/// What an entry asks, as it is stored under its name.
#[derive(Encode, Decode)]
struct Asked {
    method: String,
    path: String,
    body: Vec<u8>,
}

/// All entries, in the order of their times.
pub async fn list(transaction: &mut Transaction) -> Result<Vec<Planned>, StateError> {
    transaction.scan(DUE, None, MAX_ENTRIES).await?.iter().map(planned).collect()
}

/// The entry that is due first.
pub async fn first(transaction: &mut Transaction) -> Result<Option<Planned>, StateError> {
    transaction.scan(DUE, None, 1).await?.first().map(planned).transpose()
}

/// Makes a call's changes. Gives the time at which the first of the entries that were set is due.
pub async fn change(
    transaction: &mut Transaction,
    changes: &BTreeMap<String, Option<(Scheduled, ScheduledRequest)>>,
) -> Result<Option<u64>, Refusal> {
    if changes.is_empty() {
        return Ok(None);
    }
    for old in list(transaction).await.map_err(state)? {
        if changes.contains_key(&old.name) {
            transaction.delete(&due_key(old.due_ms, &old.name)).map_err(state)?;
        }
    }
    for (name, change) in changes {
        let Some((Scheduled { due_ms, cron }, request)) = change else {
            transaction.delete(&request_key(name)).map_err(state)?;
            continue;
        };
        let mut nonce = Nonce::default();
        OsRng.try_fill_bytes(&mut nonce).map_err(|_| Refusal::Worker)?;
        let ScheduledRequest { method, path, body } = request.clone();
        let course = Course { cron: cron.clone(), nonce };
        transaction.set(&due_key(*due_ms, name), &course.encode()).map_err(state)?;
        transaction.set(&request_key(name), &Asked { method, path, body }.encode()).map_err(state)?;
    }
    Ok(changes.values().flatten().map(|(when, _)| when.due_ms).min())
}

/// Ends the entry, or brings it to its first time after `now_ms`; gives what it asks. None where it is not there any
/// more, or not at this time.
async fn advance(
    transaction: &mut Transaction,
    planned: &Planned,
    now_ms: u64,
) -> Result<Option<ScheduledRequest>, StateError> {
    let (due_key, request_key) = (due_key(planned.due_ms, &planned.name), request_key(&planned.name));
    let course = transaction.get(&due_key).await?.map(|entry| decode::<Course>(&entry.value)).transpose()?;
    if course.as_ref() != Some(&planned.course) {
        return Ok(None);
    }
    let asked = transaction.get(&request_key).await?.ok_or(UNREADABLE)?;
    let Asked { method, path, body } = decode(&asked.value)?;
    transaction.delete(&due_key)?;
    let cron = planned.course.cron.as_deref().and_then(|text| Cron::parse(text).ok());
    match cron.and_then(|cron| cron.next_after(now_ms.max(planned.due_ms))) {
        Some(next) => {
            transaction.set(&self::due_key(next, &planned.name), &planned.course.encode())?;
        }
        None => transaction.delete(&request_key)?,
    }
    Ok(Some(ScheduledRequest { method, path, body }))
}

/// Runs the entry and commits what it did, if it is still there at this time; none if it is not.
pub async fn run(worker: &Arc<Worker>, contract: &Arc<Contract>, planned: &Planned) -> Result<Option<Answer>, Refusal> {
    contract.life.check()?;
    let _inside = room(contract).await?;
    let module = code::of(worker, contract).await?;
    let module = &module;
    in_turn(contract, |turn| async move {
        let view = worker.right(contract).view()?;
        let not_after = view.now_ms() / 1000 + WAITS;
        let mut begun = Begun::next(worker, contract, not_after, turn).await?;
        let advanced = advance(&mut begun.transaction, planned, begun.view.chain_ms).await.map_err(state)?;
        let Some(request) = advanced else { return Ok(None) };
        let call = self::call(worker, contract, planned, request, not_after);
        let name = schedule::name_digest(&worker.network, &contract.id, &planned.name);
        let origin = Origin {
            caller: Caller::Anonymous,
            asker: Asker::NOBODY,
            trigger: Trigger::Schedule(ScheduleRun { name, due_ms: planned.due_ms }),
        };
        carry_out(worker, contract, module, &call, origin, begun).await.map(Some)
    })
    .await
}

/// Room for a run among the contract's calls, in line: whoever keeps the contract full of calls does not keep what it has
/// begun itself out.
pub async fn room(contract: &Contract) -> Result<SemaphorePermit<'_>, Refusal> {
    timeout(ROOM, contract.inside.acquire()).await.map_err(|_| Refusal::Busy)?.map_err(|_| Refusal::Busy)
}

/// Ends the entry, or brings it to its next time, without a run.
pub async fn pass_over(worker: &Arc<Worker>, contract: &Arc<Contract>, planned: &Planned) -> Result<(), Refusal> {
    in_turn(contract, |turn| async move {
        let view = worker.right(contract).view()?;
        let mut transaction = contract.store.begin().await.map_err(state)?;
        if advance(&mut transaction, planned, view.chain_ms).await.map_err(state)?.is_none() {
            return Ok(());
        }
        let prepared = contract.store.prepare(transaction).await.map_err(state)?;
        commit_noted(worker, contract, turn, prepared, Along::default()).await.map(drop)
    })
    .await
}

/// The request of a run. Its own fields are reserved: nobody who calls from outside can send them.
fn call(worker: &Worker, contract: &Contract, planned: &Planned, request: ScheduledRequest, not_after: u64) -> Call {
    let Planned { name, due_ms, course } = planned;
    let request_id = schedule::request_id(&worker.network, &contract.id, name, *due_ms, &course.nonce);
    let fields = CallFields {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: contract.lease,
        request_id,
        not_after,
        caller: None,
    };
    let ScheduledRequest { method, path, body: content } = request;
    Call::own(fields, method, path, schedule::fields(name, *due_ms), content)
}

/// The prefix of what is stored by time.
const DUE: &[u8] = &[WORKER, b'd', b'u', b'e', b'/'];
/// What cannot be read is not what this worker wrote.
const UNREADABLE: StateError = StateError::Unreadable { what: "entry of the schedule" };

fn due_key(due_ms: u64, name: &str) -> Vec<u8> {
    [DUE, &due_ms.to_be_bytes(), name.as_bytes()].concat()
}

fn request_key(name: &str) -> Vec<u8> {
    [&[WORKER], b"schedule/".as_slice(), name.as_bytes()].concat()
}

fn planned(entry: &Entry) -> Result<Planned, StateError> {
    let key = entry.key.strip_prefix(DUE).and_then(|rest| rest.split_first_chunk());
    let (due, name) = key.ok_or(UNREADABLE)?;
    let name = String::from_utf8(name.to_vec()).map_err(|_| UNREADABLE)?;
    Ok(Planned { name, due_ms: u64::from_be_bytes(*due), course: decode(&entry.value)? })
}

/// Decodes exactly one value.
fn decode<T: Decode>(mut bytes: &[u8]) -> Result<T, StateError> {
    let value = T::decode(&mut bytes).map_err(|_| UNREADABLE)?;
    if bytes.is_empty() { Ok(value) } else { Err(UNREADABLE) }
}

#[cfg(test)]
pub(crate) mod tests;
