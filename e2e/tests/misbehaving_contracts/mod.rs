//! Contracts that misbehave, and hosts that misbehave towards them, as a user of the command line meets them: the
//! caller gets a clear error of a stable code, nothing of the call stays, and the worker goes on answering for this
//! contract and for others.
mod components;
mod hosts;
mod limits;
mod servers;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use adyton_e2e::{Done, Network, guest, place, play, programs, scenarios};
use anyhow::{Context, Result, ensure};
use servers::{Manner, Server};

/// How long something may take, on a slow machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// The local network with a contract that misbehaves on demand, and the hosts that it may ask.
struct Stage {
    network: Network,
    folder: PathBuf,
    /// The contract's component.
    component: Vec<u8>,
    contract: String,
    /// What its counter has to show.
    count: u64,
    good: Server,
    private: Server,
    redirecting: Server,
    endless: Server,
    silent: Server,
    unvouched: Server,
}

#[test]
fn whatever_misbehaves_gets_a_clear_error_and_nothing_is_lost() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let stage = Stage::set(network, folder.path()).unwrap();
    let all: &[_] = scenarios![
        components::a_file_that_is_no_component_is_not_deployed,
        components::an_import_that_the_manifest_does_not_grant_is_not_deployed,
        components::a_worker_runs_no_component_with_an_ungranted_import_whatever_was_deployed,
        limits::a_contract_that_loops_for_ever_is_stopped,
        limits::a_contract_that_allocates_without_end_is_stopped,
        limits::a_contract_that_writes_too_much_is_told_so,
        limits::a_contract_that_traps_ends_its_own_call_only,
        hosts::a_host_that_is_not_on_the_allow_list_is_not_asked,
        hosts::a_name_that_resolves_to_a_private_address_is_not_asked,
        hosts::a_redirect_to_a_private_address_is_not_followed,
        hosts::a_host_that_answers_for_ever_is_cut_off,
        hosts::a_host_that_never_answers_is_given_up,
        hosts::a_host_with_a_bad_certificate_is_not_asked,
    ];
    play(&stage, all, Stage::honest).unwrap();
    stage.network.stop().unwrap();
}

impl Stage {
    fn set(network: Network, folder: &Path) -> Result<Self> {
        let component = network.build("misbehaving")?;
        let [good, private] = [Server::start(Manner::Behaves)?, Server::start(Manner::Behaves)?];
        let inside = format!("http://localhost:{}/", private.port);
        let mut stage = Self {
            network,
            folder: folder.to_owned(),
            component,
            contract: String::new(),
            count: 3,
            good,
            private,
            redirecting: Server::start(Manner::Redirects(inside))?,
            endless: Server::start(Manner::AnswersForEver)?,
            silent: Server::start(Manner::KeepsSilent)?,
            unvouched: Server::start(Manner::SelfSigned)?,
        };
        let project = stage.project("misbehaving", &stage.component, &(manifest()? + &stage.rules()))?;
        let deployed = stage.network.json(&["deploy", "--dir", &project, "--from", "//Alice", "--json"])?;
        stage.contract = deployed["contract"].as_str().context("no contract")?.to_owned();
        for _ in 0..stage.count {
            stage.network.json(&["call", &stage.contract, "POST", "/increment", "--json"])?;
        }
        Ok(stage)
    }

    /// Where the contract may send requests: to all but one server, and to that one only if its name were public.
    fn rules(&self) -> String {
        let open = [&self.good, &self.redirecting, &self.endless, &self.silent];
        let open =
            open.map(|server| rule("127.0.0.1", server.port, "insecure_http = true\ndanger_allow_private = true"));
        let encrypted = rule("127.0.0.1", self.unvouched.port, "danger_allow_private = true");
        open.concat() + &encrypted + &rule("localhost", self.private.port, "insecure_http = true")
    }

    /// Writes a project as `adyton build` leaves it; its folder.
    fn project(&self, folder: &str, component: &[u8], manifest: &str) -> Result<String> {
        let project = self.folder.join(folder);
        fs::create_dir(&project)?;
        fs::write(project.join("adyton.toml"), manifest)?;
        fs::write(project.join("misbehaving.wasm"), component)?;
        Ok(project.to_str().context("the folder's name is no text")?.to_owned())
    }

    /// Has the contract do something.
    fn call(&self, path: &str, data: &str) -> Result<Done> {
        self.network.adyton(&["call", &self.contract, "POST", path, "--data", data])
    }

    /// What has to hold after each scenario: the contract has the state of its good calls, and others answer.
    fn honest(&self) -> Result<()> {
        let answer = self.network.json(&["call", &self.contract, "GET", "/count", "--json"])?;
        ensure!(answer["content"] == self.count.to_string().as_str(), "the counter shows {}", answer["content"]);
        let sample = self.network.sample()?;
        self.network.json(&["call", &sample, "POST", "/update", "--json"]).map(drop)
    }
}

fn rule(host: &str, port: u16, extra: &str) -> String {
    format!("\n[[egress]]\nhost = \"{host}\"\nport = {port}\n{extra}\n")
}

fn manifest() -> Result<String> {
    Ok(fs::read_to_string(guest("misbehaving").join("adyton.toml"))?)
}
