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
        policy::{Measurements, Upgrade},
    },
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use rand_core::RngCore;
use serde_json::json;

use crate::{
    account::pha,
    build,
    connection::Connection,
    output::Output,
    project::{Project, aliases},
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
    let (contract, done) = match known {
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
            let json =
                json!({ "name": project.name(), "contract": contract, "code": code, "effective_block": effective });
            output.result(&json, || {
                format!("The new code is announced. Run `adyton deploy{from}` again from block {effective} on to put it into force.")
            })?;
            return Ok(());
        }
    };
    output.progress(format!("{} {contract}: {text}", project.name()));
    wait_ready(&client, &contract, Duration::from_secs(args.timeout), |line| output.progress(line)).await?;
    let json = json!({ "name": project.name(), "contract": contract, "code": code, "owner": owner.address(), "deposit": listing.record.deposit.to_string(), "stage": "ready" });
    output.result(&json, || {
        format!(
            "{0} is ready: {contract}\n\nCall it under a path that it answers, and follow what it logs:\n  adyton call {0} GET /PATH\n  adyton logs {0} -f{from}",
            project.name()
        )
    })?;
    Ok(())
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
) -> Result<(ContractId, Done)> {
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
    output.progress(format!("Uploading {} bytes, and making the contract for {}", component.len(), owner.address()));
    let deployment = Deployment { component, manifest: &declared.manifest, policy: &declared.policy, salt };
    let (contract, block) = client.deploy(owner, &deployment).await?;
    Ok((contract, Done::Made { block }))
}

/// Announces other code, or puts it into force when its time has come.
pub async fn upgrade(
    client: &Client,
    owner: &Account,
    contract: &ContractId,
    component: &[u8],
    code: CodeHash,
) -> Result<Done> {
    let listing = match client.listing(contract).await {
        Err(Error::Record(retired @ RecordRefusal::Retired { .. })) => {
            bail!("{retired}; deploy another one with `adyton deploy --again`")
        }
        found => found?,
    };
    let record = &listing.record;
    if record.code == code && record.pending.is_none() {
        return Ok(Done::Unchanged);
    }
    ensure!(
        record.owner == owner.account(),
        "the contract belongs to somebody else; deploy one of your own with `adyton deploy --again`"
    );
    if record.policy.upgrade == Upgrade::Immutable {
        bail!("the contract's code can never change; deploy another one with `adyton deploy --again`");
    }
    match &record.pending {
        Some(pending) if pending.code == code && listing.block < pending.effective => {
            Ok(Done::Announced { effective: pending.effective })
        }
        Some(pending) if pending.code == code => {
            client.apply_upgrade(owner, contract).await?;
            Ok(Done::Applied)
        }
        Some(_) | None => Ok(Done::Announced { effective: client.announce_upgrade(owner, contract, component).await? }),
    }
}

/// Waits until the contract answers, and says each new stage.
pub async fn wait_ready(
    client: &Client,
    contract: &ContractId,
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
