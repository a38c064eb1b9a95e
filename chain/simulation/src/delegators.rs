//! What delegators do: join a pool, leave it, take what it has earned.

use crate::{
    chain::{self, Kind, PoolsCall},
    plan::PHA,
    world::{Habit, Operator, World, pha},
};

/// What is too little to join with.
const LITTLE: u128 = 5 * PHA;

impl World {
    /// How readily each pool is joined: large ones, and those that take little. Nobody can join one whose
    /// members may lose something.
    pub fn weigh_pools(&mut self) {
        let mut sum = 0.0;
        self.chances.clear();
        for pool in &self.pools {
            let there = chain::pool(pool.id);
            if pool.operator == Operator::Honest && there.exposed(there.frozen) == 0 {
                let share = 1.0 - f64::from(pool.commission) / 100.0;
                sum += (1_000.0 + pha(there.books.active())).powf(0.8) * share * share;
            }
            self.chances.push(sum);
        }
    }

    /// The delegators whose turn it is do what they do on this day.
    pub fn delegate(&mut self, slot: u32) {
        let (greed, fear) = (self.market.greed(), self.market.fear());
        let step = self.plan.rounds_per_day() as usize;
        for index in (slot as usize..self.delegators.len()).step_by(step) {
            let delegator = &self.delegators[index];
            match delegator.pool {
                None if self.day() < delegator.enters => {}
                None => {
                    let first = delegator.last.is_none();
                    let readiness = match delegator.habit {
                        _ if first => 0.1,
                        Habit::Churning => 0.04,
                        Habit::Early | Habit::Late | Habit::Compounding => 0.005,
                    };
                    if self.random.chance(readiness * greed) {
                        self.join(index);
                    }
                }
                Some(pool) => self.stay_or_leave(index, pool, fear),
            }
        }
    }

    /// A delegator joins some pool with most of what it has.
    pub fn join(&mut self, index: usize) {
        let account = chain::account(Kind::Delegator, index);
        let part = self.random.between(0.5, 0.95);
        let amount = (chain::purse(&account) as f64 * part) as u128;
        let all = self.chances.last().copied().unwrap_or(0.0);
        if amount < LITTLE || all <= 0.0 {
            return;
        }
        let draw = self.random.unit() * all;
        let pool = self.chances.partition_point(|sum| *sum <= draw).min(self.pools.len() - 1);
        if self.call(account, PoolsCall::join { pool: self.pools[pool].id, amount }) {
            self.delegators[index].pool = Some(pool);
            self.note_stake(index);
        }
    }

    fn stay_or_leave(&mut self, index: usize, pool: usize, fear: f64) {
        let (account, id) = (chain::account(Kind::Delegator, index), self.pools[pool].id);
        let habit = self.delegators[index].habit;
        let leaving = match habit {
            Habit::Early | Habit::Late => 0.000_6,
            Habit::Churning => 0.03,
            Habit::Compounding => 0.000_3,
        };
        if self.random.chance(leaving * fear) {
            let half = chain::held(id, &account) / 2;
            // Some leave with a part only.
            if habit != Habit::Churning && half > LITTLE && self.random.chance(0.25) {
                self.call(account, PoolsCall::leave { pool: id, amount: Some(half) });
            } else if self.call(account.clone(), PoolsCall::leave { pool: id, amount: None }) {
                self.call(account, PoolsCall::claim { pool: id });
                let delegator = &mut self.delegators[index];
                (delegator.pool, delegator.last) = (None, Some(pool));
            }
            self.note_stake(index);
            return;
        }
        let call = match habit {
            Habit::Compounding if self.random.chance(1.0 / 30.0) => PoolsCall::compound { pool: id },
            Habit::Compounding => return,
            Habit::Early | Habit::Late | Habit::Churning if self.random.chance(1.0 / 60.0) => {
                PoolsCall::claim { pool: id }
            }
            Habit::Early | Habit::Late | Habit::Churning => return,
        };
        self.call(account, call);
        self.note_stake(index);
    }

    /// Notes what a delegator has at stake from now on.
    pub fn note_stake(&mut self, index: usize) {
        let delegator = &self.delegators[index];
        let id = delegator.pool.map(|pool| self.pools[pool].id);
        let stake = id.map_or(0, |id| chain::held(id, &chain::account(Kind::Delegator, index)));
        self.delegators[index].holding.set(stake, chain::now());
    }
}
