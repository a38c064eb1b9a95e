//! The device's chain of certificates.

use super::*;

#[test]
fn a_chain_that_is_not_pem_is_refused() {
    let device = Device::hopper();
    let good = device.pem();
    let before = [b"x", good.as_slice()].concat();
    let after = [good.as_slice(), b"x"].concat();
    for text in [b"x".to_vec(), before, after, good[..900].to_vec(), vec![b'\n'; 20_000]] {
        let result = verify_report(&device.report(), &text, &NvidiaEndorsements::default(), &evidence_only());
        assert_eq!(result.unwrap_err(), NvidiaRefusal::ChainEncoding);
    }
}

#[test]
fn a_chain_of_another_length_is_refused() {
    let device = Device::hopper();
    let ders: Vec<_> = device.chain.iter().map(Certificate::der).collect();
    let short = pem(&[ders[0].clone(), ders[4].clone()]);
    let long = pem(&[vec![ders[0].clone(); 3], ders[1..].to_vec()].concat());
    for (chain, count) in [(Vec::new(), 0), (short, 2), (long, 7)] {
        let result = verify_report(&device.report(), &chain, &NvidiaEndorsements::default(), &evidence_only());
        assert_eq!(result.unwrap_err(), NvidiaRefusal::ChainLength(Chain::Device, count));
    }
}

/// Case 170.
#[test]
fn a_chain_to_a_root_of_the_same_name_is_refused() {
    let device = Device::changed(|device| {
        device.chain[4].key = key::STRANGER;
        device.chain[4].issuer_key = key::STRANGER;
        device.chain[3].issuer_key = key::STRANGER;
    });
    let (found, refusal) = (CertificateHash::of(&device.chain[4].der()), refusal(&device));
    assert_eq!(refusal, NvidiaRefusal::UntrustedRoot(Chain::Device, found));
    assert!(refusal.to_string().contains(&hex::encode(found.0)), "{refusal}");
}

/// Case 170.
#[test]
fn a_certificate_that_the_pinned_root_did_not_sign_is_refused() {
    let device = Device::changed(|device| device.chain[3].issuer_key = key::STRANGER);
    let expected = NvidiaRefusal::Certificate(NvidiaCertificate::Authority(Chain::Device, 3), Fault::Signature);
    assert_eq!(refusal(&device), expected);
    let device = Device::changed(|device| device.chain[2].issuer = "somebody".into());
    let expected = NvidiaRefusal::Certificate(NvidiaCertificate::Authority(Chain::Device, 2), Fault::Issuer);
    assert_eq!(refusal(&device), expected);
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    for (validity, is_late) in
        [(("20200101000000Z", "20260920000000Z"), true), (("20260922000000Z", "20300101000000Z"), false)]
    {
        let device = Device::changed(|device| device.chain[1].validity = (validity.0.into(), validity.1.into()));
        let refusal = refusal(&device);
        let NvidiaRefusal::Certificate(NvidiaCertificate::Authority(Chain::Device, 1), fault) = refusal else {
            panic!("{refusal}");
        };
        assert!(if is_late {
            matches!(fault, Fault::Expired { .. })
        } else {
            matches!(fault, Fault::NotYetValid { .. })
        });
    }
}

#[test]
fn certificates_in_places_that_are_not_theirs_are_refused() {
    let leaf = NvidiaRefusal::Certificate(NvidiaCertificate::Leaf(Chain::Device), Fault::Usage);
    assert_eq!(refusal(&Device::changed(|device| device.chain[0].is_authority = Some(true))), leaf);
    assert_eq!(refusal(&Device::changed(|device| device.chain[0].key_usage = 0x84)), leaf);
    let issuer = NvidiaRefusal::Certificate(NvidiaCertificate::Authority(Chain::Device, 1), Fault::Usage);
    assert_eq!(refusal(&Device::changed(|device| device.chain[1].is_authority = None)), issuer);
    assert_eq!(refusal(&Device::changed(|device| device.chain[1].key_usage = 0x80)), issuer);
}

#[test]
fn an_unknown_critical_extension_is_refused() {
    let device = Device::changed(|device| device.chain[0].extensions.push(("1.2.3.4".into(), true, vec![5, 0])));
    let expected = NvidiaRefusal::Certificate(NvidiaCertificate::Leaf(Chain::Device), Fault::Extension);
    assert_eq!(refusal(&device), expected);
}

#[test]
fn certificates_that_do_not_agree_on_the_device_are_refused() {
    for info in ["NVIDIA:GB100:48B02D7A7CD27FC3", "OTHER:GH100:48B02D7A7CD27FC3", "NVIDIA:GH100:48B0", "NVIDIA:GH100"] {
        let device = Device::changed(|device| device.chain[0].extensions[0] = device_info(info));
        assert_eq!(refusal(&device), NvidiaRefusal::DeviceName, "{info}");
    }
    let device = Device::changed(|device| {
        device.chain[0].issuer = "GB100 A01 GSP BROM".into();
        device.chain[1].subject = "GB100 A01 GSP BROM".into();
    });
    assert_eq!(refusal(&device), NvidiaRefusal::DeviceName);
}

#[test]
fn a_chip_that_is_no_known_gpu_or_switch_is_refused() {
    let device = Device::changed(|device| {
        device.chain[0].subject = "CX7 A01 FMC LF".into();
        device.chain[0].issuer = "CX7 A01 BROM".into();
        device.chain[1].subject = "CX7 A01 BROM".into();
        device.chain[0].extensions[0] = device_info("NVIDIA:CX7:48B02D7A7CD27FC3");
    });
    assert_eq!(refusal(&device), NvidiaRefusal::UnknownChip);
}

#[test]
fn a_certificate_without_firmware_or_with_two_forms_of_it_is_refused() {
    let none = Device::changed(|device| device.chain[0].extensions.truncate(1));
    assert_eq!(refusal(&none), NvidiaRefusal::FirmwareIdEncoding);
    let both = Device::changed(|device| device.chain[0].extensions.push(tcb_info(&FIRMWARE_ID, [0; 4])));
    assert_eq!(refusal(&both), NvidiaRefusal::FirmwareIdEncoding);
    let short = Device::changed(|device| device.chain[0].extensions[1] = composite_device_id(key::DEVICE, &[1; 32]));
    assert_eq!(refusal(&short), NvidiaRefusal::FirmwareIdEncoding);
}

#[test]
fn a_certificate_that_names_another_devices_key_is_refused() {
    let device =
        Device::changed(|device| device.chain[0].extensions[1] = composite_device_id(key::STRANGER, &FIRMWARE_ID));
    assert_eq!(refusal(&device), NvidiaRefusal::DeviceKey);
}

/// Case 171.
#[test]
fn a_report_by_other_firmware_than_the_certificates_is_refused() {
    assert_eq!(refusal(&Device::changed(|device| device.set(20, &[0xf2; 48]))), NvidiaRefusal::FirmwareId);
    let mut blackwell = Device::blackwell([0; 4]);
    blackwell.set(20, &[0; 48]); // the second digest of its certificate
    assert_eq!(refusal(&blackwell), NvidiaRefusal::FirmwareId);
}

/// Case 169.
#[test]
fn a_report_that_another_key_signed_is_refused() {
    assert_eq!(refusal(&Device::changed(|device| device.key = key::DEVICE)), NvidiaRefusal::ReportSignature);
}
