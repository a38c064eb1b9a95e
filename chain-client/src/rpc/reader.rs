//! Proven reads over an untrusted source.
//!
//! Round trips: a head costs one when it is still the newest (`chain_getFinalizedHead`) and two when it is not
//! (`chain_getBlock`, which brings the justification); a read of any number of keys costs one more
//! (`state_getReadProof`). Where a node keeps a justification only for every n-th block, the way back to the
//! last of them costs one for each block.

use std::time::{Duration, Instant};

use adyton_protocol::ids::{BlockHash, BlockNumber};
use tokio::sync::Mutex;

use super::{FinalityProof, RawBlock, Source};
use crate::{
    Error,
    verifier::{Checkpoint, FinalizedHeader, Header, Heads, ProvenValues, verify_finality, verify_storage},
};

/// Keys of one page of an unproven list.
const PAGE: u32 = 500;
/// How many blocks back a justification is looked for.
const WALK: usize = 64;

/// Reads proven facts at finalized heads that never go back.
pub struct Reader<S> {
    source: S,
    checkpoint: Checkpoint,
    max_age: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    heads: Heads,
    newest: Option<(FinalizedHeader, Instant)>,
}

/// A finalized head, with values proven at it.
#[derive(Debug, Clone)]
pub struct Tip {
    /// The head.
    pub head: FinalizedHeader,
    /// The values.
    pub values: ProvenValues,
}

impl<S: Source> Reader<S> {
    /// Reads from `source` what `checkpoint` proves.
    pub fn new(source: S, checkpoint: Checkpoint) -> Self {
        Self { source, checkpoint, max_age: Duration::ZERO, state: Mutex::default() }
    }

    /// Lets [`Reader::head`] give a proven head again, without asking, for `max_age` (otherwise zero).
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// The source, to ask what need not be proven.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Where verification starts.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The newest finalized head that the source proves. One below an earlier one is refused.
    pub async fn head(&self) -> Result<FinalizedHeader, Error> {
        let mut state = self.state.lock().await;
        let known = state.newest.clone();
        if let Some((head, at)) = &known
            && at.elapsed() < self.max_age
        {
            return Ok(head.clone());
        }
        let asked = Instant::now();
        let head = self.newest(known.as_ref().map(|(head, _)| head)).await?;
        state.heads.observe(head.block())?;
        state.newest = Some((head.clone(), asked));
        Ok(head)
    }

    /// The values of `keys` at the newest finalized head.
    pub async fn read(&self, keys: &[Vec<u8>]) -> Result<Tip, Error> {
        let head = self.head().await?;
        let values = self.read_at(&head, keys).await?;
        Ok(Tip { head, values })
    }

    /// The values of `keys` at a finalized head.
    pub async fn read_at(&self, head: &FinalizedHeader, keys: &[Vec<u8>]) -> Result<ProvenValues, Error> {
        let proof = self.source.read_proof(keys, head.hash()).await?;
        Ok(verify_storage(head, &proof, keys)?)
    }

    /// The first head above block `after`, asking every `poll`, or nothing within `limit`.
    pub async fn head_above(
        &self,
        after: BlockNumber,
        poll: Duration,
        limit: Duration,
    ) -> Result<FinalizedHeader, Error> {
        let start = Instant::now();
        loop {
            let head = self.head().await?;
            if head.number() > after {
                return Ok(head);
            }
            if start.elapsed() >= limit {
                return Err(Error::TimedOut { what: "no newer block was finalized", waited: limit });
            }
            tokio::time::sleep(poll).await;
        }
    }

    /// The finalized parent of a finalized header.
    pub async fn parent(&self, head: &FinalizedHeader) -> Result<FinalizedHeader, Error> {
        let header =
            self.source.header(head.parent_hash()).await?.ok_or(Error::Missing("header of a finalized block"))?;
        Ok(head.parent(&header)?)
    }

    /// The storage keys under `prefix`, as the source lists them: their values can be proven, that none is
    /// missing cannot. At most `limit`.
    pub async fn unproven_keys(
        &self,
        head: &FinalizedHeader,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        while keys.len() < limit {
            let after = keys.last().map(Vec::as_slice);
            let page = self.source.keys_paged(prefix, PAGE, after, head.hash()).await?;
            let full = page.len() == PAGE as usize;
            for key in page {
                // A list that does not move on would never end.
                if !key.starts_with(prefix) || keys.last().is_some_and(|last| *last >= key) {
                    return Err(Error::BadAnswer("state_getKeysPaged"));
                }
                keys.push(key);
            }
            if !full {
                break;
            }
        }
        keys.truncate(limit);
        Ok(keys)
    }

    /// The newest head, when `known` is the newest that is proven so far.
    async fn newest(&self, known: Option<&FinalizedHeader>) -> Result<FinalizedHeader, Error> {
        let hash = self.source.finalized_hash().await?;
        if let Some(known) = known
            && known.hash() == hash
        {
            return Ok(known.clone());
        }
        let block = self.block(hash).await?;
        match self.proven(hash, &block)? {
            Some(head) => Ok(head),
            None => self.justified(known, block).await,
        }
    }

    /// The newest justified block, when `block`, the newest that is said to be final, has no justification.
    async fn justified(&self, known: Option<&FinalizedHeader>, mut block: RawBlock) -> Result<FinalizedHeader, Error> {
        let mut header = Header::decode_exact(&block.header)?;
        // Nodes answer this only for a chain whose authorities changed at least once.
        if let Ok(Some(proof)) = self.source.prove_finality(header.number).await {
            return self.check(proof).await;
        }
        for _ in 0..WALK {
            if let Some(known) = known
                && header.number <= known.number() + 1
            {
                return Ok(known.clone());
            }
            let hash = header.parent;
            block = self.block(hash).await?;
            if let Some(head) = self.proven(hash, &block)? {
                return Ok(head);
            }
            header = Header::decode_exact(&block.header)?;
        }
        Err(Error::Missing("proof of finality"))
    }

    /// The block as a proven head: the checkpoint's own, or one with its justification; otherwise none.
    fn proven(&self, hash: BlockHash, block: &RawBlock) -> Result<Option<FinalizedHeader>, Error> {
        if hash == self.checkpoint.hash {
            return Ok(Some(self.checkpoint.block(&block.header)?));
        }
        match &block.justification {
            Some(justification) => Ok(Some(verify_finality(&self.checkpoint, &block.header, justification)?)),
            None => Ok(None),
        }
    }

    async fn block(&self, hash: BlockHash) -> Result<RawBlock, Error> {
        self.source.block(hash).await?.ok_or(Error::Missing("finalized block"))
    }

    async fn check(&self, proof: FinalityProof) -> Result<FinalizedHeader, Error> {
        let header = match proof.headers.last() {
            Some(header) => header.clone(),
            None => self.source.header(proof.block).await?.ok_or(Error::Missing("header of a finalized block"))?,
        };
        Ok(verify_finality(&self.checkpoint, &header, &proof.justification)?)
    }
}

impl Checkpoint {
    /// The checkpoint at the genesis, with header and authorities fetched from `source` and proven under
    /// `genesis_hash`, which alone is taken for granted. The node has to keep the genesis state.
    pub async fn fetch_genesis(source: &impl Source, genesis_hash: BlockHash) -> Result<Self, Error> {
        let header = source.header(genesis_hash).await?.ok_or(Error::Missing("genesis header"))?;
        let proof = source.read_proof(&Self::genesis_keys(), genesis_hash).await?;
        Ok(Self::from_genesis(genesis_hash, &header, &proof)?)
    }
}
