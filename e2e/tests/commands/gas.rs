//! `adyton gas`: a contract that has a price is called and pays for it, runs empty and is paused, is filled with a
//! voucher and goes on.

use std::time::Instant;

use adyton_e2e::wait;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{PATIENCE, Stage};

pub fn a_contract_with_a_price_pays_is_paused_when_it_is_empty_and_goes_on_when_it_is_filled(
    stage: &Stage,
) -> Result<()> {
    let (worker, contract) = (stage.worker()?, stage.contract.as_str());
    ensure!(shown(stage)?["state"] == "free", "{}", shown(stage)?);
    signed(stage, &["gas", "ask", &worker, "0.001"], "//Bob")?;
    // Each claim is at least a unit, and there is one every few blocks: ten units are soon used up.
    signed(stage, &["gas", "fund", contract, "0.01"], "//Eve")?;
    let stranger = stage.network.adyton(&["gas", "price", contract, "0.002", "--yes", "--from", "//Eve"])?;
    ensure!(stranger.code == 1, "it is not her contract: {stranger:?}");
    let price = ["gas", "price", contract, "0.002", "--units", "100000"];
    ensure!(signed(stage, &price, "//Alice")?["price"] == "2000000000", "the price is in units of 10^-12 PHA");

    let before = stage.count()?;
    let answered = until_paused(stage)?;
    ensure!(answered > 0, "it was called before it was empty");
    let paused = wait(PATIENCE, || {
        let shown = shown(stage)?;
        ensure!(shown["state"] == "paused", "{shown}");
        Ok(shown)
    })?;
    let spent = amount(&paused["spent"])?;
    ensure!(spent > 0 && spent + amount(&paused["balance"])? == 10_000_000_000, "{paused}");
    ensure!(amount(&paused["last"]["paid"])? > 0 && paused["burn_a_day"].is_string(), "{paused}");
    let call = ["call", contract, "POST", "/increment"];
    let refused = stage.network.adyton(&call)?;
    refused.refused("(payment-required)")?;
    ensure!(refused.err.contains("adyton gas fund"), "the remedy is said: {}", refused.err);

    // With a voucher of //Eve's it goes on, once.
    signed(stage, &["gas", "purse", "--fill", "150"], "//Eve")?;
    let voucher = stage.network.json(&["gas", "voucher", contract, "100", "--from", "//Eve", "--json"])?;
    let voucher = voucher["voucher"].as_str().context("no voucher")?;
    signed(stage, &["gas", "redeem", voucher], "//Ferdie")?;
    let again = stage.network.adyton(&["gas", "redeem", voucher, "--yes", "--from", "//Ferdie"])?;
    ensure!(again.code == 1 && again.err.contains("redeemed"), "{again:?}");
    let now = wait(PATIENCE, || stage.count())?;
    ensure!(now == before + answered, "{now} after {before} and {answered} calls: nothing is lost or done twice");

    // Without a price it runs for nothing again, and its owner takes the rest back.
    signed(stage, &["gas", "price", contract, "--none"], "//Alice")?;
    let all = ["gas", "take-back", contract, "--all"];
    wait(PATIENCE, || {
        ensure!(shown(stage)?["state"] == "free", "the notice has not passed");
        signed(stage, &all, "//Alice").map(drop)
    })?;
    ensure!(amount(&shown(stage)?["balance"])? == 0, "{}", shown(stage)?);
    Ok(())
}

/// Has the contract count until it is refused for want of payment; how often it did. How many calls ten units are depends
/// on the machine: claims come by blocks, and the time that memory is held counts.
fn until_paused(stage: &Stage) -> Result<u64> {
    let call = ["call", &stage.contract, "POST", "/increment", "--json"];
    let (start, mut answered) = (Instant::now(), 0);
    while start.elapsed() < PATIENCE {
        let done = stage.network.adyton(&call)?;
        if done.code == 0 {
            answered += 1;
            continue;
        }
        ensure!(done.err.contains("payment-required") || done.out.contains("payment-required"), "{done:?}");
        return Ok(answered);
    }
    bail!("{answered} calls did not use up ten units")
}

/// What is proven of the contract's gas.
fn shown(stage: &Stage) -> Result<Value> {
    stage.network.json(&["gas", "show", &stage.contract, "--json"])
}

/// Something that an account signs.
fn signed(stage: &Stage, arguments: &[&str], from: &str) -> Result<Value> {
    stage.network.json(&[arguments, &["--yes", "--from", from, "--json"]].concat())
}

fn amount(value: &Value) -> Result<u128> {
    let text = value.as_str().with_context(|| format!("{value} is no amount"))?;
    text.parse().with_context(|| format!("{text} is no amount"))
}
