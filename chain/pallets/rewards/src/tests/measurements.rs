//! How capacity is measured, and how much of it counts.

use super::*;

fn result(number: u8, round: u64, units: u64) -> Result<(), DispatchError> {
    Rewards::measured(signed(number), round, units)
}

fn is_free(number: u8, round: u64) -> bool {
    RuntimeCall::Rewards(Call::measured { round, units: 1 }).is_feeless(&signed(number))
}

fn order(number: u8) {
    Rewards::measure(signed(OWNER), id(number)).expect("a measurement is asked for");
}

fn capacity(number: u8) -> u64 {
    Rewards::capacity(&id(number))
}

fn missed(number: u8) -> u8 {
    Capacities::<Test>::get(id(number)).expect("it was measured").missed
}

fn machine(number: u8) -> Machine {
    Machines::<Test>::get(challenge::machine(&MachineId::IntelPpid([number; 16]), &id(number)))
}

#[test]
fn an_operator_asks_and_in_the_next_round_the_worker_says_what_it_did() {
    run(|| {
        registered(5, 4 * PHA);
        let before = round();
        order(5);
        assert!(!is_free(5, before), "a round that was there before");
        assert_err!(result(5, before, 500), Error::<Test>::NotMeasured);
        let number = round();
        assert!(is_free(5, number) && !is_free(6, number));
        assert_ok!(result(5, number, 503));
        // 503 units in 5 blocks.
        assert_eq!((capacity(5), machine(5).capacity, machine(5).round), (100, 100, number));
        let found = Capacities::<Test>::get(id(5)).expect("it was measured");
        assert_eq!((found.units, found.round, found.missed), (503, number, 0));
        assert!(!is_free(5, number));
        assert_err!(result(5, number, 503), Error::<Test>::MeasuredAlready);
        let next = round();
        assert_err!(result(5, next, 503), Error::<Test>::NotMeasured);
    });
}

#[test]
fn nobody_but_the_operator_of_a_valid_worker_asks_for_a_measurement() {
    run(|| {
        registered(5, 4 * PHA);
        assert_noop!(Rewards::measure(signed(2), id(5)), Error::<Test>::NotYourWorker);
        assert_noop!(Rewards::measure(signed(OWNER), id(6)), Error::<Test>::NotAWorker);
        set_valid(5, false);
        assert_noop!(Rewards::measure(signed(OWNER), id(5)), Error::<Test>::NotAWorker);
    });
}

#[test]
fn a_machine_is_measured_again_after_a_while_whichever_of_its_workers_asks() {
    run(|| {
        registered(5, 4 * PHA);
        registered(6, 4 * PHA);
        change(6, |record| record.verdict.machine = MachineId::IntelPpid([5; 16]));
        order(5);
        go(49);
        assert_noop!(Rewards::measure(signed(OWNER), id(6)), Error::<Test>::TooSoon);
        go(1);
        order(6);
    });
}

#[test]
fn a_result_counts_until_the_deadline_and_only_of_a_worker_on_that_machine() {
    run(|| {
        registered(5, 4 * PHA);
        registered(6, 4 * PHA);
        order(5);
        let number = round();
        assert_err!(result(6, number, 5), Error::<Test>::NotMeasured);
        assert_err!(result(7, number, 5), Error::<Test>::NotAWorker);
        assert_err!(result(5, number + 1, 5), Error::<Test>::UnknownRound);
        go(6);
        assert!(!is_free(5, number));
        assert_err!(result(5, number, 5), Error::<Test>::TooLate);
    });
}

#[test]
fn workers_on_one_machine_share_what_its_cap_leaves() {
    run(|| {
        for number in [5, 6] {
            registered(number, 4 * PHA);
            change(number, |record| record.verdict.machine = MachineId::IntelPpid([5; 16]));
        }
        order(5);
        let number = round();
        go(5);
        assert_ok!(result(5, number, 3_500));
        assert_ok!(result(6, number, 3_500));
        assert_eq!((capacity(5), capacity(6), machine(5).capacity), (700, 300, CAP));
    });
}

#[test]
fn a_machine_of_a_kind_without_a_cap_has_no_capacity() {
    run(|| {
        registered(5, 4 * PHA);
        change(5, |record| record.verdict.kind = EvidenceKind::AwsNitro);
        order(5);
        let number = round();
        assert_ok!(result(5, number, 500));
        assert_eq!(capacity(5), 0);
        let set = |origin| Rewards::set_capacity_cap(origin, EvidenceKind::AwsNitro, 60);
        assert_noop!(set(signed(OWNER)), DispatchError::BadOrigin);
        assert_ok!(set(RawOrigin::Root.into()));
        go(50);
        order(5);
        let number = round();
        assert_ok!(result(5, number, 500));
        assert_eq!(capacity(5), 60);
    });
}

#[test]
fn who_does_not_answer_with_the_others_on_its_machine_has_no_capacity_after_the_deadline() {
    run(|| {
        for number in [5, 6] {
            registered(number, 4 * PHA);
            change(number, |record| record.verdict.machine = MachineId::IntelPpid([5; 16]));
        }
        order(5);
        let number = round();
        assert_ok!(result(5, number, 500));
        assert_ok!(result(6, number, 500));
        start(5);
        start(6);
        go(50);
        order(5);
        let number = round();
        assert_ok!(result(5, number, 1_000));
        go(5);
        assert_ok!(Rewards::refresh(signed(9), id(6)));
        assert_eq!((session(5).capacity, session(6).capacity), (200, 100), "it still has time");
        go(1);
        assert_ok!(Rewards::refresh(signed(9), id(6)));
        assert_eq!((session(6).capacity, session(6).weight), (0, 0));
        assert_eq!(Totals::<Test>::get().capacity, 200);
    });
}

#[test]
fn a_running_worker_is_weighed_by_its_new_capacity_at_once_and_a_lower_one_too() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        for (units, capacity) in [(2_000, 400), (125, 25)] {
            go(50);
            order(5);
            let number = round();
            assert_ok!(result(5, number, units));
            assert_eq!((session(5).capacity, Totals::<Test>::get().capacity), (capacity, capacity));
            assert_ok!(answer(5, number));
        }
        // It lost nothing of what it had accrued by the old weights.
        assert_eq!(earned(), TO_WORKERS * 100);
    });
}

#[test]
fn measurements_by_lot_that_are_missed_again_and_again_take_the_capacity() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        set_rules(|rules| rules.rounds_per_measurement = 1);
        let answered = |blocks| {
            go(blocks);
            let number = round();
            assert_ok!(answer(5, number));
        };
        // Each looks at the rounds back to the one that was answered last.
        answered(1);
        assert_eq!(missed(5), 0);
        answered(6);
        assert_eq!((missed(5), session(5).weight), (1, 20_000_000));
        round();
        answered(6);
        assert_eq!((capacity(5), session(5).weight), (0, 0));
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::RunsAlready);
        // It takes part again.
        let number = round();
        assert_ok!(result(5, number, 500));
        assert_eq!((capacity(5), session(5).weight, missed(5)), (100, 20_000_000, 0));
    });
}

#[test]
fn a_measurement_that_was_asked_for_makes_good_none_by_lot_that_was_missed() {
    run(|| {
        let by_lot = |rounds| set_rules(|rules| rules.rounds_per_measurement = rounds);
        let ordered = |units| {
            go(50);
            order(5);
            let number = round();
            assert_ok!(result(5, number, units));
            assert_ok!(answer(5, number));
        };
        set_rules(|rules| rules.missed_measurements = 3);
        measured(5, 4 * PHA, 100);
        start(5);
        go(1);
        by_lot(1);
        assert_ok!(answer(5, round()));
        by_lot(u32::MAX);
        // What was let pass is seen though a later result has come before anybody looked.
        ordered(1_000);
        assert_eq!((capacity(5), missed(5)), (200, 1));
        ordered(2_000);
        assert_eq!((capacity(5), missed(5)), (200, 1), "it may not grow");
        ordered(500);
        assert_eq!((capacity(5), missed(5)), (100, 1), "it falls");
        by_lot(1);
        let number = round();
        assert_ok!(result(5, number, 2_000));
        assert_eq!((capacity(5), missed(5)), (400, 0));
    });
}

#[test]
fn a_worker_on_a_machine_that_nobody_identifies_is_measured_alone() {
    run(|| {
        for number in [5, 6] {
            registered(number, 4 * PHA);
            change(number, |record| record.verdict.machine = MachineId::None);
        }
        order(5);
        let number = round();
        assert_ok!(result(5, number, 500));
        assert_err!(result(6, number, 500), Error::<Test>::NotMeasured);
    });
}

#[test]
fn a_result_for_an_earlier_round_than_the_machines_last_is_refused() {
    run(|| {
        set_rules(|rules| rules.rounds_per_measurement = 1);
        for number in [5, 6] {
            registered(number, 4 * PHA);
            change(number, |record| record.verdict.machine = MachineId::IntelPpid([5; 16]));
        }
        let earlier = round();
        let later = round();
        assert_ok!(result(5, later, 500));
        assert_err!(result(6, earlier, 500), Error::<Test>::MeasuredAlready);
        assert_ok!(result(6, later, 500));
    });
}

#[test]
fn no_number_of_units_runs_over() {
    run(|| {
        set_rules(|rules| rules.capacity_scale = u32::MAX);
        registered(5, 4 * PHA);
        order(5);
        let number = round();
        assert_ok!(result(5, number, u64::MAX));
        assert_eq!(capacity(5), CAP);
    });
}
