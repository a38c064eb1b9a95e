//! `adyton-keyholder`: reads its configuration and boots. The library beside it is the program.

use adyton_keyholder::boot;
use clap::Parser;
use std::{path::PathBuf, process::ExitCode};
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
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = filter)]
    log: String,
    /// Log as JSON, one object per line.
    #[arg(long)]
    log_json: bool,
    /// Print the profile of the configuration and end: what a chain accepts together with a measurement.
    #[arg(long)]
    print_profile: bool,
}

/// A filter that can be read; another one is bad use.
fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match boot::read(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("adyton-keyholder: {}: {error:#}", arguments.config.display());
            return ExitCode::from(2);
        }
    };
    if arguments.print_profile {
        println!("{}", config.measured.profile());
        return ExitCode::SUCCESS;
    }
    let logs = tracing_subscriber::fmt().with_env_filter(&arguments.log).with_writer(std::io::stderr);
    if arguments.log_json {
        logs.json().init()
    } else {
        logs.init()
    }
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("adyton-keyholder: a TLS provider was installed twice");
        return ExitCode::from(2);
    }
    match boot::run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("adyton-keyholder: {error:#}");
            ExitCode::FAILURE
        }
    }
}
