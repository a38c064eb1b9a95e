//! `adyton secret`: values that only the contract's worker reads.

use adyton_client::protocol::secret::{MAX_VALUE, check_name};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{account::read_secret, connection::Connection, output::misuse};

/// What can be done with secrets.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Set a secret. Its value is typed, or comes on standard input: never on the command line.
    #[command(
        after_help = "Examples:\n  adyton secret set counter api-key --from main\n  adyton secret set counter api-key --from main < key.txt"
    )]
    Set(NameArgs),
    /// List the names of a contract's secrets.
    #[command(after_help = "Example:\n  adyton secret list counter --from main")]
    List(ListArgs),
    /// Remove a secret. Its name can be set again, as a later version.
    #[command(after_help = "Example:\n  adyton secret remove counter api-key --from main")]
    Remove(NameArgs),
}

/// Which secret.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The secret's name: a-z, 0-9, '-', '_' and '.'.
    name: String,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Whose secrets.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Does it.
pub async fn run(command: SecretCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        SecretCommand::Set(args) => set(&args, connection).await,
        SecretCommand::List(args) => list(&args, connection).await,
        SecretCommand::Remove(args) => remove(&args, connection).await,
    }
}

async fn set(args: &NameArgs, connection: &Connection<'_>) -> Result<()> {
    check_name(&args.name).map_err(|error| misuse(error.to_string()))?;
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    let known = client.secrets(&contract, &owner).await?;
    let value = read_secret(&format!("Value of '{}': ", args.name))?;
    let value = value.trim_end_matches(['\r', '\n']);
    if value.is_empty() {
        return Err(misuse("the value is empty"));
    }
    if value.len() > MAX_VALUE {
        return Err(misuse(format!("a secret has at most {MAX_VALUE} bytes")));
    }
    let version = client.set_secret(&contract, &owner, &known, &args.name, value.as_bytes()).await?;
    connection.output.result(&json!({ "contract": contract, "name": args.name, "version": version }), || {
        format!("'{}' is set (version {version}); only the contract's worker can read it", args.name)
    })?;
    Ok(())
}

async fn list(args: &ListArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    let secrets = client.secrets(&contract, &owner).await?;
    connection.output.result(&secrets.versions, || match secrets.versions.is_empty() {
        true => "The contract has no secrets".into(),
        false => secrets.versions.iter().map(|(name, version)| format!("{name:<32} version {version}\n")).collect(),
    })?;
    Ok(())
}

async fn remove(args: &NameArgs, connection: &Connection<'_>) -> Result<()> {
    check_name(&args.name).map_err(|error| misuse(error.to_string()))?;
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    let known = client.secrets(&contract, &owner).await?;
    if !known.versions.contains_key(&args.name) {
        return Err(misuse(format!("the contract has no secret '{}'; see 'adyton secret list'", args.name)));
    }
    let version = client.remove_secret(&contract, &owner, &known, &args.name).await?;
    connection.output.result(&json!({ "contract": contract, "name": args.name, "version": version }), || {
        format!("'{}' is removed (version {version}); no earlier version comes back", args.name)
    })?;
    Ok(())
}
