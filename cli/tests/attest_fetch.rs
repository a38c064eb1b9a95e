//! `adyton attest fetch` against services of the vendors' shape on loopback: what it writes is what
//! `adyton attest verify` takes.

use std::{fs, path::Path};

use adyton_development_root::{DevelopmentRoot, Role};
use axum::{http::StatusCode, response::IntoResponse};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    program::{Ran, run},
    service::{Service, run_beside},
};

const NOW: u64 = 1_800_000_000;

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([3; 32])
}

/// Intel's service (PCS API v4), with collateral of the development root from `issued_at`.
async fn pcs(issued_at: u64) -> Service {
    let file = root().collateral(issued_at).to_json(&root().root_certificate()).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    Service::start(move |path, _| {
        let text = |field: &str| file[field].as_str().unwrap().to_owned();
        let chain = |field: &str| {
            let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
                true => char::from(byte).to_string(),
                false => format!("%{byte:02X}"),
            };
            text(field).bytes().map(encode).collect::<String>()
        };
        let signed = |name: &str, document: &str, signature: &str| {
            format!("{{\"{name}\":{},\"signature\":\"{}\"}}", text(document), text(signature))
        };
        let list = |field: &str| hex::decode(text(field)).unwrap();
        match path.split('?').next().unwrap() {
            "/tdx/certification/v4/tcb" if path.contains("fmspc=AD700D000000") => {
                let body = signed("tcbInfo", "tcb_info", "tcb_info_signature");
                ([("TCB-Info-Issuer-Chain", chain("tcb_info_issuer_chain"))], body).into_response()
            }
            "/tdx/certification/v4/qe/identity" => {
                let body = signed("enclaveIdentity", "qe_identity", "qe_identity_signature");
                ([("SGX-Enclave-Identity-Issuer-Chain", chain("qe_identity_issuer_chain"))], body).into_response()
            }
            "/sgx/certification/v4/pckcrl" => {
                ([("SGX-PCK-CRL-Issuer-Chain", chain("pck_crl_issuer_chain"))], list("pck_crl")).into_response()
            }
            "/sgx/certification/v4/rootcacrl" => list("root_ca_crl").into_response(),
            other => (StatusCode::NOT_FOUND, other.to_owned()).into_response(),
        }
    })
    .await
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    write("quote.bin", &root().device(Role::new("worker").unwrap()).quote([7; 64]));
    write("root.der", &root().root_certificate());
    let policy = run(folder.path(), &["attest", "policy"]).out;
    write("policy.toml", policy.replace("danger_intel = []", "danger_intel = [\"root.der\"]").as_bytes());
    folder
}

/// Fetches from the services.
async fn fetch(folder: &Path, services: &[&Service], more: &[&str]) -> Ran {
    let at = NOW.to_string();
    let usual = ["attest", "fetch", "--policy", "policy.toml", "--at", &at, "--cache", "cache", "--json"];
    let sources = services.iter().flat_map(|service| ["--source", service.url.as_str()]);
    run_beside(folder, usual.into_iter().chain(more.iter().copied()).chain(sources)).await
}

const TDX: [&str; 6] = ["--kind", "tdx", "--evidence", "quote.bin", "--output", "collateral.json"];

#[tokio::test(flavor = "multi_thread")]
async fn collateral_that_was_fetched_judges_the_quote_that_it_was_fetched_for() {
    let (folder, gone, stale, good) = (folder(), Service::failing().await, pcs(NOW - 40_000_000).await, pcs(NOW).await);
    let ran = fetch(folder.path(), &[&gone, &stale, &good], &TDX).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["option"], &json["came"][0]["source"]), (&"--collateral".into(), &good.url.as_str().into()));
    let passed_over = json["came"][0]["passed_over"].as_array().unwrap();
    assert_eq!([&passed_over[0]["source"], &passed_over[1]["source"]], [&gone.url[..], &stale.url]);
    let arguments = ["--collateral", "collateral.json", "--policy", "policy.toml", "--at", "1800000000"];
    let usual = ["attest", "verify", "--kind", "tdx", "--evidence", "quote.bin"];
    let ran = run(folder.path(), &[&usual[..], &arguments].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn early_and_standard_collateral_are_asked_for_and_kept_apart() {
    let (folder, service) = (folder(), pcs(NOW).await);
    for update in ["early", "standard", "early"] {
        assert_eq!(fetch(folder.path(), &[&service], &[&TDX[..], &["--update", update]].concat()).await.code, 0);
    }
    let asked = service.asked();
    // The third came out of the cache.
    assert_eq!(asked.len(), 8);
    assert_eq!(asked.iter().filter(|path| path.contains("update=early")).count(), 2);
    let again = fetch(folder.path(), &[&service], &TDX).await;
    assert!(again.out.contains("\"cached\": true"), "{}", again.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_source_nothing_is_written_and_every_reason_is_told() {
    let (folder, gone, stale) = (folder(), Service::failing().await, pcs(NOW - 40_000_000).await);
    let ran = fetch(folder.path(), &[&gone, &stale], &TDX).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("404") && ran.err.contains(&stale.url), "{}", ran.err);
    assert!(!folder.path().join("collateral.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chips_certificate_is_asked_for_by_what_its_report_says() {
    let (folder, service) = (folder(), Service::failing().await);
    let mut report = vec![0u8; 1184];
    report[0] = 3;
    report[0x188..0x18a].copy_from_slice(&[0x19, 0x11]);
    report[0x180..0x188].copy_from_slice(&[10, 0, 0, 0, 0, 0, 0x17, 0x54]);
    report[0x1a0..0x1e0].fill(0xc1);
    fs::write(folder.path().join("report.bin"), &report).unwrap();
    let snp = ["--kind", "snp", "--evidence", "report.bin", "--output", "chip.pem"];
    let ran = fetch(folder.path(), &[&service], &snp).await;
    assert!(ran.code == 1 && ran.err.contains("Genoa"), "{}", ran.err);
    assert!(service.asked()[0].starts_with("/vcek/v1/Genoa/"), "{:?}", service.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_nothing_to_be_fetched_or_cannot_be_read_is_bad_use() {
    let (folder, service) = (folder(), Service::failing().await);
    for kind in ["nitro", "tpm", "cca"] {
        let arguments = ["--kind", kind, "--evidence", "quote.bin", "--output", "out"];
        let ran = fetch(folder.path(), &[&service], &arguments).await;
        assert!(ran.code == 2 && ran.err.contains("nothing to fetch"), "{}", ran.err);
    }
    let none = ["--kind", "tdx", "--evidence", "none", "--output", "out"];
    assert_eq!(fetch(folder.path(), &[&service], &none).await.code, 2);
    let ran = fetch(folder.path(), &[], &[&TDX[..], &["--source", "pccs.example.org"]].concat()).await;
    assert!(ran.code == 2 && ran.err.contains("is a URL"), "{}", ran.err);
    assert!(service.asked().is_empty());
}
