//! Lies of a node: about blocks, about their finality, about the state, and about which chain it is.

use std::sync::{Mutex, PoisonError};

use adyton_client::{
    Client,
    chain::rpc::{HttpSource, Source},
    protocol::storage,
};
use adyton_e2e::{
    proxy::{Asked, Said, Target},
    wait,
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{PATIENCE, Stage};

/// What the verifier says of a state proof that is not one.
const BAD_PROOF: &str = "the storage proof is incomplete, altered or for another state";

fn asks_for(asked: &Asked, method: &str) -> bool {
    serde_json::from_slice::<Value>(&asked.body).is_ok_and(|request| request["method"] == method)
}

/// Changes the results of one JSON-RPC method.
fn results(method: &'static str, change: impl Fn(&mut Value) + Send + Sync) -> impl Fn(&Asked, &Target) -> Said {
    move |asked, node| {
        let mut said = node.ask(asked);
        if let Ok(mut answer) = serde_json::from_slice::<Value>(&said.body)
            && asks_for(asked, method)
        {
            change(&mut answer["result"]);
            said.body = answer.to_string().into_bytes();
        }
        said
    }
}

/// Changes one bit in the middle of hexadecimal digits.
fn flip(digits: &mut Value) {
    let text = digits.as_str().unwrap_or_default();
    let middle = text.len() / 2;
    let digit = text[middle..=middle].chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or_default();
    *digits = format!("{}{:x}{}", &text[..middle], digit ^ 1, &text[middle + 1..]).into();
}

/// A call is refused before anything of it is sent.
fn refused(stage: &Stage, words: &str) -> Result<()> {
    stage.read("lying-node")?.refused(words)
}

pub fn a_state_proof_altered_by_one_bit_is_refused(stage: &Stage) -> Result<()> {
    stage.node.play(results("state_getReadProof", |result| {
        let longest = result["proof"]
            .as_array_mut()
            .and_then(|proof| proof.iter_mut().max_by_key(|node| node.as_str().map_or(0, str::len)));
        longest.into_iter().for_each(flip);
    }));
    refused(stage, BAD_PROOF)
}

pub fn a_state_proof_cut_short_is_refused(stage: &Stage) -> Result<()> {
    stage.node.play(results("state_getReadProof", |result| {
        result["proof"].as_array_mut().and_then(Vec::pop);
    }));
    refused(stage, BAD_PROOF)
}

pub fn a_record_with_another_workers_key_is_refused(stage: &Stage) -> Result<()> {
    let workers = stage.network.json(&["worker", "list", "--json"])?;
    let worker = workers.as_array().and_then(|all| all.iter().find(|one| one["role"] == "worker"));
    let key = worker.and_then(|worker| worker["encryption_key"].as_str()).with_context(|| workers.to_string())?;
    let key = key.trim_start_matches("0x").to_owned();
    ensure!(key.len() == 64, "{key} is no key");
    // Whoever has this key could read the call.
    let other = "09".repeat(32);
    let replaced = std::sync::Arc::new(Mutex::new(0));
    let count = replaced.clone();
    stage.node.play(results("state_getReadProof", move |result| {
        for node in result["proof"].as_array_mut().into_iter().flatten() {
            let text = node.as_str().unwrap_or_default();
            if text.contains(&key) {
                *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                *node = text.replace(&key, &other).into();
            }
        }
    }));
    refused(stage, BAD_PROOF)?;
    ensure!(*replaced.lock().unwrap_or_else(PoisonError::into_inner) > 0, "no proof had the worker's key");
    Ok(())
}

pub fn a_justification_altered_by_one_bit_is_refused(stage: &Stage) -> Result<()> {
    // Round (8 bytes), target (36), number of votes (1); of the first vote, its target (36), then its signature.
    const SIGNATURE: usize = 8 + 36 + 1 + 36;
    stage.node.play(results("chain_getBlock", |result| {
        let byte = &mut result["justifications"][0][1][SIGNATURE];
        *byte = (byte.as_u64().unwrap_or_default() ^ 1).into();
    }));
    refused(stage, "a vote's signature does not hold")
}

pub fn a_block_that_is_not_the_justified_one_is_refused(stage: &Stage) -> Result<()> {
    stage.node.play(results("chain_getBlock", |result| flip(&mut result["block"]["header"]["stateRoot"])));
    refused(stage, "not for this header")
}

pub fn a_chain_that_stands_still_is_refused(stage: &Stage) -> Result<()> {
    stage.network.add("stale-node", |file| {
        file.rpc = stage.node.url.clone();
        file.clock_tolerance_seconds = 3;
    })?;
    stage.node.play(frozen());
    // At first the head is new; then it stays the same, and everything about it stays proven.
    wait(PATIENCE, || stage.read("stale-node")?.refused("the chain stands still, the answer is old"))
}

/// Says for ever that the head at the first question is the newest one.
pub fn frozen() -> impl Fn(&Asked, &Target) -> Said {
    let head = Mutex::new(None::<Said>);
    move |asked, node| match asks_for(asked, "chain_getFinalizedHead") {
        true => head.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| node.ask(asked)).clone(),
        false => node.ask(asked),
    }
}

/// Every state is kept on a local network: a receipt of any age can be looked into.
pub fn the_local_networks_node_keeps_every_state(stage: &Stage) -> Result<()> {
    // A node that prunes keeps those of 256 blocks.
    const KEPT: u32 = 256;
    let runtime = tokio::runtime::Runtime::new()?;
    let client = Client::new(stage.network.file()?)?;
    wait(PATIENCE, || {
        let head = runtime.block_on(client.reader().head())?.number();
        ensure!(head > KEPT + 30, "block {head} is the newest");
        Ok(())
    })?;
    let source = HttpSource::new(&stage.network.url("node")?)?;
    let proof = runtime.block_on(async {
        let old = source.block_hash(1).await?.context("no block 1")?;
        Ok::<_, anyhow::Error>(source.read_proof(&[storage::network()], old).await?)
    })?;
    ensure!(!proof.is_empty(), "the proof is empty");
    Ok(())
}

pub fn the_chain_of_another_network_is_refused(stage: &Stage) -> Result<()> {
    stage.network.add("other-network", |file| file.network_id.0 = [1; 32])?;
    stage.read("other-network")?.refused("nothing was sent: the chain is that of network")
}
