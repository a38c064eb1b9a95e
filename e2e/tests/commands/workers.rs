//! `adyton network`, `adyton worker` and `adyton keyholder`: which network this is, who works for it, and who holds its
//! master secret.

use adyton_e2e::wait;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{PATIENCE, Stage};

impl Stage {
    /// The id of the network's own worker.
    pub fn worker(&self) -> Result<String> {
        let (listed, url) = (self.network.json(&["worker", "list", "--json"])?, self.network.url("worker")?);
        let all = listed.as_array().context("no list")?;
        let is_own = |one: &&Value| one["role"] == "worker" && one["endpoint"] == url.as_str();
        let worker = all.iter().find(is_own).context("no worker")?;
        Ok(worker["worker"].as_str().context("no id")?.to_owned())
    }

    /// What is proven of the network's worker.
    pub fn shown(&self) -> Result<Value> {
        self.network.json(&["worker", "show", &self.worker()?, "--json"])
    }
}

pub fn the_network_says_how_it_stands_and_why_it_is_trusted(stage: &Stage) -> Result<()> {
    let status = stage.network.json(&["network", "status", "--json"])?;
    let file = stage.network.file()?;
    for (field, expected) in [
        ("name", Value::from("local")),
        ("network_id", stage.network.description["network"].clone()),
        ("trust", Value::from(file.trust.as_str())),
        ("development", Value::from(true)),
        ("authorities", Value::from(1)),
        ("registrations_frozen", Value::from(false)),
        ("keyholders", Value::from(1)),
        ("keyholders_needed", Value::from(1)),
        ("gateway", Value::from("answers")),
    ] {
        ensure!(status[field] == expected, "{field} is {}, not {expected}", status[field]);
    }
    ensure!(status["block"]["number"].as_u64() > Some(0) && status["age_ms"].is_u64(), "{status}");
    let name = status["chain_name"].as_str().context("the chain has no name")?;
    ensure!(name.contains("insecure"), "the name does not say what it is: {name}");
    let done = stage.network.adyton(&["network", "status"])?;
    ensure!(done.err.contains("'local' is a development network: it proves nothing about hardware"), "{}", done.err);
    let text = done.text()?;
    for line in [
        format!("network   local ({name})\n"),
        format!("trusted   {}\n", file.trust),
        "keys      one keyholder, which has the whole master secret (development only)\n".into(),
        format!("gateway   {} (answers)", file.gateway),
    ] {
        ensure!(text.contains(&line), "it does not say '{line}' but: {text}");
    }
    Ok(())
}

pub fn workers_are_listed_and_shown(stage: &Stage) -> Result<()> {
    let listed = stage.network.json(&["worker", "list", "--json"])?;
    let all = listed.as_array().context("no list")?;
    ensure!(all.len() == 2 && all.iter().any(|one| one["role"] == "keyholder"), "{listed}");
    let (id, url) = (stage.worker()?, stage.network.url("worker")?);
    let shown = stage.shown()?;
    ensure!(shown["worker"] == id.as_str() && shown["endpoint"] == url.as_str(), "{shown}");
    for field in ["valid", "alive", "opted_in"] {
        ensure!(all.iter().chain([&shown]).all(|one| one["role"] != "worker" || one[field] == true), "{listed}");
    }
    let list = stage.text(&["worker", "list"])?;
    let line = list.lines().find(|line| line.starts_with(&id)).context("it is not listed")?;
    ensure!(line.contains("valid until ") && line.ends_with(", takes leases"), "{line}");
    ensure!(list.contains("that nobody is missing is not proven"), "{list}");
    let text = stage.text(&["worker", "show", &id])?;
    for words in
        [&id[..], "  role         worker\n", "  verdict      valid until ", ", takes leases\n", &url[..], " (unproven)"]
    {
        ensure!(text.contains(words), "it does not say '{words}' but: {text}");
    }
    let unknown = format!("0x{}", "11".repeat(32));
    stage.network.adyton(&["worker", "show", &unknown])?.refused(&format!("there is no worker {unknown}"))
}

pub fn a_worker_is_renewed_without_a_restart_and_by_its_operator_alone(stage: &Stage) -> Result<()> {
    let (before, url) = (stage.shown()?, stage.network.url("worker")?);
    let renewed = stage.network.json(&["worker", "renew", &url, "--from", "//Bob", "--json"])?;
    let id = before["worker"].as_str().context("no id")?;
    ensure!(renewed["worker"] == id && renewed["block"].as_u64() > before["block"].as_u64(), "{renewed}");
    // It makes new evidence when it has seen that what it offered is registered.
    let text = wait(PATIENCE, || stage.text(&["worker", "renew", &url, "--from", "//Bob"]))?;
    ensure!(text.starts_with(&format!("worker 'worker' is registered: {id}\nits verdict holds until ")), "{text}");
    let other = stage.network.adyton(&["worker", "renew", &url, "--from", "//Eve"])?;
    other.refused("the program's configuration names the operator")?;
    let after = stage.shown()?;
    for field in ["boot", "signing_key", "encryption_key", "valid"] {
        ensure!(after[field] == before[field], "{field} was {}, and is {}", before[field], after[field]);
    }
    Ok(())
}

pub fn a_workers_evidence_is_judged_on_the_users_own_machine(stage: &Stage) -> Result<()> {
    let (id, shown) = (stage.worker()?, stage.shown()?);
    let file = stage.folder.join("evidence.json");
    let saved = file.to_str().context("the folder's name is no text")?;
    let verified = stage.network.json(&["worker", "verify", &id, "--evidence", saved, "--json"])?;
    ensure!(verified["verdict"] == "accept", "{verified}");
    let result = |name: &str| {
        let checks = verified["checks"].as_array().into_iter().flatten();
        checks.into_iter().find(|check| check["name"] == name).map(|check| check["result"].clone())
    };
    for (name, expected) in [
        ("registration", "passed"),
        ("statement", "passed"),
        ("chain-record", "passed"),
        // A development root stands for no hardware, and nobody overlooks it.
        ("hardware", "unchecked"),
    ] {
        ensure!(result(name) == Some(expected.into()), "{name} is not {expected}: {verified}");
    }
    let measured = verified["measurements"]["id"].as_str().context("no measurement")?;
    ensure!(shown["measurement"] == format!("0x{measured}"), "{verified} and {shown}");
    ensure!(verified["ear"]["submods"]["intel-tdx"]["adyton.bound"] == true, "{verified}");
    ensure!(verified["worker"]["development"] == true && verified["worker"]["id"] == id.as_str(), "{verified}");
    let saved: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    for field in ["signing_key", "encryption_key"] {
        ensure!(saved["statement"][field] == shown[field], "{field}: {saved} and {shown}");
    }
    let text = stage.text(&["worker", "verify", &id, "--measurement", measured])?;
    ensure!(text.contains("ACCEPTED: ") && text.contains("UNCHECKED  hardware"), "{text}");
    refused_evidence(stage, &id)?;
    let unknown = format!("0x{}", "11".repeat(32));
    stage.network.adyton(&["worker", "verify", &unknown])?.refused(&format!("there is no worker {unknown}"))?;
    let answer = stage.network.json(&["call", &stage.contract, "GET", "/count", "--verify-evidence", "--json"])?;
    ensure!(answer["status"] == 200, "{answer}");
    Ok(())
}

/// What the user demands decides, by exit code too.
fn refused_evidence(stage: &Stage, id: &str) -> Result<()> {
    let other = stage.network.adyton(&["worker", "verify", id, "--measurement", &"11".repeat(32)])?;
    ensure!(other.code == 1 && other.out.contains("REJECTED: "), "{} {}", other.code, other.out);
    let policy = stage.folder.join("sgx-alone.toml");
    std::fs::write(&policy, "kinds = [\"intel-sgx\"]\nmeasurements = \"any\"\n\n[roots]\nvendors = true\n")?;
    let policy = policy.to_str().context("the folder's name is no text")?;
    let other = stage.network.adyton(&["worker", "verify", id, "--policy", policy, "--json"])?;
    let said: Value = serde_json::from_str(&other.out)?;
    ensure!(other.code == 1 && said["verdict"] == "reject", "{} {said}", other.code);
    let call = ["call", stage.contract.as_str(), "GET", "/count", "--verify-evidence", "--evidence-policy", policy];
    stage.network.adyton(&call)?.refused("nothing was sent: the evidence is refused")?;
    let none = stage.network.adyton(&["worker", "verify", id, "--policy", "/nonexistent/policy.toml"])?;
    ensure!(none.code == 2, "{} {}", none.code, none.err);
    Ok(())
}

pub fn keyholders_are_listed_and_shown_and_their_evidence_is_judged(stage: &Stage) -> Result<()> {
    let listed = stage.network.json(&["keyholder", "list", "--json"])?;
    let all = listed["keyholders"].as_array().context("no list")?;
    let [only] = &all[..] else { bail!("not one keyholder: {listed}") };
    ensure!(only["role"] == "keyholder" && only["valid"] == true && only["member"] == 0, "{listed}");
    ensure!(listed["committee"]["threshold"] == 1 && listed["committee"]["keyholders"] == 1, "{listed}");
    let id = only["worker"].as_str().context("no id")?;
    let text = stage.text(&["keyholder", "list"])?;
    ensure!(text.starts_with(id) && text.contains("one keyholder has the whole master secret"), "{text}");
    let (shown, url) = (stage.text(&["keyholder", "show", id])?, stage.network.url("keyholder")?);
    for words in ["  role         keyholder\n", "  seat         0 of 1", &url[..]] {
        ensure!(shown.contains(words), "it does not say '{words}' but: {shown}");
    }
    let verified = stage.network.json(&["keyholder", "verify", id, "--json"])?;
    ensure!(verified["verdict"] == "accept" && verified["keyholder"]["id"] == id, "{verified}");
    ensure!(verified["committee"]["member"] == 0 && verified["keyholder"]["development"] == true, "{verified}");
    let measured = verified["measurements"]["id"].as_str().context("no measurement")?;
    ensure!(only["measurement"] == format!("0x{measured}"), "{verified} and {only}");
    let statement = &verified["keyholder"]["statement"];
    ensure!(statement["role"] == "keyholder" && statement["signing_key"] == only["signing_key"], "{verified}");
    let other = stage.network.adyton(&["keyholder", "verify", id, "--measurement", &"11".repeat(32)])?;
    ensure!(other.code == 1 && other.out.contains("REJECTED: "), "{} {}", other.code, other.out);
    // Neither is taken for the other.
    let worker = stage.worker()?;
    stage.network.adyton(&["keyholder", "verify", &worker])?.refused("is registered as a worker")?;
    stage.network.adyton(&["worker", "verify", id])?.refused("is registered as a keyholder")?;
    stage.network.adyton(&["keyholder", "show", &worker])?.refused("is a worker")
}
