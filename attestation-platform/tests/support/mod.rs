//! What several tests emulate.

pub mod paravisor;
pub mod service;
#[path = "../../../attestation/tests/support/snp.rs"]
pub mod snp;
pub mod tpm;
