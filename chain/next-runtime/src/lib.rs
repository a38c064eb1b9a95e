//! The runtime to which tests upgrade a chain that runs: the product's, with the feature `next`, which gives it a higher
//! version and a migration (`adyton_runtime`, `src/next.rs`).
//!
//! There is nothing here but its WebAssembly, which lies in the builder's folder (`wbuild/adyton-next-runtime`). No
//! program has it, and what it is for is in `specs/upgrades.md`.
#![no_std]

#[cfg(target_arch = "wasm32")]
pub use adyton_runtime::*;
