//! The Rust shapes of `wit/`, generated.
#![allow(missing_docs)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "contract",
    imports: { default: async | trappable },
    exports: { default: async },
});
