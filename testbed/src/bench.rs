//! Plays a scenario: each step is a call on a fresh instance in the real engine, under the manifest's limits, and what
//! it wrote is committed before the next one.

use std::sync::Arc;

use adyton_engine::{
    CallContext, CallError, Ending, Engine, EngineConfig, GuestError, Lease, Limit, LogLine, Module, Outcome,
    Principal, Response, Usage,
    egress::{Network, SystemResolver},
    in_words,
};
use adyton_protocol::{
    ids::{ContractId, NetworkId, RequestId},
    manifest::{Callers, Manifest},
};
use anyhow::{Result, bail};

use crate::{
    check,
    host::{CallHost, Random, Store},
    outside::{Outside, Recorded},
    report::{Played, PlayedStep},
    scenario::{RefusalWord, Scenario, Step},
};

/// The network and the contract that contracts under test see.
const NETWORK: NetworkId = NetworkId(*b"adyton-testbed: the test network");
/// See [`NETWORK`].
const CONTRACT: ContractId = ContractId(*b"adyton-testbed: the one contract");

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
        let Scenario { seed, block, secrets, state, steps, exchanges } = scenario;
        let (mut store, secrets) = (Store::of(state), Arc::new(secrets));
        self.outside.begin(exchanges);
        let mut played = Played::of(steps.len());
        for (number, step) in (0..).zip(steps) {
            store.remove_ended(step.now_ms);
            let host = CallHost::new(store.clone(), secrets.clone(), Random::new(&seed, number));
            let context = self.context(&step, number, block);
            let called = self.call(host, context, &step, &mut store).await?;
            let mut differences = check::differences(&step, &called, &store);
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
            block: block.saturating_add(number),
        }
    }

    async fn call(&self, host: CallHost, context: CallContext, step: &Step, store: &mut Store) -> Result<Called> {
        if self.manifest.callers == Callers::Account && matches!(step.caller, Principal::Anonymous) {
            let message = "this contract answers only calls that an account signed";
            return Ok(Called::refused(RefusalWord::CallerRequired, message.into()));
        }
        let outcome = match self.engine.call(&self.module, context, host, step.request.clone()).await {
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
