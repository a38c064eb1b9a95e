//! The functions of `kv` that handle several entries, or entries that end, the versions of `secrets`, `sql`, and
//! `objects`, as a contract written with the SDK sees them.

mod support;

use std::time::Instant;

use adyton_engine::{CallContext, Ending, Engine, EngineConfig, GuestError, Limit, Outcome, Value as Stored};
use adyton_protocol::{
    ids::ContractId,
    manifest::{Capability, Limits},
};
use serde_json::{Value, json};
use support::{Behaviour, MemoryHost, compile, context, engine, manifest, refused, request, rust_guest};

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
    for missing in [Capability::Kv, Capability::Secrets, Capability::Sql, Capability::Objects] {
        let mut manifest = manifest();
        manifest.grants.retain(|grant| *grant != missing);
        assert!(refused(probe(), &manifest).to_string().contains(missing.name()));
    }
}

const ENDLESS: &str = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

/// One call of the probe under other limits, which commits nothing.
async fn outcome(host: &MemoryHost, path: &str, statements: Value, limits: impl FnOnce(&mut Limits)) -> Outcome {
    let (engine, mut manifest) = (engine(), manifest());
    limits(&mut manifest.limits);
    let module = compile(&engine, probe(), &manifest);
    support::call(&engine, &module, host, request("POST", path, statements.to_string().as_bytes())).await
}

/// What a query gives, as a list of rows.
async fn rows(host: &MemoryHost, statement: Value) -> Value {
    ask(host, "/query", json!([statement]).to_string().as_bytes()).await["rows"].take()
}

#[tokio::test]
async fn statements_take_effect_with_the_calls_other_writes_or_not_at_all() {
    let host = MemoryHost::default();
    let make = json!([["CREATE TABLE t (a INTEGER UNIQUE, b)"], ["INSERT INTO t VALUES (?, ?), (2, NULL)", 1, "one"]]);
    for then in ["fail", "panic"] {
        let ended = outcome(&host, &format!("/batch-and-set?key=k&then={then}"), make.clone(), |_| {}).await;
        assert!(matches!(ended.ending, Ending::GuestError(_) | Ending::Trapped(_)), "{:?}", ended.ending);
    }
    let path = "/batch-and-set?key=k";
    let ended = outcome(&host, path, make.clone(), |_| {}).await;
    let Ending::Answered(answer) = ended.ending else { panic!("{:?}", ended.ending) };
    let changed = answer.database.as_ref().expect("the database changed");
    assert_eq!((changed.pages, changed.written.len(), answer.writes.len()), (3, 3, 1));
    assert_eq!(ended.usage.writes, 3 * 4104 + 4, "pages, and the key and value of the entry");
    host.commit(&answer);
    assert_eq!(rows(&host, json!(["SELECT a, b FROM t ORDER BY a"])).await, json!([[1, "one"], [2, null]]));
    assert_eq!(ask(&host, "/query", br#"[["SELECT 1.5 AS x, x'07' AS y"]]"#).await["columns"], json!(["x", "y"]));
    let ended = outcome(&host, "/query", json!([["SELECT * FROM t"]]), |_| {}).await;
    let Ending::Answered(answer) = ended.ending else { panic!("{:?}", ended.ending) };
    assert!(answer.database.is_none(), "a call that reads changes nothing");
}

#[tokio::test]
async fn a_statement_that_fails_is_told_by_its_kind_and_the_call_goes_on() {
    let host = MemoryHost::default();
    ask(&host, "/batch", br#"[["CREATE TABLE t (a UNIQUE)"], ["INSERT INTO t VALUES (1)"]]"#).await;
    let twice = br#"[["DELETE FROM t"], ["INSERT INTO t VALUES (2), (2)"]]"#;
    let said = ask(&host, "/batch-and-go-on?key=k", twice).await;
    let said = said.as_str().expect("text");
    assert!(said.contains("Constraint") && said.contains("statement 2: UNIQUE constraint failed: t.a"), "{said}");
    assert_eq!(rows(&host, json!(["SELECT a FROM t"])).await, json!([[1]]));
    assert!(host.contents().contains_key(b"k".as_slice()));
    assert!(matches!(error(&host, "/batch", br#"[["SELEC 1"]]"#).await, GuestError::Invalid(_)));
    assert!(matches!(error(&host, "/batch", br#"[["SELECT ?"]]"#).await, GuestError::Invalid(_)));
    assert!(matches!(error(&host, "/query", br#"[["SELECT random()"]]"#).await, GuestError::Denied(_)));
    assert!(matches!(error(&host, "/batch", br#"[["COMMIT"]]"#).await, GuestError::Denied(_)));
    let many: Vec<_> = (0..1001).map(|_| ["SELECT 1"]).collect();
    assert!(matches!(error(&host, "/batch", json!(many).to_string().as_bytes()).await, GuestError::Limit(_)));
    let ended = outcome(&host, "/batch", json!([["INSERT INTO t VALUES (hex(zeroblob(20000)))"]]), |limits| {
        limits.writes = 20_000;
    });
    assert!(matches!(ended.await.ending, Ending::GuestError(GuestError::Limit(_))));
}

#[tokio::test]
async fn a_statement_without_end_is_ended_by_fuel_or_by_the_clock() {
    let host = MemoryHost::default();
    let ended = outcome(&host, "/query", json!([[ENDLESS]]), |_| {}).await;
    assert!(matches!(ended.ending, Ending::Exceeded(Limit::Fuel)), "{:?}", ended.ending);
    assert_eq!(ended.usage.fuel, manifest().limits.fuel);
    let ended = outcome(&host, "/query", json!([[ENDLESS]]), |limits| {
        (limits.fuel, limits.wall_ms) = (u64::MAX / 4, 200);
    });
    let ended = ended.await.ending;
    assert!(matches!(ended, Ending::Exceeded(Limit::WallTime)), "{ended:?}");
}

#[tokio::test]
async fn a_statement_without_end_does_not_keep_another_contracts_database_waiting() {
    let config = EngineConfig { concurrent_calls: 8, processors: 1, ..EngineConfig::default() };
    let engine = Engine::new(config).expect("an engine");
    let mut manifest = manifest();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 2_000);
    let module = compile(&engine, probe(), &manifest);
    let run = async |contract: u8, statement: &str| {
        let context = CallContext { contract: ContractId([contract; 32]), ..context() };
        let body = json!([[statement]]).to_string();
        let call = engine.call(&module, context, MemoryHost::default(), request("POST", "/query", body.as_bytes()));
        (call.await.expect("the call begins").ending, Instant::now())
    };
    let ((first, first_end), (second, second_end)) = tokio::join!(run(1, ENDLESS), run(2, "SELECT 1"));
    assert!(matches!(first, Ending::Exceeded(Limit::WallTime)) && matches!(second, Ending::Answered(_)));
    assert!(second_end < first_end);
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_the_hosts_failure() {
    let host = MemoryHost::default();
    ask(&host, "/batch", br#"[["CREATE TABLE t (a)"]]"#).await;
    let failing = MemoryHost { behaviour: Behaviour::Fails, ..host.clone() };
    let ended = outcome(&failing, "/query", json!([["SELECT * FROM t"]]), |_| {}).await;
    assert!(matches!(ended.ending, Ending::HostFailed(_)), "{:?}", ended.ending);
    host.database.lock().expect("no test panics with the lock").1.insert(0, vec![9; 4096]);
    let ended = outcome(&host, "/query", json!([["SELECT * FROM t"]]), |_| {}).await;
    assert!(matches!(ended.ending, Ending::HostFailed(_)), "bytes that are no database: {:?}", ended.ending);
}

#[tokio::test]
async fn statements_are_paid_for_by_what_they_do_and_always_the_same() {
    let host = MemoryHost::default();
    let fill =
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000) INSERT INTO t SELECT x FROM n";
    ask(&host, "/batch", json!([["CREATE TABLE t (a)"], [fill]]).to_string().as_bytes()).await;
    let mut used = Vec::new();
    for statement in ["SELECT 1", "SELECT max(a) FROM t", "SELECT max(a) FROM t"] {
        used.push(outcome(&host, "/query", json!([[statement]]), |_| {}).await.usage.fuel);
    }
    // 5000 rows are some 15000 steps, and more than ten pages.
    assert!(used[1] > used[0] + 5000 * 200 && used[1] == used[2], "{used:?}");
}

/// The handle of the first object: 53 bits of what the host draws at random.
const HANDLE: u64 = 0x0404_0404_0404_0404 >> 11;

/// What each of these functions of `objects` gave, in one call.
async fn objects(host: &MemoryHost, steps: Value) -> Value {
    ask(host, "/objects", steps.to_string().as_bytes()).await
}

#[tokio::test]
async fn an_object_is_written_in_several_calls_and_seen_once_it_is_finished() {
    let host = MemoryHost::default();
    let said = objects(&host, json!([["create", "docs/a", "text/plain"], ["append", HANDLE, "x", 300_000]]));
    assert_eq!(said.await, json!([HANDLE, 300_000]));
    let info = json!([HANDLE, "docs/a", "text/plain", 600_000, NOW]);
    let said = objects(
        &host,
        json!([
            ["append", HANDLE, "y", 300_000],
            ["stat", "docs/a"],
            ["finished", "", null, 9],
            ["unfinished", null, 9]
        ]),
    );
    assert_eq!(said.await, json!([600_000, null, [], [info]]));
    let said = objects(&host, json!([["finish", HANDLE], ["stat", "docs/a"], ["whole", "docs/a"]]));
    assert_eq!(said.await, json!([null, info, [600_000]]));
    let said = objects(
        &host,
        json!([
            ["read", "docs/a", 299_999, 1],
            ["read", "docs/a", 300_000, 1_000_000],
            ["read", "docs/a", 600_000, 1],
            ["finished", "docs/", null, 9],
            ["finished", "docs/", "docs/a", 9],
            ["unfinished", null, 9],
        ]),
    );
    assert_eq!(said.await, json!([[1, "x"], [300_000, "y"], [0, null], [info], [], []]));
    assert_eq!(host.shelf().parts.len(), 3);
    assert_eq!(objects(&host, json!([["remove", "docs/a"], ["stat", "docs/a"]])).await, json!([null, null]));
    assert!(host.shelf().finished.is_empty() && host.shelf().parts.is_empty());
}

#[tokio::test]
async fn an_object_takes_the_place_of_one_of_its_name_and_a_discarded_one_is_gone() {
    let host = MemoryHost::default();
    for letter in ["x", "y"] {
        let handle = if letter == "x" { HANDLE } else { HANDLE + 1 };
        objects(&host, json!([["create", "a"], ["append", handle, letter, 5], ["finish", handle]])).await;
        assert_eq!(objects(&host, json!([["read", "a", 0, 9]])).await, json!([[5, letter]]));
    }
    assert_eq!(host.shelf().parts.keys().collect::<Vec<_>>(), [&(HANDLE + 1, 0)]);
    let said = objects(&host, json!([["create", "b"], ["append", HANDLE, "z", 5]]));
    assert_eq!(said.await, json!([HANDLE, 5]), "nothing is left of the first one");
    assert_eq!(objects(&host, json!([["discard", HANDLE], ["unfinished", null, 9]])).await, json!([null, []]));
    assert_eq!(host.shelf().parts.len(), 1);
}

#[tokio::test]
async fn what_a_call_does_with_objects_takes_effect_with_its_other_writes_or_not_at_all() {
    let host = MemoryHost::default();
    let steps = json!([["create", "a"], ["append", HANDLE, "x", 5], ["finish", HANDLE]]).to_string();
    assert!(matches!(error(&host, "/objects?then=fail", steps.as_bytes()).await, GuestError::Other(_)));
    assert!(host.shelf().finished.is_empty() && host.shelf().parts.is_empty() && host.contents().is_empty());
    ask(&host, "/objects", steps.as_bytes()).await;
    assert!(host.shelf().finished.contains_key("a") && host.contents().contains_key(b"objects".as_slice()));
}

#[tokio::test]
async fn each_mistake_with_objects_is_told_and_the_call_goes_on() {
    let host = MemoryHost::default();
    objects(&host, json!([["create", "a"], ["append", HANDLE, "x", 2], ["finish", HANDLE]])).await;
    let long = "n".repeat(513);
    let mistakes = [
        (json!(["create", ""]), "Invalid"),
        (json!(["create", long]), "Invalid"),
        (json!(["create", "a", ""]), "Invalid"),
        (json!(["append", 5, "x", 1]), "NotFound"),
        (json!(["finish", 5]), "NotFound"),
        (json!(["finish", HANDLE]), "NotFound"),
        (json!(["append", HANDLE, "x", 1]), "NotFound"),
        (json!(["remove", "a\n"]), "Invalid"),
        (json!(["stat", ""]), "Invalid"),
        (json!(["read", "a", 3, 1]), "Invalid"),
        (json!(["read", "a", 0, (1 << 20) + 1]), "Invalid"),
        (json!(["read", "", 0, 1]), "Invalid"),
        (json!(["read", "none", 0, 1]), "NotFound"),
        (json!(["finished", long, null, 1]), "Invalid"),
        (json!(["finished", "", long, 1]), "Invalid"),
        (json!(["finished", "", null, 0]), "Invalid"),
        (json!(["unfinished", null, 1001]), "Invalid"),
    ];
    let steps: Vec<_> = mistakes.iter().map(|(step, _)| step).collect();
    let said = objects(&host, json!(steps)).await;
    for (number, (step, expected)) in mistakes.iter().enumerate() {
        assert!(said[number].as_str().is_some_and(|text| text.contains(expected)), "{step}: {}", said[number]);
    }
    let shelf = host.shelf();
    assert_eq!((shelf.finished.len(), shelf.unfinished.len(), shelf.parts.len()), (1, 0, 1));
}

#[tokio::test]
async fn what_is_appended_counts_towards_the_limit_of_writes() {
    let host = MemoryHost::default();
    let steps = json!([["create", "a"], ["append", HANDLE, "x", 2000], ["append", HANDLE, "x", 100]]);
    let ended = outcome(&host, "/objects", steps, |limits| limits.writes = 1000).await;
    let Ending::Answered(answer) = ended.ending else { panic!("{:?}", ended.ending) };
    let said: Value = serde_json::from_slice(&answer.response.body).expect("JSON");
    assert!(said[1].as_str().is_some_and(|text| text.contains("Limit")), "{said}");
    assert_eq!(said[2], 100);
    assert_eq!(ended.usage.writes, 12 + 65 + 165, "a key and its value, and twice an object's name and 64 bytes");
}

#[tokio::test]
async fn a_part_that_is_read_of_the_store_is_paid_for() {
    let host = MemoryHost::default();
    objects(&host, json!([["create", "a"], ["append", HANDLE, "x", 2], ["finish", HANDLE]])).await;
    let mut used = Vec::new();
    for steps in [json!([]), json!([["read", "a", 0, 1]]), json!([["read", "a", 0, 1], ["read", "a", 1, 1]])] {
        used.push(outcome(&host, "/objects", steps, |_| {}).await.usage.fuel);
    }
    assert!(used[1] > used[0] + 300_000 && used[2] > used[1] && used[2] < used[1] + 300_000, "{used:?}");
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_the_hosts_failure() {
    let host = MemoryHost::default();
    objects(&host, json!([["create", "a"], ["append", HANDLE, "x", 2], ["finish", HANDLE]])).await;
    let read = json!([["read", "a", 0, 1]]);
    let failing = MemoryHost { behaviour: Behaviour::Fails, ..host.clone() };
    let ended = outcome(&failing, "/objects", read.clone(), |_| {}).await;
    assert!(matches!(ended.ending, Ending::HostFailed(_)), "{:?}", ended.ending);
    host.shelf().parts.insert((HANDLE, 0), vec![b'x'; 3]);
    let ended = outcome(&host, "/objects", read, |_| {}).await;
    assert!(matches!(ended.ending, Ending::HostFailed(_)), "a part of another length: {:?}", ended.ending);
}
