//! The adapter of NVIDIA's GPUs, against a library that answers like NVIDIA's.

use adyton_attestation::nvidia::bundle::read_bundle;
use adyton_attestation_platform::{ConfidentialState, GpuEvidence, GpuLibrary, Gpus, PlatformError};
use std::sync::Arc;

const ON: ConfidentialState = ConfidentialState { on: true, developer_tools: false };

#[derive(Clone)]
struct Emulation {
    state: Result<ConfidentialState, String>,
    count: u32,
    report: fn(u32, [u8; 32]) -> Vec<u8>,
    certificates: fn(u32) -> Vec<u8>,
    name: fn(u32) -> String,
}

impl Default for Emulation {
    fn default() -> Self {
        Self {
            state: Ok(ON),
            count: 2,
            report: |_, nonce| report(nonce),
            certificates: |index| format!("-----BEGIN CERTIFICATE-----\n{index}\n-----END CERTIFICATE-----\n\0").into(),
            name: |index| format!("GPU-{index}"),
        }
    }
}

/// An SPDM request with its nonce, and something of an answer.
fn report(nonce: [u8; 32]) -> Vec<u8> {
    [&[0x11, 0xE0, 1, 0xFF][..], &nonce, &[0, 0x11, 0x60], &[9; 200]].concat()
}

impl GpuLibrary for Emulation {
    fn state(&self) -> Result<ConfidentialState, String> {
        self.state.clone()
    }

    fn count(&self) -> Result<u32, String> {
        Ok(self.count)
    }

    fn names(&self, index: u32) -> Result<(String, &'static str), String> {
        Ok(((self.name)(index), "HOPPER"))
    }

    fn report(&self, index: u32, nonce: [u8; 32]) -> Result<Vec<u8>, String> {
        Ok((self.report)(index, nonce))
    }

    fn certificates(&self, index: u32) -> Result<Vec<u8>, String> {
        Ok((self.certificates)(index))
    }
}

const NONCE: [u8; 32] = [1; 32];

async fn ask(emulation: Emulation) -> Result<Vec<GpuEvidence>, PlatformError> {
    Gpus::with_library(Arc::new(emulation)).evidence(NONCE).await
}

#[tokio::test]
async fn every_gpu_gives_evidence_over_the_nonce() {
    let evidence = ask(Emulation::default()).await.unwrap();
    assert_eq!(evidence.iter().map(|gpu| gpu.uuid.as_str()).collect::<Vec<_>>(), ["GPU-0", "GPU-1"]);
    assert!(evidence.iter().all(|gpu| gpu.nonce == NONCE && gpu.report == report(NONCE)));
    assert!(evidence[0].certificates.ends_with(b"-----\n"), "the end of a C string stayed");
    let bundle = read_bundle(&GpuEvidence::to_json(&evidence)).unwrap();
    assert_eq!((bundle.len(), &bundle[1].report), (2, &evidence[1].report));
    let json: serde_json::Value = serde_json::from_slice(&GpuEvidence::to_json(&evidence)).unwrap();
    assert_eq!(json[1]["nonce"], "01".repeat(32));
    assert_eq!(json[0]["arch"], "HOPPER");
    assert!(json[0]["evidence"].as_str().unwrap().starts_with("EeAB/wEB"));
    assert!(json[0]["certificate"].as_str().unwrap().starts_with("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"));
}

#[tokio::test]
async fn gpus_without_confidential_computing_or_with_developer_tools_are_refused() {
    for (on, developer_tools, words) in [(false, false, "off"), (false, true, "off"), (true, true, "tools on")] {
        let state = Ok(ConfidentialState { on, developer_tools });
        let error = ask(Emulation { state, ..Emulation::default() }).await.unwrap_err();
        assert!(matches!(error, PlatformError::NotAttesting { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let state = Err("the function is not supported".to_owned());
    let error = ask(Emulation { state, ..Emulation::default() }).await.unwrap_err();
    assert!(matches!(error, PlatformError::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_report_over_another_nonce_is_refused() {
    let error = ask(Emulation { report: |_, _| report([2; 32]), ..Emulation::default() }).await.unwrap_err();
    assert!(matches!(error, PlatformError::ReportData), "{error}");
}

#[tokio::test]
async fn one_gpu_that_answers_as_two_is_refused() {
    let certificates = |_| b"-----BEGIN CERTIFICATE-----".to_vec();
    let error = ask(Emulation { certificates, ..Emulation::default() }).await.unwrap_err();
    assert!(error.to_string().contains("same certificate"), "{error}");
    let error = ask(Emulation { name: |_| "GPU".into(), ..Emulation::default() }).await.unwrap_err();
    assert!(error.to_string().contains("same name"), "{error}");
}

#[tokio::test]
async fn answers_out_of_bounds_or_of_another_form_are_refused() {
    let base = Emulation::default;
    let cases = [
        (Emulation { report: |_, nonce| [report(nonce), vec![0; 8192]].concat(), ..base() }, "larger"),
        (Emulation { certificates: |_| vec![b'-'; 5121], ..base() }, "larger"),
        (Emulation { certificates: |_| vec![0; 100], ..base() }, "certificate chain"),
        (Emulation { report: |_, _| vec![], ..base() }, "SPDM"),
        (Emulation { report: |_, nonce| [&[0x12], &report(nonce)[1..]].concat(), ..base() }, "SPDM"),
        (Emulation { count: 65, ..base() }, "larger"),
    ];
    for (emulation, expected) in cases {
        let error = ask(emulation).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_machine_without_the_library_gives_a_clear_error() {
    // On a machine with GPUs this opens the real library, which is as well.
    if let Err(error) = Gpus::open() {
        assert!(error.to_string().contains("libnvidia-ml.so.1"), "{error}");
    }
}
