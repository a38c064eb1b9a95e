//! The gateway's HTTP interface. Nothing that comes from there is believed: answers are sealed, code is known
//! by its hash, and a status is what it says it is, a hint.

use std::time::Duration;

use adyton_protocol::{
    call::{CHUNKED_ANSWER, CHUNKED_REQUEST, MAX_SEALED, OPEN_MESSAGE},
    ids::{CodeHash, ContractId, WorkerId},
    merkle,
    registered::{self, RegisteredEvidence},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, http};

/// How long an exchange may take: the network's ceiling for a call, and some for the way.
const TIMEOUT: Duration = Duration::from_secs(180);
/// The most bytes of a component.
pub const MAX_CODE: usize = 32 * 1024 * 1024;
/// The most bytes of a small answer.
const SMALL: usize = 64 * 1024;
/// The most characters of a gateway's message that are shown.
const MESSAGE: usize = 400;

/// A gateway.
pub struct Gateway {
    url: String,
    http: reqwest::Client,
}

/// How far a contract's worker says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// `pending`, `leased`, `ready` or `failed`.
    pub status: String,
    /// The stable code of why it failed, or of what it waits for.
    #[serde(default)]
    pub code: Option<String>,
    /// Why it failed, or what it waits for.
    #[serde(default)]
    pub reason: Option<String>,
    /// The code that answers, if it is ready.
    #[serde(default)]
    pub program: Option<CodeHash>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Anchored {
    proof: String,
}

#[derive(Deserialize)]
struct Stored {
    code: CodeHash,
}

impl Gateway {
    /// The gateway at `url`.
    pub fn new(url: &str) -> Result<Self, Error> {
        let http = http::client(TIMEOUT).map_err(|error| http::unreachable(url, &error))?;
        Ok(Self { url: url.trim_end_matches('/').into(), http })
    }

    /// Posts a sealed call; gives the sealed answer.
    pub async fn call(&self, contract: &ContractId, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let response = self.post(contract, sealed.to_vec(), "message/ohttp-req", "message/ohttp-res").await?;
        http::body(response, MAX_SEALED).await
    }

    /// Posts a call that is not sealed; gives the answer, which is not either.
    pub(crate) async fn call_in_the_open(&self, contract: &ContractId, message: Vec<u8>) -> Result<Vec<u8>, Error> {
        let response = self.post(contract, message, OPEN_MESSAGE, OPEN_MESSAGE).await?;
        http::body(response, MAX_SEALED).await
    }

    /// Posts a call that is sealed in chunks; gives the sealed answer as it comes.
    pub(crate) async fn call_in_chunks(&self, contract: &ContractId, sealed: Vec<u8>) -> Result<Chunks, Error> {
        let response = self.post(contract, sealed, CHUNKED_REQUEST, CHUNKED_ANSWER).await?;
        Ok(Chunks { response, url: self.url.clone() })
    }

    async fn post(
        &self,
        contract: &ContractId,
        call: Vec<u8>,
        request_type: &str,
        answer_type: &str,
    ) -> Result<reqwest::Response, Error> {
        let url = format!("{}/v1/contracts/{contract}/call", self.url);
        let response = self.send(self.http.post(&url).header("content-type", request_type).body(call)).await?;
        let is_answer = response.headers().get("content-type").is_some_and(|value| value == answer_type);
        let status = response.status().as_u16();
        if is_answer { Ok(response) } else { Err(refusal(status, &http::body(response, SMALL).await?)) }
    }

    /// Stores a component; the gateway has to name its hash.
    pub async fn put_code(&self, component: &[u8]) -> Result<CodeHash, Error> {
        let hash = code_hash(component);
        let request = self.http.put(format!("{}/v1/code", self.url)).body(component.to_vec());
        let stored: Stored = read_json(self.send(request).await?).await?;
        if stored.code != hash {
            return Err(Error::Malformed(format!("the gateway stored {}, not {hash}", stored.code)));
        }
        Ok(hash)
    }

    /// A component by its hash; one with another hash is refused.
    pub async fn code(&self, hash: &CodeHash) -> Result<Vec<u8>, Error> {
        let response = self.send(self.http.get(format!("{}/v1/code/{hash}", self.url))).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(refusal(status.as_u16(), &http::body(response, SMALL).await?));
        }
        let bytes = http::body(response, MAX_CODE).await?;
        if code_hash(&bytes) != *hash {
            return Err(Error::Malformed("the gateway served a component with another hash".into()));
        }
        Ok(bytes)
    }

    /// The proof that a receipt is under an anchor, for the chain's record with `count` anchors, from the worker that
    /// holds the contract. It proves itself, or nothing.
    pub async fn anchor(&self, contract: &ContractId, receipt: &merkle::Hash, count: u32) -> Result<Vec<u8>, Error> {
        let receipt = hex::encode(receipt);
        let url = format!("{}/v1/contracts/{contract}/anchors/0x{receipt}/{count}", self.url);
        let anchored: Anchored = read_json(self.send(self.http.get(url)).await?).await?;
        let digits = anchored.proof.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
        digits.ok_or_else(|| Error::Malformed("the gateway's proof of an anchor is not hexadecimal".into()))
    }

    /// What a worker or keyholder shows as its registered evidence: it says nothing before it is judged.
    pub async fn evidence(&self, worker: &WorkerId) -> Result<RegisteredEvidence, Error> {
        let response = self.send(self.http.get(format!("{}/v1/workers/{worker}/evidence", self.url))).await?;
        let status = response.status();
        let bytes = http::body(response, registered::MAX_JSON).await?;
        if !status.is_success() {
            return Err(refusal(status.as_u16(), &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|_| Error::Malformed("the evidence is not understood".into()))
    }

    /// What the contract's worker says about it. A hint: nobody vouches for it.
    pub async fn status(&self, contract: &ContractId) -> Result<Status, Error> {
        let status: Status =
            read_json(self.send(self.http.get(format!("{}/v1/contracts/{contract}", self.url))).await?).await?;
        let reason = status.reason.map(|reason| shown(&reason, MESSAGE));
        let code = status.code.map(|code| shown(&code, 64));
        Ok(Status { status: shown(&status.status, 16), code, reason, program: status.program })
    }

    /// Whether it answers at all.
    pub async fn health(&self) -> Result<(), Error> {
        let response = self.send(self.http.get(format!("{}/health", self.url))).await?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(refusal(status.as_u16(), &http::body(response, SMALL).await?)) }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Error> {
        request.send().await.map_err(|error| http::unreachable(&self.url, &error))
    }
}

/// A sealed answer as it comes.
pub(crate) struct Chunks {
    response: reqwest::Response,
    url: String,
}

impl Chunks {
    /// The next bytes; nothing when there are no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let next = self.response.chunk().await.map_err(|error| http::unreachable(&self.url, &error))?;
        Ok(next.map(Into::into))
    }
}

/// SHA-256 of a component, by which the network knows it.
pub fn code_hash(component: &[u8]) -> CodeHash {
    CodeHash(Sha256::digest(component).into())
}

async fn read_json<T: serde::de::DeserializeOwned>(response: reqwest::Response) -> Result<T, Error> {
    let status = response.status();
    let bytes = http::body(response, SMALL).await?;
    if !status.is_success() {
        return Err(refusal(status.as_u16(), &bytes));
    }
    serde_json::from_slice(&bytes).map_err(|_| Error::Malformed("the gateway's answer is not understood".into()))
}

/// A refusal that nobody vouches for, fit to be shown.
fn refusal(status: u16, body: &[u8]) -> Error {
    let said: Refusal = serde_json::from_slice(body).unwrap_or(Refusal { code: String::new(), message: String::new() });
    let (code, message) = (shown(&said.code, 64), shown(&said.message, MESSAGE));
    let code = if code.is_empty() { "unknown".into() } else { code };
    let message =
        if message.is_empty() { "it answered with something else than a call's answer".into() } else { message };
    Error::Gateway { status, code, message }
}

/// Somebody else's words: short, and without control characters.
pub(crate) fn shown(text: &str, limit: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(limit).collect()
}

/// Fetches a file from the web: at most `limit` bytes, without redirects.
pub async fn fetch(url: &str, limit: usize, timeout: Duration) -> Result<Vec<u8>, Error> {
    let http = http::client(timeout).map_err(|error| http::unreachable(url, &error))?;
    let response = http.get(url).send().await.map_err(|error| http::unreachable(url, &error))?;
    let status = response.status();
    let body = http::body(response, limit).await?;
    if status.is_success() {
        return Ok(body);
    }
    let said: Refusal =
        serde_json::from_slice(&body).unwrap_or(Refusal { code: String::new(), message: String::new() });
    let reason = format!("HTTP status {} {}", status.as_u16(), shown(&said.message, MESSAGE));
    Err(Error::Unreachable { url: url.into(), reason: reason.trim_end().into() })
}
