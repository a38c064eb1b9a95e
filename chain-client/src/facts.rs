//! The chain's records, read from proven values.
//!
//! A reader says beforehand which keys it wants (`adyton_protocol::storage` builds them, [`validity_keys`]
//! those that decide about a worker), has them proven at one block, and reads them here. A record laid out
//! in another way than this version knows is refused, and so is one that was not asked for.

use adyton_protocol::{
    anchor::ReceiptAnchors,
    beacon::{BeaconRound, Commitments, RoundSchedule},
    device::{DeviceFacts, DeviceId, DeviceRoot, ValidDevices, WorkerDevices},
    ids::{AccountId, BlockNumber, BlockRef, CodeHash, ContractId, Digest, SigningKey, WorkerId},
    record::{
        CodeRecord, CommitteeRecord, ContractRecord, EvidenceKind, HeadRecord, LeaseRecord, MachineId,
        MeasurementRecord, NetworkRecord, Party, ReleaseRecord, RetiredRecord, RootRecord, ValidityFacts, WorkerRecord,
    },
    scheduled::Scheduled,
    storage,
    usage::{GasAccount, Noticed, Parameters},
    voucher::Purse,
};
use codec::{Compact, Decode, DecodeAll};

use crate::verifier::{ProvenValues, Refusal};

/// Typed reads of values proven at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts(ProvenValues);

/// An account: how many extrinsics it has sent, and its balances in units of 10^-12 PHA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// The next extrinsic's nonce.
    pub nonce: u32,
    /// What it may spend, as far as it is not frozen.
    pub free: u128,
    /// What is held for deposits and the like.
    pub reserved: u128,
    /// What of `free` must not leave.
    pub frozen: u128,
}

/// Which code the chain runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeCode {
    /// Its name.
    pub name: String,
    /// Its specification version.
    pub specification: u32,
}

impl From<ProvenValues> for Facts {
    fn from(values: ProvenValues) -> Self {
        Self(values)
    }
}

impl Facts {
    /// The block after which these facts hold.
    pub fn block(&self) -> BlockRef {
        self.0.block()
    }

    /// The values behind them.
    pub fn values(&self) -> &ProvenValues {
        &self.0
    }

    /// These facts and `more` of the same block.
    pub fn and(self, more: ProvenValues) -> Result<Self, Refusal> {
        self.0.and(more).map(Self)
    }

    /// The chain's time, Unix milliseconds ([`storage::timestamp`]).
    pub fn time_ms(&self) -> Result<u64, Refusal> {
        self.item(&storage::timestamp(), "the time")?.ok_or(Refusal::UnreadableValue("the time"))
    }

    /// The network's constants ([`storage::network`]).
    pub fn network(&self) -> Result<Option<NetworkRecord>, Refusal> {
        self.item(&storage::network(), "the network")
    }

    /// A worker or keyholder ([`storage::workers`]).
    pub fn worker(&self, worker: &WorkerId) -> Result<Option<WorkerRecord>, Refusal> {
        self.item(&storage::workers(worker), "a worker")
    }

    /// The devices that a worker has shown; none before the first ([`storage::devices`]).
    pub fn devices(&self, worker: &WorkerId) -> Result<Option<WorkerDevices>, Refusal> {
        self.item(&storage::devices(worker), "a worker's devices")
    }

    /// What decides whether `device` counts at this block ([`device_keys`]).
    pub fn device_facts(&self, device: &DeviceId) -> Result<DeviceFacts, Refusal> {
        let now = self.time_ms()? / 1000;
        let root: Option<Scheduled<DeviceRoot>> =
            self.item(&storage::device_roots(&device.root), "a root of devices")?;
        let judged_since = self.item(&storage::devices_judged_since(&device.root), "the end of verdicts")?;
        Ok(DeviceFacts {
            now,
            root: root.and_then(|root| root.into_at(now)),
            judged_since: judged_since.unwrap_or(0),
            denied: self.is_on(&storage::denied_devices(device), "a denied device")?,
        })
    }

    /// The devices of `worker` that count at this block ([`storage::devices`] and, behind it, [`shown_device_keys`]). Those
    /// under a root that stands for no hardware count only where there may be such ones (`development`).
    pub fn valid_devices(
        &self,
        id: &WorkerId,
        worker: &WorkerRecord,
        development: bool,
    ) -> Result<ValidDevices, Refusal> {
        let Some(shown) = self.devices(id)? else { return Ok(ValidDevices::default()) };
        shown.counting(worker, |device| {
            let facts = self.device_facts(device)?;
            let root = facts.root.filter(|root| development || !root.development);
            Ok(DeviceFacts { root, ..facts })
        })
    }

    /// Who signs with this key in its present boot ([`storage::worker_of`]).
    pub fn worker_of(&self, key: &SigningKey) -> Result<Option<WorkerId>, Refusal> {
        self.item(&storage::worker_of(key), "a worker's key")
    }

    /// A code's announcement ([`storage::codes`]).
    pub fn code(&self, code: &CodeHash) -> Result<Option<CodeRecord>, Refusal> {
        self.item(&storage::codes(code), "a code")
    }

    /// A contract ([`storage::contracts`]).
    pub fn contract(&self, contract: &ContractId) -> Result<Option<ContractRecord>, Refusal> {
        self.item(&storage::contracts(contract), "a contract")
    }

    /// What is left of a contract that its owner ended ([`storage::retired`]).
    pub fn retired(&self, contract: &ContractId) -> Result<Option<RetiredRecord>, Refusal> {
        self.item(&storage::retired(contract), "a retired contract")
    }

    /// Whether a contract is halted, because two histories of its state were shown ([`storage::halted`]).
    pub fn is_halted(&self, contract: &ContractId) -> Result<bool, Refusal> {
        Ok(self.item::<u32>(&storage::halted(contract), "a halted contract")?.is_some())
    }

    /// A contract's lease, dead or alive ([`storage::leases`]).
    pub fn lease(&self, contract: &ContractId) -> Result<Option<LeaseRecord>, Refusal> {
        self.item(&storage::leases(contract), "a lease")
    }

    /// A contract's newest head ([`storage::heads`]).
    pub fn head(&self, contract: &ContractId) -> Result<Option<HeadRecord>, Refusal> {
        self.item(&storage::heads(contract), "a contract's head")
    }

    /// The number of a contract's last report; zero before the first ([`storage::reports`]).
    pub fn last_report(&self, contract: &ContractId) -> Result<u64, Refusal> {
        Ok(self.item(&storage::reports(contract), "a report's number")?.unwrap_or(0))
    }

    /// The receipts that a worker anchored; none before the first anchor ([`storage::receipt_anchors`]).
    pub fn receipt_anchors(&self, worker: &WorkerId) -> Result<ReceiptAnchors, Refusal> {
        Ok(self.item(&storage::receipt_anchors(worker), "a worker's anchors")?.unwrap_or_default())
    }

    /// What the network says about gas ([`storage::gas_parameters`]).
    pub fn gas_parameters(&self) -> Result<Parameters, Refusal> {
        Ok(self.item(&storage::gas_parameters(), "the parameters of gas")?.unwrap_or_default())
    }

    /// A contract's gas account; none: nothing is there, and no terms are ([`storage::gas_accounts`]).
    pub fn gas_account(&self, contract: &ContractId) -> Result<Option<GasAccount>, Refusal> {
        self.item(&storage::gas_accounts(contract), "a gas account")
    }

    /// What a funder's vouchers are paid from ([`storage::gas_purses`]).
    pub fn gas_purse(&self, funder: &AccountId) -> Result<Purse, Refusal> {
        Ok(self.item(&storage::gas_purses(funder), "a purse")?.unwrap_or_default())
    }

    /// What a worker asks for a unit; nothing before its operator has said so ([`storage::gas_asks`]).
    pub fn gas_ask(&self, worker: &WorkerId) -> Result<Noticed<u128>, Refusal> {
        Ok(self.item(&storage::gas_asks(worker), "a worker's ask")?.unwrap_or_default())
    }

    /// The keyholders ([`storage::committee`]).
    pub fn committee(&self) -> Result<Option<CommitteeRecord>, Refusal> {
        self.item(&storage::committee(), "the committee")
    }

    /// The public side of the beacon's key; none: there is none ([`storage::beacon_key`]).
    pub fn beacon_key(&self) -> Result<Option<Commitments>, Refusal> {
        self.item(&storage::beacon_key(), "the beacon's key")
    }

    /// When the beacon's rounds are due ([`storage::beacon_schedule`]).
    pub fn beacon_schedule(&self) -> Result<Option<RoundSchedule>, Refusal> {
        self.item(&storage::beacon_schedule(), "the beacon's schedule")
    }

    /// The number of the beacon's newest round; none before the first ([`storage::beacon_latest`]).
    pub fn beacon_latest(&self) -> Result<Option<u64>, Refusal> {
        self.item(&storage::beacon_latest(), "the beacon's newest round")
    }

    /// A round of the beacon, if it came and is still remembered ([`storage::beacon_rounds`]).
    pub fn beacon_round(&self, number: u64) -> Result<Option<BeaconRound>, Refusal> {
        let round: Option<BeaconRound> = self.item(&storage::beacon_rounds(number), "a round of the beacon")?;
        Ok(round.filter(|round| round.number == number))
    }

    /// A worker's request for a contract's keys ([`storage::releases`]).
    pub fn release(&self, contract: &ContractId, worker: &WorkerId) -> Result<Option<ReleaseRecord>, Refusal> {
        self.item(&storage::releases(contract, worker), "a release")
    }

    /// A root of trust with what is announced of it ([`storage::roots`]).
    pub fn root(&self, kind: EvidenceKind, root: &Digest) -> Result<Option<Scheduled<RootRecord>>, Refusal> {
        self.item(&storage::roots(kind, root), "a root of trust")
    }

    /// A measurement with what is announced of it ([`storage::measurements`]).
    pub fn measurement(&self, measurement: &Digest) -> Result<Option<Scheduled<MeasurementRecord>>, Refusal> {
        self.item(&storage::measurements(measurement), "a measurement")
    }

    /// Whether registrations are frozen at this block's time ([`storage::frozen`], [`storage::timestamp`]).
    pub fn frozen(&self) -> Result<bool, Refusal> {
        self.is_on(&storage::frozen(), "the freeze")
    }

    /// What decides whether `worker`'s evidence holds at this block ([`validity_keys`]).
    pub fn validity(&self, worker: &WorkerRecord) -> Result<ValidityFacts, Refusal> {
        let verdict = &worker.verdict;
        let now = self.time_ms()? / 1000;
        Ok(ValidityFacts {
            now,
            root: self.root(verdict.kind, &verdict.root)?.and_then(|root| root.into_at(now)),
            measurement: self.measurement(&verdict.measurement)?.and_then(|measurement| measurement.into_at(now)),
            judged_since: self
                .item(&storage::judged_since(verdict.kind, &verdict.root), "the end of verdicts")?
                .unwrap_or(0),
            evaluation_floor: self
                .item(&storage::evaluation_floors(verdict.kind, &verdict.root), "a floor")?
                .unwrap_or(0),
            unidentified_allowed: self.any_on(&allowed_keys(worker), "who is allowed")?,
            machine_denied: self.is_on(&storage::denied_machines(&verdict.machine), "a denied machine")?,
            provider_denied: match &verdict.provider {
                Some(provider) => self.is_on(&storage::denied_providers(provider), "a denied provider")?,
                None => false,
            },
            operator_denied: self.is_on(&storage::denied_operators(&worker.operator), "a denied operator")?,
        })
    }

    /// An account ([`storage::account`]); one that is not there has nothing and has sent nothing.
    pub fn account(&self, account: &AccountId) -> Result<Account, Refusal> {
        // polkadot-sdk's AccountInfo: nonce, consumers, providers, sufficients, then free, reserved, frozen
        // and flags.
        type Info = ((u32, u32, u32, u32), (u128, u128, u128, u128));
        let info: Option<Info> = self.item(&storage::account(account), "an account")?;
        Ok(info.map_or(Account::default(), |((nonce, ..), (free, reserved, frozen, _))| Account {
            nonce,
            free,
            reserved,
            frozen,
        }))
    }

    /// Which code the chain runs ([`runtime_code_key`]).
    pub fn runtime_code(&self) -> Result<RuntimeCode, Refusal> {
        const WHAT: &str = "the runtime's version";
        let (Compact(specification), name): (Compact<u32>, String) =
            self.item(&runtime_code_key(), WHAT)?.ok_or(Refusal::UnreadableValue(WHAT))?;
        Ok(RuntimeCode { name, specification })
    }

    /// A value that this module has no name for.
    pub fn item<T: Decode>(&self, key: &[u8], what: &'static str) -> Result<Option<T>, Refusal> {
        match self.0.value(key)? {
            None => Ok(None),
            Some(bytes) => T::decode_all(&mut &bytes[..]).map(Some).map_err(|_| Refusal::UnreadableValue(what)),
        }
    }

    /// Whether what stands at `key` is so at this block's time.
    fn is_on(&self, key: &[u8], what: &'static str) -> Result<bool, Refusal> {
        let now = self.time_ms()? / 1000;
        let stored: Option<Scheduled<bool>> = self.item(key, what)?;
        Ok(stored.is_some_and(|stored| stored.is_on(now)))
    }

    fn any_on(&self, keys: &[Vec<u8>], what: &'static str) -> Result<bool, Refusal> {
        // Each has to have been asked for, whatever the others say.
        keys.iter().try_fold(false, |any, key| Ok(self.is_on(key, what)? || any))
    }
}

/// The keys that [`Facts::validity`] needs for `worker`.
pub fn validity_keys(worker: &WorkerRecord) -> Vec<Vec<u8>> {
    let verdict = &worker.verdict;
    let mut keys = vec![
        storage::timestamp(),
        storage::roots(verdict.kind, &verdict.root),
        storage::measurements(&verdict.measurement),
        storage::evaluation_floors(verdict.kind, &verdict.root),
        storage::judged_since(verdict.kind, &verdict.root),
        storage::denied_machines(&verdict.machine),
        storage::denied_operators(&worker.operator),
    ];
    keys.extend(verdict.provider.as_ref().map(storage::denied_providers));
    keys.extend(allowed_keys(worker));
    keys
}

/// The keys that [`Facts::device_facts`] needs for `device`.
pub fn device_keys(device: &DeviceId) -> [Vec<u8>; 4] {
    [
        storage::timestamp(),
        storage::device_roots(&device.root),
        storage::devices_judged_since(&device.root),
        storage::denied_devices(device),
    ]
}

/// The keys that [`Facts::valid_devices`] needs for a worker that has shown these.
pub fn shown_device_keys(shown: Option<&WorkerDevices>) -> Vec<Vec<u8>> {
    shown.into_iter().flat_map(|shown| &shown.devices).flat_map(|device| device_keys(&device.id)).collect()
}

/// Where it stands that `worker` may be on a machine that nobody identifies; nowhere, if its machine has an identity.
fn allowed_keys(worker: &WorkerRecord) -> Vec<Vec<u8>> {
    let provider = worker.verdict.provider.clone().map(Party::Provider);
    match worker.verdict.machine {
        MachineId::None => {
            [Some(Party::Operator(worker.operator)), provider].iter().flatten().map(storage::allowed).collect()
        }
        MachineId::IntelPpid(_) | MachineId::AmdChip(_) | MachineId::Instance { .. } => Vec::new(),
    }
}

/// The key under which polkadot-sdk notes which code it runs.
pub fn runtime_code_key() -> Vec<u8> {
    let (pallet, item) = (sp_crypto_hashing::twox_128(b"System"), sp_crypto_hashing::twox_128(b"LastRuntimeUpgrade"));
    [pallet, item].concat()
}

/// The key under which polkadot-sdk notes the hash of an earlier block, as long as it is among the newest ones (on this
/// chain 2400): [`BlockHash`](adyton_protocol::ids::BlockHash).
pub fn block_hash_key(number: BlockNumber) -> Vec<u8> {
    let hash = sp_crypto_hashing::twox_64(&number.to_le_bytes());
    [&storage::single("System", "BlockHash")[..], &hash, &number.to_le_bytes()].concat()
}

#[cfg(test)]
mod tests;
