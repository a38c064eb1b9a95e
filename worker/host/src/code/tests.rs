use std::{
    fs,
    path::{Path, PathBuf},
};

use adyton_engine::EngineConfig;
use adyton_protocol::{
    contract_call::Callees,
    manifest::{Callers, Durability, Limits},
};

use super::*;

/// What a contract may do that is granted nothing.
pub fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "test".into(),
        grants: Vec::new(),
        limits: Limits::default(),
        egress: Vec::new(),
        extra_roots: Vec::new(),
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: Vec::new(),
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

/// A component that answers requests, if only by a trap.
pub fn component() -> Vec<u8> {
    component_that("unreachable")
}

/// A component that does this for each request.
pub fn component_that(does: &str) -> Vec<u8> {
    let module = wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func (export "phat:contract/service@0.1.0#handle")
                (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {does}))"#,
    ));
    let typed = adyton_component::embed_types(&module.expect("a module")).expect("types");
    adyton_component::from_core_module(&typed).expect("a component")
}

pub fn engine() -> Engine {
    Engine::new(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() }).expect("starts")
}

/// The shelf of a worker that was just started with `data`.
fn shelf(data: &Path) -> Shelf {
    let cache = CodeCache::new(data, 1 << 30).expect("an empty folder");
    Shelf::new(&engine(), &Arc::new(cache), CodeHash(Sha256::digest(component()).into()), (false, None))
}

/// Compiles the component, keeps it, and drops it from memory.
async fn keep(shelf: &Shelf) {
    let module = shelf.engine.compile(&component(), &manifest()).expect("it compiles");
    shelf.keep(module).await;
    assert!(shelf.cache.has(&shelf.name) && shelf.engine.shared(&shelf.hash, &manifest()).is_none());
}

fn file(data: &Path, shelf: &Shelf) -> PathBuf {
    data.join("code").join(hex::encode(shelf.name.0))
}

#[tokio::test]
async fn what_was_compiled_before_is_opened_again() {
    let data = tempfile::tempdir().expect("a folder");
    let shelf = shelf(data.path());
    assert!(shelf.take(&manifest()).await.expect("is no error").is_none(), "nothing was kept yet");
    keep(&shelf).await;
    let module = shelf.take(&manifest()).await.expect("reads").expect("it is there");
    assert_eq!(module.code(), shelf.hash);
}

#[tokio::test]
async fn code_for_deterministic_contracts_lies_beside_that_for_others() {
    let data = tempfile::tempdir().expect("a folder");
    let usual = shelf(data.path());
    keep(&usual).await;
    let deterministic = Shelf::new(&usual.engine, &usual.cache, usual.hash, (true, None));
    let strict = Manifest { deterministic: true, ..manifest() };
    assert!(deterministic.take(&strict).await.expect("is no error").is_none(), "that of others is not taken");
    let module = usual.engine.compile(&component(), &strict).expect("it compiles");
    assert!(module.is_deterministic());
    deterministic.keep(module).await;
    for (shelf, manifest) in [(&usual, manifest()), (&deterministic, strict)] {
        let module = shelf.take(&manifest).await.expect("reads").expect("it is there");
        assert_eq!((module.code(), module.is_deterministic()), (usual.hash, manifest.deterministic));
    }
}

#[tokio::test]
async fn code_that_is_for_one_contract_alone_is_given_to_no_other_though_its_file_is_put_in_their_place() {
    let data = tempfile::tempdir().expect("a folder");
    let everybodys = shelf(data.path());
    let of = |reader| Shelf::new(&everybodys.engine, &everybodys.cache, everybodys.hash, (false, reader));
    let (own, others) = (of(Some(ContractId([1; 32]))), of(Some(ContractId([2; 32]))));
    let compiler = adyton_engine::Compiler::here(Default::default());
    let inspected = own.engine.inspect(component(), &manifest()).expect("a component").only_for(&ContractId([1; 32]));
    let module = own.engine.compile_apart(&compiler, &inspected, &manifest()).await.expect("it compiles");
    assert!(own.engine.shared(&own.hash, &manifest()).is_none(), "while it is in memory, too");
    own.keep(module).await;
    let file = own.cache.read(&own.name).expect("reads").expect("it is there");
    for other in [&everybodys, &others] {
        assert!(other.take(&manifest()).await.expect("is no error").is_none());
        other.cache.write(&other.name, &file).expect("writes");
        assert!(other.take(&manifest()).await.expect("is no error").is_none(), "it does not open there");
    }
    let module = own.take(&manifest()).await.expect("reads").expect("it is there");
    assert_eq!(module.code(), everybodys.hash);
}

#[tokio::test]
async fn what_is_put_back_after_a_restart_is_not_used() {
    let data = tempfile::tempdir().expect("a folder");
    let first = shelf(data.path());
    keep(&first).await;
    let old = fs::read(file(data.path(), &first)).expect("reads");
    let second = shelf(data.path());
    second.cache.write(&second.name, &old).expect("writes");
    assert!(second.take(&manifest()).await.expect("is no error").is_none());
}

#[tokio::test]
async fn an_altered_file_is_removed_and_compiled_again() {
    let data = tempfile::tempdir().expect("a folder");
    let shelf = shelf(data.path());
    keep(&shelf).await;
    let file = file(data.path(), &shelf);
    let mut sealed = fs::read(&file).expect("reads");
    sealed[100] ^= 1;
    fs::write(&file, sealed).expect("writes");
    assert!(shelf.take(&manifest()).await.expect("is no error").is_none());
    assert!(!file.exists());
    keep(&shelf).await;
    assert!(shelf.take(&manifest()).await.expect("reads").is_some());
}

#[tokio::test]
async fn kept_code_that_the_manifest_does_not_allow_is_refused() {
    let data = tempfile::tempdir().expect("a folder");
    let shelf = shelf(data.path());
    keep(&shelf).await;
    let refusing = Manifest { extra_roots: vec![b"no certificate".to_vec()], ..manifest() };
    let refused = shelf.take(&refusing).await.err().expect("it is refused");
    assert!(refused.downcast_ref::<adyton_engine::CompileError>().is_some(), "{refused:#}");
}
