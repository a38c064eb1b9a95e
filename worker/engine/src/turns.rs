//! Turns on the processor: calls that compute do so in slices, and contracts share them by time ([`crate::queue`]).
//!
//! A call's future gives the processor back after every `YIELD_INTERVAL` of fuel, and whenever it waits for something.
//! A runtime would let whatever is ready run in the order in which it became ready, so that a contract with sixteen
//! calls had sixteen times another one's share. Here, what is ready asks for a turn, there are as many turns as
//! processors, and a task is woken only when it is its call's turn. A call that waits for the network has none.
//!
//! Whose future is woken has to poll it, as every task does: a future that is kept and not polled keeps its turn.

use std::{
    cell::Cell,
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::Instant,
};

use adyton_protocol::ids::ContractId;

use crate::queue::{Asked, Queue, Rules, Ticket};

/// Nanoseconds that a slice counts until one of its contract has ended.
const FIRST_SLICE: u64 = 100_000;

thread_local! {
    /// Whether this thread is within a turn: a call within a call shares it, or the two would wait for each other.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// All turns.
pub(crate) struct Turns {
    state: Mutex<State>,
}

struct State {
    queue: Queue<ContractId>,
    calls: HashMap<CallNumber, Standing>,
    /// Which call asked.
    asked: HashMap<Ticket, CallNumber>,
    next: CallNumber,
}

type CallNumber = u64;

struct Standing {
    contract: ContractId,
    phase: Phase,
    task: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Was never polled.
    New,
    /// Waits for something else than a turn.
    Asleep,
    /// Could go on, and waits for its turn.
    Waits(Ticket),
    /// It is its turn; its task is woken.
    Called(Ticket),
    /// Goes on at this moment.
    Runs(Ticket),
    /// Does, and could go on after that.
    RunsAgain(Ticket),
}

impl Turns {
    /// As many turns at once as there are `processors`.
    pub(crate) fn new(processors: usize) -> Arc<Self> {
        // Who waits here has a place, and places are bounded.
        let rules = Rules {
            places: processors.max(1),
            places_each: processors.max(1),
            reserved: 0,
            waiting: usize::MAX,
            waiting_each: usize::MAX,
            first_cost: FIRST_SLICE,
        };
        let state =
            State { queue: Queue::new(rules), calls: HashMap::new(), asked: HashMap::new(), next: CallNumber::MIN };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// `call`, which from now on runs only when it is its contract's turn.
    pub(crate) fn share<F: Future>(self: &Arc<Self>, contract: ContractId, call: F) -> Shared<F> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.calls.insert(number, Standing { contract, phase: Phase::New, task: None });
        drop(state);
        let ready = Arc::new(Ready { turns: self.clone(), number });
        Shared { call: Box::pin(call), waker: Waker::from(ready.clone()), ready }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells that a call could go on.
struct Ready {
    turns: Arc<Turns>,
    number: CallNumber,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let task = self.turns.state().could_go_on(self.number);
        wake(task);
    }
}

/// Outside of the lock: whoever is woken may ask at once.
fn wake(task: Option<Waker>) {
    if let Some(task) = task {
        task.wake();
    }
}

impl State {
    /// Asks for a turn for a call that sleeps, or remembers that one which runs wants another.
    fn could_go_on(&mut self, number: CallNumber) -> Option<Waker> {
        let standing = self.calls.get_mut(&number)?;
        match standing.phase {
            Phase::Asleep => self.ask(number),
            Phase::Runs(ticket) => {
                standing.phase = Phase::RunsAgain(ticket);
                None
            }
            // New ones ask when they are polled; the others have asked.
            Phase::New | Phase::Waits(_) | Phase::Called(_) | Phase::RunsAgain(_) => None,
        }
    }

    fn ask(&mut self, number: CallNumber) -> Option<Waker> {
        let standing = self.calls.get_mut(&number)?;
        match self.queue.ask(standing.contract) {
            Asked::Begins(ticket) => {
                standing.phase = Phase::Called(ticket);
                standing.task.clone()
            }
            Asked::Waits(ticket) => {
                standing.phase = Phase::Waits(ticket);
                self.asked.insert(ticket, number);
                None
            }
            // There is no bound to reach; a call that nobody wakes would only end with its time.
            Asked::Full => None,
        }
    }

    /// Whether the call, which its task polls, may go on now.
    fn begin(&mut self, number: CallNumber, task: &Waker) -> bool {
        if let Some(standing) = self.calls.get_mut(&number) {
            match &mut standing.task {
                Some(known) => known.clone_from(task),
                none => *none = Some(task.clone()),
            }
            if standing.phase == Phase::New {
                // Its task runs: it need not be woken.
                let _own = self.ask(number);
            }
        }
        let Some(standing) = self.calls.get_mut(&number) else { return false };
        let Phase::Called(ticket) = standing.phase else { return false };
        standing.phase = Phase::Runs(ticket);
        true
    }

    /// A slice that took `nanoseconds` is over; whose turn it is now.
    fn end(&mut self, number: CallNumber, nanoseconds: u64) -> [Option<Waker>; 3] {
        let Some(standing) = self.calls.get_mut(&number) else { return [None, None, None] };
        let contract = standing.contract;
        let (Phase::Runs(ticket) | Phase::RunsAgain(ticket)) = standing.phase else { return [None, None, None] };
        let again = standing.phase == Phase::RunsAgain(ticket);
        standing.phase = Phase::Asleep;
        // Before the turn is given back, so that it is chosen among all who want it.
        let own = if again { self.ask(number) } else { None };
        let [next, other] = self.queue.give_back(contract, ticket, nanoseconds);
        [own, next.and_then(|next| self.call(next)), other.and_then(|other| self.call(other))]
    }

    /// The call is over, or given up.
    fn leave(&mut self, number: CallNumber) -> [Option<Waker>; 2] {
        let Some(standing) = self.calls.remove(&number) else { return [None, None] };
        let ticket = match standing.phase {
            Phase::New | Phase::Asleep => return [None, None],
            Phase::Waits(ticket) | Phase::Called(ticket) | Phase::Runs(ticket) | Phase::RunsAgain(ticket) => ticket,
        };
        self.asked.remove(&ticket);
        self.queue.give_back(standing.contract, ticket, 0).map(|next| next.and_then(|next| self.call(next)))
    }

    /// It is the turn of who asked with `ticket`.
    fn call(&mut self, ticket: Ticket) -> Option<Waker> {
        let number = self.asked.remove(&ticket)?;
        let standing = self.calls.get_mut(&number)?;
        standing.phase = Phase::Called(ticket);
        standing.task.clone()
    }
}

/// A call that shares the processor; see [`Turns::share`].
pub(crate) struct Shared<F> {
    call: Pin<Box<F>>,
    waker: Waker,
    ready: Arc<Ready>,
}

impl<F: Future> Future for Shared<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        if WITHIN.get() {
            return this.call.as_mut().poll(context);
        }
        let (turns, number) = (&this.ready.turns, this.ready.number);
        if !turns.state().begin(number, context.waker()) {
            return Poll::Pending;
        }
        let started = Instant::now();
        let within = Within::enter();
        let polled = this.call.as_mut().poll(&mut Context::from_waker(&this.waker));
        drop(within);
        let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let tasks = turns.state().end(number, nanoseconds);
        tasks.into_iter().for_each(wake);
        polled
    }
}

impl<F> Drop for Shared<F> {
    fn drop(&mut self) {
        let tasks = self.ready.turns.state().leave(self.ready.number);
        tasks.into_iter().for_each(wake);
    }
}

/// Marks this thread as within a turn, until it is dropped: a call that panics leaves no mark.
struct Within;

impl Within {
    fn enter() -> Self {
        WITHIN.set(true);
        Self
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        WITHIN.set(false);
    }
}

#[cfg(test)]
mod tests;
