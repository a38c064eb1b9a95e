//! What a relying party accepts of a TPM quote.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    hash::HashAlgorithm,
    key::KeyId,
    pcr::{HashAlgorithmSet, PcrSet},
    root::TpmRoot,
};

/// What is accepted of the registers. The default accepts nothing.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct PcrPolicy {
    /// The banks that may be quoted. Empty refuses all quotes; SHA-1 cannot be a member.
    pub banks: HashAlgorithmSet,
    /// The registers that every quoted bank must include, with their values.
    pub required: PcrSet,
    /// The values that registers must have.
    pub expected: Vec<ExpectedPcr>,
}

/// The accepted values of one register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPcr {
    /// The bank.
    pub bank: HashAlgorithm,
    /// The register.
    pub index: u8,
    /// Its accepted values. Empty accepts none.
    #[serde(with = "values")]
    pub values: Vec<Vec<u8>>,
}

mod values {
    use alloc::{string::String, vec::Vec};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(values: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(hex::encode))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| hex::decode(text).map_err(D::Error::custom)).collect()
    }
}

impl PcrPolicy {
    /// Every bank that is strong enough; each must include `required`.
    pub const fn strict(required: PcrSet) -> Self {
        Self { banks: HashAlgorithmSet::STRONG, required, expected: Vec::new() }
    }
}

/// What is accepted of a TPM quote that stands alone. The default accepts nothing.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct TpmPolicy {
    /// What is accepted of the registers.
    pub pcrs: PcrPolicy,
    /// Attestation keys that the relying party knows and trusts, by [`super::AttestationKey::id`].
    pub keys: Vec<KeyId>,
    /// Roots under which attestation keys are certified.
    pub roots: Vec<TpmRoot>,
    /// Accepts a certificate for whose issuer there is no revocation list. A key that was revoked because it
    /// leaked would be accepted too.
    pub danger_allow_missing_revocation_lists: bool,
    /// The lowest acceptable firmware version of the TPM, as its maker counts.
    pub minimum_firmware_version: u64,
    /// The lowest acceptable reset count: what the relying party has seen last.
    pub minimum_reset_count: u32,
    /// Whether the TPM must say that its clock never went back.
    pub require_safe_clock: bool,
}

impl TpmPolicy {
    /// Strong banks with all of `required`, no key and no root: what is trusted remains to be named.
    pub const fn strict(required: PcrSet) -> Self {
        Self {
            pcrs: PcrPolicy::strict(required),
            keys: Vec::new(),
            roots: Vec::new(),
            danger_allow_missing_revocation_lists: false,
            minimum_firmware_version: 0,
            minimum_reset_count: 0,
            require_safe_clock: false,
        }
    }
}
