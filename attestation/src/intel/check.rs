//! The named checks of Intel's evidence, in the order in which they are made.

use alloc::{format, string::String};

use crate::{
    Document, EvidenceKind, IntelFacts,
    report::{Found, checks},
};

checks! {
    /// One check. Declared in the order in which verification makes them; that order is part of the meaning of
    /// [`crate::Report`]: whatever stands before the failed one has passed.
    pub enum IntelCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// The endorsements are the vendor's, of one root, of one evaluation and in their time.
        Collateral = "collateral",
        /// The quote is in the one accepted form.
        QuoteFormat = "quote-format",
        /// The platform's certificate leads to the pinned root, in its time.
        CertificateChain = "certificate-chain",
        /// The platform's key signed the quoting enclave's report.
        QuotingEnclaveReport = "quoting-enclave-report",
        /// The quoting enclave vouches for the attestation key.
        AttestationKey = "attestation-key",
        /// The attestation key signed the quote.
        QuoteSignature = "quote-signature",
        /// No certificate of the chain is revoked.
        Revocation = "revocation",
        /// The collateral's evaluation is not below the floor.
        EvaluationNumber = "evaluation-number",
        /// The platform is of the family that the collateral is for.
        Platform = "platform",
        /// The quoting enclave is Intel's.
        QuotingEnclave = "quoting-enclave",
        /// The TDX module is Intel's.
        TdxModule = "tdx-module",
        /// The platform's security level is accepted.
        TcbStatus = "tcb-status",
        /// The trust domain or enclave cannot be debugged.
        DebugOff = "debug-off",
        /// Its other attributes are allowed.
        Attributes = "attributes",
        /// The trust domain is bound to no service domain but accepted ones, and trusts no device.
        ServiceDomains = "service-domains",
        /// Its extended features are allowed.
        ExtendedFeatures = "extended-features",
        /// The platform's configuration is allowed.
        PlatformConfiguration = "platform-configuration",
        /// The evidence is about the caller's statement.
        ReportData = "report-data" is ReportData,
    }
}

impl IntelCheck {
    /// Whether the check is made on evidence of `kind`.
    pub fn applies_to(self, kind: EvidenceKind) -> bool {
        let is_of_domains = matches!(self, Self::TdxModule | Self::ServiceDomains);
        !is_of_domains || kind == EvidenceKind::IntelTdx
    }

    pub(crate) const fn of_encoding(document: Document) -> Self {
        match document {
            Document::Quote | Document::QeReport => Self::QuoteFormat,
            Document::PckCertificate | Document::PckCa | Document::Root => Self::CertificateChain,
            Document::TcbInfoSigner
            | Document::QeIdentitySigner
            | Document::TcbInfo
            | Document::QeIdentity
            | Document::RootCrl
            | Document::PckCrl
            | Document::CollateralFile => Self::Collateral,
        }
    }

    pub(crate) const fn of_signature(document: Document) -> Self {
        match document {
            Document::Quote => Self::QuoteSignature,
            Document::QeReport => Self::QuotingEnclaveReport,
            Document::PckCertificate
            | Document::PckCa
            | Document::Root
            | Document::TcbInfoSigner
            | Document::QeIdentitySigner
            | Document::TcbInfo
            | Document::QeIdentity
            | Document::RootCrl
            | Document::PckCrl
            | Document::CollateralFile => Self::of_encoding(document),
        }
    }

    pub(crate) const fn of_time(document: Document) -> Self {
        match document {
            Document::PckCertificate => Self::CertificateChain,
            Document::Quote
            | Document::QeReport
            | Document::PckCa
            | Document::Root
            | Document::TcbInfoSigner
            | Document::QeIdentitySigner
            | Document::TcbInfo
            | Document::QeIdentity
            | Document::RootCrl
            | Document::PckCrl
            | Document::CollateralFile => Self::Collateral,
        }
    }
}

/// What a check has found where all have passed; `None` if it does not apply or is the caller's.
pub(crate) fn found(check: IntelCheck, facts: &IntelFacts) -> Option<Found> {
    if !check.applies_to(facts.kind) {
        return None;
    }
    let reason = match check {
        IntelCheck::Collateral => format!("valid until {} (unix time)", facts.valid_until),
        IntelCheck::CertificateChain => format!("root {}", hex::encode(facts.root.0)),
        IntelCheck::EvaluationNumber => format!("{}", facts.evaluation_number),
        IntelCheck::Platform => format!("fmspc {}", hex::encode(facts.fmspc)),
        IntelCheck::TcbStatus if facts.advisories.is_empty() => String::from(facts.tcb_status.name()),
        IntelCheck::TcbStatus => format!("{} ({})", facts.tcb_status.name(), facts.advisories.join(", ")),
        IntelCheck::ReportData => return None,
        IntelCheck::Policy
        | IntelCheck::QuoteFormat
        | IntelCheck::QuotingEnclaveReport
        | IntelCheck::AttestationKey
        | IntelCheck::QuoteSignature
        | IntelCheck::Revocation
        | IntelCheck::QuotingEnclave
        | IntelCheck::TdxModule
        | IntelCheck::DebugOff
        | IntelCheck::Attributes
        | IntelCheck::ServiceDomains
        | IntelCheck::ExtendedFeatures
        | IntelCheck::PlatformConfiguration => String::new(),
    };
    Some(Found::Passed(reason))
}
