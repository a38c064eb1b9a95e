//! TPM 2.0 quotes: what a trusted platform module signed about its platform configuration registers (PCRs).
//!
//! A quote is never the whole evidence of a confidential machine: it says which software a machine started, and
//! is worth as much as the reason to believe in its attestation key. That reason is the caller's own list of
//! keys, a certificate chain to a pinned root, or, in [`crate::azure`], a hardware report that names the key.
//!
//! Source: TCG, Trusted Platform Module Library, part 2 (structures) and part 1 §18 (attestation), version 1.59.

mod attest;
mod chain;
pub(crate) mod check;
#[cfg(feature = "std")]
pub mod files;
mod hash;
mod key;
mod pcr;
mod policy;
mod refusal;
mod root;
mod signature;
mod verdict;
mod verify;
mod wire;

pub use attest::{ClockInfo, MAX_QUOTE_BYTES};
pub use chain::MAX_CHAIN_CERTIFICATES;
pub(crate) use chain::{CheckedChain, verify_chain};
pub use check::TpmCheck;
pub use hash::HashAlgorithm;
pub use key::{AttestationKey, KeyEvidence, KeyId, MAX_KEY_BYTES};
pub(crate) use pcr::require_expected;
pub use pcr::{HashAlgorithmSet, PcrSet, PcrValue};
pub use policy::{ExpectedPcr, PcrPolicy, TpmPolicy};
pub use refusal::TpmRefusal;
pub use root::TpmRoot;
pub use signature::{MAX_SIGNATURE_BYTES, QuoteSignature};
pub(crate) use verdict::require_nonce;
pub use verdict::{BoundTpmVerdict, TpmFacts, TpmVerdict};
pub(crate) use verify::{CheckedQuote, check_quote};
pub use verify::{TpmEndorsements, TpmEvidence, verify_tpm, verify_tpm_with};
