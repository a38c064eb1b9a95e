//! Plays a scenario: each step is a call on a fresh instance in the real engine, under the manifest's limits, and what
//! it wrote is committed before the next one.

use std::sync::Arc;

use adyton_engine::{
    Ask, CallContext, CallError, Ending, Engine, EngineConfig, GuestError, Lease, Limit, LogLine, Module, Outcome,
    Principal, Response, Usage,
    egress::{Network, SystemResolver},
    in_words,
};
use adyton_protocol::{
    ids::{BlockHash, ContractId, NetworkId, RequestId},
    manifest::{Callers, Manifest},
    receipt::Transition,
    schedule,
};
use anyhow::{Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    check,
    host::{CallHost, Due, Given, Random, Store},
    outside::{Outside, Recorded},
    report::{Played, PlayedStep},
    scenario::{RefusalWord, Scenario, Step},
};

/// The network and the contract that contracts under test see.
const NETWORK: NetworkId = NetworkId(*b"adyton-testbed: the test network");
/// See [`NETWORK`].
const CONTRACT: ContractId = ContractId(*b"adyton-testbed: the one contract");
/// What an anonymous caller is told where there must be none.
const CALLER_REQUIRED: &str = "this contract answers only calls that an account signed";

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
    pub fn new(component: &[u8], manifest: Manifest, record: bool) -> Result<Self> {
        let outside = Arc::new(match record {
            true => Outside::recording(Network::new(Arc::new(SystemResolver))),
            false => Outside::written(),
        });
        // One call after the other: there is nobody to share with.
        let config = EngineConfig { concurrent_calls: 1, concurrent_calls_each: 1, ..EngineConfig::default() };
        let engine = Engine::with_carrier(config, outside.clone())?;
        let module = engine.compile(component, &manifest)?;
        Ok(Self { engine, module, manifest, outside, record })
    }

    /// Plays the scenario up to the first step that is not as expected: what comes after it would mean nothing. Only
    /// where exchanges are recorded, all steps are made. Gives those besides; none where one of them failed.
    pub async fn play(&self, scenario: Scenario) -> Result<(Played, Option<Vec<Recorded>>)> {
        let Scenario { seed, block, secrets, state, chain, steps, exchanges } = scenario;
        let (mut store, given) = (Store::of(state), Given { secrets: Arc::new(secrets), chain: Arc::new(chain) });
        self.outside.begin(exchanges);
        let (mut played, mut run) = (Played::of(steps.len()), 0);
        let host = CallHost::new(store.clone(), given.clone(), Random::new(&format!("{seed} init"), 0));
        let mut before = match self.init(steps.first(), block, host, &mut store).await? {
            Ok(logs) => logs,
            Err(refused) => {
                self.outside.end();
                played.problems.push(format!("init: {}", check::in_words(&refused)));
                return Ok((played, None));
            }
        };
        for (number, step) in (0..).zip(steps) {
            let mut host = |store: &Store| {
                run += 1;
                CallHost::new(store.clone(), given.clone(), Random::new(&format!("{seed} schedule"), run))
            };
            let runs = self.run_due(&mut store, step.now_ms, block.saturating_add(number), &mut host).await?;
            store.remove_ended(step.now_ms);
            let host = CallHost::new(store.clone(), given.clone(), Random::new(&seed, number));
            let context = self.context(&step, number, block);
            let nobody = matches!(step.caller, Principal::Anonymous);
            let mut called = match self.manifest.callers == Callers::Account && nobody {
                true => Called::refused(RefusalWord::CallerRequired, CALLER_REQUIRED.into()),
                false => self.call(host, context, step.request.clone(), &mut store).await?,
            };
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
        }
        let unanswered =
            left.unanswered.iter().map(|what| format!("{what} was not recorded: it was not answered in time"));
        played.problems.extend(unanswered);
        Ok((played, left.recorded))
    }

    fn context(&self, step: &Step, number: u64, block: u64) -> CallContext {
        let block = block.saturating_add(number);
        let mut request_id = [0; 16];
        request_id[..8].copy_from_slice(&number.to_le_bytes());
        CallContext {
            network: NETWORK,
            contract: CONTRACT,
            code: self.module.code(),
            lease: Some(Lease { number: 1, incarnation: 1 }),
            request_id: RequestId(request_id),
            caller: step.caller.clone(),
            now_ms: step.now_ms,
            block,
            block_hash: block_hash(block),
            block_ms: step.now_ms,
        }
    }

    /// Has the contract's `init` run, if it exports one, before the first step and at its time, as a worker does. Gives
    /// its log.
    async fn init(
        &self,
        first: Option<&Step>,
        block: u64,
        host: CallHost,
        store: &mut Store,
    ) -> Result<Result<Vec<LogLine>, Refused>> {
        let Some(first) = first.filter(|_| self.module.has_lifecycle()) else { return Ok(Ok(Vec::new())) };
        let context = CallContext {
            request_id: RequestId(*b"testbed: an init"),
            caller: Principal::Contract(CONTRACT.0.to_vec()),
            ..self.context(first, 0, block)
        };
        let called = self.call(host, context, Transition::Init, store).await?;
        Ok(called.said.map(|_| called.logs))
    }

    /// Makes the runs of the schedule that are due by `now_ms`, in the order of their times.
    async fn run_due(
        &self,
        store: &mut Store,
        now_ms: u64,
        block: u64,
        host: &mut impl FnMut(&Store) -> CallHost,
    ) -> Result<Runs> {
        let mut runs = Runs::default();
        while let Some(due) = store.take_due(now_ms) {
            if runs.names.len() >= MAX_RUNS {
                bail!("more than {MAX_RUNS} runs of the schedule are due before one step");
            }
            let (name, context) = (due.name.clone(), self.run_context(&due, block));
            runs.add(name, self.call(host(store), context, due.into_request(), store).await?);
        }
        Ok(runs)
    }

    /// Of a run of the schedule, which takes place at its time.
    fn run_context(&self, due: &Due, block: u64) -> CallContext {
        CallContext {
            network: NETWORK,
            contract: CONTRACT,
            code: self.module.code(),
            lease: Some(Lease { number: 1, incarnation: 1 }),
            request_id: schedule::request_id(&NETWORK, &CONTRACT, &due.name, due.at_ms, &[0; 16]),
            caller: Principal::Contract(CONTRACT.0.to_vec()),
            now_ms: due.at_ms,
            block,
            block_hash: block_hash(block),
            block_ms: due.at_ms,
        }
    }

    async fn call(
        &self,
        host: CallHost,
        context: CallContext,
        ask: impl Into<Ask>,
        store: &mut Store,
    ) -> Result<Called> {
        let outcome = match self.engine.call(&self.module, context, host, ask).await {
            Ok(outcome) => outcome,
            Err(error @ CallError::RequestTooLarge { .. }) => {
                return Ok(Called::refused(RefusalWord::TooLarge, error.to_string()));
            }
            Err(error @ CallError::Busy) => return Err(error.into()),
        };
        let Outcome { ending, usage, logs, .. } = outcome;
        let said = match ending {
            Ending::Answered(answer) => {
                store.commit(&answer);
                Ok((answer.response, answer.report))
            }
            Ending::GuestError(error) => {
                Err(Refused { code: RefusalWord::ContractError, case: Some(case(&error)), message: in_words(&error) })
            }
            Ending::Exceeded(limit) => Err(Refused {
                code: RefusalWord::LimitExceeded,
                case: Some(word(limit)),
                message: format!("the call used more {} than its manifest allows", limit.name()),
            }),
            Ending::Trapped(message) => Err(Refused { code: RefusalWord::ContractFailed, case: None, message }),
            Ending::HostFailed(reason) => bail!("the testbed failed during a call: {reason}"),
            Ending::HostBug => bail!("a bug in the engine; please report it, with the component"),
        };
        Ok(Called { said, usage, logs })
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
    /// One that did not begin.
    fn refused(code: RefusalWord, message: String) -> Self {
        Self { said: Err(Refused { code, case: None, message }), usage: Usage::default(), logs: Vec::new() }
    }
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
