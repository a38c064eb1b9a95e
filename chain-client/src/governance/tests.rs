use adyton_protocol::ids::AccountId;
use codec::{Compact, Decode, DecodeAll, Encode};

use super::*;
use crate::{
    facts::Facts,
    fixture::FixtureChain,
    verifier::{Refusal, verify_finality, verify_storage},
};

const ALICE: AccountId = AccountId([0xa1; 32]);

fn facts(entries: &[(Vec<u8>, Vec<u8>)], asked: &[Vec<u8>]) -> Facts {
    let mut chain = FixtureChain::new(1);
    entries.iter().for_each(|(key, value)| chain.set(key.clone(), value.clone()));
    chain.seal(&[], &[]);
    let block = chain.head();
    let head = verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap();
    Facts::from(verify_storage(&head, &chain.proof(1, asked), asked).unwrap())
}

/// On the track tee-policy, proposed in block 10, decided since block 700.
fn status() -> Status {
    Status {
        track: 1,
        origin: Track::TeePolicy,
        proposal: Proposal::Inline(vec![10, 8, 1]),
        enactment: Enactment::After(5),
        submitted: 10,
        submission_deposit: Deposit { who: ALICE, amount: 100 },
        decision_deposit: Some(Deposit { who: ALICE, amount: 5000 }),
        deciding: Some(Deciding { since: 700, confirming: None }),
        tally: Tally { ayes: 80, nays: 20, support: 60 },
        in_queue: false,
        alarm: Some((800, (800, 0))),
    }
}

fn state(status: &Status, issuance: u128) -> State {
    let info = Track::TeePolicy.info();
    status.state(&info, &info.periods, issuance, tracks::UNDECIDED_TIMEOUT)
}

#[test]
fn a_referendum_is_read_in_polkadot_sdks_layout() {
    // Each field as it stands in pallet-referenda's `ReferendumStatus`.
    let bytes = [
        &[0][..],                   // Ongoing
        &1u16.encode(),             // track
        &[24, 0],                   // Governance: TeePolicy
        &[1, 12, 10, 8, 1],         // Bounded::Inline
        &[1, 5, 0, 0, 0],           // DispatchTime::After
        &10u32.encode(),            // submitted
        &(ALICE, 100u128).encode(), // submission deposit
        &(Some((ALICE, 5000u128)), Some((700u32, None::<u32>))).encode(),
        &(80u128, 20u128, 60u128).encode(),                // tally
        &(false, Some((800u32, (800u32, 0u32)))).encode(), // queue, alarm
    ]
    .concat();
    let facts = facts(&[(referendum(7), bytes)], &[referendum(7), referendum(8)]);
    assert_eq!(facts.referendum(7), Ok(Some(Referendum::Ongoing(Box::new(status())))));
    assert_eq!(facts.referendum(8), Ok(None));
}

#[test]
fn a_referendum_laid_out_otherwise_is_refused() {
    let whole = Referendum::Ongoing(Box::new(status())).encode();
    let mut origin = whole.clone();
    origin[3] = 25;
    for bad in [[&whole[..], &[0]].concat(), whole[..whole.len() - 1].to_vec(), origin, vec![6]] {
        let facts = facts(&[(referendum(7), bad)], &[referendum(7)]);
        assert_eq!(facts.referendum(7), Err(Refusal::UnreadableValue("a referendum")));
    }
}

#[test]
fn one_that_is_over_says_since_when_and_what_is_held() {
    let bytes = [&[1][..], &(9u32, Some((ALICE, 100u128)), None::<(AccountId, u128)>).encode()].concat();
    let ended =
        Ended { block: 9, submission_deposit: Some(Deposit { who: ALICE, amount: 100 }), decision_deposit: None };
    assert_eq!(Referendum::decode_all(&mut &bytes[..]).unwrap(), Referendum::Approved(ended));
    assert_eq!(Referendum::decode_all(&mut &[5, 9, 0, 0, 0][..]).unwrap(), Referendum::Killed(9));
}

#[test]
fn an_accounts_votes_are_read_and_without_any_it_has_none() {
    let bytes = [
        &[0][..],
        &Compact(1u32).encode(),
        &(7u32, 0u8, 0x83u8, 50u128).encode(),
        &(0u128, 0u128).encode(),
        &(30u32, 9u128).encode(),
    ]
    .concat();
    let keys = [voting(&ALICE, 1), voting(&ALICE, 2), class_locks(&ALICE)];
    let entries = [(keys[0].clone(), bytes), (keys[2].clone(), vec![(1u16, 50u128)].encode())];
    let facts = facts(&entries, &keys);
    let vote = AccountVote::Standard { vote: Vote::new(true, 3).unwrap(), balance: 50 };
    let casting = Casting { votes: vec![(7, vote)], delegations: (0, 0), prior: (30, 9) };
    assert_eq!(facts.voting(&ALICE, Track::TeePolicy), Ok(Voting::Casting(casting)));
    assert_eq!(facts.voting(&ALICE, Track::Emergency), Ok(Voting::Casting(Casting::default())));
    assert_eq!(facts.class_locks(&ALICE), Ok(vec![(1, 50)]));
}

#[test]
fn what_storage_does_not_say_is_the_runtimes_own() {
    let keys =
        [track_periods(0), track_periods(1), vote_lock(), slot_duration(), total_issuance(), inactive_issuance()];
    let periods = Periods { prepare: 2, decision: 120, confirm: 4, enactment: 2 };
    let entries =
        [(keys[1].clone(), periods.encode()), (keys[4].clone(), 100u128.encode()), (keys[5].clone(), 30u128.encode())];
    let facts = facts(&entries, &keys);
    assert_eq!(facts.periods(Track::Root), Ok(Track::Root.info().periods));
    assert_eq!(facts.periods(Track::TeePolicy), Ok(periods));
    assert_eq!((facts.vote_lock(), facts.slot_ms()), (Ok(tracks::VOTE_LOCK), Ok(tracks::SLOT_MS)));
    assert_eq!(facts.active_issuance(), Ok(70));
}

#[test]
fn a_short_proposal_stands_in_the_referendum_and_a_long_one_is_named() {
    let (short, long) = (vec![1; MAX_INLINE], vec![1; MAX_INLINE + 1]);
    assert_eq!(Proposal::of(&short), Some(Proposal::Inline(short.clone())));
    let named = Proposal::of(&long).unwrap();
    assert!(matches!(named, Proposal::Lookup { length: 129, .. }));
    assert!(named.is_of(&long) && !named.is_of(&short));
    let Proposal::Lookup { hash, .. } = named else { panic!("by its hash") };
    assert!(!Proposal::Lookup { hash, length: 128 }.is_of(&long), "of another length");
    assert_eq!(Proposal::Inline(long.clone()).hash(), hash);
}

#[test]
fn there_is_no_seventh_conviction() {
    assert_eq!(Vote::new(true, 7), None);
    assert!(Vote::decode(&mut &[0x87u8][..]).is_err());
    let counted: Vec<(u128, u32)> = (0..=6)
        .map(|conviction| Vote::new(false, conviction).unwrap())
        .map(|vote| (vote.votes(100), vote.lock_periods()))
        .collect();
    assert_eq!(counted, [(10, 0), (100, 1), (200, 2), (300, 4), (400, 8), (500, 16), (600, 32)]);
}

#[test]
fn shares_are_rounded_down_and_never_more_than_all() {
    assert_eq!(Share::of(1, 3), Share(333_333_333));
    assert_eq!(Share::of(5, 3), Share(1_000_000_000));
    assert_eq!(Share::of(0, 0), Share(1_000_000_000));
    assert_eq!(Share::of(u128::MAX / 2, u128::MAX), Share(499_999_999));
    assert_eq!(Share(250_000_000).part_of(u128::MAX), u128::MAX / 4);
    assert_eq!(Share(5_000_000).percent(), "0.50");
    assert_eq!(Share(1_000_000_000).percent(), "100.00");
}

#[test]
fn what_is_needed_falls_evenly() {
    let bar = Bar::new((800_000_000, 500_000_000));
    assert_eq!(bar.at(Share(0)), Share(800_000_000));
    assert_eq!(bar.at(Share(500_000_000)), Share(650_000_000));
    assert_eq!(bar.at(Share(1_000_000_000)), Share(500_000_000));
    let flat = Bar::new((1, 1));
    assert_eq!((flat.at(Share(0)), flat.at(Share(1_000_000_000))), (Share(1), Share(1)));
}

#[test]
fn a_decision_says_when_its_votes_are_enough() {
    // All are in favour, and the support is in the middle between 25 and 5 percent: half of the time.
    let mut status = status();
    (status.tally.ayes, status.tally.nays, status.tally.support) = (100, 0, 150);
    let decision = Track::TeePolicy.info().periods.decision;
    assert_eq!(state(&status, 1000), State::Lacks(Some(700 + decision / 2), 700 + decision));
    // More than is needed at first, and less than is needed at last.
    status.tally.support = 600;
    assert_eq!(state(&status, 1000), State::Lacks(Some(700), 700 + decision));
    status.tally.support = 49;
    assert_eq!(state(&status, 1000), State::Lacks(None, 700 + decision));
    (status.tally.nays, status.tally.support) = (101, 600);
    assert_eq!(state(&status, 1000), State::Lacks(None, 700 + decision), "the majority is against it");
}

#[test]
fn before_its_decision_a_referendum_waits_for_what_it_wants() {
    let mut status = Status { deciding: None, ..status() };
    assert_eq!(state(&status, 1000), State::Prepares(10 + 600));
    status.in_queue = true;
    assert_eq!(state(&status, 1000), State::Waits);
    (status.in_queue, status.decision_deposit) = (false, None);
    assert_eq!(state(&status, 1000), State::WantsDeposit(10 + tracks::UNDECIDED_TIMEOUT));
}

#[test]
fn what_confirms_is_approved_and_done_when_it_is_said() {
    let mut status = Status { deciding: Some(Deciding { since: 700, confirming: Some(7900) }), ..status() };
    assert_eq!(state(&status, 1000), State::Confirms(7900));
    let periods = Track::TeePolicy.info().periods;
    assert_eq!(status.enacted(&periods, 7900), 7900 + 600, "no sooner than the track lets it");
    status.enactment = Enactment::After(1000);
    assert_eq!(status.enacted(&periods, 7900), 8900);
    status.enactment = Enactment::At(10_000);
    assert_eq!(status.enacted(&periods, 7900), 10_000);
}

#[test]
fn nobody_votes_before_and_nothing_is_in_favour() {
    assert_eq!(Tally::default().approval(), Share(0));
    assert_eq!(Tally { ayes: 3, nays: 1, support: 5 }.approval(), Share(750_000_000));
}

#[test]
fn each_track_has_its_number_its_name_and_its_origin() {
    for track in Track::ALL {
        assert_eq!(Track::of_number(track.number()), Some(track));
        assert_eq!(Track::of_name(track.info().name), Some(track));
        assert_eq!(Track::decode_all(&mut &track.encode()[..]), Ok(track));
    }
    assert_eq!((Track::of_number(6), Track::of_name("admin")), (None, None));
    assert!(Track::decode_all(&mut &[0, 1][..]).is_err(), "a signed account");
}

#[test]
fn the_code_that_was_decided_on_is_read() {
    let authorized = AuthorizedUpgrade { code: [7; 32], checked: true };
    let key = authorized_upgrade();
    // polkadot-sdk's H256 and bool.
    let stored = [&[7; 32][..], &[1]].concat();
    let asked = std::slice::from_ref(&key);
    assert_eq!(facts(&[(key.clone(), stored)], asked).authorized_upgrade(), Ok(Some(authorized)));
    assert_eq!(facts(&[], asked).authorized_upgrade(), Ok(None));
    assert_eq!(
        facts(&[(key.clone(), vec![7; 32])], asked).authorized_upgrade(),
        Err(Refusal::UnreadableValue("an authorized upgrade"))
    );
}
