//! The local network as a newcomer, an unlucky operator and a hostile host meet it.
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use adyton_e2e::{Done, Network, place, processes, programs, tell, wait};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;

/// How long something may take to come back, on a slow machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(180);

/// Asks for a new price; the answer's body.
fn update(network: &Network) -> Result<Value> {
    network.json(&["call", &network.sample()?, "POST", "/update", "--from", "//Alice", "--json"])
}

fn history(network: &Network) -> Result<Value> {
    let answer = network.json(&["call", &network.sample()?, "GET", "/history?limit=100", "--json"])?;
    let text = answer["content"].as_str().unwrap_or_default();
    Ok(serde_json::from_str(text)?)
}

#[test]
fn what_was_answered_survives_the_death_of_every_part() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let mut network = Network::start(&programs, folder.path()).unwrap();
    update(&network).unwrap();
    let before = history(&network).unwrap();
    for part in ["adyton-worker", "adyton-keyholder", "adyton-gateway", "adyton-node"] {
        network.kill(part).unwrap();
        let after = wait(PATIENCE, || history(&network)).unwrap_or_else(|error| panic!("after {part}: {error:#}"));
        assert_eq!(after, before, "after {part}");
    }
    network.kill_all().unwrap();
    network = Network::start(&programs, folder.path()).unwrap();
    // The start itself asked for a newer price.
    let after = history(&network).unwrap();
    assert!(contains(&after, &before), "{after} lacks some of {before}");
    network.stop().unwrap();
}

/// Whether `newer`, a history with the newest first, ends with all of `older`.
fn contains(newer: &Value, older: &Value) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (newer, older) = (list(newer), list(older));
    !older.is_empty() && newer.ends_with(&older)
}

#[test]
fn a_receipt_is_verified_offline_and_a_changed_one_is_refused() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let bundle = folder.path().join("receipt.json");
    let path = bundle.to_str().unwrap();
    network.json(&["call", &network.sample().unwrap(), "POST", "/update", "--receipt", path, "--json"]).unwrap();
    // Nothing runs any more when it is verified.
    let (home, data) = (folder.path().join("home"), network.data().to_path_buf());
    network.stop().unwrap();
    let holds = verify(&programs, &home, &bundle).text().unwrap();
    assert!(has_line(&holds, "passed", "receipt") && has_line(&holds, "passed", "request"), "{holds}");
    assert!(has_line(&holds, "unchecked", "anchored") && !holds.contains("FAILED"), "{holds}");
    assert!(holds.contains("The receipt holds as of block "), "{holds}");
    let text = fs::read_to_string(&bundle).unwrap();
    let receipt = serde_json::from_str::<Value>(&text).unwrap()["receipt"].as_str().unwrap().to_owned();
    let mut changed = receipt.clone();
    let last = if changed.ends_with('0') { "1" } else { "0" };
    changed.replace_range(changed.len() - 1.., last);
    fs::write(&bundle, text.replace(&receipt, &changed)).unwrap();
    let fails = verify(&programs, &home, &bundle);
    assert_eq!(fails.code, 1, "{fails:?}");
    assert!(has_line(&fails.out, "FAILED", "receipt") && has_line(&fails.out, "passed", "record"), "{}", fails.out);
    assert!(fails.out.contains("The receipt does NOT hold."), "{}", fails.out);
    assert!(data.is_dir());
}

#[test]
fn a_receipt_under_its_anchor_outlives_the_boot_that_signed_it() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let (kept, lost) = (folder.path().join("kept.json"), folder.path().join("lost.json"));
    let sample = network.sample().unwrap();
    for bundle in [&kept, &lost] {
        let path = bundle.to_str().unwrap();
        network.json(&["call", &sample, "GET", "/history?limit=1", "--receipt", path, "--json"]).unwrap();
    }
    let done = network.json(&["receipt", "anchor", kept.to_str().unwrap(), "--json"]).unwrap();
    let block = done["anchored_in_block"].as_u64().unwrap();
    // The keys of this boot are gone, and what it knew of its anchors.
    network.kill("adyton-worker").unwrap();
    wait(PATIENCE, || history(&network)).unwrap();
    let refused = network.adyton(&["receipt", "anchor", lost.to_str().unwrap()]).unwrap();
    refused.refused("anchor-unknown").unwrap();
    let verified = network.json(&["verify", kept.to_str().unwrap(), "--json"]).unwrap();
    assert_eq!(verified["anchored_in_block"].as_u64(), Some(block));
    let open = network.json(&["verify", lost.to_str().unwrap(), "--json"]).unwrap();
    assert_eq!(open["anchored_in_block"], Value::Null);
    network.stop().unwrap();
}

fn verify(programs: &Path, home: &Path, bundle: &Path) -> Done {
    Done::of(Command::new(programs.join("adyton")).arg("verify").arg(bundle).env("ADYTON_HOME", home)).unwrap()
}

/// Whether a check of this name came out so.
fn has_line(text: &str, outcome: &str, check: &str) -> bool {
    text.lines().any(|line| line.split_whitespace().take(2).eq([outcome, check]))
}

#[test]
fn a_store_older_than_its_anchor_is_not_opened() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let stores = network.data().join("worker/data");
    network.stop().unwrap();
    let copy = folder.path().join("old");
    assert!(Command::new("cp").arg("-a").arg(&stores).arg(&copy).status().unwrap().success());
    let network = Network::start(&programs, folder.path()).unwrap();
    update(&network).unwrap();
    // The next opening finalizes the newer head.
    network.kill("adyton-worker").unwrap();
    wait(PATIENCE, || history(&network)).unwrap();
    network.stop().unwrap();
    fs::remove_dir_all(&stores).unwrap();
    assert!(Command::new("cp").arg("-a").arg(&copy).arg(&stores).status().unwrap().success());
    let refused = Network::start(&programs, folder.path());
    assert!(refused.is_err(), "an old copy of the store was opened");
    let log = fs::read_to_string(folder.path().join("data/log/adyton-worker.log")).unwrap();
    assert!(log.contains("this is an old copy"), "{log}");
}

#[test]
fn an_owner_sets_lists_and_removes_secrets_whose_versions_only_grow() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let sample = network.sample().unwrap();
    let value = folder.path().join("key.txt");
    fs::write(&value, "hunter2\n").unwrap();
    let set = || -> Result<Value> {
        let mut command = network.command(&["secret", "set", &sample, "api-key", "--from", "//Alice", "--json"]);
        let done = command.stdin(fs::File::open(&value)?).output()?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(serde_json::from_slice(&done.stdout)?)
    };
    let list = || network.json(&["secret", "list", &sample, "--from", "//Alice", "--json"]);
    let remove = || network.json(&["secret", "remove", &sample, "api-key", "--from", "//Alice", "--json"]);
    assert_eq!(set().unwrap()["version"], 1);
    assert_eq!(set().unwrap()["version"], 2);
    assert_eq!(list().unwrap(), serde_json::json!({ "api-key": 2 }));
    let stranger = network.adyton(&["secret", "remove", &sample, "api-key", "--from", "//Bob"]).unwrap();
    assert!(stranger.code != 0 && stranger.err.contains("owner"), "{}", stranger.err);
    assert_eq!(remove().unwrap()["version"], 3);
    assert_eq!(list().unwrap(), serde_json::json!({}));
    let again = network.adyton(&["secret", "remove", &sample, "api-key", "--from", "//Alice"]).unwrap();
    assert!(again.code != 0 && again.err.contains("no secret"), "{}", again.err);
    // A removal outlives the worker, and the next version follows it.
    network.kill("adyton-worker").unwrap();
    assert_eq!(wait(PATIENCE, list).unwrap(), serde_json::json!({}));
    assert_eq!(set().unwrap()["version"], 4);
    network.stop().unwrap();
}

#[test]
fn what_is_not_a_call_gets_a_clear_refusal() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let sample = network.sample().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    rustls::crypto::ring::default_provider().install_default().ok();
    let http = reqwest::Client::new();
    let post = |contract: &str, body: Vec<u8>| -> Result<(u16, String)> {
        let url = format!("{}/v1/contracts/{contract}/call", network.url("gateway")?);
        runtime.block_on(async {
            let answer = http.post(url).header("content-type", "message/ohttp-req").body(body).send().await?;
            let status = answer.status().as_u16();
            let body: Value = answer.json().await?;
            Ok((status, body["code"].as_str().unwrap_or_default().to_owned()))
        })
    };
    assert_eq!(post(&sample, vec![0; 100]).unwrap(), (400, "sealed".into()));
    assert_eq!(post(&sample, vec![]).unwrap(), (400, "sealed".into()));
    let unknown = post(&format!("0x{}", "11".repeat(32)), vec![0; 100]).unwrap();
    assert_eq!(unknown, (404, "no-contract".into()));
    let oversized = post(&sample, vec![0; 19 << 20]).unwrap();
    assert_eq!(oversized, (413, "too-large".into()));
    let nobody = format!("0x{}", "11".repeat(32));
    let call = network.adyton(&["call", &nobody, "GET", "/"]).unwrap();
    call.refused(&format!("nothing was sent: there is no contract {nobody} on this network")).unwrap();
    network.stop().unwrap();
}

#[test]
fn the_second_network_in_one_folder_is_refused() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let second = network.adyton(&["up", "--once", "--data", network.data().to_str().unwrap()]).unwrap();
    second.refused("a local network already runs in this folder").unwrap();
    network.stop().unwrap();
}

#[test]
fn one_round_answers_leaves_nothing_that_runs_and_the_next_goes_on_from_there() {
    let Some(programs) = programs() else { return };
    let _place = place();
    let folder = tempfile::tempdir().unwrap();
    let (home, data) = (folder.path().join("home"), folder.path().join("data"));
    let round = || {
        let mut up = Command::new(programs.join("adyton"));
        up.args(["up", "--once", "--json", "--data"]).arg(&data).env("ADYTON_HOME", &home).stdin(Stdio::null());
        let done = Done::of(&mut up).unwrap().json().unwrap();
        assert_eq!(processes(folder.path()).unwrap(), []);
        let steps = done["steps"].as_array().unwrap();
        let names: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
        assert_eq!(names, ["genesis", "node", "keyholder", "worker", "deploy", "call", "stop"]);
        assert!(steps.iter().all(|step| step["ms"].is_u64()) && done["total_ms"].is_u64(), "{done}");
        assert!(done["warning"].as_str().unwrap().contains("INSECURE"), "{done}");
        let answer: Value = serde_json::from_str(done["answer"].as_str().unwrap()).unwrap();
        assert!(answer.is_object(), "{done}");
        let memory: Value = serde_json::from_slice(&fs::read(data.join("network.json")).unwrap()).unwrap();
        assert!(memory["network"].is_string() && memory["sample"].is_string(), "{memory}");
        (memory["network"].clone(), memory["sample"].clone())
    };
    assert_eq!(round(), round(), "it is the same network, and the same contract on it");
}

#[test]
fn a_start_that_is_stopped_in_the_middle_ends_in_order() {
    let Some(programs) = programs() else { return };
    let _place = place();
    // Ctrl-C is how a network ends that stays up. A round that is cut off has not done what it was asked.
    for (arguments, code) in [(&["up"][..], 0), (&["up", "--once"][..], 1)] {
        let folder = tempfile::tempdir().unwrap();
        let mut up = Command::new(programs.join("adyton"));
        up.args(arguments).arg("--data").arg(folder.path().join("data")).env("ADYTON_HOME", folder.path().join("home"));
        let mut up = up.stdin(Stdio::null()).spawn().unwrap();
        let begun = wait(PATIENCE, || {
            let all = processes(folder.path())?;
            let is_node = |line: &str| line.split('\0').any(|word| word.ends_with("adyton-node"));
            ensure!(all.iter().any(|(_, line)| is_node(line)), "{all:?}");
            Ok(())
        });
        tell(&up, Signal::INT).unwrap();
        let status = wait(PATIENCE, || up.try_wait()?.context("it does not end")).unwrap();
        begun.unwrap();
        assert_eq!(status.code(), Some(code), "adyton {arguments:?}");
        assert_eq!(processes(folder.path()).unwrap(), [], "adyton {arguments:?}");
    }
}

#[test]
fn every_command_has_help_with_an_example() -> Result<()> {
    let Some(programs) = programs() else { return Ok(()) };
    for command in [
        "up", "new", "build", "deploy", "call", "logs", "secret", "verify", "receipt", "account", "network", "worker",
        "contract",
    ] {
        let done = Command::new(programs.join("adyton")).args([command, "--help"]).output()?;
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        ensure!(done.status.success() && text.contains("Example"), "adyton {command} --help: {text}");
    }
    Ok(())
}
