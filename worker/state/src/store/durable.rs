//! Waiting until what was written is on disk: one flush for all who wait, and none for who waits alone.
//!
//! Whoever finds its write not yet durable flushes, at once and for everything written by then; whoever
//! comes meanwhile waits for that flush to end, and one of them then flushes for all of them. There is no
//! timer.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use slatedb::Db;
use tokio::sync::Mutex;

use crate::StateError;

/// How far the database's numbered writes are, and how far they are durable.
pub struct Durability {
    written: AtomicU64,
    durable: AtomicU64,
    flushing: Mutex<()>,
    failure: OnceLock<Arc<StateError>>,
}

impl Durability {
    /// Everything up to `number` is durable.
    pub fn up_to(number: u64) -> Self {
        Self {
            written: AtomicU64::new(number),
            durable: AtomicU64::new(number),
            flushing: Mutex::new(()),
            failure: OnceLock::new(),
        }
    }

    /// Notes that the database has taken the write with this number.
    pub fn wrote(&self, number: u64) {
        self.written.fetch_max(number, Ordering::AcqRel);
    }

    /// The number of the newest write that the database has taken.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Returns when the write with this number, and with it every earlier one, is durable.
    pub async fn wait(&self, db: &Db, number: u64) -> Result<(), StateError> {
        if self.durable.load(Ordering::Acquire) >= number {
            return Ok(());
        }
        let _flushing = self.flushing.lock().await;
        if self.durable.load(Ordering::Acquire) >= number {
            return Ok(());
        }
        self.check()?;
        let covered = self.written.load(Ordering::Acquire);
        db.flush().await.map_err(|error| self.fail(error.into()))?;
        self.durable.fetch_max(covered, Ordering::AcqRel);
        Ok(())
    }

    /// Refuses if the store has failed before: then what is in memory and what is on disk may differ, and
    /// nobody may be shown either until it was opened anew.
    pub fn check(&self) -> Result<(), StateError> {
        let Some(failure) = self.failure.get() else { return Ok(()) };
        match **failure {
            StateError::Fenced => Err(StateError::Fenced),
            _ => Err(StateError::Poisoned(Arc::clone(failure))),
        }
    }

    /// Records a failed write or flush, from which on nothing is done any more. Gives the failure back.
    pub fn fail(&self, error: StateError) -> StateError {
        let _ = self.failure.set(Arc::new(error.clone()));
        error
    }
}
