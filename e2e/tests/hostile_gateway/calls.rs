//! Calls that are not to be taken: repeated, truncated, oversized, expired, and for something else than where they
//! arrive. What stands inside the seal is read by the worker place, so a gateway can only play with the whole.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use adyton_client::{Client, Error, NetworkFile, Request, chain::rpc::HttpSource};
use adyton_e2e::{proxy::Asked, wait};
use anyhow::{Context, Result, anyhow, bail, ensure};
use reqwest::Method;
use serde_json::Value;

use super::{PATIENCE, Stage, gateway::is_call, history, node::frozen};

pub fn sealed_bytes_that_are_posted_twice_are_taken_once(stage: &Stage) -> Result<()> {
    let before = length(stage)?;
    stage.gateway.play(|asked, gateway| {
        gateway.ask(asked);
        gateway.ask(asked)
    });
    stage
        .update()?
        .refused("these sealed bytes were seen before; a retry seals again with the same request id (replayed)")?;
    let after = length(stage)?;
    ensure!(after == before + 1, "{before} prices, then {after}: the call was taken once");
    Ok(())
}

/// How many prices the sample remembers.
fn length(stage: &Stage) -> Result<usize> {
    Ok(history(&stage.network, &stage.sample)?.as_array().map_or(0, Vec::len))
}

pub fn a_truncated_call_is_refused(stage: &Stage) -> Result<()> {
    stage.gateway.play(|asked, gateway| {
        let mut asked = asked.clone();
        asked.body.pop();
        gateway.ask(&asked)
    });
    stage.update()?.refused("the sealed request does not open under this worker's key")
}

pub fn a_call_larger_than_its_contract_takes_is_not_sent(stage: &Stage) -> Result<()> {
    let large = stage.folder.join("large");
    fs::write(&large, vec![b'x'; 16 << 20])?;
    let data = format!("@{}", large.display());
    let call = ["--network", "lying-gateway", "call", &stage.sample, "POST", "/update", "--data", &data];
    stage.gateway.play(|_, _| panic!("nothing may be sent"));
    stage.network.adyton(&call)?.refused("the content has 16777216 bytes; the contract's manifest allows ")
}

pub fn an_expired_call_and_one_from_too_far_ahead_are_refused(stage: &Stage) -> Result<()> {
    // A clock that is wrong by more than a call lives, on a machine that is told to tolerate it.
    for (clock, code) in [(-600, "expired"), (1200, "too-far-ahead")] {
        match call_by_clock(stage, clock)? {
            Error::Refused { code: found, .. } if found == code => {}
            other => bail!("{clock} s: it was not refused as {code} but: {other}"),
        }
    }
    Ok(())
}

/// The error of a call by a clock that is wrong by this many seconds.
fn call_by_clock(stage: &Stage, wrong: i64) -> Result<Error> {
    let file = NetworkFile { clock_tolerance_seconds: 3600, ..stage.network.file()? };
    let clock = move || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).as_ref().map_or(0, Duration::as_millis);
        u64::try_from(now).unwrap_or_default().saturating_add_signed(wrong * 1000)
    };
    let source = HttpSource::new(&file.rpc)?;
    let client = Client::over(file, source, Box::new(clock))?;
    let contract = stage.sample.parse().map_err(|error| anyhow!("{}: {error}", stage.sample))?;
    let call = async { client.call(&contract, &Request::get("/price")?, None).await };
    tokio::runtime::Runtime::new()?.block_on(call).err().context("it was answered")
}

pub fn a_call_that_is_handed_to_another_contract_or_for_replaced_code_is_refused(stage: &Stage) -> Result<()> {
    let project = stage.folder.join("copy");
    copy_of_sample(stage, &project)?;
    let copy = deploy(stage, &project)?["contract"].as_str().context("no contract")?.to_owned();
    let other = format!("/v1/contracts/{copy}/call");
    stage.gateway.play(move |asked, gateway| match is_call(asked) {
        true => gateway.ask(&Asked { path: other.clone(), ..asked.clone() }),
        false => gateway.ask(asked),
    });
    stage.update()?.refused("the call is for another contract (wrong-contract)")?;
    // A node from whose chain the upgrade is missing makes the client ask for the code that was there before.
    stage.network.add("old-node", |file| {
        file.rpc = stage.node.url.clone();
        file.clock_tolerance_seconds = 3600;
    })?;
    stage.node.play(frozen());
    let call = ["--network", "old-node", "call", &copy, "GET", "/price"];
    let done = stage.network.adyton(&call)?;
    ensure!(done.code == 0, "the old code answers as long as it is in force: {}", done.err);
    replace_code(stage, &project)?;
    // The worker follows the chain with a delay of its own.
    wait(PATIENCE, || stage.network.adyton(&call)?.refused("the contract runs other code than the call asks for"))?;
    wait(PATIENCE, || stage.network.json(&["call", &copy, "GET", "/price", "--json"])).map(drop)
}

/// A project with the sample's component, whose code may be replaced at once.
fn copy_of_sample(stage: &Stage, project: &Path) -> Result<()> {
    let sample = stage.network.programs().join("sample");
    fs::create_dir(project)?;
    fs::copy(sample.join("price-oracle.wasm"), project.join("price-oracle.wasm"))?;
    let manifest = fs::read_to_string(sample.join("adyton.toml"))?;
    fs::write(project.join("adyton.toml"), manifest + "\n[policy]\nupgrade = { delay = 0 }\n")?;
    Ok(())
}

fn deploy(stage: &Stage, project: &Path) -> Result<Value> {
    let project = project.to_str().context("the folder's name is no text")?;
    stage.network.json(&["deploy", "--dir", project, "--from", "//Alice", "--json"])
}

/// Puts other code into force that does the same: a custom section more.
fn replace_code(stage: &Stage, project: &Path) -> Result<()> {
    let path = project.join("price-oracle.wasm");
    let mut component = fs::read(&path)?;
    component.extend([0, 6, 4, b'n', b'o', b't', b'e', 1]);
    fs::write(&path, component)?;
    deploy(stage, project)?;
    let done = deploy(stage, project)?;
    ensure!(done["stage"] == "ready", "{done}");
    Ok(())
}

pub fn a_recorded_call_does_not_open_after_the_workers_restart(stage: &Stage) -> Result<()> {
    let recorded = Arc::new(Mutex::new(Vec::<u8>::new()));
    let record = recorded.clone();
    stage.gateway.play(move |asked, gateway| {
        *record.lock().unwrap_or_else(PoisonError::into_inner) = asked.body.clone();
        gateway.ask(asked)
    });
    ensure!(stage.update()?.code == 0, "a gateway that only records does no harm");
    stage.network.kill("adyton-worker")?;
    wait(PATIENCE, || stage.honest())?;
    // Whoever recorded the call hands it in again, and whoever asks gets no answer to it.
    stage.gateway.play(move |asked, gateway| {
        let body = recorded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        gateway.ask(&Asked { method: Method::POST, body, ..asked.clone() })
    });
    stage.update()?.refused("the sealed request does not open under this worker's key")
}
