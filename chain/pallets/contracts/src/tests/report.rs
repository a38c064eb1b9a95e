//! Results reported from receipts.

use super::*;

fn last_event() -> RuntimeEvent {
    System::events().pop().expect("there is one").event
}

#[test]
fn a_reported_call_is_dispatched_as_the_contracts_own_account() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        assert_ok!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call));
        let sender = polkadot_sdk::sp_runtime::AccountId32::new(contract.account(&NETWORK).0);
        let remarked = System::events().iter().any(|record| {
            matches!(&record.event, RuntimeEvent::System(frame_system::Event::Remarked { sender: by, .. }) if *by == sender)
        });
        assert!(remarked);
        assert_eq!(last_event(), Event::Reported { contract, number: 1, result: Ok(()) }.into());
        assert_eq!(Reports::<Test>::get(contract), 1);
    });
}

#[test]
fn a_report_is_dispatched_once_and_numbers_grow() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        assert_ok!(worker.report(worker.receipt(contract, 1, 1, 5, &call), &call));
        System::set_block_number(12);
        for number in [4, 5] {
            assert_noop!(
                worker.report(worker.receipt(contract, 1, 1, number, &call), &call),
                Error::<Test>::ReportNumber
            );
        }
        assert_ok!(worker.report(worker.receipt(contract, 1, 1, 6, &call), &call));
    });
}

#[test]
fn reports_of_a_contract_are_free_only_once_per_period() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        assert_ok!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call));
        System::set_block_number(11);
        let receipt = worker.receipt(contract, 1, 1, 2, &call);
        let again = Call::report {
            receipt: BoundedVec::truncate_from(receipt.clone()),
            call: BoundedVec::truncate_from(call.clone()),
        };
        assert!(!free(&worker, again.clone()));
        assert_noop!(worker.report(receipt, &call), Error::<Test>::TooSoon);
        System::set_block_number(12);
        assert!(free(&worker, again));
    });
}

#[test]
fn a_call_that_fails_is_reported_and_not_repeated() {
    run(|| {
        let (worker, contract) = opened();
        let call = RuntimeCall::System(frame_system::Call::kill_prefix { prefix: vec![], subkeys: 0 }).encode();
        assert_ok!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call));
        let expected = Event::Reported { contract, number: 1, result: Err(DispatchError::BadOrigin) };
        assert_eq!(last_event(), expected.into());
        System::set_block_number(12);
        assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::ReportNumber);
    });
}

#[test]
fn a_receipt_by_another_key_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        let other = TestWorker::new(2);
        assert_noop!(worker.report(other.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::ReceiptKey);
        assert_noop!(other.report(other.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::NotYourLease);
        assert_noop!(other.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::ReceiptKey);
    });
}

#[test]
fn a_receipt_of_another_contract_lease_or_incarnation_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        let other = deploy(open_policy(), 1);
        let call = remark("price");
        assert_noop!(worker.report(worker.receipt(other, 1, 1, 1, &call), &call), Error::<Test>::NotYourLease);
        assert_noop!(worker.report(worker.receipt(contract, 2, 1, 1, &call), &call), Error::<Test>::ReceiptLease);
        assert_noop!(worker.report(worker.receipt(contract, 1, 2, 1, &call), &call), Error::<Test>::ReceiptIncarnation);
        assert_noop!(
            worker.report(worker.receipt(ContractId([9; 32]), 1, 1, 1, &call), &call),
            Error::<Test>::UnknownContract
        );
    });
}

#[test]
fn a_receipt_of_a_boot_that_did_not_open_the_store_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        worker.change(|record| record.boot = 2);
        assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::NotOpen);
    });
}

#[test]
fn a_former_holder_reports_and_releases_nothing() {
    run(|| {
        let (first, contract) = opened();
        let second = TestWorker::new(2);
        second.change(|record| record.active_until = 1000);
        System::set_block_number(ACTIVE + STALENESS + 1);
        assert_ok!(second.claim(contract));
        // The first comes back to life with the store it had open.
        first.change(|record| record.active_until = 1000);
        let call = remark("price");
        let receipt = first.receipt(contract, 1, 1, 1, &call);
        assert_noop!(first.report(receipt, &call), Error::<Test>::NotYourLease);
        let release = Contracts::release_leases(first.origin(), batch(vec![contract]));
        assert_err!(release, Error::<Test>::NotYourLease);
    });
}

#[test]
fn another_call_than_the_reported_one_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        let receipt = worker.receipt(contract, 1, 1, 1, &remark("price"));
        assert_noop!(worker.report(receipt, &remark("other")), Error::<Test>::ReceiptReport);
    });
}

#[test]
fn a_changed_receipt_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        let receipt = worker.receipt(contract, 1, 1, 1, &call);
        for index in 0..receipt.len() {
            let mut changed = receipt.clone();
            changed[index] ^= 1;
            assert_err!(worker.report(changed, &call), Error::<Test>::Receipt);
        }
    });
}

#[test]
fn bytes_that_are_no_call_or_one_that_is_not_allowed_are_refused() {
    run(|| {
        let (worker, contract) = opened();
        let mut trailing = remark("price");
        trailing.push(0);
        for garbage in [vec![], vec![0xff; 10], trailing] {
            assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &garbage), &garbage), Error::<Test>::NotACall);
        }
        let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] }).encode();
        assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::CallNotAllowed);
    });
}

#[test]
fn a_call_that_is_too_heavy_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        let call = RuntimeCall::System(frame_system::Call::kill_prefix { prefix: vec![], subkeys: u32::MAX }).encode();
        assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::CallTooHeavy);
    });
}
