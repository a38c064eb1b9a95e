//! Absences, which the chain's own record shows.

use super::*;

fn report(worker: &TestWorker) -> frame_support::dispatch::DispatchResult {
    Slashing::report_absence(signed(2), worker.id)
}

#[test]
fn each_period_past_the_grace_costs_a_step() {
    run(|| {
        let worker = worker();
        worker.absent(20, None);
        go_to(40);
        assert_ok!(report(&worker));
        let expected = Offence {
            worker: worker.id,
            pool: 1,
            kind: Kind::Offline,
            fraction: Perbill::from_percent(2),
            amount: 200,
            block: 40,
            reporter: AccountId([2; 32]),
            apply_at: 60,
        };
        assert_eq!((newest(), pool(1).frozen), (expected, 200));
        assert!(happened(Event::Reported {
            offence: 1,
            worker: worker.id,
            pool: 1,
            kind: Kind::Offline,
            amount: 200,
            apply_at: 60,
        }));
    });
}

#[test]
fn an_absence_within_the_grace_costs_nothing() {
    run(|| {
        let worker = worker();
        worker.absent(20, None);
        go_to(34);
        assert_noop!(report(&worker), Error::<Test>::WithinGrace);
        go_to(35);
        assert_ok!(report(&worker));
    });
}

#[test]
fn what_was_charged_of_an_absence_is_not_charged_again_but_what_comes_after_is() {
    run(|| {
        let worker = worker();
        worker.absent(20, None);
        go_to(35);
        assert_ok!(report(&worker));
        go_to(39);
        assert_noop!(report(&worker), Error::<Test>::AlreadyReported);
        go_to(45);
        assert_ok!(report(&worker));
        assert_eq!((newest().amount, pool(1).frozen), (200, 300));
    });
}

#[test]
fn the_time_for_which_a_worker_was_stopped_in_its_absence_costs_nothing() {
    run(|| {
        let worker = worker();
        worker.absent_but_for(20, None, 30);
        go_to(64);
        assert_noop!(report(&worker), Error::<Test>::WithinGrace);
        go_to(65);
        assert_ok!(report(&worker));
        assert_eq!(newest().fraction, Perbill::from_percent(1));
    });
}

#[test]
fn one_absence_costs_no_more_than_its_limit() {
    run(|| {
        let worker = worker();
        worker.absent(20, None);
        go_to(95);
        assert_ok!(report(&worker));
        assert_eq!(newest().fraction, Perbill::from_percent(10));
        go_to(130);
        assert_noop!(report(&worker), Error::<Test>::AlreadyReported);
    });
}

#[test]
fn an_absence_that_is_over_costs_what_it_lasted_and_the_next_one_anew() {
    run(|| {
        let worker = worker();
        worker.absent(20, Some(40));
        go_to(60);
        assert_ok!(report(&worker));
        assert_eq!((newest().amount, newest().block), (200, 40));
        worker.absent(45, None);
        assert_ok!(report(&worker));
        assert_eq!(newest().amount, 100);
    });
}

#[test]
fn an_absence_that_ended_before_the_evidence_window_is_refused() {
    run(|| {
        let worker = worker();
        worker.absent(20, Some(40));
        go_to(101);
        assert_noop!(report(&worker), Error::<Test>::TooOld);
        worker.absent(20, Some(41));
        assert_ok!(report(&worker));
    });
}

#[test]
fn who_was_never_absent_is_not_charged() {
    run(|| {
        let worker = worker();
        assert_noop!(report(&worker), Error::<Test>::NotAbsent);
    });
}

#[test]
fn a_worker_with_nothing_behind_it_is_not_charged() {
    run(|| {
        let worker = TestWorker::new(1, 1);
        worker.absent(20, None);
        go_to(60);
        assert_noop!(report(&worker), Error::<Test>::NoStake);
    });
}
