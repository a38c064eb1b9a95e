//! `adyton deploy`, `contract list` and `retire`, calls by a project's name, and receipts as `adyton verify` shows them.

use std::{fs, path::Path, process::Stdio};

use adyton_client::{Error, gateway::code_hash};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Stage, number, running::Running};

/// Deploys the contract while the network's worker takes no leases, and lets it take some when that was noticed: the user
/// is told of each stage. The contract's id.
pub fn deployed_once_a_worker_takes_leases(stage: &Stage) -> Result<String> {
    let worker = stage.worker()?;
    let drained = stage.network.json(&["worker", "drain", &worker, "--from", "//Bob", "--json"])?;
    ensure!(drained["worker"] == worker.as_str() && drained["opted_in"] == false, "{drained}");
    ensure!(stage.shown()?["opted_in"] == false, "{}", stage.shown()?);
    let list = stage.text(&["worker", "list"])?;
    ensure!(list.lines().any(|line| line.starts_with(&worker) && line.ends_with(", draining")), "{list}");
    let others = stage.network.adyton(&["worker", "drain", &worker, "--undo", "--from", "//Eve"])?;
    others.refused("the worker belongs to ")?;
    let mut deploy = stage.network.command(&["deploy", "--dir", &stage.project, "--from", "//Alice"]);
    let mut deploy = Running::start(&mut deploy)?;
    deploy.until("pending: no worker holds its lease yet")?;
    let text = stage.text(&["worker", "drain", &worker, "--undo", "--from", "//Bob"])?;
    ensure!(text.starts_with("From block ") && text.trim().ends_with("the worker takes leases again"), "{text}");
    let said = deploy.end()?;
    let after_times = said.iter().filter_map(|line| line.split_once(" s  "));
    let mut stages: Vec<&str> = after_times.filter_map(|(_, stage)| stage.split(':').next()).collect();
    stages.dedup();
    ensure!(stages == ["pending", "leased", "ready"], "{said:?}");
    let id = said.iter().find_map(|line| line.strip_prefix("owned is ready: ")).context("it does not say its id")?;
    // Once more: the project knows its contract, and there is nothing to do.
    let again = stage.network.json(&["deploy", "--dir", &stage.project, "--from", "//Alice", "--json"])?;
    ensure!(again["contract"] == id && again["stage"] == "ready" && again["name"] == "owned", "{again}");
    Ok(id.to_owned())
}

pub fn contracts_are_listed(stage: &Stage) -> Result<()> {
    let listed = stage.network.json(&["contract", "list", "--json"])?;
    let text = stage.text(&["contract", "list"])?;
    let all = listed.as_array().context("no list")?;
    ensure!(all.len() == 2, "{listed}");
    for (id, name) in [(stage.contract.clone(), "owned"), (stage.network.sample()?, "price-oracle")] {
        let one =
            all.iter().find(|one| one["contract"] == id.as_str()).with_context(|| format!("{name} is not listed"))?;
        let owner = one["owner"].as_str().context("no owner")?;
        ensure!(one["name"] == name && one["version"] == 1 && one["code"].is_string(), "{one}");
        let line = text.lines().find(|line| line.starts_with(&id)).with_context(|| format!("{name} is not listed"))?;
        ensure!(line.split_whitespace().eq([&id[..], name, "version", "1", "of", owner]), "{line}");
    }
    Ok(())
}

/// Another one of the same code, which //Alice announced.
pub fn a_contract_is_retired_by_its_owner_alone_and_gives_its_deposit_back(stage: &Stage) -> Result<()> {
    let folder = stage.folder.join("retired");
    fs::create_dir(&folder)?;
    for file in ["adyton.toml", "owned.wasm"] {
        fs::copy(Path::new(&stage.project).join(file), folder.join(file))?;
    }
    let folder = folder.to_str().context("the folder's name is no text")?;
    let deploy = ["deploy", "--dir", folder, "--from", "//Dave"];
    let reserved = || amount(&stage.network.json(&["account", "balance", "//Dave", "--json"])?["reserved"]);
    // //Dave may operate a worker.
    let before = reserved()?;
    let made = stage.network.json(&[&deploy[..], &["--json"]].concat())?;
    let (id, deposit) = (made["contract"].as_str().context("no contract")?, amount(&made["deposit"])?);
    ensure!(reserved()? == before + deposit && deposit > 0, "{made}");
    let shown = stage.network.json(&["contract", "show", id, "--json"])?;
    ensure!(shown["deposit"] == made["deposit"] && amount(&shown["code_deposit"])? > 0, "{shown}");
    let code = shown["code"].as_str().context("no code")?;

    stage.network.adyton(&["contract", "retire", id, "--from", "//Eve"])?.refused("the contract belongs to ")?;
    let remove = |from| stage.network.adyton(&["contract", "remove-code", code, "--from", from]);
    remove("//Dave")?.refused("the code was announced by ")?;
    remove("//Alice")?.refused("it stays until none does")?;
    let retired = stage.network.json(&["contract", "retire", id, "--from", "//Dave", "--json"])?;
    let (returned, kept) = (amount(&retired["returned"])?, amount(&retired["kept"])?);
    ensure!(returned + kept == deposit && reserved()? == before + kept && kept < returned, "{retired}");
    for gone in [&["call", id, "GET", "/count"][..], &["contract", "show", id], &deploy] {
        stage.network.adyton(gone)?.refused(" was retired by its owner in block ")?;
    }
    Ok(())
}

/// //Eve's, of bytes that are at no gateway in the clear.
pub fn sealed_code_runs_with_the_key_that_its_owner_gave_and_nobody_else_has_its_bytes(stage: &Stage) -> Result<()> {
    let (project, folder) = (Path::new(&stage.project), stage.folder.join("sealed"));
    fs::create_dir(&folder)?;
    let declared = fs::read_to_string(project.join("adyton.toml"))?;
    fs::write(folder.join("adyton.toml"), format!("sealed_code = true\n{declared}"))?;
    // One more custom section, which does nothing.
    let component = [&fs::read(project.join("owned.wasm"))?[..], b"\0\x05\x04mine"].concat();
    fs::write(folder.join("owned.wasm"), &component)?;
    let folder = folder.to_str().context("the folder's name is no text")?;
    let made = stage.network.json(&["deploy", "--dir", folder, "--from", "//Eve", "--json"])?;
    let id = made["contract"].as_str().context("no contract")?;
    ensure!(made["stage"] == "ready", "{made}");
    let answer = stage.network.json(&["call", id, "GET", "/count", "--json"])?;
    ensure!(answer["status"] == 200 && number(&answer)? == 0, "{answer}");

    let shown = stage.network.json(&["contract", "show", id, "--json"])?;
    ensure!(shown["manifest"]["sealed_code"] == true && shown["code"] == made["code"], "{shown}");
    let text = stage.text(&["contract", "show", id])?;
    ensure!(text.contains("it is sealed: nobody but its owner can inspect its bytes"), "{text}");
    let code = code_hash(&component);
    ensure!(made["code"] == code.to_string().as_str(), "{made}");
    let fetched = stage.runtime.block_on(stage.client()?.gateway().code(&code));
    ensure!(matches!(fetched, Err(Error::Gateway { status: 404, .. })), "{fetched:?}");

    let give = |from| stage.network.adyton(&["contract", "give-key", id, "--dir", folder, "--from", from]);
    give("//Dave")?.refused("the contract belongs to ")?;
    let given = give("//Eve")?.text()?;
    ensure!(given.contains("only its worker can read the code"), "{given}");
    Ok(())
}

/// An amount in smallest units.
fn amount(text: &Value) -> Result<u128> {
    Ok(text.as_str().context("no amount")?.parse()?)
}

pub fn a_contract_is_called_by_its_name_in_its_projects_folder_alone(stage: &Stage) -> Result<()> {
    let count = stage.count()?.to_string();
    let call = ["call", "owned", "GET", "/count"];
    let text = stage.within(&stage.project, &call)?;
    ensure!(text.err.contains("HTTP 200; verified as of block "), "{}", text.err);
    ensure!(text.out == count, "{}, not {count}", text.out);
    let json = stage.within(&stage.project, &["call", "owned", "GET", "/count", "--json"])?.json()?;
    ensure!(json["content"] == count.as_str() && json["status"] == 200, "{json}");
    let elsewhere = stage.within(&stage.folder, &call)?;
    ensure!(elsewhere.code == 2 && elsewhere.out.is_empty(), "{elsewhere:?}");
    ensure!(elsewhere.err.contains("'owned' is neither a contract's id nor a name"), "{}", elsewhere.err);
    Ok(())
}

pub fn a_receipt_without_its_contents_says_what_it_leaves_unchecked(stage: &Stage) -> Result<()> {
    let file = |name: &str| stage.folder.join(name).display().to_string();
    let (whole, digests) = (file("whole.json"), file("digests.json"));
    let call = ["call", &stage.contract, "GET", "/count", "--receipt"];
    stage.text(&[&call[..], &[whole.as_str()]].concat())?;
    stage.network.json(&[&call[..], &[digests.as_str(), "--digests-only", "--json"]].concat())?;
    let saved = |path: &str| Ok::<Value, anyhow::Error>(serde_json::from_slice(&fs::read(path)?)?);
    ensure!(saved(&whole)?["exchange"].is_object(), "it has no contents");
    ensure!(saved(&digests)?["exchange"].is_null(), "{}", saved(&digests)?["exchange"]);
    for (path, outcome) in [(&whole, "passed"), (&digests, "unchecked")] {
        let verified = stage.network.json(&["verify", path, "--json"])?;
        let checks = verified["checks"].as_array().context("no checks")?;
        let became = |name: &str| checks.iter().find(|check| check["name"] == name).map(|check| &check["outcome"]);
        ensure!(verified["holds"] == true && verified["trusted"] == true, "{verified}");
        for name in ["request", "response", "bytes"] {
            ensure!(became(name).is_some_and(|found| found == outcome), "{name} of {path}: {verified}");
        }
        for name in ["network", "finality", "chain state", "record", "receipt", "worker", "code", "manifest", "state"] {
            ensure!(became(name).is_some_and(|found| found == "passed"), "{name} of {path}: {verified}");
        }
        let block = verified["as_of_block"].as_u64().context("no block")?;
        let text = stage.text(&["verify", path])?;
        ensure!(text.lines().any(|line| line.split_whitespace().take(2).eq([outcome, "request"])), "{text}");
        ensure!(text.lines().any(|line| line.split_whitespace().take(2).eq(["passed", "receipt"])), "{text}");
        ensure!(!text.contains("FAILED"), "{text}");
        let last = format!("The receipt holds as of block {block}. The worker stands on a development root");
        ensure!(text.contains(&last), "it does not say '{last}' but: {text}");
    }
    Ok(())
}

/// What a call did is done, and its receipt comes once.
pub fn a_receipt_is_saved_although_standard_output_cannot_be_written(stage: &Stage) -> Result<()> {
    for form in [&[][..], &["--json"]] {
        let file = stage.folder.join(format!("unseen{}.json", form.len())).display().to_string();
        let arguments = [&["call", &stage.contract, "GET", "/count", "--receipt", &file][..], form].concat();
        let full = fs::File::options().write(true).open("/dev/full")?;
        let done = stage.network.command(&arguments).stdout(full).stderr(Stdio::piped()).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.code() == Some(1), "{}: {said}", done.status);
        ensure!(said.contains("cannot write to standard output") && !said.contains("panicked"), "{said}");
        ensure!(said.contains(&format!("The receipt with its proofs is in {file}")), "{said}");
        stage.text(&["verify", &file])?;
    }
    let left: Vec<_> =
        fs::read_dir(&stage.folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    ensure!(!left.iter().any(|name| name.starts_with(".adyton-")), "{left:?}");
    Ok(())
}
