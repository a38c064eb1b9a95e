//! The engine: runs each call on a fresh instance, or on one that has answered before where the manifest asks for that,
//! under its limits, when it is its contract's turn. Where the compiled component comes from is in `code.rs`.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use adyton_precompiled::Secret;
use adyton_protocol::{ids::ContractId, manifest::Limits};
use futures::FutureExt as _;
use wasmtime::{AsContextMut as _, PoolConcurrencyLimitError, Store, Trap};

use crate::{
    backtrace, bindings,
    call::{CallContext, CallState, Exceeded, YIELD_INTERVAL, charge},
    capability::{reply::Draft, sql::Database},
    components::Components,
    costs,
    determinism::Mode,
    egress::{Carrier, Egress, Network, Resolver, SystemResolver},
    error::{CallError, EngineError},
    host::{Host, HostFailure},
    lifecycle,
    message::{Ask, InvalidResponse, Response},
    module::{Module, Pre},
    outcome::{Answer, Ending, GuestError, Limit, Outcome, Usage},
    places::{Place, Places},
    queue::Rules,
    settings,
    turns::Turns,
    warm::{Instance, Owner, Warm},
    wasi,
    within::{ONE_CHAIN, Room},
};

/// What a call counts for its contract until one of it has ended: nanoseconds for which it has its place.
const FIRST_CALL: u64 = 1_000_000;
/// One place in so many is kept for contracts of which nothing runs, and so is room for calls within calls.
const RESERVED: u32 = 4;
/// Databases that compute at once at least, however few processors there are.
const LEAST_DATABASES: usize = 4;
/// For one call in so many there is room for one more, which that call makes of another contract.
const WITHIN: u32 = 4;

/// How an engine is set up. Nothing in it changes what a contract computes.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Calls that run at once; others wait. A quarter of these places is kept for contracts of which nothing runs.
    pub concurrent_calls: u32,
    /// Calls of one contract that run at once.
    pub concurrent_calls_each: u32,
    /// Calls that wait, besides one of each contract; others are turned away.
    pub waiting_calls: u32,
    /// Calls of one contract that wait.
    pub waiting_calls_each: u32,
    /// How long a call waits for its place before it is turned away.
    pub queue: Duration,
    /// Calls that compute at the same moment. By default as many as the machine lets this process use.
    pub processors: usize,
    /// Instances that wait for their contract's next call, where its manifest says `reuse`, of all contracts together.
    pub kept_instances: u32,
    /// The largest component, in bytes. By default what the chain lets anyone announce.
    pub max_component_bytes: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            concurrent_calls: 64,
            concurrent_calls_each: 16,
            waiting_calls: 4096,
            waiting_calls_each: 256,
            queue: Duration::from_secs(10),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            kept_instances: 32,
            max_component_bytes: 64 << 20,
        }
    }
}

/// Runs contracts. Cheap to clone; one per worker.
#[derive(Clone)]
pub struct Engine {
    usual: wasmtime::Engine,
    /// For deterministic contracts; with a pool of its own, which is reserved when there is the first of them.
    deterministic: Arc<OnceLock<wasmtime::Engine>>,
    /// Instances for which a pool has room.
    pooled: u32,
    pub(crate) components: Arc<Components>,
    pub(crate) config: EngineConfig,
    egress: Egress,
    places: Arc<Places>,
    /// Room for calls within calls.
    within: Arc<Room>,
    turns: Arc<Turns>,
    /// Instances between two calls.
    warm: Arc<Warm>,
    /// Where contracts' databases compute, besides the calls that have a turn.
    databases: Arc<Places>,
    /// Under which compiled code is sealed; see [`Engine::seal`].
    pub(crate) secret: Arc<Secret>,
}

impl Engine {
    /// An engine whose contracts reach the world through the machine's resolver.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        Self::with_resolver(config, Arc::new(SystemResolver))
    }

    /// An engine with another resolver. What it answers is judged like any other answer.
    pub fn with_resolver(config: EngineConfig, resolver: Arc<dyn Resolver>) -> Result<Self, EngineError> {
        Self::with_carrier(config, Arc::new(Network::new(resolver)))
    }

    /// An engine whose contracts' requests somebody else carries. Which of them may leave, the manifest's rules decide
    /// before.
    pub fn with_carrier(config: EngineConfig, carrier: Arc<dyn Carrier>) -> Result<Self, EngineError> {
        // One whole chain at least.
        let within = (config.concurrent_calls / WITHIN).max(ONE_CHAIN);
        let pooled = config.concurrent_calls.saturating_add(within).saturating_add(config.kept_instances);
        let rules = Rules {
            places: config.concurrent_calls as usize,
            places_each: config.concurrent_calls_each as usize,
            reserved: (config.concurrent_calls / RESERVED) as usize,
            waiting: config.waiting_calls as usize,
            waiting_each: config.waiting_calls_each as usize,
            first_cost: FIRST_CALL,
        };
        Ok(Self {
            usual: pool(pooled, Mode::Usual)?,
            deterministic: Arc::default(),
            pooled,
            components: Arc::default(),
            egress: Egress::new(carrier),
            places: Places::new(rules, config.queue),
            within: Arc::new(Room::new(within, within / RESERVED)),
            turns: Turns::new(config.processors),
            warm: Warm::new(config.kept_instances),
            databases: Places::new(for_databases(config.processors), Duration::MAX),
            secret: Arc::new(Secret::fresh()),
            config,
        })
    }

    /// What makes and runs the code of contracts of this mode.
    pub(crate) fn wasmtime(&self, mode: Mode) -> Result<&wasmtime::Engine, EngineError> {
        match mode {
            Mode::Usual => Ok(&self.usual),
            Mode::Deterministic => match self.deterministic.get() {
                Some(wasmtime) => Ok(wasmtime),
                None => {
                    let new = pool(self.pooled, mode)?;
                    Ok(self.deterministic.get_or_init(|| new))
                }
            },
        }
    }

    /// A place for calls of `contract`, one after the other: whoever needs a snapshot of its state takes it when it
    /// has one, and not before it waits.
    pub async fn place(&self, contract: ContractId) -> Result<Place, CallError> {
        self.places.take(contract).await
    }

    /// [`Engine::place`], before all calls of the contract that wait for one, and though no more of them may wait: for
    /// what the contract itself has begun, one at a time.
    pub async fn next_place(&self, contract: ContractId) -> Result<Place, CallError> {
        self.places.take_first(contract).await
    }

    /// [`Engine::call_in`] a place that is taken for this call.
    pub async fn call(
        &self,
        module: &Module,
        context: CallContext,
        host: impl Host,
        ask: impl Into<Ask>,
    ) -> Result<Outcome, CallError> {
        let ask = ask.into();
        check_size(module, &ask)?;
        let place = self.place(context.contract).await?;
        self.call_in(&place, module, context, host, ask).await
    }

    /// Runs one call on a fresh instance, or on one of [`Outcome::kept`].
    ///
    /// However the guest behaves, this returns: at the latest when the manifest's wall time is over. The
    /// future may be dropped at any time; the call is gone then, what it sent stays sent, and what it used is told to
    /// [`Host::cut_off`].
    pub async fn call_in(
        &self,
        place: &Place,
        module: &Module,
        context: CallContext,
        host: impl Host,
        ask: impl Into<Ask>,
    ) -> Result<Outcome, CallError> {
        self.call_with(place, module, context, Box::new(host), (ask.into(), module.limits().fuel)).await
    }

    /// Runs a call that another one waits for, in that one's place and with no more than `fuel`. Refused at once where
    /// there is no room, or the place's contract has its part of it: who has a place never waits for one.
    pub async fn call_within(
        &self,
        place: &Place,
        module: &Module,
        context: CallContext,
        host: impl Host,
        (ask, fuel): (Ask, u64),
    ) -> Result<Outcome, CallError> {
        let _taken = self.within.take(place.contract()).ok_or(CallError::Busy)?;
        let fuel = fuel.min(module.limits().fuel);
        self.call_with(place, module, context, Box::new(host), (ask, fuel)).await
    }

    async fn call_with(
        &self,
        place: &Place,
        module: &Module,
        context: CallContext,
        host: Box<dyn Host>,
        (ask, fuel): (Ask, u64),
    ) -> Result<Outcome, CallError> {
        check_size(module, &ask)?;
        let started = Instant::now();
        let context = module.contract.mode.context(context);
        let shared = (self.egress.clone(), self.databases.clone());
        let state = CallState::new(host, context, module.contract.clone(), shared, fuel);
        let run = self.run(place.contract(), module, state, (ask, fuel));
        let outcome = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(outcome) => outcome?,
            Err(panic) => {
                tracing::error!(panic = panic_text(panic.as_ref()), "bug in the worker: a host function panicked");
                let usage = Usage { wall: started.elapsed(), ..Usage::default() };
                Outcome {
                    ending: Ending::HostBug,
                    usage,
                    logs: Vec::new(),
                    dropped_log_lines: 0,
                    egress: Vec::new(),
                    kept: None,
                }
            }
        };
        Ok(outcome)
    }

    async fn run(
        &self,
        contract: ContractId,
        module: &Module,
        state: CallState,
        (ask, granted): (Ask, u64),
    ) -> Result<Outcome, CallError> {
        let limits = module.limits();
        let reuse = module.contract.reuse && matches!(ask, Ask::Answer(_));
        let owner = reuse.then(|| Owner::new(&state.context, module.contract.clone()));
        let mut running = match owner.as_ref().and_then(|owner| self.warm.take(owner)) {
            Some(instance) => Running::again(instance, state, granted),
            None => Running::new(module, state, granted),
        };
        let (store, service) = running.parts();
        let prepared = store.set_fuel(granted).and_then(|()| store.fuel_async_yield_interval(Some(YIELD_INTERVAL)));
        let answer = self.turns.share(contract, async move {
            prepared?;
            answer(store, service, module, ask).await
        });
        let result = tokio::time::timeout(Duration::from_millis(limits.wall_ms.into()), answer).await;
        let again = owner.filter(|_| matches!(result, Ok(Ok(Ok(_)))));
        let (mut state, fuel, instance) =
            running.take_apart(again.is_some()).expect("it is taken apart here alone, or when it is dropped");
        state.wasi.end_lines(&mut state.logs);
        let ending = match result {
            Ok(Ok(reply)) => conclude(reply, &mut state),
            Ok(Err(error)) if error.is::<PoolConcurrencyLimitError>() => return Err(CallError::Busy),
            Ok(Err(error)) => {
                state.logs.lines.extend(backtrace::lines(&error));
                ending(error)
            }
            Err(_elapsed) => Ending::Exceeded(Limit::WallTime),
        };
        let kept = again.zip(instance).and_then(|(owner, instance)| self.warm.offer(owner, instance, limits));
        Ok(Outcome { kept, ..outcome(ending, state, fuel) })
    }
}

/// The store of a call that runs. Where it is dropped with its call, before the end, the host is told what that used.
struct Running {
    store: Option<Store<CallState>>,
    /// The instance: of earlier calls, or of this one once it has answered.
    service: Option<bindings::Contract>,
    /// How many calls it has answered before this one.
    calls: u32,
    granted: u64,
}

impl Running {
    fn new(module: &Module, state: CallState, granted: u64) -> Self {
        let mut store = Store::new(module.component().engine(), state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(largest_transfer(module.limits()));
        Self { store: Some(store), service: None, calls: 0, granted }
    }

    /// On an instance of earlier calls. What it has of memory counts for this one.
    fn again(instance: Instance, state: CallState, granted: u64) -> Self {
        let Instance { mut store, service, calls } = instance;
        let memory = store.data().memory.clone();
        *store.data_mut() = state.with(memory);
        Self { store: Some(store), service: Some(service), calls, granted }
    }

    fn parts(&mut self) -> (&mut Store<CallState>, &mut Option<bindings::Contract>) {
        (self.store.as_mut().expect("a call that runs has its store"), &mut self.service)
    }

    /// What is left of the store, once, and the fuel that was used. The guest may have been stopped in the middle, and is
    /// never entered again then; where it has answered and is to be entered `again`, and nothing of the call is open, so
    /// is its instance.
    fn take_apart(&mut self, again: bool) -> Option<(CallState, u64, Option<Instance>)> {
        let mut store = self.store.take()?;
        let fuel = self.granted.saturating_sub(store.get_fuel().unwrap_or(0));
        match self.service.take().filter(|_| again && store.data().is_at_rest()) {
            None => Some((store.into_data(), fuel, None)),
            Some(service) => {
                let between = store.data().between();
                let state = std::mem::replace(store.data_mut(), between);
                Some((state, fuel, Some(Instance { store, service, calls: self.calls.saturating_add(1) })))
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What ends by a bug in the worker, nobody is to pay.
        if std::thread::panicking() {
            return;
        }
        if let Some((mut state, fuel, _)) = self.take_apart(false) {
            let usage = usage(&mut state, fuel);
            state.host.cut_off(&usage);
        }
    }
}

fn pool(calls: u32, mode: Mode) -> Result<wasmtime::Engine, EngineError> {
    let settings = settings::pooled(calls, mode);
    wasmtime::Engine::new(&settings).map_err(|error| EngineError(format!("{error:#}")))
}

/// As many databases compute at once as calls do, or some more: what a step of theirs takes nobody can cut short, so
/// that none has more than a part of the places. Who waits here has a place for its call, and those are bounded.
fn for_databases(processors: usize) -> Rules {
    let places = processors.max(LEAST_DATABASES);
    Rules {
        places,
        places_each: places / RESERVED as usize,
        reserved: places / RESERVED as usize,
        waiting: usize::MAX,
        waiting_each: usize::MAX,
        first_cost: FIRST_CALL,
    }
}

fn check_size(module: &Module, ask: &Ask) -> Result<(), CallError> {
    let Ask::Answer(request) = ask else { return Ok(()) };
    let (size, limit) = (request.body.len(), module.limits().request as usize);
    if size > limit { Err(CallError::RequestTooLarge { size, limit }) } else { Ok(()) }
}

/// What a guest returned, checked.
type Reply = Result<Response, GuestError>;

/// Leaves the instance in `service` where it is one of `phat:contract/service` and has returned.
async fn answer(
    store: &mut Store<CallState>,
    service: &mut Option<bindings::Contract>,
    module: &Module,
    ask: Ask,
) -> wasmtime::Result<Reply> {
    charge(&mut store.as_context_mut(), costs::HANDLE.of(ask.size(), 0)).await?;
    let request = match ask {
        Ask::Answer(request) => request,
        Ask::Transition(transition) => {
            let done = lifecycle::run(store, module, transition).await?;
            return Ok(done.map(|()| Response { status: 204, fields: Vec::new(), body: Vec::new() }));
        }
    };
    let returned = match &module.pre {
        Pre::Service(component) => {
            let instance = match service.take() {
                Some(instance) => instance,
                None => component.instantiate_async(&mut *store).await?,
            };
            store.data_mut().reply = Draft::Blank;
            let returned = instance.phat_contract_service().call_handle(&mut *store, &request.into_guest()).await?;
            *service = Some(instance);
            returned
        }
        Pre::Handler(component) => wasi::handle(store, component, request).await?,
    };
    let returned = match returned {
        Ok(returned) => returned,
        Err(error) => return Ok(Err(error)),
    };
    let draft = std::mem::take(&mut store.data_mut().reply);
    let paid = draft.size();
    let response = draft.end(returned, module.limits()).map_err(InvalidResponse::into_error)?;
    charge(&mut store.as_context_mut(), costs::HANDLE.bytes(response.size() - paid)).await?;
    Ok(Ok(response))
}

/// Only an answer takes the call's writes, schedule and report with it.
fn conclude(reply: Reply, state: &mut CallState) -> Ending {
    match reply {
        Ok(response) => Ending::Answered(Answer {
            response,
            writes: std::mem::take(&mut state.overlay.writes),
            schedule: std::mem::take(&mut state.agenda.changes),
            database: state.database.take().and_then(Database::change),
            objects: state.objects.change(),
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

/// What a call has used that ends now, with so much fuel.
fn usage(state: &mut CallState, fuel: u64) -> Usage {
    state.close();
    Usage {
        fuel,
        called_fuel: state.called_fuel,
        memory: state.memory.used(),
        writes: state.overlay.used(),
        egress_requests: state.ledger.requests(),
        egress_bytes: state.ledger.bytes(),
        wall: state.started.elapsed(),
    }
}

fn outcome(ending: Ending, mut state: CallState, fuel: u64) -> Outcome {
    let usage = usage(&mut state, fuel);
    let egress = state.ledger.records();
    Outcome { ending, usage, logs: state.logs.lines, dropped_log_lines: state.logs.dropped, egress, kept: None }
}

/// The most bytes that a guest passes to the host at once, as `wit/world.wit` promises.
fn largest_transfer(limits: &Limits) -> usize {
    limits.response.max(limits.writes).max(limits.egress_bytes).max(limits.log) as usize + (1 << 20)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
