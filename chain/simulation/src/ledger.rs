//! What has happened, added up; and the check, each day, that no PHA came from nowhere or went nowhere.

use adyton_pallet_pools::Event as PoolsEvent;
use adyton_pallet_rewards::Event as RewardsEvent;
use adyton_pallet_slashing::{Event as SlashingEvent, types::Kind as OffenceKind};
use adyton_protocol::ids::WorkerId;

use crate::{
    Error,
    chain::{self, Chain, Holder, RuntimeEvent},
    plan::DAY,
    world::{CLASSES, Operator, Standing, World, pha},
};

/// Between how many days all accounts are added up.
const AUDIT: u32 = 30;

/// Sums over the whole time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub calls: u64,
    pub refused: u64,
    /// Burnt because of slashes and roundings.
    pub burnt: u128,
    /// Issued to reporters.
    pub reporters: u128,
    pub joined: u128,
    pub left: u128,
    pub paid: u128,
    /// Answers, also those by which somebody only came back.
    pub answers: u64,
    pub challenges: u64,
    /// Answers to rounds that did not challenge the worker, by which it came back.
    pub returns: u64,
    pub measurements: u64,
    pub absences: u64,
    pub offences: u64,
    pub extractions: u64,
    pub starts: u64,
    pub stops: u64,
    pub retired: u64,
    pub waits: u64,
    /// What of [`Tally::challenges`] was for the attacker's second pool: in all, while its machine was away, and met
    /// by a stop.
    pub attacker: (u64, u64, u64),
    /// Offences of the attacker's workers.
    pub attacker_offences: u64,
}

/// What a day ended with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    pub price: f64,
    pub issuance: f64,
    pub to_workers: f64,
    pub to_treasury: f64,
    pub burnt: f64,
    pub reporters: f64,
    pub owners: f64,
    pub delegated: f64,
    pub attacker: f64,
    pub leaving: f64,
    pub capacity: f64,
    pub running: f64,
    /// The part of all stake that is frozen.
    pub frozen: f64,
    /// What the pools of each class have earned so far, the attacker's at the end.
    pub credited: [f64; CLASSES.len() + 1],
    /// Their stake.
    pub stake: [f64; CLASSES.len() + 1],
}

impl World {
    /// Notes what has happened.
    pub fn take_note(&mut self, event: RuntimeEvent) {
        match event {
            RuntimeEvent::Pools(event) => self.note_pools(event),
            RuntimeEvent::Rewards(event) => self.note_rewards(event),
            RuntimeEvent::Slashing(event) => self.note_slashing(event),
            _ => {}
        }
    }

    fn note_pools(&mut self, event: PoolsEvent<Chain>) {
        let now = chain::now();
        match event {
            PoolsEvent::Joined { amount, .. } => self.tally.joined += amount,
            PoolsEvent::Leaving { amount, .. } => self.tally.left += amount,
            PoolsEvent::Paid { amount, .. } => self.tally.paid += amount,
            PoolsEvent::Waits { .. } => self.tally.waits += 1,
            PoolsEvent::Settled { holder: Holder::Account(_), amount, .. } => self.tally.burnt += amount,
            PoolsEvent::Assigned { worker, stake, .. } => self.workers[chain::number_of(&worker)].stake = stake,
            PoolsEvent::Unassigned { worker, .. } => {
                let worker = &mut self.workers[chain::number_of(&worker)];
                worker.stake = 0;
                // One that was never started lost its stake to somebody who waits.
                if worker.standing == Standing::Opening {
                    worker.standing = Standing::Stopped;
                }
            }
            PoolsEvent::Slashed { pool, own, shared } => self.pools[pool as usize - 1].slashed += own + shared,
            PoolsEvent::Frozen { pool, .. } => {
                let freezes = &mut self.pools[pool as usize - 1].freezes;
                if freezes.0 == 0 {
                    freezes.1 = now;
                }
                freezes.0 += 1;
            }
            PoolsEvent::Thawed { pool, .. } => {
                let freezes = &mut self.pools[pool as usize - 1].freezes;
                freezes.0 = freezes.0.saturating_sub(1);
                if freezes.0 == 0 {
                    freezes.2 += u64::from(now.saturating_sub(freezes.1));
                }
            }
            _ => {}
        }
    }

    fn note_rewards(&mut self, event: RewardsEvent<Chain>) {
        match event {
            RewardsEvent::Answered { worker, credited, .. } => {
                self.tally.answers += 1;
                let worker = &mut self.workers[chain::number_of(&worker)];
                worker.missed = false;
                self.pools[worker.pool].credited += credited;
            }
            RewardsEvent::Measured { .. } => self.tally.measurements += 1,
            RewardsEvent::Started { worker, .. } => {
                self.tally.starts += 1;
                self.workers[chain::number_of(&worker)].standing = Standing::Running;
            }
            RewardsEvent::Stopped { worker } => {
                self.tally.stops += 1;
                let worker = &mut self.workers[chain::number_of(&worker)];
                worker.missed = false;
                if worker.standing == Standing::Running {
                    worker.standing = Standing::Stopped;
                }
            }
            RewardsEvent::Away { worker, .. } => {
                self.tally.absences += 1;
                // Also one that is started while it owes an answer.
                self.workers[chain::number_of(&worker)].missed = true;
                self.away.entry(chain::number_of(&worker)).or_default().ended = false;
            }
            RewardsEvent::Returned { worker, .. } => {
                self.away.entry(chain::number_of(&worker)).or_default().ended = true;
            }
            _ => {}
        }
    }

    fn note_slashing(&mut self, event: SlashingEvent<Chain>) {
        match event {
            SlashingEvent::Reported { worker, kind, .. } => {
                self.tally.offences += 1;
                if kind == OffenceKind::KeyExtracted {
                    self.tally.extractions += 1;
                }
                if self.is_attackers(&worker) {
                    self.tally.attacker_offences += 1;
                }
            }
            SlashingEvent::Applied { reward, .. } => self.tally.reporters += reward,
            _ => {}
        }
    }

    fn is_attackers(&self, worker: &WorkerId) -> bool {
        self.pools[self.workers[chain::number_of(worker)].pool].operator != Operator::Honest
    }

    /// The day ends.
    pub fn close_day(&mut self) -> Result<(), Error> {
        self.hear();
        let day = self.day();
        self.check(day.is_multiple_of(AUDIT) || day + 1 == self.plan.days)?;
        let today = self.today();
        self.market.yearly = self.yearly(&today);
        self.market.income = self.income(&today);
        self.days.push(today);
        Ok(())
    }

    /// What there is, is what there was and was issued and not burnt, to the last unit. An audit adds up all accounts.
    pub fn check(&self, audit: bool) -> Result<(), Error> {
        let (totals, pools) = (chain::totals(), chain::pool_totals());
        let day = self.day();
        let require = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(Error::Broken { day, what }) };
        let issued = totals.credited + totals.to_treasury + self.tally.reporters;
        let expected = (self.genesis + issued).checked_sub(self.tally.burnt);
        require(
            expected == Some(chain::issuance()),
            "the issuance is not the genesis and what was issued without what was burnt",
        )?;
        require(pools.rewarded == totals.credited, "pools have earned something else than workers were credited with")?;
        let due = totals.credited + totals.to_treasury + totals.treasury_due;
        require(due <= totals.budgeted, "more was issued than the budget")?;
        require(self.tally.burnt + self.unsettled() >= pools.slashed, "what slashes took is neither burnt nor held")?;
        require(!audit || chain::sum_of_accounts() == chain::issuance(), "the accounts are not the issuance")
    }

    /// What slashes took and is still held.
    fn unsettled(&self) -> u128 {
        let books = self.pools.iter().map(|pool| chain::pool(pool.id).books);
        books
            .map(|books| {
                let classes = [books.own.active, books.own.leaving, books.shared.active, books.shared.leaving];
                classes.iter().map(|class| class.unsettled).sum::<u128>()
            })
            .sum()
    }

    fn today(&mut self) -> Day {
        let (totals, now) = (chain::totals(), chain::now());
        let mut day = Day {
            price: self.market.price(),
            issuance: pha(chain::issuance()),
            to_workers: pha(totals.credited),
            to_treasury: pha(totals.to_treasury),
            burnt: pha(self.tally.burnt),
            reporters: pha(self.tally.reporters),
            capacity: totals.capacity as f64,
            running: f64::from(totals.running),
            ..Day::default()
        };
        let mut frozen = 0.0;
        for index in 0..self.pools.len() {
            let there = chain::pool(self.pools[index].id);
            self.pools[index].own.set(there.books.own.active.value, now);
            let pool = &mut self.pools[index];
            let (own, others) = (pha(there.books.own.active.value), pha(there.books.shared.active.value));
            let stake = own + others;
            pool.stake_days += stake;
            day.leaving += pha(there.books.total() - there.books.active());
            let place = if pool.operator == Operator::Honest {
                day.owners += own;
                day.delegated += others;
                pool.class
            } else {
                day.attacker += stake;
                CLASSES.len()
            };
            day.credited[place] += pha(pool.credited);
            day.stake[place] += stake;
            frozen += pha(there.frozen);
        }
        day.frozen = frozen / (day.owners + day.delegated + day.attacker).max(1.0);
        day
    }

    /// What a PHA at stake would earn in a year as on this day.
    fn yearly(&self, today: &Day) -> f64 {
        let before = self.days.last().map_or(0.0, |day| day.to_workers);
        (today.to_workers - before) * 365.0 / (today.owners + today.delegated + today.attacker).max(1.0)
    }

    /// What a unit of capacity has earned today, in PHA.
    fn income(&self, today: &Day) -> f64 {
        let before = self.days.last().map_or(0.0, |day| day.to_workers);
        (today.to_workers - before) / today.capacity.max(1.0)
    }

    /// For how many days something of a pool was frozen so far.
    pub fn frozen_days(&self, pool: usize) -> f64 {
        let (lasting, since, before) = self.pools[pool].freezes;
        let present = if lasting > 0 { chain::now().saturating_sub(since) } else { 0 };
        (before as f64 + f64::from(present)) / f64::from(DAY)
    }
}
