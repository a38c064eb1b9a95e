use adyton_pallet_traits::{Pools as _, Slashed};
use adyton_protocol::{
    ids::AccountId,
    pools::books::{Class, Stake, Taken},
};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use polkadot_sdk::{
    sp_runtime::{DispatchError, Perbill, TokenError},
    *,
};

use crate::{
    mock::{Pools, *},
    types::*,
    *,
};

mod assignments;
mod freezes;
mod leaving;
mod model;
mod slashes;
mod vaults;

const TENTH: Perbill = Perbill::from_percent(10);
const HALF: Perbill = Perbill::from_percent(50);

/// What is held of account `number` as stake.
fn held(number: u8) -> u128 {
    use frame_support::traits::fungible::InspectHold;
    Balances::balance_on_hold(&HoldReason::Stake.into(), &account(number))
}

/// What account `number` has in a pool.
fn position(pool: u32, number: u8) -> Position {
    Positions::<Test>::get(pool, holder(number))
}

fn pool(id: u32) -> Pool {
    crate::Pools::<Test>::get(id).expect("there is the pool")
}

/// A stake with which an index of rewards has no rest.
const U: u128 = 1 << 17;

/// A pool of account 1's, with [`U`] of its own and three times that of account 2's; worker 1 runs with all of it.
fn working() -> u32 {
    let id = create(1, false);
    join(1, id, U);
    join(2, id, 3 * U);
    start(id, 1, 4 * U);
    id
}

fn reward(amount: u128) -> u128 {
    Pools::issue_reward(&worker(1), amount)
}

#[test]
fn pools_end_with_their_numbers() {
    run(|| {
        PoolCount::<Test>::put(u32::MAX);
        let created = Pools::create(signed(1), false, TENTH, HALF, None, false, Description::default());
        assert_noop!(created, Error::<Test>::Overflow);
    });
}

#[test]
fn a_pool_is_created_against_a_deposit_and_closed_when_nothing_is_left_in_it() {
    run(|| {
        let description: Description = b"a pool".to_vec().try_into().expect("is short");
        assert_ok!(Pools::create(signed(1), false, TENTH, HALF, Some(5_000), true, description.clone()));
        assert_eq!((PoolCount::<Test>::get(), free(1)), (1, MONEY - PARAMETERS.deposit));
        let Pool { owner, vault, cap, restricted, .. } = pool(1);
        assert_eq!((owner, vault, cap, restricted), (account(1), None, Some(5_000), true));
        assert_eq!(Descriptions::<Test>::get(1), Some(description));
        assert_eq!(Pools::owner(1), Some(AccountId([1; 32])));

        assert_noop!(Pools::close(signed(2), 1), Error::<Test>::NotYourPool);
        assert_ok!(Pools::set_allowed(signed(1), 1, account(3), true));
        assert_noop!(Pools::close(signed(1), 1), Error::<Test>::StillUsed);
        assert_ok!(Pools::set_allowed(signed(1), 1, account(3), false));
        assert_ok!(Pools::close(signed(1), 1));
        assert_eq!((free(1), Pools::owner(1), Descriptions::<Test>::get(1)), (MONEY, None, None));
        assert_noop!(Pools::close(signed(1), 1), Error::<Test>::UnknownPool);
    });
}

#[test]
fn a_pool_with_members_rewards_or_workers_is_not_closed() {
    run(|| {
        let id = create(1, false);
        join(2, id, 5_000);
        assert_noop!(Pools::close(signed(1), id), Error::<Test>::StillUsed);
        assert_ok!(Pools::assign(signed(1), id, worker(1), 5_000));
        assert_eq!(reward(1_000), 1_000);
        assert_ok!(Pools::unassign(signed(1), worker(1)));
        assert_ok!(Pools::claim(signed(2), id));
        assert_ok!(Pools::leave(signed(2), id, None));
        assert_noop!(Pools::close(signed(1), id), Error::<Test>::StillUsed);
        pass(PARAMETERS.unbonding);
        // The owner's commission is still there.
        assert_noop!(Pools::close(signed(1), id), Error::<Test>::StillUsed);
        assert_ok!(Pools::claim(signed(1), id));
        assert_ok!(Pools::close(signed(1), id));
    });
}

#[test]
fn a_pool_whose_deposit_its_owner_does_not_have_is_refused() {
    run(|| {
        let parameters = Parameters { deposit: MONEY, ..PARAMETERS };
        assert_ok!(Pools::set_parameters(RuntimeOrigin::root(), parameters));
        let poor = Pools::create(signed(1), false, TENTH, HALF, None, false, Default::default());
        assert_noop!(poor, TokenError::FundsUnavailable);
    });
}

#[test]
fn a_commission_stays_below_its_maximum_falls_at_once_and_rises_after_the_notice() {
    run(|| {
        let above = Pools::create(signed(1), false, HALF, TENTH, None, false, Default::default());
        assert_noop!(above, Error::<Test>::CommissionTooHigh);
        let id = create(1, false);
        let set = |percent| Pools::set_commission(signed(1), id, Perbill::from_percent(percent)).map_err(|e| e.error);
        let rate = || pool(id).commission.at(System::block_number());
        assert_noop!(set(51), Error::<Test>::CommissionTooHigh);
        assert_ok!(set(50));
        assert_eq!(rate(), TENTH);
        pass(PARAMETERS.notice - 1);
        assert_eq!(rate(), TENTH);
        pass(1);
        assert_eq!(rate(), HALF);
        assert_ok!(set(20));
        assert_eq!(rate(), Perbill::from_percent(20));
        // What is lowered takes back what was announced.
        assert_ok!(set(30));
        assert_ok!(set(5));
        pass(PARAMETERS.notice);
        assert_eq!(rate(), Perbill::from_percent(5));
    });
}

#[test]
fn nobody_but_the_owner_decides_about_a_pool() {
    run(|| {
        let id = create(1, false);
        assert_noop!(Pools::set_commission(signed(2), id, TENTH).map_err(|e| e.error), Error::<Test>::NotYourPool);
        assert_noop!(Pools::set_cap(signed(2), id, None), Error::<Test>::NotYourPool);
        assert_noop!(Pools::set_description(signed(2), id, Default::default()), Error::<Test>::NotYourPool);
        assert_noop!(Pools::set_restricted(signed(2), id, true), Error::<Test>::NotYourPool);
        assert_noop!(Pools::set_allowed(signed(2), id, account(2), true), Error::<Test>::NotYourPool);
        assert_noop!(Pools::assign(signed(2), id, worker(101), 1), Error::<Test>::NotYourPool);
        assert_noop!(Pools::split(signed(2), id, Default::default()), Error::<Test>::NotYourPool);
        assert_noop!(Pools::set_cap(signed(1), 9, None), Error::<Test>::UnknownPool);
    });
}

#[test]
fn who_joins_has_it_held_and_pays_it_with_what_it_is_worth() {
    run(|| {
        let id = create(1, false);
        join(2, id, 5_000);
        join(2, id, 2_000);
        assert_eq!((held(2), free(2)), (7_000, MONEY - 7_000));
        assert_eq!(position(id, 2).active, Stake { shares: 7_000, held: 7_000 });
        assert_eq!(PoolTotals::<Test>::get().held, 7_000);
        // It still votes: what is held is the account's own.
        assert_eq!(Balances::total_balance(&account(2)), MONEY);
    });
}

#[test]
fn joining_is_refused_with_too_little_with_what_one_does_not_have_and_nowhere() {
    run(|| {
        let id = create(1, false);
        let join = |number, id, amount| Pools::join(signed(number), id, amount).map_err(|e| e.error);
        assert_noop!(join(2, id, MINIMUM - 1), Error::<Test>::TooLittle);
        assert_noop!(join(2, id, MONEY + 1), TokenError::FundsUnavailable);
        assert_noop!(join(2, id + 1, MINIMUM), Error::<Test>::UnknownPool);
        assert_ok!(join(2, id, MINIMUM));
    });
}

#[test]
fn a_cap_keeps_out_what_is_above_it() {
    run(|| {
        let id = create(1, false);
        assert_ok!(Pools::set_cap(signed(1), id, Some(10_000)));
        join(2, id, 9_000);
        let more = || Pools::join(signed(3), id, 1_001).map_err(|e| e.error);
        assert_noop!(more(), Error::<Test>::CapReached);
        join(3, id, 1_000);
        assert_noop!(more(), Error::<Test>::CapReached);
        assert_ok!(Pools::set_cap(signed(1), id, None));
        assert_ok!(more());
    });
}

#[test]
fn a_restricted_pool_is_joined_by_its_owner_and_those_whom_the_owner_allows() {
    run(|| {
        let id = create(1, false);
        assert_ok!(Pools::set_restricted(signed(1), id, true));
        let join = |number| Pools::join(signed(number), id, MINIMUM).map_err(|e| e.error);
        assert_noop!(join(2), Error::<Test>::NotAllowed);
        assert_ok!(join(1));
        assert_ok!(Pools::set_allowed(signed(1), id, account(2), true));
        assert_ok!(join(2));
        assert_ok!(Pools::set_allowed(signed(1), id, account(2), false));
        assert_noop!(join(2), Error::<Test>::NotAllowed);
        assert_ok!(Pools::set_restricted(signed(1), id, false));
        assert_ok!(join(2));
        assert_ok!(Pools::set_restricted(signed(1), id, false));
    });
}

#[test]
fn a_reward_is_issued_to_the_owners_commission_and_to_shares_alike() {
    run(|| {
        let id = working();
        let before = Balances::total_issuance();
        assert_eq!(reward(1_000), 1_000);
        assert_eq!((Balances::total_issuance(), PoolTotals::<Test>::get().rewarded), (before + 1_000, 1_000));
        assert_eq!(pool(id).fees, 100);
        let (one, two) = (free(1), free(2));
        assert_ok!(Pools::claim(signed(2), id));
        assert_ok!(Pools::claim(signed(1), id));
        // 900 for all, of which the owner has a quarter, and takes a tenth of all first.
        assert_eq!((free(1) - one, free(2) - two), (325, 675));
        assert_noop!(Pools::claim(signed(2), id).map_err(|e| e.error), Error::<Test>::NoReward);
        assert_noop!(Pools::claim(signed(3), id).map_err(|e| e.error), Error::<Test>::NoReward);
    });
}

#[test]
fn who_joins_after_a_reward_has_nothing_of_it_and_who_leaves_keeps_it() {
    run(|| {
        let id = working();
        assert_eq!(reward(1_000), 1_000);
        join(3, id, 4 * U);
        assert_ok!(Pools::leave(signed(2), id, None));
        assert_eq!(reward(1_000), 1_000);
        let gain = |number| {
            let before = free(number);
            Pools::claim(signed(number), id).map(|_| free(number) - before).unwrap_or_default()
        };
        // Of the second, 900 for the owner's and account 3's.
        assert_eq!([gain(1), gain(2), gain(3)], [100 + 225 + 100 + 180, 675, 720]);
    });
}

#[test]
fn what_is_too_little_for_the_index_is_not_lost() {
    run(|| {
        let id = create(1, false);
        assert_ok!(Pools::set_commission(signed(1), id, Perbill::zero()));
        join(2, id, 300_000);
        join(3, id, 400_000);
        assert_ok!(Pools::assign(signed(1), id, worker(1), 1_000));
        (0..700).for_each(|_| assert_eq!(reward(1), 1));
        let before = (free(2), free(3));
        assert_ok!(Pools::claim(signed(2), id));
        assert_ok!(Pools::claim(signed(3), id));
        // At most a unit each is left over.
        let paid = (free(2) - before.0, free(3) - before.1);
        assert!((299..=300).contains(&paid.0) && (399..=400).contains(&paid.1), "{paid:?}");
    });
}

#[test]
fn rewards_of_a_worker_without_a_pool_and_of_a_pool_without_stake_are_not_issued() {
    run(|| {
        let before = Balances::total_issuance();
        assert_eq!(reward(1_000), 0);
        let id = create(1, false);
        join(2, id, 5_000);
        assert_ok!(Pools::assign(signed(1), id, worker(1), 5_000));
        assert_ok!(Pools::leave(signed(2), id, None));
        assert_eq!(reward(1_000), 0);
        assert_eq!(Balances::total_issuance(), before);
        let paid = Pools::pay_reward(&worker(1), &AccountId([3; 32]), 1_000);
        assert_noop!(paid, Error::<Test>::NothingThere);
        let unknown = Pools::pay_reward(&worker(2), &AccountId([3; 32]), 1_000);
        assert_noop!(unknown, Error::<Test>::NotAssigned);
    });
}

#[test]
fn what_somebody_pays_is_the_payers_and_nothing_happens_where_there_is_less() {
    run(|| {
        let id = working();
        let before = Balances::total_issuance();
        assert_ok!(Pools::pay_reward(&worker(1), &AccountId([3; 32]), 1_000));
        assert_eq!((Balances::total_issuance(), free(3), pool(id).fees), (before, MONEY - 1_000, 100));
        let too_much = Pools::pay_reward(&worker(1), &AccountId([3; 32]), MONEY);
        assert_noop!(too_much, TokenError::FundsUnavailable);
    });
}

#[test]
fn rewards_are_compounded_by_the_account_and_by_others_if_it_says_so() {
    run(|| {
        let id = working();
        assert_eq!(reward(4_000), 4_000);
        let for_two = || Pools::compound_for(signed(9), id, account(2)).map_err(|e| e.error);
        assert_noop!(for_two(), Error::<Test>::NotCompounding);
        assert_noop!(Pools::set_compounding(signed(3), id, true), Error::<Test>::NothingThere);
        assert_ok!(Pools::set_compounding(signed(2), id, true));
        assert_ok!(for_two());
        // It may be less than others join with.
        assert_eq!((held(2), position(id, 2).active.shares), (3 * U + 2_700, 3 * U + 2_700));
        assert_eq!(free(2), MONEY - 3 * U);
        assert_noop!(for_two(), Error::<Test>::NoReward);
        assert_ok!(Pools::compound(signed(1), id));
        assert_eq!(held(1), U + 400 + 900);
        assert_ok!(Pools::set_compounding(signed(2), id, false));
        assert_eq!(reward(400), 400);
        assert_noop!(for_two(), Error::<Test>::NotCompounding);
    });
}

#[test]
fn parameters_are_set_by_their_origin_and_only_those_that_work() {
    run(|| {
        let set = |parameters| Pools::set_parameters(RuntimeOrigin::root(), parameters);
        assert_noop!(Pools::set_parameters(signed(1), PARAMETERS), DispatchError::BadOrigin);
        for bad in [
            Parameters { minimum: 0, ..PARAMETERS },
            Parameters { unbonding: LEAST - 1, ..PARAMETERS },
            Parameters { cooling: 0, ..PARAMETERS },
            Parameters { notice: 0, ..PARAMETERS },
            Parameters { patience: 0, ..PARAMETERS },
            Parameters { unbonding: MAX_BLOCKS + 1, ..PARAMETERS },
            Parameters { cooling: MAX_BLOCKS + 1, ..PARAMETERS },
            Parameters { notice: MAX_BLOCKS + 1, ..PARAMETERS },
            Parameters { patience: MAX_BLOCKS + 1, ..PARAMETERS },
        ] {
            assert_noop!(set(bad), Error::<Test>::BadParameters);
        }
        assert_ok!(set(Parameters { unbonding: MAX_BLOCKS, ..PARAMETERS }));
        assert_ok!(set(Parameters { unbonding: LEAST, ..PARAMETERS }));
        assert_eq!(Pools::unbonding(), LEAST);
        assert!(Parameters::default().are_possible());
    });
}

#[test]
fn a_class_that_nothing_is_left_of_takes_nothing_in() {
    let (mut class, mut one, mut two) = (Class::default(), Stake::default(), Stake::default());
    assert_eq!(class.enter(&mut one, 100), Some(100));
    assert_eq!(class.slash(1_000), 100);
    assert!(class.is_bankrupt());
    assert_eq!(class.enter(&mut two, 100), None);
    assert_eq!((two, class.settle(&mut one)), (Stake::default(), 100));
    assert_eq!(class.take(&mut one, 100), Taken { worth: 0, lost: 0 });
    assert_eq!(class, Class::default());
}

#[test]
fn a_stake_that_does_not_belong_does_not_stay_unseen() {
    run(|| {
        use frame_support::traits::fungible::MutateHold;
        let id = create(1, false);
        join(2, id, 5_000);
        assert_ok!(Pools::do_try_state());
        let reason = HoldReason::Stake.into();
        assert_ok!(Balances::hold(&reason, &account(2), 1));
        assert!(Pools::do_try_state().is_err(), "nobody knows of it");
        let exact = frame_support::traits::tokens::Precision::Exact;
        assert_ok!(Balances::release(&reason, &account(2), 1, exact));
        let mut changed = pool(id);
        changed.books.shared.active.value += 1;
        crate::Pools::<Test>::insert(id, changed.clone());
        assert!(Pools::do_try_state().is_err(), "the books are wrong");
        changed.books.shared.active.value -= 1;
        crate::Pools::<Test>::insert(id, changed);
        assert_eq!(Pools::slash(id, 0), Slashed::default());
        Positions::<Test>::insert(id + 1, holder(2), Position { reward: 1, ..Position::default() });
        assert!(Pools::do_try_state().is_err(), "there is no such pool to have something in");
        Positions::<Test>::remove(id + 1, holder(2));
        Assignments::<Test>::insert(worker(1), Assigned { pool: id + 1, stake: 1, state: State::Idle });
        Backed::<Test>::insert(id + 1, worker(1), ());
        assert!(Pools::do_try_state().is_err(), "there is no such pool to stand behind a worker");
        Assignments::<Test>::remove(worker(1));
        Backed::<Test>::remove(id + 1, worker(1));
    });
}
