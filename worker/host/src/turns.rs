//! Turns of one contract's calls: beside each other, because most touch different keys; one after the other, where
//! that would only make most of them run twice.
//!
//! A call whose read was overtaken runs again, alone. Where many callers change the same key at once, all but one of
//! those that run beside each other are overtaken. The score notices: as long as more than two of three are, calls run
//! alone at once. Now and then some run beside each other again and show whether that still holds. A call that lasts
//! long, because it waits for others' servers, would keep everybody waiting: it puts an end to that at once. A turn ends
//! when the call's commit can be seen by the next one, and not when it is durable: calls that run alone share flushes,
//! too.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{RwLock, RwLockReadGuard};

/// From here on calls run alone at once.
const CROWDED: u32 = 512;
/// The highest score: so many calls less [`CROWDED`] run alone before some are tried beside each other.
const HIGHEST: u32 = 1024;
/// What a call adds that was overtaken beside others.
const OVERTAKEN: u32 = 32;
/// What a call takes away that was not: twice as much, so that a third of such calls is enough.
const UNDISTURBED: u32 = 64;
/// A call that ran for longer is not to run alone while it was not overtaken.
const LONG: Duration = Duration::from_millis(50);

/// The turns of one contract.
#[derive(Default)]
pub struct Turns {
    lock: Arc<RwLock<()>>,
    under_way: RwLock<()>,
    score: AtomicU32,
}

/// A turn, until it is dropped.
pub struct Turn {
    beside: bool,
    _held: Box<dyn Send>,
}

impl Turn {
    /// Whether others run beside it.
    pub fn is_beside(&self) -> bool {
        self.beside
    }
}

impl Turns {
    /// A turn for a call that was not tried before.
    pub async fn take(&self) -> Turn {
        let score = self.score.load(Ordering::Relaxed);
        if score < CROWDED {
            return self.beside().await;
        }
        // Towards trying it again. What is lost where two do this at the same moment does not matter.
        self.score.store(score - 1, Ordering::Relaxed);
        self.alone().await
    }

    /// A turn beside others.
    pub async fn beside(&self) -> Turn {
        Turn { beside: true, _held: Box::new(Arc::clone(&self.lock).read_owned().await) }
    }

    /// A turn with nobody beside it.
    pub async fn alone(&self) -> Turn {
        Turn { beside: false, _held: Box::new(Arc::clone(&self.lock).write_owned().await) }
    }

    /// Held from within a turn until its commit has been noted, which is after the turn: see [`Turns::ended`].
    pub async fn under_way(&self) -> RwLockReadGuard<'_, ()> {
        self.under_way.read().await
    }

    /// With a turn alone: returns when the commits of earlier turns have been noted.
    pub async fn ended(&self) {
        drop(self.under_way.write().await);
    }

    /// Notes whether a call that ran beside others was overtaken.
    pub fn note(&self, overtaken: bool) {
        let score = self.score.load(Ordering::Relaxed);
        let score = if overtaken { (score + OVERTAKEN).min(HIGHEST) } else { score.saturating_sub(UNDISTURBED) };
        self.score.store(score, Ordering::Relaxed);
    }

    /// Notes for how long a call ran.
    pub fn lasted(&self, time: Duration) {
        if time > LONG {
            self.score.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    async fn is_alone(turns: &Turns) -> bool {
        !turns.take().await.is_beside()
    }

    fn repeat(times: u32, mut what: impl FnMut()) {
        (0..times).for_each(|_| what());
    }

    #[tokio::test]
    async fn calls_run_beside_each_other_and_one_alone_waits_for_all() {
        let turns = Turns::default();
        let (one, two) = (turns.take().await, turns.take().await);
        assert!(one.is_beside() && two.is_beside());
        drop(one);
        assert!(turns.alone().now_or_never().is_none());
        drop(two);
        let alone = turns.alone().now_or_never();
        assert!(alone.is_some() && turns.take().now_or_never().is_none());
    }

    #[tokio::test]
    async fn where_most_calls_are_overtaken_they_run_alone_at_once() {
        let turns = Turns::default();
        repeat(40, || {
            turns.note(false);
            repeat(5, || turns.note(true));
        });
        assert!(is_alone(&turns).await);
    }

    #[tokio::test]
    async fn where_a_third_is_not_overtaken_they_run_beside_each_other() {
        let turns = Turns::default();
        repeat(400, || {
            repeat(2, || turns.note(true));
            turns.note(false);
        });
        assert!(!is_alone(&turns).await);
    }

    #[tokio::test]
    async fn calls_that_run_alone_are_tried_beside_each_other_again_after_a_while() {
        let turns = Turns::default();
        repeat(1000, || turns.note(true));
        let mut alone = 0;
        while is_alone(&turns).await {
            alone += 1;
        }
        assert_eq!(alone, HIGHEST - CROWDED + 1);
        assert!(!is_alone(&turns).await, "it stays so until one is overtaken");
        turns.note(true);
        assert!(is_alone(&turns).await);
    }

    #[tokio::test]
    async fn a_call_that_lasts_long_makes_nobody_wait_for_the_next_one() {
        let turns = Turns::default();
        repeat(1000, || turns.note(true));
        turns.lasted(LONG);
        assert!(is_alone(&turns).await);
        turns.lasted(LONG + Duration::from_millis(1));
        assert!(!is_alone(&turns).await);
    }
}
