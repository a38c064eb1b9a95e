//! WebAssembly from strangers: looked at before anything of it is compiled.

use std::sync::LazyLock;

use adyton_engine::{Engine, EngineConfig};
use adyton_protocol::{
    contract_call::Callees,
    manifest::{Callers, Capability, Durability, Manifest},
};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(EngineConfig { concurrent_calls: 1, ..EngineConfig::default() }).expect("an engine starts")
});

/// Grants everything, and has an extra root that is no certificate: the engine refuses it after its look at the
/// component and before it compiles.
static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| Manifest {
    version: 1,
    name: "fuzzed".into(),
    grants: Capability::ALL.to_vec(),
    limits: Default::default(),
    egress: Vec::new(),
    extra_roots: vec![b"no certificate".to_vec()],
    contracts: Callees::NONE,
    durability: Durability::Durable,
    callers: Callers::Anyone,
    public_calls: false,
    settings: Vec::new(),
    webhooks: Vec::new(),
    messages: false,
    watches: Vec::new(),
    deterministic: false,
    disputable: false,
    sealed_code: false,
    reuse: false,
});

/// What the name of a custom section begins with that holds a contract's types.
const TYPES: &[u8] = b"component-type";

/// A component that somebody deploys: the engine's checks before it compiles, and the names of its imports.
pub fn inspection(data: &[u8]) {
    assert!(ENGINE.compile(data, &MANIFEST).is_err(), "nothing is compiled for this manifest");
    if let Ok(names) = adyton_component::imports(data) {
        let length: usize = names.iter().map(String::len).sum();
        assert!(length <= data.len(), "names are parts of the component");
    }
}

/// Seeds of [`inspection`].
pub fn components() -> Vec<Vec<u8>> {
    let texts = [
        "(component)",
        r#"(component
            (import "phat:contract/kv@0.1.0" (instance (export "get" (func))))
            (core module $code (memory 1) (table 1 funcref) (func (export "run") (result i32) (i32.const 1)))
            (core instance $running (instantiate $code))
            (component $inner (core module (func)))
            (instance $service)
            (export "phat:contract/service@0.1.0" (instance $service)))"#,
    ];
    texts.map(|text| wat::parse_str(text).expect("the text is a component")).to_vec()
}

/// A core module without the contract's types: they can be added, and what is made of it then can be read.
///
/// Types that are there already are the developer's own compiler's. On some that no compiler writes the decoder panics
/// (wit-parser 0.254); the crate catches that, but libFuzzer stops at any panic. Such inputs are left out here, and the
/// crate's own tests alter types.
pub fn core_module(data: &[u8]) {
    if data.windows(TYPES.len()).any(|name| name == TYPES) {
        return;
    }
    assert!(adyton_component::from_core_module(data).is_err(), "nothing is made of a module without types");
    if let Ok(module) = adyton_component::embed_types(data) {
        assert!(module.starts_with(data), "types are added behind");
        if let Ok(component) = adyton_component::from_core_module(&module) {
            assert!(adyton_component::imports(&component).is_ok(), "what is made can be read");
        }
    }
}

/// Seeds of [`core_module`].
pub fn core_modules() -> Vec<Vec<u8>> {
    let texts = [
        "(module (memory (export \"memory\") 1) (func (export \"run\")))",
        "(module (import \"a\" \"b\" (func)) (table 2 funcref) (global i32 (i32.const 1)) (data \"\\00\\01\"))",
    ];
    texts.map(|text| wat::parse_str(text).expect("the text is a module")).to_vec()
}
