//! The checks of a Nitro document, in the order in which they are made.

use alloc::{format, string::String};

use super::NitroFacts;
use crate::report::{Found, checks};

checks! {
    /// One check. Whatever stands before the failed one has passed.
    pub enum NitroCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// The document is in its one accepted form.
        DocumentFormat = "document-format",
        /// The document's certificate leads to the pinned root, now and at the document's own time.
        CertificateChain = "certificate-chain",
        /// The certificate's key signed the document.
        DocumentSignature = "document-signature",
        /// No certificate of the chain is revoked.
        Revocation = "revocation" or unchecked,
        /// The document is not too old, and not from the future.
        Freshness = "freshness",
        /// The enclave cannot be debugged.
        DebugOff = "debug-off",
        /// The enclave's image is signed, where the policy asks for it.
        ImageSignature = "image-signature" or unchecked,
        /// The enclave's measurement is one of those that the caller accepts.
        Measurement = "measurement" is Measurement,
        /// The document is about the caller's statement.
        Binding = "report-data" is ReportData,
    }
}

/// What a check has found where all have passed; `None` if it is the caller's.
pub(crate) fn found(check: NitroCheck, facts: &NitroFacts) -> Option<Found> {
    let reason = match check {
        NitroCheck::CertificateChain => format!("root {}", hex::encode(facts.root.0)),
        NitroCheck::Revocation if !facts.revocation_checked => {
            return Some(Found::Unchecked("no revocation list was given, and the policy does not ask for one"));
        }
        NitroCheck::Freshness => format!("made at {} (unix time)", facts.timestamp_ms / 1000),
        NitroCheck::ImageSignature if facts.measurement.pcr8 == [0; 48] => {
            return Some(Found::Unchecked("the image is not signed, and the policy does not ask for it"));
        }
        NitroCheck::Measurement | NitroCheck::Binding => return None,
        NitroCheck::Policy
        | NitroCheck::DocumentFormat
        | NitroCheck::DocumentSignature
        | NitroCheck::Revocation
        | NitroCheck::DebugOff
        | NitroCheck::ImageSignature => String::new(),
    };
    Some(Found::Passed(reason))
}
