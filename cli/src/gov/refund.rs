//! `adyton gov deposit`, `refund` and `payout`: what is put down for a referendum, and what comes of it.

use adyton_client::{
    chain::{
        address,
        extrinsic::{
            Call,
            calls::{Preimage, Referenda, Treasury},
        },
        governance::{Deposit, Referendum},
    },
    protocol::ids::Digest,
};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::show::{held, read, under_way};
use crate::{account::pha, connection::Connection, output::misuse, signing::Signing};

/// For which one.
#[derive(Debug, Args)]
pub struct DepositArgs {
    /// The referendum.
    referendum: u32,
    #[command(flatten)]
    signing: Signing,
}

/// Of which one.
#[derive(Debug, Args)]
pub struct RefundArgs {
    /// The referendum.
    referendum: u32,
    /// Take the proposal's bytes back too, which this account put there: their hash, as `adyton gov propose` printed it.
    #[arg(long, value_name = "HASH")]
    preimage: Option<Digest>,
    /// The account that signs; anybody may, and each deposit goes to whose it is.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// What is paid out.
#[derive(Debug, Args)]
pub struct PayoutArgs {
    /// The spending's number, from 0 in the order in which they were enacted.
    spend: u32,
    /// The account that signs; anybody may.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Places the decision's deposit.
pub async fn deposit(args: &DepositArgs, connection: &Connection<'_>) -> Result<()> {
    let (client, number) = (connection.client()?, args.referendum);
    let account = connection.account(client.network(), args.signing.from.as_deref())?;
    let (_, facts, _) = read(&client, number).await?;
    let status = under_way(number, &facts)?;
    if let Some(Deposit { who, .. }) = status.decision_deposit {
        return Err(misuse(format!("{} has placed it already", address::encode(&who))));
    }
    let amount = status.origin.info().deposit;
    let what = format!("Places {} PHA for referendum {number}, held until it is over.", pha(amount));
    args.signing.confirm(&what, connection.output)?;
    let call = Call::Referenda(Referenda::PlaceDecisionDeposit(number));
    let block = client.submit(&account, &call).await?.block.number();
    let json = json!({ "referendum": number, "deposit": amount.to_string(), "block": block });
    connection.output.result(&json, || format!("Placed in block {block}"))
}

/// Gives deposits back.
pub async fn refund(args: &RefundArgs, connection: &Connection<'_>) -> Result<()> {
    let (client, number) = (connection.client()?, args.referendum);
    let account = connection.account(client.network(), args.from.as_deref())?;
    let (_, facts, _) = read(&client, number).await?;
    let found = facts.referendum(number)?;
    let found = found.ok_or_else(|| misuse(format!("there is no referendum {number}")))?;
    let (calls, returned) = calls(number, &found)?;
    let mut calls = calls;
    calls.extend(args.preimage.map(|hash| Call::Preimage(Preimage::UnnotePreimage(hash.0))));
    if calls.is_empty() {
        bail!("no deposit of referendum {number} is there to be given back");
    }
    let block = client.submit(&account, &Call::all(calls)).await?.block.number();
    let json = json!({
        "referendum": number,
        "returned": returned.iter().map(|deposit| json!({ "to": address::encode(&deposit.who), "amount": deposit.amount.to_string() })).collect::<Vec<_>>(),
        "preimage": args.preimage,
        "block": block,
    });
    connection.output.result(&json, || {
        let lines: String = returned
            .iter()
            .map(|deposit| format!("\n  {} PHA to {}", pha(deposit.amount), address::encode(&deposit.who)))
            .collect();
        let preimage = args.preimage.map_or("", |_| "\n  the deposit for the proposal's bytes");
        format!("Given back in block {block}:{lines}{preimage}")
    })
}

/// The calls that give back what can be, and whose it is. The proposer's deposit comes back only from an approval or a
/// cancellation.
fn calls(number: u32, found: &Referendum) -> Result<(Vec<Call>, Vec<Deposit>)> {
    let gives_submission = match found {
        Referendum::Ongoing(_) => {
            return Err(misuse(format!("referendum {number} is not over; its deposits stay until it is")));
        }
        Referendum::Approved(_) | Referendum::Cancelled(_) => true,
        Referendum::Rejected(_) | Referendum::TimedOut(_) | Referendum::Killed(_) => false,
    };
    let (mut calls, mut returned) = (Vec::new(), Vec::new());
    for (what, deposit) in held(found) {
        let call = match what == "the decision" {
            true => Referenda::RefundDecisionDeposit(number),
            false if gives_submission => Referenda::RefundSubmissionDeposit(number),
            false => continue,
        };
        calls.push(Call::Referenda(call));
        returned.push(deposit);
    }
    Ok((calls, returned))
}

/// Pays out what was decided.
pub async fn payout(args: &PayoutArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let account = connection.account(client.network(), args.from.as_deref())?;
    let call = Call::Treasury(Treasury::Payout(args.spend));
    let block = client.submit(&account, &call).await?.block.number();
    let json = json!({ "spend": args.spend, "block": block });
    connection.output.result(&json, || format!("Paid out in block {block}"))
}

#[cfg(test)]
mod tests {
    use adyton_client::{chain::governance::Ended, protocol::ids::AccountId};

    use super::*;

    fn ended() -> Ended {
        let deposit = |amount| Some(Deposit { who: AccountId([1; 32]), amount });
        Ended { block: 9, submission_deposit: deposit(100), decision_deposit: deposit(5000) }
    }

    fn amounts(found: &Referendum) -> Vec<u128> {
        let (calls, returned) = calls(3, found).unwrap();
        assert_eq!(calls.len(), returned.len());
        returned.iter().map(|deposit| deposit.amount).collect()
    }

    #[test]
    fn the_proposers_deposit_comes_back_only_from_an_approval_or_a_cancellation() {
        for found in [Referendum::Approved(ended()), Referendum::Cancelled(ended())] {
            assert_eq!(amounts(&found), [100, 5000]);
        }
        for found in [Referendum::Rejected(ended()), Referendum::TimedOut(ended())] {
            assert_eq!(amounts(&found), [5000]);
        }
        assert_eq!(amounts(&Referendum::Killed(9)), []);
        let given = Ended { submission_deposit: None, decision_deposit: None, ..ended() };
        assert_eq!(amounts(&Referendum::Approved(given)), []);
    }
}
