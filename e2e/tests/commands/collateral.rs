//! `adyton tcb`: what vendors say about platforms, brought to the chain and compared with it.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use adyton_development_root::{DevelopmentRoot, Role};
use anyhow::{Context, Result, anyhow, ensure};
use codec::Encode;
use serde_json::{Value, json};

use super::Stage;

/// So many seconds ago (Unix seconds).
pub fn before(seconds: u64) -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() - seconds)
}

impl Stage {
    /// The root under which the network's own evidence is.
    pub fn root(&self) -> Result<DevelopmentRoot> {
        let seed = fs::read(self.network.data().join("development-root.seed"))?;
        let seed = seed.try_into().map_err(|_| anyhow!("the seed does not have 32 bytes"))?;
        Ok(DevelopmentRoot::insecure_from_seed(seed))
    }

    /// A file with collateral of `root` from so many seconds ago, and the same as a worker's file.
    fn collateral(&self, name: &str, root: &DevelopmentRoot, ago: u64) -> Result<(String, Vec<u8>)> {
        let collateral = root.collateral(before(ago)?);
        let json = collateral.to_json(&root.root_certificate()).map_err(|refusal| anyhow!("{refusal}"))?;
        Ok((self.file(name, json)?, collateral.encode()))
    }

    /// The path of a file with this content.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
        let file = self.folder.join(name);
        fs::write(&file, content)?;
        Ok(file.to_str().context("the folder's name is no text")?.to_owned())
    }

    /// What becomes of the network's own workers and keyholders under a file: the exit code, and what is said.
    fn watched(&self, file: &str) -> Result<(i32, Value)> {
        let done = self.network.adyton(&["tcb", "watch", "--workers", "--collateral", file, "--json"])?;
        let json = serde_json::from_str(&done.out).with_context(|| format!("{}{}", done.out, done.err))?;
        Ok((done.code, json))
    }

    /// Submits a file: the exit code, and what became of it.
    pub fn submit(&self, file: &str, more: &[&str]) -> Result<(i32, Value)> {
        let usual = ["tcb", "submit", file, "--from", "//Charlie", "--json"];
        let done = self.network.adyton(&[&usual[..], more].concat())?;
        let json: Value = serde_json::from_str(&done.out).with_context(|| format!("{}{}", done.out, done.err))?;
        ensure!(json["complete"] == (done.code == 0), "{json}");
        Ok((done.code, json["endorsements"][0].clone()))
    }
}

pub fn collateral_is_brought_to_the_chain_by_anybody_once(stage: &Stage) -> Result<()> {
    let root = stage.root()?;
    let (file, encoded) = stage.collateral("newer.json", &root, 2)?;
    let worker_file = stage.folder.join("worker.scale");
    let for_worker = ["--worker-file", worker_file.to_str().context("the folder's name is no text")?];
    let (code, stored) = stage.submit(&file, &[])?;
    ensure!(code == 0 && stored["outcome"] == "stored" && stored["block"].is_u64(), "{stored}");
    for (field, expected) in [("kind", "intel-tdx"), ("family", "ad700d000000")] {
        ensure!(stored[field] == expected, "{field} is {}", stored[field]);
    }
    let (code, again) = stage.submit(&file, &for_worker)?;
    ensure!(code == 0 && again["outcome"] == "same" && again["block"].is_null(), "{again}");
    ensure!(fs::read(&worker_file)? == encoded, "a worker's file has something else in it");
    fs::remove_file(&worker_file)?;
    let (older, _) = stage.collateral("older.json", &root, 100_000)?;
    let (code, older_one) = stage.submit(&older, &[])?;
    ensure!(code == 0 && older_one["outcome"] == "newer-there", "{older_one}");
    let (code, for_nobody) = stage.submit(&older, &for_worker)?;
    let reason = for_nobody["reason"].as_str().unwrap_or_default();
    ensure!(code == 1 && reason.contains("the network has a newer one") && !worker_file.exists(), "{for_nobody}");
    let (strangers, _) = stage.collateral("strangers.json", &DevelopmentRoot::insecure_from_seed([9; 32]), 2)?;
    let (code, refused) = stage.submit(&strangers, &[])?;
    let reason = refused["reason"].as_str().unwrap_or_default();
    ensure!(code == 1 && refused["outcome"] == "refused", "{refused}");
    ensure!(reason.contains("no root of this network vouches for it"), "{refused}");
    let (expired, _) = stage.collateral("expired.json", &root, 400 * 24 * 3600)?;
    let (code, refused) = stage.submit(&expired, &[])?;
    ensure!(code == 1 && refused["reason"].as_str().unwrap_or_default().contains("was valid until"), "{refused}");
    Ok(())
}

pub fn what_a_network_accepts_and_holds_is_compared_with_its_vendors(stage: &Stage) -> Result<()> {
    let done = stage.network.adyton(&["tcb", "watch", "--chain", "--json"])?;
    // Nobody speaks for a development root but who has its seed.
    ensure!(done.code == 1, "{}{}", done.out, done.err);
    let json: Value = serde_json::from_str(&done.out)?;
    ensure!(json["falls"] == false && json["unjudged"] == true, "{json}");
    let network = &json["network"];
    ensure!(network["policies"][0]["kind"] == "intel-tdx", "{network}");
    ensure!(network["intel"][0]["held"]["evaluation"] == 20, "{network}");
    ensure!(network["unjudged"][0].as_str().unwrap_or_default().contains("--source"), "{network}");
    ensure!(json["workers"].as_array().is_some_and(|workers| workers.len() == 2), "{json}");
    Ok(())
}

pub fn what_the_next_collateral_makes_of_the_networks_own_workers_is_told(stage: &Stage) -> Result<()> {
    let root = stage.root()?;
    let (standard, _) = stage.collateral("standard.json", &root, 2)?;
    let (code, json) = stage.watched(&standard)?;
    ensure!(code == 0 && json["falls"] == false && json["unjudged"] == false, "{json}");
    // The fix: a new level above the one that was the best.
    let role = Role::new("worker").map_err(|_| anyhow!("the role's name is none"))?;
    let mut plan = root.plan(&role, [7; 64], before(2)?);
    let levels = plan.tcb_info.value["tcbLevels"].as_array_mut().context("there are no levels")?;
    let mut fixed = levels.first().context("there is no level")?.clone();
    fixed["tcb"]["sgxtcbcomponents"][0] = json!({ "svn": 250, "category": "BIOS", "type": "Early Microcode Update" });
    levels[0]["tcbStatus"] = "OutOfDate".into();
    levels.insert(0, fixed);
    for document in [&mut plan.tcb_info, &mut plan.qe_identity] {
        document.value["tcbEvaluationDataNumber"] = 21.into();
    }
    let fix = plan.issue();
    let json = fix.collateral.to_json(&fix.root_certificate).map_err(|refusal| anyhow!("{refusal}"))?;
    let early = stage.file("early.json", json)?;
    let (code, json) = stage.watched(&early)?;
    ensure!(code == 1 && json["falls"] == true && json["unjudged"] == false, "{json}");
    let machines = json["machines"].as_array().context("there are no machines")?;
    // The worker and the keyholder.
    ensure!(machines.len() == 2 && json["unseen"] == json!([]), "{json}");
    for machine in machines {
        let outlook = &machine["outlooks"][0];
        ensure!(machine["worker"].is_string() && outlook["standing"] == "below", "{machine}");
        ensure!(outlook["tcb_status"] == "OutOfDate" && outlook["evaluation"] == 21, "{machine}");
        ensure!(outlook["short"][0]["wanted"] == 250, "{machine}");
        let raised_by = outlook["short"][0]["raised_by"].as_str().unwrap_or_default();
        ensure!(raised_by.contains("BIOS"), "{machine}");
    }
    let said = stage.network.adyton(&["tcb", "watch", "--workers", "--collateral", &early])?;
    ensure!(said.code == 1 && said.out.contains("BELOW the bar: OutOfDate by evaluation 21"), "{}", said.out);
    Ok(())
}
