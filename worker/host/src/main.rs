//! `adyton-worker`: runs other people's programs inside a trusted execution environment.
//!
//! It stands between the gateway, which relays what it cannot read, and the chain, which says who may run
//! what. The main road is [`road`]; how a worker comes to answer at all is [`boot`] and [`lease`].
//!
//! What must always hold: plaintext and keys are in this process only; nothing is answered on a view of the
//! chain that is not proven and fresh, without a valid registration, or outside a lease; an answer leaves only
//! after its commit is durable and its receipt signed.

#![forbid(unsafe_code)]

mod anchors;
mod api;
mod boot;
mod chain;
mod challenges;
mod code;
mod code_cache;
mod config;
mod contract;
mod disputes;
mod error;
mod follow;
mod gas;
mod idle;
mod lease;
mod lifecycle;
mod looks;
mod messages;
mod reports;
mod road;
mod schedule;
mod sealed_code;
mod stop;
mod turns;
mod upkeep;
mod view;
mod watches;
mod worker;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::disputes::command::RerunArgs;

/// A call takes a tenth less of the processor than with the C library's allocator, and less memory.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Runs contracts inside a trusted execution environment.
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Example:\n  adyton-worker --config worker.toml"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The configuration file; `worker.default.toml` comments every field.
    #[arg(long, required = true)]
    config: Option<PathBuf>,
    /// What is logged, as in `info` or `adyton_worker=debug,warn`. Never a contract's data.
    #[arg(long, default_value = "info", value_parser = filter)]
    log: String,
    /// Print the profile of the configuration and end: what a chain accepts together with a measurement.
    #[arg(long)]
    print_profile: bool,
}

/// What needs no worker.
#[derive(Subcommand)]
enum Command {
    /// Run a disputable contract's call again on this machine, and compare what comes of it with its receipt: whether it is
    /// worth a bond to dispute it.
    Rerun(RerunArgs),
}

/// A filter that can be read; another one is bad use.
fn filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Threads for what blocks: one for the database of each call that runs, as many for what those wait for, and those
/// that tokio has without being told, for all else.
fn blocking_threads(calls: u32) -> usize {
    512 + 2 * calls as usize
}

fn main() -> std::process::ExitCode {
    // A worker compiles in processes of this same program.
    if adyton_engine::compile::is_child() {
        return adyton_engine::compile::run_child();
    }
    let arguments = Arguments::parse();
    if let Some(Command::Rerun(args)) = &arguments.command {
        return rerun(args);
    }
    let path = arguments.config.unwrap_or_default();
    let config = match boot::read(&path) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("adyton-worker: {}: {error:#}", path.display());
            return std::process::ExitCode::from(2);
        }
    };
    if arguments.print_profile {
        println!("{}", config.measured.profile());
        return std::process::ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt().with_env_filter(&arguments.log).with_writer(std::io::stderr).with_ansi(false).init();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("adyton-worker: a TLS provider was installed twice");
        return std::process::ExitCode::from(2);
    }
    // A call computes for up to half a millisecond at a time: the network is looked at more often than usual.
    let threads = blocking_threads(config.local.limits.calls);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = match builder.event_interval(8).max_blocking_threads(threads).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("adyton-worker: no runtime: {error}");
            return std::process::ExitCode::from(2);
        }
    };
    let ended = runtime.block_on(boot::run(config));
    // Without waiting for what still compiles on a thread of its own: the end has its time.
    runtime.shutdown_background();
    match ended {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("adyton-worker: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn rerun(args: &RerunArgs) -> std::process::ExitCode {
    rustls::crypto::ring::default_provider().install_default().ok();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(disputes::command::run(args)),
        Err(error) => {
            eprintln!("error: no runtime: {error}");
            std::process::ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_needs_its_configuration_and_who_runs_a_call_again_does_not() {
        let read = |line: &str| Arguments::try_parse_from(line.split_whitespace());
        assert!(read("adyton-worker --config worker.toml --log warn").is_ok_and(|read| read.command.is_none()));
        assert!(read("adyton-worker").is_err());
        let rerun = "adyton-worker rerun receipt.json --gateway http://g --node http://n";
        assert!(read(rerun).is_ok_and(|read| read.command.is_some()));
        assert!(read("adyton-worker rerun receipt.json --gateway http://g").is_err());
        assert!(
            read("adyton-worker --config worker.toml rerun receipt.json --gateway http://g --node http://n").is_err()
        );
    }

    #[test]
    fn there_are_threads_for_the_databases_of_all_calls_at_once_and_others() {
        assert_eq!(blocking_threads(1024), 2560);
    }
}
