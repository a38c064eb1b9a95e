//! What is held for code and contracts, and how it comes back.

use adyton_protocol::manifest::Manifest;
use frame_support::traits::fungible::InspectHold;
use polkadot_sdk::sp_runtime::TokenError;

use super::*;

const OTHER: CodeHash = CodeHash([4; 32]);
/// What stands in the chain for a component: an entry, its key's 48 bytes, and the record's.
const CODE_DEPOSIT: u128 = ENTRY_DEPOSIT + 48 + 56;
/// What is left of a contract.
const RETIRED_DEPOSIT: u128 = ENTRY_DEPOSIT + 48 + 52;

fn held(reason: HoldReason, number: u8) -> u128 {
    Balances::balance_on_hold(&reason.into(), &account(number))
}

fn other() -> RuntimeOrigin {
    RuntimeOrigin::signed(account(2))
}

fn named(code: CodeHash) -> u32 {
    Codes::<Test>::get(code).expect("is announced").contracts
}

#[test]
fn code_is_announced_against_a_deposit_that_comes_back_when_it_is_removed() {
    run(|| {
        assert_ok!(Contracts::upload_code(other(), OTHER, 1));
        assert_eq!(
            (held(HoldReason::Code, 2), Codes::<Test>::get(OTHER).unwrap().deposit),
            (CODE_DEPOSIT, CODE_DEPOSIT)
        );
        assert_ok!(Contracts::remove_code(other(), OTHER));
        assert_eq!((held(HoldReason::Code, 2), Codes::<Test>::get(OTHER)), (0, None));
        assert_noop!(Contracts::remove_code(other(), OTHER), Error::<Test>::UnknownCode);
        assert_ok!(Contracts::upload_code(owner(), OTHER, 1));
    });
}

#[test]
fn only_who_announced_code_removes_it() {
    run(|| {
        assert_noop!(Contracts::remove_code(other(), CODE), Error::<Test>::NotYourCode);
    });
}

#[test]
fn code_that_a_contract_runs_or_waits_for_is_not_removed() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        assert_noop!(Contracts::remove_code(owner(), CODE), Error::<Test>::CodeInUse);
        assert_ok!(Contracts::upload_code(owner(), OTHER, 1));
        assert_ok!(Contracts::announce_upgrade(owner(), contract, OTHER));
        assert_noop!(Contracts::remove_code(owner(), OTHER), Error::<Test>::CodeInUse);
        System::set_block_number(15);
        assert_ok!(Contracts::apply_upgrade(owner(), contract));
        assert_noop!(Contracts::remove_code(owner(), OTHER), Error::<Test>::CodeInUse);
        assert_ok!(Contracts::remove_code(owner(), CODE));
    });
}

#[test]
fn an_announced_upgrade_names_its_code_once_however_often_it_is_announced_and_not_when_another_replaced_it() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        assert_ok!(Contracts::upload_code(owner(), OTHER, 1));
        for _ in 0..2 {
            assert_ok!(Contracts::announce_upgrade(owner(), contract, OTHER));
            assert_eq!((named(CODE), named(OTHER)), (1, 1));
        }
        assert_ok!(Contracts::announce_upgrade(owner(), contract, CODE));
        assert_eq!((named(CODE), named(OTHER)), (2, 0));
        System::set_block_number(15);
        assert_ok!(Contracts::apply_upgrade(owner(), contract));
        assert_eq!(named(CODE), 1);
    });
}

#[test]
fn code_is_not_named_more_often_than_can_be_counted() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        let count = |contracts| {
            Codes::<Test>::mutate(CODE, |record| record.as_mut().expect("is announced").contracts = contracts);
        };
        count(u32::MAX);
        let manifest = BoundedVec::truncate_from(manifest().encode());
        assert_noop!(Contracts::deploy(owner(), CODE, manifest, open_policy(), [1; 32]), Error::<Test>::Overflow);
        assert_noop!(Contracts::announce_upgrade(owner(), contract, CODE), Error::<Test>::Overflow);
        count(1);
    });
}

#[test]
fn a_contract_is_deployed_against_a_deposit_that_grows_with_it() {
    run(|| {
        let deposit = |contract| pallet::Contracts::<Test>::get(contract).expect("is deployed").deposit;
        let small = deposit(deploy(open_policy(), 0));
        assert_eq!(held(HoldReason::Contract, 1), small);
        assert!(small > 6 * ENTRY_DEPOSIT, "{small}");
        let longer = Manifest { name: "test-test".into(), ..manifest() };
        let manifest = BoundedVec::truncate_from(longer.encode());
        assert_ok!(Contracts::deploy(owner(), CODE, manifest, open_policy(), [1; 32]));
        let large = deposit(ContractId::derive(&NETWORK, &AccountId([1; 32]), &[1; 32]));
        assert_eq!((large, held(HoldReason::Contract, 1)), (small + 5, small + large));
    });
}

#[test]
fn who_has_too_little_for_the_deposit_announces_and_deploys_nothing() {
    run(|| {
        let poor = || RuntimeOrigin::signed(account(3));
        assert_noop!(Contracts::upload_code(poor(), OTHER, 1), TokenError::FundsUnavailable);
        let manifest = BoundedVec::truncate_from(manifest().encode());
        assert_noop!(Contracts::deploy(poor(), CODE, manifest, open_policy(), [0; 32]), TokenError::FundsUnavailable);
    });
}

#[test]
fn a_retired_contract_is_gone_with_its_lease_and_gives_all_back_but_for_what_is_left() {
    run(|| {
        let (worker, contract) = opened();
        worker.report(worker.receipt(contract, 1, 1, 1, &remark("a")), &remark("a")).expect("is reported");
        assert_ok!(Contracts::upload_code(owner(), OTHER, 1));
        assert_ok!(Contracts::announce_upgrade(owner(), contract, OTHER));
        let done = Contracts::retire(owner(), contract).expect("is retired");
        assert_eq!((told_to_be_retired(), done.actual_weight), (vec![contract], Some(MESSAGES.saturating_div(2))));

        let left = RetiredRecord { owner: AccountId([1; 32]), block: 10, deposit: RETIRED_DEPOSIT };
        assert_eq!((Retired::<Test>::get(contract), held(HoldReason::Contract, 1)), (Some(left), RETIRED_DEPOSIT));
        assert!(pallet::Contracts::<Test>::get(contract).is_none() && Leases::<Test>::get(contract).is_none());
        assert!(Heads::<Test>::get(contract).is_none() && Held::<Test>::get(worker.id, contract).is_none());
        assert!(Vacant::<Test>::get(contract).is_none() && !Reports::<Test>::contains_key(contract));
        assert_ok!(Contracts::remove_code(owner(), CODE));
        assert_ok!(Contracts::remove_code(owner(), OTHER));
    });
}

#[test]
fn nobody_acts_for_a_retired_contract() {
    run(|| {
        let (worker, contract) = opened();
        let receipt = worker.receipt(contract, 1, 1, 1, &remark("a"));
        assert_ok!(Contracts::retire(owner(), contract));
        System::set_block_number(12);
        assert_noop!(worker.claim(contract), Error::<Test>::UnknownContract);
        assert!(!free(&worker, Call::claim_lease { contract }));
        assert_noop!(worker.open(contract, 1, head(1)), Error::<Test>::NotYourLease);
        assert_noop!(worker.anchor(contract, 1, 1, head(1)), Error::<Test>::NotYourLease);
        assert_noop!(Contracts::release_leases(worker.origin(), batch(vec![contract])), Error::<Test>::NotYourLease);
        assert_noop!(worker.report(receipt, &remark("a")), Error::<Test>::UnknownContract);
        assert_eq!(Contracts::living_lease(&contract), None);
        assert_noop!(Contracts::announce_upgrade(owner(), contract, CODE), Error::<Test>::UnknownContract);
        assert_noop!(Contracts::retire(owner(), contract), Error::<Test>::UnknownContract);
    });
}

#[test]
fn the_id_of_a_retired_contract_is_used_up() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        assert_ok!(Contracts::retire(owner(), contract));
        let manifest = BoundedVec::truncate_from(manifest().encode());
        assert_noop!(Contracts::deploy(owner(), CODE, manifest, open_policy(), [0; 32]), Error::<Test>::Retired);
        assert_ne!(deploy(open_policy(), 1), contract);
    });
}

#[test]
fn only_the_owner_retires_a_contract() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        assert_noop!(Contracts::retire(other(), contract), Error::<Test>::NotYourContract);
        assert_noop!(Contracts::retire(owner(), ContractId([9; 32])), Error::<Test>::UnknownContract);
    });
}

#[test]
fn a_deposit_that_nothing_is_there_for_does_not_stay_unseen() {
    run(|| {
        for reason in [HoldReason::Code, HoldReason::Contract] {
            assert_eq!(held(reason, 2), 0);
            assert_ok!(Contracts::hold(reason, &AccountId([2; 32]), 1));
            assert!(Contracts::do_try_state().is_err(), "account 2 owes nothing");
            assert_ok!(Contracts::give_back(reason, &AccountId([2; 32]), 1));
            assert_ok!(Contracts::do_try_state());
        }
    });
}
