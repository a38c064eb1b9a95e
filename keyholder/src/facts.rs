//! From proven values to the facts of a decision: which keys are asked for, and how the answers are read. Pure.
//!
//! Two rounds at one block: the records first, then what their validity depends on, which only they name.

use adyton_attestation::ListFloors;
use adyton_chain_client::{
    facts::{Facts as Proven, shown_device_keys, validity_keys},
    verifier::Refusal,
};
use adyton_protocol::{
    device::ValidDevices,
    ids::{ContractId, WorkerId},
    record::{NetworkRecord, ValidityFacts, WorkerRecord},
    storage,
};

use crate::decision::{Facts, name_admits_weakness};

/// About whom facts are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// This keyholder.
    pub keyholder: WorkerId,
    /// The asking worker.
    pub worker: WorkerId,
    /// The contract.
    pub contract: ContractId,
}

impl Subject {
    /// The first round: the records.
    pub fn keys(&self) -> Vec<Vec<u8>> {
        vec![
            storage::network(),
            storage::timestamp(),
            storage::frozen(),
            storage::committee(),
            storage::workers(&self.keyholder),
            storage::workers(&self.worker),
            storage::devices(&self.worker),
            storage::contracts(&self.contract),
            storage::leases(&self.contract),
            storage::releases(&self.contract, &self.worker),
        ]
    }

    /// The second round: what the validity of the records and devices found depends on.
    pub fn validity_keys(&self, proven: &Proven) -> Result<Vec<Vec<u8>>, Refusal> {
        let mut keys = Vec::new();
        for id in [&self.keyholder, &self.worker] {
            if let Some(record) = proven.worker(id)? {
                keys.extend(validity_keys(&record));
            }
        }
        keys.extend(proven.worker(&self.worker)?.map(|record| storage::revocation_floors(&record.verdict.root)));
        keys.extend(shown_device_keys(proven.devices(&self.worker)?.as_ref()));
        Ok(keys)
    }

    /// Reads both rounds. `fresh` says whether their block is fresh now.
    pub fn facts(&self, proven: &Proven, fresh: bool) -> Result<Facts, Refusal> {
        Ok(Facts {
            fresh,
            block: proven.block().number,
            network: network(proven)?,
            frozen: proven.frozen()?,
            keyholder: with_validity(proven, &self.keyholder)?,
            committee: proven.committee()?,
            worker: with_validity(proven, &self.worker)?,
            devices: devices(proven, &self.worker)?,
            lists: list_floors(proven, &self.worker)?,
            contract: proven.contract(&self.contract)?,
            lease: proven.lease(&self.contract)?,
            release: proven.release(&self.contract, &self.worker)?,
        })
    }
}

/// The network's constants; a chain without them is not one of ours.
fn network(proven: &Proven) -> Result<NetworkRecord, Refusal> {
    proven.network()?.ok_or(Refusal::UnreadableValue("the network"))
}

/// The oldest of Intel's revocation lists that count under the root of the worker's evidence, of every authority there:
/// which of them certified its platform, only the evidence tells.
fn list_floors(proven: &Proven, worker: &WorkerId) -> Result<ListFloors, Refusal> {
    let Some(record) = proven.worker(worker)? else { return Ok(ListFloors::default()) };
    let key = storage::revocation_floors(&record.verdict.root);
    Ok(proven.item(&key, "the oldest revocation lists")?.unwrap_or_default())
}

/// The worker's devices that count. Those under a root that stands for no hardware do so only on a network that says in
/// its name that it protects nothing.
fn devices(proven: &Proven, id: &WorkerId) -> Result<ValidDevices, Refusal> {
    let Some(record) = proven.worker(id)? else { return Ok(ValidDevices::default()) };
    proven.valid_devices(id, &record, name_admits_weakness(&network(proven)?))
}

fn with_validity(proven: &Proven, id: &WorkerId) -> Result<Option<(WorkerRecord, ValidityFacts)>, Refusal> {
    let Some(record) = proven.worker(id)? else { return Ok(None) };
    let facts = proven.validity(&record)?;
    Ok(Some((record, facts)))
}
