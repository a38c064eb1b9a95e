//! The commands that users type, on a network that runs, each as text and as `--json`; what a contract's owner alone may
//! do; and answers that wait for the chain.
mod accounts;
mod collateral;
mod contracts;
mod decisions;
mod gas;
mod kept;
mod kinds;
mod multisig;
mod owner;
mod rewards;
mod running;
mod streamed;
mod triggers;
mod upgrade;
mod workers;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use adyton_client::{Client, ContractId};
use adyton_e2e::{Done, Network, guest, place, play, programs, scenarios};
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use tokio::runtime::Runtime;

/// How long something may take, on a slow machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// The local network, whose worker is //Bob's, and a contract of //Alice whose answers wait until the chain has finalized
/// what they wrote.
struct Stage {
    network: Network,
    folder: PathBuf,
    runtime: Runtime,
    /// The folder of the contract's project.
    project: String,
    contract: String,
}

#[test]
fn what_users_type_does_what_it_says_and_an_owners_things_stay_the_owners() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let stage = Stage::set(network, folder.path()).unwrap();
    let all: &[_] = scenarios![
        accounts::an_account_is_made_listed_paid_and_pays,
        workers::the_network_says_how_it_stands_and_why_it_is_trusted,
        workers::workers_are_listed_and_shown,
        workers::a_worker_is_renewed_without_a_restart_and_by_its_operator_alone,
        workers::a_workers_evidence_is_judged_on_the_users_own_machine,
        workers::keyholders_are_listed_and_shown_and_their_evidence_is_judged,
        collateral::collateral_is_brought_to_the_chain_by_anybody_once,
        collateral::what_a_network_accepts_and_holds_is_compared_with_its_vendors,
        collateral::what_the_next_collateral_makes_of_the_networks_own_workers_is_told,
        contracts::contracts_are_listed,
        contracts::a_contract_is_called_by_its_name_in_its_projects_folder_alone,
        contracts::a_receipt_without_its_contents_says_what_it_leaves_unchecked,
        contracts::a_receipt_is_saved_although_standard_output_cannot_be_written,
        owner::a_secret_is_set_and_set_again_by_its_owner_and_read_by_the_contract,
        owner::a_log_is_read_and_followed_by_its_owner,
        owner::nobody_else_reads_a_log_or_lists_or_sets_secrets,
        kept::an_anchored_answer_is_given_when_the_chain_has_finalized_its_state,
        kept::what_a_contract_reports_reaches_the_chain,
        kept::a_worker_that_dies_right_after_its_answers_loses_neither_state_nor_report,
        kept::what_a_contract_reads_of_the_chain_is_what_anybody_proves_as_of_the_block_in_its_receipt,
        kept::what_a_contract_schedules_runs_once_although_its_worker_dies_before,
        triggers::a_webhooks_delivery_and_a_message_on_the_chain_are_each_answered_once,
        triggers::what_comes_to_a_contracts_account_is_told_to_it_once,
        streamed::an_answer_is_shown_before_the_chain_has_its_state_and_one_that_fails_is_void,
        rewards::a_worker_with_stake_behind_it_is_measured_and_challenged_and_earns_for_its_pool,
        gas::a_contract_with_a_price_pays_is_paused_when_it_is_empty_and_goes_on_when_it_is_filled,
        decisions::what_is_voted_for_is_accepted_and_an_emergency_ends_registrations,
        kinds::a_new_kind_of_evidence_is_voted_for_with_stake_and_then_a_worker_of_it_registers,
        contracts::sealed_code_runs_with_the_key_that_its_owner_gave_and_nobody_else_has_its_bytes,
        contracts::a_contract_is_retired_by_its_owner_alone_and_gives_its_deposit_back,
        multisig::a_contract_of_three_is_deployed_changed_and_retired_when_two_of_them_agree,
        upgrade::the_chains_code_is_replaced_while_everybody_works_and_nothing_is_missed_or_lost,
    ];
    play(&stage, all, Stage::honest).unwrap();
    stage.network.stop().unwrap();
}

impl Stage {
    fn set(network: Network, folder: &Path) -> Result<Self> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let project = folder.join("owned");
        fs::create_dir(&project)?;
        fs::copy(guest("owned").join("adyton.toml"), project.join("adyton.toml"))?;
        fs::write(project.join("owned.wasm"), network.build("owned")?)?;
        let project = project.to_str().context("the folder's name is no text")?.to_owned();
        let (folder, runtime) = (folder.to_owned(), Runtime::new()?);
        let mut stage = Self { network, folder, runtime, project, contract: String::new() };
        stage.contract = contracts::deployed_once_a_worker_takes_leases(&stage)?;
        Ok(stage)
    }

    /// What a command shows that has to succeed.
    fn text(&self, arguments: &[&str]) -> Result<String> {
        self.network.adyton(arguments)?.text().with_context(|| format!("adyton {arguments:?}"))
    }

    /// What a command comes to that is run in this folder.
    fn within(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> Result<Done> {
        Done::of(self.network.command(arguments).current_dir(folder))
    }

    /// Makes the contract count, as the user of the command line; the answer.
    fn increment(&self) -> Result<Value> {
        self.network.json(&["call", &self.contract, "POST", "/increment", "--json"])
    }

    /// How far the contract has counted.
    fn count(&self) -> Result<u64> {
        let answer = self.network.json(&["call", &self.contract, "GET", "/count", "--json"])?;
        number(&answer)
    }

    fn client(&self) -> Result<Client> {
        Ok(Client::new(self.network.file()?)?)
    }

    /// Both contracts answer, the other one with what the start had it do.
    fn honest(&self) -> Result<()> {
        self.count()?;
        let answer = self.network.json(&["call", &self.network.sample()?, "GET", "/price", "--json"])?;
        ensure!(answer["status"] == 200, "{answer}");
        Ok(())
    }
}

/// The number that an answer consists of.
fn number(answer: &Value) -> Result<u64> {
    let content = answer["content"].as_str().with_context(|| format!("{answer} has no content"))?;
    content.parse().with_context(|| format!("{content} is no number"))
}

fn id(contract: &str) -> Result<ContractId> {
    contract.parse().map_err(|error| anyhow!("{contract}: {error}"))
}
