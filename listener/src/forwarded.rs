//! Whose a request is that a proxy brings.
//!
//! A proxy adds the address that it was connected from to the end of `X-Forwarded-For`; what stands before came with the
//! request and says whatever its sender likes. So the list is read from its end, past trusted proxies, to the first
//! address that is none. `Forwarded` (RFC 7239) is not read: a proxy that adds to the one field passes the other on as
//! it came.

use std::net::{IpAddr, SocketAddr};

use axum::response::{IntoResponse, Response};
use hyper::{HeaderMap, Request, StatusCode, header};

use crate::Peer;

/// The field.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

/// Addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network of proxies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a proxy's address or network, as in \"192.0.2.7\" or \"2001:db8::/32\", with nothing set behind its first bits"
)]
pub struct BadNetwork(String);

/// A trusted proxy's field that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proxy's field X-Forwarded-For does not end with addresses")]
pub struct BadForwarded;

impl Proxies {
    /// Those at these addresses and networks. A network of all addresses is refused: everybody could be everybody.
    pub fn parse<'a>(networks: impl IntoIterator<Item = &'a str>) -> Result<Self, BadNetwork> {
        let network = |text: &str| Network::parse(text).ok_or_else(|| BadNetwork(text.into()));
        networks.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a trusted proxy is at `address`.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address.to_canonical()))
    }

    /// Lets a request that came from `address` carry its [`Peer`]. A trusted proxy's field was for this program: it goes
    /// no further.
    pub(crate) fn mark<B>(&self, request: &mut Request<B>, address: IpAddr) -> Result<(), BadForwarded> {
        let peer = self.peer(address, request.headers())?;
        if self.trusts(address) {
            request.headers_mut().remove(FORWARDED_FOR);
        }
        request.extensions_mut().insert(peer);
        Ok(())
    }

    /// A trusted proxy that says nothing speaks for itself, as one does that asks whether the program is well.
    fn peer(&self, address: IpAddr, headers: &HeaderMap) -> Result<Peer, BadForwarded> {
        let mut last = address;
        let said = headers.get_all(FORWARDED_FOR).iter().rev();
        for element in said.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b',')) {
            if !self.trusts(last) {
                break;
            }
            last = read(element).ok_or(BadForwarded)?;
        }
        Ok(Peer::of(last))
    }
}

/// An address, which some proxies write with a port.
fn read(element: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(element).ok()?.trim_matches([' ', '\t']);
    text.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(most), |prefix| prefix.parse().ok())?;
        // Addresses of IPv4 are compared as such, however they are written.
        let canonical = address.to_canonical() == address;
        let valid =
            canonical && (1..=most).contains(&prefix) && first_bits(address, prefix) == first_bits(address, most);
        valid.then_some(Self { address, prefix })
    }

    fn has(&self, address: IpAddr) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        same_family && first_bits(address, self.prefix) == first_bits(self.address, self.prefix)
    }
}

/// The first `count` bits, and zeros behind.
fn first_bits(address: IpAddr, count: u8) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    };
    all & !u128::MAX.checked_shr(count.into()).unwrap_or(0)
}

impl IntoResponse for BadForwarded {
    fn into_response(self) -> Response {
        // A text without anything to escape.
        let body = format!("{{\"code\":\"bad-forwarded\",\"message\":\"{self}\"}}");
        (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        Proxies::parse(["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn peer(from: &str, said: &[&str]) -> Result<Peer, BadForwarded> {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        proxies().peer(address(from), &headers)
    }

    fn of(text: &str) -> Result<Peer, BadForwarded> {
        Ok(Peer::of(address(text)))
    }

    #[test]
    fn what_somebody_says_who_is_no_trusted_proxy_is_not_read() {
        for said in ["203.0.113.9", "192.0.2.1", "rubbish", ""] {
            assert_eq!(peer("203.0.113.1", &[said]), of("203.0.113.1"), "{said}");
        }
    }

    #[test]
    fn the_address_that_the_proxy_added_counts_and_none_that_the_caller_made_up() {
        assert_eq!(peer("192.0.2.1", &["203.0.113.5"]), of("203.0.113.5"));
        assert_eq!(peer("192.0.2.1", &["203.0.113.9, 192.0.2.8, 203.0.113.5"]), of("203.0.113.5"));
        assert_eq!(peer("192.0.2.1", &["rubbish,,203.0.113.5"]), of("203.0.113.5"), "what came with the request");
    }

    #[test]
    fn several_trusted_proxies_are_passed_over_and_several_fields_are_one_list() {
        assert_eq!(peer("192.0.2.1", &["203.0.113.9, 203.0.113.5, 198.51.100.7"]), of("203.0.113.5"));
        assert_eq!(peer("192.0.2.1", &["203.0.113.9", "203.0.113.5", "2001:db8::1 ,\t192.0.2.9"]), of("203.0.113.5"));
        assert_eq!(peer("192.0.2.1", &["192.0.2.5, 192.0.2.6"]), of("192.0.2.5"), "a caller among the proxies");
    }

    #[test]
    fn a_trusted_proxys_field_that_is_no_address_is_refused() {
        for said in ["", "unknown", "203.0.113.5,", "203.0.113.5, _hidden", "203.0.113.5, 192.0.2", "[2001:db9::1]"] {
            assert_eq!(peer("192.0.2.1", &[said]), Err(BadForwarded), "{said:?}");
        }
        assert_eq!(peer("192.0.2.1", &["rubbish, 198.51.100.7"]), Err(BadForwarded), "said by a trusted one");
    }

    #[test]
    fn a_trusted_proxy_that_says_nothing_speaks_for_itself() {
        assert_eq!(peer("192.0.2.1", &[]), of("192.0.2.1"));
    }

    #[test]
    fn an_address_is_the_same_with_a_port_and_as_one_of_ipv6() {
        assert_eq!(peer("::ffff:192.0.2.1", &["203.0.113.5:4711"]), of("203.0.113.5"));
        assert_eq!(peer("2001:db8::1", &["::ffff:203.0.113.5"]), of("203.0.113.5"));
        assert_eq!(peer("2001:db8:ffff::1", &["[2001:db9::1]:443"]), of("2001:db9::1"));
    }

    #[test]
    fn a_network_has_the_addresses_with_its_first_bits_and_no_others() {
        let network = |text: &str| Network::parse(text).unwrap();
        assert!(network("10.64.0.0/10").has(address("10.127.255.255")));
        assert!(!network("10.64.0.0/10").has(address("10.128.0.0")));
        assert!(network("10.1.2.3").has(address("10.1.2.3")) && !network("10.1.2.3").has(address("10.1.2.2")));
        assert!(network("fd00::/8").has(address("fdff::1")) && !network("fd00::/8").has(address("fc00::1")));
        assert!(!network("8000::/1").has(address("192.0.2.1")), "another family");
    }

    #[test]
    fn what_is_no_network_or_everybody_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/x",
            "10.0.0.1/8",
            "0.0.0.0/0",
            "::/0",
            "fd00::1/8",
            "fd00::/129",
            "::ffff:10.0.0.0/104",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(Proxies::parse([text]), Err(BadNetwork(text.into())), "{text}");
        }
    }

    #[test]
    fn a_trusted_proxys_field_goes_no_further_and_anybody_elses_does() {
        for (from, left) in [("192.0.2.1", false), ("203.0.113.1", true)] {
            let mut request = Request::builder().header(FORWARDED_FOR, "203.0.113.5").body(()).unwrap();
            proxies().mark(&mut request, address(from)).unwrap();
            assert_eq!(request.headers().contains_key(FORWARDED_FOR), left, "{from}");
        }
    }
}
