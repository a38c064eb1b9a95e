//! Reports of real GPUs and switches, and manifests that NVIDIA signed. The folder is named by `ADYTON_EVIDENCE`;
//! without it, these tests say so and pass.

use adyton_attestation::{
    nvidia::{
        Architecture, Chain, CheckedManifest, ManifestSubject, NvidiaCertificate, NvidiaEndorsements, NvidiaEvidence,
        NvidiaPolicy, NvidiaRefusal, NvidiaRoot, NvidiaRoots, NvidiaVerdict, PassthroughMode,
        bundle::{BundledEvidence, read_bundle, read_report},
        require_distinct, verify_manifest, verify_nvidia,
    },
    x509::Fault,
};
use serde_json::Value;
use std::{fs, path::PathBuf};

/// Devices' certificates are valid without end, so any time will do: 2026-09-21.
const NOW: u64 = 1_790_000_000;
/// 2024-06-01: the certificates of the older manifests were valid.
const IN_2024: u64 = 1_717_200_000;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("nvidia");
    if folder.join("cases.json").exists() {
        return Some(folder);
    }
    println!("skipped: no recorded evidence at {}", folder.display());
    None
}

/// The report and chain that a case names: an entry of a bundle, or a file beside its chain.
fn evidence(folder: &std::path::Path, name: &str) -> (Vec<u8>, Vec<u8>, Option<BundledEvidence>) {
    if let Some((file, place)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        let entries = read_bundle(&fs::read(folder.join(file)).unwrap()).unwrap();
        let entry = entries[place.parse::<usize>().unwrap()].clone();
        return (entry.report.clone(), entry.certificate_chain.clone(), Some(entry));
    }
    let chain = match name {
        "hopperAttestationReportInvalidSignature.txt" => "hopperCertChain.txt".into(),
        "switchAttestationReportInvalidSignature.txt" => "switchCertChain.txt".into(),
        name => name.replace("AttestationReport", "CertChain"),
    };
    let report = read_report(&fs::read(folder.join(name)).unwrap()).unwrap();
    (report, fs::read(folder.join(chain)).unwrap(), None)
}

fn cases(folder: &std::path::Path) -> Vec<Value> {
    serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap()
}

fn verify(name: &str, manifests: &[CheckedManifest], now: u64) -> Option<Result<NvidiaVerdict, NvidiaRefusal>> {
    let folder = folder()?;
    let (report, certificate_chain, _) = evidence(&folder, name);
    let evidence = NvidiaEvidence { report: &report, certificate_chain: &certificate_chain };
    let endorsements = NvidiaEndorsements { manifests, responses: &[] };
    let policy = NvidiaPolicy::insecure_without_endorsements();
    Some(verify_nvidia(&evidence, &endorsements, &NvidiaRoots::nvidia(), &policy, now))
}

fn manifest(name: &str, now: u64) -> Option<Result<CheckedManifest, NvidiaRefusal>> {
    let xml = fs::read(folder()?.join("rims").join(name)).unwrap();
    let policy = NvidiaPolicy::insecure_without_endorsements().revocation;
    Some(verify_manifest(&xml, &[], &NvidiaRoots::nvidia(), &policy, now))
}

/// Case 169, with real signatures.
#[test]
fn every_recorded_report_gets_the_stated_verdict() {
    let Some(folder) = folder() else { return };
    let cases = cases(&folder);
    let mut accepted = 0;
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let result = verify(name, &[], NOW).unwrap();
        if case["verdict"].as_str().unwrap().starts_with("REJECT") {
            assert_eq!(result.unwrap_err(), NvidiaRefusal::ReportSignature, "{name}");
            continue;
        }
        let verdict = result.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        accepted += 1;
        let text = |field: &str| case[field].as_str();
        assert_eq!(hex::encode(verdict.nonce), text("nonce_in_report").unwrap(), "{name}");
        assert_eq!(verdict.measurements.len() as u64, case["measurements"].as_u64().unwrap(), "{name}");
        assert_eq!(verdict.driver.map(|driver| driver.to_string()).as_deref(), text("driver"), "{name}");
        let board = text("project").filter(|project| !project.contains("None"));
        assert_eq!(verdict.board.as_deref(), board, "{name}");
        assert_eq!(verdict.report_states_firmware_id, text("fwid_opaque").is_some(), "{name}");
        let serial = case["chain_serials"][0].as_str().unwrap();
        assert!(hex::encode(verdict.ueid).starts_with(&serial[2..]), "{name}");
        if let Some(firmware_id) = text("fwid_opaque") {
            assert!(hex::encode(verdict.firmware_id).starts_with(firmware_id), "{name}");
        }
        let protected = match text("protected_pcie") {
            Some("aa") => verdict.mode == PassthroughMode::ProtectedPcie,
            Some(_) | None => verdict.mode != PassthroughMode::ProtectedPcie,
        };
        assert!(protected, "{name}");
        if let Some(nonce) = text("nonce_expected") {
            let nonce: [u8; 32] = hex::decode(nonce).unwrap().try_into().unwrap();
            assert!(verdict.clone().bind(&nonce).is_ok(), "{name}");
            assert_eq!(verdict.bind(&[0; 32]).unwrap_err(), NvidiaRefusal::Nonce, "{name}");
        }
    }
    assert_eq!((cases.len(), accepted), (18, 16));
}

#[test]
fn bundles_say_the_architecture_and_nonce_that_their_reports_have() {
    let Some(folder) = folder() else { return };
    for case in cases(&folder) {
        let name = case["name"].as_str().unwrap();
        let (_, _, Some(entry)) = evidence(&folder, name) else { continue };
        let verdict = verify(name, &[], NOW).unwrap().unwrap();
        assert_eq!((verdict.architecture, verdict.nonce), (entry.architecture, entry.nonce), "{name}");
    }
}

/// Case 175.
#[test]
fn four_copies_of_a_switchs_evidence_are_not_four_switches_and_four_gpus_are_four() {
    if folder().is_none() {
        return;
    }
    let all = |file: &str| -> Vec<_> {
        (0..4).map(|place| verify(&format!("{file}[{place}]"), &[], NOW).unwrap().unwrap()).collect()
    };
    let (gpus, switches) = (all("multi_gpu_hopper.json"), all("multi_switch_ls10.json"));
    assert_eq!(require_distinct(gpus.iter().map(|verdict| &**verdict)), Ok(()));
    let copies = require_distinct(switches.iter().map(|verdict| &**verdict));
    assert_eq!(copies, Err(NvidiaRefusal::RepeatedEvidence));
}

#[test]
fn a_switch_names_itself_as_its_certificate_does() {
    let Some(verdict) = verify("switch_evidence_ls10.json[0]", &[], NOW) else { return };
    let verdict = verdict.unwrap();
    assert_eq!(verdict.architecture, Architecture::NvSwitch);
    assert_eq!(verdict.identifier.unwrap(), verdict.device[12..20]);
    assert_eq!(hex::encode(verdict.serial), "48b02dfe0092cddb");
}

#[test]
fn the_pinned_roots_are_the_published_ones() {
    let Some(folder) = folder() else { return };
    let certificate = |file: &str| {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap()
    };
    let device = NvidiaRoot::from_certificate(&certificate("verifier_device_root.pem"), Chain::Device);
    let manifest = NvidiaRoot::from_certificate(&certificate("verifier_RIM_root.pem"), Chain::Manifest);
    assert_eq!((device, manifest), (Ok(NvidiaRoot::device()), Ok(NvidiaRoot::manifest())));
}

#[test]
fn a_gpu_with_its_own_firmware_manifest_is_accepted() {
    let Some(manifest) = manifest("1010_0200_882_96005E0001_PROD.swidtag", IN_2024) else { return };
    let manifest = [manifest.unwrap()];
    let verdict = verify("hopperAttestationReport.txt", &manifest, IN_2024).unwrap().unwrap();
    assert_eq!(verdict.firmware_manifest, Some(manifest[0].id()));
    // Its signer's certificate: 2023-06-23 to 2025-06-22.
    assert_eq!((verdict.valid_from, verdict.valid_until), (1_687_512_633, 1_750_584_633));
}

#[test]
fn a_switch_with_its_own_firmware_manifest_is_accepted() {
    let Some(manifest) = manifest("switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml", NOW) else { return };
    let manifest = [manifest.unwrap()];
    for name in ["switchAttestationReport.txt", "multi_switch_ls10.json[3]"] {
        assert!(verify(name, &manifest, NOW).unwrap().unwrap().firmware_manifest.is_some());
    }
    let gpu = verify("hopperAttestationReport.txt", &manifest, NOW).unwrap();
    assert_eq!(gpu.unwrap_err(), NvidiaRefusal::ManifestChip(ManifestSubject::Firmware));
}

/// Case 172.
#[test]
fn a_manifest_that_nvidia_signed_for_other_measurements_is_refused() {
    for (name, report, now, index) in [
        ("1010_0200_882_96005E0001_test_no_gpu.swidtag", "hopperAttestationReport.txt", IN_2024, 1),
        ("NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml", "hopperAttestationReport.txt", IN_2024, 9),
        ("1010_0205_862_96005E0004_PROD.swidtag", "hopperAttestationReportExpired.txt", IN_2024, 9),
    ] {
        let Some(manifest) = manifest(name, now) else { return };
        let result = verify(report, &[manifest.unwrap()], now).unwrap();
        let expected = NvidiaRefusal::Measurement { subject: ManifestSubject::Firmware, index };
        assert_eq!(result.unwrap_err(), expected, "{name}");
    }
}

/// Case 174.
#[test]
fn a_manifest_for_other_firmware_is_refused() {
    let Some(manifest) = manifest("1010_0205_862_96005E0004_PROD.swidtag", IN_2024) else { return };
    let result = verify("hopperAttestationReport.txt", &[manifest.unwrap()], IN_2024).unwrap();
    assert!(matches!(result.unwrap_err(), NvidiaRefusal::ManifestFirmware { .. }));
}

/// Case 173.
#[test]
fn manifests_with_a_broken_signature_chain_or_time_are_refused() {
    let expired = |refusal: NvidiaRefusal| {
        let leaf = NvidiaCertificate::Leaf(Chain::Manifest);
        matches!(refusal, NvidiaRefusal::Certificate(certificate, Fault::Expired { .. }) if certificate == leaf)
    };
    // 2025-06-01 and 2025-11-01.
    let (in_june, in_november) = (1_748_736_000, 1_761_955_200);
    for (name, now, expected) in [
        ("NV_GPU_DRIVER_GH100_535.86.09_measurement_mismatch.xml", in_june, NvidiaRefusal::ManifestDigest),
        ("NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml", in_june, NvidiaRefusal::ManifestDigest),
        (
            "NV_SWITCH_BIOS_5612_0002_890_9610550001_measurement_mismatch.xml",
            in_november,
            NvidiaRefusal::ManifestDigest,
        ),
        ("incorrect_signature_driver_rim.xml", in_june, NvidiaRefusal::ManifestSignature),
    ] {
        let Some(result) = manifest(name, now) else { return };
        assert_eq!(result.unwrap_err(), expected, "{name}");
    }
    let Some(result) = manifest("incorrect_cert_chain_driver_rim.xml", in_june) else { return };
    assert!(matches!(result.unwrap_err(), NvidiaRefusal::UntrustedRoot(Chain::Manifest, _)));
    let Some(result) = manifest("NV_GPU_DRIVER_GH100_570.124.03_expired.xml", in_june) else { return };
    assert!(expired(result.unwrap_err()));
    let Some(result) = manifest("1010_0200_882_96005E0001_PROD.swidtag", 1_750_584_634) else { return };
    assert!(expired(result.unwrap_err()));
}

/// Case 174.
#[test]
fn every_recorded_manifest_counts_only_for_the_software_that_it_names() {
    let Some(folder) = folder() else { return };
    let mut accepted = Vec::new();
    for file in fs::read_dir(folder.join("rims")).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let in_time = [IN_2024, NOW].into_iter().filter_map(|now| Some((manifest(&file, now)?.ok()?, now)));
        for (manifest, now) in in_time {
            let manifest = [manifest];
            for case in cases(&folder) {
                let name = case["name"].as_str().unwrap();
                if verify(name, &manifest, now).unwrap().is_ok() {
                    accepted.push(format!("{name} {file}"));
                }
            }
        }
    }
    accepted.sort();
    accepted.dedup();
    let switch = "switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml";
    let mut expected: Vec<_> = (0..4).map(|place| format!("multi_switch_ls10.json[{place}] {switch}")).collect();
    expected.push("hopperAttestationReport.txt 1010_0200_882_96005E0001_PROD.swidtag".into());
    expected
        .extend(["switchAttestationReport.txt", "switch_evidence_ls10.json[0]"].map(|name| format!("{name} {switch}")));
    expected.sort();
    assert_eq!(accepted, expected);
}
