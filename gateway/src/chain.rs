//! Plain, unproven reads of the chain: enough to find a worker's address, and to know which components somebody
//! announced. Callers prove for themselves what matters to them.

use std::time::Duration;

use adyton_protocol::{
    ids::{BlockHash, BlockNumber, CodeHash, ContractId, WorkerId},
    record::{LeaseRecord, WorkerRecord},
    storage,
};
use codec::{Decode, DecodeAll};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{directory::Destination, error::Refusal};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 256 * 1024;

/// A chain node.
#[derive(Clone)]
pub struct Node {
    url: String,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<Value>,
}

/// A header, as far as it is read.
#[derive(Deserialize)]
struct Header {
    number: String,
}

/// How a node says that it stands (`system_health`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    peers: u64,
    is_syncing: bool,
    should_have_peers: bool,
}

impl Node {
    /// The node at `url`.
    pub fn new(url: &str, http: reqwest::Client) -> Self {
        Self { url: url.into(), http }
    }

    /// The address of the worker that is meant.
    pub async fn endpoint(&self, destination: &Destination) -> Result<String, Refusal> {
        let (worker, missing) = match destination {
            Destination::Holder(contract) => (self.holder(contract).await?, Refusal::NotLeased),
            Destination::Worker(worker) => (*worker, Refusal::NoWorker),
        };
        let worker = self.value::<WorkerRecord>(&storage::workers(&worker)).await?.ok_or(missing)?;
        String::from_utf8(worker.endpoint.to_vec()).map_err(|_| Refusal::BadEndpoint)
    }

    /// The worker that holds `contract`.
    async fn holder(&self, contract: &ContractId) -> Result<WorkerId, Refusal> {
        if let Some(lease) = self.value::<LeaseRecord>(&storage::leases(contract)).await? {
            return Ok(lease.holder);
        }
        let known = self.storage(&storage::contracts(contract)).await?.is_some();
        Err(if known { Refusal::NotLeased } else { Refusal::NoContract })
    }

    /// Whether the chain has an announcement of `code`. That it has none is believed only of a node that is in step with
    /// its network: another one may not have come to it yet.
    pub async fn announced(&self, code: &CodeHash) -> Result<bool, Refusal> {
        if self.storage(&storage::codes(code)).await?.is_some() {
            return Ok(true);
        }
        let health: Option<Health> = self.ask("system_health", json!([])).await?;
        let in_step = |health: &Health| !health.is_syncing && (health.peers > 0 || !health.should_have_peers);
        match health.as_ref().is_some_and(in_step) {
            true => Ok(false),
            false => Err(self.silent("it is not in step with its network")),
        }
    }

    /// The newest block that the node says is final: its hash and its number.
    pub async fn finalized(&self) -> Result<(BlockHash, BlockNumber), Refusal> {
        let hash: BlockHash =
            self.ask("chain_getFinalizedHead", json!([])).await?.ok_or_else(|| self.silent("it has no block"))?;
        let header: Header =
            self.ask("chain_getHeader", json!([hash])).await?.ok_or_else(|| self.silent("it has no header"))?;
        let number = BlockNumber::from_str_radix(header.number.trim_start_matches("0x"), 16);
        Ok((hash, number.map_err(|_| self.silent("a block has no number"))?))
    }

    /// A value at a block.
    pub async fn value_at<T: Decode>(&self, key: &[u8], at: &BlockHash) -> Result<Option<T>, Refusal> {
        self.decoded(self.storage_in(json!([prefixed(key), at])).await?)
    }

    async fn value<T: Decode>(&self, key: &[u8]) -> Result<Option<T>, Refusal> {
        self.decoded(self.storage(key).await?)
    }

    fn decoded<T: Decode>(&self, bytes: Option<Vec<u8>>) -> Result<Option<T>, Refusal> {
        let Some(bytes) = bytes else { return Ok(None) };
        T::decode_all(&mut &bytes[..]).map(Some).map_err(|_| self.silent("a record is laid out in another way"))
    }

    async fn storage(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        self.storage_in(json!([prefixed(key)])).await
    }

    async fn storage_in(&self, params: Value) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(text) = self.ask::<String>("state_getStorage", params).await? else { return Ok(None) };
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        hex::decode(digits).map(Some).map_err(|_| self.silent("its answer is not hexadecimal"))
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<Option<T>, Refusal> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = self.http.post(&self.url).timeout(TIMEOUT).json(&request);
        let mut response = request.send().await.map_err(|error| self.silent(&error.to_string()))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.silent(&error.to_string()))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(self.silent("its answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let answer: Answer<T> =
            serde_json::from_slice(&body).map_err(|_| self.silent("its answer is not understood"))?;
        if let Some(error) = answer.error {
            return Err(self.silent(&error.to_string()));
        }
        Ok(answer.result)
    }

    fn silent(&self, reason: &str) -> Refusal {
        tracing::warn!(node = self.url, reason, "the chain node gives no answer");
        Refusal::NoChain
    }
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
