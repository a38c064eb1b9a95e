//! A source that remembers the proofs of finality which pass through it, so that they can go into a bundle.

use std::{collections::VecDeque, sync::Mutex};

use adyton_chain_client::{
    Error,
    rpc::{FinalityProof, RawBlock, RuntimeVersion, Source},
};
use adyton_protocol::ids::{AccountId, BlockHash, BlockNumber};
use async_trait::async_trait;

/// How many blocks are remembered.
const REMEMBERED: usize = 16;

/// Header and justification of one block, as they came: nothing here is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finality {
    /// SCALE encoding of the header.
    pub header: Vec<u8>,
    /// SCALE encoding of the justification.
    pub justification: Vec<u8>,
}

/// Passes every question on to `S`.
pub struct Recorder<S> {
    inner: S,
    seen: Mutex<VecDeque<(BlockHash, Parts)>>,
}

#[derive(Default, Clone)]
struct Parts {
    header: Option<Vec<u8>>,
    justification: Option<Vec<u8>>,
}

impl<S> Recorder<S> {
    /// Remembers what `inner` answers.
    pub fn new(inner: S) -> Self {
        Self { inner, seen: Mutex::default() }
    }

    /// What was seen of `block`, if both parts were.
    pub fn finality(&self, block: &BlockHash) -> Option<Finality> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (_, parts) = seen.iter().find(|(hash, _)| hash == block)?;
        Some(Finality { header: parts.header.clone()?, justification: parts.justification.clone()? })
    }

    /// [`Recorder::finality`], asked for again where what came since (a month of changes of the authorities, after the
    /// head that led to them) has taken its place.
    pub async fn finality_of(&self, block: &BlockHash) -> Result<Option<Finality>, Error>
    where
        S: Source,
    {
        if let Some(seen) = self.finality(block) {
            return Ok(Some(seen));
        }
        self.block(*block).await?;
        Ok(self.finality(block))
    }

    fn remember(&self, block: BlockHash, header: Option<&[u8]>, justification: Option<&[u8]>) {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = match seen.iter().position(|(hash, _)| *hash == block) {
            Some(at) => at,
            // Headers alone are not worth a place.
            None if justification.is_none() => return,
            None => {
                if seen.len() == REMEMBERED {
                    seen.pop_front();
                }
                seen.push_back((block, Parts::default()));
                seen.len() - 1
            }
        };
        let Some((_, parts)) = seen.get_mut(at) else { return };
        parts.header = header.map(<[u8]>::to_vec).or(parts.header.take());
        parts.justification = justification.map(<[u8]>::to_vec).or(parts.justification.take());
    }
}

#[async_trait]
impl<S: Source> Source for Recorder<S> {
    async fn finalized_hash(&self) -> Result<BlockHash, Error> {
        self.inner.finalized_hash().await
    }

    async fn block_hash(&self, number: BlockNumber) -> Result<Option<BlockHash>, Error> {
        self.inner.block_hash(number).await
    }

    async fn header(&self, block: BlockHash) -> Result<Option<Vec<u8>>, Error> {
        let header = self.inner.header(block).await?;
        self.remember(block, header.as_deref(), None);
        Ok(header)
    }

    async fn block(&self, block: BlockHash) -> Result<Option<RawBlock>, Error> {
        let answer = self.inner.block(block).await?;
        if let Some(raw) = &answer {
            self.remember(block, Some(&raw.header), raw.justification.as_deref());
        }
        Ok(answer)
    }

    async fn prove_finality(&self, known: BlockNumber) -> Result<Option<FinalityProof>, Error> {
        let answer = self.inner.prove_finality(known).await?;
        if let Some(proof) = &answer {
            self.remember(proof.block, proof.headers.last().map(Vec::as_slice), Some(&proof.justification));
        }
        Ok(answer)
    }

    async fn read_proof(&self, keys: &[Vec<u8>], at: BlockHash) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.read_proof(keys, at).await
    }

    async fn keys_paged(
        &self,
        prefix: &[u8],
        count: u32,
        after: Option<&[u8]>,
        at: BlockHash,
    ) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.keys_paged(prefix, count, after, at).await
    }

    async fn runtime_version(&self) -> Result<RuntimeVersion, Error> {
        self.inner.runtime_version().await
    }

    async fn next_nonce(&self, account: &AccountId) -> Result<u32, Error> {
        self.inner.next_nonce(account).await
    }

    async fn fee(&self, extrinsic: &[u8]) -> Result<u128, Error> {
        self.inner.fee(extrinsic).await
    }

    async fn submit(&self, extrinsic: &[u8]) -> Result<(), Error> {
        self.inner.submit(extrinsic).await
    }
}

#[cfg(test)]
mod tests {
    use adyton_chain_client::{
        fixture::{FixtureChain, FixtureSource},
        rpc::Reader,
    };

    use super::*;

    #[tokio::test]
    async fn the_finality_of_a_head_is_known_however_many_authority_sets_led_to_it() {
        let mut chain = FixtureChain::new(2);
        let (checkpoint, keys) = (chain.checkpoint(), chain.keys.clone());
        for _ in 0..=REMEMBERED {
            chain.hand_over(keys.clone());
        }
        chain.seal(&[], &[]);
        let source = FixtureSource::new(chain);
        // The last block of the last set before the head's own is the newest that it proves.
        source.forge().proven = u32::try_from(REMEMBERED + 1).ok();
        let reader = Reader::new(Recorder::new(source), checkpoint);
        let head = reader.head().await.expect("it is proven");
        assert_eq!(reader.source().finality(&head.hash()), None);
        let finality = reader.source().finality_of(&head.hash()).await.expect("the node answers");
        let newest = reader.source().inner.chain().head().clone();
        let parts = finality.map(|finality| (finality.header, Some(finality.justification)));
        assert_eq!(parts, Some((newest.header, newest.justification)));
    }
}
