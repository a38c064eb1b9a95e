//! Start, stop, and what a worker weighs.

use super::*;

#[test]
fn a_worker_with_stake_and_capacity_is_started_and_its_stake_is_bound() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        let found = session(5);
        // The square root of 4 * 10^12 times 100.
        assert_eq!((found.pool, found.started_at, found.stake), (1, 10, 4 * PHA));
        assert_eq!((found.capacity, found.weight, found.settled), (100, 20_000_000, 1));
        assert_eq!((bound(5), Rewards::started(&id(5)).is_some(), Rewards::capacity(&id(5))), ((true, 0), true, 100));
        let totals = Totals::<Test>::get();
        assert_eq!((totals.weight, totals.running, totals.capacity), (20_000_000, 1, 100));
    });
}

#[test]
fn a_worker_without_stake_is_not_started() {
    run(|| {
        measured(5, 4 * PHA, 100);
        set_stake(5, None);
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::NoStake);
    });
}

#[test]
fn nobody_but_the_pools_owner_starts_and_stops() {
    run(|| {
        measured(5, 4 * PHA, 100);
        for other in [2, 5] {
            assert_noop!(Rewards::start(signed(other), id(5)), Error::<Test>::NotYourPool);
        }
        start(5);
        assert_noop!(Rewards::stop(signed(5), id(5)), Error::<Test>::NotYourPool);
        assert_noop!(Rewards::stop(RawOrigin::None.into(), id(5)), DispatchError::BadOrigin);
    });
}

#[test]
fn a_worker_runs_once() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::RunsAlready);
    });
}

#[test]
fn a_worker_whose_evidence_does_not_hold_and_a_keyholder_are_not_started() {
    run(|| {
        measured(5, 4 * PHA, 100);
        set_valid(5, false);
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::NotAWorker);
        set_valid(5, true);
        change(5, |record| record.role = Role::Keyholder);
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::NotAWorker);
    });
}

#[test]
fn a_worker_that_was_not_measured_on_its_machine_is_not_started() {
    run(|| {
        registered(5, 4 * PHA);
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::NoCapacity);
        measured(6, 4 * PHA, 100);
        change(6, |record| record.verdict.machine = MachineId::IntelPpid([7; 16]));
        assert_noop!(Rewards::start(signed(OWNER), id(6)), Error::<Test>::NoCapacity);
    });
}

#[test]
fn a_worker_needs_the_least_stake_for_its_capacity() {
    run(|| {
        // A tenth of a PHA by the square root of 100.
        measured(5, PHA - 1, 100);
        assert_noop!(Rewards::start(signed(OWNER), id(5)), Error::<Test>::TooLittleStake);
        set_stake(5, Some(PHA));
        start(5);
    });
}

#[test]
fn what_the_pool_refuses_to_bind_is_not_started() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        Sessions::<Test>::remove(id(5));
        Totals::<Test>::kill();
        let refused = DispatchError::Other("it is bound already");
        assert_noop!(Rewards::start(signed(OWNER), id(5)), refused);
    });
}

#[test]
fn a_worker_that_is_stopped_cools_down_and_loses_what_it_was_not_credited_with() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        go(7);
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        assert_eq!((bound(5), Rewards::started(&id(5)).is_some(), earned()), ((false, 1), false, 0));
        let totals = Totals::<Test>::get();
        assert_eq!((totals.weight, totals.running, totals.capacity), (0, 0, 0));
        let again = Rewards::stop(signed(OWNER), id(5)).map_err(|refused| refused.error);
        assert_err!(again, Error::<Test>::NotRunning);
    });
}

#[test]
fn the_pools_stop_a_worker_as_its_owner_does() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        assert_ok!(<Rewards as adyton_pallet_traits::Running>::stop(&id(5)));
        assert_eq!(bound(5), (false, 1));
        let again = <Rewards as adyton_pallet_traits::Running>::stop(&id(5));
        assert_err!(again, Error::<Test>::NotRunning);
    });
}

#[test]
fn a_worker_that_is_stopped_while_it_is_away_has_been_away_until_then() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        round();
        go(11);
        assert_eq!(Rewards::absence(&id(5)), None);
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        assert_eq!(Rewards::absence(&id(5)), Some(Absence { since: 21, until: Some(21), paused: 0 }));
    });
}

#[test]
fn a_worker_is_weighed_anew_by_anybody_and_has_the_time_before_by_its_old_weight() {
    run(|| {
        measured(5, 4 * PHA, 100);
        measured(6, 4 * PHA, 100);
        start(5);
        start(6);
        go(10);
        set_stake(5, Some(16 * PHA));
        assert_ok!(Rewards::refresh(signed(9), id(5)));
        assert_eq!((session(5).weight, session(5).pending), (40_000_000, TO_WORKERS * 10 / 2));
        assert_eq!(Totals::<Test>::get().weight, 60_000_000);
        go(10);
        let number = round();
        assert_ok!(answer(5, number));
        // Half of ten blocks, two thirds of ten, rounded down twice at most.
        let exact = TO_WORKERS * 10 / 2 + TO_WORKERS * 10 * 2 / 3;
        assert!(exact - earned() <= 2, "{}", earned());
        assert_noop!(Rewards::refresh(signed(9), id(7)), Error::<Test>::NotRunning);
        assert_noop!(Rewards::refresh(RawOrigin::None.into(), id(5)), DispatchError::BadOrigin);
    });
}

#[test]
fn a_worker_without_stake_or_evidence_weighs_nothing_from_when_somebody_looks() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        set_valid(5, false);
        assert_ok!(Rewards::refresh(signed(9), id(5)));
        assert_eq!((session(5).weight, Totals::<Test>::get().weight), (0, 0));
        set_valid(5, true);
        assert_ok!(Rewards::refresh(signed(9), id(5)));
        assert_eq!(session(5).weight, 20_000_000);
        set_stake(5, None);
        assert_ok!(Rewards::refresh(signed(9), id(5)));
        assert_eq!(session(5).weight, 0);
    });
}

#[test]
fn the_tier_of_the_verdict_is_a_factor_and_one_without_a_factor_weighs_nothing() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        for (tier, weight) in [(1, 10_000_000), (2, 0), (200, 0), (0, 20_000_000)] {
            change(5, |record| record.verdict.tier = tier);
            assert_ok!(Rewards::refresh(signed(9), id(5)));
            assert_eq!(session(5).weight, weight, "tier {tier}");
        }
    });
}

#[test]
fn stake_beyond_the_cap_does_not_count_and_no_capacity_beyond_what_the_stake_is_enough_for() {
    let rules = rules();
    // The cap: 10 PHA for each unit.
    let capped = weighing::weigh(&rules, 0, 1_000 * PHA, 1);
    assert_eq!(capped.weight, weighing::weigh(&rules, 0, 10 * PHA, 1).weight);
    assert_eq!((capped.stake, capped.capacity), (1_000 * PHA, 1));
    // The least stake of 100 units is 1 PHA.
    assert_eq!(weighing::least_stake(&rules, 100), PHA);
    assert_eq!(weighing::weigh(&rules, 0, PHA, 5_000), weighing::weigh(&rules, 0, PHA, 100));
    assert_eq!(weighing::weigh(&rules, 0, 0, 100), weighing::Weighed { stake: 0, capacity: 0, weight: 0 });
    // Below the least weight there is none.
    let free = rewards::Parameters { least_stake: 0, ..rules };
    assert_eq!(weighing::weigh(&free, 0, (1 << 40) - 1, 1).weight, 0);
    assert_eq!(weighing::weigh(&free, 0, 1 << 40, 1).weight, weighing::LEAST_WEIGHT);
    assert_eq!(weighing::least_stake(&free, u64::MAX), 0);
}

#[test]
fn the_largest_numbers_are_weighed_without_running_over() {
    let most = rewards::Parameters { stake_cap: u128::MAX, least_stake: 1, ..rules() };
    let weighed = weighing::weigh(&most, 0, u128::MAX, u64::MAX);
    // Both roots rounded down.
    assert_eq!(weighed.weight, u128::from(u64::MAX) * u128::from(u32::MAX));
    assert_eq!(weighed.capacity, u64::MAX);
    let dear = rewards::Parameters { least_stake: u128::MAX, ..rules() };
    assert_eq!(weighing::weigh(&dear, 0, PHA, 100).weight, 0);
    assert!(weighing::least_stake(&dear, u64::MAX) > PHA);
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_and_tools_read() {
    let machine = Digest([3; 32]);
    assert_eq!(Latest::<Test>::hashed_key().to_vec(), storage::latest_round());
    assert_eq!(Rounds::<Test>::hashed_key_for(challenge::Round::slot(513)), storage::round(513));
    assert_eq!(Machines::<Test>::hashed_key_for(machine), storage::machine(&machine));
    assert_eq!(Capacities::<Test>::hashed_key_for(id(5)), storage::capacity(&id(5)));
    assert_eq!(Sessions::<Test>::hashed_key_for(id(5)), storage::session(&id(5)));
    assert!(Sessions::<Test>::hashed_key_for(id(5)).starts_with(&storage::sessions_prefix()));
    assert_eq!(Parameters::<Test>::hashed_key().to_vec(), storage::rewards_parameters());
    assert_eq!(Totals::<Test>::hashed_key().to_vec(), storage::rewards_totals());
    assert_eq!(Absences::<Test>::hashed_key_for(id(5)), storage::absence(&id(5)));
    let kind = EvidenceKind::AmdSnp;
    assert_eq!(CapacityCaps::<Test>::hashed_key_for(kind), storage::capacity_cap(kind));
}
