//! All runs of the whole network, in one program: while one network waits for its blocks, another one works.
//! One run alone: `ADYTON_BIN=$PWD/bin scripts/cargo.sh main test --release --workspace --test e2e impostors::`.
#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod commands;
mod hostile_gateway;
mod impostors;
mod languages;
mod local_network;
mod misbehaving_contracts;
