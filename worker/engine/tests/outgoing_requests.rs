//! Outgoing HTTP, and databases outside, from a guest's point of view: where it may go, and what it gets from bad hosts.

#[path = "outgoing_requests/databases/mod.rs"]
mod databases;
#[path = "support/server.rs"]
mod server;
#[path = "outgoing_requests/streams.rs"]
mod streams;
mod support;

use std::sync::Arc;

use adyton_engine::{EgressRecord, Ending, Engine, EngineConfig, Outcome, egress::Resolver};
use adyton_protocol::manifest::{EgressRule, Manifest, Protocol};
use serde_json::Value;
use server::{Authority, Names, Reply, answer as http_answer, encrypted, ok, plain};
use sha2::{Digest, Sha256};
use support::{MemoryHost, call, compile, context, manifest, request, rust_guest, text};

fn probe() -> &'static [u8] {
    rust_guest("worker/engine/tests/guests/probe")
}

fn rule(host: &str, port: u16) -> EgressRule {
    let (host, port, protocol) = (host.into(), Some(port), Protocol::Http);
    EgressRule { host, port, insecure_http: false, danger_allow_private: true, protocol }
}

fn plain_rule(port: u16) -> EgressRule {
    EgressRule { insecure_http: true, ..rule("127.0.0.1", port) }
}

fn with_rules(rules: Vec<EgressRule>) -> Manifest {
    Manifest { egress: rules, ..manifest() }
}

/// Lets the probe fetch `urls`, and returns what it got and the whole outcome.
async fn fetch_with(
    resolver: Arc<dyn Resolver>,
    manifest: &Manifest,
    path: &str,
    urls: &[String],
) -> (Vec<Value>, Outcome) {
    let config = EngineConfig { concurrent_calls: 4, ..EngineConfig::default() };
    let engine = Engine::with_resolver(config, resolver).expect("an engine");
    let module = compile(&engine, probe(), manifest);
    let host = MemoryHost { secrets: [("token".to_owned(), b"s3cret".to_vec())].into(), ..MemoryHost::default() };
    let outcome = call(&engine, &module, &host, request("POST", path, urls.join("\n").as_bytes())).await;
    let Ending::Answered(answer) = &outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    let said = serde_json::from_str(&text(&answer.response)).expect("the probe answers with JSON");
    (said, outcome)
}

async fn fetch(manifest: &Manifest, url: String) -> (Value, Outcome) {
    let (mut said, outcome) = fetch_with(Names::new(&[]), manifest, "/fetch", &[url]).await;
    (said.remove(0), outcome)
}

fn error(said: &Value) -> &str {
    said["error"].as_str().unwrap_or_else(|| panic!("no error but {said}"))
}

#[tokio::test]
async fn an_allowed_host_answers_and_the_exchange_is_recorded() {
    let server = plain(http_answer("200 OK", "x-name: caf\u{e9}\r\n", "hello")).await;
    let (said, outcome) =
        fetch(&with_rules(vec![plain_rule(server.port)]), format!("http://127.0.0.1:{}/a?b=c", server.port)).await;
    assert_eq!((&said["status"], &said["body"], &said["peer"]), (&200.into(), &"hello".into(), &Value::Null));
    assert!(said["headers"].as_array().expect("a list").contains(&"x-name: caf\u{c3}\u{a9}".into()));
    assert_eq!((outcome.usage.egress_requests, outcome.usage.egress_bytes), (1, 5));
    let [record] = outcome.egress.as_slice() else { panic!("one record") };
    assert_eq!((record.host.as_str(), record.certificate), (format!("127.0.0.1:{}", server.port).as_str(), None));
    assert_ne!(record.request, record.response);
}

#[tokio::test]
async fn the_same_exchange_has_the_same_digests_and_another_has_others() {
    let server = plain(ok("hello")).await;
    let manifest = with_rules(vec![plain_rule(server.port)]);
    let mut records: Vec<EgressRecord> = Vec::new();
    for path in ["/a", "/a", "/b"] {
        records.extend(fetch(&manifest, format!("http://127.0.0.1:{}{path}", server.port)).await.1.egress);
    }
    assert_eq!(records[0], records[1]);
    assert_ne!(records[0].request, records[2].request);
    assert_eq!(records[0].response, records[2].response);
}

#[tokio::test]
async fn the_request_on_the_wire_is_the_guests_and_nothing_more() {
    let server = plain(Reply::Echo).await;
    let (said, _) =
        fetch(&with_rules(vec![plain_rule(server.port)]), format!("http://127.0.0.1:{}/x", server.port)).await;
    assert_eq!(said["body"], format!("GET /x HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", server.port));
}

#[tokio::test]
async fn a_host_that_is_not_on_the_allow_list_is_refused_and_nothing_is_sent() {
    let server = plain(ok("hello")).await;
    let (said, outcome) = fetch(&with_rules(vec![plain_rule(1)]), format!("http://127.0.0.1:{}/", server.port)).await;
    assert!(error(&said).contains("Denied") && error(&said).contains("egress rule"), "{said}");
    assert_eq!((server.seen(), outcome.egress.len()), (0, 0));
}

#[tokio::test]
async fn a_host_that_resolves_to_a_private_address_is_refused_and_not_connected_to() {
    let server = plain(ok("hello")).await;
    let public_only = EgressRule { danger_allow_private: false, ..plain_rule(server.port) };
    let manifest = with_rules(vec![EgressRule { host: "*.example.org".into(), ..public_only.clone() }, public_only]);
    let names = Names::new(&[
        ("inside.example.org", "127.0.0.1"),
        ("both.example.org", "93.184.215.14 127.0.0.1"),
        ("mapped.example.org", "::ffff:127.0.0.1"),
    ]);
    for host in ["inside.example.org", "both.example.org", "mapped.example.org", "127.0.0.1"] {
        let url = format!("http://{host}:{}/", server.port);
        let (said, outcome) = fetch_with(names.clone(), &manifest, "/fetch", &[url]).await;
        assert!(error(&said[0]).contains("Denied") && error(&said[0]).contains("loopback"), "{host}: {said:?}");
        assert_eq!(outcome.egress.len(), 0);
    }
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn an_address_that_is_never_allowed_is_refused_even_where_private_ones_are() {
    let manifest = with_rules(vec![EgressRule { host: "zero.example.org".into(), ..plain_rule(80) }]);
    let names = Names::new(&[("zero.example.org", "0.0.0.0")]);
    let (said, _) = fetch_with(names, &manifest, "/fetch", &["http://zero.example.org/".into()]).await;
    assert!(error(&said[0]).contains("Denied"), "{said:?}");
}

#[tokio::test]
async fn a_redirect_is_handed_to_the_guest_and_not_followed() {
    let inside = plain(ok("secret")).await;
    let location = format!("location: http://127.0.0.1:{}/\r\n", inside.port);
    let outside = plain(http_answer("302 Found", &location, "")).await;
    let (said, _) =
        fetch(&with_rules(vec![plain_rule(outside.port)]), format!("http://127.0.0.1:{}/", outside.port)).await;
    assert_eq!(said["status"], 302);
    assert_eq!(inside.seen(), 0);
}

#[tokio::test]
async fn a_guest_that_follows_a_redirect_to_a_private_address_is_refused() {
    let inside = plain(ok("secret")).await;
    let rules =
        vec![EgressRule { host: "*.example.org".into(), danger_allow_private: false, ..plain_rule(inside.port) }];
    let names = Names::new(&[("target.example.org", "127.0.0.1")]);
    let url = format!("http://target.example.org:{}/", inside.port);
    let (said, _) = fetch_with(names, &with_rules(rules), "/fetch", &[url]).await;
    assert!(error(&said[0]).contains("Denied"), "{said:?}");
    assert_eq!(inside.seen(), 0);
}

#[tokio::test]
async fn a_host_that_answers_for_ever_is_cut_off_by_size() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"] {
        let server = plain(Reply::Endless(head.as_bytes().to_vec())).await;
        let mut manifest = with_rules(vec![plain_rule(server.port)]);
        manifest.limits.egress_bytes = 100_000;
        let (said, outcome) = fetch(&manifest, format!("http://127.0.0.1:{}/", server.port)).await;
        assert!(error(&said).contains("Limit") && error(&said).contains("100000"), "{said}");
        assert_eq!(outcome.egress.len(), 1, "it did leave");
    }
}

#[tokio::test]
async fn a_host_that_sends_header_fields_for_ever_is_cut_off() {
    let server = plain(Reply::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec())).await;
    let (said, _) =
        fetch(&with_rules(vec![plain_rule(server.port)]), format!("http://127.0.0.1:{}/", server.port)).await;
    assert!(error(&said).contains("Unavailable"), "{said}");
    let many = plain(http_answer("200 OK", &"a: b\r\n".repeat(101), "")).await;
    let (said, _) = fetch(&with_rules(vec![plain_rule(many.port)]), format!("http://127.0.0.1:{}/", many.port)).await;
    assert!(error(&said).contains("Unavailable"), "{said}");
}

#[tokio::test]
async fn a_host_that_never_finishes_its_answer_is_cut_off_by_time() {
    for start in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"] {
        let server = plain(Reply::Stall(start.as_bytes().to_vec())).await;
        let mut manifest = with_rules(vec![plain_rule(server.port)]);
        manifest.limits.egress_ms = 200;
        let (said, outcome) = fetch(&manifest, format!("http://127.0.0.1:{}/", server.port)).await;
        assert_eq!(error(&said), "Error::Timeout");
        assert_eq!(outcome.egress.len(), 1, "it did leave");
    }
}

#[tokio::test]
async fn the_guests_own_time_limit_counts_if_it_is_shorter() {
    let server = plain(Reply::Stall(Vec::new())).await;
    let url = format!("http://127.0.0.1:{}/", server.port);
    let (said, outcome) =
        fetch_with(Names::new(&[]), &with_rules(vec![plain_rule(server.port)]), "/fetch?timeout=100", &[url]).await;
    assert_eq!(error(&said[0]), "Error::Timeout");
    assert!(outcome.usage.wall.as_millis() < 3_000);
}

#[tokio::test]
async fn a_request_that_is_under_way_when_the_call_ends_is_recorded_all_the_same() {
    let server = plain(Reply::Stall(Vec::new())).await;
    let mut manifest = with_rules(vec![plain_rule(server.port)]);
    manifest.limits.wall_ms = 300;
    let engine = support::engine();
    let module = compile(&engine, probe(), &manifest);
    let body = format!("http://127.0.0.1:{}/", server.port);
    let outcome = call(&engine, &module, &MemoryHost::default(), request("POST", "/fetch", body.as_bytes())).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(_)), "{:?}", outcome.ending);
    assert_eq!((outcome.egress.len(), server.seen()), (1, 1));
}

#[tokio::test]
async fn a_host_that_does_not_speak_http_or_is_not_there_is_unavailable() {
    let server = plain(Reply::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec())).await;
    let (said, _) =
        fetch(&with_rules(vec![plain_rule(server.port)]), format!("http://127.0.0.1:{}/", server.port)).await;
    assert!(error(&said).contains("Unavailable"), "{said}");
    let (said, outcome) = fetch(&with_rules(vec![plain_rule(9)]), "http://127.0.0.1:9/".into()).await;
    assert!(error(&said).contains("Unavailable"), "{said}");
    assert_eq!(outcome.egress.len(), 0, "nothing left");
    let unknown = with_rules(vec![EgressRule { host: "nowhere.example.org".into(), ..plain_rule(80) }]);
    let (said, _) = fetch(&unknown, "http://nowhere.example.org/".into()).await;
    assert!(error(&said).contains("could not be resolved"), "{said}");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_unavailable_and_nothing_of_it_is_given() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-len",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let server = plain(Reply::Bytes(cut.as_bytes().to_vec())).await;
        let manifest = with_rules(vec![plain_rule(server.port)]);
        let (said, _) = fetch(&manifest, format!("http://127.0.0.1:{}/", server.port)).await;
        assert!(error(&said).contains("Unavailable"), "{cut:?}: {said}");
    }
}

#[tokio::test]
async fn more_requests_than_the_manifest_allows_are_refused() {
    let server = plain(ok("hello")).await;
    let mut manifest = with_rules(vec![plain_rule(server.port)]);
    manifest.limits.egress_requests = 2;
    let urls = vec![format!("http://127.0.0.1:{}/", server.port); 4];
    let (said, outcome) = fetch_with(Names::new(&[]), &manifest, "/fetch", &urls).await;
    let refused: Vec<bool> =
        said.iter().map(|said| said["error"].as_str().is_some_and(|text| text.contains("Limit"))).collect();
    assert_eq!(refused, [false, false, true, true]);
    assert_eq!((server.seen(), outcome.usage.egress_requests), (2, 2));
}

#[tokio::test]
async fn requests_of_send_all_run_at_the_same_time_and_keep_their_order() {
    let slow = plain(Reply::Stall(Vec::new())).await;
    let quick = plain(ok("quick")).await;
    let rules = vec![plain_rule(slow.port), plain_rule(quick.port)];
    let urls = [slow.port, quick.port, slow.port].map(|port| format!("http://127.0.0.1:{port}/"));
    let (said, outcome) = fetch_with(Names::new(&[]), &with_rules(rules), "/fetch?timeout=300", &urls).await;
    assert_eq!(
        (error(&said[0]), &said[1]["body"], error(&said[2])),
        ("Error::Timeout", &"quick".into(), "Error::Timeout")
    );
    assert!(outcome.usage.wall.as_millis() < 590, "one after the other would take 600 ms");
}

#[tokio::test]
async fn more_than_sixteen_requests_at_once_are_refused() {
    let (said, _) = fetch_with(Names::new(&[]), &manifest(), "/fetch", &vec!["http://127.0.0.1/".into(); 17]).await;
    assert!(said.len() == 17 && said.iter().all(|said| error(said).contains("Invalid")));
}

fn tls_names() -> Arc<Names> {
    Names::new(&[("good.example.org", "127.0.0.1"), ("other.example.org", "127.0.0.1")])
}

async fn fetch_tls(authority: Option<&Authority>, identity: &server::Identity, host: &str) -> (Value, Outcome) {
    let server = encrypted(ok("hello"), identity).await;
    let mut manifest = with_rules(vec![rule("*.example.org", server.port)]);
    manifest.extra_roots = authority.map(|authority| authority.root.clone()).into_iter().collect();
    let url = format!("https://{host}:{}/", server.port);
    let (mut said, outcome) = fetch_with(tls_names(), &manifest, "/fetch", &[url]).await;
    (said.remove(0), outcome)
}

#[tokio::test]
async fn a_certificate_under_a_root_of_the_manifest_is_accepted_and_recorded() {
    let authority = Authority::new();
    let identity = authority.issue("good.example.org", 2020, 2100);
    let (said, outcome) = fetch_tls(Some(&authority), &identity, "good.example.org").await;
    assert_eq!(said["body"], "hello", "{said}");
    let digest: [u8; 32] = Sha256::digest(&identity.certificate).into();
    assert_eq!(said["peer"], serde_json::json!(digest));
    assert_eq!(outcome.egress[0].certificate.map(|certificate| certificate.0), Some(digest));
}

#[tokio::test]
async fn a_certificate_under_an_unknown_root_is_refused_and_nothing_is_sent() {
    let identity = Authority::new().issue("good.example.org", 2020, 2100);
    let (said, outcome) = fetch_tls(None, &identity, "good.example.org").await;
    assert!(error(&said).contains("Unavailable") && error(&said).contains("bad certificate"), "{said}");
    assert_eq!(outcome.egress.len(), 0);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let identity = authority.issue("other.example.org", 2020, 2100);
    let (said, _) = fetch_tls(Some(&authority), &identity, "good.example.org").await;
    assert!(error(&said).contains("bad certificate"), "{said}");
}

#[tokio::test]
async fn a_certificate_that_is_expired_or_not_yet_valid_is_refused() {
    let authority = Authority::new();
    for (from, to) in [(2000, 2001), (2090, 2100)] {
        let identity = authority.issue("good.example.org", from, to);
        let (said, _) = fetch_tls(Some(&authority), &identity, "good.example.org").await;
        assert!(error(&said).contains("bad certificate"), "{said}");
    }
}

#[tokio::test]
async fn certificates_are_judged_by_the_calls_time_and_not_by_the_machines_clock() {
    let authority = Authority::new();
    let server = encrypted(ok("hello"), &authority.issue("good.example.org", 2000, 2001)).await;
    let mut manifest = with_rules(vec![rule("good.example.org", server.port)]);
    manifest.extra_roots = vec![authority.root.clone()];
    let engine = Engine::with_resolver(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() }, tls_names())
        .expect("an engine");
    let module = compile(&engine, probe(), &manifest);
    let url = format!("https://good.example.org:{}/", server.port);
    let june_2000 = adyton_engine::CallContext { now_ms: 960_000_000_000, ..context() };
    let outcome =
        engine.call(&module, june_2000, MemoryHost::default(), request("POST", "/fetch", url.as_bytes())).await;
    let Ending::Answered(answer) = outcome.expect("it begins").ending else { panic!("an answer") };
    assert!(text(&answer.response).contains("hello"), "{}", text(&answer.response));
}

#[tokio::test]
async fn a_secret_field_is_filled_in_over_https_and_its_value_is_in_no_record() {
    let authority = Authority::new();
    let server = encrypted(Reply::Echo, &authority.issue("good.example.org", 2020, 2100)).await;
    let mut manifest = with_rules(vec![rule("good.example.org", server.port)]);
    manifest.extra_roots = vec![authority.root.clone()];
    let url = [format!("https://good.example.org:{}/", server.port)];
    let (said, outcome) = fetch_with(tls_names(), &manifest, "/fetch-with-secret", &url).await;
    assert!(said[0]["body"].as_str().is_some_and(|head| head.contains("authorization: Bearer s3cret\r\n")), "{said:?}");
    assert!(!format!("{:?}{:?}", outcome.egress, outcome.logs).contains("s3cret"));
}

#[tokio::test]
async fn a_secret_never_leaves_unencrypted() {
    let server = plain(Reply::Echo).await;
    let url = [format!("http://127.0.0.1:{}/", server.port)];
    let (said, _) =
        fetch_with(Names::new(&[]), &with_rules(vec![plain_rule(server.port)]), "/fetch-with-secret", &url).await;
    assert!(error(&said[0]).contains("Denied"), "{said:?}");
    assert_eq!(server.seen(), 0);
}
