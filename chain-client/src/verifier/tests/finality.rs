use adyton_protocol::ids::{BlockHash, BlockRef};
use codec::{Compact, Encode};
use ed25519_zebra::SigningKey;

use crate::{
    fixture::{FixtureChain, authorities_of, bare_header, hash, justification, scheduled_change, vote},
    verifier::{
        Authority, AuthorityKey, Checkpoint, DigestItem, MAX_ANCESTRY, MAX_AUTHORITIES, MAX_HEADER_BYTES,
        MAX_JUSTIFICATION_BYTES, Refusal, verify_finality,
    },
};

const ROUND: u64 = 7;

/// A chain of four authorities with a block 10 to finalize, and children of it.
struct Case {
    chain: FixtureChain,
    checkpoint: Checkpoint,
    header: Vec<u8>,
    target: BlockRef,
}

impl Case {
    fn new() -> Self {
        Self::with_digest(&[])
    }

    fn with_digest(digest: &[DigestItem]) -> Self {
        let chain = FixtureChain::new(4);
        let checkpoint = chain.checkpoint();
        let header = bare_header(BlockHash([9; 32]), 10, digest);
        let target = at(&header, 10);
        Self { chain, checkpoint, header, target }
    }

    fn keys(&self, how_many: usize) -> &[SigningKey] {
        &self.chain.keys[..how_many]
    }

    fn votes(&self, how_many: usize, target: BlockRef) -> Vec<Vec<u8>> {
        self.keys(how_many).iter().map(|key| vote(key, target, ROUND, self.chain.set_id)).collect()
    }

    fn verify(&self, justification: &[u8]) -> Result<BlockRef, Refusal> {
        verify_finality(&self.checkpoint, &self.header, justification).map(|head| head.block())
    }

    fn child(&self, of: BlockRef, salt: u8) -> (Vec<u8>, BlockRef) {
        let header = bare_header(of.hash, of.number + 1, &[DigestItem::Other(vec![salt])]);
        let block = at(&header, of.number + 1);
        (header, block)
    }
}

fn at(header: &[u8], number: u32) -> BlockRef {
    BlockRef { number, hash: hash(header) }
}

fn grandpa_log(message: &[u8]) -> DigestItem {
    DigestItem::Consensus(*b"FRNK", message.to_vec())
}

#[test]
fn a_block_signed_by_more_than_two_thirds_is_final() {
    let case = Case::new();
    for signers in [3, 4] {
        let proof = justification(ROUND, case.target, &case.votes(signers, case.target), &[]);
        assert_eq!(case.verify(&proof), Ok(case.target));
    }
}

#[test]
fn a_final_header_says_what_the_header_says() {
    let mut chain = FixtureChain::new(1);
    let log = DigestItem::PreRuntime(*b"aura", vec![1]);
    chain.seal(std::slice::from_ref(&log), &[b"extrinsic".to_vec()]);
    let block = chain.head();
    let head = verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap();
    assert_eq!(head.block(), block.at);
    assert_eq!(head.digest(), [log]);
    assert_eq!(head.parent_hash(), chain.block(0).at.hash);
    assert_eq!(head.genesis_hash(), chain.block(0).at.hash);
}

#[test]
fn a_justification_relabelled_to_another_block_is_refused() {
    // The forgery that other light clients accepted: real signatures for block 10, under the name of another.
    let case = Case::new();
    let other = bare_header(BlockHash([8; 32]), 1000, &[]);
    let proof = justification(ROUND, at(&other, 1000), &case.votes(4, case.target), &[]);
    let refused = verify_finality(&case.checkpoint, &other, &proof);
    assert_eq!(refused.unwrap_err(), Refusal::MissingAncestry);
}

#[test]
fn a_justification_relabelled_with_the_signed_block_as_ancestry_is_refused() {
    // Votes for block 10, claimed for a block 9 that is not its parent.
    let case = Case::new();
    let other = bare_header(BlockHash([8; 32]), 9, &[]);
    let proof = justification(ROUND, at(&other, 9), &case.votes(4, case.target), std::slice::from_ref(&case.header));
    let refused = verify_finality(&case.checkpoint, &other, &proof);
    assert_eq!(refused.unwrap_err(), Refusal::MissingAncestry);
}

#[test]
fn a_justification_for_another_block_than_the_header_is_refused() {
    let case = Case::new();
    let (other, number) = (BlockHash([1; 32]), 10);
    for claimed in [BlockRef { number, hash: other }, BlockRef { number: 11, hash: case.target.hash }] {
        let proof = justification(ROUND, claimed, &case.votes(4, claimed), &[]);
        assert_eq!(case.verify(&proof), Err(Refusal::JustifiesAnotherBlock { claimed: claimed.number }));
    }
}

#[test]
fn a_vote_with_the_right_hash_and_a_wrong_number_is_refused() {
    let case = Case::new();
    let wrong = BlockRef { number: 11, hash: case.target.hash };
    let proof = justification(ROUND, case.target, &case.votes(4, wrong), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::MissingAncestry));
}

#[test]
fn two_thirds_of_the_weight_or_less_is_refused() {
    let case = Case::new();
    for signers in [0, 1, 2] {
        let proof = justification(ROUND, case.target, &case.votes(signers, case.target), &[]);
        let refusal = Refusal::TooFewSigners { weight: signers as u64, threshold: 3 };
        assert_eq!(case.verify(&proof), Err(refusal));
    }
    // Exactly two thirds.
    let mut case = Case::new();
    case.checkpoint.authorities.truncate(3);
    let proof = justification(ROUND, case.target, &case.votes(2, case.target), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::TooFewSigners { weight: 2, threshold: 3 }));
}

#[test]
fn signers_count_by_their_weight() {
    let mut case = Case::new();
    case.checkpoint.authorities[3].weight = 7;
    let proof = justification(ROUND, case.target, &case.votes(3, case.target), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::TooFewSigners { weight: 3, threshold: 7 }));
}

#[test]
fn an_unknown_signer_is_refused_though_there_are_enough_others() {
    let case = Case::new();
    let mut votes = case.votes(4, case.target);
    votes.push(vote(&SigningKey::from([99; 32]), case.target, ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::UnknownSigner));
}

#[test]
fn only_unknown_signers_are_refused() {
    let case = Case::new();
    let strangers = FixtureChain::new(20);
    let votes: Vec<_> =
        strangers.keys[10..14].iter().map(|key| vote(key, case.target, ROUND, case.chain.set_id)).collect();
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::UnknownSigner));
}

#[test]
fn a_repeated_vote_is_refused() {
    let case = Case::new();
    let mut votes = case.votes(3, case.target);
    votes.push(votes[0].clone());
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::RepeatedSigner));
}

#[test]
fn a_signer_with_two_different_votes_counts_once() {
    let case = Case::new();
    let (header, child) = case.child(case.target, 1);
    let mut votes = case.votes(2, case.target);
    votes.push(vote(&case.keys(1)[0], child, ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, std::slice::from_ref(&header));
    assert_eq!(case.verify(&proof), Err(Refusal::TooFewSigners { weight: 2, threshold: 3 }));

    // With a third signer the same equivocation does no harm.
    let mut votes = case.votes(3, case.target);
    votes.push(vote(&case.keys(1)[0], child, ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, &[header]);
    assert_eq!(case.verify(&proof), Ok(case.target));
}

#[test]
fn a_third_vote_of_one_signer_is_refused() {
    let case = Case::new();
    let (one, first) = case.child(case.target, 1);
    let (two, second) = case.child(case.target, 2);
    let mut votes = case.votes(3, case.target);
    votes.push(vote(&case.keys(1)[0], first, ROUND, case.chain.set_id));
    votes.push(vote(&case.keys(1)[0], second, ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, &[one, two]);
    assert_eq!(case.verify(&proof), Err(Refusal::RepeatedSigner));
}

#[test]
fn signatures_of_another_round_are_refused() {
    let case = Case::new();
    let proof = justification(ROUND + 1, case.target, &case.votes(4, case.target), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::BadSignature));
}

#[test]
fn signatures_of_another_authority_set_are_refused() {
    let mut case = Case::new();
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    case.checkpoint.set_id += 1;
    assert_eq!(case.verify(&proof), Err(Refusal::BadSignature));
}

#[test]
fn a_bad_signature_is_refused_though_there_are_enough_good_ones() {
    let case = Case::new();
    let mut votes = case.votes(4, case.target);
    // The signature stands behind hash and number.
    votes[3][36 + 5] ^= 1;
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::BadSignature));
}

#[test]
fn a_signature_under_somebody_elses_name_is_refused() {
    let case = Case::new();
    let mut votes = case.votes(3, case.target);
    let name: [u8; 32] = case.keys(4)[3].verification_key().into();
    votes[0][100..].copy_from_slice(&name);
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::BadSignature));
}

#[test]
fn votes_for_descendants_count_with_the_headers_between() {
    let case = Case::new();
    let (first, one) = case.child(case.target, 1);
    let (second, two) = case.child(one, 1);
    let (third, three) = case.child(one, 2);
    let set = case.chain.set_id;
    let keys = case.keys(4);
    let votes =
        [vote(&keys[0], case.target, ROUND, set), vote(&keys[1], two, ROUND, set), vote(&keys[2], three, ROUND, set)];
    let proof = justification(ROUND, case.target, &votes, &[first, second, third]);
    assert_eq!(case.verify(&proof), Ok(case.target));
}

#[test]
fn a_vote_for_a_descendant_without_the_headers_between_is_refused() {
    let case = Case::new();
    let (_, one) = case.child(case.target, 1);
    let (second, two) = case.child(one, 1);
    let mut votes = case.votes(3, case.target);
    votes.push(vote(&case.keys(4)[3], two, ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, &[second]);
    assert_eq!(case.verify(&proof), Err(Refusal::MissingAncestry));
}

#[test]
fn headers_that_no_vote_needs_are_refused() {
    let case = Case::new();
    let (header, _) = case.child(case.target, 1);
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[header]);
    assert_eq!(case.verify(&proof), Err(Refusal::UnusedAncestry));
}

#[test]
fn a_header_that_comes_twice_is_refused() {
    let case = Case::new();
    let (header, child) = case.child(case.target, 1);
    let mut votes = case.votes(3, case.target);
    votes.push(vote(&case.keys(4)[3], child, ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, &[header.clone(), header]);
    assert_eq!(case.verify(&proof), Err(Refusal::UnusedAncestry));
}

#[test]
fn a_header_between_with_a_wrong_number_is_refused() {
    let case = Case::new();
    let header = bare_header(case.target.hash, 12, &[]);
    let mut votes = case.votes(3, case.target);
    votes.push(vote(&case.keys(4)[3], at(&header, 12), ROUND, case.chain.set_id));
    let proof = justification(ROUND, case.target, &votes, &[header]);
    assert_eq!(case.verify(&proof), Err(Refusal::MissingAncestry));
}

#[test]
fn votes_whose_highest_common_block_is_another_are_refused() {
    // All vote for the child: GRANDPA would have finalized that one.
    let case = Case::new();
    let (header, child) = case.child(case.target, 1);
    let proof = justification(ROUND, case.target, &case.votes(4, child), &[header]);
    assert_eq!(case.verify(&proof), Err(Refusal::NotTheCommonBlock));
}

#[test]
fn what_a_header_says_of_the_authorities_that_is_no_change_of_this_chain_is_refused() {
    let next = authorities_of(&FixtureChain::new(2).keys);
    let forced = [vec![2], 7u32.encode(), next.encode(), 0u32.encode()].concat();
    let scheduled = |delay: u32| [vec![1], next.encode(), delay.encode()].concat();
    let malformed = Refusal::Malformed("the change of the authorities");
    for (message, refusal) in [
        (forced, Refusal::ForcedChange { number: 10 }),
        (scheduled(1), Refusal::DelayedChange { number: 10 }),
        (vec![1, 0, 0], malformed.clone()),
        ([scheduled(0), vec![0]].concat(), Refusal::TrailingBytes("the change of the authorities")),
        // That an authority is disabled, cut short. Pause, Resume, and what nobody knows yet.
        (vec![3, 0], malformed),
        (vec![4, 0, 0, 0, 0], Refusal::AuthorityChange { number: 10 }),
        (vec![5, 0, 0, 0, 0], Refusal::AuthorityChange { number: 10 }),
        (vec![6], Refusal::AuthorityChange { number: 10 }),
        (vec![], Refusal::AuthorityChange { number: 10 }),
    ] {
        let case = Case::with_digest(&[DigestItem::PreRuntime(*b"aura", vec![]), grandpa_log(&message)]);
        let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
        assert_eq!(case.verify(&proof), Err(refusal), "{message:?}");
    }
    let many = [vec![1], Compact(MAX_AUTHORITIES as u32 + 1).encode()].concat();
    let case = Case::with_digest(&[grandpa_log(&many)]);
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    assert!(matches!(case.verify(&proof), Err(Refusal::TooLarge { what: "authorities", .. })));
    let case = Case::with_digest(&[grandpa_log(&scheduled(0)), grandpa_log(&scheduled(0))]);
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::AuthorityChange { number: 10 }));
}

#[test]
fn that_an_authority_is_disabled_changes_nothing() {
    let disabled = grandpa_log(&[vec![3], 1u64.encode()].concat());
    let case = Case::with_digest(&[disabled]);
    let proof = justification(ROUND, case.target, &case.votes(3, case.target), &[]);
    assert_eq!(case.verify(&proof), Ok(case.target));
}

/// One of four votes for what comes after the last block of its set, as no honest one does. All nodes have that vote in
/// the justification that they keep of the block.
#[test]
fn a_liars_vote_for_what_comes_after_the_last_block_of_a_set_does_not_undo_the_others() {
    let change = scheduled_change(&authorities_of(&FixtureChain::new(3).keys), 0);
    let case = Case::with_digest(std::slice::from_ref(&change));
    // Whatever stands in the headers that lead to it.
    for digest in [vec![], vec![change], vec![grandpa_log(&[2])], vec![grandpa_log(&[9])]] {
        let after = bare_header(case.target.hash, 11, &digest);
        let beyond = bare_header(at(&after, 11).hash, 12, &[]);
        let mut votes = case.votes(2, case.target);
        votes.push(vote(&case.keys(4)[3], at(&beyond, 12), ROUND, case.chain.set_id));
        let proof = justification(ROUND, case.target, &votes, &[after.clone(), beyond]);
        assert_eq!(case.verify(&proof), Ok(case.target), "{digest:?}");
        let head = verify_finality(&case.checkpoint, &case.header, &proof).expect("it is final");
        let next = case.checkpoint.advance(&head).expect("the next set");
        assert_eq!((next.number, next.authorities.len()), (10, 3));
        // Though the next set has the same keys: what they signed for the set before finalizes nothing after it.
        let proof = justification(ROUND, at(&after, 11), &case.votes(3, at(&after, 11)), &[]);
        assert!(matches!(
            verify_finality(&next, &after, &proof).map(drop),
            Err(Refusal::BadSignature | Refusal::ForcedChange { .. } | Refusal::AuthorityChange { .. })
        ));
    }
}

#[test]
fn a_header_older_than_the_checkpoint_is_refused() {
    let mut case = Case::new();
    case.checkpoint.number = 11;
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::OlderThanCheckpoint { found: 10, checkpoint: 11 }));
}

#[test]
fn another_block_at_the_checkpoints_number_is_refused() {
    let mut case = Case::new();
    case.checkpoint.number = 10;
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::NotTheCheckpoint { number: 10 }));
    case.checkpoint.hash = case.target.hash;
    assert_eq!(case.verify(&proof), Ok(case.target));
}

#[test]
fn bytes_after_header_or_justification_are_refused() {
    let case = Case::new();
    let mut proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    let mut header = case.header.clone();
    header.push(0);
    let refused = verify_finality(&case.checkpoint, &header, &proof);
    assert_eq!(refused.unwrap_err(), Refusal::TrailingBytes("the header"));
    proof.push(0);
    assert_eq!(case.verify(&proof), Err(Refusal::TrailingBytes("the justification")));
}

#[test]
fn a_header_or_justification_cut_short_anywhere_is_refused() {
    let case = Case::new();
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    for length in 0..proof.len() {
        assert_eq!(case.verify(&proof[..length]), Err(Refusal::Malformed("the justification")));
    }
    for length in 0..case.header.len() {
        let refused = verify_finality(&case.checkpoint, &case.header[..length], &proof);
        assert_eq!(refused.unwrap_err(), Refusal::Malformed("the header"));
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_decoded() {
    let case = Case::new();
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    let too_large = |what, found, limit| Refusal::TooLarge { what, found, limit };

    let header = vec![0; MAX_HEADER_BYTES + 1];
    let refused = verify_finality(&case.checkpoint, &header, &proof).unwrap_err();
    assert_eq!(refused, too_large("bytes of a header", MAX_HEADER_BYTES + 1, MAX_HEADER_BYTES));

    let bytes = vec![0; MAX_JUSTIFICATION_BYTES + 1];
    let refusal = too_large("bytes of a justification", MAX_JUSTIFICATION_BYTES + 1, MAX_JUSTIFICATION_BYTES);
    assert_eq!(case.verify(&bytes), Err(refusal));

    let votes = vec![vec![0; 132]; 9];
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(too_large("votes in a justification", 9, 8)));

    let headers = vec![case.header.clone(); MAX_ANCESTRY + 1];
    let proof = justification(ROUND, case.target, &[], &headers);
    assert_eq!(case.verify(&proof), Err(too_large("headers in a justification", MAX_ANCESTRY + 1, MAX_ANCESTRY)));

    let case = Case::with_digest(&vec![DigestItem::RuntimeEnvironmentUpdated; 257]);
    assert_eq!(case.verify(&[]), Err(too_large("items of a header's digest", 257, 256)));
}

#[test]
fn a_checkpoint_without_usable_authorities_is_refused() {
    let case = Case::new();
    let proof = justification(ROUND, case.target, &case.votes(4, case.target), &[]);
    let with = |authorities: Vec<Authority>| {
        let checkpoint = Checkpoint { authorities, ..case.checkpoint.clone() };
        verify_finality(&checkpoint, &case.header, &proof).unwrap_err()
    };
    let [one, two, ..] = case.checkpoint.authorities[..] else { unreachable!() };
    assert!(matches!(with(vec![]), Refusal::UnusableCheckpoint(_)));
    assert!(matches!(with(vec![one, one]), Refusal::UnusableCheckpoint(_)));
    assert!(matches!(with(vec![Authority { weight: 0, ..one }]), Refusal::UnusableCheckpoint(_)));
    let heavy = |authority| Authority { weight: u64::MAX, ..authority };
    assert!(matches!(with(vec![heavy(one), heavy(two)]), Refusal::UnusableCheckpoint(_)));
    assert!(matches!(with(vec![one; MAX_AUTHORITIES + 1]), Refusal::TooLarge { what: "authorities", .. }));
}

#[test]
fn a_key_that_is_no_point_signs_nothing() {
    let mut case = Case::new();
    // y = 2 is on no point of the curve.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    case.checkpoint.authorities = vec![Authority { key: AuthorityKey(no_point), weight: 1 }];
    let mut votes = case.votes(1, case.target);
    votes[0][100..].copy_from_slice(&no_point);
    let proof = justification(ROUND, case.target, &votes, &[]);
    assert_eq!(case.verify(&proof), Err(Refusal::BadSignature));
}

#[test]
fn the_finalized_parent_is_known_by_its_hash_alone() {
    let mut chain = FixtureChain::new(1);
    chain.seal(&[], &[]);
    chain.seal(&[], &[]);
    let block = chain.head();
    let head = verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap();
    let parent = head.parent(&chain.block(1).header).unwrap();
    assert_eq!(parent.block(), chain.block(1).at);
    let expected = chain.block(1).at.hash;
    assert_eq!(head.parent(&chain.block(0).header), Err(Refusal::NotTheParent { expected }));
}

#[test]
fn a_checkpoint_reads_back_from_json_and_scale() {
    let checkpoint = FixtureChain::new(2).checkpoint();
    let text = serde_json::to_string(&checkpoint).unwrap();
    assert!(text.contains("\"authorities\":[{\"key\":\"0x"));
    assert_eq!(serde_json::from_str::<Checkpoint>(&text).unwrap(), checkpoint);
    let decoded: Checkpoint = codec::DecodeAll::decode_all(&mut &checkpoint.encode()[..]).unwrap();
    assert_eq!(decoded, checkpoint);
}

#[test]
fn the_genesis_hash_alone_gives_the_first_checkpoint() {
    let chain = FixtureChain::new(3);
    let genesis = chain.block(0);
    let proof = chain.proof(0, &Checkpoint::genesis_keys());
    let checkpoint = Checkpoint::from_genesis(genesis.at.hash, &genesis.header, &proof);
    assert_eq!(checkpoint, Ok(chain.checkpoint()));

    let other = BlockHash([1; 32]);
    let refused = Checkpoint::from_genesis(other, &genesis.header, &proof);
    assert_eq!(refused, Err(Refusal::NotTheCheckpoint { number: 0 }));
    let refused = Checkpoint::from_genesis(genesis.at.hash, &genesis.header, &proof[1..]);
    assert_eq!(refused, Err(Refusal::BadProof));
}

#[test]
fn a_checkpoint_advances_and_does_not_go_back() {
    let mut chain = FixtureChain::new(1);
    chain.seal(&[], &[]);
    chain.seal(&[], &[]);
    let start = chain.checkpoint();
    let head = |number| {
        let block = chain.block(number);
        verify_finality(&start, &block.header, block.justification.as_ref().unwrap()).unwrap()
    };
    let newer = start.advance(&head(2)).unwrap();
    assert_eq!((newer.number, newer.hash), (2, chain.block(2).at.hash));
    assert_eq!(newer.advance(&head(1)), Err(Refusal::OlderThanCheckpoint { found: 1, checkpoint: 2 }));
}
