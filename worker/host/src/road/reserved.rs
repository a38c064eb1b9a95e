//! Paths below `/.adyton/`, answered by the worker for the contract's owner alone, over the same sealed road.

use adyton_protocol::{call::RESERVED_PATH, manifest::Durability, receipt::Caller, secret::SealedSecret};
use serde_json::json;

use super::{
    answer::{commit, state},
    host::{WORKER, secret_key},
    request::Call,
};
use crate::{contract::Contract, error::Refusal, worker::Worker};

/// The most log lines in one answer.
const MAX_LINES: usize = 1000;
/// The most secrets of a contract.
const MAX_SECRETS: usize = 256;

/// Whether the worker answers this path.
pub fn is_reserved(path: &str) -> bool {
    path.starts_with(RESERVED_PATH)
}

/// Answers with JSON, or says why not.
pub async fn answer(worker: &Worker, contract: &Contract, call: &Call, caller: Caller) -> Result<Vec<u8>, Refusal> {
    if caller != Caller::Account(contract.owner) {
        return Err(Refusal::OwnerOnly);
    }
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    match (call.method.as_str(), path.strip_prefix(RESERVED_PATH).unwrap_or_default()) {
        ("GET", "logs") => logs(contract, query),
        ("GET", "secrets") => list_secrets(contract).await,
        ("PUT", rest) => match rest.strip_prefix("secrets/") {
            Some(name) => set_secret(worker, contract, name, &call.content).await,
            None => Err(Refusal::NoSuchPath),
        },
        _ => Err(Refusal::NoSuchPath),
    }
}

fn logs(contract: &Contract, query: &str) -> Result<Vec<u8>, Refusal> {
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after="));
    let from = match after {
        None => 0,
        Some(text) => text.parse().map_err(|_| Refusal::Malformed("after is not a number".into()))?,
    };
    let logs = contract.logs.lock().map_err(|_| Refusal::Worker)?;
    Ok(json!({ "lines": logs.from(from, MAX_LINES) }).to_string().into_bytes())
}

async fn list_secrets(contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let recipient = contract.secrets.secret_recipient();
    let mut versions = serde_json::Map::new();
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let prefix = secret_key("");
    for entry in transaction.scan(&prefix, None, MAX_SECRETS).await.map_err(state)? {
        let name = String::from_utf8_lossy(entry.key.get(prefix.len()..).unwrap_or_default()).into_owned();
        versions.insert(name, version(&entry.value).into());
    }
    let public = hex::encode(recipient.key.0);
    Ok(json!({ "public": format!("0x{public}"), "epoch": recipient.epoch, "versions": versions })
        .to_string()
        .into_bytes())
}

/// Opens what the owner sealed and keeps it in the contract's sealed state. The version has to grow: the host
/// cannot bring an older one back once the state's head is anchored, which the answer waits for where
/// the manifest says so.
async fn set_secret(worker: &Worker, contract: &Contract, name: &str, sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
    let sealed = SealedSecret::from_bytes(sealed).map_err(|error| Refusal::Malformed(error.to_string()))?;
    if sealed.name != name {
        return Err(Refusal::Malformed("the secret was sealed under another name".into()));
    }
    let key = secret_key(name);
    let turn = contract.turns.read().await;
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let newest = transaction.get(&key).await.map_err(state)?.map_or(0, |entry| version(&entry.value));
    if sealed.version <= newest {
        return Err(Refusal::Malformed(format!("version {} is not newer than {newest}", sealed.version)));
    }
    let value = contract.secrets.open_secret(&sealed, newest).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let stored = zeroize::Zeroizing::new([&sealed.version.to_le_bytes(), &value[..]].concat());
    transaction.set(&key, &stored).map_err(state)?;
    let prepared = contract.store.prepare(transaction).await.map_err(state)?;
    let committed = commit(&worker.right(contract), &contract.store, prepared, None).await?.ok_or(Refusal::Worker)?;
    worker.anchors.committed(contract, committed.after, None);
    drop(turn);
    if contract.manifest.durability == Durability::Anchored {
        worker.anchors.wait(contract, committed.after.sequence).await?;
    }
    debug_assert_eq!(key.first(), Some(&WORKER));
    Ok(json!({ "name": name, "version": sealed.version }).to_string().into_bytes())
}

fn version(stored: &[u8]) -> u64 {
    stored.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
