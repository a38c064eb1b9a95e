//! What an answer stands for when it is there: a state that the chain has finalized, where the manifest says so, a report
//! that reaches the chain, whatever becomes of the worker, and the chain's state as of the block in its receipt.

use std::time::Duration;

use adyton_client::{
    Account, AccountScheme, Request,
    protocol::{record::StateHead, storage},
};
use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{PATIENCE, Stage, id, number};

impl Stage {
    /// The newest state of the contract that the chain has finalized.
    fn finalized(&self) -> Result<StateHead> {
        let (client, contract) = (self.client()?, id(&self.contract)?);
        let proven = self.runtime.block_on(client.contract(&contract))?;
        Ok(proven.head().context("the chain knows no state of it")?.latest)
    }

    /// The number of the sample's last report that the chain has dispatched.
    fn reported(&self) -> Result<u64> {
        let (client, sample) = (self.client()?, id(&self.network.sample()?)?);
        let facts = self.runtime.block_on(client.facts(&[storage::reports(&sample)]))?;
        Ok(facts.last_report(&sample)?)
    }

    /// The sample's prices, the newest first. Each was reported when it was made.
    fn prices(&self) -> Result<Vec<Value>> {
        let sample = self.network.sample()?;
        let answer = self.network.json(&["call", &sample, "GET", "/history?limit=100", "--json"])?;
        Ok(serde_json::from_str(answer["content"].as_str().unwrap_or_default())?)
    }

    fn update(&self) -> Result<()> {
        self.network.json(&["call", &self.network.sample()?, "POST", "/update", "--json"]).map(drop)
    }

    /// Waits until the chain has dispatched as many reports as the sample has made.
    fn all_reported(&self) -> Result<Vec<Value>> {
        let prices = self.prices()?;
        wait(PATIENCE, || {
            let reported = self.reported()?;
            ensure!(reported == prices.len() as u64, "{reported} of {} reports", prices.len());
            Ok(())
        })?;
        Ok(prices)
    }
}

pub fn an_anchored_answer_is_given_when_the_chain_has_finalized_its_state(stage: &Stage) -> Result<()> {
    for _ in 0..2 {
        let answer = stage.increment()?;
        let finalized = stage.finalized()?;
        let state: StateHead = serde_json::from_value(answer["verified"]["state"].clone())?;
        ensure!(finalized.sequence >= state.sequence, "answered with {state:?}; the chain has {finalized:?}");
        ensure!(finalized.sequence > state.sequence || finalized == state, "{finalized:?} is not {state:?}");
    }
    Ok(())
}

pub fn what_a_contract_reports_reaches_the_chain(stage: &Stage) -> Result<()> {
    let before = stage.all_reported()?;
    stage.update()?;
    let after = stage.all_reported()?;
    ensure!(after.len() == before.len() + 1 && after.ends_with(&before), "{after:?} after {before:?}");
    Ok(())
}

pub fn a_worker_that_dies_right_after_its_answers_loses_neither_state_nor_report(stage: &Stage) -> Result<()> {
    let before = stage.all_reported()?;
    let count = number(&stage.increment()?)?;
    stage.update()?;
    stage.network.kill("adyton-worker")?;
    let kept = wait(PATIENCE, || stage.count()).context("after the worker's death")?;
    ensure!(kept == count, "it had counted to {count}, and shows {kept}");
    wait(PATIENCE, || stage.prices()).context("after the worker's death")?;
    let after = stage.all_reported()?;
    ensure!(after.len() == before.len() + 1 && after.ends_with(&before), "{after:?} after {before:?}");
    Ok(())
}

pub fn what_a_contract_schedules_runs_once_although_its_worker_dies_before(stage: &Stage) -> Result<()> {
    let ticks =
        || -> Result<u64> { number(&stage.network.json(&["call", &stage.contract, "GET", "/ticks", "--json"])?) };
    let later = |milliseconds: u64| {
        let path = format!("/later?ms={milliseconds}");
        stage.network.json(&["call", &stage.contract, "POST", &path, "--json"]).map(drop)
    };
    stage.network.adyton(&["call", &stage.contract, "POST", "/tick"])?.refused("(contract-error)")?;
    let before = ticks()?;
    later(2000)?;
    wait(PATIENCE, || {
        let ran = ticks()?;
        ensure!(ran == before + 1, "{ran} ticks, {before} before");
        Ok(())
    })
    .context("a run")?;
    let (client, contract) = (stage.client()?, id(&stage.contract)?);
    let alice = Account::from_secret("//Alice", AccountScheme::Sr25519)?;
    let schedule = stage.runtime.block_on(client.schedule(&contract, &alice))?;
    let run = schedule.runs.last().context("no run is told of")?;
    ensure!(run.name == "tick" && run.status == Some(200) && schedule.entries.is_empty(), "{schedule:?}");
    stage.runtime.block_on(client.run_receipt(&contract, &alice, run)).context("the run's receipt")?;
    let told = stage.text(&["schedule", &stage.contract, "--from", "//Alice"])?;
    ensure!(told.contains("tick  HTTP 200") && told.contains("nothing in its schedule"), "{told}");
    stage.network.adyton(&["schedule", &stage.contract, "--from", "//Bob"])?.refused("(owner-only)")?;
    // The answer waits for the chain: time enough for that, and for the worker's death.
    later(15_000)?;
    stage.network.kill("adyton-worker")?;
    wait(PATIENCE, || {
        let ran = ticks()?;
        ensure!(ran == before + 2, "{ran} ticks, {before} before");
        Ok(())
    })
    .context("a run after the worker's death")?;
    // Long enough for several blocks: neither runs again.
    std::thread::sleep(Duration::from_secs(10));
    ensure!(ticks()? == before + 2, "it ran again");
    Ok(())
}

pub fn what_a_contract_reads_of_the_chain_is_what_anybody_proves_as_of_the_block_in_its_receipt(
    stage: &Stage,
) -> Result<()> {
    let (client, contract) = (stage.client()?, id(&stage.contract)?);
    let keys = [storage::timestamp(), storage::network(), storage::contracts(&contract), b"nothing".to_vec()];
    let request = Request::get(&format!("/on-chain?keys={}", keys.each_ref().map(hex::encode).join(",")))?;
    let answer = stage.runtime.block_on(client.call(&contract, &request, None))?;
    let (said, block) = (serde_json::from_slice::<Value>(&answer.response().content)?, answer.fields().block);
    let proven = stage.runtime.block_on(async {
        let mut head = client.reader().head().await?;
        while head.number() > block.number {
            head = client.reader().parent(&head).await?;
        }
        client.reader().read_at(&head, &keys).await
    })?;
    ensure!(proven.block() == block, "{:?} is proven, and {block:?} is in the receipt", proven.block());
    let values = keys.iter().map(|key| Ok(proven.value(key)?.map(hex::encode))).collect::<Result<Vec<_>>>()?;
    ensure!(values.iter().map(Option::is_some).eq([true, true, true, false]), "{values:?}");
    let time = proven.value(&keys[0])?.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    let expected = json!({ "number": block.number, "hash": hex::encode(block.hash.0), "time": time, "values": values });
    ensure!(said == expected, "{said} and not {expected}");
    stage.network.adyton(&["call", &stage.contract, "GET", "/on-chain?keys="])?.refused("(contract-error)")
}
