//! What somebody can try who wants a lie to stand: the accused has lied, and owns workers.

use super::*;

/// The truth.
const TRUTH: fn() -> Answer = || other(1);
/// The lie.
const LIE: fn() -> Answer = RIGHT;

/// A worker of the attacker's with another kind of evidence than all others.
fn rare(number: u8, operator: u8) -> u8 {
    worker(number, operator, EvidenceKind::AmdSnp);
    number
}

/// All of these come; of those who get a seat, all but the silent ones show their answers, and the draw is closed.
fn hold(dispute: u64, draw: u8, answers: &[(u8, Answer)], silent: &[u8]) {
    for (juror, answer) in answers {
        let taken = commit(*juror, dispute, draw, *answer);
        assert!(taken == Ok(()) || taken == Err(Error::<Test>::NoSeat.into()), "{taken:?}");
    }
    let seated: Vec<u8> = Ballots::<Test>::get((dispute, draw)).iter().map(|ballot| ballot.worker.0[0]).collect();
    go_to(System::block_number() + PARAMETERS.commit + 1);
    for (juror, answer) in answers.iter().filter(|(juror, _)| seated.contains(juror) && !silent.contains(juror)) {
        assert_ok!(reveal(*juror, dispute, draw, *answer));
    }
    go_to(System::block_number() + PARAMETERS.reveal + 1);
}

fn all(jurors: &[u8], answer: Answer) -> Vec<(u8, Answer)> {
    jurors.iter().map(|juror| (*juror, answer)).collect()
}

#[test]
fn to_register_a_worker_of_another_kind_or_to_run_one_that_stays_away_takes_no_seat_from_who_comes() {
    for runs in [None, Some(1)] {
        run(|| {
            let honest = jurors(3);
            change(rare(50, 150), |worker| worker.runs = runs);
            let dispute = drawn();
            // One of three is not there any more: the other two are enough, because there were three.
            hold(dispute, 1, &all(&honest, TRUTH()), &honest[..1]);
            assert_eq!(ending(dispute), Some(Ending::Wrong));
        });
    }
}

#[test]
fn a_juror_of_another_kind_who_is_silent_in_every_draw_costs_the_others_one_seat() {
    run(|| {
        let honest = jurors(7);
        let silent = rare(50, 150);
        let dispute = drawn();
        let answers = [all(&[silent], LIE()), all(&honest, TRUTH())].concat();
        let seated = |draw| {
            let ballots = Ballots::<Test>::get((dispute, draw));
            let is_seated = |juror: &u8| ballots.iter().any(|ballot| ballot.worker == id(*juror));
            honest.iter().copied().filter(is_seated).collect::<Vec<_>>()
        };
        // With one more away, nobody has a quorum of three seats. Of seven they have, with two away.
        for (juror, answer) in &answers {
            commit(*juror, dispute, 1, *answer).ok();
        }
        let there = seated(1);
        assert_eq!(there.len(), 2);
        go_to(System::block_number() + PARAMETERS.commit + 1);
        assert_ok!(reveal(there[0], dispute, 1, TRUTH()));
        go_to(System::block_number() + PARAMETERS.reveal + 1);
        assert!(happened(Event::Redrawn { dispute, draw: 2, seats: 7 }));
        next_round();
        for (juror, answer) in &answers {
            commit(*juror, dispute, 2, *answer).ok();
        }
        let there = seated(2);
        assert_eq!(there.len(), 6);
        go_to(System::block_number() + PARAMETERS.commit + 1);
        for juror in &there[..4] {
            assert_ok!(reveal(*juror, dispute, 2, TRUTH()));
        }
        go_to(System::block_number() + PARAMETERS.reveal + 1);
        assert_eq!(ending(dispute), Some(Ending::Wrong));
        assert!(facts(|facts| facts.charged.iter().filter(|(juror, _)| *juror == id(silent)).count() == 2));
    });
}

#[test]
fn many_workers_of_another_kind_under_one_operator_have_one_seat() {
    run(|| {
        let honest = jurors(3);
        let dispute = drawn();
        assert_ok!(commit(rare(50, 150), dispute, 1, LIE()));
        for number in 51..58 {
            assert_noop!(commit(rare(number, 150), dispute, 1, LIE()), Error::<Test>::AlreadySeated);
        }
        hold(dispute, 1, &all(&honest, TRUTH()), &[]);
        // It is silent, and has not divided those who are not.
        assert_eq!(ending(dispute), Some(Ending::Wrong));
    });
}

#[test]
fn whoever_has_all_workers_of_a_rare_kind_keeps_no_last_draw_from_a_decision() {
    run(|| {
        let mut honest = jurors(4);
        let rare: Vec<u8> = (50..54).map(|number| rare(number, number + 100)).collect();
        let dispute = drawn();
        hold(dispute, 1, &[all(&rare, LIE()), all(&honest, TRUTH())].concat(), &[]);
        assert!(happened(Event::Redrawn { dispute, draw: 2, seats: 7 }));
        honest.extend(jurors_from(15, 7));
        next_round();
        hold(dispute, 2, &[all(&rare, LIE()), all(&honest, TRUTH())].concat(), &[]);
        assert!(happened(Event::Redrawn { dispute, draw: 3, seats: 15 }));
        next_round();
        // Three honest ones are away: four of twelve say otherwise, and it is decided.
        hold(dispute, 3, &[all(&rare, LIE()), all(&honest, TRUTH())].concat(), &honest[..3]);
        assert_eq!(ending(dispute), Some(Ending::Wrong));
        let charged: Vec<WorkerId> = facts(|facts| facts.charged.iter().map(|(juror, _)| *juror).collect());
        assert!(rare.iter().all(|juror| charged.contains(&id(*juror))), "to lie costs each of them");
    });
}

#[test]
fn whoever_has_all_workers_of_the_most_frequent_kind_decides_no_draw_against_the_only_other_one() {
    run(|| {
        let forged = jurors(7);
        let honest = rare(50, 150);
        let dispute = drawn();
        hold(dispute, 1, &[all(&forged, LIE()), all(&[honest], TRUTH())].concat(), &[]);
        assert!(happened(Event::Redrawn { dispute, draw: 2, seats: 7 }));
        assert_eq!(ending(dispute), None);
    });
}
