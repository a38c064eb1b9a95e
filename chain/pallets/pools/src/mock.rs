//! A chain with this pallet, whose workers are whatever a test says.

use std::cell::RefCell;
use std::collections::BTreeSet;

use adyton_pallet_traits::{Pools as _, Running, Workers, fixture};
use adyton_protocol::{
    ids::{AccountId, BlockNumber, SigningKey, WorkerId},
    record::WorkerRecord,
};
use frame_support::{
    PalletId, derive_impl, parameter_types,
    traits::{ConstU32, ConstU128, Hooks},
    weights::Weight,
};
use frame_system::EnsureRoot;
use polkadot_sdk::{
    sp_runtime::{AccountId32, BuildStorage, DispatchError, Perbill, traits::IdentityLookup},
    *,
};

use crate as pallet_pools;
use crate::types::{Holder, Parameters};

/// What accounts 1 to 9 have.
pub const MONEY: u128 = 1_000_000_000;
/// The least that is joined with.
pub const MINIMUM: u128 = 1_000;
/// What tests run by.
pub const PARAMETERS: Parameters =
    Parameters { minimum: MINIMUM, deposit: 500, unbonding: 20, cooling: 10, notice: 15, patience: 5 };
/// The shortest unbonding that may be decided.
pub const LEAST: u32 = 12;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeHoldReason,
        RuntimeFreezeReason,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(2)]
    pub type Pools = pallet_pools;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<10>;
}

parameter_types! {
    pub const PoolsId: PalletId = PalletId(*b"adyton/p");
}

impl pallet_pools::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Workers = Known;
    type Running = Known;
    type ParametersOrigin = EnsureRoot<AccountId32>;
    type LeastUnbonding = ConstU32<LEAST>;
    type LeastCooling = ConstU32<1>;
    type PalletId = PoolsId;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Known;
}

thread_local! {
    static RUNNING: RefCell<BTreeSet<WorkerId>> = const { RefCell::new(BTreeSet::new()) };
}

/// What the tests say about workers: those with a number up to 99 are account 1's, up to 199 account 2's.
pub struct Known;

#[cfg(feature = "runtime-benchmarks")]
impl crate::benchmarking::Helper for Known {
    fn worker() -> (AccountId32, WorkerId) {
        (account(1), worker(1))
    }
}

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        let worker = WorkerId(account.0);
        Self::worker(&worker).map(|record| (worker, record))
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        let operator = match worker.0[0] {
            0..100 => AccountId([1; 32]),
            100..200 => AccountId([2; 32]),
            200.. => return None,
        };
        Some(fixture::worker(operator, SigningKey(worker.0)))
    }
}

impl Running for Known {
    fn started(worker: &WorkerId) -> Option<BlockNumber> {
        RUNNING.with_borrow(|running| running.contains(worker)).then_some(1)
    }

    fn running() -> u32 {
        RUNNING.with_borrow(|running| running.len() as u32)
    }

    fn capacity(_: &WorkerId) -> u64 {
        1
    }

    fn stop(worker: &WorkerId) -> Result<(), DispatchError> {
        if !RUNNING.with_borrow_mut(|running| running.remove(worker)) {
            return Err(DispatchError::Unavailable);
        }
        Pools::cool(worker);
        Ok(())
    }

    fn stop_weight() -> Weight {
        Weight::zero()
    }
}

/// Account `number`'s signature.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// Account `number`.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Account `number`, as it is on the books.
pub fn holder(number: u8) -> Holder {
    Holder::Account(account(number))
}

/// Worker `number`.
pub fn worker(number: u8) -> WorkerId {
    WorkerId([number; 32])
}

/// What account `number` can spend.
pub fn free(number: u8) -> u128 {
    Balances::free_balance(account(number))
}

/// Account `number` creates a pool, or a vault, with a commission of a tenth and at most a half.
pub fn create(number: u8, vault: bool) -> u32 {
    let (commission, maximum) = (Perbill::from_percent(10), Perbill::from_percent(50));
    Pools::create(signed(number), vault, commission, maximum, None, false, Default::default()).expect("is created");
    crate::PoolCount::<Test>::get()
}

/// Account `number` joins.
pub fn join(number: u8, pool: u32, amount: u128) {
    Pools::join(signed(number), pool, amount).expect("joins");
}

/// Account 1 puts so much of its pool's stake behind a worker, which starts.
pub fn start(pool: u32, number: u8, amount: u128) {
    Pools::assign(signed(1), pool, worker(number), amount).expect("is assigned");
    Pools::bind(&worker(number)).expect("is bound");
    RUNNING.with_borrow_mut(|running| running.insert(worker(number)));
}

/// A worker stops by itself.
pub fn stop(number: u8) {
    Known::stop(&worker(number)).expect("runs");
}

/// `rewards` forgets that a worker runs.
pub fn forget(number: u8) {
    RUNNING.with_borrow_mut(|running| running.remove(&worker(number)));
}

/// Blocks pass, in each of which happens what happens by itself.
pub fn pass(blocks: u32) {
    for _ in 0..blocks {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Pools::on_initialize(next);
    }
}

/// Runs a test from block 10 and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    RUNNING.with_borrow_mut(|running| running.clear());
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let balances = (1..10).map(|number| (account(number), MONEY)).collect();
    let money = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
    money.assimilate_storage(&mut storage).expect("the accounts are different ones");
    let pools = pallet_pools::GenesisConfig::<Test> { parameters: PARAMETERS, ..Default::default() };
    pools.assimilate_storage(&mut storage).expect("the parameters are possible");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(10);
        test();
        Pools::do_try_state().expect("the invariants hold");
    });
}
