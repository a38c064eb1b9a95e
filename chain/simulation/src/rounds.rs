//! A round of the beacon, and what follows from it: measurements, answers, and reports of those who did not answer.

use std::collections::BTreeMap;

use adyton_protocol::{challenge::Round, extraction, ids::AccountId};
use polkadot_sdk::sp_core::Pair;

use crate::{
    Error,
    chain::{self, Holder, Kind, NETWORK, PoolsCall, RewardsCall, SlashingCall},
    plan::{DAY, WATCHED},
    random::Random,
    world::{Extracted, Noticed, Operator, REPORTERS, Standing, World},
};

/// How many blocks after a round honest workers answer and are done with a measurement.
const PROMPT: u32 = 40;
/// How many blocks after a round the attacker stops workers that cannot answer.
const DODGED: u32 = 100;
/// How many blocks after a round people do what they do in its time: when nobody can answer it any more.
const AFTER: u32 = 300;

impl World {
    /// One round, with all that happens up to the next one.
    pub fn round(&mut self, number: u64) -> Result<(), Error> {
        let block = number as u32 * self.plan.spacing();
        chain::go_to(block);
        let value = Random::new(self.plan.seed ^ number, 2).bytes();
        let round = chain::come(number, value);
        chain::go_to(block + PROMPT);
        self.measure(&round);
        let missing = self.answer(&round);
        chain::go_to(block + DODGED);
        let missing = self.dodge(missing);
        chain::go_to(round.answer_until);
        let missing = self.answer_late(&round, missing);
        for number in &missing {
            self.workers[*number].missed = true;
        }
        chain::go_to(round.answer_until + 1);
        self.show_absences(&round, &missing);
        chain::go_to(block + AFTER);
        self.report_absences();
        self.reveal();
        self.start_workers();
        let slot = (number - 1) as u32 % self.plan.rounds_per_day();
        if slot == 0 {
            self.new_day();
        }
        self.delegate(slot);
        self.hear();
        if slot + 1 == self.plan.rounds_per_day() { self.close_day() } else { Ok(()) }
    }

    /// All machines that this round has measured do the workload, if they are there.
    fn measure(&mut self, round: &Round) {
        let blocks = f64::from(round.measure_until - round.block);
        for number in 0..self.workers.len() {
            let worker = &self.workers[number];
            let takes_part = match worker.standing {
                Standing::Running => round.measures(&worker.machine, None),
                Standing::Opening | Standing::Stopped => worker.ordered,
                Standing::Planned | Standing::Gone => false,
            };
            if !takes_part || !self.is_there(number) {
                continue;
            }
            // A little is lost where calls want the processor too.
            let done = self.workers[number].capacity as f64 * blocks * self.random.between(0.95, 1.0);
            self.workers[number].ordered = false;
            let key = self.workers[number].key.clone();
            self.call(key, RewardsCall::measured { round: round.number, units: done as u64 });
        }
    }

    /// Who is challenged and there answers. Gives the others. Who has missed an earlier challenge and is there again
    /// comes back by this round, whomever it challenges.
    fn answer(&mut self, round: &Round) -> Vec<usize> {
        let mut missing = Vec::new();
        for number in 0..self.workers.len() {
            let worker = &self.workers[number];
            if worker.standing != Standing::Running {
                continue;
            }
            if !round.challenges(&worker.id) {
                if worker.missed && self.is_there(number) && self.answer_with(round, number) {
                    self.tally.returns += 1;
                }
                continue;
            }
            self.tally.challenges += 1;
            let attackers = self.pools[self.workers[number].pool].operator == Operator::AttackerAway;
            let there = self.is_there(number);
            if attackers {
                self.tally.attacker.0 += 1;
                self.tally.attacker.1 += u64::from(!there);
            }
            if !there || !self.answer_with(round, number) {
                missing.push(number);
            }
        }
        self.hear();
        missing
    }

    fn answer_with(&mut self, round: &Round, number: usize) -> bool {
        let key = self.workers[number].key.clone();
        self.call(key, RewardsCall::answer { round: round.number })
    }

    /// The attacker stops the workers of its second pool that cannot answer, and starts them again, so that nobody shows
    /// that they missed it. They owe the answer all the same. Gives the others that did not answer.
    fn dodge(&mut self, missing: Vec<usize>) -> Vec<usize> {
        let mut left = Vec::new();
        for number in missing {
            let pool = &self.pools[self.workers[number].pool];
            let (owner, worker) = (pool.owner.clone(), self.workers[number].id);
            let dodges = pool.operator == Operator::AttackerAway;
            if dodges && self.call(owner.clone(), RewardsCall::stop { worker }) {
                self.tally.attacker.2 += 1;
                self.hear();
                if !self.call(owner, RewardsCall::start { worker }) {
                    self.workers[number].standing = Standing::Opening;
                    self.opening.push(number);
                }
            } else {
                left.push(number);
            }
        }
        self.hear();
        left
    }

    /// Who has come back in time still answers. Gives the others.
    fn answer_late(&mut self, round: &Round, missing: Vec<usize>) -> Vec<usize> {
        missing.into_iter().filter(|number| !self.is_there(*number) || !self.answer_with(round, *number)).collect()
    }

    /// Reporters show who has not answered.
    fn show_absences(&mut self, round: &Round, missing: &[usize]) {
        for number in missing {
            if self.random.chance(WATCHED) {
                let worker = self.workers[*number].id;
                let reporter = self.reporter();
                self.call(reporter, RewardsCall::report_absence { worker, round: round.number });
            }
        }
        self.hear();
    }

    fn reporter(&mut self) -> polkadot_sdk::sp_runtime::AccountId32 {
        chain::account(Kind::Reporter, self.random.below(REPORTERS))
    }

    /// Absences cost something past the grace: reporters report them once a day, and when they are over.
    fn report_absences(&mut self) {
        let now = chain::now();
        let mut left = BTreeMap::new();
        for (number, noticed) in std::mem::take(&mut self.away) {
            let due = noticed.ended || now.saturating_sub(noticed.reported) >= DAY;
            if due {
                let worker = self.workers[number].id;
                let reporter = self.reporter();
                self.call(reporter, SlashingCall::report_absence { worker });
            }
            if !noticed.ended {
                left.insert(number, if due { Noticed { reported: now, ended: false } } else { noticed });
            }
        }
        // What was heard meanwhile is newer.
        for (number, noticed) in left {
            self.away.entry(number).or_insert(noticed);
        }
    }

    /// Somebody has got the key of an honest operator's machine, and commits to it.
    pub fn extract(&mut self) {
        let running = |number: &usize| {
            let worker = &self.workers[*number];
            worker.standing == Standing::Running && self.pools[worker.pool].operator == Operator::Honest
        };
        let candidates: Vec<usize> = (0..self.workers.len()).filter(running).collect();
        let Some(worker) = candidates.get(self.random.below(candidates.len())).copied() else { return };
        let pair = chain::key_pair(worker);
        let (key, reporter) = (adyton_protocol::ids::SigningKey(pair.public().0), chain::account(Kind::Reporter, 0));
        let account = AccountId(reporter.clone().into());
        let signature = pair.sign(&extraction::message(&NETWORK, &key, &account)).0;
        let salt = self.random.bytes();
        let hash = extraction::commitment(&NETWORK, &key, &account, &signature, &salt);
        if self.call(reporter, SlashingCall::commit_extraction { hash }) {
            self.extracted = Some(Extracted { worker, signature, salt });
        }
    }

    /// What was committed to is shown: the machine is denied, and its worker runs no more.
    fn reveal(&mut self) {
        let Some(Extracted { worker, signature, salt }) = self.extracted.take() else { return };
        let key = adyton_protocol::ids::SigningKey(chain::key_pair(worker).public().0);
        let reporter = chain::account(Kind::Reporter, 0);
        if self.call(reporter, SlashingCall::reveal_extraction { key, signature, salt }) {
            let owner = self.pools[self.workers[worker].pool].owner.clone();
            self.call(owner, RewardsCall::stop { worker: self.workers[worker].id });
            self.hear();
            self.workers[worker].standing = Standing::Gone;
        }
    }

    /// Burns what slashes have taken from everybody, and pays everybody what they have earned.
    pub fn settle_all(&mut self) {
        for index in 0..self.pools.len() {
            let (id, owner) = (self.pools[index].id, self.pools[index].owner.clone());
            self.call(owner.clone(), PoolsCall::settle { pool: id, holder: Holder::Account(owner.clone()) });
            self.call(owner, PoolsCall::claim { pool: id });
        }
        for index in 0..self.delegators.len() {
            let account = chain::account(Kind::Delegator, index);
            let delegator = &self.delegators[index];
            let (joined, last) = (delegator.pool, delegator.last);
            for pool in joined.into_iter().chain(last) {
                let id = self.pools[pool].id;
                let holder = Holder::Account(account.clone());
                self.call(account.clone(), PoolsCall::settle { pool: id, holder });
                self.call(account.clone(), PoolsCall::claim { pool: id });
            }
            self.note_stake(index);
        }
        self.hear();
    }
}
