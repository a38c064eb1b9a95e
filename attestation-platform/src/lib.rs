//! The I/O half of attestation: obtains evidence from the platform that a program runs on, and what vendors say
//! about platforms from the vendors' services.
//!
//! **Where it stands.** Worker and keyholder ask their [`Platform`] for a quote over the report data of their
//! attested statement, at boot and before the verdict's end. The command line asks [`fetch`] for collateral, and so does
//! a guest on SNP for its chip's certificate, where the host gives none ([`ChipCertificates`]). The pure half,
//! `adyton-attestation`, verifies both: on chain, in keyholders, in clients.
//!
//! **What must always hold.** Evidence that leaves here carries what was asked for: report data, or a nonce made
//! from it. There is no way to run without attestation: the setting `none` exists only to be refused. Nothing
//! that a service answers is believed; it is read within bounds and given to the caller's own check.
//!
//! **What it refuses.** Platforms that are there and attest to nothing (an attestation type of `none`, a Nitro
//! enclave in debug mode, a GPU whose confidential computing is off), answers to somebody else's request, answers
//! beyond their bounds, parts that do not belong together, and devices that do not answer in time.
//!
//! Adapters: [`ConfigfsTsm`] for Linux guests on TDX and SNP, [`Gramine`] for SGX, [`Nitro`] for AWS, [`AzureVtpm`]
//! for Azure, [`Socket`] for a device behind a unix socket, which is what the local network's development device
//! is; and [`Gpus`] beside any of them. Programs see only the trait. Where the report data stands in the evidence:
//!
//! | adapter | place |
//! |---|---|
//! | [`ConfigfsTsm`], [`Gramine`], [`Socket`] | the report data of the hardware's report |
//! | [`Nitro`] | `user_data`; there is no `nonce` and no `public_key` |
//! | [`AzureVtpm`] | the challenge of the TPM's quote, which is [`azure_nonce`] of it |
//! | [`Gpus`] | the nonce, which the caller makes of it |
//!
//! [`detect()`] says which one a machine has:
//!
//! ```
//! use adyton_attestation_platform::{Evidence, Places, PlatformError, detect};
//!
//! async fn attest(report_data: [u8; 64]) -> Result<Evidence, PlatformError> {
//!     let detection = detect(&Places::default());
//!     println!("{detection}");
//!     let Some(config) = detection.platform() else { return Err(PlatformError::AttestationOff) };
//!     config.open()?.evidence(report_data).await
//! }
//! ```

#![forbid(unsafe_code)]

#[cfg(test)]
mod any_bytes;
mod azure;
mod chip_certificates;
mod configfs_tsm;
mod detect;
pub mod device;
mod entries;
mod error;
pub mod fetch;
mod gramine;
mod http;
mod nitro;
mod nvidia;
mod patience;
mod pem;
mod report_data;
mod socket;
mod tpm;

use adyton_attestation::EvidenceKind;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub use azure::{AzureVtpm, Hardware, nonce as azure_nonce};
pub use chip_certificates::ChipCertificates;
pub use configfs_tsm::{ConfigfsTsm, Provider};
pub use detect::{Detection, Finding, Places, detect};
pub use entries::{Entries, KernelEntries};
pub use error::PlatformError;
pub use gramine::Gramine;
pub use http::Patience;
pub use nitro::{KernelModule, Nitro, SecurityModule};
pub use nvidia::{
    ConfidentialState, GpuEvidence, GpuLibrary, Gpus, MAX_GPU_CHAIN_BYTES, MAX_GPU_REPORT_BYTES, MAX_GPUS,
    ManagementLibrary,
};
pub use socket::Socket;
pub use tpm::{MAX_TPM_MESSAGE_BYTES, Tpm, TpmDevice};

/// Evidence, and what the platform handed out along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its kind.
    pub kind: EvidenceKind,
    /// What the verifier of that kind takes.
    pub bytes: Vec<u8>,
    /// Certificates (DER) that the platform gave, leaf first, where it gave any that are not in the evidence
    /// itself. They come from the host and are the verifier's to judge.
    pub certificates: Vec<Vec<u8>>,
}

/// The platform that this program runs on.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Evidence over `report_data`, which it is checked to carry.
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError>;

    /// The same, with the certificates that the platform gives along.
    async fn evidence(&self, report_data: [u8; 64]) -> Result<Evidence, PlatformError> {
        Ok(Evidence { kind: self.kind(), bytes: self.quote(report_data).await?, certificates: Vec::new() })
    }

    /// A secret that only this program on this machine gets, the same after a restart; `None` where the
    /// platform has no such thing. Different labels give independent keys.
    async fn sealing_key(&self, label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError>;

    /// The kind of evidence that [`Platform::quote`] returns.
    fn kind(&self) -> EvidenceKind;

    /// A name for logs.
    fn name(&self) -> &'static str;
}

/// Where evidence comes from, as it stands in a program's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PlatformConfig {
    /// The Linux kernel's interface for confidential guests.
    ConfigfsTsm {
        /// The folder of reports.
        #[serde(default = "default_folder")]
        folder: PathBuf,
        /// The kernel's driver below it.
        #[serde(default)]
        provider: Provider,
        /// For AMD SEV-SNP: the services that are asked, in this order, for the certificate of the chip's key where the
        /// host gives none. With none of them nobody is asked.
        #[serde(default = "default_kds")]
        kds: Vec<String>,
        /// The folder in which what they gave is kept.
        #[serde(default = "default_kds_cache")]
        kds_cache: PathBuf,
    },
    /// Gramine's pseudo-files of an SGX enclave.
    Gramine {
        /// Their folder.
        #[serde(default = "default_gramine")]
        folder: PathBuf,
    },
    /// The device of an AWS Nitro enclave.
    Nitro {
        /// The device.
        #[serde(default = "default_nitro")]
        device: PathBuf,
    },
    /// The TPM of a confidential virtual machine of Azure.
    AzureVtpm {
        /// The TPM's device.
        #[serde(default = "default_tpm")]
        device: PathBuf,
        /// The hardware below.
        hardware: Hardware,
        /// The URL of the metadata service.
        #[serde(default = "default_metadata")]
        metadata: String,
        /// A file with the certificates (PEM) of the authorities above the TPM's key, nearest first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorities: Option<PathBuf>,
    },
    /// A device behind a unix socket.
    Socket {
        /// The socket's path.
        path: PathBuf,
        /// Which program this is, for devices that cannot measure it.
        role: String,
    },
    /// No attestation. Always refused by [`PlatformConfig::open`].
    None,
}

fn default_folder() -> PathBuf {
    PathBuf::from("/sys/kernel/config/tsm/report")
}

fn default_kds() -> Vec<String> {
    fetch::FetchConfig::default().amd
}

fn default_kds_cache() -> PathBuf {
    PathBuf::from("/var/lib/adyton/endorsements")
}

fn default_gramine() -> PathBuf {
    PathBuf::from("/dev/attestation")
}

fn default_nitro() -> PathBuf {
    PathBuf::from("/dev/nsm")
}

fn default_tpm() -> PathBuf {
    PathBuf::from("/dev/tpmrm0")
}

fn default_metadata() -> String {
    "http://169.254.169.254".into()
}

impl PlatformConfig {
    /// The platform that the configuration names.
    ///
    /// # Errors
    /// [`PlatformError::AttestationOff`] for [`PlatformConfig::None`]; [`PlatformError::Setting`]; what a file or a client
    /// for HTTPS that the adapter needs fails with.
    pub fn open(&self) -> Result<Box<dyn Platform>, PlatformError> {
        match self {
            Self::ConfigfsTsm { folder, provider, kds, kds_cache } => {
                let platform = ConfigfsTsm::new(folder.clone(), *provider);
                match provider {
                    Provider::SevGuest if !kds.is_empty() => {
                        let certificates = ChipCertificates::new(kds.clone(), kds_cache.clone())?;
                        Ok(Box::new(platform.with_certificates(certificates)))
                    }
                    Provider::SevGuest | Provider::TdxGuest => Ok(Box::new(platform)),
                }
            }
            Self::Gramine { folder } => Ok(Box::new(Gramine::new(folder.clone()))),
            Self::Nitro { device } => Ok(Box::new(Nitro::new(device.clone()))),
            Self::AzureVtpm { device, hardware, metadata, authorities } => {
                let platform = AzureVtpm::new(device.clone(), *hardware, metadata.clone())?;
                Ok(Box::new(match authorities {
                    Some(file) => platform.with_authorities(&read_text(file)?)?,
                    None => platform,
                }))
            }
            Self::Socket { path, role } => Ok(Box::new(Socket::new(path.clone(), role.clone()))),
            Self::None => Err(PlatformError::AttestationOff),
        }
    }
}

/// A file of the operator's with certificates.
fn read_text(file: &Path) -> Result<String, PlatformError> {
    const LIMIT: usize = 64 * 1024;
    let bytes = KernelEntries.read(file, LIMIT + 1).map_err(PlatformError::io("read the authorities' certificates"))?;
    if bytes.len() > LIMIT {
        return Err(PlatformError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| PlatformError::Malformed("a list of certificates in PEM"))
}
