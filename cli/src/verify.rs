//! `adyton verify`: a receipt bundle, checked offline, one line for each check.

use std::{fs, path::PathBuf, process::ExitCode};

use adyton_client::{
    Bundle,
    bundle::{MAX_BUNDLE, Trust, Verification},
    check::Outcome,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::{connection::Connection, output::misuse};

/// What to verify.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton verify receipt.json --network local\n  adyton verify receipt.json\n\nWithout --network it is verified against the network of yours that it names. A bundle of a network that you\ndo not know is only checked against itself, and does not hold.\nThe exit code is 0 when the receipt holds, 1 when it does not, 2 when the file cannot be read."
)]
pub struct VerifyArgs {
    /// The bundle, as `adyton call --receipt` saved it.
    bundle: PathBuf,
}

/// Verifies. Nothing is asked of anybody.
pub fn run(args: &VerifyArgs, connection: &Connection<'_>) -> Result<ExitCode> {
    let bundle = read(&args.bundle)?;
    let network =
        if connection.is_named() { Some(connection.network()?) } else { connection.known(&bundle.network_id)? };
    let verification = bundle.verify(network.as_ref().map_or(Trust::BundleItself, Trust::Network));
    let json = json!({
        "holds": verification.holds(),
        "trusted": verification.trusted,
        "as_of_block": verification.as_of,
        "as_of_time": verification.as_of_time,
        "anchored_in_block": verification.anchored,
        "development": verification.development,
        "network": bundle.network_name,
        "network_id": bundle.network_id,
        "contract": bundle.contract,
        "checks": verification.checks,
    });
    connection.output.result(&json, || text(&verification));
    Ok(if verification.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a bundle's file.
pub fn read(path: &PathBuf) -> Result<Bundle> {
    let unreadable = |reason: String| misuse(format!("{}: {reason}", path.display()));
    let length = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > MAX_BUNDLE as u64 {
        return Err(unreadable(format!("a receipt bundle has at most {MAX_BUNDLE} bytes")));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    Bundle::from_json(&bytes).map_err(|error| unreadable(error.to_string()))
}

fn text(verification: &Verification) -> String {
    let mut out = String::new();
    for check in &verification.checks {
        let outcome = match check.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::Unchecked => "unchecked",
        };
        out += &format!("{outcome:<10} {:<12} {}\n", check.name, check.reason);
    }
    match (verification.holds(), verification.as_of) {
        (true, Some(block)) => {
            out += &format!("The receipt holds as of block {block}");
            let anchored = verification.anchored.map(|block| format!(", and was anchored in block {block}"));
            out += &format!("{}.", anchored.unwrap_or_default());
        }
        _ if verification.is_consistent() => {
            out += "The receipt is consistent in itself, but NOTHING here says that its network is one you trust: add the network (`adyton network add`), or name it with --network.";
        }
        _ => out += "The receipt does NOT hold.",
    }
    if verification.development == Some(true) {
        out += " The worker stands on a development root: this proves nothing about hardware.";
    }
    out
}
