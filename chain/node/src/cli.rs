// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! The command line.

use std::path::PathBuf;

use polkadot_sdk::*;

/// The node of Adyton's chain.
#[derive(Debug, clap::Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[command(flatten)]
    pub run: Run,
}

/// Runs a node.
#[derive(Debug, Clone, clap::Parser)]
pub struct Run {
    #[command(flatten)]
    pub base: sc_cli::RunCmd,

    /// Run the local network of this machine: loopback only, every state kept, blocks signed by //Alice.
    #[arg(long)]
    pub local: bool,

    /// Keep the compiled runtime in this folder between starts; by default, in the data folder. Compiling it takes
    /// seconds.
    #[arg(long, value_name = "DIR")]
    pub wasm_cache: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Write a chain specification from a preset and a JSON patch.
    BuildSpec(BuildSpec),

    /// Compile the runtime that chains of this node begin with, or that a chain is to have next, so that no block waits
    /// for it.
    CompileRuntime(CompileRuntime),

    /// Make, insert and inspect keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Remove a chain's data.
    PurgeChain(sc_cli::PurgeChainCmd),
}

/// Writes a chain specification to standard output.
///
/// Example: adyton-node build-spec --preset local --patch network.json --raw > chain.json
#[derive(Debug, Clone, clap::Args)]
pub struct BuildSpec {
    /// The preset to begin with.
    #[arg(long, default_value = adyton_runtime::genesis::LOCAL)]
    pub preset: String,

    /// A JSON file that is merged over the preset's genesis (RFC 7386).
    #[arg(long, value_name = "FILE")]
    pub patch: Option<PathBuf>,

    /// The chain's name for people; the network's identity is in the genesis.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// The chain's id: names its data folder.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,

    /// Write storage entries instead of the genesis configuration: what nodes of other versions can read, too.
    #[arg(long)]
    pub raw: bool,

    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Compiles a runtime as a node does when it first needs it, keeps the result, and writes what the runtime says of itself:
/// name, versions, and the hash that is decided about.
///
/// Examples: adyton-node compile-runtime --wasm-cache ~/.cache/adyton/runtimes
///           adyton-node compile-runtime --code next.compact.compressed.wasm --wasm-cache DATA/wasm-cache
#[derive(Debug, Clone, clap::Args)]
pub struct CompileRuntime {
    /// The folder that nodes are given by the same name.
    #[arg(long, value_name = "DIR")]
    pub wasm_cache: PathBuf,

    /// A runtime's file, compressed or not, instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub code: Option<PathBuf>,
}
