//! What schedules and messages have in common: open contracts are looked at with each new view, and what ran lately is
//! remembered for a contract's owner.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    contract::Contract,
    error::Refusal,
    stop::told,
    view::View,
    worker::{Slot, Worker},
};

/// How often is looked without a new view: for what found no room.
const EVERY: Duration = Duration::from_secs(1);
/// The most runs of a contract that are remembered.
const MAX_RUNS: usize = 100;

/// How a run came to its end.
pub enum Finished {
    /// The contract answered with this status, which is committed.
    Answered(u16),
    /// There is no answer, and nothing was committed.
    Failed(Refusal),
    /// What it was for is there no more: it is over already, or was removed or set anew.
    Gone,
}

/// The newest runs of this boot.
pub struct Recent<R>(Mutex<VecDeque<R>>);

impl<R> Default for Recent<R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<R: Clone> Recent<R> {
    /// Remembers `run`, and forgets the oldest where there are too many.
    pub fn note(&self, run: R) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push_back(run);
        if runs.len() > MAX_RUNS {
            runs.pop_front();
        }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<R> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Makes the looks that `begin` gives for the open contracts, with each new view and now and then without, until `stop`
/// says so; comes back when those under way have ended.
pub async fn with_each_view<L>(
    worker: &Worker,
    mut stop: watch::Receiver<bool>,
    begin: impl Fn(&View, Arc<Contract>) -> Option<L>,
) where
    L: Future<Output = ()> + Send + 'static,
{
    let mut views = worker.view.subscribe();
    let mut looks = JoinSet::new();
    loop {
        tokio::select! {
            () = told(&mut stop) => break,
            _changed = timeout(EVERY, views.changed()) => {}
        }
        while looks.try_join_next().is_some() {}
        let Some(view) = views.borrow_and_update().clone() else { continue };
        for (_, slot) in worker.slots() {
            let Slot::Ready(contract) = slot else { continue };
            if let Some(look) = begin(&view, contract) {
                looks.spawn(look);
            }
        }
    }
    while looks.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_runs_are_remembered() {
        let runs = Recent::default();
        for run in 0..MAX_RUNS + 5 {
            runs.note(run);
        }
        assert_eq!(runs.all(), (5..MAX_RUNS + 5).collect::<Vec<_>>());
    }
}
