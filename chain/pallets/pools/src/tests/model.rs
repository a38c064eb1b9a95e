//! Random sequences of calls, beside a model that does the same without shares: it keeps a number for each member's
//! stake and recomputes all of them whenever something happens, with 64 binary digits after the point.

use std::collections::BTreeMap;

use polkadot_sdk::sp_runtime::{
    Rounding, helpers_128bit::multiply_by_rational_with_rounding as ratio, traits::Dispatchable,
};

use super::*;

const ONE: u128 = 1 << 64;
const MEMBERS: [u8; 6] = [1, 2, 3, 4, 5, 6];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u128) -> u128 {
        u128::from(self.next()) % bound.max(1)
    }

    fn member(&mut self) -> u8 {
        MEMBERS[self.below(MEMBERS.len() as u128) as usize]
    }
}

fn part(value: u128, of: u128, all: u128) -> u128 {
    ratio(value, of, all, Rounding::NearestPrefDown).unwrap_or_default()
}

/// One pool of account 1's, all numbers times 2^64.
#[derive(Default)]
struct Model {
    active: BTreeMap<u8, u128>,
    leaving: BTreeMap<u64, (u8, u128)>,
    rewards: BTreeMap<u8, u128>,
    /// What offences come to that are open.
    frozen: Vec<u128>,
    /// What was given for them by those who left.
    given: u128,
    /// What members can spend, beside what they had at first: positive and negative.
    paid: BTreeMap<u8, u128>,
    spent: BTreeMap<u8, u128>,
}

impl Model {
    fn join(&mut self, who: u8, amount: u128) {
        *self.active.entry(who).or_default() += amount * ONE;
        *self.spent.entry(who).or_default() += amount * ONE;
    }

    fn leave(&mut self, who: u8, amount: Option<u128>, chunk: Option<u64>) {
        let active = self.active.entry(who).or_default();
        let leaves = amount.map_or(*active, |amount| (amount * ONE).min(*active));
        *active -= leaves;
        if let Some(chunk) = chunk {
            self.leaving.insert(chunk, (who, leaves));
        }
    }

    /// Chunks that the chain has no longer were paid.
    fn pay(&mut self) {
        let gone = self.leaving.keys().copied().filter(|chunk| !Chunks::<Test>::contains_key(chunk));
        for chunk in gone.collect::<Vec<_>>() {
            let (who, value) = self.leaving[&chunk];
            let held_back = self.held_back(who, value);
            self.leaving.remove(&chunk);
            self.given += held_back;
            *self.paid.entry(who).or_default() += value - held_back;
        }
    }

    /// What of the stakes that are the owner's, or are not, there is.
    fn total(&self, own: bool) -> u128 {
        let active = self.active.iter().map(|(who, value)| (*who, *value));
        active.chain(self.leaving.values().copied()).filter(|(who, _)| (*who == 1) == own).map(|(_, value)| value).sum()
    }

    /// What of `value` is left behind by who leaves with it now.
    fn held_back(&self, who: u8, value: u128) -> u128 {
        let frozen = self.frozen.iter().sum::<u128>() * ONE;
        let (own, others) = (self.total(true), self.total(false));
        if who == 1 {
            return value.saturating_sub(own.saturating_sub(frozen));
        }
        let exposed = frozen.saturating_sub(own).saturating_sub(self.given).min(others);
        part(value, exposed, others).min(value)
    }

    /// One of the open offences is over, and was not applied.
    fn thaw(&mut self, amount: u128) {
        let place = self.frozen.iter().position(|one| *one == amount).expect("it is open");
        self.frozen.swap_remove(place);
        self.given = self.given.min(self.frozen.iter().sum::<u128>() * ONE);
    }

    fn reward(&mut self, amount: u128) {
        let all = self.active.values().sum::<u128>();
        let commission = TENTH.mul_floor(amount);
        *self.rewards.entry(1).or_default() += commission * ONE;
        for (who, active) in &self.active {
            *self.rewards.entry(*who).or_default() += part((amount - commission) * ONE, *active, all);
        }
    }

    fn claim(&mut self, who: u8, amount: u128) {
        let reward = self.rewards.entry(who).or_default();
        *reward = reward.saturating_sub(amount * ONE);
        *self.paid.entry(who).or_default() += amount * ONE;
    }

    fn slash(&mut self, amount: u128) {
        let mut left = amount * ONE;
        let active = self.active.entry(1).or_default();
        let own = left.min(*active);
        *active -= own;
        left -= own;
        left -= Self::take(self.leaving.values_mut().filter(|(who, _)| *who == 1).map(|(_, value)| value), left);
        let given = left.min(self.given);
        self.given -= given;
        left -= given;
        let leaving = self.leaving.values_mut().filter(|(who, _)| *who != 1).map(|(_, value)| value);
        let active = self.active.iter_mut().filter(|(who, _)| **who != 1).map(|(_, value)| value);
        Self::take(active.chain(leaving), left);
        self.thaw(amount);
    }

    /// Takes from all in proportion.
    fn take<'a>(from: impl Iterator<Item = &'a mut u128>, amount: u128) -> u128 {
        let from = from.collect::<Vec<_>>();
        let all = from.iter().map(|value| **value).sum::<u128>();
        let amount = amount.min(all);
        for value in from {
            *value -= part(amount, *value, all).min(*value);
        }
        amount
    }

    /// The chain says the same, but for `slack` units.
    fn compare(&self, id: u32, slack: u128) {
        let near = |what: &str, who: u8, chain: u128, model: Option<&u128>| {
            let model = model.copied().unwrap_or_default() / ONE;
            assert!(chain.abs_diff(model) <= slack, "{what} of {who}: {chain}, and should be {model}");
        };
        let pool = pool(id);
        near("given", 0, pool.given, Some(&self.given));
        assert_eq!(pool.frozen, self.frozen.iter().sum::<u128>());
        for who in MEMBERS {
            let (position, side) = (position(id, who), pool.side(&holder(who)));
            near("stake", who, side.active.worth(position.active.shares), self.active.get(&who));
            let leaving = self.leaving.values().filter(|(holder, _)| *holder == who).map(|(_, value)| value).sum();
            near("leaving", who, side.leaving.worth(position.leaving.shares), Some(&leaving));
            let fees = if who == 1 { pool.fees } else { 0 };
            let earned = side.earned(position.active.shares, position.index);
            near("reward", who, position.reward + earned + fees, self.rewards.get(&who));
            let model = MONEY * ONE + self.paid.get(&who).copied().unwrap_or_default();
            let model = model - self.spent.get(&who).copied().unwrap_or_default();
            let deposit = if who == 1 { PARAMETERS.deposit } else { 0 };
            near("money", who, free(who) + deposit, Some(&model));
        }
    }
}

fn dispatch(number: u8, call: Call<Test>) -> bool {
    RuntimeCall::Pools(call).dispatch(signed(number)).is_ok()
}

/// What is on the books of all pools and not burnt yet.
fn unsettled() -> u128 {
    crate::Pools::<Test>::iter_values()
        .map(|Pool { books, .. }| {
            let sides = [books.own, books.shared];
            sides.iter().map(|side| side.active.unsettled + side.leaving.unsettled).sum::<u128>()
        })
        .sum()
}

/// PHA is what there was at first and what was issued, without what slashes took, but for so much rounding.
fn conserved(genesis: u128, rounding: u128) {
    let Totals { rewarded, slashed, .. } = PoolTotals::<Test>::get();
    let burnt = genesis + rewarded - Balances::total_issuance();
    let accounted = burnt + unsettled();
    assert!(accounted.abs_diff(slashed) <= rounding, "{accounted} are gone or will be, of {slashed} slashed");
}

/// One random step in the chain and in the model.
fn step(random: &mut Random, model: &mut Model, id: u32) {
    let who = random.member();
    match random.below(20) {
        0..4 => {
            let amount = MINIMUM + random.below(5_000_000);
            if dispatch(who, Call::join { pool: id, amount }) {
                model.join(who, amount);
            }
        }
        4..8 => {
            let worth = pool(id).side(&holder(who)).active.worth(position(id, who).active.shares);
            let amount = (random.below(3) > 0).then(|| MINIMUM + random.below(worth));
            let chunk = DueChunks::<Test>::get().next;
            if dispatch(who, Call::leave { pool: id, amount }) {
                model.leave(who, amount, Chunks::<Test>::contains_key(chunk).then_some(chunk));
            }
        }
        8..10 => {
            let before = free(who);
            if dispatch(who, Call::claim { pool: id }) {
                model.claim(who, free(who) - before);
            }
        }
        10 => {
            let before = held(who);
            let lost = unsettled();
            if dispatch(who, Call::compound { pool: id }) {
                // What a slash took in between was burnt at the same time.
                let amount = held(who) + (lost - unsettled()) - before;
                model.claim(who, amount);
                model.join(who, amount);
            }
        }
        11 => {
            dispatch(9, Call::settle { pool: id, holder: holder(who) });
        }
        12..15 => {
            let amount = 1 + random.below(100_000);
            if reward(amount) > 0 {
                model.reward(amount);
            }
        }
        15 if model.frozen.len() < 2 => {
            let amount = random.below(pool(id).books.total() / 10).min(Pools::unfrozen(id));
            Pools::freeze(id, amount).expect("there is as much");
            model.frozen.push(amount);
        }
        16 => {
            let _ = dispatch(1, Call::assign { pool: id, worker: worker(1), amount: random.below(1_000_000) })
                && Pools::bind(&worker(1)).is_ok();
        }
        17 => Pools::cool(&worker(1)),
        18 => {
            if let Some(amount) = model.frozen.first().copied() {
                if random.below(3) > 0 {
                    assert_eq!(Pools::slash(id, amount).total(), amount, "what is frozen is there");
                    model.slash(amount);
                } else {
                    Pools::thaw(id, amount);
                    model.thaw(amount);
                }
            }
        }
        _ => pass(1 + random.below(6) as u32),
    }
    model.pay();
}

#[test]
fn random_sequences_are_what_the_model_says_and_pha_is_conserved() {
    for seed in 0..12 {
        run(|| {
            let genesis = Balances::total_issuance();
            let (mut random, mut model) = (Random(seed), Model::default());
            let id = create(1, false);
            // Somebody stays, so that prices stay prices.
            join(9, id, 50_000_000);
            model.join(9, 50_000_000);
            assert_ok!(Pools::assign(signed(1), id, worker(1), 1_000));
            for operation in 1..150u128 {
                step(&mut random, &mut model, id);
                Pools::do_try_state().unwrap_or_else(|error| panic!("seed {seed}, {operation}: {error:?}"));
                model.compare(id, 4 * operation);
                conserved(genesis, 2 * operation);
            }
            finish(id);
            conserved(genesis, 1_000);
        });
    }
}

/// Everybody leaves, and gets what is theirs.
fn finish(id: u32) {
    Pools::thaw(id, u128::MAX);
    pass(3 * PARAMETERS.unbonding);
    Pools::cool(&worker(1));
    for number in MEMBERS.into_iter().chain([9]) {
        dispatch(number, Call::claim { pool: id });
        dispatch(number, Call::leave { pool: id, amount: None });
    }
    pass(3 * (PARAMETERS.unbonding + PARAMETERS.patience + PARAMETERS.cooling));
    assert_eq!((Chunks::<Test>::iter().count(), Positions::<Test>::iter().count()), (0, 0));
    let books = pool(id).books;
    assert_eq!((books.total(), unsettled(), PoolTotals::<Test>::get().held), (0, 0, 0));
}

#[test]
fn random_sequences_with_vaults_keep_what_must_hold() {
    for seed in 100..108 {
        run(|| {
            let genesis = Balances::total_issuance();
            let mut random = Random(seed);
            let (one, two, vault) = (create(1, false), create(2, false), create(3, true));
            for operation in 1..150u128 {
                vault_step(&mut random, [one, two, vault]);
                Pools::do_try_state().unwrap_or_else(|error| panic!("seed {seed}, {operation}: {error:?}"));
                // A step may touch several stakes: two pools, and what is due in six blocks.
                conserved(genesis, 50 * operation);
            }
        });
    }
}

fn vault_step(random: &mut Random, ids: [u32; 3]) {
    let [one, two, vault] = ids;
    let (who, id) = (random.member(), ids[random.below(3) as usize]);
    let target = |pool, weight: u128| Target { pool, weight: weight as u32 };
    match random.below(17) {
        0..4 => {
            dispatch(who, Call::join { pool: id, amount: MINIMUM + random.below(5_000_000) });
        }
        4..6 => {
            let amount = (random.below(2) > 0).then(|| MINIMUM + random.below(3_000_000));
            dispatch(who, Call::leave { pool: id, amount });
        }
        6 => {
            dispatch(who, Call::claim { pool: id });
        }
        7 => {
            dispatch(who, Call::compound { pool: id });
        }
        8 => {
            let targets = vec![target(one, random.below(3)), target(two, random.below(3))];
            dispatch(3, Call::split { vault, targets: Targets::truncate_from(targets) });
        }
        9 => {
            dispatch(9, Call::spread { vault });
        }
        10 => {
            dispatch(9, Call::settle { pool: one, holder: Holder::Vault(vault) });
        }
        11 => {
            let pool = if random.below(2) > 0 { one } else { two };
            let total = crate::Pools::<Test>::get(pool).map_or(0, |pool| pool.books.total());
            let amount = random.below(total / 4).min(Pools::unfrozen(pool));
            Pools::freeze(pool, amount).expect("there is as much");
            if random.below(2) > 0 {
                assert_eq!(Pools::slash(pool, amount).total(), amount, "what is frozen is there");
            }
        }
        12 => {
            dispatch(1, Call::assign { pool: one, worker: worker(1), amount: random.below(3_000_000) });
            let _ = Pools::bind(&worker(1));
        }
        13 => {
            reward(random.below(100_000));
        }
        14 => {
            let pool = if random.below(2) > 0 { one } else { two };
            let amount = Pools::frozen(pool);
            if random.below(3) > 0 {
                assert_eq!(Pools::slash(pool, amount).total(), amount, "what is frozen is there");
            } else {
                Pools::thaw(pool, amount);
            }
        }
        _ => pass(1 + random.below(6) as u32),
    }
}

#[test]
fn nobody_gains_by_joining_in_parts_or_by_the_order_within_a_block() {
    let earned = |joins: &[(u8, u128)]| {
        let mut gains = (0, 0);
        run(|| {
            let id = create(1, false);
            for (number, amount) in joins {
                join(*number, id, *amount);
            }
            assert_ok!(Pools::assign(signed(1), id, worker(1), 1_000));
            (0..10).for_each(|_| assert_eq!(reward(9_999), 9_999));
            let before = (free(2), free(3));
            assert_ok!(Pools::claim(signed(2), id));
            assert_ok!(Pools::claim(signed(3), id));
            gains = (free(2) - before.0, free(3) - before.1);
        });
        gains
    };
    let whole = earned(&[(2, 30_000), (3, 70_000)]);
    assert_eq!(earned(&[(3, 70_000), (2, 30_000)]), whole);
    assert_eq!(earned(&[(2, 10_000), (3, 70_000), (2, 10_000), (2, 10_000)]), whole);
    assert_eq!(whole, (10 * 9_000 * 3 / 10 - 1, 10 * 9_000 * 7 / 10 - 1));
}
