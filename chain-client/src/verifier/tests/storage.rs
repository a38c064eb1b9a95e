use crate::{
    fixture::FixtureChain,
    verifier::{
        FinalizedHeader, MAX_KEY_BYTES, MAX_KEYS, MAX_PROOF_BYTES, MAX_PROOF_NODES, Refusal, extrinsics_root_matches,
        verify_finality, verify_storage,
    },
};

/// A chain with many keys, two blocks that differ in one of them, and their headers.
fn chain() -> (FixtureChain, FinalizedHeader, FinalizedHeader) {
    let mut chain = FixtureChain::new(1);
    for number in 0..200u8 {
        // Long values stand in nodes of their own.
        chain.set(key(number), vec![number; usize::from(number)]);
    }
    chain.seal(&[], &[]);
    chain.set(key(7), b"newer".to_vec());
    chain.seal(&[], &[b"one".to_vec(), b"two".to_vec()]);
    let header = |number| {
        let block = chain.block(number);
        verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap()
    };
    let (first, second) = (header(1), header(2));
    (chain, first, second)
}

fn key(number: u8) -> Vec<u8> {
    [sp_crypto_hashing::twox_128(b"Test").as_slice(), &[number; 8]].concat()
}

#[test]
fn values_short_and_long_are_proven() {
    let (chain, head, _) = chain();
    let keys: Vec<_> = [0, 7, 31, 32, 33, 150, 199].map(key).into();
    let values = verify_storage(&head, &chain.proof(1, &keys), &keys).unwrap();
    assert_eq!(values.block(), chain.block(1).at);
    for number in [0, 7, 31, 32, 33, 150, 199u8] {
        assert_eq!(values.value(&key(number)), Ok(Some(&vec![number; usize::from(number)][..])));
    }
}

#[test]
fn an_absent_key_is_proven_absent() {
    let (chain, head, _) = chain();
    let keys = [key(220), b"nothing".to_vec(), key(3)[..20].to_vec()];
    let values = verify_storage(&head, &chain.proof(1, &keys), &keys).unwrap();
    for key in &keys {
        assert_eq!(values.value(key), Ok(None));
    }
}

#[test]
fn an_absent_key_is_not_absent_without_its_proof() {
    let (chain, head, _) = chain();
    let proof = chain.proof(1, &[key(3)]);
    let unproven = [sp_crypto_hashing::twox_128(b"Timestamp").to_vec()];
    assert_eq!(verify_storage(&head, &proof, &unproven), Err(Refusal::BadProof));
    assert_eq!(verify_storage(&head, &[], &unproven), Err(Refusal::BadProof));
}

#[test]
fn a_proof_without_any_one_of_its_nodes_is_refused() {
    let (chain, head, _) = chain();
    let keys = [key(150)];
    let proof = chain.proof(1, &keys);
    assert!(proof.len() > 2);
    for missing in 0..proof.len() {
        let mut cut = proof.clone();
        cut.remove(missing);
        assert_eq!(verify_storage(&head, &cut, &keys), Err(Refusal::BadProof));
    }
}

#[test]
fn a_proof_with_any_altered_node_is_refused() {
    let (chain, head, _) = chain();
    let keys = [key(150)];
    let proof = chain.proof(1, &keys);
    for altered in 0..proof.len() {
        let mut wrong = proof.clone();
        let last = wrong[altered].len() - 1;
        wrong[altered][last] ^= 1;
        assert_eq!(verify_storage(&head, &wrong, &keys), Err(Refusal::BadProof));
        let mut truncated = proof.clone();
        truncated[altered].pop();
        assert_eq!(verify_storage(&head, &truncated, &keys), Err(Refusal::BadProof));
    }
}

#[test]
fn a_proof_of_an_older_state_is_refused() {
    let (chain, _, newer) = chain();
    let keys = [key(7)];
    assert_eq!(verify_storage(&newer, &chain.proof(1, &keys), &keys), Err(Refusal::BadProof));
    let values = verify_storage(&newer, &chain.proof(2, &keys), &keys).unwrap();
    assert_eq!(values.value(&keys[0]), Ok(Some(&b"newer"[..])));
}

#[test]
fn nodes_of_another_state_beside_the_right_ones_change_nothing() {
    let (chain, _, newer) = chain();
    let keys = [key(7)];
    let both = [chain.proof(1, &keys), chain.proof(2, &keys)].concat();
    let values = verify_storage(&newer, &both, &keys).unwrap();
    assert_eq!(values.value(&keys[0]), Ok(Some(&b"newer"[..])));
}

#[test]
fn a_value_that_was_not_asked_for_is_not_absent() {
    let (chain, head, _) = chain();
    let keys = [key(7)];
    let values = verify_storage(&head, &chain.proof(1, &keys), &keys).unwrap();
    assert_eq!(values.value(&key(8)), Err(Refusal::NotAsked));
}

#[test]
fn values_of_two_blocks_are_not_put_together() {
    let (chain, head, newer) = chain();
    let (one, two) = ([key(7)], [key(8)]);
    let values = |head, number, keys: &[Vec<u8>]| verify_storage(head, &chain.proof(number, keys), keys).unwrap();
    let first = values(&head, 1, &one);
    assert_eq!(first.clone().and(values(&newer, 2, &two)), Err(Refusal::OtherBlock));
    let both = first.and(values(&head, 1, &two)).unwrap();
    assert_eq!(both.iter().count(), 2);
    assert_eq!(both.value(&key(8)), Ok(Some(&[8; 8][..])));
}

#[test]
fn proofs_and_keys_that_are_too_large_are_refused() {
    let (_, head, _) = chain();
    let too_large = |what, found, limit| Err(Refusal::TooLarge { what, found, limit });
    let nodes = vec![vec![]; MAX_PROOF_NODES + 1];
    let refused = verify_storage(&head, &nodes, &[]);
    assert_eq!(refused, too_large("nodes of a storage proof", MAX_PROOF_NODES + 1, MAX_PROOF_NODES));
    let bytes = [vec![0; MAX_PROOF_BYTES], vec![0]];
    let refused = verify_storage(&head, &bytes, &[]);
    assert_eq!(refused, too_large("bytes of a storage proof", MAX_PROOF_BYTES + 1, MAX_PROOF_BYTES));
    let keys = vec![vec![]; MAX_KEYS + 1];
    assert_eq!(verify_storage(&head, &[], &keys), too_large("storage keys", MAX_KEYS + 1, MAX_KEYS));
    let long = [vec![0; MAX_KEY_BYTES + 1]];
    assert_eq!(
        verify_storage(&head, &[], &long),
        too_large("bytes of a storage key", MAX_KEY_BYTES + 1, MAX_KEY_BYTES)
    );
}

#[test]
fn a_body_is_recognized_by_the_header() {
    let (_, _, head) = chain();
    assert!(extrinsics_root_matches(&head, &[b"one".to_vec(), b"two".to_vec()]));
    assert!(!extrinsics_root_matches(&head, &[b"two".to_vec(), b"one".to_vec()]));
    assert!(!extrinsics_root_matches(&head, &[b"one".to_vec()]));
}
