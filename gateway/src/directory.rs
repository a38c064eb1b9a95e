//! Where workers are, by contract or by their own id: addresses, remembered for a few seconds, forgotten as soon as one does not work.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use adyton_protocol::ids::{ContractId, WorkerId};
use reqwest::Url;

use crate::{address::is_public, chain::Node, error::Refusal};

/// The most addresses that are remembered.
const MAX_REMEMBERED: usize = 65_536;

/// Which worker is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Destination {
    /// Whoever holds the contract.
    Holder(ContractId),
    /// This worker or keyholder.
    Worker(WorkerId),
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder(contract) => write!(f, "the holder of {contract}"),
            Self::Worker(worker) => write!(f, "{worker}"),
        }
    }
}

/// What was found for each destination, and when.
type Known = HashMap<Destination, (Instant, Result<Url, Refusal>)>;

/// Addresses of workers.
pub struct Directory {
    node: Node,
    allow_private: bool,
    age: Duration,
    known: Mutex<Known>,
}

impl Directory {
    /// Asks `node`, and remembers for `age`.
    pub fn new(node: Node, allow_private: bool, age: Duration) -> Self {
        Self { node, allow_private, age, known: Mutex::default() }
    }

    /// The base address of the worker, without a slash at its end.
    pub async fn worker(&self, destination: &Destination) -> Result<Url, Refusal> {
        if let Some((at, found)) = self.known().get(destination)
            && at.elapsed() < self.age
        {
            return found.clone();
        }
        let found = match self.node.endpoint(destination).await {
            Ok(endpoint) => self.address(&endpoint),
            Err(error) => Err(error),
        };
        // That the node is silent is not remembered.
        if !matches!(found, Err(Refusal::NoChain)) {
            let (mut known, now) = (self.known(), Instant::now());
            if known.len() >= MAX_REMEMBERED {
                known.retain(|_, (at, _)| at.elapsed() < self.age);
            }
            if known.len() < MAX_REMEMBERED {
                known.insert(*destination, (now, found.clone()));
            }
        }
        found
    }

    /// Forgets where the worker is: the next call asks again.
    pub fn forget(&self, destination: &Destination) {
        self.known().remove(destination);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.known().len()
    }

    fn address(&self, endpoint: &str) -> Result<Url, Refusal> {
        let url = Url::parse(endpoint).map_err(|_| Refusal::BadEndpoint)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(Refusal::BadEndpoint);
        }
        let host = url.host_str().ok_or(Refusal::BadEndpoint)?.trim_matches(['[', ']']);
        // Names are looked at when they are resolved.
        match host.parse::<IpAddr>() {
            Ok(address) if !self.allow_private && !is_public(&address) => Err(Refusal::BadEndpoint),
            Ok(_) | Err(_) => Ok(url),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(allow_private: bool) -> Directory {
        let node = Node::new("http://127.0.0.1:1", crate::boot::client(true).unwrap());
        Directory::new(node, allow_private, Duration::ZERO)
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_unless_allowed() {
        for endpoint in [
            "http://127.0.0.1:1",
            "http://10.1.2.3",
            "http://169.254.169.254",
            "http://[::1]:3",
            "http://0.0.0.0",
            "http://[::ffff:127.0.0.1]",
            "http://[64:ff9b::7f00:1]",
            "http://[fd00::1]",
            "http://[2001:0:4136:e378::1]",
            "http://100.64.0.1",
            "http://0x7f.1",
        ] {
            assert_eq!(directory(false).address(endpoint), Err(Refusal::BadEndpoint), "{endpoint}");
            assert!(directory(true).address(endpoint).is_ok(), "{endpoint}");
        }
        assert!(directory(false).address("https://8.8.8.8:444").is_ok());
        assert!(directory(false).address("https://[2606:4700::1]").is_ok());
    }

    #[test]
    fn an_address_with_credentials_a_query_or_another_scheme_is_refused() {
        for endpoint in
            ["ftp://a.example", "http://u:p@a.example", "http://a.example/?x", "http://a.example/#x", "nonsense", ""]
        {
            assert_eq!(directory(true).address(endpoint), Err(Refusal::BadEndpoint), "{endpoint}");
        }
    }
}
