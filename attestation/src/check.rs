//! The named checks, in the order in which they are made, and their outcome in a form for people and JSON.

use alloc::{format, string::String, vec::Vec};
use serde::Serialize;

use crate::{Document, Refusal, Verdict};

/// One check. Declared in the order in which verification makes them; that order is part of the meaning of
/// [`Report`]: whatever stands before the failed one has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckName {
    /// There is a policy, and it accepts something.
    Policy,
    /// The endorsements are the vendor's, of one root, of one evaluation and in their time.
    Collateral,
    /// The quote is in the one accepted form.
    QuoteFormat,
    /// The platform's certificate leads to the pinned root, in its time.
    CertificateChain,
    /// The platform's key signed the quoting enclave's report.
    QuotingEnclaveReport,
    /// The quoting enclave vouches for the attestation key.
    AttestationKey,
    /// The attestation key signed the quote.
    QuoteSignature,
    /// No certificate of the chain is revoked.
    Revocation,
    /// The collateral's evaluation is not below the floor.
    EvaluationNumber,
    /// The platform is of the family that the collateral is for.
    Platform,
    /// The quoting enclave is Intel's.
    QuotingEnclave,
    /// The TDX module is Intel's.
    TdxModule,
    /// The platform's security level is accepted.
    TcbStatus,
    /// The trust domain cannot be debugged.
    DebugOff,
    /// The trust domain's other attributes are allowed.
    Attributes,
    /// The trust domain's extended features are allowed.
    ExtendedFeatures,
    /// The platform's configuration is allowed.
    PlatformConfiguration,
    /// The evidence is about the caller's statement.
    ReportData,
}

impl CheckName {
    /// Every check, in order.
    pub const ALL: [Self; 18] = [
        Self::Policy,
        Self::Collateral,
        Self::QuoteFormat,
        Self::CertificateChain,
        Self::QuotingEnclaveReport,
        Self::AttestationKey,
        Self::QuoteSignature,
        Self::Revocation,
        Self::EvaluationNumber,
        Self::Platform,
        Self::QuotingEnclave,
        Self::TdxModule,
        Self::TcbStatus,
        Self::DebugOff,
        Self::Attributes,
        Self::ExtendedFeatures,
        Self::PlatformConfiguration,
        Self::ReportData,
    ];

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

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was made and holds.
    Passed,
    /// It was made and does not hold.
    Failed,
    /// It was not made.
    Unchecked,
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check.
    pub name: CheckName,
    /// What became of it.
    pub outcome: Outcome,
    /// The value that was found, or why it failed or was not made.
    pub reason: String,
}

/// All checks with their outcome, for `--json` and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the evidence is accepted.
    pub accepted: bool,
    /// One line per check, in order.
    pub checks: Vec<Check>,
}

impl Report {
    /// The report on a verification's result. `bound` says whether [`Verdict::bind`] has been passed too.
    pub fn of(result: Result<&Verdict, &Refusal>, bound: bool) -> Self {
        let checks = CheckName::ALL.into_iter().map(|name| match result {
            Ok(verdict) => line_of_verdict(name, verdict, bound),
            Err(refusal) => line_of_refusal(name, refusal),
        });
        Self { accepted: result.is_ok(), checks: checks.collect() }
    }
}

fn line_of_refusal(name: CheckName, refusal: &Refusal) -> Check {
    let failed = refusal.check();
    let (outcome, reason) = match name.cmp(&failed) {
        core::cmp::Ordering::Less => (Outcome::Passed, String::new()),
        core::cmp::Ordering::Equal => (Outcome::Failed, format!("{refusal}")),
        core::cmp::Ordering::Greater => (Outcome::Unchecked, String::from("an earlier check failed")),
    };
    Check { name, outcome, reason }
}

fn line_of_verdict(name: CheckName, verdict: &Verdict, bound: bool) -> Check {
    if name == CheckName::ReportData && !bound {
        return Check { name, outcome: Outcome::Unchecked, reason: String::from("no expected statement was given") };
    }
    let reason = match name {
        CheckName::Collateral => format!("valid until {} (unix time)", verdict.valid_until),
        CheckName::CertificateChain => format!("root {}", hex::encode(verdict.root.0)),
        CheckName::EvaluationNumber => format!("{}", verdict.evaluation_number),
        CheckName::Platform => format!("fmspc {}", hex::encode(verdict.fmspc)),
        CheckName::TcbStatus if verdict.advisories.is_empty() => String::from(verdict.tcb_status.name()),
        CheckName::TcbStatus => format!("{} ({})", verdict.tcb_status.name(), verdict.advisories.join(", ")),
        CheckName::Policy
        | CheckName::QuoteFormat
        | CheckName::QuotingEnclaveReport
        | CheckName::AttestationKey
        | CheckName::QuoteSignature
        | CheckName::Revocation
        | CheckName::QuotingEnclave
        | CheckName::TdxModule
        | CheckName::DebugOff
        | CheckName::Attributes
        | CheckName::ExtendedFeatures
        | CheckName::PlatformConfiguration
        | CheckName::ReportData => String::new(),
    };
    Check { name, outcome: Outcome::Passed, reason }
}
