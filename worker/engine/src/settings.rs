//! How wasmtime is set up: what decides which machine code a component becomes, and the pool in which it runs.
//!
//! The first half is the same in the worker and in the process that compiles for it; [`fingerprint`] tells sets of
//! settings apart.

use std::hash::{Hash as _, Hasher};

use adyton_protocol::{domain, ids::CodeHash, manifest::CEILING};
use sha2::{Digest as _, Sha256};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::{backtrace::MAX_FRAMES, costs, determinism::Mode};

/// Bytes of a guest's own stack.
const WASM_STACK: usize = 512 << 10;
/// Bytes of the stack that a call runs on: the guest's, and room for host functions.
const CALL_STACK: usize = 1 << 20;
/// Bytes of a table that a pool slot keeps, zeroed, instead of giving them back.
const KEEP_TABLE: usize = 64 << 10;
/// Bytes of a memory that a pool slot keeps, its first ones, written anew after each call as they were before it.
///
/// What is given back has to be faulted in again, page by page, and a page that was read before it is written makes the
/// kernel interrupt every processor: that was half of a JavaScript call. A small component in Rust, and the interpreter
/// of JavaScript with its heap, have less than this altogether. The kernel is not asked which pages were touched
/// (`pagemap_scan`): wasmtime passes over those that are swapped out or being moved just then, and a later call would
/// find in them what an earlier one wrote.
const KEEP_MEMORY: usize = 2 << 20;
/// Linear memories, tables and core instances that a component may have. One in Rust has one, two and three; one in
/// JavaScript three, three and 51; one in Python one, two and 109, and more with more packages. There is room for as
/// many in every call that runs, so that none takes another one's.
const MEMORIES: u32 = 4;
/// See [`MEMORIES`].
const TABLES: u32 = 16;
/// See [`MEMORIES`].
const CORE_INSTANCES: u32 = 256;

/// What decides which code is made. It reserves no memory for instances.
pub(crate) fn code(mode: Mode) -> Config {
    let mut settings = Config::new();
    settings
        .consume_fuel(true)
        .concurrency_support(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_backtrace_max_frames(MAX_FRAMES)
        .generate_address_map(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(CALL_STACK)
        // Processors differ in the signs and payloads of the NaNs that they make; nothing else of WebAssembly does,
        // without relaxed SIMD.
        .cranelift_nan_canonicalization(mode.is_deterministic());
    settings
}

/// [`code`], and a pool with room for `calls` calls at once.
pub(crate) fn pooled(calls: u32, mode: Mode) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_memories(calls.saturating_mul(MEMORIES))
        .total_tables(calls.saturating_mul(TABLES))
        .total_core_instances(calls.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .max_memories_per_module(MEMORIES)
        .max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20)
        .table_elements(100_000)
        .max_memory_size(CEILING.memory as usize)
        .table_keep_resident(KEEP_TABLE)
        .linear_memory_keep_resident(KEEP_MEMORY);
    let mut settings = code(mode);
    settings.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    settings
}

/// Tells apart engines whose code differs: by wasmtime's version, processor, settings.
pub(crate) fn fingerprint(engine: &wasmtime::Engine) -> [u8; 32] {
    let mut hasher = Wide(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

/// What sealed code is bound to: which component it was made of, by its name ([`crate::compiled_name`]), for which engine,
/// and under which prices.
pub(crate) fn binding(engine: &wasmtime::Engine, code: &CodeHash) -> Vec<u8> {
    domain::encode(domain::COMPILED_CODE, &[&code.0, &fingerprint(engine), &costs::cost_table_hash()])
}

/// All of what is hashed, where `std`'s hashers keep 64 bits.
struct Wide(Sha256);

impl Hasher for Wide {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest: [u8; 32] = self.0.clone().finalize().into();
        u64::from_le_bytes(*digest.first_chunk().expect("32 bytes have 8 first ones"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(settings: &Config) -> wasmtime::Engine {
        wasmtime::Engine::new(settings).expect("an engine")
    }

    #[test]
    fn the_process_that_compiles_makes_code_for_the_worker() {
        for mode in [Mode::Usual, Mode::Deterministic] {
            assert_eq!(fingerprint(&engine(&code(mode))), fingerprint(&engine(&pooled(1, mode))));
        }
    }

    #[test]
    fn engines_that_make_other_code_are_told_apart() {
        let mut other = code(Mode::Usual);
        other.consume_fuel(false);
        let base = fingerprint(&engine(&code(Mode::Usual)));
        assert_ne!(base, fingerprint(&engine(&other)));
        assert_ne!(base, fingerprint(&engine(&code(Mode::Deterministic))));
    }

    #[test]
    fn code_is_bound_to_its_component_and_engine() {
        let usual = engine(&code(Mode::Usual));
        let base = binding(&usual, &CodeHash([1; 32]));
        assert_ne!(base, binding(&usual, &CodeHash([2; 32])));
        assert_ne!(base, binding(&engine(&code(Mode::Deterministic)), &CodeHash([1; 32])));
    }
}
