//! The tests that run the program, in one program of their own: to link it takes longer than to run them. The tests of
//! one file: `cargo test --release -p adyton --test all offline::`.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod support;

mod attest;
mod attest_cases;
mod attest_fetch;
mod attest_fetch_chips;
mod attest_malformed;
mod attest_synthetic;
mod offline;
mod tcb;
