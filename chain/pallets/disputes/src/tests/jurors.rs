use super::*;

fn ballots(dispute: u64, draw: u8) -> Vec<u8> {
    Ballots::<Test>::get((dispute, draw)).iter().map(|ballot| ballot.worker.0[0]).collect()
}

/// These jurors, by ascending draw of the first one.
fn by_draw(dispute: u64, mut jurors: Vec<u8>) -> Vec<u8> {
    jurors.sort_by_key(|juror| adyton_protocol::dispute::drawn(&[3; 32], dispute, 1, &id(*juror)));
    jurors
}

#[test]
fn jurors_commit_and_answer_in_their_time() {
    run(|| {
        let jurors = jurors(3);
        let dispute = disputed();
        assert_noop!(commit(jurors[0], dispute, 1, claimed()), Error::<Test>::TooEarly);
        next_round();
        assert_ok!(commit(jurors[0], dispute, 1, claimed()));
        assert!(happened(Event::Seated { dispute, draw: 1, juror: id(jurors[0]), instead_of: None }));
        go_to(36);
        assert_noop!(reveal(jurors[0], dispute, 1, claimed()), Error::<Test>::TooEarly);
        assert_ok!(commit(jurors[1], dispute, 1, claimed()));
        go_to(37);
        assert_noop!(commit(jurors[2], dispute, 1, claimed()), Error::<Test>::TooLate);
        assert_ok!(reveal(jurors[0], dispute, 1, claimed()));
        assert!(happened(Event::Answered { dispute, draw: 1, juror: id(jurors[0]), answer: claimed() }));
        assert_noop!(reveal(jurors[0], dispute, 1, claimed()), Error::<Test>::AlreadyAnswered);
        go_to(41);
        assert_ok!(reveal(jurors[1], dispute, 1, claimed()));
        go_to(42);
        assert_eq!(Endings::<Test>::get(dispute), Some(Ending::Right));
        assert_noop!(reveal(jurors[1], dispute, 1, claimed()), Error::<Test>::UnknownDispute);
    });
}

#[test]
fn an_answer_after_its_time_is_refused() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        assert_ok!(commit(jurors[0], dispute, 1, claimed()));
        System::set_block_number(42);
        assert_noop!(reveal(jurors[0], dispute, 1, claimed()), Error::<Test>::TooLate);
    });
}

#[test]
fn after_the_last_answer_nothing_more_is_waited_for() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        for juror in &jurors {
            assert_ok!(commit(*juror, dispute, 1, claimed()));
        }
        go_to(37);
        for juror in &jurors {
            assert_ok!(reveal(*juror, dispute, 1, claimed()));
        }
        go_to(38);
        assert_eq!(Endings::<Test>::get(dispute), Some(Ending::Right));
    });
}

#[test]
fn only_what_was_committed_to_is_an_answer() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        assert_ok!(commit(jurors[0], dispute, 1, claimed()));
        // Another juror's commitment is of no use to who copies it.
        let copied = Ballots::<Test>::get((dispute, 1))[0].commitment;
        assert_ok!(Disputes::commit(key(jurors[1]), dispute, 1, copied));
        go_to(37);
        assert_noop!(reveal(jurors[0], dispute, 1, other(1)), Error::<Test>::AnotherCommitment);
        let salted = Disputes::reveal(key(jurors[0]), dispute, 1, claimed(), [0; SALT]);
        assert_noop!(salted, Error::<Test>::AnotherCommitment);
        let shown = Disputes::reveal(key(jurors[1]), dispute, 1, claimed(), [jurors[0]; SALT]);
        assert_noop!(shown, Error::<Test>::AnotherCommitment);
        assert_noop!(reveal(jurors[2], dispute, 1, claimed()), Error::<Test>::NotSeated);
        assert_ok!(reveal(jurors[0], dispute, 1, claimed()));
    });
}

#[test]
fn who_has_committed_may_answer_though_their_evidence_has_ended_but_not_under_an_old_key() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        assert_ok!(commit(jurors[0], dispute, 1, claimed()));
        assert_ok!(commit(jurors[1], dispute, 1, claimed()));
        go_to(37);
        change(jurors[0], |worker| worker.valid = false);
        assert_ok!(reveal(jurors[0], dispute, 1, claimed()));
        change(jurors[1], |worker| worker.present = false);
        assert_noop!(reveal(jurors[1], dispute, 1, claimed()), Error::<Test>::NotAWorker);
    });
}

#[test]
fn who_is_no_running_worker_is_no_juror() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        change(jurors[0], |worker| worker.runs = None);
        assert_noop!(commit(jurors[0], dispute, 1, claimed()), Error::<Test>::NotRunning);
        change(jurors[1], |worker| worker.valid = false);
        assert_noop!(commit(jurors[1], dispute, 1, claimed()), Error::<Test>::NotAWorker);
        assert_noop!(commit(99, dispute, 1, claimed()), Error::<Test>::NotAWorker);
    });
}

#[test]
fn nobody_judges_their_own_case() {
    run(|| {
        worker(31, OPERATOR, EvidenceKind::IntelTdx);
        worker(32, CHALLENGER, EvidenceKind::IntelTdx);
        let dispute = drawn();
        for own in [ACCUSED, 31, 32] {
            assert_noop!(commit(own, dispute, 1, claimed()), Error::<Test>::OwnCase);
        }
    });
}

#[test]
fn who_was_started_after_it_was_disputed_is_no_juror() {
    run(|| {
        let jurors = jurors(2);
        // Whoever knows the round's value can choose a worker's name so that it draws low.
        change(jurors[0], |worker| worker.runs = Some(21));
        change(jurors[1], |worker| worker.runs = Some(20));
        let dispute = drawn();
        assert_noop!(commit(jurors[0], dispute, 1, claimed()), Error::<Test>::NotRunning);
        assert_ok!(commit(jurors[1], dispute, 1, claimed()));
    });
}

#[test]
fn an_operator_has_one_seat_and_a_juror_commits_once() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        assert_ok!(commit(jurors[0], dispute, 1, claimed()));
        assert_noop!(commit(jurors[0], dispute, 1, other(1)), Error::<Test>::AlreadySeated);
        worker(33, jurors[0] + 100, EvidenceKind::IntelTdx);
        assert_noop!(commit(33, dispute, 1, claimed()), Error::<Test>::AlreadySeated);
    });
}

#[test]
fn of_many_workers_about_three_a_seat_are_drawn_and_the_others_refused() {
    run(|| {
        let jurors = jurors(89);
        let dispute = drawn();
        let (mut drawn, mut not) = (0, 0);
        for juror in jurors {
            match commit(juror, dispute, 1, claimed()) {
                Err(error) if error == Error::<Test>::NotDrawn.into() => not += 1,
                Err(error) if error != Error::<Test>::NoSeat.into() => panic!("{error:?}"),
                _ => drawn += 1,
            }
        }
        // 9 of 90 on average; the draws are fixed, so that this never fails by chance.
        assert!((3..20).contains(&drawn) && not == 89 - drawn, "{drawn} were drawn");
    });
}

#[test]
fn the_lowest_draws_have_the_seats_whoever_comes_first() {
    run(|| {
        let all = jurors(5);
        let dispute = drawn();
        let mut jurors = by_draw(dispute, all);
        jurors.reverse();
        for juror in &jurors[..3] {
            assert_ok!(commit(*juror, dispute, 1, claimed()));
        }
        let (highest, fourth) = (jurors[0], jurors[3]);
        assert_ok!(commit(fourth, dispute, 1, claimed()));
        assert!(happened(Event::Seated { dispute, draw: 1, juror: id(fourth), instead_of: Some(id(highest)) }));
        assert!(!ballots(dispute, 1).contains(&highest));
        assert_noop!(commit(highest, dispute, 1, claimed()), Error::<Test>::NoSeat);
        assert_ok!(commit(jurors[4], dispute, 1, claimed()));
        let mut seated = ballots(dispute, 1);
        seated.sort_by_key(|juror| jurors.iter().position(|other| other == juror));
        assert_eq!(seated, jurors[2..]);
    });
}

#[test]
fn of_several_kinds_of_evidence_the_most_frequent_leaves_a_seat_to_the_others_whoever_comes_first() {
    let seated = |order: fn(&mut Vec<u8>)| {
        let mut seated = Vec::new();
        run(|| {
            let mut all = jurors(5);
            change(all[0], |worker| worker.kind = EvidenceKind::AmdSnp);
            let dispute = drawn();
            order(&mut all);
            for juror in all {
                let taken = commit(juror, dispute, 1, claimed());
                assert!(taken == Ok(()) || taken == Err(Error::<Test>::NoSeat.into()), "{taken:?}");
            }
            seated = ballots(dispute, 1);
            seated.sort_unstable();
            let of_one_kind = by_draw(dispute, (12..16).collect());
            let mut expected = vec![11, of_one_kind[0], of_one_kind[1]];
            expected.sort_unstable();
            assert_eq!(seated, expected);
        });
        seated
    };
    let first = seated(|_| {});
    assert_eq!(first, seated(|all| all.reverse()));
    assert_eq!(first, seated(|all| all.rotate_left(3)));
}

#[test]
fn a_draw_that_is_over_and_one_to_come_take_nothing() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        assert_noop!(commit(jurors[0], dispute, 2, claimed()), Error::<Test>::AnotherDraw);
        assert_noop!(commit(jurors[0], dispute + 1, 1, claimed()), Error::<Test>::UnknownDispute);
        deliberate(dispute, 1, &[(jurors[0], claimed()), (jurors[1], other(1))]);
        assert_noop!(commit(jurors[2], dispute, 1, claimed()), Error::<Test>::AnotherDraw);
        assert_noop!(reveal(jurors[0], dispute, 1, claimed()), Error::<Test>::AnotherDraw);
    });
}

#[test]
fn a_commitment_and_an_answer_cost_no_fee_where_they_are_taken() {
    use frame_support::dispatch::CheckIfFeeless;

    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        let free = |call: RuntimeCall, juror: u8| call.is_feeless(&key(juror));
        let commitment = Digest([1; 32]);
        let taking = |draw| RuntimeCall::Disputes(Call::commit { dispute, draw, commitment });
        assert!(free(taking(1), jurors[0]) && !free(taking(2), jurors[0]) && !free(taking(1), ACCUSED));
        assert_ok!(commit(jurors[0], dispute, 1, claimed()));
        assert!(!free(taking(1), jurors[0]));
        go_to(37);
        let salt = [jurors[0]; SALT];
        let showing = |answer| RuntimeCall::Disputes(Call::reveal { dispute, draw: 1, answer, salt });
        assert!(free(showing(claimed()), jurors[0]) && !free(showing(other(1)), jurors[0]));
        assert!(!free(showing(claimed()), jurors[1]));
    });
}
