//! The certificate of the key that signed an SNP report, from AMD's key distribution service or an operator's mirror, for
//! guests whose host gives none.
//!
//! It is an endorsement and nothing more: whoever verifies the report verifies it again. What is checked here (that it
//! leads to AMD's root, signed this report, and is for this chip and these versions) only keeps what is of no use from
//! being kept. The clock is the host's; with a wrong one the host gets no certificate, which it could have as well
//! without.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use adyton_attestation::snp::{SnpCheck, SnpEndorsements, SnpPolicy, SnpRoot, verify_snp};

use crate::{
    Patience, PlatformError,
    fetch::{AmdRequest, FetchConfig, FetchError, Fetcher},
};

/// The most services.
const MAX_SOURCES: usize = 8;
/// For how many seconds a certificate is taken from the folder before a service is asked again: it is for one set of
/// versions, which never gets another one.
const KEPT: u64 = 30 * 24 * 60 * 60;
/// An operator waits for the offer that the certificate goes into.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    answer: Duration::from_secs(10),
    attempts: 2,
    first_pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(5),
};

/// Certificates of chips' keys.
pub struct ChipCertificates {
    fetcher: Fetcher,
    roots: Vec<SnpRoot>,
    clock: fn() -> u64,
    /// The last one, where the folder cannot be written.
    last: Mutex<Option<(AmdRequest, Vec<u8>)>>,
}

impl ChipCertificates {
    /// From `services`, which are asked in this order, kept in the folder `cache`.
    ///
    /// # Errors
    /// [`PlatformError::Setting`] if there are too many or one is no URL; [`PlatformError::NoCertificate`] if there can be
    /// no client for HTTPS.
    pub fn new(services: Vec<String>, cache: PathBuf) -> Result<Self, PlatformError> {
        let refuse = |problem| Err(PlatformError::Setting { field: "local.evidence.kds", problem });
        if services.len() > MAX_SOURCES {
            return refuse("has to name at most 8 services");
        }
        if !services.iter().all(|url| url.starts_with("https://") || url.starts_with("http://")) {
            return refuse("has to name http or https URLs");
        }
        let config = FetchConfig { amd: services, cache: Some(cache), cache_seconds: KEPT, ..FetchConfig::default() };
        let fetcher = Fetcher::with_patience(config, PATIENCE).map_err(PlatformError::NoCertificate)?;
        let clock = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(Self::with_fetcher(fetcher, SnpRoot::all_amd(), clock))
    }

    /// From the services of `fetcher`, under other roots and by another clock (Unix seconds): for emulation.
    pub fn with_fetcher(fetcher: Fetcher, roots: Vec<SnpRoot>, clock: fn() -> u64) -> Self {
        Self { fetcher, roots, clock, last: Mutex::default() }
    }

    /// The certificate (DER) of the key that signed `report`.
    ///
    /// # Errors
    /// [`PlatformError::NoCertificate`] if the report does not say whose it is, or no service has a good one.
    pub async fn of_report(&self, report: &[u8]) -> Result<Vec<u8>, PlatformError> {
        let request = AmdRequest::of_report(report, None).map_err(PlatformError::NoCertificate)?;
        if let Some(certificate) = self.remembered(&request) {
            return Ok(certificate);
        }
        let certificate = self.fetched(&request, report).await.map_err(PlatformError::NoCertificate)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((request, certificate.clone()));
        Ok(certificate)
    }

    fn remembered(&self, request: &AmdRequest) -> Option<Vec<u8>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(known, _)| known == request).map(|(_, certificate)| certificate.clone())
    }

    async fn fetched(&self, request: &AmdRequest, report: &[u8]) -> Result<Vec<u8>, FetchError> {
        let now = (self.clock)();
        let accept = |certificate: &[u8]| self.require(report, certificate, now);
        let fetched = self.fetcher.amd_certificate(request, now, accept).await?;
        tracing::info!(source = fetched.source, cached = fetched.cached, "got the certificate of the chip's key");
        Ok(fetched.value)
    }

    /// Requires that the certificate is of the key that signed the report. What else the report says is not looked at.
    fn require(&self, report: &[u8], certificate: &[u8], now: u64) -> Result<(), String> {
        let endorsements = SnpEndorsements { vek: certificate, ..SnpEndorsements::default() };
        match verify_snp(report, &endorsements, &self.roots, &SnpPolicy::tiered(), now) {
            Err(refusal) if refusal.check() <= SnpCheck::FirmwareVersions => Err(refusal.to_string()),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
