//! Two histories of one contract's state.

use adyton_protocol::receipt::Earlier;

use super::*;
use crate::histories::TwoHistories;

/// The same commit in the same incarnation, with another outcome.
const FORK: Said = Said { after: other_head(5), ..SAID };
/// A commit of the next incarnation, which began one commit before the first one's last.
const SET_BACK: Said = Said { lease: 2, incarnation: 2, before: head(4), after: other_head(5), ..SAID };

fn report(one: Receipt, other: Receipt) -> frame_support::dispatch::DispatchResult {
    Slashing::report_two_histories(signed(2), one, other)
}

/// What worker 1 signed twice.
fn both(worker: &TestWorker, one: &Said, other: &Said) -> frame_support::dispatch::DispatchResult {
    report(worker.receipt(one), worker.receipt(other))
}

/// The state was opened by `holder` for its second incarnation, at `opening`; `latest` is what was anchored since.
fn open_until(opening: StateHead, latest: StateHead, holder: Option<WorkerId>) {
    let record = HeadRecord { incarnation: 2, lease: 1, boot: 1, opening, latest };
    facts(|facts| facts.openings.insert(CONTRACT, (record, holder)));
}

pub(super) fn open(opening: StateHead, holder: Option<WorkerId>) {
    open_until(opening, other_head(9), holder);
}

/// The contract's leases were these workers', from the first on.
fn leased(workers: &[&TestWorker]) {
    let leases = (1..).zip(workers).map(|(lease, worker)| (lease, worker.id));
    facts(|facts| facts.leases = leases.collect());
}

fn rollback(worker: &TestWorker, said: &Said) -> frame_support::dispatch::DispatchResult {
    Slashing::report_rollback(signed(2), worker.receipt(said))
}

#[test]
fn two_commits_of_one_number_in_one_incarnation_are_charged_once() {
    run(|| {
        let worker = worker();
        assert_ok!(both(&worker, &SAID, &FORK));
        let offence = newest();
        assert_eq!((offence.worker, offence.kind, offence.amount), (worker.id, Kind::TwoHistories, 1_000));
        assert_noop!(both(&worker, &FORK, &SAID), Error::<Test>::AlreadyReported);
        assert!(facts(|facts| facts.halted.is_empty()));
    });
}

#[test]
fn a_later_incarnation_that_began_before_what_was_answered_is_charged_once() {
    run(|| {
        let worker = worker();
        assert_ok!(both(&worker, &SET_BACK, &SAID));
        assert_eq!(newest().amount, 1_000);
        let still_behind = Said { incarnation: 3, ..SET_BACK };
        assert_noop!(both(&worker, &SAID, &still_behind), Error::<Test>::AlreadyReported);
    });
}

#[test]
fn a_later_incarnation_that_began_at_another_head_of_the_same_number_is_charged() {
    run(|| {
        let worker = worker();
        let elsewhere = Said { incarnation: 2, before: other_head(5), after: other_head(6), ..SAID };
        assert_ok!(both(&worker, &SAID, &elsewhere));
    });
}

#[test]
fn receipts_of_one_history_are_no_offence() {
    run(|| {
        let worker = worker();
        let next = Said { before: head(5), after: head(6), ..SAID };
        let read_only = Said { before: head(5), after: head(5), ..SAID };
        let later = Said { incarnation: 2, before: head(5), after: head(6), ..SAID };
        let much_later = Said { incarnation: 3, before: head(9), after: head(9), ..SAID };
        let all = [SAID, next, read_only, later, much_later];
        for one in &all {
            for other in &all {
                // The third incarnation begins beyond all, and the second where the first ended.
                let behind = one.after.sequence > other.before.sequence && one.incarnation < other.incarnation;
                let behind_too = other.after.sequence > one.before.sequence && other.incarnation < one.incarnation;
                if !behind && !behind_too {
                    assert_noop!(both(&worker, one, other), Error::<Test>::OneHistory);
                }
            }
        }
        // No incarnation has two leases: whoever says so lies, and about which of them nobody knows.
        let another_lease = Said { lease: 2, ..FORK };
        assert_noop!(both(&worker, &SAID, &another_lease), Error::<Test>::OneHistory);
    });
}

#[test]
fn the_order_of_the_receipts_does_not_matter() {
    run(|| {
        let worker = worker();
        let stand = |said: &Said| types::Stand {
            key: worker.signing_key(),
            contract: said.contract,
            lease: said.lease,
            incarnation: said.incarnation,
            block: said.block,
            before: said.before,
            after: said.after,
        };
        let (one, other) = (stand(&SAID), stand(&SET_BACK));
        let expected = Some(TwoHistories { earlier: one, later: other });
        assert_eq!((TwoHistories::of(one, other), TwoHistories::of(other, one)), (expected, expected));
    });
}

#[test]
fn receipts_of_two_contracts_are_refused() {
    run(|| {
        let worker = worker();
        let another = Said { contract: ContractId([8; 32]), ..FORK };
        assert_noop!(both(&worker, &SAID, &another), Error::<Test>::AnotherContract);
    });
}

#[test]
fn a_receipt_that_a_later_boot_signed_again_is_refused() {
    run(|| {
        let worker = worker();
        let earlier = Some(Earlier { worker: SigningKey([3; 32]), lease: 1, incarnation: 1 });
        let again = Said { earlier, ..FORK };
        assert_noop!(both(&worker, &SAID, &again), Error::<Test>::SignedAgain);
        open(head(4), Some(worker.id));
        assert_noop!(rollback(&worker, &Said { earlier, ..SAID }), Error::<Test>::SignedAgain);
    });
}

#[test]
fn a_receipt_with_a_closed_leaf_is_refused() {
    run(|| {
        let worker = worker();
        for closed in LABELS {
            let open: Vec<Label> = LABELS.into_iter().filter(|label| *label != closed).collect();
            let receipt = opened(&worker.signed(&FORK), &open);
            assert_noop!(report(worker.receipt(&SAID), receipt), Error::<Test>::Receipt);
        }
    });
}

#[test]
fn a_key_that_was_never_registered_and_a_block_to_come_or_long_ago_are_refused() {
    run(|| {
        let (worker, stranger) = (worker(), TestWorker::new(5, 1));
        facts(|facts| facts.keys.remove(&stranger.signing_key()));
        let unknown = report(worker.receipt(&SAID), stranger.receipt(&FORK));
        assert_noop!(unknown, Error::<Test>::UnknownKey);
        let future = Said { block: 21, ..FORK };
        assert_noop!(both(&worker, &SAID, &future), Error::<Test>::Future);
        go_to(71);
        assert_noop!(both(&worker, &SAID, &FORK), Error::<Test>::TooOld);
    });
}

#[test]
fn of_one_operators_two_workers_the_later_pays_and_the_other_where_it_has_nothing() {
    run(|| {
        let (first, second) = (worker(), TestWorker::staked(3, 1, 1, 5_000));
        assert_ok!(report(first.receipt(&SAID), second.receipt(&SET_BACK)));
        assert_eq!((newest().worker, newest().amount), (second.id, 500));
        facts(|facts| facts.assignments.remove(&second.id));
        let next = |said: &Said| Said { incarnation: said.incarnation + 10, ..*said };
        assert_ok!(report(first.receipt(&next(&SAID)), second.receipt(&next(&SET_BACK))));
        assert_eq!((newest().worker, newest().amount), (first.id, 1_000));
    });
}

#[test]
fn where_two_operators_had_a_history_each_the_contract_halts_and_nobody_pays() {
    run(|| {
        let (first, second) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        leased(&[&first, &second]);
        assert_ok!(report(first.receipt(&SAID), second.receipt(&SET_BACK)));
        assert_eq!((LastOffence::<Test>::get(), pool(1).frozen, pool(2).frozen), (0, 0, 0));
        assert_eq!(facts(|facts| facts.halted.clone()), [CONTRACT]);
        let workers = [first.id, second.id];
        assert!(happened(Event::Flagged { contract: CONTRACT, incarnation: 1, workers, halted: true }));
        let again = report(second.receipt(&SET_BACK), first.receipt(&SAID));
        assert_noop!(again, Error::<Test>::AlreadyReported);
    });
}

#[test]
fn a_key_that_never_had_a_lease_of_the_contract_does_not_halt_it() {
    run(|| {
        let (holder, forger) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        leased(&[&holder, &holder]);
        // What somebody signs who has the key of a worker elsewhere, beside a receipt that the holder gave out.
        assert_noop!(report(holder.receipt(&SAID), forger.receipt(&SET_BACK)), Error::<Test>::NotItsLease);
        let forged = Said { incarnation: 0, after: head(9), ..SAID };
        assert_noop!(report(holder.receipt(&SAID), forger.receipt(&forged)), Error::<Test>::NotItsLease);
        open(head(4), Some(holder.id));
        assert_noop!(rollback(&forger, &SAID), Error::<Test>::NotItsLease);
        // Nor where it says that the lease was one that nobody remembers.
        let forgotten = Said { lease: 7, ..SET_BACK };
        assert_noop!(report(holder.receipt(&SAID), forger.receipt(&forgotten)), Error::<Test>::NotItsLease);
        assert!(facts(|facts| facts.halted.is_empty()));
        leased(&[&holder, &forger]);
        assert_ok!(report(holder.receipt(&SAID), forger.receipt(&SET_BACK)));
    });
}

#[test]
fn what_two_operators_are_flagged_for_does_not_save_one_that_had_both() {
    run(|| {
        let (first, second) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        leased(&[&first, &second]);
        assert_ok!(report(first.receipt(&SAID), second.receipt(&SET_BACK)));
        assert_eq!(LastOffence::<Test>::get(), 0);
        assert_ok!(both(&first, &SAID, &Said { incarnation: 3, ..SET_BACK }));
        assert_eq!((newest().worker, newest().amount), (first.id, 1_000));
    });
}

#[test]
fn where_nothing_stands_behind_the_worker_the_contract_halts() {
    run(|| {
        let worker = TestWorker::new(1, 1);
        leased(&[&worker]);
        assert_ok!(both(&worker, &SAID, &FORK));
        assert_eq!((LastOffence::<Test>::get(), facts(|facts| facts.halted.clone())), (0, vec![CONTRACT]));
    });
}

#[test]
fn a_receipt_beyond_the_head_at_which_the_chain_saw_the_state_opened_later_is_charged_once() {
    run(|| {
        let worker = worker();
        open(head(4), Some(worker.id));
        assert_ok!(rollback(&worker, &SAID));
        assert_eq!((newest().kind, newest().amount), (Kind::TwoHistories, 1_000));
        assert_noop!(rollback(&worker, &SAID), Error::<Test>::AlreadyReported);
        assert_noop!(both(&worker, &SAID, &SET_BACK), Error::<Test>::AlreadyReported);
    });
}

#[test]
fn an_opening_at_or_after_the_receipts_head_or_of_its_own_incarnation_is_no_offence() {
    run(|| {
        let worker = worker();
        for (opening, said) in [(head(5), SAID), (head(6), SAID), (head(4), Said { incarnation: 2, ..SAID })] {
            open(opening, Some(worker.id));
            assert_noop!(rollback(&worker, &said), Error::<Test>::OneHistory);
        }
        open(other_head(5), Some(worker.id));
        assert_ok!(rollback(&worker, &SAID));
    });
}

#[test]
fn an_opening_in_which_nothing_was_anchored_shows_nothing() {
    run(|| {
        let worker = worker();
        open_until(head(4), head(4), Some(worker.id));
        assert_noop!(rollback(&worker, &SAID), Error::<Test>::OneHistory);
        open_until(head(4), other_head(5), Some(worker.id));
        assert_ok!(rollback(&worker, &SAID));
    });
}

#[test]
fn an_opening_that_the_chain_does_not_know_or_not_by_whom_shows_nothing() {
    run(|| {
        let worker = worker();
        assert_noop!(rollback(&worker, &SAID), Error::<Test>::UnknownOpening);
        open(head(4), None);
        assert_noop!(rollback(&worker, &SAID), Error::<Test>::UnknownOpening);
        open(head(4), Some(WorkerId([77; 32])));
        assert_noop!(rollback(&worker, &SAID), Error::<Test>::UnknownWorker);
    });
}

#[test]
fn a_state_that_another_operator_opened_too_early_halts_the_contract() {
    run(|| {
        let (first, second) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        leased(&[&first, &second]);
        open(head(4), Some(second.id));
        assert_ok!(rollback(&first, &SAID));
        assert_eq!((LastOffence::<Test>::get(), facts(|facts| facts.halted.clone())), (0, vec![CONTRACT]));
    });
}
