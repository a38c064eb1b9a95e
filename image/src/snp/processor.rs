//! Types of virtual processors.

use std::{fmt, str::FromStr};

use crate::ImageError;

/// A type of virtual processor, by its signature: what `CPUID` function 1 gives in EAX (AMD 25481).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    signature: u32,
}

/// QEMU's types for AMD's processors (`-cpu`), without the versions at their ends: family, model, stepping.
const TYPES: [(&str, u32, u32, u32); 5] = [
    ("EPYC", 23, 1, 2),
    ("EPYC-Rome", 23, 49, 0),
    ("EPYC-Milan", 25, 1, 1),
    ("EPYC-Genoa", 25, 17, 0),
    ("EPYC-Turin", 26, 0, 0),
];

impl Processor {
    /// The type with this signature.
    pub const fn of_signature(signature: u32) -> Self {
        Self { signature }
    }

    /// What `CPUID` function 1 gives in EAX.
    pub const fn signature(self) -> u32 {
        self.signature
    }

    const fn of(family: u32, model: u32, stepping: u32) -> Self {
        // Families above 15 say 15 and the rest in a field of its own; models are split in two.
        let (base, extended) = if family > 15 { (15, family - 15) } else { (family, 0) };
        Self { signature: extended << 20 | (model >> 4) << 16 | base << 8 | (model & 15) << 4 | stepping }
    }
}

impl FromStr for Processor {
    type Err = ImageError;

    /// A type of QEMU's, as in `EPYC-Milan` or `EPYC-Milan-v2`, or a signature, as in `0xa00f11`.
    fn from_str(text: &str) -> Result<Self, ImageError> {
        let unknown = || ImageError::Processor(text.chars().take(64).collect());
        if let Some(digits) = text.strip_prefix("0x") {
            return u32::from_str_radix(digits, 16).map(Self::of_signature).map_err(|_| unknown());
        }
        let version = |version: &str| !version.is_empty() && version.bytes().all(|digit| digit.is_ascii_digit());
        let name = match text.rsplit_once("-v") {
            Some((name, number)) if version(number) => name,
            _ => text,
        };
        let found = TYPES.iter().find(|(known, ..)| *known == name);
        found.map(|(_, family, model, stepping)| Self::of(*family, *model, *stepping)).ok_or_else(unknown)
    }
}

impl fmt::Display for Processor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#x}", self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_its_signature_in_every_version() {
        let signature = |text: &str| text.parse::<Processor>().unwrap().signature();
        assert_eq!(signature("EPYC-v4"), 0x0080_0F12);
        assert_eq!(signature("EPYC-Rome"), 0x0083_0F10);
        assert_eq!(signature("EPYC-Milan-v2"), 0x00A0_0F11);
        assert_eq!(signature("EPYC-Genoa"), 0x00A1_0F10);
        assert_eq!(signature("EPYC-Turin"), 0x00B0_0F00);
        assert_eq!(signature("0xa00f11"), signature("EPYC-Milan"));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in ["", "epyc", "EPYC-", "EPYC-v", "EPYC-vx", "Icelake-Server", "0x", "0x1ffffffff", "host"] {
            assert!(matches!(text.parse::<Processor>(), Err(ImageError::Processor(_))), "{text}");
        }
    }
}
