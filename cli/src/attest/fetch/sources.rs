//! Which services are asked.

use std::path::PathBuf;

use adyton_attestation_platform::fetch::{FetchConfig, Fetcher, IntelSource};
use anyhow::{Context, Result};

use crate::output::misuse;

/// The services that were typed; where there are none, the vendors' own.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// Of whichever vendor is asked.
    pub vendor: &'a [String],
    /// Of the status of NVIDIA's certificates.
    pub status: &'a [String],
}

impl Sources<'_> {
    /// A fetcher that asks them, and keeps their answers in `cache`.
    pub fn fetcher(&self, cache: Option<PathBuf>) -> Result<Fetcher> {
        Fetcher::new(FetchConfig { cache, ..self.config()? }).context("cannot fetch")
    }

    fn config(&self) -> Result<FetchConfig> {
        let mut config = FetchConfig::default();
        for url in self.vendor.iter().chain(self.status) {
            if !url.starts_with("https://") && !url.starts_with("http://") {
                return Err(misuse(format!("a source is a URL, which {url} is not")));
            }
        }
        if !self.vendor.is_empty() {
            config.intel = self.vendor.iter().map(|url| intel(url, &config.intel)).collect();
            config.amd = self.vendor.to_vec();
            config.nvidia_rim = self.vendor.to_vec();
        }
        if !self.status.is_empty() {
            config.nvidia_ocsp = self.status.to_vec();
        }
        Ok(config)
    }
}

/// Intel's own service has the root's revocation list elsewhere, as `known` says; another one has it below its URL.
fn intel(url: &str, known: &[IntelSource]) -> IntelSource {
    let own = known.iter().find(|source| source.url == url.trim_end_matches('/'));
    own.cloned().unwrap_or_else(|| IntelSource { url: url.into(), root_crl: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(vendor: &[&str], status: &[&str]) -> Result<FetchConfig> {
        let [vendor, status] = [vendor, status].map(|urls| urls.iter().map(ToString::to_string).collect::<Vec<_>>());
        Sources { vendor: &vendor, status: &status }.config()
    }

    #[test]
    fn intels_own_service_keeps_the_place_of_its_roots_list() {
        let usual = FetchConfig::default();
        assert_eq!(config(&[], &[]).unwrap(), usual);
        for url in ["https://api.trustedservices.intel.com", "https://api.trustedservices.intel.com/"] {
            assert_eq!(config(&[url], &[]).unwrap().intel, usual.intel);
        }
        let other = config(&["https://pccs.example.org"], &[]).unwrap();
        assert_eq!(other.intel, [IntelSource { url: "https://pccs.example.org".into(), root_crl: None }]);
        assert_eq!((other.amd, other.nvidia_ocsp), (vec!["https://pccs.example.org".into()], usual.nvidia_ocsp));
    }

    #[test]
    fn the_status_of_certificates_is_asked_elsewhere() {
        let config = config(&[], &["http://127.0.0.1:1"]).unwrap();
        assert_eq!(config.nvidia_ocsp, ["http://127.0.0.1:1"]);
        assert_eq!(config.nvidia_rim, FetchConfig::default().nvidia_rim);
    }

    #[test]
    fn what_is_no_url_is_bad_use() {
        assert!(config(&["pccs.example.org"], &[]).unwrap_err().to_string().contains("is a URL"));
        assert!(config(&[], &["ftp://example.org"]).is_err());
    }
}
