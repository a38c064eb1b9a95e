//! From the configuration to a listening gateway.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::{Router, serve::ListenerExt as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    address::is_public,
    api::{self, Gateway},
    chain::Node,
    config::Config,
    directory::Directory,
    metrics::Metrics,
    relay::Relay,
    store::Store,
};

/// How long a connection to a worker may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an idle connection to a worker is kept.
const IDLE: Duration = Duration::from_secs(60);

/// Opens the store and puts everything together.
pub fn prepare(config: &Config) -> Result<Router> {
    let limits = &config.limits;
    let store = Store::open(&config.data, limits)
        .with_context(|| format!("cannot open the folder {}", config.data.display()))?;
    let node = Node::new(&config.rpc, client(true)?);
    let private = config.danger_allow_private_endpoints;
    let directory = Directory::new(node, private, Duration::from_secs(limits.directory_seconds));
    let relay = Relay::new(directory, client(private)?, Duration::from_secs(limits.call_seconds));
    let gateway = Gateway { relay, store, metrics: Metrics::default(), places: Semaphore::new(limits.calls) };
    Ok(api::router(Arc::new(gateway)))
}

/// Listens and serves until `stop` is done; calls that are on their way are finished.
pub async fn serve(config: &Config, router: Router, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "the gateway listens");
    // An answer leaves at once, not when the caller has acknowledged what came before.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router).with_graceful_shutdown(stop).await.context("the gateway's server failed")
}

/// A client without redirects, proxies of the environment, or names that lead to private addresses.
pub fn client(allow_private: bool) -> Result<reqwest::Client> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
    let builder = if allow_private { builder } else { builder.dns_resolver(Arc::new(PublicOnly)) };
    builder.build().context("cannot make an HTTP client")
}

/// Resolves names, and leaves out addresses that are not public.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(&address.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::other("the name has no public address").into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
