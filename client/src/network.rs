//! Which network is meant, and why it is trusted: the one file that a client starts from.

use adyton_chain_client::verifier::Checkpoint;
use adyton_protocol::ids::NetworkId;
use serde::{Deserialize, Serialize};

/// The most bytes of a network file.
pub const MAX_NETWORK_FILE: usize = 256 * 1024;
/// The longest name of a network, in bytes.
const MAX_NAME: usize = 64;
/// The most seconds of tolerance that a file may ask for.
const MAX_TOLERANCE: u64 = 3600;

/// A network as its file describes it. Whoever can write this file decides what is proven: network identity
/// and checkpoint are the only things that a client takes for granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// What this user calls it: 1 to 64 of `a-z 0-9 -`.
    pub name: String,
    /// Its identity, which every signed thing is bound to.
    pub network_id: NetworkId,
    /// Where verification of the chain starts.
    pub checkpoint: Checkpoint,
    /// A node's JSON-RPC address. Not believed.
    pub rpc: String,
    /// A gateway's address. Not believed.
    pub gateway: String,
    /// Whether it trusts a development root: its evidence stands for no hardware.
    pub development: bool,
    /// Why identity and checkpoint are trusted, for people.
    pub trust: String,
    /// How far the chain's time and this machine's clock may be apart, in seconds.
    #[serde(default = "default_tolerance")]
    pub clock_tolerance_seconds: u64,
}

/// Why a network file is refused.
#[derive(Debug, thiserror::Error)]
pub enum InvalidNetwork {
    /// Not JSON of this form; the text says where.
    #[error("not a network file: {0}")]
    Form(String),
    /// Longer than [`MAX_NETWORK_FILE`].
    #[error("a network file has at most {MAX_NETWORK_FILE} bytes")]
    TooLong,
    /// The name.
    #[error("a network's name has 1 to {MAX_NAME} characters of a-z, 0-9 and -")]
    Name,
    /// An address; which.
    #[error("the address under \"{0}\" must begin with http:// or https://")]
    Address(&'static str),
    /// The tolerance.
    #[error("clock_tolerance_seconds must be between 1 and {MAX_TOLERANCE}")]
    Tolerance,
    /// Nothing says why it is trusted.
    #[error("\"trust\" must say why this network is trusted")]
    Trust,
}

impl NetworkFile {
    /// Reads and validates a file's bytes.
    pub fn from_json(bytes: &[u8]) -> Result<Self, InvalidNetwork> {
        if bytes.len() > MAX_NETWORK_FILE {
            return Err(InvalidNetwork::TooLong);
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|error| InvalidNetwork::Form(error.to_string()))?;
        file.validate()?;
        Ok(file)
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data with text keys encodes")
    }

    /// Every rule that needs no network.
    pub fn validate(&self) -> Result<(), InvalidNetwork> {
        if !is_name(&self.name) {
            return Err(InvalidNetwork::Name);
        }
        for (what, address) in [("rpc", &self.rpc), ("gateway", &self.gateway)] {
            let url = reqwest::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            if url.is_none() {
                return Err(InvalidNetwork::Address(what));
            }
        }
        if self.clock_tolerance_seconds == 0 || self.clock_tolerance_seconds > MAX_TOLERANCE {
            return Err(InvalidNetwork::Tolerance);
        }
        if self.trust.trim().is_empty() { Err(InvalidNetwork::Trust) } else { Ok(()) }
    }
}

/// Whether `name` may name a network.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
}

fn default_tolerance() -> u64 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_chain_client::verifier::{Authority, AuthorityKey};
    use adyton_protocol::ids::BlockHash;

    fn sample() -> NetworkFile {
        NetworkFile {
            name: "local".into(),
            network_id: NetworkId([1; 32]),
            checkpoint: Checkpoint {
                time_ms: None,
                genesis_hash: BlockHash([2; 32]),
                number: 0,
                hash: BlockHash([2; 32]),
                set_id: 0,
                authorities: vec![Authority { key: AuthorityKey([3; 32]), weight: 1 }],
            },
            rpc: "http://127.0.0.1:9944".into(),
            gateway: "http://127.0.0.1:8080".into(),
            development: true,
            trust: "made by adyton up on this machine".into(),
            clock_tolerance_seconds: 60,
        }
    }

    fn refused(change: impl FnOnce(&mut NetworkFile)) -> InvalidNetwork {
        let mut file = sample();
        change(&mut file);
        NetworkFile::from_json(file.to_json().as_bytes()).unwrap_err()
    }

    #[test]
    fn a_network_file_reads_back() {
        assert_eq!(NetworkFile::from_json(sample().to_json().as_bytes()).unwrap(), sample());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = sample().to_json().replacen('{', "{\"extra\": 1,", 1);
        assert!(matches!(NetworkFile::from_json(text.as_bytes()), Err(InvalidNetwork::Form(_))));
    }

    #[test]
    fn a_name_that_could_leave_the_folder_is_refused() {
        assert!(matches!(refused(|file| file.name = "../x".into()), InvalidNetwork::Name));
    }

    #[test]
    fn an_address_of_another_scheme_is_refused_by_its_key() {
        assert!(matches!(refused(|file| file.gateway = "ftp://x".into()), InvalidNetwork::Address("gateway")));
    }

    #[test]
    fn a_file_that_does_not_say_why_it_is_trusted_is_refused() {
        assert!(matches!(refused(|file| file.trust = "  ".into()), InvalidNetwork::Trust));
    }

    #[test]
    fn a_tolerance_without_end_is_refused() {
        assert!(matches!(refused(|file| file.clock_tolerance_seconds = u64::MAX), InvalidNetwork::Tolerance));
    }

    #[test]
    fn an_oversized_file_is_refused_before_it_is_read() {
        assert!(matches!(NetworkFile::from_json(&vec![b' '; MAX_NETWORK_FILE + 1]), Err(InvalidNetwork::TooLong)));
    }
}
