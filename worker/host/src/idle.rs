//! Compiled code of contracts that nobody calls takes no memory: it is dropped after a while and opened again from the
//! disk by the next call. The contract's store and keys stay.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adyton_admission::counter;

use crate::{
    code,
    worker::{Slot, Worker},
};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(10);

/// Something that is in memory while it is used, and some time after.
pub struct Held<T> {
    state: Mutex<State<T>>,
    /// Whoever makes it again has this; the others wait.
    pub loading: Arc<tokio::sync::Mutex<()>>,
}

struct State<T> {
    held: Option<T>,
    used: Duration,
}

impl<T: Clone> Held<T> {
    /// Holds `thing`, used `now`.
    pub fn new(thing: T, now: Duration) -> Self {
        Self { state: Mutex::new(State { held: Some(thing), used: now }), loading: Default::default() }
    }

    /// Holds nothing yet.
    pub fn empty(now: Duration) -> Self {
        Self { state: Mutex::new(State { held: None, used: now }), loading: Default::default() }
    }

    /// What is held, used `now`.
    pub fn take_up(&self, now: Duration) -> Option<T> {
        let mut state = self.state();
        state.used = now;
        state.held.clone()
    }

    /// Holds `thing` again, used `now`.
    pub fn put(&self, thing: T, now: Duration) {
        *self.state() = State { held: Some(thing), used: now };
    }

    /// What is held and was not used for longer than `after`.
    pub fn idle(&self, now: Duration, after: Duration) -> Option<T> {
        let state = self.state();
        if now.saturating_sub(state.used) > after { state.held.clone() } else { None }
    }

    /// Drops what was not used for longer than `after`; says whether there was something to drop. Who has taken it up
    /// keeps it.
    pub fn drop_idle(&self, now: Duration, after: Duration) -> bool {
        let mut state = self.state();
        now.saturating_sub(state.used) > after && state.held.take().is_some()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops idle contracts' code until the process ends.
pub async fn run(worker: Arc<Worker>) {
    let after = Duration::from_secs(worker.config.local.limits.idle_seconds);
    loop {
        tokio::time::sleep(EVERY).await;
        for (id, slot) in worker.slots() {
            let Slot::Ready(contract) = slot else { continue };
            let Some(module) = contract.module.idle(counter(), after) else { continue };
            if !code::keep(&worker, &contract, module).await {
                // It would have to be compiled again while a caller waits: it stays, and is looked at again later.
                contract.module.take_up(counter());
            } else if contract.module.drop_idle(counter(), after) {
                tracing::debug!(contract = %id, "nobody calls; its code is dropped from memory");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_used_now_and_then_stays() {
        let held = Held::new("code", at(0));
        for now in (5..100).step_by(5) {
            assert!(held.idle(at(now), at(5)).is_none() && !held.drop_idle(at(now), at(5)));
            assert_eq!(held.take_up(at(now)), Some("code"));
        }
    }

    #[test]
    fn what_nobody_uses_is_dropped_once_and_held_again_when_it_is_fetched() {
        let held = Held::new("code", at(0));
        assert!(!held.drop_idle(at(5), at(5)));
        assert_eq!(held.idle(at(6), at(5)), Some("code"));
        assert!(held.drop_idle(at(6), at(5)));
        assert!(!held.drop_idle(at(7), at(5)), "there is nothing left");
        assert_eq!(held.take_up(at(8)), None);
        held.put("code", at(8));
        assert_eq!(held.take_up(at(9)), Some("code"));
    }

    #[test]
    fn who_uses_it_keeps_it_while_it_is_dropped() {
        let held = Held::new(Arc::new("code"), at(0));
        let used = held.take_up(at(0)).expect("it is held");
        assert!(held.drop_idle(at(60), at(5)));
        assert_eq!(*used, "code");
    }
}
