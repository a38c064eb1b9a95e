//! Intel SGX quotes, version 3, over the same endorsements and by the same steps as TDX quotes. Sources: Intel SGX
//! ECDSA Quote Library Reference; Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3D.
//!
//! A measurement names the very enclave (MRENCLAVE) and not only who signed it: a signing key that leaks, or that
//! signs another program, would else admit anything (the signer stands in the measurement too).

mod attributes;
mod verify;

pub use crate::intel::MAX_QUOTE_BYTES;
pub use verify::{verify_sgx, verify_sgx_with};
