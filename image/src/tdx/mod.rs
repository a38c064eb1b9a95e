//! The registers of an Intel TDX guest under QEMU and KVM that its image decides: MRTD, RTMR1 and RTMR2.
//! Sources: Intel, "TDX Module ABI Reference" (TDH.MEM.PAGE.ADD, TDH.MR.EXTEND); Intel, "TDX Virtual Firmware Design
//! Guide", chapter 11 (metadata) and table 8-1 (which register gets what); QEMU, `target/i386/kvm/tdx.c`; Linux,
//! `arch/x86/kvm/vmx/tdx.c` (6.16 and later) and `drivers/firmware/efi/libstub`.
//!
//! **Which start.** QEMU is given `-bios`, `-kernel`, `-initrd` and `-append`; the firmware (OVMF) loads the kernel from
//! QEMU as an EFI program; the kernel's EFI stub takes the initial file system from the firmware.
//!
//! | register | what |
//! |---|---|
//! | MRTD | every page that the firmware's metadata name, and the content of those to be measured |
//! | RTMR0 | **not predicted.** It gets the guest's memory map, ACPI tables, Secure Boot variables and boot options: the machine's shape as this version of QEMU describes it. Take it from a guest of that shape, with its event log |
//! | RTMR1 | the kernel, and the firmware's steps from starting it to leaving |
//! | RTMR2 | the command line and the initial file system |
//! | RTMR3 | nothing before the program that runs extends it: zeros |
//!
//! QEMU before 10.0, and every OVMF that does not take the kernel from `etc/boot/kernel`, start a kernel whose header
//! QEMU changed by the machine's memory: there RTMR1 is another. Hosts of clouds have their own firmware and order.
//!
//! **Compared with.** The order of events of RTMR1 and RTMR2, and the firmware's steps, with evidence of a TDX machine
//! that `near/mpc` publishes. The ranges of the kernel's hash with the signature inside a kernel of Debian. MRTD with
//! the formula only: no firmware with a published MRTD was at hand.

mod authenticode;
pub(crate) mod metadata;
mod mrtd;

use serde::Serialize;

use crate::{ImageError, Sha384Digest};

pub use mrtd::mrtd;

/// The longest command line, as the kernel takes it.
pub const MAX_COMMAND_LINE_BYTES: usize = 2048;

/// Where the firmware puts the words `initrd=initrd` into the command line when there is an initial file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitrdName {
    /// Before it: newer EDK II; edk2-stable202511 does so.
    First,
    /// Behind it: older EDK II. `/proc/cmdline` of a guest shows which.
    Last,
}

/// The registers that kernel, command line and initial file system decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BootRegisters {
    /// The kernel and the firmware's steps.
    pub rtmr1: Sha384Digest,
    /// The command line and the initial file system.
    pub rtmr2: Sha384Digest,
}

/// The registers of a guest that starts `kernel` (a bzImage with an EFI stub) with `command_line`, as it is given to
/// QEMU, and the initial file system with the digest `initrd`.
///
/// # Errors
/// [`ImageError::Form`] or [`ImageError::Truncated`] for a kernel that is no EFI program;
/// [`ImageError::TooLarge`] or [`ImageError::Form`] for a command line that is too long or not ASCII.
pub fn boot_registers(
    kernel: &[u8],
    command_line: &str,
    initrd: Sha384Digest,
    name: InitrdName,
) -> Result<BootRegisters, ImageError> {
    let options = load_options(command_line, name)?;
    Ok(BootRegisters { rtmr1: rtmr1(authenticode::sha384(kernel)?), rtmr2: replay(&[options, initrd]) })
}

/// The register of a firmware that starts the kernel with this hash.
fn rtmr1(kernel: Sha384Digest) -> Sha384Digest {
    let step = |text: &[u8]| Sha384Digest::of(&[text]);
    replay(&[
        kernel,
        step(b"Calling EFI Application from Boot Option"),
        // The separator between what the firmware measures of itself and what the kernel does.
        step(&[0; 4]),
        step(b"Exit Boot Services Invocation"),
        step(b"Exit Boot Services Returned with Success"),
    ])
}

/// The digest of the command line as the firmware hands it to the kernel: UTF-16, with the zero at its end.
fn load_options(command_line: &str, name: InitrdName) -> Result<Sha384Digest, ImageError> {
    if command_line.len() > MAX_COMMAND_LINE_BYTES {
        return Err(ImageError::TooLarge { what: "the command line", limit: MAX_COMMAND_LINE_BYTES as u64 });
    }
    // The firmware widens bytes; beyond ASCII that would not be what the text says.
    if !command_line.is_ascii() || command_line.contains('\0') {
        return Err(ImageError::form("the command line", "other characters", "ASCII"));
    }
    let text = match name {
        InitrdName::First => format!("initrd=initrd {command_line}\0"),
        InitrdName::Last => format!("{command_line} initrd=initrd\0"),
    };
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(Sha384Digest::of(&[&wide]))
}

/// The register after these events.
fn replay(events: &[Sha384Digest]) -> Sha384Digest {
    events.iter().fold(Sha384Digest::ZERO, |register, event| register.extended(*event))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Sha384Digest {
        text.parse().unwrap()
    }

    /// The kernel's event and RTMR1 in evidence that `near/mpc` publishes.
    #[test]
    fn the_firmwares_steps_are_those_of_published_evidence() {
        let kernel = "69e0bbb3861d993ddd4b79b40bb31cdc58ed540c754574e3c8af2432c5ac88e751a3b37bcf55a2352bad236b6ff4dc5c";
        let register =
            "b598fde9491427341bc4683b75d10d3e36770af3a36a6954d8b6b7b22aa66358f13e1f172e51b7d6e6710d99a8d8532f";
        assert_eq!(rtmr1(digest(kernel)), digest(register));
    }

    /// The two events of RTMR2 in the same evidence.
    #[test]
    fn a_register_is_replayed_as_in_published_evidence() {
        let events = [
            digest("67f31a01871425f296100b04393a310fbf18e0a1d2ac19270b5a4609227e0e5fbe6ab838ef5822699a9e7216003378f6"),
            digest("dbfb59810302b3564182a02ae2fc5dcda5f8207380a7b18a9e6dd6fb648c33b1612eb10fb95ec620fb70b9c240ffda1c"),
        ];
        let register =
            "c812d42bfff1c75382e91a37c867ab117b97eb5e8d6797488928ea38e5fd38b5ed2f87d9613d392507f1c3af94657c93";
        assert_eq!(replay(&events), digest(register));
    }

    #[test]
    fn the_command_line_is_measured_as_the_kernel_gets_it() {
        let wide: Vec<u8> = b"initrd=initrd quiet\0".iter().flat_map(|byte| [*byte, 0]).collect();
        assert_eq!(load_options("quiet", InitrdName::First).unwrap(), Sha384Digest::of(&[&wide]));
        assert_ne!(load_options("quiet", InitrdName::First).unwrap(), load_options("quiet", InitrdName::Last).unwrap());
    }

    #[test]
    fn a_command_line_beyond_its_bound_or_not_ascii_is_refused() {
        let long = "a".repeat(MAX_COMMAND_LINE_BYTES + 1);
        for (text, name) in [(&*long, InitrdName::First), ("ä", InitrdName::First), ("a\0b", InitrdName::Last)] {
            assert!(load_options(text, name).is_err());
        }
    }
}
