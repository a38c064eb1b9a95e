//! WebAssembly that is valid and means nothing, made of an input's bytes by wasm-smith: what no mutation of a real
//! component becomes. The engine refuses it, or runs it to an end within its manifest's limits, and runs the next
//! contract as if nothing had been.

use std::{
    ops::Range,
    sync::LazyLock,
    time::{Duration, Instant},
};

use adyton_engine::{CompileError, Ending, Engine, EngineConfig, Module, Outcome, Request};
use adyton_protocol::manifest::{Limits, Manifest};
use arbitrary::Unstructured;
use sha2::{Digest, Sha256};
use wasm_smith::Config;
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

use crate::{
    host::{MemoryHost, context, manifest},
    server::RUNTIME,
};

/// Bytes that a contract may have.
const MEMORY: u64 = 2 << 20;
/// How long it may take.
const WALL_MS: u32 = 1_000;
/// How much longer than its wall time anything may take, on a machine that has other things to do.
const SLACK: Duration = Duration::from_secs(20);

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(EngineConfig { concurrent_calls: 2, ..EngineConfig::default() }).expect("an engine starts")
});

/// Grants everything, and little of it.
static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    let limits = Limits { fuel: 5_000_000, memory: MEMORY, wall_ms: WALL_MS, ..Limits::default() };
    Manifest { limits, ..manifest() }
});

/// Functions that a contract may import, as core functions; some of each kind of argument and result.
const IMPORTS: &str = r#"(module
    (import "phat:contract/kv@0.1.0" "get" (func (param i32 i32 i32)))
    (import "phat:contract/kv@0.1.0" "set" (func (param i32 i32 i32 i32 i32)))
    (import "phat:contract/kv@0.1.0" "delete" (func (param i32 i32 i32)))
    (import "phat:contract/env@0.1.0" "gas-left" (func (result i64)))
    (import "phat:contract/log@0.1.0" "write" (func (param i32 i32 i32)))
    (import "phat:contract/random@0.1.0" "bytes" (func (param i32 i32)))
    (import "phat:contract/secrets@0.1.0" "get" (func (param i32 i32 i32)))
    (import "phat:contract/schedule@0.1.0" "cancel" (func (param i32 i32 i32)))
    (import "phat:contract/crypto@0.1.0" "public-key" (func (param i32 i32 i32 i32))))"#;

/// What a contract exports.
const EXPORTS: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "phat:contract/service@0.1.0#handle") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable))"#;

static SHAPES: LazyLock<[Vec<u8>; 2]> =
    LazyLock::new(|| [IMPORTS, EXPORTS].map(|text| wat::parse_str(text).expect("the text is a module")));

/// A contract that answers nothing, to see that the engine still runs what comes after.
static OTHER: LazyLock<Module> = LazyLock::new(|| {
    let module = EXPORTS.replace(
        "(result i32) unreachable))",
        "(result i32) (i32.store16 (i32.const 4) (i32.const 200)) (i32.const 0)))",
    );
    let module = wat::parse_str(module).expect("the text is a module");
    let component = component_of(&with_allocator(&module)).expect("it is a contract");
    ENGINE.compile(&component, &MANIFEST).expect("it is granted what it imports")
});

/// Any component: none is a contract, because none exports what contracts do.
pub fn generated_component(data: &[u8]) {
    let Ok(component) = wasm_smith::Component::new(small(), &mut Unstructured::new(data)) else { return };
    let component = component.to_bytes();
    let began = Instant::now();
    assert!(ENGINE.compile(&component, &MANIFEST).is_err(), "nothing by chance is a contract");
    assert!(began.elapsed() < SLACK, "refused in {:?}", began.elapsed());
    if let Ok(names) = adyton_component::imports(&component) {
        assert!(names.iter().map(String::len).sum::<usize>() <= component.len(), "names are parts of the component");
    }
}

/// A contract with any instructions: refused, or run to an end.
pub fn generated_contract(data: &[u8]) {
    let Some(compiled) = compile(data) else { return };
    if let Ok(module) = compiled {
        let outcome = call(&module);
        assert!(!matches!(outcome.ending, Ending::HostBug | Ending::HostFailed(_)), "{:?}", outcome.ending);
        assert!(outcome.usage.memory <= MEMORY, "{} bytes of memory", outcome.usage.memory);
        let longest = Duration::from_millis(WALL_MS.into()) + SLACK;
        assert!(outcome.usage.wall < longest, "it took {:?}", outcome.usage.wall);
    }
    let after = call(&OTHER).ending;
    assert!(matches!(after, Ending::Answered(_)), "what comes after it ended: {after:?}");
}

/// Whether what is made of a seed is called.
pub fn is_called(data: &[u8]) -> bool {
    compile(data).is_some_and(|compiled| compiled.is_ok())
}

fn compile(data: &[u8]) -> Option<Result<Module, CompileError>> {
    // The first byte chooses: what every engine has, or whatever there is.
    let (first, data) = data.split_first()?;
    let config = if first % 8 == 0 { small() } else { plain() };
    let [imports, exports] = SHAPES.clone();
    let config = Config { available_imports: Some(imports), exports: Some(exports), ..config };
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(data)).ok()?.to_bytes();
    let component = component_of(&with_allocator(&module))?;
    let began = Instant::now();
    let compiled = ENGINE.compile(&component, &MANIFEST);
    assert!(began.elapsed() < SLACK, "compiled in {:?}", began.elapsed());
    Some(compiled)
}

fn component_of(module: &[u8]) -> Option<Vec<u8>> {
    adyton_component::from_core_module(&adyton_component::embed_types(module).ok()?).ok()
}

fn call(module: &Module) -> Outcome {
    let request = Request { method: "GET".into(), path: "/a".into(), fields: Vec::new(), body: b"content".to_vec() };
    let call = ENGINE.call(module, context(), MemoryHost::default(), request);
    let limit = Duration::from_millis(WALL_MS.into()) + SLACK;
    let ended = RUNTIME.block_on(async { tokio::time::timeout(limit, call).await });
    ended.expect("a call ends").expect("nothing is wrong with the request")
}

/// Little of everything. A contract's only memory is the one that it exports.
fn small() -> Config {
    Config {
        max_memories: 0,
        max_components: 3,
        max_data_segments: 4,
        max_element_segments: 4,
        max_funcs: 8,
        max_globals: 8,
        max_imports: 8,
        max_instructions: 200,
        max_modules: 3,
        max_table_elements: 1_000,
        max_types: 16,
        ..Config::default()
    }
}

/// Of the instructions only those that the engine takes.
fn plain() -> Config {
    Config {
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..small()
    }
}

/// The module with another body of `cabi_realloc`: always the same place in its memory. Without one, no generated
/// contract would get as far as its request.
fn with_allocator(module: &[u8]) -> Vec<u8> {
    // No locals, i32.const 1024, end.
    const BODY: &[u8] = &[0, 0x41, 0x80, 0x08, 0x0b];
    let (mut imported, mut allocator, mut bodies) = (0, None, Vec::new());
    let mut code: Option<Range<usize>> = None;
    for payload in Parser::new(0).parse_all(module) {
        match payload.expect("what was generated can be read") {
            Payload::ImportSection(imports) => {
                let types = imports.into_imports().map(|import| import.expect("it is an import").ty);
                imported = types.filter(|ty| matches!(ty, TypeRef::Func(_) | TypeRef::FuncExact(_))).count();
            }
            Payload::ExportSection(exports) => {
                let mut exports = exports.into_iter().map(|export| export.expect("it is an export"));
                let named = exports.find(|export| export.name == "cabi_realloc" && export.kind == ExternalKind::Func);
                allocator = named.map(|export| export.index as usize);
            }
            Payload::CodeSectionStart { range, .. } => code = Some(range),
            Payload::CodeSectionEntry(body) => bodies.push(&module[body.range()]),
            _ => {}
        }
    }
    let (code, place) = (code.expect("it has functions"), allocator.expect("it exports this") - imported);
    bodies[place] = BODY;
    let mut section = leb(bodies.len());
    bodies.iter().for_each(|body| section.extend([&leb(body.len()), *body].concat()));
    // Before the section's content stand its length and its number.
    let before = start_of_section(module, code.start);
    [&module[..before], &[10], &leb(section.len()), &section, &module[code.end..]].concat()
}

/// Where the section begins whose content begins at `content`.
fn start_of_section(module: &[u8], content: usize) -> usize {
    let length = module[..content].iter().rev().skip(1).take_while(|byte| **byte & 0x80 != 0).count();
    content - length - 2
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Seeds of both: bytes that look random, from few to many.
pub fn seeds() -> Vec<Vec<u8>> {
    let bytes = |seed: u8, blocks: u8| (0..blocks).flat_map(|block| Sha256::digest([seed, block])).collect::<Vec<u8>>();
    (0..24).map(|seed| [&[seed][..], &bytes(seed, 8 + 8 * (seed % 8))].concat()).collect()
}
