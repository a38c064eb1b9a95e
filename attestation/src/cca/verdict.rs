//! What verification of a CCA token returns.

use codec::Encode;
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::Serialize;

use super::{CcaMeasurement, CcaPlatform, CcaProfile, CcaReferenceValues, CcaRefusal};

/// The facts of a verdict. On its own it proves nothing: only a [`CcaVerdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct CcaFacts {
    /// [`super::CcaKey::id`] of the key that everything leads to.
    #[serde(with = "hex::serde")]
    pub platform_key: [u8; 32],
    /// Whether that key's private half is published, so that everything here may be invented.
    pub platform_key_is_published: bool,
    /// The platform. Its `instance_id` is the machine.
    pub platform: CcaPlatform,
    /// Whether the platform is one of the caller's reference values; `false` only where the policy allows it.
    pub platform_is_known: bool,
    /// The form of the realm's claims.
    pub realm_profile: CcaProfile,
    /// What was measured into the realm.
    pub measurement: CcaMeasurement,
    /// [`CcaMeasurement::id`].
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// What the realm was asked with.
    #[serde(with = "hex::serde")]
    pub challenge: [u8; 64],
    /// The time of verification (Unix seconds): nothing in a token tells an earlier one.
    pub valid_from: u64,
    /// The last second of the policy's lifetime.
    pub valid_until: u64,
    /// The evidence's identity: a hash of what was signed, whatever the collection's or the signatures' form.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

impl CcaFacts {
    /// Requires that the realm is one of those that the caller knows.
    ///
    /// # Errors
    /// Which of the measurements is not known; [`CcaRefusal::NoRealmReference`] always if no realm is.
    pub fn require_realm(&self, known: &CcaReferenceValues) -> Result<(), CcaRefusal> {
        known.require_realm(&self.measurement)
    }
}

/// A token passed every check but the last, which is the caller's: what it is about ([`CcaVerdict::bind`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CcaVerdict(CcaFacts);

impl CcaVerdict {
    pub(super) fn new(facts: CcaFacts) -> Self {
        Self(facts)
    }

    /// The facts, without their proof.
    pub(crate) fn into_facts(self) -> CcaFacts {
        self.0
    }

    /// Requires that the token is about `statement`.
    ///
    /// # Errors
    /// [`CcaRefusal::Challenge`] if it is about anything else.
    pub fn bind(self, statement: &[u8; 64]) -> Result<CcaBound, CcaRefusal> {
        if self.0.challenge == *statement { Ok(CcaBound(self.0)) } else { Err(CcaRefusal::Challenge) }
    }
}

impl Deref for CcaVerdict {
    type Target = CcaFacts;

    fn deref(&self) -> &CcaFacts {
        &self.0
    }
}

/// A [`CcaVerdict`] that is about the caller's own statement.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CcaBound(CcaFacts);

impl CcaBound {
    /// The facts, to be kept.
    pub fn into_facts(self) -> CcaFacts {
        self.0
    }
}

impl Deref for CcaBound {
    type Target = CcaFacts;

    fn deref(&self) -> &CcaFacts {
        &self.0
    }
}
