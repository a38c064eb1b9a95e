//! What the chain stores and measured programs read. Layouts are frozen: a change is a new, versioned item.
//!
//! Validity is computed when it is used, from a record and the facts of the moment, and never swept.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

pub use crate::evidence::{Cloud, CollateralRef, EvidenceKind, InstanceName, MachineClass, MachineId, Party, Provider};

use crate::{
    domain,
    ids::{AccountId, BlockNumber, CodeHash, ContractId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    key_label::KeyEpoch,
    policy::ContractPolicy,
    statement::Role,
};

/// The network's own constants.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct NetworkRecord {
    /// The identity that everything is bound to.
    pub id: NetworkId,
    /// A name for people. A development network's contains `insecure`.
    pub name: BoundedVec<u8, ConstU32<64>>,
    /// For how many blocks a heartbeat keeps a worker's leases alive.
    pub lease_blocks: BlockNumber,
    /// How many blocks pass between the end of one lease and the start of the next.
    pub staleness_blocks: BlockNumber,
}

/// A root of trust that the chain accepts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RootRecord {
    /// For which kind of evidence.
    pub kind: EvidenceKind,
    /// The root's own certificate, DER.
    pub certificate: BoundedVec<u8, ConstU32<2048>>,
    /// Whether it stands for no hardware: the development root.
    pub development: bool,
}

/// A measurement that the chain accepts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct MeasurementRecord {
    /// What a program with this measurement may be.
    pub role: Role,
    /// The [`crate::configuration::profile`] that it has to run with.
    pub profile: Digest,
    /// The release it is, for people.
    pub release: BoundedVec<u8, ConstU32<64>>,
}

/// What remains of a verdict: the facts on which validity depends later.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct VerdictFacts {
    /// Kind of evidence.
    pub kind: EvidenceKind,
    /// Identity of the root it was authenticated to (see [`crate::storage::roots`]); a hash of its public key.
    pub root: Digest,
    /// Identity of the measurement.
    pub measurement: Digest,
    /// The configuration profile that its statement was held to.
    pub profile: Digest,
    /// The machine.
    pub machine: MachineId,
    /// The cloud provider that vouches for the machine, if the evidence names one.
    pub provider: Option<Provider>,
    /// The tier of its platform in the policy that it was judged by; 0 is the best.
    pub tier: u8,
    /// The generation of the collateral that it was judged by. Of Intel's, the evaluation number; of AMD's, the day
    /// (Unix seconds / 86400) of the revocation list; of kinds without collateral, zero.
    pub evaluation: u32,
    /// The chain's time at which it was judged, Unix seconds.
    pub judged_at: u64,
    /// Unix seconds at which it stops being true.
    pub valid_until: u64,
    /// Identity of the evidence, however its bytes are padded.
    pub evidence: Digest,
}

/// A registered worker or keyholder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct WorkerRecord {
    /// Who alone may replace or retire it.
    pub operator: AccountId,
    /// What it does.
    pub role: Role,
    /// Its Ed25519 key of this boot.
    pub signing_key: SigningKey,
    /// Its X25519 key of this boot.
    pub encryption_key: EncryptionKey,
    /// Digest of its attested statement.
    pub statement: Digest,
    /// What was judged of its evidence.
    pub verdict: VerdictFacts,
    /// Where its HTTP interface is: a URL, unproven, used only to reach it.
    pub endpoint: BoundedVec<u8, ConstU32<256>>,
    /// Boots registered so far, from 1.
    pub boot: u32,
    /// The block of this boot's registration.
    pub registered_at: BlockNumber,
    /// Whether the operator lets it take leases.
    pub opted_in: bool,
    /// Its leases live up to and including this block; each heartbeat moves it.
    pub active_until: BlockNumber,
    /// The last freshness nonce that it posted, and when.
    pub heartbeat: Heartbeat,
}

/// A worker's own nonce on the chain: what is finalized at or after that block is not older than the nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Heartbeat {
    /// Chosen at random by the worker; zero before the first heartbeat.
    pub nonce: [u8; 32],
    /// The block it is in.
    pub block: BlockNumber,
}

/// A component's bytes, known by hash; anyone may hold them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CodeRecord {
    /// Who announced it.
    pub uploader: AccountId,
    /// Its length in bytes.
    pub size: u32,
    /// What is held of that account for this record, in units of 10^-12 PHA.
    pub deposit: u128,
    /// How often contracts name it, as their code or as announced code. While they do, it stays.
    pub contracts: u32,
}

/// A deployed contract.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct ContractRecord {
    /// Who may change it as far as its policy lets them.
    pub owner: AccountId,
    /// The code that answers.
    pub code: CodeHash,
    /// Versions of the code so far, from 1.
    pub version: u32,
    /// SCALE encoding of its [`crate::manifest::Manifest`].
    pub manifest: Vec<u8>,
    /// Who may lease it.
    pub policy: ContractPolicy,
    /// The block of its deployment.
    pub deployed_at: BlockNumber,
    /// Announced code: applies from the block on.
    pub pending: Option<PendingUpgrade>,
    /// What is held of the owner for this contract, in units of 10^-12 PHA.
    pub deposit: u128,
}

/// What is left of a contract whose owner ended it: its id is used up for good.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RetiredRecord {
    /// Whose it was.
    pub owner: AccountId,
    /// The block of its end.
    pub block: BlockNumber,
    /// What stays held of the owner for this record, in units of 10^-12 PHA.
    pub deposit: u128,
}

/// Code that is announced and not yet in force.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PendingUpgrade {
    /// The new code.
    pub code: CodeHash,
    /// The first block at which `apply_upgrade` is accepted.
    pub effective: BlockNumber,
}

/// Who holds a contract. Alive while the holder's [`WorkerRecord::active_until`] is not past.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct LeaseRecord {
    /// Number of this lease of the contract, from 1; the store's writer epoch.
    pub number: u64,
    /// The worker.
    pub holder: WorkerId,
    /// The block it was claimed in.
    pub since: BlockNumber,
    /// Set when the holder gave it back: a successor need not wait.
    pub released: bool,
}

/// The newest state head that the chain knows of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct HeadRecord {
    /// Openings of the store so far.
    pub incarnation: u64,
    /// The lease under which it was opened last.
    pub lease: u64,
    /// The boot of the holder that opened it.
    pub boot: u32,
    /// The head with which this incarnation began.
    pub opening: StateHead,
    /// The newest anchored head; at the opening, the same.
    pub latest: StateHead,
}

/// A point of a contract's state: how many commits, and the hash chained over them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct StateHead {
    /// Commits so far.
    pub sequence: u64,
    /// The chained hash.
    pub hash: Digest,
}

impl StateHead {
    /// The head of a contract that has not committed anything: `H(STATE_GENESIS, contract)` at sequence 0.
    pub fn genesis(contract: &ContractId) -> Self {
        Self { sequence: 0, hash: Digest(domain::hash(domain::STATE_GENESIS, &[&contract.0])) }
    }
}

/// One entry of `contracts.open`: a store is open at this head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Opening {
    /// The contract.
    pub contract: ContractId,
    /// The lease under which it is opened.
    pub lease: u64,
    /// The head found in the store.
    pub head: StateHead,
}

/// One entry of `contracts.anchor`: the newest head of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Anchor {
    /// The contract.
    pub contract: ContractId,
    /// The lease under which it is open.
    pub lease: u64,
    /// The incarnation it belongs to.
    pub incarnation: u64,
    /// The head.
    pub head: StateHead,
}

/// The keyholders and the public side of their shares.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CommitteeRecord {
    /// The key epoch in force.
    pub epoch: KeyEpoch,
    /// Shares that are needed.
    pub threshold: u32,
    /// The keyholders, by share index.
    pub keyholders: BoundedVec<WorkerId, ConstU32<32>>,
    /// The public polynomial of the shares, in the threshold crate's encoding.
    pub group: BoundedVec<u8, ConstU32<4096>>,
}

/// A worker asked for a contract's keys; the public log of releases.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ReleaseRecord {
    /// The lease under which it asked.
    pub lease: u64,
    /// The boot that asked: the keys of that boot get the answer.
    pub boot: u32,
    /// The key epoch asked for.
    pub epoch: KeyEpoch,
    /// The block of the request.
    pub requested_at: BlockNumber,
    /// Which of the contracts this is that the worker asked keys of in this epoch, from 1 on; what keyholders' cap is
    /// compared with. Asking again for the same contract keeps it.
    pub ordinal: u32,
}

/// The facts of the moment that decide, with a worker's record, whether its evidence still holds. Each is
/// read from the same proven state as the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidityFacts {
    /// The chain's time, Unix seconds.
    pub now: u64,
    /// What is stored under the worker's root; none: not accepted, or revoked.
    pub root: Option<RootRecord>,
    /// What is stored under the worker's measurement; none: not accepted, or revoked.
    pub measurement: Option<MeasurementRecord>,
    /// Verdicts under its root that were judged at this moment (Unix seconds) or before no longer count.
    pub judged_since: u64,
    /// The lowest generation of collateral that is accepted under its root.
    pub evaluation_floor: u32,
    /// Whether its operator or cloud provider may have workers on machines that nobody identifies; false for a worker
    /// on a machine with an identity, which does not need it.
    pub unidentified_allowed: bool,
    /// Whether its machine is denied.
    pub machine_denied: bool,
    /// Whether its cloud provider is denied.
    pub provider_denied: bool,
    /// Whether its operator is denied.
    pub operator_denied: bool,
}

/// Why a worker's evidence does not hold now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalidity {
    /// The verdict ended.
    Expired,
    /// Its root is not accepted (any more), or is for another kind.
    Root,
    /// It was judged before the moment since which verdicts under its root count.
    Outdated,
    /// Its measurement is not accepted (any more).
    Measurement,
    /// Its measurement is accepted for another role.
    Role,
    /// Its measurement is accepted with another configuration.
    Configuration,
    /// Its collateral is below the floor.
    Collateral,
    /// Nobody identifies its machine, and neither its operator nor its cloud provider may have such ones (any more).
    Unidentified,
    /// Its machine is denied.
    Machine,
    /// Its cloud provider is denied.
    Provider,
    /// Its operator is denied.
    Operator,
}

impl fmt::Display for Invalidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the worker's verdict has ended; its operator has to renew it",
            Self::Root => "the worker's root of trust is not accepted",
            Self::Outdated => {
                "the worker was judged before verdicts under its root were ended; its operator has to renew it"
            }
            Self::Measurement => "the worker's measurement is not accepted",
            Self::Role => "the worker's measurement is accepted for another role",
            Self::Configuration => "the worker's measurement is accepted with another configuration",
            Self::Collateral => "the worker was judged by collateral below the chain's floor",
            Self::Unidentified => "nobody answers for the worker's machine, which has no identity",
            Self::Machine => "the worker's machine is denied",
            Self::Provider => "the worker's cloud provider is denied",
            Self::Operator => "the worker's operator is denied",
        })
    }
}

impl core::error::Error for Invalidity {}

impl WorkerRecord {
    /// Whether the worker's evidence holds under `facts`. Every check must pass; the first that does not is
    /// the answer.
    pub fn valid(&self, facts: &ValidityFacts) -> Result<(), Invalidity> {
        if facts.now >= self.verdict.valid_until {
            return Err(Invalidity::Expired);
        }
        match &facts.root {
            Some(root) if root.kind == self.verdict.kind => {}
            Some(_) | None => return Err(Invalidity::Root),
        }
        if self.verdict.judged_at <= facts.judged_since {
            return Err(Invalidity::Outdated);
        }
        match &facts.measurement {
            None => return Err(Invalidity::Measurement),
            Some(measurement) if measurement.role != self.role => return Err(Invalidity::Role),
            Some(measurement) if measurement.profile != self.verdict.profile => return Err(Invalidity::Configuration),
            Some(_) => {}
        }
        if self.verdict.evaluation < facts.evaluation_floor {
            return Err(Invalidity::Collateral);
        }
        if self.verdict.machine == MachineId::None && !facts.unidentified_allowed {
            return Err(Invalidity::Unidentified);
        }
        if facts.machine_denied {
            return Err(Invalidity::Machine);
        }
        if facts.provider_denied {
            return Err(Invalidity::Provider);
        }
        if facts.operator_denied { Err(Invalidity::Operator) } else { Ok(()) }
    }
}

impl LeaseRecord {
    /// Whether the lease is alive at block `now`, given its holder's record.
    pub fn alive(&self, holder: &WorkerRecord, now: BlockNumber) -> bool {
        !self.released && now <= holder.active_until
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn worker() -> WorkerRecord {
        WorkerRecord {
            operator: AccountId([1; 32]),
            role: Role::Worker,
            signing_key: SigningKey([2; 32]),
            encryption_key: EncryptionKey([3; 32]),
            statement: Digest([4; 32]),
            verdict: VerdictFacts {
                kind: EvidenceKind::IntelTdx,
                root: Digest([5; 32]),
                measurement: Digest([6; 32]),
                profile: Digest([9; 32]),
                machine: MachineId::IntelPpid([7; 16]),
                provider: None,
                tier: 0,
                evaluation: 17,
                judged_at: 500,
                valid_until: 1000,
                evidence: Digest([8; 32]),
            },
            endpoint: BoundedVec::truncate_from(b"http://127.0.0.1:1".to_vec()),
            boot: 1,
            registered_at: 10,
            opted_in: true,
            active_until: 20,
            heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
        }
    }

    fn facts() -> ValidityFacts {
        ValidityFacts {
            now: 999,
            root: Some(RootRecord { kind: EvidenceKind::IntelTdx, certificate: BoundedVec::new(), development: false }),
            measurement: Some(MeasurementRecord {
                role: Role::Worker,
                profile: Digest([9; 32]),
                release: BoundedVec::new(),
            }),
            judged_since: 499,
            evaluation_floor: 17,
            unidentified_allowed: false,
            machine_denied: false,
            provider_denied: false,
            operator_denied: false,
        }
    }

    #[test]
    fn a_worker_is_valid_up_to_the_last_second_of_its_verdict() {
        assert_eq!(worker().valid(&facts()), Ok(()));
        assert_eq!(worker().valid(&ValidityFacts { now: 1000, ..facts() }), Err(Invalidity::Expired));
    }

    #[test]
    fn a_revoked_root_measurement_machine_provider_or_operator_ends_validity_at_once() {
        assert_eq!(worker().valid(&ValidityFacts { root: None, ..facts() }), Err(Invalidity::Root));
        assert_eq!(worker().valid(&ValidityFacts { measurement: None, ..facts() }), Err(Invalidity::Measurement));
        assert_eq!(worker().valid(&ValidityFacts { machine_denied: true, ..facts() }), Err(Invalidity::Machine));
        assert_eq!(worker().valid(&ValidityFacts { provider_denied: true, ..facts() }), Err(Invalidity::Provider));
        assert_eq!(worker().valid(&ValidityFacts { operator_denied: true, ..facts() }), Err(Invalidity::Operator));
    }

    #[test]
    fn a_root_that_is_accepted_for_another_kind_is_not_enough() {
        let root = RootRecord { kind: EvidenceKind::IntelSgx, certificate: BoundedVec::new(), development: false };
        assert_eq!(worker().valid(&ValidityFacts { root: Some(root), ..facts() }), Err(Invalidity::Root));
    }

    #[test]
    fn collateral_below_the_floor_ends_validity() {
        assert_eq!(worker().valid(&ValidityFacts { evaluation_floor: 18, ..facts() }), Err(Invalidity::Collateral));
    }

    #[test]
    fn a_verdict_judged_at_or_before_the_moment_that_ended_verdicts_counts_no_longer() {
        for judged_since in [500, 501] {
            assert_eq!(worker().valid(&ValidityFacts { judged_since, ..facts() }), Err(Invalidity::Outdated));
        }
    }

    #[test]
    fn a_machine_without_identity_holds_only_while_somebody_may_have_such_ones() {
        let mut worker = worker();
        worker.verdict.machine = MachineId::None;
        assert_eq!(worker.valid(&facts()), Err(Invalidity::Unidentified));
        assert_eq!(worker.valid(&ValidityFacts { unidentified_allowed: true, ..facts() }), Ok(()));
    }

    #[test]
    fn a_measurement_accepted_for_another_role_is_not_enough() {
        let keyholder =
            MeasurementRecord { role: Role::Keyholder, profile: Digest([9; 32]), release: BoundedVec::new() };
        assert_eq!(worker().valid(&ValidityFacts { measurement: Some(keyholder), ..facts() }), Err(Invalidity::Role));
    }

    #[test]
    fn a_measurement_accepted_with_another_configuration_is_not_enough() {
        let measurement =
            MeasurementRecord { role: Role::Worker, profile: Digest([1; 32]), release: BoundedVec::new() };
        let facts = ValidityFacts { measurement: Some(measurement), ..facts() };
        assert_eq!(worker().valid(&facts), Err(Invalidity::Configuration));
    }

    #[test]
    fn a_lease_ends_after_its_holders_last_block_or_when_it_is_released() {
        let lease = LeaseRecord { number: 1, holder: WorkerId([0; 32]), since: 1, released: false };
        assert!(lease.alive(&worker(), 20) && !lease.alive(&worker(), 21));
        assert!(!LeaseRecord { released: true, ..lease }.alive(&worker(), 1));
    }
}
