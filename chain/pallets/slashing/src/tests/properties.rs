//! Random sequences of everything, beside a naive record of what was charged.

use std::collections::{BTreeMap, BTreeSet};

use adyton_pallet_traits::{BootKey, Vouched};
use adyton_protocol::extraction;
use codec::Encode;
use polkadot_sdk::{sp_core::Pair, sp_io::hashing::blake2_256};

use super::*;

/// How many sequences, and how long each is.
const RUNS: (u64, u32) = (12, 250);

struct Random([u8; 32]);

impl Random {
    fn new(seed: u64) -> Self {
        Self(blake2_256(&seed.to_le_bytes()))
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = blake2_256(&self.0);
        let bytes = self.0[..8].try_into().expect("there are 32");
        u64::from_le_bytes(bytes) % bound
    }
}

/// One charge, as the test has seen it.
#[derive(Clone, Copy, Debug)]
struct Record {
    number: u64,
    worker: WorkerId,
    amount: u128,
    stake: u128,
    block: u32,
    /// The block of its end.
    ended: Option<u32>,
    cancelled: bool,
}

struct Model {
    random: Random,
    workers: Vec<TestWorker>,
    records: Vec<Record>,
    shown: BTreeSet<(u8, Vec<u8>)>,
    /// What was charged of each absence, in parts.
    absent: BTreeMap<(WorkerId, u32), u32>,
    /// When it was noted that a worker's evidence is revoked.
    noted: BTreeMap<WorkerId, u32>,
}

impl Model {
    fn new(seed: u64) -> Self {
        let workers = (1..=4_u8).map(|number| {
            let operator = number.div_ceil(2);
            TestWorker::staked(number, operator, u32::from(operator), 10_000)
        });
        Self {
            random: Random::new(seed),
            workers: workers.collect(),
            records: Vec::new(),
            shown: BTreeSet::new(),
            absent: BTreeMap::new(),
            noted: BTreeMap::new(),
        }
    }

    /// A block of the last `most`, or the present one.
    fn block(&mut self, most: u64) -> u32 {
        let back = self.random.below(most) as u32;
        System::block_number().saturating_sub(back)
    }

    fn step(&mut self) {
        let chosen = self.random.below(self.workers.len() as u64) as usize;
        let worker = self.workers[chosen].clone();
        let before = LastOffence::<Test>::get();
        match self.random.below(12) {
            0 => self.absence(&worker),
            1 => self.expiry(&worker),
            2 => self.histories(&worker),
            3 => self.extraction(&worker),
            4 => self.end(|number| Slashing::cancel(RuntimeOrigin::root(), number).is_ok(), true),
            5 => self.end(|number| Slashing::apply(signed(3), number).is_ok(), false),
            6 => {
                let stake = u128::from(self.random.below(20_000));
                facts(|facts| facts.assignments.get_mut(&worker.id).expect("it has one").stake = stake);
            }
            7 => self.revocation(&worker),
            8 => self.rollback(&worker),
            9 => {
                let reporter_share = Perbill::from_percent(self.random.below(50) as u32);
                let parameters = Parameters { reporter_share, ..PARAMETERS };
                Slashing::set_parameters(RuntimeOrigin::root(), parameters).expect("they are possible");
            }
            _ => go_to(System::block_number() + 1 + self.random.below(12) as u32),
        }
        if LastOffence::<Test>::get() > before {
            self.note();
        }
        self.check();
    }

    /// Notes the offence that was entered in this step.
    fn note(&mut self) {
        let (number, offence) = (LastOffence::<Test>::get(), newest());
        let stake = facts(|facts| facts.assignments.get(&offence.worker).map_or(0, |behind| behind.stake));
        let record = Record {
            number,
            worker: offence.worker,
            amount: offence.amount,
            stake,
            block: System::block_number(),
            ended: None,
            cancelled: false,
        };
        assert!(offence.amount <= offence.fraction.mul_floor(stake), "no more than the fraction");
        self.records.push(record);
    }

    fn once(&mut self, kind: Kind, what: Vec<u8>) {
        assert!(self.shown.insert((kind as u8, what)), "what was charged is not charged again");
    }

    fn absence(&mut self, worker: &TestWorker) {
        // The chain's record of absences only goes forward.
        let last = self.absent.keys().filter(|(id, _)| *id == worker.id).map(|(_, since)| *since).max();
        let (since, until) = (self.block(40).max(last.unwrap_or(0)), self.block(5));
        worker.absent(since, (self.random.below(2) == 0).then_some(until));
        if Slashing::report_absence(signed(2), worker.id).is_ok() {
            let sum = self.absent.entry((worker.id, since)).or_default();
            *sum += newest().fraction.deconstruct();
            assert!(*sum <= PARAMETERS.offline_limit.deconstruct(), "one absence costs no more than its limit");
            assert!(Slashing::report_absence(signed(2), worker.id).is_err(), "that was all of it");
        }
    }

    fn expiry(&mut self, worker: &TestWorker) {
        let (until, block) = (NOW + 6 * self.random.below(8) * 40, self.block(70));
        worker.change_key(|known| BootKey { present: Vouched { from: 1, until }, ..known });
        let receipt = worker.receipt(&Said { block, ..SAID });
        if Slashing::report_expired(signed(2), receipt).is_ok() {
            assert!(NOW + 6 * u64::from(block) >= until + PARAMETERS.expired_grace, "the verdict had ended");
            self.once(Kind::Expired, (worker.signing_key().0, until).encode());
        }
    }

    fn histories(&mut self, worker: &TestWorker) {
        let (incarnation, block) = (self.random.below(12), self.block(70));
        let one = Said { incarnation, block, ..SAID };
        let other = match self.random.below(3) {
            0 => Said { after: other_head(5), ..one },
            1 => Said { incarnation: incarnation + 1, before: head(3), ..one },
            _ => one,
        };
        let reported = Slashing::report_two_histories(signed(2), worker.receipt(&one), worker.receipt(&other));
        if reported.is_ok() {
            assert!(one.after != other.after || one.incarnation != other.incarnation, "there are two");
            self.once(Kind::TwoHistories, (worker.operator, incarnation).encode());
        }
    }

    fn revocation(&mut self, worker: &TestWorker) {
        // Seldom: it is never taken back.
        if self.random.below(4) == 0 {
            worker.revoke();
        }
        if Slashing::note_revoked(signed(2), worker.id).is_ok() {
            let before = self.noted.insert(worker.id, System::block_number());
            assert!(before.is_none(), "it is noted once");
        }
        let block = self.block(30);
        if Slashing::report_revoked(signed(2), worker.receipt(&Said { block, ..SAID })).is_ok() {
            let noted = self.noted.get(&worker.id);
            assert!(noted.is_some_and(|noted| block >= noted + PARAMETERS.revoked_grace), "it was noted, and long ago");
            self.once(Kind::Revoked, worker.signing_key().0.to_vec());
        }
    }

    fn rollback(&mut self, worker: &TestWorker) {
        let opening = self.random.below(8);
        history::open(head(opening), Some(worker.id));
        let (incarnation, block) = (self.random.below(3), self.block(70));
        let said = Said { incarnation, block, ..SAID };
        if Slashing::report_rollback(signed(2), worker.receipt(&said)).is_ok() {
            assert!(opening < said.after.sequence, "the state was opened before that head");
        }
    }

    fn extraction(&mut self, worker: &TestWorker) {
        // Seldom, or nothing else is left to lose.
        if self.random.below(6) > 0 {
            return;
        }
        let (key, account, salt) = (worker.signing_key(), AccountId([2; 32]), [0; 32]);
        let signature = worker.key.sign(&extraction::message(&NETWORK, &key, &account)).0;
        let hash = extraction::commitment(&NETWORK, &key, &account, &signature, &salt);
        Slashing::commit_extraction(signed(2), hash).expect("commits");
        go_to(System::block_number() + 3);
        if Slashing::reveal_extraction(signed(2), key, signature, salt).is_ok() {
            self.once(Kind::KeyExtracted, key.0.to_vec());
        } else {
            Slashing::withdraw_commitment(signed(2)).expect("takes it back");
        }
    }

    /// Has one of the offences ended, if it can be.
    fn end(&mut self, end: impl Fn(u64) -> bool, cancelled: bool) {
        if self.records.is_empty() {
            return;
        }
        let chosen = self.random.below(self.records.len() as u64) as usize;
        let record = &mut self.records[chosen];
        if end(record.number) {
            assert!(record.ended.is_none(), "what is over ends once");
            (record.ended, record.cancelled) = (Some(System::block_number()), cancelled);
        }
    }

    fn check(&mut self) {
        let now = System::block_number();
        // What went by itself since the last look.
        for record in &mut self.records {
            let is_there = Offences::<Test>::contains_key(record.number);
            assert!(!is_there || record.ended.is_none(), "what is over is gone");
            if !is_there && record.ended.is_none() {
                record.ended = Some(now);
            }
        }
        for worker in &self.workers {
            self.check_worker(worker.id);
        }
        for number in [1, 2] {
            let pending = self
                .records
                .iter()
                .filter(|record| record.ended.is_none())
                .filter_map(|record| Offences::<Test>::get(record.number).filter(|offence| offence.pool == number));
            let amounts: u128 = pending.map(|offence| offence.amount).sum();
            assert_eq!(pool(number).frozen, amounts, "what is frozen is what is pending");
        }
        Slashing::do_try_state().expect("the invariants hold");
    }

    /// Of the charges between which the stake behind the worker cannot have been another one, the sum is no more than the
    /// most that there was.
    fn check_worker(&self, worker: WorkerId) {
        let (mut sum, mut most, mut last, mut open_until) = (0, 0, 0, Some(0));
        for record in self.records.iter().filter(|record| record.worker == worker) {
            let all_over = open_until.is_some_and(|ended| ended <= record.block);
            if all_over && record.block > last + UNBONDING {
                (sum, most) = (0, 0);
            }
            (most, last) = (record.stake.max(most), record.block);
            if !record.cancelled {
                sum += record.amount;
            }
            open_until = open_until.zip(record.ended).map(|(one, other)| one.max(other));
            assert!(sum <= most, "a worker is charged with more than it had");
        }
    }
}

#[test]
fn nothing_is_charged_twice_and_no_worker_with_more_than_all_that_stands_behind_it() {
    let mut charged = 0;
    for seed in 0..RUNS.0 {
        run(|| {
            let issued = Balances::total_issuance();
            let mut model = Model::new(seed);
            for _ in 0..RUNS.1 {
                model.step();
            }
            // All that is left is applied, and then it adds up.
            for _ in 0..30 {
                go_to(System::block_number() + 1);
                model.check();
            }
            let (mut own_lost, mut rewarded, mut lost) = (0, 0, 0);
            for record in System::events() {
                if let RuntimeEvent::Slashing(Event::Applied { own, shared, reward, .. }) = record.event {
                    assert!(reward <= own, "no reporter is issued more than an owner loses");
                    (own_lost, rewarded, lost) = (own_lost + own, rewarded + reward, lost + own + shared);
                }
            }
            assert_eq!(lost, pool(1).taken + pool(2).taken);
            let charged_and_not_cancelled = model.records.iter().filter(|record| !record.cancelled);
            assert_eq!(lost, charged_and_not_cancelled.map(|record| record.amount).sum(), "what was frozen was there");
            assert!(rewarded <= own_lost);
            assert_eq!(Balances::total_issuance(), issued + rewarded);
            charged += model.records.len();
        });
    }
    assert!(charged > 100, "the sequences charge something: {charged}");
}
