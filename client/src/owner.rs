//! What a contract's owner asks of its worker: the key to seal secrets to, the log, and how large the state is.

use std::collections::BTreeMap;

use adyton_chain_client::{extrinsic::Signer, rpc::Source};
use adyton_protocol::{
    ids::{ContractId, EncryptionKey},
    key_label::KeyEpoch,
    secret::{SecretRecipient, check_name},
};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Request, gateway::shown, secret::seal_secret};

/// Where secrets are.
const SECRETS: &str = "/.adyton/secrets";
/// Where it says how large the state is.
const STORAGE: &str = "/.adyton/storage";
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
    /// Names of which the newest version is that it was removed.
    pub removed: BTreeMap<String, u64>,
}

impl Secrets {
    /// The version with which the secret called `name` is set or removed next.
    fn next(&self, name: &str) -> u64 {
        let newest = self.versions.get(name).or_else(|| self.removed.get(name));
        newest.copied().unwrap_or(0).saturating_add(1)
    }
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

/// How large a contract's state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// Bytes of keys and values, and 32 for each entry; of those that end, 9 and the key once more.
    pub stored: u64,
    /// The manifest's limit of them.
    pub limit: u64,
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

    /// Sets the secret called `name`, sealed to the contract's own key as `known` has it: it moves with the contract,
    /// and no other contract opens it. Gives its new version.
    pub async fn set_secret(
        &self,
        contract: &ContractId,
        owner: &dyn Signer,
        known: &Secrets,
        name: &str,
        value: &[u8],
    ) -> Result<u64, Error> {
        let network = self.network().network_id;
        let recipient = SecretRecipient { network, contract: *contract, epoch: known.epoch, key: known.public };
        let version = known.next(name);
        let sealed = seal_secret(&recipient, name, version, value).map_err(Error::SealedSecret)?;
        let request = Request::new("PUT", &format!("{SECRETS}/{name}"))?.content(sealed.to_bytes());
        self.ask_worker(contract, &request, owner).await.map(|_| version)
    }

    /// Removes the secret called `name`. No version that was set before comes back: the next one is newer than the
    /// removal, whose version this gives.
    pub async fn remove_secret(
        &self,
        contract: &ContractId,
        owner: &dyn Signer,
        known: &Secrets,
        name: &str,
    ) -> Result<u64, Error> {
        check_name(name).map_err(Error::SealedSecret)?;
        let version = known.next(name);
        let request = Request::new("DELETE", &format!("{SECRETS}/{name}?version={version}"))?;
        self.ask_worker(contract, &request, owner).await.map(|_| version)
    }

    /// How large the contract's state is.
    pub async fn storage(&self, contract: &ContractId, owner: &dyn Signer) -> Result<Storage, Error> {
        let response = self.ask_worker(contract, &Request::get(STORAGE)?, owner).await?;
        serde_json::from_slice(&response.content)
            .map_err(|_| Error::Malformed("what the worker says of the state's size is not understood".into()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_follows_the_newest_one_also_after_a_removal() {
        let versions = |name: &str, version| BTreeMap::from([(name.to_owned(), version)]);
        let public = EncryptionKey([1; 32]);
        let known = Secrets { public, epoch: 1, versions: versions("set", 4), removed: versions("gone", 7) };
        assert_eq!(["set", "gone", "new"].map(|name| known.next(name)), [5, 8, 1]);
    }
}
