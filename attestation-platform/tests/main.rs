//! The tests of the adapters and of fetching, in one program: to link it takes longer than to run them. The tests of one
//! file: `cargo test --release -p adyton-attestation-platform --test all fetch::`.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod support;

mod adapters;
mod azure;
mod chip_certificates;
mod detection;
mod fetch;
mod gpus;
mod gramine;
mod nitro;
