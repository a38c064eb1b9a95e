//! Which platform this machine is, and why it is not one of the others.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Entries, Gpus, KernelEntries, PlatformConfig, PlatformError,
    azure::{self, Hardware},
    configfs_tsm::{self, Provider},
    gramine,
    tpm::{Tpm, TpmDevice},
};

/// The asset tag with which Azure marks its virtual machines.
const AZURE_TAG: &str = "7783-7084-3265-9085-8269-3286-77";

/// Where to look. The default is where Linux has these things.
#[derive(Clone)]
pub struct Places {
    /// Gramine's pseudo-files.
    pub gramine: PathBuf,
    /// The Nitro Security Module's device.
    pub nitro: PathBuf,
    /// The kernel's folder of reports.
    pub configfs_tsm: PathBuf,
    /// The file that says who made the machine.
    pub asset_tag: PathBuf,
    /// The TPM's device.
    pub tpm: PathBuf,
    /// Operations on the folders.
    pub entries: Arc<dyn Entries>,
    /// The TPM itself, if another than the device is meant.
    pub other_tpm: Option<Arc<dyn Tpm>>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            gramine: crate::default_gramine(),
            nitro: crate::default_nitro(),
            configfs_tsm: crate::default_folder(),
            asset_tag: "/sys/class/dmi/id/chassis_asset_tag".into(),
            tpm: crate::default_tpm(),
            entries: Arc::new(KernelEntries),
            other_tpm: None,
        }
    }
}

/// What was found about one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The platform, as a configuration names it.
    pub platform: &'static str,
    /// The configuration that uses it, or why this machine is not one.
    pub result: Result<PlatformConfig, String>,
}

/// What was found about all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// In the order in which they are preferred.
    pub findings: Vec<Finding>,
    /// The number of GPUs that compute confidentially, or why there are none.
    pub gpus: Result<u32, String>,
}

impl Detection {
    /// The platform that this machine is: the first that was found.
    pub fn platform(&self) -> Option<&PlatformConfig> {
        self.findings.iter().find_map(|finding| finding.result.as_ref().ok())
    }
}

impl fmt::Display for Detection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chosen = self.findings.iter().find(|finding| finding.result.is_ok()).map(|finding| finding.platform);
        match chosen {
            Some(platform) => writeln!(out, "this machine attests through {platform}")?,
            None => writeln!(out, "this machine attests through nothing that is supported")?,
        }
        for finding in &self.findings {
            match &finding.result {
                Ok(_) if chosen == Some(finding.platform) => writeln!(out, "  {}: yes", finding.platform)?,
                Ok(_) => writeln!(out, "  {}: too, and is not used", finding.platform)?,
                Err(reason) => writeln!(out, "  {}: no, {reason}", finding.platform)?,
            }
        }
        match &self.gpus {
            Ok(count) => write!(out, "  GPUs with confidential computing on: {count}"),
            Err(reason) => write!(out, "  GPUs: none, {reason}"),
        }
    }
}

/// Looks at `places`. It asks no platform for evidence, but for its type; it may block for a moment.
pub fn detect(places: &Places) -> Detection {
    let findings = vec![
        Finding { platform: "gramine", result: gramine(places) },
        Finding { platform: "nitro", result: nitro(places) },
        Finding { platform: "configfs-tsm", result: configfs(places) },
        Finding { platform: "azure-vtpm", result: azure(places) },
    ];
    Detection { findings, gpus: gpus(Gpus::open()) }
}

fn gramine(places: &Places) -> Result<PlatformConfig, String> {
    let folder = places.gramine.clone();
    require_there(&folder)?;
    let found = gramine::attestation_type(folder.clone(), Arc::clone(&places.entries)).map_err(in_words)?;
    match found.as_str() {
        "dcap" => Ok(PlatformConfig::Gramine { folder }),
        _ => Err(format!("its attestation type is {found:?}, and \"dcap\" is wanted")),
    }
}

fn nitro(places: &Places) -> Result<PlatformConfig, String> {
    let device = places.nitro.clone();
    require_there(&device)?;
    Ok(PlatformConfig::Nitro { device })
}

fn configfs(places: &Places) -> Result<PlatformConfig, String> {
    let folder = places.configfs_tsm.clone();
    require_there(&folder)?;
    let found = configfs_tsm::provider_name(&folder, Arc::clone(&places.entries)).map_err(in_words)?;
    match Provider::ALL.into_iter().find(|provider| provider.name() == found) {
        Some(provider) => {
            let (kds, kds_cache) = (crate::default_kds(), crate::default_kds_cache());
            Ok(PlatformConfig::ConfigfsTsm { folder, provider, kds, kds_cache })
        }
        None => Err(format!("the kernel's provider is {found:?}, which is not supported")),
    }
}

fn azure(places: &Places) -> Result<PlatformConfig, String> {
    require_there(&places.asset_tag)?;
    let tag = places.entries.read(&places.asset_tag, 256);
    let tag = tag.map_err(|error| format!("{} cannot be read: {error}", places.asset_tag.display()))?;
    let tag = String::from_utf8_lossy(&tag).trim().to_owned();
    if tag != AZURE_TAG {
        return Err(format!("the machine's asset tag is {tag:?}, and Azure's is {AZURE_TAG:?}"));
    }
    let device = places.tpm.clone();
    let hardware: Result<Hardware, PlatformError> = match &places.other_tpm {
        Some(tpm) => azure::hardware(&**tpm),
        None => require_there(&device).map(|()| azure::hardware(&TpmDevice::new(device.clone())))?,
    };
    let hardware = hardware.map_err(|error| format!("its TPM holds no report of a paravisor: {}", in_words(error)))?;
    Ok(PlatformConfig::AzureVtpm { device, hardware, metadata: crate::default_metadata(), authorities: None })
}

fn gpus(opened: Result<Gpus, PlatformError>) -> Result<u32, String> {
    let gpus = opened.map_err(in_words)?;
    let count = gpus.count().map_err(in_words)?;
    if count == 0 {
        return Err("NVIDIA's management library knows none".into());
    }
    match gpus.state().map_err(in_words)? {
        state if !state.on => Err("confidential computing is off".into()),
        state if state.developer_tools => Err("developer tools are on, with which the host looks in".into()),
        _ => Ok(count),
    }
}

fn require_there(path: &Path) -> Result<(), String> {
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("there is no {}", path.display())),
        Err(error) => Err(format!("{} cannot be looked at: {error}", path.display())),
    }
}

/// An error with what is behind it.
fn in_words(error: PlatformError) -> String {
    match error {
        PlatformError::Io { what, source } if source.kind() == io::ErrorKind::PermissionDenied => {
            format!("this program may not {what}: {source}")
        }
        PlatformError::Io { what, source } => format!("it cannot {what}: {source}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConfidentialState, GpuLibrary};

    struct Library(ConfidentialState, u32);

    impl GpuLibrary for Library {
        fn state(&self) -> Result<ConfidentialState, String> {
            Ok(self.0)
        }

        fn count(&self) -> Result<u32, String> {
            Ok(self.1)
        }

        fn names(&self, _: u32) -> Result<(String, &'static str), String> {
            Err("detection asks no GPU".into())
        }

        fn report(&self, _: u32, _: [u8; 32]) -> Result<Vec<u8>, String> {
            Err("detection asks no GPU".into())
        }

        fn certificates(&self, _: u32) -> Result<Vec<u8>, String> {
            Err("detection asks no GPU".into())
        }
    }

    #[test]
    fn gpus_count_if_they_compute_confidentially() {
        let with = |on, developer_tools, count| {
            let library = Library(ConfidentialState { on, developer_tools }, count);
            gpus(Ok(Gpus::with_library(Arc::new(library))))
        };
        assert_eq!(with(true, false, 8), Ok(8));
        assert!(with(false, false, 8).unwrap_err().contains("is off"));
        assert!(with(true, true, 8).unwrap_err().contains("developer tools"));
        assert!(with(true, false, 0).unwrap_err().contains("knows none"));
        assert!(gpus(Err(PlatformError::Refused("no library".into()))).unwrap_err().contains("no library"));
    }
}
