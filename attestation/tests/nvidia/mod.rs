//! Evidence of GPUs and switches under a key infrastructure of NVIDIA's shape: what is good, and one test for each
//! way in which it is not. Numbers of cases are those of the project's catalogue of negative cases.

mod chain;
mod manifest;
mod measurements;
mod properties;
mod report;
mod revocation;

use crate::support::nvidia::{
    self as support, Certificate, DRIVER, Device, FIRMWARE, FIRMWARE_ID, Key, Manifest, NONCE, NOW, Ocsp,
    composite_device_id, device_info, evidence_only, floors, key, measurement, pem, roots, strict, tcb_info,
    verify_report,
};
use adyton_attestation::{
    CertificateHash,
    nvidia::{
        Architecture, Chain, CheckedManifest, DriverVersion, FirmwareVersion, ManifestSubject, NvidiaCertificate,
        NvidiaCheck, NvidiaEndorsements, NvidiaEvidence, NvidiaFloors, NvidiaPolicy, NvidiaRefusal, NvidiaRoots,
        NvidiaVerdict, OcspFault, OcspResponse, PassthroughMode, Revocation, nonce_for_host, require_distinct,
        verify_manifest, verify_nvidia,
    },
    x509::Fault,
};
use codec::{Decode, Encode};
use proptest::prelude::*;

fn manifests() -> Vec<CheckedManifest> {
    vec![Manifest::driver().check().unwrap(), Manifest::firmware().check().unwrap()]
}

/// Verifies `device` with good manifests and responses, strictly.
fn verify_strictly(device: &Device, policy: &NvidiaPolicy) -> Result<NvidiaVerdict, NvidiaRefusal> {
    let responses = device.responses();
    let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
    device.verify(&NvidiaEndorsements { manifests: &manifests(), responses: &responses }, policy)
}

/// Verifies `device` without endorsements, where none are demanded.
fn verify(device: &Device) -> Result<NvidiaVerdict, NvidiaRefusal> {
    device.verify(&NvidiaEndorsements::default(), &evidence_only())
}

fn refusal(device: &Device) -> NvidiaRefusal {
    verify(device).unwrap_err()
}

/// The good report with `change` before it is signed.
fn refusal_of_body(change: impl FnOnce(&mut Vec<u8>)) -> NvidiaRefusal {
    let device = Device::hopper();
    let mut body = device.body();
    change(&mut body);
    let report = device.sign(body);
    verify_report(&report, &device.pem(), &NvidiaEndorsements::default(), &evidence_only()).unwrap_err()
}

#[test]
fn a_gpu_with_all_its_endorsements_is_accepted_strictly() {
    let verdict = verify_strictly(&Device::hopper(), &strict()).unwrap();
    assert_eq!((verdict.architecture, verdict.chip.as_str()), (Architecture::Hopper, "GH100"));
    assert_eq!(verdict.model, "GH100 A01 GSP BROM");
    assert_eq!(verdict.driver, DriverVersion::parse(DRIVER));
    assert_eq!(Some(verdict.firmware), FirmwareVersion::parse(FIRMWARE));
    assert_eq!(verdict.board.as_deref(), Some("1010_0200_882"));
    assert_eq!(hex::encode(verdict.serial), "48b02d7a7cd27fc3");
    assert_eq!(hex::encode(verdict.device), format!("{}{}", "00".repeat(11), "14".repeat(9)));
    assert_eq!(verdict.ueid, [0x15; 20]);
    assert_eq!((verdict.firmware_id, verdict.report_states_firmware_id), (FIRMWARE_ID, true));
    assert_eq!((verdict.mode, verdict.identifier), (PassthroughMode::SingleGpu, None));
    assert_eq!(verdict.peers, [[8, 7, 6, 5, 4, 3, 2, 1]]);
    assert_eq!(verdict.measurements.len(), 64);
    assert_eq!(verdict.revocation, Revocation::Good);
    assert_eq!(verdict.driver_manifest, Some(Manifest::driver().check().unwrap().id()));
    assert_eq!(verdict.firmware_manifest, Some(Manifest::firmware().check().unwrap().id()));
    // The responses bound it: of 14:00 that day, for a day.
    assert_eq!((verdict.valid_from, verdict.valid_until), (1_789_999_200, 1_790_085_600));
}

#[test]
fn a_gpu_and_a_switch_are_accepted_by_their_evidence_alone_where_the_policy_says_so() {
    let blackwell = verify(&Device::blackwell([0x80, 0, 0, 1])).unwrap();
    assert_eq!(
        (blackwell.architecture, blackwell.firmware.to_string().as_str()),
        (Architecture::Blackwell, "97.00.88.00.0F")
    );
    let switch = verify(&Device::switch()).unwrap();
    assert_eq!((switch.architecture, switch.driver), (Architecture::NvSwitch, None));
    assert_eq!((switch.identifier, switch.report_states_firmware_id), (Some([8, 7, 6, 5, 4, 3, 2, 1]), false));
    assert_eq!(switch.peers, [[9; 8]]);
    assert_eq!(switch.revocation, Revocation::Unchecked);
    assert_eq!(switch.valid_until, 253_402_300_799); // the end of the year 9999
}

#[test]
fn evidence_keeps_its_identity_when_its_signature_is_negated_or_its_chain_written_otherwise() {
    let device = Device::hopper();
    let report = device.report();
    let (body, signature) = report.split_at(report.len() - 96);
    let twin = p384::ecdsa::Signature::from_slice(signature).unwrap();
    let twin = p384::ecdsa::Signature::from_scalars(twin.r(), -*twin.s()).unwrap();
    let twin = [body, twin.to_bytes().as_slice()].concat();
    assert_ne!(report, twin);
    let chain = String::from_utf8(device.pem()).unwrap().replace('\n', "\r\n");
    let endorsements = NvidiaEndorsements::default();
    let one = verify_report(&report, &device.pem(), &endorsements, &evidence_only()).unwrap();
    let other = verify_report(&twin, chain.as_bytes(), &endorsements, &evidence_only()).unwrap();
    assert_eq!(one, other);
}

#[test]
fn checks_are_listed_in_the_order_of_their_declaration() {
    assert!(NvidiaCheck::ALL.is_sorted());
    assert_eq!(NvidiaRefusal::ReportLengths.check(), NvidiaCheck::ReportFormat);
    assert_eq!(NvidiaRefusal::Nonce.code(), 100);
}

#[test]
fn a_policy_that_accepts_nothing_refuses_everything() {
    let refusal = verify_strictly(&Device::hopper(), &NvidiaPolicy::default()).unwrap_err();
    assert_eq!(refusal, NvidiaRefusal::PolicyAcceptsNothing);
}

#[test]
fn a_policy_survives_json_and_refuses_fields_that_it_does_not_know() {
    let text = serde_json::to_string(&strict()).unwrap();
    assert_eq!(serde_json::from_str::<NvidiaPolicy>(&text).unwrap(), strict());
    assert!(serde_json::from_str::<NvidiaPolicy>(&text.replacen('{', "{\"debug\":true,", 1)).is_err());
}

#[test]
fn an_architecture_without_a_floor_is_refused() {
    let policy = NvidiaPolicy { hopper: None, ..evidence_only() };
    let refusal = Device::hopper().verify(&NvidiaEndorsements::default(), &policy).unwrap_err();
    assert_eq!(refusal, NvidiaRefusal::Architecture(Architecture::Hopper));
}

#[test]
fn an_old_driver_is_refused() {
    let floor = DriverVersion::parse("580.00").unwrap();
    let policy = NvidiaPolicy { hopper: Some(NvidiaFloors { driver: floor, ..floors() }), ..strict() };
    let found = DriverVersion::parse(DRIVER).unwrap();
    assert_eq!(verify_strictly(&Device::hopper(), &policy).unwrap_err(), NvidiaRefusal::Driver { found, floor });
}

#[test]
fn old_firmware_is_refused() {
    let floor = FirmwareVersion::parse("96.00.AF.00.02").unwrap();
    let policy = NvidiaPolicy { hopper: Some(NvidiaFloors { firmware: floor, ..floors() }), ..strict() };
    let found = FirmwareVersion::parse(FIRMWARE).unwrap();
    assert_eq!(verify_strictly(&Device::hopper(), &policy).unwrap_err(), NvidiaRefusal::Firmware { found, floor });
}

/// Case 180.
#[test]
fn a_mode_that_the_policy_does_not_allow_is_refused() {
    for (flag, protected, mode) in [(1, 0x55, PassthroughMode::MultiGpu), (2, 0xaa, PassthroughMode::ProtectedPcie)] {
        let device = Device::changed(|device| {
            device.set(36, &[flag, 0]);
            device.set(21, &[protected]);
        });
        assert_eq!(verify_strictly(&device, &strict()).unwrap_err(), NvidiaRefusal::PassthroughMode(mode));
        assert_eq!(verify(&device).unwrap().mode, mode);
    }
}

/// Case 180.
#[test]
fn a_gpu_that_does_not_say_its_mode_is_refused_unless_the_policy_allows_it() {
    let device = Device::changed(|device| device.opaque.retain(|(field, _)| *field != 36));
    let refused = NvidiaRefusal::PassthroughMode(PassthroughMode::Unstated);
    assert_eq!(verify_strictly(&device, &strict()).unwrap_err(), refused);
    assert_eq!(refused.check(), NvidiaCheck::PassthroughMode);
    let lax = NvidiaPolicy { allow_unstated_mode: true, ..strict() };
    assert_eq!(verify_strictly(&device, &lax).unwrap().mode, PassthroughMode::Unstated);
}

/// Case 180.
#[test]
fn a_switch_has_no_mode_to_state() {
    let policy = NvidiaPolicy { allow_unstated_mode: false, ..evidence_only() };
    let verdict = Device::switch().verify(&NvidiaEndorsements::default(), &policy).unwrap();
    assert_eq!(verdict.mode, PassthroughMode::Unstated);
}

/// Case 180.
#[test]
fn a_device_that_contradicts_itself_about_its_mode_is_refused() {
    assert_eq!(refusal(&Device::changed(|device| device.set(21, &[0xaa]))), NvidiaRefusal::OpaqueValue(21));
    assert_eq!(refusal(&Device::changed(|device| device.set(36, &[2, 0]))), NvidiaRefusal::OpaqueValue(21));
    assert_eq!(refusal(&Device::changed(|device| device.set(36, &[3, 0]))), NvidiaRefusal::OpaqueValue(36));
}

/// Case 180.
#[test]
fn a_device_whose_certificate_tells_of_debug_recovery_or_an_insecure_state_is_refused() {
    for (flags, expected) in [(0x10, 1 << 28), (0x20, 1 << 29), (0x40, 1 << 30), (0xf0, 0x70 << 24)] {
        let device = Device::blackwell([flags, 0, 0, 1]);
        assert_eq!(refusal(&device), NvidiaRefusal::Debug(expected));
    }
}

/// Case 168.
#[test]
fn evidence_that_answers_another_nonce_is_refused() {
    let verdict = verify(&Device::hopper()).unwrap();
    assert!(verdict.clone().bind(&NONCE).is_ok());
    assert_eq!(verdict.bind(&[0x4f; 32]).unwrap_err(), NvidiaRefusal::Nonce);
}

/// Case 182.
#[test]
fn evidence_of_a_device_in_another_host_is_refused() {
    let statement = [7; 64];
    let device = Device::changed(|device| device.nonce = nonce_for_host(&statement));
    let verdict = verify(&device).unwrap();
    assert!(verdict.clone().bind_to_host(&statement).is_ok());
    assert_eq!(verdict.bind_to_host(&[8; 64]).unwrap_err(), NvidiaRefusal::Nonce);
    assert_eq!(verify(&Device::hopper()).unwrap().bind_to_host(&statement).unwrap_err(), NvidiaRefusal::Nonce);
}

/// Case 175.
#[test]
fn the_same_evidence_counts_once() {
    let verdict = verify(&Device::hopper()).unwrap();
    let facts = [&*verdict, &*verdict];
    assert_eq!(require_distinct(facts), Err(NvidiaRefusal::RepeatedEvidence));
    assert_eq!(require_distinct([&*verdict]), Ok(()));
}

/// Case 176.
#[test]
fn two_reports_of_one_device_count_once() {
    let one = verify(&Device::hopper()).unwrap();
    let again = verify(&Device::changed(|device| device.nonce = [1; 32])).unwrap();
    let after_an_update = verify(&Device::changed(|device| device.chain[0].serial = vec![0x16; 20])).unwrap();
    let other = verify(&Device::changed(|device| device.chain[1].serial = vec![0x17; 9])).unwrap();
    assert_eq!(require_distinct([&*one, &*again]), Err(NvidiaRefusal::RepeatedDevice));
    assert_eq!(require_distinct([&*one, &*other, &*again]), Err(NvidiaRefusal::RepeatedDevice));
    assert_eq!(require_distinct([&*again, &*after_an_update]), Err(NvidiaRefusal::RepeatedDevice));
    assert_eq!(require_distinct([&*one, &*other]), Ok(()));
}
