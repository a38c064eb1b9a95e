//! Evidence of the other vendors' shapes, judged by the client under roots of our own that the chain keeps.

use adyton_attestation::{
    Cloud as VerifierCloud, Evidence, MachineId as Machine, Policy, Refusal, Roots, Verdict,
    nitro::NitroRefusal,
    snp::{SnpEndorsements, SnpProduct, SnpRefusal},
    verify,
};
use adyton_chain_client::fixture::GENESIS_MS;
use adyton_client::{Demand, EvidenceRefusal, evidence::judge};
use adyton_protocol::{
    evidence::{Cloud, InstanceName, SnpEvidence},
    ids::Digest,
    record::{EvidenceKind, MachineId, Provider, VerdictFacts, WorkerRecord},
    registered::RegisteredEvidence,
    statement::AttestedStatement,
};
use codec::Encode;

use crate::{
    evidence::{Stored, scene_of},
    world::{WORKER, World},
};

#[path = "../../attestation/tests/support/snp.rs"]
mod amd;
#[path = "../../attestation/tests/support/nitro.rs"]
mod aws;

const SNP: EvidenceKind = EvidenceKind::AmdSnp;
const NITRO: EvidenceKind = EvidenceKind::AwsNitro;
const PRODUCT: SnpProduct = SnpProduct::Genoa;
/// This machine's clock, and when the list was issued.
const NOW: u64 = amd::NOW;
const ISSUED: u64 = NOW - 60;

fn day_of_list() -> u32 {
    u32::try_from(ISSUED / amd::DAY).unwrap()
}

/// AMD's list, with the serial numbers that are `revoked`.
fn list(revoked: &[u8]) -> Vec<u8> {
    amd::revocation_list(PRODUCT, (ISSUED, ISSUED + 300 * amd::DAY), revoked, amd::root_key())
}

/// What the worker shows, about `report_data`.
fn shown(kind: EvidenceKind, statement: &AttestedStatement, report_data: &[u8; 64]) -> RegisteredEvidence {
    let (evidence, collateral) = match kind {
        EvidenceKind::AmdSnp => {
            let issued = amd::good(PRODUCT).with(amd::at::REPORT_DATA, report_data).evidence();
            (SnpEvidence { report: &issued.report, certificate: &issued.vek }.to_bytes(), list(&[9]))
        }
        EvidenceKind::AwsNitro => {
            let plan = aws::changed(|plan| plan.set("user_data", aws::cbor::bytes(report_data)));
            (plan.issue(), Vec::new())
        }
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => unreachable!("has tests of its own"),
    };
    RegisteredEvidence { statement: statement.clone(), kind, evidence, collateral }
}

/// What the verifier finds under the roots of our own.
fn found(shown: &RegisteredEvidence) -> Verdict {
    let roots = Roots { snp: amd::roots().to_vec(), nitro: vec![aws::root()], ..Roots::default() };
    let policy = Policy { roots, ..Policy::command() };
    let evidence = match SnpEvidence::from_bytes(&shown.evidence) {
        Some(SnpEvidence { report, certificate: vek }) => {
            let endorsements =
                SnpEndorsements { vek, revocation_list: Some(&shown.collateral), ..SnpEndorsements::default() };
            Evidence::Snp { report, endorsements }
        }
        None => Evidence::Nitro { document: &shown.evidence, revocation_lists: &[], checked_authorities: None },
    };
    verify(&evidence, &policy, NOW).unwrap()
}

/// What an honest chain's record says of it.
fn facts(shown: &RegisteredEvidence) -> VerdictFacts {
    let found = found(shown);
    let (machine, evaluation) = match found.machine {
        Some(Machine::AmdChip(chip)) => (MachineId::AmdChip(chip), day_of_list()),
        Some(Machine::Instance { cloud: VerifierCloud::Aws, name }) => {
            (MachineId::Instance { cloud: Cloud::Aws, name: InstanceName::new(name.as_str()).unwrap() }, 0)
        }
        other => panic!("another machine: {other:?}"),
    };
    VerdictFacts {
        kind: shown.kind,
        root: Digest(found.root.0),
        measurement: Digest(found.measurement_id),
        profile: Digest([9; 32]),
        machine,
        provider: found.provider.as_ref().map(|name| Provider::truncate_from(name.clone().into_bytes())),
        tier: found.tier,
        evaluation,
        judged_at: 1,
        valid_until: GENESIS_MS / 1000 + 3600,
        evidence: Digest(found.evidence_id),
    }
}

/// What a worker with this statement shows, and what the chain's record says of it.
fn registered(kind: EvidenceKind, statement: &AttestedStatement) -> (RegisteredEvidence, VerdictFacts) {
    let shown = shown(kind, statement, &statement.report_data());
    let facts = facts(&shown);
    (shown, facts)
}

/// The root as the chain keeps it: of AMD's shape only its own certificate stands in its record.
fn stored(kind: EvidenceKind) -> Stored {
    match kind {
        EvidenceKind::AmdSnp => {
            let root = amd::roots().iter().find(|root| root.product() == PRODUCT).unwrap();
            Stored { certificate: amd::ark(PRODUCT).encode(), key: [vec![1], root.encode()].concat() }
        }
        EvidenceKind::AwsNitro => {
            let key = [vec![2], aws::root().encode()].concat();
            Stored { certificate: aws::plan().chain()[aws::ROOT].clone(), key }
        }
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => unreachable!("has tests of its own"),
    }
}

/// A world whose worker is registered with evidence of `kind`, but for what `change` makes of its record.
async fn scene(kind: EvidenceKind, change: impl FnOnce(&mut WorkerRecord)) -> (World, RegisteredEvidence) {
    scene_of(|statement| registered(kind, statement), stored(kind), change).await
}

/// What comes of `shown`: the machine and the root that the verdict names.
async fn judged(world: &World, shown: RegisteredEvidence) -> Result<(Option<Machine>, [u8; 32]), EvidenceRefusal> {
    let worker = world.client.worker(&WORKER).await.unwrap();
    assert!(worker.is_development());
    let verified = judge(&worker, shown, &Demand::default(), NOW)?;
    Ok((verified.verdict().machine, verified.verdict().root.0))
}

/// Why what is made of good evidence of `kind` is refused.
async fn refused(kind: EvidenceKind, change: impl FnOnce(&mut RegisteredEvidence)) -> EvidenceRefusal {
    let (world, mut own) = scene(kind, |_| {}).await;
    change(&mut own);
    judged(&world, own).await.unwrap_err()
}

#[tokio::test]
async fn a_report_under_a_root_of_amds_shape_is_accepted() {
    let (world, own) = scene(SNP, |_| {}).await;
    let root = facts(&own).root.0;
    assert_eq!(judged(&world, own).await, Ok((Some(Machine::AmdChip(amd::CHIP)), root)));
}

#[tokio::test]
async fn a_document_under_a_root_of_awss_shape_is_accepted() {
    let (world, own) = scene(NITRO, |_| {}).await;
    let (machine, root) = judged(&world, own.clone()).await.unwrap();
    assert_eq!(machine, found(&own).machine);
    assert_eq!(root, aws::root().id().0);
}

#[tokio::test]
async fn evidence_about_another_statement_is_refused() {
    let other = |kind| refused(kind, move |own| own.evidence = shown(kind, &own.statement, &[0x5b; 64]).evidence);
    let refusal = other(SNP).await;
    assert!(matches!(refusal, EvidenceRefusal::Judged(Refusal::Snp(_))), "{refusal}");
    let refusal = other(NITRO).await;
    assert!(matches!(refusal, EvidenceRefusal::Judged(Refusal::Nitro(NitroRefusal::Binding(_)))), "{refusal}");
}

#[tokio::test]
async fn a_revocation_list_that_is_older_than_the_chains_is_refused() {
    let (world, own) = scene(SNP, |record| record.verdict.evaluation += 1).await;
    let (shown, judged_by) = (day_of_list(), day_of_list() + 1);
    assert_eq!(judged(&world, own).await, Err(EvidenceRefusal::CollateralOlder { shown, judged: judged_by }));
}

#[tokio::test]
async fn a_report_without_a_revocation_list_that_counts_or_under_a_revoked_authority_is_refused() {
    for missing in [Vec::new(), vec![0x30, 0]] {
        let refusal = refused(SNP, |own| own.collateral = missing).await;
        assert!(matches!(refusal, EvidenceRefusal::Judged(Refusal::Snp(_))), "{refusal}");
    }
    // The chip authority's serial number.
    let refusal = refused(SNP, |own| own.collateral = list(&[2])).await;
    assert_eq!(refusal, EvidenceRefusal::Judged(Refusal::Snp(SnpRefusal::Revoked)));
}

#[tokio::test]
async fn evidence_under_a_root_of_another_shape_than_its_kinds_is_refused() {
    for (kind, other) in [(SNP, NITRO), (NITRO, SNP)] {
        let (world, own) = scene_of(|statement| registered(kind, statement), stored(other), |_| {}).await;
        let refusal = judged(&world, own).await.unwrap_err();
        assert_eq!(refusal.check(), "evidence", "{kind}");
    }
}
