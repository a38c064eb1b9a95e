//! MRTD: one hash over everything that builds the guest.

use sha2::{Digest, Sha384};

use super::metadata::{Section, sections};
use crate::{
    ImageError, Sha384Digest,
    firmware::{Firmware, PAGE},
};

/// How much one extension measures.
const CHUNK: usize = 256;

/// The measurement of a guest with this firmware, page after page: each is added, and then its content measured, as
/// Linux does it since 6.16. (Kernels with patches before that measured contents after all pages were added.)
///
/// # Errors
/// Every [`ImageError`] about firmware.
pub fn mrtd(firmware: &[u8]) -> Result<Sha384Digest, ImageError> {
    let firmware = Firmware::read(firmware)?;
    let mut hash = Sha384::new();
    for section in sections(&firmware)? {
        add(&mut hash, &section);
    }
    Ok(Sha384Digest(hash.finalize().into()))
}

fn add(hash: &mut Sha384, section: &Section<'_>) {
    let mut content = section.measured.map(|content| content.chunks_exact(CHUNK));
    for page in (0..section.length).step_by(PAGE) {
        let address = section.address + page;
        hash.update(head(b"MEM.PAGE.ADD", address));
        let Some(content) = &mut content else { continue };
        for (chunk, address) in content.by_ref().take(PAGE / CHUNK).zip((address..).step_by(CHUNK)) {
            hash.update(head(b"MR.EXTEND", address));
            hash.update(chunk);
        }
    }
}

/// What is hashed of a step: its name, and at 16 the address; 128 bytes.
fn head(name: &[u8], address: u64) -> [u8; 128] {
    let mut head = [0; 128];
    head[..name.len()].copy_from_slice(name);
    head[16..24].copy_from_slice(&address.to_le_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{firmware::fake::firmware, tdx::metadata::METADATA};

    /// Place, length in the file, address, length, kind, attributes.
    type Numbers = (u32, u32, u64, u64, u32, u32);

    const CODE: Numbers = (0x1000, 0x2000, 0xFFFF_E000, 0x2000, 0, 1);
    const VARIABLES: Numbers = (0, 0x1000, 0xFFFF_D000, 0x1000, 1, 0);
    const HOB: Numbers = (0, 0, 0x80_9000, 0x2000, 2, 0);
    const MEMORY: Numbers = (0, 0, 0x81_0000, 0x1000, 3, 0);

    fn metadata(sections: &[Numbers]) -> Vec<u8> {
        let mut bytes = b"TDVF".to_vec();
        for number in [16 + 32 * sections.len() as u32, 1, sections.len() as u32] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for (place, stored, address, length, kind, attributes) in sections {
            bytes.extend_from_slice(&[place.to_le_bytes(), stored.to_le_bytes()].concat());
            bytes.extend_from_slice(&[address.to_le_bytes(), length.to_le_bytes()].concat());
            bytes.extend_from_slice(&[kind.to_le_bytes(), attributes.to_le_bytes()].concat());
        }
        bytes
    }

    fn with(sections: &[Numbers]) -> Vec<u8> {
        firmware(3, &[], &[(METADATA, metadata(sections))])
    }

    /// As the ABI's text says it, page by page, written out.
    #[test]
    fn the_measurement_is_the_one_of_the_abis_formula() {
        let file = with(&[CODE, VARIABLES, HOB, MEMORY]);
        let mut expected = Vec::new();
        let step = |expected: &mut Vec<u8>, name: &str, address: u64| {
            let start = expected.len();
            expected.extend_from_slice(name.as_bytes());
            expected.resize(start + 16, 0);
            expected.extend_from_slice(&address.to_le_bytes());
            expected.resize(start + 128, 0);
        };
        for page in 0..2 {
            step(&mut expected, "MEM.PAGE.ADD", 0xFFFF_E000 + page * 0x1000);
            for chunk in 0..16 {
                let offset = page * 0x1000 + chunk * 0x100;
                step(&mut expected, "MR.EXTEND", 0xFFFF_E000 + offset);
                expected.extend_from_slice(&file[0x1000 + offset as usize..][..0x100]);
            }
        }
        for address in [0xFFFF_D000, 0x80_9000, 0x80_A000, 0x81_0000] {
            step(&mut expected, "MEM.PAGE.ADD", address);
        }
        assert_eq!(mrtd(&file).unwrap(), Sha384Digest::of(&[&expected]));
    }

    #[test]
    fn variables_that_are_not_measured_do_not_count() {
        let one = with(&[CODE, VARIABLES]);
        let mut other = one.clone();
        other[7] ^= 1;
        assert_eq!(mrtd(&one).unwrap(), mrtd(&other).unwrap());
        other[0x1007] ^= 1;
        assert_ne!(mrtd(&one).unwrap(), mrtd(&other).unwrap());
    }

    #[test]
    fn a_firmware_without_metadata_is_refused() {
        assert!(matches!(mrtd(&firmware(1, &[], &[])), Err(ImageError::Missing(_))));
    }

    #[test]
    fn sections_that_are_not_predictable_are_refused() {
        for bad in [
            (0x1000, 0x1000, 0xFFFF_E000, 0x2000, 0, 1), // longer in memory than in the file
            (0x1000, 0x3000, 0xFFFF_E000, 0x3000, 0, 1), // beyond the file
            (0x1000, 0x2000, 0xFFFF_E001, 0x2000, 0, 1), // not at a page
            (0x1000, 0x2001, 0xFFFF_E000, 0x2001, 0, 1), // not whole pages
            (0x1000, 0x2000, 0xFFFF_E000, 0x2000, 0, 3), // another attribute
            (0, 0, 0x80_0000, 0x1000, 2, 1),             // measured, and in no file
            (0, 0, 0x80_0000, 0x1000, 3, 1),             // the same
            (0, 0x1000, 0x80_0000, 0x1000, 3, 0),        // in the file
            (0, 0, 0x80_0000, 0, 3, 0),                  // nothing
            (0, 0, 0x80_0000, 1 << 29, 3, 0),            // too much
            (0, 0, 0xFFFF_FFFF_FFFF_F000, 0x2000, 3, 0), // beyond all memory
            (0, 0, 0x80_0000, 0x1000, 4, 0),             // another kind
        ] {
            let error = mrtd(&with(&[bad])).unwrap_err();
            assert!(matches!(error, ImageError::Form { .. } | ImageError::Truncated { .. }), "{bad:x?}: {error}");
        }
    }

    #[test]
    fn metadata_of_another_form_are_refused() {
        let good = metadata(&[CODE, VARIABLES]);
        for (at, value) in [(0, 0), (4, 79), (8, 2), (12, 3), (12, 200), (15, 255)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert!(mrtd(&firmware(3, &[], &[(METADATA, bad)])).is_err(), "{at}");
        }
    }
}
