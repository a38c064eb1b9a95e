//! Certificates and revocation lists (RFC 5280) as vendors' key infrastructures use them: parsed within bounds,
//! borrowed from their encoding, strictly DER.
//!
//! It has no opinion about chains: each kind of evidence knows how long its own is, who must be in it and what
//! each certificate must look like. It refuses repeated extensions, and critical ones that its caller does not
//! understand.

pub(crate) mod algorithm;
pub(crate) mod asn1;
pub(crate) mod certificate;
pub(crate) mod crl;
mod fault;
#[cfg(test)]
mod tests;
mod window;

pub use fault::Fault;
pub use window::Window;
