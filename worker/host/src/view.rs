//! What this worker knows of the chain at one finalized head: proven, fresh, and nothing else.
//!
//! The follower replaces it at every new head; calls and leases only read it. It never mixes two heads.

use std::{collections::HashMap, sync::Arc, time::Duration};

use adyton_admission::counter;
use adyton_chain_client::verifier::FreshHeader;
use adyton_protocol::{
    challenge::{Capacity, Machine},
    device::ValidDevices,
    ids::{BlockRef, ContractId, Digest, WorkerId},
    message::Queue,
    record::{ContractRecord, HeadRecord, LeaseRecord, NetworkRecord, WorkerRecord},
    rewards::Session,
    usage::{GasAccount, Noticed, Parameters},
};
use tokio::sync::watch;

use crate::error::Refusal;

/// Facts at one finalized head.
#[derive(Debug, Clone)]
pub struct View {
    /// The head; asked for its freshness at every use.
    pub head: FreshHeader,
    /// The chain's time at that head, Unix milliseconds.
    pub chain_ms: u64,
    /// This process's counter when it read the head.
    pub read_at: Duration,
    /// The network's constants.
    pub network: NetworkRecord,
    /// This worker's record.
    pub own: WorkerRecord,
    /// Its devices that count.
    pub devices: ValidDevices,
    /// Why the worker's evidence does not hold, if it does not.
    pub invalid: Option<String>,
    /// What the chain's rewards have of it.
    pub work: Work,
    /// What gas costs here.
    pub prices: Prices,
    /// What the chain says of the contracts that this worker holds or is opening.
    pub contracts: HashMap<ContractId, ContractFacts>,
}

/// What the chain's rewards have of this worker; nothing, on a chain without them or without a beacon.
#[derive(Debug, Clone)]
pub struct Work {
    /// The number of the beacon's newest round; 0: there was none yet.
    pub newest_round: u64,
    /// What it works under, if it works for a reward.
    pub session: Option<Session>,
    /// What its measurements came to, if it was ever measured.
    pub capacity: Option<Capacity>,
    /// What stands for its machine.
    pub machine: Digest,
    /// The machine's measurements, if there were any.
    pub measurements: Machine,
}

/// What gas costs on this worker.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prices {
    /// The network's parameters.
    pub parameters: Parameters,
    /// What the worker asks for a unit.
    pub ask: Noticed<u128>,
}

/// What the chain says of one contract.
#[derive(Debug, Clone)]
pub struct ContractFacts {
    /// Its record.
    pub record: ContractRecord,
    /// Its lease.
    pub lease: Option<LeaseRecord>,
    /// Its newest anchored head.
    pub head: Option<HeadRecord>,
    /// The number of its last report.
    pub reported: u64,
    /// Its messages; read where it is open here and takes any.
    pub messages: Option<Queue>,
    /// Its gas account, if it ever had one.
    pub gas: Option<GasAccount>,
}

impl View {
    /// The head's number and hash, for receipts.
    pub fn block(&self) -> BlockRef {
        self.head.header().block()
    }

    /// The chain's time carried on by this process's counter, Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        let since = counter().saturating_sub(self.read_at);
        self.chain_ms.saturating_add(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The lease number under which `own` may act for `contract` now. Every condition is computed here, at
    /// the moment of use.
    pub fn may_act(&self, own: &WorkerId, contract: &ContractId) -> Result<u64, Refusal> {
        self.head.check(counter()).map_err(|stale| Refusal::NotFresh(stale.to_string()))?;
        if let Some(reason) = &self.invalid {
            return Err(Refusal::NotAdmitted(reason.clone()));
        }
        let not_held = || Refusal::NotHeld(contract.to_string());
        let facts = self.contracts.get(contract).ok_or_else(not_held)?;
        let lease = facts.lease.as_ref().filter(|lease| lease.holder == *own);
        let lease = lease.filter(|lease| lease.alive(&self.own, self.block().number)).ok_or_else(not_held)?;
        let excluded = |why| Refusal::NotAdmitted(format!("the contract excludes this worker: {why}"));
        facts.record.policy.accepts(&self.own, &self.devices).map_err(excluded)?;
        Ok(lease.number)
    }
}

/// The right to act for one contract under one lease. It is no fact but a question: asked when a call comes, when it
/// has its place, right before it commits, and right before its answer leaves, each time of the newest view.
pub struct Right<'a> {
    /// Where the newest view is.
    pub views: &'a watch::Sender<Option<Arc<View>>>,
    /// This worker.
    pub worker: WorkerId,
    /// The contract.
    pub contract: ContractId,
    /// The lease.
    pub lease: u64,
}

impl Right<'_> {
    /// Whether it is held now.
    pub fn check(&self) -> Result<(), Refusal> {
        self.view().map(drop)
    }

    /// The view under which it is held now.
    pub fn view(&self) -> Result<Arc<View>, Refusal> {
        let view = self.views.borrow().clone();
        let view = view.ok_or_else(|| Refusal::NotFresh("the worker is not registered".into()))?;
        match view.may_act(&self.worker, &self.contract)? {
            lease if lease == self.lease => Ok(view),
            _ => Err(Refusal::NotReady("the lease changed")),
        }
    }
}

#[cfg(test)]
pub mod tests;
