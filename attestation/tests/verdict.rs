//! What a verdict says, and the stable forms of what is stored and shown.

use crate::support::{self, NOW, REPORT_DATA, changed, checked, development, plan, policy, root, worker};
use adyton_attestation::{
    CheckedCollateral, Collateral, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, MachineId, RootId,
    ServiceDomains, TcbStatus, TcbStatusSet, verify_tdx,
};
use codec::{Decode, Encode, MaxEncodedLen};

#[test]
fn a_verdict_carries_the_machine_the_measurement_and_the_earliest_end() {
    let verdict = support::verify(&plan().issue(), &policy()).unwrap();
    let ppid: [u8; 16] = plan().pck.sgx.unwrap().ppid.try_into().unwrap();
    assert_eq!(verdict.machine, Some(MachineId::IntelPpid(ppid)));
    assert_eq!(verdict.measurement, IntelMeasurement::Tdx(development().measurement(&worker())));
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

/// Case 97.
#[test]
fn every_measured_field_changes_the_measurements_identity_and_extended_features_do_not() {
    let measurement = development().measurement(&worker());
    let changes: [fn(&mut adyton_attestation::TdxMeasurement); 10] = [
        |one| one.mr_td[0] ^= 1,
        |one| one.rtmr[0][0] ^= 1,
        |one| one.rtmr[1][0] ^= 1,
        |one| one.rtmr[2][0] ^= 1,
        |one| one.rtmr[3][47] ^= 1,
        |one| one.mr_config_id[0] ^= 1,
        |one| one.mr_owner[0] ^= 1,
        |one| one.mr_owner_config[0] ^= 1,
        |one| one.attributes[3] ^= 0x40,
        |one| one.services = Some(ServiceDomains { launched: [1; 48], current: [1; 48], current_attributes: [0; 8] }),
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
    let text = serde_json::to_string(&IntelPolicy::strict(17)).unwrap();
    assert_eq!(
        text,
        r#"{"tiers":[{"statuses":["UpToDate"],"accepted_advisories":"any","refused_advisories":[],"#.to_owned()
            + r#""grace_days":65535}],"minimum_evaluation_number":17,"allowed_xfam":400103,"#
            + r#""allow_single_step_defence":true,"allow_protection_keys":true,"allow_key_locker":false,"#
            + r#""allow_lass":true,"accepted_service_domains":[],"allowed_xfrm":400127,"allowed_misc_select":3,"#
            + r#""allow_provisioning_key":false,"allow_smt":true,"allow_dynamic_platform":true,"#
            + r#""allow_cached_keys":true}"#
    );
    assert_eq!(serde_json::from_str::<IntelPolicy>(&text).unwrap(), IntelPolicy::strict(17));
    assert!(serde_json::from_str::<IntelPolicy>(&text.replace("allow_smt", "allow_debug")).is_err());
    let policy = IntelPolicy::strict(17);
    assert_eq!(IntelPolicy::decode(&mut policy.encode().as_slice()), Ok(policy));
}

#[test]
fn a_roots_identity_is_the_hash_of_its_key() {
    use sha2::{Digest, Sha256};
    assert_eq!(root().id().0, <[u8; 32]>::from(Sha256::digest(root().public_key())));
    let text = serde_json::to_string(&root()).unwrap();
    assert_eq!(serde_json::from_str::<adyton_attestation::IntelRoot>(&text).unwrap(), root());
}

#[test]
fn facts_have_a_json_form_with_hexadecimal_bytes() {
    let verdict = support::verify(&plan().issue(), &policy()).unwrap();
    let facts = serde_json::to_value(&*verdict).unwrap();
    assert_eq!(facts["kind"], "intel-tdx");
    assert_eq!(facts["tcb_status"], "UpToDate");
    assert_eq!(facts["report_data"], "5a".repeat(64));
    assert_eq!(facts["measurement"]["tdx"]["rtmr"].as_array().unwrap().len(), 4);
    let measurement: IntelMeasurement = serde_json::from_value(facts["measurement"].clone()).unwrap();
    assert_eq!(measurement, verdict.measurement);
}

#[test]
fn codes_of_refusals_are_frozen() {
    assert_eq!(IntelRefusal::KindNotSupported(EvidenceKind::AmdSnp).code(), 0);
    assert_eq!(IntelRefusal::QuoteTrailingBytes.code(), 12);
    assert_eq!(IntelRefusal::UntrustedRoot(RootId([0; 32])).code(), 30);
    assert_eq!(IntelRefusal::EvaluationNumber { found: 1, floor: 2 }.code(), 46);
    let status = IntelRefusal::TcbStatus { found: TcbStatus::OutOfDate, wanted: TcbStatusSet::UP_TO_DATE };
    assert_eq!(status.code(), 62);
    assert_eq!(IntelRefusal::Debug.code(), 70);
    assert_eq!(IntelRefusal::QuoteBodyType(1).code(), 23);
    assert_eq!(IntelRefusal::GraceOver { ended: 0, days: 0 }.code(), 64);
    assert_eq!(IntelRefusal::Xfrm { found: 0, allowed: 0 }.code(), 85);
    assert_eq!(IntelRefusal::ReportData.code(), 90);
}
