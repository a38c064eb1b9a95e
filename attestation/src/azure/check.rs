//! The named checks of an Azure confidential machine's evidence, in the order in which they are made.

use alloc::{format, string::String};

use super::AzureFacts;
use crate::report::{Found, checks};

checks! {
    /// One check. Whatever stands before the failed one has passed, or was left out where it says that it may be.
    pub enum AzureCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// The paravisor's report is in the one accepted form.
        HclReport = "hcl-report",
        /// The runtime data can be read and has the virtual TPM's attestation key.
        RuntimeData = "runtime-data",
        /// The report inside is over the hash of the runtime data.
        RuntimeDataHash = "runtime-data-hash",
        /// The quote is in the one accepted form, and a TPM made it.
        QuoteFormat = "quote-format",
        /// The attestation key of the runtime data signed the quote.
        QuoteSignature = "quote-signature",
        /// The quote selects the registers that matter, in banks that are strong enough.
        PcrSelection = "pcr-selection",
        /// The register values are the ones that were signed.
        PcrDigest = "pcr-digest" or unchecked,
        /// The attestation key's certificates, where they are given or required, lead to a pinned root.
        CertificateChain = "certificate-chain" or unchecked,
        /// No certificate of the chain is revoked.
        Revocation = "revocation" or unchecked,
        /// The hardware's own evidence holds, under its own policy.
        Hardware = "hardware" or unchecked,
        /// That evidence is over the hash of the runtime data, and of the kind that the paravisor says.
        HardwareBinding = "hardware-binding",
        /// The machine is configured as the policy wants.
        Configuration = "configuration",
        /// The registers have the values that the policy names.
        PcrValues = "pcr-values",
        /// The quote is about the caller's challenge.
        Nonce = "report-data" is ReportData,
    }
}

/// What a check has found where all have passed; `None` if it is the caller's. `hardware` is what there is to say
/// about the hardware's own evidence.
pub(crate) fn found(check: AzureCheck, facts: &AzureFacts, hardware: &str) -> Option<Found> {
    let reason = match check {
        AzureCheck::PcrDigest if facts.pcrs.is_empty() => {
            return Some(Found::Unchecked("the register values were not given, only their digest"));
        }
        AzureCheck::CertificateChain | AzureCheck::Revocation if facts.certificate_root.is_none() => {
            return Some(Found::Unchecked("the key has no chain of certificates, and the policy does not ask for one"));
        }
        AzureCheck::Revocation if !facts.certified => {
            return Some(Found::Unchecked("a revocation list is missing: the chain does not show that azure made it"));
        }
        AzureCheck::Revocation if !facts.revocation_checked => {
            return Some(Found::Unchecked("of an issuer there is no revocation list, and the policy asks for none"));
        }
        AzureCheck::CertificateChain => {
            facts.certificate_root.map(|root| format!("root {}", hex::encode(root.0))).unwrap_or_default()
        }
        AzureCheck::Hardware => format!("{}: {hardware}", facts.hardware),
        AzureCheck::Configuration => {
            let configuration = &facts.configuration;
            let secure_boot = if configuration.secure_boot { "secure boot" } else { "no secure boot" };
            let console = if configuration.console_enabled { "console enabled" } else { "no console" };
            format!("{secure_boot}, {console}")
        }
        AzureCheck::Nonce => return None,
        AzureCheck::Policy
        | AzureCheck::HclReport
        | AzureCheck::RuntimeData
        | AzureCheck::RuntimeDataHash
        | AzureCheck::QuoteFormat
        | AzureCheck::QuoteSignature
        | AzureCheck::PcrSelection
        | AzureCheck::PcrDigest
        | AzureCheck::Revocation
        | AzureCheck::HardwareBinding
        | AzureCheck::PcrValues => String::new(),
    };
    Some(Found::Passed(reason))
}
