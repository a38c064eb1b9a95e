//! `adyton account`: keys, addresses, balances.

use std::io::{self, IsTerminal, Read};

use adyton_client::{
    Account, AccountScheme,
    chain::{
        address,
        extrinsic::{
            Signer,
            calls::{Address, Balances, Call},
        },
    },
    protocol::{ids::AccountId, storage},
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    connection::Connection,
    keystore::{Keystore, Password, Stored},
    output::misuse,
};

/// Digits behind the point of PHA.
const DECIMALS: usize = 12;
/// Its smallest units in one.
const UNIT: u128 = 1_000_000_000_000;
/// The longest secret that is read, in bytes.
const MAX_SECRET: u64 = 4096;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make a new account, and show its seed phrase once.
    #[command(after_help = "Example:\n  adyton account new main")]
    New(NameArgs),
    /// Take an account in from its seed phrase, which is typed or comes on standard input.
    #[command(
        after_help = "Examples:\n  adyton account import main\n  adyton account import main --ed25519 < phrase.txt"
    )]
    Import(NameArgs),
    /// List the accounts of this machine.
    #[command(after_help = "Example:\n  adyton account list")]
    List,
    /// Show what an account has.
    #[command(after_help = "Examples:\n  adyton account balance main\n  adyton account balance //Alice")]
    Balance(BalanceArgs),
    /// Send PHA to an account.
    #[command(after_help = "Example:\n  adyton account transfer 12.5 45hP...rj --from main")]
    Transfer(TransferArgs),
}

/// The account's name.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// What to call it: a-z, 0-9 and -.
    name: String,
    /// An Ed25519 key instead of the ecosystem's usual sr25519.
    #[arg(long)]
    ed25519: bool,
}

/// Whose balance.
#[derive(Debug, Args)]
pub struct BalanceArgs {
    /// A name of the keystore, an address, or a development account such as //Alice.
    account: String,
}

/// What to send.
#[derive(Debug, Args)]
pub struct TransferArgs {
    /// How much, in PHA.
    amount: String,
    /// To whom: a name of the keystore, an address, or a development account.
    to: String,
    /// From which account.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Does it.
pub async fn run(command: AccountCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        AccountCommand::New(args) => new(&args, connection),
        AccountCommand::Import(args) => import(&args, connection),
        AccountCommand::List => list(connection),
        AccountCommand::Balance(args) => balance(&args, connection).await,
        AccountCommand::Transfer(args) => transfer(&args, connection).await,
    }
}

fn new(args: &NameArgs, connection: &Connection<'_>) -> Result<()> {
    let (phrase, account) = Account::generate();
    let account = match args.ed25519 {
        true => Account::from_secret(&phrase, AccountScheme::Ed25519)?,
        false => account,
    };
    let path = store(&args.name, &account, connection)?;
    let address = account.address();
    connection.output.result(&json!({ "name": args.name, "address": address, "phrase": phrase.as_str(), "file": path }), || {
        format!(
            "Account '{}': {address}\n\nIts seed phrase, shown this once. Write it down and keep it where nobody finds it;\nwhoever has it has the account:\n\n  {}\n",
            args.name,
            phrase.as_str()
        )
    })?;
    Ok(())
}

fn import(args: &NameArgs, connection: &Connection<'_>) -> Result<()> {
    let scheme = if args.ed25519 { AccountScheme::Ed25519 } else { AccountScheme::Sr25519 };
    let secret = read_secret("Seed phrase (with its derivation path, if it has one): ")?;
    let account = Account::from_secret(secret.trim(), scheme).map_err(|error| misuse(error.to_string()))?;
    if account.is_development() {
        return Err(misuse(
            "everybody has the key of this development account; on a development network name it directly, as in --from //Alice",
        ));
    }
    let path = store(&args.name, &account, connection)?;
    let address = account.address();
    connection.output.result(&json!({ "name": args.name, "address": address, "file": path }), || {
        format!("Account '{}': {address}", args.name)
    })?;
    Ok(())
}

fn store(name: &str, account: &Account, connection: &Connection<'_>) -> Result<String> {
    let keystore = Keystore::new(connection.places.accounts());
    if keystore.names()?.iter().any(|known| known == name) {
        return Err(misuse(format!("there is an account '{name}' already")));
    }
    let password = Password::choose(connection.places, name)?;
    let path = keystore.add(&Stored::seal(name, account, &password)?)?;
    Ok(path.display().to_string())
}

fn list(connection: &Connection<'_>) -> Result<()> {
    let keystore = Keystore::new(connection.places.accounts());
    let accounts = keystore.names()?.iter().map(|name| keystore.read(name)).collect::<Result<Vec<_>>>()?;
    let json: Vec<_> =
        accounts.iter().map(|account| json!({ "name": account.name, "address": account.address })).collect();
    connection.output.result(&json, || match accounts.is_empty() {
        true => "There is no account yet; make one with: adyton account new NAME".into(),
        false => accounts.iter().map(|account| format!("{:<16} {}\n", account.name, account.address)).collect(),
    })?;
    Ok(())
}

async fn balance(args: &BalanceArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let account = who(&args.account, connection)?;
    let facts = client.facts(&[storage::account(&account)]).await?;
    let found = facts.account(&account)?;
    let (block, address) = (facts.block().number, address::encode(&account));
    let json = json!({
        "address": address,
        "free": found.free.to_string(),
        "reserved": found.reserved.to_string(),
        "frozen": found.frozen.to_string(),
        "decimals": DECIMALS,
        "block": block,
    });
    connection.output.result(&json, || {
        let mut text = format!("{address}\n  free      {} PHA", pha(found.free));
        if found.reserved > 0 {
            text += &format!("\n  reserved  {} PHA", pha(found.reserved));
        }
        format!("{text}\nproven as of block {block}")
    })?;
    Ok(())
}

async fn transfer(args: &TransferArgs, connection: &Connection<'_>) -> Result<()> {
    let amount = parse_pha(&args.amount)
        .ok_or_else(|| misuse(format!("'{}' is no amount of PHA, such as 1 or 0.25", args.amount)))?;
    let client = connection.client()?;
    let to = who(&args.to, connection)?;
    let from = connection.account(client.network(), args.from.as_deref())?;
    connection.output.progress(format!(
        "Sending {} PHA from {} to {}",
        pha(amount),
        from.address(),
        address::encode(&to)
    ));
    let call = Call::Balances(Balances::TransferKeepAlive { to: Address::Id(to), amount });
    let included = client.submit(&from, &call).await?;
    let block = included.block.number();
    let json =
        json!({ "from": from.address(), "to": address::encode(&to), "amount": amount.to_string(), "block": block });
    connection.output.result(&json, || format!("Sent; final in block {block}"))?;
    Ok(())
}

/// An account by a name of the keystore, an address, or a development path.
pub fn who(text: &str, connection: &Connection<'_>) -> Result<AccountId> {
    if text.starts_with('/') {
        let account =
            Account::from_secret(text, AccountScheme::Sr25519).map_err(|error| misuse(format!("{text}: {error}")))?;
        return Ok(account.account());
    }
    let keystore = Keystore::new(connection.places.accounts());
    if keystore.names()?.iter().any(|name| name == text) {
        let address = keystore.read(text)?.address;
        return address::decode(&address).map_err(|error| misuse(format!("account '{text}': {error}")));
    }
    address::decode(text)
        .map_err(|error| misuse(format!("'{text}' is neither an account of this machine nor an address: {error}")))
}

/// A secret from the terminal, without showing it, or from standard input.
pub fn read_secret(prompt: &str) -> Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(prompt).context("cannot read from the terminal")?;
        return Ok(Zeroizing::new(typed));
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_SECRET as usize));
    io::stdin()
        .take(MAX_SECRET)
        .read_to_string(&mut text)
        .map_err(|error| misuse(format!("cannot read standard input: {error}")))?;
    Ok(text)
}

/// An amount in PHA, without needless zeros.
pub fn pha(amount: u128) -> String {
    let (whole, part) = (amount / UNIT, amount % UNIT);
    if part == 0 {
        return whole.to_string();
    }
    let digits = format!("{part:0>DECIMALS$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// An amount as people write it: whole PHA, and up to 12 digits behind the point.
pub fn parse_pha(text: &str) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > DECIMALS {
        return None;
    }
    let part: u128 = format!("{part:0<DECIMALS$}").parse().ok()?;
    whole.parse::<u128>().ok()?.checked_mul(UNIT)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_back_what_they_print() {
        for amount in [0, 1, UNIT, UNIT + 1, 1_500_000_000_000, 999_999_999_999, u128::MAX / UNIT * UNIT] {
            assert_eq!(parse_pha(&pha(amount)), Some(amount));
        }
        assert_eq!((pha(1), pha(1_250_000_000_000)), ("0.000000000001".into(), "1.25".into()));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in
            ["", ".", "1.", ".5", "-1", "1e3", "0.0000000000001", "1,5", "340282366920938463463374607431768211456"]
        {
            assert_eq!(parse_pha(text), None, "{text}");
        }
    }
}
