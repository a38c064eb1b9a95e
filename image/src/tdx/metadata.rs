//! What the firmware says lies in the guest's memory at the start.
//! Source: Intel, "TDX Virtual Firmware Design Guide", chapter 11.
//!
//! `"TDVF" ‖ u32 length ‖ u32 version ‖ u32 count`, then for each section `u32 place in the file ‖ u32 length in the
//! file ‖ u64 address ‖ u64 length ‖ u32 kind ‖ u32 attributes`, little-endian.

use crate::{
    ImageError,
    bytes::Bytes,
    firmware::{Firmware, Guid, PAGE, mixed},
};

/// e47a6535-984a-4798-865e-4685a7bf8ec2: where the metadata are.
pub(crate) const METADATA: Guid =
    mixed([0xe4, 0x7a, 0x65, 0x35, 0x98, 0x4a, 0x47, 0x98, 0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e, 0xc2]);

const WHAT: &str = "the firmware's metadata for TDX";
const HEAD: usize = 16;
const SECTION: usize = 32;
const MAX_SECTIONS: usize = 64;
/// The most memory of one section: 256 MiB.
const MAX_BYTES: u64 = 1 << 28;
/// The only attribute: the content is measured.
const MEASURED: u32 = 1;

/// A part of the guest's memory.
pub(super) struct Section<'a> {
    pub address: u64,
    /// In bytes, whole pages.
    pub length: u64,
    /// What is measured of it: all of it, or nothing but that it is there.
    pub measured: Option<&'a [u8]>,
}

/// All sections, in their order.
pub(super) fn sections<'a>(firmware: &Firmware<'a>) -> Result<Vec<Section<'a>>, ImageError> {
    let bytes = firmware.described(&METADATA)?.ok_or(ImageError::Missing("metadata for TDX"))?;
    let bytes = Bytes::new(WHAT, bytes);
    if bytes.array(0)? != *b"TDVF" || bytes.u32(8)? != 1 {
        return Err(ImageError::form(WHAT, "another signature or version", "\"TDVF\", version 1"));
    }
    let count = bytes.size(12)?;
    if count > MAX_SECTIONS || bytes.size(4)? != HEAD + count * SECTION {
        return Err(ImageError::form(WHAT, format!("{count} sections in another length"), "at most 64"));
    }
    (0..count).map(|index| section(firmware, bytes, HEAD + index * SECTION)).collect()
}

fn section<'a>(firmware: &Firmware<'a>, bytes: Bytes<'_>, at: usize) -> Result<Section<'a>, ImageError> {
    let (place, stored) = (bytes.size(at)?, bytes.size(at + 4)?);
    let (address, length) = (bytes.u64(at + 8)?, bytes.u64(at + 16)?);
    let (kind, attributes) = (bytes.u32(at + 24)?, bytes.u32(at + 28)?);
    let refuse = |wanted| {
        let found = format!("a section of kind {kind}, attributes {attributes:#x}, {length:#x} bytes at {address:#x}");
        Err(ImageError::form(WHAT, found, wanted))
    };
    let page = PAGE as u64;
    let fits = address.checked_add(length).is_some();
    if !address.is_multiple_of(page) || !length.is_multiple_of(page) || !(page..=MAX_BYTES).contains(&length) || !fits {
        return refuse("whole pages, at most 256 MiB");
    }
    if attributes & !MEASURED != 0 {
        return refuse("no attribute but the one that its content is measured");
    }
    let measured = attributes == MEASURED;
    match kind {
        // The firmware's code and its variables: they are in the file.
        0 | 1 => {
            let content = Bytes::new(WHAT, firmware.bytes()).part(place, stored)?;
            if stored as u64 != length {
                return refuse("as many bytes in memory as in the file");
            }
            Ok(Section { address, length, measured: measured.then_some(content) })
        }
        // What QEMU fills in, and memory to work with: they are in no file.
        2 | 3 if measured || stored != 0 => refuse("memory that is in no file and not measured"),
        2 | 3 => Ok(Section { address, length, measured: None }),
        _ => refuse("kinds 0 to 3, which are those that QEMU takes"),
    }
}
