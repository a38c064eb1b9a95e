//! Predicts what a platform measures when it launches an image, from the image's files alone, and writes the one
//! file of an image that nobody else makes the same way twice: its initial RAM file system.
//!
//! **Where it stands.** Whoever builds a release runs this once, by `adyton image measure`, and publishes what it
//! says; policies name that as an accepted measurement; evidence carries what the hardware measured. Nothing here
//! verifies evidence, and nothing here is believed by a verifier.
//!
//! **What must always hold.** The same files give the same measurement on every machine. A file that is not
//! understood to its last rule gives an error and no measurement: a wrong prediction would be an accepted
//! measurement that nobody reviewed.
//!
//! **What it refuses.** Files that are not of their form, sizes beyond their bounds, sections of unknown kinds,
//! sections that overlap or lie outside what they describe.
//!
//! | module | measurement | of |
//! |---|---|---|
//! | [`snp`] | launch digest | AMD SEV-SNP under QEMU and KVM |
//! | [`tdx`] | MRTD, RTMR1, RTMR2 | Intel TDX under QEMU and KVM |
//! | [`nitro`] | PCR0, PCR1, PCR2, PCR8 | AWS Nitro enclaves |
//! | [`sgx`] | MRENCLAVE, MRSIGNER (read, not predicted) | SGX enclaves that are signed already |
//!
//! ```
//! use adyton_image::{ImageError, Sha384Digest, snp};
//!
//! fn launch_digest(firmware: &[u8], kernel: &[u8], initrd: &[u8]) -> Result<Sha384Digest, ImageError> {
//!     let machine = snp::Machine { vcpus: 4, vcpu: "EPYC-Milan".parse()?, guest_features: snp::SNP_ACTIVE };
//!     let boot = snp::Boot::new(kernel, initrd, "console=ttyS0");
//!     snp::launch_digest(firmware, Some(&boot), &machine)
//! }
//! ```

#![forbid(unsafe_code)]

#[cfg(test)]
mod any_bytes;
mod bytes;
mod digest;
mod error;
mod firmware;
pub mod initramfs;
pub mod nitro;
pub mod sgx;
pub mod snp;
pub mod tdx;

pub use digest::{Sha256Digest, Sha384Digest};
pub use error::ImageError;
pub use firmware::MAX_FIRMWARE_BYTES;
