//! The local network as a newcomer, an unlucky operator and a hostile host meet it.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command, time::Duration};

use adyton_e2e::{Network, alone, programs, wait};
use anyhow::{Result, ensure};
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
    let _alone = alone();
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
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let bundle = folder.path().join("receipt.json");
    let path = bundle.to_str().unwrap();
    network.json(&["call", &network.sample().unwrap(), "POST", "/update", "--receipt", path, "--json"]).unwrap();
    // Nothing runs any more when it is verified.
    let (home, data) = (folder.path().join("home"), network.data().to_path_buf());
    network.stop().unwrap();
    assert_eq!(verify(&programs, &home, &bundle), 0);
    let text = fs::read_to_string(&bundle).unwrap();
    let receipt = serde_json::from_str::<Value>(&text).unwrap()["receipt"].as_str().unwrap().to_owned();
    let mut changed = receipt.clone();
    let last = if changed.ends_with('0') { "1" } else { "0" };
    changed.replace_range(changed.len() - 1.., last);
    fs::write(&bundle, text.replace(&receipt, &changed)).unwrap();
    assert_ne!(verify(&programs, &home, &bundle), 0);
    assert!(data.is_dir());
}

#[test]
fn a_receipt_under_its_anchor_outlives_the_boot_that_signed_it() {
    let Some(programs) = programs() else { return };
    let _alone = alone();
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

fn verify(programs: &Path, home: &Path, bundle: &Path) -> i32 {
    let done = Command::new(programs.join("adyton")).arg("verify").arg(bundle).env("ADYTON_HOME", home).output();
    done.unwrap().status.code().unwrap()
}

#[test]
fn a_store_older_than_its_anchor_is_not_opened() {
    let Some(programs) = programs() else { return };
    let _alone = alone();
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
fn what_is_not_a_call_gets_a_clear_refusal() {
    let Some(programs) = programs() else { return };
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let sample = network.sample().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    rustls::crypto::ring::default_provider().install_default().unwrap();
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
    assert_eq!(unknown.0, 404, "{unknown:?}");
    let oversized = post(&sample, vec![0; 19 << 20]).unwrap();
    assert_eq!(oversized.0, 413, "{oversized:?}");
    let nobody = network.adyton(&["call", &format!("0x{}", "11".repeat(32)), "GET", "/"]).unwrap();
    assert_ne!(nobody.code, 0);
    assert!(nobody.err.contains("no contract") || nobody.err.contains("contract"), "{}", nobody.err);
    network.stop().unwrap();
}

#[test]
fn the_second_network_in_one_folder_is_refused() {
    let Some(programs) = programs() else { return };
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let network = Network::start(&programs, folder.path()).unwrap();
    let second = network.adyton(&["up", "--once", "--data", network.data().to_str().unwrap()]).unwrap();
    assert_ne!(second.code, 0);
    assert!(second.err.contains("already runs"), "{}", second.err);
    network.stop().unwrap();
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
