//! Platforms and realms that a caller knows (reference values, RFC 9334 §8.3).

use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{CcaComponent, CcaDigest, CcaMeasurement, CcaPlatform, CcaRefusal};

/// The longest file with reference values that is read.
pub const MAX_REFERENCE_FILE_BYTES: usize = 1024 * 1024;

/// A platform whose firmware and configuration are good.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CcaPlatformReference {
    /// What platform it is.
    #[serde(with = "hex::serde")]
    pub implementation_id: [u8; 32],
    /// How it has to be set up.
    #[serde(with = "hex::serde")]
    pub platform_configuration: Vec<u8>,
    /// What it has to run, in this order and nothing else.
    pub sw_components: Vec<CcaComponent>,
}

/// A realm that is good.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CcaRealmReference {
    /// What it starts with (RIM).
    pub initial_measurement: CcaDigest,
    /// What it has extended (REM); any if it is not given.
    #[serde(default)]
    pub extensible_measurements: Option<[CcaDigest; 4]>,
    /// What the host has to have said about it; any if it is not given.
    #[serde(default)]
    pub personalization_value: Option<CcaPersonalization>,
    /// For what others write there; the token's own claim is used.
    #[serde(default, rename = "rak-hash-algorithm")]
    pub realm_key_hash: Option<String>,
}

/// What a host said about a realm.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CcaPersonalization(#[serde(with = "hex::serde")] pub [u8; 64]);

/// Everything that a caller knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CcaReferenceValues {
    /// Platforms.
    #[serde(default, rename = "platform")]
    pub platforms: Vec<CcaPlatformReference>,
    /// Realms.
    #[serde(default, rename = "realm")]
    pub realms: Vec<CcaRealmReference>,
}

impl CcaReferenceValues {
    /// No platform and no realm.
    pub const NONE: Self = Self { platforms: Vec::new(), realms: Vec::new() };

    /// The reference values in a JSON file: lists `platform` and `realm`, values in hexadecimal.
    ///
    /// # Errors
    /// [`CcaRefusal::ReferenceFile`] if it is anything else.
    pub fn from_json(bytes: &[u8]) -> Result<Self, CcaRefusal> {
        // An object and no list: the reader would take a list for the object's values.
        if bytes.len() > MAX_REFERENCE_FILE_BYTES || !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(CcaRefusal::ReferenceFile);
        }
        serde_json::from_slice(bytes).map_err(|_| CcaRefusal::ReferenceFile)
    }

    /// Whether `platform` is one of the platforms.
    pub(super) fn has_platform(&self, platform: &CcaPlatform) -> bool {
        self.platforms.iter().any(|reference| {
            reference.implementation_id == platform.implementation_id
                && reference.platform_configuration == platform.configuration
                && reference.sw_components == platform.components
        })
    }

    /// Requires that `measurement` is one of the realms.
    pub(super) fn require_realm(&self, measurement: &CcaMeasurement) -> Result<(), CcaRefusal> {
        if self.realms.is_empty() {
            return Err(CcaRefusal::NoRealmReference);
        }
        let of_initial = || self.realms.iter().filter(|realm| realm.initial_measurement == measurement.initial);
        let of_extensible = || {
            let fits = |wanted: &[CcaDigest; 4]| *wanted == measurement.extensible;
            of_initial().filter(move |realm| realm.extensible_measurements.as_ref().is_none_or(fits))
        };
        let fits = |wanted: &CcaPersonalization| wanted.0 == measurement.personalization;
        if of_initial().next().is_none() {
            Err(CcaRefusal::InitialMeasurement)
        } else if of_extensible().next().is_none() {
            Err(CcaRefusal::ExtensibleMeasurements)
        } else if of_extensible().any(|realm| realm.personalization_value.as_ref().is_none_or(fits)) {
            Ok(())
        } else {
            Err(CcaRefusal::Personalization)
        }
    }
}
