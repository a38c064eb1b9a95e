//! Fuzz targets: one function for each thing that reads bytes from outside.
//!
//! It stands beside the network, not in it. Each target feeds its input to the real reader or verifier and
//! asserts what must always hold there: no panic, an end, a bounded result; what is read is written again as the
//! same bytes, where the encoding is canonical; nothing is accepted that nobody signed or sealed. The test
//! `mutations` runs every target over its seeds and a few thousand fixed mutations of them; the crate in
//! `libfuzzer/` hands the same functions to `cargo fuzz` (`make fuzz`).
//!
//! A target refuses nothing itself: it returns when its input was refused as it should be, and panics otherwise.
//!
//! ```
//! adyton_fuzz::protocol::statement(b"not a statement");
//! assert!(adyton_fuzz::TARGETS.iter().any(|target| target.name == "statement"));
//! ```
#![forbid(unsafe_code)]

pub mod attestation;
pub mod chain;
pub mod client;
pub mod component;
pub mod keys;
mod parts;
pub mod protocol;
mod server;
pub mod state;
mod vectors;

/// A target, and where its fuzzing begins.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is its function's and its file's under `libfuzzer/`.
    pub name: &'static str,
    /// The target.
    pub run: fn(&[u8]),
    /// Inputs made by the real encoders or taken from `specs/vectors`.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Names each target once, with the function of its seeds behind it.
macro_rules! targets {
    ($($module:ident { $($name:ident: $seeds:ident),* $(,)? })*) => {
        /// Every target.
        pub const TARGETS: &[Target] =
            &[$($(Target { name: stringify!($name), run: $module::$name, seeds: $module::$seeds }),*),*];
    };
}

targets! {
    attestation { quote: quotes, collateral: collaterals, collateral_stored: collaterals_stored }
    protocol {
        statement: statements, call_fields: calls, manifest: manifests, record: records, key_label: key_labels,
        receipt: receipts, opened_receipt: opened_receipts, anchor_proof: anchor_proofs, merkle_path: merkle_paths,
    }
    chain { finality: finalities, storage_proof: storage_proofs, rpc_answer: rpc_answers, address: addresses }
    keys {
        release_request: release_requests, release_answer: release_answers, commitments: commitments_seeds,
        partial: partials, sealed_secret: sealed_secrets,
    }
    client {
        bundle: bundles, network_file: network_files, opened_answer: opened_answers, sealed_answer: sealed_answers,
        gateway_answer: gateway_answers,
    }
    state { sealed_object: sealed_objects }
    component { inspection: components, core_module: core_modules }
}
