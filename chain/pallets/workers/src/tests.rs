use adyton_attestation::{Document, IntelRefusal};
use adyton_development_root::{COLLATERAL_LIFETIME, DevelopmentRoot};
use adyton_pallet_attestation::Error as AttestationError;
use adyton_pallet_traits::{BootKeys as _, Workers as _};
use adyton_protocol::{
    ids::{AccountId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::{EvidenceKind, MachineId, Party, WorkerRecord},
    statement::Role,
    storage,
};
use frame_support::{
    assert_err, assert_noop, assert_ok,
    dispatch::CheckIfFeeless,
    traits::{
        fungible::{Inspect, InspectHold, MutateHold},
        tokens::Precision,
    },
};
use polkadot_sdk::{sp_core::Pair, sp_runtime::DispatchError, *};

use crate::{
    mock::{Workers, *},
    pallet, *,
};

mod cpu_models;

fn refused(refusal: IntelRefusal) -> DispatchError {
    AttestationError::<Test>::from(refusal).into()
}

fn held(number: u8) -> u64 {
    Balances::balance_on_hold(&HoldReason::Registration.into(), &operator(number))
}

fn beat(registration: &Registration, nonce: u8) -> Result<(), DispatchError> {
    Workers::heartbeat(RuntimeOrigin::signed(registration.account()), [nonce; 32])
}

fn is_feeless(registration: &Registration) -> bool {
    let call = RuntimeCall::Workers(Call::heartbeat { nonce: [0; 32] });
    call.is_feeless(&RuntimeOrigin::signed(registration.account()))
}

#[test]
fn a_worker_with_evidence_is_registered_and_its_operator_pays_a_deposit() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        let record = pallet::Workers::<Test>::get(registration.worker()).expect("is registered");
        assert_eq!(record.operator, AccountId([1; 32]));
        assert_eq!(record.signing_key, registration.statement.signing_key);
        assert_eq!(record.statement, registration.statement.digest());
        assert_eq!((record.boot, record.registered_at, record.active_until), (1, 10, 10 + LEASE));
        assert!(record.opted_in);
        assert_eq!(WorkerOf::<Test>::get(record.signing_key), Some(registration.worker()));
        assert_eq!(held(1), DEPOSIT);
        assert_eq!(System::sufficients(&registration.account()), 1);
        assert_eq!(Balances::balance(&registration.account()), 0);
    });
}

#[test]
fn a_workers_boots_end_with_their_numbers() {
    run(|| {
        let registration = Registration::new(1, 100);
        Boots::<Test>::insert(registration.worker(), u32::MAX);
        assert_noop!(registration.send(), Error::<Test>::Overflow);
        Boots::<Test>::remove(registration.worker());
        assert_ok!(registration.send());
    });
}

#[test]
fn evidence_under_another_root_is_refused() {
    run(|| {
        let root = DevelopmentRoot::insecure_from_seed([2; 32]);
        let result = Registration { root, ..Registration::new(1, 100) }.send();
        assert!(matches!(result, Err(DispatchError::Module(error)) if error.index == 3), "{result:?}");
        assert_eq!(held(1), 0);
    });
}

#[test]
fn evidence_of_an_unaccepted_measurement_is_refused() {
    run(|| {
        assert_err!(
            Registration { program: "other", ..Registration::new(1, 100) }.send(),
            AttestationError::<Test>::UnknownMeasurement
        );
    });
}

#[test]
fn a_keyholders_program_is_refused_as_a_worker() {
    run(|| {
        assert_err!(
            Registration { program: "keyholder", ..Registration::new(1, 100) }.send(),
            AttestationError::<Test>::AnotherRole
        );
        let mut keyholder = Registration { program: "keyholder", ..Registration::new(1, 100) };
        keyholder.statement.role = Role::Keyholder;
        assert_ok!(keyholder.send());
    });
}

#[test]
fn evidence_with_other_report_data_is_refused() {
    run(|| {
        let honest = Registration::new(1, 100);
        let mut other = honest.clone();
        other.statement.config = Digest([1; 32]);
        let result = Registration { evidence: Some(honest.evidence()), ..other }.send();
        assert_err!(result, refused(IntelRefusal::ReportData));
    });
}

#[test]
fn a_registration_signed_by_another_operator_is_refused() {
    run(|| {
        assert_err!(
            Registration { origin: operator(2), ..Registration::new(1, 100) }.send(),
            Error::<Test>::AnotherOperator
        );
    });
}

#[test]
fn evidence_copied_from_the_pool_registers_nobody_else() {
    run(|| {
        let victim = Registration::new(1, 100);
        let evidence = Some(victim.evidence());
        // As it is, under the thief's account.
        let copied = Registration { origin: operator(2), evidence: evidence.clone(), ..victim.clone() };
        assert_err!(copied.send(), Error::<Test>::AnotherOperator);
        // With the thief's account in the statement: the evidence is not about it.
        let mut thief = Registration::new(2, 100);
        thief.evidence = evidence.clone();
        assert_err!(thief.send(), refused(IntelRefusal::ReportData));
        // The victim is still able to register.
        assert_ok!(victim.send());
    });
}

#[test]
fn evidence_registers_only_once() {
    run(|| {
        let first = Registration::new(1, 100);
        assert_ok!(first.send());
        assert_err!(first.send(), Error::<Test>::EvidenceUsed);
        // Even for a key that the pallet has not seen.
        let known = UsedKeys::<Test>::take(first.statement.signing_key).expect("it was registered");
        assert_err!(first.send(), Error::<Test>::EvidenceUsed);
        UsedKeys::<Test>::insert(first.statement.signing_key, known);
    });
}

#[test]
fn a_name_that_gives_another_identity_is_refused() {
    run(|| {
        assert_err!(Registration { name: "other", ..Registration::new(1, 100) }.send(), Error::<Test>::AnotherName);
        assert_err!(Registration { name: "", ..Registration::new(1, 100) }.send(), Error::<Test>::Name);
        let mut stolen = Registration::new(2, 100);
        stolen.statement.worker = WorkerId::derive(&NETWORK, &AccountId([1; 32]), "w");
        assert_err!(stolen.send(), Error::<Test>::AnotherName);
    });
}

#[test]
fn a_statement_for_another_network_is_refused() {
    run(|| {
        let mut other = Registration::new(1, 100);
        other.statement.network = NetworkId([9; 32]);
        other.statement.worker = WorkerId::derive(&NetworkId([9; 32]), &AccountId([1; 32]), "w");
        assert_err!(other.send(), AttestationError::<Test>::AnotherNetwork);
    });
}

#[test]
fn a_statement_about_a_block_of_another_chain_is_refused() {
    run(|| {
        let mut other = Registration::new(1, 100);
        other.statement.recent.hash.0[0] ^= 1;
        assert_err!(other.send(), Error::<Test>::StaleBlock);
    });
}

#[test]
fn a_statement_about_an_old_present_or_future_block_is_refused() {
    run(|| {
        let old = Registration::new(1, 100);
        go_to(9 + AGE);
        assert_ok!(old.send());
        let old = Registration::new(1, 101);
        go_to(System::block_number() + AGE);
        assert_err!(old.send(), Error::<Test>::StaleBlock);
        for ahead in [1, 2] {
            let mut future = Registration::new(1, 102);
            future.statement.recent.number += ahead;
            assert_err!(future.send(), Error::<Test>::StaleBlock);
        }
    });
}

#[test]
fn a_key_that_did_not_countersign_is_refused() {
    run(|| {
        let honest = Registration::new(1, 100);
        let other = polkadot_sdk::sp_core::ed25519::Pair::from_seed(&[9; 32]);
        let message = honest.statement.registration_message(&honest.evidence());
        let result = Registration { signature: Some(other.sign(&message).0), ..honest.clone() }.send();
        assert_err!(result, Error::<Test>::Countersignature);
        let stale = honest.key.sign(&honest.statement.registration_message(b"other evidence")).0;
        assert_err!(Registration { signature: Some(stale), ..honest }.send(), Error::<Test>::Countersignature);
    });
}

#[test]
fn expired_collateral_registers_nobody_and_ends_validity() {
    run(|| {
        let early = Registration::new(1, 100);
        assert_ok!(early.send());
        let key = AccountId(early.statement.signing_key.0);
        assert!(Workers::valid_worker(&key).is_some());
        pallet_timestamp::Now::<Test>::put((NOW + COLLATERAL_LIFETIME) * 1000);
        assert!(Workers::valid_worker(&key).is_none());
        // Of a refusal, the error keeps the code alone.
        let expired = IntelRefusal::Expired { document: Document::TcbInfo, not_after: 0, now: 0 };
        assert_err!(Registration::new(2, 101).send(), refused(expired));
    });
}

#[test]
fn collateral_below_a_raised_floor_registers_nobody() {
    run(|| {
        let floor = adyton_development_root::EVALUATION_NUMBER + 1;
        let place = (collateral().kind, collateral().root);
        adyton_pallet_attestation::EvaluationFloors::<Test>::insert(place, floor);
        let found = floor - 1;
        assert_err!(Registration::new(1, 100).send(), refused(IntelRefusal::EvaluationNumber { found, floor }));
    });
}

#[test]
fn a_worker_judged_before_verdicts_were_ended_is_inactive_until_it_renews() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        let key = AccountId(*registration.account().as_ref());
        assert!(Workers::valid_worker(&key).is_some());
        let (kind, root) = (collateral().kind, collateral().root);
        assert_ok!(Attestation::end_verdicts(RuntimeOrigin::root(), kind, root));
        assert!(Workers::valid_worker(&key).is_none());
        assert_err!(beat(&registration, 1), Error::<Test>::NotAWorker);
        go_to(System::block_number() + 2);
        let boot = Registration::new(1, 100);
        assert_ok!(boot.send());
        assert!(Workers::valid_worker(&key).is_some());
    });
}

#[test]
fn a_frozen_network_registers_nobody() {
    run(|| {
        assert_ok!(Attestation::set_frozen(RuntimeOrigin::root(), true));
        assert_err!(Registration::new(1, 100).send(), AttestationError::<Test>::Frozen);
    });
}

#[test]
fn a_denied_machine_registers_nobody_and_ends_validity() {
    run(|| {
        let early = Registration::new(1, 100);
        assert_ok!(early.send());
        let machine = pallet::Workers::<Test>::get(early.worker()).expect("is registered").verdict.machine;
        assert_ok!(Attestation::set_machine_denied(RuntimeOrigin::root(), machine, true));
        assert!(Workers::valid_worker(&AccountId(early.statement.signing_key.0)).is_none());
        assert_err!(Registration::new(2, 101).send(), AttestationError::<Test>::MachineDenied);
        assert_ok!(Registration { machine: 1, ..Registration::new(2, 101) }.send());
    });
}

#[test]
fn a_denied_operator_registers_nobody() {
    run(|| {
        assert_ok!(Attestation::set_operator_denied(RuntimeOrigin::root(), AccountId([1; 32]), true));
        assert_err!(Registration::new(1, 100).send(), AttestationError::<Test>::OperatorDenied);
    });
}

#[test]
fn a_machine_has_no_more_workers_than_its_capacity() {
    run(|| {
        assert_ok!(Registration::new(1, 100).send());
        assert_ok!(Registration::new(2, 101).send());
        assert_err!(Registration::new(3, 102).send(), Error::<Test>::MachineFull);
        assert_ok!(Registration { machine: 1, ..Registration::new(3, 102) }.send());
        // A restart on a full machine is no new worker.
        assert_ok!(Registration::new(1, 103).send());
    });
}

#[test]
fn a_machine_without_identity_needs_to_be_allowed_as_long_as_it_works() {
    run(|| {
        let plan = |registration: &Registration| {
            let role = adyton_development_root::Role::new("worker").expect("a short name");
            let mut plan = development().plan(&role, registration.statement.report_data(), NOW);
            plan.pck.sgx.as_mut().expect("a platform's certificate").ppid = vec![0; 16];
            plan.issue().quote
        };
        let registration = Registration::new(1, 100);
        let registration = Registration { evidence: Some(plan(&registration)), ..registration };
        assert_err!(registration.send(), AttestationError::<Test>::MachineUnidentified);
        let party = Party::Operator(registration.statement.operator);
        assert_ok!(Attestation::set_allowed(RuntimeOrigin::root(), party.clone(), true));
        assert_err!(registration.send(), Error::<Test>::MachineFull);
        assert_ok!(Attestation::set_capacity(RuntimeOrigin::root(), MachineId::None, Some(1)));
        assert_ok!(registration.send());
        let key = AccountId(*registration.account().as_ref());
        assert!(Workers::valid_worker(&key).is_some());
        assert_ok!(Attestation::set_allowed(RuntimeOrigin::root(), party, false));
        assert!(Workers::valid_worker(&key).is_none());
    });
}

#[test]
fn an_operator_without_money_for_the_deposit_is_refused() {
    run(|| assert!(matches!(Registration::new(99, 100).send(), Err(DispatchError::Token(_)))));
}

#[test]
fn a_restart_changes_keys_and_keeps_worker_and_deposit() {
    run(|| {
        let first = Registration::new(1, 100);
        assert_ok!(first.send());
        go_to(12);
        let second = Registration::new(1, 101);
        assert_ok!(second.send());
        let record = pallet::Workers::<Test>::get(first.worker()).expect("is registered");
        assert_eq!((record.boot, record.signing_key), (2, second.statement.signing_key));
        assert_eq!(WorkerOf::<Test>::get(first.statement.signing_key), None);
        assert_eq!(System::sufficients(&first.account()), 0);
        assert_eq!(held(1), DEPOSIT);
        assert_err!(beat(&first, 1), Error::<Test>::NotAWorker);
        assert_ok!(beat(&second, 1));
    });
}

#[test]
fn new_evidence_of_the_same_boot_renews_its_verdict_and_nothing_else() {
    run(|| {
        let first = Registration::new(1, 100);
        assert_ok!(first.send());
        let before = pallet::Workers::<Test>::get(first.worker()).expect("is registered");
        go_to(System::block_number() + 20);
        let renewal = Registration::new(1, 100);
        assert_ok!(renewal.send());
        let after = pallet::Workers::<Test>::get(first.worker()).expect("is registered");
        assert_ne!(after.verdict.evidence, before.verdict.evidence);
        assert_eq!(after.statement, renewal.statement.digest());
        let (worker, valid_until) = (first.worker(), after.verdict.valid_until);
        System::assert_last_event(Event::Renewed { worker, valid_until }.into());
        let unchanged = WorkerRecord { statement: before.statement, verdict: before.verdict.clone(), ..after };
        assert_eq!(unchanged, before);
        assert_eq!((held(1), System::sufficients(&first.account())), (DEPOSIT, 1));
        assert_err!(first.send(), Error::<Test>::EvidenceUsed);
    });
}

/// Registers a worker and refuses a renewal of its boot that differs by `change`.
fn refuses_a_renewal(change: impl FnOnce(&mut Registration)) {
    run(|| {
        assert_ok!(Registration::new(1, 100).send());
        go_to(System::block_number() + 1);
        let before = pallet::Workers::<Test>::get(Registration::new(1, 100).worker());
        let mut renewal = Registration::new(1, 100);
        change(&mut renewal);
        assert_err!(renewal.send(), Error::<Test>::RenewalDiffers);
        assert_eq!(pallet::Workers::<Test>::get(renewal.worker()), before);
    });
}

#[test]
fn a_renewal_from_another_machine_is_refused() {
    refuses_a_renewal(|renewal| renewal.machine = 1);
}

#[test]
fn a_renewal_from_another_accepted_measurement_is_refused() {
    refuses_a_renewal(|renewal| renewal.program = "newer-worker");
}

#[test]
fn a_renewal_with_another_encryption_key_is_refused() {
    refuses_a_renewal(|renewal| renewal.statement.encryption_key = EncryptionKey([9; 32]));
}

#[test]
fn the_next_boot_may_have_another_accepted_measurement() {
    run(|| {
        assert_ok!(Registration::new(1, 100).send());
        assert_ok!(Registration { program: "newer-worker", ..Registration::new(1, 101) }.send());
    });
}

#[test]
fn a_retiring_worker_does_not_renew() {
    run(|| {
        let first = Registration::new(1, 100);
        assert_ok!(first.send());
        assert_ok!(Workers::retire(RuntimeOrigin::signed(operator(1)), first.worker()));
        go_to(System::block_number() + 1);
        assert_err!(Registration::new(1, 100).send(), Error::<Test>::KeyUsed);
    });
}

#[test]
fn a_worker_does_not_change_its_role() {
    run(|| {
        assert_ok!(Registration::new(1, 100).send());
        let mut keyholder = Registration { program: "keyholder", ..Registration::new(1, 101) };
        keyholder.statement.role = Role::Keyholder;
        assert_err!(keyholder.send(), Error::<Test>::AnotherRole);
    });
}

#[test]
fn a_key_of_an_earlier_boot_or_another_worker_is_refused() {
    run(|| {
        assert_ok!(Registration::new(1, 100).send());
        assert_ok!(Registration::new(1, 101).send());
        assert_err!(Registration::new(1, 100).send(), Error::<Test>::KeyUsed);
        assert_err!(Registration::new(2, 101).send(), Error::<Test>::KeyUsed);
    });
}

#[test]
fn a_heartbeat_posts_the_nonce_and_extends_the_leases() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        go_to(20);
        assert_ok!(beat(&registration, 7));
        let record = pallet::Workers::<Test>::get(registration.worker()).expect("is registered");
        assert_eq!((record.heartbeat.nonce, record.heartbeat.block, record.active_until), ([7; 32], 20, 20 + LEASE));
    });
}

#[test]
fn a_second_heartbeat_within_a_period_is_refused_and_not_free() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        assert!(is_feeless(&registration));
        assert_ok!(beat(&registration, 1));
        for block in [10, 14] {
            go_to(block);
            assert!(!is_feeless(&registration));
            assert_noop!(beat(&registration, 2), Error::<Test>::TooSoon);
        }
        go_to(15);
        assert!(is_feeless(&registration));
        assert_ok!(beat(&registration, 2));
    });
}

#[test]
fn a_heartbeat_of_anybody_else_is_refused_and_not_free() {
    run(|| {
        let stranger = Registration::new(1, 100);
        assert!(!is_feeless(&stranger));
        assert_noop!(beat(&stranger, 1), Error::<Test>::NotAWorker);
        assert_noop!(Workers::heartbeat(RuntimeOrigin::root(), [1; 32]), DispatchError::BadOrigin);
    });
}

#[test]
fn a_worker_whose_measurement_is_revoked_cannot_keep_its_leases_alive() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        let measurement =
            pallet::Workers::<Test>::get(registration.worker()).expect("is registered").verdict.measurement;
        assert_ok!(Attestation::revoke_measurement(RuntimeOrigin::root(), measurement));
        assert!(!is_feeless(&registration));
        assert_noop!(beat(&registration, 1), Error::<Test>::NotAWorker);
    });
}

#[test]
fn a_retired_worker_gets_its_deposit_back_after_its_leases_ended() {
    run(|| {
        let registration = Registration::new(1, 100);
        let retire = || Workers::retire(RuntimeOrigin::signed(operator(1)), registration.worker());
        assert_ok!(registration.send());
        assert_ok!(retire());
        assert_err!(beat(&registration, 1), Error::<Test>::NotAWorker);
        go_to(10 + LEASE + STALENESS);
        assert_noop!(retire(), Error::<Test>::StillActive);
        assert_eq!(held(1), DEPOSIT);
        go_to(11 + LEASE + STALENESS);
        assert_ok!(retire());
        assert_eq!(held(1), 0);
        assert!(Workers::worker(&registration.worker()).is_none());
        assert_noop!(retire(), Error::<Test>::NotYourWorker);
    });
}

#[test]
fn a_deposit_that_no_worker_is_there_for_does_not_stay_unseen() {
    run(|| {
        assert_ok!(Registration::new(1, 100).send());
        let reason = HoldReason::Registration.into();
        for number in [1, 2] {
            assert_ok!(Workers::do_try_state());
            assert_ok!(Balances::hold(&reason, &operator(number), 1));
            assert!(Workers::do_try_state().is_err(), "operator {number} owes less");
            assert_ok!(Balances::release(&reason, &operator(number), 1, Precision::Exact));
        }
    });
}

#[test]
fn a_worker_registered_again_after_retirement_never_repeats_a_boot() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        go_to(11 + LEASE + STALENESS);
        assert_ok!(Workers::retire(RuntimeOrigin::signed(operator(1)), registration.worker()));
        assert_ok!(Registration::new(1, 101).send());
        assert_eq!(Workers::worker(&registration.worker()).map(|record| record.boot), Some(2));
    });
}

/// Of all tiers.
fn counted() -> u32 {
    Census::<Test>::get(EvidenceKind::IntelTdx).iter().sum()
}

#[test]
fn a_worker_is_counted_once_until_it_is_removed() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        assert_eq!(counted(), 1);
        assert_ok!(Registration::new(1, 101).send());
        assert_eq!(counted(), 1, "its next boot");
        go_to(11 + LEASE + STALENESS);
        assert_ok!(Workers::retire(RuntimeOrigin::signed(operator(1)), registration.worker()));
        assert_eq!(counted(), 0);
    });
}

#[test]
fn a_keyholder_is_not_counted_among_workers() {
    run(|| {
        let mut keyholder = Registration { program: "keyholder", ..Registration::new(1, 100) };
        keyholder.statement.role = Role::Keyholder;
        assert_ok!(keyholder.send());
        assert_eq!(counted(), 0);
    });
}

#[test]
fn a_key_outlives_its_boot_with_its_worker_and_the_ends_of_its_verdicts() {
    run(|| {
        let first = Registration::new(1, 100);
        assert_ok!(first.send());
        let key = first.statement.signing_key;
        let known = |key| Workers::boot_key(&key).expect("it was registered");
        let machine = pallet::Workers::<Test>::get(first.worker()).expect("is registered").verdict.machine;
        let now = known(key);
        assert_eq!((now.worker, now.operator, now.machine), (first.worker(), AccountId([1; 32]), machine));
        assert_eq!((now.present.from, now.before, now.renewed, now.ended), (10, None, 10, None));
        go_to(30);
        assert_ok!(Registration::new(1, 100).send());
        let until = pallet::Workers::<Test>::get(first.worker()).expect("is registered").verdict.valid_until;
        let renewed = known(key);
        assert_eq!((renewed.present.from, renewed.present.until, renewed.renewed), (10, until, 30));
        go_to(40);
        assert_ok!(Registration::new(1, 101).send());
        assert_eq!((known(key).worker, known(key).ended), (first.worker(), Some(40)));
        assert_ok!(Workers::retire(RuntimeOrigin::signed(operator(1)), first.worker()));
        assert_eq!(known(Registration::new(1, 101).statement.signing_key).ended, Some(40));
        assert_eq!(Workers::boot_key(&SigningKey([1; 32])), None);
    });
}

#[test]
fn only_the_operator_changes_or_ends_a_worker() {
    run(|| {
        let registration = Registration::new(1, 100);
        assert_ok!(registration.send());
        let (worker, other) = (registration.worker(), || RuntimeOrigin::signed(operator(2)));
        assert_noop!(Workers::retire(other(), worker), Error::<Test>::NotYourWorker);
        assert_noop!(Workers::set_opt_in(other(), worker, false), Error::<Test>::NotYourWorker);
        assert_noop!(Workers::set_endpoint(other(), worker, Default::default()), Error::<Test>::NotYourWorker);
        assert_ok!(Workers::set_opt_in(RuntimeOrigin::signed(operator(1)), worker, false));
        assert_eq!(Workers::worker(&worker).map(|record| record.opted_in), Some(false));
    });
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    let (worker, key) = (WorkerId([1; 32]), SigningKey([2; 32]));
    assert_eq!(pallet::Workers::<Test>::hashed_key_for(worker), storage::workers(&worker));
    assert_eq!(WorkerOf::<Test>::hashed_key_for(key), storage::worker_of(&key));
    assert_eq!(CpuModels::<Test>::hashed_key_for(worker), storage::cpu_model(&worker));
}
