//! The chain's storage keys that measured programs read. Frozen: a pallet or item is never renamed, a layout
//! never changes in place; a runtime test compares each key with the runtime's own. Those that only people's tools read
//! say so: behind them stands what the chain's own verifier keeps, and its layout may change with the runtime.
//!
//! A key is `twox128(pallet) ‖ twox128(item)` and, for a map, `blake2_128(key) ‖ key` behind it.

use alloc::vec::Vec;
use codec::Encode;
use sp_crypto_hashing::{blake2_128, twox_128};

use crate::{
    beacon,
    challenge::Round,
    cpu::CpuModel,
    device::DeviceId,
    ids::{AccountId, CodeHash, ContractId, Digest, SigningKey, WorkerId},
    record::{CollateralRef, EvidenceKind, MachineId, Party, Provider},
};

fn value(pallet: &str, item: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    key.extend_from_slice(&twox_128(pallet.as_bytes()));
    key.extend_from_slice(&twox_128(item.as_bytes()));
    key
}

fn entry(pallet: &str, item: &str, map_key: &impl Encode) -> Vec<u8> {
    let mut key = value(pallet, item);
    map_key.using_encoded(|encoded| {
        key.extend_from_slice(&blake2_128(encoded));
        key.extend_from_slice(encoded);
    });
    key
}

/// The key of a single value of any pallet's, for people's tools.
pub fn single(pallet: &str, item: &str) -> Vec<u8> {
    value(pallet, item)
}

/// An account's nonce and balances: polkadot-sdk's `AccountInfo`.
pub fn account(account: &AccountId) -> Vec<u8> {
    entry("System", "Account", account)
}

/// Events of a block: `Vec<EventRecord>`.
pub fn events() -> Vec<u8> {
    value("System", "Events")
}

/// The chain's time: `u64`, Unix milliseconds.
pub fn timestamp() -> Vec<u8> {
    value("Timestamp", "Now")
}

/// GRANDPA's authorities: `Vec<([u8; 32], u64)>`.
pub fn grandpa_authorities() -> Vec<u8> {
    value("Grandpa", "Authorities")
}

/// GRANDPA's authority set number: `u64`.
pub fn grandpa_set_id() -> Vec<u8> {
    value("Grandpa", "CurrentSetId")
}

/// [`crate::record::NetworkRecord`].
pub fn network() -> Vec<u8> {
    value("Attestation", "Network")
}

/// [`crate::scheduled::Scheduled`] [`crate::record::RootRecord`] by kind and the root's identity.
pub fn roots(kind: EvidenceKind, root: &Digest) -> Vec<u8> {
    entry("Attestation", "Roots", &(kind, root))
}

/// The prefix of all roots' keys; the last 33 bytes of each are kind and identity.
pub fn roots_prefix() -> Vec<u8> {
    value("Attestation", "Roots")
}

/// A root as the verifier needs it, by kind and the root's identity. For people's tools.
pub fn root_keys(kind: EvidenceKind, root: &Digest) -> Vec<u8> {
    entry("Attestation", "RootKeys", &(kind, root))
}

/// [`crate::scheduled::Scheduled`] policy for the platforms of a kind. For people's tools.
pub fn policies(kind: EvidenceKind) -> Vec<u8> {
    entry("Attestation", "Policies", &kind)
}

/// Intel's collateral as the verifier keeps it, by what it is for and the hash of its authority. For people's tools.
pub fn collateral(reference: &CollateralRef, authority: &[u8; 32]) -> Vec<u8> {
    entry("Attestation", "Collateral", &(reference, authority))
}

/// The prefix of all collateral's keys; the last 71 bytes of each are what it is for and the hash of its authority. For
/// people's tools.
pub fn collateral_prefix() -> Vec<u8> {
    value("Attestation", "Collateral")
}

/// AMD's revocation list by the root's identity: the list (DER, `Vec<u8>`), when it was issued and the last second at
/// which it is valid (`u64`, Unix seconds). For people's tools.
pub fn revocation_lists(root: &Digest) -> Vec<u8> {
    entry("Attestation", "RevocationLists", root)
}

/// [`crate::scheduled::Scheduled`] [`crate::record::MeasurementRecord`] by the measurement's identity.
pub fn measurements(measurement: &Digest) -> Vec<u8> {
    entry("Attestation", "Measurements", measurement)
}

/// The lowest accepted generation of collateral under a root, by kind and the root's identity: `u32`; absent means
/// zero.
pub fn evaluation_floors(kind: EvidenceKind, root: &Digest) -> Vec<u8> {
    entry("Attestation", "EvaluationFloors", &(kind, root))
}

/// The moment at which, and before which, verdicts under a root were judged that no longer count, by kind and the
/// root's identity: `u64`, Unix seconds; absent means zero.
pub fn judged_since(kind: EvidenceKind, root: &Digest) -> Vec<u8> {
    entry("Attestation", "JudgedSince", &(kind, root))
}

/// The oldest revocation lists of Intel's that count under a root, by the root's identity: when each was issued (`u64`,
/// Unix seconds), of the root, and of each authority for platforms whose lists have revoked anything, with the hash of its
/// key before it; absent means that every list counts.
pub fn revocation_floors(root: &Digest) -> Vec<u8> {
    entry("Attestation", "RevocationFloors", root)
}

/// [`crate::scheduled::Scheduled`] `bool`: whether the party may have workers on machines that nobody identifies;
/// absent means no.
pub fn allowed(party: &Party) -> Vec<u8> {
    entry("Attestation", "Allowed", party)
}

/// [`crate::scheduled::Scheduled`] `bool`: whether the machine is denied; absent means no.
pub fn denied_machines(machine: &MachineId) -> Vec<u8> {
    entry("Attestation", "DeniedMachines", machine)
}

/// [`crate::scheduled::Scheduled`] `bool`: whether the cloud provider is denied; absent means no.
pub fn denied_providers(provider: &Provider) -> Vec<u8> {
    entry("Attestation", "DeniedProviders", provider)
}

/// [`crate::scheduled::Scheduled`] `bool`: whether the operator is denied; absent means no.
pub fn denied_operators(operator: &AccountId) -> Vec<u8> {
    entry("Attestation", "DeniedOperators", operator)
}

/// [`crate::scheduled::Scheduled`] `bool`: whether registrations are frozen; absent means no.
pub fn frozen() -> Vec<u8> {
    value("Attestation", "Frozen")
}

/// [`crate::record::WorkerRecord`].
pub fn workers(worker: &WorkerId) -> Vec<u8> {
    entry("Workers", "Workers", worker)
}

/// The prefix of all workers' keys; the worker's id is the last 32 bytes of each.
pub fn workers_prefix() -> Vec<u8> {
    value("Workers", "Workers")
}

/// [`WorkerId`] by the signing key of its present boot.
pub fn worker_of(key: &SigningKey) -> Vec<u8> {
    entry("Workers", "WorkerOf", key)
}

/// [`crate::scheduled::Scheduled`] [`crate::device::DeviceRoot`] by the identity of the root of devices.
pub fn device_roots(root: &Digest) -> Vec<u8> {
    entry("Devices", "Roots", root)
}

/// The moment at which, and before which, verdicts about devices under a root were judged that no longer count: `u64`,
/// Unix seconds; absent means zero.
pub fn devices_judged_since(root: &Digest) -> Vec<u8> {
    entry("Devices", "JudgedSince", root)
}

/// [`crate::scheduled::Scheduled`] `bool`: whether the device is denied; absent means no.
pub fn denied_devices(device: &DeviceId) -> Vec<u8> {
    entry("Devices", "Denied", device)
}

/// A reference manifest as the verifier keeps it (`Vec<u8>`), by the identity of the root of devices and its own. For
/// people's tools.
pub fn device_manifests(root: &Digest, manifest: &Digest) -> Vec<u8> {
    entry("Devices", "Manifests", &(root, manifest))
}

/// Present (`u32`) when the chain remembers the signature ([`crate::device::checked_signature`]). For people's tools.
pub fn checked_signatures(signature: &Digest) -> Vec<u8> {
    entry("Devices", "Signatures", signature)
}

/// [`crate::device::WorkerDevices`] by the worker.
pub fn devices(worker: &WorkerId) -> Vec<u8> {
    entry("Devices", "Shown", worker)
}

/// [`crate::record::CodeRecord`].
pub fn codes(code: &CodeHash) -> Vec<u8> {
    entry("Contracts", "Codes", code)
}

/// [`crate::record::ContractRecord`].
pub fn contracts(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Contracts", contract)
}

/// The prefix of all contracts' keys; the contract's id is the last 32 bytes of each.
pub fn contracts_prefix() -> Vec<u8> {
    value("Contracts", "Contracts")
}

/// [`crate::record::RetiredRecord`]. Workers read it for what lies on their disks; for all else there is no contract, and
/// no lease.
pub fn retired(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Retired", contract)
}

/// [`crate::record::LeaseRecord`].
pub fn leases(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Leases", contract)
}

/// Present (`()`) when nobody holds the contract: it was never leased, or its lease was given back.
pub fn vacant(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Vacant", contract)
}

/// The prefix of all vacant contracts' keys; the contract's id is the last 32 bytes of each.
pub fn vacant_prefix() -> Vec<u8> {
    value("Contracts", "Vacant")
}

/// Present (`()`) when the contract's last lease is the worker's and was not given back.
pub fn held(worker: &WorkerId, contract: &ContractId) -> Vec<u8> {
    let mut key = held_prefix(worker);
    key.extend_from_slice(&blake2_128(&contract.0));
    key.extend_from_slice(&contract.0);
    key
}

/// The prefix of the keys of what a worker holds; the contract's id is the last 32 bytes of each.
pub fn held_prefix(worker: &WorkerId) -> Vec<u8> {
    entry("Contracts", "Held", worker)
}

/// [`crate::record::HeadRecord`].
pub fn heads(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Heads", contract)
}

/// The number of a contract's last report: `u64`; absent means zero.
pub fn reports(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Reports", contract)
}

/// [`crate::anchor::ReceiptAnchors`]: what the chain keeps of the receipts that a worker anchored.
pub fn receipt_anchors(worker: &WorkerId) -> Vec<u8> {
    entry("Contracts", "ReceiptAnchors", worker)
}

/// [`crate::record::CommitteeRecord`].
pub fn committee() -> Vec<u8> {
    value("Keys", "Committee")
}

/// [`crate::record::ReleaseRecord`] by contract and worker.
pub fn releases(contract: &ContractId, worker: &WorkerId) -> Vec<u8> {
    let mut key = entry("Keys", "Releases", contract);
    key.extend_from_slice(&blake2_128(&worker.0));
    key.extend_from_slice(&worker.0);
    key
}

/// [`crate::beacon::Commitments`] of the beacon's key; absent means that there is none.
pub fn beacon_key() -> Vec<u8> {
    value("Beacon", "Key")
}

/// [`crate::beacon::RoundSchedule`].
pub fn beacon_schedule() -> Vec<u8> {
    value("Beacon", "Schedule")
}

/// The number of the newest round: `u64`; absent means that none has come.
pub fn beacon_latest() -> Vec<u8> {
    value("Beacon", "Latest")
}

/// [`crate::beacon::BeaconRound`] of this number, or an other one that has its place: the record says which it is.
pub fn beacon_rounds(number: u64) -> Vec<u8> {
    entry("Beacon", "Rounds", &beacon::slot(number))
}

/// [`crate::dispute::OpenDisputes`]: which disputes are open; absent means none.
pub fn open_disputes() -> Vec<u8> {
    value("Disputes", "Open")
}

/// [`crate::dispute::Dispute`] by its number, while it is open.
pub fn disputes(dispute: u64) -> Vec<u8> {
    entry("Disputes", "Disputes", &dispute)
}

/// [`crate::dispute::ManifestBytes`] of a dispute, while it is open.
pub fn dispute_manifests(dispute: u64) -> Vec<u8> {
    entry("Disputes", "Manifests", &dispute)
}

/// [`crate::dispute::Ballots`] by dispute and number of the draw, while it is open; absent means none.
pub fn ballots(dispute: u64, draw: u8) -> Vec<u8> {
    entry("Disputes", "Ballots", &(dispute, draw))
}

/// [`crate::message::Queue`] of a contract; absent means that no message was sent.
pub fn message_queues(contract: &ContractId) -> Vec<u8> {
    entry("Messages", "Queues", contract)
}

/// [`crate::message::Message`] by contract and number, while it waits.
pub fn messages(contract: &ContractId, number: u64) -> Vec<u8> {
    entry("Messages", "Waiting", &(contract, number))
}

/// [`crate::usage::Parameters`]; absent means the default ones.
pub fn gas_parameters() -> Vec<u8> {
    value("Usage", "Settings")
}

/// [`crate::usage::GasAccount`] of a contract; absent means that nothing is there, and no terms are.
pub fn gas_accounts(contract: &ContractId) -> Vec<u8> {
    entry("Usage", "Accounts", contract)
}

/// [`crate::usage::Noticed`] price that a worker asks for a unit: `u128`, in units of 10^-12 PHA; absent means zero.
pub fn gas_asks(worker: &WorkerId) -> Vec<u8> {
    entry("Usage", "Asks", worker)
}

/// [`crate::voucher::Purse`] of a funder; absent means that there is nothing in it, and no voucher was redeemed. For people's
/// tools.
pub fn gas_purses(funder: &AccountId) -> Vec<u8> {
    entry("Usage", "Purses", funder)
}

/// [`crate::usage::Claimed`] of a worker; absent means that it has claimed nothing. For people's tools.
pub fn gas_claimed(worker: &WorkerId) -> Vec<u8> {
    entry("Usage", "Claimed", worker)
}

/// The number of the beacon's newest round: `u64`; absent means that none has come.
pub fn latest_round() -> Vec<u8> {
    value("Rewards", "Latest")
}

/// [`crate::challenge::Round`] of this number, or a later one that has taken its place: the record says which it is.
pub fn round(number: u64) -> Vec<u8> {
    entry("Rewards", "Rounds", &Round::slot(number))
}

/// [`crate::challenge::Machine`], by what stands for it ([`crate::challenge::machine`]).
pub fn machine(machine: &Digest) -> Vec<u8> {
    entry("Rewards", "Machines", machine)
}

/// [`crate::challenge::Capacity`] of a worker; absent means that it was never measured.
pub fn capacity(worker: &WorkerId) -> Vec<u8> {
    entry("Rewards", "Capacities", worker)
}

/// [`crate::rewards::Session`] of a worker; absent means that it does not run.
pub fn session(worker: &WorkerId) -> Vec<u8> {
    entry("Rewards", "Sessions", worker)
}

/// The prefix of all sessions' keys; the worker's id is the last 32 bytes of each.
pub fn sessions_prefix() -> Vec<u8> {
    value("Rewards", "Sessions")
}

/// [`crate::rewards::Parameters`]. For people's tools.
pub fn rewards_parameters() -> Vec<u8> {
    value("Rewards", "Parameters")
}

/// [`crate::rewards::Totals`]. For people's tools.
pub fn rewards_totals() -> Vec<u8> {
    value("Rewards", "Totals")
}

/// [`crate::rewards::Away`] of a worker: its last absence; absent means that none was recorded. For people's tools.
pub fn absence(worker: &WorkerId) -> Vec<u8> {
    entry("Rewards", "Absences", worker)
}

/// The most capacity that counts of one machine, by the kind of its workers' evidence: `u64`; absent means none. For
/// people's tools.
pub fn capacity_cap(kind: EvidenceKind) -> Vec<u8> {
    entry("Rewards", "CapacityCaps", &kind)
}

/// The most capacity that counts of one machine with this model of processor: `u64`; absent means that it goes by the
/// kind of its workers' evidence, see [`capacity_cap`]. For people's tools.
pub fn model_cap(model: &CpuModel) -> Vec<u8> {
    entry("Rewards", "ModelCaps", model)
}

/// The prefix of the keys of [`model_cap`]; the last bytes of each, behind the first 48, are the model's encoding.
pub fn model_caps_prefix() -> Vec<u8> {
    value("Rewards", "ModelCaps")
}

/// How many models of processors have a cap of their own: `u32`; absent means none. For people's tools.
pub fn model_cap_count() -> Vec<u8> {
    value("Rewards", "CounterForModelCaps")
}

/// The [`CpuModel`] of the machine of a worker or keyholder; absent means that its evidence named none. For people's
/// tools.
pub fn cpu_model(worker: &WorkerId) -> Vec<u8> {
    entry("Workers", "CpuModels", worker)
}

/// How many workers have evidence of a kind, by the tier of their platforms: `Vec<u32>`; absent means none. For people's
/// tools.
pub fn census(kind: EvidenceKind) -> Vec<u8> {
    entry("Workers", "Census", &kind)
}

/// How many contracts are deployed: `u32`; absent means none. For people's tools.
pub fn contract_count() -> Vec<u8> {
    value("Contracts", "CounterForContracts")
}

/// In which block a contract was halted: `u32`; absent while it is not. Two histories of its state were shown, and its
/// owner has not resumed it. For people's tools.
pub fn halted(contract: &ContractId) -> Vec<u8> {
    entry("Contracts", "Halted", contract)
}

/// How many contracts are halted: `u32`; absent means none. For people's tools.
pub fn halted_count() -> Vec<u8> {
    value("Contracts", "CounterForHalted")
}

/// How many contracts are vacant: `u32`; absent means none. For people's tools.
pub fn vacant_count() -> Vec<u8> {
    value("Contracts", "CounterForVacant")
}

/// [`crate::figures::PoolTotals`]; absent means none. For people's tools.
pub fn pool_totals() -> Vec<u8> {
    value("Pools", "PoolTotals")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_entry_ends_with_its_key_and_begins_with_its_prefix() {
        let key = workers(&WorkerId([7; 32]));
        assert!(key.starts_with(&workers_prefix()) && key.ends_with(&[7; 32]));
        assert_eq!(key.len(), 32 + 16 + 32);
    }

    #[test]
    fn the_timestamp_key_is_the_well_known_one() {
        assert_eq!(hex::encode(timestamp()), "f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb");
    }
}
