//! `adyton verify`: a receipt bundle, checked offline, one line for each check.

use std::{fs, path::PathBuf, process::ExitCode};

use adyton_client::{
    Bundle,
    bundle::{MAX_BUNDLE, Trigger, Trust, Verification},
    check::Outcome,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::{connection::Connection, output::misuse, worker::date};

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
        "schedule": verification.schedule,
        "webhook": verification.webhook,
        "message": verification.message,
        "network": bundle.network_name,
        "network_id": bundle.network_id,
        "contract": bundle.contract,
        "checks": verification.checks,
    });
    connection.output.result(&json, || text(&verification))?;
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
    if let Some(Trigger { name_digest, due_ms }) = verification.schedule {
        let due = date(due_ms / 1000);
        out += &format!(
            "made by schedule: the contract's entry or watch whose name has digest {name_digest}, due at {due}\n"
        );
    }
    if let Some(position) = verification.webhook {
        out +=
            &format!("made by a webhook: a signed delivery for number {position} of the contract's manifest, from 0\n");
    }
    if let Some(number) = verification.message {
        out += &format!("made by message {number} that the caller sent to the contract on the chain\n");
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

#[cfg(test)]
mod tests {
    use adyton_client::{check::Check, protocol::ids::Digest};

    use super::*;

    #[test]
    fn a_run_of_the_schedule_is_shown_as_one_and_a_call_is_not() {
        let call = Verification {
            checks: vec![Check::passed("receipt", "its signature and every leaf hold")],
            trusted: true,
            as_of: Some(3),
            as_of_time: Some(1_800_000_000),
            anchored: None,
            development: Some(false),
            schedule: None,
            webhook: None,
            message: None,
        };
        let receipt = "passed     receipt      its signature and every leaf hold\n";
        let holds = "The receipt holds as of block 3.";
        assert_eq!(text(&call), format!("{receipt}{holds}"));
        let name_digest = Digest([0xab; 32]);
        let run = Verification { schedule: Some(Trigger { name_digest, due_ms: 1_800_000_000_007 }), ..call };
        let made =
            format!("the contract's entry or watch whose name has digest {name_digest}, due at 2027-01-15 08:00 UTC");
        assert_eq!(text(&run), format!("{receipt}made by schedule: {made}\n{holds}"));
        let triggered = Verification { schedule: None, webhook: Some(1), message: Some(7), ..run };
        let (webhook, message) =
            ("made by a webhook: a signed delivery for number 1", "made by message 7 that the caller");
        assert!(text(&triggered).contains(webhook) && text(&triggered).contains(message));
    }
}
