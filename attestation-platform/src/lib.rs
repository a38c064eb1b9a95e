//! The I/O half of attestation: obtains evidence from the platform that a program runs on.
//!
//! **Where it stands.** Worker and keyholder ask their [`Platform`] for a quote over the report data of their
//! attested statement, at boot and before the verdict's end. The pure half, `adyton-attestation`, verifies it:
//! on chain, in keyholders, in clients.
//!
//! **What must always hold.** A quote that leaves here carries the report data that was asked for. There is no
//! way to run without attestation: the setting `none` exists only to be refused.
//!
//! **What it refuses.** Providers other than `tdx_guest`, answers to somebody else's request, answers beyond
//! their bounds, and devices that do not answer in time.
//!
//! Adapters: [`ConfigfsTsm`] for Linux guests, [`Socket`] for a device behind a unix socket, which is what the
//! local network's development device is. Programs see only the trait.

#![forbid(unsafe_code)]

mod configfs_tsm;
pub mod device;
mod error;
mod socket;

use adyton_attestation::EvidenceKind;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use zeroize::Zeroizing;

pub use configfs_tsm::{ConfigfsTsm, Entries, KernelEntries};
pub use error::PlatformError;
pub use socket::Socket;

/// The platform that this program runs on.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Evidence over `report_data`, which it is checked to carry.
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError>;

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

impl PlatformConfig {
    /// The platform that the configuration names.
    ///
    /// # Errors
    /// [`PlatformError::AttestationOff`] for [`PlatformConfig::None`].
    pub fn open(&self) -> Result<Box<dyn Platform>, PlatformError> {
        match self {
            Self::ConfigfsTsm { folder } => Ok(Box::new(ConfigfsTsm::new(folder.clone()))),
            Self::Socket { path, role } => Ok(Box::new(Socket::new(path.clone(), role.clone()))),
            Self::None => Err(PlatformError::AttestationOff),
        }
    }
}

/// Requires that a TDX quote carries `report_data`: the device may have answered somebody else, or lie. The
/// rest of the quote is for the verifier.
fn require_report_data(quote: &[u8], report_data: &[u8; 64]) -> Result<(), PlatformError> {
    const IN_QUOTE: std::ops::Range<usize> = 48 + 520..48 + 584;
    match quote.get(IN_QUOTE) {
        Some(found) if found == report_data => Ok(()),
        Some(_) => Err(PlatformError::ReportData),
        None => Err(PlatformError::Malformed),
    }
}
