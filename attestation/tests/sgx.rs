//! Enclaves: their quotes, their endorsements, and what a policy lets through.

use crate::support::{self, ISSUED_AT, NOW, REPORT_DATA, any_status, plan, policy, root};
use adyton_attestation::{
    CheckedCollateral, Document, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelVerdict, MachineId,
    Outcome, Part, Report, SgxMeasurement, TcbStatus, verify_collateral, verify_sgx, verify_tdx,
};
use adyton_development_root::{Form, Issued, Key, Plan};
use serde_json::json;
use std::sync::LazyLock;

fn enclave() -> Plan {
    plan().for_enclave(ISSUED_AT)
}

fn changed(change: impl FnOnce(&mut Plan)) -> Issued {
    let mut plan = enclave();
    change(&mut plan);
    plan.issue()
}

fn verify(issued: &Issued, policy: &IntelPolicy) -> Result<IntelVerdict, IntelRefusal> {
    let checked = verify_collateral(&issued.collateral, &root(), NOW)?;
    verify_sgx(&issued.quote, &checked, &root(), policy, NOW)
}

/// Why everything that the changed plan issues is refused under a strict policy.
fn refusal(change: impl FnOnce(&mut Plan)) -> IntelRefusal {
    verify(&changed(change), &policy()).unwrap_err()
}

fn checked() -> &'static CheckedCollateral {
    static CHECKED: LazyLock<CheckedCollateral> =
        LazyLock::new(|| verify_collateral(&enclave().issue().collateral, &root(), NOW).unwrap());
    &CHECKED
}

fn quote_refusal(quote: &[u8]) -> IntelRefusal {
    verify_sgx(quote, checked(), &root(), &policy(), NOW).unwrap_err()
}

#[test]
fn a_good_quote_is_accepted_and_the_verdict_says_what_was_measured() {
    let verdict = verify(&enclave().issue(), &policy()).unwrap();
    assert_eq!(verdict.kind, EvidenceKind::IntelSgx);
    assert_eq!(verdict.tcb_status, TcbStatus::UpToDate);
    assert_eq!(verdict.instance, None);
    let planned = enclave().quote.measured;
    let expected = SgxMeasurement {
        mr_enclave: planned.mr_enclave,
        mr_signer: planned.mr_signer,
        product: 1,
        svn: 2,
        extended_product: [0; 16],
        family: [0; 16],
        config_id: [0; 64],
        config_svn: 0,
        misc_select: [0; 4],
        attributes: [5, 0, 0, 0, 0, 0, 0, 0, 0xE7, 0, 0, 0, 0, 0, 0, 0],
    };
    assert_eq!(verdict.measurement_id, expected.id());
    assert_eq!(verdict.measurement, IntelMeasurement::Sgx(expected));
    assert!(verdict.bind(&REPORT_DATA).is_ok());
}

#[test]
fn a_report_on_an_enclave_lists_only_checks_that_are_made_on_enclaves() {
    let report = Report::of_refusal(EvidenceKind::IntelSgx, &IntelRefusal::EnclaveDebug.into());
    let failed = report.checks.iter().find(|check| check.outcome == Outcome::Failed).unwrap();
    assert_eq!(
        (failed.name, failed.reason.as_str()),
        ("debug-off", "the enclave can be debugged, which is never accepted")
    );
    for name in ["tdx-module", "service-domains"] {
        assert!(report.checks.iter().all(|check| check.name != name), "{name}");
    }
}

/// Case 100.
#[test]
fn an_enclave_and_a_trust_domain_on_one_machine_have_one_machine_identity() {
    let domain = support::verify(&plan().issue(), &policy()).unwrap();
    let enclave = verify(&enclave().issue(), &policy()).unwrap();
    assert!(matches!(enclave.machine, Some(MachineId::IntelPpid(_))));
    assert_eq!(enclave.machine, domain.machine);
    assert_ne!(enclave.evidence_id, domain.evidence_id);
    assert_ne!(enclave.measurement_id, domain.measurement_id);
}

/// Cases 92, 93 and 97.
#[test]
fn neither_another_enclave_of_the_signer_nor_an_older_version_nor_another_configuration_shares_a_measurement() {
    let good = verify(&enclave().issue(), &policy()).unwrap().measurement_id;
    let changes: [fn(&mut Plan); 10] = [
        |plan| plan.quote.measured.mr_enclave[0] ^= 1,
        |plan| plan.quote.measured.mr_signer[0] ^= 1,
        |plan| plan.quote.measured.product = 2,
        |plan| plan.quote.measured.svn = 1,
        |plan| plan.quote.measured.extended_product[0] = 1,
        |plan| plan.quote.measured.family[0] = 1,
        |plan| plan.quote.measured.config_id[0] = 1,
        |plan| plan.quote.measured.config_svn = 1,
        |plan| plan.quote.measured.misc_select = 1,
        |plan| plan.quote.measured.flags |= 1 << 7,
    ];
    let mut seen = vec![good];
    for change in changes {
        let other = verify(&changed(change), &policy()).unwrap().measurement_id;
        assert!(!seen.contains(&other));
        seen.push(other);
    }
    let other_processor = changed(|plan| plan.quote.measured.features = 0b111);
    assert_eq!(verify(&other_processor, &policy()).unwrap().measurement_id, good);
}

/// Case 86.
#[test]
fn an_enclave_that_can_be_debugged_is_refused_under_every_policy() {
    let issued = changed(|plan| plan.quote.measured.flags |= 0b10);
    let most = IntelPolicy { allow_provisioning_key: true, allowed_xfrm: u64::MAX, ..any_status() };
    assert_eq!(verify(&issued, &most).unwrap_err(), IntelRefusal::EnclaveDebug);
}

#[test]
fn missing_or_reserved_attributes_are_refused_under_every_policy() {
    let most = IntelPolicy { allow_provisioning_key: true, ..any_status() };
    for flags in [0, 0b100, 0b001] {
        let issued = changed(|plan| plan.quote.measured.flags = flags);
        let refusal = verify(&issued, &most).unwrap_err();
        assert!(matches!(refusal, IntelRefusal::EnclaveAttributes { found, wanted: 0b101, .. } if found == flags));
    }
    for bit in (0..64).filter(|bit| ![0, 1, 2, 4, 6, 7, 10].contains(bit)) {
        let issued = changed(|plan| plan.quote.measured.flags |= 1 << bit);
        assert!(matches!(verify(&issued, &most), Err(IntelRefusal::EnclaveAttributes { .. })), "{bit}");
    }
}

#[test]
fn the_provisioning_key_is_refused_unless_the_policy_allows_it() {
    let issued = changed(|plan| plan.quote.measured.flags |= 1 << 4);
    assert!(matches!(verify(&issued, &policy()), Err(IntelRefusal::EnclaveAttributes { .. })));
    assert!(verify(&issued, &IntelPolicy { allow_provisioning_key: true, ..policy() }).is_ok());
}

#[test]
fn a_miscellaneous_selection_outside_the_policy_is_refused() {
    let issued = changed(|plan| plan.quote.measured.misc_select = 0b11);
    assert!(verify(&issued, &policy()).is_ok());
    let strict = IntelPolicy { allowed_misc_select: 0b01, ..policy() };
    assert_eq!(verify(&issued, &strict).unwrap_err(), IntelRefusal::MiscSelect { found: 0b11, allowed: 0b01 });
    let refusal = refusal(|plan| plan.quote.measured.misc_select = 1 << 31);
    assert_eq!(refusal, IntelRefusal::MiscSelect { found: 1 << 31, allowed: 0b11 });
}

/// Case 91.
#[test]
fn extended_features_outside_the_policy_or_without_the_mandatory_ones_are_refused() {
    for features in [0, 1, 2, 0xE7 | 1 << 8, 0xE7 | 1 << 63] {
        let refusal = refusal(|plan| plan.quote.measured.features = features);
        assert_eq!(refusal, IntelRefusal::Xfrm { found: features, allowed: IntelPolicy::USUAL_XFRM });
    }
}

/// Case 25.
#[test]
fn set_reserved_bytes_of_the_enclaves_report_are_refused() {
    for offset in [20, 31, 96, 127, 160, 191, 262, 303] {
        let refusal = refusal(|plan| plan.quote.measured.reserved = Some(offset));
        assert_eq!(refusal, IntelRefusal::ReservedBytes(Document::Quote), "{offset}");
    }
}

/// Cases 1 to 5.
#[test]
fn a_quote_cut_anywhere_is_refused() {
    let quote = enclave().issue().quote;
    for length in 0..quote.len() {
        assert_eq!(quote_refusal(&quote[..length]), IntelRefusal::QuoteLengths, "{length}");
    }
}

/// Cases 9 to 11.
#[test]
fn only_zeros_may_follow_the_declared_end_and_change_nothing() {
    let quote = enclave().issue().quote;
    let identity = |quote: &[u8]| verify_sgx(quote, checked(), &root(), &policy(), NOW).unwrap().evidence_id;
    let padded = [quote.as_slice(), &[0; 70]].concat();
    assert_eq!(identity(&padded), identity(&quote));
    assert_eq!(quote_refusal(&[quote.as_slice(), &[0, 1]].concat()), IntelRefusal::QuoteTrailingBytes);
    assert_eq!(quote_refusal(&[quote.clone(), quote].concat()), IntelRefusal::QuoteTrailingBytes);
}

/// Cases 12, 13 and 17.
#[test]
fn other_versions_and_environments_are_refused() {
    for version in [0, 1, 2, 4, 5, 6, u16::MAX] {
        assert_eq!(refusal(|plan| plan.quote.version = version), IntelRefusal::QuoteVersion(version));
    }
    for tee_type in [1, 0x80, 0x81, 0x82, u32::MAX] {
        assert_eq!(refusal(|plan| plan.quote.tee_type = tee_type), IntelRefusal::TeeType(tee_type));
    }
}

/// Cases 20 and 22.
#[test]
fn other_certification_data_and_authentication_data_of_other_lengths_are_refused() {
    for kind in [1, 2, 3, 4, 6, 7, u16::MAX] {
        assert_eq!(refusal(|plan| plan.quote.chain_type = kind), IntelRefusal::ChainDataType(kind));
    }
    for length in [0u16, 31, 33, 1000] {
        let refusal = refusal(|plan| plan.quote.authentication = vec![7; usize::from(length)]);
        assert_eq!(refusal, IntelRefusal::QeAuthenticationLength(length));
    }
}

/// Case 16.
#[test]
fn an_enclaves_report_in_a_quote_of_a_trust_domain_is_refused_and_the_reverse() {
    let in_version_5 = changed(|plan| {
        plan.quote.version = 5;
        plan.quote.tee_type = 0x81;
    });
    let result = verify_tdx(&in_version_5.quote, &support::checked(), &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::QuoteBodyType(1));
    let result = verify_tdx(&enclave().issue().quote, &support::checked(), &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::QuoteVersion(3));
    // A trust domain's report is longer, so what follows the first 384 bytes of it is no signature data.
    assert_eq!(refusal(|plan| plan.quote.form = Form::Domain10), IntelRefusal::QuoteLengths);
}

/// Cases 26, 28 and 34.
#[test]
fn a_changed_bit_of_the_report_or_of_its_signature_is_refused() {
    let good = enclave().issue().quote;
    for offset in [48, 48 + 64, 48 + 320, 436 + 10] {
        let mut quote = good.clone();
        quote[offset] ^= 1;
        assert_eq!(quote_refusal(&quote), IntelRefusal::Signature(Document::Quote), "{offset}");
    }
    let mut quote = good.clone();
    quote[436 + 128 + 64] ^= 1;
    assert_eq!(quote_refusal(&quote), IntelRefusal::Signature(Document::QeReport));
}

/// Cases 52 to 54.
#[test]
fn endorsements_of_one_environment_are_refused_for_the_other() {
    let wrong = IntelRefusal::WrongKind(Document::QeIdentity);
    assert_eq!(refusal(|plan| plan.qe_identity.value["id"] = json!("TD_QE")), wrong);
    assert_eq!(refusal(|plan| plan.qe_identity.value["id"] = json!("QVE")), wrong);
    let result = verify_sgx(&enclave().issue().quote, &support::checked(), &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::WrongKind(Document::TcbInfo));
    let result = verify_tdx(&plan().issue().quote, checked(), &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::WrongKind(Document::TcbInfo));
}

/// Case 57.
#[test]
fn tcb_information_that_mixes_environments_or_versions_is_refused() {
    assert_eq!(refusal(|plan| plan.tcb_info.value["version"] = json!(2)), IntelRefusal::WrongKind(Document::TcbInfo));
    let with_components = |plan: &mut Plan| {
        plan.tcb_info.value["tcbLevels"][0]["tcb"]["tdxtcbcomponents"] = json!(vec![json!({"svn": 0}); 16]);
    };
    assert_eq!(refusal(with_components), IntelRefusal::Malformed(Document::TcbInfo));
    let modules = refusal(|plan| plan.tcb_info.value["tdxModuleIdentities"] = json!([]));
    assert_eq!(modules, IntelRefusal::Malformed(Document::TcbInfo));
    let module = refusal(|plan| plan.tcb_info.value["tdxModule"] = support::plan().tcb_info.value["tdxModule"].clone());
    assert_eq!(module, IntelRefusal::Malformed(Document::TcbInfo));
}

#[test]
fn collateral_of_one_environment_does_not_replace_that_of_the_other() {
    let newer =
        support::development().plan(&support::worker(), REPORT_DATA, ISSUED_AT + 60).for_enclave(ISSUED_AT + 60);
    let newer = verify_collateral(&newer.issue().collateral, &root(), NOW).unwrap();
    assert_eq!(newer.require_supersedes(&support::checked()), Err(IntelRefusal::CollateralSubject));
    assert_eq!(newer.require_supersedes(checked()), Ok(()));
}

fn status(change: impl FnOnce(&mut Plan)) -> TcbStatus {
    verify(&changed(change), &any_status()).unwrap().tcb_status
}

/// Cases 72 to 74.
#[test]
fn the_level_of_an_enclaves_platform_follows_the_platform_and_its_quoting_enclave() {
    assert_eq!(status(|plan| plan.pck.sgx.as_mut().unwrap().components[0] -= 1), TcbStatus::OutOfDate);
    assert_eq!(status(|plan| plan.qe_identity.value["tcbLevels"][0]["tcb"]["isvsvn"] = json!(9)), TcbStatus::OutOfDate);
    let configuration = |plan: &mut Plan| {
        plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("ConfigurationAndSWHardeningNeeded");
    };
    assert_eq!(status(configuration), TcbStatus::ConfigurationAndSwHardeningNeeded);
    let both = |plan: &mut Plan| {
        configuration(plan);
        plan.qe_identity.value["tcbLevels"][0]["tcb"]["isvsvn"] = json!(9);
    };
    assert_eq!(status(both), TcbStatus::OutOfDateConfigurationNeeded);
}

/// Cases 77 and 78.
#[test]
fn a_revoked_or_unknown_level_is_refused() {
    let revoked = changed(|plan| plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("Revoked"));
    assert_eq!(verify(&revoked, &any_status()).unwrap_err(), IntelRefusal::TcbRevoked(Part::Platform));
    let unknown = changed(|plan| plan.pck.sgx.as_mut().unwrap().pce_svn = 1);
    assert_eq!(verify(&unknown, &any_status()).unwrap_err(), IntelRefusal::NoMatchingLevel(Part::Platform));
}

/// Makes the platform a single-package one.
fn single_package(plan: &mut Plan) {
    let name = "Intel SGX PCK Processor CA";
    plan.pck_ca.subject.common_name = name.into();
    plan.pck.issuer.common_name = name.into();
    plan.pck_crl.issuer.common_name = name.into();
    let sgx = plan.pck.sgx.as_mut().unwrap();
    sgx.sgx_type = 0;
    sgx.platform_instance = None;
    sgx.configuration = None;
}

#[test]
fn single_package_platforms_are_certified_by_their_own_authority() {
    assert!(verify(&changed(single_package), &policy()).is_ok());
    let refusal = verify(&changed(single_package), &IntelPolicy { allow_smt: false, ..policy() }).unwrap_err();
    assert_eq!(refusal, IntelRefusal::Smt);
    let careful = IntelPolicy { allow_dynamic_platform: false, allow_cached_keys: false, ..policy() };
    assert!(verify(&changed(single_package), &careful).is_ok());
}

/// Case 45.
#[test]
fn a_platform_certificate_that_contradicts_its_authority_is_refused() {
    let contradictions: [fn(&mut Plan); 4] = [
        |plan| {
            single_package(plan);
            plan.pck.sgx.as_mut().unwrap().configuration = Some([true; 3]);
        },
        |plan| {
            single_package(plan);
            plan.pck.sgx.as_mut().unwrap().platform_instance = Some(vec![1; 16]);
        },
        |plan| plan.pck.sgx.as_mut().unwrap().configuration = None,
        |plan| plan.pck.sgx.as_mut().unwrap().platform_instance = None,
    ];
    for contradiction in contradictions {
        assert_eq!(refusal(contradiction), IntelRefusal::PlatformKind);
    }
}

/// Case 64.
#[test]
fn the_revocation_list_of_the_platform_authority_is_refused_for_the_processor_authority() {
    let quote = changed(|plan| {
        single_package(plan);
        plan.pck_ca.key = Key("processor-ca".into());
        plan.pck.signer = Key("processor-ca".into());
    });
    assert_eq!(quote_refusal(&quote.quote), IntelRefusal::PckCaMismatch);
}

/// Case 65.
#[test]
fn a_revoked_platform_is_refused() {
    let revoked = refusal(|plan| plan.pck_crl.revoked = vec![plan.pck.serial]);
    assert_eq!(revoked, IntelRefusal::Revoked(Document::PckCertificate));
}
