//! Who is paid for what.

use super::*;

const KEY: u8 = 5;

/// For one call of [`CONTRACT`], whose terms hold since block 10.
fn claim_of(used: u64) -> Claim {
    Claim { contract: CONTRACT, lease: 1, after: 10, calls: 1, metered: units(used), last: false }
}

fn claims(claims: &[Claim]) -> Claims {
    Claims::truncate_from(claims.to_vec())
}

/// Worker 5 claims.
fn claim(of: Claim) -> Result<(), DispatchError> {
    Usage::claim(signed(KEY), 0, claims(&[of]))
}

fn feeless(number: u8, anchors: u32, of: &[Claim]) -> bool {
    RuntimeCall::Usage(Call::claim { anchors, claims: claims(of) }).is_feeless(&signed(number))
}

/// Refused, and not for nothing either.
fn refused(of: Claim, error: Error<Test>) {
    assert!(!feeless(KEY, 0, &[of]), "{error:?}");
    assert_noop!(claim(of), error);
}

#[test]
fn a_claim_pays_pool_developer_treasury_and_nobody_what_the_worker_asks() {
    run(|| {
        let royalty = Some(Royalty { to: AccountId([4; 32]), share: 200_000 });
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(Terms { royalty, ..TERMS })));
        assert_ok!(Usage::set_ask(signed(3), WorkerId([5; 32]), 50));
        lease(CONTRACT, 5, 1);
        fund(1_000_000);
        pass(20);
        let issued = Balances::total_issuance();
        assert!(feeless(KEY, 0, &[claim_of(1_000)]));
        assert_ok!(claim(claim_of(1_000)));
        // 1000 units at 50: a twentieth burnt, a twentieth to the treasury, a fifth to the developer.
        assert_eq!(issued - Balances::total_issuance(), 2_500);
        assert_eq!((has(TREASURY), has(4), has(POOL)), (LEAST + 2_500, MONEY + 10_000, LEAST + 35_000));
        let account = Accounts::<Test>::get(CONTRACT).expect("is there");
        assert_eq!((account.balance, account.spent, account.settled_at), (950_000, 50_000, 30));
        assert_eq!(account.last, Some(Spending { units: 1_000, paid: 50_000, blocks: 20 }));
        let worker = WorkerId([KEY; 32]);
        let paid = Event::Paid { contract: CONTRACT, worker, units: 1_000, paid: 50_000, missing: 0 };
        System::assert_has_event(paid.into());
        assert_eq!(Executions::<Test>::get(), 1);
    });
}

#[test]
fn a_worker_without_a_pool_earns_for_its_operator() {
    run(|| {
        running(1_000_000);
        lease(CONTRACT, 6, 2);
        assert_ok!(Usage::set_ask(signed(4), WorkerId([6; 32]), 10));
        pass(5);
        assert_ok!(Usage::claim(signed(6), 0, claims(&[Claim { lease: 2, ..claim_of(100) }])));
        assert_eq!(has(4), MONEY + 900);
    });
}

#[test]
fn an_empty_account_pays_what_it_has_pauses_the_contract_and_runs_again_when_it_is_filled() {
    run(|| {
        running(1_000);
        pass(5);
        assert_ok!(claim(claim_of(30)));
        let worker = WorkerId([KEY; 32]);
        System::assert_has_event(
            Event::Paid { contract: CONTRACT, worker, units: 30, paid: 1_000, missing: 500 }.into(),
        );
        assert_eq!((balance(CONTRACT), pot()), (0, LEAST));
        assert!(paused(CONTRACT));
        fund(100);
        assert!(!paused(CONTRACT));
    });
}

#[test]
fn a_claim_is_paid_once() {
    run(|| {
        running(1_000_000);
        pass(5);
        assert_ok!(claim(claim_of(10)));
        refused(claim_of(10), Error::TooSoon);
        pass(5);
        refused(claim_of(10), Error::NotNext);
        assert_ok!(claim(Claim { after: 15, ..claim_of(10) }));
    });
}

#[test]
fn only_the_holder_of_the_lease_claims() {
    run(|| {
        running(1_000_000);
        pass(5);
        for number in [1, 3, 7] {
            assert!(!feeless(number, 0, &[claim_of(1)]));
            assert_noop!(Usage::claim(signed(number), 0, claims(&[claim_of(1)])), Error::<Test>::NotAWorker);
        }
        assert!(!feeless(6, 0, &[claim_of(1)]));
        assert_noop!(Usage::claim(signed(6), 0, claims(&[claim_of(1)])), Error::<Test>::NotYourLease);
        refused(Claim { lease: 2, ..claim_of(1) }, Error::NotYourLease);
        unlease(CONTRACT);
        refused(claim_of(1), Error::NotYourLease);
    });
}

#[test]
fn a_successor_claims_nothing_for_the_time_before_its_lease() {
    run(|| {
        running(1_000_000);
        pass(18);
        lease(CONTRACT, 5, 2);
        pass(4);
        refused(Claim { lease: 2, ..claim_of(1) }, Error::TooSoon);
        pass(1);
        refused(Claim { lease: 2, ..claim_of(5_001) }, Error::Units);
        assert_ok!(claim(Claim { lease: 2, ..claim_of(5_000) }));
    });
}

#[test]
fn a_claim_follows_the_last_after_the_period_and_no_later_than_a_window_counts() {
    run(|| {
        running(1 << 29);
        pass(4);
        refused(claim_of(1), Error::TooSoon);
        pass(96);
        refused(Claim { calls: 3, ..claim_of(20_001) }, Error::Units);
        assert_ok!(claim(Claim { calls: 3, ..claim_of(20_000) }));
    });
}

#[test]
fn more_than_the_lease_could_have_run_is_not_claimed() {
    run(|| {
        running(1_000_000);
        pass(5);
        refused(claim_of(5_001), Error::Units);
        refused(claim_of(10_001), Error::Metered);
        refused(Claim { calls: 0, ..claim_of(1) }, Error::Metered);
        let calls = parameters().max_calls * 5 + 1;
        refused(Claim { calls, ..claim_of(1) }, Error::Calls);
        let storage = Metered { storage: 5 * (1 << 20) + 1, ..Metered::default() };
        refused(Claim { metered: storage, ..claim_of(0) }, Error::Metered);
        assert_ok!(claim(claim_of(5_000)));
    });
}

#[test]
fn what_was_used_on_terms_that_ended_is_paid_on_those_and_no_later_than_a_window() {
    let royalty = Some(Royalty { to: AccountId([4; 32]), share: 200_000 });
    for next in [None, Some(Terms { price: 1, ..TERMS }), Some(Terms { units: 1, royalty, ..TERMS })] {
        run(|| {
            running(10_000_000);
            pass(3);
            assert_ok!(Usage::set_terms(signed(1), CONTRACT, next.clone()));
            pass(18);
            // The last before they end, at block 33.
            assert_ok!(claim(claim_of(1)));
            pass(20);
            let closing = Claim { after: 31, ..claim_of(2_000) };
            refused(Claim { after: 31, ..claim_of(2_001) }, Error::Units);
            let before = balance(CONTRACT);
            assert_ok!(claim(closing));
            let account = Accounts::<Test>::get(CONTRACT).expect("is there");
            assert_eq!((before - account.balance, account.settled_at), (2_000 * 50, 33));
            assert_eq!(has(4), MONEY, "the royalty is of what is used later");
            pass(1);
            assert!(claim(closing).is_err(), "it is paid once");
        });
        run(|| {
            running(1_000_000);
            assert_ok!(Usage::set_terms(signed(1), CONTRACT, next.clone()));
            pass(40);
            // Of the twenty blocks before nothing is left.
            assert!(claim(claim_of(20_000)).is_err());
        });
    }
}

#[test]
fn a_worker_that_gives_its_lease_back_claims_before_without_waiting_and_no_more_under_it() {
    run(|| {
        running(1_000_000);
        pass(2);
        refused(claim_of(10), Error::TooSoon);
        assert_ok!(claim(Claim { last: true, ..claim_of(2_000) }));
        assert_eq!(balance(CONTRACT), 1_000_000 - 2_000 * 50);
        pass(5);
        for last in [false, true] {
            refused(Claim { last, after: 12, ..claim_of(1) }, Error::Closed);
        }
        lease(CONTRACT, 5, 2);
        pass(5);
        assert_ok!(claim(Claim { lease: 2, after: 12, ..claim_of(1) }));
    });
}

#[test]
fn a_contract_without_terms_pays_nothing() {
    run(|| {
        lease(CONTRACT, 5, 1);
        pass(10);
        refused(claim_of(1), Error::NoTerms);
        fund(1_000);
        refused(claim_of(1), Error::NoTerms);
        assert_eq!(balance(CONTRACT), 1_000);
    });
}

#[test]
fn a_worker_that_asks_more_than_the_contract_pays_is_not_paid() {
    run(|| {
        running(1_000_000);
        assert_ok!(Usage::set_ask(signed(3), WorkerId([5; 32]), 101));
        pass(19);
        assert_ok!(claim(claim_of(1)));
        pass(5);
        refused(Claim { after: 29, ..claim_of(1) }, Error::Price);
    });
}

#[test]
fn a_worker_without_an_ask_works_for_nothing() {
    run(|| {
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(TERMS)));
        lease(CONTRACT, 5, 1);
        fund(1_000);
        pass(5);
        assert_ok!(claim(claim_of(100)));
        assert_eq!((balance(CONTRACT), has(POOL)), (1_000, LEAST));
    });
}

#[test]
fn claims_of_one_call_are_of_different_contracts_in_order() {
    run(|| {
        running(1_000_000);
        pass(5);
        for wrong in [&[][..], &[claim_of(1), claim_of(1)][..]] {
            assert!(!feeless(KEY, 0, wrong));
            assert_noop!(Usage::claim(signed(KEY), 0, claims(wrong)), Error::<Test>::Order);
        }
    });
}

#[test]
fn many_contracts_are_settled_at_once_and_one_bad_claim_stops_them_all() {
    run(|| {
        running(1_000_000);
        assert_ok!(Usage::set_terms(signed(2), CONTRACTS[1], Some(TERMS)));
        assert_ok!(Usage::fund(signed(2), CONTRACTS[1], 10_000));
        lease(CONTRACTS[1], 5, 1);
        pass(5);
        let other = |used| Claim { contract: CONTRACTS[1], ..claim_of(used) };
        let bad = claims(&[claim_of(10), other(5_001)]);
        assert_noop!(Usage::claim(signed(KEY), 0, bad), Error::<Test>::Units);
        assert_ok!(Usage::claim(signed(KEY), 0, claims(&[claim_of(10), other(20)])));
        assert_eq!((balance(CONTRACT), balance(CONTRACTS[1])), (999_500, 9_000));
        assert_eq!(has(POOL), LEAST + 1_350);
    });
}

#[test]
fn a_claim_names_anchors_that_the_worker_has_and_no_fewer_than_the_one_before() {
    run(|| {
        running(1_000_000);
        pass(5);
        anchored(3);
        assert_noop!(Usage::claim(signed(KEY), 4, claims(&[claim_of(1)])), Error::<Test>::Anchors);
        assert_ok!(Usage::claim(signed(KEY), 3, claims(&[claim_of(1)])));
        pass(5);
        let next = Claim { after: 15, ..claim_of(1) };
        assert_noop!(Usage::claim(signed(KEY), 2, claims(&[next])), Error::<Test>::Anchors);
        assert_ok!(Usage::claim(signed(KEY), 3, claims(&[next])));
        let claimed = Claimed::<Test>::get(WorkerId([KEY; 32]));
        assert_eq!((claimed.block, claimed.anchors), (20, 3));
    });
}

#[test]
fn whoever_is_payer_developer_and_operator_at_once_has_less_after_every_claim() {
    run(|| {
        // Account 4 fills, develops and operates; worker 6 has no pool, so that all of its part is the operator's.
        let royalty = Some(Royalty { to: AccountId([4; 32]), share: parameters().max_royalty });
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(Terms { royalty, ..TERMS })));
        assert_ok!(Usage::set_ask(signed(4), WorkerId([6; 32]), 1));
        lease(CONTRACT, 6, 1);
        assert_ok!(Usage::fund(signed(4), CONTRACT, 1_000));
        let mut after = 10;
        for used in [1, 2, 3, 19, 21, 500] {
            let before = has(4) + balance(CONTRACT);
            pass(5);
            let claim = Claim { after, ..claim_of(used) };
            assert_ok!(Usage::claim(signed(6), 0, claims(&[claim])));
            after = System::block_number();
            let lost = before - has(4) - balance(CONTRACT);
            assert!(lost > 0 && lost >= u128::from(used) / 10, "{used}: {lost}");
        }
    });
}

#[test]
fn what_an_account_cannot_take_goes_to_the_treasury_and_what_that_cannot_is_burnt() {
    run(|| {
        // 1 to account 77, which does not exist and would stay below what keeps it.
        let royalty = Some(Royalty { to: AccountId([77; 32]), share: 100_000 });
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(Terms { royalty, ..TERMS })));
        assert_ok!(Usage::set_ask(signed(4), WorkerId([6; 32]), 1));
        lease(CONTRACT, 6, 1);
        fund(1_000);
        pass(5);
        let issued = Balances::total_issuance();
        assert_ok!(Usage::claim(signed(6), 0, claims(&[claim_of(10)])));
        assert_eq!((has(77), has(TREASURY), has(4)), (0, LEAST + 2, MONEY + 7));
        assert_eq!(issued - Balances::total_issuance(), 1);
        // Now the treasury is gone, too.
        let all = Balances::free_balance(account(TREASURY));
        let gone = Balances::transfer_allow_death(signed(TREASURY), account(2), all);
        assert_ok!(gone);
        let issued = Balances::total_issuance();
        pass(5);
        assert_ok!(Usage::claim(signed(6), 0, claims(&[Claim { after: 15, ..claim_of(10) }])));
        assert_eq!((has(TREASURY), issued - Balances::total_issuance()), (0, 3));
    });
}

#[test]
fn the_weight_of_a_batch_has_the_reads_for_devices_of_each_claim() {
    run(|| {
        let reads = |claims| {
            let without = <Test as Config>::WeightInfo::claim(claims);
            Usage::claim_weight(claims).saturating_sub(without)
        };
        let one = frame_support::weights::constants::ParityDbWeight::get().reads(3);
        assert_eq!((reads(1), reads(16)), (one, one.saturating_mul(16)));
    });
}
