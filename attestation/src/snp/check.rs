//! The named checks of SEV-SNP evidence, in the order in which they are made.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::verdict::SnpFacts;
use crate::{
    Advisory,
    report::{Found, checks},
};

checks! {
    /// One check. Whatever stands before the failed one has passed, or was left out where it says that it may be.
    pub enum SnpCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// The report is in one of the accepted forms.
        ReportFormat = "report-format",
        /// The versioned key's certificate leads to a pinned root, in its time.
        CertificateChain = "certificate-chain",
        /// Report, certificate and policy agree on the product line.
        Product = "product",
        /// The versioned key signed the report.
        ReportSignature = "report-signature",
        /// The authority of the versioned key is not revoked.
        Revocation = "revocation" or unchecked,
        /// The report is of the chip that the certificate is for.
        Chip = "chip" or unchecked,
        /// The report claims the firmware that the certificate is for, and its sets of versions do not contradict each
        /// other.
        FirmwareVersions = "firmware-versions",
        /// The firmware is new enough.
        TcbStatus = "tcb-status",
        /// The guest cannot be debugged.
        DebugOff = "debug-off",
        /// The guest's policy is allowed.
        GuestPolicy = "guest-policy",
        /// The report comes from a level that is privileged enough.
        Vmpl = "vmpl",
        /// The platform's setup is allowed.
        PlatformConfiguration = "platform-configuration",
        /// The guest is the one that was expected.
        Measurement = "measurement" is Measurement,
        /// The evidence is about the caller's statement.
        ReportData = "report-data" is ReportData,
    }
}

/// What a check has found where all have passed; `None` if it is the caller's.
pub(crate) fn found(check: SnpCheck, facts: &SnpFacts) -> Option<Found> {
    let reason = match check {
        SnpCheck::CertificateChain => format!("{} key, root {}", facts.key, hex::encode(facts.root.0)),
        SnpCheck::Product => format!("{}", facts.product),
        SnpCheck::Revocation if !facts.revocation_checked => {
            return Some(Found::Unchecked("no revocation list was given, and the policy does not ask for one"));
        }
        SnpCheck::Chip if facts.machine.is_none() => {
            return Some(Found::Unchecked("a provider's key signed, and the report names no chip"));
        }
        SnpCheck::FirmwareVersions => {
            let [major, minor, build] = facts.current_firmware;
            format!("firmware {major}.{minor}.{build}")
        }
        SnpCheck::TcbStatus if facts.advisories.is_empty() => String::from(facts.tcb_status.name()),
        SnpCheck::TcbStatus => {
            let advisories: Vec<String> = facts.advisories.iter().map(Advisory::to_string).collect();
            format!("{} ({})", facts.tcb_status.name(), advisories.join(", "))
        }
        SnpCheck::Vmpl => format!("{}", facts.measurement.vmpl),
        SnpCheck::Measurement | SnpCheck::ReportData => return None,
        SnpCheck::Policy
        | SnpCheck::ReportFormat
        | SnpCheck::ReportSignature
        | SnpCheck::Revocation
        | SnpCheck::Chip
        | SnpCheck::DebugOff
        | SnpCheck::GuestPolicy
        | SnpCheck::PlatformConfiguration => String::new(),
    };
    Some(Found::Passed(reason))
}
