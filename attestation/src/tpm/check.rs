//! The named checks of a TPM quote, in the order in which they are made.

use alloc::{format, string::String};

use super::TpmFacts;
use crate::report::{Found, checks};

checks! {
    /// One check. Whatever stands before the failed one has passed, or was left out where it says that it may be.
    pub enum TpmCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// The quote is in the one accepted form, and a TPM made it.
        QuoteFormat = "quote-format",
        /// There is an attestation key, and it is one that signs only what a TPM made.
        AttestationKey = "attestation-key",
        /// The attestation key signed the quote.
        QuoteSignature = "quote-signature",
        /// The quote selects the registers that matter, in banks that are strong enough.
        PcrSelection = "pcr-selection",
        /// The register values are the ones that were signed.
        PcrDigest = "pcr-digest" or unchecked,
        /// The key's certificates lead to a pinned root, in their time.
        CertificateChain = "certificate-chain" or unchecked,
        /// No certificate of the chain is revoked.
        Revocation = "revocation" or unchecked,
        /// There is a reason to believe in the attestation key.
        KeyTrust = "key-trust",
        /// The registers have the values that the policy names.
        PcrValues = "pcr-values",
        /// The TPM's firmware and counters did not go back.
        TpmState = "tpm-state",
        /// The quote is about the caller's challenge.
        Nonce = "report-data" is ReportData,
    }
}

/// What a check has found where all have passed; `None` if it is the caller's.
pub(crate) fn found(check: TpmCheck, facts: &TpmFacts) -> Option<Found> {
    let reason = match check {
        TpmCheck::AttestationKey => format!("key {}", hex::encode(facts.key.0)),
        TpmCheck::PcrDigest if facts.pcrs.is_empty() => {
            return Some(Found::Unchecked("the register values were not given, only their digest"));
        }
        TpmCheck::CertificateChain | TpmCheck::Revocation if facts.root.is_none() => {
            return Some(Found::Unchecked("the policy names the key itself"));
        }
        TpmCheck::Revocation if !facts.revocation_checked => {
            return Some(Found::Unchecked("of an issuer there is no revocation list, and the policy asks for none"));
        }
        TpmCheck::CertificateChain => {
            facts.root.map(|root| format!("root {}", hex::encode(root.0))).unwrap_or_default()
        }
        TpmCheck::Nonce => return None,
        TpmCheck::Policy
        | TpmCheck::QuoteFormat
        | TpmCheck::QuoteSignature
        | TpmCheck::PcrSelection
        | TpmCheck::PcrDigest
        | TpmCheck::Revocation
        | TpmCheck::KeyTrust
        | TpmCheck::PcrValues
        | TpmCheck::TpmState => String::new(),
    };
    Some(Found::Passed(reason))
}
