//! SHA-256 (FIPS 180-4), by the fastest library that this build has: a receipt takes some ninety blocks of it, and where
//! the processor has no instructions for it, portable code needs twice the time of assembler.

#[cfg(feature = "ring")]
type State = ring::digest::Context;
#[cfg(not(feature = "ring"))]
type State = sha2::Sha256;

/// A hash under way.
pub(crate) struct Sha256(State);

impl Sha256 {
    /// Of nothing so far.
    pub(crate) fn new() -> Self {
        #[cfg(feature = "ring")]
        let state = State::new(&ring::digest::SHA256);
        #[cfg(not(feature = "ring"))]
        let state = <State as sha2::Digest>::new();
        Self(state)
    }

    /// And of these bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        #[cfg(feature = "ring")]
        self.0.update(bytes);
        #[cfg(not(feature = "ring"))]
        sha2::Digest::update(&mut self.0, bytes);
    }

    /// The hash.
    pub(crate) fn finish(self) -> [u8; 32] {
        #[cfg(feature = "ring")]
        let hash = self.0.finish();
        #[cfg(not(feature = "ring"))]
        let hash = sha2::Digest::finalize(self.0);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.as_ref());
        bytes
    }
}

/// The hash of `parts`, one behind the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    parts.iter().for_each(|part| state.update(part));
    state.finish()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn it_is_the_standards_hash_however_the_bytes_are_cut() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(sha256(&[b"abc"])), known);
        assert_eq!(hex::encode(sha256(&[b"a", b"", b"bc"])), known);
        for length in [0, 55, 56, 63, 64, 65, 119, 120, 1000] {
            let bytes = vec![7; length];
            let expected: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
            let (one, other) = bytes.split_at(length / 3);
            assert_eq!([sha256(&[&bytes]), sha256(&[one, other])], [expected; 2], "{length}");
        }
    }
}
