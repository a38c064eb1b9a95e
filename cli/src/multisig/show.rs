//! `adyton multisig address` and `adyton multisig list`.

use adyton_client::{
    chain::{
        address::encode,
        multisig::{MAX_SIGNATORIES, Multisig, open, open_prefix},
    },
    protocol::ids::AccountId,
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    account::{pha, who},
    connection::Connection,
    output::misuse,
};

/// The most proposals that are listed.
const MAX_LISTED: usize = 100;

/// Whose account.
#[derive(Debug, Args)]
pub struct AddressArgs {
    /// How many of them have to agree.
    #[arg(long, value_name = "NUMBER")]
    threshold: u16,
    /// One of them: an account of this machine, or an address. Once for each.
    #[arg(long, value_name = "ACCOUNT", required = true)]
    signatory: Vec<String>,
}

/// Of which account.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Its address, as `adyton multisig address` shows it.
    account: String,
}

/// Shows the account.
pub fn address(args: &AddressArgs, connection: &Connection<'_>) -> Result<()> {
    // Before each of them is looked for.
    if args.signatory.len() > MAX_SIGNATORIES {
        return Err(misuse(format!("an account of several has at most {MAX_SIGNATORIES} signatories")));
    }
    let signatories = args.signatory.iter().map(|name| who(name, connection)).collect::<Result<Vec<_>>>()?;
    let several = Multisig::new(args.threshold, signatories).map_err(|error| misuse(error.to_string()))?;
    let (account, all) = (encode(&several.account()), several.signatories());
    let signatories: Vec<String> = all.iter().map(encode).collect();
    let json = json!({ "account": account, "threshold": several.threshold(), "signatories": signatories });
    connection.output.result(&json, || {
        format!("{account}\n  {} of {} have to agree:\n    {}", args.threshold, all.len(), signatories.join("\n    "))
    })
}

/// Lists what is open.
pub async fn list(args: &ListArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let account = who(&args.account, connection)?;
    let head = client.reader().head().await?;
    let keys = client.reader().unproven_keys(&head, &open_prefix(&account), MAX_LISTED).await?;
    let mut rows = Vec::new();
    for key in &keys {
        let hash =
            key.split_last_chunk::<32>().map(|(_, hash)| *hash).context("a proposal's key ends with its hash")?;
        let facts = client.facts_at(&head, std::slice::from_ref(&open(&account, &hash))).await?;
        if let Some(open) = facts.open_proposal(&account, &hash)? {
            rows.push((format!("0x{}", hex::encode(hash)), open));
        }
    }
    let approvals = |all: &[AccountId]| all.iter().map(encode).collect::<Vec<String>>();
    let json: Vec<Value> = rows
        .iter()
        .map(|(hash, open)| {
            json!({
                "call_hash": hash,
                "block": open.when.height,
                "index": open.when.index,
                "depositor": encode(&open.depositor),
                "deposit": open.deposit.to_string(),
                "approvals": approvals(&open.approvals),
            })
        })
        .collect();
    connection.output.result(&json, || match rows.is_empty() {
        true => "Nothing is proposed in this account's name".into(),
        false => rows
            .iter()
            .map(|(hash, open)| {
                format!(
                    "{hash} proposed in block {} as extrinsic {}; {} PHA are held of {}\n  approved by {}\n",
                    open.when.height,
                    open.when.index,
                    pha(open.deposit),
                    encode(&open.depositor),
                    approvals(&open.approvals).join(", ")
                )
            })
            .collect(),
    })?;
    if keys.len() == MAX_LISTED {
        connection.output.warn(format!("there are more than {MAX_LISTED} proposals; these are the first"));
    }
    Ok(())
}
