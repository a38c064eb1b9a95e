//! `adyton stake`: what an account has in all pools and vaults, what it earns, and what leaves when.

use adyton_client::{
    Client,
    chain::{
        address,
        economy::{
            self, Chunk, Holder, Pool, PoolId, Position, Worth, chunk, chunks_prefix, pool, pool_count, position,
        },
        extrinsic::calls::{Call, Pools},
        verifier::FinalizedHeader,
    },
    protocol::ids::AccountId,
};
use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    account::{pha, who},
    blocks::Blocks,
    connection::Connection,
    output::misuse,
    pool::{enterable, frozen_below},
    sending::{Intent, Sender},
    signing::Signing,
};

/// How many pools are looked through in one question.
const PAGE: usize = 128;
/// What else a claim of a vault takes.
const SINCE: &str = " What a vault's pools have earned since somebody last touched it comes with it.";
/// The most chunks of everybody's that are looked through for one's own.
const MAX_CHUNKS: usize = 4096;

/// What can be done with one's stake. Joining and leaving is under `adyton pool`.
#[derive(Debug, Subcommand)]
pub enum StakeCommand {
    /// Show what an account has in all pools: what it is worth, what can be claimed, what leaves and when it is paid out.
    #[command(after_help = "Examples:\n  adyton stake show main\n  adyton stake show //Alice --json")]
    Show {
        /// A name of the keystore, an address, or a development account such as //Alice.
        account: String,
    },
    /// Take what was earned in a pool, or in all of them.
    #[command(
        after_help = "Examples:\n  adyton stake claim --from main\n  adyton stake claim 3 --from main\n\nA vault of which nothing is reckoned yet is claimed from where it is named."
    )]
    Claim(ClaimArgs),
    /// Join a pool with what was earned in it.
    #[command(
        after_help = "Examples:\n  adyton stake compound 3 --from main\n  adyton stake compound 3 --for 45hP...rj --from main"
    )]
    Compound(CompoundArgs),
    /// Let anybody compound for the account in a pool, or no longer.
    #[command(
        after_help = "Examples:\n  adyton stake compounding 3 --from main\n  adyton stake compounding 3 --undo --from main"
    )]
    Compounding(CompoundingArgs),
    /// Burn what slashes have taken from an account's stake in a pool, so that its balance says what it has. Anybody may.
    #[command(after_help = "Example:\n  adyton stake settle 3 45hP...rj --from main")]
    Settle(SettleArgs),
}

/// Where.
#[derive(Debug, Args)]
pub struct ClaimArgs {
    /// The pool's or vault's number; without it, all.
    pool: Option<PoolId>,
    #[command(flatten)]
    signing: Signing,
}

/// Where, and for whom.
#[derive(Debug, Args)]
pub struct CompoundArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// For another account, which has asked for it: a name of the keystore, an address, or a development account.
    #[arg(long, value_name = "ACCOUNT")]
    r#for: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

/// Where.
#[derive(Debug, Args)]
pub struct CompoundingArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// Nobody any more.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Where, and whose.
#[derive(Debug, Args)]
pub struct SettleArgs {
    /// The pool's or vault's number.
    pool: PoolId,
    /// Whose stake: a name of the keystore, an address, or a development account.
    #[arg(required_unless_present = "vault", conflicts_with = "vault")]
    account: Option<String>,
    /// That of a vault.
    #[arg(long, value_name = "NUMBER")]
    vault: Option<PoolId>,
    #[command(flatten)]
    signing: Signing,
}

/// Does it.
pub async fn run(command: StakeCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        StakeCommand::Show { account } => show(&account, connection).await,
        StakeCommand::Claim(args) => claim(&args, connection).await,
        StakeCommand::Compound(args) => compound(&args, connection).await,
        StakeCommand::Compounding(args) => compounding(&args, connection).await,
        StakeCommand::Settle(args) => settle(&args, connection).await,
    }
}

/// What an account has in one pool.
struct Delegation {
    number: PoolId,
    pool: Pool,
    position: Position,
    worth: Worth,
    frozen: bool,
    chunks: Vec<Chunk>,
}

/// What can be claimed of a pool: what was earned, and an owner's commission.
fn claimable(pool: &Pool, worth: &Worth, account: &AccountId) -> u128 {
    let fees = if pool.owner == *account { pool.fees } else { 0 };
    worth.reward.saturating_add(fees)
}

impl Delegation {
    fn claimable(&self, account: &AccountId) -> u128 {
        claimable(&self.pool, &self.worth, account)
    }

    /// What a chunk is worth now.
    fn worth_of(&self, chunk: &Chunk) -> u128 {
        self.pool.side(&chunk.holder).leaving.worth(chunk.shares)
    }
}

/// What an account has in all pools, and its commission where it has no stake. That none is missing is proven: their
/// numbers are known, and each is asked about.
async fn delegations(client: &Client, head: &FinalizedHeader, account: &AccountId) -> Result<Vec<Delegation>> {
    let holder = Holder::Account(*account);
    let count = client.facts_at(head, &[pool_count()]).await?.pool_count()?;
    let numbers: Vec<PoolId> = (1..=count).collect();
    let mut out = Vec::new();
    for page in numbers.chunks(PAGE) {
        let keys: Vec<Vec<u8>> = page.iter().flat_map(|number| [pool(*number), position(*number, &holder)]).collect();
        let facts = client.facts_at(head, &keys).await?;
        for number in page {
            let Some(pool) = facts.pool(*number)? else { continue };
            let Some(position) = place(&pool, facts.position(*number, &holder)?, account) else { continue };
            let worth = position.worth(&pool, &holder);
            // The owner's own is taken before all others', who lose what it does not cover.
            let may_lose = if pool.is_own(&holder) { pool.frozen } else { pool.exposed(pool.frozen) };
            let frozen = may_lose > 0 || frozen_below(client, head, *number, &pool).await?;
            out.push(Delegation { number: *number, pool, position, worth, frozen, chunks: Vec::new() });
        }
    }
    add_chunks(client, head, &holder, &mut out).await?;
    Ok(out)
}

/// What an account has in a pool: an owner whose stake has left may have commission to claim.
fn place(pool: &Pool, position: Option<Position>, account: &AccountId) -> Option<Position> {
    position.or_else(|| (pool.owner == *account && pool.fees > 0).then(Position::default))
}

/// Finds what leaves. The node lists all chunks; one that it leaves out is noticed, for each position has their number.
async fn add_chunks(client: &Client, head: &FinalizedHeader, holder: &Holder, all: &mut [Delegation]) -> Result<()> {
    if all.iter().all(|delegation| delegation.position.chunks == 0) {
        return Ok(());
    }
    let keys = client.reader().unproven_keys(head, &chunks_prefix(), MAX_CHUNKS).await?;
    for page in keys.chunks(PAGE) {
        let facts = client.facts_at(head, page).await?;
        for key in page {
            let number = key.split_last_chunk::<8>().map(|(_, number)| u64::from_le_bytes(*number));
            let number = number.context("a key ends with a chunk's number")?;
            // Whatever else ends with a chunk's number would have it counted twice.
            ensure!(*key == chunk(number), "the node listed a key that is no chunk's");
            let Some(chunk) = facts.chunk(number)?.filter(|chunk| chunk.holder == *holder) else { continue };
            if let Some(delegation) = all.iter_mut().find(|delegation| delegation.number == chunk.pool) {
                delegation.chunks.push(chunk);
            }
        }
    }
    all.iter_mut().for_each(|delegation| delegation.chunks.sort_by_key(|chunk| chunk.due));
    Ok(())
}

async fn show(account: &str, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let account = who(account, connection)?;
    let head = client.reader().head().await?;
    let blocks = Blocks::of(&client.facts_at(&head, &[Blocks::key()]).await?)?;
    let found = delegations(&client, &head, &account).await?;
    let rows: Vec<Value> = found.iter().map(|delegation| as_json(delegation, &account)).collect();
    let json = json!({ "account": address::encode(&account), "pools": rows, "block": blocks.newest });
    connection.output.result(&json, || match found.is_empty() {
        true => format!(
            "{} is in no pool; `adyton pool list` shows them\nproven as of block {}",
            address::encode(&account),
            blocks.newest
        ),
        false => {
            found.iter().map(|delegation| text(delegation, &account, &blocks)).collect::<String>()
                + &format!("proven as of block {}", blocks.newest)
        }
    })
}

fn as_json(delegation: &Delegation, account: &AccountId) -> Value {
    let chunks: Vec<Value> = delegation
        .chunks
        .iter()
        .map(|chunk| json!({ "worth": delegation.worth_of(chunk).to_string(), "due": chunk.due }))
        .collect();
    json!({
        "pool": delegation.number,
        "vault": delegation.pool.is_vault(),
        "active": delegation.worth.active.to_string(),
        "leaving": delegation.worth.leaving.to_string(),
        "claimable": delegation.claimable(account).to_string(),
        "lost": delegation.worth.lost.to_string(),
        "compounding": delegation.position.compounding,
        "frozen": delegation.frozen,
        "chunks": chunks,
        "chunks_known": delegation.position.chunks as usize == delegation.chunks.len(),
    })
}

fn text(delegation: &Delegation, account: &AccountId, blocks: &Blocks) -> String {
    let (pool, worth) = (&delegation.pool, &delegation.worth);
    let kind = if pool.is_vault() { "vault" } else { "pool" };
    let mut text = format!(
        "{kind} {}\n  earns      {} PHA\n  claimable  {} PHA\n",
        delegation.number,
        pha(worth.active),
        pha(delegation.claimable(account))
    );
    if worth.leaving > 0 {
        text += &format!("  leaves     {} PHA\n", pha(worth.leaving));
    }
    for chunk in &delegation.chunks {
        let when = match (chunk.due > blocks.newest, delegation.frozen) {
            (true, _) => format!("paid out in {}, where the pool has free stake then", blocks.said(chunk.due)),
            (false, true) => "due, and waits: the pool is frozen until a slash is decided about, and who has waited long is paid without their part of it".into(),
            (false, false) => format!("due since block {}, and waits until the pool has free stake", chunk.due),
        };
        text += &format!("    {} PHA {when}\n", pha(delegation.worth_of(chunk)));
    }
    let unknown = (delegation.position.chunks as usize).saturating_sub(delegation.chunks.len());
    if unknown > 0 {
        text += &format!("    {unknown} chunks more that the node did not list\n");
    }
    if delegation.frozen {
        text +=
            "  FROZEN     a slash is decided about that this may lose by; what is due may wait: `adyton slash list`\n";
    }
    if worth.lost > 0 {
        text += &format!("  lost       {} PHA to slashes, burnt when it is settled\n", pha(worth.lost));
    }
    if pool.is_vault() {
        text += "  as of the last time that somebody touched it: what its pools earned or lost since is not in it\n";
    }
    if delegation.position.compounding {
        text += "  anybody may compound for it\n";
    }
    text
}

async fn claim(args: &ClaimArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let head = sender.client.reader().head().await?;
    let found = delegations(&sender.client, &head, &sender.id()).await?;
    let due = claims(&found, args.pool, &sender.id());
    if due.is_empty() {
        bail!("there is nothing to claim; `adyton stake show` says what was earned");
    }
    let total = due.iter().fold(0u128, |sum, (_, amount)| sum.saturating_add(*amount));
    let named: Vec<String> = due.iter().map(|(number, amount)| format!("{} PHA of {number}", pha(*amount))).collect();
    let vaults = found.iter().any(|one| one.pool.is_vault() && due.iter().any(|(number, _)| *number == one.number));
    let intent = Intent::free(format!(
        "Takes {} PHA that were earned: {}. They can be spent at once.{}",
        pha(total),
        named.join(", "),
        if vaults { SINCE } else { "" }
    ));
    let mut calls: Vec<Call> = due.iter().map(|(number, _)| Call::Pools(Pools::Claim(*number))).collect();
    let call = match calls.len() {
        1 => calls.remove(0),
        _ => Call::all(calls),
    };
    let sent = sender.send(&intent, &call).await?;
    let rows: Vec<Value> =
        due.iter().map(|(number, amount)| json!({ "pool": number, "amount": amount.to_string() })).collect();
    connection.output.result(&sent.json(json!({ "claimed": rows })), || {
        let least = if vaults { "at least " } else { "" };
        format!("Claimed {least}{} PHA in block {}", pha(total), sent.block())
    })
}

/// Where there is something to claim, and about how much. A vault takes what its pools have earned when somebody touches
/// it, as a claim does: one that is named is claimed from though nothing is reckoned yet.
fn claims(found: &[Delegation], only: Option<PoolId>, account: &AccountId) -> Vec<(PoolId, u128)> {
    found
        .iter()
        .filter(|delegation| only.is_none_or(|only| only == delegation.number))
        .filter(|delegation| delegation.claimable(account) > 0 || (only.is_some() && delegation.pool.is_vault()))
        .map(|delegation| (delegation.number, delegation.claimable(account)))
        .collect()
}

async fn compound(args: &CompoundArgs, connection: &Connection<'_>) -> Result<()> {
    let beneficiary = args.r#for.as_deref().map(|account| who(account, connection)).transpose()?;
    let sender = Sender::new(&args.signing, connection)?;
    let account = beneficiary.unwrap_or(sender.id());
    let found = crate::pool::read(&sender.client, args.pool, &account).await?;
    let name = found.name();
    let Some(position) = place(&found.pool, found.position, &account) else {
        bail!("{} has nothing in {name}", address::encode(&account))
    };
    if beneficiary.is_some() && !position.compounding {
        bail!("{} has not asked that anybody compound for it in {name}", address::encode(&account));
    }
    let amount = claimable(&found.pool, &position.worth(&found.pool, &Holder::Account(account)), &account);
    if amount == 0 && !found.pool.is_vault() {
        bail!("nothing was earned in {name} since the last time");
    }
    enterable(&found, &account)?;
    let intent = Intent::free(format!(
        "Joins {name} with the {} PHA that {} has earned in it; they are held and earn from now on.{}",
        pha(amount),
        address::encode(&account),
        if found.pool.is_vault() { SINCE } else { "" }
    ));
    let call = match beneficiary {
        Some(account) => Pools::CompoundFor { pool: args.pool, account },
        None => Pools::Compound(args.pool),
    };
    let sent = sender.send(&intent, &Call::Pools(call)).await?;
    let json = json!({ "pool": args.pool, "amount": amount.to_string(), "account": address::encode(&account) });
    connection.output.result(&sent.json(json), || format!("Compounded in block {}", sent.block()))
}

async fn compounding(args: &CompoundingArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let found = crate::pool::read(&sender.client, args.pool, &sender.id()).await?;
    if found.position.is_none() {
        bail!("this account has nothing in {}", found.name());
    }
    let compounding = !args.undo;
    let does = match compounding {
        true => {
            format!("Lets anybody join {} with what this account earns in it, for it, at their cost.", found.name())
        }
        false => format!("Lets nobody compound for this account in {} any more.", found.name()),
    };
    let call = Call::Pools(Pools::SetCompounding { pool: args.pool, compounding });
    let sent = sender.send(&Intent::free(does), &call).await?;
    let json = json!({ "pool": args.pool, "compounding": compounding });
    connection.output.result(&sent.json(json), || format!("Done in block {}", sent.block()))
}

async fn settle(args: &SettleArgs, connection: &Connection<'_>) -> Result<()> {
    let holder = match (&args.account, args.vault) {
        (Some(account), None) => Holder::Account(who(account, connection)?),
        (None, Some(vault)) => Holder::Vault(vault),
        (Some(_), Some(_)) | (None, None) => return Err(misuse("name an account, or a vault with --vault")),
    };
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[economy::pool(args.pool), position(args.pool, &holder)]).await?;
    let (Some(pool), Some(position)) = (facts.pool(args.pool)?, facts.position(args.pool, &holder)?) else {
        bail!("there is nothing of it in pool {}", args.pool);
    };
    let lost = position.worth(&pool, &holder).lost;
    let what = match holder {
        Holder::Account(account) => format!("of {}", address::encode(&account)),
        Holder::Vault(vault) => format!("of vault {vault}, from its members"),
    };
    let intent = Intent::free(format!(
        "Burns the {} PHA {what} that slashes of pool {} have taken and are still held.",
        pha(lost),
        args.pool
    ));
    let sent = sender.send(&intent, &Call::Pools(Pools::Settle { pool: args.pool, holder })).await?;
    let json = json!({ "pool": args.pool, "lost": lost.to_string() });
    connection.output.result(&sent.json(json), || format!("Settled in block {}", sent.block()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        blocks::tests::blocks,
        pool::tests_found::{MEMBER, OWNER, PHA, example},
    };

    fn delegation() -> Delegation {
        let found = example();
        let (holder, position) = (Holder::Account(MEMBER), found.position.unwrap());
        let worth = Worth { reward: 7 * PHA, ..position.worth(&found.pool, &holder) };
        let chunk = Chunk { pool: 3, holder, shares: 100 * PHA, due: 1100 };
        Delegation { number: 3, pool: found.pool, position, worth, frozen: false, chunks: vec![chunk] }
    }

    #[test]
    fn what_leaves_says_when_it_is_paid_out_or_why_it_waits() {
        let said = |delegation: &Delegation| text(delegation, &MEMBER, &blocks());
        let text = said(&delegation());
        for part in ["pool 3", "earns      500 PHA", "claimable  7 PHA", "100 PHA paid out in block 1100"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let mut due = delegation();
        due.chunks[0].due = 900;
        assert!(said(&due).contains("due since block 900, and waits until the pool has free stake"));
        due.frozen = true;
        assert!(said(&due).contains("the pool is frozen") && said(&due).contains("FROZEN"));
        assert!(
            said(&Delegation { chunks: vec![], ..delegation() }).contains("1 chunks more that the node did not list")
        );
    }

    #[test]
    fn an_owner_claims_the_commission_too() {
        let mut own = delegation();
        own.pool.fees = 2 * PHA;
        assert_eq!(own.claimable(&OWNER), 9 * PHA);
        assert_eq!(own.claimable(&MEMBER), 7 * PHA);
        assert_eq!(claims(&[own], None, &OWNER), [(3, 9 * PHA)]);
    }

    #[test]
    fn only_what_was_asked_for_and_earned_is_claimed() {
        let bare = Delegation { number: 4, worth: Worth::default(), ..delegation() };
        let all = [delegation(), bare];
        assert_eq!(claims(&all, None, &MEMBER), [(3, 7 * PHA)]);
        assert_eq!(claims(&all, Some(4), &MEMBER), []);
    }

    #[test]
    fn a_vault_that_is_named_is_claimed_from_for_its_pools_may_have_earned_since() {
        let mut vault = Delegation { worth: Worth::default(), ..delegation() };
        vault.pool.vault = Some(economy::Vault::default());
        assert!(text(&vault, &MEMBER, &blocks()).contains("the last time that somebody touched it"));
        let all = [vault];
        assert_eq!(claims(&all, Some(3), &MEMBER), [(3, 0)]);
        assert_eq!(claims(&all, None, &MEMBER), []);
    }

    #[test]
    fn an_owner_without_stake_has_the_commission_to_claim() {
        let mut pool = delegation().pool;
        assert_eq!(place(&pool, None, &OWNER), None, "nothing was earned");
        pool.fees = 2 * PHA;
        assert_eq!(place(&pool, None, &OWNER), Some(Position::default()));
        assert_eq!(place(&pool, None, &MEMBER), None);
        let position = place(&pool, None, &OWNER).unwrap();
        let worth = position.worth(&pool, &Holder::Account(OWNER));
        assert_eq!(claimable(&pool, &worth, &OWNER), 2 * PHA);
    }
}
