//! What is frozen: the owner's stake first, then everybody else's in proportion.

use super::{
    leaving::{leave, waiting},
    *,
};

fn try_join(number: u8, id: u32) -> Result<(), DispatchError> {
    Pools::join(signed(number), id, MINIMUM).map(|_| ()).map_err(|error| error.error)
}

/// Pool 1 with `own` of its owner's, and 30 000 and 60 000 of accounts 2 and 3.
fn pool_with(own: u128) -> u32 {
    let id = create(1, false);
    if own > 0 {
        join(1, id, own);
    }
    join(2, id, 30_000);
    join(3, id, 60_000);
    id
}

#[test]
fn members_join_and_leave_while_the_owners_stake_covers_what_is_frozen_and_the_owner_does_not() {
    run(|| {
        let id = pool_with(10_000);
        assert_ok!(Pools::freeze(id, 6_000));
        assert_ok!(try_join(4, id));
        assert_ok!(leave(2, id, Some(8_000)));
        assert_ok!(leave(1, id, Some(5_000)));
        pass(PARAMETERS.unbonding);
        assert_eq!((held(2), held(1), waiting(id)), (22_000, 10_000, 1));
        Pools::thaw(id, 999);
        pass(1);
        assert_eq!(held(1), 10_000);
        Pools::thaw(id, 1);
        pass(1);
        assert_eq!((held(1), waiting(id)), (5_000, 0));
    });
}

#[test]
fn an_owner_whose_workers_offend_again_and_again_keeps_nobody() {
    run(|| {
        let id = pool_with(10_000);
        assert_ok!(leave(2, id, None));
        for _ in 0..PARAMETERS.unbonding {
            assert_ok!(Pools::freeze(id, 100));
            pass(1);
            assert_eq!(Pools::slash(id, 100), Slashed { own: 100, shared: 0 });
        }
        assert_eq!((held(2), free(2)), (0, MONEY));
    });
}

#[test]
fn nor_does_one_that_has_nothing_in_the_pool_for_longer_than_the_patience() {
    run(|| {
        let id = pool_with(0);
        assert_ok!(leave(2, id, None));
        for _ in 0..PARAMETERS.unbonding + PARAMETERS.patience {
            assert_ok!(Pools::freeze(id, 90));
            pass(1);
            assert_eq!(Pools::slash(id, 90).total(), 90);
        }
        // A third of what each of them has taken, and as much of the one that is open.
        let lost = MONEY - free(2);
        assert!(held(2) == 0 && (745..=760).contains(&lost), "{lost}");
    });
}

#[test]
fn who_could_lose_waits_and_leaves_after_the_patience_with_the_loss_that_is_theirs() {
    run(|| {
        let id = pool_with(10_000);
        // A tenth of what is not the owner's.
        assert_ok!(Pools::freeze(id, 19_000));
        assert_noop!(try_join(4, id), Error::<Test>::PoolFrozen);
        assert_ok!(leave(2, id, None));
        pass(PARAMETERS.unbonding + PARAMETERS.patience - 1);
        assert_eq!((waiting(id), held(2)), (1, 30_000));
        pass(1);
        assert_eq!((waiting(id), held(2), free(2)), (0, 0, MONEY - 3_000));
        assert_eq!((pool(id).given, PoolTotals::<Test>::get().slashed), (3_000, 3_000));
        // The others lose neither more nor less by that.
        assert_eq!(Pools::slash(id, 19_000), Slashed { own: 10_000, shared: 9_000 });
        assert_ok!(Pools::settle(signed(9), id, holder(3)));
        assert_eq!((held(3), PoolTotals::<Test>::get().slashed), (54_000, 19_000));
        assert_eq!((pool(id).frozen, pool(id).given), (0, 0));
    });
}

#[test]
fn who_waits_until_the_offence_is_cancelled_loses_nothing() {
    run(|| {
        let id = pool_with(0);
        assert_ok!(Pools::freeze(id, 9_000));
        assert_ok!(leave(2, id, None));
        pass(PARAMETERS.unbonding);
        assert_eq!((waiting(id), held(2)), (1, 30_000));
        Pools::thaw(id, 9_000);
        pass(1);
        assert_eq!((waiting(id), free(2)), (0, MONEY));
        assert_ok!(try_join(4, id));
    });
}

#[test]
fn what_was_given_for_a_cancelled_offence_covers_no_later_one() {
    run(|| {
        let id = pool_with(0);
        assert_ok!(Pools::freeze(id, 9_000));
        assert_ok!(leave(2, id, None));
        pass(PARAMETERS.unbonding + PARAMETERS.patience);
        assert_eq!(pool(id).given, 3_000);
        Pools::thaw(id, 9_000);
        assert_eq!(pool(id).given, 0);
        assert_ok!(Pools::freeze(id, 6_000));
        assert_eq!(Pools::slash(id, 6_000), Slashed { own: 0, shared: 6_000 });
        assert_ok!(Pools::settle(signed(9), id, holder(3)));
        assert_eq!(held(3), 54_000);
    });
}

#[test]
fn an_owner_that_waited_leaves_without_what_is_frozen_and_others_are_covered_as_before() {
    run(|| {
        let id = pool_with(10_000);
        assert_ok!(Pools::freeze(id, 4_000));
        assert_ok!(leave(1, id, Some(8_000)));
        let before = free(1);
        pass(PARAMETERS.unbonding + PARAMETERS.patience);
        assert_eq!((free(1) - before, held(1), pool(id).given), (6_000, 2_000, 2_000));
        assert_ok!(try_join(4, id));
        assert_eq!(Pools::slash(id, 4_000).own, 2_000);
        assert_ok!(Pools::settle(signed(9), id, holder(3)));
        assert_eq!(held(3), 60_000);
    });
}

#[test]
fn no_more_is_frozen_than_there_is_and_never_a_vault() {
    run(|| {
        let (id, vault) = (pool_with(0), create(3, true));
        assert_noop!(Pools::freeze(id, 90_001), Error::<Test>::TooMuch);
        assert_ok!(Pools::freeze(id, 50_000));
        assert_eq!((Pools::frozen(id), Pools::unfrozen(id)), (50_000, 40_000));
        assert_noop!(Pools::freeze(id, 40_001), Error::<Test>::TooMuch);
        assert_ok!(Pools::freeze(id, 40_000));
        assert_noop!(Pools::freeze(vault, 0), Error::<Test>::UnknownPool);
        assert_noop!(Pools::freeze(vault + 1, 0), Error::<Test>::UnknownPool);
        // One thaw too many changes nothing.
        Pools::thaw(id, u128::MAX);
        assert_eq!((Pools::frozen(id), Pools::unfrozen(id)), (0, 90_000));
    });
}

#[test]
fn a_pool_is_not_closed_before_all_is_decided() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_ok!(Pools::freeze(id, 10_000));
        assert_ok!(leave(2, id, None));
        pass(PARAMETERS.unbonding + PARAMETERS.patience);
        assert_eq!((held(2), pool(id).books.total()), (0, 0));
        assert_noop!(Pools::close(signed(1), id), Error::<Test>::StillUsed);
        Pools::thaw(id, 10_000);
        assert_ok!(Pools::close(signed(1), id));
    });
}

#[test]
fn more_frozen_than_there_is_does_not_stay_unseen() {
    run(|| {
        let id = pool_with(0);
        let right = pool(id);
        crate::Pools::<Test>::insert(id, Pool { frozen: 90_001, ..right.clone() });
        assert!(Pools::do_try_state().is_err());
        crate::Pools::<Test>::insert(id, right);
    });
}
