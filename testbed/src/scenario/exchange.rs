//! Exchanges of a scenario: what a contract asks the world, and what it is answered there.

use std::{collections::BTreeMap, time::Duration};

use adyton_engine::egress::{Answer, Destination};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::content::Content;

/// An exchange that does not happen: the contract asks, and gets this.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The URL, in normal form.
    pub url: String,
    /// Fields that the request has, among others. Secrets are filled in.
    pub headers: Vec<(String, String)>,
    /// The request's content; any, if none.
    pub body: Option<Content>,
    /// What it comes to.
    pub outcome: Result<Answer, Failure>,
    /// How long that takes. Nobody waits for it, but it counts.
    pub takes: Duration,
    /// Whether it answers any number of requests, and none is enough.
    pub any_number: bool,
}

/// How an exchange fails, as the contract sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Unavailable,
    /// The certificate is not good for the host.
    Certificate,
    /// The host's name has no address.
    Resolution,
    /// The host has an address that is not public.
    PrivateAddress,
}

/// How a scenario's file writes an exchange.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeText {
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Content>,
    answer: Option<AnswerText>,
    fails: Option<Failure>,
    #[serde(default)]
    takes_ms: u64,
    #[serde(default)]
    any_number: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerText {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    #[serde(default = "empty")]
    body: Content,
    certificate: Option<String>,
}

/// Header fields, each with one value.
type Headers = Vec<(String, Vec<u8>)>;

/// One value of a header field, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

fn empty() -> Content {
    Content::Bytes(Vec::new())
}

impl ExchangeText {
    /// Reads it, or says what is wrong with it.
    pub(super) fn read(self) -> Result<Exchange, String> {
        let form = || format!("'{}' is no request: write \"GET https://HOST/PATH\"", self.request);
        let (method, url) = self.request.split_once(' ').ok_or_else(form)?;
        let destination = Destination::parse(url).map_err(|error| format!("{url}: {error}"))?;
        let outcome = match (self.answer, self.fails) {
            (Some(answer), None) => Ok(answer.read(&destination)?),
            (None, Some(failure)) => Err(failure),
            (Some(_), Some(_)) | (None, None) => return Err(format!("{url} needs either an answer, or how it fails")),
        };
        Ok(Exchange {
            method: method.to_owned(),
            url: destination.url(),
            headers: self.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            body: self.body,
            outcome,
            takes: Duration::from_millis(self.takes_ms),
            any_number: self.any_number,
        })
    }
}

impl AnswerText {
    fn read(self, destination: &Destination) -> Result<Answer, String> {
        if !(100..=999).contains(&self.status) {
            return Err(format!("{} is the status of no answer", self.status));
        }
        let fields = plain(self.headers);
        let certificate = match self.certificate {
            Some(text) => Some(digest(&text).ok_or("certificate: not 0x and 64 hexadecimal digits")?),
            None => None,
        };
        let certificate = match destination.encrypted() {
            true => Some(certificate.unwrap_or_else(|| no_certificate(destination))),
            false => None,
        };
        Ok(Answer { status: self.status, fields, body: self.body.bytes(), certificate })
    }
}

impl AnswerText {
    /// Status, fields and content of another contract's answer, which has no certificate.
    pub(super) fn of_contract(self) -> Result<(u16, Headers, Vec<u8>), String> {
        match self.certificate {
            Some(_) => Err("a contract has no certificate".into()),
            None => Ok((self.status, plain(self.headers), self.body.bytes())),
        }
    }
}

/// Each field with each of its values.
fn plain(headers: BTreeMap<String, Values>) -> Headers {
    let mut fields = Vec::new();
    for (name, values) in headers {
        let values = match values {
            Values::One(value) => vec![value],
            Values::Several(values) => values,
        };
        fields.extend(values.into_iter().map(|value| (name.to_ascii_lowercase(), value.into_bytes())));
    }
    fields
}

/// What stands for the digest of a certificate that nobody has recorded: another one for each host.
fn no_certificate(destination: &Destination) -> [u8; 32] {
    Sha256::digest(format!("adyton-testbed certificate of {}", destination.name())).into()
}

fn digest(text: &str) -> Option<[u8; 32]> {
    hex::decode(text.strip_prefix("0x")?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(text: &str) -> Result<Exchange, String> {
        toml::from_str::<ExchangeText>(text).map_err(|error| error.to_string())?.read()
    }

    #[test]
    fn a_request_is_kept_in_normal_form_and_its_answer_whole() {
        let text = "request = \"GET HTTPS://Example.org:443/a?b=c\"\nanswer.status = 200\n\
                    answer.headers = { X-One = \"1\", x-two = [\"2\", \"3\"] }\nanswer.body.json = { a = 1 }\ntakes_ms = 5";
        let exchange = exchange(text).expect("an exchange");
        assert_eq!((exchange.method.as_str(), exchange.url.as_str()), ("GET", "https://example.org/a?b=c"));
        let answer = exchange.outcome.expect("an answer");
        let fields: Vec<_> = answer.fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        assert_eq!(fields, [("x-one", &b"1"[..]), ("x-two", b"2"), ("x-two", b"3")]);
        assert_eq!((answer.body.as_slice(), exchange.takes.as_millis()), (&b"{\"a\":1}"[..], 5));
        assert!(answer.certificate.is_some());
    }

    #[test]
    fn only_what_is_encrypted_has_a_certificate() {
        let plain = exchange("request = \"GET http://a/\"\nanswer.status = 200").expect("an exchange");
        assert_eq!(plain.outcome.expect("an answer").certificate, None);
        let certificate = format!("0x{}", "07".repeat(32));
        let text = format!("request = \"GET https://a/\"\nanswer.status = 200\nanswer.certificate = \"{certificate}\"");
        let encrypted = exchange(&text).expect("an exchange");
        assert_eq!(encrypted.outcome.expect("an answer").certificate, Some([7; 32]));
    }

    #[test]
    fn a_failure_stands_in_the_place_of_an_answer() {
        let failed = exchange("request = \"GET https://a/\"\nfails = \"private-address\"").expect("an exchange");
        assert_eq!(failed.outcome, Err(Failure::PrivateAddress));
    }

    #[test]
    fn what_is_no_exchange_is_refused() {
        for (text, reason) in [
            ("request = \"https://a/\"\nanswer.status = 200", "no request"),
            ("request = \"GET /a\"\nanswer.status = 200", "not an absolute URL"),
            ("request = \"GET https://a/\"", "needs either"),
            ("request = \"GET https://a/\"\nfails = \"timeout\"\nanswer.status = 200", "needs either"),
            ("request = \"GET https://a/\"\nfails = \"badly\"", "unknown variant"),
            ("request = \"GET https://a/\"\nanswer.status = 7", "status"),
            ("request = \"GET https://a/\"\nanswer.status = 200\nanswer.certificate = \"0x00\"", "certificate"),
            ("request = \"GET https://a/\"\nanswer.code = 200", "unknown field"),
        ] {
            let error = exchange(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
