//! The registers (PCRs) of an AWS Nitro enclave, from its image file (EIF).
//! Source: AWS, `aws-nitro-enclaves-image-format`, README ("Enclave Image File Format", versions 2 to 4).
//!
//! An image file is a header of 548 bytes, then sections of `u16 kind ‖ u16 flags ‖ u64 length ‖ content`, all
//! big-endian. A register is SHA-384 over 48 zeros and the SHA-384 of contents:
//!
//! | register | contents, in the file's order |
//! |---|---|
//! | PCR0 | kernel, command line, all initial file systems |
//! | PCR1 | kernel, command line, the first initial file system |
//! | PCR2 | the other initial file systems |
//! | PCR8 | the signing certificate (DER), where the image is signed |
//!
//! PCR3 (role), PCR4 (instance) and PCR7 come from where the enclave runs, not from its image. Metadata and flags are
//! in no register. Whether the signature is right is for the hypervisor, which starts nothing else.
//!
//! **Compared with.** PCR2 of an image with one initial file system, which is the same for all of them and published
//! by several projects. The rest follows the formulas of the README; no whole image with published registers was at
//! hand.

mod certificate;
mod crc;

use serde::Serialize;
use sha2::{Digest, Sha384};
use std::io::{self, Read};

use crate::{ImageError, Sha384Digest, digest::feed};
use crc::Crc32;

/// The longest image; enclaves have less memory than that.
pub const MAX_IMAGE_BYTES: u64 = 64 << 30;
/// The longest signature section, as the format says.
const MAX_SIGNATURE_BYTES: u64 = 32 * 1024;
const MAX_SECTIONS: u16 = 32;
const HEADER: usize = 548;
const SECTION_HEADER: usize = 12;
const WHAT: &str = "the enclave image";

/// The registers that an image decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Registers {
    /// The whole image.
    pub pcr0: Sha384Digest,
    /// Kernel, command line and first initial file system.
    pub pcr1: Sha384Digest,
    /// The application: the other initial file systems.
    pub pcr2: Sha384Digest,
    /// The signing certificate; `None` if the image is not signed, where the register is all zeros.
    pub pcr8: Option<Sha384Digest>,
}

/// The registers of the image file that `from` gives, which is read once and to its end.
///
/// # Errors
/// [`ImageError::Io`], [`ImageError::Truncated`], [`ImageError::TooLarge`], or [`ImageError::Form`] for another
/// version, sections that the header does not announce, a wrong checksum, a missing kernel, command line or initial
/// file system, or anything after the last section.
pub fn registers(from: impl Read) -> Result<Registers, ImageError> {
    let mut file = Checked { from, crc: Crc32::new() };
    let header = Header::read(&mut file)?;
    let mut contents = Contents::default();
    let mut at = HEADER as u64;
    for section in &header.sections {
        if section.offset != at {
            return Err(ImageError::form(WHAT, format!("a section at {}", section.offset), "one behind the other"));
        }
        let head: [u8; SECTION_HEADER] = file.array()?;
        let [kind0, kind1, _, _, length @ ..] = head;
        if u64::from_be_bytes(length) != section.length {
            return Err(ImageError::form(WHAT, "a section of another length", "the length that the header names"));
        }
        contents.add(u16::from_be_bytes([kind0, kind1]), section.length, &mut file)?;
        at = at + SECTION_HEADER as u64 + section.length;
    }
    let found = file.crc.value();
    if found != header.checksum {
        return Err(ImageError::form(WHAT, format!("the checksum {found:#010x}"), "the one that the header names"));
    }
    match file.from.read(&mut [0])? {
        0 => contents.registers(header.version),
        _ => Err(ImageError::form(WHAT, "bytes behind the last section", "its end there")),
    }
}

/// The registers of an image that is made of these parts, in this order, and signed by the owner of `certificate`
/// (PEM), if there is one.
///
/// # Errors
/// [`ImageError::Io`]; [`ImageError::Form`] for a certificate that is not PEM, or no initial file system.
pub fn registers_of_parts<R: Read>(
    kernel: impl Read,
    command_line: &[u8],
    initrds: impl IntoIterator<Item = R>,
    certificate: Option<&[u8]>,
) -> Result<Registers, ImageError> {
    let mut contents = Contents::default();
    feed(kernel, |part| contents.both(part))?;
    contents.kernels = 1;
    contents.both(command_line);
    contents.command_lines = 1;
    for initrd in initrds {
        let first = contents.initrds == 0;
        feed(initrd, |part| contents.initrd(part, first))?;
        contents.initrds += 1;
    }
    contents.certificate = certificate.map(certificate::of_pem).transpose()?;
    // Metadata are in no register.
    contents.metadata = 1;
    contents.registers(CURRENT)
}

/// The newest version of the format.
const CURRENT: u16 = 4;

struct Section {
    offset: u64,
    length: u64,
}

struct Header {
    version: u16,
    sections: Vec<Section>,
    checksum: u32,
}

impl Header {
    /// Magic, version, flags, default memory and processors, a reserved number, the number of sections, 32 offsets,
    /// 32 lengths, a reserved number, and the checksum of all but itself.
    fn read(file: &mut Checked<impl Read>) -> Result<Self, ImageError> {
        let (magic, version): ([u8; 4], u16) = (file.array()?, file.u16()?);
        if magic != *b".eif" || !(2..=CURRENT).contains(&version) {
            return Err(ImageError::form(WHAT, format!("version {version}, {magic:02x?}"), "\".eif\", version 2 to 4"));
        }
        file.array::<{ 2 + 8 + 8 + 2 }>()?;
        let count = file.u16()?;
        if count == 0 || count > MAX_SECTIONS {
            return Err(ImageError::form(WHAT, format!("{count} sections"), "1 to 32"));
        }
        let offsets = file.table()?;
        let lengths = file.table()?;
        file.array::<4>()?;
        let sections = offsets.into_iter().zip(lengths).take(count.into());
        let sections: Vec<_> = sections.map(|(offset, length)| Section { offset, length }).collect();
        let total = sections.iter().try_fold(HEADER as u64, |total, section| {
            total.checked_add(SECTION_HEADER as u64)?.checked_add(section.length)
        });
        if total.is_none_or(|total| total > MAX_IMAGE_BYTES) {
            return Err(ImageError::TooLarge { what: WHAT, limit: MAX_IMAGE_BYTES });
        }
        let checksum = u32::from_be_bytes(file.unchecked()?);
        Ok(Self { version, sections, checksum })
    }
}

/// What the sections have in them, as far as registers want to know.
#[derive(Default)]
struct Contents {
    whole: Sha384,
    boot: Sha384,
    application: Sha384,
    certificate: Option<Vec<u8>>,
    kernels: usize,
    command_lines: usize,
    initrds: usize,
    metadata: usize,
}

impl Contents {
    fn add(&mut self, kind: u16, length: u64, file: &mut Checked<impl Read>) -> Result<(), ImageError> {
        match kind {
            1 => {
                self.kernels += 1;
                file.content(length, |part| self.both(part))
            }
            2 => {
                self.command_lines += 1;
                file.content(length, |part| self.both(part))
            }
            3 if self.kernels == 0 => Err(ImageError::form(WHAT, "an initial file system first", "the kernel first")),
            3 => {
                self.initrds += 1;
                let first = self.initrds == 1;
                file.content(length, |part| self.initrd(part, first))
            }
            4 if length > MAX_SIGNATURE_BYTES => {
                Err(ImageError::TooLarge { what: "the image's signature", limit: MAX_SIGNATURE_BYTES })
            }
            4 if self.certificate.is_some() => Err(ImageError::form(WHAT, "two signatures", "at most one")),
            4 => {
                let mut signature = Vec::new();
                file.content(length, |part| signature.extend_from_slice(part))?;
                self.certificate = Some(certificate::of_signature(&signature)?);
                Ok(())
            }
            5 => {
                self.metadata += 1;
                file.content(length, |_| ())
            }
            other => Err(ImageError::form(WHAT, format!("a section of kind {other}"), "a known kind")),
        }
    }

    fn both(&mut self, part: &[u8]) {
        self.whole.update(part);
        self.boot.update(part);
    }

    fn initrd(&mut self, part: &[u8], first: bool) {
        self.whole.update(part);
        if first {
            self.boot.update(part);
        } else {
            self.application.update(part);
        }
    }

    fn registers(self, version: u16) -> Result<Registers, ImageError> {
        if self.kernels != 1 || self.command_lines != 1 || self.initrds == 0 {
            let found = format!(
                "{} kernels, {} command lines, {} initial file systems",
                self.kernels, self.command_lines, self.initrds
            );
            return Err(ImageError::form(WHAT, found, "one, one, and at least one"));
        }
        if self.metadata != usize::from(version >= 4) {
            let found = format!("{} sections of metadata in version {version}", self.metadata);
            return Err(ImageError::form(WHAT, found, "one since version 4, none before"));
        }
        if self.certificate.is_some() && version < 3 {
            return Err(ImageError::form(WHAT, "a signature in version 2", "one since version 3"));
        }
        Ok(Registers {
            pcr0: register(Sha384Digest(self.whole.finalize().into())),
            pcr1: register(Sha384Digest(self.boot.finalize().into())),
            pcr2: register(Sha384Digest(self.application.finalize().into())),
            pcr8: self.certificate.map(|certificate| register(Sha384Digest::of(&[&certificate]))),
        })
    }
}

/// A register that was extended once.
fn register(contents: Sha384Digest) -> Sha384Digest {
    Sha384Digest::ZERO.extended(contents)
}

/// A file of which everything that is read is in the checksum.
struct Checked<R> {
    from: R,
    crc: Crc32,
}

impl<R: Read> Checked<R> {
    fn unchecked<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).map_err(truncated)?;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        let bytes = self.unchecked()?;
        self.crc.update(&bytes);
        Ok(bytes)
    }

    fn u16(&mut self) -> Result<u16, ImageError> {
        self.array().map(u16::from_be_bytes)
    }

    fn table(&mut self) -> Result<[u64; MAX_SECTIONS as usize], ImageError> {
        let mut table = [0; MAX_SECTIONS as usize];
        for entry in &mut table {
            *entry = u64::from_be_bytes(self.array()?);
        }
        Ok(table)
    }

    fn content(&mut self, length: u64, mut to: impl FnMut(&[u8])) -> Result<(), ImageError> {
        let mut found = 0;
        feed((&mut self.from).take(length), |part| {
            found += part.len() as u64;
            self.crc.update(part);
            to(part);
        })?;
        if found == length { Ok(()) } else { Err(ImageError::Truncated { what: WHAT }) }
    }
}

fn truncated(error: io::Error) -> ImageError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ImageError::Truncated { what: WHAT },
        _ => ImageError::Io(error),
    }
}

#[cfg(test)]
mod tests;
