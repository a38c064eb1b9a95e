//! The worker's own program as the compiler: `adyton-worker --compile`.

#[path = "../../engine/tests/support/mod.rs"]
mod support;

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use adyton_engine::{CompileError, CompileLimits, Compiler, Ending, Engine, Module};
use adyton_protocol::manifest::Manifest;
use support::{ANSWER_NOTHING, MemoryHost, call, engine, manifest, request, wat};

const PROGRAM: &str = env!("CARGO_BIN_EXE_adyton-worker");

async fn compile(engine: &Engine, component: Vec<u8>, limits: CompileLimits) -> Result<Module, CompileError> {
    let compiler = Compiler::with_program(PROGRAM.into(), Vec::new(), limits);
    let component = engine.inspect(component, &manifest())?;
    engine.compile_apart(&compiler, &component, &manifest()).await
}

/// A component that takes many seconds of processor time to compile.
fn costly() -> Vec<u8> {
    let mut functions = String::new();
    for number in 0..30_000 {
        let body =
            "(local.set 0 (i64.mul (i64.add (local.get 0) (i64.const 3)) (i64.xor (local.get 0) (i64.const 5))))";
        write!(
            functions,
            "(func (param i64) (result i64) {} (i64.add (local.get 0) (i64.const {number})))",
            body.repeat(8)
        )
        .expect("a string takes everything");
    }
    wat(&functions, ANSWER_NOTHING)
}

#[tokio::test]
async fn what_another_process_compiles_runs_here_and_costs_the_same() {
    let (apart, here) = (engine(), engine());
    let component = wat("", ANSWER_NOTHING);
    let module = compile(&apart, component.clone(), CompileLimits::default()).await.expect("it compiles");
    let outcome = call(&apart, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert!(matches!(outcome.ending, Ending::Answered(_)), "{:?}", outcome.ending);
    let module = here.compile(&component, &manifest()).expect("it compiles");
    let same = call(&here, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert_eq!(outcome.usage.fuel, same.usage.fuel);
}

#[tokio::test]
async fn another_process_compiles_for_deterministic_contracts_and_the_code_is_not_that_of_others() {
    let strict = Manifest { deterministic: true, grants: Vec::new(), ..manifest() };
    let (engine, component) = (engine(), wat("", ANSWER_NOTHING));
    let compiler = Compiler::with_program(PROGRAM.into(), Vec::new(), CompileLimits::default());
    let inspected = engine.inspect(component.clone(), &strict).expect("it looks like a component");
    let module = engine.compile_apart(&compiler, &inspected, &strict).await.expect("it compiles");
    assert!(module.is_deterministic() && engine.shared(&module.code(), &manifest()).is_none());
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert!(matches!(outcome.ending, Ending::Answered(_)), "{:?}", outcome.ending);
    let usual = compile(&engine, component, CompileLimits::default()).await.expect("it compiles again");
    assert!(!usual.is_deterministic() && usual.code() == module.code());
}

#[tokio::test]
async fn a_component_that_does_not_validate_is_refused_with_the_reason() {
    let mut component = wat("", ANSWER_NOTHING);
    let call = component.windows(2).position(|pair| pair == [0x10, 0x01]).expect("a call of $answer");
    component[call] = 0x1b;
    let refused = compile(&engine(), component, CompileLimits::default()).await;
    assert!(matches!(refused.err(), Some(CompileError::Invalid(reason)) if !reason.is_empty()));
}

#[tokio::test]
async fn a_component_that_takes_too_much_time_is_refused() {
    let limits = CompileLimits { seconds: 1, ..CompileLimits::default() };
    let started = Instant::now();
    let refused = compile(&engine(), costly(), limits).await;
    assert!(matches!(refused.err(), Some(CompileError::TooCostly { seconds: 1, .. })));
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn a_component_that_takes_too_much_memory_is_refused() {
    let limits = CompileLimits { memory: 96 << 20, ..CompileLimits::default() };
    let refused = compile(&engine(), costly(), limits).await;
    // Which thread meets the limit first decides how the process ends.
    let refused = refused.err().expect("it is refused");
    assert!(matches!(refused, CompileError::TooCostly { .. } | CompileError::Invalid(_)), "{refused:?}");
}

/// Starts the compiler as a worker does, with `component`, and leaves its input open.
fn started(component: &[u8], arguments: &[&str]) -> std::process::Child {
    let mut process = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let input = process.stdin.as_mut().expect("it is piped");
    // It may end before it has read all of it.
    let _ = input.write_all(&[7; 32]);
    let _ = input.write_all(&(component.len() as u64).to_le_bytes());
    let _ = input.write_all(component);
    process
}

const ARGUMENTS: [&str; 5] = ["--compile", "120", "3221225472", "67108864", "0"];

#[test]
fn a_compiler_ends_with_its_worker() {
    let mut process = started(&costly(), &ARGUMENTS);
    drop(process.stdin.take());
    let since = Instant::now();
    assert!(!process.wait().expect("it ends").success());
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    let mut said = Vec::new();
    process.stdout.take().expect("it is piped").read_to_end(&mut said).expect("reads");
    assert!(said.is_empty(), "nothing is said to nobody");
}

#[test]
fn a_compiler_without_its_limits_compiles_nothing() {
    let unknown = ["--compile", "120", "3221225472", "67108864", "2"];
    for arguments in [&ARGUMENTS[..1], &ARGUMENTS[..4], &["--compile", "a", "b", "c", "0"], &unknown] {
        let mut process = started(b"", arguments);
        assert!(!process.wait().expect("it ends").success(), "{arguments:?}");
    }
}
