//! The launch digest of an AMD SEV-SNP guest under QEMU and KVM.
//! Source: AMD 56860, "SEV Secure Nested Paging Firmware ABI", section 8.17 (SNP_LAUNCH_UPDATE, `PAGE_INFO`).
//!
//! The digest grows page by page, in the order in which QEMU hands pages to the firmware of the secure processor:
//! the guest's firmware (OVMF, the `AmdSev` build where a kernel is measured), what the firmware's description says
//! lies in memory at the start (with the page of the kernel's hashes), and one page of registers for each virtual
//! processor. The kernel itself, its command line and initial file system are not in the digest: their hashes are,
//! and the firmware starts nothing else.
//!
//! **Compared with.** All digests that the tests of `virtee/sev-snp-measure` (and of `virtee/sev`) publish for QEMU,
//! from the digest after the firmware's pages on; the pages' own chain with the digest that they publish for it.
//! Not with a machine: no SEV-SNP host was at hand. Paravisors (SVSM), IGVM files and the hosts of clouds start
//! guests in other states, and are not predicted.

mod hashes;
mod launch;
mod processor;
mod registers;
pub(crate) mod sections;

use crate::{ImageError, Sha384Digest, firmware::Firmware};
use launch::Launch;
use sections::{Kind, Sections};

pub use hashes::Boot;
pub use processor::Processor;

/// The guest features (`SEV_FEATURES`) of a guest that has nothing but SNP.
pub const SNP_ACTIVE: u64 = 1;
/// The most virtual processors.
pub const MAX_VCPUS: u32 = 4096;

/// The virtual machine's shape, as far as it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// How many virtual processors it has at the start.
    pub vcpus: u32,
    /// Their type.
    pub vcpu: Processor,
    /// `SEV_FEATURES` in the virtual processors' registers (AMD 24593, table B-4): [`SNP_ACTIVE`], and what the
    /// host's kernel adds; some versions of Linux add 0x20 (debug swap).
    pub guest_features: u64,
}

/// The launch digest, `MEASUREMENT` in a report. Without `boot` the firmware starts from a disk that it does not
/// measure.
///
/// # Errors
/// Every [`ImageError`] about firmware; [`ImageError::KernelNotMeasured`] if the firmware has no place for the
/// hashes of `boot`; [`ImageError::Range`] for a machine without processors or with too many.
pub fn launch_digest(firmware: &[u8], boot: Option<&Boot>, machine: &Machine) -> Result<Sha384Digest, ImageError> {
    let read = Firmware::read(firmware)?;
    launch(&read, Launch::new().with_pages(read.address(), read.bytes()), boot, machine)
}

/// The same, where the digest after the firmware's pages is known to be `after_firmware` and `firmware` is used for
/// its descriptions only: its last page is enough.
///
/// # Errors
/// As [`launch_digest`].
pub fn launch_digest_after(
    after_firmware: Sha384Digest,
    firmware: &[u8],
    boot: Option<&Boot>,
    machine: &Machine,
) -> Result<Sha384Digest, ImageError> {
    launch(&Firmware::read(firmware)?, Launch::after(after_firmware), boot, machine)
}

/// The digest after the firmware's pages: the same for every machine and kernel.
///
/// # Errors
/// Every [`ImageError`] about firmware.
pub fn firmware_digest(firmware: &[u8]) -> Result<Sha384Digest, ImageError> {
    let firmware = Firmware::read(firmware)?;
    Ok(Launch::new().with_pages(firmware.address(), firmware.bytes()).digest())
}

fn launch(
    firmware: &Firmware<'_>,
    mut launch: Launch,
    boot: Option<&Boot>,
    machine: &Machine,
) -> Result<Sha384Digest, ImageError> {
    if machine.vcpus == 0 || machine.vcpus > MAX_VCPUS {
        let found = machine.vcpus.into();
        return Err(ImageError::Range { what: "the number of virtual processors", found, wanted: "1 to 4096" });
    }
    let sections = Sections::read(firmware)?;
    if boot.is_some() && !sections.measure_kernel() {
        return Err(ImageError::KernelNotMeasured);
    }
    for section in sections.iter() {
        launch = match (section.kind, boot) {
            (Kind::Secrets, _) => launch.with_secrets(section.address),
            (Kind::ProcessorId, _) => launch.with_processor_id(section.address),
            (Kind::KernelHashes, Some(boot)) => {
                launch.with_pages(section.address, &boot.page(sections.hashes_offset(firmware)?)?)
            }
            (Kind::Memory | Kind::CallingArea, _) | (Kind::KernelHashes, None) => {
                launch.with_zeros(section.address, section.pages)
            }
        };
    }
    let reset = sections::application_reset(firmware)?;
    // Only the first one starts at the reset vector.
    let first = registers::page(registers::RESET, machine);
    let other = registers::page(reset, machine);
    launch = launch.with_registers(&first);
    for _ in 1..machine.vcpus {
        launch = launch.with_registers(&other);
    }
    Ok(launch.digest())
}

#[cfg(test)]
mod tests;
