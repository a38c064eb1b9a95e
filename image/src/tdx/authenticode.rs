//! The hash of an EFI program that the firmware measures: all of its file but its checksum and its signatures.
//! Source: Microsoft, "Windows Authenticode Portable Executable Signature Format"; TCG, "PC Client Platform Firmware
//! Profile", section 3.3.4.

use sha2::{Digest, Sha384};

use crate::{ImageError, Sha384Digest, bytes::Bytes};

/// The longest kernel.
const MAX_BYTES: usize = 512 * 1024 * 1024;
const WHAT: &str = "the kernel as an EFI program";
const MAX_SECTIONS: u16 = 96;
const SECTION: usize = 40;
/// Entry of the directory: where signatures are.
const SIGNATURES: usize = 4;

/// SHA-384 in the way of Authenticode.
pub(super) fn sha384(file: &[u8]) -> Result<Sha384Digest, ImageError> {
    let mut hash = Sha384::new();
    for part in parts(file)? {
        hash.update(part);
    }
    Ok(Sha384Digest(hash.finalize().into()))
}

/// What is hashed, in order.
fn parts(file: &[u8]) -> Result<Vec<&[u8]>, ImageError> {
    if file.len() > MAX_BYTES {
        return Err(ImageError::TooLarge { what: WHAT, limit: MAX_BYTES as u64 });
    }
    // Tools that sign fill a file up first, and firmware does not: with nothing to fill they agree.
    if !file.len().is_multiple_of(8) {
        return Err(ImageError::form(WHAT, format!("{} bytes", file.len()), "a multiple of 8"));
    }
    let bytes = Bytes::new(WHAT, file);
    let headers = Headers::read(bytes)?;
    let between = |start: usize, end: usize| {
        let length = end.checked_sub(start).ok_or(ImageError::Truncated { what: WHAT })?;
        bytes.part(start, length)
    };
    let mut parts = vec![
        between(0, headers.checksum)?,
        between(headers.checksum + 4, headers.signatures)?,
        between(headers.signatures + 8, headers.end)?,
    ];
    let mut at = headers.end;
    for (start, length) in headers.sections {
        // Gaps and overlaps are allowed by the format; no kernel has any, and what would be hashed then is not clear.
        if start != at {
            return Err(ImageError::form(WHAT, "sections with gaps between them, or over each other", "neither"));
        }
        parts.push(bytes.part(start, length)?);
        at = start + length;
    }
    let (signatures, length) = headers.signed;
    let end = match length {
        0 => file.len(),
        _ if signatures.checked_add(length) == Some(file.len()) && signatures >= at => signatures,
        _ => return Err(ImageError::form(WHAT, "signatures elsewhere", "signatures at its end, or none")),
    };
    parts.push(between(at, end)?);
    Ok(parts)
}

/// What the headers say.
struct Headers {
    /// Where the checksum is: four bytes.
    checksum: usize,
    /// Where the directory's entry about signatures is: eight bytes.
    signatures: usize,
    /// The end of the headers.
    end: usize,
    /// Place and length of each section with content, in the order of the file.
    sections: Vec<(usize, usize)>,
    /// Place and length of the signatures.
    signed: (usize, usize),
}

impl Headers {
    fn read(bytes: Bytes<'_>) -> Result<Self, ImageError> {
        let start = bytes.size(0x3C)?;
        if bytes.array(0)? != *b"MZ" || bytes.array(start)? != *b"PE\0\0" {
            return Err(ImageError::form(WHAT, "other signatures", "\"MZ\" and \"PE\": a kernel with an EFI stub"));
        }
        let coff = start + 4;
        let optional = coff + 20;
        // PE32+ is for 64 bits; the directory begins 112 bytes into it.
        if bytes.u16(optional)? != 0x20B {
            return Err(ImageError::form(WHAT, "a program of 32 bits", "one of 64 bits"));
        }
        if bytes.size(optional + 108)? <= SIGNATURES {
            return Err(ImageError::form(WHAT, "a short directory", "one with an entry for signatures"));
        }
        let entry = optional + 112 + 8 * SIGNATURES;
        let count = bytes.u16(coff + 2)?;
        if count > MAX_SECTIONS {
            return Err(ImageError::form(WHAT, format!("{count} sections"), "at most 96"));
        }
        let table = optional + usize::from(bytes.u16(coff + 16)?);
        let mut sections = Vec::new();
        for section in (0..count).map(|index| table + usize::from(index) * SECTION) {
            let (length, place) = (bytes.size(section + 16)?, bytes.size(section + 20)?);
            if length > 0 {
                sections.push((place, length));
            }
        }
        sections.sort_unstable();
        Ok(Self {
            checksum: optional + 64,
            signatures: entry,
            end: bytes.size(optional + 60)?,
            sections,
            signed: (bytes.size(entry)?, bytes.size(entry + 4)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COFF: usize = 0x84;
    const OPTIONAL: usize = COFF + 20;
    const ENTRY: usize = OPTIONAL + 144;
    const TABLE: usize = OPTIONAL + 240;

    fn put(file: &mut [u8], at: usize, value: u32) {
        file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// A program with headers of 0x400 bytes, two sections and a few bytes behind them.
    fn program() -> Vec<u8> {
        let mut file: Vec<u8> = (0..0x1008_u32).map(|index| index as u8 | 1).collect();
        file[..0x400].fill(0);
        file[..2].copy_from_slice(b"MZ");
        put(&mut file, 0x3C, 0x80);
        file[0x80..0x84].copy_from_slice(b"PE\0\0");
        file[COFF + 2] = 2;
        file[COFF + 16] = 240;
        file[OPTIONAL..OPTIONAL + 2].copy_from_slice(&[0x0B, 0x02]);
        put(&mut file, OPTIONAL + 60, 0x400);
        put(&mut file, OPTIONAL + 64, 0xC4EC_C4EC);
        put(&mut file, OPTIONAL + 108, 16);
        // In the table the second one comes first.
        for (index, (length, place)) in [(0x800, 0x800), (0x400, 0x400)].into_iter().enumerate() {
            put(&mut file, TABLE + index * SECTION + 16, length);
            put(&mut file, TABLE + index * SECTION + 20, place);
        }
        file
    }

    #[test]
    fn all_is_hashed_but_checksum_and_signatures() {
        let file = program();
        let expected = [&file[..OPTIONAL + 64], &file[OPTIONAL + 68..ENTRY], &file[ENTRY + 8..]].concat();
        assert_eq!(parts(&file).unwrap().concat(), expected);
        assert_eq!(sha384(&file).unwrap(), Sha384Digest::of(&[&expected]));
    }

    #[test]
    fn a_signature_does_not_change_the_hash() {
        let plain = program();
        let mut signed = plain.clone();
        put(&mut signed, OPTIONAL + 64, 1);
        put(&mut signed, ENTRY, 0x1008);
        put(&mut signed, ENTRY + 4, 104);
        signed.extend([7; 104]);
        assert_eq!(sha384(&signed).unwrap(), sha384(&plain).unwrap());
    }

    #[test]
    fn what_is_no_program_is_refused() {
        let good = program();
        for length in [0, 1, 0x40, 0x80, 0x100, 0x200, 0x800, 0x1007] {
            assert!(sha384(&good[..length]).is_err(), "{length}");
        }
        for (at, value) in [
            (0, 0),
            (0x3C, u32::MAX),
            (0x80, 0),
            (COFF, 97 << 16),
            (OPTIONAL, 0x10B),
            (OPTIONAL + 60, 0),
            (OPTIONAL + 60, u32::MAX),
            (OPTIONAL + 108, 4),
            (TABLE + 16, u32::MAX),
            (TABLE + 20, 0x801),
            (TABLE + 20, 0x7FF),
            (ENTRY + 4, 1),
        ] {
            let mut bad = good.clone();
            put(&mut bad, at, value);
            assert!(sha384(&bad).is_err(), "{at:#x}");
        }
    }
}
