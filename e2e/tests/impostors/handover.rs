//! Two workers of one operator, of which one takes the other's place: it is drained and stopped, gives its leases back,
//! and the other goes on with the state. Whoever is not the holder answers nothing, and what was sealed to the former
//! holder stays closed.

use std::sync::{Arc, Mutex, PoisonError};

use adyton_e2e::{proxy::Proxy, wait};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{PATIENCE, Stage, worker::Worker};

/// A name of its own, and time to give its leases back in.
const SECOND: [(&str, &str); 2] =
    [("name = \"worker\"", "name = \"second\""), ("stop_seconds = 3", "stop_seconds = 60")];

pub fn a_drained_worker_that_is_stopped_hands_its_contracts_to_another_with_their_state(stage: &Stage) -> Result<()> {
    let second = Worker::start(stage, "second", &SECOND)?;
    let done = there_and_back(stage, &second);
    done.with_context(|| second.said())
}

fn there_and_back(stage: &Stage, second: &Worker) -> Result<()> {
    let first_url = stage.network.url("worker")?;
    let (first, lease) = stage.lease(&stage.sample)?;
    let registered = stage.network.json(&["worker", "register", &second.url, "--from", "//Bob", "--json"])?;
    let id = registered["worker"].as_str().context("no id")?.to_owned();
    ensure!(id != first, "it is the first");
    stage.update()?;
    let before = stage.history()?;
    let recorded = record(stage)?;
    // Its operator lets it take leases, and it takes none that another holds.
    wait(PATIENCE, || says(stage, &second.url, &recorded, 404, "not-held")).context("the second, not yet")?;

    drain(stage, &first, false)?;
    wait(PATIENCE, || {
        if stage.lease(&stage.sample)?.0 == id {
            return Ok(());
        }
        // One that could not anchor in time keeps its leases, and is asked again.
        if is_ready(stage, &first_url)? {
            stage.network.terminate("adyton-worker")?;
        }
        bail!("the first worker has not given its leases back")
    })?;
    wait(PATIENCE, || stage.update()).context("by the second")?;
    let moved = stage.kept(&before).context("by the second")?;
    let (now, newer) = stage.lease(&stage.sample)?;
    ensure!(now == id && newer > lease, "lease {newer} of {now}, after lease {lease} of {first}");
    says(stage, &second.url, &recorded, 400, "sealed").context("what was sealed to the first")?;
    // It was started again, and registered again, and is not the holder.
    wait(PATIENCE, || says(stage, &first_url, &recorded, 404, "not-held")).context("the first")?;

    drain(stage, &first, true)?;
    drain(stage, &id, false)?;
    second.stop()?;
    wait(PATIENCE, || stage.update()).context("by the first again")?;
    ensure!(stage.lease(&stage.sample)?.0 == first, "{:?} holds it", stage.lease(&stage.sample)?);
    stage.kept(&moved).context("by the first again").map(drop)
}

/// Lets a worker take no more leases, or some again.
fn drain(stage: &Stage, worker: &str, undo: bool) -> Result<()> {
    let command = ["worker", "drain", worker, "--from", "//Bob", "--json"];
    let more: &[&str] = if undo { &["--undo"] } else { &[] };
    let done = stage.network.json(&[&command[..], more].concat())?;
    ensure!(done["opted_in"] == undo, "{done}");
    Ok(())
}

/// The sealed bytes of a call that was answered.
fn record(stage: &Stage) -> Result<Vec<u8>> {
    let gateway = Proxy::start(&stage.network.url("gateway")?)?;
    stage.network.add("recording", |file| file.gateway = gateway.url.clone())?;
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let record = recorded.clone();
    gateway.play(move |asked, gateway| {
        if asked.path.ends_with("/call") {
            *record.lock().unwrap_or_else(PoisonError::into_inner) = asked.body.clone();
        }
        gateway.ask(asked)
    });
    stage.network.json(&["--network", "recording", "call", &stage.sample, "GET", "/price", "--json"])?;
    let recorded = std::mem::take(&mut *recorded.lock().unwrap_or_else(PoisonError::into_inner));
    ensure!(!recorded.is_empty(), "no call went over the gateway");
    Ok(recorded)
}

/// Whether the worker at `url` says that it answers for the sample.
fn is_ready(stage: &Stage, url: &str) -> Result<bool> {
    let status = format!("{url}/v1/contracts/{}", stage.sample);
    let asked = stage.runtime.block_on(async { stage.http.get(status).send().await?.json::<Value>().await });
    // While it ends, and before it is back, nobody is there to be asked.
    Ok(asked.is_ok_and(|said| said["status"] == "ready"))
}

/// Checks what the worker at `url` says to a sealed call of the sample.
fn says(stage: &Stage, url: &str, call: &[u8], status: u16, code: &str) -> Result<()> {
    let to = format!("{url}/v1/call/{}", stage.sample);
    let (found, body) = stage.runtime.block_on(async {
        let answer = stage.http.post(to).body(call.to_vec()).send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
    })?;
    let said = serde_json::from_str::<Value>(&body).unwrap_or_default();
    ensure!(found == status && said["code"] == code, "the worker at {url} says {found} {body}");
    Ok(())
}
