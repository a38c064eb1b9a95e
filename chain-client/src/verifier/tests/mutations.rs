//! Whatever is done to honest bytes, the verifier neither accepts a block that was not signed nor panics.

use adyton_protocol::ids::{BlockHash, BlockRef};
use proptest::prelude::*;

use crate::{
    fixture::{FixtureChain, bare_header, hash, justification, vote},
    verifier::{DigestItem, verify_finality, verify_storage},
};

/// Changes to bytes: set one, take one out, put one in.
#[derive(Debug, Clone)]
enum Change {
    Flip(usize, u8),
    Remove(usize),
    Insert(usize, u8),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<usize>(), 1..=255u8).prop_map(|(place, bits)| Change::Flip(place, bits)),
        1 => any::<usize>().prop_map(Change::Remove),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Change::Insert(place, byte)),
        1 => any::<usize>().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match change {
        Change::Flip(place, bits) => bytes[place % length] ^= bits,
        Change::Remove(place) => drop(bytes.remove(place % length)),
        Change::Insert(place, byte) => bytes.insert(place % length, *byte),
        Change::Cut(place) => bytes.truncate(place % length),
    }
}

/// A justification with equivocation and ancestry, so that every branch has something to alter.
fn honest() -> (FixtureChain, Vec<u8>, Vec<u8>) {
    let chain = FixtureChain::new(4);
    let header = bare_header(BlockHash([9; 32]), 10, &[DigestItem::Seal(*b"aura", vec![5; 64])]);
    let target = BlockRef { number: 10, hash: hash(&header) };
    let child = bare_header(target.hash, 11, &[]);
    let above = BlockRef { number: 11, hash: hash(&child) };
    let set = chain.set_id;
    let mut votes: Vec<_> = chain.keys[..3].iter().map(|key| vote(key, target, 1, set)).collect();
    votes.push(vote(&chain.keys[3], above, 1, set));
    let proof = justification(1, target, &votes, &[child]);
    (chain, header, proof)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn an_altered_justification_never_verifies(changes in prop::collection::vec(change(), 1..4)) {
        let (chain, header, honest) = honest();
        let mut proof = honest.clone();
        changes.iter().for_each(|change| apply(&mut proof, change));
        prop_assume!(proof != honest);
        // ZIP 215 signatures are not malleable by flipping bits, and nothing else is left unsigned but what
        // the checks bind.
        prop_assert!(verify_finality(&chain.checkpoint(), &header, &proof).is_err());
    }

    #[test]
    fn an_altered_header_never_verifies(changes in prop::collection::vec(change(), 1..4)) {
        let (chain, honest, proof) = honest();
        let mut header = honest.clone();
        changes.iter().for_each(|change| apply(&mut header, change));
        prop_assume!(header != honest);
        prop_assert!(verify_finality(&chain.checkpoint(), &header, &proof).is_err());
    }

    #[test]
    fn random_bytes_never_verify(header in prop::collection::vec(any::<u8>(), 0..300), proof in prop::collection::vec(any::<u8>(), 0..600)) {
        let chain = FixtureChain::new(1);
        prop_assert!(verify_finality(&chain.checkpoint(), &header, &proof).is_err());
    }

    #[test]
    fn an_altered_storage_proof_shows_the_truth_or_nothing(
        node in any::<usize>(),
        changes in prop::collection::vec(change(), 1..4),
        asked in 0..120u8,
    ) {
        let mut chain = FixtureChain::new(1);
        for number in 0..100u8 {
            chain.set(vec![number; 4], vec![number; usize::from(number)]);
        }
        chain.seal(&[], &[]);
        let block = chain.head();
        let head = verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap();
        let keys = [vec![asked; 4]];
        let mut proof = chain.proof(1, &keys);
        let node = node % proof.len();
        changes.iter().for_each(|change| apply(&mut proof[node], change));
        let truth = (asked < 100).then(|| vec![asked; usize::from(asked)]);
        if let Ok(values) = verify_storage(&head, &proof, &keys) {
            prop_assert_eq!(values.value(&keys[0]), Ok(truth.as_deref()));
        }
    }
}
