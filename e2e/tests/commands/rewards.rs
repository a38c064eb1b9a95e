//! `adyton pool`, `adyton rewards` and `adyton stake`: stake is put behind the network's worker, whose machine is measured
//! and which is challenged by the beacon; what it earns for that, its pool's members claim.

use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{PATIENCE, Stage, accounts::free};

pub fn a_worker_with_stake_behind_it_is_measured_and_challenged_and_earns_for_its_pool(stage: &Stage) -> Result<()> {
    let worker = stage.worker()?;
    ensure!(standing(stage, &worker)?["capacity"] == 0, "nobody asked for a measurement yet");
    signed(stage, &["rewards", "measure", &worker], "//Bob")?;
    wait(PATIENCE, || {
        let standing = standing(stage, &worker)?;
        ensure!(standing["capacity"].as_u64() > Some(0), "it is not measured: {standing}");
        Ok(())
    })?;
    let pool = backed(stage, &worker)?;
    let early = stage.network.adyton(&["rewards", "start", &worker, "--yes", "--from", "//Eve"])?;
    ensure!(early.code == 1, "it is not her pool: {early:?}");
    signed(stage, &["rewards", "start", &worker], "//Bob")?;
    let earned = wait(PATIENCE, || {
        let standing = standing(stage, &worker)?;
        let session = &standing["session"];
        ensure!(session["away_since"].is_null(), "it answers: {standing}");
        let earned: u128 = session["earned"].as_str().context("no amount")?.parse()?;
        ensure!(earned > 0, "it has not earned yet: {standing}");
        Ok(earned)
    })?;
    // Her part is three of four, of what the owner's commission of a tenth leaves. She pays a fee.
    let before = free(stage, "//Eve")?;
    signed(stage, &["stake", "claim", &pool], "//Eve")?;
    let claimed = free(stage, "//Eve")?.checked_sub(before).context("the fee was more than what she claimed")?;
    ensure!(claimed > 0, "{before}, earned {earned}");
    let health = health(stage)?;
    ensure!(health["working"] == true && health["settled_round"].as_u64() > Some(0), "{health}");
    signed(stage, &["rewards", "stop", &worker], "//Bob")?;
    ensure!(standing(stage, &worker)?["running"] == false, "it was stopped");
    Ok(())
}

/// A pool of //Bob's, in which //Eve has three times as much as he, and which stands behind the worker; its number.
fn backed(stage: &Stage, worker: &str) -> Result<String> {
    let create = ["pool", "create", "--commission", "10", "--maximum", "20", "--description", "one machine"];
    let created = signed(stage, &create, "//Bob")?;
    let pool = created["pool"].as_u64().with_context(|| format!("no number: {created}"))?.to_string();
    signed(stage, &["pool", "join", &pool, "5000"], "//Bob")?;
    signed(stage, &["pool", "join", &pool, "15000"], "//Eve")?;
    signed(stage, &["pool", "assign", &pool, worker, "20000"], "//Bob")?;
    Ok(pool)
}

/// What is proven of a worker's work for rewards.
fn standing(stage: &Stage, worker: &str) -> Result<Value> {
    stage.network.json(&["rewards", "show", worker, "--json"])
}

/// What the worker says itself of that.
fn health(stage: &Stage) -> Result<Value> {
    let url = format!("{}/health", stage.network.url("worker")?);
    let said: Value = stage.runtime.block_on(async { reqwest::get(url).await?.json().await })?;
    Ok(said["rewards"].clone())
}

/// What a command came to that an account signs.
pub fn signed(stage: &Stage, what: &[&str], account: &str) -> Result<Value> {
    stage.network.json(&[what, &["--yes", "--from", account, "--json"]].concat())
}
