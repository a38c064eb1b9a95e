//! Evidence of every kind, judged under roots of our own.

use adyton_attestation::{
    AcceptedMeasurements, AuthorityId, Details, Document, EvidenceKind as VerifiersKind, IntelRefusal,
    MachineId as Machine, MachinePolicy, Refusal, Roots, authority_of,
    nitro::{NitroPolicy, NitroRefusal},
    signature::{CheckedSignatures, Fastest, PublicKey, RememberingVerifier, Scheme},
    snp::{SnpFacts, SnpKey, SnpPolicy, SnpProduct, SnpRefusal},
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, FMSPC, Key, Role as DeviceRole};
use adyton_protocol::{
    cpu::CpuModel,
    ids::{AccountId, BlockHash, BlockRef, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::{MachineId, Provider},
    statement::Role,
};
use codec::Encode;

use super::*;

#[path = "../../attestation/tests/support/snp.rs"]
mod amd;
#[path = "../../attestation/tests/support/nitro.rs"]
mod aws;

const NOW: u64 = amd::NOW;
const PRODUCT: SnpProduct = SnpProduct::Turin;

fn development() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([7; 32])
}

fn statement() -> AttestedStatement {
    AttestedStatement {
        network: NetworkId([1; 32]),
        worker: WorkerId([2; 32]),
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey([4; 32]),
        encryption_key: EncryptionKey([5; 32]),
        config: Digest([6; 32]),
        recent: BlockRef { number: 80, hash: BlockHash([8; 32]) },
    }
}

/// What is shown, about [`statement`].
#[derive(Clone)]
struct Request {
    evidence: Vec<u8>,
    collateral: Vec<u8>,
}

fn request(evidence: Vec<u8>, collateral: Vec<u8>) -> Request {
    Request { evidence, collateral }
}

/// A list that AMD's root of the line issued at `at`.
fn list(at: u64, revoked: &[u8]) -> Vec<u8> {
    amd::revocation_list(PRODUCT, (at, at + 300 * amd::DAY), revoked, amd::root_key())
}

fn amd_evidence(plan: amd::Plan) -> Vec<u8> {
    let issued = plan.with(amd::at::REPORT_DATA, &statement().report_data()).evidence();
    SnpEvidence { report: &issued.report, certificate: &issued.vek }.to_bytes()
}

/// Evidence of `kind` about the statement, with its collateral.
fn good(kind: EvidenceKind) -> Request {
    let report_data = statement().report_data();
    let plan = || development().plan(&DeviceRole::new("worker").unwrap(), report_data, NOW - 60);
    match kind {
        EvidenceKind::IntelTdx => {
            let issued = plan().issue();
            request(issued.quote, issued.collateral.encode())
        }
        EvidenceKind::IntelSgx => {
            let issued = plan().for_enclave(NOW - 60).issue();
            request(issued.quote, issued.collateral.encode())
        }
        EvidenceKind::AmdSnp => request(amd_evidence(amd::good(PRODUCT)), list(NOW - 60, &[9])),
        EvidenceKind::AwsNitro => {
            let plan = aws::changed(|plan| plan.set("user_data", aws::cbor::bytes(&report_data)));
            request(plan.issue(), Vec::new())
        }
    }
}

/// Trusts all roots of our own, for every kind.
fn policy() -> Policy {
    let roots = Roots {
        intel: vec![development().root()],
        snp: amd::roots().to_vec(),
        nitro: vec![aws::root()],
        ..Roots::default()
    };
    Policy {
        kinds: EvidenceKind::ALL.map(verifiers_kind).to_vec(),
        roots,
        measurements: AcceptedMeasurements::Any,
        machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
        intel: IntelPolicy::strict(EVALUATION_NUMBER),
        snp: SnpPolicy::strict(),
        nitro: NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME),
        ..Policy::default()
    }
}

fn judge_with(
    verifier: &impl SignatureVerifier,
    policy: &Policy,
    request: &Request,
    terms: &Terms,
) -> Result<Appraised, AppraisalRefusal> {
    let Request { evidence, collateral } = request;
    appraise(verifier, policy, &Shown { statement: &statement(), evidence, collateral }, terms)
}

fn judge(request: &Request, terms: &Terms) -> Result<Appraised, AppraisalRefusal> {
    judge_with(&Fastest::default(), &policy(), request, terms)
}

fn terms(kind: EvidenceKind) -> Terms {
    Terms { kind, now: NOW, floor: 0, lists: ListFloors::default(), profile: Digest([9; 32]) }
}

fn refused(judged: Result<Appraised, AppraisalRefusal>) -> AppraisalRefusal {
    judged.map(|_| ()).expect_err("must be refused")
}

#[test]
fn evidence_of_every_kind_is_judged_as_what_it_is() {
    for kind in EvidenceKind::ALL {
        let judged = judge(&good(kind), &terms(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(judged.verdict().statement(), statement().report_data());
        let facts = judged.facts();
        assert_eq!((facts.kind, facts.profile), (kind, Digest([9; 32])));
        assert!(facts.valid_until > NOW);
        match kind {
            EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => {
                assert!(matches!(facts.machine, MachineId::IntelPpid(_)));
                assert_eq!(facts.evaluation, EVALUATION_NUMBER);
            }
            EvidenceKind::AmdSnp => {
                assert!(matches!(facts.machine, MachineId::AmdChip(_)));
                assert_eq!(u64::from(facts.evaluation), (NOW - 60) / amd::DAY);
            }
            EvidenceKind::AwsNitro => {
                assert_eq!(facts.machine.to_string(), "aws-instance i-0123456789abcdef0");
                assert_eq!(facts.provider, Some(Provider::truncate_from(b"aws".to_vec())));
            }
        }
    }
}

#[test]
fn evidence_of_one_kind_is_not_taken_for_another() {
    for (registered, shown) in EvidenceKind::ALL.into_iter().flat_map(|one| EvidenceKind::ALL.map(|other| (one, other)))
    {
        let is_judged = judge(&good(shown), &terms(registered)).is_ok();
        assert_eq!(is_judged, registered == shown, "{shown} for {registered}");
    }
}

#[test]
fn a_kind_whose_root_is_not_configured_is_refused() {
    for kind in EvidenceKind::ALL {
        let policy = Policy { roots: Roots::default(), ..policy() };
        let judged = judge_with(&Fastest::default(), &policy, &good(kind), &terms(kind));
        assert_eq!(refused(judged), AppraisalRefusal::NoRoot(kind));
    }
}

#[test]
fn a_kind_that_is_not_configured_is_refused_though_its_root_is() {
    for (kind, verifiers) in [
        (EvidenceKind::IntelSgx, VerifiersKind::IntelSgx),
        (EvidenceKind::AmdSnp, VerifiersKind::AmdSnp),
        (EvidenceKind::AwsNitro, VerifiersKind::AwsNitro),
    ] {
        let policy = Policy { kinds: vec![VerifiersKind::IntelTdx], ..policy() };
        let error = refused(judge_with(&Fastest::default(), &policy, &good(kind), &terms(kind)));
        assert_eq!(error, AppraisalRefusal::Evidence(Refusal::Kind(verifiers)));
    }
}

#[test]
fn collateral_below_the_chains_floor_is_refused() {
    let tdx = EvidenceKind::IntelTdx;
    let above = Terms { floor: EVALUATION_NUMBER + 1, ..terms(tdx) };
    assert!(matches!(refused(judge(&good(tdx), &above)), AppraisalRefusal::Evidence(Refusal::Intel(_))));
    let (snp, today) = (EvidenceKind::AmdSnp, u32::try_from(NOW / amd::DAY).unwrap());
    let above = Terms { floor: today + 1, ..terms(snp) };
    assert!(matches!(refused(judge(&good(snp), &above)), AppraisalRefusal::BelowFloor { .. }));
}

#[test]
fn the_policys_own_floor_counts_where_the_chains_is_lower() {
    let tdx = EvidenceKind::IntelTdx;
    let policy = Policy { intel: IntelPolicy::strict(EVALUATION_NUMBER + 1), ..policy() };
    let judged = judge_with(&Fastest::default(), &policy, &good(tdx), &terms(tdx));
    assert!(matches!(refused(judged), AppraisalRefusal::Evidence(Refusal::Intel(_))));
}

/// Floors of the lists of the root and of authorities.
fn floors(root: u64, authorities: &[(AuthorityId, u64)]) -> ListFloors {
    let mut floors = ListFloors { root, ..ListFloors::default() };
    for (authority, floor) in authorities {
        floors.authorities.try_insert(*authority, *floor).unwrap();
    }
    floors
}

#[test]
fn collateral_with_a_revocation_list_older_than_one_that_revokes_more_is_refused() {
    let authority = authority_of(&good(EvidenceKind::IntelTdx).evidence).unwrap();
    for (document, lists) in
        [(Document::RootCrl, floors(NOW - 59, &[])), (Document::PckCrl, floors(0, &[(authority, NOW - 59)]))]
    {
        let (issued_at, floor) = (NOW - 60, NOW - 59);
        let outdated =
            AppraisalRefusal::Collateral(IntelRefusal::RevocationListOutdated { document, issued_at, floor });
        for kind in [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx] {
            let terms = Terms { lists: lists.clone(), ..terms(kind) };
            assert_eq!(refused(judge(&good(kind), &terms)), outdated);
        }
    }
    let lists = floors(NOW - 60, &[(authority, NOW - 60), (AuthorityId([1; 32]), NOW)]);
    for kind in EvidenceKind::ALL {
        judge(&good(kind), &Terms { lists: lists.clone(), ..terms(kind) }).unwrap();
    }
}

#[test]
fn collateral_of_another_authority_than_the_one_that_certified_the_platform_is_refused() {
    let tdx = EvidenceKind::IntelTdx;
    let mut plan = development().plan(&DeviceRole::new("worker").unwrap(), [0; 64], NOW - 60);
    plan.pck_ca.key = Key("another-pck-ca".into());
    plan.pck_crl.signer = plan.pck_ca.key.clone();
    let request = Request { collateral: plan.issue().collateral.encode(), ..good(tdx) };
    let mismatch = AppraisalRefusal::Evidence(Refusal::Intel(IntelRefusal::PckCaMismatch));
    assert_eq!(refused(judge(&request, &terms(tdx))), mismatch);
}

#[test]
fn a_report_without_its_certificate_or_list_is_refused() {
    let snp = EvidenceKind::AmdSnp;
    let bare = Request { evidence: vec![0; 1184], ..good(snp) };
    assert_eq!(refused(judge(&bare, &terms(snp))), AppraisalRefusal::EvidenceEncoding);
    for list in [Vec::new(), vec![0x30, 0], list(NOW + 60, &[])] {
        let unlisted = Request { collateral: list, ..good(snp) };
        assert!(matches!(refused(judge(&unlisted, &terms(snp))), AppraisalRefusal::RevocationList(_)));
    }
}

#[test]
fn a_report_under_a_revoked_authority_is_refused() {
    let snp = EvidenceKind::AmdSnp;
    let revoked = Request { collateral: list(NOW - 60, &[2]), ..good(snp) };
    assert_eq!(refused(judge(&revoked, &terms(snp))), AppraisalRefusal::Evidence(Refusal::Snp(SnpRefusal::Revoked)));
}

#[test]
fn a_product_line_that_the_policy_does_not_name_is_refused() {
    let milan = SnpProduct::Milan;
    let list = amd::revocation_list(milan, (NOW - 60, NOW + amd::DAY), &[], amd::root_key());
    let snp = EvidenceKind::AmdSnp;
    let error = refused(judge(&request(amd_evidence(amd::good(milan)), list), &terms(snp)));
    assert_eq!(error, AppraisalRefusal::Evidence(Refusal::Snp(SnpRefusal::ProductNotAccepted(milan))));
}

#[test]
fn a_provider_key_names_the_provider() {
    let vlek = amd_evidence(amd::good_of(PRODUCT, SnpKey::Vlek).with(amd::at::CHIP_ID, &[0; 64]));
    let snp = EvidenceKind::AmdSnp;
    let judged = judge(&Request { evidence: vlek, ..good(snp) }, &terms(snp)).unwrap();
    assert_eq!(judged.facts().machine, MachineId::None);
    assert_eq!(judged.facts().provider, Some(Provider::truncate_from(b"A Cloud".to_vec())));
}

#[test]
fn a_document_about_another_statement_is_refused() {
    let nitro = EvidenceKind::AwsNitro;
    let other = Request { evidence: aws::plan().issue(), ..good(nitro) };
    let error = refused(judge(&other, &terms(nitro)));
    assert!(matches!(error, AppraisalRefusal::Evidence(Refusal::Nitro(NitroRefusal::Binding(_)))), "{error}");
}

/// Refuses every signature, so that only those pass that are known.
struct Refusing;

impl SignatureVerifier for Refusing {
    fn verify(&self, _: Scheme, _: PublicKey<'_>, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

/// The signatures under good evidence and its collateral.
fn known(good: &Request, kind: EvidenceKind) -> CheckedSignatures {
    let backend = Fastest::default();
    let verifier = RememberingVerifier::new(&backend, CheckedSignatures::NONE);
    judge_with(&verifier, &policy(), good, &terms(kind)).unwrap();
    verifier.into_checked()
}

#[test]
fn a_machine_that_is_known_is_judged_the_same_without_a_signature_checked() {
    for kind in EvidenceKind::ALL {
        let good = good(kind);
        let plain = judge(&good, &terms(kind)).unwrap();
        let known = known(&good, kind);
        let verifier = RememberingVerifier::new(&Refusing, &known);
        let again = judge_with(&verifier, &policy(), &good, &terms(kind)).unwrap();
        assert_eq!((again.facts(), again.verdict()), (plain.facts(), plain.verdict()), "{kind}");
        assert!(judge_with(&Refusing, &policy(), &good, &terms(kind)).is_err(), "{kind}");
    }
}

#[test]
fn no_changed_byte_of_a_known_machines_evidence_passes() {
    for kind in EvidenceKind::ALL {
        let (backend, good) = (Fastest::default(), good(kind));
        let known = known(&good, kind);
        for index in (0..good.evidence.len()).step_by(31) {
            let mut changed = good.clone();
            changed.evidence[index] ^= 1;
            let verifier = RememberingVerifier::new(&backend, &known);
            assert!(judge_with(&verifier, &policy(), &changed, &terms(kind)).is_err(), "{kind}, byte {index}");
        }
    }
}

#[test]
fn what_was_revoked_since_is_refused_though_the_machine_is_known() {
    let snp = EvidenceKind::AmdSnp;
    let (known, backend) = (known(&good(snp), snp), Fastest::default());
    let revoked = Request { collateral: list(NOW - 60, &[2]), ..good(snp) };
    let verifier = RememberingVerifier::new(&backend, &known);
    let error = refused(judge_with(&verifier, &policy(), &revoked, &terms(snp)));
    assert_eq!(error, AppraisalRefusal::Evidence(Refusal::Snp(SnpRefusal::Revoked)));
}

#[test]
fn a_record_that_says_of_evidence_what_was_not_found_differs_in_that() {
    type Change = fn(&mut VerdictFacts);
    let found = judge(&good(EvidenceKind::IntelTdx), &terms(EvidenceKind::IntelTdx)).unwrap().facts().clone();
    let changes: [(&str, Change); 6] = [
        ("kind", |record| record.kind = EvidenceKind::IntelSgx),
        ("root", |record| record.root = Digest([1; 32])),
        ("measurement", |record| record.measurement = Digest([1; 32])),
        ("machine", |record| record.machine = MachineId::None),
        ("provider", |record| record.provider = Some(Provider::truncate_from(b"aws".to_vec()))),
        ("evidence", |record| record.evidence = Digest([1; 32])),
    ];
    for (fact, change) in changes {
        let mut record = found.clone();
        change(&mut record);
        assert_eq!(require_same(&found, &record), Err(Difference::Fact(fact)));
    }
    // When it was judged and until when it holds is each one's own.
    let other = VerdictFacts { judged_at: 1, valid_until: 2, ..found.clone() };
    assert_eq!(require_same(&found, &other), Ok(()));
}

#[test]
fn collateral_older_than_that_of_the_record_differs_and_newer_does_not() {
    let found = judge(&good(EvidenceKind::AmdSnp), &terms(EvidenceKind::AmdSnp)).unwrap().facts().clone();
    let (shown, judged) = (found.evaluation, found.evaluation + 1);
    let newer = VerdictFacts { evaluation: judged, ..found.clone() };
    assert_eq!(require_same(&found, &newer), Err(Difference::CollateralOlder { shown, judged }));
    assert_eq!(require_same(&newer, &found), Ok(()));
}

#[test]
fn machines_that_are_not_registered_have_no_name_on_the_chain() {
    for other in [Machine::NvidiaDevice([1; 20]), Machine::ArmInstance([1; 33])] {
        assert_eq!(machine(Some(other)), None);
    }
    assert_eq!(machine(None), Some(MachineId::None));
    assert_eq!(machine(Some(Machine::AmdChip([1; 64]))), Some(MachineId::AmdChip([1; 64])));
}

/// What the verifier found of good evidence.
fn details(kind: EvidenceKind) -> Details {
    judge(&good(kind), &terms(kind)).unwrap().verdict().verdict().details().clone()
}

#[test]
fn a_processors_model_is_the_one_that_evidence_names() {
    let fmspc = Some(CpuModel::IntelFmspc(FMSPC));
    for (kind, expected) in [
        (EvidenceKind::IntelTdx, fmspc),
        (EvidenceKind::IntelSgx, fmspc),
        (EvidenceKind::AmdSnp, Some(CpuModel::AmdCpuid { family: 0x1a, model: 0x02 })),
        (EvidenceKind::AwsNitro, None),
    ] {
        assert_eq!(cpu_model(&details(kind)), expected, "{kind}");
    }
}

#[test]
fn for_a_processor_that_its_report_does_not_name_stands_the_first_of_its_line() {
    let Details::Snp(facts) = details(EvidenceKind::AmdSnp) else { panic!("it is evidence of AMD's") };
    for (product, family, model) in
        [(SnpProduct::Milan, 0x19, 0x01), (SnpProduct::Genoa, 0x19, 0x11), (SnpProduct::Turin, 0x1a, 0x02)]
    {
        let unnamed = Details::Snp(SnpFacts { cpu: None, product, ..facts.clone() });
        assert_eq!(cpu_model(&unnamed), Some(CpuModel::AmdCpuid { family, model }), "{product}");
    }
}

#[test]
fn a_list_without_a_time_in_reach_is_of_the_last_generation() {
    assert_eq!((generation_of_list(amd::DAY - 1), generation_of_list(amd::DAY)), (0, 1));
    assert_eq!(generation_of_list(u64::MAX), u32::MAX);
}
