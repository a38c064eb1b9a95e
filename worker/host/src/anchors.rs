//! Carries the heads of open stores, and the root over the receipts since, to the chain.
//!
//! One extrinsic takes the newest heads of many contracts. It is sent at the latest after the configured
//! seconds, and at once where an answer waits for it. A head under an anchor cannot be rolled back; a receipt
//! under one outlives the worker's later revocation, and [`history`] proves that it is under one.

mod history;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adyton_chain_client::{
    extrinsic::calls::{Call, Contracts},
    facts::Facts,
};
use adyton_protocol::{
    anchor::AnchorProof,
    ids::{ContractId, Digest},
    merkle,
    record::{Anchor, StateHead},
    storage,
};
use tokio::sync::{Notify, watch};

use self::history::{History, Owner};
use crate::{
    contract::Contract,
    error::Refusal,
    view::View,
    worker::{Slot, Worker},
};

/// The most heads of one extrinsic.
const MAX_ANCHORS: usize = 64;
/// The most receipts under one root.
const MAX_RECEIPTS: usize = 1 << 15;
/// How long an answer waits for its anchor.
const WAIT: Duration = Duration::from_secs(60);
/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(2);
/// How often is looked whether everything was sent.
const LOOK: Duration = Duration::from_millis(50);

/// What waits to be anchored.
pub struct Anchors {
    pending: Mutex<Pending>,
    urgent: Notify,
    view: watch::Receiver<Option<Arc<View>>>,
}

#[derive(Default)]
struct Pending {
    heads: BTreeMap<ContractId, Anchor>,
    /// The newest commit of each contract that this boot made durable, whether it was sent or not.
    newest: BTreeMap<ContractId, Anchor>,
    receipts: Vec<merkle::Hash>,
    /// Receipts that get no anchor, since the last that could be sent.
    dropped: u64,
    history: History,
    /// Whether what was taken from here is on its way.
    sending: bool,
}

impl Anchors {
    /// None waiting; `view` shows what is anchored.
    pub fn new(view: watch::Receiver<Option<Arc<View>>>) -> Self {
        Self { pending: Mutex::default(), urgent: Notify::new(), view }
    }

    /// A commit was made durable, with the receipt whose leaf is `receipt`; the worker's own commits have none.
    pub fn committed(&self, contract: &Contract, head: StateHead, receipt: Option<merkle::Hash>) {
        let anchor = Anchor { contract: contract.id, lease: contract.lease, incarnation: contract.incarnation, head };
        let mut pending = self.pending();
        pending.receipts.extend(receipt);
        pending.drop_surplus();
        if pending.receipts.len() == MAX_RECEIPTS / 2 {
            self.urgent.notify_one();
        }
        pending.made(anchor);
    }

    /// The proof that the receipt with this leaf is under an anchor, for the chain's record with `count` anchors.
    pub fn proof(&self, receipt: &merkle::Hash, count: u32) -> Result<AnchorProof, Refusal> {
        let pending = self.pending();
        let waits = || pending.receipts.contains(receipt) || pending.history.is_sent(receipt);
        match pending.history.proof(receipt, count) {
            Err(Refusal::AnchorUnknown(_)) if waits() => Err(Refusal::AnchorPending),
            answer => answer,
        }
    }

    /// The newest head that this boot made durable under `lease`. When the store is opened again under it, an older
    /// copy is refused though the chain does not know this head yet.
    pub fn newest(&self, contract: &ContractId, lease: u64) -> Option<StateHead> {
        self.pending().newest.get(contract).filter(|newest| newest.lease == lease).map(|newest| newest.head)
    }

    /// Waits until the chain has finalized a head of `contract` at or after `sequence`.
    pub async fn wait(&self, contract: &Contract, sequence: u64) -> Result<(), Refusal> {
        self.wait_for(contract, sequence, WAIT).await
    }

    async fn wait_for(&self, contract: &Contract, sequence: u64, limit: Duration) -> Result<(), Refusal> {
        let mut view = self.view.clone();
        let done = |view: &Option<Arc<View>>| {
            let facts = view.as_ref().and_then(|view| view.contracts.get(&contract.id));
            let head = facts.and_then(|facts| facts.head);
            head.is_some_and(|head| head.incarnation == contract.incarnation && head.latest.sequence >= sequence)
        };
        if done(&view.borrow()) {
            return Ok(());
        }
        self.urgent.notify_one();
        match tokio::time::timeout(limit, view.wait_for(done)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Refusal::NotAnchored),
        }
    }

    /// Sends what waits at once, and returns when nothing waits and nothing is on its way.
    pub async fn settle(&self) {
        while !self.is_settled() {
            self.hurry();
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether nothing waits and nothing is on its way.
    pub fn is_settled(&self) -> bool {
        let pending = self.pending();
        pending.heads.is_empty() && pending.receipts.is_empty() && !pending.sending
    }

    /// Sends what waits at once.
    pub fn hurry(&self) {
        self.urgent.notify_one();
    }

    /// Does `meanwhile` while nothing is noted.
    #[cfg(test)]
    pub fn hold<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        let _pending = self.pending();
        meanwhile()
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    /// Notes a commit. Commits of one contract may come here out of order, and a call that wrote nothing comes with
    /// the head that it read, however long ago. An older one is let go, though the newer one was sent already: the
    /// chain refuses a list in which one head goes back, and with it the heads of all other contracts.
    fn made(&mut self, anchor: Anchor) {
        let known = self.newest.get(&anchor.contract);
        if known.is_some_and(|known| (known.lease, known.head.sequence) > (anchor.lease, anchor.head.sequence)) {
            return;
        }
        self.newest.insert(anchor.contract, anchor);
        self.put(anchor);
    }

    /// Keeps the newest head of each contract.
    fn put(&mut self, anchor: Anchor) {
        match self.heads.entry(anchor.contract) {
            Entry::Vacant(free) => {
                free.insert(anchor);
            }
            Entry::Occupied(mut taken) => {
                let (new, old) = (&anchor, taken.get());
                if (new.lease, new.incarnation, new.head.sequence) >= (old.lease, old.incarnation, old.head.sequence) {
                    taken.insert(anchor);
                }
            }
        }
    }

    /// Takes what one extrinsic carries, ascending by contract.
    fn take(&mut self) -> (Vec<Anchor>, Vec<merkle::Hash>) {
        let ids: Vec<ContractId> = self.heads.keys().copied().take(MAX_ANCHORS).collect();
        let anchors = ids.iter().filter_map(|id| self.heads.remove(id)).collect();
        self.sending = !ids.is_empty() || !self.receipts.is_empty();
        (anchors, std::mem::take(&mut self.receipts))
    }

    /// Puts back what could not be sent.
    fn restore(&mut self, anchors: Vec<Anchor>, mut receipts: Vec<merkle::Hash>) {
        self.sending = false;
        for anchor in anchors {
            self.put(anchor);
        }
        receipts.append(&mut self.receipts);
        self.receipts = receipts;
        self.drop_surplus();
    }

    /// Keeps the memory bounded while the chain takes nothing: what is too much never gets an anchor.
    fn drop_surplus(&mut self) {
        let surplus = self.receipts.len().saturating_sub(MAX_RECEIPTS);
        if surplus == 0 {
            return;
        }
        self.receipts.truncate(MAX_RECEIPTS);
        // Once per flood, and not once per call.
        if self.dropped == 0 {
            tracing::warn!("the chain takes no anchors, and too many receipts wait: newer ones will have none");
        }
        self.dropped += surplus as u64;
    }
}

/// Sends anchors until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let every = Duration::from_secs(worker.config.local.anchor_seconds);
    loop {
        let _ = tokio::time::timeout(every, worker.anchors.urgent.notified()).await;
        loop {
            let (anchors, receipts) = worker.anchors.pending().take();
            match send(&worker, anchors, receipts).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "an anchor was not taken; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Sends what was taken, and looks whether the chain has it; false if there was nothing to send. What did not arrive
/// is put back.
async fn send(worker: &Worker, anchors: Vec<Anchor>, mut receipts: Vec<merkle::Hash>) -> anyhow::Result<bool> {
    let anchors = pinned(worker, anchors).await;
    if anchors.is_empty() && receipts.is_empty() {
        worker.anchors.pending().restore(anchors, receipts);
        return Ok(false);
    }
    if let Err(error) = observe(worker).await {
        worker.anchors.pending().restore(anchors, receipts);
        return Err(error);
    }
    worker.anchors.pending().history.send(&mut receipts);
    let call = Contracts::Anchor { anchors: anchors.clone(), receipts: Digest(merkle::root(&receipts)) };
    let outcome = worker.chain.call(Call::Contracts(call)).await;
    // What became of the receipts, the chain's record says: an extrinsic may arrive after it was given up.
    let arrived = observe(worker).await.unwrap_or(false);
    match outcome {
        Ok(()) if arrived => {
            let dropped = std::mem::take(&mut worker.anchors.pending().dropped);
            if dropped > 0 {
                tracing::warn!(dropped, "receipts have no anchor: they do not outlive this worker's revocation");
            }
            return Ok(true);
        }
        // Heads may be sent twice.
        Ok(()) | Err(_) => {
            let receipts = if arrived { Vec::new() } else { receipts };
            worker.anchors.pending().restore(anchors, receipts);
        }
    }
    outcome.and_then(|()| anyhow::bail!("the newest head does not show it"))
}

/// Takes the chain's record of this worker's anchors over; true if it shows what was sent last. Only while the chain
/// knows this boot nobody else can change the record.
async fn observe(worker: &Worker) -> anyhow::Result<bool> {
    let keys = [storage::workers(&worker.id), storage::receipt_anchors(&worker.id)];
    let facts = Facts::from(worker.chain.reader.read(&keys).await?.values);
    let key = worker.signing_key();
    let registered = facts.worker(&worker.id)?.is_some_and(|own| own.signing_key == key);
    anyhow::ensure!(registered, "this boot is not registered");
    let owner = Owner { network: worker.network, worker: worker.id, key };
    Ok(worker.anchors.pending().history.observe(&owner, facts.receipt_anchors(&worker.id)?))
}

/// Those that are still this worker's to anchor, each pinned in its store first: whatever the chain comes to know,
/// the store has to recognise when it is opened again, however many commits follow.
async fn pinned(worker: &Worker, anchors: Vec<Anchor>) -> Vec<Anchor> {
    let pins = anchors.into_iter().filter_map(|anchor| {
        let contract = current(worker, &anchor)?;
        Some(async move {
            match contract.store.pin(anchor.head).await {
                Ok(()) => Some(anchor),
                Err(error) => {
                    tracing::warn!(contract = %anchor.contract, %error, "a head was not pinned, and is not anchored");
                    None
                }
            }
        })
    });
    futures::future::join_all(pins).await.into_iter().flatten().collect()
}

/// The contract that is open as the anchor says; none if it was opened again since, or the lease went.
fn current(worker: &Worker, anchor: &Anchor) -> Option<Arc<Contract>> {
    match worker.slot(&anchor.contract) {
        Some(Slot::Ready(contract)) if contract.lease == anchor.lease && contract.incarnation == anchor.incarnation => {
            Some(contract)
        }
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::record::HeadRecord;

    use super::*;
    use crate::{
        code::tests::{engine, manifest},
        contract,
        view::tests::{CONTRACT, view},
    };

    /// A view in which the chain has finalized commit `sequence` of an incarnation of [`CONTRACT`].
    async fn finalized(incarnation: u64, sequence: u64) -> Option<Arc<View>> {
        let mut view = view(Duration::from_secs(60)).await;
        let latest = StateHead { sequence, hash: Digest([0; 32]) };
        let opening = StateHead::genesis(&CONTRACT);
        let facts = view.contracts.get_mut(&CONTRACT).expect("the contract is in the view");
        facts.head = Some(HeadRecord { incarnation, lease: 7, boot: 1, opening, latest });
        Some(Arc::new(view))
    }

    #[tokio::test]
    async fn an_answer_waits_until_the_chain_has_finalized_its_commit_or_a_later_one_of_this_opening() {
        let (contract, long) = (contract::tests::open(&engine(), manifest()).await, Duration::from_secs(60));
        let views = watch::Sender::new(None);
        let anchors = Anchors::new(views.subscribe());
        // Nothing, an earlier commit, and one of another incarnation, whatever its number is.
        for other in [None, finalized(1, 4).await, finalized(2, 9).await] {
            views.send_replace(other);
            let waits = anchors.wait_for(&contract, 5, Duration::from_millis(50));
            assert_eq!(waits.await, Err(Refusal::NotAnchored));
            anchors.urgent.notified().await;
        }
        for newer in [finalized(1, 5).await, finalized(1, 6).await] {
            views.send_replace(finalized(1, 4).await);
            let (waited, ()) = tokio::join!(anchors.wait_for(&contract, 5, long), async {
                let sent = tokio::time::timeout(long, anchors.urgent.notified());
                sent.await.expect("an anchor that is waited for is sent now, and not at its next time");
                views.send_replace(newer);
            });
            assert_eq!(waited, Ok(()));
        }
        assert_eq!(anchors.wait_for(&contract, 5, Duration::ZERO).await, Ok(()), "it is finalized already");
    }

    #[tokio::test]
    async fn an_answer_that_waits_when_the_worker_ends_is_not_anchored() {
        let contract = contract::tests::open(&engine(), manifest()).await;
        let views = watch::Sender::new(None);
        let anchors = Anchors::new(views.subscribe());
        drop(views);
        assert_eq!(anchors.wait(&contract, 1).await, Err(Refusal::NotAnchored));
    }

    fn anchor(contract: u8, incarnation: u64, sequence: u64) -> Anchor {
        let head = StateHead { sequence, hash: Digest([0; 32]) };
        Anchor { contract: ContractId([contract; 32]), lease: 1, incarnation, head }
    }

    #[test]
    fn only_the_newest_head_of_a_contract_is_sent() {
        let mut pending = Pending::default();
        for (incarnation, sequence) in [(1, 5), (1, 7), (1, 6), (2, 6)] {
            pending.put(anchor(1, incarnation, sequence));
        }
        assert_eq!(pending.take().0, vec![anchor(1, 2, 6)]);
        assert!(pending.take().0.is_empty());
    }

    #[test]
    fn what_is_too_much_is_dropped_and_counted() {
        let mut pending = Pending { receipts: vec![[1; 32]; MAX_RECEIPTS], ..Pending::default() };
        pending.drop_surplus();
        assert_eq!((pending.receipts.len(), pending.dropped), (MAX_RECEIPTS, 0));
        pending.restore(Vec::new(), vec![[2; 32]; 3]);
        assert_eq!((pending.receipts.len(), pending.dropped), (MAX_RECEIPTS, 3));
        assert_eq!(pending.receipts[..4], [[2; 32], [2; 32], [2; 32], [1; 32]], "older ones stay");
    }

    #[test]
    fn the_newest_commit_of_a_lease_stays_known_after_it_was_sent() {
        let anchors = Anchors::new(watch::Sender::new(None).subscribe());
        for sequence in [5, 7, 6] {
            anchors.pending().made(anchor(1, 1, sequence));
        }
        anchors.pending().take();
        let id = ContractId([1; 32]);
        assert_eq!(anchors.newest(&id, 1).map(|head| head.sequence), Some(7));
        assert_eq!(anchors.newest(&id, 2), None, "another holder may have written since");
    }

    #[test]
    fn a_head_older_than_one_that_was_sent_is_not_sent() {
        let mut pending = Pending::default();
        pending.made(anchor(1, 1, 7));
        assert_eq!(pending.take().0, vec![anchor(1, 1, 7)]);
        // A long call that only read ends, with the head that it began on.
        pending.made(anchor(1, 1, 6));
        assert!(pending.take().0.is_empty());
        pending.made(anchor(1, 2, 7));
        assert_eq!(pending.take().0, vec![anchor(1, 2, 7)]);
    }

    #[tokio::test]
    async fn everything_is_settled_only_when_what_was_taken_has_arrived() {
        let anchors = Anchors::new(watch::Sender::new(None).subscribe());
        let settled = async || tokio::time::timeout(LOOK * 3, anchors.settle()).await.is_ok();
        assert!(settled().await, "nothing waits");
        anchors.pending().made(anchor(1, 1, 5));
        assert!(!settled().await, "one waits");
        let (heads, receipts) = anchors.pending().take();
        assert!(!settled().await, "it is on its way");
        anchors.pending().restore(heads, receipts);
        assert!(!settled().await, "it was not taken");
        anchors.pending().take();
        anchors.pending().take();
        assert!(settled().await, "the next look found nothing more to send");
    }

    #[test]
    fn what_could_not_be_sent_comes_again_unless_something_newer_did() {
        let mut pending = Pending::default();
        pending.put(anchor(1, 1, 1));
        pending.put(anchor(2, 1, 1));
        pending.receipts.push([1; 32]);
        let (anchors, receipts) = pending.take();
        pending.put(anchor(2, 1, 2));
        pending.receipts.push([2; 32]);
        pending.restore(anchors, receipts);
        assert_eq!(pending.take(), (vec![anchor(1, 1, 1), anchor(2, 1, 2)], vec![[1; 32], [2; 32]]));
    }

    #[test]
    fn one_extrinsic_takes_a_bounded_number_in_ascending_order() {
        let mut pending = Pending::default();
        for contract in (0..100).rev() {
            pending.put(anchor(contract, 1, 1));
        }
        let (anchors, _) = pending.take();
        assert_eq!(anchors.len(), MAX_ANCHORS);
        assert!(anchors.windows(2).all(|pair| pair[0].contract < pair[1].contract));
    }
}
