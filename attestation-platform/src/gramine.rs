//! Gramine's pseudo-files of an SGX enclave.
//! Source: Gramine documentation, "Attestation and Secret Provisioning", low-level `/dev/attestation` interface.
//!
//! Only the user report data and the quote are touched. The keys below the same folder are not: which of them a
//! program may have is said in its manifest, and a sealing key that a debug enclave gets too would be none.

use adyton_attestation::EvidenceKind;
use async_trait::async_trait;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use zeroize::Zeroizing;

use crate::{Entries, KernelEntries, Platform, PlatformError, patience::patiently, report_data};

/// The longest SGX quote; those with a certificate chain have about 5 KiB.
const MAX_SGX_QUOTE_BYTES: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 5;
/// The only type whose quotes the verifier takes.
const WANTED: &str = "dcap";

/// The enclave has one file for the report data of all its programs and threads.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// An SGX enclave under Gramine.
pub struct Gramine {
    folder: PathBuf,
    entries: Arc<dyn Entries>,
}

impl Gramine {
    /// The pseudo-files at `folder`, usually `/dev/attestation`.
    pub fn new(folder: PathBuf) -> Self {
        Self::with_entries(folder, Arc::new(KernelEntries))
    }

    /// The same with other file operations: for emulation.
    pub fn with_entries(folder: PathBuf, entries: Arc<dyn Entries>) -> Self {
        Self { folder, entries }
    }
}

#[async_trait]
impl Platform for Gramine {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let files = Files { folder: self.folder.clone(), entries: Arc::clone(&self.entries) };
        patiently(PATIENCE, "wait for Gramine", move || files.quote(&report_data)).await
    }

    /// Gramine's keys are not touched.
    async fn sealing_key(&self, _label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(None)
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::IntelSgx
    }

    fn name(&self) -> &'static str {
        "gramine"
    }
}

struct Files {
    folder: PathBuf,
    entries: Arc<dyn Entries>,
}

impl Files {
    fn quote(&self, report_data: &[u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        self.require_attestation()?;
        for _ in 0..ATTEMPTS {
            self.entries
                .write(&self.folder.join("user_report_data"), report_data)
                .map_err(PlatformError::io("write the user report data (gramine)"))?;
            let quote = self.read("quote", MAX_SGX_QUOTE_BYTES)?;
            match report_data::require_in_sgx_quote(&quote, report_data) {
                Ok(()) => return Ok(quote),
                // Another program of the enclave wrote in between.
                Err(PlatformError::ReportData) => (),
                Err(error) => return Err(error),
            }
        }
        Err(PlatformError::Conflict)
    }

    fn require_attestation(&self) -> Result<(), PlatformError> {
        let found = String::from_utf8_lossy(&self.read("attestation_type", 64)?).trim_end().to_owned();
        if found == WANTED {
            return Ok(());
        }
        Err(PlatformError::NotAttesting {
            platform: "Gramine",
            found: format!("the attestation type {found:?}"),
            wanted: WANTED,
        })
    }

    fn read(&self, file: &str, limit: usize) -> Result<Vec<u8>, PlatformError> {
        let value = self
            .entries
            .read(&self.folder.join(file), limit + 1)
            .map_err(PlatformError::io("read a file of Gramine's attestation folder"))?;
        if value.len() > limit { Err(PlatformError::TooLarge) } else { Ok(value) }
    }
}

/// The attestation type that Gramine says it has.
pub(crate) fn attestation_type(folder: PathBuf, entries: Arc<dyn Entries>) -> Result<String, PlatformError> {
    let value = Files { folder, entries }.read("attestation_type", 64)?;
    Ok(String::from_utf8_lossy(&value).trim_end().to_owned())
}
