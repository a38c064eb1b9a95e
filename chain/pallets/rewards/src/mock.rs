//! A chain with this pallet, whose workers and pools are whatever a test says.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use adyton_pallet_traits::{Assignment, CpuModels, OnRound, PoolId, Pools, Slashed, Workers, fixture};
use adyton_protocol::{
    cpu::CpuModel,
    ids::{AccountId, BlockNumber, SigningKey, WorkerId},
    record::{EvidenceKind, MachineId, WorkerRecord},
    rewards::{BILLION, Parameters as Rules},
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, fungible::Mutate},
};
use frame_system::EnsureRoot;
use polkadot_sdk::{
    sp_runtime::{AccountId32, BuildStorage, DispatchError, DispatchResult, traits::IdentityLookup},
    *,
};

use crate as pallet_rewards;

/// One PHA.
pub const PHA: u128 = 1_000_000_000_000;
/// What a block issues to workers, and to the treasury, at the beginning.
pub const TO_WORKERS: u128 = PHA / 10 * 8;
/// See [`TO_WORKERS`].
pub const TO_TREASURY: u128 = PHA / 10 * 2;
/// The most capacity of a machine.
pub const CAP: u64 = 1_000;
/// The owner of pool 1, and operator of the workers.
pub const OWNER: u8 = 1;
/// Where pools have what they issued.
pub const EARNED: u8 = 200;
/// The treasury.
pub const TREASURY: u8 = 201;
/// For how many blocks stake stands behind a worker that was stopped.
pub const COOLING: u32 = 100;

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
    pub type Rewards = pallet_rewards;
}

parameter_types! {
    pub Treasury: AccountId32 = account(TREASURY);
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

impl pallet_rewards::Config for Test {
    type EconomyOrigin = EnsureRoot<AccountId32>;
    type Currency = Balances;
    type Treasury = Treasury;
    type Workers = Known;
    type CpuModels = Known;
    type Pools = Known;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Known;
}

/// What the tests say about workers and pools.
#[derive(Default)]
struct State {
    workers: BTreeMap<WorkerId, WorkerRecord>,
    models: BTreeMap<WorkerId, CpuModel>,
    invalid: BTreeSet<WorkerId>,
    stakes: BTreeMap<WorkerId, u128>,
    bound: BTreeSet<WorkerId>,
    cooled: Vec<WorkerId>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

/// Answers for the other pallets.
pub struct Known;

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        // The keys of tests are the workers' ids.
        let worker = WorkerId(account.0);
        let invalid = STATE.with_borrow(|state| state.invalid.contains(&worker));
        Self::worker(&worker).filter(|_| !invalid).map(|record| (worker, record))
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        STATE.with_borrow(|state| state.workers.get(worker).cloned())
    }
}

impl CpuModels for Known {
    fn cpu_model(worker: &WorkerId) -> Option<CpuModel> {
        STATE.with_borrow(|state| state.models.get(worker).copied())
    }
}

impl Pools for Known {
    fn assignment(worker: &WorkerId) -> Option<Assignment> {
        STATE.with_borrow(|state| {
            let stake = *state.stakes.get(worker)?;
            Some(Assignment { pool: 1, stake, running: state.bound.contains(worker) })
        })
    }

    fn owner(pool: PoolId) -> Option<AccountId> {
        (pool == 1).then_some(AccountId([OWNER; 32]))
    }

    fn bind(worker: &WorkerId) -> DispatchResult {
        let bound = STATE.with_borrow_mut(|state| state.bound.insert(*worker));
        if bound { Ok(()) } else { Err(DispatchError::Other("it is bound already")) }
    }

    fn cool(worker: &WorkerId) {
        STATE.with_borrow_mut(|state| {
            state.bound.remove(worker);
            state.cooled.push(*worker);
        });
    }

    fn issue_reward(_: &WorkerId, amount: u128) -> u128 {
        Balances::mint_into(&account(EARNED), amount).expect("there is room for more");
        amount
    }

    fn pay_reward(_: &WorkerId, _: &AccountId, _: u128) -> DispatchResult {
        Err(DispatchError::Other("nobody pays here"))
    }

    fn unfrozen(_: PoolId) -> u128 {
        0
    }

    fn frozen(_: PoolId) -> u128 {
        0
    }

    fn freeze(_: PoolId, _: u128) -> DispatchResult {
        Ok(())
    }

    fn thaw(_: PoolId, _: u128) {}

    fn unbonding() -> BlockNumber {
        100
    }

    fn cooling() -> BlockNumber {
        COOLING
    }

    fn slash(_: PoolId, _: u128) -> Slashed {
        Slashed::default()
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::benchmarking::Helper for Known {
    fn staked(key: SigningKey) -> (AccountId32, WorkerId) {
        registered(key.0[0], 4 * PHA);
        set_model(key.0[0], CpuModel::IntelFmspc([1; 6]));
        (account(OWNER), WorkerId(key.0))
    }
}

/// The rules of tests: every round challenges everybody, and measures only machines that somebody asked for.
pub fn rules() -> Rules {
    Rules {
        budget: TO_WORKERS + TO_TREASURY,
        decay: BILLION / 4,
        decay_blocks: 1_000,
        treasury: BILLION / 5,
        tiers: [BILLION, BILLION / 2, 0, 0, 0, 0, 0, 0],
        stake_cap: 10 * PHA,
        least_stake: PHA / 10,
        rounds_per_challenge: 1,
        answers_per_round: 1_000,
        answer_blocks: 10,
        rounds_per_measurement: u32::MAX,
        measure_blocks: 5,
        measure_distance: 50,
        missed_measurements: 2,
        capacity_scale: 1,
    }
}

/// Account or worker's key `number`.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// See [`account`].
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// Worker `number`.
pub fn id(number: u8) -> WorkerId {
    WorkerId([number; 32])
}

/// Registers worker `number` on a machine of its own, with so much stake behind it.
pub fn registered(number: u8, stake: u128) {
    let mut record = fixture::worker(AccountId([OWNER; 32]), SigningKey([number; 32]));
    record.verdict.machine = MachineId::IntelPpid([number; 16]);
    STATE.with_borrow_mut(|state| {
        state.workers.insert(id(number), record);
        state.stakes.insert(id(number), stake);
    });
}

/// Changes the record of worker `number`.
pub fn change(number: u8, change: impl FnOnce(&mut WorkerRecord)) {
    STATE.with_borrow_mut(|state| change(state.workers.get_mut(&id(number)).expect("it is registered")));
}

/// The processor of worker `number` is of this model.
pub fn set_model(number: u8, model: CpuModel) {
    STATE.with_borrow_mut(|state| state.models.insert(id(number), model));
}

/// Whether the evidence of worker `number` holds.
pub fn set_valid(number: u8, valid: bool) {
    STATE.with_borrow_mut(
        |state| if valid { state.invalid.remove(&id(number)) } else { state.invalid.insert(id(number)) },
    );
}

/// The stake behind worker `number` is another.
pub fn set_stake(number: u8, stake: Option<u128>) {
    STATE.with_borrow_mut(|state| match stake {
        Some(stake) => state.stakes.insert(id(number), stake),
        None => state.stakes.remove(&id(number)),
    });
}

/// Whether the stake of worker `number` is bound, and how often it has cooled down.
pub fn bound(number: u8) -> (bool, usize) {
    STATE.with_borrow(|state| {
        let cooled = state.cooled.iter().filter(|worker| **worker == id(number)).count();
        (state.bound.contains(&id(number)), cooled)
    })
}

/// So many blocks later.
pub fn go(blocks: u32) {
    System::set_block_number(System::block_number() + blocks);
}

/// The next round comes, in this block. Gives its number.
pub fn round() -> u64 {
    let number = crate::Latest::<Test>::get() + 1;
    come(number);
    number
}

/// The round of this number comes, in this block.
pub fn come(number: u64) {
    let mut value = [0; 32];
    value[..8].copy_from_slice(&number.to_le_bytes());
    <Rewards as OnRound>::on_round(number, value);
}

/// Worker `number` is registered, has so much stake behind it, and was measured at this capacity, alone on its machine.
pub fn measured(number: u8, stake: u128, capacity: u64) {
    registered(number, stake);
    Rewards::measure(signed(OWNER), id(number)).expect("a measurement is asked for");
    let units = capacity * u64::from(rules().measure_blocks);
    Rewards::measured(signed(number), round(), units).expect("it is measured");
}

/// Starts worker `number`.
pub fn start(number: u8) {
    Rewards::start(signed(OWNER), id(number)).expect("it is started");
}

/// What pools were issued so far.
pub fn earned() -> u128 {
    Balances::free_balance(account(EARNED))
}

/// Runs a test from block 10 under [`rules`], and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    STATE.with_borrow_mut(|state| *state = State::default());
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let rewards = pallet_rewards::GenesisConfig::<Test> {
        parameters: rules(),
        caps: vec![(EvidenceKind::IntelTdx, CAP)],
        ..Default::default()
    };
    rewards.assimilate_storage(&mut storage).expect("the rules can be followed");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(10);
        test();
        Rewards::do_try_state().expect("the invariants hold");
    });
}
