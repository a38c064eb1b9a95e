use super::*;

pub(super) fn leave(number: u8, id: u32, amount: Option<u128>) -> Result<(), DispatchError> {
    Pools::leave(signed(number), id, amount).map(|_| ()).map_err(|e| e.error)
}

/// How many wait in a pool.
pub(super) fn waiting(id: u32) -> u64 {
    Lines::<Test>::get(id).unwrap_or_default().len()
}

#[test]
fn chunks_are_paid_by_themselves_when_they_are_due() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_ok!(leave(2, id, Some(2_000)));
        pass(5);
        assert_ok!(leave(2, id, Some(3_000)));
        assert_eq!((held(2), position(id, 2).chunks), (10_000, 2));
        pass(PARAMETERS.unbonding - 6);
        assert_eq!(held(2), 10_000);
        pass(1);
        assert_eq!((held(2), free(2)), (8_000, MONEY - 8_000));
        pass(5);
        assert_eq!((held(2), position(id, 2).chunks), (5_000, 0));
        assert_ok!(leave(2, id, None));
        pass(PARAMETERS.unbonding);
        assert_eq!((free(2), Positions::<Test>::iter().count(), Chunks::<Test>::iter().count()), (MONEY, 0, 0));
    });
}

#[test]
fn leaving_is_refused_with_nothing_too_little_too_much_and_where_too_little_stays() {
    run(|| {
        let id = create(1, false);
        assert_noop!(leave(2, id, None), Error::<Test>::NothingThere);
        join(2, id, 10_000);
        assert_noop!(leave(2, id, Some(MINIMUM - 1)), Error::<Test>::TooLittle);
        assert_noop!(leave(2, id, Some(10_001)), Error::<Test>::TooMuch);
        assert_noop!(leave(2, id, Some(9_001)), Error::<Test>::TooLittleStays);
        assert_noop!(leave(2, id, Some(10_000)), Error::<Test>::TooLittleStays);
        assert_noop!(leave(2, id + 1, None), Error::<Test>::UnknownPool);
        assert_ok!(leave(2, id, Some(9_000)));
        assert_ok!(leave(2, id, None));
    });
}

#[test]
fn one_chunk_more_than_may_leave_is_refused_until_one_is_paid() {
    run(|| {
        let id = create(1, false);
        join(2, id, 100_000);
        for _ in 0..MAX_CHUNKS {
            assert_ok!(leave(2, id, Some(1_000)));
        }
        assert_noop!(leave(2, id, None), Error::<Test>::TooManyChunks);
        pass(PARAMETERS.unbonding);
        assert_eq!(position(id, 2).chunks, MAX_CHUNKS - queue::STEPS);
        assert_ok!(leave(2, id, None));
    });
}

#[test]
fn a_block_does_a_few_steps_however_full_it_is_and_more_in_what_is_left_of_it() {
    run(|| {
        let id = create(1, false);
        for number in 2..9 {
            join(number, id, 1_000);
            assert_ok!(leave(number, id, None));
        }
        pass(PARAMETERS.unbonding);
        assert_eq!(Chunks::<Test>::iter().count(), 3);
        use frame_support::{traits::Hooks, weights::Weight};
        let (now, one) = (System::block_number(), Pools::step_weight());
        assert_eq!(Pools::on_idle(now, one), Weight::zero(), "there is no room for a step, and to look for one");
        let room = one.saturating_add(weights::SubstrateWeight::<Test>::idle());
        assert!(Pools::on_idle(now, room).all_lte(room));
        assert_eq!(Chunks::<Test>::iter().count(), 2);
        Pools::on_idle(now, Weight::MAX);
        assert_eq!(Chunks::<Test>::iter().count(), 0);
        assert_eq!((2..9).map(free).collect::<Vec<_>>(), vec![MONEY; 7]);
    });
}

#[test]
fn what_leaves_earns_nothing_and_what_stays_earns_it_all() {
    run(|| {
        let id = working();
        assert_ok!(leave(2, id, Some(2 * U)));
        assert_eq!(reward(1_000), 1_000);
        let before = free(2);
        assert_ok!(Pools::claim(signed(2), id));
        // Half of 900: U of 2 U.
        assert_eq!(free(2) - before, 450);
    });
}

#[test]
fn who_is_due_waits_in_order_for_stake_that_no_worker_binds() {
    run(|| {
        let id = working();
        assert_ok!(leave(2, id, Some(2_000)));
        assert_ok!(leave(1, id, Some(3_000)));
        pass(PARAMETERS.unbonding);
        assert_eq!((waiting(id), held(2)), (2, 3 * U));
        let nothing = Pools::assign(signed(1), id, worker(2), 1);
        assert_noop!(nothing, Error::<Test>::SomebodyWaits);
        // Somebody comes, and with them free stake: for the first alone, then for both.
        join(3, id, 2_500);
        pass(1);
        assert_eq!((waiting(id), held(2), held(1)), (1, 3 * U - 2_000, U));
        join(3, id, 2_500);
        pass(1);
        assert_eq!((waiting(id), held(1)), (0, U - 3_000));
        assert!(pool(id).cooling == 0, "nobody had to be stopped");
    });
}

#[test]
fn who_waits_longer_than_the_patience_has_a_worker_stopped_which_cannot_start_again_before() {
    run(|| {
        let id = create(1, false);
        join(1, id, 3 * U);
        (1..4).for_each(|number| start(id, number, U));
        assert_ok!(leave(1, id, Some(U + 1)));
        pass(PARAMETERS.unbonding + PARAMETERS.patience - 1);
        assert_eq!((waiting(id), pool(id).cooling), (1, 0));
        // One a step, until what cools down is enough.
        pass(1);
        assert_eq!(pool(id).cooling, U);
        pass(1);
        assert_eq!(pool(id).cooling, 2 * U);
        pass(1);
        assert_eq!(pool(id).cooling, 2 * U);
        let stopped =
            (1..4).map(worker).find(|worker| Pools::assignment(worker).is_some_and(|assignment| !assignment.running));
        assert_noop!(Pools::bind(&stopped.expect("one was")), Error::<Test>::SomebodyWaits);
        pass(PARAMETERS.cooling);
        assert_eq!((waiting(id), held(1)), (0, 2 * U - 1));
        assert_eq!((pool(id).bound, pool(id).cooling), (U, 0));
    });
}

#[test]
fn idle_workers_and_those_that_nobody_else_knows_serve_those_who_wait_too() {
    run(|| {
        let id = create(1, false);
        join(1, id, 2 * U);
        start(id, 1, U);
        forget(1);
        assert_ok!(Pools::assign(signed(1), id, worker(2), U));
        assert_ok!(leave(1, id, None));
        pass(PARAMETERS.unbonding + PARAMETERS.patience + 1);
        assert_eq!((pool(id).bound, pool(id).cooling), (U, U));
        pass(PARAMETERS.cooling + 2);
        assert_eq!((free(1), pool(id).bound), (MONEY - PARAMETERS.deposit, 0));
    });
}

#[test]
fn anybody_serves_those_who_wait() {
    run(|| {
        let id = working();
        let serve = || Pools::serve(signed(9), id).map_err(|e| e.error);
        assert_noop!(serve(), Error::<Test>::NothingThere);
        assert_ok!(leave(2, id, Some(2_000)));
        pass(1);
        assert_ok!(leave(2, id, Some(2_000)));
        pass(PARAMETERS.unbonding - 1);
        join(3, id, 2_000);
        assert_ok!(serve());
        assert_eq!((waiting(id), held(2)), (0, 3 * U - 2_000));
        assert_noop!(serve(), Error::<Test>::NothingThere);
        // Before the pool is visited again, somebody waits again: it is visited once all the same.
        pass(1);
        assert_eq!((waiting(id), VisitSpan::<Test>::get().len()), (1, 1));
    });
}

#[test]
fn pools_in_which_somebody_waits_do_not_keep_others_waiting() {
    run(|| {
        let stuck = working();
        (0..6).for_each(|_| leave(2, stuck, Some(2_000)).expect("leaves"));
        let id = create(3, false);
        join(4, id, 5_000);
        assert_ok!(leave(4, id, None));
        pass(PARAMETERS.unbonding + 1);
        assert_eq!((waiting(stuck), free(4)), (6, MONEY));
    });
}
