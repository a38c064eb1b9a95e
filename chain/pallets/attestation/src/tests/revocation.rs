//! What Intel's revocation lists end, and which of them count. They come with the collateral of each kind and family, and
//! the two kinds here have the same authorities.

use adyton_attestation::{Document, IntelRefusal};
use adyton_development_root::{DevelopmentRoot, Plan};
use adyton_pallet_traits::Attestation as _;
use adyton_protocol::record::{EvidenceKind, Invalidity, VerdictFacts, WorkerRecord};
use codec::Encode;
use frame_support::{BoundedVec, assert_ok};
use polkadot_sdk::sp_runtime::DispatchError;

use super::{
    authorities::{authority, for_single_packages},
    issuers::{self, intel_collateral},
    kinds::{at, judged, registered, run_all, submit},
};
use crate::{mock::*, *};

const TDX: EvidenceKind = EvidenceKind::IntelTdx;
const SGX: EvidenceKind = EvidenceKind::IntelSgx;
const OTHER_PLATFORM: [u8; 20] = [0x41; 20];

fn worker(kind: EvidenceKind) -> WorkerRecord {
    registered(judged(kind).expect("is accepted"))
}

fn valid(worker: &WorkerRecord) -> Result<(), Invalidity> {
    worker.valid(&Attestation::facts(worker))
}

fn judged_at(seconds: u64, kind: EvidenceKind) -> Result<VerdictFacts, DispatchError> {
    at(seconds);
    let judged = Attestation::judge(&issuers::evidence(kind, &statement()), &issuers::reference(kind), &statement());
    judged.map(|judged| judged.verdict)
}

/// Submits collateral of `issued_at` whose list of platforms has `revoked`.
fn revoke(kind: EvidenceKind, issued_at: u64, revoked: &[[u8; 20]]) -> Result<(), DispatchError> {
    submit(kind, intel_collateral(kind, issued_at, |plan| plan.pck_crl.revoked = revoked.to_vec()))
}

fn outdated<V>() -> Result<V, DispatchError> {
    Err(Error::<Test>::RevocationListOutdated.into())
}

#[test]
fn a_newer_list_that_revokes_more_ends_the_verdicts_of_both_kinds_under_its_root_at_once() {
    run_all(|| {
        let (tdx, sgx, snp) = (worker(TDX), worker(SGX), worker(EvidenceKind::AmdSnp));
        at(NOW + 10);
        assert_ok!(revoke(TDX, NOW + 5, &[OTHER_PLATFORM]));
        let ended = Err(Invalidity::Outdated);
        assert_eq!([valid(&tdx), valid(&sgx), valid(&snp)], [ended, ended, Ok(())]);
    });
}

#[test]
fn what_the_root_revokes_ends_verdicts_too() {
    run_all(|| {
        let sgx = worker(SGX);
        at(NOW + 10);
        let revoking = |plan: &mut Plan| plan.root_crl.revoked = vec![[0x42; 20]];
        assert_ok!(submit(TDX, intel_collateral(TDX, NOW + 5, revoking)));
        assert_eq!(valid(&sgx), Err(Invalidity::Outdated));
        assert_eq!(judged_at(NOW + 11, SGX), outdated());
    });
}

#[test]
fn a_platform_that_a_newer_list_revokes_does_not_come_back() {
    run_all(|| {
        let revoked = development().plan(&device("worker"), [0; 64], NOW).pck.serial;
        at(NOW + 10);
        assert_ok!(revoke(TDX, NOW + 5, &[revoked]));
        let refused = Error::<Test>::from(IntelRefusal::Revoked(Document::PckCertificate));
        assert_eq!(judged_at(NOW + 11, TDX), Err(refused.into()));
        // Nor by the list that the other kind's collateral still has.
        assert_eq!(judged_at(NOW + 11, SGX), outdated());
    });
}

#[test]
fn a_list_that_revokes_no_more_than_the_newest_ends_nothing() {
    run_all(|| {
        assert_ok!(revoke(TDX, NOW - 50, &[OTHER_PLATFORM]));
        assert_ok!(revoke(SGX, NOW - 50, &[OTHER_PLATFORM]));
        let before = registered(judged_at(NOW + 1, TDX).expect("is accepted"));
        at(NOW + 10);
        assert_ok!(revoke(TDX, NOW + 5, &[OTHER_PLATFORM]));
        assert_ok!(revoke(SGX, NOW + 6, &[OTHER_PLATFORM]));
        // The certificate has expired: it is left out.
        assert_ok!(revoke(TDX, NOW + 7, &[]));
        assert_eq!(valid(&before), Ok(()));
        assert_ok!(judged_at(NOW + 10, SGX));
    });
}

#[test]
fn stored_collateral_with_a_list_of_before_judges_again_once_it_is_newer() {
    run_all(|| {
        assert_ok!(revoke(TDX, NOW - 50, &[OTHER_PLATFORM]));
        assert_eq!(judged_at(NOW + 1, SGX), outdated());
        assert_ok!(judged_at(NOW + 1, TDX));
        assert_ok!(revoke(SGX, NOW - 50, &[OTHER_PLATFORM]));
        assert_ok!(judged_at(NOW + 1, SGX));
    });
}

#[test]
fn collateral_with_a_list_older_than_one_that_revokes_more_is_refused() {
    run_all(|| {
        assert_ok!(revoke(TDX, NOW - 50, &[OTHER_PLATFORM]));
        assert_eq!(revoke(SGX, NOW - 51, &[]), outdated());
        assert_ok!(revoke(SGX, NOW - 50, &[OTHER_PLATFORM]));
    });
}

#[test]
fn the_lists_of_one_authority_do_not_stand_for_those_of_another() {
    run_all(|| {
        let root = issuers::reference(TDX).root;
        let revoking = |plan: &mut Plan| {
            for_single_packages(plan);
            plan.pck_crl.revoked = vec![OTHER_PLATFORM];
        };
        let tdx = worker(TDX);
        at(NOW + 10);
        assert_ok!(submit(SGX, intel_collateral(SGX, NOW + 5, revoking)));
        // It is that authority's first.
        assert_eq!(valid(&tdx), Ok(()));
        let floors = RevocationFloors::<Test>::get(root);
        assert_eq!((floors.root, floors.of(&authority(&development()))), (0, 0));
        assert_eq!(floors.authorities.values().collect::<Vec<_>>(), [&(NOW + 5)]);
        assert_ok!(revoke(TDX, NOW + 4, &[]));
        assert_ok!(judged_at(NOW + 10, TDX));
    });
}

#[test]
fn an_authoritys_first_list_ends_nothing_because_nothing_was_judged_without_it() {
    run(|| {
        let other = DevelopmentRoot::insecure_from_seed([2; 32]);
        let certificate = BoundedVec::truncate_from(other.root_certificate());
        assert_ok!(Attestation::add_root(RuntimeOrigin::root(), TDX, certificate, true));
        wait(DELAY);
        let mut plan = other.plan(&device("worker"), [0; 64], NOW);
        plan.pck_crl.revoked = vec![OTHER_PLATFORM];
        let collateral = BoundedVec::truncate_from(plan.issue().collateral.encode());
        assert_ok!(Attestation::submit_collateral(RuntimeOrigin::signed(1), TDX, root_id(&other), collateral));
        assert_eq!(JudgedSince::<Test>::get((TDX, root_id(&other))), 0);
        let floors = RevocationFloors::<Test>::get(root_id(&other));
        assert_eq!((floors.root, floors.of(&authority(&other))), (0, NOW));
    });
}

#[test]
fn what_is_known_of_lists_outlives_the_root() {
    run_all(|| {
        let root = issuers::reference(TDX).root;
        assert_ok!(revoke(TDX, NOW - 50, &[OTHER_PLATFORM]));
        for kind in [TDX, SGX] {
            let certificates = BoundedVec::truncate_from(issuers::certificates(kind));
            assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), kind, root));
            assert_ok!(Attestation::add_root(RuntimeOrigin::root(), kind, certificates, true));
        }
        wait(DELAY);
        assert_eq!(revoke(SGX, NOW - 51, &[]), outdated());
    });
}
