//! The worker's configuration: one TOML file in two halves.
//!
//! `[measured]` can change what the worker does for a contract; its digest is in the attested statement.
//! `[local]` only says where things are on this machine, and nothing in it weakens a rule. Unknown keys are
//! refused in both. `worker.default.toml` beside this crate comments every field.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use adyton_attestation_platform::PlatformConfig;
use adyton_engine::{CompileLimits, Compiler, EngineConfig};
use adyton_listener::Limits as ListenerLimits;
use adyton_protocol::{
    call::MAX_SEALED,
    configuration,
    ids::{AccountId, BlockHash, Digest, NetworkId},
    statement::Role,
};
use serde::Deserialize;
use tokio::sync::Semaphore;

/// The longest configuration file that is read, in bytes.
pub const MAX_FILE: u64 = 64 * 1024;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the attested statement vouches for.
    pub measured: Measured,
    /// What it does not.
    pub local: Local,
}

/// What can change what the worker does for a contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The network.
    pub network: NetworkId,
    /// The hash of the chain's first block: where the light verifier starts.
    pub genesis: BlockHash,
    /// For how many seconds a proven nonce of its own keeps its view of the chain fresh.
    pub freshness_seconds: u64,
}

/// Where things are on this machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// Who registers this worker; part of its attested statement.
    pub operator: AccountId,
    /// The operator's name for it; its identity is derived from operator and name.
    pub name: String,
    /// The node's RPC interface, which is not believed.
    pub node: String,
    /// Where components are fetched by hash; what comes is checked against the hash.
    pub code_sources: Vec<String>,
    /// Where the HTTP interface listens.
    pub listen: SocketAddr,
    /// The URL under which gateways reach it.
    pub endpoint: String,
    /// The folder of the contracts' sealed stores.
    pub data: PathBuf,
    /// The most contracts that it leases.
    pub max_contracts: usize,
    /// Seconds between two anchors of what was committed, where no answer waits for one.
    pub anchor_seconds: u64,
    /// Seconds that running calls and the last anchor may take when the process is told to stop.
    pub stop_seconds: u64,
    /// The vendor's signed collateral for this machine, of the generation that the chain had at the last registration
    /// or renewal, or newer: keyholders judge the evidence again by it, and refuse an older one (`collateral-older`).
    /// Signed by the vendor, so it may come from anybody. Intel's in SCALE encoding, of the authority that certified the
    /// machine; AMD's revocation list in DER; AWS has none, and the file is empty.
    pub collateral: PathBuf,
    /// Where evidence comes from. It is not believed by anyone who does not verify it.
    pub evidence: PlatformConfig,
    /// Whether the machine's GPUs are asked for evidence too, for the operator to show with the worker's.
    pub gpus: bool,
    /// How much of the machine calls and code may take.
    pub limits: Limits,
}

/// How much of the machine calls and code may take. Contracts share it fairly, whatever their number of calls.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections that are open at once.
    pub connections: usize,
    /// Connections of one address that are open at once: also of a gateway, whose callers all come from it.
    pub connections_per_address: usize,
    /// Seconds in which a request's head has to be there.
    pub head_seconds: u64,
    /// Seconds by which a request's content, or the reader of an answer, may be late.
    pub stall_seconds: u64,
    /// Bytes of requests' contents that are held at once; a quarter of them of one contract's calls.
    pub content_bytes: usize,
    /// Calls that run at once; others wait.
    pub calls: u32,
    /// Calls of one contract that run at once.
    pub calls_per_contract: u32,
    /// Calls that wait; others are refused.
    pub waiting: u32,
    /// Calls of one contract that wait.
    pub waiting_per_contract: u32,
    /// Seconds that a call waits for its place before it is refused.
    pub waiting_seconds: u64,
    /// Whether components are compiled in a process of their own.
    pub compile_apart: bool,
    /// Seconds of processor time for the compilation of one component.
    pub compile_seconds: u64,
    /// Bytes of memory for the same.
    pub compile_bytes: u64,
    /// Bytes of compiled code on the disk, sealed for this process.
    pub code_bytes: u64,
    /// Seconds without a call after which a contract's code is dropped from memory.
    pub idle_seconds: u64,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, a field missing, a field unknown, or a value of the wrong kind.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// A value that makes no sense.
    #[error("{field}: {problem}")]
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Config {
    /// Reads and checks a configuration.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |field, problem| Err(ConfigError::Value { field, problem });
        if !(5..=3600).contains(&self.measured.freshness_seconds) {
            return refuse("measured.freshness_seconds", "has to be 5 to 3600");
        }
        let local = &self.local;
        if local.name.is_empty() || local.name.len() > 64 {
            return refuse("local.name", "has to have 1 to 64 bytes");
        }
        let url = |text: &str| text.starts_with("http://") || text.starts_with("https://");
        if !url(&local.endpoint) || local.endpoint.len() > 256 {
            return refuse("local.endpoint", "has to be an http or https URL of at most 256 bytes");
        }
        if local.code_sources.is_empty() || !local.code_sources.iter().all(|source| url(source)) {
            return refuse("local.code_sources", "has to name at least one http or https URL");
        }
        if !(1..=10_000).contains(&local.max_contracts) {
            return refuse("local.max_contracts", "has to be 1 to 10000");
        }
        if !(1..=3600).contains(&local.anchor_seconds) {
            return refuse("local.anchor_seconds", "has to be 1 to 3600");
        }
        if !(1..=600).contains(&local.stop_seconds) {
            return refuse("local.stop_seconds", "has to be 1 to 600");
        }
        local.limits.check()
    }
}

/// Processes that compile yield to everything else, so that they may take some times their processor time.
const COMPILE_PATIENCE: u32 = 5;

impl Limits {
    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |field, problem| Err(ConfigError::Value { field, problem });
        if !(16..=1_000_000).contains(&self.connections) {
            return refuse("local.limits.connections", "has to be 16 to 1000000");
        }
        if !(1..=self.connections).contains(&self.connections_per_address) {
            return refuse("local.limits.connections_per_address", "has to be 1 to local.limits.connections");
        }
        if !(1..=3600).contains(&self.head_seconds) {
            return refuse("local.limits.head_seconds", "has to be 1 to 3600");
        }
        if !(1..=3600).contains(&self.stall_seconds) {
            return refuse("local.limits.stall_seconds", "has to be 1 to 3600");
        }
        if self.content_bytes < 64 << 20 {
            return refuse("local.limits.content_bytes", "has to be at least 67108864");
        }
        if !(1..=1024).contains(&self.calls) {
            return refuse("local.limits.calls", "has to be 1 to 1024");
        }
        if !(1..=self.calls).contains(&self.calls_per_contract) {
            return refuse("local.limits.calls_per_contract", "has to be 1 to local.limits.calls");
        }
        if self.waiting > 100_000 {
            return refuse("local.limits.waiting", "has to be 0 to 100000");
        }
        if self.waiting_per_contract > self.waiting {
            return refuse("local.limits.waiting_per_contract", "has to be 0 to local.limits.waiting");
        }
        if !(1..=120).contains(&self.waiting_seconds) {
            return refuse("local.limits.waiting_seconds", "has to be 1 to 120");
        }
        if !(1..=3600).contains(&self.compile_seconds) {
            return refuse("local.limits.compile_seconds", "has to be 1 to 3600");
        }
        if self.compile_bytes < 256 << 20 {
            return refuse("local.limits.compile_bytes", "has to be at least 268435456");
        }
        if !(10..=86_400).contains(&self.idle_seconds) {
            return refuse("local.limits.idle_seconds", "has to be 10 to 86400");
        }
        Ok(())
    }

    /// What of it connections are held to.
    pub fn listener(&self) -> ListenerLimits {
        ListenerLimits {
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            head: Duration::from_secs(self.head_seconds),
            stall: Duration::from_secs(self.stall_seconds),
            contents: self.content_bytes,
        }
    }

    /// What of it the engine holds calls to.
    pub fn engine(&self) -> EngineConfig {
        EngineConfig {
            concurrent_calls: self.calls,
            concurrent_calls_each: self.calls_per_contract,
            waiting_calls: self.waiting,
            waiting_calls_each: self.waiting_per_contract,
            queue: Duration::from_secs(self.waiting_seconds),
            ..EngineConfig::default()
        }
    }

    /// Calls of one contract that are being answered: run, wait to, or commit what they did.
    pub fn inside(&self) -> usize {
        self.calls_per_contract.saturating_add(self.waiting_per_contract) as usize
    }

    /// Bytes of the contents of one contract's calls that are being answered: a quarter of what is held, and always
    /// enough for one call.
    pub fn content_each(&self) -> usize {
        (self.content_bytes / 4).clamp(MAX_SEALED, Semaphore::MAX_PERMITS)
    }

    /// Compiles within it.
    pub fn compiler(&self) -> Compiler {
        let limits = CompileLimits {
            seconds: self.compile_seconds,
            memory: self.compile_bytes,
            wall: Duration::from_secs(self.compile_seconds) * COMPILE_PATIENCE,
            ..CompileLimits::default()
        };
        if self.compile_apart { Compiler::new(limits) } else { Compiler::here(limits) }
    }
}

impl Measured {
    /// What the chain accepts together with a measurement: `freshness_seconds` as 8 bytes, little-endian.
    pub fn profile(&self) -> Digest {
        configuration::profile(Role::Worker, &[&self.freshness_seconds.to_le_bytes()])
    }

    /// What the attested statement names: the profile, for this network and chain.
    pub fn digest(&self) -> Digest {
        configuration::digest(&self.network, &self.genesis, &self.profile())
    }

    /// For how long a proven nonce keeps the view fresh.
    pub fn freshness(&self) -> Duration {
        Duration::from_secs(self.freshness_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = include_str!("../worker.default.toml");

    fn changed(from: &str, to: &str) -> Result<Config, ConfigError> {
        assert!(DEFAULT.contains(from), "the default file has no {from:?}");
        Config::parse(&DEFAULT.replacen(from, to, 1))
    }

    #[test]
    fn the_default_file_parses_and_comments_every_field() {
        Config::parse(DEFAULT).expect("parses");
        let lines: Vec<_> = DEFAULT.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(lines[number - 1].starts_with('#'), "no comment above {line:?}");
            }
        }
    }

    #[test]
    fn every_source_of_evidence_is_written_down_with_its_fields() {
        let sources = [
            PlatformConfig::ConfigfsTsm {
                folder: "/".into(),
                provider: Default::default(),
                kds: Vec::new(),
                kds_cache: "/".into(),
            },
            PlatformConfig::Gramine { folder: "/".into() },
            PlatformConfig::Nitro { device: "/".into() },
            PlatformConfig::AzureVtpm {
                device: "/".into(),
                hardware: adyton_attestation_platform::Hardware::Snp,
                metadata: String::new(),
                authorities: Some("/".into()),
            },
            PlatformConfig::Socket { path: "/".into(), role: String::new() },
            PlatformConfig::None,
        ];
        let keyholder = include_str!("../../../keyholder/keyholder.default.toml");
        let architecture = include_str!("../../../ARCHITECTURE.md");
        for source in sources {
            let toml = toml::Table::try_from(&source).expect("a table");
            for file in [DEFAULT, keyholder] {
                let name = toml["type"].as_str().expect("a name");
                assert!(file.contains(&format!("\"{name}\"")), "{name}");
                for field in toml.keys().filter(|field| *field != "type") {
                    assert!(file.contains(&format!("`{field}`")), "{field}");
                }
            }
            let rows: Vec<_> = architecture.lines().filter(|line| line.contains("`local.evidence.type`")).collect();
            assert_eq!(rows.len(), 2, "worker and keyholder");
            for field in toml.keys().filter(|field| *field != "type") {
                assert!(rows.iter().all(|row| row.contains(&format!("`.{field}`"))), "{field}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_everywhere() {
        assert!(matches!(changed("[local.limits]", "[local.limits]\nextra = 1"), Err(ConfigError::Toml(_))));
        assert!(matches!(changed("[measured]", "[measured]\nextra = 1"), Err(ConfigError::Toml(_))));
        assert!(matches!(changed("[local]", "[local]\nextra = 1"), Err(ConfigError::Toml(_))));
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused_by_name() {
        for (from, to, field) in [
            ("freshness_seconds = 60", "freshness_seconds = 36000", "measured.freshness_seconds"),
            ("name = \"worker-1\"", "name = \"\"", "local.name"),
            ("endpoint = \"http://", "endpoint = \"ftp://", "local.endpoint"),
            ("max_contracts = 256", "max_contracts = 0", "local.max_contracts"),
            ("anchor_seconds = 30", "anchor_seconds = 0", "local.anchor_seconds"),
            ("stop_seconds = 30", "stop_seconds = 0", "local.stop_seconds"),
            ("\nconnections = 4096", "\nconnections = 0", "local.limits.connections"),
            ("connections_per_address = 1280", "connections_per_address = 0", "local.limits.connections_per_address"),
            (
                "connections_per_address = 1280",
                "connections_per_address = 4097",
                "local.limits.connections_per_address",
            ),
            ("head_seconds = 30", "head_seconds = 0", "local.limits.head_seconds"),
            ("stall_seconds = 30", "stall_seconds = 0", "local.limits.stall_seconds"),
            ("content_bytes = 1073741824", "content_bytes = 1000", "local.limits.content_bytes"),
            ("\ncalls = 64", "\ncalls = 0", "local.limits.calls"),
            ("calls_per_contract = 16", "calls_per_contract = 65", "local.limits.calls_per_contract"),
            ("waiting = 4096", "waiting = 100001", "local.limits.waiting"),
            ("waiting_per_contract = 256", "waiting_per_contract = 4097", "local.limits.waiting_per_contract"),
            ("waiting_seconds = 10", "waiting_seconds = 0", "local.limits.waiting_seconds"),
            ("compile_seconds = 120", "compile_seconds = 0", "local.limits.compile_seconds"),
            ("compile_bytes = 3221225472", "compile_bytes = 1000", "local.limits.compile_bytes"),
            ("idle_seconds = 300", "idle_seconds = 9", "local.limits.idle_seconds"),
        ] {
            assert!(
                matches!(changed(from, to), Err(ConfigError::Value { field: found, .. }) if found == field),
                "{field}"
            );
        }
    }

    #[test]
    fn one_contract_does_not_get_all_room_for_contents_and_always_enough_for_a_call() {
        let limits = Config::parse(DEFAULT).expect("parses").local.limits;
        assert_eq!(limits.content_each(), limits.content_bytes / 4);
        assert_eq!(Limits { content_bytes: 64 << 20, ..limits }.content_each(), MAX_SEALED);
        assert_eq!(Limits { content_bytes: usize::MAX, ..limits }.content_each(), Semaphore::MAX_PERMITS);
    }

    #[test]
    fn one_address_does_not_get_all_connections() {
        let limits = Config::parse(DEFAULT).expect("parses").local.limits.listener();
        assert_eq!((limits.connections, limits.connections_per_address), (4096, 1280));
    }

    #[test]
    fn each_measured_field_changes_the_digest_and_no_local_one_does() {
        let digest = |config: Config| config.measured.digest();
        let base = digest(Config::parse(DEFAULT).expect("parses"));
        for (from, to) in [
            ("network = \"0x00", "network = \"0x01"),
            ("genesis = \"0x00", "genesis = \"0x01"),
            ("freshness_seconds = 60", "freshness_seconds = 61"),
        ] {
            assert_ne!(digest(changed(from, to).expect("parses")), base, "{from}");
        }
        let profile = |config: Config| config.measured.profile();
        let base_profile = profile(Config::parse(DEFAULT).expect("parses"));
        for (from, to) in [("network = \"0x00", "network = \"0x01"), ("genesis = \"0x00", "genesis = \"0x01")] {
            assert_eq!(profile(changed(from, to).expect("parses")), base_profile, "{from}");
        }
        assert_eq!(digest(changed("name = \"worker-1\"", "name = \"worker-2\"").expect("parses")), base);
    }
}
