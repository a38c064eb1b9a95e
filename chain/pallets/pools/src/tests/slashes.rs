use super::*;

fn slash(id: u32, amount: u128) -> (u128, u128) {
    let Slashed { own, shared } = Pools::slash(id, amount);
    (own, shared)
}

#[test]
fn the_owner_loses_before_the_members_and_all_of_them_alike() {
    run(|| {
        let id = create(1, false);
        join(1, id, 10_000);
        join(2, id, 20_000);
        join(3, id, 60_000);
        assert_eq!(slash(id, 4_000), (4_000, 0));
        assert_ok!(Pools::settle(signed(9), id, holder(1)));
        assert_ok!(Pools::settle(signed(9), id, holder(2)));
        assert_eq!((held(1), held(2), held(3)), (6_000, 20_000, 60_000));
        assert_eq!(slash(id, 14_000), (6_000, 8_000));
        for number in 1..4 {
            assert_ok!(Pools::settle(signed(9), id, holder(number)));
        }
        assert_eq!((held(1), held(2), held(3)), (0, 18_000, 54_000));
        assert_eq!(PoolTotals::<Test>::get(), Totals { held: 72_000, rewarded: 0, slashed: 18_000 });
        assert_noop!(Pools::settle(signed(9), id, holder(4)).map_err(|e| e.error), Error::<Test>::NothingThere);
    });
}

#[test]
fn what_leaves_loses_like_what_stays_and_the_owners_chunks_before_the_members() {
    run(|| {
        let id = create(1, false);
        join(1, id, 10_000);
        join(2, id, 40_000);
        assert_ok!(Pools::leave(signed(1), id, Some(5_000)));
        assert_ok!(Pools::leave(signed(2), id, Some(10_000)));
        assert_eq!(slash(id, 12_000), (10_000, 2_000));
        pass(PARAMETERS.unbonding);
        assert_eq!((free(1), free(2)), (MONEY - PARAMETERS.deposit - 10_000, MONEY - 40_000 + 9_500));
        assert_ok!(Pools::settle(signed(9), id, holder(1)));
        assert_eq!((held(1), held(2)), (0, 28_500));
    });
}

#[test]
fn what_is_taken_is_burnt_when_the_account_is_touched_and_not_before() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        let before = Balances::total_issuance();
        assert_eq!(slash(id, 1_000), (0, 1_000));
        assert_eq!((Balances::total_issuance(), held(2)), (before, 10_000));
        join(2, id, 1_000);
        assert_eq!((Balances::total_issuance(), held(2)), (before - 1_000, 10_000));
    });
}

#[test]
fn never_more_is_taken_than_there_is_and_what_comes_later_is_not_touched() {
    run(|| {
        let id = create(1, false);
        join(1, id, 10_000);
        join(2, id, 20_000);
        assert_eq!(slash(id, 1_000_000), (10_000, 20_000));
        assert_eq!(slash(id, 1), (0, 0));
        // The others' price is none: nobody joins them before they are gone.
        let three = || Pools::join(signed(3), id, 5_000).map_err(|e| e.error);
        assert_noop!(three(), Error::<Test>::Bankrupt);
        // The owner has all shares of the own bond, and begins anew.
        join(1, id, 5_000);
        assert_eq!(held(1), 5_000);
        assert_ok!(Pools::leave(signed(2), id, None));
        assert_eq!((held(2), Chunks::<Test>::iter().count()), (0, 0));
        assert_ok!(three());
        assert_eq!(slash(id, 6_000), (5_000, 1_000));
        assert_eq!(slash(77, 1), (0, 0));
    });
}

#[test]
fn a_chunk_that_is_worth_nothing_is_over_when_it_is_due() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_ok!(Pools::leave(signed(2), id, None));
        assert_eq!(slash(id, 20_000), (0, 10_000));
        pass(PARAMETERS.unbonding);
        assert_eq!((free(2), held(2), Positions::<Test>::iter().count()), (MONEY - 10_000, 0, 0));
    });
}

#[test]
fn who_joins_after_a_slash_buys_at_the_lower_price_and_loses_nothing_of_the_earlier() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_eq!(slash(id, 5_000), (0, 5_000));
        join(3, id, 5_000);
        assert_eq!(position(id, 3).active.shares, 10_000);
        assert_ok!(Pools::settle(signed(9), id, holder(2)));
        assert_eq!((held(2), held(3)), (5_000, 5_000));
        assert_eq!(slash(id, 5_000), (0, 5_000));
        assert_ok!(Pools::settle(signed(9), id, holder(2)));
        assert_ok!(Pools::settle(signed(9), id, holder(3)));
        assert_eq!((held(2), held(3)), (2_500, 2_500));
    });
}

#[test]
fn rewards_go_by_what_stakes_are_worth_after_slashes() {
    run(|| {
        let id = create(1, false);
        assert_ok!(Pools::set_commission(signed(1), id, Perbill::zero()));
        join(1, id, 2 * U);
        join(2, id, 2 * U);
        assert_ok!(Pools::assign(signed(1), id, worker(1), U));
        assert_eq!(slash(id, U), (U, 0));
        assert_eq!(reward(300), 300);
        let before = (free(1), free(2));
        assert_ok!(Pools::claim(signed(1), id));
        assert_ok!(Pools::claim(signed(2), id));
        assert_eq!((free(1) - before.0, free(2) - before.1), (100, 200));
    });
}
