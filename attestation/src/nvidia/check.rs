//! The named checks of a GPU's or switch's evidence, in the order in which they are made.

use alloc::{format, string::String};

use super::{NvidiaFacts, Revocation};
use crate::report::{Found, checks};

checks! {
    /// One check. Whatever stands before a failed one has passed, or was left out where it says that it may be.
    pub enum NvidiaCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// Each manifest is in the one accepted form.
        ManifestFormat = "manifest-format" or unchecked,
        /// Each manifest's signer leads to the pinned manifest root, in its time.
        ManifestChain = "manifest-chain" or unchecked,
        /// No certificate of a manifest's chain is revoked.
        ManifestRevocation = "manifest-revocation" or unchecked,
        /// Each manifest's signer signed it.
        ManifestSignature = "manifest-signature" or unchecked,
        /// The report is in the one accepted form.
        ReportFormat = "report-format",
        /// The device's certificate leads to the pinned device root, in its time.
        CertificateChain = "certificate-chain",
        /// The device's certificates agree on what it is, and it is of an accepted architecture.
        DeviceIdentity = "device-identity",
        /// The device's key signed the report.
        ReportSignature = "report-signature",
        /// What the device says about itself is understood, and fits its certificate.
        Description = "description",
        /// No certificate of the device's chain is revoked.
        Revocation = "revocation" or unchecked,
        /// The device cannot be debugged.
        DebugOff = "debug-off" or unchecked,
        /// Driver and firmware are not below their floors.
        Versions = "versions",
        /// The measurements are those of the manifests.
        Measurements = "measurements" or unchecked,
        /// The device is handed to its guest in an allowed way.
        PassthroughMode = "passthrough-mode",
        /// The evidence answers the caller's nonce.
        Nonce = "report-data" is ReportData,
        /// Several pieces of evidence are of as many devices.
        Distinct = "machine" is Machine,
    }
}

/// What a check has found where all have passed; `None` if it is the caller's.
pub(crate) fn found(check: NvidiaCheck, facts: &NvidiaFacts) -> Option<Found> {
    let has_manifest = facts.driver_manifest.is_some() || facts.firmware_manifest.is_some();
    let has_all = facts.firmware_manifest.is_some() && (facts.driver_manifest.is_some() || facts.driver.is_none());
    let reason = match check {
        NvidiaCheck::ManifestFormat
        | NvidiaCheck::ManifestChain
        | NvidiaCheck::ManifestRevocation
        | NvidiaCheck::ManifestSignature
            if !has_manifest =>
        {
            return Some(Found::Unchecked("no manifest was given"));
        }
        NvidiaCheck::CertificateChain => format!("root {}", hex::encode(facts.root)),
        NvidiaCheck::DeviceIdentity => format!("{} {}", facts.architecture, facts.model),
        NvidiaCheck::ManifestRevocation | NvidiaCheck::Revocation if facts.revocation == Revocation::Unchecked => {
            return Some(Found::Unchecked(
                "nothing is known about a certificate, and the policy does not ask for more",
            ));
        }
        NvidiaCheck::Revocation if facts.revocation == Revocation::OnHold => {
            String::from("a certificate is on hold, which the policy allows")
        }
        NvidiaCheck::DebugOff if !facts.architecture.certifies_debug() && facts.firmware_manifest.is_none() => {
            return Some(Found::Unchecked(
                "such a device tells of a debug mode by its measurements, which need a manifest",
            ));
        }
        NvidiaCheck::Versions => match facts.driver {
            Some(driver) => format!("driver {driver}, firmware {}", facts.firmware),
            None => format!("firmware {}", facts.firmware),
        },
        NvidiaCheck::Measurements if !has_all => {
            return Some(Found::Unchecked("not all measurements have a manifest, and the policy does not ask for one"));
        }
        NvidiaCheck::PassthroughMode => format!("{}", facts.mode),
        NvidiaCheck::Nonce | NvidiaCheck::Distinct => return None,
        NvidiaCheck::Policy
        | NvidiaCheck::ManifestFormat
        | NvidiaCheck::ManifestChain
        | NvidiaCheck::ManifestRevocation
        | NvidiaCheck::ManifestSignature
        | NvidiaCheck::ReportFormat
        | NvidiaCheck::ReportSignature
        | NvidiaCheck::Description
        | NvidiaCheck::Revocation
        | NvidiaCheck::DebugOff
        | NvidiaCheck::Measurements => String::new(),
    };
    Some(Found::Passed(reason))
}
