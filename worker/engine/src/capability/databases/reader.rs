//! Reads the parts of one message, none of which is longer than the message.

use super::failure::Failure;

/// What of a message is not read yet.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The next `length` bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Failure> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Failure::Nonsense("a message is cut short"))?;
        self.0 = rest;
        Ok(bytes)
    }

    /// The next bytes, of a known number.
    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Failure> {
        self.bytes(LENGTH).map(|bytes| bytes.try_into().expect("as many were read"))
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Result<u8, Failure> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The bytes up to a zero, which is read too.
    pub(super) fn until_zero(&mut self) -> Result<&'a [u8], Failure> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(Failure::Nonsense("a text has no end"))?;
        let text = self.bytes(end)?;
        self.bytes(1)?;
        Ok(text)
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_does_not_have_is_refused() {
        let mut reader = Reader::new(b"ab\0c");
        assert_eq!(reader.until_zero(), Ok(b"ab".as_slice()));
        assert_eq!(reader.until_zero(), Err(Failure::Nonsense("a text has no end")));
        assert_eq!(reader.array::<2>(), Err(Failure::Nonsense("a message is cut short")));
        assert_eq!(reader.bytes(usize::MAX), Err(Failure::Nonsense("a message is cut short")));
        assert_eq!((reader.byte(), reader.is_empty()), (Ok(b'c'), true));
        assert_eq!(reader.rest(), b"");
    }
}
