//! Each capability as a contract written with the SDK sees it, and the two examples.

#[path = "capabilities/reply.rs"]
mod reply;
#[path = "support/sealing.rs"]
mod sealing;
#[path = "support/server.rs"]
mod server;
mod support;

use adyton_engine::{Ending, GuestError, Level};
use adyton_protocol::manifest::{Capability, EgressRule, Protocol};
use sealing::seal;
use serde_json::{Value, json};
use support::{MemoryHost, answer, call, compile, engine, manifest, request, rust_guest, text};

/// Sends one request to the probe, commits what it wrote, and reads its answer as JSON.
async fn ask(host: &MemoryHost, path: &str, body: &[u8]) -> Value {
    let engine = engine();
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/probe"), &manifest());
    let answer = answer(&engine, &module, host, request("POST", path, body)).await;
    serde_json::from_slice(&answer.response.body).unwrap_or(Value::Null)
}

async fn error(host: &MemoryHost, path: &str, body: &[u8]) -> GuestError {
    let engine = engine();
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/probe"), &manifest());
    match call(&engine, &module, host, request("POST", path, body)).await.ending {
        Ending::GuestError(error) => error,
        other => panic!("no error but {other:?}"),
    }
}

/// The text with which it is refused.
async fn assert_invalid(host: &MemoryHost, path: &str, body: &[u8]) -> String {
    match error(host, path, body).await {
        GuestError::Invalid(said) => said,
        other => panic!("{path}: {other:?}"),
    }
}

#[tokio::test]
async fn a_request_arrives_whole_and_the_response_leaves_whole() {
    let (engine, host) = (engine(), MemoryHost::default());
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/probe"), &manifest());
    let mut sent = request("POST", "/echo", b"\0\xff body");
    sent.fields = vec![(b"x-one".to_vec(), b"caf\xe9".to_vec()), (b"x-one".to_vec(), b"again".to_vec())];
    let response = answer(&engine, &module, &host, sent.clone()).await.response;
    assert_eq!((response.status, response.fields, response.body), (201, sent.fields, sent.body));
}

#[tokio::test]
async fn the_context_says_who_calls_whom_and_what_the_manifest_sets() {
    let context = ask(&MemoryHost::default(), "/context", b"").await;
    let fuel = context["fuel"].as_u64().expect("a number");
    assert!(fuel > 0 && fuel < manifest().limits.fuel);
    let time = context["time"].as_u64().expect("a number");
    assert!(time > 0);
    let caller = format!("Principal::Account({:?})", vec![7; 32]);
    let expected = json!({
        "network": 1, "contract": 2, "code": 3, "lease": [4, 5], "request": 6, "caller": caller, "time": time,
        "block": 8, "greeting": "hello", "missing": null, "fuel": fuel,
    });
    assert_eq!(context, expected);
}

#[tokio::test]
async fn what_is_set_can_be_read_deleted_and_swapped() {
    let host = MemoryHost::default();
    assert_eq!(ask(&host, "/get?key=a", b"").await, Value::Null);
    ask(&host, "/set?key=a", b"one").await;
    assert_eq!(ask(&host, "/get?key=a", b"").await, "one");
    ask(&host, "/swap?key=a&expected=one", b"two").await;
    assert_eq!(ask(&host, "/get?key=a", b"").await, "two");
    assert!(matches!(error(&host, "/swap?key=a&expected=one", b"three").await, GuestError::Conflict));
    assert!(matches!(error(&host, "/swap?key=a", b"three").await, GuestError::Conflict));
    ask(&host, "/swap?key=b", b"new").await;
    ask(&host, "/delete?key=a", b"").await;
    assert_eq!(host.contents(), [(b"b".to_vec(), b"new".to_vec())].into());
}

#[tokio::test]
async fn a_call_that_fails_after_writing_leaves_nothing_behind() {
    let host = MemoryHost::default();
    assert!(matches!(error(&host, "/set-and-fail?key=a", b"one").await, GuestError::Other(_)));
    assert!(host.contents().is_empty());
}

#[tokio::test]
async fn a_scan_goes_page_by_page() {
    let host = MemoryHost::default();
    for key in ["a1", "a2", "a3", "b1"] {
        ask(&host, &format!("/set?key={key}"), key.as_bytes()).await;
    }
    let first = ask(&host, "/scan?prefix=a&limit=2", b"").await;
    assert_eq!(first, json!({"entries": [["a1", "a1"], ["a2", "a2"]], "next": "a2"}));
    let second = ask(&host, "/scan?prefix=a&limit=2&after=a2", b"").await;
    assert_eq!(second, json!({"entries": [["a3", "a3"]], "next": null}));
    assert!(matches!(error(&host, "/scan?limit=1001", b"").await, GuestError::Invalid(_)));
}

#[tokio::test]
async fn an_empty_key_is_the_guests_mistake() {
    assert!(matches!(error(&MemoryHost::default(), "/set?key=", b"x").await, GuestError::Invalid(_)));
}

#[tokio::test]
async fn a_secret_is_there_by_its_name_only() {
    let host = MemoryHost { secrets: [("token".to_owned(), b"\"s3cret\"".to_vec())].into(), ..MemoryHost::default() };
    assert_eq!(ask(&host, "/secret?name=token", b"").await, "s3cret");
    assert!(matches!(error(&host, "/secret?name=other", b"").await, GuestError::NotFound));
    assert!(matches!(error(&host, "/secret?name=", b"").await, GuestError::Invalid(_)));
}

#[tokio::test]
async fn random_bytes_are_the_hosts() {
    assert_eq!(ask(&MemoryHost::default(), "/random", b"").await, json!([4, 4, 4, 4]));
}

#[tokio::test]
async fn named_keys_sign_and_differ_by_name_and_scheme() {
    let host = MemoryHost::default();
    let mut publics = Vec::new();
    for scheme in ["ed25519", "secp256k1", "p256", "sr25519"] {
        for name in ["a", "b"] {
            let signed = ask(&host, &format!("/sign?name={name}&scheme={scheme}"), &[9; 32]).await;
            assert_eq!(signed["verified"], true, "{scheme}");
            assert!(!publics.contains(&signed["public"]), "{scheme}");
            publics.push(signed["public"].clone());
        }
        assert_invalid(&host, &format!("/sign?name=&scheme={scheme}"), &[9; 32]).await;
        assert_invalid(&host, &format!("/sign?name={}&scheme={scheme}", "a".repeat(65)), &[9; 32]).await;
    }
}

#[tokio::test]
async fn ecdsa_refuses_what_is_no_digest() {
    for scheme in ["secp256k1", "p256"] {
        assert_invalid(&MemoryHost::default(), &format!("/sign?name=a&scheme={scheme}"), b"not a digest").await;
    }
}

#[tokio::test]
async fn what_is_sealed_to_an_encryption_key_opens_under_its_name_info_and_associated_data_only() {
    let host = MemoryHost::default();
    let public = ask(&host, "/encryption-key?name=bids", b"").await;
    let sealed = seal(&public, b"bid", b"7", b"\"42 PHA\"");
    assert_eq!(ask(&host, "/decrypt?name=bids&info=bid&aad=7", &sealed).await, "42 PHA");
    let mut texts = Vec::new();
    for path in ["name=other&info=bid&aad=7", "name=bids&info=other&aad=7", "name=bids&info=bid&aad=8", "name=bids"] {
        texts.push(assert_invalid(&host, &format!("/decrypt?{path}"), &sealed).await);
    }
    texts.push(assert_invalid(&host, "/decrypt?name=bids&info=bid&aad=7", &sealed[..47]).await);
    texts.push(assert_invalid(&host, "/decrypt?name=bids&info=bid&aad=7", b"").await);
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[tokio::test]
async fn an_encryption_key_needs_a_name_of_1_to_64_bytes() {
    for name in ["", &"a".repeat(65)] {
        assert_invalid(&MemoryHost::default(), &format!("/encryption-key?name={name}"), b"").await;
        assert_invalid(&MemoryHost::default(), &format!("/decrypt?name={name}"), &[0; 48]).await;
        assert_invalid(&MemoryHost::default(), &format!("/derive?name={name}"), b"").await;
    }
}

#[tokio::test]
async fn a_secret_is_derived_with_the_length_asked_for_and_refused_beyond_its_limits() {
    let host = MemoryHost::default();
    for length in [1, 64] {
        let secret = ask(&host, &format!("/derive?name=a&length={length}"), &[7; 1024]).await;
        assert_eq!(secret.as_array().map(Vec::len), Some(length));
        assert_eq!(secret, ask(&host, &format!("/derive?name=a&length={length}"), &[7; 1024]).await);
    }
    for length in [0, 65, u32::MAX] {
        assert_invalid(&host, &format!("/derive?name=a&length={length}"), b"").await;
    }
    assert_invalid(&host, "/derive?name=a", &[7; 1025]).await;
}

#[tokio::test]
async fn seeded_bytes_can_be_asked_for_again_and_are_refused_beyond_their_limits() {
    let host = MemoryHost::default();
    let bytes = ask(&host, "/seeded?length=40", b"round 1").await;
    assert_eq!(bytes.as_array().map(Vec::len), Some(40));
    assert_eq!(bytes, ask(&MemoryHost { chance: 1, ..host.clone() }, "/seeded?length=40", b"round 1").await);
    assert_ne!(bytes, ask(&host, "/seeded?length=40", b"round 2").await);
    assert_eq!(ask(&host, "/seeded?length=8160", &[7; 1024]).await.as_array().map(Vec::len), Some(8160));
    assert_invalid(&host, "/seeded?length=8161", b"").await;
    assert_invalid(&host, "/seeded", &[7; 1025]).await;
}

#[tokio::test]
async fn one_report_leaves_with_the_answer_and_a_second_is_refused() {
    let (engine, host) = (engine(), MemoryHost::default());
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/probe"), &manifest());
    let answer = answer(&engine, &module, &host, request("POST", "/report", b"call")).await;
    assert_eq!(answer.report.as_deref(), Some(&b"call"[..]));
    assert!(text(&answer.response).contains("Limit"));
}

#[tokio::test]
async fn a_panic_of_the_guest_is_a_trap_whose_message_its_owner_can_read() {
    let engine = engine();
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/probe"), &manifest());
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/panic", b"")).await;
    assert!(matches!(outcome.ending, Ending::Trapped(_)));
    assert!(outcome.logs[0].level == Level::Error && outcome.logs[0].message.contains("the guest's own bug"));
}

#[test]
fn a_contract_imports_only_what_it_uses() {
    let imports = adyton_component::imports(rust_guest("examples/counter")).expect("a component");
    assert_eq!(imports, ["phat:contract/types@0.1.0", "phat:contract/kv@0.1.0"]);
}

#[tokio::test]
async fn the_counter_counts() {
    let (engine, host) = (engine(), MemoryHost::default());
    let mut manifest = manifest();
    manifest.grants = vec![Capability::Kv];
    let module = compile(&engine, rust_guest("examples/counter"), &manifest);
    for expected in ["1", "2", "3"] {
        let answer = answer(&engine, &module, &host, request("POST", "/increment", b"")).await;
        assert_eq!(text(&answer.response), expected);
    }
    assert_eq!(text(&answer(&engine, &module, &host, request("GET", "/count", b"")).await.response), "3");
    assert_eq!(answer(&engine, &module, &host, request("GET", "/nothing", b"")).await.response.status, 404);
}

#[tokio::test]
async fn the_price_oracle_takes_the_median_of_the_sources_that_answer() {
    let sources = [
        server::plain(server::ok(r#"{"price": "0.10"}"#)).await,
        server::plain(server::ok(r#"{"price": "0.30"}"#)).await,
        server::plain(server::answer("500 Oops", "", "")).await,
        server::plain(server::ok(r#"{"price": "0.20"}"#)).await,
    ];
    let (engine, host) = (engine(), MemoryHost::default());
    let mut manifest = manifest();
    let rule = |port| EgressRule {
        host: "127.0.0.1".into(),
        port: Some(port),
        insecure_http: true,
        danger_allow_private: true,
        protocol: Protocol::Http,
    };
    manifest.egress = sources.iter().map(|source| rule(source.port)).collect();
    let urls: Vec<String> = sources.iter().map(|source| format!("http://127.0.0.1:{}/", source.port)).collect();
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    manifest.settings = vec![setting("pair", "PHA/USD"), setting("sources", &urls.join(" ")), setting("quorum", "3")];
    let module = compile(&engine, rust_guest("examples/price-oracle"), &manifest);
    assert_eq!(answer(&engine, &module, &host, request("GET", "/price", b"")).await.response.status, 404);

    let updated = answer(&engine, &module, &host, request("POST", "/update", b"")).await;
    let price: Value = serde_json::from_slice(&updated.response.body).expect("JSON");
    assert_eq!((&price["value"], &price["sources"], &price["pair"]), (&"0.2".into(), &3.into(), &"PHA/USD".into()));
    // System.remark_with_event, with a length below 64 in one byte.
    let report = updated.report.expect("the price is reported");
    assert_eq!((report[0], report[1], usize::from(report[2] >> 2)), (0, 7, report.len() - 3));
    assert!(report[3..].starts_with(b"PHA/USD 0.2 "));

    let newest: Value =
        serde_json::from_slice(&answer(&engine, &module, &host, request("GET", "/price", b"")).await.response.body)
            .expect("JSON");
    assert_eq!(newest, price);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    answer(&engine, &module, &host, request("POST", "/update", b"")).await;
    let history: Value = serde_json::from_slice(
        &answer(&engine, &module, &host, request("GET", "/history?limit=5", b"")).await.response.body,
    )
    .expect("JSON");
    assert_eq!(history.as_array().map(Vec::len), Some(2));
    assert_eq!(history[1], price, "the newest comes first");

    manifest.settings[2].1 = "4".into();
    let module = compile(&engine, rust_guest("examples/price-oracle"), &manifest);
    let outcome = call(&engine, &module, &host, request("POST", "/update", b"")).await;
    assert!(matches!(outcome.ending, Ending::GuestError(GuestError::Unavailable(_))), "{:?}", outcome.ending);
    assert!(outcome.logs.iter().any(|line| line.message.contains("status 500")), "{:?}", outcome.logs);
}
