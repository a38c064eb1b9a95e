//! Answers that are read as they come.

use adyton_engine::{EgressRecord, Ending, Engine, EngineConfig, Limit, Outcome};
use adyton_protocol::manifest::Manifest;
use serde_json::{Value, json};

use super::{
    encrypted, fetch, http_answer, plain, plain_rule, probe, rule,
    server::{Authority, Reply, Server, ok},
    support::{self, MemoryHost, call, compile, request},
    tls_names, with_rules,
};

fn url(server: &Server) -> String {
    format!("http://127.0.0.1:{}/", server.port)
}

fn allowed(servers: &[&Server]) -> Manifest {
    with_rules(servers.iter().map(|server| plain_rule(server.port)).collect())
}

/// What the probe says of an answer that it reads as it comes.
async fn stream(manifest: &Manifest, query: &str, url: String) -> (Value, Outcome) {
    let outcome = ask(manifest, &format!("/stream?{query}"), &url).await;
    (said(&outcome), outcome)
}

/// What each of the steps comes to.
async fn steps(manifest: &Manifest, steps: Value) -> (Vec<Value>, Outcome) {
    let outcome = ask(manifest, "/streams", &steps.to_string()).await;
    let Value::Array(said) = said(&outcome) else { panic!("the probe answers with a list") };
    (said, outcome)
}

async fn ask(manifest: &Manifest, path: &str, body: &str) -> Outcome {
    ask_of(&support::engine(), manifest, path, body).await
}

async fn ask_of(engine: &Engine, manifest: &Manifest, path: &str, body: &str) -> Outcome {
    let module = compile(engine, probe(), manifest);
    call(engine, &module, &MemoryHost::default(), request("POST", path, body.as_bytes())).await
}

fn said(outcome: &Outcome) -> Value {
    let Ending::Answered(answer) = &outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    serde_json::from_slice(&answer.response.body).expect("the probe answers with JSON")
}

fn refused(said: &Value, case: &str) {
    assert!(said.as_str().is_some_and(|text| text.starts_with(&format!("Error::{case}"))), "{case}: {said}");
}

async fn record(manifest: &Manifest, query: &str, url: String) -> EgressRecord {
    stream(manifest, query, url).await.1.egress.remove(0)
}

#[tokio::test]
async fn content_is_read_in_pieces_and_its_record_is_that_of_the_whole_answer() {
    let server = plain(http_answer("200 OK", "content-type: text/plain\r\n", "hello")).await;
    let manifest = allowed(&[&server]);
    let (said, outcome) = stream(&manifest, "max=2", url(&server)).await;
    let expected = json!({"status": 200, "kind": "text/plain", "peer": null, "pieces": ["he", "ll", "o"], "end": null});
    assert_eq!(said, expected);
    assert_eq!((outcome.usage.egress_requests, outcome.usage.egress_bytes, outcome.egress.len()), (1, 5, 1));
    let (whole, at_once) = fetch(&manifest, url(&server)).await;
    assert_eq!(whole["body"], "hello");
    assert_eq!(outcome.egress, at_once.egress);
}

#[tokio::test]
async fn a_piece_is_there_before_the_rest_has_come() {
    let begun = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let server = plain(Reply::Stall(begun.into())).await;
    let (said, outcome) = stream(&allowed(&[&server]), "reads=1", url(&server)).await;
    assert_eq!((&said["pieces"], &said["end"]), (&json!(["hello"]), &json!("more")));
    assert!(outcome.usage.wall.as_millis() < 5_000, "nobody waited for the end");
}

#[tokio::test]
async fn an_answer_that_was_not_read_to_its_end_has_a_record_of_what_was_read() {
    let (long, short) = (plain(ok("hello")).await, plain(ok("hel")).await);
    let manifest = allowed(&[&long, &short]);
    let cut = record(&manifest, "max=3&reads=1", url(&long)).await;
    let again = record(&manifest, "max=3&reads=1", url(&long)).await;
    assert_eq!(cut.response, again.response);
    let nothing = record(&manifest, "reads=0", url(&long)).await;
    let whole = record(&manifest, "max=3", url(&long)).await;
    let other = record(&manifest, "max=3", url(&short)).await;
    let all = [cut, nothing, whole, other].map(|record| record.response);
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{index}: each is told from the others");
    }
}

#[tokio::test]
async fn an_answer_that_is_open_when_the_call_ends_is_recorded_as_far_as_it_was_read() {
    let server = plain(ok("hello")).await;
    let manifest = allowed(&[&server]);
    let closed = record(&manifest, "max=3&reads=1", url(&server)).await;
    let outcome = ask(&manifest, "/stream?max=3&reads=1&then=spin", &url(&server)).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(Limit::Fuel)), "{:?}", outcome.ending);
    assert_eq!(outcome.egress, [closed]);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off_by_size_after_what_was_within_it() {
    let server = plain(Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
    let mut manifest = allowed(&[&server]);
    manifest.limits.egress_bytes = 10_000;
    let (said, outcome) = stream(&manifest, "max=1000000", url(&server)).await;
    refused(&said["end"], "Limit");
    let pieces = said["pieces"].as_array().expect("a list");
    let read: usize = pieces.iter().filter_map(Value::as_str).map(str::len).sum();
    assert!(read <= 10_000, "{read}");
    assert_eq!(outcome.egress.len(), 1);
}

#[tokio::test]
async fn the_time_for_an_exchange_is_for_all_of_it() {
    let begun = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";
    let server = plain(Reply::Stall(begun.into())).await;
    let (said, outcome) = stream(&allowed(&[&server]), "timeout=300", url(&server)).await;
    assert_eq!(said["pieces"], json!(["hello"]));
    refused(&said["end"], "Timeout");
    assert!(outcome.usage.wall.as_millis() < 5_000);
    let silent = plain(Reply::Stall(Vec::new())).await;
    let (said, _) = stream(&allowed(&[&silent]), "timeout=200", url(&silent)).await;
    refused(&said, "Timeout");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_unavailable_then() {
    let broken = Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec());
    let server = plain(broken).await;
    let (said, _) = stream(&allowed(&[&server]), "", url(&server)).await;
    refused(&said["end"], "Unavailable");
}

#[tokio::test]
async fn what_may_not_be_sent_may_not_be_opened() {
    let server = plain(ok("hello")).await;
    let (said, outcome) = stream(&with_rules(vec![plain_rule(1)]), "", url(&server)).await;
    refused(&said, "Denied");
    assert_eq!((server.seen(), outcome.egress.len()), (0, 0));
    let mut manifest = allowed(&[&server]);
    manifest.limits.egress_requests = 1;
    let (said, _) = steps(&manifest, json!([["open", url(&server)], ["open", url(&server)]])).await;
    assert_eq!(said[0], 0);
    refused(&said[1], "Limit");
}

#[tokio::test]
async fn certificates_are_checked_and_told() {
    let authority = Authority::new();
    let identity = authority.issue("good.example.org", 2020, 2100);
    let server = encrypted(ok("hello"), &identity).await;
    let trusting =
        Manifest { extra_roots: vec![authority.root.clone()], ..with_rules(vec![rule("*.example.org", server.port)]) };
    let url = format!("https://good.example.org:{}/", server.port);
    let config = EngineConfig { concurrent_calls: 4, ..EngineConfig::default() };
    let engine = Engine::with_resolver(config, tls_names()).expect("an engine");
    let answered = said(&ask_of(&engine, &trusting, "/stream", &url).await);
    assert_eq!(answered["pieces"], json!(["hello"]));
    assert_eq!(answered["peer"].as_array().map(Vec::len), Some(32));
    let untrusting = Manifest { extra_roots: Vec::new(), ..trusting };
    let failed = said(&ask_of(&engine, &untrusting, "/stream", &url).await);
    refused(&failed, "Unavailable");
    assert!(failed.to_string().contains("bad certificate"), "{failed}");
}

#[tokio::test]
async fn at_most_eight_answers_are_open_and_one_that_was_closed_makes_room() {
    let server = plain(ok("hello")).await;
    let mut all = vec![json!(["open", url(&server)]); 9];
    all.extend([json!(["close", 3]), json!(["open", url(&server)]), json!(["open", url(&server)])]);
    let (said, outcome) = steps(&allowed(&[&server]), Value::Array(all)).await;
    assert_eq!(said[..8], (0..8).map(|handle| json!(handle)).collect::<Vec<_>>());
    refused(&said[8], "Limit");
    assert_eq!(said[10], 8, "a handle is not given twice");
    refused(&said[11], "Limit");
    assert_eq!((server.seen(), outcome.egress.len()), (9, 9));
}

#[tokio::test]
async fn one_that_is_not_open_is_not_found() {
    let server = plain(ok("hello")).await;
    let asked = json!([
        ["read", 0, 10],
        ["close", 0],
        ["open", url(&server)],
        ["read", 0, 10],
        ["read", 0, 10],
        ["read", 0, 10],
        ["open", url(&server)],
        ["close", 1],
        ["read", 1, 10]
    ]);
    let (said, _) = steps(&allowed(&[&server]), asked).await;
    refused(&said[0], "NotFound");
    assert_eq!(said[2..5], [json!(0), json!("hello"), Value::Null]);
    refused(&said[5], "NotFound");
    refused(&said[8], "NotFound");
}

#[tokio::test]
async fn a_read_of_nothing_or_of_too_much_is_refused_and_leaves_the_answer_open() {
    let server = plain(ok("hello")).await;
    let asked = json!([["open", url(&server)], ["read", 0, 0], ["read", 0, 1_048_577], ["read", 0, 1_048_576]]);
    let (said, _) = steps(&allowed(&[&server]), asked).await;
    refused(&said[1], "Invalid");
    refused(&said[2], "Invalid");
    assert_eq!(said[3], "hello");
}

#[tokio::test]
async fn what_comes_from_outside_is_given_on_as_it_comes() {
    let begun = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none\n\r\n";
    let ended = [begun, "4\r\ntwo\n\r\n0\r\n\r\n"].concat();
    let (stalling, whole) = (plain(Reply::Stall(begun.into())).await, plain(Reply::Bytes(ended.into())).await);
    let mut manifest = allowed(&[&stalling, &whole]);
    manifest.limits.egress_ms = 300;
    let (engine, host) = (support::engine(), MemoryHost::default());
    let module = compile(&engine, probe(), &manifest);
    let relayed = call(&engine, &module, &host, request("POST", "/relay", url(&stalling).as_bytes())).await;
    assert!(matches!(relayed.ending, Ending::GuestError(_)), "{:?}", relayed.ending);
    assert_eq!(host.given(), (vec![(200, 1)], vec!["begun\n".to_owned(), "> one\n".to_owned()]));
    let relayed = call(&engine, &module, &host, request("POST", "/relay", url(&whole).as_bytes())).await;
    let Ending::Answered(answer) = relayed.ending else { panic!("{:?}", relayed.ending) };
    assert_eq!(support::text(&answer.response), "begun\n> one\n> two\nended");
}
