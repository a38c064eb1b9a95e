//! `adyton slash`: what workers did that costs stake, who reports it, and when it is applied.

pub mod evidence;
mod extraction;
mod report;
mod show;

use adyton_client::protocol::ids::WorkerId;
use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{connection::Connection, signing::Signing};

/// What can be done about slashes. Only the network's votes cancel one: `adyton gov propose cancel-slash`.
#[derive(Debug, Subcommand)]
pub enum SlashCommand {
    /// List the offences that were reported and are neither applied nor cancelled.
    #[command(after_help = "Example:\n  adyton slash list")]
    List,
    /// Show one: what it costs whom, and when.
    #[command(after_help = "Example:\n  adyton slash show 7")]
    Show {
        /// Its number.
        offence: u64,
    },
    /// Show what each offence costs, the times of reports and appeals, and what a reporter gets.
    #[command(after_help = "Example:\n  adyton slash parameters")]
    Parameters,
    /// Report the last recorded absence of a worker, as much of it as was not reported yet.
    #[command(after_help = "Example:\n  adyton slash report-absence 0x1f..c2 --from main")]
    ReportAbsence(WorkerArgs),
    /// Report a receipt that acts on a block after the end of its worker's verdict.
    #[command(after_help = "Example:\n  adyton slash report-expired receipt.json --from main")]
    ReportExpired(report::BundleArgs),
    /// Note that a worker's evidence does not hold, though its verdict has not ended. What it signs from then on can be
    /// reported.
    #[command(after_help = "Example:\n  adyton slash note-revoked 0x1f..c2 --from main")]
    NoteRevoked(WorkerArgs),
    /// Report a receipt that acts on a block after such a note.
    #[command(after_help = "Example:\n  adyton slash report-revoked receipt.json --from main")]
    ReportRevoked(report::BundleArgs),
    /// Report two receipts of a contract that no one history of its state has.
    #[command(after_help = "Example:\n  adyton slash report-histories one.json other.json --from main")]
    ReportHistories(report::TwoArgs),
    /// Report a receipt that is beyond the head at which the contract's state was opened after it.
    #[command(after_help = "Example:\n  adyton slash report-rollback receipt.json --from main")]
    ReportRollback(report::BundleArgs),
    /// Show that a worker's key has left its machine, first half: commit to its signature, so that nobody copies it.
    #[command(
        after_help = "Examples:\n  adyton slash commit --output proof.json --from main\n  adyton slash commit --output proof.json --yes --from main < worker.key\n\nThe worker's secret Ed25519 key is typed or comes on standard input, as 64 hexadecimal digits. What it signs here names\nyour account, and is of no use to others. It is kept in --output, which `reveal` reads."
    )]
    Commit(extraction::CommitArgs),
    /// The second half, some blocks later: show the signature.
    #[command(after_help = "Example:\n  adyton slash reveal proof.json --from main")]
    Reveal(extraction::RevealArgs),
    /// Take a commitment back, with its deposit.
    #[command(after_help = "Example:\n  adyton slash withdraw --from main")]
    Withdraw(extraction::WithdrawArgs),
    /// Apply an offence whose time has come. Every block does the same for some; anybody may.
    #[command(after_help = "Example:\n  adyton slash apply 7 --from main")]
    Apply(report::ApplyArgs),
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
pub async fn run(command: SlashCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        SlashCommand::List => show::list(connection).await,
        SlashCommand::Show { offence } => show::show(offence, connection).await,
        SlashCommand::Parameters => show::parameters(connection).await,
        SlashCommand::ReportAbsence(args) => report::absence(&args, connection).await,
        SlashCommand::ReportExpired(args) => report::expired(&args, connection).await,
        SlashCommand::NoteRevoked(args) => report::note(&args, connection).await,
        SlashCommand::ReportRevoked(args) => report::revoked(&args, connection).await,
        SlashCommand::ReportHistories(args) => report::histories(&args, connection).await,
        SlashCommand::ReportRollback(args) => report::rollback(&args, connection).await,
        SlashCommand::Commit(args) => extraction::commit(&args, connection).await,
        SlashCommand::Reveal(args) => extraction::reveal(&args, connection).await,
        SlashCommand::Withdraw(args) => extraction::withdraw(&args, connection).await,
        SlashCommand::Apply(args) => report::apply(&args, connection).await,
    }
}
