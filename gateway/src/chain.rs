//! Plain, unproven reads of the chain: enough to find a worker's address. Callers prove for themselves what
//! matters to them.

use std::time::Duration;

use adyton_protocol::{
    ids::ContractId,
    record::{LeaseRecord, WorkerRecord},
    storage,
};
use codec::{Decode, DecodeAll};
use serde::Deserialize;
use serde_json::json;

use crate::error::Refusal;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 256 * 1024;

/// A chain node.
pub struct Node {
    url: String,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

impl Node {
    /// The node at `url`.
    pub fn new(url: &str, http: reqwest::Client) -> Self {
        Self { url: url.into(), http }
    }

    /// The address of the worker that holds `contract`.
    pub async fn endpoint(&self, contract: &ContractId) -> Result<String, Refusal> {
        let Some(lease) = self.value::<LeaseRecord>(&storage::leases(contract)).await? else {
            let known = self.storage(&storage::contracts(contract)).await?.is_some();
            return Err(if known { Refusal::NotLeased } else { Refusal::NoContract });
        };
        let worker = self.value::<WorkerRecord>(&storage::workers(&lease.holder)).await?.ok_or(Refusal::NotLeased)?;
        String::from_utf8(worker.endpoint.to_vec()).map_err(|_| Refusal::BadEndpoint)
    }

    async fn value<T: Decode>(&self, key: &[u8]) -> Result<Option<T>, Refusal> {
        let Some(bytes) = self.storage(key).await? else { return Ok(None) };
        T::decode_all(&mut &bytes[..]).map(Some).map_err(|_| self.silent("a record is laid out in another way"))
    }

    async fn storage(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let key = format!("0x{}", hex::encode(key));
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "state_getStorage", "params": [key] });
        let request = self.http.post(&self.url).timeout(TIMEOUT).json(&request);
        let mut response = request.send().await.map_err(|error| self.silent(&error.to_string()))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.silent(&error.to_string()))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(self.silent("its answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| self.silent("its answer is not understood"))?;
        if let Some(error) = answer.error {
            return Err(self.silent(&error.to_string()));
        }
        let Some(text) = answer.result else { return Ok(None) };
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        hex::decode(digits).map(Some).map_err(|_| self.silent("its answer is not hexadecimal"))
    }

    fn silent(&self, reason: &str) -> Refusal {
        tracing::warn!(node = self.url, reason, "the chain node gives no answer");
        Refusal::NoChain
    }
}
