//! The tests of the client against a whole network in one process, in one program: to link it takes longer than to run
//! them. The tests of one file: `cargo test --release -p adyton-client --test all calls::`.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod world;

mod anchor;
mod bundle;
mod calls;
mod evidence;
mod kinds;
mod public;
mod record;
mod streamed;
mod vectors;
