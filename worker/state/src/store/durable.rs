//! Waiting until what was written is on disk: one flush for all who wait, and none for who waits alone.
//!
//! Whoever finds its write not yet durable flushes, at once and for everything written by then; whoever comes meanwhile
//! waits for that flush to end. Then all whom it was for go on at the same time, and one of the others flushes for all of
//! them, without waiting for anybody to go on. There is no timer. One who flushes and goes away before the end leaves
//! the flush to the others; one who panics over it leaves a store that has failed, and nobody waiting.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use slatedb::Db;
use tokio::sync::watch;

use crate::StateError;

/// How far the database's numbered writes are, and how far they are durable.
pub struct Durability {
    written: AtomicU64,
    /// Up to which number they are durable; sent anew whenever a flush has ended, however it did.
    durable: watch::Sender<u64>,
    /// Whether somebody flushes.
    flushing: AtomicBool,
    failure: OnceLock<Arc<StateError>>,
}

/// The one flush at a time, until it is dropped, which tells all who wait.
struct Flush<'a> {
    durability: &'a Durability,
    /// Up to which number what it flushed is durable; 0 before it is.
    reached: u64,
}

impl Durability {
    /// Everything up to `number` is durable.
    pub fn up_to(number: u64) -> Self {
        Self {
            written: AtomicU64::new(number),
            durable: watch::Sender::new(number),
            flushing: AtomicBool::new(false),
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
        if self.reaches(number) {
            return Ok(());
        }
        let mut ended = self.durable.subscribe();
        loop {
            // What is sent from here on is not missed below.
            if *ended.borrow_and_update() >= number {
                return Ok(());
            }
            self.check()?;
            if let Some(mut flush) = Flush::begin(self) {
                // One may have ended before this one began.
                if self.reaches(number) {
                    return Ok(());
                }
                self.check()?;
                // Who has seen a write may be here before whoever wrote it has noted that.
                let covered = self.written().max(number);
                db.flush().await.map_err(|error| self.fail(error.into()))?;
                flush.reached = covered;
                return Ok(());
            }
            if ended.changed().await.is_err() {
                return Err(StateError::Closed);
            }
        }
    }

    fn reaches(&self, number: u64) -> bool {
        *self.durable.borrow() >= number
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

    /// Records that what was begun ended in the middle, from which on nothing is done any more.
    pub fn give_up(&self, what: &'static str) {
        self.fail(StateError::Storage(Arc::new(io::Error::other(what))));
    }

    /// Records a failed write or flush, from which on nothing is done any more. Gives the failure back.
    pub fn fail(&self, error: StateError) -> StateError {
        let _ = self.failure.set(Arc::new(error.clone()));
        error
    }
}

impl<'a> Flush<'a> {
    /// None while another one is under way.
    fn begin(durability: &'a Durability) -> Option<Self> {
        let begun = durability.flushing.compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire);
        // One that did not begin must not be dropped either.
        begun.is_ok().then(|| Self { durability, reached: 0 })
    }
}

impl Drop for Flush<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.durability.give_up("a flush panicked");
        }
        // At once: whoever is told may flush, and whoever may flush sees how far this one came.
        self.durability.durable.send_modify(|durable| {
            *durable = self.reached.max(*durable);
            self.durability.flushing.store(false, Ordering::Release);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flushes_at_a_time_and_the_next_may_however_it_ended() {
        let durability = Durability::up_to(0);
        let first = Flush::begin(&durability).expect("nobody flushes");
        assert!(Flush::begin(&durability).is_none() && Flush::begin(&durability).is_none());
        drop(first);
        assert!(!durability.reaches(1), "it was given up");
        let mut second = Flush::begin(&durability).expect("nobody flushes");
        second.reached = 5;
        drop(second);
        assert!(durability.reaches(5) && !durability.reaches(6));
        drop(Flush::begin(&durability).expect("nobody flushes"));
        assert!(durability.reaches(5), "what is durable stays so");
    }

    #[test]
    fn whoever_may_flush_sees_how_far_the_one_before_came() {
        let (durability, newest) = (Durability::up_to(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        let Some(mut flush) = Flush::begin(&durability) else { continue };
                        let last = newest.fetch_add(1, Ordering::SeqCst);
                        assert!(durability.reaches(last), "{last}");
                        flush.reached = last + 1;
                    }
                });
            }
        });
        assert!(durability.reaches(newest.load(Ordering::SeqCst)));
    }

    fn panics(_under_way: Flush<'_>) {
        panic!("in the middle of a flush, for a test");
    }

    #[test]
    fn one_who_panics_while_it_flushes_leaves_a_failed_store_and_one_who_goes_away_does_not() {
        let durability = Durability::up_to(0);
        drop(Flush::begin(&durability).expect("nobody flushes"));
        assert!(durability.check().is_ok());
        let ended = durability.durable.subscribe();
        let panicked =
            thread::scope(|scope| scope.spawn(|| panics(Flush::begin(&durability).expect("nobody flushes"))).join());
        assert!(panicked.is_err() && ended.has_changed().expect("there is a sender"));
        assert!(matches!(durability.check(), Err(StateError::Poisoned(_))));
        assert!(Flush::begin(&durability).is_some());
    }

    #[tokio::test]
    async fn whoever_waits_is_told_of_every_end() {
        let durability = Durability::up_to(0);
        let mut ended = durability.durable.subscribe();
        drop(Flush::begin(&durability).expect("nobody flushes"));
        assert!(ended.has_changed().expect("there is a sender"));
        ended.mark_unchanged();
        let mut flush = Flush::begin(&durability).expect("nobody flushes");
        assert!(!ended.has_changed().expect("there is a sender"));
        flush.reached = 1;
        drop(flush);
        assert_eq!(*ended.wait_for(|durable| *durable >= 1).await.expect("there is a sender"), 1);
    }
}
