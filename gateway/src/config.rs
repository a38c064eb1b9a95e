//! The gateway's configuration: one TOML file, of which `gateway.default.toml` comments every key.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use adyton_listener::{Limits as ListenerLimits, Proxies};
use serde::{Deserialize, Deserializer, de::Error as _};

/// The longest configuration file that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// JSON-RPC of a chain node.
    pub rpc: String,
    /// The folder of components.
    pub data: PathBuf,
    /// Whether workers may be on addresses that are not public.
    pub danger_allow_private_endpoints: bool,
    /// The proxies that say whose a request is.
    #[serde(deserialize_with = "proxies")]
    pub trusted_proxies: Proxies,
    /// What it carries.
    pub limits: Limits,
}

/// What the gateway carries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at one time.
    pub connections: usize,
    /// Connections of one address at one time.
    pub connections_per_address: usize,
    /// Seconds in which a request's head has to be there.
    pub head_seconds: u64,
    /// Seconds by which a request's content, or the reader of an answer, may be late.
    pub stall_seconds: u64,
    /// Calls, uploads and downloads at one time.
    pub calls: usize,
    /// Those of one address at one time.
    pub calls_per_address: usize,
    /// Seconds of one call.
    pub call_seconds: u64,
    /// Bytes of one component.
    pub code_bytes: u64,
    /// Bytes of all components.
    pub stored_bytes: u64,
    /// Bytes of those that the chain does not have.
    pub provisional_bytes: u64,
    /// Bytes of those that one address uploaded.
    pub provisional_bytes_per_address: u64,
    /// Seconds for which they are there.
    pub provisional_seconds: u64,
    /// Seconds for which a worker's address is remembered.
    pub directory_seconds: u64,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is no configuration; the text says where.
    #[error("{} is not a configuration of the gateway: {reason}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            rpc: "http://127.0.0.1:9944".into(),
            data: "gateway-data".into(),
            danger_allow_private_endpoints: false,
            trusted_proxies: Proxies::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 256,
            head_seconds: 30,
            stall_seconds: 30,
            calls: 1024,
            calls_per_address: 128,
            call_seconds: 150,
            code_bytes: 32 << 20,
            stored_bytes: 8 << 30,
            provisional_bytes: 1 << 30,
            provisional_bytes_per_address: 256 << 20,
            provisional_seconds: 3600,
            directory_seconds: 5,
        }
    }
}

fn proxies<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Proxies, D::Error> {
    let networks = Vec::<String>::deserialize(deserializer)?;
    Proxies::parse(networks.iter().map(String::as_str)).map_err(D::Error::custom)
}

impl Limits {
    /// What connections are held to.
    pub fn listener(&self) -> ListenerLimits {
        ListenerLimits {
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            head: Duration::from_secs(self.head_seconds),
            stall: Duration::from_secs(self.stall_seconds),
            // They are passed on as they come.
            contents: usize::MAX,
        }
    }

    fn check(&self) -> Result<(), String> {
        let counts = [self.connections, self.connections_per_address, self.calls, self.calls_per_address];
        let others = [self.call_seconds, self.code_bytes, self.stored_bytes, self.provisional_seconds];
        if counts.contains(&0) || others.contains(&0) {
            return Err("a limit is zero".into());
        }
        if ![self.head_seconds, self.stall_seconds].iter().all(|seconds| (1..=3600).contains(seconds)) {
            return Err("head_seconds and stall_seconds have to be 1 to 3600".into());
        }
        let (one, all) = (self.provisional_bytes_per_address, self.provisional_bytes);
        if one < self.code_bytes || all < one {
            return Err("provisional_bytes_per_address has to be code_bytes to provisional_bytes".into());
        }
        if self.stored_bytes.checked_sub(all).is_none_or(|kept| kept < self.code_bytes) {
            return Err("stored_bytes has to be at least provisional_bytes and code_bytes together".into());
        }
        Ok(())
    }
}

impl Config {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, BadConfig> {
        let unreadable = |reason: String| BadConfig::Unreadable { path: path.into(), reason };
        let length = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
        if length > MAX_FILE {
            return Err(unreadable(format!("it has more than {MAX_FILE} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Self::parse(&text).map_err(|reason| BadConfig::Form { path: path.into(), reason })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        config.limits.check()?;
        if !config.rpc.starts_with("http://") && !config.rpc.starts_with("https://") {
            return Err("rpc must begin with http:// or https://".into());
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_says_what_holds_without_it() {
        assert_eq!(Config::parse(include_str!("../gateway.default.toml")), Ok(Config::default()));
        assert_eq!(Config::parse(""), Ok(Config::default()));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let error = Config::parse("listen = \"127.0.0.1:1\"\nprot = 3\n").unwrap_err();
        assert!(error.contains("prot") && error.contains("line 2"), "{error}");
        assert!(Config::parse("[limits]\ncall = 3\n").unwrap_err().contains("call"));
    }

    #[test]
    fn a_limit_of_zero_is_refused() {
        for limit in [
            "connections",
            "connections_per_address",
            "head_seconds",
            "stall_seconds",
            "calls",
            "calls_per_address",
            "call_seconds",
            "code_bytes",
            "stored_bytes",
            "provisional_bytes",
            "provisional_bytes_per_address",
            "provisional_seconds",
        ] {
            assert!(Config::parse(&format!("[limits]\n{limit} = 0\n")).is_err(), "{limit}");
        }
    }

    #[test]
    fn proxies_are_networks_and_what_is_none_is_refused_with_its_place() {
        let config = Config::parse("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n").unwrap();
        assert_eq!(config.trusted_proxies, Proxies::parse(["10.0.0.0/8", "::1"]).unwrap());
        for bad in ["[\"10.0.0.1/8\"]", "[\"0.0.0.0/0\"]", "[\"proxy\"]", "\"10.0.0.0/8\""] {
            let error = Config::parse(&format!("trusted_proxies = {bad}\n")).unwrap_err();
            assert!(error.contains("line 1"), "{error}");
        }
    }

    #[test]
    fn room_in_which_no_component_fits_is_refused() {
        let parse = |one: u64, all: u64, stored: u64| {
            Config::parse(&format!(
                "[limits]\ncode_bytes = 100\nprovisional_bytes_per_address = {one}\nprovisional_bytes = {all}\nstored_bytes = {stored}\n"
            ))
        };
        assert!(parse(100, 100, 200).is_ok());
        for (one, all, stored) in [(99, 100, 200), (101, 100, 201), (100, 100, 199), (100, 100, 99)] {
            assert!(parse(one, all, stored).is_err(), "{one} {all} {stored}");
        }
    }

    #[test]
    fn an_address_that_is_not_http_is_refused() {
        assert!(Config::parse("rpc = \"ws://x\"\n").is_err());
    }
}
