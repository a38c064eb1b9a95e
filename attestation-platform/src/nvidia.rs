//! NVIDIA's GPUs and their evidence, through NVIDIA's management library (NVML).
//! Source: NVML API reference, "Confidential Compute Queries"; DMTF DSP0274 (SPDM) 1.1 for the first bytes of a report.
//!
//! A GPU is no platform of its own: its evidence says something only beside the evidence of the guest that holds
//! it, and only if its nonce was made from that guest's report data
//! ([`nonce_for_host`](adyton_attestation::nvidia::nonce_for_host)). All GPUs of a guest get the same; that they are
//! as many as they seem shows in their certificates.
//!
//! Switches (NVSwitch) are not asked: NVML knows nothing of their evidence. It comes from another library of NVIDIA's
//! (`libnvidia-nscq`, `nscq_attestation.h`), which answers through callbacks with structures of 8 KiB by value. No crate
//! holds the unsafe code for that, and there is nothing here to try it on. Who collects it with NVIDIA's own tools can have
//! it judged.

mod nvml;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{PlatformError, patience::patiently};

pub use nvml::ManagementLibrary;

/// The most GPUs of one machine.
pub const MAX_GPUS: u32 = 64;
/// The longest report of one GPU.
pub const MAX_GPU_REPORT_BYTES: usize = 8192;
/// The longest certificate chain of one GPU.
pub const MAX_GPU_CHAIN_BYTES: usize = 5120;

/// A report takes a second or two for each GPU.
const PATIENCE: Duration = Duration::from_secs(120);
/// SPDM version 1.1, request code GET_MEASUREMENTS.
const REQUEST: [u8; 2] = [0x11, 0xE0];
const REQUEST_NONCE: std::ops::Range<usize> = 4..36;
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Whether a machine's GPUs compute confidentially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfidentialState {
    /// Confidential computing is on.
    pub on: bool,
    /// Developer tools are on: they let the host look in.
    pub developer_tools: bool,
}

/// What the adapter needs of the management library. Errors are the library's own words.
pub trait GpuLibrary: Send + Sync {
    /// The machine's confidential state.
    fn state(&self) -> Result<ConfidentialState, String>;
    /// The number of GPUs.
    fn count(&self) -> Result<u32, String>;
    /// The name of GPU `index`, unique in the world, and of its architecture.
    fn names(&self, index: u32) -> Result<(String, &'static str), String>;
    /// The report of GPU `index` over `nonce`.
    fn report(&self, index: u32, nonce: [u8; 32]) -> Result<Vec<u8>, String>;
    /// The certificate chain of GPU `index`: PEM, leaf first.
    fn certificates(&self, index: u32) -> Result<Vec<u8>, String>;
}

/// The evidence of one GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpuEvidence {
    /// The GPU's name, unique in the world. Only the library says so: it is for logs.
    pub uuid: String,
    /// The architecture in capital letters, as NVIDIA's tools write it.
    pub architecture: &'static str,
    /// The nonce, which the report is checked to carry.
    pub nonce: [u8; 32],
    /// The SPDM request and response.
    pub report: Vec<u8>,
    /// The certificate chain: PEM, leaf first.
    pub certificates: Vec<u8>,
}

impl GpuEvidence {
    /// The evidence of several GPUs in the form of NVIDIA's tools: a JSON list.
    pub fn to_json(all: &[Self]) -> Vec<u8> {
        #[derive(Serialize)]
        struct Item<'a> {
            arch: &'a str,
            certificate: String,
            evidence: String,
            nonce: String,
        }
        let items: Vec<_> = all
            .iter()
            .map(|gpu| Item {
                arch: gpu.architecture,
                certificate: STANDARD.encode(&gpu.certificates),
                evidence: STANDARD.encode(&gpu.report),
                nonce: hex::encode(gpu.nonce),
            })
            .collect();
        serde_json::to_vec(&items).expect("a list of strings has a JSON form")
    }
}

/// The GPUs of this machine.
#[derive(Clone)]
pub struct Gpus {
    library: Arc<dyn GpuLibrary>,
}

impl Gpus {
    /// The GPUs that NVIDIA's management library knows. It is loaded now.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] where there is no such library, or no driver under it.
    pub fn open() -> Result<Self, PlatformError> {
        Ok(Self::with_library(Arc::new(ManagementLibrary::load()?)))
    }

    /// The same with another library: for emulation.
    pub fn with_library(library: Arc<dyn GpuLibrary>) -> Self {
        Self { library }
    }

    /// How many there are.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] or [`PlatformError::TooLarge`].
    pub fn count(&self) -> Result<u32, PlatformError> {
        count(&*self.library)
    }

    /// Whether they compute confidentially.
    ///
    /// # Errors
    /// [`PlatformError::Refused`].
    pub fn state(&self) -> Result<ConfidentialState, PlatformError> {
        self.library.state().map_err(PlatformError::Refused)
    }

    /// Evidence of all of them over `nonce`.
    ///
    /// # Errors
    /// [`PlatformError::NotAttesting`] if confidential computing is off or developer tools are on;
    /// [`PlatformError::Mismatch`] if two GPUs look like one;
    /// [`PlatformError::ReportData`] for a report over another nonce; else what the library says.
    pub async fn evidence(&self, nonce: [u8; 32]) -> Result<Vec<GpuEvidence>, PlatformError> {
        let library = Arc::clone(&self.library);
        patiently(PATIENCE, "wait for the GPUs", move || evidence(&*library, nonce)).await
    }
}

fn count(library: &dyn GpuLibrary) -> Result<u32, PlatformError> {
    let count = library.count().map_err(PlatformError::Refused)?;
    if count > MAX_GPUS { Err(PlatformError::TooLarge) } else { Ok(count) }
}

fn evidence(library: &dyn GpuLibrary, nonce: [u8; 32]) -> Result<Vec<GpuEvidence>, PlatformError> {
    require_confidential(library)?;
    let all = (0..count(library)?).map(|index| one(library, index, nonce)).collect::<Result<Vec<_>, _>>()?;
    let different = |part: fn(&GpuEvidence) -> &[u8]| all.iter().map(part).collect::<BTreeSet<_>>().len() == all.len();
    if different(|gpu| gpu.uuid.as_bytes()) && different(|gpu| &gpu.certificates) {
        Ok(all)
    } else {
        Err(PlatformError::Mismatch("two of the GPUs have the same name or the same certificate"))
    }
}

fn require_confidential(library: &dyn GpuLibrary) -> Result<(), PlatformError> {
    let found = match library.state().map_err(PlatformError::Refused)? {
        ConfidentialState { on: true, developer_tools: false } => return Ok(()),
        ConfidentialState { on: true, developer_tools: true } => "confidential computing with developer tools on",
        ConfidentialState { on: false, .. } => "confidential computing off",
    };
    let wanted = "confidential computing on and developer tools off";
    Err(PlatformError::NotAttesting { platform: "the GPU", found: found.into(), wanted })
}

fn one(library: &dyn GpuLibrary, index: u32, nonce: [u8; 32]) -> Result<GpuEvidence, PlatformError> {
    let (uuid, architecture) = library.names(index).map_err(PlatformError::Refused)?;
    let report = library.report(index, nonce).map_err(PlatformError::Refused)?;
    let mut certificates = library.certificates(index).map_err(PlatformError::Refused)?;
    if report.len() > MAX_GPU_REPORT_BYTES || certificates.len() > MAX_GPU_CHAIN_BYTES {
        return Err(PlatformError::TooLarge);
    }
    // The library counts the end of its C string.
    while certificates.last() == Some(&0) {
        certificates.pop();
    }
    if !certificates.starts_with(PEM) {
        return Err(PlatformError::Malformed("a certificate chain"));
    }
    match (report.get(..REQUEST.len()), report.get(REQUEST_NONCE)) {
        (Some(code), Some(found)) if code == REQUEST && found == nonce => (),
        (Some(code), Some(_)) if code == REQUEST => return Err(PlatformError::ReportData),
        _ => return Err(PlatformError::Malformed("an SPDM measurement report")),
    }
    Ok(GpuEvidence { uuid, architecture, nonce, report, certificates })
}
