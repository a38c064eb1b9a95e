//! Who holds which contract: addresses, remembered for a few seconds, forgotten as soon as one does not work.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use adyton_protocol::ids::ContractId;
use reqwest::Url;

use crate::{chain::Node, error::Refusal};

/// The most contracts that are remembered.
const MAX_REMEMBERED: usize = 65_536;

/// What was found for each contract, and when.
type Known = HashMap<ContractId, (Instant, Result<Url, Refusal>)>;

/// Addresses of workers by contract.
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

    /// The base address of the contract's worker, without a slash at its end.
    pub async fn worker(&self, contract: &ContractId) -> Result<Url, Refusal> {
        if let Some((at, found)) = self.known().get(contract)
            && at.elapsed() < self.age
        {
            return found.clone();
        }
        let found = match self.node.endpoint(contract).await {
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
                known.insert(*contract, (now, found.clone()));
            }
        }
        found
    }

    /// Forgets where the contract's worker is: the next call asks again.
    pub fn forget(&self, contract: &ContractId) {
        self.known().remove(contract);
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

/// Whether an address belongs to the public internet (IANA's special-purpose registries).
pub fn is_public(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let special = v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b));
            !special
        }
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => is_public(&IpAddr::V4(v4)),
            // Only 2000::/3 is handed out, and of it not the part for documentation.
            None => {
                (v6.segments()[0] & 0xe000) == 0x2000 && !(v6.segments()[0] == 0x2001 && v6.segments()[1] == 0x0db8)
            }
        },
    }
}

/// The IPv4 address that an IPv6 address carries: mapped, NAT64, 6to4.
fn embedded(v6: &Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let segments = v6.segments();
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        std::net::Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
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
