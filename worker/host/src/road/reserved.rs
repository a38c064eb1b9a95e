//! Paths below `/.adyton/`, answered by the worker for the contract's owner alone, over the same sealed road.

use std::{collections::BTreeMap, sync::Arc};

use adyton_protocol::{
    call::RESERVED_PATH,
    ids::RequestId,
    manifest::Durability,
    receipt::{Caller, ReceiptFields, SignedReceipt},
    sealed_code::SealedCodeKey,
    secret::{SealedSecret, check_name},
};
use adyton_state::Transaction;
use codec::Decode;
use serde_json::json;

use super::{
    answer::{Along, Answer, commit_noted, state},
    code_keys, lifecycle, message,
    request::Call,
    schedule, secrets,
};
use crate::{contract::Contract, error::Refusal, sealed_code, turns::Turn, worker::Worker};

/// The most log lines in one answer.
const MAX_LINES: usize = 1000;

/// Answers with JSON, or says why not.
pub async fn answer(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    call: &Call,
    caller: Caller,
) -> Result<Vec<u8>, Refusal> {
    if caller != Caller::Account(contract.owner) {
        return Err(Refusal::OwnerOnly);
    }
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    match (call.method.as_str(), path.strip_prefix(RESERVED_PATH).unwrap_or_default()) {
        ("GET", "logs") => logs(contract, query),
        ("GET", "secrets") => list_secrets(contract).await,
        ("GET", "code-keys") => list_code_keys(contract).await,
        ("PUT", "code-key") => set_code_key(worker, contract, &call.content).await,
        ("GET", "schedule") => list_schedule(contract).await,
        ("GET", "messages") => list_messages(contract).await,
        ("GET", "lifecycle") => show_lifecycle(worker, contract).await,
        ("GET", "storage") => show_storage(contract).await,
        ("GET", rest) => match rest.split_once('/') {
            Some(("schedule", id)) => kept_run(worker, contract, id, |said| said.schedule.is_some()).await,
            Some(("messages", id)) => kept_run(worker, contract, id, |said| said.message.is_some()).await,
            Some(_) | None => Err(Refusal::NoSuchPath),
        },
        ("PUT", rest) => match rest.strip_prefix("secrets/") {
            Some(name) => set_secret(worker, contract, name, &call.content).await,
            None => Err(Refusal::NoSuchPath),
        },
        ("DELETE", rest) => match rest.strip_prefix("secrets/") {
            Some(name) => remove_secret(worker, contract, name, query).await,
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

/// The entries of the schedule, and the newest runs of this boot.
async fn list_schedule(contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let entries = schedule::list(&mut transaction).await.map_err(state)?;
    let entries: Vec<_> = entries
        .into_iter()
        .map(|entry| json!({ "name": entry.name, "due_ms": entry.due_ms, "cron": entry.course.cron }))
        .collect();
    Ok(json!({ "entries": entries, "runs": contract.schedule.runs() }).to_string().into_bytes())
}

/// How many bytes the state has, and how many it may have.
async fn show_storage(contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let stored = contract.store.stored_bytes().await.map_err(state)?;
    Ok(json!({ "stored": stored, "limit": contract.manifest.limits.storage }).to_string().into_bytes())
}

/// For which version the state is ready, and the receipt of the run that made it so, as long as that is kept.
async fn show_lifecycle(worker: &Worker, contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let waits = contract.life.check().err();
    let waits = waits.map(|refusal| json!({ "code": refusal.code(), "reason": refusal.to_string() }));
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let ready = match lifecycle::mark(&mut transaction).await.map_err(state)? {
        None => None,
        Some(mark) => {
            let receipt = match contract.store.answer(mark.request).await.map_err(state)? {
                None => None,
                Some(stored) => {
                    let answer = Answer::decode(&mut &stored.bytes[..]).map_err(|_| Refusal::Worker)?;
                    if contract.manifest.durability == Durability::Anchored {
                        worker.anchors.wait(contract, answer.sequence).await?;
                    }
                    Some(format!("0x{}", hex::encode(&answer.receipt)))
                }
            };
            Some(json!({ "version": mark.version, "code": mark.code, "request_id": mark.request, "receipt": receipt }))
        }
    };
    Ok(json!({ "ready": ready, "waits": waits }).to_string().into_bytes())
}

/// The number of the last message that is over, and the newest runs of this boot.
async fn list_messages(contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let over = message::over(&mut transaction).await.map_err(state)?;
    Ok(json!({ "over": over, "runs": contract.inbox.runs() }).to_string().into_bytes())
}

/// What a run that nobody called for came to, as long as it is kept: one whose receipt is `asked`. Other calls' answers
/// are for those who called.
async fn kept_run(
    worker: &Worker,
    contract: &Contract,
    id: &str,
    asked: fn(&ReceiptFields) -> bool,
) -> Result<Vec<u8>, Refusal> {
    let id: RequestId = id.parse().map_err(|_| Refusal::Malformed("not a request id".into()))?;
    let stored = contract.store.answer(id).await.map_err(state)?.ok_or(Refusal::NoSuchPath)?;
    let answer = Answer::decode(&mut &stored.bytes[..]).map_err(|_| Refusal::Worker)?;
    let receipt = SignedReceipt::from_bytes(&answer.receipt).map_err(|_| Refusal::Worker)?;
    let said = receipt.verify(&worker.network, &|key, message, signature| {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0);
        key.is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok())
    });
    if !asked(&said.map_err(|_| Refusal::Worker)?) {
        return Err(Refusal::NoSuchPath);
    }
    if contract.manifest.durability == Durability::Anchored {
        worker.anchors.wait(contract, answer.sequence).await?;
    }
    let receipt = format!("0x{}", hex::encode(&answer.receipt));
    Ok(json!({ "request_id": id, "status": answer.status, "receipt": receipt }).to_string().into_bytes())
}

async fn list_secrets(contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let recipient = contract.secrets.secret_recipient();
    let (mut versions, mut removed) = (serde_json::Map::new(), serde_json::Map::new());
    let mut transaction = contract.store.begin().await.map_err(state)?;
    for (name, stored) in secrets::list(&mut transaction).await.map_err(state)? {
        let map = if stored.value.is_some() { &mut versions } else { &mut removed };
        map.insert(name, stored.version.into());
    }
    let public = format!("0x{}", hex::encode(recipient.key.0));
    let answer = json!({ "public": public, "epoch": recipient.epoch, "versions": versions, "removed": removed });
    Ok(answer.to_string().into_bytes())
}

/// Opens what the owner sealed and keeps it in the contract's sealed state. The version has to grow.
async fn set_secret(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    name: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, Refusal> {
    // Its history has all that is written, for everybody.
    if contract.manifest.disputable {
        return Err(Refusal::PublicOnly);
    }
    let sealed = SealedSecret::from_bytes(sealed).map_err(|error| Refusal::Malformed(error.to_string()))?;
    if sealed.name != name {
        return Err(Refusal::Malformed("the secret was sealed under another name".into()));
    }
    let version = sealed.version;
    let turn = contract.turns.beside().await;
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let newest = secrets::before(&mut transaction, name, version).await?;
    let value = contract.secrets.open_secret(&sealed, newest).map_err(|error| Refusal::Malformed(error.to_string()))?;
    secrets::set(&mut transaction, name, version, value).await?;
    keep(worker, contract, turn, transaction).await?;
    contract.life.try_again();
    Ok(json!({ "name": name, "version": version }).to_string().into_bytes())
}

/// Of which code there is a key, with the hash of its sealed bytes.
async fn list_code_keys(contract: &Contract) -> Result<Vec<u8>, Refusal> {
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let keys: BTreeMap<_, _> = code_keys::list(&mut transaction).await.map_err(state)?.into_iter().collect();
    Ok(json!({ "keys": keys }).to_string().into_bytes())
}

/// Opens the key of sealed code that the owner gave, and keeps it where it opens the code. It may be of code that is not
/// in force yet, and what is there already of the same code gives way: both open the same component.
async fn set_code_key(worker: &Arc<Worker>, contract: &Arc<Contract>, sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
    if !contract.manifest.sealed_code {
        return Err(Refusal::CodeNotSealed);
    }
    let sealed = SealedCodeKey::from_bytes(sealed).map_err(Refusal::CodeKey)?;
    let key = contract.secrets.open_code_key(&sealed).map_err(Refusal::CodeKey)?;
    let trying = contract.life.trying.try_lock().map_err(|_| Refusal::Busy)?;
    sealed_code::try_key(worker, &sealed.code, &key).await?;
    drop(trying);
    let turn = contract.turns.beside().await;
    let mut transaction = contract.store.begin().await.map_err(state)?;
    code_keys::set(&mut transaction, &sealed.code, key, &contract.code).await?;
    keep(worker, contract, turn, transaction).await?;
    if sealed.code == contract.code {
        contract.life.key_given();
    }
    Ok(json!({ "code": sealed.code, "stored": sealed.stored }).to_string().into_bytes())
}

/// Removes a secret. The removal is a version too, which the owner signed with the path: whoever repeats the call, or an
/// earlier one that set the secret, changes nothing. A repetition is answered like the call, whose answer may be lost.
async fn remove_secret(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    name: &str,
    query: &str,
) -> Result<Vec<u8>, Refusal> {
    check_name(name).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let version = query.strip_prefix("version=").and_then(|text| text.parse().ok());
    let version = version.ok_or_else(|| Refusal::Malformed("version is not a number".into()))?;
    let turn = contract.turns.beside().await;
    let mut transaction = contract.store.begin().await.map_err(state)?;
    secrets::remove(&mut transaction, name, version).await?;
    keep(worker, contract, turn, transaction).await?;
    Ok(json!({ "name": name, "version": version }).to_string().into_bytes())
}

/// Commits. The host cannot bring an older state back once the head is anchored, which this waits for where the
/// manifest says so.
async fn keep(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    turn: Turn,
    transaction: Transaction,
) -> Result<(), Refusal> {
    let prepared = contract.store.prepare(transaction).await.map_err(state)?;
    let committed = commit_noted(worker, contract, turn, prepared, Along::default()).await?.ok_or(Refusal::Worker)?;
    if contract.manifest.durability == Durability::Anchored {
        worker.anchors.wait(contract, committed.after.sequence).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use adyton_protocol::ids::AccountId;

    use super::*;
    use crate::{
        code::tests::manifest,
        contract::tests::{OWNER, open},
        road::request::tests::plain,
        stop::tests::holding,
    };

    fn call(method: &str, path: &str) -> Call {
        let call = Call::read(&plain()).expect("reads");
        Call { method: method.into(), path: path.into(), ..call }
    }

    #[tokio::test]
    async fn nobody_but_the_owner_reads_the_log_or_lists_or_sets_secrets() {
        let (worker, _chain) = holding(true, 1).await;
        let contract = Arc::new(open(&worker.engine, manifest()).await);
        let worker = Arc::new(worker);
        let others =
            [Caller::Anonymous, Caller::Account(AccountId([5; 32])), Caller::Account(AccountId(contract.id.0))];
        for (method, path) in [
            ("GET", "/.adyton/logs"),
            ("GET", "/.adyton/logs?after=1"),
            ("GET", "/.adyton/secrets"),
            ("GET", "/.adyton/storage"),
            ("PUT", "/.adyton/secrets/word"),
            ("GET", "/.adyton/nothing"),
        ] {
            for other in others {
                let refused = answer(&worker, &contract, &call(method, path), other).await;
                assert_eq!(refused, Err(Refusal::OwnerOnly), "{method} {path} by {other:?}");
            }
        }
        let asked = async |method, path| answer(&worker, &contract, &call(method, path), Caller::Account(OWNER)).await;
        assert_eq!(asked("GET", "/.adyton/logs").await, Ok(br#"{"lines":[]}"#.to_vec()));
        let secrets = asked("GET", "/.adyton/secrets").await.expect("is the owner's to list");
        assert!(String::from_utf8_lossy(&secrets).contains(r#""versions":{}"#));
        let storage = asked("GET", "/.adyton/storage").await.expect("is the owner's to see");
        let storage: serde_json::Value = serde_json::from_slice(&storage).expect("JSON");
        assert_eq!(storage, json!({ "stored": 0, "limit": 1_u64 << 30 }));
        // What no owner sealed is no secret, even from the owner.
        assert!(matches!(asked("PUT", "/.adyton/secrets/word").await, Err(Refusal::Malformed(_))));
        assert_eq!(asked("GET", "/.adyton/nothing").await, Err(Refusal::NoSuchPath));
    }

    #[tokio::test]
    async fn a_removal_whose_answer_was_lost_is_answered_again_and_commits_nothing_more() {
        let (worker, _chain) = holding(true, 1).await;
        let contract = Arc::new(open(&worker.engine, manifest()).await);
        let worker = Arc::new(worker);
        let mut transaction = contract.store.begin().await.expect("begins");
        secrets::set(&mut transaction, "word", 1, zeroize::Zeroizing::new(vec![1])).await.expect("sets");
        let prepared = contract.store.prepare(transaction).await.expect("prepares");
        contract.store.commit(prepared, None).await.expect("commits");
        let removal = call("DELETE", "/.adyton/secrets/word?version=2");
        let removed = async || answer(&worker, &contract, &removal, Caller::Account(OWNER)).await;
        let first = removed().await.expect("removes");
        let head = contract.store.head().await.expect("reads");
        assert_eq!((head.sequence, worker.anchors.newest(&contract.id, contract.lease)), (2, Some(head)));
        assert_eq!(removed().await, Ok(first));
        assert_eq!(contract.store.head().await.expect("reads"), head);
    }

    #[tokio::test]
    async fn a_disputable_contract_keeps_no_secrets() {
        let (worker, _chain) = holding(true, 1).await;
        let manifest = crate::road::history::tests::disputable();
        let contract = Arc::new(open(&worker.engine, manifest).await);
        let call = call("PUT", "/.adyton/secrets/key");
        let refused = answer(&Arc::new(worker), &contract, &call, Caller::Account(OWNER)).await;
        assert_eq!(refused, Err(Refusal::PublicOnly));
    }
}
