//! What the firmware says lies in the guest's memory at the start, and where its processors begin.
//! Source: EDK II, `OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm` and `OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm`.
//!
//! The description is `"ASEV" ‖ u32 length ‖ u32 version ‖ u32 count`, then for each section
//! `u32 address ‖ u32 length ‖ u32 kind`, little-endian.

use crate::{
    ImageError,
    bytes::Bytes,
    firmware::{Firmware, Guid, PAGE, mixed},
};

/// dc886566-984a-4798-a75e-5585a7bf67cc: where the description is.
pub(crate) const DESCRIPTION: Guid =
    mixed([0xdc, 0x88, 0x65, 0x66, 0x98, 0x4a, 0x47, 0x98, 0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf, 0x67, 0xcc]);
/// 7255371f-3a3b-4b04-927b-1da6efa8d454: where the table of the kernel's hashes goes.
pub(crate) const HASHES: Guid =
    mixed([0x72, 0x55, 0x37, 0x1f, 0x3a, 0x3b, 0x4b, 0x04, 0x92, 0x7b, 0x1d, 0xa6, 0xef, 0xa8, 0xd4, 0x54]);
/// 00f771de-1a7e-4fcb-890e-68c77e2fb44e: where processors other than the first begin.
pub(crate) const RESET: Guid =
    mixed([0x00, 0xf7, 0x71, 0xde, 0x1a, 0x7e, 0x4f, 0xcb, 0x89, 0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4, 0x4e]);

const WHAT: &str = "the firmware's description for SEV";
const HEAD: usize = 16;
const SECTION: usize = 12;
const MAX_SECTIONS: usize = 64;
const MAX_PAGES: u32 = 0x1_0000;

/// What a section is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Zeros.
    Memory,
    /// The guest's secrets.
    Secrets,
    /// Answers of `CPUID`.
    ProcessorId,
    /// Where a paravisor is called; zeros without one.
    CallingArea,
    /// The hashes of kernel, initial file system and command line.
    KernelHashes,
}

#[derive(Clone, Copy)]
pub(super) struct Section {
    pub address: u64,
    pub pages: u32,
    pub kind: Kind,
}

/// All sections, in their order.
pub(super) struct Sections(Vec<Section>);

impl Sections {
    pub(super) fn read(firmware: &Firmware<'_>) -> Result<Self, ImageError> {
        let bytes = firmware.described(&DESCRIPTION)?.ok_or(ImageError::Missing("description for SEV"))?;
        let bytes = Bytes::new(WHAT, bytes);
        if bytes.array(0)? != *b"ASEV" || bytes.u32(8)? != 1 {
            return Err(ImageError::form(WHAT, "another signature or version", "\"ASEV\", version 1"));
        }
        let count = bytes.size(12)?;
        if count > MAX_SECTIONS || bytes.size(4)? != HEAD + count * SECTION {
            return Err(ImageError::form(WHAT, format!("{count} sections in another length"), "at most 64"));
        }
        let sections = (0..count).map(|index| section(bytes, HEAD + index * SECTION));
        let sections = sections.collect::<Result<Vec<_>, _>>()?;
        let hashes = sections.iter().filter(|section| section.kind == Kind::KernelHashes).count();
        if hashes > 1 {
            return Err(ImageError::form(WHAT, "two sections for the kernel's hashes", "at most one"));
        }
        Ok(Self(sections))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Section> {
        self.0.iter().copied()
    }

    /// Whether there is a place for the kernel's hashes.
    pub(super) fn measure_kernel(&self) -> bool {
        self.iter().any(|section| section.kind == Kind::KernelHashes)
    }

    /// Where in its page the table of the kernel's hashes is; it has to be the page of the section.
    pub(super) fn hashes_offset(&self, firmware: &Firmware<'_>) -> Result<usize, ImageError> {
        let entry = firmware.entry(&HASHES).ok_or(ImageError::KernelNotMeasured)?;
        let address = Bytes::new("the place of the kernel's hashes", entry).u32(0)?;
        let page = self.iter().find(|section| section.kind == Kind::KernelHashes).map(|section| section.address);
        if page != Some(u64::from(address & !0xFFF)) {
            return Err(ImageError::form(
                "the place of the kernel's hashes",
                format!("{address:#x}"),
                "an address in the section for them",
            ));
        }
        usize::try_from(address & 0xFFF).map_err(|_| ImageError::Truncated { what: WHAT })
    }
}

fn section(bytes: Bytes<'_>, at: usize) -> Result<Section, ImageError> {
    let (address, length, kind) = (bytes.u32(at)?, bytes.u32(at + 4)?, bytes.u32(at + 8)?);
    let kind = match kind {
        1 => Kind::Memory,
        2 => Kind::Secrets,
        3 => Kind::ProcessorId,
        4 => Kind::CallingArea,
        0x10 => Kind::KernelHashes,
        other => return Err(ImageError::form(WHAT, format!("a section of kind {other:#x}"), "a known kind")),
    };
    let whole = address.is_multiple_of(PAGE as u32) && length.is_multiple_of(PAGE as u32);
    let pages = length / PAGE as u32;
    let most = match kind {
        Kind::Memory | Kind::CallingArea => MAX_PAGES,
        Kind::Secrets | Kind::ProcessorId | Kind::KernelHashes => 1,
    };
    if !whole || !(1..=most).contains(&pages) {
        return Err(ImageError::form(
            WHAT,
            format!("a section of {length:#x} bytes at {address:#x}"),
            "whole pages; one for secrets, CPUID and hashes",
        ));
    }
    Ok(Section { address: address.into(), pages, kind })
}

/// Where processors other than the first begin.
pub(super) fn application_reset(firmware: &Firmware<'_>) -> Result<u32, ImageError> {
    let entry = firmware.entry(&RESET).ok_or(ImageError::Missing("reset vector for encrypted guests"))?;
    Bytes::new("the reset vector for encrypted guests", entry).u32(0)
}
