//! A connection to a database's server: resolve, judge, connect, and encrypt when the protocol is so far.
//!
//! PostgreSQL and MySQL say a few bytes before their TLS begins. Nothing of a contract's is among them, and nothing else
//! is ever said without TLS: what is encrypted is another type.

use std::net::SocketAddr;

use rustls::{ClientConfig, pki_types::CertificateDer};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{
    EgressError, Permit, Policy, Resolver,
    exchange::{connect, encrypt, judged_addresses},
    tls::Trust,
};

/// A connection to an address that was judged, before TLS.
pub struct Dialled {
    stream: TcpStream,
    host: String,
    config: Result<ClientConfig, rustls::Error>,
}

/// Connects; see [`super::Carrier::dial`].
pub(super) async fn run(
    resolver: &dyn Resolver,
    trust: &Trust,
    permit: &Permit,
    now_ms: u64,
) -> Result<Dialled, EgressError> {
    let addresses = judged_addresses(resolver, permit).await?;
    Dialled::at(&addresses, permit, trust, now_ms).await
}

impl Dialled {
    /// Connects to `address` in the place of the host that `permit` is for, whatever address that is: for a contract's own
    /// tests, whose owner has named it. The certificate has to be that host's all the same, under a root of `policy`, at
    /// `now_ms` (Unix milliseconds).
    pub async fn danger_unjudged(
        policy: &Policy,
        permit: &Permit,
        address: SocketAddr,
        now_ms: u64,
    ) -> Result<Self, EgressError> {
        Self::at(&[address], permit, &policy.tls, now_ms).await
    }

    async fn at(addresses: &[SocketAddr], permit: &Permit, trust: &Trust, now_ms: u64) -> Result<Self, EgressError> {
        let host = permit.destination().host();
        let stream = connect(&host, addresses).await?;
        // No protocol is negotiated: it was said by the bytes before, or by the port.
        let config = trust.config(now_ms).map(|mut config| {
            config.alpn_protocols.clear();
            config
        });
        Ok(Self { stream, host, config })
    }

    /// For what the protocol says before TLS.
    pub(crate) fn plain(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Begins TLS, with the host's name checked as for HTTPS.
    pub(crate) async fn encrypt(self) -> Result<TlsStream<TcpStream>, EgressError> {
        encrypt(self.stream, &self.host, self.config).await
    }
}

/// The peer's certificate, DER.
pub(crate) fn certificate(stream: &TlsStream<TcpStream>) -> Option<&CertificateDer<'static>> {
    stream.get_ref().1.peer_certificates().and_then(|chain| chain.first())
}
