//! Who makes no block in a whole session.

use super::*;

/// Sessions in which it is everybody's turn often enough: of as many as serve in [`run`], and of a few more.
const LONG: Parameters = Parameters { session: 30, ..SETTINGS };

fn long() {
    assert_ok!(Validators::set_parameters(RuntimeOrigin::root(), LONG));
}

#[test]
fn who_makes_no_block_in_a_session_is_dropped_and_loses_a_thousandth_after_the_appeal() {
    run(|| {
        long();
        assert_ok!(Validators::bond(signed(2), 5_700));
        authors(&[1, 3]);
        go_to(29);
        assert_eq!(order(), [2, 1, 3, 4]);
        go_to(30);
        assert_eq!(order(), [1, 3, 4]);
        System::assert_has_event(Event::<Test>::Absent { who: account(2), session: 0 }.into());
        let slash = Slash { who: account(2), amount: 6, session: 0, due: 40, absence: true };
        assert_eq!(Pending::<Test>::get(0), Some(slash));
        assert!(disabled().is_empty() && Offenders::<Test>::iter().next().is_none(), "it is no lie");
        go_to(39);
        assert_eq!(bonded(2), 6_000);
        go_to(40);
        assert_eq!((bonded(2), Balances::total_issuance()), (5_994, 5 * MONEY - 6));
    });
}

#[test]
fn who_says_that_it_is_back_stands_before_its_slash_is_decided_and_keeps_its_place_by_what_is_left() {
    run(|| {
        long();
        authors(&[1, 3]);
        go_to(30);
        assert_eq!(order(), [1, 3, 4]);
        assert_noop!(Validators::withdraw(signed(2)), Error::<Test>::SlashPending);
        assert_ok!(Validators::validate(signed(2)));
        assert_eq!(order(), [1, 2, 3, 4]);
        // A thousandth of 300, rounded up.
        go_to(40);
        assert_eq!(bonded(2), 299);
        assert_eq!(
            Candidates::<Test>::get().iter().map(|candidate| candidate.bond).collect::<Vec<_>>(),
            [400, 299, 200, 100]
        );
    });
}

#[test]
fn a_slash_of_a_lie_keeps_from_standing_beside_one_for_absence() {
    run(|| {
        long();
        authors(&[1, 3]);
        go_to(30);
        assert_ok!(Validators::validate(signed(2)));
        assert_ok!(report(two_blocks(2, 3), 0));
        assert_eq!(order(), [1, 3, 4]);
        assert_noop!(Validators::validate(signed(2)), Error::<Test>::SlashPending);
        assert_ok!(Validators::cancel_slash(RuntimeOrigin::root(), 1));
        assert_ok!(Validators::validate(signed(2)));
        assert_eq!(Bonds::<Test>::get(account(2)).map(|bond| (bond.slashes, bond.absences)), Some((1, 1)));
    });
}

#[test]
fn a_cancelled_slash_for_absence_forgives_no_lie() {
    run(|| {
        long();
        authors(&[1, 3]);
        go_to(30);
        nine_served();
        assert_ok!(report(two_blocks(2, 3), 0));
        assert_ok!(Validators::cancel_slash(RuntimeOrigin::root(), 0));
        // Another one's lie adds to it as before.
        assert_ok!(report(two_blocks(3, 4), 0));
        assert_eq!(Pending::<Test>::iter_values().filter(|slash| slash.who == account(2)).count(), 2);
    });
}

#[test]
fn one_block_of_a_session_is_enough_and_says_nothing_of_the_next() {
    run(|| {
        long();
        authors(&[2]);
        go_to(2);
        authors(&[1, 3]);
        go_to(30);
        assert_eq!(order(), [1, 2, 3, 4]);
        assert_eq!(Authored::<Test>::iter().count(), 0);
        go_to(60);
        assert_eq!(order(), [1, 3, 4]);
    });
}

#[test]
fn where_it_was_nobody_s_turn_often_enough_nobody_is_absent() {
    run(|| {
        assert_ok!(Validators::set_parameters(
            RuntimeOrigin::root(),
            Parameters { session: 3 * TURNS - 1, ..SETTINGS }
        ));
        authors(&[1, 3]);
        go_to(3 * TURNS - 1);
        assert_eq!((Turned::current(), order()), (1, vec![1, 2, 3, 4]));
    });
}

#[test]
fn no_more_than_a_third_is_dropped_at_once_those_with_the_least_bond_first() {
    run(|| {
        long();
        for number in 11..=14 {
            serves_too(number);
        }
        // Seven serve; five are silent, and two may go. 11 stood before 12, 13 and 14.
        authors(&[1, 12]);
        go_to(30);
        assert_eq!(order(), [1, 2, 3, 4, 11, 12]);
        assert_eq!(Slashes::<Test>::get().next, 2);
    });
}

#[test]
fn two_validators_never_drop_each_other() {
    run(|| {
        let two = Parameters { validators: 2, ..LONG };
        assert_ok!(Validators::set_parameters(RuntimeOrigin::root(), two));
        authors(&[1, 2, 3]);
        // From the session after the next on, two serve.
        go_to(60);
        assert_eq!(serving(), [1, 2]);
        authors(&[1]);
        go_to(120);
        assert_eq!(order(), [1, 2, 3, 4]);
    });
}

#[test]
fn who_has_stopped_standing_serves_to_its_end_and_loses_nothing() {
    run(|| {
        long();
        assert_ok!(Validators::chill(signed(2)));
        authors(&[1, 3]);
        go_to(30);
        assert_eq!((order(), Slashes::<Test>::get().next), (vec![1, 3, 4], 0));
    });
}

#[test]
fn who_was_dropped_and_still_serves_is_not_dropped_again() {
    run(|| {
        long();
        authors(&[1, 3]);
        go_to(30);
        assert_eq!(serving(), [1, 2, 3]);
        go_to(60);
        assert_eq!((serving(), Slashes::<Test>::get().next), (vec![1, 3, 4], 1));
    });
}

#[test]
fn an_absence_that_is_not_counted_and_a_stranger_s_block_do_not_stay_unseen() {
    run(|| {
        Authored::<Test>::insert(account(5), ());
        assert!(Validators::do_try_state().is_err());
        Authored::<Test>::remove(account(5));
        let bond = Bonds::<Test>::get(account(1)).expect("1 is bonded");
        Bonds::<Test>::insert(account(1), Bond { absences: 1, ..bond.clone() });
        assert!(Validators::do_try_state().is_err());
        Bonds::<Test>::insert(account(1), bond);
    });
}
