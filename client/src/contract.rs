//! What the chain proves about a contract: its record, its lease, the worker that holds it, and whether that
//! worker's evidence still holds, all at one finalized head.

use std::time::Duration;

use adyton_chain_client::{
    facts::{Facts, shown_device_keys, validity_keys},
    verifier::{FinalizedHeader, Refusal, verify_storage},
};
use adyton_protocol::{
    device::ValidDevices,
    ids::{BlockRef, ContractId, Digest, NetworkId},
    manifest::Manifest,
    record::{ContractRecord, HeadRecord, LeaseRecord, NetworkRecord, ValidityFacts, WorkerRecord},
    statement::Role,
    storage,
};

use crate::error::RecordRefusal;

/// What a development network's name contains.
const INSECURE: &[u8] = b"insecure";

/// A contract that may be called: every rule about it, its lease and its worker was checked against proven
/// values. Only [`ProvenContract::check`] makes one.
#[derive(Debug, Clone)]
pub struct ProvenContract {
    id: ContractId,
    block: BlockRef,
    time_ms: u64,
    network: NetworkRecord,
    record: ContractRecord,
    manifest: Manifest,
    manifest_digest: Digest,
    lease: LeaseRecord,
    worker: WorkerRecord,
    validity: ValidityFacts,
    head: Option<HeadRecord>,
}

/// The keys that decide about a contract, as far as `known` tells which ones these are. Asking for them, and
/// again for what the answers point to, ends after three rounds, or after four where the contract's policy asks for
/// devices.
pub fn wanted_keys(contract: &ContractId, known: Option<&Facts>) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut keys = vec![
        storage::timestamp(),
        storage::network(),
        storage::contracts(contract),
        storage::leases(contract),
        storage::heads(contract),
    ];
    let Some(known) = known else { return Ok(keys) };
    let Some(lease) = known.lease(contract)? else { return Ok(keys) };
    keys.push(storage::workers(&lease.holder));
    if known.values().value(&storage::workers(&lease.holder)).is_err() {
        return Ok(keys);
    }
    if let Some(worker) = known.worker(&lease.holder)? {
        keys.extend(validity_keys(&worker));
    }
    if known.contract(contract)?.is_some_and(|record| record.policy.devices.is_some()) {
        let shown = storage::devices(&lease.holder);
        if known.values().value(&shown).is_ok() {
            keys.extend(shown_device_keys(known.devices(&lease.holder)?.as_ref()));
        }
        keys.push(shown);
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}

/// Proves, offline, all that [`ProvenContract::check`] looks at, from one set of trie nodes.
pub fn prove(header: &FinalizedHeader, contract: &ContractId, nodes: &[Vec<u8>]) -> Result<Facts, Refusal> {
    let mut known: Option<Facts> = None;
    loop {
        let keys = wanted_keys(contract, known.as_ref())?;
        let missing = missing_keys(keys, known.as_ref());
        if let (Some(facts), true) = (&known, missing.is_empty()) {
            return Ok(facts.clone());
        }
        let values = verify_storage(header, nodes, &missing)?;
        known = Some(match known {
            None => Facts::from(values),
            Some(facts) => facts.and(values)?,
        });
    }
}

/// Those of `keys` that `known` does not have.
pub(crate) fn missing_keys(keys: Vec<Vec<u8>>, known: Option<&Facts>) -> Vec<Vec<u8>> {
    let Some(known) = known else { return keys };
    keys.into_iter().filter(|key| known.values().value(key).is_err()).collect()
}

/// Which network a contract has to be on.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedNetwork {
    /// Its identity.
    pub id: NetworkId,
    /// Whether development roots are expected there.
    pub development: bool,
}

impl ProvenContract {
    /// Checks everything that does not need a clock.
    pub fn check(facts: &Facts, id: ContractId, expected: &ExpectedNetwork) -> Result<Self, crate::Error> {
        let (network, block) = (check_network(facts, expected)?, facts.block());
        let record = facts.contract(&id)?.ok_or(RecordRefusal::NoContract(id))?;
        let manifest = Manifest::from_bytes(&record.manifest).map_err(RecordRefusal::Manifest)?;
        let lease = facts.lease(&id)?.ok_or(RecordRefusal::NotLeased)?;
        let worker = facts.worker(&lease.holder)?.ok_or(RecordRefusal::NoHolder)?;
        if !lease.alive(&worker, block.number) {
            return Err(RecordRefusal::LeaseEnded { lease: lease.number }.into());
        }
        match worker.role {
            Role::Worker => {}
            Role::Keyholder => return Err(RecordRefusal::NotAWorker.into()),
        }
        let validity = facts.validity(&worker)?;
        worker.valid(&validity).map_err(|why| RecordRefusal::Worker { block: block.number, why })?;
        if !expected.development && validity.root.as_ref().is_none_or(|root| root.development) {
            return Err(RecordRefusal::Development.into());
        }
        let devices = match &record.policy.devices {
            Some(_) => facts.valid_devices(&lease.holder, &worker, expected.development)?,
            None => ValidDevices::default(),
        };
        record.policy.accepts(&worker, &devices).map_err(RecordRefusal::Policy)?;
        let (time_ms, head) = (facts.time_ms()?, facts.head(&id)?);
        let manifest_digest = manifest.digest();
        Ok(Self { id, block, time_ms, network, record, manifest, manifest_digest, lease, worker, validity, head })
    }

    /// Refuses facts that are not of this moment: the chain's proven time and this machine's clock (Unix
    /// milliseconds) must be within `tolerance` of each other.
    pub fn check_age(&self, unix_ms: u64, tolerance: Duration) -> Result<(), Refusal> {
        let tolerance = u64::try_from(tolerance.as_millis()).unwrap_or(u64::MAX);
        let (behind, ahead) = (unix_ms.saturating_sub(self.time_ms), self.time_ms.saturating_sub(unix_ms));
        if behind > tolerance {
            return Err(Refusal::ChainBehindClock { by_ms: behind });
        }
        if ahead > tolerance { Err(Refusal::ChainAheadOfClock { by_ms: ahead }) } else { Ok(()) }
    }

    /// The contract.
    pub fn id(&self) -> ContractId {
        self.id
    }

    /// The finalized block as of which all this holds.
    pub fn block(&self) -> BlockRef {
        self.block
    }

    /// The chain's time at that block, Unix milliseconds.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// The network's constants.
    pub fn network(&self) -> &NetworkRecord {
        &self.network
    }

    /// The contract's record.
    pub fn record(&self) -> &ContractRecord {
        &self.record
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The digest by which receipts name the manifest.
    pub fn manifest_digest(&self) -> Digest {
        self.manifest_digest
    }

    /// Its lease, which is alive.
    pub fn lease(&self) -> &LeaseRecord {
        &self.lease
    }

    /// The lease's holder, which is valid.
    pub fn worker(&self) -> &WorkerRecord {
        &self.worker
    }

    /// The newest head of the contract's state that the chain knows.
    pub fn head(&self) -> Option<&HeadRecord> {
        self.head.as_ref()
    }

    /// Whether the worker's evidence stands for no hardware: it was signed under a development root.
    pub fn is_development(&self) -> bool {
        self.validity.root.as_ref().is_none_or(|root| root.development)
    }

    /// Whether a call that was sealed for `other` has to be sealed again for this.
    pub(crate) fn differs_for_calls(&self, other: &Self) -> bool {
        (self.lease.number, self.record.code, self.worker.encryption_key)
            != (other.lease.number, other.record.code, other.worker.encryption_key)
    }
}

/// The network's record, if it is the expected network's.
pub fn check_network(facts: &Facts, expected: &ExpectedNetwork) -> Result<NetworkRecord, crate::Error> {
    let network = facts.network()?.ok_or(RecordRefusal::NoNetwork)?;
    if network.id != expected.id {
        return Err(RecordRefusal::OtherNetwork { found: network.id, expected: expected.id }.into());
    }
    if !expected.development && network.name.windows(INSECURE.len()).any(|part| part == INSECURE) {
        return Err(RecordRefusal::Development.into());
    }
    Ok(network)
}
