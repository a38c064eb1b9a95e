//! `make weights`: runs the benchmarks of a runtime that was built with them, and writes each pallet's `weights.rs`.
//!
//! A benchmark is run in the runtime's WebAssembly by polkadot-sdk's own executor, on polkadot-sdk's own state for
//! benchmarks, and analysed by its own regression: `frame-omni-bencher` does the same, but takes as long to compile as
//! the node, most of it for what is not needed here (networking, RocksDB).
mod runner;
mod writer;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;

use runner::Runner;

/// What our pallets' crates are called, before the pallet's name.
const OURS: &str = "adyton_pallet_";

/// Runs the benchmarks of a runtime, and writes the weights of our pallets.
#[derive(Parser)]
struct Arguments {
    /// The runtime's WebAssembly, built with the feature `runtime-benchmarks`.
    runtime: PathBuf,
    /// The folder of the pallets, each with a folder of its name.
    pallets: PathBuf,
    /// Only this pallet.
    #[arg(long)]
    pallet: Option<String>,
    /// How many values of each component are measured.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..))]
    steps: u32,
    /// How often each is.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let code = fs::read(&arguments.runtime).with_context(|| arguments.runtime.display().to_string())?;
    let runner = Runner::new(code)?;
    let (list, storage) = runner.benchmarks()?;
    let mut failed = Vec::new();
    for pallet in list {
        let crate_name = String::from_utf8(pallet.pallet.clone())?;
        let Some(name) = crate_name.strip_prefix(OURS) else { continue };
        if arguments.pallet.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let mut measured = Vec::new();
        for benchmark in &pallet.benchmarks {
            let called = String::from_utf8_lossy(&benchmark.name).into_owned();
            eprintln!("{name}: {called}");
            match runner.measure(&pallet, benchmark, arguments.steps, arguments.repeat) {
                Ok(results) => measured.push(writer::Function::of(benchmark, &results, &storage)?),
                Err(error) => failed.push(format!("{name}::{called}: {error:#}")),
            }
        }
        if measured.len() == pallet.benchmarks.len() {
            let file = arguments.pallets.join(name).join("src/weights.rs");
            let header = writer::Header { pallet: &crate_name, steps: arguments.steps, repeat: arguments.repeat };
            fs::write(&file, header.write(&measured)).with_context(|| file.display().to_string())?;
        }
    }
    ensure!(failed.is_empty(), "failed, and the weights of their pallets stay as they are:\n{}", failed.join("\n"));
    Ok(())
}
