//! The keyholder's own judgement of evidence of every kind, under roots of our own.

use adyton_attestation::{
    AcceptedMeasurements, AuthorityId, Document, EvidenceKind as VerifiersKind, IntelPolicy, IntelRefusal, ListFloors,
    MachinePolicy, Policy, Refusal, Roots, authority_of,
    nitro::{NitroPolicy, NitroRefusal},
    signature::{CheckedSignatures, Fastest, PublicKey, RememberingVerifier, Scheme, SignatureVerifier},
    snp::{SnpKey, SnpPolicy, SnpProduct, SnpRefusal},
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Key, Role as DeviceRole};
use adyton_keyholder::judge::{Judge, JudgeError, Judged, Terms};
use adyton_protocol::{
    evidence::SnpEvidence,
    ids::{AccountId, BlockHash, BlockRef, ContractId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    key_label::{KeyEpoch, Purpose},
    record::{EvidenceKind, MachineId, Provider},
    statement::{AttestedStatement, Role},
};
use adyton_threshold::release::ReleaseRequest;
use codec::Encode;

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

fn request(evidence: Vec<u8>, collateral: Vec<u8>) -> ReleaseRequest {
    ReleaseRequest {
        contract: ContractId([1; 32]),
        epoch: KeyEpoch::default(),
        purposes: Purpose::ALL.to_vec(),
        requested_at: 95,
        statement: statement(),
        evidence,
        collateral,
    }
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
fn good(kind: EvidenceKind) -> ReleaseRequest {
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
fn judge() -> Judge {
    let roots = Roots {
        intel: vec![development().root()],
        snp: amd::roots().to_vec(),
        nitro: vec![aws::root()],
        ..Roots::default()
    };
    Judge {
        policy: Policy {
            kinds: vec![
                VerifiersKind::IntelTdx,
                VerifiersKind::IntelSgx,
                VerifiersKind::AmdSnp,
                VerifiersKind::AwsNitro,
            ],
            roots,
            measurements: AcceptedMeasurements::Any,
            machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
            intel: IntelPolicy::strict(EVALUATION_NUMBER),
            snp: SnpPolicy::strict(),
            nitro: NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME),
            ..Policy::default()
        },
    }
}

fn terms(kind: EvidenceKind) -> Terms {
    Terms { kind, now: NOW, floor: 0, lists: ListFloors::default(), profile: Digest([9; 32]) }
}

fn refused(judged: Result<Judged, JudgeError>) -> JudgeError {
    judged.map(|_| ()).expect_err("must be refused")
}

#[test]
fn evidence_of_every_kind_is_judged_as_what_it_is() {
    for kind in EvidenceKind::ALL {
        let judged = judge().judge(&good(kind), &terms(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(judged.statement(), statement().digest());
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
        let is_judged = judge().judge(&good(shown), &terms(registered)).is_ok();
        assert_eq!(is_judged, registered == shown, "{shown} for {registered}");
    }
}

#[test]
fn a_kind_whose_root_is_not_configured_is_refused() {
    for kind in EvidenceKind::ALL {
        let mut judge = judge();
        judge.policy.roots = Roots::default();
        assert_eq!(refused(judge.judge(&good(kind), &terms(kind))), JudgeError::NoRoot(kind));
    }
}

#[test]
fn a_kind_that_is_not_configured_is_refused_though_its_root_is() {
    for (kind, verifiers) in [
        (EvidenceKind::IntelSgx, VerifiersKind::IntelSgx),
        (EvidenceKind::AmdSnp, VerifiersKind::AmdSnp),
        (EvidenceKind::AwsNitro, VerifiersKind::AwsNitro),
    ] {
        let mut judge = judge();
        judge.policy.kinds = vec![VerifiersKind::IntelTdx];
        let error = refused(judge.judge(&good(kind), &terms(kind)));
        assert_eq!(error, JudgeError::Evidence(Refusal::Kind(verifiers)));
    }
}

#[test]
fn collateral_below_the_chains_floor_is_refused() {
    let tdx = EvidenceKind::IntelTdx;
    let above = Terms { floor: EVALUATION_NUMBER + 1, ..terms(tdx) };
    assert!(matches!(refused(judge().judge(&good(tdx), &above)), JudgeError::Evidence(Refusal::Intel(_))));
    let (snp, today) = (EvidenceKind::AmdSnp, u32::try_from(NOW / amd::DAY).unwrap());
    let above = Terms { floor: today + 1, ..terms(snp) };
    assert!(matches!(refused(judge().judge(&good(snp), &above)), JudgeError::BelowFloor { .. }));
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
        let outdated = JudgeError::Collateral(IntelRefusal::RevocationListOutdated { document, issued_at, floor });
        for kind in [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx] {
            let terms = Terms { lists: lists.clone(), ..terms(kind) };
            assert_eq!(refused(judge().judge(&good(kind), &terms)), outdated);
        }
    }
    let lists = floors(NOW - 60, &[(authority, NOW - 60), (AuthorityId([1; 32]), NOW)]);
    for kind in EvidenceKind::ALL {
        judge().judge(&good(kind), &Terms { lists: lists.clone(), ..terms(kind) }).unwrap();
    }
}

#[test]
fn collateral_of_another_authority_than_the_one_that_certified_the_platform_is_refused() {
    let tdx = EvidenceKind::IntelTdx;
    let mut plan = development().plan(&DeviceRole::new("worker").unwrap(), [0; 64], NOW - 60);
    plan.pck_ca.key = Key("another-pck-ca".into());
    plan.pck_crl.signer = plan.pck_ca.key.clone();
    let request = ReleaseRequest { collateral: plan.issue().collateral.encode(), ..good(tdx) };
    let mismatch = JudgeError::Evidence(Refusal::Intel(IntelRefusal::PckCaMismatch));
    assert_eq!(refused(judge().judge(&request, &terms(tdx))), mismatch);
}

#[test]
fn a_report_without_its_certificate_or_list_is_refused() {
    let snp = EvidenceKind::AmdSnp;
    let bare = ReleaseRequest { evidence: vec![0; 1184], ..good(snp) };
    assert_eq!(refused(judge().judge(&bare, &terms(snp))), JudgeError::EvidenceEncoding);
    for list in [Vec::new(), vec![0x30, 0], list(NOW + 60, &[])] {
        let unlisted = ReleaseRequest { collateral: list, ..good(snp) };
        assert!(matches!(refused(judge().judge(&unlisted, &terms(snp))), JudgeError::RevocationList(_)));
    }
}

#[test]
fn a_report_under_a_revoked_authority_is_refused() {
    let snp = EvidenceKind::AmdSnp;
    let revoked = ReleaseRequest { collateral: list(NOW - 60, &[2]), ..good(snp) };
    assert_eq!(refused(judge().judge(&revoked, &terms(snp))), JudgeError::Evidence(Refusal::Snp(SnpRefusal::Revoked)));
}

#[test]
fn a_product_line_that_the_policy_does_not_name_is_refused() {
    let milan = SnpProduct::Milan;
    let list = amd::revocation_list(milan, (NOW - 60, NOW + amd::DAY), &[], amd::root_key());
    let snp = EvidenceKind::AmdSnp;
    let error = refused(judge().judge(&request(amd_evidence(amd::good(milan)), list), &terms(snp)));
    assert_eq!(error, JudgeError::Evidence(Refusal::Snp(SnpRefusal::ProductNotAccepted(milan))));
}

#[test]
fn a_provider_key_names_the_provider() {
    let vlek = amd_evidence(amd::good_of(PRODUCT, SnpKey::Vlek).with(amd::at::CHIP_ID, &[0; 64]));
    let snp = EvidenceKind::AmdSnp;
    let judged = judge().judge(&ReleaseRequest { evidence: vlek, ..good(snp) }, &terms(snp)).unwrap();
    assert_eq!(judged.facts().machine, MachineId::None);
    assert_eq!(judged.facts().provider, Some(Provider::truncate_from(b"A Cloud".to_vec())));
}

#[test]
fn a_document_about_another_statement_is_refused() {
    let nitro = EvidenceKind::AwsNitro;
    let other = ReleaseRequest { evidence: aws::plan().issue(), ..good(nitro) };
    let error = refused(judge().judge(&other, &terms(nitro)));
    assert!(matches!(error, JudgeError::Evidence(Refusal::Nitro(NitroRefusal::Binding(_)))), "{error}");
}

/// Refuses every signature, so that only those pass that are known.
struct Refusing;

impl SignatureVerifier for Refusing {
    fn verify(&self, _: Scheme, _: PublicKey<'_>, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

/// The signatures under good evidence and its collateral.
fn known(good: &ReleaseRequest, kind: EvidenceKind) -> CheckedSignatures {
    let backend = Fastest::default();
    let verifier = RememberingVerifier::new(&backend, CheckedSignatures::NONE);
    judge().judge_with(&verifier, good, &terms(kind)).unwrap();
    verifier.into_checked()
}

#[test]
fn a_machine_that_is_known_is_judged_the_same_without_a_signature_checked() {
    for kind in EvidenceKind::ALL {
        let good = good(kind);
        let plain = judge().judge(&good, &terms(kind)).unwrap();
        let known = known(&good, kind);
        let verifier = RememberingVerifier::new(&Refusing, &known);
        let again = judge().judge_with(&verifier, &good, &terms(kind)).unwrap();
        assert_eq!((again.facts(), again.statement()), (plain.facts(), plain.statement()), "{kind}");
        assert!(judge().judge_with(&Refusing, &good, &terms(kind)).is_err(), "{kind}");
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
            assert!(judge().judge_with(&verifier, &changed, &terms(kind)).is_err(), "{kind}, byte {index}");
        }
    }
}

#[test]
fn what_was_revoked_since_is_refused_though_the_machine_is_known() {
    let snp = EvidenceKind::AmdSnp;
    let (known, backend) = (known(&good(snp), snp), Fastest::default());
    let revoked = ReleaseRequest { collateral: list(NOW - 60, &[2]), ..good(snp) };
    let verifier = RememberingVerifier::new(&backend, &known);
    let error = refused(judge().judge_with(&verifier, &revoked, &terms(snp)));
    assert_eq!(error, JudgeError::Evidence(Refusal::Snp(SnpRefusal::Revoked)));
}
