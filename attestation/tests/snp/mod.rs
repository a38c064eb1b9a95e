//! SEV-SNP evidence under an AMD of our own: what is good is accepted, and each way of being bad is refused for its
//! own reason. The numbers are those of the negative cases that the project keeps.

mod above;
mod advisories;
mod certificates;
mod guest;
mod platform;
mod report;

use crate::support::snp::{
    self as support, CHIP, Certificate, DAY, MEASUREMENT, NOW, Plan, REPORT_DATA, ark, at, authority, authority_key,
    good, good_of, revocation_list, root_key, roots, versions, write,
};
use adyton_attestation::{
    CertificateHash, MachineId, TcbStatus,
    signature::Portable,
    snp::{
        GuestPolicy, PlatformInfo, SnpCheck, SnpCpu, SnpEndorsements, SnpExpected, SnpExtension, SnpFacts, SnpKey,
        SnpPolicy, SnpProduct, SnpRefusal, SnpRelation, SnpRoot, SnpTcbName, SnpTcbPart, verify_snp, verify_snp_with,
    },
    x509::Fault,
};
use proptest::prelude::*;

fn milan() -> Plan {
    good(SnpProduct::Milan)
}

fn genoa() -> Plan {
    good(SnpProduct::Genoa)
}

fn turin() -> Plan {
    good(SnpProduct::Turin)
}

fn facts(plan: &Plan) -> SnpFacts {
    let verdict = plan.verify(&SnpPolicy::tiered()).unwrap();
    verdict.bind(&SnpExpected::of(REPORT_DATA)).unwrap().into_facts()
}

/// The certificate with one of AMD's extensions changed, or without it.
fn with_extension(arc: &str, contents: Option<Vec<u8>>, plan: Plan) -> Plan {
    let oid = format!("1.3.6.1.4.1.3704.1.{arc}");
    plan.but(|plan| {
        plan.vek.extensions.retain(|(other, _, _)| *other != oid);
        plan.vek.extensions.extend(contents.map(|contents| (oid, false, contents)));
    })
}

#[test]
fn the_strict_policy_accepts_genoa_and_turin_with_either_key() {
    for product in [SnpProduct::Genoa, SnpProduct::Turin] {
        for key in [SnpKey::Vcek, SnpKey::Vlek] {
            let verdict = good_of(product, key).verify(&SnpPolicy::strict()).unwrap();
            assert_eq!((verdict.product, verdict.key, verdict.tcb_status), (product, key, TcbStatus::UpToDate));
            assert_eq!((verdict.tier, verdict.advisories.is_empty()), (0, true));
        }
    }
}

#[test]
fn the_facts_are_those_of_the_report_and_the_certificate() {
    let facts = facts(&genoa().with(at::VERSION, &[5]).with(at::MITIGATIONS, &[0x0b]));
    assert_eq!(facts.measurement.measurement, MEASUREMENT);
    assert_eq!(facts.measurement.guest_abi, [1, 0x37]);
    assert_eq!(facts.measurement.guest_policy, GuestPolicy::SMT);
    assert_eq!(facts.cpu, Some(SnpCpu { family: 0x19, model: 0x11, stepping: 1 }));
    assert_eq!(facts.machine, Some(MachineId::AmdChip(CHIP)));
    assert_eq!(facts.mitigations, Some([0x0b, 0]));
    assert_eq!(facts.tcbs.reported.microcode, 0x54);
    assert_eq!(facts.root, roots()[1].id());
}

#[test]
fn a_verdict_ends_with_the_first_of_its_documents() {
    assert_eq!(facts(&genoa()).valid_until, NOW + 300 * DAY);
    assert_eq!(facts(&genoa()).valid_from, NOW - DAY);
    assert_eq!(facts(&genoa().but(|plan| plan.revocation_list = None)).valid_until, NOW + 365 * DAY);
}

#[test]
fn a_providers_key_names_the_provider_and_the_reports_chip() {
    let plan = good_of(SnpProduct::Genoa, SnpKey::Vlek);
    let found = facts(&plan);
    assert_eq!((found.provider.as_deref(), found.machine), (Some("A Cloud"), Some(MachineId::AmdChip(CHIP))));
    assert_eq!(facts(&plan.with(at::CHIP_ID, &[0; 64])).machine, None);
}

#[test]
fn another_authority_that_the_root_signed_is_accepted() {
    let mut other = authority(SnpProduct::Genoa, SnpKey::Vcek);
    other.serial = 8;
    let plan = genoa().but(|plan| plan.authority = Some(other.encode()));
    assert!(plan.verify(&SnpPolicy::strict()).is_ok());
}

#[test]
fn the_pinned_root_may_come_with_the_evidence() {
    let plan = genoa().but(|plan| plan.root = Some(ark(SnpProduct::Genoa).encode()));
    assert!(plan.verify(&SnpPolicy::strict()).is_ok());
}

#[test]
fn the_portable_backend_says_the_same() {
    let evidence = genoa().evidence();
    let result =
        verify_snp_with(&Portable, &evidence.report, &evidence.endorsements(), roots(), &SnpPolicy::strict(), NOW);
    assert_eq!(result, evidence.verify(&SnpPolicy::strict(), NOW));
}

#[test]
fn the_default_policy_refuses_everything() {
    assert_eq!(genoa().verify(&SnpPolicy::default()), Err(SnpRefusal::PolicyAcceptsNothing));
}

#[test]
fn codes_are_frozen_and_each_refusal_has_a_check() {
    assert_eq!(SnpRefusal::PolicyAcceptsNothing.code(), 0);
    assert_eq!(SnpRefusal::UntrustedRoot(CertificateHash([0; 32])).code(), 30);
    assert_eq!(SnpRefusal::ReportSignature.code(), 50);
    assert_eq!(SnpRefusal::Debug.code(), 100);
    assert_eq!(SnpRefusal::ReportData.code(), 124);
    assert!(SnpCheck::ALL.is_sorted());
    assert_eq!(SnpRefusal::Debug.check(), SnpCheck::DebugOff);
    assert_eq!(SnpRefusal::Revoked.check(), SnpCheck::Revocation);
}

#[test]
fn refusals_say_what_was_found_and_what_was_wanted() {
    assert_eq!(SnpRefusal::Length(1216).to_string(), "the report has 1216 bytes; it must have 1184");
    let refusal = SnpRefusal::VersionsMismatch { part: SnpTcbPart::Snp, found: 1, wanted: 2 };
    assert_eq!(refusal.to_string(), "the report claims snp firmware 1, and the certificate is for 2");
    let refusal = SnpRefusal::Vek(Fault::Expired { not_after: 5, now: 6 });
    assert_eq!(refusal.to_string(), "versioned key's certificate: it was valid until 5, and the time is 6");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_report_with_a_changed_byte_is_refused(at in 0usize..1184, flip in 1u8..) {
        let mut evidence = genoa().evidence();
        evidence.report[at] ^= flip;
        prop_assert!(evidence.verify(&SnpPolicy::tiered(), NOW).is_err());
    }

    #[test]
    fn a_certificate_with_a_changed_byte_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut evidence = genoa().evidence();
        let at = at.index(evidence.vek.len());
        evidence.vek[at] ^= flip;
        prop_assert!(evidence.verify(&SnpPolicy::tiered(), NOW).is_err());
    }

    #[test]
    fn a_revocation_list_with_a_changed_byte_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut evidence = genoa().evidence();
        let list = evidence.revocation_list.as_mut().unwrap();
        let at = at.index(list.len());
        list[at] ^= flip;
        prop_assert!(evidence.verify(&SnpPolicy::tiered(), NOW).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(
        report in prop::collection::vec(any::<u8>(), 1184),
        vek in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let endorsements = SnpEndorsements { vek: &vek, ..SnpEndorsements::default() };
        prop_assert!(verify_snp(&report, &endorsements, roots(), &SnpPolicy::tiered(), NOW).is_err());
    }
}
