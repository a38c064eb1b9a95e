//! What ends verdicts that were judged earlier, and what never goes down.

use adyton_attestation::{AuthorityId, IntelPolicy, ListFloors};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER};
use adyton_pallet_traits::Attestation as _;
use adyton_protocol::{
    ids::Digest,
    record::{EvidenceKind, Invalidity, WorkerRecord},
};
use codec::Encode;
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::sp_runtime::DispatchError;

use super::{
    authorities::authority,
    collateral,
    issuers::{self, amd},
    kinds::{at, judged, registered, run_all, submit},
};
use crate::{mock::*, *};

const SNP: EvidenceKind = EvidenceKind::AmdSnp;
const TDX: EvidenceKind = EvidenceKind::IntelTdx;

fn worker(kind: EvidenceKind) -> WorkerRecord {
    registered(judged(kind).expect("is accepted"))
}

fn valid(worker: &WorkerRecord) -> Result<(), Invalidity> {
    worker.valid(&Attestation::facts(worker))
}

fn root(kind: EvidenceKind) -> Digest {
    issuers::reference(kind).root
}

fn set_minimum(minimum: u32) -> Result<(), DispatchError> {
    let policy = KindPolicy::IntelTdx(IntelPolicy::strict(minimum));
    Attestation::set_policy(RuntimeOrigin::root(), policy)
}

#[test]
fn a_list_that_revokes_more_ends_the_verdicts_under_its_root_at_once() {
    run_all(|| {
        let (of_amd, of_intel) = (worker(SNP), worker(TDX));
        at(NOW + 10);
        assert_ok!(submit(SNP, issuers::revocation_list(NOW + 5, &[9, 10])));
        assert_eq!(valid(&of_amd), Err(Invalidity::Outdated));
        assert_eq!(valid(&of_intel), Ok(()));
    });
}

#[test]
fn a_list_that_revokes_no_more_than_the_stored_one_ends_nothing() {
    run_all(|| {
        let of_amd = worker(SNP);
        at(NOW + 10);
        assert_ok!(submit(SNP, issuers::revocation_list(NOW + 5, &[9])));
        assert_eq!(valid(&of_amd), Ok(()));
        assert_ok!(submit(SNP, issuers::revocation_list(NOW + 6, &[])));
        assert_eq!(valid(&of_amd), Ok(()));
    });
}

#[test]
fn the_first_list_ends_what_was_judged_without_one_if_it_revokes_anything() {
    run_all(|| {
        let of_amd = worker(SNP);
        RevocationLists::<Test>::remove(root(SNP));
        at(NOW + 10);
        assert_ok!(submit(SNP, issuers::revocation_list(NOW + 5, &[9])));
        assert_eq!(valid(&of_amd), Err(Invalidity::Outdated));
    });
}

#[test]
fn evidence_is_judged_again_from_the_second_after_the_end_of_earlier_verdicts() {
    run_all(|| {
        let earlier = worker(TDX);
        assert_ok!(Attestation::end_verdicts(RuntimeOrigin::root(), TDX, root(TDX)));
        assert_eq!(valid(&earlier), Err(Invalidity::Outdated));
        assert_eq!(judged(TDX), Err(Error::<Test>::VerdictsJustEnded.into()));
        at(NOW + 1);
        let evidence = issuers::evidence(TDX, &statement());
        let later = Attestation::judge(&evidence, &collateral(), &statement()).expect("is accepted").verdict;
        assert_eq!(later.judged_at, NOW + 1);
        assert_eq!(valid(&registered(later)), Ok(()));
        assert_eq!(valid(&earlier), Err(Invalidity::Outdated));
    });
}

#[test]
fn verdicts_of_one_kind_end_without_those_of_another_under_the_same_root() {
    run_all(|| {
        let (tdx, sgx) = (worker(TDX), worker(EvidenceKind::IntelSgx));
        assert_eq!(tdx.verdict.root, sgx.verdict.root);
        assert_ok!(Attestation::end_verdicts(RuntimeOrigin::root(), TDX, root(TDX)));
        assert_eq!([valid(&tdx), valid(&sgx)], [Err(Invalidity::Outdated), Ok(())]);
    });
}

#[test]
fn the_verdicts_of_a_root_that_is_not_accepted_are_not_ended() {
    run_all(|| {
        let end = |root| Attestation::end_verdicts(RuntimeOrigin::root(), TDX, root);
        assert_noop!(end(Digest([9; 32])), Error::<Test>::UnknownRoot);
        assert_eq!(JudgedSince::<Test>::get((TDX, Digest([9; 32]))), 0);
    });
}

#[test]
fn a_root_that_is_added_again_revives_no_earlier_worker() {
    run_all(|| {
        for kind in [EvidenceKind::AwsNitro, TDX, SNP] {
            let worker = worker(kind);
            let certificates = BoundedVec::truncate_from(issuers::certificates(kind));
            assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), kind, root(kind)));
            assert_eq!(valid(&worker), Err(Invalidity::Root), "{kind}");
            assert_ok!(Attestation::add_root(RuntimeOrigin::root(), kind, certificates, true));
            wait(DELAY);
            assert_eq!(valid(&worker), Err(Invalidity::Outdated), "{kind}");
        }
    });
}

#[test]
fn no_verdict_outlives_the_longest_life() {
    run_all(|| {
        for kind in EvidenceKind::ALL {
            let verdict = judged(kind).expect("is accepted");
            assert!(verdict.valid_until <= verdict.judged_at + LIFE, "{kind}");
        }
        let worker = worker(SNP);
        assert_eq!(worker.verdict.valid_until, NOW + LIFE, "amd's certificates live for years");
        at(NOW + LIFE - 1);
        assert_eq!(valid(&worker), Ok(()));
        at(NOW + LIFE);
        assert_eq!(valid(&worker), Err(Invalidity::Expired));
    });
}

#[test]
fn a_floor_is_one_roots_and_another_roots_collateral_does_not_move_it() {
    run_all(|| {
        let (of_amd, today) = (worker(SNP), u32::try_from(NOW / amd::DAY).expect("a day"));
        let other = (SNP, Digest([9; 32]));
        Attestation::note_generation(SNP, other.1, today + 9);
        assert_ok!(Attestation::raise_floor(RuntimeOrigin::root(), SNP, other.1, today + 9));
        assert_eq!(valid(&of_amd), Ok(()));
        EvaluationFloors::<Test>::insert((SNP, root(SNP)), today + 1);
        assert_eq!(valid(&of_amd), Err(Invalidity::Collateral));
    });
}

#[test]
fn the_roots_of_a_genesis_begin_with_the_minimum_of_its_policy() {
    run(|| {
        assert_eq!(EvaluationFloors::<Test>::get((TDX, root_id(&development()))), EVALUATION_NUMBER);
        let lower = |number| Attestation::raise_floor(RuntimeOrigin::root(), TDX, root_id(&development()), number);
        assert_noop!(lower(EVALUATION_NUMBER), Error::<Test>::FloorNotRaised);
    });
}

#[test]
fn a_root_that_is_added_begins_with_the_minimum_in_force() {
    run(|| {
        let other = adyton_development_root::DevelopmentRoot::insecure_from_seed([2; 32]);
        let certificate = BoundedVec::truncate_from(other.root_certificate());
        assert_ok!(Attestation::add_root(RuntimeOrigin::root(), TDX, certificate, true));
        assert_eq!(EvaluationFloors::<Test>::get((TDX, root_id(&other))), EVALUATION_NUMBER);
    });
}

#[test]
fn a_policys_minimum_is_never_below_one_that_has_held() {
    run(|| {
        let lowered = Err(Error::<Test>::MinimumLowered.into());
        assert_eq!(set_minimum(EVALUATION_NUMBER - 1), lowered);
        assert_ok!(super::submit(&super::evaluated(NOW - 50, EVALUATION_NUMBER + 2)));
        assert_ok!(set_minimum(EVALUATION_NUMBER + 2));
        // What is only announced may still be taken back.
        assert_ok!(set_minimum(EVALUATION_NUMBER + 1));
        wait(DELAY);
        assert_eq!(set_minimum(EVALUATION_NUMBER), lowered);
        assert_ok!(set_minimum(EVALUATION_NUMBER + 1));
    });
}

#[test]
fn a_minimum_outlives_its_policy() {
    run(|| {
        assert_ok!(Attestation::remove_policy(RuntimeOrigin::root(), TDX));
        assert_eq!(set_minimum(EVALUATION_NUMBER - 1), Err(Error::<Test>::MinimumLowered.into()));
        assert_ok!(set_minimum(EVALUATION_NUMBER));
    });
}

#[test]
fn a_minimum_above_all_collateral_of_its_kind_is_refused_until_there_is_such() {
    run_all(|| {
        let unreached = Err(Error::<Test>::MinimumUnreached.into());
        assert_eq!(set_minimum(EVALUATION_NUMBER + 1), unreached);
        assert_eq!(set_minimum(u32::MAX), unreached);
        // Of another kind.
        let sgx = |plan: &mut adyton_development_root::Plan| {
            plan.tcb_info.value["tcbEvaluationDataNumber"] = (EVALUATION_NUMBER + 1).into();
            plan.qe_identity.value["tcbEvaluationDataNumber"] = (EVALUATION_NUMBER + 1).into();
        };
        let kind = EvidenceKind::IntelSgx;
        assert_ok!(submit(kind, issuers::intel_collateral(kind, NOW - 50, sgx)));
        assert_eq!(set_minimum(EVALUATION_NUMBER + 1), unreached);
        assert_ok!(super::submit(&super::evaluated(NOW - 50, EVALUATION_NUMBER + 1)));
        assert_ok!(set_minimum(EVALUATION_NUMBER + 1));
        assert_eq!(set_minimum(EVALUATION_NUMBER + 2), unreached);
    });
}

#[test]
fn a_minimum_above_the_collateral_of_one_root_is_refused_whatever_others_reach() {
    run(|| {
        let other = DevelopmentRoot::insecure_from_seed([2; 32]);
        let submit_to_other = |number: u32| {
            let mut plan = other.plan(&device("worker"), [0; 64], NOW);
            for document in [&mut plan.tcb_info, &mut plan.qe_identity] {
                document.value["tcbEvaluationDataNumber"] = number.into();
            }
            let bytes = BoundedVec::truncate_from(plan.issue().collateral.encode());
            Attestation::submit_collateral(RuntimeOrigin::signed(1), TDX, root_id(&other), bytes)
        };
        let certificate = BoundedVec::truncate_from(other.root_certificate());
        assert_ok!(Attestation::add_root(RuntimeOrigin::root(), TDX, certificate, true));
        wait(DELAY);
        assert_ok!(super::submit(&super::evaluated(NOW - 50, EVALUATION_NUMBER + 2)));
        // Nothing is judged under the other root yet, and nothing closes it.
        assert_ok!(set_minimum(EVALUATION_NUMBER + 2));
        assert_ok!(submit_to_other(EVALUATION_NUMBER + 1));
        assert_eq!(set_minimum(EVALUATION_NUMBER + 2), Err(Error::<Test>::MinimumUnreached.into()));
        assert_ok!(set_minimum(EVALUATION_NUMBER + 1));
        assert_ok!(submit_to_other(EVALUATION_NUMBER + 2));
        assert_ok!(set_minimum(EVALUATION_NUMBER + 2));
    });
}

#[test]
fn a_root_that_was_removed_holds_no_minimum_down_and_lifts_none() {
    run(|| {
        let own = root_id(&development());
        NewestGenerations::<Test>::insert((TDX, Digest([9; 32])), EVALUATION_NUMBER + 9);
        assert_eq!(set_minimum(EVALUATION_NUMBER + 1), Err(Error::<Test>::MinimumUnreached.into()));
        NewestGenerations::<Test>::insert((TDX, Digest([9; 32])), 1);
        NewestGenerations::<Test>::insert((TDX, own), EVALUATION_NUMBER + 1);
        assert_ok!(set_minimum(EVALUATION_NUMBER + 1));
    });
}

#[test]
fn there_are_no_more_roots_than_are_held_against_a_policy() {
    chain(genesis()).execute_with(|| {
        let other = DevelopmentRoot::insecure_from_seed([2; 32]);
        let add = || {
            let certificate = BoundedVec::truncate_from(other.root_certificate());
            Attestation::add_root(RuntimeOrigin::root(), TDX, certificate, true)
        };
        let record = Roots::<Test>::get((TDX, root_id(&development()))).expect("it is of the genesis");
        // With that one these are as many as there may be.
        let others = (1..u8::try_from(MAX_ROOTS).expect("a few")).map(|number| (SNP, Digest([number; 32])));
        others.for_each(|id| Roots::<Test>::insert(id, record.clone()));
        assert_noop!(add(), Error::<Test>::TooManyRoots);
        Roots::<Test>::remove((SNP, Digest([1; 32])));
        assert_ok!(add());
    });
}

#[test]
fn a_genesis_begins_with_its_minimum_though_there_is_no_collateral_yet_and_it_can_be_set_again() {
    chain(GenesisConfig { collateral: vec![], ..genesis() }).execute_with(|| {
        assert_ok!(set_minimum(EVALUATION_NUMBER));
        assert_eq!(set_minimum(EVALUATION_NUMBER + 1), Err(Error::<Test>::MinimumUnreached.into()));
    });
}

/// Breaks the state of a test's chain, which the invariants have to notice.
fn broken(change: impl FnOnce()) -> bool {
    chain(genesis()).execute_with(|| {
        assert_ok!(Attestation::do_try_state());
        change();
        Attestation::do_try_state().is_err()
    })
}

#[test]
fn the_invariants_notice_what_cannot_be() {
    let key = (TDX, root_id(&development()));
    assert!(broken(|| JudgedSince::<Test>::insert(key, NOW + 1)));
    assert!(broken(|| NewestGenerations::<Test>::remove(key)));
    assert!(broken(|| NewestGenerations::<Test>::insert((EvidenceKind::AwsNitro, key.1), 1)));
    assert!(broken(|| EvaluationFloors::<Test>::insert((EvidenceKind::AwsNitro, key.1), 1)));
    assert!(broken(|| HighestMinimums::<Test>::insert(TDX, EVALUATION_NUMBER + 1)));
    assert!(broken(|| HighestMinimums::<Test>::insert(SNP, 1)));
    assert!(broken(|| NewestLists::<Test>::remove(key.1)));
    let floors = ListFloors { root: NOW, ..ListFloors::default() };
    assert!(broken(|| RevocationFloors::<Test>::insert(key.1, floors)));
    let mut floors = ListFloors::default();
    floors.authorities.try_insert(authority(&development()), NOW).expect("it is the first");
    assert!(broken(|| RevocationFloors::<Test>::insert(key.1, floors)));
    assert!(broken(|| {
        let stored = Collateral::<Test>::take((collateral(), authority(&development()))).expect("is stored");
        Collateral::<Test>::insert((collateral(), AuthorityId([1; 32])), stored);
    }));
}
