//! Which platform a machine is found to be, in folders that look like such machines.

use crate::support::{paravisor::Paravisor, tpm::EmulatedTpm};
use adyton_attestation_platform::{
    Detection, Entries, Hardware, KernelEntries, Places, PlatformConfig, Provider, detect,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{fs, io, path::Path, sync::Arc};
use tempfile::TempDir;

const AZURE: &str = "7783-7084-3265-9085-8269-3286-77\n";

/// A machine with nothing.
fn machine() -> (TempDir, Places) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let places = Places {
        gramine: at("attestation"),
        nitro: at("nsm"),
        configfs_tsm: at("report"),
        asset_tag: at("chassis_asset_tag"),
        tpm: at("tpmrm0"),
        ..Places::default()
    };
    (folder, places)
}

/// The kernel's folder, with a provider.
struct Kernel(&'static str);

impl Entries for Kernel {
    fn make(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)?;
        fs::write(path.join("provider"), self.0)
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        KernelEntries.read(path, limit)
    }

    fn write(&self, path: &Path, _: &[u8]) -> io::Result<()> {
        panic!("detection writes to {}", path.display())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
}

fn words(detection: &Detection, platform: &str) -> String {
    let finding = detection.findings.iter().find(|finding| finding.platform == platform).unwrap();
    finding.result.clone().unwrap_err()
}

#[test]
fn a_machine_with_nothing_is_none_and_says_why_for_each() {
    let (_folder, places) = machine();
    let detection = detect(&places);
    assert_eq!(detection.platform(), None);
    for platform in ["gramine", "nitro", "configfs-tsm", "azure-vtpm"] {
        assert!(words(&detection, platform).contains("there is no"), "{detection}");
    }
    assert!(detection.to_string().starts_with("this machine attests through nothing"), "{detection}");
}

#[test]
fn an_enclave_under_gramine_is_found_if_its_type_attests() {
    let (_folder, places) = machine();
    fs::create_dir(&places.gramine).unwrap();
    for (attestation_type, found) in [("none", false), ("epid", false), ("dcap\n", true)] {
        fs::write(places.gramine.join("attestation_type"), attestation_type).unwrap();
        let detection = detect(&places);
        assert_eq!(detection.platform().is_some(), found, "{detection}");
        if !found {
            assert!(words(&detection, "gramine").contains(attestation_type), "{detection}");
        }
    }
}

#[test]
fn an_enclave_of_aws_is_found_by_its_device() {
    let (_folder, places) = machine();
    fs::write(&places.nitro, "").unwrap();
    assert_eq!(detect(&places).platform(), Some(&PlatformConfig::Nitro { device: places.nitro.clone() }));
}

#[test]
fn a_guest_of_linux_is_found_by_its_provider_and_nothing_stays_behind() {
    for (name, provider) in [
        ("tdx_guest\n", Some(Provider::TdxGuest)),
        ("sev_guest\n", Some(Provider::SevGuest)),
        ("arm_cca_guest\n", None),
    ] {
        let (_folder, mut places) = machine();
        fs::create_dir(&places.configfs_tsm).unwrap();
        places.entries = Arc::new(Kernel(name));
        let detection = detect(&places);
        let folder = places.configfs_tsm.clone();
        let expected = provider.map(|provider| PlatformConfig::ConfigfsTsm {
            folder,
            provider,
            kds: vec!["https://kdsintf.amd.com".into()],
            kds_cache: "/var/lib/adyton/endorsements".into(),
        });
        assert_eq!(detection.platform(), expected.as_ref(), "{detection}");
        assert_eq!(fs::read_dir(&places.configfs_tsm).unwrap().count(), 0);
        if expected.is_none() {
            assert!(words(&detection, "configfs-tsm").contains("arm_cca_guest"), "{detection}");
        }
    }
}

#[test]
fn a_machine_of_azure_is_found_by_its_tag_and_its_paravisor() {
    for hardware in [Hardware::Snp, Hardware::Tdx] {
        let (_folder, mut places) = machine();
        fs::write(&places.asset_tag, AZURE).unwrap();
        assert!(words(&detect(&places), "azure-vtpm").contains("tpmrm0"), "a machine of Azure without a TPM");
        let paravisor = Paravisor::new(hardware);
        let tpm = EmulatedTpm::new(paravisor.modulus.clone(), paravisor.report());
        places.other_tpm = Some(Arc::new(tpm));
        let expected = hardware;
        match detect(&places).platform() {
            Some(PlatformConfig::AzureVtpm { hardware, .. }) => assert_eq!(*hardware, expected),
            other => panic!("{other:?}"),
        }
        // An ordinary machine of Azure has a TPM too, and no paravisor's report in it.
        let mut ordinary = EmulatedTpm::new(paravisor.modulus, vec![]);
        ordinary.nv.clear();
        places.other_tpm = Some(Arc::new(ordinary));
        assert!(words(&detect(&places), "azure-vtpm").contains("no report of a paravisor"));
        fs::write(&places.asset_tag, "Not Specified\n").unwrap();
        assert!(words(&detect(&places), "azure-vtpm").contains("Not Specified"));
    }
}

#[test]
fn of_two_platforms_the_first_is_taken_and_the_other_named() {
    let (_folder, mut places) = machine();
    fs::write(&places.nitro, "").unwrap();
    fs::create_dir(&places.configfs_tsm).unwrap();
    places.entries = Arc::new(Kernel("sev_guest"));
    let text = detect(&places).to_string();
    assert!(text.starts_with("this machine attests through nitro"), "{text}");
    assert!(text.contains("configfs-tsm: too, and is not used"), "{text}");
}

/// The reports of real paravisors, in a TPM that holds them.
#[test]
fn real_reports_of_paravisors_are_read() {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(std::path::PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("azure");
    let Ok(files) = fs::read_dir(&folder) else {
        println!("skipped: no recorded evidence at {}", folder.display());
        return;
    };
    let mut read = 0;
    for path in files.map(|file| file.unwrap().path()) {
        let Ok(bundle) = serde_json::from_slice::<serde_json::Value>(&fs::read(&path).unwrap()) else { continue };
        let Some(report) = bundle["hcl_report"].as_str() else { continue };
        let report = URL_SAFE_NO_PAD.decode(report.trim_end_matches('=')).unwrap();
        let (_folder, mut places) = machine();
        fs::write(&places.asset_tag, AZURE).unwrap();
        places.other_tpm = Some(Arc::new(EmulatedTpm::new(vec![], report)));
        let expected = if bundle["td_quote"].is_string() { Hardware::Tdx } else { Hardware::Snp };
        let detection = detect(&places);
        match detection.platform() {
            Some(PlatformConfig::AzureVtpm { hardware, .. }) => assert_eq!(*hardware, expected, "{}", path.display()),
            _ => panic!("{}: {detection}", path.display()),
        }
        read += 1;
    }
    println!("{read} reports");
    assert!(read > 0, "there is evidence, and none of it was read");
}
