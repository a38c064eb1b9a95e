//! `adyton receipt anchor`: puts a saved receipt under the anchor that its worker made on the chain.

use std::{path::PathBuf, time::Duration};

use adyton_client::Client;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{connection::Connection, output::misuse, verify::read, whole_file::write_whole};

/// What to do with a saved receipt.
#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Add its anchor to a receipt bundle, so that it outlives a later revocation of its worker.
    Anchor(AnchorArgs),
}

/// Which receipt.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton receipt anchor receipt.json\n  adyton receipt anchor receipt.json --wait 300 --json\n\nA worker anchors its receipts now and then, while it is valid; this waits for it. The proof comes from the worker\nthat holds the contract, which keeps it for a while: do this soon after the call. The file is written anew.\nThe exit code is 0 when the bundle has its anchor, 1 when there is none, 2 when the file cannot be read."
)]
pub struct AnchorArgs {
    /// The bundle, as `adyton call --receipt` saved it.
    bundle: PathBuf,
    /// For how many seconds the anchor is waited for.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    wait: u64,
}

/// Does it.
pub async fn run(command: &ReceiptCommand, connection: &Connection<'_>) -> Result<()> {
    match command {
        ReceiptCommand::Anchor(args) => anchor(args, connection).await,
    }
}

async fn anchor(args: &AnchorArgs, connection: &Connection<'_>) -> Result<()> {
    let mut bundle = read(&args.bundle)?;
    let network = match connection.is_named() {
        true => connection.network()?,
        false => connection.known(&bundle.network_id)?.ok_or_else(|| {
            misuse(format!(
                "the bundle is of network {}, which was not added here; add it with `adyton network add`",
                bundle.network_id
            ))
        })?,
    };
    connection.warn_of_development(&network);
    let client = Client::new(network).context("cannot make a client")?;
    let block = client.anchor(&mut bundle, Duration::from_secs(args.wait)).await?;
    write_whole(&args.bundle, bundle.to_json().as_bytes())?;
    connection.output.result(&json!({ "anchored_in_block": block, "file": args.bundle }), || {
        format!(
            "The receipt was anchored in block {block}; {} proves it now, whatever becomes of the worker",
            args.bundle.display()
        )
    })?;
    Ok(())
}
