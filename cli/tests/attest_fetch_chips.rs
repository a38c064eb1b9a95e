//! `adyton attest fetch` against services of AMD's and NVIDIA's shape on loopback, under authorities of our own: what is
//! good is written and judged by `adyton attest verify`, what is forged is passed over.

use std::{fs, path::Path};

use adyton_attestation::snp::{SnpKey, SnpProduct};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{
    nvidia::{self, Certificate, Device, Manifest, Ocsp},
    program::{Ran, run},
    service::{Service, run_beside},
    snp,
};

/// Of both vendors' test evidence.
const AT: &str = "1790000000";
const LINE: SnpProduct = SnpProduct::Milan;

/// A folder with the evidence of a chip, of a guest in a cloud and of a GPU, and a policy that trusts their roots.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    let authority = |key| snp::authority(LINE, key).encode();
    let of_amd = [snp::ark(LINE).encode(), authority(SnpKey::Vcek), authority(SnpKey::Vlek)];
    write("amd.pem", &nvidia::pem(&of_amd));
    write("chip.bin", &snp::good(LINE).evidence().report);
    let in_cloud = snp::good_of(LINE, SnpKey::Vlek).evidence();
    write("cloud.bin", &in_cloud.report);
    write("vlek.der", &in_cloud.vek);
    let device = Device::hopper();
    write("devices.der", &device.chain.last().unwrap().der());
    write("manifests.der", &Manifest::driver().chain.last().unwrap().der());
    let bundle = json!([{
        "arch": "HOPPER",
        "certificate": STANDARD.encode(device.pem()),
        "evidence": STANDARD.encode(device.report()),
        "nonce": hex::encode(device.nonce),
    }]);
    write("gpu.json", bundle.to_string().as_bytes());
    let policy = run(folder.path(), &["attest", "policy"]).out;
    let policy = policy.replace("danger_snp = []", "danger_snp = [\"amd.pem\"]").replace(
        "danger_nvidia = []",
        "danger_nvidia = [{ devices = \"devices.der\", manifests = \"manifests.der\" }]",
    );
    let policy = policy.replace("insecure_allow_unchecked = true", "insecure_allow_unchecked = false");
    write("policy.toml", policy.as_bytes());
    folder
}

async fn fetch(folder: &Path, kind: &str, evidence: &str, services: &[&str]) -> Ran {
    let usual = ["attest", "fetch", "--policy", "policy.toml", "--at", AT, "--no-cache", "--json"];
    let named = ["--kind", kind, "--evidence", evidence, "--output", "fetched"];
    run_beside(folder, usual.into_iter().chain(named).chain(services.iter().copied())).await
}

/// Requires that nothing was written, and that the source was passed over for this.
fn is_passed_over(ran: &Ran, folder: &Path, reason: &str) {
    assert!(ran.code == 1 && ran.err.contains(reason), "{}{}", ran.out, ran.err);
    assert!(!folder.join("fetched").exists());
}

fn verify(folder: &Path, kind: &str, evidence: &str, more: &[&str]) -> Ran {
    let usual = ["attest", "verify", "--kind", kind, "--evidence", evidence, "--policy", "policy.toml", "--at", AT];
    run(folder, &[&usual[..], &["--endorsements", "fetched"], more].concat())
}

/// AMD's service (KDS), with this revocation list.
async fn kds(list: Vec<u8>) -> Service {
    kds_with(list, snp::authority(LINE, SnpKey::Vlek), snp::ark(LINE)).await
}

/// The same, with this authority and root of clouds' keys.
async fn kds_with(list: Vec<u8>, authority: snp::Certificate, root: snp::Certificate) -> Service {
    let [asked_chip, chip] = [hex::encode(snp::CHIP), String::from("/vcek/v1/Milan/")];
    let vcek = snp::good(LINE).evidence().vek;
    Service::start(move |path, _| {
        let chain = |authority: &snp::Certificate, root: &snp::Certificate| {
            nvidia::pem(&[authority.encode(), root.encode()]).into_response()
        };
        match path {
            "/vcek/v1/Milan/cert_chain" => chain(&snp::authority(LINE, SnpKey::Vcek), &snp::ark(LINE)),
            "/vlek/v1/Milan/cert_chain" => chain(&authority, &root),
            "/vcek/v1/Milan/crl" | "/vlek/v1/Milan/crl" => list.clone().into_response(),
            path if path.starts_with(&chip) && path.contains(&asked_chip) => vcek.clone().into_response(),
            other => (StatusCode::NOT_FOUND, other.to_owned()).into_response(),
        }
    })
    .await
}

fn good_list() -> Vec<u8> {
    snp::revocation_list(LINE, (snp::NOW - snp::DAY, snp::NOW + snp::DAY), &[9], snp::root_key())
}

/// Signed by an authority in place of the root.
fn forged_list() -> Vec<u8> {
    snp::revocation_list(LINE, (snp::NOW - snp::DAY, snp::NOW + snp::DAY), &[], snp::authority_key())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_amd_says_of_a_chip_is_written_and_judges_its_report() {
    let (folder, service) = (folder(), kds(good_list()).await);
    let ran = fetch(folder.path(), "snp", "chip.bin", &["--source", &service.url]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = verify(folder.path(), "snp", "chip.bin", &[]);
    assert!(ran.code == 0 && ran.out.contains("passed     revocation"), "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_revocation_list_of_amds_is_passed_over() {
    let (folder, service) = (folder(), kds(forged_list()).await);
    for evidence in ["chip.bin", "cloud.bin"] {
        let ran = fetch(folder.path(), "snp", evidence, &["--source", &service.url]).await;
        is_passed_over(&ran, folder.path(), "revocation list");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_authority_or_root_of_clouds_keys_is_passed_over() {
    let (good, root) = (|| snp::authority(LINE, SnpKey::Vlek), || snp::ark(LINE));
    let stranger = snp::authority_key;
    let of_stranger = snp::Certificate { signer: stranger().clone(), ..good() };
    let other_key = snp::write::rsa_key(stranger());
    let strangers_root = snp::Certificate { public_key: other_key, signer: stranger().clone(), ..root() };
    let ended = snp::Certificate { window: (snp::NOW - 9 * snp::DAY, snp::NOW - snp::DAY), ..good() };
    for (authority, root, reason) in [
        (of_stranger.clone(), root(), "its signature does not verify"),
        (snp::authority(LINE, SnpKey::Vcek), root(), "its subject is not"),
        (ended, root(), "was valid until"),
        (good(), strangers_root.clone(), "the pinned one is wanted"),
        (of_stranger, strangers_root, "the pinned one is wanted"),
    ] {
        let (folder, service) = (folder(), kds_with(good_list(), authority, root).await);
        let ran = fetch(folder.path(), "snp", "cloud.bin", &["--source", &service.url]).await;
        is_passed_over(&ran, folder.path(), reason);
    }
}

/// A source's answer is no file of the person's: that it cannot be read is the source's failure, not bad use.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_certificates_cannot_be_read_is_passed_over() {
    let folder = folder();
    let service = Service::start(|_, _| "-----BEGIN CERTIFICATE-----\nwords".into_response()).await;
    for evidence in ["chip.bin", "cloud.bin"] {
        let ran = fetch(folder.path(), "snp", evidence, &["--source", &service.url]).await;
        is_passed_over(&ran, folder.path(), "its chain is not PEM");
        assert!(ran.err.contains(&service.url), "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_authority_of_clouds_keys_is_passed_over() {
    let serial = snp::authority(LINE, SnpKey::Vlek).serial;
    let list = snp::revocation_list(LINE, (snp::NOW - snp::DAY, snp::NOW + snp::DAY), &[serial], snp::root_key());
    let (folder, service) = (folder(), kds(list).await);
    let ran = fetch(folder.path(), "snp", "cloud.bin", &["--source", &service.url]).await;
    is_passed_over(&ran, folder.path(), "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authority_that_the_root_signed_is_written() {
    let another = snp::Certificate { serial: 77, ..snp::authority(LINE, SnpKey::Vlek) };
    let (folder, service) = (folder(), kds_with(good_list(), another, snp::ark(LINE)).await);
    let ran = fetch(folder.path(), "snp", "cloud.bin", &["--source", &service.url]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_amd_says_of_a_clouds_key_judges_a_report_with_the_clouds_certificate() {
    let (folder, service) = (folder(), kds(good_list()).await);
    let ran = fetch(folder.path(), "snp", "cloud.bin", &["--source", &service.url]).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = verify(folder.path(), "snp", "cloud.bin", &["--endorsements", "vlek.der"]);
    assert!(ran.code == 0 && ran.out.contains("passed     revocation"), "{}{}", ran.out, ran.err);
}

/// NVIDIA's services: manifests below a path, and the status of the certificate that a question names, as `status`
/// changes it.
async fn nvidia_services(status: impl Fn(&Certificate, Ocsp) -> Ocsp + Clone + Send + Sync + 'static) -> Service {
    Service::start(move |path, body| match path.strip_prefix("/v1/rim/") {
        Some("NV_GPU_DRIVER_GH100_570.86.10") => rim("NV_GPU_DRIVER_GH100_570.86.10", &Manifest::driver()),
        Some("NV_GPU_VBIOS_1010_0200_882_9600AF0001") => {
            rim("NV_GPU_VBIOS_1010_0200_882_9600AF0001", &Manifest::firmware())
        }
        Some(_) => StatusCode::NOT_FOUND.into_response(),
        None => {
            let chains = [Device::hopper().chain, Manifest::driver().chain];
            let places = chains.iter().flat_map(|chain| (0..chain.len() - 1).map(move |place| (chain, place)));
            let is_named = |serial: &[u8]| body.windows(serial.len()).any(|window| window == serial);
            let mut named = places.filter(|(chain, place)| is_named(&nvidia::integer(&chain[*place].serial)));
            match named.next() {
                Some((chain, place)) => status(&chain[place], Ocsp::about(chain, place)).der().into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }
    })
    .await
}

fn rim(id: &str, manifest: &Manifest) -> Response {
    let xml = manifest.xml();
    let sha256 = hex::encode(Sha256::digest(&xml));
    json!({ "id": id, "rim": STANDARD.encode(&xml), "sha256": sha256 }).to_string().into_response()
}

async fn fetch_of_nvidia(folder: &Path, service: &Service) -> Ran {
    fetch(folder, "nvidia", "gpu.json", &["--source", &service.url, "--status-source", &service.url]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nvidia_says_of_a_device_is_written_and_judges_its_report() {
    let (folder, service) = (folder(), nvidia_services(|_, ocsp| ocsp).await);
    let ran = fetch_of_nvidia(folder.path(), &service).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let fetched: Value = serde_json::from_slice(&fs::read(folder.path().join("fetched")).unwrap()).unwrap();
    let count = |field: &str| fetched[field].as_array().unwrap().len();
    // Three certificates between the device's leaf and root, three below the root of the manifests.
    assert_eq!((count("manifests"), count("ocsp_responses")), (2, 6));
    let ran = verify(folder.path(), "nvidia", "gpu.json", &[]);
    assert!(ran.code == 0 && !ran.out.contains("UNCHECKED  revocation"), "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_status_of_nvidias_is_passed_over() {
    let is_of_manifest = |certificate: &Certificate| certificate.subject.contains("RIM");
    for of_manifest in [false, true] {
        let folder = folder();
        let forge = move |certificate: &Certificate, ocsp: Ocsp| match is_of_manifest(certificate) == of_manifest {
            true => Ocsp { signer: nvidia::key::STRANGER, ..ocsp },
            false => ocsp,
        };
        let ran = fetch_of_nvidia(folder.path(), &nvidia_services(forge).await).await;
        is_passed_over(&ran, folder.path(), "sign");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_another_certificate_is_passed_over() {
    let is_of_manifest = |certificate: &Certificate| certificate.subject.contains("RIM");
    for of_manifest in [false, true] {
        let folder = folder();
        let other = move |certificate: &Certificate, ocsp: Ocsp| match is_of_manifest(certificate) == of_manifest {
            true => Ocsp { serial: vec![0x77; 9], ..ocsp },
            false => ocsp,
        };
        let ran = fetch_of_nvidia(folder.path(), &nvidia_services(other).await).await;
        is_passed_over(&ran, folder.path(), "not about the certificate");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_says_revoked_is_written_and_refuses_the_device() {
    let revoke = |certificate: &Certificate, ocsp: Ocsp| match certificate.subject.as_str() {
        "Test Provisioner" => Ocsp { statuses: vec![nvidia::revoked(1)], ..ocsp },
        _ => ocsp,
    };
    let (folder, service) = (folder(), nvidia_services(revoke).await);
    let ran = fetch_of_nvidia(folder.path(), &service).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = verify(folder.path(), "nvidia", "gpu.json", &[]);
    assert!(ran.code == 1 && ran.out.contains("REJECTED: revocation: "), "{}{}", ran.out, ran.err);
}
