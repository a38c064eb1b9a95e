//! The gateway's configuration: one TOML file, of which `gateway.default.toml` comments every key.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;

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
    /// What it carries.
    pub limits: Limits,
}

/// What the gateway carries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Calls at one time.
    pub calls: usize,
    /// Seconds of one call.
    pub call_seconds: u64,
    /// Bytes of one component.
    pub code_bytes: u64,
    /// Bytes of all components.
    pub stored_bytes: u64,
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
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 1024, call_seconds: 150, code_bytes: 32 << 20, stored_bytes: 8 << 30, directory_seconds: 5 }
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
        let limits = &config.limits;
        let zero = limits.calls == 0 || limits.call_seconds == 0 || limits.code_bytes == 0 || limits.stored_bytes == 0;
        if zero {
            return Err("a limit is zero".into());
        }
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
        assert!(Config::parse("[limits]\ncalls = 0\n").is_err());
    }

    #[test]
    fn an_address_that_is_not_http_is_refused() {
        assert!(Config::parse("rpc = \"ws://x\"\n").is_err());
    }
}
