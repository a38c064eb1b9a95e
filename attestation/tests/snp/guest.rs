//! The guest, its platform's setup, and what the evidence is about.

use super::*;

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
    let other = refusal(SnpExpected { measurement: Some([7; 48]), ..good });
    assert_eq!(other, SnpRefusal::Measurement { found: MEASUREMENT, wanted: [7; 48] });
    assert!(other.to_string().ends_with(&format!(", and {} was expected", "07".repeat(48))), "{other}");
    let other = refusal(SnpExpected { host_data: Some([7; 32]), ..good });
    assert_eq!(other, SnpRefusal::HostData { found: [0x40; 32], wanted: [7; 32] });
    assert!(other.to_string().starts_with(&format!("the host's data is {}, ", "40".repeat(32))), "{other}");
    let other = refusal(SnpExpected { id_key_digest: Some([7; 48]), ..good });
    assert_eq!(other, SnpRefusal::IdKey { found: [0x1d; 48], wanted: [7; 48] });
    // A digest counts only if the report says that there is a key.
    let other = refusal(SnpExpected { author_key_digest: Some([0; 48]), ..good });
    assert_eq!(other, SnpRefusal::AuthorKey { found: [0; 48], wanted: [0; 48] });
    let with_author = genoa().with(at::KEY_INFO, &[1]).with(at::AUTHOR_KEY, &[0xa0; 48]);
    let expected = SnpExpected { author_key_digest: Some([0xa0; 48]), ..good };
    assert!(with_author.verify(&SnpPolicy::strict()).unwrap().bind(&expected).is_ok());
}
