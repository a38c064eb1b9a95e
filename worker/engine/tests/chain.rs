//! The chain's state as a contract written with the SDK reads it.

mod support;

use adyton_engine::{Ending, GuestError, Outcome, Unread};
use serde_json::{Value, json};
use support::{MemoryHost, call, compile, engine, manifest, request, rust_guest};

const PROBE: &str = "worker/engine/tests/guests/probe";

async fn outcome(host: &MemoryHost, path: &str, body: &[u8]) -> Outcome {
    let engine = engine();
    let module = compile(&engine, rust_guest(PROBE), &manifest());
    call(&engine, &module, host, request("POST", path, body)).await
}

/// Sends one request to the probe, and gives its answer as JSON, or its error.
async fn ask(host: &MemoryHost, path: &str, keys: &[&str]) -> Result<Value, GuestError> {
    let body = serde_json::to_vec(keys).expect("JSON");
    match outcome(host, path, &body).await.ending {
        Ending::Answered(answer) => Ok(serde_json::from_slice(&answer.response.body).expect("JSON")),
        Ending::GuestError(error) => Err(error),
        other => panic!("{path}: {other:?}"),
    }
}

fn chain<const N: usize>(entries: [(&str, usize); N]) -> MemoryHost {
    let entry = |(key, length): (&str, usize)| (key.as_bytes().to_vec(), vec![b'v'; length]);
    MemoryHost { chain: entries.map(entry).into(), ..MemoryHost::default() }
}

fn asked(host: &MemoryHost) -> Vec<String> {
    let reads = host.chain_reads.lock().expect("no test panics with the lock");
    reads.iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
}

#[tokio::test]
async fn the_block_is_the_one_that_the_call_acts_on() {
    let block = ask(&MemoryHost::default(), "/block", &[]).await.expect("answers");
    assert_eq!(block, json!({"number": 8, "hash": vec![9; 32], "time": 10}));
}

#[tokio::test]
async fn values_come_in_the_order_of_their_keys_and_each_key_is_read_once() {
    let host = chain([("a", 1), ("b", 0)]);
    let values = ask(&host, "/storage", &["b", "none", "a", "b"]).await.expect("answers");
    assert_eq!(values, json!(["", null, "v", ""]));
    assert_eq!(asked(&host), ["a", "b", "none"]);
    assert_eq!(ask(&host, "/storage", &[]).await.expect("answers"), json!([]));
    assert_eq!(asked(&host).len(), 3, "nothing to ask for");
}

#[tokio::test]
async fn a_key_that_is_asked_for_again_has_the_same_value_without_another_read() {
    let host = chain([("a", 5)]);
    assert_eq!(ask(&host, "/storage-twice?key=a", &[]).await.expect("answers"), json!(true));
    assert_eq!(asked(&host), ["a", "other"]);
}

#[tokio::test]
async fn too_many_keys_and_malformed_ones_are_the_guests_mistake_and_nothing_is_read() {
    let host = MemoryHost::default();
    let longer = "a".repeat(257);
    for keys in [vec!["a"; 33], vec![longer.as_str()], vec![""]] {
        let refused = ask(&host, "/storage", &keys).await;
        assert!(matches!(refused, Err(GuestError::Invalid(_))), "{refused:?}");
    }
    assert!(asked(&host).is_empty());
    assert!(ask(&host, "/storage", &[&longer[1..]; 32]).await.is_ok());
}

#[tokio::test]
async fn values_that_are_too_long_are_beyond_a_limit() {
    let host = chain([("longer", 65_537), ("a", 65_536), ("b", 65_536), ("c", 65_536), ("d", 65_536), ("e", 1)]);
    let lengths = ask(&host, "/storage?only=lengths", &["a", "b", "c", "d"]).await.expect("answers");
    assert_eq!(lengths, json!([65_536, 65_536, 65_536, 65_536]));
    for keys in [vec!["longer"], vec!["a", "b", "c", "d", "e"]] {
        let refused = ask(&host, "/storage", &keys).await;
        assert!(matches!(refused, Err(GuestError::Limit(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_node_that_is_late_or_proves_nothing_is_an_error_that_the_contract_can_handle() {
    let late = MemoryHost { unread: Some(Unread::TimedOut), ..MemoryHost::default() };
    let refused = ask(&late, "/storage", &["a"]).await;
    assert!(matches!(refused, Err(GuestError::Timeout)), "{refused:?}");
    let unproven = MemoryHost { unread: Some(Unread::Unproven), ..MemoryHost::default() };
    let refused = ask(&unproven, "/storage", &["a"]).await;
    assert!(matches!(refused, Err(GuestError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn what_is_read_is_paid_for_by_the_byte_also_where_it_is_too_long() {
    let host = chain([("short", 1), ("longer", 100_001)]);
    let short = outcome(&host, "/storage?only=lengths", b"[\"short\"]").await;
    let longer = outcome(&host, "/storage?only=lengths", b"[\"longer\"]").await;
    assert!(matches!(longer.ending, Ending::GuestError(GuestError::Limit(_))), "{:?}", longer.ending);
    // 10 per byte; the guest's own instructions, which differ, are far fewer.
    let more = longer.usage.fuel - short.usage.fuel;
    assert!((900_000..1_100_000).contains(&more), "{more}");
}
