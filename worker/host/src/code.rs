//! Where a contract's compiled code comes from: memory, if another contract has the same; the disk, if it was compiled
//! since this worker started; or the compiler, for a component that anybody may have sent. The hash and the seal
//! decide, not the source. What comes of sealed code stays the contract's that has its key: nobody else is given it.

use std::{sync::Arc, time::Duration};

use adyton_admission::counter;
use adyton_engine::{Engine, Inspected, Module, SealedCodeError, compiled_name};
use adyton_keys::CodeKey;
use adyton_protocol::{
    call::MAX_SEALED,
    domain,
    ids::{CodeHash, ContractId},
    manifest::Manifest,
};
use anyhow::ensure;
use sha2::{Digest as _, Sha256};
use tokio::{sync::OwnedMutexGuard, task::spawn_blocking, time::timeout};

use crate::{code_cache::CodeCache, contract::Contract, error::Refusal, sealed_code, worker::Worker};

/// How long a call waits for code that is made again.
const LOADING: Duration = Duration::from_secs(10);

/// Which code, and what it may do.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The component's hash.
    pub hash: &'a CodeHash,
    /// What is granted.
    pub manifest: &'a Manifest,
    /// How its bytes open, where they are sealed.
    pub sealed: Option<Sealed<'a>>,
}

/// How sealed code opens.
#[derive(Clone, Copy)]
pub struct Sealed<'a> {
    /// For which contract alone.
    pub contract: &'a ContractId,
    /// With which key.
    pub key: &'a CodeKey,
}

/// The component, fetched and looked at; none where its compiled code is at hand.
pub async fn component(worker: &Worker, code: Code<'_>) -> anyhow::Result<Option<Inspected>> {
    let name = name(code.hash, code.manifest.deterministic, code.reader());
    if worker.code.has(&name) { Ok(None) } else { fetch(worker, code).await.map(Some) }
}

/// The module. `component` is compiled if it has to be; without it, it is fetched then.
pub async fn module(worker: &Worker, code: Code<'_>, component: Option<Inspected>) -> anyhow::Result<Module> {
    let mode = (code.manifest.deterministic, code.reader().copied());
    let shelf = Shelf::new(&worker.engine, &worker.code, *code.hash, mode);
    if code.sealed.is_none()
        && let Some(shared) = worker.engine.shared(code.hash, code.manifest)
    {
        return Ok(shared?);
    }
    if let Some(module) = shelf.take(code.manifest).await? {
        return Ok(module);
    }
    let component = match component {
        Some(component) => component,
        None => fetch(worker, code).await?,
    };
    let module = worker.engine.compile_apart(&worker.compiler, &component, code.manifest).await?;
    shelf.keep(module.clone()).await;
    Ok(module)
}

/// The module of an open contract, for a call: made again, if it was dropped while nobody called.
pub async fn of(worker: &Arc<Worker>, contract: &Arc<Contract>) -> Result<Module, Refusal> {
    if let Some(module) = contract.module.take_up(counter()) {
        return Ok(module);
    }
    // One makes it, in a task of its own, whoever of those that ask goes away meanwhile.
    if let Ok(one) = contract.module.loading.clone().try_lock_owned() {
        tokio::spawn(load(worker.clone(), contract.clone(), one));
    }
    let _loaded = timeout(LOADING, contract.module.loading.lock()).await;
    contract.module.take_up(counter()).ok_or(Refusal::NotReady("loading its code"))
}

async fn load(worker: Arc<Worker>, contract: Arc<Contract>, _one: OwnedMutexGuard<()>) {
    if contract.module.take_up(counter()).is_some() {
        return;
    }
    let made = match contract.manifest.sealed_code {
        true => sealed_code::module(&worker, &contract).await,
        false => {
            let code = Code { hash: &contract.code, manifest: &contract.manifest, sealed: None };
            module(&worker, code, None).await.map(Some)
        }
    };
    match made {
        Ok(Some(module)) => contract.module.put(module, counter()),
        Ok(None) => tracing::error!(contract = %contract.id, "the key of its sealed code is gone"),
        Err(error) => {
            tracing::error!(contract = %contract.id, error = format!("{error:#}"), "its code cannot be loaded again");
        }
    }
}

/// Puts the code of a contract's module on the disk, unless it is there; says whether it is. What is there counts as used
/// now.
pub async fn keep(worker: &Worker, contract: &Contract, module: Module) -> bool {
    let reader = contract.manifest.sealed_code.then_some(contract.id);
    let shelf = Shelf::new(&worker.engine, &worker.code, module.code(), (module.is_deterministic(), reader));
    if worker.code.has(&shelf.name) {
        worker.code.touch(&shelf.name);
        return true;
    }
    shelf.keep(module).await;
    worker.code.has(&shelf.name)
}

impl Code<'_> {
    /// The contract that its bytes are for, where that is one alone.
    fn reader(&self) -> Option<&ContractId> {
        self.sealed.as_ref().map(|sealed| sealed.contract)
    }
}

/// Under which name the disk has a component's code: that of deterministic contracts is other code, and that of sealed
/// code is its contract's alone.
fn name(hash: &CodeHash, deterministic: bool, reader: Option<&ContractId>) -> CodeHash {
    let name = compiled_name(hash, reader);
    match deterministic {
        false => name,
        true => CodeHash(domain::hash(domain::COMPILED_CODE, &[&name.0, b"deterministic"])),
    }
}

/// One component's place on the disk.
#[derive(Clone)]
struct Shelf {
    engine: Engine,
    cache: Arc<CodeCache>,
    hash: CodeHash,
    /// The contract that the component's bytes are for, where that is one alone.
    reader: Option<ContractId>,
    /// See [`name`].
    name: CodeHash,
}

impl Shelf {
    fn new(
        engine: &Engine,
        cache: &Arc<CodeCache>,
        hash: CodeHash,
        (deterministic, reader): (bool, Option<ContractId>),
    ) -> Self {
        let name = name(&hash, deterministic, reader.as_ref());
        Self { engine: engine.clone(), cache: Arc::clone(cache), hash, reader, name }
    }

    /// What is there, if it opens. What does not was altered, and is compiled again.
    async fn take(&self, manifest: &Manifest) -> anyhow::Result<Option<Module>> {
        let (shelf, manifest) = (self.clone(), manifest.clone());
        spawn_blocking(move || shelf.open(&manifest)).await?
    }

    fn open(&self, manifest: &Manifest) -> anyhow::Result<Option<Module>> {
        let sealed = match self.cache.read(&self.name) {
            Ok(Some(sealed)) => sealed,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(code = %self.hash, %error, "compiled code cannot be read; it is compiled again");
                return Ok(None);
            }
        };
        match self.engine.open_for(self.reader.as_ref(), sealed, &self.hash, manifest) {
            Ok(module) => Ok(Some(module)),
            Err(SealedCodeError::Refused(refused)) => Err(refused.into()),
            Err(error @ (SealedCodeError::NotOurs(_) | SealedCodeError::Unloadable(_))) => {
                tracing::warn!(code = %self.hash, %error, "compiled code is not used; it is compiled again");
                self.cache.remove(&self.name);
                Ok(None)
            }
        }
    }

    /// Keeps a module's code. Without it, who needs it again compiles it again.
    async fn keep(&self, module: Module) {
        let shelf = self.clone();
        let kept = spawn_blocking(move || {
            let sealed = shelf.engine.seal(&module)?;
            shelf.cache.write(&shelf.name, &sealed)?;
            anyhow::Ok(())
        });
        let error = match kept.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panicked) => panicked.into(),
        };
        tracing::warn!(code = %self.hash, error = format!("{error:#}"), "compiled code is not kept");
    }
}

/// From whoever has it, opened, and looked at.
async fn fetch(worker: &Worker, code: Code<'_>) -> anyhow::Result<Inspected> {
    let component = match code.sealed {
        None => fetch_bytes(worker, code.hash).await?,
        Some(Sealed { key, .. }) => {
            let sealed = fetch_bytes(worker, key.stored()).await?;
            sealed_code::open(worker, *code.hash, key.clone(), sealed).await?
        }
    };
    let (engine, manifest) = (worker.engine.clone(), code.manifest.clone());
    let inspected = spawn_blocking(move || engine.inspect(component, &manifest)).await??;
    Ok(match code.reader() {
        None => inspected,
        Some(contract) => inspected.only_for(contract),
    })
}

/// The bytes of this hash, from whoever has them.
pub async fn fetch_bytes(worker: &Worker, hash: &CodeHash) -> anyhow::Result<Vec<u8>> {
    let mut last = anyhow::anyhow!("no source is configured");
    for source in &worker.config.local.code_sources {
        match fetch_from(&worker.http, source, hash).await {
            Ok(bytes) => return Ok(bytes),
            Err(error) => last = error.context(format!("fetching the component from {source}")),
        }
    }
    Err(last)
}

/// The bytes of this hash, from this source or not at all.
pub async fn fetch_from(http: &reqwest::Client, source: &str, code: &CodeHash) -> anyhow::Result<Vec<u8>> {
    let url = format!("{}/v1/code/{code}", source.trim_end_matches('/'));
    let mut response = http.get(url).send().await?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        ensure!(bytes.len() + chunk.len() <= 2 * MAX_SEALED, "the component is too large");
        bytes.extend_from_slice(&chunk);
    }
    let hashed = spawn_blocking(move || (<[u8; 32]>::from(Sha256::digest(&bytes)), bytes));
    let (found, bytes) = hashed.await?;
    ensure!(found == code.0, "the bytes have another hash than the contract's code");
    Ok(bytes)
}

#[cfg(test)]
pub mod tests;
