//! Reading the TPM's big-endian structures, one field after the other, borrowed from the input.

/// The input ended before the field did, or goes on after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lengths;

/// What is left to read.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Lengths> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Lengths)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Lengths> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Lengths)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Lengths> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Lengths> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Lengths> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Lengths> {
        self.array().map(u64::from_be_bytes)
    }

    /// A `TPM2B`: as many bytes as the u16 before them says.
    pub(crate) fn counted(&mut self) -> Result<&'a [u8], Lengths> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }

    /// The bytes that were not read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }
}
