//! Names to addresses. The answer is not trusted: every address is judged, and TLS authenticates the peer.

use std::{io, net::IpAddr};

use futures::future::BoxFuture;

/// Resolves names.
pub trait Resolver: Send + Sync {
    /// All addresses of `host`, which is a name.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}
