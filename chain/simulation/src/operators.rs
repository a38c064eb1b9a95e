//! What operators do: put stake behind their workers, start them, stop those that fail for long or do not pay.

use polkadot_sdk::sp_runtime::AccountId32;

use crate::{
    chain::{self, PoolsCall, RewardsCall},
    plan::{ATTACKER, DAY, PHA},
    world::{Operator, Standing, World, pha, units},
};

/// In how many days an operator looks at all of the stake once.
const WEEK: u32 = 7;
/// For how many days a worker that does not pay stays away.
const PAUSE: u32 = 30;

impl World {
    /// A new day: another price; operators look after their pools.
    pub fn new_day(&mut self) {
        let day = self.day();
        if day > 0 {
            self.market.step(&mut self.random);
        }
        if day.is_multiple_of(WEEK) {
            self.keep_share();
        }
        for pool in 0..self.pools.len() {
            self.look_after(pool);
            if (pool as u32 + day).is_multiple_of(WEEK) {
                self.spread_stake(pool);
            }
        }
        let between = (self.plan.days / 6).max(3);
        if (day + 1).is_multiple_of(between) {
            self.extract();
        }
        self.hear();
        self.weigh_pools();
    }

    /// A pool's owner joins it, and says whether that was done.
    pub fn join_own(&mut self, pool: usize, amount: u128) -> bool {
        let (id, owner) = (self.pools[pool].id, self.pools[pool].owner.clone());
        self.call(owner, PoolsCall::join { pool: id, amount })
    }

    /// The attacker buys PHA and puts it at stake, so that it has its part of all.
    pub fn keep_share(&mut self) {
        let (mut attackers, mut others) = (0u128, 0u128);
        for pool in &self.pools {
            let stake = chain::pool(pool.id).books.active();
            match pool.operator {
                Operator::Honest => others += stake,
                Operator::AttackerPresent | Operator::AttackerAway => attackers += stake,
            }
        }
        let wanted = units(pha(others) * ATTACKER / (1.0 - ATTACKER));
        let each = wanted.saturating_sub(attackers) / 2;
        if each < PHA {
            return;
        }
        for pool in 0..self.pools.len() {
            if self.pools[pool].operator != Operator::Honest {
                let owner = self.pools[pool].owner.clone();
                if chain::buy(&owner, each) {
                    self.pools[pool].own.endowed += each;
                    self.join_own(pool, each);
                }
            }
        }
        self.hear();
    }

    /// Looks after the workers of a pool.
    fn look_after(&mut self, pool: usize) {
        let (day, now, price) = (self.day(), chain::now(), self.market.price());
        let honest = self.pools[pool].operator == Operator::Honest;
        let there = chain::pool(self.pools[pool].id);
        let mut free = there.books.active().saturating_sub(there.bound);
        let each = self.stake_for_each(pool, free, there.bound);
        for place in 0..self.pools[pool].workers.len() {
            let number = self.pools[pool].workers[place];
            let is_there = self.is_there(number);
            let worker = &self.workers[number];
            let income = self.market.income * worker.capacity as f64 * price;
            let pays = day == 0 || !honest || income > worker.cost;
            match worker.standing {
                Standing::Running => {
                    self.pools[pool].cost += worker.cost / price;
                    let failed = now.saturating_sub(worker.fails.0) > DAY && !is_there;
                    if honest && failed {
                        self.stop(number, Standing::Stopped);
                    } else if income < 0.8 * self.workers[number].cost && honest && self.random.chance(0.05) {
                        self.tally.retired += 1;
                        self.workers[number].enters = day + PAUSE;
                        self.stop(number, Standing::Planned);
                    } else if honest && self.random.chance(0.0003) {
                        self.tally.retired += 1;
                        self.stop(number, Standing::Gone);
                    }
                }
                Standing::Planned if day >= worker.enters && pays => self.open(number, each, &mut free),
                Standing::Stopped if is_there => self.open(number, each, &mut free),
                Standing::Planned | Standing::Stopped | Standing::Opening | Standing::Gone => {}
            }
        }
        self.hear();
    }

    fn stop(&mut self, number: usize, then: Standing) {
        let (owner, worker) = (self.pools[self.workers[number].pool].owner.clone(), self.workers[number].id);
        if self.call(owner, RewardsCall::stop { worker }) {
            // What has happened is looked through before, so that it does not undo this.
            self.hear();
            self.workers[number].standing = then;
        }
    }

    /// What a worker of the pool gets to begin with, for each unit of capacity.
    fn stake_for_each(&self, pool: usize, free: u128, bound: u128) -> f64 {
        let workers = self.pools[pool].workers.iter().map(|number| &self.workers[*number]);
        let (mut present, mut running) = (0.0, 0.0);
        for worker in workers {
            if worker.enters <= self.day() && worker.standing != Standing::Gone {
                present += worker.capacity as f64;
            }
            if worker.stake > 0 {
                running += worker.capacity as f64;
            }
        }
        if bound == 0 { pha(free) * 0.98 / f64::max(present, 1.0) } else { pha(bound) / f64::max(running, 1.0) }
    }

    /// Puts stake behind a worker and has it measured; it starts when that is over.
    fn open(&mut self, number: usize, each: f64, free: &mut u128) {
        let worker = self.workers[number].clone();
        let (id, owner) = (self.pools[worker.pool].id, self.pools[worker.pool].owner.clone());
        if !chain::is_assigned(&worker.id) {
            let capacity = worker.capacity as f64;
            let least = units(50.0 * capacity.sqrt() + 1.0);
            if *free < least {
                let amount = (least - *free).max(PHA).min(chain::purse(&owner));
                if self.join_own(worker.pool, amount) {
                    *free += amount;
                }
            }
            if *free < least {
                return;
            }
            let amount = units(each * capacity).min(units(50.0 * capacity)).max(least).min(*free);
            if !self.call(owner.clone(), PoolsCall::assign { pool: id, worker: worker.id, amount }) {
                return;
            }
            *free -= amount;
        }
        self.workers[number].ordered = self.call(owner, RewardsCall::measure { worker: worker.id });
        self.workers[number].standing = Standing::Opening;
        self.opening.push(number);
    }

    /// Starts the workers that were measured. Those that cannot start yet are measured again.
    pub fn start_workers(&mut self) {
        self.hear();
        for number in std::mem::take(&mut self.opening) {
            if self.workers[number].standing != Standing::Opening {
                continue;
            }
            let (owner, worker) = (self.pools[self.workers[number].pool].owner.clone(), self.workers[number].id);
            if !chain::is_assigned(&worker) {
                self.workers[number].standing = Standing::Stopped;
            } else if !self.call(owner.clone(), RewardsCall::start { worker }) {
                let ordered = self.call(owner, RewardsCall::measure { worker });
                self.workers[number].ordered |= ordered;
                self.opening.push(number);
            }
        }
        self.hear();
    }

    /// Puts what is free of a pool's stake behind the workers that have the least for their capacity.
    fn spread_stake(&mut self, pool: usize) {
        let there = chain::pool(self.pools[pool].id);
        let active = there.books.active();
        // A little stays free for those who leave.
        let rest = active.saturating_sub(there.bound).saturating_sub(active / 50);
        let mut running: Vec<(u128, usize)> = Vec::new();
        for number in &self.pools[pool].workers {
            let worker = &self.workers[*number];
            if worker.standing == Standing::Running {
                running.push((worker.stake / u128::from(worker.capacity.max(1)), *number));
            }
        }
        running.sort_unstable();
        let count = (running.len() / 4).max(3).min(running.len());
        if count == 0 || rest < 10 * PHA * count as u128 {
            return;
        }
        let owner: AccountId32 = self.pools[pool].owner.clone();
        for (_, number) in running.into_iter().take(count) {
            let worker = &self.workers[number];
            let room = (50 * PHA * u128::from(worker.capacity)).saturating_sub(worker.stake);
            let (id, worker, amount) = (self.pools[pool].id, worker.id, (rest / count as u128).min(room));
            if amount > 0 {
                self.call(owner.clone(), PoolsCall::assign { pool: id, worker, amount });
            }
        }
    }
}
