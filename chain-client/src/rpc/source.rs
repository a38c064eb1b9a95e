//! What a node is asked for. Everything here may lie.

use std::sync::Arc;

use adyton_protocol::ids::{AccountId, BlockHash, BlockNumber};
use async_trait::async_trait;

use crate::Error;

/// A block as a node shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawBlock {
    /// SCALE encoding of the header.
    pub header: Vec<u8>,
    /// SCALE encodings of the extrinsics, each with its length in front.
    pub extrinsics: Vec<Vec<u8>>,
    /// GRANDPA's justification, when the node keeps one for this block.
    pub justification: Option<Vec<u8>>,
}

/// An answer of `adyton_proveFinality`, or of `grandpa_proveFinality`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalityProof {
    /// The block that is justified.
    pub block: BlockHash,
    /// Its justification.
    pub justification: Vec<u8>,
    /// Headers after the block that was asked about, of which the last is `block`'s; maybe none.
    pub headers: Vec<Vec<u8>>,
}

/// The versions that a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuntimeVersion {
    /// Version of the runtime's logic.
    pub specification: u32,
    /// Version of the extrinsics' encoding.
    pub transaction: u32,
}

/// A node, over whatever transport. No answer is believed; each is bounded in size and time.
#[async_trait]
pub trait Source: Send + Sync {
    /// `chain_getFinalizedHead`.
    async fn finalized_hash(&self) -> Result<BlockHash, Error>;
    /// `chain_getBlockHash`: the hash of the block with this number.
    async fn block_hash(&self, number: BlockNumber) -> Result<Option<BlockHash>, Error>;
    /// `chain_getHeader`: the header's SCALE encoding.
    async fn header(&self, block: BlockHash) -> Result<Option<Vec<u8>>, Error>;
    /// `chain_getBlock`.
    async fn block(&self, block: BlockHash) -> Result<Option<RawBlock>, Error>;
    /// `adyton_proveFinality` (or of a node that has no such method, `grandpa_proveFinality`), asked about a block that is
    /// known to be finalized: the last block of the set that finalized it, or the newest where that set still votes. A
    /// node refuses as long as the chain's authorities never changed.
    async fn prove_finality(&self, known: BlockNumber) -> Result<Option<FinalityProof>, Error>;
    /// `state_getReadProof`: the trie's nodes that lead to `keys`.
    async fn read_proof(&self, keys: &[Vec<u8>], at: BlockHash) -> Result<Vec<Vec<u8>>, Error>;
    /// `state_getKeysPaged`: up to `count` keys under `prefix`, those behind `after`. Nothing proves that the
    /// list is complete.
    async fn keys_paged(
        &self,
        prefix: &[u8],
        count: u32,
        after: Option<&[u8]>,
        at: BlockHash,
    ) -> Result<Vec<Vec<u8>>, Error>;
    /// `state_getRuntimeVersion` at the best block.
    async fn runtime_version(&self) -> Result<RuntimeVersion, Error>;
    /// `system_accountNextIndex`: the account's next nonce, extrinsics that wait included.
    async fn next_nonce(&self, account: &AccountId) -> Result<u32, Error>;
    /// `payment_queryInfo`: what the extrinsic costs at the best block, without its tip, in units of 10^-12 PHA. Its
    /// signature is not looked at.
    async fn fee(&self, extrinsic: &[u8]) -> Result<u128, Error>;
    /// `author_submitExtrinsic`: hands the extrinsic to the node's pool.
    async fn submit(&self, extrinsic: &[u8]) -> Result<(), Error>;
}

#[async_trait]
impl<S: Source + ?Sized> Source for Arc<S> {
    async fn finalized_hash(&self) -> Result<BlockHash, Error> {
        (**self).finalized_hash().await
    }

    async fn block_hash(&self, number: BlockNumber) -> Result<Option<BlockHash>, Error> {
        (**self).block_hash(number).await
    }

    async fn header(&self, block: BlockHash) -> Result<Option<Vec<u8>>, Error> {
        (**self).header(block).await
    }

    async fn block(&self, block: BlockHash) -> Result<Option<RawBlock>, Error> {
        (**self).block(block).await
    }

    async fn prove_finality(&self, known: BlockNumber) -> Result<Option<FinalityProof>, Error> {
        (**self).prove_finality(known).await
    }

    async fn read_proof(&self, keys: &[Vec<u8>], at: BlockHash) -> Result<Vec<Vec<u8>>, Error> {
        (**self).read_proof(keys, at).await
    }

    async fn keys_paged(
        &self,
        prefix: &[u8],
        count: u32,
        after: Option<&[u8]>,
        at: BlockHash,
    ) -> Result<Vec<Vec<u8>>, Error> {
        (**self).keys_paged(prefix, count, after, at).await
    }

    async fn runtime_version(&self) -> Result<RuntimeVersion, Error> {
        (**self).runtime_version().await
    }

    async fn next_nonce(&self, account: &AccountId) -> Result<u32, Error> {
        (**self).next_nonce(account).await
    }

    async fn fee(&self, extrinsic: &[u8]) -> Result<u128, Error> {
        (**self).fee(extrinsic).await
    }

    async fn submit(&self, extrinsic: &[u8]) -> Result<(), Error> {
        (**self).submit(extrinsic).await
    }
}
