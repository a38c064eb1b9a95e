//! Which versions fix which advisory.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    product::{SnpCpu, SnpProduct},
    tcb::SnpTcb,
};
use crate::Advisory;

/// The most floors of one product line.
pub const MAX_FLOORS: u32 = 16;

/// The floors of one product line.
pub(super) type SnpFloors = BoundedVec<SnpFloor, ConstU32<MAX_FLOORS>>;

/// The versions from which on an advisory no longer applies.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct SnpFloor {
    /// The processor that it is about, because microcode is counted for each stepping; `None` for the whole line.
    pub cpu: Option<SnpCpu>,
    /// The versions, part by part.
    pub minimum: SnpTcb,
    /// What applies below them.
    pub advisory: Advisory,
}

/// The first microcode that loads only patches whose signature AMD checked with a sound hash (AMD-SB-3019 and
/// AMD-SB-7033, CVE-2024-56161 and CVE-2024-36347): with an older one the host can run microcode of its own. Source of
/// the numbers: Linux, `arch/x86/kernel/cpu/microcode/amd.c` (`get_cutoff_revision`), which lists the last vulnerable
/// patch of every stepping; the lowest byte of a patch's revision is the number that a report has.
const SIGNED_MICROCODE: [(SnpCpu, u8); 9] = [
    (SnpCpu { family: 0x19, model: 0x01, stepping: 0 }, 0x7b), // Milan, first stepping
    (SnpCpu { family: 0x19, model: 0x01, stepping: 1 }, 0xdb), // Milan
    (SnpCpu { family: 0x19, model: 0x01, stepping: 2 }, 0x44), // Milan-X
    (SnpCpu { family: 0x19, model: 0x11, stepping: 1 }, 0x54), // Genoa
    (SnpCpu { family: 0x19, model: 0x11, stepping: 2 }, 0x4f), // Genoa-X
    (SnpCpu { family: 0x19, model: 0xa0, stepping: 1 }, 0x17), // Bergamo, first stepping
    (SnpCpu { family: 0x19, model: 0xa0, stepping: 2 }, 0x19), // Bergamo, Siena
    (SnpCpu { family: 0x1a, model: 0x02, stepping: 1 }, 0x47), // Turin
    (SnpCpu { family: 0x1a, model: 0x11, stepping: 0 }, 0x47), // Turin Dense
];

/// The built-in floors of a line.
pub(super) fn built_in(product: SnpProduct) -> SnpFloors {
    let advisory = named("AMD-SB-7033");
    let floors =
        SIGNED_MICROCODE.into_iter().filter(|(cpu, _)| cpu.product() == Some(product)).map(|(cpu, microcode)| {
            SnpFloor { cpu: Some(cpu), minimum: SnpTcb { microcode, ..SnpTcb::default() }, advisory }
        });
    BoundedVec::truncate_from(floors.collect())
}

/// The platform did not look for aliases in its memory ("BadRAM").
pub(super) fn alias_check() -> Advisory {
    named("AMD-SB-3015")
}

/// The seed of every chip key of this line can be read out by software, so that its owner can sign any report.
pub(super) fn milan_seed() -> Advisory {
    named("arXiv:2605.12990")
}

fn named(name: &'static str) -> Advisory {
    Advisory::new(name).expect("the names above are short and visible")
}

/// The floors among `floors` that a processor is held to. Those of its stepping and of the whole line; all of them if
/// the report does not name the processor (version 2) or no floor knows it: nothing that is not known is fixed.
pub(super) fn applicable(floors: &SnpFloors, cpu: Option<SnpCpu>) -> Vec<SnpFloor> {
    let is_listed = cpu.is_some() && floors.iter().any(|floor| floor.cpu == cpu);
    floors.iter().filter(|floor| floor.cpu.is_none() || floor.cpu == cpu || !is_listed).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{SnpCpu, SnpProduct, applicable, built_in};

    #[test]
    fn a_known_processor_is_held_to_its_own_floor_and_an_unknown_one_to_all() {
        let floors = built_in(SnpProduct::Genoa);
        let microcode = |cpu| applicable(&floors, cpu).iter().map(|floor| floor.minimum.microcode).max();
        assert_eq!(microcode(Some(SnpCpu { family: 0x19, model: 0xa0, stepping: 2 })), Some(0x19));
        assert_eq!(microcode(Some(SnpCpu { family: 0x19, model: 0x11, stepping: 9 })), Some(0x54));
        assert_eq!(microcode(None), Some(0x54));
    }

    #[test]
    fn every_line_has_floors() {
        for product in SnpProduct::ALL {
            assert!(!built_in(product).is_empty());
        }
        super::alias_check();
        super::milan_seed();
    }
}
