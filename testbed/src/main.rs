//! `adyton-testbed`: runs a contract's own tests against the real engine.
//!
//! It stands beside the command line, which builds the project and starts it (`adyton test`), and which may not have
//! the engine inside. Component and manifest are what would be deployed; limits, prices, rules for outgoing HTTP and
//! commits are the worker's. The clock, the randomness, the callers and the world outside are what the test says
//! ([`scenario`]), so that each run comes to the same.
//!
//! What must always hold: without `--record` nothing is sent but to the servers that `--database` names; a file is
//! written only with it, and what its author wrote stays. It refuses what no worker would run, and files that it does
//! not understand whole.
//!
//! It exits with 0 if everything was as expected, with 1 if something was not or the contract cannot run, and with 2
//! on bad use or an unreadable file.
#![forbid(unsafe_code)]

mod bench;
mod check;
mod databases;
mod difference;
mod host;
mod life;
mod outside;
mod record;
mod report;
mod scenario;
mod shelf;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use adyton_protocol::manifest::{MAX_MANIFEST, Manifest};
use anyhow::{Context, Result};
use clap::Parser;

use crate::{
    bench::Bench,
    databases::{Databases, Place, Root},
    report::{Played, Report},
    scenario::{MAX_FILE, Scenario},
};

/// The largest component that is read, in bytes. The engine has a limit of its own.
const MAX_COMPONENT: u64 = 256 << 20;

/// Run a contract's tests against the engine. The contract's manifest, in its canonical encoding, is read from standard
/// input.
#[derive(Debug, Parser)]
#[command(name = "adyton-testbed", version)]
struct Arguments {
    /// The component.
    #[arg(long, value_name = "FILE")]
    component: PathBuf,
    /// Send requests that no scenario has an answer for, and write the answers into the scenario's file.
    #[arg(long)]
    record: bool,
    /// Connect to this server in the place of a database outside.
    #[arg(long = "database", value_name = "HOST:PORT=ADDRESS:PORT")]
    databases: Vec<Place>,
    /// A root of such servers' certificates besides those of the manifest: DER, in hexadecimal.
    #[arg(long = "database-root", value_name = "HEX")]
    database_roots: Vec<Root>,
    /// Print the report as JSON, for programs.
    #[arg(long)]
    json: bool,
    /// The scenarios.
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
}

/// Something given is unusable: exit code 2.
#[derive(Debug)]
struct Misuse(String);

/// A scenario and where it is from.
struct Source {
    path: PathBuf,
    text: String,
    scenario: Scenario,
    /// The component before the upgrade, if the scenario has one.
    old: Option<Vec<u8>>,
}

/// What was given, read.
struct Given {
    component: Vec<u8>,
    manifest: Manifest,
    databases: Databases,
    sources: Vec<Source>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let given = match read(&arguments) {
        Ok(given) => given,
        Err(Misuse(reason)) => {
            eprintln!("error: {reason}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments, given) {
        Ok(report) => {
            let text = if arguments.json { serde_json::json!(report).to_string() } else { report.to_string() };
            match writeln!(io::stdout(), "{text}") {
                // Its reader wanted no more; what came of the tests, the exit code says.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    eprintln!("error: cannot write to standard output: {error}");
                    ExitCode::FAILURE
                }
                _ if report.failed == 0 => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What was given, all of it, before anything runs.
fn read(arguments: &Arguments) -> Result<Given, Misuse> {
    let mut manifest = Vec::new();
    let read = io::stdin().lock().take(MAX_MANIFEST as u64 + 1).read_to_end(&mut manifest);
    read.map_err(|error| Misuse(format!("cannot read the manifest from standard input: {error}")))?;
    let manifest = Manifest::from_bytes(&manifest).map_err(|error| Misuse(format!("the manifest: {error}")))?;
    let component = bounded(&arguments.component, MAX_COMPONENT)?;
    let added = arguments.database_roots.iter().map(|root| root.0.clone());
    let roots: Vec<_> = manifest.extra_roots.iter().cloned().chain(added).collect();
    let databases = Databases::new(arguments.databases.clone(), &roots).map_err(|error| Misuse(error.to_string()))?;
    let sources = arguments.scenarios.iter().map(|path| source(path, arguments.record));
    Ok(Given { component, manifest, databases, sources: sources.collect::<Result<_, _>>()? })
}

fn source(path: &Path, record: bool) -> Result<Source, Misuse> {
    let wrong = |reason: String| Misuse(format!("{}: {reason}", path.display()));
    let text = String::from_utf8(bounded(path, MAX_FILE)?).map_err(|error| wrong(error.to_string()))?;
    // What is recorded anew is not answered from the old recording.
    let wanted = if record { record::written_by_hand(&text) } else { &text };
    let scenario = Scenario::parse(wanted).map_err(wrong)?;
    // From where the scenario lies.
    let beside = |old: &PathBuf| path.parent().unwrap_or(Path::new("")).join(old);
    let old = scenario.old.as_ref().map(|old| bounded(&beside(old), MAX_COMPONENT)).transpose()?;
    Ok(Source { path: path.to_owned(), text, scenario, old })
}

fn bounded(path: &Path, limit: u64) -> Result<Vec<u8>, Misuse> {
    let unreadable = |error: io::Error| Misuse(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Misuse(format!("{} has more than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

fn run(arguments: &Arguments, given: Given) -> Result<Report> {
    let Given { component, manifest, databases, sources } = given;
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    let bench = Bench::new(&component, manifest, databases, arguments.record)?;
    let played: Result<_> = runtime.block_on(async {
        let mut played = Vec::with_capacity(sources.len());
        for source in sources {
            played.push(play(&bench, source, arguments.record).await?);
        }
        Ok(played)
    });
    Ok(Report::of(played?))
}

async fn play(bench: &Bench, source: Source, record: bool) -> Result<Played> {
    let Source { path, text, scenario, old } = source;
    let file = path.display().to_string();
    let (mut played, recorded) = bench.play(scenario, old.as_deref()).await.with_context(|| file.clone())?;
    if let Some(recorded) = recorded.filter(|_| record) {
        match record::with_recorded(&text, &recorded) {
            // What was recorded before stays: the contract may have failed before it asked for anything.
            _nothing if recorded.is_empty() => played.recorded = Some(0),
            Ok(new) => {
                write_whole(&path, &new)?;
                played.recorded = Some(recorded.len());
            }
            Err(reason) => played.problems.push(format!("nothing was recorded: {reason}")),
        }
    }
    Ok(played.ended(file))
}

/// Writes a file whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let part = path.with_extension("toml.part");
    let written = fs::write(&part, text).and_then(|()| fs::rename(&part, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}
