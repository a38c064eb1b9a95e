//! Contracts that are halted because two histories of their state were shown.

use adyton_pallet_traits::Histories as _;

use super::*;

#[test]
fn nobody_holds_a_halted_contract_until_its_owner_resumes_it() {
    run(|| {
        let (worker, contract) = opened();
        assert!(Contracts::halt(&contract));
        System::assert_last_event(Event::Halted { contract }.into());
        assert_eq!(Contracts::living_lease(&contract), None);
        assert_noop!(worker.anchor(contract, 1, 1, head(1)), Error::<Test>::NotYourLease);
        System::set_block_number(10 + STALENESS + 1);
        assert_noop!(worker.claim(contract), Error::<Test>::Halted);
        assert_ok!(Contracts::resume(RuntimeOrigin::signed(account(1)), contract));
        System::assert_last_event(Event::Resumed { contract }.into());
        assert_ok!(worker.claim(contract));
    });
}

#[test]
fn who_had_the_last_leases_is_remembered_and_what_was_before_is_not() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        assert_eq!(Contracts::lease_holder(&contract, 1), None);
        let workers = [TestWorker::new(1), TestWorker::new(2)];
        let leases = u64::from(REMEMBERED_LEASES) + 2;
        for number in 1..=leases {
            let worker = &workers[(number % 2) as usize];
            assert_ok!(worker.claim(contract));
            assert_eq!(Contracts::lease_holder(&contract, number), Some(worker.id));
            assert_ok!(Contracts::release_leases(worker.origin(), batch(vec![contract])));
        }
        let held = |number: u64| Contracts::lease_holder(&contract, number);
        let expected = |number: u64| Some(workers[(number % 2) as usize].id);
        assert!((3..=leases).all(|number| held(number) == expected(number)));
        assert_eq!([0, 1, 2, leases + 1].map(held), [None; 4]);
        assert_ok!(Contracts::retire(RuntimeOrigin::signed(account(1)), contract));
        assert!(!Holders::<Test>::contains_key(contract));
    });
}

#[test]
fn a_contract_without_a_lease_is_halted_too_and_none_twice_or_that_is_not_there() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        assert!(Contracts::halt(&contract));
        assert!(!Contracts::halt(&contract), "it is halted");
        assert!(!Contracts::halt(&ContractId([9; 32])), "there is none");
        assert_noop!(TestWorker::new(1).claim(contract), Error::<Test>::Halted);
    });
}

#[test]
fn a_halted_contract_goes_on_no_sooner_than_nobody_can_still_act_for_it() {
    run(|| {
        let (_, contract) = opened();
        let halted = System::block_number();
        assert!(Contracts::halt(&contract));
        let resume = || Contracts::resume(RuntimeOrigin::signed(account(1)), contract);
        for block in [halted, halted + STALENESS] {
            System::set_block_number(block);
            assert_noop!(resume(), Error::<Test>::StalenessLimit);
        }
        System::set_block_number(halted + STALENESS + 1);
        assert_ok!(resume());
    });
}

#[test]
fn only_the_owner_resumes_and_only_what_is_halted() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        let resume = |number| Contracts::resume(RuntimeOrigin::signed(account(number)), contract);
        assert_noop!(resume(1), Error::<Test>::NotHalted);
        Contracts::halt(&contract);
        assert_noop!(resume(2), Error::<Test>::NotYourContract);
    });
}

#[test]
fn a_halted_contract_can_be_retired() {
    run(|| {
        let (_, contract) = opened();
        Contracts::halt(&contract);
        assert_ok!(Contracts::retire(RuntimeOrigin::signed(account(1)), contract));
        assert!(!Halted::<Test>::contains_key(contract));
    });
}

#[test]
fn the_newest_opening_is_known_with_its_worker_while_its_lease_is_the_last() {
    run(|| {
        let (worker, contract) = opened();
        let (opening, holder) = Contracts::opening(&contract).expect("it is open");
        assert_eq!((opening.incarnation, opening.opening, holder), (1, head_of(contract), Some(worker.id)));
        let second = TestWorker::new(2);
        second.change(|record| record.active_until = 1000);
        System::set_block_number(ACTIVE + STALENESS + 1);
        assert_ok!(second.claim(contract));
        assert_eq!(Contracts::opening(&contract), Some((opening, None)), "the second has not opened it");
        assert_eq!(Contracts::opening(&ContractId([9; 32])), None);
    });
}

fn head_of(contract: ContractId) -> StateHead {
    StateHead::genesis(&contract)
}
