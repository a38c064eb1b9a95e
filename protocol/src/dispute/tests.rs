use serde_json::json;

use super::*;
use crate::{
    ids::BlockHash,
    receipt::{
        Caller, ReceiptFields, ScheduleRun, Transition,
        tests::{checks, sample as receipt, signed},
    },
    storage,
};

const NETWORK: NetworkId = NetworkId([1; 32]);

fn outcome() -> Outcome {
    Outcome { response: Digest([12; 32]), after: StateHead { sequence: 14, hash: Digest([15; 32]) }, fuel: 1_000_000 }
}

fn claim() -> Claim {
    Claim {
        contract: ContractId([2; 32]),
        code: CodeHash([3; 32]),
        manifest: Digest([5; 32]),
        block: BlockRef { number: 8, hash: BlockHash([9; 32]) },
        request_id: RequestId([10; 16]),
        request: Digest([11; 32]),
        before: StateHead { sequence: 13, hash: Digest([14; 32]) },
        outcome: outcome(),
        cost_table: Digest([16; 32]),
    }
}

fn plain() -> ReceiptFields {
    ReceiptFields { egress: Default::default(), caller: Caller::Anonymous, report: None, ..receipt() }
}

fn claimed(fields: &ReceiptFields, leaves: &[Label]) -> Result<Option<Claim>, ReceiptError> {
    Claim::of(&signed(fields).open(leaves).verify(&NETWORK, &checks).expect("it verifies"))
}

#[test]
fn a_receipt_with_these_leaves_open_says_what_it_claims() {
    assert_eq!(claimed(&plain(), &LEAVES), Ok(Some(claim())));
}

#[test]
fn a_leaf_that_is_closed_is_missed_by_its_label() {
    for closed in LEAVES {
        let open: alloc::vec::Vec<Label> = LEAVES.into_iter().filter(|label| *label != closed).collect();
        assert_eq!(claimed(&plain(), &open), Err(ReceiptError::Leaf(closed as u8)));
    }
}

#[test]
fn a_call_that_not_anybody_could_make_is_no_claim() {
    let key = SigningKey([7; 32]);
    let others = [
        ReceiptFields { caller: Caller::Account(AccountId([1; 32])), ..plain() },
        ReceiptFields { caller: Caller::Contract(ContractId([1; 32])), ..plain() },
        ReceiptFields { earlier: Some(crate::receipt::Earlier { worker: key, lease: 1, incarnation: 1 }), ..plain() },
        ReceiptFields { schedule: Some(ScheduleRun { name: Digest([1; 32]), due_ms: 1 }), ..plain() },
        ReceiptFields { transition: Some(Transition::Init), ..plain() },
        ReceiptFields { webhook: Some(0), ..plain() },
        ReceiptFields { message: Some(1), ..plain() },
    ];
    for fields in others {
        assert_eq!(claimed(&fields, &LEAVES), Ok(None));
    }
}

#[test]
fn whatever_differs_in_an_outcome_is_another_outcome() {
    let base = outcome().digest();
    let response = Outcome { response: Digest([1; 32]), ..outcome() };
    let sequence = Outcome { after: StateHead { sequence: 15, ..outcome().after }, ..outcome() };
    let hash = Outcome { after: StateHead { hash: Digest([1; 32]), ..outcome().after }, ..outcome() };
    let fuel = Outcome { fuel: 1, ..outcome() };
    assert!([response, sequence, hash, fuel].iter().all(|other| other.digest() != base));
}

#[test]
fn a_commitment_is_one_jurors_to_one_answer_in_one_draw() {
    let (juror, answer, salt) = (WorkerId([3; 32]), Answer::Outcome(outcome().digest()), [4; SALT]);
    let base = commitment(&NETWORK, 5, 1, &juror, &answer, &salt);
    let others = [
        commitment(&NetworkId([2; 32]), 5, 1, &juror, &answer, &salt),
        commitment(&NETWORK, 6, 1, &juror, &answer, &salt),
        commitment(&NETWORK, 5, 2, &juror, &answer, &salt),
        commitment(&NETWORK, 5, 1, &WorkerId([4; 32]), &answer, &salt),
        commitment(&NETWORK, 5, 1, &juror, &Answer::Unavailable, &salt),
        commitment(&NETWORK, 5, 1, &juror, &answer, &[5; SALT]),
    ];
    assert!(others.iter().all(|other| *other != base));
}

#[test]
fn each_draw_of_each_dispute_draws_others() {
    let below = u64::MAX / 8;
    let drawn = |value: u8, dispute: u64, draw: u8| -> alloc::vec::Vec<u8> {
        (0..=255).filter(|byte| drawn(&[value; 32], dispute, draw, &WorkerId([*byte; 32])) < below).collect()
    };
    let first = drawn(1, 1, 1);
    // 32 on average; the draws are fixed, so that this never fails by chance.
    assert!((12..60).contains(&first.len()), "{}", first.len());
    assert!([drawn(2, 1, 1), drawn(1, 2, 1), drawn(1, 1, 2)].iter().all(|other| *other != first));
}

#[test]
fn each_draw_has_twice_the_seats_and_one_and_a_quorum_is_more_than_half() {
    assert_eq!([1, 2, 3].map(|draw| seats(3, draw)), [3, 7, 15]);
    assert_eq!((seats(MAX_FIRST_SEATS, MAX_DRAWS), seats(u32::MAX, 3)), (MAX_SEATS, u32::MAX));
    assert_eq!([1, 2, 3, 7, 15].map(quorum), [1, 2, 2, 4, 8]);
}

#[test]
fn other_kinds_have_a_quarter_of_the_seats_which_neither_is_nor_keeps_back_a_decision() {
    assert_eq!([1, 2, 3, 7, 15].map(of_one_kind), [1, 2, 2, 5, 11]);
    for seats in [3, 7, 15] {
        let others = seats - of_one_kind(seats);
        assert!(others > 0 && others < quorum(seats), "they are heard, and decide nothing alone");
        assert!(of_one_kind(seats) >= quorum(seats) && of_one_kind(seats) * 3 >= seats * 2);
    }
}

#[test]
fn answers_count_after_the_commitments_and_up_to_their_last_block() {
    let sitting = Sitting { value: [0; 32], drawn_below: 0, of_one_kind: 1, commit_until: 10, reveal_until: 20 };
    assert!(sitting.takes_commitments(10) && !sitting.takes_commitments(11));
    assert_eq!([10, 11, 20, 21].map(|block| sitting.takes_answers(block)), [false, true, true, false]);
}

#[test]
fn the_published_dispute_vector_is_what_this_code_makes() {
    let (key, worker, value, salt) = (SigningKey([6; 32]), WorkerId([3; 32]), [4; 32], [5; SALT]);
    let answer = Answer::Outcome(outcome().digest());
    let sitting = Sitting { value, drawn_below: 7, of_one_kind: 2, commit_until: 100, reveal_until: 150 };
    let dispute = Dispute {
        claim: claim(),
        key,
        worker,
        operator: AccountId([7; 32]),
        challenger: AccountId([8; 32]),
        bond: 9,
        source: Source::truncate_from(b"https://history.example".to_vec()),
        opened: 80,
        draw: 2,
        seats: 7,
        stage: Stage::Sitting(sitting),
    };
    let ballot = Ballot {
        worker,
        operator: AccountId([7; 32]),
        kind: EvidenceKind::AmdSnp,
        drawn: 6,
        commitment: commitment(&NETWORK, 513, 2, &worker, &answer, &salt),
        answer: Some(answer),
    };
    let vector = json!({
        "network": NETWORK,
        "worker": worker,
        "key": key,
        "claim": hex::encode(claim().encode()),
        "claim_digest": claim().digest(&NETWORK, &key),
        "outcome_digest": outcome().digest(),
        "answer": hex::encode(answer.encode()),
        "unavailable": hex::encode(Answer::Unavailable.encode()),
        "commitment": ballot.commitment,
        "draw": drawn(&value, 513, 2, &worker).to_string(),
        "dispute": hex::encode(dispute.encode()),
        "waiting": hex::encode(Stage::Waiting(Waiting { after: 10, until: 99 }).encode()),
        "ballot": hex::encode(ballot.encode()),
        "open_key": hex::encode(storage::open_disputes()),
        "dispute_key": hex::encode(storage::disputes(513)),
        "manifest_key": hex::encode(storage::dispute_manifests(513)),
        "ballots_key": hex::encode(storage::ballots(513, 2)),
    });
    crate::vectors::check("dispute", vector);
}
