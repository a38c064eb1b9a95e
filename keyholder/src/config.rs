//! The keyholder's configuration: one TOML file in two halves.
//!
//! `[measured]` can change what is released. Its digest is in the attested statement, so a chain or a person sees
//! which one runs. `[local]` only says where things are on this machine; nothing in it weakens a rule. Unknown
//! keys are refused in both. `keyholder.default.toml` beside this crate comments every field.

use adyton_appraisal::verifiers_kind;
use adyton_attestation::{
    AcceptedMeasurements, IntelPolicy, MachinePolicy, Policy, Roots, TcbStatus, TcbStatusSet, nitro::NitroPolicy,
};
use adyton_attestation_platform::PlatformConfig;
use adyton_listener::Limits as ListenerLimits;
use adyton_protocol::{
    configuration,
    ids::{AccountId, BlockHash, Digest, NetworkId},
    record::EvidenceKind,
    statement::Role,
};
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use thiserror::Error;

use crate::{decision::Limits, judge::Judge, roots};

/// The longest configuration file that is read, in bytes.
pub const MAX_FILE: u64 = 256 * 1024;

/// The most roots.
const MAX_ROOTS: usize = 16;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the attested statement vouches for.
    pub measured: Measured,
    /// What it does not.
    pub local: Local,
}

/// What can change what is released.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The network.
    pub network: NetworkId,
    /// The hash of the chain's first block: where the light verifier starts.
    pub genesis: BlockHash,
    /// For how many seconds a proven nonce of its own keeps its view fresh.
    pub freshness_seconds: u64,
    /// The kinds of workers' evidence that are good enough.
    pub kinds: Vec<EvidenceKind>,
    /// Roots of trust for workers' evidence: names of vendors' own, or certificates in hexadecimal.
    pub roots: Vec<String>,
    /// What is accepted of a worker's platform.
    pub platform: Platform,
    /// How much is released.
    pub release: ReleaseRules,
    /// Whether this keyholder makes the master secret all by itself when the network has none yet. Only on a
    /// network whose name contains `insecure`.
    pub insecure_single: bool,
}

/// What is accepted of a worker's platform. Debug and the like are refused always.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// TCB statuses that are good enough, in Intel's words.
    pub accepted_statuses: Vec<String>,
    /// The lowest evaluation number of collateral, whatever the chain's floor is.
    pub minimum_evaluation: u32,
}

/// How much is released.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRules {
    /// How many key epochs before the one in force.
    pub older_epochs: u32,
    /// The keys of how many contracts one worker gets in one key epoch and one boot of this keyholder.
    pub contracts_per_worker: u32,
}

/// Where things are on this machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// Who registers this keyholder; part of its attested statement.
    pub operator: AccountId,
    /// The operator's name for it; its identity is derived from operator and name.
    pub name: String,
    /// The node's RPC interface, which is not believed.
    pub node: String,
    /// Where the HTTP interface listens.
    pub listen: SocketAddr,
    /// The URL under which workers reach it.
    pub endpoint: String,
    /// The folder of its sealed shares, and of the checkpoint that belongs to them.
    pub data: PathBuf,
    /// The vendor's signed collateral for this machine, which is shown with its evidence to whoever judges it. Signed by
    /// the vendor, so it may come from anybody. Intel's in SCALE encoding, of the authority that certified the machine;
    /// AMD's revocation list in DER; AWS has none, and the file is empty.
    pub collateral: PathBuf,
    /// Where evidence and the sealing key come from. Neither is believed by anyone who does not verify it.
    pub evidence: PlatformConfig,
    /// What strangers may take of this machine.
    pub limits: Connections,
}

/// What strangers may take of this machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// Connections that are open at once.
    pub connections: usize,
    /// Connections of one address that are open at once.
    pub connections_per_address: usize,
    /// Seconds in which a request's head has to be there.
    pub head_seconds: u64,
    /// Seconds by which a request's content, or the reader of an answer, may be late.
    pub stall_seconds: u64,
}

/// What is wrong with a configuration.
#[derive(Debug, Error)]
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
        problem: String,
    },
}

impl Config {
    /// Reads and checks a configuration.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.measured.check()?;
        config.local.check()?;
        Ok(config)
    }
}

impl Measured {
    /// What the chain accepts together with a measurement: `freshness_seconds`, `kinds`, `roots`,
    /// `platform.accepted_statuses`, `platform.minimum_evaluation`, `release.older_epochs`,
    /// `release.contracts_per_worker`, `insecure_single`; numbers little-endian, texts as [`configuration::list`].
    pub fn profile(&self) -> Digest {
        let texts = |texts: &[String]| configuration::list(texts.iter().map(String::as_str));
        let values: &[&[u8]] = &[
            &self.freshness_seconds.to_le_bytes(),
            &configuration::list(self.kinds.iter().map(|kind| kind.name())),
            &texts(&self.roots),
            &texts(&self.platform.accepted_statuses),
            &self.platform.minimum_evaluation.to_le_bytes(),
            &self.release.older_epochs.to_le_bytes(),
            &self.release.contracts_per_worker.to_le_bytes(),
            &[u8::from(self.insecure_single)],
        ];
        configuration::profile(Role::Keyholder, values)
    }

    /// What the attested statement names: the profile, for this network and chain.
    pub fn digest(&self) -> Digest {
        configuration::digest(&self.network, &self.genesis, &self.profile())
    }

    /// How evidence is judged.
    pub fn judge(&self) -> Result<Judge, ConfigError> {
        let roots = roots::read(&self.roots).map_err(|problem| value("measured.roots", problem))?;
        let rootless = self.kinds.iter().find(|kind| !roots::has_one(&roots, **kind));
        if let Some(kind) = rootless {
            return refuse("measured.roots", format!("has none for evidence of kind {kind}"));
        }
        let intel = IntelPolicy::strict(self.platform.minimum_evaluation).with_statuses(self.platform.statuses()?);
        Ok(Judge { policy: self.policy(roots, intel) })
    }

    /// The chain says which measurements and machines are accepted; [`crate::decision`] holds this keyholder's finding
    /// against the chain's.
    fn policy(&self, roots: Roots, intel: IntelPolicy) -> Policy {
        Policy {
            kinds: self.kinds.iter().map(|kind| verifiers_kind(*kind)).collect(),
            measurements: AcceptedMeasurements::Any,
            machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
            intel,
            snp: roots::snp_policy(&roots),
            nitro: NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME),
            roots,
            ..Policy::default()
        }
    }

    /// How much is released.
    pub fn limits(&self) -> Limits {
        Limits { older_epochs: self.release.older_epochs, contracts_per_worker: self.release.contracts_per_worker }
    }

    /// For how long a proven nonce keeps the view fresh.
    pub fn freshness(&self) -> Duration {
        Duration::from_secs(self.freshness_seconds)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.kinds.is_empty() {
            return refuse("measured.kinds", "has to name at least one kind of evidence".into());
        }
        if self.roots.is_empty() || self.roots.len() > MAX_ROOTS {
            return refuse("measured.roots", format!("has to name 1 to {MAX_ROOTS} roots"));
        }
        if !(5..=3600).contains(&self.freshness_seconds) {
            return refuse("measured.freshness_seconds", "has to be 5 to 3600".into());
        }
        if self.release.contracts_per_worker == 0 {
            return refuse(
                "measured.release.contracts_per_worker",
                "0 would release nothing; stop the program instead".into(),
            );
        }
        self.judge().map(|_| ())
    }
}

impl Platform {
    fn statuses(&self) -> Result<TcbStatusSet, ConfigError> {
        let field = "measured.platform.accepted_statuses";
        let mut statuses = TcbStatusSet::NONE;
        for name in &self.accepted_statuses {
            match TcbStatus::from_name(name) {
                Some(TcbStatus::Revoked) => return refuse(field, "Revoked is never accepted".into()),
                Some(status) => statuses = statuses.with(status),
                None => return refuse(field, format!("{name:?} is not a TCB status")),
            }
        }
        if statuses.is_empty() { refuse(field, "accepts nothing".into()) } else { Ok(statuses) }
    }
}

impl Local {
    fn check(&self) -> Result<(), ConfigError> {
        if self.name.is_empty() || self.name.len() > 64 {
            return refuse("local.name", "has to have 1 to 64 bytes".into());
        }
        let url = self.endpoint.starts_with("http://") || self.endpoint.starts_with("https://");
        if !url || self.endpoint.len() > 256 {
            return refuse("local.endpoint", "has to be an http or https URL of at most 256 bytes".into());
        }
        self.limits.check()
    }
}

impl Connections {
    /// What connections are held to.
    pub fn listener(&self) -> ListenerLimits {
        ListenerLimits {
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            head: Duration::from_secs(self.head_seconds),
            stall: Duration::from_secs(self.stall_seconds),
            // Requests are small, and so are answers but for the evidence, which all who ask within seconds share: the
            // number of connections bounds them.
            contents: usize::MAX,
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !(16..=1_000_000).contains(&self.connections) {
            return refuse("local.limits.connections", "has to be 16 to 1000000".into());
        }
        if !(1..=self.connections).contains(&self.connections_per_address) {
            let problem = "has to be 1 to local.limits.connections".into();
            return refuse("local.limits.connections_per_address", problem);
        }
        for (field, seconds) in
            [("local.limits.head_seconds", self.head_seconds), ("local.limits.stall_seconds", self.stall_seconds)]
        {
            if !(1..=3600).contains(&seconds) {
                return refuse(field, "has to be 1 to 3600".into());
            }
        }
        Ok(())
    }
}

fn refuse<T>(field: &'static str, problem: String) -> Result<T, ConfigError> {
    Err(value(field, problem))
}

const fn value(field: &'static str, problem: String) -> ConfigError {
    ConfigError::Value { field, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file that comes with the program.
    const DEFAULT: &str = include_str!("../keyholder.default.toml");

    fn changed(from: &str, to: &str) -> Result<Config, ConfigError> {
        assert!(DEFAULT.contains(from), "the default file has no {from:?}");
        Config::parse(&DEFAULT.replacen(from, to, 1))
    }

    #[test]
    fn the_default_file_parses_and_comments_every_field() {
        Config::parse(DEFAULT).unwrap();
        let lines: Vec<_> = DEFAULT.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(lines[number - 1].starts_with('#'), "no comment above {line:?}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_in_either_half() {
        assert!(matches!(changed("[measured]", "[measured]\nextra = 1"), Err(ConfigError::Toml(_))));
        assert!(matches!(changed("[local]", "[local]\nextra = 1"), Err(ConfigError::Toml(_))));
    }

    #[test]
    fn a_missing_field_is_refused() {
        assert!(matches!(changed("insecure_single = false", ""), Err(ConfigError::Toml(_))));
    }

    #[test]
    fn a_configuration_without_roots_is_refused() {
        assert!(matches!(
            changed("roots = [\"intel\"]", "roots = []"),
            Err(ConfigError::Value { field: "measured.roots", .. })
        ));
    }

    #[test]
    fn a_root_that_is_not_a_root_certificate_is_refused() {
        assert!(changed("roots = [\"intel\"]", "roots = [\"0x3000\"]").is_err());
        assert!(changed("roots = [\"intel\"]", "roots = [\"amd\"]").is_err());
    }

    #[test]
    fn a_kind_without_a_root_is_refused() {
        for kind in ["amd-snp", "aws-nitro"] {
            let kinds = format!("kinds = [\"intel-tdx\", \"{kind}\"]");
            assert!(matches!(
                changed("kinds = [\"intel-tdx\"]", &kinds),
                Err(ConfigError::Value { field: "measured.roots", .. })
            ));
        }
        assert!(matches!(
            changed("kinds = [\"intel-tdx\"]", "kinds = []"),
            Err(ConfigError::Value { field: "measured.kinds", .. })
        ));
        assert!(matches!(changed("kinds = [\"intel-tdx\"]", "kinds = [\"tpm\"]"), Err(ConfigError::Toml(_))));
    }

    #[test]
    fn a_product_line_of_amds_is_accepted_only_if_its_root_is_named() {
        use adyton_attestation::snp::SnpProduct;

        let text = DEFAULT.replacen("kinds = [\"intel-tdx\"]", "kinds = [\"amd-snp\"]", 1);
        let policy = |roots: &str| {
            let text = text.replacen("roots = [\"intel\"]", roots, 1);
            Config::parse(&text).unwrap().measured.judge().unwrap().policy
        };
        let genoa = policy("roots = [\"amd-genoa\"]");
        let accepted = SnpProduct::ALL.map(|product| genoa.snp.product(product).is_some());
        assert_eq!(accepted, SnpProduct::ALL.map(|product| product == SnpProduct::Genoa));
        assert!(policy("roots = [\"amd-milan\"]").snp.milan.is_some());
    }

    #[test]
    fn a_policy_that_accepts_nothing_or_the_revoked_is_refused() {
        let line = "accepted_statuses = [\"UpToDate\"]";
        for other in ["accepted_statuses = []", "accepted_statuses = [\"Revoked\"]", "accepted_statuses = [\"Fine\"]"] {
            assert!(changed(line, other).is_err());
        }
    }

    #[test]
    fn an_unknown_key_inside_the_evidence_table_is_refused() {
        assert!(matches!(
            changed("type = \"configfs-tsm\"", "type = \"configfs-tsm\"\nextra = 1"),
            Err(ConfigError::Toml(_))
        ));
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_refused_by_name() {
        for (from, to, field) in [
            ("connections = 1024", "connections = 0", "local.limits.connections"),
            ("connections_per_address = 256", "connections_per_address = 0", "local.limits.connections_per_address"),
            ("connections_per_address = 256", "connections_per_address = 1025", "local.limits.connections_per_address"),
            ("head_seconds = 30", "head_seconds = 0", "local.limits.head_seconds"),
            ("stall_seconds = 30", "stall_seconds = 36000", "local.limits.stall_seconds"),
        ] {
            assert!(
                matches!(changed(from, to), Err(ConfigError::Value { field: found, .. }) if found == field),
                "{field}"
            );
        }
        assert!(matches!(changed("[local.limits]", "[local.limits]\nextra = 1"), Err(ConfigError::Toml(_))));
    }

    #[test]
    fn one_address_does_not_get_all_connections() {
        let limits = Config::parse(DEFAULT).unwrap().local.limits.listener();
        assert_eq!((limits.connections, limits.connections_per_address), (1024, 256));
    }

    #[test]
    fn a_freshness_of_hours_is_refused() {
        assert!(changed("freshness_seconds = 60", "freshness_seconds = 36000").is_err());
    }

    #[test]
    fn each_measured_field_changes_the_digest_and_no_local_one_does() {
        let digest = |config: Config| config.measured.digest();
        let base = digest(Config::parse(DEFAULT).unwrap());
        for (from, to) in [
            ("network = \"0x00", "network = \"0x01"),
            ("genesis = \"0x00", "genesis = \"0x01"),
            ("freshness_seconds = 60", "freshness_seconds = 61"),
            ("kinds = [\"intel-tdx\"]", "kinds = [\"intel-tdx\", \"intel-sgx\"]"),
            ("roots = [\"intel\"]", "roots = [\"intel\", \"intel\"]"),
            ("[\"UpToDate\"]", "[\"UpToDate\", \"SWHardeningNeeded\"]"),
            ("minimum_evaluation = 19", "minimum_evaluation = 20"),
            ("older_epochs = 1", "older_epochs = 2"),
            ("contracts_per_worker = 256", "contracts_per_worker = 257"),
            ("insecure_single = false", "insecure_single = true"),
        ] {
            assert_ne!(digest(changed(from, to).unwrap()), base, "{from}");
        }
        assert_eq!(digest(changed("name = \"keyholder-1\"", "name = \"keyholder-2\"").unwrap()), base);
        assert_eq!(digest(changed("collateral = \"/var", "collateral = \"/mnt").unwrap()), base);
    }
}
