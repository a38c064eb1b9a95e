//! `adyton gov vote`, `unvote` and `unlock`.

use adyton_client::{
    Account, Client,
    chain::{
        extrinsic::{
            Call, Signer,
            calls::{Address, ConvictionVoting},
        },
        facts::Facts,
        governance::{AccountVote, Referendum, Track, Vote, Voting, class_locks, referendum, voting},
    },
    protocol::storage,
};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{
    rules::Rules,
    show::{track_of, under_way},
};
use crate::{
    account::{parse_pha, pha},
    connection::Connection,
    output::misuse,
    signing::Signing,
};

/// How to vote.
#[derive(Debug, Args)]
pub struct VoteArgs {
    /// In which referendum.
    referendum: u32,
    /// Which way.
    #[arg(value_enum)]
    way: Way,
    /// With how much, in PHA. What is held as a deposit or a stake votes too.
    #[arg(long, value_name = "PHA")]
    amount: String,
    /// How strongly, 0 to 6. 0 counts a tenth and locks nothing after the end; each other counts that many times, and
    /// locks for 1, 2, 4, 8, 16 or 32 periods after the end if the outcome is as you vote.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=6))]
    conviction: u8,
    #[command(flatten)]
    signing: Signing,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// In favour.
    Aye,
    /// Against.
    Nay,
}

/// Which vote.
#[derive(Debug, Args)]
pub struct UnvoteArgs {
    /// The referendum.
    referendum: u32,
    /// The account that voted.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Whose.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// The account that voted.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Votes.
pub async fn vote(args: &VoteArgs, connection: &Connection<'_>) -> Result<()> {
    let balance = parse_pha(&args.amount)
        .filter(|amount| *amount > 0)
        .ok_or_else(|| misuse(format!("'{}' is no amount of PHA, such as 1 or 0.25", args.amount)))?;
    let vote =
        Vote::new(args.way == Way::Aye, args.conviction).expect("convictions above 6 are refused as they are typed");
    let (client, number) = (connection.client()?, args.referendum);
    let account = connection.account(client.network(), args.signing.from.as_deref())?;
    let mut keys = Rules::keys();
    keys.extend([referendum(number), storage::account(&account.account())]);
    let facts = client.facts(&keys).await?;
    let (rules, found) = (Rules::of(&facts)?, facts.account(&account.account())?);
    under_way(number, &facts)?;
    let has = found.free.saturating_add(found.reserved);
    if balance > has {
        return Err(misuse(format!("{} has {} PHA", account.address(), pha(has))));
    }
    args.signing.confirm(&said(number, args.way, &vote, balance, &rules), connection.output)?;
    let vote_call = ConvictionVoting::Vote { referendum: number, vote: AccountVote::Standard { vote, balance } };
    let block = client.submit(&account, &Call::ConvictionVoting(vote_call)).await?.block.number();
    let json = json!({
        "referendum": number,
        "aye": vote.aye,
        "amount": balance.to_string(),
        "conviction": vote.conviction(),
        "votes": vote.votes(balance).to_string(),
        "lock_blocks_after_the_end": lock_blocks(&vote, &rules),
        "block": block,
    });
    connection.output.result(&json, || format!("Voted in block {block}; `adyton gov show {number}` says how it stands"))
}

/// For how many blocks the vote locks after the end.
fn lock_blocks(vote: &Vote, rules: &Rules) -> u32 {
    rules.lock.saturating_mul(vote.lock_periods())
}

fn said(number: u32, way: Way, vote: &Vote, balance: u128, rules: &Rules) -> String {
    let (word, outcome) = match way {
        Way::Aye => ("aye", "approved"),
        Way::Nay => ("nay", "rejected"),
    };
    let after = match lock_blocks(vote, rules) {
        0 => "not after it".into(),
        blocks => format!("if it is {outcome}, for {blocks} blocks ({}) after it", rules.blocks.span(blocks)),
    };
    format!(
        "Votes {word} in referendum {number} with {} PHA, which count as {} votes. They cannot be moved until the referendum is over or the vote is taken back, and {after}.",
        pha(balance),
        pha(vote.votes(balance))
    )
}

/// Takes a vote back.
pub async fn unvote(args: &UnvoteArgs, connection: &Connection<'_>) -> Result<()> {
    let (client, number) = (connection.client()?, args.referendum);
    let account = connection.account(client.network(), args.from.as_deref())?;
    let mut keys = Rules::keys();
    keys.push(referendum(number));
    keys.extend(Track::ALL.map(|track| voting(&account.account(), track.number())));
    let facts = client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let Some((track, vote)) = own_vote(number, &account, &facts)? else {
        return Err(misuse(format!("{} has no vote in referendum {number}", account.address())));
    };
    let locked_until = facts.referendum(number)?.and_then(|found| locked_until(&found, &vote, &rules));
    let calls = vec![
        Call::ConvictionVoting(ConvictionVoting::RemoveVote { track: Some(track.number()), referendum: number }),
        unlock_call(track, &account),
    ];
    let block = client.submit(&account, &Call::all(calls)).await?.block.number();
    let json = json!({
        "referendum": number,
        "track": track.info().name,
        "amount": vote.balance().to_string(),
        "locked_until": locked_until,
        "block": block,
    });
    connection.output.result(&json, || match locked_until {
        Some(until) => format!(
            "Taken back in block {block}. {} PHA stay locked until {}; `adyton gov unlock` lets go of them then",
            pha(vote.balance()),
            rules.blocks.said(until)
        ),
        None => format!("Taken back in block {block}; what no other vote locks can be moved again"),
    })
}

/// The account's vote, and the track on which it stands.
fn own_vote(number: u32, account: &Account, facts: &Facts) -> Result<Option<(Track, AccountVote)>> {
    for track in Track::ALL {
        match facts.voting(&account.account(), track)? {
            Voting::Casting(casting) => {
                if let Some((_, vote)) = casting.votes.iter().find(|(index, _)| *index == number) {
                    return Ok(Some((track, *vote)));
                }
            }
            Voting::Delegating(..) => {}
        }
    }
    Ok(None)
}

/// Until which block a vote of a referendum that is over locks; none, if it does not.
fn locked_until(found: &Referendum, vote: &AccountVote, rules: &Rules) -> Option<u32> {
    let (end, approved) = match found {
        Referendum::Approved(ended) => (ended.block, true),
        Referendum::Rejected(ended) => (ended.block, false),
        Referendum::Ongoing(_) | Referendum::Cancelled(_) | Referendum::TimedOut(_) | Referendum::Killed(_) => {
            return None;
        }
    };
    let AccountVote::Standard { vote, .. } = vote else { return None };
    let until = end.saturating_add(lock_blocks(vote, rules));
    (vote.aye == approved && until > rules.blocks.newest).then_some(until)
}

fn unlock_call(track: Track, account: &Account) -> Call {
    let account = Address::Id(account.account());
    Call::ConvictionVoting(ConvictionVoting::Unlock { track: track.number(), account })
}

/// Lets go of what votes locked.
pub async fn unlock(args: &UnlockArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let account = connection.account(client.network(), args.from.as_deref())?;
    let before = locks(&client, &account).await?;
    if before.is_empty() {
        bail!("votes of {} lock nothing", account.address());
    }
    let mut calls = Vec::new();
    for (track, _) in &before {
        calls.push(unlock_call(track_of(*track)?, &account));
    }
    let block = client.submit(&account, &Call::all(calls)).await?.block.number();
    let most = |locks: &[(u16, u128)]| locks.iter().map(|(_, amount)| *amount).max().unwrap_or(0);
    let (was, is) = (most(&before), most(&locks(&client, &account).await?));
    let json = json!({ "locked_before": was.to_string(), "locked": is.to_string(), "block": block });
    connection.output.result(&json, || match is {
        0 => format!("Votes lock nothing any more since block {block}; they locked {} PHA", pha(was)),
        is if is == was => {
            format!("Votes still lock {} PHA: `adyton gov unvote` takes those back that are over", pha(is))
        }
        is => format!("Votes lock {} PHA since block {block}; they locked {}", pha(is), pha(was)),
    })
}

async fn locks(client: &Client, account: &Account) -> Result<Vec<(u16, u128)>> {
    let own = account.account();
    Ok(client.facts(&[class_locks(&own)]).await?.class_locks(&own)?)
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::governance::Ended;

    use super::{super::rules::tests::rules, *};

    const PHA: u128 = 1_000_000_000_000;

    fn voted(aye: bool, conviction: u8) -> AccountVote {
        AccountVote::Standard { vote: Vote::new(aye, conviction).unwrap(), balance: PHA }
    }

    #[test]
    fn a_vote_says_what_it_counts_and_locks() {
        let vote = Vote::new(true, 3).unwrap();
        let text = said(7, Way::Aye, &vote, 10 * PHA, &rules());
        for part in ["aye in referendum 7", "10 PHA", "30 votes", "approved, for 400 blocks (40 min)"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let weak = said(7, Way::Nay, &Vote::new(false, 0).unwrap(), 10 * PHA, &rules());
        assert!(weak.contains("count as 1 votes") && weak.contains("not after it"), "{weak}");
    }

    #[test]
    fn only_the_winning_side_stays_locked_and_only_for_its_time() {
        let ended = |block| Ended { block, submission_deposit: None, decision_deposit: None };
        let (approved, rejected) = (Referendum::Approved(ended(950)), Referendum::Rejected(ended(950)));
        assert_eq!(locked_until(&approved, &voted(true, 1), &rules()), Some(1050));
        assert_eq!(locked_until(&approved, &voted(true, 6), &rules()), Some(950 + 3200));
        assert_eq!(locked_until(&rejected, &voted(false, 1), &rules()), Some(1050));
        assert_eq!(locked_until(&approved, &voted(false, 1), &rules()), None, "it lost");
        assert_eq!(locked_until(&approved, &voted(true, 0), &rules()), None, "it has no conviction");
        assert_eq!(
            locked_until(&Referendum::Approved(ended(900)), &voted(true, 1), &rules()),
            None,
            "its time is over"
        );
        assert_eq!(locked_until(&Referendum::Cancelled(ended(950)), &voted(true, 6), &rules()), None);
        let split = AccountVote::Split { aye: PHA, nay: PHA };
        assert_eq!(locked_until(&approved, &split, &rules()), None);
    }
}
