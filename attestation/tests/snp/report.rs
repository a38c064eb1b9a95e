//! The form of reports, and their signature.

use super::*;

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
