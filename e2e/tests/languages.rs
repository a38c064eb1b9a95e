//! A contract in each language, from its first line to a verified answer, as a newcomer types it.
use std::{path::PathBuf, process::Command};

use adyton_e2e::{Network, guests_target, place, play, programs, scenarios};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The local network, and a folder for new projects.
struct Stage {
    network: Network,
    folder: PathBuf,
}

#[test]
fn a_contract_in_each_language_is_made_built_deployed_and_called() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let stage = Stage { network, folder: folder.path().to_owned() };
    let all: &[_] = scenarios![in_rust, in_javascript, in_typescript, in_python, made_elsewhere, changed_while_it_runs];
    play(&stage, all, Stage::honest).unwrap();
    stage.network.stop().unwrap();
}

fn in_rust(stage: &Stage) -> Result<()> {
    stage.live("rust")
}

fn in_javascript(stage: &Stage) -> Result<()> {
    stage.live("js")
}

fn in_typescript(stage: &Stage) -> Result<()> {
    stage.live("ts")
}

fn in_python(stage: &Stage) -> Result<()> {
    stage.live("python")
}

/// A component of `wasi:http/proxy` that nothing in its project made. Its own tests, sealed calls and public ones.
fn made_elsewhere(stage: &Stage) -> Result<()> {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/wasi-proxy");
    ensure!(stage.build(example)?, "an example in Rust was not built");
    let project = stage.folder.join("made-elsewhere");
    std::fs::create_dir_all(project.join("tests"))?;
    std::fs::copy(format!("{example}/wasi-proxy.wasm"), project.join("proxy.wasm"))?;
    std::fs::copy(format!("{example}/tests/proxy.toml"), project.join("tests/proxy.toml"))?;
    let manifest = "name = \"made-elsewhere\"\ncomponent = \"proxy.wasm\"\npublic_calls = true\n";
    std::fs::write(project.join("adyton.toml"), manifest)?;
    let project = project.to_str().context("the folder's name is no text")?;
    let tested = stage.network.json(&["test", "--dir", project, "--json"])?;
    ensure!(tested["passed"] == 1 && tested["failed"] == 0, "its tests came to {tested}");
    let deployed = stage.network.json(&["deploy", "--dir", project, "--from", "//Alice", "--json"])?;
    let contract = deployed["contract"].as_str().context("no contract")?;
    stage.answers(contract, "GET", "/", "0")?;
    let sealed = stage.network.json(&["call", contract, "POST", "/", "--data", "twelve bytes", "--json"])?;
    ensure!(sealed["content"] == "12", "{sealed}");
    stage.answers_anybody(contract, "", 200)
}

/// `adyton dev`: a contract keeps its identity and its state when its program changes, and a changed manifest makes
/// another one.
fn changed_while_it_runs(stage: &Stage) -> Result<()> {
    let parent = stage.folder.to_str().context("the folder's name is no text")?;
    let made = stage.network.json(&["new", "changing", "--dir", parent, "--json"])?;
    let project = made["folder"].as_str().context("no folder")?;
    let change = |file: &str, from: &str, to: &str| -> Result<()> {
        let path = PathBuf::from(project).join(file);
        let text = std::fs::read_to_string(&path)?;
        ensure!(text.contains(from), "{text}");
        Ok(std::fs::write(path, text.replace(from, to))?)
    };
    let first = stage.developed(project, "made")?;
    stage.answers(&first, "POST", "/increment", "1")?;
    change("src/lib.rs", "+ 1;", "+ 10;")?;
    let second = stage.developed(project, "upgraded")?;
    ensure!(first == second, "{second} took the place of {first}");
    stage.answers(&first, "POST", "/increment", "11")?;
    stage.developed(project, "unchanged")?;
    // Back to the first version, which keeps what the second one wrote.
    let versions = stage.in_folder(project, &["contract", "history", "changing", "--json"])?;
    ensure!(
        versions["version"] == 2 && versions["deployed_here"].as_array().is_some_and(|all| all.len() == 2),
        "{versions}"
    );
    let back = ["contract", "rollback", "changing", "--from", "//Alice", "--json"];
    let announced = stage.in_folder(project, &back)?;
    ensure!(announced["code"] == versions["deployed_here"][0] && announced["effective_block"].is_u64(), "{announced}");
    let applied = stage.in_folder(project, &back)?;
    ensure!(applied["code"] == announced["code"] && applied["effective_block"].is_null(), "{applied}");
    stage.answers(&first, "POST", "/increment", "12")?;
    change("adyton.toml", "100_000_000", "90_000_000")?;
    let third = stage.developed(project, "made")?;
    stage.answers(&third, "GET", "/count", "0")?;
    stage.answers(&first, "GET", "/count", "12")
}

impl Stage {
    /// The life of a contract in a language.
    fn live(&self, language: &str) -> Result<()> {
        let name = format!("first-{language}");
        let parent = self.folder.to_str().context("the folder's name is no text")?;
        let made = self.network.json(&["new", &name, "--lang", language, "--dir", parent, "--json"])?;
        let project = made["folder"].as_str().context("no folder")?;
        if !self.build(project)? {
            return Ok(());
        }
        let tested = self.cargo(&["test", "--dir", project, "--json"])?;
        ensure!(tested["passed"] == 1 && tested["failed"] == 0, "its tests came to {tested}");
        // A component with an interpreter takes a worker long to compile.
        let deploy = ["deploy", "--dir", project, "--from", "//Alice", "--timeout", "300", "--json"];
        let contract = self.network.json(&deploy)?["contract"].as_str().context("no contract")?.to_owned();
        for (method, path, expected) in
            [("POST", "/increment", "1"), ("POST", "/increment", "2"), ("GET", "/count", "2")]
        {
            self.answers(&contract, method, path, expected)?;
        }
        self.answers_anybody(&contract, "count", 200)?;
        self.answers_anybody(&contract, "", 404)
    }

    /// A public call, with nothing but HTTP. Whatever the contract answers, there is a receipt for it.
    fn answers_anybody(&self, contract: &str, path: &str, status: u16) -> Result<()> {
        let url = format!("{}/v1/contracts/{contract}/public/{path}", self.network.url("gateway")?);
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder().no_proxy().build()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answer = runtime.block_on(async { http.get(url).send().await })?;
        ensure!(answer.status() == status && answer.headers().contains_key("adyton-receipt"), "/{path}: {answer:?}");
        Ok(())
    }

    fn answers(&self, contract: &str, method: &str, path: &str, expected: &str) -> Result<()> {
        let answer = self.network.json(&["call", contract, method, path, "--json"])?;
        ensure!(answer["content"].as_str() == Some(expected), "{method} {path} was answered with {answer}");
        Ok(())
    }

    /// The contract that `adyton dev` has made or changed.
    fn developed(&self, project: &str, change: &str) -> Result<String> {
        let live = self.cargo(&["dev", "--once", "--dir", project, "--json"])?;
        ensure!(live["change"] == change, "{live} instead of {change}");
        Ok(live["contract"].as_str().context("no contract")?.to_owned())
    }

    /// What a command says that is run where its user's project is.
    fn in_folder(&self, folder: &str, arguments: &[&str]) -> Result<Value> {
        said(self.network.command(arguments).current_dir(folder))
    }

    /// What a command says that builds a project.
    fn cargo(&self, arguments: &[&str]) -> Result<Value> {
        said(self.network.command(arguments).env("CARGO_TARGET_DIR", guests_target()))
    }

    /// Whether it could be built: not on a machine without the language's tools, except in CI, which has to have them.
    fn build(&self, project: &str) -> Result<bool> {
        let mut build = self.network.command(&["build", "--dir", project, "--json"]);
        let built = build.env("CARGO_TARGET_DIR", guests_target()).output()?;
        let said = String::from_utf8_lossy(&built.stderr);
        if !built.status.success() && lacks_interpreter(&said) && std::env::var_os("CI").is_none() {
            println!("skipped: {}", said.trim());
            return Ok(false);
        }
        ensure!(built.status.success(), "it was not built: {said}");
        Ok(true)
    }

    /// The sample contract answers as before.
    fn honest(&self) -> Result<()> {
        self.network.json(&["call", &self.network.sample()?, "GET", "/history?limit=1", "--json"]).map(drop)
    }
}

/// The JSON that a command says.
fn said(command: &mut Command) -> Result<Value> {
    let done = command.output()?;
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    ensure!(done.status.success(), "{command:?}: {out}{err}");
    Ok(serde_json::from_str(&out)?)
}

/// Whether the machine has no tools for the language.
fn lacks_interpreter(said: &str) -> bool {
    let tools = ["Node.js 20", "npm of Node.js", "Python 3.10", "Python's module venv"];
    tools.iter().any(|tool| said.contains(tool)) && said.contains("is needed")
}
