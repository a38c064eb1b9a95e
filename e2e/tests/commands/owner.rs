//! `adyton secret`, `adyton logs` and `adyton contract storage`: the owner's way to their contract, past everybody else.

use std::fs::{self, File};

use adyton_e2e::Done;
use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Stage, number, running::Running};

impl Stage {
    /// Has `owner` set a secret, which comes on standard input.
    pub fn set_secret(&self, name: &str, value: &str, owner: &str, more: &[&str]) -> Result<Done> {
        let file = self.folder.join("value");
        fs::write(&file, format!("{value}\n"))?;
        let set = ["secret", "set", &self.contract, name, "--from", owner];
        Done::of(self.network.command(&[&set[..], more].concat()).stdin(File::open(file)?))
    }

    fn secret(&self) -> Result<Done> {
        self.network.adyton(&["call", &self.contract, "GET", "/secret"])
    }
}

pub fn a_secret_is_set_and_set_again_by_its_owner_and_read_by_the_contract(stage: &Stage) -> Result<()> {
    let list = ["secret", "list", &stage.contract, "--from", "//Alice"];
    let listed = || stage.network.json(&[&list[..], &["--json"]].concat());
    ensure!(stage.text(&list)?.trim() == "The contract has no secrets", "it has some");
    ensure!(listed()? == json!({}), "{}", listed()?);
    stage.secret()?.refused("(contract-error)")?;
    let values = ["a first secret", "a second secret"];
    let first = stage.set_secret("word", values[0], "//Alice", &[])?.text()?;
    ensure!(first.starts_with("'word' is set (version 1)"), "{first}");
    ensure!(stage.secret()?.text()? == values[0], "the contract does not read it");
    let second = stage.set_secret("word", values[1], "//Alice", &["--json"])?.json()?;
    let expected = json!({ "contract": stage.contract, "name": "word", "version": 2 });
    ensure!(second == expected, "{second}");
    ensure!(stage.secret()?.text()? == values[1], "the contract does not read the newer one");
    ensure!(stage.text(&list)?.split_whitespace().eq(["word", "version", "2"]), "{}", stage.text(&list)?);
    ensure!(listed()? == json!({ "word": 2 }), "{}", listed()?);
    for entry in fs::read_dir(stage.network.data().join("log"))? {
        let log = fs::read(entry?.path())?;
        let log = String::from_utf8_lossy(&log);
        ensure!(!values.iter().any(|value| log.contains(value)), "a program's log has the secret");
    }
    Ok(())
}

pub fn a_log_is_read_and_followed_by_its_owner(stage: &Stage) -> Result<()> {
    let line = |count: u64| format!("the count is {count}");
    let count = number(&stage.increment()?)?;
    let storage = stage.network.json(&["contract", "storage", &stage.contract, "--from", "//Alice", "--json"])?;
    let stored = storage["stored"].as_u64().is_some_and(|stored| (1..1 << 20).contains(&stored));
    ensure!(stored && storage["limit"] == 1_u64 << 30, "{storage}");
    let logs = ["logs", &stage.contract, "--from", "//Alice"];
    let listed = stage.network.json(&[&logs[..], &["--json"]].concat())?;
    let last = listed.as_array().and_then(|lines| lines.last()).context("the log is empty")?;
    ensure!(last["message"] == line(count).as_str() && last["level"] == "info", "{last}");
    let text = stage.text(&logs)?;
    let expected = format!(" info  {}", line(count));
    ensure!(text.lines().last().is_some_and(|last| last.ends_with(&expected)), "{text}");
    // Both go on while the next line is written.
    let follow = |more: &[&str]| {
        let mut command = stage.network.command(&[&logs[..], &["--follow"], more].concat());
        Running::start(&mut command)
    };
    let (mut as_text, mut as_json) = (follow(&[])?, follow(&["--json"])?);
    let message = |count: u64| format!("\"message\":\"{}\"", line(count));
    as_text.until(&expected)?;
    as_json.until(&message(count))?;
    let next = number(&stage.increment()?)?;
    ensure!(next == count + 1, "{next} follows {count}");
    as_text.until(&format!(" info  {}", line(next)))?;
    as_json.until(&message(next))
}

pub fn nobody_else_reads_a_log_or_lists_or_sets_secrets(stage: &Stage) -> Result<()> {
    const WORDS: &str = "only the contract's owner may do this; sign the call with the owner's account (owner-only)";
    let contract = &stage.contract;
    for command in [
        &["logs", contract, "--from", "//Bob"][..],
        &["logs", contract, "--from", "//Bob", "-f"],
        &["logs", contract, "--from", "//Bob", "--json"],
        &["secret", "list", contract, "--from", "//Bob"],
        &["contract", "storage", contract, "--from", "//Bob"],
    ] {
        stage.network.adyton(command)?.refused(WORDS).with_context(|| format!("{command:?}"))?;
    }
    stage.set_secret("stolen", "of Bob", "//Bob", &[])?.refused(WORDS)?;
    let secrets = stage.network.json(&["secret", "list", contract, "--from", "//Alice", "--json"])?;
    ensure!(secrets.get("stolen").is_none(), "{secrets}");
    Ok(())
}
