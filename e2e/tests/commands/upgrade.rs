//! `adyton gov propose upgrade` and `apply-upgrade`: the chain's code is decided about and replaced while a worker holds
//! leases and is called, its keyholder signs rounds, and nobody is started again.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use adyton_client::{
    chain::{
        facts::{Facts, runtime_code_key},
        governance::{Periods, Track, track_periods},
        rpc::{HttpSource, Source as _},
    },
    protocol::{
        ids::WorkerId,
        record::{HeadRecord, LeaseRecord, WorkerRecord},
        storage,
    },
};
use adyton_e2e::{Done, cache, processes, runtime, wait};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    PATIENCE, Stage,
    decisions::{enacted, proposed},
    id,
};

/// The version of the chain's code before and after, as `adyton-runtime` and its feature `next` have it.
const VERSIONS: (u32, u32) = (1, 2);
/// `Governance.set_periods` of big-spender, to those that stand in the code.
const FORGET_PERIODS: &str = "0x1800040000";
/// Accounts with about half of all PHA.
const VOTERS: [&str; 7] = ["//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie", "//Alice//stash", "//Bob//stash"];
/// How often the contract is called meanwhile.
const EVERY: Duration = Duration::from_millis(500);
/// What the worker's log says when a nonce of its was not taken.
const MISSED: &str = "a heartbeat was not taken";

/// What must not change, and what has to go on.
#[derive(Debug, PartialEq, Eq)]
struct State {
    worker: WorkerRecord,
    lease: LeaseRecord,
    head: HeadRecord,
    /// The newest round that keyholders signed.
    round: u64,
    version: u32,
    /// Those of big-spender, where they stand in storage.
    periods: Option<Periods>,
    block: u32,
}

pub fn the_chains_code_is_replaced_while_everybody_works_and_nothing_is_missed_or_lost(stage: &Stage) -> Result<()> {
    let (now, next) = (runtime("adyton-runtime")?, runtime("adyton-next-runtime")?);
    let next = next.to_str().context("the folder's name is no text")?;
    what_is_no_later_runtime_is_refused(stage, &now)?;
    let none = gov(stage, &["apply-upgrade", next, "--yes", "--from", "//Eve"])?;
    ensure!(none.code == 2 && none.err.contains("no new code was decided on"), "{none:?}");

    let forget = proposed(stage, &["call", FORGET_PERIODS, "--track", "root"])?;
    let proposal = ["propose", "upgrade", next, "--yes", "--from", "//Alice", "--json"];
    let upgrade = gov(stage, &proposal)?.json()?;
    ensure!(upgrade["track"] == "root" && upgrade["runtime"]["specification"] == VERSIONS.1, "{upgrade}");
    let hash = upgrade["runtime"]["hash"].as_str().context("no hash")?.to_owned();
    let number = upgrade["referendum"].as_u64().context("no number")?.to_string();
    let shown = stage.network.json(&["gov", "show", &number, "--json"])?;
    ensure!(shown["call"]["name"] == "System.authorize_upgrade", "{shown}");
    ensure!(shown["call"]["arguments"]["code_hash"] == hash.as_str(), "{shown}");
    all_in_favour(stage, &[&forget, &number])?;
    enacted(stage, &forget)?;
    enacted(stage, &number)?;
    let other = now.to_str().context("the folder's name is no text")?;
    let other = gov(stage, &["apply-upgrade", other, "--yes", "--from", "//Eve"])?;
    ensure!(other.code == 2 && other.err.contains(&hash), "it is not what was decided on: {other:?}");

    let receipts = [receipt(stage, "before")?, brought_while_it_is_called(stage, next)?, receipt(stage, "after")?];
    for file in receipts {
        let verified = stage.network.json(&["verify", &file, "--json"])?;
        ensure!(verified["holds"] == true && verified["trusted"] == true, "{file}: {verified}");
    }
    // Who signs as a user goes on, too.
    let refunded = stage.network.json(&["gov", "refund", &number, "--from", "//Ferdie", "--json"])?;
    ensure!(refunded["returned"].as_array().is_some_and(|returned| returned.len() == 2), "{refunded}");
    Ok(())
}

fn what_is_no_later_runtime_is_refused(stage: &Stage, now: &Path) -> Result<()> {
    let (now, text) = (now.to_str().context("the folder's name is no text")?, format!("{}/adyton.toml", stage.project));
    for (file, why) in [(now, "it takes only higher ones"), (text.as_str(), "this is no runtime")] {
        let refused = gov(stage, &["propose", "upgrade", file, "--yes", "--from", "//Alice"])?;
        ensure!(refused.code == 2 && refused.err.contains(why), "{file}: {refused:?}");
    }
    Ok(())
}

/// A command about decisions that compiles runtimes where this user's networks look for them.
fn gov(stage: &Stage, arguments: &[&str]) -> Result<Done> {
    let mut command = stage.network.command(&[&["gov"][..], arguments].concat());
    Done::of(command.envs(cache().map(|cache| ("ADYTON_CACHE", cache))))
}

/// Everybody votes at once, each for all of them; whoever comes too late for one was not needed.
fn all_in_favour(stage: &Stage, referenda: &[&str]) -> Result<()> {
    let votes = |account: &str| -> Result<()> {
        for referendum in referenda {
            let vote = ["gov", "vote", referendum, "aye", "--amount", "850000", "--yes", "--from", account, "--json"];
            let done = stage.network.adyton(&vote)?;
            ensure!(done.code == 0 || done.err.contains("is over"), "{account}: {done:?}");
        }
        Ok(())
    };
    thread::scope(|scope| {
        let all = VOTERS.map(|account| scope.spawn(move || votes(account)));
        all.into_iter().try_for_each(|voter| voter.join().expect("a vote does not panic"))
    })
}

/// Brings the code while the contract is called and counts; a receipt from in between.
fn brought_while_it_is_called(stage: &Stage, next: &str) -> Result<String> {
    let (before, running, missed) = (state(stage)?, programs(stage)?, missed(stage)?);
    ensure!(before.version == VERSIONS.0 && before.periods.is_none(), "{before:?}");
    let (count, over) = (stage.count()?, AtomicBool::new(false));
    let (reads, counted, after, receipt) = thread::scope(|scope| -> Result<_> {
        let reads = scope.spawn(|| until(&over, || stage.count().map(drop)));
        let counts = scope.spawn(|| until(&over, || stage.increment().map(drop)));
        let done = brought(stage, next, &before);
        let receipt = receipt(stage, "between");
        over.store(true, Ordering::Relaxed);
        let joined = |calls: thread::ScopedJoinHandle<'_, Result<u64>>| calls.join().expect("a call does not panic");
        Ok((joined(reads)?, joined(counts)?, done?, receipt?))
    })?;
    ensure!(reads > 0 && counted > 0, "{reads} and {counted} calls");
    ensure!(stage.count()? == count + counted, "{counted} calls counted to {}, from {count}", stage.count()?);
    let expected = State {
        worker: WorkerRecord {
            active_until: after.worker.active_until,
            heartbeat: after.worker.heartbeat,
            ..before.worker
        },
        head: HeadRecord { latest: after.head.latest, ..before.head },
        version: VERSIONS.1,
        periods: Some(Track::BigSpender.info().periods),
        round: after.round,
        block: after.block,
        ..before
    };
    ensure!(after == expected, "{after:?} is not {expected:?}");
    ensure!(programs(stage)? == running, "programs were started again");
    // One may have been on its way when the code changed: it is signed again, and no lease is the worse for it.
    ensure!(self::missed(stage)? <= missed + 1, "the worker's nonces were not taken");
    let url = stage.network.url("node")?;
    let said = stage.runtime.block_on(HttpSource::new(&url)?.runtime_version())?;
    ensure!(said.specification == VERSIONS.1, "the node says {said:?}");
    Ok(receipt)
}

/// Brings the code, and waits until the worker's heartbeat, its anchors and the keyholder's rounds have gone on after it.
fn brought(stage: &Stage, next: &str, before: &State) -> Result<State> {
    let done = gov(stage, &["apply-upgrade", next, "--yes", "--from", "//Ferdie", "--json"])?.json()?;
    let block = done["block"].as_u64().context("no block")?;
    wait(PATIENCE, || {
        let after = state(stage)?;
        ensure!(u64::from(after.worker.heartbeat.block) > block, "no heartbeat since block {block}: {after:?}");
        ensure!(after.head.latest.sequence > before.head.latest.sequence, "nothing was anchored: {after:?}");
        // One may have been signed before and taken after.
        ensure!(after.round > before.round + 1, "no rounds: {after:?}");
        Ok(after)
    })
}

/// Does it again and again, twice a second, until it is over; how often it did. No attempt may fail.
fn until(over: &AtomicBool, mut call: impl FnMut() -> Result<()>) -> Result<u64> {
    let mut calls = 0;
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        call()?;
        calls += 1;
        thread::sleep(EVERY.saturating_sub(begun.elapsed()));
    }
    Ok(calls)
}

fn state(stage: &Stage) -> Result<State> {
    let (contract, worker) = (id(&stage.contract)?, stage.worker()?);
    let worker: WorkerId = worker.parse().map_err(|error| anyhow::anyhow!("{worker}: {error}"))?;
    let keys = [
        storage::workers(&worker),
        storage::leases(&contract),
        storage::heads(&contract),
        storage::beacon_latest(),
        runtime_code_key(),
        track_periods(Track::BigSpender.number()),
    ];
    let facts: Facts = stage.runtime.block_on(stage.client()?.facts(&keys))?;
    Ok(State {
        worker: facts.worker(&worker)?.context("there is no worker")?,
        lease: facts.lease(&contract)?.context("there is no lease")?,
        head: facts.head(&contract)?.context("there is no head")?,
        round: facts.beacon_latest()?.context("there is no round")?,
        version: facts.runtime_code()?.specification,
        periods: facts.item(&keys[5], "periods")?,
        block: facts.block().number,
    })
}

/// The processes of this network.
fn programs(stage: &Stage) -> Result<BTreeSet<String>> {
    let all = processes(stage.network.data())?;
    Ok(all.into_iter().map(|(process, line)| format!("{} {line}", process.as_raw_nonzero())).collect())
}

/// How often a nonce of the worker's was not taken so far.
fn missed(stage: &Stage) -> Result<usize> {
    let log = fs::read(stage.network.data().join("log/adyton-worker.log")).context("reading the worker's log")?;
    Ok(String::from_utf8_lossy(&log).matches(MISSED).count())
}

/// Calls the contract and saves its receipt with its proofs; the file.
fn receipt(stage: &Stage, name: &str) -> Result<String> {
    let file = stage.folder.join(format!("{name}-upgrade.json")).display().to_string();
    let answer: Value =
        stage.network.json(&["call", &stage.contract, "GET", "/count", "--receipt", &file, "--json"])?;
    ensure!(answer["status"] == 200, "{answer}");
    Ok(file)
}
