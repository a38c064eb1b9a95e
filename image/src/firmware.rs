//! The table of the OVMF firmware in which it says where its descriptions of itself are.
//! Source: EDK II, `OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm` ("GUIDed structure").
//!
//! The table lies 32 bytes before the end of the file and is read backwards: each entry is
//! `content ‖ u16 length of all of it ‖ 16 bytes GUID`, numbers little-endian; the last one names the table and
//! holds its length. A GUID's first three fields are little-endian.

use crate::{ImageError, bytes::Bytes};

/// The longest firmware: what QEMU maps below 4 GiB.
pub const MAX_FIRMWARE_BYTES: usize = 16 * 1024 * 1024;
/// Where the firmware ends in the guest's memory.
const TOP: u64 = 1 << 32;
/// The processor's page.
pub(crate) const PAGE: usize = 4096;
/// The reset vector, after the table.
const BEHIND_TABLE: usize = 32;
const ENTRY: usize = 18;
const MAX_ENTRIES: usize = 64;
const WHAT: &str = "the firmware's table";

/// A GUID in its written order.
pub(crate) type Guid = [u8; 16];

/// A GUID as it lies in files: the first three fields are little-endian.
pub(crate) const fn mixed(guid: Guid) -> Guid {
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid;
    let [i, j, k, l, m, n, o, p] = rest;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
}

/// 96b582de-1fb2-45f7-baea-a366c55a082d, the table itself.
const TABLE: Guid =
    mixed([0x96, 0xb5, 0x82, 0xde, 0x1f, 0xb2, 0x45, 0xf7, 0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d]);

/// A firmware's file, whose table was found.
pub(crate) struct Firmware<'a> {
    bytes: &'a [u8],
    entries: Vec<(Guid, &'a [u8])>,
}

impl<'a> Firmware<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, ImageError> {
        if bytes.len() > MAX_FIRMWARE_BYTES {
            return Err(ImageError::TooLarge { what: "the firmware", limit: MAX_FIRMWARE_BYTES as u64 });
        }
        if bytes.is_empty() || !bytes.len().is_multiple_of(PAGE) {
            return Err(ImageError::form("the firmware", format!("{} bytes", bytes.len()), "a multiple of 4096"));
        }
        let file = Bytes::new(WHAT, bytes);
        let end = bytes.len() - BEHIND_TABLE;
        let footer = end - ENTRY;
        if file.array::<16>(footer + 2)? != TABLE {
            return Err(ImageError::Missing("table of GUIDs before its end: is it an OVMF for confidential guests?"));
        }
        let length = usize::from(file.u16(footer)?);
        let content = length.checked_sub(ENTRY).ok_or(ImageError::Truncated { what: WHAT })?;
        let start = footer.checked_sub(content).ok_or(ImageError::Truncated { what: WHAT })?;
        Ok(Self { bytes, entries: entries(&bytes[start..footer])? })
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where its first byte is in the guest's memory: it ends at 4 GiB.
    pub(crate) fn address(&self) -> u64 {
        TOP - self.bytes.len() as u64
    }

    /// The content of the entry `guid`, which may be there once.
    pub(crate) fn entry(&self, guid: &Guid) -> Option<&'a [u8]> {
        self.entries.iter().find(|(found, _)| found == guid).map(|(_, content)| *content)
    }

    /// What the entry `guid` points to, from there to the end of the file: its content is the distance from the end.
    pub(crate) fn described(&self, guid: &Guid) -> Result<Option<&'a [u8]>, ImageError> {
        let Some(entry) = self.entry(guid) else { return Ok(None) };
        let distance = Bytes::new(WHAT, entry).size(0)?;
        let start = self.bytes.len().checked_sub(distance).ok_or(ImageError::Truncated { what: WHAT })?;
        Ok(Some(&self.bytes[start..]))
    }
}

fn entries(mut table: &[u8]) -> Result<Vec<(Guid, &[u8])>, ImageError> {
    let mut found: Vec<(Guid, &[u8])> = Vec::new();
    while !table.is_empty() {
        let head = table.len().checked_sub(ENTRY).ok_or(ImageError::Truncated { what: WHAT })?;
        let bytes = Bytes::new(WHAT, table);
        let (length, guid) = (usize::from(bytes.u16(head)?), bytes.array::<16>(head + 2)?);
        let start = table.len().checked_sub(length.max(ENTRY)).ok_or(ImageError::Truncated { what: WHAT })?;
        if length < ENTRY || found.len() == MAX_ENTRIES || found.iter().any(|(other, _)| *other == guid) {
            return Err(ImageError::form(WHAT, "an entry too short, twice, or too many of them", "each entry once"));
        }
        found.push((guid, &table[start..head]));
        table = &table[..start];
    }
    Ok(found)
}

#[cfg(test)]
pub(crate) mod fake {
    //! A firmware that is nothing but its descriptions.

    use super::*;

    /// A firmware of `pages` pages, whose table has `entries` and before it lie `descriptions`, each with the GUID of
    /// the entry that points to it.
    pub(crate) fn firmware(pages: usize, entries: &[(Guid, Vec<u8>)], descriptions: &[(Guid, Vec<u8>)]) -> Vec<u8> {
        let length: usize = entries.iter().map(|(_, content)| content.len() + ENTRY).sum();
        let mut end = BEHIND_TABLE + ENTRY + length + descriptions.len() * (4 + ENTRY);
        let mut before = Vec::new();
        let mut table = Vec::new();
        for (guid, description) in descriptions {
            end += description.len();
            before.splice(0..0, description.iter().copied());
            push(&mut table, guid, &u32::try_from(end).unwrap().to_le_bytes());
        }
        for (guid, content) in entries {
            push(&mut table, guid, content);
        }
        let whole = u16::try_from(table.len() + ENTRY).unwrap().to_le_bytes();
        let tail = [&before[..], &table, &whole, &TABLE, &[0x90; BEHIND_TABLE]].concat();
        let mut file = vec![0xF4; pages * PAGE];
        let start = file.len() - tail.len();
        file[start..].copy_from_slice(&tail);
        file
    }

    fn push(table: &mut Vec<u8>, guid: &Guid, content: &[u8]) {
        table.extend_from_slice(content);
        table.extend_from_slice(&u16::try_from(content.len() + ENTRY).unwrap().to_le_bytes());
        table.extend_from_slice(guid);
    }
}

#[cfg(test)]
mod tests {
    use super::{fake::firmware, *};

    const ONE: Guid = [1; 16];
    const TWO: Guid = [2; 16];

    #[test]
    fn entries_and_what_they_point_to_are_found() {
        let file = firmware(2, &[(ONE, b"content".to_vec())], &[(TWO, b"described".to_vec())]);
        let firmware = Firmware::read(&file).unwrap();
        assert_eq!(firmware.address(), 0xFFFF_E000);
        assert_eq!(firmware.entry(&ONE).unwrap(), b"content");
        assert!(firmware.described(&TWO).unwrap().unwrap().starts_with(b"described"));
        assert!(firmware.entry(&[3; 16]).is_none() && firmware.described(&[3; 16]).unwrap().is_none());
    }

    #[test]
    fn a_guid_lies_in_files_in_mixed_order() {
        assert_eq!(TABLE[..8], [0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45]);
        assert_eq!(TABLE[8..], [0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d]);
    }

    #[test]
    fn a_file_without_a_table_or_of_a_strange_length_is_refused() {
        assert!(matches!(Firmware::read(&[0; PAGE]), Err(ImageError::Missing(_))));
        assert!(matches!(Firmware::read(&[]), Err(ImageError::Form { .. })));
        assert!(matches!(Firmware::read(&[0; PAGE + 1]), Err(ImageError::Form { .. })));
        assert!(matches!(Firmware::read(&vec![0; MAX_FIRMWARE_BYTES + PAGE]), Err(ImageError::TooLarge { .. })));
    }

    #[test]
    fn a_table_that_leads_outside_the_file_or_itself_is_refused() {
        let good = firmware(1, &[(ONE, vec![0; 4])], &[]);
        let footer = PAGE - BEHIND_TABLE - ENTRY;
        for length in [0, 17, 39, 41, 0xFFFF] {
            let mut bad = good.clone();
            bad[footer..footer + 2].copy_from_slice(&u16::to_le_bytes(length));
            assert!(Firmware::read(&bad).is_err(), "{length}");
        }
        for length in [0, 17, 21, 23, 0xFFFF] {
            let mut bad = good.clone();
            bad[footer - ENTRY..footer - 16].copy_from_slice(&u16::to_le_bytes(length));
            assert!(Firmware::read(&bad).is_err(), "{length}");
        }
    }

    #[test]
    fn an_entry_that_comes_twice_is_refused() {
        let file = firmware(1, &[(ONE, vec![0; 4]), (ONE, vec![1; 4])], &[]);
        assert!(matches!(Firmware::read(&file), Err(ImageError::Form { .. })));
    }

    #[test]
    fn a_description_outside_the_file_is_refused() {
        let file = firmware(1, &[(ONE, 4097_u32.to_le_bytes().to_vec())], &[]);
        assert!(Firmware::read(&file).unwrap().described(&ONE).is_err());
    }
}
