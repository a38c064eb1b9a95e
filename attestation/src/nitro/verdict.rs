//! What verification of a Nitro document returns.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize, Serializer};

use super::{CheckedAuthorities, NitroField, NitroRefusal};
use crate::{RootId, domain};

/// One platform configuration register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct NitroPcr {
    /// 0 to 31.
    pub index: u8,
    /// The SHA-384 that it holds.
    #[serde(with = "hex::serde")]
    pub value: [u8; 48],
}

/// What was measured into an enclave from its image. Registers that follow the host (its role, its instance) and
/// those that the enclave itself may extend are not in it: [`NitroFacts::pcrs`].
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct NitroMeasurement {
    /// The enclave's image, without the part that signs it.
    #[serde(with = "hex::serde")]
    pub pcr0: [u8; 48],
    /// Kernel and boot file system.
    #[serde(with = "hex::serde")]
    pub pcr1: [u8; 48],
    /// The programs.
    #[serde(with = "hex::serde")]
    pub pcr2: [u8; 48],
    /// The certificate that signed the image; all zero if it is not signed.
    #[serde(with = "hex::serde")]
    pub pcr8: [u8; 48],
}

impl NitroMeasurement {
    /// SHA-256 over PCR0, 1, 2 and 8, each length-prefixed, under a context of its own.
    pub fn id(&self) -> [u8; 32] {
        domain::hash(domain::NITRO_MEASUREMENT, &[&self.pcr0, &self.pcr1, &self.pcr2, &self.pcr8])
    }
}

/// The facts of a verdict. On its own it proves nothing: only a [`NitroVerdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct NitroFacts {
    /// The root that everything leads to.
    pub root: RootId,
    /// What was measured.
    pub measurement: NitroMeasurement,
    /// [`NitroMeasurement::id`].
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// All registers in the document, by index.
    pub pcrs: Vec<NitroPcr>,
    /// Who issued the document: instance and enclave.
    pub module_id: String,
    /// The EC2 instance that the enclave runs on, if the module's identifier has the usual form. AWS does not
    /// tell the machine under it.
    pub instance: Option<String>,
    /// Whether revocation lists covered every certificate that names one.
    pub revocation_checked: bool,
    /// When the document was made (Unix milliseconds).
    pub timestamp_ms: u64,
    /// A key of the enclave's, in a form that it and its users agree on.
    #[serde(serialize_with = "optional_hex")]
    pub public_key: Option<Vec<u8>>,
    /// What the enclave says.
    #[serde(serialize_with = "optional_hex")]
    pub user_data: Option<Vec<u8>>,
    /// What the relying party asked with.
    #[serde(serialize_with = "optional_hex")]
    pub nonce: Option<Vec<u8>>,
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid and the document is young enough.
    pub valid_until: u64,
    /// The evidence's identity: a hash of what was signed, which is the same with and without a tag and whatever
    /// the signature's form.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

fn optional_hex<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.as_ref().map(hex::encode).serialize(serializer)
}

impl NitroFacts {
    /// Requires that the measurement is one of `accepted`, which are [`NitroMeasurement::id`]s.
    ///
    /// # Errors
    /// [`NitroRefusal::Measurement`] if it is not; always if nothing is accepted.
    pub fn require_measurement(&self, accepted: &[[u8; 32]]) -> Result<(), NitroRefusal> {
        if accepted.contains(&self.measurement_id) {
            return Ok(());
        }
        Err(NitroRefusal::Measurement(u32::try_from(accepted.len()).unwrap_or(u32::MAX)))
    }

    /// The register `index`, if it is in the document.
    pub fn pcr(&self, index: u8) -> Option<&[u8; 48]> {
        self.pcrs.iter().find(|pcr| pcr.index == index).map(|pcr| &pcr.value)
    }
}

/// What a caller expects a document to be about. What is `None` may be anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NitroBinding<'a> {
    /// The enclave's key.
    pub public_key: Option<&'a [u8]>,
    /// What the enclave says.
    pub user_data: Option<&'a [u8]>,
    /// What was asked with.
    pub nonce: Option<&'a [u8]>,
}

/// A document passed every check but the last, which is the caller's: what it is about ([`NitroVerdict::bind`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NitroVerdict {
    facts: NitroFacts,
    authorities: CheckedAuthorities,
}

impl NitroVerdict {
    pub(super) fn new(facts: NitroFacts, authorities: CheckedAuthorities) -> Self {
        Self { facts, authorities }
    }

    /// The facts, without their proof.
    pub(crate) fn into_facts(self) -> NitroFacts {
        self.facts
    }

    /// Requires that the document is about what is expected.
    ///
    /// # Errors
    /// [`NitroRefusal::NothingToBind`] if nothing is expected, or only emptiness; [`NitroRefusal::Binding`] if the
    /// document says anything else.
    pub fn bind(self, expected: &NitroBinding<'_>) -> Result<NitroBound, NitroRefusal> {
        let fields = [
            (NitroField::PublicKey, expected.public_key, &self.facts.public_key),
            (NitroField::UserData, expected.user_data, &self.facts.user_data),
            (NitroField::Nonce, expected.nonce, &self.facts.nonce),
        ];
        if fields.iter().all(|(_, expected, _)| expected.is_none_or(<[u8]>::is_empty)) {
            return Err(NitroRefusal::NothingToBind);
        }
        for (field, expected, found) in fields {
            if expected.is_some_and(|expected| found.as_deref() != Some(expected)) {
                return Err(NitroRefusal::Binding(field));
            }
        }
        Ok(NitroBound(self.facts))
    }

    /// The authorities of the document's chain, to be used with later documents.
    pub fn checked_authorities(&self) -> &CheckedAuthorities {
        &self.authorities
    }
}

impl Deref for NitroVerdict {
    type Target = NitroFacts;

    fn deref(&self) -> &NitroFacts {
        &self.facts
    }
}

/// A [`NitroVerdict`] that is about what the caller expects.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NitroBound(NitroFacts);

impl NitroBound {
    /// The facts, to be kept.
    pub fn into_facts(self) -> NitroFacts {
        self.0
    }
}

impl Deref for NitroBound {
    type Target = NitroFacts;

    fn deref(&self) -> &NitroFacts {
        &self.0
    }
}
