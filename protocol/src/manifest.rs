//! The manifest: everything a contract may do, fixed at its deployment and hashed into the chain's record.
//!
//! `adyton.toml` is its text form (the client reads it); this is the canonical one. What weakens a guarantee
//! (a private host, an extra root certificate) stands here, so that everyone sees it, and in each receipt's
//! manifest digest.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    contract_call::Callees,
    domain,
    ids::Digest,
    watch::{self, Watch},
    webhook::{self, Webhook},
};

/// The longest encoding of a manifest that is stored, in bytes.
pub const MAX_MANIFEST: usize = 16 * 1024;
/// The most rules for destinations outside.
pub const MAX_EGRESS_RULES: usize = 64;
/// The most extra root certificates.
pub const MAX_EXTRA_ROOTS: usize = 4;
/// The longest name of a contract, in bytes.
pub const MAX_NAME: usize = 64;
/// The most bytes that a disputable contract may store: whoever runs a call again reads them all, and keeps them in memory.
pub const MAX_DISPUTABLE_STORAGE: u64 = 256 << 20;

/// What a contract asks for and promises.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of this record; 1.
    pub version: u8,
    /// The contract's name, for people: 1 to [`MAX_NAME`] of `a-z 0-9 -`.
    pub name: String,
    /// Capabilities it may import, ascending and without repetition. `env` needs no grant.
    pub grants: Vec<Capability>,
    /// What one call may use.
    pub limits: Limits,
    /// Where it may send HTTP requests and reach databases; empty: nowhere.
    pub egress: Vec<EgressRule>,
    /// DER certificates of roots trusted for its outgoing TLS besides the public ones.
    pub extra_roots: Vec<Vec<u8>>,
    /// Which other contracts it may call.
    pub contracts: Callees,
    /// What an answer waits for.
    pub durability: Durability,
    /// Who may call.
    pub callers: Callers,
    /// Whether it answers calls that are not sealed.
    pub public_calls: bool,
    /// Plain settings that the contract reads from its context; public.
    pub settings: Vec<(String, String)>,
    /// Paths that take signed deliveries, and nothing else.
    pub webhooks: Vec<Webhook>,
    /// Whether it takes messages that accounts send to it on the chain.
    pub messages: bool,
    /// Values of the chain's state at whose changes it is called.
    pub watches: Vec<Watch>,
    /// Whether its answers follow from code, state, request and block alone; see `specs/deterministic.md`.
    pub deterministic: bool,
    /// Whether its answers can be disputed: all that they follow from is public, so that anybody can run a call again,
    /// and jurors decide whether its worker answered wrongly; see `specs/disputes.md`.
    pub disputable: bool,
    /// Whether its code lies sealed where everybody's lies in the clear: only its owner and its worker have the bytes of
    /// which the record has the hash, and nobody else can say what they do; see `specs/sealed-code.md`.
    pub sealed_code: bool,
    /// Whether an instance that has answered may answer the contract's next call too, with everything in its memory: faster,
    /// and the contract's own care that one caller's data does not reach another; see `specs/manifest.md`.
    pub reuse: bool,
}

/// A capability: the interface of `phat:contract` with the same name, or Spin's interface of a database.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Write log lines that the owner reads.
    #[codec(index = 0)]
    Log,
    /// The key-value store.
    #[codec(index = 1)]
    Kv,
    /// Outgoing HTTP under [`Manifest::egress`].
    #[codec(index = 2)]
    Http,
    /// Secrets that the owner sealed to the contract.
    #[codec(index = 3)]
    Secrets,
    /// Random bytes.
    #[codec(index = 4)]
    Random,
    /// Named keys.
    #[codec(index = 5)]
    Crypto,
    /// Read the chain's state, and report a call to the chain.
    #[codec(index = 6)]
    Chain,
    /// Ask for calls of its own, at a time.
    #[codec(index = 7)]
    Schedule,
    /// Call other contracts, under [`Manifest::contracts`].
    #[codec(index = 8)]
    Contracts,
    /// The contract's database.
    #[codec(index = 9)]
    Sql,
    /// Begin the answer while the call still runs.
    #[codec(index = 10)]
    Reply,
    /// Large objects, sealed at rest.
    #[codec(index = 11)]
    Objects,
    /// PostgreSQL databases outside, under [`Manifest::egress`].
    #[codec(index = 12)]
    Postgres,
    /// MySQL databases outside, under [`Manifest::egress`].
    #[codec(index = 13)]
    Mysql,
    /// Redis servers outside, under [`Manifest::egress`].
    #[codec(index = 14)]
    Redis,
}

impl Capability {
    /// Every capability, ascending.
    pub const ALL: [Self; 15] = [
        Self::Log,
        Self::Kv,
        Self::Http,
        Self::Secrets,
        Self::Random,
        Self::Crypto,
        Self::Chain,
        Self::Schedule,
        Self::Contracts,
        Self::Sql,
        Self::Reply,
        Self::Objects,
        Self::Postgres,
        Self::Mysql,
        Self::Redis,
    ];

    /// Whether a deterministic contract may have it: what it gives follows from the contract's state and keys, the
    /// request and the block; what of it does not is refused (`specs/deterministic.md`).
    pub fn is_deterministic(&self) -> bool {
        match self {
            Self::Log | Self::Kv | Self::Secrets | Self::Random | Self::Crypto | Self::Chain | Self::Reply => true,
            Self::Http
            | Self::Schedule
            | Self::Contracts
            | Self::Sql
            | Self::Objects
            | Self::Postgres
            | Self::Mysql
            | Self::Redis => false,
        }
    }

    /// Whether a disputable contract may have it: nothing of what it gives is secret, or not in the contract's history
    /// (`specs/disputes.md`).
    pub fn is_disputable(&self) -> bool {
        match self {
            Self::Log | Self::Kv | Self::Reply => true,
            Self::Http
            | Self::Secrets
            | Self::Random
            | Self::Crypto
            | Self::Chain
            | Self::Schedule
            | Self::Contracts
            | Self::Sql
            | Self::Objects
            | Self::Postgres
            | Self::Mysql
            | Self::Redis => false,
        }
    }

    /// Its name in `adyton.toml`; but for the databases, also the interface's in `phat:contract`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Kv => "kv",
            Self::Http => "http",
            Self::Secrets => "secrets",
            Self::Random => "random",
            Self::Crypto => "crypto",
            Self::Chain => "chain",
            Self::Schedule => "schedule",
            Self::Contracts => "contracts",
            Self::Sql => "sql",
            Self::Reply => "reply",
            Self::Objects => "objects",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Redis => "redis",
        }
    }
}

/// What one call may use. The worker's own ceilings apply too.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Units of fuel, guest instructions and host work together.
    pub fuel: u64,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Wall time in milliseconds.
    pub wall_ms: u32,
    /// Bytes of the request's content.
    pub request: u32,
    /// Bytes of the response's content.
    pub response: u32,
    /// Bytes of log lines.
    pub log: u32,
    /// Bytes of keys and values written.
    pub writes: u32,
    /// Bytes of all entries that the contract's state has after the call, as `specs/state.md` counts them.
    pub storage: u64,
    /// Outgoing HTTP requests, connections to databases and statements, together.
    pub egress_requests: u32,
    /// Bytes of one outgoing request's or answer's content, or of a statement or its result.
    pub egress_bytes: u32,
    /// Milliseconds for one outgoing request, connection or statement.
    pub egress_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 10_000_000_000,
            memory: 256 << 20,
            wall_ms: 30_000,
            request: 4 << 20,
            response: 4 << 20,
            log: 64 << 10,
            writes: 4 << 20,
            storage: 1 << 30,
            egress_requests: 32,
            egress_bytes: 4 << 20,
            egress_ms: 10_000,
        }
    }
}

/// The network's ceilings: a manifest that asks for more is refused at deployment.
pub const CEILING: Limits = Limits {
    fuel: 1_000_000_000_000,
    memory: 1 << 30,
    wall_ms: 120_000,
    request: 16 << 20,
    response: 16 << 20,
    log: 1 << 20,
    writes: 16 << 20,
    storage: 16 << 30,
    egress_requests: 256,
    egress_bytes: 16 << 20,
    egress_ms: 60_000,
};

/// One destination outside.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgressRule {
    /// A lower-case host name or address; `*.example.org` means every name below `example.org`, not itself.
    pub host: String,
    /// The port; absent: 443, or 80 where `insecure_http` is set, or the usual one of the other protocols.
    #[serde(default)]
    pub port: Option<u16>,
    /// Plain HTTP instead of HTTPS. There are no databases without TLS.
    #[serde(default)]
    pub insecure_http: bool,
    /// Addresses that are not public (loopback, private, link-local, …) are allowed for this host.
    #[serde(default)]
    pub danger_allow_private: bool,
    /// What is spoken there.
    #[serde(default)]
    pub protocol: Protocol,
}

/// What a contract speaks with a destination outside.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP, with the grant `http`.
    #[default]
    #[codec(index = 0)]
    Http,
    /// PostgreSQL, with the grant `postgres`.
    #[codec(index = 1)]
    Postgres,
    /// MySQL, with the grant `mysql`.
    #[codec(index = 2)]
    Mysql,
    /// Redis, with the grant `redis`.
    #[codec(index = 3)]
    Redis,
}

/// What an answer waits for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// The commit is on disk (fsync) before the answer leaves.
    #[codec(index = 0)]
    Durable,
    /// The commit's head is finalized by the chain before the answer leaves.
    #[codec(index = 1)]
    Anchored,
}

/// Who may call.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Callers {
    /// Anybody; the contract sees the account if the call is signed.
    #[codec(index = 0)]
    Anyone,
    /// Only calls that an account signed.
    #[codec(index = 1)]
    Account,
    /// Only other contracts.
    #[codec(index = 2)]
    Contract,
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidManifest {
    /// A version that this code does not know.
    Version(u8),
    /// The name is empty, too long or has other characters than `a-z 0-9 -`.
    Name,
    /// Capabilities are not ascending, or repeated.
    GrantsOrder,
    /// A limit is zero or above the network's ceiling; which one.
    Limit(&'static str),
    /// Too many egress rules, extra roots, contracts, settings, webhooks or watches; which.
    TooMany(&'static str),
    /// A deterministic contract is granted what may be different when a call is run again; which.
    Nondeterministic(&'static str),
    /// A deterministic contract asks for `reuse`: an earlier call could change its answer.
    DeterministicReuse,
    /// It says that it is disputable, and this keeps others from running its calls again.
    Undisputable(Undisputable),
    /// A host pattern is not a lower-case name, an address, or `*.` and a name.
    Host(String),
    /// A rule for a database asks for connections without TLS; its host.
    DatabaseWithoutTls(String),
    /// A webhook's path is none, or stands twice.
    WebhookPath(String),
    /// The name of a webhook's secret is none.
    WebhookSecret(String),
    /// The name of a watch is none, or stands twice.
    WatchName(String),
    /// The storage key of the watch of this name is empty or too long.
    WatchKey(String),
    /// An extra root or a setting is longer than allowed; which.
    TooLong(&'static str),
    /// The encoding is longer than [`MAX_MANIFEST`], cut off or followed by more bytes.
    Encoding,
}

/// What keeps others from running a contract's calls again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undisputable {
    /// It is not deterministic.
    Nondeterministic,
    /// It answers no calls that are not sealed.
    NoPublicCalls,
    /// Its code is sealed.
    SealedCode,
    /// It is not there for anyone: whoever is known as an account or a contract calls in a seal, or from secrets.
    Callers,
    /// It is granted what is secret, or not in its history; which.
    Grant(&'static str),
    /// It has webhooks, which are signed with secrets.
    Webhooks,
    /// It takes messages from the chain.
    Messages,
    /// It watches the chain's state.
    Watches,
    /// It may store more than [`MAX_DISPUTABLE_STORAGE`].
    Storage,
}

impl fmt::Display for Undisputable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Self::Nondeterministic => "must be deterministic",
            Self::NoPublicCalls => "must answer public_calls: no others are shown to those who run them again",
            Self::SealedCode => "may not have sealed_code, which nobody else can run",
            Self::Callers => {
                "must have callers = \"anyone\": accounts call in a seal, and contracts with what may be secret"
            }
            Self::Grant(which) => {
                return write!(f, "a disputable contract may not be granted {which}, which others do not have");
            }
            Self::Webhooks => "may have no webhook, which is signed with a secret",
            Self::Messages => "may not take messages",
            Self::Watches => "may have no watch",
            Self::Storage => "may store at most 268435456 bytes (256 MiB), which whoever runs a call again reads",
        };
        write!(f, "a disputable contract {reason}")
    }
}

impl fmt::Display for InvalidManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "manifest version {version} is not known; this program knows 1"),
            Self::Name => write!(f, "the name must be 1 to {MAX_NAME} characters of a-z, 0-9 and -"),
            Self::GrantsOrder => f.write_str("the grants must be ascending and without repetition"),
            Self::Limit(which) => write!(f, "the limit {which} is zero or above the network's ceiling"),
            Self::TooMany(which) => write!(f, "too many {which}"),
            Self::Nondeterministic(which) => {
                write!(
                    f,
                    "a deterministic contract may not be granted {which}, which may differ when a call is run again"
                )
            }
            Self::DeterministicReuse => f.write_str(
                "a deterministic contract may not have reuse: what an earlier call left in memory could change its answer",
            ),
            Self::Undisputable(reason) => reason.fmt(f),
            Self::Host(host) => write!(f, "'{host}' is not a lower-case host name, an address, or *. and a name"),
            Self::DatabaseWithoutTls(host) => {
                write!(f, "'{host}' has insecure_http, which is for HTTP alone: databases are reached over TLS")
            }
            Self::WebhookPath(path) => write!(f, "'{path}' is no path that a webhook may have, or stands twice"),
            Self::WebhookSecret(name) => write!(f, "'{name}' is no name that a secret may have"),
            Self::WatchName(name) => write!(f, "'{name}' is no name that a watch may have, or stands twice"),
            Self::WatchKey(name) => write!(f, "the key of the watch '{name}' must have 1 to {} bytes", watch::MAX_KEY),
            Self::TooLong(which) => write!(f, "{which} is too long"),
            Self::Encoding => write!(f, "not the encoding of a manifest, or longer than {MAX_MANIFEST} bytes"),
        }
    }
}

impl core::error::Error for InvalidManifest {}

impl From<webhook::Invalid> for InvalidManifest {
    fn from(invalid: webhook::Invalid) -> Self {
        match invalid {
            webhook::Invalid::TooMany => Self::TooMany("webhooks"),
            webhook::Invalid::Path(path) => Self::WebhookPath(path),
            webhook::Invalid::Secret(name) => Self::WebhookSecret(name),
        }
    }
}

impl From<watch::Invalid> for InvalidManifest {
    fn from(invalid: watch::Invalid) -> Self {
        match invalid {
            watch::Invalid::TooMany => Self::TooMany("watches"),
            watch::Invalid::Name(name) => Self::WatchName(name),
            watch::Invalid::Key(name) => Self::WatchKey(name),
        }
    }
}

impl Manifest {
    /// Decodes and validates; bounded before anything is decoded.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, InvalidManifest> {
        if bytes.len() > MAX_MANIFEST {
            return Err(InvalidManifest::Encoding);
        }
        let manifest = Self::decode(&mut bytes).map_err(|_| InvalidManifest::Encoding)?;
        if !bytes.is_empty() {
            return Err(InvalidManifest::Encoding);
        }
        manifest.validate()?;
        Ok(manifest)
    }

    /// The digest by which the chain and receipts name it.
    pub fn digest(&self) -> Digest {
        Digest(domain::hash(domain::MANIFEST, &[&self.encode()]))
    }

    /// Every rule that does not need the outside world.
    pub fn validate(&self) -> Result<(), InvalidManifest> {
        if self.version != 1 {
            return Err(InvalidManifest::Version(self.version));
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.bytes().all(plain) {
            return Err(InvalidManifest::Name);
        }
        if !self.grants.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(InvalidManifest::GrantsOrder);
        }
        if let Some(which) = self.grants.iter().find(|which| self.deterministic && !which.is_deterministic()) {
            return Err(InvalidManifest::Nondeterministic(which.name()));
        }
        if self.deterministic && self.reuse {
            return Err(InvalidManifest::DeterministicReuse);
        }
        self.refuse_undisputable().map_err(InvalidManifest::Undisputable)?;
        self.limits.validate()?;
        if self.egress.len() > MAX_EGRESS_RULES {
            return Err(InvalidManifest::TooMany("egress rules"));
        }
        for rule in &self.egress {
            rule.validate()?;
        }
        if self.extra_roots.len() > MAX_EXTRA_ROOTS {
            return Err(InvalidManifest::TooMany("extra root certificates"));
        }
        if self.extra_roots.iter().any(|root| root.len() > 4096) {
            return Err(InvalidManifest::TooLong("an extra root certificate"));
        }
        if !self.contracts.bounded() {
            return Err(InvalidManifest::TooMany("contracts"));
        }
        if self.settings.len() > 64 {
            return Err(InvalidManifest::TooMany("settings"));
        }
        if self.settings.iter().any(|(key, value)| key.len() > 64 || value.len() > 1024) {
            return Err(InvalidManifest::TooLong("a setting"));
        }
        webhook::validate(&self.webhooks)?;
        watch::validate(&self.watches)?;
        if self.encoded_size() > MAX_MANIFEST {
            return Err(InvalidManifest::Encoding);
        }
        Ok(())
    }

    fn refuse_undisputable(&self) -> Result<(), Undisputable> {
        let rules = [
            (self.deterministic, Undisputable::Nondeterministic),
            (self.public_calls, Undisputable::NoPublicCalls),
            (!self.sealed_code, Undisputable::SealedCode),
            (self.callers == Callers::Anyone, Undisputable::Callers),
            (self.webhooks.is_empty(), Undisputable::Webhooks),
            (!self.messages, Undisputable::Messages),
            (self.watches.is_empty(), Undisputable::Watches),
            (self.limits.storage <= MAX_DISPUTABLE_STORAGE, Undisputable::Storage),
        ];
        let grants = self.grants.iter().map(|which| (which.is_disputable(), Undisputable::Grant(which.name())));
        match rules.into_iter().chain(grants).find(|(holds, _)| self.disputable && !holds) {
            Some((_, refused)) => Err(refused),
            None => Ok(()),
        }
    }

    /// Whether the contract may import `capability`.
    pub fn grants(&self, capability: Capability) -> bool {
        self.grants.contains(&capability)
    }
}

impl Limits {
    fn validate(&self) -> Result<(), InvalidManifest> {
        let pairs: [(&'static str, u64, u64); 11] = [
            ("fuel", self.fuel, CEILING.fuel),
            ("memory", self.memory, CEILING.memory),
            ("wall_ms", self.wall_ms.into(), CEILING.wall_ms.into()),
            ("request", self.request.into(), CEILING.request.into()),
            ("response", self.response.into(), CEILING.response.into()),
            ("log", self.log.into(), CEILING.log.into()),
            ("writes", self.writes.into(), CEILING.writes.into()),
            ("storage", self.storage, CEILING.storage),
            ("egress_requests", self.egress_requests.into(), CEILING.egress_requests.into()),
            ("egress_bytes", self.egress_bytes.into(), CEILING.egress_bytes.into()),
            ("egress_ms", self.egress_ms.into(), CEILING.egress_ms.into()),
        ];
        match pairs.iter().find(|(_, value, ceiling)| *value == 0 || value > ceiling) {
            Some((name, _, _)) => Err(InvalidManifest::Limit(name)),
            None => Ok(()),
        }
    }
}

impl EgressRule {
    /// The port that requests under this rule go to.
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.protocol {
            Protocol::Http if self.insecure_http => 80,
            Protocol::Http => 443,
            Protocol::Postgres => 5432,
            Protocol::Mysql => 3306,
            Protocol::Redis => 6379,
        })
    }

    fn validate(&self) -> Result<(), InvalidManifest> {
        let name = self.host.strip_prefix("*.").unwrap_or(&self.host);
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':');
        let shape = !name.is_empty() && self.host.len() <= 253 && name.bytes().all(allowed);
        let dots = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
        if !shape || !dots || self.port == Some(0) {
            return Err(InvalidManifest::Host(self.host.clone()));
        }
        if self.insecure_http && self.protocol != Protocol::Http {
            return Err(InvalidManifest::DatabaseWithoutTls(self.host.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn sample() -> Manifest {
    use crate::ids::ContractId;

    Manifest {
        version: 1,
        name: "price-oracle".into(),
        grants: alloc::vec![Capability::Kv, Capability::Http],
        limits: Limits::default(),
        egress: alloc::vec![EgressRule {
            host: "api.example.org".into(),
            port: None,
            insecure_http: false,
            danger_allow_private: false,
            protocol: Protocol::Http,
        }],
        extra_roots: Vec::new(),
        contracts: Callees::Only(alloc::vec![ContractId([1; 32])]),
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: alloc::vec![("pair".into(), "PHA/USD".into())],
        webhooks: alloc::vec![Webhook {
            path: "/hooks/github".into(),
            scheme: webhook::Scheme::Github,
            secret: "github".into()
        }],
        messages: true,
        watches: alloc::vec![Watch { name: "paid".into(), what: watch::Watched::Own }],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

#[cfg(test)]
mod tests;
