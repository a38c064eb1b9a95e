//! What this boot anchored, as far as proofs of it are kept: the newest receipts, bounded in number.
//!
//! The chain's own record is what counts: after each attempt it is read, proven, and compared. An attempt that was
//! thought lost and was included later is found by its root. What was anchored before this boot is a few hashes.

use std::collections::{HashMap, VecDeque};

use adyton_protocol::{
    anchor::{self, AnchorProof, ReceiptAnchors},
    ids::{BlockNumber, NetworkId, SigningKey, WorkerId},
    merkle::{self, Hash},
};

use crate::error::Refusal;

/// The most receipts of which proofs are kept: about 30 MB with their index.
pub const MAX_KEPT: usize = 1 << 18;
/// The most anchors of which proofs are kept.
const MAX_ANCHORS: usize = 1 << 12;
/// The most attempts that may still turn out to have been included.
const MAX_SENT: usize = 4;

/// Whose anchors these are.
pub struct Owner {
    /// The network.
    pub network: NetworkId,
    /// The worker.
    pub worker: WorkerId,
    /// Its key of this boot.
    pub key: SigningKey,
}

/// Anchored receipts, the oldest first.
#[derive(Default)]
pub struct History {
    /// The chain's record before the oldest anchor that is kept.
    base: ReceiptAnchors,
    /// The chain's record as it was read last; none before the first time.
    newest: Option<ReceiptAnchors>,
    kept: VecDeque<Batch>,
    /// The leaves of what is kept.
    leaves: Vec<Hash>,
    /// The number of each receipt's anchor.
    places: HashMap<Hash, u32>,
    /// The receipts of the newest attempts that the chain has not shown yet.
    sent: VecDeque<Vec<Hash>>,
}

/// The receipts of one anchor.
struct Batch {
    block: BlockNumber,
    receipts: Vec<Hash>,
}

impl History {
    /// Notes an attempt to anchor these receipts; those that arrived meanwhile are taken out.
    pub fn send(&mut self, receipts: &mut Vec<Hash>) {
        receipts.retain(|receipt| !self.has(receipt));
        if self.sent.len() == MAX_SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(receipts.clone());
    }

    /// Takes the chain's record over. True if it shows the newest attempt.
    pub fn observe(&mut self, owner: &Owner, record: ReceiptAnchors) -> bool {
        let Some(newest) = &self.newest else {
            self.begin(record);
            return false;
        };
        if record.count <= newest.count {
            return false;
        }
        let newest = newest.clone();
        let fits = |receipts: &Vec<Hash>| {
            let mut next = newest.clone();
            next.append(record.block, owner.leaf(record.block, receipts)).is_ok() && next == record
        };
        match self.sent.iter().rposition(fits) {
            Some(at) => {
                let last = at + 1 == self.sent.len();
                let receipts = self.sent.remove(at).unwrap_or_default();
                self.keep(owner, record, receipts);
                last
            }
            None => {
                tracing::warn!("the chain has anchors that this boot lost sight of: proofs of earlier ones end");
                self.begin(record);
                false
            }
        }
    }

    fn has(&self, receipt: &Hash) -> bool {
        self.places.contains_key(receipt)
    }

    /// Whether this receipt was sent and may still arrive.
    pub fn is_sent(&self, receipt: &Hash) -> bool {
        self.sent.iter().any(|receipts| receipts.contains(receipt))
    }

    /// The proof of a receipt for the chain's record when it had `count` anchors.
    pub fn proof(&self, receipt: &Hash, count: u32) -> Result<AnchorProof, Refusal> {
        let anchor = *self.places.get(receipt).ok_or(Refusal::AnchorUnknown(MAX_KEPT))?;
        let made = self.kept.get((anchor - self.base.count) as usize).and_then(|batch| {
            let place = batch.receipts.iter().position(|one| one == receipt)?;
            Some(AnchorProof {
                block: batch.block,
                anchor,
                climb: anchor::climb(&self.base, &self.leaves, anchor, count)?,
                place: u32::try_from(place).ok()?,
                receipts: u32::try_from(batch.receipts.len()).ok()?,
                path: merkle::path(&batch.receipts, place)?,
            })
        });
        // The asker's head is before this anchor, or after what was read last.
        made.ok_or(Refusal::AnchorPending)
    }

    fn begin(&mut self, record: ReceiptAnchors) {
        let sent = std::mem::take(&mut self.sent);
        *self = Self { base: record.clone(), newest: Some(record), sent, ..Self::default() };
    }

    fn keep(&mut self, owner: &Owner, record: ReceiptAnchors, receipts: Vec<Hash>) {
        let number = record.count - 1;
        self.places.extend(receipts.iter().map(|receipt| (*receipt, number)));
        self.leaves.push(owner.leaf(record.block, &receipts));
        self.kept.push_back(Batch { block: record.block, receipts });
        self.newest = Some(record);
        while self.kept.len() > MAX_ANCHORS || self.places.len() > MAX_KEPT {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(batch) = self.kept.pop_front() else { return };
        let number = self.base.count;
        for receipt in &batch.receipts {
            if self.places.get(receipt) == Some(&number) {
                self.places.remove(receipt);
            }
        }
        let leaf = self.leaves.remove(0);
        self.base.append(batch.block, leaf).expect("the chain counted further than this");
    }
}

impl Owner {
    fn leaf(&self, block: BlockNumber, receipts: &[Hash]) -> Hash {
        anchor::leaf(&self.network, &self.worker, &self.key, block, &merkle::root(receipts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner { network: NetworkId([1; 32]), worker: WorkerId([2; 32]), key: SigningKey([3; 32]) };

    /// The chain's side, and a history that follows it.
    struct Both {
        chain: ReceiptAnchors,
        history: History,
    }

    fn receipt(number: u32) -> Hash {
        merkle::leaf_hash(&number.to_le_bytes())
    }

    impl Both {
        /// After three anchors of an earlier boot.
        fn new() -> Self {
            let mut chain = ReceiptAnchors::default();
            for block in 1..4 {
                chain.append(block, [block as u8; 32]).expect("there is room");
            }
            let mut history = History::default();
            assert!(!history.observe(&OWNER, chain.clone()));
            Self { chain, history }
        }

        /// The chain takes these receipts in the next block.
        fn include(&mut self, receipts: &[Hash]) {
            let block = self.chain.block + 1;
            self.chain.append(block, OWNER.leaf(block, receipts)).expect("there is room");
        }

        fn observe(&mut self) -> bool {
            self.history.observe(&OWNER, self.chain.clone())
        }

        fn anchor(&mut self, receipts: &[Hash]) {
            self.history.send(&mut receipts.to_vec());
            self.include(receipts);
            assert!(self.observe());
        }

        /// The block of a receipt's anchor, as the chain's present record proves it.
        fn proven(&self, receipt: Hash) -> Result<BlockNumber, Refusal> {
            let proof = self.history.proof(&receipt, self.chain.count)?;
            let proven = proof.verify(&OWNER.network, &OWNER.worker, &OWNER.key, receipt, &self.chain);
            Ok(proven.expect("what is given out verifies"))
        }
    }

    #[test]
    fn every_receipt_is_proven_by_each_later_record_although_another_boot_anchored_before() {
        let mut both = Both::new();
        for number in 0..40 {
            both.anchor(&[receipt(number), receipt(1000 + number)]);
            for earlier in 0..=number {
                assert_eq!(both.proven(receipt(1000 + earlier)), Ok(4 + earlier));
            }
        }
    }

    #[test]
    fn a_receipt_that_is_unknown_or_not_yet_under_an_anchor_is_said_to_be_so() {
        let mut both = Both::new();
        both.anchor(&[receipt(1)]);
        assert_eq!(both.history.proof(&receipt(2), 4), Err(Refusal::AnchorUnknown(MAX_KEPT)));
        assert_eq!(both.history.proof(&receipt(1), 3), Err(Refusal::AnchorPending), "a head before the anchor");
        assert_eq!(both.history.proof(&receipt(1), 5), Err(Refusal::AnchorPending), "a head that was not read yet");
    }

    #[test]
    fn an_attempt_that_was_thought_lost_is_found_when_it_is_included_after_all() {
        let mut both = Both::new();
        both.anchor(&[receipt(1)]);
        both.history.send(&mut vec![receipt(2)]);
        assert!(!both.observe());
        assert!(both.history.is_sent(&receipt(2)) && !both.history.has(&receipt(2)));
        both.history.send(&mut vec![receipt(2), receipt(3)]);
        both.include(&[receipt(2)]);
        assert!(!both.observe(), "the newest attempt is another");
        assert!(both.history.has(&receipt(2)) && !both.history.has(&receipt(3)));
        assert_eq!((both.proven(receipt(1)), both.proven(receipt(2))), (Ok(4), Ok(5)));
        let mut again = vec![receipt(2), receipt(3)];
        both.history.send(&mut again);
        assert_eq!(again, [receipt(3)], "what arrived is not sent again");
    }

    #[test]
    fn an_anchor_that_nobody_here_knows_ends_the_proofs_and_a_new_history_begins() {
        let mut both = Both::new();
        both.anchor(&[receipt(1)]);
        both.include(&[receipt(7)]);
        both.include(&[receipt(8)]);
        assert!(!both.observe());
        assert_eq!(both.history.proof(&receipt(1), 6), Err(Refusal::AnchorUnknown(MAX_KEPT)));
        both.anchor(&[receipt(2)]);
        assert_eq!(both.proven(receipt(2)), Ok(7));
    }

    #[test]
    fn a_record_that_is_older_than_the_last_one_changes_nothing() {
        let mut both = Both::new();
        let old = both.chain.clone();
        both.anchor(&[receipt(1)]);
        assert!(!both.history.observe(&OWNER, old));
        assert_eq!(both.proven(receipt(1)), Ok(4));
    }

    #[test]
    fn the_oldest_receipts_give_way_and_the_others_stay_proven() {
        let mut both = Both::new();
        let many: Vec<Hash> = (0..MAX_KEPT as u32).map(receipt).collect();
        for receipts in many.chunks(MAX_KEPT / 8) {
            both.anchor(receipts);
        }
        assert_eq!((both.proven(many[0]), both.proven(many[MAX_KEPT - 1])), (Ok(4), Ok(11)));
        both.anchor(&[receipt(u32::MAX)]);
        assert_eq!(both.proven(many[0]), Err(Refusal::AnchorUnknown(MAX_KEPT)));
        assert_eq!((both.proven(many[MAX_KEPT / 8]), both.proven(receipt(u32::MAX))), (Ok(5), Ok(12)));
    }

    #[test]
    fn the_number_of_anchors_that_are_kept_is_bounded() {
        let mut both = Both::new();
        for number in 0..MAX_ANCHORS as u32 + 3 {
            both.anchor(&[receipt(number)]);
        }
        assert_eq!((both.history.kept.len(), both.history.leaves.len()), (MAX_ANCHORS, MAX_ANCHORS));
        assert_eq!(both.proven(receipt(2)), Err(Refusal::AnchorUnknown(MAX_KEPT)));
        assert_eq!(both.proven(receipt(3)), Ok(7));
    }
}
