use alloc::{vec, vec::Vec};
use proptest::prelude::*;

use super::*;

const NETWORK: NetworkId = NetworkId([1; 32]);
const WORKER: WorkerId = WorkerId([2; 32]);
const KEY: SigningKey = SigningKey([3; 32]);

/// The receipts of anchor `anchor`, which came in block `10 + anchor`.
fn receipts(anchor: u32) -> Vec<Hash> {
    (0..anchor % 5 + 1).map(|place| merkle::leaf_hash(&[anchor as u8, place as u8])).collect()
}

fn leaf_of(anchor: u32) -> Hash {
    leaf(&NETWORK, &WORKER, &KEY, 10 + anchor, &merkle::root(&receipts(anchor)))
}

fn record(count: u32) -> ReceiptAnchors {
    let mut record = ReceiptAnchors::default();
    for anchor in 0..count {
        record.append(10 + anchor, leaf_of(anchor)).expect("there is room");
    }
    record
}

/// The proof of one receipt for the record of `count` anchors, by somebody who knows the anchors from `base` on.
fn proof(base: u32, anchor: u32, place: u32, count: u32) -> Option<AnchorProof> {
    let leaves: Vec<Hash> = (base..count).map(leaf_of).collect();
    let receipts = receipts(anchor);
    Some(AnchorProof {
        block: 10 + anchor,
        anchor,
        climb: climb(&record(base), &leaves, anchor, count)?,
        place,
        receipts: receipts.len() as u32,
        path: merkle::path(&receipts, place as usize)?,
    })
}

/// What the proof of receipt 2 of anchor 7 among 13 says, after `change`.
fn refusal(change: impl FnOnce(&mut AnchorProof)) -> AnchorError {
    let mut proof = proof(3, 7, 2, 13).expect("there is one");
    change(&mut proof);
    proof.verify(&NETWORK, &WORKER, &KEY, receipts(7)[2], &record(13)).expect_err("must be refused")
}

#[test]
fn a_proof_gives_the_block_of_the_anchor_after_a_trip_through_bytes() {
    let bytes = proof(3, 7, 2, 13).expect("there is one").to_bytes();
    let read = AnchorProof::from_bytes(&bytes).expect("reads back");
    assert_eq!(read.verify(&NETWORK, &WORKER, &KEY, receipts(7)[2], &record(13)), Ok(17));
}

#[test]
fn a_proof_for_another_network_worker_key_or_receipt_is_refused() {
    let proof = proof(0, 7, 2, 13).expect("there is one");
    let (right, record) = (receipts(7)[2], record(13));
    let refused = [
        proof.verify(&NetworkId([9; 32]), &WORKER, &KEY, right, &record),
        proof.verify(&NETWORK, &WorkerId([9; 32]), &KEY, right, &record),
        proof.verify(&NETWORK, &WORKER, &SigningKey([9; 32]), right, &record),
        proof.verify(&NETWORK, &WORKER, &KEY, receipts(7)[1], &record),
        // An inner node of the tree is no receipt.
        proof.verify(&NETWORK, &WORKER, &KEY, merkle::root(&receipts(7)), &record),
    ];
    assert_eq!(refused, [Err(AnchorError::Peak); 5]);
}

#[test]
fn a_proof_that_names_another_block_anchor_or_place_is_refused() {
    assert_eq!(refusal(|proof| proof.block -= 1), AnchorError::Peak);
    assert_eq!(refusal(|proof| proof.anchor -= 1), AnchorError::Peak);
    assert_eq!(refusal(|proof| proof.place -= 1), AnchorError::Path);
    assert_eq!(refusal(|proof| proof.anchor = 8), AnchorError::Path);
    assert_eq!(refusal(|proof| proof.place = 4), AnchorError::Path);
}

#[test]
fn a_changed_shortened_or_lengthened_path_is_refused() {
    assert_eq!(refusal(|proof| proof.path[0][0] ^= 1), AnchorError::Peak);
    assert_eq!(refusal(|proof| proof.climb[0][0] ^= 1), AnchorError::Peak);
    assert_eq!(refusal(|proof| proof.path.clear()), AnchorError::Path);
    assert_eq!(refusal(|proof| proof.climb.truncate(2)), AnchorError::Path);
    assert_eq!(refusal(|proof| proof.path.push([0; 32])), AnchorError::Path);
    assert_eq!(refusal(|proof| proof.climb.push([0; 32])), AnchorError::Path);
}

#[test]
fn a_proof_for_more_or_fewer_anchors_than_the_record_has_is_refused() {
    let proof = proof(0, 7, 2, 13).expect("there is one");
    let verified = |count| proof.verify(&NETWORK, &WORKER, &KEY, receipts(7)[2], &record(count));
    assert_eq!(verified(7), Err(AnchorError::NoAnchor));
    assert_eq!(verified(16), Err(AnchorError::Path));
    // The tree that it is in is finished: fifteen anchors leave it as it is.
    assert_eq!(verified(15), Ok(17));
}

#[test]
fn an_oversized_cut_or_lengthened_proof_is_refused() {
    let good = proof(0, 7, 2, 13).expect("there is one");
    let bytes = good.to_bytes();
    for end in 0..bytes.len() {
        assert_eq!(AnchorProof::from_bytes(&bytes[..end]), Err(AnchorError::Encoding));
    }
    assert_eq!(AnchorProof::from_bytes(&[&bytes[..], &[0]].concat()), Err(AnchorError::Encoding));
    assert_eq!(AnchorProof::from_bytes(&[0; MAX_PROOF + 1]), Err(AnchorError::TooLong));
    let long = AnchorProof { path: vec![[0; 32]; MAX_PATH + 1], ..good.clone() };
    assert_eq!(AnchorProof::from_bytes(&long.to_bytes()), Err(AnchorError::TooLong));
    let high = AnchorProof { climb: vec![[0; 32]; MAX_CLIMB + 1], ..good };
    assert_eq!(AnchorProof::from_bytes(&high.to_bytes()), Err(AnchorError::TooLong));
}

#[test]
fn the_longest_proof_is_within_the_bound() {
    let longest = AnchorProof {
        block: u32::MAX,
        anchor: u32::MAX,
        climb: vec![[0; 32]; MAX_CLIMB],
        place: u32::MAX,
        receipts: u32::MAX,
        path: vec![[0; 32]; MAX_PATH],
    };
    assert_eq!(AnchorProof::from_bytes(&longest.to_bytes()), Ok(longest));
}

#[test]
fn another_encoding_of_the_same_proof_is_refused() {
    let bytes = proof(0, 0, 0, 1).expect("there is one").to_bytes();
    assert_eq!(bytes, [0x87, 1, 10, 0, 0x80, 0, 1, 0x80]);
    let longer_number = [0x87, 1, 0x18, 10, 0, 0x80, 0, 1, 0x80];
    let endless_list = [0x9f, 1, 10, 0, 0x80, 0, 1, 0x80, 0xff];
    let newer = [0x87, 2, 10, 0, 0x80, 0, 1, 0x80];
    let huge = [0x87, 1, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x80, 0, 1, 0x80];
    for other in [&longer_number[..], &endless_list, &newer, &huge] {
        assert_eq!(AnchorProof::from_bytes(other), Err(AnchorError::Encoding));
    }
}

#[test]
fn a_record_that_cannot_count_further_takes_no_anchor() {
    let peaks = BoundedVec::truncate_from(vec![Digest([0; 32]); 32]);
    let mut full = ReceiptAnchors { count: u32::MAX, block: 1, peaks };
    assert_eq!(full.append(2, [0; 32]), Err(AnchorError::Full));
    let mut broken = ReceiptAnchors { count: 1, ..ReceiptAnchors::default() };
    assert_eq!(broken.append(2, [0; 32]), Err(AnchorError::NoAnchor));
}

#[test]
fn a_proof_of_an_anchor_before_what_is_known_cannot_be_made() {
    assert!(proof(8, 7, 2, 13).is_none());
    assert!(climb(&record(3), &[leaf_of(3)], 3, 5).is_none(), "one leaf is missing");
    assert!(climb(&record(3), &[leaf_of(3)], 3, 2).is_none());
}

proptest! {
    #[test]
    fn every_anchor_is_proven_in_every_later_record_by_whoever_followed_since(
        base in 0u32..70, before in 0u32..70, after in 1u32..70,
    ) {
        let (anchor, count) = (base + before, base + before + after);
        let proof = proof(base, anchor, anchor % 5, count).expect("it can be made");
        prop_assert_eq!(&proof, &self::proof(0, anchor, anchor % 5, count).expect("from the start, too"));
        let receipt = receipts(anchor)[(anchor % 5) as usize];
        let record = record(count);
        prop_assert_eq!(record.peaks.len() as u32, count.count_ones());
        prop_assert_eq!(proof.verify(&NETWORK, &WORKER, &KEY, receipt, &record), Ok(10 + anchor));
        prop_assert!(proof.to_bytes().len() <= MAX_PROOF);
    }

    #[test]
    fn random_bytes_never_panic_and_never_verify(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = AnchorProof::from_bytes(&bytes) {
            prop_assert!(proof.verify(&NETWORK, &WORKER, &KEY, receipts(7)[2], &record(13)).is_err());
        }
    }
}

#[test]
fn the_published_anchor_vector_is_what_this_code_makes() {
    let anchors: Vec<_> = (0..13)
        .map(|anchor| {
            serde_json::json!({
                "block": 10 + anchor,
                "receipts": receipts(anchor).iter().map(hex::encode).collect::<Vec<_>>(),
                "leaf": hex::encode(leaf_of(anchor)),
            })
        })
        .collect();
    crate::vectors::check(
        "anchor",
        serde_json::json!({
            "network": NETWORK, "worker": WORKER, "signing_key": KEY,
            "anchors": anchors,
            "record": hex::encode(record(13).encode()),
            "proof_of_receipt_2_of_anchor_7": hex::encode(proof(0, 7, 2, 13).expect("there is one").to_bytes()),
        }),
    );
}
