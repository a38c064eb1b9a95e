//! Workers that are not what they say, and two that say they are the same one, as an operator meets them: with real
//! workers, a development device, and `adyton worker register`. What the chain refuses is told with its reason, and
//! the network's own worker goes on answering with all that it had answered. Then one that does take its place, and at
//! last one that lies about what a contract gives.
mod copies;
mod court;
mod disputes;
mod evidence;
mod handover;
mod liar;
mod worker;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use adyton_e2e::{Network, place, play, programs, scenarios, wait};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::runtime::Runtime;

/// How long something may take, on a slow machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// The local network, whose worker is //Bob's.
struct Stage {
    network: Network,
    folder: PathBuf,
    sample: String,
    runtime: Runtime,
    http: reqwest::Client,
    /// What the sample had answered in the beginning.
    before: Vec<Value>,
}

#[test]
fn whoever_is_not_the_worker_that_it_says_it_is_answers_nothing_and_nothing_is_lost() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let stage = Stage::set(network, folder.path()).unwrap();
    let all: &[_] = scenarios![
        evidence::evidence_under_another_root_is_refused,
        evidence::evidence_of_another_measurement_is_refused,
        evidence::a_measured_program_with_another_configuration_is_refused,
        evidence::another_operator_than_the_statements_is_refused,
        evidence::evidence_copied_from_another_worker_registers_nobody,
        evidence::expired_or_older_collateral_is_refused,
        evidence::collateral_of_another_authority_keeps_no_family_out,
        evidence::after_a_list_that_revokes_more_the_network_goes_on_with_newer_collateral,
        copies::of_two_processes_of_one_worker_only_the_one_registered_last_answers,
        handover::a_drained_worker_that_is_stopped_hands_its_contracts_to_another_with_their_state,
        disputes::of_two_disputed_results_the_right_one_costs_its_challenger_and_the_wrong_one_its_worker,
    ];
    play(&stage, all, Stage::honest).unwrap();
    stage.network.stop().unwrap();
}

impl Stage {
    fn set(network: Network, folder: &Path) -> Result<Self> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder().no_proxy().build()?;
        let (sample, runtime) = (network.sample()?, Runtime::new()?);
        let mut stage = Self { network, folder: folder.to_owned(), sample, runtime, http, before: Vec::new() };
        stage.before = stage.history()?;
        ensure!(!stage.before.is_empty(), "the start asked for a price");
        Ok(stage)
    }

    fn history(&self) -> Result<Vec<Value>> {
        let answer = self.network.json(&["call", &self.sample, "GET", "/history?limit=100", "--json"])?;
        Ok(serde_json::from_str(answer["content"].as_str().unwrap_or_default())?)
    }

    fn update(&self) -> Result<()> {
        self.network.json(&["call", &self.sample, "POST", "/update", "--json"]).map(drop)
    }

    /// What was answered, once the network answers again: all of `before` is among it.
    fn kept(&self, before: &[Value]) -> Result<Vec<Value>> {
        let after = wait(PATIENCE, || self.history())?;
        ensure!(after.ends_with(before), "{after:?} lacks some of {before:?}");
        Ok(after)
    }

    /// The worker that holds a contract's lease, and the lease's number, as it is proven.
    fn lease(&self, contract: &str) -> Result<(String, u64)> {
        let shown = self.network.json(&["contract", "show", contract, "--json"])?;
        let lease = &shown["lease"];
        let holder = lease["holder"].as_str().with_context(|| format!("there is no lease: {shown}"))?;
        Ok((holder.to_owned(), lease["number"].as_u64().context("a lease has a number")?))
    }

    fn honest(&self) -> Result<()> {
        self.kept(&self.before).map(drop)
    }
}
