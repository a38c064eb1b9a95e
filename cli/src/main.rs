//! The command line: a contract's life from its first line to a verified answer, accounts, networks, workers,
//! and the local network.
//!
//! It stands on the person's machine and believes nothing that the client did not prove. What must always
//! hold: a secret is never taken from the command line, printed or stored in plain; an answer is shown only
//! when its receipt holds; a development network is called one in every output. It exits with 0 on success, 1
//! when a check says no or something did not come about, and 2 on bad use or an unreadable file.
#![forbid(unsafe_code)]

mod account;
mod args;
mod attest;
mod blocks;
mod build;
mod call;
mod connection;
mod contract;
mod deploy;
mod dev;
mod dispute;
mod gas;
mod gov;
mod image;
mod keyholder;
mod keystore;
mod logs;
mod message;
mod multisig;
mod network;
mod new;
mod output;
mod places;
mod pool;
mod project;
mod receipt;
mod registration;
mod rewards;
mod schedule;
mod sealed;
mod secret;
mod sending;
mod signing;
mod slash;
mod stake;
mod tcb;
mod test;
mod up;
mod validator;
mod vault;
mod verify;
mod whole_file;
mod worker;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;

use crate::{
    args::{Arguments, Command},
    connection::Connection,
    output::Output,
    places::Places,
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    // The only place that reads the environment.
    let places = Places::of(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from));
    match run(arguments, output, places) {
        Ok(code) => code,
        Err(error) => output.failure(&error),
    }
}

fn run(arguments: Arguments, output: Output, places: Option<Places>) -> Result<ExitCode> {
    let places = places.ok_or_else(|| {
        output::misuse("neither HOME nor ADYTON_HOME is set: there is no place for networks and accounts")
    })?;
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    runtime.block_on(command(arguments, output, &places))
}

async fn command(arguments: Arguments, output: Output, places: &Places) -> Result<ExitCode> {
    let connection = Connection::new(places, arguments.network.as_deref(), output);
    match arguments.command {
        Command::Up(args) => return up::run(args, output, places).await,
        Command::Verify(args) => return verify::run(&args, &connection),
        Command::Worker(command) => return worker::run(command, &connection).await,
        Command::Keyholder(command) => return keyholder::run(command, &connection).await,
        Command::Tcb(command) => return tcb::run(command, &connection).await,
        Command::Attest(command) => return attest::run(command, output, places).await,
        Command::Test(args) => return test::run(&args, output, places),
        Command::New(args) => new::run(&args, output)?,
        Command::Build(args) => build::run(&args, output, places)?,
        Command::Dev(args) => dev::run(&args, &connection).await?,
        Command::Deploy(args) => deploy::run(&args, &connection).await?,
        Command::Call(args) => call::run(&args, &connection).await?,
        Command::Logs(args) => logs::run(&args, &connection).await?,
        Command::Schedule(args) => schedule::run(&args, &connection).await?,
        Command::Message(command) => message::run(command, &connection).await?,
        Command::Secret(command) => secret::run(command, &connection).await?,
        Command::Receipt(command) => receipt::run(&command, &connection).await?,
        Command::Account(command) => account::run(command, &connection).await?,
        Command::Network(command) => network::run(command, &connection).await?,
        Command::Contract(command) => contract::run(command, &connection).await?,
        Command::Multisig(command) => multisig::run(command, &connection).await?,
        Command::Gas(command) => gas::run(command, &connection).await?,
        Command::Pool(command) => pool::run(command, &connection).await?,
        Command::Vault(command) => vault::run(command, &connection).await?,
        Command::Stake(command) => stake::run(command, &connection).await?,
        Command::Rewards(command) => rewards::run(command, &connection).await?,
        Command::Slash(command) => slash::run(command, &connection).await?,
        Command::Dispute(command) => dispute::run(command, &connection).await?,
        Command::Validator(command) => validator::run(command, &connection).await?,
        Command::Gov(command) => gov::run(command, &connection).await?,
        Command::Image(command) => image::run(&command, output)?,
    }
    Ok(ExitCode::SUCCESS)
}
