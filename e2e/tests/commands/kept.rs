//! What an answer stands for when it is there: a state that the chain has finalized, where the manifest says so, and a
//! report that reaches the chain, whatever becomes of the worker.

use adyton_client::protocol::{record::StateHead, storage};
use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{PATIENCE, Stage, id, number};

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
