//! Keys that have left their machines.

use adyton_pallet_traits::BootKey;
use adyton_protocol::extraction;
use polkadot_sdk::sp_core::Pair;

use super::*;

const SALT: [u8; 32] = [4; 32];

/// What account `reporter` signs with the worker's key.
fn extracted(worker: &TestWorker, reporter: u8) -> [u8; 64] {
    worker.key.sign(&extraction::message(&NETWORK, &worker.signing_key(), &AccountId([reporter; 32]))).0
}

fn commit(worker: &TestWorker, reporter: u8, signature: [u8; 64]) -> frame_support::dispatch::DispatchResult {
    let account = AccountId([reporter; 32]);
    let hash = extraction::commitment(&NETWORK, &worker.signing_key(), &account, &signature, &SALT);
    Slashing::commit_extraction(signed(reporter), hash)
}

fn reveal(worker: &TestWorker, reporter: u8, signature: [u8; 64]) -> frame_support::dispatch::DispatchResult {
    Slashing::reveal_extraction(signed(reporter), worker.signing_key(), signature, SALT)
}

/// Account 2 has committed to a signature, and may open it.
fn committed(worker: &TestWorker) -> [u8; 64] {
    let signature = extracted(worker, 2);
    commit(worker, 2, signature).expect("commits");
    go_to(System::block_number() + 3);
    signature
}

#[test]
fn who_shows_a_key_earns_nine_tenths_of_what_the_owner_loses_and_the_machine_is_denied_at_once() {
    run(|| {
        let worker = worker();
        let signature = extracted(&worker, 2);
        assert_ok!(commit(&worker, 2, signature));
        assert_eq!(free(2), MONEY - 50);
        go_to(23);
        assert_ok!(reveal(&worker, 2, signature));
        assert_eq!((free(2), Commitments::<Test>::get(account(2))), (MONEY, None));
        assert_eq!((newest().kind, newest().amount), (Kind::KeyExtracted, 10_000));
        assert_eq!(facts(|facts| facts.denied.clone()), [(MachineId::IntelPpid([1; 16]), worker.operator)]);
        let (worker, key) = (worker.id, worker.signing_key());
        assert!(happened(Event::KeyExtracted { worker, key, offence: Some(1) }));
        go_to(43);
        assert_eq!((free(2), pool(1).taken), (MONEY + 1_800, 10_000));
        assert!(happened(Event::Applied { offence: 1, worker, own: 2_000, shared: 8_000, reward: 1_800 }));
    });
}

#[test]
fn an_owner_who_shows_their_own_workers_key_loses_by_it() {
    run(|| {
        let worker = worker();
        let (before, own, issued) = (free(1), pool(1).own, Balances::total_issuance());
        let signature = extracted(&worker, 1);
        assert_ok!(commit(&worker, 1, signature));
        go_to(23);
        assert_ok!(reveal(&worker, 1, signature));
        go_to(43);
        let (lost, gained) = (own - pool(1).own, free(1) - before);
        assert_eq!((lost, gained), (2_000, 1_800), "a tenth is burnt");
        assert_eq!(Balances::total_issuance(), issued + gained);
    });
}

#[test]
fn a_commitment_opens_only_after_its_time() {
    run(|| {
        let worker = worker();
        let signature = extracted(&worker, 2);
        assert_ok!(commit(&worker, 2, signature));
        go_to(22);
        assert_noop!(reveal(&worker, 2, signature), Error::<Test>::TooEarly);
        go_to(23);
        assert_ok!(reveal(&worker, 2, signature));
    });
}

#[test]
fn who_copies_a_signature_from_the_pool_gains_nothing() {
    run(|| {
        let worker = worker();
        let signature = committed(&worker);
        assert_noop!(reveal(&worker, 3, signature), Error::<Test>::NoCommitment);
        assert_ok!(commit(&worker, 3, signature));
        assert_noop!(reveal(&worker, 3, signature), Error::<Test>::TooEarly);
        go_to(System::block_number() + 3);
        assert_noop!(reveal(&worker, 3, signature), Error::<Test>::Signature);
        assert_ok!(reveal(&worker, 2, signature));
    });
}

#[test]
fn another_signature_key_or_salt_does_not_open_a_commitment() {
    run(|| {
        let (worker, other) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        let signature = committed(&worker);
        assert_noop!(reveal(&worker, 2, [0; 64]), Error::<Test>::AnotherCommitment);
        assert_noop!(reveal(&other, 2, signature), Error::<Test>::AnotherCommitment);
        let salted = Slashing::reveal_extraction(signed(2), worker.signing_key(), signature, [5; 32]);
        assert_noop!(salted, Error::<Test>::AnotherCommitment);
    });
}

#[test]
fn an_account_has_one_commitment_and_gets_its_deposit_back() {
    run(|| {
        let worker = worker();
        assert_noop!(Slashing::withdraw_commitment(signed(2)), Error::<Test>::NoCommitment);
        assert_ok!(commit(&worker, 2, [0; 64]));
        assert_noop!(commit(&worker, 2, [1; 64]), Error::<Test>::AlreadyCommitted);
        assert_ok!(Slashing::withdraw_commitment(signed(2)));
        assert_eq!(free(2), MONEY);
        assert_ok!(commit(&worker, 2, [1; 64]));
    });
}

#[test]
fn who_cannot_pay_the_deposit_commits_to_nothing() {
    run(|| {
        let worker = worker();
        assert!(commit(&worker, 50, [0; 64]).is_err());
        assert_eq!(Commitments::<Test>::get(account(50)), None);
    });
}

#[test]
fn a_key_that_was_never_registered_earns_nothing() {
    run(|| {
        let worker = worker();
        facts(|facts| facts.keys.clear());
        let signature = committed(&worker);
        assert_noop!(reveal(&worker, 2, signature), Error::<Test>::UnknownKey);
    });
}

#[test]
fn what_a_worker_signs_by_itself_earns_nothing() {
    run(|| {
        let worker = worker();
        // A receipt's signature is over other bytes, and so is every other one of the worker's program.
        let receipt = worker.signed(&SAID).signed;
        let own: [u8; 64] = receipt[receipt.len() - 64..].try_into().expect("the signature comes last");
        assert_ok!(commit(&worker, 2, own));
        go_to(23);
        assert_noop!(reveal(&worker, 2, own), Error::<Test>::Signature);
    });
}

#[test]
fn a_key_is_shown_once() {
    run(|| {
        let worker = worker();
        let (first, second) = (extracted(&worker, 2), extracted(&worker, 3));
        assert_ok!(commit(&worker, 2, first));
        assert_ok!(commit(&worker, 3, second));
        go_to(23);
        assert_ok!(reveal(&worker, 3, second));
        assert_noop!(reveal(&worker, 2, first), Error::<Test>::AlreadyReported);
        assert_ok!(Slashing::withdraw_commitment(signed(2)));
    });
}

#[test]
fn what_is_signed_by_a_key_that_was_shown_is_no_evidence_against_anybody() {
    run(|| {
        let (worker, other) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        let signature = committed(&worker);
        assert_ok!(reveal(&worker, 2, signature));
        let forged = worker.receipt(&Said { after: other_head(5), ..SAID });
        let two = Slashing::report_two_histories(signed(3), forged.clone(), other.receipt(&SAID));
        assert_noop!(two, Error::<Test>::Receipt);
        assert_noop!(Slashing::report_rollback(signed(3), forged.clone()), Error::<Test>::Receipt);
        assert_noop!(Slashing::report_expired(signed(3), forged.clone()), Error::<Test>::Receipt);
        assert_noop!(Slashing::report_revoked(signed(3), forged), Error::<Test>::Receipt);
        assert!(facts(|facts| facts.halted.is_empty()));
    });
}

#[test]
fn a_key_of_an_earlier_boot_counts_within_the_evidence_window() {
    run(|| {
        let worker = worker();
        let signature = committed(&worker);
        worker.change_key(|known| BootKey { ended: Some(23), ..known });
        go_to(84);
        assert_noop!(reveal(&worker, 2, signature), Error::<Test>::TooOld);
        worker.change_key(|known| BootKey { ended: Some(24), ..known });
        assert_ok!(reveal(&worker, 2, signature));
        assert_eq!(newest().block, 24);
    });
}

#[test]
fn the_machine_is_denied_though_nothing_stands_behind_the_worker() {
    run(|| {
        let worker = TestWorker::new(1, 1);
        let signature = committed(&worker);
        assert_ok!(reveal(&worker, 2, signature));
        let (id, key) = (worker.id, worker.signing_key());
        assert!(happened(Event::KeyExtracted { worker: id, key, offence: None }));
        assert_eq!((facts(|facts| facts.denied.len()), LastOffence::<Test>::get()), (1, 0));
    });
}
