//! Components of `wasi:http/proxy`: they answer as others do, and each way to answer wrongly has its own end.

#[path = "support/server.rs"]
mod server;
mod support;

use std::sync::Arc;

use adyton_engine::{
    CompileError, Ending, Engine, EngineConfig, GuestError, Level, Limit, Outcome, Principal, Request, egress::Resolver,
};
use adyton_protocol::manifest::{Capability, EgressRule, Limits, Manifest, Protocol};
use server::{Authority, Names, Reply, answer as http_answer, encrypted, ok, plain};
use support::{MemoryHost, answer, call, compile, context, engine, manifest, refused, request, rust_guest, text};

fn proxy() -> &'static [u8] {
    rust_guest("worker/engine/tests/guests/proxy")
}

async fn outcome_of(request: Request, host: &MemoryHost, limits: impl FnOnce(&mut Limits)) -> Outcome {
    let mut manifest = manifest();
    limits(&mut manifest.limits);
    let engine = engine();
    let module = compile(&engine, proxy(), &manifest);
    call(&engine, &module, host, request).await
}

/// How a call of this path ends.
async fn ending(path: &str) -> Ending {
    outcome_of(request("GET", path, b""), &MemoryHost::default(), |_| {}).await.ending
}

fn trapped(ending: &Ending, part: &str) {
    assert!(matches!(ending, Ending::Trapped(text) if text.contains(part)), "{part}: {ending:?}");
}

/// What the guest answers with.
async fn said(path: &str) -> String {
    match ending(path).await {
        Ending::Answered(answer) => text(&answer.response),
        other => panic!("{path}: no answer but {other:?}"),
    }
}

#[tokio::test]
async fn a_component_that_knows_nothing_of_adyton_answers() {
    let engine = engine();
    let none = Manifest { grants: Vec::new(), ..manifest() };
    let module = compile(&engine, rust_guest("examples/wasi-proxy"), &none);
    for (body, expected) in [(&b""[..], "0"), (b"twelve bytes", "12")] {
        let answer = answer(&engine, &module, &MemoryHost::default(), request("POST", "/x", body)).await;
        assert_eq!((answer.response.status, text(&answer.response).as_str()), (200, expected));
        assert_eq!(answer.response.fields, [(b"content-type".to_vec(), b"text/plain".to_vec())]);
    }
}

#[tokio::test]
async fn the_guest_sees_the_request_and_the_caller_its_whole_answer() {
    let mut request = request("PATCH", "/echo?a=b", &vec![b'x'; 200_000]);
    request.fields = vec![(b"x-name".to_vec(), b"caf\xe9".to_vec()), (b"x-other".to_vec(), b"1".to_vec())];
    let outcome = outcome_of(request, &MemoryHost::default(), |_| {}).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    assert_eq!(answer.response.status, 201);
    let names: Vec<_> = answer.response.fields.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
    assert_eq!(names, ["x-name", "x-other", "x-own"]);
    assert_eq!(answer.response.fields[0].1, b"caf\xe9");
    let body = text(&answer.response);
    assert!(body.contains("Patch /echo?a=b") && body.contains("Https") && body.contains("contract.invalid"), "{body}");
    assert!(body.contains("[x-name=caf\u{fffd}, x-other=1]") && body.ends_with(&"x".repeat(200_000)));
}

#[tokio::test]
async fn a_host_that_the_caller_named_is_the_authority() {
    let mut request = request("GET", "/echo", b"");
    request.fields = vec![(b"host".to_vec(), b"counter.example:8443".to_vec())];
    let outcome = outcome_of(request, &MemoryHost::default(), |_| {}).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    assert!(text(&answer.response).contains("counter.example:8443 ["));
}

#[tokio::test]
async fn a_response_without_content_is_whole() {
    let Ending::Answered(answer) = ending("/empty").await else { panic!("an answer") };
    assert!(answer.response.body.is_empty() && answer.response.status == 200);
}

#[tokio::test]
async fn an_answer_is_none_if_the_component_traps_after_it() {
    trapped(&ending("/panic-afterwards").await, "unreachable");
}

#[tokio::test]
async fn a_component_that_sets_no_response_has_not_answered() {
    trapped(&ending("/never").await, "without having set a response");
}

#[tokio::test]
async fn a_response_is_set_once() {
    let ending = ending("/twice").await;
    assert!(matches!(ending, Ending::Trapped(_)), "{ending:?}");
}

#[tokio::test]
async fn a_response_whose_content_is_not_finished_is_none() {
    for path in ["/abandoned", "/open", "/trailers"] {
        trapped(&ending(path).await, "without having finished its response's content");
    }
}

#[tokio::test]
async fn content_of_another_length_than_the_response_says_is_refused() {
    let outcome = outcome_of(request("GET", "/mismatch", b""), &MemoryHost::default(), |_| {}).await;
    trapped(&outcome.ending, "without having finished its response's content");
    assert!(
        outcome.logs.iter().any(|line| line.message.contains("HttpResponseBodySize(Some(4))")),
        "{:?}",
        outcome.logs
    );
    trapped(&ending("/length-without-content").await, "content-length says");
}

#[tokio::test]
async fn a_length_that_fits_is_the_workers_to_state() {
    let Ending::Answered(answer) = ending("/length").await else { panic!("an answer") };
    assert!(answer.response.fields.is_empty());
    assert_eq!(answer.response.body, b"four");
}

#[tokio::test]
async fn an_answer_to_head_says_how_long_its_content_would_be() {
    let head = request("HEAD", "/length-without-content", b"");
    let outcome = outcome_of(head, &MemoryHost::default(), |_| {}).await;
    assert!(matches!(outcome.ending, Ending::Answered(_)), "{:?}", outcome.ending);
}

#[tokio::test]
async fn a_status_that_is_informational_or_none_cannot_be_set() {
    let Ending::Answered(answer) = ending("/status").await else { panic!("an answer") };
    assert_eq!(answer.response.status, 599);
}

#[tokio::test]
async fn a_response_larger_than_its_limit_ends_the_call() {
    let outcome =
        outcome_of(request("GET", "/too-large", b"5000"), &MemoryHost::default(), |limits| limits.response = 5000)
            .await;
    assert!(matches!(outcome.ending, Ending::Exceeded(Limit::Response)), "{:?}", outcome.ending);
}

#[tokio::test]
async fn a_field_of_adytons_is_not_the_contracts_to_set() {
    trapped(&ending("/reserved").await, "adyton-receipt");
}

#[tokio::test]
async fn an_error_in_the_place_of_a_response_is_the_contracts_own() {
    let ending = ending("/error").await;
    assert!(matches!(&ending, Ending::GuestError(GuestError::Other(text)) if text == "on purpose"), "{ending:?}");
}

#[tokio::test]
async fn it_uses_the_contracts_store_and_only_an_answer_commits() {
    let (engine, host) = (engine(), MemoryHost::default());
    let module = compile(&engine, proxy(), &manifest());
    answer(&engine, &module, &host, request("POST", "/set", b"kept")).await;
    for path in ["/set-and-open", "/set-and-error"] {
        let ending = call(&engine, &module, &host, request("POST", path, b"")).await.ending;
        assert!(matches!(ending, Ending::Trapped(_) | Ending::GuestError(_)), "{path}: {ending:?}");
    }
    assert_eq!(text(&answer(&engine, &module, &host, request("GET", "/get", b"")).await.response), "kept");
}

#[tokio::test]
async fn it_knows_who_calls() {
    let said = said("/caller").await;
    assert!(said.contains("Account"), "{said}");
    let (engine, anonymous) = (engine(), adyton_engine::CallContext { caller: Principal::Anonymous, ..context() });
    let module = compile(&engine, proxy(), &manifest());
    let outcome = engine.call(&module, anonymous, MemoryHost::default(), request("GET", "/caller", b"")).await;
    let Ending::Answered(answer) = outcome.expect("it begins").ending else { panic!("an answer") };
    assert!(text(&answer.response).contains("Anonymous"));
}

#[tokio::test]
async fn the_wall_clock_is_the_calls_time_and_the_other_one_runs() {
    let engine = engine();
    let module = compile(&engine, proxy(), &manifest());
    let context = context();
    let now = context.now_ms.to_string();
    let outcome = engine.call(&module, context, MemoryHost::default(), request("GET", "/clocks", b"")).await;
    let Ending::Answered(answer) = outcome.expect("it begins").ending else { panic!("an answer") };
    assert_eq!(text(&answer.response), now);
}

#[tokio::test]
async fn random_bytes_are_the_hosts_and_the_seed_is_the_calls_name() {
    let half = u64::from_le_bytes([6; 8]);
    assert_eq!(said("/random").await, format!("[4, 4, 4, 4] ({half}, {half})"));
    trapped(&ending("/too-random").await, "at most 65536 random bytes");
}

#[tokio::test]
async fn what_is_printed_is_in_the_log_if_the_manifest_grants_it() {
    let outcome = outcome_of(request("GET", "/print", b""), &MemoryHost::default(), |_| {}).await;
    let lines: Vec<_> = outcome.logs.iter().map(|line| (line.level, line.message.as_str())).collect();
    let expected =
        [(Level::Info, "one"), (Level::Info, "two"), (Level::Error, "wrong"), (Level::Info, "\u{fffd}[2Jthree")];
    assert_eq!(lines, expected);
    let silent = Manifest { grants: vec![Capability::Kv, Capability::Http, Capability::Random], ..manifest() };
    let engine = engine();
    let module = compile(&engine, proxy(), &silent);
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/print", b"")).await;
    assert!(matches!(outcome.ending, Ending::Answered(_)) && outcome.logs.is_empty());
}

#[tokio::test]
async fn there_is_no_environment_no_file_and_no_socket() {
    let said = said("/surroundings").await;
    assert!(said.contains("access-denied"), "{said}");
}

#[tokio::test]
async fn a_component_that_ends_itself_has_not_answered() {
    trapped(&ending("/exit").await, "wasi:cli/exit");
}

#[tokio::test]
async fn a_guest_cannot_make_the_host_hold_without_end() {
    trapped(&ending("/hoard-fields").await, "no free keys");
    let small = |limits: &mut Limits| (limits.response, limits.egress_bytes) = (1 << 20, 1 << 20);
    let outcome = outcome_of(request("GET", "/hoard-bodies", b""), &MemoryHost::default(), small).await;
    trapped(&outcome.ending, "more bytes together");
    trapped(&ending("/endless-fields").await, "more than 100 header fields");
}

#[tokio::test]
async fn a_guest_that_only_calls_wasi_runs_out_of_fuel() {
    let ending = ending("/loop").await;
    assert!(matches!(ending, Ending::Exceeded(Limit::Fuel)), "{ending:?}");
}

#[tokio::test]
async fn a_guest_that_sleeps_is_ended_by_the_clock() {
    let outcome =
        outcome_of(request("GET", "/sleep-for-ever", b""), &MemoryHost::default(), |limits| limits.wall_ms = 200).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(Limit::WallTime)), "{:?}", outcome.ending);
    trapped(&ending("/poll-nothing").await, "poll takes 1 to");
}

#[tokio::test]
async fn every_call_costs_the_same_fuel_each_time() {
    let fuel = |path: &'static str| async move {
        outcome_of(request("GET", path, b""), &MemoryHost::default(), |_| {}).await.usage.fuel
    };
    assert_eq!(fuel("/surroundings").await, fuel("/surroundings").await);
    assert!(fuel("/").await > 10_000);
}

#[tokio::test]
async fn what_is_passed_or_returned_is_paid_for_by_the_byte() {
    let said = said("/prices").await;
    assert_eq!(said.lines().count(), 10, "{said}");
    for line in said.lines() {
        let units: u64 = line.split_once(' ').expect("a name and a number").1.parse().expect("a number");
        // 2 for each of 10000 bytes, and what the guest itself does with them. Its allocator may have some instructions
        // less to do for the longer text than for the shorter one.
        assert!((19_900..40_000).contains(&units), "{line}");
    }
}

#[tokio::test]
async fn more_than_a_stream_takes_at_once_ends_the_call() {
    for name in ["write", "blocking-write-and-flush", "write-zeroes", "blocking-write-zeroes-and-flush"] {
        let much = |limits: &mut Limits| limits.response = 4 << 20;
        let request = request("POST", "/write-too-much", name.as_bytes());
        let outcome = outcome_of(request, &MemoryHost::default(), much).await;
        trapped(&outcome.ending, "more than 1048576 bytes were written at once");
    }
}

#[tokio::test]
async fn content_is_skipped_passed_on_and_filled_up_with_zeros() {
    for path in ["/splice", "/splice?blocking"] {
        let outcome = outcome_of(request("POST", path, b"0123456789abc"), &MemoryHost::default(), |_| {}).await;
        let Ending::Answered(answer) = outcome.ending else { panic!("{path}: no answer but {:?}", outcome.ending) };
        assert_eq!(answer.response.body, [&[0; 2][..], b"34569abc", &[0]].concat(), "{path}");
    }
}

fn rule(port: u16) -> EgressRule {
    EgressRule {
        host: "127.0.0.1".into(),
        port: Some(port),
        insecure_http: true,
        danger_allow_private: true,
        protocol: Protocol::Http,
    }
}

async fn fetch_with(
    resolver: Arc<dyn Resolver>,
    manifest: &Manifest,
    path: &str,
    urls: &[String],
) -> (Vec<String>, Outcome) {
    let config = EngineConfig { concurrent_calls: 4, ..EngineConfig::default() };
    let engine = Engine::with_resolver(config, resolver).expect("an engine");
    let module = compile(&engine, proxy(), manifest);
    let outcome =
        call(&engine, &module, &MemoryHost::default(), request("POST", path, urls.join("\n").as_bytes())).await;
    let Ending::Answered(answer) = &outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    (text(&answer.response).lines().map(str::to_owned).collect(), outcome)
}

async fn fetch(manifest: &Manifest, path: &str, url: String) -> (String, Outcome) {
    let (mut said, outcome) = fetch_with(Names::new(&[]), manifest, path, &[url]).await;
    (said.remove(0), outcome)
}

fn with_rules(egress: Vec<EgressRule>) -> Manifest {
    Manifest { egress, ..manifest() }
}

#[tokio::test]
async fn an_allowed_host_answers_and_the_exchange_is_recorded() {
    let server = plain(http_answer("200 OK", "x-name: caf\u{e9}\r\n", "hello")).await;
    let url = format!("http://127.0.0.1:{}/a?b=c", server.port);
    let (said, outcome) = fetch(&with_rules(vec![rule(server.port)]), "/fetch", url).await;
    assert!(said.starts_with("200 hello "), "{said}");
    assert_eq!((outcome.usage.egress_requests, outcome.usage.egress_bytes, outcome.egress.len()), (1, 5, 1));
    assert_eq!(outcome.egress[0].host, format!("127.0.0.1:{}", server.port));
    assert!(outcome.usage.fuel > 500_000, "as for phat:contract/http");
}

#[tokio::test]
async fn content_may_be_written_after_the_request_was_handed_over() {
    let server = plain(Reply::Echo).await;
    let url = format!("http://127.0.0.1:{}/x", server.port);
    let (said, outcome) = fetch(&with_rules(vec![rule(server.port)]), "/post", url).await;
    assert!(said.starts_with("200 POST /x HTTP/1.1"), "{said}");
    assert_eq!((server.seen(), outcome.egress.len()), (1, 1));
    assert!(outcome.usage.egress_bytes >= 4);
}

#[tokio::test]
async fn what_is_flushed_or_waited_behind_is_given_before_the_end() {
    let host = MemoryHost::default();
    let outcome = outcome_of(request("GET", "/flush", b""), &host, |_| {}).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    assert_eq!(text(&answer.response), "abc");
    // The content's length is the worker's to state.
    assert_eq!(host.given(), (vec![(200, 1)], vec!["a".to_owned(), "b".to_owned()]));
}

#[tokio::test]
async fn of_a_contract_without_the_grant_nobody_sees_anything_before_it_is_committed() {
    let grants = Capability::ALL.into_iter().filter(|capability| *capability != Capability::Reply).collect();
    let (engine, host) = (engine(), MemoryHost::default());
    let module = compile(&engine, proxy(), &Manifest { grants, ..manifest() });
    let outcome = call(&engine, &module, &host, request("GET", "/flush", b"")).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    assert_eq!(text(&answer.response), "abc");
    assert_eq!(host.given(), (vec![], vec![]));
}

#[tokio::test]
async fn an_answer_that_fails_after_it_was_flushed_was_given_and_is_none() {
    for (path, given) in [("/open", vec!["half"]), ("/panic-afterwards", vec!["whole"]), ("/error", vec![])] {
        let host = MemoryHost::default();
        let outcome = outcome_of(request("GET", path, b""), &host, |_| {}).await;
        assert!(!matches!(outcome.ending, Ending::Answered(_)), "{path}");
        assert_eq!(host.given().1, given, "{path}");
    }
}

#[tokio::test]
async fn content_from_outside_is_given_on_as_it_comes() {
    let begun = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
    let whole = [begun, "3\r\ntwo\r\n0\r\n\r\n"].concat();
    let (stalling, whole) = (plain(Reply::Stall(begun.into())).await, plain(Reply::Bytes(whole.into())).await);
    let mut manifest = with_rules(vec![rule(stalling.port), rule(whole.port)]);
    manifest.limits.egress_ms = 300;
    let (engine, host) = (engine(), MemoryHost::default());
    let module = compile(&engine, proxy(), &manifest);
    let relay = async |port: u16| {
        let url = format!("http://127.0.0.1:{port}/");
        call(&engine, &module, &host, request("POST", "/relay", url.as_bytes())).await
    };
    let broken = relay(stalling.port).await;
    assert!(matches!(broken.ending, Ending::Trapped(_)), "{:?}", broken.ending);
    assert_eq!(host.given(), (vec![(200, 0)], vec!["one".to_owned()]));
    let outcome = relay(whole.port).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("{:?}", outcome.ending) };
    assert_eq!(text(&answer.response), "onetwo");
    assert_ne!(outcome.egress[0].response, broken.egress[0].response);
}

#[tokio::test]
async fn content_comes_to_a_guest_that_never_waits_for_it() {
    let server = plain(ok("hello")).await;
    let url = format!("http://127.0.0.1:{}/", server.port);
    let (said, outcome) = fetch(&with_rules(vec![rule(server.port)]), "/spin-for-content", url).await;
    assert_eq!((said.as_str(), outcome.usage.egress_bytes), ("hello", 5));
}

#[tokio::test]
async fn an_answer_that_was_read_to_its_end_is_not_under_way_any_more() {
    let server = plain(ok("hello")).await;
    let url = format!("http://127.0.0.1:{}/", server.port);
    let (said, outcome) = fetch(&with_rules(vec![rule(server.port)]), "/one-more", url).await;
    assert!(said.starts_with("200 hello"), "{said}");
    assert_eq!((server.seen(), outcome.egress.len()), (17, 17));
}

#[tokio::test]
async fn content_that_is_dropped_before_its_end_is_never_sent() {
    let server = plain(Reply::Echo).await;
    let url = format!("http://127.0.0.1:{}/x", server.port);
    let (said, outcome) = fetch(&with_rules(vec![rule(server.port)]), "/fetch-without-end", url).await;
    assert!(said.contains("failed") && said.contains("dropped before it was finished"), "{said}");
    assert_eq!((server.seen(), outcome.egress.len()), (0, 0));
}

#[tokio::test]
async fn a_host_without_a_rule_is_refused_and_nothing_is_sent() {
    let server = plain(ok("hello")).await;
    let url = format!("http://127.0.0.1:{}/", server.port);
    let (said, outcome) = fetch(&with_rules(vec![rule(1)]), "/fetch", url).await;
    assert!(said.contains("refused") && said.contains("HttpRequestDenied"), "{said}");
    assert_eq!((server.seen(), outcome.egress.len(), outcome.usage.egress_requests), (0, 0, 0));
}

#[tokio::test]
async fn a_host_with_a_private_address_is_refused() {
    let server = plain(ok("hello")).await;
    let rule = EgressRule { host: "inside.example.org".into(), danger_allow_private: false, ..rule(server.port) };
    let url = format!("http://inside.example.org:{}/", server.port);
    let names = Names::new(&[("inside.example.org", "127.0.0.1")]);
    let (said, _) = fetch_with(names, &with_rules(vec![rule]), "/fetch", &[url]).await;
    assert!(said[0].contains("DestinationIpProhibited"), "{said:?}");
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn hosts_that_fail_have_each_their_error() {
    let (slow, large) = (plain(Reply::Stall(Vec::new())).await, plain(ok(&"x".repeat(2000))).await);
    let rules =
        vec![rule(slow.port), rule(large.port), rule(9), EgressRule { host: "nobody.example".into(), ..rule(80) }];
    let mut manifest = with_rules(rules);
    (manifest.limits.egress_ms, manifest.limits.egress_bytes) = (300, 1000);
    let urls = [
        format!("http://127.0.0.1:{}/", slow.port),
        format!("http://127.0.0.1:{}/", large.port),
        "http://127.0.0.1:9/".to_owned(),
        "http://nobody.example:80/".to_owned(),
    ];
    let (said, _) = fetch_with(Names::new(&[]), &manifest, "/fetch", &urls).await;
    for (said, expected) in said.iter().zip([
        "HttpResponseTimeout",
        "HttpResponseBodySize(Some(1000))",
        "DestinationUnavailable",
        "DnsError",
    ]) {
        assert!(said.contains("failed") && said.contains(expected), "{expected}: {said}");
    }
}

#[tokio::test]
async fn a_host_whose_certificate_is_not_trusted_has_failed() {
    let authority = Authority::new();
    let server = encrypted(ok("hello"), &authority.issue("good.example.org", 2020, 2100)).await;
    let rule = EgressRule { host: "good.example.org".into(), insecure_http: false, ..rule(server.port) };
    let trusting = Manifest { extra_roots: vec![authority.root.clone()], ..with_rules(vec![rule.clone()]) };
    let url = [format!("https://good.example.org:{}/", server.port)];
    let names = || Names::new(&[("good.example.org", "127.0.0.1")]);
    let (said, _) = fetch_with(names(), &with_rules(vec![rule]), "/fetch", &url).await;
    assert!(said[0].contains("failed") && said[0].contains("TlsCertificateError"), "{said:?}");
    assert_eq!(server.seen(), 0);
    let (said, _) = fetch_with(names(), &trusting, "/fetch", &url).await;
    assert!(said[0].starts_with("200 hello"), "{said:?}");
}

#[tokio::test]
async fn requests_run_at_the_same_time() {
    let (slow, quick) = (plain(Reply::Stall(Vec::new())).await, plain(ok("quick")).await);
    let mut manifest = with_rules(vec![rule(slow.port), rule(quick.port)]);
    manifest.limits.egress_ms = 300;
    let urls = [slow.port, quick.port, slow.port].map(|port| format!("http://127.0.0.1:{port}/"));
    let (said, outcome) = fetch_with(Names::new(&[]), &manifest, "/fetch", &urls).await;
    assert!(said[1].starts_with("200 quick"), "{said:?}");
    assert!(outcome.usage.wall.as_millis() < 590, "one after the other would take 600 ms");
}

#[tokio::test]
async fn requests_beyond_the_manifests_number_or_sixteen_at_once_are_refused() {
    let server = plain(ok("hello")).await;
    let mut manifest = with_rules(vec![rule(server.port)]);
    manifest.limits.egress_requests = 2;
    let url = format!("http://127.0.0.1:{}/", server.port);
    let (said, outcome) = fetch_with(Names::new(&[]), &manifest, "/fetch", &vec![url.clone(); 3]).await;
    assert!(said[2].contains("this call may send 2 requests"), "{said:?}");
    assert_eq!((server.seen(), outcome.usage.egress_requests), (2, 2));
    manifest.limits.egress_requests = 64;
    let (said, _) = fetch_with(Names::new(&[]), &manifest, "/fetch", &vec![url; 17]).await;
    assert!(said[15].starts_with("200") && said[16].contains("ConnectionLimitReached"), "{said:?}");
}

#[tokio::test]
async fn requests_that_are_wrong_in_themselves_are_refused() {
    let mut manifest = with_rules(vec![rule(80)]);
    manifest.limits.egress_bytes = 100_000;
    let (said, outcome) = fetch_with(Names::new(&[]), &manifest, "/fetch-wrong", &["http://127.0.0.1/".into()]).await;
    let expected = [
        "HttpRequestMethodInvalid",
        "HttpRequestMethodInvalid",
        "HttpRequestMethodInvalid",
        "HttpRequestUriInvalid",
        "HttpRequestBodySize(Some(0))",
        "a request may have 100000 bytes of content true",
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(outcome.egress.is_empty());
}

/// A component with a handler that imports one interface.
fn importing(name: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (import "{name}" (instance))
            (instance $handler)
            (export "wasi:http/incoming-handler@0.2.3" (instance $handler)))"#
    );
    wat::parse_str(text).expect("a component")
}

#[test]
fn requests_and_randomness_need_the_grants_of_the_contracts_interfaces() {
    for (name, grant) in [
        ("wasi:http/outgoing-handler@0.2.0", Capability::Http),
        ("wasi:random/random@0.2.12", Capability::Random),
        ("wasi:random/insecure@0.2.3", Capability::Random),
        ("phat:contract/kv@0.1.0", Capability::Kv),
    ] {
        let none = Manifest { grants: Vec::new(), ..manifest() };
        let error = refused(&importing(name), &none);
        assert!(matches!(&error, CompileError::Ungranted(names) if names == &[grant.name()]), "{name}: {error}");
        let granted = Manifest { grants: vec![grant], ..manifest() };
        let error = refused(&importing(name), &granted);
        assert!(matches!(&error, CompileError::Invalid(reason) if reason.contains("handle")), "{name}: {error}");
    }
}

#[test]
fn interfaces_of_wasi_that_no_worker_offers_are_refused_by_name() {
    for name in ["wasi:keyvalue/store@0.2.0", "wasi:io/poll@0.3.0", "wasi:http/types@0.2.0-rc-2023-12-05"] {
        let error = refused(&importing(name), &manifest());
        assert!(matches!(&error, CompileError::UnknownImports(names) if names == &[name]), "{name}: {error}");
    }
}

#[test]
fn a_component_with_two_ways_to_answer_is_refused() {
    let text = r#"(component
        (instance $handler)
        (export "wasi:http/incoming-handler@0.2.3" (instance $handler))
        (export "phat:contract/service@0.1.0" (instance $handler)))"#;
    let error = refused(&wat::parse_str(text).expect("a component"), &manifest());
    assert!(matches!(&error, CompileError::Invalid(reason) if reason.contains("more than one")), "{error}");
}

#[test]
fn a_handler_of_another_type_is_refused() {
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (instance $handler (export "handle" (func $f)))
        (export "wasi:http/incoming-handler@0.2.3" (instance $handler)))"#;
    let error = refused(&wat::parse_str(text).expect("a component"), &manifest());
    assert!(matches!(&error, CompileError::Invalid(reason) if reason.contains("another type")), "{error}");
}
