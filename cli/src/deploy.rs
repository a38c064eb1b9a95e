//! `adyton deploy`: from a component to a contract that answers.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use adyton_client::{
    Account, Client, ContractId, Deployment, Error, Listing, RecordRefusal, Stage,
    chain::extrinsic::Signer,
    protocol::{
        ids::CodeHash,
        manifest::Manifest,
        policy::{Measurements, Upgrade},
    },
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use rand_core::RngCore;
use serde_json::json;

use crate::{
    account::pha,
    build,
    connection::Connection,
    output::Output,
    project::{Project, aliases},
    sealed::CodeKey,
};

/// How often the stage is asked for.
const LOOK: Duration = Duration::from_millis(300);

/// What to deploy.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton deploy --from main\n  adyton deploy --dir hello --from //Alice --network local"
)]
pub struct DeployArgs {
    /// The project's folder; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The account that will own the contract.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// Deploy one more contract, although the project has one on this network.
    #[arg(long)]
    again: bool,
    /// Seconds to wait until the contract is ready.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
}

/// What happened.
pub enum Done {
    /// A contract was made.
    Made {
        /// In which block.
        block: u32,
    },
    /// The code was in force already.
    Unchanged,
    /// The code may be put into force later.
    Announced {
        /// From which block on.
        effective: u32,
    },
    /// The code is in force.
    Applied,
}

/// Deploys the project, or upgrades the contract that it has on this network, and waits until it is ready.
pub async fn run(args: &DeployArgs, connection: &Connection<'_>) -> Result<()> {
    let output = connection.output;
    let project = Project::open(&args.dir)?;
    let component = build::existing(&project)?;
    let client = connection.client()?;
    let network = client.network().clone();
    let owner = connection.account(&network, args.from.as_deref())?;
    let code = adyton_client::gateway::code_hash(&component.bytes);
    let known = aliases::deployed(&project.folder, &network.name, project.name())?.filter(|_| !args.again);
    let (contract, (done, key)) = match known {
        Some(known) => (known.contract, upgrade(&client, &owner, &known.contract, &component.bytes, code).await?),
        None => make(&client, &owner, &project, &component.bytes, output).await?,
    };
    aliases::note(&project.folder, &network.name, project.name(), contract, code)?;
    let listing = client.listing(&contract).await?;
    // What is suggested next is the owner's to do, too.
    let from = args.from.as_deref().map_or(String::new(), |from| format!(" --from {from}"));
    let text = match done {
        Done::Made { block } => format!("deployed in block {block}\n{}", deposits(&listing, &owner)),
        Done::Unchanged => "this code is in force already".into(),
        Done::Applied => "the new code is in force".into(),
        Done::Announced { effective } => {
            give_early(&client, &owner, &contract, key.as_ref(), output).await;
            let json =
                json!({ "name": project.name(), "contract": contract, "code": code, "effective_block": effective });
            output.result(&json, || {
                format!("The new code is announced. Run `adyton deploy{from}` again from block {effective} on to put it into force.")
            })?;
            return Ok(());
        }
    };
    output.progress(format!("{} {contract}: {text}", project.name()));
    let patience = Duration::from_secs(args.timeout);
    let key = key.as_ref().map(|key| (key, &owner));
    wait_unlocked(&client, &contract, key, patience, |line| output.progress(line)).await?;
    let json = json!({ "name": project.name(), "contract": contract, "code": code, "owner": owner.address(), "deposit": listing.record.deposit.to_string(), "stage": "ready" });
    output.result(&json, || {
        format!(
            "{0} is ready: {contract}\n\nCall it under a path that it answers, and follow what it logs:\n  adyton call {0} GET /PATH\n  adyton logs {0} -f{from}",
            project.name()
        )
    })?;
    Ok(())
}

/// Gives the key of code that is announced, so that the contract does not have to wait for it when it is in force.
pub async fn give_early(
    client: &Client,
    owner: &Account,
    contract: &ContractId,
    key: Option<&CodeKey>,
    output: Output,
) {
    let Some(key) = key else { return };
    if let Err(error) = key.give(client, owner, contract).await {
        output.warn(format!("the key of the new code is given when that is put into force: {error:#}"));
    }
}

/// What is held of the owner, and until when.
fn deposits(listing: &Listing, owner: &Account) -> String {
    let own = listing.code.as_ref().filter(|code| code.uploader == owner.account());
    let code = own.map_or_else(String::new, |code| format!(", and {} PHA for its code", pha(code.deposit)));
    format!("  deposit   {} PHA are held{code}; `adyton contract retire` gives them back", pha(listing.record.deposit))
}

async fn make(
    client: &Client,
    owner: &Account,
    project: &Project,
    component: &[u8],
    output: Output,
) -> Result<(ContractId, (Done, Option<CodeKey>))> {
    let declared = &project.declared;
    if declared.policy.measurements == Measurements::Accepted {
        output.progress("note: the policy accepts any measurement that the chain accepts, so two thirds of its validators are trusted with what the contract keeps private");
    }
    if let Some(demand) = &declared.policy.devices {
        output.progress(format!("note: only a worker that has shown the chain {demand} can take the contract; that they are genuine is the chain's verdict, which keyholders do not judge again"));
    }
    for rule in declared.manifest.egress.iter().filter(|rule| rule.danger_allow_private || rule.insecure_http) {
        output.warn(format!(
            "egress to {} is weakened by its rule; every receipt shows the manifest that says so",
            rule.host
        ));
    }
    let mut salt = [0; 32];
    rand_core::OsRng.fill_bytes(&mut salt);
    let key = CodeKey::of(owner, &client.network().network_id, &declared.manifest, component);
    let sealed = if key.is_some() { ", sealed" } else { "" };
    output.progress(format!(
        "Uploading {} bytes{sealed}, and making the contract for {}",
        component.len(),
        owner.address()
    ));
    let content_key = key.as_ref().map(CodeKey::content);
    let deployment =
        Deployment { component, manifest: &declared.manifest, policy: &declared.policy, salt, content_key };
    let (contract, block) = client.deploy(owner, &deployment).await?;
    Ok((contract, (Done::Made { block }, key)))
}

/// Announces other code, or puts it into force when its time has come. Gives its key, too, where the contract's code is
/// sealed: its manifest says so for good, whatever the project says by now.
pub async fn upgrade(
    client: &Client,
    owner: &Account,
    contract: &ContractId,
    component: &[u8],
    code: CodeHash,
) -> Result<(Done, Option<CodeKey>)> {
    let listing = match client.listing(contract).await {
        Err(Error::Record(retired @ RecordRefusal::Retired { .. })) => {
            bail!("{retired}; deploy another one with `adyton deploy --again`")
        }
        found => found?,
    };
    let record = &listing.record;
    let manifest =
        Manifest::from_bytes(&record.manifest).context("the chain holds a manifest that this program does not know")?;
    let key = CodeKey::of(owner, &client.network().network_id, &manifest, component);
    if record.code == code && record.pending.is_none() {
        return Ok((Done::Unchanged, key));
    }
    ensure!(
        record.owner == owner.account(),
        "the contract belongs to somebody else; deploy one of your own with `adyton deploy --again`"
    );
    if record.policy.upgrade == Upgrade::Immutable {
        bail!("the contract's code can never change; deploy another one with `adyton deploy --again`");
    }
    let done = match &record.pending {
        Some(pending) if pending.code == code && listing.block < pending.effective => {
            Done::Announced { effective: pending.effective }
        }
        Some(pending) if pending.code == code => {
            client.apply_upgrade(owner, contract).await?;
            Done::Applied
        }
        Some(_) | None => {
            let content_key = key.as_ref().map(CodeKey::content);
            Done::Announced { effective: client.announce_upgrade(owner, contract, component, content_key).await? }
        }
    };
    Ok((done, key))
}

/// Waits until the contract answers, and says each new stage.
pub async fn wait_ready(
    client: &Client,
    contract: &ContractId,
    patience: Duration,
    say: impl FnMut(&str),
) -> Result<()> {
    wait_unlocked(client, contract, None, patience, say).await
}

/// [`wait_ready`], and gives the key of the contract's sealed code when that is asked for.
pub async fn wait_unlocked(
    client: &Client,
    contract: &ContractId,
    key: Option<(&CodeKey, &Account)>,
    patience: Duration,
    mut say: impl FnMut(&str),
) -> Result<()> {
    let start = Instant::now();
    let mut said = String::new();
    loop {
        let stage = client.stage(contract).await?;
        let line = stage.to_string();
        if line != said {
            say(&format!("  {:>6.1} s  {line}", start.elapsed().as_secs_f64()));
            said = line;
        }
        match stage {
            Stage::Ready => return Ok(()),
            Stage::Failed { reason } => bail!("the contract's worker cannot run it: {reason}"),
            Stage::Locked { reason } => match key {
                Some((key, owner)) if start.elapsed() < patience => {
                    key.give(client, owner, contract).await?;
                    tokio::time::sleep(LOOK).await
                }
                Some(_) | None => {
                    bail!("{reason}; give it with `adyton contract give-key {contract}` in its project's folder")
                }
            },
            Stage::Pending { .. } | Stage::Leased { .. } if start.elapsed() < patience => {
                tokio::time::sleep(LOOK).await
            }
            Stage::Pending { .. } => bail!(
                "no worker claimed the contract's lease within {} s; see `adyton worker list` for workers that opted in and are valid, and whether the contract's policy admits them",
                patience.as_secs()
            ),
            Stage::Leased { reason } => bail!(
                "the contract's worker did not open it within {} s ({reason}); it goes on trying, and `adyton contract show {contract}` says how it stands",
                patience.as_secs()
            ),
        }
    }
}
