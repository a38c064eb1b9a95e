//! The page of a virtual processor's registers (VMSA) as KVM makes it for a guest of QEMU.
//! Sources: AMD 24593 (APM volume 2), table B-4 for places; the processor's state after a reset (section 14.1.3) with
//! what KVM adds to it for encrypted guests.

use super::Machine;
use crate::firmware::PAGE;

/// Where the first processor starts.
pub(super) const RESET: u32 = 0xFFFF_FFF0;

/// Segments: place, selector, attributes. All have the same limit, and the base zero but for the code segment.
const SEGMENTS: [(usize, u16, u16); 10] = [
    (0x00, 0, 0x93),      // ES
    (CODE, 0xF000, 0x9B), // CS
    (0x20, 0, 0x93),      // SS
    (0x30, 0, 0x93),      // DS
    (0x40, 0, 0x93),      // FS
    (0x50, 0, 0x93),      // GS
    (0x60, 0, 0),         // GDTR
    (0x70, 0, 0x82),      // LDTR
    (0x80, 0, 0),         // IDTR
    (0x90, 0, 0x8B),      // TR
];
const CODE: usize = 0x10;
const LIMIT: u32 = 0xFFFF;

/// Registers of eight bytes that are the same for all: place and value.
const REGISTERS: [(usize, u64); 8] = [
    (0x0D0, 0x1000),                // EFER: SVM enabled, which KVM adds
    (0x148, 0x40),                  // CR4: machine checks, which KVM adds
    (0x158, 0x10),                  // CR0: extension type
    (0x160, 0x400),                 // DR7
    (0x168, 0xFFFF_0FF0),           // DR6
    (0x170, 0x2),                   // RFLAGS
    (0x268, 0x0007_0406_0007_0406), // PAT
    (0x3E8, 0x1),                   // XCR0: x87
];
const RIP: usize = 0x178;
const RDX: usize = 0x310;
const SEV_FEATURES: usize = 0x3B0;
/// The state of the floating point units after their reset.
const MXCSR: (usize, u32) = (0x408, 0x1F80);
const X87_CONTROL: (usize, u16) = (0x410, 0x037F);

/// The registers of a processor that starts at the address `start`, in real mode.
pub(super) fn page(start: u32, machine: &Machine) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    for (at, selector, attributes) in SEGMENTS {
        put(&mut page, at, &selector.to_le_bytes());
        put(&mut page, at + 2, &attributes.to_le_bytes());
        put(&mut page, at + 4, &LIMIT.to_le_bytes());
    }
    put(&mut page, CODE + 8, &u64::from(start & 0xFFFF_0000).to_le_bytes());
    for (at, value) in REGISTERS {
        put(&mut page, at, &value.to_le_bytes());
    }
    put(&mut page, RIP, &u64::from(start & 0xFFFF).to_le_bytes());
    // After a reset the processor's signature is in EDX.
    put(&mut page, RDX, &u64::from(machine.vcpu.signature()).to_le_bytes());
    put(&mut page, SEV_FEATURES, &machine.guest_features.to_le_bytes());
    put(&mut page, MXCSR.0, &MXCSR.1.to_le_bytes());
    put(&mut page, X87_CONTROL.0, &X87_CONTROL.1.to_le_bytes());
    page
}

fn put(page: &mut [u8; PAGE], at: usize, value: &[u8]) {
    page[at..at + value.len()].copy_from_slice(value);
}
