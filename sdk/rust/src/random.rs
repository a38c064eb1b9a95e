//! Randomness: what nobody can foresee, and what only the contract can repeat. Needs the grant `random`.

use crate::{Error, bindings::phat::contract::random};

/// `length` random bytes, at most 65536, others each time.
pub fn bytes(length: u32) -> Result<Vec<u8>, Error> {
    random::bytes(length)
}

/// `length` bytes, at most 8160, that follow from `seed` (at most 1024 bytes) and the contract's secret: the same for the
/// same seed, in every call and on every worker, and for everybody else as good as random. A shorter result is the
/// beginning of a longer one. Whoever chooses the seed, or can try several, chooses the outcome; for keys there is
/// [`crate::crypto::derive`]. `Error::Invalid` for a greater length or a longer seed.
pub fn seeded(seed: &[u8], length: u32) -> Result<Vec<u8>, Error> {
    random::seeded(seed, length)
}

/// An array of random bytes.
pub fn array<const N: usize>() -> Result<[u8; N], Error> {
    let length = u32::try_from(N).map_err(|_| Error::Invalid("too many random bytes".into()))?;
    bytes(length)?.try_into().map_err(|_| Error::Other("another number of bytes than asked for".into()))
}
