//! `adyton rewards`: who works for a reward, by which rules, and what it brings.

mod caps;
mod parameters;
mod show;
mod work;

use adyton_client::protocol::ids::WorkerId;
use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{connection::Connection, signing::Signing};

/// What can be done about rewards.
#[derive(Debug, Subcommand)]
pub enum RewardsCommand {
    /// Show what all workers earn; or of one: its stake, capacity and weight, what it earns and when it last answered.
    #[command(after_help = "Examples:\n  adyton rewards show\n  adyton rewards show 0x1f..c2")]
    Show {
        /// A worker's id, as `adyton worker list` shows it.
        worker: Option<WorkerId>,
    },
    /// Have a worker's machine measured in the next round: all workers on it do the work at the same time.
    #[command(after_help = "Example:\n  adyton rewards measure 0x1f..c2 --from main")]
    Measure(WorkerArgs),
    /// Start a worker: from now on it is challenged, and earns for its pool with each answer. Its pool's owner signs.
    #[command(after_help = "Example:\n  adyton rewards start 0x1f..c2 --from main")]
    Start(WorkerArgs),
    /// Stop a worker. What stands behind it cools down, and is free after that.
    #[command(after_help = "Example:\n  adyton rewards stop 0x1f..c2 --from main")]
    Stop(WorkerArgs),
    /// Weigh a worker by its present stake, capacity and tier. Anybody may.
    #[command(after_help = "Example:\n  adyton rewards refresh 0x1f..c2 --from main")]
    Refresh(WorkerArgs),
    /// Show the rules: what is issued and how it falls, weights, challenges, measurements.
    #[command(after_help = "Example:\n  adyton rewards parameters")]
    Parameters,
}

/// Which worker.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Its id, as `adyton worker list` shows it.
    worker: WorkerId,
    #[command(flatten)]
    signing: Signing,
}

/// Does it.
pub async fn run(command: RewardsCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        RewardsCommand::Show { worker: None } => show::network(connection).await,
        RewardsCommand::Show { worker: Some(worker) } => show::worker(&worker, connection).await,
        RewardsCommand::Measure(args) => work::measure(&args, connection).await,
        RewardsCommand::Start(args) => work::start(&args, connection).await,
        RewardsCommand::Stop(args) => work::stop(&args, connection).await,
        RewardsCommand::Refresh(args) => work::refresh(&args, connection).await,
        RewardsCommand::Parameters => parameters::run(connection).await,
    }
}
