//! Calls of other contracts as a contract written with the SDK sees them.

mod support;

use adyton_engine::{ContractRefusal, Ending, GuestError, Limit, Outcome, Response};
use adyton_protocol::{
    contract_call::{self, Callees},
    ids::ContractId,
    manifest::Manifest,
};
use support::{MemoryHost, call, compile, engine, manifest, request, rust_guest};

const PROBE: &str = "worker/engine/tests/guests/probe";
/// The contract that the probe calls at `/call`, by its first byte.
const OTHER: ContractId = ContractId([9; 32]);

/// A host with another contract that answers 201 with `body`.
fn host(body: &[u8]) -> MemoryHost {
    let fields = vec![(b"x-name".to_vec(), b"caf\xe9".to_vec())];
    let response = Response { status: 201, fields, body: body.to_vec() };
    MemoryHost { others: [(OTHER, Ok(response))].into(), ..MemoryHost::default() }
}

async fn outcome(host: &MemoryHost, manifest: &Manifest, path: &str) -> Outcome {
    let engine = engine();
    let module = compile(&engine, rust_guest(PROBE), manifest);
    call(&engine, &module, host, request("POST", path, b"body")).await
}

fn text(outcome: &Outcome) -> String {
    match &outcome.ending {
        Ending::Answered(answer) => support::text(&answer.response),
        other => panic!("no answer but {other:?}"),
    }
}

#[tokio::test]
async fn another_contract_gets_the_request_and_its_response_comes_back() {
    let host = host(b"said");
    let outcome = outcome(&host, &manifest(), "/call?id=9&path=/there").await;
    assert_eq!(text(&outcome), "\"201 x-name=café said\"");
    let called = host.called.lock().expect("no test panics with the lock").clone();
    let [asked] = &called[..] else { panic!("{called:?}") };
    assert_eq!((asked.contract, asked.request.path.as_str(), &asked.request.body[..]), (OTHER, "/there", &b"body"[..]));
    let [record] = &outcome.egress[..] else { panic!("{:?}", outcome.egress) };
    assert_eq!((record.host.clone(), record.certificate), (contract_call::host(&OTHER), None));
    assert_eq!((record.request.0, record.response.0), ([1; 32], [2; 32]));
    assert_eq!((outcome.usage.egress_requests, outcome.usage.egress_bytes), (1, 8));
    assert_eq!(outcome.usage.called_fuel, 1000);
}

#[tokio::test]
async fn what_the_other_contract_uses_is_the_callers_fuel_and_may_be_limited() {
    let asked = async |path: &str| {
        let host = host(b"");
        let outcome = outcome(&host, &manifest(), path).await;
        let called = host.called.lock().expect("no test panics with the lock");
        (outcome.usage.fuel, called[0].fuel)
    };
    let (used, given) = asked("/call?id=9").await;
    let limit = manifest().limits.fuel;
    assert!(given < limit && given + used >= limit + 1000, "{given} were left, and 1000 of them used");
    assert_eq!(asked("/call?id=9&fuel=500").await.1, 500);
    assert!(asked(&format!("/call?id=9&fuel={}", u64::MAX)).await.1 < limit, "never more than is left");
    let mut little = manifest();
    little.limits.fuel = 1_595_000;
    let host = host(b"");
    let ended = outcome(&host, &little, "/call?id=9").await;
    assert!(matches!(ended.ending, Ending::Exceeded(Limit::Fuel)), "{:?}", ended.ending);
    assert!(host.called.lock().expect("no test panics with the lock").is_empty());
}

#[tokio::test]
async fn a_refusal_reaches_the_caller_typed_and_is_no_outgoing_request() {
    let outcome = outcome(&host(b""), &manifest(), "/call?id=8").await;
    assert!(text(&outcome).contains("Elsewhere"), "{}", text(&outcome));
    assert!(outcome.egress.is_empty() && outcome.usage.egress_requests == 1);
    let trapped = Err(ContractRefusal::Trapped("why".into()));
    let host = MemoryHost { others: [(OTHER, trapped)].into(), ..MemoryHost::default() };
    let said = text(&self::outcome(&host, &manifest(), "/call?id=9").await);
    assert!(said.contains("Trapped") && said.contains("why"), "{said}");
}

#[tokio::test]
async fn calls_and_their_contents_are_limited_as_outgoing_requests_are() {
    let mut few = manifest();
    few.limits.egress_requests = 2;
    let refused = outcome(&host(b""), &few, "/call-many?id=9&count=3").await;
    assert!(matches!(refused.ending, Ending::GuestError(GuestError::Limit(_))), "{:?}", refused.ending);
    assert!(matches!(outcome(&host(b""), &few, "/call-many?id=9&count=2").await.ending, Ending::Answered(_)));
    let mut small = manifest();
    small.limits.egress_bytes = 4;
    assert!(text(&outcome(&host(b"four"), &small, "/call?id=9").await).contains("201"));
    for (host, limit) in [(host(b"fifth"), 4), (host(b""), 3)] {
        small.limits.egress_bytes = limit;
        let said = text(&outcome(&host, &small, "/call?id=9").await);
        assert!(said.contains("Limit"), "{said}");
    }
}

#[tokio::test]
async fn a_contract_that_the_manifest_does_not_name_is_not_called() {
    let (mut none, mut other, mut named) = (manifest(), manifest(), manifest());
    none.contracts = Callees::NONE;
    other.contracts = Callees::Only(vec![ContractId([8; 32])]);
    named.contracts = Callees::Only(vec![ContractId([8; 32]), OTHER]);
    for refusing in [none, other] {
        let host = host(b"");
        let outcome = outcome(&host, &refusing, "/call?id=9").await;
        assert!(text(&outcome).contains("Denied"), "{}", text(&outcome));
        assert!(host.called.lock().expect("no test panics with the lock").is_empty());
        assert_eq!((outcome.egress.len(), outcome.usage.egress_requests), (0, 0));
    }
    assert!(text(&outcome(&host(b"said"), &named, "/call?id=9").await).contains("201"));
}

#[tokio::test]
async fn an_identifier_of_another_length_and_a_reserved_path_are_malformed() {
    for path in ["/call-short", "/call?id=9&path=/.adyton/logs", "/call?id=9&path=there"] {
        let host = host(b"");
        let said = text(&outcome(&host, &manifest(), path).await);
        assert!(said.contains("Invalid"), "{path}: {said}");
        assert!(host.called.lock().expect("no test panics with the lock").is_empty(), "{path}");
    }
}
