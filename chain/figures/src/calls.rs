//! Calls and hooks, each with what it needs to happen in a [`Population`].

use std::time::{Duration, Instant};

use adyton_pallet_pools::types::Holder;
use adyton_pallet_traits::OnRound;
use adyton_protocol::{
    ids::{BlockNumber, Digest},
    record::{Anchor, Opening, StateHead},
    rewards::Away,
    usage::Claims,
};
use adyton_runtime::{
    AccountId, AllPalletsWithSystem, Executive, Header, PHA, Rewards, Runtime, RuntimeCall, RuntimeOrigin, System,
    configs::RuntimeBlockWeights,
};
use codec::Encode as _;
use frame_support::{
    BoundedVec,
    dispatch::{GetDispatchInfo, extract_actual_weight},
    traits::{OnFinalize, OnIdle},
    weights::Weight,
};
use polkadot_sdk::*;
use sp_runtime::{
    Digest as HeaderDigest, DigestItem, Perbill,
    traits::{Dispatchable, Header as _},
};

use crate::{
    Count, Population,
    counting::Counting,
    population::{
        ANSWER_BLOCKS, START, contract, delegator_account, deployment, owner, terms, worker_account, worker_id,
    },
};

type ContractsCall = adyton_pallet_contracts::Call<Runtime>;
type PoolsCall = adyton_pallet_pools::Call<Runtime>;
type RewardsCall = adyton_pallet_rewards::Call<Runtime>;
type SlashingCall = adyton_pallet_slashing::Call<Runtime>;
type UsageCall = adyton_pallet_usage::Call<Runtime>;
type WorkersCall = adyton_pallet_workers::Call<Runtime>;

/// At which block calls happen, where nothing else is said.
const NOW: BlockNumber = 10;
/// Milliseconds of a slot.
const SLOT: u64 = 500;

/// What one call or hook has done.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which.
    pub name: &'static str,
    /// What is charged for it in the end.
    pub weight: Weight,
    /// Its accesses to storage.
    pub count: Count,
    /// How long it took natively, in memory: the median.
    pub time: Duration,
}

/// What happens, and what before.
struct Case {
    name: &'static str,
    prepare: Box<dyn Fn()>,
    /// Gives what is charged.
    act: Box<dyn Fn() -> Weight>,
}

/// Has each call and hook happen `times` times in `population`, each time in the state as it is.
///
/// # Panics
/// Where the runtime refuses one.
pub fn rows(population: &Population, times: u32) -> Vec<Row> {
    let mut state = Counting::new(population.storage());
    let cases = [of_workers(), of_delegators(), of_contracts(population), of_blocks()];
    let mut rows = Vec::new();
    for Case { name, prepare, act } in cases.into_iter().flatten() {
        let mut found = Vec::new();
        for _ in 0..times.max(1) {
            let timed = || {
                let begin = Instant::now();
                (act(), begin.elapsed())
            };
            let ((weight, time), count) = state.counted(&prepare, timed);
            found.push((time, weight, count));
        }
        found.sort_unstable_by_key(|(time, ..)| *time);
        let (time, weight, count) = found[found.len() / 2];
        rows.push(Row { name, weight, count, time });
    }
    rows
}

/// A call of `who` after what is prepared.
fn case(name: &'static str, prepare: impl Fn() + 'static, who: AccountId, call: impl Into<RuntimeCall>) -> Case {
    let call = call.into();
    let prepare = move || {
        System::set_block_number(NOW);
        prepare();
    };
    Case { name, prepare: Box::new(prepare), act: Box::new(move || done(&who, call.clone())) }
}

fn nothing() {}

/// What comes before is not looked at.
fn ignore(_: Weight) {}

/// Dispatches a call that has to succeed, and gives what it is charged.
fn done(who: &AccountId, call: impl Into<RuntimeCall>) -> Weight {
    let call = call.into();
    let info = call.get_dispatch_info();
    let outcome = call.dispatch(RuntimeOrigin::signed(who.clone()));
    assert!(outcome.is_ok(), "the call is taken: {outcome:?}");
    extract_actual_weight(&outcome, &info)
}

/// Calls of workers and their operators.
fn of_workers() -> Vec<Case> {
    let (worker, key, pool) = (worker_id(0), worker_account(0), Population::pool(0));
    let operator = owner(pool);
    let endpoint = BoundedVec::truncate_from(b"https://elsewhere.example.net:8443".to_vec());
    let next_round = || Rewards::on_round(3, [3; 32]);
    let stopped = {
        let operator = operator.clone();
        move || ignore(done(&operator, RewardsCall::stop { worker }))
    };
    // None has answered until then.
    let late = || System::set_block_number(ANSWER_BLOCKS + 1);
    let units = u64::from(ANSWER_BLOCKS) * 1_000;
    vec![
        case("workers: heartbeat", nothing, key.clone(), WorkersCall::heartbeat { nonce: [1; 32] }),
        case("workers: set_opt_in", nothing, operator.clone(), WorkersCall::set_opt_in { worker, opt_in: false }),
        case("workers: set_endpoint", nothing, operator.clone(), WorkersCall::set_endpoint { worker, endpoint }),
        case("workers: retire", nothing, operator.clone(), WorkersCall::retire { worker }),
        case("pools: assign", nothing, operator.clone(), PoolsCall::assign { pool, worker, amount: PHA }),
        case("rewards: answer", nothing, key.clone(), RewardsCall::answer { round: 2 }),
        case("rewards: report_absence", late, delegator_account(0), RewardsCall::report_absence { worker, round: 2 }),
        case("rewards: measure", nothing, operator.clone(), RewardsCall::measure { worker }),
        case("rewards: measured", next_round, key, RewardsCall::measured { round: 3, units }),
        case("rewards: refresh", nothing, delegator_account(0), RewardsCall::refresh { worker }),
        case("rewards: stop", nothing, operator.clone(), RewardsCall::stop { worker }),
        case("rewards: start", stopped, operator, RewardsCall::start { worker }),
        case("slashing: report_absence", absent, delegator_account(1), SlashingCall::report_absence { worker }),
    ]
}

/// The first worker was away for long enough to be slashed.
fn absent() {
    adyton_pallet_rewards::Absences::<Runtime>::insert(worker_id(0), Away { since: 1, until: None });
    System::set_block_number(100);
}

/// Calls of delegators and pools' owners.
fn of_delegators() -> Vec<Case> {
    let (account, pool, other) = (delegator_account(1), Population::pool(1), Population::pool(2));
    let earned = || ignore(done(&worker_account(1), RewardsCall::answer { round: 2 }));
    let create = PoolsCall::create {
        vault: false,
        commission: Perbill::zero(),
        maximum: Perbill::zero(),
        cap: None,
        restricted: false,
        description: BoundedVec::new(),
    };
    let holder = Holder::Account(account.clone());
    let commission = Perbill::from_percent(5);
    let (amount, compounding) = (10 * PHA, true);
    vec![
        case("pools: create", nothing, account.clone(), create),
        case("pools: join, a first time", nothing, account.clone(), PoolsCall::join { pool: other, amount }),
        case("pools: join, again", nothing, account.clone(), PoolsCall::join { pool, amount }),
        case("pools: leave", nothing, account.clone(), PoolsCall::leave { pool, amount: None }),
        case("pools: leave with a part", nothing, account.clone(), PoolsCall::leave { pool, amount: Some(amount) }),
        case("pools: claim", earned, account.clone(), PoolsCall::claim { pool }),
        case("pools: compound", earned, account.clone(), PoolsCall::compound { pool }),
        case("pools: set_compounding", nothing, account.clone(), PoolsCall::set_compounding { pool, compounding }),
        case("pools: settle", nothing, account.clone(), PoolsCall::settle { pool, holder }),
        case("pools: set_commission", nothing, owner(pool), PoolsCall::set_commission { pool, commission }),
        case("slashing: commit_extraction", nothing, account, SlashingCall::commit_extraction { hash: [1; 32] }),
    ]
}

/// Calls of contracts' owners, and of those who hold and fund them.
fn of_contracts(population: &Population) -> Vec<Case> {
    let size = population.size();
    let held = population.claims();
    let claim = |(holder, claims): &(u32, Vec<_>), most: usize| {
        let claims = Claims::truncate_from(claims.iter().take(most).copied().collect());
        (worker_account(*holder), UsageCall::claim { anchors: 0, claims })
    };
    let ((single, one), (several, four)) = (claim(&held[0], 1), claim(&held[size.contracts as usize / 2], 4));
    let (first, holder) = (contract(0), worker_account(0));
    let opening = Opening { contract: first, lease: 1, head: StateHead::genesis(&first) };
    let open = || ContractsCall::open { openings: BoundedVec::truncate_from(vec![opening]) };
    let head = StateHead { sequence: 1, hash: Digest([1; 32]) };
    let anchors = BoundedVec::truncate_from(vec![Anchor { contract: first, lease: 1, incarnation: 1, head }]);
    let anchor = ContractsCall::anchor { anchors, receipts: Digest([1; 32]) };
    let released = BoundedVec::truncate_from(vec![first]);
    let opened = {
        let (holder, open) = (holder.clone(), open());
        move || ignore(done(&holder, open.clone()))
    };
    // One more than there are.
    let new = size.contracts;
    let deployed = move || ignore(done(&owner(1), deployment(new)));
    let vacant = ContractsCall::claim_lease { contract: contract(new) };
    let (terms, amount) = (Some(terms(2_000)), PHA);
    vec![
        case("contracts: deploy", nothing, owner(1), deployment(new)),
        case("contracts: claim_lease", deployed, worker_account(1), vacant),
        case(
            "contracts: release_leases, one",
            nothing,
            holder.clone(),
            ContractsCall::release_leases { contracts: released },
        ),
        case("contracts: open, one", nothing, holder.clone(), open()),
        case("contracts: anchor, one", opened, holder, anchor),
        case("usage: fund", nothing, delegator_account(2), UsageCall::fund { contract: first, amount }),
        case("usage: set_terms", nothing, owner(1), UsageCall::set_terms { contract: first, terms }),
        case("usage: set_ask", nothing, owner(1), UsageCall::set_ask { worker: worker_id(0), price: 100 }),
        case("usage: claim, one contract", nothing, single, one),
        case("usage: claim, four contracts", nothing, several, four),
        case("usage: fill_purse", nothing, delegator_account(2), UsageCall::fill_purse { amount }),
    ]
}

/// What happens by itself.
fn of_blocks() -> Vec<Case> {
    // Eight delegators have left and four workers have stopped, and all their time is over.
    let due = || {
        System::set_block_number(NOW);
        for number in 0..8 {
            let pool = Population::pool(number);
            done(&delegator_account(number), PoolsCall::leave { pool, amount: None });
        }
        for number in 0..4 {
            done(&owner(Population::pool(number)), RewardsCall::stop { worker: worker_id(number) });
        }
        System::set_block_number(NOW + 100);
    };
    // What was reported is applied in the block that begins.
    let reported = || {
        absent();
        done(&delegator_account(1), SlashingCall::report_absence { worker: worker_id(0) });
        System::set_block_number(200);
    };
    let round = || {
        Rewards::on_round(3, [3; 32]);
        Rewards::on_round_weight()
    };
    let at_ten = || System::set_block_number(NOW);
    vec![
        Case { name: "a block's hooks", prepare: Box::new(at_ten), act: Box::new(block) },
        Case { name: "the same, 8 leave and 4 cool down", prepare: Box::new(due), act: Box::new(block) },
        Case { name: "the same, a slash is applied", prepare: Box::new(reported), act: Box::new(block) },
        Case { name: "a round of the beacon", prepare: Box::new(at_ten), act: Box::new(round) },
    ]
}

/// The hooks of the next block, with its time, and without its state's root, which nothing in memory needs.
fn block() -> Weight {
    let number = System::block_number() + 1;
    let now = START + u64::from(number) * SLOT;
    let slot = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, (now / SLOT).encode());
    let digest = HeaderDigest { logs: vec![slot] };
    Executive::initialize_block(&Header::new(
        number,
        Default::default(),
        Default::default(),
        Default::default(),
        digest,
    ));
    let set = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
    let outcome = set.dispatch(RuntimeOrigin::none());
    assert!(outcome.is_ok(), "the time is taken: {outcome:?}");
    let used = System::block_weight().total();
    let room = RuntimeBlockWeights::get().max_block.saturating_sub(used);
    let idle = <AllPalletsWithSystem as OnIdle<BlockNumber>>::on_idle(number, room);
    <AllPalletsWithSystem as OnFinalize<BlockNumber>>::on_finalize(number);
    used.saturating_add(idle)
}
