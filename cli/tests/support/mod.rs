//! What several tests need: the program, a vendor's service, and who issues evidence.

#[path = "../../../attestation/tests/support/nitro.rs"]
pub mod nitro;
#[path = "../../../attestation/tests/support/nvidia.rs"]
pub mod nvidia;
pub mod program;
pub mod service;
#[path = "../../../attestation/tests/support/snp.rs"]
pub mod snp;
