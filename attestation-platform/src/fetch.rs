//! Endorsements from the vendors' services: Intel's collateral (PCS, or a PCCS that caches it), AMD's certificates
//! and revocation lists (KDS), NVIDIA's certificate status (OCSP) and reference measurements (RIM service).
//!
//! Every request goes through the same steps: what the cache has and is young enough; then each source in order;
//! then what the cache has, whatever its age. At each step the answer has to pass the caller's own check, which
//! is the verifier of the kind: a source that serves something stale, incomplete or wrong is passed over like one
//! that does not answer, and never reaches the cache.

mod amd;
mod cache;
mod intel;
mod nvidia;
mod ocsp;

use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf, time::Duration};
use tokio::task::spawn_blocking;

use crate::http::{Answer, Ask, Http, Patience};
use cache::{Cache, Stored};

pub use amd::{AmdEndorsements, AmdLeaf, AmdProduct, AmdRequest, AmdTcb};
pub use intel::{IntelAuthority, IntelEndorsements, IntelRequest, IntelTee, Update};
pub use nvidia::{driver_rim_id, vbios_rim_id};

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No client for HTTPS.
    #[error("cannot make a client for HTTPS: {0}")]
    Client(#[source] reqwest::Error),
    /// The request makes no sense.
    #[error("{0}")]
    Request(&'static str),
    /// No source gave what was asked for.
    #[error("no source gives {what}{}", list(.failures))]
    NoSource {
        /// What was asked for.
        what: String,
        /// Each source that was asked, and why it was passed over.
        failures: Vec<SourceFailure>,
    },
}

/// A source that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFailure {
    /// Its URL, or "cache".
    pub source: String,
    /// Why.
    pub reason: String,
}

fn list(failures: &[SourceFailure]) -> String {
    if failures.is_empty() {
        return ": none is configured".into();
    }
    failures.iter().map(|failure| format!("\n  {}: {}", failure.source, failure.reason)).collect()
}

/// What was fetched, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched<T> {
    /// It passed the caller's check.
    pub value: T,
    /// The URL of the source that gave it.
    pub source: String,
    /// When it was fetched, in Unix seconds.
    pub at: u64,
    /// It came out of the cache.
    pub cached: bool,
    /// Sources that were asked before and passed over.
    pub failures: Vec<SourceFailure>,
}

/// A service of Intel's collateral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntelSource {
    /// The service's URL, without the path `/sgx/..` or `/tdx/..`.
    pub url: String,
    /// The URL of the root's revocation list, where it is not below that of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_crl: Option<String>,
}

/// The services, each list in the order in which they are asked, and the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchConfig {
    /// Intel's PCS, or a PCCS.
    pub intel: Vec<IntelSource>,
    /// AMD's key distribution service.
    pub amd: Vec<String>,
    /// NVIDIA's service of reference measurements.
    pub nvidia_rim: Vec<String>,
    /// NVIDIA's certificate status service.
    pub nvidia_ocsp: Vec<String>,
    /// The folder of the cache, made when it is missing; without one nothing is kept.
    pub cache: Option<PathBuf>,
    /// How many seconds something stays in the cache before its source is asked again.
    pub cache_seconds: u64,
}

impl Default for FetchConfig {
    /// The vendors' own services, and no cache.
    fn default() -> Self {
        Self {
            intel: vec![IntelSource {
                url: "https://api.trustedservices.intel.com".into(),
                root_crl: Some("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der".into()),
            }],
            amd: vec!["https://kdsintf.amd.com".into()],
            nvidia_rim: vec!["https://rim.attestation.nvidia.com".into()],
            nvidia_ocsp: vec!["https://ocsp.ndis.nvidia.com".into()],
            cache: None,
            cache_seconds: Duration::from_hours(6).as_secs(),
        }
    }
}

/// Fetches endorsements.
#[derive(Clone, Debug)]
pub struct Fetcher {
    config: FetchConfig,
    cache: Option<Cache>,
    http: Http,
}

/// What one source is asked: all answers together are one value.
struct Plan {
    source: String,
    asks: Vec<Ask>,
}

/// What is wanted, of whichever source.
struct Want {
    /// In words, for errors.
    what: String,
    /// The name in the cache; `None` for answers that are good for one question only.
    key: Option<String>,
    plans: Vec<Plan>,
}

impl Fetcher {
    /// A fetcher with the usual patience.
    ///
    /// # Errors
    /// [`FetchError::Client`].
    pub fn new(config: FetchConfig) -> Result<Self, FetchError> {
        Self::with_patience(config, Patience::default())
    }

    /// A fetcher with another patience.
    ///
    /// # Errors
    /// [`FetchError::Client`].
    pub fn with_patience(config: FetchConfig, patience: Patience) -> Result<Self, FetchError> {
        let cache = config.cache.clone().map(Cache::new);
        Ok(Self { config, cache, http: Http::new(patience).map_err(FetchError::Client)? })
    }

    /// The first that `read` makes a value of; see the module's documentation for the order.
    async fn obtain<T>(
        &self,
        want: Want,
        now: u64,
        read: impl Fn(&[Answer]) -> Result<T, String>,
    ) -> Result<Fetched<T>, FetchError> {
        let mut failures = Vec::new();
        let mut kept = None;
        if let Some(stored) = self.stored(&want).await {
            match read(&stored.answers) {
                Ok(value) => {
                    let young = now.checked_sub(stored.at).is_some_and(|age| age < self.config.cache_seconds);
                    let fetched =
                        Fetched { value, source: stored.source, at: stored.at, cached: true, failures: vec![] };
                    if young {
                        return Ok(fetched);
                    }
                    kept = Some(fetched);
                }
                Err(reason) => failures.push(SourceFailure { source: "cache".into(), reason }),
            }
        }
        for Plan { source, asks } in want.plans {
            match self.ask_all(&asks).await.and_then(|answers| Ok((read(&answers)?, answers))) {
                Ok((value, answers)) => {
                    self.store(want.key.clone(), Stored { source: source.clone(), at: now, answers }).await;
                    return Ok(Fetched { value, source, at: now, cached: false, failures });
                }
                Err(reason) => failures.push(SourceFailure { source, reason }),
            }
        }
        match kept {
            Some(kept) => Ok(Fetched { failures, ..kept }),
            None => Err(FetchError::NoSource { what: want.what, failures }),
        }
    }

    async fn ask_all(&self, asks: &[Ask]) -> Result<Vec<Answer>, String> {
        let mut answers = Vec::with_capacity(asks.len());
        for ask in asks {
            answers.push(self.http.ask(ask).await?);
        }
        Ok(answers)
    }

    async fn stored(&self, want: &Want) -> Option<Stored> {
        let (cache, key) = (self.cache.clone()?, want.key.clone()?);
        // Files are read and written where waiting for them stops nobody else.
        spawn_blocking(move || cache.read(&key)).await.ok().flatten()
    }

    /// A cache that cannot be written costs time and nothing else.
    async fn store(&self, key: Option<String>, stored: Stored) {
        let (Some(cache), Some(key)) = (self.cache.clone(), key) else { return };
        let write = move || cache.write(&key, stored).map_err(|error| (error, key));
        match spawn_blocking(write).await {
            Ok(Ok(())) => (),
            Ok(Err((error, key))) => tracing::warn!(%error, key, "cannot keep what was fetched"),
            Err(error) => tracing::warn!(%error, "cannot keep what was fetched"),
        }
    }
}

/// A source's URL and a path.
fn join(source: &str, path: impl fmt::Display) -> String {
    format!("{}/{path}", source.trim_end_matches('/'))
}

/// Every reader of answers, on answers of anything.
#[cfg(test)]
pub(crate) fn read_anything(text: &str, bytes: &[u8]) {
    let answer = |body: &[u8]| Answer { header: Some(text.to_owned()), body: body.to_vec() };
    for answers in [vec![answer(bytes); 4], vec![answer(text.as_bytes()); 4]] {
        assert!(intel::read(&answers).is_err());
        let _ = amd::read(&answers[..3], true);
        let _ = amd::read(&answers[..2], false);
        assert!(nvidia::read_rim(&answers[0].body, "id").is_err());
        assert!(ocsp::require_answer(&answers[0].body, Some(&[7; 32])).is_err());
        assert!(ocsp::request(&answers[0].body, &answers[0].body, None).is_none());
    }
}
