//! JSON-RPC to several endpoints at once.

use std::fmt;

use serde_json::{Value, json};

use super::{
    Failure, Hash, Said, SignedTransaction,
    agreement::{Answer, agree, cut},
    hex, json,
};
use crate::{
    Error,
    http::{self, Request, Response},
};

/// The most requests that are sent at once, so the most endpoints.
const MAX_ENDPOINTS: usize = 16;
/// The longest answer that is looked at, in bytes, if nothing else is said.
const MAX_ANSWER: usize = 1 << 18;
/// The number of each request; an HTTP request carries one alone.
const ID: u64 = 1;
/// What endpoints call a transaction that they have already. An error's message begins behind `: `, and an
/// `unknown transaction` is another one.
const KNOWN: [&str; 4] = ["already known", "already_known", ": known transaction", "already imported"];

/// A JSON-RPC endpoint of an EVM chain. The manifest has to allow its host.
#[derive(Clone)]
pub struct Endpoint {
    url: String,
    secret: Option<(String, String, String)>,
}

/// Several endpoints of one chain, of which enough have to say the same.
pub struct Endpoints {
    all: Vec<Endpoint>,
    needed: usize,
    max_answer: usize,
    timeout_ms: Option<u32>,
    send: Box<Sending>,
}

/// Sends requests at once; the answers come in the same order.
pub(super) type Sending = dyn Fn(&[Request]) -> Vec<Result<Response, Error>>;

/// A transaction that at least one endpoint has taken. It is on the chain when its receipt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its hash.
    pub transaction: Hash,
    /// What each one answered; of those that took it, or had it already, its hash.
    pub said: Vec<Said>,
}

impl Endpoint {
    /// The endpoint at this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), secret: None }
    }

    /// With a header field that the worker fills: `prefix`, then the value of `secret`. HTTPS only.
    pub fn secret_header(mut self, name: &str, prefix: &str, secret: &str) -> Self {
        self.secret = Some((name.to_owned(), prefix.to_owned(), secret.to_owned()));
        self
    }

    /// The host, in lower case and without the dot of the root, with a port that is not its scheme's own; the rest of
    /// the URL may hold a key.
    fn host(&self) -> String {
        let (scheme, behind) = self.url.split_once("://").unwrap_or_default();
        let host = behind.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let own = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
        let host = host.strip_suffix(own).unwrap_or(&host).replace(".:", ":");
        host.strip_suffix('.').unwrap_or(&host).to_owned()
    }

    fn request(&self, body: &Value, timeout_ms: Option<u32>) -> Result<Request, Error> {
        let request = Request { timeout_ms, ..Request::post_json(&self.url, body)? };
        Ok(match &self.secret {
            Some((name, prefix, secret)) => request.secret_header(name, prefix, secret),
            None => request,
        })
    }
}

impl Endpoints {
    /// At most 16 endpoints on hosts of their own, of which `needed` have to say the same. `needed` is a majority, so
    /// that no two answers can both be agreed on: with 3 endpoints and 2 needed, one may fail or lie.
    ///
    /// `Error::Invalid` for anything else. Whether the hosts belong to different operators, only their user knows.
    pub fn new(all: Vec<Endpoint>, needed: usize) -> Result<Self, Failure> {
        Self::with(all, needed, Box::new(http::send_all))
    }

    pub(super) fn with(all: Vec<Endpoint>, needed: usize, send: Box<Sending>) -> Result<Self, Failure> {
        if !(1..=MAX_ENDPOINTS).contains(&all.len()) || needed > all.len() || needed * 2 <= all.len() {
            return Err(Failure::Invalid(format!(
                "{needed} of {} endpoints: there are 1 to {MAX_ENDPOINTS}, and needed is a majority of them",
                all.len()
            )));
        }
        let mut hosts: Vec<String> = all.iter().map(Endpoint::host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        if hosts.len() != all.len() || hosts.iter().any(String::is_empty) {
            return Err(Failure::Invalid("each endpoint has an http or https URL with a host of its own".into()));
        }
        Ok(Self { all, needed, max_answer: MAX_ANSWER, timeout_ms: None, send })
    }

    /// With a time limit for each question, in milliseconds, in place of `limits.egress_ms`.
    pub fn timeout_ms(mut self, milliseconds: u32) -> Self {
        self.timeout_ms = Some(milliseconds);
        self
    }

    /// With another length of the longest answer than 256 KiB, in bytes. A longer one counts as none.
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = bytes;
        self
    }

    /// The chain's number (EIP-155), on which they agree: whether these are endpoints of the chain that is meant.
    pub fn chain_id(&self) -> Result<u64, Failure> {
        self.ask("eth_chainId", &json!([]), json::number_u64)
    }

    /// Sends a transaction to all of them. Sent again it is the same one; [the module](super) says when it is safe.
    ///
    /// `Failure::Refused` if none took it, which does not say that it is not on the chain: `nonce too low` is what
    /// endpoints say of one that is. Only [`Self::receipt`] tells.
    pub fn send(&self, transaction: &SignedTransaction) -> Result<Sent, Failure> {
        let hash = transaction.hash();
        let answers = self.each("eth_sendRawTransaction", &json!([hex(transaction.bytes())]), json::hash);
        let said = answers.into_iter().map(|one| Said {
            endpoint: one.endpoint,
            answer: match one.said.map_err(|reason| cut(format_args!("{reason}"))) {
                Ok(given) if given == hash => Ok(hash.to_string()),
                Ok(_) => Err("it answered with the hash of another transaction".into()),
                Err(reason) if is_known(&reason) => Ok(hash.to_string()),
                Err(reason) => Err(reason),
            },
        });
        let said: Vec<Said> = said.collect();
        match said.iter().any(|one| one.answer.is_ok()) {
            true => Ok(Sent { transaction: hash, said }),
            false => Err(Failure::Refused { transaction: hash, said }),
        }
    }

    /// What enough of them answer, decoded by `read`.
    pub(super) fn ask<T: PartialEq + fmt::Debug>(
        &self,
        method: &str,
        params: &Value,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<T, Failure> {
        agree(method, self.needed, self.each(method, params, read))
    }

    /// What each of them answers, decoded by `read`.
    pub(super) fn each<T>(
        &self,
        method: &str,
        params: &Value,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Vec<Answer<T>> {
        let body = json!({ "jsonrpc": "2.0", "id": ID, "method": method, "params": params });
        let requests: Result<Vec<Request>, Error> =
            self.all.iter().map(|endpoint| endpoint.request(&body, self.timeout_ms)).collect();
        let answers = requests.map_or_else(|_| Vec::new(), |requests| (self.send)(&requests));
        // An answer that is not there would be one endpoint less, and not one that is not counted.
        let answers = answers.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let said = |answer: Option<Result<Response, Error>>| {
            read(&result(&answer.ok_or("it was not asked")?, self.max_answer)?)
        };
        self.all.iter().zip(answers).map(|(one, answer)| Answer { endpoint: one.host(), said: said(answer) }).collect()
    }

    pub(super) fn needed(&self) -> usize {
        self.needed
    }
}

/// The result that an answer of JSON-RPC 2.0 holds, or why it holds none.
fn result(answer: &Result<Response, Error>, max_answer: usize) -> Result<Value, String> {
    let answer = answer.as_ref().map_err(|error| reason(error).to_owned())?;
    if answer.body.len() > max_answer {
        return Err(format!("an answer of more than {max_answer} bytes"));
    }
    // Some endpoints send errors of JSON-RPC with another status.
    let value: Value =
        serde_json::from_slice(&answer.body).map_err(|_| format!("status {} and no JSON", answer.status))?;
    if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("no message");
        return Err(format!("error {}: {message}", error.get("code").and_then(Value::as_i64).unwrap_or(0)));
    }
    match value.get("result") {
        Some(result) if value.get("id") == Some(&Value::from(ID)) && answer.status == 200 => Ok(result.clone()),
        _ => Err(format!("status {} and no answer of JSON-RPC", answer.status)),
    }
}

/// The worker's own text may name the URL, and with it a key.
fn reason(error: &Error) -> &'static str {
    match error {
        Error::Denied(_) => "the manifest or the network does not allow it",
        Error::Limit(_) => "a limit of the manifest is reached",
        Error::Timeout => "it did not answer in time",
        Error::Unavailable(_) => "it could not be reached",
        Error::Invalid(_) => "its URL or the request is malformed",
        Error::NotFound => "its secret is not set",
        Error::Conflict | Error::Other(_) => "the request failed",
    }
}

fn is_known(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    KNOWN.iter().any(|known| reason.contains(known))
}
