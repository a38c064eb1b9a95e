//! What host functions cost the worker, beside what they are charged.
//!
//! A contract on a real network does one thing many times in a call and says how much fuel that took; the kernel says how
//! much processor time the worker took for it, with commit, seal and receipt of a call that does nothing left out. What a
//! unit of plain computation takes is the measure: a function whose ratio is above one is charged less than its time,
//! and "by its time" is the fuel that would be charged at that measure. `worker/engine/src/costs.rs` has the prices.

mod guest;

use std::{
    thread,
    time::{Duration, Instant},
};

use adyton_client::{Client, ContractId, Request};
use adyton_e2e::Network;
use anyhow::{Context, Result, ensure};
use axum::{Router, routing::get};

pub use guest::deploy;

use crate::{network, peers::process};

/// How long each row is measured.
const LONG: Duration = Duration::from_secs(3);

/// Something that is measured: its name, its path, how often in a call, and with how many bytes.
type Row = (&'static str, &'static str, u32, u32);

/// The measure.
const PLAIN: Row = ("plain computation", "/plain", 20_000, 0);

const ROWS: [Row; 29] = [
    ("kv.get, 16 bytes", "/kv-get", 2_000, 16),
    ("kv.get, 4 KiB", "/kv-get", 1_000, 4096),
    ("kv.set, 16 bytes", "/kv-set", 2_000, 16),
    ("kv.set, 4 KiB", "/kv-set", 500, 4096),
    ("kv.get-many, 64 of 16 bytes", "/kv-get-many", 100, 16),
    ("kv.scan, 64 of 16 bytes", "/kv-scan", 100, 16),
    ("kv.delete", "/kv-delete", 2_000, 16),
    ("kv.swap, 16 bytes", "/kv-swap", 2_000, 16),
    ("sql.query, one row of 16 bytes", "/sql-query", 500, 16),
    ("sql.execute, one row of 16 bytes", "/sql-execute", 200, 16),
    ("crypto.public-key, ed25519", "/public-key", 200, 0),
    ("crypto.sign, ed25519, 32 bytes", "/sign", 200, 32),
    ("crypto.sign, ed25519, 64 KiB", "/sign", 50, 65_536),
    ("crypto.verify, ed25519, 32 bytes", "/verify", 200, 32),
    ("crypto.encryption-key", "/encryption-key", 200, 0),
    ("crypto.derive, 32 bytes", "/derive", 2_000, 0),
    ("random.seeded, 32 bytes", "/seeded", 2_000, 32),
    ("random.seeded, 4 KiB", "/seeded", 300, 4096),
    ("random.bytes, 32 bytes", "/random", 5_000, 32),
    ("random.bytes, 4 KiB", "/random", 1_000, 4096),
    ("log.write, 64 bytes", "/log", 5_000, 64),
    ("log.write, 4 KiB", "/log", 200, 4096),
    ("env.get", "/context", 2_000, 0),
    ("chain.storage, one key", "/chain", 20, 0),
    ("schedule.at", "/schedule", 100, 0),
    ("objects, one of 64 KiB written", "/object-write", 8, 65_536),
    ("objects.read, 64 KiB", "/object-read", 50, 65_536),
    ("objects.stat", "/object-stat", 500, 0),
    ("http.open and http.close, plain, on loopback", "/http", 100, 0),
];

/// What one thing took, each time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    fuel: f64,
    nanoseconds: f64,
}

impl Cost {
    fn each_unit(self) -> f64 {
        self.nanoseconds / self.fuel.max(1.0)
    }
}

/// Starts a network, measures, and prints the table, of the functions whose names begin like one of these; of all where
/// there is none.
pub fn measure(functions: &[String]) -> Result<()> {
    let rows: Vec<Row> = ROWS.into_iter().filter(|(name, ..)| chosen(name, functions)).collect();
    ensure!(!rows.is_empty(), "nothing that is measured begins like this");
    let folder = tempfile::tempdir()?;
    let network = Network::start(&crate::programs()?, folder.path())?;
    let port = answers()?;
    let contract = deploy(&network, folder.path(), port)?;
    let client = network::client(&folder.path().join("home"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    let worker = process::of(&network, "adyton-worker")?;
    runtime.block_on(Measured { client: &client, contract, worker, port }.table(&rows))?;
    network.stop()
}

fn chosen(name: &str, functions: &[String]) -> bool {
    functions.is_empty() || functions.iter().any(|begins| name.starts_with(begins))
}

/// A server on this machine that answers everything with the same byte; its port.
pub fn answers() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("a free port")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, Router::new().fallback(get(async || "0"))).await
        })
    });
    Ok(port)
}

struct Measured<'a> {
    client: &'a Client,
    contract: ContractId,
    worker: u32,
    port: u16,
}

impl Measured<'_> {
    async fn table(&self, rows: &[Row]) -> Result<()> {
        let (name, path, times, bytes) = PLAIN;
        // What a call takes that does nothing.
        let (nothing, calls, _) = self.calls(path, 0, bytes).await?;
        let base = nothing.as_secs_f64() * 1e9 / f64::from(calls);
        println!("{:<46} {:>12} {:>12} {:>12} {:>7}", "each", "fuel", "CPU ns", "by its time", "ratio");
        let plain = self.cost(path, (times, bytes), base).await?;
        print(name, plain, plain);
        println!(
            "{:<46} {:>12} {base:>12.0} {:>12.0}",
            "a sealed call that does nothing",
            "",
            base / plain.each_unit()
        );
        for &(name, path, times, bytes) in rows {
            self.call("/prepare", 0, bytes.min(65_536)).await?;
            print(name, self.cost(path, (times, bytes), base).await?, plain);
        }
        Ok(())
    }

    async fn cost(&self, path: &str, (times, bytes): (u32, u32), base: f64) -> Result<Cost> {
        let (took, calls, fuel) = self.calls(path, times, bytes).await?;
        let all = f64::from(calls) * f64::from(times);
        let nanoseconds = took.as_secs_f64() * 1e9 - base * f64::from(calls);
        Ok(Cost { fuel: fuel as f64 / all, nanoseconds: nanoseconds.max(0.0) / all })
    }

    /// Calls again and again: the worker's processor time, how many calls, and their fuel.
    async fn calls(&self, path: &str, times: u32, bytes: u32) -> Result<(Duration, u32, u64)> {
        self.call(path, times, bytes).await?;
        let (before, started) = (process::processor_time(self.worker)?, Instant::now());
        let (mut calls, mut fuel) = (0_u32, 0_u64);
        while started.elapsed() < LONG {
            let content = self.call(path, times, bytes).await?;
            let used: u64 = std::str::from_utf8(&content)?.trim().parse().context("the fuel that was used")?;
            (calls, fuel) = (calls.saturating_add(1), fuel.saturating_add(used));
        }
        Ok((process::processor_time(self.worker)?.saturating_sub(before), calls, fuel))
    }

    async fn call(&self, path: &str, times: u32, bytes: u32) -> Result<Vec<u8>> {
        let path = format!("{path}?times={times}&bytes={bytes}&port={}", self.port);
        let answer = self.client.call(&self.contract, &Request::post(&path, "")?, None).await?;
        let response = answer.response();
        let said = String::from_utf8_lossy(&response.content);
        ensure!(response.status == 200, "{path}: the contract answered {}: {said}", response.status);
        Ok(response.content.clone())
    }
}

fn print(name: &str, cost: Cost, plain: Cost) {
    let by_time = cost.nanoseconds / plain.each_unit();
    let ratio = cost.each_unit() / plain.each_unit();
    println!("{name:<46} {:>12.0} {:>12.0} {by_time:>12.0} {ratio:>7.2}", cost.fuel, cost.nanoseconds);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_takes_its_part_of_the_time() {
        assert_eq!(Cost { fuel: 2_000.0, nanoseconds: 1_000.0 }.each_unit(), 0.5);
        assert_eq!(Cost { fuel: 0.0, nanoseconds: 7.0 }.each_unit(), 7.0, "nothing is divided by nothing");
    }

    #[test]
    fn functions_are_chosen_by_how_they_begin() {
        let begins = ["kv.".to_owned(), "sql.query".to_owned()];
        let of = |functions: &[String]| ROWS.iter().filter(|(name, ..)| chosen(name, functions)).count();
        assert_eq!((of(&[]), of(&begins), of(&["nothing".to_owned()])), (ROWS.len(), 9, 0));
    }

    #[test]
    fn the_server_on_this_machine_answers() {
        use std::io::{Read as _, Write as _};

        let mut stream = std::net::TcpStream::connect(("127.0.0.1", answers().expect("listens"))).expect("connects");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").expect("asks");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with('0'), "{answer}");
    }
}
