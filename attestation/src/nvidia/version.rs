//! Versions of drivers and firmware, in the one form in which NVIDIA writes each.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A driver's version, such as `535.86.09` or `590.12`. Ordered as released.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
)]
pub struct DriverVersion {
    /// The branch.
    pub branch: u16,
    /// The release of the branch.
    pub release: u16,
    /// The patch, if the version has a third number.
    pub patch: Option<u16>,
}

impl DriverVersion {
    /// The version that `text` writes; `None` if it is not in the one form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let version = Self {
            branch: number(parts.next()?, 1)?,
            release: number(parts.next()?, 2)?,
            patch: match parts.next() {
                Some(part) => Some(number(part, 2)?),
                None => None,
            },
        };
        parts.next().is_none().then_some(version)
    }
}

/// A decimal number of `least` to five digits, with leading zeros only to reach `least`.
fn number(digits: &str, least: usize) -> Option<u16> {
    let is_padded = digits.len() > least && digits.starts_with('0');
    if is_padded || !(least..=5).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

impl fmt::Display for DriverVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.branch, self.release)?;
        match self.patch {
            Some(patch) => write!(formatter, ".{patch:02}"),
            None => Ok(()),
        }
    }
}

/// The version of a GPU's VBIOS or a switch's firmware, such as `96.00.5E.00.01`. Ordered as released.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
)]
pub struct FirmwareVersion(pub [u8; 5]);

impl FirmwareVersion {
    /// The version that `text` writes: five pairs of hexadecimal digits, capitals, between points.
    pub fn parse(text: &str) -> Option<Self> {
        let mut version = [0; 5];
        let mut parts = text.split('.');
        for byte in &mut version {
            let part = parts.next()?;
            if part.bytes().any(|digit| digit.is_ascii_lowercase()) {
                return None;
            }
            hex::decode_to_slice(part, core::slice::from_mut(byte)).ok()?;
        }
        parts.next().is_none().then_some(Self(version))
    }

    /// The version in the eight bytes that a GPU reports: the first four reversed, then the fifth, then zeros.
    pub(super) fn of_gpu(bytes: &[u8; 8]) -> Option<Self> {
        match *bytes {
            [d, c, b, a, e, 0, 0, 0] => Some(Self([a, b, c, d, e])),
            _ => None,
        }
    }
}

impl fmt::Display for FirmwareVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e] = self.0;
        write!(formatter, "{a:02X}.{b:02X}.{c:02X}.{d:02X}.{e:02X}")
    }
}

impl Serialize for DriverVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DriverVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::string::String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a driver version such as 535.86.09"))
    }
}

impl Serialize for FirmwareVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FirmwareVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::string::String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a firmware version such as 96.00.5E.00.01"))
    }
}

#[cfg(test)]
mod tests {
    use super::{DriverVersion, FirmwareVersion};
    use alloc::string::ToString;

    #[test]
    fn versions_are_read_and_written_in_one_form() {
        for text in ["590.12", "535.86.09", "570.124.03", "560.00"] {
            assert_eq!(DriverVersion::parse(text).unwrap().to_string(), text);
        }
        for text in ["96.00.5E.00.01", "97.00.88.00.0F"] {
            assert_eq!(FirmwareVersion::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn any_other_form_of_a_version_is_refused() {
        for text in
            ["", "590", "590.1", "590.012", "0590.12", "590.12.", "590.12.3", "590.12.03.1", "+90.12", "99999.12"]
        {
            assert_eq!(DriverVersion::parse(text), None, "{text}");
        }
        for text in ["", "96.00.5E.00", "96.00.5e.00.01", "96.00.5E.00.01.00", "96.0.5E.00.01", "96.00.5G.00.01"] {
            assert_eq!(FirmwareVersion::parse(text), None, "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_as_released() {
        let driver = |text| DriverVersion::parse(text).unwrap();
        assert!(driver("535.86.09") < driver("535.104"));
        assert!(driver("570.86") < driver("570.86.10"));
        assert!(driver("570.124.03") < driver("580.00"));
        let firmware = |text| FirmwareVersion::parse(text).unwrap();
        assert!(firmware("96.00.5E.00.01") < firmware("96.00.5E.00.04"));
        assert!(firmware("96.00.5E.00.04") < firmware("96.00.A5.00.01"));
    }

    #[test]
    fn a_gpu_reports_its_version_with_the_first_four_bytes_reversed() {
        let version = FirmwareVersion::of_gpu(&[0x00, 0x5e, 0x00, 0x96, 0x01, 0, 0, 0]);
        assert_eq!(version, FirmwareVersion::parse("96.00.5E.00.01"));
        assert_eq!(FirmwareVersion::of_gpu(&[0x00, 0x5e, 0x00, 0x96, 0x01, 0, 0, 1]), None);
    }
}
