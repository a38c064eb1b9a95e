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
mod table;

use std::path::PathBuf;

use adyton_client::{Client, ContractId};
use adyton_e2e::Network;
use anyhow::{Context, Result};
use clap::Parser;
use table::Table;

/// Measures the local network: everything on one of its own, or the calls alone on one that runs.
#[derive(Parser)]
#[command(after_help = "Example:\n  adyton-bench --home ~/.adyton --counter 0x1f.. # a deployed examples/counter")]
struct Arguments {
    /// Folder of a running network's file (`ADYTON_HOME`): only calls are measured, there.
    #[arg(long, requires = "counter")]
    home: Option<PathBuf>,
    /// The contract's id there: a deployed examples/counter.
    #[arg(long, requires = "home")]
    counter: Option<ContractId>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut table = Table::default();
    match (arguments.home, arguments.counter) {
        (Some(home), Some(counter)) => calls(&network::client(&home)?, &counter, &mut table)?,
        _ => everything(&mut table)?,
    }
    table.print();
    Ok(())
}

/// One thread for the client: with more, each answer wakes the thread that reads the socket, and that one the caller's.
fn calls(client: &Client, counter: &ContractId, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    let floor = floor::measure(table)?;
    runtime.block_on(calls::measure(client, counter, floor, table))
}

fn everything(table: &mut Table) -> Result<()> {
    let programs = std::env::var_os("ADYTON_BIN").map_or_else(|| "bin".into(), std::path::PathBuf::from);
    let programs = programs.canonicalize().context("the programs' folder; run make build first")?;
    eprintln!("adyton up --once ..");
    network::once(&programs, table)?;
    eprintln!("adyton up, and calls ..");
    let folder = tempfile::tempdir()?;
    let local = Network::start(&programs, folder.path())?;
    let counter = network::deploy(&local, folder.path(), "examples/counter")?;
    calls(&network::client(&folder.path().join("home"))?, &counter, table)?;
    table.memory("all processes, after the calls", memory::of_network(local.data())?);
    local.stop()
}
