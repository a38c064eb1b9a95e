//! The local network as a user meets it: once from nothing, and one that stays.

use std::{
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use adyton_client::{Client, ContractId, NetworkFile};
use adyton_e2e::Network;
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{memory, table::Table};

/// How often memory is looked at.
const SAMPLE: Duration = Duration::from_millis(50);

/// Starts, deploys, calls, verifies, stops: how long, with which steps, and the most memory on the way. Before that, and
/// counted apart, the runtime is compiled, as `make build` does after each build of it.
pub fn once(programs: &Path, table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    prepare(programs, &folder.path().join("home"), table)?;
    let data = folder.path().join("data");
    let started = Instant::now();
    let child = Command::new(programs.join("adyton"))
        .args(["up", "--once", "--json", "--data"])
        .arg(&data)
        .env("ADYTON_HOME", folder.path().join("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting adyton up --once")?;
    let waiting = thread::spawn(move || child.wait_with_output());
    let mut most = 0;
    while !waiting.is_finished() {
        most = most.max(memory::of_network(&data)?);
        thread::sleep(SAMPLE);
    }
    let output = waiting.join().map_err(|_| anyhow::anyhow!("the thread that waits panicked"))??;
    let total = started.elapsed();
    ensure!(output.status.success(), "adyton up --once ended with {}", output.status);
    let said: Value = serde_json::from_slice(&output.stdout).context("what adyton up --once --json said")?;

    table.time("adyton up --once, in an empty folder, with programs built", total, Some(Duration::from_secs(10)));
    for (step, milliseconds) in steps(&said["steps"]) {
        table.time(&format!("  {step}"), Duration::from_millis(milliseconds), None);
    }
    table.memory("all processes, most during it", most);
    Ok(())
}

fn prepare(programs: &Path, home: &Path, table: &mut Table) -> Result<()> {
    let started = Instant::now();
    let mut command = Command::new(programs.join("adyton"));
    command.args(["up", "--prepare"]).env("ADYTON_HOME", home).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().context("starting adyton up --prepare")?;
    ensure!(status.success(), "adyton up --prepare ended with {status}");
    table.time("adyton up --prepare, a part of the build", started.elapsed(), None);
    Ok(())
}

/// `[{ "step": .., "ms": .. }, ..]`.
fn steps(said: &Value) -> Vec<(String, u64)> {
    let entry = |entry: &Value| Some((entry["step"].as_str()?.to_owned(), entry["ms"].as_u64()?));
    said.as_array().into_iter().flatten().filter_map(entry).collect()
}

/// Builds and deploys an example on `network`. In a copy under `folder`, with the SDK and the interfaces where the
/// example expects them: what a deployment writes beside `adyton.toml` does not land in the checkout.
pub fn deploy(network: &Network, folder: &Path, example: &str) -> Result<ContractId> {
    let copy = folder.join("copy");
    for part in ["sdk/rust", "wit", example] {
        copy_folder(Path::new(part), &copy.join(part))?;
    }
    deploy_project(network, &copy.join(example))
}

/// Builds and deploys the project in a folder on `network`.
pub fn deploy_project(network: &Network, project: &Path) -> Result<ContractId> {
    let project = project.to_string_lossy().into_owned();
    network.json(&["build", "--dir", &project, "--json"])?;
    let said = network.json(&["deploy", "--dir", &project, "--from", "//Alice", "--json"])?;
    let id = said["contract"].as_str().with_context(|| format!("no contract in {said}"))?;
    id.parse().context("the contract's id")
}

/// A client of the network that was published in `home`.
pub fn client(home: &Path) -> Result<Client> {
    let file = std::fs::read(home.join("networks/local.json")).context("the network's file")?;
    Ok(Client::new(NetworkFile::from_json(&file)?)?)
}

/// The folder's own files, without what was built in it.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true if entry.file_name() == "target" => {}
            true => copy_folder(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_are_read_from_what_up_says() {
        assert_eq!(steps(&json!([{ "step": "node", "ms": 5 }])), [("node".to_owned(), 5)]);
        assert!(steps(&Value::Null).is_empty());
    }
}
