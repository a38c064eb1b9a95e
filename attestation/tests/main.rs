//! The tests that use the crate as others do, in one program, as each program takes longer to compile and link than
//! its tests take to run. The tests of one file: `cargo test --release -p adyton-attestation --test all sgx::`.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![allow(clippy::duplicate_mod, reason = "two of the vendors write CBOR, each with the module for it")]

mod support;

mod authority;
mod azure;
mod azure_real;
mod azure_unjudged;
mod cases_page;
mod cca;
mod cca_real;
mod chain;
mod collateral;
mod event_log;
mod every_kind;
mod known_gaps;
mod nitro;
mod nitro_chain;
mod nitro_real;
mod nvidia;
mod nvidia_real;
mod peers_bugs;
mod properties;
mod quote_bytes;
mod real_evidence;
mod remembered;
mod revocations;
mod sgx;
mod snp;
mod snp_real;
mod tcb_and_policy;
mod tdx_v5;
mod tiers;
mod tpm;
mod tpm_real;
mod verdict;
