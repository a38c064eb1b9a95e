//! Our network beside its peers, one after the other on the same machine, under the same load.
//!
//! | subject | what it is |
//! |---|---|
//! | axum | a plain handler: the ceiling |
//! | `wasmtime serve` | the same engine without state, seal, metering and receipt, with a component that one of our rows has, too |
//! | workerd | JavaScript without attestation and receipt |
//! | ours | calls with receipt: public ones at the worker's port, in Rust, in JavaScript and as a component of `wasi:http/proxy`, and through the gateway; sealed ones |
//!
//! All of them answer the same constant and keep nothing, but for the row of sealed calls that write. With `--deployed`
//! a second table says what the first of our rows costs beside many contracts that nobody calls. Below the first stands
//! what the worker's processor could not do without for a sealed call.
//!
//! Each peer is a program of its own, whose CPU time the kernel counts. The generator is `wrk` (public) or this program
//! (sealed), on the same machine; it takes its share of the cores from whatever it measures, from all alike.

mod growth;
mod hello;
mod load;
mod ours;
mod plain;
pub mod process;
mod subject;
mod table;

use std::path::PathBuf;

use anyhow::{Result, bail};

pub use plain::serve;
use subject::Subject;

use crate::floor;
use table::Figures;

/// Where the peers' programs are, and how hard they are asked.
#[derive(clap::Args)]
pub struct Arguments {
    /// The load generator, wrk 4.1 or newer.
    #[arg(long, default_value = "wrk")]
    wrk: PathBuf,
    /// workerd's program; without it, that row is left out.
    #[arg(long)]
    workerd: Option<PathBuf>,
    /// wasmtime's program, of the engine's own version; without it, that row is left out.
    #[arg(long, requires = "wasi_component")]
    wasmtime: Option<PathBuf>,
    /// A component of wasi:http/proxy that answers 0, such as examples/wasi-proxy.
    #[arg(long)]
    wasi_component: Option<PathBuf>,
    /// Callers at the same time; each number is a table.
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    callers: Vec<u16>,
    /// Seconds for each row.
    #[arg(long, default_value_t = 5)]
    seconds: u16,
    /// Idle contracts beside the one that is called, ascending, as 1,100,1000; each number is a row of a table of its
    /// own. About two of them are deployed in a second; without any, there is no such table.
    #[arg(long, value_delimiter = ',')]
    deployed: Vec<usize>,
    /// The most seconds for deploying all of them.
    #[arg(long, default_value_t = 1200)]
    deploy_seconds: u32,
}

/// Measures all of them, and prints a table for each number of callers.
pub fn measure(arguments: &Arguments) -> Result<()> {
    load::require(&arguments.wrk)?;
    if arguments.callers.contains(&0) || arguments.seconds == 0 {
        bail!("--callers and --seconds are at least 1");
    }
    let folder = tempfile::tempdir()?;
    let mut subjects = vec![plain::start()?];
    if let (Some(wasmtime), Some(component)) = (&arguments.wasmtime, &arguments.wasi_component) {
        subjects.push(Subject::wasmtime(wasmtime, component)?);
    }
    if let Some(workerd) = &arguments.workerd {
        subjects.push(Subject::workerd(workerd, folder.path())?);
    }
    let ours = ours::Ours::start(folder.path())?;
    for callers in &arguments.callers {
        let mut rows: Vec<(String, Figures)> = Vec::new();
        for subject in &subjects {
            rows.push((subject.name.clone(), load::of(subject, arguments, *callers)?));
        }
        rows.extend(ours.rows(arguments, *callers)?);
        table::print(&format!("{callers} callers at the same time"), &rows);
    }
    let floor = floor::of_worker()?.as_secs_f64() * 1e6;
    println!(
        "\nfloor of the worker's CPU for a sealed call: {floor:.0} us (one X25519, one Ed25519 signature, the cipher)"
    );
    ours.beside_idle(arguments)?;
    ours.stop()
}
