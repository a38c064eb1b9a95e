//! TLS of outgoing requests: whose certificates are believed, and when.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, UnixTime},
    time_provider::TimeProvider,
};

/// An extra root of the manifest is not a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("extra root certificate {index} is not usable: {reason}")]
pub struct InvalidRoot {
    /// Which, from 0.
    pub index: usize,
    /// Why.
    pub reason: String,
}

/// The roots a contract trusts: the public ones (Mozilla's programme, as compiled in) and its manifest's.
pub(super) struct Trust {
    roots: Arc<RootCertStore>,
}

impl Trust {
    pub(super) fn new(extra: &[Vec<u8>]) -> Result<Self, InvalidRoot> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        for (index, der) in extra.iter().enumerate() {
            let certificate = CertificateDer::from(der.as_slice());
            roots.add(certificate).map_err(|error| InvalidRoot { index, reason: error.to_string() })?;
        }
        Ok(Self { roots: Arc::new(roots) })
    }

    /// A configuration that judges certificates at `now_ms`: the machine's clock belongs to its operator.
    /// Nothing is resumed, so that every connection shows its certificate.
    pub(super) fn config(&self, now_ms: u64) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(CallTime(now_ms / 1000)))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// The call's time, in Unix seconds.
#[derive(Debug)]
struct CallTime(u64);

impl TimeProvider for CallTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(self.0)))
    }
}
