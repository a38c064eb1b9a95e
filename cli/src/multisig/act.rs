//! What signatories propose, approve and cancel.

use std::path::PathBuf;

use adyton_client::{
    ContractId, Listing,
    chain::{
        address::encode,
        extrinsic::calls::{Call, Contracts},
        multisig::open,
    },
    protocol::{ids::Digest, manifest::Manifest, policy::Upgrade},
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use codec::Encode;
use rand_core::RngCore;
use serde_json::json;

use super::agree::{Acting, Signatory};
use crate::{build, connection::Connection, output::misuse, project::Project, sending::Intent};

/// What is deployed.
#[derive(Debug, Args)]
pub struct DeployArgs {
    /// The project's folder; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    acting: Acting,
}

/// What is announced.
#[derive(Debug, Args)]
pub struct UpgradeArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    /// The folder of the project with the code; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    acting: Acting,
}

/// Which contract it is about.
#[derive(Debug, Args)]
pub struct ContractArgs {
    /// The contract: its id, or the name that the project here has for it.
    contract: String,
    #[command(flatten)]
    acting: Acting,
}

/// What is approved.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The call, as the command that proposed it showed it.
    #[arg(long, value_name = "HEX")]
    call: String,
    #[command(flatten)]
    acting: Acting,
}

/// What is taken back.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The call's hash, as `adyton multisig list` has it.
    call_hash: Digest,
    #[command(flatten)]
    acting: Acting,
}

/// Proposes a contract.
pub async fn deploy(args: &DeployArgs, connection: &Connection<'_>) -> Result<()> {
    let project = Project::open(&args.dir)?;
    let component = build::existing(&project)?;
    let declared = &project.declared;
    readable(&declared.manifest)?;
    let signatory = args.acting.signatory(connection)?;
    let (code, announcements) = signatory.sender.client.store_code(&component.bytes, None).await?;
    // Whoever approves it gets it with the call.
    let mut salt = [0; 32];
    rand_core::OsRng.fill_bytes(&mut salt);
    let manifest = declared.manifest.encode();
    let deploy = Contracts::Deploy { code, manifest, policy: declared.policy.clone(), salt };
    signatory.agree(announcements, Call::Contracts(deploy), true).await
}

/// Proposes other code.
pub async fn upgrade(args: &UpgradeArgs, connection: &Connection<'_>) -> Result<()> {
    let project = Project::open(&args.dir)?;
    let component = build::existing(&project)?;
    let signatory = args.acting.signatory(connection)?;
    let (contract, listing) = owned(&signatory, &args.contract, connection).await?;
    if listing.record.policy.upgrade == Upgrade::Immutable {
        bail!("the contract's code can never change");
    }
    let manifest = Manifest::from_bytes(&listing.record.manifest)
        .context("the chain holds a manifest that this program does not know")?;
    readable(&manifest)?;
    build::check(&component.bytes, &manifest)?;
    let (code, announcements) = signatory.sender.client.store_code(&component.bytes, None).await?;
    let announce = Contracts::AnnounceUpgrade { contract, code };
    signatory.agree(announcements, Call::Contracts(announce), true).await
}

/// Proposes that announced code comes into force.
pub async fn apply(args: &ContractArgs, connection: &Connection<'_>) -> Result<()> {
    let signatory = args.acting.signatory(connection)?;
    let (contract, listing) = owned(&signatory, &args.contract, connection).await?;
    ensure!(listing.record.pending.is_some(), "no code is announced for {contract}");
    signatory.agree(Vec::new(), Call::Contracts(Contracts::ApplyUpgrade(contract)), true).await
}

/// Proposes that a contract goes on.
pub async fn resume(args: &ContractArgs, connection: &Connection<'_>) -> Result<()> {
    let signatory = args.acting.signatory(connection)?;
    let (contract, listing) = owned(&signatory, &args.contract, connection).await?;
    ensure!(listing.halted, "{contract} is not halted");
    signatory.agree(Vec::new(), Call::Contracts(Contracts::Resume(contract)), true).await
}

/// Proposes that a contract ends.
pub async fn retire(args: &ContractArgs, connection: &Connection<'_>) -> Result<()> {
    let signatory = args.acting.signatory(connection)?;
    let (contract, _) = owned(&signatory, &args.contract, connection).await?;
    signatory.agree(Vec::new(), Call::Contracts(Contracts::Retire(contract)), true).await
}

/// Approves what another one proposed.
pub async fn approve(args: &ApproveArgs, connection: &Connection<'_>) -> Result<()> {
    let digits = args.call.strip_prefix("0x").unwrap_or(&args.call);
    let bytes = hex::decode(digits).map_err(|error| misuse(format!("--call is no hexadecimal text: {error}")))?;
    let call = Call::read(&bytes).ok_or_else(|| misuse("this version does not know the call; nothing was approved"))?;
    args.acting.signatory(connection)?.agree(Vec::new(), call, false).await
}

/// Takes a proposal back.
pub async fn cancel(args: &CancelArgs, connection: &Connection<'_>) -> Result<()> {
    let signatory = args.acting.signatory(connection)?;
    let (sender, account, hash) = (&signatory.sender, signatory.several.account(), args.call_hash);
    let facts = sender.client.facts(&[open(&account, &hash.0)]).await?;
    let Some(begun) = facts.open_proposal(&account, &hash.0)? else {
        bail!("{hash} is not open in the name of {}", encode(&account));
    };
    ensure!(begun.depositor == sender.id(), "{} proposed it; sign as that account", encode(&begun.depositor));
    let Some(call) = signatory.several.cancellation(&sender.id(), begun.when, hash.0) else {
        return Err(misuse(format!("{} is none of the signatories", sender.address())));
    };
    let does = format!("Takes back {hash}, which {} have approved, and its deposit.", begun.approvals.len());
    let sent = sender.send(&Intent::free(does), &call).await?;
    let json = json!({ "account": encode(&account), "call_hash": hash, "returned": begun.deposit.to_string() });
    connection.output.result(&sent.json(json), || format!("{hash} is open no more since block {}", sent.block()))
}

/// A contract that belongs to the signatories' account.
async fn owned(signatory: &Signatory<'_>, name: &str, connection: &Connection<'_>) -> Result<(ContractId, Listing)> {
    let client = &signatory.sender.client;
    let contract = connection.contract(client.network(), name)?;
    let listing = client.listing(&contract).await?;
    let account = signatory.several.account();
    ensure!(
        listing.record.owner == account,
        "the contract belongs to {}, and these signatories' account is {}",
        encode(&listing.record.owner),
        encode(&account)
    );
    Ok((contract, listing))
}

/// The key of sealed code is made from its owner's, and an account of several has none.
fn readable(manifest: &Manifest) -> Result<()> {
    ensure!(!manifest.sealed_code, "an account of several has no key with which code could be sealed");
    Ok(())
}
