//! `adyton multisig`: a contract that belongs to three people, of whom two have to agree.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Stage;

/// Two of them have to agree.
const SEVERAL: &str = "2://Alice,//Dave,//Eve";
/// A custom section, which does nothing.
const SECTION: [u8; 7] = [0, 5, 4, b'm', b'o', b'r', b'e'];

/// Has `one` of them propose or approve something.
fn by(stage: &Stage, one: &str, what: &[&str]) -> Result<Value> {
    let more = ["--multisig", SEVERAL, "--from", one, "--yes", "--json"];
    stage.network.json(&[&["multisig"][..], what, &more].concat())
}

/// Has //Alice propose something, and //Eve approve it; what the second one is told.
fn both(stage: &Stage, what: &[&str]) -> Result<Value> {
    let proposed = by(stage, "//Alice", what)?;
    ensure!(proposed["done"] == false && proposed["approvals"] == 1, "{proposed}");
    let call = proposed["call"].as_str().context("no call")?;
    let done = by(stage, "//Eve", &["approve", "--call", call])?;
    ensure!(done["done"] == true && done["call_hash"] == proposed["call_hash"], "{done}");
    Ok(done)
}

pub fn a_contract_of_three_is_deployed_changed_and_retired_when_two_of_them_agree(stage: &Stage) -> Result<()> {
    let folder = stage.folder.join("several");
    fs::create_dir(&folder)?;
    for file in ["adyton.toml", "owned.wasm"] {
        fs::copy(Path::new(&stage.project).join(file), folder.join(file))?;
    }
    let project = folder.to_str().context("the folder's name is no text")?;
    let address = ["multisig", "address", "--threshold", "2", "--signatory", "//Eve", "--signatory", "//Alice"];
    let address = stage.network.json(&[&address[..], &["--signatory", "//Dave", "--json"]].concat())?;
    let account = address["account"].as_str().context("no account")?;
    stage.network.json(&["account", "transfer", "100", account, "--from", "//Alice", "--json"])?;
    let open = || stage.network.json(&["multisig", "list", account, "--json"]);
    ensure!(open()? == json!([]), "{}", open()?);

    let made = both(stage, &["deploy", "--dir", project])?;
    let id = made["contract"].as_str().context("no contract")?;
    let shown = || stage.network.json(&["contract", "show", id, "--json"]);
    ensure!(shown()?["owner"] == account && open()? == json!([]), "{}", shown()?);

    let mut component = fs::read(folder.join("owned.wasm"))?;
    component.extend(SECTION);
    fs::write(folder.join("owned.wasm"), component)?;
    both(stage, &["upgrade", id, "--dir", project])?;
    ensure!(shown()?["pending_code"].is_string(), "{}", shown()?);

    // One alone changes nothing, and can take back what they proposed.
    let proposed = by(stage, "//Alice", &["retire", id])?;
    let (hash, call) = (proposed["call_hash"].as_str().context("no hash")?, proposed["call"].as_str());
    let listed = open()?;
    ensure!(listed[0]["call_hash"] == hash && listed[0]["approvals"].as_array().map(Vec::len) == Some(1), "{listed}");
    let again = |from, what: &[&str]| {
        let more = ["--multisig", SEVERAL, "--from", from, "--yes"];
        stage.network.adyton(&[&["multisig"][..], what, &more].concat())
    };
    again("//Alice", &["retire", id])?.refused("has approved")?;
    again("//Eve", &["cancel", hash])?.refused("proposed it; sign as that account")?;
    by(stage, "//Alice", &["cancel", hash])?;
    ensure!(shown()?["owner"] == account && open()? == json!([]), "{}", open()?);
    again("//Eve", &["approve", "--call", call.context("no call")?])?.refused("nobody has proposed")?;

    both(stage, &["retire", id])?;
    stage.network.adyton(&["contract", "show", id])?.refused(" was retired by its owner in block ")
}
