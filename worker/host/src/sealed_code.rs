//! A contract whose code is sealed (`specs/sealed-code.md`): it is opened without its code, and asks its owner for the key
//! on the owner's own paths. With the key, and from then on with every opening, its code is fetched, opened, compiled and
//! runs as any other does. What is compiled of it stays its own ([`adyton_engine::compiled_name`]): nobody else who names
//! the same hash gets it from this worker.

use std::sync::Arc;

use adyton_admission::counter;
use adyton_engine::{CompileError, Module};
use adyton_keys::CodeKey;
use adyton_protocol::{ids::CodeHash, sealed_code::CodeError};
use tokio::task::spawn_blocking;

use crate::{
    code::{self, Code, Sealed},
    contract::Contract,
    error::Refusal,
    lifecycle::{self, Lock, Stage},
    road::code_keys,
    worker::Worker,
};

/// The stage of a contract of which nobody has looked for the key yet.
pub const OPENING: Stage = Stage::Locked(Lock::Trying("opening its sealed code"));

/// How many contracts try a key at once.
pub const TRYING: usize = 4;

/// Opens the code of a contract with the key that its owner gave; where it stands then.
pub async fn unlock(worker: &Arc<Worker>, contract: &Contract) -> Stage {
    let opened = async {
        let Some(module) = module(worker, contract).await? else { return anyhow::Ok(Stage::Locked(Lock::NoKey)) };
        let stage = lifecycle::stage(&contract.store, &module, contract.version).await?;
        contract.module.put(module, counter());
        Ok(stage)
    };
    let error = match opened.await {
        Ok(stage) => return stage,
        Err(error) => error,
    };
    // What is wrong with the code is its owner's to know, and in no log of the machine's.
    if let Some(refused) = error.downcast_ref::<CompileError>()
        && !matches!(refused, CompileError::Process(_))
    {
        let at_ms = worker.view().map_or(0, |view| view.chain_ms);
        contract.log_failure(at_ms, &format!("the sealed code cannot be run: {refused}"));
        return Stage::Locked(Lock::Refused);
    }
    tracing::warn!(contract = %contract.id, error = format!("{error:#}"), "sealed code could not be opened");
    Stage::Locked(Lock::Trying("its sealed code could not be opened"))
}

/// The module of a contract whose code is sealed; none without a key.
pub async fn module(worker: &Worker, contract: &Contract) -> anyhow::Result<Option<Module>> {
    let found = code_keys::read(&mut contract.store.begin().await?, &contract.code).await?;
    let Some(key) = found else { return Ok(None) };
    let sealed = Some(Sealed { contract: &contract.id, key: &key });
    let code = Code { hash: &contract.code, manifest: &contract.manifest, sealed };
    code::module(worker, code, None).await.map(Some)
}

/// Whether `key` opens `code`: only such a key is kept, so that none that does not takes the place of one that does.
pub async fn try_key(worker: &Worker, code: &CodeHash, key: &CodeKey) -> Result<(), Refusal> {
    let _place = worker.trying.acquire().await.map_err(|_| Refusal::Worker)?;
    let sealed = code::fetch_bytes(worker, key.stored()).await.map_err(|error| {
        tracing::warn!(stored = %key.stored(), error = format!("{error:#}"), "sealed code is not there");
        Refusal::NoSealedCode(key.stored().to_string())
    })?;
    open(worker, *code, key.clone(), sealed).await.map(drop).map_err(|error| match error.downcast_ref::<CodeError>() {
        Some(refused) => Refusal::CodeKey(*refused),
        None => {
            tracing::error!(error = format!("{error:#}"), "sealed code could not be opened");
            Refusal::Worker
        }
    })
}

/// The component `code` out of its sealed bytes, on a thread of its own: it may have many megabytes. The error is a
/// [`CodeError`], unless the thread failed.
pub async fn open(worker: &Worker, code: CodeHash, key: CodeKey, sealed: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let network = worker.network;
    let opened: Result<Vec<u8>, CodeError> = spawn_blocking(move || key.open(&network, &code, &sealed)).await?;
    Ok(opened?)
}

#[cfg(test)]
mod tests;
