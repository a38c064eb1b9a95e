//! Random sequences of all calls, beside a model that keeps what each account has bonded, lets leave and has lost.

use std::collections::BTreeMap;

use super::*;

const ALL: core::ops::RangeInclusive<u8> = 1..=5;

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

    fn amount(&mut self, bound: u64) -> u128 {
        self.below(bound).into()
    }
}

/// One account.
#[derive(Default)]
struct Account {
    active: u128,
    /// By the session from which on it may be withdrawn.
    leaving: BTreeMap<u32, u128>,
    lost: u128,
}

impl Account {
    fn total(&self) -> u128 {
        self.active + self.leaving.values().sum::<u128>()
    }

    /// Loses what is active first, and what would leave last.
    fn lose(&mut self, amount: u128) {
        let parts = core::iter::once(&mut self.active).chain(self.leaving.values_mut().rev());
        let mut missing = amount;
        for part in parts {
            let taken = missing.min(*part);
            *part -= taken;
            missing -= taken;
        }
        self.lost += amount - missing;
    }
}

#[derive(Default)]
struct Model {
    accounts: BTreeMap<u8, Account>,
    /// Slashes that were announced, by number: whose, and how much.
    pending: BTreeMap<u32, (u8, u128)>,
    withdrawn: u128,
}

impl Model {
    /// Of the chain at the beginning of a test.
    fn new() -> Self {
        let account = |active| Account { active, ..Account::default() };
        let accounts = ALL.zip([400, 300, 200, 100, 0].map(account)).collect();
        Self { accounts, ..Self::default() }
    }

    fn account(&mut self, number: u8) -> &mut Account {
        self.accounts.get_mut(&number).expect("it is one of five")
    }

    /// What was announced and is gone has happened; what is new was announced.
    fn follow(&mut self) {
        let over: Vec<_> =
            self.pending.keys().filter(|number| !Pending::<Test>::contains_key(**number)).copied().collect();
        for number in over {
            let (who, amount) = self.pending.remove(&number).expect("it was there");
            self.account(who).lose(amount);
        }
        for (number, slash) in Pending::<Test>::iter() {
            let who = AsRef::<[u8; 32]>::as_ref(&slash.who)[0];
            if self.pending.insert(number, (who, slash.amount)).is_none() {
                assert!((1..=self.account(who).total()).contains(&slash.amount), "a part of what is bonded");
            }
        }
    }

    fn check(&self) {
        for (number, of) in &self.accounts {
            let bond = Bonds::<Test>::get(account(*number)).unwrap_or_default();
            let leaving: Vec<_> = bond.leaving.iter().map(|part| (part.free_in, part.amount)).collect();
            let expected: Vec<_> =
                of.leaving.iter().map(|(at, part)| (*at, *part)).filter(|(_, part)| *part > 0).collect();
            assert_eq!((bond.active, leaving), (of.active, expected), "account {number}");
            assert_eq!(Balances::free_balance(account(*number)), MONEY - of.lost - of.total(), "account {number}");
        }
        let lost: u128 = self.accounts.values().map(|account| account.lost).sum();
        assert_eq!(Balances::total_issuance(), MONEY * 5 - lost, "what was there is there or burnt");
    }
}

fn set(random: &mut Random) {
    let one_of = |random: &mut Random, of: [u32; 2]| of[random.below(2) as usize];
    let session = one_of(random, [5, 12]);
    let (validators, unbonding, appeal) = (one_of(random, [3, 5]), one_of(random, [4, 6]), one_of(random, [5, 10]));
    let parameters = Parameters { session, validators, unbonding, appeal, ..SETTINGS };
    assert_ok!(Validators::set_parameters(RuntimeOrigin::root(), parameters));
}

/// One step: whatever comes of it, the model follows where the chain took it.
fn step(random: &mut Random, model: &mut Model) {
    let (who, session) = (1 + random.below(5) as u8, Turned::current());
    match random.below(14) {
        0 | 1 => {
            let amount = random.amount(600);
            if Validators::bond(signed(who), amount).is_ok() {
                model.account(who).active += amount;
            }
        }
        2 | 3 => {
            let (amount, free_in) = (random.amount(300), session + Settings::<Test>::get().unbonding);
            if Validators::unbond(signed(who), amount).is_ok() {
                let account = model.account(who);
                account.active -= amount;
                *account.leaving.entry(free_in).or_default() += amount;
            }
        }
        4 => {
            if Validators::withdraw(signed(who)).is_ok() {
                let before = model.account(who).total();
                model.account(who).leaving.retain(|free_in, _| *free_in > session);
                model.withdrawn += before - model.account(who).total();
            }
        }
        5 | 6 => {
            let _refused = Validators::validate(signed(who));
        }
        7 => {
            let _refused = Validators::chill(signed(who));
        }
        8 => {
            let slot = <Turned as Get<u64>>::get().saturating_sub(random.below(12));
            let _refused = report(two_blocks(who, slot), session.saturating_sub(random.below(2) as u32));
        }
        9 => {
            let number = random.below(u64::from(Slashes::<Test>::get().next) + 1) as u32;
            if Validators::cancel_slash(RuntimeOrigin::root(), number).is_ok() {
                assert!(model.pending.remove(&number).is_some(), "it was announced");
            }
        }
        10 => set(random),
        _blocks => {
            for _ in 0..random.below(5) {
                go_to(System::block_number() + 1);
                model.follow();
            }
        }
    }
    model.follow();
}

#[test]
fn whatever_is_called_in_whatever_order_bonds_are_those_of_a_model_and_what_is_slashed_is_burnt() {
    let (mut lost, mut withdrawn) = (0, 0);
    for seed in 1..=8 {
        run(|| {
            let (mut random, mut model) = (Random(seed), Model::new());
            for _ in 0..400 {
                step(&mut random, &mut model);
                Validators::do_try_state().unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
                model.check();
            }
            lost += model.accounts.values().map(|account| account.lost).sum::<u128>();
            withdrawn += model.withdrawn;
        });
    }
    assert!(lost > 0 && withdrawn > 0, "something was slashed, and something withdrawn: {lost}, {withdrawn}");
}
