//! Rounds, challenges, answers and absences.

use super::*;

/// Worker 5 runs alone from block 10 on.
fn alone() {
    measured(5, 4 * PHA, 100);
    start(5);
}

fn is_free(number: u8, round: u64) -> bool {
    RuntimeCall::Rewards(Call::answer { round }).is_feeless(&signed(number))
}

#[test]
fn an_answer_credits_what_has_accrued_since_the_last_and_is_free_once() {
    run(|| {
        alone();
        go(10);
        let number = round();
        assert!(is_free(5, number) && !is_free(6, number));
        assert_ok!(answer(5, number));
        assert_eq!((earned(), session(5).earned, session(5).settled), (TO_WORKERS * 10, TO_WORKERS * 10, number));
        assert!(!is_free(5, number));
        assert_err!(answer(5, number), Error::<Test>::AnsweredAlready);
        go(3);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!((earned(), session(5).answered_at), (TO_WORKERS * 13, 23));
        assert_eq!(Totals::<Test>::get().credited, earned());
    });
}

#[test]
fn an_answer_may_come_in_the_windows_last_block_and_no_later() {
    run(|| {
        alone();
        let number = round();
        go(10);
        assert!(is_free(5, number));
        go(1);
        assert!(!is_free(5, number));
        assert_err!(answer(5, number), Error::<Test>::TooLate);
        // The next round.
        let next = round();
        go(10);
        assert_ok!(answer(5, next));
    });
}

#[test]
fn only_a_running_worker_answers_and_only_rounds_that_have_come() {
    run(|| {
        measured(5, 4 * PHA, 100);
        let number = round();
        assert_err!(answer(5, number), Error::<Test>::NotRunning);
        assert_err!(answer(9, number), Error::<Test>::NotAWorker);
        start(5);
        assert_err!(answer(5, number), Error::<Test>::AnsweredAlready);
        assert_err!(answer(5, number + 1), Error::<Test>::UnknownRound);
        let number = round();
        set_valid(5, false);
        assert_err!(answer(5, number), Error::<Test>::NotAWorker);
        set_valid(5, true);
        change(5, |record| record.role = Role::Keyholder);
        assert_err!(answer(5, number), Error::<Test>::NotAWorker);
    });
}

#[test]
fn who_is_not_challenged_does_not_answer() {
    run(|| {
        alone();
        set_rules(|rules| rules.rounds_per_challenge = u32::MAX);
        let number = round();
        assert_err!(answer(5, number), Error::<Test>::NotChallenged);
        go(11);
        let shown = Rewards::report_absence(signed(9), id(5), number);
        assert_err!(shown, Error::<Test>::NotChallenged);
    });
}

#[test]
fn a_missed_challenge_costs_all_since_the_last_answer_though_nobody_showed_it() {
    run(|| {
        alone();
        go(5);
        round();
        go(11);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!((earned(), session(5).pending), (0, 0));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 26, until: Some(26), paused: 0 }));
        go(2);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!(earned(), TO_WORKERS * 2, "what it earns from its return on is its own");
    });
}

#[test]
fn a_later_answer_counts_for_an_earlier_challenge_that_is_still_open() {
    run(|| {
        alone();
        let earlier = round();
        go(10);
        let later = round();
        assert_ok!(answer(5, later));
        assert_eq!((earned(), Rewards::absence(&id(5))), (TO_WORKERS * 10, None));
        assert_err!(answer(5, earlier), Error::<Test>::AnsweredAlready);
    });
}

#[test]
fn an_absence_is_shown_by_anybody_and_ends_what_accrues_until_the_worker_answers() {
    run(|| {
        alone();
        measured(6, 4 * PHA, 100);
        start(6);
        let missed = round();
        assert_err!(Rewards::report_absence(signed(9), id(5), missed), Error::<Test>::NotLate);
        assert_ok!(answer(6, missed));
        go(11);
        assert_ok!(Rewards::report_absence(signed(9), id(5), missed));
        let away = session(5);
        assert_eq!((away.weight, away.pending, away.away_since), (0, 0, Some(21)));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: None, paused: 0 }));
        assert_eq!(Totals::<Test>::get().weight, 20_000_000);
        assert_err!(Rewards::report_absence(signed(9), id(5), missed), Error::<Test>::KnownAway);
        // Looking at it changes nothing.
        assert_ok!(Rewards::refresh(signed(9), id(5)));
        assert_eq!(session(5).weight, 0);
        go(4);
        let number = round();
        let before = earned();
        assert_ok!(answer(5, number));
        assert_eq!((earned(), session(5).weight, session(5).away_since), (before, 20_000_000, None));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(25), paused: 0 }));
    });
}

/// Worker 5 has missed a challenge, and it is block 25: the round that has come in it challenges nobody, or next to
/// nobody. Gives both.
fn missed_and_later() -> (u64, u64) {
    alone();
    let missed = round();
    go(15);
    set_rules(|rules| rules.rounds_per_challenge = u32::MAX);
    let later = round();
    assert!(!Rewards::round(later).expect("it has come").challenges(&id(5)));
    (missed, later)
}

#[test]
fn a_worker_that_is_away_comes_back_by_a_round_that_does_not_challenge_it_once_and_earns_nothing_for_the_time_before() {
    for shown in [true, false] {
        run(|| {
            let (missed, later) = missed_and_later();
            if shown {
                assert_ok!(Rewards::report_absence(signed(9), id(5), missed));
            }
            assert!(is_free(5, later) && !is_free(6, later));
            assert_ok!(answer(5, later));
            let back = session(5);
            assert_eq!((earned(), back.pending, back.settled, back.answered_at), (0, 0, later, 25));
            assert_eq!((back.away_since, back.weight), (None, 20_000_000));
            assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(25), paused: 0 }));
            // What it missed is settled: neither this round nor the next is its to answer.
            assert!(!is_free(5, later));
            assert_err!(answer(5, later), Error::<Test>::AnsweredAlready);
            go(2);
            let next = round();
            assert!(!is_free(5, next));
            assert_err!(answer(5, next), Error::<Test>::NotChallenged);
            // From its return on it earns.
            set_rules(|rules| rules.rounds_per_challenge = 1);
            let challenged = round();
            assert_ok!(answer(5, challenged));
            assert_eq!(earned(), TO_WORKERS * 2);
        });
    }
}

#[test]
fn who_is_away_comes_back_only_in_a_rounds_window_and_as_a_worker_whose_evidence_holds() {
    run(|| {
        let (_, later) = missed_and_later();
        set_valid(5, false);
        assert!(!is_free(5, later));
        assert_err!(answer(5, later), Error::<Test>::NotAWorker);
        set_valid(5, true);
        go(11);
        assert!(!is_free(5, later));
        assert_err!(answer(5, later), Error::<Test>::TooLate);
        assert_eq!(Rewards::absence(&id(5)), None, "nobody has shown it");
    });
}

#[test]
fn a_challenge_that_is_still_open_is_none_that_was_missed() {
    run(|| {
        alone();
        let open = round();
        go(10);
        set_rules(|rules| rules.rounds_per_challenge = u32::MAX);
        let later = round();
        assert!(!is_free(5, later));
        assert_err!(answer(5, later), Error::<Test>::NotChallenged);
        assert_ok!(answer(5, open));
        assert_eq!(earned(), TO_WORKERS * 10);
    });
}

#[test]
fn a_round_from_before_the_missed_challenge_is_no_way_back() {
    run(|| {
        alone();
        set_rules(|rules| (rules.rounds_per_challenge, rules.answer_blocks) = (u32::MAX, 100));
        let before = round();
        set_rules(|rules| (rules.rounds_per_challenge, rules.answer_blocks) = (1, 10));
        let missed = round();
        go(11);
        assert_ok!(Rewards::report_absence(signed(9), id(5), missed));
        assert_err!(answer(5, before), Error::<Test>::NotChallenged);
    });
}

#[test]
fn who_was_shown_to_be_away_comes_back_though_the_missed_round_is_forgotten() {
    run(|| {
        let (missed, _) = missed_and_later();
        assert_ok!(Rewards::report_absence(signed(9), id(5), missed));
        for _ in 0..challenge::ROUNDS {
            round();
        }
        let newest = Latest::<Test>::get();
        assert!(Rewards::round(missed).is_none() && is_free(5, newest));
        assert_ok!(answer(5, newest));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(25), paused: 0 }));
    });
}

#[test]
fn an_earlier_absence_is_shown_after_a_later_one_and_not_the_other_way() {
    run(|| {
        alone();
        let first = round();
        go(1);
        let second = round();
        go(11);
        assert_ok!(Rewards::report_absence(signed(9), id(5), second));
        assert_ok!(Rewards::report_absence(signed(9), id(5), first));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: None, paused: 0 }));
        assert_err!(Rewards::report_absence(signed(9), id(5), second), Error::<Test>::KnownAway);
    });
}

#[test]
fn no_absence_is_shown_of_a_worker_that_answered_does_not_run_or_in_no_round() {
    run(|| {
        alone();
        let number = round();
        assert_ok!(answer(5, number));
        go(11);
        let shown = |worker, number| Rewards::report_absence(signed(9), id(worker), number);
        assert_err!(shown(5, number), Error::<Test>::AnsweredAlready);
        assert_err!(shown(6, number), Error::<Test>::NotRunning);
        assert_err!(shown(5, number + 1), Error::<Test>::UnknownRound);
        let nobody = Rewards::report_absence(RawOrigin::None.into(), id(5), number);
        assert_err!(nobody, DispatchError::BadOrigin);
    });
}

#[test]
fn an_absence_goes_on_after_a_stop_without_the_time_in_between() {
    run(|| {
        alone();
        let missed = round();
        go(11);
        assert_ok!(Rewards::report_absence(signed(9), id(5), missed));
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(21), paused: 0 }));
        go(11);
        start(5);
        assert_eq!((session(5).away_since, session(5).weight), (Some(21), 0));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: None, paused: 11 }));
        assert_err!(Rewards::report_absence(signed(9), id(5), missed), Error::<Test>::AnsweredAlready);
        // Another stop adds to it.
        go(4);
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        go(7);
        start(5);
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: None, paused: 18 }));
        let later = round();
        assert_ok!(answer(5, later));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(43), paused: 18 }));
        assert_eq!((session(5).away_since, earned()), (None, 0));
    });
}

#[test]
fn an_absence_that_nobody_had_shown_goes_on_after_a_stop_too() {
    run(|| {
        alone();
        round();
        go(30);
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(40), paused: 0 }));
        go(10);
        start(5);
        assert_eq!(session(5).away_since, Some(21));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: None, paused: 10 }));
    });
}

#[test]
fn a_worker_is_away_anew_when_it_starts_after_its_stake_has_cooled_down() {
    run(|| {
        alone();
        round();
        go(11);
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        go(COOLING);
        start(5);
        assert_eq!(session(5).away_since, Some(121));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 121, until: None, paused: 0 }));
    });
}

#[test]
fn an_absence_that_is_over_does_not_go_on_after_another_stop() {
    run(|| {
        alone();
        round();
        go(11);
        let back = round();
        assert_ok!(answer(5, back));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(21), paused: 0 }));
        // Challenged again, and stopped before that was late.
        round();
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        go(2);
        start(5);
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 23, until: None, paused: 0 }));
    });
}

#[test]
fn to_stop_and_start_a_worker_while_it_is_challenged_is_no_answer() {
    run(|| {
        alone();
        let open = round();
        go(1);
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        assert_eq!(Rewards::absence(&id(5)), None, "it could still have answered");
        start(5);
        assert_eq!((session(5).away_since, session(5).weight), (Some(11), 0));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 11, until: None, paused: 0 }));
        assert_err!(answer(5, open), Error::<Test>::AnsweredAlready);
        // It comes back like any other, by a round that need not challenge it.
        set_rules(|rules| rules.rounds_per_challenge = u32::MAX);
        go(4);
        let later = round();
        assert_ok!(answer(5, later));
        assert_eq!((session(5).away_since, session(5).weight, earned()), (None, 20_000_000, 0));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 11, until: Some(15), paused: 0 }));
        // That was the answer: another stop leaves nothing open.
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        start(5);
        assert_eq!((session(5).away_since, session(5).weight), (None, 20_000_000));
    });
}

#[test]
fn what_rounds_have_been_forgotten_earns_nothing_and_no_absence_is_made_of_it() {
    run(|| {
        set_rules(|rules| rules.answer_blocks = 10_000);
        alone();
        for _ in 0..=challenge::ROUNDS {
            go(1);
            round();
        }
        let number = Latest::<Test>::get();
        let looked_at = Rewards::answer(signed(5), number).expect("it is answered");
        assert_eq!((earned(), Rewards::absence(&id(5))), (0, None));
        let most = crate::weights::SubstrateWeight::<Test>::answer(challenge::ROUNDS as u32 - 1);
        assert_eq!(looked_at.actual_weight, Some(most), "as many as are remembered, but for the one that is answered");
    });
}

#[test]
fn as_many_rounds_as_are_remembered_are_no_reason_to_lose() {
    run(|| {
        set_rules(|rules| rules.answer_blocks = 10_000);
        alone();
        for _ in 0..challenge::ROUNDS {
            go(1);
            round();
        }
        assert_ok!(answer(5, Latest::<Test>::get()));
        assert_eq!(earned(), TO_WORKERS * u128::from(challenge::ROUNDS));
    });
}

#[test]
fn rounds_may_be_left_out_and_an_older_one_changes_nothing() {
    run(|| {
        alone();
        let first = Latest::<Test>::get();
        come(first + 100);
        come(first + 100);
        come(first + 50);
        assert_eq!(Latest::<Test>::get(), first + 100);
        assert!(Rewards::round(first + 50).is_none() && Rewards::round(0).is_none());
        let newest = Rewards::round(first + 100).expect("it has come");
        assert_eq!((newest.previous, newest.block, newest.answer_until, newest.measure_until), (first, 10, 20, 15));
        // Of the same place.
        come(first + 100 + challenge::ROUNDS);
        assert!(Rewards::round(first + 100).is_none());
        assert_eq!(Rounds::<Test>::iter().count(), 2);
    });
}

#[test]
fn a_round_challenges_no_more_workers_than_it_may_on_average() {
    run(|| {
        set_rules(|rules| rules.answers_per_round = 1);
        alone();
        measured(6, 4 * PHA, 100);
        start(6);
        let half = Rewards::round(round()).expect("it has come").challenged_below;
        assert_eq!(half, u64::MAX / 2);
        set_rules(|rules| rules.rounds_per_challenge = 4);
        let quarter = Rewards::round(round()).expect("it has come").challenged_below;
        assert_eq!(quarter, u64::MAX / 4);
    });
}

#[test]
fn what_a_round_asks_stays_as_it_was_when_it_came() {
    run(|| {
        alone();
        let number = round();
        set_rules(|rules| (rules.rounds_per_challenge, rules.answer_blocks) = (u32::MAX, 1));
        go(10);
        assert_ok!(answer(5, number));
    });
}

#[test]
fn without_rounds_rewards_wait() {
    run(|| {
        alone();
        go(500);
        assert_eq!(earned(), 0);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!(earned(), TO_WORKERS * 500);
    });
}
