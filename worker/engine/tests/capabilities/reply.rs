//! An answer that is begun while the call still runs.

use adyton_engine::{Ending, GuestError, HostFailure, Limit, Outcome, Provisional, Response};
use adyton_protocol::manifest::{Capability, Limits, Manifest};

use super::support::{Behaviour, MemoryHost, call, compile, engine, manifest, refused, request, rust_guest, text};

const PROBE: &str = "worker/engine/tests/guests/probe";

/// What comes of the steps, under other limits.
async fn outcome(host: &MemoryHost, query: &str, steps: &str, limits: impl FnOnce(&mut Limits)) -> Outcome {
    let mut manifest = manifest();
    limits(&mut manifest.limits);
    let engine = engine();
    let module = compile(&engine, rust_guest(PROBE), &manifest);
    call(&engine, &module, host, request("POST", &format!("/reply?{query}"), steps.as_bytes())).await
}

/// The answer, with what the steps came to at its end.
async fn answer(host: &MemoryHost, query: &str, steps: &str) -> Response {
    match outcome(host, query, steps, |_| {}).await.ending {
        Ending::Answered(answer) => answer.response,
        other => panic!("{steps}: no answer but {other:?}"),
    }
}

async fn ending(query: &str, steps: &str) -> Ending {
    outcome(&MemoryHost::default(), query, steps, |_| {}).await.ending
}

#[tokio::test]
async fn the_host_is_given_each_part_as_it_comes_and_the_answer_is_whole() {
    let host = MemoryHost::default();
    let steps = r#"[["begin", 201, "x-one", "x-two"], ["write", "a"], ["write", ""], ["write", "bc"]]"#;
    let response = answer(&host, "status=201", steps).await;
    assert_eq!((response.status, response.fields.len()), (201, 2));
    assert_eq!(text(&response), "abcok; ok; ok; ok");
    let parts = host.parts.lock().expect("no test panics with the lock").clone();
    let head = Provisional::Head { status: 201, fields: response.fields.clone() };
    assert_eq!(parts, [head, Provisional::Content(b"a".to_vec()), Provisional::Content(b"bc".to_vec())]);
}

#[tokio::test]
async fn an_answer_that_is_not_begun_gives_no_parts() {
    let host = MemoryHost::default();
    answer(&host, "", "[]").await;
    assert_eq!(host.given(), (vec![], vec![]));
}

#[tokio::test]
async fn what_the_interface_refuses_the_contract_can_go_on_from() {
    let refusals = [
        (r#"[["write", "early"], ["begin", 200], ["write", "x"]]"#, "xError::Invalid("),
        (r#"[["begin", 200], ["begin", 200]]"#, "ok; Error::Invalid("),
        (r#"[["begin", 99], ["begin", 200]]"#, "Error::Invalid("),
        (r#"[["begin", 200, "adyton-receipt"], ["begin", 200]]"#, "Error::Invalid("),
        (r#"[["begin", 200, "transfer-encoding"], ["begin", 200]]"#, "Error::Invalid("),
        (r#"[["begin", 200, "bad name"], ["begin", 200]]"#, "Error::Invalid("),
    ];
    for (steps, said) in refusals {
        let host = MemoryHost::default();
        let response = answer(&host, "", steps).await;
        assert!(text(&response).starts_with(said), "{steps}: {}", text(&response));
        assert_eq!(host.given().0, [(200, 0)], "{steps}: once, and only the good one");
    }
}

#[tokio::test]
async fn writing_beyond_the_limit_of_a_response_is_refused_and_nothing_of_it_given() {
    let host = MemoryHost::default();
    let steps = format!(r#"[["begin", 200], ["write", "{}"], ["write", "b"]]"#, "a".repeat(101));
    let outcome = outcome(&host, "", &steps, |limits| limits.response = 100).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("{:?}", outcome.ending) };
    assert!(text(&answer.response).starts_with("bok; Error::Limit("), "{}", text(&answer.response));
    assert_eq!(host.given(), (vec![(200, 0)], vec!["b".to_owned()]));
}

#[tokio::test]
async fn an_answer_that_ends_beyond_the_limit_ends_the_call() {
    let steps = format!(r#"[["begin", 200], ["write", "{}"]]"#, "a".repeat(100));
    let outcome = outcome(&MemoryHost::default(), "", &steps, |limits| limits.response = 100).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(Limit::Response)), "{:?}", outcome.ending);
}

#[tokio::test]
async fn an_answer_that_ends_with_another_status_or_more_fields_is_none() {
    for query in ["status=200", "status=201&header"] {
        let ending = ending(query, r#"[["begin", 201]]"#).await;
        assert!(matches!(&ending, Ending::Trapped(said) if said.contains("was begun")), "{query}: {ending:?}");
    }
}

#[tokio::test]
async fn a_call_that_fails_after_it_began_carries_nothing_to_commit() {
    let steps = r#"[["set", "lost"], ["begin", 200], ["write", "seen"]]"#;
    for (then, expected) in [("fail", "GuestError"), ("panic", "Trapped"), ("spin", "Exceeded(Fuel)")] {
        let host = MemoryHost::default();
        let ending = outcome(&host, &format!("then={then}"), steps, |_| {}).await.ending;
        assert!(format!("{ending:?}").starts_with(expected), "{then}: {ending:?}");
        assert_eq!(host.given(), (vec![(200, 0)], vec!["seen".to_owned()]), "{then}: the caller saw this much");
    }
    let ending = ending("then=fail", steps).await;
    assert!(matches!(ending, Ending::GuestError(GuestError::Other(said)) if said == "on purpose"));
}

#[tokio::test]
async fn a_caller_who_takes_nothing_holds_the_call_until_its_time_is_over() {
    let host = MemoryHost { behaviour: Behaviour::Stalls, ..MemoryHost::default() };
    let outcome = outcome(&host, "", r#"[["begin", 200]]"#, |limits| limits.wall_ms = 200).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(Limit::WallTime)), "{:?}", outcome.ending);
}

#[tokio::test]
async fn a_host_that_cannot_give_a_part_on_fails_the_call_and_not_the_contract() {
    let host = MemoryHost { behaviour: Behaviour::Refuses, ..MemoryHost::default() };
    let ending = outcome(&host, "", r#"[["begin", 200]]"#, |_| {}).await.ending;
    let expected = HostFailure::new("giving a part of the answer", "nobody is there").to_string();
    assert!(matches!(&ending, Ending::HostFailed(reason) if *reason == expected), "{ending:?}");
}

#[tokio::test]
async fn what_is_written_is_paid_for_once_and_by_the_byte() {
    let fuel = async |length: usize| {
        let steps = format!(r#"[["begin", 200], ["write", "{}"]]"#, "a".repeat(length));
        let host = MemoryHost::default();
        outcome(&host, "", &steps, |_| {}).await.usage.fuel
    };
    let more = fuel(11_000).await - fuel(1_000).await;
    // 10000 bytes: 1 of the request's content, 2 of `write`, and what the guest does with each.
    assert!(more >= 30_000, "{more}");
}

#[test]
fn a_component_that_imports_it_without_the_grant_is_refused() {
    let grants = Capability::ALL.into_iter().filter(|capability| *capability != Capability::Reply).collect();
    let error = refused(rust_guest(PROBE), &Manifest { grants, ..manifest() });
    assert!(error.to_string().ends_with(": reply"), "{error}");
}
