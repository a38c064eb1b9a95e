//! Calls of other contracts: what the contract under test asks them, and what it is answered there.

use std::collections::BTreeMap;

use adyton_engine::{ContractCall, ContractCalled, ContractRefusal, Request, Response};
use adyton_protocol::{
    call::{Fields, RESERVED_PREFIX},
    ids::ContractId,
};
use serde::Deserialize;

use super::{content::Content, exchange::AnswerText, identifier, method_and_path};

/// A call that another contract answers, or that is refused.
#[derive(Debug, Clone)]
pub struct Callee {
    /// The contract that is called.
    pub contract: ContractId,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Content>,
    outcome: Result<Response, ContractRefusal>,
    gas: u64,
    /// Whether it answers any number of calls, and none is enough.
    pub any_number: bool,
}

/// How a scenario's file writes one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalleeText {
    id: String,
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Content>,
    answer: Option<AnswerText>,
    refused: Option<Refused>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    gas: u64,
    #[serde(default)]
    any_number: bool,
}

/// The cases of a refusal that the other contract, or the worker, may come to.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Refused {
    Elsewhere,
    Unavailable,
    Reentrant,
    TooDeep,
    Denied,
    Failed,
    Trapped,
    Exceeded,
}

impl CalleeText {
    /// Reads it, or says what is wrong with it.
    pub(super) fn read(self) -> Result<Callee, String> {
        let name = format!("the call {} of the contract {}", self.request, self.id);
        let wrong = |reason: String| format!("{name}: {reason}");
        let contract = identifier(&self.id).and_then(|id| id.try_into().map_err(|_| "no identifier".to_owned()));
        let (method, path) = method_and_path(&self.request).map_err(wrong)?;
        let outcome = match (self.answer, self.refused) {
            (Some(answer), None) if self.message.is_empty() => Ok(response(answer).map_err(wrong)?),
            (None, Some(refused)) => Err(refused.with(self.message)),
            _both_or_none => return Err(wrong("it needs either an answer, or how it is refused".into())),
        };
        Ok(Callee {
            contract: ContractId(contract.map_err(wrong)?),
            method,
            path,
            headers: self.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            body: self.body,
            outcome,
            gas: self.gas,
            any_number: self.any_number,
        })
    }
}

/// As a contract may answer.
fn response(answer: AnswerText) -> Result<Response, String> {
    let (status, fields, body) = answer.of_contract()?;
    let own = |name: &str| name.starts_with(RESERVED_PREFIX);
    if !(200..=599).contains(&status) || fields.iter().any(|(name, _)| own(name)) {
        return Err("no contract answers so: a status of 200 to 599, and no field of Adyton's own".into());
    }
    let fields: Fields = fields.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
    Ok(Response { status, fields, body })
}

impl Refused {
    fn with(self, message: String) -> ContractRefusal {
        match self {
            Self::Elsewhere => ContractRefusal::Elsewhere,
            Self::Unavailable => ContractRefusal::Unavailable(message),
            Self::Reentrant => ContractRefusal::Reentrant,
            Self::TooDeep => ContractRefusal::TooDeep,
            Self::Denied => ContractRefusal::Denied(message),
            Self::Failed => ContractRefusal::Failed(message),
            Self::Trapped => ContractRefusal::Trapped(message),
            Self::Exceeded => ContractRefusal::Exceeded(message),
        }
    }
}

impl Callee {
    /// Whether it is what `call` asks for.
    pub fn fits(&self, call: &ContractCall) -> bool {
        let Request { method, path, fields, body } = &call.request;
        let has = |(name, value): &(String, String)| {
            fields.iter().any(|(found, bytes)| found == name.as_bytes() && bytes == value.as_bytes())
        };
        self.contract == call.contract
            && self.method == *method
            && self.path == *path
            && self.headers.iter().all(has)
            && self.body.as_ref().is_none_or(|expected| expected.accepts(body))
    }

    /// What comes of the call, within the fuel that it may use.
    pub fn happen(self, call: &ContractCall) -> ContractCalled {
        let (outcome, fuel) = match self.gas > call.fuel {
            true => (Err(ContractRefusal::Exceeded("fuel".into())), call.fuel),
            false => (self.outcome, self.gas),
        };
        ContractCalled { outcome, fuel, digests: None }
    }

    /// What it is known by.
    pub fn name(&self) -> String {
        name(&self.contract, &self.method, &self.path)
    }
}

/// What a call is known by.
pub fn name(contract: &ContractId, method: &str, path: &str) -> String {
    format!("{method} {path} of the contract 0x{}", hex::encode(contract.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callee(text: &str) -> Result<Callee, String> {
        toml::from_str::<CalleeText>(text).map_err(|error| error.to_string())?.read()
    }

    fn call(fuel: u64) -> ContractCall {
        let fields = vec![(b"x-one".to_vec(), b"1".to_vec())];
        let request = Request { method: "POST".into(), path: "/pay".into(), fields, body: b"{\"a\":1}".to_vec() };
        let contract = ContractId(identifier("token").expect("an identifier").try_into().expect("32 bytes"));
        ContractCall { contract, request, fuel }
    }

    #[test]
    fn a_call_fits_by_contract_method_path_fields_and_content() {
        let fits = |text: &str| callee(&format!("{text}\nanswer.status = 200")).expect("one").fits(&call(0));
        assert!(fits("id = \"token\"\nrequest = \"POST /pay\""));
        assert!(fits("id = \"token\"\nrequest = \"POST /pay\"\nheaders = { X-One = \"1\" }\nbody.json = { a = 1 }"));
        for other in [
            "id = \"other\"\nrequest = \"POST /pay\"",
            "id = \"token\"\nrequest = \"PUT /pay\"",
            "id = \"token\"\nrequest = \"POST /\"",
            "id = \"token\"\nrequest = \"POST /pay\"\nheaders = { x-one = \"2\" }",
            "id = \"token\"\nrequest = \"POST /pay\"\nbody.json = { a = 2 }",
        ] {
            assert!(!fits(other), "{other}");
        }
    }

    #[test]
    fn an_answer_costs_its_gas_and_one_that_takes_more_than_there_is_all_of_it() {
        let answer = "id = \"token\"\nrequest = \"POST /pay\"\nanswer.status = 201\nanswer.body = \"ok\"\ngas = 10";
        let happen = |fuel| callee(answer).expect("one").happen(&call(fuel));
        let answered = happen(10);
        let response = answered.outcome.expect("an answer");
        assert_eq!((response.status, response.body.as_slice(), answered.fuel), (201, &b"ok"[..], 10));
        let exceeded = happen(9);
        assert!(matches!(exceeded.outcome, Err(ContractRefusal::Exceeded(_))) && exceeded.fuel == 9);
    }

    #[test]
    fn each_refusal_is_what_it_says() {
        let refused = |word: &str| {
            let text = format!("id = \"token\"\nrequest = \"GET /\"\nrefused = \"{word}\"\nmessage = \"why\"");
            callee(&text).expect("one").happen(&call(0)).outcome.expect_err("a refusal")
        };
        assert!(matches!(refused("elsewhere"), ContractRefusal::Elsewhere));
        assert!(matches!(refused("reentrant"), ContractRefusal::Reentrant));
        assert!(matches!(refused("too-deep"), ContractRefusal::TooDeep));
        assert!(matches!(refused("unavailable"), ContractRefusal::Unavailable(why) if why == "why"));
        assert!(matches!(refused("denied"), ContractRefusal::Denied(why) if why == "why"));
        assert!(matches!(refused("failed"), ContractRefusal::Failed(why) if why == "why"));
        assert!(matches!(refused("trapped"), ContractRefusal::Trapped(why) if why == "why"));
        assert!(matches!(refused("exceeded"), ContractRefusal::Exceeded(why) if why == "why"));
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for (text, reason) in [
            ("id = \"\"\nrequest = \"GET /\"\nanswer.status = 200", "empty name"),
            ("id = \"0x00\"\nrequest = \"GET /\"\nanswer.status = 200", "64 hexadecimal digits"),
            ("id = \"a\"\nrequest = \"GET a\"\nanswer.status = 200", "no request"),
            ("id = \"a\"\nrequest = \"GET /.adyton/x\"\nanswer.status = 200", "the worker's"),
            ("id = \"a\"\nrequest = \"GET /\"", "needs either"),
            ("id = \"a\"\nrequest = \"GET /\"\nanswer.status = 200\nrefused = \"failed\"", "needs either"),
            ("id = \"a\"\nrequest = \"GET /\"\nanswer.status = 200\nmessage = \"x\"", "needs either"),
            ("id = \"a\"\nrequest = \"GET /\"\nrefused = \"badly\"", "unknown variant"),
            ("id = \"a\"\nrequest = \"GET /\"\nanswer.status = 100", "200 to 599"),
            (
                "id = \"a\"\nrequest = \"GET /\"\nanswer.status = 200\nanswer.headers = { adyton-x = \"1\" }",
                "Adyton's own",
            ),
            ("id = \"a\"\nrequest = \"GET /\"\nanswer.status = 200\nanswer.certificate = \"0x00\"", "certificate"),
        ] {
            let error = callee(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
