//! What a contract's owner asks of its worker: the key to seal secrets to, and the log.

use std::collections::BTreeMap;

use adyton_chain_client::{extrinsic::Signer, rpc::Source};
use adyton_protocol::{
    ids::{ContractId, EncryptionKey},
    key_label::KeyEpoch,
};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Request, gateway::shown};

/// Where secrets are.
const SECRETS: &str = "/.adyton/secrets";
/// Where the log is.
const LOGS: &str = "/.adyton/logs";
/// The most characters of a log line that are shown.
const MAX_LINE: usize = 64 * 1024;

/// To which key a contract's secrets are sealed, and which there are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Secrets {
    /// The contract's X25519 key for secrets.
    pub public: EncryptionKey,
    /// The key epoch that it belongs to.
    pub epoch: KeyEpoch,
    /// Name and newest version of each.
    pub versions: BTreeMap<String, u64>,
}

/// A line of a contract's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number, ascending from 0 in each boot of the worker.
    pub number: u64,
    /// The chain's time at the call, Unix milliseconds.
    pub at_ms: u64,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The line, without control characters.
    pub message: String,
}

#[derive(Deserialize)]
struct Lines {
    lines: Vec<LogLine>,
}

impl<S: Source> Client<S> {
    /// To which key the contract's secrets are sealed, and which there are.
    pub async fn secrets(&self, contract: &ContractId, owner: &dyn Signer) -> Result<Secrets, Error> {
        let response = self.ask_worker(contract, &Request::get(SECRETS)?, owner).await?;
        serde_json::from_slice(&response.content)
            .map_err(|_| Error::Malformed("the worker's list of secrets is not understood".into()))
    }

    /// Hands in a sealed secret. `name` has been checked by whoever sealed it.
    pub async fn put_secret(
        &self,
        contract: &ContractId,
        owner: &dyn Signer,
        name: &str,
        sealed: Vec<u8>,
    ) -> Result<(), Error> {
        let request = Request::new("PUT", &format!("{SECRETS}/{name}"))?.content(sealed);
        self.ask_worker(contract, &request, owner).await.map(|_| ())
    }

    /// The lines from number `from` on, as many as the worker gives at once.
    pub async fn logs(&self, contract: &ContractId, owner: &dyn Signer, from: u64) -> Result<Vec<LogLine>, Error> {
        // The worker reads "after" as the first number that is wanted.
        let request = Request::get(&format!("{LOGS}?after={from}"))?;
        let response = self.ask_worker(contract, &request, owner).await?;
        let lines: Lines = serde_json::from_slice(&response.content)
            .map_err(|_| Error::Malformed("the worker's log is not understood".into()))?;
        let fit =
            |line: LogLine| LogLine { message: shown(&line.message, MAX_LINE), level: shown(&line.level, 16), ..line };
        Ok(lines.lines.into_iter().map(fit).collect())
    }
}
