//! Block headers: hostile ones, and those that are proven to be finalized.

use adyton_protocol::ids::{BlockHash, BlockNumber, BlockRef};
use codec::{Compact, Decode, Encode};
use sp_crypto_hashing::blake2_256;

use super::{Authority, Checkpoint, Refusal, authorities, refusal::bounded};

/// The most bytes of one header.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The most items of one header's digest: a third of the most validators of a session may be disabled in one block, at
/// two items each.
const MAX_DIGEST_ITEMS: usize = 256;
const WHAT: &str = "the header";

/// An entry of a header's digest (polkadot-sdk's `DigestItem`, with its indices).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DigestItem {
    /// Something that the chain's own code put there.
    #[codec(index = 0)]
    Other(Vec<u8>),
    /// From the runtime to a consensus engine.
    #[codec(index = 4)]
    Consensus([u8; 4], Vec<u8>),
    /// The author's seal.
    #[codec(index = 5)]
    Seal([u8; 4], Vec<u8>),
    /// From a consensus engine to the runtime.
    #[codec(index = 6)]
    PreRuntime([u8; 4], Vec<u8>),
    /// The runtime's code or heap changed in this block.
    #[codec(index = 8)]
    RuntimeEnvironmentUpdated,
}

/// A header that nobody vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) hash: BlockHash,
    pub(crate) parent: BlockHash,
    pub(crate) number: BlockNumber,
    pub(crate) state_root: [u8; 32],
    pub(crate) extrinsics_root: [u8; 32],
    pub(crate) digest: Vec<DigestItem>,
}

impl Header {
    /// Decodes a header that is all of `bytes`.
    pub(crate) fn decode_exact(bytes: &[u8]) -> Result<Self, Refusal> {
        bounded("bytes of a header", bytes.len(), MAX_HEADER_BYTES)?;
        let mut rest = bytes;
        let header = Self::decode_from(&mut rest)?;
        if rest.is_empty() { Ok(header) } else { Err(Refusal::TrailingBytes(WHAT)) }
    }

    /// Decodes a header at the beginning of `input` and moves `input` behind it. Its hash is taken over the
    /// bytes as they stand.
    pub(crate) fn decode_from(input: &mut &[u8]) -> Result<Self, Refusal> {
        let start = *input;
        let parent = BlockHash(part(input, WHAT)?);
        let number = part::<Compact<u32>>(input, WHAT)?.0;
        let state_root = part(input, WHAT)?;
        let extrinsics_root = part(input, WHAT)?;
        let items = part::<Compact<u32>>(input, WHAT)?.0 as usize;
        bounded("items of a header's digest", items, MAX_DIGEST_ITEMS)?;
        let digest = (0..items).map(|_| part(input, WHAT)).collect::<Result<_, _>>()?;
        let length = start.len() - input.len();
        bounded("bytes of a header", length, MAX_HEADER_BYTES)?;
        let hash = BlockHash(blake2_256(&start[..length]));
        Ok(Self { hash, parent, number, state_root, extrinsics_root, digest })
    }
}

/// A header that the checkpoint's authorities finalized. Only the verifier makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalizedHeader {
    header: Header,
    genesis_hash: BlockHash,
    /// The set that finalized it.
    set_id: u64,
}

impl FinalizedHeader {
    /// Wraps a header after the check that makes it one.
    pub(super) fn new(header: Header, genesis_hash: BlockHash, set_id: u64) -> Self {
        Self { header, genesis_hash, set_id }
    }

    /// Wraps the header of a block after which set `next` votes.
    pub(super) fn before(header: Header, genesis_hash: BlockHash, next: u64) -> Result<Self, Refusal> {
        let ends_a_set = authorities::next(&header)?.is_some();
        let set_id = next
            .checked_sub(u64::from(ends_a_set))
            .ok_or(Refusal::UnusableCheckpoint("its block ends a set before the first"))?;
        Ok(Self::new(header, genesis_hash, set_id))
    }

    /// The finalized parent: whoever finalizes a block finalizes those before it. `header` is the parent's
    /// SCALE encoding; any other is refused.
    pub fn parent(&self, header: &[u8]) -> Result<Self, Refusal> {
        let parent = Header::decode_exact(header)?;
        if parent.hash != self.header.parent {
            return Err(Refusal::NotTheParent { expected: self.header.parent });
        }
        Self::before(parent, self.genesis_hash, self.set_id)
    }

    /// The block's number.
    pub fn number(&self) -> BlockNumber {
        self.header.number
    }

    /// The block's hash.
    pub fn hash(&self) -> BlockHash {
        self.header.hash
    }

    /// Number and hash.
    pub fn block(&self) -> BlockRef {
        BlockRef { number: self.header.number, hash: self.header.hash }
    }

    /// The parent's hash.
    pub fn parent_hash(&self) -> BlockHash {
        self.header.parent
    }

    /// The root of the state after the block.
    pub fn state_root(&self) -> [u8; 32] {
        self.header.state_root
    }

    /// The root over the block's extrinsics.
    pub fn extrinsics_root(&self) -> [u8; 32] {
        self.header.extrinsics_root
    }

    /// The digest.
    pub fn digest(&self) -> &[DigestItem] {
        &self.header.digest
    }

    /// The number of the authority set that finalized it.
    pub fn set_id(&self) -> u64 {
        self.set_id
    }

    /// The authorities that vote after it, where it is the last block of its set.
    pub fn next_authorities(&self) -> Result<Option<Vec<Authority>>, Refusal> {
        authorities::next(&self.header)
    }

    /// The chain it belongs to.
    pub fn genesis_hash(&self) -> BlockHash {
        self.genesis_hash
    }
}

/// Refuses a block before the checkpoint, and another block at the checkpoint's number.
pub(super) fn not_before(checkpoint: &Checkpoint, number: BlockNumber, hash: BlockHash) -> Result<(), Refusal> {
    if number < checkpoint.number {
        return Err(Refusal::OlderThanCheckpoint { found: number, checkpoint: checkpoint.number });
    }
    if number == checkpoint.number && hash != checkpoint.hash {
        return Err(Refusal::NotTheCheckpoint { number });
    }
    Ok(())
}

/// Decodes one part of `what` from the beginning of `input`.
pub(super) fn part<T: Decode>(input: &mut &[u8], what: &'static str) -> Result<T, Refusal> {
    T::decode(input).map_err(|_| Refusal::Malformed(what))
}
