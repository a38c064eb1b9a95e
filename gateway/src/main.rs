//! The gateway: finds the worker that holds a contract's lease and relays what it cannot read.
//!
//! It stands between callers and workers, anywhere, and is trusted with availability only. Calls pass through
//! it sealed; answers carry receipts that callers verify; components are known by their hash. What must always
//! hold: it has no keys and sees no plaintext of a sealed call; every body is bounded; nothing is stored under
//! another hash than its own.
//!
//! It refuses bodies over their bounds or too slow, more connections and calls at one time than configured, in all and
//! of one address, workers at addresses that are not public unless that is allowed, and bytes that are no component.
//! Components that the chain does not have are kept for a bounded time, in a bounded part of the room.
#![forbid(unsafe_code)]

mod address;
mod api;
mod boot;
mod chain;
mod config;
mod directory;
mod error;
#[cfg(test)]
mod fake_node;
mod figures;
mod metrics;
mod relay;
mod room;
mod store;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// Finds workers and relays sealed calls to them.
#[derive(Parser)]
#[command(name = "adyton-gateway", version, after_help = "Example:\n  adyton-gateway --config gateway.toml")]
struct Arguments {
    /// The configuration, TOML. Without it, the values of gateway.default.toml hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, or a list of targets, as in `adyton_gateway=debug,warn`.
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = filter)]
    log: String,
}

/// A filter that can be read; another one is bad use.
fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_env_filter(&arguments.log).with_writer(std::io::stderr).with_ansi(false).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            let bad_use = error.chain().any(|cause| cause.is::<config::BadConfig>());
            if bad_use { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = match arguments.config {
        Some(path) => Config::read(&path)?,
        None => Config::default(),
    };
    let gateway = boot::prepare(&config)?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    boot::serve(&config, gateway, stop).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_filter_that_cannot_be_read_is_bad_use() {
        let parse = |log: &str| Arguments::try_parse_from(["adyton-gateway", "--log", log]);
        assert_eq!(
            parse("adyton_gateway=debug,warn").map(|arguments| arguments.log).unwrap(),
            "adyton_gateway=debug,warn"
        );
        assert_eq!(parse("adyton_gateway=loudly").err().unwrap().exit_code(), 2);
    }
}
