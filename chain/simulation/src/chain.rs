//! The chain of the simulation: polkadot-sdk's system, time and balances, and our own pallets of pools, rewards and
//! slashes with the parameters of production.
//!
//! Replaced, and nothing else: who the workers are, what evidence and keys are known of them ([`Registry`] answers
//! `Workers`, `CpuModels`, `BootKeys`, `Attestation` and `Admission`), and contracts' states, of which there are none.
//! The beacon's values are the simulation's draws. Calls are dispatched as the runtime dispatches them, without fees.
//! Blocks are passed over in jumps, after each of which the hooks of the blocks between run until they have nothing
//! left to do.

use std::{cell::RefCell, collections::HashMap};

use adyton_pallet_traits::{
    Admission, Attestation, BootKey, BootKeys, CollateralRef, CpuModels, Histories, Judged, LeaseTimes, OnRound,
    PoolId, Vouched, Workers, fixture,
};
use adyton_protocol::{
    challenge::Round,
    cpu::CpuModel,
    ids::{AccountId, ContractId, Digest, NetworkId, SigningKey, WorkerId},
    record::{HeadRecord, MachineId, MeasurementRecord, RootRecord, ValidityFacts, WorkerRecord},
    rewards::{Parameters as RewardsParameters, Totals},
    statement::AttestedStatement,
};
use frame_support::{
    BoundedVec, PalletId, derive_impl, parameter_types,
    storage::{storage_prefix, unhashed},
    traits::{ConstU32, ConstU128, Hooks, fungible},
    weights::Weight,
};
use polkadot_sdk::{
    sp_core::{Pair, ed25519},
    sp_runtime::{
        AccountId32, BuildStorage, DispatchError,
        traits::{Dispatchable, IdentityLookup},
    },
    sp_state_machine::BasicExternalities,
    *,
};

use crate::plan::{PHA, Plan};

pub(crate) use adyton_pallet_pools::types::Holder;

/// Calls of pools.
pub(crate) type PoolsCall = adyton_pallet_pools::Call<Chain>;
/// Calls of rewards.
pub(crate) type RewardsCall = adyton_pallet_rewards::Call<Chain>;
/// Calls of slashing.
pub(crate) type SlashingCall = adyton_pallet_slashing::Call<Chain>;

/// The network's identity.
pub(crate) const NETWORK: NetworkId = NetworkId([7; 32]);
/// The time of block 0, Unix milliseconds.
const BEGIN: u64 = 1_800_000_000_000;
/// The most blocks of a jump whose hooks run.
const MOST_HOOKS: u32 = 256;

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
    pub struct Chain;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(31)]
    pub type Pools = adyton_pallet_pools;
    #[runtime::pallet_index(32)]
    pub type Rewards = adyton_pallet_rewards;
    #[runtime::pallet_index(33)]
    pub type Slashing = adyton_pallet_slashing;
}

parameter_types! {
    pub const PoolsId: PalletId = PalletId(*b"adyton/p");
    pub Treasury: AccountId32 = account(Kind::Treasury, 0);
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Chain {
    type Block = frame_system::mocking::MockBlockU32<Chain>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Chain {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Chain {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<{ PHA / 100 }>;
}

impl adyton_pallet_pools::Config for Chain {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Workers = Registry;
    type Running = Rewards;
    type ParametersOrigin = frame_system::EnsureRoot<AccountId32>;
    type LeastUnbonding = adyton_pallet_slashing::LeastUnbonding<Chain>;
    type LeastCooling = adyton_pallet_slashing::LeastCooling<Chain>;
    type PalletId = PoolsId;
    type WeightInfo = adyton_pallet_pools::weights::SubstrateWeight<Chain>;
}

impl adyton_pallet_rewards::Config for Chain {
    type EconomyOrigin = frame_system::EnsureRoot<AccountId32>;
    type Currency = Balances;
    type Treasury = Treasury;
    type Workers = Registry;
    type CpuModels = Registry;
    type Pools = Pools;
    type WeightInfo = adyton_pallet_rewards::weights::SubstrateWeight<Chain>;
}

impl adyton_pallet_slashing::Config for Chain {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = frame_system::EnsureRoot<AccountId32>;
    type CancelOrigin = frame_system::EnsureRoot<AccountId32>;
    type Time = Timestamp;
    type SampleInterval = ConstU32<20>;
    type LeastWindow = ConstU32<0>;
    type Attestation = Registry;
    type Admission = Registry;
    type Workers = Registry;
    type BootKeys = Registry;
    type Histories = Registry;
    type Pools = Pools;
    type Presence = Rewards;
    type WeightInfo = adyton_pallet_slashing::weights::SubstrateWeight<Chain>;
}

/// Whose an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The treasury's.
    Treasury,
    /// A pool's owner's.
    Owner,
    /// A delegator's.
    Delegator,
    /// A reporter's.
    Reporter,
    /// All who have PHA and do nothing here.
    Elsewhere,
}

/// One account of a kind.
pub(crate) fn account(kind: Kind, number: usize) -> AccountId32 {
    let mut bytes = [0; 32];
    bytes[0] = kind as u8 + 1;
    bytes[1..9].copy_from_slice(&(number as u64).to_le_bytes());
    AccountId32::new(bytes)
}

/// One worker's number in the simulation.
pub(crate) fn number_of(worker: &WorkerId) -> usize {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&worker.0[..8]);
    u64::from_le_bytes(bytes) as usize
}

/// The worker with this number.
pub(crate) fn worker_id(number: usize) -> WorkerId {
    let mut bytes = [0x77; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
    WorkerId(bytes)
}

/// The signing key of the worker with this number.
pub(crate) fn key_pair(number: usize) -> ed25519::Pair {
    ed25519::Pair::from_seed(&worker_id(number).0)
}

#[derive(Clone)]
struct Known {
    record: WorkerRecord,
    denied: bool,
}

thread_local! {
    static WORKERS: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
    static KEYS: RefCell<HashMap<[u8; 32], usize>> = RefCell::new(HashMap::new());
}

/// Knows the workers: each has a machine of its own, one boot, and evidence that holds unless its machine is denied.
pub struct Registry;

impl Registry {
    /// Registers the next worker, and gives its account.
    pub fn register(operator: &AccountId32, tier: u8) -> AccountId32 {
        let number = WORKERS.with_borrow(Vec::len);
        let key = key_pair(number).public().0;
        let mut machine = [0; 16];
        machine[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let mut record = fixture::worker(AccountId(operator.clone().into()), SigningKey(key));
        record.verdict.machine = MachineId::IntelPpid(machine);
        record.verdict.tier = tier;
        record.active_until = u32::MAX;
        WORKERS.with_borrow_mut(|workers| workers.push(Known { record, denied: false }));
        KEYS.with_borrow_mut(|keys| keys.insert(key, number));
        AccountId32::new(key)
    }

    /// What stands for the worker's machine.
    pub fn machine(number: usize) -> Digest {
        WORKERS.with_borrow(|workers| {
            adyton_protocol::challenge::machine(&workers[number].record.verdict.machine, &worker_id(number))
        })
    }

    fn of_key(key: &[u8; 32]) -> Option<(usize, Known)> {
        let number = KEYS.with_borrow(|keys| keys.get(key).copied())?;
        WORKERS.with_borrow(|workers| Some((number, workers.get(number)?.clone())))
    }
}

impl Workers for Registry {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        let (number, known) = Self::of_key(&account.0)?;
        (!known.denied).then(|| (worker_id(number), known.record))
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        WORKERS.with_borrow(|workers| Some(workers.get(number_of(worker))?.record.clone()))
    }
}

impl CpuModels for Registry {
    fn cpu_model(_: &WorkerId) -> Option<CpuModel> {
        None
    }
}

impl BootKeys for Registry {
    fn boot_key(key: &SigningKey) -> Option<BootKey> {
        let (number, known) = Self::of_key(&key.0)?;
        Some(BootKey {
            worker: worker_id(number),
            operator: known.record.operator,
            machine: known.record.verdict.machine,
            present: Vouched { from: 1, until: u64::MAX },
            before: None,
            renewed: 1,
            ended: None,
        })
    }
}

impl Attestation for Registry {
    fn network() -> Option<NetworkId> {
        Some(NETWORK)
    }

    fn lease_times() -> LeaseTimes {
        LeaseTimes { lease: 40, staleness: 10 }
    }

    fn is_frozen() -> bool {
        false
    }

    fn change_delay() -> u64 {
        0
    }

    fn judge(_: &[u8], _: &CollateralRef, _: &AttestedStatement) -> Result<Judged, DispatchError> {
        Err(DispatchError::Unavailable)
    }

    fn facts(worker: &WorkerRecord) -> ValidityFacts {
        let denied = Self::of_key(&worker.signing_key.0).is_some_and(|(_, known)| known.denied);
        ValidityFacts {
            now: BEGIN / 1000,
            root: Some(RootRecord { kind: worker.verdict.kind, certificate: BoundedVec::new(), development: false }),
            measurement: Some(MeasurementRecord {
                role: worker.role,
                profile: worker.verdict.profile,
                release: BoundedVec::new(),
            }),
            judged_since: 0,
            evaluation_floor: 0,
            unidentified_allowed: true,
            machine_denied: denied,
            provider_denied: false,
            operator_denied: false,
        }
    }

    fn capacity(_: &MachineId) -> u32 {
        1
    }
}

impl Admission for Registry {
    fn last_admission() -> u64 {
        0
    }

    fn deny(machine: &MachineId, _: &AccountId) {
        WORKERS.with_borrow_mut(|workers| {
            for known in workers.iter_mut().filter(|known| known.record.verdict.machine == *machine) {
                known.denied = true;
            }
        });
    }
}

impl Histories for Registry {
    fn opening(_: &ContractId) -> Option<(HeadRecord, Option<WorkerId>)> {
        None
    }

    fn lease_holder(_: &ContractId, _: u64) -> Option<WorkerId> {
        None
    }

    fn halt(_: &ContractId) -> bool {
        false
    }
}

/// The parameters of production, for rounds that come so often as the plan says.
pub(crate) fn rewards_parameters(plan: &Plan) -> RewardsParameters {
    let production = adyton_pallet_rewards::production();
    RewardsParameters {
        rounds_per_challenge: (production.rounds_per_challenge / plan.round_hours).max(1),
        answers_per_round: production.answers_per_round.saturating_mul(plan.round_hours),
        rounds_per_measurement: (production.rounds_per_measurement / plan.round_hours).max(1),
        ..production
    }
}

/// A chain at its genesis, without any account but the pools' own. Its state is a map in memory: nobody asks for its
/// root, and a trie under it would be searched for each entry that is not there.
pub(crate) fn genesis(plan: &Plan) -> BasicExternalities {
    WORKERS.with_borrow_mut(Vec::clear);
    KEYS.with_borrow_mut(HashMap::clear);
    let mut storage = frame_system::GenesisConfig::<Chain>::default().build_storage().expect("the genesis builds");
    let pools = adyton_pallet_pools::GenesisConfig::<Chain>::default();
    pools.assimilate_storage(&mut storage).expect("the parameters of production are possible");
    let rewards =
        adyton_pallet_rewards::GenesisConfig::<Chain> { parameters: rewards_parameters(plan), ..Default::default() };
    rewards.assimilate_storage(&mut storage).expect("the rules can be followed");
    let slashing = adyton_pallet_slashing::GenesisConfig::<Chain> {
        parameters: Some(adyton_pallet_slashing::Parameters::default()),
        ..Default::default()
    };
    slashing.assimilate_storage(&mut storage).expect("the parameters suit the pools");
    BasicExternalities::new(storage)
}

/// The number of the present block.
pub(crate) fn now() -> u32 {
    System::block_number()
}

/// Jumps to `block`; the hooks run as in the blocks between, as long as they do anything.
pub(crate) fn go_to(block: u32) {
    let blocks = block.saturating_sub(now());
    System::set_block_number(block);
    Timestamp::set_timestamp(BEGIN + 6_000 * u64::from(block));
    // Half of what a block takes is left for what may wait.
    let room = Weight::from_parts(1_000_000_000_000, 2_500_000);
    for _ in 0..blocks.min(MOST_HOOKS) {
        let before = standing();
        Slashing::on_initialize(block);
        Pools::on_initialize(block);
        Pools::on_idle(block, room);
        if standing() == before {
            break;
        }
    }
}

/// What the hooks change when they do something.
fn standing() -> (u64, u64, u64, u128) {
    (
        adyton_pallet_slashing::Over::<Chain>::get(),
        adyton_pallet_pools::DueChunks::<Chain>::get().first,
        adyton_pallet_pools::CoolingSpan::<Chain>::get().first,
        adyton_pallet_pools::PoolTotals::<Chain>::get().held,
    )
}

/// Dispatches a call of `who`, and says whether it was done.
pub(crate) fn dispatch(who: AccountId32, call: RuntimeCall) -> bool {
    call.dispatch(RuntimeOrigin::signed(who)).is_ok()
}

/// Gives an account PHA that was not there: before the genesis is over.
pub(crate) fn endow(account: &AccountId32, amount: u128) {
    <Balances as fungible::Mutate<AccountId32>>::mint_into(account, amount).expect("there is room for more");
}

/// Moves PHA of those who do nothing here.
pub(crate) fn buy(account: &AccountId32, amount: u128) -> bool {
    let from = self::account(Kind::Elsewhere, 0);
    let kept = frame_support::traits::tokens::Preservation::Preserve;
    <Balances as fungible::Mutate<AccountId32>>::transfer(&from, account, amount, kept).is_ok()
}

/// What `account` could put at stake: all but so much that it keeps its account.
pub(crate) fn purse(account: &AccountId32) -> u128 {
    Balances::free_balance(account).saturating_sub(PHA)
}

/// All that is an account's, also what is held.
pub(crate) fn wealth(account: &AccountId32) -> u128 {
    <Balances as fungible::Inspect<AccountId32>>::total_balance(account)
}

/// All PHA that there is.
pub(crate) fn issuance() -> u128 {
    <Balances as fungible::Inspect<AccountId32>>::total_issuance()
}

/// The sum of all accounts.
pub(crate) fn sum_of_accounts() -> u128 {
    frame_system::Account::<Chain>::iter_values().map(|account| account.data.free + account.data.reserved).sum()
}

/// What `holder` has in a pool that earns, as it is held.
pub(crate) fn held(pool: PoolId, account: &AccountId32) -> u128 {
    adyton_pallet_pools::Positions::<Chain>::get(pool, Holder::Account(account.clone())).active.held
}

/// A pool as the chain has it.
pub(crate) fn pool(pool: PoolId) -> adyton_pallet_pools::types::Pool {
    adyton_pallet_pools::Pools::<Chain>::get(pool).expect("pools of the simulation are never closed")
}

/// Whether anything stands behind a worker.
pub(crate) fn is_assigned(worker: &WorkerId) -> bool {
    adyton_pallet_pools::Assignments::<Chain>::contains_key(worker)
}

/// What rewards come to.
pub(crate) fn totals() -> Totals {
    adyton_pallet_rewards::Totals::<Chain>::get()
}

/// What pools come to.
pub(crate) fn pool_totals() -> adyton_pallet_pools::types::Totals {
    adyton_pallet_pools::PoolTotals::<Chain>::get()
}

/// The beacon's next round comes in this block.
pub(crate) fn come(number: u64, value: [u8; 32]) -> Round {
    <Rewards as OnRound>::on_round(number, value);
    adyton_pallet_rewards::Rounds::<Chain>::get(Round::slot(number)).expect("it has just come")
}

/// What has happened since this was last asked.
pub(crate) fn events() -> Vec<RuntimeEvent> {
    let events = System::events().into_iter().map(|record| record.event).collect();
    // What `reset_events` does, without clearing the index by topic: nothing is in that, and to see so it would go through
    // all that was ever written.
    for item in [b"Events".as_slice(), b"EventCount"] {
        unhashed::kill(&storage_prefix(b"System", item));
    }
    events
}

/// Checks the pallets' own invariants over the whole state.
pub(crate) fn try_state() -> Result<(), String> {
    let outcomes = [Pools::do_try_state(), Rewards::do_try_state(), Slashing::do_try_state()];
    outcomes.into_iter().collect::<Result<(), _>>().map_err(|error| format!("{error:?}"))
}
