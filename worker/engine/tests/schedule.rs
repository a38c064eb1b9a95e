//! The schedule as a contract written with the SDK sees it.

mod support;

use adyton_engine::{Ending, GuestError, Scheduled};
use serde_json::{Value, json};
use support::{MemoryHost, call, compile, context, engine, manifest, request, rust_guest};

const PROBE: &str = "worker/engine/tests/guests/probe";

/// Sends one request to the probe, commits what it did, and gives its answer as JSON, or its error.
async fn ask(host: &MemoryHost, path: &str, body: &[u8]) -> Result<Value, GuestError> {
    let engine = engine();
    let module = compile(&engine, rust_guest(PROBE), &manifest());
    match call(&engine, &module, host, request("POST", path, body)).await.ending {
        Ending::Answered(answer) => {
            host.commit(&answer);
            Ok(serde_json::from_slice(&answer.response.body).unwrap_or(Value::Null))
        }
        Ending::GuestError(error) => Err(error),
        other => panic!("{path}: {other:?}"),
    }
}

/// Names and expressions of what was committed.
fn committed(host: &MemoryHost) -> Vec<(String, Option<String>)> {
    let schedule = host.schedule.lock().expect("no test panics with the lock");
    schedule.iter().map(|(name, (when, _))| (name.clone(), when.cron.clone())).collect()
}

fn named<const N: usize>(entries: [(&str, Option<&str>); N]) -> Vec<(String, Option<String>)> {
    entries.map(|(name, cron)| (name.to_owned(), cron.map(str::to_owned))).into()
}

#[tokio::test]
async fn what_a_call_schedules_is_committed_with_its_answer_and_seen_by_later_calls() {
    let host = MemoryHost::default();
    let due = context().now_ms + 3_600_000;
    ask(&host, &format!("/at?name=b&due={due}&path=/ran?a=1"), b"body").await.expect("sets");
    let hour = ask(&host, "/cron?name=a", b"0 * * * *").await.expect("sets").as_u64().expect("a time");
    assert!(hour > context().now_ms && hour % 3_600_000 == 0);
    let entries = ask(&host, "/entries", b"").await.expect("reads");
    let a = json!({"name": "a", "due": hour, "cron": "0 * * * *"});
    assert_eq!(entries, json!([a, {"name": "b", "due": due, "cron": null}]));
    let (when, asked) = host.schedule.lock().expect("no test panics with the lock")["b"].clone();
    assert_eq!(when, Scheduled { due_ms: due, cron: None });
    assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.body), ("POST", "/ran?a=1", b"body".to_vec()));
    ask(&host, "/cron?name=b", b"* * * * *").await.expect("replaces");
    ask(&host, "/cancel?name=a", b"").await.expect("cancels");
    ask(&host, "/cancel?name=never", b"").await.expect("is no error");
    assert_eq!(committed(&host), named([("b", Some("* * * * *"))]));
}

#[tokio::test]
async fn what_a_call_that_fails_schedules_is_not() {
    let host = MemoryHost::default();
    assert!(matches!(ask(&host, "/at-and-fail", b"").await, Err(GuestError::Other(_))));
    let mut exceeded = manifest();
    exceeded.limits.fuel = 10_000_000;
    let engine = engine();
    let module = compile(&engine, rust_guest(PROBE), &exceeded);
    let outcome = call(&engine, &module, &host, request("POST", "/at-many?count=64", b"")).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(_)), "{:?}", outcome.ending);
    assert!(committed(&host).is_empty());
}

#[tokio::test]
async fn a_time_that_has_passed_is_due_right_after_the_call() {
    let host = MemoryHost::default();
    let before = context().now_ms;
    ask(&host, "/at?name=a&due=0", b"").await.expect("sets");
    let due = host.schedule.lock().expect("no test panics with the lock")["a"].0.due_ms;
    assert!((before + 1..before + 60_000).contains(&due), "{due}");
}

#[tokio::test]
async fn malformed_names_times_requests_and_expressions_are_the_guests_mistake() {
    let host = MemoryHost::default();
    let far = context().now_ms + 4000 * 86_400_000;
    let long = format!("/at?name=a&path=/{}", "p".repeat(1024));
    for (path, body) in [
        ("/at?name=", Vec::new()),
        ("/at?name=a/b", Vec::new()),
        (format!("/at?name={}", "n".repeat(65)).as_str(), Vec::new()),
        (format!("/at?name=a&due={far}").as_str(), Vec::new()),
        ("/at?name=a&path=ran", Vec::new()),
        ("/at?name=a&path=/.adyton/logs", Vec::new()),
        (long.as_str(), Vec::new()),
        ("/at?name=a", vec![0; 16_385]),
        ("/cron?name=a", b"* * * *".to_vec()),
        ("/cron?name=a", b"0 0 30 2 *".to_vec()),
        ("/cron?name=a", vec![b'*'; 129]),
        ("/cancel?name=", Vec::new()),
    ] {
        let refused = ask(&host, path, &body).await;
        assert!(matches!(refused, Err(GuestError::Invalid(_))), "{path}: {refused:?}");
    }
    assert!(committed(&host).is_empty());
}

#[tokio::test]
async fn one_entry_too_many_is_refused_and_one_of_a_known_name_is_not() {
    let host = MemoryHost::default();
    assert_eq!(ask(&host, "/at-many?count=64", b"").await.expect("sets"), json!(64));
    let more = ask(&host, "/at?name=more", b"").await;
    assert!(matches!(more, Err(GuestError::Limit(_))), "{more:?}");
    ask(&host, "/at?name=n7", b"").await.expect("replaces");
    assert_eq!(committed(&host).len(), 64);
}

#[tokio::test]
async fn what_is_scheduled_counts_towards_the_limit_of_writes() {
    let host = MemoryHost::default();
    let engine = engine();
    let mut small = manifest();
    small.limits.writes = 100;
    let module = compile(&engine, rust_guest(PROBE), &small);
    let outcome = call(&engine, &module, &host, request("POST", "/at?name=a", &[0; 100])).await;
    assert!(matches!(outcome.ending, Ending::GuestError(GuestError::Limit(_))), "{:?}", outcome.ending);
}

#[tokio::test]
async fn nobody_outside_is_taken_for_a_run() {
    let refused = ask(&MemoryHost::default(), "/ran", b"").await;
    assert!(matches!(refused, Err(GuestError::Denied(_))), "{refused:?}");
}
