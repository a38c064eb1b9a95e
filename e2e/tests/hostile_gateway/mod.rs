//! A gateway and a node that lie, as a user of the command line meets them: each lie ends with exit code 1, says
//! what is wrong, and shows no answer. Afterwards the network answers as before, with all that it had answered.
mod calls;
mod gateway;
mod node;

use std::{path::PathBuf, time::Duration};

use adyton_e2e::{Done, Network, place, play, programs, proxy::Proxy, scenarios};
use anyhow::{Result, ensure};
use serde_json::Value;

/// How long something may take, on a slow machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// The local network, and the same one seen through a gateway and a node that lie.
struct Stage {
    network: Network,
    sample: String,
    gateway: Proxy,
    node: Proxy,
    folder: PathBuf,
    /// What the sample had answered before the first lie.
    before: Value,
}

#[test]
fn a_gateway_or_node_that_lies_is_found_out_and_nothing_is_lost() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let stage = Stage::set(network, folder.path().to_path_buf()).unwrap();
    let all: &[_] = scenarios![
        gateway::an_answer_altered_by_one_bit_is_not_shown,
        gateway::an_answer_cut_short_is_not_shown,
        gateway::two_answers_that_were_swapped_are_both_not_shown,
        gateway::an_earlier_answer_is_not_shown_again,
        gateway::an_answer_in_plain_is_not_shown,
        gateway::a_gateway_that_denies_the_contract_is_quoted_and_not_believed,
        gateway::what_a_gateway_says_about_a_contract_stands_beside_what_is_proven,
        gateway::a_gateway_that_stores_another_component_is_refused,
        node::a_state_proof_altered_by_one_bit_is_refused,
        node::a_state_proof_cut_short_is_refused,
        node::a_record_with_another_workers_key_is_refused,
        node::a_justification_altered_by_one_bit_is_refused,
        node::a_block_that_is_not_the_justified_one_is_refused,
        node::a_chain_that_stands_still_is_refused,
        node::the_chain_of_another_network_is_refused,
        calls::sealed_bytes_that_are_posted_twice_are_taken_once,
        calls::a_truncated_call_is_refused,
        calls::a_call_larger_than_its_contract_takes_is_not_sent,
        calls::an_expired_call_and_one_from_too_far_ahead_are_refused,
        calls::a_call_that_is_handed_to_another_contract_or_for_replaced_code_is_refused,
        calls::a_recorded_call_does_not_open_after_the_workers_restart,
        // The last one, because it needs a chain of some length.
        node::the_local_networks_node_keeps_every_state,
    ];
    play(&stage, all, Stage::honest).unwrap();
    stage.network.stop().unwrap();
}

impl Stage {
    fn set(network: Network, folder: PathBuf) -> Result<Self> {
        let (gateway, node) = (Proxy::start(&network.url("gateway")?)?, Proxy::start(&network.url("node")?)?);
        network.add("lying-gateway", |file| file.gateway = gateway.url.clone())?;
        network.add("lying-node", |file| file.rpc = node.url.clone())?;
        let sample = network.sample()?;
        let before = history(&network, &sample)?;
        Ok(Self { network, sample, gateway, node, folder, before })
    }

    /// A call that changes state, over the gateway that lies.
    fn update(&self) -> Result<Done> {
        self.network.adyton(&["--network", "lying-gateway", "call", &self.sample, "POST", "/update"])
    }

    /// A call that only reads, over the network of this name.
    fn read(&self, network: &str) -> Result<Done> {
        self.network.adyton(&["--network", network, "call", &self.sample, "GET", "/price"])
    }

    /// What has to hold after every lie: an honest call is answered, with all that was answered before. The lies
    /// are over.
    fn honest(&self) -> Result<()> {
        self.gateway.rest();
        self.node.rest();
        let after = history(&self.network, &self.sample)?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let kept = !list(&self.before).is_empty() && list(&after).ends_with(&list(&self.before));
        ensure!(kept, "{after} lacks some of {}", self.before);
        Ok(())
    }
}

fn history(network: &Network, sample: &str) -> Result<Value> {
    let answer = network.json(&["call", sample, "GET", "/history?limit=100", "--json"])?;
    Ok(serde_json::from_str(answer["content"].as_str().unwrap_or_default())?)
}
