//! Azure confidential machines that exist only here: one test for each refusal.

use crate::support::{
    self, NOW,
    azure::{self as machine, Machine, Made, at, attestation_key, attestation_key_info, policy, user_data},
    snp,
    tpm::{self, Leaf, NONCE, authority},
};
use adyton_attestation::{
    IntelRefusal,
    azure::{
        AzureCheck, AzureEndorsements, AzurePolicy, AzureRefusal, AzureTdx, HardwareKind, HclEvidence,
        MAX_HCL_REPORT_BYTES, check_azure_binding,
        files::{AzureFile, HardwareFile},
        verify_azure_tdx,
    },
    snp::SnpRefusal,
    tpm::{AttestationKey, ExpectedPcr, HashAlgorithm, PcrSet, QuoteSignature, TpmRefusal},
    x509::Fault,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

const KINDS: [HardwareKind; 2] = [HardwareKind::Snp, HardwareKind::Tdx];

fn good(kind: HardwareKind) -> Machine {
    Machine::good(kind)
}

pub fn snp() -> Machine {
    good(HardwareKind::Snp)
}

pub fn tdx() -> Machine {
    good(HardwareKind::Tdx)
}

#[test]
fn a_good_machine_is_accepted_and_its_facts_are_told() {
    for kind in KINDS {
        let facts = good(kind).verify(&policy()).unwrap();
        assert_eq!(facts.hardware, kind);
        assert_eq!(facts.nonce, NONCE);
        assert_eq!(facts.user_data, user_data());
        assert_eq!(facts.pcrs, tpm::pcrs());
        assert!(facts.configuration.secure_boot && facts.configuration.console_enabled);
        assert_eq!(facts.configuration.tpm_persisted, Some(false));
        assert_eq!(facts.attestation_key, AttestationKey::rsa(&attestation_key().modulus).unwrap().id());
        assert!(facts.certificate_root.is_none());
        assert!(facts.valid_from <= NOW && NOW <= facts.valid_until);
    }
}

#[test]
fn the_default_policy_accepts_nothing() {
    let refusal = snp().verify(&AzurePolicy::default()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::PolicyAcceptsNothing));
    assert_eq!(refusal.check(), AzureCheck::Policy);
}

#[test]
fn a_report_that_is_too_long_is_refused() {
    let refusal = snp().but(|machine| machine.padding = MAX_HCL_REPORT_BYTES).refusal();
    assert!(matches!(refusal, AzureRefusal::TooLarge(_)));
}

#[test]
fn a_report_that_is_cut_is_refused() {
    let made = snp().but(|machine| machine.padding = 0).make();
    let HclEvidence::Report(report) = &made.evidence.hcl else { panic!() };
    for length in (0..report.len()).step_by(7) {
        let mut cut = made.clone();
        cut.evidence.hcl = HclEvidence::Report(report[..length].to_vec());
        let refusal = cut.verify(&AzureEndorsements::default(), &policy()).unwrap_err();
        assert_eq!(refusal, AzureRefusal::Truncated, "{length}");
    }
}

/// Case 184.
#[test]
fn another_magic_number_version_or_size_is_refused() {
    assert_eq!(snp().then(at::MAGIC, b"HCLB").refusal(), AzureRefusal::Magic(*b"HCLB"));
    for version in [0, 3, u32::MAX] {
        let refusal = snp().then(at::VERSION, &version.to_le_bytes()).refusal();
        assert_eq!(refusal, AzureRefusal::Version(version));
    }
    let found = 1236 + machine::runtime_data().len() as u32;
    for declared in [0, found - 1, found + 1, u32::MAX] {
        let refusal = snp().then(at::SIZE, &declared.to_le_bytes()).refusal();
        assert_eq!(refusal, AzureRefusal::Size { declared, found });
    }
    let found = 20 + machine::runtime_data().len() as u32;
    let refusal = snp().then(at::RUNTIME_SIZE, &(found + 1).to_le_bytes()).refusal();
    assert_eq!(refusal, AzureRefusal::Size { declared: found + 1, found });
    let refusal = snp().then(at::LENGTH, &u32::MAX.to_le_bytes()).refusal();
    assert_eq!(refusal, AzureRefusal::Size { declared: found, found: u32::MAX });
}

#[test]
fn another_request_status_or_reserved_bytes_are_refused() {
    assert_eq!(snp().then(at::REQUEST, &[3]).refusal(), AzureRefusal::Request(3));
    assert_eq!(snp().then(at::STATUS, &[1]).refusal(), AzureRefusal::Status(1));
    for offset in 0..12 {
        assert_eq!(snp().then(at::RESERVED + offset, &[1]).refusal(), AzureRefusal::ReservedBytes);
    }
}

#[test]
fn bytes_after_the_report_that_are_not_zero_are_refused() {
    let end = at::JSON + machine::runtime_data().len();
    for offset in [end, end + 199] {
        assert_eq!(snp().then(offset, &[1]).refusal(), AzureRefusal::TrailingBytes);
    }
}

#[test]
fn an_unknown_runtime_data_version_report_type_or_hash_is_refused() {
    assert_eq!(snp().then(at::RUNTIME_VERSION, &[2]).refusal(), AzureRefusal::RuntimeDataVersion(2));
    for kind in [0, 1, 3, 5] {
        assert_eq!(snp().then(at::REPORT_TYPE, &[kind]).refusal(), AzureRefusal::ReportType(kind.into()));
    }
    for hash in [0, 2, 3] {
        assert_eq!(snp().then(at::HASH_TYPE, &[hash]).refusal(), AzureRefusal::HashType(hash.into()));
    }
}

#[test]
fn runtime_data_that_cannot_be_read_is_refused() {
    for (from, to) in [
        ("{\"keys\"", "{keys"),
        ("\"secure-boot\":true", "\"secure-boot\":\"true\""),
        ("\"secure-boot\":true,", ""),
        ("\"secure-boot\":true", "\"secure-boot\":true,\"secure-boot\":true"),
        ("\"user-data\":\"", "\"user-data\":\"00"),
        ("3c18c97a-", &"3c18c97a".repeat(9)),
    ] {
        assert_eq!(snp().saying(from, to).refusal(), AzureRefusal::RuntimeData, "{to}");
    }
}

#[test]
fn runtime_data_without_exactly_one_usable_key_is_refused() {
    for (from, to) in [
        ("HCLAkPub", "HCLOther"),
        ("HCLEkPub", "HCLAkPub"),
        ("[\"sign\"]", "[\"sign\",\"encrypt\"]"),
        ("[\"sign\"]", "[\"encrypt\"]"),
        ("\"kty\":\"RSA\"", "\"kty\":\"EC\""),
        ("\"e\":\"AQAB\"", "\"e\":\"Aw\""),
        ("\"n\":\"", "\"n\":\"AAAA"),
        ("\"n\":\"", "\"n\":\"=\""),
    ] {
        let refusal = snp().saying(from, to).refusal();
        let expected = if to.ends_with("=\"") { AzureRefusal::RuntimeData } else { AzureRefusal::RuntimeDataKey };
        assert_eq!(refusal, expected, "{to}");
    }
}

/// Case 185.
#[test]
fn runtime_data_with_one_byte_changed_is_refused() {
    for kind in KINDS {
        let offset = at::JSON + machine::runtime_data().find("3c18c97a").unwrap();
        assert_eq!(good(kind).then(offset, b"4").refusal(), AzureRefusal::RuntimeDataHash);
    }
}

/// Case 186.
#[test]
fn report_data_with_its_upper_half_set_is_refused() {
    for kind in KINDS {
        let mut upper_report_data = [0; 32];
        upper_report_data[31] = 1;
        let refusal = good(kind).but(|machine| machine.upper_report_data = upper_report_data).refusal();
        assert_eq!(refusal, AzureRefusal::RuntimeDataHash);
    }
}

/// Case 187.
#[test]
fn a_quote_that_another_key_signed_is_refused() {
    let mut made = snp().make();
    let other = snp::insecure_rsa::InsecureRsaKey::bits_3072();
    made.evidence.signature = QuoteSignature::RsaPkcs1Sha256(other.sign_pkcs1_sha256(&made.evidence.quote));
    let refusal = made.verify(&AzureEndorsements::default(), &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::QuoteSignature));
    assert_eq!(refusal.check(), AzureCheck::QuoteSignature);
}

/// Case 188.
#[test]
fn a_machine_that_answers_another_challenge_or_none_is_refused() {
    let verdict = |nonce: Vec<u8>| {
        let made = tdx().but(|machine| machine.message.nonce = nonce).make();
        let (collateral, root, tdx_policy) = (support::checked(), support::root(), support::policy());
        let hardware = AzureTdx { quote: &made.quote, collateral: &collateral, root: &root, policy: &tdx_policy };
        verify_azure_tdx(&made.evidence, &AzureEndorsements::default(), &hardware, &policy(), NOW).unwrap()
    };
    assert!(verdict(NONCE.to_vec()).bind(&NONCE).is_ok());
    for nonce in [Vec::new(), vec![0; 32], vec![1; 32]] {
        assert_eq!(verdict(nonce).bind(&NONCE).unwrap_err(), AzureRefusal::Quote(TpmRefusal::Nonce));
    }
    let refusal = verdict(vec![0; 32]).bind(&[0; 32]).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::NoChallenge));
    assert_eq!(refusal.check(), AzureCheck::Nonce);
    let verdict = verdict(NONCE.to_vec());
    assert_eq!(verdict.require_user_data(&user_data()), Ok(()));
    assert_eq!(verdict.require_user_data(&[0; 64]), Err(AzureRefusal::UserData));
}

/// Case 189.
#[test]
fn register_values_that_were_not_signed_are_refused() {
    let mut made = snp().make();
    made.evidence.pcrs[4].value[0] ^= 1;
    let refusal = made.verify(&AzureEndorsements::default(), &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::PcrDigest));
}

/// Case 190.
#[test]
fn a_quote_that_leaves_out_a_required_register_is_refused() {
    let mut made = snp().but(|machine| machine.message.selections = vec![(tpm::SHA256_BANK, vec![2, 0, 0])]).make();
    made.evidence.pcrs.clear();
    let refusal = made.verify(&AzureEndorsements::default(), &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::PcrMissing(0)));
}

#[test]
fn a_register_with_another_value_than_the_policy_names_is_refused() {
    let mut policy = policy();
    policy.pcrs.expected = vec![ExpectedPcr { bank: HashAlgorithm::Sha256, index: 11, values: vec![vec![0xee; 32]] }];
    assert_eq!(snp().verify(&policy).unwrap_err(), AzureRefusal::Quote(TpmRefusal::PcrValue(11)));
}

fn certified(leaf: &Leaf, key: &[u8]) -> Machine {
    snp().but(|machine| machine.certificates = authority().chain(leaf, key))
}

fn requiring_certificates() -> (AzureEndorsements, AzurePolicy) {
    let list = authority().root.list(&[], (2026, 9, 1), (2026, 10, 30));
    (AzureEndorsements { revocation_lists: vec![list] }, AzurePolicy { require_certificate: true, ..policy() })
}

#[test]
fn a_certified_attestation_key_is_told_with_its_root() {
    let made = certified(&Leaf::good(), &attestation_key_info()).make();
    let (endorsements, policy) = requiring_certificates();
    let facts = made.verify(&endorsements, &policy).unwrap();
    assert_eq!(facts.certificate_root, Some(authority().trusted().id()));
    let refusal = made.verify(&AzureEndorsements::default(), &policy).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::RevocationListMissing(1)));
    assert_eq!(refusal.check(), AzureCheck::Revocation);
}

#[test]
fn a_certificate_that_the_policy_requires_must_be_there() {
    let (endorsements, policy) = requiring_certificates();
    let refusal = snp().make().verify(&endorsements, &policy).unwrap_err();
    assert_eq!(refusal, AzureRefusal::CertificateMissing);
}

#[test]
fn a_lone_certificate_is_compared_with_the_key_and_counts_for_nothing() {
    let lone = |key: &[u8]| certified(&Leaf::good(), key).but(|machine| machine.certificates.truncate(1));
    assert!(lone(&attestation_key_info()).verify(&policy()).unwrap().certificate_root.is_none());
    let refusal = lone(&tpm::public_key_info(&tpm::key())).refusal();
    assert_eq!(refusal, AzureRefusal::Quote(TpmRefusal::CertificateKey));
    let (endorsements, policy) = requiring_certificates();
    let refusal = lone(&attestation_key_info()).make().verify(&endorsements, &policy).unwrap_err();
    assert!(matches!(refusal, AzureRefusal::Quote(TpmRefusal::UntrustedRoot(_))), "{refusal}");
}

/// A chain whose revocation list is missing refuses nothing where none is wanted, and shows nothing either.
#[test]
fn a_chain_without_its_revocation_list_does_not_show_that_the_machine_is_azures() {
    let made = certified(&Leaf::good(), &attestation_key_info()).make();
    let (with_list, _) = requiring_certificates();
    let without = made.verify(&AzureEndorsements::default(), &policy()).unwrap();
    assert_eq!((without.certificate_root, without.certified), (Some(authority().trusted().id()), false));
    assert!(made.verify(&with_list, &policy()).unwrap().certified);
    let reckless = AzurePolicy { danger_allow_missing_revocation_lists: true, ..policy() };
    assert!(made.verify(&AzureEndorsements::default(), &reckless).unwrap().certified);
    assert!(!snp().verify(&reckless).unwrap().certified, "there is no chain");
}

/// Case 187.
#[test]
fn a_certificate_of_another_key_is_refused() {
    let machine = certified(&Leaf::good(), &tpm::public_key_info(&tpm::key()));
    assert_eq!(machine.refusal(), AzureRefusal::Quote(TpmRefusal::CertificateKey));
}

/// Case 191.
#[test]
fn a_certificate_that_is_followed_by_bytes_is_refused() {
    let mut machine = certified(&Leaf::good(), &attestation_key_info());
    machine.certificates[0].extend([0; 3087]);
    let fault = TpmRefusal::Certificate { position: 0, fault: Fault::Malformed };
    assert_eq!(machine.refusal(), AzureRefusal::Quote(fault));
}

/// Case 192.
#[test]
fn a_chain_that_does_not_lead_to_a_pinned_root_is_refused_even_where_none_is_required() {
    let machine = certified(&Leaf::good(), &attestation_key_info());
    let microsoft = AzurePolicy::strict(PcrSet::FIRMWARE);
    let refusal = machine.verify(&microsoft).unwrap_err();
    assert!(matches!(refusal, AzureRefusal::Quote(TpmRefusal::UntrustedRoot(_))), "{refusal}");
    assert_eq!(refusal.check(), AzureCheck::CertificateChain);
    let look_alike = AzurePolicy { roots: vec![tpm::Authority::new().trusted()], ..microsoft };
    let fault = TpmRefusal::Certificate { position: 1, fault: Fault::Signature };
    assert_eq!(machine.verify(&look_alike).unwrap_err(), AzureRefusal::Quote(fault));
}

/// Case 193.
#[test]
fn a_tdreport_that_is_not_the_quotes_is_refused() {
    let made = tdx().make();
    // Attributes, features, measurements, registers: with and without the hash that covers them.
    for offset in [512, 520, 528, 576, 624, 672, 720, 768, 816, 911] {
        let refusal = tdx().then(at::HARDWARE + offset, &[0x3c]).refusal();
        assert_eq!(refusal, AzureRefusal::TdReport, "{offset}");
        let mut changed = made.clone();
        let HclEvidence::Report(report) = &mut changed.evidence.hcl else { panic!() };
        report[at::HARDWARE + offset] ^= 0x3c;
        let info = report[at::HARDWARE + 512..at::HARDWARE + 1024].to_vec();
        let hash = <sha2::Sha384 as sha2::Digest>::digest(info);
        report[at::HARDWARE + 80..at::HARDWARE + 128].copy_from_slice(&hash);
        let refusal = changed.verify(&AzureEndorsements::default(), &policy()).unwrap_err();
        assert_eq!(refusal, AzureRefusal::TdReport, "{offset}");
    }
}

#[test]
fn a_report_inside_that_is_no_tdreport_is_refused() {
    for offset in [0, 1024, 1183] {
        assert_eq!(tdx().then(at::HARDWARE + offset, &[1]).refusal(), AzureRefusal::NotTdReport, "{offset}");
    }
}

#[test]
fn a_quote_of_another_machine_is_refused() {
    let made = tdx().make();
    let other = tdx().saying("3c18c97a", "00000000").make();
    let refusal = made.verify_as_tdx(&other.quote, &AzureEndorsements::default(), &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::TdReport);
    let refusal =
        only_runtime_data(&made).verify_as_tdx(&other.quote, &AzureEndorsements::default(), &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::HardwareReportData);
}

pub fn only_runtime_data(made: &Made) -> Made {
    let mut made = made.clone();
    let HclEvidence::Report(report) = &made.evidence.hcl else { panic!() };
    made.evidence.hcl = HclEvidence::RuntimeData(report[at::RUNTIME_SIZE..].to_vec());
    made
}

#[test]
fn runtime_data_alone_is_enough_over_tdx_and_not_over_snp() {
    let facts = tdx().make().verify(&AzureEndorsements::default(), &policy()).unwrap();
    let alone = only_runtime_data(&tdx().make()).verify(&AzureEndorsements::default(), &policy()).unwrap();
    assert_eq!(alone, facts);
    let refusal = only_runtime_data(&snp().make()).verify(&AzureEndorsements::default(), &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::NoHardwareReport);
}

/// Case 194.
#[test]
fn a_machine_without_secure_boot_is_refused_where_the_policy_wants_it() {
    let machine = snp().saying("\"secure-boot\":true", "\"secure-boot\":false");
    assert_eq!(machine.refusal(), AzureRefusal::SecureBoot);
    let policy = AzurePolicy { require_secure_boot: false, ..policy() };
    assert!(!machine.verify(&policy).unwrap().configuration.secure_boot);
}

#[test]
fn a_machine_whose_console_the_host_can_reach_is_refused_unless_the_policy_allows_it() {
    let strict = AzurePolicy { allow_console: false, ..policy() };
    let refusal = snp().verify(&strict).unwrap_err();
    assert_eq!((refusal, refusal.check()), (AzureRefusal::Console, AzureCheck::Configuration));
    let machine = snp().saying("\"console-enabled\":true", "\"console-enabled\":false");
    assert!(!machine.verify(&strict).unwrap().configuration.console_enabled);
    assert!(!AzurePolicy::strict(PcrSet::NONE).allow_console);
}

#[test]
fn a_machine_that_says_it_has_no_tpm_is_refused() {
    let machine = snp().saying("\"tpm-enabled\":true", "\"tpm-enabled\":false");
    assert_eq!(machine.refusal(), AzureRefusal::NoTpm);
}

/// Case 195.
#[test]
fn evidence_of_one_hardware_is_not_taken_for_another() {
    let (over_snp, over_tdx) = (snp().make(), tdx().make());
    let none = AzureEndorsements::default();
    let refusal = over_snp.verify_as_tdx(&over_tdx.quote, &none, &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Hardware { found: HardwareKind::Snp, wanted: HardwareKind::Tdx });
    let refusal = over_tdx.verify_as_snp(over_snp.snp.as_ref().unwrap(), &none, &policy()).unwrap_err();
    assert_eq!(refusal, AzureRefusal::Hardware { found: HardwareKind::Tdx, wanted: HardwareKind::Snp });
    assert_eq!(tdx().then(at::REPORT_TYPE, &[2]).refusal(), AzureRefusal::RuntimeDataHash);
    assert_eq!(snp().then(at::REPORT_TYPE, &[4]).refusal(), AzureRefusal::NotTdReport);
}

#[test]
fn what_the_hardwares_own_verification_refuses_is_refused() {
    let refusal = snp().then(at::HARDWARE + snp::at::MEASUREMENT, &[0]).refusal();
    assert_eq!(refusal, AzureRefusal::Snp(SnpRefusal::ReportSignature));
    assert_eq!(refusal.check(), AzureCheck::Hardware);
    let mut made = tdx().make();
    made.quote[support::at::SIGNATURE] ^= 1;
    let refusal = made.verify(&AzureEndorsements::default(), &policy()).unwrap_err();
    assert!(matches!(refusal, AzureRefusal::Tdx(IntelRefusal::Signature(_))));
}

#[test]
fn a_binding_alone_is_told_without_the_hardware() {
    let made = tdx().make();
    let binding = check_azure_binding(&made.evidence, &AzureEndorsements::default(), &policy(), NOW).unwrap();
    assert_eq!((binding.kind(), binding.nonce()), (HardwareKind::Tdx, &NONCE[..]));
    assert!(binding.hardware_report().is_some());
}

#[test]
fn one_piece_of_evidence_has_one_identity() {
    let none = AzureEndorsements::default();
    let id = |made: &Made| made.verify(&none, &policy()).unwrap().evidence_id;
    let unpadded = tdx().but(|machine| machine.padding = 0).make();
    assert_eq!(id(&tdx().make()), id(&unpadded));
    assert_eq!(id(&unpadded), id(&only_runtime_data(&unpadded)));
    let other = tdx().but(|machine| machine.message.nonce = vec![1; 32]).make();
    assert_ne!(id(&other), id(&unpadded));
}

fn quote_json(made: &Made) -> serde_json::Value {
    let QuoteSignature::RsaPkcs1Sha256(signature) = &made.evidence.signature else { panic!() };
    let pcrs: Vec<String> = made.evidence.pcrs.iter().map(|pcr| hex::encode(&pcr.value)).collect();
    json!({ "message": hex::encode(&made.evidence.quote), "signature": hex::encode(signature), "pcrs": pcrs })
}

fn hcl_of(made: &Made) -> &[u8] {
    let HclEvidence::Report(report) = &made.evidence.hcl else { panic!() };
    report
}

#[test]
fn json_files_are_read_in_every_form() {
    let made = tdx().make();
    let plain = json!({
        "version": 1, "tpm_quote": quote_json(&made), "hcl_report": URL_SAFE.encode(hcl_of(&made)),
        "td_quote": URL_SAFE_NO_PAD.encode(&made.quote),
    });
    let wrapped = json!({ "platform": "az-tdx", "evidence": plain });
    let QuoteSignature::RsaPkcs1Sha256(signature) = &made.evidence.signature else { panic!() };
    let pcrs: Vec<&[u8]> = made.evidence.pcrs.iter().map(|pcr| &*pcr.value).collect();
    let lists = json!({
        "tpm_quote": { "message": made.evidence.quote, "signature": signature, "pcrs": pcrs },
        "hcl_report": hcl_of(&made), "td_quote": made.quote,
    });
    let expected =
        AzureFile { evidence: made.evidence.clone(), hardware: HardwareFile::Tdx { quote: made.quote.clone() } };
    for file in [plain, wrapped, lists] {
        assert_eq!(AzureFile::read(file.to_string().as_bytes()).as_ref(), Ok(&expected));
    }

    let made = snp().make();
    let vek = made.snp.as_ref().unwrap().vek.clone();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&vek));
    for vcek in [URL_SAFE.encode(&vek), pem] {
        let file = json!({ "quote": quote_json(&made), "report": hcl_of(&made), "vcek": vcek }).to_string();
        let read = AzureFile::read(file.as_bytes()).unwrap();
        assert_eq!(read.evidence, made.evidence);
        assert_eq!(read.hardware, HardwareFile::Snp { vcek: Some(vek.clone()) });
    }
}

fn yaml(certificate: &[u8]) -> String {
    let made = tdx().make();
    let QuoteSignature::RsaPkcs1Sha256(signature) = &made.evidence.signature else { panic!() };
    let mut text = format!(
        "tdx_quote_base64: >-\n  {}\nhcl_report_base64: |-\n  {}\n\ntpm_attestation:\n  ak_certificate_pem: |\n    -----BEGIN CERTIFICATE-----\n    {}\n    -----END CERTIFICATE-----\n  quote:\n    signature: {signature:?}\n    message: {:?}\n    pcrs:\n",
        URL_SAFE.encode(&made.quote),
        URL_SAFE.encode(hcl_of(&made)),
        STANDARD.encode(certificate),
        made.evidence.quote,
    );
    for pcr in &made.evidence.pcrs {
        let lines: Vec<String> = pcr.value.iter().map(|byte| format!("- {byte}\n")).collect();
        text.push_str("    - ");
        text.push_str(&lines.join("      "));
    }
    text.push_str("  event_log:\n    []\n  instance_info: null\n");
    text
}

/// Case 191.
#[test]
fn a_stored_certificate_loses_the_zeros_that_fill_its_storage_and_nothing_else() {
    let certificate = authority().issue(&Leaf::good(), &attestation_key_info());
    for (padding, is_cut) in [(vec![], true), (vec![0; 3087], true), (vec![0, 0, 1], false)] {
        let stored = [certificate.clone(), padding].concat();
        let file = AzureFile::read(yaml(&stored).as_bytes()).unwrap();
        let expected = if is_cut { &certificate } else { &stored };
        assert_eq!(file.evidence.certificates, std::slice::from_ref(expected));
    }
}

#[test]
fn a_file_of_another_form_is_refused() {
    let made = snp().make();
    let good = json!({ "quote": quote_json(&made), "report": hcl_of(&made) });
    assert!(AzureFile::read(good.to_string().as_bytes()).is_ok());
    for (key, value) in [("version", json!(3)), ("other", json!(1)), ("report", json!("!")), ("quote", json!(null))] {
        let mut file = good.clone();
        file[key] = value;
        assert!(AzureFile::read(file.to_string().as_bytes()).is_err(), "{key}");
    }
    let other = json!({ "platform": "gcp", "evidence": good });
    assert!(AzureFile::read(other.to_string().as_bytes()).is_err());
    for text in ["", "{", "a: b", "\u{0}"] {
        assert!(AzureFile::read(text.as_bytes()).is_err());
    }
}

static MADE: LazyLock<[Made; 2]> = LazyLock::new(|| KINDS.map(|kind| good(kind).make()));

proptest! {
    #[test]
    fn a_machine_with_any_byte_changed_never_verifies(
        index in any::<prop::sample::Index>(), change in 1..=u8::MAX, part in 0..4usize, kind in 0..2usize,
    ) {
        let mut made = MADE[kind].clone();
        let HclEvidence::Report(report) = &mut made.evidence.hcl else { unreachable!() };
        let QuoteSignature::RsaPkcs1Sha256(signature) = &mut made.evidence.signature else { unreachable!() };
        match part {
            0 => *index.get_mut(report) ^= change,
            1 => *index.get_mut(signature) ^= change,
            2 => *index.get_mut(&mut made.evidence.quote) ^= change,
            _ => *index.get_mut(&mut index.get_mut(&mut made.evidence.pcrs).value) ^= change,
        }
        let expected = MADE[kind].verify(&AzureEndorsements::default(), &policy()).unwrap();
        // What may change: the parts of a TDREPORT that only the machine itself can check, and the report's version.
        if let Ok(facts) = made.verify(&AzureEndorsements::default(), &policy()) {
            prop_assert!(part == 0 && facts == expected);
        }
    }

    #[test]
    fn reading_any_file_never_panics(text in ".{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = AzureFile::read(text.as_bytes());
        let _ = AzureFile::read(&bytes);
    }
}
