//! Values of the chain's state, proven against a finalized header.
//!
//! The state is polkadot-sdk's base-16 Merkle Patricia trie (`LayoutV1`, BLAKE2b-256); a proof is the set of
//! its nodes on the way to the keys.

use std::collections::BTreeMap;

use adyton_protocol::ids::BlockRef;
use sp_core::{Blake2Hasher, H256};
use sp_trie::{LayoutV0, LayoutV1, StorageProof, TrieConfiguration, read_trie_value};

use super::{FinalizedHeader, Refusal, refusal::bounded};

/// The most keys of one proof.
pub const MAX_KEYS: usize = 1024;
/// The most bytes of one key.
pub const MAX_KEY_BYTES: usize = 512;
/// The most nodes of one proof.
pub const MAX_PROOF_NODES: usize = 16 * 1024;
/// The most bytes of one proof, over all its nodes.
pub const MAX_PROOF_BYTES: usize = 8 * 1024 * 1024;

/// What stands, or provably does not stand, under some keys after a finalized block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenValues {
    block: BlockRef,
    values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// Reads `keys` from `proof`, the nodes of the trie whose root stands in `header`. A key that the proof shows
/// to be absent is proven absent; one that the proof does not reach makes the whole proof refused.
pub fn verify_storage(header: &FinalizedHeader, proof: &[Vec<u8>], keys: &[Vec<u8>]) -> Result<ProvenValues, Refusal> {
    bounded("storage keys", keys.len(), MAX_KEYS)?;
    bounded("nodes of a storage proof", proof.len(), MAX_PROOF_NODES)?;
    let bytes = proof.iter().fold(0usize, |sum, node| sum.saturating_add(node.len()));
    bounded("bytes of a storage proof", bytes, MAX_PROOF_BYTES)?;

    let nodes = StorageProof::new(proof.iter().cloned()).into_memory_db::<Blake2Hasher>();
    let root = H256(header.state_root());
    let mut values = BTreeMap::new();
    for key in keys {
        bounded("bytes of a storage key", key.len(), MAX_KEY_BYTES)?;
        let value = read_trie_value::<LayoutV1<Blake2Hasher>, _>(&nodes, &root, key, None, None)
            .map_err(|_| Refusal::BadProof)?;
        values.insert(key.clone(), value);
    }
    Ok(ProvenValues { block: header.block(), values })
}

impl ProvenValues {
    /// The block after which the values stand.
    pub fn block(&self) -> BlockRef {
        self.block
    }

    /// The value under `key`; none: proven absent. Refuses a key that was not asked for.
    pub fn value(&self, key: &[u8]) -> Result<Option<&[u8]>, Refusal> {
        self.values.get(key).map(Option::as_deref).ok_or(Refusal::NotAsked)
    }

    /// These values and `more` of the same block; of another block, refused.
    pub fn and(mut self, more: ProvenValues) -> Result<Self, Refusal> {
        if self.block != more.block {
            return Err(Refusal::OtherBlock);
        }
        self.values.extend(more.values);
        Ok(self)
    }

    /// The keys that were asked for, in order, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.values.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
    }
}

/// Whether `extrinsics` are the body of the block. (The root's layout depends on the runtime's
/// `system_version`; both are collision-free, so either will do.)
pub fn extrinsics_root_matches(header: &FinalizedHeader, extrinsics: &[Vec<u8>]) -> bool {
    is_body(header.extrinsics_root(), extrinsics)
}

/// [`extrinsics_root_matches`] of a header with this root.
pub(super) fn is_body(root: [u8; 32], extrinsics: &[Vec<u8>]) -> bool {
    let root = H256(root);
    LayoutV0::<Blake2Hasher>::ordered_trie_root(extrinsics) == root
        || LayoutV1::<Blake2Hasher>::ordered_trie_root(extrinsics) == root
}
