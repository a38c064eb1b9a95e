//! The release decision: facts in, a release or a refusal out. No I/O, no clock, no randomness.
//!
//! Everything that speaks for the worker is checked twice: once as the chain has it (proven to this keyholder by
//! finality and storage proofs), once by the keyholder's own judgement of the raw evidence. The two must agree,
//! and the contract's own policy is applied again here. One thing is checked once: a policy's demand for devices rests on
//! the chain's verdict about each, proven and computed at this block, because a worker sends no device's evidence here.

use adyton_appraisal::{Difference, require_same};
use adyton_attestation::ListFloors;
use adyton_protocol::{
    configuration,
    device::ValidDevices,
    ids::{BlockHash, BlockNumber, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    key_label::{KeyEpoch, Purpose},
    policy::PolicyRefusal,
    record::{
        CommitteeRecord, ContractRecord, Invalidity, LeaseRecord, NetworkRecord, ReleaseRecord, ValidityFacts,
        WorkerRecord,
    },
    statement::Role,
};
use adyton_threshold::{
    GroupPublic, Share, ThresholdError,
    release::{ReleaseBinding, ReleaseRequest},
};
use thiserror::Error;

use crate::judge::Judged;

/// What the chain proves, all of it at one finalized block.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whether that block is at or after this keyholder's own nonce, and the nonce young enough.
    pub fresh: bool,
    /// The finalized block's number.
    pub block: BlockNumber,
    /// The network's constants.
    pub network: NetworkRecord,
    /// Whether registrations are frozen; releases are then frozen too.
    pub frozen: bool,
    /// This keyholder as the chain has it, with the facts of its validity.
    pub keyholder: Option<(WorkerRecord, ValidityFacts)>,
    /// The committee in force.
    pub committee: Option<CommitteeRecord>,
    /// The asking worker, with the facts of its validity.
    pub worker: Option<(WorkerRecord, ValidityFacts)>,
    /// Its devices that count, by the chain's verdict alone: their evidence is not shown to keyholders.
    pub devices: ValidDevices,
    /// The oldest of Intel's revocation lists that count under the root of its evidence; all do under another's root.
    pub lists: ListFloors,
    /// The contract.
    pub contract: Option<ContractRecord>,
    /// Its lease.
    pub lease: Option<LeaseRecord>,
    /// The worker's request for this contract's keys.
    pub release: Option<ReleaseRecord>,
}

/// Who decides: this keyholder in this boot.
#[derive(Debug, Clone)]
pub struct Keyholder {
    /// The hash of the first block of the chain that it follows.
    pub genesis: BlockHash,
    /// The network it serves.
    pub network: NetworkId,
    /// Its identity.
    pub id: WorkerId,
    /// Its signing key of this boot.
    pub signing_key: SigningKey,
    /// The commitments that its share belongs to.
    pub group: GroupPublic,
    /// Its number in the committee.
    pub member: u32,
}

/// How much is released; part of the measured configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many key epochs before the one in force are still released.
    pub older_epochs: u32,
    /// Of how many contracts one worker gets keys in one epoch.
    pub contracts_per_worker: u32,
}

/// A release that was decided. Only [`decide`] makes one.
#[derive(Debug)]
pub struct Release {
    binding: ReleaseBinding,
    recipient: EncryptionKey,
    purposes: Vec<Purpose>,
}

/// Why nothing is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The facts are older than this keyholder's nonce allows.
    #[error("this keyholder's view of the chain is not fresh; try again later")]
    NotFresh,
    /// The facts or the request are another network's.
    #[error("the request is for another network")]
    OtherNetwork,
    /// The network froze registrations and releases.
    #[error("registrations and releases are frozen")]
    Frozen,
    /// The chain has no record of this boot of the keyholder as a keyholder.
    #[error("this keyholder is not registered")]
    KeyholderNotRegistered,
    /// The keyholder's own evidence no longer holds.
    #[error("this keyholder's registration does not hold: {0}")]
    KeyholderInvalid(Invalidity),
    /// The chain's committee is not the one that this keyholder's share belongs to.
    #[error("this keyholder is not in the committee in force")]
    NotInCommittee,
    /// A committee of one on a network that does not call itself insecure.
    #[error("a committee of one releases keys only on a network whose name contains \"insecure\"")]
    InsecureCommittee,
    /// The chain does not know the worker, or knows it in another role.
    #[error("the worker is not registered as a worker")]
    WorkerNotRegistered,
    /// The worker's evidence no longer holds by the chain's facts.
    #[error("the worker's registration does not hold: {0}")]
    WorkerInvalid(Invalidity),
    /// The statement is not the one that the worker registered.
    #[error("the statement is not the one that the worker is registered with")]
    StatementDiffers,
    /// What this keyholder judged is not what the chain has: other evidence, root, measurement, kind, machine or provider.
    #[error("the evidence is not what the worker is registered with: another {0}")]
    EvidenceDiffers(&'static str),
    /// The collateral that the worker gave this keyholder is of an older generation than that by which the chain judged.
    #[error("the collateral is of generation {ours}, older than {theirs}, by which the chain judged; give newer")]
    CollateralOlder {
        /// The generation of what this keyholder was given.
        ours: u32,
        /// The generation in the chain's record.
        theirs: u32,
    },
    /// This keyholder judged the evidence to hold for a shorter time than until now.
    #[error("the evidence no longer holds")]
    EvidenceExpired,
    /// The chain does not know the contract.
    #[error("the contract is not deployed")]
    UnknownContract,
    /// The contract's policy does not admit the worker.
    #[error("the contract excludes this worker: {0}")]
    Policy(PolicyRefusal),
    /// The contract has no lease, or another worker holds it.
    #[error("the worker does not hold the contract's lease")]
    NotLeaseHolder,
    /// The lease is over.
    #[error("the contract's lease has ended")]
    LeaseEnded,
    /// The finalized chain has no request of the worker's for the contract's keys.
    #[error("there is no finalized request for these keys")]
    NotRequested,
    /// The finalized request is another one: of another boot, lease, epoch or block.
    #[error("the finalized request is another: its {0} differs")]
    RequestDiffers(&'static str),
    /// The key epoch is not in force yet.
    #[error("the key epoch is not in force yet")]
    EpochAhead,
    /// The key epoch is older than those still released.
    #[error("keys of this epoch are no longer released")]
    EpochTooOld,
    /// The worker got the keys of as many contracts in this epoch as one worker gets.
    #[error("the worker has had its number of releases in this key epoch")]
    CapExceeded,
}

impl Refusal {
    /// A short name for programs; frozen.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFresh => "not-fresh",
            Self::OtherNetwork => "other-network",
            Self::Frozen => "frozen",
            Self::KeyholderNotRegistered => "keyholder-not-registered",
            Self::KeyholderInvalid(_) => "keyholder-invalid",
            Self::NotInCommittee => "not-in-committee",
            Self::InsecureCommittee => "insecure-committee",
            Self::WorkerNotRegistered => "worker-not-registered",
            Self::WorkerInvalid(_) => "worker-invalid",
            Self::StatementDiffers => "statement-differs",
            Self::EvidenceDiffers(_) => "evidence-differs",
            Self::CollateralOlder { .. } => "collateral-older",
            Self::EvidenceExpired => "evidence-expired",
            Self::UnknownContract => "unknown-contract",
            Self::Policy(_) => "policy",
            Self::NotLeaseHolder => "not-lease-holder",
            Self::LeaseEnded => "lease-ended",
            Self::NotRequested => "not-requested",
            Self::RequestDiffers(_) => "request-differs",
            Self::EpochAhead => "epoch-ahead",
            Self::EpochTooOld => "epoch-too-old",
            Self::CapExceeded => "cap-exceeded",
        }
    }

    /// Whether the same request may be answered a little later, without anybody doing anything.
    pub fn passing(&self) -> bool {
        matches!(
            self,
            Self::NotFresh
                | Self::NotRequested
                | Self::WorkerNotRegistered
                | Self::NotLeaseHolder
                | Self::RequestDiffers(_)
        )
    }
}

/// Decides on `request`. Every check must pass; the first that does not is the answer.
pub fn decide(
    keyholder: &Keyholder,
    facts: &Facts,
    judged: &Judged,
    request: &ReleaseRequest,
    limits: &Limits,
) -> Result<Release, Refusal> {
    check_moment(keyholder, facts, request)?;
    check_keyholder(keyholder, facts)?;
    let epoch = check_committee(keyholder, facts)?;
    let worker = check_worker(keyholder, facts, judged, request)?;
    let lease = check_contract(facts, worker, request)?;
    let asked = check_request(facts, worker, lease, request)?;
    check_epoch(epoch, request.epoch, limits)?;
    // The chain counts, so that a restart of this keyholder forgets nothing.
    if asked.ordinal > limits.contracts_per_worker {
        return Err(Refusal::CapExceeded);
    }
    Ok(Release {
        binding: request.binding(keyholder.id),
        recipient: worker.encryption_key,
        purposes: request.purposes.clone(),
    })
}

fn check_moment(keyholder: &Keyholder, facts: &Facts, request: &ReleaseRequest) -> Result<(), Refusal> {
    if !facts.fresh {
        return Err(Refusal::NotFresh);
    }
    if facts.network.id != keyholder.network || request.statement.network != keyholder.network {
        return Err(Refusal::OtherNetwork);
    }
    if facts.frozen { Err(Refusal::Frozen) } else { Ok(()) }
}

fn check_keyholder(keyholder: &Keyholder, facts: &Facts) -> Result<(), Refusal> {
    let (record, validity) = facts.keyholder.as_ref().ok_or(Refusal::KeyholderNotRegistered)?;
    if record.role != Role::Keyholder || record.signing_key != keyholder.signing_key {
        return Err(Refusal::KeyholderNotRegistered);
    }
    record.valid(validity).map_err(Refusal::KeyholderInvalid)
}

/// The key epoch in force, if this keyholder's share belongs to the committee in force.
fn check_committee(keyholder: &Keyholder, facts: &Facts) -> Result<KeyEpoch, Refusal> {
    let committee = facts.committee.as_ref().ok_or(Refusal::NotInCommittee)?;
    let seat = committee.keyholders.get(keyholder.member as usize);
    let same_key =
        committee.group.as_slice() == keyholder.group.to_bytes() && committee.threshold == keyholder.group.threshold();
    if seat != Some(&keyholder.id) || !same_key {
        return Err(Refusal::NotInCommittee);
    }
    if keyholder.group.is_insecure_single() && !name_admits_weakness(&facts.network) {
        return Err(Refusal::InsecureCommittee);
    }
    Ok(committee.epoch)
}

/// Whether the network says in its name that it protects nothing.
pub fn name_admits_weakness(network: &NetworkRecord) -> bool {
    network.name.windows(b"insecure".len()).any(|window| window == b"insecure")
}

fn check_worker<'a>(
    keyholder: &Keyholder,
    facts: &'a Facts,
    judged: &Judged,
    request: &ReleaseRequest,
) -> Result<&'a WorkerRecord, Refusal> {
    let (worker, validity) = facts.worker.as_ref().ok_or(Refusal::WorkerNotRegistered)?;
    if worker.role != Role::Worker || request.statement.role != Role::Worker {
        return Err(Refusal::WorkerNotRegistered);
    }
    worker.valid(validity).map_err(Refusal::WorkerInvalid)?;
    let statement = &request.statement;
    let same_keys = worker.signing_key == statement.signing_key && worker.encryption_key == statement.encryption_key;
    if !same_keys
        || worker.operator != statement.operator
        || worker.statement != statement.digest()
        || judged.statement() != statement.digest()
    {
        return Err(Refusal::StatementDiffers);
    }
    // The profile that the chain accepts, with this network and chain, is what the evidence vouches for.
    if statement.config != configuration::digest(&keyholder.network, &keyholder.genesis, &worker.verdict.profile) {
        return Err(Refusal::EvidenceDiffers("configuration"));
    }
    check_evidence(worker, validity, judged)?;
    Ok(worker)
}

/// The keyholder's own judgement against the chain's record of the chain's.
fn check_evidence(worker: &WorkerRecord, validity: &ValidityFacts, judged: &Judged) -> Result<(), Refusal> {
    let ours = judged.facts();
    require_same(ours, &worker.verdict).map_err(|difference| match difference {
        Difference::Fact(fact) => Refusal::EvidenceDiffers(fact),
        Difference::CollateralOlder { shown, judged } => Refusal::CollateralOlder { ours: shown, theirs: judged },
    })?;
    if validity.now >= ours.valid_until { Err(Refusal::EvidenceExpired) } else { Ok(()) }
}

fn check_contract<'a>(
    facts: &'a Facts,
    worker: &WorkerRecord,
    request: &ReleaseRequest,
) -> Result<&'a LeaseRecord, Refusal> {
    let contract = facts.contract.as_ref().ok_or(Refusal::UnknownContract)?;
    contract.policy.accepts(worker, &facts.devices).map_err(Refusal::Policy)?;
    let lease = facts.lease.as_ref().ok_or(Refusal::NotLeaseHolder)?;
    if lease.holder != request.statement.worker {
        return Err(Refusal::NotLeaseHolder);
    }
    if lease.alive(worker, facts.block) { Ok(lease) } else { Err(Refusal::LeaseEnded) }
}

fn check_request<'a>(
    facts: &'a Facts,
    worker: &WorkerRecord,
    lease: &LeaseRecord,
    request: &ReleaseRequest,
) -> Result<&'a ReleaseRecord, Refusal> {
    let asked = facts.release.as_ref().ok_or(Refusal::NotRequested)?;
    let same = [
        ("boot", asked.boot == worker.boot),
        ("lease", asked.lease == lease.number),
        ("epoch", asked.epoch == request.epoch),
        ("block", asked.requested_at == request.requested_at),
    ];
    match same.iter().find(|(_, same)| !same) {
        Some((name, _)) => Err(Refusal::RequestDiffers(name)),
        None => Ok(asked),
    }
}

fn check_epoch(in_force: KeyEpoch, asked: KeyEpoch, limits: &Limits) -> Result<(), Refusal> {
    if asked > in_force {
        return Err(Refusal::EpochAhead);
    }
    if in_force - asked > limits.older_epochs { Err(Refusal::EpochTooOld) } else { Ok(()) }
}

impl Release {
    /// The worker's statement of the boot that gets it.
    pub fn statement(&self) -> Digest {
        self.binding.statement
    }

    /// Evaluates `share` on each label, composed from the decided facts, and seals the answers to the worker.
    pub fn answer(&self, share: &Share) -> Result<Vec<u8>, ThresholdError> {
        let partials: Vec<_> =
            self.purposes.iter().map(|purpose| (*purpose, share.evaluate(&self.binding.label(*purpose)))).collect();
        self.binding.seal(&self.recipient, &partials)
    }
}

#[cfg(test)]
pub(crate) mod tests;
