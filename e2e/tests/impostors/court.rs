//! What it takes to have a result disputed: a contract that lets it be, stake behind the worker that holds it, two seats
//! for jurors, which everybody votes for, and workers of two more operators, with stake behind them, that may sit there.

use std::{fs, path::Path, thread};

use adyton_client::{Account, AccountScheme, chain::extrinsic::Signer as _};
use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{PATIENCE, Stage, worker::Worker};

/// The jurors' operators.
pub const JURORS: [&str; 2] = ["//Dave", "//Eve"];
/// Accounts with more than a quarter of all PHA, which sign nothing else meanwhile.
const VOTERS: [&str; 4] = ["//Alice", "//Alice//stash", "//Bob//stash", "//Dave//stash"];
/// What a deposit of the contract is held of.
const OWNER: &str = "//Eve//stash";
/// The contract of the example `counter`, whose results can be disputed.
const MANIFEST: &str = r#"name = "counter"
grants = ["kv"]
public_calls = true
deterministic = true
disputable = true

[limits]
fuel = 100_000_000
memory = 16_777_216
wall_ms = 5_000
storage = 16_777_216
"#;

/// Everybody who is needed.
pub struct Court {
    /// The contract, which the network's own worker holds.
    pub contract: String,
    /// That worker's pool, of //Bob's.
    pub pool: String,
    jurors: Vec<Worker>,
}

impl Court {
    /// Has everybody come, at the same time.
    pub fn set(stage: &Stage) -> Result<Self> {
        thread::scope(|scope| {
            let jurors = JURORS.map(|operator| scope.spawn(move || juror(stage, operator)));
            let rules = scope.spawn(|| two_seats(stage));
            let contract = scope.spawn(|| deployed(stage));
            let pool = scope.spawn(|| backed(stage, "//Bob", &own_worker(stage)?));
            let (mut ids, mut workers) = (Vec::new(), Vec::new());
            for juror in jurors {
                let (worker, id) = joined(juror)?;
                workers.push(worker);
                ids.push(id);
            }
            at_work(stage, &ids).with_context(|| said(&workers))?;
            joined(rules)?;
            Ok(Self { contract: joined(contract)?, pool: joined(pool)?, jurors: workers })
        })
    }

    /// The jurors' logs.
    pub fn said(&self) -> String {
        said(&self.jurors)
    }
}

fn said(workers: &[Worker]) -> String {
    workers.iter().map(Worker::said).collect()
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().expect("a step does not panic")
}

/// A pool of this operator's, with stake behind this worker of theirs; its number.
pub fn backed(stage: &Stage, operator: &str, worker: &str) -> Result<String> {
    let create = ["pool", "create", "--commission", "10", "--maximum", "20"];
    let created = stage.signed(&create, operator)?;
    let pool = created["pool"].as_u64().with_context(|| format!("no number: {created}"))?.to_string();
    stage.signed(&["pool", "join", &pool, "20000"], operator)?;
    stage.signed(&["pool", "assign", &pool, worker, "20000"], operator)?;
    Ok(pool)
}

/// The network's own worker, which holds its contracts.
fn own_worker(stage: &Stage) -> Result<String> {
    Ok(stage.lease(&stage.sample)?.0)
}

/// A worker that takes no leases, and stake behind it; with its id.
fn juror(stage: &Stage, operator: &str) -> Result<(Worker, String)> {
    let account = |secret| Ok::<_, anyhow::Error>(Account::from_secret(secret, AccountScheme::Sr25519)?.account());
    let (bob, own) = (account("//Bob")?.to_string(), account(operator)?.to_string());
    let name = operator.trim_start_matches('/').to_lowercase();
    let was = stage.network.data().join("worker/data").display().to_string();
    let data = stage.folder.join(&name).display().to_string();
    let named = format!("name = \"{name}\"");
    let changes: [(&str, &str); 3] = [(bob.as_str(), own.as_str()), ("name = \"worker\"", &named), (&was, &data)];
    let worker = Worker::start(stage, &name, &changes)?;
    let register = ["worker", "register", &worker.url, "--no-leases", "--from", operator, "--json"];
    let registered = stage.network.json(&register)?;
    let id = registered["worker"].as_str().context("no id")?.to_owned();
    wait(PATIENCE, || {
        let health = stage.asked(&format!("{}/health", worker.url))?;
        ensure!(health["registered"] == true, "it has not seen that it is registered: {health}");
        Ok(())
    })?;
    backed(stage, operator, &id)?;
    Ok((worker, id))
}

/// Has the jurors' machine measured, and starts them.
fn at_work(stage: &Stage, jurors: &[String]) -> Result<()> {
    let (first, operator) = (jurors.first().context("there are jurors")?, JURORS[0]);
    stage.signed(&["rewards", "measure", first], operator)?;
    for juror in jurors {
        wait(PATIENCE, || {
            let standing = stage.network.json(&["rewards", "show", juror, "--json"])?;
            ensure!(standing["capacity"].as_u64() > Some(0), "it is not measured: {standing}");
            Ok(())
        })?;
    }
    thread::scope(|scope| {
        let start = |(juror, operator)| scope.spawn(move || stage.signed(&["rewards", "start", juror], operator));
        let started: Vec<_> = jurors.iter().map(String::as_str).zip(JURORS).map(start).collect();
        started.into_iter().try_for_each(|start| joined(start).map(drop))
    })
}

/// Has everybody decide that a first draw has two seats.
fn two_seats(stage: &Stage) -> Result<()> {
    let mut rules = stage.network.json(&["gov", "parameters", "--json"])?["disputes"].clone();
    ensure!(rules["jurors"] == 1, "{rules}");
    rules["jurors"] = json!(2);
    let file = stage.folder.join("two-jurors.json");
    fs::write(&file, json!({ "disputes": rules }).to_string())?;
    let file = file.to_str().context("the folder's name is no text")?;
    let proposed = stage.signed(&["gov", "propose", "set-parameters", file], "//Alice")?;
    let number = proposed["referendum"].as_u64().with_context(|| format!("no number: {proposed}"))?.to_string();
    let vote = |account: &str| -> Result<()> {
        let vote = ["gov", "vote", &number, "aye", "--amount", "850000", "--yes", "--from", account, "--json"];
        let done = stage.network.adyton(&vote)?;
        // Whoever comes too late was not needed.
        ensure!(done.code == 0 || done.err.contains("is over"), "{account}: {done:?}");
        Ok(())
    };
    thread::scope(|scope| {
        let votes = VOTERS.map(|account| scope.spawn(move || vote(account)));
        votes.into_iter().try_for_each(joined)
    })?;
    wait(PATIENCE, || {
        let rules = stage.network.json(&["dispute", "parameters", "--json"])?;
        ensure!(rules["jurors"] == 2, "they are as before: {rules}");
        Ok(())
    })
}

/// The contract, called once.
fn deployed(stage: &Stage) -> Result<String> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/counter");
    let project = stage.folder.join("disputable");
    fs::create_dir(&project)?;
    fs::write(project.join("adyton.toml"), MANIFEST)?;
    fs::write(project.join("counter.wasm"), stage.network.build_in(&example, "counter")?)?;
    let project = project.to_str().context("the folder's name is no text")?;
    let made = stage.network.json(&["deploy", "--dir", project, "--from", OWNER, "--json"])?;
    let contract = made["contract"].as_str().with_context(|| format!("no contract: {made}"))?.to_owned();
    stage.network.json(&["call", &contract, "POST", "/increment", "--public", "--json"])?;
    Ok(contract)
}

impl Stage {
    /// What a command came to that an account signs.
    pub fn signed(&self, what: &[&str], account: &str) -> Result<Value> {
        self.network.json(&[what, &["--yes", "--from", account, "--json"]].concat())
    }

    fn asked(&self, url: &str) -> Result<Value> {
        Ok(self.runtime.block_on(async { self.http.get(url).send().await?.json().await })?)
    }
}
