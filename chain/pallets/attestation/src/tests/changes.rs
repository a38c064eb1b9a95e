//! Additions hold after the delay and can be cancelled before; what ends something ends it at once.

use adyton_attestation::IntelPolicy;
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, FMSPC};
use adyton_pallet_traits::Attestation as _;
use adyton_protocol::{
    configuration,
    ids::Digest,
    record::{CollateralRef, EvidenceKind, Invalidity, MeasurementRecord},
    scheduled::Scheduled,
    statement::{AttestedStatement, Role},
};
use codec::Encode;
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::sp_runtime::DispatchError;

use super::{judged, kinds::registered};
use crate::{mock::*, *};

const KIND: EvidenceKind = EvidenceKind::IntelTdx;

fn other_root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([2; 32])
}

/// Announces the other root; what its device measures is accepted already.
fn add_other_root() {
    let record = MeasurementRecord { role: Role::Worker, profile: PROFILE, release: Default::default() };
    let measured = Digest(other_root().measurement(&device("worker")).id());
    Measurements::<Test>::insert(measured, Scheduled::holding(record));
    let certificate = BoundedVec::truncate_from(other_root().root_certificate());
    assert_ok!(Attestation::add_root(RuntimeOrigin::root(), KIND, certificate, true));
}

/// Evidence under the other root, with collateral of now.
fn judged_under_other() -> Result<adyton_protocol::record::VerdictFacts, DispatchError> {
    let root = root_id(&other_root());
    let collateral = BoundedVec::truncate_from(other_root().collateral(Attestation::now() - 10).encode());
    Attestation::submit_collateral(RuntimeOrigin::signed(1), KIND, root, collateral)?;
    let quote = other_root().device(device("worker")).quote(statement().report_data());
    let judged = Attestation::judge(&quote, &CollateralRef { kind: KIND, root, family: FMSPC }, &statement())?;
    Ok(judged.verdict)
}

fn accept(measurement: Digest, profile: Digest) {
    let release = BoundedVec::truncate_from(b"next".to_vec());
    assert_ok!(Attestation::accept_measurement(RuntimeOrigin::root(), measurement, Role::Worker, profile, release));
}

#[test]
fn a_root_that_is_added_holds_after_the_delay_and_not_before() {
    run(|| {
        add_other_root();
        wait(DELAY - 1);
        assert_eq!(judged_under_other(), Err(Error::<Test>::UnknownRoot.into()));
        wait(1);
        assert_ok!(judged_under_other());
    });
}

#[test]
fn a_root_that_is_there_or_announced_is_not_added_again() {
    run(|| {
        add_other_root();
        for root in [development(), other_root()] {
            let certificate = BoundedVec::truncate_from(root.root_certificate());
            assert_noop!(
                Attestation::add_root(RuntimeOrigin::root(), KIND, certificate, true),
                Error::<Test>::AlreadyAccepted
            );
        }
        assert_eq!(Roots::<Test>::iter().count(), 2);
    });
}

#[test]
fn a_pending_root_can_be_cancelled_and_one_that_holds_only_removed() {
    run(|| {
        let what = Accepted::Root { kind: KIND, root: root_id(&other_root()) };
        assert_noop!(Attestation::cancel(RuntimeOrigin::root(), what), Error::<Test>::NothingPending);
        add_other_root();
        assert!(Roots::<Test>::get((KIND, root_id(&other_root()))).is_some_and(|root| root.next.is_some()));
        assert_ok!(Attestation::cancel(RuntimeOrigin::root(), what));
        wait(DELAY);
        assert_eq!(judged_under_other(), Err(Error::<Test>::UnknownRoot.into()));
        add_other_root();
        wait(DELAY);
        assert_noop!(Attestation::cancel(RuntimeOrigin::root(), what), Error::<Test>::NothingPending);
        assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), KIND, root_id(&other_root())));
        assert_eq!(judged_under_other(), Err(Error::<Test>::UnknownRoot.into()));
    });
}

#[test]
fn removing_a_root_ends_the_validity_of_its_workers_at_once() {
    run(|| {
        let worker = registered(judged(&development(), "worker", &statement()).expect("is accepted"));
        assert_eq!(worker.valid(&Attestation::facts(&worker)), Ok(()));
        assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), KIND, root_id(&development())));
        assert_eq!(worker.valid(&Attestation::facts(&worker)), Err(Invalidity::Root));
    });
}

#[test]
fn a_measurement_that_is_accepted_holds_after_the_delay_and_can_be_cancelled_before() {
    run(|| {
        let added = measurement("other");
        accept(added, PROFILE);
        wait(DELAY - 1);
        assert_eq!(judged(&development(), "other", &statement()), Err(Error::<Test>::UnknownMeasurement.into()));
        assert_ok!(Attestation::cancel(RuntimeOrigin::root(), Accepted::Measurement(added)));
        wait(1);
        assert_eq!(judged(&development(), "other", &statement()), Err(Error::<Test>::UnknownMeasurement.into()));
        accept(added, PROFILE);
        wait(DELAY);
        assert_ok!(judged(&development(), "other", &statement()));
    });
}

#[test]
fn another_profile_takes_the_place_of_the_present_one_after_the_delay() {
    run(|| {
        let profile = Digest([8; 32]);
        let worker = registered(judged(&development(), "worker", &statement()).expect("is accepted"));
        accept(measurement("worker"), profile);
        wait(DELAY - 1);
        assert_eq!(worker.valid(&Attestation::facts(&worker)), Ok(()));
        assert_ok!(judged(&development(), "worker", &statement()));
        wait(1);
        assert_eq!(worker.valid(&Attestation::facts(&worker)), Err(Invalidity::Configuration));
        let config = configuration::digest(&NETWORK, &GENESIS, &profile);
        assert_ok!(judged(&development(), "worker", &AttestedStatement { config, ..statement() }));
    });
}

#[test]
fn revoking_a_measurement_ends_what_is_announced_of_it_too() {
    run(|| {
        accept(measurement("worker"), Digest([8; 32]));
        assert_ok!(Attestation::revoke_measurement(RuntimeOrigin::root(), measurement("worker")));
        wait(DELAY);
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::UnknownMeasurement.into()));
    });
}

/// A policy that accepts nothing, and is looser than the present one in one field if `looser`.
fn nothing(looser: bool) -> KindPolicy {
    KindPolicy::IntelTdx(IntelPolicy {
        tiers: Default::default(),
        allow_key_locker: looser,
        ..IntelPolicy::strict(EVALUATION_NUMBER)
    })
}

#[test]
fn a_policy_that_only_tightens_holds_at_once_and_its_way_back_after_the_delay() {
    run(|| {
        let present = Policies::<Test>::get(KIND).and_then(|policy| policy.into_at(Attestation::now()));
        let present = present.expect("the genesis has one");
        assert_ok!(judged(&development(), "worker", &statement()));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), nothing(false)));
        assert!(judged(&development(), "worker", &statement()).is_err());
        assert!(Policies::<Test>::get(KIND).is_some_and(|policy| policy.next.is_none()));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), present));
        wait(DELAY - 1);
        assert!(judged(&development(), "worker", &statement()).is_err());
        wait(1);
        assert_ok!(judged(&development(), "worker", &statement()));
    });
}

#[test]
fn a_policy_that_only_tightens_ends_what_was_announced() {
    run(|| {
        let present = Policies::<Test>::get(KIND).and_then(|policy| policy.into_at(Attestation::now()));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), nothing(true)));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), present.expect("the genesis has one")));
        wait(DELAY);
        assert_ok!(judged(&development(), "worker", &statement()));
    });
}

#[test]
fn a_policy_that_tightens_and_raises_the_minimum_waits_because_that_is_for_ever() {
    run(|| {
        assert_ok!(super::submit(&super::evaluated(Attestation::now() - 50, EVALUATION_NUMBER + 1)));
        let raised = KindPolicy::IntelTdx(IntelPolicy::strict(EVALUATION_NUMBER + 1));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), raised));
        assert!(Policies::<Test>::get(KIND).is_some_and(|policy| policy.pending(Attestation::now()).is_some()));
    });
}

#[test]
fn a_policy_of_another_kind_tightens_nothing() {
    let policies = KindPolicy::shipped();
    for (place, policy) in policies.iter().enumerate() {
        let tightened = policies.iter().map(|other| policy.tightens(other));
        assert!(tightened.enumerate().all(|(other, tightens)| tightens == (place == other)));
    }
}

#[test]
fn a_policy_holds_after_the_delay_and_the_present_one_until_then() {
    run(|| {
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), nothing(true)));
        wait(DELAY - 1);
        assert_ok!(judged(&development(), "worker", &statement()));
        wait(1);
        assert!(judged(&development(), "worker", &statement()).is_err());
    });
}

#[test]
fn a_pending_policy_can_be_cancelled() {
    run(|| {
        assert_ok!(Attestation::remove_policy(RuntimeOrigin::root(), KIND));
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::NoPolicy.into()));
        let strict = || KindPolicy::IntelTdx(IntelPolicy::strict(EVALUATION_NUMBER));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), strict()));
        assert_ok!(Attestation::cancel(RuntimeOrigin::root(), Accepted::Policy(KIND)));
        wait(DELAY);
        assert_eq!(judged(&development(), "worker", &statement()), Err(Error::<Test>::NoPolicy.into()));
        assert_ok!(Attestation::set_policy(RuntimeOrigin::root(), strict()));
        wait(DELAY);
        assert_ok!(judged(&development(), "worker", &statement()));
    });
}
