//! What a contract answers though nobody calls it as users do: a webhook's deliveries, and messages on the chain.

use std::time::Duration;

use adyton_client::{
    Account, AccountScheme,
    chain::{address, extrinsic::Signer},
    protocol::{call::RECEIPT_FIELD, storage},
};
use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{PATIENCE, Stage, id, number};

/// GitHub's own example of a delivery: key, content and signature.
const KEY: &str = "It's a Secret to Everybody";
const CONTENT: &str = "Hello, World!";
const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

impl Stage {
    /// What the gateway answers to a delivery: the status, the receipt if there is one, and the body.
    fn deliver(&self, signature: &str, content: &'static str, delivery: &str) -> Result<(u16, Option<String>, Value)> {
        let gateway = self.client()?.network().gateway.clone();
        let url = format!("{}/v1/contracts/{}/public/hook", gateway.trim_end_matches('/'), self.contract);
        self.runtime.block_on(async {
            let request = reqwest::Client::builder().no_proxy().build()?.post(url).body(content);
            let answer = request.header("x-hub-signature-256", signature).header("x-github-delivery", delivery);
            let answer = answer.send().await?;
            let receipt = answer.headers().get(RECEIPT_FIELD).map(|value| value.to_str().map(str::to_owned));
            Ok((answer.status().as_u16(), receipt.transpose()?, serde_json::from_slice(&answer.bytes().await?)?))
        })
    }

    fn asked(&self, path: &str) -> Result<Value> {
        self.network.json(&["call", &self.contract, "GET", path, "--json"])
    }

    fn messages(&self) -> Result<Vec<String>> {
        let answer = self.asked("/messages")?;
        serde_json::from_str(answer["content"].as_str().context("no content")?).context("no list")
    }
}

pub fn a_webhooks_delivery_and_a_message_on_the_chain_are_each_answered_once(stage: &Stage) -> Result<()> {
    let refused = |answer: (u16, Option<String>, Value), status: u16, code: &str| {
        ensure!(answer.0 == status && answer.1.is_none() && answer.2["code"] == code, "{answer:?}");
        Ok(())
    };
    refused(stage.deliver(SIGNATURE, CONTENT, "1")?, 503, "webhook-secret")?;
    stage.set_secret("hook", KEY, "//Alice", &[])?.text()?;
    refused(stage.deliver(SIGNATURE, "Hello, World?", "1")?, 401, "webhook-signature")?;
    stage.network.adyton(&["call", &stage.contract, "POST", "/hook"])?.refused("(webhook-only)")?;
    let first = stage.deliver(SIGNATURE, CONTENT, "1")?;
    ensure!(first.0 == 200 && first.2 == json!({ "hook": "/hook", "number": 1 }), "{first:?}");
    let again = stage.deliver(SIGNATURE, CONTENT, "2")?;
    ensure!(first == again && first.1.is_some(), "{again:?} after {first:?}");
    ensure!(number(&stage.asked("/deliveries")?)? == 1, "it was answered twice");

    let send = ["message", "send", &stage.contract, "to the oracle", "--from", "//Bob", "--json"];
    for _ in 0..2 {
        let sent = stage.network.json(&send)?;
        ensure!(sent["contract"] == stage.contract.as_str(), "{sent}");
    }
    let bob = Account::from_secret("//Bob", AccountScheme::Sr25519)?;
    let sender = bob.account();
    let expected = [1, 2].map(|number| format!("{number} {} to the oracle", hex::encode(sender.0)));
    wait(PATIENCE, || {
        let messages = stage.messages()?;
        ensure!(messages == expected, "{messages:?}");
        Ok(())
    })?;
    // The chain learns of it, and the deposits go back.
    let list = ["message", "list", &stage.contract, "--from", "//Alice", "--json"];
    wait(PATIENCE, || {
        let listed = stage.network.json(&list)?;
        ensure!(listed["over"] == 2 && listed["sent"] == 2 && listed["waiting"] == json!([]), "{listed}");
        Ok(())
    })?;
    let (client, contract) = (stage.client()?, id(&stage.contract)?);
    let alice = Account::from_secret("//Alice", AccountScheme::Sr25519)?;
    let runs = stage.runtime.block_on(client.message_runs(&contract, &alice))?;
    ensure!(runs.iter().map(|run| (run.number, run.status)).eq([(1, Some(204)), (2, Some(204))]), "{runs:?}");
    // Long enough for several blocks: neither runs again.
    std::thread::sleep(Duration::from_secs(5));
    ensure!(stage.messages()? == expected, "one ran again");
    stage.network.adyton(&["message", "withdraw", &stage.contract, "1", "--from", "//Bob"])?.refused("messages: ")
}

pub fn what_comes_to_a_contracts_account_is_told_to_it_once(stage: &Stage) -> Result<()> {
    let told = || -> Result<Vec<String>> {
        let answer = stage.asked("/paid")?;
        serde_json::from_str(answer["content"].as_str().context("no content")?).context("no list")
    };
    let (client, contract) = (stage.client()?, id(&stage.contract)?);
    let account = contract.account(&client.network().network_id);
    ensure!(told()?.is_empty(), "there is an account already: {:?}", told()?);
    stage.network.json(&["account", "transfer", "3", &address::encode(&account), "--from", "//Eve", "--json"])?;
    wait(PATIENCE, || {
        ensure!(told()?.len() == 1, "{:?}", told()?);
        Ok(())
    })?;
    let alice = Account::from_secret("//Alice", AccountScheme::Sr25519)?;
    let schedule = stage.runtime.block_on(client.schedule(&contract, &alice))?;
    let run = schedule.runs.iter().rfind(|run| run.name == "watch:paid").context("no run is told of")?;
    ensure!(run.status == Some(204), "{run:?}");
    let receipt = stage.runtime.block_on(client.run_receipt(&contract, &alice, run)).context("the run's receipt")?;
    let block = receipt.fields().block;
    // What the contract was told is what anybody proves as of the block in the receipt.
    let key = [storage::account(&account)];
    let proven = stage.runtime.block_on(async {
        let mut head = client.reader().head().await?;
        while head.number() > block.number {
            head = client.reader().parent(&head).await?;
        }
        client.reader().read_at(&head, &key).await
    })?;
    let value = hex::encode(proven.value(&key[0])?.context("the account is not there")?);
    let expected = vec![format!("paid {} {value}", block.number)];
    // Long enough for several blocks: it does not run again.
    std::thread::sleep(Duration::from_secs(5));
    ensure!(told()? == expected, "{:?} and not {expected:?}", told()?);
    stage.network.adyton(&["call", &stage.contract, "PUT", "/.adyton/watch"])?.refused("the worker's own")
}
