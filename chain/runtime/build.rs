//! Compiles the runtime to WebAssembly beside the native library, so that the node can embed it.

fn main() {
    #[cfg(feature = "std")]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
