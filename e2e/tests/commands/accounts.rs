//! `adyton account`: keys of one's own, and what is on them.

use std::fs;

use adyton_e2e::Done;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Stage;

/// The smallest units of one PHA.
pub const UNIT: u128 = 1_000_000_000_000;

pub fn an_account_is_made_listed_paid_and_pays(stage: &Stage) -> Result<()> {
    ensure!(stage.text(&["account", "list"])?.starts_with("There is no account yet"), "there is one");
    let listed = || stage.network.json(&["account", "list", "--json"]);
    ensure!(listed()? == json!([]), "{}", listed()?);
    let made = with_password(stage, &["account", "new", "main", "--json"])?.json()?;
    let address = made["address"].as_str().context("no address")?;
    let line = stage.text(&["account", "list"])?;
    ensure!(line.split_whitespace().eq(["main", address]), "{line}");
    ensure!(listed()? == json!([{ "name": "main", "address": address }]), "{}", listed()?);
    ensure!(free(stage, "main")? == 0, "nobody paid it yet");
    let paid = stage.network.json(&["account", "transfer", "12.5", "main", "--from", "//Eve", "--json"])?;
    let amount = (12 * UNIT + UNIT / 2).to_string();
    ensure!(paid["to"] == address && paid["amount"] == amount.as_str() && paid["block"].is_u64(), "{paid}");
    let shown = stage.text(&["account", "balance", "main"])?;
    let expected = format!("{address}\n  free      12.5 PHA\nproven as of block ");
    ensure!(shown.starts_with(&expected), "{shown}");
    let (before, amount) = (free(stage, "//Ferdie")?, 2 * UNIT + UNIT / 4);
    let sent = with_password(stage, &["account", "transfer", "2.25", "//Ferdie", "--from", "main"])?;
    ensure!(sent.err.contains("Sending 2.25 PHA from "), "{}", sent.err);
    let said = sent.text()?;
    ensure!(said.starts_with("Sent; final in block "), "{said}");
    ensure!(free(stage, "//Ferdie")? == before + amount, "//Ferdie had {before}");
    ensure!(free(stage, "main")? <= 10 * UNIT + UNIT / 4, "it was taken from nobody");
    // More than there is: the chain refuses it, and nothing moves.
    let much = with_password(stage, &["account", "transfer", "1000", "//Ferdie", "--from", "main"])?;
    ensure!(much.code == 1 && much.out.is_empty(), "{much:?}");
    ensure!(free(stage, "//Ferdie")? == before + amount, "{much:?}");
    Ok(())
}

/// What an account has, in smallest units, as it is proven.
pub fn free(stage: &Stage, account: &str) -> Result<u128> {
    let shown: Value = stage.network.json(&["account", "balance", account, "--json"])?;
    ensure!(shown["decimals"] == 12 && shown["block"].is_u64(), "{shown}");
    Ok(shown["free"].as_str().context("no amount")?.parse()?)
}

/// A command that opens the keystore, where nobody can type.
fn with_password(stage: &Stage, arguments: &[&str]) -> Result<Done> {
    let file = stage.folder.join("password");
    fs::write(&file, "correct horse\n")?;
    Done::of(stage.network.command(arguments).env("ADYTON_PASSWORD_FILE", file))
}
