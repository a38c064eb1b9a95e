//! Proven reads over an untrusted source.
//!
//! Round trips: a head costs one when it is still the newest (`chain_getFinalizedHead`) and two when it is not
//! (`chain_getBlock`, which brings the justification); a read of any number of keys costs one more
//! (`state_getReadProof`). Where a node keeps a justification only for every n-th block, the way back to the
//! last of them costs one for each block. Each change of the authorities costs one more (`adyton_proveFinality`), once.

use std::time::{Duration, Instant};

use adyton_protocol::{
    ids::{BlockHash, BlockNumber},
    storage,
};
use tokio::sync::Mutex;

use super::{FinalityProof, RawBlock, Source};
use crate::{
    Error,
    verifier::{
        Checkpoint, FinalizedHeader, Handover, Header, Heads, ProvenValues, Refusal, check_clock, verify_finality,
        verify_storage,
    },
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

struct State {
    heads: Heads,
    newest: Option<(FinalizedHeader, Instant)>,
    /// The last handover, with who votes after it.
    checkpoint: Checkpoint,
    /// All handovers since the beginning, where they are wanted.
    handovers: Option<Vec<Handover>>,
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
        let state = State {
            heads: Heads::default(),
            newest: None,
            checkpoint: checkpoint.clone(),
            handovers: Some(Vec::new()),
        };
        Self { source, checkpoint, max_age: Duration::ZERO, state: Mutex::new(state) }
    }

    /// Lets [`Reader::head`] give a proven head again, without asking, for `max_age` (otherwise zero).
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Keeps no handovers, which may be some each hour: for processes that run for years and prove nothing to others.
    pub fn without_handovers(mut self) -> Self {
        self.state.get_mut().handovers = None;
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

    /// How the authorities changed from [`Reader::checkpoint`] to those that finalized `head`, a head of this reader: the end
    /// of each set, in order; nothing where they are not kept.
    pub async fn handovers(&self, head: &FinalizedHeader) -> Vec<Handover> {
        let sets = usize::try_from(head.set_id().saturating_sub(self.checkpoint.set_id)).unwrap_or(usize::MAX);
        self.state.lock().await.handovers.iter().flatten().take(sets).cloned().collect()
    }

    /// Who votes now, as far as the heads read so far show it.
    pub async fn followed(&self) -> Checkpoint {
        self.state.lock().await.checkpoint.clone()
    }

    /// A checkpoint at the newest finalized head, with its proven time: for whoever starts later.
    pub async fn renewed(&self) -> Result<Checkpoint, Error> {
        let head = self.head().await?;
        self.checkpoint_at(&head).await
    }

    /// A checkpoint at `head`, a head of this reader that is not from before the last handover, with its proven time.
    /// Refuses a head whose own state names other authorities ([`Checkpoint::check_state`]).
    pub async fn checkpoint_at(&self, head: &FinalizedHeader) -> Result<Checkpoint, Error> {
        let keys = [Checkpoint::genesis_keys(), vec![storage::timestamp()]].concat();
        let values = self.read_at(head, &keys).await?;
        // A genesis has no time.
        let timed = values.value(&storage::timestamp())?.is_some();
        let time_ms = timed.then(|| check_clock(&values, 0, Duration::MAX)).transpose()?;
        let checkpoint = self.state.lock().await.checkpoint.advance(head)?;
        checkpoint.check_state(&values)?;
        Ok(Checkpoint { time_ms, ..checkpoint })
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
        let head = self.newest(&mut state, known.as_ref().map(|(head, _)| head)).await?;
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
    async fn newest(&self, state: &mut State, known: Option<&FinalizedHeader>) -> Result<FinalizedHeader, Error> {
        let hash = self.source.finalized_hash().await?;
        if let Some(known) = known
            && known.hash() == hash
        {
            return Ok(known.clone());
        }
        let block = self.block(hash).await?;
        match self.proven(state, hash, &block).await? {
            Some(head) => Ok(head),
            None => self.justified(state, known, block).await,
        }
    }

    /// The newest justified block, when `block`, the newest that is said to be final, has no justification.
    async fn justified(
        &self,
        state: &mut State,
        known: Option<&FinalizedHeader>,
        mut block: RawBlock,
    ) -> Result<FinalizedHeader, Error> {
        let mut header = Header::decode_exact(&block.header)?;
        // Nodes answer this only for a chain whose authorities changed at least once.
        if let Ok(Some(proof)) = self.source.prove_finality(header.number).await {
            let bytes = self.header_of(&proof).await?;
            // A node may hand out a justification from before what is known: that says nothing new, and is no way back.
            if let Some(known) = known
                && Header::decode_exact(&bytes)?.number < known.number()
                && header.number >= known.number()
            {
                return Ok(known.clone());
            }
            return self.verify(state, &bytes, &proof.justification).await;
        }
        for _ in 0..WALK {
            if let Some(known) = known
                && header.number <= known.number() + 1
            {
                return Ok(known.clone());
            }
            let hash = header.parent;
            block = self.block(hash).await?;
            if let Some(head) = self.proven(state, hash, &block).await? {
                return Ok(head);
            }
            header = Header::decode_exact(&block.header)?;
        }
        Err(Error::Missing("proof of finality"))
    }

    /// The block as a proven head: the checkpoint's own, or one with its justification; otherwise none.
    async fn proven(
        &self,
        state: &mut State,
        hash: BlockHash,
        block: &RawBlock,
    ) -> Result<Option<FinalizedHeader>, Error> {
        if hash == state.checkpoint.hash {
            return Ok(Some(state.checkpoint.block(&block.header)?));
        }
        match &block.justification {
            Some(justification) => self.verify(state, &block.header, justification).await.map(Some),
            None => Ok(None),
        }
    }

    /// The head that the justification proves, by the set that the chain has come to.
    async fn verify(&self, state: &mut State, header: &[u8], justification: &[u8]) -> Result<FinalizedHeader, Error> {
        let refusal = match state.take(header, justification) {
            Err(refusal) if refusal.may_be_of_another_set() => refusal,
            decided => return Ok(decided?),
        };
        let before = state.checkpoint.set_id;
        self.follow(state).await?;
        if state.checkpoint.set_id == before {
            return Err(refusal.into());
        }
        // It may be the last block of the set before, by which that was left.
        if Header::decode_exact(header)?.hash == state.checkpoint.hash {
            return Ok(state.checkpoint.block(header)?);
        }
        Ok(state.take(header, justification)?)
    }

    /// Follows the authorities from set to set, as far as the source proves it.
    async fn follow(&self, state: &mut State) -> Result<(), Error> {
        loop {
            let proof = match self.source.prove_finality(state.checkpoint.number.saturating_add(1)).await {
                Ok(Some(proof)) => proof,
                Ok(None) | Err(Error::Node { .. }) => return Ok(()),
                Err(error) => return Err(error),
            };
            let (header, before) = (self.header_of(&proof).await?, state.checkpoint.set_id);
            // What does not lead on is no proof of anything: what was asked about is refused for what it is.
            if state.take(&header, &proof.justification).is_err() || state.checkpoint.set_id == before {
                return Ok(());
            }
        }
    }

    async fn block(&self, hash: BlockHash) -> Result<RawBlock, Error> {
        self.source.block(hash).await?.ok_or(Error::Missing("finalized block"))
    }

    async fn header_of(&self, proof: &FinalityProof) -> Result<Vec<u8>, Error> {
        match proof.headers.last() {
            Some(header) => Ok(header.clone()),
            None => self.source.header(proof.block).await?.ok_or(Error::Missing("header of a finalized block")),
        }
    }
}

impl State {
    /// Verifies a head under the present set, and goes on to the next where it is the last of this one.
    fn take(&mut self, header: &[u8], justification: &[u8]) -> Result<FinalizedHeader, Refusal> {
        let head = verify_finality(&self.checkpoint, header, justification)?;
        let next = self.checkpoint.advance(&head)?;
        if next.set_id != self.checkpoint.set_id {
            if let Some(handovers) = &mut self.handovers {
                handovers.push(Handover { header: header.to_vec(), justification: justification.to_vec() });
            }
            self.checkpoint = next;
        }
        Ok(head)
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
