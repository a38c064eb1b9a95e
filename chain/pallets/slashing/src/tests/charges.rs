//! From the report to the end: the freeze, the appeal, what is taken, and what a worker can lose at most.

use adyton_protocol::extraction;
use polkadot_sdk::sp_core::Pair;

use super::*;

/// Account `reporter` shows that `worker` was absent: 1 % of its stake.
fn report_as(reporter: u8, worker: &TestWorker) {
    worker.absent(System::block_number() - 15, None);
    Slashing::report_absence(signed(reporter), worker.id).expect("is reported");
}

fn report(worker: &TestWorker) {
    report_as(2, worker);
}

/// The same, with what comes of it.
fn reported(worker: &TestWorker) -> frame_support::dispatch::DispatchResult {
    worker.absent(System::block_number() - 15, None);
    Slashing::report_absence(signed(2), worker.id)
}

/// The `incarnation` in which two histories are shown: 10 % of the stake.
fn fork(worker: &TestWorker, incarnation: u64) -> frame_support::dispatch::DispatchResult {
    let one = Said { incarnation, block: System::block_number(), ..SAID };
    let other = Said { after: other_head(5), ..one };
    Slashing::report_two_histories(signed(2), worker.receipt(&one), worker.receipt(&other))
}

/// Account 2 shows the key of `worker`: all of the stake.
fn extract(worker: &TestWorker) {
    let (key, account, salt) = (worker.signing_key(), AccountId([2; 32]), [0; 32]);
    let signature = worker.key.sign(&extraction::message(&NETWORK, &key, &account)).0;
    let hash = extraction::commitment(&NETWORK, &key, &account, &signature, &salt);
    Slashing::commit_extraction(signed(2), hash).expect("commits");
    go_to(System::block_number() + 3);
    Slashing::reveal_extraction(signed(2), key, signature, salt).expect("is shown");
}

#[test]
fn an_offence_is_applied_by_itself_when_its_time_has_come_and_not_before() {
    run(|| {
        let worker = worker();
        report(&worker);
        go_to(39);
        assert_eq!((pool(1).taken, pool(1).frozen), (0, 100));
        go_to(40);
        assert_eq!((pool(1).taken, pool(1).frozen, pool(1).own), (100, 0, 1_900));
        assert_eq!(Offences::<Test>::get(1), None);
        assert!(happened(Event::Applied { offence: 1, worker: worker.id, own: 100, shared: 0, reward: 10 }));
        assert_eq!(free(2), MONEY + 10);
    });
}

#[test]
fn a_block_applies_a_bounded_number_and_anybody_the_rest() {
    run(|| {
        let workers: Vec<_> = (1..=6).map(|number| TestWorker::staked(number, 1, 1, 1_000)).collect();
        workers.iter().for_each(report);
        assert_noop!(Slashing::apply(signed(3), 6), Error::<Test>::TooEarly);
        go_to(40);
        assert_eq!((pool(1).taken, pool(1).frozen), (40, 20));
        assert_ok!(Slashing::apply(signed(3), 6));
        assert_noop!(Slashing::apply(signed(3), 6), Error::<Test>::UnknownOffence);
        assert_noop!(Slashing::apply(signed(3), 1), Error::<Test>::UnknownOffence);
        go_to(41);
        assert_eq!((pool(1).taken, pool(1).frozen, Over::<Test>::get()), (60, 0, 6));
    });
}

#[test]
fn one_that_is_due_earlier_waits_for_its_turn_or_for_anybody() {
    run(|| {
        let worker = worker();
        report(&worker);
        let sooner = Parameters { appeal: 1, ..PARAMETERS };
        assert_ok!(Slashing::set_parameters(RuntimeOrigin::root(), sooner));
        assert_ok!(fork(&worker, 1));
        go_to(21);
        assert_eq!(pool(1).taken, 0);
        assert_ok!(Slashing::apply(signed(3), 2));
        assert_eq!(pool(1).taken, 1_000);
        go_to(41);
        assert_eq!((pool(1).taken, Over::<Test>::get()), (1_100, 2));
    });
}

#[test]
fn governance_cancels_before_the_time_and_nobody_reports_the_same_again() {
    run(|| {
        let worker = worker();
        assert_ok!(fork(&worker, 1));
        assert_noop!(Slashing::cancel(signed(1), 1), DispatchError::BadOrigin);
        assert_ok!(Slashing::cancel(RuntimeOrigin::root(), 1));
        assert!(happened(Event::Cancelled { offence: 1 }));
        assert_noop!(Slashing::cancel(RuntimeOrigin::root(), 1), Error::<Test>::UnknownOffence);
        assert_noop!(fork(&worker, 1), Error::<Test>::AlreadyReported);
        go_to(60);
        assert_eq!((pool(1).taken, pool(1).frozen, free(2)), (0, 0, MONEY));
        assert_eq!(Charges::<Test>::get(worker.id), None);
    });
}

#[test]
fn what_was_applied_is_not_cancelled() {
    run(|| {
        let worker = worker();
        report(&worker);
        go_to(40);
        assert_noop!(Slashing::cancel(RuntimeOrigin::root(), 1), Error::<Test>::UnknownOffence);
    });
}

#[test]
fn a_reporter_is_issued_no_more_than_the_owner_loses() {
    run(|| {
        let worker = worker();
        facts(|facts| facts.pools.get_mut(&1).expect("a pool").own = 3);
        report(&worker);
        go_to(40);
        assert!(happened(Event::Applied { offence: 1, worker: worker.id, own: 3, shared: 97, reward: 3 }));
        report(&worker);
        go_to(60);
        assert!(happened(Event::Applied { offence: 2, worker: worker.id, own: 0, shared: 100, reward: 0 }));
        assert_eq!(free(2), MONEY + 3);
    });
}

#[test]
fn who_reports_their_own_worker_gains_nothing() {
    run(|| {
        let worker = worker();
        let (before, own) = (free(1), pool(1).own);
        report_as(1, &worker);
        go_to(40);
        assert!(free(1) - before <= own - pool(1).own);
    });
}

#[test]
fn a_share_that_no_account_would_be_for_is_not_issued() {
    run(|| {
        let worker = TestWorker::staked(1, 1, 1, 5_000);
        let issued = Balances::total_issuance();
        report_as(50, &worker);
        go_to(40);
        assert!(happened(Event::Applied { offence: 1, worker: worker.id, own: 50, shared: 0, reward: 0 }));
        assert_eq!((Balances::total_issuance(), free(50)), (issued, 0));
    });
}

#[test]
fn what_left_after_the_offence_is_there_at_its_end_though_the_worker_is_gone() {
    run(|| {
        let worker = worker();
        facts(|facts| facts.pools.get_mut(&1).expect("a pool").own = 0);
        let (one, other) = (Said { block: 20, ..SAID }, Said { block: 20, after: other_head(5), ..SAID });
        let (one, other) = (worker.receipt(&one), worker.receipt(&other));
        // Right after it everybody leaves, and the operator ends the worker.
        go_to(21);
        leave(1, 8_000);
        worker.retire();
        // The last block of the evidence window; at the end of the appeal, what left has not been paid yet.
        go_to(80);
        assert_ok!(Slashing::report_two_histories(signed(2), one, other));
        go_to(120);
        assert_eq!((pool(1).taken, pool(1).paid), (1_000, 0));
        go_to(121);
        assert_eq!((pool(1).taken, pool(1).paid), (1_000, 7_000));
    });
}

#[test]
fn what_is_due_while_a_report_is_pending_waits_and_bears_the_loss() {
    run(|| {
        let worker = worker();
        facts(|facts| facts.pools.get_mut(&1).expect("a pool").own = 0);
        leave(1, 8_000);
        go_to(115);
        report(&worker);
        go_to(134);
        assert_eq!((pool(1).taken, pool(1).paid), (0, 0));
        go_to(135);
        assert_eq!((pool(1).taken, pool(1).paid), (100, 7_900));
    });
}

#[test]
fn all_that_a_worker_is_charged_with_is_no_more_than_what_stands_behind_it() {
    run(|| {
        let worker = worker();
        assert_ok!(fork(&worker, 1));
        extract(&worker);
        assert_eq!(newest().amount, 9_000);
        assert_noop!(reported(&worker), Error::<Test>::NothingLeft);
        go_to(60);
        assert_eq!(pool(1).taken, 10_000);
        assert_noop!(reported(&worker), Error::<Test>::NothingLeft);
    });
}

#[test]
fn what_was_cancelled_can_be_lost_for_another_offence() {
    run(|| {
        let worker = worker();
        extract(&worker);
        assert_noop!(reported(&worker), Error::<Test>::NothingLeft);
        assert_ok!(Slashing::cancel(RuntimeOrigin::root(), 1));
        assert_ok!(reported(&worker));
        assert_eq!(newest().amount, 100);
    });
}

#[test]
fn charges_are_forgotten_when_all_stake_of_their_time_has_left() {
    run(|| {
        let worker = worker();
        extract(&worker);
        assert_eq!(Charges::<Test>::get(worker.id).map(|charged| charged.last), Some(23));
        go_to(23 + UNBONDING);
        assert_noop!(reported(&worker), Error::<Test>::NothingLeft);
        go_to(24 + UNBONDING);
        facts(|facts| facts.pools.get_mut(&1).expect("a pool").own = 10_000);
        assert_ok!(reported(&worker));
        let charged = Charges::<Test>::get(worker.id).expect("is charged");
        assert_eq!((charged.amount, charged.pending), (100, 1));
    });
}

#[test]
fn an_offence_of_a_pool_that_is_gone_is_refused() {
    run(|| {
        let worker = worker();
        facts(|facts| facts.pools.clear());
        assert_noop!(reported(&worker), Error::<Test>::NothingLeft);
        assert_eq!(LastOffence::<Test>::get(), 0);
    });
}

#[test]
fn what_is_frozen_for_one_offence_is_not_charged_for_another() {
    run(|| {
        let (first, second) = (worker(), TestWorker::staked(2, 1, 1, 1_000));
        extract(&first);
        // More stands behind it now, of the same stake.
        facts(|facts| facts.assignments.get_mut(&second.id).expect("it has one").stake = 5_000);
        assert_ok!(fork(&second, 1));
        extract(&second);
        assert_eq!((newest().amount, pool(1).frozen), (500, 11_000));
        assert_noop!(reported(&second), Error::<Test>::NothingLeft);
        go_to(60);
        assert_eq!((pool(1).taken, pool(1).frozen), (11_000, 0));
    });
}
