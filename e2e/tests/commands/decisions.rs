//! `adyton gov`: what everybody votes on is what a network accepts, and an emergency ends registrations at once.

use adyton_client::protocol::{ids::Digest, storage};
use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{PATIENCE, Stage};

const MEASUREMENT: Digest = Digest([0x77; 32]);

pub fn what_is_voted_for_is_accepted_and_an_emergency_ends_registrations(stage: &Stage) -> Result<()> {
    let tracks = stage.network.json(&["gov", "tracks", "--json"])?;
    ensure!(tracks[2]["name"] == "emergency" && tracks[2]["blocks"]["decision"] == 120, "{tracks}");
    let unasked = stage.network.adyton(&["gov", "propose", "freeze", "--from", "//Alice"])?;
    ensure!(unasked.code == 2 && unasked.err.contains("agree beforehand with --yes"), "{unasked:?}");
    let misplaced =
        stage.network.adyton(&["gov", "propose", "unfreeze", "--track", "emergency", "--yes", "--from", "//Alice"])?;
    ensure!(misplaced.code == 2 && misplaced.err.contains("the track emergency cannot do this"), "{misplaced:?}");
    long_proposals_are_read_from_the_chain(stage)?;

    let digest = MEASUREMENT.to_string();
    let accept = ["accept-measurement", &digest, "--profile", &digest, "--release", "next"];
    let (accept, freeze) = (proposed(stage, &accept)?, proposed(stage, &["freeze"])?);
    let shown = stage.network.json(&["gov", "show", &accept, "--json"])?;
    ensure!(shown["track"] == "tee-policy" && shown["call"]["name"] == "Attestation.accept_measurement", "{shown}");
    ensure!(shown["call"]["arguments"]["measurement"] == digest.as_str(), "{shown}");
    ensure!(!is_accepted(stage)?, "nobody voted yet");
    for referendum in [&accept, &freeze] {
        all_in_favour(stage, referendum)?;
    }
    enacted(stage, &freeze)?;
    ensure!(frozen(stage)?, "the emergency holds at once");
    let url = stage.network.url("worker")?;
    let renew = || stage.network.adyton(&["worker", "renew", &url, "--from", "//Bob"]);
    renew()?.refused("registrations are frozen")?;
    enacted(stage, &accept)?;
    wait(PATIENCE, || is_accepted(stage).and_then(|is| if is { Ok(()) } else { anyhow::bail!("it is not accepted") }))?;

    let unfreeze = proposed(stage, &["unfreeze"])?;
    all_in_favour(stage, &unfreeze)?;
    enacted(stage, &unfreeze)?;
    wait(PATIENCE, || renew()?.text())?;
    ensure!(!frozen(stage)?, "it was ended");
    deposits_come_back_and_votes_let_go(stage, &freeze)
}

/// A proposal above 128 bytes stands as a preimage, and is shown as what it says.
fn long_proposals_are_read_from_the_chain(stage: &Stage) -> Result<()> {
    let said = "we meet on Friday ".repeat(10);
    let remark = proposed(stage, &["remark", &said, "--track", "tee-policy", "--no-deposit"])?;
    let shown = stage.network.json(&["gov", "show", &remark, "--json"])?;
    ensure!(shown["call"] == json!({ "name": "System.remark", "arguments": { "says": said } }), "{shown}");
    let text = stage.text(&["gov", "show", &remark])?;
    ensure!(text.contains("waits for its deposit"), "{text}");
    stage.text(&["gov", "deposit", &remark, "--yes", "--from", "//Charlie"])?;
    let placed = stage.network.adyton(&["gov", "deposit", &remark, "--yes", "--from", "//Dave"])?;
    ensure!(placed.code == 2 && placed.err.contains("has placed it already"), "{placed:?}");
    Ok(())
}

/// The number of a proposal of //Alice's.
pub fn proposed(stage: &Stage, what: &[&str]) -> Result<String> {
    let arguments = [&["gov", "propose"][..], what, &["--yes", "--from", "//Alice", "--json"]].concat();
    let done = stage.network.json(&arguments)?;
    Ok(done["referendum"].as_u64().with_context(|| format!("no number: {done}"))?.to_string())
}

/// Four of the twelve accounts, most of a third of all PHA; fewer, where fewer are enough before the others have voted.
/// What conviction 0 gives a vote locks nothing after the end.
fn all_in_favour(stage: &Stage, referendum: &str) -> Result<()> {
    for account in ["//Bob", "//Charlie", "//Dave", "//Eve"] {
        let arguments = ["gov", "vote", referendum, "aye", "--amount", "900000", "--yes", "--from", account, "--json"];
        let done = stage.network.adyton(&arguments)?;
        if done.code != 0 && done.err.contains("is over") && account != "//Bob" {
            return Ok(());
        }
        let done = done.json()?;
        ensure!(done["aye"] == true && done["lock_blocks_after_the_end"] == 0, "{done}");
    }
    Ok(())
}

/// Waits until it was approved and done.
pub fn enacted(stage: &Stage, referendum: &str) -> Result<Value> {
    wait(PATIENCE, || {
        let shown = stage.network.json(&["gov", "show", referendum, "--json"])?;
        ensure!(shown["approved"] == true && shown["enacted_in"].is_null(), "it is not done: {shown}");
        Ok(shown)
    })
}

fn frozen(stage: &Stage) -> Result<bool> {
    let status = stage.network.json(&["network", "status", "--json"])?;
    status["registrations_frozen"].as_bool().context("it is not said")
}

fn is_accepted(stage: &Stage) -> Result<bool> {
    let client = stage.client()?;
    let facts = stage.runtime.block_on(client.facts(&[storage::measurements(&MEASUREMENT)]))?;
    let now = facts.time_ms()? / 1000;
    Ok(facts.measurement(&MEASUREMENT)?.is_some_and(|measurement| measurement.at(now).is_some()))
}

fn deposits_come_back_and_votes_let_go(stage: &Stage, referendum: &str) -> Result<()> {
    let refunded = stage.network.json(&["gov", "refund", referendum, "--from", "//Ferdie", "--json"])?;
    ensure!(refunded["returned"].as_array().is_some_and(|returned| returned.len() == 2), "{refunded}");
    stage.network.adyton(&["gov", "refund", referendum, "--from", "//Ferdie"])?.refused("no deposit")?;
    let late =
        stage.network.adyton(&["gov", "vote", referendum, "nay", "--amount", "1", "--yes", "--from", "//Eve"])?;
    ensure!(late.code == 2 && late.err.contains("is over"), "{late:?}");
    let listed = stage.network.json(&["gov", "list", "--json"])?;
    for row in listed.as_array().context("no list")? {
        let number = row["referendum"].as_u64().context("no number")?.to_string();
        let done = stage.network.adyton(&["gov", "unvote", &number, "--from", "//Eve"])?;
        // The remark has no votes.
        ensure!(done.code == 0 || done.err.contains("has no vote"), "{done:?}");
    }
    let unlocked = stage.network.adyton(&["gov", "unlock", "--from", "//Eve"])?;
    unlocked.refused("lock nothing")
}
