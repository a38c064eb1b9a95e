//! Random sequences of all calls, beside a model of what is due, of the key, and of the rounds that came.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// SplitMix64: a sequence that looks random and is the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

struct Model {
    key: Option<u64>,
    removed: BTreeSet<u64>,
    /// A round, the block at which it is due, and how many blocks later the next one is.
    schedule: (u64, u32, u32),
    refused: Option<u64>,
    /// The block in which each round came.
    came: BTreeMap<u64, u32>,
}

impl Model {
    /// Of the chain after [`ready`].
    fn new() -> Self {
        let (key, removed, came) = (Some(SECRET), BTreeSet::new(), BTreeMap::new());
        Self { key, removed, schedule: (1, LENGTH, LENGTH), refused: None, came }
    }

    fn due(&self) -> Option<u64> {
        let (first, block, length) = self.schedule;
        Some(first + u64::from(System::block_number().checked_sub(block)? / length))
    }

    fn awaits(&self, number: u64) -> bool {
        let newest = self.came.keys().next_back();
        let new = newest.is_none_or(|newest| *newest < number) && self.refused != Some(number);
        self.key.is_some() && self.due() == Some(number) && new
    }

    /// The round came, or was brought with a wrong signature.
    fn brought(&mut self, number: u64, secret: u64) {
        if self.key == Some(secret) {
            self.came.insert(number, System::block_number());
        } else {
            self.refused = Some(number);
        }
    }

    fn reschedule(&mut self, length: u32) {
        let first = self.due().map_or(self.schedule.0, |due| due + 1);
        self.schedule = (first, System::block_number() + length, length);
    }

    fn check(&self) {
        assert_eq!(Key::<Test>::get(), self.key.map(signer::commitments));
        assert_eq!(Beacon::due(), self.due());
        let newest = self.came.iter().next_back().map(|(number, block)| (*number, *block));
        assert_eq!(Beacon::latest(), newest);
        let heard: Vec<u64> = heard().into_iter().map(|(number, _)| number).collect();
        assert!(heard.iter().eq(self.came.keys()), "each round is told of once, in order: {heard:?}");
    }
}

/// One step, which is taken where the model says so and nowhere else.
fn step(random: &mut Random, model: &mut Model) {
    let secret = SECRET + random.below(8);
    match random.below(10) {
        0 => {
            let taken = model.key.is_none() && !model.removed.contains(&secret);
            assert_eq!(Beacon::publish_key(origin(1), signer::commitments(secret)).is_ok(), taken);
            if taken {
                model.key = Some(secret);
            }
        }
        1 => {
            assert_eq!(Beacon::remove_key(root()).is_ok(), model.key.is_some());
            model.removed.extend(model.key.take());
        }
        2 => {
            let length = random.below(9) as u32;
            assert_eq!(Beacon::set_round_length(root(), length).is_ok(), length > 0);
            if length > 0 {
                model.reschedule(length);
            }
        }
        3..=6 => {
            let (who, number) = (1 + random.below(8) as u8 / 7, model.due().unwrap_or(1) + random.below(4) / 3);
            let secret = if random.below(4) > 0 { model.key.unwrap_or(secret) } else { secret };
            let taken = who == 1 && model.awaits(number);
            let signature = signer::sign(secret, &beacon::message(&NETWORK, number));
            assert_eq!(Beacon::submit(origin(who), number, signature).is_ok(), taken, "{who} brings {number}");
            if taken {
                model.brought(number, secret);
            }
        }
        _blocks => System::set_block_number(System::block_number() + random.below(9) as u32),
    }
}

#[test]
fn whatever_is_called_in_whatever_order_rounds_come_when_a_model_says_so() {
    let (mut came, mut removed) = (0, 0);
    for seed in 1..=4 {
        run(|| {
            ready();
            // A keyholder without a seat.
            add(2, Role::Keyholder);
            let (mut random, mut model) = (Random(seed), Model::new());
            for _ in 0..150 {
                step(&mut random, &mut model);
                Beacon::do_try_state().unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
                model.check();
            }
            came += model.came.len();
            removed += model.removed.len();
        });
    }
    assert!(came > 10 && removed > 3, "rounds came and keys were removed: {came}, {removed}");
}
