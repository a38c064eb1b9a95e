//! `adyton network`: which network, and why it is trusted.

use std::{fs, path::PathBuf, time::Duration};

use adyton_client::{
    Client, NetworkFile,
    network::MAX_NETWORK_FILE,
    protocol::{record::NetworkRecord, storage},
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{connection::Connection, output::misuse, whole_file::write_whole};

/// How long fetching a network file may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What can be done with networks.
#[derive(Debug, Subcommand)]
pub enum NetworkCommand {
    /// Take a network in from its file. Whoever can write that file decides what is proven.
    #[command(
        after_help = "Examples:\n  adyton network add mainnet.json\n  adyton network add https://example.org/network.json --name main"
    )]
    Add(AddArgs),
    /// Use a network from now on.
    #[command(after_help = "Example:\n  adyton network use local")]
    Use {
        /// Its name.
        name: String,
    },
    /// List the networks of this machine.
    #[command(after_help = "Example:\n  adyton network list")]
    List,
    /// Prove the newest finalized head, and say how old it is and why the network is trusted.
    #[command(after_help = "Example:\n  adyton network status")]
    Status,
    /// Write the network's file with a checkpoint at the newest finalized head, proven from the present one. Give it to
    /// those who start later: a checkpoint that is more than 27 days old is refused. Receipts from before it need the file
    /// that there is.
    #[command(after_help = "Example:\n  adyton network renew network.json")]
    Renew {
        /// The file to write.
        file: PathBuf,
    },
}

/// Which network file.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// A file, or an https:// address.
    from: String,
    /// What to call it, if not what the file calls it.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Replace a network of the same name.
    #[arg(long)]
    replace: bool,
}

/// Does it.
pub async fn run(command: NetworkCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        NetworkCommand::Add(args) => add(args, connection).await,
        NetworkCommand::Use { name } => set_in_use(&name, connection),
        NetworkCommand::List => list(connection),
        NetworkCommand::Status => status(connection).await,
        NetworkCommand::Renew { file } => renew(file, connection).await,
    }
}

async fn add(args: AddArgs, connection: &Connection<'_>) -> Result<()> {
    let bytes = if args.from.starts_with("http://") || args.from.starts_with("https://") {
        fetch(&args.from).await?
    } else {
        fs::read(&args.from).map_err(|error| misuse(format!("cannot read {}: {error}", args.from)))?
    };
    let mut network = NetworkFile::from_json(&bytes).map_err(|error| misuse(format!("{}: {error}", args.from)))?;
    if let Some(name) = args.name {
        network.name = name;
        network.validate().map_err(|error| misuse(error.to_string()))?;
    }
    let path = connection.network_path(&network.name)?;
    if path.exists() && !args.replace {
        return Err(misuse(format!("there is a network '{}' already; say --replace to replace it", network.name)));
    }
    write_whole(&path, network.to_json().as_bytes())?;
    connection.warn_of_development(&network);
    let json = json!({ "name": network.name, "network_id": network.network_id, "trust": network.trust, "file": path });
    connection.output.result(&json, || {
        format!(
            "Network '{}' is {}\nIts file says that it is trusted because: {}\nUse it with: adyton network use {}",
            network.name, network.network_id, network.trust, network.name
        )
    })?;
    Ok(())
}

fn set_in_use(name: &str, connection: &Connection<'_>) -> Result<()> {
    let network = connection.network_called(name)?;
    write_whole(&connection.places.network_in_use(), format!("{name}\n").as_bytes())?;
    connection.warn_of_development(&network);
    connection.output.result(&json!({ "network": name }), || format!("'{name}' is in use"))?;
    Ok(())
}

fn list(connection: &Connection<'_>) -> Result<()> {
    let in_use = connection.in_use()?;
    let networks = connection.networks()?;
    let json: Vec<_> = networks
        .iter()
        .map(|network| {
            let used = in_use.as_ref() == Some(&network.name);
            json!({ "name": network.name, "network_id": network.network_id, "development": network.development, "trust": network.trust, "in_use": used })
        })
        .collect();
    connection.output.result(&json, || {
        if networks.is_empty() {
            return "There is no network yet; start one with `adyton up`, or add one with `adyton network add`".into();
        }
        let line = |network: &NetworkFile| {
            let mark = if in_use.as_ref() == Some(&network.name) { '*' } else { ' ' };
            let kind = if network.development { "development, " } else { "" };
            format!("{mark} {:<16} {} ({kind}{})\n", network.name, network.network_id, network.trust)
        };
        networks.iter().map(line).collect()
    })?;
    Ok(())
}

async fn renew(file: PathBuf, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let checkpoint = client.reader().renewed().await?;
    let network = NetworkFile { checkpoint, ..client.network().clone() };
    let checkpoint = &network.checkpoint;
    let json = json!({ "name": network.name, "checkpoint": checkpoint.number, "authorities": checkpoint.authorities.len(), "file": file });
    write_whole(&file, network.to_json().as_bytes())?;
    connection.output.result(&json, || {
        format!(
            "{} has network '{}' with a checkpoint at block {}, after which {} authorities vote",
            file.display(),
            network.name,
            checkpoint.number,
            checkpoint.authorities.len()
        )
    })?;
    Ok(())
}

async fn status(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let network = client.network().clone();
    let facts = client.facts(&[storage::committee(), storage::frozen()]).await?;
    let record = facts.network()?.context("the network's record was proven a moment ago")?;
    let (block, time_ms) = (facts.block(), facts.time_ms()?);
    let age_ms = age(time_ms);
    let committee = facts.committee()?;
    let gateway = gateway_health(&client).await;
    let authorities = client.reader().followed().await.authorities.len();
    let json = json!({
        "name": network.name,
        "network_id": network.network_id,
        "chain_name": name_of(&record),
        "development": network.development,
        "trust": network.trust,
        "checkpoint": network.checkpoint.number,
        "authorities": authorities,
        "block": block,
        "age_ms": age_ms,
        "registrations_frozen": facts.frozen()?,
        "keyholders": committee.as_ref().map(|committee| committee.keyholders.len()),
        "keyholders_needed": committee.as_ref().map(|committee| committee.threshold),
        "gateway": gateway,
    });
    connection.output.result(&json, || {
        let keys = match &committee {
            None => "no keyholders yet".into(),
            Some(committee) if committee.keyholders.len() == 1 => "one keyholder, which has the whole master secret (development only)".into(),
            Some(committee) => format!("{} of {} keyholders release keys", committee.threshold, committee.keyholders.len()),
        };
        format!(
            "network   {} ({})\n          {}\ntrusted   {}\nhead      block {}, {:.1} s old, final by {} authorities, followed from block {}\nkeys      {keys}\ngateway   {} ({gateway})",
            network.name,
            name_of(&record),
            network.network_id,
            network.trust,
            block.number,
            age_ms as f64 / 1000.0,
            authorities,
            network.checkpoint.number,
            network.gateway,
        )
    })?;
    Ok(())
}

async fn gateway_health(client: &Client) -> String {
    match client.gateway().health().await {
        Ok(()) => "answers".into(),
        Err(error) => error.to_string(),
    }
}

fn name_of(record: &NetworkRecord) -> String {
    String::from_utf8_lossy(&record.name).chars().filter(|character| !character.is_control()).collect()
}

/// Milliseconds from `time_ms` to now by this machine's clock; zero if it lies ahead.
fn age(time_ms: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX).saturating_sub(time_ms)
}

/// A network file from the web. Over plain HTTP anybody on the way could write it.
async fn fetch(url: &str) -> Result<Vec<u8>> {
    if !url.starts_with("https://") {
        return Err(misuse(
            "a network file decides what is proven, so it is fetched over https:// only; download it yourself and name the file if you trust it",
        ));
    }
    adyton_client::gateway::fetch(url, MAX_NETWORK_FILE, TIMEOUT).await.with_context(|| format!("cannot fetch {url}"))
}
