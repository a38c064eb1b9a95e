//! Measurements against manifests.

use super::*;

/// Cases 172 and 174.
#[test]
fn a_measurement_that_is_none_of_the_manifests_is_refused() {
    let device = Device::changed(|device| device.measurements[21] = [0xef; 48]);
    let expected = NvidiaRefusal::Measurement { subject: ManifestSubject::Driver, index: 21 };
    assert_eq!(verify_strictly(&device, &strict()).unwrap_err(), expected);
    let device = Device::changed(|device| device.measurements[2] = [0; 48]);
    let expected = NvidiaRefusal::Measurement { subject: ManifestSubject::Firmware, index: 2 };
    assert_eq!(verify_strictly(&device, &strict()).unwrap_err(), expected);
}

#[test]
fn any_alternative_of_a_measurement_will_do_and_inactive_ones_do_not_count() {
    let device = Device::changed(|device| {
        device.measurements[21] = [0xee; 48];
        device.measurements[22] = [0xcc; 48];
    });
    assert!(verify_strictly(&device, &strict()).is_ok());
}

/// Case 183.
#[test]
fn manifests_count_from_zero_what_reports_count_from_one() {
    let shifted = Device::changed(|device| device.measurements.rotate_left(1));
    assert_eq!(verify_strictly(&shifted, &strict()).unwrap_err().check(), NvidiaCheck::Measurements);
}

#[test]
fn only_a_gpu_without_a_video_decoder_may_leave_out_its_measurement() {
    let wrong = |device: &mut Device| device.measurements[35] = [0; 48];
    let expected = NvidiaRefusal::Measurement { subject: ManifestSubject::Driver, index: 35 };
    assert_eq!(verify_strictly(&Device::changed(wrong), &strict()).unwrap_err(), expected);
    let without = Device::changed(|device| {
        wrong(device);
        device.set(11, &[0x55]);
    });
    assert!(verify_strictly(&without, &strict()).is_ok());
}

#[test]
fn a_measurement_that_the_device_did_not_take_is_refused() {
    let device = Device::changed(|device| device.measurements.truncate(10));
    let expected = NvidiaRefusal::Measurement { subject: ManifestSubject::Driver, index: 21 };
    assert_eq!(verify_strictly(&device, &strict()).unwrap_err(), expected);
}

fn with_manifests(device: &Device, manifests: &[CheckedManifest]) -> Result<NvidiaVerdict, NvidiaRefusal> {
    let policy = NvidiaPolicy { insecure_allow_missing_manifests: false, ..evidence_only() };
    device.verify(&NvidiaEndorsements { manifests, responses: &[] }, &policy)
}

#[test]
fn a_missing_manifest_is_refused() {
    let [driver, firmware] = manifests().try_into().unwrap();
    let missing = NvidiaRefusal::MissingManifest(ManifestSubject::Firmware);
    assert_eq!(with_manifests(&Device::hopper(), &[driver]).unwrap_err(), missing);
    let missing = NvidiaRefusal::MissingManifest(ManifestSubject::Driver);
    assert_eq!(with_manifests(&Device::hopper(), &[firmware]).unwrap_err(), missing);
    assert_eq!(with_manifests(&Device::hopper(), &[]).unwrap_err(), missing);
}

#[test]
fn a_manifest_that_is_not_demanded_is_compared_all_the_same() {
    let device = Device::changed(|device| device.measurements[2] = [0; 48]);
    let manifests = [Manifest::firmware().check().unwrap()];
    let result = device.verify(&NvidiaEndorsements { manifests: &manifests, responses: &[] }, &evidence_only());
    assert_eq!(result.unwrap_err().check(), NvidiaCheck::Measurements);
}

#[test]
fn two_manifests_of_one_kind_and_two_for_one_measurement_are_refused() {
    let [driver, firmware] = manifests().try_into().unwrap();
    let twice = [driver.clone(), driver.clone(), firmware];
    let refusal = with_manifests(&Device::hopper(), &twice).unwrap_err();
    assert_eq!(refusal, NvidiaRefusal::RepeatedManifest(ManifestSubject::Driver));
    let overlapping = Manifest::firmware().changed(|manifest| manifest.entries.push((7, true, vec![measurement(7)])));
    let refusal = with_manifests(&Device::hopper(), &[driver, overlapping.check().unwrap()]).unwrap_err();
    assert_eq!(refusal, NvidiaRefusal::ManifestConflict(7));
}

/// Case 174.
#[test]
fn a_manifest_for_another_driver_firmware_or_chip_is_refused() {
    let check = |manifest: Manifest| with_manifests(&Device::hopper(), &[manifest.check().unwrap()]).unwrap_err();
    let driver = DriverVersion::parse("570.86.11").unwrap();
    let other = Manifest::driver().changed(|manifest| manifest.version = driver.to_string());
    assert_eq!(check(other), NvidiaRefusal::ManifestDriver { found: driver });
    let found = FirmwareVersion::parse("96.00.AF.00.02").unwrap();
    let other = Manifest::firmware().changed(|manifest| manifest.version = found.to_string());
    let device = FirmwareVersion::parse(FIRMWARE).unwrap();
    assert_eq!(check(other), NvidiaRefusal::ManifestFirmware { found, device });
    let other = Manifest::firmware().changed(|manifest| manifest.chip = "GB100".into());
    assert_eq!(check(other), NvidiaRefusal::ManifestChip(ManifestSubject::Firmware));
}

#[test]
fn a_switch_has_no_driver_and_needs_no_manifest_of_one() {
    let manifest = Manifest::firmware().changed(|manifest| {
        manifest.chip = "LS10".into();
        manifest.version = "96.10.55.00.01".into();
    });
    let verdict = with_manifests(&Device::switch(), &[manifest.check().unwrap()]).unwrap();
    assert!(verdict.driver_manifest.is_none() && verdict.firmware_manifest.is_some());
}
