//! What this worker knows of the chain at one finalized head: proven, fresh, and nothing else.
//!
//! The follower replaces it at every new head; calls and leases only read it. It never mixes two heads.

use std::{collections::HashMap, time::Duration};

use adyton_chain_client::verifier::FreshHeader;
use adyton_protocol::{
    ids::{BlockRef, ContractId, WorkerId},
    record::{ContractRecord, HeadRecord, LeaseRecord, NetworkRecord, WorkerRecord},
};

use crate::{clock, error::Refusal};

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
    /// Why the worker's evidence does not hold, if it does not.
    pub invalid: Option<String>,
    /// What the chain says of the contracts that this worker holds or is opening.
    pub contracts: HashMap<ContractId, ContractFacts>,
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
}

impl View {
    /// The head's number and hash, for receipts.
    pub fn block(&self) -> BlockRef {
        self.head.header().block()
    }

    /// The chain's time carried on by this process's counter, Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        let since = clock::now().saturating_sub(self.read_at);
        self.chain_ms.saturating_add(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The lease number under which `own` may act for `contract` now. Every condition is computed here, at
    /// the moment of use.
    pub fn may_act(&self, own: &WorkerId, contract: &ContractId) -> Result<u64, Refusal> {
        self.head.check(clock::now()).map_err(|stale| Refusal::NotFresh(stale.to_string()))?;
        if let Some(reason) = &self.invalid {
            return Err(Refusal::NotAdmitted(reason.clone()));
        }
        let lease = self.contracts.get(contract).and_then(|facts| facts.lease.as_ref());
        match lease {
            Some(lease) if lease.holder == *own && lease.alive(&self.own, self.block().number) => Ok(lease.number),
            Some(_) | None => Err(Refusal::NotHeld(contract.to_string())),
        }
    }
}
