//! What a verdict says, and the stable forms of what is stored and shown.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod support;

use adyton_attestation::{
    CheckName, CheckedCollateral, Collateral, Endorsements, EvidenceKind, MachineId, Measurement, Outcome, Policy,
    Refusal, Report, TcbStatus, verify, verify_tdx,
};
use codec::{Decode, Encode, MaxEncodedLen};
use support::{NOW, REPORT_DATA, changed, checked, development, plan, policy, root, worker};

#[test]
fn a_verdict_carries_the_machine_the_measurement_and_the_earliest_end() {
    let verdict = support::verify(&plan().issue(), &policy()).unwrap();
    let ppid: [u8; 16] = plan().pck.sgx.unwrap().ppid.try_into().unwrap();
    assert_eq!(verdict.machine, Some(MachineId::IntelPpid(ppid)));
    assert_eq!(verdict.measurement, Measurement::Tdx(development().measurement(&worker())));
    assert_eq!(verdict.report_data, REPORT_DATA);
    assert_eq!(verdict.root, root().id());
    assert_eq!(verdict.valid_until, checked().valid_until());
    assert_eq!(verdict.collateral, checked().digest());
}

#[test]
fn an_all_zero_machine_identity_is_none() {
    let issued = changed(|plan| plan.pck.sgx.as_mut().unwrap().ppid = vec![0; 16]).issue();
    assert_eq!(support::verify(&issued, &policy()).unwrap().machine, None);
}

#[test]
fn two_machines_have_two_identities_and_two_pieces_of_evidence() {
    let verdicts = [0, 1].map(|machine| {
        let quote = development().device_on(machine, worker()).quote(REPORT_DATA);
        verify_tdx(&quote, &checked(), &root(), &policy(), NOW).unwrap()
    });
    assert_ne!(verdicts[0].machine, verdicts[1].machine);
    assert_ne!(verdicts[0].machine.unwrap().key(), verdicts[1].machine.unwrap().key());
    assert_ne!(verdicts[0].evidence_id, verdicts[1].evidence_id);
    assert_eq!(verdicts[0].measurement_id, verdicts[1].measurement_id);
}

#[test]
fn every_measured_field_changes_the_measurements_identity_and_extended_features_do_not() {
    let measurement = development().measurement(&worker());
    let changes: [fn(&mut adyton_attestation::TdxMeasurement); 9] = [
        |one| one.mr_td[0] ^= 1,
        |one| one.rtmr[0][0] ^= 1,
        |one| one.rtmr[1][0] ^= 1,
        |one| one.rtmr[2][0] ^= 1,
        |one| one.rtmr[3][47] ^= 1,
        |one| one.mr_config_id[0] ^= 1,
        |one| one.mr_owner[0] ^= 1,
        |one| one.mr_owner_config[0] ^= 1,
        |one| one.attributes[3] ^= 0x40,
    ];
    let mut seen = vec![measurement.id()];
    for change in changes {
        let mut other = measurement.clone();
        change(&mut other);
        assert!(!seen.contains(&other.id()));
        seen.push(other.id());
    }
    let mut other = measurement.clone();
    other.xfam[1] ^= 1;
    assert_eq!(other.id(), measurement.id());
}

#[test]
fn evidence_of_a_kind_without_a_verifier_is_refused() {
    let collateral = checked();
    for kind in [
        EvidenceKind::IntelSgx,
        EvidenceKind::AmdSnp,
        EvidenceKind::AwsNitro,
        EvidenceKind::NvidiaGpu,
        EvidenceKind::ArmCca,
    ] {
        let result = verify(kind, &plan().issue().quote, Endorsements::Intel(&collateral), &root(), &policy(), NOW);
        assert_eq!(result.unwrap_err(), Refusal::KindNotSupported(kind));
    }
    let quote = plan().issue().quote;
    let result = verify(EvidenceKind::IntelTdx, &quote, Endorsements::Intel(&collateral), &root(), &policy(), NOW);
    assert!(result.is_ok());
}

#[test]
fn checked_collateral_survives_storage_within_its_bound() {
    let checked = checked();
    let encoded = checked.encode();
    assert!(encoded.len() < 4096, "{}", encoded.len());
    assert_eq!(CheckedCollateral::decode(&mut encoded.as_slice()), Ok(checked));
    println!("checked collateral: {} bytes, at most {}", encoded.len(), CheckedCollateral::max_encoded_len());
    assert!(CheckedCollateral::max_encoded_len() < 56 * 1024, "{}", CheckedCollateral::max_encoded_len());
}

#[test]
fn raw_collateral_survives_scale_and_json() {
    let issued = plan().issue();
    let encoded = issued.collateral.encode();
    assert_eq!(Collateral::decode(&mut encoded.as_slice()), Ok(issued.collateral.clone()));
    let text = issued.collateral.to_json(&issued.root_certificate).unwrap();
    assert_eq!(Collateral::from_json(text.as_bytes()), Ok(issued.collateral));
}

#[test]
fn a_policy_has_one_json_form_and_unknown_fields_are_refused() {
    let text = serde_json::to_string(&Policy::strict(17)).unwrap();
    assert_eq!(
        text,
        r#"{"accepted_statuses":["UpToDate"],"minimum_evaluation_number":17,"allowed_xfam":400103,"#.to_owned()
            + r#""allow_protection_keys":true,"allow_key_locker":false,"allow_lass":true,"allow_smt":true,"#
            + r#""allow_dynamic_platform":true,"allow_cached_keys":true}"#
    );
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), Policy::strict(17));
    assert!(serde_json::from_str::<Policy>(&text.replace("allow_smt", "allow_debug")).is_err());
    let policy = Policy::strict(17);
    assert_eq!(Policy::decode(&mut policy.encode().as_slice()), Ok(policy));
}

#[test]
fn a_roots_identity_is_the_hash_of_its_key() {
    use sha2::{Digest, Sha256};
    assert_eq!(root().id().0, <[u8; 32]>::from(Sha256::digest(root().public_key())));
    let text = serde_json::to_string(&root()).unwrap();
    assert_eq!(serde_json::from_str::<adyton_attestation::Root>(&text).unwrap(), root());
}

#[test]
fn the_report_of_a_verdict_lists_every_check_and_binding_only_when_bound() {
    let verdict = support::verify(&plan().issue(), &policy()).unwrap();
    let report = verdict.report();
    assert!(report.accepted);
    assert_eq!(report.checks.iter().map(|check| check.name).collect::<Vec<_>>(), CheckName::ALL);
    for check in &report.checks {
        let is_binding = check.name == CheckName::ReportData;
        assert_eq!(check.outcome == Outcome::Unchecked, is_binding, "{check:?}");
    }
    let bound = verdict.bind(&REPORT_DATA).unwrap().report();
    assert!(bound.checks.iter().all(|check| check.outcome == Outcome::Passed));
}

#[test]
fn the_report_of_a_refusal_names_the_failed_check_and_leaves_later_ones_unchecked() {
    let refusal = support::refusal(|plan| plan.quote.body.measurement.attributes[0] = 1);
    let report = Report::of(Err(&refusal), false);
    assert!(!report.accepted);
    let outcome = |name| report.checks.iter().find(|check| check.name == name).unwrap().outcome;
    assert_eq!(outcome(CheckName::QuoteSignature), Outcome::Passed);
    assert_eq!(outcome(CheckName::DebugOff), Outcome::Failed);
    assert_eq!(outcome(CheckName::Attributes), Outcome::Unchecked);
    let line = &report.checks[CheckName::DebugOff as usize];
    let json = serde_json::to_value(line).unwrap();
    let expected = serde_json::json!({
        "name": "debug-off", "outcome": "failed", "reason": "the trust domain can be debugged",
    });
    assert_eq!(json, expected);
}

#[test]
fn facts_have_a_json_form_with_hexadecimal_bytes() {
    let verdict = support::verify(&plan().issue(), &policy()).unwrap();
    let facts = serde_json::to_value(&*verdict).unwrap();
    assert_eq!(facts["kind"], "intel-tdx");
    assert_eq!(facts["tcb_status"], "UpToDate");
    assert_eq!(facts["report_data"], "5a".repeat(64));
    assert_eq!(facts["measurement"]["tdx"]["rtmr"].as_array().unwrap().len(), 4);
    let measurement: Measurement = serde_json::from_value(facts["measurement"].clone()).unwrap();
    assert_eq!(measurement, verdict.measurement);
}

#[test]
fn codes_of_refusals_are_frozen() {
    assert_eq!(Refusal::KindNotSupported(EvidenceKind::AmdSnp).code(), 0);
    assert_eq!(Refusal::QuoteTrailingBytes.code(), 12);
    assert_eq!(Refusal::UntrustedRoot.code(), 30);
    assert_eq!(Refusal::EvaluationNumber { found: 1, floor: 2 }.code(), 46);
    assert_eq!(Refusal::TcbStatus(TcbStatus::OutOfDate).code(), 62);
    assert_eq!(Refusal::Debug.code(), 70);
    assert_eq!(Refusal::ReportData.code(), 90);
}
