//! The functions of `kv` that handle several entries, or entries that end, and the versions of `secrets`, as a contract
//! written with the SDK sees them.

mod support;

use adyton_engine::{CallContext, Ending, GuestError, Value as Stored};
use adyton_protocol::manifest::Capability;
use serde_json::{Value, json};
use support::{MemoryHost, compile, context, engine, manifest, refused, request, rust_guest};

/// The time of a call, where it matters.
const NOW: u64 = 1_000_000;

fn probe() -> &'static [u8] {
    rust_guest("worker/engine/tests/guests/probe")
}

/// Sends one request to the probe at `now_ms`, and commits what it wrote if it is answered.
async fn ask_at(host: &MemoryHost, now_ms: u64, path: &str, body: &[u8]) -> Result<Value, GuestError> {
    let engine = engine();
    let module = compile(&engine, probe(), &manifest());
    let context = CallContext { now_ms, ..context() };
    let call = engine.call(&module, context, host.clone(), request("POST", path, body));
    match call.await.expect("the call begins").ending {
        Ending::Answered(answer) => {
            host.commit(&answer);
            Ok(serde_json::from_slice(&answer.response.body).unwrap_or(Value::Null))
        }
        Ending::GuestError(error) => Err(error),
        other => panic!("{path}: neither an answer nor an error but {other:?}"),
    }
}

async fn ask(host: &MemoryHost, path: &str, body: &[u8]) -> Value {
    ask_at(host, NOW, path, body).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
}

async fn error(host: &MemoryHost, path: &str, body: &[u8]) -> GuestError {
    ask_at(host, NOW, path, body).await.expect_err("an error")
}

async fn write(host: &MemoryHost, operations: Value) -> Result<Value, GuestError> {
    ask_at(host, NOW, "/write", operations.to_string().as_bytes()).await
}

fn holding(entries: &[(&str, &str)]) -> MemoryHost {
    let host = MemoryHost::default();
    let entries =
        entries.iter().map(|(key, value)| (key.as_bytes().to_vec(), Stored::lasting(value.as_bytes().into())));
    host.store.lock().expect("no test panics with the lock").extend(entries);
    host
}

#[tokio::test]
async fn several_values_are_read_in_the_order_of_their_keys() {
    let host = holding(&[("a", "1"), ("b", "2")]);
    assert_eq!(ask(&host, "/get-many", br#"["b", "none", "a", "b"]"#).await, json!(["2", null, "1", "2"]));
    assert_eq!(ask(&host, "/get-many", b"[]").await, json!([]));
}

#[tokio::test]
async fn more_than_100_keys_a_key_too_long_or_more_than_a_mebibyte_are_not_read_at_once() {
    let host = holding(&[("a", &"x".repeat(1 << 19)), ("b", "x")]);
    let keys = |keys: Vec<&str>| json!(keys).to_string().into_bytes();
    assert_eq!(ask(&host, "/get-many?only=length", &keys(vec!["a"; 2])).await, 2);
    assert!(matches!(error(&host, "/get-many", &keys(vec!["a", "a", "b"])).await, GuestError::Limit(_)));
    assert_eq!(ask(&host, "/get-many?only=length", &keys(vec!["b"; 100])).await, 100);
    assert!(matches!(error(&host, "/get-many", &keys(vec!["b"; 101])).await, GuestError::Invalid(_)));
    assert!(matches!(error(&host, "/get-many", &keys(vec![&"k".repeat(1025)])).await, GuestError::Invalid(_)));
    assert!(matches!(error(&host, "/get-many", &keys(vec![""])).await, GuestError::Invalid(_)));
}

#[tokio::test]
async fn an_entry_that_has_ended_is_seen_by_nothing() {
    let host = holding(&[("b", "stays")]);
    ask(&host, &format!("/set-until?key=a&until={}", NOW + 50), b"one").await;
    for (now, seen) in [(NOW + 49, true), (NOW + 50, false)] {
        let ask = async |path: &str, body: &[u8]| ask_at(&host, now, path, body).await.expect("an answer");
        assert_eq!(ask("/get?key=a", b"").await, if seen { json!("one") } else { Value::Null });
        assert_eq!(ask("/get-many", br#"["a"]"#).await, if seen { json!(["one"]) } else { json!([null]) });
        let all = if seen { json!([["a", "one"], ["b", "stays"]]) } else { json!([["b", "stays"]]) };
        assert_eq!(ask("/scan", b"").await["entries"], all);
        let count = if seen { 2 } else { 1 };
        assert_eq!(ask("/scan-back", b"").await["entries"].as_array().map(Vec::len), Some(count));
    }
    assert!(matches!(ask_at(&host, NOW + 50, "/swap?key=a&expected=one", b"two").await, Err(GuestError::Conflict)));
    ask_at(&host, NOW + 50, "/swap?key=a", b"two").await.expect("there is none");
    assert_eq!(host.entries()[&b"a"[..]], Stored::lasting(b"two".to_vec()));
}

/// How many bytes it has can only be told by reading it.
#[tokio::test]
async fn a_value_that_has_ended_is_paid_for_wherever_it_is_read() {
    const LENGTH: u64 = 1 << 20;
    let (engine, none, ended) = (engine(), MemoryHost::default(), MemoryHost::default());
    let value = Stored { bytes: vec![b'x'; LENGTH as usize], ends_ms: Some(1) };
    ended.store.lock().expect("no test panics with the lock").insert(b"a".to_vec(), value);
    let module = compile(&engine, probe(), &manifest());
    let batch = json!([{ "swap": "a", "expected": "x", "value": "y" }]).to_string();
    for (path, body, per_byte) in [
        ("/get?key=a", "", 2),
        ("/get-many", r#"["a"]"#, 2),
        ("/swap?key=a&expected=x", "y", 20),
        ("/write", batch.as_str(), 20),
    ] {
        let fuel = async |host: &MemoryHost| {
            support::call(&engine, &module, host, request("POST", path, body.as_bytes())).await.usage.fuel
        };
        assert_eq!(fuel(&ended).await - fuel(&none).await, LENGTH * per_byte, "{path}");
    }
}

#[tokio::test]
async fn a_value_that_is_set_anew_does_not_end() {
    let host = MemoryHost::default();
    let until = NOW + 50;
    ask(&host, &format!("/set-until?key=a&until={until}"), b"one").await;
    assert_eq!(host.entries()[&b"a"[..]].ends_ms, Some(until));
    ask(&host, "/set?key=a", b"two").await;
    assert_eq!(ask_at(&host, until, "/get?key=a", b"").await.expect("an answer"), "two");
}

#[tokio::test]
async fn an_end_that_is_not_after_the_calls_time_is_refused() {
    let host = MemoryHost::default();
    for until in [0, NOW - 1, NOW] {
        let path = format!("/set-until?key=a&until={until}");
        assert!(matches!(error(&host, &path, b"x").await, GuestError::Invalid(_)), "{until}");
    }
    assert!(matches!(error(&host, &format!("/set-until?key=&until={}", NOW + 1), b"x").await, GuestError::Invalid(_)));
    assert!(host.contents().is_empty());
}

#[tokio::test]
async fn a_batch_is_written_whole_and_each_write_sees_those_before_it() {
    let host = holding(&[("a", "1"), ("gone", "x")]);
    let done = write(
        &host,
        json!([
            { "swap": "a", "expected": "1", "value": "2" },
            { "swap": "a", "expected": "2", "value": "3" },
            { "set": "b", "value": "new" },
            { "set": "c", "value": "short", "until": NOW + 1 },
            { "delete": "gone" },
            { "swap": "gone", "value": "back" },
        ]),
    );
    done.await.expect("all are made");
    let lasting = |key: &str, value: &str| (key.as_bytes().to_vec(), Stored::lasting(value.as_bytes().to_vec()));
    let short = Stored { bytes: b"short".to_vec(), ends_ms: Some(NOW + 1) };
    let expected = [lasting("a", "3"), lasting("b", "new"), (b"c".to_vec(), short), lasting("gone", "back")];
    assert_eq!(host.entries(), expected.into());
}

#[tokio::test]
async fn of_a_batch_that_fails_nothing_is_written_and_the_call_goes_on_with_what_it_wrote_before() {
    let host = holding(&[("a", "1"), ("b", "2")]);
    let batch = json!([
        { "set": "before", "value": "changed" },
        { "set": "new", "value": "x" },
        { "delete": "b" },
        { "swap": "a", "expected": "other", "value": "x" },
    ]);
    let said = ask(&host, "/write-and-go-on?key=before", batch.to_string().as_bytes()).await;
    assert!(said.as_str().is_some_and(|text| text.contains("Conflict")), "{said}");
    let expected = [("a", "1"), ("b", "2"), ("before", "kept")];
    let expected = expected.map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
    assert_eq!(host.contents(), expected.into());
}

#[tokio::test]
async fn each_mistake_in_a_batch_is_refused_as_it_would_be_alone() {
    let host = MemoryHost::default();
    let good = json!({ "set": "a", "value": "x" });
    for bad in [
        json!({ "set": "", "value": "x" }),
        json!({ "set": "k".repeat(1025), "value": "x" }),
        json!({ "set": "a", "value": "x".repeat((1 << 20) + 1) }),
        json!({ "set": "a", "value": "x", "until": NOW }),
        json!({ "swap": "", "value": "x" }),
        json!({ "delete": "" }),
    ] {
        let refused = write(&host, json!([good, bad])).await;
        assert!(matches!(refused, Err(GuestError::Invalid(_))), "{refused:?}");
    }
    assert!(write(&host, json!(vec![&good; 1000])).await.is_ok());
    assert!(matches!(write(&host, json!(vec![&good; 1001])).await, Err(GuestError::Invalid(_))));
}

#[tokio::test]
async fn a_batch_beyond_the_limit_of_writes_is_refused() {
    let (engine, host) = (engine(), MemoryHost::default());
    let mut manifest = manifest();
    manifest.limits.writes = 10;
    let module = compile(&engine, probe(), &manifest);
    let batch = json!([{ "set": "a", "value": "1234" }, { "set": "b", "value": "12345" }]).to_string();
    let outcome = support::call(&engine, &module, &host, request("POST", "/write", batch.as_bytes())).await;
    assert!(matches!(outcome.ending, Ending::GuestError(GuestError::Limit(_))), "{:?}", outcome.ending);
    assert_eq!(outcome.usage.writes, 0);
}

#[tokio::test]
async fn a_scan_goes_back_page_by_page() {
    let host = holding(&[("a1", "1"), ("a2", "2"), ("a3", "3"), ("b1", "4")]);
    let first = ask(&host, "/scan-back?prefix=a&limit=2", b"").await;
    assert_eq!(first, json!({"entries": [["a3", "3"], ["a2", "2"]], "next": "a2"}));
    let second = ask(&host, "/scan-back?prefix=a&limit=2&before=a2", b"").await;
    assert_eq!(second, json!({"entries": [["a1", "1"]], "next": null}));
    assert!(matches!(error(&host, "/scan-back?limit=1001", b"").await, GuestError::Invalid(_)));
    assert!(matches!(error(&host, "/scan-back?limit=0", b"").await, GuestError::Invalid(_)));
    let long = "k".repeat(1025);
    assert!(matches!(error(&host, &format!("/scan-back?before={long}"), b"").await, GuestError::Invalid(_)));
}

#[tokio::test]
async fn a_secret_has_a_version_and_one_that_is_not_set_has_none() {
    let host = MemoryHost { secrets: [("token".to_owned(), b"s3cret".to_vec())].into(), ..MemoryHost::default() };
    assert_eq!(ask(&host, "/secret-version?name=token", b"").await, 3);
    assert_eq!(ask(&host, "/secret-version?name=other", b"").await, Value::Null);
    assert!(matches!(error(&host, "/secret-version?name=", b"").await, GuestError::Invalid(_)));
    let long = "n".repeat(65);
    assert!(matches!(error(&host, &format!("/secret-version?name={long}"), b"").await, GuestError::Invalid(_)));
}

#[test]
fn the_store_and_the_secrets_need_their_grants() {
    for missing in [Capability::Kv, Capability::Secrets] {
        let mut manifest = manifest();
        manifest.grants.retain(|grant| *grant != missing);
        assert!(refused(probe(), &manifest).to_string().contains(missing.name()));
    }
}
