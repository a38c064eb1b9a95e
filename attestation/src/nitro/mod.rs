//! AWS Nitro Enclaves attestation documents. Source: AWS, "Nitro Enclaves Attestation Process" (the document that
//! comes with the NSM library); RFC 9052 (COSE), RFC 8949 (CBOR), RFC 5280 (certificates).
//!
//! A document is a `COSE_Sign1` by the key of a certificate that lives for three hours and leads to AWS's root
//! through authorities for region, zone and instance. It carries its whole chain; AWS gives no security levels
//! (TCB) and no advisories: a host that AWS no longer trusts gets no certificate.
//!
//! A document is about whatever stands in its public key, user data and nonce: [`NitroVerdict::bind`].

mod chain;
pub(crate) mod check;
mod document;
mod policy;
mod refusal;
mod root;
mod verdict;
mod verify;

pub use chain::CheckedAuthorities;
pub use check::NitroCheck;
pub use document::{MAX_BUNDLE, MAX_CERTIFICATE_BYTES, MAX_DOCUMENT_BYTES};
pub use policy::NitroPolicy;
pub use refusal::{NitroCertificate, NitroField, NitroRefusal};
pub use root::{NitroEndorsements, NitroRoot};
pub use verdict::{NitroBinding, NitroBound, NitroFacts, NitroMeasurement, NitroPcr, NitroVerdict};
pub use verify::{evidence_id, verify_nitro, verify_nitro_with};
