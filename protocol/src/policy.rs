//! A contract's policy: who may lease it. Enforced by the chain at the lease and again by each keyholder at
//! the release of keys. Where it says nothing, nobody may.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, BlockNumber, Digest},
    record::{EvidenceKind, WorkerRecord},
};

/// The most entries in any list of a policy.
pub const MAX_ENTRIES: usize = 32;

/// Who may lease a contract, and how its code changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct ContractPolicy {
    /// Kinds of evidence that are good enough. Empty: none, the contract cannot be leased.
    pub kinds: Vec<EvidenceKind>,
    /// Measurements that are good enough, among those that the chain accepts.
    pub measurements: Measurements,
    /// Operators whose workers may lease it.
    pub operators: Operators,
    /// How the code may change.
    pub upgrade: Upgrade,
}

/// Which of the measurements accepted by the chain a contract accepts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measurements {
    /// Any that the chain accepts: two thirds of the validators are part of the contract's confidentiality.
    #[codec(index = 0)]
    Accepted,
    /// Only these.
    #[codec(index = 1)]
    Only(Vec<Digest>),
}

/// Whose workers may lease a contract.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operators {
    /// Any operator that opted in.
    #[codec(index = 0)]
    OptedIn,
    /// Only these.
    #[codec(index = 1)]
    Only(Vec<AccountId>),
}

/// How a contract's code may change.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Upgrade {
    /// Never.
    #[codec(index = 0)]
    Immutable,
    /// By its owner, visible on chain for this many blocks before it applies.
    #[codec(index = 1)]
    Owner {
        /// Blocks between the announcement and the change.
        delay: BlockNumber,
    },
}

/// Why a worker may not lease a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// The policy does not accept the worker's kind of evidence.
    Kind,
    /// The policy does not accept the worker's measurement.
    Measurement,
    /// The policy does not accept the worker's operator.
    Operator,
    /// The operator did not opt in.
    NotOptedIn,
}

impl core::fmt::Display for PolicyRefusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Kind => "the contract's policy does not accept this kind of evidence",
            Self::Measurement => "the contract's policy does not accept this measurement",
            Self::Operator => "the contract's policy does not accept this operator",
            Self::NotOptedIn => "the worker's operator did not opt in to leases",
        })
    }
}

impl core::error::Error for PolicyRefusal {}

impl ContractPolicy {
    /// The policy that `adyton deploy` proposes when `adyton.toml` says nothing: hardware TDX evidence, any
    /// measurement and operator that the chain accepts, upgrades by the owner after `delay` blocks.
    pub fn open(delay: BlockNumber) -> Self {
        Self {
            kinds: alloc::vec![EvidenceKind::IntelTdx],
            measurements: Measurements::Accepted,
            operators: Operators::OptedIn,
            upgrade: Upgrade::Owner { delay },
        }
    }

    /// Whether every list is within its bound.
    pub fn bounded(&self) -> bool {
        let measurements = match &self.measurements {
            Measurements::Accepted => 0,
            Measurements::Only(list) => list.len(),
        };
        let operators = match &self.operators {
            Operators::OptedIn => 0,
            Operators::Only(list) => list.len(),
        };
        self.kinds.len() <= MAX_ENTRIES && measurements <= MAX_ENTRIES && operators <= MAX_ENTRIES
    }

    /// Whether `worker` may take a lease of the contract, as far as this policy is concerned: as
    /// [`ContractPolicy::accepts`], and its operator opted in. Opting out ends no lease.
    pub fn admits(&self, worker: &WorkerRecord) -> Result<(), PolicyRefusal> {
        self.accepts(worker)?;
        if worker.opted_in { Ok(()) } else { Err(PolicyRefusal::NotOptedIn) }
    }

    /// Whether `worker` may act for the contract under a lease that it has: asked again at every use, because a
    /// worker may come back under another measurement. Whether its evidence still holds is
    /// [`crate::record::WorkerRecord::valid`].
    pub fn accepts(&self, worker: &WorkerRecord) -> Result<(), PolicyRefusal> {
        if !self.kinds.contains(&worker.verdict.kind) {
            return Err(PolicyRefusal::Kind);
        }
        let measurement = match &self.measurements {
            Measurements::Accepted => true,
            Measurements::Only(list) => list.contains(&worker.verdict.measurement),
        };
        if !measurement {
            return Err(PolicyRefusal::Measurement);
        }
        let operator = match &self.operators {
            Operators::OptedIn => true,
            Operators::Only(list) => list.contains(&worker.operator),
        };
        if operator { Ok(()) } else { Err(PolicyRefusal::Operator) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::worker;

    #[test]
    fn a_policy_that_names_no_kind_admits_nobody() {
        let policy = ContractPolicy { kinds: Vec::new(), ..ContractPolicy::open(1) };
        assert_eq!(policy.admits(&worker()), Err(PolicyRefusal::Kind));
    }

    #[test]
    fn another_measurement_is_refused() {
        let policy = ContractPolicy {
            measurements: Measurements::Only(alloc::vec![Digest([9; 32])]),
            ..ContractPolicy::open(1)
        };
        assert_eq!(policy.admits(&worker()), Err(PolicyRefusal::Measurement));
    }

    #[test]
    fn another_operator_is_refused() {
        let policy =
            ContractPolicy { operators: Operators::Only(alloc::vec![AccountId([9; 32])]), ..ContractPolicy::open(1) };
        assert_eq!(policy.admits(&worker()), Err(PolicyRefusal::Operator));
    }

    #[test]
    fn a_worker_whose_operator_did_not_opt_in_is_refused() {
        let worker = WorkerRecord { opted_in: false, ..worker() };
        assert_eq!(ContractPolicy::open(1).admits(&worker), Err(PolicyRefusal::NotOptedIn));
        assert_eq!(ContractPolicy::open(1).accepts(&worker), Ok(()), "what it has it keeps");
        assert_eq!(ContractPolicy::open(1).admits(&super::tests::worker()), Ok(()));
    }
}
