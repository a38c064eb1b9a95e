//! How one set of authorities hands over to the next.

use ed25519_zebra::SigningKey;

use crate::{
    fixture::{FixtureChain, justification, vote},
    verifier::{CHECKPOINT_LIFE, Checkpoint, Handover, ProvenValues, Refusal, verify_finality, verify_storage},
};

fn keys(seeds: std::ops::Range<u8>) -> Vec<SigningKey> {
    seeds.map(|seed| SigningKey::from([seed; 32])).collect()
}

fn handover(chain: &FixtureChain, number: u32) -> Handover {
    let block = chain.block(number);
    Handover { header: block.header.clone(), justification: block.justification.clone().unwrap() }
}

/// Blocks 2 and 4 are the last ones of their sets.
fn changing() -> FixtureChain {
    let mut chain = FixtureChain::new(4);
    chain.seal(&[], &[]);
    chain.hand_over(keys(3..6));
    chain.seal(&[], &[]);
    chain.hand_over(keys(20..25));
    chain.seal(&[], &[]);
    chain
}

#[test]
fn a_set_hands_over_to_the_next_with_its_last_block() {
    let chain = changing();
    let start = chain.checkpoint();
    let next = start.follow(&handover(&chain, 2)).unwrap();
    assert_eq!((next.number, next.set_id, next.authorities.len()), (2, start.set_id + 1, 3));
    assert_eq!(start.follow(&handover(&chain, 1)), Err(Refusal::NotAHandover { number: 1 }));
    let last = next.follow(&handover(&chain, 4)).unwrap();
    assert_eq!((last.number, last.set_id, &last.authorities), (4, start.set_id + 2, &chain.authorities()));
    let newest = chain.head();
    let head = verify_finality(&last, &newest.header, newest.justification.as_ref().unwrap()).unwrap();
    assert_eq!((head.number(), head.set_id()), (5, last.set_id));
}

#[test]
fn a_set_is_not_left_out() {
    let chain = changing();
    let start = chain.checkpoint();
    // By the third set, when the first is known: not even a block that names the fourth.
    assert_eq!(start.follow(&handover(&chain, 4)), Err(Refusal::UnknownSigner));
    // And a head that is proven under another set does not become a checkpoint after this one.
    let next = start.follow(&handover(&chain, 2)).unwrap();
    let last = next.follow(&handover(&chain, 4)).unwrap();
    let head = verify_finality(&last, &chain.block(5).header, chain.block(5).justification.as_ref().unwrap()).unwrap();
    let refusal = Refusal::OtherSet { expected: start.set_id, found: last.set_id };
    assert_eq!(start.advance(&head), Err(refusal));
}

#[test]
fn the_set_before_does_not_finalize_what_comes_after_its_last_block() {
    let chain = changing();
    let start = chain.checkpoint();
    let next = start.follow(&handover(&chain, 2)).unwrap();
    let block = chain.block(3);
    let old: Vec<_> = keys(1..5).iter().map(|key| vote(key, block.at, 1, start.set_id)).collect();
    let proof = justification(1, block.at, &old, &[]);
    assert_eq!(verify_finality(&next, &block.header, &proof).unwrap_err(), Refusal::UnknownSigner);
}

/// What the state after block `number` says of the authorities.
fn state(chain: &FixtureChain, checkpoint: &Checkpoint, number: u32) -> ProvenValues {
    let block = chain.block(number);
    let own = Checkpoint { number, hash: block.at.hash, ..checkpoint.clone() };
    let header = own.block(&block.header).unwrap();
    let keys = Checkpoint::genesis_keys();
    verify_storage(&header, &chain.proof(number, &keys), &keys).unwrap()
}

#[test]
fn the_state_of_each_block_names_the_set_that_votes_after_it() {
    let chain = changing();
    let start = chain.checkpoint();
    assert_eq!(start.check_state(&state(&chain, &start, 0)), Ok(()));
    let next = start.follow(&handover(&chain, 2)).unwrap();
    assert_eq!(next.check_state(&state(&chain, &next, 2)), Ok(()));
    let last = next.follow(&handover(&chain, 4)).unwrap();
    assert_eq!(last.check_state(&state(&chain, &last, 4)), Ok(()));
}

#[test]
fn a_real_block_that_a_set_of_long_ago_signs_gives_no_checkpoint_by_its_state() {
    let chain = changing();
    let start = chain.checkpoint();
    let real = chain.block(5);
    let old: Vec<_> = keys(1..5).iter().map(|key| vote(key, real.at, 1, start.set_id)).collect();
    // By its votes alone it is final for whoever does not know of the sets since.
    let head = verify_finality(&start, &real.header, &justification(1, real.at, &old, &[])).unwrap();
    let believed = start.advance(&head).unwrap();
    let refused = believed.check_state(&state(&chain, &start, 5));
    assert_eq!(refused, Err(Refusal::OtherAuthorities { number: 5 }));
    // Not with the right number of the set and other keys, nor with the right keys and another number.
    let real_set = chain.set_id;
    let numbered = Checkpoint { set_id: real_set, ..believed.clone() };
    assert_eq!(numbered.check_state(&state(&chain, &start, 5)), Err(Refusal::OtherAuthorities { number: 5 }));
    let keyed = Checkpoint { authorities: chain.authorities(), ..believed.clone() };
    assert_eq!(keyed.check_state(&state(&chain, &start, 5)), Err(Refusal::OtherAuthorities { number: 5 }));
    assert_eq!(Checkpoint { set_id: real_set, ..keyed }.check_state(&state(&chain, &start, 5)), Ok(()));
    assert_eq!(believed.check_state(&state(&chain, &start, 4)), Err(Refusal::OtherBlock));
}

#[test]
fn a_set_of_nobody_or_with_one_twice_is_no_successor() {
    for next in [vec![], [keys(1..2), keys(1..2)].concat()] {
        let mut chain = FixtureChain::new(1);
        let start = chain.checkpoint();
        chain.hand_over(next);
        assert!(matches!(start.follow(&handover(&chain, 1)), Err(Refusal::UnusableCheckpoint(_))));
    }
}

#[test]
fn on_the_way_back_each_block_is_of_the_set_that_finalized_it() {
    let chain = changing();
    let start = chain.checkpoint();
    let next = start.follow(&handover(&chain, 2)).unwrap();
    let last = next.follow(&handover(&chain, 4)).unwrap();
    let mut head =
        verify_finality(&last, &chain.block(5).header, chain.block(5).justification.as_ref().unwrap()).unwrap();
    let mut sets = vec![head.set_id() - start.set_id];
    for number in (1..5).rev() {
        head = head.parent(&chain.block(number).header).unwrap();
        sets.push(head.set_id() - start.set_id);
    }
    assert_eq!(sets, [2, 1, 1, 0, 0]);
    assert_eq!(last.block(&chain.block(4).header).unwrap().set_id(), start.set_id + 1);
}

#[test]
fn a_checkpoint_is_not_believed_for_as_long_as_bonds_take_to_leave() {
    let life = CHECKPOINT_LIFE.as_millis() as u64;
    let of_unknown_age = FixtureChain::new(1).checkpoint();
    assert_eq!(of_unknown_age.check_age(u64::MAX), Ok(()));
    let checkpoint = Checkpoint { time_ms: Some(1000), ..of_unknown_age };
    assert_eq!(checkpoint.check_age(0), Ok(()));
    assert_eq!(checkpoint.check_age(1000 + life), Ok(()));
    assert_eq!(checkpoint.check_age(1001 + life), Err(Refusal::OldCheckpoint { days: 27 }));
}
