//! Models of processors, as evidence authenticates them: how much capacity counts of one machine goes by its
//! processor's model. `specs/rewards.md` has the rules.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A processor's model.
#[derive(
    Debug,
    Clone,
    Copy,
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
pub enum CpuModel {
    /// Intel's: the FMSPC (family, model, stepping, platform and SKU) that the platform's certificate names.
    #[codec(index = 0)]
    IntelFmspc([u8; 6]),
    /// AMD's: what the CPUID instruction says of it, as a report of version 3 or later names it.
    #[codec(index = 1)]
    AmdCpuid {
        /// Base and extended family.
        family: u8,
        /// Base and extended model.
        model: u8,
    },
}

impl fmt::Display for CpuModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IntelFmspc(fmspc) => write!(f, "intel-fmspc 0x{}", hex::encode(fmspc)),
            Self::AmdCpuid { family, model } => write!(f, "amd-cpuid 0x{family:02x}{model:02x}"),
        }
    }
}

/// Why a text is no model of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCpuModel;

impl fmt::Display for InvalidCpuModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected intel-fmspc: with 12 hexadecimal digits, or amd-cpuid: with 4, family before model")
    }
}

impl core::error::Error for InvalidCpuModel {}

/// As it is shown, or with a colon for the space.
impl FromStr for CpuModel {
    type Err = InvalidCpuModel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (vendor, digits) = text.split_once([':', ' ']).ok_or(InvalidCpuModel)?;
        match vendor {
            "intel-fmspc" => Ok(Self::IntelFmspc(bytes(digits)?)),
            "amd-cpuid" => {
                let [family, model] = bytes(digits)?;
                Ok(Self::AmdCpuid { family, model })
            }
            _other => Err(InvalidCpuModel),
        }
    }
}

fn bytes<const N: usize>(digits: &str) -> Result<[u8; N], InvalidCpuModel> {
    let mut bytes = [0; N];
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidCpuModel)?;
    Ok(bytes)
}

impl Serialize for CpuModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CpuModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const MODELS: [(CpuModel, &str, &str); 2] = [
        (CpuModel::IntelFmspc([0x00, 0x80, 0x6f, 0x05, 0, 0]), "intel-fmspc 0x00806f050000", "0000806f050000"),
        (CpuModel::AmdCpuid { family: 0x19, model: 0x01 }, "amd-cpuid 0x1901", "011901"),
    ];

    #[test]
    fn a_model_is_read_as_it_is_shown_and_with_a_colon_and_without_0x() {
        for (model, shown, encoding) in MODELS {
            assert_eq!(model.to_string(), shown);
            assert_eq!(hex::encode(model.encode()), encoding);
            for text in [shown, &shown.replace(' ', ":"), &shown.replace("0x", "")] {
                assert_eq!(text.parse::<CpuModel>(), Ok(model), "{text}");
            }
            assert_eq!(serde_json::to_value(model).unwrap(), shown);
            assert_eq!(serde_json::from_value::<CpuModel>(shown.into()).unwrap(), model);
        }
    }

    #[test]
    fn what_is_no_model_is_refused() {
        for text in ["", "intel-fmspc", "intel-fmspc:00", "amd-cpuid:0x19", "amd-cpuid:0x190100", "amd-cpuid:zz01"] {
            assert_eq!(text.parse::<CpuModel>(), Err(InvalidCpuModel), "{text}");
        }
        assert_eq!("aws-cpu:1901".parse::<CpuModel>(), Err(InvalidCpuModel));
        assert!(serde_json::from_value::<CpuModel>("none".into()).is_err());
    }
}
