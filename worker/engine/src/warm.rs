//! Instances that wait for the next call of their contract, where its manifest says `reuse`.
//!
//! An instance is offered only after an answer, and kept only when the worker says that what its call wrote is committed
//! ([`Kept::keep`]): nothing is remembered in it that never took effect. It serves calls of one contract, under one lease
//! and one manifest. There is room for so many of all contracts; who has waited longest makes room for others.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use adyton_protocol::{ids::ContractId, manifest::Limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Store;

use crate::{
    bindings,
    call::{CallContext, CallState},
    module::Contract,
};

/// How long an instance waits before the next one that comes or goes ends it.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most memory of an instance that waits: all together have no more than a gibibyte.
const MOST_MEMORY: u64 = 32 << 20;
/// How many calls an instance answers. What a contract leaks ends with it.
const MOST_CALLS: u32 = 10_000;

/// Whose calls an instance serves.
#[derive(Clone)]
pub(crate) struct Owner {
    contract: ContractId,
    /// Number and incarnation.
    lease: Option<(u64, u64)>,
    /// The manifest, as it is linked with the code.
    linked: Arc<Contract>,
}

impl Owner {
    /// Whose call has this context, of a module linked so.
    pub(crate) fn new(context: &CallContext, linked: Arc<Contract>) -> Self {
        let lease = context.lease.as_ref().map(|lease| (lease.number, lease.incarnation));
        Self { contract: context.contract, lease, linked }
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        let Self { contract, lease, linked } = self;
        *contract == other.contract && *lease == other.lease && Arc::ptr_eq(linked, &other.linked)
    }
}

/// An instance, and the store in which it lives, between two calls.
pub(crate) struct Instance {
    pub(crate) store: Store<CallState>,
    pub(crate) service: bindings::Contract,
    /// How many calls it has answered.
    pub(crate) calls: u32,
}

struct Waiting {
    owner: Owner,
    instance: Instance,
    since: Instant,
    /// Its part of the pool.
    _room: OwnedSemaphorePermit,
}

/// All that wait.
pub(crate) struct Warm {
    room: Arc<Semaphore>,
    /// Who has waited longest is first.
    waiting: Mutex<VecDeque<Waiting>>,
}

/// The instance of a call that has answered. Dropped, it is gone.
pub struct Kept {
    warm: Arc<Warm>,
    waiting: Waiting,
}

impl Warm {
    /// Room for `most` instances.
    pub(crate) fn new(most: u32) -> Arc<Self> {
        Arc::new(Self { room: Arc::new(Semaphore::new(most as usize)), waiting: Mutex::default() })
    }

    /// The instance of `owner` that has waited shortest, if one waits: what it has in the processor's caches is newest.
    pub(crate) fn take(&self, owner: &Owner) -> Option<Instance> {
        let (found, _ended) = {
            let mut waiting = self.waiting();
            let stale = waiting.iter().take_while(|one| one.since.elapsed() > PATIENCE).count();
            let ended: Vec<_> = waiting.drain(..stale).collect();
            let at = waiting.iter().rposition(|one| one.owner == *owner);
            (at.and_then(|at| waiting.remove(at)), ended)
        };
        found.map(|found| found.instance)
    }

    /// Room for an instance that has answered a call, unless it has answered enough of them, its memory has grown far
    /// towards `limits` or too large to wait, or all room is for others that are about to be kept.
    pub(crate) fn offer(self: &Arc<Self>, owner: Owner, instance: Instance, limits: &Limits) -> Option<Kept> {
        let large = instance.store.data().memory.used() > (limits.memory / 2).min(MOST_MEMORY);
        if large || instance.calls >= MOST_CALLS {
            return None;
        }
        let room = self.make_room()?;
        let waiting = Waiting { owner, instance, since: Instant::now(), _room: room };
        Some(Kept { warm: self.clone(), waiting })
    }

    fn make_room(&self) -> Option<OwnedSemaphorePermit> {
        let free = || self.room.clone().try_acquire_owned().ok();
        free().or_else(|| {
            let oldest = self.waiting().pop_front();
            drop(oldest);
            free()
        })
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What the call wrote is committed, or it wrote nothing: the contract's next call may have the instance.
    pub fn keep(self) {
        let Self { warm, waiting } = self;
        let waiting = Waiting { since: Instant::now(), ..waiting };
        warm.waiting().push_back(waiting);
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("contract", &self.waiting.owner.contract).finish_non_exhaustive()
    }
}
