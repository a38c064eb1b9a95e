//! `adyton pool list` and `adyton pool show`.

use std::collections::BTreeSet;

use adyton_client::{
    chain::{
        address,
        economy::{self, Assigned, Pool, PoolId, State, assignment, backed_prefix, pool, pool_count},
        verifier::Refusal,
    },
    protocol::ids::WorkerId,
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use super::found::{frozen_below, name, unknown};
use crate::{account::pha, blocks::Blocks, connection::Connection};

/// How many are listed without more being asked for.
const NEWEST: u32 = 50;
/// The most that are read at once.
const MAX_LISTED: u32 = 500;
/// The most workers of a pool that are looked at.
const MAX_WORKERS: usize = 500;

/// Which are listed.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Up to 500 of the newest instead of 50.
    #[arg(long)]
    all: bool,
}

/// Which one is shown.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The pool's or vault's number.
    pool: PoolId,
}

/// Lists the newest, of pools or of vaults.
pub async fn list(args: &ListArgs, vaults: bool, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let count = client.facts_at(&head, &[pool_count()]).await?.pool_count()?;
    let most = if args.all { MAX_LISTED } else { NEWEST };
    let numbers: Vec<PoolId> = (count.saturating_sub(most).saturating_add(1)..=count).collect();
    let keys: Vec<Vec<u8>> = numbers.iter().map(|number| pool(*number)).collect();
    let facts = client.facts_at(&head, &keys).await?;
    let mut rows = Vec::new();
    for number in numbers {
        // One that is closed is not there any more.
        match facts.pool(number) {
            Ok(Some(found)) if found.is_vault() != vaults => {}
            Ok(None) => {}
            other => rows.push((number, other)),
        }
    }
    let (now, kind) = (head.number(), if vaults { "vault" } else { "pool" });
    let json: Vec<Value> = rows.iter().map(|(number, found)| row_json(*number, found, now)).collect();
    connection.output.result(&json, || match rows.is_empty() {
        true => format!("There is no {kind} among the newest; `adyton {kind} create` makes one"),
        false => {
            rows.iter().map(|(number, found)| row(*number, found, now)).collect::<String>()
                + &format!("proven as of block {now}; {count} pools and vaults were created so far")
        }
    })
}

fn row_json(number: PoolId, found: &Result<Option<Pool>, Refusal>, now: u32) -> Value {
    match found {
        Ok(Some(pool)) => brief_json(number, pool, now),
        Ok(None) => json!({ "pool": number }),
        Err(refusal) => json!({ "pool": number, "unreadable": refusal.to_string() }),
    }
}

fn brief_json(number: PoolId, pool: &Pool, now: u32) -> Value {
    json!({
        "pool": number,
        "vault": pool.is_vault(),
        "owner": address::encode(&pool.owner),
        "commission_percent": pool.commission.at(now).percent(),
        "maximum_percent": pool.commission.maximum.percent(),
        "active": pool.books.active().to_string(),
        "own": pool.books.own.active.value.to_string(),
        "leaving": pool.books.leaving().to_string(),
        "bound": pool.bound.to_string(),
        "free": pool.free().to_string(),
        "cap": pool.cap.map(|cap| cap.to_string()),
        "restricted": pool.restricted,
        "frozen": pool.exposed(pool.frozen) > 0,
        "frozen_amount": pool.frozen.to_string(),
        "exposed_amount": pool.exposed(pool.frozen).to_string(),
    })
}

fn row(number: PoolId, found: &Result<Option<Pool>, Refusal>, now: u32) -> String {
    match found {
        Ok(Some(pool)) => {
            let room = match (pool.restricted, pool.room()) {
                (true, _) => "by its owner's leave",
                (false, Some(0)) => "full",
                (false, _) => "open",
            };
            let frozen = if pool.exposed(pool.frozen) > 0 { ", FROZEN" } else { "" };
            format!(
                "{number:>5}  {:>7} %  {:>16} PHA  {room}{frozen}  {}\n",
                pool.commission.at(now).percent(),
                pha(pool.books.active()),
                address::encode(&pool.owner)
            )
        }
        Ok(None) => String::new(),
        Err(refusal) => format!("{number:>5}  not readable by this version: {refusal}\n"),
    }
}

/// Shows one.
pub async fn show(args: &ShowArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let number = args.pool;
    let mut keys = vec![Blocks::key(), pool(number), economy::pool_description(number)];
    let backed = client.reader().unproven_keys(&head, &backed_prefix(number), MAX_WORKERS).await?;
    let workers = backed
        .iter()
        .map(|key| key.split_last_chunk::<32>().map(|(_, id)| WorkerId(*id)).context("a key ends with a worker's id"))
        // Nothing keeps a node from listing one twice.
        .collect::<Result<BTreeSet<_>>>()?;
    keys.extend(workers.iter().map(assignment));
    let facts = client.facts_at(&head, &keys).await?;
    let found = facts.pool(number)?.ok_or_else(|| unknown(number))?;
    let mut assigned = Vec::new();
    for worker in workers {
        if let Some(behind) = facts.assignment(&worker)?.filter(|behind| behind.pool == number) {
            assigned.push((worker, behind));
        }
    }
    let shown = Shown {
        number,
        frozen_below: frozen_below(&client, &head, number, &found).await?,
        description: words(&facts.pool_description(number)?),
        blocks: Blocks::of(&facts)?,
        pool: found,
        assigned,
    };
    connection.output.result(&shown.json(), || shown.text())
}

/// All of a description, without what would move a terminal's cursor.
fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|character| !character.is_control()).collect()
}

/// A pool with everything about it.
struct Shown {
    number: PoolId,
    pool: Pool,
    frozen_below: bool,
    description: String,
    blocks: Blocks,
    assigned: Vec<(WorkerId, Assigned)>,
}

impl Shown {
    /// Whether a slash is decided about that members may lose by; a vault, where that is so in a pool that it is in.
    fn is_frozen(&self) -> bool {
        self.pool.exposed(self.pool.frozen) > 0 || self.frozen_below
    }

    fn json(&self) -> Value {
        let mut json = brief_json(self.number, &self.pool, self.blocks.newest);
        let announced = self.pool.commission.announced.filter(|(_, from)| *from > self.blocks.newest);
        json["announced"] = json!(announced.map(|(rate, from)| json!({ "percent": rate.percent(), "from": from })));
        json["frozen"] = json!(self.is_frozen());
        json["fees"] = json!(self.pool.fees.to_string());
        json["cooling"] = json!(self.pool.cooling.to_string());
        json["description"] = json!(self.description);
        json["workers"] = self
            .assigned
            .iter()
            .map(|(worker, behind)| {
                json!({ "worker": worker, "stake": behind.stake.to_string(), "running": behind.state == State::Running })
            })
            .collect();
        let vault = self.pool.vault.as_ref();
        json["targets"] = json!(vault.map(|vault| {
            let target = |target: &economy::Target| json!({ "pool": target.pool, "weight": target.weight });
            vault.targets.iter().map(target).collect::<Vec<_>>()
        }));
        json["losses"] = json!(vault.map(|vault| vault.losses.to_string()));
        json["block"] = json!(self.blocks.newest);
        json
    }

    fn text(&self) -> String {
        let (pool, blocks) = (&self.pool, &self.blocks);
        let mut text = format!("{} of {}\n", name(self.number, pool), address::encode(&pool.owner));
        if !self.description.is_empty() {
            text += &format!("  says        {} (unchecked)\n", self.description);
        }
        let announced = match pool.commission.announced {
            Some((rate, from)) if from > blocks.newest => {
                format!(", {} % from {} on", rate.percent(), blocks.said(from))
            }
            Some(_) | None => String::new(),
        };
        text += &format!(
            "  commission  {} %{announced}, never more than {} %\n  stake       {} PHA earn{}\n  leaves      {} PHA\n  bound       {} PHA, of which {} cool down; {} are free\n",
            pool.commission.at(blocks.newest).percent(),
            pool.commission.maximum.percent(),
            pha(pool.books.active()),
            own(pool),
            pha(pool.books.leaving()),
            pha(pool.bound),
            pha(pool.cooling),
            pha(pool.free()),
        );
        text += &joins(pool);
        if self.is_frozen() {
            text += "  FROZEN      nobody joins before a slash is decided about, and who is due waits: `adyton slash list`\n";
        }
        if pool.frozen > 0 {
            text += &format!(
                "  may lose    {} PHA for what its workers did; {} of them its members'\n",
                pha(pool.frozen),
                pha(pool.exposed(pool.frozen))
            );
        }
        if pool.fees > 0 {
            text += &format!("  fees        {} PHA of commission that the owner has not claimed\n", pha(pool.fees));
        }
        if pool.is_vault() {
            text += "  as of       the last time that somebody touched it: what its pools earned or lost since is not in it\n";
        }
        for target in pool.vault.iter().flat_map(|vault| &vault.targets) {
            text += &format!("  is in       pool {} with weight {}\n", target.pool, target.weight);
        }
        for (worker, behind) in &self.assigned {
            let does = match behind.state {
                State::Idle => "not started",
                State::Running => "runs",
                State::Cooling(_) => "cools down",
            };
            text += &format!("  behind      {worker}: {} PHA, {does}\n", pha(behind.stake));
        }
        text + &format!("proven as of block {}; that no worker is missing is not proven", blocks.newest)
    }
}

fn own(pool: &Pool) -> String {
    match pool.is_vault() {
        true => String::new(),
        false => format!(", {} of them its owner's, which are slashed first", pha(pool.books.own.active.value)),
    }
}

fn joins(pool: &Pool) -> String {
    let who = if pool.restricted { "only whom its owner allows" } else { "everybody" };
    match (pool.cap, pool.room()) {
        (Some(cap), Some(room)) => {
            format!("  joins       {who}; {} PHA more up to its cap of {} PHA\n", pha(room), pha(cap))
        }
        (_, _) => format!("  joins       {who}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::found::tests::{PHA, example},
        *,
    };

    fn shown() -> Shown {
        let found = example();
        Shown {
            number: 3,
            pool: found.pool,
            frozen_below: false,
            description: words(b"Oslo\x1b[2J"),
            blocks: found.blocks,
            assigned: vec![(WorkerId([7; 32]), Assigned { pool: 3, stake: 2_500 * PHA, state: State::Running })],
        }
    }

    #[test]
    fn a_pool_says_what_is_in_it_and_what_is_free() {
        let text = shown().text();
        for part in [
            "pool 3 of ",
            "Oslo[2J (unchecked)",
            "5.00 %, never more than 10.00 %",
            "4000 PHA earn, 1000 of them its owner's",
            "200 PHA\n",
            "2500 PHA, of which 0 cool down; 1700 are free",
            "everybody; 1000 PHA more up to its cap of 5000 PHA",
            "2500 PHA, runs",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let json = shown().json();
        assert_eq!((&json["free"], &json["workers"][0]["running"]), (&json!("1700000000000000"), &json!(true)));
    }

    #[test]
    fn a_frozen_pool_is_marked_in_the_list_and_alone() {
        let mut shown = shown();
        assert!(!shown.text().contains("FROZEN"));
        shown.frozen_below = true;
        assert!(shown.text().contains("FROZEN") && shown.json()["frozen"] == json!(true));
        // The owner's own covers all of it.
        (shown.pool.frozen, shown.frozen_below) = (1_000 * PHA, false);
        assert!(!shown.text().contains("FROZEN") && shown.text().contains("1000 PHA for what its workers did; 0 of"));
        shown.pool.frozen = 1_200 * PHA;
        assert!(shown.text().contains("FROZEN") && shown.text().contains("200 of them its members'"));
        assert_eq!(shown.json()["exposed_amount"], json!((200 * PHA).to_string()));
        assert!(row(3, &Ok(Some(shown.pool)), 1000).contains("FROZEN"));
    }
}
