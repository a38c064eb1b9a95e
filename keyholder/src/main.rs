//! `adyton-keyholder`: reads its configuration and boots. The library beside it is the program.

use adyton_keyholder::boot;
use anyhow::Context;
use clap::Parser;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// Holds one share of a network's master secret and releases contract keys to proven workers.
///
/// Example: adyton-keyholder --config /etc/adyton/keyholder.toml
#[derive(Parser)]
#[command(name = "adyton-keyholder", version)]
struct Arguments {
    /// The configuration file (TOML). keyholder.default.toml comments every field.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// What is logged: error, warn, info, debug, or a list of targets.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// Log as JSON, one object per line.
    #[arg(long)]
    log_json: bool,
    /// Print the profile of the configuration and end: what a chain accepts together with a measurement.
    #[arg(long)]
    print_profile: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.print_profile {
        let config = boot::read(&arguments.config);
        let config = config.with_context(|| format!("reading {}", arguments.config.display()))?;
        println!("{}", config.measured.profile());
        return Ok(());
    }
    let filter = EnvFilter::try_new(&arguments.log).context("--log is not a filter")?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if arguments.log_json {
        logs.json().init()
    } else {
        logs.init()
    }
    rustls::crypto::ring::default_provider().install_default().ok().context("another TLS provider is installed")?;
    boot::run(&arguments.config).await
}
