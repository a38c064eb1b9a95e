//! `adyton pool join` and `leave`, which are those of vaults too.

use adyton_client::{
    chain::{
        address,
        economy::{Holder, PoolId, Worth},
        extrinsic::calls::{Call, Pools},
    },
    protocol::ids::AccountId,
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use serde_json::json;

use super::{
    create::amount,
    found::{Found, read},
};
use crate::{
    account::pha,
    connection::Connection,
    sending::{Intent, Sender},
    signing::Signing,
};

/// Which pool, and with how much.
#[derive(Debug, Args)]
pub struct JoinArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// How much, in PHA.
    amount: String,
    #[command(flatten)]
    signing: Signing,
}

/// Which pool, and with how much.
#[derive(Debug, Args)]
pub struct LeaveArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// How much, in PHA.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    amount: Option<String>,
    /// Everything that does not leave yet.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Joins.
pub async fn join(args: &JoinArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = amount(&args.amount)?;
    let sender = Sender::new(&args.signing, connection)?;
    let found = read(&sender.client, args.pool, &sender.id()).await?;
    let intent = Intent { does: joining(&found, amount, &sender.id())?, takes: amount };
    let sent = sender.send(&intent, &Call::Pools(Pools::Join { pool: args.pool, amount })).await?;
    let json = json!({ "pool": args.pool, "amount": amount.to_string() });
    connection.output.result(&sent.json(json), || {
        format!(
            "Joined {} with {} PHA in block {}; `adyton stake show` says what they are worth",
            found.name(),
            pha(amount),
            sent.block()
        )
    })
}

/// What joining does, or why it cannot be done.
fn joining(found: &Found, amount: u128, account: &AccountId) -> Result<String> {
    let (pool, name) = (&found.pool, found.name());
    ensure!(
        amount >= found.rules.minimum,
        "at least {} PHA join at a time, and this is {}",
        pha(found.rules.minimum),
        pha(amount)
    );
    enterable(found, account)?;
    if let Some(room) = pool.room()
        && amount > room
    {
        bail!("{name} takes {} PHA more, and no more than that; see `adyton pool show {}`", pha(room), found.number);
    }
    let commission = pool.commission.at(found.blocks.newest);
    let announced = match pool.commission.announced {
        Some((rate, from)) if from > found.blocks.newest => {
            format!(" ({} % from {} on)", rate.percent(), found.blocks.said(from))
        }
        Some(_) | None => String::new(),
    };
    let risk = match (pool.is_vault(), pool.owner == *account) {
        (true, _) => "lose what the pools lose that it is in".to_owned(),
        (false, true) => "as its owner's are slashed for its workers before those of all others".to_owned(),
        (false, false) => {
            format!("are slashed for its workers, after its owner's own {} PHA", pha(pool.books.own.total()))
        }
    };
    Ok(format!(
        "Joins {name} of {} with {} PHA. They stay in the account, held, and go on voting. They earn what it earns but for {} % of it{announced}, which is never more than {} %, and {risk}. To leave takes {} or more, in which they earn nothing and can still be slashed.",
        address::encode(&pool.owner),
        pha(amount),
        commission.percent(),
        pool.commission.maximum.percent(),
        found.blocks.lasting(found.rules.unbonding),
    ))
}

/// Whether anything can come in.
pub fn enterable(found: &Found, account: &AccountId) -> Result<()> {
    let (pool, name) = (&found.pool, found.name());
    ensure!(!found.is_frozen(), "{name} is frozen: a slash of it is decided about; see `adyton slash list`");
    let side = pool.side(&Holder::Account(*account));
    // Whoever has all that is worth nothing begins anew.
    let alone = found.position.is_some_and(|position| position.active.shares == side.active.shares);
    ensure!(
        !side.active.is_bankrupt() || alone,
        "everything was lost in {name}; nothing can come in before its members left"
    );
    ensure!(
        !pool.restricted || found.allowed || pool.owner == *account,
        "{name} is joined only by those whom its owner allows: {}",
        address::encode(&pool.owner)
    );
    Ok(())
}

/// Leaves.
pub async fn leave(args: &LeaveArgs, connection: &Connection<'_>) -> Result<()> {
    let wanted = args.amount.as_deref().map(amount).transpose()?;
    let sender = Sender::new(&args.signing, connection)?;
    let found = read(&sender.client, args.pool, &sender.id()).await?;
    let (does, amount) = leaving(&found, wanted, &sender.id())?;
    let wanted = wanted.filter(|_| !found.is_all(amount, &sender.id()));
    let call = Call::Pools(Pools::Leave { pool: args.pool, amount: wanted });
    let sent = sender.send(&Intent::free(does), &call).await?;
    let due = sent.block().saturating_add(found.rules.unbonding);
    let json = json!({ "pool": args.pool, "amount": amount.to_string(), "due": due });
    connection.output.result(&sent.json(json), || {
        format!(
            "Leaves {} with {} PHA since block {}; paid out from {} on, without anybody's doing",
            found.name(),
            pha(amount),
            sent.block(),
            found.blocks.said(due)
        )
    })
}

/// What leaving does and with how much, or why it cannot be done.
fn leaving(found: &Found, wanted: Option<u128>, account: &AccountId) -> Result<(String, u128)> {
    let (pool, name, rules) = (&found.pool, found.name(), &found.rules);
    let Some(position) = &found.position else { bail!("this account has nothing in {name}") };
    let Worth { active, .. } = position.worth(pool, &Holder::Account(*account));
    let amount = wanted.unwrap_or(active);
    ensure!(amount <= active, "{} PHA are in {name} that do not leave yet, and this is {}", pha(active), pha(amount));
    let stays = active.saturating_sub(amount);
    if stays > 0 {
        ensure!(amount >= rules.minimum, "at least {} PHA leave at a time, or everything: --all", pha(rules.minimum));
        ensure!(
            stays >= rules.minimum,
            "{} PHA would stay, and at least {} have to; leave with less, or with --all",
            pha(stays),
            pha(rules.minimum)
        );
    }
    let due = found.blocks.newest.saturating_add(rules.unbonding);
    let free = pool.free();
    let when = if found.holds_back(account, amount) {
        format!(
            " {name} is frozen: what is due waits until a slash is decided about, or for {}, and is then paid without its part of that; see `adyton slash list`.",
            found.blocks.lasting(rules.patience)
        )
    } else if free >= pool.books.leaving().saturating_add(amount) {
        String::new()
    } else {
        format!(
            " {} PHA of {name} are free now; where they are not enough then, it waits in line, and who has waited {} has workers of the pool stopped.",
            pha(free),
            found.blocks.lasting(rules.patience)
        )
    };
    let since = match pool.is_vault() {
        true => " What its pools have lost since somebody last touched it comes off.",
        false => "",
    };
    let does = format!(
        "Leaves {name} with {} PHA.{since} From now on they earn nothing, and can still be slashed. They are paid out by themselves from {} on.{when}",
        pha(amount),
        found.blocks.said(due)
    );
    Ok((does, amount))
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::economy::Pool;

    use super::{
        super::found::tests::{MEMBER, OWNER, PHA, example},
        *,
    };

    fn with(change: impl FnOnce(&mut Pool)) -> Found {
        let mut found = example();
        change(&mut found.pool);
        found
    }

    fn refused(found: &Found, amount: u128) -> String {
        joining(found, amount, &MEMBER).unwrap_err().to_string()
    }

    #[test]
    fn joining_says_what_is_earned_risked_and_how_long_leaving_takes() {
        let text = joining(&example(), 100 * PHA, &MEMBER).unwrap();
        for part in [
            "Joins pool 3",
            "100 PHA",
            "but for 5.00 %",
            "more than 10.00 %",
            "after its owner's own 1000 PHA",
            "14400 blocks (1 d)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(joining(&example(), 100 * PHA, &OWNER).unwrap().contains("before those of all others"));
        let raised = with(|pool| {
            pool.commission.announced = Some((adyton_client::chain::governance::Share(60_000_000), 1200));
        });
        assert!(joining(&raised, PHA, &MEMBER).unwrap().contains("6.00 % from block 1200"));
    }

    #[test]
    fn what_cannot_be_joined_says_why() {
        assert!(refused(&example(), PHA - 1).contains("at least 1 PHA"));
        assert!(refused(&example(), 1_001 * PHA).contains("takes 1000 PHA more"));
        assert!(refused(&with(|pool| pool.frozen = 1_001 * PHA), PHA).contains("frozen"));
        assert!(
            joining(&with(|pool| pool.frozen = 1_000 * PHA), PHA, &MEMBER).is_ok(),
            "its owner alone may lose that"
        );
        assert!(refused(&with(|pool| pool.restricted = true), PHA).contains("whom its owner allows"));
        assert!(refused(&with(|pool| pool.books.shared.active.value = 0), PHA).contains("everything was lost"));
        assert!(refused(&Found { frozen_below: true, ..example() }, PHA).contains("frozen"), "a vault in such a pool");
        let allowed = Found { allowed: true, ..with(|pool| pool.restricted = true) };
        assert!(joining(&allowed, PHA, &MEMBER).is_ok());
    }

    #[test]
    fn leaving_says_when_it_is_paid_out_and_what_it_may_wait_for() {
        let (text, amount) = leaving(&example(), Some(100 * PHA), &MEMBER).unwrap();
        assert_eq!(amount, 100 * PHA);
        assert!(text.contains("from block 15400, about") && !text.contains("waits in line"), "{text}");
        let bound = with(|pool| pool.bound = 4_000 * PHA);
        let (text, amount) = leaving(&bound, None, &MEMBER).unwrap();
        assert_eq!(amount, 500 * PHA);
        assert!(text.contains("200 PHA of pool 3 are free") && text.contains("1200 blocks (2 h)"), "{text}");
    }

    #[test]
    fn what_leaves_a_frozen_pool_waits_for_the_decision() {
        let (text, _) = leaving(&with(|pool| pool.frozen = 1_001 * PHA), None, &MEMBER).unwrap();
        assert!(text.contains("until a slash is decided about"), "{text}");
        let (text, _) = leaving(&Found { frozen_below: true, ..example() }, None, &MEMBER).unwrap();
        assert!(text.contains("until a slash is decided about"), "{text}");
        let covered = with(|pool| pool.frozen = 600 * PHA);
        let waits = |account, amount| leaving(&covered, Some(amount), account).unwrap().0.contains("until a slash");
        assert!(waits(&OWNER, 401 * PHA) && !waits(&OWNER, 400 * PHA) && !waits(&MEMBER, 401 * PHA));
        assert!(example().is_all(500 * PHA, &MEMBER) && !example().is_all(499 * PHA, &MEMBER));
    }

    #[test]
    fn what_a_vaults_pools_have_lost_meanwhile_comes_off() {
        let vault = with(|pool| pool.vault = Some(adyton_client::chain::economy::Vault::default()));
        assert!(leaving(&vault, None, &MEMBER).unwrap().0.contains("comes off"));
        assert!(!leaving(&example(), None, &MEMBER).unwrap().0.contains("comes off"));
    }

    #[test]
    fn what_cannot_leave_says_why() {
        let refused = |found: &Found, amount| leaving(found, Some(amount), &MEMBER).unwrap_err().to_string();
        assert!(refused(&example(), 501 * PHA).contains("500 PHA are in pool 3"));
        assert!(refused(&example(), 500 * PHA - 1).contains("would stay"));
        assert!(refused(&example(), PHA - 1).contains("at least 1 PHA leave"));
        assert!(refused(&Found { position: None, ..example() }, PHA).contains("nothing in pool 3"));
    }
}
