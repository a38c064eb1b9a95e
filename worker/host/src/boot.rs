//! Boot, as one story. A step that fails ends the process: nothing is answered by half a worker.
//!
//! 1. Read the configuration; an unknown key or a value without sense ends it here.
//! 2. Make the keys of this boot. They exist in this process only.
//! 3. Reach the node and prove the chain from the genesis that the configuration names.
//! 4. Check that the chain is the network that the configuration names.
//! 5. Find where evidence comes from; an attestation type of "none" ends it here, and so does a machine without the
//!    GPUs that the configuration speaks of.
//! 6. Start the engine.
//! 7. Listen, and offer statement and evidence to the operator, from here on: a verdict ends, and is renewed
//!    without a restart.
//! 8. Follow the chain. Once it shows this boot registered and a nonce of this process finalized, leases are
//!    claimed and calls answered; whenever that stops holding, so do the answers.
//!
//! When the process is told to stop, it ends in order: [`crate::stop`].

use std::{path::Path, sync::Arc, time::Duration};

use adyton_admission::{Registrar, check_network, connect, told_to_stop};
use adyton_attestation_platform::Gpus;
use adyton_engine::Engine;
use adyton_listener::Listener;
use adyton_protocol::{
    ids::{BlockHash, BlockRef, WorkerId},
    statement::{AttestedStatement, Role},
};
use anyhow::{Context, ensure};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    anchors::{self, Anchors},
    api,
    chain::Chain,
    challenges,
    code_cache::CodeCache,
    config::{Config, MAX_FILE},
    disputes, follow, gas, idle, lease, messages, schedule, sealed_code, stop, upkeep, watches,
    worker::{BootKeys, Worker},
};

/// Runs the worker, from step 2 on, until the process is told to stop.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let boot = BootKeys::generate(config.local.max_contracts).context("making the keys of this boot")?;
    let reader = connect(&config.local.node, config.measured.genesis).await;
    let reader = Arc::new(reader.with_context(|| format!("reaching {}", config.local.node))?);
    check_network(&reader, config.measured.network).await?;
    let platform = config.local.evidence.open().context("finding where evidence comes from")?;
    let statement = AttestedStatement {
        network: config.measured.network,
        worker: WorkerId::derive(&config.measured.network, &config.local.operator, &config.local.name),
        operator: config.local.operator,
        role: Role::Worker,
        signing_key: boot.signing_key(),
        encryption_key: boot.seals.public(),
        config: config.measured.digest(),
        recent: BlockRef { number: 0, hash: BlockHash([0; 32]) },
    };
    let id = statement.worker;
    let (endpoint, name) = (config.local.endpoint.clone(), config.local.name.clone());
    let mut registrar = Registrar::new(platform, reader.clone(), statement, boot.signing.clone(), endpoint, name);
    if config.local.gpus {
        registrar = registrar.with_gpus(Gpus::open().context("finding the machine's GPUs (local.gpus)")?);
    }
    let limits = config.local.limits;
    let engine = Engine::new(limits.engine())?;
    let code = CodeCache::new(&config.local.data, limits.code_bytes);
    let code = code.with_context(|| format!("emptying the cache of code in {}", config.local.data.display()))?;
    let data = &config.local.data;
    std::fs::create_dir_all(data).with_context(|| format!("making the data folder {}", data.display()))?;
    let disk = adyton_state::local_disk(data);
    let disk = disk.with_context(|| format!("writing what the journal in {} holds", data.display()))?;
    let listener = TcpListener::bind(config.local.listen).await;
    let listener = listener.with_context(|| format!("listening on {}", config.local.listen))?;
    let view = watch::Sender::new(None);
    let worker = Arc::new(Worker {
        network: config.measured.network,
        id,
        chain: Chain::new(reader, boot.signer()),
        boot,
        registrar,
        engine,
        compiler: limits.compiler(),
        code: Arc::new(code),
        trying: Semaphore::new(sealed_code::TRYING),
        http: http_client()?,
        disk,
        cache: Arc::new(adyton_state::BlockCache::new(32 << 20)),
        anchors: Anchors::new(view.subscribe()),
        openings: Default::default(),
        gas: Default::default(),
        view,
        contracts: Default::default(),
        config,
    });
    tracing::info!(worker = %id, listen = %worker.config.local.listen, "waiting to be registered by its operator");
    let following = tokio::spawn(follow::run(worker.clone()));
    let leasing = tokio::spawn(lease::run(worker.clone()));
    tokio::spawn(lease::retired::run(worker.clone()));
    tokio::spawn(anchors::run(worker.clone()));
    tokio::spawn(gas::claims::run(worker.clone()));
    tokio::spawn(upkeep::run(worker.clone()));
    tokio::spawn(idle::run(worker.clone()));
    tokio::spawn(challenges::run(worker.clone()));
    tokio::spawn(disputes::run(worker.clone()));
    serve(listener, &worker, leasing, following).await
}

/// Answers until the process is told to stop, and then ends in order.
async fn serve(
    listener: TcpListener,
    worker: &Arc<Worker>,
    leasing: JoinHandle<()>,
    following: JoinHandle<()>,
) -> anyhow::Result<()> {
    let (stop, mut stopped) = watch::channel(false);
    let scheduled = tokio::spawn(schedule::run(worker.clone(), stopped.clone()));
    let answered = tokio::spawn(messages::run(worker.clone(), stopped.clone()));
    let watched = tokio::spawn(watches::run(worker.clone(), stopped.clone()));
    let told = async move { stop::told(&mut stopped).await };
    let doors = Listener::new(worker.config.local.limits.listener());
    let mut server = std::pin::pin!(doors.serve(listener, api::router(worker.clone()), told));
    tokio::select! {
        () = &mut server => anyhow::bail!("the server ended by itself"),
        () = told_to_stop() => tracing::info!("told to stop"),
    }
    leasing.abort();
    stop.send_replace(true);
    let calls = async { tokio::join!(server, scheduled, answered, watched) };
    stop::end(worker, calls, following).await;
    Ok(())
}

/// Step 1.
pub fn read(file: &Path) -> anyhow::Result<Config> {
    let size = std::fs::metadata(file)?.len();
    ensure!(size <= MAX_FILE, "it has {size} bytes, more than {MAX_FILE}");
    Ok(Config::parse(&std::fs::read_to_string(file)?)?)
}

fn http_client() -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    Ok(client.connect_timeout(Duration::from_secs(5)).timeout(Duration::from_secs(60)).build()?)
}
