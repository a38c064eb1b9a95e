//! Runs benchmarks in the runtime's WebAssembly.
use std::borrow::Cow;

use anyhow::{Result, anyhow, ensure};
use codec::{Decode, DecodeAll, Encode};
use polkadot_sdk::{
    frame_benchmarking::{
        BenchmarkBatch, BenchmarkList, BenchmarkMetadata, BenchmarkParameter, BenchmarkResult, benchmarking,
    },
    frame_support::traits::StorageInfo,
    sc_client_db::BenchmarkingState,
    sc_executor::{HeapAllocStrategy, WasmExecutor},
    sp_core::traits::{CallContext, CodeExecutor as _, RuntimeCode, WrappedRuntimeCode},
    sp_crypto_hashing,
    sp_externalities::Extensions,
    sp_io::SubstrateHostFunctions,
    sp_keystore::{KeystoreExt, testing::MemoryKeystore},
    sp_runtime::traits::BlakeTwo256,
    sp_state_machine::{BasicExternalities, StateMachine},
    sp_storage::{Storage, well_known_keys::CODE},
};
use serde_json::Value;

/// The preset whose state benchmarks begin with.
const PRESET: &str = "local";

type Executor = WasmExecutor<(SubstrateHostFunctions, benchmarking::HostFunctions)>;
type State = BenchmarkingState<BlakeTwo256>;

/// A runtime, and the states to run its benchmarks on.
pub struct Runner {
    code: Vec<u8>,
    executor: Executor,
    /// Counts what is read and written, and records proofs.
    counting: State,
    /// Does neither, for times.
    timing: State,
}

/// What one benchmark came to.
pub struct Results {
    /// Of the runs that were timed.
    pub timed: Vec<BenchmarkResult>,
    /// Of those that were counted.
    pub counted: Vec<BenchmarkResult>,
}

impl Runner {
    /// Builds the state of the preset with the runtime `code`.
    pub fn new(code: Vec<u8>) -> Result<Self> {
        let heap = HeapAllocStrategy::Dynamic { maximum_pages: None };
        let executor = Executor::builder()
            .with_onchain_heap_alloc_strategy(heap)
            .with_offchain_heap_alloc_strategy(heap)
            .with_allow_missing_host_functions(true)
            .build();
        let genesis = genesis(&executor, &code)?;
        let state = |proofs, counts| State::new(genesis.clone(), None, proofs, counts).map_err(|error| anyhow!(error));
        let (counting, timing) = (state(true, true)?, state(false, false)?);
        Ok(Self { code, executor, counting, timing })
    }

    /// All benchmarks, and what is known of the runtime's storage.
    pub fn benchmarks(&self) -> Result<(Vec<BenchmarkList>, Vec<StorageInfo>)> {
        self.call(&self.timing, "Benchmark_benchmark_metadata", &false.encode())
    }

    /// Runs a benchmark with `steps` values of each of its components, the others at their highest, each once to check
    /// what it does, once to count, and `repeat` times for the time.
    pub fn measure(
        &self,
        pallet: &BenchmarkList,
        benchmark: &BenchmarkMetadata,
        steps: u32,
        repeat: u32,
    ) -> Result<Results> {
        let mut results = Results { timed: Vec::new(), counted: Vec::new() };
        for components in points(&benchmark.components, steps) {
            self.dispatch(&self.timing, pallet, benchmark, &components, true, 1)?;
            results.counted.extend(self.dispatch(&self.counting, pallet, benchmark, &components, false, 1)?);
            results.timed.extend(self.dispatch(&self.timing, pallet, benchmark, &components, false, repeat)?);
        }
        ensure!(!results.timed.is_empty() && !results.counted.is_empty(), "it gave no results");
        Ok(results)
    }

    fn dispatch(
        &self,
        state: &State,
        pallet: &BenchmarkList,
        benchmark: &BenchmarkMetadata,
        components: &[(BenchmarkParameter, u32)],
        verify: bool,
        repeat: u32,
    ) -> Result<Vec<BenchmarkResult>> {
        // `BenchmarkConfig`, of version 2 of the interface.
        let config = (&pallet.pallet, &pallet.instance, &benchmark.name, components, verify, repeat).encode();
        let batches: Result<Vec<BenchmarkBatch>, String> = self.call(state, "Benchmark_dispatch_benchmark", &config)?;
        Ok(batches.map_err(|error| anyhow!(error))?.into_iter().flat_map(|batch| batch.results).collect())
    }

    fn call<T: Decode>(&self, state: &State, method: &str, data: &[u8]) -> Result<T> {
        let fetcher = WrappedRuntimeCode(Cow::Borrowed(&self.code));
        let code = runtime_code(&fetcher, &self.code);
        let (mut overlay, mut extensions) = (Default::default(), Extensions::default());
        // Benchmarks sign with keys that they make.
        extensions.register(KeystoreExt::new(MemoryKeystore::new()));
        let mut machine = StateMachine::new(
            state,
            &mut overlay,
            &self.executor,
            method,
            data,
            &mut extensions,
            &code,
            CallContext::Offchain,
        );
        let answer = machine.execute().map_err(|error| {
            // Without where in the runtime it was.
            anyhow!("{method}: {}", error.to_string().lines().next().unwrap_or_default())
        })?;
        Ok(T::decode_all(&mut &answer[..])?)
    }
}

/// The state of the preset, with the code in it.
fn genesis(executor: &Executor, code: &[u8]) -> Result<Storage> {
    let fetcher = WrappedRuntimeCode(Cow::Borrowed(code));
    let runtime = runtime_code(&fetcher, code);
    let call = |ext: &mut BasicExternalities, method: &str, data: &[u8]| -> Result<Vec<u8>> {
        let (answer, _) = executor.call(ext, &runtime, method, data, CallContext::Offchain);
        answer.map_err(|error| anyhow!("{method}: {error}"))
    };
    let mut ext = BasicExternalities::new_empty();
    let mut preset = |name: Option<&str>| -> Result<Value> {
        let preset =
            Option::<Vec<u8>>::decode_all(&mut &call(&mut ext, "GenesisBuilder_get_preset", &name.encode())?[..])?;
        Ok(serde_json::from_slice(&preset.ok_or_else(|| anyhow!("the runtime has no preset {name:?}"))?)?)
    };
    let mut whole = preset(None)?;
    patch(&mut whole, preset(Some(PRESET))?);
    let built = call(&mut ext, "GenesisBuilder_build_state", &serde_json::to_vec(&whole)?.encode())?;
    Result::<(), String>::decode_all(&mut &built[..])?.map_err(|error| anyhow!(error))?;
    let mut storage = ext.into_storages();
    storage.top.insert(CODE.to_vec(), code.to_vec());
    Ok(storage)
}

/// Puts the values of `with` in the place of those of `whole`; objects are merged.
fn patch(whole: &mut Value, with: Value) {
    match (whole, with) {
        (Value::Object(whole), Value::Object(with)) => {
            for (name, value) in with {
                patch(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole, with) => *whole = with,
    }
}

fn runtime_code<'a>(fetcher: &'a WrappedRuntimeCode<'a>, code: &[u8]) -> RuntimeCode<'a> {
    RuntimeCode { code_fetcher: fetcher, heap_pages: None, hash: sp_crypto_hashing::blake2_256(code).to_vec() }
}

/// The values of the components to measure at: of one after the other from its lowest to its highest, while the others
/// have their highest.
fn points(components: &[(BenchmarkParameter, u32, u32)], steps: u32) -> Vec<Vec<(BenchmarkParameter, u32)>> {
    if components.is_empty() {
        return vec![Vec::new()];
    }
    let mut points = Vec::new();
    for (at, (_, low, high)) in components.iter().enumerate() {
        let distance = high.saturating_sub(*low);
        for step in 0..steps.min(distance.saturating_add(1)) {
            let last = u64::from(steps.min(distance.saturating_add(1)).saturating_sub(1)).max(1);
            let above = u64::from(distance) * u64::from(step) / last;
            let value = low.saturating_add(u32::try_from(above).unwrap_or(distance));
            let all = components.iter().enumerate();
            points.push(all.map(|(other, (name, _, high))| (*name, if other == at { value } else { *high })).collect());
        }
    }
    points
}
