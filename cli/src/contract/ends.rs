//! The end of a contract, and of its code's announcement: what gives the deposits back.

use adyton_client::{
    chain::{address, extrinsic::Signer},
    protocol::{ids::CodeHash, manifest::Manifest, storage},
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use crate::{account::pha, connection::Connection, output::misuse};

/// Which contract ends.
#[derive(Debug, Args)]
pub struct RetireArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// Leave what the contract's own account has where nobody can ever move it.
    #[arg(long)]
    abandon_funds: bool,
}

/// Which code's announcement ends.
#[derive(Debug, Args)]
pub struct RemoveCodeArgs {
    /// The code's hash, as `adyton contract show` has it.
    code: CodeHash,
    /// The account that announced it.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Ends a contract.
pub async fn retire(args: &RetireArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let owner = connection.account(&network, args.from.as_deref())?;
    let record = client.listing(&contract).await?.record;
    ensure!(
        record.owner == owner.account(),
        "the contract belongs to {}; sign as that account",
        address::encode(&record.owner)
    );
    let account = contract.account(&network.network_id);
    let has = client.facts(&[storage::account(&account)]).await?.account(&account)?.free;
    if has > 0 && !args.abandon_funds {
        return Err(misuse(format!(
            "the contract's own account {} has {} PHA, which nobody can move once it is retired; have it pay them out first, or leave them with --abandon-funds",
            address::encode(&account),
            pha(has)
        )));
    }
    // Where its sealed code lies, its worker knows, and nobody after it.
    let sealed = match Manifest::from_bytes(&record.manifest).is_ok_and(|manifest| manifest.sealed_code) {
        true => client.code_keys(&contract, &owner).await.unwrap_or_default(),
        false => Default::default(),
    };
    let sealed: Vec<CodeHash> = sealed.into_values().collect();
    let left = client.retire(&owner, &contract).await?;
    let returned = record.deposit.saturating_sub(left.deposit);
    let json = json!({
        "contract": contract,
        "block": left.block,
        "returned": returned.to_string(),
        "kept": left.deposit.to_string(),
        "code": record.code,
        "sealed_code": sealed,
    });
    connection.output.result(&json, || {
        let sealed: String = sealed.iter().map(|hash| format!("\n  adyton contract remove-code {hash}")).collect();
        format!(
            "{contract} is retired since block {}: nobody answers for it any more, and it cannot come back\n  given back  {} PHA\n  still held  {} PHA, because its id stays used up\nIts code's announcement has a deposit of its own; once no contract names the code, whoever announced it gets that back:\n  adyton contract remove-code {}{sealed}",
            left.block,
            pha(returned),
            pha(left.deposit),
            record.code
        )
    })?;
    Ok(())
}

/// Ends the announcement of code.
pub async fn remove_code(args: &RemoveCodeArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let uploader = connection.account(client.network(), args.from.as_deref())?;
    let code = args.code;
    let record = client.facts(&[storage::codes(&code)]).await?.code(&code)?;
    let record = record.with_context(|| format!("no code {code} is announced on this network"))?;
    ensure!(
        record.uploader == uploader.account(),
        "the code was announced by {}; sign as that account",
        address::encode(&record.uploader)
    );
    ensure!(
        record.contracts == 0,
        "contracts name the code {} times, as their own or as announced code; it stays until none does",
        record.contracts
    );
    let block = client.remove_code(&uploader, &code).await?;
    let json = json!({ "code": code, "block": block, "returned": record.deposit.to_string() });
    connection.output.result(&json, || {
        format!("{code} is announced no more since block {block}\n  given back  {} PHA", pha(record.deposit))
    })?;
    Ok(())
}
