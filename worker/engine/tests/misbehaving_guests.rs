//! Guests that misbehave while they run, and hosts that fail them.

mod support;

use std::time::{Duration, Instant};

use adyton_engine::{CallError, Ending, Engine, EngineConfig, GuestError, Level, Limit, Outcome, costs};
use adyton_protocol::manifest::Limits;
use support::{ANSWER_NOTHING, Behaviour, MemoryHost, call, compile, context, engine, manifest, request, wat};

/// Runs `body` under `limits` and says how it ended.
async fn ending(imports: &str, body: &str, limits: impl FnOnce(&mut Limits)) -> Ending {
    let mut manifest = manifest();
    limits(&mut manifest.limits);
    let engine = engine();
    let module = compile(&engine, &wat(imports, body), &manifest);
    call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await.ending
}

fn trapped(ending: &Ending, part: &str) -> bool {
    matches!(ending, Ending::Trapped(text) if text.contains(part))
}

const SET: &str = r#"(import "phat:contract/kv@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32)))"#;
const GET: &str = r#"(import "phat:contract/kv@0.1.0" "get" (func $get (param i32 i32 i32)))"#;
const GAS_LEFT: &str = r#"(import "phat:contract/env@0.1.0" "gas-left" (func $gas_left (result i64)))"#;
const LOG: &str = r#"(import "phat:contract/log@0.1.0" "write" (func $log (param i32 i32 i32)))"#;
const WRITE: &str = "(call $set (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 64) (global.get $ignored))";

#[tokio::test]
async fn a_guest_that_loops_for_ever_runs_out_of_fuel() {
    let ending = ending("", "(loop (br 0)) unreachable", |_| {}).await;
    assert!(matches!(ending, Ending::Exceeded(Limit::Fuel)), "{ending:?}");
}

#[tokio::test]
async fn a_guest_with_fuel_to_burn_is_stopped_by_the_clock() {
    let started = Instant::now();
    let ending =
        ending("", "(loop (br 0)) unreachable", |limits| (limits.fuel, limits.wall_ms) = (u64::MAX / 4, 200)).await;
    assert!(matches!(ending, Ending::Exceeded(Limit::WallTime)), "{ending:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_a_call_used_that_is_dropped_before_its_end_is_told_the_host_and_of_others_nothing() {
    let mut manifest = manifest();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 60_000);
    let (engine, host) = (engine(), MemoryHost::default());
    let spinning = compile(&engine, &wat("", "(loop (br 0)) unreachable"), &manifest);
    let run = call(&engine, &spinning, &host, request("GET", "/", b""));
    tokio::time::timeout(Duration::from_millis(100), run).await.expect_err("it spins for ever");
    let quick = compile(&engine, &wat("", ANSWER_NOTHING), &manifest);
    call(&engine, &quick, &host, request("GET", "/", b"")).await;
    let failing = compile(&engine, &wat("", "unreachable"), &manifest);
    call(&engine, &failing, &host, request("GET", "/", b"")).await;
    let told = host.cut_off.lock().expect("no test panics with the lock").clone();
    let [usage] = &told[..] else { panic!("one was dropped: {told:?}") };
    assert!(usage.fuel > 1_000_000 && usage.memory > 0, "{usage:?}");
    assert!(usage.wall >= Duration::from_millis(90) && usage.wall < Duration::from_secs(30), "{usage:?}");
}

#[tokio::test]
async fn a_guest_that_only_calls_the_host_is_stopped_by_the_clock_too() {
    let body = "(loop (drop (call $gas_left)) (br 0)) unreachable";
    let ending = ending(GAS_LEFT, body, |limits| (limits.fuel, limits.wall_ms) = (u64::MAX / 4, 200)).await;
    assert!(matches!(ending, Ending::Exceeded(Limit::WallTime)), "{ending:?}");
}

#[tokio::test]
async fn a_guest_that_loops_does_not_keep_other_calls_waiting() {
    let mut manifest = manifest();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 3_000);
    let engine = engine();
    let spinning = compile(&engine, &wat("", "(loop (br 0)) unreachable"), &manifest);
    let quick = compile(&engine, &wat("", ANSWER_NOTHING), &manifest);
    let (host, spin) = (MemoryHost::default(), request("GET", "/", b""));
    // Both on one thread: the second finishes first only if the first lets it run.
    let first = async { (call(&engine, &spinning, &host, spin.clone()).await.ending, Instant::now()) };
    let second = async { (call(&engine, &quick, &host, spin.clone()).await.ending, Instant::now()) };
    let ((first, first_end), (second, second_end)) = tokio::join!(first, second);
    assert!(matches!(first, Ending::Exceeded(Limit::WallTime)) && matches!(second, Ending::Answered(_)));
    assert!(second_end < first_end);
}

#[tokio::test]
async fn a_guest_that_allocates_without_end_hits_its_memory_limit() {
    let ending = ending("", "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable", |_| {}).await;
    assert!(matches!(ending, Ending::Exceeded(Limit::Memory)), "{ending:?}");
}

#[tokio::test]
async fn a_guest_may_use_all_of_its_memory_but_not_a_page_more() {
    let grow = |pages: u32| format!("(drop (memory.grow (i32.const {pages}))) {ANSWER_NOTHING}");
    let limit = |limits: &mut Limits| limits.memory = 32 * 65_536;
    assert!(matches!(ending("", &grow(31), limit).await, Ending::Answered(_)));
    assert!(matches!(ending("", &grow(32), limit).await, Ending::Exceeded(Limit::Memory)));
}

#[tokio::test]
async fn a_guest_that_traps_ends_its_call_with_the_reason() {
    assert!(trapped(&ending("", "unreachable", |_| {}).await, "unreachable"));
    assert!(trapped(&ending("", "(i32.div_s (i32.const 1) (i32.const 0))", |_| {}).await, "divide by zero"));
    assert!(trapped(&ending("", "(i32.load (i32.const -4))", |_| {}).await, "out of bounds"));
}

#[tokio::test]
async fn a_guest_that_recurses_without_end_exhausts_its_own_stack_only() {
    let recursion = "(func $down (param i64) (result i64) (i64.add (call $down (local.get 0)) (i64.const 1)))";
    let ending = ending(recursion, &format!("(drop (call $down (i64.const 1))) {ANSWER_NOTHING}"), |_| {}).await;
    assert!(trapped(&ending, "stack"), "{ending:?}");
}

#[tokio::test]
async fn a_guest_that_writes_too_much_gets_an_error_and_nothing_more_is_taken() {
    // Every write but the last two fits; each time the same key and 64 bytes, so that 72 bytes count.
    let body = format!("{} {ANSWER_NOTHING}", WRITE.repeat(5));
    let mut manifest = manifest();
    manifest.limits.writes = 3 * 72;
    let engine = engine();
    let module = compile(&engine, &wat(SET, &body), &manifest);
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert_eq!(outcome.usage.writes, 3 * 72);
    // The error: result 1, case 1 (limit).
    let report = format!("{} (call $answer (global.get $ignored) (i32.const 5))", WRITE.repeat(5));
    let module = compile(&engine, &wat(SET, &report), &manifest);
    let Ending::Answered(answer) =
        call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await.ending
    else {
        panic!("it answers")
    };
    assert_eq!((answer.response.body[0], answer.response.body[4]), (1, 1));
}

#[tokio::test]
async fn nothing_is_committed_of_a_call_that_ends_in_anything_but_an_answer() {
    let error = "(i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 4) (i32.const 4)) (i32.const 0)";
    for body in ["unreachable".to_owned(), "(loop (br 0)) unreachable".into(), error.into()] {
        let ending = ending(SET, &format!("{WRITE} {body}"), |_| {}).await;
        assert!(!matches!(ending, Ending::Answered(_)), "{ending:?}");
    }
    let Ending::Answered(answer) = ending(SET, &format!("{WRITE} {ANSWER_NOTHING}"), |_| {}).await else {
        panic!("an answer")
    };
    assert_eq!(answer.writes.len(), 1);
}

#[tokio::test]
async fn an_error_that_the_guest_returns_is_the_guests_error_and_not_a_trap() {
    // result: err, case 4 (conflict).
    let error = "(i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 4) (i32.const 4)) (i32.const 0)";
    assert!(matches!(ending("", error, |_| {}).await, Ending::GuestError(GuestError::Conflict)));
}

#[tokio::test]
async fn a_response_larger_than_its_limit_is_refused() {
    let answer = |bytes: u32| format!("(call $answer (i32.const 0) (i32.const {bytes}))");
    let limit = |limits: &mut Limits| limits.response = 1000;
    assert!(matches!(ending("", &answer(1000), limit).await, Ending::Answered(_)));
    assert!(matches!(ending("", &answer(1001), limit).await, Ending::Exceeded(Limit::Response)));
}

#[tokio::test]
async fn a_response_outside_the_guests_memory_is_a_trap() {
    let ending = ending("", "(call $answer (i32.const 65000) (i32.const 65000))", |_| {}).await;
    assert!(trapped(&ending, "out of bounds"), "{ending:?}");
}

#[tokio::test]
async fn a_response_with_a_status_that_does_not_exist_is_a_trap() {
    let body = format!("(drop {ANSWER_NOTHING}) (i32.store16 (i32.const 4) (i32.const 99)) (i32.const 0)");
    assert!(trapped(&ending("", &body, |_| {}).await, "99"));
}

#[tokio::test]
async fn text_that_is_not_text_is_a_trap_and_no_harm() {
    let body = format!(
        "(i32.store8 (i32.const 100) (i32.const 255)) (call $log (i32.const 2) (i32.const 100) (i32.const 1)) {ANSWER_NOTHING}"
    );
    assert!(trapped(&ending(LOG, &body, |_| {}).await, "utf-8"));
}

#[tokio::test]
async fn passing_more_to_the_host_than_the_limits_allow_is_a_trap() {
    let body = "(drop (memory.grow (i32.const 200)))
        (call $set (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 8000000) (global.get $ignored)) (i32.const 0)";
    let small = |limits: &mut Limits| (limits.response, limits.writes, limits.egress_bytes) = (1, 1, 1);
    assert!(trapped(&ending(SET, body, small).await, "fuel allocated for hostcalls"));
}

#[tokio::test]
async fn host_functions_cost_fuel() {
    let body = format!("{} {ANSWER_NOTHING}", WRITE.repeat(100));
    let enough = ending(SET, &body, |limits| limits.fuel = 4_000_000).await;
    assert!(matches!(enough, Ending::Answered(_)), "{enough:?}");
    let short = ending(SET, &body, |limits| limits.fuel = 2_900_000).await;
    assert!(matches!(short, Ending::Exceeded(Limit::Fuel)), "{short:?}");
}

#[tokio::test]
async fn what_is_passed_is_paid_for_even_if_it_is_refused() {
    let engine = engine();
    // What is passed, all flat and without the place of the result; the price of each byte of LENGTH.
    for (interface, function, passed, per_byte) in [
        ("kv", "scan", "0 LENGTH 0 0 0 1", 2),
        ("kv", "scan", "0 0 1 0 LENGTH 1", 2),
        ("kv", "scan-back", "0 LENGTH 0 0 0 1", 2),
        ("kv", "scan-back", "0 0 1 0 LENGTH 1", 2),
        ("secrets", "get", "0 LENGTH", 2),
        ("secrets", "version", "0 LENGTH", 2),
        ("random", "seeded", "0 LENGTH 1", 16),
    ] {
        let passed: Vec<_> = passed.split(' ').collect();
        let parameters = "i32 ".repeat(passed.len() + 1);
        let import =
            format!(r#"(import "phat:contract/{interface}@0.1.0" "{function}" (func $pass (param {parameters})))"#);
        let fuel = async |length: &str| {
            let constant = |value: &&str| format!("(i32.const {})", value.replace("LENGTH", length));
            let arguments: String = passed.iter().map(constant).collect();
            let guest = wat(&import, &format!("(call $pass {arguments} (global.get $ignored)) {ANSWER_NOTHING}"));
            let module = compile(&engine, &guest, &manifest());
            let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
            assert!(matches!(outcome.ending, Ending::Answered(_)), "{interface}.{function}: {:?}", outcome.ending);
            outcome.usage.fuel
        };
        // Both are longer than any of them takes.
        let more = fuel("60000").await - fuel("2000").await;
        assert_eq!(more, 58_000 * per_byte, "{interface}.{function} {passed:?}");
    }
}

#[tokio::test]
async fn a_guest_gives_way_by_time_where_its_calls_take_little_fuel() {
    let engine = engine();
    let get = "(call $get (i32.const 0) (i32.const 8) (global.get $ignored))";
    let module = compile(&engine, &wat(GET, &format!("{} {ANSWER_NOTHING}", get.repeat(20))), &manifest());
    let host = MemoryHost { behaviour: Behaviour::Slow, ..MemoryHost::default() };
    let mut calling = std::pin::pin!(call(&engine, &module, &host, request("GET", "/", b"")));
    let mut polls = 0;
    let outcome = std::future::poll_fn(|context| {
        polls += 1;
        calling.as_mut().poll(context)
    })
    .await;
    assert!(matches!(outcome.ending, Ending::Answered(_)), "{:?}", outcome.ending);
    // Beside the call's own price, less than it takes to give way by fuel even once.
    assert!(outcome.usage.fuel < costs::HANDLE.base + 1_000_000, "{}", outcome.usage.fuel);
    assert!(polls > 20, "it gave way {polls} times while the host kept the processor twenty times");
}

#[tokio::test]
async fn the_same_call_uses_the_same_fuel_every_time() {
    let engine = engine();
    let module = compile(&engine, &wat(SET, &format!("{WRITE} {ANSWER_NOTHING}")), &manifest());
    let mut used = Vec::new();
    for _ in 0..5 {
        used.push(call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await.usage.fuel);
    }
    assert!(used[0] > 1_020_000 && used.iter().all(|fuel| *fuel == used[0]), "{used:?}");
}

#[tokio::test]
async fn log_lines_survive_a_trap_and_are_bounded() {
    let line = "(call $log (i32.const 2) (i32.const 0) (i32.const 100))";
    let mut manifest = manifest();
    manifest.limits.log = 250;
    let engine = engine();
    let module = compile(&engine, &wat(LOG, &format!("{} unreachable", line.repeat(4))), &manifest);
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert!(matches!(outcome.ending, Ending::Trapped(_)));
    let own = outcome.logs.iter().filter(|line| line.level == Level::Info).count();
    assert_eq!((own, outcome.dropped_log_lines), (2, 2));
}

/// The lines of an outcome's log, which are all errors.
fn errors(outcome: &Outcome) -> Vec<&str> {
    assert!(outcome.logs.iter().all(|line| line.level == Level::Error), "{:?}", outcome.logs);
    outcome.logs.iter().map(|line| line.message.as_str()).collect()
}

#[tokio::test]
async fn the_owners_log_says_where_a_call_trapped_and_the_caller_is_not_told() {
    let functions = "(func $deeper unreachable) (func $deep (call $deeper))";
    let engine = engine();
    let module = compile(&engine, &wat(functions, "(call $deep) unreachable"), &manifest());
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    let lines = errors(&outcome);
    assert!(lines[1].ends_with(": deeper") && lines[2].ends_with(": deep"), "{lines:?}");
    assert!(matches!(&outcome.ending, Ending::Trapped(text) if !text.contains("deep")), "{:?}", outcome.ending);
}

#[tokio::test]
async fn the_owners_log_says_where_the_fuel_was_used_up() {
    let engine = engine();
    let module = compile(&engine, &wat("(func $for_ever (loop (br 0)))", "(call $for_ever) unreachable"), &manifest());
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert!(matches!(outcome.ending, Ending::Exceeded(Limit::Fuel)));
    assert!(errors(&outcome)[1].ends_with(": for_ever"), "{:?}", outcome.logs);
}

#[tokio::test]
async fn a_backtrace_is_bounded_however_deep_the_guest_was() {
    let name = "a_function_with_a_name_that_is_quite_long_".repeat(10);
    let functions = format!("(func ${name} (call ${name}))");
    let engine = engine();
    let module = compile(&engine, &wat(&functions, &format!("(call ${name}) unreachable")), &manifest());
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    let lines = errors(&outcome);
    assert!((2..=33).contains(&lines.len()), "{lines:?}");
    assert!(lines.iter().map(|line| line.len()).sum::<usize>() <= 4096, "{lines:?}");
}

#[tokio::test]
async fn a_call_that_is_answered_leaves_no_backtrace() {
    let engine = engine();
    let module = compile(&engine, &wat("", ANSWER_NOTHING), &manifest());
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert!(outcome.logs.is_empty(), "{:?}", outcome.logs);
}

#[tokio::test]
async fn memory_of_one_call_is_not_seen_by_the_next() {
    // Answers with what it finds at 1000, and leaves a mark there.
    let body = "(i32.store (i32.const 2000) (i32.load (i32.const 1000)))
        (i32.store (i32.const 1000) (i32.const 0x41414141))
        (call $answer (i32.const 2000) (i32.const 4))";
    let engine = Engine::new(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() }).expect("an engine");
    let module = compile(&engine, &wat("", body), &manifest());
    for _ in 0..5 {
        let Ending::Answered(answer) =
            call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await.ending
        else {
            panic!("it answers")
        };
        assert_eq!(answer.response.body, [0; 4]);
    }
}

#[tokio::test]
async fn a_failing_host_ends_the_call_and_the_guest_never_sees_it() {
    let engine = engine();
    let read = "(call $get (i32.const 0) (i32.const 8) (global.get $ignored))";
    let module = compile(&engine, &wat(GET, &format!("{read} {ANSWER_NOTHING}")), &manifest());
    let host = MemoryHost { behaviour: Behaviour::Fails, ..MemoryHost::default() };
    let ending = call(&engine, &module, &host, request("GET", "/", b"")).await.ending;
    assert!(matches!(&ending, Ending::HostFailed(reason) if reason.contains("the disk is gone")), "{ending:?}");
}

#[tokio::test]
async fn a_bug_in_the_host_ends_the_call_and_not_the_worker() {
    let engine = engine();
    let read = "(call $get (i32.const 0) (i32.const 8) (global.get $ignored))";
    let module = compile(&engine, &wat(GET, &format!("{read} {ANSWER_NOTHING}")), &manifest());
    let host = MemoryHost { behaviour: Behaviour::Panics, ..MemoryHost::default() };
    for _ in 0..20 {
        assert!(matches!(call(&engine, &module, &host, request("GET", "/", b"")).await.ending, Ending::HostBug));
    }
    // All places are free again.
    assert!(matches!(
        call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await.ending,
        Ending::Answered(_)
    ));
}

#[tokio::test]
async fn a_request_larger_than_the_manifest_allows_is_not_begun() {
    let mut manifest = manifest();
    manifest.limits.request = 10;
    let engine = engine();
    let module = compile(&engine, &wat("", ANSWER_NOTHING), &manifest);
    let refused = engine.call(&module, context(), MemoryHost::default(), request("POST", "/", &[0; 11])).await;
    assert!(matches!(refused, Err(CallError::RequestTooLarge { size: 11, limit: 10 })));
}

#[tokio::test]
async fn a_call_that_finds_no_place_in_time_is_turned_away() {
    let config = EngineConfig { concurrent_calls: 1, queue: Duration::from_millis(50), ..EngineConfig::default() };
    let engine = Engine::new(config).expect("an engine");
    let mut manifest = manifest();
    (manifest.limits.fuel, manifest.limits.wall_ms) = (u64::MAX / 4, 500);
    let module = compile(&engine, &wat("", "(loop (br 0)) unreachable"), &manifest);
    let host = MemoryHost::default();
    let first = call(&engine, &module, &host, request("GET", "/", b""));
    let second = engine.call(&module, context(), MemoryHost::default(), request("GET", "/", b""));
    let (first, second) = tokio::join!(first, second);
    assert!(matches!(first.ending, Ending::Exceeded(Limit::WallTime)));
    assert!(matches!(second, Err(CallError::Busy)));
}

#[tokio::test]
async fn a_call_that_is_dropped_in_the_middle_gives_its_place_back() {
    let engine = Engine::new(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() }).expect("an engine");
    let mut manifest = manifest();
    manifest.limits.fuel = u64::MAX / 4;
    let spinning = compile(&engine, &wat("", "(loop (br 0)) unreachable"), &manifest);
    let quick = compile(&engine, &wat("", ANSWER_NOTHING), &manifest);
    let host = MemoryHost::default();
    for _ in 0..3 {
        let spin = call(&engine, &spinning, &host, request("GET", "/", b""));
        assert!(tokio::time::timeout(Duration::from_millis(20), spin).await.is_err());
        let ending = call(&engine, &quick, &MemoryHost::default(), request("GET", "/", b"")).await.ending;
        assert!(matches!(ending, Ending::Answered(_)));
    }
}
