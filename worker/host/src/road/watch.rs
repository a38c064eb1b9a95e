//! What a contract was told of the values of the chain's state that it watches, in its sealed state, and one run of a
//! watch.
//!
//! The block of the newest change that is over, and the digest of the value that the contract has seen there, are part of
//! the one commit of the change's run: who finds a block that is not before a view's has nothing to run for that view.
//! So each change takes effect once, whichever worker has the contract.

use std::sync::Arc;

use adyton_protocol::{
    call::CallFields,
    ids::{BlockNumber, Digest, RequestId},
    manifest::Manifest,
    receipt::{Caller, ScheduleRun},
    schedule, watch,
};
use adyton_state::{StateError, Transaction};
use codec::{Decode, Encode};

use super::{
    answer::{Along, Answer, Asker, Begun, Origin, Trigger, carry_out, commit_noted, in_turn, state},
    host::WORKER,
    request::Call,
    schedule::{WAITS, room},
};
use crate::{code, contract::Contract, error::Refusal, view::View, worker::Worker};

/// The store's key of what was told.
const TOLD: &[u8] = &[WORKER, b'w', b't', b'c', b'h'];
/// What cannot be read is not what this worker wrote.
const UNREADABLE: StateError = StateError::Unreadable { what: "list of the watched values" };

/// What the contract was told of one watch. Of one that is not listed it was told nothing, which is the same as that
/// there is no value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Told {
    /// The watch's name.
    name: String,
    /// The block after which it was so.
    block: BlockNumber,
    /// [`watch::value_digest`] of the value; none: there was none.
    value: Option<Digest>,
}

/// A watched value that is not the one of which the contract was told.
#[derive(Clone)]
pub struct Change {
    /// The watch's name.
    pub name: String,
    /// The value; none: there is none any more.
    pub value: Option<Vec<u8>>,
    /// [`watch::value_digest`] of it.
    digest: Option<Digest>,
    /// The view after whose block it is so.
    pub view: Arc<View>,
}

impl Change {
    /// To `value`, which stands under `key` after the block of `view`.
    pub fn new(worker: &Worker, name: &str, (key, value): (&[u8], Option<Vec<u8>>), view: &Arc<View>) -> Self {
        let digest = value.as_ref().map(|value| watch::value_digest(&worker.network, key, value));
        Self { name: name.into(), value, digest, view: Arc::clone(view) }
    }

    /// Whether the contract is to be told, by what it was told.
    pub fn is_news(&self, told: &[Told]) -> bool {
        match told.iter().find(|told| told.name == self.name) {
            Some(told) => told.block < self.view.block().number && told.value != self.digest,
            None => self.digest.is_some(),
        }
    }
}

/// What the contract was told.
pub async fn told(transaction: &mut Transaction) -> Result<Vec<Told>, StateError> {
    let Some(entry) = transaction.get(TOLD).await? else { return Ok(Vec::new()) };
    let mut bytes = &entry.value[..];
    let told = Vec::<Told>::decode(&mut bytes).map_err(|_| UNREADABLE)?;
    if bytes.is_empty() { Ok(told) } else { Err(UNREADABLE) }
}

/// Notes that the contract was told of the change, and forgets watches that its manifest has no more. Nothing if the
/// change is none any more.
async fn advance(transaction: &mut Transaction, manifest: &Manifest, change: &Change) -> Result<bool, StateError> {
    let mut all = told(transaction).await?;
    if !change.is_news(&all) {
        return Ok(false);
    }
    let is_other = |told: &Told| told.name != change.name && manifest.watches.iter().any(|own| own.name == told.name);
    all.retain(is_other);
    all.push(Told { name: change.name.clone(), block: change.view.block().number, value: change.digest });
    transaction.set(TOLD, &all.encode())?;
    Ok(true)
}

/// Has the contract answer the change and commits what that did; none if it is over, or none any more. The run acts on
/// the change's own block, so that its receipt names the block after which the value is so.
pub async fn run(worker: &Arc<Worker>, contract: &Arc<Contract>, change: &Change) -> Result<Option<Answer>, Refusal> {
    contract.life.check()?;
    let _inside = room(contract).await?;
    let module = code::of(worker, contract).await?;
    let module = &module;
    in_turn(contract, |turn| async move {
        let view = worker.right(contract).view()?;
        let not_after = view.now_ms() / 1000 + WAITS;
        let mut begun = Begun::next(worker, contract, not_after, turn).await?;
        if change.view.may_act(&worker.id, &contract.id)? != contract.lease {
            return Err(Refusal::NotReady("the lease changed"));
        }
        // By a newer block's time upkeep may have removed what a run by this one's has to find, or it could not be
        // repeated.
        if contract.manifest.deterministic && begun.view.block() != change.view.block() {
            return Err(Refusal::NotReady("a newer block has come"));
        }
        begun.view = Arc::clone(&change.view);
        if !advance(&mut begun.transaction, &contract.manifest, change).await.map_err(state)? {
            return Ok(None);
        }
        let call = self::call(worker, contract, change, not_after);
        let name = watch::digest(&worker.network, &contract.id, &change.name);
        let run = ScheduleRun { name, due_ms: change.view.chain_ms };
        let origin = Origin { caller: Caller::Anonymous, asker: Asker::NOBODY, trigger: Trigger::Schedule(run) };
        carry_out(worker, contract, module, &call, origin, begun).await.map(Some)
    })
    .await
}

/// Leaves the change behind without a run. A contract at its storage limit comes past it, too: its first one, whose note
/// is a new entry, would be run for ever otherwise.
pub async fn pass_over(worker: &Arc<Worker>, contract: &Arc<Contract>, change: &Change) -> Result<(), Refusal> {
    in_turn(contract, |turn| async move {
        worker.right(contract).check()?;
        let mut transaction = contract.store.begin().await.map_err(state)?;
        if !advance(&mut transaction, &contract.manifest, change).await.map_err(state)? {
            return Ok(());
        }
        transaction.beyond_quota();
        let prepared = contract.store.prepare(transaction).await.map_err(state)?;
        commit_noted(worker, contract, turn, prepared, Along::default()).await.map(drop)
    })
    .await
}

/// The request id of a change's run.
pub fn request_id(worker: &Worker, contract: &Contract, change: &Change) -> RequestId {
    let digest = watch::digest(&worker.network, &contract.id, &change.name);
    let nonce = watch::nonce(&contract.secrets.calling_secret(&digest));
    let (name, due_ms) = (watch::run_name(&change.name), change.view.chain_ms);
    schedule::request_id(&worker.network, &contract.id, &name, due_ms, &nonce)
}

/// The request of a run. Its path and fields are reserved: nobody who calls from outside can send them.
fn call(worker: &Worker, contract: &Contract, change: &Change, not_after: u64) -> Call {
    let fields = CallFields {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: contract.lease,
        request_id: request_id(worker, contract, change),
        not_after,
        caller: None,
    };
    let method = if change.value.is_some() { watch::SET } else { watch::REMOVED };
    let content = change.value.clone().unwrap_or_default();
    let block = change.view.block().number;
    Call::own(fields, method.into(), watch::PATH.into(), watch::fields(&change.name, block), content)
}

#[cfg(test)]
mod tests {
    use adyton_protocol::watch::{Watch, Watched};

    use super::*;
    use crate::{code::tests::manifest, road::answer::tests::store, view::tests::view_after};

    fn watching(names: &[&str]) -> Manifest {
        let watch = |name: &&str| Watch { name: (*name).into(), what: Watched::Own };
        Manifest { watches: names.iter().map(watch).collect(), ..manifest() }
    }

    fn change(name: &str, view: &Arc<View>) -> Change {
        Change { name: name.into(), value: None, digest: Some(Digest([1; 32])), view: Arc::clone(view) }
    }

    #[tokio::test]
    async fn what_was_told_is_noted_with_the_commit_of_its_run_and_not_before() {
        let (store, view) = (store().await, Arc::new(view_after(2).await));
        let (manifest, change) = (watching(&["price"]), change("price", &view));
        let mut lost = store.begin().await.expect("begins");
        assert!(advance(&mut lost, &manifest, &change).await.expect("reads"));
        // As by a crash between the run and its commit.
        drop(lost);
        let mut again = store.begin().await.expect("begins");
        assert!(advance(&mut again, &manifest, &change).await.expect("reads"));
        let prepared = store.prepare(again).await.expect("prepares");
        store.commit(prepared, None).await.expect("commits");
        let mut after = store.begin().await.expect("begins");
        assert!(!advance(&mut after, &manifest, &change).await.expect("reads"));
        assert!(after.is_read_only(), "nothing of it is left to commit");
    }

    #[tokio::test]
    async fn what_a_manifest_watches_no_more_is_forgotten_and_the_others_are_not() {
        let (store, view) = (store().await, Arc::new(view_after(2).await));
        let mut transaction = store.begin().await.expect("begins");
        for name in ["price", "paid", "old"] {
            let both = watching(&["price", "paid", "old"]);
            assert!(advance(&mut transaction, &both, &change(name, &view)).await.expect("reads"));
        }
        let newer = watching(&["paid", "price", "new"]);
        assert!(advance(&mut transaction, &newer, &change("new", &view)).await.expect("reads"));
        let told = told(&mut transaction).await.expect("reads");
        assert!(told.iter().map(|told| &*told.name).eq(["price", "paid", "new"]));
        assert!(told.iter().all(|told| told.block == view.block().number && told.value == Some(Digest([1; 32]))));
    }

    #[tokio::test]
    async fn a_list_that_this_worker_did_not_write_is_not_read() {
        let store = store().await;
        for bytes in [&b"\x04"[..], b"\0\0"] {
            let mut transaction = store.begin().await.expect("begins");
            transaction.set(TOLD, bytes).expect("sets");
            assert!(told(&mut transaction).await.is_err());
        }
    }
}
