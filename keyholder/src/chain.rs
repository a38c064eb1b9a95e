//! The keyholder's view of the chain: proven reads, and the pulse that keeps them fresh.
//!
//! The node is not believed. A read counts only at a head that is not older than a nonce of this boot's own,
//! which the pulse posts to the chain (`workers.heartbeat`) in good time before the last one's window ends.

use adyton_admission::{AdmissionError, ChainReader, counter, heartbeat};
use adyton_chain_client::{
    Error,
    extrinsic::{self, Call, Options, Signed, Signer},
    facts::{Facts as Proven, runtime_code_key},
    verifier::{Checkpoint, FinalizedHeader, FreshHeader, Freshness, Refusal},
};
use adyton_protocol::ids::{ContractId, WorkerId};
use async_trait::async_trait;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tracing::{debug, warn};

use crate::{
    api::{ChainUnavailable, ChainView},
    decision::Facts,
    facts::Subject,
};

/// How often a new nonce is posted, as a part of the window for which one holds.
const BEATS_PER_WINDOW: u32 = 3;
/// How often the chain is asked whether a posted nonce is final.
const POLL: Duration = Duration::from_millis(250);
/// How long after a failure the pulse waits.
const PAUSE: Duration = Duration::from_secs(2);

/// A light verifier over any node, for one registered keyholder.
pub struct LightView {
    reader: Arc<ChainReader>,
    freshness: Mutex<Freshness>,
    /// Held from reading a head until it is accepted: of two reads at the same time, the one with the older head
    /// must not come second, where it would look like a chain that goes back.
    order: tokio::sync::Mutex<()>,
    /// Held from signing an extrinsic until the node has it: two that are signed at the same time have the same nonce.
    turn: tokio::sync::Mutex<()>,
    keyholder: WorkerId,
    window: Duration,
}

impl LightView {
    /// For the keyholder `keyholder`; a nonce holds for `window`.
    pub fn new(reader: Arc<ChainReader>, keyholder: WorkerId, window: Duration) -> Self {
        let (freshness, order, turn) =
            (Mutex::new(Freshness::new(keyholder, window)), Default::default(), Default::default());
        Self { reader, freshness, order, turn, keyholder, window }
    }

    /// The reader below, for what need not be fresh.
    pub fn reader(&self) -> &ChainReader {
        &self.reader
    }

    /// Posts nonces for ever, so that the view stays fresh. Failures are reported and tried again; meanwhile
    /// the view goes stale and nothing is released.
    pub async fn pulse(&self, signer: &dyn Signer) {
        loop {
            match self.beat(signer).await {
                Ok(()) => tokio::time::sleep(self.window / BEATS_PER_WINDOW).await,
                Err(error) => {
                    warn!(%error, "no heartbeat");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Posts one nonce and waits until it is proven.
    pub async fn beat(&self, signer: &dyn Signer) -> Result<(), AdmissionError> {
        let call = heartbeat(&mut self.freshness())?;
        let options = Options { limit: self.window, poll: POLL, ..Options::default() };
        let mut signed = self.send(signer, &call, &options).await?;
        let (keys, limit) = ([self.freshness().key(), runtime_code_key()], counter() + self.window);
        loop {
            let tip = self.reader.read(&keys).await?;
            if self.freshness().observe(&tip.values, counter())? {
                debug!(block = tip.head.number(), "heartbeat proven");
                return Ok(());
            }
            if counter() >= limit {
                return Err(Error::TimedOut { what: "the heartbeat was not finalized", waited: self.window }.into());
            }
            if Proven::from(tip.values).runtime_code()?.specification != signed.specification {
                // The chain's code was replaced before a block took it: none will. Its nonce is still the next one.
                let again = Options { nonce: Some(signed.nonce), ..options };
                signed = self.send(signer, &call, &again).await?;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Posts `call` and waits, at most for `limit`, until a finalized block carries it. What became of it there, the
    /// state says.
    pub async fn post(&self, signer: &dyn Signer, call: &Call, limit: Duration) -> Result<(), Error> {
        let options = Options { limit, poll: POLL, ..Options::default() };
        extrinsic::carried(&*self.reader, signer, call, &options, &self.turn).await.map(drop)
    }

    async fn send(&self, signer: &dyn Signer, call: &Call, options: &Options) -> Result<Signed, Error> {
        let _turn = self.turn.lock().await;
        let signed = extrinsic::sign(&self.reader, signer, call, options).await?;
        extrinsic::submit(&self.reader, &signed).await?;
        Ok(signed)
    }

    /// A checkpoint at the newest head; refused where that is not fresh by a nonce of this process.
    pub async fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let (head, accepted) = self.newest().await?;
        let fresh = accepted?;
        let checkpoint = self.reader.checkpoint_at(&head).await?;
        fresh.check(counter())?;
        Ok(checkpoint)
    }

    /// The newest head, and whether it is fresh.
    async fn newest(&self) -> Result<(FinalizedHeader, Result<FreshHeader, Refusal>), Error> {
        let _order = self.order.lock().await;
        let head = self.reader.head().await?;
        Ok((head.clone(), self.freshness().accept(head, counter())))
    }

    async fn read(&self, subject: &Subject) -> Result<Facts, Error> {
        let (head, accepted) = self.newest().await?;
        let first = Proven::from(self.reader.read_at(&head, &subject.keys()).await?);
        let more = subject.validity_keys(&first)?;
        let proven = first.and(self.reader.read_at(&head, &more).await?)?;
        Ok(subject.facts(&proven, still_fresh(accepted))?)
    }

    fn freshness(&self) -> MutexGuard<'_, Freshness> {
        self.freshness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what was accepted before the reads is fresh after them.
fn still_fresh(accepted: Result<FreshHeader, Refusal>) -> bool {
    match accepted.and_then(|head| head.check(counter())) {
        Ok(()) => true,
        Err(refusal) => {
            warn!(%refusal, "the chain's view is not fresh");
            false
        }
    }
}

#[async_trait]
impl ChainView for LightView {
    async fn facts(&self, worker: &WorkerId, contract: &ContractId) -> Result<Facts, ChainUnavailable> {
        let subject = Subject { keyholder: self.keyholder, worker: *worker, contract: *contract };
        self.read(&subject).await.map_err(|error| ChainUnavailable(error.to_string()))
    }
}
