//! `adyton.toml`: the text form of a contract's manifest and policy.

use std::collections::BTreeMap;

use adyton_client::{
    chain::address,
    protocol::{
        contract_call::Callees,
        device::MAX_DEVICES,
        ids::{BlockNumber, ContractId, Digest},
        manifest::{
            Callers, Capability, Durability, EgressRule, InvalidManifest, Limits, MAX_DISPUTABLE_STORAGE, Manifest,
            Undisputable,
        },
        policy::{ContractPolicy, DeviceDemand, Measurements, Operators, Upgrade},
        record::EvidenceKind,
        webhook::Webhook,
    },
};
use adyton_component::{Language, UnknownLanguage};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::watch::WatchText;

/// Blocks between the announcement and the change of code, where `adyton.toml` says nothing.
const DEFAULT_DELAY: BlockNumber = 600;

/// What the line begins with that names the contracts that may be called: the grant has the same name.
const CONTRACTS: &str = "contracts =";

/// What an `adyton.toml` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What the contract may do.
    pub manifest: Manifest,
    /// Who may lease it.
    pub policy: ContractPolicy,
    /// What it is written in. It is the developer's matter alone, and stands in no manifest.
    pub language: Language,
    /// The file of the component, relative to the project, where other tools make it: nothing is built then.
    pub component: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    language: Option<String>,
    component: Option<String>,
    #[serde(default)]
    grants: Vec<Capability>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    egress: Vec<EgressRule>,
    #[serde(default)]
    extra_roots: Vec<String>,
    contracts: Option<Choice>,
    #[serde(default = "durable")]
    durability: Durability,
    #[serde(default = "anyone")]
    callers: Callers,
    #[serde(default)]
    public_calls: bool,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    webhook: Vec<Webhook>,
    #[serde(default)]
    messages: bool,
    #[serde(default)]
    watch: Vec<WatchText>,
    #[serde(default)]
    deterministic: bool,
    #[serde(default)]
    disputable: bool,
    #[serde(default)]
    sealed_code: bool,
    #[serde(default)]
    reuse: bool,
    #[serde(default)]
    policy: Policy,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Policy {
    kinds: Option<Vec<EvidenceKind>>,
    measurements: Option<Choice>,
    operators: Option<Choice>,
    devices: Option<DeviceDemand>,
    upgrade: Option<UpgradeText>,
}

/// A word, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Choice {
    Word(String),
    List(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum UpgradeText {
    Word(String),
    Owner(OwnerText),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerText {
    delay: BlockNumber,
}

fn durable() -> Durability {
    Durability::Durable
}

fn anyone() -> Callers {
    Callers::Anyone
}

impl Declared {
    /// Reads the text; `root` reads a certificate's file beside it. The error says where in the text.
    pub fn parse(text: &str, root: impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let at = |word: &str, reason: &dyn std::fmt::Display| match line_of(text, word) {
            Some(line) => format!("line {line}: {reason}"),
            None => reason.to_string(),
        };
        if let (Some(_), Some(_)) = (&file.language, &file.component) {
            return Err(at("component", &"a component that is there already has no language to be built in"));
        }
        let language = file.language.map_or(Ok(Language::default()), |word| word.parse());
        let language = language.map_err(|error: UnknownLanguage| at("language", &error))?;
        let mut grants = file.grants;
        grants.sort();
        if let Some(pair) = grants.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(at("grants", &format!("'{}' is granted twice", pair[0].name())));
        }
        let extra_roots = file.extra_roots.iter().map(|path| root(path).and_then(|bytes| certificate(path, &bytes)));
        let watches = file.watch.into_iter().map(WatchText::read).collect::<Result<_, _>>();
        let manifest = Manifest {
            version: 1,
            name: file.name,
            grants,
            limits: limits(text, file.limits, file.disputable),
            egress: file.egress,
            extra_roots: extra_roots.collect::<Result<_, _>>().map_err(|error| at("extra_roots", &error))?,
            contracts: file.contracts.map_or(Ok(Callees::NONE), callees).map_err(|error| at(CONTRACTS, &error))?,
            durability: file.durability,
            callers: file.callers,
            public_calls: file.public_calls,
            settings: file.settings.into_iter().collect(),
            webhooks: file.webhook,
            messages: file.messages,
            watches: watches.map_err(|error| at("[[watch]]", &error))?,
            deterministic: file.deterministic,
            disputable: file.disputable,
            sealed_code: file.sealed_code,
            reuse: file.reuse,
        };
        manifest.validate().map_err(|error| at(&culprit(&error), &error))?;
        let policy = policy(file.policy).map_err(|error| at("[policy]", &error))?;
        Ok(Self { manifest, policy, language, component: file.component })
    }
}

/// The limits: a disputable contract may store less than others, and does where the text does not say how much.
fn limits(text: &str, limits: Limits, disputable: bool) -> Limits {
    let table: Option<toml::Table> = toml::from_str(text).ok();
    let said = table.is_some_and(|table| table.get("limits").is_some_and(|limits| limits.get("storage").is_some()));
    if disputable && !said { Limits { storage: MAX_DISPUTABLE_STORAGE, ..limits } } else { limits }
}

/// The word in the text that an error is about.
fn culprit(error: &InvalidManifest) -> String {
    match error {
        InvalidManifest::Name => "name".into(),
        InvalidManifest::GrantsOrder => "grants".into(),
        InvalidManifest::Limit(which) => (*which).into(),
        InvalidManifest::Nondeterministic(which) | InvalidManifest::Undisputable(Undisputable::Grant(which)) => {
            format!("\"{which}\"")
        }
        InvalidManifest::DeterministicReuse => "reuse".into(),
        InvalidManifest::Undisputable(Undisputable::Storage) => "storage".into(),
        InvalidManifest::Undisputable(_) => "disputable".into(),
        InvalidManifest::Host(host) | InvalidManifest::DatabaseWithoutTls(host) => format!("\"{host}\""),
        InvalidManifest::WebhookPath(word)
        | InvalidManifest::WebhookSecret(word)
        | InvalidManifest::WatchName(word)
        | InvalidManifest::WatchKey(word) => format!("\"{word}\""),
        InvalidManifest::TooMany("watches") => "[[watch]]".into(),
        InvalidManifest::TooMany("webhooks") => "[[webhook]]".into(),
        InvalidManifest::TooMany("egress rules") => "[[egress]]".into(),
        InvalidManifest::TooMany("contracts") => CONTRACTS.into(),
        InvalidManifest::TooMany("settings") | InvalidManifest::TooLong("a setting") => "[settings]".into(),
        InvalidManifest::TooMany(_) | InvalidManifest::TooLong(_) => "extra_roots".into(),
        InvalidManifest::Version(_) | InvalidManifest::Encoding => "name".into(),
    }
}

/// The first line that has `word` outside a comment.
fn line_of(text: &str, word: &str) -> Option<usize> {
    let code = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    text.lines().position(|line| code(line).contains(word)).map(|index| index + 1)
}

fn callees(text: Choice) -> Result<Callees, String> {
    let read = |text: &String| text.parse::<ContractId>().map_err(|error| format!("contracts: '{text}': {error}"));
    match text {
        Choice::Word(word) if word == "any" => Ok(Callees::Any),
        Choice::Word(word) => Err(format!("contracts: '{word}' is neither \"any\" nor a list")),
        Choice::List(list) => Ok(Callees::Only(list.iter().map(read).collect::<Result<_, _>>()?)),
    }
}

fn policy(text: Policy) -> Result<ContractPolicy, String> {
    let kinds = text.kinds.unwrap_or_else(|| vec![EvidenceKind::IntelTdx]);
    let measurements = match text.measurements {
        None => Measurements::Accepted,
        Some(Choice::Word(word)) if word == "accepted" => Measurements::Accepted,
        Some(Choice::Word(word)) => return Err(format!("measurements: '{word}' is neither \"accepted\" nor a list")),
        Some(Choice::List(list)) => {
            Measurements::Only(list.iter().map(|text| measurement(text)).collect::<Result<_, _>>()?)
        }
    };
    let operators = match text.operators {
        None => Operators::OptedIn,
        Some(Choice::Word(word)) if word == "opted-in" => Operators::OptedIn,
        Some(Choice::Word(word)) => return Err(format!("operators: '{word}' is neither \"opted-in\" nor a list")),
        Some(Choice::List(list)) => {
            let read = |text: &String| address::decode(text).map_err(|error| format!("operators: '{text}': {error}"));
            Operators::Only(list.iter().map(read).collect::<Result<_, _>>()?)
        }
    };
    let upgrade = match text.upgrade {
        None => Upgrade::Owner { delay: DEFAULT_DELAY },
        Some(UpgradeText::Owner(OwnerText { delay })) => Upgrade::Owner { delay },
        Some(UpgradeText::Word(word)) if word == "immutable" => Upgrade::Immutable,
        Some(UpgradeText::Word(word)) => {
            return Err(format!("upgrade: '{word}' is neither \"immutable\" nor {{ delay = blocks }}"));
        }
    };
    let policy = ContractPolicy { kinds, measurements, operators, devices: text.devices, upgrade };
    if policy.kinds.is_empty() {
        return Err("kinds: an empty list lets nobody lease the contract".into());
    }
    if policy.devices.as_ref().is_some_and(|demand| !demand.bounded()) {
        return Err(format!("devices: name each architecture once, at least one, and a minimum of 1 to {MAX_DEVICES}"));
    }
    if policy.bounded() { Ok(policy) } else { Err("a list is too long".into()) }
}

fn measurement(text: &str) -> Result<Digest, String> {
    text.parse().map_err(|error| format!("measurements: '{text}': {error}"))
}

/// A certificate, DER, or PEM with one certificate in it.
pub fn certificate(path: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(bytes.to_vec()) };
    let Some((_, rest)) = text.split_once(BEGIN) else { return Ok(bytes.to_vec()) };
    let (body, rest) = rest.split_once(END).ok_or_else(|| format!("{path} is cut short"))?;
    if rest.contains(BEGIN) {
        return Err(format!("{path} has more than one certificate"));
    }
    let body: String = body.chars().filter(|character| !character.is_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| format!("{path} is no certificate"))
}

#[cfg(test)]
mod tests {
    use adyton_client::protocol::{manifest::Protocol, webhook::Scheme};

    use adyton_client::protocol::device::Architecture;

    use super::*;

    fn parse(text: &str) -> Result<Declared, String> {
        Declared::parse(text, |path| match path {
            "root.pem" => Ok(b"-----BEGIN CERTIFICATE-----\nAQID\nBA==\n-----END CERTIFICATE-----\n".to_vec()),
            "root.der" => Ok(vec![0xff, 1]),
            other => Err(format!("cannot read {other}: no such file")),
        })
    }

    #[test]
    fn a_name_alone_is_a_manifest_that_may_do_nothing() {
        let declared = parse("name = \"counter\"").unwrap();
        assert_eq!((declared.manifest.grants.len(), declared.manifest.egress.len()), (0, 0));
        assert_eq!(declared.manifest.limits, Limits::default());
        assert_eq!((declared.policy, declared.language), (ContractPolicy::open(DEFAULT_DELAY), Language::Rust));
    }

    #[test]
    fn everything_that_can_be_said_is_read() {
        let text = r#"
            name = "all"
            language = "ts"
            grants = ["http", "kv", "log"]
            contracts = ["0x0202020202020202020202020202020202020202020202020202020202020202"]
            durability = "anchored"
            callers = "account"
            public_calls = true
            messages = true
            deterministic = false
            disputable = false
            sealed_code = true
            reuse = true
            extra_roots = ["root.pem", "root.der"]
            [limits]
            fuel = 5
            [[egress]]
            host = "*.example.org"
            port = 8443
            [[egress]]
            host = "127.0.0.1"
            insecure_http = true
            danger_allow_private = true
            [[egress]]
            host = "db.example.org"
            protocol = "postgres"
            [[webhook]]
            path = "/hooks/pay"
            scheme = "stripe"
            secret = "stripe-key"
            [settings]
            pair = "PHA/USD"
            [policy]
            kinds = ["intel-tdx"]
            measurements = ["0x0101010101010101010101010101010101010101010101010101010101010101"]
            operators = ["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]
            devices = { architectures = ["hopper", "blackwell", "nvswitch"], minimum = 8 }
            upgrade = "immutable"
        "#;
        let Declared { manifest, policy, language, component } = parse(text).unwrap();
        assert_eq!((language, component), (Language::TypeScript, None));
        assert_eq!(manifest.grants, [Capability::Log, Capability::Kv, Capability::Http]);
        assert_eq!(
            (manifest.durability, manifest.callers, manifest.public_calls),
            (Durability::Anchored, Callers::Account, true)
        );
        assert_eq!(manifest.contracts, Callees::Only(vec![ContractId([2; 32])]));
        assert_eq!(manifest.extra_roots, [vec![1, 2, 3, 4], vec![0xff, 1]]);
        assert_eq!((manifest.limits.fuel, manifest.limits.memory), (5, Limits::default().memory));
        assert_eq!((manifest.egress[0].effective_port(), manifest.egress[1].danger_allow_private), (8443, true));
        assert_eq!((manifest.egress[2].protocol, manifest.egress[2].effective_port()), (Protocol::Postgres, 5432));
        let webhook = Webhook { path: "/hooks/pay".into(), scheme: Scheme::Stripe, secret: "stripe-key".into() };
        assert_eq!((manifest.webhooks, manifest.messages), (vec![webhook], true));
        assert!(manifest.sealed_code && manifest.reuse);
        assert_eq!(manifest.settings, [("pair".to_owned(), "PHA/USD".to_owned())]);
        assert_eq!(
            (policy.upgrade, policy.measurements),
            (Upgrade::Immutable, Measurements::Only(vec![Digest([1; 32])]))
        );
        assert!(matches!(policy.operators, Operators::Only(list) if list.len() == 1));
        let architectures = vec![Architecture::Hopper, Architecture::Blackwell, Architecture::NvSwitch];
        assert_eq!(policy.devices, Some(DeviceDemand { architectures, minimum: 8 }));
    }

    #[test]
    fn no_contract_may_be_called_any_may_or_only_contracts_may_call() {
        let declared = |text: &str| parse(&format!("name = \"a\"\n{text}")).unwrap().manifest;
        assert_eq!((declared("").contracts, declared("").callers), (Callees::NONE, Callers::Anyone));
        assert_eq!(declared("contracts = \"any\"").contracts, Callees::Any);
        assert_eq!(declared("callers = \"contract\"").callers, Callers::Contract);
    }

    #[test]
    fn more_contracts_than_may_be_named_are_refused_with_the_line() {
        let id = format!("\"0x{}\",", "02".repeat(32));
        let text = format!("name = \"a\"\ngrants = [\"contracts\"]\ncontracts = [{}]", id.repeat(65));
        assert_eq!(parse(&text).unwrap_err(), "line 3: too many contracts");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        for text in [
            "name = \"a\"\nlimit = 3",
            "name = \"a\"\n[limits]\nful = 3",
            "name = \"a\"\n[[egress]]\nhost = \"a\"\nprt = 1",
            "name = \"a\"\n[[webhook]]\npath = \"/a\"\nscheme = \"github\"\nsecret = \"k\"\nkey = \"k\"",
            "name = \"a\"\n[policy]\nkind = []",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("unknown field") && error.contains("line "), "{error}");
        }
    }

    #[test]
    fn a_contract_says_that_its_answers_can_be_disputed() {
        let declared = parse("name = \"a\"\ndeterministic = true\npublic_calls = true\ndisputable = true");
        assert!(declared.is_ok_and(|declared| declared.manifest.disputable));
    }

    #[test]
    fn a_disputable_contract_stores_what_its_jurors_read_and_less_where_that_is_said() {
        let stores = |more: &str| {
            let text = format!("name = \"a\"\ndeterministic = true\npublic_calls = true\n{more}");
            parse(&text).map(|declared| declared.manifest.limits.storage)
        };
        assert_eq!(stores("disputable = true"), Ok(MAX_DISPUTABLE_STORAGE));
        assert_eq!(stores("disputable = true\n[limits]\nfuel = 5"), Ok(MAX_DISPUTABLE_STORAGE));
        assert_eq!(stores("disputable = true\n[limits]\nstorage = 7"), Ok(7));
        assert_eq!(stores("disputable = false"), Ok(Limits::default().storage));
        let refused = stores("disputable = true\n[limits]\nstorage = 1073741824").unwrap_err();
        assert!(refused.contains("line 6") && refused.contains("256 MiB"), "{refused}");
    }

    #[test]
    fn what_a_manifest_forbids_is_refused_with_its_line() {
        for (text, line, word) in [
            ("# name\n\nname = \"Upper\"", 3, "name"),
            ("name = \"a\"\nlanguage = \"cobol\"", 2, "rust, js, ts and python"),
            ("name = \"a\"\nlanguage = \"js\"\ncomponent = \"a.wasm\"", 3, "no language"),
            ("name = \"a\"\ngrants = [\"kv\", \"kv\"]", 2, "'kv'"),
            ("name = \"a\"\n[limits]\nfuel = 0", 3, "fuel"),
            ("name = \"a\"\n[limits]\nwrites = 1\nstorage = 17179869185", 4, "storage"),
            ("name = \"a\"\ndeterministic = true\ngrants = [\"kv\", \"http\"]", 3, "http"),
            ("name = \"a\"\ndisputable = true\npublic_calls = true", 2, "deterministic"),
            (
                "name = \"a\"\ndisputable = true\ndeterministic = true\npublic_calls = true\ngrants = [\"crypto\"]",
                5,
                "crypto",
            ),
            ("name = \"a\"\n[[egress]]\nhost = \"good.example\"\n[[egress]]\nhost = \"https://x\"", 5, "https://x"),
            ("name = \"a\"\n[[egress]]\nhost = \"b\"\nprotocol = \"redis\"\ninsecure_http = true", 3, "'b'"),
            ("name = \"a\"\nextra_roots = [\"none.pem\"]", 2, "none.pem"),
            ("name = \"b\"\n[[webhook]]\npath = \"a\"\nscheme = \"github\"\nsecret = \"k\"", 3, "'a' is no path"),
            ("name = \"a\"\ngrants = [\"contracts\"]\ncontracts = \"all\"", 3, "'all'"),
            ("name = \"a\"\ncontracts = [\"0x02\"]", 2, "64 hexadecimal digits"),
            ("name = \"a\"\n[policy]\nkinds = []", 2, "kinds"),
            ("name = \"a\"\n[policy]\nmeasurements = \"any\"", 2, "any"),
            ("name = \"a\"\n[policy]\noperators = [\"x\"]", 2, "operators"),
            ("name = \"a\"\n[policy]\nupgrade = \"now\"", 2, "upgrade"),
            ("name = \"a\"\n[policy]\ndevices = { architectures = [], minimum = 1 }", 2, "devices"),
            ("name = \"a\"\n[policy]\ndevices = { architectures = [\"hopper\"], minimum = 17 }", 2, "devices"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(&format!("line {line}:")) && error.contains(word), "{error}");
        }
    }

    #[test]
    fn an_unknown_grant_is_refused_with_what_there_is() {
        let error = parse("name = \"a\"\ngrants = [\"disk\"]").unwrap_err();
        assert!(error.contains("disk") && error.contains("secrets"), "{error}");
    }
}
