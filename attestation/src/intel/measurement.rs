//! What was measured, by kind of evidence.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::domain;

/// What was measured into a TDX trust domain. Source: Intel TDX module ABI, `TDREPORT`.
#[derive(
    Clone,
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
pub struct TdxMeasurement {
    /// Measurement of the domain's initial memory.
    #[serde(with = "hex::serde")]
    pub mr_td: [u8; 48],
    /// Measurement registers that firmware, boot loader, kernel and programs extend, 0 to 3.
    #[serde(with = "registers")]
    pub rtmr: [[u8; 48]; 4],
    /// What the host said about configuration when it made the domain.
    #[serde(with = "hex::serde")]
    pub mr_config_id: [u8; 48],
    /// What the host said about the owner.
    #[serde(with = "hex::serde")]
    pub mr_owner: [u8; 48],
    /// What the host said about the owner's configuration.
    #[serde(with = "hex::serde")]
    pub mr_owner_config: [u8; 48],
    /// The domain's attributes, as they stand in the report.
    #[serde(with = "hex::serde")]
    pub attributes: [u8; 8],
    /// The domain's extended features; not part of [`TdxMeasurement::id`], because they follow the processor.
    #[serde(with = "hex::serde")]
    pub xfam: [u8; 8],
    /// The service domains that it is bound to; `None` if there are none, or the report is too old to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<ServiceDomains>,
}

/// Service domains, such as one that migrates others, which can see into the domain that is bound to them.
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
pub struct ServiceDomains {
    /// Hash of those that were bound when the domain was launched (MRSERVICETD).
    #[serde(with = "hex::serde")]
    pub launched: [u8; 48],
    /// Hash of those that are bound now; the same if the report does not tell them apart.
    #[serde(with = "hex::serde")]
    pub current: [u8; 48],
    /// Attributes of those that are bound now; zero if the report does not tell.
    #[serde(with = "hex::serde")]
    pub current_attributes: [u8; 8],
}

impl TdxMeasurement {
    /// SHA-256 over kind, MRTD, RTMR0 to 3, MRCONFIGID, MROWNER, MROWNERCONFIG and attributes, each
    /// length-prefixed, under a context of its own. The attributes are in it so that no key derived for a
    /// measurement is shared with a domain of other attributes. With service domains, their fields follow and the
    /// context is another.
    pub fn id(&self) -> [u8; 32] {
        let [rtmr0, rtmr1, rtmr2, rtmr3] = &self.rtmr;
        let own: [&[u8]; 9] = [
            &self.mr_td,
            rtmr0,
            rtmr1,
            rtmr2,
            rtmr3,
            &self.mr_config_id,
            &self.mr_owner,
            &self.mr_owner_config,
            &self.attributes,
        ];
        match &self.services {
            None => domain::hash(domain::TDX_MEASUREMENT, &own),
            Some(ServiceDomains { launched, current, current_attributes }) => {
                let theirs: [&[u8]; 3] = [launched, current, current_attributes];
                domain::hash(domain::TDX_SERVED_MEASUREMENT, &[&own[..], &theirs].concat())
            }
        }
    }
}

/// What was measured into an SGX enclave. Source: Intel 64 and IA-32 Architectures Software Developer's Manual,
/// volume 3D, table "Layout of REPORT".
#[derive(
    Clone,
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
pub struct SgxMeasurement {
    /// Measurement of the enclave's initial memory.
    #[serde(with = "hex::serde")]
    pub mr_enclave: [u8; 32],
    /// SHA-256 of the public key that signed the enclave.
    #[serde(with = "hex::serde")]
    pub mr_signer: [u8; 32],
    /// The product number that the signer gave (ISVPRODID).
    pub product: u16,
    /// The security version that the signer gave (ISVSVN).
    pub svn: u16,
    /// The extended product number that the signer gave (ISVEXTPRODID).
    #[serde(with = "hex::serde")]
    pub extended_product: [u8; 16],
    /// The family that the signer gave (ISVFAMILYID).
    #[serde(with = "hex::serde")]
    pub family: [u8; 16],
    /// What the host said about configuration when it made the enclave (CONFIGID).
    #[serde(with = "hex::serde")]
    pub config_id: [u8; 64],
    /// That configuration's security version (CONFIGSVN).
    pub config_svn: u16,
    /// What is written into the enclave's memory when it is left (MISCSELECT).
    #[serde(with = "hex::serde")]
    pub misc_select: [u8; 4],
    /// Flags, then extended features (XFRM). The features are not part of [`SgxMeasurement::id`], because they
    /// follow the processor.
    #[serde(with = "hex::serde")]
    pub attributes: [u8; 16],
}

impl SgxMeasurement {
    /// SHA-256 over MRENCLAVE, MRSIGNER, product, security version, extended product, family, configuration and its
    /// security version, MISCSELECT and the attributes' flags, each length-prefixed (numbers little-endian), under a
    /// context of its own. So neither another enclave of the same signer nor an older version of this one shares it.
    pub fn id(&self) -> [u8; 32] {
        let [flags @ .., _, _, _, _, _, _, _, _] = &self.attributes;
        let flags: &[u8; 8] = flags;
        domain::hash(
            domain::SGX_MEASUREMENT,
            &[
                &self.mr_enclave,
                &self.mr_signer,
                &self.product.to_le_bytes(),
                &self.svn.to_le_bytes(),
                &self.extended_product,
                &self.family,
                &self.config_id,
                &self.config_svn.to_le_bytes(),
                &self.misc_select,
                flags,
            ],
        )
    }
}

mod registers {
    use alloc::vec::Vec;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(registers: &[[u8; 48]; 4], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(registers.iter().map(hex::encode))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[[u8; 48]; 4], D::Error> {
        let texts = Vec::<alloc::string::String>::deserialize(deserializer)?;
        let mut registers = [[0; 48]; 4];
        if texts.len() != registers.len() {
            return Err(D::Error::invalid_length(texts.len(), &"four registers"));
        }
        for (register, text) in registers.iter_mut().zip(&texts) {
            hex::decode_to_slice(text, register).map_err(D::Error::custom)?;
        }
        Ok(registers)
    }
}

/// What was measured, by kind of evidence.
#[derive(
    Clone,
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
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "a verdict holds one, and passes by reference")]
pub enum IntelMeasurement {
    /// A TDX trust domain.
    #[codec(index = 0)]
    Tdx(TdxMeasurement),
    /// An SGX enclave.
    #[codec(index = 1)]
    Sgx(SgxMeasurement),
}

impl IntelMeasurement {
    /// The measurement's identity, which differs between kinds.
    pub fn id(&self) -> [u8; 32] {
        match self {
            Self::Tdx(measurement) => measurement.id(),
            Self::Sgx(measurement) => measurement.id(),
        }
    }
}
