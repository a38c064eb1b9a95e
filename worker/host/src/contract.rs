//! A contract that is open on this worker: compiled, its store open, its keys in memory.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use adyton_engine::{Level, LogLine, Module};
use adyton_keys::ContractSecrets;
use adyton_protocol::{
    ids::{AccountId, CodeHash, ContractId, Digest},
    manifest::Manifest,
};
use adyton_state::Store;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::{idle::Held, lifecycle::Life, messages::Inbox, schedule::Watch, turns::Turns, watches::Watching};

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
    /// Bytes of the contents of its calls that are being answered, as many as one contract may have of what the worker
    /// holds.
    pub content: Semaphore,
    /// Whether its calls run beside each other.
    pub turns: Turns,
    /// What it wrote to its log.
    pub logs: Mutex<Logs>,
    /// The latest time that a call had, or by which ended entries were removed, Unix milliseconds.
    pub latest_ms: AtomicU64,
    /// When its schedule is looked at next, and what ran.
    pub schedule: Watch,
    /// What accounts sent to it on the chain, and what ran.
    pub inbox: Inbox,
    /// How far the values that it watches were looked at.
    pub watching: Watching,
    /// Whether its code is ready to answer.
    pub life: Life,
}

impl Contract {
    /// The time of a call that begins at `now_ms` by its view: no earlier than that of one before, or what has ended
    /// could be seen once more where a newer view lags behind an older one.
    pub fn now_ms(&self, now_ms: u64) -> u64 {
        self.latest_ms.fetch_max(now_ms, Ordering::Relaxed).max(now_ms)
    }

    /// Tells the contract's owner that what nobody called for failed: nobody else learns of it. The text may have the
    /// contract's own words.
    pub fn log_failure(&self, at_ms: u64, text: &str) {
        let message = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
        if let Ok(mut book) = self.logs.lock() {
            book.append(at_ms, vec![LogLine { level: Level::Error, message }]);
        }
    }
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
                Level::Trace => "trace",
                Level::Debug => "debug",
                Level::Info => "info",
                Level::Warn => "warn",
                Level::Error => "error",
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
pub mod tests {
    use adyton_admission::counter;
    use adyton_engine::Engine;
    use adyton_keys::Gathering;
    use adyton_protocol::{
        ids::{NetworkId, WorkerId},
        key_label::Purpose,
    };
    use adyton_threshold::{
        deal_insecure_single,
        release::{RecipientSecret, ReleaseBinding},
    };
    use rand_core::OsRng;

    use super::*;
    use crate::{
        code::tests::component,
        road,
        view::tests::{CONTRACT, WORKER},
    };

    /// The account that owns what [`open`] opens.
    pub const OWNER: AccountId = AccountId([4; 32]);

    /// [`CONTRACT`], open under the lease that the views of the tests show, in its first incarnation, with a store in
    /// memory.
    pub async fn open(engine: &Engine, manifest: Manifest) -> Contract {
        let module = engine.compile(&component(), &manifest).expect("it compiles");
        Contract {
            id: CONTRACT,
            owner: OWNER,
            code: module.code(),
            version: 1,
            manifest_digest: manifest.digest(),
            store: road::answer::tests::store_of(manifest.limits.storage, manifest.disputable).await,
            manifest,
            lease: 7,
            incarnation: 1,
            module: Held::new(module, counter()),
            secrets: Arc::new(secrets()),
            inside: Semaphore::new(1),
            content: Semaphore::new(1 << 20),
            turns: Default::default(),
            logs: Default::default(),
            latest_ms: Default::default(),
            schedule: Default::default(),
            inbox: Default::default(),
            watching: Default::default(),
            life: Default::default(),
        }
    }

    #[tokio::test]
    async fn a_calls_time_is_never_before_that_of_an_earlier_one() {
        let contract = open(&crate::code::tests::engine(), crate::code::tests::manifest()).await;
        assert_eq!([100, 90, 110, 109].map(|now_ms| contract.now_ms(now_ms)), [100, 100, 110, 110]);
    }

    /// Keys as a committee of one releases them.
    fn secrets() -> ContractSecrets {
        let (group, share) = deal_insecure_single(&mut OsRng);
        let boot = RecipientSecret::derive(&[8; 32]);
        let binding = ReleaseBinding {
            network: NetworkId([1; 32]),
            contract: CONTRACT,
            epoch: 0,
            worker: WORKER,
            statement: Digest([5; 32]),
            requested_at: 1,
            keyholder: WorkerId([9; 32]),
        };
        let partials = Purpose::ALL.map(|purpose| (purpose, share.evaluate(&binding.label(purpose))));
        let answer = binding.seal(&boot.public(), &partials).expect("seals");
        let mut gathering = Gathering::new(group);
        gathering.add(&binding, &boot, &answer).expect("opens");
        gathering.finish(&binding).expect("joins")
    }

    #[test]
    fn logs_keep_the_newest_lines_and_their_numbers() {
        let mut logs = Logs::default();
        let line = || LogLine { level: Level::Info, message: "x".into() };
        logs.append(1, (0..MAX_LOG_LINES + 10).map(|_| line()).collect());
        let first = logs.from(0, 1);
        assert_eq!(first[0].number, 10);
        assert_eq!(logs.from(MAX_LOG_LINES as u64 + 9, 10).len(), 1);
    }
}
