//! What several tests emulate.

pub mod paravisor;
pub mod service;
pub mod tpm;
