//! `adyton tcb watch`: which machines will fall below the bar when the vendor's next collateral applies, which part of
//! them is short, and what raises it.
//!
//! After a fix, Intel serves two collaterals that are both valid: the early one judges by the fix, the standard one
//! still by what was before. Who verifies with the standard one sees nothing, until it follows and a whole fleet is
//! out of date in one day. This command judges by both.

mod collaterals;
mod levels;
mod outlook;
mod workers;

use std::{path::PathBuf, process::ExitCode};

use adyton_attestation::{
    EvidenceKind, IntelPolicy, Policy, TcbStatus,
    intel::{Contents, inspect},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    attest::{File, Kind, Remembering, azure_quote, intel_quote, now, read_policy, remembering},
    connection::Connection,
    output::misuse,
};

use self::{
    collaterals::Named,
    outlook::{Outlook, Standing},
};

/// The seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// What can be done with platforms' security levels (TCB).
#[derive(Debug, Subcommand)]
pub enum TcbCommand {
    /// Say which machines the policy will refuse when the vendor's next collateral applies, and what raises them.
    Watch(WatchArgs),
}

/// Which machines, and judged by what.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton tcb watch --evidence quote.bin --fetch\n  adyton tcb watch --evidence one.bin --evidence two.bin --collateral standard.json --collateral early.json\n  adyton tcb watch --workers --days 14\n\nThe bar is what the policy accepts. After a fix, Intel serves two collaterals: the early one judges by the fix, the\nstandard one still by what was before. A machine that is above the bar by the standard one and below it by the early\none falls when the standard one follows.\nThe chain keeps only a hash of a worker's evidence, so that what a machine lacks is read from the operator's own\nfile: the quote that the worker made (sgx, tdx, azure-tdx). With --workers also the verdicts on the chain that end\nsoon are listed, with the evidence file that is about the same machine, if one is. Each of them is proven; the list of\nthem is the node's word, so that a node can leave workers out.\nA machine is NOT JUDGED where no collateral is about its family, where the collateral is expired or not Intel's, and\nwhere the evidence itself is not authentic: that says nothing about what the machine runs.\nThe exit code is 0 when everything stays above the bar, 1 when something falls below it or could not be judged, 2 on\nbad use or an unreadable file."
)]
pub struct WatchArgs {
    /// The evidence of a machine: a quote (sgx, tdx, azure-tdx). May be repeated.
    #[arg(long, value_name = "FILE", required_unless_present = "workers")]
    evidence: Vec<PathBuf>,
    /// Intel's collateral to judge by. May be repeated: old and new, of any family.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["fetch", "workers"])]
    collateral: Vec<PathBuf>,
    /// Get Intel's early and standard collateral of each machine.
    #[arg(long)]
    fetch: bool,
    /// A service to get them from. May be repeated; without one, Intel's own.
    #[arg(long = "source", value_name = "URL", requires = "fetch")]
    sources: Vec<String>,
    /// How many days ahead to warn of verdicts that end.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: u64,
    /// Also list the network's workers and keyholders whose verdicts end soon or hold no more.
    #[arg(long)]
    workers: bool,
    /// The policy that is the bar, if not the built-in one.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The time to judge at (Unix seconds), if not now.
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
}

/// A machine, and what becomes of it under each collateral that is about it.
#[derive(Debug, Serialize)]
struct Machine {
    file: String,
    kind: &'static str,
    #[serde(with = "hex::serde")]
    fmspc: [u8; 6],
    machine: Value,
    outlooks: Vec<Outlook>,
}

/// Does it.
pub async fn run(command: TcbCommand, connection: &Connection<'_>) -> Result<ExitCode> {
    let TcbCommand::Watch(args) = command;
    let policy = read_policy(args.policy.as_deref())?;
    let now = now(args.at)?;
    let mut machines = Vec::new();
    let given = collaterals::read(&args.collateral)?;
    // The collaterals are met first, so that theirs are the signatures that are remembered of a fleet.
    let signatures = remembering();
    for path in &args.evidence {
        machines.push(machine(&File::read(path)?, &args, &policy, &given, now, &signatures, connection).await?);
    }
    let workers = if args.workers { Some(workers::of_network(connection).await?) } else { None };
    let until = now.saturating_add(args.days.saturating_mul(DAY));
    let ending = workers.as_ref().map(|workers| workers::ending(workers, until, &machines));
    let ends = ending.as_ref().is_some_and(|ending| !ending.is_empty());
    let (falls, unjudged) = (ends || machines.iter().any(Machine::falls), machines.iter().any(Machine::is_unjudged));
    let json = json!({
        "falls": falls,
        "unjudged": unjudged,
        "machines": machines,
        "workers": workers,
        "workers_listed_by": workers.as_ref().map(|_| workers::LISTED_BY),
        "ending": ending,
    });
    connection.output.result(&json, || {
        let mut out: String = machines.iter().map(|machine| machine.text(until)).collect();
        if let Some(workers) = &workers {
            out += &format!("{} workers and keyholders, {}\n", workers.len(), workers::LISTED_BY);
        }
        out += &ending.iter().flatten().map(workers::line).collect::<String>();
        out + conclusion(falls, unjudged)
    });
    Ok(if falls || unjudged { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

const fn conclusion(falls: bool, unjudged: bool) -> &'static str {
    match (falls, unjudged) {
        (false, false) => "Everything stays above the bar.",
        (true, false) => "Something falls below the bar.",
        (false, true) => "Nothing was found below the bar, but something could NOT be judged.",
        (true, true) => "Something falls below the bar, and something could NOT be judged.",
    }
}

async fn machine(
    file: &File,
    args: &WatchArgs,
    policy: &Policy,
    given: &[Named],
    now: u64,
    signatures: &Remembering,
    connection: &Connection<'_>,
) -> Result<Machine> {
    let unreadable = |why: String| misuse(format!("{}: {why}", file.name()));
    let quote = match file.bytes.is_ascii() && file.starts_with(b"{t") {
        true => azure_quote(file).unwrap_or_else(|_| intel_quote(file)),
        false => intel_quote(file),
    };
    let root = policy.roots.intel().next().ok_or_else(|| misuse("the policy has no root for Intel's evidence"))?;
    let contents = inspect(&quote, &root).map_err(|refusal| unreadable(refusal.to_string()))?;
    let mut named: Vec<Named> = given.iter().filter(|one| one.is_for(&contents)).cloned().collect();
    if args.fetch {
        named.extend(collaterals::fetch(&contents, &args.sources, policy, now, signatures, connection).await?);
    }
    named.sort_by_key(|one| (one.says.evaluation, one.says.issue_date.clone()));
    let outlooks = named.iter().map(|one| Outlook::of(signatures, &quote, &contents, one, policy, now)).collect();
    Ok(Machine {
        file: file.name(),
        kind: kind_of(&contents).name(),
        fmspc: contents.fmspc,
        machine: contents.machine.map_or(Value::Null, |machine| json!(machine)),
        outlooks,
    })
}

fn kind_of(contents: &Contents) -> Kind {
    if contents.kind == EvidenceKind::IntelSgx { Kind::Sgx } else { Kind::Tdx }
}

/// Whether a policy accepts a status in some tier.
fn accepts(policy: &IntelPolicy, status: TcbStatus) -> bool {
    policy.tiers.iter().any(|tier| tier.statuses.contains(status))
}

impl Machine {
    /// Whether some collateral puts it below the bar.
    fn falls(&self) -> bool {
        self.outlooks.iter().any(|outlook| outlook.standing == Standing::Below)
    }

    /// Whether some collateral leaves open where it stands, or none says anything.
    fn is_unjudged(&self) -> bool {
        self.outlooks.is_empty() || self.outlooks.iter().any(|outlook| outlook.standing == Standing::NotJudged)
    }

    fn text(&self, until: u64) -> String {
        let mut out = format!("{} ({}, family {})\n", self.file, self.kind, hex::encode(self.fmspc));
        if self.outlooks.is_empty() {
            out += "  NOT JUDGED: no collateral is about its family: give it with --collateral, or say --fetch\n";
        }
        out + &self.outlooks.iter().map(|outlook| outlook.text(until)).collect::<String>()
    }
}
