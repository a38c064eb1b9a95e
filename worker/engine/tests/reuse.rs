//! Instances that answer one call after another, where the manifest asks for that: only after what they wrote took
//! effect, and only their own contract's calls.

mod support;

use adyton_engine::{CallContext, CompileError, Ending, Engine, EngineConfig, Lease, Module, Outcome};
use adyton_protocol::{
    ids::ContractId,
    manifest::{Capability, Manifest},
};
use support::{ANSWER_NOTHING, MemoryHost, compile, context, engine, manifest, refused, request, rust_guest, wat};

/// Answers how many calls this instance has answered with this one.
const COUNTS: &str = "
    (i32.store8 (i32.const 100) (i32.add (i32.load8_u (i32.const 100)) (i32.const 1)))
    (call $answer (i32.const 100) (i32.const 1))";

fn reusing() -> Manifest {
    Manifest { reuse: true, ..manifest() }
}

fn counting(engine: &Engine) -> Module {
    compile(engine, &wat("", COUNTS), &reusing())
}

async fn run(engine: &Engine, module: &Module, context: CallContext) -> Outcome {
    engine.call(module, context, MemoryHost::default(), request("GET", "/", b"")).await.expect("it begins")
}

fn counted(outcome: &Outcome) -> u8 {
    match &outcome.ending {
        Ending::Answered(answer) => answer.response.body[0],
        other => panic!("no answer but {other:?}"),
    }
}

/// What is counted by a call whose writes are committed.
async fn committed(engine: &Engine, module: &Module, context: CallContext) -> u8 {
    let outcome = run(engine, module, context).await;
    let count = counted(&outcome);
    outcome.kept.expect("an instance").keep();
    count
}

#[tokio::test]
async fn without_the_manifests_word_every_call_has_a_memory_of_its_own() {
    let engine = engine();
    let module = compile(&engine, &wat("", COUNTS), &manifest());
    for _ in 0..3 {
        let outcome = run(&engine, &module, context()).await;
        assert!(counted(&outcome) == 1 && outcome.kept.is_none());
    }
}

#[tokio::test]
async fn an_instance_answers_again_once_its_call_took_effect() {
    let engine = engine();
    let module = counting(&engine);
    for expected in 1..=5 {
        assert_eq!(committed(&engine, &module, context()).await, expected);
    }
}

#[tokio::test]
async fn what_an_instance_remembers_of_a_call_that_took_no_effect_is_gone() {
    let engine = engine();
    let module = counting(&engine);
    assert_eq!(committed(&engine, &module, context()).await, 1);
    // The worker could not commit this one.
    let outcome = run(&engine, &module, context()).await;
    assert_eq!(counted(&outcome), 2);
    drop(outcome);
    assert_eq!(committed(&engine, &module, context()).await, 1);
}

#[tokio::test]
async fn an_instance_that_trapped_answers_no_more() {
    let engine = engine();
    let third = "(if (i32.eq (i32.load8_u (i32.const 100)) (i32.const 2)) (then unreachable))";
    let module = compile(&engine, &wat("", &format!("{third} {COUNTS}")), &reusing());
    assert_eq!(committed(&engine, &module, context()).await, 1);
    assert_eq!(committed(&engine, &module, context()).await, 2);
    let outcome = run(&engine, &module, context()).await;
    assert!(matches!(outcome.ending, Ending::Trapped(_)) && outcome.kept.is_none());
    assert_eq!(committed(&engine, &module, context()).await, 1);
}

#[tokio::test]
async fn an_instance_answers_nobody_elses_calls() {
    let engine = engine();
    let module = counting(&engine);
    assert_eq!(committed(&engine, &module, context()).await, 1);
    let others = [
        CallContext { contract: ContractId([77; 32]), ..context() },
        CallContext { lease: Some(Lease { number: 5, incarnation: 5 }), ..context() },
        CallContext { lease: Some(Lease { number: 4, incarnation: 6 }), ..context() },
        CallContext { lease: None, ..context() },
    ];
    for other in others {
        assert_eq!(committed(&engine, &module, other).await, 1);
    }
    // Another manifest of the same code.
    assert_eq!(committed(&engine, &counting(&engine), context()).await, 1);
    assert_eq!(committed(&engine, &module, context()).await, 2);
}

#[tokio::test]
async fn calls_at_the_same_time_have_an_instance_each() {
    let engine = engine();
    let module = counting(&engine);
    let first = run(&engine, &module, context()).await;
    let second = run(&engine, &module, context()).await;
    assert_eq!((counted(&first), counted(&second)), (1, 1));
    for outcome in [first, second] {
        outcome.kept.expect("an instance").keep();
    }
    let again = run(&engine, &module, context()).await;
    assert_eq!(counted(&again), 2);
    assert_eq!(counted(&run(&engine, &module, context()).await), 2);
}

#[tokio::test]
async fn who_has_waited_longest_makes_room() {
    let engine = Engine::new(EngineConfig { concurrent_calls: 2, kept_instances: 1, ..EngineConfig::default() });
    let engine = engine.expect("an engine");
    let module = counting(&engine);
    let other = || CallContext { contract: ContractId([77; 32]), ..context() };
    assert_eq!(committed(&engine, &module, context()).await, 1);
    assert_eq!(committed(&engine, &module, other()).await, 1);
    assert_eq!(committed(&engine, &module, other()).await, 2);
    assert_eq!(committed(&engine, &module, context()).await, 1);
    // All room is for one that is about to be kept.
    let first = run(&engine, &module, context()).await;
    let second = run(&engine, &module, context()).await;
    assert!(first.kept.is_some() && second.kept.is_none());
}

#[tokio::test]
async fn memory_of_earlier_calls_counts_and_an_instance_that_grows_is_not_kept_for_long() {
    let engine = engine();
    // 3 MiB more with every call, of the 16 that there are.
    let module = compile(&engine, &wat("", &format!("(drop (memory.grow (i32.const 48))) {COUNTS}")), &reusing());
    let mut memory = 0;
    for expected in 1..=2 {
        let outcome = run(&engine, &module, context()).await;
        assert_eq!(counted(&outcome), expected);
        assert!(outcome.usage.memory >= memory + (3 << 20));
        memory = outcome.usage.memory;
        outcome.kept.expect("an instance").keep();
    }
    let outcome = run(&engine, &module, context()).await;
    assert_eq!(counted(&outcome), 3);
    assert!(outcome.usage.memory > 8 << 20 && outcome.kept.is_none());
    assert_eq!(counted(&run(&engine, &module, context()).await), 1);
}

#[tokio::test]
async fn an_instance_with_much_memory_does_not_wait_however_much_the_manifest_allows() {
    let (engine, mut manifest) = (engine(), reusing());
    manifest.limits.memory = 256 << 20;
    for (pages, waits) in [(500, true), (512, false)] {
        let module =
            compile(&engine, &wat("", &format!("(drop (memory.grow (i32.const {pages}))) {COUNTS}")), &manifest);
        assert_eq!(run(&engine, &module, context()).await.kept.is_some(), waits, "{pages} pages more");
    }
}

#[tokio::test]
async fn a_call_on_an_instance_that_answered_before_has_its_own_fuel() {
    let engine = engine();
    let module = counting(&engine);
    let first = run(&engine, &module, context()).await;
    let fuel = first.usage.fuel;
    first.kept.expect("an instance").keep();
    let second = run(&engine, &module, context()).await;
    assert!(counted(&second) == 2 && (1..=fuel).contains(&second.usage.fuel), "{fuel}, {}", second.usage.fuel);
}

#[tokio::test]
async fn a_component_of_wasi_http_cannot_be_used_again() {
    let proxy = rust_guest("worker/engine/tests/guests/proxy");
    let grants = Capability::ALL.to_vec();
    assert!(matches!(refused(proxy, &Manifest { grants, ..reusing() }), CompileError::Reuse));
    let _service_can = compile(&engine(), &wat("", ANSWER_NOTHING), &reusing());
}
