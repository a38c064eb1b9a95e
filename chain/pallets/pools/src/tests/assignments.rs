use adyton_pallet_traits::Assignment;

use super::*;

fn assign(id: u32, number: u8, amount: u128) -> Result<(), DispatchError> {
    Pools::assign(signed(1), id, worker(number), amount)
}

fn assignment(number: u8) -> Option<(u128, bool)> {
    Pools::assignment(&worker(number)).map(|Assignment { stake, running, .. }| (stake, running))
}

#[test]
fn a_pools_owner_puts_its_stake_behind_workers_it_operates() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_noop!(assign(id, 200, 1), Error::<Test>::UnknownWorker);
        assert_noop!(assign(id, 101, 1), Error::<Test>::NotYourWorker);
        assert_noop!(assign(id, 1, 0), Error::<Test>::TooLittle);
        assert_noop!(assign(id, 1, 10_001), Error::<Test>::TooMuch);
        assert_ok!(assign(id, 1, 4_000));
        assert_noop!(assign(id, 2, 6_001), Error::<Test>::TooMuch);
        assert_ok!(assign(id, 2, 6_000));
        assert_eq!((assignment(1), assignment(2), assignment(3)), (Some((4_000, false)), Some((6_000, false)), None));
        let other = create(1, false);
        join(2, other, 10_000);
        assert_noop!(assign(other, 1, 1_000), Error::<Test>::AssignedElsewhere);
    });
}

#[test]
fn stake_that_leaves_is_not_put_behind_workers() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_ok!(Pools::leave(signed(2), id, Some(4_000)));
        assert_noop!(assign(id, 1, 6_001), Error::<Test>::TooMuch);
        assert_ok!(assign(id, 1, 6_000));
    });
}

#[test]
fn more_is_put_behind_a_running_worker_and_less_only_after_it_has_cooled_down() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        start(id, 1, 4_000);
        assert_ok!(assign(id, 1, 2_000));
        assert_eq!(assignment(1), Some((6_000, true)));
        assert_noop!(Pools::unassign(signed(1), worker(1)), Error::<Test>::WorkerRuns);
        stop(1);
        assert_eq!(assignment(1), Some((6_000, false)));
        assert_noop!(Pools::unassign(signed(1), worker(1)), Error::<Test>::WorkerCools);
        assert_noop!(assign(id, 1, 1_000), Error::<Test>::WorkerCools);
        pass(PARAMETERS.cooling - 1);
        assert_eq!(pool(id).bound, 6_000);
        pass(1);
        assert_eq!((pool(id).bound, assignment(1)), (0, None));
        assert_noop!(Pools::unassign(signed(1), worker(1)), Error::<Test>::NotAssigned);
    });
}

#[test]
fn an_idle_workers_stake_is_free_at_once_and_only_by_the_owner() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        assert_ok!(assign(id, 1, 4_000));
        assert_noop!(Pools::unassign(signed(2), worker(1)), Error::<Test>::NotYourPool);
        assert_ok!(Pools::unassign(signed(1), worker(1)));
        assert_eq!((pool(id).bound, assignment(1)), (0, None));
    });
}

#[test]
fn a_worker_that_starts_while_it_cools_down_stays_bound() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        start(id, 1, 4_000);
        stop(1);
        pass(3);
        assert_ok!(Pools::bind(&worker(1)));
        assert_noop!(Pools::bind(&worker(1)), Error::<Test>::WorkerRuns);
        pass(PARAMETERS.cooling);
        assert_eq!((assignment(1), pool(id).bound, pool(id).cooling), (Some((4_000, true)), 4_000, 0));
        Pools::cool(&worker(1));
        // Twice is once.
        Pools::cool(&worker(1));
        pass(PARAMETERS.cooling);
        assert_eq!(pool(id).bound, 0);
    });
}

#[test]
fn a_worker_that_nothing_stands_behind_is_not_bound() {
    run(|| {
        assert_noop!(Pools::bind(&worker(1)), Error::<Test>::NotAssigned);
        Pools::cool(&worker(1));
        assert_eq!(assignment(1), None);
    });
}

#[test]
fn a_worker_stands_for_what_slashes_have_left_of_its_stake() {
    run(|| {
        let id = create(1, false);
        join(2, id, 10_000);
        start(id, 1, 6_000);
        start(id, 2, 2_000);
        assert_eq!(Pools::slash(id, 2_000).total(), 2_000);
        assert_eq!(assignment(1), Some((6_000, true)));
        assert_eq!(Pools::slash(id, 4_000).total(), 4_000);
        assert_eq!((assignment(1), assignment(2)), (Some((3_000, true)), Some((1_000, true))));
        join(3, id, 4_000);
        assert_eq!(assignment(1), Some((6_000, true)));
    });
}
