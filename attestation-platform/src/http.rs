//! HTTP with bounds: in size, in time, in attempts. No redirects, no cookies, no proxies of the environment.
//!
//! TLS trusts the public web's roots. That decides about privacy only: nothing that comes back is believed
//! before it is verified against a vendor's root.

use codec::{Decode, Encode};
use reqwest::{StatusCode, header::RETRY_AFTER};
use std::{sync::Arc, time::Duration};

/// How long to wait for a service, and how often to ask it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For a whole answer.
    pub answer: Duration,
    /// How often a service is asked that fails in a way that passes: no connection, no answer in time, "too many
    /// requests", and the server's own errors.
    pub attempts: u32,
    /// Between the first attempt and the second; each further pause is twice as long.
    pub first_pause: Duration,
    /// The longest pause, also where a service asks for a longer one.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(20),
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// One question to a service.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub url: String,
    /// A header of the question.
    pub header: Option<(&'static str, &'static str)>,
    /// Content type and body; a question with a body is posted.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Names of headers of the answer, of which the first that is there is kept.
    pub keep: &'static [&'static str],
    /// The longest body that is taken.
    pub limit: usize,
}

impl Ask {
    pub(crate) fn get(url: String, limit: usize) -> Self {
        Self { url, header: None, body: None, keep: &[], limit }
    }

    pub(crate) fn post(url: String, content_type: &'static str, body: Vec<u8>, limit: usize) -> Self {
        Self { body: Some((content_type, body)), ..Self::get(url, limit) }
    }

    pub(crate) fn keeping(self, keep: &'static [&'static str]) -> Self {
        Self { keep, ..self }
    }

    pub(crate) fn with_header(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }
}

/// An answer's body and the header that was to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Answer {
    pub header: Option<String>,
    pub body: Vec<u8>,
}

/// Why there is no answer.
struct Failure {
    reason: String,
    /// Asking again may help.
    passing: bool,
    /// The service says when.
    wait: Option<Duration>,
}

impl Failure {
    fn lasting(reason: String) -> Self {
        Self { reason, passing: false, wait: None }
    }
}

/// The longest header that is kept: a chain of three certificates, percent-encoded.
const MAX_HEADER_BYTES: usize = 32 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    patience: Patience,
}

impl Http {
    pub(crate) fn new(patience: Patience) -> Result<Self, reqwest::Error> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the cipher suites of TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(patience.connect)
            .timeout(patience.answer)
            .build()?;
        Ok(Self { client, patience })
    }

    /// The answer, or the last reason why there is none.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Answer, String> {
        let mut pause = self.patience.first_pause;
        let mut attempt = 1;
        loop {
            match self.once(ask).await {
                Ok(answer) => return Ok(answer),
                Err(failure) if failure.passing && attempt < self.patience.attempts => {
                    let wait = failure.wait.unwrap_or(pause).min(self.patience.longest_pause);
                    tracing::debug!(url = ask.url, reason = failure.reason, ?wait, "asking again");
                    tokio::time::sleep(wait).await;
                    pause = pause.saturating_mul(2);
                    attempt += 1;
                }
                Err(failure) => return Err(format!("{}: {}", ask.url, failure.reason)),
            }
        }
    }

    async fn once(&self, ask: &Ask) -> Result<Answer, Failure> {
        let mut request = match &ask.body {
            Some((content_type, body)) => {
                self.client.post(&ask.url).header("content-type", *content_type).body(body.clone())
            }
            None => self.client.get(&ask.url),
        };
        if let Some((name, value)) = ask.header {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(unreachable)?;
        require_success(&response)?;
        let header = ask.keep.iter().find_map(|name| response.headers().get(*name));
        let header = header.map(|value| value.to_str().map(str::to_owned)).transpose();
        let header = header.map_err(|_| Failure::lasting("a header of the answer is not text".into()))?;
        if header.as_ref().is_some_and(|header| header.len() > MAX_HEADER_BYTES) {
            return Err(Failure::lasting("a header of the answer is too long".into()));
        }
        Ok(Answer { header, body: body(response, ask.limit).await? })
    }
}

fn require_success(response: &reqwest::Response) -> Result<(), Failure> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Err(Failure {
        reason: format!("the service answers {status}"),
        passing: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
        wait: seconds.map(Duration::from_secs),
    })
}

async fn body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let too_long = || Failure::lasting(format!("the answer is longer than {limit} bytes"));
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > limit {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// With the innermost reason.
fn unreachable(error: reqwest::Error) -> Failure {
    let passing = !error.is_builder();
    if error.is_timeout() {
        return Failure { reason: "it takes too long".into(), passing, wait: None };
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Failure { reason: cause.to_string(), passing, wait: None }
}
