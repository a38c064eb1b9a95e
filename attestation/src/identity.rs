//! Who vouches for evidence, and which machine it comes from.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::domain;

/// The longest name of a cloud's instance.
const MAX_INSTANCE_BYTES: usize = 40;

/// SHA-256 of a root's public key (x ‖ y of a point, the modulus of an RSA key).
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
pub struct RootId(#[serde(with = "hex::serde")] pub [u8; 32]);

impl fmt::Display for RootId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Hex(&self.0), formatter)
    }
}

/// SHA-256 of a certificate's DER encoding, which is what other programs call its fingerprint.
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
pub struct CertificateHash(#[serde(with = "hex::serde")] pub [u8; 32]);

impl CertificateHash {
    /// That of the certificate in `der`.
    pub fn of(der: &[u8]) -> Self {
        Self(domain::sha256(der))
    }
}

impl fmt::Display for CertificateHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Hex(&self.0), formatter)
    }
}

/// Bytes as people read them.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// A cloud that vouches for its instances.
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
pub enum Cloud {
    /// Amazon Web Services.
    #[codec(index = 0)]
    Aws,
    /// Microsoft Azure.
    #[codec(index = 1)]
    Azure,
}

/// The name that a cloud gives to an instance: printable ASCII, at most 40 bytes, padded with zeros.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct InstanceName([u8; MAX_INSTANCE_BYTES]);

impl InstanceName {
    /// `None` if the name is empty, too long or not printable.
    pub fn new(name: &str) -> Option<Self> {
        let is_printable = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        let mut padded = [0; MAX_INSTANCE_BYTES];
        padded.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        is_printable.then_some(Self(padded))
    }

    /// The name without its padding.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..length).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for InstanceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl Serialize for InstanceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for InstanceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::new(&name).ok_or_else(|| D::Error::custom("an instance's name has 1 to 40 printable characters"))
    }
}

/// The machine that evidence comes from, as far as its vendor identifies it.
///
/// A processor's identity is the host's: all trust domains on one machine share it.
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
pub enum MachineId {
    /// Intel's platform provisioning identifier.
    #[codec(index = 0)]
    IntelPpid(#[serde(with = "hex::serde")] [u8; 16]),
    /// AMD's chip identifier, filled with zeros where it is shorter.
    #[codec(index = 1)]
    AmdChip(#[serde(with = "hex::serde")] [u8; 64]),
    /// A cloud's instance, where the cloud does not tell the machine under it.
    #[codec(index = 2)]
    Instance {
        /// Whose instance.
        cloud: Cloud,
        /// Its name.
        name: InstanceName,
    },
    /// An NVIDIA device: the serial number of the certificate of its own key.
    #[codec(index = 3)]
    NvidiaDevice(#[serde(with = "hex::serde")] [u8; 20]),
    /// The instance identifier of an Arm CCA platform.
    #[codec(index = 4)]
    ArmInstance(#[serde(with = "hex::serde")] [u8; 33]),
}

impl MachineId {
    /// The identity of an Intel platform; all zero is none.
    pub fn from_ppid(ppid: [u8; 16]) -> Option<Self> {
        (ppid != [0; 16]).then_some(Self::IntelPpid(ppid))
    }

    /// A fixed-length key for tables: a domain-separated hash of the identity.
    pub fn key(&self) -> [u8; 32] {
        domain::hash(domain::MACHINE, &[&self.encode()])
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IntelPpid(ppid) => write!(formatter, "intel ppid {}", hex::encode(ppid)),
            Self::AmdChip(chip) => write!(formatter, "amd chip {}", hex::encode(chip)),
            Self::Instance { cloud: Cloud::Aws, name } => write!(formatter, "aws instance {}", name.as_str()),
            Self::Instance { cloud: Cloud::Azure, name } => write!(formatter, "azure instance {}", name.as_str()),
            Self::NvidiaDevice(serial) => write!(formatter, "nvidia device {}", hex::encode(serial)),
            Self::ArmInstance(instance) => write!(formatter, "arm instance {}", hex::encode(instance)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cloud, InstanceName, MachineId};
    use alloc::string::{String, ToString};

    #[test]
    fn an_instance_has_a_printable_name_of_at_most_forty_bytes() {
        for refused in ["", "with space", "tab\t", "ümlaut", "x".repeat(41).as_str()] {
            assert_eq!(InstanceName::new(refused), None, "{refused:?}");
        }
        let name = InstanceName::new("i-020b6af9246d90e92").unwrap();
        assert_eq!(name.as_str(), "i-020b6af9246d90e92");
        assert_eq!(InstanceName::new(&"x".repeat(40)).unwrap().as_str(), "x".repeat(40));
        assert!(serde_json::from_str::<InstanceName>("\"\"").is_err());
    }

    #[test]
    fn identities_of_different_kinds_have_different_keys_and_names() {
        let name = InstanceName::new("i-1").unwrap();
        let machines = [
            MachineId::IntelPpid([1; 16]),
            MachineId::AmdChip([1; 64]),
            MachineId::Instance { cloud: Cloud::Aws, name },
            MachineId::Instance { cloud: Cloud::Azure, name },
            MachineId::NvidiaDevice([1; 20]),
            MachineId::ArmInstance([1; 33]),
        ];
        for (place, machine) in machines.iter().enumerate() {
            for other in &machines[..place] {
                assert_ne!(machine.key(), other.key());
                assert_ne!(machine.to_string(), other.to_string());
            }
            let json: String = serde_json::to_string(machine).unwrap();
            assert_eq!(serde_json::from_str::<MachineId>(&json).unwrap(), *machine);
        }
        assert_eq!(MachineId::from_ppid([0; 16]), None);
    }
}
