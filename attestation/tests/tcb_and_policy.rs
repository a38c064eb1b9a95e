//! The platform's level, and what a policy lets through.

use crate::support::{self, any_status, changed, policy, quote_refusal, refusal, verify};
use adyton_attestation::{IntelPolicy, IntelRefusal, IntelVerdict, Part, TcbStatus, TcbStatusSet};
use adyton_development_root::Plan;
use serde_json::json;

/// Sets one field of a policy to allow or not.
type Switch = fn(&mut IntelPolicy, bool);
/// Changes one field of a policy.
type Change = fn(&mut IntelPolicy);

fn verdict(change: impl FnOnce(&mut Plan)) -> Result<IntelVerdict, IntelRefusal> {
    verify(&changed(change).issue(), &any_status())
}

fn status(change: impl FnOnce(&mut Plan)) -> TcbStatus {
    verdict(change).unwrap().tcb_status
}

/// Cases 72 to 76.
#[test]
fn each_status_is_reported_and_refused_unless_the_policy_accepts_it() {
    use TcbStatus::{Revoked, TdRelaunchAdvised, TdRelaunchAdvisedConfigurationNeeded};
    let of_no_level = [Revoked, TdRelaunchAdvised, TdRelaunchAdvisedConfigurationNeeded];
    for expected in TcbStatus::ALL.into_iter().filter(|status| !of_no_level.contains(status)) {
        let set = |plan: &mut Plan| plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!(expected.name());
        assert_eq!(status(set), expected);
        let issued = changed(set).issue();
        for accepted in TcbStatus::ALL {
            let policy = policy().with_statuses(TcbStatusSet::NONE.with(accepted));
            match verify(&issued, &policy) {
                Ok(verdict) => assert!(accepted == expected && verdict.tcb_status == expected),
                Err(IntelRefusal::PolicyAcceptsNothing) => assert_eq!(accepted, TcbStatus::Revoked),
                Err(refusal) => {
                    assert_ne!(accepted, expected);
                    let wanted = TcbStatusSet::NONE.with(accepted);
                    assert_eq!(refusal, IntelRefusal::TcbStatus { found: expected, wanted });
                }
            }
        }
    }
}

#[test]
fn no_policy_can_accept_a_revoked_status() {
    assert!(TcbStatusSet::from_iter([TcbStatus::Revoked]).is_empty());
    let decoded: TcbStatusSet = codec::Decode::decode(&mut &[0xFF; 2][..]).unwrap();
    assert!(!decoded.contains(TcbStatus::Revoked));
}

/// Case 77.
#[test]
fn a_revoked_platform_module_or_quoting_enclave_is_refused_each_alone() {
    let platform = verdict(|plan| plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("Revoked"));
    assert_eq!(platform.unwrap_err(), IntelRefusal::TcbRevoked(Part::Platform));
    let module = verdict(|plan| {
        plan.tcb_info.value["tdxModuleIdentities"][0]["tcbLevels"][0]["tcbStatus"] = json!("Revoked");
    });
    assert_eq!(module.unwrap_err(), IntelRefusal::TcbRevoked(Part::TdxModule));
    let enclave = verdict(|plan| plan.qe_identity.value["tcbLevels"][0]["tcbStatus"] = json!("Revoked"));
    assert_eq!(enclave.unwrap_err(), IntelRefusal::TcbRevoked(Part::QuotingEnclave));
}

#[test]
fn an_old_module_or_quoting_enclave_makes_the_platform_out_of_date() {
    let module = |plan: &mut Plan| plan.quote.body.tee_tcb_svn[0] = 9;
    let enclave = |plan: &mut Plan| plan.quote.enclave.svn = 7;
    assert_eq!(status(module), TcbStatus::OutOfDate);
    assert_eq!(verdict(module).unwrap().advisories, ["INTEL-SA-01036"]);
    // The development root's identity follows the enclave, so only the quote is changed.
    let checked = support::checked();
    let quote = changed(enclave).issue().quote;
    let verdict = adyton_attestation::verify_tdx(&quote, &checked, &support::root(), &any_status(), support::NOW);
    let verdict = verdict.unwrap();
    assert_eq!(
        (verdict.tcb_status, verdict.advisories.as_slice()),
        (TcbStatus::OutOfDate, &["INTEL-SA-00837".into()][..])
    );
}

#[test]
fn an_old_part_of_a_platform_that_needs_configuration_says_both() {
    for name in ["ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"] {
        let merged = status(|plan| {
            plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!(name);
            plan.quote.body.tee_tcb_svn[0] = 9;
        });
        assert_eq!(merged, TcbStatus::OutOfDateConfigurationNeeded);
    }
    let merged = status(|plan| {
        plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("SWHardeningNeeded");
        plan.quote.body.tee_tcb_svn[0] = 9;
    });
    assert_eq!(merged, TcbStatus::OutOfDate);
}

#[test]
fn a_platform_below_the_newest_level_is_out_of_date() {
    let old: [fn(&mut Plan); 3] = [
        |plan| plan.pck.sgx.as_mut().unwrap().components[0] -= 1,
        |plan| plan.pck.sgx.as_mut().unwrap().components[7] -= 1,
        |plan| plan.quote.body.tee_tcb_svn[2] -= 1,
    ];
    for old in old {
        assert_eq!(status(old), TcbStatus::OutOfDate);
        let wanted = TcbStatusSet::UP_TO_DATE;
        assert_eq!(refusal(old), IntelRefusal::TcbStatus { found: TcbStatus::OutOfDate, wanted });
    }
}

/// Case 78.
#[test]
fn a_platform_below_every_level_is_refused_and_not_called_out_of_date() {
    let unknown: [fn(&mut Plan); 3] = [
        |plan| plan.pck.sgx.as_mut().unwrap().pce_svn = 1,
        |plan| plan.pck.sgx.as_mut().unwrap().components[0] = 0,
        |plan| plan.quote.body.tee_tcb_svn[2] = 0,
    ];
    for unknown in unknown {
        assert_eq!(verdict(unknown).unwrap_err(), IntelRefusal::NoMatchingLevel(Part::Platform));
    }
}

/// Case 80.
#[test]
fn a_module_or_quoting_enclave_below_every_level_is_refused() {
    let module = quote_refusal(|plan| plan.quote.body.tee_tcb_svn[0] = 1);
    assert_eq!(module, IntelRefusal::NoMatchingLevel(Part::TdxModule));
    let enclave = quote_refusal(|plan| plan.quote.enclave.svn = 1);
    assert_eq!(enclave, IntelRefusal::NoMatchingLevel(Part::QuotingEnclave));
}

/// Case 85.
#[test]
fn the_first_two_components_are_the_modules_when_it_has_a_version_and_the_platforms_when_not() {
    // With a version, a module number below the platform's level is judged by the module's own levels only.
    let lower = |plan: &mut Plan| {
        plan.tcb_info.value["tcbLevels"][0]["tcb"]["tdxtcbcomponents"][0]["svn"] = json!(200);
        plan.tcb_info.value["tcbLevels"][0]["tcb"]["tdxtcbcomponents"][1]["svn"] = json!(200);
    };
    assert_eq!(status(lower), TcbStatus::UpToDate);
    let unversioned = |plan: &mut Plan| {
        lower(plan);
        plan.quote.body.tee_tcb_svn[1] = 0;
    };
    assert_eq!(status(unversioned), TcbStatus::OutOfDate);
    assert_eq!(status(|plan| plan.quote.body.tee_tcb_svn[1] = 0), TcbStatus::UpToDate);
}

/// Case 84.
#[test]
fn a_module_version_without_an_identity_is_refused() {
    assert_eq!(quote_refusal(|plan| plan.quote.body.tee_tcb_svn[1] = 3), IntelRefusal::UnknownTdxModule(3));
    let refusal = refusal(|plan| plan.tcb_info.value["tdxModuleIdentities"] = json!([]));
    assert_eq!(refusal, IntelRefusal::UnknownTdxModule(1));
}

/// Case 83.
#[test]
fn a_module_of_another_signer_or_with_attributes_is_refused() {
    for version in [0, 1] {
        let signer = quote_refusal(|plan| {
            plan.quote.body.tee_tcb_svn[1] = version;
            plan.quote.body.mr_signer_seam[47] = 1;
        });
        assert_eq!(signer, IntelRefusal::TdxModuleIdentity);
        let attributes = quote_refusal(|plan| {
            plan.quote.body.tee_tcb_svn[1] = version;
            plan.quote.body.seam_attributes[7] = 0x80;
        });
        assert_eq!(attributes, IntelRefusal::TdxModuleIdentity);
    }
}

/// Case 81.
#[test]
fn a_quoting_enclave_of_another_signer_is_refused() {
    assert_eq!(quote_refusal(|plan| plan.quote.enclave.mr_signer[0] ^= 1), IntelRefusal::QeSigner);
}

/// Case 81.
#[test]
fn a_quoting_enclave_of_another_product_is_refused() {
    assert_eq!(quote_refusal(|plan| plan.quote.enclave.product = 1), IntelRefusal::QeProduct { found: 1, wanted: 2 });
}

/// Case 81.
#[test]
fn a_quoting_enclave_with_other_attributes_is_refused() {
    assert_eq!(quote_refusal(|plan| plan.quote.enclave.attributes[0] = 0x31), IntelRefusal::QeAttributes);
    assert_eq!(quote_refusal(|plan| plan.quote.enclave.attributes[7] = 1), IntelRefusal::QeAttributes);
    assert_eq!(quote_refusal(|plan| plan.quote.enclave.misc_select[0] = 1), IntelRefusal::QeAttributes);
}

#[test]
fn masked_attributes_of_the_quoting_enclave_may_vary() {
    assert!(verdict(|plan| plan.quote.enclave.attributes[0] = 0x15).is_ok());
    assert!(verdict(|plan| plan.quote.enclave.attributes[8] = 0xE7).is_ok());
}

/// Case 82.
#[test]
fn a_quoting_enclave_that_can_be_debugged_is_refused_whatever_its_identity_masks() {
    let refusal = refusal(|plan| {
        plan.quote.enclave.attributes[0] = 0x13;
        plan.qe_identity.value["attributesMask"] = json!("00".repeat(16));
        plan.qe_identity.value["attributes"] = json!("00".repeat(16));
    });
    assert_eq!(refusal, IntelRefusal::QeDebug);
}

/// Why a trust domain with these attributes is refused under a policy that allows all it can.
fn attributes_refusal(attributes: u64) -> IntelRefusal {
    let policy = IntelPolicy {
        allow_protection_keys: true,
        allow_key_locker: true,
        allow_lass: true,
        allow_single_step_defence: true,
        allowed_xfam: u64::MAX,
        ..any_status()
    };
    let issued = changed(|plan| plan.quote.body.measurement.attributes = attributes.to_le_bytes()).issue();
    verify(&issued, &policy).unwrap_err()
}

const SEPT_VE_DISABLE: u64 = 1 << 28;

/// Case 87.
#[test]
fn a_trust_domain_that_can_be_debugged_is_refused_under_every_policy() {
    assert_eq!(attributes_refusal(SEPT_VE_DISABLE | 1), IntelRefusal::Debug);
    assert_eq!(attributes_refusal(u64::MAX), IntelRefusal::Debug);
}

/// Case 90.
#[test]
fn every_other_bit_of_the_untrusted_byte_is_refused_under_every_policy() {
    for bit in 1..8 {
        assert_eq!(attributes_refusal(SEPT_VE_DISABLE | 1 << bit), IntelRefusal::UntrustedAttributes(1 << bit));
    }
}

/// Case 88.
#[test]
fn a_trust_domain_without_sept_ve_disable_is_refused_under_every_policy() {
    assert_eq!(attributes_refusal(0), IntelRefusal::SeptVeEnabled);
    assert_eq!(attributes_refusal(1 << 30), IntelRefusal::SeptVeEnabled);
}

/// Case 90.
#[test]
fn reserved_migratable_and_perfmon_attributes_are_refused_under_every_policy() {
    for bit in (8..64).filter(|bit| ![16, 27, 28, 30, 31].contains(bit)) {
        assert_eq!(attributes_refusal(SEPT_VE_DISABLE | 1 << bit), IntelRefusal::Attributes(1 << bit), "{bit}");
    }
}

#[test]
fn optional_attributes_are_refused_unless_the_policy_allows_them() {
    let cases: [(u32, Switch); 4] = [
        (16, |policy, allow| policy.allow_single_step_defence = allow),
        (27, |policy, allow| policy.allow_lass = allow),
        (30, |policy, allow| policy.allow_protection_keys = allow),
        (31, |policy, allow| policy.allow_key_locker = allow),
    ];
    for (bit, set) in cases {
        let attributes = SEPT_VE_DISABLE | 1 << bit;
        let issued = changed(|plan| plan.quote.body.measurement.attributes = attributes.to_le_bytes()).issue();
        let mut policy = policy();
        set(&mut policy, false);
        assert_eq!(verify(&issued, &policy).unwrap_err(), IntelRefusal::Attributes(1 << bit));
        set(&mut policy, true);
        assert!(verify(&issued, &policy).is_ok());
    }
}

/// Case 91.
#[test]
fn extended_features_outside_the_policy_are_refused() {
    for bit in [8, 15, 19, 63] {
        let xfam = 0x0006_02E7 | 1 << bit;
        let refusal = refusal(|plan| plan.quote.body.measurement.xfam = u64::to_le_bytes(xfam));
        assert_eq!(refusal, IntelRefusal::Xfam { found: xfam, allowed: IntelPolicy::USUAL_XFAM });
    }
}

#[test]
fn a_trust_domain_without_the_mandatory_features_is_refused() {
    for xfam in [0u64, 1, 2] {
        let refusal = refusal(|plan| plan.quote.body.measurement.xfam = xfam.to_le_bytes());
        assert_eq!(refusal, IntelRefusal::Xfam { found: xfam, allowed: IntelPolicy::USUAL_XFAM });
    }
}

#[test]
fn a_platform_setup_that_the_policy_does_not_allow_is_refused() {
    let issued = support::plan().issue();
    let cases: [(IntelRefusal, Change); 3] = [
        (IntelRefusal::Smt, |policy| policy.allow_smt = false),
        (IntelRefusal::DynamicPlatform, |policy| policy.allow_dynamic_platform = false),
        (IntelRefusal::CachedKeys, |policy| policy.allow_cached_keys = false),
    ];
    for (expected, forbid) in cases {
        let mut policy = policy();
        forbid(&mut policy);
        assert_eq!(verify(&issued, &policy).unwrap_err(), expected);
    }
}

/// Cases 98 and 99.
#[test]
fn evidence_about_another_statement_is_refused() {
    let verdict = verify(&support::plan().issue(), &policy()).unwrap();
    let mut other = support::REPORT_DATA;
    other[63] ^= 1;
    assert_eq!(verdict.clone().bind(&other).unwrap_err(), IntelRefusal::ReportData);
    assert!(verdict.bind(&support::REPORT_DATA).is_ok());
}

#[test]
fn advisories_of_an_up_to_date_platform_do_not_make_it_refused() {
    let issued = changed(|plan| {
        plan.tcb_info.value["tcbLevels"][0]["advisoryIDs"] = json!(["INTEL-SA-09999", "INTEL-SA-00001"]);
    })
    .issue();
    let verdict = verify(&issued, &policy()).unwrap();
    assert_eq!(verdict.advisories, ["INTEL-SA-00001", "INTEL-SA-09999"]);
}
