//! Which worker the beacon challenges, which machine it has measured, and what the chain keeps of both.
//!
//! The chain's beacon gives one random value a round. From it follows, for everybody alike, which running workers have
//! to show in this round that they are there, and on which machines all workers have to do the [`workload`] at the same
//! time. `specs/rewards.md` has the whole of it; the pallet `rewards` keeps the records, a worker reads them with proofs.
//!
//! Nobody can foresee a draw, for it is a hash over the round's value. All that a round asks is fixed in its [`Round`]
//! when it comes: a later change of parameters does not touch it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
    domain::{self, Domain},
    evidence::MachineId,
    ids::{BlockNumber, Digest, WorkerId},
};

pub mod workload;

/// How many rounds the chain remembers: it keeps each under its number modulo this.
pub const ROUNDS: u64 = 512;

/// A round of the beacon, with what it asks of whom.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Round {
    /// Its number, from 1; numbers grow, and some never come.
    pub number: u64,
    /// The number of the round that came before it; 0: none did.
    pub previous: u64,
    /// The beacon's value.
    pub value: [u8; 32],
    /// The block that it came in.
    pub block: BlockNumber,
    /// A running worker is challenged if it draws below this, see [`Round::challenges`].
    pub challenged_below: u64,
    /// The last block in which an answer counts.
    pub answer_until: BlockNumber,
    /// A machine is measured if it draws below this, see [`Round::measures`].
    pub measured_below: u64,
    /// The last block in which the result of a measurement counts.
    pub measure_until: BlockNumber,
}

/// What the chain keeps of a machine's last measurement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Machine {
    /// The round of the last measurement that any of its workers answered; 0: there was none.
    pub round: u64,
    /// The round of the one before.
    pub previous: u64,
    /// The last block in which a result of the last one counts.
    pub until: BlockNumber,
    /// What its workers' results of the last one come to, together.
    pub capacity: u64,
    /// A measurement that was asked for, or the last one that was.
    pub order: Option<Order>,
}

/// An operator asked for a measurement of its worker's machine: it takes place in the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Order {
    /// The newest round when it was asked for; 0: there was none yet. It takes place in the one that comes after this.
    pub after: u64,
    /// The block in which it was asked for.
    pub block: BlockNumber,
}

/// What a worker's measurements came to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Capacity {
    /// The machine that it was on, as [`machine`] names it.
    pub machine: Digest,
    /// The round of the last measurement that it answered.
    pub round: u64,
    /// The units of work that it did in it.
    pub units: u64,
    /// The capacity that follows from them: units a block, as far as the machine's cap left room.
    pub capacity: u64,
    /// How many measurements by lot it has let pass since the last of them that it answered.
    pub missed: u8,
}

impl Round {
    /// Where the chain keeps the round of this number.
    pub const fn slot(number: u64) -> u32 {
        // Below 512, so that it fits.
        (number % ROUNDS) as u32
    }

    /// Whether `worker`, if it runs, has to answer this round.
    pub fn challenges(&self, worker: &WorkerId) -> bool {
        draw(domain::CHALLENGE, &self.value, &worker.0) < self.challenged_below
    }

    /// Whether the workers on `machine` have to do the workload in this round: by lot, or because one's operator asked.
    pub fn measures(&self, machine: &Digest, order: Option<&Order>) -> bool {
        draw(domain::MEASUREMENT, &self.value, &machine.0) < self.measured_below
            || order.is_some_and(|order| order.after == self.previous && order.block <= self.block)
    }

    /// Whether an answer in `block` is too late.
    pub const fn answer_is_late(&self, block: BlockNumber) -> bool {
        block > self.answer_until
    }

    /// Whether the result of a measurement in `block` is too late.
    pub const fn result_is_late(&self, block: BlockNumber) -> bool {
        block > self.measure_until
    }
}

impl Machine {
    /// The machine after a result of `capacity` in `round`, of which `cap` is the most for all its workers together;
    /// gives with it how much of the result counts. The first result of a round begins the sum anew: what was measured at
    /// another time does not add up with it.
    #[must_use]
    pub fn with_result(&self, round: &Round, capacity: u64, cap: u64) -> (Self, u64) {
        let begun = if self.round == round.number {
            self.clone()
        } else {
            let (previous, until) = (self.round, round.measure_until);
            Self { round: round.number, previous, until, capacity: 0, order: self.order }
        };
        let counted = capacity.min(cap.saturating_sub(begun.capacity));
        let sum = begun.capacity.saturating_add(counted);
        (Self { capacity: sum, ..begun }, counted)
    }

    /// What the `capacity` of a worker on this machine is worth in `block`: what was measured together with all others on
    /// it, the last time; while that measurement lasts, the time before counts too.
    pub fn counts(&self, capacity: &Capacity, block: BlockNumber) -> u64 {
        let last = capacity.round == self.round;
        let still = block <= self.until && capacity.round == self.previous && self.previous != 0;
        if last || still { capacity.capacity } else { 0 }
    }
}

/// What stands for a worker's machine here. A worker on a machine that nobody identifies counts as a machine by itself.
pub fn machine(machine: &MachineId, worker: &WorkerId) -> Digest {
    let alone: &[u8] = match machine {
        MachineId::None => &worker.0,
        MachineId::IntelPpid(_) | MachineId::AmdChip(_) | MachineId::Instance { .. } => &[],
    };
    Digest(domain::hash(domain::MACHINE, &[&machine.encode(), alone]))
}

/// The bound below which one in `many` draws falls. None at all for zero.
pub const fn one_in(many: u32) -> u64 {
    if many == 0 { 0 } else { u64::MAX / many as u64 }
}

/// The bound below which `some` of so `many` draws fall, on average; all, where there are no more than that.
pub const fn some_of(some: u32, many: u32) -> u64 {
    if many <= some { u64::MAX } else { one_in(many).saturating_mul(some as u64) }
}

/// The draw of a worker or machine: evenly spread over all 64-bit numbers.
fn draw(domain: Domain, value: &[u8; 32], who: &[u8; 32]) -> u64 {
    let hash = domain::hash(domain, &[value, who]);
    u64::from_le_bytes(*hash.first_chunk().expect("32 bytes have 8 first ones"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn round(number: u64) -> Round {
        Round {
            number,
            previous: number.saturating_sub(1),
            value: [number as u8; 32],
            block: 100,
            challenged_below: one_in(24),
            answer_until: 150,
            measured_below: one_in(24),
            measure_until: 120,
        }
    }

    fn capacity(round: u64, capacity: u64) -> Capacity {
        Capacity { machine: Digest([1; 32]), round, units: 0, capacity, missed: 0 }
    }

    #[test]
    fn one_in_so_many_workers_is_challenged_and_it_is_another_one_each_round() {
        let drawn = |number: u64| -> alloc::vec::Vec<u16> {
            let one = |index: &u16| {
                let mut worker = [0; 32];
                worker[..2].copy_from_slice(&index.to_le_bytes());
                round(number).challenges(&WorkerId(worker))
            };
            (0..2400).filter(one).collect()
        };
        let (first, second) = (drawn(1), drawn(2));
        // 100 on average; the draws are fixed, so that this never fails by chance.
        assert!((70..130).contains(&first.len()) && (70..130).contains(&second.len()));
        assert_ne!(first, second);
    }

    #[test]
    fn nobody_is_drawn_below_nothing_and_everybody_below_all() {
        assert_eq!((one_in(0), one_in(1), some_of(3, 3), some_of(3, 0)), (0, u64::MAX, u64::MAX, u64::MAX));
        assert_eq!((some_of(0, 5), some_of(1, 4)), (0, u64::MAX / 4));
        let nothing = Round { challenged_below: 0, measured_below: 0, ..round(1) };
        let all = Round { challenged_below: u64::MAX, measured_below: u64::MAX, ..round(1) };
        for byte in 0..100 {
            let (worker, machine) = (WorkerId([byte; 32]), Digest([byte; 32]));
            assert!(!nothing.challenges(&worker) && !nothing.measures(&machine, None));
            assert!(all.challenges(&worker) && all.measures(&machine, None));
        }
    }

    #[test]
    fn an_order_is_for_the_round_that_comes_next_and_for_no_other() {
        let none = |number| Round { measured_below: 0, previous: number - 2, ..round(number) };
        let order = Order { after: 6, block: 90 };
        let machine = Digest([1; 32]);
        assert!(none(8).measures(&machine, Some(&order)));
        assert!(!none(9).measures(&machine, Some(&order)) && !none(7).measures(&machine, Some(&order)));
        assert!(!none(8).measures(&machine, None));
        assert!(!none(8).measures(&machine, Some(&Order { block: 101, ..order })), "the round was there before it");
    }

    #[test]
    fn workers_on_one_machine_count_together_up_to_its_cap_and_only_if_measured_together() {
        let (machine, first) = Machine::default().with_result(&round(3), 60, 100);
        let (machine, second) = machine.with_result(&round(3), 60, 100);
        assert_eq!((first, second, machine.capacity, machine.round), (60, 40, 100, 3));
        // One of them answers the next measurement: the other still counts until that is over, and not after it.
        let (machine, third) = machine.with_result(&round(5), 70, 100);
        assert_eq!((third, machine.capacity, machine.round, machine.previous), (70, 70, 5, 3));
        assert_eq!((machine.counts(&capacity(5, 70), 121), machine.counts(&capacity(3, 40), 120)), (70, 40));
        assert_eq!(machine.counts(&capacity(3, 40), 121), 0);
        assert_eq!(Machine::default().counts(&capacity(1, 9), 1), 0, "another machine's");
    }

    #[test]
    fn machines_with_one_name_are_one_and_without_a_name_each_worker_is_its_own() {
        let (one, two) = (WorkerId([1; 32]), WorkerId([2; 32]));
        let named = MachineId::IntelPpid([3; 16]);
        assert_eq!(machine(&named, &one), machine(&named, &two));
        assert_ne!(machine(&MachineId::None, &one), machine(&MachineId::None, &two));
        assert_ne!(machine(&named, &one), machine(&MachineId::IntelPpid([4; 16]), &one));
    }

    #[test]
    fn answers_and_results_count_up_to_their_last_block() {
        let round = round(1);
        assert!(!round.answer_is_late(150) && round.answer_is_late(151));
        assert!(!round.result_is_late(120) && round.result_is_late(121));
    }

    #[test]
    fn the_published_challenge_vector_is_what_this_code_makes() {
        use crate::{ids::BlockHash, storage};
        let (worker, value) = (WorkerId([3; 32]), [4; 32]);
        let round = Round { value, ..round(513) };
        let named = machine(&MachineId::IntelPpid([5; 16]), &worker);
        let order = Order { after: 6, block: 7 };
        let record = Machine { round: 513, previous: 512, until: 120, capacity: 1000, order: Some(order) };
        let lane = workload::lane(&value, &worker, 2);
        let mut memory = [0; 64];
        workload::fill(&mut memory, &lane);
        let state = workload::unit(&lane, &mut memory, |input| Ok::<_, ()>(input.rotate_left(8))).expect("it runs");
        let vector = json!({
            "worker": worker,
            "value": BlockHash(value),
            "draw": draw(domain::CHALLENGE, &value, &worker.0).to_string(),
            "machine_draw": draw(domain::MEASUREMENT, &value, &named.0).to_string(),
            "one_in_24": one_in(24).to_string(),
            "machine": named,
            "machine_of_a_worker_alone": machine(&MachineId::None, &worker),
            "round": hex::encode(round.encode()),
            "machine_record": hex::encode(record.encode()),
            "capacity": hex::encode(capacity(513, 250).encode()),
            "latest_round_key": hex::encode(storage::latest_round()),
            "round_key": hex::encode(storage::round(513)),
            "machine_key": hex::encode(storage::machine(&named)),
            "capacity_key": hex::encode(storage::capacity(&worker)),
            "session_key": hex::encode(storage::session(&worker)),
            "lane": hex::encode(lane),
            "memory_first": hex::encode(memory_of(&lane)),
            "state_after_one_unit": hex::encode(state),
        });
        crate::vectors::check("challenge", vector);
    }

    /// The first word of a memory that was filled for this lane.
    fn memory_of(lane: &[u8; 32]) -> [u8; 8] {
        let mut memory = [0; 1];
        workload::fill(&mut memory, lane);
        memory[0].to_le_bytes()
    }
}
