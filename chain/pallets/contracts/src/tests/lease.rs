//! Leases: who may claim one, how it ends and who comes after.

use super::*;

#[test]
fn a_worker_that_the_policy_admits_takes_the_lease() {
    run(|| {
        let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
        assert!(free(&worker, Call::claim_lease { contract }));
        assert_ok!(worker.claim(contract));
        let lease = Contracts::living_lease(&contract).expect("is leased");
        assert_eq!((lease.number, lease.holder, lease.since), (1, worker.id, 10));
    });
}

#[test]
fn whoever_is_no_valid_worker_takes_no_lease_and_pays_for_trying() {
    run(|| {
        let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
        worker.set_valid(false);
        assert!(!free(&worker, Call::claim_lease { contract }));
        assert_noop!(worker.claim(contract), Error::<Test>::NotAWorker);
        worker.set_valid(true);
        worker.change(|record| record.role = Role::Keyholder);
        assert_noop!(worker.claim(contract), Error::<Test>::NotAWorker);
    });
}

#[test]
fn a_worker_whose_time_is_over_takes_no_lease() {
    run(|| {
        let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
        System::set_block_number(ACTIVE + 1);
        assert_noop!(worker.claim(contract), Error::<Test>::NotActive);
    });
}

#[test]
fn a_policy_keeps_out_kinds_measurements_operators_and_the_unwilling() {
    run(|| {
        let worker = TestWorker::new(1);
        let kinds = deploy(ContractPolicy { kinds: vec![], ..open_policy() }, 1);
        let measurements = Measurements::Only(vec![Digest([9; 32])]);
        let measurements = deploy(ContractPolicy { measurements, ..open_policy() }, 2);
        let operators = Operators::Only(vec![AccountId([9; 32])]);
        let operators = deploy(ContractPolicy { operators, ..open_policy() }, 3);
        assert_noop!(worker.claim(kinds), Error::<Test>::PolicyKind);
        assert_noop!(worker.claim(measurements), Error::<Test>::PolicyMeasurement);
        assert_noop!(worker.claim(operators), Error::<Test>::PolicyOperator);
        let open = deploy(open_policy(), 4);
        worker.change(|record| record.opted_in = false);
        assert_noop!(worker.claim(open), Error::<Test>::NotOptedIn);
        assert_noop!(worker.claim(ContractId([9; 32])), Error::<Test>::UnknownContract);
    });
}

#[test]
fn a_living_lease_keeps_everybody_else_out_until_end_and_staleness_limit() {
    run(|| {
        let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
        second.change(|record| record.active_until = 1000);
        assert_ok!(first.claim(contract));
        assert_noop!(first.claim(contract), Error::<Test>::LeaseAlive);
        System::set_block_number(ACTIVE);
        assert_noop!(second.claim(contract), Error::<Test>::LeaseAlive);
        System::set_block_number(ACTIVE + 1);
        assert!(Contracts::living_lease(&contract).is_none());
        assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
        System::set_block_number(ACTIVE + STALENESS);
        assert!(!free(&second, Call::claim_lease { contract }));
        assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
        System::set_block_number(ACTIVE + STALENESS + 1);
        assert_ok!(second.claim(contract));
        assert_eq!(Contracts::living_lease(&contract).map(|lease| (lease.number, lease.holder)), Some((2, second.id)));
    });
}

#[test]
fn a_lease_of_a_worker_that_is_gone_can_be_taken() {
    run(|| {
        let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
        assert_ok!(first.claim(contract));
        first.remove();
        assert_ok!(second.claim(contract));
    });
}

#[test]
fn a_holder_that_comes_back_as_what_the_policy_excludes_can_do_nothing_with_its_lease() {
    run(|| {
        let measurements = Measurements::Only(vec![Digest([1; 32]), Digest([2; 32])]);
        let contract = deploy(ContractPolicy { measurements, ..open_policy() }, 0);
        let (worker, second) = (TestWorker::new(1), TestWorker::new(2));
        assert_ok!(worker.claim(contract));
        assert_ok!(worker.open(contract, 1, StateHead::genesis(&contract)));
        let now = System::block_number() + 1;
        System::set_block_number(now);
        worker.change(|record| {
            record.verdict.measurement = Digest([9; 32]);
            record.registered_at = now;
        });
        assert_noop!(worker.open(contract, 1, head(1)), Error::<Test>::PolicyMeasurement);
        let anchors = batch(vec![Anchor { contract, lease: 1, incarnation: 1, head: head(1) }]);
        assert_noop!(Contracts::anchor(worker.origin(), anchors, Digest([0; 32])), Error::<Test>::PolicyMeasurement);
        // No lease for its key request either; and its heartbeats keep nobody out for ever.
        assert!(Contracts::living_lease(&contract).is_none());
        assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
        System::set_block_number(now + STALENESS + 1);
        assert_ok!(second.claim(contract));
    });
}

/// A policy that asks for two Hoppers.
fn two_hoppers() -> ContractPolicy {
    let devices = Some(DeviceDemand { architectures: vec![Architecture::Hopper], minimum: 2 });
    ContractPolicy { devices, ..open_policy() }
}

#[test]
fn a_policy_that_asks_for_devices_keeps_out_who_has_too_few_that_count() {
    run(|| {
        let (worker, contract) = (TestWorker::new(1), deploy(two_hoppers(), 0));
        let claim = || Call::claim_lease { contract };
        assert!(!free(&worker, claim()));
        assert_noop!(worker.claim(contract), Error::<Test>::PolicyDevices);
        worker.set_hoppers(1);
        assert_noop!(worker.claim(contract), Error::<Test>::PolicyDevices);
        worker.set_hoppers(2);
        assert!(free(&worker, claim()));
        assert_ok!(worker.claim(contract));
        assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.holder), Some(worker.id));
    });
}

#[test]
fn a_holder_whose_devices_count_no_longer_can_do_nothing_with_its_lease_until_they_do() {
    run(|| {
        let (worker, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(two_hoppers(), 0));
        worker.set_hoppers(2);
        second.set_hoppers(2);
        assert_ok!(worker.claim(contract));
        assert_ok!(worker.open(contract, 1, StateHead::genesis(&contract)));
        worker.set_hoppers(1);
        let next = System::block_number() + 1;
        System::set_block_number(next);
        assert_noop!(worker.open(contract, 1, head(1)), Error::<Test>::PolicyDevices);
        assert_noop!(worker.anchor(contract, 1, 1, head(1)), Error::<Test>::PolicyDevices);
        let call = remark("gone");
        let receipt = worker.receipt(contract, 1, 1, 1, &call);
        assert_noop!(worker.report(receipt, &call), Error::<Test>::PolicyDevices);
        // No lease for its key request either.
        assert!(Contracts::living_lease(&contract).is_none());
        worker.set_hoppers(2);
        assert_ok!(worker.anchor(contract, 1, 1, head(1)));
        assert!(Contracts::living_lease(&contract).is_some());
        // Since when they did not count stands nowhere, so that nobody else may come before its time has passed.
        worker.set_hoppers(0);
        System::set_block_number(ACTIVE);
        assert_noop!(second.claim(contract), Error::<Test>::LeaseAlive);
        second.change(|record| record.active_until = 1000);
        System::set_block_number(ACTIVE + STALENESS);
        assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
        System::set_block_number(ACTIVE + STALENESS + 1);
        assert_ok!(second.claim(contract));
    });
}

#[test]
fn a_holder_without_the_devices_may_still_give_its_lease_back() {
    run(|| {
        let (worker, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(two_hoppers(), 0));
        worker.set_hoppers(2);
        second.set_hoppers(2);
        assert_ok!(worker.claim(contract));
        worker.set_hoppers(0);
        assert_ok!(Contracts::release_leases(worker.origin(), batch(vec![contract])));
        assert_ok!(second.claim(contract));
    });
}

#[test]
fn an_anchor_of_a_worker_without_devices_weighs_less_than_was_reckoned_with() {
    run(|| {
        let (first, second) = (TestWorker::new(1), TestWorker::new(2));
        let weight = |worker: &TestWorker| {
            let anchored = Contracts::anchor(worker.origin(), batch(vec![]), Digest([0; 32]));
            anchored.expect("is anchored").actual_weight
        };
        // A device that counts no longer has to be looked at all the same.
        second.set_hoppers(0);
        assert!(weight(&first).is_some());
        assert_eq!(weight(&second), None);
    });
}

#[test]
fn a_worker_that_opted_out_keeps_the_leases_it_has() {
    run(|| {
        let (worker, contract) = opened();
        worker.change(|record| record.opted_in = false);
        let anchors = batch(vec![Anchor { contract, lease: 1, incarnation: 1, head: head(1) }]);
        assert_ok!(Contracts::anchor(worker.origin(), anchors, Digest([0; 32])));
        assert!(Contracts::living_lease(&contract).is_some());
    });
}

#[test]
fn a_contract_is_vacant_until_it_is_leased_and_again_when_it_is_released() {
    run(|| {
        let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
        let found = |worker: &TestWorker| pallet::Held::<Test>::contains_key(worker.id, contract);
        assert!(pallet::Vacant::<Test>::contains_key(contract));
        assert_ok!(first.claim(contract));
        assert!(!pallet::Vacant::<Test>::contains_key(contract) && found(&first));
        assert_ok!(Contracts::release_leases(first.origin(), batch(vec![contract])));
        assert!(pallet::Vacant::<Test>::contains_key(contract) && !found(&first));
        assert_ok!(second.claim(contract));
        second.remove();
        System::set_block_number(System::block_number() + STALENESS);
        assert_ok!(first.claim(contract));
        assert!(found(&first) && !found(&second));
    });
}

#[test]
fn a_released_lease_can_be_taken_at_once_by_somebody_else() {
    run(|| {
        let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
        assert_ok!(first.claim(contract));
        assert!(free(&first, Call::release_leases { contracts: batch(vec![contract]) }));
        assert_ok!(Contracts::release_leases(first.origin(), batch(vec![contract])));
        assert!(!free(&first, Call::release_leases { contracts: batch(vec![contract]) }));
        assert_noop!(first.claim(contract), Error::<Test>::TooSoon);
        assert_ok!(second.claim(contract));
    });
}

#[test]
fn who_released_a_lease_may_take_it_again_after_the_staleness_limit() {
    run(|| {
        let (first, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
        assert_ok!(first.claim(contract));
        assert_ok!(Contracts::release_leases(first.origin(), batch(vec![contract])));
        System::set_block_number(10 + STALENESS);
        assert_ok!(first.claim(contract));
        assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.number), Some(2));
    });
}

#[test]
fn only_the_holder_releases_and_a_batch_is_ordered() {
    run(|| {
        let (first, second) = (TestWorker::new(1), TestWorker::new(2));
        let (one, two) = (deploy(open_policy(), 0), deploy(open_policy(), 1));
        assert_ok!(first.claim(one));
        assert_ok!(first.claim(two));
        let release = |worker: &TestWorker, contracts| Contracts::release_leases(worker.origin(), batch(contracts));
        assert_noop!(release(&second, vec![one]), Error::<Test>::NotYourLease);
        let (low, high) = (one.min(two), one.max(two));
        for wrong in [vec![], vec![high, low], vec![low, low]] {
            assert_noop!(release(&first, wrong), Error::<Test>::Order);
        }
        assert_ok!(release(&first, vec![low, high]));
    });
}

#[test]
fn a_restart_of_the_holder_keeps_the_lease() {
    run(|| {
        let (worker, contract) = opened();
        worker.change(|record| record.boot = 2);
        assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.holder), Some(worker.id));
    });
}
