use std::time::Duration;

use adyton_protocol::{
    ids::{AccountId, Digest, EncryptionKey, SigningKey, WorkerId},
    record::{EvidenceKind, Heartbeat, MachineId, VerdictFacts, WorkerRecord},
    statement::Role,
    storage,
};
use codec::Encode;

use crate::{
    fixture::{FixtureChain, GENESIS_MS},
    verifier::{
        FinalizedHeader, Freshness, Heads, ProvenValues, Refusal, check_clock, verify_finality, verify_storage,
    },
};

const OWN: WorkerId = WorkerId([1; 32]);
const WINDOW: Duration = Duration::from_secs(30);
const NONCE: [u8; 32] = [42; 32];

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn record(heartbeat: Heartbeat) -> WorkerRecord {
    WorkerRecord {
        operator: AccountId([1; 32]),
        role: Role::Worker,
        signing_key: SigningKey([2; 32]),
        encryption_key: EncryptionKey([3; 32]),
        statement: Digest([4; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest([5; 32]),
            measurement: Digest([6; 32]),
            profile: Digest([9; 32]),
            machine: MachineId::None,
            provider: None,
            tier: 0,
            evaluation: 17,
            judged_at: 1,
            valid_until: 1000,
            evidence: Digest([8; 32]),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 20,
        heartbeat,
    }
}

/// Block 1 without our nonce; block 2 with it; block 3 after it.
fn chain() -> FixtureChain {
    let mut chain = FixtureChain::new(1);
    chain.set(storage::workers(&OWN), record(Heartbeat { nonce: [0; 32], block: 0 }).encode());
    chain.seal(&[], &[]);
    chain.set(storage::workers(&OWN), record(Heartbeat { nonce: NONCE, block: 2 }).encode());
    chain.seal(&[], &[]);
    chain.seal(&[], &[]);
    chain
}

fn at(chain: &FixtureChain, number: u32) -> (FinalizedHeader, ProvenValues) {
    let block = chain.block(number);
    let head = verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap();
    let keys = [storage::workers(&OWN), storage::timestamp()];
    let values = verify_storage(&head, &chain.proof(number, &keys), &keys).unwrap();
    (head, values)
}

#[test]
fn a_head_is_fresh_from_the_nonces_block_on_until_the_window_has_passed() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(100)).unwrap();
    let (head, values) = at(&chain, 2);
    assert_eq!(freshness.observe(&values, seconds(101)), Ok(true));
    assert_eq!(freshness.until(), Some(seconds(130)));
    let fresh = freshness.accept(head.clone(), seconds(102)).unwrap();
    assert_eq!(fresh.header(), &head);
    assert_eq!(fresh.check(seconds(130)), Ok(()));
    assert!(freshness.accept(at(&chain, 3).0, seconds(130)).is_ok());
}

#[test]
fn a_nonce_that_was_never_posted_makes_nothing_fresh() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    assert_eq!(freshness.accept(at(&chain, 1).0, seconds(1)), Err(Refusal::NonceNotProven));
    freshness.challenge([7; 32], seconds(2)).unwrap();
    assert_eq!(freshness.observe(&at(&chain, 3).1, seconds(3)), Ok(false));
    assert_eq!(freshness.accept(at(&chain, 3).0, seconds(3)), Err(Refusal::NonceNotProven));
}

#[test]
fn a_nonce_of_an_earlier_boot_makes_nothing_fresh() {
    // The record shows a nonce, but this process did not draw it.
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    assert_eq!(freshness.observe(&at(&chain, 3).1, seconds(3)), Ok(false));
    assert_eq!(freshness.accept(at(&chain, 3).0, seconds(3)), Err(Refusal::NonceNotProven));
}

#[test]
fn a_nonce_of_zeros_is_refused() {
    assert_eq!(Freshness::new(OWN, WINDOW).challenge([0; 32], seconds(1)), Err(Refusal::ZeroNonce));
}

#[test]
fn a_stale_head_from_before_the_nonce_is_refused() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(1)).unwrap();
    freshness.observe(&at(&chain, 2).1, seconds(2)).unwrap();
    let refused = freshness.accept(at(&chain, 1).0, seconds(3));
    assert_eq!(refused, Err(Refusal::BeforeNonce { found: 1, nonce: 2 }));
}

#[test]
fn a_head_that_goes_back_is_refused() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(1)).unwrap();
    freshness.observe(&at(&chain, 2).1, seconds(2)).unwrap();
    freshness.accept(at(&chain, 3).0, seconds(2)).unwrap();
    let refused = freshness.accept(at(&chain, 2).0, seconds(2));
    assert_eq!(refused, Err(Refusal::HeadWentBack { seen: 3, found: 2 }));
}

#[test]
fn two_heads_of_one_height_are_refused() {
    let (one, mut other) = (chain(), chain());
    other.set(b"other".to_vec(), vec![1]);
    other.seal(&[], &[]);
    let mut one = one;
    one.seal(&[], &[]);
    let mut heads = Heads::default();
    heads.observe(one.head().at).unwrap();
    heads.observe(one.head().at).unwrap();
    assert_eq!(heads.observe(other.head().at), Err(Refusal::TwoHeads { number: 4 }));
    assert_eq!(heads.highest(), Some(one.head().at));
}

#[test]
fn a_head_is_stale_when_the_freshness_window_has_passed() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(100)).unwrap();
    freshness.observe(&at(&chain, 2).1, seconds(101)).unwrap();
    let fresh = freshness.accept(at(&chain, 2).0, seconds(101)).unwrap();
    let stale = Refusal::Stale { age_ms: 30_001, window_ms: 30_000 };
    let late = seconds(130) + Duration::from_millis(1);
    assert_eq!(fresh.check(late), Err(stale.clone()));
    assert_eq!(freshness.accept(at(&chain, 3).0, late), Err(stale));
}

#[test]
fn the_window_runs_from_when_the_nonce_was_drawn_not_from_when_it_was_shown() {
    // A host that holds our nonce back gains nothing.
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(100)).unwrap();
    freshness.observe(&at(&chain, 2).1, seconds(200)).unwrap();
    let refused = freshness.accept(at(&chain, 2).0, seconds(200));
    assert_eq!(refused, Err(Refusal::Stale { age_ms: 100_000, window_ms: 30_000 }));
}

#[test]
fn a_newer_nonce_begins_a_new_window() {
    let mut chain = chain();
    let second = [43; 32];
    chain.set(storage::workers(&OWN), record(Heartbeat { nonce: second, block: 4 }).encode());
    chain.seal(&[], &[]);
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(100)).unwrap();
    freshness.challenge(second, seconds(120)).unwrap();
    assert_eq!(freshness.observe(&at(&chain, 2).1, seconds(121)), Ok(true));
    assert_eq!(freshness.until(), Some(seconds(130)));
    assert_eq!(freshness.observe(&at(&chain, 4).1, seconds(122)), Ok(true));
    assert_eq!(freshness.until(), Some(seconds(150)));
    // The first one again changes nothing.
    assert_eq!(freshness.observe(&at(&chain, 2).1, seconds(123)), Ok(false));
    assert_eq!(freshness.until(), Some(seconds(150)));
    let refused = freshness.accept(at(&chain, 3).0, seconds(123));
    assert_eq!(refused, Err(Refusal::BeforeNonce { found: 3, nonce: 4 }));
}

#[test]
fn the_oldest_waiting_nonce_gives_way() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(1)).unwrap();
    for other in 0..8 {
        freshness.challenge([100 + other; 32], seconds(2)).unwrap();
    }
    assert_eq!(freshness.observe(&at(&chain, 2).1, seconds(3)), Ok(false));
}

#[test]
fn an_own_clock_that_goes_back_is_refused() {
    let chain = chain();
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(100)).unwrap();
    freshness.observe(&at(&chain, 2).1, seconds(101)).unwrap();
    let fresh = freshness.accept(at(&chain, 2).0, seconds(101)).unwrap();
    assert_eq!(freshness.accept(at(&chain, 3).0, seconds(99)), Err(Refusal::ClockWentBack));
    assert_eq!(freshness.challenge([9; 32], seconds(99)), Err(Refusal::ClockWentBack));
    assert_eq!(freshness.observe(&at(&chain, 3).1, seconds(99)), Err(Refusal::ClockWentBack));
    assert_eq!(fresh.check(seconds(99)), Err(Refusal::ClockWentBack));
}

#[test]
fn a_record_that_claims_a_later_block_than_its_own_is_refused() {
    let mut chain = chain();
    chain.set(storage::workers(&OWN), record(Heartbeat { nonce: NONCE, block: 9 }).encode());
    chain.seal(&[], &[]);
    let mut freshness = Freshness::new(OWN, WINDOW);
    freshness.challenge(NONCE, seconds(1)).unwrap();
    let refused = freshness.observe(&at(&chain, 4).1, seconds(2));
    assert_eq!(refused, Err(Refusal::BeforeNonce { found: 4, nonce: 9 }));
}

#[test]
fn a_record_laid_out_otherwise_is_refused() {
    let mut chain = chain();
    chain.set(storage::workers(&OWN), vec![1, 2, 3]);
    chain.seal(&[], &[]);
    let mut freshness = Freshness::new(OWN, WINDOW);
    let refused = freshness.observe(&at(&chain, 4).1, seconds(2));
    assert_eq!(refused, Err(Refusal::UnreadableValue("a worker")));
}

#[test]
fn the_chains_time_is_compared_with_a_clients_clock_both_ways() {
    let chain = chain();
    let (_, values) = at(&chain, 2);
    let (time, tolerance) = (GENESIS_MS + 1000, seconds(10));
    assert_eq!(check_clock(&values, time, tolerance), Ok(time));
    assert_eq!(check_clock(&values, time + 10_000, tolerance), Ok(time));
    assert_eq!(check_clock(&values, time - 10_000, tolerance), Ok(time));
    // A stale head, or a chain that stands still.
    let refused = check_clock(&values, time + 10_001, tolerance);
    assert_eq!(refused, Err(Refusal::ChainBehindClock { by_ms: 10_001 }));
}

#[test]
fn a_clients_clock_that_was_set_back_is_refused() {
    let (_, values) = at(&chain(), 2);
    let time = GENESIS_MS + 1000;
    assert_eq!(check_clock(&values, time - 10_001, seconds(10)), Err(Refusal::ChainAheadOfClock { by_ms: 10_001 }));
    assert_eq!(check_clock(&values, 0, seconds(10)), Err(Refusal::ChainAheadOfClock { by_ms: time }));
}
