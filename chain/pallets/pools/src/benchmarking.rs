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
    Assignments, Call, Chunks, Config, Lines, Pallet, PoolCount, PoolParameters, Pools, Positions, VisitSpan,
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

/// A vault of account 2's that is in `n` pools which were slashed.
fn vault<T: Config>(n: u32) -> PoolId {
    let owner = member::<T>(2);
    let vault = pool::<T>(&owner, true);
    let targets: Vec<Target> =
        (0..n).map(|number| Target { pool: pool::<T>(&member::<T>(number as u8 + 10), false), weight: 1 }).collect();
    let targets = Targets::truncate_from(targets);
    Pallet::<T>::split(RawOrigin::Signed(owner).into(), vault, targets.clone()).expect("is split");
    for target in &targets {
        Pallet::<T>::slash(target.pool, 1001 * PHA);
    }
    vault
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
        let (pool, owner, _) = earning::<T>();
        Pallet::<T>::set_restricted(RawOrigin::Signed(owner.clone()).into(), pool, true).expect("is set");
        let account = AccountId32::new([1; 32]);
        Pallet::<T>::set_allowed(RawOrigin::Signed(owner).into(), pool, account.clone(), true).expect("is set");
        Pallet::<T>::slash(pool, 1500 * PHA);

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
        let (pool, owner, _) = earning::<T>();
        Pallet::<T>::slash(pool, 500 * PHA);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), pool);
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

    #[benchmark]
    fn revalue(n: Linear<0, MAX_TARGETS>) {
        let vault = vault::<T>(n);

        #[block]
        {
            Pallet::<T>::current(vault).expect("there is the vault");
        }
    }

    #[benchmark]
    fn spread(n: Linear<1, MAX_TARGETS>) {
        let vault = vault::<T>(n);
        let member = member::<T>(3);
        put_in::<T>(&member, vault, 100_000 * PHA);

        #[extrinsic_call]
        _(RawOrigin::Signed(member), vault);

        assert_eq!(Positions::<T>::iter().filter(|(_, holder, _)| *holder == Holder::Vault(vault)).count(), n as usize);
    }

    #[benchmark]
    fn idle() {
        #[block]
        {
            Pallet::<T>::work(1);
        }
    }

    /// A visit to a pool whose worker has to be stopped, though nobody else knows that it runs.
    #[benchmark]
    fn step() {
        let (pool, operator, worker) = earning::<T>();
        Pallet::<T>::bind(&worker).expect("is bound");
        Pallet::<T>::leave(RawOrigin::Signed(operator).into(), pool, None).expect("leaves");
        let parameters = PoolParameters::<T>::get();
        later::<T>(parameters.unbonding.saturating_add(1));
        Pallet::<T>::work(1);
        later::<T>(parameters.patience.saturating_add(1));
        assert!(Lines::<T>::contains_key(pool) && VisitSpan::<T>::get().len() == 1);

        #[block]
        {
            Pallet::<T>::work(1);
        }

        assert!(Pools::<T>::get(pool).is_some_and(|pool| pool.cooling > 0));
    }
}
