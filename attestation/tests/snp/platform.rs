//! Product line, chip, firmware versions and their floors.

use super::*;

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

/// Case 119.
#[test]
fn another_chip_than_the_certificates_is_refused() {
    for (plan, place, byte) in [(genoa(), 63, 0), (turin(), 8, 1)] {
        let refusal = plan.with(at::CHIP_ID + place, &[byte]).refusal();
        let SnpRefusal::ChipId { found, wanted } = refusal else { panic!("{refusal}") };
        assert!(found[place] == byte && found[..place] == wanted[..place] && found != wanted, "{refusal}");
    }
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
