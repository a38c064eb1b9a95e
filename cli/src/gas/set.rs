//! `adyton gas fund`, `take-back`, `price` and `ask`.

use adyton_client::{
    chain::{
        address,
        extrinsic::calls::{Call, Usage},
    },
    protocol::{
        ids::{ContractId, WorkerId},
        storage,
        usage::{CallerCap, Noticed, Royalty, Terms, WHOLE},
    },
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use super::{Found, amount};
use crate::{
    account::{parse_pha, pha},
    blocks::Blocks,
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    signing::Signing,
};

/// Which contract, and with how much.
#[derive(Debug, Args)]
pub struct FundArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// How much, in PHA.
    amount: String,
    #[command(flatten)]
    signing: Signing,
}

/// Which contract, and how much.
#[derive(Debug, Args)]
pub struct TakeBackArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// How much, in PHA.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    amount: Option<String>,
    /// Everything that is not reserved.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Which contract, and on what terms.
#[derive(Debug, Args)]
pub struct PriceArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The most that it pays for a unit, in PHA.
    #[arg(required_unless_present = "none", conflicts_with = "none")]
    price: Option<String>,
    /// No price: it runs for nothing, where workers let it.
    #[arg(long)]
    none: bool,
    /// The most units that it uses a block: what it was, or 1000.
    #[arg(long, value_name = "UNITS", conflicts_with = "none")]
    units: Option<u64>,
    /// Who gets a royalty of what it pays; needs --share.
    #[arg(long, value_name = "ADDRESS", requires = "share", conflicts_with = "none")]
    royalty: Option<String>,
    /// The royalty's share, in percent.
    #[arg(long, value_name = "PERCENT", requires = "royalty")]
    share: Option<String>,
    /// The most units that one caller uses in a period; needs --caller-period.
    #[arg(long, value_name = "UNITS", requires = "caller_period", conflicts_with = "none")]
    caller_units: Option<u64>,
    /// The period's length, in blocks.
    #[arg(long, value_name = "BLOCKS", requires = "caller_units")]
    caller_period: Option<u32>,
    #[command(flatten)]
    signing: Signing,
}

/// Which worker, and how much.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// The worker's id.
    worker: WorkerId,
    /// What it asks for a unit, in PHA; 0: nothing.
    price: String,
    #[command(flatten)]
    signing: Signing,
}

/// The sender, the contract, and what is known of it.
async fn found<'a>(
    signing: &'a Signing,
    contract: &str,
    connection: &Connection<'_>,
) -> Result<(Sender<'a>, ContractId, Found)> {
    let sender = Sender::new(signing, connection)?;
    let contract = connection.contract(sender.client.network(), contract)?;
    let facts = sender.client.facts(&Found::keys(&contract)).await?;
    let found = Found::of(&facts, &contract)?;
    Ok((sender, contract, found))
}

/// Fills an account.
pub async fn fund(args: &FundArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = amount(&args.amount)?;
    let (sender, contract, found) = found(&args.signing, &args.contract, connection).await?;
    let least = found.parameters.minimum;
    ensure!(amount >= least, "at least {} PHA at a time, and this is {}", pha(least), pha(amount));
    let does = format!(
        "Fills the gas account of contract {contract} with {} PHA, in the block that takes it; it has {} PHA. Only its owner, {}, takes back what is left.",
        pha(amount),
        pha(found.account.balance),
        address::encode(&found.contract.owner),
    );
    let sent = sender.send(&Intent { does, takes: amount }, &Call::Usage(Usage::Fund { contract, amount })).await?;
    let json = json!({ "contract": contract, "amount": amount.to_string() });
    connection
        .output
        .result(&sent.json(json), || format!("Contract {contract} got {} PHA in block {}", pha(amount), sent.block()))
}

/// Takes back.
pub async fn take_back(args: &TakeBackArgs, connection: &Connection<'_>) -> Result<()> {
    let wanted = args.amount.as_deref().map(amount).transpose()?;
    let (sender, contract, found) = found(&args.signing, &args.contract, connection).await?;
    let (does, amount) = taking_back(&found, &contract, wanted)?;
    let sent = sender.send(&Intent::free(does), &Call::Usage(Usage::TakeBack { contract, amount })).await?;
    let json = json!({ "contract": contract, "amount": amount.to_string() });
    connection.output.result(&sent.json(json), || {
        format!("{} PHA came back from contract {contract} in block {}", pha(amount), sent.block())
    })
}

/// What taking back does, and how much it is; or why it cannot be done.
fn taking_back(found: &Found, contract: &ContractId, wanted: Option<u128>) -> Result<(String, u128)> {
    // Some blocks pass until it is in one, and what is reserved may be more or less by then.
    let now = found.blocks.newest;
    let reserved = [now, now.saturating_add(found.parameters.period)]
        .map(|at| found.account.reserved(at, found.parameters.window));
    let reserved = reserved[0].max(reserved[1]);
    let room = found.account.balance.saturating_sub(reserved);
    let amount = wanted.unwrap_or(room);
    ensure!(
        amount > 0 && amount <= room,
        "{} PHA can be taken back of {}: {} are reserved for what the contract's worker may still claim. Without a price nothing is, after {} at most: `adyton gas price {contract} --none`",
        pha(room),
        pha(found.account.balance),
        pha(reserved),
        found.blocks.lasting(found.parameters.notice.saturating_add(found.parameters.window)),
    );
    let left = found.account.balance.saturating_sub(amount);
    Ok((format!("Takes {} PHA back from contract {contract}, which keeps {}.", pha(amount), pha(left)), amount))
}

/// Sets terms.
pub async fn price(args: &PriceArgs, connection: &Connection<'_>) -> Result<()> {
    let (sender, contract, found) = found(&args.signing, &args.contract, connection).await?;
    let terms = terms(args, &found)?;
    let (from, does) = agreeing(&found, &contract, terms.as_ref());
    let call = Call::Usage(Usage::SetTerms { contract, terms: terms.clone() });
    let sent = sender.send(&Intent::free(does), &call).await?;
    let from = from.map_or(sent.block(), |notice| sent.block().saturating_add(notice));
    let json = json!({
        "contract": contract,
        "price": terms.as_ref().map(|terms| terms.price.to_string()),
        "units": terms.as_ref().map(|terms| terms.units),
        "from": from,
    });
    connection.output.result(&sent.json(json), || format!("It holds from {} on", found.blocks.said(from)))
}

/// The terms that are asked for.
fn terms(args: &PriceArgs, found: &Found) -> Result<Option<Terms>> {
    let Some(price) = args.price.as_deref().filter(|_| !args.none) else { return Ok(None) };
    let before = found.account.terms_at(found.blocks.newest);
    let royalty = match (&args.royalty, &args.share) {
        (Some(to), Some(share)) => {
            let to = address::decode(to).with_context(|| format!("'{to}' is no address"))?;
            Some(Royalty { to, share: millionths(share)? })
        }
        _neither => before.and_then(|terms| terms.royalty.clone()),
    };
    let caller = match (args.caller_units, args.caller_period) {
        (Some(units), Some(period)) => Some(CallerCap { units, period }),
        _neither => before.and_then(|terms| terms.caller),
    };
    let units = args.units.or(before.map(|terms| terms.units)).unwrap_or(1000);
    let terms = Terms { price: amount(price)?, units, royalty, caller };
    ensure!(
        terms.are_possible(&found.parameters),
        "a contract uses 1 to {} units a block, gives a royalty of at most {} %, and caps callers above zero",
        found.parameters.max_units,
        percent(found.parameters.max_royalty),
    );
    Ok(Some(terms))
}

/// After how many blocks the terms hold, if not at once; and what they do.
fn agreeing(found: &Found, contract: &ContractId, terms: Option<&Terms>) -> (Option<u32>, String) {
    let before = found.account.terms_at(found.blocks.newest);
    let notice = before.map(|_| found.parameters.notice);
    let when = notice.map_or("at once".into(), |notice| format!("after {}", found.blocks.lasting(notice)));
    let does = match terms {
        None => format!(
            "Contract {contract} pays nothing any more, {when}; when its worker has claimed what was used until then, or {} later, all that is left of its account can be taken back.",
            found.blocks.lasting(found.parameters.window),
        ),
        Some(terms) => format!(
            "Contract {contract} pays up to {} PHA for a unit and uses up to {} units a block, {when}: at most {} PHA a day. Its account has {} PHA; where it is empty, nobody runs the contract, and nothing of its state is lost.",
            pha(terms.price),
            terms.units,
            pha(terms.most(a_day(&found.blocks))),
            pha(found.account.balance),
        ),
    };
    (notice, does)
}

/// Sets an ask.
pub async fn ask(args: &AskArgs, connection: &Connection<'_>) -> Result<()> {
    let price = parse_pha(&args.price);
    let price = price.ok_or_else(|| misuse(format!("'{}' is no amount of PHA, such as 0.000001", args.price)))?;
    let sender = Sender::new(&args.signing, connection)?;
    let keys =
        [Blocks::key(), storage::gas_parameters(), storage::gas_asks(&args.worker), storage::workers(&args.worker)];
    let facts = sender.client.facts(&keys).await?;
    let record = facts.worker(&args.worker)?.context("the chain has no such worker")?;
    ensure!(
        record.operator == sender.id(),
        "only its operator asks for a worker, and this one's is {}",
        address::encode(&record.operator)
    );
    let before: Option<Noticed<u128>> = facts.item(&storage::gas_asks(&args.worker), "a worker's ask")?;
    let blocks = Blocks::of(&facts)?;
    let (later, does) = asking(before, price, &blocks, facts.gas_parameters()?.notice);
    let call = Call::Usage(Usage::SetAsk { worker: args.worker, price });
    let sent = sender.send(&Intent::free(does), &call).await?;
    let from = later.map_or(sent.block(), |notice| sent.block().saturating_add(notice));
    let json = json!({ "worker": args.worker, "price": price.to_string(), "from": from });
    connection.output.result(&sent.json(json), || format!("It holds from {} on", blocks.said(from)))
}

/// After how many blocks an ask holds, if not at once; and what it does.
fn asking(before: Option<Noticed<u128>>, price: u128, blocks: &Blocks, notice: u32) -> (Option<u32>, String) {
    let higher = before.is_some_and(|before| *before.at(blocks.newest) < price);
    let later = higher.then_some(notice);
    let when = later.map_or("at once".into(), |notice| format!("after {}", blocks.lasting(notice)));
    let price = pha(price);
    let does =
        format!("The worker asks {price} PHA for a unit, {when}. It runs no contract that has a price and pays less.");
    (later, does)
}

/// Blocks of a day.
pub fn a_day(blocks: &Blocks) -> u32 {
    u32::try_from(86_400_000 / blocks.slot_ms.max(1)).unwrap_or(u32::MAX)
}

/// Millionths as percent.
pub fn percent(millionths: u32) -> String {
    let part = format!("{:04}", millionths % 10_000);
    let digits = part.trim_end_matches('0');
    let whole = millionths / 10_000;
    if digits.is_empty() { whole.to_string() } else { format!("{whole}.{digits}") }
}

/// Percent as millionths.
fn millionths(text: &str) -> Result<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let part = digits(part).then(|| format!("{part:0<4}").parse::<u32>().ok()).flatten();
    let whole = digits(whole).then(|| whole.parse::<u32>().ok()).flatten();
    let share = whole.zip(part).map(|(whole, part)| whole.saturating_mul(10_000).saturating_add(part));
    share
        .filter(|share| *share <= WHOLE)
        .ok_or_else(|| misuse(format!("'{text}' is no share in percent, such as 20 or 2.5")))
}

#[cfg(test)]
mod tests {
    use adyton_client::protocol::usage::GasAccount;

    use super::*;
    use crate::gas::show::tests::{PHA, found};

    const CONTRACT: ContractId = ContractId([1; 32]);

    #[test]
    fn what_is_reserved_is_not_taken_back_and_the_remedy_is_said() {
        let found = found();
        // 1000 units at 0.001 PHA for each of a window's 600 blocks.
        let rich = Found { account: GasAccount { balance: 650 * PHA, ..found.account.clone() }, ..found.clone() };
        let (does, amount) = taking_back(&rich, &CONTRACT, None).expect("there is some");
        assert_eq!(amount, 50 * PHA);
        assert!(does.starts_with("Takes 50 PHA back") && does.ends_with("which keeps 600."), "{does}");
        let refused = taking_back(&rich, &CONTRACT, Some(50 * PHA + 1)).expect_err("it is reserved").to_string();
        assert!(refused.contains("600 are reserved") && refused.contains("--none"), "{refused}");
        let none = Found { account: GasAccount::default(), ..found };
        assert!(taking_back(&none, &CONTRACT, None).is_err(), "there is nothing");
    }

    #[test]
    fn the_first_price_holds_at_once_and_others_after_the_notice() {
        let terms = Terms { price: PHA / 1000, units: 1000, royalty: None, caller: None };
        let (later, does) = agreeing(&found(), &CONTRACT, Some(&terms));
        assert_eq!(later, Some(600));
        assert!(does.contains("after 600 blocks (1 h)") && does.contains("at most 14400 PHA a day"), "{does}");
        let free = Found { account: GasAccount::default(), ..found() };
        let (later, does) = agreeing(&free, &CONTRACT, Some(&terms));
        assert!(later.is_none() && does.contains("at once"), "{does}");
        assert!(agreeing(&found(), &CONTRACT, None).1.contains("pays nothing any more"));
    }

    #[test]
    fn a_higher_ask_waits_and_others_do_not() {
        let blocks = found().blocks;
        let asking = |before: Option<u128>, price| asking(before.map(Noticed::holding), price, &blocks, 600).0;
        assert_eq!(
            [asking(None, 5), asking(Some(5), 5), asking(Some(5), 4), asking(Some(5), 6)],
            [None, None, None, Some(600)]
        );
    }

    #[test]
    fn shares_are_said_and_read_in_percent() {
        assert_eq!([0, 25_000, 500_000, 123_456].map(percent), ["0", "2.5", "50", "12.3456"].map(String::from));
        assert_eq!(millionths("12.3456").ok(), Some(123_456));
        assert!(millionths("100.1").is_err() && millionths("x").is_err() && millionths("1.23456").is_err());
    }
}
