//! `adyton pool create` and `adyton vault create`.

use adyton_client::chain::{
    economy::{PoolId, PoolParameters, pool, pool_count, pool_parameters},
    extrinsic::calls::{Call, NewPool, Pools},
    facts::Facts,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::percent;
use crate::{
    account::{parse_pha, pha},
    blocks::Blocks,
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender, Sent},
    signing::Signing,
};

/// The most bytes of a description.
pub const MAX_DESCRIPTION: usize = 1024;
/// How many of the newest pools are looked through for one's own.
const SEARCHED: u32 = 64;

/// What to create.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the owner takes of what it earns, in percent.
    #[arg(long, value_name = "PERCENT")]
    commission: String,
    /// The most that they ever take, in percent; it is never changed.
    #[arg(long, value_name = "PERCENT")]
    maximum: String,
    /// The most stake that earns in it, in PHA; without it, any.
    #[arg(long, value_name = "PHA")]
    cap: Option<String>,
    /// Let only those join whom the owner allows.
    #[arg(long)]
    restricted: bool,
    /// What it says about itself, up to 1024 bytes. Nobody checks it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    #[command(flatten)]
    signing: Signing,
}

impl CreateArgs {
    fn wanted(&self, vault: bool) -> Result<NewPool> {
        let (commission, maximum) = (percent(&self.commission)?, percent(&self.maximum)?);
        if commission > maximum {
            return Err(misuse("the commission is above its maximum"));
        }
        let cap = self.cap.as_deref().map(amount).transpose()?;
        let description = description(&self.description)?;
        Ok(NewPool { vault, commission, maximum, cap, restricted: self.restricted, description })
    }
}

/// An amount of PHA that is not nothing.
///
/// # Errors
/// It is none.
pub fn amount(text: &str) -> Result<u128> {
    parse_pha(text)
        .filter(|amount| *amount > 0)
        .ok_or_else(|| misuse(format!("'{text}' is no amount of PHA, such as 1 or 0.25")))
}

/// A description's bytes.
///
/// # Errors
/// They are too many.
pub fn description(text: &str) -> Result<Vec<u8>> {
    if text.len() > MAX_DESCRIPTION {
        return Err(misuse(format!("the description has {} bytes, and at most {MAX_DESCRIPTION} fit", text.len())));
    }
    Ok(text.as_bytes().to_vec())
}

/// Creates it.
pub async fn create(args: &CreateArgs, vault: bool, connection: &Connection<'_>) -> Result<()> {
    let wanted = args.wanted(vault)?;
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[Blocks::key(), pool_parameters()]).await?;
    let rules = facts.pool_parameters()?.context("this network has no stake pools")?;
    let intent = Intent { does: said(&wanted, &rules, &Blocks::of(&facts)?), takes: rules.deposit };
    let sent = sender.send(&intent, &Call::Pools(Pools::Create(Box::new(wanted)))).await?;
    let number = find(&sender, &sent, vault).await?;
    let kind = if vault { "vault" } else { "pool" };
    let json = json!({ "pool": number, "vault": vault, "deposit": rules.deposit.to_string() });
    connection.output.result(&sent.json(json), || {
        format!("Created {kind} {number} in block {}; `adyton pool join {number}` puts stake into it", sent.block())
    })
}

fn said(wanted: &NewPool, rules: &PoolParameters, blocks: &Blocks) -> String {
    let (kind, of) = match wanted.vault {
        true => ("vault", "its gain"),
        false => ("pool", "its rewards"),
    };
    let cap = wanted.cap.map_or_else(String::new, |cap| format!(" It takes up to {} PHA.", pha(cap)));
    let who = if wanted.restricted { " Only those whom you allow may join." } else { "" };
    let own = if wanted.vault { "" } else { " Your own stake in it is slashed before that of all others." };
    format!(
        "Creates a {kind}. Its owner takes {} % of {of}, and never more than {} %; a higher rate holds {} after it is announced.{cap}{who}{own} The deposit of {} PHA comes back when it is closed.",
        wanted.commission.percent(),
        wanted.maximum.percent(),
        blocks.lasting(rules.notice),
        pha(rules.deposit),
    )
}

/// The number that it got: that of the newest pool of this account's in the block that took it.
async fn find(sender: &Sender<'_>, sent: &Sent, vault: bool) -> Result<PoolId> {
    let count = sender.client.facts_at(&sent.head, &[pool_count()]).await?.pool_count()?;
    let newest: Vec<PoolId> = (count.saturating_sub(SEARCHED).saturating_add(1)..=count).rev().collect();
    let keys: Vec<Vec<u8>> = newest.iter().map(|number| pool(*number)).collect();
    let facts: Facts = sender.client.facts_at(&sent.head, &keys).await?;
    for number in newest {
        if facts.pool(number)?.is_some_and(|found| found.owner == sender.id() && found.is_vault() == vault) {
            return Ok(number);
        }
    }
    bail!("block {} took it, but it is not among the newest pools; see `adyton pool list`", sent.block())
}

#[cfg(test)]
mod tests {
    use super::{
        super::found::tests::{PHA, example},
        *,
    };

    fn args(commission: &str, maximum: &str) -> CreateArgs {
        CreateArgs {
            commission: commission.into(),
            maximum: maximum.into(),
            cap: Some("1000".into()),
            restricted: true,
            description: "Oslo".into(),
            signing: Signing { from: None, yes: false },
        }
    }

    #[test]
    fn what_a_pool_takes_and_its_deposit_are_said() {
        let found = example();
        let text = said(&args("5", "10").wanted(false).unwrap(), &found.rules, &found.blocks);
        for part in [
            "Creates a pool",
            "5.00 % of its rewards",
            "more than 10.00 %",
            "600 blocks (1 h)",
            "1000 PHA",
            "you allow",
            "deposit of 10 PHA",
            "slashed before",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let vault = said(&args("5", "10").wanted(true).unwrap(), &found.rules, &found.blocks);
        assert!(vault.contains("of its gain") && !vault.contains("slashed before"), "{vault}");
    }

    #[test]
    fn a_commission_above_its_maximum_and_a_long_description_are_bad_use() {
        assert!(args("11", "10").wanted(false).is_err());
        assert!(args("ten", "10").wanted(false).is_err());
        let long = CreateArgs { description: "x".repeat(MAX_DESCRIPTION + 1), ..args("5", "10") };
        assert!(long.wanted(false).is_err());
        assert_eq!(args("5", "10").wanted(false).unwrap().cap, Some(1000 * PHA));
    }
}
