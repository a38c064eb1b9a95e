//! `adyton tcb`: what vendors say about platforms, brought to the chain and compared with it.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use adyton_development_root::DevelopmentRoot;
use anyhow::{Context, Result, anyhow, ensure};
use codec::Encode;
use serde_json::Value;

use super::Stage;

impl Stage {
    /// A file with collateral of `root` from so many seconds ago, and the same as a worker's file.
    fn collateral(&self, name: &str, root: &DevelopmentRoot, ago: u64) -> Result<(String, Vec<u8>)> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() - ago;
        let collateral = root.collateral(at);
        let json = collateral.to_json(&root.root_certificate()).map_err(|refusal| anyhow!("{refusal}"))?;
        let file = self.folder.join(name);
        fs::write(&file, json)?;
        Ok((file.to_str().context("the folder's name is no text")?.to_owned(), collateral.encode()))
    }

    /// Submits a file: the exit code, and what became of it.
    fn submit(&self, file: &str, more: &[&str]) -> Result<(i32, Value)> {
        let usual = ["tcb", "submit", file, "--from", "//Charlie", "--json"];
        let done = self.network.adyton(&[&usual[..], more].concat())?;
        let json: Value = serde_json::from_str(&done.out).with_context(|| format!("{}{}", done.out, done.err))?;
        ensure!(json["complete"] == (done.code == 0), "{json}");
        Ok((done.code, json["endorsements"][0].clone()))
    }
}

pub fn collateral_is_brought_to_the_chain_by_anybody_once(stage: &Stage) -> Result<()> {
    let seed = fs::read(stage.network.data().join("development-root.seed"))?;
    let seed = seed.try_into().map_err(|_| anyhow!("the seed does not have 32 bytes"))?;
    let root = DevelopmentRoot::insecure_from_seed(seed);
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
