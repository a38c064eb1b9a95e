//! What Intel's TDX and SGX evidence share: certificates, revocation lists, TCB information, quoting enclave
//! identity. Sources: Intel SGX PCK Certificate and CRL Profile Specification; Intel PCS API v4.

mod asn1;
pub(crate) mod certificate;
pub mod checked;
pub mod collateral;
mod collateral_json;
mod crl;
mod identity_json;
pub(crate) mod pck;
pub(crate) mod pem;
mod tcb_info_json;
mod time;
pub(crate) mod window;

pub use certificate::MAX_CERTIFICATE_BYTES;
pub use collateral_json::MAX_COLLATERAL_FILE_BYTES;
pub use crl::MAX_CRL_BYTES;
