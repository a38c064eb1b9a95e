//! A worker or keyholder as the chain proves it, its evidence as the gateway brings it, and the demand that both fit
//! before anything is sealed to it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use adyton_attestation::ListFloors;
use adyton_chain_client::{
    facts::{Facts, validity_keys},
    rpc::Source,
};
use adyton_protocol::{
    ids::{BlockHash, BlockRef, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::{CommitteeRecord, ValidityFacts, VerdictFacts, WorkerRecord},
    registered::RegisteredEvidence,
    statement::Role,
    storage,
};

use crate::{
    Client, Error, RecordRefusal, RootKey,
    contract::{ExpectedNetwork, ProvenContract, check_network},
    evidence::{Demand, EvidenceRefusal, judge},
};

/// How often a worker that was renewed meanwhile is asked again, since it learns of that only from the next block.
const TRIES: usize = 5;
/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(2);
/// The most boots of which is remembered that their evidence was accepted.
const MAX_ACCEPTED: usize = 1024;

/// A worker, or a keyholder of the committee in force, that the chain accepts at a finalized head. Only
/// [`ProvenWorker::check`] makes one.
#[derive(Debug, Clone)]
pub struct ProvenWorker {
    id: WorkerId,
    block: BlockRef,
    network: NetworkId,
    genesis: BlockHash,
    record: WorkerRecord,
    validity: ValidityFacts,
    development_root: Option<RootKey>,
    lists: ListFloors,
    seat: Option<Seat>,
}

/// A keyholder's seat in the committee in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its number, from 0 on: the index of its share.
    pub member: usize,
    /// The committee.
    pub committee: CommitteeRecord,
}

impl Seat {
    /// The seat of a keyholder, if the committee that is proven has one for it.
    fn of(id: &WorkerId, facts: &Facts) -> Result<Self, Error> {
        let committee = facts.committee()?.ok_or(EvidenceRefusal::NoSeat(*id))?;
        let member = committee.keyholders.iter().position(|keyholder| keyholder == id);
        Ok(Self { member: member.ok_or(EvidenceRefusal::NoSeat(*id))?, committee })
    }
}

/// What [`ProvenWorker::check`] reads beside the worker's own record.
fn wanted_keys(id: &WorkerId, record: &WorkerRecord) -> Vec<Vec<u8>> {
    let mut keys = validity_keys(record);
    let VerdictFacts { kind, root, .. } = &record.verdict;
    keys.extend([storage::workers(id), storage::revocation_floors(root), storage::root_keys(*kind, root)]);
    keys.push(storage::committee());
    keys
}

impl ProvenWorker {
    /// Checks what the chain says about a worker or keyholder, as `role` says, on the chain whose first block is
    /// `genesis`.
    pub fn check(
        facts: &Facts,
        (id, role): (WorkerId, Role),
        expected: &ExpectedNetwork,
        genesis: BlockHash,
    ) -> Result<Self, Error> {
        let network = check_network(facts, expected)?.id;
        let record = facts.worker(&id)?.ok_or(EvidenceRefusal::Missing { id, role })?;
        if record.role != role {
            return Err(EvidenceRefusal::OtherRole { id, role: record.role }.into());
        }
        let seat = match role {
            Role::Worker => None,
            Role::Keyholder => Some(Seat::of(&id, facts)?),
        };
        let (block, validity) = (facts.block(), facts.validity(&record)?);
        record.valid(&validity).map_err(|why| EvidenceRefusal::Invalid { block: block.number, why })?;
        let development = validity.root.as_ref().is_none_or(|root| root.development);
        if development && !expected.development {
            return Err(RecordRefusal::Development.into());
        }
        let VerdictFacts { kind, root, .. } = &record.verdict;
        let floors = facts.item(&storage::revocation_floors(root), "the oldest revocation lists")?;
        let lists = floors.unwrap_or_default();
        let development_root = match development {
            true => facts.item(&storage::root_keys(*kind, root), "a root's key")?,
            false => None,
        };
        Ok(Self { id, block, network, genesis, record, validity, development_root, lists, seat })
    }

    /// Who it is.
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// The finalized block as of which all this holds.
    pub fn block(&self) -> BlockRef {
        self.block
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The chain's first block.
    pub fn genesis(&self) -> BlockHash {
        self.genesis
    }

    /// Its record, with the chain's verdict.
    pub fn record(&self) -> &WorkerRecord {
        &self.record
    }

    /// What its measurement is called on the network.
    pub fn release(&self) -> String {
        let release = self.validity.measurement.as_ref().map(|accepted| accepted.release.as_slice());
        String::from_utf8_lossy(release.unwrap_or_default()).chars().filter(|one| !one.is_control()).collect()
    }

    /// Whether its evidence leads to a development root, which stands for no hardware.
    pub fn is_development(&self) -> bool {
        self.validity.root.as_ref().is_none_or(|root| root.development)
    }

    /// The development root that its evidence leads to, as the chain verifies with it; none where it leads to a vendor's.
    pub fn development_root(&self) -> Option<&RootKey> {
        self.development_root.as_ref()
    }

    /// Its seat in the committee; none of a worker.
    pub fn seat(&self) -> Option<&Seat> {
        self.seat.as_ref()
    }

    /// The oldest of Intel's revocation lists that count under its root.
    pub(crate) fn lists(&self) -> &ListFloors {
        &self.lists
    }
}

/// What is demanded of every worker that something is sealed to, and who met it.
pub(crate) struct Demanded {
    demand: Demand,
    accepted: Mutex<HashMap<(SigningKey, EncryptionKey), u64>>,
}

impl Demanded {
    fn has_accepted(&self, record: &WorkerRecord, now: u64) -> bool {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.get(&(record.signing_key, record.encryption_key)).is_some_and(|until| now <= *until)
    }

    fn accept(&self, record: &WorkerRecord, until: u64) {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        if accepted.len() >= MAX_ACCEPTED {
            accepted.clear();
        }
        accepted.insert((record.signing_key, record.encryption_key), until);
    }
}

impl<S: Source> Client<S> {
    /// Demands of each worker, before anything is sealed to it, evidence that is accepted here: once for each boot, and
    /// again when the verdict has ended.
    pub fn demanding(mut self, demand: Demand) -> Self {
        self.demanded = Some(Demanded { demand, accepted: Mutex::default() });
        self
    }

    /// A worker that the newest finalized head proves and accepts.
    pub async fn worker(&self, id: &WorkerId) -> Result<ProvenWorker, Error> {
        self.registered(id, Role::Worker).await
    }

    /// A keyholder that the newest finalized head proves and accepts, with its seat in the committee in force.
    pub async fn keyholder(&self, id: &WorkerId) -> Result<ProvenWorker, Error> {
        self.registered(id, Role::Keyholder).await
    }

    async fn registered(&self, id: &WorkerId, role: Role) -> Result<ProvenWorker, Error> {
        let head = self.reader().head().await?;
        let record = self.facts_at(&head, &[storage::workers(id)]).await?.worker(id)?;
        let record = record.ok_or(EvidenceRefusal::Missing { id: *id, role })?;
        let facts = self.facts_at(&head, &wanted_keys(id, &record)).await?;
        ProvenWorker::check(&facts, (*id, role), &self.expected(), self.network().checkpoint.genesis_hash)
    }

    /// The worker, and what the gateway brings as its registered evidence: nothing of that is believed before it is
    /// judged ([`judge`]). A worker that is renewed just now is waited for.
    pub async fn registered_evidence(&self, id: &WorkerId) -> Result<(ProvenWorker, RegisteredEvidence), Error> {
        self.shown(id, Role::Worker).await
    }

    /// The same of a keyholder.
    pub async fn keyholder_evidence(&self, id: &WorkerId) -> Result<(ProvenWorker, RegisteredEvidence), Error> {
        self.shown(id, Role::Keyholder).await
    }

    async fn shown(&self, id: &WorkerId, role: Role) -> Result<(ProvenWorker, RegisteredEvidence), Error> {
        let mut left = TRIES;
        loop {
            let worker = self.registered(id, role).await?;
            let registered = self.gateway().evidence(id).await?;
            left -= 1;
            let (shown, known) = (&registered.statement, worker.record());
            let renewed = shown.signing_key == known.signing_key && shown.digest() != known.statement;
            if left == 0 || !renewed {
                return Ok((worker, registered));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Requires what is demanded of the holder of the contract.
    pub(crate) async fn require_demanded(&self, contract: &ProvenContract) -> Result<(), Error> {
        let Some(demanded) = &self.demanded else { return Ok(()) };
        let (holder, now) = (contract.worker(), self.unix_seconds());
        if demanded.has_accepted(holder, now) {
            return Ok(());
        }
        let (worker, registered) = self.registered_evidence(&contract.lease().holder).await?;
        // The call goes to the keys of the contract's proof, so these are the ones that evidence has to be about.
        if worker.record().signing_key != holder.signing_key {
            return Err(EvidenceRefusal::Statement("signing key").into());
        }
        if worker.record().encryption_key != holder.encryption_key {
            return Err(EvidenceRefusal::Statement("encryption key").into());
        }
        let verified = judge(&worker, registered, &demanded.demand, now)?;
        demanded.accept(holder, verified.verdict().valid_until);
        Ok(())
    }
}
