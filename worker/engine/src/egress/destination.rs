//! Where a request goes: parsed once, then matched against the manifest's rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use adyton_protocol::manifest::{EgressRule, Protocol};

/// The longest URL, in bytes.
pub const MAX_URL: usize = 8192;

/// Why a text is not a URL that a request can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Longer than 8192 bytes.
    #[error("the URL has more than {MAX_URL} bytes")]
    TooLong,
    /// Not an absolute URL, or with characters that URLs do not have.
    #[error("not an absolute URL")]
    Syntax,
    /// A scheme other than `https` and `http`.
    #[error("the URL's scheme is neither https nor http")]
    Scheme,
    /// `user:password@`.
    #[error("the URL has user information; use a header field")]
    UserInformation,
    /// The host is no name and no address.
    #[error("the URL's host is not a name or an address")]
    Host,
    /// Port 0, or not a number.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
}

/// The parsed target of a request: scheme, host, port and path; or of a connection to a database, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    protocol: Protocol,
    encrypted: bool,
    host: Host,
    port: u16,
    explicit_port: bool,
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    /// Lower case, without a final dot.
    Name(String),
    Address(IpAddr),
}

impl Destination {
    /// Parses an absolute URL (RFC 3986, restricted to what `http` and `https` of RFC 9110 §4.2 allow).
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        if url.len() > MAX_URL {
            return Err(InvalidUrl::TooLong);
        }
        if !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains(['#', '\\']) {
            return Err(InvalidUrl::Syntax);
        }
        let (scheme, rest) = url.split_once("://").ok_or(InvalidUrl::Syntax)?;
        let encrypted = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _other => return Err(InvalidUrl::Scheme),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(InvalidUrl::UserInformation);
        }
        let (host, port) = split_port(authority)?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        path.parse::<http::uri::PathAndQuery>().map_err(|_| InvalidUrl::Syntax)?;
        let default = if encrypted { 443 } else { 80 };
        Ok(Self {
            protocol: Protocol::Http,
            encrypted,
            host: Host::parse(host)?,
            port: port.unwrap_or(default),
            explicit_port: port.is_some_and(|p| p != default),
            path,
        })
    }

    /// A database's server, which is reached over TLS. `authority` is a host, and a port where it is not the `usual` one.
    pub fn database(protocol: Protocol, authority: &str, usual: u16) -> Result<Self, InvalidUrl> {
        if authority.contains('@') {
            return Err(InvalidUrl::UserInformation);
        }
        let (host, port) = split_port(authority)?;
        let (host, port) = (Host::parse(host)?, port.unwrap_or(usual));
        Ok(Self { protocol, encrypted: true, host, port, explicit_port: true, path: String::new() })
    }

    /// What is spoken there.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Whether the request goes over TLS.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, beginning with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The host's name or address, without brackets.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(address) => address.to_string(),
        }
    }

    /// The host's address, where the URL has one instead of a name.
    pub fn address(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Name(_) => None,
            Host::Address(address) => Some(*address),
        }
    }

    /// `host:port`, as receipts name it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// The value of the `host` field (RFC 9110 §7.2): the port only if it is not the scheme's own.
    pub fn authority(&self) -> String {
        if self.explicit_port { self.name() } else { self.bracketed() }
    }

    /// The URL in normal form, as digests cover it.
    pub fn url(&self) -> String {
        format!("{}://{}{}", if self.encrypted { "https" } else { "http" }, self.authority(), self.path)
    }

    fn bracketed(&self) -> String {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            Host::Address(IpAddr::V4(address)) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }
}

impl Host {
    /// A name of letters, digits and hyphens (RFC 952, RFC 1123 §2.1), or an address. What looks like an
    /// IPv4 address in a form that only some resolvers read (`127.1`, `0x7f.0.0.1`) is neither.
    fn parse(text: &str) -> Result<Self, InvalidUrl> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(InvalidUrl::Host)?;
            return inner
                .parse::<Ipv6Addr>()
                .map(|address| Self::Address(address.into()))
                .map_err(|_| InvalidUrl::Host);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(allowed);
        let last = name.rsplit('.').next().unwrap_or_default();
        let numeric = last.starts_with("0x") || last.bytes().all(|b| b.is_ascii_digit());
        if name.len() <= 253 && name.split('.').all(label) && !numeric {
            Ok(Self::Name(name))
        } else {
            Err(InvalidUrl::Host)
        }
    }

    /// Whether a rule's pattern covers this host. A wildcard covers names below its own, never an address.
    fn matches(&self, pattern: &str) -> bool {
        match (self, pattern.strip_prefix("*.")) {
            (Self::Address(address), _) => pattern.parse() == Ok(*address),
            (Self::Name(name), None) => name == pattern,
            (Self::Name(name), Some(suffix)) => {
                name.strip_suffix(suffix).is_some_and(|start| start.len() > 1 && start.ends_with('.'))
            }
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidUrl> {
    let colon = match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => colon,
        Some(_) | None => return Ok((authority, None)),
    };
    let digits = &authority[colon + 1..];
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    match number {
        Some(0) | None => Err(InvalidUrl::Port),
        Some(port) => Ok((&authority[..colon], Some(port))),
    }
}

/// A destination that a rule of the manifest covers. Only a match makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    destination: Destination,
    private: bool,
}

impl Permit {
    pub(super) fn by_rules(rules: &[EgressRule], destination: Destination) -> Option<Self> {
        let covers = |rule: &&EgressRule| {
            destination.host.matches(&rule.host)
                && destination.port == rule.effective_port()
                && destination.encrypted != rule.insecure_http
                && destination.protocol == rule.protocol
        };
        let mut covering = rules.iter().filter(covers).peekable();
        covering.peek()?;
        let private = covering.any(|rule| rule.danger_allow_private);
        Some(Self { destination, private })
    }

    /// Where the request may go.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Whether a rule says `danger_allow_private`.
    pub fn allows_private(&self) -> bool {
        self.private
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(host: &str) -> EgressRule {
        let protocol = Protocol::Http;
        EgressRule { host: host.into(), port: None, insecure_http: false, danger_allow_private: false, protocol }
    }

    fn allowed(rules: &[EgressRule], url: &str) -> bool {
        Permit::by_rules(rules, Destination::parse(url).expect("a URL")).is_some()
    }

    #[test]
    fn without_a_rule_nothing_is_allowed() {
        assert!(!allowed(&[], "https://example.org/"));
    }

    #[test]
    fn an_exact_rule_covers_its_host_in_any_case_and_no_other() {
        let rules = [rule("api.example.org")];
        assert!(allowed(&rules, "https://API.example.ORG./x?y=1"));
        for url in [
            "https://example.org",
            "https://x.api.example.org",
            "https://api.example.org.evil.net",
            "https://apiXexample.org",
        ] {
            assert!(!allowed(&rules, url), "{url}");
        }
    }

    #[test]
    fn a_wildcard_covers_every_name_below_but_not_its_own_and_no_lookalike() {
        let rules = [rule("*.example.org")];
        assert!(allowed(&rules, "https://a.example.org") && allowed(&rules, "https://a.b.example.org"));
        for url in ["https://example.org", "https://evilexample.org", "https://example.org.evil.net"] {
            assert!(!allowed(&rules, url), "{url}");
        }
    }

    #[test]
    fn another_port_or_scheme_is_not_covered() {
        let rules =
            [rule("example.org"), EgressRule { port: Some(8080), insecure_http: true, ..rule("plain.example") }];
        assert!(!allowed(&rules, "https://example.org:8443/") && !allowed(&rules, "http://example.org/"));
        assert!(!allowed(&rules, "http://example.org:443/"));
        assert!(allowed(&rules, "http://plain.example:8080/") && !allowed(&rules, "https://plain.example:8080/"));
    }

    #[test]
    fn an_address_is_covered_only_by_itself_in_any_spelling() {
        let rules = [rule("::1"), rule("127.0.0.1"), rule("*.0.0.1")];
        assert!(allowed(&rules, "https://[0:0::1]/") && allowed(&rules, "https://127.0.0.1/"));
        assert!(!allowed(&rules, "https://[::2]/") && !allowed(&rules, "https://10.0.0.1/"));
    }

    #[test]
    fn a_database_is_covered_by_a_rule_for_its_protocol_alone() {
        let server = |protocol| Destination::database(protocol, "db.example.org:5432", 5432).expect("a server");
        let covered = |rules: &[EgressRule], protocol| Permit::by_rules(rules, server(protocol)).is_some();
        let postgres = EgressRule { protocol: Protocol::Postgres, ..rule("db.example.org") };
        assert!(covered(std::slice::from_ref(&postgres), Protocol::Postgres));
        assert!(!covered(std::slice::from_ref(&postgres), Protocol::Mysql));
        assert!(!allowed(std::slice::from_ref(&postgres), "https://db.example.org:5432/"));
        let http = EgressRule { port: Some(5432), ..rule("db.example.org") };
        assert!(allowed(std::slice::from_ref(&http), "https://db.example.org:5432/"));
        assert!(!covered(&[http], Protocol::Postgres));
        let plain = EgressRule { insecure_http: true, ..postgres };
        assert!(!covered(&[plain], Protocol::Postgres), "a manifest cannot say it, and it would mean nothing");
    }

    #[test]
    fn a_server_that_two_parsers_could_read_differently_is_refused() {
        let refused = |text| Destination::database(Protocol::Redis, text, 6379).expect_err("no server");
        for (text, reason) in [
            ("user@a", InvalidUrl::UserInformation),
            ("a,b", InvalidUrl::Host),
            ("/var/run", InvalidUrl::Host),
            ("127.1", InvalidUrl::Host),
            ("", InvalidUrl::Host),
            ("a:", InvalidUrl::Port),
            ("a:0", InvalidUrl::Port),
        ] {
            assert_eq!(refused(text), reason, "{text}");
        }
        let usual = Destination::database(Protocol::Redis, "Cache.Example.org", 6379).expect("a server");
        assert_eq!((usual.name().as_str(), usual.encrypted()), ("cache.example.org:6379", true));
    }

    #[test]
    fn only_the_rule_that_says_so_allows_private_addresses() {
        let rules = [rule("*.example.org"), EgressRule { danger_allow_private: true, ..rule("in.example.org") }];
        let private = |url| {
            Permit::by_rules(&rules, Destination::parse(url).expect("a URL")).map(|permit| permit.allows_private())
        };
        assert_eq!(private("https://in.example.org"), Some(true));
        assert_eq!(private("https://out.example.org"), Some(false));
    }

    #[test]
    fn urls_that_two_parsers_could_read_differently_are_refused() {
        for (url, reason) in [
            ("https://user@example.org/", InvalidUrl::UserInformation),
            ("https://good.example\\@evil.example/", InvalidUrl::Syntax),
            ("https://example.org/#fragment", InvalidUrl::Syntax),
            ("https://example.org/a b", InvalidUrl::Syntax),
            ("https://exämple.org/", InvalidUrl::Syntax),
            ("https://example.org:0/", InvalidUrl::Port),
            ("https://example.org:+80/", InvalidUrl::Port),
            ("https://example.org:99999/", InvalidUrl::Port),
            ("ftp://example.org/", InvalidUrl::Scheme),
            ("//example.org/", InvalidUrl::Syntax),
            ("https://127.1/", InvalidUrl::Host),
            ("https://0x7f.0.0.1/", InvalidUrl::Host),
            ("https://2130706433/", InvalidUrl::Host),
            ("https://127.0.0.01/", InvalidUrl::Host),
            ("https://[::1/", InvalidUrl::Host),
            ("https://[fe80::1%25eth0]/", InvalidUrl::Host),
            ("https:///path", InvalidUrl::Host),
            ("https://a..b/", InvalidUrl::Host),
            ("https://%31%32%37.0.0.1/", InvalidUrl::Host),
        ] {
            assert_eq!(Destination::parse(url), Err(reason), "{url}");
        }
        assert_eq!(Destination::parse(&format!("https://a/{}", "x".repeat(MAX_URL))), Err(InvalidUrl::TooLong));
    }

    #[test]
    fn the_normal_form_names_the_port_only_where_it_is_not_the_schemes_own() {
        let url = |text| Destination::parse(text).expect("a URL").url();
        assert_eq!(url("HTTPS://Example.org:443"), "https://example.org/");
        assert_eq!(url("https://example.org:8443?a=b"), "https://example.org:8443/?a=b");
        assert_eq!(url("http://[0::1]:81/x"), "http://[::1]:81/x");
    }
}
