//! The anchor of a saved receipt: what shows that the receipt was there when its worker was valid, so that it outlives
//! the worker's later revocation.

use std::time::Duration;

use adyton_chain_client::{
    facts::Facts,
    rpc::Source,
    verifier::{Checkpoint, FinalizedHeader, Refusal, verify_storage},
};
use adyton_protocol::{
    anchor::{AnchorError, AnchorProof},
    ids::{BlockNumber, WorkerId},
    storage,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::{
    bundle::{BadBundle, Bundle, Hex, Receipt, Trust, hexadecimal},
    check::{Check, OpenReceipt, Outcome},
    client::Client,
    error::Error,
    handover::{self, EndOfSet},
};

/// The name of the check.
pub(crate) const NAME: &str = "anchored";
/// The pause between two questions whether the anchor is there.
const PAUSE: Duration = Duration::from_secs(1);

/// An anchor with its proofs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Anchor {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    handovers: Vec<EndOfSet>,
    #[serde(with = "hexadecimal")]
    header: Vec<u8>,
    #[serde(with = "hexadecimal")]
    justification: Vec<u8>,
    proof: Vec<Hex>,
    #[serde(with = "hexadecimal")]
    inclusion: Vec<u8>,
}

/// Why an anchor does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnchorRefusal {
    /// The chain does not prove what it should.
    #[error(transparent)]
    Chain(#[from] Refusal),
    /// The way from the receipt to the chain's record.
    #[error(transparent)]
    Proof(#[from] AnchorError),
    /// The receipt contradicts it.
    #[error("in block {anchored}, but the worker says that it acted on block {acted}, which is later")]
    Earlier {
        /// The block of the anchor.
        anchored: BlockNumber,
        /// The block that the receipt names.
        acted: BlockNumber,
    },
}

impl Anchor {
    /// The block in which `worker` anchored the receipt.
    pub(crate) fn verify(
        &self,
        checkpoint: &Checkpoint,
        worker: &WorkerId,
        receipt: &OpenReceipt,
    ) -> Result<BlockNumber, AnchorRefusal> {
        let checkpoint = handover::follow(checkpoint, &self.handovers)?;
        let header = handover::finalized(&checkpoint, &self.header, &self.justification)?;
        let nodes: Vec<Vec<u8>> = self.proof.iter().map(|Hex(node)| node.clone()).collect();
        let values = verify_storage(&header, &nodes, &[storage::receipt_anchors(worker)])?;
        let anchors = Facts::from(values).receipt_anchors(worker)?;
        let (fields, leaf) = (receipt.fields(), receipt.receipt().anchor_leaf());
        let proof = AnchorProof::from_bytes(&self.inclusion)?;
        let anchored = proof.verify(&fields.network, worker, &fields.worker, leaf, &anchors)?;
        let acted = fields.block.number;
        if acted > anchored { Err(AnchorRefusal::Earlier { anchored, acted }) } else { Ok(anchored) }
    }
}

impl<S: Source> Client<S> {
    /// Adds the anchor of its receipt to a bundle, and gives the anchor's block. Waits for it until `limit` is over: a
    /// worker anchors now and then. One that was revoked before it did so never will.
    pub async fn anchor(&self, bundle: &mut Bundle, limit: Duration) -> Result<BlockNumber, Error> {
        let (verification, receipt) = bundle.verify_all(Trust::Network(self.network()));
        if let Some(block) = verification.anchored {
            return Ok(block);
        }
        let failed = verification.checks.iter().find(|check| check.outcome == Outcome::Failed);
        if let Some(Check { name, reason, .. }) = failed {
            return Err(BadBundle::DoesNotHold { check: name, reason: reason.clone() }.into());
        }
        let Some(receipt) = receipt else { return Err(BadBundle::Form("it has no receipt".into()).into()) };
        let start = Instant::now();
        loop {
            match self.find_anchor(bundle, &receipt).await {
                Err(Error::Gateway { code, .. }) if code == "anchor-pending" => {}
                Err(error) => return Err(error),
                Ok(Some((anchor, block))) => {
                    bundle.anchor = Some(anchor);
                    return Ok(block);
                }
                Ok(None) => {}
            }
            if start.elapsed() >= limit {
                let what = "the worker put the receipt under no anchor".into();
                return Err(Error::TimedOut { what, seconds: limit.as_secs() });
            }
            sleep(PAUSE).await;
        }
    }

    /// The anchor, as the newest finalized head proves it.
    async fn find_anchor(&self, bundle: &Bundle, receipt: &Receipt) -> Result<Option<(Anchor, BlockNumber)>, Error> {
        let head = self.reader().head().await?;
        let key = storage::receipt_anchors(&receipt.worker);
        let count = self.facts_at(&head, &[key]).await?.receipt_anchors(&receipt.worker)?.count;
        if count == 0 {
            return Ok(None);
        }
        let leaf = receipt.open.receipt().anchor_leaf();
        let inclusion = self.gateway().anchor(&bundle.contract, &leaf, count).await?;
        let anchor = self.prove_anchor(&head, &receipt.worker, inclusion).await?;
        let refused = |refusal: AnchorRefusal| Error::Check { check: NAME, reason: refusal.to_string() };
        let block = anchor.verify(&self.network().checkpoint, &receipt.worker, &receipt.open).map_err(refused)?;
        Ok(Some((anchor, block)))
    }

    async fn prove_anchor(
        &self,
        head: &FinalizedHeader,
        worker: &WorkerId,
        inclusion: Vec<u8>,
    ) -> Result<Anchor, Error> {
        let source = self.reader().source();
        let proof = source.read_proof(&[storage::receipt_anchors(worker)], head.hash()).await?;
        let finality = source.finality_of(&head.hash()).await?.ok_or(BadBundle::NoFinality(head.number()))?;
        Ok(Anchor {
            handovers: self.reader().handovers(head).await.into_iter().map(EndOfSet::from).collect(),
            header: finality.header,
            justification: finality.justification,
            proof: proof.into_iter().map(Hex).collect(),
            inclusion,
        })
    }
}
