//! Receipts under anchors: how a receipt outlives the worker that signed it.
//!
//! With each anchor a worker commits to the receipts since the last one, by their Merkle root. The chain takes an
//! anchor only from a worker that is valid at that block, and appends a leaf for it to the worker's
//! [`ReceiptAnchors`], a Merkle mountain range: at most 32 hashes, whatever the number of anchors, and provable from
//! every later head. An [`AnchorProof`] leads from a receipt to one of these hashes, so it shows that the receipt was
//! there at that block, signed by the key that was the worker's then. What the key signs later has no such proof.
//!
//! `specs/receipt.md` has the layout and `specs/vectors/anchor.json` examples.

use alloc::{vec, vec::Vec};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use coset::cbor::value::Value;
use scale_info::TypeInfo;

use crate::{
    domain,
    ids::{BlockNumber, Digest, NetworkId, SigningKey, WorkerId},
    merkle::{self, Hash},
    receipt::{ReceiptError, cbor},
};

/// The most bytes of a proof.
pub const MAX_PROOF: usize = 2048;
/// The most peaks: one for each bit of the count.
pub const MAX_PEAKS: u32 = 32;
/// The longest path within a batch.
const MAX_PATH: usize = 16;
/// The longest path from an anchor to its peak.
const MAX_CLIMB: usize = 31;

/// All that the chain keeps of the receipts that a worker anchored, over all its boots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ReceiptAnchors {
    /// How many anchors.
    pub count: u32,
    /// The block of the last one.
    pub block: BlockNumber,
    /// The roots of the perfect trees that `count` falls into, the largest and oldest first.
    pub peaks: BoundedVec<Digest, ConstU32<MAX_PEAKS>>,
}

/// Leads from a receipt to a peak of its worker's [`ReceiptAnchors`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorProof {
    /// The block of the anchor.
    pub block: BlockNumber,
    /// Which of the worker's anchors it was, from zero.
    pub anchor: u32,
    /// From the anchor's leaf to its peak.
    pub climb: Vec<Hash>,
    /// Which of the anchor's receipts it is, from zero.
    pub place: u32,
    /// How many receipts the anchor has.
    pub receipts: u32,
    /// From the receipt to the anchor's root over its receipts.
    pub path: Vec<Hash>,
}

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorError {
    /// Longer than its bound.
    TooLong,
    /// Not the deterministic encoding of a proof.
    Encoding,
    /// A path does not have the length that its place asks for.
    Path,
    /// There is no such anchor: the proof is newer than the proven record, or older than its peaks.
    NoAnchor,
    /// It leads to none of the worker's peaks: another receipt, worker, key, network or block.
    Peak,
    /// There are as many anchors as can be counted.
    Full,
}

impl fmt::Display for AnchorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the anchor's proof is too long",
            Self::Encoding => "not the deterministic encoding of an anchor's proof",
            Self::Path => "a path of the anchor's proof does not fit its place",
            Self::NoAnchor => "the worker has no such anchor at that block",
            Self::Peak => "the anchor's proof leads to no anchor of this receipt, worker, key and block",
            Self::Full => "the worker's anchors cannot be counted any further",
        })
    }
}

impl core::error::Error for AnchorError {}

impl From<ReceiptError> for AnchorError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::TooLong => Self::TooLong,
            ReceiptError::Encoding
            | ReceiptError::Header
            | ReceiptError::Signature
            | ReceiptError::Root
            | ReceiptError::Leaf(_)
            | ReceiptError::Key
            | ReceiptError::Network => Self::Encoding,
        }
    }
}

/// The leaf of one anchor: whose it was, under which key, in which block, and the root over its receipts.
pub fn leaf(network: &NetworkId, worker: &WorkerId, key: &SigningKey, block: BlockNumber, receipts: &Hash) -> Hash {
    let parts: [&[u8]; 4] = [&worker.0, &key.0, &block.to_le_bytes(), receipts];
    merkle::leaf_hash(&domain::encode_bound(domain::ANCHOR, network, &parts))
}

impl ReceiptAnchors {
    /// Appends the leaf of an anchor of `block`.
    pub fn append(&mut self, block: BlockNumber, leaf: Hash) -> Result<(), AnchorError> {
        let count = self.count.checked_add(1).ok_or(AnchorError::Full)?;
        let mut hash = leaf;
        // As in a binary counter: each carry joins two trees of one size.
        for _ in 0..self.count.trailing_ones() {
            let Digest(left) = self.peaks.pop().ok_or(AnchorError::NoAnchor)?;
            hash = merkle::node_hash(&left, &hash);
        }
        self.peaks.try_push(Digest(hash)).map_err(|_| AnchorError::Full)?;
        (self.count, self.block) = (count, block);
        Ok(())
    }

    /// Requires that anchor number `anchor` has this leaf.
    fn require(&self, anchor: u32, leaf: Hash, climb: &[Hash]) -> Result<(), AnchorError> {
        let (number, (start, height)) = mountain(self.count, anchor).ok_or(AnchorError::NoAnchor)?;
        if climb.len() != height as usize {
            return Err(AnchorError::Path);
        }
        let place = anchor - start;
        let reached = climb.iter().enumerate().fold(leaf, |hash, (level, sibling)| {
            if (place >> level) & 1 == 1 {
                merkle::node_hash(sibling, &hash)
            } else {
                merkle::node_hash(&hash, sibling)
            }
        });
        if self.peaks.get(number) == Some(&Digest(reached)) { Ok(()) } else { Err(AnchorError::Peak) }
    }
}

impl AnchorProof {
    /// Checks that the receipt with the leaf `receipt`, signed by `key`, is under an anchor that `worker` made when
    /// `key` was its key; `anchors` is the worker's record at a finalized block. The answer is the anchor's block:
    /// the receipt was there, and the worker valid, at that block.
    pub fn verify(
        &self,
        network: &NetworkId,
        worker: &WorkerId,
        key: &SigningKey,
        receipt: Hash,
        anchors: &ReceiptAnchors,
    ) -> Result<BlockNumber, AnchorError> {
        let root = merkle::root_of_path(receipt, self.place as usize, self.receipts as usize, &self.path);
        let leaf = leaf(network, worker, key, self.block, &root.ok_or(AnchorError::Path)?);
        anchors.require(self.anchor, leaf, &self.climb)?;
        Ok(self.block)
    }

    /// `[1, block, anchor, [hash, …], place, receipts, [hash, …]]` in deterministic CBOR.
    pub fn to_bytes(&self) -> Vec<u8> {
        let hashes = |hashes: &[Hash]| Value::Array(hashes.iter().map(|hash| Value::Bytes(hash.to_vec())).collect());
        cbor::encode(&Value::Array(vec![
            Value::from(1),
            Value::from(self.block),
            Value::from(self.anchor),
            hashes(&self.climb),
            Value::from(self.place),
            Value::from(self.receipts),
            hashes(&self.path),
        ]))
    }

    /// Reads what [`AnchorProof::to_bytes`] wrote. Nothing is verified yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AnchorError> {
        let [version, block, anchor, climb, place, receipts, path] = cbor::array(cbor::decode(bytes, MAX_PROOF)?)?;
        let number = |value| u32::try_from(cbor::unsigned(value)?).map_err(|_| AnchorError::Encoding);
        let hashes = |value, most| -> Result<Vec<Hash>, AnchorError> {
            Ok(cbor::list(value, most)?.into_iter().map(cbor::fixed).collect::<Result<_, _>>()?)
        };
        if number(version)? != 1 {
            return Err(AnchorError::Encoding);
        }
        Ok(Self {
            block: number(block)?,
            anchor: number(anchor)?,
            climb: hashes(climb, MAX_CLIMB)?,
            place: number(place)?,
            receipts: number(receipts)?,
            path: hashes(path, MAX_PATH)?,
        })
    }
}

/// The path of anchor `anchor` to its peak in the record that has `count` anchors. Who makes it knows the record
/// `base` that was there before some anchor not after this one, and the `leaves` of all anchors since. None if these
/// do not reach from `anchor` to `count`.
pub fn climb(base: &ReceiptAnchors, leaves: &[Hash], anchor: u32, count: u32) -> Option<Vec<Hash>> {
    let known = usize::try_from(count.checked_sub(base.count)?).ok()? <= leaves.len();
    if anchor < base.count || !known {
        return None;
    }
    let (_, (start, height)) = mountain(count, anchor)?;
    let sibling = |level: u32| start + ((((anchor - start) >> level) ^ 1) << level);
    (0..height).map(|level| tree(base, leaves, sibling(level), level)).collect()
}

/// The root of the perfect tree of that height over the anchors from `start` on.
fn tree(base: &ReceiptAnchors, leaves: &[Hash], start: u32, height: u32) -> Option<Hash> {
    let half = (1u32 << height) / 2;
    if let Some(at) = mountains(base.count).position(|mountain| mountain == (start, height)) {
        return base.peaks.get(at).map(|Digest(peak)| *peak);
    }
    if height == 0 {
        return leaves.get(usize::try_from(start.checked_sub(base.count)?).ok()?).copied();
    }
    let (left, right) = (tree(base, leaves, start, height - 1)?, tree(base, leaves, start + half, height - 1)?);
    Some(merkle::node_hash(&left, &right))
}

/// First anchor and height of each perfect tree that `count` anchors fall into, in the order of the peaks.
fn mountains(count: u32) -> impl Iterator<Item = (u32, u32)> {
    let heights = (0..u32::BITS).rev().filter(move |height| (count >> height) & 1 == 1);
    // What lies before a tree are the larger trees: the bits of `count` above its own.
    heights.map(move |height| (((u64::from(count) >> (height + 1)) << (height + 1)) as u32, height))
}

/// The number of the peak under which an anchor lies, and its tree.
fn mountain(count: u32, anchor: u32) -> Option<(usize, (u32, u32))> {
    let lies_in = |start: u32, height: u32| anchor >= start && anchor - start < 1 << height;
    mountains(count).enumerate().find(|(_, (start, height))| lies_in(*start, *height))
}

#[cfg(test)]
pub(crate) mod tests;
