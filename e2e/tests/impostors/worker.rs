//! A worker that a test starts: the network's own worker's configuration, with changes.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use adyton_e2e::{tell, wait};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;

use super::{PATIENCE, Stage};

/// It ends with the test.
pub struct Worker {
    pub url: String,
    log: PathBuf,
    process: Child,
}

impl Worker {
    /// Starts one, with these texts of the configuration replaced, and waits until it offers its evidence.
    pub fn start(stage: &Stage, name: &str, changes: &[(&str, &str)]) -> Result<Self> {
        let port = free_port()?;
        let first = stage.network.url("worker")?.trim_start_matches("http://").to_owned();
        let own = format!("127.0.0.1:{port}");
        let mut config = fs::read_to_string(stage.network.data().join("worker/config.toml"))?;
        for (from, to) in changes.iter().copied().chain([(first.as_str(), own.as_str())]) {
            ensure!(config.contains(from), "the configuration has no '{from}':\n{config}");
            config = config.replace(from, to);
        }
        let (path, log) = (stage.folder.join(format!("{name}.toml")), stage.folder.join(format!("{name}.log")));
        fs::write(&path, config)?;
        let output = fs::File::create(&log)?;
        let process = Command::new(stage.network.programs().join("adyton-worker"))
            .arg("--config")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let worker = Self { url: format!("http://{own}"), log, process };
        wait(PATIENCE, || stage.offer(&worker.url)).with_context(|| worker.said())?;
        Ok(worker)
    }

    /// Tells it to end, and waits until it has.
    pub fn stop(&self) -> Result<()> {
        tell(&self.process, Signal::TERM)?;
        // It is its parent's to wait for: one that has ended has no command line any more.
        let line = format!("/proc/{}/cmdline", self.process.id());
        wait(PATIENCE, || {
            ensure!(fs::read(&line).is_ok_and(|line| line.is_empty()), "it does not end");
            Ok(())
        })
    }

    /// Its log.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A port that is free now, that no other worker of these tests gets, and that the system gives to nobody's outgoing
/// connection meanwhile.
fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(21_000);
    let next = || Some(NEXT.fetch_add(1, Ordering::Relaxed)).filter(|port| *port < 22_000);
    let mut ports = std::iter::from_fn(next);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).context("no port is free")
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Stage {
    /// What the program at `url` offers to its operator.
    pub fn offer(&self, url: &str) -> Result<Value> {
        self.runtime.block_on(async {
            let answer = self.http.get(format!("{url}/v1/registration")).send().await?;
            Ok(answer.error_for_status()?.json().await?)
        })
    }
}
