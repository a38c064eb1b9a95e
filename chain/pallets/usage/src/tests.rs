use adyton_pallet_traits::Retirement as _;
use adyton_protocol::{
    ids::{AccountId, ContractId, WorkerId},
    storage,
    usage::{
        CallerCap, Claim, Claims, LEAST_CUT, Metered, Parameters as GasParameters, Royalty, Spending, Terms, WHOLE,
    },
};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use polkadot_sdk::{
    sp_runtime::{DispatchError, TokenError},
    *,
};

use crate::{
    mock::{Usage, *},
    *,
};

mod claims;
mod random;
mod vouchers;

/// Where this pallet keeps balances.
fn pot() -> u128 {
    Balances::free_balance(Usage::account_id())
}

fn balance(contract: ContractId) -> u128 {
    Accounts::<Test>::get(contract).map_or(0, |account| account.balance)
}

fn paused(contract: ContractId) -> bool {
    Accounts::<Test>::get(contract).is_some_and(|account| account.is_paused(System::block_number()))
}

/// Account 2 fills [`CONTRACT`]'s account.
fn fund(amount: u128) {
    Usage::fund(signed(2), CONTRACT, amount).expect("is filled");
}

/// [`CONTRACT`] is priced, has `amount`, and worker 5, which asks 50, has leased it since now.
fn running(amount: u128) {
    assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(TERMS)));
    assert_ok!(Usage::set_ask(signed(3), WorkerId([5; 32]), 50));
    lease(CONTRACT, 5, 1);
    fund(amount);
}

#[test]
fn anybody_fills_an_account_and_only_the_first_ever_keeps_the_pallets_own() {
    run(|| {
        fund(1_000);
        assert_eq!((balance(CONTRACT), pot(), has(2)), (1_000, 1_000 + LEAST, MONEY - 1_000 - LEAST));
        assert_ok!(Usage::fund(signed(4), CONTRACT, 100));
        assert_ok!(Usage::fund(signed(4), CONTRACTS[1], 200));
        assert_eq!((balance(CONTRACT), balance(CONTRACTS[1])), (1_100, 200));
        assert_eq!((pot(), has(4)), (1_300 + LEAST, MONEY - 300));
        assert!(!paused(CONTRACT), "without terms it runs for nothing");
    });
}

#[test]
fn an_account_of_no_contract_is_not_filled() {
    run(|| {
        let unknown = Usage::fund(signed(1), ContractId([1; 32]), 1_000);
        assert_noop!(unknown, Error::<Test>::UnknownContract);
    });
}

#[test]
fn an_account_is_not_filled_with_less_than_the_minimum() {
    run(|| {
        assert_noop!(Usage::fund(signed(1), CONTRACT, 99), Error::<Test>::TooLittle);
        assert_ok!(Usage::fund(signed(1), CONTRACT, 100));
    });
}

#[test]
fn an_account_is_not_filled_with_what_the_signer_does_not_have() {
    run(|| {
        assert_noop!(Usage::fund(signed(1), CONTRACT, 2 * MONEY), TokenError::FundsUnavailable);
        assert_noop!(Usage::fund(signed(1), CONTRACT, u128::MAX), Error::<Test>::Overflow);
    });
}

#[test]
fn the_owner_of_a_contract_without_terms_takes_everything_back_at_once() {
    run(|| {
        fund(1_000);
        lease(CONTRACT, 5, 1);
        pass(50);
        assert_noop!(Usage::take_back(signed(1), CONTRACT, 1_001), Error::<Test>::TooMuch);
        assert_ok!(Usage::take_back(signed(1), CONTRACT, 1_000));
        assert_eq!((has(1), balance(CONTRACT), pot()), (MONEY + 1_000, 0, LEAST));
    });
}

#[test]
fn nobody_but_the_owner_takes_back_or_sets_terms() {
    run(|| {
        fund(1_000);
        for other in [2, 5] {
            assert_noop!(Usage::take_back(signed(other), CONTRACT, 1), Error::<Test>::NotYourContract);
            assert_noop!(Usage::set_terms(signed(other), CONTRACT, None), Error::<Test>::NotYourContract);
        }
        let unknown = ContractId([1; 32]);
        assert_noop!(Usage::take_back(signed(1), unknown, 1), Error::<Test>::UnknownContract);
        assert_noop!(Usage::set_terms(signed(1), unknown, None), Error::<Test>::UnknownContract);
    });
}

#[test]
fn what_a_lease_may_still_claim_stays_until_the_terms_hold_no_longer() {
    run(|| {
        running(10_000_000);
        let short = || {
            assert_noop!(Usage::take_back(signed(1), CONTRACT, 1), Error::<Test>::Reserved);
        };
        // A window of a thousand units at a hundred each: what a burst may use is claimed over that time.
        assert_noop!(Usage::take_back(signed(1), CONTRACT, 8_000_001), Error::<Test>::Reserved);
        assert_ok!(Usage::take_back(signed(1), CONTRACT, 8_000_000));
        pass(100);
        short();
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, None));
        pass(20);
        assert!(Accounts::<Test>::get(CONTRACT).is_some_and(|account| account.terms_at(130).is_none()));
        // What was used on them may be claimed for a window.
        short();
        pass(19);
        short();
        pass(1);
        assert_ok!(Usage::take_back(signed(1), CONTRACT, 2_000_000));
        assert_eq!((balance(CONTRACT), pot()), (0, LEAST));
    });
}

#[test]
fn terms_are_not_changed_again_before_what_was_used_on_those_that_ended_is_claimed_or_lost() {
    run(|| {
        running(1_000_000);
        let dearer = || Some(Terms { price: 200, ..TERMS });
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, dearer()));
        pass(20);
        assert_noop!(Usage::set_terms(signed(1), CONTRACT, None), Error::<Test>::Unsettled);
        let metered = units(1);
        let claim = Claim { contract: CONTRACT, lease: 1, after: 10, calls: 1, metered, last: false };
        assert_ok!(Usage::claim(signed(5), 0, Claims::truncate_from(vec![claim])));
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, None));
        pass(39);
        assert_noop!(Usage::set_terms(signed(1), CONTRACT, dearer()), Error::<Test>::Unsettled);
        pass(1);
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, dearer()));
    });
}

#[test]
fn the_first_terms_hold_at_once_and_others_after_the_notice() {
    run(|| {
        let dearer = || Some(Terms { price: 200, ..TERMS });
        let at =
            |now| Accounts::<Test>::get(CONTRACT).and_then(|account| account.terms_at(now).map(|terms| terms.price));
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(TERMS)));
        System::assert_last_event(Event::TermsSet { contract: CONTRACT, from: 10 }.into());
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, dearer()));
        System::assert_last_event(Event::TermsSet { contract: CONTRACT, from: 30 }.into());
        assert_eq!([10, 29, 30].map(at), [Some(100), Some(100), Some(200)]);
        // What holds already is set again: nothing is announced any more.
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, Some(TERMS)));
        System::assert_last_event(Event::TermsSet { contract: CONTRACT, from: 10 }.into());
        assert_eq!(at(30), Some(100));
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, None));
        pass(20);
        assert_eq!(at(System::block_number()), None);
        pass(20);
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, dearer()));
        assert_eq!(at(System::block_number()), Some(200));
        let settled = Accounts::<Test>::get(CONTRACT).map(|account| account.settled_at);
        assert_eq!(settled, Some(50), "what ran for nothing is not claimed for");
    });
}

#[test]
fn terms_outside_what_the_parameters_allow_are_refused() {
    run(|| {
        let most = parameters();
        let royalty = Royalty { to: AccountId([1; 32]), share: most.max_royalty + 1 };
        for terms in [
            Terms { price: 0, ..TERMS },
            Terms { units: 0, ..TERMS },
            Terms { units: most.max_units + 1, ..TERMS },
            Terms { royalty: Some(royalty), ..TERMS },
            Terms { caller: Some(CallerCap { units: 0, period: 1 }), ..TERMS },
            Terms { caller: Some(CallerCap { units: 1, period: 0 }), ..TERMS },
        ] {
            assert_noop!(Usage::set_terms(signed(1), CONTRACT, Some(terms)), Error::<Test>::Terms);
        }
    });
}

#[test]
fn the_first_ask_and_a_lower_one_hold_at_once_and_a_higher_one_after_the_notice() {
    run(|| {
        let worker = WorkerId([5; 32]);
        let at = |now| Asks::<Test>::get(worker).map(|ask| *ask.at(now));
        assert_ok!(Usage::set_ask(signed(3), worker, 50));
        assert_eq!(at(10), Some(50));
        assert_ok!(Usage::set_ask(signed(3), worker, 40));
        assert_eq!(at(10), Some(40));
        assert_ok!(Usage::set_ask(signed(3), worker, 60));
        System::assert_last_event(Event::AskSet { worker, price: 60, from: 30 }.into());
        assert_eq!([10, 29, 30].map(at), [Some(40), Some(40), Some(60)]);
        assert_ok!(Usage::set_ask(signed(3), worker, 0));
        assert_eq!([10, 30].map(at), [Some(0), Some(0)]);
    });
}

#[test]
fn nobody_but_its_operator_asks_for_a_worker() {
    run(|| {
        assert_noop!(Usage::set_ask(signed(4), WorkerId([5; 32]), 1), Error::<Test>::NotYourWorker);
        assert_noop!(Usage::set_ask(signed(5), WorkerId([5; 32]), 1), Error::<Test>::NotYourWorker);
        assert_noop!(Usage::set_ask(signed(3), WorkerId([7; 32]), 1), Error::<Test>::NotYourWorker);
    });
}

#[test]
fn only_the_economys_origin_sets_parameters_and_only_such_as_fit() {
    run(|| {
        let other = GasParameters { minimum: 7, ..parameters() };
        for origin in [signed(1), RuntimeOrigin::none()] {
            assert_noop!(Usage::set_parameters(origin, other), DispatchError::BadOrigin);
        }
        let free = GasParameters { treasury: LEAST_CUT - 1, burn: 0, ..parameters() };
        assert_noop!(Usage::set_parameters(RuntimeOrigin::root(), free), Error::<Test>::Parameters);
        assert_ok!(Usage::set_parameters(RuntimeOrigin::root(), other));
        assert_eq!(Settings::<Test>::get(), other);
        System::assert_last_event(Event::ParametersSet.into());
    });
}

#[test]
fn what_a_contract_has_goes_to_its_owner_when_it_ends_and_not_before_its_lease_was_paid() {
    run(|| {
        running(1_000_000);
        pass(2);
        let owner = AccountId([1; 32]);
        assert_noop!(Usage::retired(&CONTRACT, &owner), Error::<Test>::Reserved);
        assert_ok!(Usage::set_terms(signed(1), CONTRACT, None));
        pass(39);
        assert_noop!(Usage::retired(&CONTRACT, &owner), Error::<Test>::Reserved);
        pass(1);
        end(CONTRACT);
        let took = Usage::retired(&CONTRACT, &owner).expect("it goes");
        assert!(took.all_lte(Usage::most()));
        assert_eq!((has(1), pot()), (MONEY + 1_000_000, LEAST));
        assert!(!Accounts::<Test>::contains_key(CONTRACT));
        assert_ok!(Usage::retired(&CONTRACTS[1], &AccountId([2; 32])));
    });
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    let worker = WorkerId([5; 32]);
    assert_eq!(Settings::<Test>::hashed_key().to_vec(), storage::gas_parameters());
    assert_eq!(Accounts::<Test>::hashed_key_for(CONTRACT), storage::gas_accounts(&CONTRACT));
    assert_eq!(Asks::<Test>::hashed_key_for(worker), storage::gas_asks(&worker));
    assert_eq!(Claimed::<Test>::hashed_key_for(worker), storage::gas_claimed(&worker));
    assert_eq!(Executions::<Test>::hashed_key().to_vec(), storage::single("Usage", "Executions"));
    let funder = AccountId([1; 32]);
    assert_eq!(Purses::<Test>::hashed_key_for(funder), storage::gas_purses(&funder));
}

#[test]
fn a_balance_that_is_not_there_does_not_stay_unseen() {
    run(|| {
        fund(1_000);
        Accounts::<Test>::mutate(CONTRACT, |account| account.as_mut().expect("is there").balance += 1);
        assert!(Usage::do_try_state().is_err(), "one unit is missing");
        Accounts::<Test>::mutate(CONTRACT, |account| account.as_mut().expect("is there").balance -= 1);
    });
}

#[test]
#[should_panic(expected = "the parameters of gas contradict each other")]
fn a_genesis_with_parameters_that_contradict_each_other_is_none() {
    use polkadot_sdk::sp_runtime::BuildStorage as _;

    let parameters = Some(GasParameters { burn: WHOLE, ..parameters() });
    let usage = GenesisConfig::<Test> { parameters, ..Default::default() };
    usage.build_storage().expect("is refused before");
}
