use std::{sync::Arc, time::Duration};

use adyton_protocol::storage;

use crate::{
    Error,
    fixture::{FixtureChain, FixtureSource, GENESIS_MS, bare_header, justification, vote},
    rpc::Reader,
    verifier::{Checkpoint, Refusal},
};

fn reader(blocks: u32) -> (Arc<FixtureSource>, Reader<Arc<FixtureSource>>) {
    let mut chain = FixtureChain::new(3);
    for _ in 0..blocks {
        chain.seal(&[], &[]);
    }
    let checkpoint = chain.checkpoint();
    let source = Arc::new(FixtureSource::new(chain));
    (source.clone(), Reader::new(source, checkpoint))
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_new_head_costs_two_questions_a_known_one_one_and_a_read_one_more() {
    let (source, reader) = reader(3);
    assert_eq!(reader.head().await.unwrap().number(), 3);
    assert_eq!(source.requests(), 2);
    for _ in 0..4 {
        source.chain().seal(&[], &[]);
    }
    assert_eq!(reader.head().await.unwrap().number(), 7);
    assert_eq!(source.requests(), 4);
    let tip = reader.read(&[storage::timestamp(), storage::frozen()]).await.unwrap();
    assert_eq!(source.requests(), 6);
    assert_eq!(tip.values.block(), tip.head.block());
    assert_eq!(tip.values.value(&storage::frozen()), Ok(None));
}

#[tokio::test]
async fn a_head_is_given_again_without_asking_for_as_long_as_allowed() {
    let (source, reader) = reader(3);
    let reader = reader.with_max_age(Duration::from_secs(60));
    reader.head().await.unwrap();
    source.chain().seal(&[], &[]);
    assert_eq!(reader.head().await.unwrap().number(), 3);
    assert_eq!(source.requests(), 2);
}

#[tokio::test]
async fn a_chain_that_finalized_nothing_yet_is_at_its_genesis() {
    let (_, reader) = reader(0);
    assert_eq!(reader.head().await.unwrap().hash(), reader.checkpoint().genesis_hash);
    // And again, where the node has no proof of finality.
    assert_eq!(reader.head().await.unwrap().number(), 0);
}

#[tokio::test]
async fn a_node_without_stored_justifications_is_asked_for_a_proof() {
    let (source, reader) = reader(3);
    source.forge().justified = Some(|_| false);
    assert_eq!(reader.head().await.unwrap().number(), 3);
}

#[tokio::test]
async fn a_node_that_justifies_some_blocks_is_followed_from_one_to_the_next() {
    let (source, reader) = reader(19);
    source.forge().justified = Some(|number| number % 16 == 0);
    source.forge().no_finality_proofs = true;
    assert_eq!(reader.head().await.unwrap().number(), 16);
    assert_eq!(source.requests(), 6);
    // Nothing newer is justified.
    assert_eq!(reader.head().await.unwrap().number(), 16);
    for _ in 0..16 {
        source.chain().seal(&[], &[]);
    }
    assert_eq!(reader.head().await.unwrap().number(), 32);
}

#[tokio::test]
async fn a_node_whose_newest_proof_is_older_than_what_is_known_tells_nothing_new() {
    let (source, reader) = reader(5);
    reader.head().await.unwrap();
    source.chain().seal(&[], &[]);
    source.forge().justified = Some(|_| false);
    source.forge().proven = Some(4);
    assert_eq!(reader.head().await.unwrap().number(), 5);
    source.forge().proven = None;
    assert_eq!(reader.head().await.unwrap().number(), 6);
}

#[tokio::test]
async fn a_node_without_any_proof_of_finality_is_not_believed() {
    let (source, reader) = reader(100);
    source.forge().justified = Some(|_| false);
    source.forge().no_finality_proofs = true;
    assert!(matches!(reader.head().await, Err(Error::Missing("proof of finality"))));
}

#[tokio::test]
async fn a_node_that_goes_back_is_refused() {
    let (source, reader) = reader(5);
    reader.head().await.unwrap();
    source.forge().head = Some(4);
    assert_eq!(refusal(reader.head().await), Refusal::HeadWentBack { seen: 5, found: 4 });
    source.forge().head = None;
    assert_eq!(reader.head().await.unwrap().number(), 5);
}

#[tokio::test]
async fn a_forged_header_under_a_real_justification_is_refused() {
    let (source, reader) = reader(5);
    let forged = bare_header(source.chain().block(4).at.hash, 5, &[]);
    source.forge().header = Some(forged);
    assert_eq!(refusal(reader.head().await), Refusal::JustifiesAnotherBlock { claimed: 5 });
}

#[tokio::test]
async fn a_forged_justification_is_refused_first_and_later() {
    let (source, reader) = reader(5);
    let target = source.chain().block(5).at;
    source.forge().justification = Some(justification(1, target, &[], &[]));
    let few = Refusal::TooFewSigners { weight: 0, threshold: 3 };
    assert_eq!(refusal(reader.head().await), few);
    source.forge().justification = None;
    reader.head().await.unwrap();
    let next = source.chain().seal(&[], &[]);
    source.forge().justification = Some(justification(1, next, &[], &[]));
    assert_eq!(refusal(reader.head().await), few);
}

#[tokio::test]
async fn an_altered_proof_is_refused() {
    let (source, reader) = reader(2);
    source.forge().proof = Some(|proof| drop(proof.pop()));
    let keys = [storage::timestamp()];
    assert_eq!(refusal(reader.read(&keys).await), Refusal::BadProof);
}

#[tokio::test]
async fn a_node_that_stands_still_makes_waiting_end() {
    let (_, reader) = reader(2);
    let waited = reader.head_above(2, Duration::from_millis(1), Duration::from_millis(20)).await;
    assert!(matches!(waited, Err(Error::TimedOut { .. })));
    assert_eq!(reader.head_above(1, Duration::from_millis(1), Duration::ZERO).await.unwrap().number(), 2);
}

#[tokio::test]
async fn keys_are_listed_page_by_page() {
    let (source, reader) = reader(0);
    for number in 0..1200u32 {
        source.chain().set([b"list".as_slice(), &number.to_be_bytes()].concat(), vec![1]);
    }
    source.chain().seal(&[], &[]);
    let head = reader.head().await.unwrap();
    assert_eq!(reader.unproven_keys(&head, b"list", 5000).await.unwrap().len(), 1200);
    assert_eq!(reader.unproven_keys(&head, b"list", 700).await.unwrap().len(), 700);
    assert_eq!(reader.unproven_keys(&head, b"none", 700).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_list_that_repeats_itself_or_strays_is_refused() {
    let (source, reader) = reader(1);
    let head = reader.head().await.unwrap();
    for keys in [vec![b"list1".to_vec(); 500], vec![b"other".to_vec()]] {
        source.forge().keys = Some(keys);
        let listed = reader.unproven_keys(&head, b"list", 5000).await;
        assert!(matches!(listed, Err(Error::BadAnswer("state_getKeysPaged"))));
    }
}

#[tokio::test]
async fn the_first_checkpoint_is_fetched_under_the_genesis_hash() {
    let (source, reader) = reader(1);
    let genesis = reader.checkpoint().genesis_hash;
    assert_eq!(Checkpoint::fetch_genesis(&source, genesis).await.unwrap(), *reader.checkpoint());
    source.forge().proof = Some(|proof| drop(proof.pop()));
    assert_eq!(refusal(Checkpoint::fetch_genesis(&source, genesis).await), Refusal::BadProof);
}

fn keys(seeds: std::ops::Range<u8>) -> Vec<ed25519_zebra::SigningKey> {
    seeds.map(|seed| ed25519_zebra::SigningKey::from([seed; 32])).collect()
}

/// Blocks 3 and 5 are the last ones of their sets.
fn change(source: &FixtureSource) {
    let mut chain = source.chain();
    chain.hand_over(keys(10..13));
    chain.seal(&[], &[]);
    chain.hand_over(keys(20..24));
    chain.seal(&[], &[]);
}

#[tokio::test]
async fn a_reader_follows_the_authorities_from_set_to_set() {
    let (source, reader) = reader(2);
    let first = reader.head().await.unwrap();
    assert_eq!((first.number(), first.set_id()), (2, 3));
    change(&source);
    let head = reader.head().await.unwrap();
    assert_eq!((head.number(), head.set_id()), (6, 5));
    let mut checkpoint = reader.checkpoint().clone();
    for handover in reader.handovers(&head).await {
        checkpoint = checkpoint.follow(&handover).unwrap();
    }
    assert_eq!((checkpoint.number, checkpoint.set_id), (5, 5));
    // Where the newest block is the last of its set, the next one is by others.
    source.chain().hand_over(keys(30..32));
    assert_eq!(reader.head().await.unwrap().set_id(), 5);
    source.chain().seal(&[], &[]);
    let newest = reader.head().await.unwrap();
    assert_eq!(newest.set_id(), 6);
    // For each head, those before it.
    let mut counts = Vec::new();
    for of in [&first, &head, &newest] {
        counts.push(reader.handovers(of).await.len());
    }
    assert_eq!(counts, [0, 2, 3]);
}

#[tokio::test]
async fn a_reader_that_starts_long_after_the_authorities_changed_follows_them_all() {
    let (source, reader) = reader(2);
    change(&source);
    // The newest block's justification is not kept.
    source.forge().justified = Some(|number| number == 3 || number == 5);
    let head = reader.head().await.unwrap();
    assert_eq!((head.number(), reader.handovers(&head).await.len()), (6, 2));
}

#[tokio::test]
async fn a_reader_that_keeps_no_handovers_follows_them_all_the_same() {
    let (source, reader) = reader(2);
    let reader = reader.without_handovers();
    change(&source);
    let head = reader.head().await.unwrap();
    assert_eq!((head.number(), head.set_id(), reader.handovers(&head).await.len()), (6, 5, 0));
}

#[tokio::test]
async fn a_renewed_checkpoint_has_the_present_authorities_and_the_chains_time() {
    let (source, reader) = reader(2);
    change(&source);
    let renewed = reader.renewed().await.unwrap();
    assert_eq!((renewed.number, renewed.set_id, renewed.time_ms), (6, 5, Some(GENESIS_MS + 3000)));
    source.chain().seal(&[], &[]);
    let later = Reader::new(source, renewed);
    let head = later.head().await.unwrap();
    assert_eq!((head.number(), later.handovers(&head).await.len()), (7, 0));
}

#[tokio::test]
async fn a_real_block_that_authorities_of_long_ago_sign_gives_no_checkpoint() {
    let (source, reader) = reader(2);
    let old = source.chain().keys.clone();
    change(&source);
    let (at, first) = (source.chain().head().at, reader.checkpoint().set_id);
    let votes: Vec<_> = old.iter().map(|key| vote(key, at, 1, first)).collect();
    source.forge().justification = Some(justification(1, at, &votes, &[]));
    assert_eq!(reader.head().await.unwrap().block(), at);
    assert_eq!(refusal(reader.renewed().await), Refusal::OtherAuthorities { number: at.number });
}

#[tokio::test]
async fn a_node_that_does_not_show_how_the_authorities_changed_is_not_believed() {
    let (source, reader) = reader(2);
    change(&source);
    source.forge().no_finality_proofs = true;
    assert_eq!(refusal(reader.head().await), Refusal::UnknownSigner);
    source.forge().no_finality_proofs = false;
    assert_eq!(reader.head().await.unwrap().number(), 6);
}
