//! What the local network costs on this machine, as a table.
//!
//! It starts the real programs from `bin/` (`ADYTON_BIN` names another folder) in a folder that it removes, and
//! measures what a user would see: the time to the first verified answer, the latency of a sealed call with the
//! client's work included, and the memory of all processes. `make bench` runs it. A figure beside its aim says
//! whether the aim is met; missing one is no failure, because the machine decides.

#![forbid(unsafe_code)]

mod calls;
mod floor;
mod memory;
mod network;
mod peers;
mod prices;
mod table;

use std::path::PathBuf;

use adyton_client::{Client, ContractId};
use adyton_e2e::Network;
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use table::Table;

/// Measures the local network on this machine, as a table.
#[derive(Parser)]
#[command(
    after_help = "Example:\n  adyton-bench calls --home ~/.adyton --counter 0x1f.. # a deployed examples/counter"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Calls alone, on a network that runs.
    Calls {
        /// Folder of the network's file (`ADYTON_HOME`).
        #[arg(long)]
        home: PathBuf,
        /// The contract's id there: a deployed examples/counter.
        #[arg(long)]
        counter: ContractId,
    },
    /// What host functions take of the worker's processor time, beside the fuel that they are charged.
    Prices {
        /// Only those whose names begin like this, as in `kv.` or `crypto.sign`; by default all.
        functions: Vec<String>,
    },
    /// Our network beside workerd, `wasmtime serve` and a plain handler.
    Peers(peers::Arguments),
    /// The plain handler, which `peers` starts.
    #[command(hide = true)]
    Plain {
        /// Where it listens, on the loopback interface.
        #[arg(long)]
        port: u16,
    },
}

fn main() -> Result<()> {
    let mut table = Table::default();
    match Arguments::parse().command {
        None => everything(&mut table)?,
        Some(Command::Calls { home, counter }) => calls(&network::client(&home)?, &counter, &mut table)?,
        Some(Command::Prices { functions }) => return prices::measure(&functions),
        Some(Command::Peers(arguments)) => return peers::measure(&arguments),
        Some(Command::Plain { port }) => return peers::serve(port),
    }
    table.print();
    Ok(())
}

/// The folder of the programs.
fn programs() -> Result<PathBuf> {
    let programs = std::env::var_os("ADYTON_BIN").map_or_else(|| "bin".into(), PathBuf::from);
    programs.canonicalize().context("the programs' folder; run make build first")
}

/// One thread for the client: with more, each answer wakes the thread that reads the socket, and that one the caller's.
fn calls(client: &Client, counter: &ContractId, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    let floor = floor::measure(table)?;
    runtime.block_on(calls::measure(client, counter, floor, table))
}

fn everything(table: &mut Table) -> Result<()> {
    let programs = programs()?;
    eprintln!("adyton up --once ..");
    network::once(&programs, table)?;
    eprintln!("adyton up, and calls ..");
    let folder = tempfile::tempdir()?;
    let local = Network::start(&programs, folder.path())?;
    let counter = network::deploy(&local, folder.path(), "examples/counter")?;
    let client = network::client(&folder.path().join("home"))?;
    calls(&client, &counter, table)?;
    let streams = prices::deploy(&local, folder.path(), prices::answers()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    runtime.block_on(calls::streamed(&client, &streams, table))?;
    table.memory("all processes, after the calls", memory::of_network(local.data())?);
    local.stop()
}
