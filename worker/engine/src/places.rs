//! Places for calls: how many run at once, who gets the next one, and how long a call waits for it.
//!
//! A place stands for the memory that a running call may take. Contracts share places by the time for which they have
//! them ([`crate::queue`]), whether their calls compute, wait for a slow server or are given up. Each has at most its
//! own number of them, and some are kept for contracts of which nothing runs: whatever one contract's callers do, there
//! is a place for the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use adyton_protocol::ids::ContractId;
use tokio::sync::oneshot;

use crate::{
    error::CallError,
    queue::{Asked, Queue, Rules, Ticket},
};

/// All places.
pub(crate) struct Places {
    state: Mutex<State>,
    patience: Duration,
}

struct State {
    queue: Queue<ContractId>,
    waiting: HashMap<Ticket, oneshot::Sender<()>>,
}

/// How a place is asked for.
type Ask = fn(&mut Queue<ContractId>, ContractId) -> Asked;

/// One place, for one contract, until it is dropped. How long that was is what the contract's next calls wait for.
pub struct Place {
    places: Arc<Places>,
    contract: ContractId,
    ticket: Ticket,
    since: Instant,
}

impl Places {
    /// Places under `rules`. Who waits longer than `patience` is turned away.
    pub(crate) fn new(rules: Rules, patience: Duration) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { queue: Queue::new(rules), waiting: HashMap::new() }), patience })
    }

    /// A place for a call of `contract`.
    pub(crate) async fn take(self: &Arc<Self>, contract: ContractId) -> Result<Place, CallError> {
        self.wait(contract, Queue::ask).await
    }

    /// The next place of `contract`, before all of its calls that wait.
    pub(crate) async fn take_first(self: &Arc<Self>, contract: ContractId) -> Result<Place, CallError> {
        self.wait(contract, Queue::ask_first).await
    }

    async fn wait(self: &Arc<Self>, contract: ContractId, ask: Ask) -> Result<Place, CallError> {
        let (ticket, begun) = self.ask(contract, ask)?;
        // From here on, whatever happens to this future, dropping the place gives back what it had or waited for.
        let mut place = Place { places: self.clone(), contract, ticket, since: Instant::now() };
        let Some(begun) = begun else { return Ok(place) };
        match tokio::time::timeout(self.patience, begun).await {
            Ok(Ok(())) => {
                place.since = Instant::now();
                Ok(place)
            }
            Ok(Err(_)) | Err(_) => Err(CallError::Busy),
        }
    }

    fn ask(&self, contract: ContractId, ask: Ask) -> Result<(Ticket, Option<oneshot::Receiver<()>>), CallError> {
        let mut state = self.state();
        match ask(&mut state.queue, contract) {
            Asked::Begins(ticket) => Ok((ticket, None)),
            Asked::Waits(ticket) => {
                let (begin, begun) = oneshot::channel();
                state.waiting.insert(ticket, begin);
                Ok((ticket, Some(begun)))
            }
            Asked::Full => Err(CallError::Busy),
        }
    }

    fn give_back(&self, contract: ContractId, ticket: Ticket, held: Duration) {
        let mut state = self.state();
        state.waiting.remove(&ticket);
        let held = u64::try_from(held.as_nanos()).unwrap_or(u64::MAX);
        for next in state.queue.give_back(contract, ticket, held).into_iter().flatten() {
            if let Some(begin) = state.waiting.remove(&next) {
                // Who is gone gives the place back in turn.
                let _ = begin.send(());
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whose it is.
    pub(crate) fn contract(&self) -> ContractId {
        self.contract
    }

    /// For how long it has had it.
    pub(crate) fn held(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(self.contract, self.ticket, self.held());
    }
}

#[cfg(test)]
mod tests {
    use futures::poll;

    use super::*;

    const A: ContractId = ContractId([1; 32]);
    const B: ContractId = ContractId([2; 32]);

    fn places(places: usize) -> Arc<Places> {
        let rules = Rules { places, places_each: places, reserved: 0, waiting: 4, waiting_each: 2, first_cost: 1 };
        Places::new(rules, Duration::from_millis(50))
    }

    #[tokio::test]
    async fn a_place_that_is_given_back_goes_to_who_waits() {
        let places = places(1);
        let place = places.take(A).await.expect("a free place");
        let mut next = std::pin::pin!(places.take(B));
        assert!(poll!(&mut next).is_pending());
        drop(place);
        assert_eq!(next.await.expect("the place").contract(), B);
    }

    #[tokio::test]
    async fn who_waits_too_long_is_turned_away_and_leaves_nothing_behind() {
        let places = places(1);
        let place = places.take(A).await.expect("a free place");
        assert!(matches!(places.take(B).await, Err(CallError::Busy)));
        drop(place);
        drop(places.take(A).await.expect("it is free again"));
        assert!(places.state().waiting.is_empty());
    }

    #[tokio::test]
    async fn who_finds_too_many_waiting_is_turned_away_at_once() {
        let places = places(1);
        let _place = places.take(A).await.expect("a free place");
        let mut first = std::pin::pin!(places.take(A));
        let mut second = std::pin::pin!(places.take(A));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        let started = tokio::time::Instant::now();
        assert!(matches!(places.take(A).await, Err(CallError::Busy)));
        assert!(started.elapsed() < Duration::from_millis(40));
    }

    #[tokio::test]
    async fn who_takes_the_next_place_is_not_turned_away_where_too_many_wait() {
        let places = places(1);
        let place = places.take(A).await.expect("a free place");
        let mut first = std::pin::pin!(places.take(A));
        let mut second = std::pin::pin!(places.take(A));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        let mut next = std::pin::pin!(places.take_first(A));
        assert!(poll!(&mut next).is_pending());
        drop(place);
        let next = next.await.expect("the place");
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        drop(next);
        first.await.expect("the place");
    }

    #[tokio::test]
    async fn who_gives_up_waiting_keeps_no_place() {
        let places = places(1);
        let place = places.take(A).await.expect("a free place");
        {
            let mut gone = std::pin::pin!(places.take(B));
            assert!(poll!(&mut gone).is_pending());
            // Its turn comes at the moment at which it is given up.
            drop(place);
        }
        drop(places.take(A).await.expect("a free place"));
    }
}
