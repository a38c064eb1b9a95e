//! Starts the local network's parts and waits until each can do its work.

use std::{path::Path, sync::Arc, time::Duration};

use adyton_attestation::ListFloors;
use adyton_client::chain::{
    extrinsic::Signer,
    facts::Facts,
    rpc::{HttpSource, Reader, Source},
    verifier::Checkpoint,
};
use adyton_client::protocol::{
    call::AccountScheme,
    ids::{BlockHash, NetworkId, WorkerId},
    storage,
};
use adyton_client::{Account, Client, NetworkFile};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, server::Server};
use anyhow::{Context, Result, bail};
use codec::Encode;
use serde_json::json;
use tokio::{net::TcpListener, sync::watch};

use super::{
    genesis::{self, FRESHNESS_SECONDS, prefixed},
    layout::{FORMAT, Layout, Memory, Ports, Reserved},
    operator::{Operator, submit_collateral},
    prices,
    process::{Program, Supervisor, programs},
    renewal::collateral_is_due,
    steps::Steps,
};

/// How long one step of the start may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often is looked whether the collateral has to be renewed: where a newer list revokes something, nothing is judged
/// until it is.
const RENEWAL: Duration = Duration::from_secs(10);
/// How often a part is asked whether it is ready.
const LOOK: Duration = Duration::from_millis(100);

/// The running network.
pub struct Network {
    /// Its folder.
    pub layout: Layout,
    /// What it remembers.
    pub memory: Memory,
    /// A client of it.
    pub client: Client,
    /// Who deploys the sample: //Alice.
    pub owner: Arc<Account>,
}

/// Starts everything under `supervisor`; `steps` takes the time of each step. `runtimes` is where compiled runtimes are
/// kept, which takes most of a first start.
pub async fn start(layout: Layout, runtimes: &Path, supervisor: &mut Supervisor, steps: &mut Steps) -> Result<Network> {
    let root = DevelopmentRoot::insecure_from_seed(layout.seed()?);
    let (memory, fresh, mut reserved) = remember(&layout)?;
    if !layout.path("chain.json").is_file() {
        // A profile leaves the genesis out: the genesis has the profiles in it.
        write_configurations(&layout, &memory, &root, BlockHash([0; 32]))?;
        genesis::write_specification(&layout, &memory, &root)?;
    }
    layout.write("collateral.scale", &root.collateral(memory.collateral_at).encode())?;
    steps.done("genesis");
    reserved.free(memory.ports.prices);
    serve_beside(&layout, &memory, &root).await?;
    reserved.free(memory.ports.node);
    supervisor.start(node(&layout, &memory, runtimes)?)?;
    let (reader, genesis) = reach_node(&memory, supervisor).await?;
    steps.done("node");
    write_configurations(&layout, &memory, &root, genesis)?;
    drop(reserved);
    for name in ["adyton-keyholder", "adyton-gateway", "adyton-worker"] {
        supervisor.start(service(&layout, name)?)?;
    }
    let memory = match !fresh && renewal_due(&memory, &root, &reader).await? {
        true => renew(&layout, memory, &root, &reader).await?,
        false => memory,
    };
    let issued = watch::Sender::new(memory.collateral_at);
    start_operators(&memory, &root, &reader, &issued)?;
    tokio::spawn(keep_collateral(layout.clone(), root, reader.clone(), issued));
    let network = network_file(&memory, &reader);
    let client = Client::new(network).context("reading the network's file")?;
    await_committee(&reader, supervisor).await?;
    steps.done("keyholder");
    await_worker(&memory, supervisor).await?;
    steps.done("worker");
    let owner = Arc::new(development_account("//Alice")?);
    Ok(Network { layout, memory, client, owner })
}

/// What the network remembers, and whether it is new. Ports are chosen again if they are taken.
fn remember(layout: &Layout) -> Result<(Memory, bool, Reserved)> {
    let old = layout.memory()?;
    let fresh = old.is_none();
    let (ports, reserved) = Ports::choose(old.as_ref().map(|memory| memory.ports))?;
    let memory = match old {
        Some(memory) => {
            if memory.sample.is_some() && ports.prices != memory.ports.prices {
                bail!(
                    "port {} is taken by another program, and the sample contract may ask only there; free it, or give another folder with --data",
                    memory.ports.prices
                );
            }
            Memory { ports, ..memory }
        }
        None => {
            let mut network = [0; 32];
            rand_core::RngCore::try_fill_bytes(&mut rand_core::OsRng, &mut network)
                .context("drawing the network's identity")?;
            Memory { format: FORMAT, network: NetworkId(network), collateral_at: unix_now()?, ports, sample: None }
        }
    };
    layout.remember(&memory)?;
    Ok((memory, fresh, reserved))
}

/// What runs inside this process: the development device and the price server.
async fn serve_beside(layout: &Layout, memory: &Memory, root: &DevelopmentRoot) -> Result<()> {
    let socket = layout.path("device.sock");
    let roles = genesis::roles()?.map(|(role, _)| role).to_vec();
    let device = Server::bind(root.clone(), roles, &socket).await;
    let device = device.with_context(|| format!("serving the development device at {}", socket.display()))?;
    tokio::spawn(device.run());
    let listener =
        TcpListener::bind(("127.0.0.1", memory.ports.prices)).await.context("listening for the price server")?;
    tokio::spawn(prices::serve(listener));
    Ok(())
}

fn node(layout: &Layout, memory: &Memory, runtimes: &Path) -> Result<Program> {
    let text = |name: &str| layout.path(name).display().to_string();
    Ok(Program {
        name: "adyton-node",
        executable: programs()?.join("adyton-node"),
        arguments: vec![
            "--local".into(),
            "--chain".into(),
            text("chain.json"),
            "--base-path".into(),
            text("node"),
            "--rpc-port".into(),
            memory.ports.node.to_string(),
            // A folder of the user's: what lies there is run as it is.
            "--wasm-cache".into(),
            runtimes.display().to_string(),
        ],
        log: layout.path("log/adyton-node.log"),
    })
}

fn service(layout: &Layout, name: &'static str) -> Result<Program> {
    let short = name.trim_start_matches("adyton-");
    Ok(Program {
        name,
        executable: programs()?.join(name),
        arguments: vec!["--config".into(), layout.path(&format!("{short}/config.toml")).display().to_string()],
        log: layout.path(&format!("log/{name}.log")),
    })
}

async fn reach_node(memory: &Memory, supervisor: &Supervisor) -> Result<(Arc<Reader<HttpSource>>, BlockHash)> {
    let url = format!("http://127.0.0.1:{}", memory.ports.node);
    let reach = || async {
        let source = HttpSource::new(&url)?;
        let genesis = source.block_hash(0).await?.context("no genesis")?;
        let checkpoint = Checkpoint::fetch_genesis(&source, genesis).await?;
        let reader = Reader::new(source, checkpoint);
        anyhow::ensure!(reader.head().await?.number() > 0, "no finalized block yet");
        Ok((Arc::new(reader), genesis))
    };
    let (reader, genesis) = until("the node to finalize blocks", supervisor, reach).await?;
    let head = reader.head().await?;
    let record = Facts::from(reader.read_at(&head, &[storage::network()]).await?).network()?;
    require_own_chain(record.map(|record| record.id), memory)?;
    Ok((reader, genesis))
}

/// A port is kept for the node only until it is started. Whoever took it in the moment between answers in its place:
/// another network that was started in the same seconds.
fn require_own_chain(found: Option<NetworkId>, memory: &Memory) -> Result<()> {
    anyhow::ensure!(
        found == Some(memory.network),
        "port {} was taken by another network before the node of this one had it; start again",
        memory.ports.node
    );
    Ok(())
}

/// Asks again and again until it works, a program was given up, or patience ends.
async fn until<T, F>(what: &str, supervisor: &Supervisor, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let started = tokio::time::Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) if supervisor.failed() => return Err(error.context(format!("waiting for {what}"))),
            Err(error) if started.elapsed() > PATIENCE => {
                return Err(error.context(format!("waited {} seconds for {what}", PATIENCE.as_secs())));
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

fn write_configurations(layout: &Layout, memory: &Memory, root: &DevelopmentRoot, genesis: BlockHash) -> Result<()> {
    let (network, ports) = (memory.network, &memory.ports);
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let listen = |port: u16| format!("127.0.0.1:{port}");
    let measured = json!({ "network": network, "genesis": genesis, "freshness_seconds": FRESHNESS_SECONDS });
    let device = |role: &str| json!({ "type": "socket", "path": layout.path("device.sock"), "role": role });
    let keyholder = json!({
        "measured": {
            "network": network,
            "genesis": genesis,
            "freshness_seconds": FRESHNESS_SECONDS,
            "kinds": ["intel-tdx"],
            "roots": [prefixed(&root.root_certificate())],
            "insecure_single": true,
            "platform": { "accepted_statuses": ["UpToDate"], "minimum_evaluation": EVALUATION_NUMBER },
            "release": { "older_epochs": 1, "contracts_per_worker": 10_000 },
        },
        "local": {
            "operator": operator_of("keyholder")?.account(),
            "name": "keyholder",
            "node": url(ports.node),
            "listen": listen(ports.keyholder),
            "endpoint": url(ports.keyholder),
            "data": layout.path("keyholder/data"),
            "collateral": layout.path("collateral.scale"),
            "evidence": device("keyholder"),
            // Everybody is on this machine.
            "limits": {
                "connections": 1024,
                "connections_per_address": 1024,
                "head_seconds": 30,
                "stall_seconds": 30,
            },
        },
    });
    let worker = json!({
        "measured": measured,
        "local": {
            "operator": operator_of("worker")?.account(),
            "name": "worker",
            "node": url(ports.node),
            "code_sources": [url(ports.gateway)],
            "listen": listen(ports.worker),
            "endpoint": url(ports.worker),
            "data": layout.path("worker/data"),
            "max_contracts": 1100,
            "anchor_seconds": 10,
            // Less than a program gets to end when the network is stopped.
            "stop_seconds": 3,
            "collateral": layout.path("collateral.scale"),
            "evidence": device("worker"),
            "gpus": false,
            "limits": {
                "connections": 4096,
                // Everybody is on this machine.
                "connections_per_address": 4096,
                "head_seconds": 30,
                "stall_seconds": 30,
                "content_bytes": 1 << 30,
                "calls": 32,
                "calls_per_contract": 16,
                "waiting": 4096,
                "waiting_per_contract": 256,
                "waiting_seconds": 10,
                "compile_apart": true,
                "compile_seconds": 120,
                "compile_bytes": 3_u64 << 30,
                "code_bytes": 2_u64 << 30,
                "idle_seconds": 300,
            },
        },
    });
    let gateway = json!({
        "listen": listen(ports.gateway),
        "rpc": url(ports.node),
        "data": layout.path("gateway/data"),
        "danger_allow_private_endpoints": true,
        "limits": {
            "calls": 256,
            // Everybody is on this machine.
            "connections_per_address": 4096,
            "calls_per_address": 256,
            "call_seconds": 150,
            "code_bytes": 32 << 20,
            "stored_bytes": 4_u64 << 30,
            "directory_seconds": 2,
        },
    });
    for (name, config) in [("keyholder", keyholder), ("worker", worker), ("gateway", gateway)] {
        let text = toml::to_string(&config).context("encoding a configuration")?;
        layout.write(&format!("{name}/config.toml"), text.as_bytes())?;
    }
    Ok(())
}

/// Whose account registers which program: accounts that everybody has, on a network that nobody trusts.
fn operator_of(program: &str) -> Result<Account> {
    development_account(match program {
        "worker" => "//Bob",
        _ => "//Charlie",
    })
}

/// A well-known development account.
pub fn development_account(path: &str) -> Result<Account> {
    Account::from_secret(path, AccountScheme::Sr25519).with_context(|| format!("deriving {path}"))
}

fn start_operators(
    memory: &Memory,
    root: &DevelopmentRoot,
    reader: &Arc<Reader<HttpSource>>,
    issued: &watch::Sender<u64>,
) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    for (name, port) in [("worker", memory.ports.worker), ("keyholder", memory.ports.keyholder)] {
        let account = operator_of(name)?;
        let operator = Operator {
            name,
            id: WorkerId::derive(&memory.network, &account.account(), name),
            url: format!("http://127.0.0.1:{port}"),
            signer: Arc::new(account),
            reader: reader.clone(),
            root: genesis::root_id(root),
            collateral: issued.subscribe(),
            http: http.clone(),
        };
        tokio::spawn(operator.run());
    }
    Ok(())
}

/// Whether the collateral has to be issued again, by the chain's floors of its lists.
async fn renewal_due(memory: &Memory, root: &DevelopmentRoot, reader: &Reader<HttpSource>) -> Result<bool> {
    let key = storage::revocation_floors(&genesis::root_id(root));
    let facts = Facts::from(reader.read(std::slice::from_ref(&key)).await?.values);
    let floors: Option<ListFloors> = facts.item(&key, "the oldest revocation lists")?;
    Ok(collateral_is_due(memory.collateral_at, &floors.unwrap_or_default(), unix_now()?))
}

/// Issues collateral; gives what is remembered from then on.
async fn renew(layout: &Layout, memory: Memory, root: &DevelopmentRoot, reader: &Reader<HttpSource>) -> Result<Memory> {
    let at = unix_now()?;
    submit_collateral(reader, &development_account("//Dave")?, root, at).await?;
    layout.write("collateral.scale", &root.collateral(at).encode())?;
    let memory = Memory { collateral_at: at, ..memory };
    layout.remember(&memory)?;
    Ok(memory)
}

/// Issues collateral in good time for as long as the network runs, and at once where its lists no longer count; `issued`
/// says when, and the operators renew their programs' verdicts by it. A failure is said once.
async fn keep_collateral(
    layout: Layout,
    root: DevelopmentRoot,
    reader: Arc<Reader<HttpSource>>,
    issued: watch::Sender<u64>,
) {
    let mut said = String::new();
    loop {
        tokio::time::sleep(RENEWAL).await;
        let renewed = async {
            // Read again each time: the sample is remembered there too.
            let memory = layout.memory()?.context("nothing is remembered")?;
            if renewal_due(&memory, &root, &reader).await? {
                issued.send_replace(renew(&layout, memory, &root, &reader).await?.collateral_at);
            }
            anyhow::Ok(())
        };
        let error = renewed.await.err().map(|error| format!("{error:#}")).unwrap_or_default();
        if !error.is_empty() && error != said {
            tracing::warn!(error, "the collateral was not renewed; trying again");
        }
        said = error;
    }
}

/// What clients of this network start from.
fn network_file(memory: &Memory, reader: &Reader<HttpSource>) -> NetworkFile {
    NetworkFile {
        name: "local".into(),
        network_id: memory.network,
        checkpoint: reader.checkpoint().clone(),
        rpc: format!("http://127.0.0.1:{}", memory.ports.node),
        gateway: format!("http://127.0.0.1:{}", memory.ports.gateway),
        development: true,
        trust: "made by `adyton up` on this machine; its root of trust is a file, not hardware".into(),
        clock_tolerance_seconds: 60,
    }
}

async fn await_committee(reader: &Reader<HttpSource>, supervisor: &Supervisor) -> Result<()> {
    until("the keyholder to publish its group", supervisor, || async {
        let facts = Facts::from(reader.read(&[storage::committee()]).await?.values);
        facts.committee()?.context("the keyholder has not published its group")?;
        Ok(())
    })
    .await
}

async fn await_worker(memory: &Memory, supervisor: &Supervisor) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?;
    let url = format!("http://127.0.0.1:{}/health", memory.ports.worker);
    until("the worker to be admitted", supervisor, || async {
        http.get(&url).send().await?.error_for_status()?;
        Ok(())
    })
    .await
}

fn unix_now() -> Result<u64> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Ok(now.context("this machine's clock is before 1970")?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_that_is_not_this_networks_is_not_used() {
        let ports = Ports { node: 9944, gateway: 1, worker: 2, keyholder: 3, prices: 4 };
        let memory = Memory { format: FORMAT, network: NetworkId([1; 32]), collateral_at: 0, ports, sample: None };
        require_own_chain(Some(NetworkId([1; 32])), &memory).unwrap();
        for other in [Some(NetworkId([2; 32])), None] {
            let error = require_own_chain(other, &memory).unwrap_err().to_string();
            assert!(error.contains("port 9944") && error.contains("start again"), "{error}");
        }
    }
}
