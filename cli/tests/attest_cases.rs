//! `adyton attest verify` on recorded evidence: every case has to come out as it is stated. The folder is named by
//! `ADYTON_EVIDENCE`; without it, these tests say so and pass.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::program::{Ran, run};

/// 2026-06-20: inside the time of all chips' certificates.
const NOW: &str = "1781913600";

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"));
    if folder.join("intel/cases.json").exists() {
        return Some(folder);
    }
    println!("skipped: no recorded evidence at {}", folder.display());
    None
}

fn cases(folder: &Path, kind: &str) -> Vec<Value> {
    serde_json::from_slice(&fs::read(folder.join(kind).join("cases.json")).unwrap()).unwrap()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

/// Runs `adyton attest verify` in `folder`, and requires that exit code and JSON say the same.
fn verify(folder: &Path, arguments: &[&str]) -> (bool, Value, Ran) {
    let arguments = [&["attest", "verify", "--json"], arguments].concat();
    let ran = run(folder, &arguments);
    assert!(matches!(ran.code, 0 | 1), "{arguments:?}: {} {}", ran.out, ran.err);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    let accepted = json["verdict"] == "accept";
    assert_eq!(accepted, ran.code == 0, "{arguments:?}");
    let failed = json["checks"].as_array().unwrap().iter().filter(|check| check["result"] == "failed").count();
    assert_eq!(failed, usize::from(!accepted), "{arguments:?}: {json:#}");
    (accepted, json, ran)
}

#[test]
fn every_quote_of_intels_gets_its_verdict_status_and_advisories() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder, "intel");
    for case in &cases {
        let (quote, collateral) = (text(case, "quote"), text(case, "collateral"));
        let (evidence, collateral) = (format!("quotes/{quote}"), format!("collateral/{collateral}"));
        let at = case["verify_at"].to_string();
        let kind = if quote.starts_with("sgx_") { "sgx" } else { "tdx" };
        let arguments = ["--kind", kind, "--evidence", &evidence, "--collateral", &collateral, "--at", &at];
        let (accepted, json, _) = verify(&folder.join("intel"), &arguments);
        assert_eq!(accepted, text(case, "strict_policy_verdict") == "ACCEPT", "{quote}: {json:#}");
        assert_eq!(json["tcb_status"], case["tcb_status"], "{quote} {collateral}");
        if !case["tcb_status"].is_null() {
            assert_eq!(json["advisories"], case["advisories"], "{quote} {collateral}");
        }
        if accepted {
            assert_eq!(json["not_after"], case["valid_until"], "{quote} {collateral}");
            assert!(json["machine"]["intel-ppid"].is_string(), "{quote}");
            assert_eq!(json["report_data"].as_str().unwrap().len(), 128);
        }
    }
    assert_eq!(cases.len(), 52);
}

#[test]
fn every_report_of_amds_gets_its_verdict() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder, "snp");
    for case in &cases {
        let (report, vek) = (text(case, "report"), text(case, "vek"));
        let arguments = ["--kind", "snp", "--evidence", report, "--endorsements", vek, "--at", "1790000000"];
        let line = if report.contains("genoa") { "genoa" } else { "milan" };
        let chain = format!("certs/ask_ark_{line}.pem");
        let chain = if report.contains("turin") { "certs/ask_ark_turin_vcek.pem".into() } else { chain };
        for with_chain in [false, true] {
            let above = ["--endorsements", chain.as_str()];
            let arguments = if with_chain { [&arguments[..], &above].concat() } else { arguments.to_vec() };
            let (accepted, json, _) = verify(&folder.join("snp"), &arguments);
            assert_eq!(accepted, text(case, "default_verdict") == "ACCEPT", "{report}: {json:#}");
            if accepted {
                assert_eq!(json["report_data"], case["report_data"], "{report}");
                assert_eq!(json["measurements"]["measurement"], case["measurement"], "{report}");
                let is_milan = text(case, "product").starts_with("Milan");
                assert_eq!(
                    (&json["tier"] == 3, json["advisories"].to_string().contains("2605.12990")),
                    (is_milan, is_milan)
                );
                let unchecked: Vec<_> = unchecked(&json);
                assert!(unchecked.contains(&"revocation") && unchecked.contains(&"report-data"), "{unchecked:?}");
            }
        }
    }
    assert_eq!(cases.len(), 14);
    let arguments = ["--kind", "snp", "--endorsements", "milan_cmc_vcek.pem", "--at", "1790000000", "--evidence"];
    let (accepted, ..) =
        verify(&folder.join("snp"), &[&arguments[..], &["cmc_1216_bytes_WRONGLEN_report.bin"]].concat());
    assert!(!accepted);
    for vek in ["test-vcek-invalid-legacy.der", "test-vcek-invalid-new.der", "cmc_invalid_vcek.pem"] {
        let arguments =
            ["--kind", "snp", "--evidence", "milan_v2_azure_report.bin", "--endorsements", vek, "--at", "1700000000"];
        assert!(!verify(&folder.join("snp"), &arguments).0, "{vek}");
    }
}

fn unchecked(json: &Value) -> Vec<&str> {
    let checks = json["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["result"] == "unchecked").map(|check| check["name"].as_str().unwrap()).collect()
}

#[test]
fn every_machine_of_azures_gets_its_verdict() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder, "azure");
    for case in &cases {
        let file = text(case, "file");
        let kind = if case["hcl"] == "SNP" { "azure-snp" } else { "azure-tdx" };
        let arguments = ["--kind", kind, "--evidence", file, "--at", NOW];
        let (accepted, json, _) = verify(&folder.join("azure"), &arguments);
        assert_eq!(accepted, text(case, "default_verdict").starts_with("ACCEPT"), "{file}: {json:#}");
        assert_eq!(json["report_data"], case["nonce"], "{file}");
        let is_judged = !unchecked(&json).contains(&"hardware");
        assert_eq!(is_judged, kind == "azure-snp", "{file}");
        assert_eq!(json["reason"].as_str().unwrap().contains("Intel's part was NOT judged"), !is_judged, "{file}");
        // A challenge of zeros is none.
        let nonce = text(case, "nonce");
        let with = |nonce: &str| verify(&folder.join("azure"), &[&arguments[..], &["--report-data", nonce]].concat()).0;
        assert_eq!(with(nonce), nonce.bytes().any(|digit| digit != b'0'), "{file}");
        assert!(!with("0badc0de"), "{file}");
        let other = if kind == "azure-snp" { "azure-tdx" } else { "azure-snp" };
        assert!(!verify(&folder.join("azure"), &["--kind", other, "--evidence", file, "--at", NOW]).0, "{file}");
    }
    assert_eq!(cases.len(), 11);
}

#[test]
fn a_machine_of_azures_with_collateral_is_judged_in_full() {
    let Some(folder) = folder() else { return };
    let with_authorities = "azure-tdx-with-ak-intermediates-1780922561.yaml";
    let older = "azure-tdx-1764662251380464271.yaml";
    let june = "azure-collateral-with-ak-intermediates-1780922561.yaml";
    let intel = "../intel/collateral/tdx_00806f050000_platform_eval17_2025-05-27.json";
    for (file, collateral, at, expected) in [
        (with_authorities, june, NOW, true),
        ("tdx_lunal-live.json", june, NOW, true),
        (older, "azure-collateral.yaml", "1772323200", true),
        (older, "azure-collateral02.yaml", "1772323200", true),
        (with_authorities, june, "1880000000", false),
        ("tdx_evidence-v0.json", intel, "1749669835", false),
        ("tdx_evidence-v1.json", intel, "1749669835", false),
        // The collateral of another family.
        (with_authorities, intel, "1749669835", false),
    ] {
        let arguments = ["--kind", "azure-tdx", "--evidence", file, "--collateral", collateral, "--at", at];
        let (accepted, json, _) = verify(&folder.join("azure"), &arguments);
        assert_eq!(accepted, expected, "{file} with {collateral}: {json:#}");
        assert_eq!(accepted, json["tcb_status"] == "UpToDate", "{file}: {json:#}");
    }
}

#[test]
fn a_machine_of_azures_in_separate_files_is_bound_whichever_of_them_is_the_evidence() {
    let Some(folder) = folder() else { return };
    let files = [
        "cmc_tdxQuoteAzure.bin",
        "cmc_validVtpmQuote.bin",
        "cmc_validVtpmQuoteSig.bin",
        "cmc_validVtpmAkCert.bin",
        "cmc_validClaimsAzure.bin",
    ];
    let collateral = "../intel/collateral/tdx_90c06f000000_platform_eval18_2026-02-18.json";
    for evidence in [files[0], files[1], files[4]] {
        let mut arguments = vec!["--kind", "azure-tdx", "--at", "1772718607", "--evidence", evidence];
        arguments.extend(files.iter().filter(|file| **file != evidence).flat_map(|file| ["--endorsements", file]));
        let (accepted, json, _) = verify(&folder.join("azure"), &arguments);
        assert!(accepted, "{json:#}");
        // Its key has a certificate, and nothing between that and a root.
        assert!(
            unchecked(&json).contains(&"certificate-chain") && unchecked(&json).contains(&"revocation"),
            "{json:#}"
        );
        let (accepted, json, _) =
            verify(&folder.join("azure"), &[&arguments[..], &["--collateral", collateral]].concat());
        assert!(accepted && json["tcb_status"] == "UpToDate", "{json:#}");
        let nonce = "01".repeat(32);
        assert!(!verify(&folder.join("azure"), &[&arguments[..], &["--report-data", &nonce]].concat()).0);
    }
    let ran = run(&folder.join("azure"), &["attest", "verify", "--kind", "azure-tdx", "--evidence", files[0]]);
    assert!(ran.code == 2 && ran.err.contains("a TPM quote"), "{}", ran.err);
}

#[test]
fn every_document_of_awss_gets_its_verdict() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder, "nitro");
    for case in &cases {
        let document = text(case, "doc");
        let at = case["verify_at"].to_string();
        let arguments = ["--kind", "nitro", "--evidence", document, "--at", &at];
        let (accepted, json, _) = verify(&folder.join("nitro"), &arguments);
        assert_eq!(accepted, text(case, "default_verdict_at_timestamp") == "ACCEPT", "{document}: {json:#}");
        if !accepted {
            assert!(json["reason"].as_str().unwrap().starts_with("debug-off: "), "{document}: {}", json["reason"]);
        } else if let Some(data) = json["report_data"].as_str() {
            // It is about its user data, or the nonce that it was asked with.
            let with =
                |data: &str| verify(&folder.join("nitro"), &[&arguments[..], &["--report-data", data]].concat()).0;
            assert!(with(data) && !with("0badc0de"), "{document}");
        }
        let now = verify(&folder.join("nitro"), &["--kind", "nitro", "--evidence", document, "--at", NOW]);
        assert!(!now.0, "{document}");
    }
    assert_eq!(cases.len(), 6);
}

#[test]
fn every_device_of_nvidias_gets_its_verdict() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("nvidia");
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    for case in &cases {
        let name = text(case, "name");
        let chain = match name {
            "hopperAttestationReportInvalidSignature.txt" => "hopperCertChain.txt".into(),
            "switchAttestationReportInvalidSignature.txt" => "switchCertChain.txt".into(),
            name => name.replace("AttestationReport", "CertChain"),
        };
        let mut arguments = vec!["--kind", "nvidia", "--evidence", name];
        if !name.ends_with(']') {
            arguments.extend(["--endorsements", &chain]);
        }
        let (accepted, json, _) = verify(&folder, &arguments);
        assert_eq!(accepted, text(case, "verdict").starts_with("ACCEPT"), "{name}: {json:#}");
        if accepted {
            assert_eq!(json["report_data"], case["nonce_in_report"], "{name}");
            let unchecked = unchecked(&json);
            assert!(unchecked.contains(&"measurements") && unchecked.contains(&"revocation"), "{name}: {unchecked:?}");
        }
        if let Some(nonce) = case["nonce_expected"].as_str() {
            assert!(verify(&folder, &[&arguments[..], &["--report-data", nonce]].concat()).0, "{name}");
            let other = "00".repeat(32);
            assert!(!verify(&folder, &[&arguments[..], &["--report-data", &other]].concat()).0, "{name}");
        }
    }
    assert_eq!(cases.len(), 18);
}

#[test]
fn several_devices_are_judged_together_and_one_counts_once() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("nvidia");
    let (accepted, json, _) = verify(&folder, &["--kind", "nvidia", "--evidence", "multi_gpu_hopper.json"]);
    assert!(accepted && json["machine"].as_array().unwrap().len() == 4, "{json:#}");
    let (accepted, json, _) = verify(&folder, &["--kind", "nvidia", "--evidence", "multi_switch_ls10.json"]);
    assert!(!accepted && json["reason"].as_str().unwrap().starts_with("machine: 4 entries: "), "{}", json["reason"]);
    let ran = run(&folder, &["attest", "verify", "--kind", "nvidia", "--evidence", "multi_switch_ls10.json[4]"]);
    assert!(ran.code == 2 && ran.err.contains("4 entries"), "{}", ran.err);
}

#[test]
fn devices_are_compared_with_the_manifests_that_are_given() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("nvidia");
    let switch = "rims/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml";
    let prod = "rims/1010_0200_882_96005E0001_PROD.swidtag";
    for (report, chain, manifest, at, expected) in [
        ("switchAttestationReport.txt", "switchCertChain.txt", switch, "1790000000", "accept"),
        ("hopperAttestationReport.txt", "hopperCertChain.txt", prod, "1717200000", "accept"),
        ("hopperAttestationReport.txt", "hopperCertChain.txt", prod, "1790000000", "manifest-chain"),
        ("hopperAttestationReport.txt", "hopperCertChain.txt", switch, "1790000000", "measurements"),
        (
            "hopperAttestationReport.txt",
            "hopperCertChain.txt",
            "rims/1010_0200_882_96005E0001_test_no_gpu.swidtag",
            "1717200000",
            "measurements",
        ),
        (
            "switchAttestationReport.txt",
            "switchCertChain.txt",
            "rims/NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml",
            "1748736000",
            "manifest-signature",
        ),
        (
            "hopperAttestationReport.txt",
            "hopperCertChain.txt",
            "rims/incorrect_cert_chain_driver_rim.xml",
            "1748736000",
            "manifest-chain",
        ),
    ] {
        let arguments = ["--kind", "nvidia", "--evidence", report, "--endorsements", chain, "--endorsements", manifest];
        let (accepted, json, _) = verify(&folder, &[&arguments[..], &["--at", at]].concat());
        assert_eq!(accepted, expected == "accept", "{report} with {manifest}: {json:#}");
        let reason = json["reason"].as_str().unwrap();
        assert!(accepted || reason.starts_with(expected), "{report} with {manifest}: {reason}");
    }
}

/// What the manifest of the evidence says of each token with each of its keys.
#[test]
fn every_token_of_arms_gets_its_verdict() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("cca");
    for (token, key, expected) in [
        ("tf-rmm_cca_token.cbor", "tf-rmm_cca_platform.pub", true),
        ("tf-rmm_cca_token.cbor", "cpak.json", true),
        ("cca-token-01.cbor", "cpak.json", true),
        ("cca-token-draft-ffm-00.cbor", "cpak.json", true),
        ("cca-token-02.cbor", "ta-02-ok.json", true),
        ("cca-token-02.cbor", "ta-02-bad.json", false),
        ("cca-token-02.cbor", "cpak.json", false),
        ("cca-token-02.cbor", "pkey.json", false),
        ("bug-33-repro.cbor", "cpak.json", false),
        ("realm-claims-missing-challenge.cbor", "cpak.json", false),
    ] {
        let arguments = ["--kind", "cca", "--evidence", token, "--endorsements", key];
        let (accepted, json, _) = verify(&folder, &arguments);
        assert_eq!(accepted, expected, "{token} with {key}: {json:#}");
    }
    let with_values = ["--kind", "cca", "--endorsements", "cpak.json", "--endorsements", "rv.json", "--evidence"];
    assert!(verify(&folder, &[&with_values[..], &["cca-token-01.cbor"]].concat()).0);
    assert!(!verify(&folder, &[&with_values[..], &["cca-token-draft-ffm-00.cbor"]].concat()).0);
    let (accepted, json, _) = verify(&folder, &["--kind", "cca", "--evidence", "cca-token-01.cbor"]);
    assert!(!accepted && json["reason"].as_str().unwrap().contains("key"), "{}", json["reason"]);
    let statement = "ab".repeat(64);
    let bound = ["--kind", "cca", "--evidence", "cca-token-01.cbor", "--endorsements", "cpak.json", "--report-data"];
    assert!(verify(&folder, &[&bound[..], &[&statement]].concat()).0);
    assert!(!verify(&folder, &[&bound[..], &["00".repeat(64).as_str()]].concat()).0);
}

#[test]
fn quotes_of_tpms_are_refused_until_a_policy_trusts_their_key() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("tpm");
    let scratch = tempfile::tempdir().unwrap();
    let policy = scratch.path().join("policy.toml");
    for (file, is_sound) in [
        ("tpm_evidence.json", true),
        ("gce-cos-85-nonce9009.pb", true),
        ("gce-cos-85-no-nonce.pb", true),
        ("keylime_test-quote.txt", false),
    ] {
        assert!(!verify(&folder, &["--kind", "tpm", "--evidence", file]).0, "{file}");
        let shown: Value = serde_json::from_str(&run(&folder, &["attest", "show", file, "--json"]).out).unwrap();
        let Some(key) = shown["contents"]["quotes"][0]["key_id"].as_str() else { continue };
        let built_in = run(&folder, &["attest", "policy"]).out;
        let (before, tpm) = built_in.split_once("[tpm]").unwrap();
        fs::write(&policy, format!("{before}[tpm]{}", tpm.replacen("keys = []", &format!("keys = [\"{key}\"]"), 1)))
            .unwrap();
        let arguments = ["--kind", "tpm", "--evidence", file, "--policy", policy.to_str().unwrap()];
        let (accepted, json, _) = verify(&folder, &arguments);
        assert_eq!(accepted, is_sound, "{file}: {json:#}");
        let bound = verify(&folder, &[&arguments[..], &["--report-data", "9009"]].concat()).0;
        assert_eq!(bound, file.contains("nonce9009"), "{file}");
    }
}

#[test]
fn event_logs_count_for_the_domain_that_they_are_of() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("intel");
    let gcp = ("tdx_v4_gcp_cos113.bin", "tdx_00806f050000_platform_eval17_2025-05-27.json", "1749669835");
    let near = ("tdx_v4_near_mpc_dstack.bin", "tdx_b0c06f000000_platform_eval18_2026-03-01.json", "1773203941");
    for ((quote, collateral, at), log, expected) in [
        (gcp, "gcp_cos113_ccel_data.dat", true),
        (gcp, "lunal_tdx_ccel_live2.dat", false),
        (near, "tcb_info.json", true),
        (gcp, "tcb_info.json", false),
    ] {
        let (quote, collateral) = (format!("quotes/{quote}"), format!("collateral/{collateral}"));
        let log = format!("eventlogs/{log}");
        let arguments =
            ["--kind", "tdx", "--evidence", &quote, "--collateral", &collateral, "--at", at, "--endorsements", &log];
        let (accepted, json, _) = verify(&folder, &arguments);
        assert_eq!(accepted, expected, "{quote} with {log}: {json:#}");
        let last = json["checks"].as_array().unwrap().last().unwrap();
        assert_eq!((last["name"].as_str(), last["result"] == "passed"), (Some("event-log"), expected));
        let detail = last["detail"].as_str().unwrap();
        assert_eq!(detail.contains(": it gives ") && detail.contains(", and the quote has "), !expected, "{detail}");
    }
}

#[test]
fn evidence_that_is_cut_short_is_rejected_as_every_kind() {
    let Some(folder) = folder() else { return };
    let scratch = tempfile::tempdir().unwrap();
    for (kind, file) in [
        ("sgx", "intel/quotes"),
        ("tdx", "intel/quotes/tdx_v4_gcp_cos113.bin"),
        ("snp", "snp/milan_cmc_report.bin"),
        ("azure-snp", "azure/snp_milan_evidence-v1.json"),
        ("azure-tdx", "azure/tdx_evidence-v0.json"),
        ("azure-tdx", "azure/azure-tdx-1764662251380464271.yaml"),
        ("azure-tdx", "azure/cmc_tdxQuoteAzure.bin"),
        ("azure-tdx", "azure/cmc_validVtpmQuote.bin"),
        ("azure-tdx", "azure/cmc_validVtpmQuoteSig.bin"),
        ("azure-tdx", "azure/cmc_validClaimsAzure.bin"),
        ("nitro", "nitro/prod_2025-12-25_dstack.cbor"),
        ("nvidia", "nvidia/hopperAttestationReport.txt"),
        ("nvidia", "nvidia/multi_gpu_hopper.json"),
        ("tpm", "tpm/tpm_evidence.json"),
        ("tpm", "tpm/gce-cos-85-nonce9009.pb"),
        ("tpm", "tpm/keylime_test-quote.txt"),
        ("cca", "cca/cca-token-01.cbor"),
    ] {
        let mut path = folder.join(file);
        if path.is_dir() {
            let mut files: Vec<PathBuf> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            path = files.into_iter().find(|path| path.to_string_lossy().contains("/sgx_")).unwrap();
        }
        let mut whole = fs::read(path).unwrap();
        // Some quotes are stored with zeros after their end.
        whole.truncate(whole.iter().rposition(|byte| *byte != 0).unwrap() + 1);
        for length in [whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
            fs::write(scratch.path().join("part"), &whole[..length]).unwrap();
            let (accepted, json, _) = verify(scratch.path(), &["--kind", kind, "--evidence", "part", "--at", NOW]);
            assert!(!accepted, "{file}: {json:#}");
        }
    }
}

#[test]
fn everything_that_was_recorded_is_shown() {
    let Some(folder) = folder() else { return };
    let mut count = 0;
    for (below, forms) in [
        ("intel/quotes", &["sgx", "tdx"][..]),
        ("intel/collateral", &["intel collateral"]),
        ("snp", &["snp", "endorsements"]),
        ("snp/certs", &["endorsements"]),
        ("azure", &["azure-snp", "azure-tdx", "intel collateral", "endorsements", "tdx", "tpm"]),
        ("nitro", &["nitro", "endorsements"]),
        ("nvidia", &["nvidia", "endorsements"]),
        ("nvidia/rims", &["endorsements"]),
        ("cca", &["cca", "endorsements", "arm endorsements"]),
        ("tpm", &["tpm"]),
    ] {
        for file in fs::read_dir(folder.join(below)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // What is no evidence and no endorsement alone, and what is malformed.
            let parts = ["cases.json", "WRONGLEN", "spr_e4", "Sig.bin", "Claims", "realm-claims"];
            if path.is_dir() || parts.iter().any(|part| name.contains(part)) {
                continue;
            }
            let ran = run(&folder.join(below), &["attest", "show", &name, "--json"]);
            assert_eq!(ran.code, 0, "{below}/{name}: {}", ran.err);
            let json: Value = serde_json::from_str(&ran.out).unwrap();
            assert!(forms.contains(&json["form"].as_str().unwrap()), "{below}/{name}: {}", json["form"]);
            assert_eq!(json["checked"], false);
            count += 1;
        }
    }
    println!("{count} files");
    assert!(count > 100);
}
