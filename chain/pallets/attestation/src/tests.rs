use adyton_attestation::{Document, IntelPolicy, IntelRefusal};
use adyton_development_root::{COLLATERAL_LIFETIME, DevelopmentRoot, EVALUATION_NUMBER, FMSPC};
use adyton_pallet_traits::{Attestation as _, CollateralRef};
use adyton_protocol::{
    configuration,
    ids::{AccountId, BlockHash, Digest, NetworkId},
    record::{Cloud, EvidenceKind, InstanceName, MachineId, Party, Provider, VerdictFacts},
    statement::{AttestedStatement, Role},
    storage,
};
use codec::Encode;
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::{
    sp_runtime::{DispatchError, DispatchError::BadOrigin},
    *,
};

use crate::{self as pallet_attestation, mock::*, *};
use authorities::authority;

mod admission;
mod authorities;
mod changes;
mod issuers;
mod kinds;
mod marks;
mod revocation;

fn collateral() -> CollateralRef {
    CollateralRef { kind: EvidenceKind::IntelTdx, root: root_id(&development()), family: FMSPC }
}

/// Judges what `root`'s device for the program `name` says about `statement`.
fn judged(root: &DevelopmentRoot, name: &str, statement: &AttestedStatement) -> Result<VerdictFacts, DispatchError> {
    let quote = root.device(device(name)).quote(statement.report_data());
    Attestation::judge(&quote, &collateral(), statement).map(|judged| judged.verdict)
}

fn refused(refusal: IntelRefusal) -> DispatchError {
    Error::<Test>::from(refusal).into()
}

fn raise_floor(evaluation: u32) -> Result<(), DispatchError> {
    Attestation::raise_floor(RuntimeOrigin::root(), EvidenceKind::IntelTdx, root_id(&development()), evaluation)
}

fn submit(raw: &adyton_attestation::Collateral) -> Result<(), DispatchError> {
    let bytes = BoundedVec::truncate_from(raw.encode());
    Attestation::submit_collateral(RuntimeOrigin::signed(1), EvidenceKind::IntelTdx, root_id(&development()), bytes)
}

/// Collateral of `at` under another evaluation number.
fn evaluated(at: u64, number: u32) -> adyton_attestation::Collateral {
    let mut plan = development().plan(&device("worker"), [0; 64], at);
    for document in [&mut plan.tcb_info, &mut plan.qe_identity] {
        document.value["tcbEvaluationDataNumber"] = number.into();
    }
    plan.issue().collateral
}

#[test]
fn evidence_of_an_accepted_program_is_judged() {
    run(|| {
        let verdict = judged(&development(), "worker", &statement()).expect("is accepted");
        assert_eq!(verdict.measurement, measurement("worker"));
        assert_eq!(verdict.root, root_id(&development()));
        assert_eq!(verdict.kind, EvidenceKind::IntelTdx);
        assert_eq!(verdict.evaluation, EVALUATION_NUMBER);
        assert!(verdict.valid_until > NOW);
        assert!(matches!(verdict.machine, MachineId::IntelPpid(_)));
    });
}

#[test]
fn evidence_under_another_root_is_refused() {
    run(|| {
        let other = DevelopmentRoot::insecure_from_seed([2; 32]);
        assert!(matches!(judged(&other, "worker", &statement()), Err(DispatchError::Module(_))));
        let reference = CollateralRef { root: root_id(&other), ..collateral() };
        let quote = other.device(device("worker")).quote(statement().report_data());
        assert_eq!(Attestation::judge(&quote, &reference, &statement()), Err(Error::<Test>::UnknownRoot.into()));
    });
}

#[test]
fn evidence_of_an_unknown_measurement_is_refused() {
    run(|| {
        assert_eq!(judged(&development(), "other", &statement()), Err(Error::<Test>::UnknownMeasurement.into()));
    });
}

#[test]
fn a_measurement_accepted_for_another_role_is_refused() {
    run(|| {
        let keyholder = AttestedStatement { role: Role::Keyholder, ..statement() };
        assert_eq!(judged(&development(), "worker", &keyholder), Err(Error::<Test>::AnotherRole.into()));
        assert_ok!(judged(&development(), "keyholder", &keyholder));
    });
}

#[test]
fn an_accepted_measurement_with_another_configuration_is_refused() {
    run(|| {
        let profile = configuration::digest(&NETWORK, &GENESIS, &Digest([1; 32]));
        let chain = configuration::digest(&NETWORK, &BlockHash([1; 32]), &PROFILE);
        for config in [profile, chain, Digest([0; 32])] {
            let other = AttestedStatement { config, ..statement() };
            assert_eq!(judged(&development(), "worker", &other), Err(Error::<Test>::AnotherConfiguration.into()));
        }
        assert_ok!(judged(&development(), "worker", &statement()));
    });
}

#[test]
fn evidence_about_another_statement_is_refused() {
    run(|| {
        let quote = development().device(device("worker")).quote(statement().report_data());
        let other = AttestedStatement { operator: AccountId([9; 32]), ..statement() };
        assert_eq!(Attestation::judge(&quote, &collateral(), &other), Err(refused(IntelRefusal::ReportData)));
    });
}

#[test]
fn a_statement_for_another_network_is_refused() {
    run(|| {
        let other = AttestedStatement { network: NetworkId([9; 32]), ..statement() };
        assert_eq!(judged(&development(), "worker", &other), Err(Error::<Test>::AnotherNetwork.into()));
    });
}

#[test]
fn expired_collateral_is_refused() {
    run(|| {
        let (document, not_after, now) = (Document::TcbInfo, NOW + COLLATERAL_LIFETIME, NOW + COLLATERAL_LIFETIME + 1);
        pallet_timestamp::Now::<Test>::put(now * 1000);
        let expired = refused(IntelRefusal::Expired { document, not_after, now });
        assert_eq!(judged(&development(), "worker", &statement()), Err(expired));
        assert_eq!(submit(&development().collateral(NOW)), Err(expired));
    });
}

#[test]
fn newer_collateral_replaces_older() {
    run(|| {
        assert_ok!(submit(&development().collateral(NOW - 50)));
        let stored = Collateral::<Test>::get((collateral(), authority(&development()))).expect("is stored");
        assert_eq!(stored.issued_at(), NOW - 50);
        assert_ok!(judged(&development(), "worker", &statement()));
    });
}

#[test]
fn older_or_the_same_collateral_is_refused() {
    run(|| {
        assert_eq!(submit(&development().collateral(NOW - 200)), Err(refused(IntelRefusal::CollateralRollback)));
        assert_eq!(submit(&development().collateral(NOW - 100)), Err(refused(IntelRefusal::CollateralRollback)));
    });
}

#[test]
fn newer_collateral_of_an_older_evaluation_is_refused() {
    run(|| {
        assert_ok!(submit(&evaluated(NOW - 60, EVALUATION_NUMBER + 1)));
        assert_eq!(submit(&evaluated(NOW - 50, EVALUATION_NUMBER)), Err(refused(IntelRefusal::CollateralRollback)));
        assert_ok!(submit(&evaluated(NOW - 50, EVALUATION_NUMBER + 2)));
    });
}

#[test]
fn collateral_below_the_floor_is_refused_and_no_longer_judges() {
    run(|| {
        let (floor, key) = (EVALUATION_NUMBER + 1, (collateral(), authority(&development())));
        let old = Collateral::<Test>::get(key).expect("is stored");
        assert_ok!(submit(&evaluated(NOW - 50, floor)));
        assert_ok!(raise_floor(floor));
        assert_ok!(judged(&development(), "worker", &statement()));
        let below = IntelRefusal::EvaluationNumber { found: EVALUATION_NUMBER, floor };
        assert_eq!(submit(&development().collateral(NOW - 40)), Err(refused(below)));
        Collateral::<Test>::insert(key, old);
        assert_eq!(judged(&development(), "worker", &statement()), Err(refused(below)));
    });
}

#[test]
fn a_floor_never_goes_down() {
    run(|| {
        assert_ok!(submit(&evaluated(NOW - 50, 30)));
        assert_ok!(raise_floor(30));
        for lower in [29, 30] {
            assert_eq!(raise_floor(lower), Err(Error::<Test>::FloorNotRaised.into()));
        }
    });
}

#[test]
fn a_floor_is_not_raised_above_every_collateral_of_its_root() {
    run(|| {
        assert_eq!(raise_floor(EVALUATION_NUMBER + 1), Err(Error::<Test>::AboveNewest.into()));
        assert_eq!(raise_floor(u32::MAX), Err(Error::<Test>::AboveNewest.into()));
        assert_ok!(submit(&evaluated(NOW - 50, EVALUATION_NUMBER + 1)));
        assert_ok!(raise_floor(EVALUATION_NUMBER + 1));
    });
}

#[test]
fn collateral_signed_under_another_root_is_refused() {
    run(|| {
        let other = DevelopmentRoot::insecure_from_seed([2; 32]).collateral(NOW - 50);
        assert!(matches!(submit(&other), Err(DispatchError::Module(_))));
        let bytes = BoundedVec::truncate_from(other.encode());
        assert_noop!(
            Attestation::submit_collateral(RuntimeOrigin::signed(1), EvidenceKind::IntelTdx, Digest([9; 32]), bytes),
            Error::<Test>::UnknownRoot
        );
    });
}

#[test]
fn bytes_that_are_not_collateral_are_refused() {
    run(|| {
        let mut longer = development().collateral(NOW - 50).encode();
        longer.push(0);
        for bytes in [vec![], vec![0xff; 100], longer] {
            assert_noop!(
                Attestation::submit_collateral(
                    RuntimeOrigin::signed(1),
                    EvidenceKind::IntelTdx,
                    root_id(&development()),
                    BoundedVec::truncate_from(bytes)
                ),
                Error::<Test>::NotCollateral
            );
        }
    });
}

#[test]
fn a_freeze_stops_registrations_until_it_is_lifted() {
    run(|| {
        assert_ok!(Attestation::set_frozen(RuntimeOrigin::root(), true));
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::Frozen.into()));
        assert_ok!(Attestation::set_frozen(RuntimeOrigin::root(), false));
        wait(DELAY);
        assert_ok!(judged(&development(), "worker", &statement()));
    });
}

#[test]
fn a_denied_machine_or_operator_is_refused() {
    run(|| {
        let machine = judged(&development(), "worker", &statement()).expect("is accepted").machine;
        assert_ok!(Attestation::set_machine_denied(RuntimeOrigin::root(), machine, true));
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::MachineDenied.into()));
        assert_ok!(Attestation::set_machine_denied(RuntimeOrigin::root(), machine, false));
        wait(DELAY);
        assert_ok!(judged(&development(), "worker", &statement()));
        assert_ok!(Attestation::set_operator_denied(RuntimeOrigin::root(), AccountId([3; 32]), true));
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::OperatorDenied.into()));
    });
}

#[test]
fn what_is_removed_is_no_longer_accepted() {
    run(|| {
        assert_ok!(Attestation::revoke_measurement(RuntimeOrigin::root(), measurement("worker")));
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::UnknownMeasurement.into()));
        assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), EvidenceKind::IntelTdx, root_id(&development())));
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::UnknownRoot.into()));
    });
}

#[test]
fn a_certificate_that_is_no_root_is_refused() {
    run(|| {
        let add = |certificate: Vec<u8>| {
            let certificate = BoundedVec::truncate_from(certificate);
            Attestation::add_root(RuntimeOrigin::root(), EvidenceKind::IntelTdx, certificate, true)
        };
        let issued = development().plan(&device("worker"), [0; 64], NOW).issue();
        assert_noop!(add(issued.pck_certificate), Error::<Test>::NotARoot);
        assert_noop!(add(vec![]), Error::<Test>::NotARoot);
        assert_ok!(add(DevelopmentRoot::insecure_from_seed([2; 32]).root_certificate()));
    });
}

#[test]
fn only_the_admin_changes_what_is_accepted() {
    run(|| {
        let anyone = || RuntimeOrigin::signed(1);
        let (root, machine) = (root_id(&development()), MachineId::IntelPpid([1; 16]));
        let kind = EvidenceKind::IntelTdx;
        assert_noop!(Attestation::add_root(anyone(), kind, Default::default(), true), BadOrigin);
        assert_noop!(Attestation::remove_root(anyone(), kind, root), BadOrigin);
        assert_noop!(Attestation::set_policy(anyone(), KindPolicy::shipped().remove(0)), BadOrigin);
        assert_noop!(Attestation::remove_policy(anyone(), kind), BadOrigin);
        assert_noop!(Attestation::cancel(anyone(), Accepted::Policy(kind)), BadOrigin);
        assert_noop!(Attestation::set_provider_denied(anyone(), Default::default(), true), BadOrigin);
        assert_noop!(Attestation::set_class_capacity(anyone(), machine.class(), None), BadOrigin);
        assert_noop!(Attestation::set_allowed(anyone(), Party::Operator(AccountId([1; 32])), true), BadOrigin);
        assert_noop!(
            Attestation::accept_measurement(anyone(), root, Role::Worker, root, Default::default()),
            BadOrigin
        );
        assert_noop!(Attestation::revoke_measurement(anyone(), root), BadOrigin);
        assert_noop!(Attestation::raise_floor(anyone(), kind, root, 99), BadOrigin);
        assert_noop!(Attestation::end_verdicts(anyone(), kind, root), BadOrigin);
        assert_noop!(Attestation::set_machine_denied(anyone(), machine, true), BadOrigin);
        assert_noop!(Attestation::set_operator_denied(anyone(), AccountId([1; 32]), true), BadOrigin);
        assert_noop!(Attestation::set_frozen(anyone(), true), BadOrigin);
        assert_noop!(Attestation::set_capacity(anyone(), machine, Some(9)), BadOrigin);
    });
}

#[test]
fn an_emergency_denies_and_freezes_and_ends_neither() {
    run(|| {
        let emergency = || RuntimeOrigin::signed(911);
        let (root, machine) = (root_id(&development()), MachineId::IntelPpid([1; 16]));
        assert_ok!(Attestation::set_frozen(emergency(), true));
        assert_ok!(Attestation::set_machine_denied(emergency(), machine, true));
        assert_ok!(Attestation::set_operator_denied(emergency(), AccountId([1; 32]), true));
        assert_ok!(Attestation::set_provider_denied(emergency(), Default::default(), true));
        assert_noop!(Attestation::set_frozen(emergency(), false), BadOrigin);
        assert_noop!(Attestation::set_machine_denied(emergency(), machine, false), BadOrigin);
        assert_noop!(Attestation::set_operator_denied(emergency(), AccountId([1; 32]), false), BadOrigin);
        assert_noop!(Attestation::set_provider_denied(emergency(), Default::default(), false), BadOrigin);
        assert_noop!(Attestation::set_capacity(emergency(), machine, None), BadOrigin);
        assert_noop!(Attestation::remove_root(emergency(), EvidenceKind::IntelTdx, root), BadOrigin);
        assert_noop!(Attestation::revoke_measurement(emergency(), root), BadOrigin);
        assert_ok!(Attestation::set_frozen(RuntimeOrigin::root(), false));
    });
}

#[test]
fn a_machine_without_identity_has_no_capacity_unless_it_is_allowed() {
    run(|| {
        assert_eq!(Attestation::capacity(&MachineId::IntelPpid([1; 16])), 2);
        assert_eq!(Attestation::capacity(&MachineId::None), 0);
        assert_ok!(Attestation::set_capacity(RuntimeOrigin::root(), MachineId::None, Some(3)));
        wait(DELAY);
        assert_eq!(Attestation::capacity(&MachineId::None), 3);
    });
}

#[test]
fn a_machine_has_its_own_capacity_else_that_of_its_class_else_the_default() {
    run(|| {
        let (chip, other) = (MachineId::AmdChip([1; 64]), MachineId::AmdChip([2; 64]));
        assert_ok!(Attestation::set_class_capacity(RuntimeOrigin::root(), chip.class(), Some(0)));
        assert_ok!(Attestation::set_capacity(RuntimeOrigin::root(), chip, Some(9)));
        wait(DELAY);
        let intel = MachineId::IntelPpid([1; 16]);
        assert_eq!([chip, other, intel].map(|machine| Attestation::capacity(&machine)), [9, 0, 2]);
        assert_ok!(Attestation::set_class_capacity(RuntimeOrigin::root(), chip.class(), None));
        assert_ok!(Attestation::set_capacity(RuntimeOrigin::root(), chip, None));
        wait(DELAY);
        assert_eq!([chip, other].map(|machine| Attestation::capacity(&machine)), [2, 2]);
    });
}

#[test]
fn an_instance_has_no_more_workers_than_its_cloud_lets_it_have_environments() {
    let instance = |cloud| MachineId::Instance { cloud, name: InstanceName::new("i-1").expect("a name") };
    let capacities = || [Cloud::Aws, Cloud::Azure].map(|cloud| Attestation::capacity(&instance(cloud)));
    chain(pallet_attestation::GenesisConfig { capacity: 64, ..genesis() }).execute_with(|| {
        assert_eq!(Attestation::capacity(&MachineId::AmdChip([1; 64])), 64);
        assert_eq!(capacities(), [4, 1]);
        assert_ok!(Attestation::set_class_capacity(RuntimeOrigin::root(), instance(Cloud::Azure).class(), Some(9)));
        wait(DELAY);
        assert_eq!(capacities(), [4, 9]);
    });
    run(|| assert_eq!(capacities(), [2, 1]));
}

#[test]
fn a_chain_that_says_nothing_of_a_delay_has_one_of_a_week() {
    sp_io::TestExternalities::default().execute_with(|| assert_eq!(ChangeDelay::<Test>::get(), 7 * 24 * 60 * 60));
}

#[test]
fn a_chain_without_a_network_or_policy_judges_nothing() {
    chain(Default::default()).execute_with(|| {
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::NoNetwork.into()));
    });
    chain(pallet_attestation::GenesisConfig { policies: vec![], ..genesis() }).execute_with(|| {
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::NoPolicy.into()));
    });
    let nothing = IntelPolicy { tiers: Default::default(), ..IntelPolicy::strict(EVALUATION_NUMBER) };
    let policies = vec![KindPolicy::IntelTdx(nothing)];
    chain(pallet_attestation::GenesisConfig { policies, ..genesis() }).execute_with(|| {
        assert_eq!(judged(&development(), "worker", &statement()), Err(refused(IntelRefusal::PolicyAcceptsNothing)));
    });
}

#[test]
#[should_panic(expected = "verifies under a root of it at its time")]
fn a_genesis_with_expired_collateral_is_refused() {
    let mut genesis = genesis();
    genesis.collateral[0].at = NOW + 2 * COLLATERAL_LIFETIME;
    chain(genesis);
}

#[test]
#[should_panic(expected = "a network with an identity has a name")]
fn a_genesis_without_a_name_is_refused() {
    chain(pallet_attestation::GenesisConfig { name: String::new(), ..genesis() });
}

/// `ADYTON_WRITE_VECTORS=1` writes the files instead, for a deliberate change of format.
#[test]
fn the_fixtures_of_the_benchmarks_are_what_their_issuers_make_and_are_accepted() {
    use crate::fixture::Fixture;

    for kind in EvidenceKind::ALL {
        let fixture = issuers::fixture(kind);
        let path = format!("{}/fixtures/{kind}.scale", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
            std::fs::write(&path, fixture.encode()).expect("the fixtures' folder is there");
        }
        let published = std::fs::read(&path).expect("the fixture is there");
        assert_eq!(published, fixture.encode(), "{kind}");
        assert_eq!(fixture.earlier.is_empty(), fixture.collateral.is_empty(), "{kind}");
        chain(Default::default()).execute_with(|| {
            fixture.accept::<Test>();
            assert_ok!(Attestation::judge(&fixture.evidence, &fixture.reference, &fixture.statement));
            Attestation::do_try_state().expect("the invariants hold");
        });
    }
    // What the benchmarks read is what was compared; it is compiled in, so that what was just written comes next time.
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_none() {
        assert!(EvidenceKind::ALL.into_iter().all(|kind| Fixture::read(kind) == issuers::fixture(kind)));
    }
}

#[test]
fn the_revocation_lists_of_the_benchmarks_are_as_long_as_any_that_is_stored_and_the_later_revokes_more() {
    use adyton_attestation::{Revocations, snp::SnpRoot};
    use codec::MaxEncodedLen as _;

    let fixture = issuers::fixture(EvidenceKind::AmdSnp);
    for list in [&fixture.earlier, &fixture.collateral] {
        // An entry has 20 bytes.
        assert!((MAX_REVOCATION_LIST as usize - 20..=MAX_REVOCATION_LIST as usize).contains(&list.len()));
    }
    assert!(SnpRoot::revokes_more(&fixture.collateral, &fixture.earlier));
    assert!(!SnpRoot::revokes_more(&fixture.earlier, &fixture.collateral));
    let authority = issuers::fixture(EvidenceKind::IntelTdx).authority().expect("a quote names its authority");
    let longest = fixture::longest_lists(1, authority);
    assert!(longest.encoded_size() + 16 >= Revocations::max_encoded_len());
}

#[test]
fn the_policy_of_the_benchmarks_is_as_long_as_any_can_be() {
    use codec::MaxEncodedLen as _;
    // Lengths of lists are compact: the bound counts a byte or two more for each.
    assert!(fixture::longest_policy(1).encoded_size() + 64 >= KindPolicy::max_encoded_len());
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    let (digest, account, machine) = (Digest([1; 32]), AccountId([2; 32]), MachineId::IntelPpid([3; 16]));
    assert_eq!(Network::<Test>::hashed_key().to_vec(), storage::network());
    for kind in EvidenceKind::ALL {
        assert_eq!(Roots::<Test>::hashed_key_for((kind, digest)), storage::roots(kind, &digest));
    }
    assert_eq!(Measurements::<Test>::hashed_key_for(digest), storage::measurements(&digest));
    let kind = EvidenceKind::IntelTdx;
    assert_eq!(EvaluationFloors::<Test>::hashed_key_for((kind, digest)), storage::evaluation_floors(kind, &digest));
    assert_eq!(JudgedSince::<Test>::hashed_key_for((kind, digest)), storage::judged_since(kind, &digest));
    assert_eq!(RevocationFloors::<Test>::hashed_key_for(digest), storage::revocation_floors(&digest));
    assert_eq!(DeniedMachines::<Test>::hashed_key_for(machine), storage::denied_machines(&machine));
    let (chip, provider) = (MachineId::AmdChip([3; 64]), Provider::truncate_from(b"a cloud".to_vec()));
    assert_eq!(DeniedMachines::<Test>::hashed_key_for(chip), storage::denied_machines(&chip));
    assert_eq!(DeniedProviders::<Test>::hashed_key_for(&provider), storage::denied_providers(&provider));
    for party in [Party::Operator(account), Party::Provider(provider)] {
        assert_eq!(Allowed::<Test>::hashed_key_for(&party), storage::allowed(&party));
    }
    assert_eq!(DeniedOperators::<Test>::hashed_key_for(account), storage::denied_operators(&account));
    assert_eq!(Frozen::<Test>::hashed_key().to_vec(), storage::frozen());
}
