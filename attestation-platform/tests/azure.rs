//! The adapter of Azure's TPM, against an emulated TPM and a metadata service on loopback.

use crate::support::{
    paravisor::Paravisor,
    service::{Service, impatience},
    tpm::{EmulatedTpm, KEY_CERTIFICATE_INDEX, REPORT_INDEX},
};
use adyton_attestation::{
    EvidenceKind,
    azure::files::{AzureFile, HardwareFile},
};
use adyton_attestation_platform::{AzureVtpm, Evidence, Hardware, Platform, PlatformError, azure_nonce};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const REPORT_DATA: [u8; 64] = [0xA5; 64];
const CHAIN: &str = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

/// The host: it quotes any report, and knows the chip's certificates.
fn host(question: &str, body: &[u8]) -> Response {
    match question {
        "POST /acc/tdquote" => {
            let body: Value = serde_json::from_slice(body).unwrap();
            let report = URL_SAFE_NO_PAD.decode(body["report"].as_str().unwrap()).unwrap();
            assert_eq!(report.len(), 1024);
            json!({ "quote": URL_SAFE_NO_PAD.encode(td_quote(&report[128..192])) }).to_string().into_response()
        }
        "GET /metadata/THIM/amd/certification" => {
            json!({ "vcekCert": CHAIN, "certificateChain": CHAIN.repeat(2), "tcbm": "DB18000000000004" })
                .to_string()
                .into_response()
        }
        other => panic!("{other}"),
    }
}

fn td_quote(report_data: &[u8]) -> Vec<u8> {
    let mut quote = vec![0; 4000];
    quote[0] = 4;
    quote[568..632].copy_from_slice(report_data);
    quote
}

fn tpm(hardware: Hardware) -> EmulatedTpm {
    let paravisor = Paravisor::new(hardware);
    EmulatedTpm::new(paravisor.modulus.clone(), paravisor.report())
}

async fn ask(tpm: EmulatedTpm, hardware: Hardware) -> Result<Evidence, PlatformError> {
    let service = Service::start(host).await;
    ask_with(tpm, hardware, &service).await
}

async fn ask_with(tpm: EmulatedTpm, hardware: Hardware, service: &Service) -> Result<Evidence, PlatformError> {
    let platform = AzureVtpm::with_tpm(Arc::new(tpm), hardware, service.url.clone(), impatience()).unwrap();
    platform.evidence(REPORT_DATA).await
}

fn bundle(evidence: &Evidence) -> Value {
    serde_json::from_slice(&evidence.bytes).unwrap()
}

#[tokio::test]
async fn a_machine_on_snp_gives_its_report_a_quote_over_the_nonce_and_the_chips_certificate() {
    let evidence = ask(tpm(Hardware::Snp), Hardware::Snp).await.unwrap();
    assert_eq!(evidence.kind, EvidenceKind::AzureSnp);
    assert_eq!(evidence.certificates, [[0, 1, 2]; 3]);
    let bundle = bundle(&evidence);
    assert_eq!((bundle["version"].as_u64(), bundle["vcek"].as_str()), (Some(2), Some("AAEC")));
    let report = URL_SAFE.decode(bundle["hcl_report"].as_str().unwrap()).unwrap();
    assert_eq!(report, Paravisor::new(Hardware::Snp).report());
    let quote = &bundle["tpm_quote"];
    assert_eq!(quote["signature"], "51".repeat(256));
    let nonce: String = azure_nonce(&REPORT_DATA).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(quote["message"].as_str().unwrap().contains(&nonce));
    let registers: Vec<_> = (0..24).map(|index| Value::from(format!("{index:02x}").repeat(32))).collect();
    assert_eq!(quote["pcrs"], Value::Array(registers));
    let file = AzureFile::read(&evidence.bytes).unwrap();
    assert_eq!(file.hardware, HardwareFile::Snp { vcek: Some(vec![0, 1, 2]) });
    assert_eq!((file.evidence.pcrs.len(), file.evidence.certificates.len()), (24, 0));
}

#[tokio::test]
async fn a_machine_on_tdx_gives_the_hosts_quote_of_its_report() {
    let evidence = ask(tpm(Hardware::Tdx), Hardware::Tdx).await.unwrap();
    assert_eq!((evidence.kind, evidence.certificates.len()), (EvidenceKind::AzureTdx, 0));
    let bundle = bundle(&evidence);
    assert_eq!(bundle["version"], 1);
    let report = Paravisor::new(Hardware::Tdx).report();
    let quote = URL_SAFE.decode(bundle["td_quote"].as_str().unwrap()).unwrap();
    assert_eq!(quote, td_quote(&report[160..224]));
    assert_eq!(AzureFile::read(&evidence.bytes).unwrap().hardware, HardwareFile::Tdx { quote });
}

#[tokio::test]
async fn the_certificate_of_the_tpms_key_is_handed_out_without_its_filling() {
    let certificate = [&[0x30, 0x82, 1, 0][..], &[7; 256]].concat();
    let mut tpm = tpm(Hardware::Tdx);
    tpm.nv.insert(KEY_CERTIFICATE_INDEX, [&certificate[..], &[0xFF; 3087]].concat());
    let service = Service::start(host).await;
    let platform = AzureVtpm::with_tpm(Arc::new(tpm), Hardware::Tdx, service.url.clone(), impatience()).unwrap();
    let authority = [&[0x30, 0x82, 1, 0][..], &[8; 256]].concat();
    let pem = CHAIN.replace("AAEC", &STANDARD.encode(&authority)).repeat(2);
    let evidence = platform.with_authorities(&pem).unwrap().evidence(REPORT_DATA).await.unwrap();
    let file = AzureFile::read(&evidence.bytes).unwrap();
    assert_eq!(file.evidence.certificates, [certificate, authority.clone(), authority]);
    assert!(bundle(&evidence)["tpm_quote"].is_null(), "the quote stands with the certificate");
}

#[tokio::test]
async fn a_certificate_of_the_tpms_key_that_is_cut_or_none_is_refused() {
    for content in [vec![0; 300], vec![0x30, 0x82, 4, 0, 1, 2], vec![0x30]] {
        let mut tpm = tpm(Hardware::Tdx);
        tpm.nv.insert(KEY_CERTIFICATE_INDEX, content);
        let error = ask(tpm, Hardware::Tdx).await.unwrap_err();
        assert!(matches!(error, PlatformError::Malformed("a certificate")), "{error}");
    }
}

#[tokio::test]
async fn a_quote_over_another_nonce_is_refused() {
    let tpm = EmulatedTpm { nonce: Some([0; 32]), ..tpm(Hardware::Snp) };
    let error = ask(tpm, Hardware::Snp).await.unwrap_err();
    assert!(matches!(error, PlatformError::ReportData), "{error}");
}

#[tokio::test]
async fn a_key_that_is_not_the_paravisors_or_signs_anything_is_refused() {
    let other = EmulatedTpm { modulus: vec![0xC4; 256], ..tpm(Hardware::Snp) };
    let error = ask(other, Hardware::Snp).await.unwrap_err();
    assert!(matches!(error, PlatformError::Mismatch(_)), "{error}");
    // Not restricted, not fixed to this TPM, not signing, decrypting too.
    for attributes in [0x0004_0072, 0x0005_0070, 0x0001_0072, 0x0007_0072] {
        let error = ask(EmulatedTpm { attributes, ..tpm(Hardware::Snp) }, Hardware::Snp).await.unwrap_err();
        assert!(matches!(error, PlatformError::Mismatch(_)), "{attributes:#x}: {error}");
    }
}

#[tokio::test]
async fn registers_that_change_under_a_quote_are_read_again_and_at_last_given_up() {
    let changing = |times| EmulatedTpm { changes: Mutex::new(times), ..tpm(Hardware::Snp) };
    let evidence = ask(changing(1), Hardware::Snp).await.unwrap();
    assert_eq!(bundle(&evidence)["tpm_quote"]["pcrs"][16], format!("ef{}", "10".repeat(31)));
    let error = ask(changing(u32::MAX), Hardware::Snp).await.unwrap_err();
    assert!(matches!(error, PlatformError::Conflict), "{error}");
}

#[tokio::test]
async fn a_paravisors_report_whose_parts_do_not_belong_together_is_refused() {
    let at = Paravisor::new(Hardware::Snp).report_data_at();
    // The claims, the report data, its upper half, the hash's name.
    for place in [1300, at, at + 40, 1228] {
        let mut tpm = tpm(Hardware::Snp);
        tpm.nv.get_mut(&REPORT_INDEX).unwrap()[place] ^= 1;
        let error = ask(tpm, Hardware::Snp).await.unwrap_err();
        assert!(matches!(error, PlatformError::Mismatch(_)), "{place}: {error}");
    }
}

#[tokio::test]
async fn a_paravisors_report_of_no_hardware_other_hardware_or_another_form_is_refused() {
    let spoiled = |place: usize, value: u8| {
        let mut tpm = tpm(Hardware::Snp);
        tpm.nv.get_mut(&REPORT_INDEX).unwrap()[place] = value;
        ask(tpm, Hardware::Snp)
    };
    let error = spoiled(1224, 3).await.unwrap_err(); // a "trusted VM": no confidential hardware below
    assert!(matches!(error, PlatformError::NotAttesting { .. }), "{error}");
    assert!(matches!(spoiled(0, b'X').await.unwrap_err(), PlatformError::Malformed(_)));
    assert!(matches!(spoiled(1235, 0xFF).await.unwrap_err(), PlatformError::Malformed(_)));
    let error = ask(tpm(Hardware::Tdx), Hardware::Snp).await.unwrap_err();
    assert!(error.to_string().contains("other hardware"), "{error}");
}

#[tokio::test]
async fn a_tpm_that_says_to_try_again_is_asked_again() {
    let tpm = EmulatedTpm { retries: Mutex::new(3), ..tpm(Hardware::Snp) };
    ask(tpm, Hardware::Snp).await.unwrap();
}

#[tokio::test]
async fn a_tpm_that_refuses_is_told_with_its_command_and_code() {
    let mut tpm = tpm(Hardware::Snp);
    tpm.nv.clear();
    let error = ask(tpm, Hardware::Snp).await.unwrap_err();
    assert_eq!(error.to_string(), "the TPM refused TPM2_NV_ReadPublic with response code 0x18b");
}

#[tokio::test]
async fn answers_of_a_tpm_that_are_cut_longer_or_none_are_refused() {
    let spoilers: [fn(Vec<u8>) -> Vec<u8>; 5] = [
        |_| vec![],
        |answer| answer[..answer.len() - 1].to_vec(),
        |answer| [&answer[..], &[0]].concat(),
        |mut answer| {
            answer.push(0);
            let length = (answer.len() as u32).to_be_bytes();
            answer[2..6].copy_from_slice(&length);
            answer
        },
        |mut answer| {
            answer[1] ^= 3; // the other tag
            answer
        },
    ];
    for spoil in spoilers {
        let error = ask(EmulatedTpm { spoil, ..tpm(Hardware::Snp) }, Hardware::Snp).await.unwrap_err();
        assert!(matches!(error, PlatformError::Protocol), "{error}");
    }
    let error = ask(EmulatedTpm { spoil: |_| vec![0; 4097], ..tpm(Hardware::Snp) }, Hardware::Snp).await.unwrap_err();
    assert!(matches!(error, PlatformError::TooLarge), "{error}");
}

#[tokio::test]
async fn an_index_beyond_its_bound_is_not_read() {
    let mut tpm = tpm(Hardware::Snp);
    tpm.nv.insert(REPORT_INDEX, vec![0; 9000]);
    let error = ask(tpm, Hardware::Snp).await.unwrap_err();
    assert!(matches!(error, PlatformError::TooLarge), "{error}");
}

#[tokio::test]
async fn a_metadata_service_that_fails_or_answers_otherwise_is_refused() {
    let service = Service::failing(StatusCode::SERVICE_UNAVAILABLE).await;
    let error = ask_with(tpm(Hardware::Tdx), Hardware::Tdx, &service).await.unwrap_err();
    assert!(matches!(error, PlatformError::Metadata(_)) && error.to_string().contains("503"), "{error}");
    assert_eq!(service.asked().len(), 2, "it is asked again");

    for (answer, expected) in [
        (json!({ "quote": URL_SAFE_NO_PAD.encode(td_quote(&[0; 64])) }).to_string(), "another request"),
        (json!({ "quote": "!" }).to_string(), "not a quote"),
        (json!({ "quote": "" }).to_string(), "not a quote"),
        ("<html>".into(), "not a quote"),
        ("x".repeat(1 << 20), "longer than"),
    ] {
        let service = Service::start(move |_, _| answer.clone().into_response()).await;
        let error = ask_with(tpm(Hardware::Tdx), Hardware::Tdx, &service).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
    for answer in [json!({ "vcekCert": CHAIN, "certificateChain": CHAIN }), json!({ "vcekCert": "" }), json!([])] {
        let service = Service::start(move |_, _| answer.to_string().into_response()).await;
        let error = ask_with(tpm(Hardware::Snp), Hardware::Snp, &service).await.unwrap_err();
        assert!(matches!(error, PlatformError::Malformed("a certificate chain")), "{error}");
    }
}

#[tokio::test]
async fn a_machine_without_a_tpm_gives_a_clear_error() {
    let platform = AzureVtpm::new("/nonexistent/tpmrm0".into(), Hardware::Snp, "http://127.0.0.1:1".into()).unwrap();
    let error = platform.quote(REPORT_DATA).await.unwrap_err();
    assert!(error.to_string().contains("TPM"), "{error}");
    assert!(platform.sealing_key(b"share").await.unwrap().is_none());
}
