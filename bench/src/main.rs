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

use adyton_e2e::Network;
use anyhow::{Context, Result};
use table::Table;

fn main() -> Result<()> {
    let programs = std::env::var_os("ADYTON_BIN").map_or_else(|| "bin".into(), std::path::PathBuf::from);
    let programs = programs.canonicalize().context("the programs' folder; run make build first")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;

    let mut table = Table::default();
    eprintln!("adyton up --once ..");
    network::once(&programs, &mut table)?;
    eprintln!("adyton up, and calls ..");
    let folder = tempfile::tempdir()?;
    let local = Network::start(&programs, folder.path())?;
    let counter = network::deploy(&local, folder.path(), "examples/counter")?;
    let client = network::client(&folder.path().join("home"))?;
    let floor = floor::measure(&mut table)?;
    runtime.block_on(calls::measure(&client, &counter, floor, &mut table))?;
    table.memory("all processes, after the calls", memory::of_network(local.data())?);
    local.stop()?;
    table.print();
    Ok(())
}
