//! Fuzz targets: one function for each thing that reads bytes from outside.
//!
//! It stands beside the network, not in it. Each target feeds its input to the real reader or verifier and
//! asserts what must always hold there: no panic, an end, a bounded result; what is read is written again as the
//! same bytes, where the encoding is canonical; nothing is accepted that nobody signed or sealed. The test
//! `mutations` runs every target over its seeds and a few thousand fixed mutations of them; the program in
//! `libfuzzer/` gives the same functions to libFuzzer (`make fuzz`).
//!
//! A target refuses nothing itself: it returns when its input was refused as it should be, and panics otherwise.
//!
//! ```
//! adyton_fuzz::protocol::statement(b"not a statement");
//! assert!(adyton_fuzz::targets().any(|target| target.name == "statement"));
//! ```
#![forbid(unsafe_code)]
#![allow(clippy::duplicate_mod, reason = "two of the vendors write CBOR, each with the module for it")]

pub mod attestation;
#[cfg(feature = "network")]
pub mod call;
#[cfg(feature = "network")]
pub mod chain;
#[cfg(feature = "network")]
pub mod client;
#[cfg(feature = "worker")]
pub mod component;
#[cfg(feature = "worker")]
pub mod databases;
#[cfg(feature = "worker")]
pub mod generated;
pub mod judgement;
#[cfg(feature = "network")]
pub mod keys;
mod parts;
#[cfg(feature = "network")]
pub mod platform;
pub mod protocol;
mod recorded;
#[cfg(feature = "worker")]
pub mod schedule;
#[cfg(feature = "network")]
mod server;
#[cfg(feature = "worker")]
pub mod sql;
#[cfg(feature = "worker")]
pub mod state;
mod vectors;

// Vendors that exist only in tests: the evidence that mutations begin with.
#[allow(clippy::unwrap_used, reason = "what fails there is a fault of the issuer")]
#[path = "../../attestation/tests/support/mod.rs"]
mod support;

#[cfg(feature = "network")]
#[allow(dead_code, clippy::unwrap_used, reason = "a part is used; what fails there is the emulation's fault")]
#[path = "../../attestation-platform/tests/support/tpm.rs"]
mod emulated_tpm;
// A contract's state in memory, as the engine's own tests have it.
#[cfg(feature = "worker")]
#[path = "../../worker/engine/tests/support/mod.rs"]
mod host;
// The servers of those tests, and their certificates.
#[cfg(feature = "worker")]
#[path = "../../worker/engine/tests/support/server.rs"]
mod tls_server;
// A worker is a program and no library: its reader of calls, with the refusals that it names.
#[cfg(feature = "network")]
#[allow(dead_code, reason = "the worker uses the rest")]
#[path = "../../worker/host/src/error.rs"]
mod error;
#[cfg(feature = "network")]
#[allow(dead_code, reason = "the worker uses the rest")]
#[path = "../../worker/host/src/road/request.rs"]
mod request;

use attestation::{
    amd as attestation_amd, arm as attestation_arm, aws as attestation_aws, azure as attestation_azure,
    event_log as attestation_event_log, nvidia as attestation_nvidia, tpm as attestation_tpm,
    whole as attestation_whole, x509 as attestation_x509,
};
use support::{azure as machine, cca, nitro, nvidia, snp, tpm};

/// A target, and where its fuzzing begins.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is its function's.
    pub name: &'static str,
    /// The module that it is in, with underscores between the names.
    pub module: &'static str,
    /// The target.
    pub run: fn(&[u8]),
    /// Inputs made by the real encoders or taken from `specs/vectors`.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl Target {
    /// The most memory that an input of `length` bytes may take at one time, in bytes. There is no such rule for
    /// targets that ask over HTTP, store or run something: buffers of others are counted there too.
    pub fn most_memory(&self, length: usize) -> Option<usize> {
        const BASE: usize = 1024 * 1024;
        // Text becomes values that are several times as long, and targets keep copies of it.
        const PER_BYTE: usize = 64;
        let is_pure = self.module.starts_with("attestation") || ["protocol", "call"].contains(&self.module);
        is_pure.then(|| BASE.saturating_add(PER_BYTE.saturating_mul(length)))
    }
}

/// Names each target once, with the function of its seeds behind it.
macro_rules! targets {
    ($($(#[$built:meta])? $module:ident { $($name:ident: $seeds:ident),* $(,)? })*) => {
        /// Every target that was built.
        pub fn targets() -> impl Iterator<Item = &'static Target> {
            const TARGETS: &[&[Target]] = &[$($(#[$built])? &[$(Target {
                name: stringify!($name),
                module: stringify!($module),
                run: $module::$name,
                seeds: $module::$seeds,
            }),*]),*];
            TARGETS.iter().copied().flatten()
        }
    };
}

targets! {
    attestation {
        quote: quotes, quote_chain: quote_chains, collateral: collaterals, collateral_document: collateral_documents,
        collateral_stored: collaterals_stored,
    }
    attestation_amd {
        snp_report: snp_reports, snp_certificate: snp_certificates, snp_revocation_list: snp_revocation_lists,
    }
    attestation_aws { nitro_document: nitro_documents, nitro_certificate: nitro_certificates }
    attestation_azure {
        azure_report: azure_reports, azure_runtime_data: azure_runtime_data_seeds, azure_file: azure_files,
    }
    attestation_nvidia {
        nvidia_report: nvidia_reports, nvidia_chain: nvidia_chains, nvidia_manifest: nvidia_manifests,
        nvidia_response: nvidia_responses, nvidia_bundle: nvidia_bundles,
    }
    attestation_tpm {
        tpm_quote: tpm_quotes, tpm_signature: tpm_signatures, tpm_key: tpm_keys, tpm_chain: tpm_chains,
        tpm_file: tpm_files,
    }
    attestation_arm { cca_token: cca_tokens, cca_file: cca_files }
    attestation_event_log { event_log: event_logs, event_log_dstack: event_logs_dstack }
    attestation_x509 { certificate: certificates }
    attestation_whole { evidence: evidence_seeds }
    #[cfg(feature = "network")]
    platform { guest_table: guest_tables, nsm_answer: nsm_answers, vtpm_answer: vtpm_answers }
    protocol {
        statement: statements, call_fields: calls, manifest: manifests, record: records, key_label: key_labels,
        receipt: receipts, opened_receipt: opened_receipts, anchor_proof: anchor_proofs, merkle_path: merkle_paths,
        snp_evidence: snp_evidence_seeds, device_evidence: device_evidence_seeds, streamed_answer: streamed_answers,
    }
    judgement { judgement_request: requests }
    #[cfg(feature = "network")]
    call { call: calls }
    #[cfg(feature = "network")]
    chain { finality: finalities, storage_proof: storage_proofs, rpc_answer: rpc_answers, address: addresses }
    #[cfg(feature = "network")]
    keys {
        release_request: release_requests, release_answer: release_answers, commitments: commitments_seeds,
        partial: partials, sealed_secret: sealed_secrets,
    }
    #[cfg(feature = "network")]
    client {
        bundle: bundles, network_file: network_files, opened_answer: opened_answers, sealed_answer: sealed_answers,
        gateway_answer: gateway_answers,
    }
    #[cfg(feature = "worker")]
    state { sealed_object: sealed_objects, journal: journals }
    #[cfg(feature = "worker")]
    component { inspection: components, core_module: core_modules }
    #[cfg(feature = "worker")]
    schedule { cron: crons }
    #[cfg(feature = "worker")]
    generated { generated_component: seeds, generated_contract: seeds }
    #[cfg(feature = "worker")]
    sql { sql_statement: statements }
    #[cfg(feature = "worker")]
    databases { database_answers: answers }
}
