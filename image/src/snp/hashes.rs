//! The page of the kernel's hashes, with which the firmware compares what it is given to start.
//! Source: QEMU, `target/i386/sev.c` (`SevHashTable`); EDK II, `OvmfPkg/AmdSev`.
//!
//! A table of `GUID ‖ u16 length of all of it ‖ three entries`, each `GUID ‖ u16 length ‖ SHA-256`, filled with zeros
//! to a multiple of 16.

use std::io::{self, Read};

use crate::{
    ImageError, Sha256Digest,
    firmware::{Guid, PAGE, mixed},
};

/// 9438d606-4f22-4cc9-b479-a793d411fd21
const TABLE: Guid =
    mixed([0x94, 0x38, 0xd6, 0x06, 0x4f, 0x22, 0x4c, 0xc9, 0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21]);
/// 97d02dd8-bd20-4c94-aa78-e7714d36ab2a
const COMMAND_LINE: Guid =
    mixed([0x97, 0xd0, 0x2d, 0xd8, 0xbd, 0x20, 0x4c, 0x94, 0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36, 0xab, 0x2a]);
/// 44baf731-3a2f-4bd7-9af1-41e29169781d
const INITRD: Guid =
    mixed([0x44, 0xba, 0xf7, 0x31, 0x3a, 0x2f, 0x4b, 0xd7, 0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69, 0x78, 0x1d]);
/// 4de79437-abd2-427f-b835-d5b172d2045b
const KERNEL: Guid =
    mixed([0x4d, 0xe7, 0x94, 0x37, 0xab, 0xd2, 0x42, 0x7f, 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04, 0x5b]);

const ENTRY_BYTES: u16 = 16 + 2 + 32;
const TABLE_BYTES: u16 = 16 + 2 + 3 * ENTRY_BYTES;

/// What QEMU starts with `-kernel`, `-initrd` and `-append`, by its hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Of the kernel's file as it is: QEMU changes its header for guests that it does not measure, and not here.
    pub kernel: Sha256Digest,
    /// Of the initial file system's file, of nothing where there is none.
    pub initrd: Sha256Digest,
    /// Of the command line with the zero that ends it.
    pub command_line: Sha256Digest,
}

impl Boot {
    /// Hashes of these.
    pub fn new(kernel: &[u8], initrd: &[u8], command_line: &str) -> Self {
        Self {
            kernel: Sha256Digest::of(&[kernel]),
            initrd: Sha256Digest::of(&[initrd]),
            command_line: Sha256Digest::of(&[command_line.as_bytes(), &[0]]),
        }
    }

    /// Hashes of these files, which are read to their end.
    ///
    /// # Errors
    /// What reading fails with.
    pub fn of_readers(kernel: impl Read, initrd: impl Read, command_line: &str) -> io::Result<Self> {
        let (kernel, initrd) = (Sha256Digest::of_reader(kernel)?, Sha256Digest::of_reader(initrd)?);
        Ok(Self { kernel, initrd, ..Self::new(&[], &[], command_line) })
    }

    /// The page, with the table at `offset` in it.
    pub(super) fn page(&self, offset: usize) -> Result<[u8; PAGE], ImageError> {
        let table = self.table();
        let mut page = [0; PAGE];
        let place = page.get_mut(offset..offset.saturating_add(table.len()));
        let place = place.ok_or(ImageError::Truncated { what: "the page for the kernel's hashes" })?;
        place.copy_from_slice(&table);
        Ok(page)
    }

    fn table(&self) -> Vec<u8> {
        let mut table = [&TABLE[..], &TABLE_BYTES.to_le_bytes()].concat();
        for (guid, hash) in [(COMMAND_LINE, self.command_line), (INITRD, self.initrd), (KERNEL, self.kernel)] {
            table.extend_from_slice(&guid);
            table.extend_from_slice(&ENTRY_BYTES.to_le_bytes());
            table.extend_from_slice(&hash.0);
        }
        table.resize(table.len().next_multiple_of(16), 0);
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lies_where_the_firmware_wants_it() {
        let boot = Boot::new(b"kernel", b"initrd", "quiet");
        let page = boot.page(0xC00).unwrap();
        assert_eq!(page[0xC00..0xC12], [&TABLE[..], &[168, 0]].concat());
        assert!(page[..0xC00].iter().chain(&page[0xCB0..]).all(|byte| *byte == 0));
        assert_eq!(page[0xC00 + 18 + 18..][..32], Sha256Digest::of(&[b"quiet\0"]).0);
    }

    #[test]
    fn a_table_that_would_leave_the_page_is_refused() {
        let boot = Boot::new(b"", b"", "");
        assert!(boot.page(PAGE - 176).is_ok());
        for offset in [PAGE - 175, PAGE, usize::MAX] {
            assert!(matches!(boot.page(offset), Err(ImageError::Truncated { .. })));
        }
    }

    #[test]
    fn hashes_of_files_are_those_of_their_bytes() {
        let read = Boot::of_readers(&b"kernel"[..], &b"initrd"[..], "quiet").unwrap();
        assert_eq!(read, Boot::new(b"kernel", b"initrd", "quiet"));
    }
}
