//! The runtime's state with so many workers, delegators and contracts, at its genesis.

use adyton_pallet_traits::{BootKey, OnRound, PoolId, Vouched};
use adyton_protocol::{
    contract_call::Callees,
    ids::{AccountId as ProtocolAccount, CodeHash, ContractId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    manifest::{Callers, Durability, Limits, Manifest},
    policy::ContractPolicy,
    record::{EvidenceKind, Heartbeat, MachineId, MeasurementRecord, RootRecord, VerdictFacts, WorkerRecord},
    rewards,
    scheduled::Scheduled,
    statement::Role,
    usage::{Claim, Metered, Royalty, Terms},
};
use adyton_runtime::{
    AccountId, Balance, Balances, PHA, Rewards, Runtime, RuntimeCall, RuntimeGenesisConfig, RuntimeOrigin, System,
    genesis,
};
use codec::Encode as _;
use frame_support::{
    BoundedVec,
    traits::fungible::{Mutate, MutateHold},
};
use polkadot_sdk::*;
use serde_json::{Value, json};
use sp_core::{Pair, ed25519, sr25519};
use sp_runtime::{BuildStorage, Perbill, traits::Dispatchable};
use sp_state_machine::BasicExternalities;
use sp_storage::Storage;

/// The network's identity.
pub const NETWORK: NetworkId = NetworkId([7; 32]);
/// The time of the genesis, Unix milliseconds.
pub const START: u64 = 1_800_000_000_000;

/// How few pools there are: whatever goes through the members or workers of one is seen.
const POOLS: u32 = 4;
/// What stands behind each worker.
const STAKE: Balance = 2_000 * PHA;
/// What a delegator joins with.
const DELEGATION: Balance = 100 * PHA;
/// What a worker is measured at, in units of work a block.
const CAPACITY: u64 = 1_000;
/// For how many blocks a round can be answered.
pub(crate) const ANSWER_BLOCKS: u32 = 1_000;
/// How many contracts one worker holds that holds more than one.
const BATCH: u32 = 16;
const ROOT: Digest = Digest([1; 32]);
const MEASUREMENT: Digest = Digest([2; 32]);
const PROFILE: Digest = Digest([3; 32]);
const CODE: CodeHash = CodeHash([4; 32]);
const DEPOSIT: Balance = 100 * PHA;

/// How many there are of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Workers that are registered, have stake, and run.
    pub workers: u32,
    /// Delegators, each in one pool.
    pub delegators: u32,
    /// Contracts that are leased and pay; no more than workers.
    pub contracts: u32,
}

/// How much state there is: bytes of keys and values, of each one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateBytes {
    /// Of a worker: registration, stake, measurement, session.
    pub workers: u64,
    /// Of a delegator: account, hold, position.
    pub delegators: u64,
    /// Of a contract: record, lease, gas account.
    pub contracts: u64,
}

/// The state at the genesis.
#[derive(Clone)]
pub struct Population {
    size: Size,
    storage: Storage,
    state: StateBytes,
}

impl Population {
    /// With so many: at least 10 of each, and no more contracts than workers.
    ///
    /// # Panics
    /// Where there are fewer, or the runtime refuses what it should take.
    pub fn new(size: Size) -> Self {
        let Size { workers, delegators, contracts } = size;
        assert!(workers >= 10 && delegators >= 10 && (10..=workers).contains(&contracts), "ten of each");
        let mut storage = genesis_storage();
        within(&mut storage, || begin(size));
        let state = StateBytes {
            workers: grown_by(&mut storage, workers, || have_workers(workers)),
            delegators: grown_by(&mut storage, delegators, || (0..delegators).for_each(delegate)),
            contracts: grown_by(&mut storage, contracts, || have_contracts(size)),
        };
        // Everybody is challenged.
        within(&mut storage, || Rewards::on_round(2, [2; 32]));
        Self { size, storage, state }
    }

    /// How many there are.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How much state there is of each.
    pub fn state(&self) -> StateBytes {
        self.state
    }

    /// What a chain begins with that has them at its genesis.
    pub fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// What the contracts' holders claim first, by the number of the holder: for one contract each, and then for
    /// up to 16 each.
    pub fn claims(&self) -> Vec<(u32, Vec<Claim>)> {
        let mut held: Vec<(u32, Vec<Claim>)> = Vec::new();
        for number in 0..self.size.contracts {
            let holder = holder(self.size, number);
            let metered = Metered { fuel: 1_000_000_000, ..Metered::default() };
            let claim = Claim { contract: contract(number), lease: 1, after: 0, calls: 1, metered, last: false };
            match held.last_mut() {
                Some((last, claims)) if *last == holder => claims.push(claim),
                Some(_) | None => held.push((holder, vec![claim])),
            }
        }
        for (_, claims) in &mut held {
            claims.sort_unstable_by_key(|claim| claim.contract.0);
        }
        held
    }

    /// The keys of a worker's boot.
    pub fn worker(number: u32) -> ed25519::Pair {
        ed25519::Pair::from_seed(&seed(b'w', number))
    }

    /// The keys of a delegator.
    pub fn delegator(number: u32) -> sr25519::Pair {
        sr25519::Pair::from_seed(&seed(b'd', number))
    }

    /// The pool behind the worker of this number, and in which the delegator of this number is.
    pub fn pool(number: u32) -> PoolId {
        number % POOLS + 1
    }
}

fn seed(kind: u8, number: u32) -> [u8; 32] {
    let mut seed = [kind; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    seed
}

/// Who owns the pool of this number.
pub(crate) fn owner(pool: PoolId) -> AccountId {
    AccountId::new(seed(b'o', pool))
}

pub(crate) fn worker_id(number: u32) -> WorkerId {
    WorkerId(seed(b'i', number))
}

/// The account of a worker's key.
pub(crate) fn worker_account(number: u32) -> AccountId {
    AccountId::new(Population::worker(number).public().0)
}

pub(crate) fn delegator_account(number: u32) -> AccountId {
    AccountId::new(Population::delegator(number).public().0)
}

pub(crate) fn contract(number: u32) -> ContractId {
    ContractId::derive(&NETWORK, &ProtocolAccount(owner(1).into()), &seed(b'c', number))
}

/// Who holds a contract: the first half have a worker each, of the others several have one.
fn holder(size: Size, contract: u32) -> u32 {
    let single = size.contracts / 2;
    contract.checked_sub(single).map_or(contract, |rest| single + rest / BATCH)
}

fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "figures".into(),
        grants: vec![],
        limits: Limits::default(),
        egress: vec![],
        extra_roots: vec![],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

/// What deploys one more contract like the others.
pub(crate) fn deployment(number: u32) -> RuntimeCall {
    let manifest = BoundedVec::truncate_from(manifest().encode());
    let call = adyton_pallet_contracts::Call::deploy {
        code: CODE,
        manifest,
        policy: ContractPolicy::open(5),
        salt: seed(b'c', number),
    };
    RuntimeCall::Contracts(call)
}

/// The terms of each contract.
pub(crate) fn terms(price: Balance) -> Terms {
    let royalty = Royalty { to: ProtocolAccount(owner(1).into()), share: 100_000 };
    Terms { price, units: 10_000, royalty: Some(royalty), caller: None }
}

/// The local network's genesis, of a named network.
fn genesis_storage() -> Storage {
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("a genesis is JSON");
    merge(&mut config, genesis::local());
    let named = json!({ "network": NETWORK, "name": "figures-insecure", "leaseBlocks": 40, "stalenessBlocks": 10 });
    merge(&mut config, json!({ "attestation": named }));
    let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("the genesis reads");
    config.build_storage().expect("the genesis builds")
}

fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}

fn within(storage: &mut Storage, act: impl FnOnce()) {
    BasicExternalities::execute_with_storage(storage, act);
}

/// By how many bytes what `act` does for so many has `storage` grow, for each.
fn grown_by(storage: &mut Storage, count: u32, act: impl FnOnce()) -> u64 {
    let bytes =
        |storage: &Storage| storage.top.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum::<u64>();
    let before = bytes(storage);
    within(storage, act);
    bytes(storage).saturating_sub(before) / u64::from(count)
}

/// Dispatches a call that has to succeed.
fn succeed(who: AccountId, call: RuntimeCall) {
    let what = format!("{call:?}");
    let done = call.dispatch(RuntimeOrigin::signed(who));
    assert!(done.is_ok(), "{what} is taken: {done:?}");
}

fn endow(account: &AccountId, amount: Balance) {
    Balances::mint_into(account, amount).expect("there is room for more PHA");
}

/// What is there before anybody: accepted evidence, rules by which everybody is asked, pools with their owners' stake.
fn begin(size: Size) {
    pallet_timestamp::Now::<Runtime>::put(START);
    let kind = EvidenceKind::IntelTdx;
    let root = RootRecord { kind, certificate: BoundedVec::new(), development: true };
    adyton_pallet_attestation::Roots::<Runtime>::insert((kind, ROOT), Scheduled::holding(root));
    let accepted = MeasurementRecord { role: Role::Worker, profile: PROFILE, release: BoundedVec::new() };
    adyton_pallet_attestation::Measurements::<Runtime>::insert(MEASUREMENT, Scheduled::holding(accepted));
    adyton_pallet_rewards::Parameters::<Runtime>::put(rewards::Parameters {
        rounds_per_challenge: 1,
        answers_per_round: u32::MAX,
        answer_blocks: ANSWER_BLOCKS,
        rounds_per_measurement: 1,
        measure_blocks: ANSWER_BLOCKS,
        measure_distance: 1,
        ..adyton_pallet_rewards::production()
    });
    let each = u128::from(size.workers.div_ceil(POOLS)) * STAKE + 100_000 * PHA;
    for pool in 1..=POOLS {
        let owner = owner(pool);
        endow(&owner, each + u128::from(size.workers.div_ceil(POOLS)) * DEPOSIT + 1_000_000 * PHA);
        let (commission, maximum) = (Perbill::from_percent(10), Perbill::from_percent(20));
        let (cap, restricted, description) = (None, false, BoundedVec::new());
        let create =
            adyton_pallet_pools::Call::create { vault: false, commission, maximum, cap, restricted, description };
        succeed(owner.clone(), RuntimeCall::Pools(create));
        succeed(owner, RuntimeCall::Pools(adyton_pallet_pools::Call::join { pool, amount: each }));
    }
    // What contracts pay for comes from here, and so do their deposits.
    endow(&owner(1), u128::from(size.contracts) * 100 * PHA);
    succeed(owner(1), RuntimeCall::Contracts(adyton_pallet_contracts::Call::upload_code { code: CODE, size: 1_000 }));
}

fn have_workers(count: u32) {
    (0..count).for_each(register);
    let all = BoundedVec::truncate_from(vec![count]);
    adyton_pallet_workers::Census::<Runtime>::insert(EvidenceKind::IntelTdx, all);
    // All are measured in it, and challenged before they have begun.
    Rewards::on_round(1, [1; 32]);
    for number in 0..count {
        let (pool, worker, amount) = (Population::pool(number), worker_id(number), STAKE);
        succeed(owner(pool), RuntimeCall::Pools(adyton_pallet_pools::Call::assign { pool, worker, amount }));
        let units = CAPACITY * u64::from(ANSWER_BLOCKS);
        let measured = adyton_pallet_rewards::Call::measured { round: 1, units };
        succeed(worker_account(number), RuntimeCall::Rewards(measured));
        succeed(owner(pool), RuntimeCall::Rewards(adyton_pallet_rewards::Call::start { worker }));
    }
}

/// What a registration writes, without evidence to judge.
fn register(number: u32) {
    let (worker, operator) = (worker_id(number), owner(Population::pool(number)));
    let key = SigningKey(Population::worker(number).public().0);
    let (operator_id, evidence) = (ProtocolAccount(operator.clone().into()), Digest(seed(b'e', number)));
    let mut ppid = [b'm'; 16];
    ppid[..4].copy_from_slice(&number.to_le_bytes());
    let machine = MachineId::IntelPpid(ppid);
    let record = WorkerRecord {
        operator: operator_id,
        role: Role::Worker,
        signing_key: key,
        encryption_key: EncryptionKey(seed(b'x', number)),
        statement: Digest(seed(b's', number)),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: ROOT,
            measurement: MEASUREMENT,
            profile: PROFILE,
            machine,
            provider: None,
            tier: 0,
            evaluation: u32::MAX,
            judged_at: 1,
            valid_until: u64::MAX,
            evidence,
        },
        endpoint: BoundedVec::truncate_from(b"https://worker-000000.example.net:8443".to_vec()),
        boot: 1,
        registered_at: 0,
        opted_in: true,
        active_until: ANSWER_BLOCKS,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    };
    let present = Vouched { from: 0, until: u64::MAX };
    let known = BootKey { worker, operator: operator_id, machine, present, before: None, renewed: 0, ended: None };
    adyton_pallet_workers::Workers::<Runtime>::insert(worker, record);
    adyton_pallet_workers::WorkerOf::<Runtime>::insert(key, worker);
    adyton_pallet_workers::UsedKeys::<Runtime>::insert(key, known);
    adyton_pallet_workers::Evidence::<Runtime>::insert(evidence, worker);
    adyton_pallet_workers::Boots::<Runtime>::insert(worker, 1);
    adyton_pallet_workers::OnMachine::<Runtime>::insert(machine, 1);
    adyton_pallet_workers::Deposits::<Runtime>::insert(worker, DEPOSIT);
    Balances::hold(&adyton_pallet_workers::HoldReason::Registration.into(), &operator, DEPOSIT).expect("it has it");
    System::inc_sufficients(&AccountId::new(key.0));
}

fn delegate(number: u32) {
    let (account, pool) = (delegator_account(number), Population::pool(number));
    endow(&account, 10 * DELEGATION);
    succeed(account, RuntimeCall::Pools(adyton_pallet_pools::Call::join { pool, amount: DELEGATION }));
}

fn have_contracts(size: Size) {
    let by_owner = |call| succeed(owner(1), RuntimeCall::Usage(call));
    for number in 0..size.contracts {
        let (contract, holder) = (contract(number), holder(size, number));
        succeed(owner(1), deployment(number));
        let lease = adyton_pallet_contracts::Call::claim_lease { contract };
        succeed(worker_account(holder), RuntimeCall::Contracts(lease));
        by_owner(adyton_pallet_usage::Call::set_terms { contract, terms: Some(terms(1_000)) });
        by_owner(adyton_pallet_usage::Call::fund { contract, amount: PHA });
        let ask = adyton_pallet_usage::Call::set_ask { worker: worker_id(holder), price: 500 };
        succeed(owner(Population::pool(holder)), RuntimeCall::Usage(ask));
    }
}
