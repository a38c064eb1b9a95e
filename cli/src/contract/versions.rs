//! The versions of a contract's code: which there were, and back to one of them.
//!
//! The chain proves which code is in force, how many there were, and what is announced. Which ones there were before, it
//! does not keep; the project that deployed them does, in the file beside its `adyton.toml`. Their bytes are the
//! gateway's to give, and their hash says whether it gives the right ones.

use std::time::Duration;

use adyton_client::{
    ContractId,
    protocol::{ids::CodeHash, manifest::Manifest, record::ContractRecord},
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use crate::{
    build,
    connection::Connection,
    deploy::{Done, give_early, upgrade, wait_unlocked},
    output::misuse,
    project::aliases,
    sealed,
};

/// How long a contract may take to be ready with the code that it had before.
const PATIENCE: Duration = Duration::from_secs(300);

/// Back to which code.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The code's hash; by default the one that the project here deployed or announced before the one in force.
    #[arg(long, value_name = "HASH")]
    to: Option<CodeHash>,
    /// The contract's owner.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
}

/// Shows the versions.
pub async fn history(name: &str, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let contract = connection.contract(client.network(), name)?;
    let listing = client.listing(&contract).await?;
    let (record, block) = (&listing.record, listing.block);
    let deployed = deployed_here(&client.network().name, &contract)?;
    let json = json!({
        "contract": contract,
        "version": record.version,
        "code": record.code,
        "pending_code": record.pending.as_ref().map(|pending| pending.code),
        "pending_block": record.pending.as_ref().map(|pending| pending.effective),
        "deployed_here": deployed,
        "block": block,
    });
    connection
        .output
        .result(&json, || format!("{}\nproven as of block {block}\n\n{}", proven(record), here(&deployed)))?;
    Ok(())
}

fn proven(record: &ContractRecord) -> String {
    let pending = record.pending.as_ref().map_or_else(String::new, |pending| {
        format!("\n  announced  {}, which may be put into force from block {} on", pending.code, pending.effective)
    });
    format!("  in force   {} (version {}){pending}", record.code, record.version)
}

fn here(deployed: &[CodeHash]) -> String {
    if deployed.is_empty() {
        return "The chain keeps no earlier code, and no project here has deployed this contract".into();
    }
    let lines: String = deployed.iter().rev().map(|code| format!("  {code}\n")).collect();
    format!("Deployed or announced from the project here, the newest first:\n{lines}")
}

/// Announces code that was there before, or puts it into force when its time has come.
pub async fn rollback(args: &RollbackArgs, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let contract = connection.contract(&network, &args.contract)?;
    let record = client.listing(&contract).await?.record;
    let code = match args.to {
        Some(code) => code,
        None => before(&deployed_here(&network.name, &contract)?, &record).ok_or_else(|| {
            misuse("the project here has deployed no other code of this contract; say with --to which one is meant")
        })?,
    };
    let owner = connection.account(&network, args.from.as_deref())?;
    let manifest =
        Manifest::from_bytes(&record.manifest).context("the chain holds a manifest that this program does not know")?;
    let component = match manifest.sealed_code {
        true => sealed::component(&client, &owner, &contract, &code).await?,
        false => client.gateway().code(&code).await.context("the code that was there before")?,
    };
    build::check(&component, &manifest)?;
    let (done, key) = upgrade(&client, &owner, &contract, &component, code).await?;
    note(&network.name, &contract, code)?;
    let (effective, text) = match done {
        Done::Announced { effective } => {
            give_early(&client, &owner, &contract, key.as_ref(), connection.output).await;
            let text = format!("{code} is announced. Run this again from block {effective} on to put it into force");
            (Some(effective), text)
        }
        Done::Applied => {
            let key = key.as_ref().map(|key| (key, &owner));
            wait_unlocked(&client, &contract, key, PATIENCE, |line| connection.output.progress(line)).await?;
            (None, format!("{code} is in force. The contract's state stays as it is"))
        }
        Done::Unchanged | Done::Made { .. } => (None, format!("{code} is in force already")),
    };
    let json = json!({ "contract": contract, "code": code, "effective_block": effective });
    connection.output.result(&json, || text)?;
    Ok(())
}

/// The code to go back to: what is announced as such already, or else the newest one of those deployed before that is
/// not in force.
fn before(deployed: &[CodeHash], record: &ContractRecord) -> Option<CodeHash> {
    // Where it stands first: whoever went back to it notes it once more.
    let in_force = deployed.iter().position(|code| *code == record.code);
    let announced = record.pending.as_ref().map(|pending| pending.code);
    let earlier = deployed.get(..in_force?).unwrap_or_default();
    announced
        .filter(|code| earlier.contains(code))
        .or_else(|| earlier.iter().rev().find(|code| **code != record.code).copied())
}

/// The codes that the nearest project has deployed of the contract, the newest last.
fn deployed_here(network: &str, contract: &ContractId) -> Result<Vec<CodeHash>> {
    let folder = std::env::current_dir().context("the current folder is gone")?;
    let Some((_, _, deployed)) = aliases::of(&folder, network, contract)? else { return Ok(Vec::new()) };
    Ok(deployed.earlier.into_iter().chain([deployed.code]).collect())
}

/// Notes the code in the nearest project's file, where it has the contract.
fn note(network: &str, contract: &ContractId, code: CodeHash) -> Result<()> {
    let folder = std::env::current_dir().context("the current folder is gone")?;
    match aliases::of(&folder, network, contract)? {
        Some((folder, name, _)) => aliases::note(&folder, network, &name, *contract, code),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_client::protocol::{ids::AccountId, policy::ContractPolicy, record::PendingUpgrade};

    fn code(byte: u8) -> CodeHash {
        CodeHash([byte; 32])
    }

    fn record(in_force: u8, announced: Option<u8>) -> ContractRecord {
        ContractRecord {
            owner: AccountId([1; 32]),
            code: code(in_force),
            version: 2,
            manifest: Vec::new(),
            policy: ContractPolicy::open(0),
            deployed_at: 1,
            pending: announced.map(|byte| PendingUpgrade { code: code(byte), effective: 9 }),
            deposit: 0,
        }
    }

    #[test]
    fn one_goes_back_to_the_newest_other_code_before_the_one_in_force() {
        let deployed = [1, 2, 2, 3].map(code);
        assert_eq!(before(&deployed, &record(3, None)), Some(code(2)));
        assert_eq!(before(&deployed, &record(2, None)), Some(code(1)));
        assert_eq!(before(&deployed, &record(1, None)), None);
        assert_eq!(before(&deployed, &record(9, None)), None);
    }

    #[test]
    fn whoever_goes_back_once_more_does_not_come_forward_again() {
        assert_eq!(before(&[1, 2, 1].map(code), &record(1, None)), None);
        assert_eq!(before(&[1, 2, 3, 2].map(code), &record(2, None)), Some(code(1)));
    }

    #[test]
    fn the_second_run_means_the_code_that_the_first_one_announced() {
        // The first run has noted what it announced.
        assert_eq!(before(&[1, 2, 3, 2].map(code), &record(3, Some(2))), Some(code(2)));
        assert_eq!(before(&[1, 2, 3, 1].map(code), &record(3, Some(1))), Some(code(1)));
    }

    #[test]
    fn what_is_proven_and_what_is_only_noted_are_told_apart() {
        let said = proven(&record(3, Some(4)));
        assert!(said.contains("in force") && said.contains("version 2") && said.contains("from block 9 on"), "{said}");
        assert!(here(&[]).contains("no earlier code"));
        let noted = here(&[code(1), code(2)]);
        let at = |byte| noted.find(&code(byte).to_string());
        assert!(at(2) < at(1) && noted.contains("from the project here"), "{noted}");
    }
}
