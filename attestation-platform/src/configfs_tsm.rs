//! The Linux kernel's interface for confidential guests, of Intel TDX and of AMD SEV-SNP.
//! Source: kernel documentation, `ABI/testing/configfs-tsm-report`.

use adyton_attestation::{
    EvidenceKind,
    snp::certificate_table::{self, Certificates, MAX_TABLE_BYTES},
    tdx::MAX_QUOTE_BYTES,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use zeroize::Zeroizing;

use crate::{
    Entries, Evidence, KernelEntries, Platform, PlatformError,
    chip_certificates::ChipCertificates,
    patience::patiently,
    report_data::{self, SNP_REPORT_BYTES},
};

/// The quoting service outside the guest may take its time.
const PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 5;

/// Which of the kernel's drivers makes the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Intel TDX.
    #[default]
    TdxGuest,
    /// AMD SEV-SNP.
    SevGuest,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::TdxGuest, Self::SevGuest];

    /// The driver's name, as the kernel gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TdxGuest => "tdx_guest",
            Self::SevGuest => "sev_guest",
        }
    }

    const fn kind(self) -> EvidenceKind {
        match self {
            Self::TdxGuest => EvidenceKind::IntelTdx,
            Self::SevGuest => EvidenceKind::AmdSnp,
        }
    }

    const fn longest(self) -> usize {
        match self {
            Self::TdxGuest => MAX_QUOTE_BYTES,
            Self::SevGuest => SNP_REPORT_BYTES,
        }
    }

    fn require(self, evidence: &[u8], report_data: &[u8; 64]) -> Result<(), PlatformError> {
        match self {
            Self::TdxGuest => report_data::require_in_tdx_quote(evidence, report_data),
            Self::SevGuest => report_data::require_in_snp_report(evidence, report_data),
        }
    }
}

/// The Linux kernel's interface for confidential guests.
pub struct ConfigfsTsm {
    folder: PathBuf,
    provider: Provider,
    entries: Arc<dyn Entries>,
    certificates: Option<ChipCertificates>,
}

impl ConfigfsTsm {
    /// The interface at `folder`, usually `/sys/kernel/config/tsm/report`, of a guest that `provider` attests.
    pub fn new(folder: PathBuf, provider: Provider) -> Self {
        Self::with_entries(folder, provider, Arc::new(KernelEntries))
    }

    /// The same with other file operations: for emulation.
    pub fn with_entries(folder: PathBuf, provider: Provider, entries: Arc<dyn Entries>) -> Self {
        Self { folder, provider, entries, certificates: None }
    }

    /// The same, and where to get the certificate of the key that signed an SNP report, if the host gives none.
    #[must_use]
    pub fn with_certificates(self, certificates: ChipCertificates) -> Self {
        Self { certificates: Some(certificates), ..self }
    }

    /// With the certificates that the host gave.
    async fn ask(&self, report_data: [u8; 64]) -> Result<Evidence, PlatformError> {
        let (folder, provider, entries) = (self.folder.clone(), self.provider, Arc::clone(&self.entries));
        let work = move || Report::make(&folder, provider, entries)?.evidence(&report_data);
        patiently(PATIENCE, "wait for the kernel", work).await
    }
}

#[async_trait]
impl Platform for ConfigfsTsm {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        Ok(self.ask(report_data).await?.bytes)
    }

    /// With the certificates that the host put beside an SNP report, or that of its key from AMD's service.
    async fn evidence(&self, report_data: [u8; 64]) -> Result<Evidence, PlatformError> {
        let mut evidence = self.ask(report_data).await?;
        if let (Provider::SevGuest, Some(service)) = (self.provider, &self.certificates)
            && evidence.certificates.is_empty()
        {
            evidence.certificates.push(service.of_report(&evidence.bytes).await?);
        }
        Ok(evidence)
    }

    /// Neither TDX nor SNP has a sealing key that this interface gives out.
    async fn sealing_key(&self, _label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(None)
    }

    fn kind(&self) -> EvidenceKind {
        self.provider.kind()
    }

    fn name(&self) -> &'static str {
        "configfs-tsm"
    }
}

/// The provider's name, of whatever driver the kernel has.
pub(crate) fn provider_name(folder: &Path, entries: Arc<dyn Entries>) -> Result<String, PlatformError> {
    Report::make(folder, Provider::default(), entries)?.text("provider")
}

/// An entry of our own, removed when it is dropped.
struct Report {
    path: PathBuf,
    provider: Provider,
    entries: Arc<dyn Entries>,
}

impl Report {
    fn make(folder: &Path, provider: Provider, entries: Arc<dyn Entries>) -> Result<Self, PlatformError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("adyton-{}-{count}", std::process::id()));
        entries.make(&path).map_err(PlatformError::io("make a report in the kernel's folder (configfs-tsm)"))?;
        Ok(Self { path, provider, entries })
    }

    fn evidence(&self, report_data: &[u8; 64]) -> Result<Evidence, PlatformError> {
        let found = self.text("provider")?;
        if found != self.provider.name() {
            return Err(PlatformError::Provider { found, wanted: self.provider.name() });
        }
        for _ in 0..ATTEMPTS {
            if let Some(evidence) = self.attempt(report_data)? {
                self.provider.require(&evidence.bytes, report_data)?;
                return Ok(evidence);
            }
        }
        Err(PlatformError::Conflict)
    }

    /// One write and the reads; `None` if somebody else wrote in between, which the generation tells.
    fn attempt(&self, report_data: &[u8; 64]) -> Result<Option<Evidence>, PlatformError> {
        let before = self.generation()?;
        self.entries
            .write(&self.path.join("inblob"), report_data)
            .map_err(PlatformError::io("write the report data"))?;
        let Some(bytes) = self.blob("outblob", self.provider.longest())? else { return Ok(None) };
        let certificates = match self.provider {
            Provider::TdxGuest => Vec::new(),
            Provider::SevGuest => match self.certificates()? {
                Some(certificates) => certificates.chain_of(report_data::snp_key(&bytes)),
                None => return Ok(None),
            },
        };
        if self.generation()? != before.wrapping_add(1) {
            return Ok(None);
        }
        Ok(Some(Evidence { kind: self.provider.kind(), bytes, certificates }))
    }

    /// What the host gave along, which is worth what the verifier makes of it: a table that cannot be read is
    /// none, and the certificates come from the vendor's service instead.
    fn certificates(&self) -> Result<Option<Certificates>, PlatformError> {
        let table = match self.blob("auxblob", MAX_TABLE_BYTES) {
            Ok(Some(table)) => table,
            Ok(None) => return Ok(None),
            Err(PlatformError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Some(certificate_table::certificates(&table).unwrap_or_else(|| {
            tracing::warn!("the host's certificate table is malformed and is not used");
            Certificates::default()
        })))
    }

    /// A binary attribute; `None` if the kernel says that the report changed under it.
    fn blob(&self, attribute: &str, limit: usize) -> Result<Option<Vec<u8>>, PlatformError> {
        match self.entries.read(&self.path.join(attribute), limit + 1) {
            Ok(blob) if blob.len() > limit => Err(PlatformError::TooLarge),
            Ok(blob) => Ok(Some(blob)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(source) => Err(PlatformError::Io { what: "read the evidence", source }),
        }
    }

    fn generation(&self) -> Result<u64, PlatformError> {
        self.text("generation")?.parse().map_err(|_| PlatformError::Malformed("a report with a generation"))
    }

    fn text(&self, attribute: &str) -> Result<String, PlatformError> {
        let value = self
            .entries
            .read(&self.path.join(attribute), 64)
            .map_err(PlatformError::io("read an attribute of the kernel's report"))?;
        let text = String::from_utf8(value).map_err(|_| PlatformError::Malformed("text"))?;
        Ok(text.trim_end().to_owned())
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Err(error) = self.entries.remove(&self.path) {
            tracing::warn!(%error, "cannot remove a report from the kernel's folder");
        }
    }
}
