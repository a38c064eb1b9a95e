//! The engine: compiles components once, and runs each call on a fresh instance under its limits.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use adyton_protocol::manifest::{CEILING, Limits, Manifest};
use futures::FutureExt as _;
use tokio::sync::Semaphore;
use wasmtime::{
    AsContextMut as _, Config, InstanceAllocationStrategy, PoolConcurrencyLimitError, PoolingAllocationConfig, Store,
    Trap,
};

use crate::{
    call::{CallContext, CallState, Exceeded, YIELD_INTERVAL, charge},
    costs,
    egress::{Egress, Resolver, SystemResolver},
    error::{CallError, CompileError, EngineError},
    host::{Host, HostFailure},
    message::{InvalidResponse, Request, Response},
    module::Module,
    outcome::{Answer, Ending, GuestError, Limit, Outcome, Usage},
};

/// Bytes of a guest's own stack.
const WASM_STACK: usize = 512 << 10;
/// Bytes of the stack that a call runs on: the guest's, and room for host functions.
const CALL_STACK: usize = 1 << 20;
/// Bytes of a memory and of a table that a pool slot keeps, zeroed, instead of giving them back.
const KEEP_MEMORY: usize = 128 << 10;
/// See [`KEEP_MEMORY`].
const KEEP_TABLE: usize = 64 << 10;
/// Linear memories, tables and core instances that a component may have. A component made by the SDK has one,
/// two and three. There is room for as many in every call that runs, so that none takes another one's.
const MEMORIES: u32 = 4;
/// See [`MEMORIES`].
const TABLES: u32 = 16;
/// See [`MEMORIES`].
const CORE_INSTANCES: u32 = 64;

/// How an engine is set up. Nothing in it changes what a contract computes.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Calls that run at once; others wait.
    pub concurrent_calls: u32,
    /// How long a call waits for its place before it is turned away.
    pub queue: Duration,
    /// The largest component, in bytes. By default what the chain lets anyone announce.
    pub max_component_bytes: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { concurrent_calls: 64, queue: Duration::from_secs(10), max_component_bytes: 64 << 20 }
    }
}

/// Runs contracts. Cheap to clone; one per worker.
#[derive(Clone)]
pub struct Engine {
    wasmtime: wasmtime::Engine,
    egress: Egress,
    places: Arc<Semaphore>,
    config: EngineConfig,
}

impl Engine {
    /// An engine whose contracts reach the world through the machine's resolver.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        Self::with_resolver(config, Arc::new(SystemResolver))
    }

    /// An engine with another resolver. What it answers is judged like any other answer.
    pub fn with_resolver(config: EngineConfig, resolver: Arc<dyn Resolver>) -> Result<Self, EngineError> {
        let wasmtime = wasmtime::Engine::new(&settings(&config)).map_err(|error| EngineError(format!("{error:#}")))?;
        let places = Arc::new(Semaphore::new(config.concurrent_calls as usize));
        Ok(Self { wasmtime, egress: Egress::new(resolver), places, config })
    }

    /// Checks and compiles a component for what `manifest` grants. Takes 0.1 to 40 seconds of processor
    /// time, depending on its size: run it where nothing waits for it.
    pub fn compile(&self, bytes: &[u8], manifest: &Manifest) -> Result<Module, CompileError> {
        Module::compile(&self.wasmtime, bytes, manifest, self.config.max_component_bytes)
    }

    /// Runs one call on a fresh instance.
    ///
    /// However the guest behaves, this returns: at the latest when the manifest's wall time is over. The
    /// future may be dropped at any time; the call is gone then, and what it sent stays sent.
    pub async fn call(
        &self,
        module: &Module,
        context: CallContext,
        host: impl Host,
        request: Request,
    ) -> Result<Outcome, CallError> {
        let limits = module.limits();
        if request.body.len() > limits.request as usize {
            return Err(CallError::RequestTooLarge { size: request.body.len(), limit: limits.request as usize });
        }
        let place = tokio::time::timeout(self.config.queue, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(CallError::Busy) };
        let started = Instant::now();
        let state = CallState::new(Box::new(host), context, module.contract.clone(), self.egress.clone(), limits.fuel);
        match AssertUnwindSafe(self.run(module, state, request)).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(panic) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "bug in the worker: a host function panicked");
                let usage = Usage { wall: started.elapsed(), ..Usage::default() };
                Ok(Outcome {
                    ending: Ending::HostBug,
                    usage,
                    logs: Vec::new(),
                    dropped_log_lines: 0,
                    egress: Vec::new(),
                })
            }
        }
    }

    async fn run(&self, module: &Module, state: CallState, request: Request) -> Result<Outcome, CallError> {
        let limits = module.limits();
        let started = state.started;
        let mut store = Store::new(&self.wasmtime, state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(largest_transfer(limits));
        let prepared = store.set_fuel(limits.fuel).and_then(|()| store.fuel_async_yield_interval(Some(YIELD_INTERVAL)));
        let answer = async {
            prepared?;
            answer(&mut store, module, request).await
        };
        let result = tokio::time::timeout(Duration::from_millis(limits.wall_ms.into()), answer).await;
        let fuel = limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        // After a timeout the guest is stopped in the middle: the store is taken apart and never entered again.
        let mut state = store.into_data();
        let ending = match result {
            Ok(Ok(reply)) => conclude(reply, &mut state),
            Ok(Err(error)) if error.is::<PoolConcurrencyLimitError>() => return Err(CallError::Busy),
            Ok(Err(error)) => ending(error),
            Err(_elapsed) => Ending::Exceeded(Limit::WallTime),
        };
        Ok(outcome(ending, state, fuel, started))
    }
}

/// What a guest returned, checked.
type Reply = Result<Response, GuestError>;

async fn answer(store: &mut Store<CallState>, module: &Module, request: Request) -> wasmtime::Result<Reply> {
    charge(&mut store.as_context_mut(), costs::HANDLE.of(request.size(), 0)).await?;
    let instance = module.pre.instantiate_async(&mut *store).await?;
    let service = instance.phat_contract_service();
    let response = match service.call_handle(&mut *store, &request.into_guest()).await? {
        Ok(response) => response,
        Err(error) => return Ok(Err(error)),
    };
    let response = Response::from_guest(response, module.limits()).map_err(|invalid| match invalid {
        InvalidResponse::Exceeded(limit) => wasmtime::Error::from(Exceeded(limit)),
        InvalidResponse::Malformed(reason) => wasmtime::Error::msg(reason),
    })?;
    charge(&mut store.as_context_mut(), costs::HANDLE.bytes(response.size())).await?;
    Ok(Ok(response))
}

/// Only an answer takes the call's writes and report with it.
fn conclude(reply: Reply, state: &mut CallState) -> Ending {
    match reply {
        Ok(response) => Ending::Answered(Answer {
            response,
            writes: std::mem::take(&mut state.overlay.writes),
            report: state.report.take(),
        }),
        Err(error) => Ending::GuestError(error),
    }
}

/// Whose failure it was. What is neither a limit's nor the host's is the guest's.
fn ending(error: wasmtime::Error) -> Ending {
    if let Some(Exceeded(limit)) = error.downcast_ref() {
        return Ending::Exceeded(*limit);
    }
    if let Some(failure) = error.downcast_ref::<HostFailure>() {
        return Ending::HostFailed(failure.to_string());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Ending::Exceeded(Limit::Fuel),
        Some(trap) => Ending::Trapped(trap.to_string()),
        None => Ending::Trapped(error.root_cause().to_string()),
    }
}

fn outcome(ending: Ending, state: CallState, fuel: u64, started: Instant) -> Outcome {
    let usage = Usage {
        fuel,
        memory: state.memory.used(),
        writes: state.overlay.used(),
        egress_requests: state.ledger.requests(),
        egress_bytes: state.ledger.bytes(),
        wall: started.elapsed(),
    };
    let egress = state.ledger.records();
    Outcome { ending, usage, logs: state.logs.lines, dropped_log_lines: state.logs.dropped, egress }
}

/// The most bytes that a guest passes to the host at once, as `wit/world.wit` promises.
fn largest_transfer(limits: &Limits) -> usize {
    limits.response.max(limits.writes).max(limits.egress_bytes).max(limits.log) as usize + (1 << 20)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

fn settings(config: &EngineConfig) -> Config {
    let calls = config.concurrent_calls;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_memories(calls.saturating_mul(MEMORIES))
        .total_tables(calls.saturating_mul(TABLES))
        .total_core_instances(calls.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .max_memories_per_module(MEMORIES)
        .max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20)
        .table_elements(100_000)
        .max_memory_size(CEILING.memory as usize)
        .linear_memory_keep_resident(KEEP_MEMORY)
        .table_keep_resident(KEEP_TABLE);
    let mut settings = Config::new();
    settings
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .consume_fuel(true)
        .concurrency_support(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(CALL_STACK);
    settings
}
