//! The management library itself, loaded when it is asked for: a machine without GPUs has none.
//!
//! The calls are those of `nvml-wrapper`, which holds the unsafe code. Where the library contradicts its own
//! bounds, that crate panics; the adapter calls it on a thread where a panic becomes an error.

use nvml_wrapper::{Nvml, enums::device::DeviceArchitecture};
use std::ffi::OsStr;

use super::{ConfidentialState, GpuLibrary};
use crate::PlatformError;

/// The name under which the driver installs it; the one without a number comes only with its development files.
const FILE: &str = "libnvidia-ml.so.1";

/// NVIDIA's management library.
pub struct ManagementLibrary {
    nvml: Nvml,
}

impl ManagementLibrary {
    /// Loads the library from where the system looks for libraries.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] where it is absent or finds no driver.
    pub fn load() -> Result<Self, PlatformError> {
        let refused = |error| PlatformError::Refused(format!("NVIDIA's management library ({FILE}): {error}"));
        let nvml = Nvml::builder().lib_path(OsStr::new(FILE)).init().map_err(refused)?;
        Ok(Self { nvml })
    }

    fn device(&self, index: u32) -> Result<nvml_wrapper::Device<'_>, String> {
        self.nvml.device_by_index(index).map_err(|error| error.to_string())
    }
}

impl GpuLibrary for ManagementLibrary {
    /// The state is the whole machine's; the library tells it through any GPU.
    fn state(&self) -> Result<ConfidentialState, String> {
        let any = self.device(0)?;
        let on = any.is_cc_enabled().map_err(|error| error.to_string())?;
        let developer_tools = any.is_cc_dev_mode_enabled().map_err(|error| error.to_string())?;
        Ok(ConfidentialState { on, developer_tools })
    }

    fn count(&self) -> Result<u32, String> {
        self.nvml.device_count().map_err(|error| error.to_string())
    }

    fn names(&self, index: u32) -> Result<(String, &'static str), String> {
        let gpu = self.device(index)?;
        let architecture = match gpu.architecture().map_err(|error| error.to_string())? {
            DeviceArchitecture::Hopper => "HOPPER",
            DeviceArchitecture::Blackwell => "BLACKWELL",
            other => return Err(format!("GPU {index} is of the architecture {other:?}, which gives no evidence")),
        };
        Ok((gpu.uuid().map_err(|error| error.to_string())?, architecture))
    }

    fn report(&self, index: u32, nonce: [u8; 32]) -> Result<Vec<u8>, String> {
        let answer = self.device(index)?.confidential_compute_gpu_attestation_report(nonce);
        answer.map(|answer| answer.attestation_report).map_err(|error| error.to_string())
    }

    fn certificates(&self, index: u32) -> Result<Vec<u8>, String> {
        let answer = self.device(index)?.confidential_compute_gpu_certificate();
        answer.map(|answer| answer.attestation_cert_chain).map_err(|error| error.to_string())
    }
}
