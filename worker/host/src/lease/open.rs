//! Opens a leased contract, as one story. Any step that fails ends it; it is tried again after a pause, from
//! the start.
//!
//! 1. Fetch its component by hash, from anybody, unless its compiled code is here; refuse other bytes, and what its
//!    manifest does not grant.
//! 2. Open its compiled code, or compile it, in a process of its own.
//! 3. Ask the chain, then the keyholders, for its keys.
//! 4. Open its store, which must contain the newest head that the chain knows.
//! 5. Finalize the head it was opened with: the chain counts an incarnation.
//! 6. Run what its code is owed before it answers, if anything ([`crate::lifecycle`]).
//! 7. Answer.
//!
//! Where its code is sealed, the first two steps come after the fifth ([`crate::sealed_code`]): the key is in its state.

use std::{sync::Arc, time::Duration};

use adyton_admission::counter;
use adyton_chain_client::{
    extrinsic::calls::{Call, Contracts, Keys},
    facts::Facts,
};
use adyton_keys::{ContractSecrets, client::Endpoint};
use adyton_protocol::{
    ids::{CodeHash, ContractId},
    key_label::Purpose,
    manifest::Manifest,
    record::{CommitteeRecord, Opening, ReleaseRecord, StateHead},
    storage,
};
use adyton_state::{EpochKeys, Store, StoreOptions};
use adyton_threshold::{GroupPublic, release::ReleaseRequest};
use anyhow::{Context, bail, ensure};
use object_store::path::Path;
use tokio::sync::Semaphore;

use super::{
    leave,
    step::{Failure, Step},
};
use crate::{
    code::{self, Code},
    contract::Contract,
    idle::Held,
    lifecycle::{self, Life},
    sealed_code,
    view::{ContractFacts, View},
    worker::{Slot, Worker},
};

/// The folder of all contracts' stores, below the worker's data.
pub const FOLDER: &str = "contracts";
/// How long the chain may take to show a step.
const WAIT: Duration = Duration::from_secs(60);
/// How often the keyholders are asked before the opening fails, and the pause between.
const ASKS: u32 = 10;
/// See [`ASKS`].
const ASK_AGAIN: Duration = Duration::from_millis(300);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest pause after a failure that somebody has to do something about; it doubles until then.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Opens `id` in the background, again and again until it is open or no longer this worker's.
pub fn start(worker: &Arc<Worker>, id: ContractId) {
    let worker = Arc::clone(worker);
    tokio::spawn(async move {
        let mut pause = PAUSE;
        loop {
            let mut views = worker.view.subscribe();
            let tried = code_named(&views.borrow_and_update(), &id);
            let failure = match open(&worker, id).await {
                Ok(contract) => {
                    tracing::info!(contract = %id, lease = contract.lease, incarnation = contract.incarnation, "open");
                    let incarnation = contract.incarnation;
                    let contract = Arc::new(contract);
                    worker.set_slot(id, Some(Slot::Ready(contract.clone())));
                    lifecycle::start(&worker, &contract);
                    crate::reports::resume(&worker, id, incarnation);
                    return;
                }
                Err(failure) => failure,
            };
            tracing::warn!(contract = %id, error = format!("{failure:#}"), "a contract could not be opened");
            let step = match worker.slot(&id) {
                Some(Slot::Opening(step)) => step,
                Some(Slot::Ready(_) | Slot::Failed(_)) | None => Step::Again,
            };
            let failure = Failure::of(step, &failure);
            pause = if failure.lasts() { (pause * 2).min(LONGEST_PAUSE) } else { PAUSE };
            worker.set_slot(id, Some(Slot::Failed(failure)));
            // The code may have been replaced while it was tried.
            let _waited = tokio::time::timeout(pause, views.wait_for(|view| code_named(view, &id) != tried)).await;
            if let Some(view) = worker.view()
                && view.contracts.get(&id).is_none_or(|facts| !held(&worker, facts))
            {
                worker.set_slot(id, None);
                return;
            }
            if leave::is_due(&worker, &id) {
                return leave::unopened(&worker, id);
            }
        }
    });
}

/// The code that the chain names for the contract.
fn code_named(view: &Option<Arc<View>>, id: &ContractId) -> Option<CodeHash> {
    Some(view.as_ref()?.contracts.get(id)?.record.code)
}

async fn open(worker: &Arc<Worker>, id: ContractId) -> anyhow::Result<Contract> {
    let enter = |step: Step| worker.set_slot(id, Some(Slot::Opening(step)));
    enter(Step::Lease);
    let (view, facts) = shown(worker, id, |_, facts| held(worker, facts)).await?;
    // Nobody would give the keys: its devices, say, have to be shown again in each boot.
    facts.record.policy.accepts(&view.own, &view.devices).context("the contract excludes this worker")?;
    let lease = facts.lease.as_ref().context("no lease")?.number;
    let manifest = Manifest::from_bytes(&facts.record.manifest)?;
    let module = match manifest.sealed_code {
        true => None,
        false => {
            let code = Code { hash: &facts.record.code, manifest: &manifest, sealed: None };
            enter(Step::Code);
            let component = code::component(worker, code).await?;
            enter(Step::Module);
            Some(code::module(worker, code, component).await?)
        }
    };
    enter(Step::Keys);
    let secrets = Arc::new(keys(worker, id, lease).await?);
    enter(Step::Store);
    let store = open_store(worker, id, lease, (&secrets, &manifest)).await?;
    enter(Step::Head);
    let opened = async {
        let stage = match &module {
            None => sealed_code::OPENING,
            Some(module) => lifecycle::stage(&store, module, facts.record.version).await?,
        };
        anyhow::Ok((stage, incarnate(worker, id, lease, &store).await?))
    };
    let (stage, incarnation) = match opened.await {
        Ok(opened) => opened,
        Err(failure) => {
            let _closed = store.close().await;
            return Err(failure);
        }
    };
    Ok(Contract {
        id,
        owner: facts.record.owner,
        code: facts.record.code,
        version: facts.record.version,
        manifest_digest: manifest.digest(),
        manifest,
        lease,
        incarnation,
        module: module.map_or_else(|| Held::empty(counter()), |module| Held::new(module, counter())),
        store,
        secrets,
        inside: Semaphore::new(worker.config.local.limits.inside()),
        content: Semaphore::new(worker.config.local.limits.content_each()),
        turns: Default::default(),
        logs: Default::default(),
        latest_ms: Default::default(),
        schedule: Default::default(),
        inbox: Default::default(),
        watching: Default::default(),
        life: Life::at(stage),
    })
}

/// Whether the chain says that the contract is this worker's.
pub fn held(worker: &Worker, facts: &ContractFacts) -> bool {
    facts.lease.as_ref().is_some_and(|lease| lease.holder == worker.id && !lease.released)
}

/// Waits for a view in which `right` holds of the contract.
async fn shown(
    worker: &Worker,
    id: ContractId,
    right: impl Fn(&View, &ContractFacts) -> bool,
) -> anyhow::Result<(Arc<View>, ContractFacts)> {
    let mut views = worker.view.subscribe();
    let found = |view: &Option<Arc<View>>| {
        let view = view.as_ref();
        view.is_some_and(|view| view.contracts.get(&id).is_some_and(|facts| right(view, facts)))
    };
    let view =
        tokio::time::timeout(WAIT, views.wait_for(found)).await.context("the chain did not show it in time")??;
    let view = view.clone().context("no view")?;
    let facts = view.contracts.get(&id).cloned().context("no such contract")?;
    Ok((view, facts))
}

/// Step 3.
async fn keys(worker: &Worker, id: ContractId, lease: u64) -> anyhow::Result<ContractSecrets> {
    let boot = worker.view().context("no view")?.own.boot;
    let asked = release(worker, id).await?;
    if !asked.as_ref().is_some_and(|asked| asked.lease == lease && asked.boot == boot) {
        worker.chain.call(Call::Keys(Keys::RequestRelease(id))).await.context("requesting the release of keys")?;
    }
    let asked = release(worker, id).await?.context("the chain shows no request for keys")?;
    ensure!(asked.lease == lease && asked.boot == boot, "the request for keys is of another lease or boot");
    let committee = committee(worker).await?;
    let group = GroupPublic::from_bytes(&committee.group)?;
    let endpoints = endpoints(worker, &committee).await?;
    // A keyholder may see the request a block later than this worker.
    let mut left = ASKS;
    loop {
        let request = release_request(worker, id, &asked).await?;
        let obtained =
            adyton_keys::client::obtain(&worker.http, &endpoints, group.clone(), &request, &worker.boot.releases);
        match obtained.await {
            Ok(secrets) => return Ok(secrets),
            Err(error) if left == 0 => return Err(error).context("asking the keyholders"),
            Err(error) => tracing::debug!(%error, "the keyholders did not release the keys yet"),
        }
        left -= 1;
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// What keyholders are shown: the evidence that the chain's record names now; a renewal may have replaced it.
async fn release_request(worker: &Worker, id: ContractId, asked: &ReleaseRecord) -> anyhow::Result<ReleaseRequest> {
    let statement = worker.view().context("no view")?.own.statement;
    let offer = worker.registrar.registered(&statement).context("this boot's evidence is not at hand")?;
    Ok(ReleaseRequest {
        contract: id,
        epoch: asked.epoch,
        purposes: Purpose::ALL.to_vec(),
        requested_at: asked.requested_at,
        statement: offer.statement,
        evidence: offer.evidence,
        collateral: tokio::fs::read(&worker.config.local.collateral).await.context("reading the collateral")?,
    })
}

async fn release(worker: &Worker, id: ContractId) -> anyhow::Result<Option<ReleaseRecord>> {
    let tip = worker.chain.reader.read(&[storage::releases(&id, &worker.id)]).await?;
    Ok(Facts::from(tip.values).release(&id, &worker.id)?)
}

async fn committee(worker: &Worker) -> anyhow::Result<CommitteeRecord> {
    let tip = worker.chain.reader.read(&[storage::committee()]).await?;
    Facts::from(tip.values).committee()?.context("the network has no keyholders yet")
}

async fn endpoints(worker: &Worker, committee: &CommitteeRecord) -> anyhow::Result<Vec<Endpoint>> {
    let keys: Vec<_> = committee.keyholders.iter().map(storage::workers).collect();
    let facts = Facts::from(worker.chain.reader.read(&keys).await?.values);
    let mut out = Vec::new();
    for keyholder in &committee.keyholders {
        if let Some(record) = facts.worker(keyholder)? {
            out.push(Endpoint { keyholder: *keyholder, url: String::from_utf8(record.endpoint.to_vec())? });
        }
    }
    Ok(out)
}

/// Step 4.
async fn open_store(
    worker: &Worker,
    id: ContractId,
    lease: u64,
    (secrets, manifest): (&ContractSecrets, &Manifest),
) -> anyhow::Result<Store> {
    let (_, facts) = shown(worker, id, |_, facts| held(worker, facts)).await?;
    let anchored = facts.head.map_or_else(|| adyton_state::genesis(&id), |head| head.latest);
    // What this boot acknowledged itself must be there too, though no anchor has it yet.
    let own = worker.anchors.newest(&id, lease).filter(|own| own.sequence > anchored.sequence);
    let floor = own.unwrap_or(anchored);
    let terms = adyton_state::Terms {
        contract: id,
        keys: EpochKeys::new(secrets.epoch(), *secrets.state_key()),
        writer: adyton_state::Writer::again_under(lease),
        floor,
    };
    let root = Path::from(folder(&id));
    let (cache, quota) = (worker.cache.clone(), manifest.limits.storage);
    let options = StoreOptions { cache, quota, history: manifest.disputable, ..StoreOptions::default() };
    Ok(Store::open(worker.disk.clone(), &root, terms, options).await?)
}

/// The folder of a contract's store, below the worker's data.
pub fn folder(id: &ContractId) -> String {
    format!("{FOLDER}/{}", hex::encode(id.0))
}

/// Whether the state of a contract is out of this worker's reach: it has commits, and there is no store of it here.
/// Who leased it would hold what it cannot open, and keep out whoever has the state.
pub async fn elsewhere(data: &std::path::Path, id: &ContractId, facts: &ContractFacts) -> bool {
    let commits = facts.head.is_some_and(|head| head.latest.sequence > 0);
    commits && !tokio::fs::try_exists(data.join(folder(id))).await.unwrap_or(false)
}

/// Step 5. Nothing is committed between opening the store and the finality of its opening head.
async fn incarnate(worker: &Worker, id: ContractId, lease: u64, store: &Store) -> anyhow::Result<u64> {
    let head: StateHead = store.head().await?;
    store.pin(head).await.context("pinning the head it was opened with")?;
    let before = worker.view().and_then(|view| view.contracts.get(&id).and_then(|facts| facts.head));
    let before = before.map_or(0, |head| head.incarnation);
    let opening = Opening { contract: id, lease, head };
    let send = |openings| worker.chain.call(Call::Contracts(Contracts::Open(openings)));
    worker.openings.finalize(opening, send).await?;
    let mine = |view: &View, facts: &ContractFacts| {
        facts
            .head
            .is_some_and(|found| found.incarnation > before && found.boot == view.own.boot && found.opening == head)
    };
    let (_, facts) = shown(worker, id, mine).await?;
    match facts.head {
        Some(head) if head.lease == lease => Ok(head.incarnation),
        Some(_) | None => bail!("the chain shows another opening"),
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::record::HeadRecord;

    use super::*;
    use crate::view::tests::{CONTRACT, view};

    /// What the chain says of a contract after `commits`.
    async fn facts(commits: u64) -> ContractFacts {
        let view = view(Duration::from_secs(60)).await;
        let opening = StateHead::genesis(&CONTRACT);
        let latest = StateHead { sequence: commits, ..opening };
        let head = HeadRecord { incarnation: 1, lease: 7, boot: 1, opening, latest };
        ContractFacts { head: Some(head), ..view.contracts[&CONTRACT].clone() }
    }

    #[tokio::test]
    async fn a_contract_whose_state_is_on_another_machine_is_not_leased() {
        let data = tempfile::tempdir().expect("a folder");
        assert!(elsewhere(data.path(), &CONTRACT, &facts(1).await).await);
        assert!(!elsewhere(data.path(), &CONTRACT, &facts(0).await).await, "nothing is missing of an empty state");
        std::fs::create_dir_all(data.path().join(folder(&CONTRACT))).expect("a folder");
        assert!(!elsewhere(data.path(), &CONTRACT, &facts(1).await).await);
    }
}
