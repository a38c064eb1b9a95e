//! Plays a scenario: each step is a call on a fresh instance in the real engine, under the manifest's limits, and what
//! it wrote is committed before the next one.

use std::sync::Arc;

use adyton_engine::{
    Ask, CallContext, CallError, Ending, Engine, EngineConfig, GuestError, Kept, Lease, Limit, LogLine, Module,
    Outcome, Principal, Response, Usage,
    egress::{Network, SystemResolver},
    in_words,
};
use adyton_protocol::{
    ids::{BlockHash, ContractId, NetworkId, RequestId},
    manifest::{Callers, Manifest},
    receipt::Transition,
    schedule, watch, webhook,
};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    check,
    databases::Databases,
    host::{CallHost, Due, Given, Pieces, Random, Store},
    life::{self, Life},
    outside::{Outside, Recorded},
    report::{Played, PlayedStep},
    scenario::{RefusalWord, Scenario, Step, Trigger},
};

/// The network and the contract that contracts under test see.
const NETWORK: NetworkId = NetworkId(*b"adyton-testbed: the test network");
/// See [`NETWORK`].
const CONTRACT: ContractId = ContractId(*b"adyton-testbed: the one contract");
/// What a caller is told who is no webhook.
const WEBHOOK_ONLY: &str = "this path takes only a webhook's signed deliveries";
/// What a caller is told who has to be an account.
const CALLER_REQUIRED: &str = "this contract answers only calls that an account signed";
/// What a caller is told who has to be a contract.
const CONTRACTS_ONLY: &str = "this contract answers only other contracts";

/// The most runs of the schedule between two steps.
const MAX_RUNS: usize = 1000;

/// A contract that is ready to be tried.
pub struct Bench {
    engine: Engine,
    module: Module,
    manifest: Manifest,
    outside: Arc<Outside>,
    record: bool,
}

/// What came of a call.
pub struct Called {
    /// The answer, or why there is none.
    pub said: Result<(Response, Option<Vec<u8>>), Refused>,
    /// What it gave of an answer before its end.
    pub pieces: Pieces,
    /// What it used.
    pub usage: Usage,
    /// Its log.
    pub logs: Vec<LogLine>,
}

/// The runs of the schedule between two steps.
#[derive(Default)]
pub struct Runs {
    /// Each: the entry's name, and, behind a space, why it was refused.
    pub names: Vec<String>,
    /// What those that were refused say, in words.
    pub refusals: Vec<String>,
    /// Their log.
    pub logs: Vec<LogLine>,
}

/// A call that was not answered.
pub struct Refused {
    /// The code that the caller gets.
    pub code: RefusalWord,
    /// More exactly: the contract's own case, or the limit.
    pub case: Option<RefusalWord>,
    /// In words.
    pub message: String,
}

impl Bench {
    /// Compiles the component. With `record`, what no scenario has written down is asked of the world.
    pub fn new(component: &[u8], manifest: Manifest, databases: Databases, record: bool) -> Result<Self> {
        let network = record.then(|| Network::new(Arc::new(SystemResolver)));
        let outside = Arc::new(Outside::new(network, databases));
        // One call after the other: there is nobody to share with.
        let config = EngineConfig { concurrent_calls: 1, concurrent_calls_each: 1, ..EngineConfig::default() };
        let engine = Engine::with_carrier(config, outside.clone())?;
        let module = engine.compile(component, &manifest)?;
        Ok(Self { engine, module, manifest, outside, record })
    }

    /// Plays the scenario up to the first step that is not as expected: what comes after it would mean nothing. Only
    /// where exchanges are recorded, all steps are made. Gives those besides; none where one of them failed. `old` is the
    /// component that is there before the scenario's upgrade.
    pub async fn play(&self, scenario: Scenario, old: Option<&[u8]>) -> Result<(Played, Option<Vec<Recorded>>)> {
        let old = old.map(|old| self.engine.compile(old, &self.manifest)).transpose().context("the old component")?;
        let mut life = Life::begin(old.as_ref().unwrap_or(&self.module));
        let Scenario { seed, block, secrets, state, chain, old: _, steps, exchanges, callees } = scenario;
        let given = Given {
            secrets: Arc::new(secrets),
            chain: Arc::new(chain),
            contract: CONTRACT,
            outside: self.outside.clone(),
        };
        let mut store = Store::of(state);
        self.outside.begin(exchanges, callees);
        let (mut played, mut run) = (Played::of(steps.len()), 0);
        let host = CallHost::new(store.clone(), given.clone(), Random::new(&format!("{seed} init"), 0));
        let mut before = Vec::new();
        if let Some(first) = steps.first() {
            let context = context(&life, first, 0, block);
            let called = self.make_ready(&mut life, context, host, &mut store).await?;
            if let Err(refused) = &called.said {
                self.outside.end();
                played.problems.push(format!("init: {}", check::in_words(refused)));
                return Ok((played, None));
            }
            before = called.logs;
        }
        for (number, step) in (0..).zip(steps) {
            let mut host = |store: &Store| {
                run += 1;
                CallHost::new(store.clone(), given.clone(), Random::new(&format!("{seed} schedule"), run))
            };
            let runs = self.run_due(&life, &mut store, step.now_ms, block.saturating_add(number), &mut host).await?;
            store.remove_ended(step.now_ms);
            let host = CallHost::new(store.clone(), given.clone(), Random::new(&seed, number));
            let mut called = self.make(&mut life, &step, (number, block), host, &mut store).await?;
            called.logs.splice(..0, before.drain(..).chain(runs.logs.iter().cloned())).for_each(drop);
            let mut differences = check::differences(&step, &called, &store);
            differences.extend(check::runs(&step, &runs));
            differences.extend(self.outside.problems());
            let done = differences.is_empty();
            played.steps.push(PlayedStep::of(&step, called, differences));
            if !done && !self.record {
                break;
            }
        }
        let left = self.outside.end();
        if played.steps.iter().all(PlayedStep::passed) {
            let unasked = left.unasked.iter().map(|what| format!("nobody asked for the exchange {what}"));
            played.problems.extend(unasked);
            let uncalled = left.uncalled.iter().map(|what| format!("nobody called {what}"));
            played.problems.extend(uncalled);
        }
        let unanswered =
            left.unanswered.iter().map(|what| format!("{what} was not recorded: it was not answered in time"));
        played.problems.extend(unanswered);
        Ok((played, left.recorded))
    }

    /// Makes a step.
    async fn make<'a>(
        &'a self,
        life: &mut Life<'a>,
        step: &Step,
        (number, block): (u64, u64),
        host: CallHost,
        store: &mut Store,
    ) -> Result<Called> {
        if step.trigger == Trigger::Upgrade {
            life.upgrade(&self.module);
            let context = context(life, step, number, block);
            return self.make_ready(life, context, host, store).await;
        }
        if let Some((code, message)) = life.refusal() {
            return Ok(Called::refused(code, message));
        }
        match self.refused(step)? {
            Some(refused) => Ok(refused),
            None => {
                let context = context(life, step, number, block);
                self.call(life.module(), host, context, step.request.clone(), store).await
            }
        }
    }

    /// What a worker refuses before it asks the contract. An error where the step is what the manifest does not have.
    fn refused(&self, step: &Step) -> Result<Option<Called>> {
        let path = &step.request.path;
        let hook = webhook::find(&self.manifest.webhooks, path).is_some();
        let unanswered = match (self.manifest.callers, &step.caller) {
            (Callers::Anyone, _)
            | (Callers::Account, Principal::Account(_))
            | (Callers::Contract, Principal::Contract(_)) => None,
            (Callers::Account, _) => Some((RefusalWord::CallerRequired, CALLER_REQUIRED)),
            (Callers::Contract, _) => Some((RefusalWord::ContractsOnly, CONTRACTS_ONLY)),
        };
        let (code, message) = match step.trigger {
            Trigger::Webhook if !self.manifest.webhooks.iter().any(|hook| hook.path == *path) => {
                bail!("the manifest has no webhook with the path {path}")
            }
            Trigger::Message if !self.manifest.messages => bail!("the manifest takes no messages"),
            Trigger::Watch if !self.watches(step) => bail!("the manifest has no watch of this name"),
            Trigger::Call if hook => (RefusalWord::WebhookOnly, WEBHOOK_ONLY),
            Trigger::Call => match unanswered {
                Some(refused) => refused,
                None => return Ok(None),
            },
            Trigger::Webhook | Trigger::Message | Trigger::Watch | Trigger::Upgrade => return Ok(None),
        };
        Ok(Some(Called::refused(code, message.into())))
    }

    /// Whether the manifest has the watch that this step is of.
    fn watches(&self, step: &Step) -> bool {
        let is_of = |name: &str| step.request.fields.contains(&(watch::NAME_FIELD.into(), name.into()));
        self.manifest.watches.iter().any(|watch| is_of(&watch.name))
    }

    /// Has the contract's `init` or `migrate` run, if it owes one, in the step that `context` is for, as a worker does.
    async fn make_ready(
        &self,
        life: &mut Life<'_>,
        context: CallContext,
        host: CallHost,
        store: &mut Store,
    ) -> Result<Called> {
        let Some(transition) = life.owed() else { return Ok(Called::nothing()) };
        let request_id = match transition {
            Transition::Init => RequestId(*b"testbed: an init"),
            Transition::Migrate { .. } => RequestId(*b"testbed: migrate"),
        };
        let context = CallContext { request_id, caller: life::caller(&CONTRACT.0), ..context };
        let called = self.call(life.module(), host, context, transition, store).await?;
        life.done(transition, called.said.as_ref().err().map(|refused| refused.message.clone()));
        Ok(called)
    }

    /// Makes the runs of the schedule that are due by `now_ms`, in the order of their times; none while calls are refused.
    async fn run_due(
        &self,
        life: &Life<'_>,
        store: &mut Store,
        now_ms: u64,
        block: u64,
        host: &mut impl FnMut(&Store) -> CallHost,
    ) -> Result<Runs> {
        let mut runs = Runs::default();
        if life.refusal().is_some() {
            return Ok(runs);
        }
        while let Some(due) = store.take_due(now_ms) {
            if runs.names.len() >= MAX_RUNS {
                bail!("more than {MAX_RUNS} runs of the schedule are due before one step");
            }
            let (name, context) = (due.name.clone(), run_context(life, &due, block));
            runs.add(name, self.call(life.module(), host(store), context, due.into_request(), store).await?);
        }
        Ok(runs)
    }

    async fn call(
        &self,
        module: &Module,
        host: CallHost,
        context: CallContext,
        ask: impl Into<Ask>,
        store: &mut Store,
    ) -> Result<Called> {
        let pieces = host.pieces();
        let outcome = match self.engine.call(module, context, host, ask).await {
            Ok(outcome) => outcome,
            Err(error @ CallError::RequestTooLarge { .. }) => {
                return Ok(Called::refused(RefusalWord::TooLarge, error.to_string()));
            }
            Err(error @ CallError::Busy) => return Err(error.into()),
        };
        let Outcome { ending, usage, logs, kept, .. } = outcome;
        let said = match ending {
            Ending::Answered(answer) => match store.commit_within(&answer, module.limits().storage) {
                true => {
                    kept.into_iter().for_each(Kept::keep);
                    Ok((answer.response, answer.report))
                }
                false => Err(exceeded(RefusalWord::Storage, "storage")),
            },
            Ending::GuestError(error) => {
                Err(Refused { code: RefusalWord::ContractError, case: Some(case(&error)), message: in_words(&error) })
            }
            Ending::Exceeded(limit) => Err(exceeded(word(limit), limit.name())),
            Ending::Trapped(message) => Err(Refused { code: RefusalWord::ContractFailed, case: None, message }),
            Ending::HostFailed(reason) => bail!("the testbed failed during a call: {reason}"),
            Ending::HostBug => bail!("a bug in the engine; please report it, with the component"),
        };
        Ok(Called { said, pieces, usage, logs })
    }
}

/// Of a step.
fn context(life: &Life<'_>, step: &Step, number: u64, block: u64) -> CallContext {
    let block = block.saturating_add(number);
    let mut request_id = [0; 16];
    request_id[..8].copy_from_slice(&number.to_le_bytes());
    CallContext {
        network: NETWORK,
        contract: CONTRACT,
        code: life.module().code(),
        lease: Some(Lease { number: 1, incarnation: 1 }),
        request_id: RequestId(request_id),
        caller: match step.trigger {
            Trigger::Watch => life::caller(&CONTRACT.0),
            Trigger::Call | Trigger::Webhook | Trigger::Message | Trigger::Upgrade => step.caller.clone(),
        },
        now_ms: step.now_ms,
        block,
        block_hash: block_hash(block),
        block_ms: step.now_ms,
    }
}

/// Of a run of the schedule, which takes place at its time.
fn run_context(life: &Life<'_>, due: &Due, block: u64) -> CallContext {
    CallContext {
        network: NETWORK,
        contract: CONTRACT,
        code: life.module().code(),
        lease: Some(Lease { number: 1, incarnation: 1 }),
        request_id: schedule::request_id(&NETWORK, &CONTRACT, &due.name, due.at_ms, &[0; 16]),
        caller: life::caller(&CONTRACT.0),
        now_ms: due.at_ms,
        block,
        block_hash: block_hash(block),
        block_ms: due.at_ms,
    }
}

/// The same at each run, and another one for each block.
fn block_hash(number: u64) -> BlockHash {
    BlockHash(Sha256::new_with_prefix("adyton-testbed block").chain_update(number.to_le_bytes()).finalize().into())
}

impl Runs {
    fn add(&mut self, name: String, called: Called) {
        self.logs.extend(called.logs);
        match called.said {
            Ok(_) => self.names.push(name),
            Err(refused) => {
                let said = check::in_words(&refused);
                self.names.push(format!("{name} {}", refused.case.unwrap_or(refused.code).name()));
                self.refusals.push(format!("the run of {name}: {said}"));
            }
        }
    }
}

impl Called {
    /// What there was to do, which was nothing.
    fn nothing() -> Self {
        let response = Response { status: 204, fields: Vec::new(), body: Vec::new() };
        Self::without_run(Ok((response, None)))
    }

    /// One that did not begin.
    fn refused(code: RefusalWord, message: String) -> Self {
        Self::without_run(Err(Refused { code, case: None, message }))
    }

    fn without_run(said: Result<(Response, Option<Vec<u8>>), Refused>) -> Self {
        Self { said, pieces: Pieces::default(), usage: Usage::default(), logs: Vec::new() }
    }
}

fn exceeded(limit: RefusalWord, name: &str) -> Refused {
    let message = format!("the call used more {name} than its manifest allows");
    Refused { code: RefusalWord::LimitExceeded, case: Some(limit), message }
}

fn case(error: &GuestError) -> RefusalWord {
    match error {
        GuestError::Denied(_) => RefusalWord::Denied,
        GuestError::Limit(_) => RefusalWord::Limit,
        GuestError::Timeout => RefusalWord::Timeout,
        GuestError::Invalid(_) => RefusalWord::Invalid,
        GuestError::Conflict => RefusalWord::Conflict,
        GuestError::NotFound => RefusalWord::NotFound,
        GuestError::Unavailable(_) => RefusalWord::Unavailable,
        GuestError::Other(_) => RefusalWord::Other,
    }
}

fn word(limit: Limit) -> RefusalWord {
    match limit {
        Limit::Fuel => RefusalWord::Fuel,
        Limit::Memory => RefusalWord::Memory,
        Limit::WallTime => RefusalWord::WallTime,
        Limit::Response => RefusalWord::Response,
    }
}
