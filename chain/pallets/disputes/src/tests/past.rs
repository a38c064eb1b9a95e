//! What is left of a dispute that is over: PHA, and what is remembered.

use super::*;

#[test]
fn what_is_issued_goes_on_to_the_last_unit_though_what_is_left_in_between_is_less_than_an_account_has() {
    run(|| {
        let jurors = jurors(2);
        let dispute = drawn();
        deliberate(dispute, 1, &[(jurors[0], other(1)), (jurors[1], other(1))]);
        // The least that an account has is 10.
        apply(1, 13);
        assert_ok!(Disputes::share(signed(3), dispute));
        assert_eq!((gained(jurors[0]), gained(jurors[1]), free(CHALLENGER)), (3, 3, MONEY + 7));
    });
}

/// The account is there no more: all that it has is account 3's.
fn emptied(number: u8) {
    use frame_support::traits::{fungible::Mutate, tokens::Preservation::Expendable};

    let (from, all) = (account(number), free(number));
    assert_ok!(<Balances as Mutate<_>>::transfer(&from, &account(3), all, Expendable));
}

#[test]
fn what_an_account_that_is_gone_cannot_take_is_the_treasurys_and_without_that_burnt() {
    for (treasury, burnt) in [(true, 0), (false, 7)] {
        run(|| {
            let jurors = jurors(2);
            let dispute = drawn();
            deliberate(dispute, 1, &[(jurors[0], other(1)), (jurors[1], other(1))]);
            emptied(CHALLENGER);
            if !treasury {
                emptied(TREASURY);
            }
            apply(1, 13);
            assert_ok!(Disputes::share(signed(3), dispute));
            assert_eq!((gained(jurors[0]), free(CHALLENGER)), (3, 0));
            assert_eq!(free(TREASURY), if treasury { MONEY + 7 } else { 0 });
            facts(|facts| facts.issued -= burnt);
        });
    }
}

#[test]
fn a_jurors_account_that_is_gone_leaves_its_fee_to_the_treasury() {
    run(|| {
        let jurors = jurors(3);
        Parameters::<Test>::mutate(|rules| rules.fee = 9);
        let dispute = drawn();
        emptied(jurors[0] + 100);
        deliberate(dispute, 1, &[(jurors[0], RIGHT()), (jurors[1], RIGHT()), (jurors[2], RIGHT())]);
        assert_eq!((free(jurors[0] + 100), gained(jurors[1]), gained(jurors[2])), (0, 9, 9));
        assert_eq!((free(CHALLENGER), free(TREASURY)), (MONEY - 1_000, MONEY + 982));
    });
}

#[test]
fn what_is_over_is_forgotten_in_steps_when_nothing_of_its_time_can_be_disputed_any_more() {
    use frame_support::{traits::Hooks, weights::Weight};

    run(|| {
        let jurors = jurors(3);
        let dispute = drawn();
        deliberate(dispute, 1, &[(jurors[0], RIGHT()), (jurors[1], RIGHT()), (jurors[2], RIGHT())]);
        // Right after it, one that nobody decides, and whose claim is nobody's.
        assert_ok!(super::dispute(&adyton_protocol::receipt::ReceiptFields { fuel: 1, ..said() }));
        let ended = System::block_number();
        go_to(ended + PARAMETERS.wait + 1);
        let second = dispute + 1;
        assert_eq!((ending(dispute), ending(second)), (Some(Ending::Right), Some(Ending::Undecided)));
        assert_eq!(Claims::<Test>::iter().count(), 1);

        let Some(crate::past::Past { until, .. }) = Remembered::<Test>::get(0) else {
            panic!("the first is remembered")
        };
        let idle = |block| {
            System::set_block_number(block);
            Disputes::on_idle(block, Weight::MAX);
        };
        idle(until);
        assert_noop!(super::dispute(&said()), Error::<Test>::TooOld);
        assert_eq!((ending(dispute), Claims::<Test>::iter().count()), (Some(Ending::Right), 1));
        idle(until + 1);
        assert_eq!((ending(dispute), Claims::<Test>::iter().count()), (None, 0));
        assert_eq!((ending(second), RememberedPlaces::<Test>::get()), (Some(Ending::Undecided), (1, 2)));
        assert_noop!(super::dispute(&said()), Error::<Test>::TooOld);
        idle(until + 100);
        assert_eq!((ending(second), RememberedPlaces::<Test>::get()), (None, (2, 2)));
        assert_eq!(Remembered::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_block_forgets_a_few_disputes() {
    run(|| {
        for number in 0..40 {
            Endings::<Test>::insert(number, Ending::Undecided);
            Disputes::remember(number, None);
        }
        LastDispute::<Test>::put(40);
        let most = crate::past::MOST_AT_ONCE;
        System::set_block_number(1_000_000);
        Disputes::forget_some(3);
        assert_eq!(RememberedPlaces::<Test>::get(), (3, 40));
        Disputes::forget_within(frame_support::weights::Weight::MAX);
        assert_eq!(RememberedPlaces::<Test>::get(), (3 + u64::from(most), 40));
        assert_eq!(Endings::<Test>::iter().count() as u32, 40 - 3 - most);
    });
}
