//! The checks of a CCA token, in the order in which they are made.

use alloc::{format, string::String};

use super::CcaFacts;
use crate::report::{Found, checks};

checks! {
    /// One check. Whatever stands before the failed one has passed, or was left out where it says that it may be.
    pub enum CcaCheck {
        /// There is a policy, and it accepts something.
        Policy = "policy",
        /// Keys and reference values are in their one accepted form.
        Endorsements = "endorsements",
        /// The token is in one of its accepted forms.
        TokenFormat = "token-format",
        /// A key that was given is this platform's, and nobody else has it.
        PlatformKey = "platform-key" or unchecked,
        /// The platform's key signed the platform's claims.
        PlatformSignature = "platform-signature",
        /// The platform vouches for the realm manager's key.
        RealmKey = "realm-key",
        /// The realm manager's key signed the realm's claims.
        RealmSignature = "realm-signature",
        /// The platform is in the state of a secured product, without debug.
        Lifecycle = "lifecycle",
        /// The platform's firmware and configuration are reference values.
        PlatformReference = "platform-reference" or unchecked,
        /// The realm's measurements are the ones that the caller accepts.
        Measurement = "measurement" is Measurement,
        /// The token is about the caller's statement.
        Challenge = "report-data" is ReportData,
    }
}

/// What a check has found where all have passed; `None` if it is the caller's.
pub(crate) fn found(check: CcaCheck, facts: &CcaFacts) -> Option<Found> {
    let reason = match check {
        CcaCheck::PlatformKey if facts.platform_key_is_published => {
            return Some(Found::Unchecked("the platform's key is published: an emulator's, which proves nothing"));
        }
        CcaCheck::PlatformKey => format!("key {}", hex::encode(facts.platform_key)),
        CcaCheck::PlatformReference if !facts.platform_is_known => {
            return Some(Found::Unchecked("no platform is named, and the policy does not ask for one"));
        }
        CcaCheck::Measurement | CcaCheck::Challenge => return None,
        CcaCheck::Policy
        | CcaCheck::Endorsements
        | CcaCheck::TokenFormat
        | CcaCheck::PlatformSignature
        | CcaCheck::RealmKey
        | CcaCheck::RealmSignature
        | CcaCheck::Lifecycle
        | CcaCheck::PlatformReference => String::new(),
    };
    Some(Found::Passed(reason))
}
