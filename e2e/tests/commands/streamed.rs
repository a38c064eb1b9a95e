//! An answer that is looked at as it comes: sealed, by the command line; and as it is, over the gateway.

use adyton_e2e::Done;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Stage, running::Running};

impl Stage {
    /// Makes the contract tell two words, shown as they come.
    fn tell(&self, path: &str, more: &[&str]) -> Result<Done> {
        let call = ["call", &self.contract, "POST", path, "--data", "red green", "--stream"];
        self.network.adyton(&[&call[..], more].concat())
    }
}

pub fn an_answer_is_shown_before_the_chain_has_its_state_and_one_that_fails_is_void(stage: &Stage) -> Result<()> {
    let before = stage.count()?;
    let receipt = stage.folder.join("told.json");
    let receipt = receipt.to_str().context("the folder's name is no text")?;
    let call = ["call", &stage.contract, "POST", "/tell", "--data", "red green", "--stream", "--receipt", receipt];
    let mut telling = Running::start(&mut stage.network.command(&call))?;
    telling.until("provisional until its receipt is checked")?;
    telling.until("green")?;
    let said = telling.end()?;
    let at = |words: &str| {
        let found = said.iter().position(|line| line.contains(words));
        found.with_context(|| format!("it did not say '{words}' but {said:?}"))
    };
    // Its receipt waits until the chain has the state, some seconds after.
    ensure!(at("told:")? < at("green")? && at("green")? < at("verified as of block")?, "{said:?}");
    let text = stage.text(&["verify", receipt])?;
    ensure!(!text.contains("FAILED"), "{text}");

    let text = stage.tell("/tell", &["--json"])?.text()?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>().context("no line of JSON")?;
    let (answer, parts) = lines.split_last().context("no line")?;
    ensure!(parts[0]["provisional"]["status"] == 200, "{text}");
    let told: String = parts.iter().filter_map(|part| part["provisional"]["content"].as_str()).collect();
    ensure!(told == "told:\nred\ngreen\n" && answer["answer"]["content"] == told.as_str(), "{text}");

    let failed = stage.tell("/tell?fail=1", &[])?;
    ensure!(failed.code == 1 && failed.out == "told:\nred\ngreen\n", "{failed:?}");
    let said = "(contract-error); what was shown of the answer before is void";
    ensure!(failed.err.contains("as it was asked to") && failed.err.contains(said), "{failed:?}");
    let failed = stage.tell("/tell?fail=1", &["--json"])?;
    let error = failed.err.lines().last().context("it said nothing")?;
    let error: Value = serde_json::from_str(error).with_context(|| error.to_owned())?;
    ensure!(failed.code == 1 && error["code"] == "contract-error" && error["case"] == "invalid", "{error}");
    ensure!(!failed.out.contains("\"answer\""), "{}", failed.out);
    ensure!(stage.count()? == before + 2, "what failed has changed something");

    // A contract that does not stream is shown in the end, and verified like any other.
    let call = ["call", &stage.contract, "GET", "/count", "--stream", "--json"];
    let text = stage.network.adyton(&call)?.text()?;
    let last: Value = serde_json::from_str(text.lines().last().context("no line")?)?;
    ensure!(last["answer"]["content"] == json!((before + 2).to_string()), "{text}");
    Ok(())
}
