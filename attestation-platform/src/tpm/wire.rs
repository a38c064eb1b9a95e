//! Marshalling: big-endian numbers, and byte strings with a length of two bytes before them.

use std::{io, thread, time::Duration};

use super::{MAX_TPM_MESSAGE_BYTES, Tpm};
use crate::PlatformError;

/// `TPM_ST_NO_SESSIONS` and `TPM_ST_SESSIONS`.
const PLAIN: u16 = 0x8001;
const AUTHORISED: u16 = 0x8002;
/// `TPM_RS_PW`: an authorisation by password; ours is always the empty one.
const PASSWORD: u32 = 0x4000_0009;
/// `TPM_RC_RETRY`, `TPM_RC_YIELDED`, `TPM_RC_TESTING`: not now.
const PASSING: [u32; 3] = [0x922, 0x908, 0x90A];
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(50);
const HEADER: usize = 10;

/// A command under construction: handles first, then the authorisation if it needs one, then parameters.
pub(super) struct Command {
    name: &'static str,
    bytes: Vec<u8>,
    authorised: bool,
}

impl Command {
    pub(super) fn new(name: &'static str, code: u32) -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&PLAIN.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&code.to_be_bytes());
        Self { name, bytes, authorised: false }
    }

    pub(super) fn u8(mut self, value: u8) -> Self {
        self.bytes.push(value);
        self
    }

    pub(super) fn u16(mut self, value: u16) -> Self {
        self.bytes.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn u32(mut self, value: u32) -> Self {
        self.bytes.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn raw(mut self, value: &[u8]) -> Self {
        self.bytes.extend_from_slice(value);
        self
    }

    /// A byte string; only short ones of our own are ever sent.
    pub(super) fn sized(self, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).expect("what we send is short");
        self.u16(length).raw(value)
    }

    /// The empty password for the handle before it.
    pub(super) fn authorised(mut self) -> Self {
        self.authorised = true;
        self.bytes[..2].copy_from_slice(&AUTHORISED.to_be_bytes());
        // Length of the area, session, empty nonce, no attributes, empty password.
        self.u32(9).u32(PASSWORD).u16(0).u8(0).u16(0)
    }

    /// Sends the command; the answer's parameters.
    pub(super) fn send(mut self, tpm: &dyn Tpm) -> Result<Vec<u8>, PlatformError> {
        let length = u32::try_from(self.bytes.len()).expect("what we send is short");
        self.bytes[2..6].copy_from_slice(&length.to_be_bytes());
        for _ in 0..ATTEMPTS {
            let answer = tpm.exchange(&self.bytes).map_err(PlatformError::io("ask the TPM"))?;
            match self.parameters(&answer) {
                Err(PlatformError::Tpm { code, .. }) if PASSING.contains(&code) => thread::sleep(PAUSE),
                result => return result.map(<[u8]>::to_vec),
            }
        }
        let source = io::Error::from(io::ErrorKind::ResourceBusy);
        Err(PlatformError::Io { what: "get an answer from the TPM, which says to try again", source })
    }

    fn parameters<'a>(&self, answer: &'a [u8]) -> Result<&'a [u8], PlatformError> {
        if answer.len() > MAX_TPM_MESSAGE_BYTES {
            return Err(PlatformError::TooLarge);
        }
        let mut fields = Fields::new(answer);
        let (tag, length, code) = (fields.u16()?, fields.u32()?, fields.u32()?);
        if usize::try_from(length).ok() != Some(answer.len()) {
            return Err(PlatformError::Protocol);
        }
        if code != 0 {
            return Err(PlatformError::Tpm { command: self.name, code });
        }
        if !self.authorised {
            return if tag == PLAIN { Ok(&answer[HEADER..]) } else { Err(PlatformError::Protocol) };
        }
        if tag != AUTHORISED {
            return Err(PlatformError::Protocol);
        }
        let length = usize::try_from(fields.u32()?).map_err(|_| PlatformError::Protocol)?;
        // What follows is the empty password's echo, which proves nothing.
        fields.take(length)
    }
}

/// An answer's fields, in order.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], PlatformError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(PlatformError::Protocol)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PlatformError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(PlatformError::Protocol)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, PlatformError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, PlatformError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, PlatformError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A byte string.
    pub(super) fn sized(&mut self) -> Result<&'a [u8], PlatformError> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// Everything was read.
    pub(super) fn end(self) -> Result<(), PlatformError> {
        if self.rest.is_empty() { Ok(()) } else { Err(PlatformError::Protocol) }
    }
}
