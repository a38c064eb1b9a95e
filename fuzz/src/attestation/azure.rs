//! Azure confidential machines: the paravisor's report, its runtime data, files of both.

use std::sync::LazyLock;

use adyton_attestation::azure::{
    AzureEndorsements, AzureEvidence, AzurePolicy, HardwareKind, HclEvidence, check_azure_binding,
    check_azure_binding_with,
    files::{AzureFile, collateral_from_yaml},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::InsecureAnySignature;
use crate::{
    machine::{self, Machine},
    parts, recorded,
    snp::at::REPORT_DATA,
    support::NOW,
};

/// A machine over each kind of hardware, as it was made.
static GOOD: LazyLock<Vec<AzureEvidence>> =
    LazyLock::new(|| [HardwareKind::Snp, HardwareKind::Tdx].map(|kind| Machine::good(kind).make().evidence).into());

static POLICY: LazyLock<AzurePolicy> = LazyLock::new(machine::policy);

/// Everything but the hardware's own signature: whatever is bound has the challenge of the good quote.
fn check(evidence: &AzureEvidence) {
    let endorsements = AzureEndorsements::default();
    for result in [
        check_azure_binding(evidence, &endorsements, &POLICY, NOW),
        check_azure_binding_with(&InsecureAnySignature, evidence, &endorsements, &POLICY, NOW),
    ] {
        match result {
            Ok(binding) => assert!(binding.nonce().len() <= evidence.quote.len(), "it is in the quote"),
            Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
        }
    }
}

/// The paravisor's report, or its runtime data alone; the first byte chooses the quote beside it.
pub fn azure_report(data: &[u8]) {
    let Some((good, bytes)) = parts::choose(&GOOD, data) else { return };
    for hcl in [HclEvidence::Report(bytes.to_vec()), HclEvidence::RuntimeData(bytes.to_vec())] {
        check(&AzureEvidence { hcl, ..good.clone() });
    }
}

/// Seeds of [`azure_report`].
pub fn azure_reports() -> Vec<Vec<u8>> {
    let report = |evidence: &AzureEvidence| match &evidence.hcl {
        HclEvidence::Report(bytes) | HclEvidence::RuntimeData(bytes) => bytes.clone(),
    };
    let reports: Vec<_> = GOOD.iter().map(report).collect();
    let runtime_data: Vec<_> = reports.iter().map(|report| report[machine::at::RUNTIME_SIZE..].to_vec()).collect();
    let recorded = recorded::files("azure", &["ClaimsAzure.bin"]).into_iter();
    let recorded = recorded.map(|bytes| parts::with_choice(1, &bytes));
    parts::chosen(reports.into_iter()).chain(parts::chosen(runtime_data.into_iter())).chain(recorded).collect()
}

/// Runtime data under a report with their hash, which lies in front of their reader.
pub fn azure_runtime_data(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut hardware = [0; 1184];
    hardware[REPORT_DATA..REPORT_DATA + 32].copy_from_slice(&Sha256::digest(text));
    let hcl = HclEvidence::Report(machine::hcl_report(HardwareKind::Snp, &hardware, text));
    check(&AzureEvidence { hcl, ..GOOD[0].clone() });
}

/// Seeds of [`azure_runtime_data`].
pub fn azure_runtime_data_seeds() -> Vec<Vec<u8>> {
    vec![machine::runtime_data().into_bytes()]
}

/// Whether the good runtime data are bound: without that, [`azure_runtime_data`] would test little.
pub fn accepts_its_seeds() -> bool {
    check_azure_binding(&GOOD[0], &AzureEndorsements::default(), &POLICY, NOW).is_ok()
}

/// A file with a machine's evidence, JSON or YAML, or with collateral as YAML.
pub fn azure_file(data: &[u8]) {
    if let Ok(file) = AzureFile::read(data) {
        check(&file.evidence);
    }
    let _ = collateral_from_yaml(data);
}

/// Seeds of [`azure_file`].
pub fn azure_files() -> Vec<Vec<u8>> {
    let HclEvidence::Report(report) = &GOOD[0].hcl else { return Vec::new() };
    let pcrs: Vec<_> = GOOD[0].pcrs.iter().map(|pcr| hex::encode(&pcr.value)).collect();
    let (report, quote) = (URL_SAFE_NO_PAD.encode(report), hex::encode(&GOOD[0].quote));
    let json = serde_json::json!({
        "version": 1, "hcl_report": report,
        "tpm_quote": { "message": quote, "signature": "00".repeat(256), "pcrs": pcrs },
    });
    let listed: String = pcrs.iter().map(|pcr| format!("    - {pcr}\n")).collect();
    let yaml = format!(
        "hcl_report_base64: {report}\ntpm_attestation:\n  ak_certificate_pem: |\n    -----BEGIN CERTIFICATE-----\n    \
         MIIAAQA=\n    -----END CERTIFICATE-----\n  quote:\n    message: {quote}\n    signature: {}\n    pcrs:\n{listed}",
        "ab".repeat(256),
    );
    // Of many lines, so that work out of proportion to the length shows.
    let long = format!("hcl_report_base64: [0\n{}]\n", ",0\n".repeat(4000));
    let recorded = recorded::files("azure", &[".yaml", "-v0.json", "-v1.json", "-v2.json", "live.json"]);
    [json.to_string(), yaml, long].map(String::into_bytes).into_iter().chain(recorded).collect()
}
