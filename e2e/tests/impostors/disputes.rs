//! Two results that somebody says are wrong, before jurors of two other operators, whose workers run the calls again from
//! the history that the contract's holder shows. One is what the contract gives: it costs who disputed it. The other one a
//! liar has signed: it costs the liar's pool, and pays who disputed it and the jurors.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use adyton_client::{
    Account, AccountScheme,
    chain::{address, extrinsic::Signer as _},
};
use adyton_e2e::{Done, wait};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    PATIENCE, Stage,
    court::{Court, JURORS, backed},
    liar::Liar,
};

/// The smallest units of one PHA.
const UNIT: i128 = 1_000_000_000_000;
/// What a few extrinsics cost at most.
const FEES: i128 = 5 * UNIT;
/// Who is wrong to dispute, and who is right.
const CHALLENGERS: [&str; 2] = ["//Ferdie", "//Ferdie//stash"];
/// The liar's operator.
const LIARS: &str = "//Charlie//stash";

pub fn of_two_disputed_results_the_right_one_costs_its_challenger_and_the_wrong_one_its_worker(
    stage: &Stage,
) -> Result<()> {
    let court = Court::set(stage)?;
    judged(stage, &court).with_context(|| court.said())
}

fn judged(stage: &Stage, court: &Court) -> Result<()> {
    let liar = Liar::register(stage, LIARS)?;
    let liars_pool = backed(stage, LIARS, &liar.id)?;
    let holder = stage.lease(&court.contract)?;
    let sealed = stage.network.adyton(&["call", &court.contract, "GET", "/count"])?;
    sealed.refused("it answers public calls alone")?;
    let (honest, other) = (answered(stage, court, "honest.json")?, answered(stage, court, "other.json")?);
    let forged = liar.forge(stage, &other)?;
    what_a_call_gives_is_seen_before_a_bond_is_paid(stage, &honest, &forged)?;

    let parties = [&CHALLENGERS[..], &JURORS].concat();
    let before = stage.free(&parties)?;
    let [mistaken, right] = CHALLENGERS;
    let disputes = [disputed(stage, &honest, mistaken)?, disputed(stage, &forged, right)?];
    let again = stage.network.adyton(&["dispute", "open", &honest, "--yes", "--from", mistaken])?;
    again.refused("it is disputed already")?;
    decided(stage, &disputes)?;

    let after = stage.free(&parties)?;
    let spent = |party: usize| before[party] - after[party];
    ensure!((100 * UNIT..100 * UNIT + FEES).contains(&spent(0)), "the bond is lost: {}", spent(0));
    ensure!((0..FEES).contains(&spent(1)), "the bond came back: {}", spent(1));
    // Of the lost bond.
    ensure!((spent(2), spent(3)) == (-10 * UNIT, -10 * UNIT), "jurors are paid: {} and {}", -spent(2), -spent(3));
    ensure!(stage.pool(&court.pool)?["frozen_amount"] == "0", "{}", stage.pool(&court.pool)?);
    shared(stage, &disputes[1], &parties, &after)?;
    let left = stage.pool(&liars_pool)?;
    let active: i128 = left["active"].as_str().context("no amount")?.parse()?;
    ensure!((active - 18_000 * UNIT).abs() < UNIT, "a tenth of 20000 is taken: {left}");

    let count = stage.network.json(&["call", &court.contract, "GET", "/count", "--public", "--json"])?;
    ensure!(count["content"] == "3", "the contract goes on: {count}");
    ensure!(stage.lease(&court.contract)? == holder, "with the same worker, under the same lease");
    Ok(())
}

/// Makes the contract count; the file that its receipt is saved in.
fn answered(stage: &Stage, court: &Court, file: &str) -> Result<String> {
    let file = stage.folder.join(file).display().to_string();
    let call = ["call", &court.contract, "POST", "/increment", "--public", "--receipt", &file, "--json"];
    let answer = stage.network.json(&call)?;
    ensure!(answer["status"] == 200, "{answer}");
    let verified = stage.network.json(&["verify", &file, "--json"])?;
    ensure!(verified["holds"] == true && verified["trusted"] == true, "{verified}");
    Ok(file)
}

/// `adyton-worker rerun`, as whoever doubts a result does it.
fn what_a_call_gives_is_seen_before_a_bond_is_paid(stage: &Stage, honest: &str, forged: &str) -> Result<()> {
    let (gateway, node) = (stage.network.url("gateway")?, stage.network.url("node")?);
    let rerun = |file: &str| -> Result<(i32, Value)> {
        let mut command = Command::new(stage.network.programs().join("adyton-worker"));
        command.args(["rerun", file, "--gateway", &gateway, "--node", &node, "--json"]).stdin(Stdio::null());
        let done = Done::of(&mut command)?;
        let json = serde_json::from_str(&done.out).with_context(|| format!("{done:?}"))?;
        Ok((done.code, json))
    };
    let (code, same) = rerun(honest)?;
    ensure!(code == 0 && same["same"] == true && same["found"] == same["claimed"], "{code} {same}");
    let (code, other) = rerun(forged)?;
    ensure!(code == 1 && other["same"] == false, "{code} {other}");
    ensure!(other["found"]["state_after"] == other["claimed"]["state_after"], "the lie is about the answer: {other}");
    ensure!(other["found"]["response"] != other["claimed"]["response"], "{other}");
    Ok(())
}

/// Disputes a result; the dispute's number.
fn disputed(stage: &Stage, receipt: &str, challenger: &str) -> Result<String> {
    let opened = stage.signed(&["dispute", "open", receipt], challenger)?;
    Ok(opened["last_dispute"].as_u64().with_context(|| format!("no number: {opened}"))?.to_string())
}

/// Waits until jurors have decided about both, and checks who they were and what they found.
fn decided(stage: &Stage, disputes: &[String; 2]) -> Result<()> {
    let mut sat = [BTreeSet::new(), BTreeSet::new()];
    let endings = wait(PATIENCE, || {
        let mut endings = Vec::new();
        for (number, sat) in disputes.iter().zip(&mut sat) {
            let shown = stage.network.json(&["dispute", "show", number, "--json"])?;
            let ballots = shown["ballots"].as_array().into_iter().flatten();
            sat.extend(ballots.filter_map(|ballot| ballot["operator"].as_str().map(str::to_owned)));
            endings.extend(shown["ended"].as_str().map(str::to_owned));
        }
        ensure!(endings.len() == disputes.len(), "jurors have not decided; so far {sat:?} have a seat");
        Ok(endings)
    })?;
    ensure!(endings == ["right", "wrong"], "they found {endings:?}; {sat:?} had a seat");
    let mut jurors = BTreeSet::new();
    for operator in JURORS {
        jurors.insert(address::encode(&Account::from_secret(operator, AccountScheme::Sr25519)?.account()));
    }
    ensure!(sat.iter().all(|sat| *sat == jurors), "{sat:?}");
    let [right, wrong] = disputes;
    for (number, words) in [(right, "the result is right, and the bond was lost"), (wrong, "its worker was charged")] {
        let text = stage.network.adyton(&["dispute", "show", number])?.text()?;
        ensure!(text.contains(words), "it does not say '{words}' but: {text}");
    }
    Ok(())
}

/// When the time for an appeal is over, what the liar's pool lost brings each juror 10 PHA, and who disputed the rest of a
/// tenth of it.
fn shared(stage: &Stage, dispute: &str, parties: &[&str], before: &[i128]) -> Result<()> {
    wait(PATIENCE, || stage.signed(&["dispute", "share", dispute], "//Alice"))?;
    let after = stage.free(parties)?;
    let gained: Vec<i128> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    // A tenth of 20000 is taken, and a tenth of that issued; shares of a pool are rounded.
    ensure!((gained[1] - 180 * UNIT).abs() < UNIT, "whoever was right gains {}", gained[1]);
    ensure!(gained[0] == 0 && gained[2..] == [10 * UNIT, 10 * UNIT], "{gained:?}");
    let again = stage.network.adyton(&["dispute", "share", dispute, "--yes", "--from", "//Alice"])?;
    again.refused("nothing is to be shared")
}

impl Stage {
    /// What these accounts have, in smallest units.
    fn free(&self, accounts: &[&str]) -> Result<Vec<i128>> {
        let free = |account: &&str| -> Result<i128> {
            let shown = self.network.json(&["account", "balance", account, "--json"])?;
            Ok(shown["free"].as_str().context("no amount")?.parse()?)
        };
        accounts.iter().map(free).collect()
    }

    /// What is proven of a pool.
    fn pool(&self, number: &str) -> Result<Value> {
        self.network.json(&["pool", "show", number, "--json"])
    }
}
