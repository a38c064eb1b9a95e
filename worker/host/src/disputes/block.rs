//! The block on which a call acted: whether the chain has it, and its time.

use adyton_admission::ChainReader;
use adyton_chain_client::{
    facts::{Facts, block_hash_key},
    rpc::Source as _,
    verifier::{FinalizedHeader, block_time},
};
use adyton_protocol::ids::{BlockHash, BlockRef};
use anyhow::Context;

/// Whether the chain proves at `head` that it has another block of this number: on one that it does not have, nothing can
/// be run. Of blocks that it has forgotten, the node is asked for the one with this hash.
pub async fn is_foreign(reader: &ChainReader, head: &FinalizedHeader, block: &BlockRef) -> anyhow::Result<bool> {
    let key = block_hash_key(block.number);
    let values = reader.read_at(head, std::slice::from_ref(&key)).await?;
    let known = Facts::from(values).item::<BlockHash>(&key, "a block's hash")?;
    Ok(known.is_some_and(|known| known != block.hash))
}

/// Its time, Unix milliseconds.
pub async fn time_ms(reader: &ChainReader, block: &BlockRef) -> anyhow::Result<u64> {
    let found = reader.source().block(block.hash).await?.context("the node does not have the block")?;
    Ok(block_time(block.hash, &found.header, &found.extrinsics)?)
}
