//! The report's bytes.

use super::*;

#[test]
fn a_report_that_is_too_large_is_refused() {
    let device = Device::hopper();
    let report = vec![0; 16 * 1024 + 1];
    let refusal = verify_report(&report, &device.pem(), &NvidiaEndorsements::default(), &evidence_only());
    assert_eq!(refusal.unwrap_err(), NvidiaRefusal::ReportTooLarge { found: 16 * 1024 + 1 });
}

#[test]
fn a_report_that_is_cut_anywhere_is_refused() {
    let device = Device::hopper();
    let (report, chain) = (device.report(), device.pem());
    for end in (0..report.len()).step_by(37).chain([report.len() - 1]) {
        let result = verify_report(&report[..end], &chain, &NvidiaEndorsements::default(), &evidence_only());
        assert_eq!(result.unwrap_err().check(), NvidiaCheck::ReportFormat, "{end}");
    }
}

#[test]
fn bytes_between_the_end_of_the_response_and_the_signature_are_refused() {
    // As many as a signature has, and one more: what follows them is not zeros.
    assert_eq!(refusal_of_body(|body| body.extend([1; 97])), NvidiaRefusal::ReportLengths);
}

#[test]
fn zeros_behind_a_report_change_nothing_and_other_bytes_are_refused() {
    let device = Device::hopper();
    let (report, chain) = (device.report(), device.pem());
    let padded = |padding: &[u8]| {
        let report = [report.as_slice(), padding].concat();
        verify_report(&report, &chain, &NvidiaEndorsements::default(), &evidence_only())
    };
    let plain = padded(&[]).unwrap();
    for zeros in [&[0][..], &[0; 64]] {
        assert_eq!(padded(zeros).unwrap().evidence_id, plain.evidence_id);
    }
    for other in [&[1][..], &[0, 1]] {
        assert_eq!(padded(other).unwrap_err(), NvidiaRefusal::ReportLengths);
    }
}

/// Case 179.
#[test]
fn another_spdm_version_is_refused() {
    assert_eq!(refusal_of_body(|body| body[0] = 0x12), NvidiaRefusal::SpdmVersion(0x12));
    assert_eq!(refusal_of_body(|body| body[37] = 0x10), NvidiaRefusal::SpdmVersion(0x10));
}

/// Case 179.
#[test]
fn another_request_than_for_all_signed_measurements_is_refused() {
    assert_eq!(refusal_of_body(|body| body[1] = 0xe1), NvidiaRefusal::SpdmRequest([0xe1, 1, 0xff]));
    assert_eq!(refusal_of_body(|body| body[2] = 0), NvidiaRefusal::SpdmRequest([0xe0, 0, 0xff]));
    assert_eq!(refusal_of_body(|body| body[3] = 1), NvidiaRefusal::SpdmRequest([0xe0, 1, 1]));
}

/// Case 179.
#[test]
fn another_certificate_slot_is_refused() {
    assert_eq!(refusal_of_body(|body| body[36] = 1), NvidiaRefusal::SpdmSlot(1));
}

/// Case 179.
#[test]
fn another_response_than_measurements_is_refused() {
    assert_eq!(refusal_of_body(|body| body[38] = 0x7f), NvidiaRefusal::SpdmResponse([0x7f, 0, 0]));
    assert_eq!(refusal_of_body(|body| body[40] = 1), NvidiaRefusal::SpdmResponse([0x60, 0, 1]));
}

/// Case 177.
#[test]
fn a_number_of_measurements_that_does_not_fit_their_length_is_refused() {
    for count in [0, 1, 63, 65, 255] {
        let expected = NvidiaRefusal::MeasurementLengths { count, length: 3520 };
        assert_eq!(refusal_of_body(|body| body[41] = count), expected);
    }
    let all_ones = NvidiaRefusal::MeasurementLengths { count: 64, length: 0x00ff_ffff };
    assert_eq!(refusal_of_body(|body| body[42..45].fill(0xff)), all_ones);
}

/// Case 177.
#[test]
fn repeated_missing_and_reordered_measurements_are_refused() {
    let second = 45 + 55;
    assert_eq!(refusal_of_body(|body| body[second] = 1), NvidiaRefusal::MeasurementIndex { found: 1, wanted: 2 });
    assert_eq!(refusal_of_body(|body| body[45] = 0), NvidiaRefusal::MeasurementIndex { found: 0, wanted: 1 });
}

/// Case 177.
#[test]
fn a_measurement_of_another_size_is_refused() {
    let expected = NvidiaRefusal::MeasurementSize { index: 1, block: 51, value: 64 };
    assert_eq!(refusal_of_body(|body| body[50] = 64), expected);
    let expected = NvidiaRefusal::MeasurementSize { index: 1, block: 0xffff, value: 48 };
    assert_eq!(refusal_of_body(|body| body[47..49].fill(0xff)), expected);
}

#[test]
fn a_measurement_of_another_specification_or_type_is_refused() {
    assert_eq!(refusal_of_body(|body| body[46] = 2), NvidiaRefusal::MeasurementSpecification(2));
    assert_eq!(refusal_of_body(|body| body[49] = 0x81), NvidiaRefusal::MeasurementType(0x81));
}

/// Case 178.
#[test]
fn opaque_data_whose_lengths_do_not_add_up_is_refused() {
    let first = 45 + 64 * 55 + 32 + 2;
    assert_eq!(refusal_of_body(|body| body[first + 2..first + 4].fill(0xff)), NvidiaRefusal::OpaqueLengths);
    assert_eq!(refusal_of_body(|body| body[first - 2..first].fill(0xff)), NvidiaRefusal::ReportLengths);
    assert_eq!(refusal_of_body(|body| body[first - 2..first].fill(0)), NvidiaRefusal::ReportLengths);
}

#[test]
fn unknown_opaque_fields_and_tamper_detection_are_refused() {
    for field in [0, 8, 37, 255, 0xffff] {
        assert_eq!(refusal(&Device::changed(|device| device.set(field, &[0]))), NvidiaRefusal::OpaqueField(field));
    }
    let mut switch = Device::switch();
    switch.set(36, &[0, 0]);
    assert_eq!(refusal(&switch), NvidiaRefusal::OpaqueField(36));
}

#[test]
fn a_repeated_opaque_field_is_refused() {
    let device = Device::changed(|device| device.opaque.push((3, b"999.99\0".to_vec())));
    assert_eq!(refusal(&device), NvidiaRefusal::RepeatedOpaqueField(3));
}

#[test]
fn a_missing_version_is_refused() {
    for field in [3, 6] {
        let device = Device::changed(|device| device.opaque.retain(|(known, _)| *known != field));
        assert_eq!(refusal(&device), NvidiaRefusal::MissingOpaqueField(field));
    }
}

#[test]
fn opaque_values_that_are_none_of_those_known_are_refused() {
    let values: [(u16, &[u8]); 10] = [
        (3, b"570.86.10\0x"),
        (3, b"570-86"),
        (6, &[0; 7]),
        (6, &[0, 0, 0, 0x96, 1, 0, 0, 9]),
        (11, &[0]),
        (15, b"8 2"),
        (20, &[0; 47]),
        (21, &[0xab]),
        (22, &[0; 9]),
        (34, &[2, 0]),
    ];
    for (field, value) in values {
        let device = Device::changed(|device| device.set(field, value));
        assert_eq!(refusal(&device), NvidiaRefusal::OpaqueValue(field), "{field}");
    }
}
