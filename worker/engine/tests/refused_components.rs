//! Components that are refused before any of them runs.

mod support;

use adyton_engine::{CompileError, Engine, EngineConfig};
use adyton_protocol::manifest::Capability;
use support::{ANSWER_NOTHING, manifest, refused, wat};

#[test]
fn bytes_that_are_no_webassembly_are_refused() {
    for bytes in [&b""[..], b"\0asm", b"#!/bin/sh\nexit 0\n", &[0; 64]] {
        assert!(matches!(refused(bytes, &manifest()), CompileError::NotAComponent), "{bytes:?}");
    }
}

#[test]
fn a_core_module_is_refused_with_a_hint_what_to_do() {
    let error = refused(&::wat::parse_str("(module)").expect("a module"), &manifest());
    assert!(matches!(error, CompileError::CoreModule));
    assert!(error.to_string().contains("adyton build"));
}

#[test]
fn a_truncated_or_altered_component_is_refused() {
    let component = wat("", ANSWER_NOTHING);
    for length in [component.len() / 4, component.len() / 2, component.len() - 1] {
        assert!(matches!(
            refused(&component[..length], &manifest()),
            CompileError::Invalid(_) | CompileError::NoService(_)
        ));
    }
    let mut altered = component.clone();
    let opcode = altered.windows(2).position(|pair| pair == [0x10, 0x01]).expect("a call of $answer");
    altered[opcode] = 0x1b;
    assert!(matches!(refused(&altered, &manifest()), CompileError::Invalid(_)));
}

#[test]
fn a_component_larger_than_the_worker_takes_is_refused() {
    let component = wat("", ANSWER_NOTHING);
    let small =
        EngineConfig { max_component_bytes: component.len() - 1, concurrent_calls: 1, ..EngineConfig::default() };
    let error = Engine::new(small).expect("an engine").compile(&component, &manifest()).err();
    assert!(matches!(error, Some(CompileError::TooLarge { size, .. }) if size == component.len()));
}

#[test]
fn a_component_with_too_many_functions_is_refused_before_they_are_compiled() {
    let functions = "(func)".repeat(100_001);
    let component = ::wat::parse_str(format!("(component (core module {functions}))")).expect("a component");
    assert!(matches!(refused(&component, &manifest()), CompileError::TooMany { what: "functions", .. }));
}

#[test]
fn a_component_with_too_many_tables_or_instances_is_refused() {
    let tables = "(table 1 funcref)".repeat(129);
    let component = ::wat::parse_str(format!("(component (core module {tables}))")).expect("a component");
    assert!(matches!(refused(&component, &manifest()), CompileError::TooMany { what: "tables", .. }));
    let instances = "(core instance (instantiate $m))".repeat(257);
    let component = ::wat::parse_str(format!("(component (core module $m) {instances})")).expect("a component");
    assert!(matches!(refused(&component, &manifest()), CompileError::TooMany { what: "instances", .. }));
}

#[test]
fn a_component_nested_too_deeply_is_refused() {
    let component = format!("{}{}", "(component ".repeat(12), ")".repeat(12));
    let component = ::wat::parse_str(component).expect("a component");
    assert!(matches!(refused(&component, &manifest()), CompileError::TooMany { what: "levels of nesting", .. }));
}

#[test]
fn imports_that_the_manifest_does_not_grant_are_refused_by_name() {
    let imports = r#"
        (import "phat:contract/random@0.1.0" "bytes" (func (param i32 i32)))
        (import "phat:contract/chain@0.1.0" "report" (func (param i32 i32 i32)))
        (import "phat:contract/env@0.1.0" "gas-left" (func (result i64)))"#;
    let component = wat(imports, ANSWER_NOTHING);
    let mut manifest = manifest();
    manifest.grants = vec![Capability::Log, Capability::Kv];
    let CompileError::Ungranted(mut names) = refused(&component, &manifest) else { panic!("another reason") };
    names.sort();
    assert_eq!(names, ["chain", "random"]);
}

#[test]
fn each_capability_alone_is_refused_without_its_grant_and_accepted_with_it() {
    for (capability, import) in [
        (Capability::Log, r#"(import "phat:contract/log@0.1.0" "write" (func (param i32 i32 i32)))"#),
        (Capability::Kv, r#"(import "phat:contract/kv@0.1.0" "delete" (func (param i32 i32 i32)))"#),
        (Capability::Secrets, r#"(import "phat:contract/secrets@0.1.0" "get" (func (param i32 i32 i32)))"#),
        (Capability::Random, r#"(import "phat:contract/random@0.1.0" "bytes" (func (param i32 i32)))"#),
        (Capability::Crypto, r#"(import "phat:contract/crypto@0.1.0" "public-key" (func (param i32 i32 i32 i32)))"#),
        (Capability::Chain, r#"(import "phat:contract/chain@0.1.0" "report" (func (param i32 i32 i32)))"#),
        (Capability::Http, r#"(import "phat:contract/http@0.1.0" "send-all" (func (param i32 i32 i32)))"#),
        (Capability::Schedule, r#"(import "phat:contract/schedule@0.1.0" "cancel" (func (param i32 i32 i32)))"#),
        (
            Capability::Contracts,
            r#"(import "phat:contract/contracts@0.1.0" "call"
                (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32)))"#,
        ),
        (Capability::Sql, r#"(import "phat:contract/sql@0.1.0" "execute" (func (param i32 i32 i32 i32 i32)))"#),
    ] {
        let component = wat(import, ANSWER_NOTHING);
        let mut manifest = manifest();
        manifest.grants = vec![capability];
        assert!(support::engine().compile(&component, &manifest).is_ok(), "{}", capability.name());
        manifest.grants = Vec::new();
        assert!(matches!(refused(&component, &manifest), CompileError::Ungranted(_)), "{}", capability.name());
    }
}

#[test]
fn imports_that_no_worker_offers_are_refused_by_name() {
    let wasi =
        ::wat::parse_str(r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)))"#).expect("a component");
    let CompileError::UnknownImports(names) = refused(&wasi, &manifest()) else { panic!("another reason") };
    assert_eq!(names, ["wasi:clocks/wall-clock@0.2.0"]);
    let newer = ::wat::parse_str(r#"(component (import "phat:contract/kv@0.2.0" (instance)))"#).expect("a component");
    assert!(matches!(refused(&newer, &manifest()), CompileError::UnknownImports(_)));
}

#[test]
fn a_component_that_answers_no_requests_is_refused() {
    let component = ::wat::parse_str("(component)").expect("a component");
    assert!(matches!(refused(&component, &manifest()), CompileError::NoService(_)));
}

#[test]
fn a_component_whose_service_has_another_type_is_refused() {
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (instance $service (export "handle" (func $f)))
        (export "phat:contract/service@0.1.0" (instance $service)))"#;
    assert!(matches!(refused(&::wat::parse_str(text).expect("a component"), &manifest()), CompileError::Invalid(_)));
}

#[test]
fn a_component_that_needs_concurrency_inside_is_refused() {
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f async (canon lift (core func $i "f") async))
        (instance $service (export "handle" (func $f)))
        (export "phat:contract/service@0.1.0" (instance $service)))"#;
    assert!(matches!(refused(&::wat::parse_str(text).expect("a component"), &manifest()), CompileError::Invalid(_)));
}

#[test]
fn an_extra_root_that_is_no_certificate_is_refused() {
    let mut manifest = manifest();
    manifest.extra_roots = vec![b"not a certificate".to_vec()];
    assert!(matches!(refused(&wat("", ANSWER_NOTHING), &manifest), CompileError::ExtraRoot(_)));
}
