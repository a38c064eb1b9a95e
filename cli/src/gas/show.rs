//! `adyton gas show`.

use adyton_client::{
    chain::address,
    protocol::{storage, usage::Terms},
};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::{
    Found,
    set::{a_day, percent},
};
use crate::{account::pha, connection::Connection};

/// Which contract.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
}

/// Shows what is proven.
pub async fn run(args: &ShowArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let contract = connection.contract(client.network(), &args.contract)?;
    let facts = client.facts(&Found::keys(&contract)).await?;
    let mut found = Found::of(&facts, &contract)?;
    if let Some(lease) = facts.lease(&contract)?.filter(|lease| !lease.released) {
        let ask = client.facts(&[storage::gas_asks(&lease.holder)]).await?.gas_ask(&lease.holder)?;
        found.holder = Some((lease.holder, ask));
    }
    connection.output.result(&as_json(&found), || text(&found))
}

impl Found {
    fn state(&self) -> &'static str {
        let now = self.blocks.newest;
        match self.account.terms_at(now) {
            None => "free",
            Some(_) if self.account.is_paused(now) => "paused",
            Some(_) => "paid",
        }
    }

    /// What the account would pay a day if it went on as since the last claim.
    fn burn_a_day(&self) -> Option<u128> {
        let last = self.account.last?;
        last.paid.checked_mul(a_day(&self.blocks).into())?.checked_div(last.blocks.into())
    }

    /// For how many blocks the balance lasts at that rate.
    fn lasts(&self) -> Option<u32> {
        let last = self.account.last.filter(|last| last.paid > 0)?;
        let blocks = self.account.balance.checked_mul(last.blocks.into())?.checked_div(last.paid)?;
        Some(u32::try_from(blocks).unwrap_or(u32::MAX))
    }
}

fn terms_json(terms: &Terms) -> Value {
    json!({
        "price": terms.price.to_string(),
        "units_a_block": terms.units,
        "royalty": terms.royalty.as_ref().map(|royalty| {
            json!({ "to": address::encode(&royalty.to), "percent": percent(royalty.share) })
        }),
        "caller": terms.caller.map(|cap| json!({ "units": cap.units, "blocks": cap.period })),
    })
}

fn as_json(found: &Found) -> Value {
    let (now, account) = (found.blocks.newest, &found.account);
    json!({
        "state": found.state(),
        "balance": account.balance.to_string(),
        "reserved": account.reserved(now, found.parameters.window).to_string(),
        "terms": account.terms_at(now).map(terms_json),
        "next": account.terms.pending(now).map(|(terms, from)| json!({ "from": from, "terms": terms.as_ref().map(terms_json) })),
        "spent": account.spent.to_string(),
        "last": account.last.map(|last| {
            json!({ "units": last.units.to_string(), "paid": last.paid.to_string(), "blocks": last.blocks })
        }),
        "settled_at": account.settled_at,
        "burn_a_day": found.burn_a_day().map(|burn| burn.to_string()),
        "lasts_blocks": found.lasts(),
        "worker": found.holder.as_ref().map(|(worker, ask)| json!({ "worker": worker, "ask": ask.at(now).to_string() })),
        "block": now,
    })
}

fn text(found: &Found) -> String {
    let (now, account) = (found.blocks.newest, &found.account);
    let mut lines = vec![format!("balance   {} PHA{}", pha(account.balance), note(found))];
    match account.terms_at(now) {
        None => lines.push("price     none: it runs for nothing".into()),
        Some(terms) => lines.push(format!("price     {}", said(terms))),
    }
    let reserved = account.reserved(now, found.parameters.window);
    if reserved > 0 {
        lines.push(format!("reserved  {} PHA, for what its worker may still claim", pha(reserved)));
    }
    if let Some((terms, from)) = account.terms.pending(now) {
        let terms = terms.as_ref().map_or("none".into(), said);
        lines.push(format!("then      {terms}; from {} on", found.blocks.said(*from)));
    }
    if let Some((worker, ask)) = &found.holder {
        let ask = *ask.at(now);
        let dear = account.terms_at(now).is_some_and(|terms| ask > terms.price);
        let dear = if dear { ", which is more than the contract pays: it does not run it" } else { "" };
        lines.push(format!("worker    {worker}, asks {} PHA for a unit{dear}", pha(ask)));
    }
    lines.push(format!("spent     {} PHA in all", pha(account.spent)));
    if let Some(burn) = found.burn_a_day() {
        let lasts = found.lasts().map_or(String::new(), |blocks| format!("; lasts {}", found.blocks.lasting(blocks)));
        lines.push(format!("burns     {} PHA a day, as since the last claim{lasts}", pha(burn)));
    }
    lines.push(format!("proven as of block {now}"));
    lines.join("\n")
}

fn note(found: &Found) -> String {
    match found.state() {
        "paused" => ": the contract is paused until somebody fills it (adyton gas fund)".into(),
        _ => String::new(),
    }
}

fn said(terms: &Terms) -> String {
    let royalty = terms.royalty.as_ref().map_or(String::new(), |royalty| {
        format!("; {} % of it to {}", percent(royalty.share), address::encode(&royalty.to))
    });
    let caller = terms
        .caller
        .map_or(String::new(), |cap| format!("; one caller uses up to {} units in {} blocks", cap.units, cap.period));
    format!("up to {} PHA for a unit, up to {} units a block{royalty}{caller}", pha(terms.price), terms.units)
}

#[cfg(test)]
pub mod tests {
    use adyton_client::protocol::{
        ids::{AccountId, CodeHash, WorkerId},
        policy::ContractPolicy,
        record::ContractRecord,
        usage::{CallerCap, GasAccount, Noticed, Parameters, Royalty, Spending},
    };

    use super::*;
    use crate::blocks::tests::blocks;

    pub const PHA: u128 = 1_000_000_000_000;

    /// At block 1000 of 6 s: a contract with 100 PHA that was settled in this block.
    pub(in crate::gas) fn found() -> Found {
        let terms = Terms { price: PHA / 1000, units: 1000, royalty: None, caller: None };
        Found {
            blocks: blocks(),
            parameters: Parameters::default(),
            contract: ContractRecord {
                owner: AccountId([4; 32]),
                code: CodeHash([5; 32]),
                version: 1,
                manifest: Vec::new(),
                policy: ContractPolicy::open(0),
                deployed_at: 1,
                pending: None,
                deposit: 0,
            },
            account: GasAccount {
                balance: 100 * PHA,
                terms: Noticed::holding(Some(terms)),
                settled_at: 1000,
                spent: 7 * PHA,
                last: Some(Spending { units: 5, paid: PHA, blocks: 144 }),
                closed: 0,
            },
            holder: None,
        }
    }

    #[test]
    fn balance_price_and_rate_are_said() {
        let text = text(&found());
        assert!(text.starts_with("balance   100 PHA\nprice     up to 0.001 PHA for a unit, up to 1000 units a block"));
        assert!(text.contains("burns     100 PHA a day, as since the last claim; lasts 14400 blocks (1 d)"), "{text}");
        assert!(text.contains("spent     7 PHA in all") && text.ends_with("proven as of block 1000"), "{text}");
        let json = as_json(&found());
        assert_eq!((&json["state"], &json["burn_a_day"]), (&json!("paid"), &json!((100 * PHA).to_string())));
    }

    #[test]
    fn an_empty_account_is_said_to_pause_the_contract_with_its_remedy() {
        let found = Found { account: GasAccount { balance: 1, ..found().account }, ..found() };
        let text = text(&found);
        assert!(text.contains("paused") && text.contains("adyton gas fund"), "{text}");
        assert_eq!(as_json(&found)["state"], "paused");
    }

    #[test]
    fn a_contract_without_a_price_is_said_to_run_for_nothing() {
        let free = Found { account: GasAccount::default(), ..found() };
        assert!(text(&free).contains("price     none: it runs for nothing"));
        assert_eq!(as_json(&free)["state"], "free");
    }

    #[test]
    fn what_comes_and_what_is_asked_are_said() {
        let mut found = found();
        let royalty = Some(Royalty { to: AccountId([9; 32]), share: 25_000 });
        let caller = Some(CallerCap { units: 3, period: 4 });
        let next = Terms { price: PHA, units: 2, royalty, caller };
        found.account.terms.next = Some((Some(next), 1600));
        found.holder = Some((WorkerId([8; 32]), Noticed::holding(PHA / 500)));
        let text = text(&found);
        assert!(text.contains("then      up to 1 PHA for a unit, up to 2 units a block; 2.5 % of it to"), "{text}");
        assert!(text.contains("one caller uses up to 3 units in 4 blocks; from block 1600"), "{text}");
        assert!(text.contains("asks 0.002 PHA for a unit, which is more than the contract pays"), "{text}");
        let json = as_json(&found);
        assert_eq!((&json["next"]["from"], &json["worker"]["ask"]), (&json!(1600), &json!((PHA / 500).to_string())));
    }
}
