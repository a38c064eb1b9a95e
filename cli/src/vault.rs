//! `adyton vault`: a vault is a member of several pools, and has members of its own. Its numbers are those of pools.

use adyton_client::chain::{
    economy::{self, PoolId, Target},
    extrinsic::calls::{Call, Pools},
};
use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    connection::Connection,
    output::misuse,
    pool::{self, CreateArgs, JoinArgs, LeaveArgs, ListArgs, ShowArgs},
    sending::{Intent, Sender},
    signing::Signing,
};

/// The most pools that a vault is in.
const MAX_TARGETS: usize = 16;

/// What can be done with vaults. What is not here is under `adyton pool`, with the vault's number.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// List the vaults.
    #[command(after_help = "Example:\n  adyton vault list")]
    List(ListArgs),
    /// Show one: what is in it, and in which pools it is.
    #[command(after_help = "Example:\n  adyton vault show 4")]
    Show(ShowArgs),
    /// Create a vault. Its owner takes the commission of its gain: of what it earns beyond what it has lost.
    #[command(
        after_help = "Example:\n  adyton vault create --commission 10 --maximum 20 --description 'Pools of five operators' --from main"
    )]
    Create(CreateArgs),
    /// Join a vault with an amount, which stays in the account.
    #[command(after_help = "Example:\n  adyton vault join 4 250 --from main")]
    Join(JoinArgs),
    /// Leave a vault. It leaves its pools with as much, so that this takes their unbonding time too.
    #[command(
        after_help = "Examples:\n  adyton vault leave 4 100 --from main\n  adyton vault leave 4 --all --from main"
    )]
    Leave(LeaveArgs),
    /// Set the pools that a vault is in, each with its weight. What is more than that in a pool leaves it.
    #[command(
        after_help = "Example:\n  adyton vault split 4 1:60 2:40 --from main\n\nA pool of weight 0, or that is not named, is left with everything."
    )]
    Split(SplitArgs),
    /// Have a vault leave its pools with what its members wait for, and join them with what is free. Anybody may.
    #[command(after_help = "Example:\n  adyton vault spread 4 --from main")]
    Spread(SpreadArgs),
}

/// Where its stake goes.
#[derive(Debug, Args)]
pub struct SplitArgs {
    /// The vault's number.
    vault: PoolId,
    /// Pools and weights, as POOL:WEIGHT; at most 16.
    #[arg(required = true, value_name = "POOL:WEIGHT", value_parser = target)]
    targets: Vec<Target>,
    #[command(flatten)]
    signing: Signing,
}

/// Which vault.
#[derive(Debug, Args)]
pub struct SpreadArgs {
    /// The vault's number.
    vault: PoolId,
    #[command(flatten)]
    signing: Signing,
}

/// Does it.
pub async fn run(command: VaultCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        VaultCommand::List(args) => pool::list(&args, true, connection).await,
        VaultCommand::Show(args) => pool::show(&args, connection).await,
        VaultCommand::Create(args) => pool::create(&args, true, connection).await,
        VaultCommand::Join(args) => pool::join(&args, connection).await,
        VaultCommand::Leave(args) => pool::leave(&args, connection).await,
        VaultCommand::Split(args) => split(&args, connection).await,
        VaultCommand::Spread(args) => spread(&args, connection).await,
    }
}

fn target(text: &str) -> Result<Target, String> {
    let read = || {
        let (pool, weight) = text.split_once(':')?;
        Some(Target { pool: pool.parse().ok()?, weight: weight.parse().ok()? })
    };
    read().ok_or_else(|| "it is a pool's number and a weight, as 3:50".into())
}

/// In their order, each once.
fn in_order(targets: &[Target]) -> Result<Vec<Target>> {
    let mut sorted = targets.to_vec();
    sorted.sort_by_key(|target| target.pool);
    if sorted.len() > MAX_TARGETS {
        return Err(misuse(format!("a vault is in at most {MAX_TARGETS} pools")));
    }
    if sorted.windows(2).any(|pair| pair[0].pool == pair[1].pool) {
        return Err(misuse("a pool is named twice"));
    }
    if sorted.iter().all(|target| target.weight == 0) {
        return Err(misuse("one pool at least has a weight"));
    }
    Ok(sorted)
}

async fn split(args: &SplitArgs, connection: &Connection<'_>) -> Result<()> {
    let targets = in_order(&args.targets)?;
    let sender = Sender::new(&args.signing, connection)?;
    let found = pool::read(&sender.client, args.vault, &sender.id()).await?;
    found.owned_by(&sender.id())?;
    ensure!(found.pool.is_vault(), "{} runs workers, and is no vault", found.name());
    let keys: Vec<Vec<u8>> = targets.iter().map(|target| economy::pool(target.pool)).collect();
    let facts = sender.client.facts(&keys).await?;
    for target in &targets {
        match facts.pool(target.pool)? {
            Some(pool) if pool.is_vault() => bail!("{} is a vault; a vault is in pools that run workers", target.pool),
            Some(_) => {}
            None => bail!("there is no pool {}; see `adyton pool list`", target.pool),
        }
    }
    let does = splitting(&found, &targets);
    let call = Pools::Split { vault: args.vault, targets: targets.clone() };
    let sent = sender.send(&Intent::free(does), &Call::Pools(call)).await?;
    let rows: Vec<_> = targets.iter().map(|target| json!({ "pool": target.pool, "weight": target.weight })).collect();
    connection.output.result(&sent.json(json!({ "vault": args.vault, "targets": rows })), || {
        format!("Done in block {}", sent.block())
    })
}

fn splitting(found: &pool::Found, targets: &[Target]) -> String {
    let all = targets.iter().fold(0u128, |sum, target| sum.saturating_add(target.weight.into()));
    let parts: Vec<String> = targets
        .iter()
        .map(|target| {
            let share = adyton_client::chain::governance::Share::of(target.weight.into(), all);
            format!("{} % to pool {}", share.percent(), target.pool)
        })
        .collect();
    format!(
        "Splits the stake of {}: {}. A pool that is not named, or has no weight, is left with everything. What is free joins at once; what is more than that in a pool leaves it, and earns nothing for {} before it can join another.",
        found.name(),
        parts.join(", "),
        found.blocks.lasting(found.rules.unbonding),
    )
}

async fn spread(args: &SpreadArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let found = pool::read(&sender.client, args.vault, &sender.id()).await?;
    ensure!(found.pool.is_vault(), "{} runs workers, and is no vault", found.name());
    let does = format!(
        "Has {} leave its pools with what its members wait for, and join them with what is free, by its weights.",
        found.name()
    );
    let sent = sender.send(&Intent::free(does), &Call::Pools(Pools::Spread(args.vault))).await?;
    connection.output.result(&sent.json(json!({ "vault": args.vault })), || format!("Done in block {}", sent.block()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn to(pool: PoolId, weight: u32) -> Target {
        Target { pool, weight }
    }

    #[test]
    fn targets_are_read_and_put_in_order() {
        assert_eq!(target("3:50"), Ok(to(3, 50)));
        for text in ["3", "3:", ":50", "a:1", "3:-1", "3:50:1"] {
            assert!(target(text).is_err(), "{text}");
        }
        assert_eq!(in_order(&[to(5, 1), to(2, 0)]).unwrap(), [to(2, 0), to(5, 1)]);
    }

    #[test]
    fn targets_that_no_vault_can_have_are_bad_use() {
        assert!(in_order(&[to(2, 1), to(2, 1)]).is_err(), "twice");
        assert!(in_order(&[to(2, 0)]).is_err(), "without a weight");
        let many: Vec<Target> = (1..=17).map(|number| to(number, 1)).collect();
        assert!(in_order(&many).is_err(), "too many");
    }

    #[test]
    fn a_split_says_what_goes_where_and_how_long_moving_takes() {
        let text = splitting(&pool::tests_found::example(), &[to(1, 60), to(2, 40)]);
        assert!(text.contains("60.00 % to pool 1, 40.00 % to pool 2") && text.contains("14400 blocks (1 d)"), "{text}");
        assert!(text.contains("not named, or has no weight, is left"), "{text}");
    }
}
