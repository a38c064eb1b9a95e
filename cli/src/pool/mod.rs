//! `adyton pool`: stake pools. What a pool has is put behind its owner's workers, earns with them, and is slashed for them.

mod create;
mod found;
mod member;
mod owner;
mod show;

pub use create::{CreateArgs, create};
#[cfg(test)]
pub use found::tests as tests_found;
pub use found::{Found, frozen_below, read};
pub use member::{JoinArgs, LeaveArgs, enterable, join, leave};
pub use show::{ListArgs, ShowArgs, list, show};

use adyton_client::chain::governance::Share;
use anyhow::Result;
use clap::Subcommand;

use crate::{connection::Connection, output::misuse};

/// What can be done with stake pools.
#[derive(Debug, Subcommand)]
pub enum PoolCommand {
    /// List the pools: who owns them, what they take, what they have.
    #[command(after_help = "Examples:\n  adyton pool list\n  adyton pool list --all")]
    List(ListArgs),
    /// Show one: what is in it, what of it is bound, leaves or is frozen, and what stands behind which worker.
    #[command(after_help = "Example:\n  adyton pool show 3")]
    Show(ShowArgs),
    /// Create a pool, against a deposit that is held until it is closed.
    #[command(
        after_help = "Example:\n  adyton pool create --commission 5 --maximum 10 --description 'Eight machines in Oslo' --from main"
    )]
    Create(CreateArgs),
    /// Close a pool in which nothing is left, and get its deposit back.
    #[command(
        after_help = "Example:\n  adyton pool close 3 --from main\n\nWhom it allows to join is disallowed first."
    )]
    Close(owner::PoolArgs),
    /// Join a pool with an amount, which stays in the account, earns, and is slashed with the pool.
    #[command(after_help = "Example:\n  adyton pool join 3 250 --from main")]
    Join(JoinArgs),
    /// Leave a pool with an amount, or with everything. It is paid out by itself after the unbonding time.
    #[command(after_help = "Examples:\n  adyton pool leave 3 100 --from main\n  adyton pool leave 3 --all --from main")]
    Leave(LeaveArgs),
    /// Put more of a pool's stake behind a worker of its owner's.
    #[command(after_help = "Example:\n  adyton pool assign 3 0x1f..c2 5000 --from main")]
    Assign(owner::AssignArgs),
    /// Free the stake of a worker that was never started.
    #[command(after_help = "Example:\n  adyton pool unassign 0x1f..c2 --from main")]
    Unassign(owner::UnassignArgs),
    /// Change what the owner takes of rewards: less at once, more after the notice.
    #[command(after_help = "Example:\n  adyton pool set-commission 3 7.5 --from main")]
    SetCommission(owner::CommissionArgs),
    /// Set how much stake may earn in a pool.
    #[command(
        after_help = "Examples:\n  adyton pool set-cap 3 1000000 --from main\n  adyton pool set-cap 3 --none --from main"
    )]
    SetCap(owner::CapArgs),
    /// Let only those join whom the owner allows; or everybody again.
    #[command(
        after_help = "Examples:\n  adyton pool restrict 3 --from main\n  adyton pool restrict 3 --undo --from main"
    )]
    Restrict(owner::RestrictArgs),
    /// Let an account join a restricted pool.
    #[command(after_help = "Example:\n  adyton pool allow 3 45hP...rj --from main")]
    Allow(owner::AllowArgs),
    /// Let it join no longer. What it has in the pool stays.
    #[command(after_help = "Example:\n  adyton pool disallow 3 45hP...rj --from main")]
    Disallow(owner::AllowArgs),
    /// Set what a pool says about itself.
    #[command(after_help = "Example:\n  adyton pool describe 3 'Eight machines in Oslo' --from main")]
    Describe(owner::DescribeArgs),
    /// Pay who waits in a pool first, or stop one of its workers if they have waited too long. Anybody may.
    #[command(after_help = "Example:\n  adyton pool serve 3 --from main")]
    Serve(owner::PoolArgs),
}

/// Does it.
pub async fn run(command: PoolCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        PoolCommand::List(args) => list(&args, false, connection).await,
        PoolCommand::Show(args) => show(&args, connection).await,
        PoolCommand::Create(args) => create(&args, false, connection).await,
        PoolCommand::Close(args) => owner::close(&args, connection).await,
        PoolCommand::Join(args) => join(&args, connection).await,
        PoolCommand::Leave(args) => leave(&args, connection).await,
        PoolCommand::Assign(args) => owner::assign(&args, connection).await,
        PoolCommand::Unassign(args) => owner::unassign(&args, connection).await,
        PoolCommand::SetCommission(args) => owner::set_commission(&args, connection).await,
        PoolCommand::SetCap(args) => owner::set_cap(&args, connection).await,
        PoolCommand::Restrict(args) => owner::restrict(&args, connection).await,
        PoolCommand::Allow(args) => owner::allow(&args, true, connection).await,
        PoolCommand::Disallow(args) => owner::allow(&args, false, connection).await,
        PoolCommand::Describe(args) => owner::describe(&args, connection).await,
        PoolCommand::Serve(args) => owner::serve(&args, connection).await,
    }
}

/// A share as people write it: percent, with up to 7 digits behind the point, at most 100.
pub fn parse_percent(text: &str) -> Option<Share> {
    const DIGITS: usize = 7;
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > DIGITS {
        return None;
    }
    let part: u32 = format!("{part:0<DIGITS$}").parse().ok()?;
    let share = whole.parse::<u32>().ok()?.checked_mul(10_000_000)?.checked_add(part)?;
    (share <= 1_000_000_000).then_some(Share(share))
}

/// [`parse_percent`], or why not.
pub fn percent(text: &str) -> Result<Share> {
    parse_percent(text).ok_or_else(|| misuse(format!("'{text}' is no percentage, such as 5 or 7.5")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact_and_at_most_a_hundred() {
        for (text, share) in
            [("0", 0), ("5", 50_000_000), ("7.5", 75_000_000), ("0.0000001", 1), ("100", 1_000_000_000)]
        {
            assert_eq!(parse_percent(text), Some(Share(share)), "{text}");
        }
        for text in ["", "100.0000001", "101", "-1", "5%", "1e1", "0.00000001", ".5", "5.", "99999999999"] {
            assert_eq!(parse_percent(text), None, "{text}");
        }
    }
}
