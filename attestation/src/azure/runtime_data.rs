//! The paravisor's runtime data: JSON with the virtual TPM's keys and the machine's configuration.

use alloc::{string::String, vec::Vec};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use codec::Encode;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::refusal::AzureRefusal;
use crate::tpm::AttestationKey;

/// The name of the key that signs the virtual TPM's quotes.
const ATTESTATION_KEY: &str = "HCLAkPub";
/// 65537, in the form of a JSON web key (RFC 7518 §6.3.1.2).
const EXPONENT: &str = "AQAB";
/// The longest machine identifier that is kept; real ones are UUIDs.
const MAX_ID_BYTES: usize = 64;

/// What the paravisor says about the machine. It hides what it does not measure: this is its word, not a
/// measurement of the owner's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize, Deserialize)]
pub struct VmConfiguration {
    /// Whether the host's operator can reach a console of the machine.
    #[serde(rename = "console-enabled")]
    pub console_enabled: bool,
    /// Whether the machine started with secure boot.
    #[serde(rename = "secure-boot")]
    pub secure_boot: bool,
    /// Whether it has a virtual TPM.
    #[serde(rename = "tpm-enabled")]
    pub tpm_enabled: bool,
    /// Whether the virtual TPM's state outlives a restart; older machines do not say.
    #[serde(rename = "tpm-persisted", default)]
    pub tpm_persisted: Option<bool>,
    /// Azure's identifier of the machine.
    #[serde(rename = "vmUniqueId")]
    pub vm_unique_id: String,
}

/// The runtime data, read.
pub(super) struct RuntimeData {
    pub(super) key: AttestationKey,
    pub(super) configuration: VmConfiguration,
    pub(super) user_data: [u8; 64],
}

#[derive(Deserialize)]
struct Json {
    keys: Vec<Key>,
    #[serde(rename = "vm-configuration")]
    configuration: VmConfiguration,
    #[serde(rename = "user-data")]
    user_data: String,
}

/// A JSON web key (RFC 7517).
#[derive(Deserialize)]
struct Key {
    kid: String,
    key_ops: Vec<String>,
    kty: String,
    e: String,
    n: String,
}

impl RuntimeData {
    pub(super) fn parse(json: &[u8]) -> Result<Self, AzureRefusal> {
        let json: Json = serde_json::from_slice(json).map_err(|_| AzureRefusal::RuntimeData)?;
        let mut keys = json.keys.iter().filter(|key| key.kid == ATTESTATION_KEY);
        let key = match (keys.next(), keys.next()) {
            (Some(key), None) => key.read()?,
            (None, _) | (Some(_), Some(_)) => return Err(AzureRefusal::RuntimeDataKey),
        };
        let mut user_data = [0; 64];
        hex::decode_to_slice(&json.user_data, &mut user_data).map_err(|_| AzureRefusal::RuntimeData)?;
        if json.configuration.vm_unique_id.len() > MAX_ID_BYTES {
            return Err(AzureRefusal::RuntimeData);
        }
        Ok(Self { key, configuration: json.configuration, user_data })
    }
}

impl Key {
    fn read(&self) -> Result<AttestationKey, AzureRefusal> {
        let signs_only = matches!(self.key_ops.as_slice(), [only] if only == "sign");
        if self.kty != "RSA" || self.e != EXPONENT || !signs_only {
            return Err(AzureRefusal::RuntimeDataKey);
        }
        let modulus = URL_SAFE_NO_PAD.decode(&self.n).map_err(|_| AzureRefusal::RuntimeDataKey)?;
        AttestationKey::rsa(&modulus).map_err(|_| AzureRefusal::RuntimeDataKey)
    }
}
