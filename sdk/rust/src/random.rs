//! Randomness that nobody can foresee. Needs the grant `random`.

use crate::{Error, bindings::phat::contract::random};

/// `length` random bytes, at most 65536.
pub fn bytes(length: u32) -> Result<Vec<u8>, Error> {
    random::bytes(length)
}

/// An array of random bytes.
pub fn array<const N: usize>() -> Result<[u8; N], Error> {
    let length = u32::try_from(N).map_err(|_| Error::Invalid("too many random bytes".into()))?;
    bytes(length)?.try_into().map_err(|_| Error::Other("another number of bytes than asked for".into()))
}
