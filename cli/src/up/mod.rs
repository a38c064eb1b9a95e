//! `adyton up`: the local network on this machine.
//!
//! The same programs and code paths as anywhere, with a development root of trust in the chain's genesis and
//! the keyholder's configuration instead of a vendor's. On a machine without a trusted execution environment
//! it proves nothing about hardware, and every output says so.

mod genesis;
mod layout;
mod network;
mod operator;
mod prices;
mod process;
pub mod renewal;
mod sample;
mod steps;

use std::{
    fs,
    path::PathBuf,
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{output::Output, places::Places};
use layout::Layout;
use network::Network;
use process::Supervisor;
pub use process::programs;
use steps::Steps;

/// What everybody is told.
const INSECURE: &str =
    "INSECURE local network: its root of trust is a file on this machine. It proves nothing about hardware.";

/// What `adyton up` is asked for.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton up\n  adyton up --data /tmp/network --once --json\n\nIt starts a chain node, a keyholder, a worker and a gateway, deploys the sample contract, makes one sealed call,\nverifies its receipt, and stays until Ctrl-C. It then shows addresses, accounts with funds, and what to try next.\nStarted again in the same folder, it goes on where it was. Its root of trust is a file in that folder: it proves\nnothing about hardware.\nThe exit code is 0 when it was stopped or --once is done, 1 when a program could not be kept running or the call was\nnot answered, 2 on bad use."
)]
pub struct UpArgs {
    /// The folder in which the network keeps its state; by default adyton/local in the user's data folder
    /// (~/.local/share), or data/local in ADYTON_HOME.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Start, deploy the sample contract, make one sealed call, verify its receipt, stop, and print how long
    /// each step took.
    #[arg(long)]
    pub once: bool,
    /// Only compile the chain's runtime for this user, so that the first start need not.
    #[arg(long, conflicts_with_all = ["once", "data"])]
    pub prepare: bool,
}

/// How a run ends by itself.
enum Ended {
    /// The one round of `--once` is done; the verified answer.
    Answered(String),
    /// A program could not be kept running.
    GaveUp,
}

/// Starts the network and stays until Ctrl-C, or does one round with `--once`.
pub async fn run(args: UpArgs, output: Output, places: &Places) -> Result<ExitCode> {
    if args.prepare {
        return prepare(output, places).await;
    }
    // Listened for before anything starts: a Ctrl-C during the start stops in order too.
    let mut stop = StopSignals::listen()?;
    let layout = Layout::at(args.data.clone().unwrap_or_else(|| places.data.join("local")))?;
    let _lock = layout::lock(&layout.path("lock"))?;
    output.warn(INSECURE);
    output.progress(format!("Starting the local network in {}", layout.root.display()));
    let mut steps = Steps::begin(output);
    let mut supervisor = Supervisor::default();
    let ended = tokio::select! {
        ended = work(args.once, layout, &mut supervisor, &mut steps, output, places) => Some(ended),
        () = stop.told() => None,
    };
    output.progress("Stopping the local network.");
    supervisor.stop().await;
    match ended {
        Some(Ok(Ended::Answered(answer))) => {
            steps.done("stop");
            output.result(
                &json!({ "steps": steps.taken(), "total_ms": steps.total(), "answer": answer, "warning": INSECURE }),
                || format!("{answer}\ntotal {} ms. {INSECURE}", steps.total()),
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Ok(Ended::GaveUp)) => Ok(ExitCode::FAILURE),
        Some(Err(error)) => Err(error),
        None if args.once => anyhow::bail!("stopped before the call was answered"),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Has the node compile its runtime into the folder in which every local network of this user looks for it.
async fn prepare(output: Output, places: &Places) -> Result<ExitCode> {
    let folder = places.runtimes();
    output.progress("Compiling the local chain's runtime; this takes seconds, and once for each build of it.");
    let node = programs()?.join("adyton-node");
    let mut command = tokio::process::Command::new(&node);
    command.args(["compile-runtime", "--wasm-cache"]).arg(&folder).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().await.with_context(|| format!("starting {}", node.display()))?;
    if !status.success() {
        output.warn("The runtime could not be compiled ahead; the network's first start will do it.");
        return Ok(ExitCode::FAILURE);
    }
    output.result(&json!({ "runtimes": folder }), || format!("compiled runtimes are in {}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Everything between start and stop.
async fn work(
    once: bool,
    layout: Layout,
    supervisor: &mut Supervisor,
    steps: &mut Steps,
    output: Output,
    places: &Places,
) -> Result<Ended> {
    let logs = layout.path("log").display().to_string();
    let mut network = network::start(layout, &places.runtimes(), supervisor, steps).await?;
    let answer = round(&mut network, steps)
        .await
        .with_context(|| format!("the local network did not answer; its logs: {logs}"))?;
    if once {
        return Ok(Ended::Answered(answer));
    }
    publish(&network, places)?;
    output.result(&description(&network, &answer), || welcome(&network, &answer, places))?;
    while !supervisor.failed() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(Ended::GaveUp)
}

/// Deploys the sample unless it is there, makes one sealed call, and verifies its receipt.
async fn round(network: &mut Network, steps: &mut Steps) -> Result<String> {
    let sample = sample::ensure(network).await.context("deploying the sample contract")?;
    steps.done("deploy");
    let answer = sample::call(network, &sample).await.context("calling the sample contract")?;
    steps.done("call");
    Ok(answer)
}

/// Lets every other command of this user find the network.
fn publish(network: &Network, places: &Places) -> Result<()> {
    let folder = places.networks();
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join("local.json");
    fs::write(&path, network.client.network().to_json()).with_context(|| format!("writing {}", path.display()))?;
    let used = places.network_in_use();
    if !used.exists() {
        fs::write(&used, "local\n").with_context(|| format!("writing {}", used.display()))?;
    }
    Ok(())
}

fn description(network: &Network, answer: &str) -> serde_json::Value {
    let ports = network.memory.ports;
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    json!({
        "network": network.memory.network,
        "name": genesis::NAME,
        "warning": INSECURE,
        "node": url(ports.node),
        "gateway": url(ports.gateway),
        "worker": url(ports.worker),
        "keyholder": url(ports.keyholder),
        "prices": url(ports.prices),
        "sample": network.memory.sample,
        "answer": answer,
        "data": network.layout.root,
    })
}

fn welcome(network: &Network, answer: &str, places: &Places) -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let path = places.off_path(&program).map_or_else(String::new, |folder| {
        format!("  export PATH={}:\"$PATH\"\n", quoted(&folder.display().to_string()))
    });
    let ports = network.memory.ports;
    let sample = network.memory.sample.map_or_else(String::new, |id| id.to_string());
    format!(
        "\nThe local network runs ({name}).

  node       http://127.0.0.1:{node}
  gateway    http://127.0.0.1:{gateway}
  worker     http://127.0.0.1:{worker}
  keyholder  http://127.0.0.1:{keyholder}
  prices     http://127.0.0.1:{prices}   (invented, for the sample contract)
  logs       {logs}

  funded accounts: //Alice //Bob //Charlie //Dave //Eve //Ferdie (everybody has their keys)
  sample contract: price-oracle {sample}
  its verified answer: {answer}

Try next:
{path}  adyton call {sample} GET /price
  adyton call {sample} POST /update --from //Alice --receipt receipt.json
  adyton verify receipt.json
  adyton new hello --lang rust && cd hello && adyton build && adyton deploy --from //Alice

{INSECURE}
Ctrl-C stops everything.",
        name = genesis::NAME,
        node = ports.node,
        gateway = ports.gateway,
        worker = ports.worker,
        keyholder = ports.keyholder,
        prices = ports.prices,
        logs = network.layout.path("log").display(),
    )
}

/// As a shell reads it, whatever is in it.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Ctrl-C and SIGTERM, from the moment it is made: the system's own way to handle them would leave the programs to
/// themselves.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self> {
        let interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
        let terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        Ok(Self { interrupt, terminate })
    }

    /// Ends at the first of them.
    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
