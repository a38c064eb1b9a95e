use super::*;

const TERMS: Terms = Terms { price: 7, units: 100, royalty: None, caller: None };

fn parameters() -> Parameters {
    Parameters { period: 5, window: 20, notice: 20, ..Parameters::default() }
}

fn account(balance: u128) -> GasAccount {
    GasAccount { balance, terms: Noticed::holding(Some(TERMS)), settled_at: 100, ..GasAccount::default() }
}

/// Uses so many units, by fuel.
fn fuel(units: u64) -> Metered {
    Metered { fuel: units * 1_000_000, ..Metered::default() }
}

fn claim(calls: u32, metered: Metered) -> Claim {
    Claim { contract: ContractId([1; 32]), lease: 1, after: 100, calls, metered, last: false }
}

/// What a claim comes to at a block, for a worker that asks 5 and leased the contract at block 90.
fn charged(now: BlockNumber, claim: &Claim) -> Result<Charge, ClaimRefusal> {
    let (parameters, account, limits) = (parameters(), account(1_000), Limits::default());
    Standing { parameters: &parameters, account: &account, limits: &limits, ask: 5, since: 90, now }.charge(claim)
}

#[test]
fn the_parameters_that_hold_without_any_are_possible() {
    assert_eq!(Parameters::default().validate(), Ok(()));
}

#[test]
fn parameters_under_which_something_would_be_impossible_are_refused() {
    let factors = Factors { fuel: 0, ..Parameters::default().factors };
    for nothing in [
        Parameters { factors, ..parameters() },
        Parameters { max_units: 0, ..parameters() },
        Parameters { max_calls: 0, ..parameters() },
    ] {
        assert_eq!(nothing.validate(), Err(InvalidParameters::Nothing));
    }
    for times in [
        Parameters { period: 0, ..parameters() },
        Parameters { window: 4, ..parameters() },
        Parameters { notice: 19, ..parameters() },
    ] {
        assert_eq!(times.validate(), Err(InvalidParameters::Times));
    }
    for shares in [
        Parameters { treasury: LEAST_CUT - 1, burn: 0, ..parameters() },
        Parameters { treasury: WHOLE, burn: 1, max_royalty: 0, ..parameters() },
        Parameters { max_royalty: WHOLE - 100_000 + 1, ..parameters() },
        Parameters { treasury: u32::MAX, burn: 1, ..parameters() },
    ] {
        assert_eq!(shares.validate(), Err(InvalidParameters::Shares));
    }
}

#[test]
fn units_are_the_sum_of_all_measures_rounded_up() {
    let factors = Parameters::default().factors;
    assert_eq!(factors.units(&Metered::default()), 0);
    assert_eq!(factors.units(&Metered { fuel: 1, ..Metered::default() }), 1);
    assert_eq!(factors.units(&fuel(3)), 3);
    let all = Metered { fuel: 1_000_000, memory: 65_536_000, egress: 65_536, storage: 104_858 * 600, tokens: 10 };
    // 1 + 0.98304 + 1.000013… + 1.0066… + 1
    assert_eq!(factors.units(&all), 5);
    let most = Metered { fuel: u64::MAX, memory: u64::MAX, egress: u64::MAX, storage: u64::MAX, tokens: u64::MAX };
    let highest = Factors { fuel: u32::MAX, memory: u32::MAX, egress: u32::MAX, storage: u32::MAX, tokens: u32::MAX };
    assert_eq!(highest.units(&most), (5 * u128::from(u64::MAX) * u128::from(u32::MAX)).div_ceil(SCALE));
}

#[test]
fn a_split_gives_out_just_what_was_paid_and_its_cut_is_never_nothing() {
    let royalty = Royalty { to: AccountId([3; 32]), share: 300_000 };
    let one_percent = Parameters { treasury: 1, burn: LEAST_CUT - 1, ..Parameters::default() };
    for parameters in [Parameters::default(), one_percent] {
        for amount in [0, 1, 2, 3, 19, 20, 999_999, 1_000_000, 1_000_001, u128::MAX] {
            for royalty in [None, Some(&royalty)] {
                let Split { worker, royalty, treasury, burnt } = parameters.split(amount, royalty);
                assert_eq!(worker + royalty + treasury + burnt, amount);
                assert!(amount == 0 || treasury + burnt > 0, "{amount}");
            }
        }
    }
    let split = Parameters::default().split(1_000_000, Some(&royalty));
    assert_eq!(split, Split { worker: 600_000, royalty: 300_000, treasury: 50_000, burnt: 50_000 });
}

#[test]
fn whoever_pays_themselves_loses_the_cut_whatever_royalty_they_take() {
    let parameters = Parameters::default();
    for share in [0, 1, 499_999, 500_000, WHOLE] {
        for amount in [1, 10, 12_345_678_901] {
            let split = parameters.split(amount, Some(&Royalty { to: AccountId([3; 32]), share }));
            let back = split.worker + split.royalty;
            let cut = share_up(amount, parameters.treasury + parameters.burn);
            assert!(back < amount && amount - back >= cut, "{amount} at {share}");
        }
    }
}

#[test]
fn terms_that_pay_nothing_or_allow_nothing_or_too_much_are_impossible() {
    let parameters = parameters();
    let cap = |units, period| Terms { caller: Some(CallerCap { units, period }), ..TERMS };
    let royalty = |share| Terms { royalty: Some(Royalty { to: AccountId([3; 32]), share }), ..TERMS };
    assert!([TERMS, cap(1, 1), royalty(500_000)].iter().all(|terms| terms.are_possible(&parameters)));
    let zero = Terms { price: 0, ..TERMS };
    let (none, many) = (Terms { units: 0, ..TERMS }, Terms { units: parameters.max_units + 1, ..TERMS });
    for terms in [zero, none, many, cap(0, 1), cap(1, 0), royalty(500_001)] {
        assert!(!terms.are_possible(&parameters), "{terms:?}");
    }
}

#[test]
fn what_is_announced_holds_from_its_block_on_and_is_forgotten_by_what_holds_already() {
    let noticed = Noticed::holding(1).announcing(2, 10, 15);
    assert_eq!([10, 14, 15].map(|now| *noticed.at(now)), [1, 1, 2]);
    assert_eq!((noticed.pending(14), noticed.pending(15)), (Some(&(2, 15)), None));
    assert_eq!((noticed.since(14), noticed.since(15)), (None, Some(15)));
    assert_eq!(noticed.announcing(3, 16, 20), Noticed { present: 2, next: Some((3, 20)) });
    assert_eq!(noticed.announcing(1, 12, 17), Noticed::holding(1));
}

#[test]
fn an_account_is_paused_where_it_pays_and_has_less_than_a_unit_may_cost() {
    assert_eq!([6, 7].map(|balance| account(balance).is_paused(100)), [true, false]);
    let free = GasAccount { terms: Noticed::holding(None), ..account(0) };
    assert!(!free.is_paused(100));
}

#[test]
fn a_window_is_reserved_since_what_is_used_at_once_is_claimed_over_that_time() {
    let reserved = |balance, now| account(balance).reserved(now, 20);
    assert_eq!([100, 103, 120, 500].map(|now| reserved(1 << 40, now)), [20 * 700; 4]);
    assert_eq!(reserved(1_000, 120), 1_000, "no more than there is");
    let free = GasAccount { terms: Noticed::holding(None), ..account(1 << 40) };
    assert_eq!(free.reserved(120, 20), 0);
}

/// An account whose terms others follow, or none, at block 110.
fn changing(next: Option<Terms>) -> GasAccount {
    GasAccount { terms: Noticed { present: Some(TERMS), next: Some((next, 110)) }, ..account(1 << 40) }
}

#[test]
fn what_was_used_on_terms_that_ended_stays_reserved_for_a_window_or_until_it_is_claimed() {
    let ending = changing(None);
    // Ten blocks at 700, of which nothing more than that can be claimed.
    assert_eq!([101, 109, 110, 129].map(|now| ending.reserved(now, 20)), [10 * 700; 4]);
    assert_eq!(ending.reserved(130, 20), 0);
    let settled = GasAccount { settled_at: 110, ..ending };
    assert_eq!(settled.reserved(111, 20), 0);
    let dearer = changing(Some(Terms { price: 9, ..TERMS }));
    assert_eq!([109, 110, 130].map(|now| dearer.reserved(now, 20)), [10 * 700, 10 * 700 + 20 * 900, 20 * 900]);
}

#[test]
fn what_was_used_on_terms_that_ended_is_claimed_on_those_alone_and_without_the_period() {
    let (parameters, limits) = (parameters(), Limits::default());
    let charged = |account: &GasAccount, ask, (since, now), claim: &Claim| {
        Standing { parameters: &parameters, account, limits: &limits, ask, since, now }.charge(claim)
    };
    for next in [None, Some(Terms { price: 1, ..TERMS }), Some(Terms { units: 1, ..TERMS })] {
        let account = changing(next);
        let of = |now, units| charged(&account, 5, (90, now), &claim(1, fuel(units)));
        assert_eq!(of(129, 1_000), Ok(Charge { units: 1_000, due: 5_000, paid: 5_000, until: 110, blocks: 10 }));
        assert_eq!(of(110, 1_001), Err(ClaimRefusal::Units), "ten blocks of a hundred");
        let late = GasAccount { settled_at: 108, ..account.clone() };
        let short = Claim { after: 108, ..claim(1, fuel(200)) };
        assert_eq!(charged(&late, 5, (90, 110), &short).map(|charge| charge.until), Ok(110));
    }
    let over = |now| charged(&changing(None), 5, (90, now), &claim(1, fuel(1)));
    assert_eq!([over(129).is_ok(), over(130) == Err(ClaimRefusal::NoTerms)], [true, true]);
}

#[test]
fn who_ran_nothing_on_terms_that_ended_claims_by_those_that_hold_and_from_their_beginning() {
    let (parameters, limits) = (parameters(), Limits::default());
    let account = changing(Some(Terms { price: 9, ..TERMS }));
    let standing =
        |ask, since, now| Standing { parameters: &parameters, account: &account, limits: &limits, ask, since, now };
    assert_eq!(standing(8, 90, 116).blocks(), 6, "it asks more than was paid before");
    assert_eq!(standing(5, 112, 118).blocks(), 6, "it leased the contract later");
    assert_eq!(standing(5, 90, 116).blocks(), 10);
    assert_eq!(standing(5, 90, 131).blocks(), 20, "what was used before is lost");
    let charge = standing(8, 90, 116).charge(&claim(1, fuel(600))).expect("is good");
    assert_eq!((charge.until, charge.blocks), (116, 16));
    assert_eq!(standing(8, 90, 116).charge(&claim(1, fuel(601))), Err(ClaimRefusal::Units));
}

#[test]
fn whatever_can_be_claimed_is_reserved() {
    let (parameters, limits) = (parameters(), Limits::default());
    let dearer = Some(Terms { price: 9, ..TERMS });
    for next in [None, Some(None), Some(dearer), Some(Some(Terms { units: 1, ..TERMS }))] {
        for (settled_at, later) in (90..=112).flat_map(|settled_at| (0..=30).map(move |later| (settled_at, later))) {
            let (now, terms) =
                (settled_at + later, Noticed { present: Some(TERMS), next: next.clone().map(|n| (n, 110)) });
            let account = GasAccount { balance: 1 << 40, terms, settled_at, ..GasAccount::default() };
            let standing =
                Standing { parameters: &parameters, account: &account, limits: &limits, ask: 7, since: 0, now };
            let (most, reserved) = (standing.most_units() * 7, account.reserved(now, parameters.window));
            assert!(most <= reserved, "{next:?}, settled at {settled_at}, now {now}: {most} of {reserved}");
        }
    }
}

#[test]
fn the_last_claim_under_a_lease_does_not_wait_and_is_followed_by_none() {
    let last = Claim { last: true, ..claim(1, fuel(200)) };
    assert_eq!(charged(102, &last).map(|charge| charge.units), Ok(200));
    assert_eq!(charged(102, &claim(1, fuel(200))), Err(ClaimRefusal::TooSoon));
    assert_eq!(charged(100, &last), Err(ClaimRefusal::TooSoon));
    assert_eq!(charged(102, &Claim { last: true, ..claim(1, fuel(201)) }), Err(ClaimRefusal::Units));
    let (parameters, limits) = (parameters(), Limits::default());
    let closed = GasAccount { closed: 1, ..account(1_000) };
    let standing = Standing { parameters: &parameters, account: &closed, limits: &limits, ask: 5, since: 90, now: 110 };
    assert_eq!(standing.charge(&claim(1, fuel(1))), Err(ClaimRefusal::Closed));
    assert!(standing.charge(&Claim { lease: 2, ..claim(1, fuel(1)) }).is_ok());
}

#[test]
fn a_claim_costs_what_the_worker_asks_and_no_more_than_there_is() {
    let due = |units| charged(110, &claim(1, fuel(units))).map(|charge| (charge.units, charge.due, charge.paid));
    assert_eq!(due(4), Ok((4, 20, 20)));
    assert_eq!(due(201), Ok((201, 1_005, 1_000)));
    assert_eq!(
        charged(110, &claim(0, Metered::default())),
        Ok(Charge { units: 0, due: 0, paid: 0, until: 110, blocks: 10 })
    );
}

#[test]
fn each_rule_of_claims_is_kept() {
    assert_eq!(charged(104, &claim(1, fuel(1))), Err(ClaimRefusal::TooSoon));
    assert_eq!(charged(110, &Claim { after: 99, ..claim(1, fuel(1)) }), Err(ClaimRefusal::NotNext));
    assert_eq!(charged(105, &claim(500_001, fuel(1))), Err(ClaimRefusal::Calls));
    assert_eq!(charged(110, &claim(1, fuel(1_001))), Err(ClaimRefusal::Units));
    // Ten blocks allow a thousand units, however long ago the last claim is no more than twenty times a hundred.
    assert_eq!(charged(110, &claim(1, fuel(1_000))).map(|charge| charge.units), Ok(1_000));
    assert_eq!(charged(9_000, &claim(1, fuel(2_001))), Err(ClaimRefusal::Units));

    let (parameters, account, limits) = (parameters(), account(1_000), Limits::default());
    let at = |ask, since, account| Standing { parameters: &parameters, account, limits: &limits, ask, since, now: 110 };
    assert_eq!(at(8, 90, &account).charge(&claim(1, fuel(1))), Err(ClaimRefusal::Price));
    assert_eq!(at(5, 106, &account).charge(&claim(1, fuel(1))), Err(ClaimRefusal::TooSoon), "the lease is new");
    let free = GasAccount { terms: Noticed::holding(None), ..account.clone() };
    assert_eq!(at(5, 90, &free).charge(&claim(1, fuel(1))), Err(ClaimRefusal::NoTerms));
}

#[test]
fn nothing_beyond_the_limits_of_the_manifest_is_claimed_of_any_measure() {
    let limits = Limits::default();
    let most = Metered::most(&limits, 2, 10);
    assert_eq!(most.fuel, 2 * limits.fuel);
    assert_eq!(most.memory, 2 * (limits.memory / 1024) * u64::from(limits.wall_ms));
    assert_eq!(most.storage, 10 * (limits.storage / 1024));
    assert_eq!(most.egress, 2 * u64::from(limits.response + 2 * limits.egress_requests * limits.egress_bytes));
    for beyond in [
        Metered { fuel: most.fuel + 1, ..Metered::default() },
        Metered { memory: most.memory + 1, ..Metered::default() },
        Metered { egress: most.egress + 1, ..Metered::default() },
        Metered { storage: most.storage + 1, ..Metered::default() },
    ] {
        assert_eq!(charged(110, &claim(2, beyond)), Err(ClaimRefusal::Metered));
    }
    assert_eq!(charged(110, &claim(0, fuel(1))), Err(ClaimRefusal::Metered), "without a call there is no fuel");
}

#[test]
fn what_fits_is_good_and_what_fits_already_stays() {
    let (parameters, account, limits) = (parameters(), account(1 << 60), Limits::default());
    let standing =
        Standing { parameters: &parameters, account: &account, limits: &limits, ask: 5, since: 90, now: 110 };
    assert_eq!(standing.fitting(3, &fuel(10)), (3, fuel(10)));
    let much = Metered { fuel: 1 << 60, memory: 1 << 60, egress: 1 << 60, storage: 1 << 60, tokens: 1 << 60 };
    for calls in [0, 1, 700, u32::MAX] {
        let (calls, metered) = standing.fitting(calls, &much);
        let charge = standing.charge(&claim(calls, metered)).expect("what fits is good");
        assert!(charge.units <= standing.most_units());
    }
}

#[test]
fn claims_are_in_order_each_of_another_contract() {
    let of = |contract: u8| Claim { contract: ContractId([contract; 32]), ..claim(1, fuel(1)) };
    assert!(are_ascending(&[of(1)]) && are_ascending(&[of(1), of(2)]));
    assert!(!are_ascending(&[]) && !are_ascending(&[of(1), of(1)]) && !are_ascending(&[of(2), of(1)]));
}

#[test]
fn the_published_vector_is_what_this_code_makes() {
    use crate::{
        call::AccountScheme,
        ids::NetworkId,
        voucher::{Purse, SignedVoucher, Voucher},
    };

    let (network, contract, account) = (NetworkId([1; 32]), ContractId([2; 32]), AccountId([3; 32]));
    let royalty = Royalty { to: account, share: 300_000 };
    let caller = Some(CallerCap { units: 5, period: 6 });
    let terms = Terms { price: 7, units: 8, royalty: Some(royalty.clone()), caller };
    let record = GasAccount {
        balance: 9,
        terms: Noticed { present: Some(terms), next: Some((None, 10)) },
        settled_at: 11,
        spent: 12,
        last: Some(Spending { units: 13, paid: 14, blocks: 15 }),
        closed: 25,
    };
    let metered = Metered { fuel: 1_000_001, memory: 2, egress: 3, storage: 4, tokens: 5 };
    let claim = Claim { contract, lease: 16, after: 17, calls: 18, metered, last: true };
    let parameters = Parameters::default();
    let split = parameters.split(1_000_001, Some(&royalty));
    let voucher = Voucher { contract, caller: Some(account), amount: 19, expiry: 20, number: 21 };
    let scheme = AccountScheme::Ed25519;
    let signed = SignedVoucher { voucher, funder: account, scheme, signature: [4; 64] };
    let purse = Purse { balance: 22, first: 23, used: 24 };
    let vector = serde_json::json!({
        "network": network,
        "account": hex::encode(record.encode()),
        "claim": hex::encode(claim.encode()),
        "parameters": hex::encode(parameters.encode()),
        "units": parameters.factors.units(&metered).to_string(),
        "split": {
            "amount": "1000001",
            "worker": split.worker.to_string(),
            "royalty": split.royalty.to_string(),
            "treasury": split.treasury.to_string(),
            "burnt": split.burnt.to_string(),
        },
        "voucher_message": hex::encode(voucher.message(&network)),
        "signed_voucher": hex::encode(signed.encode()),
        "purse": hex::encode(purse.encode()),
    });
    crate::vectors::check("gas", vector);
}
