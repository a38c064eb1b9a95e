//! `adyton dispute`: results that somebody says are wrong, and what jurors make of them.

mod open;
mod show;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{connection::Connection, signing::Signing};

/// What can be done about a result of a contract that is disputable.
#[derive(Debug, Subcommand)]
pub enum DisputeCommand {
    /// Dispute the result in a saved receipt, against a bond.
    #[command(
        after_help = "Examples:\n  adyton dispute open receipt.json --from main\n  adyton dispute open receipt.json --history https://mirror.example --from main\n\nDrawn workers run the call again. They get the history of the contract's state from the address that you name, from the\nworker, and from who holds the contract; nobody has to be believed, for it leads to the receipt's state or does not.\nWhat jurors will get, `adyton-worker rerun receipt.json` says before anything is paid."
    )]
    Open(OpenArgs),
    /// Show a dispute: what is claimed, who judges it, and how far it is.
    #[command(after_help = "Example:\n  adyton dispute show 7")]
    Show {
        /// Its number.
        dispute: u64,
    },
    /// List the disputes that are open.
    #[command(after_help = "Example:\n  adyton dispute list")]
    List,
    /// Show what a dispute costs and brings, and how long it takes.
    #[command(after_help = "Example:\n  adyton dispute parameters")]
    Parameters,
    /// Share what was issued for a wrong result among who disputed it and the jurors. Anybody may.
    #[command(after_help = "Example:\n  adyton dispute share 7 --from main")]
    Share(ShareArgs),
}

/// Which result.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// The bundle, as `adyton call --receipt` saved it.
    receipt: PathBuf,
    /// Where the history of the contract's state is, beside with its workers.
    #[arg(long, value_name = "URL")]
    history: Option<String>,
    /// The manifest under which the call ran, as JSON; without it, the contract's present one.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    signing: Signing,
}

/// Which dispute.
#[derive(Debug, Args)]
pub struct ShareArgs {
    /// Its number.
    dispute: u64,
    #[command(flatten)]
    signing: Signing,
}

/// Does it.
pub async fn run(command: DisputeCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        DisputeCommand::Open(args) => open::run(&args, connection).await,
        DisputeCommand::Show { dispute } => show::show(dispute, connection).await,
        DisputeCommand::List => show::list(connection).await,
        DisputeCommand::Parameters => show::parameters(connection).await,
        DisputeCommand::Share(args) => open::share(&args, connection).await,
    }
}
