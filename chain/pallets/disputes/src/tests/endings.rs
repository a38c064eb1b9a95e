//! How disputes end.

use adyton_protocol::dispute::MAX_DRAWS;

use super::*;

#[test]
fn who_disputes_an_honest_result_loses_the_bond_to_the_jurors_and_the_treasury() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        deliberate(dispute, 1, &[(jurors[0], RIGHT()), (jurors[1], RIGHT()), (jurors[2], RIGHT())]);
        assert_eq!(ending(dispute), Some(Ending::Right));
        assert!(happened(Event::Ended { dispute, ending: Ending::Right, right: 3, charged: 0 }));
        assert_eq!(jurors.iter().map(|juror| gained(*juror)).collect::<Vec<_>>(), [100; 3]);
        assert_eq!((free(CHALLENGER), free(TREASURY)), (MONEY - 1_000, MONEY + 700));
        assert!(facts(|facts| facts.offences.is_empty()));
        // It stays decided.
        assert_noop!(super::dispute(&said()), Error::<Test>::AlreadyDisputed);
    });
}

#[test]
fn a_lying_worker_is_charged_and_what_is_issued_for_it_is_shared() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        let truth = other(1);
        deliberate(dispute, 1, &[(jurors[0], truth), (jurors[1], truth), (jurors[2], truth)]);
        assert_eq!((ending(dispute), verdict()), (Some(Ending::Wrong), Some(Verdict::Wrong)));
        assert_eq!(free(CHALLENGER), MONEY, "the bond is back");
        assert_noop!(Disputes::share(signed(3), dispute), Error::<Test>::TooEarly);
        apply(1, 1_001);
        assert_ok!(Disputes::share(signed(3), dispute));
        assert!(happened(Event::Shared { dispute, amount: 1_001 }));
        assert_eq!(jurors.iter().map(|juror| gained(*juror)).collect::<Vec<_>>(), [100; 3]);
        assert_eq!(free(CHALLENGER), MONEY + 701);
        assert_noop!(Disputes::share(signed(3), dispute), Error::<Test>::NoReward);
    });
}

#[test]
fn of_little_that_is_issued_jurors_get_half() {
    run(|| {
        let jurors = jurors(2);
        let dispute = drawn();
        deliberate(dispute, 1, &[(jurors[0], other(1)), (jurors[1], other(1))]);
        apply(1, 101);
        assert_ok!(Disputes::share(signed(3), dispute));
        assert_eq!((gained(jurors[0]), gained(jurors[1]), free(CHALLENGER)), (25, 25, MONEY + 51));
    });
}

#[test]
fn of_an_offence_that_governance_cancels_nothing_is_shared() {
    run(|| {
        let jurors = jurors(3);
        let (dispute, cancelled) = (drawn(), other(1));
        facts(|facts| facts.offences.clear());
        deliberate(dispute, 1, &[(jurors[0], cancelled), (jurors[1], cancelled)]);
        assert_eq!((ending(dispute), free(CHALLENGER)), (Some(Ending::Wrong), MONEY));
        assert_noop!(Disputes::share(signed(3), dispute), Error::<Test>::NoReward);
    });
}

#[test]
fn a_split_jury_draws_a_larger_one_and_who_was_wrong_in_any_draw_is_charged() {
    run(|| {
        let all = jurors(8);
        let dispute = drawn();
        deliberate(dispute, 1, &[(all[0], RIGHT()), (all[1], RIGHT()), (all[2], other(1))]);
        assert!(happened(Event::Redrawn { dispute, draw: 2, seats: 7 }));
        assert_eq!((ending(dispute), charged().is_empty()), (None, true));
        next_round();
        let honest: Vec<_> = all[3..7].iter().map(|juror| (*juror, RIGHT())).collect();
        deliberate(dispute, 2, &honest);
        assert_eq!(ending(dispute), Some(Ending::Right));
        assert_eq!(charged(), [all[2]]);
        assert_eq!(facts(|facts| facts.charged[0].1), STAKE / 50);
        assert!(happened(Event::Ended { dispute, ending: Ending::Right, right: 6, charged: 1 }));
        // 600 for six jurors of two draws.
        assert_eq!((free(TREASURY), gained(all[0]), gained(all[2])), (MONEY + 400, 100, 0));
    });
}

#[test]
fn the_last_draw_decides_by_two_thirds() {
    run(|| {
        let (dispute, all) = third_draw();
        deliberate(dispute, MAX_DRAWS, &answers(&all, 4, 8));
        assert_eq!((ending(dispute), verdict()), (Some(Ending::Wrong), Some(Verdict::Wrong)));
        // Jurors 0 to 3 of the last draw, and 0 of each before it.
        assert_eq!(charged().len(), 6);
    });
}

#[test]
fn what_two_thirds_do_not_agree_on_stays_undecided_and_may_be_disputed_again() {
    run(|| {
        let (dispute, all) = third_draw();
        deliberate(dispute, MAX_DRAWS, &answers(&all, 8, 5));
        assert_eq!((ending(dispute), verdict()), (Some(Ending::Undecided), None));
        assert!(charged().is_empty() && facts(|facts| facts.offences.is_empty()));
        assert_eq!(free(CHALLENGER), MONEY, "nobody pays");
        Parameters::<Test>::mutate(|rules| rules.window = 500);
        assert_ok!(super::dispute(&said()));
    });
}

#[test]
fn too_few_answers_decide_nothing_however_much_they_agree() {
    run(|| {
        let (dispute, all) = jury();
        deliberate(dispute, 1, &[(all[0], other(1))]);
        assert!(happened(Event::Redrawn { dispute, draw: 2, seats: 7 }));
        next_round();
        deliberate(dispute, 2, &answers(&all, 0, 3));
        assert!(happened(Event::Redrawn { dispute, draw: 3, seats: 15 }));
        next_round();
        deliberate(dispute, 3, &answers(&all, 0, 7));
        assert_eq!(ending(dispute), Some(Ending::Undecided));
    });
}

#[test]
fn who_commits_and_does_not_answer_is_charged() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        for juror in &jurors {
            assert_ok!(commit(*juror, dispute, 1, RIGHT()));
        }
        go_to(37);
        assert_ok!(reveal(jurors[0], dispute, 1, RIGHT()));
        assert_ok!(reveal(jurors[1], dispute, 1, RIGHT()));
        go_to(42);
        assert_eq!((ending(dispute), charged()), (Some(Ending::Right), vec![jurors[2]]));
        assert_eq!(gained(jurors[2]), 0);
    });
}

#[test]
fn a_last_jury_that_was_shown_half_of_it_charges_what_is_sure() {
    run(|| {
        let (dispute, all) = third_draw();
        let mut answers = answers(&all, 0, 6);
        answers.extend(all[6..13].iter().map(|juror| (*juror, Answer::Unavailable)));
        deliberate(dispute, MAX_DRAWS, &answers);
        assert_eq!(ending(dispute), Some(Ending::Withheld));
    });
}

#[test]
fn without_a_round_of_the_beacon_a_dispute_ends_undecided() {
    run(|| {
        let dispute = disputed();
        go_to(50);
        assert_eq!(ending(dispute), None);
        go_to(51);
        assert_eq!((ending(dispute), free(CHALLENGER)), (Some(Ending::Undecided), MONEY));
        assert!(facts(|facts| facts.offences.is_empty()));
    });
}

#[test]
fn a_block_ends_one_dispute_and_the_next_block_the_next() {
    run(|| {
        let first = disputed();
        assert_ok!(super::dispute(&adyton_protocol::receipt::ReceiptFields { fuel: 1, ..said() }));
        let second = first + 1;
        go_to(51);
        assert_eq!((ending(first), ending(second)), (Some(Ending::Undecided), None));
        go_to(52);
        assert_eq!(ending(second), Some(Ending::Undecided));
        assert_eq!(free(CHALLENGER), MONEY);
    });
}
