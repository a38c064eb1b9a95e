//! `adyton gov list` and `adyton gov show`.

use adyton_client::{
    Client,
    chain::{
        address,
        facts::Facts,
        governance::{
            Bar, Deposit, Ended, Proposal, Referendum, Share, State, Status, Track, enactment_of, preimage, referendum,
            referendum_count, tracks::UNDECIDED_TIMEOUT,
        },
        verifier::FinalizedHeader,
    },
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use super::{describe, rules::Rules};
use crate::{account::pha, connection::Connection, output::misuse};

/// How many are listed without more being asked for.
const NEWEST: u32 = 20;
/// The most that are read at once.
const MAX_LISTED: u32 = 500;

/// Which are listed.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Up to 500 of the newest instead of 20.
    #[arg(long)]
    all: bool,
}

/// Which one is shown.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Its number.
    referendum: u32,
}

/// Lists the newest.
pub async fn list(args: &ListArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let mut keys = Rules::keys();
    keys.push(referendum_count());
    let facts = client.facts_at(&head, &keys).await?;
    let (rules, count) = (Rules::of(&facts)?, facts.referendum_count()?);
    let most = if args.all { MAX_LISTED } else { NEWEST };
    let numbers: Vec<u32> = (count.saturating_sub(most)..count).rev().collect();
    let keys: Vec<Vec<u8>> = numbers.iter().map(|number| referendum(*number)).collect();
    let facts = client.facts_at(&head, &keys).await?;
    let mut rows = Vec::new();
    for number in numbers {
        rows.push((number, brief(facts.referendum(number), &rules)));
    }
    let json: Vec<Value> = rows
        .iter()
        .map(|(number, (state, track))| json!({ "referendum": number, "state": state, "track": track }))
        .collect();
    connection.output.result(&json, || match rows.is_empty() {
        true => "Nothing was ever proposed on this network".into(),
        false => {
            let line = |(number, (state, track)): &(u32, (String, Option<&str>))| {
                format!("{number:>5}  {:<13} {state}\n", track.unwrap_or(""))
            };
            rows.iter().map(line).collect::<String>()
                + &format!("proven as of block {}; there were {count}", rules.blocks.newest)
        }
    })
}

/// How one stands, and its track while it is known.
fn brief(
    found: Result<Option<Referendum>, adyton_client::chain::verifier::Refusal>,
    rules: &Rules,
) -> (String, Option<&'static str>) {
    match found {
        Err(refusal) => (format!("not readable by this version: {refusal}"), None),
        Ok(None) => ("is not there".into(), None),
        Ok(Some(Referendum::Ongoing(status))) => (state_text(&status, rules), Some(status.origin.info().name)),
        Ok(Some(Referendum::Approved(Ended { block, .. }))) => (format!("approved in block {block}"), None),
        Ok(Some(Referendum::Rejected(Ended { block, .. }))) => (format!("rejected in block {block}"), None),
        Ok(Some(Referendum::Cancelled(Ended { block, .. }))) => (format!("cancelled in block {block}"), None),
        Ok(Some(Referendum::TimedOut(Ended { block, .. }))) => (format!("never decided; ended in block {block}"), None),
        Ok(Some(Referendum::Killed(block))) => (format!("ended by root in block {block}, its deposits are lost"), None),
    }
}

/// What becomes of it.
fn state(status: &Status, rules: &Rules) -> State {
    let track = status.origin;
    status.state(&track.info(), &rules.periods(track), rules.issuance, UNDECIDED_TIMEOUT)
}

fn state_text(status: &Status, rules: &Rules) -> String {
    match state(status, rules) {
        State::WantsDeposit(block) => {
            format!("waits for its deposit (`adyton gov deposit`); ends without one in {}", rules.blocks.said(block))
        }
        State::Prepares(block) => format!("is decided from {} on", rules.blocks.said(block)),
        State::Waits => "waits until others of its track are decided".into(),
        State::Lacks(None, end) => format!("lacks votes; rejected in {}", rules.blocks.said(end)),
        State::Lacks(Some(enough), end) => {
            format!(
                "lacks votes until {}, as what is needed falls; rejected in {}",
                rules.blocks.said(enough),
                rules.blocks.said(end)
            )
        }
        State::Confirms(block) => format!("has what it needs; approved in {} if it keeps it", rules.blocks.said(block)),
    }
}

/// Shows one.
pub async fn show(args: &ShowArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let (head, facts, rules) = read(&client, args.referendum).await?;
    let found = facts.referendum(args.referendum)?;
    let found = found.ok_or_else(|| misuse(format!("there is no referendum {}", args.referendum)))?;
    match &found {
        Referendum::Ongoing(status) => ongoing(args.referendum, status, &client, &head, &rules, connection).await,
        _over => over(args.referendum, &found, &facts, &rules, connection),
    }
}

/// A referendum, with what decides about it.
pub async fn read(client: &Client, number: u32) -> Result<(FinalizedHeader, Facts, Rules)> {
    let head = client.reader().head().await?;
    let mut keys = Rules::keys();
    keys.extend([referendum(number), enactment_of(number)]);
    let facts = client.facts_at(&head, &keys).await?;
    let rules = Rules::of(&facts)?;
    Ok((head, facts, rules))
}

async fn ongoing(
    number: u32,
    status: &Status,
    client: &Client,
    head: &FinalizedHeader,
    rules: &Rules,
    connection: &Connection<'_>,
) -> Result<()> {
    let bytes = bytes_of(&status.proposal, client, head).await?;
    let call = bytes.as_deref().and_then(describe::of_bytes);
    let warning = bytes.as_deref().and_then(|bytes| describe::misfit(bytes, status.origin));
    let (info, periods) = (status.origin.info(), rules.periods(status.origin));
    let elapsed = status.elapsed(&periods, rules.blocks.newest);
    let (approval, support) = (status.tally.approval(), status.tally.support(rules.issuance));
    let needs = (Bar::new(info.approval).at(elapsed), Bar::new(info.support).at(elapsed));
    let enacted = match state(status, rules) {
        State::Confirms(block) => Some(status.enacted(&periods, block)),
        State::WantsDeposit(_) | State::Prepares(_) | State::Waits | State::Lacks(..) => None,
    };
    let share = |has: Share, needed: Share| json!({ "percent": has.percent(), "needed_percent": needed.percent(), "enough": has >= needed });
    let json = json!({
        "referendum": number,
        "state": state_text(status, rules),
        "ongoing": true,
        "track": info.name,
        "hash": hex::encode(status.proposal.hash()),
        "call": call,
        "bytes": bytes.as_ref().map(hex::encode),
        "proposer": address::encode(&status.submission_deposit.who),
        "submitted": status.submitted,
        "deciding_since": status.deciding.map(|deciding| deciding.since),
        "confirmed_in": status.deciding.and_then(|deciding| deciding.confirming),
        "enacted_in": enacted,
        "ayes": status.tally.ayes.to_string(),
        "nays": status.tally.nays.to_string(),
        "in_favour": status.tally.support.to_string(),
        "approval": share(approval, needs.0),
        "support": share(support, needs.1),
        "block": rules.blocks.newest,
    });
    connection.output.result(&json, || {
        let what = match (&call, &bytes) {
            (Some(call), _) => call.text(),
            (None, Some(bytes)) => format!("a call that this version does not know: 0x{}", hex::encode(bytes)),
            (None, None) => "its bytes are not on the chain; without them nothing is done".into(),
        };
        let line = |has: Share, needed: Share| format!("{} %, {} % is needed now", has.percent(), needed.percent());
        let done = enacted.map_or_else(String::new, |block| format!("\n  done in    {}", rules.blocks.said(block)));
        format!(
            "referendum {number} on the track {}, by {}\n  {what}\n  hash       0x{}\n  state      {}{done}\n  approval   {}\n  support    {}\n  votes      {} in favour, {} against (with their convictions)\nproven as of block {}",
            info.name,
            address::encode(&status.submission_deposit.who),
            hex::encode(status.proposal.hash()),
            state_text(status, rules),
            line(approval, needs.0),
            line(support, needs.1),
            pha(status.tally.ayes),
            pha(status.tally.nays),
            rules.blocks.newest,
        )
    })?;
    if let Some(warning) = warning {
        connection.output.warn(warning);
    }
    Ok(())
}

/// The bytes of what is proposed, where they are on the chain.
async fn bytes_of(proposal: &Proposal, client: &Client, head: &FinalizedHeader) -> Result<Option<Vec<u8>>> {
    let bytes = match proposal {
        Proposal::Inline(bytes) => Some(bytes.clone()),
        Proposal::Legacy(_) => None,
        Proposal::Lookup { hash, length } => {
            client.facts_at(head, &[preimage(hash, *length)]).await?.preimage(hash, *length)?
        }
    };
    Ok(bytes.filter(|bytes| proposal.is_of(bytes)))
}

fn over(number: u32, found: &Referendum, facts: &Facts, rules: &Rules, connection: &Connection<'_>) -> Result<()> {
    let (said, _) = brief(Ok(Some(found.clone())), rules);
    let held = held(found);
    let scheduled = match found {
        Referendum::Approved(_) => facts.enactment_of(number)?.map(|(block, _)| block),
        _other => None,
    };
    let approved = matches!(found, Referendum::Approved(_));
    let json = json!({
        "referendum": number,
        "state": said,
        "ongoing": false,
        "approved": approved,
        "enacted_in": scheduled,
        "held": held.iter().map(|(what, deposit)| json!({ "for": what, "of": address::encode(&deposit.who), "amount": deposit.amount.to_string() })).collect::<Vec<_>>(),
        "block": rules.blocks.newest,
    });
    connection.output.result(&json, || {
        let done = match (approved, scheduled) {
            (true, Some(block)) => format!("\n  done in    {}", rules.blocks.said(block)),
            (true, None) => "\n  done".into(),
            (false, _) => String::new(),
        };
        let deposits: String = held
            .iter()
            .map(|(what, deposit)| {
                format!("\n  still held {} PHA of {} for {what}", pha(deposit.amount), address::encode(&deposit.who))
            })
            .collect();
        format!("referendum {number}: {said}{done}{deposits}\nproven as of block {}", rules.blocks.newest)
    })
}

/// The deposits of one that is over that were not given back.
pub fn held(found: &Referendum) -> Vec<(&'static str, Deposit)> {
    let ended = match found {
        Referendum::Approved(ended)
        | Referendum::Rejected(ended)
        | Referendum::Cancelled(ended)
        | Referendum::TimedOut(ended) => ended,
        Referendum::Ongoing(_) | Referendum::Killed(_) => return Vec::new(),
    };
    let named = [("the proposal", ended.submission_deposit), ("the decision", ended.decision_deposit)];
    named.into_iter().filter_map(|(what, deposit)| Some((what, deposit?))).collect()
}

/// The referendum that is not over, or why nobody can vote in it.
pub fn under_way(number: u32, facts: &Facts) -> Result<Box<Status>> {
    match facts.referendum(number)? {
        Some(Referendum::Ongoing(status)) => Ok(status),
        Some(_over) => Err(misuse(format!("referendum {number} is over; see `adyton gov show {number}`"))),
        None => Err(misuse(format!("there is no referendum {number}; see `adyton gov list`"))),
    }
}

/// The track by its number, which every network has.
pub fn track_of(number: u16) -> Result<Track> {
    Track::of_number(number).with_context(|| format!("this version knows no track {number}"))
}
