//! Every kind of evidence, and why each is refused.

use adyton_attestation::{
    IntelPolicy,
    nitro::{NitroField, NitroPolicy, NitroRefusal},
    snp::{SnpKey, SnpPolicy, SnpProduct, SnpRefusal},
};
use adyton_development_root::{EVALUATION_NUMBER, FMSPC};
use adyton_pallet_traits::Attestation as _;
use adyton_protocol::{
    cpu::CpuModel,
    ids::{AccountId, Digest},
    record::{CollateralRef, EvidenceKind, Invalidity, MachineId, Party, Provider, VerdictFacts},
    scheduled::Scheduled,
    statement::{AttestedStatement, Role},
};
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::{sp_core::Bytes, sp_runtime::DispatchError, *};

use super::issuers::{self, PRODUCT, amd, amd_evidence, aws, aws_plan};
use crate::{mock::*, *};

const SNP: EvidenceKind = EvidenceKind::AmdSnp;
const NITRO: EvidenceKind = EvidenceKind::AwsNitro;

/// A chain that accepts the worker by evidence of every kind, with endorsements for each.
fn genesis_of_all() -> crate::GenesisConfig<Test> {
    let strict = IntelPolicy::strict(EVALUATION_NUMBER);
    let mut genesis = GenesisConfig {
        policies: vec![
            KindPolicy::IntelTdx(strict.clone()),
            KindPolicy::IntelSgx(strict),
            KindPolicy::AmdSnp(Box::new(SnpPolicy::strict())),
            KindPolicy::AwsNitro(NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME)),
        ],
        roots: vec![],
        measurements: vec![],
        collateral: vec![],
        ..genesis()
    };
    for kind in EvidenceKind::ALL {
        let certificates = match kind {
            SNP => {
                let bytes = issuers::certificates(kind);
                let parts = adyton_protocol::evidence::parts::<3>(&bytes).expect("three certificates");
                parts.map(|part| Bytes(part.to_vec())).to_vec()
            }
            EvidenceKind::IntelTdx | EvidenceKind::IntelSgx | NITRO => vec![Bytes(issuers::certificates(kind))],
        };
        genesis.roots.push(GenesisRoot { kind, certificates, development: true });
        genesis.measurements.push(GenesisMeasurement {
            measurement: issuers::measured(kind),
            role: Role::Worker,
            profile: PROFILE,
            release: "worker".into(),
        });
        let collateral = issuers::endorsements(kind, NOW - 100);
        if !collateral.is_empty() {
            let root = issuers::reference(kind).root;
            genesis.collateral.push(GenesisCollateral { kind, root, collateral: Bytes(collateral), at: NOW });
        }
    }
    genesis
}

pub(super) fn run_all(test: impl FnOnce()) {
    chain(genesis_of_all()).execute_with(|| {
        test();
        Attestation::do_try_state().expect("the invariants hold");
    });
}

pub(super) fn at(seconds: u64) {
    pallet_timestamp::Now::<Test>::put(seconds * 1000);
}

fn judge(kind: EvidenceKind, evidence: &[u8]) -> Result<VerdictFacts, DispatchError> {
    at(issuers::time(kind));
    Attestation::judge(evidence, &issuers::reference(kind), &statement()).map(|judged| judged.verdict)
}

pub(super) fn judged(kind: EvidenceKind) -> Result<VerdictFacts, DispatchError> {
    judge(kind, &issuers::evidence(kind, &statement()))
}

fn snp(plan: &amd::Plan) -> Result<VerdictFacts, DispatchError> {
    judge(SNP, &amd_evidence(plan, &statement().report_data()))
}

fn nitro(change: impl FnOnce(&mut aws::Plan)) -> Result<VerdictFacts, DispatchError> {
    let mut plan = aws_plan(&statement().report_data());
    change(&mut plan);
    judge(NITRO, &plan.issue())
}

fn refused_snp(refusal: SnpRefusal) -> DispatchError {
    Error::<Test>::from(refusal).into()
}

fn refused_nitro(refusal: NitroRefusal) -> DispatchError {
    Error::<Test>::from(refusal).into()
}

pub(super) fn submit(kind: EvidenceKind, endorsements: Vec<u8>) -> Result<(), DispatchError> {
    let root = issuers::reference(kind).root;
    Attestation::submit_collateral(RuntimeOrigin::signed(1), kind, root, BoundedVec::truncate_from(endorsements))
}

/// The policy in force for AMD's platforms, changed.
fn set_snp_policy(change: impl FnOnce(&mut SnpPolicy)) {
    let mut policy = SnpPolicy::strict();
    change(&mut policy);
    Policies::<Test>::insert(SNP, Scheduled::holding(KindPolicy::AmdSnp(Box::new(policy))));
}

#[test]
fn evidence_of_every_kind_is_judged_by_its_own_root_policy_and_collateral() {
    run_all(|| {
        for kind in EvidenceKind::ALL {
            let verdict = judged(kind).unwrap_or_else(|error| panic!("{kind}: {error:?}"));
            assert_eq!((verdict.kind, verdict.root), (kind, issuers::reference(kind).root));
            assert_eq!(verdict.measurement, issuers::measured(kind), "{kind}");
            assert!(verdict.valid_until > issuers::time(kind), "{kind}");
            assert_eq!(verdict.tier, 0);
        }
    });
}

#[test]
fn each_kind_names_its_machine_and_provider_and_the_generation_of_its_collateral() {
    run_all(|| {
        let sgx = judged(EvidenceKind::IntelSgx).expect("is accepted");
        assert!(matches!(sgx.machine, MachineId::IntelPpid(_)));
        assert_eq!((sgx.provider, sgx.evaluation), (None, EVALUATION_NUMBER));
        let snp = judged(SNP).expect("is accepted");
        assert_eq!((snp.machine, snp.provider), (MachineId::AmdChip(amd::CHIP), None));
        assert_eq!(u64::from(snp.evaluation), (NOW - 100) / (24 * 60 * 60));
        let nitro = judged(NITRO).expect("is accepted");
        assert_eq!(nitro.machine.to_string(), "aws-instance i-0123456789abcdef0");
        assert_eq!(nitro.provider, Some(Provider::truncate_from(b"aws".to_vec())));
    });
}

#[test]
fn evidence_of_any_kind_about_another_statement_is_refused() {
    run_all(|| {
        let other = AttestedStatement { operator: AccountId([9; 32]), ..statement() };
        for kind in EvidenceKind::ALL {
            assert!(judge(kind, &issuers::evidence(kind, &other)).is_err(), "{kind}");
        }
        assert_eq!(judge(SNP, &issuers::evidence(SNP, &other)), Err(refused_snp(SnpRefusal::ReportData)));
        let about = NitroRefusal::Binding(NitroField::UserData);
        assert_eq!(judge(NITRO, &issuers::evidence(NITRO, &other)), Err(refused_nitro(about)));
    });
}

#[test]
fn evidence_of_one_kind_is_not_taken_for_another() {
    run_all(|| {
        for (kind, other) in EvidenceKind::ALL.into_iter().flat_map(|kind| EvidenceKind::ALL.map(|other| (kind, other)))
        {
            let is_accepted = judge(kind, &issuers::evidence(other, &statement())).is_ok();
            assert_eq!(is_accepted, kind == other, "{other} as {kind}");
        }
    });
}

#[test]
fn a_root_accepted_for_one_kind_is_not_one_for_another() {
    run_all(|| {
        let (tdx, sgx) = (EvidenceKind::IntelTdx, EvidenceKind::IntelSgx);
        assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), sgx, issuers::reference(sgx).root));
        assert_eq!(judged(sgx), Err(Error::<Test>::UnknownRoot.into()));
        assert_ok!(judged(tdx));
    });
}

#[test]
fn collateral_of_both_of_intels_kinds_for_one_family_stands_side_by_side() {
    run_all(|| {
        for kind in [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx] {
            assert_ok!(submit(kind, issuers::endorsements(kind, NOW - 50)));
            assert_ok!(judged(kind));
        }
        assert_eq!(Collateral::<Test>::iter().count(), 2);
    });
}

#[test]
fn collateral_of_another_kind_is_refused() {
    run_all(|| {
        let (tdx, sgx) = (EvidenceKind::IntelTdx, EvidenceKind::IntelSgx);
        assert_eq!(submit(tdx, issuers::endorsements(sgx, NOW - 50)), Err(Error::<Test>::NotCollateral.into()));
        assert_eq!(submit(NITRO, vec![1]), Err(Error::<Test>::NoCollateral.into()));
    });
}

#[test]
fn a_kind_without_a_policy_is_refused() {
    run_all(|| {
        for kind in EvidenceKind::ALL {
            assert_ok!(Attestation::remove_policy(RuntimeOrigin::root(), kind));
            assert_eq!(judged(kind), Err(Error::<Test>::NoPolicy.into()), "{kind}");
            assert_noop!(Attestation::remove_policy(RuntimeOrigin::root(), kind), Error::<Test>::NoPolicy);
        }
    });
}

#[test]
fn bytes_that_are_not_a_report_with_its_certificate_are_refused() {
    run_all(|| {
        let good = issuers::evidence(SNP, &statement());
        for bytes in [&[][..], &good[..good.len() - 1], &[&good[..], &[0]].concat(), &good[4..]] {
            assert_eq!(judge(SNP, bytes), Err(Error::<Test>::NotEvidence.into()));
        }
    });
}

#[test]
fn a_report_with_a_bad_signature_is_refused() {
    run_all(|| {
        let bad = amd::good(PRODUCT).then(amd::at::MEASUREMENT, &[0]);
        assert_eq!(snp(&bad), Err(refused_snp(SnpRefusal::ReportSignature)));
    });
}

#[test]
fn a_report_of_a_product_line_that_has_no_accepted_root_is_refused() {
    run_all(|| {
        let turin = amd::good(SnpProduct::Turin);
        assert_eq!(snp(&turin), Err(refused_snp(SnpRefusal::UnknownIssuer(SnpKey::Vcek))));
    });
}

#[test]
fn milan_is_refused_unless_the_policy_names_it() {
    run_all(|| {
        let milan = SnpProduct::Milan;
        let certificates = BoundedVec::truncate_from(issuers::amd_certificates(milan));
        let root = Digest(issuers::amd_root(milan).id().0);
        // Our own lines share one key, and so one identity.
        assert_ok!(Attestation::remove_root(RuntimeOrigin::root(), SNP, root));
        assert_ok!(Attestation::add_root(RuntimeOrigin::root(), SNP, certificates, true));
        wait(DELAY);
        let list = amd::revocation_list(milan, (NOW - 50, NOW + 100 * amd::DAY), &[9], amd::root_key());
        let list = BoundedVec::truncate_from(list);
        assert_ok!(Attestation::submit_collateral(RuntimeOrigin::signed(1), SNP, root, list));
        let reference = CollateralRef { root, ..issuers::reference(SNP) };
        let evidence = amd_evidence(&amd::good(milan), &statement().report_data());
        let refused = refused_snp(SnpRefusal::ProductNotAccepted(milan));
        assert_eq!(Attestation::judge(&evidence, &reference, &statement()), Err(refused));
        set_snp_policy(|policy| policy.milan = SnpPolicy::tiered().milan);
        let judged = Attestation::judge(&evidence, &reference, &statement()).expect("is named");
        assert!(judged.verdict.tier > 0);
    });
}

#[test]
fn a_report_without_amds_revocation_list_is_refused() {
    run_all(|| {
        RevocationLists::<Test>::remove(issuers::reference(SNP).root);
        assert_eq!(judged(SNP), Err(refused_snp(SnpRefusal::RevocationListMissing)));
        set_snp_policy(|policy| policy.require_revocation_list = false);
        assert_eq!(judged(SNP).expect("is accepted").evaluation, 0);
    });
}

#[test]
fn a_report_under_a_revoked_authority_is_refused() {
    run_all(|| {
        // 2 is the authority's serial number.
        assert_ok!(submit(SNP, issuers::revocation_list(NOW - 50, &[2])));
        JudgedSince::<Test>::insert((SNP, issuers::reference(SNP).root), NOW - 1);
        assert_eq!(judged(SNP), Err(refused_snp(SnpRefusal::Revoked)));
    });
}

#[test]
fn a_revocation_list_that_is_not_newer_is_refused() {
    run_all(|| {
        for at in [NOW - 200, NOW - 100] {
            assert_eq!(submit(SNP, issuers::revocation_list(at, &[])), Err(Error::<Test>::NotNewer.into()));
        }
        assert_ok!(submit(SNP, issuers::revocation_list(NOW - 99, &[])));
    });
}

#[test]
fn a_revocation_list_of_somebody_else_or_out_of_its_time_is_refused() {
    run_all(|| {
        let window = (NOW - 50, NOW + amd::DAY);
        let other = amd::revocation_list(PRODUCT, window, &[], amd::authority_key());
        let early = issuers::revocation_list(NOW + 50, &[]);
        for list in [other, early, vec![0x30, 0], vec![]] {
            let refused = submit(SNP, list).expect_err("is no list of the root's in its time");
            assert!(matches!(refused, DispatchError::Module(_)));
        }
        at(NOW + 301 * amd::DAY);
        assert!(submit(SNP, issuers::revocation_list(NOW - 50, &[])).is_err(), "it has expired");
    });
}

#[test]
fn a_revocation_list_below_the_floor_is_refused_and_no_longer_judges() {
    run_all(|| {
        let today = u32::try_from(NOW / amd::DAY).expect("a day");
        let (root, old) = (issuers::reference(SNP).root, RevocationLists::<Test>::get(issuers::reference(SNP).root));
        let raise = |floor| Attestation::raise_floor(RuntimeOrigin::root(), SNP, root, floor);
        assert_noop!(raise(today + 1), Error::<Test>::AboveNewest);
        at(NOW + amd::DAY);
        assert_ok!(submit(SNP, issuers::revocation_list(NOW + amd::DAY, &[9])));
        assert_ok!(raise(today + 1));
        RevocationLists::<Test>::set(root, old);
        assert_eq!(judged(SNP), Err(Error::<Test>::BelowFloor.into()));
        assert_eq!(submit(SNP, issuers::revocation_list(NOW - 50, &[9])), Err(Error::<Test>::BelowFloor.into()));
        assert_ok!({
            at(NOW + amd::DAY);
            submit(SNP, issuers::revocation_list(NOW + amd::DAY, &[9]))
        });
    });
}

#[test]
fn a_kind_without_collateral_has_no_floor() {
    run_all(|| {
        let root = issuers::reference(NITRO).root;
        assert_noop!(Attestation::raise_floor(RuntimeOrigin::root(), NITRO, root, 1), Error::<Test>::NoCollateral);
    });
}

#[test]
fn a_provider_that_is_denied_has_no_workers_and_those_it_has_end_at_once() {
    run_all(|| {
        let verdict = judged(NITRO).expect("is accepted");
        let aws = verdict.provider.clone().expect("a document names the provider");
        assert_ok!(Attestation::set_provider_denied(RuntimeOrigin::root(), aws.clone(), true));
        assert_eq!(judged(NITRO), Err(Error::<Test>::ProviderDenied.into()));
        assert!(Attestation::facts(&registered(verdict)).provider_denied);
        at(issuers::time(NITRO) - DELAY);
        assert_ok!(Attestation::set_provider_denied(RuntimeOrigin::root(), aws, false));
        assert_ok!(judged(NITRO));
    });
}

#[test]
fn a_denied_chip_is_refused() {
    run_all(|| {
        assert_ok!(Attestation::set_machine_denied(RuntimeOrigin::root(), MachineId::AmdChip(amd::CHIP), true));
        assert_eq!(judged(SNP), Err(Error::<Test>::MachineDenied.into()));
    });
}

#[test]
fn a_machine_that_nobody_identifies_needs_its_operator_or_provider_on_the_list_now() {
    run_all(|| {
        let vlek = amd::good_of(PRODUCT, SnpKey::Vlek).with(amd::at::CHIP_ID, &[0; 64]);
        assert_eq!(snp(&vlek), Err(Error::<Test>::MachineUnidentified.into()));
        let provider = Party::Provider(Provider::truncate_from(b"A Cloud".to_vec()));
        for party in [provider, Party::Operator(statement().operator)] {
            at(issuers::time(SNP) - DELAY);
            assert_ok!(Attestation::set_allowed(RuntimeOrigin::root(), party.clone(), true));
            let worker = registered(snp(&vlek).expect("somebody answers for it"));
            assert_eq!(worker.verdict.machine, MachineId::None);
            assert_eq!(worker.valid(&Attestation::facts(&worker)), Ok(()));
            assert_ok!(Attestation::set_allowed(RuntimeOrigin::root(), party, false));
            assert_eq!(worker.valid(&Attestation::facts(&worker)), Err(Invalidity::Unidentified));
        }
        assert_eq!(snp(&vlek), Err(Error::<Test>::MachineUnidentified.into()));
    });
}

#[test]
fn a_document_of_a_debugged_enclave_or_with_a_bad_signature_is_refused() {
    run_all(|| {
        let debugged = nitro(|plan| plan.set_register(0, &[0; 48]));
        assert_eq!(debugged, Err(refused_nitro(NitroRefusal::Debug(0))));
        assert_eq!(nitro(|plan| plan.signer = Some(4)), Err(refused_nitro(NitroRefusal::Signature)));
    });
}

#[test]
fn an_old_document_is_refused() {
    run_all(|| {
        let document = issuers::evidence(NITRO, &statement());
        at(aws::NOW + 4 * 60 * 60);
        let judged = Attestation::judge(&document, &issuers::reference(NITRO), &statement());
        assert!(matches!(judged, Err(DispatchError::Module(_))));
    });
}

#[test]
fn certificates_that_are_no_root_of_their_kind_are_refused() {
    run(|| {
        let add = |kind, certificates: Vec<u8>| {
            Attestation::add_root(RuntimeOrigin::root(), kind, BoundedVec::truncate_from(certificates), true)
        };
        for (kind, other) in EvidenceKind::ALL.into_iter().flat_map(|kind| EvidenceKind::ALL.map(|other| (kind, other)))
        {
            let of_intel = |kind| matches!(kind, EvidenceKind::IntelTdx | EvidenceKind::IntelSgx);
            if kind != other && !(of_intel(kind) && of_intel(other)) {
                assert_noop!(add(kind, issuers::certificates(other)), Error::<Test>::NotARoot);
            }
        }
        let mut mixed = issuers::amd_certificates(PRODUCT);
        mixed.push(0);
        assert_noop!(add(SNP, mixed), Error::<Test>::NotARoot);
        assert_noop!(add(NITRO, aws::plan().chain()[aws::REGION].clone()), Error::<Test>::NotARoot);
    });
}

#[test]
fn the_processors_model_comes_with_the_verdict() {
    run_all(|| {
        let found = EvidenceKind::ALL.map(|kind| {
            at(issuers::time(kind));
            let evidence = issuers::evidence(kind, &statement());
            Attestation::judge(&evidence, &issuers::reference(kind), &statement()).expect("is accepted").cpu
        });
        let (intel, amd) = (CpuModel::IntelFmspc(FMSPC), CpuModel::AmdCpuid { family: 0x19, model: 0x11 });
        assert_eq!(found, [Some(intel), Some(intel), Some(amd), None]);
    });
}

/// A worker whose evidence was judged so.
pub(super) fn registered(verdict: VerdictFacts) -> adyton_protocol::record::WorkerRecord {
    let statement = statement();
    adyton_protocol::record::WorkerRecord {
        operator: statement.operator,
        role: statement.role,
        signing_key: statement.signing_key,
        encryption_key: statement.encryption_key,
        statement: statement.digest(),
        verdict,
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 100,
        heartbeat: adyton_protocol::record::Heartbeat { nonce: [0; 32], block: 0 },
    }
}
