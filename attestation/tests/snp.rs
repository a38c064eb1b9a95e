//! SEV-SNP evidence under an AMD of our own: what is good is accepted, and each way of being bad is refused for its
//! own reason. The numbers are those of the negative cases that the project keeps.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[path = "support/snp.rs"]
mod support;

use adyton_attestation::{
    MachineId, TcbStatus,
    signature::Portable,
    snp::{
        GuestPolicy, PlatformInfo, SnpCheck, SnpCpu, SnpEndorsements, SnpExpected, SnpExtension, SnpFacts, SnpKey,
        SnpPolicy, SnpProduct, SnpRefusal, SnpRelation, SnpRoot, SnpTcbName, SnpTcbPart, verify_snp, verify_snp_with,
    },
    x509::Fault,
};
use proptest::prelude::*;
use support::{
    CHIP, Certificate, DAY, MEASUREMENT, NOW, Plan, REPORT_DATA, ark, at, authority, authority_key, good, good_of,
    revocation_list, root_key, roots, versions, write,
};

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

// What is good

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

// The report's form

/// Cases 102 and 103.
#[test]
fn any_other_length_is_refused() {
    let evidence = genoa().evidence();
    for length in [0, 1, 671, 672, 1183, 1185, 1216, 2368] {
        let mut report = evidence.report.clone();
        report.resize(length, 0);
        let result = verify_snp(&report, &evidence.endorsements(), roots(), &SnpPolicy::strict(), NOW);
        assert_eq!(result, Err(SnpRefusal::Length(length as u32)));
    }
}

/// Case 104.
#[test]
fn unknown_versions_are_refused() {
    // No published specification defines version 4.
    for version in [0u32, 1, 4, 6, 7, 0x0100_0002, u32::MAX] {
        let plan = genoa().with(at::VERSION, &version.to_le_bytes());
        assert_eq!(plan.refusal(), SnpRefusal::Version(version));
    }
}

#[test]
fn only_version_5_has_mitigations() {
    let plan = genoa().with(at::MITIGATIONS, &[1]);
    assert_eq!(plan.refusal(), SnpRefusal::ReservedByte(0x1f8));
    assert!(plan.with(at::VERSION, &[5]).verify(&SnpPolicy::strict()).is_ok());
}

#[test]
fn a_version_below_the_floor_is_refused() {
    let plan = milan().with(at::VERSION, &[2]).with(at::CPU, &[0; 3]);
    let policy = SnpPolicy { minimum_version: 3, ..SnpPolicy::tiered() };
    assert_eq!(plan.verify(&policy), Err(SnpRefusal::VersionFloor { found: 2, floor: 3 }));
    assert!(plan.verify(&SnpPolicy::tiered()).is_ok());
}

#[test]
fn reserved_bytes_are_refused_in_every_version() {
    for offset in [0x4c, 0x4f, 0x18b, 0x19f, 0x1eb, 0x1ef, 0x1f8, 0x207, 0x208, 0x29f] {
        assert_eq!(genoa().with(offset, &[1]).refusal(), SnpRefusal::ReservedByte(offset as u16));
    }
    let version_2 = milan().with(at::VERSION, &[2]);
    assert_eq!(version_2.refusal(), SnpRefusal::ReservedByte(0x188)); // no processor yet
    assert_eq!(turin().with(at::VERSION, &[5]).with(0x208, &[1]).refusal(), SnpRefusal::ReservedByte(0x208));
    assert_eq!(genoa().with(at::KEY_INFO, &[0x20]).refusal(), SnpRefusal::ReservedByte(0x48));
}

#[test]
fn reserved_bits_of_the_guests_policy_are_refused() {
    for policy in [GuestPolicy::SMT.0, 1 << 17 | 1 << 26, 1 << 17 | 1 << 63] {
        let plan = genoa().with(at::POLICY, &policy.to_le_bytes());
        assert_eq!(plan.refusal(), SnpRefusal::GuestPolicyReserved(policy));
    }
}

#[test]
fn unknown_bits_of_the_platforms_setup_are_refused() {
    let plan = genoa().with(at::PLATFORM_INFO, &0x125u64.to_le_bytes());
    assert_eq!(plan.refusal(), SnpRefusal::PlatformInfoReserved(0x125));
}

/// Case 106.
#[test]
fn other_signature_algorithms_are_refused() {
    for algorithm in [0u32, 2, 0x101] {
        let plan = genoa().with(at::ALGORITHM, &algorithm.to_le_bytes());
        assert_eq!(plan.refusal(), SnpRefusal::SignatureAlgorithm(algorithm));
    }
}

/// Case 107.
#[test]
fn bytes_beyond_the_signatures_numbers_are_refused() {
    for offset in [at::R + 48, at::S - 1, at::S + 48, at::S + 71, at::S + 72, 1183] {
        assert_eq!(genoa().then(offset, &[1]).refusal(), SnpRefusal::SignaturePadding);
    }
}

/// Case 117.
#[test]
fn a_report_that_no_key_signs_is_refused() {
    for key in 2..8 {
        assert_eq!(genoa().with(at::KEY_INFO, &[key << 2]).refusal(), SnpRefusal::SigningKey(key));
    }
}

/// Case 118.
#[test]
fn a_masked_chip_key_is_refused() {
    assert_eq!(genoa().with(at::KEY_INFO, &[0b10]).refusal(), SnpRefusal::MaskedChipKey);
}

/// Cases 114 and 141.
#[test]
fn levels_that_no_guest_has_are_refused() {
    for level in [4u32, 0x100, u32::MAX] {
        let plan = genoa().with(at::VMPL, &level.to_le_bytes());
        assert_eq!(plan.refusal(), SnpRefusal::VmplRange(level));
    }
}

// Certificates

/// Case 126.
#[test]
fn a_root_that_comes_with_the_evidence_proves_nothing() {
    let forged = Certificate {
        signer: authority_key().clone(),
        public_key: write::rsa_key(authority_key()),
        ..ark(SnpProduct::Genoa)
    };
    let plan = genoa().but(|plan| plan.root = Some(forged.encode()));
    assert_eq!(plan.refusal(), SnpRefusal::UntrustedRoot);

    let its_authority = Certificate { signer: authority_key().clone(), ..authority(SnpProduct::Genoa, SnpKey::Vcek) };
    let plan = genoa().but(|plan| plan.authority = Some(its_authority.encode()));
    assert_eq!(plan.refusal(), SnpRefusal::Authority(Fault::Signature));
}

#[test]
fn evidence_under_our_roots_is_refused_under_amds() {
    let evidence = genoa().evidence();
    let result = verify_snp(&evidence.report, &evidence.endorsements(), &SnpRoot::all_amd(), &SnpPolicy::strict(), NOW);
    assert_eq!(result, Err(SnpRefusal::UnknownIssuer(SnpKey::Vcek)));
}

/// Case 127.
#[test]
fn an_authority_of_another_line_is_refused() {
    let of_milan = authority(SnpProduct::Milan, SnpKey::Vcek).encode();
    let plan = genoa().but(|plan| plan.authority = Some(of_milan));
    assert_eq!(plan.refusal(), SnpRefusal::Authority(Fault::Subject));

    let plan = genoa().but(|plan| plan.vek.issuer = "SEV-Milan".into());
    let expected = SnpRefusal::ProductMismatch { report: SnpProduct::Genoa, certificate: SnpProduct::Milan };
    assert_eq!(plan.refusal(), expected);
}

/// Case 128.
#[test]
fn certificates_in_another_order_are_refused() {
    let (root, its_authority) = (ark(SnpProduct::Genoa), authority(SnpProduct::Genoa, SnpKey::Vcek));
    let swapped = genoa().but(|plan| plan.vek = its_authority.clone());
    assert_eq!(swapped.refusal(), SnpRefusal::Vek(Fault::Subject));
    let swapped = genoa().but(|plan| plan.authority = Some(root.encode()));
    assert_eq!(swapped.refusal(), SnpRefusal::Authority(Fault::Subject));
    let swapped = genoa().but(|plan| plan.root = Some(its_authority.encode()));
    assert_eq!(swapped.refusal(), SnpRefusal::UntrustedRoot);
    let of_providers = authority(SnpProduct::Genoa, SnpKey::Vlek).encode();
    let swapped = genoa().but(|plan| plan.authority = Some(of_providers));
    assert_eq!(swapped.refusal(), SnpRefusal::Authority(Fault::Subject));
}

#[test]
fn a_versioned_key_that_another_key_signed_is_refused() {
    let plan = genoa().but(|plan| plan.vek.signer = root_key().clone());
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Signature));
}

#[test]
fn a_versioned_key_of_an_unknown_issuer_is_refused() {
    let plan = genoa().but(|plan| plan.vek.issuer = "SEV-Rome".into());
    assert_eq!(plan.refusal(), SnpRefusal::UnknownIssuer(SnpKey::Vcek));
    // The authority for providers' keys signs no chip's.
    let plan = genoa().but(|plan| plan.vek.issuer = "SEV-VLEK-Genoa".into());
    assert_eq!(plan.refusal(), SnpRefusal::UnknownIssuer(SnpKey::Vcek));
}

#[test]
fn an_authority_that_may_not_sign_certificates_is_refused() {
    let mut weak = authority(SnpProduct::Genoa, SnpKey::Vcek);
    for position in 0..2 {
        let (kept, dropped) = (weak.extensions.clone(), weak.extensions.remove(position));
        let plan = genoa().but(|plan| plan.authority = Some(weak.encode()));
        assert_eq!(plan.refusal(), SnpRefusal::Authority(Fault::Usage), "without {}", dropped.0);
        weak.extensions = kept;
    }
}

#[test]
fn a_versioned_key_that_is_an_authority_is_refused() {
    let constraints = authority(SnpProduct::Genoa, SnpKey::Vcek).extensions.remove(0);
    let plan = genoa().but(|plan| plan.vek.extensions.push(constraints));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Usage));
}

#[test]
fn a_certificate_with_unknown_critical_or_repeated_extensions_is_refused() {
    let plan = genoa().but(|plan| plan.vek.extensions.push(("2.5.29.54".into(), true, vec![2, 1, 0])));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Extension));
    let plan = genoa().but(|plan| {
        let repeated = plan.vek.extensions[0].clone();
        plan.vek.extensions.push(repeated);
    });
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Extension));
}

#[test]
fn a_versioned_key_of_another_kind_is_refused() {
    let plan = genoa().but(|plan| plan.vek.public_key = write::rsa_key(authority_key()));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Algorithm));
    let plan = genoa().but(|plan| plan.vek.algorithm = write::pss(32));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Algorithm));
}

#[test]
fn certificates_that_are_too_long_or_truncated_are_refused() {
    let mut evidence = genoa().evidence();
    evidence.vek.resize(4097, 0);
    let refusal = evidence.verify(&SnpPolicy::strict(), NOW).unwrap_err();
    assert_eq!(refusal, SnpRefusal::Vek(Fault::TooLarge { found: 4097, most: 4096 }));
    for length in [0, 1, 100, 1000] {
        let mut evidence = genoa().evidence();
        evidence.vek.truncate(length);
        let refusal = evidence.verify(&SnpPolicy::strict(), NOW).unwrap_err();
        assert_eq!(refusal, SnpRefusal::Vek(Fault::Malformed), "{length}");
    }
    let mut evidence = genoa().evidence();
    evidence.vek.push(0);
    assert_eq!(evidence.verify(&SnpPolicy::strict(), NOW), Err(SnpRefusal::Vek(Fault::Malformed)));
}

/// Cases 101 and 129.
#[test]
fn certificates_out_of_their_time_are_refused() {
    let evidence = good_of(SnpProduct::Genoa, SnpKey::Vlek).but(|plan| plan.revocation_list = None).evidence();
    let policy = SnpPolicy::tiered();
    let (first, last) = (NOW - 30 * DAY, NOW + 365 * DAY);
    assert!(evidence.verify(&policy, first).is_ok());
    assert!(evidence.verify(&policy, last).is_ok());
    let early = Fault::NotYetValid { not_before: first, now: first - 1 };
    assert_eq!(evidence.verify(&policy, first - 1), Err(SnpRefusal::Vek(early)));
    let late = Fault::Expired { not_after: last, now: last + 1 };
    assert_eq!(evidence.verify(&policy, last + 1), Err(SnpRefusal::Vek(late)));
    let ended = Fault::Expired { not_after: NOW + 9000 * DAY, now: u64::MAX };
    assert_eq!(evidence.verify(&policy, u64::MAX), Err(SnpRefusal::Root(ended)));
    let begun = Fault::NotYetValid { not_before: NOW - 900 * DAY, now: NOW - 950 * DAY };
    assert_eq!(evidence.verify(&policy, NOW - 950 * DAY), Err(SnpRefusal::Authority(begun)));
}

/// Case 115.
#[test]
fn a_kind_of_key_that_the_policy_does_not_accept_is_refused() {
    let policy = SnpPolicy { accept_vlek: false, ..SnpPolicy::strict() };
    let plan = good_of(SnpProduct::Genoa, SnpKey::Vlek);
    assert_eq!(plan.verify(&policy), Err(SnpRefusal::KeyNotAccepted(SnpKey::Vlek)));
    let policy = SnpPolicy { accept_vcek: false, ..SnpPolicy::strict() };
    assert_eq!(genoa().verify(&policy), Err(SnpRefusal::KeyNotAccepted(SnpKey::Vcek)));
}

/// Case 116.
#[test]
fn a_report_that_names_the_other_kind_of_key_is_refused() {
    let expected = SnpRefusal::KeyKind { report: SnpKey::Vlek, certificate: SnpKey::Vcek };
    assert_eq!(genoa().with(at::KEY_INFO, &[1 << 2]).refusal(), expected);
    let expected = SnpRefusal::KeyKind { report: SnpKey::Vcek, certificate: SnpKey::Vlek };
    assert_eq!(good_of(SnpProduct::Genoa, SnpKey::Vlek).with(at::KEY_INFO, &[0]).refusal(), expected);
}

/// Case 125.
#[test]
fn a_versioned_key_without_amds_extensions_is_refused() {
    for (arc, extension) in [
        ("2", SnpExtension::ProductName),
        ("3.1", SnpExtension::Versions),
        ("3.2", SnpExtension::Versions),
        ("3.3", SnpExtension::Versions),
        ("3.8", SnpExtension::Versions),
        ("4", SnpExtension::HardwareId),
    ] {
        assert_eq!(with_extension(arc, None, genoa()).refusal(), SnpRefusal::Extension(extension), "{arc}");
    }
    assert_eq!(with_extension("3.9", None, turin()).refusal(), SnpRefusal::Extension(SnpExtension::Versions));
}

#[test]
fn malformed_extensions_of_amds_are_refused() {
    let versions = SnpRefusal::Extension(SnpExtension::Versions);
    assert_eq!(with_extension("3.8", Some(vec![2, 2, 1, 0x54]), genoa()).refusal(), versions);
    assert_eq!(with_extension("3.8", Some(vec![2, 1, 0x54, 0]), genoa()).refusal(), versions);
    assert_eq!(with_extension("3.4", Some(vec![2, 1, 1]), genoa()).refusal(), versions); // reserved
    assert_eq!(with_extension("3.9", Some(vec![2, 1, 0]), genoa()).refusal(), versions); // Turin's
    let name = SnpRefusal::Extension(SnpExtension::ProductName);
    assert_eq!(with_extension("2", Some(write::value(0x0c, b"Genoa")), genoa()).refusal(), name);
    let provider = SnpRefusal::Extension(SnpExtension::Provider);
    let plan = good_of(SnpProduct::Genoa, SnpKey::Vlek);
    assert_eq!(with_extension("5", Some(write::value(0x16, &[b'a'; 65])), plan).refusal(), provider);
}

// Product line

/// Case 133.
#[test]
fn a_processor_of_another_line_is_refused() {
    let plan = genoa().with(at::CPU, &[0x19, 0x01, 1]);
    let expected = SnpRefusal::ProductMismatch { report: SnpProduct::Milan, certificate: SnpProduct::Genoa };
    assert_eq!(plan.refusal(), expected);
    let cpu = SnpCpu { family: 0x1a, model: 0x50, stepping: 0 };
    assert_eq!(turin().with(at::CPU, &[0x1a, 0x50, 0]).refusal(), SnpRefusal::UnknownProcessor(cpu));
    let plan = with_extension("2", Some(write::value(0x16, b"Milan-B0")), genoa());
    assert_eq!(plan.refusal(), SnpRefusal::ProductName(SnpProduct::Genoa));
}

/// Case 142.
#[test]
fn milan_is_refused_unless_the_policy_names_it() {
    assert_eq!(milan().verify(&SnpPolicy::strict()), Err(SnpRefusal::ProductNotAccepted(SnpProduct::Milan)));
    let verdict = milan().verify(&SnpPolicy::tiered()).unwrap();
    assert_eq!((verdict.tier, verdict.tcb_status), (3, TcbStatus::UpToDate));
    let advisories: Vec<&str> = verdict.advisories.iter().map(|advisory| advisory.name()).collect();
    assert_eq!(advisories, ["arXiv:2605.12990"]);
}

// The report's signature

/// Case 105.
#[test]
fn a_bad_signature_is_refused() {
    assert_eq!(genoa().then(at::R, &[0; 48]).refusal(), SnpRefusal::ReportSignature);
    assert_eq!(genoa().then(at::S, &[0xff; 48]).refusal(), SnpRefusal::ReportSignature);
    assert_eq!(genoa().then(at::MEASUREMENT, &[0]).refusal(), SnpRefusal::ReportSignature);
}

/// Case 108.
#[test]
fn the_negated_signature_is_the_same_evidence() {
    let evidence = genoa().evidence();
    let order =
        hex::decode("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973");
    let mut twin = evidence.clone();
    let mut borrow = 0;
    for (byte, digit) in twin.report[at::S..at::S + 48].iter_mut().zip(order.unwrap().iter().rev()) {
        let difference = i16::from(*digit) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = (difference & 0xff) as u8;
    }
    assert_ne!(twin.report, evidence.report);
    let id = |evidence: &support::Evidence| evidence.verify(&SnpPolicy::strict(), NOW).unwrap().evidence_id;
    assert_eq!(id(&twin), id(&evidence));
    assert_ne!(id(&evidence), id(&genoa().with(at::REPORT_DATA, &[1]).evidence()));
}

// Revocation

#[test]
fn a_missing_revocation_list_is_refused_where_it_is_wanted() {
    let plan = genoa().but(|plan| plan.revocation_list = None);
    assert_eq!(plan.verify(&SnpPolicy::strict()), Err(SnpRefusal::RevocationListMissing));
    assert!(plan.verify(&SnpPolicy::tiered()).is_ok());
}

/// Case 130.
#[test]
fn a_revoked_authority_and_a_stale_list_are_refused() {
    let list = |window, revoked: &[u8], signer| Some(revocation_list(SnpProduct::Genoa, window, revoked, signer));
    let current = (NOW - DAY, NOW + DAY);
    let refusal = |list| genoa().but(|plan| plan.revocation_list = list).verify(&SnpPolicy::tiered()).unwrap_err();
    assert_eq!(refusal(list(current, &[9, 2], root_key())), SnpRefusal::Revoked);
    assert_eq!(refusal(list(current, &[1], root_key())), SnpRefusal::Revoked);
    let stale = Fault::Expired { not_after: NOW - 1, now: NOW };
    assert_eq!(refusal(list((NOW - DAY, NOW - 1), &[], root_key())), SnpRefusal::RevocationList(stale));
    let early = Fault::NotYetValid { not_before: NOW + 1, now: NOW };
    assert_eq!(refusal(list((NOW + 1, NOW + DAY), &[], root_key())), SnpRefusal::RevocationList(early));
    let forged = refusal(list(current, &[], authority_key()));
    assert_eq!(forged, SnpRefusal::RevocationList(Fault::Signature));
    assert_eq!(refusal(Some(vec![])), SnpRefusal::RevocationList(Fault::Malformed));
    let of_milan = revocation_list(SnpProduct::Milan, current, &[], root_key());
    assert_eq!(refusal(Some(of_milan)), SnpRefusal::RevocationList(Fault::Issuer));
}

// The chip

/// Case 119.
#[test]
fn another_chip_than_the_certificates_is_refused() {
    assert_eq!(genoa().with(at::CHIP_ID + 63, &[0]).refusal(), SnpRefusal::ChipId);
    assert_eq!(turin().with(at::CHIP_ID + 8, &[1]).refusal(), SnpRefusal::ChipId);
}

/// Case 120.
#[test]
fn a_report_without_its_chip_is_refused_unless_the_policy_allows_it() {
    let plan = genoa().with(at::CHIP_ID, &[0; 64]);
    assert_eq!(plan.refusal(), SnpRefusal::MaskedChipId);
    let policy = SnpPolicy { accept_masked_chip_id: true, ..SnpPolicy::strict() };
    assert_eq!(plan.verify(&policy).unwrap().machine, Some(MachineId::AmdChip(CHIP)));
}

/// Case 121.
#[test]
fn an_identifier_of_another_lines_length_is_refused() {
    let refusal = SnpRefusal::Extension(SnpExtension::HardwareId);
    for (plan, lengths) in [(genoa(), [0, 7, 8, 63, 65, 66]), (turin(), [0, 7, 9, 10, 64, 66])] {
        for length in lengths {
            let plan = with_extension("4", Some(vec![0x33; length]), plan.clone());
            assert_eq!(plan.refusal(), refusal, "{length}");
        }
    }
}

/// Case 122.
#[test]
fn an_identifier_is_never_read_as_anything_else() {
    for (length, plan) in [(64, genoa()), (8, turin())] {
        for first in [2, 4, 0x30] {
            let mut chip = vec![first];
            chip.resize(length, 6);
            let in_octet_string = write::value(4, &chip);
            for contents in [chip.clone(), in_octet_string] {
                let plan = with_extension("4", Some(contents), plan.clone()).with(at::CHIP_ID, &chip);
                assert!(plan.verify(&SnpPolicy::strict()).is_ok(), "{first} {length}");
            }
        }
    }
}

// Firmware versions

/// Case 123.
#[test]
fn each_version_must_be_the_certificates() {
    for (arc, part, found) in [
        ("3.9", SnpTcbPart::Fmc, 1),
        ("3.1", SnpTcbPart::BootLoader, 2),
        ("3.2", SnpTcbPart::Tee, 0),
        ("3.3", SnpTcbPart::Snp, 3),
        ("3.8", SnpTcbPart::Microcode, 0x47),
    ] {
        let plan = with_extension(arc, Some(vec![2, 1, found + 1]), turin());
        assert_eq!(plan.refusal(), SnpRefusal::VersionsMismatch { part, found, wanted: found + 1 });
    }
    let plan = with_extension("3.3", Some(vec![2, 1, 0x16]), genoa());
    let expected = SnpRefusal::VersionsMismatch { part: SnpTcbPart::Snp, found: 0x17, wanted: 0x16 };
    assert_eq!(plan.refusal(), expected);
}

/// Case 124.
#[test]
fn versions_in_another_lines_layout_are_refused() {
    let plan = turin().with(at::REPORTED, &versions(SnpProduct::Milan));
    assert_eq!(plan.refusal(), SnpRefusal::VersionsReserved(SnpTcbName::Reported));
    for (offset, name) in
        [(at::COMMITTED, SnpTcbName::Committed), (at::CURRENT, SnpTcbName::Current), (at::LAUNCH, SnpTcbName::Launch)]
    {
        let plan = genoa().with(offset, &versions(SnpProduct::Turin));
        assert_eq!(plan.refusal(), SnpRefusal::VersionsReserved(name));
    }
}

/// Case 131.
#[test]
fn versions_that_contradict_each_other_are_refused() {
    let below = [9, 0, 0, 0, 0, 0, 0x17, 0x54];
    let relation = |lower, upper| SnpRefusal::VersionsOrder(SnpRelation { lower, upper, part: SnpTcbPart::BootLoader });
    let plan = genoa().with(at::COMMITTED, &below);
    assert_eq!(plan.refusal(), relation(SnpTcbName::Reported, SnpTcbName::Committed));
    let plan = genoa().with(at::CURRENT, &below);
    assert_eq!(plan.refusal(), relation(SnpTcbName::Committed, SnpTcbName::Current));
}

#[test]
fn firmware_that_runs_may_be_newer_than_what_is_reported() {
    let plan = genoa().with(at::CURRENT, &[11, 0, 0, 0, 0, 0, 0x18, 0x55]);
    assert!(plan.verify(&SnpPolicy::strict()).is_ok());
}

// Floors

/// Case 135.
#[test]
fn microcode_below_the_fix_is_refused_or_out_of_date() {
    let plan = genoa().of_versions([10, 0, 0, 0, 0, 0, 0x17, 0x53]);
    let Err(SnpRefusal::BelowFloor { name, part, found, floor, advisory }) = plan.verify(&SnpPolicy::strict()) else {
        panic!("it is below the floor");
    };
    assert_eq!((name, part), (SnpTcbName::Reported, SnpTcbPart::Microcode));
    assert_eq!((found, floor, advisory.name()), (0x53, 0x54, "AMD-SB-7033"));

    let verdict = plan.verify(&SnpPolicy::tiered()).unwrap();
    assert_eq!((verdict.tcb_status, verdict.tier), (TcbStatus::OutOfDate, 2));
    assert_eq!(verdict.advisories, [advisory]);
}

#[test]
fn each_stepping_has_its_own_floor() {
    let siena = |microcode| {
        let versions = [10, 0, 0, 0, 0, 0, 0x1b, microcode];
        genoa().of_versions(versions).with(at::CPU, &[0x19, 0xa0, 2]).verify(&SnpPolicy::strict())
    };
    assert!(siena(0x19).is_ok());
    assert!(matches!(siena(0x18), Err(SnpRefusal::BelowFloor { floor: 0x19, .. })));
}

/// Case 132.
#[test]
fn a_guest_that_was_launched_on_older_firmware_is_refused() {
    let plan = genoa().with(at::LAUNCH, &[10, 0, 0, 0, 0, 0, 0x17, 0x53]);
    let refusal = plan.verify(&SnpPolicy::strict()).unwrap_err();
    assert!(matches!(refusal, SnpRefusal::BelowFloor { name: SnpTcbName::Launch, found: 0x53, floor: 0x54, .. }));
}

/// Case 136.
#[test]
fn missing_mitigations_are_refused() {
    let mut policy = SnpPolicy::tiered();
    policy.turin.as_mut().unwrap().required_mitigations = 0b11;
    let plan = |launch: u8, current: u8| {
        let mitigations = [launch, 0, 0, 0, 0, 0, 0, 0, current];
        turin().with(at::VERSION, &[5]).with(at::MITIGATIONS, &mitigations).verify(&policy)
    };
    assert!(plan(0b1011, 0b0011).is_ok());
    assert_eq!(plan(0b01, 0b11), Err(SnpRefusal::Mitigations { found: 0b01, wanted: 0b11 }));
    assert_eq!(plan(0b11, 0b10), Err(SnpRefusal::Mitigations { found: 0b10, wanted: 0b11 }));
    // Older reports cannot say that they have any.
    assert_eq!(turin().verify(&policy), Err(SnpRefusal::Mitigations { found: 0, wanted: 0b11 }));
}

/// Case 134.
#[test]
fn memory_that_was_not_checked_for_aliases_is_refused_or_out_of_date() {
    let plan = genoa().with(at::PLATFORM_INFO, &[0x05]);
    assert_eq!(plan.verify(&SnpPolicy::strict()), Err(SnpRefusal::AliasCheck));
    let verdict = plan.verify(&SnpPolicy::tiered()).unwrap();
    assert_eq!((verdict.tcb_status, verdict.advisories[0].name()), (TcbStatus::OutOfDate, "AMD-SB-3015"));
}

// The guest and the platform

/// Case 109.
#[test]
fn a_guest_that_the_host_may_debug_is_refused_by_every_policy() {
    let debug = GuestPolicy::SMT.with(GuestPolicy::DEBUG).0 | 1 << 17;
    let plan = genoa().with(at::POLICY, &debug.to_le_bytes());
    let policy = SnpPolicy { guest_may: GuestPolicy(u64::MAX), guest_must: GuestPolicy::DEBUG, ..SnpPolicy::tiered() };
    assert_eq!(plan.verify(&policy), Err(SnpRefusal::Debug));
    assert_eq!(plan.verify(&SnpPolicy::strict()), Err(SnpRefusal::Debug));
}

/// Case 110.
#[test]
fn a_guest_with_a_migration_agent_is_refused_unless_the_policy_allows_it() {
    let permits = GuestPolicy::SMT.with(GuestPolicy::MIGRATION_AGENT).0 | 1 << 17;
    let plan = genoa().with(at::POLICY, &permits.to_le_bytes());
    assert_eq!(plan.refusal(), SnpRefusal::MigrationAgent);
    let guest_may = GuestPolicy::SMT.with(GuestPolicy::MIGRATION_AGENT);
    assert!(plan.verify(&SnpPolicy { guest_may, ..SnpPolicy::strict() }).is_ok());
}

/// Case 140.
#[test]
fn a_guest_bound_to_a_migration_agent_without_permission_is_refused() {
    assert_eq!(genoa().with(at::REPORT_ID_MA, &[0; 32]).refusal(), SnpRefusal::MigrationAgentBound);
    assert_eq!(genoa().with(at::REPORT_ID_MA + 31, &[0xfe]).refusal(), SnpRefusal::MigrationAgentBound);
}

/// Case 111.
#[test]
fn a_guest_that_accepts_old_firmware_interfaces_is_refused() {
    let policy = |minimum_guest_abi| SnpPolicy { minimum_guest_abi, ..SnpPolicy::strict() };
    assert!(genoa().verify(&policy([1, 0x37])).is_ok());
    let expected = SnpRefusal::GuestAbi { found: [1, 0x37], floor: [1, 0x38] };
    assert_eq!(genoa().verify(&policy([1, 0x38])), Err(expected));
    assert!(genoa().verify(&policy([2, 0])).is_err());
    assert!(genoa().verify(&policy([0, 0xff])).is_ok());
}

/// Case 112.
#[test]
fn what_the_guests_owner_permits_and_demands_is_held_to_the_policy() {
    let none = GuestPolicy::default();
    let policy = SnpPolicy { guest_may: none, ..SnpPolicy::strict() };
    assert_eq!(genoa().verify(&policy), Err(SnpRefusal::GuestPermits(GuestPolicy::SMT)));
    let with_cxl = genoa().with(at::POLICY, &(GuestPolicy::CXL.0 | 1 << 17).to_le_bytes());
    assert_eq!(with_cxl.refusal(), SnpRefusal::GuestPermits(GuestPolicy::CXL));

    for flag in [
        GuestPolicy::SINGLE_SOCKET,
        GuestPolicy::AES_256_XTS,
        GuestPolicy::RAPL_DISABLED,
        GuestPolicy::CIPHERTEXT_HIDING,
        GuestPolicy::PAGE_SWAP_DISABLED,
    ] {
        let policy = SnpPolicy { guest_must: flag, ..SnpPolicy::strict() };
        assert_eq!(genoa().verify(&policy), Err(SnpRefusal::GuestLacks(flag)));
        let demands = genoa().with(at::POLICY, &(flag.0 | 1 << 17).to_le_bytes());
        assert!(demands.verify(&policy).is_ok(), "{flag}");
        assert!(demands.verify(&SnpPolicy::strict()).is_ok(), "{flag}");
    }
}

#[test]
fn the_platforms_setup_is_held_to_the_policy() {
    let policy = SnpPolicy { platform_may_smt: false, ..SnpPolicy::strict() };
    assert_eq!(genoa().verify(&policy), Err(SnpRefusal::PlatformSmt));
    let wanted = PlatformInfo::RAPL_DISABLED.with(PlatformInfo::CIPHERTEXT_HIDING).with(PlatformInfo::ECC);
    let policy = SnpPolicy { platform_must: wanted, ..SnpPolicy::strict() };
    let missing = PlatformInfo::RAPL_DISABLED.with(PlatformInfo::CIPHERTEXT_HIDING);
    assert_eq!(genoa().verify(&policy), Err(SnpRefusal::PlatformLacks(missing)));
    assert!(genoa().with(at::PLATFORM_INFO, &[0x3d]).verify(&policy).is_ok());
}

/// Case 113.
#[test]
fn a_report_from_a_less_privileged_level_is_refused_unless_the_policy_allows_it() {
    for level in 1..4 {
        let plan = genoa().with(at::VMPL, &[level]);
        assert_eq!(plan.refusal(), SnpRefusal::Vmpl { found: level, most: 0 });
        assert!(plan.verify(&SnpPolicy { maximum_vmpl: level, ..SnpPolicy::strict() }).is_ok());
    }
}

// Binding

/// Case 139.
#[test]
fn evidence_about_another_statement_is_refused() {
    let verdict = genoa().verify(&SnpPolicy::strict()).unwrap();
    let mut other = REPORT_DATA;
    other[63] ^= 1;
    assert_eq!(verdict.bind(&SnpExpected::of(other)), Err(SnpRefusal::ReportData));
}

/// Cases 137 and 138: a guest is known by its measurement; family and image are not even among what can be expected.
#[test]
fn another_guest_than_the_expected_one_is_refused() {
    let verdict = || genoa().verify(&SnpPolicy::strict()).unwrap();
    let good = SnpExpected {
        measurement: Some(MEASUREMENT),
        host_data: Some([0x40; 32]),
        id_key_digest: Some([0x1d; 48]),
        ..SnpExpected::of(REPORT_DATA)
    };
    assert!(verdict().bind(&good).is_ok());
    let refusal = |expected: SnpExpected| verdict().bind(&expected).unwrap_err();
    assert_eq!(refusal(SnpExpected { measurement: Some([0; 48]), ..good }), SnpRefusal::Measurement);
    assert_eq!(refusal(SnpExpected { host_data: Some([0; 32]), ..good }), SnpRefusal::HostData);
    assert_eq!(refusal(SnpExpected { id_key_digest: Some([0; 48]), ..good }), SnpRefusal::IdKey);
    // A digest counts only if the report says that there is a key.
    assert_eq!(refusal(SnpExpected { author_key_digest: Some([0; 48]), ..good }), SnpRefusal::AuthorKey);
    let with_author = genoa().with(at::KEY_INFO, &[1]).with(at::AUTHOR_KEY, &[0xa0; 48]);
    let expected = SnpExpected { author_key_digest: Some([0xa0; 48]), ..good };
    assert!(with_author.verify(&SnpPolicy::strict()).unwrap().bind(&expected).is_ok());
}

// Roots

#[test]
fn roots_are_made_only_of_certificates_that_fit_their_roles() {
    let product = SnpProduct::Genoa;
    let encode = |certificate: Certificate| certificate.encode();
    let (root, ask, asvk) =
        (encode(ark(product)), encode(authority(product, SnpKey::Vcek)), encode(authority(product, SnpKey::Vlek)));
    let made = SnpRoot::from_certificates(product, &root, &ask, &asvk).unwrap();
    assert!(!made.is_amd());
    assert!(SnpRoot::amd(product).is_amd());

    let refusal =
        |root: &[u8], ask: &[u8], asvk: &[u8]| SnpRoot::from_certificates(product, root, ask, asvk).unwrap_err();
    assert_eq!(refusal(&ask, &ask, &asvk), SnpRefusal::Root(Fault::Subject));
    assert_eq!(refusal(&root, &asvk, &ask), SnpRefusal::Authority(Fault::Subject));
    let foreign = encode(Certificate { signer: authority_key().clone(), ..ark(product) });
    assert_eq!(refusal(&foreign, &ask, &asvk), SnpRefusal::Root(Fault::Signature));
    let foreign = encode(Certificate { signer: authority_key().clone(), ..authority(product, SnpKey::Vlek) });
    assert_eq!(refusal(&root, &ask, &foreign), SnpRefusal::Authority(Fault::Signature));
}

// The whole

#[test]
fn codes_are_frozen_and_each_refusal_has_a_check() {
    assert_eq!(SnpRefusal::PolicyAcceptsNothing.code(), 0);
    assert_eq!(SnpRefusal::UntrustedRoot.code(), 30);
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
