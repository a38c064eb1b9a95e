//! What the calls cost.

use adyton_pallet_traits::{PoolId, Pools as _};
use adyton_protocol::ids::WorkerId;
use alloc::{vec, vec::Vec};
use frame_support::traits::{EnsureOrigin, fungible::Unbalanced, tokens::Precision};
use frame_system::{RawOrigin, pallet_prelude::BlockNumberFor};
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    sp_runtime::{AccountId32, Perbill, traits::Saturating},
    *,
};

use crate::{
    Assignments, Call, Chunks, Config, Coolings, Lines, Pallet, PoolCount, PoolParameters, Pools, VisitSpan,
    types::{Description, Holder, MAX_DESCRIPTION, MAX_TARGETS, Target, Targets},
};

const PHA: u128 = 1_000_000_000_000;

/// Prepares the state in which a pool has a worker.
pub trait Helper {
    /// A registered worker, and its operator.
    fn worker() -> (AccountId32, WorkerId);
}

/// `account` has a million PHA more than before.
fn fund<T: Config>(account: &AccountId32) {
    T::Currency::increase_balance(account, 1_000_000 * PHA, Precision::Exact).expect("there is room for more");
}

/// Account `number`, with money.
fn member<T: Config>(number: u8) -> AccountId32 {
    let account = AccountId32::new([number; 32]);
    fund::<T>(&account);
    account
}

fn description() -> Description {
    Description::truncate_from(vec![b'd'; MAX_DESCRIPTION as usize])
}

/// A pool of `owner`'s, who has a thousand PHA in it; or a vault.
fn pool<T: Config>(owner: &AccountId32, vault: bool) -> PoolId {
    fund::<T>(owner);
    let (commission, maximum) = (Perbill::from_percent(10), Perbill::from_percent(50));
    let origin = RawOrigin::Signed(owner.clone());
    Pallet::<T>::create(origin.clone().into(), vault, commission, maximum, None, false, description())
        .expect("is created");
    let pool = PoolCount::<T>::get();
    put_in::<T>(owner, pool, 1000 * PHA);
    pool
}

fn put_in<T: Config>(account: &AccountId32, pool: PoolId, amount: u128) {
    Pallet::<T>::join(RawOrigin::Signed(account.clone()).into(), pool, amount).expect("joins");
}

/// A pool of the worker's operator's, whose whole stake is behind it and which has earned something.
fn earning<T: Config>() -> (PoolId, AccountId32, WorkerId) {
    let (operator, worker) = T::BenchmarkHelper::worker();
    let pool = pool::<T>(&operator, false);
    put_in::<T>(&member::<T>(1), pool, 1000 * PHA);
    let origin = RawOrigin::Signed(operator.clone());
    Pallet::<T>::assign(origin.into(), pool, worker, 2000 * PHA).expect("is assigned");
    fund::<T>(&Pallet::<T>::account());
    assert_eq!(Pallet::<T>::issue_reward(&worker, 100 * PHA), 100 * PHA);
    (pool, operator, worker)
}

/// As many pools as a vault's targets.
fn targets<T: Config>(n: u32) -> Targets {
    let pools = (0..n).map(|number| pool::<T>(&member::<T>(number as u8 + 10), false));
    let targets: Vec<Target> = pools.map(|pool| Target { pool, weight: 1 }).collect();
    Targets::truncate_from(targets)
}

/// Each of the pools earns something and then loses `amount`.
fn earn_and_lose<T: Config>(targets: &Targets, amount: u128) {
    for target in targets {
        let mut pool = Pools::<T>::get(target.pool).expect("there is the pool");
        assert!(Pallet::<T>::earn(target.pool, &mut pool, 100 * PHA));
        Pools::<T>::insert(target.pool, pool);
        Pallet::<T>::slash(target.pool, amount);
    }
}

/// A vault of account 2's that is in `n` pools, which have earned something and were slashed.
fn vault<T: Config>(n: u32) -> (PoolId, Targets) {
    let owner = member::<T>(2);
    let vault = pool::<T>(&owner, true);
    let targets = targets::<T>(n);
    Pallet::<T>::split(RawOrigin::Signed(owner).into(), vault, targets.clone()).expect("is split");
    earn_and_lose::<T>(&targets, 1001 * PHA);
    (vault, targets)
}

/// A pool in which not everybody may join, but account 1 may, who has earned and lost something in it.
fn restricted<T: Config>() -> (PoolId, AccountId32) {
    let (pool, owner, _) = earning::<T>();
    let (origin, account) = (|| RawOrigin::Signed(owner.clone()).into(), AccountId32::new([1; 32]));
    Pallet::<T>::set_restricted(origin(), pool, true).expect("is set");
    Pallet::<T>::set_allowed(origin(), pool, account.clone(), true).expect("is set");
    Pallet::<T>::slash(pool, 1500 * PHA);
    (pool, account)
}

/// So many blocks later.
fn later<T: Config>(blocks: u32) {
    let now = frame_system::Pallet::<T>::block_number();
    frame_system::Pallet::<T>::set_block_number(now.saturating_add(BlockNumberFor::<T>::from(blocks)));
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn create() {
        let owner = member::<T>(1);
        let half = Perbill::from_percent(50);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), true, half, half, Some(1), true, description());

        assert!(Pools::<T>::contains_key(1));
    }

    #[benchmark]
    fn close() {
        let owner = member::<T>(1);
        let half = Perbill::from_percent(50);
        let origin = RawOrigin::Signed(owner);
        Pallet::<T>::create(origin.clone().into(), true, half, half, None, false, description()).expect("is created");
        // It has as many targets as it may have, and is in none of them.
        let targets = targets::<T>(MAX_TARGETS);
        Pallet::<T>::split(origin.clone().into(), 1, targets).expect("is split");

        #[extrinsic_call]
        _(origin, 1);

        assert!(!Pools::<T>::contains_key(1));
    }

    #[benchmark]
    fn set_commission() {
        let owner = member::<T>(1);
        let pool = pool::<T>(&owner, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool, Perbill::from_percent(20));
    }

    #[benchmark]
    fn set_cap() {
        let owner = member::<T>(1);
        let pool = pool::<T>(&owner, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool, Some(1));
    }

    #[benchmark]
    fn set_description() {
        let owner = member::<T>(1);
        let pool = pool::<T>(&owner, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool, description());
    }

    #[benchmark]
    fn set_restricted() {
        let owner = member::<T>(1);
        let pool = pool::<T>(&owner, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool, true);
    }

    #[benchmark]
    fn set_allowed() {
        let owner = member::<T>(1);
        let pool = pool::<T>(&owner, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool, member::<T>(2), true);
    }

    #[benchmark]
    fn join() {
        let (pool, account) = restricted::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(account), pool, 100 * PHA);
    }

    #[benchmark]
    fn leave() {
        let (pool, _, _) = earning::<T>();
        Pallet::<T>::slash(pool, 1500 * PHA);

        #[extrinsic_call]
        _(RawOrigin::Signed(AccountId32::new([1; 32])), pool, None);

        assert_eq!(Chunks::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn claim() {
        let (pool, owner, _) = earning::<T>();
        Pallet::<T>::slash(pool, 500 * PHA);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool);
    }

    #[benchmark]
    fn compound() {
        let (pool, account) = restricted::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(account), pool);
    }

    #[benchmark]
    fn set_compounding() {
        let owner = member::<T>(1);
        let pool = pool::<T>(&owner, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool, true);
    }

    #[benchmark]
    fn settle() {
        let (pool, owner, _) = earning::<T>();
        Pallet::<T>::slash(pool, 500 * PHA);

        #[extrinsic_call]
        _(RawOrigin::Signed(AccountId32::new([1; 32])), pool, Holder::Account(owner));
    }

    #[benchmark]
    fn assign() {
        let (operator, worker) = T::BenchmarkHelper::worker();
        let pool = pool::<T>(&operator, false);

        #[extrinsic_call]
        _(RawOrigin::Signed(operator), pool, worker, PHA);

        assert!(Assignments::<T>::contains_key(worker));
    }

    #[benchmark]
    fn unassign() {
        let (_, operator, worker) = earning::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(operator), worker);

        assert!(!Assignments::<T>::contains_key(worker));
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::ParametersOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let parameters = PoolParameters::<T>::get();

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);

        Ok(())
    }

    /// With what is frozen in its pools, which is asked whenever somebody comes or goes.
    #[benchmark]
    fn revalue(n: Linear<1, MAX_TARGETS>) {
        let (vault, targets) = vault::<T>(n);
        for target in &targets {
            Pallet::<T>::freeze(target.pool, 10 * PHA).expect("there is as much");
        }
        let frozen;

        #[block]
        {
            let pool = Pallet::<T>::current(vault).expect("there is the vault");
            frozen = Pallet::<T>::frozen_in(vault, &pool);
        }

        assert!(frozen > 0);
    }

    /// A member waits for more than the vault has in all but one of its pools: it leaves every one. To join them all
    /// writes one item less for each.
    #[benchmark]
    fn spread(n: Linear<1, MAX_TARGETS>) {
        let (vault, targets) = vault::<T>(n);
        let member = member::<T>(3);
        put_in::<T>(&member, vault, 100_000 * PHA);
        Pallet::<T>::spread(RawOrigin::Signed(member.clone()).into(), vault).expect("is spread");
        let mut seat = Pallet::<T>::open(vault, Holder::Account(member.clone())).expect("it is there");
        Pallet::<T>::exit(&mut seat, None).expect("it leaves");
        Pallet::<T>::put(seat);
        earn_and_lose::<T>(&targets, PHA);

        #[extrinsic_call]
        _(RawOrigin::Signed(member), vault);

        assert_eq!(Chunks::<T>::iter().filter(|(_, chunk)| chunk.holder == Holder::Vault(vault)).count(), n as usize);
    }

    /// A worker cools down and somebody leaves, but neither is due.
    #[benchmark]
    fn idle() {
        let (pool, _, worker) = earning::<T>();
        Pallet::<T>::bind(&worker).expect("is bound");
        Pallet::<T>::cool(&worker);
        Pallet::<T>::leave(RawOrigin::Signed(AccountId32::new([1; 32])).into(), pool, None).expect("leaves");

        #[block]
        {
            Pallet::<T>::work(1);
        }

        assert_eq!((Chunks::<T>::iter().count(), Coolings::<T>::iter().count()), (1, 1));
    }

    /// A visit to a slashed pool pays who has waited for longer than the patience, less what is frozen; somebody else
    /// waits behind. To have a worker stopped instead writes less here, and what it writes there is added.
    #[benchmark]
    fn step() {
        let (pool, operator, worker) = earning::<T>();
        let (first, last) = (AccountId32::new([1; 32]), member::<T>(2));
        put_in::<T>(&last, pool, 1000 * PHA);
        let origin = |account: &AccountId32| RawOrigin::Signed(account.clone()).into();
        Pallet::<T>::assign(origin(&operator), pool, worker, 1000 * PHA).expect("is assigned");
        Pallet::<T>::leave(origin(&first), pool, None).expect("leaves");
        Pallet::<T>::leave(origin(&operator), pool, None).expect("leaves");
        let parameters = PoolParameters::<T>::get();
        later::<T>(parameters.unbonding.saturating_add(1));
        Pallet::<T>::work(2);
        later::<T>(parameters.patience.saturating_add(1));
        assert!(Lines::<T>::contains_key(pool) && VisitSpan::<T>::get().len() == 1);
        Pallet::<T>::unassign(origin(&operator), worker).expect("it was never started");
        Pallet::<T>::slash(pool, 1100 * PHA);
        Pallet::<T>::freeze(pool, 50 * PHA).expect("there is as much");
        // The next one who leaves is not due yet.
        Pallet::<T>::leave(origin(&last), pool, None).expect("leaves");

        #[block]
        {
            Pallet::<T>::work(1);
        }

        assert_eq!((Chunks::<T>::iter().count(), VisitSpan::<T>::get().len()), (2, 1));
        assert!(Lines::<T>::get(pool).is_some_and(|line| line.len() == 1));
    }
}
