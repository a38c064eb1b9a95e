//! A chain with money and this pallet, whose contracts, leases, workers and pools are whatever a test says.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use adyton_pallet_traits::{Anchors, Assignment, Deployments, Leases, PoolId, Pools, Slashed, Workers, fixture};
use adyton_protocol::{
    ids::{AccountId, BlockNumber, ContractId, NetworkId, SigningKey, WorkerId},
    manifest::Limits,
    record::{LeaseRecord, WorkerRecord},
    usage::{Metered, Parameters, Terms},
};
use frame_support::{
    PalletId, derive_impl, parameter_types,
    traits::{ConstU128, Get, fungible::Mutate, tokens::Preservation},
};
use polkadot_sdk::{
    sp_runtime::{AccountId32, BuildStorage, DispatchError, DispatchResult, traits::IdentityLookup},
    *,
};

use crate as pallet_usage;

/// A contract of account 1's, and one of account 2's.
pub const CONTRACTS: [ContractId; 2] = [ContractId([9; 32]), ContractId([10; 32])];
/// The first of them.
pub const CONTRACT: ContractId = CONTRACTS[0];
/// What accounts 1 to 4 have.
pub const MONEY: u128 = 1_000_000_000;
/// The network.
pub const NETWORK: NetworkId = NetworkId([3; 32]);
/// What keeps an account.
pub const LEAST: u128 = 10;
/// The account of the pool behind worker 5; worker 6 has none.
pub const POOL: u8 = 50;
/// The treasury's account.
pub const TREASURY: u8 = 60;
/// What a contract pays in most tests.
pub const TERMS: Terms = Terms { price: 100, units: 1_000, royalty: None, caller: None };

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
    pub type Usage = pallet_usage;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
    type DbWeight = frame_support::weights::constants::ParityDbWeight;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<LEAST>;
}

parameter_types! {
    pub const UsageId: PalletId = PalletId(*b"adyton/g");
    pub Treasury: AccountId32 = account(TREASURY);
}

impl pallet_usage::Config for Test {
    type Currency = Balances;
    type PalletId = UsageId;
    type Treasury = Treasury;
    type Network = Known;
    type EconomyOrigin = frame_system::EnsureRoot<AccountId32>;
    type Deployments = Known;
    type Leases = Known;
    type Anchors = Known;
    type Workers = Known;
    type Pools = Known;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

thread_local! {
    static LEASES: RefCell<BTreeMap<ContractId, LeaseRecord>> = const { RefCell::new(BTreeMap::new()) };
    static NAMED: Cell<bool> = const { Cell::new(true) };
    static ANCHORS: Cell<u32> = const { Cell::new(0) };
    static ENDED: RefCell<Vec<ContractId>> = const { RefCell::new(Vec::new()) };
}

/// What the tests say about contracts, leases, workers and pools.
pub struct Known;

impl Deployments for Known {
    fn takes_messages(_: &ContractId) -> Option<bool> {
        None
    }

    fn owner(contract: &ContractId) -> Option<AccountId> {
        let owner = CONTRACTS.iter().zip([1, 2]).find(|(known, _)| *known == contract).map(|(_, owner)| owner)?;
        let ended = ENDED.with_borrow(|ended| ended.contains(contract));
        (!ended).then_some(AccountId([owner; 32]))
    }

    fn limits(contract: &ContractId) -> Option<Limits> {
        <Self as Deployments>::owner(contract).map(|_| Limits::default())
    }
}

impl Get<Option<NetworkId>> for Known {
    fn get() -> Option<NetworkId> {
        NAMED.get().then_some(NETWORK)
    }
}

impl Leases for Known {
    const DEVICE_READS: u64 = 3;

    fn living_lease(contract: &ContractId) -> Option<LeaseRecord> {
        LEASES.with_borrow(|leases| leases.get(contract).cloned())
    }
}

impl Anchors for Known {
    fn anchors(_: &WorkerId) -> u32 {
        ANCHORS.get()
    }
}

impl Pools for Known {
    fn assignment(worker: &WorkerId) -> Option<Assignment> {
        (worker.0 == [5; 32]).then_some(Assignment { pool: 1, stake: 1, running: true })
    }

    fn owner(pool: PoolId) -> Option<AccountId> {
        (pool == 1).then_some(AccountId([POOL; 32]))
    }

    fn bind(_: &WorkerId) -> DispatchResult {
        Err(DispatchError::Other("nothing is bound here"))
    }

    fn cool(_: &WorkerId) {}

    fn issue_reward(_: &WorkerId, _: u128) -> u128 {
        0
    }

    fn pay_reward(worker: &WorkerId, payer: &AccountId, amount: u128) -> DispatchResult {
        Self::assignment(worker).ok_or(DispatchError::Other("no pool"))?;
        let payer = AccountId32::new(payer.0);
        Balances::transfer(&payer, &account(POOL), amount, Preservation::Preserve).map(|_| ())
    }

    fn unfrozen(_: PoolId) -> u128 {
        0
    }

    fn frozen(_: PoolId) -> u128 {
        0
    }

    fn freeze(_: PoolId, _: u128) -> DispatchResult {
        Err(DispatchError::Other("nothing is frozen here"))
    }

    fn thaw(_: PoolId, _: u128) {}

    fn unbonding() -> BlockNumber {
        0
    }

    fn cooling() -> BlockNumber {
        0
    }

    fn slash(_: PoolId, _: u128) -> Slashed {
        Slashed::default()
    }
}

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        let worker = WorkerId(account.0);
        Self::worker(&worker).map(|record| (worker, record))
    }

    /// Worker 5 is account 3's, worker 6 account 4's.
    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        let operator = match worker.0 {
            five if five == [5; 32] => AccountId([3; 32]),
            six if six == [6; 32] => AccountId([4; 32]),
            _other => return None,
        };
        Some(fixture::worker(operator, SigningKey(worker.0)))
    }
}

/// Account or worker `number`.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// Account `number`.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// What account `number` has.
pub fn has(number: u8) -> u128 {
    Balances::free_balance(account(number))
}

/// Worker `number` holds `contract` under a lease of this number since now.
pub fn lease(contract: ContractId, number: u8, lease: u64) {
    let since = System::block_number();
    let record = LeaseRecord { number: lease, holder: WorkerId([number; 32]), since, released: false };
    LEASES.with_borrow_mut(|leases| leases.insert(contract, record));
}

/// Nobody holds `contract`.
pub fn unlease(contract: ContractId) {
    LEASES.with_borrow_mut(|leases| leases.remove(&contract));
}

/// Every worker has so many anchors.
pub fn anchored(count: u32) {
    ANCHORS.set(count);
}

/// The genesis named no network.
pub fn unnamed() {
    NAMED.set(false);
}

/// The owner of `contract` has ended it.
pub fn end(contract: ContractId) {
    ENDED.with_borrow_mut(|ended| ended.push(contract));
}

/// So many blocks pass.
pub fn pass(blocks: u32) {
    System::set_block_number(System::block_number() + blocks);
}

/// What comes to so many units, by fuel.
pub fn units(units: u64) -> Metered {
    Metered { fuel: units * 1_000_000, ..Metered::default() }
}

/// The parameters of the tests.
pub fn parameters() -> Parameters {
    Parameters { period: 5, window: 20, notice: 20, minimum: 100, ..Parameters::default() }
}

/// Runs a test from block 10, where accounts 1 to 4 have [`MONEY`] and the others exist, and checks the pallet's
/// invariants at its end.
pub fn run(test: impl FnOnce()) {
    LEASES.take();
    ENDED.take();
    ANCHORS.set(0);
    NAMED.set(true);
    let balances = [(1, MONEY), (2, MONEY), (3, MONEY), (4, MONEY), (POOL, LEAST), (TREASURY, LEAST)]
        .map(|(who, has)| (account(who), has));
    let genesis = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig { balances: balances.to_vec(), ..Default::default() },
        usage: pallet_usage::GenesisConfig { parameters: Some(parameters()), ..Default::default() },
        ..Default::default()
    };
    let mut chain = sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis builds"));
    chain.execute_with(|| {
        System::set_block_number(10);
        test();
        Usage::do_try_state().expect("the invariants hold");
    });
}
