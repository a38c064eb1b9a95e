//! From the configuration to a listening gateway.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use adyton_listener::{Listener, Places};
use anyhow::{Context, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpListener;

use crate::{
    address::is_public,
    api::{self, Gateway},
    chain::Node,
    config::Config,
    directory::Directory,
    figures::Figures,
    metrics::Metrics,
    relay::Relay,
    store::Store,
};

/// How long a connection to a worker may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an idle connection to a worker is kept: for less than workers do.
const IDLE: Duration = Duration::from_secs(15);

/// Opens the store and puts everything together.
pub fn prepare(config: &Config) -> Result<Arc<Gateway>> {
    let limits = &config.limits;
    let node = Node::new(&config.rpc, client(true)?);
    let store = Store::open(&config.data, limits, node.clone())
        .with_context(|| format!("cannot open the folder {}", config.data.display()))?;
    let figures = Figures::new(node.clone());
    let private = config.danger_allow_private_endpoints;
    let directory = Directory::new(node, private, Duration::from_secs(limits.directory_seconds));
    let relay = Relay::new(directory, client(private)?, Duration::from_secs(limits.call_seconds));
    let places = Places::new(limits.calls, limits.calls_per_address);
    let listener = Listener::new(limits.listener()).behind(config.trusted_proxies.clone());
    Ok(Arc::new(Gateway { relay, store, figures, metrics: Metrics::default(), places, listener }))
}

/// Listens and serves until `stop` is done; calls that are on their way are finished.
pub async fn serve(config: &Config, gateway: Arc<Gateway>, stop: impl Future<Output = ()> + Send) -> Result<()> {
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "the gateway listens");
    tokio::select! {
        () = gateway.listener.serve(listener, api::router(gateway.clone()), stop) => Ok(()),
        () = gateway.store.keep_tidy() => anyhow::bail!("the gateway's store is not looked after any more"),
    }
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
