//! What Adyton's pallets ask of each other; the runtime wires who answers.
//!
//! `attestation` answers [`Attestation`] and [`Admission`], `workers` answers [`Workers`], [`CpuModels`] and
//! [`BootKeys`], `devices` answers [`Devices`], `contracts` answers [`Deployments`], [`Leases`], [`Anchors`] and
//! [`Histories`], `keys` answers [`Keyholders`]; each may only ask those before it. Answers are facts of the present
//! state. Of these, nothing changes anything but [`Retirement`], by which `contracts` tells `messages`, `usage` and
//! `keys` what has ended and asks `disputes` whether it may, [`Admission::deny`] and [`Histories::halt`], by which
//! `slashing` ends trust in what was shown to be wrong. The traits of the economy stand apart.
#![cfg_attr(not(feature = "std"), no_std)]

use adyton_protocol::{
    cpu::CpuModel,
    device::ValidDevices,
    ids::{AccountId, BlockNumber, ContractId, NetworkId, WorkerId},
    manifest::Limits,
    record::{CommitteeRecord, LeaseRecord, MachineId, ValidityFacts, VerdictFacts, WorkerRecord},
    statement::AttestedStatement,
};
use polkadot_sdk::sp_runtime::{DispatchError, Weight};

pub use adyton_protocol::record::CollateralRef;
pub use economy::{
    Absence, Assignment, Beacon, Charging, Holder, OnRound, PoolId, Pools, Presence, Running, Slashed, Tier, Verdict,
};
pub use offences::{Admission, BootKey, BootKeys, Histories, Vouched};

mod economy;
#[cfg(feature = "std")]
pub mod fixture;
mod offences;

/// Judges evidence, and knows what the network accepts.
pub trait Attestation {
    /// The network's identity; `None` on a chain whose genesis named none, where nothing may be registered.
    fn network() -> Option<NetworkId>;

    /// For how many blocks a heartbeat keeps leases alive, and how many more pass before a successor starts.
    fn lease_times() -> LeaseTimes;

    /// Whether registrations are frozen now.
    fn is_frozen() -> bool;

    /// How many seconds pass before what is added to what the network accepts holds.
    fn change_delay() -> u64;

    /// Judges `evidence` for `statement` by the collateral, roots, measurements and policy of the present
    /// state, and refuses while registrations are frozen. The verdict is about this statement and no other.
    ///
    /// # Errors
    /// The first check that does not pass.
    fn judge(
        evidence: &[u8],
        collateral: &CollateralRef,
        statement: &AttestedStatement,
    ) -> Result<Judged, DispatchError>;

    /// What decides now whether the evidence behind `worker` still holds.
    fn facts(worker: &WorkerRecord) -> ValidityFacts;

    /// How many workers may be registered on `machine`.
    fn capacity(machine: &MachineId) -> u32;
}

/// What evidence was found to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What a record keeps of the verdict.
    pub verdict: VerdictFacts,
    /// The model of the machine's processor; none where the evidence names none.
    pub cpu: Option<CpuModel>,
}

/// The network's lengths of time, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// For how many blocks a heartbeat keeps a worker's leases alive.
    pub lease: BlockNumber,
    /// How many blocks pass between the end of one lease and the start of the next.
    pub staleness: BlockNumber,
}

/// Knows the registered workers.
pub trait Workers {
    /// The worker whose signing key of the present boot is `account`, if its evidence holds now.
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)>;

    /// A worker's record, whether its evidence holds or not.
    fn worker(worker: &WorkerId) -> Option<WorkerRecord>;
}

/// Knows the processors of registered workers' machines.
pub trait CpuModels {
    /// The model of the processor of `worker`'s machine, as its newest evidence names it; none where that names none.
    fn cpu_model(worker: &WorkerId) -> Option<CpuModel>;
}

/// Knows which devices workers have shown.
pub trait Devices {
    /// The most storage reads that [`Devices::valid_devices`] takes.
    const READS: u64;

    /// The devices of `worker`, whose present record is `record`, that count now.
    fn valid_devices(worker: &WorkerId, record: &WorkerRecord) -> ValidDevices;

    /// Whether `worker` has shown any, which may count no longer. If not, all that takes one read.
    fn has_shown(worker: &WorkerId) -> bool;
}

/// Knows what is deployed.
pub trait Deployments {
    /// Whether the manifest of `contract` takes messages on the chain; none where there is no such contract.
    fn takes_messages(contract: &ContractId) -> Option<bool>;

    /// Who owns `contract`; none where there is no such contract.
    fn owner(contract: &ContractId) -> Option<AccountId>;

    /// What one call of `contract` may use, by its manifest; none where there is no such contract.
    fn limits(contract: &ContractId) -> Option<Limits>;
}

/// Knows what workers have anchored.
pub trait Anchors {
    /// How often `worker` has anchored receipts, over all its boots.
    fn anchors(worker: &WorkerId) -> u32;
}

/// Knows who holds which contract.
pub trait Leases {
    /// How many storage reads more [`Leases::living_lease`] takes where a contract asks for devices.
    const DEVICE_READS: u64;

    /// The lease of `contract` if it is alive now.
    fn living_lease(contract: &ContractId) -> Option<LeaseRecord>;
}

/// Knows who holds shares of the network's keys. `keys` answers.
pub trait Keyholders {
    /// The committee that was published; none before.
    fn committee() -> Option<CommitteeRecord>;
}

/// Has what ends with a contract.
pub trait Retirement {
    /// The most that [`Retirement::retired`] takes.
    fn most() -> Weight;

    /// `owner` has ended their `contract`: what there is of it here goes. Gives what that took.
    ///
    /// # Errors
    /// Where something cannot be given back, or not yet; then the contract has not ended.
    fn retired(contract: &ContractId, owner: &AccountId) -> Result<Weight, DispatchError>;
}

/// Both, in this order.
impl<A: Retirement, B: Retirement> Retirement for (A, B) {
    fn most() -> Weight {
        A::most().saturating_add(B::most())
    }

    fn retired(contract: &ContractId, owner: &AccountId) -> Result<Weight, DispatchError> {
        let first = A::retired(contract, owner)?;
        Ok(first.saturating_add(B::retired(contract, owner)?))
    }
}
