//! Everybody who is there, and what the simulation keeps of them beside the chain.

use std::collections::BTreeMap;

use adyton_pallet_traits::PoolId;
use adyton_protocol::ids::{Digest, WorkerId};
use polkadot_sdk::sp_runtime::AccountId32;

use crate::{
    chain::{self, Kind, PoolsCall, Registry, RuntimeCall},
    ledger::{Day, Tally},
    market::Market,
    plan::{DODGE, FAILURES, PHA, Plan, UPTIME},
    random::Random,
};

/// After so many calls what has happened is looked through.
const BATCH: u32 = 64;
/// How many reporters there are.
pub(crate) const REPORTERS: usize = 5;

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is to come, or has gone until it pays again.
    Planned,
    /// Stake stands behind it, and it waits for its measurement and start.
    Opening,
    /// It runs.
    Running,
    /// It was stopped, and is to run again.
    Stopped,
    /// It has gone for good.
    Gone,
}

/// A worker.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub id: WorkerId,
    /// The account of its key.
    pub key: AccountId32,
    /// What stands for its machine.
    pub machine: Digest,
    /// The simulation's number of its pool.
    pub pool: usize,
    /// What it can do, in units of work a block.
    pub capacity: u64,
    /// What it costs a day, in dollars.
    pub cost: f64,
    pub standing: Standing,
    /// From this day on it is to run.
    pub enters: u32,
    /// What stands behind it.
    pub stake: u128,
    /// Its machine fails at this block, and is back at that one.
    pub fails: (u32, u32),
    /// Somebody asked for a measurement of its machine, in the round that comes next.
    pub ordered: bool,
    /// It has missed a challenge, whether or not somebody has shown that, and has not answered or been stopped since.
    pub missed: bool,
}

/// Whose a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// An operator's like others.
    Honest,
    /// The attacker's, whose machines are there like others'.
    AttackerPresent,
    /// The attacker's, whose machines are there half of the time; who is challenged while it is not is stopped at once,
    /// and started again.
    AttackerAway,
}

/// A pool.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    /// Its number on the chain.
    pub id: PoolId,
    pub owner: AccountId32,
    pub operator: Operator,
    /// Its workers' numbers, to come ones too.
    pub workers: Vec<usize>,
    /// See [`CLASSES`].
    pub class: usize,
    /// The owner's part of rewards.
    pub commission: u32,
    /// The owner's own stake.
    pub own: Holding,
    /// What its workers were credited with.
    pub credited: u128,
    /// What it was slashed by.
    pub slashed: u128,
    /// Freezes that last, since when, and for how many blocks it was frozen before.
    pub freezes: (u32, u32, u64),
    /// What its machines have cost, in PHA of their days.
    pub cost: f64,
    /// All of its stake, for each day.
    pub stake_days: f64,
}

/// Pools by the number of their workers: the least number of each class.
pub(crate) const CLASSES: [(usize, &str); 4] =
    [(1, "1 to 4 workers"), (5, "5 to 19"), (20, "20 to 99"), (100, "100 and more")];

/// What somebody has at stake over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    /// What was theirs before all, and what they bought.
    pub endowed: u128,
    stake: u128,
    since: u32,
    stake_days: f64,
}

impl Holding {
    /// With so much.
    pub fn new(endowed: u128) -> Self {
        Self { endowed, ..Self::default() }
    }

    /// From now on it is another stake.
    pub fn set(&mut self, stake: u128, now: u32) {
        self.stake_days += pha(self.stake) * f64::from(now.saturating_sub(self.since)) / f64::from(crate::plan::DAY);
        (self.stake, self.since) = (stake, now);
    }

    /// PHA at stake, by the days that they were.
    pub fn stake_days(&self) -> f64 {
        self.stake_days
    }
}

/// How a delegator behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Joins at the beginning and stays.
    Early,
    /// Joins later and stays.
    Late,
    /// Comes and goes.
    Churning,
    /// Joins at the beginning, and with its rewards each month.
    Compounding,
}

/// All habits, by name, and the part of delegators that has each.
pub(crate) const HABITS: [(Habit, &str, f64); 4] = [
    (Habit::Early, "early", 0.35),
    (Habit::Late, "late", 0.25),
    (Habit::Churning, "churning", 0.2),
    (Habit::Compounding, "compounding", 0.2),
];

/// A delegator.
#[derive(Clone, Debug)]
pub(crate) struct Delegator {
    pub habit: Habit,
    /// From this day on it joins.
    pub enters: u32,
    /// Where it has joined: a pool's number in the simulation.
    pub pool: Option<usize>,
    /// Where it had joined last.
    pub last: Option<usize>,
    pub holding: Holding,
}

/// An absence that reporters know of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noticed {
    /// The block of the last report.
    pub reported: u32,
    /// Whether it is over.
    pub ended: bool,
}

/// A key that somebody has, and has committed to show.
#[derive(Clone, Debug)]
pub(crate) struct Extracted {
    pub worker: usize,
    pub signature: [u8; 64],
    pub salt: [u8; 32],
}

/// The whole simulation.
pub(crate) struct World {
    pub plan: Plan,
    pub random: Random,
    pub market: Market,
    pub workers: Vec<Worker>,
    pub pools: Vec<Pool>,
    pub delegators: Vec<Delegator>,
    /// The chances by which delegators choose pools, added up.
    pub chances: Vec<f64>,
    /// Workers that wait for their start.
    pub opening: Vec<usize>,
    /// Absences, by worker.
    pub away: BTreeMap<usize, Noticed>,
    pub extracted: Option<Extracted>,
    pub tally: Tally,
    pub days: Vec<Day>,
    /// What there was before all.
    pub genesis: u128,
    unheard: u32,
}

/// In PHA.
pub(crate) fn pha(amount: u128) -> f64 {
    amount as f64 / PHA as f64
}

/// So many PHA in units.
pub(crate) fn units(amount: f64) -> u128 {
    (amount.max(0.0) * PHA as f64) as u128
}

impl World {
    /// Everybody is there, with their PHA, before the first block.
    pub fn new(plan: Plan) -> Self {
        let random = Random::new(plan.seed, 1);
        let mut world = Self {
            random,
            market: Market::new(),
            workers: Vec::new(),
            pools: Vec::new(),
            delegators: Vec::new(),
            chances: Vec::new(),
            opening: Vec::new(),
            away: BTreeMap::new(),
            extracted: None,
            tally: Tally::default(),
            days: Vec::new(),
            genesis: 0,
            unheard: 0,
            plan,
        };
        for (index, size) in world.sizes().into_iter().enumerate() {
            world.add_pool(index, size);
        }
        for index in 0..world.plan.delegators {
            world.add_delegator(index);
        }
        for index in 0..REPORTERS {
            chain::endow(&chain::account(Kind::Reporter, index), 1_000 * PHA);
        }
        // Most PHA takes no part; the attacker buys of it.
        let others = chain::issuance();
        chain::endow(&chain::account(Kind::Elsewhere, 0), others.saturating_mul(3) / 2);
        world.genesis = chain::issuance();
        world
    }

    /// How many workers each pool has: the attacker's two together a third of all, the others' as their rank says.
    fn sizes(&self) -> Vec<usize> {
        let attacker = self.plan.workers / 6;
        let pools = self.plan.pools - 2;
        let weights: Vec<f64> = (1..=pools).map(|rank| 1.0 / rank as f64).collect();
        let sum: f64 = weights.iter().sum();
        let spare = (self.plan.workers - 2 * attacker).saturating_sub(pools);
        let mut sizes: Vec<usize> = weights.iter().map(|weight| 1 + (spare as f64 * weight / sum) as usize).collect();
        let left = (self.plan.workers - 2 * attacker).saturating_sub(sizes.iter().sum());
        // Less than one for each pool was lost by rounding.
        for size in sizes.iter_mut().take(left) {
            *size += 1;
        }
        sizes.extend([attacker, attacker]);
        sizes
    }

    fn add_pool(&mut self, index: usize, size: usize) {
        let operator = match self.plan.pools - index {
            1 => Operator::AttackerAway,
            2 => Operator::AttackerPresent,
            _ => Operator::Honest,
        };
        let owner = chain::account(Kind::Owner, index);
        let numbers = self.workers.len()..self.workers.len() + size;
        let mut least = 0.0;
        for _ in 0..size {
            let worker = self.new_worker(index, operator, &owner);
            least += 50.0 * (worker.capacity as f64).sqrt();
            self.workers.push(worker);
        }
        let endowed = units(1_000.0 + least * self.random.between(0.3, 1.2));
        chain::endow(&owner, endowed);
        let class = CLASSES.iter().rposition(|(from, _)| size >= *from).unwrap_or(0);
        self.pools.push(Pool {
            id: index as PoolId + 1,
            owner,
            operator,
            workers: numbers.collect(),
            class,
            commission: if operator == Operator::Honest { 5 + self.random.below(16) as u32 } else { 0 },
            own: Holding::new(endowed),
            credited: 0,
            slashed: 0,
            freezes: (0, 0, 0),
            cost: 0.0,
            stake_days: 0.0,
        });
    }

    fn new_worker(&mut self, pool: usize, operator: Operator, owner: &AccountId32) -> Worker {
        let number = self.workers.len();
        let capacity = (7.2 + 0.7 * self.random.normal()).exp().clamp(200.0, 60_000.0);
        // Four fifths are there from the beginning on; the others come in the first half.
        let enters = if operator != Operator::Honest || self.random.chance(0.8) {
            0
        } else {
            1 + self.random.below(self.plan.days as usize / 2 + 1) as u32
        };
        let tier = match self.random.below(20) {
            0..14 => 0,
            14..17 => 1,
            17..19 => 3,
            _ => 4,
        };
        let (fixed, each) = crate::plan::MACHINE_COST;
        let key = Registry::register(owner, tier);
        let mut worker = Worker {
            id: chain::worker_id(number),
            key,
            machine: Registry::machine(number),
            pool,
            capacity: capacity as u64,
            cost: (fixed + each * capacity) * self.random.between(0.6, 1.5),
            standing: Standing::Planned,
            enters,
            stake: 0,
            fails: (0, 0),
            ordered: false,
            missed: false,
        };
        self.next_failure(&mut worker, operator, 1_000);
        worker
    }

    /// When the worker's machine fails the next time after `from`, and for how long.
    fn next_failure(&mut self, worker: &mut Worker, operator: Operator, from: u32) {
        let (up, down) = match operator {
            Operator::AttackerAway => (DODGE, DODGE),
            Operator::Honest | Operator::AttackerPresent => {
                let mut draw = self.random.unit();
                let mut mean = FAILURES[0].1;
                for (share, length) in FAILURES {
                    mean = length;
                    if draw < share {
                        break;
                    }
                    draw -= share;
                }
                (UPTIME, mean)
            }
        };
        let fails = from.saturating_add(1 + self.random.waiting(up) as u32);
        worker.fails = (fails, fails.saturating_add(1 + self.random.waiting(down) as u32));
    }

    /// Whether the worker's machine is there now.
    pub fn is_there(&mut self, number: usize) -> bool {
        let now = chain::now();
        while self.workers[number].fails.1 <= now {
            let (from, operator) = (self.workers[number].fails.1, self.pools[self.workers[number].pool].operator);
            let mut worker = self.workers[number].clone();
            self.next_failure(&mut worker, operator, from);
            self.workers[number].fails = worker.fails;
        }
        now < self.workers[number].fails.0
    }

    fn add_delegator(&mut self, index: usize) {
        let mut draw = self.random.unit();
        let mut habit = Habit::Early;
        for (one, _, share) in HABITS {
            habit = one;
            if draw < share {
                break;
            }
            draw -= share;
        }
        let enters = match habit {
            Habit::Early | Habit::Compounding => 0,
            Habit::Late | Habit::Churning => 1 + self.random.below(self.plan.days as usize / 2 + 1) as u32,
        };
        let endowed = units((7.0 + 1.5 * self.random.normal()).exp().clamp(20.0, 2_000_000.0));
        chain::endow(&chain::account(Kind::Delegator, index), endowed);
        self.delegators.push(Delegator { habit, enters, pool: None, last: None, holding: Holding::new(endowed) });
    }

    /// The number of the day that it is, from 0.
    pub fn day(&self) -> u32 {
        self.days.len() as u32
    }

    /// Somebody calls, and it is counted whether that was done.
    pub fn call(&mut self, who: AccountId32, call: impl Into<RuntimeCall>) -> bool {
        let done = chain::dispatch(who, call.into());
        let counter = if done { &mut self.tally.calls } else { &mut self.tally.refused };
        *counter += 1;
        self.unheard += 1;
        if self.unheard >= BATCH {
            self.hear();
        }
        done
    }

    /// Looks through what has happened.
    pub fn hear(&mut self) {
        self.unheard = 0;
        for event in chain::events() {
            self.take_note(event);
        }
    }

    /// Pools are there, their owners and the first delegators have joined, and the attacker has as much as it keeps.
    pub fn begin(&mut self) {
        chain::go_to(1);
        for index in 0..self.pools.len() {
            let Pool { owner, commission, operator, .. } = self.pools[index].clone();
            let rate = polkadot_sdk::sp_runtime::Perbill::from_percent(commission);
            let maximum = polkadot_sdk::sp_runtime::Perbill::from_percent(30);
            let (cap, restricted) = (None, operator != Operator::Honest);
            let description = Default::default();
            let call = PoolsCall::create { vault: false, commission: rate, maximum, cap, restricted, description };
            self.call(owner.clone(), call);
            self.join_own(index, chain::purse(&owner) / 10 * 7);
        }
        self.weigh_pools();
        for index in 0..self.delegators.len() {
            if self.delegators[index].enters == 0 {
                self.join(index);
            }
        }
        self.hear();
        self.keep_share();
    }
}
