//! `adyton worker`: who works, until when their evidence holds, and an operator's own workers.

mod devices;
mod plan;
pub mod record;
mod showing;
mod verify;

use std::process::ExitCode;

use adyton_client::{
    Client,
    chain::{
        address,
        extrinsic::{
            Signer,
            calls::{Call, CollateralRef, Workers},
        },
        facts::validity_keys,
    },
    protocol::{
        ids::{AccountId, Digest, WorkerId},
        record::{EvidenceKind, RootRecord},
        statement::AttestedStatement,
        storage,
    },
};
use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{connection::Connection, output::misuse, registration::Offer};

pub use record::date;
pub use verify::{JudgingArgs, committee_json, demand, judge_own};

use record::{as_json, ending, line, record, text, unix_now};

/// The most workers that are listed.
const MAX_LISTED: usize = 1000;

/// What can be done with workers.
#[derive(Debug, Subcommand)]
pub enum WorkerCommand {
    /// List workers and keyholders, and until when their verdicts hold.
    #[command(after_help = "Example:\n  adyton worker list")]
    List,
    /// Show one worker or keyholder, whether its verdict holds, and why if it does not.
    #[command(after_help = "Example:\n  adyton worker show 0x1f..c2")]
    Show {
        /// Its id, as `adyton worker list` shows it.
        worker: WorkerId,
    },
    /// Judge a worker's evidence on this machine, instead of believing the chain's verdict about it.
    Verify(verify::VerifyArgs),
    /// Register a worker or keyholder that was started, with its evidence: its operator signs.
    #[command(after_help = "Example:\n  adyton worker register http://127.0.0.1:8200 --from main")]
    Register(RegisterArgs),
    /// Give a registration fresh evidence: before its verdict ends, or after it was ended or the program restarted.
    #[command(after_help = "Example:\n  adyton worker renew http://127.0.0.1:8200 --from main")]
    Renew(RegisterArgs),
    /// Let a worker take no more leases, and have it give back those it has when it is stopped.
    #[command(after_help = "Example:\n  adyton worker drain 0x1f..c2 --from main")]
    Drain {
        /// Its id, as `adyton worker list` shows it.
        worker: WorkerId,
        /// The account that signs: its operator.
        #[arg(long, value_name = "ACCOUNT")]
        from: Option<String>,
        /// Let it take leases again.
        #[arg(long)]
        undo: bool,
    },
}

/// Which boot to register.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// Where the program listens, for example http://127.0.0.1:8200.
    url: String,
    /// The account that signs: the operator that the program's configuration names.
    #[arg(long, value_name = "ACCOUNT")]
    from: Option<String>,
    /// The root of trust whose collateral judges it; by default the network's only one.
    #[arg(long, value_name = "ID")]
    root: Option<Digest>,
    /// The platform's family (Intel's FMSPC), 12 hexadecimal digits; not needed on a development root, and not there
    /// for other vendors.
    #[arg(long, value_name = "FMSPC")]
    family: Option<String>,
    /// Register it, but let it take no leases yet.
    #[arg(long)]
    no_leases: bool,
    #[command(flatten)]
    showing: showing::ShowingArgs,
}

/// Does it.
pub async fn run(command: WorkerCommand, connection: &Connection<'_>) -> Result<ExitCode> {
    match command {
        WorkerCommand::Verify(args) => return verify::run(&args, connection).await,
        WorkerCommand::List => list(connection).await?,
        WorkerCommand::Show { worker } => show(&worker, connection).await?,
        WorkerCommand::Register(args) => register(&args, false, connection).await?,
        WorkerCommand::Renew(args) => register(&args, true, connection).await?,
        WorkerCommand::Drain { worker, from, undo } => drain(worker, from.as_deref(), undo, connection).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let keys = client.reader().unproven_keys(&head, &storage::workers_prefix(), MAX_LISTED).await?;
    let facts = client.facts_at(&head, &keys).await?;
    let mut rows = Vec::new();
    for key in &keys {
        let id =
            key.split_last_chunk::<32>().map(|(_, id)| WorkerId(*id)).context("a worker's key ends with its id")?;
        let Some(record) = facts.worker(&id)? else { continue };
        let validity = client.facts_at(&head, &validity_keys(&record)).await?.validity(&record)?;
        let valid = record.valid(&validity).map_err(|why| why.to_string());
        rows.push((id, record, valid));
    }
    let block = facts.block().number;
    let json: Vec<Value> = rows.iter().map(|(id, record, valid)| as_json(id, record, valid, block)).collect();
    connection.output.result(&json, || match rows.is_empty() {
        true => "Nobody is registered on this network".into(),
        false => {
            rows.iter().map(|(id, record, valid)| line(id, record, valid, block)).collect::<String>()
                + &format!("proven as of block {block}; that nobody is missing is not proven")
        }
    })?;
    let now = unix_now();
    rows.iter().filter_map(|(id, record, _)| ending(id, record, now)).for_each(|said| connection.output.warn(said));
    Ok(())
}

async fn show(id: &WorkerId, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let record = record(&client, id).await?;
    let facts = client.facts(&validity_keys(&record)).await?;
    let valid = record.valid(&facts.validity(&record)?).map_err(|why| why.to_string());
    let block = facts.block().number;
    let devices = devices::of(&client, id, &record).await?;
    let mut json = as_json(id, &record, &valid, block);
    json["devices"] = devices::as_json(&devices);
    connection.output.result(&json, || {
        format!("{}{}\nproven as of block {block}", text(id, &record, &valid), devices::lines(&devices))
    })?;
    if let Some(warning) = ending(id, &record, unix_now()) {
        connection.output.warn(warning);
    }
    Ok(())
}

async fn register(args: &RegisterArgs, renew: bool, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let operator = connection.account(client.network(), args.from.as_deref())?;
    connection.output.progress(format!("Asking {} for its evidence", args.url));
    let mut offer = Offer::fetch(&args.url).await?;
    let (offered, failed) = (std::mem::take(&mut offer.devices), offer.devices_failed.take());
    let statement = offer.statement.clone();
    let (id, role, name) = (offer.statement.worker, offer.statement.role, offer.name.clone());
    check_statement(&offer.statement, &client, &operator.account(), &name)?;
    let known = client.facts(&[storage::workers(&id)]).await?.worker(&id)?;
    if !renew && known.as_ref().is_some_and(|known| known.signing_key == offer.statement.signing_key) {
        bail!("this boot of '{name}' is registered already; renew it for fresh evidence");
    }
    // A renewal does not end a drain.
    let opt_in = !args.no_leases && (!renew || known.is_none_or(|known| known.opted_in));
    let collateral = collateral(offer.kind, args, &client).await?;
    let call = offer.into_call(collateral, opt_in);
    connection.output.progress("The chain judges the evidence");
    let block = client.submit(&operator, &call).await?.block.number();
    let record = record(&client, &id).await?;
    let shown = match offered.is_empty() {
        true => Ok(Vec::new()),
        false => showing::show(&args.showing, &offered, &statement, &client, &operator, connection).await,
    };
    let devices: Vec<String> = shown.as_ref().into_iter().flatten().map(ToString::to_string).collect();
    let json = json!({ "worker": id, "role": role.name(), "boot": record.boot, "valid_until": record.verdict.valid_until, "block": block, "devices": devices });
    connection.output.result(&json, || {
        let gpus = devices.iter().map(|device| format!("\nthe chain knows its GPU {device}")).collect::<String>();
        let until = date(record.verdict.valid_until);
        format!("{} '{name}' is registered: {id}\nits verdict holds until {until}{gpus}", role.name())
    })?;
    if let Some(why) = failed {
        connection.output.warn(format!("its GPUs gave no evidence: {why}"));
    }
    // It is registered all the same; a renewal shows them again.
    shown.map(|_| ()).context("its GPUs are not all shown; `adyton worker renew` tries again")
}

/// What the operator signs for: their own worker, on this network, under the name that its id is made of.
fn check_statement(statement: &AttestedStatement, client: &Client, operator: &AccountId, name: &str) -> Result<()> {
    let network = client.network().network_id;
    ensure!(
        statement.network == network,
        "the program is configured for network {}, not for this one",
        statement.network
    );
    ensure!(
        statement.operator == *operator,
        "the program's configuration names the operator {}; sign as that account",
        address::encode(&statement.operator)
    );
    ensure!(
        statement.worker == WorkerId::derive(&network, operator, name),
        "the program's id does not fit its operator and name"
    );
    Ok(())
}

/// Which collateral on the chain judges the evidence.
async fn collateral(kind: EvidenceKind, args: &RegisterArgs, client: &Client) -> Result<CollateralRef> {
    let (root, record) = root(kind, args, client).await?;
    let has_families = match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => true,
        EvidenceKind::AmdSnp | EvidenceKind::AwsNitro => false,
    };
    let family = match &args.family {
        Some(_) if !has_families => return Err(misuse(format!("{kind} has no platform families; leave --family out"))),
        None if !has_families => [0; 6],
        Some(text) => {
            let mut family = [0; 6];
            hex::decode_to_slice(text, &mut family).map_err(|_| misuse("--family has 12 hexadecimal digits"))?;
            family
        }
        None if record.development => adyton_development_root::FMSPC,
        None => return Err(misuse("name the platform's family with --family (Intel's FMSPC, in the PCK certificate)")),
    };
    Ok(CollateralRef { kind, root, family })
}

async fn root(kind: EvidenceKind, args: &RegisterArgs, client: &Client) -> Result<(Digest, RootRecord)> {
    let head = client.reader().head().await?;
    let mut keys = client.reader().unproven_keys(&head, &storage::roots_prefix(), 64).await?;
    keys.push(storage::timestamp());
    let facts = client.facts_at(&head, &keys).await?;
    let now = facts.time_ms()? / 1000;
    let mut roots = Vec::new();
    for key in &keys {
        let Some((_, id)) = key.split_last_chunk::<32>() else { continue };
        let id = Digest(*id);
        // Those of other kinds have other keys.
        if storage::roots(kind, &id) == *key
            && let Some(record) = facts.root(kind, &id)?.and_then(|root| root.into_at(now))
        {
            roots.push((id, record));
        }
    }
    match args.root {
        Some(wanted) => roots
            .into_iter()
            .find(|(id, _)| *id == wanted)
            .ok_or_else(|| misuse(format!("the network does not accept this root for {kind}"))),
        None => match <[_; 1]>::try_from(roots) {
            Ok([only]) => Ok(only),
            Err(roots) => {
                let ids: Vec<String> = roots.iter().map(|(id, _)| id.to_string()).collect();
                Err(misuse(format!(
                    "the network accepts {} roots for {kind}; name one with --root: {}",
                    ids.len(),
                    ids.join(", ")
                )))
            }
        },
    }
}

async fn drain(worker: WorkerId, from: Option<&str>, undo: bool, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let operator = connection.account(client.network(), from)?;
    let found = record(&client, &worker).await?;
    ensure!(
        found.operator == operator.account(),
        "the worker belongs to {}; sign as that account",
        address::encode(&found.operator)
    );
    let call = Call::Workers(Workers::SetOptIn { worker, opt_in: undo });
    let block = client.submit(&operator, &call).await?.block.number();
    connection.output.result(&json!({ "worker": worker, "opted_in": undo, "block": block }), || match undo {
        true => format!("From block {block} on the worker takes leases again"),
        false => format!("From block {block} on the worker takes no new leases. Those it holds go on while it runs; stop it when they may move: it then gives them back, and other workers take them at once."),
    })?;
    Ok(())
}
