//! Product lines, and the processors that belong to them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A product line: processors that share a root key and a layout of firmware versions.
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
pub enum SnpProduct {
    /// EPYC 7003.
    #[codec(index = 0)]
    Milan,
    /// EPYC 9004, 97x4 (Bergamo) and 8004 (Siena).
    #[codec(index = 1)]
    Genoa,
    /// EPYC 9005.
    #[codec(index = 2)]
    Turin,
}

impl SnpProduct {
    /// Every product line.
    pub const ALL: [Self; 3] = [Self::Milan, Self::Genoa, Self::Turin];

    /// AMD's name for it, as in the names of its authorities.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Milan => "Milan",
            Self::Genoa => "Genoa",
            Self::Turin => "Turin",
        }
    }

    /// The common name of its root.
    pub(super) const fn ark_name(self) -> &'static str {
        match self {
            Self::Milan => "ARK-Milan",
            Self::Genoa => "ARK-Genoa",
            Self::Turin => "ARK-Turin",
        }
    }

    /// The common name of the authority for chips' keys.
    pub(super) const fn ask_name(self) -> &'static str {
        match self {
            Self::Milan => "SEV-Milan",
            Self::Genoa => "SEV-Genoa",
            Self::Turin => "SEV-Turin",
        }
    }

    /// The common name of the authority for providers' keys.
    pub(super) const fn asvk_name(self) -> &'static str {
        match self {
            Self::Milan => "SEV-VLEK-Milan",
            Self::Genoa => "SEV-VLEK-Genoa",
            Self::Turin => "SEV-VLEK-Turin",
        }
    }

    /// Whether a certificate's product name, such as "Milan-B0", is one of this line: the names of its members,
    /// alone or followed by a stepping.
    pub(super) fn has_member(self, name: &str) -> bool {
        let members: &[&str] = match self {
            Self::Milan => &["Milan"],
            Self::Genoa => &["Genoa", "Bergamo", "Siena"],
            Self::Turin => &["Turin"],
        };
        members
            .iter()
            .filter_map(|member| name.strip_prefix(member))
            .any(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// How many bytes identify a chip.
    pub(super) const fn chip_id_bytes(self) -> usize {
        match self {
            Self::Milan | Self::Genoa => 64,
            Self::Turin => 8,
        }
    }
}

impl core::fmt::Display for SnpProduct {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A processor as the CPUID instruction names it.
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
pub struct SnpCpu {
    /// Base and extended family.
    pub family: u8,
    /// Base and extended model.
    pub model: u8,
    /// Stepping.
    pub stepping: u8,
}

impl SnpCpu {
    /// The product line; `None` for processors that are not known. Later families and models have layouts of their
    /// own, so nothing is guessed.
    pub const fn product(self) -> Option<SnpProduct> {
        match (self.family, self.model) {
            (0x19, 0x00..=0x0f) => Some(SnpProduct::Milan),
            (0x19, 0x10..=0x1f | 0xa0..=0xaf) => Some(SnpProduct::Genoa),
            (0x1a, 0x00..=0x1f) => Some(SnpProduct::Turin),
            (_, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SnpCpu, SnpProduct};

    #[test]
    fn families_and_models_lead_to_product_lines() {
        let product = |family, model| SnpCpu { family, model, stepping: 1 }.product();
        assert_eq!(product(0x19, 0x01), Some(SnpProduct::Milan));
        assert_eq!(product(0x19, 0x11), Some(SnpProduct::Genoa));
        assert_eq!(product(0x19, 0xa0), Some(SnpProduct::Genoa)); // Bergamo, Siena
        assert_eq!(product(0x1a, 0x02), Some(SnpProduct::Turin));
        assert_eq!(product(0x1a, 0x11), Some(SnpProduct::Turin));
        for (family, model) in [(0x17, 0x31), (0x19, 0x20), (0x19, 0x9f), (0x19, 0xb0), (0x1a, 0x20), (0x1b, 0)] {
            assert_eq!(product(family, model), None, "{family:#x} {model:#x}");
        }
    }

    #[test]
    fn product_names_carry_a_stepping_or_nothing() {
        assert!(SnpProduct::Milan.has_member("Milan-B0"));
        assert!(SnpProduct::Genoa.has_member("Genoa"));
        assert!(SnpProduct::Genoa.has_member("Siena-A0"));
        for name in ["", "Milan", "Genoa2", "genoa", "-Genoa", "Turin"] {
            assert!(!SnpProduct::Genoa.has_member(name), "{name}");
        }
    }
}
