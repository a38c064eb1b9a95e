//! `adyton contract`: contracts as the chain proves them.

mod ends;
mod halt;
mod key;
mod usage;
mod versions;

use adyton_client::{
    Listing,
    chain::address,
    protocol::{
        contract_call::Callees,
        ids::ContractId,
        manifest::{Callers, Capability, Durability, Manifest},
        storage,
    },
};
use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use crate::{account::pha, connection::Connection};
use ends::{RemoveCodeArgs, RetireArgs};
use halt::ResumeArgs;
use key::GiveKeyArgs;
use usage::StorageArgs;
use versions::RollbackArgs;

/// The most contracts that are listed.
const MAX_LISTED: usize = 1000;
/// Values that are proven at once.
const CHUNK: usize = 200;

/// What can be seen of contracts.
#[derive(Debug, Subcommand)]
pub enum ContractCommand {
    /// Show a contract: its code, what it may do, who holds it, and whether it can be called now.
    #[command(after_help = "Example:\n  adyton contract show counter")]
    Show {
        /// The contract: its id, or the name that the project here has for it.
        contract: String,
    },
    /// Show the versions of a contract's code: what the chain proves, and what the project here deployed before.
    #[command(after_help = "Example:\n  adyton contract history counter")]
    History {
        /// The contract: its id, or the name that the project here has for it.
        contract: String,
    },
    /// Bring back code that a contract had before, under the rules of any other upgrade. Its state stays as it is,
    /// unless that code exports `migrate`, which is run first.
    #[command(
        after_help = "Examples:\n  adyton contract rollback counter --from main\n  adyton contract rollback counter --to 0x4f..aa --from main"
    )]
    Rollback(RollbackArgs),
    /// End a contract for good, and get its deposit back. Its lease ends with it, so that nobody can read its state any
    /// more, and its id is used up. The account that signs is its owner.
    #[command(after_help = "Example:\n  adyton contract retire counter --from main")]
    Retire(RetireArgs),
    /// Let workers take a contract again of whose state two histories were shown. The account that signs is its owner.
    #[command(after_help = "Example:\n  adyton contract resume counter --from main")]
    Resume(ResumeArgs),
    /// Take the announcement of code back that no contract names any more, and get its deposit back. The account that
    /// signs is the one that announced it.
    #[command(after_help = "Example:\n  adyton contract remove-code 0x4f..aa --from main")]
    RemoveCode(RemoveCodeArgs),
    /// Give a contract the key of its sealed code once more: of the code in force, or of what is announced. The sealed code
    /// goes to the gateway, too, if it is not there.
    #[command(after_help = "Example:\n  adyton contract give-key counter --from main")]
    GiveKey(GiveKeyArgs),
    /// Show how many bytes a contract's state has, and how many its manifest allows. Its worker says so, to its owner.
    #[command(after_help = "Example:\n  adyton contract storage counter --from main")]
    Storage(StorageArgs),
    /// List contracts. What is listed is proven; that nothing is missing is not.
    #[command(after_help = "Example:\n  adyton contract list")]
    List,
}

/// Does it.
pub async fn run(command: ContractCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        ContractCommand::Show { contract } => show(&contract, connection).await,
        ContractCommand::History { contract } => versions::history(&contract, connection).await,
        ContractCommand::Rollback(args) => versions::rollback(&args, connection).await,
        ContractCommand::Retire(args) => ends::retire(&args, connection).await,
        ContractCommand::Resume(args) => halt::resume(&args, connection).await,
        ContractCommand::RemoveCode(args) => ends::remove_code(&args, connection).await,
        ContractCommand::GiveKey(args) => key::run(&args, connection).await,
        ContractCommand::Storage(args) => usage::run(&args, connection).await,
        ContractCommand::List => list(connection).await,
    }
}

async fn show(name: &str, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let contract = connection.contract(client.network(), name)?;
    let listing = client.listing(&contract).await?;
    let manifest = Manifest::from_bytes(&listing.record.manifest)
        .context("the chain holds a manifest that this program does not know")?;
    let callable = client.contract(&contract).await;
    let stage = client.stage(&contract).await?;
    let (record, block) = (&listing.record, listing.block);
    let blocked = callable.as_ref().err().map(ToString::to_string);
    let account = address::encode(&contract.account(&client.network().network_id));
    let json = json!({
        "contract": contract,
        "owner": address::encode(&record.owner),
        "account": account,
        "code": record.code,
        "version": record.version,
        "pending_code": record.pending.as_ref().map(|pending| pending.code),
        "pending_block": record.pending.as_ref().map(|pending| pending.effective),
        "manifest": manifest,
        "manifest_digest": manifest.digest(),
        "policy": record.policy,
        "deployed_at": record.deployed_at,
        "deposit": record.deposit.to_string(),
        "code_deposit": listing.code.as_ref().map(|code| code.deposit.to_string()),
        "code_uploader": listing.code.as_ref().map(|code| address::encode(&code.uploader)),
        "lease": lease(&listing),
        "halted": listing.halted,
        "stage": stage,
        "callable": blocked.is_none(),
        "why_not": blocked,
        "block": block,
    });
    connection.output.result(&json, || {
        let grants: Vec<&str> = manifest.grants.iter().map(|capability| capability.name()).collect();
        let hosts: Vec<&str> = manifest.egress.iter().map(|rule| rule.host.as_str()).collect();
        let sealed = if manifest.sealed_code { "; it is sealed: nobody but its owner can inspect its bytes" } else { "" };
        let devices = record.policy.devices.as_ref().map_or("none asked for".into(), ToString::to_string);
        let held = match (&listing.lease, &listing.holder) {
            _ if listing.halted => {
                "by nobody: two histories of its state were shown; `adyton contract resume` lets it go on".into()
            }
            (Some(lease), Some(holder)) if listing.is_leased() => {
                format!("lease {} by {} at least until block {}", lease.number, lease.holder, holder.active_until)
            }
            (Some(lease), _) => format!("lease {} has ended", lease.number),
            (None, _) => "never leased".into(),
        };
        format!(
            "{} {contract}\n  owner     {}\n  account   {account}\n  code      {} (version {}){sealed}\n  manifest  {}\n  may use   {}\n  may ask   {}\n  may call  {}\n  answers   {}\n  devices   {devices}\n  deposit   {}\n  held      {held}\n  stage     {stage}\n  callable  {}\nproven as of block {block}",
            manifest.name,
            address::encode(&record.owner),
            record.code,
            record.version,
            manifest.digest(),
            if grants.is_empty() { "nothing".into() } else { grants.join(", ") },
            if hosts.is_empty() { "nobody".into() } else { hosts.join(", ") },
            callees(&manifest),
            promise(&manifest),
            deposit(&listing),
            blocked.as_deref().unwrap_or("yes"),
        )
    })?;
    Ok(())
}

/// What is held, and of whom.
fn deposit(listing: &Listing) -> String {
    let code = listing.code.as_ref().map_or_else(String::new, |code| {
        format!(", and {} PHA of {} for its code", pha(code.deposit), address::encode(&code.uploader))
    });
    format!("{} PHA of its owner{code}", pha(listing.record.deposit))
}

/// Which other contracts the contract may call.
fn callees(manifest: &Manifest) -> String {
    let granted = manifest.grants(Capability::Contracts);
    match &manifest.contracts {
        Callees::Any if granted => "any contract".into(),
        Callees::Only(contracts) if granted && !contracts.is_empty() => {
            contracts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Callees::Any | Callees::Only(_) => "no contract".into(),
    }
}

/// Whom the contract answers, and what an answer waits for.
fn promise(manifest: &Manifest) -> String {
    let whom = match manifest.callers {
        Callers::Anyone => "anybody",
        Callers::Account => "callers who signed",
        Callers::Contract => "other contracts",
    };
    let waits = match manifest.durability {
        Durability::Durable => "what it wrote is on the worker's disk",
        Durability::Anchored => "the chain has finalized what it wrote",
    };
    let again = match (manifest.deterministic, manifest.disputable) {
        (_, true) => "; an answer that nobody else gets can be disputed, and every call is public",
        (true, false) => "; a call that is run again gets the same",
        (false, false) => "",
    };
    let hooks: String = manifest.webhooks.iter().map(|hook| format!("; webhook {}", hook.path)).collect();
    let messages = if manifest.messages { "; messages on the chain" } else { "" };
    let watches: String = manifest.watches.iter().map(|watch| format!("; watch {}", watch.name)).collect();
    format!("{whom}, when {waits}{again}{hooks}{messages}{watches}")
}

fn lease(listing: &Listing) -> Value {
    match (&listing.lease, &listing.holder) {
        (Some(lease), holder) => json!({
            "number": lease.number,
            "holder": lease.holder,
            "since": lease.since,
            "alive": listing.is_leased(),
            "active_until": holder.as_ref().map(|holder| holder.active_until),
        }),
        (None, _) => Value::Null,
    }
}

async fn list(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let keys = client.reader().unproven_keys(&head, &storage::contracts_prefix(), MAX_LISTED).await?;
    let mut rows = Vec::new();
    for chunk in keys.chunks(CHUNK) {
        let facts = client.facts_at(&head, chunk).await?;
        for key in chunk {
            let id = key
                .split_last_chunk::<32>()
                .map(|(_, id)| ContractId(*id))
                .context("a contract's key ends with its id")?;
            let Some(record) = facts.contract(&id)? else { continue };
            let name = Manifest::from_bytes(&record.manifest).map(|manifest| manifest.name);
            rows.push((id, name.unwrap_or_else(|_| "?".into()), record));
        }
    }
    let json: Vec<Value> = rows
        .iter()
        .map(|(id, name, record)| json!({ "contract": id, "name": name, "owner": address::encode(&record.owner), "code": record.code, "version": record.version }))
        .collect();
    connection.output.result(&json, || match rows.is_empty() {
        true => "There is no contract on this network".into(),
        false => rows
            .iter()
            .map(|(id, name, record)| {
                format!("{id} {name:<20} version {:<4} of {}\n", record.version, address::encode(&record.owner))
            })
            .collect(),
    })?;
    if keys.len() == MAX_LISTED {
        connection.output.warn(format!("there are more than {MAX_LISTED} contracts; these are the first"));
    }
    Ok(())
}
