// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! What each subcommand does.

use std::io::Write;

use polkadot_sdk::*;
use sc_cli::SubstrateCli;
use serde_json::json;

use crate::{
    chain_spec,
    cli::{BuildSpec, Cli, CompileRuntime, Subcommand},
    local, service,
};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "adyton-node".into()
    }

    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn description() -> String {
        "The node of Adyton's chain".into()
    }

    fn author() -> String {
        "The Adyton authors".into()
    }

    fn support_url() -> String {
        "see README.md".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        match id {
            "" | "dev" | adyton_runtime::genesis::LOCAL => Ok(Box::new(chain_spec::local()?)),
            path => Ok(Box::new(chain_spec::ChainSpec::from_json_file(path.into())?)),
        }
    }
}

/// Parses the command line and does what it says.
pub fn run() -> sc_cli::Result<()> {
    let mut cli = Cli::from_args();
    match &cli.subcommand {
        Some(Subcommand::BuildSpec(arguments)) => build_spec(arguments),
        Some(Subcommand::CompileRuntime(arguments)) => compile_runtime(arguments),
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::PurgeChain(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| command.run(config.database))
        }
        None => {
            if cli.run.local {
                local::apply(&mut cli.run.base);
            }
            let runner = cli.create_runner(&cli.run.base)?;
            let wasm_cache = cli.run.wasm_cache.clone();
            runner.run_node_until_exit(|config| async move {
                let wasm_cache = wasm_cache.unwrap_or_else(|| config.data_path.join("wasm-cache"));
                service::start(config, &wasm_cache).map_err(sc_cli::Error::Service)
            })
        }
    }
}

fn compile_runtime(arguments: &CompileRuntime) -> sc_cli::Result<()> {
    let code = match &arguments.code {
        Some(path) => std::fs::read(path)?,
        None => service::built_in()?.to_vec(),
    };
    let version = service::compile_runtime(&code, &arguments.wasm_cache)?;
    let hash = sp_core::bytes::to_hex(&sp_crypto_hashing::blake2_256(&code), false);
    let said = json!({
        "name": version.spec_name,
        "specification": version.spec_version,
        "transaction": version.transaction_version,
        "hash": hash,
    });
    Ok(writeln!(std::io::stdout(), "{said}")?)
}

fn build_spec(arguments: &BuildSpec) -> sc_cli::Result<()> {
    let patch = arguments.patch.as_deref().map(chain_spec::read_patch).transpose()?;
    let genesis = chain_spec::genesis(&arguments.preset, patch)?;
    let spec = chain_spec::from_genesis(genesis.clone(), arguments.name.as_deref(), arguments.id.as_deref())?;
    let json = if arguments.raw { chain_spec::raw(&spec, genesis)? } else { spec.as_json(false)? };
    match &arguments.output {
        Some(path) => std::fs::write(path, json)?,
        None => std::io::stdout().write_all(json.as_bytes())?,
    }
    Ok(())
}
