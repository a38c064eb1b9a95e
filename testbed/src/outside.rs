//! The world outside, as a scenario has it: a contract's requests, and its calls of other contracts, are answered by
//! what was written down, and where exchanges are being recorded, requests by the world itself.
//!
//! Whether a request may leave at all, the engine has decided before by the manifest's rules. Where it goes is judged
//! by the engine's own [`Network`], also when it is recorded.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use adyton_engine::{
    ContractCall, ContractCalled, ContractRefusal,
    egress::{Answer, Bounds, Carrier, Coming, Dialled, EgressError, Network, Permit, Policy, Prepared, Recorder},
};
use futures::future::BoxFuture;

use crate::{
    databases::Databases,
    scenario::{
        callee::{self, Callee},
        exchange::{Exchange, Failure},
    },
};

/// Carries the requests of the scenario that runs.
pub struct Outside {
    network: Option<Network>,
    databases: Databases,
    running: Mutex<Running>,
}

/// What is known of the scenario that runs.
#[derive(Default)]
struct Running {
    exchanges: Vec<(Exchange, bool)>,
    callees: Vec<(Callee, bool)>,
    /// What became of each request that was sent, in the order in which they began.
    recorded: Vec<Sent>,
    problems: Vec<String>,
}

/// What became of a request that was sent.
enum Sent {
    /// Nothing yet: this was asked for.
    Waits(String),
    /// It failed, which was said.
    Failed,
    /// It was answered.
    Answered(Recorded),
}

/// What became of a scenario's exchanges.
pub struct Left {
    /// Those that nobody asked for.
    pub unasked: Vec<String>,
    /// Calls of other contracts that nobody made.
    pub uncalled: Vec<String>,
    /// Requests that were sent and that the contract did not wait for to the end.
    pub unanswered: Vec<String>,
    /// Those that took place, in the order in which they began; none where one of them failed.
    pub recorded: Option<Vec<Recorded>>,
}

/// An exchange that took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The URL, in normal form.
    pub url: String,
    /// The request's content.
    pub body: Vec<u8>,
    /// The answer.
    pub answer: Answer,
}

/// What a request is known by.
struct Asked {
    method: String,
    url: String,
    host: String,
    /// With secrets filled in.
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Outside {
    /// Only what is written down, and these databases. With a network, what is not written down is asked of the world.
    pub fn new(network: Option<Network>, databases: Databases) -> Self {
        Self { network, databases, running: Mutex::default() }
    }

    /// Begins a scenario.
    pub fn begin(&self, exchanges: Vec<Exchange>, callees: Vec<Callee>) {
        let exchanges = exchanges.into_iter().map(|exchange| (exchange, false)).collect();
        let callees = callees.into_iter().map(|callee| (callee, false)).collect();
        *self.running() = Running { exchanges, callees, ..Running::default() };
    }

    /// What comes of a call of another contract: the first answer that fits and was not used up.
    pub fn call(&self, call: &ContractCall) -> ContractCalled {
        let mut running = self.running();
        let mut fit = running.callees.iter_mut().filter(|(callee, used)| callee.any_number || !used);
        if let Some((callee, used)) = fit.find(|(callee, _)| callee.fits(call)) {
            *used = true;
            return callee.clone().happen(call);
        }
        let what = callee::name(&call.contract, &call.request.method, &call.request.path);
        running.problems.push(format!("it asks for {what}, and no [[contract]] of the scenario fits that is left"));
        ContractCalled { outcome: Err(ContractRefusal::Elsewhere), fuel: 0, digests: None }
    }

    /// What went wrong since the last time that it was asked for.
    pub fn problems(&self) -> Vec<String> {
        std::mem::take(&mut self.running().problems)
    }

    /// Ends the scenario.
    pub fn end(&self) -> Left {
        let ended = std::mem::take(&mut *self.running());
        let unasked = ended.exchanges.iter().filter(|(exchange, asked)| !asked && !exchange.any_number);
        let uncalled = ended.callees.iter().filter(|(callee, called)| !called && !callee.any_number);
        Left {
            unasked: unasked.map(|(exchange, _)| format!("{} {}", exchange.method, exchange.url)).collect(),
            uncalled: uncalled.map(|(callee, _)| callee.name()).collect(),
            unanswered: ended.recorded.iter().filter_map(Sent::waits).collect(),
            recorded: ended.recorded.into_iter().map(Sent::answered).collect(),
        }
    }

    /// The first exchange that fits and was not used up.
    fn find(&self, asked: &Asked) -> Option<Exchange> {
        let mut running = self.running();
        let mut fit = running.exchanges.iter_mut().filter(|(exchange, used)| exchange.any_number || !used);
        let (exchange, used) = fit.find(|(exchange, _)| asked.fits(exchange))?;
        *used = true;
        Some(exchange.clone())
    }

    fn not_written(&self, asked: &Asked) -> EgressError {
        let what = format!("{} {}", asked.method, asked.url);
        self.running().problems.push(format!("it asks for {what}, and no exchange of the scenario fits that is left"));
        EgressError::Unavailable { host: asked.host.clone(), reason: format!("the test has no exchange {what}") }
    }

    /// Asks the world, for the whole answer: it is written down as such. Certificates are judged by this machine's clock:
    /// the scenario's is made up.
    async fn ask<'a>(
        &'a self,
        network: &'a Network,
        (policy, request): (&'a Policy, Prepared),
        bounds: Bounds,
        record: Recorder<'a>,
    ) -> Result<Coming, EgressError> {
        let asked = Asked::of(&request);
        let place = {
            let mut running = self.running();
            running.recorded.push(Sent::Waits(format!("{} {}", asked.method, asked.url)));
            running.recorded.len() - 1
        };
        let now_ms = machine_ms();
        let whole = match network.carry(policy, request, Bounds { now_ms, ..bounds }, record).await {
            Ok(coming) => coming.whole(bounds.answer_bytes).await,
            Err(error) => Err(error),
        };
        let mut running = self.running();
        match whole {
            Ok((answer, coming)) => {
                let Asked { method, url, body, .. } = asked;
                running.recorded[place] = Sent::Answered(Recorded { method, url, body, answer });
                Ok(coming)
            }
            Err(error) => {
                running.recorded[place] = Sent::Failed;
                running.problems.push(format!("{} {} was not recorded: {error}", asked.method, asked.url));
                Err(error)
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent {
    fn waits(&self) -> Option<String> {
        match self {
            Self::Waits(asked) => Some(asked.clone()),
            Self::Failed | Self::Answered(_) => None,
        }
    }

    fn answered(self) -> Option<Recorded> {
        match self {
            Self::Answered(recorded) => Some(recorded),
            Self::Waits(_) | Self::Failed => None,
        }
    }
}

impl Carrier for Outside {
    fn carry<'a>(
        &'a self,
        policy: &'a Policy,
        request: Prepared,
        bounds: Bounds,
        record: Recorder<'a>,
    ) -> BoxFuture<'a, Result<Coming, EgressError>> {
        Box::pin(async move {
            let asked = Asked::of(&request);
            match (self.find(&asked), &self.network) {
                (Some(exchange), _) => exchange.happen(asked.host, bounds).map(Coming::of),
                (None, Some(network)) => self.ask(network, (policy, request), bounds, record).await,
                (None, None) => Err(self.not_written(&asked)),
            }
        })
    }

    fn dial<'a>(
        &'a self,
        _policy: &'a Policy,
        permit: &'a Permit,
        _scenarios_ms: u64,
    ) -> BoxFuture<'a, Result<Dialled, EgressError>> {
        Box::pin(self.databases.dial(permit))
    }
}

/// This machine's clock, Unix milliseconds.
pub fn machine_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

impl Asked {
    fn of(request: &Prepared) -> Self {
        let destination = request.permit.destination();
        let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        let plain = request.fields.iter().map(|(name, value)| field((name, value)));
        let secret = request.secret_fields.iter().map(|secret| field((&secret.name, &secret.value)));
        Self {
            method: request.method.as_str().to_owned(),
            url: destination.url(),
            host: destination.host(),
            fields: plain.chain(secret).collect(),
            body: request.body.clone(),
        }
    }

    fn fits(&self, exchange: &Exchange) -> bool {
        let has = |(name, value): &(String, String)| {
            self.fields.iter().any(|(found, bytes)| found == name && bytes == value.as_bytes())
        };
        self.method == exchange.method
            && self.url == exchange.url
            && exchange.headers.iter().all(has)
            && exchange.body.as_ref().is_none_or(|body| body.accepts(&self.body))
    }
}

impl Exchange {
    /// What the contract gets, within the bounds that hold for real answers.
    fn happen(self, host: String, bounds: Bounds) -> Result<Answer, EgressError> {
        if self.takes >= bounds.time {
            return Err(EgressError::Timeout);
        }
        let answer = self.outcome.map_err(|failure| failure.of(host.clone()))?;
        if answer.body.len() as u64 > bounds.answer_bytes {
            return Err(EgressError::TooLarge { host, limit: bounds.answer_bytes });
        }
        Ok(answer)
    }
}

impl Failure {
    fn of(self, host: String) -> EgressError {
        let reason = String::from("the scenario says so");
        match self {
            Self::Timeout => EgressError::Timeout,
            Self::Unavailable => EgressError::Unavailable { host, reason },
            Self::Certificate => EgressError::Certificate { host, reason },
            Self::Resolution => EgressError::Resolution { host, reason },
            Self::PrivateAddress => EgressError::Address { host, address: [10, 0, 0, 1].into(), class: "private" },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::scenario::Scenario;

    const BOUNDS: Bounds = Bounds { answer_bytes: 4, time: Duration::from_secs(1), now_ms: 0 };

    fn outside() -> Outside {
        Outside::new(None, Databases::new(Vec::new(), &[]).expect("has no roots"))
    }

    fn exchanges(text: &str) -> Vec<Exchange> {
        let text = format!("[[step]]\nrequest = \"GET /\"\n{text}");
        Scenario::parse(&text).expect("a scenario").exchanges
    }

    fn asked(method: &str, body: &[u8]) -> Asked {
        Asked {
            method: method.into(),
            url: "https://a/".into(),
            host: "a".into(),
            fields: vec![("authorization".into(), b"Bearer s3cret".to_vec())],
            body: body.to_vec(),
        }
    }

    #[test]
    fn each_exchange_answers_once_in_their_order_but_those_for_any_number() {
        let outside = outside();
        let answers = exchanges(
            "[[exchange]]\nrequest = \"GET https://a/\"\nanswer.status = 201\n\
             [[exchange]]\nrequest = \"GET https://a/\"\nanswer.status = 202\n\
             [[exchange]]\nrequest = \"PUT https://a/\"\nanswer.status = 203\nany_number = true",
        );
        outside.begin(answers, Vec::new());
        let status = |method| {
            let found = outside.find(&asked(method, b""))?;
            Some(found.outcome.expect("an answer").status)
        };
        assert_eq!([status("GET"), status("GET"), status("GET")], [Some(201), Some(202), None]);
        assert_eq!([status("PUT"), status("PUT")], [Some(203), Some(203)]);
        assert!(outside.end().unasked.is_empty());
    }

    #[test]
    fn what_nobody_asked_for_is_told() {
        let outside = outside();
        outside.begin(exchanges("[[exchange]]\nrequest = \"GET https://a/\"\nanswer.status = 200"), Vec::new());
        assert_eq!(outside.end().unasked, ["GET https://a/"]);
    }

    #[test]
    fn an_exchange_fits_by_method_url_fields_and_content() {
        let fits = |more: &str, asked: &Asked| {
            let text = format!("[[exchange]]\nrequest = \"POST https://a/\"\nanswer.status = 200\n{more}");
            asked.fits(&exchanges(&text)[0])
        };
        let asked = asked("POST", b"{\"a\":1,\"b\":2}");
        assert!(fits("", &asked));
        assert!(fits("headers = { Authorization = \"Bearer s3cret\" }\nbody.json = { a = 1 }", &asked));
        assert!(!fits("headers = { authorization = \"Bearer other\" }", &asked));
        assert!(!fits("body = \"{}\"", &asked) && !fits("body.json = { a = 2 }", &asked));
        assert!(!fits("", &super::tests::asked("GET", b"")));
    }

    #[test]
    fn an_answer_that_is_too_large_or_too_late_is_as_it_would_be() {
        let happen = |more: &str| {
            let text = format!("[[exchange]]\nrequest = \"GET https://a/\"\n{more}");
            exchanges(&text).remove(0).happen("a".into(), BOUNDS)
        };
        assert!(happen("answer.status = 200\nanswer.body = \"1234\"").is_ok());
        assert!(matches!(happen("answer.status = 200\nanswer.body = \"12345\""), Err(EgressError::TooLarge { .. })));
        assert!(matches!(happen("answer.status = 200\ntakes_ms = 1000"), Err(EgressError::Timeout)));
        assert!(matches!(happen("fails = \"certificate\""), Err(EgressError::Certificate { .. })));
        assert!(matches!(happen("fails = \"resolution\""), Err(EgressError::Resolution { .. })));
        assert!(matches!(happen("fails = \"unavailable\""), Err(EgressError::Unavailable { .. })));
        assert!(matches!(happen("fails = \"private-address\""), Err(EgressError::Address { .. })));
        assert!(matches!(happen("fails = \"timeout\""), Err(EgressError::Timeout)));
    }
}
