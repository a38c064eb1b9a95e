//! What an SGX enclave's signature says about it.
//! Source: Intel SDM volume 3D, section 39.13, table "Layout of Enclave Signature Structure (SIGSTRUCT)".
//!
//! MRENCLAVE is a hash over the loading of each page, and the loader (Gramine's `gramine-sgx-sign`) computes it when it
//! signs. It is read here, not predicted; and the signature is not verified, because the processor does that before
//! an enclave runs.
//!
//! **Compared with.** Nothing but the table: a signature of our own makes the tests.

use serde::Serialize;

use crate::{ImageError, Sha256Digest, bytes::Bytes};

/// The length of a signature.
pub const SIGSTRUCT_BYTES: usize = 1808;
const WHAT: &str = "the enclave's signature";
const HEADER: [u8; 16] = [6, 0, 0, 0, 0xE1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
const HEADER2: [u8; 16] = [1, 1, 0, 0, 0x60, 0, 0, 0, 0x60, 0, 0, 0, 1, 0, 0, 0];
const EXPONENT: u32 = 3;
const DEBUG: u64 = 1 << 1;

/// An enclave, as its signature describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// MRENCLAVE.
    pub mr_enclave: Sha256Digest,
    /// MRSIGNER: the hash of the signing key.
    pub mr_signer: Sha256Digest,
    /// The product's number.
    pub product: u16,
    /// The security version.
    pub security_version: u16,
    /// Whether a debug enclave is among those that the signature is for: its mask does not demand the flag's value, or
    /// demands that it is set.
    pub debug_allowed: bool,
}

impl Signature {
    /// Reads a `SIGSTRUCT`.
    ///
    /// # Errors
    /// [`ImageError::Form`] for another length, header or exponent.
    pub fn read(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.len() != SIGSTRUCT_BYTES {
            return Err(ImageError::form(WHAT, format!("{} bytes", bytes.len()), "1808 bytes"));
        }
        let fields = Bytes::new(WHAT, bytes);
        if fields.array(0)? != HEADER || fields.array(24)? != HEADER2 || fields.u32(512)? != EXPONENT {
            return Err(ImageError::form(WHAT, "other constants", "the headers and exponent of a SIGSTRUCT"));
        }
        let (flags, mask) = (fields.u64(928)?, fields.u64(944)?);
        Ok(Self {
            mr_enclave: Sha256Digest(fields.array(960)?),
            mr_signer: Sha256Digest::of(&[fields.part(128, 384)?]),
            product: fields.u16(1024)?,
            security_version: fields.u16(1026)?,
            debug_allowed: mask & DEBUG == 0 || flags & DEBUG != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature() -> Vec<u8> {
        let mut bytes = vec![0; SIGSTRUCT_BYTES];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &HEADER);
        put(24, &HEADER2);
        put(128, &[7; 384]);
        put(512, &[3]);
        put(944, &[0xFF; 16]);
        put(960, &[0xE1; 32]);
        put(1024, &[1, 0, 2, 0]);
        bytes
    }

    #[test]
    fn a_signature_names_its_enclave() {
        let read = Signature::read(&signature()).unwrap();
        let expected = Signature {
            mr_enclave: Sha256Digest([0xE1; 32]),
            mr_signer: Sha256Digest::of(&[&[7; 384]]),
            product: 1,
            security_version: 2,
            debug_allowed: false,
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_signature_that_debug_enclaves_may_use_says_so() {
        for (at, value) in [(928, 2), (944, 0)] {
            let mut bytes = signature();
            bytes[at] = value;
            assert!(Signature::read(&bytes).unwrap().debug_allowed, "{at}");
        }
    }

    #[test]
    fn another_structure_is_refused() {
        let good = signature();
        let longer = [&good[..], &[0]].concat();
        for bad in [&good[1..], &longer, &[]] {
            assert!(matches!(Signature::read(bad), Err(ImageError::Form { .. })));
        }
        for at in [0, 24, 512] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(matches!(Signature::read(&bad), Err(ImageError::Form { .. })), "{at}");
        }
    }
}
