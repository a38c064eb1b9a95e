//! What a pool's owner does with it: `adyton pool assign`, `set-commission`, `allow` and the like.

use adyton_client::{
    chain::{
        economy::{PoolId, State, assignment},
        extrinsic::calls::{Call, Pools},
        facts::Facts,
    },
    protocol::{ids::WorkerId, storage},
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::{
    create::{amount, description},
    found::{Found, read},
    percent,
};
use crate::{
    account::{pha, who},
    connection::Connection,
    sending::{Intent, Sender},
    signing::Signing,
};

/// Which pool.
#[derive(Debug, Args)]
pub struct PoolArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    #[command(flatten)]
    signing: Signing,
}

/// What goes behind which worker.
#[derive(Debug, Args)]
pub struct AssignArgs {
    /// The pool's number.
    pool: PoolId,
    /// The worker's id, as `adyton worker list` shows it.
    worker: WorkerId,
    /// How much more, in PHA.
    amount: String,
    #[command(flatten)]
    signing: Signing,
}

/// Which worker.
#[derive(Debug, Args)]
pub struct UnassignArgs {
    /// The worker's id.
    worker: WorkerId,
    #[command(flatten)]
    signing: Signing,
}

/// Which commission.
#[derive(Debug, Args)]
pub struct CommissionArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// In percent.
    commission: String,
    #[command(flatten)]
    signing: Signing,
}

/// Which cap.
#[derive(Debug, Args)]
pub struct CapArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// How much stake may earn, in PHA.
    #[arg(required_unless_present = "none", conflicts_with = "none")]
    cap: Option<String>,
    /// Any amount.
    #[arg(long)]
    none: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Whether everybody may join.
#[derive(Debug, Args)]
pub struct RestrictArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// Let everybody join again.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Who may join.
#[derive(Debug, Args)]
pub struct AllowArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// Who: a name of the keystore, an address, or a development account.
    account: String,
    #[command(flatten)]
    signing: Signing,
}

/// What it says.
#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// Up to 1024 bytes.
    text: String,
    #[command(flatten)]
    signing: Signing,
}

/// Closes a pool.
pub async fn close(args: &PoolArgs, connection: &Connection<'_>) -> Result<()> {
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    ensure!(
        found.pool.books.total() == 0 && found.pool.bound == 0 && found.pool.fees == 0,
        "{} still has members, rewards or workers: they leave, claim and are unassigned first",
        found.name()
    );
    let does =
        format!("Closes {} for good, and gives its deposit of {} PHA back.", found.name(), pha(found.pool.deposit));
    send(&sender, does, Pools::Close(args.pool), json!({ "pool": args.pool }), connection).await
}

/// Assigns stake.
pub async fn assign(args: &AssignArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = amount(&args.amount)?;
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    let facts = sender.client.facts(&[assignment(&args.worker), storage::workers(&args.worker)]).await?;
    let does = assigning(&found, &args.worker, amount, &facts)?;
    let call = Pools::Assign { pool: args.pool, worker: args.worker, amount };
    let json = json!({ "pool": args.pool, "worker": args.worker, "amount": amount.to_string() });
    send(&sender, does, call, json, connection).await
}

fn assigning(found: &Found, worker: &WorkerId, amount: u128, facts: &Facts) -> Result<String> {
    let name = found.name();
    ensure!(!found.pool.is_vault(), "{name} runs no workers; it is in pools that do: `adyton vault split`");
    let Some(record) = facts.worker(worker)? else { bail!("there is no worker {worker} on this network") };
    ensure!(
        record.operator == found.pool.owner,
        "{worker} is another operator's; a pool stands behind its owner's workers"
    );
    let before = match facts.assignment(worker)? {
        Some(assigned) if assigned.pool != found.number => bail!("pool {} stands behind {worker}", assigned.pool),
        Some(assigned) => match assigned.state {
            State::Idle | State::Running => assigned.stake,
            State::Cooling(at) => bail!("{worker} has stopped, and its stake is bound until {}", found.blocks.said(at)),
        },
        None => 0,
    };
    let free = found.pool.books.active().saturating_sub(found.pool.bound);
    ensure!(amount <= free, "{} PHA of {name} are free, and this is {}", pha(free), pha(amount));
    Ok(format!(
        "Puts {} PHA more of {name} behind {worker}: {} PHA in all, of {} that were free. They are slashed for what that worker does, and are bound until it has stopped and {} have passed.",
        pha(amount),
        pha(before.saturating_add(amount)),
        pha(free),
        found.blocks.lasting(found.rules.cooling),
    ))
}

/// Frees the stake of a worker that was never started.
pub async fn unassign(args: &UnassignArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[assignment(&args.worker)]).await?;
    let Some(assigned) = facts.assignment(&args.worker)? else { bail!("nothing stands behind {}", args.worker) };
    match assigned.state {
        State::Idle => {}
        State::Running => bail!("{0} runs; stop it first: `adyton rewards stop {0}`", args.worker),
        State::Cooling(at) => bail!("{} has stopped; its stake is free by itself in block {at}", args.worker),
    }
    let found = read(&sender.client, assigned.pool, &sender.id()).await?;
    found.owned_by(&sender.id())?;
    let does = format!("Frees the {} PHA of {} behind {} at once.", pha(assigned.stake), found.name(), args.worker);
    let json = json!({ "pool": assigned.pool, "worker": args.worker, "amount": assigned.stake.to_string() });
    send(&sender, does, Pools::Unassign(args.worker), json, connection).await
}

/// Changes the commission.
pub async fn set_commission(args: &CommissionArgs, connection: &Connection<'_>) -> Result<()> {
    let commission = percent(&args.commission)?;
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    let (does, from) = changing(&found, commission)?;
    let json = json!({ "pool": args.pool, "commission_percent": commission.percent(), "from": from });
    send(&sender, does, Pools::SetCommission { pool: args.pool, commission }, json, connection).await
}

/// What a change of the commission does, and from about which block on it holds; none: at once.
fn changing(found: &Found, commission: adyton_client::chain::governance::Share) -> Result<(String, Option<u32>)> {
    let known = &found.pool.commission;
    ensure!(
        commission <= known.maximum,
        "{} began with a maximum of {} %, which is never changed",
        found.name(),
        known.maximum.percent()
    );
    let present = known.at(found.blocks.newest);
    let (when, from) = match commission > present {
        true => {
            let from = found.blocks.newest.saturating_add(found.rules.notice);
            (format!("after the notice, from {} on", found.blocks.said(from)), Some(from))
        }
        false => ("at once".into(), None),
    };
    Ok((
        format!(
            "Sets the commission of {} from {} % to {} %, {when}.",
            found.name(),
            present.percent(),
            commission.percent()
        ),
        from,
    ))
}

/// Sets the cap.
pub async fn set_cap(args: &CapArgs, connection: &Connection<'_>) -> Result<()> {
    let cap = args.cap.as_deref().map(amount).transpose()?;
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    let active = pha(found.pool.books.active());
    let does = match cap {
        Some(cap) => {
            format!("Lets up to {} PHA earn in {}, in which {active} do now; who is in stays.", pha(cap), found.name())
        }
        None => format!("Lets any amount earn in {}, in which {active} PHA do now.", found.name()),
    };
    let json = json!({ "pool": args.pool, "cap": cap.map(|cap| cap.to_string()) });
    send(&sender, does, Pools::SetCap { pool: args.pool, cap }, json, connection).await
}

/// Restricts who may join.
pub async fn restrict(args: &RestrictArgs, connection: &Connection<'_>) -> Result<()> {
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    let does = match args.undo {
        false => format!("Lets only those join {} whom you allow; who is in stays.", found.name()),
        true => format!("Lets everybody join {}.", found.name()),
    };
    let restricted = !args.undo;
    let json = json!({ "pool": args.pool, "restricted": restricted });
    send(&sender, does, Pools::SetRestricted { pool: args.pool, restricted }, json, connection).await
}

/// Allows an account to join, or no longer.
pub async fn allow(args: &AllowArgs, allowed: bool, connection: &Connection<'_>) -> Result<()> {
    let account = who(&args.account, connection)?;
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    let address = adyton_client::chain::address::encode(&account);
    let does = match (allowed, found.pool.restricted) {
        (true, true) => format!("Lets {address} join {}.", found.name()),
        (true, false) => format!("Lets {address} join {} once it is restricted; now everybody may.", found.name()),
        (false, _) => format!("Lets {address} join {} no longer; what it has in it stays.", found.name()),
    };
    let json = json!({ "pool": args.pool, "account": address, "allowed": allowed });
    send(&sender, does, Pools::SetAllowed { pool: args.pool, account, allowed }, json, connection).await
}

/// Sets the description.
pub async fn describe(args: &DescribeArgs, connection: &Connection<'_>) -> Result<()> {
    let description = description(&args.text)?;
    let (sender, found) = owned(args.pool, &args.signing, connection).await?;
    let does = format!("Has {} say of itself, for everybody to read: {}", found.name(), args.text);
    let json = json!({ "pool": args.pool, "description": args.text });
    send(&sender, does, Pools::SetDescription { pool: args.pool, description }, json, connection).await
}

/// Serves who waits.
pub async fn serve(args: &PoolArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let found = read(&sender.client, args.pool, &sender.id()).await?;
    let does = format!(
        "Pays who waits in {} first, of {} PHA that are free, or stops one of its workers if they have waited for {}. Every block does the same for some pools.",
        found.name(),
        pha(found.pool.free()),
        found.blocks.lasting(found.rules.patience),
    );
    send(&sender, does, Pools::Serve(args.pool), json!({ "pool": args.pool }), connection).await
}

async fn owned<'a>(pool: PoolId, signing: &'a Signing, connection: &Connection<'_>) -> Result<(Sender<'a>, Found)> {
    let sender = Sender::new(signing, connection)?;
    let found = read(&sender.client, pool, &sender.id()).await?;
    found.owned_by(&sender.id())?;
    Ok((sender, found))
}

async fn send(sender: &Sender<'_>, does: String, call: Pools, json: Value, connection: &Connection<'_>) -> Result<()> {
    let sent = sender.send(&Intent::free(does), &Call::Pools(call)).await?;
    connection.output.result(&sent.json(json), || format!("Done in block {}", sent.block()))
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::governance::Share;

    use super::{super::found::tests::example, *};

    #[test]
    fn a_higher_commission_waits_for_the_notice_and_a_lower_one_does_not() {
        let (text, from) = changing(&example(), Share(60_000_000)).unwrap();
        assert!(text.contains("from 5.00 % to 6.00 %, after the notice, from block 1600"), "{text}");
        assert_eq!(from, Some(1600));
        let (text, from) = changing(&example(), Share(40_000_000)).unwrap();
        assert!(text.contains("to 4.00 %, at once") && from.is_none(), "{text}");
        let above = changing(&example(), Share(100_000_001)).unwrap_err().to_string();
        assert!(above.contains("maximum of 10.00 %"), "{above}");
    }
}
