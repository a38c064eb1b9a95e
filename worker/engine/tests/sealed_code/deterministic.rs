//! Deterministic contracts: the same answer for the same fuel, wherever a call is run again.

use std::{fs, path::Path, process::Command};

use adyton_engine::{
    CallContext, CompileError, Ending, Engine, HostFailure, Lease, Limit, Module, Outcome, Unread, Value,
};
use adyton_protocol::manifest::{Capability, Manifest};
use serde_json::{Value as Json, from_slice, json};

use super::support::{
    ANSWER_NOTHING, MemoryHost, call, compile, context, engine, manifest, refused, request, rust_guest, wat,
};

/// In the process that a test starts: the component's file.
const COMPONENT: &str = "ADYTON_ENGINE_TEST_COMPONENT";
/// There: whether its code is compiled, or was before and comes from the sealed copy.
const WARM: &str = "ADYTON_ENGINE_TEST_WARM";

fn strict() -> Manifest {
    let grants = Capability::ALL.into_iter().filter(Capability::is_deterministic).collect();
    Manifest { deterministic: true, grants, ..manifest() }
}

/// A host with some entries, whose random bytes are this.
fn host(chance: u8) -> MemoryHost {
    let host = MemoryHost { chance, ..MemoryHost::default() };
    let entries = (0..20_u8).map(|at| (format!("entry/{at}").into_bytes(), Value::lasting(vec![at; at.into()])));
    host.store.lock().expect("no test panics with the lock").extend(entries);
    host
}

/// What the guest says of everything that could be different another time, and for how much fuel.
async fn said(engine: &Engine, module: &Module, host: &MemoryHost, context: CallContext) -> (Vec<u8>, u64) {
    let asked = request("POST", "/again", b"some content, and more of it");
    let outcome = engine.call(module, context, host.clone(), asked).await.expect("it begins");
    match outcome.ending {
        Ending::Answered(answer) => (answer.response.body, outcome.usage.fuel),
        other => panic!("no answer but {other:?}"),
    }
}

/// The body of an answer in WebAssembly text: the bytes from 64 on, of which there are this many.
async fn bytes_of(engine: &Engine, manifest: &Manifest, body: &str, length: u32) -> Vec<u8> {
    let component = wat("", &format!("{body} (call $answer (i32.const 64) (i32.const {length}))"));
    let module = compile(engine, &component, manifest);
    let outcome = call(engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    let Ending::Answered(answer) = outcome.ending else { panic!("no answer but {:?}", outcome.ending) };
    answer.response.body
}

/// Stores, from 64 on: 0/0 in both widths and in a vector, and a NaN with a payload plus a number.
const NANS: &str = "
    (i32.store (i32.const 256) (i32.const 0x7fa12345))
    (f32.store (i32.const 64) (f32.div (f32.load (i32.const 128)) (f32.load (i32.const 132))))
    (f32.store (i32.const 68) (f32.add (f32.load (i32.const 256)) (f32.load (i32.const 128))))
    (f64.store (i32.const 72) (f64.div (f64.load (i32.const 128)) (f64.load (i32.const 136))))
    (v128.store (i32.const 80) (f32x4.div (v128.load (i32.const 128)) (v128.load (i32.const 144))))";

#[tokio::test]
async fn every_nan_that_is_computed_has_one_form() {
    let engine = engine();
    let (single, double) = (0x7fc0_0000_u32.to_le_bytes(), 0x7ff8_0000_0000_0000_u64.to_le_bytes());
    let canonical = [&single[..], &single, &double, &single, &single, &single, &single].concat();
    assert_eq!(bytes_of(&engine, &strict(), NANS, 32).await, canonical);
    if cfg!(target_arch = "x86_64") {
        // Or the processor would have done it, and the test would say nothing.
        assert_ne!(bytes_of(&engine, &manifest(), NANS, 32).await, canonical);
    }
}

#[tokio::test]
async fn the_code_for_deterministic_contracts_is_not_that_for_others_in_memory_or_sealed() {
    let engine = engine();
    let component = wat("", ANSWER_NOTHING);
    let usual = compile(&engine, &component, &manifest());
    let code = usual.code();
    assert!(engine.shared(&code, &strict()).is_none());
    let strict_one = compile(&engine, &component, &strict());
    assert!(strict_one.is_deterministic() && !usual.is_deterministic());
    let (usual, strict_one) = [usual, strict_one].map(|module| engine.seal(&module).expect("it is sealed")).into();
    assert!(engine.open(usual.clone(), &code, &strict()).is_err());
    assert!(engine.open(strict_one.clone(), &code, &manifest()).is_err());
    assert!(engine.open(usual, &code, &manifest()).is_ok());
    assert!(engine.open(strict_one, &code, &strict()).is_ok());
}

#[test]
fn a_grant_that_may_differ_between_runs_is_refused_by_name() {
    let mut manifest = strict();
    manifest.grants.push(Capability::Http);
    let error = refused(&wat("", ANSWER_NOTHING), &manifest);
    assert!(matches!(&error, CompileError::Nondeterministic(names) if *names == ["http"]), "{error:?}");
}

#[test]
fn random_bytes_that_nobody_can_repeat_are_refused_by_name_and_seeded_ones_are_not() {
    let import = |function: &str, params: &str| {
        wat(&format!(r#"(import "phat:contract/random@0.1.0" "{function}" (func (param {params})))"#), ANSWER_NOTHING)
    };
    let bytes = import("bytes", "i32 i32");
    let error = refused(&bytes, &strict());
    assert!(error.to_string().contains("bytes of phat:contract/random@0.1.0"), "{error}");
    compile(&engine(), &bytes, &manifest());
    compile(&engine(), &import("seeded", "i32 i32 i32 i32"), &strict());
}

#[tokio::test]
async fn neither_lease_time_nor_chance_of_the_worker_changes_an_answer() {
    let engine = engine();
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/lifecycle"), &strict());
    let first = said(&engine, &module, &host(0), context()).await;
    let elsewhere = CallContext { lease: Some(Lease { number: 90, incarnation: 1 }), now_ms: 1, ..context() };
    assert_eq!(said(&engine, &module, &host(1), elsewhere).await, first);
    let said_there: Json = from_slice(&first.0).expect("JSON");
    assert_eq!((&said_there["lease"], &said_there["now_ms"]), (&Json::Null, &json!(context().block_ms)));
    let later = CallContext { block_ms: 11, ..context() };
    assert_ne!(said(&engine, &module, &host(0), later).await.0, first.0, "the block does");
}

#[tokio::test]
async fn who_was_given_less_fuel_by_another_contract_answers_the_same_or_not_at_all() {
    let engine = engine();
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/lifecycle"), &strict());
    let (whole, used) = said(&engine, &module, &host(0), context()).await;
    let place = engine.place(context().contract).await.expect("there is one");
    let within = async |fuel: u64| -> Outcome {
        let asked = request("POST", "/again", b"some content, and more of it");
        let called = engine.call_within(&place, &module, context(), host(0), (asked.into(), fuel));
        called.await.expect("it begins")
    };
    let outcome = within(used).await;
    assert_eq!(outcome.usage.fuel, used);
    assert!(matches!(outcome.ending, Ending::Answered(answer) if answer.response.body == whole));
    assert!(matches!(within(used - 1).await.ending, Ending::Exceeded(Limit::Fuel)));
}

#[tokio::test]
async fn an_answer_that_is_begun_is_the_same_whoever_takes_it() {
    let engine = engine();
    let module = compile(&engine, rust_guest("worker/engine/tests/guests/lifecycle"), &strict());
    let (first, second) = (host(0), host(1));
    let mut said = Vec::new();
    for host in [&first, &second] {
        let outcome = call(&engine, &module, host, request("POST", "/reply", b"written")).await;
        let Ending::Answered(answer) = outcome.ending else { panic!("{:?}", outcome.ending) };
        said.push((answer.response, outcome.usage.fuel));
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0].0.body, b"begun, written");
    assert_eq!(first.given().1, ["begun, ", "written"]);
}

#[tokio::test]
async fn a_read_of_the_chain_that_fails_ends_the_call_and_is_not_told_to_the_contract() {
    // One key of one byte.
    let import = r#"(import "phat:contract/chain@0.1.0" "storage" (func $storage (param i32 i32 i32)))"#;
    let body = format!(
        "(i32.store (i32.const 128) (i32.const 256)) (i32.store (i32.const 132) (i32.const 1))
         (call $storage (i32.const 128) (i32.const 1) (global.get $ignored)) {ANSWER_NOTHING}"
    );
    let (engine, component) = (engine(), wat(import, &body));
    let unread = MemoryHost { unread: Some(Unread::TimedOut), ..MemoryHost::default() };
    let ending = async |manifest: &Manifest, host: &MemoryHost| {
        call(&engine, &compile(&engine, &component, manifest), host, request("GET", "/", b"")).await.ending
    };
    assert!(matches!(ending(&manifest(), &unread).await, Ending::Answered(_)), "others are told");
    assert!(matches!(ending(&strict(), &MemoryHost::default()).await, Ending::Answered(_)));
    let failed = ending(&strict(), &unread).await;
    let expected = HostFailure::new("reading the chain's state", "TimedOut").to_string();
    assert!(matches!(&failed, Ending::HostFailed(reason) if *reason == expected), "{failed:?}");
}

#[test]
fn two_processes_give_the_same_answer_for_the_same_fuel_whether_the_code_was_there_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let component = folder.path().join("component.wasm");
    fs::write(&component, rust_guest("worker/engine/tests/guests/lifecycle")).expect("written");
    let (cold, warm) = (again_elsewhere(&component, false), again_elsewhere(&component, true));
    assert_eq!(cold, warm);
    let (fuel, answer) = cold.split_once(' ').expect("fuel and answer");
    assert!(fuel.parse::<u64>().expect("a number") > 100_000);
    let answer: Json = from_slice(&hex::decode(answer).expect("hexadecimal")).expect("JSON");
    let nans = answer["nans"].as_array().expect("a list");
    let canonical = 0x7ff8_0000_0000_0000_u64;
    // Negation is no arithmetic: it turns the sign, and leaves the rest as it is.
    assert!(
        !nans.is_empty() && nans.iter().all(|nan| [json!(canonical), json!(canonical | 1 << 63)].contains(nan)),
        "{nans:?}"
    );
    assert_eq!(answer["single"], json!(0x7fc0_0000_u32));
    assert_eq!(answer["found"].as_array().map(Vec::len), Some(20));
}

/// What a fresh process says: the fuel, and the answer in hexadecimal digits.
fn again_elsewhere(component: &Path, warm: bool) -> String {
    let mut process = Command::new(std::env::current_exe().expect("this program"));
    process.args(["--exact", "deterministic::in_a_process_of_its_own", "--nocapture", "--ignored"]);
    process.env(COMPONENT, component).env(WARM, if warm { "1" } else { "0" });
    let output = process.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|line| line.strip_prefix("said "));
    line.unwrap_or_else(|| panic!("it says nothing: {text}")).to_owned()
}

#[tokio::test]
#[ignore = "the test above starts it in a process of its own"]
async fn in_a_process_of_its_own() {
    let Some(file) = std::env::var_os(COMPONENT) else { return };
    let warm = std::env::var(WARM).is_ok_and(|warm| warm == "1");
    let (engine, component) = (engine(), fs::read(file).expect("it is there"));
    let mut module = compile(&engine, &component, &strict());
    if warm {
        // What an earlier call left in the pool is nothing that this one finds.
        said(&engine, &module, &host(7), context()).await;
        let (sealed, code) = (engine.seal(&module).expect("it is sealed"), module.code());
        drop(module);
        assert!(engine.shared(&code, &strict()).is_none(), "nothing of it is in memory any more");
        module = engine.open(sealed, &code, &strict()).expect("it opens");
    }
    let (answer, fuel) = said(&engine, &module, &host(u8::from(warm)), context()).await;
    println!("\nsaid {fuel} {}", hex::encode(answer));
}
