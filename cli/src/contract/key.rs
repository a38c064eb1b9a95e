//! `adyton contract give-key`: the key of a contract's sealed code, given once more.

use std::path::PathBuf;

use adyton_client::{
    chain::{
        address,
        extrinsic::{Call, Signer},
    },
    gateway::code_hash,
    protocol::manifest::Manifest,
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use crate::{build, connection::Connection, output::misuse, project::Project, sealed::CodeKey};

/// Whose key.
#[derive(Debug, Args)]
pub struct GiveKeyArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The folder of the project whose component the contract's code is; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The contract's owner, who sealed the code.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Sees to it that the gateway has the sealed code, and gives the contract its key.
pub async fn run(args: &GiveKeyArgs, connection: &Connection<'_>) -> Result<()> {
    let component = build::existing(&Project::open(&args.dir)?)?.bytes;
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
    let manifest =
        Manifest::from_bytes(&record.manifest).context("the chain holds a manifest that this program does not know")?;
    let key = CodeKey::of(&owner, &network.network_id, &manifest, &component)
        .ok_or_else(|| misuse("the contract's manifest does not say that its code is sealed: it has no key"))?;
    let code = code_hash(&component);
    let named = record.pending.as_ref().map(|pending| pending.code);
    if code != record.code && Some(code) != named {
        return Err(misuse(format!(
            "the project's component is {code}; the contract's code is {}, and nothing else is announced",
            record.code
        )));
    }
    let (_, announcements) = client.store_code(&component, Some(key.content())).await?;
    if !announcements.is_empty() {
        client.submit(&owner, &Call::all(announcements)).await?;
    }
    key.give(&client, &owner, &contract).await?;
    connection.output.result(&json!({ "contract": contract, "code": code }), || {
        format!("{contract} has the key of {code}; only its worker can read the code")
    })?;
    Ok(())
}
