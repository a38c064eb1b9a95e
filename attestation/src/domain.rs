//! The contexts under which this crate hashes, and how: SHA-256 over `u8 length of context ‖ context ‖ for
//! each part (u32 little-endian length ‖ part)`, which is also the construction of the protocol's hashes.

/// A TDX measurement's identity.
pub(crate) const TDX_MEASUREMENT: &str = "adyton/v1/tdx-measurement";
/// The identity of a TDX measurement with service domains.
pub(crate) const TDX_SERVED_MEASUREMENT: &str = "adyton/v1/tdx-measurement-with-services";
/// An SGX measurement's identity.
pub(crate) const SGX_MEASUREMENT: &str = "adyton/v1/sgx-measurement";
/// An SEV-SNP guest's measurement's identity.
pub(crate) const SNP_MEASUREMENT: &str = "adyton/v1/snp-measurement";
/// The identity of what was measured into an Azure confidential machine.
pub(crate) const AZURE_MEASUREMENT: &str = "adyton/v1/azure-measurement";
/// The identity of what was measured into a TPM's registers.
pub(crate) const TPM_MEASUREMENT: &str = "adyton/v1/tpm-measurement";
/// A Nitro enclave's measurement's identity.
pub(crate) const NITRO_MEASUREMENT: &str = "adyton/v1/nitro-measurement";
/// An Arm CCA realm's measurement's identity.
pub(crate) const CCA_MEASUREMENT: &str = "adyton/v1/cca-measurement";
/// One piece of evidence, whatever its encoding.
pub(crate) const EVIDENCE: &str = "adyton/v1/evidence";
/// A set of raw Intel collateral.
pub(crate) const COLLATERAL: &str = "adyton/v1/intel-collateral";
/// An authority for the certificates of Intel's platforms.
pub(crate) const AUTHORITY: &str = "adyton/v1/intel-authority";
/// A machine, as a fixed-length key.
pub(crate) const MACHINE: &str = "adyton/v1/machine";
/// A signature that was verified, with its key and message.
pub(crate) const SIGNATURE: &str = "adyton/v1/checked-signature";
/// What was measured on an NVIDIA device.
pub(crate) const NVIDIA_MEASUREMENT: &str = "adyton/v1/nvidia-measurement";
/// The nonce that binds an NVIDIA device's evidence to that of its host.
pub(crate) const NVIDIA_NONCE: &str = "adyton/v1/nvidia-nonce";

/// The domain-separated, length-prefixed SHA-256 of `parts`.
pub(crate) fn hash(context: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = Sha256::new();
    state.update(&[context.len() as u8]);
    state.update(context.as_bytes());
    for part in parts {
        state.update(&(part.len() as u32).to_le_bytes());
        state.update(part);
    }
    state.finish()
}

/// Plain SHA-256, for digests that other programs compute too.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut state = Sha256::new();
    state.update(bytes);
    state.finish()
}

/// SHA-256 by the fastest library that this build has: the digest of a set of collateral alone takes a third of the
/// time of a signature check where the processor has no instructions for it, and more in portable code.
struct Sha256(Sha256State);

#[cfg(feature = "aws-lc")]
type Sha256State = aws_lc_rs::digest::Context;
#[cfg(all(feature = "ring", not(feature = "aws-lc")))]
type Sha256State = ring::digest::Context;
#[cfg(not(any(feature = "ring", feature = "aws-lc")))]
type Sha256State = sha2::Sha256;

impl Sha256 {
    fn new() -> Self {
        #[cfg(feature = "aws-lc")]
        let state = Sha256State::new(&aws_lc_rs::digest::SHA256);
        #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
        let state = Sha256State::new(&ring::digest::SHA256);
        #[cfg(not(any(feature = "ring", feature = "aws-lc")))]
        let state = <Sha256State as sha2::Digest>::new();
        Self(state)
    }

    fn update(&mut self, bytes: &[u8]) {
        #[cfg(any(feature = "ring", feature = "aws-lc"))]
        self.0.update(bytes);
        #[cfg(not(any(feature = "ring", feature = "aws-lc")))]
        sha2::Digest::update(&mut self.0, bytes);
    }

    fn finish(self) -> [u8; 32] {
        #[cfg(any(feature = "ring", feature = "aws-lc"))]
        let digest = self.0.finish();
        #[cfg(not(any(feature = "ring", feature = "aws-lc")))]
        let digest = sha2::Digest::finalize(self.0);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        bytes
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn whichever_library_hashes_it_is_sha_256() {
        // FIPS 180-4's examples, of one block and of two.
        for (message, digest) in [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(hex::encode(super::sha256(message.as_bytes())), digest);
        }
        let parts: [&[u8]; 2] = [b"one", b""];
        let whole = b"\x03abc\x03\0\0\0one\0\0\0\0";
        assert_eq!(super::hash("abc", &parts), super::sha256(whole));
    }
}
