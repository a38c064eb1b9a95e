//! The Linux kernel's interface for confidential guests.
//! Source: kernel documentation, `ABI/testing/configfs-tsm-report`.

use adyton_attestation::{EvidenceKind, tdx::MAX_QUOTE_BYTES};
use async_trait::async_trait;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::spawn_blocking, time::timeout};
use zeroize::Zeroizing;

use crate::{Platform, PlatformError, require_report_data};

/// The quoting service outside the guest may take its time.
const PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 5;
const PROVIDER: &str = "tdx_guest";

/// The file operations on the folder of reports, which the kernel gives a meaning of their own: making an entry
/// fills it with attributes, and removing it removes them.
pub trait Entries: Send + Sync {
    /// Makes the entry `path`.
    fn make(&self, path: &Path) -> io::Result<()>;
    /// Reads at most `limit` bytes of an attribute.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>>;
    /// Writes an attribute in one call.
    fn write(&self, path: &Path, value: &[u8]) -> io::Result<()>;
    /// Removes the entry `path`.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The kernel's own.
#[derive(Clone, Copy, Debug)]
pub struct KernelEntries;

impl Entries for KernelEntries {
    fn make(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut value = Vec::new();
        File::open(path)?.take(limit as u64).read_to_end(&mut value)?;
        Ok(value)
    }

    fn write(&self, path: &Path, value: &[u8]) -> io::Result<()> {
        fs::write(path, value)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

/// The Linux kernel's interface for confidential guests.
pub struct ConfigfsTsm {
    folder: PathBuf,
    entries: Arc<dyn Entries>,
}

impl ConfigfsTsm {
    /// The interface at `folder`, usually `/sys/kernel/config/tsm/report`.
    pub fn new(folder: PathBuf) -> Self {
        Self::with_entries(folder, Arc::new(KernelEntries))
    }

    /// The same with other file operations: for emulation.
    pub fn with_entries(folder: PathBuf, entries: Arc<dyn Entries>) -> Self {
        Self { folder, entries }
    }
}

#[async_trait]
impl Platform for ConfigfsTsm {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let (folder, entries) = (self.folder.clone(), Arc::clone(&self.entries));
        let work = spawn_blocking(move || Report::make(&folder, entries)?.quote(&report_data));
        match timeout(PATIENCE, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(join)) => Err(PlatformError::Io { what: "wait for the kernel", source: io::Error::other(join) }),
            Err(_) => Err(PlatformError::Timeout),
        }
    }

    /// TDX has no sealing key.
    async fn sealing_key(&self, _label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(None)
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::IntelTdx
    }

    fn name(&self) -> &'static str {
        "configfs-tsm"
    }
}

/// An entry of our own, removed when it is dropped.
struct Report {
    path: PathBuf,
    entries: Arc<dyn Entries>,
}

impl Report {
    fn make(folder: &Path, entries: Arc<dyn Entries>) -> Result<Self, PlatformError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("adyton-{}-{count}", std::process::id()));
        entries.make(&path).map_err(PlatformError::io("make a report in the kernel's folder (configfs-tsm)"))?;
        Ok(Self { path, entries })
    }

    fn quote(&self, report_data: &[u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let provider = self.text("provider")?;
        if provider != PROVIDER {
            return Err(PlatformError::Provider(provider));
        }
        for _ in 0..ATTEMPTS {
            if let Some(quote) = self.attempt(report_data)? {
                require_report_data(&quote, report_data)?;
                return Ok(quote);
            }
        }
        Err(PlatformError::Conflict)
    }

    /// One write and one read; `None` if somebody else wrote in between, which the generation tells.
    fn attempt(&self, report_data: &[u8; 64]) -> Result<Option<Vec<u8>>, PlatformError> {
        let before = self.generation()?;
        self.entries
            .write(&self.path.join("inblob"), report_data)
            .map_err(PlatformError::io("write the report data"))?;
        let quote = match self.entries.read(&self.path.join("outblob"), MAX_QUOTE_BYTES + 1) {
            Ok(quote) => quote,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(source) => return Err(PlatformError::Io { what: "read the quote", source }),
        };
        if self.generation()? != before.wrapping_add(1) {
            return Ok(None);
        }
        if quote.len() > MAX_QUOTE_BYTES {
            return Err(PlatformError::TooLarge);
        }
        Ok(Some(quote))
    }

    fn generation(&self) -> Result<u64, PlatformError> {
        self.text("generation")?.parse().map_err(|_| PlatformError::Malformed)
    }

    fn text(&self, attribute: &str) -> Result<String, PlatformError> {
        let value = self
            .entries
            .read(&self.path.join(attribute), 64)
            .map_err(PlatformError::io("read an attribute of the kernel's report"))?;
        let text = String::from_utf8(value).map_err(|_| PlatformError::Malformed)?;
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
