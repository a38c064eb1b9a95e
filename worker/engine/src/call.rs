//! One call while it runs: who calls, what it may use, and what it has used and written so far.

use std::{
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use adyton_protocol::{
    ids::{BlockHash, CodeHash, ContractId, NetworkId, RequestId},
    manifest::Limits,
};
use wasmtime::{AsContextMut, ResourceLimiter, StoreContextMut, Trap};

use crate::{
    capability::{
        chain::Known,
        databases::Connections,
        http::{Ledger, Streams},
        kv::Overlay,
        log::LogBook,
        objects::Shelf,
        reply::Draft,
        schedule::Agenda,
        sql::Database,
    },
    costs::{self, Cost},
    determinism::Passed,
    egress::Egress,
    host::{Host, HostFailure},
    module::Contract,
    nobody::Nobody,
    outcome::Limit,
    places::Places,
    wasi,
};

pub use crate::bindings::phat::contract::env::{Lease, Principal};

/// How much fuel a guest may use before it lets other calls run: about half a millisecond.
pub(crate) const YIELD_INTERVAL: u64 = 1_000_000;

/// How long it may keep them waiting, where what it passes to the host takes more time than fuel.
const SLICE: Duration = Duration::from_millis(1);

/// The most elements of all tables of a call together.
const MAX_TABLE_ELEMENTS: usize = 200_000;

/// What the contract is told about a call. The worker has verified all of it.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// The network.
    pub network: NetworkId,
    /// The contract.
    pub contract: ContractId,
    /// The component that runs.
    pub code: CodeHash,
    /// The lease; none where a component is tried out without one.
    pub lease: Option<Lease>,
    /// The caller's name for the call.
    pub request_id: RequestId,
    /// Who calls.
    pub caller: Principal,
    /// Milliseconds since 1970: the chain's finalized time carried on by the worker's own counter.
    pub now_ms: u64,
    /// The number of the finalized block acted on.
    pub block: u64,
    /// Its hash.
    pub block_hash: BlockHash,
    /// Its time, milliseconds since 1970.
    pub block_ms: u64,
}

/// The data of a call's store.
pub(crate) struct CallState {
    pub(crate) host: Box<dyn Host>,
    pub(crate) context: CallContext,
    pub(crate) contract: Arc<Contract>,
    pub(crate) memory: MemoryMeter,
    pub(crate) overlay: Overlay,
    pub(crate) agenda: Agenda,
    /// Once the call has used it.
    pub(crate) database: Option<Database>,
    pub(crate) objects: Shelf,
    /// Where databases compute.
    pub(crate) databases: Arc<Places>,
    pub(crate) logs: LogBook,
    pub(crate) ledger: Ledger,
    pub(crate) egress: Egress,
    /// Answers from outside that are open.
    pub(crate) streams: Streams,
    /// Connections to databases outside.
    pub(crate) connections: Connections,
    /// What was begun of the answer.
    pub(crate) reply: Draft,
    pub(crate) known: Known,
    pub(crate) report: Option<Vec<u8>>,
    /// Fuel that calls of other contracts used.
    pub(crate) called_fuel: u64,
    pub(crate) started: Instant,
    /// The time of a deterministic call.
    pub(crate) passed: Passed,
    /// The part of the manifest's fuel that this call was not given, where nobody is to see that.
    withheld: u64,
    pub(crate) wasi: wasi::State,
    fuel_at_yield: u64,
    gave_way: Instant,
}

impl CallState {
    pub(crate) fn new(
        host: Box<dyn Host>,
        context: CallContext,
        contract: Arc<Contract>,
        (egress, databases): (Egress, Arc<Places>),
        fuel: u64,
    ) -> Self {
        let limits = &contract.limits;
        let deterministic = contract.mode.is_deterministic();
        Self {
            memory: MemoryMeter::new(limits.memory, deterministic),
            passed: Passed::default(),
            withheld: if deterministic { limits.fuel.saturating_sub(fuel) } else { 0 },
            overlay: Overlay::new(limits.writes.into()),
            agenda: Agenda::default(),
            database: None,
            objects: Shelf::default(),
            databases,
            logs: LogBook::new(limits.log as usize),
            ledger: Ledger::default(),
            egress,
            streams: Streams::default(),
            connections: Connections::default(),
            reply: Draft::default(),
            known: Known::default(),
            report: None,
            called_fuel: 0,
            started: Instant::now(),
            wasi: wasi::State::new(limits),
            // A call's own price is for what runs around its guest, which has not run for that long.
            fuel_at_yield: fuel.saturating_sub(costs::HANDLE.base),
            gave_way: Instant::now(),
            host,
            context,
            contract,
        }
    }

    /// Whether the guest has nothing open that would end with its call.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.streams.is_empty() && self.connections.is_empty()
    }

    /// What stands in an instance's store until its next call: nothing of this one, but how much memory there is.
    pub(crate) fn between(&self) -> Self {
        let shared = (self.egress.clone(), self.databases.clone());
        let state = Self::new(Box::new(Nobody), self.context.clone(), self.contract.clone(), shared, 0);
        state.with(self.memory.clone())
    }

    /// The same, of an instance that has this memory already.
    pub(crate) fn with(self, memory: MemoryMeter) -> Self {
        Self { memory, ..self }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.contract.limits
    }

    /// Ends what is still open towards the world, so that the ledger says how far it came.
    pub(crate) fn close(&mut self) {
        self.streams = Streams::default();
        self.wasi.close();
    }

    /// How much fuel the contract is told that it has, where `left` is left. A deterministic one that another contract
    /// called with less than its manifest's counts from the manifest's all the same: with too little it gives no answer,
    /// and never another one.
    pub(crate) fn fuel_shown(&self, left: u64) -> u64 {
        left.saturating_add(self.withheld)
    }

    /// The time since the call's beginning, as the contract is told it.
    pub(crate) fn elapsed(&self) -> Duration {
        if self.contract.mode.is_deterministic() { self.passed.so_far() } else { self.started.elapsed() }
    }
}

/// Takes the price of a host function from the call's fuel, and lets other calls run when it is their turn.
///
/// The turn has to be counted here: setting the fuel restarts wasmtime's own interval, so that a guest which
/// only calls the host would never yield. Time counts beside fuel: what a guest passes is copied before anything can be
/// charged for it. How much fuel a call uses does not depend on it.
pub(crate) async fn charge(store: &mut StoreContextMut<'_, CallState>, units: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    let Some(rest) = left.checked_sub(units) else {
        store.set_fuel(0)?;
        return Err(Trap::OutOfFuel.into());
    };
    store.set_fuel(rest)?;
    let call = store.data_mut();
    if call.fuel_at_yield.saturating_sub(rest) >= YIELD_INTERVAL || call.gave_way.elapsed() >= SLICE {
        call.fuel_at_yield = rest;
        give_way().await;
        call.gave_way = Instant::now();
    }
    Ok(())
}

/// Lets other calls run. [`crate::turns`] decides whose turn it is; the runtime's own yield would put this call behind
/// everything that is ready, again and again.
pub(crate) async fn give_way() {
    let mut given = false;
    poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// [`charge`] for `cost` over `bytes` bytes.
pub(crate) async fn charge_bytes(
    store: &mut StoreContextMut<'_, CallState>,
    cost: Cost,
    bytes: usize,
) -> wasmtime::Result<()> {
    charge(&mut store.as_context_mut(), cost.of(bytes, 0)).await
}

/// A call was ended by one of its limits.
#[derive(Debug, thiserror::Error)]
#[error("the call exceeded its limit of {}", .0.name())]
pub(crate) struct Exceeded(pub(crate) Limit);

/// Counts the memories and tables of a call, all together, and ends the call where they outgrow the limit.
#[derive(Clone)]
pub(crate) struct MemoryMeter {
    limit: u64,
    /// Whether the call ends where the machine has no memory, instead of the contract being told.
    strict: bool,
    used: u64,
    last_growth: u64,
    table_elements: usize,
}

impl MemoryMeter {
    fn new(limit: u64, strict: bool) -> Self {
        Self { limit, strict, used: 0, last_growth: 0, table_elements: 0 }
    }

    /// Bytes in use: the most there ever were, because memories never shrink.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = desired.saturating_sub(current) as u64;
        let used = self.used.saturating_add(growth);
        if used > self.limit {
            return Err(Exceeded(Limit::Memory).into());
        }
        (self.used, self.last_growth) = (used, growth);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if self.strict {
            return Err(HostFailure::new("growing the contract's memory", error).into());
        }
        self.used = self.used.saturating_sub(std::mem::take(&mut self.last_growth));
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let elements = self.table_elements.saturating_add(desired.saturating_sub(current));
        if elements > MAX_TABLE_ELEMENTS {
            return Err(Exceeded(Limit::Memory).into());
        }
        self.table_elements = elements;
        Ok(true)
    }
}
