//! Who has to show the history of a disputed result.

use polkadot_sdk::sp_runtime::Perbill;

use super::*;

#[test]
fn a_worker_that_withholds_the_history_is_charged_with_less() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        let none = Answer::Unavailable;
        deliberate(dispute, 1, &[(jurors[0], none), (jurors[1], none), (jurors[2], none)]);
        assert_eq!(ending(dispute), Some(Ending::Withheld));
        assert_eq!(verdict(), Some(Verdict::Withheld(Perbill::from_percent(1))));
        assert_eq!(free(CHALLENGER), MONEY);
        apply(1, 500);
        assert_ok!(Disputes::share(signed(3), dispute));
        assert_eq!((gained(jurors[0]), free(CHALLENGER)), (83, MONEY + 251));
    });
}

#[test]
fn a_worker_that_shows_the_history_to_some_alone_divides_nobody_by_it() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        deliberate(dispute, 1, &[(jurors[0], other(1)), (jurors[1], other(1)), (jurors[2], Answer::Unavailable)]);
        assert_eq!((ending(dispute), verdict()), (Some(Ending::Wrong), Some(Verdict::Wrong)));
        assert!(charged().is_empty(), "who was shown nothing has said nothing wrong");
    });
}

/// Worker 60, of another operator, holds the contract with this stake behind it, and has opened its state under lease 2 at
/// the head of the disputed call.
fn handed_on(stake: u128) {
    worker(60, 160, EvidenceKind::IntelTdx);
    change(60, |worker| worker.stake = stake);
    facts(|facts| (facts.holder, facts.opened) = (Some(id(60)), Some((2, said().after.sequence))));
}

/// Nobody gets the history.
fn unavailable(dispute: u64, jurors: &[u8]) {
    deliberate(dispute, 1, &[(jurors[0], Answer::Unavailable), (jurors[1], Answer::Unavailable)]);
}

#[test]
fn who_has_taken_the_contract_with_its_state_shows_the_history_or_is_charged_for_it() {
    run(|| {
        let jurors = jurors(2);
        let dispute = drawn();
        handed_on(STAKE);
        unavailable(dispute, &jurors);
        assert_eq!((ending(dispute), free(CHALLENGER)), (Some(Ending::Undecided), MONEY));
        assert!(facts(|facts| facts.offences.is_empty()), "the accused cannot show it any more");
        assert_eq!(facts(|facts| facts.holders.clone()), [(id(60), STAKE / 100)]);
        assert!(happened(Event::HolderCharged { dispute, holder: id(60) }));
        // Nobody gains, and the result may be disputed again.
        assert_eq!((gained(jurors[0]), Rewards::<Test>::contains_key(dispute)), (0, false));
        assert_ok!(super::dispute(&said()));
    });
}

#[test]
fn who_has_taken_the_contract_does_not_answer_for_a_call_that_wrote_nothing() {
    run(|| {
        let jurors = jurors(2);
        assert_ok!(super::dispute(&adyton_protocol::receipt::ReceiptFields { after: said().before, ..said() }));
        next_round();
        let dispute = LastDispute::<Test>::get();
        handed_on(STAKE);
        unavailable(dispute, &jurors);
        assert_eq!(ending(dispute), Some(Ending::Withheld), "its request may never have been handed on");
        assert!(facts(|facts| facts.holders.is_empty()));
    });
}

#[test]
fn what_the_new_holder_shows_is_judged_as_if_the_accused_had_shown_it() {
    run(|| {
        let jurors = jurors(2);
        let dispute = drawn();
        handed_on(STAKE);
        deliberate(dispute, 1, &[(jurors[0], other(1)), (jurors[1], other(1))]);
        assert_eq!((ending(dispute), verdict()), (Some(Ending::Wrong), Some(Verdict::Wrong)));
        assert!(facts(|facts| facts.holders.is_empty()));
    });
}

#[test]
fn to_hand_the_contract_on_after_a_lie_frees_nobody_whose_successor_cannot_answer_for_it() {
    let withheld = |change: fn()| {
        run(|| {
            let jurors = jurors(2);
            let dispute = drawn();
            handed_on(STAKE);
            change();
            unavailable(dispute, &jurors);
            assert_eq!(ending(dispute), Some(Ending::Withheld));
            assert!(facts(|facts| facts.holders.is_empty()));
        });
    };
    // An accomplice with less to lose, one that has not opened the state, or opened it under an earlier lease, or before the
    // call: where it could not have what the call was run on.
    withheld(|| change(60, |worker| worker.stake = STAKE - 1));
    withheld(|| facts(|facts| facts.opened = None));
    withheld(|| facts(|facts| facts.opened = Some((1, 9))));
    withheld(|| facts(|facts| facts.opened = Some((2, said().after.sequence - 1))));
    // Who has opened it again itself, under another lease, has it.
    withheld(|| facts(|facts| facts.holder = Some(id(ACCUSED))));
}

#[test]
fn who_has_taken_the_contract_has_shown_the_history_if_any_juror_got_something_else_by_it() {
    run(|| {
        let (dispute, all) = third_draw();
        handed_on(STAKE);
        let mut answers = answers(&all, 0, 6);
        answers.extend(all[6..13].iter().map(|juror| (*juror, Answer::Unavailable)));
        deliberate(dispute, adyton_protocol::dispute::MAX_DRAWS, &answers);
        assert_eq!((ending(dispute), facts(|facts| facts.holders.len())), (Some(Ending::Withheld), 0));
    });
}

/// [`said`] is disputed again by who says that the history is somewhere.
fn disputed_with_a_source() -> u64 {
    let source = Source::truncate_from(b"https://mirror.example".to_vec());
    let manifest = manifest_bytes(&manifest());
    assert_ok!(Disputes::dispute(signed(CHALLENGER), opened(&said(), &LEAVES), manifest, source));
    next_round();
    LastDispute::<Test>::get()
}

#[test]
fn a_lie_that_an_accomplice_disputes_first_costs_all_that_it_does_once_somebody_has_the_history() {
    run(|| {
        let jurors = jurors(2);
        let dispute = drawn();
        unavailable(dispute, &jurors);
        assert_eq!(ending(dispute), Some(Ending::Withheld));
        assert_noop!(super::dispute(&said()), Error::<Test>::AlreadyDisputed);
        let second = disputed_with_a_source();
        deliberate(second, 1, &[(jurors[0], other(1)), (jurors[1], other(1))]);
        assert_eq!(ending(second), Some(Ending::Wrong));
        let verdicts = facts(|facts| facts.offences.values().map(|offence| offence.verdict).collect::<Vec<_>>());
        assert_eq!(verdicts, [Some(Verdict::Withheld(Perbill::from_percent(1))), Some(Verdict::Wrong)]);
    });
}

#[test]
fn what_was_withheld_is_charged_once() {
    run(|| {
        let jurors = jurors(2);
        let dispute = drawn();
        unavailable(dispute, &jurors);
        let second = disputed_with_a_source();
        unavailable(second, &jurors);
        assert_eq!((ending(dispute), ending(second)), (Some(Ending::Withheld), Some(Ending::Undecided)));
        assert_eq!(facts(|facts| facts.offences.len()), 1);
        assert_eq!(free(CHALLENGER), MONEY);
        // In the end all of it is forgotten.
        System::set_block_number(1_000_000);
        Disputes::forget_some(2);
        assert_eq!((Withheld::<Test>::iter().count(), Claims::<Test>::iter().count()), (0, 0));
    });
}

#[test]
fn a_contract_is_not_retired_while_a_result_of_it_is_disputed() {
    use adyton_pallet_traits::Retirement;

    run(|| {
        let retired = || <Disputes as Retirement>::retired(&CONTRACT, &AccountId([3; 32]));
        assert_ok!(retired());
        let first = disputed();
        assert_ok!(super::dispute(&adyton_protocol::receipt::ReceiptFields { fuel: 1, ..said() }));
        assert_noop!(retired(), Error::<Test>::Contested);
        go_to(51);
        assert_eq!((ending(first), ending(first + 1)), (Some(Ending::Undecided), None));
        assert_noop!(retired(), Error::<Test>::Contested);
        go_to(52);
        assert_ok!(retired());
    });
}

#[test]
fn where_nobody_holds_the_contract_its_worker_withholds() {
    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        facts(|facts| facts.holder = None);
        deliberate(dispute, 1, &[(jurors[0], Answer::Unavailable), (jurors[1], Answer::Unavailable)]);
        assert_eq!(ending(dispute), Some(Ending::Withheld));
    });
}
