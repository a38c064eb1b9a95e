//! Random sequences of all calls, beside a simple model of who has what.

use std::collections::BTreeMap;

use adyton_pallet_traits::Leases as _;
use adyton_protocol::voucher::Voucher;

use super::{vouchers::Funder, *};

/// A source of numbers that look random, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Who has what: accounts by number, contracts, and what nobody has any more.
#[derive(Default)]
struct Model {
    accounts: BTreeMap<u8, u128>,
    contracts: BTreeMap<ContractId, u128>,
    /// What the funder of vouchers has, and what is in its purse.
    funder: u128,
    purse: u128,
    burnt: u128,
    claims: u32,
    calls: u64,
    vouchers: u32,
    leases: u64,
}

impl Model {
    /// Of the chain after [`Funder::new`].
    fn new() -> Self {
        let accounts = (1..=4).map(|who| (who, MONEY)).chain([(POOL, LEAST), (TREASURY, LEAST)]).collect();
        let mut model = Self { accounts, funder: 1_000_000 - 10_000 - LEAST, purse: 10_000, ..Self::default() };
        model.take(1, 1_000_000);
        model
    }

    fn add(&mut self, who: u8, amount: u128) {
        *self.accounts.entry(who).or_default() += amount;
    }

    fn take(&mut self, who: u8, amount: u128) {
        let has = self.accounts.get_mut(&who).expect("is there");
        *has = has.checked_sub(amount).expect("has it");
    }

    /// So much was due to a worker for which the account `earner` is paid.
    fn paid(&mut self, contract: ContractId, due: u128, royalty: Option<(u8, u128)>, earner: u8) {
        let has = self.contracts.entry(contract).or_default();
        let paid = due.min(*has);
        *has -= paid;
        let (up, settings) = (|share: u128| (paid * share).div_ceil(1_000_000), Settings::<Test>::get());
        let burnt = up(settings.burn.into());
        let treasury = up(settings.treasury.into()).min(paid - burnt);
        let left = paid - burnt - treasury;
        let developer = royalty.map_or(0, |(_, share)| (paid * share / 1_000_000).min(left));
        self.burnt += burnt;
        self.add(TREASURY, treasury);
        if let Some((to, _)) = royalty {
            self.add(to, developer);
        }
        self.add(earner, left - developer);
        self.claims += 1;
    }

    /// Compares with the chain.
    fn check(&self, funder: &Funder) {
        for (who, amount) in &self.accounts {
            assert_eq!(has(*who), *amount, "account {who}");
        }
        for (contract, amount) in &self.contracts {
            assert_eq!(balance(*contract), *amount);
        }
        assert_eq!((Balances::free_balance(funder.id()), funder.purse().0), (self.funder, self.purse));
        assert_eq!(pot(), self.contracts.values().sum::<u128>() + self.purse + LEAST);
        assert_eq!(Executions::<Test>::get(), self.calls);
        let all: u128 = self.accounts.values().sum::<u128>() + self.funder + pot();
        assert_eq!(Balances::total_issuance(), all, "nobody else has anything");
        assert_eq!(4 * MONEY + 2 * LEAST, all + self.burnt, "what there was is there or burnt");
    }
}

/// The royalty that is paid at this block for a claim of a worker that asks so much: to whom, and how much.
fn royalty(contract: ContractId, ask: u128) -> Option<(u8, u128)> {
    let (account, now) = (Accounts::<Test>::get(contract)?, System::block_number());
    let since = Known::living_lease(&contract)?.since;
    let ended =
        account.ended(now, Settings::<Test>::get().window).filter(|(terms, end)| since < *end && ask <= terms.price);
    let terms = ended.map(|(terms, _)| terms).or(account.terms_at(now))?;
    let royalty = terms.royalty.as_ref()?;
    Some((royalty.to.0[0], royalty.share.into()))
}

fn terms(numbers: &mut Numbers) -> Option<Terms> {
    if numbers.below(6) == 0 {
        return None;
    }
    let to = AccountId([numbers.one_of(&[1, 2, 3, 4]); 32]);
    let royalty = (numbers.below(2) == 0).then(|| Royalty { to, share: numbers.below(500_001) as u32 });
    Some(Terms { price: numbers.below(200).into(), units: numbers.below(3_000), royalty, caller: None })
}

/// One step with the funder's purse.
fn voucher_step(numbers: &mut Numbers, model: &mut Model, funder: &Funder) {
    let amount = u128::from(numbers.below(8_000));
    let first = funder.purse().1;
    match numbers.below(8) {
        0 | 1 => {
            if Usage::fill_purse(funder.origin(), amount).is_ok() {
                model.funder -= amount;
                model.purse += amount;
            }
        }
        2 => {
            if Usage::empty_purse(funder.origin(), amount).is_ok() {
                model.purse -= amount;
                model.funder += amount;
            }
        }
        3 => {
            assert_ok!(Usage::revoke(funder.origin(), first + numbers.below(3)));
        }
        _redeemed => {
            let (by, contract) = (numbers.one_of(&[1, 2, 3, 4]), numbers.one_of(&CONTRACTS));
            let caller = (numbers.below(3) == 0).then(|| AccountId([numbers.one_of(&[1, 2]); 32]));
            let expiry = System::block_number() + numbers.below(3) as u32;
            let voucher = Voucher { contract, caller, amount, expiry, number: first + numbers.below(5) };
            if Usage::redeem(signed(by), funder.sign(voucher)).is_ok() {
                assert_noop!(Usage::redeem(signed(by), funder.sign(voucher)), Error::<Test>::VoucherUsed);
                model.purse -= amount;
                *model.contracts.entry(contract).or_default() += amount;
                model.vouchers += 1;
            }
        }
    }
}

/// One step: whatever comes of it, the model follows where the chain took it.
fn step(numbers: &mut Numbers, model: &mut Model, funder: &Funder) {
    let (number, contract) = numbers.one_of(&[(1, CONTRACTS[0]), (2, CONTRACTS[1])]);
    let (worker, operator, earner) = numbers.one_of(&[(5, 3, POOL), (6, 4, 4)]);
    match numbers.below(13) {
        0 => {
            let (who, amount) = (numbers.one_of(&[1, 2, 3, 4]), u128::from(numbers.below(60_000)));
            if Usage::fund(signed(who), contract, amount).is_ok() {
                model.take(who, amount);
                *model.contracts.entry(contract).or_default() += amount;
            }
        }
        1 => {
            let amount = u128::from(numbers.below(40_000));
            if Usage::take_back(signed(number), contract, amount).is_ok() {
                model.add(number, amount);
                *model.contracts.entry(contract).or_default() -= amount;
            }
        }
        2 => {
            let _refused = Usage::set_terms(signed(number), contract, terms(numbers));
        }
        3 => {
            let _refused = Usage::set_ask(signed(operator), WorkerId([worker; 32]), numbers.below(150).into());
        }
        4 => {
            model.leases += 1;
            lease(contract, worker, model.leases);
        }
        5 | 6 => pass(numbers.below(12) as u32),
        7 | 8 => voucher_step(numbers, model, funder),
        9 => {
            let burn = numbers.one_of(&[50_000, 60_000, 90_000]);
            assert_ok!(Usage::set_parameters(RuntimeOrigin::root(), GasParameters { burn, ..parameters() }));
        }
        _claim => {
            let lease = Known::living_lease(&contract).map_or(0, |lease| lease.number);
            let after = Accounts::<Test>::get(contract).map_or(0, |account| account.settled_at);
            let used = numbers.below(4_000);
            let last = numbers.below(16) == 0;
            let claim = Claim { contract, lease, after, calls: 2, metered: units(used), last };
            let ask = Asks::<Test>::get(WorkerId([worker; 32])).map_or(0, |ask| *ask.at(System::block_number()));
            let royalty = royalty(contract, ask);
            let taken = Usage::claim(signed(worker), 0, Claims::truncate_from(vec![claim]));
            if taken.is_ok() {
                model.paid(contract, u128::from(used) * ask, royalty, earner);
                model.calls += 2;
            }
        }
    }
}

#[test]
fn whatever_is_called_in_whatever_order_nothing_is_made_or_lost_but_what_is_burnt() {
    let (mut claims, mut vouchers) = (0, 0);
    for seed in 1..=8 {
        run(|| {
            let funder = Funder::new();
            let (mut numbers, mut model) = (Numbers(seed), Model::new());
            for _ in 0..800 {
                step(&mut numbers, &mut model, &funder);
                Usage::do_try_state().expect("the invariants hold");
                model.check(&funder);
            }
            claims += model.claims;
            vouchers += model.vouchers;
        });
    }
    assert!(claims > 20, "something was claimed: {claims}");
    assert!(vouchers > 20, "something was paid by vouchers: {vouchers}");
}
