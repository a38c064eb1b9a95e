//! Calls of contracts by contracts, on this worker.
//!
//! Such a call takes the road of every other one from where its caller is known, but in the place of the call that
//! waits for it: who has a place never waits for another one. It waits for a turn of its contract for a while at most,
//! so that contracts which call each other crosswise do not wait for ever. Its request id follows from the call that
//! makes it ([`adyton_protocol::contract_call`]): a caller that runs again gets the stored answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use adyton_engine::{ContractCall, ContractCalled, ContractRefusal, HostFailure, Place, Request, Response};
use adyton_protocol::{
    call::{self, CallFields, Fields},
    contract_call::{self, CallingCall, MAX_CHAIN},
    ids::{ContractId, Digest, RequestId},
    manifest::{Callers, Durability},
    path,
    receipt::{Caller, SignedReceipt},
    webhook,
};
use tokio::task::JoinSet;

use super::{
    answer::{Answer, Asker, Origin, Trigger, first_answer, stored},
    request::Call,
};
use crate::{contract::Contract, error::Refusal, worker::Worker};

/// How long a call waits for each of its turns.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// The calls that wait for a call of their contracts.
#[derive(Clone)]
pub struct Within {
    /// The place of the first of them.
    place: Arc<Place>,
    /// Their contracts, the first one first.
    chain: Vec<ContractId>,
    fuel: u64,
    used: Arc<AtomicU64>,
}

impl Within {
    /// The place in which the call runs.
    pub fn place(&self) -> Arc<Place> {
        self.place.clone()
    }

    /// The most fuel that it may use.
    pub fn fuel(&self) -> u64 {
        self.fuel
    }

    /// Notes what it used, however it ends. Where it runs twice the last time counts, as in its receipt.
    pub fn used(&self, fuel: u64) {
        self.used.store(fuel, Ordering::Relaxed);
    }
}

/// How a running call calls other contracts.
pub struct Reach {
    worker: Arc<Worker>,
    place: Arc<Place>,
    /// The contracts of the calls that wait for each other, this call's last.
    chain: Vec<ContractId>,
    contract: Arc<Contract>,
    /// What stands for the call's request; see [`stands_for`].
    request: Digest,
    /// See [`CallingCall::not_after`].
    counts_until: u64,
    caller: Option<[u8; 32]>,
    not_after: u64,
    /// What was asked so far.
    asked: Vec<Digest>,
}

impl Reach {
    /// Of `call` of `contract`.
    pub fn new(
        worker: &Arc<Worker>,
        contract: &Arc<Contract>,
        call: &Call,
        origin: &Origin,
        place: &Arc<Place>,
        within: Option<&Within>,
    ) -> Self {
        let not_after = call.fields.not_after;
        let mut chain = within.map_or_else(Vec::new, |within| within.chain.clone());
        chain.push(contract.id);
        let outside = within.is_none() && origin.trigger == Trigger::Call;
        Self {
            worker: worker.clone(),
            place: place.clone(),
            chain,
            contract: contract.clone(),
            request: stands_for(worker, contract, call, origin.trigger),
            counts_until: if outside { not_after } else { 0 },
            caller: match origin.caller {
                Caller::Anonymous => None,
                Caller::Account(account) => Some(account.0),
                Caller::Contract(contract) => Some(contract.0),
            },
            not_after,
            asked: Vec::new(),
        }
    }

    /// The call, as those that it makes know it. Most make none: the secret is derived for those alone that do.
    fn calling(&self) -> CallingCall {
        CallingCall {
            contract: self.contract.id,
            // Whoever made the call knows what stands for it: they could use up the ids of its calls before it does.
            request: Digest(*self.contract.secrets.calling_secret(&self.request)),
            not_after: self.counts_until,
            caller: self.caller,
        }
    }

    /// Calls a contract and waits for what comes of it.
    pub async fn call(&mut self, asked: ContractCall) -> Result<ContractCalled, HostFailure> {
        let (contract, call, within) = match self.prepare(asked) {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(ContractCalled { outcome: Err(refusal), fuel: 0, digests: None }),
        };
        let (worker, caller, request) = (self.worker.clone(), self.contract.id, call.digest);
        let used = within.used.clone();
        // In a task of its own, since this runs on the caller's small stack. It ends with the caller.
        let mut task = JoinSet::new();
        task.spawn(async move { answer(&worker, &contract, &call, caller, within).await });
        let answered = match task.join_next().await {
            Some(Ok(answered)) => answered,
            Some(Err(_)) | None => Err(Refusal::Worker),
        };
        let fuel = used.load(Ordering::Relaxed);
        let outcome = answered.map(response).map_err(refusal);
        let none = Fields::new();
        let (status, fields, content) = match &outcome {
            Ok(response) => (response.status, &response.fields, &response.body[..]),
            Err(_) => (0, &none, &b""[..]),
        };
        let digest = call::response_digest(&self.worker.network, &request, status, fields, content);
        let reached = outcome.is_ok() || fuel > 0;
        Ok(ContractCalled { outcome, fuel, digests: reached.then_some((request, digest)) })
    }

    /// What is called, and how; or why it is not.
    fn prepare(&mut self, asked: ContractCall) -> Result<(Arc<Contract>, Call, Within), ContractRefusal> {
        let ContractCall { contract: id, request, fuel } = asked;
        if self.chain.contains(&id) {
            return Err(ContractRefusal::Reentrant);
        }
        if self.chain.len() >= MAX_CHAIN {
            return Err(ContractRefusal::TooDeep);
        }
        let (contract, _view) = self.worker.ready(&id).map_err(refusal)?;
        match contract.manifest.callers {
            Callers::Anyone | Callers::Contract => {}
            Callers::Account => return Err(ContractRefusal::Denied("it answers only accounts".into())),
        }
        // What the caller says may be secret, and would be shown to everybody.
        if contract.manifest.disputable {
            return Err(ContractRefusal::Denied(
                "it answers public calls alone, so that its answers can be disputed".into(),
            ));
        }
        if path::is_reserved(&request.path) {
            return Err(ContractRefusal::Invalid("a path that is the worker's".into()));
        }
        if webhook::find(&contract.manifest.webhooks, &request.path).is_some() {
            return Err(ContractRefusal::Denied("it answers only signed deliveries under this path".into()));
        }
        let call = self.name(&contract, request);
        let (place, chain, used) = (self.place.clone(), self.chain.clone(), Arc::default());
        Ok((contract, call, Within { place, chain, fuel, used }))
    }

    /// The call of `contract`, under the request id that follows from the call that makes it.
    fn name(&mut self, contract: &Contract, request: Request) -> Call {
        let network = self.worker.network;
        let Request { method, path, fields: headers, body: content } = request;
        let digest = |id: &RequestId| {
            call::request_digest(&network, &contract.id, id, method.as_bytes(), path.as_bytes(), &headers, &content)
        };
        let asked = digest(&RequestId([0; 16]));
        let same = self.asked.iter().filter(|earlier| **earlier == asked).count();
        self.asked.push(asked);
        // There are no more calls than the manifest's limit of outgoing requests.
        let same = u32::try_from(same).unwrap_or(u32::MAX);
        let request_id = contract_call::request_id(&network, &self.calling(), &asked, same);
        let fields = CallFields {
            network,
            contract: contract.id,
            code: contract.code,
            lease: contract.lease,
            request_id,
            // Its stored answer ends with that of the call that makes it.
            not_after: self.not_after,
            caller: None,
        };
        let digest = digest(&request_id);
        Call { fields, method, path, headers, content, digest, fresh: false }
    }
}

/// What the ids of the calls that `call` makes follow from. The fields of a webhook's delivery are not signed: where
/// another one with other fields runs again, it makes the same calls.
fn stands_for(worker: &Worker, contract: &Contract, call: &Call, trigger: Trigger) -> Digest {
    let Call { fields: CallFields { request_id, .. }, method, path, content, .. } = call;
    let (method, path) = (method.as_bytes(), path.as_bytes());
    match trigger {
        Trigger::Webhook(_) => {
            call::request_digest(&worker.network, &contract.id, request_id, method, path, &Fields::new(), content)
        }
        Trigger::Call | Trigger::Schedule(_) | Trigger::Message(_) | Trigger::Life(_) => call.digest,
    }
}

async fn answer(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    call: &Call,
    caller: ContractId,
    within: Within,
) -> Result<Answer, Refusal> {
    let caller = Caller::Contract(caller);
    let asker = Asker::new(&caller, false);
    let answer = match stored(&contract.store, call, &asker).await? {
        Some(answer) => {
            within.used(fuel(worker, &answer)?);
            answer
        }
        None => {
            let origin = Origin::of_call(caller, false);
            first_answer(worker, contract, call, origin, Some(within), None).await?
        }
    };
    if contract.manifest.durability == Durability::Anchored {
        worker.anchors.wait(contract, answer.sequence).await?;
    }
    worker.right(contract).check()?;
    Ok(answer)
}

/// What the call of a stored answer used. The receipt is the contract's own, from its sealed state.
fn fuel(worker: &Worker, answer: &Answer) -> Result<u64, Refusal> {
    let receipt = SignedReceipt::from_bytes(&answer.receipt).map_err(|_| Refusal::Worker)?;
    let fields = receipt.verify(&worker.network, &|_, _, _| true).map_err(|_| Refusal::Worker)?;
    Ok(fields.fuel)
}

fn response(answer: Answer) -> Response {
    Response { status: answer.status, fields: answer.fields, body: answer.content }
}

/// How the contract that calls sees a refusal.
fn refusal(refusal: Refusal) -> ContractRefusal {
    match refusal {
        Refusal::NotHeld(_) => ContractRefusal::Elsewhere,
        Refusal::Guest { message, .. } => ContractRefusal::Failed(message),
        Refusal::Trapped(reason) => ContractRefusal::Trapped(reason),
        Refusal::Exceeded(limit) => ContractRefusal::Exceeded(limit.into()),
        Refusal::TooLarge(what) => ContractRefusal::Limit(format!("the {what} is larger than the contract allows")),
        other => ContractRefusal::Unavailable(other.to_string()),
    }
}

#[cfg(test)]
pub(super) mod tests;
