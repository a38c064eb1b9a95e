//! Collateral of a family for each authority that certifies platforms: what Intel says of a family names none, and whoever
//! submits it chooses the authority that comes with it.

use adyton_attestation::{
    AuthorityId, CheckedCollateral, Collateral as RawCollateral, Document, IntelRefusal, MAX_AUTHORITIES, authority_of,
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Key, Plan};
use adyton_pallet_traits::Attestation as _;
use adyton_protocol::record::{EvidenceKind, Invalidity, VerdictFacts};
use frame_support::{assert_noop, assert_ok};
use polkadot_sdk::sp_runtime::DispatchError;

use super::{
    collateral, evaluated, issuers, judged as judged_of,
    kinds::{self, at, registered, run_all},
    refused, submit,
};
use crate::{mock::*, *};

const TDX: EvidenceKind = EvidenceKind::IntelTdx;
const SGX: EvidenceKind = EvidenceKind::IntelSgx;
const OTHER_PLATFORM: [u8; 20] = [0x41; 20];

/// The authority of `root`'s devices.
pub(super) fn authority(root: &DevelopmentRoot) -> AuthorityId {
    authority_of(&root.device(device("worker")).quote([0; 64])).expect("a quote names its authority")
}

/// Everything under the authority for single-package platforms, and the platform as one of them.
pub(super) fn for_single_packages(plan: &mut Plan) {
    of_key("processor-ca", plan);
    for name in [&mut plan.pck_ca.subject, &mut plan.pck.issuer, &mut plan.pck_crl.issuer] {
        name.common_name = "Intel SGX PCK Processor CA".into();
    }
    let platform = plan.pck.sgx.as_mut().expect("it is a platform's");
    platform.sgx_type = 0;
    platform.platform_instance = None;
    platform.configuration = None;
}

/// Everything under another authority of the same name.
fn of_key(key: &str, plan: &mut Plan) {
    plan.pck_ca.key = Key(key.into());
    plan.pck.signer = plan.pck_ca.key.clone();
    plan.pck_crl.signer = plan.pck_ca.key.clone();
}

/// A changed plan of `at` for the worker's evidence.
fn plan(at: u64, change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = development().plan(&device("worker"), statement().report_data(), at);
    change(&mut plan);
    plan
}

fn changed(at: u64, change: impl FnOnce(&mut Plan)) -> RawCollateral {
    plan(at, change).issue().collateral
}

fn judged() -> Result<VerdictFacts, DispatchError> {
    judged_of(&development(), "worker", &statement())
}

fn unknown<V>() -> Result<V, DispatchError> {
    Err(Error::<Test>::UnknownCollateral.into())
}

fn stored() -> CheckedCollateral {
    Collateral::<Test>::get((collateral(), authority(&development()))).expect("is stored")
}

#[test]
fn a_family_that_was_submitted_with_the_wrong_authority_is_open_to_the_right_one() {
    chain(GenesisConfig { collateral: vec![], ..genesis() }).execute_with(|| {
        // Genuine, and newer than what its platforms need.
        assert_ok!(submit(&changed(NOW - 10, for_single_packages)));
        assert_eq!(judged(), unknown());
        assert_ok!(submit(&development().collateral(NOW - 90)));
        assert_eq!(judged().expect("is accepted").evaluation, EVALUATION_NUMBER);
        assert_eq!(Collateral::<Test>::iter().count(), 2);
        Attestation::do_try_state().expect("the invariants hold");
    });
}

#[test]
fn collateral_of_one_authority_takes_no_place_of_anothers() {
    run(|| {
        let own = stored();
        assert_ok!(submit(&changed(NOW - 10, for_single_packages)));
        assert_ok!(submit(&changed(NOW - 9, |plan| of_key("another", plan))));
        assert_eq!(stored(), own);
        assert_ok!(judged());
        assert_eq!(Collateral::<Test>::iter().count(), 3);
        // Each moves forward by itself.
        assert_ok!(submit(&development().collateral(NOW - 50)));
        assert_eq!(stored().issued_at(), NOW - 50);
        let rollback = refused(IntelRefusal::CollateralRollback);
        assert_eq!(submit(&changed(NOW - 20, for_single_packages)), Err(rollback));
        assert_ok!(submit(&changed(NOW - 8, for_single_packages)));
    });
}

#[test]
fn what_is_stored_says_of_which_authority_it_is() {
    run(|| {
        assert_ok!(submit(&development().collateral(NOW - 50)));
        let said = Event::<Test>::CollateralStored {
            collateral: collateral(),
            authority: Some(authority(&development())),
            evaluation: EVALUATION_NUMBER,
            valid_until: stored().valid_until(),
        };
        System::assert_last_event(said.into());
    });
}

#[test]
fn evidence_whose_authority_has_no_collateral_is_refused() {
    run(|| {
        let other = plan(NOW - 50, |plan| of_key("another", plan)).issue();
        assert_eq!(Attestation::judge(&other.quote, &collateral(), &statement()), unknown());
        assert_ok!(submit(&other.collateral));
        assert_ok!(Attestation::judge(&other.quote, &collateral(), &statement()));
    });
}

#[test]
fn evidence_that_only_claims_an_authority_is_refused() {
    run(|| {
        let forged = plan(NOW - 50, |plan| {
            plan.pck_ca.not_after -= 1;
            plan.pck_ca.signer = Key("attester".into());
        });
        let refusal = refused(IntelRefusal::Signature(Document::PckCa));
        assert_eq!(Attestation::judge(&forged.issue().quote, &collateral(), &statement()), Err(refusal));
    });
}

#[test]
fn evidence_that_names_no_authority_is_refused() {
    run(|| {
        let mut nameless = plan(NOW - 50, |_| ());
        nameless.quote.chain = Some(nameless.chain(&[&nameless.pck, &nameless.pck, &nameless.root]));
        let refusal = refused(IntelRefusal::CertificateName(Document::PckCa));
        assert_eq!(Attestation::judge(&nameless.issue().quote, &collateral(), &statement()), Err(refusal));
        assert_eq!(Attestation::judge(&[], &collateral(), &statement()), Err(refused(IntelRefusal::QuoteLengths)));
    });
}

#[test]
fn platforms_of_either_authority_are_judged_by_their_own_list() {
    let single = |issued_at| plan(issued_at, |_| ()).for_enclave(issued_at);
    let quote_of = |change: fn(&mut Plan)| {
        let mut plan = single(NOW);
        change(&mut plan);
        plan.issue().quote
    };
    let judge = |quote: &[u8]| Attestation::judge(quote, &issuers::reference(SGX), &statement()).map(|_| ());
    run_all(|| {
        let (multiple, single) = (quote_of(|_| ()), quote_of(for_single_packages));
        assert_eq!((judge(&multiple), judge(&single)), (Ok(()), unknown()));
        assert_ok!(kinds::submit(SGX, issuers::intel_collateral(SGX, NOW - 50, for_single_packages)));
        assert_eq!((judge(&multiple), judge(&single)), (Ok(()), Ok(())));
        // The certificates of both platforms have the same number, each of its own authority.
        let revoking = |plan: &mut Plan| plan.pck_crl.revoked = vec![plan.pck.serial];
        at(NOW + 10);
        assert_ok!(kinds::submit(SGX, issuers::intel_collateral(SGX, NOW + 5, revoking)));
        at(NOW + 11);
        let revoked = Err(refused(IntelRefusal::Revoked(Document::PckCertificate)));
        assert_eq!((judge(&multiple), judge(&single)), (revoked, Ok(())));
    });
}

#[test]
fn a_newer_list_of_another_key_under_the_same_name_hides_no_revocation() {
    run_all(|| {
        let worker = registered(kinds::judged(TDX).expect("is accepted"));
        let valid = || worker.valid(&Attestation::facts(&worker));
        at(NOW + 10);
        assert_ok!(submit(&changed(NOW + 9, |plan| of_key("another", plan))));
        assert_eq!(valid(), Ok(()));
        // Older than that one, and the first to revoke this.
        assert_ok!(submit(&changed(NOW + 5, |plan| plan.pck_crl.revoked = vec![OTHER_PLATFORM])));
        assert_eq!(valid(), Err(Invalidity::Outdated));
        let floors = RevocationFloors::<Test>::get(root_id(&development()));
        assert_eq!((floors.root, floors.of(&authority(&development()))), (0, NOW + 5));
        assert_eq!(floors.authorities.len(), 1);
        // The other's collateral goes on to count.
        at(NOW + 11);
        let other = plan(NOW + 9, |plan| of_key("another", plan)).issue().quote;
        assert_ok!(Attestation::judge(&other, &collateral(), &statement()));
    });
}

#[test]
fn lists_of_so_many_authorities_are_kept_under_a_root_and_collateral_of_one_more_is_refused() {
    run(|| {
        let of_number = |number: u32, at| changed(at, |plan| of_key(&format!("authority {number}"), plan));
        // The root's own is the first.
        for number in 1..MAX_AUTHORITIES {
            assert_ok!(submit(&of_number(number, NOW - 50)));
        }
        let one_more = of_number(MAX_AUTHORITIES, NOW - 40);
        assert_noop!(submit(&one_more), refused(IntelRefusal::TooManyAuthorities));
        assert_eq!(Collateral::<Test>::iter().count(), MAX_AUTHORITIES as usize);
        // Those that are there go on.
        assert_ok!(submit(&of_number(1, NOW - 40)));
        assert_ok!(submit(&evaluated(NOW - 40, EVALUATION_NUMBER + 1)));
        assert_ok!(judged());
    });
}

#[test]
fn the_floors_of_so_many_authorities_are_kept_each_by_its_key() {
    run(|| {
        let revoking = |number: u32, at| {
            changed(at, |plan| {
                of_key(&format!("authority {number}"), plan);
                plan.pck_crl.revoked = vec![OTHER_PLATFORM];
            })
        };
        for number in 1..MAX_AUTHORITIES {
            assert_ok!(submit(&revoking(number, NOW - 50 + u64::from(number))));
        }
        let floors = RevocationFloors::<Test>::get(root_id(&development()));
        let mut kept: Vec<u64> = floors.authorities.values().copied().collect();
        kept.sort_unstable();
        assert_eq!(kept, [NOW - 49, NOW - 48, NOW - 47]);
        assert_eq!(floors.of(&authority(&development())), 0, "its lists have revoked nothing");
        // Nobody is held to the floor of another.
        assert_ok!(submit(&development().collateral(NOW - 60)));
        let outdated = Err(Error::<Test>::RevocationListOutdated.into());
        assert_eq!(submit(&changed(NOW - 50, |plan| of_key("authority 1", plan))), outdated);
    });
}
