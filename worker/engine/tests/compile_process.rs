//! The process that compiles: what it may be, and what it may say. The real one is tested where its program is, in the
//! worker.

mod support;

use std::time::{Duration, Instant};

use adyton_engine::{CompileError, CompileLimits, Compiler, Engine, Module};
use support::{ANSWER_NOTHING, engine, manifest, wat};

/// A compiler that is this shell script.
fn script(script: &str, limits: CompileLimits) -> Compiler {
    Compiler::with_program("/bin/sh".into(), vec!["-c".into(), script.into()], limits)
}

async fn compile(engine: &Engine, compiler: &Compiler) -> Result<Module, CompileError> {
    let component = engine.inspect(wat("", ANSWER_NOTHING), &manifest())?;
    engine.compile_apart(compiler, &component, &manifest()).await
}

async fn failure(text: &str) -> CompileError {
    match compile(&engine(), &script(text, CompileLimits::default())).await {
        Ok(_) => panic!("nothing was compiled"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_compiler_that_cannot_be_started_is_no_fault_of_the_component() {
    let compiler = Compiler::with_program("/no/such/program".into(), Vec::new(), CompileLimits::default());
    assert!(matches!(compile(&engine(), &compiler).await, Err(CompileError::Process(_))));
}

#[tokio::test]
async fn a_compiler_that_is_killed_is_no_fault_of_the_component() {
    assert!(matches!(failure("kill -KILL $$").await, CompileError::Process(_)));
}

#[tokio::test]
async fn a_compiler_that_runs_out_of_time_or_memory_is_the_components_doing() {
    for signal in ["XCPU", "ABRT", "SEGV"] {
        let error = failure(&format!("ulimit -c 0; kill -{signal} $$")).await;
        assert!(matches!(error, CompileError::TooCostly { seconds: 120, .. }), "{signal}: {error:?}");
    }
}

#[tokio::test]
async fn a_component_that_is_too_costly_is_not_compiled_again() {
    let engine = engine();
    let dies = script("kill -XCPU $$", CompileLimits::default());
    assert!(matches!(compile(&engine, &dies).await, Err(CompileError::TooCostly { .. })));
    let other = script("exit 1", CompileLimits::default());
    assert!(matches!(compile(&engine, &other).await, Err(CompileError::TooCostly { .. })));
}

#[tokio::test]
async fn a_compiler_that_says_nothing_or_half_of_something_is_not_believed() {
    for text in ["exit 0", "exit 1", "printf x", "printf '\\000\\010\\000\\000\\000\\000\\000\\000\\000half'"] {
        assert!(matches!(failure(text).await, CompileError::Process(_)), "{text}");
    }
}

#[tokio::test]
async fn code_that_is_not_sealed_for_this_compilation_is_never_loaded() {
    // Kind 0, 64 bytes.
    let forged = "cat >/dev/null & printf '\\000\\100\\000\\000\\000\\000\\000\\000\\000'; head -c 64 /dev/zero";
    assert!(matches!(failure(forged).await, CompileError::Process(text) if text.contains("altered")));
}

#[tokio::test]
async fn a_compiler_that_announces_more_than_it_may_say_is_not_listened_to() {
    let endless = "printf '\\000\\377\\377\\377\\377\\377\\377\\377\\377'; cat /dev/zero";
    assert!(matches!(failure(endless).await, CompileError::Process(_)));
}

#[tokio::test]
async fn what_a_compiler_refuses_is_told_in_its_words() {
    let refuses = "printf '\\001\\003\\000\\000\\000\\000\\000\\000\\000why'";
    assert!(matches!(failure(refuses).await, CompileError::Invalid(why) if why == "why"));
}

#[tokio::test]
async fn what_a_compiler_cannot_help_is_no_fault_of_the_component() {
    let fails = "printf '\\002\\003\\000\\000\\000\\000\\000\\000\\000why'";
    assert!(matches!(failure(fails).await, CompileError::Process(why) if why == "why"));
}

#[tokio::test]
async fn a_compiler_that_hangs_is_ended() {
    let limits = CompileLimits { wall: Duration::from_millis(200), ..CompileLimits::default() };
    let started = Instant::now();
    let hangs = script("exec sleep 600", limits);
    assert!(matches!(compile(&engine(), &hangs).await, Err(CompileError::Process(_))));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_component_that_is_in_memory_is_shared_and_not_compiled_again() {
    let engine = engine();
    let first = engine.compile(&wat("", ANSWER_NOTHING), &manifest()).expect("it compiles");
    let second = compile(&engine, &script("exit 1", CompileLimits::default())).await.expect("no process is needed");
    assert_eq!(first.code(), second.code());
    assert!(engine.shared(&first.code(), &manifest()).is_some_and(|shared| shared.is_ok()));
    let code = first.code();
    drop((first, second));
    assert!(engine.shared(&code, &manifest()).is_none(), "the last one lets it go");
}

#[tokio::test]
async fn a_shared_component_is_held_to_each_contracts_own_manifest() {
    let import = r#"(import "phat:contract/log@0.1.0" "write" (func (param i32 i32 i32)))"#;
    let engine = engine();
    let first = engine.compile(&wat(import, ANSWER_NOTHING), &manifest()).expect("it compiles");
    let mut less = manifest();
    less.grants = Vec::new();
    let shared = engine.shared(&first.code(), &less).expect("it is in memory");
    assert!(matches!(shared, Err(CompileError::Ungranted(names)) if names == ["log"]));
}

#[tokio::test]
async fn a_component_larger_than_the_compiler_takes_is_refused() {
    let limits = CompileLimits { component: 10, ..CompileLimits::default() };
    assert!(matches!(
        compile(&engine(), &script("exit 1", limits)).await,
        Err(CompileError::TooLarge { limit: 10, .. })
    ));
}

#[tokio::test]
async fn where_no_process_can_be_started_a_component_is_compiled_here() {
    let here = Compiler::here(CompileLimits::default());
    compile(&engine(), &here).await.expect("it compiles");
    let mut altered = wat("", ANSWER_NOTHING);
    let opcode = altered.windows(2).position(|pair| pair == [0x10, 0x01]).expect("a call of $answer");
    altered[opcode] = 0x1b;
    let engine = engine();
    let component = engine.inspect(altered, &manifest()).expect("it looks like a component");
    let refused = engine.compile_apart(&here, &component, &manifest()).await;
    assert!(matches!(refused.err(), Some(CompileError::Invalid(_))));
}
