//! `adyton gov`: what the network's votes decide. There is no other way to change what a network accepts.

mod admission;
mod caps;
mod describe;
pub mod economy;
mod fitting;
mod parameters;
mod proposal;
mod propose;
mod refund;
mod rules;
mod show;
mod tracks;
mod upgrade;
mod vote;

use anyhow::Result;
use clap::Subcommand;

use crate::connection::Connection;

/// What can be done about the network's decisions.
#[derive(Debug, Subcommand)]
pub enum GovCommand {
    /// List the tracks of decisions: what each decides, its deposit, how long it takes and what it needs.
    #[command(after_help = "Example:\n  adyton gov tracks")]
    Tracks,
    /// Show the parameters of stake, rewards, slashes, disputes, gas and validators, in the form in which others are
    /// proposed.
    #[command(after_help = "Example:\n  adyton gov parameters > parameters.json")]
    Parameters,
    /// List the newest referenda.
    #[command(after_help = "Examples:\n  adyton gov list\n  adyton gov list --all")]
    List(show::ListArgs),
    /// Show one: what it does, how its votes stand against what is needed now, and what happens when.
    #[command(after_help = "Example:\n  adyton gov show 7")]
    Show(show::ShowArgs),
    /// Propose something. Deposits are held of the proposer.
    #[command(
        subcommand,
        after_help = "Examples:\n  adyton gov propose freeze --from main\n  adyton gov propose set-policy policy.toml --kind amd-snp --from main\n\nWithout --track it is the one that takes the least and can do it. What is held, and for how long, is shown first, and\nasked about; --yes answers beforehand."
    )]
    Propose(proposal::What),
    /// Place the deposit without which a referendum is never decided. Anybody may.
    #[command(after_help = "Example:\n  adyton gov deposit 7 --from main")]
    Deposit(refund::DepositArgs),
    /// Vote, or vote otherwise than before.
    #[command(
        after_help = "Examples:\n  adyton gov vote 7 aye --amount 1000 --conviction 1 --from main\n  adyton gov vote 7 nay --amount 0.5 --from main"
    )]
    Vote(vote::VoteArgs),
    /// Take a vote back, and let go of what it locked as far as its time is over.
    #[command(after_help = "Example:\n  adyton gov unvote 7 --from main")]
    Unvote(vote::UnvoteArgs),
    /// Let go of what votes locked, as far as their time is over.
    #[command(after_help = "Example:\n  adyton gov unlock --from main")]
    Unlock(vote::UnlockArgs),
    /// Give the deposits of a referendum that is over back to those who placed them.
    #[command(
        after_help = "Examples:\n  adyton gov refund 7 --from main\n  adyton gov refund 7 --preimage 0x3f..a1 --from main"
    )]
    Refund(refund::RefundArgs),
    /// Bring new code of the chain that was decided on. Anybody may.
    #[command(
        after_help = "Example:\n  adyton gov apply-upgrade runtime.compact.compressed.wasm --from main\n\nThe file is the one that was proposed with `adyton gov propose upgrade`, to the last byte."
    )]
    ApplyUpgrade(upgrade::ApplyArgs),
    /// Pay out what the treasury was decided to spend. Anybody may.
    #[command(after_help = "Example:\n  adyton gov payout 0 --from main")]
    Payout(refund::PayoutArgs),
}

/// Does it.
pub async fn run(command: GovCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        GovCommand::Tracks => tracks::run(connection).await,
        GovCommand::Parameters => parameters::run(connection).await,
        GovCommand::List(args) => show::list(&args, connection).await,
        GovCommand::Show(args) => show::show(&args, connection).await,
        GovCommand::Propose(what) => propose::run(&what, connection).await,
        GovCommand::Deposit(args) => refund::deposit(&args, connection).await,
        GovCommand::Vote(args) => vote::vote(&args, connection).await,
        GovCommand::Unvote(args) => vote::unvote(&args, connection).await,
        GovCommand::Unlock(args) => vote::unlock(&args, connection).await,
        GovCommand::Refund(args) => refund::refund(&args, connection).await,
        GovCommand::ApplyUpgrade(args) => upgrade::apply(&args, connection).await,
        GovCommand::Payout(args) => refund::payout(&args, connection).await,
    }
}
