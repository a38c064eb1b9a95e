//! Names of vendors' security advisories.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The longest name.
pub const MAX_ADVISORY_BYTES: usize = 24;

/// The name of an advisory, such as `INTEL-SA-01313`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Advisory([u8; MAX_ADVISORY_BYTES]);

impl Advisory {
    /// A name of 1 to [`MAX_ADVISORY_BYTES`] visible ASCII characters; `None` if it is not one.
    pub fn new(name: &str) -> Option<Self> {
        let mut padded = [0; MAX_ADVISORY_BYTES];
        padded.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())).then_some(Self(padded))
    }

    /// The name as text.
    pub fn name(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..length).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or("not a name")
    }
}

impl fmt::Display for Advisory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Debug for Advisory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Advisory({})", self.name())
    }
}

impl Serialize for Advisory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Advisory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = alloc::string::String::deserialize(deserializer)?;
        Self::new(&name).ok_or_else(|| D::Error::custom("an advisory's name is 1 to 24 visible ascii characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::Advisory;

    #[test]
    fn a_name_is_kept_and_anything_else_is_refused() {
        assert_eq!(Advisory::new("INTEL-SA-01313").unwrap().name(), "INTEL-SA-01313");
        assert_eq!(Advisory::new(&"A".repeat(24)).unwrap().name(), "A".repeat(24));
        for name in ["", "INTEL SA", "INTEL-SA-\0", "\u{e9}", &"A".repeat(25)] {
            assert_eq!(Advisory::new(name), None, "{name}");
        }
    }
}
