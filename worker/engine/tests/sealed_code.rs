//! Compiled code that is kept sealed and loaded again.

#[path = "sealed_code/deterministic.rs"]
mod deterministic;
mod support;

use adyton_engine::{CompileLimits, Compiler, Ending, Engine, SealedCodeError, compiled_name};
use adyton_protocol::ids::{CodeHash, ContractId};
use support::{ANSWER_NOTHING, MemoryHost, call, compile, engine, manifest, request, wat};

/// A guest's code, sealed by `engine`, and its hash.
fn sealed(engine: &Engine) -> (Vec<u8>, CodeHash) {
    let module = compile(engine, &wat("", ANSWER_NOTHING), &manifest());
    (engine.seal(&module).expect("it is sealed"), module.code())
}

#[tokio::test]
async fn sealed_code_runs_as_freshly_compiled_code_does() {
    let engine = engine();
    let (sealed, code) = sealed(&engine);
    assert!(engine.shared(&code, &manifest()).is_none(), "nothing of it is in memory any more");
    let module = engine.open(sealed, &code, &manifest()).expect("it opens");
    let outcome = call(&engine, &module, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert!(matches!(outcome.ending, Ending::Answered(_)));
    let other = support::engine();
    let compiled = compile(&other, &wat("", ANSWER_NOTHING), &manifest());
    let again = call(&other, &compiled, &MemoryHost::default(), request("GET", "/", b"")).await;
    assert_eq!(outcome.usage.fuel, again.usage.fuel);
}

#[test]
fn code_that_another_engine_sealed_or_of_another_component_is_refused() {
    let (first, second) = (engine(), engine());
    let (sealed, code) = sealed(&first);
    let opened = second.open(sealed.clone(), &code, &manifest());
    assert!(matches!(opened.err(), Some(SealedCodeError::NotOurs(_))), "the secret ends with the engine");
    let opened = first.open(sealed, &CodeHash([9; 32]), &manifest());
    assert!(matches!(opened.err(), Some(SealedCodeError::NotOurs(_))));
}

#[test]
fn sealed_code_with_one_flipped_bit_is_refused() {
    let engine = engine();
    let (sealed, code) = sealed(&engine);
    for at in [0, sealed.len() / 2, sealed.len() - 1] {
        let mut altered = sealed.clone();
        altered[at] ^= 0x10;
        let opened = engine.open(altered, &code, &manifest());
        assert!(matches!(opened.err(), Some(SealedCodeError::NotOurs(_))), "{at}");
    }
}

#[test]
fn sealed_code_is_held_to_the_manifest_like_any_other() {
    let import = r#"(import "phat:contract/kv@0.1.0" "delete" (func (param i32 i32 i32)))"#;
    let engine = engine();
    let module = compile(&engine, &wat(import, ANSWER_NOTHING), &manifest());
    let sealed = engine.seal(&module).expect("it is sealed");
    let mut less = manifest();
    less.grants = Vec::new();
    let opened = engine.open(sealed, &module.code(), &less);
    assert!(matches!(opened.err(), Some(SealedCodeError::Refused(_))));
}

#[tokio::test]
async fn code_for_one_contract_alone_is_given_to_no_other_by_memory_or_disk() {
    let engine = engine();
    let compiler = Compiler::here(CompileLimits::default());
    let (own, other) = (ContractId([1; 32]), ContractId([2; 32]));
    let component = engine.inspect(wat("", ANSWER_NOTHING), &manifest()).expect("a component").only_for(&own);
    let code = component.code();
    let module = engine.compile_apart(&compiler, &component, &manifest()).await.expect("it compiles");
    assert_eq!(module.code(), code);
    assert!(engine.shared(&code, &manifest()).is_none(), "who knows its hash has no right to it");
    let sealed = engine.seal(&module).expect("it is sealed");
    for reader in [None, Some(&other)] {
        let opened = engine.open_for(reader, sealed.clone(), &code, &manifest());
        assert!(matches!(opened.err(), Some(SealedCodeError::NotOurs(_))), "{reader:?}");
    }
    // The record of a contract may have any hash as its code: this one is of no component.
    let name = compiled_name(&code, Some(&own));
    assert!(engine.shared(&name, &manifest()).is_none(), "nor has who knows its name");
    let opened = engine.open(sealed.clone(), &name, &manifest());
    assert!(matches!(opened.err(), Some(SealedCodeError::NotOurs(_))));
    let opened = engine.open_for(Some(&own), sealed, &code, &manifest()).expect("it opens");
    assert_eq!(opened.code(), code);
}
