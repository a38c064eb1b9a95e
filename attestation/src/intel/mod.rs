//! What Intel's TDX and SGX evidence share: certificates, revocation lists, TCB information, quoting enclave
//! identity. Sources: Intel SGX PCK Certificate and CRL Profile Specification; Intel PCS API v4.

pub mod authority;
pub(crate) mod certificate;
pub(crate) mod check;
pub mod checked;
pub mod collateral;
mod collateral_json;
mod crl;
pub(crate) mod enclave;
mod examine;
mod identity_json;
pub(crate) mod measurement;
pub(crate) mod pck;
pub mod policy;
pub(crate) mod quote;
pub(crate) mod refusal;
pub mod revocations;
pub(crate) mod root;
pub(crate) mod tcb;
mod tcb_info_json;
mod tightening;
mod time;
pub(crate) mod verdict;
pub(crate) mod verify;

use crate::{Document, IntelRefusal, x509::Fault};

pub use certificate::MAX_CERTIFICATE_BYTES;
pub use collateral_json::MAX_COLLATERAL_FILE_BYTES;
pub use crl::MAX_CRL_BYTES;
pub use examine::{Contents, Examination, Level, SecurityVersions, examine, examine_with, inspect};
pub use quote::MAX_QUOTE_BYTES;

/// What is wrong with a certificate or list of Intel's, by the name of the document.
pub(crate) const fn refusal(document: Document, fault: Fault) -> IntelRefusal {
    match fault {
        Fault::TooLarge { .. } => IntelRefusal::TooLarge(document),
        Fault::Malformed | Fault::Algorithm => IntelRefusal::Malformed(document),
        Fault::Extension => IntelRefusal::Extension(document),
        Fault::Issuer => IntelRefusal::Issuer(document),
        Fault::Signature => IntelRefusal::Signature(document),
        Fault::NotYetValid { not_before, now } => IntelRefusal::NotYetValid { document, not_before, now },
        Fault::Expired { not_after, now } => IntelRefusal::Expired { document, not_after, now },
        Fault::Usage => IntelRefusal::CertificateUsage(document),
        Fault::Subject => IntelRefusal::CertificateName(document),
        Fault::Revoked => IntelRefusal::Revoked(document),
    }
}
