//! Reading at places in a file, within it.

use crate::ImageError;

/// A file or a part of one, with its name for errors.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a> {
    what: &'static str,
    bytes: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, bytes }
    }

    /// `length` bytes at `at`.
    pub(crate) fn part(&self, at: usize, length: usize) -> Result<&'a [u8], ImageError> {
        let end = at.checked_add(length).ok_or(ImageError::Truncated { what: self.what })?;
        self.bytes.get(at..end).ok_or(ImageError::Truncated { what: self.what })
    }

    pub(crate) fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], ImageError> {
        let part = self.part(at, N)?;
        Ok(part.try_into().expect("a part has the length that was asked for"))
    }

    /// Little-endian.
    pub(crate) fn u16(&self, at: usize) -> Result<u16, ImageError> {
        self.array(at).map(u16::from_le_bytes)
    }

    /// Little-endian.
    pub(crate) fn u32(&self, at: usize) -> Result<u32, ImageError> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// Little-endian.
    pub(crate) fn u64(&self, at: usize) -> Result<u64, ImageError> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A place or length, as files of up to 4 GiB write them.
    pub(crate) fn size(&self, at: usize) -> Result<usize, ImageError> {
        usize::try_from(self.u32(at)?).map_err(|_| ImageError::Truncated { what: self.what })
    }
}
