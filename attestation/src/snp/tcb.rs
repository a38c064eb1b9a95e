//! Firmware versions: the trusted computing base (TCB) of a chip.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::product::SnpProduct;

/// One set of security version numbers (AMD 56860 §2.2). Every product line has its own order of them.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub struct SnpTcb {
    /// Of the firmware of the chip's management controller; lines before Turin have none, which is 0.
    pub fmc: u8,
    /// Of the boot loader.
    pub boot_loader: u8,
    /// Of the operating system of the security processor.
    pub tee: u8,
    /// Of the SNP firmware.
    pub snp: u8,
    /// Of the microcode.
    pub microcode: u8,
}

impl SnpTcb {
    /// Reads the eight bytes that a report has; `None` if a reserved one is set.
    pub(super) fn read(product: SnpProduct, bytes: [u8; 8]) -> Option<Self> {
        match (product, bytes) {
            (SnpProduct::Milan | SnpProduct::Genoa, [boot_loader, tee, 0, 0, 0, 0, snp, microcode]) => {
                Some(Self { fmc: 0, boot_loader, tee, snp, microcode })
            }
            (SnpProduct::Turin, [fmc, boot_loader, tee, snp, 0, 0, 0, microcode]) => {
                Some(Self { fmc, boot_loader, tee, snp, microcode })
            }
            (SnpProduct::Milan | SnpProduct::Genoa | SnpProduct::Turin, _) => None,
        }
    }

    /// Part by part.
    pub fn parts(&self) -> [(SnpTcbPart, u8); 5] {
        [
            (SnpTcbPart::Fmc, self.fmc),
            (SnpTcbPart::BootLoader, self.boot_loader),
            (SnpTcbPart::Tee, self.tee),
            (SnpTcbPart::Snp, self.snp),
            (SnpTcbPart::Microcode, self.microcode),
        ]
    }

    /// The first part in which this is below `floor`: the part, this one's version, the floor's.
    pub fn first_below(&self, floor: &Self) -> Option<(SnpTcbPart, u8, u8)> {
        let pairs = self.parts().into_iter().zip(floor.parts());
        pairs.map(|((part, found), (_, floor))| (part, found, floor)).find(|(_, found, floor)| found < floor)
    }

    /// The first part in which this differs from `other`: the part, this one's version, the other's.
    pub fn first_difference(&self, other: &Self) -> Option<(SnpTcbPart, u8, u8)> {
        let pairs = self.parts().into_iter().zip(other.parts());
        pairs.map(|((part, ours), (_, theirs))| (part, ours, theirs)).find(|(_, ours, theirs)| ours != theirs)
    }
}

/// A part of the firmware that has a version of its own.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SnpTcbPart {
    /// Firmware of the management controller.
    #[codec(index = 0)]
    Fmc,
    /// Boot loader.
    #[codec(index = 1)]
    BootLoader,
    /// Operating system of the security processor.
    #[codec(index = 2)]
    Tee,
    /// SNP firmware.
    #[codec(index = 3)]
    Snp,
    /// Microcode.
    #[codec(index = 4)]
    Microcode,
}

impl core::fmt::Display for SnpTcbPart {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Fmc => "fmc",
            Self::BootLoader => "boot loader",
            Self::Tee => "tee",
            Self::Snp => "snp firmware",
            Self::Microcode => "microcode",
        })
    }
}

/// Which of a report's sets of versions.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SnpTcbName {
    /// The one that the report is signed for.
    #[codec(index = 0)]
    Reported,
    /// The one below which the firmware cannot be rolled back.
    #[codec(index = 1)]
    Committed,
    /// The one that runs.
    #[codec(index = 2)]
    Current,
    /// The one that ran when the guest was launched.
    #[codec(index = 3)]
    Launch,
}

impl core::fmt::Display for SnpTcbName {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Reported => "reported",
            Self::Committed => "committed",
            Self::Current => "current",
            Self::Launch => "launch",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{SnpProduct, SnpTcb, SnpTcbPart};

    #[test]
    fn every_line_has_its_own_layout() {
        let bytes = [4, 0, 0, 0, 0, 0, 0x18, 0xdb];
        let milan = SnpTcb { fmc: 0, boot_loader: 4, tee: 0, snp: 0x18, microcode: 0xdb };
        assert_eq!(SnpTcb::read(SnpProduct::Milan, bytes), Some(milan));
        let bytes = [1, 2, 3, 4, 0, 0, 0, 5];
        let turin = SnpTcb { fmc: 1, boot_loader: 2, tee: 3, snp: 4, microcode: 5 };
        assert_eq!(SnpTcb::read(SnpProduct::Turin, bytes), Some(turin));
    }

    /// Case 124.
    #[test]
    fn a_layout_of_another_line_sets_reserved_bytes() {
        assert_eq!(SnpTcb::read(SnpProduct::Milan, [1, 2, 3, 4, 0, 0, 0, 5]), None);
        assert_eq!(SnpTcb::read(SnpProduct::Turin, [4, 0, 0, 0, 0, 0, 0x18, 0xdb]), None);
    }

    #[test]
    fn versions_are_compared_part_by_part() {
        let low = SnpTcb { fmc: 9, boot_loader: 9, tee: 9, snp: 1, microcode: 9 };
        let floor = SnpTcb { snp: 2, ..SnpTcb::default() };
        assert_eq!(low.first_below(&floor), Some((SnpTcbPart::Snp, 1, 2)));
        assert_eq!(floor.first_below(&floor), None);
    }
}
