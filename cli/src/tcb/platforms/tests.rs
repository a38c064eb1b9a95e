use adyton_attestation::{
    Roots,
    nitro::NitroPolicy,
    signature::Fastest,
    snp::{SnpPolicy, SnpProduct},
};
use adyton_client::protocol::{
    ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey},
    record::MachineId,
    statement::{AttestedStatement, Role},
};

use super::*;
use crate::tcb::endorsements::tests::amd;

#[path = "../../../../attestation/tests/support/nitro.rs"]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod aws;

const NOW: u64 = amd::NOW;
const LINE: SnpProduct = SnpProduct::Genoa;
const ID: WorkerId = WorkerId([2; 32]);

fn facts(kind: EvidenceKind) -> VerdictFacts {
    VerdictFacts {
        kind,
        root: Digest([1; 32]),
        measurement: Digest([1; 32]),
        profile: Digest([1; 32]),
        machine: MachineId::AmdChip([1; 64]),
        provider: None,
        tier: 0,
        evaluation: 0,
        judged_at: NOW,
        valid_until: NOW + amd::DAY,
        evidence: Digest([1; 32]),
    }
}

fn registered(kind: EvidenceKind, evidence: Vec<u8>) -> RegisteredEvidence {
    let statement = AttestedStatement {
        network: NetworkId([1; 32]),
        worker: ID,
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey([4; 32]),
        encryption_key: EncryptionKey([5; 32]),
        config: Digest([6; 32]),
        recent: BlockRef { number: 80, hash: BlockHash([8; 32]) },
    };
    let collateral = match kind {
        EvidenceKind::AmdSnp => amd::revocation_list(LINE, (NOW - 60, NOW + 300 * amd::DAY), &[9], amd::root_key()),
        _ => Vec::new(),
    };
    RegisteredEvidence { statement, kind, evidence, collateral }
}

fn report() -> RegisteredEvidence {
    let issued = amd::good(LINE).evidence();
    let parts = SnpEvidence { report: &issued.report, certificate: &issued.vek };
    registered(EvidenceKind::AmdSnp, parts.to_bytes())
}

/// A network's policy, announced for `from`.
fn bar(kind: EvidenceKind, from: Option<u64>, change: impl FnOnce(&mut Policy)) -> Bar {
    let roots = Roots { snp: amd::roots().to_vec(), nitro: vec![aws::root()], ..Roots::default() };
    let nitro = NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME);
    let mut policy = Policy { roots, snp: SnpPolicy::strict(), nitro, ..Policy::command() };
    change(&mut policy);
    Bar { kind: Some(kind), from, policy }
}

fn platform(registered: &RegisteredEvidence, bars: &[Bar], now: u64) -> Platform {
    let named = ("worker".to_owned(), ID);
    Platform::of(&Fastest::default(), named, &facts(registered.kind), registered, bars, now).expect("can be read")
}

#[test]
fn an_announced_floor_puts_a_report_below_the_bar_and_says_which_part_is_short_and_what_raises_it() {
    let raised =
        |policy: &mut Policy| policy.snp.genoa.as_mut().expect("is accepted").floors[0].minimum.microcode = 0xff;
    let bars = [
        bar(EvidenceKind::AmdSnp, None, |_| {}),
        bar(EvidenceKind::AmdSnp, Some(NOW + 9), raised),
        bar(EvidenceKind::AwsNitro, None, |_| {}),
    ];
    let found = platform(&report(), &bars[..1], NOW);
    assert!(!found.falls() && !found.is_unjudged(), "{}", found.text(0));
    assert!(found.text(0).contains("above the bar by the policy that holds"), "{}", found.text(0));
    assert!(found.text(u64::MAX).contains("which ends soon"));

    let found = platform(&report(), &bars, NOW);
    assert!(found.falls() && found.outlooks.len() == 2, "{}", found.text(0));
    let said = found.text(0);
    assert!(
        said.contains("BELOW the bar by the policy announced for") && said.contains("wants at least 255"),
        "{said}"
    );
    assert!(
        said.contains("a microcode update by the host's system or a BIOS update, and a restart, raises it"),
        "{said}"
    );
}

#[test]
fn a_product_that_is_accepted_no_more_is_below_the_bar() {
    let found = platform(&report(), &[bar(EvidenceKind::AmdSnp, None, |policy| policy.snp.genoa = None)], NOW);
    assert!(found.falls() && found.outlooks[0].raised_by.is_none(), "{}", found.text(0));
}

#[test]
fn what_says_nothing_about_the_machine_leaves_it_unjudged() {
    let held = bar(EvidenceKind::AmdSnp, None, |_| {});
    let late = platform(&report(), std::slice::from_ref(&held), NOW + 301 * amd::DAY);
    assert!(late.is_unjudged() && !late.falls(), "its list has run out: {}", late.text(0));
    let rootless = bar(EvidenceKind::AmdSnp, None, |policy| policy.roots = Roots::default());
    assert!(platform(&report(), &[rootless], NOW).is_unjudged());
    let none = platform(&report(), &[bar(EvidenceKind::AwsNitro, None, |_| {})], NOW);
    assert!(none.is_unjudged() && none.text(0).contains("the network accepts no amd-snp evidence"), "{}", none.text(0));
    let cut = RegisteredEvidence { evidence: vec![1, 2], ..report() };
    let facts = facts(EvidenceKind::AmdSnp);
    let refused = Platform::of(&Fastest::default(), ("worker".to_owned(), ID), &facts, &cut, &[held], NOW);
    assert!(refused.expect_err("is no evidence").to_string().contains("cannot be read"));
}

#[test]
fn a_document_of_awss_is_judged_as_of_the_chains_judgement_and_falls_by_what_it_shows() {
    let document = registered(EvidenceKind::AwsNitro, aws::plan().issue());
    let held = bar(EvidenceKind::AwsNitro, None, |_| {});
    let found = platform(&document, std::slice::from_ref(&held), NOW + 90 * amd::DAY);
    assert!(!found.falls() && !found.is_unjudged(), "{}", found.text(0));
    assert!(!found.text(u64::MAX).contains("ends soon"), "documents always end within hours");
    let unsigned = aws::changed(|plan| plan.set_register(8, &[0; 48])).issue();
    let signed = bar(EvidenceKind::AwsNitro, Some(NOW + 9), |policy| policy.nitro.require_image_signature = true);
    let found = platform(&registered(EvidenceKind::AwsNitro, unsigned), &[held, signed], NOW);
    assert!(found.falls() && found.text(0).contains("pcr 8 is missing or all zero"), "{}", found.text(0));
}
