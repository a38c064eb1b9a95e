//! A contract that is open on this worker: compiled, its store open, its keys in memory.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use adyton_engine::{LogLine, Module};
use adyton_keys::ContractSecrets;
use adyton_protocol::{
    ids::{AccountId, CodeHash, ContractId, Digest},
    manifest::Manifest,
};
use adyton_state::Store;
use serde::Serialize;
use tokio::sync::{RwLock, Semaphore};

use crate::idle::Held;

/// The most log lines kept per contract; older ones give way.
const MAX_LOG_LINES: usize = 5000;

/// An open contract.
pub struct Contract {
    /// Its identifier.
    pub id: ContractId,
    /// Its owner.
    pub owner: AccountId,
    /// The code that runs.
    pub code: CodeHash,
    /// The code's version number.
    pub version: u32,
    /// What it may do.
    pub manifest: Manifest,
    /// The manifest's digest.
    pub manifest_digest: Digest,
    /// The lease under which it is open.
    pub lease: u64,
    /// The incarnation of its store.
    pub incarnation: u64,
    /// Its compiled code, while it is called.
    pub module: Held<Module>,
    /// Its state.
    pub store: Store,
    /// Its keys.
    pub secrets: Arc<ContractSecrets>,
    /// Calls that are being answered, as many as may run and wait; others are refused.
    pub inside: Semaphore,
    /// Calls share it; one whose read was overtaken runs again alone.
    pub turns: RwLock<()>,
    /// What it wrote to its log.
    pub logs: Mutex<Logs>,
}

/// A contract's log: the newest lines, in memory, for its owner.
#[derive(Debug, Default)]
pub struct Logs {
    next: u64,
    lines: VecDeque<StoredLine>,
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct StoredLine {
    /// Ascending without gaps.
    pub number: u64,
    /// The chain's time, Unix milliseconds.
    pub at_ms: u64,
    /// Its level.
    pub level: &'static str,
    /// The text.
    pub message: String,
}

impl Logs {
    /// Appends what a call wrote.
    pub fn append(&mut self, at_ms: u64, lines: Vec<LogLine>) {
        for line in lines {
            let level = match line.level {
                adyton_engine::Level::Trace => "trace",
                adyton_engine::Level::Debug => "debug",
                adyton_engine::Level::Info => "info",
                adyton_engine::Level::Warn => "warn",
                adyton_engine::Level::Error => "error",
            };
            self.lines.push_back(StoredLine { number: self.next, at_ms, level, message: line.message });
            self.next += 1;
            if self.lines.len() > MAX_LOG_LINES {
                self.lines.pop_front();
            }
        }
    }

    /// Lines from number `from` on, at most `limit`.
    pub fn from(&self, from: u64, limit: usize) -> Vec<StoredLine> {
        self.lines.iter().filter(|line| line.number >= from).take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_keep_the_newest_lines_and_their_numbers() {
        let mut logs = Logs::default();
        let line = || LogLine { level: adyton_engine::Level::Info, message: "x".into() };
        logs.append(1, (0..MAX_LOG_LINES + 10).map(|_| line()).collect());
        let first = logs.from(0, 1);
        assert_eq!(first[0].number, 10);
        assert_eq!(logs.from(MAX_LOG_LINES as u64 + 9, 10).len(), 1);
    }
}
