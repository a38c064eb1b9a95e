//! The tests of the keyholder as a whole, in one program: to link it takes longer than to run them. The tests of one
//! file: `cargo test --release -p adyton-keyholder --test all release::`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod chain_view;
mod release;
