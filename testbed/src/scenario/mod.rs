//! A scenario: what is asked of a contract, one step after the other, and what is expected. One file, in TOML.

pub mod callee;
pub mod clock;
pub mod content;
pub mod exchange;
mod expect;

use std::{collections::BTreeMap, path::PathBuf};

use adyton_engine::{Principal, Request};
use adyton_protocol::{
    call::{Fields, MAX_FIELD, MAX_FIELDS, RESERVED_PATH, RESERVED_PREFIX},
    message, path, watch, webhook,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use expect::{Expect, RefusalWord};

use callee::{Callee, CalleeText};
use content::{Content, Stored};
use exchange::{Exchange, ExchangeText};

/// The longest file, in bytes.
pub const MAX_FILE: u64 = 16 << 20;
/// The most steps.
const MAX_STEPS: usize = 1000;
/// The longest path, in bytes.
const MAX_PATH: usize = 8 * 1024;

/// What a file says.
#[derive(Debug)]
pub struct Scenario {
    /// What random bytes are made of.
    pub seed: String,
    /// The finalized block of the first step.
    pub block: u64,
    /// The contract's secrets.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// What the contract's store holds before the first step.
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What the chain's state holds, by storage key.
    pub chain: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The file with the component that the steps before the upgrade are for, as the scenario names it.
    pub old: Option<PathBuf>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What the world answers.
    pub exchanges: Vec<Exchange>,
    /// What other contracts answer.
    pub callees: Vec<Callee>,
}

/// One call.
#[derive(Debug)]
pub struct Step {
    /// The request.
    pub request: Request,
    /// What makes it a call.
    pub trigger: Trigger,
    /// Who calls.
    pub caller: Principal,
    /// When, milliseconds since 1970.
    pub now_ms: u64,
    /// What is expected.
    pub expect: Expect,
}

/// What makes a step a call of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Somebody calls.
    Call,
    /// Somebody else's service has signed it, for a webhook.
    Webhook,
    /// An account has sent it on the chain.
    Message,
    /// A value of the chain's state has changed, which the contract watches.
    Watch,
    /// The owner has put the component under test in the place of the old one.
    Upgrade,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    at: Option<toml::Value>,
    #[serde(default = "one")]
    block: u64,
    old: Option<PathBuf>,
    #[serde(default)]
    seed: String,
    #[serde(default)]
    secrets: BTreeMap<String, Content>,
    #[serde(default)]
    state: BTreeMap<String, Content>,
    #[serde(default)]
    chain: BTreeMap<String, Content>,
    #[serde(default)]
    step: Vec<StepText>,
    #[serde(default)]
    exchange: Vec<ExchangeText>,
    #[serde(default)]
    contract: Vec<CalleeText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    request: Option<String>,
    #[serde(default)]
    webhook: bool,
    message: Option<Content>,
    watch: Option<String>,
    #[serde(default)]
    upgrade: bool,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Content>,
    caller: Option<String>,
    at: Option<toml::Value>,
    #[serde(default)]
    expect: Expect,
}

fn one() -> u64 {
    1
}

impl Scenario {
    /// Reads a file's text. The error says where, and what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.step.is_empty() || file.step.len() > MAX_STEPS {
            return Err(format!("{} steps; a scenario has 1 to {MAX_STEPS}, [[step]] each", file.step.len()));
        }
        let mut now = match &file.at {
            Some(at) => clock::moment(at, 0)?,
            None => clock::BEGIN,
        };
        let (mut steps, mut messages) = (Vec::with_capacity(file.step.len()), 0);
        for (index, step) in file.step.into_iter().enumerate() {
            let block = file.block.saturating_add(index as u64);
            let step = step.read(now, &mut messages, block).map_err(|error| format!("step {}: {error}", index + 1))?;
            now = step.now_ms;
            steps.push(step);
        }
        if file.old.is_some() != steps.iter().any(|step| step.trigger == Trigger::Upgrade) {
            return Err("old and a step with upgrade = true need each other".into());
        }
        let entry = |(name, value): (&String, &Content)| Ok::<_, String>((key(name)?, value.bytes()));
        Ok(Self {
            seed: file.seed,
            block: file.block,
            old: file.old,
            secrets: file.secrets.into_iter().map(|(name, value)| (name, value.bytes())).collect(),
            state: file.state.iter().map(entry).collect::<Result<_, _>>()?,
            chain: file.chain.iter().map(entry).collect::<Result<_, _>>()?,
            steps,
            exchanges: file.exchange.into_iter().map(ExchangeText::read).collect::<Result<_, _>>()?,
            callees: file.contract.into_iter().map(CalleeText::read).collect::<Result<_, _>>()?,
        })
    }
}

impl StepText {
    /// `messages`: how many there were before; `block`: which one it acts on.
    fn read(self, now: u64, messages: &mut u64, block: u64) -> Result<Step, String> {
        let now_ms = match &self.at {
            Some(at) => clock::moment(at, now)?,
            None => now,
        };
        if self.upgrade {
            return self.upgrade(now_ms);
        }
        let caller = self.caller.as_deref().map_or(Ok(Principal::Anonymous), caller)?;
        let (request, trigger) = match (self.request, self.message, self.watch) {
            (Some(request), None, None) => {
                let (method, path) = method_and_path(&request)?;
                let body = self.body.map(|body| body.bytes()).unwrap_or_default();
                let request = Request { method, path, fields: fields(self.headers)?, body };
                if self.webhook { (delivery(request, &caller)?, Trigger::Webhook) } else { (request, Trigger::Call) }
            }
            (None, Some(payload), None) => {
                if self.webhook || self.body.is_some() || !self.headers.is_empty() {
                    return Err("a message has a caller and what it says, and nothing else".into());
                }
                *messages += 1;
                (sent(*messages, payload.bytes(), &caller)?, Trigger::Message)
            }
            (None, None, Some(name)) => {
                if self.webhook || self.caller.is_some() || !self.headers.is_empty() {
                    return Err("a watch has a name and, as its body, a value, and nothing else".into());
                }
                (changed(&name, self.body.map(|body| body.bytes()), block)?, Trigger::Watch)
            }
            _none_or_several => {
                return Err("a step needs either request, message or watch, or is an upgrade".into());
            }
        };
        self.expect.check()?;
        Ok(Step { request, trigger, caller, now_ms, expect: self.expect })
    }

    fn upgrade(self, now_ms: u64) -> Result<Step, String> {
        let triggers = self.request.is_some() || self.message.is_some() || self.watch.is_some();
        if triggers || self.body.is_some() || !self.headers.is_empty() || self.webhook || self.caller.is_some() {
            return Err("an upgrade has a time and what is expected of it, and nothing else".into());
        }
        self.expect.check()?;
        // What stands for it in a receipt.
        let (method, path) = ("POST".to_owned(), format!("{RESERVED_PATH}lifecycle/migrate"));
        let request = Request { method, path, fields: Vec::new(), body: Vec::new() };
        let caller = Principal::Anonymous;
        Ok(Step { request, trigger: Trigger::Upgrade, caller, now_ms, expect: self.expect })
    }
}

/// A delivery whose signature holds, as the contract sees it.
fn delivery(request: Request, caller: &Principal) -> Result<Request, String> {
    if request.method != "POST" || request.path.contains(['?', '#']) || !matches!(caller, Principal::Anonymous) {
        return Err("a webhook's delivery is a POST to its exact path, without a caller".into());
    }
    let fields = [webhook::fields(&request.path), request.fields].concat();
    Ok(Request { fields, ..request })
}

/// The message of this number, as the contract sees it.
fn sent(number: u64, payload: Vec<u8>, caller: &Principal) -> Result<Request, String> {
    if !matches!(caller, Principal::Account(_)) {
        return Err("a message has an account that sends it: say which with caller".into());
    }
    if payload.len() > message::MAX_PAYLOAD as usize {
        return Err(format!("a message has at most {} bytes", message::MAX_PAYLOAD));
    }
    Ok(Request { method: "POST".into(), path: message::PATH.into(), fields: message::fields(number), body: payload })
}

/// The change of what the watch of this name names, after this block, as the contract sees it.
fn changed(name: &str, value: Option<Vec<u8>>, block: u64) -> Result<Request, String> {
    let block = u32::try_from(block).map_err(|_| "watch: no block has such a number".to_owned())?;
    let method = if value.is_some() { watch::SET } else { watch::REMOVED };
    let (path, fields) = (watch::PATH.into(), watch::fields(name, block));
    Ok(Request { method: method.into(), path, fields, body: value.unwrap_or_default() })
}

/// The same bounds as the worker's, so that nothing is tested that could not be asked.
fn method_and_path(text: &str) -> Result<(String, String), String> {
    let form = || format!("'{text}' is no request: write \"GET /path\"");
    let (method, path) = text.split_once(' ').ok_or_else(form)?;
    let named = (1..=16).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase());
    let plain = path.starts_with('/') && path.len() <= MAX_PATH && path.bytes().all(|b| b.is_ascii_graphic());
    if !named || !plain {
        return Err(form());
    }
    if path::is_reserved(path) {
        return Err(format!("paths that begin with {RESERVED_PATH} are the worker's, and no contract sees them"));
    }
    Ok((method.to_owned(), path.to_owned()))
}

fn fields(headers: BTreeMap<String, String>) -> Result<Fields, String> {
    if headers.len() > MAX_FIELDS {
        return Err(format!("more than {MAX_FIELDS} header fields"));
    }
    let field = |(name, value): (String, String)| {
        let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("'{name}' is no header field"))?;
        let value =
            http::HeaderValue::from_bytes(value.as_bytes()).map_err(|_| format!("the value of {name} is none"))?;
        let size = name.as_str().len() + value.len();
        if size > MAX_FIELD || name.as_str().starts_with(RESERVED_PREFIX) {
            return Err(format!("the header field {name} is too long, or Adyton's own"));
        }
        Ok((name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec()))
    };
    headers.into_iter().map(field).collect()
}

/// `anonymous`, an account, or `contract:` and a contract.
fn caller(text: &str) -> Result<Principal, String> {
    let caller = match text.strip_prefix("contract:") {
        None if text == "anonymous" => Ok(Principal::Anonymous),
        None => identifier(text).map(Principal::Account),
        Some(contract) => identifier(contract).map(Principal::Contract),
    };
    caller.map_err(|error| format!("caller: {error}"))
}

/// One of an account or a contract: its 32 bytes, or any name; then it is the SHA-256 of the name.
fn identifier(text: &str) -> Result<Vec<u8>, String> {
    match text.strip_prefix("0x") {
        None if text.is_empty() => Err("an empty name".into()),
        None => Ok(Sha256::digest(text).to_vec()),
        Some(digits) => match hex::decode(digits) {
            Ok(bytes) if bytes.len() == 32 => Ok(bytes),
            Ok(_) | Err(_) => Err("an identifier has 0x and 64 hexadecimal digits".into()),
        },
    }
}

/// A key of the store or of the chain's state: its text, or `hex:` and hexadecimal digits.
fn key(name: &str) -> Result<Vec<u8>, String> {
    match name.strip_prefix("hex:") {
        Some(digits) => hex::decode(digits).map_err(|error| format!("the key {name}: {error}")),
        None => Ok(name.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests;
