//! The contexts under which this crate hashes, and how: SHA-256 over `u8 length of context ‖ context ‖ for
//! each part (u32 little-endian length ‖ part)`, which is also the construction of the protocol's hashes.

use sha2::{Digest, Sha256};

/// A TDX measurement's identity.
pub(crate) const TDX_MEASUREMENT: &str = "adyton/v1/tdx-measurement";
/// The identity of a TDX measurement with service domains.
pub(crate) const TDX_SERVED_MEASUREMENT: &str = "adyton/v1/tdx-measurement-with-services";
/// An SGX measurement's identity.
pub(crate) const SGX_MEASUREMENT: &str = "adyton/v1/sgx-measurement";
/// An SEV-SNP guest's measurement's identity.
pub(crate) const SNP_MEASUREMENT: &str = "adyton/v1/snp-measurement";
/// The identity of what was measured into an Azure confidential machine.
pub(crate) const AZURE_MEASUREMENT: &str = "adyton/v1/azure-measurement";
/// The identity of what was measured into a TPM's registers.
pub(crate) const TPM_MEASUREMENT: &str = "adyton/v1/tpm-measurement";
/// A Nitro enclave's measurement's identity.
pub(crate) const NITRO_MEASUREMENT: &str = "adyton/v1/nitro-measurement";
/// An Arm CCA realm's measurement's identity.
pub(crate) const CCA_MEASUREMENT: &str = "adyton/v1/cca-measurement";
/// One piece of evidence, whatever its encoding.
pub(crate) const EVIDENCE: &str = "adyton/v1/evidence";
/// A set of raw Intel collateral.
pub(crate) const COLLATERAL: &str = "adyton/v1/intel-collateral";
/// A machine, as a fixed-length key.
pub(crate) const MACHINE: &str = "adyton/v1/machine";
/// What was measured on an NVIDIA device.
pub(crate) const NVIDIA_MEASUREMENT: &str = "adyton/v1/nvidia-measurement";
/// The nonce that binds an NVIDIA device's evidence to that of its host.
pub(crate) const NVIDIA_NONCE: &str = "adyton/v1/nvidia-nonce";

/// The domain-separated, length-prefixed SHA-256 of `parts`.
pub(crate) fn hash(context: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    state.update([context.len() as u8]);
    state.update(context.as_bytes());
    for part in parts {
        state.update((part.len() as u32).to_le_bytes());
        state.update(part);
    }
    state.finalize().into()
}

/// Plain SHA-256, for digests that other programs compute too.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
