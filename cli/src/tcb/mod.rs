//! `adyton tcb`: the security levels of platforms (TCB), and what vendors say about them on the chain.

mod bars;
mod chain;
mod collaterals;
mod endorsements;
mod evidence;
mod levels;
mod network;
mod outlook;
mod platforms;
mod submission;
mod submit;
mod watch;
mod workers;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::connection::Connection;

pub use self::{chain::KindPolicy, submission::Submission, submit::SubmitArgs, watch::WatchArgs};

/// The seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// What can be done with platforms' security levels (TCB).
#[derive(Debug, Subcommand)]
pub enum TcbCommand {
    /// Say which machines the policy will refuse when the vendor's next collateral applies, and what raises them.
    Watch(WatchArgs),
    /// Bring Intel's collateral and AMD's revocation lists to the network's chain, which judges evidence by them.
    Submit(SubmitArgs),
}

/// Does it.
pub async fn run(command: TcbCommand, connection: &Connection<'_>) -> Result<ExitCode> {
    match command {
        TcbCommand::Watch(args) => watch::run(args, connection).await,
        TcbCommand::Submit(args) => submit::run(args, connection).await,
    }
}
