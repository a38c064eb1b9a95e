//! What verification returns.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, ops::Deref};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize, Serializer};

use super::{
    NvidiaRefusal,
    version::{DriverVersion, FirmwareVersion},
};
use crate::domain;

/// The kind of device.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
pub enum Architecture {
    /// A Hopper GPU.
    #[codec(index = 0)]
    Hopper,
    /// A Blackwell GPU.
    #[codec(index = 1)]
    Blackwell,
    /// A third-generation NVSwitch.
    #[codec(index = 2)]
    NvSwitch,
}

impl Architecture {
    /// The architecture of the chip that a certificate names.
    pub(super) fn of_chip(chip: &str) -> Option<Self> {
        match chip.as_bytes() {
            b"GH100" => Some(Self::Hopper),
            b"LS_10" => Some(Self::NvSwitch),
            [b'G', b'B', b'1' | b'2', rest @ ..] if rest.len() == 2 && rest.iter().all(u8::is_ascii_alphanumeric) => {
                Some(Self::Blackwell)
            }
            _ => None,
        }
    }

    /// Whether the device's certificates tell of a debug mode. Of the others only the measurements do, which a manifest
    /// has to know.
    pub const fn certifies_debug(self) -> bool {
        matches!(self, Self::Blackwell)
    }

    /// The name that evidence in bundles has.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hopper => "HOPPER",
            Self::Blackwell => "BLACKWELL",
            Self::NvSwitch => "LS10",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hopper => "hopper",
            Self::Blackwell => "blackwell",
            Self::NvSwitch => "nvswitch",
        })
    }
}

/// How a GPU is handed to its guest.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
pub enum PassthroughMode {
    /// It does not say: a switch, or a GPU with an older driver.
    #[codec(index = 0)]
    Unstated,
    /// Alone.
    #[codec(index = 1)]
    SingleGpu,
    /// With others, over links that are encrypted.
    #[codec(index = 2)]
    MultiGpu,
    /// With others and the switches between them, over links that are not encrypted.
    #[codec(index = 3)]
    ProtectedPcie,
}

impl fmt::Display for PassthroughMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unstated => "unstated",
            Self::SingleGpu => "single gpu",
            Self::MultiGpu => "multi gpu",
            Self::ProtectedPcie => "protected pcie",
        })
    }
}

/// What is known about the revocation of a chain's certificates, from best to worst.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
pub enum Revocation {
    /// Each is good.
    #[codec(index = 0)]
    Good,
    /// One is on hold, which the policy allowed.
    #[codec(index = 1)]
    OnHold,
    /// Of one nothing is known, which the policy allowed.
    #[codec(index = 2)]
    Unchecked,
}

/// The facts of a verdict. On its own it proves nothing: only an [`NvidiaVerdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct NvidiaFacts {
    /// The kind of device.
    pub architecture: Architecture,
    /// The chip, such as `GH100`.
    pub chip: String,
    /// The chip with its stepping, as the certificate of the device's own key names it.
    pub model: String,
    /// The root that the device's chain leads to: SHA-256 of its key.
    #[serde(with = "hex::serde")]
    pub root: [u8; 32],
    /// The device: the serial number of the certificate of its own key, left-padded. The same under every firmware.
    #[serde(with = "hex::serde")]
    pub device: [u8; 20],
    /// The vendor's unique entity identifier (UEID): the serial number of the certificate of the key that signs
    /// reports. Another one under other firmware.
    #[serde(with = "hex::serde")]
    pub ueid: [u8; 20],
    /// The device's serial number.
    #[serde(with = "hex::serde")]
    pub serial: [u8; 8],
    /// The driver; switches have none.
    pub driver: Option<DriverVersion>,
    /// The VBIOS, or the switch's firmware.
    pub firmware: FirmwareVersion,
    /// The board that the VBIOS is for: project, its variant and the chip's.
    pub board: Option<String>,
    /// The digest of the firmware that has the key, from the certificate.
    #[serde(with = "hex::serde")]
    pub firmware_id: [u8; 48],
    /// Whether the report itself says that digest too. Drivers before 570, and switches, do not.
    pub report_states_firmware_id: bool,
    /// How the GPU is handed to its guest.
    pub mode: PassthroughMode,
    /// A switch's identifier on its links.
    #[serde(serialize_with = "optional_hex")]
    pub identifier: Option<[u8; 8]>,
    /// The identifiers of the switches (of a GPU) or GPUs (of a switch) at the other ends of its links, sorted.
    #[serde(serialize_with = "hex_list")]
    pub peers: Vec<[u8; 8]>,
    /// The measurements; the first has index 0 in manifests and 1 in the report.
    #[serde(serialize_with = "hex_list")]
    pub measurements: Vec<[u8; 48]>,
    /// A hash of chip, versions and measurements.
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// [`super::CheckedManifest::id`] of the driver manifest that the measurements were compared with.
    #[serde(serialize_with = "optional_hex")]
    pub driver_manifest: Option<[u8; 32]>,
    /// The same of the firmware manifest.
    #[serde(serialize_with = "optional_hex")]
    pub firmware_manifest: Option<[u8; 32]>,
    /// What is known about revocation, over the chains of device and manifests.
    pub revocation: Revocation,
    /// The nonce of the request.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; 32],
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid.
    pub valid_until: u64,
    /// The evidence's identity: a hash of what the device signed and of the device, not of the encoding, so that one
    /// piece of evidence has one identity however its signature is rewritten.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

fn hex_list<S: Serializer, const N: usize>(values: &[[u8; N]], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(hex::encode))
}

fn optional_hex<S: Serializer, const N: usize>(value: &Option<[u8; N]>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(hex::encode).serialize(serializer)
}

/// The nonce to ask a device with, so that its evidence is bound to the machine whose own evidence has
/// `report_data`. Without that a device in any other machine could answer.
pub fn nonce_for_host(report_data: &[u8; 64]) -> [u8; 32] {
    domain::hash(domain::NVIDIA_NONCE, &[report_data])
}

/// Requires that each of `verdicts` is of another device.
///
/// # Errors
/// [`NvidiaRefusal::RepeatedEvidence`] for the same evidence twice, [`NvidiaRefusal::RepeatedDevice`] for other
/// evidence of the same device.
pub fn require_distinct<'a>(verdicts: impl IntoIterator<Item = &'a NvidiaFacts>) -> Result<(), NvidiaRefusal> {
    let mut seen: Vec<&NvidiaFacts> = verdicts.into_iter().collect();
    seen.sort_unstable_by_key(|facts| (facts.root, facts.device, facts.evidence_id));
    for (one, next) in seen.iter().zip(seen.iter().skip(1)) {
        if one.evidence_id == next.evidence_id {
            return Err(NvidiaRefusal::RepeatedEvidence);
        }
        if (one.root, one.device) == (next.root, next.device) {
            return Err(NvidiaRefusal::RepeatedDevice);
        }
    }
    Ok(())
}

/// Evidence passed every check but the last, which is the caller's: what it answers ([`NvidiaVerdict::bind`]), and
/// that several are of as many devices ([`require_distinct`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NvidiaVerdict(NvidiaFacts);

impl NvidiaVerdict {
    pub(super) fn new(facts: NvidiaFacts) -> Self {
        Self(facts)
    }

    /// The facts, without their proof.
    pub(crate) fn into_facts(self) -> NvidiaFacts {
        self.0
    }

    /// Requires that the evidence answers `nonce`, which the caller chose.
    ///
    /// # Errors
    /// [`NvidiaRefusal::Nonce`] if it answers any other.
    pub fn bind(self, nonce: &[u8; 32]) -> Result<BoundNvidiaVerdict, NvidiaRefusal> {
        if self.0.nonce == *nonce { Ok(BoundNvidiaVerdict(self)) } else { Err(NvidiaRefusal::Nonce) }
    }

    /// Requires that the evidence was asked for by the machine whose own, verified evidence has `report_data`.
    ///
    /// # Errors
    /// As [`NvidiaVerdict::bind`].
    pub fn bind_to_host(self, report_data: &[u8; 64]) -> Result<BoundNvidiaVerdict, NvidiaRefusal> {
        self.bind(&nonce_for_host(report_data))
    }
}

impl Deref for NvidiaVerdict {
    type Target = NvidiaFacts;

    fn deref(&self) -> &NvidiaFacts {
        &self.0
    }
}

/// An [`NvidiaVerdict`] that answers the caller's own nonce.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundNvidiaVerdict(NvidiaVerdict);

impl BoundNvidiaVerdict {
    /// The facts, to be kept.
    pub fn into_facts(self) -> NvidiaFacts {
        self.0.0
    }
}

impl Deref for BoundNvidiaVerdict {
    type Target = NvidiaFacts;

    fn deref(&self) -> &NvidiaFacts {
        &self.0.0
    }
}
